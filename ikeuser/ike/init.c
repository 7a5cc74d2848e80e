// SPDX-License-Identifier: GPL-2.0-only
/* IKE_SA_INIT (RFC 7296 1.2): proposals, groups and nonces in clear. Anybody can
 * have sent any of it: what is wrong is dropped or refused without a state, and an
 * error that comes in place of an answer ends nothing.
 *
 *	HDR, [N(COOKIE),] SAi1, KEi, Ni, N(NAT..), N(FRAG..)  -->
 *	                            <--  HDR, N(COOKIE) or N(INVALID_KE_PAYLOAD)
 *	                            <--  HDR, SAr1, KEr, Nr, N(NAT..), N(..)
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

/* Both hashes, as the datagram leaves (RFC 7296 2.23); they outlive the message. */
struct nat_hashes {
	uint8_t source[SHA1_LEN];
	uint8_t destination[SHA1_LEN];
};

static int add_notifies(struct ike_sa *sa, struct ike_message *msg,
			struct nat_hashes *nat)
{
	int err;

	err = ike_nat_hash(sa->spi_i, sa->spi_r, ike_address_bytes(&sa->local),
			   sa->local.port, nat->source);
	if (!err)
		err = ike_nat_hash(sa->spi_i, sa->spi_r,
				   ike_address_bytes(&sa->remote),
				   sa->remote.port, nat->destination);
	if (!err)
		err = ike_message_add_notify(msg,
					     IKE_NOTIFY_NAT_DETECTION_SOURCE_IP,
					     (struct ike_bytes){ nat->source,
								 SHA1_LEN });
	if (!err)
		err = ike_message_add_notify(
			msg, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP,
			(struct ike_bytes){ nat->destination, SHA1_LEN });
	if (!err && !sa->peer->conf->no_fragments)
		err = ike_message_add_notify(
			msg, IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED,
			(struct ike_bytes){ 0 });
	return err;
}

/* What the other end announces, and whether something translates addresses. */
static int take_notifies(struct ike_sa *sa, const struct ike_input *in)
{
	const struct ike_message *msg = &in->msg;
	const struct ike_header *header = &msg->header;
	const struct ike_address *remote = &in->event->datagram.remote;
	const struct ike_address *local = &in->event->datagram.local;
	struct ike_nat_side source = { 0 }, destination = { 0 };
	const struct ike_payload *payload;
	int err;

	err = ike_nat_hash(header->spi_i, header->spi_r,
			   ike_address_bytes(remote), remote->port,
			   source.expect);
	if (!err)
		err = ike_nat_hash(header->spi_i, header->spi_r,
				   ike_address_bytes(local), local->port,
				   destination.expect);
	if (err)
		return err;
	for (payload = msg->payload; payload < msg->payload + msg->n;
	     payload++) {
		if (payload->type != IKE_PAYLOAD_N)
			continue;
		switch (payload->notify.type) {
		case IKE_NOTIFY_NAT_DETECTION_SOURCE_IP:
			ike_nat_side_add(&source, payload->notify.data);
			break;
		case IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP:
			ike_nat_side_add(&destination,
					 payload->notify.data);
			break;
		case IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED:
			sa->fragments = !sa->peer->conf->no_fragments;
			break;
		case IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED:
			sa->childless = true;
			break;
		}
	}
	sa->nat_there = ike_nat_side_translated(&source);
	sa->nat_here = ike_nat_side_translated(&destination);
	if (sa->nat_there || sa->nat_here)
		ike_tell(sa->engine, sa, NULL, IKE_STORY_NAT, IKE_REASON_NONE,
			 "%s%s%s", sa->nat_here ? "here" : "",
			 sa->nat_here && sa->nat_there ? " and " : "",
			 sa->nat_there ? "there" : "");
	return 0;
}

/* Both ends' IKE_SA_INIT messages are what AUTH vouches for (2.15). */
static int keep_message(struct ike_handshake *handshake, bool responder,
			struct ike_bytes message)
{
	uint8_t *copy = malloc(message.len);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, message.data, message.len);
	free(handshake->message[responder]);
	handshake->message[responder] = copy;
	handshake->message_len[responder] = message.len;
	return 0;
}

static int keep_sent(struct ike_sa *sa, const struct ike_packets *packets,
		     bool responder)
{
	return keep_message(sa->handshake, responder,
			    (struct ike_bytes){ packets->packet[0].data,
						packets->packet[0].len });
}

