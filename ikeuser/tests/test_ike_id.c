// SPDX-License-Identifier: GPL-2.0-only
/* Identities: read from text, printed, compared; and what a peer may call
 * itself.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dn.h"
#include "id.h"
#include "wire.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static struct ike_id id(const char *text)
{
	struct ike_id parsed;

	if (ike_id_parse(&parsed, text))
		fail_msg("\"%s\" is no identity", text);
	return parsed;
}

static void assert_bytes(struct ike_bytes bytes, const char *hex)
{
	struct ike_bytes want = wire_hex(hex);

	assert_int_equal(bytes.len, want.len);
	assert_memory_equal(bytes.data, want.data, want.len);
}

static void assert_prints(const struct ike_id *printed, const char *want)
{
	struct ike_text t;
	char line[300];

	ike_text_init(&t, line, sizeof(line));
	ike_id_print(printed, &t);
	assert_string_equal(line, want);
}

static void assert_reads(const char *text, uint8_t type, const char *hex,
			 const char *want)
{
	struct ike_id parsed = id(text);

	assert_int_equal(parsed.type, type);
	assert_bytes(parsed.data, hex);
	assert_prints(&parsed, want);
	ike_id_clear(&parsed);
	assert_null(parsed.data.data);
}

static void test_addresses(void **state)
{
	assert_reads("10.255.1.2", IKE_ID_IPV4_ADDR, "0aff0102",
		     "10.255.1.2");
	assert_reads("ipv4:10.255.1.2", IKE_ID_IPV4_ADDR, "0aff0102",
		     "10.255.1.2");
	assert_reads("2001:db8::1", IKE_ID_IPV6_ADDR,
		     "20010db8000000000000000000000001", "2001:db8::1");
	assert_reads("ipv6:::1", IKE_ID_IPV6_ADDR,
		     "00000000000000000000000000000001", "::1");
}

static void test_names(void **state)
{
	assert_reads("gw.example", IKE_ID_FQDN, "67772e6578616d706c65",
		     "gw.example");
	assert_reads("@gw.example", IKE_ID_FQDN, "67772e6578616d706c65",
		     "gw.example");
	assert_reads("gw", IKE_ID_FQDN, "6777", "gw");
	assert_reads("fqdn:10.0.0.1", IKE_ID_FQDN, "31302e302e302e31",
		     "fqdn:10.0.0.1");
	assert_reads("a@b.c", IKE_ID_RFC822_ADDR, "6140622e63", "a@b.c");
	assert_reads("@@a@b.c", IKE_ID_RFC822_ADDR, "6140622e63", "a@b.c");
	assert_reads("rfc822:a", IKE_ID_RFC822_ADDR, "61", "email:a");
	assert_reads("fqdn:a@b", IKE_ID_FQDN, "614062", "fqdn:a@b");
}

static void test_key_ids(void **state)
{
	assert_reads("@#00ff10", IKE_ID_KEY_ID, "00ff10", "@#00ff10");
	assert_reads("keyid:site ~1", IKE_ID_KEY_ID, "73697465207e31",
		     "keyid:site ~1");
	assert_reads("keyid:#736974", IKE_ID_KEY_ID, "736974", "keyid:sit");
	assert_reads("@#2361", IKE_ID_KEY_ID, "2361", "@#2361");
}

static void test_distinguished_names(void **state)
{
	assert_reads("C=CH, O=Lab, CN=gw", IKE_ID_DER_ASN1_DN,
		     "3028 310b 3009 0603550406 1302 4348"
		     "310c 300a 060355040a 1303 4c6162"
		     "310b 3009 0603550403 1302 6777",
		     "C=CH, O=Lab, CN=gw");
}

static void test_DN_in_other_spellings(void **state)
{
	static const char *const pairs[][2] = {
		{ "c=CH,o=Lab,cn=gw", "C=CH, O=Lab, CN=gw" },
		{ "asn1dn:CN=gw", "CN=gw" },
		{ " CN = gw , O = a b ", "CN=gw, O=a b" },
		{ "CN=a\\, b", "CN=a\\2C b" },
		{ "CN=a\\2C b", "CN=a\\2C b" },
		{ "CN=a\\\\b", "CN=a\\5Cb" },
		{ "CN=\\C3\\A9", "CN=\\C3\\A9" },
		{ "emailAddress=a@b, SN=7", "E=a@b, serialNumber=7" },
		{ "DC=org, UID=u", "DC=org, UID=u" },
		{ "CN=a=b", "CN=a=b" },
		{ "CN=*", "CN=*" },
		{ "asn1dn:#300d310b3009060355040313026777", "CN=gw" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct ike_id parsed = id(pairs[i][0]);

		assert_int_equal(parsed.type, IKE_ID_DER_ASN1_DN);
		assert_prints(&parsed, pairs[i][1]);
		ike_id_clear(&parsed);
	}
}

/* ITU-T X.680 41.4: what PrintableString has no room for is UTF8String. */
static void test_DN_string_types(void **state)
{
	assert_reads("CN=a_b", IKE_ID_DER_ASN1_DN,
		     "300e 310c 300a 0603550403 0c03 615f62", "CN=a_b");
	assert_reads("CN=a-b", IKE_ID_DER_ASN1_DN,
		     "300e 310c 300a 0603550403 1303 612d62", "CN=a-b");
	assert_reads("UID=a", IKE_ID_DER_ASN1_DN,
		     "3013 3111 300f 060a0992268993f22c640101 1301 61",
		     "UID=a");
	assert_reads("E=a", IKE_ID_DER_ASN1_DN,
		     "3012 3110 300e 06092a864886f70d010901 1601 61", "E=a");
	assert_reads("DC=a", IKE_ID_DER_ASN1_DN,
		     "3013 3111 300f 060a0992268993f22c640119 1601 61",
		     "DC=a");
}

