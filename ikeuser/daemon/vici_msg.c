// SPDX-License-Identifier: GPL-2.0-only
/* The codec of vici. What arrives is looked through once, whole, before anything
 * of it is used; what leaves is written element by element and cannot be nested
 * wrongly. It knows neither sockets nor commands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vici_msg.h"

/* --- looking through --- */

static const struct {
	bool known;
	bool named;
} types[] = {
	[VICI_CMD_REQUEST] = { true, true },
	[VICI_CMD_RESPONSE] = { true, false },
	[VICI_CMD_UNKNOWN] = { true, false },
	[VICI_EVENT_REGISTER] = { true, true },
	[VICI_EVENT_UNREGISTER] = { true, true },
	[VICI_EVENT_CONFIRM] = { true, false },
	[VICI_EVENT_UNKNOWN] = { true, false },
	[VICI_EVENT] = { true, true },
};

/* What an element consists of, and where it may stand. */
static const struct {
	bool named;
	bool valued;
	bool in_list;		/* there, and nowhere else */
} kinds[] = {
	[VICI_SECTION_START] = { true, false, false },
	[VICI_SECTION_END] = { false, false, false },
	[VICI_KEY_VALUE] = { true, true, false },
	[VICI_LIST_START] = { true, false, false },
	[VICI_LIST_ITEM] = { false, true, true },
	[VICI_LIST_END] = { false, false, true },
};

static struct ike_bytes read_name(struct ike_reader *r)
{
	return ike_reader_bytes(r, ike_reader_u8(r));
}

static struct ike_bytes read_value(struct ike_reader *r)
{
	return ike_reader_bytes(r, ike_reader_u16(r));
}

/* A name is shown to people and compared with strings. Octets of UTF-8 above
 * ASCII may be in it; a section's may be empty: the counters of no connection.
 */
static bool is_name(struct ike_bytes name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (name.data[i] < ' ' || name.data[i] == 0x7f)
			return false;
	return true;
}

struct look {
	struct ike_reader r;
	enum vici_kind open[VICI_DEPTH_MAX];
	unsigned int depth;
};

static bool in_list(const struct look *look)
{
	return look->depth && look->open[look->depth - 1] == VICI_LIST_START;
}

/* Goes down at a start and up at an end. NULL, or what is wrong. */
static const char *nest(struct look *look, uint8_t kind)
{
	if (kind == VICI_SECTION_START || kind == VICI_LIST_START) {
		if (look->depth == VICI_DEPTH_MAX)
			return "more than 16 sections are in each other";
		look->open[look->depth++] = kind;
	} else if (kind == VICI_SECTION_END || kind == VICI_LIST_END) {
		if (!look->depth)
			return "a section ends that did not begin";
		look->depth--;
	}
	return NULL;
}

static const char *look_at_one(struct look *look)
{
	uint8_t kind = ike_reader_u8(&look->r);

	if (kind == VICI_NOTHING || kind >= ARRAY_SIZE(kinds))
		return "there is no such kind of element (1 to 6 are)";
	if (kinds[kind].in_list != in_list(look))
		return in_list(look) ? "a list has items and nothing else" :
				       "an item or end of a list outside of lists";
	if (kinds[kind].named && !is_name(read_name(&look->r)) &&
	    !look->r.bad)
		return "a name has characters that do not print";
	if (kinds[kind].valued)
		read_value(&look->r);
	if (look->r.bad)
		return "the message ends inside of an element";
	return nest(look, kind);
}

static int look_through(struct ike_bytes message, struct vici_fault *fault)
{
	struct look look = { .depth = 0 };

	ike_reader_init(&look.r, message.data, message.len);
	fault->sentence = NULL;
	while (look.r.left && !fault->sentence) {
		fault->offset = message.len - look.r.left;
		fault->sentence = look_at_one(&look);
	}
	if (!fault->sentence && look.depth) {
		fault->offset = message.len;
		fault->sentence = "the message ends inside of a section or list";
	}
	return fault->sentence ? -EBADMSG : 0;
}

static void copy_name(char *to, struct ike_bytes name)
{
	memcpy(to, name.len ? (const char *)name.data : "", name.len);
	to[name.len] = '\0';
}

static int fail(struct vici_fault *fault, size_t offset, const char *sentence)
{
	fault->sentence = sentence;
	fault->offset = offset;
	return -EBADMSG;
}

int vici_packet_read(struct vici_packet *packet, struct ike_bytes octets,
		     struct vici_fault *fault)
{
	struct ike_reader r;
	struct ike_bytes name;
	size_t head;
	uint8_t type;

