// SPDX-License-Identifier: GPL-2.0-only
/* The way out. A packet walks down this file from its end: is it the SA's
 * (culvert_output), does it fit (fit), in segments (segments), sealed (seal),
 * outer headers (output_done), back into IP.
 */

#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/inet_ecn.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/udp.h>

#include "cb.h"
#include "conntrack.h"
#include "drop.h"
#include "esp.h"
#include "flow.h"
#include "hold.h"
#include "mtu.h"
#include "output.h"
#include "policy.h"

/* --- the way to the peer --- */

static struct dst_entry *route4(const struct culvert_sa *sa,
				const struct culvert_endpoints *to)
{
	struct flowi4 fl4 = {
		.saddr = to->local.ip,
		.daddr = to->remote.ip,
		.flowi4_proto = to->local_port ? IPPROTO_UDP : IPPROTO_ESP,
		.fl4_sport = to->local_port,
		.fl4_dport = to->remote_port,
	};
	struct rtable *rt;

	/* Not ip_route_output_key(): it asks XFRM too. */
	rt = __ip_route_output_key(sa->cn->net, &fl4);
	return IS_ERR(rt) ? NULL : &rt->dst;
}

static struct dst_entry *route6(const struct culvert_sa *sa,
				const struct culvert_endpoints *to)
{
	struct flowi6 fl6 = {
		.saddr = to->local.in6,
		.daddr = to->remote.in6,
		.flowi6_proto = to->local_port ? IPPROTO_UDP : IPPROTO_ESP,
		.fl6_sport = to->local_port,
		.fl6_dport = to->remote_port,
	};
	struct dst_entry *dst;

	dst = ip6_route_output(sa->cn->net, NULL, &fl6);
	if (dst->error) {
		dst_release(dst);
		return NULL;
	}
	return dst;
}

static u32 cookie_of(const struct culvert_endpoints *to,
		     const struct dst_entry *dst)
{
	if (to->family == AF_INET)
		return 0;
	return rt6_get_cookie(container_of(dst, struct rt6_info, dst));
}

struct dst_entry *culvert_output_route(const struct culvert_sa *sa,
				       struct culvert_endpoints *to)
{
	struct dst_entry *dst = rcu_dereference(to->dst);

	if (likely(dst && dst_check(dst, READ_ONCE(to->dst_cookie))))
		return dst;

	dst = to->family == AF_INET ? route4(sa, to) : route6(sa, to);
	if (dst)
		WRITE_ONCE(to->dst_cookie, cookie_of(to, dst));
	/* Who still uses the old one does so under RCU. */
	dst_release(unrcu_pointer(xchg(&to->dst, RCU_INITIALIZER(dst))));
	return dst;
}

/* --- the outer headers --- */

static void push_udp(struct sk_buff *skb, const struct culvert_endpoints *to)
{
	struct udphdr *udp = skb_push(skb, sizeof(*udp));

	skb_reset_transport_header(skb);
	udp->source = to->local_port;
	udp->dest = to->remote_port;
	udp->len = htons(skb->len);
	udp->check = 0;			/* RFC 3948 2.1 */
	if (to->family == AF_INET6)	/* where 0 is not valid */
		udp6_set_csum(false, skb, &to->local.in6, &to->remote.in6,
			      skb->len);
}

static u8 outer_protocol(const struct culvert_endpoints *to)
{
	return to->local_port ? IPPROTO_UDP : IPPROTO_ESP;
}

static void push_ip4(struct sk_buff *skb, const struct culvert_sa *sa,
		     const struct culvert_endpoints *to,
		     const struct dst_entry *dst, u8 tos, bool df)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->frag_off = df ? htons(IP_DF) : 0;
	iph->ttl = ip4_dst_hoplimit(dst);
	iph->protocol = outer_protocol(to);
	iph->saddr = to->local.ip;
	iph->daddr = to->remote.ip;
	ip_select_ident(sa->cn->net, skb, NULL);
}

