/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_TEST_LINUX_RBTREE_H
#define CULVERT_TEST_LINUX_RBTREE_H

#include <stddef.h>

/* Balanced by chance (a treap), which is less code than by colour. */
struct rb_node {
	struct rb_node *rb_parent;
	struct rb_node *rb_left;
	struct rb_node *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT ((struct rb_root) {})
#define rb_entry(node, type, member) \
	((type *)((char *)(node) - offsetof(type, member)))

void rb_link_node(struct rb_node *node, struct rb_node *parent,
		  struct rb_node **link);
void rb_insert_color(struct rb_node *node, struct rb_root *root);
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);

#endif
