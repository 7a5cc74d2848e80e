// SPDX-License-Identifier: GPL-2.0-only
/* The operations about rules, and explain. */

#include <net/genetlink.h>
#include <net/sock.h>

#include "flow.h"
#include "hold.h"
#include "mtu.h"
#include "netlink-gen.h"
#include "netlink.h"
#include "output.h"
#include "policy.h"
#include "sa.h"

#define A(name) CULVERT_A_RULE_##name

/* --- a rule from a request --- */

static int get_endpoints(struct culvert_rule_options *options,
			 struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	u8 family = 0;
	int err = 0;

	if (attrs[A(LOCAL)])
		err = culvert_netlink_get_addr(attrs[A(LOCAL)],
					       &options->local, &family,
					       extack);
	options->endpoint_family = family;
	if (err || !attrs[A(PEER)])
		return err;
	err = culvert_netlink_get_addr(attrs[A(PEER)], &options->peer,
				       &options->endpoint_family, extack);
	if (!err && family && family != options->endpoint_family) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[A(PEER)],
				    "local and peer are of two families");
		err = -EINVAL;
	}
	return err;
}

static int get_protect(struct culvert_rule_options *options,
		       struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	options->suites = BIT_ULL(__CULVERT_SUITE_MAX) - 1;
	if (attrs[A(SUITES)]) {
		u64 suites = nla_get_u64(attrs[A(SUITES)]);

		if (!suites || suites & ~options->suites) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[A(SUITES)],
					    "no suite, or one that this module does not know");
			return -EINVAL;
		}
		options->suites = suites;
	}
	if (attrs[A(MODE)]) {
		options->has_mode = true;
		options->mode = nla_get_u32(attrs[A(MODE)]);
	}
	if (attrs[A(DF)])
		options->df = nla_get_u32(attrs[A(DF)]);
	if (attrs[A(MARK)])
		options->mark = nla_get_u32(attrs[A(MARK)]);
	if (attrs[A(FLAGS)])
		options->flags = nla_get_u32(attrs[A(FLAGS)]);
	return get_endpoints(options, attrs, extack);
}

static int refuse_protect(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	static const int only_protect[] = {
		A(MODE), A(SUITES), A(LOCAL), A(PEER), A(DF), A(MARK), A(FLAGS),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(only_protect); i++) {
		if (attrs[only_protect[i]]) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[only_protect[i]],
					    "only a protect rule takes this");
			return -EINVAL;
		}
	}
	return 0;
}

static int get_rule(struct culvert_rule *rule, struct nlattr **attrs,
		    struct netlink_ext_ack *extack)
{
	rule->id = nla_get_u64(attrs[A(ID)]);
	if (!rule->id) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[A(ID)],
				    "the id of a rule is not 0");
		return -EINVAL;
	}
	rule->action = nla_get_u32(attrs[A(ACTION)]);
	if (attrs[A(DEVICE)])
		nla_strscpy(rule->device, attrs[A(DEVICE)],
			    sizeof(rule->device));
	return culvert_netlink_get_selector(attrs[A(SELECTOR)],
					    &rule->selector, extack) ?:
	       (rule->action == CULVERT_ACTION_PROTECT ?
		get_protect(&rule->options, attrs, extack) :
		refuse_protect(attrs, extack));
}

static int add_rule(struct culvert_net *cn, struct genl_info *info)
{
	struct culvert_policy_draft *draft;
	struct culvert_rule *rule;
	int err;

	lockdep_assert_held(&cn->lock);
	err = culvert_netlink_need(info, A(ID), "a rule needs an id") ?:
	      culvert_netlink_need(info, A(ACTION), "a rule needs an action") ?:
	      culvert_netlink_need(info, A(SELECTOR),
				   "a rule needs a selector, which may be empty");
	if (err)
		return err;
	draft = culvert_policy_draft(cn, info->snd_portid, info->extack);
	if (IS_ERR(draft))
		return PTR_ERR(draft);
	rule = culvert_rule_new();
	if (!rule)
		return -ENOMEM;

	err = get_rule(rule, info->attrs, info->extack) ?:
	      culvert_policy_add(cn, draft, rule, info->extack);
	if (err)
		culvert_rule_put(rule);
	return err;
}

