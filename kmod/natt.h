/* SPDX-License-Identifier: GPL-2.0-only */
/* Pairs of gateways between which ESP goes in UDP (RFC 3948). */
#ifndef CULVERT_NATT_H
#define CULVERT_NATT_H

#include "sa.h"

int culvert_natt_net_init(struct culvert_net *cn);
/* No SA is left. */
void culvert_natt_net_exit(struct culvert_net *cn);

/* An SA goes between these, or does not any more; nothing happens if it is not in
 * UDP. As many removes as adds. Under cn->lock. 0 or -ENOMEM.
 */
int culvert_natt_add(struct culvert_net *cn,
		     const struct culvert_endpoints *to);
void culvert_natt_remove(struct culvert_net *cn,
			 const struct culvert_endpoints *to);

/* Is it a UDP packet, or part of one, between such gateways? Under RCU. */
bool culvert_natt_is_between(struct culvert_net *cn,
			     const struct culvert_flow *flow);

#endif
