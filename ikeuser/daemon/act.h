/* SPDX-License-Identifier: GPL-2.0-only */
/* Performs what the engine decided. */
#ifndef CULVERT_ACT_H
#define CULVERT_ACT_H

#include "engine.h"
#include "journal.h"
#include "kern.h"
#include "keys.h"
#include "udp.h"

struct act {
	struct kern *kern;		/* both borrowed */
	const struct udp *udp;
	struct journal *journal;	/* borrowed; NULL: nothing is kept */
	struct keys *keys;		/* borrowed; NULL: nor are keys of ESP */
	/* The kernel refused an SA: an event for the engine, without a time. It
	 * is to be given after the actions are done, not from within.
	 */
	void (*refused)(const struct ike_event *event, void *arg);
	/* A rule sends through a new SA. */
	void (*activated)(uint64_t rule, void *arg);
	void *arg;
};

/* All of them, in their order. What fails is told in the log. */
void act_perform(const struct act *act, const struct ike_actions *actions);

#endif