/* --- a rule in an answer --- */

static int put_endpoints(struct sk_buff *msg,
			 const struct culvert_rule_options *options)
{
	int len = culvert_netlink_addr_len(options->endpoint_family);

	if (!options->endpoint_family)
		return 0;
	return nla_put(msg, A(LOCAL), len, &options->local) ?:
	       nla_put(msg, A(PEER), len, &options->peer);
}

static int put_protect(struct sk_buff *msg,
		       const struct culvert_rule_options *options)
{
	int err = 0;

	if (options->has_mode)
		err = nla_put_u32(msg, A(MODE), options->mode);
	return err ?:
	       nla_put_u64_64bit(msg, A(SUITES), options->suites, A(PAD)) ?:
	       nla_put_u32(msg, A(DF), options->df) ?:
	       nla_put_u32(msg, A(MARK), options->mark) ?:
	       nla_put_u32(msg, A(FLAGS), options->flags) ?:
	       put_endpoints(msg, options);
}

static int put_hold(struct sk_buff *msg, struct culvert_rule *rule)
{
	struct culvert_hold *hold = &rule->hold;
	u32 acquires;
	u32 packets;
	u32 octets;

	spin_lock_bh(&hold->lock);
	packets = skb_queue_len(&hold->queue);
	octets = hold->octets;
	acquires = hold->acquires;
	spin_unlock_bh(&hold->lock);
	return nla_put_u32(msg, A(HELD_PACKETS), packets) ?:
	       nla_put_u32(msg, A(HELD_OCTETS), octets) ?:
	       nla_put_u32(msg, A(ACQUIRES), acquires);
}

static int put_use(struct sk_buff *msg, const struct culvert_rule *rule)
{
	u64 used = READ_ONCE(rule->used);
	u64 packets;
	u64 flows;
	int err;

	culvert_rule_read_hits(rule, &packets, &flows);
	err = nla_put_u64_64bit(msg, A(PACKETS), packets, A(PAD)) ?:
	      nla_put_u64_64bit(msg, A(FLOWS), flows, A(PAD));
	if (!err && used)
		err = nla_put_u64_64bit(msg, A(USED),
					ktime_to_ms(ktime_get_boottime()) -
					used, A(PAD));
	return err;
}

static int put_out(struct sk_buff *msg, const struct culvert_rule *rule)
{
	const struct culvert_sa *sa;
	int err = 0;

	rcu_read_lock();
	sa = rcu_dereference(rule->out);
	if (sa)
		err = nla_put_be32(msg, A(OUT_SPI), sa->spi);
	rcu_read_unlock();
	return err;
}

static int rule_fill(struct sk_buff *msg, struct net *net, void *thing)
{
	struct culvert_rule *rule = thing;
	int err;

	err = nla_put_u64_64bit(msg, A(ID), rule->id, A(PAD)) ?:
	      nla_put_u32(msg, A(ACTION), rule->action) ?:
	      culvert_netlink_put_selector(msg, A(SELECTOR),
					   &rule->selector) ?:
	      nla_put_u32(msg, A(POSITION), rule->position) ?:
	      nla_put_u32(msg, A(GENERATION), culvert_net(net)->generation) ?:
	      put_use(msg, rule);
	if (!err && rule->device[0])
		err = nla_put_string(msg, A(DEVICE), rule->device);
	if (!err && rule->action == CULVERT_ACTION_PROTECT)
		err = put_protect(msg, &rule->options) ?: put_out(msg, rule) ?:
		      put_hold(msg, rule);
	return err;
}

static int generation_fill(struct sk_buff *msg, struct net *net, void *thing)
{
	return nla_put_u32(msg, A(GENERATION), culvert_net(net)->generation);
}

/* --- the operations --- */

static int begin(struct culvert_net *cn, struct genl_info *info)
{
	return culvert_policy_begin(cn, info->snd_portid, info->extack);
}

int culvert_nl_policy_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_locked(info, begin);
}

int culvert_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_locked(info, add_rule);
}