/* The seven keys, by the algorithms that were chosen (2.14). */
static int make_keys(struct ike_sa *sa, const struct ike_chosen *chosen,
		     struct ike_bytes ke, struct ike_fault *fault)
{
	struct ike_handshake *handshake = sa->handshake;
	struct ike_nonces nonces = {
		ike_secret_bytes(&handshake->ni),
		ike_secret_bytes(&handshake->nr),
	};
	struct ike_secret gir = { 0 };
	int err;

	err = ike_suite_set(&sa->suite,
			    ike_chosen_id(chosen, IKE_TRANSFORM_ENCR),
			    ike_chosen_bits(chosen, IKE_TRANSFORM_ENCR),
			    ike_chosen_id(chosen, IKE_TRANSFORM_INTEG),
			    ike_chosen_id(chosen, IKE_TRANSFORM_PRF),
			    ike_chosen_id(chosen, IKE_TRANSFORM_DH));
	if (!err)
		err = ike_dh_shared(&handshake->dh, ke, &gir, fault);
	if (!err)
		err = ike_keymat_init(&sa->keys, &sa->suite, &gir, nonces,
				      sa->spi_i, sa->spi_r);
	if (!err)
		err = ike_sa_keys_ready(sa);
	ike_secret_clear(&gir);
	if (err)
		ike_keys_clear(&sa->keys);
	else
		sa->chosen = *chosen;
	return err;
}

/*
 * Initiator
 */

static int init_ask(struct ike_sa *sa)
{
	struct ike_handshake *handshake = sa->handshake;
	struct ike_message msg = { 0 };
	struct nat_hashes nat;
	int err = 0;

	/* 2.6: the same message again, with the cookie before all. */
	if (handshake->cookie_len)
		err = ike_message_add_notify(
			&msg, IKE_NOTIFY_COOKIE,
			(struct ike_bytes){ handshake->cookie,
					    handshake->cookie_len });
	if (!err)
		err = ike_part_offer(&msg, &sa->peer->conf->proposals);
	if (!err)
		err = ike_part_ke(&msg, &handshake->dh);
	if (!err)
		err = ike_part_nonce(&msg, &handshake->ni);
	if (!err)
		err = add_notifies(sa, &msg, &nat);
	/* 2.2: each of these requests has Message ID 0. */
	ike_window_clear(&sa->window);
	if (!err)
		err = ike_sa_ask(sa, IKE_EXCHANGE_IKE_SA_INIT, &msg);
	if (!err)
		err = keep_sent(sa, &sa->window.request, false);
	if (!err)
		err = ike_sa_step(sa, IKE_STEP_INIT_ASK);
	ike_message_clear(&msg);
	return err;
}

/* The local address is part of the message (2.23): it has to be known before. */
static int find_local(struct ike_engine *engine,
		      const struct ike_peer_conf *conf,
		      struct ike_address *local)
{
	const struct ike_routes *routes = &engine->routes;

	*local = conf->local;
	if (!conf->remote.len)
		return -ENETUNREACH;
	if (local->len)
		return 0;
	return routes->find ? routes->find(routes->arg, &conf->remote, local) :
			      -ENETUNREACH;
}

static void start_addresses(struct ike_sa *sa, const struct ike_address *local)
{
	sa->local = *local;
	sa->remote = sa->peer->conf->remote;
	if (!sa->local.port)
		sa->local.port = IKE_PORT;
	if (!sa->remote.port)
		sa->remote.port = IKE_PORT;
	sa->natt = sa->local.port == IKE_PORT_NATT;
}

static int start_handshake(struct ike_sa *sa)
{
	const struct ike_proposals *proposals = &sa->peer->conf->proposals;
	int err;

	sa->handshake = calloc(1, sizeof(*sa->handshake));
	if (!sa->handshake)
		return -ENOMEM;
	err = ike_part_draw_nonce(sa->engine, &sa->handshake->ni);
	if (!err)
		err = ike_part_draw_dh(sa->engine, &sa->handshake->dh,
				       ike_proposals_first_group(proposals));
	return err ? err : init_ask(sa);
}

int ike_init_start(struct ike_engine *engine, struct ike_peer *peer,
		   struct ike_sa **result)
{
	struct ike_address local;
	struct ike_sa *sa;

