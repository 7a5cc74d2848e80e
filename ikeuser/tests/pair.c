// SPDX-License-Identifier: GPL-2.0-only
/* Two engines, their clock, their wire and their kernels. It knows what actions
 * mean and no protocol.
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
#include "scarce.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define LATENCY 10

static const char psk_a[] = "what A proves itself with, of some length";
static const char psk_b[] = "what B proves itself with, and not the same";

static enum pair_name other(enum pair_name name)
{
	return name == A ? B : A;
}

static struct ike_address address(enum pair_name name)
{
	return (struct ike_address){
		.len = 4,
		.ip = { 192, 0, 2, name == A ? 1 : 2 },
		.port = 500,
	};
}

void pair_proposals(struct ike_proposals *list, uint8_t protocol,
		    const char *text)
{
	char weak[200], error[200];
	struct ike_text w, e;

	ike_text_init(&w, weak, sizeof(weak));
	ike_text_init(&e, error, sizeof(error));
	ike_proposals_clear(list);
	if (ike_proposals_parse_text(list, protocol, text, &w, &e))
		fail_msg("%s: %s", text, error);
}

static void selector(struct ike_ts_list *list, unsigned int rule,
		     enum pair_name whose)
{
	struct ike_ts ts;
	char text[32];

	snprintf(text, sizeof(text), "10.%u.%u.0/24", whose, rule);
	assert_int_equal(ike_ts_parse(&ts, text), 0);
	assert_int_equal(ike_ts_list_add(list, &ts), 0);
}

static void child_conf(struct pair_end *end, enum pair_name name,
		       unsigned int rule)
{
	struct ike_child_conf *child = &end->child[rule];

	child->name = rule == 0 ? "net0" : rule == 1 ? "net1" : "net2";
	child->rule = PAIR_RULE + rule;
	pair_proposals(&child->proposals, IKE_PROTOCOL_ESP,
		       "aes256-sha256-ecp256");
	selector(&child->local, rule, name);
	selector(&child->remote, rule, other(name));
}

static void end_conf(struct pair_end *end, enum pair_name name)
{
	struct ike_peer_conf *peer = &end->peer;
	unsigned int i;

	peer->name = name == A ? "b" : "a";
	peer->local = address(name);
	peer->remote = address(other(name));
	assert_int_equal(ike_id_parse(&peer->local_id, name == A ?
				      "a.example" : "b.example"), 0);
	assert_int_equal(ike_id_parse(&peer->remote_id, name == A ?
				      "b.example" : "a.example"), 0);
	peer->local_psk.data = (const uint8_t *)(name == A ? psk_a : psk_b);
	peer->local_psk.len = strlen(name == A ? psk_a : psk_b);
	peer->remote_psk.data = (const uint8_t *)(name == A ? psk_b : psk_a);
	peer->remote_psk.len = strlen(name == A ? psk_b : psk_a);
	pair_proposals(&peer->proposals, IKE_PROTOCOL_IKE,
		       "aes256-sha256-ecp256");
	peer->child = end->child;
	peer->children = PAIR_RULES;
	for (i = 0; i < PAIR_RULES; i++)
		child_conf(end, name, i);
	end->conf.peer = peer;
	end->conf.peers = 1;
	end->seeded.state = name + 1;
}

struct pair *pair_new(void)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	assert_non_null(pair);
	pair->now = 1000000;
	pair->luck.state = 77;
	pair->weather.delay = LATENCY;
	pair->mapping = 40000;
	pair->print = getenv("PAIR_PRINT") != NULL;
	end_conf(&pair->end[A], A);
	end_conf(&pair->end[B], B);
	return pair;
}

#define LONG_ID 1400

static void long_id(struct ike_id *id)
{
	uint8_t *data = malloc(LONG_ID);

	assert_non_null(data);
	memset(data, 'b', LONG_ID);
	ike_id_clear(id);
	id->type = IKE_ID_KEY_ID;
	id->data = (struct ike_bytes){ data, LONG_ID };
}

void pair_long(struct pair *pair)
{
	long_id(&pair->end[B].peer.local_id);
	long_id(&pair->end[A].peer.remote_id);
}

/*
 * The kernels
 */

