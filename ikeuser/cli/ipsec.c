// SPDX-License-Identifier: GPL-2.0-only
/* show ipsec: each Child SA with what the kernel knows of its two SAs. */

#include <inttypes.h>
#include <string.h>

#include "format.h"
#include "names.h"
#include "bitmap.h"
#include "table.h"

static void print_head(struct cli *cli, const struct node *child)
{
	struct word local = names_selectors(node_find(child, "local-ts"));
	struct word remote = names_selectors(node_find(child, "remote-ts"));
	const char *acl = node_text(child, "acl");

	fprintf(cli->out, "%s%s%s  ", cli_color(cli, CLI_BOLD),
		node_text(child, "name"), cli_plain(cli));
	if (*acl)
		fprintf(cli->out, "crypto map %s %s, access-list %s line %s  ",
			node_text(child, "map"), node_text(child, "sequence"),
			acl, node_text(child, "line"));
	fprintf(cli->out, "(%s ⇄ %s)\n", local.text, remote.text);
}

static void print_way(struct cli *cli, const struct node *sa,
		      const struct node *child, const struct node *out)
{
	struct word encr = format_algorithm(node_text(child, "encr-alg"),
					    node_text(child, "encr-keysize"));
	struct word integ = format_lower(node_text(child, "integ-alg"));
	struct word mode = format_lower(node_text(child, "mode"));
	uint64_t before = node_number(out, "overhead-before");
	uint64_t after = node_number(out, "overhead-after");

	fprintf(cli->out, "  esp %s%s %s → %s   %s%s%s", mode.text,
		node_is(child, "encap", "yes") ? " in udp" : "",
		node_text(sa, "local-host"), node_text(sa, "remote-host"),
		encr.text, *integ.text ? " " : "", integ.text);
	if (node_has(child, "pfs-group"))
		fprintf(cli->out, ", PFS %s", node_text(child, "pfs-group"));
	if (out)
		fprintf(cli->out, "   path mtu %s, overhead %" PRIu64 "-%" PRIu64 " → inner mtu %s",
			node_text(out, "path-mtu"), before + after,
			before + after + node_number(out, "block") - 1,
			node_text(out, "inner-mtu"));
	fputc('\n', cli->out);
}

/* "7h59m (7h12m)": until it ends, and until it is replaced. */
static struct word expiry(const struct node *way)
{
	uint64_t age = node_number(way, "age-ms") / 1000;
	uint64_t hard = node_number(way, "hard-seconds");
	uint64_t soft = node_number(way, "soft-seconds");
	struct word left = format_duration(hard > age ? hard - age : 0);
	struct word rekey = format_duration(soft > age ? soft - age : 0);

	if (!hard)
		return format_printf("never");
	return soft ? format_printf("%.40s (%.40s)", left.text, rekey.text) :
		      left;
}

static struct word window(const struct node *way, bool in)
{
	unsigned int holes = in ? replay_holes(way) : 0;

	if (!in)
		return format_printf("–");
	if (holes)
		return format_printf("%s, 0x%" PRIx64 ", %u missing",
				     node_text(way, "replay-window"),
				     replay_bits(way), holes);
	return format_printf("%s, 0x%" PRIx64, node_text(way, "replay-window"),
			     replay_bits(way));
}

static void add_way(struct table *table, const struct node *child,
		    const struct node *way, bool in)
{
	struct word used = format_ms(node_number(way, "used-ms"));
	struct word ends = expiry(way);
	struct word seen = window(way, in);

	table_row(table);
	table_cell(table, CLI_PLAIN, "%s", in ? "  in " : "  out");
	table_cell(table, CLI_PLAIN, "%s",
		   node_text(child, in ? "spi-in" : "spi-out"));
	table_cell(table, CLI_PLAIN, "%s", node_text(way, "packets"));
	table_cell(table, CLI_PLAIN, "%s", node_text(way, "octets"));
	table_cell(table, CLI_PLAIN, "%s",
		   node_has(way, "used-ms") ? used.text : "never");
	table_cell(table, CLI_PLAIN, "%s", node_text(way, "sequence"));
	table_cell(table, CLI_PLAIN, "%s", seen.text);
	table_cell(table, CLI_PLAIN, "%s", ends.text);
}