	if (find_local(engine, peer->conf, &local)) {
		ike_tell(engine, NULL, NULL, IKE_STORY_FAILED,
			 IKE_REASON_NO_ROUTE, "%s", peer->conf->name);
		return -ENETUNREACH;
	}
	sa = ike_sa_new(engine, peer, true);
	if (!sa)
		return -ENOMEM;
	start_addresses(sa, &local);
	if (start_handshake(sa)) {
		ike_sa_abandon(sa, IKE_REASON_INTERNAL);
		return -ENOMEM;
	}
	*result = sa;
	return 0;
}

/* An answer nobody proved: another may still come, so nothing ends here. */
static int ignore(struct ike_sa *sa, enum ike_reason reason, uint32_t number)
{
	ike_tell(sa->engine, sa, NULL, IKE_STORY_REFUSED, reason, "%u", number);
	return 0;
}

static int retry(struct ike_sa *sa)
{
	int err = init_ask(sa);

	if (err)
		ike_sa_abandon(sa, IKE_REASON_INTERNAL);
	return err;
}

static int take_cookie(struct ike_sa *sa, struct ike_bytes cookie)
{
	struct ike_handshake *handshake = sa->handshake;

	if (!cookie.len || cookie.len > IKE_COOKIE_MAX)
		return ignore(sa, IKE_REASON_COOKIE_LENGTH, cookie.len);
	if (handshake->cookies++ >= INIT_COOKIES_MAX)
		return ignore(sa, IKE_REASON_COOKIE_ENDLESS,
			      handshake->cookies);
	memcpy(handshake->cookie, cookie.data, cookie.len);
	handshake->cookie_len = cookie.len;
	return retry(sa);
}

/* 1.2: with the group that is asked for, if it is one of ours, and all proposals
 * as before, since nobody proved this.
 */
static int take_group(struct ike_sa *sa, uint16_t group)
{
	struct ike_handshake *handshake = sa->handshake;
	int err;

	if (!ike_proposals_have_group(&sa->peer->conf->proposals, group) ||
	    group == handshake->dh.group->id)
		return ignore(sa, IKE_REASON_KE_UNOFFERED, group);
	if (handshake->groups++ >= INIT_GROUPS_MAX)
		return ignore(sa, IKE_REASON_KE_ENDLESS, group);
	err = ike_part_draw_dh(sa->engine, &handshake->dh, group);
	if (err)
		return ignore(sa, IKE_REASON_INTERNAL, group);
	return retry(sa);
}

static bool reflected(const struct ike_handshake *handshake,
		      const struct ike_payload_ke *ke, struct ike_bytes nonce)
{
	struct ike_bytes public = { handshake->dh.public,
				    handshake->dh.group->public_len };

	return ike_bytes_equal(nonce, ike_secret_bytes(&handshake->ni)) ||
	       ike_bytes_equal(ke->data, public);
}

/* The keys, with all that the responder chose. */
static int take_answer(struct ike_sa *sa, struct ike_input *in)
{
	static const struct ike_negotiation negotiation = {
		.protocol = IKE_PROTOCOL_IKE,
	};
	const struct ike_payload *answer, *ke, *nonce;
	struct ike_handshake *handshake = sa->handshake;
	struct ike_difference difference = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_chosen chosen = { 0 };

	answer = ike_message_find(&in->msg, IKE_PAYLOAD_SA);
	ke = ike_message_find(&in->msg, IKE_PAYLOAD_KE);
	nonce = ike_message_find(&in->msg, IKE_PAYLOAD_NONCE);
	if (!in->msg.header.spi_r)
		return ignore(sa, IKE_REASON_SPI_WRONG, 0);
	if (ike_proposals_verify(&answer->sa, &sa->peer->conf->proposals,
				 &negotiation, &chosen, &difference)) {
		ike_part_tell_difference(sa, NULL, IKE_REASON_ANSWER_UNOFFERED,
					 &difference);
		return -EPROTO;
	}
	if (ke->ke.group != handshake->dh.group->id ||
	    ke->ke.group != ike_chosen_id(&chosen, IKE_TRANSFORM_DH)) {
		ignore(sa, IKE_REASON_KE_GROUP, ke->ke.group);
		return -EPROTO;
	}
	if (reflected(handshake, &ke->ke, nonce->data)) {
		ignore(sa, IKE_REASON_REFLECTED, 0);
		return -EPROTO;
	}
	ike_secret_clear(&handshake->nr);
	if (ike_secret_set(&handshake->nr, nonce->data.data, nonce->data.len))
		return -ENOMEM;
	sa->spi_r = in->msg.header.spi_r;
	if (make_keys(sa, &chosen, ke->ke.data, &fault)) {
		sa->spi_r = 0;
		ignore(sa, fault.reason ? fault.reason : IKE_REASON_INTERNAL,
		       fault.number);
		return -EPROTO;
	}
	ike_part_tell_chosen(sa, NULL, &chosen);
	return 0;
}

