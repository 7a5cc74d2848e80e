// SPDX-License-Identifier: GPL-2.0-only
/* CREATE_CHILD_SA for Child SAs (RFC 7296 1.3.1, 1.3.3): who asks, who is refused,
 * and what becomes of the SAs when both ends replace one at once (2.8.1, 2.25.1).
 * child.c has what is negotiated.
 *
 * Lossless, when A replaces C with D:
 *
 *	A  REKEY_SA(C), SA(D), Ni  -->  B	B: D in, D out not active
 *	A  <--  SA(D), Nr  B			A: D in, D out active, C out gone
 *	A  D(C)  -->  B				B: D out active, C out gone
 *	A  <--  D(C)  B				both: C in, until it is drained
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

/*
 * Asking
 */

#define IN(state) (1U << IKE_SA_##state)

/* IKE SAs that a new Child SA can wait for or be asked of. */
#define USABLE (IN(NEW) | IN(INIT_SENT) | IN(AUTH_SENT) | IN(ESTABLISHED) | \
		IN(REKEYING))

/* What may still lose against another is left to what it would replace. */
static bool settled(const struct ike_sa *sa)
{
	return !sa->old || sa->old->state == IKE_SA_REKEYED;
}

static struct ike_sa *usable_sa(struct ike_engine *engine,
				const struct ike_peer *peer)
{
	struct ike_sa *sa;

	for (sa = engine->sas; sa; sa = sa->next)
		if (sa->peer == peer && USABLE & 1U << sa->state &&
		    settled(sa) && !sa->want_close && !sa->full)
			return sa;
	return NULL;
}

static bool has_one(struct ike_engine *engine, const struct ike_rule *rule)
{
	struct ike_child *child;
	struct ike_sa *sa;

	for (sa = engine->sas; sa; sa = sa->next)
		for (child = sa->children; child; child = child->next)
			if (child->rule == rule && !child->want_close &&
			    !child->moves &&
			    (child->state == IKE_CHILD_WANTED ||
			     child->state == IKE_CHILD_ASKED ||
			     ike_child_view(child->state).out))
				return true;
	return false;
}

/* What waits for it waits in vain. */
static void no_route(struct ike_engine *engine, const struct ike_rule *rule)
{
	struct ike_action *act = ike_act(engine, IKE_ACT_RULE_FAIL);

	if (!act)
		return;
	act->rule_fail.rule = rule->conf->rule;
	act->rule_fail.reason = IKE_REASON_NO_ROUTE;
}

int ike_child_want(struct ike_engine *engine, struct ike_rule *rule,
		   const struct ike_event *acquire)
{
	struct ike_child *child;
	struct ike_sa *sa;
	int err = 0;

	if (has_one(engine, rule))
		return 0;
	sa = usable_sa(engine, rule->peer);
	if (!sa)
		err = ike_init_start(engine, rule->peer, &sa);
	if (err == -ENETUNREACH)
		no_route(engine, rule);
	if (err)
		return err;
	child = ike_child_new(sa, rule);
	if (!child)
		return -ENOMEM;
	child->ours = true;
	if (acquire && acquire->acquire.packet) {
		child->packet = true;
		child->packet_local = acquire->acquire.local;
		child->packet_remote = acquire->acquire.remote;
	}
	ike_tell(engine, sa, child, IKE_STORY_ACQUIRE, IKE_REASON_NONE, "%s",
		 rule->conf->name);
	return 0;
}

static int add_rekey(struct ike_message *msg, const struct ike_child *old,
		     struct ike_writer *spi)
{
	struct ike_payload *payload;

	ike_writer_u32(spi, old->spi_in);
	payload = ike_message_add(msg, IKE_PAYLOAD_N);
	if (!payload || spi->error)
		return -ENOMEM;
	payload->notify.type = IKE_NOTIFY_REKEY_SA;
	payload->notify.protocol = IKE_PROTOCOL_ESP;
	payload->notify.spi = ike_writer_written(spi);
	return 0;
}

