// SPDX-License-Identifier: GPL-2.0-only
/* Messages: the header and the chain of payloads behind it, and the table of
 * which payloads each exchange has. No SA is known here.
 *
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                  IKE SA Initiator's SPI, 8 octets             |
 * |                  IKE SA Responder's SPI, 8 octets             |
 * |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
 * |                          Message ID                           |
 * |                            Length                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static int fault_set(struct ike_fault *fault, enum ike_reason reason,
		     uint8_t payload, size_t offset, uint32_t number)
{
	*fault = (struct ike_fault){
		.reason = reason,
		.payload = payload,
		.offset = offset,
		.number = number,
	};
	return -EINVAL;
}

/* The header. */

int ike_header_parse(struct ike_header *header, struct ike_bytes datagram,
		     struct ike_fault *fault)
{
	struct ike_reader r;
	uint8_t version;

	ike_reader_init(&r, datagram.data, datagram.len);
	header->spi_i = ike_reader_u64(&r);
	header->spi_r = ike_reader_u64(&r);
	header->next = ike_reader_u8(&r);
	version = ike_reader_u8(&r);
	header->major = version >> 4;
	header->minor = version & 0xf;
	header->exchange = ike_reader_u8(&r);
	header->flags = ike_reader_u8(&r);
	header->id = ike_reader_u32(&r);
	header->length = ike_reader_u32(&r);
	if (r.bad)
		return fault_set(fault, IKE_REASON_HEADER_SHORT, 0, 0,
				 datagram.len);
	if (header->major != IKE_VERSION_MAJOR) {
		fault_set(fault, IKE_REASON_HEADER_VERSION, 0, 0,
			  header->major);
		return -EPROTONOSUPPORT;
	}
	if (header->length != datagram.len)
		return fault_set(fault, IKE_REASON_HEADER_LENGTH, 0, 0,
				 header->length);
	if (!header->spi_i)
		return fault_set(fault, IKE_REASON_HEADER_SPI_ZERO, 0, 0, 0);
	return 0;
}

void ike_header_emit(const struct ike_header *header, struct ike_writer *w)
{
	ike_writer_u64(w, header->spi_i);
	ike_writer_u64(w, header->spi_r);
	ike_writer_u8(w, header->next);
	ike_writer_u8(w, IKE_VERSION_MAJOR << 4);
	ike_writer_u8(w, header->exchange);
	ike_writer_u8(w, header->flags);
	ike_writer_u32(w, header->id);
	ike_writer_u32(w, header->length);
}

bool ike_header_is_response(const struct ike_header *header)
{
	return header->flags & IKE_FLAG_RESPONSE;
}

bool ike_header_from_initiator(const struct ike_header *header)
{
	return header->flags & IKE_FLAG_INITIATOR;
}

/* The list of payloads. */

void ike_message_clear(struct ike_message *msg)
{
	for (size_t i = 0; i < msg->n; i++)
		ike_payload_clear(&msg->payload[i]);
	free(msg->payload);
	*msg = (struct ike_message){ 0 };
}

#define PAYLOADS_FIRST 16	/* as many as most messages have */

struct ike_payload *ike_message_add(struct ike_message *msg, uint8_t type)
{
	size_t size = msg->size ? msg->size * 2 : PAYLOADS_FIRST;
	struct ike_payload *payload;

	if (msg->n == msg->size) {
		payload = reallocarray(msg->payload, size, sizeof(*payload));
		if (!payload)
			return NULL;
		msg->payload = payload;
		msg->size = size;
	}
	payload = &msg->payload[msg->n++];
	*payload = (struct ike_payload){ .type = type };
	return payload;
}

int ike_message_add_notify(struct ike_message *msg, uint16_t type,
			   struct ike_bytes data)
{
	struct ike_payload *payload = ike_message_add(msg, IKE_PAYLOAD_N);

	if (!payload)
		return -ENOMEM;
	payload->notify.type = type;
	payload->notify.data = data;
	return 0;
}

const struct ike_payload *ike_message_find(const struct ike_message *msg,
					   uint8_t type)
{
	for (size_t i = 0; i < msg->n; i++) {
		if (msg->payload[i].type == type)
			return &msg->payload[i];
	}
	return NULL;
}

const struct ike_payload_notify *
ike_message_notify(const struct ike_message *msg, uint16_t type)
{
	for (size_t i = 0; i < msg->n; i++) {
		const struct ike_payload *payload = &msg->payload[i];

		if (payload->type == IKE_PAYLOAD_N &&
		    payload->notify.type == type &&
		    ike_payload_notify_is_sound(&payload->notify))
			return &payload->notify;
	}
	return NULL;
}

