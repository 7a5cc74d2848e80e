// SPDX-License-Identifier: GPL-2.0-only
/* The list of rules in force and the draft of the next. Knows rules, devices
 * and classifiers; SAs and waiting packets only as what ends with a rule.
 *
 * A list has a table for each device that a rule is bound to, and one for all
 * other devices. A table has two classifiers: one for packets, one for
 * fragments whose ports are unknown. The latter knows all protect rules
 * whatever their ports, and of the others those that name none: of a fragment
 * that a protect rule may cover it is assumed that it does. Over IPv6, where only
 * the first fragment's protocol counts, the same goes for protocols.
 */

#include <linux/bsearch.h>
#include <linux/rtnetlink.h>
#include <linux/sort.h>

#include "classify.h"
#include "conntrack.h"
#include "flow.h"
#include "hold.h"
#include "hooks.h"
#include "policy.h"
#include "sa.h"
#include "stats.h"

struct table {
	char device[IFNAMSIZ];		/* empty: all others */
	u32 n_rules;
	int ifindex;			/* 0: not there; RTNL */
	struct culvert_backstop *backstop;	/* of the device; RTNL */
	struct culvert_classifier *packets;
	struct culvert_classifier *fragments;
};

struct culvert_policy {
	u32 n_rules;
	u32 n_tables;
	struct culvert_rule **rules;	/* in their order */
	struct culvert_rule **by_id;	/* the same, by identity */
	struct table tables[CULVERT_POLICY_DEVICES_MAX + 1];
};

struct culvert_policy_draft {
	u32 portid;
	u32 n_rules;
	u32 n_devices;
	struct list_head rules;
	char devices[CULVERT_POLICY_DEVICES_MAX][IFNAMSIZ];
};

/* --- rules --- */

struct culvert_rule *culvert_rule_new(void)
{
	struct culvert_rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);

	if (!rule)
		return NULL;
	rule->hits = netdev_alloc_pcpu_stats(struct culvert_hits);
	if (!rule->hits) {
		kfree(rule);
		return NULL;
	}
	refcount_set(&rule->refs, 1);
	culvert_hold_init(&rule->hold);
	culvert_object_created(CULVERT_OBJECT_RULE);
	return rule;
}

void culvert_rule_get(struct culvert_rule *rule)
{
	refcount_inc(&rule->refs);
}

/* The last reference goes after a grace period: the list's and the SAs' both
 * end with one.
 */
void culvert_rule_put(struct culvert_rule *rule)
{
	if (!refcount_dec_and_test(&rule->refs))
		return;
	free_percpu(rule->hits);
	kfree(rule);
	culvert_object_destroyed(CULVERT_OBJECT_RULE);
}

void culvert_rule_hit(struct culvert_rule *rule, u32 packets, u32 flows)
{
	struct culvert_hits *hits = this_cpu_ptr(rule->hits);
	u64 now = ktime_to_ms(ktime_get_coarse_boottime());

	u64_stats_update_begin(&hits->syncp);
	u64_stats_add(&hits->packets, packets);
	u64_stats_add(&hits->flows, flows);
	u64_stats_update_end(&hits->syncp);
	/* A shared cache line: written once a tick. */
	if (READ_ONCE(rule->used) != now)
		WRITE_ONCE(rule->used, now);
}

void culvert_rule_read_hits(const struct culvert_rule *rule, u64 *packets,
			    u64 *flows)
{
	int cpu;

	*packets = 0;
	*flows = 0;
	for_each_possible_cpu(cpu) {
		const struct culvert_hits *hits = per_cpu_ptr(rule->hits, cpu);
		unsigned int start;
		u64 p;
		u64 f;

		do {
			start = u64_stats_fetch_begin(&hits->syncp);
			p = u64_stats_read(&hits->packets);
			f = u64_stats_read(&hits->flows);
		} while (u64_stats_fetch_retry(&hits->syncp, start));
		*packets += p;
		*flows += f;
	}
}

static bool same_identity(const struct culvert_rule *a,
			  const struct culvert_rule *b)
{
	return a->action == b->action && !strcmp(a->device, b->device) &&
	       !memcmp(&a->selector, &b->selector, sizeof(a->selector));
}

/* --- the list in force --- */

static const struct culvert_policy *in_force(const struct culvert_net *cn)
{
	return rcu_dereference_check(cn->policy, lockdep_is_held(&cn->lock) ||
				     lockdep_rtnl_is_held());
}

