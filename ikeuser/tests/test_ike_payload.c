// SPDX-License-Identifier: GPL-2.0-only
/* The payloads: what stands behind the generic header of each, read, written,
 * printed and refused. SA and TS have tests of their own.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "payload.h"
#include "wire.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* To be cleared by the caller, unless it is refused. */
static int parse(struct ike_payload *payload, uint8_t type,
		 struct ike_bytes body, struct ike_fault *fault)
{
	*fault = (struct ike_fault){ 0 };
	*payload = (struct ike_payload){
		.type = type,
		.offset = 28,
		.body = body,
	};
	return ike_payload_parse(payload, fault);
}

static void assert_parses(struct ike_payload *payload, uint8_t type,
			  const char *body)
{
	struct ike_fault fault;
	int err = parse(payload, type, wire_hex(body), &fault);

	if (err)
		fail_msg("%s: %d %s", body, err,
			 ike_reason_code(fault.reason));
}

static void assert_malformed_bytes(uint8_t type, struct ike_bytes body,
				   enum ike_reason reason)
{
	struct ike_payload payload;
	struct ike_fault fault;

	assert_int_equal(parse(&payload, type, body, &fault), -EINVAL);
	assert_string_equal(ike_reason_code(fault.reason),
			    ike_reason_code(reason));
	assert_int_equal(fault.payload, type);
	assert_int_equal(fault.offset, 28);
}

static void assert_malformed(uint8_t type, const char *body,
			     enum ike_reason reason)
{
	assert_malformed_bytes(type, wire_hex(body), reason);
}

static void assert_bytes(struct ike_bytes bytes, const char *hex)
{
	struct ike_bytes want = wire_hex(hex);

	assert_int_equal(bytes.len, want.len);
	assert_memory_equal(bytes.data, want.data, want.len);
}

/* Written it is what it was read from, behind a generic header. */
static void assert_written(const struct ike_payload *payload,
			   const char *body)
{
	struct ike_writer w;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_payload_emit(payload, 41, &w);
	assert_int_equal(w.error, 0);
	assert_int_equal(w.data[0], 41);
	assert_int_equal(w.data[1], 0);
	assert_int_equal(w.data[2] << 8 | w.data[3], w.len);
	assert_bytes((struct ike_bytes){ w.data + 4, w.len - 4 }, body);
	ike_writer_clear(&w);
}

static void assert_printed(const struct ike_payload *payload,
			   const char *want)
{
	struct ike_text t;
	char line[200];

	ike_text_init(&t, line, sizeof(line));
	ike_payload_print(payload, &t);
	assert_string_equal(line, want);
}

static void test_KE(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_KE, "0013 ffff 0102030405");
	assert_int_equal(payload.ke.group, IKE_DH_ECP_256);
	assert_bytes(payload.ke.data, "0102030405");
	assert_written(&payload, "0013 0000 0102030405");
	assert_printed(&payload, "KE(ECP_256)");
}

static void test_I37_KE_of_any_group_is_read(void **state)
{
	static const char *const bodies[] = {
		"0000 0000", "0401 0000 00", "ffff 0000 00",
	};
	static const uint16_t groups[] = { 0, 1025, 65535 };
	struct ike_payload payload;

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		assert_parses(&payload, IKE_PAYLOAD_KE, bodies[i]);
		assert_int_equal(payload.ke.group, groups[i]);
	}
	assert_printed(&payload, "KE(65535)");
}

static void test_I38_KE_cut(void **state)
{
	assert_malformed(IKE_PAYLOAD_KE, "", IKE_REASON_KE_SHORT);
	assert_malformed(IKE_PAYLOAD_KE, "00", IKE_REASON_KE_SHORT);
	assert_malformed(IKE_PAYLOAD_KE, "0013", IKE_REASON_KE_SHORT);
	assert_malformed(IKE_PAYLOAD_KE, "001300", IKE_REASON_KE_SHORT);
}

