// SPDX-License-Identifier: GPL-2.0-only
/* The way in. A packet walks down this file from its end: whose is it, may it be
 * new (culvert_input), opened, counted as received (input_done), unpacked
 * (unpack), inside the SA's selectors (admit), back into the stack (deliver).
 *
 * It comes back as if it had arrived on the device that the ESP packet came by,
 * so that routing, rp_filter and firewalls treat it like any other. What tells
 * it from clear text is the destination entry of this namespace that it carries
 * until it is routed.
 */

#include <linux/if_arp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/dst_metadata.h>
#include <net/gso.h>
#include <net/inet_ecn.h>
#include <net/ip6_checksum.h>
#include <net/xfrm.h>

#include "cb.h"
#include "conntrack.h"
#include "drop.h"
#include "esp.h"
#include "event.h"
#include "flow.h"
#include "input.h"
#include "mtu.h"
#include "natt.h"
#include "output.h"
#include "policy.h"
#include "replay.h"
#include "sa.h"
#include "stats.h"

/* How often user space is told of a peer that sends from elsewhere. */
#define MAPPING_INTERVAL HZ

/* --- back into the stack --- */

static void fix_link_header(struct sk_buff *skb)
{
	if (!skb_mac_header_was_set(skb))
		return;
	skb_mac_header_rebuild(skb);
	if (skb->dev->type == ARPHRD_ETHER && skb->mac_len == ETH_HLEN)
		eth_hdr(skb)->h_proto = skb->protocol;
}

/* What GRO made of decrypted packets goes on as if the device that brought them
 * had received it. If that is gone, so are they.
 */
static rx_handler_result_t joined(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct net *net = dev_net(skb->dev);

	skb->dev = dev_get_by_index_rcu(net, skb_get_hash_raw(skb));
	if (likely(skb->dev)) {
		skb_clear_hash(skb);
		/* Not RX_HANDLER_ANOTHER: the device may spread flows (RPS). */
		netif_receive_skb(skb);
	} else {
		kfree_skb(skb);
	}
	return RX_HANDLER_CONSUMED;
}

static bool is_tcp(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->protocol == IPPROTO_TCP;
	return ipv6_hdr(skb)->nexthdr == IPPROTO_TCP;
}

/* GRO heeds the device, and one that does not join ESP says nothing of what was
 * in there: its TCP goes through a device of our own, in no list of the namespace.
 * The hash, of no flow yet, names the one that it came by, and keeps GRO from
 * joining packets of two (decision 16). It is no clone, for which GRO has no use:
 * it was deciphered in memory of its own. Where the device joins packets there is
 * no need, and who captures on all devices sees them once.
 */
static int go_by_our_device(struct culvert_net *cn, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	int status;

	__skb_set_hash(skb, dev->ifindex, false, false);
	skb->dev = cn->cells_dev;
	status = gro_cells_receive(&cn->cells, skb);
	/* Nobody can ask our device what it dropped. */
	if (unlikely(status == NET_RX_DROP))
		dev_core_stats_rx_dropped_inc(dev);
	return status;
}

static void deliver(struct culvert_sa *sa, struct sk_buff *skb)
{
	struct culvert_net *cn = sa->cn;
	u32 mark = READ_ONCE(sa->rule->options.mark);
	int status;

	culvert_rule_hit(sa->rule, 1, 0);
	if (mark)
		skb->mark = mark;
	nf_reset_ct(skb);
	nf_reset_trace(skb);
	secpath_reset(skb);
	skb_dst_drop(skb);
	dst_hold(&cn->decrypted->dst);
	skb_dst_set(skb, &cn->decrypted->dst);
	skb->pkt_type = PACKET_HOST;
	skb_clear_hash(skb);
	fix_link_header(skb);
	memset(skb->cb, 0, sizeof(skb->cb));
	if (is_tcp(skb) && !(skb->dev->features & NETIF_F_GRO))
		status = go_by_our_device(cn, skb);
	else
		status = gro_cells_receive(&cn->cells, skb);
	if (unlikely(status == NET_RX_DROP))
		culvert_drop_gone(sa, CULVERT_COUNTER_IN_BACKLOG);
}

/* --- inside the selectors? RFC 4301 5.2 --- */

