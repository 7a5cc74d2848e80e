/* SPDX-License-Identifier: GPL-2.0-only */
/* Proposals as a test writes them down: from text, or from transforms in
 * hexadecimal.
 */
#ifndef OFFERS_H
#define OFFERS_H

#include "proposal.h"

#define SPI_ESP 0xc1c2c3c4

extern const struct ike_negotiation ike, ike_theirs, rekey, esp, esp_no_ke;

/* Both fail the test when it is not right; the list is to be cleared. */
struct ike_proposals offer_of_text(const struct ike_negotiation *negotiation,
				   const char *text);
struct ike_proposals offer_of_hex(const char *hex);

/* One transform. last: "03", or "00" for the last one of its proposal. */
#define T(last, type, id) last "000008" type "00" id
#define T_BITS(last, type, id, bits) last "00000c" type "00" id "800e" bits
#define AES128 T_BITS("03", "01", "000c", "0080")
#define AES256 T_BITS("03", "01", "000c", "0100")
#define PRF256 T("03", "02", "0005")
#define SHA256 T("03", "03", "000c")
#define MODP2048 T("00", "04", "000e")

#endif
