// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes the reassembly of IKE fragments. The input is a script of what a peer
 * with the keys sends, since nothing without a right ICV gets far: fragments
 * with any number, total, length and order, spoiled ones, raw octets, time that
 * goes by. After each step what is kept must add up.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frag.h"
#include "proto.h"

#define PART_MAX 4096

static struct ike_suite suite;
static struct ike_keys keys;
static struct ike_sk sk;
static uint8_t part[PART_MAX];

struct peer {
	struct ike_frag frag;
	uint64_t now;
	uint8_t header[IKE_HEADER_LEN];
};

static int no_random(void *arg, void *data, size_t len)
{
	memset(data, 0, len);
	return 0;
}

static const struct ike_random random_octets = { no_random, NULL };

static void must(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	must(!ike_suite_set(&suite, IKE_ENCR_AES_GCM_16, 128, 0,
			    IKE_PRF_HMAC_SHA2_256, IKE_DH_CURVE25519));
	must(!ike_secret_new(&keys.ei, suite.encr_key_len));
	must(!ike_sk_init(&sk, &suite, &keys, true, &random_octets));
	return 0;
}

static void check(const struct ike_frag *frag)
{
	size_t octets = 0, missing = 0, i;

	must(frag->total <= FRAG_TOTAL_MAX);
	must(!frag->total == !frag->part);
	for (i = 0; i < frag->total; i++) {
		missing += !frag->part[i].data;
		octets += frag->part[i].len;
	}
	must(frag->octets == octets && octets <= FRAG_OCTETS_MAX);
	must(frag->missing == missing && !missing == !frag->total);
}

static void arrive(struct peer *peer, const uint8_t *data, size_t len)
{
	struct ike_bytes datagram = { data, len };
	struct ike_message msg = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_body body = { 0 };

	if (!ike_message_parse(&msg, datagram, &fault) &&
	    msg.encrypted_type == IKE_PAYLOAD_SKF &&
	    !ike_frag_add(&peer->frag, &sk, datagram, &msg, peer->now, &body,
			  &fault))
		must(body.data && body.len <= FRAG_OCTETS_MAX &&
		     !peer->frag.total);
	ike_body_clear(&body);
	ike_message_clear(&msg);
	check(&peer->frag);
}

/* One octet of it is changed; by nothing, if spoil is 0. */
static void fragment_arrives(struct peer *peer, struct ike_reader *r,
			     uint8_t spoil)
{
	struct ike_payload_fragment fragment = {
		.number = ike_reader_u8(r),
		.total = ike_reader_u8(r),
	};
	uint8_t next = ike_reader_u8(r);
	size_t len = ike_reader_u16(r) % PART_MAX;
	size_t at = spoil ? ike_reader_u16(r) : 0;
	struct ike_writer w;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	must(!ike_sk_seal_fragment(&sk, &random_octets, (struct ike_bytes){
				   peer->header, IKE_HEADER_LEN }, &fragment,
				   next, (struct ike_bytes){ part, len }, &w));
	w.data[at % w.len] ^= spoil;
	arrive(peer, w.data, w.len);
	ike_writer_clear(&w);
}

/* In memory of its own, so that what is read past its end is seen. */
static void octets_arrive(struct peer *peer, struct ike_reader *r)
{
	struct ike_bytes octets = ike_reader_bytes(r, ike_reader_u8(r));
	uint8_t *copy = malloc(octets.len ? octets.len : 1);

	must(copy);
	if (octets.len)
		memcpy(copy, octets.data, octets.len);
	arrive(peer, copy, octets.len);
	free(copy);
}

static void step(struct peer *peer, struct ike_reader *r)
{
	switch (ike_reader_u8(r) % 5) {
	case 0:
		fragment_arrives(peer, r, 0);
		break;
	case 1:
		fragment_arrives(peer, r, ike_reader_u8(r));
		break;
	case 2:
		octets_arrive(peer, r);
		break;
	case 3:
		peer->now += ike_reader_u16(r);
		ike_frag_expire(&peer->frag, peer->now);
		check(&peer->frag);
		break;
	case 4:
		peer->header[IKE_HEADER_LEN - 5] = ike_reader_u8(r) % 4;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer peer = {
		.header = { [0] = 1, [8] = 2, [17] = 0x20,
			    [18] = IKE_EXCHANGE_IKE_AUTH,
			    [19] = IKE_FLAG_INITIATOR },
	};
	struct ike_reader r;

	ike_reader_init(&r, data, size);
	while (r.left && !r.bad)
		step(&peer, &r);
	ike_frag_clear(&peer.frag);
	return 0;
}
