// SPDX-License-Identifier: GPL-2.0-only
/* Messages as a test writes them down. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire.h"

static const struct wire_payload init_payloads[] = {
	{ IKE_PAYLOAD_SA, WIRE_SA_IKE },
	{ IKE_PAYLOAD_KE, WIRE_KE },
	{ IKE_PAYLOAD_NONCE, WIRE_NONCE },
};
static const struct wire_payload auth_request_payloads[] = {
	{ IKE_PAYLOAD_IDi, WIRE_ID },
	{ IKE_PAYLOAD_AUTH, WIRE_AUTH },
	{ IKE_PAYLOAD_SA, WIRE_SA_ESP },
	{ IKE_PAYLOAD_TSi, WIRE_TS },
	{ IKE_PAYLOAD_TSr, WIRE_TS },
};
static const struct wire_payload auth_response_payloads[] = {
	{ IKE_PAYLOAD_IDr, WIRE_ID },
	{ IKE_PAYLOAD_AUTH, WIRE_AUTH },
	{ IKE_PAYLOAD_SA, WIRE_SA_ESP },
	{ IKE_PAYLOAD_TSi, WIRE_TS },
	{ IKE_PAYLOAD_TSr, WIRE_TS },
};
static const struct wire_payload child_payloads[] = {
	{ IKE_PAYLOAD_SA, WIRE_SA_ESP },
	{ IKE_PAYLOAD_NONCE, WIRE_NONCE },
	{ IKE_PAYLOAD_TSi, WIRE_TS },
	{ IKE_PAYLOAD_TSr, WIRE_TS },
};
static const struct wire_payload rekey_payloads[] = {
	{ IKE_PAYLOAD_SA, WIRE_SA_IKE },
	{ IKE_PAYLOAD_NONCE, WIRE_NONCE },
	{ IKE_PAYLOAD_KE, WIRE_KE },
};

const struct wire_message wire_messages[WIRE_MESSAGES] = {
	WIRE_MESSAGE(IKE_EXCHANGE_IKE_SA_INIT, false, init_payloads),
	WIRE_MESSAGE(IKE_EXCHANGE_IKE_SA_INIT, true, init_payloads),
	WIRE_MESSAGE(IKE_EXCHANGE_IKE_AUTH, false, auth_request_payloads),
	WIRE_MESSAGE(IKE_EXCHANGE_IKE_AUTH, true, auth_response_payloads),
	WIRE_MESSAGE(IKE_EXCHANGE_CREATE_CHILD_SA, false, child_payloads),
	WIRE_MESSAGE(IKE_EXCHANGE_CREATE_CHILD_SA, true, child_payloads),
	WIRE_MESSAGE(IKE_EXCHANGE_CREATE_CHILD_SA, false, rekey_payloads),
	WIRE_MESSAGE(IKE_EXCHANGE_CREATE_CHILD_SA, true, rekey_payloads),
	{ IKE_EXCHANGE_INFORMATIONAL, false, NULL, 0 },
	{ IKE_EXCHANGE_INFORMATIONAL, true, NULL, 0 },
};

const struct wire_payload wire_payloads[WIRE_PAYLOADS] = {
	{ IKE_PAYLOAD_SA, WIRE_SA_IKE },
	{ IKE_PAYLOAD_KE, WIRE_KE },
	{ IKE_PAYLOAD_IDi, WIRE_ID },
	{ IKE_PAYLOAD_IDr, WIRE_ID },
	{ IKE_PAYLOAD_CERT, WIRE_CERT },
	{ IKE_PAYLOAD_CERTREQ, WIRE_CERT },
	{ IKE_PAYLOAD_AUTH, WIRE_AUTH },
	{ IKE_PAYLOAD_NONCE, WIRE_NONCE },
	{ IKE_PAYLOAD_N, WIRE_NOTIFY },
	{ IKE_PAYLOAD_D, WIRE_DELETE },
	{ IKE_PAYLOAD_V, "" },
	{ IKE_PAYLOAD_TSi, WIRE_TS },
	{ IKE_PAYLOAD_TSr, WIRE_TS },
	{ IKE_PAYLOAD_CP, "01000000" },
	{ IKE_PAYLOAD_EAP, "03010004" },
};

static void **kept;
static size_t n_kept;

int wire_free(void **state)
{
	while (n_kept)
		free(kept[--n_kept]);
	free(kept);
	kept = NULL;
	return 0;
}

/* calloc(0) gives memory too, of which no octet may be touched. */
static uint8_t *keep(size_t len)
{
	kept = realloc(kept, (n_kept + 1) * sizeof(*kept));
	assert_non_null(kept);
	kept[n_kept] = calloc(1, len);
	assert_non_null(kept[n_kept]);
	return kept[n_kept++];
}

struct ike_bytes wire_copy(struct ike_bytes bytes)
{
	uint8_t *copy = keep(bytes.len);

