// SPDX-License-Identifier: GPL-2.0-only
/* What the engine stands on: the window, timers, the map, the flight recorder, the
 * state tables; and that a log of events replays octet for octet.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * The window
 */

static struct ike_packets packets_of(const char *text)
{
	struct ike_packets packets = { 0 };

	packets.packet = calloc(1, sizeof(*packets.packet));
	assert_non_null(packets.packet);
	packets.packet[0].data = (uint8_t *)strdup(text);
	assert_non_null(packets.packet[0].data);
	packets.packet[0].len = strlen(text);
	packets.n = 1;
	return packets;
}

static struct ike_bytes bytes_of(const char *text)
{
	return (struct ike_bytes){ (const uint8_t *)text, strlen(text) };
}

static void test_window_has_one_request_out(void **state)
{
	struct ike_window window = { 0 };
	struct ike_packets one = packets_of("one"), two = packets_of("two");

	assert_false(ike_window_response(&window, 0));
	assert_int_equal(ike_window_ask(&window, &one, 5), 0);
	assert_int_equal(one.n, 0);
	assert_int_equal(ike_window_ask(&window, &two, 5), -EBUSY);
	assert_true(ike_window_response(&window, 0));
	assert_false(ike_window_response(&window, 1));
	ike_window_asked_done(&window);
	assert_false(ike_window_response(&window, 0));
	assert_int_equal(ike_window_ask(&window, &two, 5), 0);
	assert_true(ike_window_response(&window, 1));
	ike_window_clear(&window);
}

static void test_I75_window_ends_with_the_message_ids(void **state)
{
	struct ike_window window = { .next = UINT32_MAX };
	struct ike_packets one = packets_of("one");

	assert_int_equal(ike_window_ask(&window, &one, 0), -EOVERFLOW);
	ike_packets_clear(&one);
	ike_window_clear(&window);
}

static void test_window_knows_new_repeated_and_stale(void **state)
{
	struct ike_window window = { .expected = 5 };
	struct ike_packets reply = packets_of("reply");

	assert_int_equal(ike_window_request(&window, 5, bytes_of("a")),
			 IKE_WINDOW_NEW);
	assert_int_equal(ike_window_request(&window, 4, bytes_of("a")),
			 IKE_WINDOW_STALE);
	ike_window_accept(&window, bytes_of("a"));
	/* Accepted, and not answered yet: nothing to repeat. */
	assert_int_equal(ike_window_request(&window, 5, bytes_of("a")),
			 IKE_WINDOW_STALE);
	ike_window_answer(&window, &reply);
	assert_int_equal(ike_window_request(&window, 5, bytes_of("a")),
			 IKE_WINDOW_REPEAT);
	assert_int_equal(ike_window_request(&window, 5, bytes_of("b")),
			 IKE_WINDOW_SAME_ID);
	assert_int_equal(ike_window_request(&window, 4, bytes_of("a")),
			 IKE_WINDOW_STALE);
	assert_int_equal(ike_window_request(&window, 7, bytes_of("a")),
			 IKE_WINDOW_STALE);
	assert_int_equal(ike_window_request(&window, 6, bytes_of("a")),
			 IKE_WINDOW_NEW);
	ike_window_clear(&window);
}

static void test_window_retries_grow_and_end(void **state)
{
	struct ike_window window = { 0 };
	struct ike_packets one = packets_of("one");
	uint64_t sum, wait, before;

	assert_int_equal(ike_window_ask(&window, &one, 0), 0);
	before = ike_window_wait(&window);
	assert_int_equal(before, WINDOW_FIRST_MS);
	sum = before;
	while (ike_window_retry(&window)) {
		wait = ike_window_wait(&window);
		assert_true(wait > before && wait <= before * 2);
		before = wait;
		sum += wait;
	}
	assert_int_equal(window.tries, WINDOW_TRIES);
	/* RFC 7296 2.4: a dozen times, over several minutes. */
	assert_true(WINDOW_TRIES >= 12 && sum > 180000 && sum < 600000);
	ike_window_clear(&window);
}

