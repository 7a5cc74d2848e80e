// SPDX-License-Identifier: GPL-2.0-only
/* Octets as a script for two engines. It knows what can be wished for and what can
 * go wrong, and nothing of what should come of it but the end.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "forge.h"
#include "script.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct script {
	struct pair *pair;
	struct ike_reader r;
	bool forged;	/* an end with the keys lied: the ends may disagree */
};

/*
 * The wire
 */

static void deliver(struct script *script, enum pair_name name)
{
	if (pair_waiting(script->pair, name))
		pair_deliver(script->pair, name);
}

static void drop(struct script *script, enum pair_name name)
{
	if (pair_waiting(script->pair, name))
		pair_drop(script->pair, name);
}

/* A wire full of copies is no story. */
#define COPIES_MAX 64

static void copy(struct script *script, enum pair_name name)
{
	size_t waiting = pair_waiting(script->pair, name);

	if (waiting && waiting < COPIES_MAX)
		pair_double(script->pair, name);
}

/* The oldest one is overtaken by all that are on their way. */
#define LATE_MS 1000

static void delay(struct script *script, enum pair_name name)
{
	struct pair_packet *packet;

	if (!pair_waiting(script->pair, name))
		return;
	packet = pair_peek(script->pair, name);
	packet->at += LATE_MS;
	packet->number = script->pair->sent++;
}

/* What is changed: where, and to what; 0 cuts there. */
static void change(struct script *script, enum pair_name name, bool sealed)
{
	uint16_t at = ike_reader_u16(&script->r);
	uint8_t flip = ike_reader_u8(&script->r);
	struct pair_packet *packet;

	if (!pair_waiting(script->pair, name))
		return;
	packet = pair_peek(script->pair, name);
	if (!sealed && packet->len)
		forge_clear(packet, at % packet->len, flip);
	else if (sealed && forge_sealed(script->pair, packet, at, flip))
		script->forged = script->pair->lenient = true;
}

static void spoil(struct script *script, enum pair_name name)
{
	change(script, name, false);
}

static void forge(struct script *script, enum pair_name name)
{
	change(script, name, true);
}

static void cut(struct script *script, enum pair_name name)
{
	script->pair->cut = !script->pair->cut;
}

static void weather(struct script *script, enum pair_name name)
{
	uint8_t octet = ike_reader_u8(&script->r);

	script->pair->weather.loss = octet & 0x1f;
	script->pair->weather.doubled = octet >> 5 & 3 ? 10 : 0;
	script->pair->weather.reordered = octet >> 7 ? 25 : 0;
	script->pair->weather.jitter = octet >> 7 ? 100 : 0;
}

/* The NAT has forgotten A, and gives it another port. */
static void remap(struct script *script, enum pair_name name)
{
	script->pair->mapping += 2;
}

/*
 * Operators
 */

static void rekey_child(struct script *script, enum pair_name name)
{
	if (pair_child(script->pair, name, 0, IKE_CHILD_UP))
		pair_rekey_child(script->pair, name, 0);
}

static void close_child(struct script *script, enum pair_name name)
{
	if (pair_child(script->pair, name, 0, IKE_CHILD_UP))
		pair_close_child(script->pair, name, 0);
}

static void rekey_ike(struct script *script, enum pair_name name)
{
	if (pair_ike_in(script->pair, name, IKE_SA_ESTABLISHED))
		pair_rekey_ike(script->pair, name);
}

static void close_ike(struct script *script, enum pair_name name)
{
	if (pair_ike_in(script->pair, name, IKE_SA_ESTABLISHED))
		pair_close_ike(script->pair, name);
}

static void restart(struct script *script, enum pair_name name)
{
	pair_restart(script->pair, name);
}

/*
 * Kernels
 */

static void acquire(struct script *script, enum pair_name name)
{
	pair_acquire(script->pair, name, 0);
}

static void acquire_other(struct script *script, enum pair_name name)
{
	pair_acquire(script->pair, name, 1);
}