	if (bytes.len)
		memcpy(copy, bytes.data, bytes.len);
	return (struct ike_bytes){ copy, bytes.len };
}

struct ike_bytes wire_fill(uint8_t octet, size_t len)
{
	uint8_t *data = keep(len);

	memset(data, octet, len);
	return (struct ike_bytes){ data, len };
}

struct ike_bytes wire_hex(const char *hex)
{
	struct ike_writer w;
	struct ike_bytes bytes;
	uint8_t octet;

	ike_writer_init(&w, SIZE_MAX);
	while (*hex) {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_int_equal(ike_hex_parse(hex, 1, &octet), 0);
		ike_writer_u8(&w, octet);
		hex += 2;
	}
	bytes = wire_copy(ike_writer_written(&w));
	ike_writer_clear(&w);
	return bytes;
}

static void chain_write(const struct wire_payload *payload, size_t n,
			struct ike_writer *w)
{
	for (size_t i = 0; i < n; i++) {
		struct ike_bytes body = wire_hex(payload[i].body);

		ike_writer_u8(w, i + 1 < n ? payload[i + 1].type : 0);
		ike_writer_u8(w, payload[i].critical ? IKE_FLAG_CRITICAL : 0);
		ike_writer_u16(w, IKE_PAYLOAD_HEADER_LEN + body.len);
		ike_writer_bytes(w, body.data, body.len);
	}
}

struct ike_bytes wire_chain(const struct wire_payload *payload, size_t n)
{
	struct ike_writer w;
	struct ike_bytes bytes;

	ike_writer_init(&w, SIZE_MAX);
	chain_write(payload, n, &w);
	assert_int_equal(w.error, 0);
	bytes = wire_copy(ike_writer_written(&w));
	ike_writer_clear(&w);
	return bytes;
}

static struct ike_header header_of(const struct wire_message *message)
{
	return (struct ike_header){
		.spi_i = 0x0102030405060708,
		.spi_r = 0x1112131415161718,
		.next = message->n ? message->payload[0].type : 0,
		.exchange = message->exchange,
		.flags = message->response ? IKE_FLAG_RESPONSE :
					     IKE_FLAG_INITIATOR,
		.id = 7,
	};
}

struct ike_bytes wire_message(const struct wire_message *message)
{
	struct ike_header header = header_of(message);
	struct ike_bytes bytes;
	struct ike_writer w;

	ike_writer_init(&w, SIZE_MAX);
	ike_header_emit(&header, &w);
	chain_write(message->payload, message->n, &w);
	ike_writer_set_u32(&w, 24, w.len);
	assert_int_equal(w.error, 0);
	bytes = wire_copy(ike_writer_written(&w));
	ike_writer_clear(&w);
	return bytes;
}

int wire_receive(const struct wire_message *message, struct ike_message *msg,
		 struct ike_fault *fault)
{
	static const struct wire_payload sk = { IKE_PAYLOAD_SK, "" };
	struct wire_message sealed = *message;
	uint8_t first = message->n ? message->payload[0].type : 0;
	int err;

	*msg = (struct ike_message){ 0 };
	*fault = (struct ike_fault){ 0 };
	if (message->exchange == IKE_EXCHANGE_IKE_SA_INIT)
		return ike_message_parse(msg, wire_message(message), fault);
	sealed.payload = &sk;
	sealed.n = 1;
	err = ike_message_parse(msg, wire_message(&sealed), fault);
	if (err)
		return err;
	return ike_message_parse_body(msg, first,
				      wire_chain(message->payload, message->n),
				      fault);
}

int wire_check(const struct wire_message *message, struct ike_fault *fault)
{
	struct ike_message msg;
	int err = wire_receive(message, &msg, fault);

	if (!err)
		err = ike_message_check(&msg, fault);
	ike_message_clear(&msg);
	return err;
}

void assert_refused(const struct wire_message *message,
		    enum ike_reason reason, uint8_t payload)
{
	struct ike_fault fault;

	assert_int_equal(wire_check(message, &fault), -EINVAL);
	assert_string_equal(ike_reason_code(fault.reason),
			    ike_reason_code(reason));
	assert_int_equal(fault.payload, payload);
}

void assert_accepted(const struct wire_message *message)
{
	struct ike_fault fault = { 0 };
	int err = wire_check(message, &fault);

	if (err)
		fail_msg("%d %s", err, ike_reason_code(fault.reason));
}

void wire_edit(struct wire_edited *edited, const struct wire_message *message)
{
	assert_in_range(message->n, 0, WIRE_EDITED_MAX);
	edited->message = *message;
	edited->message.payload = edited->payload;
	if (message->n)
		memcpy(edited->payload, message->payload,
		       message->n * sizeof(edited->payload[0]));
}

void wire_add(struct wire_edited *edited, uint8_t type, const char *body)
{
	assert_true(edited->message.n < WIRE_EDITED_MAX);
	edited->payload[edited->message.n++] =
		(struct wire_payload){ type, body };
}