static struct pair_sa *find_sa(struct pair_end *end,
			       const struct ike_sa_spec *spec)
{
	size_t i;

	for (i = 0; i < PAIR_SAS; i++)
		if (end->sa[i].used &&
		    end->sa[i].spec.direction == spec->direction &&
		    end->sa[i].spec.spi == spec->spi)
			return &end->sa[i];
	return NULL;
}

static void sa_add(struct pair_end *end, struct ike_action *act)
{
	size_t i;

	assert_null(find_sa(end, &act->sa));
	assert_true(act->sa.spi >= 256);
	assert_true(act->sa.encr_key.len > 0);
	assert_true(act->sa.ts_local.n && act->sa.ts_remote.n);
	for (i = 0; i < PAIR_SAS && end->sa[i].used; i++)
		;
	assert_true(i < PAIR_SAS);
	end->sa[i].used = true;
	end->sa[i].active = false;
	end->sa[i].spec = act->sa;
	memset(&act->sa, 0, sizeof(act->sa));
	end->added++;
}

static void spec_clear(struct ike_sa_spec *spec)
{
	ike_secret_clear(&spec->encr_key);
	ike_secret_clear(&spec->integ_key);
	ike_ts_list_clear(&spec->ts_local);
	ike_ts_list_clear(&spec->ts_remote);
}

void pair_restart(struct pair *pair, enum pair_name name)
{
	struct pair_end *end = &pair->end[name];
	size_t i;

	for (i = 0; i < PAIR_SAS; i++)
		spec_clear(&end->sa[i].spec);
	memset(end->sa, 0, sizeof(end->sa));
	end->added = 0;
	end->deleted = 0;
	ike_engine_free(end->engine);
	end->engine = ike_engine_new(&end->conf, seeded_random(&end->seeded));
	assert_non_null(end->engine);
	if (pair->journal)
		ike_engine_set_journal(end->engine);
	for (i = 0; i < PAIR_KEEPS; i++)
		ike_secret_clear(&end->keep[i].record);
}

static void keep(struct pair_end *end, const struct ike_action *act)
{
	struct pair_keep *slot = NULL;
	size_t i;

	for (i = 0; i < PAIR_KEEPS; i++) {
		if (end->keep[i].record.len &&
		    end->keep[i].family == act->keep.family) {
			slot = &end->keep[i];
			break;
		}
		if (!end->keep[i].record.len && !slot)
			slot = &end->keep[i];
	}
	assert_non_null(slot);
	ike_secret_clear(&slot->record);
	slot->family = act->keep.family;
	if (act->keep.data)
		assert_int_equal(ike_secret_set(&slot->record, act->keep.data,
						act->keep.len), 0);
}

void pair_start(struct pair *pair)
{
	pair_restart(pair, A);
	pair_restart(pair, B);
}

static void sa_del(struct pair_end *end, const struct ike_action *act,
		   bool lenient)
{
	struct pair_sa *sa = find_sa(end, &act->sa);

	if (!sa && lenient)
		return;
	assert_non_null(sa);
	spec_clear(&sa->spec);
	memset(sa, 0, sizeof(*sa));
	end->deleted++;
}

static void sa_activate(struct pair_end *end, const struct ike_action *act,
			bool lenient)
{
	struct pair_sa *sa = find_sa(end, &act->sa);
	size_t i;

	if (!sa && lenient)
		return;
	assert_non_null(sa);
	for (i = 0; i < PAIR_SAS; i++)
		if (end->sa[i].used && end->sa[i].spec.direction == IKE_OUT &&
		    end->sa[i].spec.rule == sa->spec.rule)
			end->sa[i].active = false;
	sa->active = true;
}

static void sa_move(struct pair_end *end, const struct ike_action *act)
{
	struct pair_sa *sa = find_sa(end, &act->sa);

	assert_non_null(sa);
	assert_true(ike_address_equal(&sa->spec.remote, &act->was_remote));
	sa->spec.local = act->sa.local;
	sa->spec.remote = act->sa.remote;
}

/*
 * The wire
 */

static bool chance(struct pair *pair, unsigned int percent)
{
	return percent && seeded_u64(&pair->luck) % 100 < percent;
}

static struct pair_packet *packet_new(struct pair *pair, enum pair_name from)
{
	size_t i;

