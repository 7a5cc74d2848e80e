// SPDX-License-Identifier: GPL-2.0-only
/* An engine that is killed and goes on from what it kept: at any moment, in the
 * middle of any exchange, and from records that are not what was kept.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"

static struct pair *journalled(void)
{
	struct pair *pair = pair_new();

	pair->journal = true;
	return pair;
}

static size_t keeps(const struct pair *pair, enum pair_name name)
{
	size_t i, n = 0;

	for (i = 0; i < PAIR_KEEPS; i++)
		n += pair->end[name].keep[i].record.len > 0;
	return n;
}

static const struct pair_keep *the_keep(const struct pair *pair,
					enum pair_name name)
{
	size_t i;

	assert_int_equal(keeps(pair, name), 1);
	for (i = 0; !pair->end[name].keep[i].record.len; i++)
		;
	return &pair->end[name].keep[i];
}

static void test_nothing_is_kept_before_the_peer_is_authenticated(void **state)
{
	struct pair *pair = journalled();

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	pair_deliver(pair, B);
	assert_int_equal(keeps(pair, A), 0);
	assert_int_equal(keeps(pair, B), 0);
	pair_deliver(pair, A);
	assert_int_equal(keeps(pair, B), 1);
	pair_deliver(pair, B);
	assert_int_equal(keeps(pair, A), 1);
	pair_settle(pair);
	pair_close(pair);
	assert_int_equal(keeps(pair, A), 0);
	assert_int_equal(keeps(pair, B), 0);
	pair_free(pair);
}

static bool has(const struct ike_secret *record, const struct ike_secret *key)
{
	return memmem(record->data, record->len, key->data, key->len);
}

/* Keys of Child SAs are the kernel's alone, once it has them. */
static void test_keys_of_child_sas_do_not_stay(void **state)
{
	struct pair *pair = journalled();
	const struct ike_secret *record;
	size_t i;

	pair_establish(pair);
	record = &the_keep(pair, A)->record;
	for (i = 0; i < PAIR_SAS; i++)
		if (pair->end[A].sa[i].used)
			assert_false(has(record,
					 &pair->end[A].sa[i].spec.encr_key));
	assert_true(has(record, &pair_ike_in(pair, A, IKE_SA_ESTABLISHED)
					 ->keys.d));
	pair_close(pair);
	pair_free(pair);
}

static void test_killed_it_goes_on(void **state)
{
	struct pair *pair = journalled();
	unsigned int added;

	pair_establish(pair);
	added = pair->end[A].added;
	pair_kill(pair, A);
	assert_int_equal(pair->end[A].reason[IKE_REASON_RESUMED], 1);
	assert_non_null(pair_child(pair, A, 0, IKE_CHILD_UP));
	/* A: are you there? --> B */
	pair_settle(pair);
	assert_int_equal(pair->end[A].added, added);
	assert_int_equal(pair->end[A].deleted, 0);
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	pair_kill(pair, B);
	pair_settle(pair);
	pair_rekey_ike(pair, B);
	pair_settle(pair);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	assert_non_null(pair_child(pair, B, 1, IKE_CHILD_UP));
	assert_int_equal(pair_ike(pair, A), 2);
	pair_check_traffic(pair);
	pair_close(pair);
	pair_free(pair);
}

/* The peer died meanwhile: its silence is noticed, without any traffic. */
static void test_peer_that_is_gone_is_noticed(void **state)
{
	struct pair *pair = journalled();

	pair_establish(pair);
	pair->cut = true;
	pair_kill(pair, A);
	pair_run(pair, 300000);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_int_equal(keeps(pair, A), 0);
	pair_close(pair);
	pair_free(pair);
}

/* One exchange of each kind, started by this end, which dies when so many packets
 * of it have arrived.
 */
enum kind {
	REKEY_CHILD,
	REKEY_IKE,
	NEW_CHILD,
	CLOSE_CHILD,
	CLOSE_IKE,
	KINDS
};

static void begin(struct pair *pair, enum pair_name name, enum kind kind)
{
	switch (kind) {
	case REKEY_CHILD:
		pair_rekey_child(pair, name, 0);
		break;
	case REKEY_IKE:
		pair_rekey_ike(pair, name);
		break;
	case NEW_CHILD:
		pair_acquire(pair, name, 1);
		break;
	case CLOSE_CHILD:
		pair_close_child(pair, name, 0);
		break;
	case CLOSE_IKE:
		pair_close_ike(pair, name);
		break;
	case KINDS:
		break;
	}
}

