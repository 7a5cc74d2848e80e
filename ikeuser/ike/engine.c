// SPDX-License-Identifier: GPL-2.0-only
/* The door of the core: events come in, are given to whom they concern, and
 * actions go out. What a message means is the exchanges' matter; receive.c opens
 * it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

bool ike_address_same_ip(const struct ike_address *a,
			 const struct ike_address *b)
{
	return a->len == b->len && !memcmp(a->ip, b->ip, a->len);
}

bool ike_address_equal(const struct ike_address *a,
		       const struct ike_address *b)
{
	return ike_address_same_ip(a, b) && a->port == b->port;
}

struct ike_bytes ike_address_bytes(const struct ike_address *address)
{
	return (struct ike_bytes){ address->ip, address->len };
}

void ike_address_print(const struct ike_address *address, struct ike_text *t)
{
	char text[INET6_ADDRSTRLEN];
	bool v6 = address->len == 16;

	if (!address->len) {
		ike_text_add(t, "any");
		return;
	}
	if (!inet_ntop(v6 ? AF_INET6 : AF_INET, address->ip, text,
		       sizeof(text)))
		return;
	ike_text_add(t, v6 ? "[%s]:%u" : "%s:%u", text, address->port);
}

static void action_clear(struct ike_action *act)
{
	switch (act->kind) {
	case IKE_ACT_KEEP:
		if (act->keep.data)
			ike_crypto_wipe(act->keep.data, act->keep.len);
		free(act->keep.data);
		break;
	case IKE_ACT_SEND:
		free(act->send.data);
		break;
	case IKE_ACT_SA_ADD:
	case IKE_ACT_SA_ACTIVATE:
	case IKE_ACT_SA_MOVE:
	case IKE_ACT_SA_DEL:
		ike_secret_clear(&act->sa.encr_key);
		ike_secret_clear(&act->sa.integ_key);
		ike_ts_list_clear(&act->sa.ts_local);
		ike_ts_list_clear(&act->sa.ts_remote);
		break;
	case IKE_ACT_STORY:
		ike_story_clear(&act->story);
		break;
	case IKE_ACT_RULE_FAIL:
		break;
	}
}

void ike_actions_clear(struct ike_actions *actions)
{
	size_t i;

	for (i = 0; i < actions->n; i++)
		action_clear(&actions->action[i]);
	free(actions->action);
	memset(actions, 0, sizeof(*actions));
}

/* Keys move with the array: their octets are on the heap, and stay. */
struct ike_action *ike_act(struct ike_engine *engine, enum ike_action_kind kind)
{
	struct ike_actions *actions = engine->actions;
	struct ike_action *more;
	size_t size;

	if (actions->n == actions->size) {
		size = actions->size ? actions->size * 2 : 8;
		more = realloc(actions->action, size * sizeof(*more));
		if (!more) {
			engine->error = -ENOMEM;
			return NULL;
		}
		actions->action = more;
		actions->size = size;
	}
	more = &actions->action[actions->n++];
	memset(more, 0, sizeof(*more));
	more->kind = kind;
	return more;
}

void ike_act_drop(struct ike_engine *engine, int err)
{
	struct ike_actions *actions = engine->actions;

	action_clear(&actions->action[--actions->n]);
	engine->error = err;
}

/* Four zero octets tell IKE from ESP on port 4500 (RFC 3948 2.2). */
#define MARKER_LEN 4

void ike_act_send(struct ike_engine *engine, const struct ike_address *local,
		  const struct ike_address *remote, bool natt,
		  struct ike_bytes data)
{
	size_t marker = natt ? MARKER_LEN : 0;
	struct ike_action *act = ike_act(engine, IKE_ACT_SEND);

	if (!act)
		return;
	act->send.local = *local;
	act->send.remote = *remote;
	act->send.data = calloc(1, marker + data.len);
	if (!act->send.data) {
		ike_act_drop(engine, -ENOMEM);
		return;
	}
	memcpy(act->send.data + marker, data.data, data.len);
	act->send.len = marker + data.len;
}

struct ike_text *ike_line(struct ike_line *line)
{
	ike_text_init(&line->t, line->text, sizeof(line->text));
	return &line->t;
}

struct ike_peer *ike_engine_peer(struct ike_engine *engine, const char *name)
{
	size_t i;

	for (i = 0; name && i < engine->policy.conf->peers; i++)
		if (!strcmp(engine->policy.peer[i].conf->name, name))
			return &engine->policy.peer[i];
	return NULL;
}

struct ike_rule *ike_engine_rule(struct ike_engine *engine, uint64_t rule)
{
	size_t i;

