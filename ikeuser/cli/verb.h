/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of verbs, and how typed words find one: each by any prefix that is
 * unique, as on a Cisco.
 */
#ifndef CULVERT_VERB_H
#define CULVERT_VERB_H

#include "cli.h"

enum verb_flag {
	VERB_ASA = 1 << 0,	/* has an ASA's text (--asa), or is one */
	VERB_CISCO = 1 << 1,	/* an ASA's spelling: not in the short help */
	VERB_HIDDEN = 1 << 2,
};

/* What an argument may be, for completion. */
enum verb_argument {
	ARGUMENT_NONE,
	ARGUMENT_PEER,
	ARGUMENT_PEER_OR_CHILD,
	ARGUMENT_RULE,
	ARGUMENT_ACL,
	ARGUMENT_FILE,
};

struct verb_option {
	const char *name;	/* "--state" */
	const char *value;	/* "STATE"; NULL: it has none */
};

#define VERB_OPTIONS_MAX 5

struct verb {
	const char *words;
	int (*run)(struct cli *cli, int argc, char **argv);
	const char *arguments;	/* "[PEER]" */
	const char *help;
	unsigned int flags;
	enum verb_argument argument;
	int least;		/* arguments that it takes */
	int most;
	struct verb_option option[VERB_OPTIONS_MAX];
};

extern const struct verb verbs[];
extern const size_t verbs_count;

/* The verb that argv begins with, and how many of its words make it. NULL:
 * none, or more than one: said on cli->err.
 */
const struct verb *verb_resolve(struct cli *cli, int argc, char **argv,
				int *used);
/* Each word that may come behind those n, which may be prefixes but are whole
 * words of the user's, as completion wants them. Nothing twice.
 */
void verb_next_words(int n, char **words,
		     void (*tell)(const char *word, void *arg), void *arg);
/* Which option of the verb that is, of VERB_OPTIONS_MAX; -1: none. */
int verb_option(const struct verb *verb, const char *text);

#endif