	for (i = 0; i < PAIR_WIRE; i++) {
		struct pair_packet *packet = &pair->wire[i];

		if (packet->used)
			continue;
		if (i >= pair->wires)
			pair->wires = i + 1;
		memset(packet, 0, sizeof(*packet));
		packet->used = true;
		packet->from = from;
		packet->number = pair->sent++;
		packet->at = pair->now + pair->weather.delay;
		if (pair->weather.jitter)
			packet->at += seeded_u64(&pair->luck) %
				      (pair->weather.jitter + 1);
		if (chance(pair, pair->weather.reordered))
			packet->at = pair->now + 1;
		return packet;
	}
	fail_msg("the wire is full");
	return NULL;
}

static void packet_free(struct pair_packet *packet)
{
	free(packet->data);
	ike_secret_clear(&packet->key);
	memset(packet, 0, sizeof(*packet));
}

static uint8_t *copy(const uint8_t *data, size_t len)
{
	uint8_t *to = malloc(len ? len : 1);

	assert_non_null(to);
	memcpy(to, data, len);
	return to;
}

static void send_one(struct pair *pair, enum pair_name from,
		     const struct ike_action *act)
{
	struct pair_packet *packet = packet_new(pair, from);

	packet->source = act->send.local;
	packet->destination = act->send.remote;
	packet->data = copy(act->send.data, act->send.len);
	packet->len = act->send.len;
	if (pair->cut || chance(pair, pair->weather.loss) ||
	    (pair->judge && !pair->judge(pair, packet)))
		packet_free(packet);
}

static void send_ike(struct pair *pair, enum pair_name from,
		     const struct ike_action *act)
{
	pair->end[from].sent++;
	send_one(pair, from, act);
	if (chance(pair, pair->weather.doubled))
		send_one(pair, from, act);
}

static void story(struct pair *pair, enum pair_name name,
		  const struct ike_story *event)
{
	struct pair_end *end = &pair->end[name];
	char line[600];
	struct ike_text t;

	end->story[event->kind]++;
	end->reason[event->reason]++;
	if (event->kind == IKE_STORY_SENT)
		snprintf(end->said, sizeof(end->said), "%s", event->text);
	if (!pair->print)
		return;
	ike_text_init(&t, line, sizeof(line));
	ike_story_print(event, &t);
	print_message("%7llu %c %s\n", (unsigned long long)pair->now,
		      name == A ? 'A' : 'B', line);
}

static void perform(struct pair *pair, enum pair_name name,
		    struct ike_action *act)
{
	struct pair_end *end = &pair->end[name];

	switch (act->kind) {
	case IKE_ACT_KEEP:
		keep(end, act);
		break;
	case IKE_ACT_SEND:
		send_ike(pair, name, act);
		break;
	case IKE_ACT_SA_ADD:
		sa_add(end, act);
		break;
	case IKE_ACT_SA_ACTIVATE:
		sa_activate(end, act, pair->lenient);
		break;
	case IKE_ACT_SA_MOVE:
		sa_move(end, act);
		break;
	case IKE_ACT_SA_DEL:
		sa_del(end, act, pair->lenient);
		break;
	case IKE_ACT_RULE_FAIL:
		end->failed++;
		break;
	case IKE_ACT_STORY:
		story(pair, name, &act->story);
		break;
	}
}

int pair_event(struct pair *pair, enum pair_name name, struct ike_event event)
{
	struct pair_end *end = &pair->end[name];
	struct ike_actions actions = { 0 };
	bool kill = false;
	size_t i, n;
	int err;

	event.now = pair->now;
	if (pair->starve_event && !--pair->starve_event)
		scarce_one(pair->starve_at);
	err = ike_input(pair->end[name].engine, &event, &actions);
	scarce_one(0);
	if (pair->watch)
		pair->watch(pair, name, &event, &actions);
	n = actions.n;
	if (pair->killing[name] && event.kind != IKE_EV_RESUME &&
	    end->killed < PAIR_KILLS) {
		n = pair->kills++ % (actions.n + 1);
		kill = true;
	}
	for (i = 0; i < n; i++)
		perform(pair, name, &actions.action[i]);
	ike_actions_clear(&actions);
	if (kill)
		pair_kill(pair, name);
	return kill ? 0 : err;
}

struct lacking {
	struct pair_end *end;
	struct ike_sa_spec spec[PAIR_SAS];
	size_t n;
};