static size_t print_drops_of(struct cli *cli, const struct node *way,
			     size_t n)
{
	const struct node *drops = node_find(way, "drops");
	const struct node *drop = drops ? drops->first : NULL;

	for (; drop; drop = drop->next)
		fprintf(cli->out, "%s%s %s", n++ ? ", " : "  drops: ",
			drop->name, drop->value ?: "");
	return n;
}

static int print_child(struct cli *cli, const struct node *sa,
		       const struct node *child)
{
	static const char *const titles[] = {
		"     ", "SPI", ">PACKETS", ">BYTES", ">LAST", ">SEQ",
		"REPLAY WINDOW", "EXPIRES (REKEY)", NULL
	};
	const struct node *out = node_find(child, "out");
	const struct node *in = node_find(child, "in");
	struct table table;
	int err = CLI_OK;

	print_head(cli, child);
	print_way(cli, sa, child, out);
	if (!out && !in) {
		fprintf(cli->out, "  %s: the kernel has no SA of it\n",
			node_text(child, "state"));
		return CLI_OK;
	}
	table_start(&table, titles);
	if (out)
		add_way(&table, child, out, false);
	if (in)
		add_way(&table, child, in, true);
	err = table_print(&table, cli);
	if (!print_drops_of(cli, in, print_drops_of(cli, out, 0)))
		fputs("  drops: none", cli->out);
	fputc('\n', cli->out);
	return err;
}

static bool is_wanted(const struct node *sa, const struct node *child,
		      const char *name)
{
	return !name || !strcmp(sa->name, name) || !strcmp(child->name, name) ||
	       node_is(child, "name", name);
}

/* The child's message, and whose it is. */
static int print_json_child(struct cli *cli, const struct node *sa,
			    const struct node *child)
{
	struct node *list = node_new(NODE_SECTION, "");
	struct node *copy = node_add(list, NODE_SECTION, "");
	struct node borrowed;
	int err;

	if (!copy || !node_set(copy, "peer", "%s", sa->name) ||
	    !node_set(copy, "local-host", "%s", node_text(sa, "local-host")) ||
	    !node_set(copy, "remote-host", "%s",
		      node_text(sa, "remote-host"))) {
		node_free(list);
		return cli_fail(cli, CLI_FAILED, "no memory");
	}
	/* What is the child's stays the child's. */
	borrowed = *copy->last;
	copy->last->next = child->first;
	err = cli_print_json(cli, "child-sa", list);
	copy->last->next = borrowed.next;
	node_free(list);
	return err;
}

int cli_show_ipsec(struct cli *cli, int argc, char **argv)
{
	const char *name = argc ? argv[0] : NULL;
	const struct node *children, *child, *sa;
	struct node *sas, *rules;
	size_t shown = 0;
	int err;

	if (cli->asa)
		return cli_asa_ipsec_sa(cli, 0, NULL);
	err = cli_sas(cli, NULL, &sas);
	if (err)
		return err;
	for (sa = sas->first; sa && !err; sa = sa->next) {
		children = node_find(sa, "child-sas");
		for (child = children ? children->first : NULL; child && !err;
		     child = child->next) {
			if (!is_wanted(sa, child, name))
				continue;
			if (shown++ && !cli->json)
				fputc('\n', cli->out);
			err = cli->json ? print_json_child(cli, sa, child) :
					  print_child(cli, sa, child);
		}
	}
	node_free(sas);
	if (err || shown)
		return err;
	err = cli_rules(cli, &rules);
	if (err)
		return err;
	if (name && !names_peer(rules, name) && !names_child(rules, name))
		err = names_absent(cli, "peer or child", "child", name, rules);
	else if (!cli->json)
		fputs("no Child SAs: 'culvert show policy' tells how each rule is\n",
		      cli->out);
	node_free(rules);
	return err;
}
