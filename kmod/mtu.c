// SPDX-License-Identifier: GPL-2.0-only
/* Sizes. Says what fits and deals with what does not; sends nothing itself but
 * word to the senders of packets that are too big.
 */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip6_route.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>
#include <net/tcp.h>

#include "cb.h"
#include "drop.h"
#include "esp.h"
#include "event.h"
#include "flow.h"
#include "mtu.h"
#include "natt.h"
#include "output.h"
#include "sa.h"
#include "stats.h"

/* A router that claims less is not believed: net.ipv4.route.min_pmtu. */
#define PATH_MTU_MIN4 552
/* Packets back from the last one sent that an ICMP error may quote. */
#define QUOTED_AGE_MAX 65536

static u32 ip_header(const struct culvert_endpoints *to)
{
	return to->family == AF_INET ? sizeof(struct iphdr) :
				       sizeof(struct ipv6hdr);
}

static u32 udp_header(const struct culvert_endpoints *to)
{
	return to->local_port ? sizeof(struct udphdr) : 0;
}

u32 culvert_mtu_before(const struct culvert_sa *sa,
		       const struct culvert_endpoints *to)
{
	return ip_header(to) + udp_header(to) + culvert_esp_before(sa);
}

/* Of the outer packet, the octets that are not ciphertext. */
static u32 around(const struct culvert_sa *sa,
		  const struct culvert_endpoints *to, u32 header)
{
	u32 in_front = sa->mode == CULVERT_MODE_TUNNEL ? ip_header(to) :
							 header;

	return in_front + udp_header(to) + culvert_esp_before(sa) +
	       sa->suite->icv;
}

int culvert_mtu_header(const struct culvert_sa *sa, struct sk_buff *skb)
{
	u8 *next_header;

	if (sa->mode == CULVERT_MODE_TUNNEL)
		return 0;
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdrlen(skb);
	return ip6_find_1stfragopt(skb, &next_header);
}

u32 culvert_mtu_inner(const struct culvert_sa *sa,
		      const struct culvert_endpoints *to, u32 header, u32 mtu)
{
	u32 least = around(sa, to, header) + sa->suite->block;
	u32 payload;

	if (mtu < least)
		return 0;
	payload = round_down(mtu - around(sa, to, header), sa->suite->block) -
		  CULVERT_ESP_TRAILER;
	return sa->mode == CULVERT_MODE_TUNNEL ? payload : header + payload;
}

u32 culvert_mtu_outer(const struct culvert_sa *sa,
		      const struct culvert_endpoints *to, u32 header, u32 inner)
{
	u32 payload = sa->mode == CULVERT_MODE_TUNNEL ? inner : inner - header;

	return around(sa, to, header) + culvert_esp_padded(sa, payload);
}

bool culvert_mtu_exceeded(const struct sk_buff *skb, u32 mtu)
{
	if (skb_is_gso(skb))
		return !skb_gso_validate_network_len(skb, mtu);
	return skb->len > mtu;
}

/* --- too big --- */

static enum culvert_mtu_way way4(const struct culvert_sa *sa,
				 const struct culvert_mtu_packet *packet,
				 u32 mtu)
{
	/* A fragment has octets behind its header, in multiples of eight. */
	bool pieces_fit = mtu >= packet->header + 8;

	if (packet->no_fragment && sa->df != CULVERT_DF_CLEAR)
		return CULVERT_MTU_TELL;
	return sa->mode == CULVERT_MODE_TUNNEL && pieces_fit ?
	       CULVERT_MTU_FRAGMENT : CULVERT_MTU_LATER;
}

/* A packet that IPv6 promises to carry (1280 octets) is carried in two outer
 * ones.
 */
static enum culvert_mtu_way way6(const struct culvert_sa *sa,
				 const struct culvert_mtu_packet *packet)
{
	if (packet->len <= IPV6_MIN_MTU)
		return CULVERT_MTU_LATER;
	if (packet->no_fragment)
		return CULVERT_MTU_TELL;
	return sa->mode == CULVERT_MODE_TUNNEL ? CULVERT_MTU_FRAGMENT :
						 CULVERT_MTU_LATER;
}