static void push_ip6(struct sk_buff *skb, const struct culvert_endpoints *to,
		     struct dst_entry *dst, u8 tos, __be32 flowlabel)
{
	struct ipv6hdr *ip6h = skb_push(skb, sizeof(*ip6h));

	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6h, tos, flowlabel);
	ip6h->nexthdr = outer_protocol(to);
	ip6h->hop_limit = ip6_dst_hoplimit(dst);
	ip6h->saddr = to->local.in6;
	ip6h->daddr = to->remote.in6;
}

/* Into IP, marked so that neither we nor XFRM take it again. */
static void transmit(struct sk_buff *skb, const struct culvert_sa *sa, u8 family)
{
	struct net *net = sa->cn->net;

	memset(skb->cb, 0, sizeof(skb->cb));
	culvert_sealed_cb(skb)->sealer = sa->cn;
	skb->ignore_df = 1;
	skb_clear_hash(skb);
	if (family == AF_INET) {
		skb->protocol = htons(ETH_P_IP);
		IPCB(skb)->flags = IPSKB_XFRM_TRANSFORMED;
		ip_local_out(net, skb->sk, skb);
	} else {
		skb->protocol = htons(ETH_P_IPV6);
		IP6CB(skb)->flags = IP6SKB_XFRM_TRANSFORMED;
		ip6_local_out(net, skb->sk, skb);
	}
}

/* The octet that names what follows the IP header. */
static u8 *next_header_of(struct sk_buff *skb)
{
	u8 *next_header = &ipv6_hdr(skb)->nexthdr;

	if (skb->protocol == htons(ETH_P_IP))
		return &ip_hdr(skb)->protocol;
	/* Was walked before: it cannot fail. */
	ip6_find_1stfragopt(skb, &next_header);
	return next_header;
}

/* In transport mode the packet's own header is the outer one. */
static void address_transport(struct sk_buff *skb,
			      const struct culvert_endpoints *to)
{
	if (to->local_port) {
		/* Between the header and ESP. */
		int header = skb_transport_offset(skb);
		u8 *from = skb->data;
		struct udphdr *udp;
		u8 *begin;

		begin = skb_push(skb, sizeof(*udp));
		memmove(begin, from, header);
		skb_reset_network_header(skb);
		skb_set_transport_header(skb, header);
		__skb_pull(skb, header);
		__skb_pull(skb, sizeof(*udp));
		push_udp(skb, to);
		__skb_push(skb, header);
	}
	*next_header_of(skb) = outer_protocol(to);
}

/* Is there an IP header in front of ESP already? A dummy never had one. */
static bool has_own_header(const struct culvert_sa *sa,
			   const struct sk_buff *skb)
{
	return sa->mode == CULVERT_MODE_TRANSPORT && skb->network_header;
}

/* The cipher is through with it: the same for those that answer at once and for
 * those that answer later. Consumes skb. Under RCU.
 */
static void output_done(struct sk_buff *skb, int err)
{
	struct culvert_endpoints *to;
	struct culvert_cipher_cb cb;
	struct culvert_sa *sa;
	struct dst_entry *dst;

	/* It may be gone already. */
	if (err == -EINPROGRESS)
		return;
	cb = *culvert_cipher_cb(skb);
	sa = cb.sa;
	rcu_read_lock();
	if (unlikely(err)) {
		culvert_drop_sa(sa, skb,
				err == -ENOSPC || err == -EAGAIN ||
				err == -EBUSY ?
				CULVERT_COUNTER_OUT_CRYPTO_BUSY :
				err == -ENOBUFS ?
				CULVERT_COUNTER_OUT_NO_MEMORY :
				CULVERT_COUNTER_OUT_CRYPTO);
		goto put_sa;
	}

	to = rcu_dereference(sa->endpoints);
	dst = culvert_output_route(sa, to);
	if (unlikely(!dst)) {
		culvert_drop_sa(sa, skb, CULVERT_COUNTER_OUT_NO_ROUTE);
		goto put_sa;
	}
	skb_dst_set_noref(skb, dst);
	skb->dev = dst->dev;
	skb->ip_summed = CHECKSUM_NONE;
	if (has_own_header(sa, skb)) {
		address_transport(skb, to);
	} else {
		if (to->local_port)
			push_udp(skb, to);
		if (to->family == AF_INET)
			push_ip4(skb, sa, to, dst, cb.tos, cb.df);
		else
			push_ip6(skb, to, dst, cb.tos, cb.flowlabel);
	}
	transmit(skb, sa, to->family);

put_sa:
	rcu_read_unlock();
	if (sa->async)
		culvert_sa_put(sa);
}

