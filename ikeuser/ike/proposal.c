// SPDX-License-Identifier: GPL-2.0-only
/* Proposals on the wire, and how two ends agree on one. How proposals are
 * written in a configuration is in proposal_text.c; no algorithm is known here.
 *
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Last Substruc |   RESERVED    |        Proposal Length        |
 * | Proposal Num  |  Protocol ID  |   SPI Size    |Num  Transforms|
 * |                        SPI (variable)                         |
 * |   | Last Substruc |   RESERVED    |     Transform Length      | each
 * |   |Transform Type |   RESERVED    |       Transform ID        | transform
 * |   |1|       Attribute Type        |      Attribute Value      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proposal.h"

#define PROPOSAL_HEADER_LEN 8
#define TRANSFORM_HEADER_LEN 8
/* Last Substruc, what it is when it is not the last (RFC 7296 3.3.1, 3.3.2). */
#define PROPOSAL_MORE 2
#define TRANSFORM_MORE 3

/* Lists. */

void ike_proposals_clear(struct ike_proposals *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->proposal[i].transform);
	free(list->proposal);
	*list = (struct ike_proposals){ 0 };
}

int ike_proposals_copy(struct ike_proposals *list,
		       const struct ike_proposals *from)
{
	*list = (struct ike_proposals){ 0 };
	if (!from->n)
		return 0;
	list->proposal = calloc(from->n, sizeof(*list->proposal));
	if (!list->proposal)
		return -ENOMEM;
	for (; list->n < from->n; list->n++) {
		const struct ike_proposal *source = &from->proposal[list->n];
		struct ike_proposal *proposal = &list->proposal[list->n];
		struct ike_transform *transform =
			calloc(source->n + 1, sizeof(*transform));

		if (!transform) {
			ike_proposals_clear(list);
			return -ENOMEM;
		}
		memcpy(transform, source->transform,
		       source->n * sizeof(*transform));
		*proposal = *source;
		proposal->transform = transform;
	}
	return 0;
}

void ike_proposals_set_spi(struct ike_proposals *list, uint64_t spi,
			   uint8_t len)
{
	for (size_t i = 0; i < list->n; i++) {
		list->proposal[i].spi = spi;
		list->proposal[i].spi_len = len;
	}
}

static void proposal_drop(struct ike_proposal *proposal, uint8_t type)
{
	size_t n = 0;

	for (size_t i = 0; i < proposal->n; i++) {
		if (proposal->transform[i].type != type)
			proposal->transform[n++] = proposal->transform[i];
	}
	proposal->n = n;
}

void ike_proposals_drop(struct ike_proposals *list, uint8_t type)
{
	for (size_t i = 0; i < list->n; i++)
		proposal_drop(&list->proposal[i], type);
}

bool ike_proposals_have_group(const struct ike_proposals *list, uint16_t group)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct ike_proposal *proposal = &list->proposal[i];

		for (size_t j = 0; j < proposal->n; j++) {
			if (proposal->transform[j].type == IKE_TRANSFORM_DH &&
			    proposal->transform[j].id == group)
				return true;
		}
	}
	return false;
}

uint16_t ike_proposals_first_group(const struct ike_proposals *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct ike_proposal *proposal = &list->proposal[i];

		for (size_t j = 0; j < proposal->n; j++) {
			if (proposal->transform[j].type == IKE_TRANSFORM_DH &&
			    proposal->transform[j].id != IKE_DH_NONE)
				return proposal->transform[j].id;
		}
	}
	return IKE_DH_NONE;
}

/* The wire. */

/* RFC 7296 3.3.5. Key Length is the only attribute there is, always in the
 * short form and never twice: another makes its transform unknown, not
 * malformed.
 */
static int attributes_parse(struct ike_transform *transform,
			    struct ike_reader *r, struct ike_fault *fault)
{
	bool seen = false;

