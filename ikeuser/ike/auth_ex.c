// SPDX-License-Identifier: GPL-2.0-only
/* IKE_AUTH (RFC 7296 1.2, 2.15): each end proves who it is, and the first Child SA
 * is made on the way. An IKE SA can stand though its Child SA fails (2.21.2).
 *
 *	HDR, SK {IDi, [N(INITIAL_CONTACT),] [IDr,] AUTH, [SA, TSi, TSr]}  -->
 *	                                <--  HDR, SK {IDr, AUTH, [SA, TSi, TSr]}
 *
 * The answer may say N(INITIAL_CONTACT) too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "sa.h"

/* The body of our own ID payload, which AUTH covers (3.5). */
static int id_body(const struct ike_id *id, struct ike_writer *w)
{
	ike_writer_init(w, IKE_MESSAGE_MAX);
	ike_writer_u8(w, id->type);
	ike_writer_zero(w, 3);
	ike_writer_bytes(w, id->data.data, id->data.len);
	return w->error;
}

/* What one end vouches for: its own IKE_SA_INIT message and the other's nonce. */
static struct ike_auth vouched(const struct ike_sa *sa, bool initiator,
			       struct ike_bytes id)
{
	const struct ike_handshake *handshake = sa->handshake;
	const struct ike_secret *nonce, *sk_p;

	nonce = initiator ? &handshake->nr : &handshake->ni;
	sk_p = initiator ? &sa->keys.pi : &sa->keys.pr;
	return (struct ike_auth){
		.prf = sa->suite.prf,
		.message = { handshake->message[!initiator],
			     handshake->message_len[!initiator] },
		.nonce = ike_secret_bytes(nonce),
		.id = id,
		.sk_p = ike_secret_bytes(sk_p),
	};
}

/* Which of its identities the responder is to be: of a pattern it is not said. */
static int add_expected(struct ike_sa *sa, struct ike_message *msg)
{
	const struct ike_id *id = &sa->peer->conf->remote_id;

	if (!sa->initiator || !id->type ||
	    memchr(id->data.data, '*', id->data.len))
		return 0;
	return ike_part_id(msg, IKE_PAYLOAD_IDr, id);
}

/* Our ID and AUTH; data holds the latter's until the message is sent. */
static int add_proof(struct ike_sa *sa, struct ike_message *msg,
		     struct ike_secret *data)
{
	const struct ike_peer_conf *conf = sa->peer->conf;
	struct ike_auth_key key = { .psk = conf->local_psk };
	struct ike_fault fault = { 0 };
	struct ike_payload *payload;
	struct ike_auth auth;
	struct ike_writer body;
	int err;

	err = id_body(&conf->local_id, &body);
	auth = vouched(sa, sa->initiator, ike_writer_written(&body));
	if (!err)
		err = ike_part_id(msg, sa->initiator ? IKE_PAYLOAD_IDi :
						       IKE_PAYLOAD_IDr,
				  &conf->local_id);
	if (!err)
		err = add_expected(sa, msg);
	if (!err)
		err = ike_auth_make(IKE_AUTH_SHARED_KEY_MIC, &auth, &key, data,
				    &fault);
	ike_writer_clear(&body);
	if (fault.reason)
		ike_tell(sa->engine, sa, NULL, IKE_STORY_FAILED, fault.reason,
			 "%s", conf->name);
	if (err)
		return err;
	payload = ike_message_add(msg, IKE_PAYLOAD_AUTH);
	if (!payload)
		return -ENOMEM;
	payload->auth.method = IKE_AUTH_SHARED_KEY_MIC;
	payload->auth.data = ike_secret_bytes(data);
	return 0;
}

