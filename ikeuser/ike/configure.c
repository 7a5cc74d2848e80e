// SPDX-License-Identifier: GPL-2.0-only
/* Another configuration takes the place of the one before, while SAs stand. What
 * says the same as before keeps its SAs, windows, timers and story; what says
 * something else is closed with a Delete, and comes again when it is asked for.
 *
 * The peers and rules of before stay until the last SA that was theirs is gone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_transform(const struct ike_transform *a,
			   const struct ike_transform *b)
{
	return a->type == b->type && a->id == b->id && a->bits == b->bits &&
	       a->unknown == b->unknown;
}

/* The order of a list is what is preferred: another order is another list. */
static bool same_proposals(const struct ike_proposals *a,
			   const struct ike_proposals *b)
{
	size_t i, j;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		if (a->proposal[i].n != b->proposal[i].n)
			return false;
		for (j = 0; j < a->proposal[i].n; j++)
			if (!same_transform(&a->proposal[i].transform[j],
					    &b->proposal[i].transform[j]))
				return false;
	}
	return true;
}

static bool same_selectors(const struct ike_ts_list *a,
			   const struct ike_ts_list *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!ike_ts_equal(&a->ts[i], &b->ts[i]))
			return false;
	return true;
}

/* Its name says where it stands in an access list: a line above it may come or go. */
bool ike_child_conf_same(const struct ike_child_conf *a,
			 const struct ike_child_conf *b)
{
	return a->rule == b->rule &&
	       same_proposals(&a->proposals, &b->proposals) &&
	       same_selectors(&a->local, &b->local) &&
	       same_selectors(&a->remote, &b->remote) &&
	       a->transport == b->transport &&
	       a->tfc_unsupported == b->tfc_unsupported &&
	       a->non_first_fragments == b->non_first_fragments &&
	       a->rekey_seconds == b->rekey_seconds &&
	       a->hard_seconds == b->hard_seconds &&
	       a->rekey_octets == b->rekey_octets &&
	       a->hard_octets == b->hard_octets &&
	       a->idle_seconds == b->idle_seconds;
}

/* Octet for octet: what differs in the case of a letter is sent differently. */
static bool same_id(const struct ike_id *a, const struct ike_id *b)
{
	return a->type == b->type && ike_bytes_equal(a->data, b->data);
}

bool ike_peer_conf_same(const struct ike_peer_conf *a,
			const struct ike_peer_conf *b)
{
	return same_text(a->name, b->name) &&
	       ike_address_equal(&a->local, &b->local) &&
	       ike_address_equal(&a->remote, &b->remote) &&
	       same_id(&a->local_id, &b->local_id) &&
	       same_id(&a->remote_id, &b->remote_id) &&
	       ike_bytes_equal(a->local_psk, b->local_psk) &&
	       ike_bytes_equal(a->remote_psk, b->remote_psk) &&
	       same_proposals(&a->proposals, &b->proposals) &&
	       a->prefer == b->prefer &&
	       a->rekey_seconds == b->rekey_seconds &&
	       a->hard_seconds == b->hard_seconds &&
	       a->liveness_seconds == b->liveness_seconds &&
	       a->no_fragments == b->no_fragments &&
	       a->no_initial_contact == b->no_initial_contact &&
	       a->prove_pfs == b->prove_pfs;
}

static const struct ike_peer *find_alike(const struct ike_policy *policy,
					 const struct ike_peer *peer)
{
	const struct ike_peer *other;

	for (other = policy->peer; other < peer; other++)
		if (other->alike == other &&
		    other->conf->prefer == peer->conf->prefer &&
		    same_proposals(&other->conf->proposals,
				   &peer->conf->proposals))
			return other;
	return peer;
}

int ike_policy_make(struct ike_policy *policy,
		    const struct ike_engine_conf *conf)
{
	struct ike_rule *rule;
	size_t i, j;

	memset(policy, 0, sizeof(*policy));
	for (i = 0; i < conf->peers; i++)
		policy->rules += conf->peer[i].children;
	/* One more of each, so that an empty configuration is no failure. */
	policy->peer = calloc(conf->peers + 1, sizeof(*policy->peer));
	policy->rule = calloc(policy->rules + 1, sizeof(*policy->rule));
	if (!policy->peer || !policy->rule)
		return -ENOMEM;
	policy->conf = conf;
	rule = policy->rule;
	for (i = 0; i < conf->peers; i++) {
		policy->peer[i].conf = &conf->peer[i];
		policy->peer[i].alike = find_alike(policy, &policy->peer[i]);
		for (j = 0; j < conf->peer[i].children; j++, rule++) {
			rule->conf = &conf->peer[i].child[j];
			rule->peer = &policy->peer[i];
		}
	}
	return 0;
}

void ike_policy_clear(struct ike_policy *policy)
{
	size_t i;

	for (i = 0; policy->peer && policy->conf && i < policy->conf->peers; i++)
		ike_ring_clear(&policy->peer[i].ring);
	for (i = 0; policy->rule && i < policy->rules; i++)
		ike_ring_clear(&policy->rule[i].ring);
	free(policy->peer);
	free(policy->rule);
	memset(policy, 0, sizeof(*policy));
}

