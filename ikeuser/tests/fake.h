/* SPDX-License-Identifier: GPL-2.0-only */
/* A daemon that says what a test wrote down: messages as text, and the culvert
 * command run against them.
 *
 *	site2 { uniqueid = 85  local-ts [ 10.0.0.0/8 ]  child-sas { } }
 */
#ifndef CULVERT_TEST_FAKE_H
#define CULVERT_TEST_FAKE_H

#include "cli.h"

/* What it answers to a command. The last row has no command. */
struct fake_answer {
	const char *command;	/* "": none; the events come when it listens */
	const char *event;	/* of the stream; NULL: none */
	const char *events;	/* a section for each; values may be quoted */
	const char *answer;	/* NULL: an empty one */
	struct ike_bytes raw;	/* instead of all: octets as they are */
	/* The event is not one section but what is in it. */
	bool bare;
};

/* Until fake_stop(). */
void fake_start(const struct fake_answer *answers);
void fake_stop(void);
/* The last request of that name, as a tree that belongs to the fake. */
const struct node *fake_request(const char *command);

/* Whether one of them had that value. */
bool fake_asked(const char *command, const char *key, const char *value);

/* Messages from text. */
struct node *fake_node(const char *text);

/* Runs "show ike --json" against it. */
int fake_run(const char *line);
/* What it said, until the next run. */
const char *fake_out(void);
const char *fake_err(void);
/* Fails where the text is not in the output, and shows it. */
void fake_has(const char *text);
void fake_says(const char *text);	/* on stderr */

#endif
