// SPDX-License-Identifier: GPL-2.0-only
/* The AUTH payload (RFC 7296 2.15): the octets that are vouched for, and a
 * table of the methods to vouch for them. Knows neither whose key it is nor
 * whether the method is one that was agreed to.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "auth.h"
#include "proto.h"

/* RFC 7296 2.15:
 *
 *	InitiatorSignedOctets = RealMessage1 | NonceRData | MACedIDForI
 *	MACedIDForI = prf(SK_pi, RestOfInitIDPayload)
 *
 * and the same for the responder, with RealMessage2, NonceIData and SK_pr.
 */
int ike_auth_octets(const struct ike_auth *auth, struct ike_auth_octets *out)
{
	int err = ike_prf(auth->prf, auth->sk_p, &auth->id, 1, out->maced_id);

	if (err)
		return err;
	out->piece[0] = auth->message;
	out->piece[1] = auth->nonce;
	out->piece[2] = (struct ike_bytes){ out->maced_id, auth->prf->len };
	return 0;
}

static bool psk_has_key(const struct ike_auth_key *key)
{
	return key->psk.len;
}

/* RFC 7296 2.15:
 *
 *	AUTH = prf( prf(Shared Secret, "Key Pad for IKEv2"), <SignedOctets>)
 *
 * The pad is 17 ASCII characters without a terminator.
 */
static int psk_mic(const struct ike_auth *auth, const struct ike_auth_key *key,
		   uint8_t *mic)
{
	static const char key_pad[] = "Key Pad for IKEv2";
	const struct ike_bytes pad = { (const uint8_t *)key_pad,
				       sizeof(key_pad) - 1 };
	uint8_t padded[PRF_LEN_MAX];
	struct ike_auth_octets octets;
	int err = ike_auth_octets(auth, &octets);

	if (!err)
		err = ike_prf(auth->prf, key->psk, &pad, 1, padded);
	if (!err)
		err = ike_prf(auth->prf,
			      (struct ike_bytes){ padded, auth->prf->len },
			      octets.piece, AUTH_PIECES, mic);
	ike_crypto_wipe(padded, sizeof(padded));
	return err;
}

static int psk_make(const struct ike_auth *auth, const struct ike_auth_key *key,
		    struct ike_secret *data)
{
	int err = ike_secret_new(data, auth->prf->len);

	if (err)
		return err;
	err = psk_mic(auth, key, data->data);
	if (err)
		ike_secret_clear(data);
	return err;
}

static int psk_verify(const struct ike_auth *auth,
		      const struct ike_auth_key *key, struct ike_bytes data)
{
	uint8_t mic[PRF_LEN_MAX];
	int err = psk_mic(auth, key, mic);

	if (!err && (data.len != auth->prf->len ||
		     !ike_crypto_equal(mic, data.data, data.len)))
		err = -EACCES;
	ike_crypto_wipe(mic, sizeof(mic));
	return err;
}

/* In the order of RFC 7296 3.8. */
static const struct method {
	uint8_t id;
	bool (*has_key)(const struct ike_auth_key *key);
	int (*make)(const struct ike_auth *auth,
		    const struct ike_auth_key *key, struct ike_secret *data);
	/* -EACCES: this is not the proof. */
	int (*verify)(const struct ike_auth *auth,
		      const struct ike_auth_key *key, struct ike_bytes data);
} methods[] = {
	{ IKE_AUTH_SHARED_KEY_MIC, psk_has_key, psk_make, psk_verify },
};

/* NULL and a fault when there is no such method, or key has nothing for it. */
static const struct method *find(uint8_t id, const struct ike_auth_key *key,
				 struct ike_fault *fault)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(methods); i++) {
		if (methods[i].id != id)
			continue;
		if (methods[i].has_key(key))
			return &methods[i];
		ike_fault_set(fault, -ENOKEY, IKE_REASON_AUTH_NO_KEY, id);
		return NULL;
	}
	ike_fault_set(fault, -ENOKEY, IKE_REASON_AUTH_METHOD, id);
	return NULL;
}

static int method_fault(struct ike_fault *fault, int err, uint8_t id)
{
	switch (err) {
	case 0:
		return 0;
	case -EACCES:
		return ike_fault_set(fault, err, IKE_REASON_AUTH_WRONG, id);
	case -ENOMEM:
		return ike_fault_set(fault, err, IKE_REASON_NO_MEMORY, id);
	}
	return ike_fault_set(fault, err, IKE_REASON_CRYPTO_REFUSED, id);
}

int ike_auth_make(uint8_t method, const struct ike_auth *auth,
		  const struct ike_auth_key *key, struct ike_secret *data,
		  struct ike_fault *fault)
{
	const struct method *found = find(method, key, fault);

	if (!found)
		return -ENOKEY;
	return method_fault(fault, found->make(auth, key, data), method);
}

int ike_auth_verify(uint8_t method, const struct ike_auth *auth,
		    const struct ike_auth_key *key, struct ike_bytes data,
		    struct ike_fault *fault)
{
	const struct method *found = find(method, key, fault);

	if (!found)
		return -ENOKEY;
	return method_fault(fault, found->verify(auth, key, data), method);
}

static uint8_t hex_digit(char digit)
{
	if (isdigit((unsigned char)digit))
		return digit - '0';
	return tolower((unsigned char)digit) - 'a' + 10;
}

static int parse_hex(const char *hex, struct ike_secret *psk)
{
	size_t digits = strlen(hex), i;
	int err;

	if (!digits || digits % 2 ||
	    strspn(hex, "0123456789abcdefABCDEF") != digits)
		return -EINVAL;
	err = ike_secret_new(psk, digits / 2);
	for (i = 0; !err && i < psk->len; i++)
		psk->data[i] = hex_digit(hex[2 * i]) << 4 |
			       hex_digit(hex[2 * i + 1]);
	return err;
}

int ike_auth_psk_parse(const char *text, struct ike_secret *psk)
{
	if (!strncmp(text, "0x", 2))
		return parse_hex(text + 2, psk);
	if (!*text)
		return -EINVAL;
	return ike_secret_set(psk, text, strlen(text));
}
