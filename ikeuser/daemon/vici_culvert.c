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

/* --- the state of a rule --- */

/* So many packets out and none in, in so long, and something is wrong on the way
 * back.
 */
#define ONE_WAY_PACKETS 5
#define ONE_WAY_MS 10000

struct status {
	const char *word;
	enum ike_reason reason;
	const char *text;		/* borrowed; NULL: none */
	uint64_t since;			/* ms; 0: unknown */
};

/* A tunnel that ended so was not needed any more, which is healthy. */
static bool is_benign(enum ike_reason reason)
{
	static const enum ike_reason benign[] = {
		IKE_REASON_NONE, IKE_REASON_IDLE, IKE_REASON_OPERATOR,
		IKE_REASON_REPLACED, IKE_REASON_PEER_DELETED,
		IKE_REASON_LIFETIME, IKE_REASON_PEER_RESTARTED,
		IKE_REASON_COLLISION_LOST, IKE_REASON_COLLISION_WON,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(benign); i++)
		if (benign[i] == reason)
			return true;
	return false;
}

static const struct ike_story *last_change(const struct ike_ring *ring)
{
	const struct ike_story *story, *last = NULL;
	size_t i;

	for (i = 0; ring && (story = ike_ring_get(ring, i)); i++)
		if (story->kind == IKE_STORY_CHILD_STATE)
			last = story;
	return last;
}

/* What the peer's events say about it: the last warning before it. */
static const struct ike_story *last_warning(const struct ike_ring *ring,
					    uint64_t before)
{
	const struct ike_story *story, *last = NULL;
	size_t i;

	for (i = 0; ring && (story = ike_ring_get(ring, i)); i++)
		if (story->number <= before &&
		    ike_story_level(story->kind) == 'W' &&
		    story->reason != IKE_REASON_NONE)
			last = story;
	return last;
}

static bool is_one_way(const struct vici_kern *kern,
		       const struct ike_child *child)
{
	uint64_t rule = child->rule->conf->rule;
	const struct nlattr *in, *out;
	uint64_t age, came, went;
	int in_len, out_len;

	in = vici_kern_sa(kern, IKE_IN, child->spi_in, rule, &in_len);
	out = vici_kern_sa(kern, IKE_OUT, child->spi_out, rule, &out_len);
	return in && out &&
	       kern_get_u64(out, out_len, CULVERT_A_SA_AGE, &age) &&
	       kern_get_u64(in, in_len, CULVERT_A_SA_PACKETS, &came) &&
	       kern_get_u64(out, out_len, CULVERT_A_SA_PACKETS, &went) &&
	       age >= ONE_WAY_MS && !came && went >= ONE_WAY_PACKETS;
}

/* The best of its Child SAs. */
static const struct ike_child *best_child(const struct ike_engine *engine,
					  uint64_t rule)
{
	const struct ike_child *child, *best = NULL;
	const struct ike_sa *sa = NULL;

	while ((sa = ike_engine_next_sa(engine, sa))) {
		for (child = sa->children; child; child = child->next) {
			if (child->rule->conf->rule != rule)
				continue;
			if (child->state == IKE_CHILD_UP ||
			    child->state == IKE_CHILD_REKEYING)
				return child;
			if (child->state == IKE_CHILD_WANTED ||
			    child->state == IKE_CHILD_ASKED ||
			    child->state == IKE_CHILD_HALF)
				best = child;
		}
	}
	return best;
}

static struct status up_status(const struct ike_child *child,
			       const struct vici_kern *sas)
{
	const struct ike_window *window = &child->sa->window;
	struct status status = { .word = "up" };

	if (child->state != IKE_CHILD_UP && child->state != IKE_CHILD_REKEYING) {
		status.word = "negotiating";
	} else if (window->asking && window->tries > 1) {
		status.word = "degraded";
		status.reason = IKE_REASON_NO_ANSWER;
		status.text = "a request to the peer is being repeated";
		status.since = window->asked_at;
	} else if (is_one_way(sas, child)) {
		status.word = "degraded";
		status.text = "packets leave and none comes back";
	}
	return status;
}

