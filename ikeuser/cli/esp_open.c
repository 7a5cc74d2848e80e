// SPDX-License-Identifier: GPL-2.0-only
/* ESP, the other way round:
 *
 *	IP [UDP 4500] | SPI, sequence | IV | payload, padding, lengths | ICV
 *	                `------- what the ICV is of ------------------'
 */
#include <stdlib.h>
#include <string.h>

#include "esp_open.h"
#include "proto.h"

#define ESP_HEAD 8
#define ESP_IN_UDP 4500
#define PROTOCOL_IPV4 4
#define PROTOCOL_UDP 17
#define PROTOCOL_IPV6 41
#define PROTOCOL_ESP 50
#define PROTOCOL_NONE 59
#define PROTOCOL_FRAGMENT 44
#define IPV6_HEAD 40
/* Sequence numbers of two packets that are next to each other on the wire differ
 * by less: RFC 4303 A2.
 */
#define WRAP 0x80000000

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void set16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void set32(uint8_t *at, uint32_t value)
{
	set16(at, value >> 16);
	set16(at + 2, value);
}

static uint8_t protocol_of(struct ike_bytes packet,
			   const struct esp_place *place)
{
	return packet.data[place->version == 4 ? 9 : 6];
}

/* The header, and whether all is there that it tells of. */
static bool find_header(struct ike_bytes packet, struct esp_place *place)
{
	*place = (struct esp_place){ 0 };
	if (packet.len < 20)
		return false;
	place->version = packet.data[0] >> 4;
	if (place->version == 4) {
		place->ip_len = (packet.data[0] & 15) * 4;
		place->fragment = get16(packet.data + 6) & 0x3fff;
	} else if (place->version == 6 && packet.len >= IPV6_HEAD) {
		place->ip_len = IPV6_HEAD;
		place->fragment = packet.data[6] == PROTOCOL_FRAGMENT;
	} else {
		return false;
	}
	return place->ip_len >= 20 && place->ip_len <= packet.len;
}

bool esp_find(struct ike_bytes packet, struct esp_place *place)
{
	const uint8_t *udp;

	if (!find_header(packet, place) || place->fragment)
		return false;
	place->esp_at = place->ip_len;
	udp = packet.data + place->ip_len;
	if (protocol_of(packet, place) == PROTOCOL_UDP) {
		if (packet.len < place->ip_len + 8 ||
		    (get16(udp) != ESP_IN_UDP && get16(udp + 2) != ESP_IN_UDP))
			return false;
		place->esp_at += 8;
	} else if (protocol_of(packet, place) != PROTOCOL_ESP) {
		return false;
	}
	if (packet.len < place->esp_at + ESP_HEAD)
		return false;
	place->spi = get32(packet.data + place->esp_at);
	/* RFC 3948 2.2: IKE has no SPI there. */
	return place->spi;
}

bool esp_is_of(const struct esp_sa *sa, struct ike_bytes packet,
	       const struct esp_place *place)
{
	size_t at = place->version == 4 ? 12 : 8;
	size_t len = place->version == 4 ? 4 : 16;

	return sa->spi == place->spi && sa->len == len &&
	       !memcmp(packet.data + at, sa->source, len) &&
	       !memcmp(packet.data + at + len, sa->destination, len);
}

/* RFC 4303 2.2.1: its high half is not sent. */
static uint32_t high_of(const struct esp_sa *sa, uint32_t low)
{
	if (sa->last > low && sa->last - low >= WRAP)
		return sa->high + 1;
	if (low > sa->last && low - sa->last >= WRAP && sa->high)
		return sa->high - 1;
	return sa->high;
}

static bool integ_holds(const struct esp_sa *sa, const uint8_t *esp, size_t len,
			uint32_t high)
{
	uint8_t icv[ICV_LEN_MAX];
	uint8_t *data = malloc(len + 4);
	bool holds;

	if (!data)
		return false;
	memcpy(data, esp, len);
	set32(data + len, high);
	holds = !ike_integ_icv(sa->integ, ike_secret_bytes(&sa->integ_key),
			       (struct ike_bytes){ data, len +
						   (sa->esn ? 4 : 0) }, icv) &&
		ike_crypto_equal(icv, esp + len, sa->integ->icv_len);
	free(data);
	return holds;
}

