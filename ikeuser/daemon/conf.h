/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration: what the file says, as the engine and the kernel want it.
 * It is read as a whole or not at all, and knows neither of them at work.
 *
 *	culvert.conf  -->  conf_read()  -->  struct ike_engine_conf: peers, children
 *	                                     struct conf_rule[]: the kernel's policy
 *	                                     struct conf_notes: errors, warnings
 */
#ifndef CULVERT_CONF_H
#define CULVERT_CONF_H

#include <linux/culvert.h>
#include <sys/types.h>

#include "engine.h"

#define CONF_FILE "/etc/culvert/culvert.conf"

/*
 * What is wrong with a file, for the person who wrote it
 */

enum conf_severity {
	CONF_ERROR,
	CONF_WARNING,
};

struct conf_note {
	enum conf_severity severity;
	char *file;		/* all owned; file and those below may be NULL */
	unsigned int line;	/* from 1; 0: the file as a whole */
	unsigned int column;	/* from 1, in characters */
	char *sentence;
	char *source;		/* the line, secrets hidden, long ones in part */
	char *marks;		/* under it: blanks and ^~~~ */
	char *hint;		/* "did you mean 'ike_lifetime'?" */
};

/* More are counted, and not kept. */
#define CONF_NOTES_MAX 100

/* Zeroed, it is empty. */
struct conf_notes {
	struct conf_note *note;		/* owned, in the order they were found */
	size_t n;
	size_t errors;			/* all that were found */
	size_t warnings;
};

void conf_notes_clear(struct conf_notes *notes);
/* Up to four lines, each with its newline:
 *
 *	culvert.conf:16:5: error: unknown key 'ike_lifetme' in peer 'site2'
 *	   16 |     ike_lifetme 24h; dpd_delay 10s; idle_timeout 30m
 *	      |     ^~~~~~~~~~~ did you mean 'ike_lifetime'?
 */
void conf_note_print(const struct conf_note *note, struct ike_text *t);
#define CONF_NOTE_PRINT_MAX 2048

/*
 * What it says, when nothing is wrong
 */

/* A rule of the kernel; the first that matches decides (uapi/culvert.yaml). Its
 * two selectors have the same family and protocol; ICMP has its types and codes
 * in the ports of both, as RFC 7296 3.13.1 writes them.
 */
struct conf_rule {
	uint64_t id;			/* as long as the selectors, action,
					 * device and peer are the same
					 */
	enum culvert_action action;
	const char *device;
	struct ike_ts local;
	struct ike_ts remote;
	/* Where it was written; NULL and 0 of the bypass of IKE itself. */
	const char *map;
	unsigned int sequence;		/* the entry of the map */
	const char *acl;
	unsigned int line;		/* of the access list, from 1 */
	unsigned int element;		/* of the access list, from 1 */
	const char *source;		/* that line, as it was written */
	/* Below: protect only. */
	const struct ike_peer_conf *peer;
	const struct ike_child_conf *child;
	bool start;			/* not only when traffic asks for it */
	enum culvert_mode mode;
	enum culvert_df df;
	uint32_t mark;			/* 0: none */
	uint32_t flags;			/* CULVERT_RULE_FLAG_* */
};

/* Of the kernel's network namespace; what is not said is the kernel's default. */
struct conf_settings {
	uint32_t hold_packets;
	uint32_t hold_octets;
	uint32_t hold_age;		/* ms */
};

/* All in it is borrowed from it, until conf_free(). */
struct conf {
	struct ike_engine_conf engine;
	const struct conf_rule *rule;	/* in the kernel's order */
	size_t rules;
	struct conf_settings settings;
};

struct conf_options {
	/* systemd's $CREDENTIALS_DIRECTORY; NULL: there are no credentials. */
	const char *credentials;
	/* Who may own files besides root. */
	uid_t owner;
	/* Nothing but the text itself is read: no include, no secret. */
	bool no_files;
	/* It is for this machine: what is named there and is not here is told. */
	bool on_machine;
};

/* 0 and *conf, which the caller gives to conf_free(); -EINVAL: notes have the
 * errors; -ENOMEM. notes may have warnings in any case, and are to be cleared.
 */
int conf_read(struct conf **conf, const char *path,
	      const struct conf_options *options, struct conf_notes *notes);
/* The same, of a text that is in memory; name stands for its file. */
int conf_read_text(struct conf **conf, const char *name,
		   struct ike_bytes text, const struct conf_options *options,
		   struct conf_notes *notes);
/* Wipes the secrets. */
void conf_free(struct conf *conf);

/* Among what getifaddrs() found on this machine. */
struct ifaddrs;
bool conf_has_device(const struct ifaddrs *machine, const char *name);
bool conf_has_address(const struct ifaddrs *machine,
		      const struct ike_address *address);

/* "sha256:ab12cd34": which secret it is, and not what. */
#define CONF_SECRET_PRINT_MAX 16
int conf_secret_print(struct ike_bytes secret, struct ike_text *t);

#endif
