/* SPDX-License-Identifier: GPL-2.0-only */
/* Where packets meet culvert. */
#ifndef CULVERT_HOOKS_H
#define CULVERT_HOOKS_H

#include <linux/netdevice.h>
#include <net/net_namespace.h>

int culvert_hooks_net_init(struct net *net);
/* No packet meets us any more when it returns. */
void culvert_hooks_net_exit(struct net *net);

struct culvert_backstop;

/* Rules are bound to the device: what leaves it is looked at once more, on the
 * device itself. Counted: as many unbinds as binds. Returns an ERR_PTR if that
 * cannot be; NULL may be unbound. RTNL.
 */
struct culvert_backstop *culvert_hooks_bind(struct net *net,
					    struct net_device *dev);
void culvert_hooks_unbind(struct culvert_backstop *backstop);

#endif
