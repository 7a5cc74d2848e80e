// SPDX-License-Identifier: GPL-2.0-only
/* All that culvert asks of connection tracking and NAT. Per packet it goes
 * through the hooks that the kernel has for the purpose, so that the module
 * loads where they are not; rare requests look the function up when asked.
 */

#include <linux/module.h>
#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_nat.h>

#include "conntrack.h"
#include "flow.h"
#include "policy.h"

static struct nf_conn *connection_of(const struct sk_buff *skb,
				     enum ip_conntrack_info *info)
{
	if (!IS_ENABLED(CONFIG_NF_CONNTRACK))
		return NULL;
	return nf_ct_get(skb, info);
}

bool culvert_conntrack_is_new(const struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = connection_of(skb, &info);

	return ct && !nf_ct_is_confirmed(ct);
}

bool culvert_conntrack_nat_is_open(const struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = connection_of(skb, &info);

	return ct && !nf_ct_is_confirmed(ct) &&
	       CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL &&
	       !test_bit(IPS_SRC_NAT_DONE_BIT, &ct->status);
}

bool culvert_conntrack_exempt(struct sk_buff *skb)
{
	const struct nf_nat_hook *nat = rcu_dereference(nf_nat_hook);
	enum ip_conntrack_info info;
	struct nf_conn *ct = connection_of(skb, &info);

	return !ct || !nat || !nat->parse_nat_setup(ct, NF_NAT_MANIP_SRC, NULL);
}

bool culvert_conntrack_is_translated(const struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = connection_of(skb, &info);

	/* An exempt flow may get another port, where two would be one. */
	return ct && nf_ct_is_confirmed(ct) &&
	       CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL &&
	       test_bit(IPS_SRC_NAT_BIT, &ct->status) &&
	       !nf_inet_addr_cmp(&nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->src.u3,
				 &nf_ct_tuple(ct, IP_CT_DIR_REPLY)->dst.u3);
}

void culvert_conntrack_kill(struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = connection_of(skb, &info);
	typeof(nf_ct_delete) *delete;

	delete = symbol_get(nf_ct_delete);
	if (!delete)
		return;
	delete(ct, 0, 0);
	symbol_put(nf_ct_delete);
}

bool culvert_conntrack_confirm(struct sk_buff *skb)
{
	const struct nf_ct_hook *hook = rcu_dereference(nf_ct_hook);
	enum ip_conntrack_info info;
	const struct nf_conn *ct = connection_of(skb, &info);

	if (!ct || !hook || nf_ct_is_confirmed(ct))
		return true;
	return hook->confirm(skb) == NF_ACCEPT;
}

/* The mark of connections that lost a race for their tuple. What matters here:
 * a flowtable does not take those. It also keeps UDP connections from becoming
 * assured, so that they are the first to go when the table is full.
 */
void culvert_conntrack_keep(struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = connection_of(skb, &info);

	if (!ct)
		return;
	if (!test_bit(IPS_NAT_CLASH_BIT, &ct->status))
		set_bit(IPS_NAT_CLASH_BIT, &ct->status);
	/* This very packet put it there, on its way through FORWARD. */
	if (unlikely(test_bit(IPS_OFFLOAD_BIT, &ct->status)))
		culvert_conntrack_kill(skb);
}

static void set_local(struct culvert_flow *flow,
		      const struct nf_conntrack_man *source)
{
	culvert_flow_set_addr(&flow->local, flow->family, &source->u3);
	if (culvert_flow_has_ports(flow->protocol) && !flow->ports_unknown)
		flow->local_port = ntohs(source->u.all);
}

bool culvert_conntrack_source(const struct sk_buff *skb,
			      struct culvert_flow *flow)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = connection_of(skb, &info);

	if (!ct || !test_bit(IPS_SRC_NAT_BIT, &ct->status) ||
	    CTINFO2DIR(info) != IP_CT_DIR_ORIGINAL ||
	    culvert_flow_parse(skb, CULVERT_DIRECTION_OUT, flow) ||
	    nf_ct_l3num(ct) != flow->family)
		return false;
	/* An ICMP error has a source of its own. */
	if (info == IP_CT_RELATED &&
	    culvert_flow_is_icmp(flow->family, flow->protocol))
		return false;
	set_local(flow, &nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->src);
	return true;
}

