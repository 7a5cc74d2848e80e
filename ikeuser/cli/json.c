// SPDX-License-Identifier: GPL-2.0-only
/* JSON as it is written (RFC 8259). The type of a value depends on its key
 * alone, never on what it is today: numbers and flags are in the tables below,
 * everything else is a string.
 */

#include <string.h>

#include "json.h"

/* As docs/json.md lists them. */
static const char *const numbers[] = {
	"acquires", "age-ms", "at-ms", "block", "bytes-in", "bytes-out", "child-id",
	"column", "confirm-ms", "count", "decaps", "decrypts", "digests",
	"dpd-delay", "element", "encaps", "encr-keysize", "encrypts", "errors",
	"established", "exit", "flows", "fragments-created", "fragments-in",
	"generation", "half-open", "hard-octets", "hard-seconds",
	"held-octets", "held-packets", "icmp-errors-invalid",
	"icmp-errors-valid", "icv-length", "idle-seconds", "ike-id",
	"ike-sas", "child-sas", "inner-mtu", "inner-packets", "install-time",
	"integ-keysize", "iv-length", "life-time",
	"lifetime", "lifetime-bytes", "line", "loaded-ms", "local-port", "lost",
	"media-mtu", "mss-clamped", "next-request", "next-response",
	"not-authentic", "now-ms", "number",
	"octets", "overhead-after", "overhead-before", "packets", "packets-in",
	"packets-out", "path-mtu", "path-mtu-age", "pfs-group", "pmtus-rcvd",
	"pmtus-sent", "position", "pre-frag-failures", "pre-frag-successes",
	"recv-errors", "rekey-time", "remote-port", "replay-window", "reqid",
	"retransmitting", "rules", "rules-max", "sas", "sas-max",
	"send-errors", "sequence", "session", "since-ms", "soft-octets",
	"soft-seconds", "step", "tfc-rcvd", "tfc-sent", "uniqueid", "use-in",
	"use-out", "used-ms", "value", "verifies", "version-number", "warnings",
	"wire-length", "without-key", "tunnel-id",
};

static const char *const flags[] = {
	"encap", "esn", "fragmentation", "initiator", "nat-any", "nat-local",
	"nat-remote", "success",
};

/* Some hundred values of some tables: looked through from the front. */

static bool is_among(const char *name, const char *const *table, size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(name, table[i]))
		i++;
	return i < n;
}

/* JSON has no leading zeroes, and no more digits than a double is sure of. */
static bool is_number(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n && !text[n] && n < 16 && (*text != '0' || n == 1);
}

void json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", out);
		else if (c == '\t')
			fputs("\\t", out);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void print_value(FILE *out, const char *name, const char *text)
{
	if (is_among(name, numbers, ARRAY_SIZE(numbers)) && is_number(text))
		fputs(text, out);
	else if (is_among(name, flags, ARRAY_SIZE(flags)) &&
		 (!strcmp(text, "yes") || !strcmp(text, "no")))
		fputs(*text == 'y' ? "true" : "false", out);
	else
		json_string(out, text);
}

/* Values of these have names that are data: counters, reasons. */
static bool counts(const struct node *section)
{
	static const char *const sections[] = {
		"counters", "drops", "engine", "kernel",
	};

	return is_among(section->name, sections, ARRAY_SIZE(sections));
}

static void print_inside(FILE *out, const struct node *node, bool first);

static void print_node(FILE *out, const struct node *node,
		       const struct node *parent)
{
	if (node->kind == NODE_VALUE) {
		if (parent && counts(parent) && is_number(node->value))
			fputs(node->value, out);
		else
			print_value(out, node->name, node->value);
		return;
	}
	fputc(node->kind == NODE_LIST ? '[' : '{', out);
	print_inside(out, node, true);
	fputc(node->kind == NODE_LIST ? ']' : '}', out);
}

/* Of two values of a name, the first: a JSON object has each once. */
static void print_inside(FILE *out, const struct node *node, bool first)
{
	for (const struct node *i = node->first; i; i = i->next) {
		if (node->kind == NODE_SECTION && node_find(node, i->name) != i)
			continue;
		if (!first)
			fputc(',', out);
		first = false;
		if (node->kind == NODE_SECTION) {
			json_string(out, i->name);
			fputc(':', out);
		}
		print_node(out, i, node);
	}
}

void json_print(FILE *out, const char *type, const char *name,
		const struct node *node)
{
	fprintf(out, "{\"schema\":%d,\"type\":", JSON_SCHEMA);
	json_string(out, type);
	if (name && !node_has(node, "name")) {
		fputs(",\"name\":", out);
		json_string(out, name);
	}
	print_inside(out, node, false);
	fputs("}\n", out);
}