static void test_DN_lengths_of_two_and_three_octets(void **state)
{
	static const size_t lens[] = { 110, 127, 128, 200, 255, 256, 600 };

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		char text[700] = "CN=";
		struct ike_text t;
		struct ike_id parsed;
		char line[700];

		memset(text + 3, 'x', lens[i]);
		parsed = id(text);
		ike_text_init(&t, line, sizeof(line));
		ike_id_print(&parsed, &t);
		assert_string_equal(line, text);
		ike_id_clear(&parsed);
	}
}

static void test_text_that_is_no_identity(void **state)
{
	static const char *const bad[] = {
		"", "@", "@@", "@#", "@#0", "@#0g", "a b", "a\nb", "\x01",
		"gw.example ", "caf\xc3\xa9", "ipv4:10.0.0", "ipv4:::1",
		"ipv6:10.0.0.1", "1:2:3", "::g", "keyid:", "keyid:#",
		"keyid:#0", "fqdn:", "email:", "asn1dn:", "asn1dn:CN",
		"CN=", ",CN=a=", "XX=a", "CN=a,", "CN=a,,O=b", "=a",
		"CN=a, =b", "asn1dn:#",
	};
	struct ike_id parsed;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (ike_id_parse(&parsed, bad[i]) != -EINVAL)
			fail_msg("\"%s\" was read", bad[i]);
		assert_null(parsed.data.data);
	}
}

static void test_text_that_is_too_long(void **state)
{
	char text[ID_TEXT_MAX + 2];
	struct ike_id parsed;

	memset(text, 'x', sizeof(text));
	text[ID_TEXT_MAX + 1] = '\0';
	assert_int_equal(ike_id_parse(&parsed, text), -EINVAL);
	text[ID_TEXT_MAX] = '\0';
	assert_int_equal(ike_id_parse(&parsed, text), 0);
	ike_id_clear(&parsed);
	memcpy(text, "@#", 2);
	memset(text + 2, 'a', ID_TEXT_MAX - 2);
	assert_int_equal(ike_id_parse(&parsed, text), 0);
	assert_int_equal(parsed.data.len, ID_TEXT_MAX / 2 - 1);
	ike_id_clear(&parsed);
}

