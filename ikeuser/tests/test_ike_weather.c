// SPDX-License-Identifier: GPL-2.0-only
/* Two engines on a bad wire, and for a long time on a good one: set-ups and rekeys
 * succeed with nobody's help, and rekeys lose no ESP packet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"

static const struct pair_weather storm = {
	.loss = 30,
	.doubled = 10,
	.reordered = 25,
	.delay = 20,
	.jitter = 100,
};

static void fast(struct pair *pair)
{
	unsigned int name, i;

	for (name = A; name <= B; name++) {
		pair_proposals(&pair->end[name].peer.proposals,
			       IKE_PROTOCOL_IKE, "aes256gcm16-prfsha256-x25519");
		for (i = 0; i < PAIR_RULES; i++)
			pair_proposals(&pair->end[name].child[i].proposals,
				       IKE_PROTOCOL_ESP, "aes256gcm16-x25519");
	}
}

static void seed(struct pair *pair, uint64_t number)
{
	pair->end[A].seeded.state = 2 * number + 1;
	pair->end[B].seeded.state = 2 * number + 2;
	pair->luck.state = number + 1000;
}

#define SETUPS 100
#define PATIENCE_MS 300000

static void test_100_of_100_set_ups_in_a_storm(void **state)
{
	unsigned int i;

	for (i = 0; i < SETUPS; i++) {
		struct pair *pair = pair_new();

		fast(pair);
		seed(pair, i);
		pair->weather = storm;
		pair_start(pair);
		pair_acquire(pair, A, 0);
		assert_true(pair_until(pair, PATIENCE_MS, pair_up));
		pair_run(pair, 1000);
		pair_close(pair);
		pair_free(pair);
	}
}

static uint32_t spi_before;

static bool rekeyed(struct pair *pair)
{
	const struct ike_child *a = pair_child(pair, A, 0, IKE_CHILD_UP);
	const struct ike_child *b = pair_child(pair, B, 0, IKE_CHILD_UP);

	return a && b && a->spi_in != spi_before && a->spi_in == b->spi_out;
}

#define REKEYS 50

static void test_50_of_50_child_rekeys_in_a_storm(void **state)
{
	struct pair *pair = pair_new();
	unsigned int i;

	fast(pair);
	seed(pair, 7);
	pair_establish(pair);
	pair->weather = storm;
	for (i = 0; i < REKEYS; i++) {
		spi_before = pair_child(pair, A, 0, IKE_CHILD_UP)->spi_in;
		pair_rekey_child(pair, i & 1 ? A : B, 0);
		assert_true(pair_until(pair, PATIENCE_MS, rekeyed));
		pair_run(pair, 1000);
	}
	pair_close(pair);
	pair_free(pair);
}

static uint32_t ike_before;

static bool ike_rekeyed(struct pair *pair)
{
	const struct ike_sa *a = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
	const struct ike_sa *b = pair_ike_in(pair, B, IKE_SA_ESTABLISHED);

	return a && b && a->number != ike_before && a->spi_i == b->spi_i &&
	       pair_up(pair);
}

static void test_50_of_50_ike_rekeys_in_a_storm(void **state)
{
	struct pair *pair = pair_new();
	unsigned int i;

	fast(pair);
	seed(pair, 8);
	pair_establish(pair);
	pair->weather = storm;
	for (i = 0; i < REKEYS; i++) {
		ike_before = pair_ike_in(pair, A, IKE_SA_ESTABLISHED)->number;
		pair_rekey_ike(pair, i & 1 ? A : B);
		assert_true(pair_until(pair, PATIENCE_MS, ike_rekeyed));
		pair_run(pair, 1000);
	}
	pair_close(pair);
	pair_free(pair);
}

/* Late by up to 100 ms, and in another order; but all of it arrives. */
static const struct pair_weather breeze = {
	.delay = 5,
	.jitter = 100,
	.reordered = 25,
};

static void test_200_child_and_20_ike_rekeys_lose_no_packet(void **state)
{
	struct pair *pair = pair_new();
	unsigned int i;

	fast(pair);
	pair_establish(pair);
	pair->weather = breeze;
	pair->esp_at = pair->now;
	pair->esp_every = 7;
	for (i = 0; i < 200; i++) {
		spi_before = pair_child(pair, A, 0, IKE_CHILD_UP)->spi_in;
		pair_rekey_child(pair, i % 3 ? A : B, 0);
		assert_true(pair_until(pair, PATIENCE_MS, rekeyed));
		if (i % 10)
			continue;
		ike_before = pair_ike_in(pair, A, IKE_SA_ESTABLISHED)->number;
		pair_rekey_ike(pair, i % 20 ? A : B);
		assert_true(pair_until(pair, PATIENCE_MS, ike_rekeyed));
	}
	pair->esp_every = 0;
	pair_run(pair, 20000);
	for (i = A; i <= B; i++) {
		assert_true(pair->end[i].esp_sent > 1000);
		assert_int_equal(pair->end[i].esp_lost[0], 0);
		assert_int_equal(pair->end[!i].esp_sent,
				 pair->end[i].esp_received);
		assert_int_equal(pair_sas(pair, i, IKE_IN), 1);
		assert_int_equal(pair_sas(pair, i, IKE_OUT), 1);
	}
	pair_close(pair);
	pair_free(pair);
}

/* Both ends have timers for the same lifetimes; nobody asks by hand. */
static void test_rekey_timers_of_both_ends_rarely_collide(void **state)
{
	struct pair *pair = pair_new();
	unsigned int i;

	fast(pair);
	for (i = A; i <= B; i++)
		pair->end[i].peer.rekey_seconds = 3600;
	pair_establish(pair);
	pair_run(pair, 20ULL * 3600 * 1000);
	assert_true(pair->end[A].story[IKE_STORY_IKE_STATE] > 40);
	assert_int_equal(pair->end[A].story[IKE_STORY_COLLISION], 0);
	assert_int_equal(pair_ike(pair, A), 1);
	assert_true(pair_up(pair));
	pair_close(pair);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_100_of_100_set_ups_in_a_storm),
		cmocka_unit_test(test_50_of_50_child_rekeys_in_a_storm),
		cmocka_unit_test(test_50_of_50_ike_rekeys_in_a_storm),
		cmocka_unit_test(test_200_child_and_20_ike_rekeys_lose_no_packet),
		cmocka_unit_test(test_rekey_timers_of_both_ends_rarely_collide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
