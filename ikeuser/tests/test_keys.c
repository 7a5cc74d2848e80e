// SPDX-License-Identifier: GPL-2.0-only
/* Keys of ESP SAs: found by what names an SA, gone with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "keys.h"

static struct ike_sa_spec spec(enum ike_direction direction, uint32_t spi,
			       uint8_t remote)
{
	static uint8_t key[32], icv[20];
	struct ike_sa_spec sa = {
		.direction = direction,
		.spi = spi,
		.remote = { .len = 4, .ip = { 192, 0, 2, remote } },
		.encr = 12,
		.encr_key = { key, sizeof(key) },
		.integ_key = { icv, sizeof(icv) },
	};

	memset(key, remote, sizeof(key));
	memset(icv, direction, sizeof(icv));
	return sa;
}

static bool has(const struct keys *keys, enum ike_direction direction,
		uint32_t spi, uint8_t remote)
{
	struct ike_sa_spec wanted = spec(direction, spi, remote);
	const struct ike_sa_spec *sa = keys_find(keys, direction, spi,
						 &wanted.remote);

	if (!sa)
		return false;
	assert_int_equal(sa->encr_key.len, 32);
	assert_int_equal(sa->encr_key.data[31], remote);
	assert_int_equal(sa->integ_key.len, 20);
	assert_int_equal(sa->integ_key.data[0], direction);
	assert_ptr_not_equal(sa->encr_key.data, wanted.encr_key.data);
	return true;
}

static void add(struct keys *keys, enum ike_direction direction, uint32_t spi,
		uint8_t remote)
{
	struct ike_sa_spec sa = spec(direction, spi, remote);

	assert_int_equal(keys_add(keys, &sa), 0);
}

static void del(struct keys *keys, enum ike_direction direction, uint32_t spi,
		uint8_t remote)
{
	struct ike_sa_spec sa = spec(direction, spi, remote);

	keys_remove(keys, direction, spi, &sa.remote);
}

static void test_each_is_found_by_its_name_and_gone_when_removed(void **state)
{
	struct keys *keys = keys_new();

	add(keys, IKE_IN, 0x1000, 1);
	add(keys, IKE_OUT, 0x1000, 1);
	assert_true(has(keys, IKE_IN, 0x1000, 1));
	assert_true(has(keys, IKE_OUT, 0x1000, 1));
	assert_false(has(keys, IKE_IN, 0x1001, 1));
	del(keys, IKE_IN, 0x1000, 1);
	assert_false(has(keys, IKE_IN, 0x1000, 1));
	assert_true(has(keys, IKE_OUT, 0x1000, 1));
	del(keys, IKE_IN, 0x1000, 1);
	keys_free(keys);
}

/* An SPI out is the peer's choice, so two peers may choose the same. */
static void test_peers_with_one_spi_are_kept_apart(void **state)
{
	uint8_t first, i;

	for (first = 1; first <= 3; first++) {
		struct keys *keys = keys_new();

		for (i = 1; i <= 3; i++)
			add(keys, IKE_OUT, 0x2000, i);
		del(keys, IKE_OUT, 0x2000, first);
		for (i = 1; i <= 3; i++)
			assert_int_equal(has(keys, IKE_OUT, 0x2000, i),
					 i != first);
		del(keys, IKE_OUT, 0x2000, 4);
		keys_free(keys);
	}
}

static void test_one_that_is_added_again_takes_the_place_of_the_first(
	void **state)
{
	struct keys *keys = keys_new();
	struct ike_sa_spec sa = spec(IKE_IN, 0x3000, 1);

	add(keys, IKE_IN, 0x3000, 1);
	sa.remote.ip[3] = 2;
	sa.esn = true;
	assert_int_equal(keys_add(keys, &sa), 0);
	assert_true(keys_find(keys, IKE_IN, 0x3000, &sa.remote)->esn);
	del(keys, IKE_IN, 0x3000, 1);
	assert_null(keys_find(keys, IKE_IN, 0x3000, &sa.remote));
	keys_free(keys);
}

static void test_one_that_moves_is_found_at_its_new_address(void **state)
{
	struct keys *keys = keys_new();
	struct ike_sa_spec sa = spec(IKE_OUT, 0x4000, 1);
	struct ike_address was = sa.remote;

	add(keys, IKE_OUT, 0x4000, 1);
	sa.remote.ip[3] = 9;
	keys_move(keys, &sa, &was);
	assert_null(keys_find(keys, IKE_OUT, 0x4000, &was));
	assert_non_null(keys_find(keys, IKE_OUT, 0x4000, &sa.remote));
	keys_move(keys, &sa, &was);
	keys_free(keys);
}

static void test_thousands_are_freed(void **state)
{
	struct keys *keys = keys_new();
	uint32_t i;

	for (i = 0; i < 4000; i++) {
		add(keys, IKE_IN, 0x5000 + i, 1);
		add(keys, IKE_OUT, 0x5000 + i / 2, i % 2);
	}
	for (i = 0; i < 4000; i += 3)
		del(keys, IKE_IN, 0x5000 + i, 1);
	keys_free(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_each_is_found_by_its_name_and_gone_when_removed),
		cmocka_unit_test(test_peers_with_one_spi_are_kept_apart),
		cmocka_unit_test(
			test_one_that_is_added_again_takes_the_place_of_the_first),
		cmocka_unit_test(
			test_one_that_moves_is_found_at_its_new_address),
		cmocka_unit_test(test_thousands_are_freed),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