	for (i = 0; i < engine->policy.rules; i++)
		if (engine->policy.rule[i].conf->rule == rule)
			return &engine->policy.rule[i];
	return NULL;
}

/* Under the names of the configuration of now: what is closed since it said
 * something else is part of the same story. Of a stranger, who can do it again and
 * again, a peer's ring has nothing.
 */
static void remember(struct ike_engine *engine, const struct ike_story *story,
		     const struct ike_sa *sa, const struct ike_child *child)
{
	struct ike_peer *peer = ike_engine_peer(engine, story->peer);
	struct ike_story kept = *story;
	struct ike_ring *ring;
	struct ike_rule *rule;

	if (sa && sa->stranger)
		peer = NULL;
	kept.peer = peer ? peer->conf->name : NULL;
	ring = peer ? &peer->ring : &engine->ring;
	if (ike_ring_put(ring, &kept))
		return;
	rule = child ? ike_engine_rule(engine, child->rule->conf->rule) : NULL;
	if (rule)
		ike_ring_share(&rule->ring, ring);
}

void ike_tell_known(struct ike_sa *sa)
{
	struct ike_engine *engine = sa->engine;
	const struct ike_story *story;
	struct ike_story kept;
	size_t i;

	if (!sa->stranger)
		return;
	sa->stranger = false;
	for (i = 0; (story = ike_ring_get(&engine->ring, i)); i++) {
		if (story->ike != sa->number)
			continue;
		kept = *story;
		kept.peer = sa->peer->conf->name;
		ike_ring_put(&sa->peer->ring, &kept);
	}
}

bool ike_second_allows(struct ike_second *second, uint64_t now,
		       unsigned int max)
{
	if (now - second->at >= 1000) {
		second->at = now;
		second->n = 0;
	}
	return second->n++ < max;
}

/* What anybody can have told as often as he likes. */
static bool of_stranger(const struct ike_sa *sa, enum ike_story_kind kind)
{
	return !sa && (kind == IKE_STORY_DROPPED || kind == IKE_STORY_REFUSED ||
		       kind == IKE_STORY_PROPOSAL_DIFFERS);
}

/* When that second is over. */
static void tell_untold(struct ike_engine *engine)
{
	struct ike_second *told = &engine->told;
	unsigned int n = told->n;

	if (n <= STRANGER_STORIES || engine->now - told->at < 1000)
		return;
	told->n = 0;
	ike_tell(engine, NULL, NULL, IKE_STORY_UNTOLD, IKE_REASON_NONE,
		 "%u more events about strangers", n - STRANGER_STORIES);
}

void ike_tell(struct ike_engine *engine, const struct ike_sa *sa,
	      const struct ike_child *child, enum ike_story_kind kind,
	      enum ike_reason reason, const char *format, ...)
{
	char text[STORY_TEXT_MAX];
	struct ike_story story = {
		.at = engine->now,
		.number = engine->stories++,
		.kind = kind,
		.reason = reason,
		.ike = sa ? sa->number : 0,
		.child = child ? child->number : 0,
		.rule = child ? child->rule->conf->rule : 0,
		.peer = sa && sa->peer ? sa->peer->conf->name : NULL,
		.text = text,
	};
	struct ike_action *act;
	va_list args;

	if (of_stranger(sa, kind) &&
	    !ike_second_allows(&engine->told, engine->now, STRANGER_STORIES))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	remember(engine, &story, sa, child);
	act = ike_act(engine, IKE_ACT_STORY);
	if (act && ike_story_copy(&act->story, &story))
		ike_act_drop(engine, -ENOMEM);
}

void ike_count(struct ike_engine *engine, const struct ike_sa *sa,
	       enum ike_count count)
{
	if (count >= IKE_COUNT_COUNT)
		return;
	engine->counts.n[count]++;
	if (sa && sa->peer)
		sa->peer->counts.n[count]++;
}

