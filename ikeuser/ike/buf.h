/* SPDX-License-Identifier: GPL-2.0-only */
/* Cursors over octets. Every octet from the wire is read through struct
 * ike_reader and every message is written through struct ike_writer, both in
 * network byte order; struct ike_text is the line a log entry grows in. They
 * know no payload.
 *
 * All three have a sticky error: a caller reads or writes on and asks once, at
 * the end, whether everything was there.
 */
#ifndef IKE_BUF_H
#define IKE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Octets that belong to somebody else. */
struct ike_bytes {
	const uint8_t *data;
	size_t len;
};

bool ike_bytes_equal(struct ike_bytes a, struct ike_bytes b);
/* But for the case of ASCII letters. */
bool ike_bytes_equal_in_any_case(struct ike_bytes a, struct ike_bytes b);

/* Two hexadecimal digits for each of len octets. -EINVAL: they are none. */
int ike_hex_parse(const char *text, size_t len, uint8_t *octets);

/* Reading. What is beyond the end reads as zero octets, moves nothing and makes
 * the reader bad for good.
 */
struct ike_reader {
	const uint8_t *at;	/* borrowed */
	size_t left;
	bool bad;		/* something was not there */
};

void ike_reader_init(struct ike_reader *r, const void *data, size_t len);
uint8_t ike_reader_u8(struct ike_reader *r);
uint16_t ike_reader_u16(struct ike_reader *r);
uint32_t ike_reader_u32(struct ike_reader *r);
uint64_t ike_reader_u64(struct ike_reader *r);
void ike_reader_skip(struct ike_reader *r, size_t len);
/* Copies len octets to data: zeroes, if they are not all there. */
void ike_reader_copy(struct ike_reader *r, void *data, size_t len);
/* The next len octets, where they lie; none, if they are not all there. */
struct ike_bytes ike_reader_bytes(struct ike_reader *r, size_t len);
/* All that is left. */
struct ike_bytes ike_reader_rest(struct ike_reader *r);
/* The next len octets as a reader of their own: a bad one, if they are not all
 * there.
 */
struct ike_reader ike_reader_sub(struct ike_reader *r, size_t len);
/* Everything was there, and nothing is left. */
bool ike_reader_done(const struct ike_reader *r);

/* Writing, to memory that grows up to a limit. After an error nothing more is
 * written. Not for secrets: memory it grew out of is not wiped.
 */
struct ike_writer {
	uint8_t *data;		/* owned */
	size_t len;
	size_t size;		/* allocated */
	size_t limit;		/* len never passes it */
	int error;		/* 0, -ENOMEM, or -EMSGSIZE: it is full */
};

void ike_writer_init(struct ike_writer *w, size_t limit);
/* Frees what was written, and leaves an empty writer with the same limit. */
void ike_writer_clear(struct ike_writer *w);
void ike_writer_u8(struct ike_writer *w, uint8_t value);
void ike_writer_u16(struct ike_writer *w, uint16_t value);
void ike_writer_u32(struct ike_writer *w, uint32_t value);
void ike_writer_u64(struct ike_writer *w, uint64_t value);
void ike_writer_bytes(struct ike_writer *w, const void *data, size_t len);
void ike_writer_zero(struct ike_writer *w, size_t len);
/* Room for len octets that the caller fills in before the next call; NULL after
 * an error.
 */
uint8_t *ike_writer_room(struct ike_writer *w, size_t len);
/* Overwrites a field that was written before, such as a length or a Next
 * Payload, at that offset.
 */
void ike_writer_set_u8(struct ike_writer *w, size_t at, uint8_t value);
void ike_writer_set_u32(struct ike_writer *w, size_t at, uint32_t value);
/* Sets the 16-bit length at offset at to the octets since offset start. */
void ike_writer_set_length(struct ike_writer *w, size_t at, size_t start);
/* What was written so far, borrowed until the next write. */
struct ike_bytes ike_writer_written(const struct ike_writer *w);

/* A line of text in memory of the caller's, always terminated, cut short with
 * an ellipsis when it is full.
 */
struct ike_text {
	char *text;
	size_t size;		/* at least 4 */
	size_t len;		/* without the terminator */
	bool cut;
};

void ike_text_init(struct ike_text *t, char *text, size_t size);
void ike_text_add(struct ike_text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Octets a peer chose: printable ASCII as it is but for the backslash, which
 * begins the escape \xNN of everything else.
 */
void ike_text_escape(struct ike_text *t, struct ike_bytes bytes);
void ike_text_hex(struct ike_text *t, struct ike_bytes bytes);
/* A number's name (proto.h), or the number if it has none. */
void ike_text_name(struct ike_text *t, const char *name, unsigned int number);

#endif
