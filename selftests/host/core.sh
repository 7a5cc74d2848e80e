#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The core of IKEv2 is sans-I/O: what its objects ask of anybody else is a list,
# in which there is no socket, clock, file, log or randomness.

cd "$(dirname "$0")/../.." || exit
. selftests/vm/env.sh
. selftests/lib/tap.sh

CORE=$BUILD/user/libike.a

# Memory, octets, text; and of libcrypto what computes, none that draws.
ALLOWED='calloc|free|malloc|realloc|reallocarray'
ALLOWED="$ALLOWED|mem(chr|cmp|cpy|move|set)|_*mem(cpy|move|set)_chk"
ALLOWED="$ALLOWED|str(chr|cmp|cspn|dup|error|len|ncasecmp|ncmp|ndup|nlen|spn)"
ALLOWED="$ALLOWED|v?snprintf|__v?snprintf_chk|__ctype_(b|tolower)_loc"
ALLOWED="$ALLOWED|inet_(ntop|pton)|__stack_chk_fail|__popcountdi2"
ALLOWED="$ALLOWED|_GLOBAL_OFFSET_TABLE_"
ALLOWED="$ALLOWED|BN_(CTX_(free|new|secure_new)|add_word|bin2bn|bn2binpad)"
ALLOWED="$ALLOWED|BN_(clear_free|cmp|copy|div|dup|free|is_one|is_zero|new)"
ALLOWED="$ALLOWED|BN_(get_rfc3526_prime_[0-9]*|mod_exp_mont_consttime)"
ALLOWED="$ALLOWED|BN_(set_flags|set_word|sub_word)"
ALLOWED="$ALLOWED|EC_GROUP_(free|get0_order|new_by_curve_name)"
ALLOWED="$ALLOWED|EC_POINT_(clear_free|free|mul|new|oct2point|point2oct)"
ALLOWED="$ALLOWED|EVP_CIPHER_CTX_(ctrl|free|new|set_padding)"
ALLOWED="$ALLOWED|EVP_Cipher(Final_ex|Init_ex|Update)"
ALLOWED="$ALLOWED|EVP_Digest(Final_ex|Init_ex|Update)|EVP_MD_CTX_(free|new)"
ALLOWED="$ALLOWED|EVP_MAC_(CTX_(free|new)|fetch|final|free|init|update)"
ALLOWED="$ALLOWED|EVP_PKEY_(CTX_(free|new)|derive|derive_init|derive_set_peer)"
ALLOWED="$ALLOWED|EVP_PKEY_(CTX_new_from_name|fromdata|fromdata_init)"
ALLOWED="$ALLOWED|EVP_PKEY_(free|get_raw_public_key)"
ALLOWED="$ALLOWED|EVP_PKEY_new_raw_(private|public)_key"
ALLOWED="$ALLOWED|EVP_(aes_(128|192|256)_(cbc|gcm)|chacha20_poly1305|sha1)"
ALLOWED="$ALLOWED|CRYPTO_memcmp|OPENSSL_cleanse"
ALLOWED="$ALLOWED|OSSL_PARAM_construct_(end|octet_string|utf8_string)"

# Undefined in its objects, and defined in none of them.
asked_of_others() {
	comm -23 <(nm -u "$1" | awk '$1 == "U" { print $2 }' | sort -u) \
		<(nm --defined-only "$1" | awk 'NF == 3 { print $3 }' | sort -u)
}

check "the core is built" make -s --no-print-directory -C ikeuser "$CORE"
check "it asks others for something" \
	test "$(asked_of_others "$CORE" | wc -l)" -gt 50
check_equal "no socket, clock, file, log or randomness among it" "" \
	"$(asked_of_others "$CORE" | grep -vxE "$ALLOWED")"

# The check sees what it is to see.
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
echo 'int ike_now(void); int time(int *); int ike_now(void) { return time(0); }' |
	cc -w -x c -c -o "$WORK/now.o" -
cp "$CORE" "$WORK/libike.a"
ar rc "$WORK/libike.a" "$WORK/now.o"
check_equal "a core that looks at the clock would be found" time \
	"$(asked_of_others "$WORK/libike.a" | grep -vxE "$ALLOWED")"

check_equal "crypto.c alone knows libcrypto" ikeuser/ike/crypto.c \
	"$(grep -l 'include <openssl' ikeuser/ike/*.[ch])"

echo "1..$TESTS"
[ $FAILED -eq 0 ]