/* 2.23: with a translator in between, all goes over port 4500 from now on. */
static void float_ports(struct ike_sa *sa)
{
	if (sa->natt || !(sa->nat_here || sa->nat_there))
		return;
	sa->natt = true;
	sa->local.port = IKE_PORT_NATT;
	sa->remote.port = IKE_PORT_NATT;
}

int ike_init_response(struct ike_sa *sa, struct ike_input *in)
{
	const struct ike_payload_notify *notify;
	int err;

	notify = ike_message_notify(&in->msg, IKE_NOTIFY_COOKIE);
	if (notify)
		return take_cookie(sa, notify->data);
	notify = ike_message_error(&in->msg);
	if (notify && notify->type == IKE_NOTIFY_INVALID_KE_PAYLOAD)
		return take_group(sa, ike_part_wanted_group(&in->msg));
	if (notify) {
		ike_part_tell_error(sa, NULL, notify);
		return 0;
	}
	err = take_answer(sa, in);
	if (err || !sa->keys.d.len)
		return err;
	err = take_notifies(sa, in);
	if (!err)
		err = keep_message(sa->handshake, true, in->datagram);
	ike_sa_answered(sa);
	float_ports(sa);
	if (!err)
		err = ike_auth_ask(sa);
	if (err)
		ike_sa_abandon(sa, IKE_REASON_INTERNAL);
	return err;
}

/*
 * Responder
 */

/* The same initiator, or its request again. */
static struct ike_sa *find_same(struct ike_engine *engine,
				const struct ike_header *header,
				const struct ike_address *remote)
{
	struct ike_sa *sa;

	for (sa = engine->sas; sa; sa = sa->next)
		if (!sa->initiator && sa->spi_i == header->spi_i && !sa->old &&
		    ike_address_same_ip(&sa->remote, remote))
			return sa;
	return NULL;
}

static void refuse_stranger(struct ike_input *in, uint16_t notify,
			    enum ike_reason reason, struct ike_bytes data)
{
	struct ike_line line;

	ike_address_print(&in->event->datagram.remote, ike_line(&line));
	ike_tell(in->engine, NULL, NULL, IKE_STORY_REFUSED, reason,
		 "IKE_SA_INIT of %s: %s", line.text, ike_notify_name(notify));
	ike_answer_stranger(in->engine, in->event, &in->msg.header, notify,
			    data);
}

/* How many half open ones came from that address. */
static size_t half_open_of(const struct ike_engine *engine,
			   const struct ike_address *remote)
{
	size_t left = engine->half_open, n = 0;
	const struct ike_sa *sa;

	for (sa = engine->sas; sa && left; sa = sa->next) {
		if (!sa->half_open)
			continue;
		left--;
		n += ike_address_same_ip(&sa->remote, remote);
	}
	return n;
}

/* 2.6: beyond some half open ones, only whoever can be reached at its address
 * makes us keep anything.
 */
static bool wants_cookie(const struct ike_engine *engine, size_t of_source)
{
	uint32_t threshold = engine->policy.conf->cookie_threshold;

	if (!threshold)
		threshold = HALF_OPEN_COOKIES;
	return engine->half_open >= threshold ||
	       of_source >= HALF_OPEN_SOURCE_COOKIES;
}

static void drop_request(struct ike_input *in, const struct ike_fault *fault)
{
	ike_tell(in->engine, NULL, NULL, IKE_STORY_DROPPED, fault->reason,
		 "IKE_SA_INIT request (%u)", fault->number);
}

