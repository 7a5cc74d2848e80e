// SPDX-License-Identifier: GPL-2.0-only
/* Reads the headers that selectors speak of. Every octet is fetched with its
 * length checked; what cannot be read is unknown, never assumed.
 */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "flow.h"

/* The octets at the begin of the upper layer that selectors look at. */
struct ports {
	__be16 source;
	__be16 destination;
};

static u64 half(const struct in6_addr *addr, int n)
{
	return (u64)ntohl(addr->s6_addr32[2 * n]) << 32 |
	       ntohl(addr->s6_addr32[2 * n + 1]);
}

static void set_addr6(union culvert_addr *to, const struct in6_addr *from)
{
	to->v6[0] = half(from, 0);
	to->v6[1] = half(from, 1);
}

void culvert_flow_set_addr(union culvert_addr *to, u8 family,
			   const union nf_inet_addr *from)
{
	if (family == AF_INET)
		to->v4 = ntohl(from->ip);
	else
		set_addr6(to, &from->in6);
}

bool culvert_flow_has_ports(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

bool culvert_flow_is_icmp(u8 family, u8 protocol)
{
	return protocol == (family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static void parse_ports(const struct sk_buff *skb, int offset, int direction,
			struct culvert_flow *flow)
{
	const struct ports *ports;
	struct ports buffer;
	const u8 *icmp;

	if (culvert_flow_has_ports(flow->protocol)) {
		ports = skb_header_pointer(skb, offset, sizeof(buffer),
					   &buffer);
		if (!ports)
			goto unknown;
		flow->local_port = ntohs(direction == CULVERT_DIRECTION_OUT ?
					 ports->source : ports->destination);
		flow->remote_port = ntohs(direction == CULVERT_DIRECTION_OUT ?
					  ports->destination : ports->source);
	} else if (culvert_flow_is_icmp(flow->family, flow->protocol)) {
		icmp = skb_header_pointer(skb, offset, 2, &buffer);
		if (!icmp)
			goto unknown;
		flow->local_port = icmp[0];
		flow->remote_port = icmp[1];
	}
	return;

unknown:
	flow->ports_unknown = true;
}

static int parse_ip4(const struct sk_buff *skb, int offset, int direction,
		     struct culvert_flow *flow, int *upper)
{
	bool out = direction == CULVERT_DIRECTION_OUT;
	const struct iphdr *iph;
	struct iphdr buffer;

	iph = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return -EINVAL;

	flow->family = AF_INET;
	flow->protocol = iph->protocol;
	flow->local.v4 = ntohl(out ? iph->saddr : iph->daddr);
	flow->remote.v4 = ntohl(out ? iph->daddr : iph->saddr);
	*upper = offset + iph->ihl * 4;
	flow->ports_unknown = iph->frag_off & htons(IP_OFFSET);
	return 0;
}

/* Past the extension headers. Of a fragment other than the first, the upper
 * layer's protocol is what its fragment header says.
 */
static int walk_ip6(const struct sk_buff *skb, int begin,
		    struct culvert_ip6_walk *walk)
{
	int at = begin + sizeof(struct ipv6hdr);
	u8 protocol = walk->protocol;

	walk->next_header = offsetof(struct ipv6hdr, nexthdr);
	walk->fragment = false;
	walk->later_fragment = false;
	while (ipv6_ext_hdr(protocol) && protocol != NEXTHDR_NONE) {
		struct frag_hdr buffer;
		const struct ipv6_opt_hdr *opt;
		int length;

		opt = skb_header_pointer(skb, at, sizeof(*opt), &buffer);
		if (!opt)
			return -EINVAL;
		length = ipv6_optlen(opt);
		if (protocol == NEXTHDR_AUTH)
			length = ipv6_authlen(opt);
		if (protocol == NEXTHDR_FRAGMENT) {
			const struct frag_hdr *frag;

			frag = skb_header_pointer(skb, at, sizeof(*frag),
						  &buffer);
			if (!frag)
				return -EINVAL;
			length = sizeof(*frag);
			opt = (const void *)frag;
			walk->fragment = true;
			walk->later_fragment = frag->frag_off &
					       htons(~0x7);
		}
		protocol = opt->nexthdr;
		walk->next_header = at - begin;
		at += length;
		if (walk->later_fragment)
			break;
	}
	walk->protocol = protocol;
	walk->offset = at - begin;
	return 0;
}

static int parse_ip6(const struct sk_buff *skb, int offset, int direction,
		     struct culvert_flow *flow, int *upper)
{
	bool out = direction == CULVERT_DIRECTION_OUT;
	struct culvert_ip6_walk walk;
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buffer;

	ip6h = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (!ip6h || ip6h->version != 6)
		return -EINVAL;
	walk.protocol = ip6h->nexthdr;
	set_addr6(&flow->local, out ? &ip6h->saddr : &ip6h->daddr);
	set_addr6(&flow->remote, out ? &ip6h->daddr : &ip6h->saddr);
	if (walk_ip6(skb, offset, &walk))
		return -EINVAL;

	flow->family = AF_INET6;
	flow->protocol = walk.protocol;
	flow->ports_unknown = walk.later_fragment;
	*upper = offset + walk.offset;
	return 0;
}

static int parse(const struct sk_buff *skb, int offset, int direction,
		 struct culvert_flow *flow, int *upper)
{
	const u8 *version;
	u8 buffer;
	int err;

	memset(flow, 0, sizeof(*flow));
	version = skb_header_pointer(skb, offset, 1, &buffer);
	if (!version)
		return -EINVAL;
	if (*version >> 4 == 4)
		err = parse_ip4(skb, offset, direction, flow, upper);
	else
		err = parse_ip6(skb, offset, direction, flow, upper);
	if (err)
		return err;

	if (!flow->ports_unknown)
		parse_ports(skb, *upper, direction, flow);
	return 0;
}

static bool is_error(const struct culvert_flow *flow)
{
	if (flow->ports_unknown ||
	    !culvert_flow_is_icmp(flow->family, flow->protocol))
		return false;
	if (flow->family == AF_INET6)
		return !(flow->local_port & ICMPV6_INFOMSG_MASK);
	switch (flow->local_port) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return true;
	default:
		return false;
	}
}

bool culvert_flow_is_link_local_icmp6(const struct sk_buff *skb,
				      const struct culvert_flow *flow)
{
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buffer;

	if (flow->family != AF_INET6 || flow->protocol != IPPROTO_ICMPV6 ||
	    flow->ports_unknown)
		return false;
	ip6h = skb_header_pointer(skb, skb_network_offset(skb), sizeof(buffer),
				  &buffer);
	switch (flow->local_port) {
	case 133 ... 136:		/* RFC 4861: neighbour discovery */
		return ip6h && ip6h->hop_limit == 255;
	case ICMPV6_MGM_QUERY:		/* RFC 2710, 3810: listeners */
	case ICMPV6_MGM_REPORT:
	case ICMPV6_MGM_REDUCTION:
	case ICMPV6_MLD2_REPORT:
		return ip6h && ip6h->hop_limit == 1 &&
		       ipv6_addr_is_multicast(&ip6h->daddr);
	default:
		return false;
	}
}

int culvert_flow_ip6_walk(const struct sk_buff *skb,
			  struct culvert_ip6_walk *walk)
{
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buffer;

	ip6h = skb_header_pointer(skb, skb_network_offset(skb), sizeof(buffer),
				  &buffer);
	if (!ip6h)
		return -EINVAL;
	walk->protocol = ip6h->nexthdr;
	return walk_ip6(skb, skb_network_offset(skb), walk);
}

int culvert_flow_parse(const struct sk_buff *skb, int direction,
		       struct culvert_flow *flow)
{
	int upper;

	return parse(skb, skb_network_offset(skb), direction, flow, &upper);
}

static bool is_redirect6(const struct culvert_flow *flow)
{
	return flow->family == AF_INET6 && flow->protocol == IPPROTO_ICMPV6 &&
	       !flow->ports_unknown && flow->local_port == NDISC_REDIRECT;
}

/* RFC 4861 4.5: two addresses, then options, one of which is the packet. */
static int quoted_in_redirect6(const struct sk_buff *skb, int upper)
{
	int at = upper + sizeof(struct rd_msg);
	const struct nd_opt_hdr *opt;
	struct nd_opt_hdr buffer;
	int i;

	for (i = 0; i < 8; i++) {
		opt = skb_header_pointer(skb, at, sizeof(buffer), &buffer);
		if (!opt || !opt->nd_opt_len)
			return 0;
		if (opt->nd_opt_type == ND_OPT_REDIRECT_HDR)
			return at + 8;
		at += opt->nd_opt_len * 8;
	}
	return 0;
}

/* Who sends an error received the packet that it quotes. */
bool culvert_flow_parse_quoted(const struct sk_buff *skb, int direction,
			       struct culvert_flow *flow)
{
	bool out = direction == CULVERT_DIRECTION_OUT;
	int quoted;
	int upper;

	if (parse(skb, skb_network_offset(skb), direction, flow, &upper))
		return false;
	/* RFC 792, RFC 4443 2.1: type, code, checksum, 4 octets, the packet */
	if (is_error(flow))
		quoted = upper + 8;
	else if (is_redirect6(flow))
		quoted = quoted_in_redirect6(skb, upper);
	else
		return false;
	return quoted && !parse(skb, quoted, out ? CULVERT_DIRECTION_IN :
				CULVERT_DIRECTION_OUT, flow, &upper);
}
