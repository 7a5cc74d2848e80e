// SPDX-License-Identifier: GPL-2.0-only
/* From strongSwan's two configurations: swanctl.conf, with sections in braces,
 * and ipsec.conf, with conn sections of left and right. Both become peers, an
 * access list each, and one crypto map. Their secrets are not read.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"

#define PEERS_MAX 256
#define DEPTH_MAX 8

/* Several values between commas: the first alone, or all with blanks. */
static struct word trim(const char *text)
{
	size_t n;

	text += strspn(text, " \t\"");
	n = strlen(text);
	while (n && strchr(" \t\"\r", text[n - 1]))
		n--;
	return format_printf("%.*s", (int)n, text);
}

static void left_out(struct import *import, const char *line)
{
	fprintf(import->out, "# not translated: %s\n", import_behind(line, 0));
	import->unknown++;
}

/* A key of theirs that is a word of a peer's. */
struct key {
	const char *theirs;
	size_t offset;
};

#define OF(member) offsetof(struct import_peer, member)

static bool set_word(const struct key *keys, struct import_peer *peer,
		     const char *name, const char *value)
{
	for (; keys->theirs; keys++) {
		if (strcmp(keys->theirs, name))
			continue;
		*(struct word *)((char *)peer + keys->offset) = trim(value);
		return true;
	}
	return false;
}

/* Each of the local ones with each of the remote ones. */
static void add_selectors(struct import_peer *peer, const char *local,
			  const char *remote)
{
	char *locals = strdup(local);
	char *at = locals, *from;

	while (at && (from = strsep(&at, ","))) {
		char *remotes = strdup(remote);
		char *rest = remotes, *to;

		while (rest && (to = strsep(&rest, ","))) {
			if (peer->selectors == IMPORT_SELECTORS_MAX)
				break;
			peer->selector[peer->selectors][0] = trim(from);
			peer->selector[peer->selectors++][1] = trim(to);
		}
		free(remotes);
	}
	free(locals);
}

/* --- swanctl.conf --- */

static const struct key swanctl_keys[] = {
	{ "local_addrs", OF(local) }, { "remote_addrs", OF(remote) },
	{ "proposals", OF(ike) }, { "rekey_time", OF(rekey_time) },
	{ "dpd_delay", OF(dpd) }, { 0 },
};
static const struct key child_keys[] = {
	{ "esp_proposals", OF(esp) }, { "rekey_time", OF(esp_rekey_time) },
	{ "life_time", OF(esp_lifetime) }, { "inactivity", OF(idle) }, { 0 },
};

struct swanctl {
	struct import *import;
	struct import_peer *peer;
	struct word section[DEPTH_MAX];
	size_t depth;
	struct word local_ts;
	struct word remote_ts;
	struct word *names;
	size_t peers;
};

static bool in_section(const struct swanctl *s, size_t depth, const char *name)
{
	return s->depth > depth && !strcmp(s->section[depth].text, name);
}

/* Meant by default, or of no meaning here. */
static bool is_known(const char *name, const char *value)
{
	static const char *const keys[] = { "version", "mobike", "auth",
					    "reauth_time", "unique",
					    "dpd_action", "close_action" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!strcmp(keys[i], name))
			return strcmp(name, "auth") || !strcmp(value, "psk");
	}
	return false;
}

static bool set_child(struct swanctl *s, const char *name,
		      const struct word *value)
{
	if (!strcmp(name, "local_ts"))
		s->local_ts = *value;
	else if (!strcmp(name, "remote_ts"))
		s->remote_ts = *value;
	else if (!strcmp(name, "start_action"))
		s->peer->start = strstr(value->text, "start");
	else if (!strcmp(name, "mode") && !strcmp(value->text, "transport"))
		s->peer->transport = true;
	else if (!strcmp(name, "mode") && !strcmp(value->text, "tunnel"))
		return true;
	else
		return set_word(child_keys, s->peer, name, value->text);
	return true;
}

static void swanctl_key(struct swanctl *s, const char *line)
{
	const char *equals = strchr(line, '=');
	struct word name = format_printf("%.*s", (int)(equals - line), line);
	struct word value = trim(equals + 1);
	bool done = false;

	name = trim(name.text);
	if (!in_section(s, 0, "connections") || s->depth < 2)
		return;
	if (s->depth == 2)
		done = set_word(swanctl_keys, s->peer, name.text, value.text);
	else if (s->depth == 4 && in_section(s, 2, "children"))
		done = set_child(s, name.text, &value);
	else if (s->depth == 3 && !strcmp(name.text, "id")) {
		if (!strncmp(s->section[2].text, "local", 5))
			s->peer->local_id = value;
		else
			s->peer->remote_id = value;
		done = true;
	}
	if (!done && !is_known(name.text, value.text))
		left_out(s->import, line);
}

static void swanctl_open(struct swanctl *s, const struct word *name)
{
	if (s->depth < DEPTH_MAX)
		s->section[s->depth] = *name;
	s->depth++;
	if (s->depth == 2 && in_section(s, 0, "connections")) {
		*s->peer = (struct import_peer){ .name = *name };
	} else if (s->depth == 4 && in_section(s, 2, "children")) {
		/* Theirs is what is between the ends themselves. */
		s->local_ts = s->peer->local;
		s->remote_ts = s->peer->remote;
	}
}

static void swanctl_close(struct swanctl *s)
{
	if (s->depth == 4 && in_section(s, 2, "children"))
		add_selectors(s->peer, s->local_ts.text, s->remote_ts.text);
	if (s->depth == 2 && in_section(s, 0, "connections") &&
	    s->peers < PEERS_MAX) {
		import_peer_print(s->import, s->peer);
		s->names[s->peers++] = s->peer->name;
	}
	if (s->depth)
		s->depth--;
}