const struct ike_payload_notify *
ike_message_error(const struct ike_message *msg)
{
	for (size_t i = 0; i < msg->n; i++) {
		const struct ike_payload *payload = &msg->payload[i];

		if (payload->type == IKE_PAYLOAD_N &&
		    ike_payload_notify_is_error(&payload->notify))
			return &payload->notify;
	}
	return NULL;
}

/* From octets. */

/* A payload as it stands in a chain. */
struct link {
	uint8_t type;
	uint8_t next;
	bool critical;
	size_t offset;
	struct ike_bytes body;
};

static int link_read(struct link *link, struct ike_reader *r,
		     struct ike_fault *fault)
{
	uint16_t length;

	link->next = ike_reader_u8(r);
	link->critical = ike_reader_u8(r) & IKE_FLAG_CRITICAL;
	length = ike_reader_u16(r);
	if (r->bad)
		return fault_set(fault, IKE_REASON_PAYLOAD_SHORT, link->type,
				 link->offset, r->left);
	if (length < IKE_PAYLOAD_HEADER_LEN ||
	    length - (size_t)IKE_PAYLOAD_HEADER_LEN > r->left)
		return fault_set(fault, IKE_REASON_PAYLOAD_LENGTH, link->type,
				 link->offset, length);
	link->body = ike_reader_bytes(r, length - IKE_PAYLOAD_HEADER_LEN);
	return 0;
}

/* RFC 7296 2.5: skipped, or it refuses the whole message. */
static int unknown_parse(struct ike_message *msg, const struct link *link,
			 struct ike_fault *fault)
{
	msg->skipped++;
	if (!link->critical)
		return 0;
	msg->unsupported = link->type;
	fault_set(fault, IKE_REASON_PAYLOAD_CRITICAL, link->type, link->offset,
		  link->type);
	return -EOPNOTSUPP;
}

static int known_parse(struct ike_message *msg, const struct link *link,
		       struct ike_fault *fault)
{
	struct ike_payload *payload;
	int err;

	if (msg->n == MESSAGE_PAYLOADS_MAX)
		return fault_set(fault, IKE_REASON_PAYLOADS_MANY, link->type,
				 link->offset, msg->n);
	payload = ike_message_add(msg, link->type);
	if (!payload)
		return -ENOMEM;
	payload->critical = link->critical;
	payload->offset = link->offset;
	payload->body = link->body;
	err = ike_payload_parse(payload, fault);
	if (err)
		msg->n--;
	return err;
}

/* RFC 7296 3.14: the last payload, and never inside another. What stands before
 * it is in clear.
 */
static int encrypted_parse(struct ike_message *msg, const struct link *link,
			   const struct ike_reader *r, struct ike_fault *fault)
{
	struct ike_payload sealed = {
		.type = link->type,
		.offset = link->offset,
		.body = link->body,
	};
	int err;

	if (msg->encrypted)
		return fault_set(fault, IKE_REASON_SK_NESTED, link->type,
				 link->offset, 0);
	if (r->left)
		return fault_set(fault, IKE_REASON_SK_NOT_LAST, link->type,
				 link->offset, r->left);
	err = ike_payload_parse(&sealed, fault);
	if (err)
		return err;
	msg->encrypted = link->offset;
	msg->encrypted_type = link->type;
	if (link->type == IKE_PAYLOAD_SKF)
		msg->fragment = sealed.fragment;
	for (size_t i = 0; i < msg->n; i++)
		msg->payload[i].clear = true;
	return 0;
}

/* What a cookie is about. */
static bool is_skimmed(uint8_t type)
{
	return type == IKE_PAYLOAD_N || type == IKE_PAYLOAD_NONCE;
}

/* Payloads from type on, in what is left of a message of len octets; skim: of most
 * of them no more than their lengths.
 */
static int chain_parse(struct ike_message *msg, uint8_t type,
		       struct ike_reader *r, size_t len, bool skim,
		       struct ike_fault *fault)
{
	struct link link;
	int err = 0;

	for (; type != IKE_PAYLOAD_NONE && !err; type = link.next) {
		link.type = type;
		link.offset = len - r->left;
		err = link_read(&link, r, fault);
		if (err)
			return err;
		if (skim && !is_skimmed(type))
			continue;
		if (type == IKE_PAYLOAD_SK || type == IKE_PAYLOAD_SKF)
			return encrypted_parse(msg, &link, r, fault);
		if (ike_payload_find(type))
			err = known_parse(msg, &link, fault);
		else
			err = unknown_parse(msg, &link, fault);
	}
	if (!err && r->left)
		err = fault_set(fault, IKE_REASON_CHAIN_EARLY, 0,
				len - r->left, r->left);
	return err;
}

