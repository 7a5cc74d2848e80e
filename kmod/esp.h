/* SPDX-License-Identifier: GPL-2.0-only */
/* ESP framing (RFC 4303 2). Knows octets and ciphers, neither policy nor IP. */
#ifndef CULVERT_ESP_H
#define CULVERT_ESP_H

#include <linux/skbuff.h>

#include "sa.h"

#define CULVERT_ESP_HEADER 8		/* SPI, sequence number */
#define CULVERT_ESP_TRAILER 2		/* pad length, next header */
#define CULVERT_ESP_UDP_PORT 4500	/* RFC 3948 */
/* RFC 4303 2.6 */
#define CULVERT_ESP_DUMMY IPPROTO_NONE

/* Octets of a packet's ciphertext, without IV and ICV, for that much payload. */
static inline u32 culvert_esp_padded(const struct culvert_sa *sa, u32 payload)
{
	return ALIGN(payload + CULVERT_ESP_TRAILER, sa->suite->block);
}

/* Octets in front of the payload: ESP header and IV. */
static inline u32 culvert_esp_before(const struct culvert_sa *sa)
{
	return CULVERT_ESP_HEADER + sa->suite->iv;
}

/* Seals the payload of skb, which begins culvert_esp_before() octets behind the
 * transport header and ends with the skb; tfc zeros of TFC padding follow it.
 * The cb is a culvert_cipher_cb with sa and seq. The skb is linear and private;
 * there is tailroom for the padded payload and the ICV. Borrows skb.
 *
 * Returns 0 or -errno, or -EINPROGRESS: then done(skb, 0 or -errno) is called
 * later, with BH disabled. Either way the caller calls the same function.
 */
typedef void (*culvert_esp_done_t)(struct sk_buff *skb, int err);
int culvert_esp_seal(struct sk_buff *skb, u8 next_header, u32 tfc,
		     culvert_esp_done_t done);

/* Checks and deciphers the packet in skb, of which the ESP header begins
 * cb->esp octets behind skb->data. The cb is a culvert_cipher_cb. As above;
 * -EBADMSG: the ICV is wrong. -ENOBUFS is a lack of memory.
 */
int culvert_esp_open(struct sk_buff *skb, culvert_esp_done_t done);

/* Takes the trailer of an opened packet off, skb->data at the ESP header. 0, or
 * -EINVAL: its padding is wrong (RFC 4303 2.4).
 */
int culvert_esp_trim(const struct culvert_sa *sa, struct sk_buff *skb,
		     u8 *next_header);

/* No packet is at a cipher any more. */
void culvert_esp_module_exit(void);

#endif
