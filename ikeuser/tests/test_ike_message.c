// SPDX-License-Identifier: GPL-2.0-only
/* Messages: the header, the chain of payloads, and what is sealed. Which
 * payloads an exchange has, test_ike_rules tells; what is inside them,
 * test_ike_payload.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "message.h"
#include "wire.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The header. */

static int parse(struct ike_bytes datagram, struct ike_fault *fault)
{
	struct ike_message msg = { 0 };
	int err;

	*fault = (struct ike_fault){ 0 };
	err = ike_message_parse(&msg, datagram, fault);
	ike_message_clear(&msg);
	return err;
}

static void test_header_is_read_and_written(void **state)
{
	static const char *hex =
		"0102030405060708 1112131415161718 21 20 22 08"
		"00000009 0000001c";
	struct ike_header header;
	struct ike_fault fault;
	struct ike_writer w;

	assert_int_equal(ike_header_parse(&header, wire_hex(hex), &fault), 0);
	assert_int_equal(header.spi_i, 0x0102030405060708);
	assert_int_equal(header.spi_r, 0x1112131415161718);
	assert_int_equal(header.next, IKE_PAYLOAD_SA);
	assert_int_equal(header.exchange, IKE_EXCHANGE_IKE_SA_INIT);
	assert_int_equal(header.id, 9);
	assert_true(ike_header_from_initiator(&header));
	assert_false(ike_header_is_response(&header));
	ike_writer_init(&w, 100);
	ike_header_emit(&header, &w);
	assert_true(ike_bytes_equal(ike_writer_written(&w), wire_hex(hex)));
	ike_writer_clear(&w);
}

static void test_I01_datagrams_shorter_than_a_header(void **state)
{
	struct ike_bytes whole = wire_message(&wire_messages[0]);
	struct ike_fault fault;

	for (size_t len = 0; len < IKE_HEADER_LEN; len++) {
		struct ike_bytes cut = { whole.data, len };

		assert_int_equal(parse(wire_copy(cut), &fault), -EINVAL);
		assert_int_equal(fault.reason, IKE_REASON_HEADER_SHORT);
		assert_int_equal(fault.number, len);
	}
}

static void test_I02_length_is_not_that_of_the_datagram(void **state)
{
	static const uint32_t wrong[] = { 0, 1, 27, 28, UINT32_MAX };
	struct ike_bytes whole = wire_message(&wire_messages[0]);
	struct ike_fault fault;

	for (size_t i = 0; i < ARRAY_SIZE(wrong) + 2; i++) {
		uint32_t length = i < ARRAY_SIZE(wrong) ? wrong[i] :
				  whole.len + (i % 2 ? 1 : -1);
		struct ike_bytes copy = wire_copy(whole);
		uint8_t *at = (uint8_t *)copy.data + 24;

		for (int j = 0; j < 4; j++)
			at[j] = length >> (24 - 8 * j);
		assert_int_equal(parse(copy, &fault), -EINVAL);
		assert_int_equal(fault.reason, IKE_REASON_HEADER_LENGTH);
		assert_int_equal(fault.number, length);
	}
}

static void test_I02_64_KiB_that_are_real(void **state)
{
	struct ike_message msg = { 0 };
	struct ike_payload *payload;
	struct ike_fault fault;
	struct ike_writer w;

	msg.header.spi_i = 1;
	msg.header.exchange = IKE_EXCHANGE_IKE_SA_INIT;
	payload = ike_message_add(&msg, IKE_PAYLOAD_V);
	payload->data = wire_fill(0x5a, IKE_MESSAGE_MAX - 32);
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_message_emit(&msg, &w);
	assert_int_equal(w.error, 0);
	assert_int_equal(w.len, IKE_MESSAGE_MAX);
	assert_int_equal(parse(wire_copy(ike_writer_written(&w)), &fault), 0);
	payload->data = wire_fill(0x5a, IKE_MESSAGE_MAX - 31);
	ike_writer_clear(&w);
	ike_message_emit(&msg, &w);
	assert_int_equal(w.error, -EMSGSIZE);
	ike_writer_clear(&w);
	ike_message_clear(&msg);
}