/* Sections of a depth that nobody writes are gone through, and mean nothing. */
static void swanctl_line(struct swanctl *s, const char *line)
{
	char *copy = strdup(line);
	char *at = copy;

	if (!copy)
		return;
	copy[strcspn(copy, "#")] = '\0';
	while (*(at += strspn(at, " \t"))) {
		char *brace = strpbrk(at, "{}");
		struct word name;

		if (!brace) {
			if (strchr(at, '=') && s->depth <= DEPTH_MAX)
				swanctl_key(s, at);
			break;
		}
		if (*brace == '{') {
			*brace = '\0';
			name = trim(at);
			swanctl_open(s, &name);
		} else {
			*brace = '\0';
			if (strchr(at, '=') && s->depth <= DEPTH_MAX)
				swanctl_key(s, at);
			swanctl_close(s);
		}
		at = brace + 1;
	}
	free(copy);
}

static int with_peers(struct import *import,
		      void (*run)(struct swanctl *s))
{
	struct import_peer *peer = calloc(1, sizeof(*peer));
	struct word *names = calloc(PEERS_MAX, sizeof(*names));
	struct swanctl s = { .import = import, .peer = peer, .names = names };

	if (peer && names) {
		run(&s);
		import_map_print(import, names, s.peers);
	}
	free(peer);
	free(names);
	return peer && names ? 0 : -ENOMEM;
}

static void swanctl_run(struct swanctl *s)
{
	for (size_t i = 0; i < s->import->text->n; i++)
		swanctl_line(s, s->import->text->line[i]);
}

int import_swanctl(struct import *import)
{
	return with_peers(import, swanctl_run);
}

/* --- ipsec.conf --- */

static const struct key conn_keys[] = {
	{ "left", OF(local) }, { "right", OF(remote) },
	{ "leftid", OF(local_id) }, { "rightid", OF(remote_id) },
	{ "ike", OF(ike) }, { "esp", OF(esp) }, { "phase2alg", OF(esp) },
	{ "ikelifetime", OF(ike_lifetime) }, { "lifetime", OF(esp_lifetime) },
	{ "keylife", OF(esp_lifetime) }, { "salifetime", OF(esp_lifetime) },
	{ "dpddelay", OF(dpd) }, { "inactivity", OF(idle) }, { 0 },
};

/* keyexchange=ikev1 is no connection of ours. */
static bool conn_known(const char *name, const char *value)
{
	static const char *const keys[] = {
		"keyexchange", "authby", "leftauth", "rightauth", "type",
		"ikev2", "dpdaction", "dpdtimeout", "keyingtries", "mobike",
		"leftfirewall", "rekey", "fragmentation", "closeaction",
		"leftauthby", "rightauthby", "margintime", "rekeymargin",
	};

	if (!strcmp(value, "ikev1") || strstr(value, "pubkey") ||
	    strstr(value, "rsa"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!strcmp(keys[i], name))
			return true;
	}
	return false;
}

static void conn_key(struct swanctl *s, const char *line)
{
	const char *equals = strchr(line, '=');
	struct word name = format_printf("%.*s", (int)(equals - line), line);
	struct word value = trim(equals + 1);

	name = trim(name.text);
	/* A ! behind proposals says that there are no others. */
	if (!strcmp(name.text, "ike") || !strcmp(name.text, "esp"))
		value.text[strcspn(value.text, "!")] = '\0';
	if (!strcmp(name.text, "leftsubnet") ||
	    !strcmp(name.text, "leftsubnets"))
		s->local_ts = value;
	else if (!strcmp(name.text, "rightsubnet") ||
		 !strcmp(name.text, "rightsubnets"))
		s->remote_ts = value;
	else if (!strcmp(name.text, "auto"))
		s->peer->start = !strcmp(value.text, "start") ||
				 !strcmp(value.text, "up");
	else if (!strcmp(name.text, "type"))
		s->peer->transport = !strcmp(value.text, "transport");
	else if (!set_word(conn_keys, s->peer, name.text, value.text) &&
		 !conn_known(name.text, value.text))
		left_out(s->import, line);
}

static void conn_end(struct swanctl *s)
{
	struct import_peer *peer = s->peer;

	if (!*peer->name.text || s->peers == PEERS_MAX)
		return;
	if (!strcmp(peer->local.text, "%defaultroute") ||
	    !strcmp(peer->local.text, "%any"))
		peer->local.text[0] = '\0';
	add_selectors(peer, *s->local_ts.text ? s->local_ts.text :
					       peer->local.text,
		      *s->remote_ts.text ? s->remote_ts.text :
					   peer->remote.text);
	import_peer_print(s->import, peer);
	s->names[s->peers++] = peer->name;
}

/* conn %default is what all others begin with. */
static void ipsec_conf_run(struct swanctl *s)
{
	const struct import_text *text = s->import->text;
	struct import_peer *basis = calloc(1, sizeof(*basis));
	bool conn = false;

	for (size_t i = 0; basis && i < text->n; i++) {
		const char *line = text->line[i];

		if (*import_behind(line, 0) == '#' || !*import_behind(line, 0))
			continue;
		if (strchr(" \t", *line)) {
			if (conn && strchr(line, '='))
				conn_key(s, line);
			continue;
		}
		if (conn && !strcmp(s->peer->name.text, "%default"))
			*basis = *s->peer;
		else if (conn)
			conn_end(s);
		conn = import_is(line, "conn");
		*s->peer = *basis;
		s->peer->name = import_word(line, 1);
		s->local_ts = s->remote_ts = (struct word){ "" };
	}
	if (basis && conn)
		conn_end(s);
	free(basis);
}

int import_ipsec_conf(struct import *import)
{
	return with_peers(import, ipsec_conf_run);
}
