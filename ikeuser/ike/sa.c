// SPDX-License-Identifier: GPL-2.0-only
/* IKE SAs: how they come, change their states by the rows of fsm.c, close and
 * go. Child SAs are child_sa.c's; it knows no message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

uint64_t ike_sa_own_spi(const struct ike_sa *sa)
{
	return sa->initiator ? sa->spi_i : sa->spi_r;
}

/* RFC 7296 2.6: unique, and not zero. */
static int draw_spi(struct ike_engine *engine, uint64_t *spi)
{
	int err;

	do {
		err = ike_random_fill(&engine->random, spi, sizeof(*spi));
	} while (!err && (!*spi || ike_map_find(&engine->sa_by_spi, *spi)));
	return err;
}

struct ike_sa *ike_sa_restore(struct ike_engine *engine, struct ike_peer *peer,
			      bool initiator, uint64_t spi)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));
	size_t i;

	if (!sa)
		return NULL;
	sa->engine = engine;
	sa->peer = peer;
	sa->initiator = initiator;
	*(initiator ? &sa->spi_i : &sa->spi_r) = spi;
	sa->heard_at = engine->now;
	for (i = 0; i < IKE_TIMER_CHILD; i++) {
		sa->timer[i].kind = i;
		sa->timer[i].owner = sa;
	}
	ike_map_add(&engine->sa_by_spi, &sa->by_spi, spi, sa);
	sa->next = engine->sas;
	if (sa->next)
		sa->next->prev = sa;
	engine->sas = sa;
	return sa;
}

struct ike_sa *ike_sa_new(struct ike_engine *engine, struct ike_peer *peer,
			  bool initiator)
{
	struct ike_sa *sa;
	uint64_t spi;

	if (draw_spi(engine, &spi))
		return NULL;
	sa = ike_sa_restore(engine, peer, initiator, spi);
	if (!sa)
		return NULL;
	sa->number = ++engine->numbers;
	sa->session = sa->number;
	sa->family = sa->number;
	return sa;
}

void ike_handshake_free(struct ike_handshake *handshake)
{
	if (!handshake)
		return;
	ike_secret_clear(&handshake->ni);
	ike_secret_clear(&handshake->nr);
	ike_dh_clear(&handshake->dh);
	free(handshake->message[0]);
	free(handshake->message[1]);
	free(handshake);
}

void ike_create_free(struct ike_create *create)
{
	if (!create)
		return;
	ike_secret_clear(&create->nonce);
	ike_dh_clear(&create->dh);
	ike_proposals_clear(&create->offer);
	ike_ts_list_clear(&create->local);
	ike_ts_list_clear(&create->remote);
	free(create);
}

static void unlink_sa(struct ike_sa *sa)
{
	if (sa->prev)
		sa->prev->next = sa->next;
	else
		sa->engine->sas = sa->next;
	if (sa->next)
		sa->next->prev = sa->prev;
}

void ike_sa_free(struct ike_sa *sa)
{
	struct ike_child *child;
	size_t i;

	while ((child = sa->children)) {
		sa->children = child->next;
		ike_child_free(child);
	}
	for (i = 0; i < IKE_TIMER_CHILD; i++)
		ike_timer_stop(&sa->engine->timers, &sa->timer[i]);
	ike_map_remove(&sa->engine->sa_by_spi, &sa->by_spi);
	unlink_sa(sa);
	ike_handshake_free(sa->handshake);
	ike_create_free(sa->create);
	ike_id_clear(&sa->remote_id);
	ike_keys_clear(&sa->keys);
	ike_secret_clear(&sa->lowest);
	ike_window_clear(&sa->window);
	ike_frag_clear(&sa->frag[0]);
	ike_frag_clear(&sa->frag[1]);
	free(sa);
}

int ike_sa_keys_ready(struct ike_sa *sa)
{
	int err;

	err = ike_sk_init(&sa->sk_out, &sa->suite, &sa->keys, sa->initiator,
			  &sa->engine->random);
	if (err)
		return err;
	return ike_sk_init(&sa->sk_in, &sa->suite, &sa->keys, !sa->initiator,
			   &sa->engine->random);
}

