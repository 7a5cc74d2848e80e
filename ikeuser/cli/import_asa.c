// SPDX-License-Identifier: GPL-2.0-only
/* From an ASA's "show running-config". Objects, access lists and crypto maps
 * keep their words, since culvert has the same; policies, proposals and tunnel
 * groups become peers.
 */

#include <stdlib.h>
#include <string.h>

#include "import.h"

/* Lines that belong to the one above begin with a blank. */
static size_t body_end(const struct import_text *text, size_t i)
{
	for (i++; i < text->n && *text->line[i] == ' ';)
		i++;
	return i;
}

static void print_block(struct import *import, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		fprintf(import->out, "%s\n", import->text->line[i]);
}

static void print_objects(struct import *import)
{
	const struct import_text *text = import->text;

	for (size_t i = 0; i < text->n; i++) {
		/* Twice: the second time with the NAT rules of the object. */
		if ((import_is(text->line[i], "object network") ||
		     import_is(text->line[i], "object service") ||
		     import_is(text->line[i], "object-group network") ||
		     import_is(text->line[i], "object-group service") ||
		     import_is(text->line[i], "object-group protocol") ||
		     import_is(text->line[i], "object-group icmp-type")) &&
		    i + 1 < text->n && !import_is(text->line[i + 1], " nat"))
			print_block(import, i, body_end(text, i));
	}
	fputc('\n', import->out);
}

/* --- algorithms --- */

struct name {
	const char *asa;
	const char *ours;	/* NULL: not here */
};

static const struct name ciphers[] = {
	{ "aes", "aes128" }, { "aes-192", "aes192" }, { "aes-256", "aes256" },
	{ "aes-gcm", "aes128gcm16" }, { "aes-gcm-192", "aes192gcm16" },
	{ "aes-gcm-256", "aes256gcm16" }, { "3des", "3des" },
	{ "null", "null" }, { 0 },
};

static const struct name hashes[] = {
	{ "sha", "sha1" }, { "sha-1", "sha1" }, { "sha256", "sha256" },
	{ "sha-256", "sha256" }, { "sha384", "sha384" },
	{ "sha-384", "sha384" }, { "sha512", "sha512" },
	{ "sha-512", "sha512" }, { "md5", "md5" }, { "null", "" }, { 0 },
};

static const struct name groups[] = {
	{ "2", "modp1024" }, { "5", "modp1536" }, { "14", "modp2048" },
	{ "15", "modp3072" }, { "16", "modp4096" }, { "19", "ecp256" },
	{ "20", "ecp384" }, { "21", "ecp521" }, { "31", "x25519" }, { 0 },
};

static const char *find_name(const struct name *names, const char *asa)
{
	while (names->asa && strcmp(names->asa, asa))
		names++;
	return names->ours;
}

static void join(struct word *to, const struct word *what,
		 const char *between)
{
	struct ike_text t = {
		.text = to->text,
		.size = sizeof(to->text),
		.len = strlen(to->text),
	};

	if (*what->text)
		ike_text_add(&t, "%s%s", t.len ? between : "", what->text);
}

/* Appends "-x-y" for the words behind n of the line. */
static void append(struct word *to, const char *line, size_t n,
		   const struct name *names, const char *prefix)
{
	for (; *import_behind(line, n); n++) {
		struct word word = import_word(line, n);
		const char *ours = find_name(names, word.text);
		struct word part = format_printf("%.20s%.60s", prefix,
						 ours ?: "");

		if (ours && *ours)
			join(to, &part, "-");
	}
}

struct policy {
	struct word text;
	unsigned long number;
	struct word lifetime;
};

/* crypto ikev2 policy 10: encryption, integrity, prf, group, lifetime */
static struct policy policy_read(const struct import_text *text, size_t i)
{
	struct word cipher = { "" }, hash = { "" }, prf = { "" },
		    group = { "" };
	struct word number = import_word(text->line[i], 3);
	struct policy policy = { .number = strtoul(number.text, NULL, 10) };
	size_t end = body_end(text, i);

	for (i++; i < end; i++) {
		const char *line = import_behind(text->line[i], 0);

		if (import_is(line, "encryption"))
			append(&cipher, line, 1, ciphers, "");
		else if (import_is(line, "integrity"))
			append(&hash, line, 1, hashes, "");
		else if (import_is(line, "prf"))
			append(&prf, line, 1, hashes, "prf");
		else if (import_is(line, "group"))
			append(&group, line, 1, groups, "");
		else if (import_is(line, "lifetime seconds"))
			policy.lifetime = import_word(line, 2);
	}
	policy.text = cipher;
	join(&policy.text, &hash, "-");
	join(&policy.text, &prf, "-");
	join(&policy.text, &group, "-");
	return policy;
}

