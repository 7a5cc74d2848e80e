// SPDX-License-Identifier: GPL-2.0-only
/* How the tunnel of a rule is. What would let its packets leave in clear comes
 * first: a kernel without the rule, an interface that is not there; then its Child
 * SA; then what the flight recorder knows of the last attempt. A rule of which
 * nothing bad is known and that nothing asked for is dormant, which is healthy.
 */
#include <ifaddrs.h>
#include <inttypes.h>
#include <netlink/attr.h>
#include <string.h>

#include "sa.h"
#include "vici_server.h"

/* So many packets out, one of them not long ago, and in this long none in: then
 * something is wrong on the way back.
 */
#define ONE_WAY_PACKETS 5
#define ONE_WAY_MS 10000

struct status {
	const char *word;
	enum ike_reason reason;
	const char *text;		/* borrowed; NULL: none */
	uint64_t since;			/* ms; 0: unknown */
};

/* --- what is looked at --- */

void vici_look(struct vici_look *look, struct kern *from)
{
	vici_kern_rules(&look->rules, from);
	vici_kern_sas(&look->sas, from);
	if (getifaddrs(&look->machine))
		look->machine = NULL;
}

void vici_look_clear(struct vici_look *look)
{
	vici_kern_clear(&look->rules);
	vici_kern_clear(&look->sas);
	freeifaddrs(look->machine);
}

/* --- what leaves its packets in clear --- */

/* NULL: nothing does. */
static const char *not_caught(const struct conf_rule *rule,
			      const struct vici_look *look)
{
	int len;

	if (look->rules.error.sentence[0])
		return look->rules.error.sentence;
	if (!look->rules.cut && !vici_kern_rule(&look->rules, rule->id, &len))
		return "the kernel does not have this rule: what it covers leaves in clear; 'culvert config apply' gives it again";
	if (look->machine && !conf_has_device(look->machine, rule->device))
		return "no such interface: what the rule covers leaves in clear";
	return NULL;
}

/* --- its Child SA --- */

/* ms since the last packet through an SA, or since there is one. */
static bool quiet_for(const struct nlattr *attrs, int len, uint64_t *quiet)
{
	return attrs && (kern_get_u64(attrs, len, CULVERT_A_SA_USED, quiet) ||
			 kern_get_u64(attrs, len, CULVERT_A_SA_AGE, quiet));
}

