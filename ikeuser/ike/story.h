/* SPDX-License-Identifier: GPL-2.0-only */
/* The flight recorder: every decision as an event with a stable kind and a stable
 * reason, kept in rings that forget the oldest, so that the story of a failure
 * can still be read after it. Log lines are made from these events. It knows no
 * state: who tells is its caller's matter.
 */
#ifndef IKE_STORY_H
#define IKE_STORY_H

#include "buf.h"
#include "reason.h"

/* {kind, level}: I is one line for each message and each change of an SA, W what
 * an operator should look at, D all else.
 */
#define IKE_STORIES(X) \
	X(SENT, I) \
	X(RECEIVED, I) \
	X(REPEATED, I) \
	X(DROPPED, D) \
	X(REFUSED, W) \
	X(NOTIFIED, W) \
	X(STATUS, D) \
	X(IKE_STATE, I) \
	X(CHILD_STATE, I) \
	X(STEP_REFUSED, W) \
	X(PROPOSAL_CHOSEN, D) \
	X(PROPOSAL_DIFFERS, W) \
	X(SELECTORS_CHOSEN, D) \
	X(SELECTORS_DIFFER, W) \
	X(IDENTITY, I) \
	X(AUTHENTICATED, I) \
	X(NAT, I) \
	X(ADDRESS, I) \
	X(COLLISION, I) \
	X(ACQUIRE, D) \
	X(KERNEL, W) \
	X(PFS, I) \
	X(FAILED, W) \
	X(UNTOLD, W)

enum ike_story_kind {
#define IKE_ROW_STORY(name, level) IKE_STORY_##name,
	IKE_STORIES(IKE_ROW_STORY)
	IKE_STORY_COUNT
};

/* The stable name, such as "PROPOSAL_DIFFERS", and its level: 'I', 'W', 'D'. */
const char *ike_story_kind_name(enum ike_story_kind kind);
char ike_story_level(enum ike_story_kind kind);

struct ike_story {
	uint64_t at;		/* ms */
	uint64_t number;	/* counts all events of one engine */
	enum ike_story_kind kind;
	enum ike_reason reason;
	uint32_t ike;		/* number of the IKE SA; 0: none */
	uint32_t child;		/* number of the Child SA; 0: none */
	uint64_t rule;		/* the kernel's rule; 0: none */
	const char *peer;	/* borrowed name; NULL: unknown */
	char *text;		/* owned, may be NULL: the particulars */
};

/* Longer particulars are cut. */
#define STORY_TEXT_MAX 400

int ike_story_copy(struct ike_story *to, const struct ike_story *from);
void ike_story_clear(struct ike_story *story);
/* "site2 #3/7 REFUSED KE_GROUP: the KE payload is ...: 14, not 19" */
void ike_story_print(const struct ike_story *story, struct ike_text *t);

/* What is remembered of one peer or one rule: a failed set-up with all its
 * retransmissions tells about 30 events.
 */
#define STORY_RING 64

/* A tunnel that is up and quiet has told a dozen. */
#define STORY_RING_FIRST 8

/* An event, once for all the rings that have it. */
struct ike_kept {
	unsigned int rings;
	struct ike_story story;
};

/* Zeroed, it is empty. */
struct ike_ring {
	struct ike_kept **slot;		/* owned */
	uint32_t size;			/* of slot; grows to STORY_RING */
	uint64_t n;			/* events ever put */
};

/* Copies the event. -ENOMEM: it is lost. */
int ike_ring_put(struct ike_ring *ring, const struct ike_story *story);
/* What was put into another last is in this one as well. */
int ike_ring_share(struct ike_ring *ring, const struct ike_ring *other);
/* Its events are of the peer with that name now. */
void ike_ring_rename(struct ike_ring *ring, const char *peer);
/* Event i of those kept, from 0, the oldest; NULL when there are no more. */
const struct ike_story *ike_ring_get(const struct ike_ring *ring, size_t i);
void ike_ring_clear(struct ike_ring *ring);

#endif
