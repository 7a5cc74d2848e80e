// SPDX-License-Identifier: GPL-2.0-only
/* What both ends do at once (RFC 7296 2.8.1, 2.8.2, 2.25; I76): each pair of
 * wishes, at several offsets in time and with several orders of the nonces, and
 * each message that follows lost, doubled or late. In the end both ends have the
 * same SAs, no ESP packet was lost, and nothing is left over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum wish {
	NOTHING,
	REKEY_CHILD,
	REKEY_IKE,
	NEW_CHILD,
	DELETE_CHILD,
	DELETE_IKE,
	SET_UP,		/* from nothing */
};

enum fault {
	LOST,
	DOUBLED,
	LATE,
	FAULTS
};

#define LATE_MS 3000
#define MESSAGES_MAX 16

struct collision {
	enum wish a;
	enum wish b;
	int up;		/* Child SAs in the end; -1: as rest() says */
	bool lossy;	/* traffic may be lost: the IKE SA is closed */
};

struct trouble {
	enum fault fault;
	unsigned int message;	/* counted from 1; 0: none */
	unsigned int seen;
};

static bool judge(struct pair *pair, struct pair_packet *packet)
{
	struct trouble *trouble = pair->arg;

	if (++trouble->seen != trouble->message)
		return true;
	switch (trouble->fault) {
	case LOST:
		return false;
	case DOUBLED:
		pair_copy(pair, packet, packet->at + 1);
		return true;
	case LATE:
		packet->at += LATE_MS;
		return true;
	case FAULTS:
		break;
	}
	return true;
}

/* False: there is nothing any more that it is about. */
static bool wish(struct pair *pair, enum pair_name name, enum wish wish)
{
	switch (wish) {
	case NOTHING:
		break;
	case REKEY_CHILD:
		if (!pair_child(pair, name, 0, IKE_CHILD_UP))
			return false;
		pair_rekey_child(pair, name, 0);
		break;
	case REKEY_IKE:
		if (!pair_ike_in(pair, name, IKE_SA_ESTABLISHED))
			return false;
		pair_rekey_ike(pair, name);
		break;
	case SET_UP:
		pair_acquire(pair, name, 0);
		break;
	case NEW_CHILD:
		pair_acquire(pair, name, 1);
		break;
	case DELETE_CHILD:
		if (!pair_child(pair, name, 0, IKE_CHILD_UP))
			return false;
		pair_close_child(pair, name, 0);
		break;
	case DELETE_IKE:
		if (!pair_ike_in(pair, name, IKE_SA_ESTABLISHED))
			return false;
		pair_close_ike(pair, name);
		break;
	}
	return true;
}

static size_t count(struct pair *pair, enum pair_name name)
{
	const struct ike_sa *sa = NULL;
	size_t n = 0;

	while ((sa = ike_engine_next_sa(pair->end[name].engine, sa)))
		n += sa->n_children;
	return n;
}

/* What either end sends now arrives. */
static void check_flow(struct pair *pair)
{
	enum pair_name name;

	for (name = A; name <= B; name++)
		pair->end[name].esp_sent = pair->end[name].esp_received = 0;
	pair->esp_at = pair->now;
	pair->esp_every = 100;
	pair_run(pair, 1000);
	pair->esp_every = 0;
	pair_run(pair, 100);
	for (name = A; name <= B; name++)
		assert_int_equal(pair->end[name].esp_sent,
				 pair->end[!name].esp_received);
}

/* Both kernels have the same pairs, so many, and all is at rest. */
static void check_end(struct pair *pair, const struct collision *c, size_t rest)
{
	enum pair_name name;

	for (name = A; name <= B; name++) {
		struct pair_end *end = &pair->end[name];
		size_t up = pair_children(pair, name, IKE_CHILD_UP);

		assert_int_equal(end->story[IKE_STORY_STEP_REFUSED], 0);
		assert_int_equal(count(pair, name), up);
		assert_int_equal(pair_sas(pair, name, IKE_IN), up);
		assert_int_equal(pair_sas(pair, name, IKE_OUT), up);
		assert_int_equal(up, rest);
		if (!c->lossy)
			assert_int_equal(end->esp_lost[0], 0);
		if (c->a != DELETE_IKE && c->b != DELETE_IKE) {
			assert_int_equal(pair_ike(pair, name), 1);
			assert_non_null(pair_ike_in(pair, name,
						    IKE_SA_ESTABLISHED));
		}
	}
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP),
			 pair_children(pair, B, IKE_CHILD_UP));
	pair_check_traffic(pair);
	check_flow(pair);
}