/* One of the SAs that this kernel has; NULL: it has none. */
static const struct ike_sa_spec *some_sa(struct script *script,
					 enum pair_name name)
{
	size_t n = pair_sas(script->pair, name, IKE_IN) +
		   pair_sas(script->pair, name, IKE_OUT);
	size_t nth = ike_reader_u8(&script->r);
	size_t i;

	if (!n)
		return NULL;
	nth %= n;
	for (i = 0; i < PAIR_SAS; i++)
		if (script->pair->end[name].sa[i].used && !nth--)
			break;
	return &script->pair->end[name].sa[i].spec;
}

/* A kernel may tell of what its engine has deleted meanwhile. */
static void tell(struct script *script, enum pair_name name,
		 struct ike_event event)
{
	int err = pair_event(script->pair, name, event);

	assert_true(!err || err == -ENOENT);
}

static void expire(struct script *script, enum pair_name name)
{
	static const enum ike_sa_event whats[] = {
		IKE_SA_SOFT, IKE_SA_HARD, IKE_SA_IDLE,
	};
	uint8_t what = ike_reader_u8(&script->r) % ARRAY_SIZE(whats);
	const struct ike_sa_spec *sa = some_sa(script, name);
	struct ike_event event = { .kind = IKE_EV_SA };

	if (!sa)
		return;
	event.sa.direction = sa->direction;
	event.sa.spi = sa->spi;
	event.sa.rule = sa->rule;
	event.sa.what = whats[what];
	tell(script, name, event);
}

static void refuse(struct script *script, enum pair_name name)
{
	const struct ike_sa_spec *sa = some_sa(script, name);
	struct ike_event event = { .kind = IKE_EV_REFUSED };

	if (!sa)
		return;
	event.refused.direction = sa->direction;
	event.refused.spi = sa->spi;
	event.refused.rule = sa->rule;
	event.refused.error = -ENOSPC;
	tell(script, name, event);
}

static void move(struct script *script, enum pair_name name)
{
	const struct ike_sa_spec *sa = some_sa(script, name);
	struct ike_event event = { .kind = IKE_EV_MAPPING };

	if (!sa)
		return;
	event.mapping.spi = sa->spi;
	event.mapping.mapped = sa->remote;
	event.mapping.mapped.port = 50000 + ike_reader_u8(&script->r);
	tell(script, name, event);
}

/*
 * Time
 */

static void wait_little(struct script *script, enum pair_name name)
{
	pair_run(script->pair, 11);
}

static void wait_long(struct script *script, enum pair_name name)
{
	pair_run(script->pair, 4000);
}

static void wait_very_long(struct script *script, enum pair_name name)
{
	pair_run(script->pair, 300000);
}

static void (*const steps[])(struct script *script, enum pair_name name) = {
	deliver, deliver, deliver, deliver, drop, copy, delay, spoil, forge,
	cut, weather, remap, rekey_child, rekey_child, close_child, rekey_ike,
	rekey_ike, close_ike, restart, acquire, acquire_other, expire, expire,
	refuse, move, wait_little, wait_little, wait_long, wait_very_long,
};

/*
 * What must hold
 */

struct owned {
	struct pair_end *end;
	size_t n;
};

static void owned_sa(enum ike_direction direction, uint32_t spi, uint64_t rule,
		     void *arg)
{
	struct owned *owned = arg;
	size_t i, found = 0;

	for (i = 0; i < PAIR_SAS; i++) {
		const struct pair_sa *sa = &owned->end->sa[i];

		found += sa->used && sa->spec.direction == direction &&
			 sa->spec.spi == spi && sa->spec.rule == rule;
	}
	assert_int_equal(found, 1);
	owned->n++;
}

