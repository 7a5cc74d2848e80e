// SPDX-License-Identifier: GPL-2.0-only
/* What is to happen: initiate, terminate, rekey. A client that asks waits until it
 * has happened, has failed or took too long; the daemon does not. What it waits
 * for is named by numbers and ids, since SAs go while it waits.
 */
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"
#include "vici_server.h"

/* --- waiting --- */

/* "timeout" in ms: none or 0, as long as it takes; below 0, not at all. */
static int read_timeout(struct ike_bytes request, int64_t *timeout)
{
	char text[24];
	char *end;

	vici_get(request, "timeout", "0", text, sizeof(text));
	errno = 0;
	*timeout = strtoll(text, &end, 10);
	return errno || !*text || *end ? -EINVAL : 0;
}

static void begin_wait(struct vici_client *client, enum vici_wait wait,
		       int64_t timeout)
{
	struct timeval when = {
		.tv_sec = timeout / 1000,
		.tv_usec = timeout % 1000 * 1000,
	};

	client->wait = wait;
	if (timeout > 0)
		event_add(client->timer, &when);
}

/* late: it may still come. error NULL: it has come. */
static void answer(struct vici_client *client, const char *error, bool late)
{
	struct vici_writer reply;

	vici_begin(&reply, VICI_CMD_RESPONSE, NULL);
	if (client->wait == VICI_WAIT_GONE) {
		vici_put(&reply, "matches", "%zu", client->numbers);
		vici_put(&reply, "terminated", "%zu",
			 error ? 0 : client->numbers);
	}
	if (error && late)
		vici_refuse_as(&reply, VICI_LATE, "%s", error);
	else if (error)
		vici_refuse(&reply, "%s", error);
	else
		vici_put_flag(&reply, "success", true);
	vici_answer(client, &reply);
}

static bool child_is_up(const struct ike_engine *engine, uint64_t rule)
{
	const struct ike_sa *sa = NULL;
	const struct ike_child *child;

	while ((sa = ike_engine_next_sa(engine, sa)))
		for (child = sa->children; child; child = child->next)
			if (child->rule->conf->rule == rule &&
			    (child->state == IKE_CHILD_UP ||
			     child->state == IKE_CHILD_REKEYING))
				return true;
	return false;
}

/* up: one is established; else: one is there, whatever its state. */
static bool has_ike(const struct ike_engine *engine, const char *peer, bool up)
{
	const struct ike_sa *sa = NULL;

	while ((sa = ike_engine_next_sa(engine, sa))) {
		if (!sa->peer || strcmp(sa->peer->conf->name, peer) ||
		    !vici_ike_is_shown(sa))
			continue;
		if (!up || sa->state == IKE_SA_ESTABLISHED ||
		    sa->state == IKE_SA_REKEYING)
			return true;
	}
	return false;
}

static bool has_number(const struct ike_engine *engine, uint32_t number,
		       bool children)
{
	const struct ike_sa *sa = NULL;
	const struct ike_child *child;

	while ((sa = ike_engine_next_sa(engine, sa))) {
		if (!children && sa->number == number && vici_ike_is_shown(sa))
			return true;
		for (child = children ? sa->children : NULL; child;
		     child = child->next)
			if (child->number == number &&
			    child->state != IKE_CHILD_DRAINING &&
			    child->state != IKE_CHILD_GONE)
				return true;
	}
	return false;
}

/* Why it failed: the last warning of the peer since it was asked. */
static const char *why_failed(const struct vici_client *client,
			      enum ike_reason reason, char *text, size_t size)
{
	const struct ike_engine *engine = gateway_engine(client->vici->gateway);
	const struct ike_ring *ring = ike_engine_ring(engine, client->peer, 0);
	const struct ike_story *story, *last = NULL;
	struct ike_text t;
	size_t i;

	for (i = 0; ring && (story = ike_ring_get(ring, i)); i++)
		if (story->number >= client->since &&
		    ike_story_level(story->kind) == 'W' &&
		    story->reason != IKE_REASON_NONE)
			last = story;
	ike_text_init(&t, text, size);
	if (last)
		ike_story_print(last, &t);
	else
		ike_text_add(&t, "%s: %s", ike_reason_code(reason),
			     ike_reason_sentence(reason));
	return text;
}

/* The engine says once that a rule will have no SA. */
static bool rule_failed(const struct ike_actions *actions, uint64_t rule,
			enum ike_reason *reason)
{
	size_t i;

	for (i = 0; i < actions->n; i++) {
		if (actions->action[i].kind != IKE_ACT_RULE_FAIL ||
		    actions->action[i].rule_fail.rule != rule)
			continue;
		*reason = actions->action[i].rule_fail.reason;
		return true;
	}
	return false;
}

