// SPDX-License-Identifier: GPL-2.0-only
/* The anti-replay window, in every size and with both kinds of sequence numbers:
 * cases by number, and random traffic against a plain set of what was received.
 * It is the module's source; what the module does with it, selftests tell.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <search.h>
#include <cmocka.h>

#include <linux/limits.h>

#include "replay.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define TWO_31 (1ULL << 31)
#define TWO_32 (1ULL << 32)
#define NEW 0
#define SEEN (-EALREADY)
#define OLD (-ERANGE)

static const u32 sizes[] = { 32, 64, 96, 1024, 8192 };

static struct culvert_replay *replay_new(u32 size, bool esn, u64 top)
{
	struct culvert_replay *replay = calloc(1, culvert_replay_octets(size));

	assert_non_null(replay);
	culvert_replay_init(replay, size, esn, top);
	return replay;
}

/* check and update give the same answer, and what is not new leaves the window
 * as it was.
 */
static int receive(struct culvert_replay *replay, u64 seq)
{
	size_t octets = culvert_replay_octets(replay->size);
	struct culvert_replay *before = malloc(octets);
	int err;

	assert_non_null(before);
	memcpy(before, replay, octets);
	err = culvert_replay_check(replay, seq);
	assert_memory_equal(before, replay, octets);
	assert_int_equal(culvert_replay_update(replay, seq), err);
	if (err)
		assert_memory_equal(before, replay, octets);
	free(before);
	return err;
}

struct step {
	u64 seq;
	int want;
};

/* Case n is step n - 1. */
static void run_cases(struct culvert_replay *replay, const struct step *steps,
		      size_t n)
{
	size_t i;
	int got;

	for (i = 0; i < n; i++) {
		got = receive(replay, steps[i].seq);
		if (got != steps[i].want)
			fail_msg("window %u, case %zu: %llu gave %d, not %d",
				 replay->size, i + 1, steps[i].seq, got,
				 steps[i].want);
	}
}

/* What any window must do, at the begin, in the middle and at the end of the
 * numbers of which last is the last. The first that came is 1.
 */
static void run_story(u32 w, bool esn, u64 last)
{
	const struct step steps[] = {
		/*  1 */ { 0, OLD },
		/*  2 */ { 1, NEW },
		/*  3 */ { 1, SEEN },
		/*  4 */ { 0, OLD },
		/*  5 */ { 6, NEW },
		/*  6 */ { 4, NEW },
		/*  7 */ { 5, NEW },
		/*  8 */ { 4, SEEN },
		/* The window still begins at 1. */
		/*  9 */ { w, NEW },
		/* 10 */ { 2, NEW },
		/* 11 */ { w - 1, NEW },
		/* 12 */ { w - 1, SEEN },
		/* 13 */ { 1, SEEN },
		/* It begins at 2, then at 3. */
		/* 14 */ { w + 1, NEW },
		/* 15 */ { 1, OLD },
		/* 16 */ { 2, SEEN },
		/* 17 */ { w + 2, NEW },
		/* 18 */ { 2, OLD },
		/* 19 */ { 3, NEW },
		/* By less than the window, by the window, by much more. */
		/* 20 */ { 2 * w + 1, NEW },
		/* 21 */ { w + 2, SEEN },
		/* 22 */ { w + 1, OLD },
		/* 23 */ { 3 * w + 1, NEW },
		/* 24 */ { 2 * w + 1, OLD },
		/* 25 */ { 2 * w + 2, NEW },
		/* 26 */ { 40 * w + 7, NEW },
		/* 27 */ { 3 * w + 1, OLD },
		/* 28 */ { 39 * w + 7, OLD },
		/* 29 */ { 39 * w + 8, NEW },
		/* 30 */ { 39 * w + 9, NEW },
		/* 31 */ { 40 * w + 6, NEW },
		/* 32 */ { 39 * w + 8, SEEN },
		/* To the end, after which there is nothing. */
		/* 33 */ { last - 1, NEW },
		/* 34 */ { 40 * w + 7, OLD },
		/* 35 */ { last - w, NEW },
		/* 36 */ { last, NEW },
		/* 37 */ { last, SEEN },
		/* 38 */ { last - 1, SEEN },
		/* 39 */ { last - w, OLD },
		/* 40 */ { last - w + 1, NEW },
		/* 41 */ { last - w + 1, SEEN },
		/* 42 */ { last - 2, NEW },
		/* 43 */ { 0, OLD },
		/* 44 */ { 1, OLD },
		/* 45 */ { last / 2, OLD },
	};
	struct culvert_replay *replay = replay_new(w, esn, 0);

	run_cases(replay, steps, ARRAY_SIZE(steps));
	assert_int_equal(replay->top, last);
	free(replay);
}