void ike_sa_touch(struct ike_sa *sa)
{
	sa->touched = true;
	if (sa->listed)
		return;
	sa->listed = true;
	sa->next_touched = sa->engine->touched;
	sa->engine->touched = sa;
}

static void count_half_open(struct ike_sa *sa)
{
	bool half_open = sa->state == IKE_SA_INIT_ANSWERED;

	if (half_open == sa->half_open)
		return;
	sa->half_open = half_open;
	if (half_open)
		sa->engine->half_open++;
	else
		sa->engine->half_open--;
}

/* What is to happen by itself while an IKE SA is established. Who initiated it
 * rekeys it, up to a tenth early; the other end steps in a tenth late.
 */
static void established(struct ike_sa *sa)
{
	const struct ike_peer_conf *conf = sa->peer->conf;
	uint64_t rekey = conf->rekey_seconds * 1000ULL;
	uint16_t jitter = 0;

	sa->established_at = sa->engine->now;
	ike_timer_stop(&sa->engine->timers, &sa->timer[IKE_TIMER_HALF_OPEN]);
	if (ike_random_fill(&sa->engine->random, &jitter, sizeof(jitter)))
		jitter = 0;
	if (rekey && sa->initiator)
		rekey -= rekey / 10 * jitter / 65536;
	else
		rekey += rekey / 10;
	if (rekey)
		ike_sa_arm(sa, IKE_TIMER_REKEY, rekey);
	if (conf->hard_seconds)
		ike_sa_arm(sa, IKE_TIMER_HARD, conf->hard_seconds * 1000ULL);
	if (conf->liveness_seconds)
		ike_sa_arm(sa, IKE_TIMER_LIVENESS,
			   conf->liveness_seconds * 1000ULL);
	if (sa->nat_here)
		ike_sa_arm(sa, IKE_TIMER_KEEPALIVE, KEEPALIVE_MS);
}

/* What refers to it does so no more. Its replacement by us is nothing without
 * it; that by the peer is.
 */
static void forget(struct ike_sa *sa)
{
	struct ike_sa *old = sa->old, *heir = sa->heir;

	sa->old = NULL;
	sa->heir = NULL;
	if (heir)
		heir->old = NULL;
	if (sa->create && sa->create->sa) {
		heir = sa->create->sa;
		sa->create->sa = NULL;
		heir->old = NULL;
		ike_sa_abandon(heir, IKE_REASON_REPLACED);
	}
	if (!old)
		return;
	if (old->create && old->create->sa == sa)
		old->create->sa = NULL;
	if (old->heir != sa)
		return;
	old->heir = NULL;
	if (old->state == IKE_SA_REKEYED)
		ike_sa_step(old, IKE_STEP_HEIR_LOST);
}

/* RFC 7296 1.4.1: with the IKE SA all that it made is closed. */
static void abandon_children(struct ike_sa *sa)
{
	struct ike_child *child;

	for (child = sa->children; child; child = child->next) {
		if (child->state == IKE_CHILD_GONE)
			continue;
		child->why = sa->why;
		ike_child_step(child, IKE_CHILD_STEP_ABANDON);
	}
}

static void silence(struct ike_sa *sa)
{
	size_t i;

	ike_sa_answered(sa);
	for (i = 0; i < IKE_TIMER_CHILD; i++)
		ike_timer_stop(&sa->engine->timers, &sa->timer[i]);
	abandon_children(sa);
	forget(sa);
}