	while (r->left && !r->bad) {
		uint16_t type = ike_reader_u16(r);
		uint16_t value = ike_reader_u16(r);

		if (type == (IKE_ATTRIBUTE_SHORT | IKE_ATTRIBUTE_KEY_LENGTH) &&
		    !seen && value) {
			transform->bits = value;
			seen = true;
			continue;
		}
		transform->unknown = true;
		if (!(type & IKE_ATTRIBUTE_SHORT))
			ike_reader_skip(r, value);
	}
	if (r->bad)
		return ike_fault_set(fault, -EINVAL,
				     IKE_REASON_ATTRIBUTE_LENGTH,
				     transform->type);
	return 0;
}

/* The header of both substructures: whether it is the last, and its length,
 * which is at least min. r is left at what is behind, *body has the rest of it.
 */
static int substructure_parse(struct ike_reader *r, struct ike_reader *body,
			      size_t min, uint8_t more,
			      enum ike_reason length_reason,
			      enum ike_reason more_reason,
			      struct ike_fault *fault)
{
	uint8_t last = ike_reader_u8(r);
	uint16_t length;

	ike_reader_skip(r, 1);
	length = ike_reader_u16(r);
	if (r->bad || length < min || length - 4u > r->left)
		return ike_fault_set(fault, -EINVAL, length_reason, length);
	*body = ike_reader_sub(r, length - 4);
	if (last != (r->left ? more : 0))
		return ike_fault_set(fault, -EINVAL, more_reason, last);
	return 0;
}

static int transform_parse(struct ike_proposal *proposal,
			   struct ike_reader *r, struct ike_fault *fault)
{
	struct ike_transform transform = { 0 };
	struct ike_reader body;
	int err;

	err = substructure_parse(r, &body, TRANSFORM_HEADER_LEN,
				 TRANSFORM_MORE, IKE_REASON_TRANSFORM_LENGTH,
				 IKE_REASON_TRANSFORM_MORE, fault);
	if (err)
		return err;
	transform.type = ike_reader_u8(&body);
	ike_reader_skip(&body, 1);
	transform.id = ike_reader_u16(&body);
	err = attributes_parse(&transform, &body, fault);
	if (err)
		return err;
	if (!transform.type || transform.type > IKE_TRANSFORM_ESN)
		proposal->unknown = true;
	proposal->transform[proposal->n++] = transform;
	return 0;
}

static void spi_parse(struct ike_proposal *proposal, struct ike_reader *r)
{
	if (proposal->spi_len > IKE_SPI_LEN) {
		ike_reader_skip(r, proposal->spi_len);
		proposal->spi_len = 0;
		proposal->unknown = true;
		return;
	}
	for (int i = 0; i < proposal->spi_len; i++)
		proposal->spi = proposal->spi << 8 | ike_reader_u8(r);
}

static int transforms_parse(struct ike_proposal *proposal, uint8_t count,
			    struct ike_reader *r, struct ike_fault *fault)
{
	int err = 0;

	if (count * (size_t)TRANSFORM_HEADER_LEN > r->left)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_TRANSFORM_COUNT,
				     count);
	proposal->transform = calloc(count + 1, sizeof(*proposal->transform));
	if (!proposal->transform)
		return -ENOMEM;
	while (proposal->n < count && !err)
		err = transform_parse(proposal, r, fault);
	if (!err && r->left)
		err = ike_fault_set(fault, -EINVAL, IKE_REASON_TRANSFORM_COUNT,
				    count);
	return err;
}

/* Into the next of the list, which owns it even after an error. */
static int proposal_parse(struct ike_proposals *list, struct ike_reader *r,
			  struct ike_fault *fault)
{
	struct ike_proposal *proposal = &list->proposal[list->n];
	uint8_t before = list->n ? proposal[-1].number : 0;
	struct ike_reader body;
	uint8_t count;
	int err;