static void killed_in(enum kind kind, unsigned int packets, enum pair_name who,
		      bool both)
{
	struct pair *pair = journalled();
	unsigned int i;

	pair_establish(pair);
	pair->esp_every = 3;
	begin(pair, A, kind);
	if (both)
		begin(pair, B, kind);
	for (i = 0; i < packets; i++) {
		if (pair_waiting(pair, i % 2 ? B : A))
			pair_deliver(pair, i % 2 ? B : A);
		else if (pair_waiting(pair, i % 2 ? A : B))
			pair_deliver(pair, i % 2 ? A : B);
	}
	pair_kill(pair, who);
	pair_check_traffic(pair);
	pair_run(pair, 60000);
	if (kind <= NEW_CHILD) {
		assert_true(pair_up(pair));
		assert_int_equal(pair->end[A].esp_lost[0], 0);
		assert_int_equal(pair->end[B].esp_lost[0], 0);
		assert_int_equal(pair_children(pair, A, IKE_CHILD_UP),
				 pair_children(pair, B, IKE_CHILD_UP));
	}
	pair_close(pair);
	assert_int_equal(keeps(pair, A), 0);
	assert_int_equal(keeps(pair, B), 0);
	pair_free(pair);
}

static void test_killed_in_the_middle_of_each_exchange(void **state)
{
	unsigned int packets;
	enum kind kind;

	for (kind = 0; kind < KINDS; kind++) {
		for (packets = 0; packets < 6; packets++) {
			killed_in(kind, packets, A, false);
			killed_in(kind, packets, B, false);
			killed_in(kind, packets, A, true);
			killed_in(kind, packets, B, true);
		}
	}
}

/* Each event kills it: before, in between, or after what it is to do. */
static void killed_always(unsigned int phase, bool both, enum kind kind)
{
	struct pair *pair = journalled();

	pair_establish(pair);
	pair->lenient = true;
	pair->kills = phase;
	pair->killing[A] = true;
	pair->killing[B] = both;
	begin(pair, A, kind);
	pair_run(pair, 20000);
	pair->killing[A] = false;
	pair->killing[B] = false;
	pair_run(pair, 400000);
	assert_true(pair->end[A].killed > 0);
	if (kind <= NEW_CHILD) {
		assert_non_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
		assert_non_null(pair_ike_in(pair, B, IKE_SA_ESTABLISHED));
	}
	assert_int_equal(pair->end[A].story[IKE_STORY_STEP_REFUSED], 0);
	assert_int_equal(pair->end[B].story[IKE_STORY_STEP_REFUSED], 0);
	pair_free(pair);
}

static void test_killed_again_and_again(void **state)
{
	unsigned int phase;
	enum kind kind;

	for (kind = 0; kind < KINDS; kind++) {
		for (phase = 0; phase < 12; phase++) {
			killed_always(phase, false, kind);
			killed_always(phase, true, kind);
		}
	}
}

/* It was kept that there is a new pair, and the kernel did not get it. */
static void test_kernel_gets_what_was_on_its_way(void **state)
{
	struct pair *pair;
	unsigned int phase;

	for (phase = 0; phase < 12; phase++) {
		pair = journalled();
		pair_establish(pair);
		pair->esp_every = 3;
		pair_rekey_child(pair, A, 0);
		pair_deliver(pair, A);
		/* The response: add in, add out, activate, delete out. */
		pair->killing[A] = true;
		pair->kills = phase;
		pair_deliver(pair, B);
		pair->killing[A] = false;
		pair_run(pair, 60000);
		assert_int_equal(pair->end[A].esp_lost[0], 0);
		assert_int_equal(pair->end[B].esp_lost[0], 0);
		assert_true(pair_up(pair));
		assert_int_equal(pair_sas(pair, A, IKE_OUT), 1);
		assert_int_equal(pair_sas(pair, A, IKE_IN), 1);
		pair_free(pair);
	}
}

static int resume(struct pair *pair, struct ike_bytes record)
{
	struct ike_engine *engine = pair->end[A].engine;
	int err;

	err = pair_event(pair, A, (struct ike_event){ .kind = IKE_EV_RESUME,
						      .resume = record });
	/* It may have been the last action that found no memory. */
	if (err && err != -ENOMEM) {
		assert_null(ike_engine_next_sa(engine, NULL));
		assert_int_equal(engine->sa_by_spi.n, 0);
		assert_int_equal(engine->child_by_spi.n, 0);
		assert_true(ike_engine_deadline(engine) == UINT64_MAX);
	}
	return err;
}

static void forget(struct pair *pair)
{
	struct pair_end *end = &pair->end[A];

	ike_engine_free(end->engine);
	end->engine = ike_engine_new(&end->conf, seeded_random(&end->seeded));
	assert_non_null(end->engine);
}

