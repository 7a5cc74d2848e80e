/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_COMPAT_NET_GENETLINK_H
#define CULVERT_COMPAT_NET_GENETLINK_H

#include <linux/version.h>
#include_next <net/genetlink.h>

/* Linux 6.2 split an operation into its do and its dump. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops genl_ops
#endif

#endif