static int check_proof(struct ike_sa *sa, struct ike_input *in, uint8_t type)
{
	const struct ike_payload *id = ike_message_find(&in->msg, type);
	const struct ike_payload *proof;
	struct ike_auth auth = vouched(sa, !sa->initiator, id->body);
	struct ike_auth_key key = { .psk = sa->peer->conf->remote_psk };
	struct ike_fault fault = { 0 };
	struct ike_line line;
	int err;

	proof = ike_message_find(&in->msg, IKE_PAYLOAD_AUTH);
	err = ike_auth_verify(proof->auth.method, &auth, &key, proof->auth.data,
			      &fault);
	ike_id_print(&id->id, ike_line(&line));
	if (!err) {
		ike_tell(sa->engine, sa, NULL, IKE_STORY_AUTHENTICATED,
			 IKE_REASON_NONE, "%s, %s", line.text,
			 ike_auth_method_name(proof->auth.method));
		ike_id_clear(&sa->remote_id);
		return ike_id_copy(&sa->remote_id, &id->id);
	}
	sa->why = fault.reason ? fault.reason : IKE_REASON_AUTH_WRONG;
	ike_tell(sa->engine, sa, NULL, IKE_STORY_FAILED, sa->why,
		 "%s, method %u", line.text, proof->auth.method);
	return -EACCES;
}

/* Who it says it is, and who was expected at its address. */
static void tell_identity(struct ike_sa *sa, enum ike_reason reason,
			  const struct ike_id *id)
{
	struct ike_line line;
	struct ike_text *t = ike_line(&line);

	ike_id_print(id, t);
	ike_text_add(t, "; %s is to be ", sa->peer->conf->name);
	ike_id_print(&sa->peer->conf->remote_id, t);
	ike_tell(sa->engine, sa, NULL, IKE_STORY_IDENTITY, reason, "%s",
		 line.text);
}

/* Established: what the exchange needed is wiped (2.12). */
static void authenticated(struct ike_sa *sa)
{
	ike_handshake_free(sa->handshake);
	sa->handshake = NULL;
	ike_sa_step(sa, IKE_STEP_AUTHENTICATED);
}

#define IN(state) (1U << IKE_SA_##state)
#define ALIVE (IN(ESTABLISHED) | IN(REKEYING) | IN(REKEYED) | IN(CLOSING))

static bool others_alive(const struct ike_sa *sa)
{
	const struct ike_sa *other;

	for (other = sa->engine->sas; other; other = other->next)
		if (other != sa && other->peer == sa->peer &&
		    ALIVE & 1U << other->state)
			return true;
	return false;
}

/* 2.4: either end may say, first thing, that it knows of no other IKE SA. */
static int add_contact(const struct ike_sa *sa, struct ike_message *msg)
{
	if (sa->peer->conf->no_initial_contact || others_alive(sa))
		return 0;
	return ike_message_add_notify(msg, IKE_NOTIFY_INITIAL_CONTACT,
				      (struct ike_bytes){ 0 });
}

/* 2.4: the same peer has lost all that it had with us. What was established only
 * just now it may have made while this message was on its way: a request ends it
 * with a Delete, so that the peer knows; a response, which may cross one, spares
 * it, or each end would close what the other kept.
 */
static void forget_others(struct ike_sa *sa, bool request)
{
	uint64_t now = sa->engine->now;
	struct ike_sa *other;

	for (other = sa->engine->sas; other; other = other->next) {
		if (other == sa || other->peer != sa->peer ||
		    !(ALIVE & 1U << other->state) ||
		    !ike_id_equal(&other->remote_id, &sa->remote_id))
			continue;
		if (now - other->established_at >= HALF_OPEN_MS)
			ike_sa_abandon(other, IKE_REASON_PEER_RESTARTED);
		else if (request)
			ike_sa_close(other, IKE_REASON_PEER_RESTARTED);
	}
}

/*
 * Initiator
 */

/* What cannot be is not asked for. */
static void refuse_transport(struct ike_sa *sa)
{
	struct ike_child *child;

	for (child = sa->children; child; child = child->next) {
		if (child->state != IKE_CHILD_WANTED ||
		    !ike_child_transport_nat(sa, child, child->rule->conf))
			continue;
		child->why = IKE_REASON_TRANSPORT_NAT;
		ike_child_step(child, IKE_CHILD_STEP_REFUSED);
	}
}

/* The first Child SA that was asked for; or any, if the peer does not make an IKE
 * SA without one (RFC 6023).
 */
static struct ike_child *first_child(struct ike_sa *sa)
{
	struct ike_child *child, *first = NULL;
	size_t i;

