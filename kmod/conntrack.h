/* SPDX-License-Identifier: GPL-2.0-only */
/* All that culvert asks of connection tracking and NAT, which may be there or
 * not: it depends on neither.
 */
#ifndef CULVERT_CONNTRACK_H
#define CULVERT_CONNTRACK_H

#include <linux/skbuff.h>

#include "net.h"

/* Is the packet the first of a connection? */
bool culvert_conntrack_is_new(const struct sk_buff *skb);

/* Is source NAT still to decide about this packet's connection? */
bool culvert_conntrack_nat_is_open(const struct sk_buff *skb);
/* It decides to leave it alone. */
void culvert_conntrack_exempt(struct sk_buff *skb);

/* Was the connection translated before, in this packet's direction? */
bool culvert_conntrack_is_translated(const struct sk_buff *skb);
/* Its connection ends; the next packet begins a new one. */
void culvert_conntrack_kill(struct sk_buff *skb);

/* The packet leaves IP here: its connection is noted, so that the answer is
 * recognised. false: conntrack wants it dropped.
 */
bool culvert_conntrack_confirm(struct sk_buff *skb);

/* The connection stays with IP: no flowtable takes it around the hooks. */
void culvert_conntrack_keep(struct sk_buff *skb);

/* New rules: connections that they cover and that were translated, or are in a
 * flowtable, are forgotten. Process context.
 */
void culvert_conntrack_forget_covered(struct culvert_net *cn);

#endif
