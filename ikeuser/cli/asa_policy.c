// SPDX-License-Identifier: GPL-2.0-only
/* Access lists and crypto maps as an ASA tells them: show access-list, show run
 * crypto map. Hits are of flows, as they are there; packets are in show policy.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "asa.h"
#include "names.h"

/* A line that stands for one element, itself, is not told twice. */
static bool is_group(const struct node *rules, const struct node *rule)
{
	size_t n = 0;

	for (const struct node *i = rules->first; i; i = i->next)
		n += node_is(i, "acl", node_text(rule, "acl")) &&
		     node_is(i, "line", node_text(rule, "line"));
	return n > 1 || strstr(node_text(rule, "acl-source"), "object");
}

static uint64_t line_hits(const struct node *rules, const struct node *rule)
{
	uint64_t hits = 0;

	for (const struct node *i = rules->first; i; i = i->next) {
		if (node_is(i, "acl", node_text(rule, "acl")) &&
		    node_is(i, "line", node_text(rule, "line")))
			hits += node_number(i, "flows");
	}
	return hits;
}

/* The first rule of its line. */
static bool begins_line(const struct node *rules, const struct node *rule)
{
	const struct node *i = rules->first;

	while (i != rule && !(node_is(i, "acl", node_text(rule, "acl")) &&
			      node_is(i, "line", node_text(rule, "line"))))
		i = i->next;
	return i == rule;
}

/* The id of a rule stays when its selectors do: half of it will do here. */
static uint32_t element_hash(const struct node *rule)
{
	return strtoull(node_text(rule, "id"), NULL, 16);
}

static void print_line(struct cli *cli, const struct node *rules,
		       const struct node *rule)
{
	const char *source = node_text(rule, "acl-source");
	const char *name = node_text(rule, "acl");
	struct word key = format_printf("%.60s %.90s", name, source);

	if (begins_line(rules, rule) && is_group(rules, rule))
		fprintf(cli->out, "access-list %s line %s extended %s (hitcnt=%" PRIu64 ") 0x%08x\n",
			name, node_text(rule, "line"), source,
			line_hits(rules, rule), format_hash(key.text));
}

static void print_element(struct cli *cli, const struct node *rules,
			  const struct node *rule)
{
	struct ace ace = asa_ace(asa_action(rule), node_text(rule, "local"),
				 node_text(rule, "remote"),
				 node_text(rule, "acl-source"));

	print_line(cli, rules, rule);
	fprintf(cli->out, "%saccess-list %s line %s extended %s (hitcnt=%" PRIu64 ") 0x%08x\n",
		is_group(rules, rule) ? "  " : "", node_text(rule, "acl"),
		node_text(rule, "line"), ace.text, node_number(rule, "flows"),
		element_hash(rule));
}

struct lists {
	struct cli *cli;
	const struct node *rules;
	const char *wanted;
	size_t n;
};

static void print_list(const char *name, void *arg)
{
	struct lists *lists = arg;
	size_t elements = 0;

	if (lists->wanted && strcmp(lists->wanted, name))
		return;
	lists->n++;
	for (const struct node *i = lists->rules->first; i; i = i->next)
		elements += node_is(i, "acl", name);
	fprintf(lists->cli->out, "access-list %s; %zu elements; name hash: 0x%08x\n",
		name, elements, format_hash(name));
	for (const struct node *i = lists->rules->first; i; i = i->next) {
		if (node_is(i, "acl", name))
			print_element(lists->cli, lists->rules, i);
	}
}

int cli_asa_access_list(struct cli *cli, int argc, char **argv)
{
	struct lists lists = { cli };
	struct node *rules;
	int err = cli_rules(cli, &rules);

	if (err)
		return err;
	lists.rules = rules;
	lists.wanted = argc ? argv[0] : NULL;
	if (cli->json)
		err = cli_print_json(cli, "rule", rules);
	else
		names_each(rules, "acl", print_list, &lists);
	if (!err && !cli->json && lists.wanted && !lists.n)
		err = names_absent(cli, "access-list", "acl", lists.wanted,
				   rules);
	node_free(rules);
	return err;
}

/* --- crypto maps --- */

static void print_entry(struct cli *cli, const struct node *rule)
{
	struct word key = format_printf("crypto map %.60s %.10s",
					node_text(rule, "map"),
					node_text(rule, "sequence"));

	fprintf(cli->out, "%s match address %s\n", key.text,
		node_text(rule, "acl"));
	if (node_has(rule, "pfs-group"))
		fprintf(cli->out, "%s set pfs group%s\n", key.text,
			node_text(rule, "pfs-group"));
	fprintf(cli->out, "%s set peer %s\n", key.text,
		node_text(rule, "remote-addrs"));
	fprintf(cli->out, "%s set ikev2 ipsec-proposal %s\n", key.text,
		node_text(rule, "esp-proposals"));
	if (node_number(rule, "lifetime"))
		fprintf(cli->out, "%s set security-association lifetime seconds %s\n",
			key.text, node_text(rule, "lifetime"));
	if (node_number(rule, "lifetime-bytes"))
		fprintf(cli->out, "%s set security-association lifetime kilobytes %" PRIu64 "\n",
			key.text, node_number(rule, "lifetime-bytes") / 1024);
}

static bool begins_entry(const struct node *rules, const struct node *rule)
{
	const struct node *i = rules->first;

	while (i != rule && !(node_has(i, "peer") &&
			      node_is(i, "map", node_text(rule, "map")) &&
			      node_is(i, "sequence",
				      node_text(rule, "sequence"))))
		i = i->next;
	return i == rule;
}

struct maps {
	struct cli *cli;
	const struct node *rules;
};

static void print_map(const char *name, void *arg)
{
	struct maps *maps = arg;
	const char *device = "";

	for (const struct node *i = maps->rules->first; i; i = i->next) {
		if (!node_is(i, "map", name))
			continue;
		device = node_text(i, "device");
		if (node_has(i, "peer") && begins_entry(maps->rules, i))
			print_entry(maps->cli, i);
	}
	fprintf(maps->cli->out, "crypto map %s interface %s\n", name, device);
}

int cli_asa_run_crypto_map(struct cli *cli, int argc, char **argv)
{
	struct maps maps = { cli };
	struct node *rules;
	int err = cli_rules(cli, &rules);

	if (err)
		return err;
	maps.rules = rules;
	if (cli->json)
		err = cli_print_json(cli, "rule", rules);
	else
		names_each(rules, "map", print_map, &maps);
	node_free(rules);
	return err;
}