	refuse_transport(sa);
	for (child = sa->children; child; child = child->next)
		if (child->state == IKE_CHILD_WANTED)
			first = child;
	if (first || sa->childless)
		return first;
	for (i = 0; i < sa->engine->policy.rules; i++) {
		if (sa->engine->policy.rule[i].peer != sa->peer ||
		    ike_child_transport_nat(sa, NULL,
					    sa->engine->policy.rule[i].conf))
			continue;
		first = ike_child_new(sa, &sa->engine->policy.rule[i]);
		if (first)
			first->ours = true;
		return first;
	}
	return NULL;
}

static int auth_ask(struct ike_sa *sa, const struct ike_create *create)
{
	struct ike_message msg = { 0 };
	struct ike_secret proof = { 0 };
	int err;

	err = add_proof(sa, &msg, &proof);
	if (!err)
		err = add_contact(sa, &msg);
	if (!err && create)
		err = ike_child_offer(create, &msg);
	if (!err)
		err = ike_sa_ask(sa, IKE_EXCHANGE_IKE_AUTH, &msg);
	ike_message_clear(&msg);
	ike_secret_clear(&proof);
	return err;
}

int ike_auth_ask(struct ike_sa *sa)
{
	struct ike_child *child = first_child(sa);
	struct ike_create *create = NULL;
	int err;

	if (child) {
		create = ike_child_create(child, false);
		if (!create)
			return -ENOMEM;
	}
	sa->create = create;
	err = auth_ask(sa, create);
	if (!err && child)
		err = ike_child_step(child, IKE_CHILD_STEP_ASK);
	return err ? err : ike_sa_step(sa, IKE_STEP_AUTH_ASK);
}

/* The responder is there, and is somebody else. */
static int distrust(struct ike_sa *sa, enum ike_reason why)
{
	sa->why = why;
	return ike_sa_step(sa, IKE_STEP_DISTRUST);
}

/* With or without keys of its own, what the group of a rekey would be worth shows
 * only when one is made: at once, rather than hours later.
 */
static bool may_prove_pfs(const struct ike_child *child)
{
	return child->sa->peer->conf->prove_pfs &&
	       ike_proposals_first_group(&child->rule->conf->proposals);
}

static void prove_pfs(struct ike_child *child)
{
	if (!may_prove_pfs(child))
		return;
	ike_tell(child->sa->engine, child->sa, child, IKE_STORY_PFS,
		 IKE_REASON_NONE, "not proven yet: rekeyed at once");
	child->want_rekey = true;
}

/* Who answers lets the other end begin. */
static void prove_pfs_later(struct ike_child *child)
{
	if (!may_prove_pfs(child) || child->state != IKE_CHILD_UP ||
	    child->timer.armed)
		return;
	ike_tell(child->sa->engine, child->sa, child, IKE_STORY_PFS,
		 IKE_REASON_NONE, "not proven yet: rekeyed soon");
	ike_child_retry(child);
}

static void take_child(struct ike_sa *sa, struct ike_input *in,
		       struct ike_create *create, struct ike_nonces nonces)
{
	const struct ike_payload_notify *error = ike_message_error(&in->msg);
	struct ike_child *child = create->child;

	if (error || !ike_message_find(&in->msg, IKE_PAYLOAD_SA)) {
		child->why = IKE_REASON_PEER_REFUSED;
		if (error)
			ike_part_tell_error(sa, create, error);
		ike_child_step(child, IKE_CHILD_STEP_REFUSED);
		return;
	}
	if (ike_child_check(create, in, nonces)) {
		ike_child_step(child, IKE_CHILD_STEP_UNFIT);
		return;
	}
	ike_child_step(child, IKE_CHILD_STEP_AGREED);
	prove_pfs(child);
}

static int check_responder(struct ike_sa *sa, struct ike_input *in)
{
	const struct ike_payload *id;

	id = ike_message_find(&in->msg, IKE_PAYLOAD_IDr);
	if (!ike_id_matches(&sa->peer->conf->remote_id, &id->id)) {
		tell_identity(sa, IKE_REASON_IDENTITY_WRONG, &id->id);
		return distrust(sa, IKE_REASON_IDENTITY_WRONG), -EACCES;
	}
	if (check_proof(sa, in, IKE_PAYLOAD_IDr))
		return distrust(sa, IKE_REASON_AUTH_WRONG), -EACCES;
	return 0;
}