bool culvert_conntrack_destination(const struct sk_buff *skb,
				   struct culvert_flow *flow)
{
	const struct nf_ct_hook *hook = rcu_dereference(nf_ct_hook);
	struct nf_conntrack_tuple there;

	if (!hook || flow->family != AF_INET || flow->ports_unknown ||
	    !hook->get_tuple_skb(&there, skb) ||
	    ntohl(there.src.u3.ip) == flow->local.v4)
		return false;
	set_local(flow, &there.src);
	return true;
}

/* The device that a masqueraded connection leaves by, or 0: not known. */
static int device_of(const struct nf_conn *ct)
{
#if IS_ENABLED(CONFIG_NF_NAT_MASQUERADE)
	const struct nf_conn_nat *nat;

	if (nf_ct_ext_exist(ct, NF_CT_EXT_NAT)) {
		nat = (void *)ct->ext + ct->ext->offset[NF_CT_EXT_NAT];
		return READ_ONCE(nat->masq_index);
	}
#endif
	return 0;
}

/* The flow of a connection's packets of one direction: from the source that they
 * have to the destination that they reach.
 */
static struct culvert_flow flow_of(const struct nf_conn *ct,
				   enum ip_conntrack_dir direction)
{
	const struct nf_conntrack_tuple *there = nf_ct_tuple(ct, direction);
	const struct nf_conntrack_tuple *back = nf_ct_tuple(ct, !direction);
	struct culvert_flow flow = {
		.family = nf_ct_l3num(ct),
		.protocol = nf_ct_protonum(ct),
	};

	culvert_flow_set_addr(&flow.local, flow.family, &there->src.u3);
	culvert_flow_set_addr(&flow.remote, flow.family, &back->src.u3);
	if (culvert_flow_is_icmp(flow.family, flow.protocol)) {
		flow.local_port = there->dst.u.icmp.type;
		flow.remote_port = there->dst.u.icmp.code;
	} else {
		flow.local_port = ntohs(there->src.u.all);
		flow.remote_port = ntohs(back->src.u.all);
	}
	return flow;
}

/* By a protect rule of its device, or of any where that is not known, whichever
 * end the rule calls local.
 */
static bool is_covered(const struct culvert_net *cn, const struct nf_conn *ct)
{
	const struct culvert_flow there = flow_of(ct, IP_CT_DIR_ORIGINAL);
	const struct culvert_flow back = flow_of(ct, IP_CT_DIR_REPLY);
	int ifindex = device_of(ct);

	return culvert_policy_protects(cn, ifindex, &there) ||
	       culvert_policy_protects(cn, ifindex, &back);
}

static int is_astray(struct nf_conn *ct, void *data)
{
	const unsigned long around = BIT(IPS_SRC_NAT_BIT) |
				     BIT(IPS_OFFLOAD_BIT);
	const struct culvert_net *cn = data;

	if (!is_covered(cn, ct))
		return false;
	/* From here on none takes it around. */
	set_bit(IPS_NAT_CLASH_BIT, &ct->status);
	return READ_ONCE(ct->status) & around;
}

void culvert_conntrack_forget_covered(struct culvert_net *cn)
{
	const struct nf_ct_iter_data data = {
		.net = cn->net,
		.data = cn,
	};
	typeof(nf_ct_iterate_cleanup_net) *iterate;

	if (!IS_ENABLED(CONFIG_NF_CONNTRACK))
		return;
	iterate = symbol_get(nf_ct_iterate_cleanup_net);
	if (!iterate)
		return;
	iterate(is_astray, &data);
	symbol_put(nf_ct_iterate_cleanup_net);
}