/* To the peer itself? What its sender is told of the path MTU, the kernel keeps
 * for that address, and our own packets go there too: told of less, they would
 * have to tell of still less.
 */
static bool is_to_peer(const struct culvert_mtu_packet *packet,
		       const struct culvert_endpoints *to)
{
	return packet->family == to->family &&
	       nf_inet_addr_cmp(&packet->destination, &to->remote);
}

enum culvert_mtu_way culvert_mtu_way(const struct culvert_sa *sa,
				     const struct culvert_mtu_packet *packet,
				     u32 mtu)
{
	const struct culvert_endpoints *to = rcu_dereference(sa->endpoints);
	enum culvert_mtu_way way = CULVERT_MTU_LATER;

	if (!is_to_peer(packet, to))
		way = packet->family == AF_INET ? way4(sa, packet, mtu) :
						  way6(sa, packet);
	/* More than an IP packet can hold, in fragments or not. */
	if (way == CULVERT_MTU_LATER &&
	    culvert_mtu_outer(sa, to, packet->header, packet->len) > U16_MAX)
		return CULVERT_MTU_TELL;
	return way;
}

static bool is_tcp(const struct sk_buff *skb)
{
	return skb->sk && sk_fullsock(skb->sk) &&
	       skb->sk->sk_protocol == IPPROTO_TCP;
}

static u32 segment_len(const struct sk_buff *skb)
{
	u32 tcp = SKB_GSO_TCPV4 | SKB_GSO_TCPV6;

	return skb_transport_header(skb) - skb_network_header(skb) +
	       (skb_shinfo(skb)->gso_type & tcp ? tcp_hdrlen(skb) :
						  sizeof(struct udphdr)) +
	       skb_shinfo(skb)->gso_size;
}

void culvert_mtu_describe(const struct sk_buff *skb,
			  struct culvert_mtu_packet *packet)
{
	memset(packet, 0, sizeof(*packet));
	packet->len = skb_is_gso(skb) ? segment_len(skb) : skb->len;
	if (skb->protocol == htons(ETH_P_IP)) {
		packet->family = AF_INET;
		packet->destination.ip = ip_hdr(skb)->daddr;
		packet->header = ip_hdrlen(skb);
		packet->no_fragment = (ip_hdr(skb)->frag_off & htons(IP_DF)) &&
				      !skb->ignore_df;
		return;
	}
	packet->family = AF_INET6;
	packet->destination.in6 = ipv6_hdr(skb)->daddr;
	packet->header = sizeof(struct ipv6hdr);
	/* Only its source fragments an IPv6 packet (RFC 8200 5). What this host
	 * sends may be fragmented if its sender did not forbid it; TCP does not,
	 * and yet should rather hear of the path MTU.
	 */
	packet->no_fragment = !skb->ignore_df || is_tcp(skb);
}

void culvert_mtu_tell(struct culvert_sa *sa, struct sk_buff *skb, u32 mtu)
{
	atomic64_inc(&sa->stats.pmtus_sent);
	if (!skb_dst(skb))
		return;
	if (skb->protocol == htons(ETH_P_IP))
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	else
		icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0,
			    max_t(u32, mtu, IPV6_MIN_MTU));
}

/* The SA that the fragments which IP makes on this CPU are for. */
struct fragmenting {
	struct culvert_sa *sa;
	void (*output)(struct culvert_sa *sa, struct sk_buff *skb);
};

static DEFINE_PER_CPU(struct fragmenting, fragmenting);

static int fragment_out(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct fragmenting *this = this_cpu_ptr(&fragmenting);

	atomic64_inc(&this->sa->stats.fragments_created);
	this->output(this->sa, skb);
	return 0;
}

/* The sender said that it must not be fragmented, the SA says that it may. */
static int clear_df(struct culvert_sa *sa, struct sk_buff *skb)
{
	struct iphdr *iph;

	if (skb_ensure_writable(skb, sizeof(*iph)))
		return -ENOMEM;
	iph = ip_hdr(skb);
	if (!(iph->frag_off & htons(IP_DF)))
		return 0;
	/* RFC 6864 4.1: its identification meant nothing until now. */
	iph->frag_off &= ~htons(IP_DF);
	__ip_select_ident(sa->cn->net, iph, 1);
	ip_send_check(iph);
	return 0;
}