/* What happened to something before is what happened to it. */
static void move_ring(struct ike_ring *to, struct ike_ring *from,
		      const char *peer)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
	ike_ring_rename(to, peer);
}

static void match_peers(struct ike_engine *engine, struct ike_policy *before)
{
	struct ike_peer *peer, *heir;
	size_t i;

	for (i = 0; i < before->conf->peers; i++) {
		peer = &before->peer[i];
		heir = ike_engine_peer(engine, peer->conf->name);
		if (!heir)
			continue;
		move_ring(&heir->ring, &peer->ring, heir->conf->name);
		heir->counts = peer->counts;
		if (ike_peer_conf_same(peer->conf, heir->conf))
			peer->same = heir;
	}
}

static void match_rules(struct ike_engine *engine, struct ike_policy *before)
{
	struct ike_rule *rule, *heir;
	size_t i;

	for (i = 0; i < before->rules; i++) {
		rule = &before->rule[i];
		heir = ike_engine_rule(engine, rule->conf->rule);
		if (!heir)
			continue;
		move_ring(&heir->ring, &rule->ring, heir->peer->conf->name);
		if (rule->peer->same != heir->peer ||
		    !ike_child_conf_same(rule->conf, heir->conf))
			continue;
		rule->same = heir;
		heir->sender = rule->sender;
	}
}

/* Packets wait for it: they wait for the same of the new configuration. */
static void want_anew(struct ike_child *child)
{
	struct ike_engine *engine = child->sa->engine;
	struct ike_rule *rule;

	if (child->state != IKE_CHILD_WANTED && child->state != IKE_CHILD_ASKED)
		return;
	rule = ike_engine_rule(engine, child->rule->conf->rule);
	if (!rule || !child->ours || child->old)
		return;
	/* That this one goes is no failure of the rule. */
	child->ours = false;
	ike_child_want(engine, rule, NULL);
}

static void take_children(struct ike_sa *sa, bool keep)
{
	struct ike_child *child;

	for (child = sa->children; child; child = child->next) {
		if (keep && child->rule->same) {
			child->rule = child->rule->same;
			continue;
		}
		want_anew(child);
		if (keep)
			ike_child_close(child, IKE_REASON_RECONFIGURED);
	}
}

static void take_sa(struct ike_sa *sa)
{
	bool keep = sa->peer->same;

	if (keep)
		sa->peer = sa->peer->same;
	take_children(sa, keep);
	if (!keep)
		ike_sa_close(sa, IKE_REASON_RECONFIGURED);
}

static bool is_of(const struct ike_policy *policy, const struct ike_peer *peer)
{
	return peer >= policy->peer &&
	       peer < policy->peer + policy->conf->peers;
}

static bool has_rule(const struct ike_policy *policy,
		     const struct ike_rule *rule)
{
	return rule >= policy->rule && rule < policy->rule + policy->rules;
}

static bool in_use(const struct ike_engine *engine,
		   const struct ike_policy *policy)
{
	const struct ike_child *child;
	const struct ike_sa *sa;

	for (sa = engine->sas; sa; sa = sa->next) {
		if (is_of(policy, sa->peer))
			return true;
		for (child = sa->children; child; child = child->next)
			if (has_rule(policy, child->rule))
				return true;
	}
	return false;
}

void ike_former_weed(struct ike_engine *engine)
{
	struct ike_former **at = &engine->former;
	struct ike_former *former;

	while ((former = *at)) {
		if (in_use(engine, &former->policy)) {
			at = &former->next;
			continue;
		}
		*at = former->next;
		ike_policy_clear(&former->policy);
		free(former);
	}
}

bool ike_engine_uses(const struct ike_engine *engine,
		     const struct ike_engine_conf *conf)
{
	const struct ike_former *former;

	for (former = engine->former; former; former = former->next)
		if (former->policy.conf == conf)
			return true;
	return engine->policy.conf == conf;
}

/* Those that come now are of the new configuration already. */
static void take_sas(struct ike_engine *engine, const struct ike_policy *before)
{
	struct ike_sa *sa;

	for (sa = engine->sas; sa; sa = sa->next)
		if (is_of(before, sa->peer))
			take_sa(sa);
}

int ike_configure(struct ike_engine *engine, const struct ike_event *event)
{
	struct ike_former *former = calloc(1, sizeof(*former));
	struct ike_policy policy;
	int err;

	if (!former)
		return -ENOMEM;
	err = ike_policy_make(&policy, event->configure.conf);
	if (err) {
		ike_policy_clear(&policy);
		free(former);
		return err;
	}
	former->policy = engine->policy;
	former->next = engine->former;
	engine->former = former;
	engine->policy = policy;
	match_peers(engine, &former->policy);
	match_rules(engine, &former->policy);
	take_sas(engine, &former->policy);
	return 0;
}
