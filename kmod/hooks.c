// SPDX-License-Identifier: GPL-2.0-only
/* Where packets meet culvert: the table of netfilter hooks, at its end, and a
 * verdict for each. Decides where a packet goes; does nothing to it.
 *
 *	PRE_ROUTING  -401	clear	clear text that should be ESP is dropped,
 *					before fragments are joined
 *	PRE_ROUTING  -199	decrypted  its connection is known now
 *	LOCAL_IN     last-1	in	ESP, after the firewall has let it in
 *	POST_ROUTING  99	exempt	protected flows are not translated
 *	POST_ROUTING 101	out	protected packets are taken
 *	EGRESS			backstop  what came around POST_ROUTING
 */

#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/icmp.h>
#include <net/route.h>

#include "cb.h"
#include "conntrack.h"
#include "defrag.h"
#include "drop.h"
#include "esp.h"
#include "flow.h"
#include "hold.h"
#include "hooks.h"
#include "input.h"
#include "mtu.h"
#include "natt.h"
#include "output.h"
#include "policy.h"
#include "sa.h"
#include "stats.h"

static bool has_policy(const struct culvert_net *cn)
{
	return rcu_access_pointer(cn->policy);
}

/* --- out --- */

/* Packets that no rule is about: our own outer packets and XFRM's, and what
 * never leaves the host.
 */
static bool is_none_of_ours(const struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return culvert_cb_is_transformed(skb) ||
	       (state->out->flags & IFF_LOOPBACK);
}

/* A rule protects the packet: it leaves through the rule's SA or waits for it.
 * Consumes skb.
 */
static void protect(struct culvert_net *cn, struct culvert_rule *rule,
		    struct sk_buff *skb)
{
	struct culvert_sa *sa = rcu_dereference(rule->out);

	if (likely(sa && !READ_ONCE(rule->hold.active)))
		culvert_output(sa, skb);
	else
		culvert_hold(cn, rule, skb);
}

static unsigned int exempt(struct culvert_net *cn, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct culvert_rule *rule;
	struct culvert_flow flow;
	bool open = culvert_conntrack_nat_is_open(skb);

	if (!open && !culvert_conntrack_is_translated(skb))
		return NF_ACCEPT;
	rule = culvert_policy_match(cn, state->out->ifindex, skb,
				    CULVERT_DIRECTION_OUT, &flow);
	if (IS_ERR_OR_NULL(rule) || rule->action != CULVERT_ACTION_PROTECT)
		return NF_ACCEPT;
	if (open) {
		if (culvert_conntrack_exempt(skb))
			return NF_ACCEPT;
		culvert_drop_rule(cn, rule, skb, CULVERT_COUNTER_OUT_CONNTRACK);
		return NF_STOLEN;
	}
	/* Translated before there was a rule. Its next packet is the first of
	 * a connection that is not.
	 */
	culvert_conntrack_kill(skb);
	culvert_drop_rule(cn, rule, skb, CULVERT_COUNTER_OUT_NAT_STALE);
	return NF_STOLEN;
}

static unsigned int hook_exempt(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	struct culvert_net *cn = culvert_net(state->net);

	/* A masquerade would give our ESP another source than the peer knows. */
	if (culvert_cb_is_sealed(skb, cn)) {
		if (!culvert_conntrack_nat_is_open(skb) ||
		    culvert_conntrack_exempt(skb))
			return NF_ACCEPT;
		culvert_drop(cn, skb, CULVERT_COUNTER_OUT_CONNTRACK);
		return NF_STOLEN;
	}
	if (!has_policy(cn) || is_none_of_ours(skb, state))
		return NF_ACCEPT;
	return exempt(cn, skb, state);
}

static unsigned int discard(struct culvert_net *cn, struct culvert_rule *rule,
			    struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, 0);
	else
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED, 0);
	culvert_drop_rule(cn, rule, skb, CULVERT_COUNTER_OUT_DISCARD);
	return NF_STOLEN;
}

/* Rules speak of a packet as it was sent; of what source NAT made of it only where
 * none does.
 */
