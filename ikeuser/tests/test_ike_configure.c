// SPDX-License-Identifier: GPL-2.0-only
/* One configuration after another while SAs stand: what stays the same keeps all it
 * has, octet for octet; what does not is closed, and comes again when asked for.
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

/* Another configuration of A, with names of its own that can be freed. */
struct other {
	struct ike_engine_conf conf;
	struct ike_peer_conf peer;
	struct ike_child_conf child[PAIR_RULES + 1];
	char name[8];
};

static struct other *other_new(const struct pair *pair)
{
	const struct pair_end *end = &pair->end[A];
	struct other *other = calloc(1, sizeof(*other));

	assert_non_null(other);
	other->conf = end->conf;
	other->peer = end->peer;
	memcpy(other->child, end->child, sizeof(end->child));
	strcpy(other->name, end->peer.name);
	other->peer.name = other->name;
	other->peer.child = other->child;
	other->conf.peer = &other->peer;
	return other;
}

static int configure(struct pair *pair, const struct ike_engine_conf *conf)
{
	return pair_event(pair, A,
			  (struct ike_event){ .kind = IKE_EV_CONFIGURE,
					      .configure.conf = conf });
}

static struct pair *two_children(void)
{
	struct pair *pair = pair_new();

	pair_establish(pair);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	assert_non_null(pair_child(pair, A, 1, IKE_CHILD_UP));
	return pair;
}

static void test_same_configuration_changes_nothing(void **state)
{
	struct pair *pair = two_children();
	const struct ike_sa *sa = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
	struct ike_window window = sa->window;
	uint64_t deadline = ike_engine_deadline(pair->end[A].engine);
	unsigned int sent = pair->end[A].sent;
	struct other *other = other_new(pair);

	assert_int_equal(configure(pair, &other->conf), 0);
	assert_ptr_equal(pair_ike_in(pair, A, IKE_SA_ESTABLISHED), sa);
	assert_memory_equal(&sa->window, &window, sizeof(window));
	assert_true(ike_engine_deadline(pair->end[A].engine) == deadline);
	assert_int_equal(pair->end[A].sent, sent);
	assert_int_equal(pair->end[A].deleted, 0);
	assert_ptr_equal(sa->peer->conf, &other->peer);
	assert_false(ike_engine_uses(pair->end[A].engine, &pair->end[A].conf));
	assert_true(ike_engine_uses(pair->end[A].engine, &other->conf));
	/* And all goes on. */
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	pair_rekey_ike(pair, B);
	pair_settle(pair);
	pair_close(pair);
	pair_free(pair);
	free(other);
}

/* The story of before goes on under names of now: those of before are freed. */
static void test_story_goes_on(void **state)
{
	struct pair *pair = pair_new();
	struct other *first = other_new(pair), *second = other_new(pair);
	const struct ike_ring *ring;
	const struct ike_story *story;
	size_t i, n = 0;

	pair_establish(pair);
	assert_int_equal(configure(pair, &first->conf), 0);
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	assert_int_equal(configure(pair, &second->conf), 0);
	assert_false(ike_engine_uses(pair->end[A].engine, &first->conf));
	memset(first, 'x', sizeof(*first));
	free(first);
	ring = ike_engine_ring(pair->end[A].engine, "b", 0);
	for (i = 0; (story = ike_ring_get(ring, i)); i++)
		n += story->peer && !strcmp(story->peer, "b");
	assert_true(n > 20);
	ring = ike_engine_ring(pair->end[A].engine, NULL, PAIR_RULE);
	for (i = 0; (story = ike_ring_get(ring, i)); i++)
		assert_string_equal(story->peer, "b");
	assert_true(i > 4);
	pair_close(pair);
	pair_free(pair);
	free(second);
}