static int datagram_parse(struct ike_message *msg, struct ike_bytes datagram,
			  bool skim, struct ike_fault *fault)
{
	struct ike_reader r;
	int err;

	err = ike_header_parse(&msg->header, datagram, fault);
	if (err)
		return err;
	ike_reader_init(&r, datagram.data, datagram.len);
	ike_reader_skip(&r, IKE_HEADER_LEN);
	return chain_parse(msg, msg->header.next, &r, datagram.len, skim,
			   fault);
}

int ike_message_parse(struct ike_message *msg, struct ike_bytes datagram,
		      struct ike_fault *fault)
{
	return datagram_parse(msg, datagram, false, fault);
}

int ike_message_skim(struct ike_message *msg, struct ike_bytes datagram,
		     struct ike_fault *fault)
{
	return datagram_parse(msg, datagram, true, fault);
}

int ike_message_parse_body(struct ike_message *msg, uint8_t first,
			   struct ike_bytes chain, struct ike_fault *fault)
{
	struct ike_reader r;

	ike_reader_init(&r, chain.data, chain.len);
	return chain_parse(msg, first, &r, chain.len, false, fault);
}

/* The rules. */

#define MANY UINT16_MAX

struct rule {
	uint8_t payload;
	uint16_t min;		/* not of a refusal: RFC 7296 1.2, 2.6, 2.21 */
	uint16_t max;
};

#define RULE_ANY_NOTIFY \
	{ IKE_PAYLOAD_N, 0, MANY }, \
	{ IKE_PAYLOAD_V, 0, MANY }

/* The Child SA of a request or response that is about one. */
#define RULE_CHILD \
	{ IKE_PAYLOAD_SA, 1, 1 }, \
	{ IKE_PAYLOAD_TSi, 1, 1 }, \
	{ IKE_PAYLOAD_TSr, 1, 1 }

/* RFC 7296 1.2. */
static const struct rule init_request[] = {
	{ IKE_PAYLOAD_SA, 1, 1 },
	{ IKE_PAYLOAD_KE, 1, 1 },
	{ IKE_PAYLOAD_NONCE, 1, 1 },
	RULE_ANY_NOTIFY,
};

static const struct rule init_response[] = {
	{ IKE_PAYLOAD_SA, 1, 1 },
	{ IKE_PAYLOAD_KE, 1, 1 },
	{ IKE_PAYLOAD_NONCE, 1, 1 },
	{ IKE_PAYLOAD_CERTREQ, 0, MANY },
	RULE_ANY_NOTIFY,
};

/* CP is not answered, which says that we have nothing to give (RFC 7296 4). */
#define RULE_AUTH_REQUEST \
	{ IKE_PAYLOAD_IDi, 1, 1 }, \
	{ IKE_PAYLOAD_CERT, 0, MANY }, \
	{ IKE_PAYLOAD_CERTREQ, 0, MANY }, \
	{ IKE_PAYLOAD_IDr, 0, 1 }, \
	{ IKE_PAYLOAD_AUTH, 1, 1 }, \
	{ IKE_PAYLOAD_CP, 0, 1 }, \
	RULE_ANY_NOTIFY

#define RULE_AUTH_RESPONSE \
	{ IKE_PAYLOAD_IDr, 1, 1 }, \
	{ IKE_PAYLOAD_CERT, 0, MANY }, \
	{ IKE_PAYLOAD_AUTH, 1, 1 }, \
	{ IKE_PAYLOAD_CP, 0, 1 }, \
	RULE_ANY_NOTIFY

static const struct rule auth_request[] = { RULE_AUTH_REQUEST, RULE_CHILD };
static const struct rule auth_response[] = { RULE_AUTH_RESPONSE, RULE_CHILD };
/* RFC 6023: without a Child SA. */
static const struct rule auth_childless_request[] = { RULE_AUTH_REQUEST };
static const struct rule auth_childless_response[] = { RULE_AUTH_RESPONSE };

/* RFC 7296 1.3.1, 1.3.3, C.4: a Child SA, in either direction. */
static const struct rule create_child[] = {
	RULE_CHILD,
	{ IKE_PAYLOAD_NONCE, 1, 1 },
	{ IKE_PAYLOAD_KE, 0, 1 },
	{ IKE_PAYLOAD_CP, 0, 1 },
	RULE_ANY_NOTIFY,
};