/* A wrong cookie is none. */
static bool shows_cookie(struct ike_input *in, const struct ike_message *skimmed,
			 struct ike_bytes ni)
{
	struct ike_engine *engine = in->engine;
	const struct ike_payload_notify *notify;
	uint8_t cookie[COOKIE_LEN];
	struct ike_cookie_claim claim = {
		.address = ike_address_bytes(&in->event->datagram.remote),
		.spi_i = in->msg.header.spi_i,
		.ni = ni,
	};

	notify = ike_message_notify(skimmed, IKE_NOTIFY_COOKIE);
	if (notify && ike_cookie_good(&engine->cookies, &engine->random,
				      engine->now, &claim, notify->data))
		return true;
	if (!ike_cookie_make(&engine->cookies, &engine->random, engine->now,
			     &claim, cookie))
		refuse_stranger(in, IKE_NOTIFY_COOKIE, IKE_REASON_COOKIE_ASKED,
				(struct ike_bytes){ cookie, sizeof(cookie) });
	return false;
}

/* Before anything is read that takes long. */
static bool cookie_satisfied(struct ike_input *in)
{
	struct ike_fault fault = { .reason = IKE_REASON_PAYLOAD_MISSING };
	struct ike_message skimmed = { 0 };
	const struct ike_payload *nonce = NULL;
	bool satisfied = false;

	if (!ike_message_skim(&skimmed, in->datagram, &fault))
		nonce = ike_message_find(&skimmed, IKE_PAYLOAD_NONCE);
	if (nonce)
		satisfied = shows_cookie(in, &skimmed, nonce->data);
	else
		drop_request(in, &fault);
	ike_message_clear(&skimmed);
	return satisfied;
}

/* The answer to what was chosen and derived. */
static int init_answer(struct ike_sa *sa, struct ike_input *in)
{
	struct ike_handshake *handshake = sa->handshake;
	struct ike_message reply = { 0 };
	struct nat_hashes nat;
	int err;

	err = ike_part_chosen(&reply, &sa->chosen, 0);
	if (!err)
		err = ike_part_ke(&reply, &handshake->dh);
	if (!err)
		err = ike_part_nonce(&reply, &handshake->nr);
	if (!err)
		err = add_notifies(sa, &reply, &nat);
	if (!err)
		err = ike_message_add_notify(
			&reply, IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED,
			(struct ike_bytes){ 0 });
	ike_window_accept(&sa->window, in->datagram);
	if (!err)
		err = ike_sa_reply(sa, in, &reply);
	if (!err)
		err = keep_sent(sa, &sa->window.response, true);
	ike_message_clear(&reply);
	return err;
}

static int init_respond(struct ike_sa *sa, struct ike_input *in,
			const struct ike_chosen *chosen,
			struct ike_fault *fault)
{
	const struct ike_payload *ke, *nonce;
	struct ike_handshake *handshake;
	int err;

	ke = ike_message_find(&in->msg, IKE_PAYLOAD_KE);
	nonce = ike_message_find(&in->msg, IKE_PAYLOAD_NONCE);
	handshake = calloc(1, sizeof(*handshake));
	if (!handshake)
		return -ENOMEM;
	sa->handshake = handshake;
	sa->spi_i = in->msg.header.spi_i;
	sa->local = in->event->datagram.local;
	sa->remote = in->event->datagram.remote;
	sa->natt = in->event->datagram.natt;
	err = ike_secret_set(&handshake->ni, nonce->data.data,
			     nonce->data.len);
	if (!err)
		err = ike_part_draw_nonce(in->engine, &handshake->nr);
	if (!err)
		err = ike_part_draw_dh(in->engine, &handshake->dh,
				       ke->ke.group);
	if (!err)
		err = make_keys(sa, chosen, ke->ke.data, fault);
	if (!err)
		err = take_notifies(sa, in);
	if (!err)
		err = keep_message(handshake, false, in->datagram);
	if (!err)
		err = init_answer(sa, in);
	return err;
}

static void accept_init(struct ike_input *in, struct ike_peer *peer,
			const struct ike_chosen *chosen)
{
	struct ike_fault fault = { 0 };
	struct ike_sa *sa = ike_sa_new(in->engine, peer, false);
	int err;

	if (!sa)
		return;
	sa->stranger = true;
	ike_tell(in->engine, sa, NULL, IKE_STORY_RECEIVED, IKE_REASON_NONE,
		 "IKE_SA_INIT request, %zu octets", in->datagram.len);
	ike_count(in->engine, sa, IKE_COUNT_INIT_IN_REQ);
	ike_part_tell_chosen(sa, NULL, chosen);
	err = init_respond(sa, in, chosen, &fault);
	if (!err)
		ike_sa_step(sa, IKE_STEP_INIT_ANSWER);
	else
		ike_sa_abandon(sa, fault.reason ? fault.reason :
						  IKE_REASON_INTERNAL);
}

