/* SPDX-License-Identifier: GPL-2.0-only */
/* A message of the control protocol as a tree: sections, values and lists in
 * the order in which they came. What stands in it is fit for a terminal:
 * control characters and what is no UTF-8 have become '?'.
 */
#ifndef CULVERT_NODE_H
#define CULVERT_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vici_msg.h"

enum node_kind {
	NODE_SECTION,
	NODE_VALUE,
	NODE_LIST,
};

struct node {
	struct node *next;	/* beside it */
	struct node *first;	/* owned: what is in it */
	struct node *last;
	enum node_kind kind;
	char *name;		/* "" in a list, and of the root */
	char *value;		/* of a value; else NULL */
};

/* NULL: no memory; so is any of these, when what it adds to is NULL. */
struct node *node_new(enum node_kind kind, const char *name);
struct node *node_add(struct node *to, enum node_kind kind, const char *name);
/* A value, as printf() has it. */
struct node *node_set(struct node *to, const char *name, const char *format,
		      ...) __attribute__((format(printf, 3, 4)));
void node_append(struct node *to, struct node *what);
void node_free(struct node *node);

/* The first thing of that name in it; NULL: there is none, or no node. */
const struct node *node_find(const struct node *node, const char *name);
/* A value. "": it is not there. */
const char *node_text(const struct node *node, const char *name);
bool node_has(const struct node *node, const char *name);
bool node_is(const struct node *node, const char *name, const char *value);
/* A decimal value. 0: it is not there, or no number. */
uint64_t node_number(const struct node *node, const char *name);

/* Of a message that vici_packet_read() has looked through. *root is a section.
 * -E2BIG: deeper or more than any answer is; -ENOMEM.
 */
int node_read(struct node **root, struct ike_bytes message);
/* What is in it, into a packet that was begun. */
void node_write(const struct node *root, struct vici_writer *v);

#endif