/* RFC 7296 1.3.2: a new IKE SA, in either direction. */
static const struct rule create_ike[] = {
	{ IKE_PAYLOAD_SA, 1, 1 },
	{ IKE_PAYLOAD_NONCE, 1, 1 },
	{ IKE_PAYLOAD_KE, 1, 1 },
	RULE_ANY_NOTIFY,
};

/* RFC 7296 1.4, in either direction. */
static const struct rule informational[] = {
	{ IKE_PAYLOAD_D, 0, MANY },
	{ IKE_PAYLOAD_CP, 0, 1 },
	RULE_ANY_NOTIFY,
};

static bool has_child(const struct ike_message *msg)
{
	return ike_message_find(msg, IKE_PAYLOAD_SA) ||
	       ike_message_find(msg, IKE_PAYLOAD_TSi) ||
	       ike_message_find(msg, IKE_PAYLOAD_TSr);
}

bool ike_message_is_about_ike(const struct ike_message *msg)
{
	const struct ike_payload *sa = ike_message_find(msg, IKE_PAYLOAD_SA);

	return sa && sa->sa.proposal[0].protocol == IKE_PROTOCOL_IKE;
}

/* The first row of an exchange that fits has the rules. */
static const struct grammar {
	uint8_t exchange;
	bool response;
	bool sealed;		/* all of it in an Encrypted payload */
	bool (*fits)(const struct ike_message *msg);	/* NULL: always */
	const struct rule *rules;
	size_t n;
} grammars[] = {
#define RULES(rules) rules, sizeof(rules) / sizeof(rules[0])
	{ IKE_EXCHANGE_IKE_SA_INIT, false, false, NULL, RULES(init_request) },
	{ IKE_EXCHANGE_IKE_SA_INIT, true, false, NULL, RULES(init_response) },
	{ IKE_EXCHANGE_IKE_AUTH, false, true, has_child,
	  RULES(auth_request) },
	{ IKE_EXCHANGE_IKE_AUTH, true, true, has_child,
	  RULES(auth_response) },
	{ IKE_EXCHANGE_IKE_AUTH, false, true, NULL,
	  RULES(auth_childless_request) },
	{ IKE_EXCHANGE_IKE_AUTH, true, true, NULL,
	  RULES(auth_childless_response) },
	{ IKE_EXCHANGE_CREATE_CHILD_SA, false, true, ike_message_is_about_ike,
	  RULES(create_ike) },
	{ IKE_EXCHANGE_CREATE_CHILD_SA, true, true, ike_message_is_about_ike,
	  RULES(create_ike) },
	{ IKE_EXCHANGE_CREATE_CHILD_SA, false, true, NULL,
	  RULES(create_child) },
	{ IKE_EXCHANGE_CREATE_CHILD_SA, true, true, NULL,
	  RULES(create_child) },
	{ IKE_EXCHANGE_INFORMATIONAL, false, true, NULL,
	  RULES(informational) },
	{ IKE_EXCHANGE_INFORMATIONAL, true, true, NULL,
	  RULES(informational) },
};

static const struct grammar *grammar_find(const struct ike_message *msg)
{
	bool response = ike_header_is_response(&msg->header);

	for (size_t i = 0; i < sizeof(grammars) / sizeof(grammars[0]); i++) {
		const struct grammar *row = &grammars[i];

		if (row->exchange == msg->header.exchange &&
		    row->response == response &&
		    (!row->fits || row->fits(msg)))
			return row;
	}
	return NULL;
}

/* A response that says no, or not yet: nothing is mandatory in it. */
static bool message_refuses(const struct ike_message *msg)
{
	return ike_header_is_response(&msg->header) &&
	       (ike_message_error(msg) ||
		(msg->header.exchange == IKE_EXCHANGE_IKE_SA_INIT &&
		 ike_message_notify(msg, IKE_NOTIFY_COOKIE)));
}

static int sealed_check(const struct ike_message *msg, bool sealed,
			struct ike_fault *fault)
{
	if (!sealed && msg->encrypted)
		return fault_set(fault, IKE_REASON_PAYLOAD_UNEXPECTED,
				 msg->encrypted_type, msg->encrypted, 0);
	if (sealed && !msg->encrypted)
		return fault_set(fault, IKE_REASON_PAYLOAD_MISSING,
				 IKE_PAYLOAD_SK, 0, 0);
	for (size_t i = 0; i < msg->n; i++) {
		const struct ike_payload *payload = &msg->payload[i];

		if (payload->clear)
			return fault_set(fault, IKE_REASON_PAYLOAD_CLEAR,
					 payload->type, payload->offset, 0);
	}
	return 0;
}