static void test_child_that_changes_is_closed_alone(void **state)
{
	struct pair *pair = two_children();
	const struct ike_child *kept = pair_child(pair, A, 0, IKE_CHILD_UP);
	struct other *other = other_new(pair);

	other->child[1].idle_seconds = 60;
	assert_int_equal(configure(pair, &other->conf), 0);
	/* A: D(child 1) --> B */
	pair_settle(pair);
	assert_ptr_equal(pair_child(pair, A, 0, IKE_CHILD_UP), kept);
	assert_null(pair_child(pair, A, 1, IKE_CHILD_UP));
	assert_null(pair_child(pair, B, 1, IKE_CHILD_UP));
	assert_int_equal(pair->end[A].story[IKE_STORY_STEP_REFUSED], 0);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	assert_int_equal(pair_child(pair, A, 1, IKE_CHILD_UP)
				 ->rule->conf->idle_seconds, 60);
	assert_int_equal(pair_ike(pair, A), 1);
	pair_close(pair);
	pair_free(pair);
	free(other);
}

static void suites_have(struct pair *pair, uint16_t bits)
{
	enum pair_name name;
	size_t i;

	for (name = A; name <= B; name++)
		for (i = 0; i < PAIR_SAS; i++)
			if (pair->end[name].sa[i].used)
				assert_int_equal(
					pair->end[name].sa[i].spec.encr_bits,
					bits);
}

/* Nothing is sent any more with what is not allowed any more. */
static void test_suite_that_is_forbidden_goes_under_traffic(void **state)
{
	struct pair *pair = pair_new();
	struct other *other = other_new(pair);

	pair_proposals(&pair->end[B].child[0].proposals, IKE_PROTOCOL_ESP,
		       "aes256-sha256-ecp256,aes128-sha256-ecp256");
	memset(&other->child[0].proposals, 0, sizeof(struct ike_proposals));
	pair_proposals(&other->child[0].proposals, IKE_PROTOCOL_ESP,
		       "aes128-sha256-ecp256");
	pair_establish(pair);
	suites_have(pair, 256);
	pair->esp_every = 10;
	pair_run(pair, 1000);
	assert_int_equal(configure(pair, &other->conf), 0);
	assert_null(pair_child(pair, A, 0, IKE_CHILD_UP));
	/* Packets wait, and ask. */
	pair_acquire(pair, A, 0);
	pair_run(pair, CHILD_DRAIN_MS + 1000);
	assert_true(pair_up(pair));
	suites_have(pair, 128);
	assert_int_equal(pair->end[B].esp_lost[0], 0);
	pair->esp_every = 0;
	pair_close(pair);
	ike_proposals_clear(&other->child[0].proposals);
	pair_free(pair);
	free(other);
}

static void test_child_that_is_no_more_is_closed_one_that_is_new_can_come(
	void **state)
{
	struct pair *pair = two_children();
	struct other *other = other_new(pair);

	/* Rule 1 goes, and rule 2 takes its place. */
	other->child[1] = other->child[2];
	other->peer.children = 2;
	assert_int_equal(configure(pair, &other->conf), 0);
	pair_settle(pair);
	assert_null(pair_child(pair, B, 1, IKE_CHILD_UP));
	assert_non_null(pair_child(pair, B, 0, IKE_CHILD_UP));
	pair->lenient = true;
	assert_int_equal(pair_event(pair, A, (struct ike_event){
				.kind = IKE_EV_ACQUIRE,
				.acquire.rule = PAIR_RULE + 1 }), -ENOENT);
	pair->lenient = false;
	pair_acquire(pair, A, 2);
	pair_settle(pair);
	assert_non_null(pair_child(pair, A, 2, IKE_CHILD_UP));
	/* What drains is of the configuration before. */
	assert_true(ike_engine_uses(pair->end[A].engine, &pair->end[A].conf));
	pair_run(pair, CHILD_DRAIN_MS + 100);
	assert_false(ike_engine_uses(pair->end[A].engine, &pair->end[A].conf));
	pair_close(pair);
	pair_free(pair);
	free(other);
}

static void test_peer_that_changes_is_closed_and_comes_again(void **state)
{
	struct pair *pair = two_children();
	struct other *other = other_new(pair);

	other->peer.hard_seconds = 3600;
	assert_int_equal(configure(pair, &other->conf), 0);
	/* A: D(IKE) --> B */
	pair_settle(pair);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_null(pair_ike_in(pair, B, IKE_SA_ESTABLISHED));
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	assert_int_equal(pair_sas(pair, B, IKE_OUT), 0);
	assert_false(ike_engine_uses(pair->end[A].engine, &pair->end[A].conf));
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
	pair_free(pair);
	free(other);
}