/*
 * Timers
 */

#define TIMERS 300

static void test_timers_come_in_their_order(void **state)
{
	struct seeded luck = { .state = 5 };
	struct ike_timers timers = { 0 };
	struct ike_timer timer[TIMERS] = { 0 };
	struct ike_timer *due;
	unsigned int i, n = 0;
	uint64_t last = 0;

	assert_int_equal(ike_timers_next(&timers), UINT64_MAX);
	for (i = 0; i < TIMERS; i++)
		ike_timer_arm(&timers, &timer[i], seeded_u64(&luck) % 1000);
	/* Some are stopped, some are moved, some twice. */
	for (i = 0; i < TIMERS; i += 3)
		ike_timer_stop(&timers, &timer[i]);
	for (i = 0; i < TIMERS; i += 2)
		ike_timer_arm(&timers, &timer[i], seeded_u64(&luck) % 1000);
	for (i = 0; i < TIMERS; i++)
		n += timer[i].armed;
	assert_null(ike_timers_due(&timers, ike_timers_next(&timers) - 1));
	while ((due = ike_timers_due(&timers, 1000))) {
		assert_true(due->at >= last);
		assert_false(due->armed);
		last = due->at;
		n--;
	}
	assert_int_equal(n, 0);
	assert_int_equal(ike_timers_next(&timers), UINT64_MAX);
}

static void test_timer_armed_again_is_moved(void **state)
{
	struct ike_timers timers = { 0 };
	struct ike_timer a = { 0 }, b = { 0 };

	ike_timer_arm(&timers, &a, 10);
	ike_timer_arm(&timers, &b, 20);
	ike_timer_arm(&timers, &a, 30);
	assert_int_equal(ike_timers_next(&timers), 20);
	ike_timer_stop(&timers, &b);
	ike_timer_stop(&timers, &b);
	assert_int_equal(ike_timers_next(&timers), 30);
	assert_ptr_equal(ike_timers_due(&timers, 30), &a);
	assert_null(ike_timers_due(&timers, 30));
}

/*
 * The map
 */

static void test_map_grows_and_forgets(void **state)
{
	struct ike_map_node *node = calloc(500, sizeof(*node));
	struct ike_map map;
	unsigned int i;

	assert_non_null(node);
	assert_int_equal(ike_map_init(&map), 0);
	for (i = 0; i < 500; i++)
		ike_map_add(&map, &node[i], i * 64, &node[i]);
	assert_int_equal(map.n, 500);
	assert_true(map.buckets >= 256);
	for (i = 0; i < 500; i++)
		assert_ptr_equal(ike_map_find(&map, i * 64), &node[i]);
	assert_null(ike_map_find(&map, 1));
	for (i = 0; i < 500; i += 2)
		ike_map_remove(&map, &node[i]);
	ike_map_remove(&map, &node[0]);
	for (i = 0; i < 500; i++)
		assert_int_equal(!ike_map_find(&map, i * 64), i % 2 == 0);
	assert_int_equal(map.n, 250);
	ike_map_clear(&map);
	free(node);
}

/*
 * The flight recorder
 */

static void test_ring_forgets_the_oldest(void **state)
{
	struct ike_ring ring = { 0 };
	struct ike_story story = { .kind = IKE_STORY_SENT };
	char text[16];
	unsigned int i;

	assert_null(ike_ring_get(&ring, 0));
	for (i = 0; i < STORY_RING + 10; i++) {
		snprintf(text, sizeof(text), "%u", i);
		story.number = i;
		story.text = text;
		ike_ring_put(&ring, &story);
	}
	assert_int_equal(ike_ring_get(&ring, 0)->number, 10);
	assert_string_equal(ike_ring_get(&ring, 0)->text, "10");
	assert_int_equal(ike_ring_get(&ring, STORY_RING - 1)->number,
			 STORY_RING + 9);
	assert_null(ike_ring_get(&ring, STORY_RING));
	assert_int_equal(ring.size, STORY_RING);
	ike_ring_clear(&ring);
	assert_null(ike_ring_get(&ring, 0));
}

