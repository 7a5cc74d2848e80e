// SPDX-License-Identifier: GPL-2.0-only
/* What capture writes and opens: ESP of known answers, Wireshark's tables to the
 * letter, a file that tshark reads back; and how the verb is refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "esp_open.h"
#include "fake.h"
#include "packets.h"
#include "pcapng.h"
#include "proto.h"
#include "vectors.h"
#include "wireshark.h"

/* --- ESP --- */

#define IP_HEAD 20

/* 10.255.1.2 to 10.255.2.2, with that protocol. */
static struct octets ip(uint8_t protocol)
{
	struct octets packet = { .len = IP_HEAD };
	static const uint8_t addresses[] = { 10, 255, 1, 2, 10, 255, 2, 2 };

	packet.data[0] = 0x45;
	packet.data[8] = 64;
	packet.data[9] = protocol;
	memcpy(packet.data + 12, addresses, sizeof(addresses));
	return packet;
}

static struct ike_bytes bytes(const struct octets *octets)
{
	return (struct ike_bytes){ octets->data, octets->len };
}

static struct esp_sa sa_with(uint16_t encr, uint16_t integ,
			     const struct octets *key,
			     const struct octets *integ_key)
{
	struct esp_sa sa = {
		.len = 4,
		.source = { 10, 255, 1, 2 },
		.destination = { 10, 255, 2, 2 },
		.encr = ike_encr_find(encr),
		.integ = integ ? ike_integ_find(integ) : NULL,
		.transport = true,
	};

	assert_non_null(sa.encr);
	assert_int_equal(ike_secret_set(&sa.encr_key, key->data, key->len), 0);
	if (integ_key)
		assert_int_equal(ike_secret_set(&sa.integ_key, integ_key->data,
						integ_key->len), 0);
	return sa;
}

static void sa_clear(struct esp_sa *sa)
{
	ike_secret_clear(&sa->encr_key);
	ike_secret_clear(&sa->integ_key);
}

/* It opens, and what was sealed is in it; with a bit turned over, it does not. */
static void opens(struct esp_sa *sa, struct octets *packet,
		  const struct octets *clear)
{
	static uint8_t inner[ESP_PACKET_MAX];
	size_t pad = clear->data[clear->len - 2];
	struct esp_place place;
	size_t len = 0;

	assert_true(esp_find(bytes(packet), &place));
	sa->spi = place.spi;
	assert_true(esp_is_of(sa, bytes(packet), &place));
	assert_int_equal(esp_open(sa, bytes(packet), &place, inner, &len),
			 ESP_OPENED);
	assert_int_equal(len, IP_HEAD + clear->len - 2 - pad);
	assert_memory_equal(inner + IP_HEAD, clear->data, len - IP_HEAD);
	assert_int_equal(inner[9], clear->data[clear->len - 1]);
	assert_int_equal(inner[2] << 8 | inner[3], len);
	packet->data[packet->len - 1] ^= 1;
	assert_int_equal(esp_open(sa, bytes(packet), &place, inner, &len),
			 ESP_BAD_ICV);
	packet->data[packet->len - 1] ^= 1;
	packet->data[IP_HEAD + 20] ^= 1;
	assert_int_equal(esp_open(sa, bytes(packet), &place, inner, &len),
			 ESP_BAD_ICV);
	packet->data[IP_HEAD + 20] ^= 1;
}

/* SPI and sequence number are the AAD; with ESN its middle is not sent. */
static void check_aead(uint16_t encr, const struct record *record,
		       const char *aad_name, struct octets sealed,
		       struct octets clear)
{
	struct octets key = octets_of(record, "KEYMAT");
	struct octets aad = octets_of(record, aad_name);
	struct octets iv = octets_of(record, "IV");
	struct esp_sa sa = sa_with(encr, 0, &key, NULL);
	const uint8_t *low = aad.data + aad.len - 4;
	struct octets packet = ip(50);

