// SPDX-License-Identifier: GPL-2.0-only
/* From a datagram to the handler of its message: the header, the IKE SA, the
 * window, the seal, the grammar, the row of fsm.c, in this order. Until the seal
 * is open nothing is believed, nothing changes and nobody is answered, but that
 * strangers are told so at a low rate.
 *
 *	datagram -> header -> IKE SA by SPI -> window (new | repeat | stale)
 *	         -> ICV -> payloads -> rules of the exchange -> handler -> reply
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

static void drop(struct ike_engine *engine, const struct ike_sa *sa,
		 const struct ike_event *event, enum ike_reason reason,
		 uint32_t number)
{
	struct ike_line line;
	struct ike_text *t = ike_line(&line);

	ike_text_add(t, "%zu octets from ", event->datagram.data.len);
	ike_address_print(&event->datagram.remote, t);
	ike_tell(engine, sa, NULL, IKE_STORY_DROPPED, reason, "%s (%u)",
		 line.text, number);
	ike_count(engine, sa, reason == IKE_REASON_SPI_UNKNOWN ?
		  IKE_COUNT_INVALID_SPI : IKE_COUNT_INVALID);
}

void ike_answer_stranger(struct ike_engine *engine,
			 const struct ike_event *event,
			 const struct ike_header *header, uint16_t notify,
			 struct ike_bytes data)
{
	struct ike_message msg = { .header = *header };
	struct ike_writer w;

	msg.header.flags = IKE_FLAG_RESPONSE;
	if (!ike_header_from_initiator(header))
		msg.header.flags |= IKE_FLAG_INITIATOR;
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	if (!ike_message_add_notify(&msg, notify, data))
		ike_message_emit(&msg, &w);
	if (!w.error && w.len)
		ike_act_send(engine, &event->datagram.local,
			     &event->datagram.remote, event->datagram.natt,
			     ike_writer_written(&w));
	ike_writer_clear(&w);
	ike_message_clear(&msg);
}

static void stranger(struct ike_engine *engine, const struct ike_event *event,
		     const struct ike_header *header, enum ike_reason reason,
		     uint16_t notify, struct ike_bytes data)
{
	drop(engine, NULL, event, reason, header->exchange);
	/* RFC 7296 2.21.4, 1.5: whoever asks. */
	if (!ike_header_is_response(header) &&
	    ike_second_allows(&engine->strangers, engine->now,
			      STRANGERS_PER_SECOND))
		ike_answer_stranger(engine, event, header, notify, data);
}

void ike_sa_move(struct ike_sa *sa, const struct ike_address *local,
		 const struct ike_address *remote)
{
	struct ike_address was = sa->remote;
	struct ike_child *child;
	struct ike_line line;

	if (ike_address_equal(&sa->remote, remote) &&
	    ike_address_equal(&sa->local, local))
		return;
	sa->local = *local;
	sa->remote = *remote;
	ike_sa_dirty(sa);
	ike_address_print(remote, ike_line(&line));
	ike_tell(sa->engine, sa, NULL, IKE_STORY_ADDRESS, IKE_REASON_NONE,
		 "now at %s", line.text);
	for (child = sa->children; child; child = child->next)
		ike_kernel_move(child, &was);
}

/* Something new and authentic came. IKE_AUTH is where the ends float to port 4500;
 * later on only a peer behind a NAT can move (2.23).
 */
static void heard(struct ike_sa *sa, const struct ike_event *event)
{
	sa->heard_at = sa->engine->now;
	sa->want_liveness = false;
	if (sa->state != IKE_SA_INIT_ANSWERED && !sa->nat_there)
		return;
	sa->natt = event->datagram.natt;
	ike_sa_move(sa, &event->datagram.local, &event->datagram.remote);
}

/* The whole body of the Encrypted payload. -EAGAIN: other fragments are missing. */
static int open_body(struct ike_sa *sa, struct ike_input *in,
		     struct ike_body *body)
{
	struct ike_fault fault = { 0 };
	bool response = ike_header_is_response(&in->msg.header);
	int err;