static struct culvert_rule *match_out(const struct culvert_net *cn,
				      const struct sk_buff *skb,
				      const struct nf_hook_state *state,
				      struct culvert_flow *flow)
{
	int ifindex = state->out->ifindex;
	struct culvert_rule *rule;

	if (unlikely(culvert_conntrack_source(skb, flow))) {
		rule = culvert_policy_find(cn, ifindex, flow);
		if (rule)
			return rule;
	}
	return culvert_policy_match(cn, ifindex, skb, CULVERT_DIRECTION_OUT,
				    flow);
}

/* BH disabled: the packet may go all the way to the device from here. */
static unsigned int out(struct culvert_net *cn, struct sk_buff *skb,
			const struct nf_hook_state *state)
{
	struct culvert_rule *rule;
	struct culvert_flow flow;

	rule = match_out(cn, skb, state, &flow);
	if (!rule)
		return NF_ACCEPT;
	if (IS_ERR(rule)) {
		culvert_drop(cn, skb, CULVERT_COUNTER_OUT_MALFORMED);
		return NF_STOLEN;
	}
	culvert_rule_hit(rule, 1, culvert_conntrack_is_new(skb));

	switch (rule->action) {
	case CULVERT_ACTION_BYPASS:
		return NF_ACCEPT;
	case CULVERT_ACTION_DISCARD:
		return discard(cn, rule, skb);
	}
	if (culvert_output_is_doubtful(rule, &flow)) {
		culvert_drop_rule(cn, rule, skb, CULVERT_COUNTER_OUT_FRAGMENT);
		return NF_STOLEN;
	}
	culvert_conntrack_keep(skb);
	if (!culvert_conntrack_confirm(skb)) {
		culvert_drop_rule(cn, rule, skb, CULVERT_COUNTER_OUT_CONNTRACK);
		return NF_STOLEN;
	}
	skb->dev = state->out;
	protect(cn, rule, skb);
	return NF_STOLEN;
}

static unsigned int hook_out(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct culvert_net *cn = culvert_net(state->net);
	unsigned int verdict;

	if (!has_policy(cn) || is_none_of_ours(skb, state))
		return NF_ACCEPT;
	local_bh_disable();
	verdict = out(cn, skb, state);
	local_bh_enable();
	return verdict;
}

/* Of a packet that came around IP, skb->cb is anybody's: what it seems to say of
 * XFRM counts for ESP in UDP alone. Fragments over IPv6 have no cb of their
 * packet's: those are known by the gateways that they are between.
 */
static bool is_sealed(struct culvert_net *cn, const struct sk_buff *skb,
		      const struct culvert_flow *flow)
{
	if (flow->protocol == IPPROTO_ESP)
		return true;
	if (flow->protocol != IPPROTO_UDP)
		return false;
	if (!flow->ports_unknown && flow->local_port != CULVERT_ESP_UDP_PORT)
		return false;
	return culvert_cb_is_transformed(skb) ||
	       culvert_natt_is_between(cn, flow);
}

/* What leaves the device in clear text and is a rule's came around the hooks of
 * IP: through a flowtable, a bridge, a packet socket. A VLAN is another device.
 */
static unsigned int hook_backstop(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	struct culvert_net *cn = culvert_net(state->net);
	struct culvert_rule *rule;
	struct culvert_flow flow;

	if ((skb->protocol != htons(ETH_P_IP) &&
	     skb->protocol != htons(ETH_P_IPV6)) ||
	    skb_vlan_tag_present(skb) || culvert_cb_is_sealed(skb, cn))
		return NF_ACCEPT;
	rule = culvert_policy_match(cn, state->out->ifindex, skb,
				    CULVERT_DIRECTION_OUT, &flow);
	if (!rule || (!IS_ERR(rule) && (rule->action == CULVERT_ACTION_BYPASS ||
					is_sealed(cn, skb, &flow))))
		return NF_ACCEPT;
	culvert_drop(cn, skb, CULVERT_COUNTER_OUT_EGRESS);
	return NF_STOLEN;
}

/* --- in --- */

