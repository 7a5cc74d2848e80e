/* SPDX-License-Identifier: GPL-2.0-only */
/* From the kernel's events to those of the engine. */
#ifndef CULVERT_KERN_EVENT_H
#define CULVERT_KERN_EVENT_H

#include "engine.h"

struct nlattr;

/* Fills event, but for the time. -ENOENT: nothing that an engine acts on;
 * -EBADMSG: an attribute is missing or of a wrong length. Borrows attrs, each of
 * which is whole.
 */
int kern_event_read(uint8_t command, const struct nlattr *attrs, int len,
		    struct ike_event *event);

#endif