/* Comparing. */

static void assert_compares(const char *a, const char *b, bool equal,
			    bool matches)
{
	struct ike_id x = id(a), y = id(b);

	if (ike_id_equal(&x, &y) != equal || ike_id_equal(&y, &x) != equal)
		fail_msg("\"%s\" %s \"%s\"", a, equal ? "!=" : "==", b);
	if (ike_id_matches(&x, &y) != matches)
		fail_msg("\"%s\" %s \"%s\"", a,
			 matches ? "does not match" : "matches", b);
	ike_id_clear(&x);
	ike_id_clear(&y);
}

static void test_equal(void **state)
{
	assert_compares("10.0.0.1", "10.0.0.1", true, true);
	assert_compares("gw.example", "GW.Example", true, true);
	assert_compares("a@b.c", "A@B.c", true, true);
	assert_compares("keyid:abc", "keyid:abc", true, true);
	assert_compares("C=CH, CN=gw", "C=ch, CN=GW", true, true);
	assert_compares("CN=a_b", "CN=A_b", true, true);
}

static void test_not_equal(void **state)
{
	assert_compares("10.0.0.1", "10.0.0.2", false, false);
	assert_compares("gw.example", "gw.example.org", false, false);
	assert_compares("gw", "keyid:gw", false, false);
	assert_compares("fqdn:a@b", "email:a@b", false, false);
	assert_compares("keyid:abc", "keyid:ABC", false, false);
	assert_compares("fqdn:10.0.0.1", "10.0.0.1", false, false);
	assert_compares("C=CH, CN=gw", "CN=gw, C=CH", false, false);
	assert_compares("C=CH, CN=gw", "C=CH", false, false);
	assert_compares("C=CH", "C=CH, CN=gw", false, false);
	assert_compares("CN=gw", "O=gw", false, false);
}

static void test_any_matches_all(void **state)
{
	assert_compares("%any", "10.0.0.1", false, true);
	assert_compares("%any", "CN=gw", false, true);
	assert_compares("10.0.0.1", "%any", false, false);
}

static void test_wildcards_in_names(void **state)
{
	assert_compares("*.example", "gw.example", false, true);
	assert_compares("*.x", "a.x", false, true);
	assert_compares("*.example", "a.b.EXAMPLE", false, true);
	assert_compares("*.example", "example", false, false);
	assert_compares("*.example", ".example", false, false);
	assert_compares("*.example", "gw.example.org", false, false);
	assert_compares("*.example", "gwexample", false, false);
	assert_compares("*@example", "a@example", false, true);
	assert_compares("*@example", "a@b.example", false, false);
	assert_compares("*@example", "email:@example", false, false);
	assert_compares("*", "gw", false, false);
	assert_compares("*.", "fqdn:gw.", false, false);
	assert_compares("g*.example", "gw.example", false, false);
}

static void test_wildcards_in_DNs(void **state)
{
	assert_compares("C=CH, CN=*", "C=CH, CN=gw", false, true);
	assert_compares("C=*, CN=*", "C=CH, CN=gw", false, true);
	assert_compares("CN=*", "O=gw", false, false);
	assert_compares("C=CH, CN=*", "C=CH", false, false);
	assert_compares("CN=g*", "CN=gw", false, false);
}

static void test_I45_wildcards_of_a_peer_mean_nothing(void **state)
{
	assert_compares("gw.example", "*.example", false, false);
	assert_compares("a@example", "*@example", false, false);
	assert_compares("C=CH, CN=gw", "C=CH, CN=*", false, false);
	assert_compares("*.example", "*.example", true, true);
}

/* A string that ends early for C does not end early here. */
static void test_I45_NUL_in_a_name(void **state)
{
	struct ike_id own = id("gw.example");
	const struct ike_id peer = {
		IKE_ID_FQDN, wire_hex("67772e6578616d706c6500 2e6f7267"),
	};
	struct ike_id pattern = id("*.example");

	assert_false(ike_id_equal(&own, &peer));
	assert_false(ike_id_matches(&own, &peer));
	assert_false(ike_id_matches(&pattern, &peer));
	assert_prints(&peer, "fqdn:gw.example\\x00.org");
	ike_id_clear(&own);
	ike_id_clear(&pattern);
}

