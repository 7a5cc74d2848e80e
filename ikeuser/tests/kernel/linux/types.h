/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's header of this name gives to the files of kmod/ that are
 * compiled for unit tests, and no more; so are its neighbours.
 */
#ifndef CULVERT_TEST_LINUX_TYPES_H
#define CULVERT_TEST_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include_next <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#endif
