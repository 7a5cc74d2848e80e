/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_TEST_LINUX_BITS_H
#define CULVERT_TEST_LINUX_BITS_H

#define BIT(nr) (1UL << (nr))
#define GENMASK(high, low) \
	((~0UL << (low)) & (~0UL >> (8 * sizeof(long) - 1 - (high))))

#endif
