/* SPDX-License-Identifier: GPL-2.0-only */
/* What the engine keeps: IKE SAs, Child SAs, peers and rules, and the functions
 * by which its files reach each other. Nobody outside of the core changes any of
 * it; who shows it may read it.
 */
#ifndef IKE_SA_H
#define IKE_SA_H

#include "cookie.h"
#include "counts.h"
#include "engine.h"
#include "fsm.h"
#include "keymat.h"
#include "map.h"
#include "message.h"
#include "nat.h"
#include "timer.h"
#include "window.h"

/* Nonces we draw: twice what RFC 7296 2.11 asks for with the longest PRF's 64. */
#define NONCE_LEN 32
/* RFC 7296 2.6: COOKIE after COOKIE, or group after group, is no negotiation. */
#define INIT_COOKIES_MAX 3
#define INIT_GROUPS_MAX 2
/* A peer that asked and then says nothing. Its 14 tries take 4 minutes, but
 * within half a minute it sends 8 of them.
 */
#define HALF_OPEN_MS 30000
/* Half open IKE SAs, each about 2 KiB: cookies from the first number on, an end
 * at the second.
 */
#define HALF_OPEN_COOKIES 64
#define HALF_OPEN_MAX 1024
/* Of one source address: from the first number on it has to show a cookie, which
 * who only writes that address cannot; at the second it waits. Many peers may be
 * behind one translator.
 */
#define HALF_OPEN_SOURCE_COOKIES 8
#define HALF_OPEN_SOURCE_MAX 128
/* RFC 7296 2.1: a Delete is answered again when our answer was lost; half a minute
 * has 8 tries of it.
 */
#define LINGER_MS 30000
/* What is on its way over the old SA when both ends have switched. */
#define CHILD_DRAIN_MS 5000
/* A peer that leaves an SA that is replaced or redundant undeleted for so long
 * has forgotten it, or lost our answer: we delete it.
 */
#define HEIR_MS 240000
/* RFC 7296 2.25: TEMPORARY_FAILURE asks for some patience, of so much to three
 * times that, or two ends that refuse each other would do so again and again.
 */
#define RETRY_MS 2000
#define RETRIES_MAX 10
/* RFC 3948 4. */
#define KEEPALIVE_MS 20000
/* Child SAs that one IKE SA may have: more than rules, since they overlap when
 * they are replaced; a bound on what one peer can take.
 */
#define CHILDREN_MAX 256
/* Unprotected answers to strangers, in one second (RFC 7296 2.21.4). */
#define STRANGERS_PER_SECOND 1
/* Events about strangers, in one second; then how many more there were. */
#define STRANGER_STORIES 5

struct ike_peer {
	const struct ike_peer_conf *conf;
	const struct ike_peer *alike;	/* the first that chooses as it does */
	struct ike_peer *same;		/* in the configuration after this */
	struct ike_ring ring;
	struct ike_counts counts;
};

struct ike_rule {
	const struct ike_child_conf *conf;
	struct ike_rule *same;		/* in the configuration after this */
	struct ike_peer *peer;
	struct ike_child *sender;	/* its packets go through this one */
	struct ike_ring ring;
};

/* A configuration, and what is known of its peers and rules. */
struct ike_policy {
	const struct ike_engine_conf *conf;
	struct ike_peer *peer;		/* both owned */
	struct ike_rule *rule;
	size_t rules;
};

/* One that another has replaced, while there are SAs of it. */
struct ike_former {
	struct ike_former *next;
	struct ike_policy policy;
};

enum ike_timer_kind {
	IKE_TIMER_RETRANSMIT,
	IKE_TIMER_REKEY,
	IKE_TIMER_HARD,
	IKE_TIMER_LIVENESS,
	IKE_TIMER_KEEPALIVE,
	IKE_TIMER_FRAGMENTS,	/* that miss others of their message */
	IKE_TIMER_HALF_OPEN,	/* or that the peer is to delete, or did */
	IKE_TIMER_CHILD,	/* retry, spare, drain or heir, by its state */
	IKE_TIMER_COUNT
};