int ike_refuse(struct ike_sa *sa, struct ike_input *in, uint16_t notify,
	       enum ike_reason reason, const char *format, ...)
{
	char text[STORY_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	in->notify = notify;
	ike_tell(sa->engine, sa, NULL, IKE_STORY_REFUSED, reason, "%s%s%s",
		 ike_notify_name(notify), *text ? ", " : "", text);
	return -EPROTO;
}

struct ike_engine *ike_engine_new(const struct ike_engine_conf *conf,
				  struct ike_random random)
{
	struct ike_engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->random = random;
	if (ike_map_init(&engine->sa_by_spi) ||
	    ike_map_init(&engine->child_by_spi) ||
	    ike_policy_make(&engine->policy, conf)) {
		ike_engine_free(engine);
		return NULL;
	}
	return engine;
}

void ike_engine_set_routes(struct ike_engine *engine, struct ike_routes routes)
{
	engine->routes = routes;
}

void ike_engine_set_journal(struct ike_engine *engine)
{
	engine->journal = true;
}

void ike_engine_free(struct ike_engine *engine)
{
	if (!engine)
		return;
	while (engine->sas)
		ike_sa_free(engine->sas);
	ike_former_weed(engine);
	ike_policy_clear(&engine->policy);
	ike_ring_clear(&engine->ring);
	ike_cookies_clear(&engine->cookies);
	ike_map_clear(&engine->sa_by_spi);
	ike_map_clear(&engine->child_by_spi);
	free(engine);
}

static int time_event(struct ike_engine *engine, const struct ike_event *event)
{
	struct ike_timer *timer;

	while ((timer = ike_timers_due(&engine->timers, event->now))) {
		if (timer->kind == IKE_TIMER_CHILD)
			ike_child_due(timer->owner);
		else
			ike_sa_due(timer->owner, timer->kind);
	}
	return 0;
}

static int acquire_event(struct ike_engine *engine,
			 const struct ike_event *event)
{
	struct ike_rule *rule = ike_engine_rule(engine, event->acquire.rule);

	if (rule)
		return ike_child_want(engine, rule, event);
	ike_tell(engine, NULL, NULL, IKE_STORY_ACQUIRE, IKE_REASON_RULE_UNKNOWN,
		 "rule %llx", (unsigned long long)event->acquire.rule);
	return -ENOENT;
}

/* By its SPI: an SA in has a number of ours, an SA out one of the peer's, which
 * its rule makes unique enough.
 */
static struct ike_child *find_child(struct ike_engine *engine,
				    enum ike_direction direction, uint32_t spi,
				    uint64_t rule)
{
	struct ike_child *child;
	struct ike_sa *sa;

	if (direction == IKE_IN)
		return ike_map_find(&engine->child_by_spi, spi);
	for (sa = engine->sas; sa; sa = sa->next) {
		child = ike_sa_child_out(sa, spi);
		if (child && child->rule->conf->rule == rule)
			return child;
	}
	return NULL;
}

/* Those that carry traffic, or soon will. */
#define CHILDREN_WANTED (1U << IKE_CHILD_WANTED | 1U << IKE_CHILD_ASKED | \
			 1U << IKE_CHILD_HALF | 1U << IKE_CHILD_UP | \
			 1U << IKE_CHILD_REKEYING)

/* A tunnel that nobody needs goes as a whole: with its last child, its IKE SA. */
static void close_child(struct ike_child *child, enum ike_reason why)
{
	struct ike_sa *sa = child->sa;

	ike_child_close(child, why);
	if (why == IKE_REASON_IDLE && !ike_sa_has_child(sa, CHILDREN_WANTED))
		ike_sa_close(sa, why);
}

static int sa_event(struct ike_engine *engine, const struct ike_event *event)
{
	static const enum ike_reason why[] = {
		[IKE_SA_HARD] = IKE_REASON_LIFETIME,
		[IKE_SA_IDLE] = IKE_REASON_IDLE,
	};
	struct ike_child *child = find_child(engine, event->sa.direction,
					     event->sa.spi, event->sa.rule);

	if (!child)
		return -ENOENT;
	/* It was on its way to the kernel when we ended. */
	if (engine->resuming && child->keys.encr_i.len) {
		ike_kernel_again(child, event->sa.direction);
		return 0;
	}
	if (event->sa.what == IKE_SA_SOFT)
		child->want_rekey = true;
	else
		close_child(child, why[event->sa.what]);
	ike_sa_touch(child->sa);
	return 0;
}

/* RFC 7296 2.23: ESP with a right ICV came from there, so the peer is there. Only
 * a peer behind a NAT moves so.
 */
static int mapping_event(struct ike_engine *engine,
			 const struct ike_event *event)
{
	struct ike_child *child = ike_map_find(&engine->child_by_spi,
					       event->mapping.spi);

	if (!child)
		return -ENOENT;
	if (child->sa->nat_there)
		ike_sa_move(child->sa, &child->sa->local,
			    &event->mapping.mapped);
	return 0;
}

static int refused_event(struct ike_engine *engine,
			 const struct ike_event *event)
{
	struct ike_child *child = find_child(engine, event->refused.direction,
					     event->refused.spi,
					     event->refused.rule);

	if (!child)
		return -ENOENT;
	ike_tell(engine, child->sa, child, IKE_STORY_KERNEL,
		 IKE_REASON_KERNEL_REFUSED, "%s",
		 strerror(-event->refused.error));
	ike_child_close(child, IKE_REASON_KERNEL_REFUSED);
	return 0;
}