static int commit(struct culvert_net *cn, struct genl_info *info)
{
	const struct nlattr *generation = info->attrs[A(GENERATION)];
	struct culvert_policy_draft *draft;

	draft = culvert_policy_draft(cn, info->snd_portid, info->extack);
	if (IS_ERR(draft))
		return PTR_ERR(draft);
	if (generation && nla_get_u32(generation) != cn->generation) {
		NL_SET_ERR_MSG_ATTR(info->extack, generation,
				    "another list has come into force since");
		return -ESTALE;
	}
	return culvert_policy_commit(cn, draft, info->extack);
}

int culvert_nl_policy_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = culvert_netlink_answer();
	int err;

	/* First: what is in force cannot be refused any more. */
	if (!msg)
		return culvert_netlink_refuse(genl_info_net(info), -ENOMEM);
	err = culvert_netlink_locked(info, commit);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return culvert_netlink_send(info, msg, NULL, generation_fill);
}

static int abort_draft(struct culvert_net *cn, struct genl_info *info)
{
	struct culvert_policy_draft *draft;

	draft = culvert_policy_draft(cn, info->snd_portid, info->extack);
	if (IS_ERR(draft))
		return PTR_ERR(draft);
	culvert_policy_abort(cn);
	return 0;
}

int culvert_nl_policy_abort_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_locked(info, abort_draft);
}

static struct culvert_rule *rule_of(struct culvert_net *cn,
				    struct genl_info *info)
{
	struct culvert_rule *rule;

	if (culvert_netlink_need(info, A(ID), "needs the id of a rule"))
		return ERR_PTR(-EINVAL);
	rule = culvert_policy_by_id(cn, nla_get_u64(info->attrs[A(ID)]));
	if (rule)
		return rule;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[A(ID)],
			    "no rule in force has this id");
	return ERR_PTR(-ENOENT);
}

static int fail(struct culvert_net *cn, struct genl_info *info)
{
	struct culvert_rule *rule = rule_of(cn, info);

	if (IS_ERR(rule))
		return PTR_ERR(rule);
	culvert_hold_fail(cn, rule);
	return 0;
}

int culvert_nl_rule_fail_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_locked(info, fail);
}

int culvert_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct culvert_net *cn = culvert_net(genl_info_net(info));
	struct culvert_rule *rule;
	int err;

	mutex_lock(&cn->lock);
	rule = rule_of(cn, info);
	if (IS_ERR(rule))
		err = culvert_netlink_refuse(cn->net, PTR_ERR(rule));
	else
		err = culvert_netlink_reply(info, rule, rule_fill);
	mutex_unlock(&cn->lock);
	return err;
}

/* args: 0 the next place in the list, 1 was begun, 2 the list's generation. */
int culvert_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct culvert_net *cn = culvert_net(net);
	struct culvert_rule *rule;
	int err;

	err = culvert_netlink_begin_dump(net, cb);
	if (err)
		return err;

	mutex_lock(&cn->lock);
	if (!cb->args[0])
		cb->args[2] = cn->generation;
	if (cb->args[2] != cn->generation) {
		mutex_unlock(&cn->lock);
		NL_SET_ERR_MSG(cb->extack,
			       "another list has come into force since");
		return culvert_netlink_refuse(net, -EAGAIN);
	}
	while ((rule = culvert_policy_at(cn, cb->args[0]))) {
		err = culvert_netlink_add(skb, NETLINK_CB(cb->skb).portid,
					  cb->nlh, NLM_F_MULTI, net, rule,
					  rule_fill);
		if (err)
			break;
		cb->args[0]++;
	}
	mutex_unlock(&cn->lock);
	return skb->len ?: err;
}

/* --- explain --- */

struct explained {
	enum culvert_verdict verdict;
	const struct culvert_rule *rule;
	const struct culvert_sa *sa;
	u32 wire_length;
	u32 inner_mtu;
};

/* The packet in question. */
struct question {
	struct culvert_flow flow;
	union nf_inet_addr destination;
	u32 direction;
	int ifindex;			/* -1: one that no rule is bound to */
	u32 length;
	bool no_fragment;
};