static int ask(struct ike_child *child)
{
	struct ike_sa *sa = child->sa;
	struct ike_create *create = ike_child_create(child, true);
	struct ike_message msg = { 0 };
	struct ike_writer spi;
	int err = create ? 0 : -ENOMEM;

	ike_writer_init(&spi, IKE_CHILD_SPI_LEN);
	if (!err && child->old)
		err = add_rekey(&msg, child->old, &spi);
	if (!err)
		err = ike_child_offer(create, &msg);
	if (!err)
		err = ike_sa_ask(sa, IKE_EXCHANGE_CREATE_CHILD_SA, &msg);
	ike_message_clear(&msg);
	ike_writer_clear(&spi);
	if (err) {
		ike_create_free(create);
		return err;
	}
	ike_create_free(sa->create);
	sa->create = create;
	return ike_child_step(child, IKE_CHILD_STEP_ASK);
}

int ike_child_ask(struct ike_child *child)
{
	if (!ike_child_transport_nat(child->sa, child, child->rule->conf))
		return ask(child);
	child->why = IKE_REASON_TRANSPORT_NAT;
	return ike_child_step(child, IKE_CHILD_STEP_REFUSED);
}

int ike_child_ask_rekey(struct ike_child *old)
{
	struct ike_child *child = ike_child_new(old->sa, old->rule);
	int err;

	if (!child)
		return -ENOMEM;
	child->ours = true;
	child->old = old;
	child->rekeys = true;
	ike_child_first(child, old);
	err = ask(child);
	return err ? err : ike_child_step(old, IKE_CHILD_STEP_REKEY_ASK);
}

/*
 * Answering
 */

/* Why a request of the peer has to wait (2.25.2). */
static const struct {
	uint32_t states;
	enum ike_reason reason;
} busy[] = {
	{ IN(REKEYING), IKE_REASON_IKE_REKEYING },
	{ IN(REKEYED) | IN(REDUNDANT) | IN(CLOSING) | IN(DELETING),
	  IKE_REASON_IKE_CLOSING },
};

static int refuse_busy(struct ike_sa *sa, struct ike_input *in)
{
	size_t i;

	for (i = 0; i < sizeof(busy) / sizeof(busy[0]); i++)
		if (busy[i].states & 1U << sa->state)
			return ike_refuse(sa, in, IKE_NOTIFY_TEMPORARY_FAILURE,
					  busy[i].reason, "in %s",
					  ike_sa_state_name(sa->state));
	return 0;
}

/* The Child SA that is to be replaced. 2.25.1: one that is not there is
 * CHILD_SA_NOT_FOUND, one that is being closed or was just replaced
 * TEMPORARY_FAILURE; one that we replace too is replaced twice.
 */
static int find_old(struct ike_sa *sa, struct ike_input *in,
		    const struct ike_payload_notify *rekey,
		    struct ike_child **old)
{
	struct ike_reader r;
	uint32_t spi;

	ike_reader_init(&r, rekey->spi.data, rekey->spi.len);
	spi = ike_reader_u32(&r);
	if (rekey->protocol == IKE_PROTOCOL_ESP && ike_reader_done(&r))
		*old = ike_sa_child_out(sa, spi);
	if (!*old || (*old)->state == IKE_CHILD_DRAINING) {
		in->notify_spi = spi;
		return ike_refuse(sa, in, IKE_NOTIFY_CHILD_SA_NOT_FOUND,
				  IKE_REASON_CHILD_UNKNOWN, "%x", spi);
	}
	if (ike_fsm_child_row((*old)->state, IKE_CHILD_STEP_PEER_REKEY))
		return 0;
	return ike_refuse(sa, in, IKE_NOTIFY_TEMPORARY_FAILURE,
			  IKE_REASON_CHILD_CLOSING, "%x in %s", spi,
			  ike_child_state_name((*old)->state));
}

