// SPDX-License-Identifier: GPL-2.0-only
/* A pairing heap of timers: the root is due first, and each node is due no later
 * than its children. Knows nothing of what is timed.
 */
#include <stddef.h>

#include "timer.h"

/* Both are roots without siblings; either may be NULL. */
static struct ike_timer *meld(struct ike_timer *a, struct ike_timer *b)
{
	struct ike_timer *swap;

	if (!a || !b)
		return a ? a : b;
	if (b->at < a->at) {
		swap = a;
		a = b;
		b = swap;
	}
	b->next = a->child;
	b->prev = a;
	if (a->child)
		a->child->prev = b;
	a->child = b;
	return a;
}

/* Cuts a timer with what is below it out of the list of its siblings. */
static void cut(struct ike_timer *timer)
{
	if (timer->prev && timer->prev->child == timer)
		timer->prev->child = timer->next;
	else if (timer->prev)
		timer->prev->next = timer->next;
	if (timer->next)
		timer->next->prev = timer->prev;
	timer->next = NULL;
	timer->prev = NULL;
}

/* The children become one root: by pairs first, which keeps the cost low. */
static struct ike_timer *meld_children(struct ike_timer *timer)
{
	struct ike_timer *pairs = NULL, *root = NULL;
	struct ike_timer *a, *b;

	while ((a = timer->child)) {
		cut(a);
		b = timer->child;
		if (b)
			cut(b);
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while ((a = pairs)) {
		pairs = a->next;
		a->next = NULL;
		root = meld(root, a);
	}
	return root;
}

void ike_timer_stop(struct ike_timers *timers, struct ike_timer *timer)
{
	struct ike_timer *below;

	if (!timer->armed)
		return;
	timer->armed = false;
	below = meld_children(timer);
	if (timers->first == timer) {
		timers->first = below;
		return;
	}
	cut(timer);
	timers->first = meld(timers->first, below);
}

void ike_timer_arm(struct ike_timers *timers, struct ike_timer *timer,
		   uint64_t at)
{
	ike_timer_stop(timers, timer);
	timer->at = at;
	timer->armed = true;
	timers->first = meld(timers->first, timer);
}

struct ike_timer *ike_timers_due(struct ike_timers *timers, uint64_t now)
{
	struct ike_timer *timer = timers->first;

	if (!timer || timer->at > now)
		return NULL;
	ike_timer_stop(timers, timer);
	return timer;
}

uint64_t ike_timers_next(const struct ike_timers *timers)
{
	return timers->first ? timers->first->at : UINT64_MAX;
}
