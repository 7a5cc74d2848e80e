// SPDX-License-Identifier: GPL-2.0-only
/* Secrets: where they come from, and a name for them that tells nothing. They
 * are octets here, what they prove is not known.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

/* Shorter ones can be guessed from one captured handshake by who answers it
 * (RFC 7296 5, CVE-2018-5389).
 */
#define SECRET_SHORT 16
#define SECRET_MAX 1024
#define SECRET_MARK_LEN 4

static int base64_digit(uint8_t c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *digit = memchr(digits, c, 64);

	return digit ? digit - digits : -1;
}

/* Into data, which has room for 3 octets of each 4 digits. */
static int base64_parse(struct ike_bytes text, uint8_t *data, size_t *len)
{
	uint32_t bits = 0;
	unsigned int n = 0;

	*len = 0;
	while (text.len && text.data[text.len - 1] == '=')
		text.len--;
	for (size_t i = 0; i < text.len; i++) {
		int digit = base64_digit(text.data[i]);

		if (digit < 0)
			return -EINVAL;
		bits = bits << 6 | digit;
		n += 6;
		if (n >= 8) {
			n -= 8;
			data[(*len)++] = bits >> n;
		}
	}
	return n < 6 && *len ? 0 : -EINVAL;
}

/* As strongSwan reads them: 0x and hexadecimal digits, 0s and base64, or just
 * what stands there.
 */
static int decode(struct conf_parser *p, const struct conf_at *at,
		  struct ike_bytes text, struct ike_secret *secret)
{
	bool hex = text.len >= 2 && !memcmp(text.data, "0x", 2);
	bool base64 = text.len >= 2 && !memcmp(text.data, "0s", 2);
	int err;

	if (!text.len || text.len > SECRET_MAX)
		return conf_error(p, at, "a secret has 1 to %u octets",
				  SECRET_MAX);
	if (!hex && !base64)
		return ike_secret_set(secret, text.data, text.len);
	text.data += 2;
	text.len -= 2;
	err = ike_secret_new(secret, text.len);
	if (err)
		return err;
	if (hex) {
		secret->len = text.len / 2;
		if (text.len % 2 || !text.len ||
		    ike_hex_parse((const char *)text.data, text.len / 2,
				  secret->data))
			return conf_error(p, at, "behind 0x, a secret has pairs of hexadecimal digits");
	} else if (base64_parse(text, secret->data, &secret->len)) {
		return conf_error(p, at, "behind 0s, a secret has base64 digits");
	}
	return 0;
}

static int from_file(struct conf_parser *p, const char *path,
		     const struct conf_at *at, struct ike_secret *secret)
{
	struct ike_secret text = { 0 };
	int err;

	if (p->options->no_files)
		return conf_error(p, at, "files are not read here");
	err = conf_secret_file(p, path, at, &text);
	if (!err)
		err = decode(p, at, ike_secret_bytes(&text), secret);
	ike_secret_clear(&text);
	return err;
}

static int from_credential(struct conf_parser *p, const struct conf_at *at,
			   struct ike_secret *secret)
{
	struct ike_bytes name = conf_at_text(at);
	char *path;

	if (!name.len || *name.data == '.' ||
	    memchr(name.data, '/', name.len))
		return conf_error(p, at, "'%s' is not the name of a credential",
				  conf_quote(at).text);
	if (!p->options->credentials) {
		conf_error(p, at, "there are no credentials");
		conf_hint(p, "systemd hands them over: LoadCredential=%s:/path in the unit",
			  conf_quote(at).text);
		return -EINVAL;
	}
	path = conf_pool_print(&p->store->pool, "%s/%.*s",
			       p->options->credentials, (int)name.len,
			       (const char *)name.data);
	return path ? from_file(p, path, at, secret) : -ENOMEM;
}

/* The note does not repeat what stands there: it may be a secret. */
static int from_here(struct conf_parser *p, const struct conf_at *at,
		     struct ike_secret *secret)
{
	if (!at->source->is_private) {
		conf_error(p, at, "a secret in a file that others can read");
		conf_hint(p, "chmod 600 this file, or write: secret file \"/path\"");
		return -EINVAL;
	}
	return decode(p, at, conf_at_text(at), secret);
}

int conf_secret(struct conf_parser *p, struct ike_secret *secret)
{
	bool file = conf_take(p, "file");
	bool credential = !file && conf_take(p, "credential");
	struct conf_at at;
	char *path;
	int err;

	if (file) {
		err = conf_take_text(p, &at, "the name of a file");
		if (err)
			return err;
		path = conf_path(p, &at);
		err = path ? from_file(p, path, &at, secret) : -ENOMEM;
	} else if (credential) {
		err = conf_take_text(p, &at, "the name of a credential");
		if (!err)
			err = from_credential(p, &at, secret);
	} else {
		err = conf_take_text(p, &at, "file, credential or a secret");
		if (!err)
			err = from_here(p, &at, secret);
	}
	if (!err && secret->len < SECRET_SHORT)
		conf_warn(p, &at, "weak: a secret of %zu octets can be guessed",
			  secret->len);
	return err;
}

int conf_secret_print(struct ike_bytes secret, struct ike_text *t)
{
	static const char label[] = "culvert secret";
	const struct ike_prf *prf = ike_prf_find(IKE_PRF_HMAC_SHA2_256);
	uint8_t mark[PRF_LEN_MAX];
	int err = ike_prf(prf, (struct ike_bytes){ (const uint8_t *)label,
						   sizeof(label) - 1 },
			  &secret, 1, mark);

	if (err)
		return err;
	ike_text_add(t, "sha256:");
	ike_text_hex(t, (struct ike_bytes){ mark, SECRET_MARK_LEN });
	ike_crypto_wipe(mark, sizeof(mark));
	return 0;
}
