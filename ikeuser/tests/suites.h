/* SPDX-License-Identifier: GPL-2.0-only */
/* One suite of each kind that can protect IKE messages, with keys that are the
 * same in every run.
 */
#ifndef SUITES_H
#define SUITES_H

#include "keymat.h"
#include "sk.h"

#define SUITES 8

struct protection {
	struct ike_suite suite;
	struct ike_keys keys;
	struct ike_sk i;	/* what the initiator of the IKE SA sends */
	struct ike_sk r;
};

/* For a number below SUITES; fails the test when there is an error. */
void protection_make(struct protection *p, size_t suite);
void protection_clear(struct protection *p);

#endif