/* --- sealing --- */

/* Octets in front of a payload that its headers, and the device's, take. */
static u32 head_of(const struct culvert_sa *sa, const struct dst_entry *dst)
{
	return sizeof(struct ipv6hdr) + sizeof(struct udphdr) +
	       culvert_esp_before(sa) + LL_RESERVED_SPACE(dst->dev);
}

/* Makes skb linear, private, and as roomy as its outer headers and its trailer
 * need.
 */
static int make_room(struct sk_buff *skb, u32 head, u32 tail)
{
	int more_head = head - skb_headroom(skb);
	int more_tail = tail - skb_tailroom(skb);

	if (skb_is_nonlinear(skb)) {
		if (skb_linearize(skb))
			return -ENOMEM;
		more_tail = tail - skb_tailroom(skb);
	}
	if (!skb_cloned(skb) && more_head <= 0 && more_tail <= 0)
		return 0;
	return pskb_expand_head(skb, max(more_head, 0), max(more_tail, 0),
				GFP_ATOMIC);
}

/* What the outer header takes over from the inner one. */
static void inherit(const struct culvert_sa *sa, const struct sk_buff *skb,
		    struct culvert_cipher_cb *cb)
{
	u32 flags = READ_ONCE(sa->rule->options.flags);
	u8 tos;

	if (skb->protocol == htons(ETH_P_IP)) {
		tos = ip_hdr(skb)->tos;
		cb->df = ip_hdr(skb)->frag_off & htons(IP_DF);
	} else {
		tos = ipv6_get_dsfield(ipv6_hdr(skb));
		cb->flowlabel = ip6_flowlabel(ipv6_hdr(skb));
		cb->df = true;
	}
	if (sa->df != CULVERT_DF_COPY)
		cb->df = sa->df == CULVERT_DF_SET;
	/* RFC 6040 4.1: ECN is copied whatever it is. RFC 4301 5.1.2: so is DSCP,
	 * unless its copy would tell too much.
	 */
	cb->tos = flags & CULVERT_RULE_FLAG_NO_DSCP_COPY ?
		  tos & INET_ECN_MASK : tos;
}

/* Puts the ESP header's place in front of the payload: in tunnel mode in front
 * of the packet, in transport mode behind its IP header. Returns the protocol
 * of the payload.
 */
static u8 open_gap(const struct culvert_sa *sa, struct sk_buff *skb, u32 header)
{
	u32 before = culvert_esp_before(sa);
	u8 *to = skb_push(skb, before);

	if (sa->mode == CULVERT_MODE_TUNNEL) {
		skb_reset_transport_header(skb);
		return skb->protocol == htons(ETH_P_IP) ? IPPROTO_IPIP :
							  IPPROTO_IPV6;
	}

	memmove(to, to + before, header);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, header);
	return *next_header_of(skb);
}

/* RFC 4303 2.7: zeros behind the inner packet, which says its own length. */
static u32 tfc_of(const struct culvert_sa *sa, const struct sk_buff *skb,
		  u32 mtu)
{
	u32 length = min(READ_ONCE(sa->tfc_length), mtu);

	if (likely(!length) || sa->mode != CULVERT_MODE_TUNNEL)
		return 0;
	return length > skb->len ? length - skb->len : 0;
}