static void test_I03_octets_behind_the_message(void **state)
{
	struct ike_bytes whole = wire_message(&wire_messages[0]);
	struct ike_writer w;
	struct ike_fault fault;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_writer_bytes(&w, whole.data, whole.len);
	ike_writer_u8(&w, 0);
	assert_int_equal(parse(wire_copy(ike_writer_written(&w)), &fault),
			 -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_HEADER_LENGTH);
	ike_writer_clear(&w);
}

static void test_I04_major_and_minor_versions(void **state)
{
	struct ike_fault fault;

	for (unsigned int version = 0; version < 256; version++) {
		struct ike_bytes message = wire_message(&wire_messages[0]);
		unsigned int major = version >> 4;

		((uint8_t *)message.data)[17] = version;
		assert_int_equal(parse(message, &fault),
				 major == 2 ? 0 : -EPROTONOSUPPORT);
		if (major != 2)
			assert_int_equal(fault.number, major);
	}
}

/* Another version may have another idea of the length. */
static void test_I04_version_is_told_before_the_length(void **state)
{
	struct ike_bytes datagram = wire_fill(0x30, 40);
	struct ike_header header;
	struct ike_fault fault;

	assert_int_equal(ike_header_parse(&header, datagram, &fault),
			 -EPROTONOSUPPORT);
	assert_int_equal(fault.reason, IKE_REASON_HEADER_VERSION);
	assert_int_equal(header.major, 3);
	assert_int_equal(header.spi_i, 0x3030303030303030);
}

static void test_I05_exchange_types_without_rules(void **state)
{
	for (unsigned int type = 0; type < 256; type++) {
		struct wire_message message = wire_messages[0];
		bool known = type >= IKE_EXCHANGE_IKE_SA_INIT &&
			     type <= IKE_EXCHANGE_INFORMATIONAL;
		struct ike_fault fault;
		int err;

		message.exchange = type;
		err = wire_check(&message, &fault);
		if (known)
			continue;
		assert_int_equal(err, -EPROTONOSUPPORT);
		assert_int_equal(fault.reason, IKE_REASON_EXCHANGE_UNKNOWN);
		assert_int_equal(fault.number, type);
	}
}

static void test_I06_reserved_flags_are_ignored(void **state)
{
	struct ike_fault fault;

	for (unsigned int flags = 0; flags < 256; flags++) {
		struct ike_bytes message = wire_message(&wire_messages[0]);
		struct ike_message msg = { 0 };

		((uint8_t *)message.data)[19] = flags;
		assert_int_equal(ike_message_parse(&msg, message, &fault), 0);
		assert_int_equal(ike_header_is_response(&msg.header),
				 !!(flags & 0x20));
		assert_int_equal(ike_header_from_initiator(&msg.header),
				 !!(flags & 0x08));
		ike_message_clear(&msg);
	}
}

static void test_I06_reserved_octets_are_ignored(void **state)
{
	struct ike_bytes message = wire_message(&wire_messages[0]);
	struct ike_fault fault;

	/* Of the first generic header, the KE payload and a transform. */
	((uint8_t *)message.data)[IKE_HEADER_LEN + 1] = 0x7f;
	((uint8_t *)message.data)[IKE_HEADER_LEN + 5] = 0xff;
	((uint8_t *)message.data)[IKE_HEADER_LEN + 13] = 0xff;
	assert_int_equal(parse(message, &fault), 0);
}