static void lack(enum ike_direction direction, uint32_t spi, uint64_t rule,
		 void *arg)
{
	struct ike_sa_spec spec = { .direction = direction, .spi = spi };
	struct lacking *lacking = arg;

	spec.rule = rule;
	if (!find_sa(lacking->end, &spec))
		lacking->spec[lacking->n++] = spec;
}

static void mark(enum ike_direction direction, uint32_t spi, uint64_t rule,
		 void *arg)
{
	struct ike_sa_spec spec = { .direction = direction, .spi = spi };
	struct pair_sa *sa = find_sa(arg, &spec);

	if (sa)
		sa->known = true;
}

/* SAs that the engine knows nothing of, as the daemon lets them go. */
static void drop_strangers(struct pair_end *end)
{
	struct ike_action del = { .kind = IKE_ACT_SA_DEL };
	size_t i;

	for (i = 0; i < PAIR_SAS; i++)
		end->sa[i].known = false;
	ike_engine_each_kernel_sa(end->engine, mark, end);
	for (i = 0; i < PAIR_SAS; i++) {
		if (!end->sa[i].used || end->sa[i].known)
			continue;
		del.sa = end->sa[i].spec;
		sa_del(end, &del, false);
	}
}

void pair_kill(struct pair *pair, enum pair_name name)
{
	struct pair_end *end = &pair->end[name];
	struct ike_event event = { .kind = IKE_EV_RESUME };
	struct lacking *lacking = calloc(1, sizeof(*lacking));
	struct ike_secret record;
	bool killing = pair->killing[name];
	size_t i;

	assert_non_null(lacking);
	ike_engine_free(end->engine);
	end->engine = ike_engine_new(&end->conf, seeded_random(&end->seeded));
	assert_non_null(end->engine);
	ike_engine_set_journal(end->engine);
	pair->killing[name] = false;
	end->killed++;
	for (i = 0; i < PAIR_KEEPS; i++) {
		record = (struct ike_secret){ 0 };
		if (!end->keep[i].record.len)
			continue;
		assert_int_equal(ike_secret_set(&record,
						end->keep[i].record.data,
						end->keep[i].record.len), 0);
		event.resume = ike_secret_bytes(&record);
		assert_int_equal(pair_event(pair, name, event), 0);
		ike_secret_clear(&record);
	}
	lacking->end = end;
	ike_engine_each_kernel_sa(end->engine, lack, lacking);
	for (i = 0; i < lacking->n; i++) {
		event = (struct ike_event){ .kind = IKE_EV_SA };
		event.sa.direction = lacking->spec[i].direction;
		event.sa.spi = lacking->spec[i].spi;
		event.sa.rule = lacking->spec[i].rule;
		event.sa.what = IKE_SA_HARD;
		pair_event(pair, name, event);
	}
	pair_event(pair, name, (struct ike_event){ .kind = IKE_EV_RESUME });
	drop_strangers(end);
	pair->killing[name] = killing;
	free(lacking);
}

/* A NAT in front of A gives it another address and port. */
static void translate(struct pair *pair, struct pair_packet *packet)
{
	if (!pair->translated)
		return;
	if (packet->from == A) {
		packet->source.ip[3] = 99;
		packet->source.port = pair->mapping +
				      (packet->source.port == 4500);
	} else {
		packet->destination = address(A);
		packet->destination.port = packet->destination.port;
		packet->destination.port =
			packet->source.port == 4500 ? 4500 : 500;
	}
}

static void arrive_esp(struct pair *pair, struct pair_packet *packet)
{
	struct pair_end *end = &pair->end[other(packet->from)];
	struct ike_sa_spec in = { .direction = IKE_IN, .spi = packet->esp };
	struct pair_sa *sa = find_sa(end, &in);

	if (sa && sa->spec.encr_key.len == packet->key.len &&
	    !memcmp(sa->spec.encr_key.data, packet->key.data, packet->key.len))
		end->esp_received++;
	else
		end->esp_lost[packet->rule]++;
}