static bool all_gone(const struct vici_client *client,
		     const struct ike_engine *engine)
{
	size_t i;

	for (i = 0; i < client->numbers; i++)
		if (has_number(engine, client->number[i], client->children))
			return false;
	return true;
}

static void look_at(struct vici_client *client,
		    const struct ike_actions *actions)
{
	const struct ike_engine *engine = gateway_engine(client->vici->gateway);
	enum ike_reason reason = IKE_REASON_NO_ANSWER;
	char text[STORY_TEXT_MAX * 2];
	bool done, failed;

	switch (client->wait) {
	case VICI_WAIT_CHILD:
		done = child_is_up(engine, client->rule);
		failed = !done && rule_failed(actions, client->rule, &reason);
		break;
	case VICI_WAIT_IKE:
		done = has_ike(engine, client->peer, true);
		failed = !done && !has_ike(engine, client->peer, false);
		break;
	case VICI_WAIT_GONE:
		done = all_gone(client, engine);
		failed = false;
		break;
	default:
		return;
	}
	if (done)
		answer(client, NULL, false);
	else if (failed)
		answer(client, why_failed(client, reason, text, sizeof(text)),
		       false);
}

void vici_control_done(struct vici *vici, const struct ike_actions *actions)
{
	struct vici_client *client;

	for (client = vici->clients; client; client = client->next)
		if (client->wait && !client->failed)
			look_at(client, actions);
}

void vici_control_late(struct vici_client *client)
{
	answer(client, client->wait == VICI_WAIT_GONE ?
	       "it is not closed yet, and will be: the peer has not answered" :
	       "it is not up yet, and is being tried", true);
}

/* --- initiate --- */

static const struct ike_child_conf *find_child(const struct vici *vici,
					       const char *ike,
					       const char *name,
					       const struct ike_peer_conf **peer)
{
	const struct ike_engine_conf *conf = &gateway_conf(vici->gateway)->engine;
	size_t i, j;

	for (i = 0; i < conf->peers; i++) {
		*peer = &conf->peer[i];
		if (*ike && strcmp((*peer)->name, ike))
			continue;
		if (!*name)
			return NULL;
		for (j = 0; j < (*peer)->children; j++)
			if (!strcmp((*peer)->child[j].name, name))
				return &(*peer)->child[j];
	}
	*peer = NULL;
	return NULL;
}

/* The number that the next story will have. */
static uint64_t next_story(const struct vici_client *client)
{
	return gateway_engine(client->vici->gateway)->stories;
}

/* The wait begins first: what is decided at once is heard as well. */
static void start(struct vici_client *client, struct ike_event *event,
		  int64_t timeout, struct vici_writer *reply)
{
	enum vici_wait wait = client->rule ? VICI_WAIT_CHILD : VICI_WAIT_IKE;
	const struct ike_actions none = { 0 };
	char text[STORY_TEXT_MAX * 2];
	int err;

	if (timeout >= 0)
		begin_wait(client, wait, timeout);
	err = gateway_give(client->vici->gateway, event);
	if (timeout >= 0) {
		/* Unless that has answered it. */
		if (client->wait && err)
			answer(client, why_failed(client, IKE_REASON_NO_ROUTE,
						  text, sizeof(text)), false);
		else if (client->wait)
			look_at(client, &none);
	} else if (err) {
		vici_refuse(reply, "%s", why_failed(client, IKE_REASON_NO_ROUTE,
						    text, sizeof(text)));
	} else {
		vici_put_flag(reply, "success", true);
	}
}

void vici_initiate(struct vici_client *client, struct ike_bytes request,
		   struct vici_writer *reply)
{
	struct ike_event event = { .kind = IKE_EV_INITIATE };
	const struct ike_child_conf *child;
	const struct ike_peer_conf *peer;
	struct vici_filter filter;
	int64_t timeout;

	if (vici_filter_read(&filter, request) ||
	    read_timeout(request, &timeout)) {
		vici_refuse(reply, "timeout is a number of milliseconds, or -1");
		return;
	}
	if (filter.none) {
		vici_refuse(reply, "'child' or 'ike' is missing: what is to be initiated?");
		return;
	}
	child = find_child(client->vici, filter.ike, filter.child, &peer);
	if (!peer) {
		vici_refuse_as(reply, VICI_ABSENT, "%s '%s' is not configured%s%s",
			       filter.child[0] ? "child" : "peer",
			       filter.child[0] ? filter.child : filter.ike,
			       filter.child[0] && filter.ike[0] ? " at peer " :
								  "",
			       filter.child[0] ? filter.ike : "");
		return;
	}
	strcpy(client->peer, peer->name);
	client->rule = child ? child->rule : 0;
	client->since = next_story(client);
	event.initiate.peer = client->peer;
	event.initiate.rule = client->rule;
	if (!child && has_ike(gateway_engine(client->vici->gateway),
			      peer->name, true))
		vici_put_flag(reply, "success", true);
	else
		start(client, &event, timeout, reply);
}

