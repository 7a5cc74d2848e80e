// SPDX-License-Identifier: GPL-2.0-only
/* The codec of the control protocol: what is written is read again, and what is
 * not well formed is refused with words and the octet (C10 of the families of bad
 * input: bad lengths, half commands).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "vici_msg.h"

static struct ike_bytes bytes_of(const void *data, size_t len)
{
	return (struct ike_bytes){ .data = data, .len = len };
}

/* A packet with one of everything; the segment's octets are malloc'd. */
static uint8_t *example(size_t *len)
{
	struct ike_bytes segment;
	struct vici_writer v;
	uint8_t *copy;

	vici_begin(&v, VICI_EVENT, "list-sa");
	vici_section(&v, "site%d", 2);
	vici_put(&v, "state", "%s", "ESTABLISHED");
	vici_put_flag(&v, "initiator", true);
	vici_list(&v, "local-ts");
	vici_item(&v, "%s/%d", "10.1.0.0", 16);
	vici_item(&v, "%s", "");
	vici_end(&v);
	vici_section(&v, "child-sas");
	vici_end(&v);
	vici_end(&v);
	assert_int_equal(vici_finish(&v, &segment), 0);
	copy = malloc(segment.len);
	assert_non_null(copy);
	memcpy(copy, segment.data, segment.len);
	*len = segment.len;
	vici_clear(&v);
	return copy;
}

static void test_what_is_written_is_read(void **state)
{
	struct ike_bytes site, list, empty;
	struct vici_packet packet;
	struct vici_fault fault;
	struct vici_item item;
	char text[16];
	size_t len, total;
	uint8_t *octets = example(&total);

	assert_int_equal(vici_head_read(octets, &len), 0);
	assert_int_equal(len, total - VICI_HEAD);
	assert_int_equal(vici_packet_read(&packet,
					  bytes_of(octets + VICI_HEAD, len),
					  &fault), 0);
	assert_int_equal(packet.type, VICI_EVENT);
	assert_string_equal(packet.name, "list-sa");
	assert_true(vici_find(packet.message, VICI_SECTION_START, "site2",
			      &site));
	assert_string_equal(vici_get(site, "state", NULL, text, sizeof(text)),
			    "ESTABLISHED");
	assert_true(vici_get_flag(site, "initiator", false));
	assert_true(vici_find(site, VICI_LIST_START, "local-ts", &list));
	assert_int_equal(vici_next(&list, &item), VICI_LIST_ITEM);
	assert_memory_equal(item.value.data, "10.1.0.0/16", 11);
	assert_int_equal(vici_next(&list, &item), VICI_LIST_ITEM);
	assert_int_equal(item.value.len, 0);
	assert_int_equal(vici_next(&list, &item), VICI_NOTHING);
	assert_true(vici_find(site, VICI_SECTION_START, "child-sas", &empty));
	assert_int_equal(empty.len, 0);
	assert_false(vici_find(site, VICI_SECTION_START, "state", &empty));
	free(octets);
}

/* The example to the letter: this is how strongSwan has it. */
static void test_octets_are_strongswan_s(void **state)
{
	static const uint8_t expected[] = "\0\0\0\x0f" "\0\x07" "version"
					  "\x03\x01" "a" "\0\x01" "b";
	struct ike_bytes segment;
	struct vici_writer v;

	vici_begin(&v, VICI_CMD_REQUEST, "version");
	vici_put(&v, "a", "b");
	assert_int_equal(vici_finish(&v, &segment), 0);
	assert_int_equal(segment.len, sizeof(expected) - 1);
	assert_memory_equal(segment.data, expected, segment.len);
	vici_clear(&v);
}

/* A copy of exactly that length, so that the sanitizer sees a read past it. */
static int read_cut(const uint8_t *octets, size_t len, struct vici_fault *fault)
{
	struct vici_packet packet;
	uint8_t *copy = malloc(len ? len : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, octets, len);
	err = vici_packet_read(&packet, bytes_of(copy, len), fault);
	free(copy);
	return err;
}

/* It ends well only where the section has ended: nowhere but at its end, and
 * before it began.
 */