/* Each SA of a kernel is one that its engine knows, and the reverse. */
static void check_owners(struct pair *pair)
{
	enum pair_name name;

	for (name = A; name <= B; name++) {
		struct owned owned = { .end = &pair->end[name] };

		ike_engine_each_kernel_sa(pair->end[name].engine, owned_sa,
					  &owned);
		assert_int_equal(owned.n, pair_sas(pair, name, IKE_IN) +
					  pair_sas(pair, name, IKE_OUT));
	}
}

/* What two ends may have of each other in the end, whatever was asked for. */
#define IKE_SAS_MAX 4

static bool end_at_rest(struct pair *pair, enum pair_name name)
{
	const struct ike_engine *engine = pair->end[name].engine;
	const struct ike_sa *sa = NULL;
	const struct ike_child *child;

	while ((sa = ike_engine_next_sa(engine, sa))) {
		if (sa->state != IKE_SA_ESTABLISHED || sa->window.asking)
			return false;
		for (child = sa->children; child; child = child->next)
			if (child->state != IKE_CHILD_UP)
				return false;
	}
	return pair_ike(pair, name) <= IKE_SAS_MAX && !engine->half_open;
}

/* Nothing is half made, half replaced or half closed. */
static bool at_rest(struct pair *pair)
{
	return end_at_rest(pair, A) && end_at_rest(pair, B) && pair_up(pair);
}

static void check_flow(struct pair *pair)
{
	enum pair_name name;

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

#define CALM_MS 700000
#define DELAY_MS 10
#define REST_MS 60000	/* between rekeys, there are so many without any */

/* Whatever happened: both are asked for their rule, and packets flow. */
static void calm_down(struct script *script)
{
	struct pair *pair = script->pair;
	enum pair_name name;

	pair->cut = false;
	pair->weather = (struct pair_weather){ .delay = DELAY_MS };
	pair_run(pair, CALM_MS);
	if (script->forged)
		pair_close(pair);
	pair->lenient = false;
	pair->weather.delay = DELAY_MS;
	for (name = A; name <= B; name++) {
		pair_acquire(pair, name, 0);
		pair_run(pair, CALM_MS);
	}
	assert_true(pair_until(pair, REST_MS, at_rest));
	check_owners(pair);
	check_flow(pair);
}

static struct pair *configured(uint8_t how)
{
	struct pair *pair = pair_new();
	unsigned int i;

	for (i = A; i <= B; i++) {
		struct pair_end *end = &pair->end[i];

		pair_proposals(&end->peer.proposals, IKE_PROTOCOL_IKE,
			       "aes256gcm16-prfsha256-x25519");
		pair_proposals(&end->child[0].proposals, IKE_PROTOCOL_ESP,
			       "aes256gcm16-x25519");
		pair_proposals(&end->child[1].proposals, IKE_PROTOCOL_ESP,
			       how & 1 ? "aes256gcm16" : "aes256gcm16-x25519");
		end->peer.liveness_seconds = how & 2 ? 30 : 0;
		end->peer.prove_pfs = how & 4;
		end->peer.no_fragments = how & 8;
		end->peer.rekey_seconds = how & 16 ? 200 : 0;
		end->conf.cookie_threshold = how & 32 ? 1 : 0;
	}
	pair->translated = how & 64;
	/* B can reach A where the NAT has it. */
	if (pair->translated)
		pair->end[B].peer.remote.ip[3] = 99;
	return pair;
}

void script_run(const uint8_t *octets, size_t len)
{
	struct script script = { 0 };
	uint8_t octet;

	ike_reader_init(&script.r, octets, len);
	octet = ike_reader_u8(&script.r);
	script.pair = configured(octet);
	pair_start(script.pair);
	if (octet & 128) {
		pair_acquire(script.pair, A, 0);
		pair_run(script.pair, 1000);
	}
	while (script.r.left && !script.r.bad) {
		octet = ike_reader_u8(&script.r);
		steps[octet / 2 % ARRAY_SIZE(steps)](&script, octet & 1);
		check_owners(script.pair);
	}
	calm_down(&script);
	pair_close(script.pair);
	pair_free(script.pair);
}