static void test_I09_initiator_spi_of_zero(void **state)
{
	struct ike_bytes message = wire_message(&wire_messages[0]);
	struct ike_fault fault;

	memset((uint8_t *)message.data, 0, IKE_SPI_LEN);
	assert_int_equal(parse(message, &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_HEADER_SPI_ZERO);
}

static void test_I12_messages_of_1280_and_3000_octets(void **state)
{
	static const size_t lens[] = { 1280, 3000 };

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		struct ike_bytes base = wire_message(&wire_messages[0]);
		struct ike_message msg = { 0 };
		struct ike_fault fault;
		struct ike_payload *payload;
		struct ike_writer w;

		assert_int_equal(ike_message_parse(&msg, base, &fault), 0);
		payload = ike_message_add(&msg, IKE_PAYLOAD_V);
		payload->data = wire_fill(1, lens[i] - base.len - 4);
		ike_writer_init(&w, IKE_MESSAGE_MAX);
		ike_message_emit(&msg, &w);
		assert_int_equal(w.len, lens[i]);
		assert_int_equal(parse(wire_copy(ike_writer_written(&w)),
				       &fault), 0);
		ike_writer_clear(&w);
		ike_message_clear(&msg);
	}
}

/* The chain. */

static struct ike_bytes with_length(const struct wire_message *message,
				    size_t at, uint16_t length)
{
	struct ike_bytes bytes = wire_message(message);

	((uint8_t *)bytes.data)[at + 2] = length >> 8;
	((uint8_t *)bytes.data)[at + 3] = length;
	return bytes;
}

static void test_I13_payload_length_0_to_3(void **state)
{
	struct ike_fault fault;

	for (uint16_t length = 0; length < 4; length++) {
		assert_int_equal(parse(with_length(&wire_messages[0],
						   IKE_HEADER_LEN, length),
				       &fault), -EINVAL);
		assert_int_equal(fault.reason, IKE_REASON_PAYLOAD_LENGTH);
		assert_int_equal(fault.payload, IKE_PAYLOAD_SA);
		assert_int_equal(fault.number, length);
	}
}

static void test_I13_payload_length_past_the_end(void **state)
{
	size_t all = wire_message(&wire_messages[0]).len - IKE_HEADER_LEN;
	static const uint16_t more[] = { 1, 2, 3, 4, 100, 32768 };
	struct ike_fault fault;

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		assert_int_equal(parse(with_length(&wire_messages[0],
						   IKE_HEADER_LEN,
						   all + more[i]),
				       &fault), -EINVAL);
		assert_int_equal(fault.reason, IKE_REASON_PAYLOAD_LENGTH);
	}
}

static void test_I13_every_length_of_every_payload(void **state)
{
	struct ike_bytes right = wire_message(&wire_messages[0]);
	size_t at = IKE_HEADER_LEN;
	struct ike_fault fault;

	while (at < right.len) {
		uint16_t length = right.data[at + 2] << 8 |
				  right.data[at + 3];

		for (uint16_t i = 0; i < 200; i++) {
			if (i == length)
				continue;
			assert_int_equal(parse(with_length(&wire_messages[0],
							   at, i), &fault),
					 -EINVAL);
		}
		at += length;
	}
}

