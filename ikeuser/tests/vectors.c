// SPDX-License-Identifier: GPL-2.0-only
/* Reads the files of known answers. Whatever is wrong with one fails the test:
 * a record that is skipped would look like one that passed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "vectors.h"

const char *value_of(const struct record *record, const char *name)
{
	size_t i;

	for (i = 0; i < record->n; i++)
		if (strcmp(record->fields[i].name, name) == 0)
			return record->fields[i].value;
	fail_msg("[%s] has no %s", record->name, name);
	return NULL;
}

void octets_add(struct octets *octets, const void *data, size_t len)
{
	assert_in_range(len, 0, OCTETS_MAX - octets->len);
	memcpy(octets->data + octets->len, data, len);
	octets->len += len;
}

struct octets octets_of_hex(const char *hex)
{
	struct octets octets = { .len = strlen(hex) / 2 };
	size_t i;

	assert_int_equal(strspn(hex, "0123456789abcdef"), 2 * octets.len);
	assert_in_range(octets.len, 1, OCTETS_MAX);
	for (i = 0; i < octets.len; i++)
		sscanf(hex + 2 * i, "%2hhx", &octets.data[i]);
	return octets;
}

struct octets octets_of(const struct record *record, const char *name)
{
	return octets_of_hex(value_of(record, name));
}

size_t assert_continues(const struct octets *packet, size_t at,
			const struct octets *octets)
{
	assert_in_range(octets->len, 0, packet->len - at);
	assert_memory_equal(packet->data + at, octets->data, octets->len);
	return at + octets->len;
}

static void add_field(struct record *record, const char *line)
{
	struct field *field;

	assert_in_range(record->n, 0, FIELDS_MAX - 1);
	field = &record->fields[record->n++];
	assert_int_equal(sscanf(line, "%31s = %2048s", field->name,
				field->value), 2);
}

size_t check_file(const char *path, check_fn check)
{
	char line[2 * OCTETS_MAX + 64];
	struct record record = { .n = 0 };
	size_t records = 0;
	FILE *stream = fopen(path, "r");

	if (!stream)
		fail_msg("cannot open %s", path);
	while (fgets(line, sizeof(line), stream)) {
		assert_non_null(strchr(line, '\n'));
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (line[0] != '[') {
			add_field(&record, line);
			continue;
		}
		if (records)
			check(&record);
		record.n = 0;
		assert_int_equal(sscanf(line, "[%127[^]]]", record.name), 1);
		print_message("# %s: record %zu, %s\n", path, ++records,
			      record.name);
	}
	if (records)
		check(&record);
	fclose(stream);
	return records;
}