static void test_I38_KE_of_64_KiB(void **state)
{
	struct ike_payload payload;
	struct ike_fault fault;

	assert_int_equal(parse(&payload, IKE_PAYLOAD_KE,
			       wire_fill(0xff, 65531), &fault), 0);
	assert_int_equal(payload.ke.data.len, 65527);
}

static void test_I44_nonce_of_each_length(void **state)
{
	for (size_t len = 0; len <= 300; len++) {
		struct ike_bytes body = wire_fill(0x11, len);
		struct ike_payload payload;
		struct ike_fault fault;

		if (len >= IKE_NONCE_MIN && len <= IKE_NONCE_MAX) {
			assert_int_equal(parse(&payload, IKE_PAYLOAD_NONCE,
					       body, &fault), 0);
			assert_int_equal(payload.data.len, len);
		} else {
			assert_malformed_bytes(IKE_PAYLOAD_NONCE, body,
					       IKE_REASON_NONCE_LENGTH);
		}
	}
}

static void test_nonce(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_NONCE, WIRE_NONCE);
	assert_written(&payload, WIRE_NONCE);
	assert_printed(&payload, "NONCE");
}

static void test_ID(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_IDi, "02ffffff 676174652e61");
	assert_int_equal(payload.id.type, IKE_ID_FQDN);
	assert_bytes(payload.id.data, "676174652e61");
	assert_written(&payload, "02000000 676174652e61");
	assert_printed(&payload, "IDi(gate.a)");
	assert_parses(&payload, IKE_PAYLOAD_IDr, "01000000 0aff0102");
	assert_printed(&payload, "IDr(10.255.1.2)");
}

static void test_I45_ID_body_of_0_to_3_octets(void **state)
{
	assert_malformed(IKE_PAYLOAD_IDi, "", IKE_REASON_ID_SHORT);
	assert_malformed(IKE_PAYLOAD_IDi, "02", IKE_REASON_ID_SHORT);
	assert_malformed(IKE_PAYLOAD_IDi, "0200", IKE_REASON_ID_SHORT);
	assert_malformed(IKE_PAYLOAD_IDr, "020000", IKE_REASON_ID_SHORT);
}

static void test_I45_ID_types(void **state)
{
	for (unsigned int type = 0; type < 256; type++) {
		struct ike_bytes body = wire_hex("00000000 01020304");
		struct ike_payload payload;
		struct ike_fault fault;

		((uint8_t *)body.data)[0] = type;
		if (!type)
			assert_malformed_bytes(IKE_PAYLOAD_IDi, body,
					       IKE_REASON_ID_TYPE);
		else if (type == IKE_ID_IPV6_ADDR)
			assert_malformed_bytes(IKE_PAYLOAD_IDi, body,
					       IKE_REASON_ID_LENGTH);
		else
			assert_int_equal(parse(&payload, IKE_PAYLOAD_IDi,
					       body, &fault), 0);
	}
}

static void test_I45_addresses_of_wrong_lengths(void **state)
{
	for (size_t len = 0; len < 20; len++) {
		struct ike_bytes body = wire_fill(0, 4 + len);
		struct ike_payload payload;
		struct ike_fault fault;

		((uint8_t *)body.data)[0] = IKE_ID_IPV4_ADDR;
		assert_int_equal(parse(&payload, IKE_PAYLOAD_IDi, body,
				       &fault), len == 4 ? 0 : -EINVAL);
		((uint8_t *)body.data)[0] = IKE_ID_IPV6_ADDR;
		assert_int_equal(parse(&payload, IKE_PAYLOAD_IDi, body,
				       &fault), len == 16 ? 0 : -EINVAL);
	}
}

static void test_I45_ID_of_64_KiB_is_one_line(void **state)
{
	struct ike_bytes body = wire_fill(IKE_ID_KEY_ID, 65531);
	struct ike_payload payload;
	struct ike_fault fault;
	struct ike_text t;
	char line[64];

	assert_int_equal(parse(&payload, IKE_PAYLOAD_IDi, body, &fault), 0);
	ike_text_init(&t, line, sizeof(line));
	ike_payload_print(&payload, &t);
	assert_true(t.cut);
	assert_int_equal(strlen(line), sizeof(line) - 1);
}