/* What waits for its IKE_AUTH waits for that of the new configuration. */
static void test_what_waits_goes_on_waiting(void **state)
{
	struct pair *pair = pair_new();
	struct other *other = other_new(pair);

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_acquire(pair, A, 1);
	pair_deliver(pair, A);
	other->peer.hard_seconds = 3600;
	assert_int_equal(configure(pair, &other->conf), 0);
	pair_settle(pair);
	assert_int_equal(pair->end[A].failed, 0);
	assert_non_null(pair_child(pair, A, 0, IKE_CHILD_UP));
	assert_non_null(pair_child(pair, A, 1, IKE_CHILD_UP));
	assert_int_equal(pair_ike(pair, A), 1);
	assert_false(ike_engine_uses(pair->end[A].engine, &pair->end[A].conf));
	pair_run(pair, HALF_OPEN_MS + 1);
	pair_close(pair);
	pair_free(pair);
	free(other);
}

/* Whatever is on its way when the configuration changes: both ends find together. */
static void reconfigured_after(unsigned int packets, bool peer, bool rekey)
{
	struct pair *pair = two_children();
	struct other *other = other_new(pair);
	unsigned int i;

	if (peer)
		other->peer.hard_seconds = 3600;
	else
		other->child[0].idle_seconds = 60;
	pair_rekey_child(pair, rekey ? B : A, 0);
	if (rekey)
		pair_rekey_ike(pair, A);
	for (i = 0; i < packets; i++) {
		if (pair_waiting(pair, A))
			pair_deliver(pair, A);
		else if (pair_waiting(pair, B))
			pair_deliver(pair, B);
	}
	assert_int_equal(configure(pair, &other->conf), 0);
	pair_run(pair, 300000);
	assert_false(ike_engine_uses(pair->end[A].engine, &pair->end[A].conf));
	pair_acquire(pair, A, 0);
	pair_run(pair, 1000);
	assert_true(pair_up(pair));
	pair_check_traffic(pair);
	pair_close(pair);
	pair_free(pair);
	free(other);
}

static void test_change_in_the_middle_of_a_rekey(void **state)
{
	unsigned int packets;

	for (packets = 0; packets < 6; packets++) {
		reconfigured_after(packets, false, false);
		reconfigured_after(packets, true, false);
		reconfigured_after(packets, false, true);
		reconfigured_after(packets, true, true);
	}
}

static void test_peer_that_is_no_more_is_closed(void **state)
{
	struct pair *pair = two_children();
	struct ike_engine_conf none = { 0 };

	assert_int_equal(configure(pair, &none), 0);
	pair_settle(pair);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_null(ike_engine_ring(pair->end[A].engine, "b", 0));
	assert_false(ike_engine_uses(pair->end[A].engine, &pair->end[A].conf));
	pair_close(pair);
	pair_free(pair);
}

/* The peer is away: its Delete is repeated for minutes, the old names with it. */
static void test_configuration_stays_until_its_delete_is_done(void **state)
{
	struct pair *pair = two_children();
	struct ike_engine_conf none = { 0 };

	pair->cut = true;
	assert_int_equal(configure(pair, &none), 0);
	pair_run(pair, 60000);
	assert_true(ike_engine_uses(pair->end[A].engine, &pair->end[A].conf));
	pair_run(pair, 300000);
	assert_false(ike_engine_uses(pair->end[A].engine, &pair->end[A].conf));
	pair_event(pair, B, (struct ike_event){ .kind = IKE_EV_TERMINATE,
		.which.ike = pair_ike_in(pair, B, IKE_SA_ESTABLISHED)->number });
	pair_close(pair);
	pair_free(pair);
}

static void test_without_memory_all_stays(void **state)
{
	struct pair *pair = two_children();
	struct other *other = other_new(pair);
	unsigned int at;

	for (at = 1; at <= 3; at++) {
		pair->starve_event = 1;
		pair->starve_at = at;
		assert_int_equal(configure(pair, &other->conf), -ENOMEM);
		assert_false(ike_engine_uses(pair->end[A].engine,
					     &other->conf));
	}
	assert_ptr_equal(pair_ike_in(pair, A, IKE_SA_ESTABLISHED)->peer->conf,
			 &pair->end[A].peer);
	pair_close(pair);
	pair_free(pair);
	free(other);
}