int ike_auth_response(struct ike_sa *sa, struct ike_input *in)
{
	const struct ike_payload_notify *error = ike_message_error(&in->msg);
	struct ike_handshake *handshake = sa->handshake;
	struct ike_create *create = sa->create;
	struct ike_nonces nonces;
	int err;

	if (!ike_message_find(&in->msg, IKE_PAYLOAD_AUTH) ||
	    !ike_message_find(&in->msg, IKE_PAYLOAD_IDr)) {
		if (error)
			ike_part_tell_error(sa, NULL, error);
		ike_sa_abandon(sa, IKE_REASON_PEER_REFUSED);
		return -EACCES;
	}
	err = check_responder(sa, in);
	if (err)
		return err;
	nonces.ni = ike_secret_bytes(&handshake->ni);
	nonces.nr = ike_secret_bytes(&handshake->nr);
	sa->create = NULL;
	if (create)
		take_child(sa, in, create, nonces);
	ike_create_free(create);
	authenticated(sa);
	if (ike_message_notify(&in->msg, IKE_NOTIFY_INITIAL_CONTACT))
		forget_others(sa, false);
	return 0;
}

/*
 * Responder
 */

/* IKE_SA_INIT may have found another. */
static int find_peer(struct ike_sa *sa, struct ike_input *in)
{
	const struct ike_payload *idi, *idr;
	struct ike_peer *peer;

	idi = ike_message_find(&in->msg, IKE_PAYLOAD_IDi);
	idr = ike_message_find(&in->msg, IKE_PAYLOAD_IDr);
	peer = ike_peers_identify(sa, &idi->id, idr ? &idr->id : NULL);
	if (!peer) {
		tell_identity(sa, IKE_REASON_IDENTITY_UNKNOWN, &idi->id);
		return -ENOENT;
	}
	sa->peer = peer;
	ike_tell_known(sa);
	return 0;
}

/* The Child SA, or why there is none: the IKE SA stands in any case (2.21.2). */
static int add_child(struct ike_sa *sa, struct ike_input *in,
		     struct ike_answer *answer, struct ike_message *reply)
{
	int err;

	if (!ike_message_find(&in->msg, IKE_PAYLOAD_SA))
		return 0;
	answer->nonces.ni = ike_secret_bytes(&sa->handshake->ni);
	answer->nonces.nr = ike_secret_bytes(&sa->handshake->nr);
	err = ike_child_answer(sa, in, answer, reply);
	if (!err || !in->notify)
		return err;
	return ike_message_add_notify(reply, in->notify,
				      (struct ike_bytes){ in->data,
							  in->data_len });
}

static int auth_reply(struct ike_sa *sa, struct ike_input *in)
{
	struct ike_message reply = { 0 };
	struct ike_secret proof = { 0 };
	struct ike_answer answer = { 0 };
	int err;

	err = add_proof(sa, &reply, &proof);
	if (!err)
		err = add_contact(sa, &reply);
	if (!err)
		err = add_child(sa, in, &answer, &reply);
	if (!err) {
		authenticated(sa);
		err = ike_sa_reply(sa, in, &reply);
	}
	ike_message_clear(&reply);
	ike_secret_clear(&proof);
	if (err || !answer.child)
		return err;
	ike_child_answered(answer.child);
	prove_pfs_later(answer.child);
	return 0;
}

int ike_auth_request(struct ike_sa *sa, struct ike_input *in)
{
	int err;

	err = find_peer(sa, in);
	if (!err)
		err = check_proof(sa, in, IKE_PAYLOAD_IDi);
	if (err)
		return ike_refuse(sa, in, IKE_NOTIFY_AUTHENTICATION_FAILED,
				  sa->why ? sa->why :
					    IKE_REASON_IDENTITY_UNKNOWN,
				  "%s", "");
	if (ike_message_notify(&in->msg, IKE_NOTIFY_INITIAL_CONTACT))
		forget_others(sa, true);
	err = auth_reply(sa, in);
	if (err)
		ike_sa_abandon(sa, IKE_REASON_INTERNAL);
	return err;
}
