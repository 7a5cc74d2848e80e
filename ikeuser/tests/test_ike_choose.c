// SPDX-License-Identifier: GPL-2.0-only
/* How two ends agree on a proposal: what the responder chooses, what the
 * initiator accepts as the answer, and what is said when they do not agree.
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

#include "offers.h"
#include "proposal.h"
#include "wire.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Choosing, as the responder. */

static void chosen_print(const struct ike_chosen *chosen, char *line,
			 size_t size)
{
	struct ike_text t;

	ike_text_init(&t, line, size);
	ike_chosen_print(chosen, &t);
}

static void assert_chooses_from(const struct ike_proposals *offer,
				const char *policy,
				const struct ike_negotiation *negotiation,
				const char *want)
{
	struct ike_proposals ours = offer_of_text(negotiation, policy);
	struct ike_difference difference;
	struct ike_chosen chosen;
	char line[200];
	int err = ike_proposals_choose(offer, &ours, negotiation, &chosen,
				       &difference);

	if (want) {
		assert_int_equal(err, 0);
		chosen_print(&chosen, line, sizeof(line));
		assert_string_equal(line, want);
		assert_int_equal(chosen.protocol, negotiation->protocol);
	} else {
		assert_int_equal(err, -ENOENT);
	}
	ike_proposals_clear(&ours);
}

static void assert_chooses(const char *offer, const char *policy,
			   const struct ike_negotiation *negotiation,
			   const char *want)
{
	struct ike_proposals theirs = offer_of_text(negotiation, offer);

	assert_chooses_from(&theirs, policy, negotiation, want);
	ike_proposals_clear(&theirs);
}

static void assert_chooses_hex(const char *offer, const char *policy,
			       const struct ike_negotiation *negotiation,
			       const char *want)
{
	struct ike_proposals theirs = offer_of_hex(offer);

	assert_chooses_from(&theirs, policy, negotiation, want);
	ike_proposals_clear(&theirs);
}

static void test_choose_the_only_one(void **state)
{
	assert_chooses("aes256-sha256-modp2048", "aes256-sha256-modp2048",
		       &ike, "aes256-sha256-prfsha256-modp2048");
	assert_chooses("aes256gcm16-prfsha384-ecp384",
		       "aes256gcm16-prfsha384-ecp384", &ike,
		       "aes256gcm16-prfsha384-ecp384");
	assert_chooses("aes256-sha1", "aes256-sha1", &esp, "aes256-sha1");
	assert_chooses("chacha20poly1305-esn", "chacha20poly1305-esn", &esp,
		       "chacha20poly1305-esn");
}

/* The three IKEv2 policies of the reference lab. */
static void test_choose_among_the_policies_of_an_ASA(void **state)
{
	static const char *const asa =
		"aes256-sha256-prfsha256-modp2048,"
		"aes192-sha1-prfsha1-modp2048,"
		"aes128-sha1-prfsha1-modp1536";

	assert_chooses(asa, "aes192-sha1-modp2048", &ike,
		       "aes192-sha1-prfsha1-modp2048");
	assert_chooses(asa, "aes128-sha1-modp1536", &ike,
		       "aes128-sha1-prfsha1-modp1536");
	assert_chooses(asa, "default", &ike,
		       "aes256-sha256-prfsha256-modp2048");
}

static void test_choose_by_our_order_or_theirs(void **state)
{
	assert_chooses("aes128-sha256-modp2048,aes256-sha256-modp2048",
		       "aes256-sha256-modp2048,aes128-sha256-modp2048", &ike,
		       "aes256-sha256-prfsha256-modp2048");
	assert_chooses("aes128-sha256-modp2048,aes256-sha256-modp2048",
		       "aes256-sha256-modp2048,aes128-sha256-modp2048",
		       &ike_theirs, "aes128-sha256-prfsha256-modp2048");
	assert_chooses("aes128-aes256-sha256-sha512-modp2048-ecp256",
		       "aes256-aes128-sha512-sha256-ecp256-modp2048", &ike,
		       "aes256-sha512-prfsha512-ecp256");
	assert_chooses("aes128-aes256-sha256-sha512-modp2048-ecp256",
		       "aes256-aes128-sha512-sha256-ecp256-modp2048",
		       &ike_theirs, "aes128-sha256-prfsha256-modp2048");
}