static void test_I13_last_payload_one_short(void **state)
{
	struct ike_bytes message = wire_message(&wire_messages[0]);
	uint8_t *data = (uint8_t *)message.data;
	struct ike_fault fault;

	message.len--;
	data[27]--;
	assert_int_equal(parse(wire_copy(message), &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_PAYLOAD_LENGTH);
	assert_int_equal(fault.payload, IKE_PAYLOAD_NONCE);
	assert_int_equal(fault.offset, message.len - 19);
}

static void test_I14_a_thousand_unknown_payloads(void **state)
{
	struct wire_payload payload[1003];
	const struct wire_message message = {
		IKE_EXCHANGE_IKE_SA_INIT, false, payload, ARRAY_SIZE(payload)
	};
	struct ike_message msg;
	struct ike_fault fault;

	for (size_t i = 0; i < 1000; i++)
		payload[i] = (struct wire_payload){ 200, "" };
	memcpy(payload + 1000, wire_messages[0].payload,
	       wire_messages[0].n * sizeof(payload[0]));
	assert_int_equal(wire_receive(&message, &msg, &fault), 0);
	assert_int_equal(ike_message_check(&msg, &fault), 0);
	assert_int_equal(msg.n, 3);
	assert_int_equal(msg.skipped, 1000);
	ike_message_clear(&msg);
}

static void test_I14_more_payloads_than_are_kept(void **state)
{
	struct wire_payload payload[MESSAGE_PAYLOADS_MAX + 1];
	struct wire_message message = {
		IKE_EXCHANGE_INFORMATIONAL, false, payload,
		MESSAGE_PAYLOADS_MAX
	};

	for (size_t i = 0; i < ARRAY_SIZE(payload); i++)
		payload[i] = (struct wire_payload){ IKE_PAYLOAD_N,
						    WIRE_NOTIFY };
	assert_accepted(&message);
	message.n++;
	assert_refused(&message, IKE_REASON_PAYLOADS_MANY, IKE_PAYLOAD_N);
}

static void test_I15_chain_ends_early(void **state)
{
	struct ike_bytes message = wire_message(&wire_messages[0]);
	struct ike_fault fault;

	((uint8_t *)message.data)[IKE_HEADER_LEN] = IKE_PAYLOAD_NONE;
	assert_int_equal(parse(message, &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_CHAIN_EARLY);
	assert_int_equal(fault.offset, IKE_HEADER_LEN + 48);
	assert_int_equal(fault.number, message.len - fault.offset);
}

static void test_I15_no_chain_but_octets(void **state)
{
	struct ike_bytes message = wire_message(&wire_messages[0]);
	struct ike_fault fault;

	((uint8_t *)message.data)[16] = IKE_PAYLOAD_NONE;
	assert_int_equal(parse(message, &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_CHAIN_EARLY);
}

static void test_I15_chain_ends_late(void **state)
{
	struct ike_bytes message = wire_message(&wire_messages[0]);
	struct ike_fault fault;

	((uint8_t *)message.data)[message.len - 20] = IKE_PAYLOAD_N;
	assert_int_equal(parse(message, &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_PAYLOAD_SHORT);
	assert_int_equal(fault.payload, IKE_PAYLOAD_N);
	assert_int_equal(fault.offset, message.len);
}

static void test_I16_unknown_payload_is_skipped(void **state)
{
	for (unsigned int type = 1; type < 256; type++) {
		struct wire_edited copy;

		if (ike_payload_find(type))
			continue;
		wire_edit(&copy, &wire_messages[0]);
		wire_add(&copy, type, "0102030405");
		assert_accepted(&copy.message);
	}
}

static void test_I17_unknown_critical_payload(void **state)
{
	for (unsigned int type = 1; type < 256; type++) {
		struct ike_message msg;
		struct ike_fault fault;
		struct wire_edited copy;

		if (ike_payload_find(type))
			continue;
		wire_edit(&copy, &wire_messages[2]);
		wire_add(&copy, type, "");
		copy.payload[5].critical = true;
		assert_int_equal(wire_receive(&copy.message, &msg, &fault),
				 -EOPNOTSUPP);
		assert_int_equal(fault.reason, IKE_REASON_PAYLOAD_CRITICAL);
		assert_int_equal(msg.unsupported, type);
		ike_message_clear(&msg);
	}
}

static void test_I17_what_follows_is_not_looked_at(void **state)
{
	static const struct wire_payload payload[] = {
		{ 222, "", true },
		{ IKE_PAYLOAD_NONCE, "01" },
	};
	const struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_IKE_SA_INIT, false, payload);
	struct ike_fault fault;

	assert_int_equal(wire_check(&message, &fault), -EOPNOTSUPP);
}

static void test_I18_critical_on_a_known_payload(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGES; i++) {
		struct wire_edited copy;

		wire_edit(&copy, &wire_messages[i]);
		for (size_t j = 0; j < copy.message.n; j++)
			copy.payload[j].critical = true;
		assert_accepted(&copy.message);
	}
}

static void test_I19_payload_types_of_IKEv1(void **state)
{
	for (uint8_t type = 1; type <= 13; type++)
		assert_null(ike_payload_find(type));
}

/* The Encrypted payload. */

static int receive_outer(const struct wire_payload *payload, size_t n,
			 uint8_t exchange, struct ike_message *msg,
			 struct ike_fault *fault)
{
	const struct wire_message message = { exchange, false, payload, n };

	*msg = (struct ike_message){ 0 };
	*fault = (struct ike_fault){ 0 };
	return ike_message_parse(msg, wire_message(&message), fault);
}

static void test_I24_SK_is_where_it_says(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_SK, "01020304" },
	};
	struct ike_message msg;
	struct ike_fault fault;

	assert_int_equal(receive_outer(payload, 1, IKE_EXCHANGE_IKE_AUTH,
				       &msg, &fault), 0);
	assert_int_equal(msg.encrypted, IKE_HEADER_LEN);
	assert_int_equal(msg.encrypted_type, IKE_PAYLOAD_SK);
	assert_int_equal(msg.n, 0);
	ike_message_clear(&msg);
}

