// SPDX-License-Identifier: GPL-2.0-only
/* Trees of messages. How they look as octets is known to vici_msg.c only. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"

/* A packet has 512 KiB, an element 3 octets: what has more nodes than this is
 * no answer anybody prints.
 */
#define NODES_MAX 65536

struct node *node_new(enum node_kind kind, const char *name)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->name = strdup(name);
	if (node->name)
		return node;
	free(node);
	return NULL;
}

void node_append(struct node *to, struct node *what)
{
	if (to->last)
		to->last->next = what;
	else
		to->first = what;
	to->last = what;
}

struct node *node_add(struct node *to, enum node_kind kind, const char *name)
{
	struct node *node = to ? node_new(kind, name) : NULL;

	if (node)
		node_append(to, node);
	return node;
}

struct node *node_set(struct node *to, const char *name, const char *format,
		      ...)
{
	struct node *node = node_add(to, NODE_VALUE, name);
	va_list args;

	if (!node)
		return NULL;
	va_start(args, format);
	if (vasprintf(&node->value, format, args) < 0)
		node->value = NULL;
	va_end(args);
	return node->value ? node : NULL;
}

void node_free(struct node *node)
{
	struct node *inner, *next;

	if (!node)
		return;
	for (inner = node->first; inner; inner = next) {
		next = inner->next;
		node_free(inner);
	}
	free(node->name);
	free(node->value);
	free(node);
}

/* --- asking --- */

const struct node *node_find(const struct node *node, const char *name)
{
	const struct node *inner = node ? node->first : NULL;

	while (inner && strcmp(inner->name, name))
		inner = inner->next;
	return inner;
}

const char *node_text(const struct node *node, const char *name)
{
	const struct node *found = node_find(node, name);

	return found && found->value ? found->value : "";
}

bool node_has(const struct node *node, const char *name)
{
	return node_find(node, name);
}

bool node_is(const struct node *node, const char *name, const char *value)
{
	return !strcmp(node_text(node, name), value);
}

uint64_t node_number(const struct node *node, const char *name)
{
	const char *text = node_text(node, name);
	unsigned long long number;
	char *end;

	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	number = strtoull(text, &end, 10);
	return errno || *end ? 0 : number;
}

/* --- from octets and back --- */

/* Octets of the character that begins there; 0: it is none that may be shown.
 */
static size_t character(const uint8_t *at, size_t left)
{
	static const struct {
		uint8_t mask;
		uint8_t lead;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 0x20 },
		{ 0xe0, 0xc0, 0xa0 },		/* C1 controls are below */
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	uint32_t code;
	size_t n = 0;

	while (n < 4 && (*at & forms[n].mask) != forms[n].lead)
		n++;
	if (n == 4 || left < n + 1)
		return 0;
	code = *at & ~forms[n].mask;
	for (size_t i = 1; i <= n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	/* Surrogates, and marks that turn the direction of a line. */
	if (code < forms[n].least || code == 0x7f || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff) ||
	    (code >= 0x200e && code <= 0x202e && code != 0x2010) ||
	    (code >= 0x2066 && code <= 0x2069))
		return 0;
	return n + 1;
}

static char *plain(struct ike_bytes octets)
{
	char *text = malloc(octets.len + 1);
	size_t i = 0;

	if (!text)
		return NULL;
	while (i < octets.len) {
		size_t n = character(octets.data + i, octets.len - i);

		if (n)
			memcpy(text + i, octets.data + i, n);
		else
			text[i] = '?';
		i += n ? n : 1;
	}
	text[i] = '\0';
	return text;
}

static const enum node_kind kinds[] = {
	[VICI_SECTION_START] = NODE_SECTION,
	[VICI_KEY_VALUE] = NODE_VALUE,
	[VICI_LIST_START] = NODE_LIST,
	[VICI_LIST_ITEM] = NODE_VALUE,
};

/* Depth is bounded: the message was looked through. */
static int read_into(struct node *to, struct ike_bytes message, size_t *nodes)
{
	struct vici_item item;
	int err = 0;

	while (!err && vici_next(&message, &item) != VICI_NOTHING) {
		struct node *node;

		if (++*nodes > NODES_MAX)
			return -E2BIG;
		if (item.kind == VICI_LIST_ITEM)
			*item.name = '\0';
		node = node_add(to, kinds[item.kind], item.name);
		if (!node)
			return -ENOMEM;
		if (node->kind == NODE_VALUE) {
			node->value = plain(item.value);
			err = node->value ? 0 : -ENOMEM;
		} else {
			err = read_into(node, item.value, nodes);
		}
	}
	return err;
}

int node_read(struct node **root, struct ike_bytes message)
{
	size_t nodes = 0;
	int err;

	*root = node_new(NODE_SECTION, "");
	if (!*root)
		return -ENOMEM;
	err = read_into(*root, message, &nodes);
	if (err) {
		node_free(*root);
		*root = NULL;
	}
	return err;
}

void node_write(const struct node *root, struct vici_writer *v)
{
	const struct node *node = root ? root->first : NULL;

	for (; node; node = node->next) {
		if (node->kind == NODE_VALUE) {
			if (root->kind == NODE_LIST)
				vici_item(v, "%s", node->value);
			else
				vici_put(v, node->name, "%s", node->value);
			continue;
		}
		if (node->kind == NODE_LIST)
			vici_list(v, node->name);
		else
			vici_section(v, "%s", node->name);
		node_write(node, v);
		vici_end(v);
	}
}