	sa.esn = aad.len == 12;
	sa.last = (uint32_t)low[0] << 24 | low[1] << 16 | low[2] << 8 | low[3];
	if (sa.esn)
		sa.high = (uint32_t)aad.data[4] << 24 | aad.data[5] << 16 |
			  aad.data[6] << 8 | aad.data[7];
	octets_add(&packet, aad.data, 4);
	octets_add(&packet, low, 4);
	octets_add(&packet, iv.data, iv.len);
	octets_add(&packet, sealed.data, sealed.len);
	opens(&sa, &packet, &clear);
	sa_clear(&sa);
}

static void check_gcm(const struct record *record)
{
	struct octets clear = octets_of(record, "Plaintext");

	check_aead(IKE_ENCR_AES_GCM_16, record, "AAD",
		   octets_of(record, "CiphertextAndICV"), clear);
}

static void check_chacha(const struct record *record)
{
	struct octets sealed = octets_of(record, "Ciphertext");
	struct octets icv = octets_of(record, "ICV");

	/* The other one is a message of IKE. */
	if (strncmp(record->name, "ESP ", 4))
		return;
	octets_add(&sealed, icv.data, icv.len);
	check_aead(IKE_ENCR_CHACHA20_POLY1305, record, "AAD", sealed,
		   octets_of(record, "Plaintext"));
}

static void check_gmac(const struct record *record)
{
	struct octets sealed = octets_of(record, "Payload");
	struct octets icv = octets_of(record, "ICV");

	octets_add(&sealed, icv.data, icv.len);
	check_aead(IKE_ENCR_NULL_AUTH_AES_GMAC, record, "AAD_SPI_Seq", sealed,
		   octets_of(record, "Payload"));
}

static void test_esp_of_known_answers_is_opened(void **state)
{
	assert_true(check_file(VECTORS "/rfc4106_aes_gcm_esp.txt",
			       check_gcm) >= 4);
	assert_true(check_file(VECTORS "/rfc7634_chacha20poly1305.txt",
			       check_chacha) >= 1);
	assert_true(check_file(VECTORS "/rfc4543_gmac_esp.txt",
			       check_gmac) >= 1);
}

/* Sealed here, with the same arithmetic as IKE's. */
static struct octets seal_cbc(const struct esp_sa *sa,
			      const struct octets *clear, uint32_t high)
{
	static const uint8_t head[8] = { 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 7 };
	struct octets packet = ip(50), body = *clear, sealed;
	uint8_t iv[16] = { 1, 2, 3 }, icv[ICV_LEN_MAX];
	const uint8_t high_octets[4] = { high >> 24, high >> 16, high >> 8,
					 high };

	if (sa->encr->iv_len)
		assert_int_equal(ike_encr_seal(sa->encr,
					       ike_secret_bytes(&sa->encr_key),
					       iv, (struct ike_bytes){ 0 },
					       body.data, body.len, NULL), 0);
	octets_add(&packet, head, sizeof(head));
	octets_add(&packet, iv, sa->encr->iv_len);
	octets_add(&packet, body.data, body.len);
	sealed = packet;
	if (sa->esn)
		octets_add(&sealed, high_octets, 4);
	assert_int_equal(ike_integ_icv(sa->integ,
				       ike_secret_bytes(&sa->integ_key),
				       (struct ike_bytes){
					       sealed.data + IP_HEAD,
					       sealed.len - IP_HEAD }, icv), 0);
	octets_add(&packet, icv, sa->integ->icv_len);
	return packet;
}

/* 14 octets of payload in a block. */
static const struct octets payload = {
	.data = { 8, 0, 0x12, 0x34, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1 },
	.len = 16,
};

