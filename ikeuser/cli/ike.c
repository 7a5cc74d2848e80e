// SPDX-License-Identifier: GPL-2.0-only
/* show ike: a row for each IKE SA, its children below. */

#include <string.h>

#include "format.h"
#include "names.h"
#include "table.h"

/* The word of an operator for strongSwan's states, and how it looks. */
static const struct {
	const char *state;
	const char *word;
	enum cli_color color;
} states[] = {
	{ "ESTABLISHED", "READY", CLI_GREEN },
	{ "CONNECTING", "CONNECTING", CLI_YELLOW },
	{ "REKEYING", "REKEYING", CLI_YELLOW },
	{ "REKEYED", "REKEYED", CLI_DIM },
	{ "DELETING", "CLOSING", CLI_DIM },
};

static void cell_state(struct table *table, const char *state)
{
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (!strcmp(states[i].state, state)) {
			table_cell(table, states[i].color, "%s",
				   states[i].word);
			return;
		}
	}
	table_cell(table, CLI_PLAIN, "%s", state);
}

static struct word crypto(const struct node *sa)
{
	struct word encr = format_algorithm(node_text(sa, "encr-alg"),
					    node_text(sa, "encr-keysize"));
	struct word integ = format_lower(node_text(sa, "integ-alg"));
	struct word prf = format_lower(node_text(sa, "prf-alg"));
	struct word group = format_lower(node_text(sa, "dh-group"));

	if (!node_has(sa, "encr-alg"))
		return format_printf("-");
	return format_printf("%.30s %.24s %.20s (%u), %.10s/%.10s", encr.text,
			     *integ.text ? integ.text : prf.text, group.text,
			     format_group(node_text(sa, "dh-group")),
			     node_text(sa, "local-auth"),
			     node_text(sa, "remote-auth"));
}

static void add_child(struct table *table, const struct node *child)
{
	bool ready = node_is(child, "state", "INSTALLED");
	struct word local = names_selectors(node_find(child, "local-ts"));
	struct word remote = names_selectors(node_find(child, "remote-ts"));
	struct word up = format_duration(node_number(child, "install-time"));
	const char *state = node_text(child, "state");
	struct word lower = format_lower(state);

	table_under(table, "%s %s  %s ⇄ %s  spi in/out %s/%s  %s %s",
		    child->next ? "├" : "└", node_text(child, "name"),
		    local.text, remote.text, node_text(child, "spi-in"),
		    node_text(child, "spi-out"), ready ? "up" : lower.text,
		    up.text);
}

static void add_sa(struct table *table, const struct node *sa)
{
	const struct node *children = node_find(sa, "child-sas");
	struct word local = format_endpoint(node_text(sa, "local-host"),
					    node_text(sa, "local-port"));
	struct word remote = format_endpoint(node_text(sa, "remote-host"),
					     node_text(sa, "remote-port"));
	struct word up = format_duration(node_number(sa, "established"));
	uint64_t lifetime = node_number(sa, "lifetime");
	struct word life = format_duration(lifetime);
	struct word suite = crypto(sa);

	table_row(table);
	table_cell(table, CLI_PLAIN, "%s", sa->name);
	table_cell(table, CLI_PLAIN, "%s", node_text(sa, "uniqueid"));
	table_cell(table, CLI_PLAIN, "%s", local.text);
	table_cell(table, CLI_PLAIN, "%s", remote.text);
	cell_state(table, node_text(sa, "state"));
	table_cell(table, CLI_PLAIN, "%s",
		   node_is(sa, "initiator", "yes") ? "initiator" : "responder");
	if (node_has(sa, "established"))
		table_cell(table, CLI_PLAIN, "%s/%s", up.text,
			   lifetime ? life.text : "-");
	else
		table_cell(table, CLI_PLAIN, "-");
	table_cell(table, CLI_PLAIN, "%s", suite.text);
	if (node_has(sa, "retransmitting"))
		table_under(table, "%s! a request was repeated %s times: the peer does not answer",
			    children && children->first ? "├ " : "└ ",
			    node_text(sa, "retransmitting"));
	for (const struct node *child = children ? children->first : NULL;
	     child; child = child->next)
		add_child(table, child);
}

static void print_sum(struct cli *cli, const struct node *sas)
{
	size_t ready = 0, others = 0, children = 0;

	for (const struct node *sa = sas->first; sa; sa = sa->next) {
		const struct node *inner = node_find(sa, "child-sas");

		if (node_is(sa, "state", "CONNECTING"))
			others++;
		else
			ready++;
		for (inner = inner ? inner->first : NULL; inner;
		     inner = inner->next)
			children++;
	}
	fprintf(cli->out, "%zu IKE SA%s ready, %zu connecting, %zu child%s\n",
		ready, ready == 1 ? "" : "s", others, children,
		children == 1 ? "" : "ren");
}

static int print_sas(struct cli *cli, const struct node *sas)
{
	static const char *const titles[] = {
		"PEER", "ID", "LOCAL", "REMOTE", "STATE", "ROLE", "UP/LIFE",
		"CRYPTO", NULL
	};
	struct table table;
	int err;

	table_start(&table, titles);
	for (const struct node *sa = sas->first; sa; sa = sa->next)
		add_sa(&table, sa);
	err = table_print(&table, cli);
	if (!err)
		print_sum(cli, sas);
	return err;
}

/* A peer without an IKE SA is well: traffic brings it up. */
static int print_none(struct cli *cli, const char *peer)
{
	struct node *rules;
	int err = cli_rules(cli, &rules);

	if (err)
		return err;
	if (!names_peer(rules, peer))
		err = names_absent(cli, "peer", "peer", peer, rules);
	else if (!cli->json)
		fprintf(cli->out, "%s: no IKE SA; traffic that a rule protects, or 'culvert up %s', brings one up\n",
			peer, peer);
	node_free(rules);
	return err;
}

int cli_show_ike(struct cli *cli, int argc, char **argv)
{
	const char *peer = argc ? argv[0] : NULL;
	struct node *sas;
	int err;

	if (cli->asa)
		return cli_asa_ikev2_sa(cli, argc, argv);
	err = cli_sas(cli, peer, &sas);
	if (err)
		return err;
	if (cli->json)
		err = cli_print_json(cli, "ike-sa", sas);
	if (!sas->first && peer)
		err = print_none(cli, peer);
	else if (!cli->json && !sas->first)
		fputs("no IKE SAs: traffic that a rule protects, or 'culvert up PEER', brings one up\n",
		      cli->out);
	else if (!cli->json)
		err = print_sas(cli, sas);
	node_free(sas);
	return err;
}