static void test_E08_numbered_cases(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		run_story(sizes[i], false, U32_MAX);
		run_story(sizes[i], true, U64_MAX);
	}
}

static void test_sizes_of_memory(void **state)
{
	size_t fixed = sizeof(struct culvert_replay);

	assert_int_equal(culvert_replay_octets(32), fixed + 2 * 4);
	assert_int_equal(culvert_replay_octets(64), fixed + 4 * 4);
	assert_int_equal(culvert_replay_octets(96), fixed + 4 * 4);
	assert_int_equal(culvert_replay_octets(128), fixed + 8 * 4);
	assert_int_equal(culvert_replay_octets(CULVERT_REPLAY_MAX),
			 fixed + 512 * 4);
}

static void assert_window(const struct culvert_replay *replay, u32 first,
			  u32 second)
{
	u32 words[2];

	culvert_replay_dump(replay, words);
	assert_int_equal(words[0], first);
	assert_int_equal(words[1], second);
}

static void test_dump_from_the_begin(void **state)
{
	struct culvert_replay *replay = replay_new(64, false, 0);

	assert_window(replay, 0x00000000, 0x00000001);
	receive(replay, 1);
	assert_window(replay, 0x00000000, 0x00000003);
	receive(replay, 2);
	receive(replay, 3);
	receive(replay, 4);
	assert_window(replay, 0x00000000, 0x0000001F);
	receive(replay, 7);
	assert_window(replay, 0x00000000, 0x000000F9);
	receive(replay, 5);
	assert_window(replay, 0x00000000, 0x000000FD);
	receive(replay, 40);
	assert_window(replay, 0x000001FA, 0x00000001);
	receive(replay, 64);
	assert_window(replay, 0xFA000000, 0x01000001);
	receive(replay, 1000);
	assert_window(replay, 0x00000000, 0x00000001);
	receive(replay, 1000 - 63);
	assert_window(replay, 0x80000000, 0x00000001);
	free(replay);
}

static void test_dump_of_a_window_begun_later(void **state)
{
	static const struct {
		u64 top;
		u32 first;
		u32 second;
	} cases[] = {
		/* 1 */ { 1, 0x00000000, 0x00000003 },
		/* 2 */ { 31, 0x00000000, 0xFFFFFFFF },
		/* 3 */ { 32, 0x00000001, 0xFFFFFFFF },
		/* 4 */ { 62, 0x7FFFFFFF, 0xFFFFFFFF },
		/* 5 */ { 63, 0xFFFFFFFF, 0xFFFFFFFF },
		/* 6 */ { 64, 0xFFFFFFFF, 0xFFFFFFFF },
		/* 7 */ { TWO_32 + 5, 0xFFFFFFFF, 0xFFFFFFFF },
		/* 8 */ { U64_MAX, 0xFFFFFFFF, 0xFFFFFFFF },
	};
	struct culvert_replay *replay;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		replay = replay_new(64, true, cases[i].top);
		assert_window(replay, cases[i].first, cases[i].second);
		free(replay);
	}
}