	if (in->msg.encrypted_type == IKE_PAYLOAD_SKF) {
		if (!sa->fragments) {
			drop(sa->engine, sa, in->event,
			     IKE_REASON_PAYLOAD_UNEXPECTED, IKE_PAYLOAD_SKF);
			return -EBADMSG;
		}
		err = ike_frag_add(&sa->frag[response], &sa->sk_in,
				   in->datagram, &in->msg, sa->engine->now,
				   body, &fault);
	} else {
		err = ike_sk_open(&sa->sk_in, in->datagram, in->msg.encrypted,
				  body, &fault);
	}
	if (err == -EAGAIN && !sa->timer[IKE_TIMER_FRAGMENTS].armed)
		ike_sa_arm(sa, IKE_TIMER_FRAGMENTS, FRAG_TIMEOUT_MS);
	/* The message is there, whole: parts of it are of no use. */
	if (!err || err == -EPROTO)
		ike_frag_clear(&sa->frag[response]);
	if (err && err != -EAGAIN && err != -EPROTO)
		drop(sa->engine, sa, in->event, fault.reason, fault.number);
	return err;
}

/* One of the errors that stand for a whole message (RFC 7296 2.21.3), or nothing:
 * a request that asks for nothing is answered so.
 */
static int reply_notify(struct ike_sa *sa, struct ike_input *in)
{
	struct ike_message reply = { 0 };
	struct ike_writer spi;
	struct ike_payload *payload = NULL;
	int err = 0;

	ike_writer_init(&spi, IKE_CHILD_SPI_LEN);
	ike_writer_u32(&spi, in->notify_spi);
	if (in->notify)
		payload = ike_message_add(&reply, IKE_PAYLOAD_N);
	if (in->notify && !payload)
		err = -ENOMEM;
	if (payload) {
		payload->notify.type = in->notify;
		payload->notify.data.data = in->data;
		payload->notify.data.len = in->data_len;
	}
	if (payload && in->notify_spi) {
		payload->notify.protocol = IKE_PROTOCOL_ESP;
		payload->notify.spi = ike_writer_written(&spi);
	}
	if (!err)
		err = ike_sa_reply(sa, in, &reply);
	ike_message_clear(&reply);
	ike_writer_clear(&spi);
	return err;
}

static void tell_received(struct ike_sa *sa, const struct ike_input *in)
{
	struct ike_line line;
	struct ike_text *t = ike_line(&line);

	ike_message_print(&in->msg, t);
	ike_text_add(t, " from ");
	ike_address_print(&in->event->datagram.remote, t);
	ike_text_add(t, ", %zu octets", in->datagram.len);
	if (ike_header_is_response(&in->msg.header))
		ike_text_add(t, ", after %llu ms",
			     (unsigned long long)(sa->engine->now -
						  sa->window.asked_at));
	ike_tell(sa->engine, sa, NULL, IKE_STORY_RECEIVED, IKE_REASON_NONE,
		 "%s", line.text);
	ike_count(sa->engine, sa,
		  ike_count_of(in->msg.header.exchange, false,
			       ike_header_is_response(&in->msg.header)));
}

/* What is sealed by the peer and still is no good message: INVALID_SYNTAX, or the
 * type of the payload that it says we must know.
 */
static int refuse_message(struct ike_sa *sa, struct ike_input *in, int err,
			  const struct ike_fault *fault)
{
	struct ike_line line;
	uint16_t notify = IKE_NOTIFY_INVALID_SYNTAX;

	ike_fault_print(fault, ike_line(&line));
	if (err == -EOPNOTSUPP) {
		notify = IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
		in->data[0] = in->msg.unsupported;
		in->data_len = 1;
	}
	return ike_refuse(sa, in, notify, fault->reason, "%s", line.text);
}

static int read_payloads(struct ike_sa *sa, struct ike_input *in,
			 const struct ike_body *body)
{
	struct ike_fault fault = { 0 };
	int err;

	err = ike_message_parse_body(&in->msg, body->first,
				     (struct ike_bytes){ body->data,
							 body->len }, &fault);
	tell_received(sa, in);
	if (!err)
		err = ike_message_check(&in->msg, &fault);
	return err ? refuse_message(sa, in, err, &fault) : 0;
}

static int handle(struct ike_sa *sa, struct ike_input *in)
{
	const struct ike_message_row *row;

	row = ike_fsm_message_row(sa->state, in->msg.header.exchange,
				  ike_header_is_response(&in->msg.header));
	if (!row)
		return ike_refuse(sa, in, IKE_NOTIFY_INVALID_SYNTAX,
				  IKE_REASON_EXCHANGE_UNEXPECTED, "in %s",
				  ike_sa_state_name(sa->state));
	return row->handle(sa, in);
}

