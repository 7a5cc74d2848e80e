// SPDX-License-Identifier: GPL-2.0-only
/* Child SAs: how they come, change their states by the rows of fsm.c, what
 * replaces what, and what of it the kernel is told. It knows no message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

/* RFC 4303 2.1: above 255; and ours alone, half closed ones included (RFC 7296
 * 1.4.1), since those stay in the map.
 */
static int draw_spi(struct ike_engine *engine, uint32_t *spi)
{
	int err;

	do {
		err = ike_random_fill(&engine->random, spi, sizeof(*spi));
	} while (!err && (*spi < IKE_CHILD_SPI_MIN ||
			  ike_map_find(&engine->child_by_spi, *spi)));
	return err;
}

void ike_child_adopt(struct ike_sa *sa, struct ike_child *child)
{
	child->sa = sa;
	child->next = sa->children;
	sa->children = child;
	sa->n_children++;
}

struct ike_child *ike_child_restore(struct ike_sa *sa, struct ike_rule *rule,
				    uint32_t spi)
{
	struct ike_engine *engine = sa->engine;
	struct ike_child *child = calloc(1, sizeof(*child));

	if (!child)
		return NULL;
	child->spi_in = spi;
	child->rule = rule;
	child->timer.kind = IKE_TIMER_CHILD;
	child->timer.owner = child;
	ike_map_add(&engine->child_by_spi, &child->by_spi, spi, child);
	ike_child_adopt(sa, child);
	return child;
}

struct ike_child *ike_child_new(struct ike_sa *sa, struct ike_rule *rule)
{
	struct ike_engine *engine = sa->engine;
	struct ike_child *child;
	uint32_t spi;

	if (sa->n_children >= CHILDREN_MAX || draw_spi(engine, &spi))
		return NULL;
	child = ike_child_restore(sa, rule, spi);
	if (!child)
		return NULL;
	child->number = ++engine->numbers;
	ike_sa_touch(sa);
	ike_sa_dirty(sa);
	return child;
}

void ike_child_free(struct ike_child *child)
{
	ike_timer_stop(&child->sa->engine->timers, &child->timer);
	ike_map_remove(&child->sa->engine->child_by_spi, &child->by_spi);
	ike_ts_list_clear(&child->local);
	ike_ts_list_clear(&child->remote);
	ike_child_keys_clear(&child->keys);
	ike_secret_clear(&child->lowest);
	ike_secret_clear(&child->first_lowest);
	free(child);
}

static void arm(struct ike_child *child, uint64_t wait)
{
	struct ike_engine *engine = child->sa->engine;

	ike_timer_arm(&engine->timers, &child->timer, engine->now + wait);
}

void ike_child_retry(struct ike_child *child)
{
	child->spare = false;
	arm(child, ike_part_patience(child->sa->engine));
}

/* Nobody finds it any more; what it would have replaced goes on alone. */
static void forget(struct ike_child *child)
{
	struct ike_child *other;

	for (other = child->sa->children; other; other = other->next) {
		if (other->old == child)
			other->old = NULL;
		if (other->rival == child)
			other->rival = NULL;
		if (other->heir != child)
			continue;
		other->heir = NULL;
		if (other->state == IKE_CHILD_REKEYED)
			ike_child_step(other, IKE_CHILD_STEP_HEIR_LOST);
	}
}

/* Packets wait in vain when a rule has lost what was to be its only SA. */
static void fail_rule(struct ike_child *child, enum ike_child_state from)
{
	struct ike_child *other;
	struct ike_action *act;

	if (!child->ours || ike_child_view(from).in)
		return;
	for (other = child->sa->children; other; other = other->next)
		if (other->rule == child->rule &&
		    (ike_child_view(other->state).out != IKE_OUT_NONE ||
		     other->state == IKE_CHILD_WANTED ||
		     other->state == IKE_CHILD_ASKED))
			return;
	act = ike_act(child->sa->engine, IKE_ACT_RULE_FAIL);
	if (!act)
		return;
	act->rule_fail.rule = child->rule->conf->rule;
	act->rule_fail.reason = child->why;
}

/* What the peer had no room for is there, under another IKE SA. What it is to
 * replace itself is not closed by this.
 */
static void end_moved(const struct ike_child *child)
{
	struct ike_child *other;
	struct ike_sa *sa;

	for (sa = child->sa->engine->sas; sa; sa = sa->next)
		for (other = sa->children; other; other = other->next)
			if (other->moves && other->rule == child->rule &&
			    other != child->old)
				ike_child_close(other, IKE_REASON_PEER_FULL);
}

static void entered(struct ike_child *child, enum ike_child_state from)
{
	ike_timer_stop(&child->sa->engine->timers, &child->timer);
	switch (child->state) {
	case IKE_CHILD_WANTED:
		ike_child_retry(child);
		break;
	case IKE_CHILD_UP:
		if (from == IKE_CHILD_ASKED)
			child->retries = 0;
		if (child->want_close)
			ike_child_close(child, child->why);
		else
			ike_child_see_spare(child);
		if (from == IKE_CHILD_ASKED || from == IKE_CHILD_HALF)
			end_moved(child);
		break;
	case IKE_CHILD_DRAINING:
		child->sa->full = false;
		arm(child, CHILD_DRAIN_MS);
		forget(child);
		break;
	case IKE_CHILD_REKEYED:
	case IKE_CHILD_REDUNDANT:
		arm(child, HEIR_MS);
		break;
	case IKE_CHILD_GONE:
		fail_rule(child, from);
		forget(child);
		ike_map_remove(&child->sa->engine->child_by_spi,
			       &child->by_spi);
		if (child->why == IKE_REASON_COLLISION_LOST ||
		    child->why == IKE_REASON_PEER_FULL)
			ike_sa_end_spare(child->sa, child->why);
		break;
	default:
		break;
	}
}