static const struct rule *rule_find(const struct grammar *grammar,
				    uint8_t type)
{
	for (size_t i = 0; i < grammar->n; i++) {
		if (grammar->rules[i].payload == type)
			return &grammar->rules[i];
	}
	return NULL;
}

/* Counts all payloads; each has a place, and is not there too often. */
static int payloads_count(const struct ike_message *msg,
			  const struct grammar *grammar, uint16_t *counts,
			  struct ike_fault *fault)
{
	for (size_t i = 0; i < msg->n; i++) {
		const struct ike_payload *payload = &msg->payload[i];
		const struct rule *rule = rule_find(grammar, payload->type);

		if (!rule)
			return fault_set(fault, IKE_REASON_PAYLOAD_UNEXPECTED,
					 payload->type, payload->offset, 0);
		if (++counts[rule - grammar->rules] > rule->max)
			return fault_set(fault, IKE_REASON_PAYLOAD_REPEATED,
					 payload->type, payload->offset, 0);
	}
	return 0;
}

/* RFC 7296 3.3.1: an offer begins with 1; an answer has the number of what it
 * accepts.
 */
static int offer_check(const struct ike_message *msg, struct ike_fault *fault)
{
	const struct ike_payload *sa = ike_message_find(msg, IKE_PAYLOAD_SA);

	if (!sa || ike_header_is_response(&msg->header) ||
	    sa->sa.proposal[0].number == 1)
		return 0;
	return fault_set(fault, IKE_REASON_PROPOSAL_NUMBER, IKE_PAYLOAD_SA,
			 sa->offset, sa->sa.proposal[0].number);
}

int ike_message_check(const struct ike_message *msg, struct ike_fault *fault)
{
	const struct grammar *grammar = grammar_find(msg);
	uint16_t counts[UINT8_MAX] = { 0 };
	int err;

	if (!grammar) {
		fault_set(fault, IKE_REASON_EXCHANGE_UNKNOWN, 0, 0,
			  msg->header.exchange);
		return -EPROTONOSUPPORT;
	}
	err = sealed_check(msg, grammar->sealed, fault);
	if (!err)
		err = payloads_count(msg, grammar, counts, fault);
	if (!err)
		err = offer_check(msg, fault);
	if (err || message_refuses(msg))
		return err;
	for (size_t i = 0; i < grammar->n; i++) {
		const struct rule *rule = &grammar->rules[i];

		if (counts[i] < rule->min)
			return fault_set(fault, IKE_REASON_PAYLOAD_MISSING,
					 rule->payload, 0, 0);
	}
	return 0;
}

/* To octets. */

uint8_t ike_message_first(const struct ike_message *msg)
{
	return msg->n ? msg->payload[0].type : IKE_PAYLOAD_NONE;
}

void ike_message_emit_chain(const struct ike_message *msg,
			    struct ike_writer *w)
{
	for (size_t i = 0; i < msg->n; i++) {
		bool last = i + 1 == msg->n;
		uint8_t next = last ? IKE_PAYLOAD_NONE :
				      msg->payload[i + 1].type;

		ike_payload_emit(&msg->payload[i], next, w);
	}
}

#define LENGTH_OFFSET 24	/* in the header */

void ike_message_emit(const struct ike_message *msg, struct ike_writer *w)
{
	struct ike_header header = msg->header;
	size_t start = w->len;

	header.next = ike_message_first(msg);
	ike_header_emit(&header, w);
	ike_message_emit_chain(msg, w);
	ike_writer_set_u32(w, start + LENGTH_OFFSET, w->len - start);
}

/* To text. */

void ike_message_print(const struct ike_message *msg, struct ike_text *t)
{
	const struct ike_header *header = &msg->header;

	ike_text_name(t, ike_exchange_name(header->exchange),
		      header->exchange);
	ike_text_add(t, " %s %u [",
		     ike_header_is_response(header) ? "response" : "request",
		     header->id);
	for (size_t i = 0; i < msg->n && !t->cut; i++) {
		ike_text_add(t, "%s", i ? " " : "");
		ike_payload_print(&msg->payload[i], t);
	}
	if (msg->skipped)
		ike_text_add(t, " +%zu unknown", msg->skipped);
	ike_text_add(t, "]");
}

void ike_fault_print(const struct ike_fault *fault, struct ike_text *t)
{
	ike_text_add(t, "%s", ike_reason_sentence(fault->reason));
	if (fault->payload) {
		ike_text_add(t, " (");
		ike_text_name(t, ike_payload_name(fault->payload),
			      fault->payload);
		ike_text_add(t, " at %zu: %u)", fault->offset, fault->number);
	} else if (fault->number) {
		ike_text_add(t, " (%u)", fault->number);
	}
}
