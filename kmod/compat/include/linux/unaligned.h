/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_COMPAT_LINUX_UNALIGNED_H
#define CULVERT_COMPAT_LINUX_UNALIGNED_H

#include <linux/version.h>

/* Linux 6.12 moved it here. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include_next <linux/unaligned.h>
#endif

#endif
