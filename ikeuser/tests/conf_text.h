/* SPDX-License-Identifier: GPL-2.0-only */
/* Configurations as a test writes them down, and what comes of them as lines to
 * compare. All functions fail the test when it is not as they say.
 */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include "conf.h"

/* A peer that lacks nothing, without the end of its block. */
#define PEER_BEGIN \
	"peer p { local_addrs 192.0.2.1; remote_addrs 192.0.2.2; " \
	"auth psk secret \"sixteen octets!!\";"
#define PEER PEER_BEGIN " }\n"
#define MAP "crypto map m interface eth1 { 10 match address a set peer p }\n"

extern const struct conf_options conf_text_options;

/* A text without errors. */
struct conf *conf_good(const char *text);
/* A text with this error or warning, at "LINE:COLUMN", whose sentence and hint
 * have these parts in them; hint NULL: there is none.
 */
void conf_bad(const char *text, const char *place, const char *sentence,
	      const char *hint);
void conf_warned(const char *text, const char *place, const char *sentence);
/* A text that gives as many, and is read or not. */
void conf_counts(const char *text, int err, size_t errors, size_t warnings);
/* The same, of any octets. */
void conf_octets_count(const char *text, size_t len, int err, size_t errors);

/* Each rule as a line such as "protect 10.0.0.0/8 10.1.0.0/16[tcp/80]", but for
 * those that let IKE itself through.
 */
void conf_rules_are(const struct conf *conf, const char *lines);
/* The same of one access list, whose lines are between the braces. */
void conf_acl_is(const char *acl, const char *lines);
/* An access list with this error; place as if the list began in line 1. */
void conf_acl_bad(const char *acl, const char *place, const char *sentence,
		  const char *hint);
/* A peer with these keys. */
struct conf *conf_peer(const char *keys);
void conf_peer_bad(const char *keys, const char *place, const char *sentence,
		   const char *hint);

#endif