/* When both ends made one at once, a rule has two: what sends is the one that was
 * activated last, and when that one goes the other has to.
 */
static void hand_over(struct ike_child *child, struct ike_kernel_view before,
		      struct ike_kernel_view after)
{
	struct ike_rule *rule = child->rule;
	struct ike_child *other;
	struct ike_sa *sa;

	if (before.out != IKE_OUT_ACTIVE && after.out == IKE_OUT_ACTIVE)
		rule->sender = child;
	if (after.out != IKE_OUT_NONE || rule->sender != child)
		return;
	rule->sender = NULL;
	for (sa = child->sa->engine->sas; sa; sa = sa->next) {
		for (other = sa->children; other; other = other->next) {
			if (other == child || other->rule != rule ||
			    ike_child_view(other->state).out != IKE_OUT_ACTIVE)
				continue;
			ike_kernel_activate(other);
			rule->sender = other;
			return;
		}
	}
}

static bool ends(enum ike_child_state state)
{
	return state == IKE_CHILD_GONE || state == IKE_CHILD_CLOSING ||
	       state == IKE_CHILD_DRAINING;
}

int ike_child_step(struct ike_child *child, enum ike_child_step step)
{
	enum ike_child_state from = child->state;
	const struct ike_fsm_row *row = ike_fsm_child_row(from, step);
	struct ike_kernel_view before = ike_child_view(from), after;

	if (!row) {
		ike_tell(child->sa->engine, child->sa, child,
			 IKE_STORY_STEP_REFUSED, IKE_REASON_STATE_REFUSES,
			 "%s in %s", ike_child_step_name(step),
			 ike_child_state_name(from));
		return -EPROTO;
	}
	after = ike_child_view(row->to);
	/* Lossless: the one that replaces it sends before it does no more. */
	if (before.out == IKE_OUT_ACTIVE && after.out == IKE_OUT_NONE &&
	    child->heir && child->heir->state == IKE_CHILD_HALF)
		ike_child_step(child->heir, IKE_CHILD_STEP_PROVEN);
	child->state = row->to;
	if (step == IKE_CHILD_STEP_REPLACED ||
	    step == IKE_CHILD_STEP_PEER_REKEY)
		ike_count(child->sa->engine, child->sa, IKE_COUNT_CHILD_REKEY);
	ike_tell(child->sa->engine, child->sa, child, IKE_STORY_CHILD_STATE,
		 ends(row->to) ? child->why : IKE_REASON_NONE, "%s -> %s: %s",
		 ike_child_state_name(from), ike_child_state_name(row->to),
		 row->story);
	hand_over(child, before, after);
	ike_kernel_change(child, before, after);
	ike_sa_touch(child->sa);
	ike_sa_dirty(child->sa);
	entered(child, from);
	return 0;
}

void ike_child_close(struct ike_child *child, enum ike_reason why)
{
	switch (child->state) {
	case IKE_CHILD_ASKED:
	case IKE_CHILD_REKEYING:
		/* What our request makes of it is closed, then. */
		child->want_close = true;
		child->why = why;
		break;
	case IKE_CHILD_CLOSING:
	case IKE_CHILD_DELETING:
	case IKE_CHILD_DRAINING:
	case IKE_CHILD_UNUSED:
	case IKE_CHILD_UNUSED_DELETING:
	case IKE_CHILD_GONE:
		break;
	default:
		child->why = why;
		ike_child_step(child, IKE_CHILD_STEP_CLOSE);
	}
}

void ike_child_due(struct ike_child *child)
{
	switch (child->state) {
	case IKE_CHILD_UP:
		if (child->spare)
			ike_child_end_spare(child);
		else
			child->want_rekey = true;
		break;
	case IKE_CHILD_REKEYED:
	case IKE_CHILD_REDUNDANT:
		ike_child_close(child, IKE_REASON_REPLACED);
		break;
	case IKE_CHILD_DRAINING:
		ike_child_step(child, IKE_CHILD_STEP_DRAINED);
		break;
	default:
		break;
	}
	ike_sa_touch(child->sa);
}

struct ike_child *ike_sa_child_in(struct ike_sa *sa, uint32_t spi)
{
	struct ike_child *child;

	for (child = sa->children; child; child = child->next)
		if (child->spi_in == spi && child->state != IKE_CHILD_GONE)
			return child;
	return NULL;
}

/* By the SPI that the peer knows it by: what names an SA in REKEY_SA and in a
 * Delete is that of the sender's inbound SA.
 */
struct ike_child *ike_sa_child_out(struct ike_sa *sa, uint32_t spi)
{
	struct ike_child *child;

	for (child = sa->children; child; child = child->next)
		if (child->spi_out == spi && child->state != IKE_CHILD_GONE)
			return child;
	return NULL;
}

bool ike_sa_has_child(const struct ike_sa *sa, uint32_t states)
{
	const struct ike_child *child;

	for (child = sa->children; child; child = child->next)
		if (states & 1U << child->state)
			return true;
	return false;
}