static void test_choose_tells_number_and_SPI_of_the_offer(void **state)
{
	struct ike_proposals offer =
		offer_of_text(&esp,
			      "aes128-sha256,aes256-sha256,aes256-sha512");
	struct ike_proposals policy = offer_of_text(&esp, "aes256-sha512");
	struct ike_difference difference;
	struct ike_chosen chosen;

	assert_int_equal(ike_proposals_choose(&offer, &policy, &esp, &chosen,
					      &difference), 0);
	assert_int_equal(chosen.number, 3);
	assert_int_equal(chosen.spi, SPI_ESP);
	assert_int_equal(chosen.spi_len, 4);
	assert_int_equal(ike_chosen_id(&chosen, IKE_TRANSFORM_INTEG),
			 IKE_INTEG_HMAC_SHA2_512_256);
	assert_int_equal(ike_chosen_bits(&chosen, IKE_TRANSFORM_ENCR), 256);
	assert_int_equal(ike_chosen_bits(&chosen, IKE_TRANSFORM_DH), 0);
	assert_int_equal(ike_chosen_id(&chosen, IKE_TRANSFORM_DH), 0);
	assert_non_null(ike_chosen_find(&chosen, IKE_TRANSFORM_ESN));
	assert_null(ike_chosen_find(&chosen, IKE_TRANSFORM_PRF));
	ike_proposals_clear(&offer);
	ike_proposals_clear(&policy);
}

static void test_choose_nothing_in_common(void **state)
{
	assert_chooses("aes256-sha256-modp2048", "aes128-sha256-modp2048",
		       &ike, NULL);
	assert_chooses("aes256-sha256-modp2048", "aes256-sha512-modp2048",
		       &ike, NULL);
	assert_chooses("aes256-sha256-modp2048", "aes256-sha256-ecp256", &ike,
		       NULL);
	assert_chooses("aes256-sha256-prfsha512-modp2048",
		       "aes256-sha256-modp2048", &ike, NULL);
	assert_chooses("aes256-sha256-esn", "aes256-sha256", &esp, NULL);
	assert_chooses("aes256gcm16-prfsha256-modp2048",
		       "aes256gcm8-prfsha256-modp2048", &ike, NULL);
	assert_chooses("aes256-sha256", "aes256gcm16", &esp, NULL);
}

static void test_choose_ESN_if_both_have_it(void **state)
{
	assert_chooses("aes256-sha256-noesn-esn", "aes256-sha256-esn-noesn",
		       &esp, "aes256-sha256-esn");
	assert_chooses("aes256-sha256-noesn-esn", "aes256-sha256", &esp,
		       "aes256-sha256");
}

static void test_I31_choose_other_protocols(void **state)
{
	/* Reserved, IKE in a Child SA, AH, unknown. */
	static const uint8_t protocols[] = { 0, 1, 2, 4 };

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct ike_proposals theirs = offer_of_hex(WIRE_SA_ESP);

		theirs.proposal[0].protocol = protocols[i];
		assert_chooses_from(&theirs, "aes256-sha256", &esp, NULL);
		ike_proposals_clear(&theirs);
	}
	assert_chooses_hex(WIRE_SA_ESP, "aes256-sha256", &esp,
			   "aes256-sha256");
}

/* Of AH and ESP, the ESP proposal alone; never both. */
static void test_I31_choose_mixed_ESP_and_AH(void **state)
{
	assert_chooses_hex("0200001c 01020402 c1c2c3c4" T("03", "03", "000c")
			   T("00", "05", "0000")
			   "00000028 02030403 c1c2c3c4" AES256 SHA256
			   T("00", "05", "0000"), "aes256-sha256", &esp,
			   "aes256-sha256");
	assert_chooses_hex("0000001c 01020402 c1c2c3c4" T("03", "03", "000c")
			   T("00", "05", "0000"), "aes256-sha256", &esp, NULL);
}