/* An exchange that makes an SA, while its request of ours is out. */
struct ike_create {
	struct ike_child *child;	/* borrowed; NULL: an IKE SA */
	struct ike_sa *sa;		/* borrowed; the new one, NULL: a Child */
	struct ike_secret nonce;	/* Ni */
	struct ike_dh dh;		/* without a group: no PFS */
	struct ike_proposals offer;
	struct ike_ts_list local;	/* TSi, as offered */
	struct ike_ts_list remote;
	uint32_t deleted;		/* SPI that the peer deleted meanwhile,
					 * of what we do not know; 0: none
					 */
};

struct ike_child {
	struct ike_child *next;		/* of its IKE SA */
	struct ike_sa *sa;
	struct ike_rule *rule;
	uint32_t number;
	enum ike_child_state state;	/* fsm.c's */
	bool ours;			/* we asked for it */
	bool rekeys;			/* it was made to replace another */
	bool pfs_failed;		/* and could not be had by a rekey */
	bool pfs_proven;		/* keys of a Key Exchange of its own */
	bool packet;			/* what asked for it is known: */
	struct ike_ts packet_local;
	struct ike_ts packet_remote;
	bool want_rekey;
	bool want_close;
	bool moves;			/* another IKE SA makes its successor */
	enum ike_reason why;		/* it closes */
	uint32_t spi_in;
	uint32_t spi_out;
	struct ike_map_node by_spi;	/* by spi_in */
	struct ike_chosen chosen;
	struct ike_ts_list local;
	struct ike_ts_list remote;
	bool transport;
	bool tfc;			/* the peer takes padding */
	bool non_first_fragments;
	struct ike_child_keys keys;	/* until the kernel has them */
	bool lent;			/* they are an action's */
	struct ike_secret lowest;	/* of the two nonces of its exchange */
	struct ike_secret first_lowest;	/* and of the first one it stands for */
	bool first_ours;		/* we asked for that one */
	bool spare;			/* the timer is about that */
	struct ike_child *old;		/* it replaces */
	struct ike_child *heir;		/* the peer made it to replace this */
	struct ike_child *rival;	/* of ours: the peer's heir of the same */
	uint16_t group;			/* the responder wants it; 0: none said */
	unsigned int retries;
	struct ike_timer timer;
};

/* Before the peer is authenticated. */
struct ike_handshake {
	struct ike_secret ni;
	struct ike_secret nr;
	struct ike_dh dh;
	uint8_t *message[2];		/* owned: IKE_SA_INIT, [0] initiator's */
	size_t message_len[2];
	uint8_t cookie[IKE_COOKIE_MAX];
	size_t cookie_len;
	unsigned int cookies;		/* how many we were given */
	unsigned int groups;		/* how many we were told */
};

