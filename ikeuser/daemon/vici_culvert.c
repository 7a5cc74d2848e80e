// SPDX-License-Identifier: GPL-2.0-only
/* What strongSwan has no words for: the rules with what they match and in what
 * state they are, the flight recorder, the kernel's counters.
 */
#include <errno.h>
#include <inttypes.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>

#include "contract-gen.h"
#include "sa.h"
#include "vici_server.h"

/* --- culvert-policy --- */

static void put_selector(struct vici_writer *v, const char *name,
			 const struct ike_ts *ts)
{
	struct ike_text t;
	char text[256];

	ike_text_init(&t, text, sizeof(text));
	ike_ts_print(ts, &t);
	vici_put(v, name, "%s", text);
}

static void put_proposals(struct vici_writer *v, const char *name,
			  const struct ike_proposals *proposals)
{
	struct ike_text t;
	char text[1024];

	ike_text_init(&t, text, sizeof(text));
	ike_proposals_print(proposals, &t);
	vici_put(v, name, "%s", text);
}

static void put_protect(struct vici_writer *v, const struct vici *vici,
			const struct conf_rule *rule,
			const struct vici_look *look)
{
	const struct ike_child_conf *child = rule->child;
	uint16_t group = ike_proposals_first_group(&child->proposals);

	vici_put(v, "peer", "%s", rule->peer->name);
	vici_put(v, "child", "%s", child->name);
	vici_put_address(v, "remote-addrs", &rule->peer->remote);
	if (group)
		vici_put(v, "pfs-group", "%u", group);
	vici_put(v, "lifetime", "%" PRIu32, child->hard_seconds);
	vici_put(v, "lifetime-bytes", "%" PRIu64, child->hard_octets);
	put_proposals(v, "esp-proposals", &child->proposals);
	vici_put_status(v, vici, rule, look);
}

static void tell_rule(struct vici_client *client, const struct conf_rule *rule,
		      const struct vici_look *look)
{
	const struct nlattr *attrs;
	struct vici_writer v;
	int len;

	vici_begin_event(&v, VICI_EVENT_CULVERT_RULE);
	vici_put(&v, "id", "%016" PRIx64, rule->id);
	vici_put(&v, "action", "%s", contract_action.words[rule->action]);
	vici_put_origin(&v, rule);
	put_selector(&v, "local", &rule->local);
	put_selector(&v, "remote", &rule->remote);
	if (rule->action == CULVERT_ACTION_PROTECT)
		put_protect(&v, client->vici, rule, look);
	attrs = vici_kern_rule(&look->rules, rule->id, &len);
	if (attrs)
		vici_kern_put_rule(&v, attrs, len, &client->vici->zero_rules);
	vici_send(client, &v);
}

struct rule_filter {
	char acl[VICI_NAME_MAX + 1];
	char peer[VICI_NAME_MAX + 1];
	uint64_t id;
};

static bool is_wanted(const struct rule_filter *filter,
		      const struct conf_rule *rule)
{
	return (!filter->acl[0] ||
		(rule->acl && !strcmp(filter->acl, rule->acl))) &&
	       (!filter->peer[0] ||
		(rule->peer && !strcmp(filter->peer, rule->peer->name))) &&
	       (!filter->id || filter->id == rule->id);
}

/* Without a module there are no figures, but rules; they say that they failed. */
void vici_culvert_policy(struct vici_client *client, struct ike_bytes request,
			 struct vici_writer *reply)
{
	const struct conf *conf = gateway_conf(client->vici->gateway);
	struct rule_filter filter = { .id = 0 };
	struct vici_look look;
	size_t i;

