// SPDX-License-Identifier: GPL-2.0-only
/* Identities: from text, to text, and whether one is another. What a DN is made
 * of is in dn.c; what an identity may do is not known here.
 */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dn.h"
#include "id.h"

/* Comparing. */

bool ike_id_equal(const struct ike_id *a, const struct ike_id *b)
{
	if (a->type != b->type)
		return false;
	if (ike_bytes_equal(a->data, b->data))
		return true;
	switch (a->type) {
	case IKE_ID_FQDN:
	case IKE_ID_RFC822_ADDR:
		return ike_bytes_equal_in_any_case(a->data, b->data);
	case IKE_ID_DER_ASN1_DN:
		return ike_dn_matches(a->data, b->data, false);
	}
	return false;
}

/* "*.DOMAIN" or "*@DOMAIN": something, and then what is behind the asterisk. */
static bool tail_matches(struct ike_bytes pattern, struct ike_bytes name,
			 char separator)
{
	size_t len = pattern.len - 1;

	if (pattern.len < 3 || pattern.data[0] != '*' ||
	    pattern.data[1] != separator || name.len <= len)
		return false;
	return ike_bytes_equal_in_any_case(
		(struct ike_bytes){ pattern.data + 1, len },
		(struct ike_bytes){ name.data + name.len - len, len });
}

bool ike_id_matches(const struct ike_id *pattern, const struct ike_id *id)
{
	if (!pattern->type || ike_id_equal(pattern, id))
		return true;
	if (pattern->type != id->type)
		return false;
	switch (pattern->type) {
	case IKE_ID_FQDN:
		return tail_matches(pattern->data, id->data, '.');
	case IKE_ID_RFC822_ADDR:
		return tail_matches(pattern->data, id->data, '@');
	case IKE_ID_DER_ASN1_DN:
		return ike_dn_matches(pattern->data, id->data, true);
	}
	return false;
}

/* Owning. */

void ike_id_clear(struct ike_id *id)
{
	free((void *)id->data.data);
	*id = (struct ike_id){ 0 };
}

static int id_set(struct ike_id *id, uint8_t type, const void *data,
		  size_t len)
{
	uint8_t *copy = malloc(len + 1);

	*id = (struct ike_id){ 0 };
	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy, data, len);
	id->type = type;
	id->data = (struct ike_bytes){ copy, len };
	return 0;
}

int ike_id_copy(struct ike_id *id, const struct ike_id *from)
{
	return id_set(id, from->type, from->data.data, from->data.len);
}

/* Reading text. */

static int hex_parse(struct ike_id *id, uint8_t type, const char *text)
{
	uint8_t octets[ID_TEXT_MAX / 2];
	size_t len = strlen(text);

	if (!len || len % 2 || ike_hex_parse(text, len / 2, octets))
		return -EINVAL;
	return id_set(id, type, octets, len / 2);
}

static int ipv4_parse(struct ike_id *id, const char *text)
{
	uint8_t address[4];

	if (inet_pton(AF_INET, text, address) != 1)
		return -EINVAL;
	return id_set(id, IKE_ID_IPV4_ADDR, address, sizeof(address));
}

static int ipv6_parse(struct ike_id *id, const char *text)
{
	uint8_t address[16];

	if (inet_pton(AF_INET6, text, address) != 1)
		return -EINVAL;
	return id_set(id, IKE_ID_IPV6_ADDR, address, sizeof(address));
}

/* RFC 7296 3.5: a name has no terminators in it; ours have no blanks either. */
static int name_parse(struct ike_id *id, uint8_t type, const char *text)
{
	size_t len = 0;

	while (text[len] > ' ' && text[len] <= '~')
		len++;
	if (!len || text[len])
		return -EINVAL;
	return id_set(id, type, text, len);
}

static int fqdn_parse(struct ike_id *id, const char *text)
{
	return name_parse(id, IKE_ID_FQDN, text);
}

static int email_parse(struct ike_id *id, const char *text)
{
	return name_parse(id, IKE_ID_RFC822_ADDR, text);
}

static int keyid_parse(struct ike_id *id, const char *text)
{
	if (*text == '#')
		return hex_parse(id, IKE_ID_KEY_ID, text + 1);
	if (!*text)
		return -EINVAL;
	return id_set(id, IKE_ID_KEY_ID, text, strlen(text));
}