static int initiate_event(struct ike_engine *engine,
			  const struct ike_event *event)
{
	struct ike_rule *rule = ike_engine_rule(engine, event->initiate.rule);
	struct ike_peer *peer = ike_engine_peer(engine, event->initiate.peer);
	struct ike_sa *sa;

	if (rule)
		return ike_child_want(engine, rule, NULL);
	if (!peer || event->initiate.rule)
		return -ENOENT;
	return ike_init_start(engine, peer, &sa);
}

static int terminate_event(struct ike_engine *engine,
			   const struct ike_event *event)
{
	struct ike_child *child;
	struct ike_sa *sa;
	int err = -ENOENT;

	for (sa = engine->sas; sa; sa = sa->next) {
		if (event->which.ike && sa->number == event->which.ike) {
			ike_sa_close(sa, IKE_REASON_OPERATOR);
			err = 0;
		}
		for (child = sa->children; child; child = child->next) {
			if (!event->which.child ||
			    child->number != event->which.child)
				continue;
			ike_child_close(child, IKE_REASON_OPERATOR);
			err = 0;
		}
	}
	return err;
}

static int rekey_event(struct ike_engine *engine, const struct ike_event *event)
{
	struct ike_child *child;
	struct ike_sa *sa;
	int err = -ENOENT;

	for (sa = engine->sas; sa; sa = sa->next) {
		if (event->which.ike && sa->number == event->which.ike) {
			sa->want_rekey = true;
			ike_sa_touch(sa);
			err = 0;
		}
		for (child = sa->children; child; child = child->next) {
			if (!event->which.child ||
			    child->number != event->which.child)
				continue;
			child->want_rekey = true;
			ike_sa_touch(sa);
			err = 0;
		}
	}
	return err;
}

static int (*const handlers[])(struct ike_engine *engine,
			       const struct ike_event *event) = {
	[IKE_EV_TIME] = time_event,
	[IKE_EV_DATAGRAM] = ike_receive,
	[IKE_EV_ACQUIRE] = acquire_event,
	[IKE_EV_SA] = sa_event,
	[IKE_EV_MAPPING] = mapping_event,
	[IKE_EV_REFUSED] = refused_event,
	[IKE_EV_INITIATE] = initiate_event,
	[IKE_EV_TERMINATE] = terminate_event,
	[IKE_EV_REKEY] = rekey_event,
	[IKE_EV_CONFIGURE] = ike_configure,
	[IKE_EV_RESUME] = ike_resume,
};

int ike_input(struct ike_engine *engine, const struct ike_event *event,
	      struct ike_actions *actions)
{
	int err;

	if (event->kind >= IKE_EV_COUNT)
		return -EINVAL;
	engine->now = event->now;
	engine->actions = actions;
	engine->error = 0;
	tell_untold(engine);
	err = handlers[event->kind](engine, event);
	ike_engine_settle(engine);
	if (engine->former)
		ike_former_weed(engine);
	engine->actions = NULL;
	return engine->error ? engine->error : err;
}

uint64_t ike_engine_deadline(const struct ike_engine *engine)
{
	return ike_timers_next(&engine->timers);
}

const struct ike_sa *ike_engine_next_sa(const struct ike_engine *engine,
					const struct ike_sa *sa)
{
	return sa ? sa->next : engine->sas;
}

const struct ike_counts *ike_engine_counts(const struct ike_engine *engine,
					   const char *peer)
{
	struct ike_peer *found = ike_engine_peer((struct ike_engine *)engine,
						 peer);

	if (!peer)
		return &engine->counts;
	return found ? &found->counts : NULL;
}

void ike_engine_reset_counts(struct ike_engine *engine, const char *peer)
{
	struct ike_counts *counts;

	counts = (struct ike_counts *)ike_engine_counts(engine, peer);
	if (counts)
		memset(counts, 0, sizeof(*counts));
}

const struct ike_ring *ike_engine_ring(const struct ike_engine *engine,
				       const char *peer, uint64_t rule)
{
	struct ike_engine *all = (struct ike_engine *)engine;
	struct ike_peer *found = ike_engine_peer(all, peer);
	struct ike_rule *of_rule;

	if (peer)
		return found ? &found->ring : NULL;
	if (!rule)
		return &engine->ring;
	of_rule = ike_engine_rule(all, rule);
	return of_rule ? &of_rule->ring : NULL;
}