	err = substructure_parse(r, &body, PROPOSAL_HEADER_LEN, PROPOSAL_MORE,
				 IKE_REASON_PROPOSAL_LENGTH,
				 IKE_REASON_PROPOSAL_MORE, fault);
	if (err)
		return err;
	proposal->number = ike_reader_u8(&body);
	proposal->protocol = ike_reader_u8(&body);
	proposal->spi_len = ike_reader_u8(&body);
	count = ike_reader_u8(&body);
	spi_parse(proposal, &body);
	if (body.bad)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_PROPOSAL_LENGTH,
				     body.left);
	if (!proposal->number || (list->n && proposal->number != before + 1))
		return ike_fault_set(fault, -EINVAL, IKE_REASON_PROPOSAL_NUMBER,
				     proposal->number);
	list->n++;
	return transforms_parse(proposal, count, &body, fault);
}

int ike_proposals_parse(struct ike_proposals *list, struct ike_bytes body,
			struct ike_fault *fault)
{
	size_t most = body.len / PROPOSAL_HEADER_LEN;
	struct ike_reader r;
	int err = 0;

	*list = (struct ike_proposals){ 0 };
	if (!body.len)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_SA_EMPTY, 0);
	/* One more than there can be: what is too many is read, and its number
	 * does not follow.
	 */
	if (most > PROPOSALS_MAX)
		most = PROPOSALS_MAX;
	list->proposal = calloc(most + 1, sizeof(*list->proposal));
	if (!list->proposal)
		return -ENOMEM;
	ike_reader_init(&r, body.data, body.len);
	while (r.left && !err)
		err = proposal_parse(list, &r, fault);
	if (err)
		ike_proposals_clear(list);
	return err;
}

static void transform_emit(const struct ike_transform *transform, bool last,
			   struct ike_writer *w)
{
	size_t start = w->len;

	ike_writer_u8(w, last ? 0 : TRANSFORM_MORE);
	ike_writer_u8(w, 0);
	ike_writer_u16(w, 0);
	ike_writer_u8(w, transform->type);
	ike_writer_u8(w, 0);
	ike_writer_u16(w, transform->id);
	if (transform->bits) {
		ike_writer_u16(w, IKE_ATTRIBUTE_SHORT |
				  IKE_ATTRIBUTE_KEY_LENGTH);
		ike_writer_u16(w, transform->bits);
	}
	ike_writer_set_length(w, start + 2, start);
}

static void proposal_emit(const struct ike_proposal *proposal, bool last,
			  struct ike_writer *w)
{
	size_t start = w->len;

	ike_writer_u8(w, last ? 0 : PROPOSAL_MORE);
	ike_writer_u8(w, 0);
	ike_writer_u16(w, 0);
	ike_writer_u8(w, proposal->number);
	ike_writer_u8(w, proposal->protocol);
	ike_writer_u8(w, proposal->spi_len);
	ike_writer_u8(w, proposal->n);
	for (int i = proposal->spi_len; i--;)
		ike_writer_u8(w, proposal->spi >> (i * 8));
	for (size_t i = 0; i < proposal->n; i++)
		transform_emit(&proposal->transform[i], i + 1 == proposal->n,
			       w);
	ike_writer_set_length(w, start + 2, start);
}

void ike_proposals_emit(const struct ike_proposals *list,
			struct ike_writer *w)
{
	for (size_t i = 0; i < list->n; i++)
		proposal_emit(&list->proposal[i], i + 1 == list->n, w);
}

/* What was chosen. */

const struct ike_transform *ike_chosen_find(const struct ike_chosen *chosen,
					    uint8_t type)
{
	for (size_t i = 0; i < chosen->n; i++) {
		if (chosen->transform[i].type == type)
			return &chosen->transform[i];
	}
	return NULL;
}

uint16_t ike_chosen_id(const struct ike_chosen *chosen, uint8_t type)
{
	const struct ike_transform *transform = ike_chosen_find(chosen, type);

	return transform ? transform->id : 0;
}

