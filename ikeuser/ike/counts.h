/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted of messages and rekeyings, of an engine and of each of its
 * peers. A repeated message counts once. The names are strongSwan's.
 */
#ifndef IKE_COUNTS_H
#define IKE_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* Exchanges have four: what came in or went out, a request or a response. */
#define IKE_COUNTS(X) \
	X(IKE_REKEY_INIT, "ike-rekey-init") \
	X(IKE_REKEY_RESP, "ike-rekey-resp") \
	X(CHILD_REKEY, "child-rekey") \
	X(INVALID, "invalid") \
	X(INVALID_SPI, "invalid-spi") \
	X(INIT_IN_REQ, "ike-init-in-req") \
	X(INIT_IN_RESP, "ike-init-in-resp") \
	X(INIT_OUT_REQ, "ike-init-out-req") \
	X(INIT_OUT_RESP, "ike-init-out-resp") \
	X(AUTH_IN_REQ, "ike-auth-in-req") \
	X(AUTH_IN_RESP, "ike-auth-in-resp") \
	X(AUTH_OUT_REQ, "ike-auth-out-req") \
	X(AUTH_OUT_RESP, "ike-auth-out-resp") \
	X(CREATE_IN_REQ, "create-child-in-req") \
	X(CREATE_IN_RESP, "create-child-in-resp") \
	X(CREATE_OUT_REQ, "create-child-out-req") \
	X(CREATE_OUT_RESP, "create-child-out-resp") \
	X(INFO_IN_REQ, "info-in-req") \
	X(INFO_IN_RESP, "info-in-resp") \
	X(INFO_OUT_REQ, "info-out-req") \
	X(INFO_OUT_RESP, "info-out-resp")

enum ike_count {
#define IKE_ROW_COUNT(count, name) IKE_COUNT_##count,
	IKE_COUNTS(IKE_ROW_COUNT)
#undef IKE_ROW_COUNT
	IKE_COUNT_COUNT
};

/* Zeroed, nothing happened. */
struct ike_counts {
	uint64_t n[IKE_COUNT_COUNT];
};

const char *ike_count_name(enum ike_count count);
/* Of a message; IKE_COUNT_COUNT: of that exchange nothing is counted. */
enum ike_count ike_count_of(uint8_t exchange, bool out, bool response);

#endif