static int fragment(struct culvert_sa *sa, struct sk_buff *skb, u32 mtu)
{
	struct net *net = sa->cn->net;

	if (skb->protocol == htons(ETH_P_IP)) {
		IPCB(skb)->frag_max_size = mtu;
		return ip_do_fragment(net, skb->sk, skb, fragment_out);
	}
	/* More than its route takes is refused. */
	IP6CB(skb)->frag_max_size = min(mtu, dst_mtu(skb_dst(skb)));
	return ipv6_stub->ipv6_fragment(net, skb->sk, skb, fragment_out);
}

void culvert_mtu_fragment(struct culvert_sa *sa, struct sk_buff *skb, u32 mtu,
			  void (*output)(struct culvert_sa *sa,
					 struct sk_buff *skb))
{
	struct fragmenting *this = this_cpu_ptr(&fragmenting);
	struct fragmenting outer = *this;
	struct sk_buff *list = skb;
	struct sk_buff *next;

	if (!skb_dst(skb) ||
	    (skb->protocol == htons(ETH_P_IP) && clear_df(sa, skb)) ||
	    (!skb_is_gso(skb) && skb->ip_summed == CHECKSUM_PARTIAL &&
	     skb_csum_hwoffload_help(skb, 0)))
		goto drop_failed;
	if (skb_is_gso(skb)) {
		list = skb_gso_segment(skb, 0);
		if (IS_ERR_OR_NULL(list))
			goto drop_failed;
		consume_skb(skb);
	}

	/* A fragment may itself go through a tunnel that fragments. */
	this->sa = sa;
	this->output = output;
	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		skb->ignore_df = 1;
		if (fragment(sa, skb, mtu)) {
			atomic64_inc(&sa->stats.pre_frag_failures);
			culvert_drop_gone(sa, CULVERT_COUNTER_OUT_FRAGMENT_FAILED);
		} else {
			atomic64_inc(&sa->stats.pre_frag_successes);
		}
	}
	*this = outer;
	return;

drop_failed:
	atomic64_inc(&sa->stats.pre_frag_failures);
	culvert_drop_sa(sa, skb, CULVERT_COUNTER_OUT_FRAGMENT_FAILED);
}

/* --- TCP --- */

/* Where the TCP header of a SYN begins, or -EINVAL. */
static int syn_offset(const struct sk_buff *skb)
{
	struct culvert_flow flow;
	struct culvert_ip6_walk walk;
	const struct tcphdr *tcp;
	struct tcphdr buffer;
	int offset;

	if (culvert_flow_parse(skb, CULVERT_DIRECTION_OUT, &flow) ||
	    flow.protocol != IPPROTO_TCP || flow.ports_unknown)
		return -EINVAL;
	if (flow.family == AF_INET)
		offset = ip_hdrlen(skb);
	else if (!culvert_flow_ip6_walk(skb, &walk))
		offset = walk.offset;
	else
		return -EINVAL;
	tcp = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (!tcp || !tcp->syn || tcp->doff * 4 < sizeof(*tcp))
		return -EINVAL;
	return offset;
}

static void lower_mss(struct culvert_sa *sa, struct sk_buff *skb,
		      struct tcphdr *tcp, u8 *mss, u16 most)
{
	__be16 old = get_unaligned((__be16 *)mss);

	if (ntohs(old) <= most)
		return;
	put_unaligned_be16(most, mss);
	/* At an odd place both halves of two words change. */
	if ((mss - (u8 *)tcp) & 1)
		inet_proto_csum_replace2(&tcp->check, skb,
					 htons(swab16(ntohs(old))),
					 htons(swab16(most)), false);
	else
		inet_proto_csum_replace2(&tcp->check, skb, old, htons(most),
					 false);
	atomic64_inc(&sa->stats.mss_clamped);
}