/* A window begun at top has received top and all below, and nothing above. */
static void test_begun_later(void **state)
{
	static const u64 tops[] = { 1, 31, 32, 100, 9000, TWO_31, U32_MAX - 1,
				    TWO_32, TWO_32 + 31, 5 * TWO_32 + 9999 };
	struct culvert_replay *replay;
	size_t i, k;
	u64 back;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (k = 0; k < ARRAY_SIZE(tops); k++) {
			replay = replay_new(sizes[i], tops[k] >= U32_MAX - 1,
					    tops[k]);
			for (back = 0; back < sizes[i] && back < tops[k]; back++)
				assert_int_equal(receive(replay,
							 tops[k] - back), SEEN);
			assert_int_equal(receive(replay, tops[k] - back), OLD);
			assert_int_equal(receive(replay, tops[k] + 1), NEW);
			free(replay);
		}
	}
}

/* At W - 1 before the highest number the window begins, W is outside, W + 1 too;
 * wherever in a word, or in a subspace, the highest number is.
 */
static void test_E08_edges(void **state)
{
	static const u64 bases[] = { 0, TWO_31, TWO_32, 3 * TWO_32 };
	struct culvert_replay *replay;
	size_t i, k;
	u64 top;
	u32 w;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		w = sizes[i];
		for (k = 0; k < ARRAY_SIZE(bases) * 66; k++) {
			replay = replay_new(w, true, 0);
			top = bases[k / 66] + 3 * w + k % 66 - 33;
			assert_int_equal(receive(replay, top), NEW);
			assert_int_equal(receive(replay, top - w - 1), OLD);
			assert_int_equal(receive(replay, top - w), OLD);
			assert_int_equal(receive(replay, top - w + 1), NEW);
			assert_int_equal(receive(replay, top - w + 1), SEEN);
			assert_int_equal(receive(replay, top + w - 1), NEW);
			assert_int_equal(receive(replay, top), SEEN);
			assert_int_equal(receive(replay, top + w), NEW);
			assert_int_equal(receive(replay, top), OLD);
			assert_int_equal(receive(replay, top + 1), NEW);
			free(replay);
		}
	}
}

static void test_E08_number_0(void **state)
{
	struct culvert_replay *replay = replay_new(64, true, 0);
	struct culvert_replay *plain = replay_new(64, false, 0);

	assert_int_equal(receive(replay, 0), OLD);
	assert_int_equal(receive(plain, 0), OLD);
	/* Of the next subspace, it is a number like others. */
	assert_int_equal(receive(replay, TWO_32 - 1), NEW);
	assert_int_equal(culvert_replay_extend(replay, 0), TWO_32);
	assert_int_equal(receive(replay, TWO_32), NEW);
	assert_int_equal(receive(replay, TWO_32), SEEN);
	assert_int_equal(receive(replay, 0), OLD);
	free(replay);
	free(plain);
}

/* The highest first: the window full of them passes once, the rest is too old. */
static void test_E08_full_reverse_order(void **state)
{
	static const u64 bases[] = { 0, TWO_32 - 10000 };
	struct culvert_replay *replay;
	size_t i, k;
	u64 n, w;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (k = 0; k < ARRAY_SIZE(bases); k++) {
			w = sizes[i];
			replay = replay_new(w, true, bases[k]);
			for (n = 3 * w; n >= 1; n--)
				assert_int_equal(receive(replay, bases[k] + n),
						 n > 2 * w ? NEW : OLD);
			for (n = 3 * w; n >= 1; n--)
				assert_int_equal(receive(replay, bases[k] + n),
						 n > 2 * w ? SEEN : OLD);
			free(replay);
		}
	}
}

static void test_E08_jump_of_2_31(void **state)
{
	struct culvert_replay *replay;
	u64 top, w;
	size_t i;
	int k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		w = sizes[i];
		replay = replay_new(w, true, 0);
		assert_int_equal(receive(replay, 1), NEW);
		top = 1;
		for (k = 0; k < 8; k++) {
			top += TWO_31;
			assert_int_equal(culvert_replay_extend(replay, top),
					 top);
			assert_int_equal(receive(replay, top), NEW);
			assert_int_equal(receive(replay, top - TWO_31), OLD);
			assert_int_equal(receive(replay, top - w), OLD);
			assert_int_equal(receive(replay, top - w + 1), NEW);
		}
		free(replay);

		replay = replay_new(w, false, 0);
		assert_int_equal(receive(replay, 1), NEW);
		assert_int_equal(receive(replay, 1 + TWO_31), NEW);
		assert_int_equal(receive(replay, 1), OLD);
		assert_int_equal(receive(replay, 1 + 2 * TWO_31), OLD);
		free(replay);
	}
}