/* SPI and sequence number; of GMAC, all that is sent (RFC 4543 3.3). */
static size_t set_aad(const struct esp_sa *sa, const uint8_t *esp, size_t len,
		      uint32_t high, uint8_t *aad)
{
	size_t n = 4;

	memcpy(aad, esp, 4);
	if (sa->esn) {
		set32(aad + n, high);
		n += 4;
	}
	memcpy(aad + n, esp + 4, 4);
	n += 4;
	if (sa->encr->id != IKE_ENCR_NULL_AUTH_AES_GMAC)
		return n;
	memcpy(aad + n, esp + ESP_HEAD, len - ESP_HEAD);
	return n + len - ESP_HEAD;
}

/* len: of ESP without its ICV. Into clear, from behind the IV. */
static bool decrypt(const struct esp_sa *sa, const uint8_t *esp, size_t len,
		    uint32_t high, uint8_t *clear)
{
	size_t head = ESP_HEAD + sa->encr->iv_len;
	uint8_t *aad = malloc(len + 4);
	struct ike_bytes with = { aad, 0 };
	bool gmac = sa->encr->id == IKE_ENCR_NULL_AUTH_AES_GMAC;
	/* RFC 4543 1: GMAC is GCM of nothing. */
	const struct ike_encr *encr = gmac ?
		ike_encr_find(IKE_ENCR_AES_GCM_16) : sa->encr;
	bool ok;

	if (!aad)
		return false;
	with.len = set_aad(sa, esp, len, high, aad);
	memcpy(clear, esp + head, len - head);
	ok = encr->id == IKE_ENCR_NULL ||
	     !ike_encr_open(encr, ike_secret_bytes(&sa->encr_key),
			    esp + ESP_HEAD, with, clear,
			    gmac ? 0 : len - head, esp + len);
	free(aad);
	return ok;
}

/* RFC 4303 2.4 to 2.7: how much of it is payload. */
static enum esp_open trim(const uint8_t *clear, size_t len, size_t *payload,
			  uint8_t *next)
{
	if (len < 2 || clear[len - 2] > len - 2)
		return ESP_SHORT;
	*payload = len - 2 - clear[len - 2];
	*next = clear[len - 1];
	return *next == PROTOCOL_NONE ? ESP_DUMMY : ESP_OPENED;
}

static void set_checksum(uint8_t *header, size_t len)
{
	uint32_t sum = 0;

	set16(header + 10, 0);
	for (size_t i = 0; i < len; i += 2)
		sum += get16(header + i);
	sum = (sum & 0xffff) + (sum >> 16);
	set16(header + 10, ~(sum + (sum >> 16)));
}

/* RFC 4303 3.1.1: transport mode has the outer header for its own. */
static void set_header(uint8_t *header, const struct esp_place *place,
		       size_t payload, uint8_t next)
{
	if (place->version == 4) {
		set16(header + 2, place->ip_len + payload);
		header[9] = next;
		set_checksum(header, place->ip_len);
	} else {
		set16(header + 4, payload);
		header[6] = next;
	}
}

enum esp_open esp_open(struct esp_sa *sa, struct ike_bytes packet,
		       const struct esp_place *place, uint8_t *inner,
		       size_t *len)
{
	const uint8_t *esp = packet.data + place->esp_at;
	size_t icv = sa->integ ? sa->integ->icv_len : sa->encr->icv_len;
	size_t esp_len = packet.len - place->esp_at;
	size_t front = sa->transport ? place->ip_len : 0;
	size_t clear_len, payload;
	enum esp_open result;
	uint32_t high, low;
	uint8_t next;

	if (packet.len > ESP_PACKET_MAX ||
	    esp_len < ESP_HEAD + sa->encr->iv_len + 2 + icv)
		return ESP_SHORT;
	esp_len -= icv;
	low = get32(esp + 4);
	high = high_of(sa, low);
	clear_len = esp_len - ESP_HEAD - sa->encr->iv_len;
	memcpy(inner, packet.data, front);
	if (sa->integ && !integ_holds(sa, esp, esp_len, high))
		return ESP_BAD_ICV;
	if (!decrypt(sa, esp, esp_len, high, inner + front))
		return ESP_BAD_ICV;
	if (low > sa->last || high > sa->high) {
		sa->last = low;
		sa->high = high;
	}
	result = trim(inner + front, clear_len, &payload, &next);
	if (result != ESP_OPENED)
		return result;
	if (sa->transport)
		set_header(inner, place, payload, next);
	else if (next != PROTOCOL_IPV4 && next != PROTOCOL_IPV6)
		return ESP_SHORT;
	*len = front + payload;
	return ESP_OPENED;
}

void esp_sa_free(struct esp_sa *sa)
{
	ike_secret_clear(&sa->encr_key);
	ike_secret_clear(&sa->integ_key);
	free(sa);
}