static int dn_parse(struct ike_id *id, const char *text)
{
	struct ike_writer w;
	int err;

	if (*text == '#')
		return hex_parse(id, IKE_ID_DER_ASN1_DN, text + 1);
	ike_writer_init(&w, UINT16_MAX);
	err = ike_dn_emit(text, &w);
	if (!err)
		err = w.error;
	if (!err)
		err = id_set(id, IKE_ID_DER_ASN1_DN, w.data, w.len);
	ike_writer_clear(&w);
	return err;
}

static const struct {
	const char *prefix;
	int (*parse)(struct ike_id *id, const char *text);
} forms[] = {
	{ "ipv4:", ipv4_parse },   { "ipv6:", ipv6_parse },
	{ "fqdn:", fqdn_parse },   { "email:", email_parse },
	{ "rfc822:", email_parse }, { "keyid:", keyid_parse },
	{ "asn1dn:", dn_parse },   { "@#", NULL },
	{ "@@", email_parse },	   { "@", fqdn_parse },
};

/* By what is in it. */
static int unprefixed_parse(struct ike_id *id, const char *text)
{
	int err;

	if (strchr(text, '='))
		return dn_parse(id, text);
	if (strchr(text, '@'))
		return email_parse(id, text);
	if (strchr(text, ':'))
		return ipv6_parse(id, text);
	err = ipv4_parse(id, text);
	return err == -EINVAL ? fqdn_parse(id, text) : err;
}

int ike_id_parse(struct ike_id *id, const char *text)
{
	*id = (struct ike_id){ 0 };
	if (strlen(text) > ID_TEXT_MAX)
		return -EINVAL;
	if (!strcmp(text, "%any"))
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t len = strlen(forms[i].prefix);

		if (strncmp(text, forms[i].prefix, len))
			continue;
		if (!forms[i].parse)
			return hex_parse(id, IKE_ID_KEY_ID, text + len);
		return forms[i].parse(id, text + len);
	}
	return unprefixed_parse(id, text);
}

/* Printing. */

static void address_print(const struct ike_id *id, int family, size_t len,
			  struct ike_text *t)
{
	char text[INET6_ADDRSTRLEN];

	if (id->data.len != len) {
		ike_text_hex(t, id->data);
		return;
	}
	inet_ntop(family, id->data.data, text, sizeof(text));
	ike_text_add(t, "%s", text);
}

/* Nobody takes it for something else. */
static bool is_plain(struct ike_bytes name, const char *also)
{
	bool letter = false;

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		letter |= isalpha(c) != 0;
		if (!isalnum(c) && (!c || !strchr(also, c)))
			return false;
	}
	return letter;
}

static bool is_printable(struct ike_bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] < ' ' || name.data[i] > '~')
			return false;
	}
	return name.len;
}

static void email_print(const struct ike_id *id, struct ike_text *t)
{
	const uint8_t *at = id->data.len ?
		memchr(id->data.data, '@', id->data.len) : NULL;

	if (!at || at == id->data.data || !is_plain(id->data, "@.-_+*"))
		ike_text_add(t, "email:");
	ike_text_escape(t, id->data);
}

static void keyid_print(const struct ike_id *id, struct ike_text *t)
{
	if (is_printable(id->data) && id->data.data[0] != '#') {
		ike_text_add(t, "keyid:");
		ike_text_escape(t, id->data);
	} else {
		ike_text_add(t, "@#");
		ike_text_hex(t, id->data);
	}
}

void ike_id_print(const struct ike_id *id, struct ike_text *t)
{
	switch (id->type) {
	case 0:
		ike_text_add(t, "%%any");
		break;
	case IKE_ID_IPV4_ADDR:
		address_print(id, AF_INET, 4, t);
		break;
	case IKE_ID_IPV6_ADDR:
		address_print(id, AF_INET6, 16, t);
		break;
	case IKE_ID_FQDN:
		if (!is_plain(id->data, ".-_*"))
			ike_text_add(t, "fqdn:");
		ike_text_escape(t, id->data);
		break;
	case IKE_ID_RFC822_ADDR:
		email_print(id, t);
		break;
	case IKE_ID_KEY_ID:
		keyid_print(id, t);
		break;
	case IKE_ID_DER_ASN1_DN:
		if (!ike_dn_print(id->data, t))
			break;
		ike_text_add(t, "asn1dn:#");
		ike_text_hex(t, id->data);
		break;
	default:
		ike_text_name(t, ike_id_type_name(id->type), id->type);
		ike_text_add(t, ":");
		ike_text_hex(t, id->data);
	}
}
