/* SPDX-License-Identifier: GPL-2.0-only */
/* The payloads of IKEv2 (RFC 7296 3.3 to 3.15): what stands behind the generic
 * header of each, read, written and printed by one table. Knows no order and no
 * exchange.
 *
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Payload  |C|  RESERVED   |         Payload Length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
#ifndef IKE_PAYLOAD_H
#define IKE_PAYLOAD_H

#include "buf.h"
#include "id.h"
#include "proposal.h"
#include "proto.h"
#include "reason.h"
#include "ts.h"

struct ike_payload_ke {
	uint16_t group;
	struct ike_bytes data;
};

struct ike_payload_cert {	/* CERT and CERTREQ */
	uint8_t encoding;
	struct ike_bytes data;
};

struct ike_payload_auth {
	uint8_t method;
	struct ike_bytes data;
};

struct ike_payload_notify {
	uint8_t protocol;	/* 0 without an SPI */
	uint16_t type;		/* IKE_NOTIFY_* */
	struct ike_bytes spi;
	struct ike_bytes data;
};

struct ike_payload_delete {
	uint8_t protocol;
	uint16_t n;
	struct ike_bytes spis;	/* n * 4 octets; none for an IKE SA */
};

struct ike_payload_fragment {	/* SKF */
	uint16_t number;
	uint16_t total;
};

/* One payload of a message. Octets are borrowed from the message when it was
 * parsed, and from whoever made it when it is to be sent.
 */
struct ike_payload {
	uint8_t type;		/* IKE_PAYLOAD_* */
	bool critical;		/* as it was received; never sent */
	bool clear;		/* was beside an Encrypted payload, not in it */
	size_t offset;		/* of its generic header */
	struct ike_bytes body;	/* behind its generic header, as received */
	union {
		struct ike_proposals sa;		/* owned */
		struct ike_payload_ke ke;
		struct ike_id id;			/* IDi, IDr */
		struct ike_payload_cert cert;		/* CERT, CERTREQ */
		struct ike_payload_auth auth;
		struct ike_bytes data;			/* NONCE, V, CP */
		struct ike_payload_notify notify;
		struct ike_payload_delete delete;
		struct ike_ts_list ts;			/* TSi, TSr; owned */
		struct ike_payload_fragment fragment;	/* SKF */
	};
};

/* A row of the table. parse: -EINVAL and a fault, or -ENOMEM. emit: the body.
 * Those that may be NULL: print, clear.
 */
struct ike_payload_kind {
	uint8_t type;
	int (*parse)(struct ike_payload *payload, struct ike_fault *fault);
	void (*emit)(const struct ike_payload *payload, struct ike_writer *w);
	void (*print)(const struct ike_payload *payload, struct ike_text *t);
	void (*clear)(struct ike_payload *payload);
};

/* NULL: a type that is unknown here, to be skipped unless it is critical. */
const struct ike_payload_kind *ike_payload_find(uint8_t type);

/* From its type and body. */
int ike_payload_parse(struct ike_payload *payload, struct ike_fault *fault);
/* With its generic header. */
void ike_payload_emit(const struct ike_payload *payload, uint8_t next,
		      struct ike_writer *w);
void ike_payload_print(const struct ike_payload *payload, struct ike_text *t);
void ike_payload_clear(struct ike_payload *payload);

/* SPI number i, from 0, of an ESP or AH Delete. */
uint32_t ike_payload_delete_spi(const struct ike_payload_delete *delete,
				size_t i);
bool ike_payload_notify_is_error(const struct ike_payload_notify *notify);
/* Its data are as long as data of this type are. */
bool ike_payload_notify_is_sound(const struct ike_payload_notify *notify);

#endif
