/* SPDX-License-Identifier: GPL-2.0-only */
/* Configurations of others, as culvert's. What comes out is text for a person
 * to read and mend: what was not understood stands in it as a comment, and no
 * secret does.
 */
#ifndef CULVERT_IMPORT_H
#define CULVERT_IMPORT_H

#include <stdio.h>

#include "format.h"

/* A file taken apart: lines without their newline. */
struct import_text {
	char **line;		/* owned, and each */
	size_t n;
};

struct import {
	FILE *out;
	const struct import_text *text;
	const char *device;	/* of --interface; NULL: not given */
	size_t secrets;		/* files that are still to be written */
	size_t unknown;		/* lines left out that may matter */
};

/* 0, or -ENOMEM. */
int import_asa(struct import *import);
int import_swanctl(struct import *import);
int import_ipsec_conf(struct import *import);

/* Word n of a line, at blanks; "": it has no so many. */
struct word import_word(const char *line, size_t n);
/* What is behind n words. */
const char *import_behind(const char *line, size_t n);
/* The line begins with those words. */
bool import_is(const char *line, const char *words);
/* Whether culvert takes that proposal: esp, or of IKE. */
bool import_proposal_good(const char *text, bool esp);

/* A peer of swanctl.conf or ipsec.conf; texts are in culvert's words. */
#define IMPORT_SELECTORS_MAX 64

struct import_peer {
	struct word name;
	struct word local;
	struct word remote;
	struct word local_id;
	struct word remote_id;
	struct word ike;	/* proposals */
	struct word esp;
	struct word ike_lifetime;
	struct word rekey_time;
	struct word dpd;
	struct word esp_lifetime;
	struct word esp_rekey_time;
	struct word idle;
	bool start;
	bool transport;
	struct word selector[IMPORT_SELECTORS_MAX][2];
	size_t selectors;
};

void import_peer_print(struct import *import, const struct import_peer *peer);
/* The maps of all peers that were printed, one entry each. */
void import_map_print(struct import *import, const struct word *names,
		      size_t n);

#endif