static void take_request(struct ike_sa *sa, struct ike_input *in,
			 const struct ike_body *body, int err)
{
	bool half_open = sa->state == IKE_SA_INIT_ANSWERED;

	ike_window_accept(&sa->window, in->datagram);
	ike_sa_dirty(sa);
	if (err == -EPROTO)
		ike_refuse(sa, in, IKE_NOTIFY_INVALID_SYNTAX,
			   IKE_REASON_SK_PADDING, "%s", "");
	else
		err = read_payloads(sa, in, body);
	if (!err)
		err = handle(sa, in);
	if (!in->replied)
		reply_notify(sa, in);
	if (in->fatal)
		ike_sa_abandon(sa, IKE_REASON_PEER_REFUSED);
	/* Whoever was refused before it was authenticated starts again. */
	if (err && half_open && sa->state == IKE_SA_INIT_ANSWERED)
		ike_sa_abandon(sa, IKE_REASON_PEER_REFUSED);
}

/* A response that is malformed says nothing about what the peer did: the request
 * has failed, and nothing but a new IKE SA is certain (2.21.3).
 */
static void take_response(struct ike_sa *sa, struct ike_input *in,
			  const struct ike_body *body, int err)
{
	if (!err)
		err = read_payloads(sa, in, body);
	ike_sa_answered(sa);
	if (err) {
		ike_sa_abandon(sa, IKE_REASON_PEER_REFUSED);
		return;
	}
	handle(sa, in);
}

/* Of a repeat that was split anew, each copy of the first fragment is one (RFC
 * 7383 2.6.1). Whoever has to send smaller ones than we did needs smaller ones
 * of us too.
 */
static void repeat_fragments(struct ike_sa *sa, struct ike_input *in)
{
	struct ike_fault fault = { 0 };
	struct ike_body part = { 0 };

	if (sa->fragments && in->msg.encrypted_type == IKE_PAYLOAD_SKF &&
	    in->msg.fragment.number == 1 &&
	    !ike_sk_open_fragment(&sa->sk_in, in->datagram, in->msg.encrypted,
				  &part, &fault)) {
		if (in->msg.fragment.total > 1)
			ike_frag_recut(&sa->sk_out, &sa->engine->random,
				       in->datagram.len, &sa->window.response);
		ike_sa_repeat(sa, in->event);
	} else {
		drop(sa->engine, sa, in->event, IKE_REASON_REQUEST_DIFFERS,
		     in->msg.header.id);
	}
	ike_body_clear(&part);
}

/* True: go on, it is new. */
static bool in_window(struct ike_sa *sa, struct ike_input *in)
{
	uint32_t id = in->msg.header.id;

	if (ike_header_is_response(&in->msg.header)) {
		if (ike_window_response(&sa->window, id))
			return true;
		drop(sa->engine, sa, in->event, IKE_REASON_RESPONSE_UNASKED,
		     id);
		return false;
	}
	switch (ike_window_request(&sa->window, id, in->datagram)) {
	case IKE_WINDOW_NEW:
		return true;
	case IKE_WINDOW_REPEAT:
		/* RFC 7383 2.6.1: the others of a repeat say the same. */
		if (in->msg.encrypted_type != IKE_PAYLOAD_SKF ||
		    in->msg.fragment.number == 1)
			ike_sa_repeat(sa, in->event);
		return false;
	case IKE_WINDOW_SAME_ID:
		repeat_fragments(sa, in);
		return false;
	case IKE_WINDOW_STALE:
		break;
	}
	drop(sa->engine, sa, in->event, IKE_REASON_ID_STALE, id);
	return false;
}

/* A message of an IKE SA that has keys. */
static void take_sealed(struct ike_sa *sa, struct ike_input *in)
{
	struct ike_body body = { 0 };
	bool response = ike_header_is_response(&in->msg.header);
	int err;

	if (!in->msg.encrypted) {
		drop(sa->engine, sa, in->event, IKE_REASON_NOT_ENCRYPTED,
		     in->msg.header.exchange);
		return;
	}
	if (!in_window(sa, in))
		return;
	if (sa->state == IKE_SA_INIT_ANSWERED &&
	    !ike_fsm_message_row(sa->state, in->msg.header.exchange,
				 response)) {
		drop(sa->engine, sa, in->event, IKE_REASON_EXCHANGE_UNEXPECTED,
		     in->msg.header.exchange);
		return;
	}
	err = open_body(sa, in, &body);
	if (!err || err == -EPROTO) {
		in->fragment = body.fragment;
		heard(sa, in->event);
		if (response)
			take_response(sa, in, &body, err);
		else
			take_request(sa, in, &body, err);
	}
	ike_body_clear(&body);
}

