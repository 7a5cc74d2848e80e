// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes an SA payload: read as an offer and as an answer, against what is
 * proposed by default. What was chosen was offered and is our policy, and the
 * end that offered it accepts it.
 */

#include <stdlib.h>
#include <string.h>

#include "proposal.h"

static struct ike_proposals ike_policy, esp_policy;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void policy_make(struct ike_proposals *policy, uint8_t protocol,
			const char *text)
{
	struct ike_text weak, error;
	char line[800];

	ike_text_init(&weak, line, sizeof(line));
	ike_text_init(&error, line, sizeof(line));
	must(!ike_proposals_parse_text(policy, protocol, text, &weak, &error));
	if (protocol == IKE_PROTOCOL_ESP)
		ike_proposals_set_spi(policy, 0xc1c2c3c4, 4);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	policy_make(&ike_policy, IKE_PROTOCOL_IKE,
		    "aes128-sha1-modp1536,default");
	policy_make(&esp_policy, IKE_PROTOCOL_ESP,
		    "aes256-sha1-modp2048-none-esn-noesn,null-sha256,default");
	return 0;
}

static bool has(const struct ike_proposal *proposal,
		const struct ike_transform *transform)
{
	for (size_t i = 0; i < proposal->n; i++) {
		const struct ike_transform *other = &proposal->transform[i];

		if (other->type == transform->type && !other->unknown &&
		    other->id == transform->id &&
		    other->bits == transform->bits)
			return true;
	}
	return false;
}

static void check_chosen(const struct ike_proposals *offer,
			 const struct ike_negotiation *negotiation,
			 const struct ike_chosen *chosen)
{
	const struct ike_proposal *from =
		&offer->proposal[chosen->number - offer->proposal[0].number];
	struct ike_difference difference;
	struct ike_proposals answer;
	struct ike_chosen again;
	uint64_t spi = negotiation->spi_len ? 0xd1d2d3d4 : 0;

	for (size_t i = 0; i < chosen->n; i++) {
		must(has(from, &chosen->transform[i]));
		for (size_t j = 0; j < i; j++)
			must(chosen->transform[i].type !=
			     chosen->transform[j].type);
	}
	must(ike_chosen_find(chosen, IKE_TRANSFORM_ENCR));
	must(!ike_chosen_answer(chosen, spi, &answer));
	must(!ike_proposals_verify(&answer, offer, negotiation, &again,
				   &difference));
	must(again.n == chosen->n);
	ike_proposals_clear(&answer);
}

static void negotiate(const struct ike_proposals *offer,
		      const struct ike_proposals *policy,
		      const struct ike_negotiation *negotiation)
{
	struct ike_difference difference;
	struct ike_chosen chosen;
	struct ike_text t;
	char line[400];

	ike_text_init(&t, line, sizeof(line));
	if (!ike_proposals_choose(offer, policy, negotiation, &chosen,
				  &difference))
		check_chosen(offer, negotiation, &chosen);
	else
		ike_difference_print(&difference, &t);
	if (ike_proposals_verify(offer, policy, negotiation, &chosen,
				 &difference))
		ike_difference_print(&difference, &t);
	else
		must(offer->n == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t spi_lens[] = { 0, 8, 4, 4 };
	struct ike_proposals offer;
	struct ike_fault fault = { 0 };
	struct ike_negotiation negotiation;
	struct ike_text t;
	char line[400];

	if (!size)
		return 0;
	negotiation = (struct ike_negotiation){
		.protocol = data[0] & 2 ? IKE_PROTOCOL_ESP : IKE_PROTOCOL_IKE,
		.spi_len = spi_lens[data[0] & 3],
		.no_ke = (data[0] & 3) == 3,
		.prefer = data[0] & 4 ? IKE_PREFER_THEIRS : IKE_PREFER_OURS,
	};
	if (ike_proposals_parse(&offer,
				(struct ike_bytes){ data + 1, size - 1 },
				&fault)) {
		must(fault.reason && !offer.proposal);
		return 0;
	}
	ike_text_init(&t, line, sizeof(line));
	ike_proposals_print(&offer, &t);
	negotiate(&offer, data[0] & 2 ? &esp_policy : &ike_policy,
		  &negotiation);
	ike_proposals_clear(&offer);
	return 0;
}