/* The request of ours, if there is one, that replaces the same. */
static struct ike_child *our_rekey(struct ike_sa *sa,
				   const struct ike_child *old)
{
	struct ike_child *child;

	for (child = sa->children; child; child = child->next)
		if (child->old == old && child->state == IKE_CHILD_ASKED)
			return child;
	return NULL;
}

/* The peer's replacement is there. */
static void replaced(struct ike_child *old, struct ike_child *heir)
{
	struct ike_child *ours = our_rekey(old->sa, old);

	heir->old = old;
	old->heir = heir;
	ike_child_first(heir, old);
	if (ours) {
		ours->rival = heir;
		ike_tell(old->sa->engine, old->sa, old, IKE_STORY_COLLISION,
			 IKE_REASON_NONE, "the peer rekeys what we rekey");
	}
	ike_child_step(old, IKE_CHILD_STEP_PEER_REKEY);
}

void ike_child_answered(struct ike_child *child)
{
	if (child->old || child->state != IKE_CHILD_HALF)
		return;
	ike_child_step(child, IKE_CHILD_STEP_PROVEN);
}

static int answer_child(struct ike_sa *sa, struct ike_input *in,
			struct ike_answer *answer)
{
	struct ike_message reply = { 0 };
	int err;

	err = ike_part_draw_nonce(sa->engine, &answer->nonce);
	answer->nonces.ni =
		ike_message_find(&in->msg, IKE_PAYLOAD_NONCE)->data;
	answer->nonces.nr = ike_secret_bytes(&answer->nonce);
	if (!err)
		err = ike_child_answer(sa, in, answer, &reply);
	if (!err && answer->old)
		replaced(answer->old, answer->child);
	if (!err)
		err = ike_sa_reply(sa, in, &reply);
	ike_message_clear(&reply);
	ike_secret_clear(&answer->nonce);
	ike_dh_clear(&answer->dh);
	if (!err)
		ike_child_answered(answer->child);
	return err;
}

int ike_create_request(struct ike_sa *sa, struct ike_input *in)
{
	const struct ike_payload_notify *rekey;
	struct ike_answer answer = { 0 };
	int err;

	if (ike_message_is_about_ike(&in->msg))
		return ike_rekey_request(sa, in);
	err = refuse_busy(sa, in);
	rekey = ike_message_notify(&in->msg, IKE_NOTIFY_REKEY_SA);
	if (!err && rekey)
		err = find_old(sa, in, rekey, &answer.old);
	return err ? err : answer_child(sa, in, &answer);
}

/*
 * What became of our request
 */

/* Once more, later: the rekey of a Child SA, or a new one. */
static void again_later(struct ike_child *child)
{
	struct ike_child *old = child->old;
	struct ike_child *who = old ? old : child;

	if (++who->retries > RETRIES_MAX) {
		child->why = IKE_REASON_PEER_BUSY;
		ike_child_step(child, IKE_CHILD_STEP_REFUSED);
		if (old) {
			ike_child_step(old, IKE_CHILD_STEP_REKEY_FAILED);
			ike_child_close(old, IKE_REASON_PEER_BUSY);
		}
		return;
	}
	if (!old) {
		ike_child_step(child, IKE_CHILD_STEP_RETRY);
		return;
	}
	ike_child_step(child, IKE_CHILD_STEP_REFUSED);
	ike_child_step(old, IKE_CHILD_STEP_REKEY_FAILED);
	ike_child_retry(old);
}