/* The window moves by update alone, which comes after the ICV. */
static void test_E09_forged_high_number_moves_nothing(void **state)
{
	static const u64 forged[] = { 200, TWO_31, U32_MAX, TWO_32, U64_MAX };
	struct culvert_replay *replay = replay_new(64, true, 0);
	size_t i;

	assert_int_equal(receive(replay, 100), NEW);
	for (i = 0; i < ARRAY_SIZE(forged); i++)
		assert_int_equal(culvert_replay_check(replay, forged[i]), NEW);
	assert_int_equal(replay->top, 100);
	assert_int_equal(receive(replay, 100 - 63), NEW);
	assert_int_equal(receive(replay, 100), SEEN);
	assert_int_equal(receive(replay, 101), NEW);
	free(replay);
}

static void test_E10_the_end_without_esn(void **state)
{
	const struct step steps[] = {
		/*  1 */ { U32_MAX - 2, NEW },
		/*  2 */ { U32_MAX, NEW },
		/*  3 */ { U32_MAX, SEEN },
		/*  4 */ { TWO_32, OLD },
		/*  5 */ { TWO_32 + 1, OLD },
		/*  6 */ { 2 * TWO_32 - 1, OLD },
		/*  7 */ { U64_MAX, OLD },
		/*  8 */ { 0, OLD },
		/*  9 */ { 1, OLD },
		/* 10 */ { U32_MAX - 1, NEW },
	};
	struct culvert_replay *replay;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		replay = replay_new(sizes[i], false, U32_MAX - 3);
		run_cases(replay, steps, ARRAY_SIZE(steps));
		assert_int_equal(replay->top, U32_MAX);
		assert_int_equal(culvert_replay_extend(replay, 0), 0);
		assert_int_equal(culvert_replay_extend(replay, 5), 5);
		assert_int_equal(culvert_replay_extend(replay, U32_MAX),
				 U32_MAX);
		free(replay);
	}
}

struct extension {
	u64 top;
	u32 low;
	u64 want;
};

static void run_extensions(u32 w, const struct extension *cases, size_t n)
{
	struct culvert_replay *replay;
	size_t i;
	u64 got;

	for (i = 0; i < n; i++) {
		replay = replay_new(w, true, cases[i].top);
		got = culvert_replay_extend(replay, cases[i].low);
		if (got != cases[i].want)
			fail_msg("window %u, case %zu: %#llx, not %#llx", w,
				 i + 1, got, cases[i].want);
		free(replay);
	}
}

