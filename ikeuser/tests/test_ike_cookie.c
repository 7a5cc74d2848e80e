// SPDX-License-Identifier: GPL-2.0-only
/* Stateless cookies: for whom, and how long, each of them is good. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cookie.h"
#include "proto.h"
#include "seeded.h"

static const uint8_t address[] = { 192, 0, 2, 1 };
static const uint8_t ni[32] = { 1, 2, 3 };

static const struct ike_cookie_claim claim = {
	.address = { address, sizeof(address) },
	.spi_i = 0x0123456789abcdef,
	.ni = { ni, sizeof(ni) },
};

/* One engine's cookies, and a clock. */
struct world {
	struct ike_cookies cookies;
	struct seeded seeded;
	struct ike_random random;
	uint64_t now;
};

static int set_up(void **state)
{
	static struct world world;

	world = (struct world){ .now = 5000 };
	world.random = seeded_random(&world.seeded);
	*state = &world;
	return 0;
}

static void make(struct world *w, uint8_t *cookie)
{
	assert_int_equal(ike_cookie_make(&w->cookies, &w->random, w->now,
					 &claim, cookie), 0);
}

static bool good(struct world *w, const struct ike_cookie_claim *who,
		 const uint8_t *cookie, size_t len)
{
	return ike_cookie_good(&w->cookies, &w->random, w->now, who,
			       (struct ike_bytes){ cookie, len });
}

static void test_a_cookie_is_good_for_whom_it_was_made(void **state)
{
	uint8_t cookie[COOKIE_LEN];

	make(*state, cookie);
	assert_true(good(*state, &claim, cookie, COOKIE_LEN));
	assert_true(good(*state, &claim, cookie, COOKIE_LEN));
}

/* RFC 7296 2.6: 1 to 64 octets. */
static void test_a_cookie_has_a_length_that_is_allowed(void **state)
{
	assert_in_range(COOKIE_LEN, 1, IKE_COOKIE_MAX);
}

/* Nothing is kept for an initiator: the same claim gives the same cookie, and
 * the only random octets are those of the secret.
 */
static void test_I61_no_state_for_100000_initiators(void **state)
{
	struct world *w = *state;
	struct ike_cookie_claim who = claim;
	struct ike_cookies before;
	uint8_t cookie[COOKIE_LEN], again[COOKIE_LEN];
	int i;

	make(w, cookie);
	before = w->cookies;
	for (i = 0; i < 100000; i++) {
		who.spi_i++;
		assert_int_equal(ike_cookie_make(&w->cookies, &w->random,
						 w->now, &who, again), 0);
	}
	assert_memory_equal(&before, &w->cookies, sizeof(before));
	assert_int_equal(w->seeded.calls, 1);
	make(w, again);
	assert_memory_equal(cookie, again, COOKIE_LEN);
}

static void test_I60_each_bit_matters(void **state)
{
	uint8_t cookie[COOKIE_LEN];
	size_t bit;

	make(*state, cookie);
	for (bit = 0; bit < 8 * COOKIE_LEN; bit++) {
		cookie[bit / 8] ^= 1 << bit % 8;
		assert_false(good(*state, &claim, cookie, COOKIE_LEN));
		cookie[bit / 8] ^= 1 << bit % 8;
	}
	assert_true(good(*state, &claim, cookie, COOKIE_LEN));
}

static void test_I60_each_length(void **state)
{
	uint8_t cookie[66] = { 0 };
	size_t len;

	make(*state, cookie);
	for (len = 0; len <= sizeof(cookie); len++)
		assert_int_equal(good(*state, &claim, cookie, len),
				 len == COOKIE_LEN);
}

static void test_I60_from_another_address(void **state)
{
	static const uint8_t other[] = { 192, 0, 2, 2 };
	struct ike_cookie_claim who = claim;
	uint8_t cookie[COOKIE_LEN];

	make(*state, cookie);
	who.address.data = other;
	assert_false(good(*state, &who, cookie, COOKIE_LEN));
}

static void test_I60_with_another_spi(void **state)
{
	struct ike_cookie_claim who = claim;
	uint8_t cookie[COOKIE_LEN];

	make(*state, cookie);
	who.spi_i ^= 1;
	assert_false(good(*state, &who, cookie, COOKIE_LEN));
}

static void test_I60_with_another_nonce(void **state)
{
	static const uint8_t other[32] = { 1, 2, 4 };
	struct ike_cookie_claim who = claim;
	uint8_t cookie[COOKIE_LEN];

	make(*state, cookie);
	who.ni.data = other;
	assert_false(good(*state, &who, cookie, COOKIE_LEN));
	who = claim;
	who.ni.len--;
	assert_false(good(*state, &who, cookie, COOKIE_LEN));
}

/* The same octets, cut elsewhere: an initiator at an IPv6 address shows its
 * cookie as one from the IPv4 address that its own begins with.
 */
