/* SPDX-License-Identifier: GPL-2.0-only */
/* What a user's PEER, CHILD or ACL stands for among the daemon's, and what
 * there is instead.
 */
#ifndef CULVERT_NAMES_H
#define CULVERT_NAMES_H

#include "cli.h"

/* A rule of that peer, or whose remote address it is; NULL: no such peer. */
const struct node *names_peer(const struct node *rules, const char *name);
/* A rule with that child. */
const struct node *names_child(const struct node *rules, const char *name);
/* CLI_ABSENT, and which names there are: of key ("peer", "child", "acl"). */
int names_absent(struct cli *cli, const char *what, const char *key,
		 const char *name, const struct node *rules);
/* Each name once, in the order of the rules. */
void names_each(const struct node *rules, const char *key,
		void (*tell)(const char *name, void *arg), void *arg);

/* "10.0.0.0/8 10.1.0.0/16": a list's items; more than two are counted. */
struct word names_selectors(const struct node *list);

#endif
