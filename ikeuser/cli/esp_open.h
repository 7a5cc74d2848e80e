/* SPDX-License-Identifier: GPL-2.0-only */
/* ESP packets opened with keys that are known (RFC 4303), as a reader of a capture
 * does and not as a gateway: no window, no selectors, no lifetime. Knows no file
 * and no daemon.
 */
#ifndef CULVERT_ESP_OPEN_H
#define CULVERT_ESP_OPEN_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"

#define ESP_PACKET_MAX 65535

struct esp_sa {
	struct esp_sa *next;
	uint8_t len;			/* of addresses: 4 or 16 */
	uint8_t source[16];
	uint8_t destination[16];
	uint32_t spi;
	const struct ike_encr *encr;
	const struct ike_integ *integ;	/* NULL with an AEAD */
	bool esn;
	bool transport;
	/* Of the sequence number, with ESN. What is seen first must be among
	 * the first 2^32: nothing in a packet tells.
	 */
	uint32_t high;
	uint32_t last;			/* the low half seen last */
	struct ike_secret encr_key;
	struct ike_secret integ_key;
};

enum esp_open {
	ESP_OPENED,
	ESP_DUMMY,		/* a packet of TFC, without contents */
	ESP_BAD_ICV,
	ESP_SHORT,		/* or what is in it is no packet */
};

/* An IP packet, its header's protocol esp or, with UDP in front of ESP, udp. */
struct esp_place {
	uint8_t version;
	size_t ip_len;			/* of the outer header */
	size_t esp_at;			/* where ESP begins */
	bool fragment;			/* it is not whole */
	uint32_t spi;
};

/* False: it is no ESP packet. */
bool esp_find(struct ike_bytes packet, struct esp_place *place);
/* Whether an SA is that of the packet. */
bool esp_is_of(const struct esp_sa *sa, struct ike_bytes packet,
	       const struct esp_place *place);
/* inner has ESP_PACKET_MAX octets; *len of them are the packet within. */
enum esp_open esp_open(struct esp_sa *sa, struct ike_bytes packet,
		       const struct esp_place *place, uint8_t *inner,
		       size_t *len);
void esp_sa_free(struct esp_sa *sa);

#endif