/* RFC 4303 A2.2: the table of its cases, at their edges. */
static void test_E11_high_half(void **state)
{
	const u64 th = 7 * TWO_32;
	size_t i;
	u32 w;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		w = sizes[i];
		const struct extension cases[] = {
			/* Case A: the window lies in one subspace. */
			/*  1 */ { th + TWO_31, TWO_31, th + TWO_31 },
			/*  2 */ { th + TWO_31, TWO_31 + 1, th + TWO_31 + 1 },
			/*  3 */ { th + TWO_31, U32_MAX, th + U32_MAX },
			/*  4 */ { th + TWO_31, TWO_31 - w + 1,
				   th + TWO_31 - w + 1 },
			/*  5 */ { th + TWO_31, TWO_31 - w,
				   th + TWO_32 + TWO_31 - w },
			/*  6 */ { th + TWO_31, 0, th + TWO_32 },
			/*  7 */ { th + U32_MAX, 0, th + TWO_32 },
			/*  8 */ { th + U32_MAX, U32_MAX, th + U32_MAX },
			/* Its bottom is the subspace's first number. */
			/*  9 */ { th + w - 1, 0, th },
			/* 10 */ { th + w - 1, w, th + w },
			/* 11 */ { th + w - 1, U32_MAX, th + U32_MAX },
			/* Case B: it began in the subspace before. */
			/* 12 */ { th + w - 2, U32_MAX, th - 1 },
			/* 13 */ { th + w - 2, U32_MAX - 1, th + U32_MAX - 1 },
			/* 14 */ { th + w - 2, 0, th },
			/* 15 */ { th, 0, th },
			/* 16 */ { th, 1, th + 1 },
			/* 17 */ { th, 0 - (w - 1), th - (w - 1) },
			/* 18 */ { th, 0 - w, th + TWO_32 - w },
			/* 19 */ { th, TWO_31, th + TWO_31 },
			/* No subspace comes before the first. */
			/* 20 */ { 0, 1, 1 },
			/* 21 */ { 0, U32_MAX, U32_MAX },
			/* 22 */ { 5, 0 - (w - 1), TWO_32 - (w - 1) },
			/* 23 */ { w - 2, U32_MAX, U32_MAX },
			/* 24 */ { w - 1, U32_MAX, U32_MAX },
			/* 25 */ { w, 0, TWO_32 },
			/* None comes after the last: too old, not number 0. */
			/* 26 */ { U64_MAX, 0, TWO_32 * U32_MAX },
			/* 27 */ { U64_MAX, U32_MAX, U64_MAX },
			/* 28 */ { U64_MAX, 0 - w, U64_MAX - w + 1 },
			/* 29 */ { U64_MAX, 0 - w - 1, U64_MAX - w },
		};

		run_extensions(w, cases, ARRAY_SIZE(cases));
	}
}

/* Each packet arrives as its low half; the highest number is top afterwards. */
static int arrive(struct culvert_replay *replay, u64 seq)
{
	u64 guess = culvert_replay_extend(replay, seq);

	if (guess != seq)
		fail_msg("window %u, top %#llx: %#llx became %#llx",
			 replay->size, replay->top, seq, guess);
	return receive(replay, guess);
}

static void test_E11_over_2_32_in_order(void **state)
{
	struct culvert_replay *replay;
	size_t i;
	u64 n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		replay = replay_new(sizes[i], true, TWO_32 - 300);
		for (n = TWO_32 - 299; n < TWO_32 + 300; n++) {
			assert_int_equal(arrive(replay, n), NEW);
			assert_int_equal(arrive(replay, n), SEEN);
		}
		free(replay);
	}
}

/* Pairs swapped, and each number late by almost a window. */
static void test_E11_over_2_32_reordered(void **state)
{
	struct culvert_replay *replay;
	u64 n, w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		w = sizes[i];
		replay = replay_new(w, true, TWO_32 - 3 * w);
		for (n = TWO_32 - 2 * w; n < TWO_32 + 2 * w; n += 2) {
			assert_int_equal(arrive(replay, n + 1), NEW);
			assert_int_equal(arrive(replay, n), NEW);
			assert_int_equal(arrive(replay, n + 2 - w),
					 n + 2 - w < TWO_32 - 2 * w ?
					 NEW : SEEN);
		}
		free(replay);

		replay = replay_new(w, true, TWO_32 - 3 * w);
		for (n = TWO_32 - w; n < TWO_32 + w; n++) {
			assert_int_equal(arrive(replay, n), NEW);
			assert_int_equal(arrive(replay, n - w + 1),
					 n - w + 1 < TWO_32 - w ? NEW : SEEN);
		}
		free(replay);
	}
}

/* The numbers around 2^32 are lost, more of them than the window has. What comes
 * next is right, and what of the burst comes late is too old.
 */
