// SPDX-License-Identifier: GPL-2.0-only
/* Cursors over octets, in network byte order, and the line of text a log entry
 * grows in. No payload is known here.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

bool ike_bytes_equal(struct ike_bytes a, struct ike_bytes b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool ike_bytes_equal_in_any_case(struct ike_bytes a, struct ike_bytes b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	}
	return true;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit = memchr(digits, lower(c), 16);

	return digit ? digit - digits : -1;
}

int ike_hex_parse(const char *text, size_t len, uint8_t *octets)
{
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]);
		int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0)
			return -EINVAL;
		octets[i] = high << 4 | low;
	}
	return 0;
}

void ike_reader_init(struct ike_reader *r, const void *data, size_t len)
{
	r->at = data;
	r->left = len;
	r->bad = false;
}

/* NULL if the octets are not all there. */
static const uint8_t *reader_take(struct ike_reader *r, size_t len)
{
	const uint8_t *at = r->at;

	if (r->bad || len > r->left) {
		r->bad = true;
		return NULL;
	}
	if (len) {
		r->at += len;
		r->left -= len;
	}
	return at;
}

static uint64_t reader_number(struct ike_reader *r, size_t len)
{
	const uint8_t *at = reader_take(r, len);
	uint64_t value = 0;

	if (!at)
		return 0;
	while (len--)
		value = value << 8 | *at++;
	return value;
}

uint8_t ike_reader_u8(struct ike_reader *r)
{
	return reader_number(r, sizeof(uint8_t));
}

uint16_t ike_reader_u16(struct ike_reader *r)
{
	return reader_number(r, sizeof(uint16_t));
}

uint32_t ike_reader_u32(struct ike_reader *r)
{
	return reader_number(r, sizeof(uint32_t));
}

uint64_t ike_reader_u64(struct ike_reader *r)
{
	return reader_number(r, sizeof(uint64_t));
}

void ike_reader_skip(struct ike_reader *r, size_t len)
{
	reader_take(r, len);
}

void ike_reader_copy(struct ike_reader *r, void *data, size_t len)
{
	const uint8_t *at = reader_take(r, len);

	if (!len)
		return;
	if (at)
		memcpy(data, at, len);
	else
		memset(data, 0, len);
}

struct ike_bytes ike_reader_bytes(struct ike_reader *r, size_t len)
{
	struct ike_bytes bytes = { .data = reader_take(r, len) };

	if (bytes.data)
		bytes.len = len;
	return bytes;
}

struct ike_bytes ike_reader_rest(struct ike_reader *r)
{
	return ike_reader_bytes(r, r->left);
}

struct ike_reader ike_reader_sub(struct ike_reader *r, size_t len)
{
	struct ike_bytes bytes = ike_reader_bytes(r, len);

	return (struct ike_reader){
		.at = bytes.data,
		.left = bytes.len,
		.bad = r->bad,
	};
}

bool ike_reader_done(const struct ike_reader *r)
{
	return !r->bad && !r->left;
}

void ike_writer_init(struct ike_writer *w, size_t limit)
{
	*w = (struct ike_writer){ .limit = limit };
}

void ike_writer_clear(struct ike_writer *w)
{
	free(w->data);
	ike_writer_init(w, w->limit);
}

/* Most messages fit at once, and the longest takes 8 steps. */
#define WRITER_FIRST 512

static void writer_grow(struct ike_writer *w, size_t need)
{
	size_t size = w->size ? w->size : WRITER_FIRST;
	uint8_t *data;

	while (size < need)
		size *= 2;
	data = realloc(w->data, size);
	if (!data) {
		w->error = -ENOMEM;
		return;
	}
	w->data = data;
	w->size = size;
}