/* Each setting by itself is a difference. */
static void test_each_setting_counts(void **state)
{
	static const uint8_t psk[] = "another";
	struct pair *pair = pair_new();
	struct ike_proposals proposals = { 0 };
	struct ike_peer_conf peer = pair->end[A].peer, p;
	struct ike_child_conf child = pair->end[A].child[0], c;
	struct ike_ts ts[3];
	struct ike_ts_list wider = { ts, 2 };
	struct ike_bytes key = { psk, sizeof(psk) };

	pair_proposals(&proposals, IKE_PROTOCOL_IKE, "aes128-sha256-ecp256");
	ts[0] = child.local.ts[0];
	ts[1] = child.remote.ts[0];

#define PEER(change) do { \
		p = peer; \
		p.change; \
		assert_false(ike_peer_conf_same(&p, &peer)); \
		assert_false(ike_peer_conf_same(&peer, &p)); \
	} while (0)
	assert_true(ike_peer_conf_same(&peer, &peer));
	PEER(name = "another");
	PEER(local.ip[3] = 9);
	PEER(local.len = 0);
	PEER(local.port = 9);
	PEER(remote.ip[0] = 9);
	PEER(remote.port = 9);
	PEER(local_id = peer.remote_id);
	PEER(remote_id.type = 0);
	PEER(local_psk = key);
	PEER(remote_psk = key);
	PEER(proposals = proposals);
	PEER(prefer = IKE_PREFER_THEIRS);
	PEER(rekey_seconds = 9);
	PEER(hard_seconds = 9);
	PEER(liveness_seconds = 9);
	PEER(no_fragments = true);
	PEER(no_initial_contact = true);
	PEER(prove_pfs = true);
#undef PEER

#define CHILD(change) do { \
		c = child; \
		c.change; \
		assert_false(ike_child_conf_same(&c, &child)); \
		assert_false(ike_child_conf_same(&child, &c)); \
	} while (0)
	assert_true(ike_child_conf_same(&child, &child));
	c = child;
	c.name = "where it stands";
	assert_true(ike_child_conf_same(&c, &child));
	CHILD(rule = 9);
	CHILD(proposals = proposals);
	CHILD(local = child.remote);
	CHILD(remote = wider);
	CHILD(transport = true);
	CHILD(tfc_unsupported = true);
	CHILD(non_first_fragments = true);
	CHILD(rekey_seconds = 9);
	CHILD(hard_seconds = 9);
	CHILD(rekey_octets = 9);
	CHILD(hard_octets = 9);
	CHILD(idle_seconds = 9);
#undef CHILD
	ike_proposals_clear(&proposals);
	pair_free(pair);
}

/* The SA that a rekey is making has a number, and can be named before it is. */
static void test_replacement_closed_before_it_is_made(void **state)
{
	struct pair *pair = pair_new();
	struct ike_event event = { .kind = IKE_EV_TERMINATE };

	pair_establish(pair);
	pair_rekey_ike(pair, A);
	event.which.ike = pair_ike_in(pair, A, IKE_SA_NEW)->number;
	pair_event(pair, A, event);
	pair_settle(pair);
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	assert_int_equal(pair_sas(pair, B, IKE_IN), 0);
	pair_close(pair);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_configuration_changes_nothing),
		cmocka_unit_test(test_story_goes_on),
		cmocka_unit_test(test_child_that_changes_is_closed_alone),
		cmocka_unit_test(test_suite_that_is_forbidden_goes_under_traffic),
		cmocka_unit_test(test_child_that_is_no_more_is_closed_one_that_is_new_can_come),
		cmocka_unit_test(test_peer_that_changes_is_closed_and_comes_again),
		cmocka_unit_test(test_what_waits_goes_on_waiting),
		cmocka_unit_test(test_change_in_the_middle_of_a_rekey),
		cmocka_unit_test(test_peer_that_is_no_more_is_closed),
		cmocka_unit_test(test_configuration_stays_until_its_delete_is_done),
		cmocka_unit_test(test_without_memory_all_stays),
		cmocka_unit_test(test_each_setting_counts),
		cmocka_unit_test(test_replacement_closed_before_it_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