/* Seals one packet that fits. Consumes skb. */
static void seal(struct culvert_sa *sa, struct sk_buff *skb,
		 const struct dst_entry *dst, u32 mtu)
{
	struct culvert_cipher_cb *cb = culvert_cipher_cb(skb);
	u32 tfc = tfc_of(sa, skb, mtu);
	enum culvert_counter reason;
	u32 payload;
	int header;
	u8 protocol;
	u64 seq;

	/* SCTP's is another one than TCP's. */
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_csum_hwoffload_help(skb, 0)) {
		culvert_drop_sa(sa, skb, CULVERT_COUNTER_OUT_NO_MEMORY);
		return;
	}
	header = culvert_mtu_header(sa, skb);
	if (header < 0) {
		culvert_drop_sa(sa, skb, CULVERT_COUNTER_OUT_MALFORMED);
		return;
	}
	payload = skb->len - header;
	if (make_room(skb, head_of(sa, dst),
		      culvert_esp_padded(sa, payload + tfc) - payload +
		      sa->suite->icv)) {
		culvert_drop_sa(sa, skb, CULVERT_COUNTER_OUT_NO_MEMORY);
		return;
	}
	/* Kept until output_done(), which may run before this returns. If it was
	 * removed meanwhile, its rule knows what there is instead.
	 */
	if (sa->async && !culvert_sa_try_get(sa)) {
		culvert_hold(sa->cn, sa->rule, skb);
		return;
	}
	reason = culvert_sa_use_out(sa, payload, &seq);
	if (reason) {
		/* What it cannot carry any more waits for the next SA. */
		if (reason == CULVERT_COUNTER_OUT_EXPIRED)
			culvert_hold(sa->cn, sa->rule, skb);
		else
			culvert_drop_sa(sa, skb, reason);
		if (sa->async)
			culvert_sa_put(sa);
		return;
	}

	/* From here on it is another packet than the one that was sent. */
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	memset(cb, 0, sizeof(*cb));
	cb->sa = sa;
	cb->seq = seq;
	inherit(sa, skb, cb);
	protocol = open_gap(sa, skb, header);
	output_done(skb, culvert_esp_seal(skb, protocol, tfc, output_done));
}

/* --- fitting --- */

/* Segments get the headroom of the packet, neither more nor less, and tailroom is
 * what is left over: of a headroom that is as it should be, enough for a trailer.
 * The packet's headers move for it, to save each segment its move. What this host
 * sends stays in the memory that its socket accounts for. Consumes skb.
 */
static struct sk_buff *fit_headroom(struct sk_buff *skb, u32 head)
{
	struct sk_buff *copy;

	if (skb->sk || skb_headroom(skb) == head || skb_has_frag_list(skb))
		return skb;
	copy = __pskb_copy(skb, head, GFP_ATOMIC);
	if (!copy)
		return skb;
	skb_headers_offset_update(copy, head - skb_headroom(skb));
	consume_skb(skb);
	return copy;
}

static void segments(struct culvert_sa *sa, struct sk_buff *skb,
		     const struct dst_entry *dst, u32 mtu)
{
	struct sk_buff *list;
	struct sk_buff *next;

	if (!skb_is_gso(skb)) {
		seal(sa, skb, dst, mtu);
		return;
	}
	skb = fit_headroom(skb, head_of(sa, dst));
	list = skb_gso_segment(skb, 0);
	if (IS_ERR_OR_NULL(list)) {
		culvert_drop_sa(sa, skb, CULVERT_COUNTER_OUT_SEGMENT_FAILED);
		return;
	}
	consume_skb(skb);
	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		seal(sa, skb, dst, mtu);
	}
}

static void fit(struct culvert_sa *sa, struct sk_buff *skb)
{
	struct culvert_endpoints *to = rcu_dereference(sa->endpoints);
	struct dst_entry *dst = culvert_output_route(sa, to);
	int header;
	u32 mtu;

	if (unlikely(!dst)) {
		culvert_drop_sa(sa, skb, CULVERT_COUNTER_OUT_NO_ROUTE);
		return;
	}
	header = culvert_mtu_header(sa, skb);
	mtu = culvert_mtu_inner(sa, to, max(header, 0), dst_mtu(dst));
	if (READ_ONCE(sa->rule->options.flags) & CULVERT_RULE_FLAG_MSS_CLAMP)
		culvert_mtu_clamp_mss(sa, skb, mtu);

	if (unlikely(culvert_mtu_exceeded(skb, mtu))) {
		struct culvert_mtu_packet packet;

		culvert_mtu_describe(skb, &packet);
		switch (culvert_mtu_way(sa, &packet, mtu)) {
		case CULVERT_MTU_TELL:
			culvert_mtu_tell(sa, skb, mtu);
			culvert_drop_sa(sa, skb, CULVERT_COUNTER_OUT_TOO_BIG);
			return;
		case CULVERT_MTU_FRAGMENT:
			culvert_mtu_fragment(sa, skb, mtu, fit);
			return;
		case CULVERT_MTU_LATER:
			break;
		}
	}
	segments(sa, skb, dst, mtu);
}

