/* SPDX-License-Identifier: GPL-2.0-only */
/* Distinguished names (ITU-T X.501), as DER and as text. No certificate is
 * known here.
 */
#ifndef IKE_DN_H
#define IKE_DN_H

#include "buf.h"

/* "C=CH, O=Site 1, CN=gw", in which \2C stands for a comma, and a backslash
 * takes the meaning from every other character. Appended to w as DER. -EINVAL:
 * it is no name, or has an attribute that is not known here; w may have errors
 * of its own.
 */
int ike_dn_emit(const char *text, struct ike_writer *w);
/* The same text again. What ike_dn_emit() does not write is printed too: other
 * attributes by their OIDs, those of one set with a plus sign between. -EINVAL:
 * the octets are no name; nothing is printed.
 */
int ike_dn_print(struct ike_bytes dn, struct ike_text *t);

/* Both say the same of the same attributes: strings in any case and of any
 * string type. With wildcards, a value of "*" in pattern stands for any.
 */
bool ike_dn_matches(struct ike_bytes pattern, struct ike_bytes dn,
		    bool wildcards);

#endif