static int get_flow(struct question *q, struct nlattr **attrs,
		    struct netlink_ext_ack *extack)
{
	bool out = q->direction == CULVERT_DIRECTION_OUT;
	const struct nlattr *src = attrs[CULVERT_A_FLOW_SOURCE_PORT];
	const struct nlattr *dst = attrs[CULVERT_A_FLOW_DESTINATION_PORT];
	struct culvert_flow *flow = &q->flow;
	union nf_inet_addr source;
	u8 family;
	int err;

	err = culvert_netlink_get_addr(attrs[CULVERT_A_FLOW_SOURCE], &source,
				       &family, extack) ?:
	      culvert_netlink_get_addr(attrs[CULVERT_A_FLOW_DESTINATION],
				       &q->destination, &flow->family, extack);
	if (err)
		return err;
	if (family != flow->family) {
		NL_SET_ERR_MSG(extack,
			       "source and destination are of two families");
		return -EINVAL;
	}
	culvert_flow_set_addr(out ? &flow->local : &flow->remote, family,
			      &source);
	culvert_flow_set_addr(out ? &flow->remote : &flow->local, family,
			      &q->destination);
	if (attrs[CULVERT_A_FLOW_PROTOCOL])
		flow->protocol = nla_get_u8(attrs[CULVERT_A_FLOW_PROTOCOL]);
	/* An ICMP type is not turned round with the direction. */
	if (!culvert_flow_has_ports(flow->protocol))
		out = true;
	if (src)
		*(out ? &flow->local_port : &flow->remote_port) =
			nla_get_u16(src);
	if (dst)
		*(out ? &flow->remote_port : &flow->local_port) =
			nla_get_u16(dst);
	flow->ports_unknown = attrs[CULVERT_A_FLOW_LATER_FRAGMENT];
	return 0;
}

static int get_question(struct question *q, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct net_device *dev;
	char name[IFNAMSIZ];
	int err;

	err = culvert_netlink_need(info, CULVERT_A_FLOW_DIRECTION,
				   "needs a direction") ?:
	      culvert_netlink_need(info, CULVERT_A_FLOW_SOURCE,
				   "needs a source") ?:
	      culvert_netlink_need(info, CULVERT_A_FLOW_DESTINATION,
				   "needs a destination");
	if (err)
		return err;
	q->direction = nla_get_u32(attrs[CULVERT_A_FLOW_DIRECTION]);
	q->length = 64;
	if (attrs[CULVERT_A_FLOW_LENGTH])
		q->length = nla_get_u32(attrs[CULVERT_A_FLOW_LENGTH]);
	if (q->length < 20 || q->length > 65535) {
		NL_SET_ERR_MSG(info->extack,
			       "an IP packet has 20 to 65535 octets");
		return -EINVAL;
	}
	q->no_fragment = attrs[CULVERT_A_FLOW_NO_FRAGMENT];
	q->ifindex = -1;
	if (attrs[CULVERT_A_FLOW_DEVICE]) {
		nla_strscpy(name, attrs[CULVERT_A_FLOW_DEVICE], sizeof(name));
		rcu_read_lock();
		dev = dev_get_by_name_rcu(genl_info_net(info), name);
		q->ifindex = dev ? dev->ifindex : 0;
		rcu_read_unlock();
		if (!dev) {
			NL_SET_ERR_MSG_ATTR(info->extack,
					    attrs[CULVERT_A_FLOW_DEVICE],
					    "there is no such device");
			return -ENODEV;
		}
	}
	return get_flow(q, attrs, info->extack);
}