static bool is_fragment(const struct sk_buff *skb)
{
	struct culvert_ip6_walk walk;

	if (skb->protocol == htons(ETH_P_IP))
		return ip_is_fragment(ip_hdr(skb));
	return !culvert_flow_ip6_walk(skb, &walk) && walk.fragment;
}

/* RFC 4301 4.4.1: rules are in order, so what an earlier one covers is not this
 * one's, though its selectors say so. Those of another device do not compete.
 */
static bool is_of_earlier_rule(const struct culvert_sa *sa,
			       const struct sk_buff *skb,
			       const struct culvert_flow *flow)
{
	const struct culvert_rule *rule;

	rule = culvert_policy_find(sa->cn, skb->dev->ifindex, flow);
	if (likely(rule == sa->rule) || !rule)
		return false;
	return (!sa->rule->device[0] ||
		!strcmp(sa->rule->device, skb->dev->name)) &&
	       culvert_selector_matches(&sa->rule->selector, flow);
}

static enum culvert_counter admit(struct culvert_sa *sa,
				  const struct sk_buff *skb)
{
	struct culvert_flow flow;
	struct culvert_flow quoted;
	bool is_error;

	if (culvert_flow_parse(skb, CULVERT_DIRECTION_IN, &flow))
		return CULVERT_COUNTER_IN_INNER_HEADER;
	if (is_fragment(skb)) {
		atomic64_inc(&sa->stats.fragments_in);
		/* Outer packets of ESP in UDP may come in fragments too, in clear
		 * text, and the two must not be joined.
		 */
		if (culvert_natt_is_between(sa->cn, &flow))
			return CULVERT_COUNTER_IN_FRAGMENT;
	}
	if (flow.ports_unknown && !culvert_sa_covers(sa, &flow)) {
		if (!culvert_sa_covers_fragment(sa, &flow))
			return CULVERT_COUNTER_IN_SELECTORS;
		return sa->later_fragments ? 0 : CULVERT_COUNTER_IN_FRAGMENT;
	}

	/* RFC 4301 6.2: an error comes from anywhere on the way of the packet
	 * that it quotes, so that is the one that must fit; and it goes to that
	 * packet's source, not to somebody whom the SA is not for.
	 */
	is_error = culvert_flow_is_icmp(flow.family, flow.protocol) &&
		   culvert_flow_parse_quoted(skb, CULVERT_DIRECTION_IN,
					     &quoted);
	if (is_error) {
		if (!culvert_sa_covers(sa, &quoted) ||
		    memcmp(&flow.local, &quoted.local, sizeof(flow.local)))
			return CULVERT_COUNTER_IN_ICMP_ERROR;
		atomic64_inc(&sa->stats.icmp_errors_valid);
		return 0;
	}
	if (!culvert_sa_covers(sa, &flow) || is_of_earlier_rule(sa, skb, &flow))
		return CULVERT_COUNTER_IN_SELECTORS;
	return 0;
}

/* --- the inner packet --- */

/* Checks the header of an inner packet and cuts what is behind its end: TFC
 * padding (RFC 4303 2.7).
 */
static int check_ip4(struct sk_buff *skb)
{
	const struct iphdr *iph;
	u32 len;

	if (!pskb_may_pull(skb, sizeof(*iph)))
		return -EINVAL;
	iph = ip_hdr(skb);
	if (iph->version != 4 || iph->ihl < 5 ||
	    !pskb_may_pull(skb, iph->ihl * 4))
		return -EINVAL;
	iph = ip_hdr(skb);
	len = ntohs(iph->tot_len);
	if (len < iph->ihl * 4 || len > skb->len ||
	    ip_fast_csum((u8 *)iph, iph->ihl))
		return -EINVAL;
	return pskb_trim(skb, len);
}

static int check_ip6(struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h;
	u32 len;

	if (!pskb_may_pull(skb, sizeof(*ip6h)))
		return -EINVAL;
	ip6h = ipv6_hdr(skb);
	len = sizeof(*ip6h) + ntohs(ip6h->payload_len);
	/* A length of 0 with a payload would be a jumbogram (RFC 2675). */
	if (ip6h->version != 6 || len > skb->len ||
	    (!ip6h->payload_len && ip6h->nexthdr == NEXTHDR_HOP))
		return -EINVAL;
	return pskb_trim(skb, len);
}

static int check_inner(struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return check_ip4(skb);
	return check_ip6(skb);
}

