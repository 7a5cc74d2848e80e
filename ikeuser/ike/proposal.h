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
	bool unknown;		/* has an attribute we do not understand */
	uint16_t id;
	uint16_t bits;		/* Key Length; 0: there is none */
};

struct ike_proposal {
	uint8_t number;		/* from 1 */
	uint8_t protocol;	/* IKE_PROTOCOL_* */
	uint8_t spi_len;	/* as it was received; spi has at most 8 octets */
	bool unknown;		/* never chosen: a transform type, a protocol or
				 * an SPI size that is not known here
				 */
	uint64_t spi;
	size_t n;
	struct ike_transform *transform;	/* in the list's memory */
};

/* Proposal Num has one octet and starts with 1. */
#define PROPOSALS_MAX 255

/* Zeroed, it is empty. */
struct ike_proposals {
	struct ike_proposal *proposal;		/* owned */
	size_t n;
	struct ike_transform *transforms;	/* owned, of all of them */
};

void ike_proposals_clear(struct ike_proposals *list);
int ike_proposals_copy(struct ike_proposals *list,
		       const struct ike_proposals *from);

/* The body of an SA payload. -EINVAL and a fault: malformed as a whole. What is
 * well formed and not understood is marked, since it costs no more than its own
 * transform or proposal (RFC 7296 3.3.6).
 */
int ike_proposals_parse(struct ike_proposals *list, struct ike_bytes body,
			struct ike_fault *fault);
void ike_proposals_emit(const struct ike_proposals *list, struct ike_writer *w);
/* The SPI that all of them are to be sent with; len is 0, 4 or 8. */
void ike_proposals_set_spi(struct ike_proposals *list, uint64_t spi,
			   uint8_t len);

/* From strongSwan's proposal strings, in the order of preference:
 * "aes256-sha256-modp2048, aes128gcm16-prfsha256-ecp256", or "default". weak:
 * what is to be said to the operator, cleared when there is nothing; may be
 * NULL. error: why it is refused (-EINVAL), with the word that is wrong.
 */
int ike_proposals_parse_text(struct ike_proposals *list, uint8_t protocol,
			     const char *text, struct ike_text *weak,
			     struct ike_text *error);
void ike_proposal_print(const struct ike_proposal *proposal,
			struct ike_text *t);
void ike_proposals_print(const struct ike_proposals *list, struct ike_text *t);
/* The word of strongSwan's proposal strings for one transform. */
void ike_transform_print(const struct ike_transform *transform,
			 struct ike_text *t);

/* Of each transform type one at the most: what was agreed on. */
struct ike_chosen {
	uint8_t number;		/* Proposal Num in the offer */
	uint8_t protocol;
	uint8_t spi_len;
	uint64_t spi;		/* of the end whose proposal it was */
	size_t n;
	struct ike_transform transform[IKE_TRANSFORM_ESN];
};

/* NULL: no transform of that type was agreed on. */
const struct ike_transform *ike_chosen_find(const struct ike_chosen *chosen,
					    uint8_t type);
/* Its ID, 0 (NONE, no ESN) if there is no such transform; its Key Length. */
uint16_t ike_chosen_id(const struct ike_chosen *chosen, uint8_t type);
uint16_t ike_chosen_bits(const struct ike_chosen *chosen, uint8_t type);
bool ike_chosen_equal(const struct ike_chosen *a, const struct ike_chosen *b);
void ike_chosen_print(const struct ike_chosen *chosen, struct ike_text *t);
/* Writes it as the one proposal of an SA payload, with that SPI. */
void ike_chosen_emit(const struct ike_chosen *chosen, uint64_t spi,
		     uint8_t spi_len, struct ike_writer *w);

/* Whose order counts when several proposals would do. */
enum ike_prefer {
	IKE_PREFER_OURS,
	IKE_PREFER_THEIRS,
};

/* What a DH transform means in this exchange. */
enum ike_dh_rule {
	IKE_DH_WANTED,		/* IKE SA: one, and not NONE */
	IKE_DH_BY_POLICY,	/* CREATE_CHILD_SA: as the policy says */
	IKE_DH_IGNORED,		/* Child SA in IKE_AUTH: there is no KE payload */
};

/* For the story, when nothing was chosen: how far the best pair of proposals
 * came. For each transform type in which they had nothing in common, what was
 * offered and what is configured.
 */
struct ike_difference {
	uint8_t offered;	/* Proposal Num of the closest one; 0: none */
	uint8_t configured;
	uint8_t types;		/* bit 1 << type */
};

/* The responder's choice. -ENOENT: NO_PROPOSAL_CHOSEN, and how. */
int ike_proposals_choose(const struct ike_proposals *offer,
			 const struct ike_proposals *policy,
			 uint8_t protocol, enum ike_prefer prefer,
			 enum ike_dh_rule dh, struct ike_chosen *chosen,
			 struct ike_difference *difference);
/* The initiator's check of the answer: one proposal, which we offered under that
 * number, with one transform of each of its types, unchanged (RFC 7296 2.7,
 * 3.3.6). -EPROTO: it is not, and difference.types has where.
 */
int ike_proposals_verify(const struct ike_proposals *answer,
			 const struct ike_proposals *offer,
			 enum ike_dh_rule dh, struct ike_chosen *chosen,
			 struct ike_difference *difference);
/* Whether any of them names that group; the first one that does not say NONE, for
 * the first KE payload (0: none).
 */
bool ike_proposals_have_group(const struct ike_proposals *list, uint16_t group);
uint16_t ike_proposals_first_group(const struct ike_proposals *list);
void ike_difference_print(const struct ike_difference *difference,
			  const struct ike_proposals *offer,
			  const struct ike_proposals *policy,
			  struct ike_text *t);

#endif
