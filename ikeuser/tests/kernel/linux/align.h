/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_TEST_LINUX_ALIGN_H
#define CULVERT_TEST_LINUX_ALIGN_H

#define ALIGN(x, to) (((x) + (to) - 1) / (to) * (to))

#endif
