// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes packets as a capture finds them on the wire: which are wanted, which are
 * ESP, and what is in them, once the ICV is of no help since there is hardly one.
 */
#include <stdlib.h>
#include <string.h>

#include "esp_open.h"
#include "packets.h"
#include "proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Opens it with a cipher that changes nothing, so that the lengths behind it are
 * the fuzzer's; its ICV is made to hold.
 */
static void open_null(struct ike_bytes packet, const struct esp_place *place,
		      bool transport)
{
	static uint8_t key[20], inner[ESP_PACKET_MAX];
	struct esp_sa sa = {
		.encr = ike_encr_find(IKE_ENCR_NULL),
		.integ = ike_integ_find(IKE_INTEG_HMAC_SHA1_96),
		.transport = transport,
		.integ_key = { key, sizeof(key) },
	};
	size_t icv = sa.integ->icv_len;
	uint8_t made[ICV_LEN_MAX];
	uint8_t *copy = malloc(packet.len);
	size_t len = 0;

	if (!copy)
		abort();
	memcpy(copy, packet.data, packet.len);
	if (packet.len >= place->esp_at + 8 + icv &&
	    !ike_integ_icv(sa.integ, ike_secret_bytes(&sa.integ_key),
			   (struct ike_bytes){ copy + place->esp_at,
				   packet.len - place->esp_at - icv }, made))
		memcpy(copy + packet.len - icv, made, icv);
	if (esp_open(&sa, (struct ike_bytes){ copy, packet.len }, place, inner,
		     &len) == ESP_OPENED && len > packet.len)
		abort();
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_bytes packet = { data, size };
	struct esp_place place;

	packets_wanted(packet);
	if (!esp_find(packet, &place))
		return 0;
	open_null(packet, &place, false);
	open_null(packet, &place, true);
	return 0;
}
