/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of the flight recorder, as show events, monitor and why print them. */
#ifndef CULVERT_EVENTS_H
#define CULVERT_EVENTS_H

#include "cli.h"

/* The recorder of a peer, a child, or a rule by its id. */
int events_ask(struct cli *cli, const char *name, struct node **answer);
/* "08:31:14.602 site2 #85/2 SENT: CREATE_CHILD_SA ..." */
void events_print(struct cli *cli, const struct node *event, uint64_t now_ms);

#endif
