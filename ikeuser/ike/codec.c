// SPDX-License-Identifier: GPL-2.0-only
/* The parts of a journal's record, each written and read by one description. It
 * knows what they look like, not what they are for.
 */
#include <stdlib.h>
#include <string.h>

#include "codec.h"

#define SECRET_MAX 1024		/* g^x of modp8192 */
#define CONF_MAX (1 << 24)

#define ROW_NUMBER(bits) \
void ike_codec_u##bits(struct ike_codec *c, uint##bits##_t *value) \
{ \
	if (c->w) \
		ike_writer_u##bits(c->w, *value); \
	else \
		*value = ike_reader_u##bits(&c->r); \
}
ROW_NUMBER(8)
ROW_NUMBER(16)
ROW_NUMBER(32)
ROW_NUMBER(64)

void ike_codec_flag(struct ike_codec *c, bool *flag)
{
	uint8_t value = *flag;

	ike_codec_u8(c, &value);
	c->bad |= value > 1;
	*flag = value == 1;
}

/* Below max. */
uint32_t ike_codec_below(struct ike_codec *c, uint32_t value, uint32_t max)
{
	ike_codec_u32(c, &value);
	if (value < max)
		return value;
	c->bad = true;
	return 0;
}

void ike_codec_octets(struct ike_codec *c, void *data, size_t len)
{
	if (c->w)
		ike_writer_bytes(c->w, data, len);
	else
		ike_reader_copy(&c->r, data, len);
}

void ike_codec_secret(struct ike_codec *c, struct ike_secret *secret)
{
	uint32_t len = ike_codec_below(c, secret->len, SECRET_MAX + 1);

	if (!c->w && len > c->r.left)
		c->bad = true;
	if (c->bad || !len)
		return;
	if (!c->w && ike_secret_new(secret, len))
		c->bad = true;
	else
		ike_codec_octets(c, secret->data, len);
}

void ike_codec_address(struct ike_codec *c, struct ike_address *address)
{
	ike_codec_u8(c, &address->len);
	c->bad |= address->len != 4 && address->len != 16;
	ike_codec_octets(c, address->ip, sizeof(address->ip));
	ike_codec_u16(c, &address->port);
}

static void c_packet(struct ike_codec *c, struct ike_packet *packet)
{
	uint32_t len = ike_codec_below(c, packet->len, IKE_MESSAGE_MAX + 1);

	if (!c->w && (!len || len > c->r.left))
		c->bad = true;
	if (c->bad)
		return;
	if (!c->w) {
		packet->data = malloc(len);
		if (!packet->data) {
			c->bad = true;
			return;
		}
		packet->len = len;
	}
	ike_codec_octets(c, packet->data, len);
}

void ike_codec_packets(struct ike_codec *c, struct ike_packets *packets)
{
	uint32_t n = ike_codec_below(c, packets->n, FRAG_TOTAL_MAX + 1);
	size_t i;

	if (!c->w && n) {
		packets->packet = calloc(n, sizeof(*packets->packet));
		c->bad |= !packets->packet;
		packets->n = packets->packet ? n : 0;
	}
	for (i = 0; !c->bad && i < packets->n; i++)
		c_packet(c, &packets->packet[i]);
}

void ike_codec_selectors(struct ike_codec *c, struct ike_ts_list *list)
{
	struct ike_fault fault = { 0 };
	struct ike_bytes body;
	struct ike_writer w;
	uint32_t len;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	if (c->w && list->n)
		ike_ts_list_emit(list, &w);
	len = ike_codec_below(c, w.len, IKE_MESSAGE_MAX + 1);
	if (c->w) {
		ike_writer_bytes(c->w, w.data, w.len);
	} else {
		body = ike_reader_bytes(&c->r, len);
		if (body.len && ike_ts_list_parse(list, body, &fault))
			c->bad = true;
	}
	ike_writer_clear(&w);
}

void ike_codec_chosen(struct ike_codec *c, struct ike_chosen *chosen)
{
	size_t i;

	ike_codec_u8(c, &chosen->number);
	ike_codec_u8(c, &chosen->protocol);
	ike_codec_u8(c, &chosen->spi_len);
	ike_codec_u64(c, &chosen->spi);
	chosen->n = ike_codec_below(c, chosen->n, IKE_TRANSFORM_ESN + 1);
	for (i = 0; i < chosen->n; i++) {
		ike_codec_u8(c, &chosen->transform[i].type);
		ike_codec_u16(c, &chosen->transform[i].id);
		ike_codec_u16(c, &chosen->transform[i].bits);
	}
}

void ike_codec_id(struct ike_codec *c, struct ike_id *id)
{
	struct ike_secret data = { (uint8_t *)id->data.data, id->data.len };
	struct ike_id borrowed;

	ike_codec_u8(c, &id->type);
	if (c->w) {
		ike_codec_secret(c, &data);
		return;
	}
	data = (struct ike_secret){ 0 };
	ike_codec_secret(c, &data);
	borrowed.type = id->type;
	borrowed.data = ike_secret_bytes(&data);
	if (c->bad || ike_id_copy(id, &borrowed))
		c->bad = true;
	ike_secret_clear(&data);
}

void ike_codec_timer(struct ike_codec *c, struct ike_timers *timers,
		    struct ike_timer *timer)
{
	uint64_t at = timer->at;
	bool armed = timer->armed;

	ike_codec_flag(c, &armed);
	ike_codec_u64(c, &at);
	if (!c->w && armed)
		ike_timer_arm(timers, timer, at);
}

