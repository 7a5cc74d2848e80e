// SPDX-License-Identifier: GPL-2.0-only
/* metrics: for Prometheus' node exporter, as a text (0.0.4) or OpenMetrics.
 * Counters are of rules, which outlive their SAs; no SPI is a label of a
 * counter.
 */

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "format.h"

/* A label's value (exposition format 0.0.4): \, " and newlines are escaped. */
static void label(struct cli *cli, const char *before, const char *name,
		  const char *value)
{
	fprintf(cli->out, "%s%s=\"", before, name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', cli->out);
		fputc(*value, cli->out);
	}
	fputc('"', cli->out);
}

/* OpenMetrics names the family of a counter without its _total. */
static void family(struct cli *cli, const char *name, const char *type,
		   const char *help)
{
	size_t n = strlen(name);

	if (cli->options[0] && !strcmp(type, "counter"))
		n -= strlen("_total");
	fprintf(cli->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", (int)n, name,
		help, (int)n, name, type);
}

static void rule_labels(struct cli *cli, const struct node *rule)
{
	struct word where = format_printf("%.100s:%.10s.%.10s",
					  node_text(rule, "acl"),
					  node_text(rule, "line"),
					  node_text(rule, "element"));

	label(cli, "{", "policy", node_text(rule, "map"));
	label(cli, ",", "rule", where.text);
	label(cli, ",", "id", node_text(rule, "id"));
	label(cli, ",", "peer", node_text(rule, "peer"));
}

static void rules_counter(struct cli *cli, const struct node *rules,
			  const char *name, const char *key, const char *help)
{
	family(cli, name, "counter", help);
	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		if (!node_has(rule, "map"))
			continue;
		fputs(name, cli->out);
		rule_labels(cli, rule);
		fprintf(cli->out, "} %" PRIu64 "\n", node_number(rule, key));
	}
}

static void rules_status(struct cli *cli, const struct node *rules)
{
	static const char *const statuses[] = { "dormant", "negotiating", "up",
						"degraded", "failed" };

	family(cli, "culvert_policy_status", "gauge",
	       "1 for the status a rule's tunnel is in; a dormant one is healthy.");
	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		for (size_t i = 0; node_has(rule, "status") &&
		     i < ARRAY_SIZE(statuses); i++) {
			fputs("culvert_policy_status", cli->out);
			rule_labels(cli, rule);
			label(cli, ",", "status", statuses[i]);
			fprintf(cli->out, "} %d\n",
				node_is(rule, "status", statuses[i]));
		}
	}
}

static size_t count_state(const struct node *sas, const char *state)
{
	size_t n = 0;

	for (const struct node *sa = sas->first; sa; sa = sa->next)
		n += node_is(sa, "state", state);
	return n;
}

static void ike_sas(struct cli *cli, const struct node *sas)
{
	static const char *const states[] = { "CONNECTING", "ESTABLISHED",
					      "REKEYING", "REKEYED",
					      "DELETING" };

	family(cli, "culvert_ike_sas", "gauge", "IKE SAs by state.");
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		struct word state = format_lower(states[i]);

		fputs("culvert_ike_sas", cli->out);
		label(cli, "{", "state", state.text);
		fprintf(cli->out, "} %zu\n", count_state(sas, states[i]));
	}
}

typedef void child_fn(struct cli *cli, const struct node *sa,
		      const struct node *child);

static void each_child(struct cli *cli, const struct node *sas, child_fn *tell)
{
	for (const struct node *sa = sas->first; sa; sa = sa->next) {
		const struct node *children = node_find(sa, "child-sas");
		const struct node *child = children ? children->first : NULL;

		for (; child; child = child->next)
			tell(cli, sa, child);
	}
}

static void child_info(struct cli *cli, const struct node *sa,
		       const struct node *child)
{
	fputs("culvert_child_sa_info", cli->out);
	label(cli, "{", "peer", sa->name);
	label(cli, ",", "child", node_text(child, "name"));
	label(cli, ",", "spi_in", node_text(child, "spi-in"));
	label(cli, ",", "spi_out", node_text(child, "spi-out"));
	label(cli, ",", "encr", node_text(child, "encr-alg"));
	label(cli, ",", "state", node_text(child, "state"));
	fputs("} 1\n", cli->out);
}

static void child_expiry(struct cli *cli, const struct node *sa,
			 const struct node *child)
{
	if (!node_number(child, "life-time"))
		return;
	fputs("culvert_child_sa_expiry_timestamp_seconds", cli->out);
	label(cli, "{", "peer", sa->name);
	label(cli, ",", "child", node_text(child, "name"));
	label(cli, ",", "spi_in", node_text(child, "spi-in"));
	fprintf(cli->out, "} %" PRIu64 "\n",
		(uint64_t)time(NULL) + node_number(child, "life-time"));
}

/* Names of the kernel's counters begin with the way that packets go. */
static void counters(struct cli *cli, const struct node *answer)
{
	const struct node *list = node_find(answer, "counters");
	const struct node *counter = list ? list->first : NULL;

	family(cli, "culvert_kernel_events_total", "counter",
	       "What the kernel module counts, drops among them, by its name.");
	for (; counter; counter = counter->next) {
		fputs("culvert_kernel_events_total", cli->out);
		label(cli, "{", "event", counter->name);
		fprintf(cli->out, "} %s\n", counter->value ?: "0");
	}
}

static void build_info(struct cli *cli, const struct node *answer)
{
	family(cli, "culvert_build_info", "gauge",
	       "1; which versions are at work.");
	fputs("culvert_build_info", cli->out);
	label(cli, "{", "command", CULVERT_VERSION);
	label(cli, ",", "module", node_text(node_find(answer, "kernel"),
					    "module"));
	fputs("} 1\n", cli->out);
}

static void print_all(struct cli *cli, const struct node *sas,
		      const struct node *rules, const struct node *answer)
{
	build_info(cli, answer);
	ike_sas(cli, sas);
	family(cli, "culvert_child_sa_info", "gauge", "1; a Child SA there is.");
	each_child(cli, sas, child_info);
	family(cli, "culvert_child_sa_expiry_timestamp_seconds", "gauge",
	       "When its lifetime ends.");
	each_child(cli, sas, child_expiry);
	rules_counter(cli, rules, "culvert_policy_packets_total", "packets",
		      "Packets that matched a rule, in both directions.");
	rules_counter(cli, rules, "culvert_policy_hits_total", "flows",
		      "Connections that matched a rule.");
	rules_status(cli, rules);
	counters(cli, answer);
	if (cli->options[0])
		fputs("# EOF\n", cli->out);
}

int cli_metrics(struct cli *cli, int argc, char **argv)
{
	struct node *sas = NULL, *rules = NULL, *answer = NULL;
	int err;

	if (cli->json)
		return cli_fail(cli, CLI_USAGE, "metrics have a format of their own: leave out --json; 'show counters --json' has the numbers");
	err = cli_sas(cli, NULL, &sas);
	if (!err)
		err = cli_rules(cli, &rules);
	if (!err)
		err = cli_ask(cli, "culvert-counters", NULL, &answer);
	if (!err)
		print_all(cli, sas, rules, answer);
	node_free(sas);
	node_free(rules);
	node_free(answer);
	return err;
}