static void arrive(struct pair *pair, struct pair_packet *packet)
{
	struct ike_event event = { .kind = IKE_EV_DATAGRAM };
	struct pair_packet mine = *packet;

	memset(packet, 0, sizeof(*packet));
	if (mine.esp) {
		arrive_esp(pair, &mine);
	} else {
		translate(pair, &mine);
		event.datagram.local = mine.destination;
		event.datagram.remote = mine.source;
		event.datagram.natt = mine.destination.port == 4500;
		event.datagram.data.data = mine.data;
		event.datagram.data.len = mine.len;
		if (pair_event(pair, other(mine.from), event))
			assert_true(pair->lenient);
	}
	packet_free(&mine);
}

struct pair_packet *pair_peek(struct pair *pair, enum pair_name from)
{
	struct pair_packet *oldest = NULL;
	size_t i;

	for (i = 0; i < pair->wires; i++) {
		struct pair_packet *packet = &pair->wire[i];

		if (packet->used && !packet->esp && packet->from == from &&
		    (!oldest || packet->number < oldest->number))
			oldest = packet;
	}
	assert_non_null(oldest);
	return oldest;
}

size_t pair_waiting(const struct pair *pair, enum pair_name from)
{
	size_t i, n = 0;

	for (i = 0; i < pair->wires; i++)
		n += pair->wire[i].used && !pair->wire[i].esp &&
		     pair->wire[i].from == from;
	return n;
}

void pair_deliver(struct pair *pair, enum pair_name from)
{
	arrive(pair, pair_peek(pair, from));
	pair_check_traffic(pair);
}

void pair_copy(struct pair *pair, const struct pair_packet *packet, uint64_t at)
{
	struct pair_packet *two = packet_new(pair, packet->from);
	uint64_t number = two->number;

	*two = *packet;
	two->number = number;
	two->at = at;
	two->data = copy(packet->data, packet->len);
}

void pair_double(struct pair *pair, enum pair_name from)
{
	struct pair_packet *packet = pair_peek(pair, from);

	pair_copy(pair, packet, packet->at);
}

void pair_drop(struct pair *pair, enum pair_name from)
{
	packet_free(pair_peek(pair, from));
}

/*
 * Traffic
 */

static void esp_send(struct pair *pair, enum pair_name from)
{
	struct pair_end *end = &pair->end[from];
	size_t i;

	for (i = 0; i < PAIR_SAS; i++) {
		struct pair_sa *sa = &end->sa[i];
		struct pair_packet *packet;

		if (!sa->used || !sa->active)
			continue;
		packet = packet_new(pair, from);
		packet->esp = sa->spec.spi;
		packet->rule = sa->spec.rule - PAIR_RULE;
		assert_int_equal(ike_secret_set(&packet->key,
						sa->spec.encr_key.data,
						sa->spec.encr_key.len), 0);
		end->esp_sent++;
	}
}

static void traffic(struct pair *pair)
{
	if (!pair->esp_every || pair->now < pair->esp_at)
		return;
	esp_send(pair, A);
	esp_send(pair, B);
	pair->esp_at = pair->now + pair->esp_every;
}

void pair_check_traffic(struct pair *pair)
{
	enum pair_name name;
	size_t i;

	if (pair->lenient)
		return;
	for (name = A; name <= B; name++) {
		for (i = 0; i < PAIR_SAS; i++) {
			struct pair_sa *out = &pair->end[name].sa[i], *in;
			struct ike_sa_spec spec = { .direction = IKE_IN };

			if (!out->used || !out->active)
				continue;
			spec.spi = out->spec.spi;
			in = find_sa(&pair->end[other(name)], &spec);
			if (!in)
				continue;
			assert_int_equal(in->spec.encr_key.len,
					 out->spec.encr_key.len);
			assert_memory_equal(in->spec.encr_key.data,
					    out->spec.encr_key.data,
					    out->spec.encr_key.len);
			assert_int_equal(in->spec.integ_key.len,
					 out->spec.integ_key.len);
			if (in->spec.integ_key.len)
				assert_memory_equal(in->spec.integ_key.data,
						    out->spec.integ_key.data,
						    out->spec.integ_key.len);
			assert_true(ike_ts_list_same(&in->spec.ts_local,
						     &out->spec.ts_remote));
		}
	}
}

/*
 * Time
 */

static struct pair_packet *next_packet(struct pair *pair)
{
	struct pair_packet *first = NULL;
	size_t i;