static const struct table *table_of(const struct culvert_policy *policy,
				    int ifindex)
{
	u32 i;

	for (i = 1; i < policy->n_tables; i++)
		if (READ_ONCE(policy->tables[i].ifindex) == ifindex)
			return &policy->tables[i];
	return &policy->tables[0];
}

static struct culvert_rule *find(const struct culvert_policy *policy,
				 const struct table *table,
				 const struct culvert_flow *flow)
{
	u32 at;

	at = culvert_classify_find(flow->ports_unknown ? table->fragments :
				   table->packets, flow);
	return at == CULVERT_CLASSIFY_NONE ? NULL : policy->rules[at];
}

struct culvert_rule *culvert_policy_find(const struct culvert_net *cn,
					 int ifindex,
					 const struct culvert_flow *flow)
{
	const struct culvert_policy *policy = in_force(cn);

	return policy ? find(policy, table_of(policy, ifindex), flow) : NULL;
}

static bool protects(const struct culvert_policy *policy,
		     const struct table *table, const struct culvert_flow *flow)
{
	const struct culvert_rule *rule = find(policy, table, flow);

	return rule && rule->action == CULVERT_ACTION_PROTECT;
}

bool culvert_policy_protects(const struct culvert_net *cn, int ifindex,
			     const struct culvert_flow *flow)
{
	const struct culvert_policy *policy = in_force(cn);
	u32 i;

	if (policy && ifindex)
		return protects(policy, table_of(policy, ifindex), flow);
	for (i = 0; policy && i < policy->n_tables; i++)
		if (protects(policy, &policy->tables[i], flow))
			return true;
	return false;
}

struct culvert_rule *culvert_policy_match(const struct culvert_net *cn,
					  int ifindex,
					  const struct sk_buff *skb,
					  int direction,
					  struct culvert_flow *flow)
{
	const struct culvert_policy *policy = in_force(cn);
	const struct table *table;
	struct culvert_rule *rule;

	if (!policy)
		return NULL;
	table = table_of(policy, ifindex);
	if (!table->n_rules)
		return NULL;
	if (culvert_flow_parse(skb, direction, flow))
		return ERR_PTR(-EINVAL);
	if (culvert_flow_is_link_local_icmp6(skb, flow))
		return NULL;

	rule = find(policy, table, flow);
	if (!rule && (flow->protocol == IPPROTO_ICMP ||
		      flow->protocol == IPPROTO_ICMPV6)) {
		struct culvert_flow quoted;

		if (!culvert_flow_parse_quoted(skb, direction, &quoted))
			return NULL;
		rule = find(policy, table, &quoted);
		if (rule)
			*flow = quoted;
	}
	return rule;
}

struct culvert_rule *culvert_policy_at(const struct culvert_net *cn, u32 at)
{
	const struct culvert_policy *policy = in_force(cn);

	return policy && at < policy->n_rules ? policy->rules[at] : NULL;
}

u32 culvert_policy_count(const struct culvert_net *cn)
{
	const struct culvert_policy *policy = in_force(cn);

	return policy ? policy->n_rules : 0;
}

static int compare_ids(const void *a, const void *b)
{
	const struct culvert_rule *const *x = a;
	const struct culvert_rule *const *y = b;

	return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
}

static int compare_id_to_rule(const void *id, const void *rule)
{
	const struct culvert_rule *const *r = rule;
	const u64 *key = id;

	return *key < (*r)->id ? -1 : *key > (*r)->id;
}

static struct culvert_rule *by_id(const struct culvert_policy *policy, u64 id)
{
	struct culvert_rule **found;

	if (!policy)
		return NULL;
	found = bsearch(&id, policy->by_id, policy->n_rules,
			sizeof(*policy->by_id), compare_id_to_rule);
	return found ? *found : NULL;
}

struct culvert_rule *culvert_policy_by_id(const struct culvert_net *cn, u64 id)
{
	return by_id(in_force(cn), id);
}

/* --- making and freeing lists --- */

static void free_policy(struct culvert_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->n_tables; i++) {
		culvert_classify_free(policy->tables[i].packets);
		culvert_classify_free(policy->tables[i].fragments);
	}
	for (i = 0; i < policy->n_rules; i++)
		culvert_rule_put(policy->rules[i]);
	kvfree(policy->rules);
	kvfree(policy->by_id);
	kfree(policy);
	culvert_object_destroyed(CULVERT_OBJECT_RULE_LIST);
}

