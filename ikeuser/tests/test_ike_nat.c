// SPDX-License-Identifier: GPL-2.0-only
/* NAT detection: the hash, and what the hashes of a message say. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "nat.h"
#include "vectors.h"

static const uint8_t v4[] = { 192, 0, 2, 1 };
static const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

#define SPI_I 0x0102030405060708
#define SPI_R 0x1112131415161718

static struct ike_bytes bytes(const void *data, size_t len)
{
	return (struct ike_bytes){ data, len };
}

/* Python: hashlib.sha1(SPIi + SPIr + address + port).hexdigest() */
static void test_hash_known_answers(void **state)
{
	struct octets of_v4 = octets_of_hex("d798d986143f878f7076"
					    "5e0e869c80bbc375f701");
	struct octets of_v6 = octets_of_hex("98c75483db8016869763"
					    "5aa7844504963e87de33");
	uint8_t hash[SHA1_LEN];

	assert_int_equal(ike_nat_hash(SPI_I, SPI_R, bytes(v4, 4), 500, hash),
			 0);
	assert_memory_equal(hash, of_v4.data, SHA1_LEN);
	/* the first message: the responder has no SPI yet */
	assert_int_equal(ike_nat_hash(SPI_I, 0, bytes(v6, 16), 4500, hash), 0);
	assert_memory_equal(hash, of_v6.data, SHA1_LEN);
}

static void test_each_input_of_the_hash_matters(void **state)
{
	static const uint8_t other[] = { 192, 0, 2, 2 };
	uint8_t hash[6][SHA1_LEN];
	size_t i, j;

	ike_nat_hash(SPI_I, SPI_R, bytes(v4, 4), 500, hash[0]);
	ike_nat_hash(SPI_I + 1, SPI_R, bytes(v4, 4), 500, hash[1]);
	ike_nat_hash(SPI_I, SPI_R + 1, bytes(v4, 4), 500, hash[2]);
	ike_nat_hash(SPI_I, SPI_R, bytes(other, 4), 500, hash[3]);
	ike_nat_hash(SPI_I, SPI_R, bytes(v4, 4), 501, hash[4]);
	ike_nat_hash(SPI_I, SPI_R, bytes(v4, 4), 500 + 256, hash[5]);
	for (i = 0; i < 6; i++)
		for (j = 0; j < i; j++)
			assert_memory_not_equal(hash[i], hash[j], SHA1_LEN);
}

/* What a side that is at v4, port 500, expects. */
static struct ike_nat_side expecting(void)
{
	struct ike_nat_side side = { 0 };

	assert_int_equal(ike_nat_hash(SPI_I, SPI_R, bytes(v4, 4), 500,
				      side.expect), 0);
	return side;
}

static void add(struct ike_nat_side *side, uint16_t port)
{
	uint8_t hash[SHA1_LEN];

	assert_int_equal(ike_nat_hash(SPI_I, SPI_R, bytes(v4, 4), port, hash),
			 0);
	ike_nat_side_add(side, bytes(hash, SHA1_LEN));
}

static void test_the_hash_of_what_is_seen_is_no_nat(void **state)
{
	struct ike_nat_side side = expecting();

	add(&side, 500);
	assert_false(ike_nat_side_translated(&side));
}

static void test_another_hash_is_nat(void **state)
{
	struct ike_nat_side side = expecting();

	add(&side, 1024);
	assert_true(ike_nat_side_translated(&side));
}

/* RFC 7296 2.23: several NAT_DETECTION_SOURCE_IP, one of them right. */
static void test_one_of_several_hashes_is_enough(void **state)
{
	struct ike_nat_side side = expecting();

	add(&side, 1024);
	add(&side, 500);
	add(&side, 1025);
	assert_false(ike_nat_side_translated(&side));
}

static void test_several_hashes_and_none_is_right(void **state)
{
	struct ike_nat_side side = expecting();

	add(&side, 1024);
	add(&side, 1025);
	assert_true(ike_nat_side_translated(&side));
}

/* A peer that knows nothing of NAT is not behind one. */
static void test_no_hash_says_nothing(void **state)
{
	struct ike_nat_side side = expecting();

	assert_false(ike_nat_side_translated(&side));
}

static void test_I77_hashes_of_0_19_and_21_octets_say_nothing(void **state)
{
	struct ike_nat_side side = expecting();
	uint8_t hash[SHA1_LEN + 1] = { 0 };

	memcpy(hash, side.expect, SHA1_LEN);
	ike_nat_side_add(&side, bytes(hash, 0));
	ike_nat_side_add(&side, bytes(hash, SHA1_LEN - 1));
	ike_nat_side_add(&side, bytes(hash, SHA1_LEN + 1));
	assert_false(side.seen);
	assert_false(side.matched);
	assert_false(ike_nat_side_translated(&side));
}

static void test_I77_both_wrong_is_nat_on_both_sides(void **state)
{
	struct ike_nat_side source = expecting(), destination = expecting();
	uint8_t zeroes[SHA1_LEN] = { 0 };

	ike_nat_side_add(&source, bytes(zeroes, SHA1_LEN));
	ike_nat_side_add(&destination, bytes(zeroes, SHA1_LEN));
	assert_true(ike_nat_side_translated(&source));
	assert_true(ike_nat_side_translated(&destination));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_known_answers),
		cmocka_unit_test(test_each_input_of_the_hash_matters),
		cmocka_unit_test(test_the_hash_of_what_is_seen_is_no_nat),
		cmocka_unit_test(test_another_hash_is_nat),
		cmocka_unit_test(test_one_of_several_hashes_is_enough),
		cmocka_unit_test(test_several_hashes_and_none_is_right),
		cmocka_unit_test(test_no_hash_says_nothing),
		cmocka_unit_test(
			test_I77_hashes_of_0_19_and_21_octets_say_nothing),
		cmocka_unit_test(test_I77_both_wrong_is_nat_on_both_sides),
	};

	return cmocka_run_group_tests_name("ike_nat", tests, NULL, NULL);
}
