/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages as a test writes them down: payloads by type and hexadecimal body.
 * All octets lie in memory of exactly their size, so that the sanitizer sees
 * every read past their end.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "message.h"

/* Frees all that the functions below gave; a cmocka teardown. */
int wire_free(void **state);

/* Blanks in hex are for the eye. */
struct ike_bytes wire_hex(const char *hex);
struct ike_bytes wire_copy(struct ike_bytes bytes);
/* len octets, all the same. */
struct ike_bytes wire_fill(uint8_t octet, size_t len);

struct wire_payload {
	uint8_t type;
	const char *body;
	bool critical;
};

struct ike_bytes wire_chain(const struct wire_payload *payload, size_t n);

/* The payloads of one message, with its header; the SPIs are not zero. */
struct wire_message {
	uint8_t exchange;
	bool response;
	const struct wire_payload *payload;
	size_t n;
};

#define WIRE_MESSAGE(exchange, response, payloads) \
	{ exchange, response, payloads, sizeof(payloads) / sizeof(payloads[0]) }

/* A message of each kind as it should be: IKE_SA_INIT, IKE_AUTH,
 * CREATE_CHILD_SA for a Child SA and for an IKE SA, INFORMATIONAL, each of them
 * request and response.
 */
#define WIRE_MESSAGES 10
extern const struct wire_message wire_messages[WIRE_MESSAGES];
/* And a payload of each type that is not encrypted. */
#define WIRE_PAYLOADS 15
extern const struct wire_payload wire_payloads[WIRE_PAYLOADS];

struct ike_bytes wire_message(const struct wire_message *message);

/* Parses it as it comes in: for exchanges other than IKE_SA_INIT as if its
 * chain had been in an SK payload. msg is to be cleared.
 */
int wire_receive(const struct wire_message *message, struct ike_message *msg,
		 struct ike_fault *fault);

/* Receives it and applies the rules. */
int wire_check(const struct wire_message *message, struct ike_fault *fault);
void assert_refused(const struct wire_message *message,
		    enum ike_reason reason, uint8_t payload);
void assert_accepted(const struct wire_message *message);

/* A message whose payloads may be changed. */
#define WIRE_EDITED_MAX 8

struct wire_edited {
	struct wire_message message;
	struct wire_payload payload[WIRE_EDITED_MAX];
};

void wire_edit(struct wire_edited *edited, const struct wire_message *message);
void wire_add(struct wire_edited *edited, uint8_t type, const char *body);

/* Bodies that are right. */
#define WIRE_SA_IKE \
	"0000002c 01010004 0300000c 0100000c 800e0100 03000008 02000005" \
	"03000008 0300000c 00000008 0400000e"
#define WIRE_SA_ESP \
	"00000028 01030403 c1c2c3c4 0300000c 0100000c 800e0100" \
	"03000008 0300000c 00000008 05000000"
#define WIRE_KE "000e0000 aabbccdd"
#define WIRE_NONCE "000102030405060708090a0b0c0d0e0f"
#define WIRE_ID "02000000 67772e6578616d706c65"		/* gw.example */
#define WIRE_AUTH "02000000 00112233445566778899aabbccddeeff"
#define WIRE_TS "01000000 07000010 0000ffff 0a000000 0a0000ff"
#define WIRE_CERT "04 3000"
#define WIRE_NOTIFY "0000 4000"				/* INITIAL_CONTACT */
#define WIRE_DELETE "03040001 c1c2c3c4"

#endif