static void entered(struct ike_sa *sa, enum ike_sa_state from)
{
	count_half_open(sa);
	switch (sa->state) {
	case IKE_SA_ESTABLISHED:
		if (from == IKE_SA_AUTH_SENT || from == IKE_SA_INIT_ANSWERED ||
		    from == IKE_SA_NEW)
			established(sa);
		if (sa->want_close)
			ike_sa_step(sa, IKE_STEP_CLOSE);
		break;
	case IKE_SA_INIT_ANSWERED:
		ike_sa_arm(sa, IKE_TIMER_HALF_OPEN, HALF_OPEN_MS);
		break;
	case IKE_SA_REKEYED:
	case IKE_SA_REDUNDANT:
		ike_sa_arm(sa, IKE_TIMER_HALF_OPEN, HEIR_MS);
		break;
	case IKE_SA_DELETING:
		abandon_children(sa);
		break;
	case IKE_SA_LINGERING:
		silence(sa);
		ike_sa_arm(sa, IKE_TIMER_HALF_OPEN, LINGER_MS);
		break;
	case IKE_SA_GONE:
		silence(sa);
		ike_map_remove(&sa->engine->sa_by_spi, &sa->by_spi);
		break;
	default:
		break;
	}
}

static bool ends(enum ike_sa_state state)
{
	return state == IKE_SA_GONE || state == IKE_SA_CLOSING ||
	       state == IKE_SA_LINGERING;
}

int ike_sa_step(struct ike_sa *sa, enum ike_sa_step step)
{
	enum ike_sa_state from = sa->state;
	const struct ike_fsm_row *row = ike_fsm_sa_row(from, step);

	if (!row) {
		ike_tell(sa->engine, sa, NULL, IKE_STORY_STEP_REFUSED,
			 IKE_REASON_STATE_REFUSES, "%s in %s",
			 ike_sa_step_name(step), ike_sa_state_name(from));
		return -EPROTO;
	}
	sa->state = row->to;
	ike_tell(sa->engine, sa, NULL, IKE_STORY_IKE_STATE,
		 ends(row->to) ? sa->why : IKE_REASON_NONE,
		 "%s -> %s: %s", ike_sa_state_name(from),
		 ike_sa_state_name(row->to), row->story);
	ike_sa_touch(sa);
	ike_sa_dirty(sa);
	entered(sa, from);
	return 0;
}

void ike_sa_abandon(struct ike_sa *sa, enum ike_reason why)
{
	if (sa->state == IKE_SA_GONE)
		return;
	sa->why = why;
	ike_sa_step(sa, IKE_STEP_ABANDON);
}

void ike_sa_close(struct ike_sa *sa, enum ike_reason why)
{
	switch (sa->state) {
	case IKE_SA_ESTABLISHED:
	case IKE_SA_REKEYED:
	case IKE_SA_REDUNDANT:
		sa->why = why;
		ike_sa_step(sa, IKE_STEP_CLOSE);
		break;
	case IKE_SA_REKEYING:
		/* What our request made is closed with it, then. */
		sa->why = why;
		sa->want_close = true;
		break;
	case IKE_SA_CLOSING:
	case IKE_SA_DELETING:
	case IKE_SA_LINGERING:
	case IKE_SA_GONE:
		break;
	case IKE_SA_NEW:
		if (sa->old) {
			/* The peer may have made it already. */
			sa->why = why;
			sa->want_close = true;
			break;
		}
		/* fallthrough */
	default:
		ike_sa_abandon(sa, why);
	}
}

bool ike_wish_is_inherited(enum ike_reason why)
{
	return why != IKE_REASON_LIFETIME;
}

/* RFC 7296 2.8: the Child SAs go on under the new IKE SA. */
void ike_sa_inherit(struct ike_sa *heir, struct ike_sa *old)
{
	struct ike_child *child;

	while ((child = old->children)) {
		old->children = child->next;
		old->n_children--;
		ike_child_adopt(heir, child);
	}
	/* What comes to the old one meanwhile is inherited as well, later. */
	if (heir->session != old->session)
		ike_count(heir->engine, heir, heir->initiator ?
			  IKE_COUNT_IKE_REKEY_INIT : IKE_COUNT_IKE_REKEY_RESP);
	heir->session = old->session;
	heir->full |= old->full;
	if (old->want_close && ike_wish_is_inherited(old->why)) {
		heir->want_close = true;
		heir->why = old->why;
	}
	if (heir->want_close)
		ike_sa_close(heir, heir->why);
	ike_sa_touch(heir);
}