/* In the middle of a collision, so that all there is stands in it. */
static struct pair *with_record(struct ike_secret *record)
{
	struct pair *pair = journalled();

	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	pair_rekey_child(pair, B, 0);
	pair_deliver(pair, B);
	pair_acquire(pair, A, 1);
	assert_int_equal(ike_secret_set(record, the_keep(pair, A)->record.data,
					the_keep(pair, A)->record.len), 0);
	pair->lenient = true;
	pair->cut = true;
	forget(pair);
	return pair;
}

static void test_record_that_ends_early_is_refused(void **state)
{
	struct ike_secret record = { 0 };
	struct pair *pair = with_record(&record);
	size_t len;
	uint8_t *copy;

	for (len = 1; len < record.len; len++) {
		/* Memory of its own: a read beyond it is seen. */
		copy = malloc(len);
		memcpy(copy, record.data, len);
		assert_int_not_equal(resume(pair, (struct ike_bytes){ copy,
								      len }),
				     0);
		free(copy);
	}
	assert_int_equal(resume(pair, ike_secret_bytes(&record)), 0);
	ike_secret_clear(&record);
	pair_free(pair);
}

/* Whatever it says then: no octet beyond it is read, and what is made of it can be
 * closed.
 */
static void test_record_with_a_wrong_bit_does_no_harm(void **state)
{
	struct ike_secret record = { 0 };
	struct pair *pair = with_record(&record);
	struct ike_event event = { .kind = IKE_EV_TIME };
	unsigned int refused = 0, bit;
	size_t at;

	for (at = 0; at < record.len; at++) {
		for (bit = 0; bit < 8; bit += 1 + at % 3) {
			record.data[at] ^= 1 << bit;
			if (resume(pair, ike_secret_bytes(&record))) {
				refused++;
			} else {
				pair_event(pair, A, (struct ike_event){
					.kind = IKE_EV_RESUME });
				pair_event(pair, A, event);
				forget(pair);
			}
			record.data[at] ^= 1 << bit;
		}
	}
	assert_true(refused > 500);
	ike_secret_clear(&record);
	pair_free(pair);
}

static void test_record_of_another_configuration_is_refused(void **state)
{
	struct ike_secret record = { 0 };
	struct pair *pair = with_record(&record);
	struct pair_end *end = &pair->end[A];
	static const uint8_t psk[] = "another";
	struct ike_bytes key = end->peer.local_psk;

	end->peer.local_psk = (struct ike_bytes){ psk, sizeof(psk) };
	assert_int_equal(resume(pair, ike_secret_bytes(&record)), -ESTALE);
	end->peer.local_psk = key;
	end->peer.name = "another";
	assert_int_equal(resume(pair, ike_secret_bytes(&record)), -ESTALE);
	end->peer.name = "b";
	end->child[0].idle_seconds = 9;
	assert_int_equal(resume(pair, ike_secret_bytes(&record)), -EBADMSG);
	end->child[0].idle_seconds = 0;
	pair->now -= 1;
	assert_int_equal(resume(pair, ike_secret_bytes(&record)), -EBADMSG);
	pair->now += 1;
	assert_int_equal(resume(pair, ike_secret_bytes(&record)), 0);
	/* The same once more is there already. */
	assert_int_equal(pair_event(pair, A, (struct ike_event){
				.kind = IKE_EV_RESUME,
				.resume = ike_secret_bytes(&record) }),
			 -EBADMSG);
	ike_secret_clear(&record);
	pair_free(pair);
}

static void test_record_without_memory_is_refused(void **state)
{
	struct ike_secret record = { 0 };
	struct pair *pair = with_record(&record);
	unsigned int at, refused = 0;

	for (at = 1; at < 80; at++) {
		pair->starve_event = 1;
		pair->starve_at = at;
		if (resume(pair, ike_secret_bytes(&record)))
			refused++;
		forget(pair);
	}
	assert_true(refused > 20);
	ike_secret_clear(&record);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_kept_before_the_peer_is_authenticated),
		cmocka_unit_test(test_keys_of_child_sas_do_not_stay),
		cmocka_unit_test(test_killed_it_goes_on),
		cmocka_unit_test(test_peer_that_is_gone_is_noticed),
		cmocka_unit_test(test_killed_in_the_middle_of_each_exchange),
		cmocka_unit_test(test_killed_again_and_again),
		cmocka_unit_test(test_kernel_gets_what_was_on_its_way),
		cmocka_unit_test(test_record_that_ends_early_is_refused),
		cmocka_unit_test(test_record_with_a_wrong_bit_does_no_harm),
		cmocka_unit_test(test_record_of_another_configuration_is_refused),
		cmocka_unit_test(test_record_without_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