/* Few events take little room, and two rings of one event have it once. */
static void test_rings_share_events_and_grow_with_them(void **state)
{
	struct ike_ring peer = { 0 }, rule = { 0 };
	char text[16];
	struct ike_story story = { .peer = "before", .text = text };
	unsigned int i;

	for (i = 0; i < STORY_RING_FIRST + 1; i++) {
		snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(ike_ring_put(&peer, &story), 0);
		if (i % 2)
			assert_int_equal(ike_ring_share(&rule, &peer), 0);
	}
	assert_int_equal(peer.size, 2 * STORY_RING_FIRST);
	assert_int_equal(rule.size, STORY_RING_FIRST);
	for (i = 0; i < STORY_RING_FIRST / 2; i++)
		assert_ptr_equal(ike_ring_get(&rule, i),
				 ike_ring_get(&peer, 2 * i + 1));
	/* Either of them may go first. */
	ike_ring_rename(&rule, "after");
	ike_ring_clear(&peer);
	assert_string_equal(ike_ring_get(&rule, 3)->text, "7");
	assert_string_equal(ike_ring_get(&rule, 3)->peer, "after");
	ike_ring_clear(&rule);
}

static void test_story_is_a_line(void **state)
{
	struct ike_story story = {
		.kind = IKE_STORY_REFUSED,
		.reason = IKE_REASON_KE_GROUP,
		.peer = "site2",
		.ike = 3,
		.child = 7,
		.text = "19",
	};
	char line[200];
	struct ike_text t;

	ike_text_init(&t, line, sizeof(line));
	ike_story_print(&story, &t);
	assert_string_equal(line, "site2 #3/7 REFUSED KE_GROUP: the KE payload "
				  "is for another group: 19");
	story = (struct ike_story){ .kind = IKE_STORY_DROPPED };
	ike_text_init(&t, line, sizeof(line));
	ike_story_print(&story, &t);
	assert_string_equal(line, "- DROPPED");
}

static void test_story_kinds_have_names_and_levels(void **state)
{
	unsigned int kind;

	for (kind = 0; kind < IKE_STORY_COUNT; kind++) {
		assert_non_null(ike_story_kind_name(kind));
		assert_non_null(strchr("IWD", ike_story_level(kind)));
	}
	assert_null(ike_story_kind_name(IKE_STORY_COUNT));
	assert_int_equal(ike_story_level(IKE_STORY_COUNT), 'D');
}

static void test_rings_of_a_failure_can_be_read_after_it(void **state)
{
	struct pair *pair = pair_new();
	const struct ike_story *story;
	bool told = false;
	size_t i;

	pair->end[A].peer.local_psk.len--;
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_int_equal(pair_ike(pair, B), 0);
	for (i = 0; (story = ike_ring_get(ike_engine_ring(pair->end[B].engine,
							  "a", 0), i)); i++)
		told |= story->reason == IKE_REASON_AUTH_WRONG;
	assert_true(told);
	assert_non_null(ike_ring_get(ike_engine_ring(pair->end[A].engine, NULL,
						     PAIR_RULE), 0));
	assert_non_null(ike_engine_ring(pair->end[A].engine, NULL, 0));
	assert_null(ike_engine_ring(pair->end[A].engine, "nobody", 0));
	assert_null(ike_engine_ring(pair->end[A].engine, NULL, 0xdead));
	pair_close(pair);
	pair_free(pair);
}

/*
 * The state tables
 */