	vici_get(request, "acl", NULL, filter.acl, sizeof(filter.acl));
	vici_get(request, "peer", NULL, filter.peer, sizeof(filter.peer));
	if (vici_get_number(request, "rule", 16, &filter.id) == -EINVAL) {
		vici_refuse(reply, "rule is an id of 16 hexadecimal digits");
		return;
	}
	if (!vici_hears(client, VICI_EVENT_CULVERT_RULE))
		return;
	vici_look(&look, gateway_kern(client->vici->gateway));
	if (vici_kern_began_again(&look.rules, &client->vici->zero_rules))
		vici_kern_clear(&client->vici->zero_rules);
	for (i = 0; i < conf->rules && !client->failed; i++)
		if (is_wanted(&filter, &conf->rule[i]))
			tell_rule(client, &conf->rule[i], &look);
	vici_look_clear(&look);
}

/* --- culvert-why --- */

static void put_all_ts(struct vici_writer *v, const char *name,
		       const struct ike_peer_conf *peer, uint64_t rule,
		       bool local)
{
	const struct ike_ts_list *list;
	struct ike_text t;
	char text[256];
	size_t i, j;

	vici_list(v, name);
	for (i = 0; i < peer->children; i++) {
		if (rule && peer->child[i].rule != rule)
			continue;
		list = local ? &peer->child[i].local : &peer->child[i].remote;
		for (j = 0; j < list->n; j++) {
			ike_text_init(&t, text, sizeof(text));
			ike_ts_print(&list->ts[j], &t);
			vici_item(v, "%s", text);
		}
	}
	vici_end(v);
}

static void put_configured(struct vici_writer *v,
			   const struct ike_peer_conf *peer,
			   const struct ike_child_conf *child)
{
	if (!child && peer->children)
		child = &peer->child[0];
	vici_section(v, "configured");
	vici_put_address(v, "local-addrs", &peer->local);
	vici_put_address(v, "remote-addrs", &peer->remote);
	vici_put_id(v, "local-id", &peer->local_id);
	vici_put_id(v, "remote-id", &peer->remote_id);
	put_proposals(v, "proposals", &peer->proposals);
	if (child)
		put_proposals(v, "esp-proposals", &child->proposals);
}

static void put_events(struct vici_writer *v, const struct ike_ring *ring)
{
	const struct ike_story *story;
	size_t i;

	vici_section(v, "events");
	for (i = 0; ring && (story = ike_ring_get(ring, i)); i++) {
		vici_section(v, "%zu", i);
		vici_put_story(v, story);
		vici_end(v);
	}
	vici_end(v);
}

/* By its id in hexadecimal, or the name of its child. */
static const struct conf_rule *find_rule(const struct conf *conf,
					 const char *text)
{
	char *end;
	uint64_t id = strtoull(text, &end, 16);
	size_t i;

	for (i = 0; i < conf->rules; i++) {
		if (conf->rule[i].child &&
		    !strcmp(conf->rule[i].child->name, text))
			return &conf->rule[i];
		if (!*end && end - text == 16 && conf->rule[i].id == id)
			return &conf->rule[i];
	}
	return NULL;
}

static const struct ike_peer_conf *find_peer(const struct conf *conf,
					     const char *name)
{
	size_t i;

	for (i = 0; i < conf->engine.peers; i++)
		if (!strcmp(conf->engine.peer[i].name, name))
			return &conf->engine.peer[i];
	return NULL;
}

static void put_story_of(struct vici_writer *v, const struct vici *vici,
			 const char *what, const struct ike_peer_conf *peer,
			 const struct conf_rule *rule)
{
	const struct ike_engine *engine = gateway_engine(vici->gateway);
	const struct ike_child_conf *child = rule ? rule->child : NULL;
	uint64_t id = rule ? rule->id : 0;
	const struct ike_ring *ring;

	ring = ike_engine_ring(engine, rule || !peer ? NULL : peer->name, id);
	vici_put(v, "now-ms", "%" PRIu64, gateway_now());
	vici_put(v, "what", "%s", what);
	if (peer) {
		vici_put(v, "name", "%s", child ? child->name : peer->name);
		vici_put(v, "peer", "%s", peer->name);
		put_configured(v, peer, child);
		put_all_ts(v, "local-ts", peer, id, true);
		put_all_ts(v, "remote-ts", peer, id, false);
		vici_end(v);
	}
	put_events(v, ring);
	vici_put_flag(v, "success", true);
}

