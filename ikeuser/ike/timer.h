/* SPDX-License-Identifier: GPL-2.0-only */
/* What is due when: timers of all SAs of an engine in one pairing heap. Arming one
 * takes no memory and cannot fail. It has no clock: now is the caller's.
 */
#ifndef IKE_TIMER_H
#define IKE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded in what it belongs to. Zeroed, it is not armed. */
struct ike_timer {
	struct ike_timer *child;	/* the first of those due later */
	struct ike_timer *next;		/* sibling */
	struct ike_timer *prev;		/* sibling, or parent of the first */
	uint64_t at;			/* ms */
	bool armed;
	uint8_t kind;			/* the owner's */
	void *owner;
};

/* Zeroed, it is empty. */
struct ike_timers {
	struct ike_timer *first;	/* the one due first */
};

/* At most one time: armed again, it is moved. */
void ike_timer_arm(struct ike_timers *timers, struct ike_timer *timer,
		   uint64_t at);
void ike_timer_stop(struct ike_timers *timers, struct ike_timer *timer);
/* The one that is due, no longer armed; NULL when there is none. */
struct ike_timer *ike_timers_due(struct ike_timers *timers, uint64_t now);
/* UINT64_MAX: nothing is armed. */
uint64_t ike_timers_next(const struct ike_timers *timers);

#endif