/* The Next Payload of SK is the first one inside it (RFC 7296 3.14). */
static void test_I24_SK_not_last(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_SK, "01020304" },
		{ IKE_PAYLOAD_N, WIRE_NOTIFY },
	};
	struct ike_message msg;
	struct ike_fault fault;

	assert_int_equal(receive_outer(payload, 2, IKE_EXCHANGE_IKE_AUTH,
				       &msg, &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_SK_NOT_LAST);
	ike_message_clear(&msg);
}

static void test_I24_SK_in_SK(void **state)
{
	static const uint8_t types[] = { IKE_PAYLOAD_SK, IKE_PAYLOAD_SKF };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const struct wire_payload payload[] = {
			{ types[i], "0001000100" },
		};
		const struct wire_message message =
			WIRE_MESSAGE(IKE_EXCHANGE_INFORMATIONAL, false,
				     payload);

		assert_refused(&message, IKE_REASON_SK_NESTED, types[i]);
	}
}

static void test_I24_SK_in_IKE_SA_INIT(void **state)
{
	struct ike_message msg;
	struct ike_fault fault;
	struct wire_edited copy;

	wire_edit(&copy, &wire_messages[0]);
	wire_add(&copy, IKE_PAYLOAD_SK, "00");
	assert_int_equal(receive_outer(copy.payload, 4,
				       IKE_EXCHANGE_IKE_SA_INIT, &msg,
				       &fault), 0);
	assert_int_equal(ike_message_check(&msg, &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_PAYLOAD_UNEXPECTED);
	assert_int_equal(fault.payload, IKE_PAYLOAD_SK);
	ike_message_clear(&msg);
}

static void test_I24_clear_payloads_beside_SK(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_N, WIRE_NOTIFY },
		{ 201, "" },
		{ IKE_PAYLOAD_SK, "00" },
	};
	struct ike_message msg;
	struct ike_fault fault;

	assert_int_equal(receive_outer(payload, 3,
				       IKE_EXCHANGE_INFORMATIONAL, &msg,
				       &fault), 0);
	assert_int_equal(ike_message_check(&msg, &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_PAYLOAD_CLEAR);
	ike_message_clear(&msg);
	/* One that nobody knows says nothing. */
	assert_int_equal(receive_outer(payload + 1, 2,
				       IKE_EXCHANGE_INFORMATIONAL, &msg,
				       &fault), 0);
	assert_int_equal(ike_message_check(&msg, &fault), 0);
	ike_message_clear(&msg);
}

static void test_I24_exchanges_without_SK(void **state)
{
	for (size_t i = 2; i < WIRE_MESSAGES; i++) {
		struct ike_bytes bytes = wire_message(&wire_messages[i]);
		struct ike_message msg = { 0 };
		struct ike_fault fault;

		assert_int_equal(ike_message_parse(&msg, bytes, &fault), 0);
		assert_int_equal(ike_message_check(&msg, &fault), -EINVAL);
		assert_int_equal(fault.reason, IKE_REASON_PAYLOAD_MISSING);
		assert_int_equal(fault.payload, IKE_PAYLOAD_SK);
		ike_message_clear(&msg);
	}
}