void ike_sa_arm(struct ike_sa *sa, enum ike_timer_kind kind, uint64_t wait)
{
	ike_timer_arm(&sa->engine->timers, &sa->timer[kind],
		      sa->engine->now + wait);
}

static void liveness_due(struct ike_sa *sa)
{
	uint64_t period = sa->peer->conf->liveness_seconds * 1000ULL;
	uint64_t silent = sa->engine->now - sa->heard_at;

	if (silent < period) {
		ike_sa_arm(sa, IKE_TIMER_LIVENESS, period - silent);
		return;
	}
	/* Any request that is out shows as well whether it is alive. */
	sa->want_liveness = !sa->window.asking;
	ike_sa_arm(sa, IKE_TIMER_LIVENESS, period);
}

/* RFC 3948 4: only when nothing else kept the mapping. */
static void keepalive_due(struct ike_sa *sa)
{
	static const uint8_t keepalive = 0xff;
	uint64_t silent = sa->engine->now - sa->sent_at;

	if (silent >= KEEPALIVE_MS) {
		ike_act_send(sa->engine, &sa->local, &sa->remote, false,
			     (struct ike_bytes){ &keepalive, 1 });
		sa->sent_at = sa->engine->now;
		silent = 0;
	}
	ike_sa_arm(sa, IKE_TIMER_KEEPALIVE, KEEPALIVE_MS - silent);
}

/* RFC 7383 2.6 */
static void fragments_due(struct ike_sa *sa)
{
	bool more = false;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (ike_frag_expire(&sa->frag[i], sa->engine->now))
			ike_tell(sa->engine, sa, NULL, IKE_STORY_DROPPED,
				 IKE_REASON_FRAGMENTS_LATE, "%s",
				 i ? "response" : "request");
		more |= sa->frag[i].total;
	}
	if (more)
		ike_sa_arm(sa, IKE_TIMER_FRAGMENTS, FRAG_TIMEOUT_MS);
}

void ike_sa_due(struct ike_sa *sa, enum ike_timer_kind kind)
{
	switch (kind) {
	case IKE_TIMER_RETRANSMIT:
		ike_sa_retransmit(sa);
		break;
	case IKE_TIMER_REKEY:
		sa->want_rekey = true;
		break;
	case IKE_TIMER_HARD:
		ike_sa_close(sa, IKE_REASON_LIFETIME);
		break;
	case IKE_TIMER_LIVENESS:
		liveness_due(sa);
		break;
	case IKE_TIMER_KEEPALIVE:
		keepalive_due(sa);
		break;
	case IKE_TIMER_FRAGMENTS:
		fragments_due(sa);
		break;
	case IKE_TIMER_HALF_OPEN:
		if (sa->state == IKE_SA_INIT_ANSWERED)
			ike_sa_abandon(sa, IKE_REASON_HALF_OPEN_EXPIRED);
		else if (sa->state == IKE_SA_LINGERING)
			ike_sa_step(sa, IKE_STEP_LINGERED);
		else
			ike_sa_close(sa, IKE_REASON_REPLACED);
		break;
	case IKE_TIMER_CHILD:
	case IKE_TIMER_COUNT:
		break;
	}
	ike_sa_touch(sa);
}

static void weed_children(struct ike_sa *sa)
{
	struct ike_child **at = &sa->children;
	struct ike_child *child;

	while ((child = *at)) {
		if (child->state != IKE_CHILD_GONE) {
			at = &child->next;
			continue;
		}
		*at = child->next;
		sa->n_children--;
		ike_child_free(child);
	}
}

void ike_engine_settle(struct ike_engine *engine)
{
	struct ike_sa *sa;
	bool again;

	do {
		again = false;
		for (sa = engine->touched; sa; sa = sa->next_touched) {
			if (!sa->touched)
				continue;
			sa->touched = false;
			again = true;
			ike_sa_next(sa);
		}
	} while (again);
	ike_journal_write(engine);
	while ((sa = engine->touched)) {
		engine->touched = sa->next_touched;
		sa->listed = false;
		if (sa->state == IKE_SA_GONE)
			ike_sa_free(sa);
		else
			weed_children(sa);
	}
}