/* quiet: for how long nothing came in. */
static bool is_one_way(const struct vici_kern *kern,
		       const struct ike_child *child, uint64_t *quiet)
{
	uint64_t rule = child->rule->conf->rule;
	const struct nlattr *in, *out;
	uint64_t out_quiet, went;
	int in_len, out_len;

	in = vici_kern_sa(kern, IKE_IN, child->spi_in, rule, &in_len);
	out = vici_kern_sa(kern, IKE_OUT, child->spi_out, rule, &out_len);
	return quiet_for(in, in_len, quiet) &&
	       quiet_for(out, out_len, &out_quiet) &&
	       kern_get_u64(out, out_len, CULVERT_A_SA_PACKETS, &went) &&
	       went >= ONE_WAY_PACKETS && out_quiet < ONE_WAY_MS &&
	       *quiet >= ONE_WAY_MS;
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

static struct status child_status(const struct ike_child *child,
				  const struct vici_kern *sas)
{
	const struct ike_window *window = &child->sa->window;
	struct status status = { .word = "up" };
	uint64_t quiet;

	if (child->state != IKE_CHILD_UP && child->state != IKE_CHILD_REKEYING) {
		status.word = "negotiating";
	} else if (window->asking && window->tries > 1) {
		status.word = "degraded";
		status.reason = IKE_REASON_NO_ANSWER;
		status.text = "a request to the peer is being repeated";
		status.since = window->asked_at;
	} else if (is_one_way(sas, child, &quiet)) {
		status.word = "degraded";
		status.text = "packets leave and none comes back";
		status.since = gateway_now() - quiet;
	}
	return status;
}

/* --- the last attempt --- */

/* A tunnel that ended so was not needed any more, which is healthy. */
static bool is_benign(enum ike_reason reason)
{
	static const enum ike_reason benign[] = {
		IKE_REASON_NONE, IKE_REASON_IDLE, IKE_REASON_OPERATOR,
		IKE_REASON_REPLACED, IKE_REASON_PEER_DELETED,
		IKE_REASON_LIFETIME, IKE_REASON_PEER_RESTARTED,
		IKE_REASON_COLLISION_LOST, IKE_REASON_COLLISION_WON,
		IKE_REASON_RECONFIGURED, IKE_REASON_RESUMED,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(benign); i++)
		if (benign[i] == reason)
			return true;
	return false;
}

static const struct ike_story *last_of(const struct ike_ring *ring,
				       enum ike_story_kind kind)
{
	const struct ike_story *story, *last = NULL;
	size_t i;

	for (i = 0; ring && (story = ike_ring_get(ring, i)); i++)
		if (story->kind == kind)
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

/* Without a way to the peer there is no IKE SA, and so it is told as nobody's. */
static const struct ike_story *last_no_route(const struct ike_engine *engine,
					     const char *peer)
{
	const struct ike_ring *ring = ike_engine_ring(engine, NULL, 0);
	const struct ike_story *story, *last = NULL;
	size_t i;

	for (i = 0; ring && (story = ike_ring_get(ring, i)); i++)
		if (story->reason == IKE_REASON_NO_ROUTE && story->text &&
		    !strcmp(story->text, peer))
			last = story;
	return last;
}

static bool is_established(const struct ike_engine *engine, const char *peer)
{
	const struct ike_sa *sa = NULL;

	while ((sa = ike_engine_next_sa(engine, sa)))
		if (sa->peer && !strcmp(sa->peer->conf->name, peer) &&
		    (sa->state == IKE_SA_ESTABLISHED ||
		     sa->state == IKE_SA_REKEYING))
			return true;
	return false;
}

static const struct ike_story *newer(const struct ike_story *a,
				     const struct ike_story *b)
{
	if (!a || !b)
		return a ? a : b;
	return a->number > b->number ? a : b;
}

/* How it last ended: its own Child SA; or without one, the IKE SA that it would
 * have been in, which on the responder is all that there ever was.
 */
static const struct ike_story *last_end(const struct ike_engine *engine,
					const struct conf_rule *rule)
{
	const char *peer = rule->peer->name;
	const struct ike_story *own, *ike;

	own = last_of(ike_engine_ring(engine, NULL, rule->id),
		      IKE_STORY_CHILD_STATE);
	if (is_established(engine, peer))
		return own;
	ike = newer(last_of(ike_engine_ring(engine, peer, 0),
			    IKE_STORY_IKE_STATE), last_no_route(engine, peer));
	return ike && !is_benign(ike->reason) ? newer(own, ike) : own;
}

static struct status past_status(const struct ike_engine *engine,
				 const struct conf_rule *rule)
{
	const struct ike_story *end = last_end(engine, rule);
	struct status status = { .word = "dormant" };
	const struct ike_story *cause;

	if (!end || is_benign(end->reason))
		return status;
	status.word = "failed";
	status.reason = end->reason;
	status.since = end->at;
	cause = last_warning(ike_engine_ring(engine, rule->peer->name, 0),
			     end->number);
	if (cause && end->ike && cause->ike == end->ike) {
		status.reason = cause->reason;
		status.text = cause->text;
	}
	return status;
}

/* --- all of it --- */

static struct status status_of(const struct vici *vici,
			       const struct conf_rule *rule,
			       const struct vici_look *look)
{
	const struct ike_engine *engine = gateway_engine(vici->gateway);
	const struct ike_child *child = best_child(engine, rule->id);
	const struct ike_address *local = &rule->peer->local;
	struct status status = { .word = "failed" };

	status.text = not_caught(rule, look);
	if (status.text)
		return status;
	if (child)
		return child_status(child, &look->sas);
	if (look->machine && local->len &&
	    !conf_has_address(look->machine, local)) {
		status.text = "no interface has the address that local_addrs says";
		return status;
	}
	return past_status(engine, rule);
}

void vici_put_status(struct vici_writer *v, const struct vici *vici,
		     const struct conf_rule *rule,
		     const struct vici_look *look)
{
	const struct status status = status_of(vici, rule, look);

	vici_put(v, "status", "%s", status.word);
	if (status.reason != IKE_REASON_NONE) {
		vici_put(v, "reason", "%s", ike_reason_code(status.reason));
		vici_put(v, "sentence", "%s",
			 ike_reason_sentence(status.reason));
	}
	if (status.text)
		vici_put(v, "text", "%s", status.text);
	if (status.since)
		vici_put(v, "since-ms", "%" PRIu64,
			 gateway_now() - status.since);
}
