// SPDX-License-Identifier: GPL-2.0-only
/* Replay windows: the kernel's words into 64 bits. */

#include <stdlib.h>

#include "bitmap.h"

static uint64_t last_words(const struct node *list)
{
	const struct node *word = list ? list->first : NULL;
	uint64_t bits = 0;

	for (; word; word = word->next)
		bits = bits << 32 |
		       (strtoul(word->value ?: "", NULL, 16) & UINT32_MAX);
	return bits;
}

uint64_t replay_bits(const struct node *in)
{
	uint64_t bits = last_words(node_find(in, "replay-bitmap"));
	uint64_t sequence = node_number(in, "sequence");

	return sequence < 64 ? bits | UINT64_C(1) << sequence : bits;
}

unsigned int replay_holes(const struct node *in)
{
	uint64_t sequence = node_number(in, "sequence");
	unsigned int seen = __builtin_popcountll(replay_bits(in));

	return (sequence < 63 ? sequence + 1 : 64) - seen;
}