static u8 tos_of(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->tos;
	return ipv6_get_dsfield(ipv6_hdr(skb));
}

static void take_over_dscp(struct sk_buff *skb, u8 outer)
{
	if (skb->protocol == htons(ETH_P_IP))
		ipv4_change_dsfield(ip_hdr(skb), INET_ECN_MASK,
				    outer & ~INET_ECN_MASK);
	else
		ipv6_change_dsfield(ipv6_hdr(skb), INET_ECN_MASK,
				    outer & ~INET_ECN_MASK);
}

/* RFC 6040 4.2 */
static enum culvert_counter take_over_tos(const struct culvert_sa *sa,
					  struct sk_buff *skb, u8 outer)
{
	if (INET_ECN_decapsulate(skb, outer, tos_of(skb)) > 1)
		return CULVERT_COUNTER_IN_ECN;
	if (READ_ONCE(sa->rule->options.flags) & CULVERT_RULE_FLAG_DECAP_DSCP)
		take_over_dscp(skb, outer);
	return 0;
}

/* skb->data is at the payload. */
static enum culvert_counter unpack_tunnel(const struct culvert_sa *sa,
					  struct sk_buff *skb, u8 next_header)
{
	u8 outer = tos_of(skb);

	if (next_header == IPPROTO_IPIP)
		skb->protocol = htons(ETH_P_IP);
	else if (next_header == IPPROTO_IPV6)
		skb->protocol = htons(ETH_P_IPV6);
	else
		return CULVERT_COUNTER_IN_NEXT_HEADER;
	skb_reset_network_header(skb);
	skb->ip_summed = CHECKSUM_NONE;
	if (check_inner(skb))
		return CULVERT_COUNTER_IN_INNER_HEADER;
	return take_over_tos(sa, skb, outer);
}

/* The IP header moves behind what ESP, and UDP, took. */
static enum culvert_counter unpack_transport(struct sk_buff *skb, int header,
					     int name, u8 next_header, bool udp)
{
	u8 *from = skb_network_header(skb);

	if (next_header == IPPROTO_ESP || next_header == IPPROTO_AH)
		return CULVERT_COUNTER_IN_NEXT_HEADER;
	memmove(skb_push(skb, header), from, header);
	skb_reset_network_header(skb);
	skb_network_header(skb)[name] = next_header;
	if (skb->protocol == htons(ETH_P_IP)) {
		ip_hdr(skb)->tot_len = htons(skb->len);
		ip_send_check(ip_hdr(skb));
	} else {
		ipv6_hdr(skb)->payload_len =
			htons(skb->len - sizeof(struct ipv6hdr));
	}
	/* RFC 3948 3.1.2: a NAT made the inner checksum wrong; ESP vouches for
	 * the payload instead.
	 */
	skb->ip_summed = udp ? CHECKSUM_UNNECESSARY : CHECKSUM_NONE;
	return 0;
}

/* Where the IP header ends and which of its octets names what follows. */
static int outer_header(const struct sk_buff *skb, int *name)
{
	struct culvert_ip6_walk walk;

	if (skb->protocol == htons(ETH_P_IP)) {
		*name = offsetof(struct iphdr, protocol);
		return ip_hdrlen(skb);
	}
	if (culvert_flow_ip6_walk(skb, &walk))
		return -EINVAL;
	*name = walk.next_header;
	return walk.offset;
}

/* skb->data is at the outer IP header. */
static enum culvert_counter unpack(struct culvert_sa *sa, struct sk_buff *skb,
				   int esp, bool udp)
{
	int name;
	int header = outer_header(skb, &name);
	enum culvert_counter reason;
	u8 next_header;

	if (header < 0)
		return CULVERT_COUNTER_IN_MALFORMED;
	__skb_pull(skb, esp);
	if (culvert_esp_trim(sa, skb, &next_header))
		return CULVERT_COUNTER_IN_PADDING;
	if (next_header == CULVERT_ESP_DUMMY) {
		atomic64_inc(&sa->stats.tfc);
		return CULVERT_COUNTER_IN_DUMMY;
	}
	__skb_pull(skb, culvert_esp_before(sa));

	if (sa->mode == CULVERT_MODE_TUNNEL)
		reason = unpack_tunnel(sa, skb, next_header);
	else
		reason = unpack_transport(skb, header, name, next_header, udp);
	return reason;
}