struct ike_sa {
	struct ike_sa *next;		/* of its engine */
	struct ike_sa *prev;
	struct ike_sa *next_touched;
	bool listed;			/* among those */
	bool touched;			/* something changed: what is next? */
	struct ike_engine *engine;
	struct ike_peer *peer;		/* NULL until known */
	uint32_t number;
	uint32_t family;		/* number of the first, of its record */
	bool recorded;			/* it is, or was */
	bool dirty;			/* not as it is now */
	uint32_t session;		/* number of the first, when rekeyed */
	enum ike_sa_state state;	/* fsm.c's */
	bool initiator;			/* of the exchange that made it */
	bool half_open;			/* counted as such */
	bool stranger;			/* no identity came with it yet */
	uint64_t spi_i;
	uint64_t spi_r;
	struct ike_map_node by_spi;	/* by ours of the two */
	struct ike_address local;
	struct ike_address remote;
	bool natt;			/* over port 4500 */
	bool nat_here;			/* something translates our address */
	bool nat_there;
	bool fragments;			/* both announced RFC 7383 */
	bool childless;			/* the peer announced RFC 6023 */
	bool initial_contact;		/* first to this peer */
	bool full;			/* of Child SAs, the peer says */
	struct ike_id remote_id;	/* owned, once authenticated */
	struct ike_suite suite;
	struct ike_chosen chosen;
	struct ike_keys keys;
	struct ike_sk sk_in;
	struct ike_sk sk_out;
	struct ike_window window;
	struct ike_frag frag[2];	/* of requests, of responses */
	struct ike_handshake *handshake;
	struct ike_create *create;
	struct ike_secret lowest;	/* of the nonces of the rekey exchange */
	struct ike_sa *heir;		/* the peer made it to replace this */
	struct ike_sa *old;		/* it replaces, or wants to */
	struct ike_child *children;
	size_t n_children;
	bool want_rekey;
	bool want_close;
	bool want_liveness;
	enum ike_reason why;		/* it closes */
	uint16_t group;			/* the responder wants it for a rekey */
	unsigned int retries;
	uint64_t heard_at;		/* something authentic, ms */
	uint64_t sent_at;		/* anything, ms */
	uint64_t established_at;
	struct ike_timer timer[IKE_TIMER_CHILD];
};

/* How often something was done in the second that began then. */
struct ike_second {
	uint64_t at;		/* ms */
	unsigned int n;
};

struct ike_engine {
	struct ike_policy policy;
	struct ike_former *former;	/* owned, the last one first */
	bool journal;			/* what changes is handed out */
	bool resuming;
	struct ike_random random;
	struct ike_routes routes;
	uint64_t now;
	int error;			/* an action found no memory */
	struct ike_actions *actions;	/* borrowed, during ike_input() */
	struct ike_ring ring;		/* of nobody known */
	struct ike_counts counts;	/* of all */
	struct ike_sa *sas;
	struct ike_sa *touched;		/* to be looked at before it returns */
	struct ike_map sa_by_spi;
	struct ike_map child_by_spi;
	struct ike_timers timers;
	struct ike_cookies cookies;
	size_t half_open;
	uint32_t numbers;		/* of SAs, given out */
	uint64_t stories;
	struct ike_second strangers;	/* answered */
	struct ike_second told;		/* events about them */
};

/* One authentic message on its way through its handler. */
struct ike_input {
	struct ike_engine *engine;
	const struct ike_event *event;
	struct ike_bytes datagram;	/* without the marker */
	struct ike_message msg;
	size_t fragment;		/* as of its ike_body */
	bool replied;
	uint16_t notify;		/* the error to answer with; 0: none */
	uint8_t data[2];		/* of that notification */
	size_t data_len;
	uint32_t notify_spi;		/* of a Child SA; 0: none */
	bool fatal;			/* once answered, the IKE SA goes */
};