static bool belongs(const struct culvert_rule *rule, const char *device)
{
	return !rule->device[0] || !strcmp(rule->device, device);
}

/* Is the rule sure of a fragment whose ports are unknown, or does it protect? */
static bool is_for_fragments(const struct culvert_rule *rule, u8 family)
{
	const struct culvert_selector *selector = &rule->selector;

	return rule->action == CULVERT_ACTION_PROTECT ||
	       (!culvert_selector_has_ports(selector) &&
		(family == AF_INET || !selector->protocol));
}

static struct culvert_classifier *
new_classifier(const struct culvert_policy *policy, const char *device,
	       bool fragments)
{
	const struct culvert_selector **v4;
	const struct culvert_selector **v6;
	struct culvert_classifier *classifier;
	u32 n = policy->n_rules;
	u32 i;

	v4 = kvcalloc(2 * n + 1, sizeof(*v4), GFP_KERNEL);
	if (!v4)
		return ERR_PTR(-ENOMEM);
	v6 = v4 + n;
	for (i = 0; i < n; i++) {
		const struct culvert_rule *rule = policy->rules[i];

		if (!belongs(rule, device))
			continue;
		if (!fragments || is_for_fragments(rule, AF_INET))
			v4[i] = &rule->selector;
		if (!fragments || is_for_fragments(rule, AF_INET6))
			v6[i] = &rule->selector;
	}
	classifier = culvert_classify_new(v4, v6, n, fragments);
	kvfree(v4);
	return classifier;
}

static int fill_table(const struct culvert_policy *policy, struct table *table)
{
	struct culvert_classifier *classifier;
	u32 i;

	for (i = 0; i < policy->n_rules; i++)
		table->n_rules += belongs(policy->rules[i], table->device);
	classifier = new_classifier(policy, table->device, false);
	if (IS_ERR(classifier))
		return PTR_ERR(classifier);
	table->packets = classifier;

	classifier = new_classifier(policy, table->device, true);
	if (IS_ERR(classifier)) {
		culvert_classify_free(table->packets);
		return PTR_ERR(classifier);
	}
	table->fragments = classifier;
	return 0;
}

static int fill_tables(struct culvert_policy *policy,
		       const struct culvert_policy_draft *draft)
{
	u32 i;

	for (i = 0; i <= draft->n_devices; i++) {
		struct table *table = &policy->tables[i];
		int err;

		if (i > 0)
			strscpy(table->device, draft->devices[i - 1],
				sizeof(table->device));
		err = fill_table(policy, table);
		if (err)
			return err;
		policy->n_tables = i + 1;
	}
	return 0;
}

/* A rule of the draft, or the one in force that it is. Its reference passes. */
static struct culvert_rule *adopt(const struct culvert_policy *old,
				  struct culvert_rule *rule,
				  struct netlink_ext_ack *extack)
{
	struct culvert_rule *same = by_id(old, rule->id);

	if (!same) {
		culvert_rule_get(rule);
		return rule;
	}
	if (!same_identity(same, rule)) {
		NL_SET_ERR_MSG(extack,
			       "a rule in force has the id of a new one but another selector, action or device: a changed rule needs a new id");
		return ERR_PTR(-EEXIST);
	}
	culvert_rule_get(same);
	return same;
}

static int fill_rules(struct culvert_policy *policy,
		      const struct culvert_policy *old,
		      const struct culvert_policy_draft *draft,
		      struct netlink_ext_ack *extack)
{
	struct culvert_rule *rule;
	u32 i;

	list_for_each_entry(rule, &draft->rules, node) {
		struct culvert_rule *adopted = adopt(old, rule, extack);

		if (IS_ERR(adopted))
			return PTR_ERR(adopted);
		policy->rules[policy->n_rules] = adopted;
		policy->by_id[policy->n_rules++] = adopted;
	}

	sort(policy->by_id, policy->n_rules, sizeof(*policy->by_id),
	     compare_ids, NULL);
	for (i = 1; i < policy->n_rules; i++) {
		if (policy->by_id[i - 1]->id == policy->by_id[i]->id) {
			NL_SET_ERR_MSG(extack, "two rules have the same id");
			return -EEXIST;
		}
	}
	return 0;
}