static void test_E11_loss_burst_over_2_32(void **state)
{
	static const u64 bursts[] = { 1, 31, 32, 33, 1000, TWO_31,
				      TWO_32 - 20000 };
	struct culvert_replay *replay;
	u64 before, after, w;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (k = 0; k < ARRAY_SIZE(bursts); k++) {
			w = sizes[i];
			before = TWO_32 - bursts[k] / 2 - 1;
			after = before + w + bursts[k];
			replay = replay_new(w, true, before - 1);
			assert_int_equal(arrive(replay, before), NEW);
			assert_int_equal(arrive(replay, after), NEW);
			assert_int_equal(receive(replay, before), OLD);
			assert_int_equal(receive(replay, after - w), OLD);
			assert_int_equal(arrive(replay, after - w + 1), NEW);
			assert_int_equal(arrive(replay, after - 1), NEW);
			assert_int_equal(arrive(replay, after), SEEN);
			assert_int_equal(arrive(replay, after + 1), NEW);
			free(replay);
		}
	}
}

/* What was sent in another subspace gets a high half that its ICV does not
 * confirm. If it looks new, still nothing has moved.
 */
static void test_E12_high_half_wrong(void **state)
{
	struct culvert_replay *replay = replay_new(64, true, TWO_32 + 500);
	u64 guess;

	/* Too old: taken for one that is to come. */
	guess = culvert_replay_extend(replay, 100);
	assert_int_equal(guess, 2 * TWO_32 + 100);
	assert_int_equal(culvert_replay_check(replay, guess), NEW);
	assert_int_equal(replay->top, TWO_32 + 500);
	/* From a subspace before or behind: taken for one of this window. */
	guess = culvert_replay_extend(replay, 490);
	assert_int_equal(guess, TWO_32 + 490);
	assert_int_equal(culvert_replay_check(replay, guess), SEEN);
	/* With the right high half, an old number is old. */
	assert_int_equal(receive(replay, TWO_32 + 100), OLD);
	assert_int_equal(receive(replay, 490), OLD);
	assert_int_equal(receive(replay, 501), OLD);
	assert_int_equal(arrive(replay, TWO_32 + 501), NEW);
	free(replay);
}

/* The oracle: all numbers that were received, and the rule in one sentence. */
struct oracle {
	void *set;		/* of u64, for tsearch() */
	u64 size;
	u64 begin;		/* it and all below count as received */
	u64 top;
	u64 end;		/* the last that there is */
};

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a;
	u64 y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static bool oracle_has(const struct oracle *oracle, u64 seq)
{
	return seq <= oracle->begin || tfind(&seq, &oracle->set, compare);
}

static int oracle_check(const struct oracle *oracle, u64 seq)
{
	__int128 bottom = (__int128)oracle->top - oracle->size + 1;

	if (seq == 0 || seq > oracle->end || seq < bottom)
		return OLD;
	return oracle_has(oracle, seq) ? SEEN : NEW;
}

static void oracle_add(struct oracle *oracle, u64 seq)
{
	u64 *item = malloc(sizeof(*item));

	assert_non_null(item);
	*item = seq;
	assert_ptr_equal(*(u64 **)tsearch(item, &oracle->set, compare), item);
	if (seq > oracle->top)
		oracle->top = seq;
}

/* Of all numbers with that low half, the one of the 2^32 from the window's
 * bottom on; but none that there is not.
 */
static u64 oracle_extend(const struct oracle *oracle, u32 low)
{
	__int128 bottom = (__int128)oracle->top - oracle->size + 1;
	__int128 seq = low;

	if (oracle->end == U32_MAX)
		return low;
	while (seq < bottom)
		seq += TWO_32;
	return seq > U64_MAX ? seq - TWO_32 : seq;
}

static void compare_windows(const struct oracle *oracle,
			    const struct culvert_replay *replay)
{
	u32 words[CULVERT_REPLAY_MAX / 32];
	u32 last = oracle->size / 32 - 1;
	u64 back;
	bool bit;

	culvert_replay_dump(replay, words);
	for (back = 0; back < oracle->size; back++) {
		bit = words[last - back / 32] >> back % 32 & 1;
		assert_int_equal(bit, back <= oracle->top &&
				 oracle_has(oracle, oracle->top - back));
	}
}

