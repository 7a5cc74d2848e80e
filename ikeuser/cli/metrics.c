// SPDX-License-Identifier: GPL-2.0-only
/* metrics: for Prometheus' node exporter, as a text (0.0.4) or OpenMetrics.
 * Counters are of rules, which outlive their SAs; no SPI is a label of a
 * counter.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "format.h"
#include "json.h"

/* One value of one metric: name{label="value",...} value, or a line of JSON. */
struct sample {
	struct cli *cli;
	struct node *node;	/* JSON: what it becomes; owned */
	struct node *labels;	/* in it */
	char before;		/* the next label */
};

static struct sample sample_begin(struct cli *cli, const char *name)
{
	struct sample sample = { cli, .before = '{' };

	if (!cli->json) {
		fputs(name, cli->out);
		return sample;
	}
	sample.node = node_new(NODE_SECTION, "");
	node_set(sample.node, "name", "%s", name);
	sample.labels = node_add(sample.node, NODE_SECTION, "labels");
	return sample;
}

/* A label's value (exposition format 0.0.4): \, " and newlines are escaped. */
static void label(struct sample *sample, const char *name, const char *value)
{
	FILE *out = sample->cli->out;

	if (sample->cli->json) {
		node_set(sample->labels, name, "%s", value);
		return;
	}
	fprintf(out, "%c%s=\"", sample->before, name);
	sample->before = ',';
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputc('"', out);
}

static void sample_end(struct sample *sample, uint64_t value)
{
	if (!sample->cli->json) {
		fprintf(sample->cli->out, "} %" PRIu64 "\n", value);
		return;
	}
	if (sample->node &&
	    node_set(sample->node, "value", "%" PRIu64, value))
		json_print(sample->cli->out, "metric", NULL, sample->node);
	node_free(sample->node);
}

/* OpenMetrics names the family of a counter without its _total. */
static void family(struct cli *cli, const char *name, const char *type,
		   const char *help)
{
	size_t n = strlen(name);

	if (cli->json)
		return;
	if (cli->options[0] && !strcmp(type, "counter"))
		n -= strlen("_total");
	fprintf(cli->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", (int)n, name,
		help, (int)n, name, type);
}

static void rule_labels(struct sample *sample, const struct node *rule)
{
	struct word where = format_printf("%.100s:%.10s.%.10s",
					  node_text(rule, "acl"),
					  node_text(rule, "line"),
					  node_text(rule, "element"));

	label(sample, "policy", node_text(rule, "map"));
	label(sample, "rule", where.text);
	label(sample, "id", node_text(rule, "id"));
	label(sample, "peer", node_text(rule, "peer"));
}

static void rules_counter(struct cli *cli, const struct node *rules,
			  const char *name, const char *key, const char *help)
{
	struct sample sample;

	family(cli, name, "counter", help);
	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		if (!node_has(rule, "map"))
			continue;
		sample = sample_begin(cli, name);
		rule_labels(&sample, rule);
		sample_end(&sample, node_number(rule, key));
	}
}

static void rules_status(struct cli *cli, const struct node *rules)
{
	static const char *const statuses[] = { "dormant", "negotiating", "up",
						"degraded", "failed" };
	struct sample sample;

	family(cli, "culvert_policy_status", "gauge",
	       "1 for the status a rule's tunnel is in; a dormant one is healthy.");
	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		for (size_t i = 0; node_has(rule, "status") &&
		     i < ARRAY_SIZE(statuses); i++) {
			sample = sample_begin(cli, "culvert_policy_status");
			rule_labels(&sample, rule);
			label(&sample, "status", statuses[i]);
			sample_end(&sample,
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
		struct sample sample = sample_begin(cli, "culvert_ike_sas");
		struct word state = format_lower(states[i]);

		label(&sample, "state", state.text);
		sample_end(&sample, count_state(sas, states[i]));
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
	struct sample sample = sample_begin(cli, "culvert_child_sa_info");

	label(&sample, "peer", sa->name);
	label(&sample, "child", node_text(child, "name"));
	label(&sample, "spi_in", node_text(child, "spi-in"));
	label(&sample, "spi_out", node_text(child, "spi-out"));
	label(&sample, "encr", node_text(child, "encr-alg"));
	label(&sample, "state", node_text(child, "state"));
	sample_end(&sample, 1);
}

static void child_expiry(struct cli *cli, const struct node *sa,
			 const struct node *child)
{
	struct sample sample;

	if (!node_number(child, "life-time"))
		return;
	sample = sample_begin(cli, "culvert_child_sa_expiry_timestamp_seconds");
	label(&sample, "peer", sa->name);
	label(&sample, "child", node_text(child, "name"));
	label(&sample, "spi_in", node_text(child, "spi-in"));
	sample_end(&sample, (uint64_t)time(NULL) +
			    node_number(child, "life-time"));
}

/* Names of the kernel's counters begin with the way that packets go. */
static void counters(struct cli *cli, const struct node *answer)
{
	const struct node *list = node_find(answer, "counters");
	const struct node *counter = list ? list->first : NULL;
	struct sample sample;

	family(cli, "culvert_kernel_events_total", "counter",
	       "What the kernel module counts, drops among them, by its name.");
	for (; counter; counter = counter->next) {
		sample = sample_begin(cli, "culvert_kernel_events_total");
		label(&sample, "event", counter->name);
		sample_end(&sample, strtoull(counter->value ?: "0", NULL, 10));
	}
}

static void build_info(struct cli *cli, const struct node *answer)
{
	struct sample sample;

	family(cli, "culvert_build_info", "gauge",
	       "1; which versions are at work.");
	sample = sample_begin(cli, "culvert_build_info");
	label(&sample, "command", CULVERT_VERSION);
	label(&sample, "module", node_text(node_find(answer, "kernel"),
					    "module"));
	sample_end(&sample, 1);
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
	if (cli->options[0] && !cli->json)
		fputs("# EOF\n", cli->out);
}

int cli_metrics(struct cli *cli, int argc, char **argv)
{
	struct node *sas = NULL, *rules = NULL, *answer = NULL;
	int err;

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
