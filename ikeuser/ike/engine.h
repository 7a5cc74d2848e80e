/* SPDX-License-Identifier: GPL-2.0-only */
/* The only door of the IKEv2 core: an event goes in, a list of actions comes out.
 * The engine has no socket, clock, file or randomness; it decides, its caller
 * performs. The same events with the same random octets give the same actions.
 *
 *	datagram, acquire, sa-event, time ...  -->  ike_input()
 *	send, sa-add, sa-del, rule-fail ...    <--  actions, to be done in order
 */
#ifndef IKE_ENGINE_H
#define IKE_ENGINE_H

#include "counts.h"
#include "crypto.h"
#include "id.h"
#include "proposal.h"
#include "story.h"
#include "ts.h"

struct ike_address {
	uint8_t len;		/* 4 or 16; 0: any address, in configurations */
	uint8_t ip[16];
	uint16_t port;
};

bool ike_address_same_ip(const struct ike_address *a,
			 const struct ike_address *b);
bool ike_address_equal(const struct ike_address *a,
		       const struct ike_address *b);
struct ike_bytes ike_address_bytes(const struct ike_address *address);
/* "192.0.2.1:500", "[2001:db8::1]:4500" */
void ike_address_print(const struct ike_address *address, struct ike_text *t);

/*
 * Configuration: borrowed, and unchanged while an engine has it. What is new here
 * is to be compared in configure.c.
 */

/* One rule of the kernel, and the Child SA it is to have. */
struct ike_child_conf {
	const char *name;
	uint64_t rule;			/* the kernel's id of it */
	struct ike_proposals proposals;	/* of ESP, with the groups of its PFS */
	struct ike_ts_list local;
	struct ike_ts_list remote;
	bool transport;
	bool tfc_unsupported;		/* ESP_TFC_PADDING_NOT_SUPPORTED */
	bool non_first_fragments;
	uint32_t rekey_seconds;		/* 0: never for its age */
	uint32_t hard_seconds;
	uint64_t rekey_octets;
	uint64_t hard_octets;
	uint32_t idle_seconds;
};

struct ike_peer_conf {
	const char *name;
	struct ike_address local;	/* len 0: any */
	struct ike_address remote;
	struct ike_id local_id;
	struct ike_id remote_id;	/* a pattern */
	struct ike_bytes local_psk;	/* proves us */
	struct ike_bytes remote_psk;	/* proves the peer */
	struct ike_proposals proposals;	/* of IKE */
	enum ike_prefer prefer;		/* whose order counts, when we answer */
	const struct ike_child_conf *child;
	size_t children;
	uint32_t rekey_seconds;		/* of the IKE SA; 0: never */
	uint32_t hard_seconds;
	uint32_t liveness_seconds;	/* of silence, RFC 7296 2.4; 0: never */
	bool no_fragments;		/* RFC 7383 is not announced */
	bool no_initial_contact;
	bool prove_pfs;			/* rekey at once: shows the group works */
};

struct ike_engine_conf {
	const struct ike_peer_conf *peer;
	size_t peers;
	uint32_t cookie_threshold;	/* half open ones, before cookies; 0: the
					 * default
					 */
};

/*
 * Events
 */

enum ike_event_kind {
	IKE_EV_TIME,		/* ike_engine_deadline() has come */
	IKE_EV_DATAGRAM,
	IKE_EV_ACQUIRE,		/* packets wait for an SA of a rule */
	IKE_EV_SA,		/* the kernel tells about an SA */
	IKE_EV_MAPPING,		/* ESP of the peer comes from elsewhere */
	IKE_EV_REFUSED,		/* the kernel refused to add an SA */
	IKE_EV_INITIATE,	/* the operator's: by rule, or peer */
	IKE_EV_TERMINATE,	/* by number of an IKE SA or a Child SA */
	IKE_EV_REKEY,
	IKE_EV_CONFIGURE,	/* another configuration */
	IKE_EV_RESUME,		/* what was kept before a restart */
	IKE_EV_COUNT
};

/* What IKE_EV_SA tells. */
enum ike_sa_event {
	IKE_SA_SOFT,		/* to be replaced, whatever the limit was */
	IKE_SA_HARD,		/* the kernel took it out of use */
	IKE_SA_IDLE,		/* and the caller has seen that both ways are */
};

enum ike_direction {
	IKE_IN,
	IKE_OUT,
};

/* All octets are borrowed. */
struct ike_event {
	enum ike_event_kind kind;
	uint64_t now;			/* ms; never less than before */
	union {
		struct {
			struct ike_address local;
			struct ike_address remote;
			bool natt;	/* came to port 4500 */
			struct ike_bytes data;
		} datagram;
		struct {
			uint64_t rule;
			bool packet;	/* the one that asks is known: */
			struct ike_ts local;	/* its source */
			struct ike_ts remote;
		} acquire;
		struct {
			enum ike_direction direction;
			uint32_t spi;
			uint64_t rule;
			enum ike_sa_event what;
		} sa;
		struct {
			uint32_t spi;	/* of the SA in */
			struct ike_address mapped;
		} mapping;
		struct {
			enum ike_direction direction;
			uint32_t spi;
			uint64_t rule;
			int error;	/* -errno */
		} refused;
		struct {
			const char *peer;
			uint64_t rule;	/* 0: without a Child SA */
		} initiate;
		struct {
			uint32_t ike;	/* one of them, by number */
			uint32_t child;
		} which;
		/* Like that of ike_engine_new(). The one before is to stay as
		 * long as ike_engine_uses() says.
		 */
		struct {
			const struct ike_engine_conf *conf;
		} configure;
		/* What an IKE_ACT_KEEP had, one after the other, before any other
		 * event. Then the kernel is compared, and what it lacks is told
		 * as IKE_SA_HARD; then one with no data. -EBADMSG: damaged;
		 * -ESTALE: of another configuration; told, and nothing resumed.
		 */
		struct ike_bytes resume;
	};
};

