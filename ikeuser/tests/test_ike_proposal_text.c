// SPDX-License-Identifier: GPL-2.0-only
/* strongSwan's proposal strings: every word of them, what is added and what is
 * refused, and that what is printed is read again as the same.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crypto.h"
#include "proposal.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct lines {
	char weak[400];
	char error[200];
};

static int parse(struct ike_proposals *list, uint8_t protocol,
		 const char *text, struct lines *lines)
{
	struct ike_text weak, error;

	ike_text_init(&weak, lines->weak, sizeof(lines->weak));
	ike_text_init(&error, lines->error, sizeof(lines->error));
	return ike_proposals_parse_text(list, protocol, text, &weak, &error);
}

static void assert_prints(const struct ike_proposals *list, const char *want)
{
	struct ike_text t;
	char line[800];

	ike_text_init(&t, line, sizeof(line));
	ike_proposals_print(list, &t);
	assert_string_equal(line, want);
}

/* And what it prints is read as the same. */
static void assert_reads(uint8_t protocol, const char *text, const char *want)
{
	struct ike_proposals list, again;
	struct lines lines;

	if (parse(&list, protocol, text, &lines))
		fail_msg("\"%s\": %s", text, lines.error);
	assert_prints(&list, want);
	assert_int_equal(parse(&again, protocol, want, &lines), 0);
	assert_prints(&again, want);
	assert_int_equal(list.proposal[0].n, again.proposal[0].n);
	ike_proposals_clear(&list);
	ike_proposals_clear(&again);
}

static void assert_refuses(uint8_t protocol, const char *text,
			   const char *why)
{
	struct ike_proposals list;
	struct lines lines;

	assert_int_equal(parse(&list, protocol, text, &lines), -EINVAL);
	assert_string_equal(lines.error, why);
	assert_null(list.proposal);
}

static void test_IKE(void **state)
{
	assert_reads(IKE_PROTOCOL_IKE, "aes256-sha256-modp2048",
		     "aes256-sha256-prfsha256-modp2048");
	assert_reads(IKE_PROTOCOL_IKE, "aes256gcm16-prfsha256-ecp256",
		     "aes256gcm16-prfsha256-ecp256");
	assert_reads(IKE_PROTOCOL_IKE, "chacha20poly1305-prfsha512-x25519",
		     "chacha20poly1305-prfsha512-x25519");
}

static void test_ESP(void **state)
{
	assert_reads(IKE_PROTOCOL_ESP, "aes256-sha1", "aes256-sha1");
	assert_reads(IKE_PROTOCOL_ESP, "aes256-sha256-modp2048-esn-noesn",
		     "aes256-sha256-modp2048-esn-noesn");
	assert_reads(IKE_PROTOCOL_ESP, "aes128gcm16-esn", "aes128gcm16-esn");
	assert_reads(IKE_PROTOCOL_ESP, "aes128gmac-noesn", "aes128gmac");
}

static void test_several_and_their_numbers(void **state)
{
	struct ike_proposals list;
	struct lines lines;

	assert_int_equal(parse(&list, IKE_PROTOCOL_ESP,
			       "aes256-sha256, aes128-sha256 ,aes128gcm16",
			       &lines), 0);
	assert_int_equal(list.n, 3);
	for (size_t i = 0; i < list.n; i++) {
		assert_int_equal(list.proposal[i].number, i + 1);
		assert_int_equal(list.proposal[i].protocol, IKE_PROTOCOL_ESP);
		assert_int_equal(list.proposal[i].spi_len, 0);
	}
	assert_prints(&list, "aes256-sha256, aes128-sha256, aes128gcm16");
	ike_proposals_clear(&list);
}

/* As strongSwan does: the PRF of each integrity algorithm, unless one is named;
 * of an AEAD, an integrity algorithm names nothing else.
 */
