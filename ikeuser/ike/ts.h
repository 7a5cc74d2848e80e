/* SPDX-License-Identifier: GPL-2.0-only */
/* Traffic selectors (RFC 7296 2.9, 3.13): sets of packets that are boxes of
 * addresses, ports and a protocol. Knows how they are written and narrowed, not
 * which rule they belong to.
 */
#ifndef IKE_TS_H
#define IKE_TS_H

#include "buf.h"
#include "proto.h"
#include "reason.h"

#define TS_ADDRESS_MAX 16

struct ike_ts {
	uint8_t type;		/* IKE_TS_IPV4_ or IPV6_ADDR_RANGE */
	uint8_t protocol;	/* 0: any */
	/* 0 to 65535: ANY. 65535 to 0: OPAQUE, packets without ports; ANY
	 * includes them (RFC 4301 4.4.1.1). ICMP: type << 8 | code.
	 */
	uint16_t port_first;
	uint16_t port_last;
	uint8_t first[TS_ADDRESS_MAX];	/* network order; IPv4 uses 4 */
	uint8_t last[TS_ADDRESS_MAX];
};

/* Number of TSs has one octet. */
#define TS_MAX 255

/* Zeroed, it is empty. */
struct ike_ts_list {
	struct ike_ts *ts;	/* owned */
	size_t n;
	/* The peer sent this many more, of types that are not known here. */
	size_t unknown;
};

void ike_ts_list_clear(struct ike_ts_list *list);
int ike_ts_list_copy(struct ike_ts_list *list, const struct ike_ts_list *from);
/* -E2BIG: a list has no more than TS_MAX. */
int ike_ts_list_add(struct ike_ts_list *list, const struct ike_ts *ts);

/* The body of a TSi or TSr payload. -EINVAL and a fault: malformed. */
int ike_ts_list_parse(struct ike_ts_list *list, struct ike_bytes body,
		      struct ike_fault *fault);
void ike_ts_list_emit(const struct ike_ts_list *list, struct ike_writer *w);

/* From text: "10.0.0.0/24", "10.0.0.1-10.0.0.9", "2001:db8::/64" or one
 * address, and behind it what of it: "[tcp]", "[tcp/443]", "[17/1000-2000]",
 * "[/opaque]". -EINVAL: not that.
 */
int ike_ts_parse(struct ike_ts *ts, const char *text);
void ike_ts_print(const struct ike_ts *ts, struct ike_text *t);
void ike_ts_list_print(const struct ike_ts_list *list, struct ike_text *t);

size_t ike_ts_address_len(const struct ike_ts *ts);
bool ike_ts_equal(const struct ike_ts *a, const struct ike_ts *b);
/* Every packet of inner is one of outer. */
bool ike_ts_covers(const struct ike_ts *outer, const struct ike_ts *inner);
/* What both select; false if there is no such packet. */
bool ike_ts_intersect(const struct ike_ts *a, const struct ike_ts *b,
		      struct ike_ts *both);

/* Every packet of inner is one of outer, through one of its selectors or
 * another: the test of a narrowed answer, and of a rekey, which is never
 * narrower than the SA it replaces (RFC 7296 2.9.2).
 */
bool ike_ts_list_covers(const struct ike_ts_list *outer,
			const struct ike_ts_list *inner);
/* Both lists select the same packets. */
bool ike_ts_list_same(const struct ike_ts_list *a, const struct ike_ts_list *b);

/* The responder's answer: what of the offer the policy allows, in the order of
 * the offer, so that it includes what is allowed of the first choice (RFC 7296
 * 2.9). -ENOENT: nothing, TS_UNACCEPTABLE.
 */
int ike_ts_narrow(const struct ike_ts_list *offer,
		  const struct ike_ts_list *policy,
		  struct ike_ts_list *answer);
/* To no more than max pairs of a local and a remote selector of one family: the
 * first ones stay, the last ones go. True: something went.
 */
bool ike_ts_fit(struct ike_ts_list *local, struct ike_ts_list *remote,
		size_t max);

#endif
