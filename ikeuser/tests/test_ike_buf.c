// SPDX-License-Identifier: GPL-2.0-only
/* Cursors over octets: what is there is read, what is not there is zero and
 * makes the cursor bad for good; what is written is there, or an error is.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "buf.h"
#include "proto.h"

static const uint8_t octets[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
	0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10,
};

static struct ike_reader reader(size_t len)
{
	struct ike_reader r;

	ike_reader_init(&r, octets, len);
	return r;
}

static void test_numbers_in_network_order(void **state)
{
	struct ike_reader r = reader(15);

	assert_int_equal(ike_reader_u8(&r), 0x01);
	assert_int_equal(ike_reader_u16(&r), 0x0203);
	assert_int_equal(ike_reader_u32(&r), 0x04050607);
	assert_int_equal(ike_reader_u64(&r), 0x08090a0b0c0d0e0fULL);
	assert_true(ike_reader_done(&r));
}

static void test_beyond_the_end_reads_zero(void **state)
{
	struct ike_reader r = reader(3);

	assert_int_equal(ike_reader_u32(&r), 0);
	assert_true(r.bad);
	/* Bad for good: what would be there is not read any more. */
	assert_int_equal(ike_reader_u8(&r), 0);
	assert_false(ike_reader_done(&r));
}

static void test_each_read_at_each_end(void **state)
{
	for (size_t len = 0; len <= sizeof(octets); len++) {
		struct ike_reader r = reader(len);
		uint8_t copy[5] = { 0xff };

		ike_reader_u16(&r);
		assert_int_equal(r.bad, len < 2);
		ike_reader_u64(&r);
		assert_int_equal(r.bad, len < 10);
		ike_reader_copy(&r, copy, sizeof(copy));
		assert_int_equal(r.bad, len < 15);
		assert_int_equal(copy[0], len < 15 ? 0 : 0x0b);
		ike_reader_skip(&r, 1);
		assert_int_equal(ike_reader_done(&r), len == 16);
	}
}

static void test_bytes_lie_where_they_were(void **state)
{
	struct ike_reader r = reader(4);
	struct ike_bytes bytes = ike_reader_bytes(&r, 3);

	assert_ptr_equal(bytes.data, octets);
	assert_int_equal(bytes.len, 3);
	bytes = ike_reader_bytes(&r, 2);
	assert_int_equal(bytes.len, 0);
	assert_true(r.bad);
}

static void test_rest_is_all_that_is_left(void **state)
{
	struct ike_reader r = reader(4);

	ike_reader_u8(&r);
	assert_int_equal(ike_reader_rest(&r).len, 3);
	assert_int_equal(ike_reader_rest(&r).len, 0);
	assert_true(ike_reader_done(&r));
}

static void test_sub_ends_where_it_was_told(void **state)
{
	struct ike_reader r = reader(8);
	struct ike_reader sub = ike_reader_sub(&r, 2);

	assert_int_equal(ike_reader_u16(&sub), 0x0102);
	assert_true(ike_reader_done(&sub));
	ike_reader_u8(&sub);
	assert_true(sub.bad);
	assert_false(r.bad);
	assert_int_equal(ike_reader_u8(&r), 0x03);
}

static void test_sub_past_the_end_is_bad(void **state)
{
	struct ike_reader r = reader(2);
	struct ike_reader sub = ike_reader_sub(&r, 3);

	assert_true(r.bad);
	assert_true(sub.bad);
	assert_int_equal(sub.left, 0);
}

static void test_nothing_is_done(void **state)
{
	struct ike_reader r;

	ike_reader_init(&r, NULL, 0);
	assert_true(ike_reader_done(&r));
	ike_reader_copy(&r, NULL, 0);
	assert_int_equal(ike_reader_rest(&r).len, 0);
	assert_false(r.bad);
}

static void test_bytes_equal(void **state)
{
	struct ike_bytes none = { 0 };
	struct ike_bytes two = { octets, 2 };
	struct ike_bytes three = { octets, 3 };
	struct ike_bytes other = { octets + 1, 2 };

	assert_true(ike_bytes_equal(none, none));
	assert_true(ike_bytes_equal(two, two));
	assert_false(ike_bytes_equal(two, three));
	assert_false(ike_bytes_equal(two, other));
	assert_false(ike_bytes_equal(two, none));
}