	ike_reader_init(&r, octets.data, octets.len);
	type = ike_reader_u8(&r);
	if (r.bad)
		return fail(fault, 0, "the packet is empty");
	if (type >= VICI_TYPE_COUNT || !types[type].known)
		return fail(fault, 0, "there is no such type of packet (0 to 7 are)");
	packet->type = type;
	packet->name[0] = '\0';
	if (types[type].named) {
		name = read_name(&r);
		if (r.bad)
			return fail(fault, 1, "the packet ends inside of its name");
		if (!name.len || !is_name(name))
			return fail(fault, 1, "the packet's name is empty or does not print");
		copy_name(packet->name, name);
	}
	head = octets.len - r.left;
	packet->message = ike_reader_rest(&r);
	if (!look_through(packet->message, fault))
		return 0;
	fault->offset += head;
	return -EBADMSG;
}

int vici_head_read(const uint8_t head[VICI_HEAD], size_t *len)
{
	struct ike_reader r;

	ike_reader_init(&r, head, VICI_HEAD);
	*len = ike_reader_u32(&r);
	return *len && *len <= VICI_PACKET_MAX ? 0 : -EMSGSIZE;
}

/* --- reading --- */

/* Past the end that belongs to the start before; what is between, as a message. */
static struct ike_bytes read_content(struct ike_reader *r)
{
	struct ike_bytes content = { .data = r->at };
	unsigned int depth = 1;
	uint8_t kind;

	while (depth && !r->bad && r->left) {
		content.len = r->at - content.data;
		kind = ike_reader_u8(r);
		if (kind >= ARRAY_SIZE(kinds))
			break;
		if (kinds[kind].named)
			read_name(r);
		if (kinds[kind].valued)
			read_value(r);
		if (kind == VICI_SECTION_START || kind == VICI_LIST_START)
			depth++;
		if (kind == VICI_SECTION_END || kind == VICI_LIST_END)
			depth--;
	}
	return content;
}

enum vici_kind vici_next(struct ike_bytes *message, struct vici_item *item)
{
	struct ike_reader r;

	ike_reader_init(&r, message->data, message->len);
	item->kind = message->len ? ike_reader_u8(&r) : VICI_NOTHING;
	item->name[0] = '\0';
	item->value = (struct ike_bytes){ 0 };
	if (item->kind >= ARRAY_SIZE(kinds))
		item->kind = VICI_NOTHING;
	if (kinds[item->kind].named)
		copy_name(item->name, read_name(&r));
	if (kinds[item->kind].valued)
		item->value = read_value(&r);
	else if (kinds[item->kind].named)
		item->value = read_content(&r);
	if (r.bad)
		item->kind = VICI_NOTHING;
	*message = ike_reader_rest(&r);
	return item->kind;
}

bool vici_find(struct ike_bytes message, enum vici_kind kind, const char *name,
	       struct ike_bytes *value)
{
	struct vici_item item;
	bool found = false;

	while (vici_next(&message, &item)) {
		if (item.kind != kind || strcmp(item.name, name))
			continue;
		*value = item.value;
		found = true;
	}
	return found;
}

const char *vici_get(struct ike_bytes message, const char *name,
		     const char *def, char *text, size_t size)
{
	struct ike_bytes value = { 0 };

	if (!vici_find(message, VICI_KEY_VALUE, name, &value))
		snprintf(text, size, "%s", def ? def : "");
	else
		snprintf(text, size, "%.*s", (int)value.len,
			 value.len ? (const char *)value.data : "");
	return text;
}

/* Octets of a number of 64 bits in any base that is used, and more than it. */
#define NUMBER_MAX 24

int vici_get_number(struct ike_bytes message, const char *name, int base,
		    uint64_t *number)
{
	struct ike_bytes value;
	char text[NUMBER_MAX];
	char *end;

	if (!vici_find(message, VICI_KEY_VALUE, name, &value))
		return -ENOENT;
	if (!value.len || value.len >= sizeof(text) ||
	    memchr("+- \t\n", value.data[0], 5))
		return -EINVAL;
	memcpy(text, value.data, value.len);
	text[value.len] = '\0';
	errno = 0;
	*number = strtoull(text, &end, base);
	return errno || end != text + value.len ? -EINVAL : 0;
}

bool vici_get_flag(struct ike_bytes message, const char *name, bool def)
{
	static const struct {
		const char *word;
		bool flag;
	} words[] = {
		{ "yes", true },   { "true", true },   { "enabled", true },
		{ "1", true },	   { "no", false },    { "false", false },
		{ "disabled", false }, { "0", false },
	};
	char text[16];
	size_t i;

	vici_get(message, name, "", text, sizeof(text));
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(text, words[i].word))
			return words[i].flag;
	return def;
}

