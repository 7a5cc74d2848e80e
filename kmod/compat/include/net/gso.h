/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_COMPAT_NET_GSO_H
#define CULVERT_COMPAT_NET_GSO_H

#include <linux/version.h>

/* Linux 6.5 gave segmentation a header of its own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#include <linux/netdevice.h>
#else
#include_next <net/gso.h>
#endif

#endif