static void test_written_is_read(void **state)
{
	struct ike_writer w;
	struct ike_reader r;

	ike_writer_init(&w, 64);
	ike_writer_u8(&w, 0x01);
	ike_writer_u16(&w, 0x0203);
	ike_writer_u32(&w, 0x04050607);
	ike_writer_u64(&w, 0x08090a0b0c0d0e0fULL);
	ike_writer_bytes(&w, octets + 15, 1);
	ike_writer_zero(&w, 2);
	assert_int_equal(w.error, 0);
	assert_int_equal(w.len, 18);
	assert_memory_equal(w.data, octets, 16);
	ike_reader_init(&r, w.data + 16, 2);
	assert_int_equal(ike_reader_u16(&r), 0);
	ike_writer_clear(&w);
	assert_null(w.data);
	assert_int_equal(w.limit, 64);
}

static void test_writer_stops_at_its_limit(void **state)
{
	struct ike_writer w;

	ike_writer_init(&w, 5);
	ike_writer_u32(&w, 1);
	ike_writer_u16(&w, 2);
	assert_int_equal(w.error, -EMSGSIZE);
	assert_int_equal(w.len, 4);
	ike_writer_u8(&w, 3);
	assert_int_equal(w.len, 4);
	assert_null(ike_writer_room(&w, 1));
	/* A field that was never written is not set either. */
	ike_writer_set_u32(&w, 100, 1);
	ike_writer_clear(&w);
}

static void test_writer_grows_to_the_longest_message(void **state)
{
	struct ike_writer w;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	for (size_t i = 0; i < IKE_MESSAGE_MAX; i++)
		ike_writer_u8(&w, i);
	assert_int_equal(w.error, 0);
	for (size_t i = 0; i < IKE_MESSAGE_MAX; i++)
		assert_int_equal(w.data[i], i & 0xff);
	ike_writer_u8(&w, 0);
	assert_int_equal(w.error, -EMSGSIZE);
	ike_writer_clear(&w);
}

static void test_writer_sets_fields(void **state)
{
	static const uint8_t want[] = { 0x2e, 0, 3, 0, 0, 0, 9 };
	struct ike_writer w;

	ike_writer_init(&w, 64);
	ike_writer_u8(&w, 0);
	ike_writer_u16(&w, 0);
	ike_writer_set_u8(&w, 0, 0x2e);
	ike_writer_set_length(&w, 1, 0);
	ike_writer_u32(&w, 0);
	ike_writer_set_u32(&w, 3, 9);
	assert_int_equal(ike_writer_written(&w).len, sizeof(want));
	assert_memory_equal(ike_writer_written(&w).data, want, sizeof(want));
	ike_writer_clear(&w);
}

static void test_length_over_16_bits(void **state)
{
	struct ike_writer w;

	ike_writer_init(&w, 100000);
	ike_writer_u16(&w, 0);
	ike_writer_zero(&w, 65534);
	ike_writer_set_length(&w, 0, 1);
	assert_int_equal(w.error, 0);
	ike_writer_set_length(&w, 0, 0);
	assert_int_equal(w.error, -EMSGSIZE);
	ike_writer_clear(&w);
}

static void test_room_of_nothing(void **state)
{
	struct ike_writer w;

	ike_writer_init(&w, 0);
	ike_writer_bytes(&w, NULL, 0);
	assert_int_equal(w.error, 0);
	ike_writer_u8(&w, 0);
	assert_int_equal(w.error, -EMSGSIZE);
	ike_writer_clear(&w);
}

static void test_text_is_cut_with_an_ellipsis(void **state)
{
	struct ike_text t;
	char line[8];

	ike_text_init(&t, line, sizeof(line));
	ike_text_add(&t, "abc");
	ike_text_add(&t, "%d", 1234);
	assert_string_equal(line, "abc1234");
	ike_text_add(&t, "5");
	assert_string_equal(line, "abc1...");
	assert_true(t.cut);
	assert_int_equal(t.len, 7);
	ike_text_add(&t, "6");
	assert_string_equal(line, "abc1...");
}

static void test_text_escapes_what_could_forge_a_line(void **state)
{
	static const uint8_t bad[] = "a ~\n\033[2J%n\\\177\200";
	struct ike_text t;
	char line[80];

	ike_text_init(&t, line, sizeof(line));
	ike_text_escape(&t, (struct ike_bytes){ bad, sizeof(bad) });
	assert_string_equal(line,
			    "a ~\\x0a\\x1b[2J%n\\x5c\\x7f\\x80\\x00");
}

static void test_text_of_many_octets_ends(void **state)
{
	static const uint8_t many[60000];
	struct ike_text t;
	char line[16];

	ike_text_init(&t, line, sizeof(line));
	ike_text_hex(&t, (struct ike_bytes){ many, sizeof(many) });
	assert_string_equal(line, "000000000000...");
}

