/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes: what an SA adds to a packet, what fits, what happens to what does not
 * (RFC 4301 8).
 */
#ifndef CULVERT_MTU_H
#define CULVERT_MTU_H

#include <linux/skbuff.h>

#include "sa.h"

/* Octets before the payload, and after the ciphertext. */
u32 culvert_mtu_before(const struct culvert_sa *sa,
		       const struct culvert_endpoints *to);

/* Octets of the packet's IP header that stay in front of ESP: 0 in tunnel mode,
 * -EINVAL if they cannot be told. Borrows skb.
 */
int culvert_mtu_header(const struct culvert_sa *sa, struct sk_buff *skb);

/* The largest inner packet whose outer packet has no more than mtu octets;
 * header octets of it stay in front of ESP in transport mode.
 */
u32 culvert_mtu_inner(const struct culvert_sa *sa,
		      const struct culvert_endpoints *to, u32 header, u32 mtu);

/* Octets of the outer packet of an inner one with that many. */
u32 culvert_mtu_outer(const struct culvert_sa *sa,
		      const struct culvert_endpoints *to, u32 header,
		      u32 inner);

/* Does the packet, or do its segments, exceed mtu? Borrows skb. */
bool culvert_mtu_exceeded(const struct sk_buff *skb, u32 mtu);

/* What counts of a packet that is too big. */
struct culvert_mtu_packet {
	union nf_inet_addr destination;
	u32 len;			/* of a segment, where it is many */
	u32 header;			/* of its IP header */
	u8 family;
	bool no_fragment;		/* nobody but its sender may */
};

void culvert_mtu_describe(const struct sk_buff *skb,
			  struct culvert_mtu_packet *packet);

/* May a packet that exceeds it be fragmented, and who does it? */
enum culvert_mtu_way {
	CULVERT_MTU_TELL,		/* nobody: its sender is told */
	CULVERT_MTU_FRAGMENT,		/* before it is sealed */
	CULVERT_MTU_LATER,		/* IP does, after it is sealed */
};

/* Under RCU. */
enum culvert_mtu_way culvert_mtu_way(const struct culvert_sa *sa,
				     const struct culvert_mtu_packet *packet,
				     u32 mtu);

/* Tells the sender. Borrows skb. */
void culvert_mtu_tell(struct culvert_sa *sa, struct sk_buff *skb, u32 mtu);

/* Consumes skb and calls culvert_output() for each fragment. */
void culvert_mtu_fragment(struct culvert_sa *sa, struct sk_buff *skb, u32 mtu,
			  void (*output)(struct culvert_sa *sa,
					 struct sk_buff *skb));

/* Lowers the maximum segment size that a TCP SYN asks for to what fits into
 * inner packets of mtu octets. skb->data is at the IP header. Borrows skb.
 */
void culvert_mtu_clamp_mss(struct culvert_sa *sa, struct sk_buff *skb, u32 mtu);

/* A packet arrived for this host that may be an ICMP error about one of ours. If
 * it is credible the path MTU is learnt. Returns false if it is not and yet would
 * be believed. Borrows skb, at its IP header.
 */
bool culvert_mtu_learn(struct culvert_net *cn, struct sk_buff *skb);

/* Is it one that culvert_mtu_learn() would believe? Borrows skb. */
bool culvert_mtu_is_news(struct culvert_net *cn, struct sk_buff *skb);

#endif
