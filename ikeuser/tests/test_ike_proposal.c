// SPDX-License-Identifier: GPL-2.0-only
/* Proposals on the wire, and lists of them. How two ends agree on one,
 * test_ike_choose tells; how they are written as text, test_ike_proposal_text.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "offers.h"
#include "proposal.h"
#include "wire.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static int parse(struct ike_proposals *parsed, struct ike_bytes body,
		 struct ike_fault *fault)
{
	*fault = (struct ike_fault){ 0 };
	return ike_proposals_parse(parsed, body, fault);
}

static void assert_malformed(const char *hex, enum ike_reason reason)
{
	struct ike_proposals parsed;
	struct ike_fault fault;

	assert_int_equal(parse(&parsed, wire_hex(hex), &fault), -EINVAL);
	assert_string_equal(ike_reason_code(fault.reason),
			    ike_reason_code(reason));
	assert_null(parsed.proposal);
}

static void assert_prints(const struct ike_proposals *printed,
			  const char *want)
{
	struct ike_text t;
	char line[400];

	ike_text_init(&t, line, sizeof(line));
	ike_proposals_print(printed, &t);
	assert_string_equal(line, want);
}

static void test_proposals_are_read_and_written(void **state)
{
	static const char *const hex =
		"02000038 01010005" AES256 AES128 PRF256 SHA256 MODP2048
		"00000024 02010003"
		T_BITS("03", "01", "0014", "0080") PRF256
		T("00", "04", "001f");
	struct ike_proposals parsed = offer_of_hex(hex);
	struct ike_writer w;

	assert_int_equal(parsed.n, 2);
	assert_int_equal(parsed.proposal[0].n, 5);
	assert_int_equal(parsed.proposal[1].number, 2);
	assert_false(parsed.proposal[0].unknown);
	assert_prints(&parsed, "aes256-aes128-sha256-prfsha256-modp2048, "
			       "aes128gcm16-prfsha256-x25519");
	ike_writer_init(&w, 1000);
	ike_proposals_emit(&parsed, &w);
	assert_true(ike_bytes_equal(ike_writer_written(&w), wire_hex(hex)));
	ike_writer_clear(&w);
	ike_proposals_clear(&parsed);
}

static void test_SPI_is_read_and_written(void **state)
{
	struct ike_proposals parsed = offer_of_hex(WIRE_SA_ESP);
	struct ike_writer w;

	assert_int_equal(parsed.proposal[0].spi, SPI_ESP);
	assert_int_equal(parsed.proposal[0].spi_len, 4);
	ike_proposals_set_spi(&parsed, 0x0102030405060708, 8);
	ike_writer_init(&w, 1000);
	ike_proposals_emit(&parsed, &w);
	assert_memory_equal(w.data + 6, "\x08\x03\1\2\3\4\5\6\7\10", 10);
	ike_writer_clear(&w);
	ike_proposals_clear(&parsed);
}

static void test_I28_no_proposal_at_all(void **state)
{
	assert_malformed("", IKE_REASON_SA_EMPTY);
}

static void test_I28_proposal_lengths(void **state)
{
	assert_malformed("00", IKE_REASON_PROPOSAL_LENGTH);
	assert_malformed("00000007", IKE_REASON_PROPOSAL_LENGTH);
	assert_malformed("00000007 010100 00", IKE_REASON_PROPOSAL_LENGTH);
	assert_malformed("00000009 01010000", IKE_REASON_PROPOSAL_LENGTH);
	assert_malformed("0000ffff 01010000", IKE_REASON_PROPOSAL_LENGTH);
	assert_malformed("00000000 01010000", IKE_REASON_PROPOSAL_LENGTH);
	assert_malformed("00000010 01010001 00000009 01000001",
			 IKE_REASON_TRANSFORM_LENGTH);
	assert_malformed("00000010 01010001 00000007 01000001",
			 IKE_REASON_TRANSFORM_LENGTH);
}

static void test_I28_every_length_of_the_first_proposal(void **state)
{
	struct ike_bytes body = wire_hex(
		"02000038 01010005" AES256 AES128 PRF256 SHA256 MODP2048
		"00000010 02010001" T("00", "01", "0001"));

	for (unsigned int len = 0; len < 120; len++) {
		struct ike_proposals parsed;
		struct ike_fault fault;

		((uint8_t *)body.data)[3] = len;
		assert_int_equal(parse(&parsed, body, &fault),
				 len == 0x38 ? 0 : -EINVAL);
		ike_proposals_clear(&parsed);
	}
}

/* An SPI of another size than the protocol has costs its proposal. */
static void test_I28_SPI_sizes(void **state)
{
	struct ike_proposals policy = offer_of_text(&esp, "aes256-sha256");
	static const unsigned int sizes[] = { 0, 1, 3, 4, 5, 8, 255 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ike_proposals offer =
			offer_of_text(&esp, "aes256-sha256");
		struct ike_proposals parsed;
		struct ike_fault fault;
		struct ike_chosen chosen;
		struct ike_difference difference;
		struct ike_writer w;

		ike_proposals_set_spi(&offer, SPI_ESP, 0);
		ike_writer_init(&w, 1000);
		ike_proposals_emit(&offer, &w);
		/* The SPI is put between header and transforms. */
		ike_writer_zero(&w, sizes[i]);
		memmove(w.data + 8 + sizes[i], w.data + 8,
			w.len - 8 - sizes[i]);
		memset(w.data + 8, 0x11, sizes[i]);
		w.data[6] = sizes[i];
		ike_writer_set_length(&w, 2, 0);
		assert_int_equal(parse(&parsed,
				       wire_copy(ike_writer_written(&w)),
				       &fault), 0);
		assert_int_equal(parsed.proposal[0].unknown, sizes[i] > 8);
		assert_int_equal(ike_proposals_choose(&parsed, &policy, &esp,
						      &chosen, &difference),
				 sizes[i] == 4 ? 0 : -ENOENT);
		/* What is kept of it can be written. */
		ike_proposals_emit(&parsed, &w);
		assert_int_equal(w.error, 0);
		ike_proposals_clear(&parsed);
		ike_proposals_clear(&offer);
		ike_writer_clear(&w);
	}
	ike_proposals_clear(&policy);
}