static void test_I45_ID_cannot_forge_a_line(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_IDi,
		      "02000000 610a1b5b324a256e002a");
	assert_printed(&payload, "IDi(fqdn:a\\x0a\\x1b[2J%n\\x00*)");
}

static void test_CERT_and_CERTREQ(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_CERT, "04 30820102");
	assert_int_equal(payload.cert.encoding, IKE_CERT_X509_SIGNATURE);
	assert_bytes(payload.cert.data, "30820102");
	assert_written(&payload, "0430820102");
	assert_printed(&payload, "CERT(X509_SIGNATURE)");
	assert_parses(&payload, IKE_PAYLOAD_CERTREQ, "00");
	assert_printed(&payload, "CERTREQ(0)");
	assert_malformed(IKE_PAYLOAD_CERT, "", IKE_REASON_CERT_SHORT);
	assert_malformed(IKE_PAYLOAD_CERTREQ, "", IKE_REASON_CERT_SHORT);
}

static void test_I46_CERTREQ_of_a_thousand_hashes(void **state)
{
	struct ike_payload payload;
	struct ike_fault fault;

	assert_int_equal(parse(&payload, IKE_PAYLOAD_CERTREQ,
			       wire_fill(4, 1 + 20000 + 7), &fault), 0);
	assert_int_equal(payload.cert.data.len, 20007);
}

static void test_AUTH(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_AUTH, "02aaaaaa 0102");
	assert_int_equal(payload.auth.method, IKE_AUTH_SHARED_KEY_MIC);
	assert_bytes(payload.auth.data, "0102");
	assert_written(&payload, "02000000 0102");
	assert_printed(&payload, "AUTH(SHARED_KEY_MIC)");
}

static void test_I49_AUTH_cut_and_of_unknown_method(void **state)
{
	struct ike_payload payload;

	assert_malformed(IKE_PAYLOAD_AUTH, "", IKE_REASON_AUTH_SHORT);
	assert_malformed(IKE_PAYLOAD_AUTH, "020000", IKE_REASON_AUTH_SHORT);
	assert_parses(&payload, IKE_PAYLOAD_AUTH, "ff000000");
	assert_int_equal(payload.auth.data.len, 0);
	assert_printed(&payload, "AUTH(255)");
}

static void test_notify(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_N, "0304 4009 c1c2c3c4 0506");
	assert_int_equal(payload.notify.protocol, IKE_PROTOCOL_ESP);
	assert_int_equal(payload.notify.type, IKE_NOTIFY_REKEY_SA);
	assert_bytes(payload.notify.spi, "c1c2c3c4");
	assert_bytes(payload.notify.data, "0506");
	assert_written(&payload, "03044009 c1c2c3c4 0506");
	assert_printed(&payload, "N(REKEY_SA)");
	assert_false(ike_payload_notify_is_error(&payload.notify));
}

static void test_notify_errors_end_at_16383(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_N, "0000 3fff");
	assert_true(ike_payload_notify_is_error(&payload.notify));
	assert_parses(&payload, IKE_PAYLOAD_N, "0000 4000");
	assert_false(ike_payload_notify_is_error(&payload.notify));
}

static void test_I53_notify_shorter_than_its_header(void **state)
{
	assert_malformed(IKE_PAYLOAD_N, "", IKE_REASON_NOTIFY_LENGTH);
	assert_malformed(IKE_PAYLOAD_N, "00", IKE_REASON_NOTIFY_LENGTH);
	assert_malformed(IKE_PAYLOAD_N, "000040", IKE_REASON_NOTIFY_LENGTH);
}