/* In the order of their numbers, which is that of preference. */
static struct word policies_read(struct import *import,
				 struct word *lifetime)
{
	const struct import_text *text = import->text;
	unsigned long done = 0;
	struct word all = { "" };

	for (;;) {
		struct policy best = { .number = UINT32_MAX };

		for (size_t i = 0; i < text->n; i++) {
			struct policy policy;

			if (!import_is(text->line[i], "crypto ikev2 policy"))
				continue;
			policy = policy_read(text, i);
			if (policy.number > done &&
			    policy.number < best.number)
				best = policy;
		}
		if (best.number == UINT32_MAX)
			return all;
		done = best.number;
		if (!*lifetime->text)
			*lifetime = best.lifetime;
		if (import_proposal_good(best.text.text, false)) {
			join(&all, &best.text, ", ");
			continue;
		}
		fprintf(import->out, "# not translated: crypto ikev2 policy %lu (%s)\n",
			done, best.text.text);
		import->unknown++;
	}
}

/* crypto ipsec ikev2 ipsec-proposal NAME */
static struct word esp_read(const struct import_text *text, const char *name)
{
	struct word cipher = { "" }, hash = { "" };

	for (size_t i = 0; i < text->n; i++) {
		const char *line = text->line[i];
		size_t end = body_end(text, i);
		struct word named;

		if (!import_is(line, "crypto ipsec ikev2 ipsec-proposal"))
			continue;
		named = import_word(line, 4);
		if (strcmp(named.text, name))
			continue;
		for (i++; i < end; i++) {
			line = import_behind(text->line[i], 0);
			if (import_is(line, "protocol esp encryption"))
				append(&cipher, line, 3, ciphers, "");
			else if (import_is(line, "protocol esp integrity"))
				append(&hash, line, 3, hashes, "");
		}
		/* AES-GCM proves what it decrypts by itself. */
		if (!strstr(cipher.text, "gcm"))
			join(&cipher, &hash, "-");
		return cipher;
	}
	return (struct word){ "" };
}

/* --- crypto maps --- */

struct entry {
	struct word map;
	struct word sequence;
	struct word acl;
	struct word peer;
};

/* What the lines "crypto map MAP SEQUENCE ..." say behind those words. */
static const char *entry_value(const struct import_text *text,
			       const struct entry *entry, const char *words)
{
	struct word begin = format_printf("crypto map %.60s %.12s %.60s",
					  entry->map.text,
					  entry->sequence.text, words);

	for (size_t i = 0; i < text->n; i++) {
		if (import_is(text->line[i], begin.text))
			return import_behind(text->line[i] +
					     strlen(begin.text), 0);
	}
	return NULL;
}

static bool entry_read(const struct import_text *text, size_t i,
		       struct entry *entry)
{
	const char *line = text->line[i];
	const char *peer;

	if (!import_is(line, "crypto map"))
		return false;
	*entry = (struct entry){ import_word(line, 2), import_word(line, 3) };
	if (!import_is(import_behind(line, 4), "match address"))
		return false;
	entry->acl = import_word(line, 6);
	peer = entry_value(text, entry, "set peer");
	if (peer)
		entry->peer = import_word(peer, 0);
	return peer;
}

static bool acl_is_used(const struct import_text *text, const char *name)
{
	struct entry entry;

	for (size_t i = 0; i < text->n; i++) {
		if (entry_read(text, i, &entry) &&
		    !strcmp(entry.acl.text, name))
			return true;
	}
	return false;
}

static void print_acls(struct import *import)
{
	const struct import_text *text = import->text;

	for (size_t i = 0; i < text->n; i++) {
		struct word name;

		if (!import_is(text->line[i], "access-list"))
			continue;
		name = import_word(text->line[i], 1);
		if (acl_is_used(text, name.text))
			fprintf(import->out, "%s\n", text->line[i]);
	}
	fputc('\n', import->out);
}

/* The address of the interface that the map is bound to, by its nameif. */
static struct word map_interface(const struct import_text *text,
				 const char *map)
{
	for (size_t i = 0; i < text->n; i++) {
		struct word name = import_word(text->line[i], 2);

		if (import_is(text->line[i], "crypto map") &&
		    !strcmp(name.text, map) &&
		    import_is(import_behind(text->line[i], 3), "interface"))
			return import_word(text->line[i], 4);
	}
	return (struct word){ "" };
}