static void test_I28_SPI_past_the_end(void **state)
{
	assert_malformed("00000010 0103 ff01" T("00", "01", "0001"),
			 IKE_REASON_PROPOSAL_LENGTH);
	assert_malformed("00000008 01030100", IKE_REASON_PROPOSAL_LENGTH);
}

static void test_I28_count_of_transforms(void **state)
{
	assert_malformed("00000010 01010000" T("00", "01", "0001"),
			 IKE_REASON_TRANSFORM_COUNT);
	assert_malformed("00000010 01010002" T("00", "01", "0001"),
			 IKE_REASON_TRANSFORM_COUNT);
	assert_malformed("00000010 010100ff" T("00", "01", "0001"),
			 IKE_REASON_TRANSFORM_COUNT);
	assert_malformed("00000018 01010001" T("03", "01", "0001")
			 T("00", "01", "0001"), IKE_REASON_TRANSFORM_COUNT);
}

static void test_I28_last_or_more_in_the_wrong_place(void **state)
{
	static const char *const good =
		"02000010 01010001" T("00", "01", "0001")
		"00000018 02010002" T("03", "01", "0001") T("00", "01", "0001");
	/* Of both proposals and the three transforms. */
	static const size_t at[] = { 0, 16, 8, 24, 32 };

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		struct ike_bytes body = wire_hex(good);
		uint8_t *last = (uint8_t *)body.data + at[i];
		uint8_t right = *last;

		for (unsigned int value = 0; value < 256; value++) {
			struct ike_proposals parsed;
			struct ike_fault fault;

			*last = value;
			assert_int_equal(parse(&parsed, body, &fault),
					 value == right ? 0 : -EINVAL);
			if (value != right)
				assert_int_equal(fault.reason, i < 2 ?
						 IKE_REASON_PROPOSAL_MORE :
						 IKE_REASON_TRANSFORM_MORE);
			ike_proposals_clear(&parsed);
		}
	}
}