/* Where ESP begins in a packet, from its IP header on; 0: it is none. */
static int esp_offset(const struct sk_buff *skb, bool *udp)
{
	struct culvert_ip6_walk walk;
	const struct udphdr *uh;
	struct udphdr buffer;
	u8 protocol;
	int offset;

	if (skb->protocol == htons(ETH_P_IP)) {
		protocol = ip_hdr(skb)->protocol;
		offset = ip_hdrlen(skb);
	} else {
		protocol = ipv6_hdr(skb)->nexthdr;
		offset = sizeof(struct ipv6hdr);
		if (protocol != IPPROTO_ESP && protocol != IPPROTO_UDP) {
			if (culvert_flow_ip6_walk(skb, &walk) ||
			    walk.fragment)
				return 0;
			protocol = walk.protocol;
			offset = walk.offset;
		}
	}
	*udp = protocol == IPPROTO_UDP;
	if (protocol == IPPROTO_ESP)
		return offset;
	if (!*udp)
		return 0;
	uh = skb_header_pointer(skb, skb_network_offset(skb) + offset,
				sizeof(buffer), &buffer);
	/* The port of RFC 3948. */
	if (!uh || uh->dest != htons(CULVERT_ESP_UDP_PORT))
		return 0;
	return offset + sizeof(*uh);
}

/* SPI 0 on the port of RFC 3948 is IKE. */
static bool is_ike(const struct sk_buff *skb, int offset)
{
	const __be32 *spi;
	__be32 buffer;

	spi = skb_header_pointer(skb, skb_network_offset(skb) + offset,
				 sizeof(buffer), &buffer);
	return !spi || !*spi;
}

/* BH disabled. */
static unsigned int in(struct culvert_net *cn, struct sk_buff *skb)
{
	bool udp;
	int offset;

	offset = esp_offset(skb, &udp);
	if (!offset) {
		if (culvert_mtu_learn(cn, skb))
			return NF_ACCEPT;
		culvert_drop(cn, skb, CULVERT_COUNTER_IN_PATH_MTU);
		return NF_STOLEN;
	}
	if (udp && is_ike(skb, offset))
		return NF_ACCEPT;
	return culvert_input(cn, skb, offset, udp);
}

static unsigned int hook_in(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct culvert_net *cn = culvert_net(state->net);
	unsigned int verdict;

	/* A gateway without an SA still says that ESP came for it. */
	if (!has_policy(cn))
		return NF_ACCEPT;
	local_bh_disable();
	verdict = in(cn, skb);
	local_bh_enable();
	return verdict;
}

static bool is_for_this_host(const struct culvert_net *cn,
			     const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return inet_addr_type_dev_table(cn->net, skb->dev,
						ip_hdr(skb)->daddr) ==
		       RTN_LOCAL;
	return ipv6_chk_addr(cn->net, &ipv6_hdr(skb)->daddr, NULL, 0);
}

/* Part of an IPv6 packet for this host that ESP may begin with, or lie in. */
static bool is_part_of_esp6(const struct culvert_net *cn,
			    const struct sk_buff *skb)
{
	struct culvert_ip6_walk walk;

	return skb->protocol == htons(ETH_P_IPV6) &&
	       ipv6_hdr(skb)->nexthdr != IPPROTO_ESP &&
	       ipv6_hdr(skb)->nexthdr != IPPROTO_UDP &&
	       !culvert_flow_ip6_walk(skb, &walk) && walk.fragment &&
	       (walk.protocol == IPPROTO_ESP || walk.protocol == IPPROTO_UDP) &&
	       is_for_this_host(cn, skb);
}

/* A fragment other than the first of an IPv4 packet of this protocol. */
static bool is_later_fragment_of(const struct sk_buff *skb, u8 protocol)
{
	return skb->protocol == htons(ETH_P_IP) &&
	       (ip_hdr(skb)->frag_off & htons(IP_OFFSET)) &&
	       ip_hdr(skb)->protocol == protocol;
}