/* --- the outer packet --- */

/* Does the peer's packet come from where ours go to? */
static void note_mapping(struct culvert_sa *sa, const struct sk_buff *skb,
			 int esp, bool udp)
{
	const struct culvert_endpoints *to = rcu_dereference(sa->endpoints);
	const struct udphdr *uh = (void *)skb->data + esp - sizeof(*uh);
	union nf_inet_addr from = {};
	__be16 port = udp ? uh->source : 0;
	unsigned long told;

	if (to->family == AF_INET)
		from.ip = ip_hdr(skb)->saddr;
	else
		from.in6 = ipv6_hdr(skb)->saddr;
	if (likely(port == to->remote_port &&
		   nf_inet_addr_cmp(&from, &to->remote)))
		return;
	/* Again and again, as a word may be lost, but not for each packet: those
	 * of the old place may be late ones.
	 */
	told = READ_ONCE(sa->mapping_told);
	if (told && time_before(jiffies, told + MAPPING_INTERVAL))
		return;
	WRITE_ONCE(sa->mapping_told, jiffies ?: 1);
	culvert_event_mapping(sa, to->family, &from, port);
}

/* The ICV was right: only now the window moves (RFC 4303 3.4.3). */
static enum culvert_counter receive(struct culvert_sa *sa, u64 seq, u32 octets)
{
	enum culvert_counter reason;

	spin_lock_bh(&sa->lock);
	switch (culvert_replay_update(sa->replay, seq)) {
	case 0:
		reason = culvert_sa_use_in(sa, octets);
		break;
	case -EALREADY:
		reason = CULVERT_COUNTER_IN_REPLAY;
		break;
	default:
		reason = CULVERT_COUNTER_IN_REPLAY_OLD;
	}
	spin_unlock_bh(&sa->lock);
	return reason;
}

static enum culvert_counter reason_of_error(int err)
{
	switch (err) {
	case -EBADMSG:
		return CULVERT_COUNTER_IN_ICV;
	case -ENOSPC:
	case -EAGAIN:
	case -EBUSY:
		return CULVERT_COUNTER_IN_CRYPTO_BUSY;
	case -ENOBUFS:
		return CULVERT_COUNTER_IN_NO_MEMORY;
	default:
		return CULVERT_COUNTER_IN_CRYPTO;
	}
}

/* What an SA carries does not count padding. If there is more of it than there
 * can be, that is unpack()'s to judge.
 */
static u32 payload_octets(const struct culvert_sa *sa,
			  const struct sk_buff *skb, u32 esp)
{
	u32 end = skb->len - sa->suite->icv - CULVERT_ESP_TRAILER;
	u32 octets = end - esp - culvert_esp_before(sa);
	u8 pad;

	if (skb_copy_bits(skb, end, &pad, sizeof(pad)) || pad > octets)
		return octets;
	return octets - pad;
}

static enum culvert_counter opened(struct culvert_sa *sa, struct sk_buff *skb,
				   const struct culvert_cipher_cb *cb, int err)
{
	enum culvert_counter reason;

	if (err)
		return reason_of_error(err);
	if (test_bit(CULVERT_SA_DEAD, &sa->state))
		return CULVERT_COUNTER_IN_SA_GONE;
	reason = receive(sa, cb->seq, payload_octets(sa, skb, cb->esp));
	if (reason)
		return reason;
	note_mapping(sa, skb, cb->esp, cb->encapsulated);
	return unpack(sa, skb, cb->esp, cb->encapsulated) ?: admit(sa, skb);
}

static void clamp_mss(struct culvert_sa *sa, struct sk_buff *skb)
{
	struct culvert_endpoints *to = rcu_dereference(sa->endpoints);
	const struct dst_entry *dst;
	int header;

	if (!(READ_ONCE(sa->rule->options.flags) & CULVERT_RULE_FLAG_MSS_CLAMP))
		return;
	/* What its answers will have to fit into. */
	dst = culvert_output_route(sa, to);
	header = culvert_mtu_header(sa, skb);
	if (dst && header >= 0)
		culvert_mtu_clamp_mss(sa, skb,
				      culvert_mtu_inner(sa, to, header,
							dst_mtu(dst)));
}

/* The cipher is through with it: the same for those that answer at once and for
 * those that answer later. Consumes skb. BH disabled.
 */