static void test_names_and_numbers(void **state)
{
	struct ike_text t;
	char line[80];

	ike_text_init(&t, line, sizeof(line));
	ike_text_name(&t, ike_exchange_name(34), 34);
	ike_text_add(&t, " ");
	ike_text_name(&t, ike_exchange_name(33), 33);
	assert_string_equal(line, "IKE_SA_INIT 33");
	assert_string_equal(ike_notify_name(17), "INVALID_KE_PAYLOAD");
	assert_string_equal(ike_notify_name(16431),
			    "SIGNATURE_HASH_ALGORITHMS");
	assert_int_equal(IKE_NOTIFY_SA_RESOURCE_INFO, 16444);
	assert_string_equal(ike_transform_name(IKE_TRANSFORM_ENCR, 3), "3DES");
	assert_string_equal(ike_transform_name(IKE_TRANSFORM_DH, 31),
			    "CURVE25519");
	assert_string_equal(ike_transform_name(IKE_TRANSFORM_PRF, 5),
			    "HMAC_SHA2_256");
	assert_string_equal(ike_transform_name(IKE_TRANSFORM_INTEG, 0),
			    "NONE");
	assert_string_equal(ike_transform_name(IKE_TRANSFORM_ESN, 1), "ESN");
	assert_null(ike_transform_name(6, 1));
	assert_null(ike_transform_name(IKE_TRANSFORM_DH, 1025));
}

static void test_bytes_equal_in_any_case(void **state)
{
	static const uint8_t a[] = "aZ09@[`{\0x", b[] = "Az09@[`{\0X";
	struct ike_bytes x = { a, sizeof(a) }, y = { b, sizeof(b) };
	struct ike_bytes shorter = { b, sizeof(b) - 1 };
	uint8_t other[sizeof(b)];

	assert_true(ike_bytes_equal_in_any_case(x, y));
	assert_false(ike_bytes_equal_in_any_case(x, shorter));
	for (size_t i = 0; i < sizeof(b); i++) {
		memcpy(other, b, sizeof(b));
		other[i] ^= 1;
		assert_false(ike_bytes_equal_in_any_case(x,
			(struct ike_bytes){ other, sizeof(other) }));
	}
	/* What lies beside the letters has no case. */
	assert_false(ike_bytes_equal_in_any_case(
		(struct ike_bytes){ (const uint8_t *)"@[", 2 },
		(struct ike_bytes){ (const uint8_t *)"`{", 2 }));
}

static void test_hex_digits(void **state)
{
	uint8_t read[3] = { 0 };

	assert_int_equal(ike_hex_parse("09afAF", 3, read), 0);
	assert_memory_equal(read, "\x09\xaf\xaf", 3);
	assert_int_equal(ike_hex_parse("1", 0, read), 0);
	for (unsigned int c = 0; c < 256; c++) {
		const char first[] = { c, '1', '\0' };
		const char second[] = { '1', c, '\0' };
		bool digit = c && strchr("0123456789abcdefABCDEF", c);

		assert_int_equal(ike_hex_parse(first, 1, read),
				 digit ? 0 : -EINVAL);
		assert_int_equal(ike_hex_parse(second, 1, read),
				 digit ? 0 : -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_in_network_order),
		cmocka_unit_test(test_beyond_the_end_reads_zero),
		cmocka_unit_test(test_each_read_at_each_end),
		cmocka_unit_test(test_bytes_lie_where_they_were),
		cmocka_unit_test(test_rest_is_all_that_is_left),
		cmocka_unit_test(test_sub_ends_where_it_was_told),
		cmocka_unit_test(test_sub_past_the_end_is_bad),
		cmocka_unit_test(test_nothing_is_done),
		cmocka_unit_test(test_bytes_equal),
		cmocka_unit_test(test_written_is_read),
		cmocka_unit_test(test_writer_stops_at_its_limit),
		cmocka_unit_test(test_writer_grows_to_the_longest_message),
		cmocka_unit_test(test_writer_sets_fields),
		cmocka_unit_test(test_length_over_16_bits),
		cmocka_unit_test(test_room_of_nothing),
		cmocka_unit_test(test_text_is_cut_with_an_ellipsis),
		cmocka_unit_test(test_text_escapes_what_could_forge_a_line),
		cmocka_unit_test(test_text_of_many_octets_ends),
		cmocka_unit_test(test_names_and_numbers),
		cmocka_unit_test(test_bytes_equal_in_any_case),
		cmocka_unit_test(test_hex_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
