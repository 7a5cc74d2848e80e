// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes the configuration. The input is its text; no file is read. What is
 * accepted must be what the kernel and the engine take: rules with ids of their
 * own, selectors that are none the wrong way round, children where they belong.
 * What is refused must have an error that can be printed.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_selector(const struct ike_ts *ts)
{
	size_t len = ike_ts_address_len(ts);

	must(len && memcmp(ts->first, ts->last, len) <= 0);
	must(ts->port_first <= ts->port_last);
}

static void check_rule(const struct conf_rule *rule)
{
	must(rule->id && rule->device && *rule->device);
	check_selector(&rule->local);
	check_selector(&rule->remote);
	must(rule->local.type == rule->remote.type &&
	     rule->local.protocol == rule->remote.protocol);
	must((rule->action == CULVERT_ACTION_PROTECT) == !!rule->peer);
	must(!rule->peer || rule->child->rule == rule->id);
	must(!rule->peer ||
	     (size_t)(rule->child - rule->peer->child) < rule->peer->children);
}

static void check(const struct conf *conf)
{
	for (size_t i = 0; i < conf->rules; i++) {
		check_rule(&conf->rule[i]);
		must(!i || conf->rule[i].id != conf->rule[i - 1].id);
	}
	for (size_t i = 0; i < conf->engine.peers; i++) {
		const struct ike_peer_conf *peer = &conf->engine.peer[i];

		must(peer->name && peer->local_psk.len && peer->remote_psk.len);
		must(peer->proposals.n && peer->local_id.type);
		must(peer->local.len || peer->remote.len);
	}
}

static void print(const struct conf_notes *notes)
{
	char text[CONF_NOTE_PRINT_MAX];
	struct ike_text t;

	for (size_t i = 0; i < notes->n; i++) {
		ike_text_init(&t, text, sizeof(text));
		conf_note_print(&notes->note[i], &t);
		for (size_t j = 0; j < t.len; j++)
			must(text[j] == '\n' ||
			     (text[j] >= ' ' && text[j] <= '~'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct conf_options options = { .no_files = true };
	struct conf_notes notes = { 0 };
	struct conf *conf;
	int err = conf_read_text(&conf, "fuzz", (struct ike_bytes){ data, size },
				 &options, &notes);

	must((err == 0) == !notes.errors && !err == !!conf);
	print(&notes);
	if (conf)
		check(conf);
	conf_notes_clear(&notes);
	conf_free(conf);
	return 0;
}
