// SPDX-License-Identifier: GPL-2.0-only
/* Proposals as a test writes them down. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "offers.h"
#include "wire.h"

const struct ike_negotiation ike = {
	.protocol = IKE_PROTOCOL_IKE,
};
const struct ike_negotiation ike_theirs = {
	.protocol = IKE_PROTOCOL_IKE,
	.prefer = IKE_PREFER_THEIRS,
};
const struct ike_negotiation rekey = {
	.protocol = IKE_PROTOCOL_IKE,
	.spi_len = IKE_SPI_LEN,
};
const struct ike_negotiation esp = {
	.protocol = IKE_PROTOCOL_ESP,
	.spi_len = IKE_CHILD_SPI_LEN,
};
const struct ike_negotiation esp_no_ke = {
	.protocol = IKE_PROTOCOL_ESP,
	.spi_len = IKE_CHILD_SPI_LEN,
	.no_ke = true,
};

struct ike_proposals offer_of_text(const struct ike_negotiation *negotiation,
				   const char *text)
{
	char weak_line[400], error_line[100];
	struct ike_text weak, error;
	struct ike_proposals made;

	ike_text_init(&weak, weak_line, sizeof(weak_line));
	ike_text_init(&error, error_line, sizeof(error_line));
	if (ike_proposals_parse_text(&made, negotiation->protocol, text, &weak,
				     &error))
		fail_msg("\"%s\": %s", text, error_line);
	if (negotiation->spi_len)
		ike_proposals_set_spi(&made, SPI_ESP, negotiation->spi_len);
	return made;
}

struct ike_proposals offer_of_hex(const char *hex)
{
	struct ike_fault fault = { 0 };
	struct ike_proposals parsed;

	if (ike_proposals_parse(&parsed, wire_hex(hex), &fault))
		fail_msg("%s: %s", hex, ike_reason_code(fault.reason));
	return parsed;
}
