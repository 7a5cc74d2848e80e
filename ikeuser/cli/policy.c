// SPDX-License-Identifier: GPL-2.0-only
/* show policy: the rules in the kernel's order, and how their tunnels are. */

#include <string.h>

#include "format.h"
#include "json.h"
#include "names.h"
#include "table.h"

static const struct {
	const char *status;
	enum cli_color color;
} statuses[] = {
	{ "up", CLI_GREEN },
	{ "dormant", CLI_DIM },
	{ "negotiating", CLI_YELLOW },
	{ "degraded", CLI_YELLOW },
	{ "failed", CLI_RED },
};

static enum cli_color color_of(const char *status)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		if (!strcmp(statuses[i].status, status))
			return statuses[i].color;
	}
	return CLI_PLAIN;
}

static void add_reason(struct table *table, const struct node *rule)
{
	struct word since = format_ms(node_number(rule, "since-ms"));
	const char *sentence = node_text(rule, "sentence");
	const char *text = node_text(rule, "text");
	bool timed = node_has(rule, "since-ms");

	if (!*sentence && !*text)
		return;
	table_under(table, "└ %s%s%s%s: %s%s%s; more: culvert why %s",
		    node_text(rule, "status"), timed ? " " : "",
		    timed ? since.text : "", timed ? " ago" : "", sentence,
		    *sentence && *text ? ": " : "", text,
		    node_text(rule, "child"));
}

static void add_rule(struct table *table, const struct node *rule)
{
	const char *status = node_text(rule, "status");
	struct word used = format_ms(node_number(rule, "used-ms"));

	table_row(table);
	table_cell(table, CLI_PLAIN, "%s",
		   node_has(rule, "map") ? node_text(rule, "map") : "IKE itself");
	table_cell(table, CLI_PLAIN, "%s",
		   node_has(rule, "map") ? node_text(rule, "sequence") : "–");
	if (node_has(rule, "acl"))
		table_cell(table, CLI_PLAIN, "%s %s.%s",
			   node_text(rule, "acl"), node_text(rule, "line"),
			   node_text(rule, "element"));
	else
		table_cell(table, CLI_PLAIN, "–");
	table_cell(table, CLI_PLAIN, "%s", node_text(rule, "action"));
	table_cell(table, CLI_PLAIN, "%s → %s", node_text(rule, "local"),
		   node_text(rule, "remote"));
	table_cell(table, CLI_PLAIN, "%s", node_text(rule, "flows"));
	table_cell(table, CLI_PLAIN, "%s", node_text(rule, "packets"));
	table_cell(table, CLI_PLAIN, "%s",
		   node_has(rule, "used-ms") ? used.text : "–");
	table_cell(table, color_of(status), "%s", *status ? status : "–");
	table_cell(table, CLI_PLAIN, "%s", node_text(rule, "peer"));
	add_reason(table, rule);
}

static bool is_wanted(const struct node *rule, const char *name)
{
	return !name || node_is(rule, "acl", name) ||
	       node_is(rule, "peer", name) || node_is(rule, "map", name) ||
	       node_is(rule, "child", name);
}

static int print_rules(struct cli *cli, const struct node *rules,
		       const char *name)
{
	static const char *const titles[] = {
		"MAP", ">SEQ", "ACL LINE", "ACTION", "SELECTOR", ">FLOWS",
		">PACKETS", ">LAST", "STATUS", "PEER", NULL
	};
	struct table table;

	table_start(&table, titles);
	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		if (is_wanted(rule, name))
			add_rule(&table, rule);
	}
	return table_print(&table, cli);
}

static void print_json_rules(struct cli *cli, const struct node *rules,
			     const char *name)
{
	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		if (is_wanted(rule, name))
			json_print(cli->out, "rule", NULL, rule);
	}
}

int cli_show_policy(struct cli *cli, int argc, char **argv)
{
	const char *name = argc ? argv[0] : NULL;
	const struct node *rule;
	struct node *rules;
	int err;

	if (cli->asa)
		return cli_asa_access_list(cli, argc, argv);
	err = cli_rules(cli, &rules);
	if (err)
		return err;
	for (rule = rules->first; rule && !is_wanted(rule, name);)
		rule = rule->next;
	if (!rule && name)
		err = names_absent(cli, "access-list, peer or child", "acl",
				   name, rules);
	else if (cli->json)
		print_json_rules(cli, rules, name);
	else
		err = print_rules(cli, rules, name);
	node_free(rules);
	return err;
}