uint8_t *ike_writer_room(struct ike_writer *w, size_t len)
{
	uint8_t *at;

	if (w->error)
		return NULL;
	if (len > w->limit - w->len) {
		w->error = -EMSGSIZE;
		return NULL;
	}
	if (!w->data || w->len + len > w->size)
		writer_grow(w, w->len + len);
	if (w->error)
		return NULL;
	at = w->data + w->len;
	w->len += len;
	return at;
}

static void number_put(uint8_t *at, uint64_t value, size_t len)
{
	while (len--) {
		at[len] = value;
		value >>= 8;
	}
}

static void writer_number(struct ike_writer *w, uint64_t value, size_t len)
{
	uint8_t *at = ike_writer_room(w, len);

	if (at)
		number_put(at, value, len);
}

void ike_writer_u8(struct ike_writer *w, uint8_t value)
{
	writer_number(w, value, sizeof(value));
}

void ike_writer_u16(struct ike_writer *w, uint16_t value)
{
	writer_number(w, value, sizeof(value));
}

void ike_writer_u32(struct ike_writer *w, uint32_t value)
{
	writer_number(w, value, sizeof(value));
}

void ike_writer_u64(struct ike_writer *w, uint64_t value)
{
	writer_number(w, value, sizeof(value));
}

void ike_writer_bytes(struct ike_writer *w, const void *data, size_t len)
{
	uint8_t *at = ike_writer_room(w, len);

	if (at && len)
		memcpy(at, data, len);
}

void ike_writer_zero(struct ike_writer *w, size_t len)
{
	uint8_t *at = ike_writer_room(w, len);

	if (at && len)
		memset(at, 0, len);
}

/* After an error the field may not be there. */
static void writer_set(struct ike_writer *w, size_t at, uint64_t value,
		       size_t len)
{
	if (!w->error)
		number_put(w->data + at, value, len);
}

void ike_writer_set_u8(struct ike_writer *w, size_t at, uint8_t value)
{
	writer_set(w, at, value, sizeof(value));
}

void ike_writer_set_u32(struct ike_writer *w, size_t at, uint32_t value)
{
	writer_set(w, at, value, sizeof(value));
}

void ike_writer_set_length(struct ike_writer *w, size_t at, size_t start)
{
	size_t len = w->len - start;

	if (!w->error && len > UINT16_MAX)
		w->error = -EMSGSIZE;
	writer_set(w, at, len, sizeof(uint16_t));
}

struct ike_bytes ike_writer_written(const struct ike_writer *w)
{
	return (struct ike_bytes){ .data = w->data, .len = w->len };
}

static const char ellipsis[] = "...";

void ike_text_init(struct ike_text *t, char *text, size_t size)
{
	*t = (struct ike_text){ .text = text, .size = size };
	text[0] = '\0';
}

static void text_full(struct ike_text *t)
{
	t->cut = true;
	t->len = t->size - 1;
	memcpy(t->text + t->size - sizeof(ellipsis), ellipsis,
	       sizeof(ellipsis));
}

void ike_text_add(struct ike_text *t, const char *format, ...)
{
	size_t left = t->size - t->len;
	va_list args;
	int len;

	if (t->cut)
		return;
	va_start(args, format);
	len = vsnprintf(t->text + t->len, left, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= left)
		text_full(t);
	else
		t->len += len;
}

void ike_text_escape(struct ike_text *t, struct ike_bytes bytes)
{
	for (size_t i = 0; i < bytes.len && !t->cut; i++) {
		uint8_t c = bytes.data[i];

		if (c >= ' ' && c <= '~' && c != '\\')
			ike_text_add(t, "%c", c);
		else
			ike_text_add(t, "\\x%02x", c);
	}
}

void ike_text_hex(struct ike_text *t, struct ike_bytes bytes)
{
	for (size_t i = 0; i < bytes.len && !t->cut; i++)
		ike_text_add(t, "%02x", bytes.data[i]);
}

void ike_text_name(struct ike_text *t, const char *name, unsigned int number)
{
	if (name)
		ike_text_add(t, "%s", name);
	else
		ike_text_add(t, "%u", number);
}
