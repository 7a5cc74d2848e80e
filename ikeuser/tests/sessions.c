// SPDX-License-Identifier: GPL-2.0-only
/* Sessions of two engines for others to read: sessions DIRECTORY writes what was
 * on their wire, SUITE.pcap, and what opens it, SUITE.keys, lines of Wireshark's
 * ikev2_decryption_table. It knows no octet of IKE.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SAS_MAX 8	/* IKE SAs with one suite */

/* As our configuration has it, and as Wireshark's tables do. */
static const struct suite {
	const char *word;
	const char *proposal;
	const char *encr;
	const char *integ;
} suites[] = {
	{ "aes256-sha256", "aes256-sha256-ecp256", "AES-CBC-256 [RFC3602]",
	  "HMAC_SHA2_256_128 [RFC4868]" },
	{ "aes256-sha512", "aes256-sha512-x25519", "AES-CBC-256 [RFC3602]",
	  "HMAC_SHA2_512_256 [RFC4868]" },
	{ "aes192-sha384", "aes192-sha384-x25519", "AES-CBC-192 [RFC3602]",
	  "HMAC_SHA2_384_192 [RFC4868]" },
	{ "aes128-sha1", "aes128-sha1-ecp256", "AES-CBC-128 [RFC3602]",
	  "HMAC_SHA1_96 [RFC2404]" },
	{ "aes256gcm16", "aes256gcm16-prfsha256-x25519",
	  "AES-GCM-256 with 16 octet ICV [RFC5282]", NULL },
	{ "aes128gcm8", "aes128gcm8-prfsha256-x25519",
	  "AES-GCM-128 with 8 octet ICV [RFC5282]", NULL },
};

/* One session after the other. */
static const struct way {
	bool translated;
	bool fragments;
} ways[] = {
	{ false },
	{ .translated = true },
	{ .fragments = true },
};

struct record {
	const struct suite *suite;
	FILE *pcap;
	FILE *keys;
	uint64_t known[SAS_MAX];	/* initiator's SPIs of written keys */
	size_t n;
};

static void put(FILE *file, const void *data, size_t len)
{
	if (fwrite(data, 1, len, file) != len)
		fail_msg("cannot write: %s", strerror(errno));
}

/*
 * Capture: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-06.html
 */

#define PCAP_MAGIC 0xa1b2c3d4
#define PCAP_RAW 101	/* packets begin with their IP header */

static void pcap_begin(FILE *file)
{
	const struct {
		uint32_t magic;
		uint16_t major;
		uint16_t minor;
		uint32_t reserved[2];
		uint32_t snap_len;
		uint32_t link;
	} header = { PCAP_MAGIC, 2, 4, { 0 }, 65535, PCAP_RAW };

	put(file, &header, sizeof(header));
}

static void be16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static uint16_t ip_checksum(const uint8_t *header)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < 20; i += 2)
		sum += header[i] << 8 | header[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* RFC 791 3.1 and RFC 768, without a checksum of UDP. */
static void headers(const struct pair_packet *packet, uint8_t out[28])
{
	memset(out, 0, 28);
	out[0] = 0x45;
	be16(out + 2, 28 + packet->len);
	be16(out + 4, packet->number);
	out[8] = 64;
	out[9] = 17;
	memcpy(out + 12, packet->source.ip, 4);
	memcpy(out + 16, packet->destination.ip, 4);
	be16(out + 10, ip_checksum(out));
	be16(out + 20, packet->source.port);
	be16(out + 22, packet->destination.port);
	be16(out + 24, 8 + packet->len);
}

static void pcap_packet(FILE *file, uint64_t now,
			const struct pair_packet *packet)
{
	uint32_t len = 28 + packet->len;
	uint32_t record[4] = { now / 1000, now % 1000 * 1000, len, len };
	uint8_t head[28];

	headers(packet, head);
	put(file, record, sizeof(record));
	put(file, head, sizeof(head));
	put(file, packet->data, packet->len);
}

/*
 * Keys
 */

static void put_hex(FILE *file, const struct ike_secret *secret)
{
	size_t i;

	for (i = 0; i < secret->len; i++)
		fprintf(file, "%02x", secret->data[i]);
}

static void write_keys(struct record *record, const struct ike_sa *sa)
{
	FILE *file = record->keys;
	const char *integ = record->suite->integ;

	fprintf(file, "%016" PRIx64 ",%016" PRIx64 ",", sa->spi_i, sa->spi_r);
	put_hex(file, &sa->keys.ei);
	fputc(',', file);
	put_hex(file, &sa->keys.er);
	fprintf(file, ",\"%s\",", record->suite->encr);
	put_hex(file, &sa->keys.ai);
	fputc(',', file);
	put_hex(file, &sa->keys.ar);
	fprintf(file, ",\"%s\"\n", integ ? integ : "NONE [RFC4306]");
}

static void note_keys(struct record *record, struct pair_end *end)
{
	const struct ike_sa *sa = NULL;
	size_t i;

	while ((sa = ike_engine_next_sa(end->engine, sa))) {
		for (i = 0; i < record->n; i++)
			if (record->known[i] == sa->spi_i)
				break;
		if (i < record->n || !sa->keys.ei.len)
			continue;
		assert_true(i < SAS_MAX);
		record->known[record->n++] = sa->spi_i;
		write_keys(record, sa);
	}
}

static bool write_packet(struct pair *pair, struct pair_packet *packet)
{
	struct record *record = pair->arg;

	note_keys(record, &pair->end[packet->from]);
	pcap_packet(record->pcap, pair->now, packet);
	return true;
}

/*
 * Sessions
 */

static struct pair *configure(const struct suite *suite, const struct way *way)
{
	struct pair *pair = pair_new();
	unsigned int i;

	for (i = A; i <= B; i++)
		pair_proposals(&pair->end[i].peer.proposals, IKE_PROTOCOL_IKE,
			       suite->proposal);
	pair->translated = way->translated;
	if (way->translated)
		pair->end[B].peer.remote.len = 0;
	if (way->fragments)
		pair_long(pair);
	return pair;
}

/* Every exchange, from A but for the last one. */
static void talk(struct pair *pair)
{
	pair_establish(pair);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	pair_rekey_ike(pair, A);
	pair_settle(pair);
	pair_close_child(pair, A, 1);
	pair_settle(pair);
	pair_close_ike(pair, B);
	pair_settle(pair);
}

static FILE *create(const char *directory, const struct suite *suite,
		    const char *kind)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.%s", directory, suite->word, kind);
	file = fopen(path, "w");
	if (!file)
		fail_msg("cannot open %s: %s", path, strerror(errno));
	return file;
}

static void run(struct record *record, const struct way *way)
{
	struct pair *pair = configure(record->suite, way);

	/* No session has the SPIs of another. */
	pair->end[A].seeded.state = 1000 + (way - ways);
	pair->end[B].seeded.state = 2000 + (way - ways);
	pair->judge = write_packet;
	pair->arg = record;
	talk(pair);
	pair_free(pair);
}

/* A test, so that what fails is told. */
static void test_sessions_of_each_suite(void **state)
{
	struct record record;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		record = (struct record){ .suite = &suites[i] };
		record.pcap = create(*state, &suites[i], "pcap");
		record.keys = create(*state, &suites[i], "keys");
		pcap_begin(record.pcap);
		for (j = 0; j < ARRAY_SIZE(ways); j++)
			run(&record, &ways[j]);
		if (fclose(record.pcap) || fclose(record.keys))
			fail_msg("cannot write: %s", strerror(errno));
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_sessions_of_each_suite, argv[1]),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: sessions DIRECTORY\n");
		return 2;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