/* IKE_SA_INIT, in clear: anybody can have sent it. */
static void take_init(struct ike_sa *sa, struct ike_input *in)
{
	struct ike_fault fault = { 0 };
	uint32_t id = in->msg.header.id;

	if (sa->state != IKE_SA_INIT_SENT ||
	    !ike_header_is_response(&in->msg.header) ||
	    !ike_window_response(&sa->window, id)) {
		drop(sa->engine, sa, in->event, IKE_REASON_RESPONSE_UNASKED,
		     id);
		return;
	}
	if (ike_message_check(&in->msg, &fault)) {
		drop(sa->engine, sa, in->event, fault.reason, fault.number);
		return;
	}
	tell_received(sa, in);
	handle(sa, in);
}

/* The other end's SPI is that of the IKE SA, and so is its role. */
static enum ike_reason check_header(const struct ike_sa *sa,
				    const struct ike_header *header)
{
	uint64_t theirs = sa->initiator ? header->spi_r : header->spi_i;
	uint64_t known = sa->initiator ? sa->spi_r : sa->spi_i;

	if (ike_header_from_initiator(header) == sa->initiator)
		return IKE_REASON_ROLE_WRONG;
	if (sa->state != IKE_SA_INIT_SENT && theirs != known)
		return IKE_REASON_SPI_WRONG;
	return IKE_REASON_NONE;
}

static void take_message(struct ike_engine *engine,
			 const struct ike_event *event, struct ike_sa *sa,
			 struct ike_bytes datagram,
			 const struct ike_header *header)
{
	struct ike_input in = {
		.engine = engine,
		.event = event,
		.datagram = datagram,
	};
	struct ike_fault fault = { 0 };
	int err;

	fault.reason = check_header(sa, header);
	err = fault.reason ? -EINVAL :
			     ike_message_parse(&in.msg, datagram, &fault);
	if (err)
		drop(engine, sa, event, fault.reason, fault.number);
	else if (header->exchange == IKE_EXCHANGE_IKE_SA_INIT)
		take_init(sa, &in);
	else if (sa->keys.d.len)
		take_sealed(sa, &in);
	else
		drop(engine, sa, event, IKE_REASON_EXCHANGE_UNEXPECTED,
		     header->exchange);
	ike_message_clear(&in.msg);
	ike_sa_touch(sa);
}

/* Takes the marker off (RFC 3948 2.2). False: it is no IKE message. */
static bool unwrap(struct ike_engine *engine, const struct ike_event *event,
		   struct ike_bytes *datagram)
{
	struct ike_reader r;

	*datagram = event->datagram.data;
	if (!event->datagram.natt)
		return true;
	ike_reader_init(&r, datagram->data, datagram->len);
	if (datagram->len == 1 && datagram->data[0] == 0xff)
		return false;
	if (ike_reader_u32(&r) || r.bad) {
		drop(engine, NULL, event, IKE_REASON_MARKER_MISSING, 0);
		return false;
	}
	*datagram = ike_reader_rest(&r);
	return true;
}

static void take_header(struct ike_engine *engine,
			const struct ike_event *event,
			struct ike_bytes datagram,
			const struct ike_header *header)
{
	bool from_initiator = ike_header_from_initiator(header);
	struct ike_sa *sa;

	if (header->exchange == IKE_EXCHANGE_IKE_SA_INIT && from_initiator &&
	    !ike_header_is_response(header)) {
		ike_init_request(engine, event, datagram);
		return;
	}
	sa = ike_map_find(&engine->sa_by_spi,
			  from_initiator ? header->spi_r : header->spi_i);
	if (sa)
		take_message(engine, event, sa, datagram, header);
	else
		stranger(engine, event, header, IKE_REASON_SPI_UNKNOWN,
			 IKE_NOTIFY_INVALID_IKE_SPI, (struct ike_bytes){ 0 });
}

int ike_receive(struct ike_engine *engine, const struct ike_event *event)
{
	static const uint8_t version = IKE_VERSION_MAJOR << 4;
	struct ike_header header = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_bytes datagram;
	int err;

	if (!unwrap(engine, event, &datagram))
		return 0;
	err = ike_header_parse(&header, datagram, &fault);
	if (!err)
		take_header(engine, event, datagram, &header);
	else if (err == -EPROTONOSUPPORT && header.major > IKE_VERSION_MAJOR)
		stranger(engine, event, &header, fault.reason,
			 IKE_NOTIFY_INVALID_MAJOR_VERSION,
			 (struct ike_bytes){ &version, 1 });
	else
		drop(engine, NULL, event, fault.reason, fault.number);
	return 0;
}