	while (pair->wires && !pair->wire[pair->wires - 1].used)
		pair->wires--;
	for (i = 0; i < pair->wires; i++) {
		struct pair_packet *packet = &pair->wire[i];

		if (packet->used &&
		    (!first || packet->at < first->at ||
		     (packet->at == first->at &&
		      packet->number < first->number)))
			first = packet;
	}
	return first;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* One thing that happens not after end; false: nothing does. */
static bool happen(struct pair *pair, uint64_t end)
{
	struct pair_packet *packet = next_packet(pair);
	uint64_t due_a = ike_engine_deadline(pair->end[A].engine);
	uint64_t due_b = ike_engine_deadline(pair->end[B].engine);
	uint64_t at = earliest(due_a, due_b);
	struct ike_event time = { .kind = IKE_EV_TIME };

	if (packet)
		at = earliest(at, packet->at);
	if (pair->esp_every)
		at = earliest(at, pair->esp_at);
	if (at > end)
		return false;
	if (at > pair->now)
		pair->now = at;
	if (packet && packet->at <= pair->now)
		arrive(pair, packet);
	else if (due_a <= pair->now)
		pair_event(pair, A, time);
	else if (due_b <= pair->now)
		pair_event(pair, B, time);
	else
		traffic(pair);
	return true;
}

void pair_run(struct pair *pair, uint64_t ms)
{
	uint64_t end = pair->now + ms;

	while (happen(pair, end))
		;
	pair->now = end;
}

bool pair_until(struct pair *pair, uint64_t ms,
		bool (*condition)(struct pair *pair))
{
	uint64_t end = pair->now + ms;

	while (!condition(pair))
		if (!happen(pair, end))
			return false;
	return true;
}

void pair_settle(struct pair *pair)
{
	struct pair_packet *packet;

	while ((packet = next_packet(pair))) {
		arrive(pair, packet);
		pair_check_traffic(pair);
	}
}

/*
 * What the tests ask for
 */

static void command(struct pair *pair, enum pair_name name,
		    struct ike_event event)
{
	if (pair_event(pair, name, event))
		assert_true(pair->lenient);
}

void pair_acquire(struct pair *pair, enum pair_name name, unsigned int rule)
{
	struct ike_event event = { .kind = IKE_EV_ACQUIRE };

	event.acquire.rule = PAIR_RULE + rule;
	command(pair, name, event);
}

static struct ike_event which(struct pair *pair, enum pair_name name,
			      enum ike_event_kind kind, unsigned int rule)
{
	struct ike_event event = { .kind = kind };
	const struct ike_child *child;

	child = pair_child(pair, name, rule, IKE_CHILD_UP);
	assert_non_null(child);
	event.which.child = child->number;
	return event;
}

void pair_rekey_child(struct pair *pair, enum pair_name name, unsigned int rule)
{
	struct ike_event event = which(pair, name, IKE_EV_REKEY, rule);

	command(pair, name, event);
}

void pair_close_child(struct pair *pair, enum pair_name name, unsigned int rule)
{
	struct ike_event event = which(pair, name, IKE_EV_TERMINATE, rule);

	command(pair, name, event);
}

static void ike_event(struct pair *pair, enum pair_name name,
		      enum ike_event_kind kind)
{
	struct ike_event event = { .kind = kind };
	const struct ike_sa *sa;

	sa = pair_ike_in(pair, name, IKE_SA_ESTABLISHED);
	assert_non_null(sa);
	event.which.ike = sa->number;
	command(pair, name, event);
}

void pair_rekey_ike(struct pair *pair, enum pair_name name)
{
	ike_event(pair, name, IKE_EV_REKEY);
}

void pair_close_ike(struct pair *pair, enum pair_name name)
{
	ike_event(pair, name, IKE_EV_TERMINATE);
}

size_t pair_ike(struct pair *pair, enum pair_name name)
{
	const struct ike_sa *sa = NULL;
	size_t n = 0;

	while ((sa = ike_engine_next_sa(pair->end[name].engine, sa)))
		n++;
	return n;
}

const struct ike_sa *pair_ike_in(struct pair *pair, enum pair_name name,
				 enum ike_sa_state state)
{
	const struct ike_sa *sa = NULL;

	while ((sa = ike_engine_next_sa(pair->end[name].engine, sa)))
		if (sa->state == state)
			return sa;
	return NULL;
}

size_t pair_children(struct pair *pair, enum pair_name name,
		     enum ike_child_state state)
{
	const struct ike_sa *sa = NULL;
	const struct ike_child *child;
	size_t n = 0;