static void test_tables_have_each_row_once_and_every_state(void **state)
{
	unsigned int from, on, to[IKE_SA_STATE_COUNT] = { [IKE_SA_NEW] = 1 };
	unsigned int child_to[IKE_CHILD_STATE_COUNT] = {
		[IKE_CHILD_WANTED] = 1,
	};
	const struct ike_fsm_row *row;

	for (from = 0; from < IKE_SA_STATE_COUNT; from++)
		for (on = 0; on < IKE_SA_STEP_COUNT; on++) {
			row = ike_fsm_sa_row(from, on);
			if (row)
				to[row->to]++;
		}
	for (from = 0; from < IKE_SA_STATE_COUNT; from++) {
		assert_true(to[from]);
		if (from != IKE_SA_GONE)
			assert_non_null(ike_fsm_sa_row(from,
						       IKE_STEP_ABANDON));
		/* Nothing comes after the end. */
		for (on = 0; on < IKE_SA_STEP_COUNT; on++)
			assert_null(ike_fsm_sa_row(IKE_SA_GONE, on));
	}
	for (from = 0; from < IKE_CHILD_STATE_COUNT; from++)
		for (on = 0; on < IKE_CHILD_STEP_COUNT; on++) {
			row = ike_fsm_child_row(from, on);
			if (row)
				child_to[row->to]++;
		}
	for (from = 0; from < IKE_CHILD_STATE_COUNT; from++) {
		assert_true(child_to[from]);
		if (from != IKE_CHILD_GONE)
			assert_non_null(ike_fsm_child_row(
				from, IKE_CHILD_STEP_ABANDON));
		for (on = 0; on < IKE_CHILD_STEP_COUNT; on++)
			assert_null(ike_fsm_child_row(IKE_CHILD_GONE, on));
	}
}

/* A kernel has an SA out only beside one in, and sends only when it is UP or is
 * being replaced.
 */
static void test_kernel_views_are_sane(void **state)
{
	unsigned int s;

	for (s = 0; s < IKE_CHILD_STATE_COUNT; s++) {
		struct ike_kernel_view view = ike_child_view(s);

		if (view.out != IKE_OUT_NONE)
			assert_true(view.in);
		assert_int_equal(view.out == IKE_OUT_ACTIVE,
				 s == IKE_CHILD_UP || s == IKE_CHILD_REKEYING ||
				 s == IKE_CHILD_REKEYED);
	}
}

static void test_CVE_2014_2338_no_message_but_ike_auth_leads_to_established(
	void **state)
{
	unsigned int exchange;

	for (exchange = 0; exchange < 256; exchange++) {
		assert_int_equal(ike_fsm_message_row(IKE_SA_INIT_ANSWERED,
						     exchange, false) != NULL,
				 exchange == IKE_EXCHANGE_IKE_AUTH);
		assert_null(ike_fsm_message_row(IKE_SA_INIT_ANSWERED, exchange,
						true));
		assert_null(ike_fsm_message_row(IKE_SA_INIT_SENT, exchange,
						false));
		assert_null(ike_fsm_message_row(IKE_SA_AUTH_SENT, exchange,
						false));
		assert_null(ike_fsm_message_row(IKE_SA_GONE, exchange, false));
	}
}

static void test_tables_print_as_text_and_as_graphs(void **state)
{
	struct ike_writer w;

	ike_writer_init(&w, 65536);
	ike_fsm_print(&w, false);
	ike_writer_u8(&w, 0);
	assert_int_equal(w.error, 0);
	assert_non_null(strstr((char *)w.data, "both ends replace it"));
	assert_non_null(strstr((char *)w.data, "CREATE_CHILD_SA request"));
	ike_writer_clear(&w);
	ike_fsm_print(&w, true);
	ike_writer_u8(&w, 0);
	assert_non_null(strstr((char *)w.data,
			       "UP -> REKEYING [label=\"REKEY_ASK\"];"));
	ike_writer_clear(&w);
}

/*
 * The log of events
 */

struct log {
	struct ike_event event[256];
	uint8_t *data[256];
	struct ike_writer made[256];	/* of its actions, all octets */
	size_t n;
};