static void test_I60_octets_of_the_address_moved_into_spi_and_nonce(
	void **state)
{
	static const uint8_t octets[16 + 8 + 32] = { 192, 0, 2, 1, 5, 6, 7, 8,
						     9, 10, 11, 12 };
	struct ike_cookie_claim v6 = { { octets, 16 }, 0, { octets + 24, 32 } };
	struct ike_cookie_claim v4 = { { octets, 4 }, 0x05060708090a0b0c,
				       { octets + 12, 44 } };
	struct world *w = *state;
	uint8_t cookie[COOKIE_LEN];

	assert_int_equal(ike_cookie_make(&w->cookies, &w->random, w->now, &v6,
					 cookie), 0);
	assert_true(good(w, &v6, cookie, COOKIE_LEN));
	assert_false(good(w, &v4, cookie, COOKIE_LEN));
}

/* A secret makes cookies for COOKIE_SECRET_MS, and is good as long again. */
static void test_I60_good_after_one_secret_change_not_after_two(void **state)
{
	struct world *w = *state;
	uint8_t cookie[COOKIE_LEN], newer[COOKIE_LEN];

	make(w, cookie);
	w->now += COOKIE_SECRET_MS - 1;
	assert_true(good(w, &claim, cookie, COOKIE_LEN));
	assert_int_equal(w->seeded.calls, 1);
	w->now += 1;
	assert_true(good(w, &claim, cookie, COOKIE_LEN));
	assert_int_equal(w->seeded.calls, 2);
	make(w, newer);
	assert_memory_not_equal(cookie, newer, COOKIE_LEN);
	assert_true(good(w, &claim, newer, COOKIE_LEN));
	w->now += COOKIE_SECRET_MS - 1;
	assert_true(good(w, &claim, cookie, COOKIE_LEN));
	w->now += 1;
	assert_false(good(w, &claim, cookie, COOKIE_LEN));
	assert_true(good(w, &claim, newer, COOKIE_LEN));
}

/* Secrets change when somebody asks: silence must not keep an old one alive. */
static void test_I60_no_old_cookie_after_a_long_silence(void **state)
{
	struct world *w = *state;
	uint8_t cookie[COOKIE_LEN];

	make(w, cookie);
	w->now += 2 * COOKIE_SECRET_MS - 1;
	assert_true(good(w, &claim, cookie, COOKIE_LEN));
	set_up((void **)&w);
	make(w, cookie);
	w->now += 2 * COOKIE_SECRET_MS;
	assert_false(good(w, &claim, cookie, COOKIE_LEN));
}

static void test_I60_versions_wrap(void **state)
{
	struct world *w = *state;
	uint8_t cookie[COOKIE_LEN];
	int i;

	for (i = 0; i < 600; i++) {
		make(w, cookie);
		assert_true(good(w, &claim, cookie, COOKIE_LEN));
		w->now += COOKIE_SECRET_MS;
		assert_true(good(w, &claim, cookie, COOKIE_LEN));
	}
}

/* Before the first secret there is none that could make a cookie good. */
static void test_I60_a_cookie_of_nobody(void **state)
{
	uint8_t cookie[COOKIE_LEN] = { 0 };
	int version;

	for (version = 0; version < 256; version++) {
		cookie[0] = version;
		assert_false(good(*state, &claim, cookie, COOKIE_LEN));
	}
}

static void test_I60_another_engine_made_it(void **state)
{
	struct world *w = *state;
	uint8_t cookie[COOKIE_LEN];

	make(w, cookie);
	set_up(state);
	w->seeded.state = 99;
	assert_false(good(w, &claim, cookie, COOKIE_LEN));
}

static void test_no_cookie_without_random_octets(void **state)
{
	struct world *w = *state;
	uint8_t cookie[COOKIE_LEN];

	w->seeded.fail_at = 1;
	assert_int_equal(ike_cookie_make(&w->cookies, &w->random, w->now,
					 &claim, cookie), -EIO);
	make(w, cookie);
	w->now += COOKIE_SECRET_MS;
	w->seeded = (struct seeded){ .fail_at = 1 };
	assert_false(good(w, &claim, cookie, COOKIE_LEN));
	assert_true(good(w, &claim, cookie, COOKIE_LEN));
}

static void test_cleared_cookies_have_no_secret(void **state)
{
	static const struct ike_cookies none;
	struct world *w = *state;
	uint8_t cookie[COOKIE_LEN];

	make(w, cookie);
	ike_cookies_clear(&w->cookies);
	assert_memory_equal(&w->cookies, &none, sizeof(none));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_cookie_is_good_for_whom_it_was_made),
		TEST(test_a_cookie_has_a_length_that_is_allowed),
		TEST(test_I61_no_state_for_100000_initiators),
		TEST(test_I60_each_bit_matters),
		TEST(test_I60_each_length),
		TEST(test_I60_from_another_address),
		TEST(test_I60_with_another_spi),
		TEST(test_I60_with_another_nonce),
		TEST(test_I60_octets_of_the_address_moved_into_spi_and_nonce),
		TEST(test_I60_good_after_one_secret_change_not_after_two),
		TEST(test_I60_no_old_cookie_after_a_long_silence),
		TEST(test_I60_versions_wrap),
		TEST(test_I60_a_cookie_of_nobody),
		TEST(test_I60_another_engine_made_it),
		TEST(test_no_cookie_without_random_octets),
		TEST(test_cleared_cookies_have_no_secret),
	};

	return cmocka_run_group_tests_name("ike_cookie", tests, NULL, NULL);
}