	while ((sa = ike_engine_next_sa(pair->end[name].engine, sa)))
		for (child = sa->children; child; child = child->next)
			n += child->state == state;
	return n;
}

const struct ike_child *pair_child(struct pair *pair, enum pair_name name,
				   unsigned int rule,
				   enum ike_child_state state)
{
	const struct ike_sa *sa = NULL;
	const struct ike_child *child;

	while ((sa = ike_engine_next_sa(pair->end[name].engine, sa)))
		for (child = sa->children; child; child = child->next)
			if (child->state == state &&
			    child->rule->conf->rule == PAIR_RULE + rule)
				return child;
	return NULL;
}

size_t pair_sas(const struct pair *pair, enum pair_name name,
		enum ike_direction direction)
{
	size_t i, n = 0;

	for (i = 0; i < PAIR_SAS; i++)
		n += pair->end[name].sa[i].used &&
		     pair->end[name].sa[i].spec.direction == direction;
	return n;
}

bool pair_up(struct pair *pair)
{
	return pair_child(pair, A, 0, IKE_CHILD_UP) &&
	       pair_child(pair, B, 0, IKE_CHILD_UP);
}

bool pair_told(struct pair *pair, enum pair_name name, const char *peer,
	       enum ike_story_kind kind, const char *text)
{
	const struct ike_ring *ring = ike_engine_ring(pair->end[name].engine,
						      peer, 0);
	const struct ike_story *story;
	size_t i;

	for (i = 0; (story = ike_ring_get(ring, i)); i++)
		if (story->kind == kind && strstr(story->text, text))
			return true;
	return false;
}

void pair_establish(struct pair *pair)
{
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
}

static void close_end(struct pair *pair, enum pair_name name)
{
	struct ike_event event = { .kind = IKE_EV_TERMINATE };
	const struct ike_sa *sa = NULL;
	uint32_t number[16];
	size_t n = 0, i;

	while ((sa = ike_engine_next_sa(pair->end[name].engine, sa)) &&
	       n < ARRAY_SIZE(number))
		number[n++] = sa->number;
	for (i = 0; i < n; i++) {
		event.which.ike = number[i];
		pair_event(pair, name, event);
	}
}

#define CLOSE_MS 400000

void pair_close(struct pair *pair)
{
	enum pair_name name;

	pair->esp_every = 0;
	pair->cut = false;
	pair->judge = NULL;
	memset(&pair->weather, 0, sizeof(pair->weather));
	for (name = A; name <= B; name++) {
		close_end(pair, name);
		pair_run(pair, CLOSE_MS);
	}
	for (name = A; name <= B; name++) {
		struct pair_end *end = &pair->end[name];

		assert_int_equal(pair_sas(pair, name, IKE_IN), 0);
		assert_int_equal(pair_sas(pair, name, IKE_OUT), 0);
		assert_int_equal(end->added, end->deleted);
		assert_int_equal(pair_ike(pair, name), 0);
		assert_int_equal(end->engine->child_by_spi.n, 0);
		assert_int_equal(end->engine->sa_by_spi.n, 0);
		assert_int_equal(end->engine->half_open, 0);
		assert_int_equal(end->story[IKE_STORY_STEP_REFUSED], 0);
	}
}

void pair_free(struct pair *pair)
{
	enum pair_name name;
	size_t i;

	for (name = A; name <= B; name++) {
		struct pair_end *end = &pair->end[name];

		ike_engine_free(end->engine);
		ike_proposals_clear(&end->peer.proposals);
		ike_id_clear(&end->peer.local_id);
		ike_id_clear(&end->peer.remote_id);
		for (i = 0; i < PAIR_RULES; i++) {
			ike_proposals_clear(&end->child[i].proposals);
			ike_ts_list_clear(&end->child[i].local);
			ike_ts_list_clear(&end->child[i].remote);
		}
		for (i = 0; i < PAIR_SAS; i++)
			spec_clear(&end->sa[i].spec);
		for (i = 0; i < PAIR_KEEPS; i++)
			ike_secret_clear(&end->keep[i].record);
	}
	for (i = 0; i < pair->wires; i++)
		if (pair->wire[i].used)
			packet_free(&pair->wire[i]);
	free(pair);
}