static void test_I53_notify_SPI_past_the_end(void **state)
{
	assert_malformed(IKE_PAYLOAD_N, "0301 4009",
			 IKE_REASON_NOTIFY_LENGTH);
	assert_malformed(IKE_PAYLOAD_N, "0305 4009 01020304",
			 IKE_REASON_NOTIFY_LENGTH);
	assert_malformed(IKE_PAYLOAD_N, "03ff 4009 01020304",
			 IKE_REASON_NOTIFY_LENGTH);
}

/* What protocol and SPI mean is for who reads the notification. */
static void test_I55_REKEY_SA_of_any_protocol(void **state)
{
	static const char *const bodies[] = {
		"0004 4009 c1c2c3c4", "0104 4009 c1c2c3c4", "0200 4009",
		"0308 4009 0102030405060708",
	};
	static const size_t lens[] = { 4, 4, 0, 8 };

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct ike_payload payload;

		assert_parses(&payload, IKE_PAYLOAD_N, bodies[i]);
		assert_int_equal(payload.notify.spi.len, lens[i]);
	}
}

static void test_delete_of_child_SAs(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_D,
		      "0304 0002 c1c2c3c4 d1d2d3d4");
	assert_int_equal(payload.delete.protocol, IKE_PROTOCOL_ESP);
	assert_int_equal(payload.delete.n, 2);
	assert_int_equal(ike_payload_delete_spi(&payload.delete, 0),
			 0xc1c2c3c4);
	assert_int_equal(ike_payload_delete_spi(&payload.delete, 1),
			 0xd1d2d3d4);
	assert_written(&payload, "03040002 c1c2c3c4 d1d2d3d4");
	assert_printed(&payload, "D(ESP c1c2c3c4 d1d2d3d4)");
}

static void test_delete_of_the_IKE_SA(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_D, "0100 0000");
	assert_written(&payload, "01000000");
	assert_printed(&payload, "D(IKE)");
}

static void test_I56_delete_with_size_or_count_wrong(void **state)
{
	static const char *const bodies[] = {
		"",		"030400",
		"0304 0001",	"0304 0001 c1c2c3",
		"0304 0001 c1c2c3c4 d1", "0304 0000 c1c2c3c4",
		"0304 0002 c1c2c3c4",	"0300 0001 c1c2c3c4",
		"0308 0001 c1c2c3c4c5c6c7c8", "03ff 0001 c1c2c3c4",
		"0304 ffff c1c2c3c4",	"0100 0001",
		"0108 0001 c1c2c3c4c5c6c7c8", "0100 0000 00",
		"0303 ffff c1c2c3",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++)
		assert_malformed(IKE_PAYLOAD_D, bodies[i],
				 IKE_REASON_DELETE_LENGTH);
}

static void test_I56_delete_for_protocol_0_and_4(void **state)
{
	assert_malformed(IKE_PAYLOAD_D, "0004 0001 c1c2c3c4",
			 IKE_REASON_DELETE_PROTOCOL);
	assert_malformed(IKE_PAYLOAD_D, "0404 0001 c1c2c3c4",
			 IKE_REASON_DELETE_PROTOCOL);
}

static void test_I56_delete_of_as_many_SPIs_as_fit(void **state)
{
	struct ike_bytes body = wire_fill(0x77, 4 + 16376 * 4);
	struct ike_payload payload;
	struct ike_fault fault;

	memcpy((uint8_t *)body.data, "\x03\x04\x3f\xf8", 4);
	assert_int_equal(parse(&payload, IKE_PAYLOAD_D, body, &fault), 0);
	assert_int_equal(payload.delete.n, 16376);
	payload.delete.n = 8;
	assert_printed(&payload,
		       "D(ESP 77777777 77777777 77777777 77777777 77777777 "
		       "77777777 77777777 77777777)");
	payload.delete.n = 16376;
	assert_int_equal(ike_payload_delete_spi(&payload.delete, 16375),
			 0x77777777);
	assert_printed(&payload,
		       "D(ESP 77777777 77777777 77777777 77777777 77777777 "
		       "77777777 77777777 77777777 and 16368 more)");
}