/*
 * Actions
 */

enum ike_action_kind {
	IKE_ACT_KEEP,		/* for IKE_EV_RESUME, before all that follows */
	IKE_ACT_SEND,
	IKE_ACT_SA_ADD,
	IKE_ACT_SA_ACTIVATE,	/* the rule sends through it from now on */
	IKE_ACT_SA_MOVE,	/* an end has another address */
	IKE_ACT_SA_DEL,
	IKE_ACT_RULE_FAIL,	/* there will be no SA: let go what waits */
	IKE_ACT_STORY,
};

/* A kernel's SA has no more pairs of a local and a remote selector of one family. */
#define IKE_SA_SELECTORS_MAX 8

/* The pair of one direction, as the kernel takes it. */
struct ike_sa_spec {
	enum ike_direction direction;
	uint32_t spi;
	uint64_t rule;
	struct ike_address local;
	struct ike_address remote;
	bool encap;		/* ESP in UDP, from and to those ports */
	/* All below: IKE_ACT_SA_ADD only */
	bool transport;
	bool esn;
	bool non_first_fragments;
	uint16_t encr;		/* IKE_ENCR_* */
	uint16_t encr_bits;
	uint16_t integ;		/* IKE_INTEG_*, 0 with an AEAD */
	struct ike_secret encr_key;
	struct ike_secret integ_key;
	struct ike_ts_list ts_local;
	struct ike_ts_list ts_remote;
	bool tfc;		/* padding is allowed (out) */
	uint32_t soft_seconds;
	uint32_t hard_seconds;
	uint64_t soft_octets;
	uint64_t hard_octets;
	uint32_t idle_seconds;
};

struct ike_action {
	enum ike_action_kind kind;
	union {
		/* Takes the place of the one before of that family. */
		struct {
			uint32_t family;
			uint8_t *data;	/* owned; NULL: keep none */
			size_t len;
		} keep;
		struct {
			struct ike_address local;
			struct ike_address remote;
			/* Owned; with the marker when it goes over 4500. */
			uint8_t *data;
			size_t len;
		} send;
		struct {
			struct ike_sa_spec sa;
			struct ike_address was_remote;	/* IKE_ACT_SA_MOVE */
		};
		struct {
			uint64_t rule;
			enum ike_reason reason;
		} rule_fail;
		struct ike_story story;
	};
};

/* Zeroed, it is empty. */
struct ike_actions {
	struct ike_action *action;	/* owned */
	size_t n;
	size_t size;
};

void ike_actions_clear(struct ike_actions *actions);

/*
 * The door
 */

struct ike_engine;

/* The caller's routes: local gets the address that a packet to remote would come
 * from, without a port. 0 or -errno.
 */
struct ike_routes {
	int (*find)(void *arg, const struct ike_address *remote,
		    struct ike_address *local);
	void *arg;
};

/* Borrows the configuration. */
struct ike_engine *ike_engine_new(const struct ike_engine_conf *conf,
				  struct ike_random random);
/* Whether something of a configuration that it was given is still looked at. After
 * an IKE_EV_CONFIGURE that found no memory, that is not the new one.
 */
bool ike_engine_uses(const struct ike_engine *engine,
		     const struct ike_engine_conf *conf);
/* Whether two configurations say the same of a peer, Child SAs aside, and of a
 * Child SA.
 */
bool ike_peer_conf_same(const struct ike_peer_conf *a,
			const struct ike_peer_conf *b);
bool ike_child_conf_same(const struct ike_child_conf *a,
			 const struct ike_child_conf *b);
/* Asked where a peer's configuration has no local address. Without routes, or a
 * route, such a peer is not asked for an IKE SA.
 */
void ike_engine_set_routes(struct ike_engine *engine, struct ike_routes routes);
/* From now on, what it would go on with is handed out as IKE_ACT_KEEP. */
void ike_engine_set_journal(struct ike_engine *engine);
/* Forgets everything; nobody is told. */
void ike_engine_free(struct ike_engine *engine);

/* Appends to actions. 0, whatever a peer sent; -ENOMEM: actions may be missing,
 * the kernel's SAs are to be compared with the engine's; -ENOENT: an event about
 * something that is not there; -ENETUNREACH: the peer cannot be asked, told.
 */
int ike_input(struct ike_engine *engine, const struct ike_event *event,
	      struct ike_actions *actions);
/* When it wants to be told the time, ms; UINT64_MAX: it waits for nothing. */
uint64_t ike_engine_deadline(const struct ike_engine *engine);

/*
 * Looking in
 */

struct ike_sa;
struct ike_child;

/* IKE SAs from the newest to the oldest; NULL: the first, no more. */
const struct ike_sa *ike_engine_next_sa(const struct ike_engine *engine,
					const struct ike_sa *sa);
/* Every SA that the kernel is to have now. */
void ike_engine_each_kernel_sa(const struct ike_engine *engine,
			       void (*tell)(enum ike_direction direction,
					    uint32_t spi, uint64_t rule,
					    void *arg),
			       void *arg);
/* What was counted of a peer, or with NULL of all. NULL: there is no such peer. */
const struct ike_counts *ike_engine_counts(const struct ike_engine *engine,
					   const char *peer);
void ike_engine_reset_counts(struct ike_engine *engine, const char *peer);
/* The events of a peer or, if that is NULL, of a rule; of rule 0, those of
 * nobody known.
 */
const struct ike_ring *ike_engine_ring(const struct ike_engine *engine,
				       const char *peer, uint64_t rule);

#endif