static void input_done(struct sk_buff *skb, int err)
{
	enum culvert_counter reason;
	struct culvert_cipher_cb cb;
	struct net_device *dev;
	struct culvert_sa *sa;

	/* It may be gone already. */
	if (err == -EINPROGRESS)
		return;
	cb = *culvert_cipher_cb(skb);
	dev = skb->dev;
	sa = cb.sa;
	rcu_read_lock();
	reason = opened(sa, skb, &cb, err);
	if (unlikely(reason)) {
		culvert_drop_sa(sa, skb, reason);
	} else {
		clamp_mss(sa, skb);
		deliver(sa, skb);
	}
	rcu_read_unlock();
	if (sa->async) {
		dev_put(dev);
		culvert_sa_put(sa);
	}
}

/* --- whose is it, and may it be new? --- */

static bool fits(const struct culvert_sa *sa, const struct sk_buff *skb)
{
	const struct culvert_endpoints *to = rcu_dereference(sa->endpoints);

	if (skb->protocol == htons(ETH_P_IP))
		return to->family == AF_INET &&
		       ip_hdr(skb)->daddr == to->local.ip;
	return to->family == AF_INET6 &&
	       ipv6_addr_equal(&ipv6_hdr(skb)->daddr, &to->local.in6);
}

static enum culvert_counter check_udp(const struct culvert_sa *sa,
				      struct sk_buff *skb, int offset)
{
	const struct culvert_endpoints *to = rcu_dereference(sa->endpoints);
	const struct udphdr *uh = (void *)skb->data + offset - sizeof(*uh);
	u8 family = to->family;

	if (uh->dest != to->local_port)
		return CULVERT_COUNTER_IN_ENCAPSULATION;
	/* 0: none; the ICV is better (RFC 3948 2.1, RFC 6935). */
	if (uh->check && nf_checksum(skb, NF_INET_LOCAL_IN,
				     offset - sizeof(*uh), IPPROTO_UDP, family))
		return CULVERT_COUNTER_IN_UDP_CHECKSUM;
	return 0;
}

static enum culvert_counter check_sizes(const struct culvert_sa *sa,
					struct sk_buff *skb, int offset)
{
	u32 before = offset + culvert_esp_before(sa);
	u32 crypt;

	if (skb->len < before + sa->suite->icv + CULVERT_ESP_TRAILER ||
	    !pskb_may_pull(skb, before))
		return CULVERT_COUNTER_IN_SHORT;
	crypt = skb->len - before - sa->suite->icv;
	return crypt % sa->suite->block ? CULVERT_COUNTER_IN_LENGTH : 0;
}

static enum culvert_counter check_replay(struct culvert_sa *sa,
					 const struct sk_buff *skb, int offset,
					 u64 *seq)
{
	u32 low = get_unaligned_be32(skb->data + offset + 4);
	int err;

	spin_lock_bh(&sa->lock);
	*seq = culvert_replay_extend(sa->replay, low);
	err = culvert_replay_check(sa->replay, *seq);
	spin_unlock_bh(&sa->lock);
	if (!err)
		return 0;
	return err == -EALREADY ? CULVERT_COUNTER_IN_REPLAY :
				  CULVERT_COUNTER_IN_REPLAY_OLD;
}

static enum culvert_counter check(struct culvert_sa *sa, struct sk_buff *skb,
				  int offset, bool udp, u64 *seq)
{
	const struct culvert_endpoints *to = rcu_dereference(sa->endpoints);
	enum culvert_counter reason;

	if (test_bit(CULVERT_SA_EXPIRED, &sa->state))
		return CULVERT_COUNTER_IN_EXPIRED;
	if (udp != !!to->local_port)
		return CULVERT_COUNTER_IN_ENCAPSULATION;
	if (udp) {
		reason = check_udp(sa, skb, offset);
		if (reason)
			return reason;
	}
	return check_sizes(sa, skb, offset) ?:
	       check_replay(sa, skb, offset, seq);
}

struct culvert_sa *culvert_input_find(struct culvert_net *cn,
				      const struct sk_buff *skb, __be32 spi)
{
	struct culvert_sa *sa = culvert_sa_find_in(cn, spi);

	return sa && fits(sa, skb) ? sa : NULL;
}

