/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_COMPAT_LINUX_NETDEVICE_H
#define CULVERT_COMPAT_LINUX_NETDEVICE_H

#include <linux/version.h>
#include_next <linux/netdevice.h>

/* Linux 6.10 allocates dummy devices, those before only initialise them. What
 * alloc_netdev_dummy() gives goes to free_netdev_dummy().
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#include <linux/slab.h>

static inline struct net_device *alloc_netdev_dummy(int sizeof_priv)
{
	struct net_device *dev = kzalloc(sizeof(*dev) + sizeof_priv,
					 GFP_KERNEL);

	if (dev)
		init_dummy_netdev(dev);
	return dev;
}

static inline void free_netdev_dummy(struct net_device *dev)
{
	kfree(dev);
}
#else
static inline void free_netdev_dummy(struct net_device *dev)
{
	free_netdev(dev);
}
#endif

#endif
