/* SPDX-License-Identifier: GPL-2.0-only */
/* Proposals (RFC 7296 3.3): what two ends can agree on, read from an SA payload
 * or from a configuration, compared, chosen, printed. Knows the numbers of
 * algorithms, not how they work.
 */
#ifndef IKE_PROPOSAL_H
#define IKE_PROPOSAL_H

#include "buf.h"
#include "proto.h"
#include "reason.h"

struct ike_transform {
	uint8_t type;		/* IKE_TRANSFORM_* */
	bool unknown;		/* its attributes are none that we understand */
	uint16_t id;
	uint16_t bits;		/* Key Length; 0: there is none */
};

struct ike_proposal {
	uint8_t number;		/* from 1 */
	uint8_t protocol;	/* IKE_PROTOCOL_* */
	/* Has a transform type that we do not know, or an SPI longer than any:
	 * that one is not kept.
	 */
	bool unknown;
	uint8_t spi_len;
	uint64_t spi;
	struct ike_transform *transform;	/* owned */
	size_t n;
};

/* Proposal Num has one octet and starts with 1; so many transforms are counted
 * in one octet.
 */
#define PROPOSALS_MAX 255
#define TRANSFORMS_MAX 255

/* Zeroed, it is empty. */
struct ike_proposals {
	struct ike_proposal *proposal;		/* owned */
	size_t n;
};

void ike_proposals_clear(struct ike_proposals *list);
int ike_proposals_copy(struct ike_proposals *list,
		       const struct ike_proposals *from);

/* The body of an SA payload. -EINVAL and a fault: malformed as a whole. What is
 * well formed and not understood is marked, since it costs no more than its own
 * transform or proposal (RFC 7296 3.3.6). Numbers go up by 1; an offer begins
 * with 1, which ike_message_check() sees to.
 */
int ike_proposals_parse(struct ike_proposals *list, struct ike_bytes body,
			struct ike_fault *fault);
void ike_proposals_emit(const struct ike_proposals *list,
			struct ike_writer *w);
/* The SPI that all of them are to be sent with; len is 0, 4 or 8. */
void ike_proposals_set_spi(struct ike_proposals *list, uint64_t spi,
			   uint8_t len);
/* Drops the transforms of one type: the groups, of what is to be proposed for a
 * Child SA in IKE_AUTH (RFC 7296 1.2).
 */
void ike_proposals_drop(struct ike_proposals *list, uint8_t type);

/* From strongSwan's proposal strings, in the order of preference:
 * "aes256-sha256-modp2048, aes128gcm16-prfsha256-ecp256", or "default".
 * -EINVAL: refused, error says which word and why. weak: the words that an
 * operator is to be warned of, empty if there are none.
 */
int ike_proposals_parse_text(struct ike_proposals *list, uint8_t protocol,
			     const char *text, struct ike_text *weak,
			     struct ike_text *error);
/* The words there are for a protocol, by number: NULL: no more; "": one that is not
 * for it.
 */
const char *ike_proposal_word(size_t i, uint8_t protocol);
/* In the same words. What has none is printed by its name or numbers. */
void ike_transform_print(const struct ike_transform *transform,
			 struct ike_text *t);
void ike_proposal_print(const struct ike_proposal *proposal,
			struct ike_text *t);
void ike_proposals_print(const struct ike_proposals *list, struct ike_text *t);

/* Whether any of them has that group; the first group of them all (0: none has
 * one), for the first KE payload.
 */
bool ike_proposals_have_group(const struct ike_proposals *list,
			      uint16_t group);
uint16_t ike_proposals_first_group(const struct ike_proposals *list);

/* What was agreed on: of each transform type one at the most. */
struct ike_chosen {
	uint8_t number;		/* Proposal Num in the offer */
	uint8_t protocol;
	uint8_t spi_len;
	uint64_t spi;		/* the peer's */
	size_t n;
	struct ike_transform transform[IKE_TRANSFORM_ESN];
};

/* NULL: no transform of that type was agreed on. */
const struct ike_transform *ike_chosen_find(const struct ike_chosen *chosen,
					    uint8_t type);
/* Its ID, 0 (NONE, no ESN) if there is no such transform; its Key Length. */
uint16_t ike_chosen_id(const struct ike_chosen *chosen, uint8_t type);
uint16_t ike_chosen_bits(const struct ike_chosen *chosen, uint8_t type);
void ike_chosen_print(const struct ike_chosen *chosen, struct ike_text *t);
/* The answer: a list with this one proposal, and our SPI of the same length. */
int ike_chosen_answer(const struct ike_chosen *chosen, uint64_t spi,
		      struct ike_proposals *list);

/* Whose order counts when several proposals or transforms would do. */
enum ike_prefer {
	IKE_PREFER_OURS,
	IKE_PREFER_THEIRS,
};

struct ike_negotiation {
	uint8_t protocol;
	uint8_t spi_len;	/* 0 in IKE_SA_INIT; 8 for an IKE SA; 4 */
	bool no_ke;		/* IKE_AUTH: there is no KE payload, and groups
				 * mean nothing
				 */
	enum ike_prefer prefer;	/* of a responder */
};

/* For the story, when nothing was chosen: the two proposals that were closest,
 * and the transform types in which they have nothing in common.
 */
struct ike_difference {
	const struct ike_proposal *theirs;	/* NULL: none to compare */
	const struct ike_proposal *ours;
	uint8_t types;				/* bits 1 << type */
};

/* The responder's choice. -ENOENT: NO_PROPOSAL_CHOSEN, and the difference. */
int ike_proposals_choose(const struct ike_proposals *offer,
			 const struct ike_proposals *policy,
			 const struct ike_negotiation *negotiation,
			 struct ike_chosen *chosen,
			 struct ike_difference *difference);
/* The initiator's check of the answer: one proposal, which we offered under
 * that number, with one transform of each of its types, unchanged (RFC 7296
 * 2.7, 3.3.6). -EPROTO: it is not, and the difference.
 */
int ike_proposals_verify(const struct ike_proposals *answer,
			 const struct ike_proposals *offer,
			 const struct ike_negotiation *negotiation,
			 struct ike_chosen *chosen,
			 struct ike_difference *difference);
/* "ENCR: theirs aes128, ours aes256; DH: theirs modp1024, ours modp2048" */
void ike_difference_print(const struct ike_difference *difference,
			  struct ike_text *t);

#endif