static void test_I63_fragment_numbers_are_read(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_SKF, "0002 0005 ff" },
	};
	struct ike_message msg;
	struct ike_fault fault;

	assert_int_equal(receive_outer(payload, 1, IKE_EXCHANGE_IKE_AUTH,
				       &msg, &fault), 0);
	assert_int_equal(msg.encrypted_type, IKE_PAYLOAD_SKF);
	assert_int_equal(msg.fragment.number, 2);
	assert_int_equal(msg.fragment.total, 5);
	ike_message_clear(&msg);
}

static void test_I63_fragment_without_its_numbers(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_SKF, "000200" },
	};
	struct ike_message msg;
	struct ike_fault fault;

	assert_int_equal(receive_outer(payload, 1, IKE_EXCHANGE_IKE_AUTH,
				       &msg, &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_FRAGMENT_SHORT);
	ike_message_clear(&msg);
}

/* Finding. */

static void test_notifications_are_found_by_type(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_N, "0000 4002 01" },
		{ IKE_PAYLOAD_N, "0000 0018" },
		{ IKE_PAYLOAD_N, "0000 000e" },
		{ IKE_PAYLOAD_N, "0000 4002 02" },
	};
	const struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_INFORMATIONAL, false, payload);
	struct ike_message msg;
	struct ike_fault fault;

	assert_int_equal(wire_receive(&message, &msg, &fault), 0);
	assert_int_equal(ike_message_notify(&msg, 16386)->data.data[0], 1);
	assert_int_equal(ike_message_error(&msg)->type,
			 IKE_NOTIFY_AUTHENTICATION_FAILED);
	assert_null(ike_message_notify(&msg, IKE_NOTIFY_COOKIE));
	assert_ptr_equal(ike_message_find(&msg, IKE_PAYLOAD_N),
			 &msg.payload[0]);
	assert_null(ike_message_find(&msg, IKE_PAYLOAD_SA));
	ike_message_clear(&msg);
}

static void test_I43_I54_I77_notify_data_of_a_wrong_length(void **state)
{
	static const struct {
		uint16_t type;
		size_t len;
	} rows[] = {
		{ IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, 1 },
		{ IKE_NOTIFY_INVALID_KE_PAYLOAD, 2 },
		{ IKE_NOTIFY_SET_WINDOW_SIZE, 4 },
		{ IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, 20 },
		{ IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, 20 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t len = 0; len < 64; len++) {
			struct ike_message msg = { 0 };

			assert_int_equal(ike_message_add_notify(&msg,
				rows[i].type, wire_fill(1, len)), 0);
			assert_int_equal(!!ike_message_notify(&msg,
							      rows[i].type),
					 len == rows[i].len);
			ike_message_clear(&msg);
		}
	}
}

/* An error is one even if its data are not understood. */
static void test_I43_error_without_its_data_is_an_error(void **state)
{
	struct ike_message msg = { 0 };

	assert_int_equal(ike_message_add_notify(&msg,
			 IKE_NOTIFY_INVALID_KE_PAYLOAD,
			 (struct ike_bytes){ 0 }), 0);
	assert_null(ike_message_notify(&msg, IKE_NOTIFY_INVALID_KE_PAYLOAD));
	assert_non_null(ike_message_error(&msg));
	ike_message_clear(&msg);
}

static void test_I53_a_thousand_notifications(void **state)
{
	struct wire_payload payload[1005];
	const struct wire_message message = {
		IKE_EXCHANGE_IKE_AUTH, false, payload, ARRAY_SIZE(payload)
	};

	for (size_t i = 0; i < 1000; i++)
		payload[i] = (struct wire_payload){ IKE_PAYLOAD_N,
						    "0000 fffe" };
	memcpy(payload + 1000, wire_messages[2].payload,
	       wire_messages[2].n * sizeof(payload[0]));
	assert_accepted(&message);
}

/* Writing. */