void ike_codec_window(struct ike_codec *c, struct ike_window *window)
{
	ike_codec_u32(c, &window->next);
	ike_codec_flag(c, &window->asking);
	ike_codec_u64(c, &window->asked_at);
	ike_codec_packets(c, &window->request);
	ike_codec_u32(c, &window->expected);
	ike_codec_flag(c, &window->answered);
	ike_codec_octets(c, window->digest, sizeof(window->digest));
	ike_codec_packets(c, &window->response);
	if (window->asking && (!window->request.n || !window->next))
		c->bad = true;
}

void ike_codec_keys(struct ike_codec *c, struct ike_keys *keys)
{
	ike_codec_secret(c, &keys->d);
	ike_codec_secret(c, &keys->ai);
	ike_codec_secret(c, &keys->ar);
	ike_codec_secret(c, &keys->ei);
	ike_codec_secret(c, &keys->er);
	ike_codec_secret(c, &keys->pi);
	ike_codec_secret(c, &keys->pr);
}

static bool private_fits(const struct ike_dh *dh)
{
	size_t len = dh->private.len;

	if (len == dh->group->random_len)
		return true;
	/* A scalar is as long as a coordinate is. */
	return dh->group->id != IKE_DH_CURVE25519 &&
	       len * 2 == dh->group->public_len;
}

void ike_codec_dh(struct ike_codec *c, struct ike_dh *dh)
{
	struct ike_secret public = { 0 };
	uint16_t id = dh->group ? dh->group->id : 0;

	ike_codec_u16(c, &id);
	if (!id)
		return;
	ike_codec_secret(c, &dh->private);
	if (c->w) {
		ike_codec_octets(c, dh->public, dh->group->public_len);
		return;
	}
	dh->group = ike_group_find(id);
	if (!dh->group || !private_fits(dh) ||
	    ike_secret_new(&public, dh->group->public_len)) {
		dh->group = NULL;
		c->bad = true;
		return;
	}
	ike_codec_octets(c, public.data, public.len);
	dh->public = public.data;
}

/*
 * What a configuration says, as 32 octets
 */

static void put_text(struct ike_writer *w, struct ike_bytes text)
{
	ike_writer_u32(w, text.len);
	ike_writer_bytes(w, text.data, text.len);
}

static void put_peer(struct ike_writer *w, const struct ike_peer_conf *conf)
{
	put_text(w, ike_address_bytes(&conf->local));
	ike_writer_u16(w, conf->local.port);
	put_text(w, ike_address_bytes(&conf->remote));
	ike_writer_u16(w, conf->remote.port);
	ike_writer_u8(w, conf->local_id.type);
	put_text(w, conf->local_id.data);
	ike_writer_u8(w, conf->remote_id.type);
	put_text(w, conf->remote_id.data);
	put_text(w, conf->local_psk);
	put_text(w, conf->remote_psk);
	ike_proposals_emit(&conf->proposals, w);
	ike_writer_u8(w, conf->prefer);
	ike_writer_u32(w, conf->rekey_seconds);
	ike_writer_u32(w, conf->hard_seconds);
	ike_writer_u32(w, conf->liveness_seconds);
	ike_writer_u8(w, conf->no_fragments);
	ike_writer_u8(w, conf->no_initial_contact);
	ike_writer_u8(w, conf->prove_pfs);
}

static void put_child(struct ike_writer *w, const struct ike_child_conf *conf)
{
	ike_proposals_emit(&conf->proposals, w);
	ike_ts_list_emit(&conf->local, w);
	ike_ts_list_emit(&conf->remote, w);
	ike_writer_u8(w, conf->transport);
	ike_writer_u8(w, conf->tfc_unsupported);
	ike_writer_u8(w, conf->non_first_fragments);
	ike_writer_u32(w, conf->rekey_seconds);
	ike_writer_u32(w, conf->hard_seconds);
	ike_writer_u64(w, conf->rekey_octets);
	ike_writer_u64(w, conf->hard_octets);
	ike_writer_u32(w, conf->idle_seconds);
}

/* Of the peer or of the Child SA. -errno: there is none. */
int ike_conf_digest(const struct ike_peer_conf *peer,
		     const struct ike_child_conf *child, uint8_t *digest)
{
	static const uint8_t key[] = "culvert journal";
	struct ike_writer w;
	struct ike_bytes text;
	int err;

	ike_writer_init(&w, CONF_MAX);
	/* It does not grow out of where the secrets are: they are below this. */
	if (ike_writer_room(&w, IKE_MESSAGE_MAX))
		w.len = 0;
	if (peer)
		put_peer(&w, peer);
	else
		put_child(&w, child);
	text = ike_writer_written(&w);
	err = w.error ? w.error :
			ike_prf(ike_prf_find(IKE_PRF_HMAC_SHA2_256),
				(struct ike_bytes){ key, sizeof(key) }, &text,
				1, digest);
	if (w.data)
		ike_crypto_wipe(w.data, w.len);
	ike_writer_clear(&w);
	return err;
}

/* Reading, it has to be what was written. */
void ike_codec_digest(struct ike_codec *c, const struct ike_peer_conf *peer,
		     const struct ike_child_conf *child)
{
	uint8_t is[IKE_CONF_DIGEST_LEN], was[IKE_CONF_DIGEST_LEN];

	c->bad |= ike_conf_digest(peer, child, is) != 0;
	memcpy(was, is, sizeof(was));
	ike_codec_octets(c, was, sizeof(was));
	c->bad |= memcmp(is, was, sizeof(was)) != 0;
}