static void test_c10_cut_at_each_octet(void **state)
{
	static const size_t before = 1 + 1 + 7;	/* type, "list-sa" */
	struct vici_fault fault;
	size_t total;
	uint8_t *octets = example(&total);
	size_t whole = total - VICI_HEAD;
	size_t len;

	for (len = 0; len < whole; len++) {
		if (len == before)
			continue;
		assert_int_equal(read_cut(octets + VICI_HEAD, len, &fault),
				 -EBADMSG);
		assert_non_null(fault.sentence);
		assert_true(fault.offset <= len);
	}
	assert_int_equal(read_cut(octets + VICI_HEAD, before, &fault), 0);
	free(octets);
}

/* Whatever each octet is turned into, it is read or refused, never past its end. */
static void test_c10_each_octet_changed(void **state)
{
	struct vici_fault fault;
	size_t total;
	uint8_t *octets = example(&total);
	size_t at;
	int value;

	for (at = VICI_HEAD; at < total; at++) {
		uint8_t was = octets[at];

		for (value = 0; value < 256; value++) {
			octets[at] = value;
			read_cut(octets + VICI_HEAD, total - VICI_HEAD, &fault);
		}
		octets[at] = was;
	}
	free(octets);
}

static void test_c10_refused_with_words(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		const char *sentence;
		size_t offset;
	} cases[] = {
#define CASE(octets, sentence, offset) \
	{ octets, sizeof(octets) - 1, sentence, offset }
		CASE("", "the packet is empty", 0),
		CASE("\x08\x01" "a", "no such type of packet", 0),
		CASE("\xff", "no such type of packet", 0),
		CASE("\0", "ends inside of its name", 1),
		CASE("\0\x05" "abcd", "ends inside of its name", 1),
		CASE("\0\0", "name is empty", 1),
		CASE("\0\x02" "a\0", "does not print", 1),
		CASE("\x01\0", "no such kind of element", 1),
		CASE("\x01\x07", "no such kind of element", 1),
		CASE("\x01\x02", "ends that did not begin", 1),
		CASE("\x01\x06", "outside of lists", 1),
		CASE("\x01\x05\0\0", "outside of lists", 1),
		CASE("\x01\x04\x01" "a\x03\x01" "b\0\0", "nothing else", 4),
		CASE("\x01\x04\x01" "a\x02", "nothing else", 4),
		CASE("\x01\x04\x01" "a\x04\x01" "b", "nothing else", 4),
		CASE("\x01\x01\x01" "a\x06", "outside of lists", 4),
		CASE("\x01\x01\x01\0", "a name has characters", 1),
		CASE("\x01\x03\x01\x1b\0\0", "do not print", 1),
		CASE("\x01\x03\x01" "a\xff\xff" "b", "inside of an element", 1),
		CASE("\x01\x01\x01" "a", "inside of a section", 4),
#undef CASE
	};
	struct vici_fault fault;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(read_cut((const uint8_t *)cases[i].octets,
					  cases[i].len, &fault), -EBADMSG);
		assert_non_null(strstr(fault.sentence, cases[i].sentence));
		assert_int_equal(fault.offset, cases[i].offset);
	}
}

static void test_c10_depth_is_bounded(void **state)
{
	uint8_t octets[1 + (VICI_DEPTH_MAX + 1) * 4];
	struct vici_fault fault;
	unsigned int depth, i;
	size_t len;

	for (depth = VICI_DEPTH_MAX; depth <= VICI_DEPTH_MAX + 1; depth++) {
		octets[0] = VICI_CMD_RESPONSE;
		len = 1;
		for (i = 0; i < depth; i++, len += 3)
			memcpy(octets + len, "\x01\x01" "a", 3);
		for (i = 0; i < depth; i++)
			octets[len++] = VICI_SECTION_END;
		assert_int_equal(read_cut(octets, len, &fault),
				 depth > VICI_DEPTH_MAX ? -EBADMSG : 0);
	}
}

static void test_c10_lengths_of_a_packet(void **state)
{
	static const struct {
		uint8_t head[VICI_HEAD];
		int err;
	} cases[] = {
		{ { 0, 0, 0, 0 }, -EMSGSIZE },
		{ { 0, 0, 0, 1 }, 0 },
		{ { 0, 8, 0, 0 }, 0 },
		{ { 0, 8, 0, 1 }, -EMSGSIZE },
		{ { 255, 255, 255, 255 }, -EMSGSIZE },
		{ { 'G', 'E', 'T', ' ' }, -EMSGSIZE },
	};
	size_t len, i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(vici_head_read(cases[i].head, &len),
				 cases[i].err);
}