static void negotiate(struct ike_input *in)
{
	const struct ike_payload *offer, *ke;
	struct ike_difference difference = { 0 };
	struct ike_chosen chosen = { 0 };
	struct ike_peer *peer;
	struct ike_line line;
	uint16_t group;
	uint8_t data[2];
	int err;

	offer = ike_message_find(&in->msg, IKE_PAYLOAD_SA);
	ke = ike_message_find(&in->msg, IKE_PAYLOAD_KE);
	err = ike_peers_choose(in->engine, in->event, &offer->sa, &peer,
			       &chosen, &difference);
	if (!peer) {
		refuse_stranger(in, IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
				IKE_REASON_PEER_UNKNOWN, (struct ike_bytes){ 0 });
		return;
	}
	if (err) {
		ike_difference_print(&difference, ike_line(&line));
		ike_tell(in->engine, NULL, NULL, IKE_STORY_PROPOSAL_DIFFERS,
			 IKE_REASON_NO_PROPOSAL, "%s: %s", peer->conf->name,
			 line.text);
		refuse_stranger(in, IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
				IKE_REASON_NO_PROPOSAL, (struct ike_bytes){ 0 });
		return;
	}
	group = ike_chosen_id(&chosen, IKE_TRANSFORM_DH);
	if (ke->ke.group != group) {
		data[0] = group >> 8;
		data[1] = group & 0xff;
		refuse_stranger(in, IKE_NOTIFY_INVALID_KE_PAYLOAD,
				IKE_REASON_KE_GROUP,
				(struct ike_bytes){ data, sizeof(data) });
		return;
	}
	accept_init(in, peer, &chosen);
}

static void read_request(struct ike_input *in)
{
	struct ike_fault fault = { 0 };
	int err;

	err = ike_message_parse(&in->msg, in->datagram, &fault);
	if (err == -EOPNOTSUPP) {
		refuse_stranger(in, IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
				fault.reason,
				(struct ike_bytes){ &in->msg.unsupported, 1 });
		return;
	}
	if (!err)
		err = ike_message_check(&in->msg, &fault);
	if (err)
		drop_request(in, &fault);
	else
		negotiate(in);
}

static void init_message(struct ike_input *in)
{
	struct ike_fault fault = { .reason = IKE_REASON_SPI_WRONG };
	size_t of_source;

	if (in->msg.header.spi_r || in->msg.header.id) {
		drop_request(in, &fault);
		return;
	}
	of_source = half_open_of(in->engine, &in->event->datagram.remote);
	if (wants_cookie(in->engine, of_source) && !cookie_satisfied(in))
		return;
	if (in->engine->half_open >= HALF_OPEN_MAX ||
	    of_source >= HALF_OPEN_SOURCE_MAX) {
		ike_tell(in->engine, NULL, NULL, IKE_STORY_DROPPED,
			 IKE_REASON_HALF_OPEN_FULL, "%zu, %zu of this address",
			 in->engine->half_open, of_source);
		return;
	}
	read_request(in);
}

void ike_init_request(struct ike_engine *engine, const struct ike_event *event,
		      struct ike_bytes datagram)
{
	struct ike_input in = {
		.engine = engine,
		.event = event,
		.datagram = datagram,
	};
	struct ike_fault fault = { 0 };
	struct ike_sa *sa;

	if (ike_header_parse(&in.msg.header, datagram, &fault))
		return;
	sa = find_same(engine, &in.msg.header, &event->datagram.remote);
	if (!sa)
		init_message(&in);
	else if (sa->state == IKE_SA_INIT_ANSWERED &&
		 ike_window_request(&sa->window, 0, datagram) ==
			 IKE_WINDOW_REPEAT)
		ike_sa_repeat(sa, event);
	else
		ike_tell(engine, sa, NULL, IKE_STORY_DROPPED,
			 IKE_REASON_REQUEST_DIFFERS, "IKE_SA_INIT request");
	ike_message_clear(&in.msg);
}