static void test_PRF_comes_with_the_integrity_algorithm(void **state)
{
	static const char *const pairs[][2] = {
		{ "aes128-sha1-modp2048", "aes128-sha1-prfsha1-modp2048" },
		{ "aes128-sha384-modp2048",
		  "aes128-sha384-prfsha384-modp2048" },
		{ "aes128-sha512-modp2048",
		  "aes128-sha512-prfsha512-modp2048" },
		{ "aes128-sha256-sha512-modp2048",
		  "aes128-sha256-sha512-prfsha256-prfsha512-modp2048" },
		{ "aes128-sha1-prfsha512-modp2048",
		  "aes128-sha1-prfsha512-modp2048" },
		{ "aes128gcm16-sha256-ecp256",
		  "aes128gcm16-prfsha256-ecp256" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		assert_reads(IKE_PROTOCOL_IKE, pairs[i][0], pairs[i][1]);
}

static void test_PRF_in_an_ESP_proposal_is_passed_over(void **state)
{
	assert_reads(IKE_PROTOCOL_ESP, "aes128-sha256-prfsha256-modp2048",
		     "aes128-sha256-modp2048");
}

static void test_ESN_only_if_it_is_named(void **state)
{
	struct ike_proposals list;
	struct lines lines;

	assert_int_equal(parse(&list, IKE_PROTOCOL_ESP, "aes256-sha256",
			       &lines), 0);
	assert_int_equal(list.proposal[0].n, 3);
	assert_int_equal(list.proposal[0].transform[2].type,
			 IKE_TRANSFORM_ESN);
	assert_int_equal(list.proposal[0].transform[2].id, IKE_ESN_NONE);
	ike_proposals_clear(&list);
}

static void test_other_words_for_the_same(void **state)
{
	static const char *const pairs[][2] = {
		{ "aes-sha-noesn", "aes128-sha1" },
		{ "aes128-sha2_256", "aes128-sha256" },
		{ "aes128-sha2_384", "aes128-sha384" },
		{ "aes128-sha2_512", "aes128-sha512" },
		{ "aes128gcm128", "aes128gcm16" },
		{ "aes192gcm", "aes192gcm16" },
		{ "aes256gcm96", "aes256gcm12" },
		{ "aes256gcm64", "aes256gcm8" },
		{ "aes128-sha256-curve25519", "aes128-sha256-x25519" },
		{ "aes128-sha256-modpnone", "aes128-sha256-none" },
		{ "aes128-aes128-sha256-sha256", "aes128-sha256" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		assert_reads(IKE_PROTOCOL_ESP, pairs[i][0], pairs[i][1]);
}

/* What strongSwan's manual calls these algorithms, and their IANA numbers. */
static const struct {
	const char *word;
	uint8_t type;
	uint16_t id;
	uint16_t bits;
} words[] = {
	{ "aes128", 1, 12, 128 },	{ "aes192", 1, 12, 192 },
	{ "aes256", 1, 12, 256 },	{ "aes128gcm8", 1, 18, 128 },
	{ "aes192gcm8", 1, 18, 192 },	{ "aes256gcm8", 1, 18, 256 },
	{ "aes128gcm12", 1, 19, 128 },	{ "aes192gcm12", 1, 19, 192 },
	{ "aes256gcm12", 1, 19, 256 },	{ "aes128gcm16", 1, 20, 128 },
	{ "aes192gcm16", 1, 20, 192 },	{ "aes256gcm16", 1, 20, 256 },
	{ "aes128gmac", 1, 21, 128 },	{ "aes192gmac", 1, 21, 192 },
	{ "aes256gmac", 1, 21, 256 },	{ "chacha20poly1305", 1, 28, 0 },
	{ "null", 1, 11, 0 },		{ "prfsha1", 2, 2, 0 },
	{ "prfsha256", 2, 5, 0 },	{ "prfsha384", 2, 6, 0 },
	{ "prfsha512", 2, 7, 0 },	{ "sha1", 3, 2, 0 },
	{ "sha256", 3, 12, 0 },		{ "sha384", 3, 13, 0 },
	{ "sha512", 3, 14, 0 },		{ "none", 4, 0, 0 },
	{ "modp1536", 4, 5, 0 },	{ "modp2048", 4, 14, 0 },
	{ "modp3072", 4, 15, 0 },	{ "modp4096", 4, 16, 0 },
	{ "modp8192", 4, 18, 0 },	{ "ecp256", 4, 19, 0 },
	{ "ecp384", 4, 20, 0 },		{ "ecp521", 4, 21, 0 },
	{ "x25519", 4, 31, 0 },		{ "noesn", 5, 0, 0 },
	{ "esn", 5, 1, 0 },
};

static void test_each_word_has_its_number(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const struct ike_transform transform = {
			.type = words[i].type,
			.id = words[i].id,
			.bits = words[i].bits,
		};
		struct ike_text t;
		char line[40];

		ike_text_init(&t, line, sizeof(line));
		ike_transform_print(&transform, &t);
		assert_string_equal(line, words[i].word);
	}
}

/* What can be negotiated can also be done. */
static void test_each_word_has_its_algorithm(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		uint16_t id = words[i].id;

		switch (words[i].type) {
		case IKE_TRANSFORM_ENCR:
			assert_non_null(ike_encr_find(id));
			assert_true(ike_encr_key_len(ike_encr_find(id),
						     words[i].bits) >= 0);
			break;
		case IKE_TRANSFORM_PRF:
			assert_non_null(ike_prf_find(id));
			break;
		case IKE_TRANSFORM_INTEG:
			assert_non_null(ike_integ_find(id));
			break;
		case IKE_TRANSFORM_DH:
			assert_int_equal(!!ike_group_find(id), id != 0);
			break;
		}
	}
}

static void test_default_is_strong(void **state)
{
	static const uint8_t protocols[] = {
		IKE_PROTOCOL_IKE, IKE_PROTOCOL_ESP,
	};

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct ike_proposals list;
		struct lines lines;

		assert_int_equal(parse(&list, protocols[i], "default", &lines),
				 0);
		assert_string_equal(lines.weak, "");
		assert_int_equal(list.n, 2);
		assert_false(ike_proposals_have_group(&list,
						      IKE_DH_MODP_1536));
		ike_proposals_clear(&list);
	}
}

static void test_default_behind_another(void **state)
{
	struct ike_proposals list;
	struct lines lines;

	assert_int_equal(parse(&list, IKE_PROTOCOL_ESP, "aes256-sha1,default",
			       &lines), 0);
	assert_prints(&list,
		      "aes256-sha1, "
		      "aes256gcm16-aes192gcm16-aes128gcm16-chacha20poly1305, "
		      "aes256-aes192-aes128-sha256-sha384-sha512");
	assert_int_equal(list.proposal[2].number, 3);
	ike_proposals_clear(&list);
}

static void test_weak_words_warn(void **state)
{
	static const struct {
		const char *text;
		const char *weak;
	} rows[] = {
		{ "aes256-sha256", "" },
		{ "aes256-sha1",
		  "sha1: SHA-1 is to be replaced (RFC 8247, RFC 8221)" },
		{ "aes256-sha256-modp1536",
		  "modp1536: 1536 bits are too few (RFC 8247)" },
		{ "null-sha256", "null: what it protects is not encrypted" },
		{ "aes256gcm8,aes128gmac",
		  "aes256gcm8: a shorter ICV is easier to forge, "
		  "aes128gmac: what it protects is not encrypted" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ike_proposals list;
		struct lines lines;

		assert_int_equal(parse(&list, IKE_PROTOCOL_ESP, rows[i].text,
				       &lines), 0);
		assert_string_equal(lines.weak, rows[i].weak);
		ike_proposals_clear(&list);
	}
}

static void test_C05_unknown_words(void **state)
{
	assert_refuses(IKE_PROTOCOL_IKE, "aes512-sha256-modp2048",
		       "\"aes512\" is no algorithm that is known");
	assert_refuses(IKE_PROTOCOL_ESP, "3des-sha1",
		       "\"3des\" is no algorithm that is known");
	assert_refuses(IKE_PROTOCOL_IKE, "aes256-sha256-modp1024",
		       "\"modp1024\" is no algorithm that is known");
	assert_refuses(IKE_PROTOCOL_IKE, "AES256-sha256-modp2048",
		       "\"AES256\" is no algorithm that is known");
	assert_refuses(IKE_PROTOCOL_IKE, "aes256-\n-modp2048",
		       "\"\\x0a\" is no algorithm that is known");
}

static void test_C05_holes(void **state)
{
	static const char *const texts[] = {
		"", ",", "aes256-sha256,", ",aes256-sha256", "aes256--sha256",
		"-aes256-sha256", "aes256-sha256-", "aes256-sha256,,default",
		" ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_refuses(IKE_PROTOCOL_ESP, texts[i],
			       "\"\" is no algorithm that is known");
}

static void test_C05_ESP_without_integrity(void **state)
{
	assert_refuses(IKE_PROTOCOL_ESP, "aes256", "no integrity algorithm");
	assert_refuses(IKE_PROTOCOL_ESP, "null", "no integrity algorithm");
	assert_refuses(IKE_PROTOCOL_ESP, "sha256", "no encryption algorithm");
}

static void test_C05_IKE_without_what_it_needs(void **state)
{
	assert_refuses(IKE_PROTOCOL_IKE, "aes256-modp2048",
		       "no integrity algorithm");
	assert_refuses(IKE_PROTOCOL_IKE, "aes256-sha256",
		       "no Diffie-Hellman group");
	assert_refuses(IKE_PROTOCOL_IKE, "sha256-modp2048",
		       "no encryption algorithm");
	assert_refuses(IKE_PROTOCOL_IKE, "aes256gcm16-modp2048",
		       "no pseudorandom function");
	assert_refuses(IKE_PROTOCOL_IKE, "aes256-sha256-modp2048-none",
		       "IKE needs a Diffie-Hellman group");
}

static void test_C05_words_of_the_other_protocol(void **state)
{
	assert_refuses(IKE_PROTOCOL_IKE, "null-sha256-modp2048",
		       "\"null\" is not for IKE");
	assert_refuses(IKE_PROTOCOL_IKE, "aes128gmac-prfsha256-modp2048",
		       "\"aes128gmac\" is not for IKE");
	assert_refuses(IKE_PROTOCOL_IKE, "aes256-sha256-modp2048-esn",
		       "\"esn\" is not for IKE");
}

static void test_C05_AEAD_beside_another_cipher(void **state)
{
	assert_refuses(IKE_PROTOCOL_ESP, "aes256-aes256gcm16-sha256",
		       "algorithms with and without their own integrity in "
		       "one proposal");
}

static void test_C05_more_proposals_than_there_can_be(void **state)
{
	char text[256 * 14];
	struct ike_proposals list;
	struct lines lines;
	size_t len = 0;

	for (int i = 0; i < 256; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%s",
				i ? "," : "", "aes256-sha256");
	assert_refuses(IKE_PROTOCOL_ESP, text, "too many proposals");
	text[len - strlen(",aes256-sha256")] = '\0';
	assert_int_equal(parse(&list, IKE_PROTOCOL_ESP, text, &lines), 0);
	assert_int_equal(list.n, PROPOSALS_MAX);
	ike_proposals_clear(&list);
}

static void test_what_has_no_word_is_printed_too(void **state)
{
	static const struct {
		struct ike_transform transform;
		const char *want;
	} rows[] = {
		{ { 1, false, 23, 256 }, "ENCR_CAMELLIA_CBC_256" },
		{ { 1, false, 1031, 0 }, "ENCR_1031" },
		{ { 1, false, 12, 0 }, "ENCR_AES_CBC" },
		{ { 1, true, 12, 256 }, "ENCR_AES_CBC_256" },
		{ { 6, false, 35, 0 }, "ADDKE1_35" },
		{ { 241, false, 7, 0 }, "241_7" },
		{ { 3, false, 0, 0 }, "INTEG_NONE" },
		{ { 4, false, 22, 0 }, "DH_MODP_1024_160" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ike_text t;
		char line[60];

		ike_text_init(&t, line, sizeof(line));
		ike_transform_print(&rows[i].transform, &t);
		assert_string_equal(line, rows[i].want);
	}
}

/* A line of the log keeps its length, whatever a peer offers. */
static void test_printing_stops_when_the_line_is_full(void **state)
{
	struct ike_proposals list;
	struct lines lines;
	struct ike_text t;
	char line[24];

	assert_int_equal(parse(&list, IKE_PROTOCOL_IKE, "default", &lines), 0);
	ike_text_init(&t, line, sizeof(line));
	ike_proposals_print(&list, &t);
	assert_string_equal(line, "aes256gcm16-aes192gc...");
	ike_proposals_clear(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_IKE),
		cmocka_unit_test(test_ESP),
		cmocka_unit_test(test_several_and_their_numbers),
		cmocka_unit_test(test_PRF_comes_with_the_integrity_algorithm),
		cmocka_unit_test(test_PRF_in_an_ESP_proposal_is_passed_over),
		cmocka_unit_test(test_ESN_only_if_it_is_named),
		cmocka_unit_test(test_other_words_for_the_same),
		cmocka_unit_test(test_each_word_has_its_number),
		cmocka_unit_test(test_each_word_has_its_algorithm),
		cmocka_unit_test(test_default_is_strong),
		cmocka_unit_test(test_default_behind_another),
		cmocka_unit_test(test_weak_words_warn),
		cmocka_unit_test(test_C05_unknown_words),
		cmocka_unit_test(test_C05_holes),
		cmocka_unit_test(test_C05_ESP_without_integrity),
		cmocka_unit_test(test_C05_IKE_without_what_it_needs),
		cmocka_unit_test(test_C05_words_of_the_other_protocol),
		cmocka_unit_test(test_C05_AEAD_beside_another_cipher),
		cmocka_unit_test(test_C05_more_proposals_than_there_can_be),
		cmocka_unit_test(test_what_has_no_word_is_printed_too),
		cmocka_unit_test(test_printing_stops_when_the_line_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