static u64 random_u64(u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* The next number that arrives: mostly one soon before or after the highest, at
 * times one of the window's edge, of the edge of the next 2^32, far ahead or from
 * anywhere.
 */
static u64 random_arrival(u64 *seed, const struct oracle *oracle)
{
	u64 kind = random_u64(seed) % 1000;
	u64 value = random_u64(seed);
	u64 top = oracle->top;
	u64 w = oracle->size;

	if (kind < 500)
		return top + 1 + value % 3;
	if (kind < 850)
		return top - value % w;
	if (kind < 950)
		return top - w + 3 - value % 6;
	if (kind < 980)
		return top + value % (3 * w);
	if (kind < 983)
		return top + w + value % 100000;
	if (kind < 985)
		return top + TWO_31 + value % 3 - 1;
	if (kind < 990)
		return (top | U32_MAX) - w + value % (2 * w);
	return kind < 995 ? top - value % TWO_32 : value;
}

static void run_random(u32 w, bool esn, u64 begin, u64 *seed)
{
	struct oracle oracle = { NULL, w, begin, begin,
				 esn ? U64_MAX : U32_MAX };
	struct culvert_replay *replay = replay_new(w, esn, begin);
	int i, want;
	u64 seq;

	for (i = 0; i < 6000; i++) {
		seq = random_arrival(seed, &oracle);
		assert_int_equal(culvert_replay_extend(replay, seq),
				 oracle_extend(&oracle, seq));
		want = oracle_check(&oracle, seq);
		assert_int_equal(culvert_replay_check(replay, seq), want);
		/* Some have a wrong ICV, and so has what is from anywhere. */
		if (random_u64(seed) % 8 == 0 ||
		    (seq > oracle.top && seq - oracle.top > TWO_32))
			continue;
		assert_int_equal(culvert_replay_update(replay, seq), want);
		if (want == NEW)
			oracle_add(&oracle, seq);
		assert_int_equal(replay->top, oracle.top);
		if (i % 500 == 0)
			compare_windows(&oracle, replay);
	}
	compare_windows(&oracle, replay);
	tdestroy(oracle.set, free);
	free(replay);
}

static void test_E11_random_traffic_with_esn(void **state)
{
	u64 seed = 0x9E3779B97F4A7C15;
	size_t i;
	u32 w;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		w = sizes[i];
		run_random(w, true, 0, &seed);
		run_random(w, true, w, &seed);
		run_random(w, true, TWO_32 - w, &seed);
		run_random(w, true, TWO_32 - 4000, &seed);
		run_random(w, true, 9 * TWO_32 - 2000, &seed);
		run_random(w, true, U64_MAX - 3000, &seed);
	}
}

static void test_E08_random_traffic_without_esn(void **state)
{
	u64 seed = 0xD1B54A32D192ED03;
	size_t i;
	u32 w;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		w = sizes[i];
		run_random(w, false, 0, &seed);
		run_random(w, false, w, &seed);
		run_random(w, false, TWO_31, &seed);
		run_random(w, false, U32_MAX - 3000, &seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_of_memory),
		cmocka_unit_test(test_dump_from_the_begin),
		cmocka_unit_test(test_dump_of_a_window_begun_later),
		cmocka_unit_test(test_begun_later),
		cmocka_unit_test(test_E08_numbered_cases),
		cmocka_unit_test(test_E08_edges),
		cmocka_unit_test(test_E08_number_0),
		cmocka_unit_test(test_E08_full_reverse_order),
		cmocka_unit_test(test_E08_jump_of_2_31),
		cmocka_unit_test(test_E08_random_traffic_without_esn),
		cmocka_unit_test(test_E09_forged_high_number_moves_nothing),
		cmocka_unit_test(test_E10_the_end_without_esn),
		cmocka_unit_test(test_E11_high_half),
		cmocka_unit_test(test_E11_over_2_32_in_order),
		cmocka_unit_test(test_E11_over_2_32_reordered),
		cmocka_unit_test(test_E11_loss_burst_over_2_32),
		cmocka_unit_test(test_E11_random_traffic_with_esn),
		cmocka_unit_test(test_E12_high_half_wrong),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