/* Opens a packet of the SA. Consumes skb. */
static void open_one(struct culvert_sa *sa, struct sk_buff *skb, int offset,
		     bool udp)
{
	enum culvert_counter reason;
	struct culvert_cipher_cb *cb;
	u64 seq;

	reason = check(sa, skb, offset, udp, &seq);
	if (unlikely(reason)) {
		culvert_drop_sa(sa, skb, reason);
		return;
	}

	cb = culvert_cipher_cb(skb);
	memset(cb, 0, sizeof(*cb));
	cb->sa = sa;
	cb->seq = seq;
	cb->esp = offset;
	cb->encapsulated = udp;
	if (sa->async) {
		/* Until input_done(), which may run before this returns. */
		if (!culvert_sa_try_get(sa)) {
			culvert_drop_sa(sa, skb, CULVERT_COUNTER_IN_SA_GONE);
			return;
		}
		dev_hold(skb->dev);
	}
	input_done(skb, culvert_esp_open(skb, input_done));
}

/* A device that aggregates what it forwards may have made one of several UDP
 * datagrams.
 */
static void open_each(struct culvert_sa *sa, struct sk_buff *skb, int offset,
		      bool udp)
{
	struct sk_buff *list = skb_gso_segment(skb, 0);
	struct sk_buff *next;

	if (IS_ERR_OR_NULL(list)) {
		culvert_drop_sa(sa, skb, CULVERT_COUNTER_IN_NO_MEMORY);
		return;
	}
	consume_skb(skb);
	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		open_one(sa, skb, offset, udp);
	}
}

unsigned int culvert_input(struct culvert_net *cn, struct sk_buff *skb,
			   int offset, bool udp)
{
	struct culvert_sa *sa;

	if (!pskb_may_pull(skb, offset + CULVERT_ESP_HEADER)) {
		if (udp)		/* a keepalive, or IKE's to judge */
			return NF_ACCEPT;
		culvert_drop(cn, skb, CULVERT_COUNTER_IN_SHORT);
		return NF_STOLEN;
	}
	sa = culvert_input_find(cn, skb,
				get_unaligned((__be32 *)(skb->data + offset)));
	if (!sa) {
		culvert_stats_count(cn->stats, CULVERT_COUNTER_IN_SPI_UNKNOWN);
		return NF_ACCEPT;
	}

	/* The outer packet ends here; one entry for its connection, not one for
	 * each packet. Whatever conntrack thinks of it.
	 */
	culvert_conntrack_confirm(skb);
	nf_reset_ct(skb);
	if (unlikely(skb_is_gso(skb)))
		open_each(sa, skb, offset, udp);
	else
		open_one(sa, skb, offset, udp);
	return NF_STOLEN;
}

/* --- the namespace's part --- */

bool culvert_input_is_decrypted(const struct culvert_net *cn,
				const struct sk_buff *skb)
{
	return skb_dst(skb) == &cn->decrypted->dst;
}

void culvert_input_device_gone(struct culvert_net *cn)
{
	struct napi_struct *napi;

	list_for_each_entry(napi, &cn->cells_dev->napi_list, dev_list)
		napi_synchronize(napi);
}

int culvert_input_net_init(struct culvert_net *cn)
{
	int err = -ENOMEM;

	cn->decrypted = metadata_dst_alloc(0, METADATA_IP_TUNNEL, GFP_KERNEL);
	if (!cn->decrypted)
		return -ENOMEM;
	cn->cells_dev = alloc_netdev_dummy(0);
	if (!cn->cells_dev)
		goto err_release_dst;
	dev_net_set(cn->cells_dev, cn->net);
	cn->cells_dev->features = NETIF_F_GRO;
	cn->cells_dev->flags = IFF_UP;
	rtnl_lock();
	err = netdev_rx_handler_register(cn->cells_dev, joined, NULL);
	rtnl_unlock();
	if (err)
		goto err_free_dev;
	err = gro_cells_init(&cn->cells, cn->cells_dev);
	if (err)
		goto err_free_dev;
	return 0;

err_free_dev:
	free_netdev(cn->cells_dev);
err_release_dst:
	dst_release(&cn->decrypted->dst);
	return err;
}

void culvert_input_net_exit(struct culvert_net *cn)
{
	gro_cells_destroy(&cn->cells);
	free_netdev(cn->cells_dev);
	dst_release(&cn->decrypted->dst);
}