static void test_I59_vendor_id_of_0_octets_and_60_KiB(void **state)
{
	struct ike_payload payload;
	struct ike_fault fault;

	assert_parses(&payload, IKE_PAYLOAD_V, "");
	assert_int_equal(payload.data.len, 0);
	assert_written(&payload, "");
	assert_int_equal(parse(&payload, IKE_PAYLOAD_V,
			       wire_fill('\n', 61440), &fault), 0);
	assert_printed(&payload, "V");
}

static void test_I78_CP_is_carried_unread(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_CP, "01000000 0001ffff");
	assert_written(&payload, "01000000 0001ffff");
	assert_printed(&payload, "CP");
}

static void test_SKF(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_SKF, "0001 0002 0304");
	assert_int_equal(payload.fragment.number, 1);
	assert_int_equal(payload.fragment.total, 2);
	assert_malformed(IKE_PAYLOAD_SKF, "000100",
			 IKE_REASON_FRAGMENT_SHORT);
}

static void test_SA_and_TS_belong_to_the_payload(void **state)
{
	struct ike_payload payload;

	assert_parses(&payload, IKE_PAYLOAD_SA, WIRE_SA_IKE);
	assert_int_equal(payload.sa.n, 1);
	assert_written(&payload, WIRE_SA_IKE);
	assert_printed(&payload, "SA");
	ike_payload_clear(&payload);
	assert_parses(&payload, IKE_PAYLOAD_TSr, WIRE_TS);
	assert_int_equal(payload.ts.n, 1);
	assert_written(&payload, WIRE_TS);
	ike_payload_clear(&payload);
}

/* Each length of each payload, of octets that mean little. */
static void test_every_payload_cut_anywhere(void **state)
{
	static const uint8_t fills[] = { 0, 1, 2, 3, 4, 0x80, 0xff };

	for (unsigned int type = 0; type < 256; type++) {
		if (!ike_payload_find(type))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(fills) * 80; i++) {
			struct ike_bytes body =
				wire_fill(fills[i / 80], i % 80);
			struct ike_payload payload;
			struct ike_fault fault;

			if (!parse(&payload, type, body, &fault))
				ike_payload_clear(&payload);
		}
		wire_free(state);
	}
}

#define TEST(test) cmocka_unit_test_teardown(test, wire_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_KE),
		TEST(test_I37_KE_of_any_group_is_read),
		TEST(test_I38_KE_cut),
		TEST(test_I38_KE_of_64_KiB),
		TEST(test_nonce),
		TEST(test_I44_nonce_of_each_length),
		TEST(test_ID),
		TEST(test_I45_ID_body_of_0_to_3_octets),
		TEST(test_I45_ID_types),
		TEST(test_I45_addresses_of_wrong_lengths),
		TEST(test_I45_ID_of_64_KiB_is_one_line),
		TEST(test_I45_ID_cannot_forge_a_line),
		TEST(test_CERT_and_CERTREQ),
		TEST(test_I46_CERTREQ_of_a_thousand_hashes),
		TEST(test_AUTH),
		TEST(test_I49_AUTH_cut_and_of_unknown_method),
		TEST(test_notify),
		TEST(test_notify_errors_end_at_16383),
		TEST(test_I53_notify_shorter_than_its_header),
		TEST(test_I53_notify_SPI_past_the_end),
		TEST(test_I55_REKEY_SA_of_any_protocol),
		TEST(test_delete_of_child_SAs),
		TEST(test_delete_of_the_IKE_SA),
		TEST(test_I56_delete_with_size_or_count_wrong),
		TEST(test_I56_delete_for_protocol_0_and_4),
		TEST(test_I56_delete_of_as_many_SPIs_as_fit),
		TEST(test_I59_vendor_id_of_0_octets_and_60_KiB),
		TEST(test_I78_CP_is_carried_unread),
		TEST(test_SKF),
		TEST(test_SA_and_TS_belong_to_the_payload),
		TEST(test_every_payload_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