/* Where it depends on what B had when it wished: what it deleted stays deleted,
 * whatever replaces it; and a Child SA that it wanted of an IKE SA that A closes
 * goes with that, while without one it makes another.
 */
static size_t rest(const struct collision *c, bool ike, bool did)
{
	if (c->b == DELETE_CHILD)
		return !did;
	assert_int_equal(c->b, NEW_CHILD);
	return !ike;
}

#define SETTLED_MS 600000

/* Returns how many messages there were. */
static unsigned int collide(const struct collision *c, unsigned int offset,
			    unsigned int seed, enum fault fault,
			    unsigned int message)
{
	struct trouble trouble = { .fault = fault, .message = message };
	struct pair *pair = pair_new();
	unsigned int i;
	bool ike, did;

	pair->end[A].seeded.state = 1000 + seed;
	pair->end[B].seeded.state = 2000 + seed;
	for (i = 0; i < PAIR_RULES; i++) {
		pair_proposals(&pair->end[A].child[i].proposals,
			       IKE_PROTOCOL_ESP, "aes256-sha256-x25519");
		pair_proposals(&pair->end[B].child[i].proposals,
			       IKE_PROTOCOL_ESP, "aes256-sha256-x25519");
	}
	for (i = A; i <= B; i++)
		pair_proposals(&pair->end[i].peer.proposals, IKE_PROTOCOL_IKE,
			       "aes256-sha256-x25519");
	if (pair->print)
		print_message("== %d x %d, offset %u, seed %u, fault %d of %u\n",
			      c->a, c->b, offset, seed, fault, message);
	if (c->a == SET_UP)
		pair_start(pair);
	else
		pair_establish(pair);
	pair_run(pair, 1000);
	pair->judge = judge;
	pair->arg = &trouble;
	pair->esp_at = pair->now;
	pair->esp_every = 3;
	pair_run(pair, 100);
	wish(pair, A, c->a);
	pair_run(pair, offset);
	ike = pair_ike_in(pair, B, IKE_SA_ESTABLISHED);
	did = wish(pair, B, c->b);
	pair_run(pair, 200);
	pair->esp_every = 97;
	pair_run(pair, 20000);
	pair->esp_every = 1009;
	pair_run(pair, SETTLED_MS);
	pair->esp_every = 0;
	pair_run(pair, 20000);
	check_end(pair, c, c->up < 0 ? rest(c, ike, did) : (size_t)c->up);
	message = trouble.seen;
	pair_close(pair);
	pair_free(pair);
	return message;
}

static void try_all(const struct collision *c)
{
	static const unsigned int offsets[] = { 0, 5, 12, 25 };
	unsigned int seed, i, fault, message, messages;

	for (seed = 0; seed < 4; seed++) {
		for (i = 0; i < ARRAY_SIZE(offsets); i++) {
			messages = collide(c, offsets[i], seed, LOST, 0);
			if (messages > MESSAGES_MAX)
				messages = MESSAGES_MAX;
			if (seed > 1)
				continue;
			for (fault = 0; fault < FAULTS; fault++)
				for (message = 1; message <= messages;
				     message++)
					collide(c, offsets[i], seed, fault,
						message);
		}
	}
}

#define COLLISION(name, ...) \
	static void test_I76_##name(void **state) \
	{ \
		static const struct collision c = { __VA_ARGS__ }; \
		try_all(&c); \
	}