static void test_I45_what_a_peer_sends_is_printed_safely(void **state)
{
	static const struct {
		uint8_t type;
		const char *hex;
		const char *want;
	} rows[] = {
		{ IKE_ID_FQDN, "", "fqdn:" },
		{ IKE_ID_RFC822_ADDR, "", "email:" },
		{ IKE_ID_FQDN, "0a41", "fqdn:\\x0aA" },
		{ IKE_ID_FQDN, "3132372e30", "fqdn:127.0" },
		{ IKE_ID_FQDN, "433d4348", "fqdn:C=CH" },
		{ IKE_ID_KEY_ID, "", "@#" },
		{ IKE_ID_KEY_ID, "1b5b324a", "@#1b5b324a" },
		{ IKE_ID_IPV4_ADDR, "0a0000", "0a0000" },
		{ IKE_ID_IPV6_ADDR, "0a000001", "0a000001" },
		{ IKE_ID_DER_ASN1_DN, "3000", "asn1dn:#3000" },
		{ IKE_ID_DER_ASN1_DN, "", "asn1dn:#" },
		{ IKE_ID_DER_ASN1_GN, "8201", "DER_ASN1_GN:8201" },
		{ 4, "01", "4:01" },
		{ 255, "", "255:" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ike_id peer = {
			rows[i].type, wire_hex(rows[i].hex),
		};

		assert_prints(&peer, rows[i].want);
	}
}

static void test_DN_with_unknown_attributes(void **state)
{
	const struct ike_id unknown = {
		IKE_ID_DER_ASN1_DN,
		wire_hex("300f 310d 300b 0604 2a 8648 07 0c03 610a62"),
	};
	const struct ike_id several = {
		IKE_ID_DER_ASN1_DN,
		wire_hex("3018 3116 3009 0603550403 1302 6777"
			 "3009 0603550406 1302 4348"),
	};
	struct ike_id one_each = id("CN=gw, C=CH");

	assert_prints(&unknown, "1.2.840.7=a\\0Ab");
	assert_prints(&several, "CN=gw + C=CH");
	assert_false(ike_id_equal(&several, &one_each));
	ike_id_clear(&one_each);
}

/* DER of any string type says the same; anything else has to be the same. */
static void test_DN_string_types_compare(void **state)
{
	struct ike_bytes printable =
		wire_hex("300d 310b 3009 0603550403 1302 6777");
	struct ike_bytes utf8 =
		wire_hex("300d 310b 3009 0603550403 0c02 4757");
	struct ike_bytes t61 =
		wire_hex("300d 310b 3009 0603550403 1402 6757");
	struct ike_bytes bits =
		wire_hex("300d 310b 3009 0603550403 0302 6777");
	struct ike_bytes other_bits =
		wire_hex("300d 310b 3009 0603550403 0302 4757");

	assert_true(ike_dn_matches(printable, utf8, false));
	assert_true(ike_dn_matches(t61, utf8, false));
	assert_false(ike_dn_matches(printable, bits, false));
	assert_true(ike_dn_matches(bits, bits, false));
	assert_false(ike_dn_matches(bits, other_bits, false));
}

static void test_I45_DN_with_lengths_that_are_not_DER(void **state)
{
	static const char *const bad[] = {
		/* indefinite; longer than need be; of 3 octets; trailing */
		"3080 310b 3009 0603550403 1302 6777 0000",
		"30810d 310b 3009 0603550403 1302 6777",
		"3082000d 310b 3009 0603550403 1302 6777",
		"308300000d 310b 3009 0603550403 1302 6777",
		"300d 310b 3009 0603550403 1302 6777 00",
		/* no set; no sequence; no OID; an empty one; data behind */
		"300d 300b 3009 0603550403 1302 6777",
		"300d 310b 3109 0603550403 1302 6777",
		"300d 310b 3009 0403550403 1302 6777",
		"300a 3108 3006 0600 1302 6777",
		"3002 3100",
		"300f 310d 300b 0603550403 1302 6777 0500",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ike_text t;
		char line[100];

		ike_text_init(&t, line, sizeof(line));
		assert_int_equal(ike_dn_print(wire_hex(bad[i]), &t), -EINVAL);
		assert_string_equal(line, "");
		assert_false(ike_dn_matches(wire_hex(bad[i]), wire_hex(bad[i]),
					    true));
	}
}

static void test_I45_DN_cut_at_each_octet(void **state)
{
	struct ike_id whole = id("C=CH, ST=Bern, O=Site 1, OU=x, CN=gw");
	struct ike_text t;
	char line[100];

	for (size_t len = 0; len < whole.data.len; len++) {
		const struct ike_id cut = {
			IKE_ID_DER_ASN1_DN,
			wire_copy((struct ike_bytes){ whole.data.data, len }),
		};

		assert_false(ike_id_equal(&whole, &cut));
		assert_false(ike_id_matches(&whole, &cut));
		ike_text_init(&t, line, sizeof(line));
		assert_int_equal(ike_dn_print(cut.data, &t), -EINVAL);
	}
	ike_id_clear(&whole);
}

static void test_I45_DN_with_each_bit_flipped(void **state)
{
	struct ike_id whole = id("C=CH, O=Site 1, DC=org, CN=gw_1");
	struct ike_id any = id("C=*, O=*, DC=*, CN=*");
	struct ike_bytes copy = wire_copy(whole.data);

	for (size_t bit = 0; bit < copy.len * 8; bit++) {
		const struct ike_id peer = { IKE_ID_DER_ASN1_DN, copy };
		uint8_t *octet = (uint8_t *)copy.data + bit / 8;
		struct ike_text t;
		char line[200];

		*octet ^= 0x80 >> bit % 8;
		ike_text_init(&t, line, sizeof(line));
		ike_id_print(&peer, &t);
		assert_true(t.len > 0);
		ike_id_equal(&whole, &peer);
		ike_id_matches(&any, &peer);
		*octet ^= 0x80 >> bit % 8;
	}
	ike_id_clear(&whole);
	ike_id_clear(&any);
}

static void test_copies_are_their_own(void **state)
{
	struct ike_id a = id("gw.example"), b, empty = { IKE_ID_KEY_ID };

	assert_int_equal(ike_id_copy(&b, &a), 0);
	ike_id_clear(&a);
	assert_prints(&b, "gw.example");
	ike_id_clear(&b);
	assert_int_equal(ike_id_copy(&b, &empty), 0);
	assert_true(ike_id_equal(&b, &empty));
	ike_id_clear(&b);
}

#define TEST(test) cmocka_unit_test_teardown(test, wire_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_addresses),
		TEST(test_names),
		TEST(test_key_ids),
		TEST(test_distinguished_names),
		TEST(test_DN_in_other_spellings),
		TEST(test_DN_string_types),
		TEST(test_DN_lengths_of_two_and_three_octets),
		TEST(test_text_that_is_no_identity),
		TEST(test_text_that_is_too_long),
		TEST(test_equal),
		TEST(test_not_equal),
		TEST(test_any_matches_all),
		TEST(test_wildcards_in_names),
		TEST(test_wildcards_in_DNs),
		TEST(test_I45_wildcards_of_a_peer_mean_nothing),
		TEST(test_I45_NUL_in_a_name),
		TEST(test_I45_what_a_peer_sends_is_printed_safely),
		TEST(test_DN_with_unknown_attributes),
		TEST(test_DN_string_types_compare),
		TEST(test_I45_DN_with_lengths_that_are_not_DER),
		TEST(test_I45_DN_cut_at_each_octet),
		TEST(test_I45_DN_with_each_bit_flipped),
		TEST(test_copies_are_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
