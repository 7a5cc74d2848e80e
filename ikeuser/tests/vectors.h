/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the files of known answers: "# " comment, "[name]" begins a record,
 * "Key = hex" is a field of it. Knows no algorithm.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stddef.h>
#include <stdint.h>

#define FIELDS_MAX 16
#define OCTETS_MAX 1024

struct octets {
	uint8_t data[OCTETS_MAX];
	size_t len;
};

struct field {
	char name[32];
	char value[2 * OCTETS_MAX + 1];
};

struct record {
	char name[128];
	struct field fields[FIELDS_MAX];
	size_t n;
};

typedef void (*check_fn)(const struct record *record);

/* Checks each record of a file; gives how many. */
size_t check_file(const char *path, check_fn check);

const char *value_of(const struct record *record, const char *name);
struct octets octets_of_hex(const char *hex);
struct octets octets_of(const struct record *record, const char *name);
void octets_add(struct octets *octets, const void *data, size_t len);
/* The packet goes on with octets at that offset; gives the offset behind. */
size_t assert_continues(const struct octets *packet, size_t at,
			const struct octets *octets);

#endif