static struct status status_of(const struct vici *vici,
			       const struct conf_rule *rule,
			       const struct vici_kern *sas)
{
	const struct ike_engine *engine = gateway_engine(vici->gateway);
	const struct ike_child *child = best_child(engine, rule->id);
	struct status status = { .word = "dormant" };
	const struct ike_story *change, *cause;

	if (child)
		return up_status(child, sas);
	change = last_change(ike_engine_ring(engine, NULL, rule->id));
	if (!change || is_benign(change->reason))
		return status;
	status.word = "failed";
	status.reason = change->reason;
	status.since = change->at;
	cause = last_warning(ike_engine_ring(engine, rule->peer->name, 0),
			     change->number);
	if (cause && cause->ike == change->ike) {
		status.reason = cause->reason;
		status.text = cause->text;
	}
	return status;
}

static void put_status(struct vici_writer *v, const struct status *status)
{
	vici_put(v, "status", "%s", status->word);
	if (status->reason != IKE_REASON_NONE) {
		vici_put(v, "reason", "%s", ike_reason_code(status->reason));
		vici_put(v, "sentence", "%s",
			 ike_reason_sentence(status->reason));
	}
	if (status->text)
		vici_put(v, "text", "%s", status->text);
	if (status->since)
		vici_put(v, "since-ms", "%" PRIu64,
			 gateway_now() - status->since);
}

/* --- culvert-policy --- */

struct dumps {
	struct vici_kern rules;
	struct vici_kern sas;
};

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
			const struct dumps *dumps)
{
	const struct ike_child_conf *child = rule->child;
	uint16_t group = ike_proposals_first_group(&child->proposals);
	struct status status;

	vici_put(v, "peer", "%s", rule->peer->name);
	vici_put(v, "child", "%s", child->name);
	vici_put_address(v, "remote-addrs", &rule->peer->remote);
	if (group)
		vici_put(v, "pfs-group", "%u", group);
	vici_put(v, "lifetime", "%" PRIu32, child->hard_seconds);
	vici_put(v, "lifetime-bytes", "%" PRIu64, child->hard_octets);
	put_proposals(v, "esp-proposals", &child->proposals);
	status = status_of(vici, rule, &dumps->sas);
	put_status(v, &status);
}

static void tell_rule(struct vici_client *client, const struct conf_rule *rule,
		      const struct dumps *dumps)
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
		put_protect(&v, client->vici, rule, dumps);
	attrs = vici_kern_rule(&dumps->rules, rule->id, &len);
	if (attrs)
		vici_kern_put_rule(&v, attrs, len);
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

/* Without a module there are no figures, but rules. */
void vici_culvert_policy(struct vici_client *client, struct ike_bytes request,
			 struct vici_writer *reply)
{
	const struct conf *conf = gateway_conf(client->vici->gateway);
	struct kern *kern = gateway_kern(client->vici->gateway);
	struct rule_filter filter = { .id = 0 };
	struct dumps dumps;
	size_t i;

	vici_get(request, "acl", NULL, filter.acl, sizeof(filter.acl));
	vici_get(request, "peer", NULL, filter.peer, sizeof(filter.peer));
	if (vici_get_number(request, "rule", 16, &filter.id) == -EINVAL) {
		vici_refuse(reply, "rule is an id of 16 hexadecimal digits");
		return;
	}
	if (!vici_hears(client, VICI_EVENT_CULVERT_RULE))
		return;
	vici_kern_rules(&dumps.rules, kern);
	vici_kern_sas(&dumps.sas, kern);
	for (i = 0; i < conf->rules && !client->failed; i++)
		if (is_wanted(&filter, &conf->rule[i]))
			tell_rule(client, &conf->rule[i], &dumps);
	vici_kern_clear(&dumps.rules);
	vici_kern_clear(&dumps.sas);
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
			vici_refuse(reply, "no protect rule has the id or child '%s'",
				    name);
		else
			put_story_of(reply, client->vici, "rule", rule->peer,
				     rule);
		return;
	}
	vici_get(request, "peer", NULL, name, sizeof(name));
	peer = find_peer(conf, name);
	if (name[0] && !peer)
		vici_refuse(reply, "no peer '%s' is configured", name);
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
	struct kern_error error;

	kern_each_counter(gateway_kern(vici->gateway), see_counter, &counting,
			  &error);
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