static struct word interface_address(const struct import_text *text,
				     const char *nameif)
{
	for (size_t i = 0; i < text->n; i++) {
		struct word address = { "" };
		size_t end = body_end(text, i);
		bool found = false;

		if (!import_is(text->line[i], "interface"))
			continue;
		for (size_t j = i + 1; j < end; j++) {
			const char *line = import_behind(text->line[j], 0);
			struct word name = import_word(line, 1);

			if (import_is(line, "nameif"))
				found = !strcmp(name.text, nameif);
			if (import_is(line, "ip address"))
				address = import_word(line, 2);
		}
		if (found)
			return address;
	}
	return (struct word){ "" };
}

static struct word esp_of(struct import *import, const struct entry *entry)
{
	const char *names = entry_value(import->text, entry,
					"set ikev2 ipsec-proposal");
	struct word all = { "" };

	for (size_t n = 0; names && *import_behind(names, n); n++) {
		struct word name = import_word(names, n);
		struct word esp = esp_read(import->text, name.text);

		if (import_proposal_good(esp.text, true)) {
			join(&all, &esp, ", ");
			continue;
		}
		fprintf(import->out, "# not translated: ipsec-proposal %s (%s)\n",
			name.text, esp.text);
		import->unknown++;
	}
	return all;
}

static void print_line(struct import *import, const char *key,
		       const char *value, const char *unit)
{
	if (*value)
		fprintf(import->out, "    %s = %s%s\n", key, value, unit);
}

/* The ASA's defaults are told where the file is silent, since ours differ. */
static void print_peer(struct import *import, const struct entry *entry)
{
	struct word nameif = map_interface(import->text, entry->map.text);
	struct word local = interface_address(import->text, nameif.text);
	struct word lifetime = { "" };
	struct word ike = policies_read(import, &lifetime);
	struct word esp = esp_of(import, entry);

	fprintf(import->out, "peer peer-%s {\n", entry->peer.text);
	print_line(import, "local_addrs", local.text, "");
	print_line(import, "remote_addrs", entry->peer.text, "");
	fprintf(import->out, "    auth psk local_secret file \"secrets.d/%s.local.psk\" remote_secret file \"secrets.d/%s.remote.psk\"\n",
		entry->peer.text, entry->peer.text);
	import->secrets += 2;
	print_line(import, "proposals", ike.text, "");
	print_line(import, "esp_proposals", esp.text, "");
	print_line(import, "ike_lifetime",
		   *lifetime.text ? lifetime.text : "86400", "s");
	fputs("    esp_lifetime = 28800s\n    esp_life_bytes = 4608000K\n    idle_timeout = 30m\n    dpd_delay = 10s\n}\n\n",
	      import->out);
}

static bool peer_was_before(const struct import_text *text, size_t i,
			    const struct entry *entry)
{
	struct entry other;

	for (size_t j = 0; j < i; j++) {
		if (entry_read(text, j, &other) &&
		    !strcmp(other.peer.text, entry->peer.text))
			return true;
	}
	return false;
}

static void print_peers(struct import *import)
{
	struct entry entry;

	for (size_t i = 0; i < import->text->n; i++) {
		if (entry_read(import->text, i, &entry) &&
		    !peer_was_before(import->text, i, &entry))
			print_peer(import, &entry);
	}
}

/* Lines of maps that are bound; suites stand in the peers. */
static void print_map_line(struct import *import, const char *line)
{
	const char *rest = import_behind(line, 4);
	struct word map = import_word(line, 2);
	struct word device = map_interface(import->text, map.text);

	if (import_is(import_behind(line, 3), "interface")) {
		fprintf(import->out, "crypto map %s interface %s\n", map.text,
			import->device ?: device.text);
	} else if (import_is(rest, "match address") ||
		   import_is(rest, "set pfs") ||
		   import_is(rest, "set security-association lifetime") ||
		   import_is(rest, "set reverse-route")) {
		fprintf(import->out, "%s\n", line);
	} else if (import_is(rest, "set peer")) {
		struct word peer = import_word(rest, 2);

		fprintf(import->out, "%.*s set peer %s\n",
			(int)(rest - line - 1), line, peer.text);
		if (*import_behind(rest, 3)) {
			fprintf(import->out, "# not translated: other peers: %s\n",
				import_behind(rest, 3));
			import->unknown++;
		}
	} else if (!import_is(rest, "set ikev2 ipsec-proposal")) {
		fprintf(import->out, "# not translated: %s\n", line);
		import->unknown++;
	}
}

int import_asa(struct import *import)
{
	const struct import_text *text = import->text;

	print_objects(import);
	print_acls(import);
	print_peers(import);
	for (size_t i = 0; i < text->n; i++) {
		if (import_is(text->line[i], "crypto map"))
			print_map_line(import, text->line[i]);
	}
	return 0;
}
