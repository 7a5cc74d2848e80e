/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rooms of the configuration share: places in a text, tokens, notes,
 * names, and the tree that the grammar makes of a file. Nobody else looks here;
 * what the daemon gets is in conf.h.
 *
 * Functions that return int return 0, -EINVAL after a note that says why, or
 * -ENOMEM.
 */
#ifndef CULVERT_CONF_PARSE_H
#define CULVERT_CONF_PARSE_H

#include "conf.h"

/*
 * conf_pool.c: memory that goes at once, and names
 */

struct conf_pool {
	struct conf_chunk *chunk;
};

/* Zeroed. */
void *conf_pool_get(struct conf_pool *pool, size_t size);
char *conf_pool_print(struct conf_pool *pool, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void conf_pool_clear(struct conf_pool *pool);

/* A file, or what stands for one. */
struct conf_source {
	struct conf_source *next;
	char *name;
	char *text;		/* owned; may hold secrets */
	size_t len;
	dev_t dev;		/* which file it is; 0: none */
	ino_t ino;
	bool is_private;	/* nobody but its owner can read it */
	bool open;		/* it is being read */
};

struct conf_at {
	const struct conf_source *source;
	size_t offset;
	size_t len;
	unsigned int line;
};

/* Embedded in what has a name. */
struct conf_name {
	struct conf_name *next;		/* in the order of definition */
	struct conf_name *chain;
	const char *text;
	struct conf_at at;
	bool used;
};

#define CONF_NAME_BUCKETS 256

struct conf_names {
	const char *what;		/* "object-group" */
	struct conf_name *first;
	struct conf_name **last;
	struct conf_name *bucket[CONF_NAME_BUCKETS];
};

void conf_names_init(struct conf_names *names, const char *what);
struct conf_name *conf_names_find(const struct conf_names *names,
				  const char *text, size_t len);

/*
 * conf_lex.c: tokens
 */

enum conf_kind {
	CONF_WORD,
	CONF_STRING,		/* in quotes, which are part of it */
	CONF_OPEN,
	CONF_CLOSE,
	CONF_EQUALS,
	CONF_COMMA,
	CONF_END,		/* of a statement: a newline, or ; */
	CONF_EOF,
	CONF_BAD,		/* an octet that no text has; noted */
};

struct conf_lexer {
	struct conf_source *source;
	size_t pos;
	unsigned int line;
	/* The token in front, which is the next to be taken. */
	enum conf_kind kind;
	struct conf_at at;
};

/*
 * The parser
 */

struct conf_parser {
	struct conf_store *store;
	struct conf_notes *notes;
	const struct conf_options *options;
	const struct ifaddrs *machine;	/* NULL: it is not looked at */
	struct conf_source *sources;
	struct conf_lexer lex;
	unsigned int depth;		/* of includes */
};

void conf_lex_start(struct conf_parser *p, struct conf_source *source);
void conf_lex_next(struct conf_parser *p);
/* Leaves out all up to the end of the line: what follows is free text. */
void conf_lex_skip_line(struct conf_parser *p);
/* To the end of the statement, over blocks in it, after an error. */
void conf_lex_skip_statement(struct conf_parser *p);
/* What the token says, without quotes: borrowed, not terminated. */
struct ike_bytes conf_at_text(const struct conf_at *at);
bool conf_at_is(const struct conf_at *at, const char *text);
char *conf_at_copy(struct conf_parser *p, const struct conf_at *at);
bool conf_token_is(const struct conf_parser *p, const char *word);
/* Takes it if it is there. */
bool conf_take(struct conf_parser *p, const char *word);
bool conf_take_kind(struct conf_parser *p, enum conf_kind kind);
/* A word or string, whatever it says; expected is what the note asks for. */
int conf_take_text(struct conf_parser *p, struct conf_at *at,
		   const char *expected);
bool conf_at_end(const struct conf_parser *p);
/* The statement ends here: a newline, ;, the end of the block or the file. */
int conf_take_end(struct conf_parser *p);
int conf_expected(struct conf_parser *p, const char *expected);

/* Statements up to the closing brace; parse does one. */
int conf_block(struct conf_parser *p,
	       int (*parse)(struct conf_parser *p, void *arg), void *arg);

/*
 * conf_note.c
 */

/* -EINVAL. at may be NULL. */
int conf_error(struct conf_parser *p, const struct conf_at *at,
	       const char *format, ...) __attribute__((format(printf, 3, 4)));
void conf_warn(struct conf_parser *p, const struct conf_at *at,
	       const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Goes with the note before. */
void conf_hint(struct conf_parser *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What was meant: the candidate that is closest, if any is close. */
struct conf_guess {
	struct ike_bytes wrong;
	const char *best;
	size_t distance;
};

void conf_guess_start(struct conf_guess *guess, const struct conf_at *at);
void conf_guess_try(struct conf_guess *guess, const char *candidate);
/* "did you mean 'x'?", when there is a guess. */
void conf_guess_hint(struct conf_parser *p, const struct conf_guess *guess);

/* What at says, as it may stand in a note. */
#define CONF_QUOTE_MAX 60
struct conf_quote {
	char text[CONF_QUOTE_MAX];
};

struct conf_quote conf_quote(const struct conf_at *at);

int conf_name_check(struct conf_parser *p, const struct conf_at *at);
/* Refuses a second thing of that name. */
int conf_name_add(struct conf_parser *p, struct conf_names *names,
		  struct conf_name *name, const struct conf_at *at);
/* NULL after a note: there is none. */
struct conf_name *conf_name_get(struct conf_parser *p,
				const struct conf_names *names,
				const struct conf_at *at);

/*
 * conf_source.c: files
 */

int conf_source_open(struct conf_parser *p, const char *path,
		     const struct conf_at *at, struct conf_source **source);
int conf_source_of_text(struct conf_parser *p, const char *name,
			struct ike_bytes text, struct conf_source **source);
void conf_sources_free(struct conf_source *sources);
/* A name of a file, relative to the file it stands in. NULL: no memory. */
char *conf_path(struct conf_parser *p, const struct conf_at *at);
/* A file that only its owner may read, as a whole. */
int conf_secret_file(struct conf_parser *p, const char *path,
		     const struct conf_at *at, struct ike_secret *text);

/*
 * conf_value.c: what stands behind a key
 */

int conf_number(struct conf_parser *p, const struct conf_at *at, uint64_t min,
		uint64_t max, uint64_t *number);
/* "90s", "30m", "24h", "7d"; without a unit, seconds. */
int conf_duration(struct conf_parser *p, const struct conf_at *at,
		  uint64_t max, uint64_t *seconds);
/* "1000", "500K", "4G": of 1024 octets. */
int conf_octets(struct conf_parser *p, const struct conf_at *at,
		uint64_t *octets);
int conf_flag(struct conf_parser *p, const struct conf_at *at, bool *flag);

/* One of several words. */
struct conf_word {
	const char *word;
	int value;
};

/* words end with one without a word. */
int conf_choice(struct conf_parser *p, const struct conf_at *at,
		const struct conf_word *words, int *value);

/* An address, into first and last of ts. */
int conf_address(struct conf_parser *p, const struct conf_at *at,
		 struct ike_ts *ts);
/* "10.0.0.0/24", "10.0.0.1-10.0.0.9", "10.0.0.1", or an address whose mask
 * follows as the next token.
 */
int conf_network(struct conf_parser *p, struct ike_ts *ts);
/* All addresses of a family. */
struct ike_ts conf_all(uint8_t type);
/* Proposals up to the end of the statement. */
int conf_proposals(struct conf_parser *p, uint8_t protocol,
		   struct ike_proposals *list);

/*
 * conf_machine.c: warns of what is named and is not on this machine
 */

void conf_device_check(struct conf_parser *p, const struct conf_at *at,
		       const char *name);
void conf_address_check(struct conf_parser *p, const struct conf_at *at,
			const struct ike_address *address);

/*
 * conf_word.c: names of protocols, services and ICMP types
 */

int conf_protocol(struct conf_parser *p, const struct conf_at *at,
		  uint8_t *protocol);
int conf_port(struct conf_parser *p, const struct conf_at *at, uint16_t *port);
int conf_icmp_type(struct conf_parser *p, const struct conf_at *at,
		   uint8_t protocol, uint8_t *type);
bool conf_is_icmp_type(const struct conf_at *at, uint8_t protocol);
bool conf_has_ports(uint8_t protocol);
bool conf_is_icmp(uint8_t protocol);

/*
 * conf_object.c: objects and their groups
 */

struct conf_span {
	uint16_t first;
	uint16_t last;
};

#define CONF_SPAN_ALL ((struct conf_span){ 0, UINT16_MAX })

/* A protocol, and what of it: ICMP has types and codes in both spans. */
struct conf_service {
	uint8_t protocol;	/* 0: any */
	struct conf_span source;
	struct conf_span destination;
};

/* Growing arrays: what a line of an access list expands to. */
struct conf_services {
	struct conf_service *service;	/* owned */
	size_t n;
};

int conf_services_add(struct conf_services *list,
		      const struct conf_service *service);

enum conf_group_kind {
	CONF_GROUP_NETWORK,
	CONF_GROUP_SERVICE,
	CONF_GROUP_PROTOCOL,
	CONF_GROUP_ICMP,
};

struct conf_member {
	struct conf_member *next;
	struct conf_at at;
	bool is_ref;			/* at names an object or a group */
	union {
		struct ike_ts network;
		struct conf_service service;
	};
};

struct conf_group {
	struct conf_name name;
	enum conf_group_kind kind;
	uint8_t protocol;		/* of a service group: of its ports */
	bool tcp_udp;
	struct conf_member *first;
	struct conf_member **last;
	bool visited;			/* while it is being expanded */
};

int conf_object_parse(struct conf_parser *p);
int conf_object_group_parse(struct conf_parser *p);
/* Port operators: "eq 80", "range 1 9", "neq 22" (two spans). n 0: there is no
 * operator in front.
 */
int conf_ports_parse(struct conf_parser *p, struct conf_span span[2],
		     size_t *n);
struct conf_group *conf_group_get(struct conf_parser *p,
				  const struct conf_at *at,
				  enum conf_group_kind kind);
int conf_group_networks(struct conf_parser *p, struct conf_group *group,
			struct ike_ts **ts, size_t *n);
/* Those of a service group for protocol 0 are whole services, else its ports. */
int conf_group_services(struct conf_parser *p, struct conf_group *group,
			struct conf_services *list);

/*
 * conf_acl.c: access lists
 */

struct conf_where {
	enum {
		CONF_ANY,
		CONF_ANY4,
		CONF_ANY6,
		CONF_NETWORK,
		CONF_WHERE_GROUP,
	} kind;
	struct conf_at at;
	struct ike_ts network;
};

struct conf_ace {
	struct conf_ace *next;
	struct conf_at at;		/* the whole line */
	unsigned int line;		/* of the list, from 1 */
	const char *text;		/* as it was written, from action on */
	enum culvert_action action;	/* BYPASS: another entry may take it */
	uint8_t protocol;
	bool protocol_group;
	bool port_group;		/* of the destination, or ICMP types */
	struct conf_at group_at;
	struct conf_at port_group_at;
	struct conf_where source;
	struct conf_where destination;
	struct conf_span source_port[2];
	size_t source_ports;		/* 0: any */
	struct conf_span destination_port[2];
	size_t destination_ports;
};

struct conf_acl {
	struct conf_name name;
	struct conf_ace *first;
	struct conf_ace **last;
	unsigned int lines;
	bool block;			/* it was given as one */
	unsigned int children;		/* that were made of it */
};

int conf_acl_parse(struct conf_parser *p);

/* What a line stands for, one by one: each call of tell gets a rule with its
 * action and selectors, and the element's number in its line from 1.
 */
struct conf_elements {
	const struct conf_ace *ace;
	int (*tell)(struct conf_elements *to, const struct ike_ts *local,
		    const struct ike_ts *remote);
};

int conf_ace_expand(struct conf_parser *p, const struct conf_ace *ace,
		    struct conf_elements *to);

/*
 * conf_secret.c and conf_peer.c
 */

/* file "...", credential "...", or the secret itself. */
int conf_secret(struct conf_parser *p, struct ike_secret *secret);

enum conf_start {
	CONF_START_TRAP,
	CONF_START_NOW,
};

struct conf_peer {
	struct conf_name name;
	struct ike_peer_conf ike;
	struct ike_secret local_psk;
	struct ike_secret remote_psk;
	/* Of its children. */
	struct ike_child_conf child;
	enum culvert_mode mode;
	enum culvert_df df;
	enum conf_start start;
	uint32_t mark;
	uint32_t flags;
	uint64_t seen;			/* keys, as bits */
	size_t children;
	struct ike_peer_conf *made;	/* what the engine gets of it */
};

int conf_peer_parse(struct conf_parser *p);
/* Its keys, one after the other; NULL: no more. */
const char *conf_peer_word(size_t i);
void conf_peer_clear(struct conf_peer *peer);

/*
 * conf_map.c: crypto maps, and conf_rules.c: what comes out of them
 */

struct conf_entry {
	struct conf_entry *next;
	unsigned int sequence;
	struct conf_at at;
	struct conf_at match;		/* source NULL: not given */
	struct conf_at peer_at;
	struct conf_acl *acl;		/* once resolved */
	struct conf_peer *peer;
	bool has_pfs;
	uint16_t pfs;			/* 0: none */
	struct ike_proposals esp;	/* with those groups */
	uint32_t hold_packets;
	struct conf_at hold_at;
	uint32_t seconds;		/* 0: the peer's */
	uint64_t octets;
	bool unlimited;			/* no octets at all */
};

struct conf_map {
	struct conf_name name;
	const char *device;		/* NULL: not given yet */
	struct conf_at device_at;
	struct conf_entry *entry;	/* in the order of their numbers */
};

int conf_map_parse(struct conf_parser *p);
/* What may stand in an entry, behind set or not; NULL: no more. */
const char *conf_map_word(size_t i);
void conf_map_clear(struct conf_map *map);
/* Looks up what the entries name. */
int conf_maps_resolve(struct conf_parser *p);
int conf_rules_make(struct conf_parser *p);

/* conf.c: the words that begin a statement; NULL: no more. */
const char *conf_statement_word(size_t i);

/* All that was read. */
struct conf_store {
	struct conf conf;
	struct conf_pool pool;
	struct conf_names groups;	/* objects too */
	struct conf_names acls;
	struct conf_names peers;
	struct conf_names maps;
	struct ike_peer_conf *peer;
	struct ike_child_conf *child;
	struct conf_rule *rule;
};

#endif
