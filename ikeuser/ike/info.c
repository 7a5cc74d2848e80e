// SPDX-License-Identifier: GPL-2.0-only
/* INFORMATIONAL (RFC 7296 1.4): Deletes in all forms, signs of life, and
 * notifications. What is closed while the other end closes it too follows 1.4.1
 * and 2.25.
 *
 *	HDR, SK {[N,] [D,] ...}  -->
 *	                         <--  HDR, SK {[N,] [D,] ...}
 */
#include <errno.h>
#include <stdio.h>

#include "sa.h"

/*
 * Asking
 */

static int add_delete(struct ike_message *msg, uint8_t protocol,
		      const struct ike_writer *spis)
{
	struct ike_payload *payload = ike_message_add(msg, IKE_PAYLOAD_D);

	if (!payload || (spis && spis->error))
		return -ENOMEM;
	payload->delete.protocol = protocol;
	if (!spis)
		return 0;
	payload->delete.spis = ike_writer_written(spis);
	payload->delete.n = spis->len / IKE_CHILD_SPI_LEN;
	return 0;
}

int ike_info_ask_delete(struct ike_sa *sa)
{
	struct ike_message msg = { 0 };
	int err = 0;

	/* 2.21.2: an initiator that does not believe who the responder is. */
	if (sa->why == IKE_REASON_AUTH_WRONG ||
	    sa->why == IKE_REASON_IDENTITY_WRONG)
		err = ike_message_add_notify(&msg,
					     IKE_NOTIFY_AUTHENTICATION_FAILED,
					     (struct ike_bytes){ 0 });
	if (!err)
		err = add_delete(&msg, IKE_PROTOCOL_IKE, NULL);
	if (!err)
		err = ike_sa_ask(sa, IKE_EXCHANGE_INFORMATIONAL, &msg);
	ike_message_clear(&msg);
	return err ? err : ike_sa_step(sa, IKE_STEP_DELETE_ASK);
}

static bool to_delete(const struct ike_child *child)
{
	return ike_fsm_child_row(child->state, IKE_CHILD_STEP_DELETE_ASK);
}

int ike_info_ask_delete_children(struct ike_sa *sa)
{
	struct ike_message msg = { 0 };
	struct ike_child *child;
	struct ike_writer spis;
	int err;

	ike_writer_init(&spis, CHILDREN_MAX * IKE_CHILD_SPI_LEN);
	for (child = sa->children; child; child = child->next)
		if (to_delete(child))
			ike_writer_u32(&spis, child->spi_in);
	err = add_delete(&msg, IKE_PROTOCOL_ESP, &spis);
	if (!err)
		err = ike_sa_ask(sa, IKE_EXCHANGE_INFORMATIONAL, &msg);
	ike_message_clear(&msg);
	ike_writer_clear(&spis);
	for (child = sa->children; !err && child; child = child->next)
		if (to_delete(child))
			err = ike_child_step(child, IKE_CHILD_STEP_DELETE_ASK);
	return err;
}

int ike_info_ask_liveness(struct ike_sa *sa)
{
	struct ike_message msg = { 0 };

	return ike_sa_ask(sa, IKE_EXCHANGE_INFORMATIONAL, &msg);
}

/*
 * Answering
 */

/* One SPI of a Delete: the peer's inbound SA, and so our outbound one. The answer
 * names ours, but for what we have deleted ourselves (1.4.1).
 */
static void delete_child(struct ike_sa *sa, uint32_t spi,
			 struct ike_writer *spis)
{
	struct ike_child *child = ike_sa_child_out(sa, spi);
	bool crossing;

	if (!child || child->state == IKE_CHILD_DRAINING) {
		/* It may have overtaken the response that makes the SA. */
		if (!child && sa->create)
			sa->create->deleted = spi;
		ike_tell(sa->engine, sa, NULL, IKE_STORY_STATUS,
			 IKE_REASON_CHILD_UNKNOWN, "Delete of %x", spi);
		return;
	}
	crossing = child->state == IKE_CHILD_DELETING ||
		   child->state == IKE_CHILD_UNUSED_DELETING;
	child->why = IKE_REASON_PEER_DELETED;
	if (!ike_child_step(child, IKE_CHILD_STEP_PEER_DELETE) && !crossing)
		ike_writer_u32(spis, child->spi_in);
}

