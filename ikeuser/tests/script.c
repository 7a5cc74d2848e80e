// SPDX-License-Identifier: GPL-2.0-only
/* Octets as a script for two engines. It knows what can be wished for, and nothing
 * of what should come of it but the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pair.h"
#include "script.h"

static void deliver(struct pair *pair, enum pair_name name)
{
	if (pair_waiting(pair, name))
		pair_deliver(pair, name);
}

static void drop(struct pair *pair, enum pair_name name)
{
	if (pair_waiting(pair, name))
		pair_drop(pair, name);
}

/* A wire full of copies is no story. */
#define COPIES_MAX 64

static void copy(struct pair *pair, enum pair_name name)
{
	size_t waiting = pair_waiting(pair, name);

	if (waiting && waiting < COPIES_MAX)
		pair_double(pair, name);
}

static void rekey_child(struct pair *pair, enum pair_name name)
{
	if (pair_child(pair, name, 0, IKE_CHILD_UP))
		pair_rekey_child(pair, name, 0);
}

static void close_child(struct pair *pair, enum pair_name name)
{
	if (pair_child(pair, name, 0, IKE_CHILD_UP))
		pair_close_child(pair, name, 0);
}

static void rekey_ike(struct pair *pair, enum pair_name name)
{
	if (pair_ike_in(pair, name, IKE_SA_ESTABLISHED))
		pair_rekey_ike(pair, name);
}

static void close_ike(struct pair *pair, enum pair_name name)
{
	if (pair_ike_in(pair, name, IKE_SA_ESTABLISHED))
		pair_close_ike(pair, name);
}

static void acquire(struct pair *pair, enum pair_name name)
{
	pair_acquire(pair, name, 0);
}

static void acquire_other(struct pair *pair, enum pair_name name)
{
	pair_acquire(pair, name, 1);
}

static void wait_little(struct pair *pair, enum pair_name name)
{
	pair_run(pair, 11);
}

static void wait_long(struct pair *pair, enum pair_name name)
{
	pair_run(pair, 4000);
}

static void restart(struct pair *pair, enum pair_name name)
{
	pair_restart(pair, name);
}

static void (*const steps[])(struct pair *pair, enum pair_name name) = {
	deliver, deliver, deliver, drop, copy, rekey_child, rekey_child,
	close_child, rekey_ike, rekey_ike, close_ike, acquire, acquire_other,
	wait_little, wait_long, restart,
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))
#define CALM_MS 700000

/* Whatever happened: both are asked for their rule, and packets flow. */
static void calm_down(struct pair *pair)
{
	enum pair_name name;

	pair_run(pair, CALM_MS);
	for (name = A; name <= B; name++) {
		pair_acquire(pair, name, 0);
		pair_run(pair, CALM_MS);
	}
	assert_true(pair_up(pair));
	for (name = A; name <= B; name++)
		pair->end[name].esp_sent = pair->end[name].esp_received = 0;
	pair->esp_at = pair->now;
	pair->esp_every = 100;
	pair_run(pair, 1000);
	pair->esp_every = 0;
	pair_run(pair, 1000);
	for (name = A; name <= B; name++) {
		assert_true(pair->end[name].esp_sent > 0);
		assert_int_equal(pair->end[name].esp_sent,
				 pair->end[!name].esp_received);
	}
}

void script_run(const uint8_t *script, size_t len)
{
	struct pair *pair = pair_new();
	unsigned int i;

	for (i = A; i <= B; i++) {
		pair_proposals(&pair->end[i].peer.proposals, IKE_PROTOCOL_IKE,
			       "aes256gcm16-prfsha256-x25519");
		pair_proposals(&pair->end[i].child[0].proposals,
			       IKE_PROTOCOL_ESP, "aes256gcm16-x25519");
		pair_proposals(&pair->end[i].child[1].proposals,
			       IKE_PROTOCOL_ESP, "aes256gcm16-x25519");
	}
	pair_establish(pair);
	for (i = 0; i < len; i++)
		steps[script[i] / 2 % STEPS](pair, script[i] & 1);
	calm_down(pair);
	pair_close(pair);
	pair_free(pair);
}