static void test_I32_choose_unknown_transform_type(void **state)
{
	static const char *const hex[] = {
		"02000034 01010005" AES256 PRF256 SHA256
		T("03", "04", "000e") T("00", "00", "0001")
		"0000002c 02010004" AES256 PRF256 SHA256 MODP2048,
		"02000034 01010005" AES256 PRF256 SHA256
		T("03", "04", "000e") T("00", "06", "0001")
		"0000002c 02010004" AES256 PRF256 SHA256 MODP2048,
		"02000034 01010005" AES256 PRF256 SHA256
		T("03", "04", "000e") T("00", "ff", "0000")
		"0000002c 02010004" AES256 PRF256 SHA256 MODP2048,
	};

	for (size_t i = 0; i < ARRAY_SIZE(hex); i++) {
		struct ike_proposals offer = offer_of_hex(hex[i]);
		struct ike_proposals policy =
			offer_of_text(&ike, "aes256-sha256-modp2048");
		struct ike_difference difference;
		struct ike_chosen chosen;

		assert_true(offer.proposal[0].unknown);
		assert_int_equal(ike_proposals_choose(&offer, &policy, &ike,
						      &chosen, &difference),
				 0);
		assert_int_equal(chosen.number, 2);
		ike_proposals_clear(&offer);
		ike_proposals_clear(&policy);
	}
}

static void test_I32_choose_unknown_id_is_passed_over(void **state)
{
	assert_chooses_hex("00000038 01010005"
			   T_BITS("03", "01", "0401", "0100") AES256 PRF256
			   SHA256 MODP2048,
			   "aes256-sha256-modp2048", &ike,
			   "aes256-sha256-prfsha256-modp2048");
}