static void test_what_was_parsed_is_written_again(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGES; i++) {
		struct ike_bytes bytes = wire_message(&wire_messages[i]);
		struct ike_message msg = { 0 };
		struct ike_fault fault;
		struct ike_writer w;

		assert_int_equal(ike_message_parse(&msg, bytes, &fault), 0);
		ike_writer_init(&w, IKE_MESSAGE_MAX);
		ike_message_emit(&msg, &w);
		assert_int_equal(w.error, 0);
		assert_int_equal(w.len, bytes.len);
		assert_memory_equal(w.data, bytes.data, bytes.len);
		ike_writer_clear(&w);
		ike_message_clear(&msg);
	}
}

static void test_every_payload_is_written_again(void **state)
{
	const struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_INFORMATIONAL, false, wire_payloads);
	struct ike_bytes bytes = wire_message(&message);
	struct ike_message msg = { 0 };
	struct ike_fault fault;
	struct ike_writer w;

	assert_int_equal(ike_message_parse(&msg, bytes, &fault), 0);
	assert_int_equal(msg.n, WIRE_PAYLOADS);
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_message_emit(&msg, &w);
	assert_true(ike_bytes_equal(ike_writer_written(&w), bytes));
	ike_writer_clear(&w);
	ike_message_clear(&msg);
}

/* RFC 7296 2.5: never critical, whatever it was when it came. */
static void test_critical_is_never_sent(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_N, WIRE_NOTIFY, true },
	};
	const struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_INFORMATIONAL, false, payload);
	struct ike_bytes bytes = wire_message(&message);
	struct ike_message msg = { 0 };
	struct ike_fault fault;
	struct ike_writer w;

	assert_int_equal(ike_message_parse(&msg, bytes, &fault), 0);
	assert_true(msg.payload[0].critical);
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_message_emit_chain(&msg, &w);
	assert_int_equal(ike_message_first(&msg), IKE_PAYLOAD_N);
	assert_int_equal(w.data[1], 0);
	ike_writer_clear(&w);
	ike_message_clear(&msg);
}

static void test_empty_chain_has_no_first(void **state)
{
	struct ike_message msg = { 0 };
	struct ike_writer w;

	ike_writer_init(&w, 10);
	ike_message_emit_chain(&msg, &w);
	assert_int_equal(w.len, 0);
	assert_int_equal(ike_message_first(&msg), IKE_PAYLOAD_NONE);
	ike_writer_clear(&w);
	ike_message_clear(&msg);
}

/* Printing. */

static void assert_prints(const struct wire_message *message,
			  const char *want)
{
	struct ike_message msg;
	struct ike_fault fault;
	struct ike_text t;
	char line[256];

	assert_int_equal(wire_receive(message, &msg, &fault), 0);
	ike_text_init(&t, line, sizeof(line));
	ike_message_print(&msg, &t);
	assert_string_equal(line, want);
	ike_message_clear(&msg);
}

static void test_messages_are_printed_in_one_line(void **state)
{
	static const struct wire_payload many[] = {
		{ IKE_PAYLOAD_N, "0000 4006 01" },
		{ IKE_PAYLOAD_N, "0000 ffff" },
		{ IKE_PAYLOAD_D, "03040002 c1c2c3c4 00000100" },
		{ IKE_PAYLOAD_V, "00" },
		{ 250, "" },
	};
	const struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_INFORMATIONAL, false, many);

	assert_prints(&wire_messages[0],
		      "IKE_SA_INIT request 7 [SA KE(MODP_2048) NONCE]");
	assert_prints(&wire_messages[2],
		      "IKE_AUTH request 7 [IDi(gw.example) "
		      "AUTH(SHARED_KEY_MIC) SA TSi TSr]");
	assert_prints(&wire_messages[9], "INFORMATIONAL response 7 []");
	assert_prints(&message,
		      "INFORMATIONAL request 7 [N(COOKIE) N(65535) "
		      "D(ESP c1c2c3c4 00000100) V +1 unknown]");
}

