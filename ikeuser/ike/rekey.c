// SPDX-License-Identifier: GPL-2.0-only
/* CREATE_CHILD_SA for the IKE SA itself (RFC 7296 1.3.2, 2.8, 2.18): a new IKE SA
 * that inherits the Child SAs, and what becomes of two of them when both ends
 * rekey at once (2.8.2, 2.25.2).
 *
 *	HDR, SK {SA, Ni, KEi}  -->
 *	                       <--  HDR, SK {SA, Nr, KEr}
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

/* 2.8.1: octet by octet; of two with a common beginning the shorter one. */
static int compare(struct ike_bytes a, struct ike_bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.data, b.data, len);

	if (order)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

int ike_nonce_lowest(struct ike_secret *lowest, struct ike_bytes a,
		     struct ike_bytes b)
{
	struct ike_bytes low = compare(a, b) < 0 ? a : b;

	return ike_secret_set(lowest, low.data, low.len);
}

bool ike_nonce_lower(const struct ike_secret *a, const struct ike_secret *b)
{
	return compare(ike_secret_bytes(a), ike_secret_bytes(b)) < 0;
}

static const struct ike_negotiation wanted = {
	.protocol = IKE_PROTOCOL_IKE,
	.spi_len = IKE_SPI_LEN,
};

/* What the new IKE SA has from the old one. */
static void follow(struct ike_sa *sa, const struct ike_sa *old)
{
	sa->local = old->local;
	sa->remote = old->remote;
	sa->natt = old->natt;
	sa->nat_here = old->nat_here;
	sa->nat_there = old->nat_there;
	sa->fragments = old->fragments;
	sa->childless = old->childless;
	sa->heard_at = old->heard_at;
	sa->sent_at = old->sent_at;
}

/* 2.18, and the keys of the old one are the root of trust. */
static int make_keys(struct ike_sa *sa, const struct ike_sa *old,
		     const struct ike_dh *dh, struct ike_bytes ke,
		     struct ike_nonces nonces, struct ike_fault *fault)
{
	const struct ike_chosen *chosen = &sa->chosen;
	struct ike_secret gir = { 0 };
	int err;

	err = ike_id_copy(&sa->remote_id, &old->remote_id);
	if (!err)
		err = ike_suite_set(&sa->suite,
				    ike_chosen_id(chosen, IKE_TRANSFORM_ENCR),
				    ike_chosen_bits(chosen, IKE_TRANSFORM_ENCR),
				    ike_chosen_id(chosen, IKE_TRANSFORM_INTEG),
				    ike_chosen_id(chosen, IKE_TRANSFORM_PRF),
				    ike_chosen_id(chosen, IKE_TRANSFORM_DH));
	if (!err)
		err = ike_dh_shared(dh, ke, &gir, fault);
	if (!err)
		err = ike_keymat_rekey(&sa->keys, &sa->suite, old->suite.prf,
				       &old->keys.d, &gir, nonces, sa->spi_i,
				       sa->spi_r);
	ike_secret_clear(&gir);
	if (!err)
		err = ike_sa_keys_ready(sa);
	if (!err)
		err = ike_nonce_lowest(&sa->lowest, nonces.ni, nonces.nr);
	return err;
}

/*
 * Initiator
 */

static int fill_create(struct ike_sa *sa, struct ike_create *create)
{
	const struct ike_proposals *proposals = &sa->peer->conf->proposals;
	uint16_t group = sa->group;
	int err;

	if (!group)
		group = ike_chosen_id(&sa->chosen, IKE_TRANSFORM_DH);
	err = ike_proposals_copy(&create->offer, proposals);
	if (err)
		return err;
	ike_proposals_set_spi(&create->offer, create->sa->spi_i, IKE_SPI_LEN);
	err = ike_part_draw_nonce(sa->engine, &create->nonce);
	return err ? err : ike_part_draw_dh(sa->engine, &create->dh, group);
}