static void test_I33_choose_key_lengths(void **state)
{
	static const struct {
		const char *encr;
		const char *length;
		const char *want;
	} rows[] = {
		{ T_BITS("03", "01", "000c", "0100"), "2c",
		  "aes256-sha256-prfsha256-modp2048" },
		{ T("03", "01", "000c"), "28", NULL },
		{ T_BITS("03", "01", "000c", "0000"), "2c", NULL },
		{ T_BITS("03", "01", "000c", "007f"), "2c", NULL },
		{ T_BITS("03", "01", "000c", "ffff"), "2c", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char hex[300];

		snprintf(hex, sizeof(hex), "000000%s 01010004 %s %s",
			 rows[i].length, rows[i].encr, PRF256 SHA256 MODP2048);
		assert_chooses_hex(hex, "aes256-sha256-modp2048", &ike,
				   rows[i].want);
	}
	/* A fixed key has none (RFC 7634 3). */
	assert_chooses_hex("00000020 01030402 c1c2c3c4"
			   T_BITS("03", "01", "001c", "0100")
			   T("00", "05", "0000"), "chacha20poly1305", &esp,
			   NULL);
	assert_chooses_hex("0000001c 01030402 c1c2c3c4"
			   T("03", "01", "001c") T("00", "05", "0000"),
			   "chacha20poly1305", &esp, "chacha20poly1305");
}

static void test_I34_choose_mandatory_types_missing(void **state)
{
	static const char *const policy = "aes256-sha256-modp2048";

	/* no DH, no PRF, no ENCR, no INTEG */
	assert_chooses_hex("00000024 01010003" AES256 PRF256
			   T("00", "03", "000c"), policy, &ike, NULL);
	assert_chooses_hex("00000024 01010003" AES256 SHA256 MODP2048, policy,
			   &ike, NULL);
	assert_chooses_hex("00000020 01010003" PRF256 SHA256 MODP2048, policy,
			   &ike, NULL);
	assert_chooses_hex("00000024 01010003" AES256 PRF256 MODP2048, policy,
			   &ike, NULL);
	/* no ESN */
	assert_chooses_hex("00000020 01030402 c1c2c3c4" AES256
			   T("00", "03", "000c"), "aes256-sha256", &esp, NULL);
}

static void test_I34_choose_NONE_and_NULL_for_IKE(void **state)
{
	static const char *const policy = "aes256-sha256-modp2048";

	assert_chooses_hex("0000002c 01010004" AES256 PRF256
			   T("03", "03", "0000") MODP2048, policy, &ike, NULL);
	assert_chooses_hex("0000002c 01010004" AES256 PRF256 SHA256
			   T("00", "04", "0000"), policy, &ike, NULL);
	assert_chooses_hex("00000028 01010004" T("03", "01", "000b") PRF256
			   SHA256 MODP2048, policy, &ike, NULL);
}

static void test_I34_choose_AEAD_with_integrity(void **state)
{
	static const char *const policy = "aes256gcm16-prfsha256-modp2048";

	assert_chooses_hex("0000002c 01010004"
			   T_BITS("03", "01", "0014", "0100") PRF256 SHA256
			   MODP2048, policy, &ike, NULL);
	/* NONE is the same as no integrity (RFC 7296 3.3), and is echoed. */
	assert_chooses_hex("0000002c 01010004"
			   T_BITS("03", "01", "0014", "0100") PRF256
			   T("03", "03", "0000") MODP2048, policy, &ike,
			   "aes256gcm16-INTEG_NONE-prfsha256-modp2048");
}

static void test_I34_choose_ESP_NULL_and_NONE(void **state)
{
	assert_chooses_hex("00000024 01030403 c1c2c3c4" T("03", "01", "000b")
			   T("03", "03", "0000") T("00", "05", "0000"),
			   "null-sha256", &esp, NULL);
	assert_chooses_hex("00000024 01030403 c1c2c3c4" T("03", "01", "000b")
			   T("03", "03", "000c") T("00", "05", "0000"),
			   "null-sha256", &esp, "null-sha256");
}

static void test_choose_SPI_below_256(void **state)
{
	struct ike_proposals offer = offer_of_text(&esp, "aes256-sha256");

	for (uint64_t spi = 0; spi < 260; spi++) {
		ike_proposals_set_spi(&offer, spi, 4);
		assert_chooses_from(&offer, "aes256-sha256", &esp,
				    spi < 256 ? NULL : "aes256-sha256");
	}
	ike_proposals_clear(&offer);
}

static void test_choose_SPI_of_a_rekeyed_IKE_SA(void **state)
{
	struct ike_proposals offer =
		offer_of_text(&rekey, "aes256-sha256-modp2048");

	assert_chooses_from(&offer, "aes256-sha256-modp2048", &rekey,
			    "aes256-sha256-prfsha256-modp2048");
	ike_proposals_set_spi(&offer, 0, 8);
	assert_chooses_from(&offer, "aes256-sha256-modp2048", &rekey, NULL);
	ike_proposals_set_spi(&offer, 0, 0);
	assert_chooses_from(&offer, "aes256-sha256-modp2048", &rekey, NULL);
	ike_proposals_clear(&offer);
}

/* Groups of a Child SA. */

static void test_choose_PFS_as_both_want(void **state)
{
	assert_chooses("aes256-sha256-modp2048", "aes256-sha256-modp2048",
		       &esp, "aes256-sha256-modp2048");
	assert_chooses("aes256-sha256-modp2048", "aes256-sha256", &esp, NULL);
	assert_chooses("aes256-sha256", "aes256-sha256-modp2048", &esp, NULL);
	assert_chooses("aes256-sha256", "aes256-sha256-modp2048-none", &esp,
		       "aes256-sha256");
}

/* NONE was offered, so NONE is answered (RFC 7296 2.7). */
static void test_choose_NONE_is_echoed(void **state)
{
	assert_chooses("aes256-sha256-modp2048-none", "aes256-sha256", &esp,
		       "aes256-sha256-none");
	assert_chooses("aes256-sha256-modp2048-none",
		       "aes256-sha256-none-modp2048", &esp,
		       "aes256-sha256-none");
}

static void test_choose_without_KE_groups_mean_nothing(void **state)
{
	assert_chooses("aes256-sha256", "aes256-sha256-modp2048", &esp_no_ke,
		       "aes256-sha256");
	assert_chooses("aes256-sha256-ecp256", "aes256-sha256-modp2048",
		       &esp_no_ke, "aes256-sha256");
	assert_chooses("aes256-sha256-none", "aes256-sha256-modp2048",
		       &esp_no_ke, "aes256-sha256-none");
	assert_chooses("aes128-sha256", "aes256-sha256", &esp_no_ke, NULL);
}

/* The difference, for the story. */

static void assert_differs(const char *offer, const char *policy,
			   const char *want)
{
	struct ike_proposals theirs = offer_of_text(&ike, offer);
	struct ike_proposals ours = offer_of_text(&ike, policy);
	struct ike_difference difference;
	struct ike_chosen chosen;
	struct ike_text t;
	char line[400];

	assert_int_equal(ike_proposals_choose(&theirs, &ours, &ike, &chosen,
					      &difference), -ENOENT);
	ike_text_init(&t, line, sizeof(line));
	ike_difference_print(&difference, &t);
	assert_string_equal(line, want);
	ike_proposals_clear(&theirs);
	ike_proposals_clear(&ours);
}

static void test_difference_names_each_type(void **state)
{
	assert_differs("aes128-sha256-modp2048", "aes256-sha256-modp2048",
		       "ENCR: theirs aes128, ours aes256");
	assert_differs("aes128-sha256-modp2048", "aes256-sha256-ecp256",
		       "ENCR: theirs aes128, ours aes256; "
		       "DH: theirs modp2048, ours ecp256");
	assert_differs("aes256gcm16-prfsha256-modp2048",
		       "aes256-aes128-sha256-modp2048",
		       "ENCR: theirs aes256gcm16, ours aes256-aes128; "
		       "INTEG: theirs nothing, ours sha256");
}

static void test_difference_is_that_of_the_closest_pair(void **state)
{
	assert_differs("aes128-sha1-modp1536,aes256-sha256-ecp256",
		       "chacha20poly1305-prfsha256-x25519,"
		       "aes256-sha256-modp2048",
		       "DH: theirs ecp256, ours modp2048");
}

/* Of two that are as close, the one that is preferred. */
static void test_difference_of_the_first_of_equals(void **state)
{
	assert_differs("aes128-sha256-modp2048,aes192-sha256-modp2048",
		       "aes256-sha256-modp2048",
		       "ENCR: theirs aes128, ours aes256");
}

static void test_difference_of_nothing_to_compare(void **state)
{
	struct ike_proposals theirs = offer_of_hex(WIRE_SA_ESP);
	struct ike_proposals ours = offer_of_text(&ike, "default");
	struct ike_difference difference;
	struct ike_chosen chosen;
	struct ike_text t;
	char line[100];

	assert_int_equal(ike_proposals_choose(&theirs, &ours, &ike, &chosen,
					      &difference), -ENOENT);
	assert_null(difference.theirs);
	ike_text_init(&t, line, sizeof(line));
	ike_difference_print(&difference, &t);
	assert_string_equal(line, "no proposal that could be compared");
	ike_proposals_clear(&theirs);
	ike_proposals_clear(&ours);
}

/* Verifying, as the initiator. */

static int verify(const struct ike_proposals *answer, const char *offer,
		  const struct ike_negotiation *negotiation,
		  struct ike_difference *difference)
{
	struct ike_proposals ours = offer_of_text(negotiation, offer);
	struct ike_chosen chosen;
	int err = ike_proposals_verify(answer, &ours, negotiation, &chosen,
				       difference);

	if (!err) {
		assert_int_equal(chosen.number, answer->proposal[0].number);
		assert_int_equal(chosen.spi, answer->proposal[0].spi);
	}
	ike_proposals_clear(&ours);
	return err;
}

static int verify_hex(const char *answer, const char *offer,
		      const struct ike_negotiation *negotiation)
{
	struct ike_proposals theirs = offer_of_hex(answer);
	struct ike_difference difference;
	int err = verify(&theirs, offer, negotiation, &difference);

	ike_proposals_clear(&theirs);
	return err;
}

/* Whatever one end chooses the other accepts. */
static void test_verify_what_was_chosen(void **state)
{
	static const char *const offers[] = {
		"aes256-aes128-sha256-sha512-modp2048-ecp256",
		"aes256gcm16-aes128gcm16-prfsha256-x25519,default",
		"default",
	};

	for (size_t i = 0; i < ARRAY_SIZE(offers); i++) {
		struct ike_proposals theirs = offer_of_text(&ike, offers[i]);
		struct ike_proposals ours = offer_of_text(&ike, "default");
		struct ike_proposals answer;
		struct ike_difference difference;
		struct ike_chosen chosen, again;

		assert_int_equal(ike_proposals_choose(&theirs, &ours, &ike,
						      &chosen, &difference),
				 0);
		assert_int_equal(ike_chosen_answer(&chosen, 0, &answer), 0);
		assert_int_equal(ike_proposals_verify(&answer, &theirs, &ike,
						      &again, &difference), 0);
		assert_int_equal(chosen.n, again.n);
		assert_memory_equal(chosen.transform, again.transform,
				    chosen.n * sizeof(chosen.transform[0]));
		ike_proposals_clear(&answer);
		ike_proposals_clear(&theirs);
		ike_proposals_clear(&ours);
	}
}

#define ANSWER(number, rest) "0000002c " number "010004" rest

static void test_I35_verify_the_offered_one(void **state)
{
	static const char *const offer =
		"aes128-sha256-modp2048,aes256-aes192-sha256-modp2048-ecp256";

	assert_int_equal(verify_hex(ANSWER("02", AES256 PRF256 SHA256 MODP2048),
				    offer, &ike), 0);
	assert_int_equal(verify_hex(ANSWER("01", AES128 PRF256 SHA256 MODP2048),
				    offer, &ike), 0);
}

static void test_I35_verify_not_offered_or_under_another_number(void **state)
{
	static const char *const offer =
		"aes128-sha256-modp2048,aes256-aes192-sha256-modp2048-ecp256";

	assert_int_equal(verify_hex(ANSWER("01", AES256 PRF256 SHA256 MODP2048),
				    offer, &ike), -EPROTO);
	assert_int_equal(verify_hex(ANSWER("02", AES128 PRF256 SHA256 MODP2048),
				    offer, &ike), -EPROTO);
	assert_int_equal(verify_hex(ANSWER("03", AES256 PRF256 SHA256 MODP2048),
				    offer, &ike), -EPROTO);
	assert_int_equal(verify_hex(ANSWER("01", T_BITS("03", "01", "000c",
							"0081") PRF256 SHA256
					   MODP2048), offer, &ike), -EPROTO);
}

static void test_I35_verify_two_of_a_type(void **state)
{
	static const char *const offer = "aes256-aes128-sha256-modp2048";

	assert_int_equal(verify_hex("00000038 01010005" AES256 AES128 PRF256
				    SHA256 MODP2048, offer, &ike), -EPROTO);
	assert_int_equal(verify_hex("00000038 01010005" AES256 AES256 PRF256
				    SHA256 MODP2048, offer, &ike), -EPROTO);
}

static void test_I35_verify_a_type_missing_or_added(void **state)
{
	static const char *const offer = "aes256-sha256-modp2048";

	assert_int_equal(verify_hex("00000024 01010003" AES256 PRF256
				    T("00", "03", "000c"), offer, &ike),
			 -EPROTO);
	assert_int_equal(verify_hex("00000034 01010005" AES256 PRF256 SHA256
				    T("03", "04", "000e") T("00", "05", "0001"),
				    offer, &ike), -EPROTO);
	assert_int_equal(verify_hex("00000034 01010005" AES256 PRF256 SHA256
				    T("03", "04", "000e") T("00", "06", "0001"),
				    offer, &ike), -EPROTO);
}

static void test_I35_verify_two_proposals(void **state)
{
	assert_int_equal(verify_hex("0200002c 01010004" AES256 PRF256 SHA256
				    MODP2048 "0000002c 02010004" AES256 PRF256
				    SHA256 MODP2048,
				    "aes256-sha256-modp2048,"
				    "aes256-sha256-modp2048", &ike), -EPROTO);
}

static void test_I35_verify_SPI_0_or_below_256(void **state)
{
	struct ike_proposals answer = offer_of_hex(WIRE_SA_ESP);
	struct ike_difference difference;

	assert_int_equal(verify(&answer, "aes256-sha256", &esp, &difference),
			 0);
	answer.proposal[0].spi = 0;
	assert_int_equal(verify(&answer, "aes256-sha256", &esp, &difference),
			 -EPROTO);
	answer.proposal[0].spi = 255;
	assert_int_equal(verify(&answer, "aes256-sha256", &esp, &difference),
			 -EPROTO);
	assert_null(difference.theirs);
	ike_proposals_clear(&answer);
}

static void test_verify_tells_the_difference(void **state)
{
	struct ike_proposals answer =
		offer_of_hex(ANSWER("01", AES128 PRF256 SHA256 MODP2048));
	struct ike_proposals offer =
		offer_of_text(&ike, "aes256-sha256-modp2048");
	struct ike_difference difference;
	struct ike_chosen chosen;
	struct ike_text t;
	char line[100];

	assert_int_equal(ike_proposals_verify(&answer, &offer, &ike, &chosen,
					      &difference), -EPROTO);
	ike_text_init(&t, line, sizeof(line));
	ike_difference_print(&difference, &t);
	assert_string_equal(line, "ENCR: theirs aes128, ours aes256");
	ike_proposals_clear(&answer);
	ike_proposals_clear(&offer);
}

/* A Child SA answered without PFS that was offered with or without it. */
static void test_verify_NONE_left_out(void **state)
{
	static const char *const answer =
		"00000028 01030403 c1c2c3c4" AES256 SHA256
		T("00", "05", "0000");

	assert_int_equal(verify_hex(answer, "aes256-sha256-modp2048-none",
				    &esp), 0);
	assert_int_equal(verify_hex(answer, "aes256-sha256-modp2048", &esp),
			 -EPROTO);
}

static void test_answer_is_one_proposal_with_our_SPI(void **state)
{
	struct ike_proposals offer =
		offer_of_text(&esp,
			      "aes128gcm16,aes256-aes128-sha256-esn-noesn");
	struct ike_proposals policy =
		offer_of_text(&esp, "aes128-sha256-esn-noesn");
	struct ike_proposals answer;
	struct ike_difference difference;
	struct ike_chosen chosen;
	struct ike_writer w;

	assert_int_equal(ike_proposals_choose(&offer, &policy, &esp, &chosen,
					      &difference), 0);
	assert_int_equal(ike_chosen_answer(&chosen, 0xd1d2d3d4, &answer), 0);
	ike_writer_init(&w, 100);
	ike_proposals_emit(&answer, &w);
	assert_true(ike_bytes_equal(ike_writer_written(&w), wire_hex(
		"00000028 02030403 d1d2d3d4" AES128 SHA256
		T("00", "05", "0001"))));
	ike_writer_clear(&w);
	ike_proposals_clear(&answer);
	ike_proposals_clear(&offer);
	ike_proposals_clear(&policy);
}

#define TEST(test) cmocka_unit_test_teardown(test, wire_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_choose_the_only_one),
		TEST(test_choose_among_the_policies_of_an_ASA),
		TEST(test_choose_by_our_order_or_theirs),
		TEST(test_choose_tells_number_and_SPI_of_the_offer),
		TEST(test_choose_nothing_in_common),
		TEST(test_choose_ESN_if_both_have_it),
		TEST(test_I31_choose_other_protocols),
		TEST(test_I31_choose_mixed_ESP_and_AH),
		TEST(test_I32_choose_unknown_transform_type),
		TEST(test_I32_choose_unknown_id_is_passed_over),
		TEST(test_I33_choose_key_lengths),
		TEST(test_I34_choose_mandatory_types_missing),
		TEST(test_I34_choose_NONE_and_NULL_for_IKE),
		TEST(test_I34_choose_AEAD_with_integrity),
		TEST(test_I34_choose_ESP_NULL_and_NONE),
		TEST(test_choose_SPI_below_256),
		TEST(test_choose_SPI_of_a_rekeyed_IKE_SA),
		TEST(test_choose_PFS_as_both_want),
		TEST(test_choose_NONE_is_echoed),
		TEST(test_choose_without_KE_groups_mean_nothing),
		TEST(test_difference_names_each_type),
		TEST(test_difference_is_that_of_the_closest_pair),
		TEST(test_difference_of_the_first_of_equals),
		TEST(test_difference_of_nothing_to_compare),
		TEST(test_verify_what_was_chosen),
		TEST(test_I35_verify_the_offered_one),
		TEST(test_I35_verify_not_offered_or_under_another_number),
		TEST(test_I35_verify_two_of_a_type),
		TEST(test_I35_verify_a_type_missing_or_added),
		TEST(test_I35_verify_two_proposals),
		TEST(test_I35_verify_SPI_0_or_below_256),
		TEST(test_verify_tells_the_difference),
		TEST(test_verify_NONE_left_out),
		TEST(test_answer_is_one_proposal_with_our_SPI),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