/* ESP for an SA of ours is not clear text, whatever the rule says of its
 * addresses. A fragment other than the first has no SPI; joined, here, the
 * packet is judged as a whole: IPv4 knows it by its protocol, too, and one of UDP
 * that came out of an SA is never joined with these, for input.c lets none in.
 */
static bool is_esp_of_ours(struct culvert_net *cn,
			   const struct culvert_flow *flow,
			   const struct sk_buff *skb)
{
	const __be32 *spi;
	__be32 buffer;
	bool udp;
	int offset;

	if (is_later_fragment_of(skb, IPPROTO_ESP))
		return is_for_this_host(cn, skb);
	if (is_later_fragment_of(skb, IPPROTO_UDP))
		return culvert_natt_is_between(cn, flow) &&
		       is_for_this_host(cn, skb);
	offset = esp_offset(skb, &udp);
	if (!offset)
		return false;
	spi = skb_header_pointer(skb, skb_network_offset(skb) + offset,
				 sizeof(buffer), &buffer);
	return spi && culvert_input_find(cn, skb, *spi);
}

/* Does it answer a packet that left in clear text by a bypass rule, from the
 * address that source NAT gave that one?
 */
static bool answers_bypassed(const struct culvert_net *cn,
			     const struct sk_buff *skb,
			     const struct nf_hook_state *state,
			     struct culvert_flow flow)
{
	const struct culvert_rule *rule;

	if (!culvert_conntrack_destination(skb, &flow))
		return false;
	rule = culvert_policy_find(cn, state->in->ifindex, &flow);
	return rule && rule->action == CULVERT_ACTION_BYPASS;
}

/* BH disabled. */
static unsigned int clear(struct culvert_net *cn, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	bool decrypted = culvert_input_is_decrypted(cn, skb);
	struct culvert_rule *rule;
	struct culvert_flow flow;

	if (unlikely(is_part_of_esp6(cn, skb)) &&
	    culvert_defrag(cn, skb, decrypted) == NF_STOLEN)
		return NF_STOLEN;
	if (decrypted)
		return NF_ACCEPT;
	rule = culvert_policy_match(cn, state->in->ifindex, skb,
				    CULVERT_DIRECTION_IN, &flow);
	if (!rule)
		return NF_ACCEPT;
	if (IS_ERR(rule)) {
		culvert_drop(cn, skb, CULVERT_COUNTER_IN_MALFORMED);
		return NF_STOLEN;
	}
	if (rule->action == CULVERT_ACTION_BYPASS) {
		culvert_rule_hit(rule, 1, 0);
		return NF_ACCEPT;
	}
	/* What routers say of our ESP is as clear as they are. */
	if (is_esp_of_ours(cn, &flow, skb) ||
	    (is_for_this_host(cn, skb) && culvert_mtu_is_news(cn, skb)) ||
	    answers_bypassed(cn, skb, state, flow))
		return NF_ACCEPT;
	culvert_rule_hit(rule, 1, 0);
	culvert_drop_rule(cn, rule, skb,
			  rule->action == CULVERT_ACTION_DISCARD ?
			  CULVERT_COUNTER_IN_DISCARD :
			  CULVERT_COUNTER_IN_CLEAR);
	return NF_STOLEN;
}

/* A queue of packets for user space (NFQUEUE) calls the hooks behind it from there,
 * with BH enabled: so does each hook that does more than look, for itself.
 */
static unsigned int hook_clear(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct culvert_net *cn = culvert_net(state->net);
	unsigned int verdict;

	if (!has_policy(cn) || (state->in->flags & IFF_LOOPBACK))
		return NF_ACCEPT;
	local_bh_disable();
	verdict = clear(cn, skb, state);
	local_bh_enable();
	return verdict;
}

static void note_new(struct culvert_net *cn, const struct sk_buff *skb,
		     const struct nf_hook_state *state)
{
	struct culvert_rule *rule;
	struct culvert_flow flow;

	rule = culvert_policy_match(cn, state->in->ifindex, skb,
				    CULVERT_DIRECTION_IN, &flow);
	if (IS_ERR_OR_NULL(rule))
		return;
	local_bh_disable();
	culvert_rule_hit(rule, 0, 1);
	local_bh_enable();
}

