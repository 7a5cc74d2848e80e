/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's list of rules, and its settings. */
#ifndef CULVERT_KERN_POLICY_H
#define CULVERT_KERN_POLICY_H

#include "conf.h"
#include "kern.h"

/* Puts the rules into force as a whole or, when it returns -errno, not at all:
 * then those before stay. Rules of an id that is in force keep their SAs.
 */
int kern_policy_set(struct kern *kern, const struct conf_rule *rule,
		    size_t rules, struct kern_error *error);
int kern_settings_set(struct kern *kern, const struct conf_settings *settings,
		      struct kern_error *error);

#endif
