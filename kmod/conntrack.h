/* SPDX-License-Identifier: GPL-2.0-only */
/* All that culvert asks of connection tracking and NAT, which may be there or
 * not: it depends on neither.
 */
#ifndef CULVERT_CONNTRACK_H
#define CULVERT_CONNTRACK_H

#include <linux/skbuff.h>

#include "net.h"

struct culvert_flow;

/* Is the packet the first of a connection? */
bool culvert_conntrack_is_new(const struct sk_buff *skb);

/* Is source NAT still to decide about this packet's connection? */
bool culvert_conntrack_nat_is_open(const struct sk_buff *skb);
/* It decides to leave it alone. false: it would not. */
bool culvert_conntrack_exempt(struct sk_buff *skb);

/* Was the connection translated before, in this packet's direction? */
bool culvert_conntrack_is_translated(const struct sk_buff *skb);
/* Its connection ends; the next packet begins a new one. */
void culvert_conntrack_kill(struct sk_buff *skb);

/* The packet leaves IP here: its connection is noted, so that the answer is
 * recognised. false: conntrack wants it dropped.
 */
bool culvert_conntrack_confirm(struct sk_buff *skb);

/* The connection stays with IP: no flowtable takes it around the hooks, and it
 * ends if one has it.
 */
void culvert_conntrack_keep(struct sk_buff *skb);

/* The flow of a packet that leaves, as it was sent, if its source was translated.
 * false: it was not.
 */
bool culvert_conntrack_source(const struct sk_buff *skb,
			      struct culvert_flow *flow);
/* The packet that arrives, before conntrack has seen it, answers one whose source
 * was translated: the flow gets that source for its destination. false: it does
 * not, or it cannot be told. IPv4.
 */
bool culvert_conntrack_destination(const struct sk_buff *skb,
				   struct culvert_flow *flow);

/* New rules: connections that they cover and that were translated, or are in a
 * flowtable, are forgotten. Process context.
 */
void culvert_conntrack_forget_covered(struct culvert_net *cn);

#endif