void culvert_mtu_clamp_mss(struct culvert_sa *sa, struct sk_buff *skb, u32 mtu)
{
	int offset = syn_offset(skb);
	struct tcphdr *tcp;
	u8 *option;
	u8 *end;

	if (offset < 0 || mtu < offset + sizeof(*tcp) + TCP_MIN_MSS)
		return;
	if (skb_ensure_writable(skb, offset + sizeof(*tcp)))
		return;
	tcp = (struct tcphdr *)(skb_network_header(skb) + offset);
	if (skb_ensure_writable(skb, offset + tcp->doff * 4))
		return;
	tcp = (struct tcphdr *)(skb_network_header(skb) + offset);

	option = (u8 *)(tcp + 1);
	end = (u8 *)tcp + tcp->doff * 4;
	while (option < end && *option != TCPOPT_EOL) {
		if (*option == TCPOPT_NOP) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] < 2 ||
		    option[1] > end - option)
			return;
		if (option[0] == TCPOPT_MSS && option[1] == TCPOLEN_MSS)
			lower_mss(sa, skb, tcp, option + 2,
				  mtu - offset - sizeof(*tcp));
		option += option[1];
	}
}

/* --- the path MTU, RFC 4301 8.2 --- */

/* The octets of ours that an ICMP error quotes. */
struct quoted {
	struct culvert_sa_key key;
	int offset;			/* of the quoted IP header */
	u32 mtu;
	__be32 seq;
	u8 protocol;
};

static int read_error4(struct sk_buff *skb, struct quoted *quoted, int *upper)
{
	const struct icmphdr *icmp;
	struct icmphdr icmp_buffer;
	const struct iphdr *iph;
	struct iphdr iph_buffer;
	int offset = ip_hdrlen(skb);

	if (ip_hdr(skb)->protocol != IPPROTO_ICMP)
		return -EINVAL;
	icmp = skb_header_pointer(skb, offset, sizeof(*icmp), &icmp_buffer);
	if (!icmp || icmp->type != ICMP_DEST_UNREACH ||
	    icmp->code != ICMP_FRAG_NEEDED ||
	    nf_ip_checksum(skb, NF_INET_LOCAL_IN, offset, IPPROTO_ICMP))
		return -EINVAL;
	quoted->offset = offset + sizeof(*icmp);
	quoted->mtu = ntohs(icmp->un.frag.mtu);
	iph = skb_header_pointer(skb, quoted->offset, sizeof(*iph),
				 &iph_buffer);
	if (!iph || iph->ihl < 5 || quoted->mtu < PATH_MTU_MIN4)
		return -EINVAL;
	quoted->key.family = AF_INET;
	quoted->key.remote.ip = iph->daddr;
	quoted->protocol = iph->protocol;
	*upper = quoted->offset + iph->ihl * 4;
	return 0;
}

static int read_error6(struct sk_buff *skb, struct quoted *quoted, int *upper)
{
	struct culvert_ip6_walk walk;
	const struct icmp6hdr *icmp;
	struct icmp6hdr icmp_buffer;
	const struct ipv6hdr *ip6h;
	struct ipv6hdr ip6h_buffer;

	if (culvert_flow_ip6_walk(skb, &walk) ||
	    walk.protocol != IPPROTO_ICMPV6)
		return -EINVAL;
	icmp = skb_header_pointer(skb, walk.offset, sizeof(*icmp),
				  &icmp_buffer);
	if (!icmp || icmp->icmp6_type != ICMPV6_PKT_TOOBIG ||
	    nf_ip6_checksum(skb, NF_INET_LOCAL_IN, walk.offset,
			    IPPROTO_ICMPV6))
		return -EINVAL;
	quoted->offset = walk.offset + sizeof(*icmp);
	quoted->mtu = ntohl(icmp->icmp6_mtu);
	ip6h = skb_header_pointer(skb, quoted->offset, sizeof(*ip6h),
				  &ip6h_buffer);
	if (!ip6h || quoted->mtu < IPV6_MIN_MTU)
		return -EINVAL;
	quoted->key.family = AF_INET6;
	quoted->key.remote.in6 = ip6h->daddr;
	quoted->protocol = ip6h->nexthdr;
	*upper = quoted->offset + sizeof(*ip6h);
	return 0;
}

