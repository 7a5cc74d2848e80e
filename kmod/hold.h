/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that wait for an SA. */
#ifndef CULVERT_HOLD_H
#define CULVERT_HOLD_H

#include "policy.h"

void culvert_hold_net_init(struct culvert_net *cn);
/* No packet waits any more, none will. */
void culvert_hold_net_exit(struct culvert_net *cn);
void culvert_hold_init(struct culvert_hold *hold);

/* Consumes skb: it waits, or leaves at once if the rule has an SA by now. Under
 * RCU, BH disabled.
 */
void culvert_hold(struct culvert_net *cn, struct culvert_rule *rule,
		  struct sk_buff *skb);

/* The rule has an SA: what waits leaves, in order. Under cn->lock. */
void culvert_hold_release(struct culvert_net *cn, struct culvert_rule *rule);
/* It will have none: senders are told. Returns how many waited. */
u32 culvert_hold_fail(struct culvert_net *cn, struct culvert_rule *rule);
/* The rule dies. */
void culvert_hold_close(struct culvert_net *cn, struct culvert_rule *rule);
/* A device dies, with the packets on their way to it. RTNL. */
void culvert_hold_device_gone(struct culvert_net *cn,
			      const struct net_device *dev);

#endif
