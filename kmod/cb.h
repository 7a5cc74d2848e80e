/* SPDX-License-Identifier: GPL-2.0-only */
/* What culvert keeps in skb->cb: a packet is in one of these states. */
#ifndef CULVERT_CB_H
#define CULVERT_CB_H

#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ip.h>

struct culvert_sa;

/* Octets that the parameters of IPv4 and IPv6 may use: an ICMP error about a
 * packet that waits needs them, and IP owns them once a packet is sent.
 */
#define CULVERT_CB_IP 40

static_assert(sizeof(struct inet_skb_parm) <= CULVERT_CB_IP);
static_assert(sizeof(struct inet6_skb_parm) <= CULVERT_CB_IP);

/* It waits for an SA. */
struct culvert_waiting_cb {
	u8 ip[CULVERT_CB_IP];
	u64 since;			/* boottime, ms */
};

static_assert(sizeof(struct culvert_waiting_cb) <=
	      sizeof_field(struct sk_buff, cb));

static inline struct culvert_waiting_cb *
culvert_waiting_cb(const struct sk_buff *skb)
{
	return (struct culvert_waiting_cb *)skb->cb;
}

/* A cipher works on it. */
struct culvert_cipher_cb {
	struct culvert_sa *sa;
	void *request;			/* esp.c's */
	u64 seq;
	u16 outer_len;			/* in: octets before the ESP header */
	u16 esp;			/* of the ESP header, from skb->data on */
	u8 tos;				/* out: of the outer header */
	bool df;			/* out: of the outer header */
	bool encapsulated;		/* in: it came in UDP */
	__be32 flowlabel;		/* out: of the outer header */
};

static_assert(sizeof(struct culvert_cipher_cb) <=
	      sizeof_field(struct sk_buff, cb));

static inline struct culvert_cipher_cb *
culvert_cipher_cb(const struct sk_buff *skb)
{
	return (struct culvert_cipher_cb *)skb->cb;
}

/* It is sealed and on its way out. IP's flags say that it was transformed, which
 * XFRM says of its own packets too; sealer is the namespace that did it.
 */
struct culvert_sealed_cb {
	u8 ip[CULVERT_CB_IP];
	const void *sealer;
};

static_assert(sizeof(struct culvert_sealed_cb) <=
	      sizeof_field(struct sk_buff, cb));

static inline struct culvert_sealed_cb *
culvert_sealed_cb(const struct sk_buff *skb)
{
	return (struct culvert_sealed_cb *)skb->cb;
}

/* IPSKB_XFRM_TRANSFORMED or IP6SKB_XFRM_TRANSFORMED of a packet on its way out. */
static inline bool culvert_cb_is_transformed(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED;
	return IP6CB(skb)->flags & IP6SKB_XFRM_TRANSFORMED;
}

static inline bool culvert_cb_is_sealed(const struct sk_buff *skb,
					const void *sealer)
{
	return culvert_cb_is_transformed(skb) &&
	       culvert_sealed_cb(skb)->sealer == sealer;
}

#endif
