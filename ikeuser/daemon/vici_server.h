/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the control socket share: clients, and the functions by which
 * commands answer and events are told. Nobody else includes it.
 *
 *	vici.c		listener, clients, packets in and out
 *	vici_cmd.c	a request --> its command; who hears which event
 *	vici_sa.c vici_conf.c vici_info.c	what there is
 *	vici_control.c	what is to happen, and clients that wait for it
 *	vici_event.c	what has happened
 *	vici_culvert.c vici_explain.c vici_apply.c	what strongSwan does not have
 *	vici_status.c	how a rule's tunnel is;  vici_kern.c	the kernel's figures
 *	vici_keys.c	keys, told to root for a while
 */
#ifndef CULVERT_VICI_SERVER_H
#define CULVERT_VICI_SERVER_H

#include "conf.h"
#include "engine.h"
#include "gateway.h"
#include "kern.h"
#include "vici_msg.h"

/* More are turned away. */
#define VICI_CLIENTS_MAX 64
/* Octets that wait for one client to read them: beyond the first it hears of no
 * more events, beyond the second it reads too slowly to be answered.
 */
#define VICI_EVENTS_MAX (256 * 1024)
#define VICI_ANSWER_MAX (64 * 1024 * 1024)

/* {event, name} */
#define VICI_EVENTS(X) \
	X(LIST_SA, "list-sa") \
	X(LIST_CONN, "list-conn") \
	X(LIST_POLICY, "list-policy") \
	X(LIST_CERT, "list-cert") \
	X(LIST_AUTHORITY, "list-authority") \
	X(CONTROL_LOG, "control-log") \
	X(LOG, "log") \
	X(IKE_UPDOWN, "ike-updown") \
	X(IKE_REKEY, "ike-rekey") \
	X(IKE_UPDATE, "ike-update") \
	X(CHILD_UPDOWN, "child-updown") \
	X(CHILD_REKEY, "child-rekey") \
	X(ALERT, "alert") \
	X(CULVERT_RULE, "culvert-rule") \
	X(CULVERT_EVENT, "culvert-event") \
	X(CULVERT_CONFIG, "culvert-config") \
	X(CULVERT_KEY, "culvert-key")

enum vici_event {
#define VICI_ROW_EVENT(event, name) VICI_EVENT_##event,
	VICI_EVENTS(VICI_ROW_EVENT)
#undef VICI_ROW_EVENT
	VICI_EVENT_COUNT
};

struct bufferevent;
struct event;
struct vici_grant;

/* What a client waits for; its command is answered then. */
enum vici_wait {
	VICI_WAIT_NOTHING,
	VICI_WAIT_CHILD,	/* of rule, to be up */
	VICI_WAIT_IKE,		/* of peer, to be up */
	VICI_WAIT_GONE,		/* SAs, listed by number */
};

struct vici_client {
	struct vici_client *next;
	struct vici *vici;
	struct bufferevent *stream;	/* owned */
	struct event *timer;		/* owned: it has waited enough */
	uint32_t hears;			/* bits 1 << enum vici_event */
	uint64_t lost;			/* events, since the last it got */
	bool failed;			/* to be closed */
	enum vici_wait wait;
	uint64_t rule;
	uint64_t since;			/* number of the first story of it */
	char peer[VICI_NAME_MAX + 1];
	uint32_t *number;		/* owned */
	size_t numbers;
	bool children;			/* they are numbers of Child SAs */
	bool answered;			/* the command that is being run */
};

/* An SA that was told to be up, as it was then: to be told of when it is gone. */
struct vici_seen {
	uint32_t ike;
	uint32_t child;			/* 0: the IKE SA */
	uint64_t mark;			/* of the last walk that saw it */
	char name[VICI_NAME_MAX + 1];	/* of the peer */
	char child_name[VICI_NAME_MAX + 1];
	struct ike_address local;	/* of the IKE SA */
	struct ike_address remote;
	uint8_t *keys;			/* owned: elements of its section */
	size_t len;
};

