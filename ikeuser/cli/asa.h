/* SPDX-License-Identifier: GPL-2.0-only */
/* How an ASA says things: words that several of its texts have. */
#ifndef CULVERT_ASA_H
#define CULVERT_ASA_H

#include "cli.h"
#include "format.h"

/* "esp-aes-256 esp-sha-hmac" */
struct word asa_transform(const struct node *child);
/* "AES-CBC" and "SHA256", of an IKE SA's algorithms; "N/A" */
struct word asa_encryption(const char *name);
struct word asa_hash(const char *name);
/* A name that stays while the IKE SA lives, from its SPIs. */
uint32_t asa_tunnel_id(const struct node *sa);
/* "permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0", of the
 * rule's or the child's selectors; the words behind them are those of its line.
 */
struct ace {
	char text[512];
};

struct ace asa_ace(const char *action, const char *local, const char *remote,
		   const char *source);
const char *asa_action(const struct node *rule);
/* Selector n of a list; false: it is none. */
bool asa_selector(const struct node *list, size_t n, struct ike_ts *ts);

#endif