/* engine.c: the door, and what leaves through it */
void ike_tell(struct ike_engine *engine, const struct ike_sa *sa,
	      const struct ike_child *child, enum ike_story_kind kind,
	      enum ike_reason reason, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* Who it is has been said: what was told of it is of that peer. */
void ike_tell_known(struct ike_sa *sa);
/* Whether it may be done once more in this second; counted either way. */
bool ike_second_allows(struct ike_second *second, uint64_t now,
		       unsigned int max);
/* One more of that, of the engine and of the peer of sa, which may be NULL. */
void ike_count(struct ike_engine *engine, const struct ike_sa *sa,
	       enum ike_count count);
/* A line for parts that print themselves. */
struct ike_line {
	char text[STORY_TEXT_MAX];
	struct ike_text t;
};
struct ike_text *ike_line(struct ike_line *line);
/* NULL: no memory, and the engine will say so. */
struct ike_action *ike_act(struct ike_engine *engine,
			   enum ike_action_kind kind);
/* The last one again, which could not be completed. */
void ike_act_drop(struct ike_engine *engine, int err);
void ike_act_send(struct ike_engine *engine, const struct ike_address *local,
		  const struct ike_address *remote, bool natt,
		  struct ike_bytes data);
/* What the handler of a request could not do: told once, answered by the
 * engine with that notification.
 */
int ike_refuse(struct ike_sa *sa, struct ike_input *in, uint16_t notify,
	       enum ike_reason reason, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
struct ike_peer *ike_engine_peer(struct ike_engine *engine, const char *name);
struct ike_rule *ike_engine_rule(struct ike_engine *engine, uint64_t rule);

/* sa.c: IKE SAs come, change their states and go */
struct ike_sa *ike_sa_new(struct ike_engine *engine, struct ike_peer *peer,
			  bool initiator);
int ike_sa_step(struct ike_sa *sa, enum ike_sa_step step);
/* The operator, the lifetime or a loss wants an end: now, or when the exchange
 * that is under way allows it.
 */
void ike_sa_close(struct ike_sa *sa, enum ike_reason why);
void ike_sa_abandon(struct ike_sa *sa, enum ike_reason why);
/* Whether a wish to close goes for what replaces an SA as well: it is not its
 * lifetime that ended.
 */
bool ike_wish_is_inherited(enum ike_reason why);
void ike_sa_inherit(struct ike_sa *heir, struct ike_sa *old);
void ike_sa_arm(struct ike_sa *sa, enum ike_timer_kind kind, uint64_t wait);
void ike_sa_due(struct ike_sa *sa, enum ike_timer_kind kind);
uint64_t ike_sa_own_spi(const struct ike_sa *sa);
int ike_sa_keys_ready(struct ike_sa *sa);
/* Something changed: it is looked at before ike_input() returns. */
void ike_sa_touch(struct ike_sa *sa);
/* Sends what is next, and frees what is GONE. */
void ike_engine_settle(struct ike_engine *engine);
void ike_sa_free(struct ike_sa *sa);
void ike_create_free(struct ike_create *create);
void ike_handshake_free(struct ike_handshake *handshake);

/* child_sa.c: Child SAs, the same */
struct ike_child *ike_child_new(struct ike_sa *sa, struct ike_rule *rule);
int ike_child_step(struct ike_child *child, enum ike_child_step step);
void ike_child_close(struct ike_child *child, enum ike_reason why);
void ike_child_due(struct ike_child *child);
/* Its peer asked for patience. */
void ike_child_retry(struct ike_child *child);
void ike_child_adopt(struct ike_sa *sa, struct ike_child *child);
void ike_child_free(struct ike_child *child);
struct ike_child *ike_sa_child_in(struct ike_sa *sa, uint32_t spi);
struct ike_child *ike_sa_child_out(struct ike_sa *sa, uint32_t spi);
/* Whether any of them is in one of those states, bit 1 << state each. */
bool ike_sa_has_child(const struct ike_sa *sa, uint32_t states);

/* spare.c: two Child SAs of one rule, by both ends at once */
/* It stands for old, or NULL, for itself. */
void ike_child_first(struct ike_child *child, const struct ike_child *old);
/* It is up: is there another? */
void ike_child_see_spare(struct ike_child *child);
/* Its time has come. */
void ike_child_end_spare(struct ike_child *child);
void ike_sa_end_spare(struct ike_sa *sa, enum ike_reason why);

/* journal.c: what is kept, and how it goes on */
int ike_resume(struct ike_engine *engine, const struct ike_event *event);
/* What is kept of it is no longer true. */
void ike_sa_dirty(struct ike_sa *sa);
/* As actions before all others, of those that were touched. */
void ike_journal_write(struct ike_engine *engine);
/* With an SPI that it had, and no number yet. */
struct ike_sa *ike_sa_restore(struct ike_engine *engine, struct ike_peer *peer,
			      bool initiator, uint64_t spi);
struct ike_child *ike_child_restore(struct ike_sa *sa, struct ike_rule *rule,
				    uint32_t spi);

/* configure.c: one configuration after another */
/* What was made is to be cleared, also after -ENOMEM. */
int ike_policy_make(struct ike_policy *policy,
		    const struct ike_engine_conf *conf);
void ike_policy_clear(struct ike_policy *policy);
int ike_configure(struct ike_engine *engine, const struct ike_event *event);
/* Those of before that have no SA any more are let go. */
void ike_former_weed(struct ike_engine *engine);

/* kernel.c: what the kernel is told about a Child SA */
void ike_kernel_change(struct ike_child *child, struct ike_kernel_view from,
		       struct ike_kernel_view to);
/* Once more what it lost, with keys that are still there. */
void ike_kernel_again(struct ike_child *child, enum ike_direction direction);
void ike_kernel_activate(struct ike_child *child);
void ike_kernel_move(struct ike_child *child, const struct ike_address *remote);

/* send.c: requests, responses, retransmission */
int ike_sa_ask(struct ike_sa *sa, uint8_t exchange,
	       const struct ike_message *msg);
int ike_sa_reply(struct ike_sa *sa, struct ike_input *in,
		 const struct ike_message *reply);
void ike_sa_retransmit(struct ike_sa *sa);
void ike_sa_repeat(struct ike_sa *sa, const struct ike_event *event);
/* The window is free: what is next? */
void ike_sa_next(struct ike_sa *sa);
void ike_sa_answered(struct ike_sa *sa);

/* receive.c: from a datagram to a handler */
int ike_receive(struct ike_engine *engine, const struct ike_event *event);
/* An unprotected response with one notification, to a request that belongs to
 * no IKE SA.
 */
void ike_answer_stranger(struct ike_engine *engine,
			 const struct ike_event *event,
			 const struct ike_header *header, uint16_t notify,
			 struct ike_bytes data);
/* RFC 7296 2.23: an end has another address. */
void ike_sa_move(struct ike_sa *sa, const struct ike_address *local,
		 const struct ike_address *remote);

/* parts.c: what several exchanges put into their messages */
int ike_part_nonce(struct ike_message *msg, const struct ike_secret *nonce);
int ike_part_ke(struct ike_message *msg, const struct ike_dh *dh);
int ike_part_offer(struct ike_message *msg, const struct ike_proposals *offer);
int ike_part_chosen(struct ike_message *msg, const struct ike_chosen *chosen,
		    uint64_t spi);
int ike_part_ts(struct ike_message *msg, uint8_t type,
		const struct ike_ts_list *list);
int ike_part_id(struct ike_message *msg, uint8_t type, const struct ike_id *id);
int ike_part_draw_nonce(struct ike_engine *engine, struct ike_secret *nonce);
int ike_part_draw_dh(struct ike_engine *engine, struct ike_dh *dh,
		     uint16_t group);
/* The number in a notification that refuses. */
void ike_part_notify_u16(struct ike_input *in, uint16_t value);
uint16_t ike_part_wanted_group(const struct ike_message *msg);
/* ms until what was refused, and may not be later, is tried again. */
uint64_t ike_part_patience(struct ike_engine *engine);
/* The peer said no, with that notification, to what was asked; NULL: to IKE_SA_INIT
 * or IKE_AUTH itself.
 */
void ike_part_tell_error(struct ike_sa *sa, const struct ike_create *create,
			 const struct ike_payload_notify *error);
void ike_part_tell_difference(struct ike_sa *sa, struct ike_child *child,
			      enum ike_reason reason,
			      const struct ike_difference *difference);
void ike_part_tell_chosen(struct ike_sa *sa, struct ike_child *child,
			  const struct ike_chosen *chosen);

/* init.c: IKE_SA_INIT */
/* -ENETUNREACH: told. */
int ike_init_start(struct ike_engine *engine, struct ike_peer *peer,
		   struct ike_sa **result);
void ike_init_request(struct ike_engine *engine, const struct ike_event *event,
		      struct ike_bytes datagram);
int ike_init_response(struct ike_sa *sa, struct ike_input *in);

/* auth_ex.c: IKE_AUTH */
int ike_auth_ask(struct ike_sa *sa);
int ike_auth_request(struct ike_sa *sa, struct ike_input *in);
int ike_auth_response(struct ike_sa *sa, struct ike_input *in);

/* peers.c: which of the peers it is */
/* Who may be at these addresses, and what is chosen of its offer: what most of
 * those peers could have chosen, since IKE_AUTH may tell that it is another. peer,
 * NULL: nobody; -ENOENT: they have nothing of the offer, and the difference is that
 * of the first of them.
 */
int ike_peers_choose(struct ike_engine *engine, const struct ike_event *event,
		     const struct ike_proposals *offer, struct ike_peer **peer,
		     struct ike_chosen *chosen,
		     struct ike_difference *difference);
/* The peer with those identities whom that IKE SA would do for; NULL: none. */
struct ike_peer *ike_peers_identify(const struct ike_sa *sa,
				    const struct ike_id *idi,
				    const struct ike_id *idr);

/* child.c: Child SAs on the wire, alone or with IKE_AUTH */
/* What is offered for a Child SA; alone: in CREATE_CHILD_SA, with a nonce and a
 * Key Exchange of its own.
 */
struct ike_create *ike_child_create(struct ike_child *child, bool alone);
/* Whether transport mode is wanted where it is not done; told. */
bool ike_child_transport_nat(struct ike_sa *sa, struct ike_child *child,
			     const struct ike_child_conf *conf);
int ike_child_offer(const struct ike_create *create, struct ike_message *msg);
/* The answer to it, whose keys are made when it is good. -EPROTO: it is not, and
 * the Child SA is to be deleted; told.
 */
int ike_child_check(struct ike_create *create, struct ike_input *in,
		    struct ike_nonces nonces);
/* Answers an offer: a Child SA that HALF exists, put into the reply. nonce: of
 * ours, NULL in IKE_AUTH. Refuses as ike_refuse() does.
 */
struct ike_answer {
	struct ike_child *old;		/* to be replaced; or NULL */
	struct ike_secret nonce;	/* Nr; empty in IKE_AUTH */
	struct ike_dh dh;
	struct ike_nonces nonces;
	struct ike_child *child;	/* what was made */
};
int ike_child_answer(struct ike_sa *sa, struct ike_input *in,
		     struct ike_answer *answer, struct ike_message *reply);

/* create.c: CREATE_CHILD_SA for Child SAs, and what becomes of them */
/* A rule is to have a Child SA; nothing to do if it has or will have one. acquire:
 * what asks for it, or NULL.
 */
int ike_child_want(struct ike_engine *engine, struct ike_rule *rule,
		   const struct ike_event *acquire);
int ike_child_ask(struct ike_child *child);
int ike_child_ask_rekey(struct ike_child *old);
/* After the reply that made it has been sent. */
void ike_child_answered(struct ike_child *child);
int ike_create_request(struct ike_sa *sa, struct ike_input *in);
int ike_create_response(struct ike_sa *sa, struct ike_input *in);

/* rekey.c: CREATE_CHILD_SA for the IKE SA itself */
int ike_rekey_ask(struct ike_sa *sa);
int ike_rekey_request(struct ike_sa *sa, struct ike_input *in);
int ike_rekey_response(struct ike_sa *sa, struct ike_input *in);
/* The lowest of both nonces into lowest (2.8.1). */
int ike_nonce_lowest(struct ike_secret *lowest, struct ike_bytes a,
		     struct ike_bytes b);
bool ike_nonce_lower(const struct ike_secret *a, const struct ike_secret *b);

/* info.c: INFORMATIONAL */
int ike_info_ask_delete(struct ike_sa *sa);
int ike_info_ask_delete_children(struct ike_sa *sa);
int ike_info_ask_liveness(struct ike_sa *sa);
int ike_info_request(struct ike_sa *sa, struct ike_input *in);
int ike_info_response(struct ike_sa *sa, struct ike_input *in);

#endif