/* SPI and sequence number, which only somebody on the path has seen. */
static int read_esp(const struct sk_buff *skb, struct quoted *quoted, int at)
{
	const __be32 *esp;
	__be32 buffer[2];

	if (quoted->protocol == IPPROTO_UDP)
		at += sizeof(struct udphdr);
	else if (quoted->protocol != IPPROTO_ESP)
		return -EINVAL;
	esp = skb_header_pointer(skb, at, sizeof(buffer), buffer);
	if (!esp)
		return -EINVAL;
	quoted->key.spi = esp[0];
	quoted->seq = esp[1];
	return 0;
}

/* Was that packet sent, lately, and do we not know it already? */
static bool is_news(struct culvert_sa *sa, const struct quoted *quoted)
{
	u64 sent = atomic64_read(&sa->seq);
	u32 age = (u32)sent - ntohl(quoted->seq);
	const struct dst_entry *dst;

	if (age >= min_t(u64, QUOTED_AGE_MAX, sent))
		return false;
	dst = culvert_output_route(sa, rcu_dereference(sa->endpoints));
	return dst && quoted->mtu < dst_mtu(dst);
}

static void update(struct culvert_sa *sa, struct sk_buff *skb,
		   const struct quoted *quoted)
{
	struct net *net = sa->cn->net;

	/* The kernel keeps and ages it with the route. */
	if (!pskb_may_pull(skb, quoted->offset + sizeof(struct ipv6hdr)) &&
	    !pskb_may_pull(skb, quoted->offset + sizeof(struct iphdr)))
		return;
	__skb_pull(skb, quoted->offset);
	if (quoted->key.family == AF_INET)
		ipv4_update_pmtu(skb, net, quoted->mtu, 0, quoted->protocol);
	else
		ip6_update_pmtu(skb, net, htonl(quoted->mtu), 0, 0,
				sock_net_uid(net, NULL));
	__skb_push(skb, quoted->offset);
	atomic64_inc(&sa->stats.pmtus_rcvd);
	culvert_event_sa(sa, CULVERT_REASON_PATH_MTU, quoted->mtu);
}

/* The SA of the packet that an ICMP error quotes. */
static struct culvert_sa *quoted_sa(struct culvert_net *cn,
				    struct sk_buff *skb, struct quoted *quoted)
{
	struct culvert_sa *sa;
	int upper;
	int err;

	memset(quoted, 0, sizeof(*quoted));
	if (skb->protocol == htons(ETH_P_IP))
		err = read_error4(skb, quoted, &upper);
	else
		err = read_error6(skb, quoted, &upper);
	if (err || read_esp(skb, quoted, upper))
		return NULL;
	sa = culvert_sa_find_out(cn, &quoted->key);
	return sa && is_news(sa, quoted) ? sa : NULL;
}

static bool is_too_big(const struct sk_buff *skb)
{
	struct culvert_flow flow;

	if (culvert_flow_parse(skb, CULVERT_DIRECTION_IN, &flow) ||
	    flow.ports_unknown)
		return false;
	if (flow.family == AF_INET6)
		return flow.protocol == IPPROTO_ICMPV6 &&
		       flow.local_port == ICMPV6_PKT_TOOBIG;
	return flow.protocol == IPPROTO_ICMP &&
	       flow.local_port == ICMP_DEST_UNREACH &&
	       flow.remote_port == ICMP_FRAG_NEEDED;
}

/* The kernel believes every ICMP error about a path MTU that quotes UDP, whatever
 * it quotes of it.
 */
bool culvert_mtu_learn(struct culvert_net *cn, struct sk_buff *skb)
{
	struct culvert_flow flow;
	struct quoted quoted;
	struct culvert_sa *sa = quoted_sa(cn, skb, &quoted);

	if (sa) {
		update(sa, skb, &quoted);
		return true;
	}
	return !is_too_big(skb) ||
	       !culvert_flow_parse_quoted(skb, CULVERT_DIRECTION_IN, &flow) ||
	       flow.local_port != CULVERT_ESP_UDP_PORT ||
	       !culvert_natt_is_between(cn, &flow);
}

bool culvert_mtu_is_news(struct culvert_net *cn, struct sk_buff *skb)
{
	struct quoted quoted;

	return quoted_sa(cn, skb, &quoted);
}