bool culvert_output_is_doubtful(const struct culvert_rule *rule,
				const struct culvert_flow *flow)
{
	const struct culvert_sa *sa = rcu_dereference(rule->out);
	const struct culvert_selector *selector = &rule->selector;

	if (!flow->ports_unknown)
		return false;
	/* Over IPv6 it found the rule whatever protocol it claims. */
	if (selector->protocol && selector->protocol != flow->protocol)
		return true;
	return culvert_selector_has_ports(selector) &&
	       !(sa && sa->later_fragments);
}

enum culvert_counter culvert_output_objection(const struct culvert_sa *sa,
					      const struct culvert_flow *flow)
{
	if (sa->mode == CULVERT_MODE_TRANSPORT && flow->ports_unknown)
		return CULVERT_COUNTER_OUT_FRAGMENT;
	if (culvert_sa_covers(sa, flow))
		return 0;
	if (flow->ports_unknown && culvert_sa_covers_fragment(sa, flow))
		return sa->later_fragments ? 0 : CULVERT_COUNTER_OUT_FRAGMENT;
	return CULVERT_COUNTER_OUT_SELECTORS;
}

static enum culvert_counter objection(const struct culvert_sa *sa,
				      const struct sk_buff *skb)
{
	enum culvert_counter reason;
	struct culvert_flow flow;
	struct culvert_flow quoted;

	if (!sa->n_selectors && sa->mode == CULVERT_MODE_TUNNEL &&
	    !culvert_selector_has_ports(&sa->rule->selector))
		return 0;
	if (culvert_flow_parse(skb, CULVERT_DIRECTION_OUT, &flow))
		return CULVERT_COUNTER_OUT_MALFORMED;
	reason = culvert_output_objection(sa, &flow);
	if (reason == CULVERT_COUNTER_OUT_SELECTORS &&
	    culvert_flow_parse_quoted(skb, CULVERT_DIRECTION_OUT, &quoted) &&
	    culvert_sa_covers(sa, &quoted))
		return 0;
	return reason;
}

void culvert_output(struct culvert_sa *sa, struct sk_buff *skb)
{
	enum culvert_counter reason = objection(sa, skb);

	if (unlikely(reason)) {
		culvert_drop_sa(sa, skb, reason);
		return;
	}
	fit(sa, skb);
}

/* --- dummies --- */

int culvert_output_dummy(struct culvert_sa *sa, u32 octets)
{
	u32 before = culvert_esp_before(sa);
	struct culvert_cipher_cb *cb;
	enum culvert_counter reason;
	struct sk_buff *skb;
	u32 head = MAX_HEADER + sizeof(struct ipv6hdr) +
		   sizeof(struct udphdr) + before;
	u64 seq;

	skb = alloc_skb(head + culvert_esp_padded(sa, octets) +
			sa->suite->icv, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, head);
	get_random_bytes(skb_put(skb, octets), octets);
	skb_push(skb, before);
	skb_reset_transport_header(skb);

	rcu_read_lock();
	local_bh_disable();
	reason = culvert_sa_use_out(sa, octets, &seq);
	if (reason) {
		culvert_drop_sa(sa, skb, reason);
		local_bh_enable();
		rcu_read_unlock();
		return -EKEYEXPIRED;
	}
	cb = culvert_cipher_cb(skb);
	memset(cb, 0, sizeof(*cb));
	cb->sa = sa;
	cb->seq = seq;
	cb->df = sa->df == CULVERT_DF_SET;
	atomic64_inc(&sa->stats.tfc);
	if (sa->async)
		culvert_sa_get(sa);
	output_done(skb, culvert_esp_seal(skb, CULVERT_ESP_DUMMY, 0,
					  output_done));
	local_bh_enable();
	rcu_read_unlock();
	return 0;
}
