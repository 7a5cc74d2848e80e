// SPDX-License-Identifier: GPL-2.0-only
/* Distinguished names. In DER, a name is a sequence of sets of attributes, each
 * an OID and a value:
 *
 * 30 len { 31 len { 30 len { 06 len OID, tag len value } ... } ... }
 */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "dn.h"

#define DER_OID 0x06
#define DER_UTF8_STRING 0x0c
#define DER_PRINTABLE_STRING 0x13
#define DER_T61_STRING 0x14
#define DER_IA5_STRING 0x16
#define DER_SEQUENCE 0x30
#define DER_SET 0x31

/* The attributes that operators write. The first of two rows is printed. */
static const struct attribute {
	const char *name;
	uint8_t tag;		/* of its value; 0: by what is in it */
	uint8_t len;
	uint8_t oid[10];
} attributes[] = {
	{ "C", DER_PRINTABLE_STRING, 3, { 0x55, 4, 6 } },
	{ "ST", 0, 3, { 0x55, 4, 8 } },
	{ "L", 0, 3, { 0x55, 4, 7 } },
	{ "O", 0, 3, { 0x55, 4, 10 } },
	{ "OU", 0, 3, { 0x55, 4, 11 } },
	{ "CN", 0, 3, { 0x55, 4, 3 } },
	{ "serialNumber", DER_PRINTABLE_STRING, 3, { 0x55, 4, 5 } },
	{ "SN", DER_PRINTABLE_STRING, 3, { 0x55, 4, 5 } },
	{ "S", 0, 3, { 0x55, 4, 4 } },
	{ "G", 0, 3, { 0x55, 4, 42 } },
	{ "I", 0, 3, { 0x55, 4, 43 } },
	{ "T", 0, 3, { 0x55, 4, 12 } },
	{ "D", 0, 3, { 0x55, 4, 13 } },
	{ "STREET", 0, 3, { 0x55, 4, 9 } },
	{ "postalCode", 0, 3, { 0x55, 4, 17 } },
	{ "dnQualifier", DER_PRINTABLE_STRING, 3, { 0x55, 4, 46 } },
	{ "E", DER_IA5_STRING, 9,
	  { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 } },
	{ "emailAddress", DER_IA5_STRING, 9,
	  { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 } },
	{ "UID", 0, 10,
	  { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1 } },
	{ "DC", DER_IA5_STRING, 10,
	  { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25 } },
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

/* Reading. */

/* One element. Lengths are as short as they can be, and no name needs more than
 * two octets for one: everything else makes r bad.
 */
static struct ike_reader der_read(struct ike_reader *r, uint8_t *tag)
{
	uint8_t first;
	size_t len, least = 0;

	*tag = ike_reader_u8(r);
	first = ike_reader_u8(r);
	len = first;
	if (first == 0x81) {
		len = ike_reader_u8(r);
		least = 0x80;
	} else if (first == 0x82) {
		len = ike_reader_u16(r);
		least = 0x100;
	}
	if (len < least || (first & 0x80 && !least))
		r->bad = true;
	return ike_reader_sub(r, len);
}

static struct ike_reader der_read_tag(struct ike_reader *r, uint8_t tag)
{
	uint8_t found;
	struct ike_reader value = der_read(r, &found);

	if (found != tag)
		value.bad = true;
	return value;
}

/* The attributes of a name, one after the other. */
struct walk {
	struct ike_reader name;
	struct ike_reader set;
	bool bad;
};

struct value {
	bool opens;		/* the first of its set */
	uint8_t tag;
	struct ike_bytes oid;
	struct ike_bytes data;
};

static void walk_init(struct walk *walk, struct ike_bytes dn)
{
	struct ike_reader r;

	*walk = (struct walk){ 0 };
	ike_reader_init(&r, dn.data, dn.len);
	walk->name = der_read_tag(&r, DER_SEQUENCE);
	walk->bad = walk->name.bad || !ike_reader_done(&r);
}

/* false: that was all, or walk->bad. */
static bool walk_next(struct walk *walk, struct value *value)
{
	struct ike_reader pair, oid, data;

	if (walk->bad || (!walk->set.left && !walk->name.left))
		return false;
	value->opens = !walk->set.left;
	if (value->opens)
		walk->set = der_read_tag(&walk->name, DER_SET);
	pair = der_read_tag(&walk->set, DER_SEQUENCE);
	oid = der_read_tag(&pair, DER_OID);
	data = der_read(&pair, &value->tag);
	walk->bad = walk->set.bad || oid.bad || data.bad || !oid.left ||
		    !ike_reader_done(&pair);
	value->oid = ike_reader_rest(&oid);
	value->data = ike_reader_rest(&data);
	return !walk->bad;
}

static bool tag_is_string(uint8_t tag)
{
	return tag == DER_PRINTABLE_STRING || tag == DER_UTF8_STRING ||
	       tag == DER_IA5_STRING || tag == DER_T61_STRING;
}

static bool value_matches(const struct value *pattern,
			  const struct value *value, bool wildcards)
{
	if (pattern->opens != value->opens ||
	    !ike_bytes_equal(pattern->oid, value->oid))
		return false;
	if (wildcards && pattern->data.len == 1 && pattern->data.data[0] == '*')
		return true;
	if (tag_is_string(pattern->tag) && tag_is_string(value->tag))
		return ike_bytes_equal_in_any_case(pattern->data,
						   value->data);
	return pattern->tag == value->tag &&
	       ike_bytes_equal(pattern->data, value->data);
}

bool ike_dn_matches(struct ike_bytes pattern, struct ike_bytes dn,
		    bool wildcards)
{
	struct walk a, b;
	struct value wanted, value;
	bool more, other;

	walk_init(&a, pattern);
	walk_init(&b, dn);
	do {
		more = walk_next(&a, &wanted);
		other = walk_next(&b, &value);
		if (more != other)
			return false;
	} while (more && value_matches(&wanted, &value, wildcards));
	return !more && !a.bad && !b.bad;
}

/* Printing. */

/* The first number stands for two (ITU-T X.690 8.19.4). */
static void oid_print(struct ike_bytes oid, struct ike_text *t)
{
	uint64_t number = 0;
	const char *before = "";

	for (size_t i = 0; i < oid.len; i++) {
		number = number << 7 | (oid.data[i] & 0x7f);
		if (oid.data[i] & 0x80)
			continue;
		if (!*before) {
			uint64_t root = number < 80 ? number / 40 : 2;

			ike_text_add(t, "%" PRIu64, root);
			number -= root * 40;
			before = ".";
		}
		ike_text_add(t, "%s%" PRIu64, before, number);
		number = 0;
	}
}

static void value_print(const struct value *value, struct ike_text *t)
{
	const char *name = NULL;

	for (size_t i = 0; i < ATTRIBUTES && !name; i++) {
		const struct ike_bytes oid = { attributes[i].oid,
					       attributes[i].len };

		if (ike_bytes_equal(value->oid, oid))
			name = attributes[i].name;
	}
	if (name)
		ike_text_add(t, "%s", name);
	else
		oid_print(value->oid, t);
	ike_text_add(t, "=");
	for (size_t i = 0; i < value->data.len && !t->cut; i++) {
		uint8_t c = value->data.data[i];

		if (c < ' ' || c > '~' || strchr(",+\"\\", c))
			ike_text_add(t, "\\%02X", c);
		else
			ike_text_add(t, "%c", c);
	}
}

static bool dn_is_sound(struct ike_bytes dn)
{
	struct walk walk;
	struct value value;
	bool empty = true;

	walk_init(&walk, dn);
	while (walk_next(&walk, &value))
		empty = false;
	return !walk.bad && !empty;
}

int ike_dn_print(struct ike_bytes dn, struct ike_text *t)
{
	struct walk walk;
	struct value value;
	const char *before = "";

	if (!dn_is_sound(dn))
		return -EINVAL;
	walk_init(&walk, dn);
	while (walk_next(&walk, &value) && !t->cut) {
		ike_text_add(t, "%s", *before && !value.opens ? " + " :
							      before);
		value_print(&value, t);
		before = ", ";
	}
	return 0;
}

/* Writing. */

static size_t der_header_len(size_t len)
{
	return len < 0x80 ? 2 : len < 0x100 ? 3 : 4;
}

static void der_header_emit(uint8_t tag, size_t len, struct ike_writer *w)
{
	ike_writer_u8(w, tag);
	switch (der_header_len(len)) {
	case 4:
		ike_writer_u8(w, 0x82);
		ike_writer_u16(w, len);
		break;
	case 3:
		ike_writer_u8(w, 0x81);
		/* fall through */
	default:
		ike_writer_u8(w, len);
	}
}

/* Takes the backslashes off a value, up to the comma behind it or the end. */
static const char *value_unescape(const char *text, struct ike_writer *value)
{
	uint8_t octet;

	for (; *text && *text != ','; text++) {
		if (*text != '\\') {
			ike_writer_u8(value, *text);
		} else if (!ike_hex_parse(text + 1, 1, &octet)) {
			ike_writer_u8(value, octet);
			text += 2;
		} else if (text[1]) {
			ike_writer_u8(value, *++text);
		}
	}
	return text;
}

/* Blanks at the end of a value belong to the text around it. */
static void value_trim(struct ike_writer *value)
{
	while (value->len && value->data[value->len - 1] == ' ')
		value->len--;
}

/* ITU-T X.680 41.4. */
static bool is_printable_string(struct ike_bytes value)
{
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.data[i];

		if (!isalnum(c) && (!c || !strchr(" '()+,-./:=?", c)))
			return false;
	}
	return true;
}

