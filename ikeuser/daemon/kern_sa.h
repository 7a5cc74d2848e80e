/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's SAs and what waits for them, in the words of the contract
 * (uapi/culvert.yaml).
 */
#ifndef CULVERT_KERN_SA_H
#define CULVERT_KERN_SA_H

#include "engine.h"
#include "kern.h"

/* An SA that the kernel has, as far as the daemon asks. */
struct kern_sa {
	enum ike_direction direction;
	uint32_t spi;
	uint64_t rule;
	struct ike_address remote;	/* without a port */
	uint64_t age;			/* ms */
	uint64_t quiet;			/* ms since it carried a packet */
	uint64_t octets;
	uint64_t soft_seconds;		/* these: 0, none */
	uint64_t soft_octets;
	uint64_t idle_seconds;
};

/* A protect rule that the kernel has. */
struct kern_rule_state {
	uint64_t rule;
	uint32_t acquires;		/* 0: nothing waits */
};

/* Of an SA that is made from such proposals: bit n for suite n of the contract. */
uint64_t kern_suites(const struct ike_proposals *proposals);

/* All return 0 or -errno, and then have filled error. */

int kern_sa_add(struct kern *kern, const struct ike_sa_spec *sa,
		struct kern_error *error);
int kern_sa_activate(struct kern *kern, const struct ike_sa_spec *sa,
		     struct kern_error *error);
/* sa says where its ends are from now on. */
int kern_sa_move(struct kern *kern, const struct ike_sa_spec *sa,
		 const struct ike_address *was_remote,
		 struct kern_error *error);
int kern_sa_del(struct kern *kern, enum ike_direction direction, uint32_t spi,
		const struct ike_address *remote, struct kern_error *error);
int kern_rule_fail(struct kern *kern, uint64_t rule, struct kern_error *error);

int kern_each_sa(struct kern *kern,
		 void (*tell)(const struct kern_sa *sa, void *arg), void *arg,
		 struct kern_error *error);
int kern_each_rule(struct kern *kern,
		   void (*tell)(const struct kern_rule_state *rule, void *arg),
		   void *arg, struct kern_error *error);

#endif
