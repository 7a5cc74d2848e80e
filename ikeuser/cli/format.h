/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers and names as people read them. Knows no message. */
#ifndef CULVERT_FORMAT_H
#define CULVERT_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "ts.h"

/* Results are values, so that several fit into one call of printf(). */
struct word {
	char text[160];
};

/* "17s", "1m06s", "7h59m", "3d04h" */
struct word format_duration(uint64_t seconds);
/* "980", "1.1K", "4.4G": of 1024 octets */
struct word format_size(uint64_t octets);
/* "12ms", "3s", "2h05m" */
struct word format_ms(uint64_t ms);
/* "10.255.1.2:500", "[2001:db8::1]:4500" */
struct word format_endpoint(const char *host, const char *port);
/* "aes-cbc-256", of AES_CBC and 256 */
struct word format_algorithm(const char *name, const char *bits);
struct word format_lower(const char *text);
struct word format_printf(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* The number of a DH group by the name it has in messages; 0: none. */
unsigned int format_group(const char *name);
/* Of octets, for ids that are to be the same tomorrow (FNV-1a). */
uint32_t format_hash(const char *text);
/* Cells that a text takes on a terminal: characters of UTF-8. */
size_t format_width(const char *text);

/* Whether a selector's addresses are one prefix, and its length. */
bool format_prefix(const struct ike_ts *ts, unsigned int *bits);
/* "192.168.100.0", first or last */
struct word format_address(const struct ike_ts *ts, bool last);
/* "255.255.255.0", or "/64" of IPv6; "" when it is no prefix */
struct word format_mask(const struct ike_ts *ts);

#endif
