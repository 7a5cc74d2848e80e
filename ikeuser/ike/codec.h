/* SPDX-License-Identifier: GPL-2.0-only */
/* Octets that the core itself reads again: one description of a thing writes it and
 * reads it. What is read is believed no more than what a peer sends.
 */
#ifndef IKE_CODEC_H
#define IKE_CODEC_H

#include "sa.h"

/* One of the two is at work. What is wrong makes it bad for good. */
struct ike_codec {
	struct ike_writer *w;		/* NULL: it reads */
	struct ike_reader r;
	bool bad;
};

/* Each writes what is there, or reads it into what is empty. */
void ike_codec_u8(struct ike_codec *c, uint8_t *value);
void ike_codec_u16(struct ike_codec *c, uint16_t *value);
void ike_codec_u32(struct ike_codec *c, uint32_t *value);
void ike_codec_u64(struct ike_codec *c, uint64_t *value);
void ike_codec_flag(struct ike_codec *c, bool *flag);
/* The value, which is below max; 0 if it is not. */
uint32_t ike_codec_below(struct ike_codec *c, uint32_t value, uint32_t max);
void ike_codec_octets(struct ike_codec *c, void *data, size_t len);
void ike_codec_secret(struct ike_codec *c, struct ike_secret *secret);
void ike_codec_address(struct ike_codec *c, struct ike_address *address);
void ike_codec_packets(struct ike_codec *c, struct ike_packets *packets);
void ike_codec_selectors(struct ike_codec *c, struct ike_ts_list *list);
void ike_codec_chosen(struct ike_codec *c, struct ike_chosen *chosen);
void ike_codec_id(struct ike_codec *c, struct ike_id *id);
/* Armed at the same time as before. */
void ike_codec_timer(struct ike_codec *c, struct ike_timers *timers,
		    struct ike_timer *timer);
void ike_codec_window(struct ike_codec *c, struct ike_window *window);
void ike_codec_keys(struct ike_codec *c, struct ike_keys *keys);
void ike_codec_dh(struct ike_codec *c, struct ike_dh *dh);
/* Read, it has to be that of what is configured. */
void ike_codec_digest(struct ike_codec *c, const struct ike_peer_conf *peer,
		     const struct ike_child_conf *child);

/* Of a peer or, if that is NULL, of a Child SA: what its configuration says. */
#define IKE_CONF_DIGEST_LEN 32
int ike_conf_digest(const struct ike_peer_conf *peer,
		     const struct ike_child_conf *child, uint8_t *digest);

#endif