/* All that is to be the same: what is sent, the SAs with their keys, the story. */
static void write_action(struct ike_writer *w, const struct ike_action *act)
{
	ike_writer_u8(w, act->kind);
	switch (act->kind) {
	case IKE_ACT_SEND:
		ike_writer_bytes(w, act->send.data, act->send.len);
		break;
	case IKE_ACT_STORY:
		ike_writer_u8(w, act->story.kind);
		ike_writer_u8(w, act->story.reason);
		ike_writer_bytes(w, act->story.text, strlen(act->story.text));
		break;
	case IKE_ACT_SA_ADD:
	case IKE_ACT_SA_ACTIVATE:
	case IKE_ACT_SA_MOVE:
	case IKE_ACT_SA_DEL:
		ike_writer_u8(w, act->sa.direction);
		ike_writer_u32(w, act->sa.spi);
		ike_writer_u32(w, act->sa.soft_seconds);
		ike_writer_bytes(w, act->sa.encr_key.data,
				 act->sa.encr_key.len);
		ike_writer_bytes(w, act->sa.integ_key.data,
				 act->sa.integ_key.len);
		break;
	case IKE_ACT_KEEP:
	case IKE_ACT_RULE_FAIL:
		fail_msg("not in this session");
	}
}

static void write_actions(struct ike_writer *w,
			  const struct ike_actions *actions)
{
	size_t i;

	ike_writer_init(w, 1 << 20);
	for (i = 0; i < actions->n; i++)
		write_action(w, &actions->action[i]);
	assert_int_equal(w->error, 0);
}

/* B's events, and what it made of them. */
static void record(struct pair *pair, enum pair_name name,
		   const struct ike_event *event,
		   const struct ike_actions *actions)
{
	struct log *log = pair->arg;
	size_t n = log->n;

	if (name != B)
		return;
	assert_true(n < ARRAY_SIZE(log->event));
	log->event[n] = *event;
	if (event->kind == IKE_EV_DATAGRAM) {
		log->data[n] = malloc(event->datagram.data.len);
		assert_non_null(log->data[n]);
		memcpy(log->data[n], event->datagram.data.data,
		       event->datagram.data.len);
		log->event[n].datagram.data.data = log->data[n];
	}
	write_actions(&log->made[n], actions);
	log->n++;
}

/* The same configuration, events and random octets. */
static void replay(struct log *log)
{
	struct pair *pair = pair_new();
	size_t i;

	pair->end[B].child[0].rekey_seconds = 3600;
	pair_restart(pair, B);
	for (i = 0; i < log->n; i++) {
		struct ike_actions actions = { 0 };
		struct ike_writer made;

		ike_input(pair->end[B].engine, &log->event[i], &actions);
		write_actions(&made, &actions);
		assert_int_equal(made.len, log->made[i].len);
		if (made.len)
			assert_memory_equal(made.data, log->made[i].data,
					    made.len);
		ike_writer_clear(&made);
		ike_actions_clear(&actions);
	}
	pair_free(pair);
}

static void test_log_of_events_replays_octet_for_octet(void **state)
{
	struct pair *pair = pair_new();
	struct log *log = calloc(1, sizeof(*log));
	size_t i;

	assert_non_null(log);
	pair->end[B].child[0].rekey_seconds = 3600;
	pair->watch = record;
	pair->arg = log;
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	pair_run(pair, CHILD_DRAIN_MS + 1);
	pair_rekey_ike(pair, B);
	pair_settle(pair);
	pair_close_ike(pair, A);
	pair_settle(pair);
	assert_true(log->n >= 8);
	replay(log);
	for (i = 0; i < log->n; i++) {
		ike_writer_clear(&log->made[i]);
		free(log->data[i]);
	}
	free(log);
	pair_free(pair);
}

/*
 * When the source of random octets fails
 */