static void attribute_emit(const struct attribute *attribute,
			   struct ike_bytes value, struct ike_writer *w)
{
	size_t pair = 2 + attribute->len + der_header_len(value.len) +
		      value.len;
	uint8_t tag = attribute->tag;

	if (!tag)
		tag = is_printable_string(value) ? DER_PRINTABLE_STRING :
						   DER_UTF8_STRING;
	der_header_emit(DER_SET, der_header_len(pair) + pair, w);
	der_header_emit(DER_SEQUENCE, pair, w);
	der_header_emit(DER_OID, attribute->len, w);
	ike_writer_bytes(w, attribute->oid, attribute->len);
	der_header_emit(tag, value.len, w);
	ike_writer_bytes(w, value.data, value.len);
}

static const struct attribute *attribute_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (strlen(attributes[i].name) == len &&
		    !strncasecmp(attributes[i].name, name, len))
			return &attributes[i];
	}
	return NULL;
}

/* One attribute of the text; *text is moved to what is behind it. */
static int attribute_parse(const char **text, struct ike_writer *w)
{
	const char *name = *text + strspn(*text, " ");
	size_t len = strcspn(name, "= ,");
	const struct attribute *attribute = attribute_find(name, len);
	const char *equals = name + len + strspn(name + len, " ");
	struct ike_writer value;
	int err = 0;

	if (!attribute || *equals != '=')
		return -EINVAL;
	ike_writer_init(&value, w->limit);
	equals++;
	*text = value_unescape(equals + strspn(equals, " "), &value);
	value_trim(&value);
	if (value.error)
		err = value.error;
	else if (!value.len)
		err = -EINVAL;
	else
		attribute_emit(attribute, ike_writer_written(&value), w);
	ike_writer_clear(&value);
	return err;
}

int ike_dn_emit(const char *text, struct ike_writer *w)
{
	struct ike_writer name;
	int err;

	ike_writer_init(&name, UINT16_MAX);
	do {
		err = attribute_parse(&text, &name);
	} while (!err && *text++ == ',');
	if (!err)
		err = name.error;
	if (!err) {
		der_header_emit(DER_SEQUENCE, name.len, w);
		ike_writer_bytes(w, name.data, name.len);
	}
	ike_writer_clear(&name);
	return err;
}