/* --- writing --- */

static void writer_fail(struct vici_writer *v, int error)
{
	if (!v->error)
		v->error = error;
}

static void write_name(struct vici_writer *v, const char *name)
{
	const struct ike_bytes octets = {
		.data = (const uint8_t *)name,
		.len = strlen(name),
	};

	if (octets.len > VICI_NAME_MAX || !is_name(octets)) {
		writer_fail(v, -EINVAL);
		return;
	}
	ike_writer_u8(&v->w, octets.len);
	ike_writer_bytes(&v->w, octets.data, octets.len);
}

/* An element begins; it must be one that may stand here. */
static void write_kind(struct vici_writer *v, enum vici_kind kind)
{
	bool list = v->depth && v->open[v->depth - 1] == VICI_LIST_START;

	if (kinds[kind].in_list != list)
		writer_fail(v, -EINVAL);
	ike_writer_u8(&v->w, kind);
}

static void write_start(struct vici_writer *v, enum vici_kind kind,
			const char *name)
{
	write_kind(v, kind);
	write_name(v, name);
	if (v->depth == VICI_DEPTH_MAX)
		writer_fail(v, -EINVAL);
	else
		v->open[v->depth++] = kind;
}

static void write_value(struct vici_writer *v, struct ike_bytes value)
{
	if (value.len > VICI_VALUE_MAX) {
		writer_fail(v, -EMSGSIZE);
		return;
	}
	ike_writer_u16(&v->w, value.len);
	ike_writer_bytes(&v->w, value.data, value.len);
}

static void write_text(struct vici_writer *v, const char *format, va_list args)
{
	size_t at = v->w.len;
	va_list again;
	uint8_t *room;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len < 0 || len > VICI_VALUE_MAX) {
		writer_fail(v, -EMSGSIZE);
	} else {
		ike_writer_u16(&v->w, len);
		/* The 0 that vsnprintf() adds is taken back. */
		room = ike_writer_room(&v->w, len + 1);
		if (room) {
			vsnprintf((char *)room, len + 1, format, again);
			v->w.len = at + sizeof(uint16_t) + len;
		}
	}
	va_end(again);
}

void vici_begin(struct vici_writer *v, enum vici_type type, const char *name)
{
	memset(v, 0, sizeof(*v));
	ike_writer_init(&v->w, VICI_HEAD + VICI_PACKET_MAX);
	ike_writer_zero(&v->w, VICI_HEAD);
	ike_writer_u8(&v->w, type);
	if (types[type].named != !!name)
		writer_fail(v, -EINVAL);
	else if (name && !*name)
		writer_fail(v, -EINVAL);
	else if (name)
		write_name(v, name);
}

void vici_section(struct vici_writer *v, const char *format, ...)
{
	char name[VICI_NAME_MAX + 2];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	write_start(v, VICI_SECTION_START, name);
}

void vici_list(struct vici_writer *v, const char *name)
{
	write_start(v, VICI_LIST_START, name);
}

void vici_end(struct vici_writer *v)
{
	bool list = v->depth && v->open[v->depth - 1] == VICI_LIST_START;

	write_kind(v, list ? VICI_LIST_END : VICI_SECTION_END);
	if (v->depth)
		v->depth--;
	else
		writer_fail(v, -EINVAL);
}

void vici_put(struct vici_writer *v, const char *name, const char *format, ...)
{
	va_list args;

	write_kind(v, VICI_KEY_VALUE);
	write_name(v, name);
	va_start(args, format);
	write_text(v, format, args);
	va_end(args);
}

void vici_put_bytes(struct vici_writer *v, const char *name,
		    struct ike_bytes value)
{
	write_kind(v, VICI_KEY_VALUE);
	write_name(v, name);
	write_value(v, value);
}

void vici_put_flag(struct vici_writer *v, const char *name, bool flag)
{
	vici_put(v, name, "%s", flag ? "yes" : "no");
}

void vici_item(struct vici_writer *v, const char *format, ...)
{
	va_list args;

	write_kind(v, VICI_LIST_ITEM);
	va_start(args, format);
	write_text(v, format, args);
	va_end(args);
}

int vici_finish(struct vici_writer *v, struct ike_bytes *segment)
{
	if (v->depth)
		writer_fail(v, -EINVAL);
	if (v->w.error)
		writer_fail(v, v->w.error);
	if (v->error)
		return v->error;
	ike_writer_set_u32(&v->w, 0, v->w.len - VICI_HEAD);
	*segment = ike_writer_written(&v->w);
	return 0;
}

void vici_clear(struct vici_writer *v)
{
	ike_writer_clear(&v->w);
	memset(v, 0, sizeof(*v));
}