static void test_random_octets_that_fail_never_leave_half_an_sa(void **state)
{
	unsigned int at;

	for (at = 1; at < 60; at++) {
		struct pair *pair = pair_new();
		struct ike_event event = { .kind = IKE_EV_ACQUIRE };

		pair_start(pair);
		pair->end[at % 2].seeded.fail_at =
			pair->end[at % 2].seeded.calls + (at + 1) / 2;
		event.acquire.rule = PAIR_RULE;
		pair_event(pair, A, event);
		pair_settle(pair);
		if (pair_child(pair, A, 0, IKE_CHILD_UP))
			pair_rekey_child(pair, A, 0);
		pair_settle(pair);
		pair_run(pair, 400000);
		assert_int_equal(pair_sas(pair, A, IKE_IN),
				 pair_sas(pair, A, IKE_OUT));
		pair_close(pair);
		pair_free(pair);
	}
}

/*
 * When memory runs out
 */

/* A session with all exchanges in it. */
static void starve(unsigned int event, unsigned int at)
{
	struct pair *pair = pair_new();
	unsigned int i;

	for (i = A; i <= B; i++) {
		pair_proposals(&pair->end[i].peer.proposals, IKE_PROTOCOL_IKE,
			       "aes256gcm16-prfsha256-x25519");
		pair_proposals(&pair->end[i].child[0].proposals,
			       IKE_PROTOCOL_ESP, "aes256gcm16-x25519");
	}
	if (pair->print)
		print_message("== event %u, allocation %u\n", event, at);
	pair_start(pair);
	pair->lenient = true;
	pair->starve_event = event;
	pair->starve_at = at;
	pair_event(pair, A, (struct ike_event){ .kind = IKE_EV_ACQUIRE,
						.acquire.rule = PAIR_RULE });
	pair_settle(pair);
	if (pair_child(pair, A, 0, IKE_CHILD_UP))
		pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	if (pair_ike_in(pair, B, IKE_SA_ESTABLISHED))
		pair_rekey_ike(pair, B);
	pair_settle(pair);
	pair_run(pair, 400000);
	/* Whatever was lost: they find together again. */
	pair_event(pair, A, (struct ike_event){ .kind = IKE_EV_ACQUIRE,
						.acquire.rule = PAIR_RULE });
	pair_run(pair, 400000);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	pair_free(pair);
}

/* Each allocation of each event, one by one. */
#define STARVED_EVENTS 18
#define STARVED_ALLOCATIONS 130

static void test_memory_that_runs_out_once_is_got_over(void **state)
{
	unsigned int event, at;

	for (event = 1; event <= STARVED_EVENTS; event++)
		for (at = 1; at <= STARVED_ALLOCATIONS; at += 1 + at / 40)
			starve(event, at);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window_has_one_request_out),
		cmocka_unit_test(test_I75_window_ends_with_the_message_ids),
		cmocka_unit_test(test_window_knows_new_repeated_and_stale),
		cmocka_unit_test(test_window_retries_grow_and_end),
		cmocka_unit_test(test_timers_come_in_their_order),
		cmocka_unit_test(test_timer_armed_again_is_moved),
		cmocka_unit_test(test_map_grows_and_forgets),
		cmocka_unit_test(test_ring_forgets_the_oldest),
		cmocka_unit_test(test_rings_share_events_and_grow_with_them),
		cmocka_unit_test(test_story_is_a_line),
		cmocka_unit_test(test_story_kinds_have_names_and_levels),
		cmocka_unit_test(test_rings_of_a_failure_can_be_read_after_it),
		cmocka_unit_test(test_tables_have_each_row_once_and_every_state),
		cmocka_unit_test(test_kernel_views_are_sane),
		cmocka_unit_test(test_CVE_2014_2338_no_message_but_ike_auth_leads_to_established),
		cmocka_unit_test(test_tables_print_as_text_and_as_graphs),
		cmocka_unit_test(test_log_of_events_replays_octet_for_octet),
		cmocka_unit_test(test_random_octets_that_fail_never_leave_half_an_sa),
		cmocka_unit_test(test_memory_that_runs_out_once_is_got_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