/* What an SA does to a packet of that length. */
static void explain_size(struct explained *answer, const struct question *q)
{
	const struct culvert_sa *sa = answer->sa;
	struct culvert_endpoints *to = rcu_dereference(sa->endpoints);
	const struct dst_entry *dst = culvert_output_route(sa, to);
	u32 header = q->flow.family == AF_INET ? 20 : 40;
	/* A forwarded one: over IPv6 nobody may fragment it. */
	const struct culvert_mtu_packet packet = {
		.destination = q->destination,
		.len = q->length,
		.header = header,
		.family = q->flow.family,
		.no_fragment = q->no_fragment || q->flow.family == AF_INET6,
	};

	if (!dst)
		return;
	answer->inner_mtu = culvert_mtu_inner(sa, to, header, dst_mtu(dst));
	answer->wire_length = culvert_mtu_outer(sa, to, header, q->length);
	if (q->length <= answer->inner_mtu)
		return;
	answer->verdict = CULVERT_VERDICT_FRAGMENT;
	switch (culvert_mtu_way(sa, &packet, answer->inner_mtu)) {
	case CULVERT_MTU_TELL:
		answer->verdict = CULVERT_VERDICT_TOO_BIG;
		answer->wire_length = 0;
		break;
	case CULVERT_MTU_FRAGMENT:
		answer->wire_length = culvert_mtu_outer(sa, to, header,
							answer->inner_mtu);
		break;
	case CULVERT_MTU_LATER:
		break;
	}
}

static void explain_through(struct explained *answer, const struct question *q)
{
	switch (culvert_output_objection(answer->sa, &q->flow)) {
	case 0:
		explain_size(answer, q);
		break;
	case CULVERT_COUNTER_OUT_FRAGMENT:
		answer->verdict = CULVERT_VERDICT_PORTS_UNKNOWN;
		break;
	default:
		answer->verdict = CULVERT_VERDICT_SELECTORS;
	}
}

static void explain_protect(struct explained *answer, const struct question *q)
{
	const struct culvert_rule *rule = answer->rule;

	answer->verdict = CULVERT_VERDICT_PROTECT;
	if (q->direction == CULVERT_DIRECTION_IN)
		return;
	answer->sa = rcu_dereference(rule->out);
	if (culvert_output_is_doubtful(rule, &q->flow))
		answer->verdict = CULVERT_VERDICT_PORTS_UNKNOWN;
	else if (!answer->sa)
		answer->verdict = CULVERT_VERDICT_HOLD;
	else
		explain_through(answer, q);
}

static void explain(struct culvert_net *cn, struct explained *answer,
		    const struct question *q)
{
	answer->rule = culvert_policy_find(cn, q->ifindex, &q->flow);
	if (!answer->rule) {
		answer->verdict = CULVERT_VERDICT_NO_RULE;
		return;
	}
	switch (answer->rule->action) {
	case CULVERT_ACTION_BYPASS:
		answer->verdict = CULVERT_VERDICT_BYPASS;
		break;
	case CULVERT_ACTION_DISCARD:
		answer->verdict = CULVERT_VERDICT_DISCARD;
		break;
	default:
		explain_protect(answer, q);
	}
}

static int explain_fill(struct sk_buff *msg, struct net *net, void *thing)
{
	const struct explained *answer = thing;
	int err;

	err = nla_put_u32(msg, CULVERT_A_FLOW_VERDICT, answer->verdict);
	if (!err && answer->rule)
		err = nla_put_u64_64bit(msg, CULVERT_A_FLOW_RULE_ID,
					answer->rule->id,
					CULVERT_A_FLOW_PAD) ?:
		      nla_put_u32(msg, CULVERT_A_FLOW_POSITION,
				  answer->rule->position);
	if (!err && answer->sa)
		err = nla_put_be32(msg, CULVERT_A_FLOW_SPI,
				   answer->sa->spi);
	if (!err && answer->wire_length)
		err = nla_put_u32(msg, CULVERT_A_FLOW_WIRE_LENGTH,
				  answer->wire_length);
	if (!err && answer->inner_mtu)
		err = nla_put_u32(msg, CULVERT_A_FLOW_INNER_MTU,
				  answer->inner_mtu);
	return err;
}

int culvert_nl_explain_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct culvert_net *cn = culvert_net(genl_info_net(info));
	struct explained answer = {};
	struct question q = {};
	int err;

	err = get_question(&q, info);
	if (err)
		return culvert_netlink_refuse(cn->net, err);
	mutex_lock(&cn->lock);
	rcu_read_lock();
	local_bh_disable();
	explain(cn, &answer, &q);
	local_bh_enable();
	rcu_read_unlock();
	/* The lock keeps the rule and the SA: both go under it. */
	err = culvert_netlink_reply(info, &answer, explain_fill);
	mutex_unlock(&cn->lock);
	return err;
}