static void test_faults_are_printed(void **state)
{
	const struct ike_fault fault = {
		IKE_REASON_NONCE_LENGTH, IKE_PAYLOAD_NONCE, 15, 60,
	};
	const struct ike_fault version = {
		IKE_REASON_HEADER_VERSION, 0, 3, 0,
	};
	struct ike_text t;
	char line[128];

	ike_text_init(&t, line, sizeof(line));
	ike_fault_print(&fault, &t);
	assert_string_equal(line, "a nonce has less than 16 or more than 256 "
				  "octets (NONCE at 60: 15)");
	ike_text_init(&t, line, sizeof(line));
	ike_fault_print(&version, &t);
	assert_string_equal(line, "the major version is not 2 (3)");
}

/* On port 4500, behind the marker. */
static void test_a_message_is_written_behind_other_octets(void **state)
{
	struct ike_bytes bytes = wire_message(&wire_messages[0]);
	struct ike_message msg = { 0 };
	struct ike_fault fault;
	struct ike_writer w;

	assert_int_equal(ike_message_parse(&msg, bytes, &fault), 0);
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_writer_u32(&w, 0);
	ike_message_emit(&msg, &w);
	assert_int_equal(w.len, bytes.len + 4);
	assert_memory_equal(w.data + 4, bytes.data, bytes.len);
	ike_writer_clear(&w);
	ike_message_clear(&msg);
}

#define TEST(test) cmocka_unit_test_teardown(test, wire_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_header_is_read_and_written),
		TEST(test_I01_datagrams_shorter_than_a_header),
		TEST(test_I02_length_is_not_that_of_the_datagram),
		TEST(test_I02_64_KiB_that_are_real),
		TEST(test_I03_octets_behind_the_message),
		TEST(test_I04_major_and_minor_versions),
		TEST(test_I04_version_is_told_before_the_length),
		TEST(test_I05_exchange_types_without_rules),
		TEST(test_I06_reserved_flags_are_ignored),
		TEST(test_I06_reserved_octets_are_ignored),
		TEST(test_I09_initiator_spi_of_zero),
		TEST(test_I12_messages_of_1280_and_3000_octets),
		TEST(test_I13_payload_length_0_to_3),
		TEST(test_I13_payload_length_past_the_end),
		TEST(test_I13_every_length_of_every_payload),
		TEST(test_I13_last_payload_one_short),
		TEST(test_I14_a_thousand_unknown_payloads),
		TEST(test_I14_more_payloads_than_are_kept),
		TEST(test_I15_chain_ends_early),
		TEST(test_I15_no_chain_but_octets),
		TEST(test_I15_chain_ends_late),
		TEST(test_I16_unknown_payload_is_skipped),
		TEST(test_I17_unknown_critical_payload),
		TEST(test_I17_what_follows_is_not_looked_at),
		TEST(test_I18_critical_on_a_known_payload),
		TEST(test_I19_payload_types_of_IKEv1),
		TEST(test_I24_SK_is_where_it_says),
		TEST(test_I24_SK_not_last),
		TEST(test_I24_SK_in_SK),
		TEST(test_I24_SK_in_IKE_SA_INIT),
		TEST(test_I24_clear_payloads_beside_SK),
		TEST(test_I24_exchanges_without_SK),
		TEST(test_I63_fragment_numbers_are_read),
		TEST(test_I63_fragment_without_its_numbers),
		TEST(test_notifications_are_found_by_type),
		TEST(test_I43_I54_I77_notify_data_of_a_wrong_length),
		TEST(test_I43_error_without_its_data_is_an_error),
		TEST(test_I53_a_thousand_notifications),
		TEST(test_what_was_parsed_is_written_again),
		TEST(test_every_payload_is_written_again),
		TEST(test_critical_is_never_sent),
		TEST(test_empty_chain_has_no_first),
		TEST(test_messages_are_printed_in_one_line),
		TEST(test_faults_are_printed),
		TEST(test_a_message_is_written_behind_other_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
