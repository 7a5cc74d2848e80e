// SPDX-License-Identifier: GPL-2.0-only
/* The part of the kernel that the headers beside this file declare: memory that
 * runs out and signals that come when a test says so, and trees.
 */

#include <stdint.h>
#include <stdlib.h>

#include <linux/rbtree.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

long kernel_allocation_to_fail = -1;
long kernel_signal_after = -1;

/* Once a fatal signal has come, it stays. */
bool fatal_signal_pending(const void *task)
{
	if (kernel_signal_after > 0) {
		kernel_signal_after--;
		return false;
	}
	return kernel_signal_after == 0;
}

static bool is_to_fail(void)
{
	if (kernel_allocation_to_fail < 0)
		return false;
	return kernel_allocation_to_fail-- == 0;
}

void *kvmalloc_array(size_t n, size_t size, int flags)
{
	return is_to_fail() ? NULL : reallocarray(NULL, n, size);
}

void *kvcalloc(size_t n, size_t size, int flags)
{
	return is_to_fail() ? NULL : calloc(n, size);
}

void *kvzalloc(size_t size, int flags)
{
	return kvcalloc(1, size, flags);
}

void kvfree(const void *memory)
{
	free((void *)memory);
}

/* Nodes with a greater rank are above those with a smaller one. */
static uint32_t rank(const struct rb_node *node)
{
	return ((uintptr_t)node >> 3) * 0x9e3779b97f4a7c15ULL >> 32;
}

static void replace(struct rb_root *root, struct rb_node *parent,
		    struct rb_node *old, struct rb_node *new)
{
	if (!parent)
		root->rb_node = new;
	else if (parent->rb_left == old)
		parent->rb_left = new;
	else
		parent->rb_right = new;
	new->rb_parent = parent;
}

/* The node and its parent change places. */
static void rotate(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *parent = node->rb_parent;
	struct rb_node *moved;

	replace(root, parent->rb_parent, parent, node);
	if (parent->rb_left == node) {
		moved = node->rb_right;
		node->rb_right = parent;
		parent->rb_left = moved;
	} else {
		moved = node->rb_left;
		node->rb_left = parent;
		parent->rb_right = moved;
	}
	parent->rb_parent = node;
	if (moved)
		moved->rb_parent = parent;
}

void rb_link_node(struct rb_node *node, struct rb_node *parent,
		  struct rb_node **link)
{
	*node = (struct rb_node) { .rb_parent = parent };
	*link = node;
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	while (node->rb_parent && rank(node->rb_parent) < rank(node))
		rotate(node, root);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_root right = { node->rb_right };

	if (node->rb_right)
		return rb_first(&right);
	while (node->rb_parent && node->rb_parent->rb_right == node)
		node = node->rb_parent;
	return node->rb_parent;
}
