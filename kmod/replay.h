/* SPDX-License-Identifier: GPL-2.0-only */
/* The anti-replay window of an inbound SA (RFC 4303 3.4.3 and appendix A), with
 * the bitmap of RFC 6479: a ring of words, so that the window moves without
 * shifting. Knows sequence numbers, no packets; no locks, the SA has one.
 */
#ifndef CULVERT_REPLAY_H
#define CULVERT_REPLAY_H

#include <linux/types.h>

#define CULVERT_REPLAY_MIN 32
#define CULVERT_REPLAY_DEFAULT 64
#define CULVERT_REPLAY_MAX 8192		/* all in bits */

struct culvert_replay {
	u64 top;		/* the highest sequence number received */
	u32 size;		/* of the window, in bits */
	u32 mask;		/* words in the ring, a power of 2, less 1 */
	bool esn;
	u32 bitmap[];
};

/* Octets of a window of that many bits, a multiple of 32. */
size_t culvert_replay_octets(u32 size);

/* Takes zeroed memory of that many octets. top and all numbers below it count as
 * received, so number 0 always does. Without ESN, top has 32 bits.
 */
void culvert_replay_init(struct culvert_replay *replay, u32 size, bool esn,
			 u64 top);

/* The 64 bits of which a packet carries the low 32 (appendix A2.2): a guess that
 * the ICV confirms. Without ESN, the low 32.
 */
u64 culvert_replay_extend(const struct culvert_replay *replay, u32 low);

/* 0: new. -EALREADY: received before. -ERANGE: before the window, number 0, or
 * above 2^32-1 without ESN. check changes nothing. update also notes the number
 * and moves the window, and is called only after the ICV was right.
 */
int culvert_replay_check(const struct culvert_replay *replay, u64 seq);
int culvert_replay_update(struct culvert_replay *replay, u64 seq);

/* The window as size / 32 words, bit 0 of the last word the highest number. */
void culvert_replay_dump(const struct culvert_replay *replay, u32 *words);

#endif