static void test_I29_proposal_numbers(void **state)
{
	static const struct {
		uint8_t first;
		uint8_t second;
		bool good;
	} rows[] = {
		{ 1, 2, true },	 { 2, 3, true },  { 0, 1, false },
		{ 1, 1, false }, { 1, 3, false }, { 2, 1, false },
		{ 1, 0, false }, { 255, 0, false }, { 254, 255, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ike_bytes body = wire_hex(
			"02000010 00010001" T("00", "01", "0001")
			"00000010 00010001" T("00", "01", "0001"));
		struct ike_proposals parsed;
		struct ike_fault fault;

		((uint8_t *)body.data)[4] = rows[i].first;
		((uint8_t *)body.data)[20] = rows[i].second;
		assert_int_equal(parse(&parsed, body, &fault),
				 rows[i].good ? 0 : -EINVAL);
		if (!rows[i].good)
			assert_int_equal(fault.reason,
					 IKE_REASON_PROPOSAL_NUMBER);
		ike_proposals_clear(&parsed);
	}
}

/* Proposals with as many transforms as 64 KiB hold. */
static struct ike_bytes largest_SA(size_t proposals, size_t transforms)
{
	struct ike_bytes bytes;
	struct ike_writer w;

	ike_writer_init(&w, SIZE_MAX);
	for (size_t i = 0; i < proposals; i++) {
		ike_writer_u16(&w, i + 1 < proposals ? 0x0200 : 0);
		ike_writer_u16(&w, 8 + transforms * 8);
		ike_writer_u8(&w, i + 1);
		ike_writer_u8(&w, IKE_PROTOCOL_IKE);
		ike_writer_u16(&w, transforms);
		for (size_t j = 0; j < transforms; j++) {
			ike_writer_u16(&w, j + 1 < transforms ? 0x0300 : 0);
			ike_writer_u16(&w, 8);
			ike_writer_u16(&w, (1 + j % 5) << 8);
			ike_writer_u16(&w, 1024 + j);
		}
	}
	bytes = wire_copy(ike_writer_written(&w));
	ike_writer_clear(&w);
	return bytes;
}

static void test_I30_as_many_proposals_as_there_can_be(void **state)
{
	struct ike_proposals policy = offer_of_text(&ike, "default");
	struct ike_bytes body = largest_SA(255, 31);
	struct ike_difference difference;
	struct ike_chosen chosen;
	struct ike_proposals parsed;
	struct ike_fault fault;
	clock_t start = clock();

	assert_true(body.len < 65535);
	assert_int_equal(parse(&parsed, body, &fault), 0);
	assert_int_equal(parsed.n, PROPOSALS_MAX);
	assert_int_equal(ike_proposals_choose(&parsed, &policy, &ike, &chosen,
					      &difference), -ENOENT);
	/* 5 ms without a sanitizer; with one, on a busy machine, far more. */
	assert_true(clock() - start < CLOCKS_PER_SEC / 2);
	ike_proposals_clear(&parsed);
	ike_proposals_clear(&policy);
}

static void test_I30_one_proposal_more(void **state)
{
	struct ike_proposals parsed;
	struct ike_fault fault;

	assert_int_equal(parse(&parsed, largest_SA(256, 1), &fault), -EINVAL);
	assert_int_equal(fault.reason, IKE_REASON_PROPOSAL_NUMBER);
	assert_int_equal(parse(&parsed, largest_SA(1, 255), &fault), 0);
	assert_int_equal(parsed.proposal[0].n, TRANSFORMS_MAX);
	ike_proposals_clear(&parsed);
}

static void test_every_truncation_and_flipped_bit(void **state)
{
	struct ike_bytes whole = wire_hex(
		"02000038 01010005" AES256 AES128 PRF256 SHA256 MODP2048
		"00000028 02030403 c1c2c3c4 0300000c 0100000c 800e0100"
		"03000008 0300000c 00000008 05000000");
	struct ike_proposals policy = offer_of_text(&ike, "default");
	struct ike_proposals parsed;
	struct ike_difference difference;
	struct ike_chosen chosen;
	struct ike_fault fault;
	struct ike_text t;
	char line[300];

	for (size_t len = 0; len < whole.len; len++) {
		struct ike_bytes cut = { whole.data, len };

		assert_int_equal(parse(&parsed, wire_copy(cut), &fault),
				 -EINVAL);
	}
	for (size_t bit = 0; bit < whole.len * 8; bit++) {
		((uint8_t *)whole.data)[bit / 8] ^= 0x80 >> bit % 8;
		if (!parse(&parsed, whole, &fault)) {
			ike_text_init(&t, line, sizeof(line));
			ike_proposals_print(&parsed, &t);
			if (ike_proposals_choose(&parsed, &policy, &ike,
						 &chosen, &difference))
				ike_difference_print(&difference, &t);
			ike_proposals_clear(&parsed);
		}
		((uint8_t *)whole.data)[bit / 8] ^= 0x80 >> bit % 8;
	}
	ike_proposals_clear(&policy);
}

/* Attributes. */

static struct ike_transform only_transform(const char *hex)
{
	struct ike_proposals parsed = offer_of_hex(hex);
	struct ike_transform transform = parsed.proposal[0].transform[0];

	ike_proposals_clear(&parsed);
	return transform;
}

static void test_key_length_is_read(void **state)
{
	struct ike_transform transform =
		only_transform("00000014 01010001"
			       T_BITS("00", "01", "000c", "0100"));

	assert_int_equal(transform.bits, 256);
	assert_false(transform.unknown);
}

static void test_I33_attributes_that_cost_their_transform(void **state)
{
	static const char *const hex[] = {
		/* Key Length 0; another attribute; twice; as TLV */
		"00000014 01010001 0000000c 0100000c 800e0000",
		"00000014 01010001 0000000c 0100000c 800f0100",
		"00000018 01010001 00000010 0100000c 800e0100 800e0100",
		"00000018 01010001 00000010 0100000c 800e0100 800e0080",
		"00000016 01010001 0000000e 0100000c 000e0002 0100",
		"00000014 01010001 0000000c 0100000c 000e0000",
	};

	for (size_t i = 0; i < ARRAY_SIZE(hex); i++)
		assert_true(only_transform(hex[i]).unknown);
}

static void test_I33_attributes_past_their_transform(void **state)
{
	assert_malformed("00000014 01010001 0000000c 0100000c 000e0001",
			 IKE_REASON_ATTRIBUTE_LENGTH);
	assert_malformed("00000012 01010001 0000000a 0100000c 800e",
			 IKE_REASON_ATTRIBUTE_LENGTH);
	assert_malformed("00000011 01010001 00000009 0100000c 80",
			 IKE_REASON_ATTRIBUTE_LENGTH);
	assert_malformed("00000014 01010001 0000000c 0100000c 000effff",
			 IKE_REASON_ATTRIBUTE_LENGTH);
}

static void test_groups_are_dropped_for_IKE_AUTH(void **state)
{
	struct ike_proposals offer =
		offer_of_text(&esp,
			      "aes256-sha256-modp2048-ecp256,aes128gcm16");

	ike_proposals_drop(&offer, IKE_TRANSFORM_DH);
	assert_prints(&offer, "aes256-sha256, aes128gcm16");
	assert_int_equal(ike_proposals_first_group(&offer), 0);
	ike_proposals_clear(&offer);
}

static void test_groups_of_a_list(void **state)
{
	struct ike_proposals offer = offer_of_text(&esp,
		"aes128gcm16-none-ecp384,aes256-sha256-modp2048-ecp256");

	assert_int_equal(ike_proposals_first_group(&offer), IKE_DH_ECP_384);
	assert_true(ike_proposals_have_group(&offer, IKE_DH_MODP_2048));
	assert_true(ike_proposals_have_group(&offer, IKE_DH_NONE));
	assert_false(ike_proposals_have_group(&offer, IKE_DH_CURVE25519));
	ike_proposals_clear(&offer);
}

static void test_lists_are_copied_deeply(void **state)
{
	struct ike_proposals a = offer_of_text(&ike, "default"), b, none;

	assert_int_equal(ike_proposals_copy(&b, &a), 0);
	ike_proposals_drop(&a, IKE_TRANSFORM_DH);
	assert_int_equal(ike_proposals_first_group(&a), 0);
	assert_int_equal(ike_proposals_first_group(&b), IKE_DH_CURVE25519);
	ike_proposals_clear(&a);
	ike_proposals_clear(&b);
	assert_int_equal(ike_proposals_copy(&none, &a), 0);
	assert_int_equal(none.n, 0);
}

#define TEST(test) cmocka_unit_test_teardown(test, wire_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_proposals_are_read_and_written),
		TEST(test_SPI_is_read_and_written),
		TEST(test_I28_no_proposal_at_all),
		TEST(test_I28_proposal_lengths),
		TEST(test_I28_every_length_of_the_first_proposal),
		TEST(test_I28_SPI_sizes),
		TEST(test_I28_SPI_past_the_end),
		TEST(test_I28_count_of_transforms),
		TEST(test_I28_last_or_more_in_the_wrong_place),
		TEST(test_I29_proposal_numbers),
		TEST(test_I30_as_many_proposals_as_there_can_be),
		TEST(test_I30_one_proposal_more),
		TEST(test_every_truncation_and_flipped_bit),
		TEST(test_key_length_is_read),
		TEST(test_I33_attributes_that_cost_their_transform),
		TEST(test_I33_attributes_past_their_transform),
		TEST(test_groups_are_dropped_for_IKE_AUTH),
		TEST(test_groups_of_a_list),
		TEST(test_lists_are_copied_deeply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
