/* SPDX-License-Identifier: GPL-2.0-only */
/* Identities (RFC 7296 3.5): from a configuration or from a peer, compared,
 * printed. Knows the forms of a name, not what it may do.
 */
#ifndef IKE_ID_H
#define IKE_ID_H

#include "buf.h"
#include "proto.h"

/* data is borrowed, but of an identity that ike_id_parse() or ike_id_copy()
 * made: that one is cleared with ike_id_clear().
 */
struct ike_id {
	uint8_t type;		/* IKE_ID_*; 0: any identity, in patterns */
	struct ike_bytes data;	/* Identification Data */
};

/* Of an identity in a configuration. Longer ones come from nobody honest. */
#define ID_TEXT_MAX 1024

/* From text, as strongSwan reads it: %any; an IPv4 or IPv6 address; a DN
 * ("C=CH, O=Site 1, CN=gw"); @#HEX is a KEY_ID; @@USER@DOMAIN and USER@DOMAIN
 * an RFC822_ADDR; @NAME and NAME an FQDN. A prefix tells what text alone does
 * not: "ipv4:", "ipv6:", "fqdn:", "email:", "keyid:", "asn1dn:". -EINVAL:
 * none of them.
 */
int ike_id_parse(struct ike_id *id, const char *text);
int ike_id_copy(struct ike_id *id, const struct ike_id *from);
void ike_id_clear(struct ike_id *id);

/* The same identity: names of hosts in any case, DNs by what they say. */
bool ike_id_equal(const struct ike_id *a, const struct ike_id *b);
/* id is one that pattern, from a configuration, stands for: any identity, a
 * host "*.DOMAIN", a mailbox "*@DOMAIN", a DN with "*" for some values, or
 * itself. An asterisk in id means nothing.
 */
bool ike_id_matches(const struct ike_id *pattern, const struct ike_id *id);

/* As ike_id_parse() would read it, with what is not printable escaped. */
void ike_id_print(const struct ike_id *id, struct ike_text *t);
/* Room for any line that is worth reading. */
#define ID_PRINT_MAX 256

#endif
