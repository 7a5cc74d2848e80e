// SPDX-License-Identifier: GPL-2.0-only
/* How durations, sizes, addresses and algorithms look. */

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "proto.h"

#define DH_MAX 64		/* no group that has a name here is above */

struct word format_printf(const char *format, ...)
{
	struct word word;
	va_list args;

	va_start(args, format);
	vsnprintf(word.text, sizeof(word.text), format, args);
	va_end(args);
	return word;
}

struct word format_duration(uint64_t s)
{
	if (s < 60)
		return format_printf("%" PRIu64 "s", s);
	if (s < 3600)
		return format_printf("%" PRIu64 "m%02us", s / 60,
				     (unsigned int)(s % 60));
	if (s < 86400)
		return s % 3600 / 60 ?
			format_printf("%" PRIu64 "h%02um", s / 3600,
				      (unsigned int)(s % 3600 / 60)) :
			format_printf("%" PRIu64 "h", s / 3600);
	return s % 86400 / 3600 ?
		format_printf("%" PRIu64 "d%02uh", s / 86400,
			      (unsigned int)(s % 86400 / 3600)) :
		format_printf("%" PRIu64 "d", s / 86400);
}

struct word format_ms(uint64_t ms)
{
	if (ms < 1000)
		return format_printf("%" PRIu64 "ms", ms);
	return format_duration(ms / 1000);
}

struct word format_size(uint64_t octets)
{
	static const char units[] = "KMGTPE";
	uint64_t unit = 1024;
	size_t i = 0;

	if (octets < 1024)
		return format_printf("%" PRIu64, octets);
	while (i < sizeof(units) - 2 && octets / 1024 >= unit) {
		unit *= 1024;
		i++;
	}
	if (octets / unit < 10)
		return format_printf("%" PRIu64 ".%" PRIu64 "%c", octets / unit,
				     octets % unit / (unit / 1024) * 10 / 1024,
				     units[i]);
	return format_printf("%" PRIu64 "%c", octets / unit, units[i]);
}

struct word format_endpoint(const char *host, const char *port)
{
	return strchr(host, ':') ? format_printf("[%s]:%s", host, port) :
				   format_printf("%s:%s", host, port);
}

struct word format_lower(const char *text)
{
	struct word word = format_printf("%s", text);

	for (char *c = word.text; *c; c++)
		*c = *c == '_' ? '-' : tolower((unsigned char)*c);
	return word;
}

struct word format_algorithm(const char *name, const char *bits)
{
	struct word word = format_lower(name);

	if (*bits)
		return format_printf("%.100s-%.20s", word.text, bits);
	return word;
}

/* strongSwan's names have underscores where IANA's have none. */
static bool same_name(const char *a, const char *b)
{
	while (*a && *b) {
		if (*a == '_')
			a++;
		else if (*b == '_')
			b++;
		else if (tolower((unsigned char)*a++) !=
			 tolower((unsigned char)*b++))
			return false;
	}
	return !*a && !*b;
}

unsigned int format_group(const char *name)
{
	for (unsigned int i = 1; i < DH_MAX; i++) {
		const char *known = ike_dh_name(i);

		if (known && same_name(known, name))
			return i;
	}
	return 0;
}

uint32_t format_hash(const char *text)
{
	uint32_t hash = UINT32_C(2166136261);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
	return hash;
}

size_t format_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

bool format_prefix(const struct ike_ts *ts, unsigned int *bits)
{
	unsigned int len = ike_ts_address_len(ts) * 8;
	unsigned int n = 0;

	/* The bits that both ends share, and then only 0 and only 1. */
	while (n < len && !((ts->first[n / 8] ^ ts->last[n / 8]) >>
			    (7 - n % 8) & 1))
		n++;
	*bits = n;
	for (; n < len; n++) {
		if (ts->first[n / 8] >> (7 - n % 8) & 1 ||
		    !(ts->last[n / 8] >> (7 - n % 8) & 1))
			return false;
	}
	return true;
}

struct word format_address(const struct ike_ts *ts, bool last)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(ike_ts_address_len(ts) == 4 ? AF_INET : AF_INET6,
		       last ? ts->last : ts->first, text, sizeof(text)))
		*text = '\0';
	return format_printf("%s", text);
}

struct word format_mask(const struct ike_ts *ts)
{
	unsigned int bits;
	uint32_t mask;

	if (!format_prefix(ts, &bits))
		return format_printf("%s", "");
	if (ike_ts_address_len(ts) != 4)
		return format_printf("/%u", bits);
	mask = bits ? UINT32_MAX << (32 - bits) : 0;
	return format_printf("%u.%u.%u.%u", mask >> 24, mask >> 16 & 255,
			     mask >> 8 & 255, mask & 255);
}
