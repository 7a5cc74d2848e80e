// SPDX-License-Identifier: GPL-2.0-only
/* The anti-replay window. Knows sequence numbers, no packets.
 *
 * Number n is bit n % 32 of word n / 32 of an endless bitmap, and the ring holds
 * the last words of it. It has at least one word more than the window, so that
 * the window need not begin where a word does; a word is cleared when top enters
 * it. Bits above top are 0. What bits below the window say does not matter.
 */

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>

#include "replay.h"

#define WORD_BITS 32

static u32 ring_words(u32 size)
{
	return roundup_pow_of_two(size / WORD_BITS + 1);
}

static u32 ring_index(const struct culvert_replay *replay, u64 seq)
{
	return (seq / WORD_BITS) & replay->mask;
}

static bool is_noted(const struct culvert_replay *replay, u64 seq)
{
	return replay->bitmap[ring_index(replay, seq)] & BIT(seq % WORD_BITS);
}

size_t culvert_replay_octets(u32 size)
{
	return sizeof(struct culvert_replay) + ring_words(size) * sizeof(u32);
}

void culvert_replay_init(struct culvert_replay *replay, u32 size, bool esn,
			 u64 top)
{
	u64 i;

	replay->top = top;
	replay->size = size;
	replay->mask = ring_words(size) - 1;
	replay->esn = esn;
	/* Not more words than there are numbers: none is below 0. */
	for (i = 0; i <= min_t(u64, top / WORD_BITS, replay->mask); i++)
		replay->bitmap[ring_index(replay, top - i * WORD_BITS)] =
			U32_MAX;
	replay->bitmap[ring_index(replay, top)] = GENMASK(top % WORD_BITS, 0);
}

/* RFC 4303 A2.2, in its words: Th and Tl are the halves of top, Bl the low half
 * of the window's bottom. Numbers below the window are taken for the next ones
 * with that low half.
 */
u64 culvert_replay_extend(const struct culvert_replay *replay, u32 low)
{
	u32 th = replay->top >> 32;
	u32 tl = replay->top;
	u32 bl = tl - replay->size + 1;

	if (!replay->esn)
		return low;
	if (bl <= tl) {
		/* Case A: the window lies in one subspace. None comes after the
		 * last one; there, the number is too old.
		 */
		if (low < bl && th < U32_MAX)
			th++;
	} else {
		/* Case B: it began in the subspace before. None comes before
		 * the first one.
		 */
		if (low >= bl && th > 0)
			th--;
	}
	return (u64)th << 32 | low;
}

int culvert_replay_check(const struct culvert_replay *replay, u64 seq)
{
	if (seq == 0 || (!replay->esn && seq > U32_MAX))
		return -ERANGE;
	if (seq > replay->top)
		return 0;
	if (replay->top - seq >= replay->size)
		return -ERANGE;
	return is_noted(replay, seq) ? -EALREADY : 0;
}

/* Clears the words that the window enters, at most the whole ring. */
static void advance(struct culvert_replay *replay, u64 seq)
{
	u64 from = replay->top / WORD_BITS;
	u64 entered = min_t(u64, seq / WORD_BITS - from, replay->mask + 1);
	u64 i;

	for (i = 1; i <= entered; i++)
		replay->bitmap[(from + i) & replay->mask] = 0;
	replay->top = seq;
}

int culvert_replay_update(struct culvert_replay *replay, u64 seq)
{
	int err = culvert_replay_check(replay, seq);

	if (err)
		return err;
	if (seq > replay->top)
		advance(replay, seq);
	replay->bitmap[ring_index(replay, seq)] |= BIT(seq % WORD_BITS);
	return 0;
}

void culvert_replay_dump(const struct culvert_replay *replay, u32 *words)
{
	u32 last = replay->size / WORD_BITS - 1;
	u32 i;

	for (i = 0; i <= last; i++)
		words[i] = 0;
	for (i = 0; i < replay->size && i <= replay->top; i++)
		if (is_noted(replay, replay->top - i))
			words[last - i / WORD_BITS] |= BIT(i % WORD_BITS);
}