static struct culvert_policy *
new_policy(const struct culvert_policy *old,
	   const struct culvert_policy_draft *draft,
	   struct netlink_ext_ack *extack)
{
	struct culvert_policy *policy;
	int err = -ENOMEM;

	policy = kzalloc(sizeof(*policy), GFP_KERNEL);
	if (!policy)
		return ERR_PTR(-ENOMEM);
	culvert_object_created(CULVERT_OBJECT_RULE_LIST);
	policy->rules = kvcalloc(draft->n_rules + 1, sizeof(*policy->rules),
				 GFP_KERNEL_ACCOUNT);
	policy->by_id = kvcalloc(draft->n_rules + 1, sizeof(*policy->by_id),
				 GFP_KERNEL_ACCOUNT);
	if (policy->rules && policy->by_id)
		err = fill_rules(policy, old, draft, extack);
	if (!err)
		err = fill_tables(policy, draft);
	if (err) {
		free_policy(policy);
		return ERR_PTR(err);
	}
	return policy;
}

/* --- into force --- */

/* The options of the draft's rules become those of the rules in force. */
static void set_options(struct culvert_policy *policy,
			const struct culvert_policy_draft *draft)
{
	struct culvert_rule *from;
	u32 i = 0;

	list_for_each_entry(from, &draft->rules, node) {
		struct culvert_rule *rule = policy->rules[i];

		if (rule != from)
			rule->options = from->options;
		WRITE_ONCE(rule->position, i++);
	}
}

static int bind_table(struct table *table, struct net_device *dev)
{
	struct culvert_backstop *backstop;

	backstop = culvert_hooks_bind(dev_net(dev), dev);
	if (IS_ERR(backstop))
		return PTR_ERR(backstop);
	table->backstop = backstop;
	WRITE_ONCE(table->ifindex, dev->ifindex);
	return 0;
}

/* Packets that are with the list still find its tables. */
static void unbind_tables(const struct culvert_policy *policy)
{
	u32 i;

	for (i = 1; i < policy->n_tables; i++)
		culvert_hooks_unbind(policy->tables[i].backstop);
}

static int bind_tables(const struct culvert_net *cn,
		       struct culvert_policy *policy,
		       struct netlink_ext_ack *extack)
{
	u32 i;

	ASSERT_RTNL();
	for (i = 1; i < policy->n_tables; i++) {
		struct net_device *dev;
		int err;

		dev = __dev_get_by_name(cn->net, policy->tables[i].device);
		if (!dev)
			continue;
		err = bind_table(&policy->tables[i], dev);
		if (err) {
			NL_SET_ERR_MSG(extack,
				       "a device that rules are bound to takes no egress hook, which would keep clear text from leaving around the other hooks");
			unbind_tables(policy);
			return err;
		}
	}
	return 0;
}

/* Returns the list that was in force. */
static struct culvert_policy *replace(struct culvert_net *cn,
				      struct culvert_policy *policy)
{
	struct culvert_policy *old;

	ASSERT_RTNL();
	old = rcu_replace_pointer(cn->policy, policy,
				  lockdep_is_held(&cn->lock));
	if (old)
		unbind_tables(old);
	return old;
}

/* What ends with a list: the rules that the next one does not have. */
static void retire(struct culvert_net *cn, struct culvert_policy *old,
		   const struct culvert_policy *policy)
{
	bool dead = false;
	u32 i;

	if (!old)
		return;
	for (i = 0; i < old->n_rules; i++) {
		struct culvert_rule *rule = old->rules[i];

		if (by_id(policy, rule->id))
			continue;
		dead = true;
		culvert_hold_close(cn, rule);
	}
	if (dead)
		culvert_sa_remove_dead(cn);
	synchronize_rcu();
	free_policy(old);
}

int culvert_policy_commit(struct culvert_net *cn,
			  struct culvert_policy_draft *draft,
			  struct netlink_ext_ack *extack)
{
	struct culvert_policy *policy;
	struct culvert_policy *old;
	int err;

	lockdep_assert_held(&cn->lock);
	old = rcu_dereference_protected(cn->policy, lockdep_is_held(&cn->lock));
	policy = new_policy(old, draft, extack);
	if (IS_ERR(policy))
		return PTR_ERR(policy);

