/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_COMPAT_LINUX_NETDEVICE_H
#define CULVERT_COMPAT_LINUX_NETDEVICE_H

#include <linux/version.h>
#include_next <linux/netdevice.h>

/* Linux 6.10 allocates dummy devices, those before only initialise them, and not
 * all of it that a received packet looks at.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
static inline void culvert_compat_setup_nothing(struct net_device *dev)
{
}

static inline struct net_device *alloc_netdev_dummy(int sizeof_priv)
{
	return alloc_netdev(sizeof_priv, "dummy#", NET_NAME_UNKNOWN,
			    culvert_compat_setup_nothing);
}
#endif

#endif
