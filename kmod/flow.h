/* SPDX-License-Identifier: GPL-2.0-only */
/* From a packet to the flow that selectors are compared with. */
#ifndef CULVERT_FLOW_H
#define CULVERT_FLOW_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <uapi/linux/culvert.h>

#include "selector.h"

/* Where the headers of an IPv6 packet lead. */
struct culvert_ip6_walk {
	u8 protocol;
	bool fragment;
	bool later_fragment;
	int offset;		/* of the upper layer, from the packet's begin */
	int next_header;	/* of the octet that names it */
};

/* All borrow skb, look at it from its network header on, and are happy with a
 * packet whose data begins before that. 0 or -EINVAL.
 */
int culvert_flow_ip6_walk(const struct sk_buff *skb,
			  struct culvert_ip6_walk *walk);
int culvert_flow_parse(const struct sk_buff *skb, int direction,
		       struct culvert_flow *flow);

/* Is it an ICMP error? Then the flow of the packet that it quotes, as seen by
 * one who sends or receives the error.
 */
bool culvert_flow_parse_quoted(const struct sk_buff *skb, int direction,
			       struct culvert_flow *flow);

/* TCP and its like. */
bool culvert_flow_has_ports(u8 protocol);
/* ICMP of IPv4, ICMPv6 of IPv6. */
bool culvert_flow_is_icmp(u8 family, u8 protocol);

/* Neighbour discovery and group membership of the link: no rule is about them,
 * as none is about ARP. But redirects, which quote a packet, are like errors.
 */
bool culvert_flow_is_link_local_icmp6(const struct sk_buff *skb,
				      const struct culvert_flow *flow);

/* From network byte order. */
void culvert_flow_set_addr(union culvert_addr *to, u8 family,
			   const union nf_inet_addr *from);

#endif