static void test_numbers_and_flags(void **state)
{
	static const struct {
		const char *text;
		int base;
		int err;
		uint64_t number;
	} cases[] = {
		{ "0", 10, 0, 0 },
		{ "18446744073709551615", 10, 0, UINT64_MAX },
		{ "18446744073709551616", 10, -EINVAL },
		{ "ed866a3c", 16, 0, 0xed866a3c },
		{ "", 10, -EINVAL },
		{ "-1", 10, -EINVAL },
		{ " 1", 10, -EINVAL },
		{ "1 ", 10, -EINVAL },
		{ "1x", 10, -EINVAL },
		{ "000000000000000000000001", 10, -EINVAL },
	};
	struct ike_bytes segment, message;
	struct vici_writer v;
	uint64_t number;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		vici_begin(&v, VICI_CMD_RESPONSE, NULL);
		vici_put(&v, "n", "%s", cases[i].text);
		vici_put(&v, "flag", "maybe");
		assert_int_equal(vici_finish(&v, &segment), 0);
		message = bytes_of(segment.data + VICI_HEAD + 1,
				   segment.len - VICI_HEAD - 1);
		number = 0;
		assert_int_equal(vici_get_number(message, "n", cases[i].base,
						 &number), cases[i].err);
		if (!cases[i].err)
			assert_int_equal(number, cases[i].number);
		assert_int_equal(vici_get_number(message, "m", 10, &number),
				 -ENOENT);
		assert_true(vici_get_flag(message, "flag", true));
		assert_false(vici_get_flag(message, "flag", false));
		vici_clear(&v);
	}
}

static void open_section(struct vici_writer *v)
{
	vici_section(v, "a");
}

static void end_nothing(struct vici_writer *v)
{
	vici_end(v);
}

static void item_outside(struct vici_writer *v)
{
	vici_item(v, "a");
}

static void key_in_list(struct vici_writer *v)
{
	vici_list(v, "a");
	vici_put(v, "b", "c");
	vici_end(v);
}

static void name_long(struct vici_writer *v)
{
	vici_section(v, "%0256d", 1);
	vici_end(v);
}

static void name_unprintable(struct vici_writer *v)
{
	vici_put(v, "a\nb", "b");
}

static void too_deep(struct vici_writer *v)
{
	for (int i = 0; i <= VICI_DEPTH_MAX; i++)
		vici_section(v, "a");
	for (int i = 0; i <= VICI_DEPTH_MAX; i++)
		vici_end(v);
}

static void value_long(struct vici_writer *v)
{
	vici_put(v, "a", "%065536d", 1);
}

static void packet_long(struct vici_writer *v)
{
	for (int i = 0; i < 8; i++)
		vici_put(v, "a", "%065535d", 1);
}

/* What we write wrongly never leaves. */
static void test_writer_refuses(void **state)
{
	static const struct {
		void (*write)(struct vici_writer *v);
		int err;
	} cases[] = {
		{ open_section, -EINVAL }, { end_nothing, -EINVAL },
		{ item_outside, -EINVAL }, { key_in_list, -EINVAL },
		{ name_long, -EINVAL },	   { name_unprintable, -EINVAL },
		{ too_deep, -EINVAL },	   { value_long, -EMSGSIZE },
		{ packet_long, -EMSGSIZE },
	};
	struct ike_bytes segment;
	struct vici_writer v;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		vici_begin(&v, VICI_CMD_RESPONSE, NULL);
		cases[i].write(&v);
		assert_int_equal(vici_finish(&v, &segment), cases[i].err);
		vici_clear(&v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_octets_are_strongswan_s),
		cmocka_unit_test(test_c10_cut_at_each_octet),
		cmocka_unit_test(test_c10_each_octet_changed),
		cmocka_unit_test(test_c10_refused_with_words),
		cmocka_unit_test(test_c10_depth_is_bounded),
		cmocka_unit_test(test_c10_lengths_of_a_packet),
		cmocka_unit_test(test_numbers_and_flags),
		cmocka_unit_test(test_writer_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