	rtnl_lock();
	err = bind_tables(cn, policy, extack);
	if (err) {
		rtnl_unlock();
		free_policy(policy);
		return err;
	}
	set_options(policy, draft);
	replace(cn, policy);
	rtnl_unlock();
	cn->generation++;
	/* Flows that found their way before these rules. */
	culvert_conntrack_forget_covered(cn);
	retire(cn, old, policy);
	culvert_policy_abort(cn);
	return 0;
}

void culvert_policy_clear(struct culvert_net *cn)
{
	struct culvert_policy *old;

	lockdep_assert_held(&cn->lock);
	culvert_policy_abort(cn);
	rtnl_lock();
	old = replace(cn, NULL);
	rtnl_unlock();
	retire(cn, old, NULL);
}

/* --- the draft --- */

void culvert_policy_abort(struct culvert_net *cn)
{
	struct culvert_policy_draft *draft = cn->draft;
	struct culvert_rule *rule;
	struct culvert_rule *next;

	lockdep_assert_held(&cn->lock);
	if (!draft)
		return;
	cn->draft = NULL;
	list_for_each_entry_safe(rule, next, &draft->rules, node)
		culvert_rule_put(rule);
	kfree(draft);
}

void culvert_policy_socket_gone(struct culvert_net *cn, u32 portid)
{
	lockdep_assert_held(&cn->lock);
	if (cn->draft && cn->draft->portid == portid)
		culvert_policy_abort(cn);
}

int culvert_policy_begin(struct culvert_net *cn, u32 portid,
			 struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&cn->lock);
	if (cn->draft && cn->draft->portid != portid) {
		NL_SET_ERR_MSG(extack,
			       "another socket is making a list of rules");
		return -EBUSY;
	}
	culvert_policy_abort(cn);

	cn->draft = kzalloc(sizeof(*cn->draft), GFP_KERNEL);
	if (!cn->draft)
		return -ENOMEM;
	cn->draft->portid = portid;
	INIT_LIST_HEAD(&cn->draft->rules);
	return 0;
}

struct culvert_policy_draft *
culvert_policy_draft(struct culvert_net *cn, u32 portid,
		     struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&cn->lock);
	if (cn->draft && cn->draft->portid == portid)
		return cn->draft;
	NL_SET_ERR_MSG(extack,
		       "this socket has no list in the making: policy-begin comes first");
	return ERR_PTR(-ENOENT);
}

static int note_device(struct culvert_policy_draft *draft, const char *device,
		       struct netlink_ext_ack *extack)
{
	u32 i;

	if (!device[0])
		return 0;
	for (i = 0; i < draft->n_devices; i++)
		if (!strcmp(draft->devices[i], device))
			return 0;
	if (draft->n_devices == CULVERT_POLICY_DEVICES_MAX) {
		NL_SET_ERR_MSG(extack, "rules are bound to more than "
			       __stringify(CULVERT_POLICY_DEVICES_MAX)
			       " devices");
		return -ENOSPC;
	}
	strscpy(draft->devices[draft->n_devices++], device, IFNAMSIZ);
	return 0;
}

int culvert_policy_add(struct culvert_net *cn,
		       struct culvert_policy_draft *draft,
		       struct culvert_rule *rule,
		       struct netlink_ext_ack *extack)
{
	int err;

	if (draft->n_rules >= cn->settings.rules_max) {
		NL_SET_ERR_MSG(extack, "the list has rules-max rules already");
		return -ENOSPC;
	}
	err = note_device(draft, rule->device, extack);
	if (err)
		return err;
	list_add_tail(&rule->node, &draft->rules);
	draft->n_rules++;
	return 0;
}

/* --- devices --- */

static void unbind_table(struct table *table)
{
	culvert_hooks_unbind(table->backstop);
	table->backstop = NULL;
	WRITE_ONCE(table->ifindex, 0);
}

/* A rule is bound to whatever device has the name now. A device that takes no
 * backstop may not have it.
 */
int culvert_policy_device_event(struct culvert_net *cn, struct net_device *dev,
				unsigned long event)
{
	struct culvert_policy *policy = rtnl_dereference(cn->policy);
	bool gone = event == NETDEV_UNREGISTER;
	int err = 0;
	u32 i;

	for (i = 1; policy && i < policy->n_tables; i++) {
		struct table *table = &policy->tables[i];
		bool named = !gone && !strcmp(table->device, dev->name);

		if (table->ifindex == dev->ifindex && !named)
			unbind_table(table);
		if (named && table->ifindex != dev->ifindex)
			err = bind_table(table, dev);
	}
	return err;
}