/* INVALID_KE_PAYLOAD: at once, with the group that is asked for. */
static void again_with_group(struct ike_child *child, uint16_t group)
{
	struct ike_child *old = child->old;
	struct ike_child *who = old ? old : child;
	const struct ike_proposals *proposals = &child->rule->conf->proposals;

	if (!ike_proposals_have_group(proposals, group) ||
	    group == who->group) {
		ike_tell(child->sa->engine, child->sa, child,
			 IKE_STORY_REFUSED, IKE_REASON_KE_UNOFFERED, "%u",
			 group);
		again_later(child);
		return;
	}
	who->group = group;
	again_later(child);
	ike_timer_stop(&who->sa->engine->timers, &who->timer);
	if (old)
		old->want_rekey = true;
}

/* CHILD_SA_NOT_FOUND: the peer has closed it, and we make another (2.25). */
static void again_anew(struct ike_child *child)
{
	struct ike_child *old = child->old;

	old->why = IKE_REASON_CHILD_UNKNOWN;
	child->rekeys = false;
	ike_child_step(child, IKE_CHILD_STEP_RETRY);
	ike_timer_stop(&child->sa->engine->timers, &child->timer);
	ike_child_step(old, IKE_CHILD_STEP_ABANDON);
}

/* NO_ADDITIONAL_SAS (RFC 7296 4): another IKE SA, whose IKE_AUTH makes the Child
 * SA. What this one has stays; what was to be replaced is closed when its rule
 * has moved. If no other IKE SA comes, the peer may have room again later.
 */
static void again_elsewhere(struct ike_child *child)
{
	struct ike_engine *engine = child->sa->engine;
	struct ike_rule *rule = child->rule;
	struct ike_child *old = child->old;

	child->why = IKE_REASON_PEER_FULL;
	child->sa->full = true;
	/* Its rule's packets wait for the other one. */
	child->ours = false;
	ike_child_step(child, IKE_CHILD_STEP_REFUSED);
	if (old)
		ike_child_step(old, IKE_CHILD_STEP_REKEY_FAILED);
	if (old && old->state != IKE_CHILD_UP)
		return;
	if (old) {
		old->moves = true;
		if (++old->retries <= RETRIES_MAX)
			ike_child_retry(old);
	}
	ike_child_want(engine, rule, NULL);
}

/* The rekey is given up: the old one lasts until its lifetime ends. */
static void give_up(struct ike_child *child)
{
	struct ike_child *old = child->old;

	child->why = IKE_REASON_PEER_REFUSED;
	ike_child_step(child, IKE_CHILD_STEP_REFUSED);
	if (!old)
		return;
	ike_child_step(old, IKE_CHILD_STEP_REKEY_FAILED);
	if (old->want_close)
		return;
	if (!old->pfs_proven && ike_proposals_first_group(
					&old->rule->conf->proposals)) {
		old->pfs_failed = true;
		ike_tell(old->sa->engine, old->sa, old, IKE_STORY_PFS,
			 IKE_REASON_PFS_UNPROVEN, "%s",
			 old->rule->conf->name);
	}
	if (++old->retries <= RETRIES_MAX)
		ike_child_retry(old);
}

/* The peer said no. When it replaced or closed the same at once, ours is done. */
static void refused(const struct ike_create *create,
		    const struct ike_message *msg,
		    const struct ike_payload_notify *error)
{
	struct ike_child *child = create->child, *old = child->old;

	ike_part_tell_error(child->sa, create, error);
	if (child->rival || (child->rekeys && !old)) {
		child->why = IKE_REASON_REPLACED;
		ike_child_step(child, IKE_CHILD_STEP_REFUSED);
		if (old)
			ike_child_step(old, IKE_CHILD_STEP_YIELD);
		return;
	}
	switch (error->type) {
	case IKE_NOTIFY_TEMPORARY_FAILURE:
		again_later(child);
		break;
	case IKE_NOTIFY_INVALID_KE_PAYLOAD:
		again_with_group(child, ike_part_wanted_group(msg));
		break;
	case IKE_NOTIFY_CHILD_SA_NOT_FOUND:
		if (old)
			again_anew(child);
		else
			give_up(child);
		break;
	case IKE_NOTIFY_NO_ADDITIONAL_SAS:
		again_elsewhere(child);
		break;
	default:
		give_up(child);
	}
}

