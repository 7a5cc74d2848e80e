/* SPDX-License-Identifier: GPL-2.0-only */
/* A message as a list of payloads: from octets, to octets, to a line of text,
 * and the rules which payloads each exchange has. Knows no SA: what a message
 * means to one is not its matter.
 */
#ifndef IKE_MESSAGE_H
#define IKE_MESSAGE_H

#include "buf.h"
#include "payload.h"
#include "proto.h"
#include "reason.h"

struct ike_header {
	uint64_t spi_i;
	uint64_t spi_r;
	uint8_t next;		/* type of the first payload */
	uint8_t major;
	uint8_t minor;
	uint8_t exchange;
	uint8_t flags;		/* IKE_FLAG_* */
	uint32_t id;
	uint32_t length;
};

/* -EINVAL: no IKE message at all, never answered (HEADER_SHORT, HEADER_LENGTH,
 * HEADER_SPI_ZERO). -EPROTONOSUPPORT: another major version (HEADER_VERSION);
 * the header is filled in.
 */
int ike_header_parse(struct ike_header *header, struct ike_bytes datagram,
		     struct ike_fault *fault);
/* Version 2.0. With next and length 0, when they are set later. */
void ike_header_emit(const struct ike_header *header, struct ike_writer *w);
bool ike_header_is_response(const struct ike_header *header);
/* It came from the end that initiated the IKE SA. */
bool ike_header_from_initiator(const struct ike_header *header);

/* Payloads of one message that are kept. A thousand notifications are odd and
 * harmless (the message is 64 KiB at most); unknown payloads do not count.
 */
#define MESSAGE_PAYLOADS_MAX 1024

/* Zeroed, it is empty. */
struct ike_message {
	struct ike_header header;
	struct ike_payload *payload;	/* owned */
	size_t n;
	size_t size;
	size_t skipped;		/* unknown payloads */
	uint8_t unsupported;	/* the critical one among them; 0: none */
	/* Offset of an SK or SKF payload; 0: there is none. It is not in the
	 * list: its contents are added when it was opened.
	 */
	size_t encrypted;
	uint8_t encrypted_type;	/* IKE_PAYLOAD_SK or _SKF */
	struct ike_payload_fragment fragment;	/* of an SKF */
};

void ike_message_clear(struct ike_message *msg);

/* Into a message that is zeroed, and is to be cleared in any case. The datagram
 * must outlive it, and so must what came out of an Encrypted payload. What
 * ike_header_parse() returns, and -EINVAL: malformed, INVALID_SYNTAX to a
 * request; -EOPNOTSUPP: unsupported has the type of an unknown critical payload
 * (PAYLOAD_CRITICAL); -ENOMEM. Before the Encrypted payload was opened anybody
 * can have made it so: dropped, but in IKE_SA_INIT.
 */
int ike_message_parse(struct ike_message *msg, struct ike_bytes datagram,
		      struct ike_fault *fault);
/* Of a message in clear the notifications and the nonce alone: for whoever does not
 * deserve more. What else there is is neither read nor kept.
 */
int ike_message_skim(struct ike_message *msg, struct ike_bytes datagram,
		     struct ike_fault *fault);
/* Adds the chain that was in the Encrypted payload. */
int ike_message_parse_body(struct ike_message *msg, uint8_t first,
			   struct ike_bytes chain, struct ike_fault *fault);

/* The rules of its exchange: each payload as often as it may be there. -EINVAL
 * and a fault if not; -EPROTONOSUPPORT for an exchange without rules. In a
 * response that refuses (an error, or a COOKIE in IKE_SA_INIT) nothing is
 * mandatory, not even AUTH.
 */
int ike_message_check(const struct ike_message *msg, struct ike_fault *fault);
/* The SA payload proposes an IKE SA: in CREATE_CHILD_SA, one that replaces this
 * one (RFC 7296 1.3.2) instead of a Child SA. The rules go by it: a message
 * about an IKE SA has a KE payload and no selectors, any other has selectors.
 */
bool ike_message_is_about_ike(const struct ike_message *msg);

/* The first payload of that type, NULL if there is none. */
const struct ike_payload *ike_message_find(const struct ike_message *msg,
					   uint8_t type);
/* The first sound Notify of that type, NULL if there is none: data of another
 * length than theirs mean nothing, so nobody else has to look at it.
 */
const struct ike_payload_notify *
ike_message_notify(const struct ike_message *msg, uint16_t type);
/* The first Notify that is an error, NULL if there is none. */
const struct ike_payload_notify *
ike_message_error(const struct ike_message *msg);

/* A message to send: payloads go out in the order they were added, with nothing
 * of theirs copied. The returned payload is zeroed but for its type, and good
 * until the next is added; NULL: out of memory.
 */
struct ike_payload *ike_message_add(struct ike_message *msg, uint8_t type);
/* Adds a Notify without an SPI. */
int ike_message_add_notify(struct ike_message *msg, uint16_t type,
			   struct ike_bytes data);
/* The chain of its payloads, which begins with type ike_message_first(): to be
 * sealed. Errors are the writer's.
 */
uint8_t ike_message_first(const struct ike_message *msg);
void ike_message_emit_chain(const struct ike_message *msg,
			    struct ike_writer *w);
/* All of it, in clear. */
void ike_message_emit(const struct ike_message *msg, struct ike_writer *w);

/* "IKE_AUTH request 1 [IDi AUTH SA TSi TSr N(INITIAL_CONTACT)]" */
void ike_message_print(const struct ike_message *msg, struct ike_text *t);
void ike_fault_print(const struct ike_fault *fault, struct ike_text *t);

#endif