uint16_t ike_chosen_bits(const struct ike_chosen *chosen, uint8_t type)
{
	const struct ike_transform *transform = ike_chosen_find(chosen, type);

	return transform ? transform->bits : 0;
}

int ike_chosen_answer(const struct ike_chosen *chosen, uint64_t spi,
		      struct ike_proposals *list)
{
	struct ike_transform copy[IKE_TRANSFORM_ESN];
	struct ike_proposal proposal = {
		.number = chosen->number,
		.protocol = chosen->protocol,
		.spi_len = chosen->spi_len,
		.spi = spi,
		.transform = copy,
		.n = chosen->n,
	};
	const struct ike_proposals answer = { .proposal = &proposal, .n = 1 };

	memcpy(copy, chosen->transform, sizeof(copy));
	return ike_proposals_copy(list, &answer);
}

/* Agreement. */

/* The first of the one that is also in the other, by their order. */
static const struct ike_transform *
transform_common(const struct ike_proposal *first,
		 const struct ike_proposal *other, uint8_t type)
{
	for (size_t i = 0; i < first->n; i++) {
		const struct ike_transform *a = &first->transform[i];

		if (a->type != type || a->unknown)
			continue;
		for (size_t j = 0; j < other->n; j++) {
			const struct ike_transform *b = &other->transform[j];

			if (b->type == type && !b->unknown && b->id == a->id &&
			    b->bits == a->bits)
				return a;
		}
	}
	return NULL;
}

static bool proposal_has_type(const struct ike_proposal *proposal,
			      uint8_t type)
{
	for (size_t i = 0; i < proposal->n; i++) {
		if (proposal->transform[i].type == type)
			return true;
	}
	return false;
}

/* NONE of that type, in so many words. */
static const struct ike_transform *
transform_none(const struct ike_proposal *proposal, uint8_t type)
{
	if (type != IKE_TRANSFORM_INTEG && type != IKE_TRANSFORM_DH)
		return NULL;
	for (size_t i = 0; i < proposal->n; i++) {
		const struct ike_transform *transform = &proposal->transform[i];

		if (transform->type == type && !transform->unknown &&
		    !transform->id && !transform->bits)
			return transform;
	}
	return NULL;
}

/* Adds what both have of one type. No transform and NONE are the same (RFC 7296
 * 3.3.3), but a type that was offered is answered.
 */
static bool type_agree(const struct ike_proposal *theirs,
		       const struct ike_proposal *ours, uint8_t type,
		       enum ike_prefer prefer, struct ike_chosen *chosen)
{
	bool offered = proposal_has_type(theirs, type);
	bool wanted = proposal_has_type(ours, type);
	const struct ike_transform *transform;

	if (!offered)
		return !wanted || transform_none(ours, type);
	if (!wanted)
		transform = transform_none(theirs, type);
	else if (prefer == IKE_PREFER_OURS)
		transform = transform_common(ours, theirs, type);
	else
		transform = transform_common(theirs, ours, type);
	if (transform)
		chosen->transform[chosen->n++] = *transform;
	return transform;
}

/* There is no KE payload: what is said about groups is not looked at, but NONE
 * is echoed, since it was offered.
 */
static void group_ignore(const struct ike_proposal *theirs,
			 struct ike_chosen *chosen)
{
	const struct ike_transform *none =
		transform_none(theirs, IKE_TRANSFORM_DH);

	if (none)
		chosen->transform[chosen->n++] = *none;
}

/* The types in which they do not agree, 0 if they do in all. */
static uint8_t proposal_agree(const struct ike_proposal *theirs,
			      const struct ike_proposal *ours,
			      const struct ike_negotiation *negotiation,
			      struct ike_chosen *chosen)
{
	uint8_t differ = 0;