static unsigned int hook_decrypted(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	struct culvert_net *cn = culvert_net(state->net);

	if (!culvert_input_is_decrypted(cn, skb))
		return NF_ACCEPT;
	culvert_conntrack_keep(skb);
	if (culvert_conntrack_is_new(skb))
		note_new(cn, skb, state);
	return NF_ACCEPT;
}

/* --- the tables --- */

#define HOOK(family, point, prio, function)				\
	{ .hook = (function), .pf = (family), .hooknum = (point),	\
	  .priority = (prio) }

static const struct nf_hook_ops hooks[] = {
	HOOK(NFPROTO_IPV4, NF_INET_PRE_ROUTING,
	     NF_IP_PRI_CONNTRACK_DEFRAG - 1, hook_clear),
	HOOK(NFPROTO_IPV6, NF_INET_PRE_ROUTING,
	     NF_IP6_PRI_CONNTRACK_DEFRAG - 1, hook_clear),
	HOOK(NFPROTO_IPV4, NF_INET_PRE_ROUTING, NF_IP_PRI_CONNTRACK + 1,
	     hook_decrypted),
	HOOK(NFPROTO_IPV6, NF_INET_PRE_ROUTING, NF_IP6_PRI_CONNTRACK + 1,
	     hook_decrypted),
	HOOK(NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_CONNTRACK_CONFIRM - 1,
	     hook_in),
	HOOK(NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_LAST - 1, hook_in),
	HOOK(NFPROTO_IPV4, NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC - 1,
	     hook_exempt),
	HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, NF_IP6_PRI_NAT_SRC - 1,
	     hook_exempt),
	HOOK(NFPROTO_IPV4, NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC + 1,
	     hook_out),
	HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, NF_IP6_PRI_NAT_SRC + 1,
	     hook_out),
};

/* On a device that rules are bound to. */
struct culvert_backstop {
	struct list_head node;		/* culvert_net.backstops, RTNL */
	struct net *net;
	int users;			/* RTNL */
	struct nf_hook_ops ops;
	struct rcu_head rcu;		/* who lists hooks still reads ops */
};

static struct culvert_backstop *find_backstop(const struct culvert_net *cn,
					      const struct net_device *dev)
{
	struct culvert_backstop *backstop;

	ASSERT_RTNL();
	list_for_each_entry(backstop, &cn->backstops, node)
		if (backstop->ops.dev == dev)
			return backstop;
	return NULL;
}

struct culvert_backstop *culvert_hooks_bind(struct net *net,
					    struct net_device *dev)
{
	struct culvert_net *cn = culvert_net(net);
	struct culvert_backstop *backstop = find_backstop(cn, dev);
	int err;

	if (backstop) {
		backstop->users++;
		return backstop;
	}
	backstop = kzalloc(sizeof(*backstop), GFP_KERNEL);
	if (!backstop)
		return ERR_PTR(-ENOMEM);
	backstop->net = net;
	backstop->users = 1;
	backstop->ops.hook = hook_backstop;
	backstop->ops.pf = NFPROTO_NETDEV;
	backstop->ops.hooknum = NF_NETDEV_EGRESS;
	backstop->ops.dev = dev;
	backstop->ops.priority = INT_MAX;
	err = nf_register_net_hook(net, &backstop->ops);
	if (err) {
		kfree(backstop);
		return ERR_PTR(err);
	}
	list_add(&backstop->node, &cn->backstops);
	return backstop;
}

void culvert_hooks_unbind(struct culvert_backstop *backstop)
{
	ASSERT_RTNL();
	if (!backstop || --backstop->users)
		return;
	list_del(&backstop->node);
	nf_unregister_net_hook(backstop->net, &backstop->ops);
	kfree_rcu(backstop, rcu);
}

int culvert_hooks_net_init(struct net *net)
{
	INIT_LIST_HEAD(&culvert_net(net)->backstops);
	return nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

void culvert_hooks_net_exit(struct net *net)
{
	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}