void vici_culvert_why(struct vici_client *client, struct ike_bytes request,
		      struct vici_writer *reply)
{
	const struct conf *conf = gateway_conf(client->vici->gateway);
	const struct ike_peer_conf *peer;
	const struct conf_rule *rule;
	char name[VICI_NAME_MAX + 1];

	vici_get(request, "rule", NULL, name, sizeof(name));
	if (name[0]) {
		rule = find_rule(conf, name);
		if (!rule || !rule->peer)
			vici_refuse_as(reply, VICI_ABSENT,
				       "no protect rule has the id or child '%s'",
				       name);
		else
			put_story_of(reply, client->vici, "rule", rule->peer,
				     rule);
		return;
	}
	vici_get(request, "peer", NULL, name, sizeof(name));
	peer = find_peer(conf, name);
	if (name[0] && !peer)
		vici_refuse_as(reply, VICI_ABSENT,
			       "no peer '%s' is configured", name);
	else
		put_story_of(reply, client->vici, peer ? "peer" : "nobody",
			     peer, NULL);
}

/* --- culvert-counters --- */

struct counting {
	struct vici *vici;
	struct vici_writer *v;		/* NULL: they count from 0 now */
};

static void see_counter(const struct kern_counter *counter, void *arg)
{
	struct counting *counting = arg;
	uint64_t *base = NULL;

	if (counter->id < VICI_BASES)
		base = &counting->vici->zero[counter->id];
	/* A module that was loaded again counts from 0 itself. */
	if (base && *base > counter->value)
		*base = 0;
	if (counting->v)
		vici_put(counting->v, counter->name, "%" PRIu64,
			 counter->value - (base ? *base : 0));
	else if (base)
		*base = counter->value;
}

void vici_culvert_reset(struct vici *vici)
{
	struct counting counting = { .vici = vici };
	struct kern *kern = gateway_kern(vici->gateway);
	struct kern_error error;

	kern_each_counter(kern, see_counter, &counting, &error);
	vici_kern_clear(&vici->zero_rules);
	vici_kern_rules(&vici->zero_rules, kern);
}

static void put_engine(struct vici_writer *v, const struct ike_engine *engine)
{
	const struct ike_counts *counts = ike_engine_counts(engine, NULL);
	size_t ikes = 0, children = 0;
	const struct ike_sa *sa = NULL;
	size_t i;

	while ((sa = ike_engine_next_sa(engine, sa))) {
		ikes += vici_ike_is_shown(sa);
		children += sa->n_children;
	}
	vici_section(v, "engine");
	vici_put(v, "ike-sas", "%zu", ikes);
	vici_put(v, "half-open", "%zu", engine->half_open);
	vici_put(v, "child-sas", "%zu", children);
	for (i = 0; i < IKE_COUNT_COUNT; i++)
		vici_put(v, ike_count_name(i), "%" PRIu64, counts->n[i]);
	vici_end(v);
}

void vici_culvert_counters(struct vici_client *client, struct ike_bytes request,
			   struct vici_writer *reply)
{
	struct counting counting = { client->vici, reply };
	struct kern *kern = gateway_kern(client->vici->gateway);
	struct kern_version version;
	struct kern_error error;
	int err;

	vici_section(reply, "counters");
	err = kern_each_counter(kern, see_counter, &counting, &error);
	vici_end(reply);
	put_engine(reply, gateway_engine(client->vici->gateway));
	vici_section(reply, "kernel");
	if (!err)
		err = kern_get_version(kern, &version, &error);
	if (!err) {
		vici_put(reply, "module", "%s", version.module);
		err = vici_kern_put_settings(reply, kern, &error);
	}
	vici_end(reply);
	if (err)
		vici_put(reply, "errmsg", "%s", error.sentence);
}