	*chosen = (struct ike_chosen){
		.number = theirs->number,
		.protocol = theirs->protocol,
		.spi_len = theirs->spi_len,
		.spi = theirs->spi,
	};
	for (uint8_t type = IKE_TRANSFORM_ENCR; type <= IKE_TRANSFORM_ESN;
	     type++) {
		if (type == IKE_TRANSFORM_DH && negotiation->no_ke)
			group_ignore(theirs, chosen);
		else if (!type_agree(theirs, ours, type, negotiation->prefer,
				     chosen))
			differ |= 1 << type;
	}
	return differ;
}

/* SPIs of ESP and AH below 256 are reserved (RFC 4303 2.1), that of an IKE SA
 * is not zero (RFC 7296 3.1).
 */
static bool proposal_usable(const struct ike_proposal *proposal,
			    const struct ike_negotiation *negotiation)
{
	if (proposal->unknown || proposal->protocol != negotiation->protocol ||
	    proposal->spi_len != negotiation->spi_len)
		return false;
	switch (proposal->spi_len) {
	case 0:
		return true;
	case IKE_CHILD_SPI_LEN:
		return proposal->spi >= IKE_CHILD_SPI_MIN;
	}
	return proposal->spi;
}

static void difference_note(struct ike_difference *difference,
			    const struct ike_proposal *theirs,
			    const struct ike_proposal *ours, uint8_t types)
{
	if (difference->theirs && __builtin_popcount(types) >=
				  __builtin_popcount(difference->types))
		return;
	difference->theirs = theirs;
	difference->ours = ours;
	difference->types = types;
}

/* Pair number i of all there are, in the order of preference. */
static void pair_get(const struct ike_proposals *offer,
		     const struct ike_proposals *policy,
		     enum ike_prefer prefer, size_t i,
		     const struct ike_proposal **theirs,
		     const struct ike_proposal **ours)
{
	if (prefer == IKE_PREFER_OURS) {
		*ours = &policy->proposal[i / offer->n];
		*theirs = &offer->proposal[i % offer->n];
	} else {
		*ours = &policy->proposal[i % policy->n];
		*theirs = &offer->proposal[i / policy->n];
	}
}

int ike_proposals_choose(const struct ike_proposals *offer,
			 const struct ike_proposals *policy,
			 const struct ike_negotiation *negotiation,
			 struct ike_chosen *chosen,
			 struct ike_difference *difference)
{
	*difference = (struct ike_difference){ 0 };
	for (size_t i = 0; i < offer->n * policy->n; i++) {
		const struct ike_proposal *theirs, *ours;
		uint8_t types;

		pair_get(offer, policy, negotiation->prefer, i, &theirs,
			 &ours);
		if (!proposal_usable(theirs, negotiation))
			continue;
		types = proposal_agree(theirs, ours, negotiation, chosen);
		if (!types)
			return 0;
		difference_note(difference, theirs, ours, types);
	}
	return -ENOENT;
}

/* A proposal without a choice: no type twice. */
static bool proposal_is_single(const struct ike_proposal *proposal)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < proposal->n; i++) {
		uint32_t bit = UINT32_C(1) << proposal->transform[i].type;

		if (seen & bit)
			return false;
		seen |= bit;
	}
	return true;
}

int ike_proposals_verify(const struct ike_proposals *answer,
			 const struct ike_proposals *offer,
			 const struct ike_negotiation *negotiation,
			 struct ike_chosen *chosen,
			 struct ike_difference *difference)
{
	const struct ike_proposal *theirs = &answer->proposal[0];
	uint8_t types;

	*difference = (struct ike_difference){ 0 };
	if (answer->n != 1 || !proposal_usable(theirs, negotiation) ||
	    !proposal_is_single(theirs))
		return -EPROTO;
	for (size_t i = 0; i < offer->n; i++) {
		const struct ike_proposal *ours = &offer->proposal[i];

		if (ours->number != theirs->number)
			continue;
		types = proposal_agree(theirs, ours, negotiation, chosen);
		if (!types)
			return 0;
		difference_note(difference, theirs, ours, types);
	}
	return -EPROTO;
}