static void test_ciphers_with_an_icv_of_their_own_are_opened(void **state)
{
	static const struct {
		uint16_t encr;
		uint16_t key;
		uint16_t integ;
		bool esn;
	} cases[] = {
		{ IKE_ENCR_AES_CBC, 32, IKE_INTEG_HMAC_SHA1_96 },
		{ IKE_ENCR_AES_CBC, 16, IKE_INTEG_HMAC_SHA2_256_128 },
		{ IKE_ENCR_AES_CBC, 24, IKE_INTEG_HMAC_SHA2_512_256, true },
		{ IKE_ENCR_NULL, 0, IKE_INTEG_HMAC_SHA2_384_192 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct octets key = { .len = cases[i].key };
		struct octets integ_key = {
			.len = ike_integ_find(cases[i].integ)->key_len,
		};
		struct esp_sa sa = sa_with(cases[i].encr, cases[i].integ, &key,
					   &integ_key);
		struct octets packet;

		sa.esn = cases[i].esn;
		sa.high = 3;
		sa.last = 6;
		packet = seal_cbc(&sa, &payload, 3);
		opens(&sa, &packet, &payload);
		/* Behind the wrap of what is sent, its other half has grown. */
		if (sa.esn) {
			sa.last = 0xfffffff0;
			sa.high = 2;
			opens(&sa, &packet, &payload);
			assert_int_equal(sa.high, 3);
		}
		sa_clear(&sa);
	}
}

static void test_esp_in_udp_is_found_and_ike_is_none(void **state)
{
	static const uint8_t udp[] = { 0x11, 0x94, 0x11, 0x94, 0, 24, 0, 0 };
	static const uint8_t esp[] = { 0, 0, 0x12, 0x34, 0, 0, 0, 1 };
	static const uint8_t marker[8];
	struct octets packet = ip(17);
	struct esp_place place;

	octets_add(&packet, udp, sizeof(udp));
	octets_add(&packet, esp, sizeof(esp));
	assert_true(esp_find(bytes(&packet), &place));
	assert_int_equal(place.esp_at, IP_HEAD + 8);
	assert_int_equal(place.spi, 0x1234);
	packet.len = IP_HEAD + 8;
	octets_add(&packet, marker, sizeof(marker));
	assert_false(esp_find(bytes(&packet), &place));
	/* Part of a packet cannot be opened. */
	packet = ip(50);
	octets_add(&packet, esp, sizeof(esp));
	packet.data[7] = 1;
	assert_false(esp_find(bytes(&packet), &place));
	for (size_t len = 0; len < packet.len; len++)
		assert_false(esp_find((struct ike_bytes){ packet.data, len },
				      &place));
}

/* What a liar sends: too short for its ICV, more padding than there is. */
static void test_what_is_no_esp_is_not_opened(void **state)
{
	static uint8_t inner[ESP_PACKET_MAX];
	struct octets key = { .len = 0 }, integ_key = { .len = 20 };
	struct octets clear = payload, packet;
	struct esp_sa sa = sa_with(IKE_ENCR_NULL, IKE_INTEG_HMAC_SHA1_96, &key,
				   &integ_key);
	struct esp_place place;
	size_t len;

	clear.data[clear.len - 2] = 15;
	packet = seal_cbc(&sa, &clear, 0);
	assert_true(esp_find(bytes(&packet), &place));
	assert_int_equal(esp_open(&sa, bytes(&packet), &place, inner, &len),
			 ESP_SHORT);
	clear.data[clear.len - 2] = 0;
	clear.data[clear.len - 1] = 59;
	packet = seal_cbc(&sa, &clear, 0);
	assert_int_equal(esp_open(&sa, bytes(&packet), &place, inner, &len),
			 ESP_DUMMY);
	for (packet.len = IP_HEAD + 8; packet.len < IP_HEAD + 8 + 14;
	     packet.len++)
		assert_int_equal(esp_open(&sa, bytes(&packet), &place, inner,
					  &len), ESP_SHORT);
	sa_clear(&sa);
}

/* --- which packets --- */

static void test_only_ike_and_esp_are_wanted(void **state)
{
	static const struct {
		uint8_t protocol;
		uint8_t ports[4];
		uint8_t fragment;	/* offset, in octets of 8 */
		bool wanted;
	} cases[] = {
		{ 50, { 0 }, 0, true },
		{ 50, { 0 }, 9, true },
		{ 17, { 0x01, 0xf4, 0x01, 0xf4 }, 0, true },
		{ 17, { 0x80, 0x00, 0x11, 0x94 }, 0, true },
		{ 17, { 0x11, 0x94, 0x80, 0x00 }, 0, true },
		{ 17, { 0x00, 0x35, 0x80, 0x00 }, 0, false },
		{ 17, { 0x00, 0x35, 0x80, 0x00 }, 9, true },
		{ 1, { 0x01, 0xf4, 0x01, 0xf4 }, 0, false },
		{ 6, { 0x01, 0xf4, 0x01, 0xf4 }, 0, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct octets packet = ip(cases[i].protocol);

		packet.data[7] = cases[i].fragment;
		octets_add(&packet, cases[i].ports, 4);
		assert_int_equal(packets_wanted(bytes(&packet)),
				 cases[i].wanted);
	}
	assert_false(packets_wanted((struct ike_bytes){ cases[0].ports, 4 }));
}

/* --- Wireshark's tables --- */

static char directory[] = "/tmp/test_cli_capture.XXXXXX";

static const char *path_of(const char *name)
{
	static char path[4][128];
	static unsigned int i;

	snprintf(path[++i % 4], sizeof(path[0]), "%s/%s", directory, name);
	return path[i % 4];
}

static const char *text_of(const char *name)
{
	static char text[8192];
	FILE *file = fopen(path_of(name), "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static mode_t mode_of(const char *name)
{
	struct stat stat;

	assert_int_equal(lstat(path_of(name), &stat), 0);
	return stat.st_mode & 07777;
}

static struct octets key_of(size_t len)
{
	struct octets key = { .len = len };

	memset(key.data, 0xab, len);
	return key;
}

static void write_esp(struct wireshark *w, uint16_t encr, uint16_t integ,
		      size_t key_len, size_t integ_len, bool esn, char *line)
{
	struct octets key = key_of(key_len), integ_key = key_of(integ_len);
	struct esp_sa sa = sa_with(encr, integ, &key, &integ_key);

	sa.spi = 0xb89f38c9;
	sa.esn = esn;
	wireshark_esp(w, &sa, line);
	sa_clear(&sa);
}

static void test_tables_are_as_wireshark_reads_them(void **state)
{
	const struct wireshark_ike cbc = {
		"8b1c2f3d4e5f6a70", "19a7d2c4b3e6f581", IKE_ENCR_AES_CBC,
		IKE_INTEG_HMAC_SHA2_256_128,
		"00112233445566778899aabbccddeeff", "e2", "a1", "a2",
	};
	/* With a salt of 4 octets behind it. */
	const struct wireshark_ike gcm = {
		"01", "02", IKE_ENCR_AES_GCM_16, IKE_INTEG_NONE,
		"00112233445566778899aabbccddeeff01020304", "e2", "", "",
	};
	const struct wireshark_ike unknown = {
		"03", "04", IKE_ENCR_CHACHA20_POLY1305, IKE_INTEG_NONE, "e1",
		"e2", "", "",
	};
	char line[WIRESHARK_LINE_MAX];
	struct wireshark w;

	assert_int_equal(wireshark_open(&w, path_of("keys")), 0);
	write_esp(&w, IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA1_96, 4, 2, false,
		  line);
	assert_string_equal(line, "\"IPv4\",\"10.255.1.2\",\"10.255.2.2\",\"0xb89f38c9\",\"AES-CBC [RFC3602]\",\"0xabababab\",\"HMAC-SHA-1-96 [RFC2404]\",\"0xabab\",\"32-bit\",\"0x0\"\n");
	write_esp(&w, IKE_ENCR_AES_GCM_16, 0, 4, 0, true, line);
	write_esp(&w, IKE_ENCR_NULL_AUTH_AES_GMAC, 0, 4, 0, false, line);
	assert_string_equal(line, "");
	wireshark_ike(&w, &cbc);
	wireshark_ike(&w, &gcm);
	wireshark_ike(&w, &unknown);
	assert_int_equal(w.esp_lines, 2);
	assert_int_equal(w.ike_lines, 2);
	assert_int_equal(wireshark_close(&w), 0);
	assert_string_equal(text_of("keys/esp_sa"),
		"\"IPv4\",\"10.255.1.2\",\"10.255.2.2\",\"0xb89f38c9\",\"AES-CBC [RFC3602]\",\"0xabababab\",\"HMAC-SHA-1-96 [RFC2404]\",\"0xabab\"\n"
		"\"IPv4\",\"10.255.1.2\",\"10.255.2.2\",\"0xb89f38c9\",\"AES-GCM with 16 octet ICV [RFC4106]\",\"0xabababab\",\"NULL\",\"\",\"64-bit\",\"0x0\"\n"
		"# 10.255.1.2 to 10.255.2.2, 0xb89f38c9: Wireshark has no such algorithm\n");
	assert_string_equal(text_of("keys/ikev2_decryption_table"),
		"8b1c2f3d4e5f6a70,19a7d2c4b3e6f581,00112233445566778899aabbccddeeff,e2,\"AES-CBC-128 [RFC3602]\",a1,a2,\"HMAC_SHA2_256_128 [RFC4868]\"\n"
		"01,02,00112233445566778899aabbccddeeff01020304,e2,\"AES-GCM-128 with 16 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"\n"
		"# 03, 04: Wireshark has no such algorithm\n");
	assert_non_null(strstr(text_of("keys/preferences"),
			       "esp.enable_encryption_decode: TRUE\n"));
}

static void test_keys_are_for_their_owner_alone(void **state)
{
	struct wireshark w;

	assert_int_equal(chmod(path_of("keys"), 0755), 0);
	assert_int_equal(chmod(path_of("keys/esp_sa"), 0644), 0);
	assert_int_equal(wireshark_open(&w, path_of("keys")), 0);
	assert_int_equal(wireshark_close(&w), 0);
	assert_int_equal(mode_of("keys"), 0700);
	assert_int_equal(mode_of("keys/esp_sa"), 0600);
	assert_int_equal(mode_of("keys/ikev2_decryption_table"), 0600);
	assert_string_equal(text_of("keys/esp_sa"), "");
	/* Somebody put a link where keys were to go. */
	assert_int_equal(symlink(path_of("keys"), path_of("link")), 0);
	assert_int_equal(wireshark_open(&w, path_of("link")), -EEXIST);
	assert_int_equal(wireshark_open(&w, path_of("keys/esp_sa")), -EEXIST);
	assert_int_equal(unlink(path_of("keys/esp_sa")), 0);
	assert_int_equal(symlink(path_of("elsewhere"), path_of("keys/esp_sa")),
			 0);
	assert_int_equal(wireshark_open(&w, path_of("keys")), 0);
	assert_int_equal(wireshark_close(&w), 0);
	assert_int_equal(access(path_of("elsewhere"), F_OK), -1);
}

/* --- pcapng --- */

static void write_pcapng(const char *name)
{
	struct octets outer = ip(50), inner = ip(1);
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	octets_add(&outer, payload.data, 13);
	octets_add(&inner, payload.data, 14);
	outer.data[3] = outer.len;
	inner.data[3] = inner.len;
	pcapng_begin(file, "culvert");
	pcapng_interface(file, "eth1", "outer");
	pcapng_interface(file, "culvert-inner", "clear");
	pcapng_esp_secrets(file, "\"IPv4\",\"*\"\n");
	pcapng_packet(file, PCAPNG_OUTER, 1700000000123456789, PCAPNG_OUT,
		      bytes(&outer), outer.len);
	pcapng_packet(file, PCAPNG_INNER, 1700000000123456789, PCAPNG_IN,
		      bytes(&inner), 1000);
	pcapng_statistics(file, PCAPNG_OUTER, 1700000000123456789, 7, 2);
	assert_int_equal(fclose(file), 0);
}

/* Each block's length stands at both of its ends, and is a multiple of 4. */
static void test_blocks_are_whole(void **state)
{
	static const uint32_t types[] = { 0x0a0d0d0a, 1, 1, 10, 6, 6, 5 };
	uint32_t block[2], behind;
	FILE *file;
	size_t n = 0;

	write_pcapng("blocks.pcapng");
	file = fopen(path_of("blocks.pcapng"), "r");
	assert_non_null(file);
	while (fread(block, sizeof(block), 1, file)) {
		assert_true(n < ARRAY_SIZE(types));
		assert_int_equal(block[0], types[n++]);
		assert_int_equal(block[1] % 4, 0);
		assert_int_equal(fseek(file, block[1] - 12, SEEK_CUR), 0);
		assert_int_equal(fread(&behind, sizeof(behind), 1, file), 1);
		assert_int_equal(behind, block[1]);
	}
	fclose(file);
	assert_int_equal(n, ARRAY_SIZE(types));
}

static void test_tshark_reads_it_back(void **state)
{
	char command[512], text[512];
	FILE *pipe;

	if (system("command -v tshark >/dev/null"))
		skip();
	write_pcapng("read.pcapng");
	snprintf(command, sizeof(command),
		 "tshark -r %s -T fields -E separator=' ' -e frame.interface_name -e frame.time_epoch -e frame.packet_flags_direction -e frame.len -e frame.cap_len -e frame.protocols 2>&1 | grep -v '^Running as'",
		 path_of("read.pcapng"));
	pipe = popen(command, "r");
	assert_non_null(pipe);
	text[fread(text, 1, sizeof(text) - 1, pipe)] = '\0';
	assert_int_equal(pclose(pipe), 0);
	assert_string_equal(text,
		"eth1 1700000000.123456789 0x00000002 33 33 raw:ip:esp\n"
		"culvert-inner 1700000000.123456789 0x00000001 1000 34 raw:ip:icmp:data\n");
}

/* --- the verb --- */

static void test_the_verb_says_what_is_wrong(void **state)
{
	static const struct fake_answer two_devices[] = {
		{ "culvert-policy", "culvert-rule",
		  "r1 { action = protect  peer = site2  child = c  device = eth1  remote-addrs = 10.255.2.2 } "
		  "r2 { action = protect  peer = site2  child = d  device = eth2  remote-addrs = 10.255.2.2 }" },
		{ NULL },
	};

	assert_int_equal(fake_run("capture"), CLI_USAGE);
	fake_start(two_devices);
	assert_int_equal(fake_run("capture site2"), CLI_USAGE);
	fake_says("-w FILE says where to");
	assert_int_equal(fake_run("capture site2 -w /tmp/x -c none"), CLI_USAGE);
	fake_says("-c: expected a number");
	assert_int_equal(fake_run("capture site2 -w /tmp/x --for 0s"), CLI_USAGE);
	fake_says("--for: expected a time such as 10s");
	assert_int_equal(fake_run("capture site2 -w /tmp/x --with-keys --for 2h"),
			 CLI_USAGE);
	fake_says("for an hour at the most");
	assert_int_equal(fake_run("capture site3 -w /tmp/x"), CLI_ABSENT);
	assert_int_equal(fake_run("capture site2 -w /tmp/x"), CLI_USAGE);
	fake_says("say --interface DEVICE");
	fake_stop();
}

static void test_the_verb_without_a_device(void **state)
{
	static const struct fake_answer answers[] = {
		{ "culvert-policy", "culvert-rule",
		  "r1 { action = protect  peer = site2  child = c  device = no-such-device  remote-addrs = 10.255.2.2 }" },
		{ "list-conns", "list-conn",
		  "site2 { remote_addrs [ 10.255.2.2 ] }" },
		{ NULL },
	};

	fake_start(answers);
	assert_int_equal(fake_run("capture site2 -w /tmp/x"), CLI_FAILED);
	fake_says("packets of no-such-device: ");
	fake_stop();
}

static void test_the_daemon_refuses_keys(void **state)
{
	static const struct fake_answer answers[] = {
		{ "culvert-policy", "culvert-rule",
		  "r1 { action = protect  peer = site2  child = c  device = lo  remote-addrs = 10.255.2.2 }" },
		{ "list-conns", "list-conn",
		  "site2 { remote_addrs [ 10.255.2.2 ] }" },
		{ "culvert-keys", .answer = "success = no  errmsg = \"keys are told to root alone, not to user 1000\"" },
		{ NULL },
	};
	char command[256];

	if (geteuid())
		skip();
	fake_start(answers);
	snprintf(command, sizeof(command), "capture site2 -w %s --with-keys --for 1s",
		 path_of("refused.pcapng"));
	assert_int_equal(fake_run(command), CLI_FAILED);
	fake_says("root alone, not to user 1000");
	assert_true(fake_asked("culvert-keys", "peer", "site2"));
	assert_true(fake_asked("culvert-keys", "seconds", "1"));
	fake_stop();
}

/* Time is over, with nothing seen but what one key event said. */
static void test_the_time_ends_it(void **state)
{
	static const struct fake_answer answers[] = {
		{ "culvert-policy", "culvert-rule",
		  "r1 { action = protect  peer = site2  child = c  device = lo  remote-addrs = 10.255.2.2 }" },
		{ "list-conns", "list-conn",
		  "site2 { remote_addrs [ 10.255.2.2 ] }" },
		{ "culvert-keys", "culvert-key",
		  "key { kind = esp  source = 10.255.1.2  destination = 10.255.2.2  spi = b89f38c9  encr = 12  integ = 2  esn = no  transport = no  encr-key = 000102030405060708090a0b0c0d0e0f  integ-key = 000102030405060708090a0b0c0d0e0f10111213 }",
		  "success = yes  unknown = 0", .bare = true },
		{ NULL },
	};
	char command[256];

	if (geteuid())
		skip();
	fake_start(answers);
	snprintf(command, sizeof(command),
		 "capture site2 -w %s --with-keys --for 300ms --json",
		 path_of("timed.pcapng"));
	assert_int_equal(fake_run(command), CLI_OK);
	fake_has("\"type\":\"capture\"");
	fake_has("\"packets\":0");
	fake_has("\"sas\":1");
	fake_says("warning: ");
	fake_stop();
	assert_int_equal(mode_of("timed.pcapng"), 0600);
	assert_non_null(strstr(text_of("timed.pcapng.keys/esp_sa"),
			       "\"0xb89f38c9\",\"AES-CBC [RFC3602]\""));
}

static int make_directory(void **state)
{
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_esp_of_known_answers_is_opened),
		cmocka_unit_test(
			test_ciphers_with_an_icv_of_their_own_are_opened),
		cmocka_unit_test(test_esp_in_udp_is_found_and_ike_is_none),
		cmocka_unit_test(test_what_is_no_esp_is_not_opened),
		cmocka_unit_test(test_only_ike_and_esp_are_wanted),
		cmocka_unit_test(test_tables_are_as_wireshark_reads_them),
		cmocka_unit_test(test_keys_are_for_their_owner_alone),
		cmocka_unit_test(test_blocks_are_whole),
		cmocka_unit_test(test_tshark_reads_it_back),
		cmocka_unit_test(test_the_verb_says_what_is_wrong),
		cmocka_unit_test(test_the_verb_without_a_device),
		cmocka_unit_test(test_the_daemon_refuses_keys),
		cmocka_unit_test(test_the_time_ends_it),
	};

	return cmocka_run_group_tests_name("cli_capture", tests,
					   make_directory, remove_directory);
}