/* What the kernel said, up to a bound. */
struct vici_kern {
	uint8_t *octets;		/* owned: attributes, one after another */
	size_t len;
	size_t size;
	struct vici_kern_entry {
		uint64_t key;
		size_t at;
		size_t len;
	} *entry;			/* owned, sorted by key */
	size_t n;
	size_t n_size;
	bool cut;			/* there was more than is kept */
	struct kern_error error;
};

/* Counters of the kernel that can be told from 0 on; it has 47. */
#define VICI_BASES 128

struct vici {
	const char *path;
	struct event_base *base;
	struct gateway *gateway;
	int fd;
	struct event *listener;
	struct vici_client *clients;
	size_t n_clients;
	uint64_t started;		/* ms */
	int64_t started_at;		/* seconds since 1970 */
	bool refusing;			/* that was told in the log */
	struct vici_seen *seen;		/* owned */
	size_t n_seen;
	size_t size_seen;
	bool watching;			/* seen is kept, somebody listens */
	uint64_t mark;
	struct event *confirm;		/* owned: waits for it, or NULL */
	uint64_t confirm_at;		/* ms: else the configuration goes back */
	uint64_t loaded_at;		/* ms */
	struct vici_grant *grant;	/* owned: who is told keys, or NULL */
	uint64_t zero[VICI_BASES];	/* of the kernel's counters, by id */
	struct vici_kern zero_rules;	/* owned: rules as they count from 0 */
};

/* vici.c */
/* Sends what was written, and clears it. */
void vici_send(struct vici_client *client, struct vici_writer *v);
/* The same, wiped when it was written. */
void vici_send_secret(struct vici_client *client, struct vici_writer *v);
/* The client's socket, to ask the kernel about. */
int vici_fd(const struct vici_client *client);
/* The answer to the command that a client waited for. */
void vici_answer(struct vici_client *client, struct vici_writer *v);
/* To all who hear of it, but those who are behind. Clears it. */
void vici_tell(struct vici *vici, enum vici_event event, struct vici_writer *v);
bool vici_hears(const struct vici_client *client, enum vici_event event);
bool vici_anybody_hears(const struct vici *vici, enum vici_event event);

