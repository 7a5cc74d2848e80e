/* SPDX-License-Identifier: GPL-2.0-only */
/* Why: a stable code for everything that can go wrong or be decided, given once
 * and nearest to the cause. A code is never renamed or reused, since operators
 * and tests match on it; a new one is a new row.
 */
#ifndef IKE_REASON_H
#define IKE_REASON_H

#include <stddef.h>
#include <stdint.h>

/* {code, sentence}, by the file that gives it. */
#define IKE_REASONS(X) \
	X(NONE, "nothing went wrong") \
	X(NO_MEMORY, "out of memory") \
	/* message.c: the header */ \
	X(HEADER_SHORT, "the datagram is shorter than an IKE header") \
	X(HEADER_LENGTH, "Length is not that of the datagram") \
	X(HEADER_VERSION, "the major version is not 2") \
	X(HEADER_SPI_ZERO, "the initiator's SPI is zero") \
	/* message.c: the chain of payloads */ \
	X(PAYLOAD_SHORT, "the message ends inside a payload") \
	X(PAYLOAD_LENGTH, "a Payload Length is below 4 or past the end") \
	X(CHAIN_EARLY, "the chain of payloads ends before the message does") \
	X(PAYLOADS_MANY, "more payloads than are kept") \
	X(PAYLOAD_CRITICAL, "an unknown payload is critical") \
	X(SK_NOT_LAST, "octets follow the Encrypted payload") \
	X(SK_NESTED, "an Encrypted payload inside an Encrypted payload") \
	/* message.c: the rules of each exchange */ \
	X(EXCHANGE_UNKNOWN, "no such exchange") \
	X(PAYLOAD_MISSING, "a mandatory payload is missing") \
	X(PAYLOAD_REPEATED, "a payload is there too often") \
	X(PAYLOAD_UNEXPECTED, "a payload has no place in this exchange") \
	X(PAYLOAD_CLEAR, "a payload is outside of the Encrypted payload") \
	/* payload.c */ \
	X(KE_SHORT, "a KE payload has no room for its group") \
	X(ID_SHORT, "an ID payload has no room for its type") \
	X(ID_TYPE, "an ID payload of the reserved type 0") \
	X(ID_LENGTH, "an address in an ID payload has the wrong length") \
	X(CERT_SHORT, "a CERT or CERTREQ payload has no encoding") \
	X(AUTH_SHORT, "an AUTH payload has no room for its method") \
	X(NONCE_LENGTH, "a nonce has less than 16 or more than 256 octets") \
	X(NOTIFY_LENGTH, "a Notify payload ends inside its header or SPI") \
	X(DELETE_LENGTH, "a Delete payload has not as many SPIs as it says") \
	X(DELETE_PROTOCOL, "a Delete payload for no protocol that has SPIs") \
	X(FRAGMENT_SHORT, "a fragment has no room for its number") \
	/* proposal.c: the wire */ \
	X(SA_EMPTY, "an SA payload without a proposal") \
	X(PROPOSAL_LENGTH, "a proposal ends inside or past what it says") \
	X(PROPOSAL_MORE, "Last Substruc of a proposal contradicts the length") \
	X(PROPOSAL_NUMBER, "proposals are not numbered from 1, by 1") \
	X(TRANSFORM_LENGTH, "a transform ends inside or past what it says") \
	X(TRANSFORM_MORE, "a transform's Last Substruc contradicts lengths") \
	X(TRANSFORM_COUNT, "a proposal has not as many transforms as it says") \
	X(ATTRIBUTE_LENGTH, "a transform attribute passes its transform") \
	/* ts.c: the wire */ \
	X(TS_COUNT, "a TS payload has not as many selectors as it says") \
	X(TS_LENGTH, "a traffic selector has the wrong length for its type") \
	X(TS_RANGE, "a traffic selector ends before it starts") \
	/* engine.c: what arrives */ \
	X(MARKER_MISSING, "on port 4500, no zero marker precedes the message") \
	X(KEEPALIVE, "a NAT keepalive") \
	X(SPI_UNKNOWN, "no IKE SA has these SPIs") \
	X(SPI_WRONG, "the other end's SPI is not that of the IKE SA") \
	X(ROLE_WRONG, "the Initiator flag is not the peer's") \
	X(ID_STALE, "a Message ID outside of the window") \
	X(REQUEST_REPEATED, "the request was answered before") \
	X(REQUEST_DIFFERS, "another request had this Message ID") \
	X(RESPONSE_UNASKED, "a response to nothing that was asked") \
	X(EXCHANGE_UNEXPECTED, "the exchange has no place in this state") \
	X(NOT_ENCRYPTED, "a message of an IKE SA in clear") \
	X(FRAGMENTS_LATE, "the other fragments of a message never came") \
	/* fsm.c */ \
	X(STATE_REFUSES, "no row for this step in this state") \
	/* init.c, auth_ex.c */ \
	X(PEER_UNKNOWN, "no peer is configured for these addresses") \
	X(IDENTITY_UNKNOWN, "no peer is configured for these identities") \
	X(IDENTITY_WRONG, "the peer is not who is configured") \
	X(NO_PROPOSAL, "the proposals have nothing in common") \
	X(ANSWER_UNOFFERED, "the answer is none of our proposals") \
	X(KE_GROUP, "the KE payload is for another group") \
	X(KE_ENDLESS, "one group after another is asked for") \
	X(KE_UNOFFERED, "a group is asked for that we did not propose") \
	X(COOKIE_ENDLESS, "one cookie after another is asked for") \
	X(COOKIE_LENGTH, "a cookie has none or more than 64 octets") \
	X(COOKIE_ASKED, "too many are half open: a cookie is asked for") \
	X(HALF_OPEN_FULL, "too many IKE SAs are half open") \
	X(REFLECTED, "what we sent came back as if it were the peer's") \
	/* child.c */ \
	X(TS_UNACCEPTABLE, "the traffic selectors have nothing in common") \
	X(TS_WIDER, "the answer has selectors that were not offered") \
	X(TS_NARROWER, "a rekeyed SA would be narrower") \
	X(TS_MANY, "more traffic selectors than an SA takes: the last are left out") \
	X(MODE_UNACCEPTABLE, "one end wants transport mode, the other not") \
	X(TRANSPORT_NAT, "transport mode through a NAT is not done: use tunnel mode") \
	X(CHILD_UNKNOWN, "no Child SA has this SPI") \
	X(CHILD_CLOSING, "the Child SA is being closed") \
	X(IKE_REKEYING, "the IKE SA is being rekeyed") \
	X(IKE_CLOSING, "the IKE SA is being closed") \
	X(CHILDREN_BUSY, "a Child SA is being made or closed") \
	X(CHILDREN_MANY, "more Child SAs than one peer may have") \
	X(PFS_UNPROVEN, "no rekey with a Key Exchange succeeds: it ends with its lifetime") \
	X(COLLISION_WON, "both ends made one; the peer's had the lowest nonce") \
	X(COLLISION_LOST, "both ends made one; ours had the lowest nonce") \
	/* engine.c: ends */ \
	X(PEER_REFUSED, "the peer answered with an error") \
	X(PEER_BUSY, "the peer asks for patience") \
	X(NO_ROUTE, "there is no way to the peer, or its address is not known") \
	X(PEER_FULL, "the peer takes no more Child SAs") \
	X(NO_ANSWER, "the peer does not answer") \
	X(PEER_DELETED, "the peer closed it") \
	X(PEER_RESTARTED, "the peer says that it knows of no other IKE SA") \
	X(HALF_OPEN_EXPIRED, "the peer did not go on") \
	X(LIFETIME, "its lifetime ended") \
	X(IDLE, "it carried nothing for long") \
	X(REPLACED, "another one replaced it") \
	X(OPERATOR, "the operator asked for it") \
	X(RECONFIGURED, "its configuration changed") \
	X(RESUMED, "it goes on where it was before a restart") \
	X(JOURNAL_DAMAGED, "what was kept of it cannot be read") \
	X(JOURNAL_STALE, "what was kept of it is of another configuration") \
	X(RULE_UNKNOWN, "no peer is configured for this rule") \
	X(KERNEL_REFUSED, "the kernel refused the SA") \
	X(IDS_USED_UP, "the Message IDs are used up") \
	X(INTERNAL, "an error of this end") \
	/* crypto.c */ \
	X(CRYPTO_REFUSED, "libcrypto refuses the algorithm") \
	X(KE_LENGTH, "Key Exchange Data has not the length of its group") \
	X(KE_VALUE, "Key Exchange Data is no valid value of its group") \
	/* sk.c */ \
	X(SK_LENGTH, "an Encrypted payload of a length the suite cannot make") \
	X(SK_ICV, "the integrity check failed") \
	X(SK_PADDING, "the padding is longer than what was encrypted") \
	/* frag.c */ \
	X(FRAGMENT_NUMBER, "a fragment number is zero or above the total") \
	X(FRAGMENT_NEXT, "only the first fragment may name a payload") \
	X(FRAGMENT_TOTAL, "a total number of fragments below the one before") \
	X(FRAGMENT_REPEATED, "that fragment is there already") \
	X(FRAGMENT_CAP, "more fragments or octets than are kept") \
	/* auth.c */ \
	X(AUTH_METHOD, "no such authentication method here") \
	X(AUTH_NO_KEY, "there is no key for that authentication method") \
	X(AUTH_WRONG, "the AUTH payload does not prove the identity")

enum ike_reason {
#define IKE_ROW_REASON(name, sentence) IKE_REASON_##name,
	IKE_REASONS(IKE_ROW_REASON)
	IKE_REASON_COUNT
};

/* The stable code, such as "PAYLOAD_LENGTH", and its sentence. */
const char *ike_reason_code(enum ike_reason reason);
const char *ike_reason_sentence(enum ike_reason reason);

/* What was wrong with octets from a peer, and where. */
struct ike_fault {
	enum ike_reason reason;
	uint8_t payload;	/* its type, 0: the header */
	uint32_t number;	/* the value that was wrong */
	size_t offset;		/* of the payload, in what was parsed */
};

/* Says what was wrong, and returns err. */
int ike_fault_set(struct ike_fault *fault, int err, enum ike_reason reason,
		  uint32_t number);

#endif