static int ask(struct ike_sa *sa, const struct ike_create *create)
{
	struct ike_message msg = { 0 };
	int err;

	err = ike_part_offer(&msg, &create->offer);
	if (!err)
		err = ike_part_nonce(&msg, &create->nonce);
	if (!err)
		err = ike_part_ke(&msg, &create->dh);
	if (!err)
		err = ike_sa_ask(sa, IKE_EXCHANGE_CREATE_CHILD_SA, &msg);
	ike_message_clear(&msg);
	return err;
}

int ike_rekey_ask(struct ike_sa *sa)
{
	struct ike_create *create = calloc(1, sizeof(*create));
	struct ike_sa *new;
	int err;

	if (!create)
		return -ENOMEM;
	new = ike_sa_new(sa->engine, sa->peer, true);
	if (!new) {
		free(create);
		return -ENOMEM;
	}
	create->sa = new;
	new->old = sa;
	new->family = sa->family;
	sa->create = create;
	err = fill_create(sa, create);
	if (!err)
		err = ask(sa, create);
	return err ? err : ike_sa_step(sa, IKE_STEP_REKEY_ASK);
}

/* Both ends rekeyed (2.8.2): the one whose exchange has the lowest of the four
 * nonces is deleted by who made it, and the other inherits.
 */
static void settle(struct ike_sa *sa, struct ike_sa *new)
{
	struct ike_sa *rival = sa->heir;
	bool lost = rival && ike_nonce_lower(&new->lowest, &rival->lowest);

	if (rival)
		ike_tell(sa->engine, sa, NULL, IKE_STORY_COLLISION,
			 lost ? IKE_REASON_COLLISION_LOST :
				IKE_REASON_COLLISION_WON, "#%u and #%u",
			 new->number, rival->number);
	ike_sa_step(new, IKE_STEP_DERIVED);
	new->old = NULL;
	if (lost) {
		ike_sa_step(sa, IKE_STEP_REKEY_LOST);
		ike_sa_inherit(rival, sa);
		ike_sa_close(new, IKE_REASON_COLLISION_LOST);
		return;
	}
	sa->why = sa->want_close ? sa->why : IKE_REASON_REPLACED;
	ike_sa_inherit(new, sa);
	sa->heir = NULL;
	if (rival) {
		rival->old = NULL;
		/* An operator may have closed it meanwhile. */
		if (ike_fsm_sa_row(rival->state, IKE_STEP_OUTDONE))
			ike_sa_step(rival, IKE_STEP_OUTDONE);
	}
	ike_sa_step(sa, IKE_STEP_REKEY_WON);
}

static void failed(struct ike_sa *sa, struct ike_sa *new, enum ike_reason why)
{
	ike_sa_abandon(new, why);
	/* The peer's replacement stands, whatever it said to ours. */
	if (sa->heir) {
		ike_sa_step(sa, IKE_STEP_REKEY_LOST);
		ike_sa_inherit(sa->heir, sa);
		return;
	}
	ike_sa_step(sa, IKE_STEP_REKEY_FAILED);
	if (sa->state != IKE_SA_ESTABLISHED)
		return;
	if (++sa->retries > RETRIES_MAX)
		ike_sa_close(sa, why);
	else
		ike_sa_arm(sa, IKE_TIMER_REKEY,
			   ike_part_patience(sa->engine));
}

static void refused(struct ike_sa *sa, const struct ike_create *create,
		    const struct ike_message *msg,
		    const struct ike_payload_notify *error)
{
	uint16_t group = ike_part_wanted_group(msg);
	bool known = group && group != sa->group &&
		     ike_proposals_have_group(&sa->peer->conf->proposals,
					      group);

	ike_part_tell_error(sa, create, error);
	failed(sa, create->sa, error->type == IKE_NOTIFY_TEMPORARY_FAILURE ?
				       IKE_REASON_PEER_BUSY :
				       IKE_REASON_PEER_REFUSED);
	if (error->type != IKE_NOTIFY_INVALID_KE_PAYLOAD || !known ||
	    sa->state != IKE_SA_ESTABLISHED)
		return;
	sa->group = group;
	sa->want_rekey = true;
}

static int take_answer(struct ike_sa *sa, struct ike_input *in,
		       struct ike_create *create)
{
	const struct ike_payload *answer, *ke, *nonce;
	struct ike_difference difference = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_sa *new = create->sa;
	struct ike_nonces nonces;
	int err;

