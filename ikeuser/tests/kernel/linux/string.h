/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_TEST_LINUX_STRING_H
#define CULVERT_TEST_LINUX_STRING_H

#include <string.h>

#endif