static void delete_children(struct ike_sa *sa,
			    const struct ike_payload_delete *delete,
			    struct ike_writer *spis)
{
	size_t i;

	for (i = 0; i < delete->n; i++)
		delete_child(sa, ike_payload_delete_spi(delete, i), spis);
}

/* 2.8.2, 2.25.2: the peer's Delete of what we were about to replace, or what it
 * replaced, leaves the Child SAs to its replacement.
 */
static void delete_ike(struct ike_sa *sa)
{
	if (sa->heir)
		ike_sa_inherit(sa->heir, sa);
	sa->why = IKE_REASON_PEER_DELETED;
	ike_sa_step(sa, IKE_STEP_PEER_DELETE);
}

static void tell_notifies(struct ike_sa *sa, const struct ike_message *msg)
{
	size_t i;

	for (i = 0; i < msg->n; i++) {
		const struct ike_payload *payload = &msg->payload[i];
		char number[16];
		const char *name;

		if (payload->type != IKE_PAYLOAD_N)
			continue;
		name = ike_notify_name(payload->notify.type);
		snprintf(number, sizeof(number), "%u", payload->notify.type);
		ike_tell(sa->engine, sa, NULL,
			 ike_payload_notify_is_error(&payload->notify) ?
				 IKE_STORY_NOTIFIED : IKE_STORY_STATUS,
			 IKE_REASON_NONE, "%s", name ? name : number);
	}
}

/* Errors that end an IKE SA: the peer has closed it already. */
static bool is_fatal(const struct ike_message *msg)
{
	return ike_message_notify(msg, IKE_NOTIFY_AUTHENTICATION_FAILED) ||
	       ike_message_notify(msg, IKE_NOTIFY_INVALID_SYNTAX);
}

int ike_info_request(struct ike_sa *sa, struct ike_input *in)
{
	struct ike_message reply = { 0 };
	bool closes = false;
	struct ike_writer spis;
	int err = 0;
	size_t i;

	ike_writer_init(&spis, CHILDREN_MAX * IKE_CHILD_SPI_LEN);
	tell_notifies(sa, &in->msg);
	for (i = 0; i < in->msg.n; i++) {
		const struct ike_payload *payload = &in->msg.payload[i];

		if (payload->type != IKE_PAYLOAD_D)
			continue;
		if (payload->delete.protocol == IKE_PROTOCOL_IKE)
			closes = true;
		else if (payload->delete.protocol == IKE_PROTOCOL_ESP)
			delete_children(sa, &payload->delete, &spis);
	}
	if (spis.len)
		err = add_delete(&reply, IKE_PROTOCOL_ESP, &spis);
	if (!err)
		err = ike_sa_reply(sa, in, &reply);
	ike_message_clear(&reply);
	ike_writer_clear(&spis);
	if (closes)
		delete_ike(sa);
	else if (is_fatal(&in->msg))
		ike_sa_abandon(sa, IKE_REASON_PEER_REFUSED);
	return err;
}

/*
 * What became of our request
 */

int ike_info_response(struct ike_sa *sa, struct ike_input *in)
{
	struct ike_child *child;

	tell_notifies(sa, &in->msg);
	if (sa->state == IKE_SA_DELETING)
		return ike_sa_step(sa, IKE_STEP_DELETED);
	for (child = sa->children; child; child = child->next)
		if (ike_fsm_child_row(child->state, IKE_CHILD_STEP_DELETED))
			ike_child_step(child, IKE_CHILD_STEP_DELETED);
	if (is_fatal(&in->msg))
		ike_sa_abandon(sa, IKE_REASON_PEER_REFUSED);
	return 0;
}