	answer = ike_message_find(&in->msg, IKE_PAYLOAD_SA);
	ke = ike_message_find(&in->msg, IKE_PAYLOAD_KE);
	nonce = ike_message_find(&in->msg, IKE_PAYLOAD_NONCE);
	if (ike_proposals_verify(&answer->sa, &create->offer, &wanted,
				 &new->chosen, &difference)) {
		ike_part_tell_difference(sa, NULL, IKE_REASON_ANSWER_UNOFFERED,
					 &difference);
		return -EPROTO;
	}
	if (!new->chosen.spi || !ke || ke->ke.group != create->dh.group->id ||
	    ke->ke.group != ike_chosen_id(&new->chosen, IKE_TRANSFORM_DH)) {
		ike_tell(sa->engine, sa, NULL, IKE_STORY_REFUSED,
			 IKE_REASON_KE_GROUP, "%u", ke ? ke->ke.group : 0);
		return -EPROTO;
	}
	new->spi_r = new->chosen.spi;
	follow(new, sa);
	nonces.ni = ike_secret_bytes(&create->nonce);
	nonces.nr = nonce->data;
	err = make_keys(new, sa, &create->dh, ke->ke.data, nonces, &fault);
	/* RFC 6989 2.5 */
	if (err == -EDOM)
		ike_sa_close(sa, fault.reason);
	if (err)
		ike_tell(sa->engine, sa, NULL, IKE_STORY_REFUSED,
			 fault.reason ? fault.reason : IKE_REASON_INTERNAL,
			 "%s", strerror(-err));
	return err;
}

int ike_rekey_response(struct ike_sa *sa, struct ike_input *in)
{
	const struct ike_payload_notify *error = ike_message_error(&in->msg);
	struct ike_create *create = sa->create;
	struct ike_sa *new = create->sa;
	int err = 0;

	sa->create = NULL;
	if (error)
		refused(sa, create, &in->msg, error);
	else
		err = take_answer(sa, in, create);
	if (err)
		/* The peer has a new IKE SA that we cannot use, nor delete. */
		failed(sa, new, IKE_REASON_PEER_REFUSED);
	else if (!error)
		settle(sa, new);
	ike_create_free(create);
	return err;
}

/*
 * Responder
 */

#define CHILD(state) (1U << IKE_CHILD_##state)
/* 2.25.1: what of us has to end first. */
#define CHILDREN_BUSY (CHILD(ASKED) | CHILD(REKEYING) | CHILD(CLOSING) | \
		       CHILD(DELETING) | CHILD(UNUSED) | CHILD(UNUSED_DELETING))

static int may_rekey(struct ike_sa *sa, struct ike_input *in)
{
	if (!ike_fsm_sa_row(sa->state, IKE_STEP_PEER_REKEY) || sa->heir)
		return ike_refuse(sa, in, IKE_NOTIFY_TEMPORARY_FAILURE,
				  IKE_REASON_IKE_CLOSING, "in %s",
				  ike_sa_state_name(sa->state));
	if (ike_sa_has_child(sa, CHILDREN_BUSY))
		return ike_refuse(sa, in, IKE_NOTIFY_TEMPORARY_FAILURE,
				  IKE_REASON_CHILDREN_BUSY, "%s", "");
	return 0;
}

static int choose(struct ike_sa *sa, struct ike_input *in,
		  struct ike_chosen *chosen)
{
	struct ike_negotiation negotiation = wanted;
	struct ike_difference difference = { 0 };
	const struct ike_payload *ke;
	uint16_t group;

	negotiation.prefer = sa->peer->conf->prefer;
	if (ike_proposals_choose(&ike_message_find(&in->msg, IKE_PAYLOAD_SA)->sa,
				 &sa->peer->conf->proposals, &negotiation,
				 chosen, &difference)) {
		ike_part_tell_difference(sa, NULL, IKE_REASON_NO_PROPOSAL,
					 &difference);
		return ike_refuse(sa, in, IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
				  IKE_REASON_NO_PROPOSAL, "%s", "");
	}
	if (!chosen->spi)
		return ike_refuse(sa, in, IKE_NOTIFY_INVALID_SYNTAX,
				  IKE_REASON_SPI_WRONG, "%s", "");
	group = ike_chosen_id(chosen, IKE_TRANSFORM_DH);
	ke = ike_message_find(&in->msg, IKE_PAYLOAD_KE);
	if (ke && ke->ke.group == group)
		return 0;
	ike_part_notify_u16(in, group);
	return ike_refuse(sa, in, IKE_NOTIFY_INVALID_KE_PAYLOAD,
			  IKE_REASON_KE_GROUP, "%u", group);
}