/* --- terminate, rekey --- */

static int add_number(struct vici_client *client, uint32_t number)
{
	uint32_t *more = realloc(client->number, (client->numbers + 1) *
				 sizeof(*more));

	if (!more)
		return -ENOMEM;
	client->number = more;
	client->number[client->numbers++] = number;
	return 0;
}

/* A Child SA if the request names one, else an IKE SA. */
static int match(struct vici_client *client, const struct vici_filter *filter)
{
	const struct ike_engine *engine = gateway_engine(client->vici->gateway);
	const struct ike_sa *sa = NULL;
	const struct ike_child *child;
	int err = 0;

	client->children = filter->child[0] || filter->child_id;
	while (!err && (sa = ike_engine_next_sa(engine, sa))) {
		if (!vici_ike_is_shown(sa) || !vici_filter_ike(filter, sa))
			continue;
		if (!client->children)
			err = add_number(client, sa->number);
		for (child = client->children ? sa->children : NULL;
		     child && !err; child = child->next)
			if (vici_filter_child(filter, child) &&
			    child->state != IKE_CHILD_DRAINING &&
			    child->state != IKE_CHILD_GONE)
				err = add_number(client, child->number);
	}
	return err;
}

static void forget_numbers(struct vici_client *client)
{
	free(client->number);
	client->number = NULL;
	client->numbers = 0;
}

/* The numbers of what a request means; false: it was refused. */
static bool read_target(struct vici_client *client, struct ike_bytes request,
			struct vici_writer *reply)
{
	struct vici_filter filter;

	forget_numbers(client);
	if (vici_filter_read(&filter, request)) {
		vici_refuse(reply, "ike-id and child-id are decimal numbers");
		return false;
	}
	if (filter.none) {
		vici_refuse(reply, "'ike', 'child', 'ike-id' or 'child-id' is missing: which is meant?");
		return false;
	}
	if (match(client, &filter)) {
		vici_refuse(reply, "out of memory");
		forget_numbers(client);
		return false;
	}
	if (client->numbers)
		return true;
	vici_put(reply, "matches", "0");
	vici_put(reply, "terminated", "0");
	vici_refuse_as(reply, VICI_ABSENT, "no such SA is there");
	return false;
}

static void give_all(struct vici_client *client, enum ike_event_kind kind)
{
	struct ike_event event = { .kind = kind };
	size_t n = client->numbers;
	uint32_t *number = client->number;
	size_t i;

	for (i = 0; i < n; i++) {
		event.which.ike = client->children ? 0 : number[i];
		event.which.child = client->children ? number[i] : 0;
		gateway_give(client->vici->gateway, &event);
	}
}

void vici_terminate(struct vici_client *client, struct ike_bytes request,
		    struct vici_writer *reply)
{
	const struct ike_actions none = { 0 };
	int64_t timeout;

	if (read_timeout(request, &timeout)) {
		vici_refuse(reply, "timeout is a number of milliseconds, or -1");
		return;
	}
	if (!read_target(client, request, reply))
		return;
	give_all(client, IKE_EV_TERMINATE);
	if (timeout >= 0) {
		begin_wait(client, VICI_WAIT_GONE, timeout);
		look_at(client, &none);
		return;
	}
	vici_put(reply, "matches", "%zu", client->numbers);
	vici_put(reply, "terminated", "0");
	vici_put_flag(reply, "success", true);
	forget_numbers(client);
}

/* strongSwan does not wait for it either. */
void vici_rekey(struct vici_client *client, struct ike_bytes request,
		struct vici_writer *reply)
{
	if (vici_get_flag(request, "reauth", false)) {
		vici_refuse(reply, "there is no reauthentication: rekey, or terminate and initiate");
		return;
	}
	if (!read_target(client, request, reply))
		return;
	give_all(client, IKE_EV_REKEY);
	vici_put(reply, "matches", "%zu", client->numbers);
	vici_put_flag(reply, "success", true);
	forget_numbers(client);
}

/* --- what this daemon does not do --- */

void vici_install(struct vici_client *client, struct ike_bytes request,
		  struct vici_writer *reply)
{
	vici_refuse(reply, "the rules of the configuration are always in the kernel: change %s and 'culvert config apply'",
		    gateway_path(client->vici->gateway));
}

void vici_load(struct vici_client *client, struct ike_bytes request,
	       struct vici_writer *reply)
{
	vici_refuse(reply, "culvertd is configured by %s alone: 'culvert config import --from swanctl' turns a swanctl.conf into one",
		    gateway_path(client->vici->gateway));
}

void vici_reload_settings(struct vici_client *client, struct ike_bytes request,
			  struct vici_writer *reply)
{
	vici_refuse(reply, "there is no strongswan.conf here: 'culvert config apply' reads %s again",
		    gateway_path(client->vici->gateway));
}
