/* SPDX-License-Identifier: GPL-2.0-only */
/* Two engines in one process: A and B, a clock that stands until it is moved, a
 * wire that loses, doubles, delays and reorders by script or by seed, and two
 * kernels that only remember SAs. What a kernel would refuse fails the test, and
 * so does an ESP packet that the other end cannot decrypt.
 */
#ifndef PAIR_H
#define PAIR_H

#include "engine.h"
#include "sa.h"
#include "seeded.h"

enum pair_name {
	A,
	B,
};

#define PAIR_RULES 3
#define PAIR_RULE 0x1000ULL	/* rule i of either end is PAIR_RULE + i */
#define PAIR_SAS 256		/* SAs that one kernel may have */
#define PAIR_WIRE 1024		/* packets on their way at once */

struct pair_sa {
	bool used;
	bool active;
	bool known;
	struct ike_sa_spec spec;
};

/* What one end has kept of its IKE SAs. */
#define PAIR_KEEPS 64
/* Enough: each start sends at once what was not answered. */
#define PAIR_KILLS 30
struct pair_keep {
	uint32_t family;
	struct ike_secret record;
};

struct pair_end {
	struct ike_engine *engine;
	struct pair_keep keep[PAIR_KEEPS];
	unsigned int killed;		/* times, and resumed */
	struct ike_engine_conf conf;
	struct ike_peer_conf peer;
	struct ike_child_conf child[PAIR_RULES];
	struct seeded seeded;
	struct pair_sa sa[PAIR_SAS];
	unsigned int story[IKE_STORY_COUNT];
	unsigned int reason[IKE_REASON_COUNT];
	char said[STORY_TEXT_MAX];	/* the last message it sent, as told */
	unsigned int added;		/* SAs, ever */
	unsigned int deleted;
	unsigned int failed;		/* rules */
	unsigned int sent;		/* IKE datagrams */
	unsigned int esp_sent;
	unsigned int esp_received;
	unsigned int esp_lost[PAIR_RULES]; /* no SA in for it; by rule */
};

struct pair_packet {
	bool used;
	enum pair_name from;
	uint64_t at;		/* arrival */
	uint64_t number;	/* in the order they were sent */
	uint32_t esp;		/* SPI; 0: IKE */
	unsigned int rule;	/* of ESP */
	struct ike_secret key;	/* of the ESP packet */
	struct ike_address source;
	struct ike_address destination;
	uint8_t *data;
	size_t len;
};

/* What the wire does by itself, in percent and ms. */
struct pair_weather {
	unsigned int loss;
	unsigned int doubled;
	unsigned int reordered;	/* these overtake all that is on its way */
	unsigned int delay;
	unsigned int jitter;	/* to be added to the delay, at most */
};

struct pair {
	struct pair_end end[2];
	uint64_t now;
	uint64_t sent;
	struct pair_packet wire[PAIR_WIRE];
	size_t wires;		/* no packet is used from here on */
	struct pair_weather weather;
	struct seeded luck;
	unsigned int esp_every;		/* ms between ESP packets; 0: none */
	uint64_t esp_at;
	bool translated;	/* a NAT in front of A */
	uint16_t mapping;	/* its port now */
	bool cut;		/* nothing gets through */
	/* Sees each packet as it leaves; false: it is lost. */
	bool (*judge)(struct pair *pair, struct pair_packet *packet);
	void *arg;
	/* Sees each event of an end, and what it makes of it. */
	void (*watch)(struct pair *pair, enum pair_name name,
		      const struct ike_event *event,
		      const struct ike_actions *actions);
	/* In one event, counted down to 0, one allocation fails: this one. */
	unsigned int starve_event;
	unsigned int starve_at;
	/* An end lies or has lost something: both need not have the same SAs,
	 * and the kernels take what they can of the actions that are left.
	 */
	bool lenient;
	/* Both ends keep what pair_kill() goes on with. */
	bool journal;
	/* That end is killed in each of its events, in turn before, between and
	 * after what it is to do.
	 */
	bool killing[2];
	unsigned int kills;
	bool print;
};

/* Both ends as the tests expect them, to be changed before pair_start(). */
struct pair *pair_new(void);
/* B's identity makes IKE_AUTH too long for one datagram, both ways. */
void pair_long(struct pair *pair);
void pair_start(struct pair *pair);
/* That end starts anew: it knows nothing, and its kernel has no SAs. */
void pair_restart(struct pair *pair, enum pair_name name);
/* That end dies without a word and goes on from what it has kept; its kernel has
 * what it had.
 */
void pair_kill(struct pair *pair, enum pair_name name);
void pair_proposals(struct ike_proposals *list, uint8_t protocol,
		    const char *text);
/* Fails if there is an SA left in a kernel after both ends have been told to
 * close everything and time has passed.
 */
void pair_close(struct pair *pair);
void pair_free(struct pair *pair);

/* Script: one packet at a time, and no time passes. */
int pair_event(struct pair *pair, enum pair_name name, struct ike_event event);
void pair_acquire(struct pair *pair, enum pair_name name, unsigned int rule);
void pair_rekey_child(struct pair *pair, enum pair_name name,
		      unsigned int rule);
void pair_rekey_ike(struct pair *pair, enum pair_name name);
void pair_close_child(struct pair *pair, enum pair_name name,
		      unsigned int rule);
void pair_close_ike(struct pair *pair, enum pair_name name);
/* The oldest IKE packet of that end; fails if there is none. */
struct pair_packet *pair_peek(struct pair *pair, enum pair_name from);
void pair_deliver(struct pair *pair, enum pair_name from);
void pair_double(struct pair *pair, enum pair_name from);
void pair_drop(struct pair *pair, enum pair_name from);
/* The same once more, to arrive at another time. */
void pair_copy(struct pair *pair, const struct pair_packet *packet,
	       uint64_t at);
size_t pair_waiting(const struct pair *pair, enum pair_name from);

/* Time. */
void pair_run(struct pair *pair, uint64_t ms);
/* Until the condition holds; false: it did not within ms. */
bool pair_until(struct pair *pair, uint64_t ms,
		bool (*condition)(struct pair *pair));
/* All packets that are on their way and what follows from them, in the order in
 * which they were sent.
 */
void pair_settle(struct pair *pair);
/* Both ends have an IKE SA, and rule 0 a Child SA. */
void pair_establish(struct pair *pair);

/* What is there. */
size_t pair_ike(struct pair *pair, enum pair_name name);
const struct ike_sa *pair_ike_in(struct pair *pair, enum pair_name name,
				 enum ike_sa_state state);
size_t pair_children(struct pair *pair, enum pair_name name,
		     enum ike_child_state state);
const struct ike_child *pair_child(struct pair *pair, enum pair_name name,
				   unsigned int rule,
				   enum ike_child_state state);
size_t pair_sas(const struct pair *pair, enum pair_name name,
		enum ike_direction direction);
bool pair_up(struct pair *pair);
/* Whether that end remembers such an event, with that in its text, of a peer or,
 * if that is NULL, of nobody.
 */
bool pair_told(struct pair *pair, enum pair_name name, const char *peer,
	       enum ike_story_kind kind, const char *text);
/* Each active SA out has an SA in with the same keys at the other end. */
void pair_check_traffic(struct pair *pair);

#endif