/* What is drawn for one answer. */
struct drawn {
	struct ike_secret nonce;
	struct ike_dh dh;
};

static int answer_keys(struct ike_sa *sa, struct ike_sa *new,
		       struct ike_input *in, struct drawn *drawn)
{
	const struct ike_payload *ke, *nonce;
	struct ike_fault fault = { 0 };
	struct ike_nonces nonces;
	int err;

	ke = ike_message_find(&in->msg, IKE_PAYLOAD_KE);
	nonce = ike_message_find(&in->msg, IKE_PAYLOAD_NONCE);
	err = ike_part_draw_nonce(sa->engine, &drawn->nonce);
	if (!err)
		err = ike_part_draw_dh(sa->engine, &drawn->dh, ke->ke.group);
	nonces.ni = nonce->data;
	nonces.nr = ike_secret_bytes(&drawn->nonce);
	if (!err)
		err = make_keys(new, sa, &drawn->dh, ke->ke.data, nonces,
				&fault);
	if (!err)
		return 0;
	in->fatal = err == -EDOM;	/* RFC 6989 2.5 */
	return ike_refuse(sa, in, IKE_NOTIFY_INVALID_SYNTAX,
			  fault.reason ? fault.reason : IKE_REASON_INTERNAL,
			  "%s", strerror(-err));
}

static int reply(struct ike_sa *sa, const struct ike_sa *new,
		 struct ike_input *in, const struct drawn *drawn)
{
	struct ike_message msg = { 0 };
	int err;

	err = ike_part_chosen(&msg, &new->chosen, new->spi_r);
	if (!err)
		err = ike_part_nonce(&msg, &drawn->nonce);
	if (!err)
		err = ike_part_ke(&msg, &drawn->dh);
	if (!err)
		err = ike_sa_reply(sa, in, &msg);
	ike_message_clear(&msg);
	return err;
}

/* While our own rekey is out, the Child SAs stay where they are: which of the two
 * inherits them is seen when it is answered.
 */
static void replaced(struct ike_sa *sa, struct ike_sa *new)
{
	ike_sa_step(new, IKE_STEP_DERIVED);
	new->old = sa;
	sa->heir = new;
	if (sa->state == IKE_SA_REKEYING)
		ike_tell(sa->engine, sa, NULL, IKE_STORY_COLLISION,
			 IKE_REASON_NONE, "the peer rekeys it as we do");
	ike_sa_step(sa, IKE_STEP_PEER_REKEY);
	if (sa->state == IKE_SA_REKEYED)
		ike_sa_inherit(new, sa);
}

int ike_rekey_request(struct ike_sa *sa, struct ike_input *in)
{
	struct drawn drawn = { 0 };
	struct ike_chosen chosen = { 0 };
	struct ike_sa *new = NULL;
	int err;

	err = may_rekey(sa, in);
	if (!err)
		err = choose(sa, in, &chosen);
	if (err)
		return err;
	new = ike_sa_new(sa->engine, sa->peer, false);
	if (!new)
		return ike_refuse(sa, in, IKE_NOTIFY_TEMPORARY_FAILURE,
				  IKE_REASON_NO_MEMORY, "%s", "");
	new->spi_i = chosen.spi;
	new->family = sa->family;
	new->chosen = chosen;
	follow(new, sa);
	err = answer_keys(sa, new, in, &drawn);
	if (!err)
		err = reply(sa, new, in, &drawn);
	if (!err)
		replaced(sa, new);
	else
		ike_sa_abandon(new, IKE_REASON_PEER_REFUSED);
	ike_secret_clear(&drawn.nonce);
	ike_dh_clear(&drawn.dh);
	return err;
}