/* The peer's replacement stays; ours is closed by us who made it (2.8.1). */
static void lost(struct ike_child *child)
{
	struct ike_child *old = child->old;

	ike_tell(child->sa->engine, child->sa, child, IKE_STORY_COLLISION,
		 IKE_REASON_COLLISION_LOST, "%s", "");
	child->why = IKE_REASON_COLLISION_LOST;
	ike_child_step(child, IKE_CHILD_STEP_LOST);
	if (old)
		ike_child_step(old, IKE_CHILD_STEP_YIELD);
}

/* Ours stays, and sends before the old one sends no more. */
static void won(struct ike_child *child)
{
	struct ike_child *old = child->old, *rival = child->rival;

	ike_child_step(child, IKE_CHILD_STEP_AGREED);
	if (rival && rival->state == IKE_CHILD_HALF) {
		ike_tell(child->sa->engine, child->sa, child,
			 IKE_STORY_COLLISION, IKE_REASON_COLLISION_WON, "%s",
			 "");
		if (old)
			old->heir = NULL;
		ike_child_step(rival, IKE_CHILD_STEP_LOST);
	}
	if (!old)
		return;
	if (old->want_close && ike_wish_is_inherited(old->why))
		ike_child_close(child, old->why);
	old->why = IKE_REASON_REPLACED;
	ike_child_step(old, IKE_CHILD_STEP_REPLACED);
}

/* 2.25.1: the peer closed the old one while we were at it; or it made what cannot
 * be used.
 */
static void unfit(struct ike_child *child)
{
	struct ike_child *old = child->old;

	ike_child_step(child, IKE_CHILD_STEP_UNFIT);
	if (!old)
		return;
	ike_child_step(old, old->heir ? IKE_CHILD_STEP_YIELD :
					IKE_CHILD_STEP_REKEY_FAILED);
	if (old->state == IKE_CHILD_UP && ++old->retries <= RETRIES_MAX)
		ike_child_retry(old);
}

/* The peer's Delete came before its response: it has no such SA any more. */
static bool already_deleted(const struct ike_create *create)
{
	struct ike_child *child = create->child;

	if (!create->deleted || create->deleted != child->spi_out)
		return false;
	child->why = IKE_REASON_PEER_DELETED;
	ike_tell(child->sa->engine, child->sa, child, IKE_STORY_COLLISION,
		 IKE_REASON_PEER_DELETED, "%s", "before it was there");
	return true;
}

static void agreed(struct ike_child *child)
{
	const struct ike_child *old = child->old;

	if (child->rival &&
	    ike_nonce_lower(&child->lowest, &child->rival->lowest))
		lost(child);
	else
		won(child);
	if (old && child->pfs_proven)
		ike_tell(child->sa->engine, child->sa, child, IKE_STORY_PFS,
			 IKE_REASON_NONE, "a Key Exchange of its own");
}

int ike_create_response(struct ike_sa *sa, struct ike_input *in)
{
	const struct ike_payload_notify *error = ike_message_error(&in->msg);
	const struct ike_payload *nonce;
	struct ike_create *create = sa->create;
	struct ike_nonces nonces;
	int err;

	if (!create)
		return 0;
	if (!create->child)
		return ike_rekey_response(sa, in);
	sa->create = NULL;
	if (error) {
		refused(create, &in->msg, error);
		ike_create_free(create);
		return 0;
	}
	nonce = ike_message_find(&in->msg, IKE_PAYLOAD_NONCE);
	nonces.ni = ike_secret_bytes(&create->nonce);
	nonces.nr = nonce->data;
	err = ike_child_check(create, in, nonces);
	if (err || already_deleted(create))
		unfit(create->child);
	else
		agreed(create->child);
	ike_create_free(create);
	return err;
}