COLLISION(child_rekey_alone, REKEY_CHILD, NOTHING, 1)
COLLISION(child_rekey_x_child_rekey, REKEY_CHILD, REKEY_CHILD, 1)
COLLISION(child_rekey_x_child_delete, REKEY_CHILD, DELETE_CHILD, -1)
COLLISION(child_rekey_x_new_child, REKEY_CHILD, NEW_CHILD, 2)
COLLISION(new_child_x_new_child, NEW_CHILD, NEW_CHILD, 2)
COLLISION(set_up_x_set_up, SET_UP, SET_UP, 1, true)
COLLISION(child_delete_x_child_delete, DELETE_CHILD, DELETE_CHILD, 0)
COLLISION(new_child_x_child_delete, NEW_CHILD, DELETE_CHILD, 1)
COLLISION(ike_rekey_alone, REKEY_IKE, NOTHING, 1)
COLLISION(ike_rekey_x_ike_rekey, REKEY_IKE, REKEY_IKE, 1)
COLLISION(ike_rekey_x_child_rekey, REKEY_IKE, REKEY_CHILD, 1)
COLLISION(ike_rekey_x_new_child, REKEY_IKE, NEW_CHILD, 2)
COLLISION(ike_rekey_x_child_delete, REKEY_IKE, DELETE_CHILD, 0)
COLLISION(ike_delete_alone, DELETE_IKE, NOTHING, 0, true)
COLLISION(ike_delete_x_ike_delete, DELETE_IKE, DELETE_IKE, 0, true)
COLLISION(ike_delete_x_ike_rekey, DELETE_IKE, REKEY_IKE, 0, true)
COLLISION(ike_delete_x_child_rekey, DELETE_IKE, REKEY_CHILD, 0, true)
COLLISION(ike_delete_x_child_delete, DELETE_IKE, DELETE_CHILD, 0, true)
COLLISION(ike_delete_x_new_child, DELETE_IKE, NEW_CHILD, -1, true)

/* A peer that lets both stand: after a while we delete what it made, too. */
static void test_I76_spare_of_a_peer_that_keeps_both(void **state)
{
	const struct collision c = { NEW_CHILD, NEW_CHILD, 2 };
	unsigned int seed, up = 0;

	for (seed = 0; seed < 8; seed++) {
		struct pair *pair = pair_new();
		struct ike_child *child;

		pair->end[A].seeded.state = 1000 + seed;
		pair->end[B].seeded.state = 2000 + seed;
		pair_establish(pair);
		pair_acquire(pair, A, 1);
		pair_acquire(pair, B, 1);
		pair_run(pair, 1000);
		assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 3);
		child = pair->end[B].engine->sas->children;
		for (; child; child = child->next)
			ike_secret_clear(&child->first_lowest);
		pair_run(pair, HEIR_MS / 2);
		up += pair_children(pair, A, IKE_CHILD_UP);
		pair_run(pair, HEIR_MS);
		check_end(pair, &c, 2);
		pair_close(pair);
		pair_free(pair);
	}
	/* Some of ours went soon, some of the peer's late. */
	assert_true(up > 8 * 2 && up < 8 * 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_I76_child_rekey_alone),
		cmocka_unit_test(test_I76_child_rekey_x_child_rekey),
		cmocka_unit_test(test_I76_child_rekey_x_child_delete),
		cmocka_unit_test(test_I76_child_rekey_x_new_child),
		cmocka_unit_test(test_I76_new_child_x_new_child),
		cmocka_unit_test(test_I76_set_up_x_set_up),
		cmocka_unit_test(test_I76_spare_of_a_peer_that_keeps_both),
		cmocka_unit_test(test_I76_child_delete_x_child_delete),
		cmocka_unit_test(test_I76_new_child_x_child_delete),
		cmocka_unit_test(test_I76_ike_rekey_alone),
		cmocka_unit_test(test_I76_ike_rekey_x_ike_rekey),
		cmocka_unit_test(test_I76_ike_rekey_x_child_rekey),
		cmocka_unit_test(test_I76_ike_rekey_x_new_child),
		cmocka_unit_test(test_I76_ike_rekey_x_child_delete),
		cmocka_unit_test(test_I76_ike_delete_alone),
		cmocka_unit_test(test_I76_ike_delete_x_ike_delete),
		cmocka_unit_test(test_I76_ike_delete_x_ike_rekey),
		cmocka_unit_test(test_I76_ike_delete_x_child_rekey),
		cmocka_unit_test(test_I76_ike_delete_x_child_delete),
		cmocka_unit_test(test_I76_ike_delete_x_new_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