/* vici_cmd.c */
void vici_begin_event(struct vici_writer *v, enum vici_event event);
/* "success" is no, and why. */
void vici_refuse(struct vici_writer *reply, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same; "refusal" is what programs look at: there is no such thing, or it took
 * too long.
 */
#define VICI_ABSENT "absent"
#define VICI_LATE "late"
void vici_refuse_as(struct vici_writer *reply, const char *refusal,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A packet that was read. -EPROTO: no client sends such; told in the log. */
int vici_packet(struct vici_client *client, const struct vici_packet *packet);

/* A command: writes its answer, or sets client->wait and has it answered by
 * vici_answer().
 */
typedef void vici_command(struct vici_client *client, struct ike_bytes request,
			  struct vici_writer *reply);

/* vici_sa.c */
vici_command vici_list_sas;
struct vici_kern;
struct ike_child;
/* Which SAs a request means. */
struct vici_filter {
	char ike[VICI_NAME_MAX + 1];	/* empty: any */
	char child[VICI_NAME_MAX + 1];
	uint64_t ike_id;		/* 0: any */
	uint64_t child_id;
	bool none;			/* it names none */
};
/* 0 or -EINVAL: an id is none. */
int vici_filter_read(struct vici_filter *filter, struct ike_bytes request);
bool vici_filter_ike(const struct vici_filter *filter,
		     const struct ike_sa *sa);
bool vici_filter_child(const struct vici_filter *filter,
		       const struct ike_child *child);
/* What is to be shown: not what has ended for all but the peer's repeats. */
bool vici_ike_is_shown(const struct ike_sa *sa);
bool vici_child_is_shown(const struct ike_child *child);
const char *vici_ike_name(const struct ike_sa *sa);
/* The keys of an IKE SA's section, without its Child SAs; of a Child SA's. kern
 * may be NULL.
 */
void vici_put_ike(struct vici_writer *v, const struct ike_sa *sa, uint64_t now);
void vici_put_child(struct vici_writer *v, const struct vici *vici,
		    const struct ike_child *child, const struct vici_kern *kern);
const struct conf_rule *vici_rule(const struct vici *vici, uint64_t id);
/* From where and what map a rule is. */
void vici_put_origin(struct vici_writer *v, const struct conf_rule *rule);
void vici_put_ts(struct vici_writer *v, const char *name,
		 const struct ike_ts_list *list);

/* vici_conf.c */
vici_command vici_list_conns;
vici_command vici_list_policies;
vici_command vici_get_conns;
void vici_put_address(struct vici_writer *v, const char *name,
		      const struct ike_address *address);
void vici_put_id(struct vici_writer *v, const char *name,
		 const struct ike_id *id);

/* vici_info.c */
vici_command vici_version;
vici_command vici_stats;
vici_command vici_get_algorithms;
vici_command vici_get_counters;
vici_command vici_reset_counters;
vici_command vici_nothing;		/* an empty answer */
vici_command vici_get_authorities;
vici_command vici_get_keys;

/* vici_control.c */
vici_command vici_initiate;
vici_command vici_terminate;
vici_command vici_rekey;
vici_command vici_install;
vici_command vici_load;
vici_command vici_reload_settings;
/* Answers clients whose wait is over. actions: what was just decided. */
void vici_control_done(struct vici *vici, const struct ike_actions *actions);
void vici_control_late(struct vici_client *client);

/* vici_event.c */
void vici_event_told(struct vici *vici, const struct ike_actions *actions);
/* Somebody began or ceased to listen. */
void vici_event_heard(struct vici *vici);
void vici_event_forget(struct vici *vici);
/* The keys of a story. */
void vici_put_story(struct vici_writer *v, const struct ike_story *story);

/* vici_culvert.c */
vici_command vici_culvert_policy;
vici_command vici_culvert_why;
vici_command vici_culvert_counters;
void vici_culvert_reset(struct vici *vici);

/* vici_explain.c */
vici_command vici_culvert_explain;

/* vici_keys.c */
vici_command vici_culvert_keys;
/* The engine decided something: are there new SAs? */
void vici_keys_told(struct vici *vici);
void vici_keys_left(struct vici_client *client);
void vici_keys_end(struct vici *vici);

/* vici_apply.c */
vici_command vici_culvert_config;
vici_command vici_culvert_config_check;
vici_command vici_culvert_config_apply;
vici_command vici_culvert_config_confirm;

/* vici_kern.c */
/* 0 or -errno, and then nothing is in it but the error. */
int vici_kern_sas(struct vici_kern *kern, struct kern *from);
int vici_kern_rules(struct vici_kern *kern, struct kern *from);
void vici_kern_clear(struct vici_kern *kern);
struct nlattr;
/* The attributes of one; NULL: the kernel has no such. */
const struct nlattr *vici_kern_sa(const struct vici_kern *kern,
				  enum ike_direction direction, uint32_t spi,
				  uint64_t rule, int *len);
const struct nlattr *vici_kern_rule(const struct vici_kern *kern, uint64_t rule,
				    int *len);
/* As keys. */
void vici_kern_put_sa(struct vici_writer *v, const struct nlattr *attrs,
		      int len);
/* What it counts is told from zero on. */
void vici_kern_put_rule(struct vici_writer *v, const struct nlattr *attrs,
			int len, const struct vici_kern *zero);
/* Whether a rule has counted less than then: the module was loaded again. */
bool vici_kern_began_again(const struct vici_kern *rules,
			   const struct vici_kern *zero);
int vici_kern_put_settings(struct vici_writer *v, struct kern *from,
			   struct kern_error *error);

/* vici_status.c: how rules are, by the kernel's and this machine's account */
struct ifaddrs;
struct vici_look {
	struct vici_kern rules;
	struct vici_kern sas;
	struct ifaddrs *machine;	/* owned; NULL: cannot be seen */
};

void vici_look(struct vici_look *look, struct kern *from);
void vici_look_clear(struct vici_look *look);
/* Of a protect rule: status, and of a bad one why and since when. */
void vici_put_status(struct vici_writer *v, const struct vici *vici,
		     const struct conf_rule *rule,
		     const struct vici_look *look);

#endif
