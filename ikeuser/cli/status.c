// SPDX-License-Identifier: GPL-2.0-only
/* show counters, show config, version, top: what the daemon and the kernel
 * count, and are.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "format.h"
#include "json.h"
#include "option.h"
#include "table.h"

#define MODULE_VERSION "/sys/module/culvert/version"

static void add_counters(struct table *table, const char *of,
			 const struct node *counters, bool all)
{
	const struct node *counter = counters ? counters->first : NULL;

	for (; counter; counter = counter->next) {
		if (!counter->value ||
		    (!all && !strcmp(counter->value, "0")))
			continue;
		table_row(table);
		table_cell(table, CLI_DIM, "%s", of);
		table_cell(table, CLI_PLAIN, "%s", counter->name);
		table_cell(table, CLI_PLAIN, "%s", counter->value);
	}
}

int cli_show_counters(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = { "OF", "COUNTER", ">VALUE", NULL };
	bool all = argc && !strcmp(argv[0], "all");
	struct node *answer;
	struct table table;
	int err;

	if (argc && !all)
		return cli_fail(cli, CLI_USAGE, "'%s': expected all, or nothing",
				argv[0]);
	err = cli_ask(cli, "culvert-counters", NULL, &answer);
	if (err)
		return err;
	if (cli->json) {
		json_print(cli->out, "counters", NULL, answer);
		node_free(answer);
		return CLI_OK;
	}
	table_start(&table, titles);
	add_counters(&table, "kernel", node_find(answer, "kernel"), all);
	add_counters(&table, "packets", node_find(answer, "counters"), all);
	add_counters(&table, "ike", node_find(answer, "engine"), all);
	err = table_print(&table, cli);
	node_free(answer);
	return err;
}

static void print_lines(struct cli *cli, const struct node *events)
{
	const struct node *event = events->first;

	for (; event; event = event->next) {
		const struct node *lines = event->kind == NODE_LIST ? event :
					   node_find(event, "lines");
		const struct node *line = lines ? lines->first : NULL;

		for (; line; line = line->next)
			fprintf(cli->out, "%s\n", line->value ?: "");
	}
}

int cli_show_config(struct cli *cli, int argc, char **argv)
{
	struct node *events;
	int err;

	if (cli->asa)
		return cli_asa_run_crypto_map(cli, 0, NULL);
	err = cli_collect(cli, "culvert-config", "culvert-config", NULL,
			  &events);
	if (err)
		return err;
	if (cli->json)
		err = cli_print_json(cli, "config", events);
	else
		print_lines(cli, events);
	node_free(events);
	return err;
}

/* --- version --- */

static struct word module_version(void)
{
	char text[64] = "";
	FILE *file = fopen(MODULE_VERSION, "re");

	if (file && !fgets(text, sizeof(text), file))
		*text = '\0';
	if (file)
		fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return format_printf("%s", *text ? text : "not loaded");
}

int cli_version(struct cli *cli, int argc, char **argv)
{
	char sentence[CLIENT_SENTENCE_MAX];
	struct word module = module_version();
	struct node *answer = NULL;

	/* A daemon that does not run is no error of this question. */
	if (!client_open(&cli->client, cli->socket, sentence))
		cli_ask(cli, "version", NULL, &answer);
	if (cli->json) {
		struct node *node = node_new(NODE_SECTION, "");

		node_set(node, "command", "%s", CULVERT_VERSION);
		if (answer)
			node_set(node, "daemon", "%s",
				 node_text(answer, "version"));
		node_set(node, "module", "%s", module.text);
		if (node)
			json_print(cli->out, "version", NULL, node);
		node_free(node);
	} else {
		fprintf(cli->out, "command %s\ndaemon  %s\nmodule  %s\n",
			CULVERT_VERSION, answer ? node_text(answer, "version") :
			"does not run", module.text);
	}
	node_free(answer);
	return CLI_OK;
}

/* --- top --- */

#define TOP_ROWS 40
#define TOP_MS 1000

struct load {
	char spi[16];		/* of the SA in: a child's own */
	struct word name;
	struct word peer;
	uint64_t in;
	uint64_t out;
	uint64_t packets;
	uint64_t rate;		/* octets since the last look */
	uint64_t packet_rate;
};

struct loads {
	struct load *load;	/* owned */
	size_t n;
};

static const struct load *find_load(const struct loads *loads,
				    const char *spi)
{
	for (size_t i = 0; i < loads->n; i++) {
		if (!strcmp(loads->load[i].spi, spi))
			return &loads->load[i];
	}
	return NULL;
}

static void add_load(struct loads *loads, const struct loads *before,
		     const struct node *sa, const struct node *child)
{
	struct load load = {
		.name = format_printf("%s", node_text(child, "name")),
		.peer = format_printf("%s", sa->name),
		.in = node_number(child, "bytes-in"),
		.out = node_number(child, "bytes-out"),
		.packets = node_number(child, "packets-in") +
			   node_number(child, "packets-out"),
	};
	const struct load *old;
	struct load *grown;

	snprintf(load.spi, sizeof(load.spi), "%s", node_text(child, "spi-in"));
	old = find_load(before, load.spi);
	if (old && load.in + load.out >= old->in + old->out)
		load.rate = load.in + load.out - old->in - old->out;
	if (old && load.packets >= old->packets)
		load.packet_rate = load.packets - old->packets;
	grown = reallocarray(loads->load, loads->n + 1, sizeof(*grown));
	if (!grown)
		return;
	loads->load = grown;
	grown[loads->n++] = load;
}

static int busier(const void *a, const void *b)
{
	const struct load *left = a, *right = b;

	if (left->rate != right->rate)
		return left->rate < right->rate ? 1 : -1;
	return strcmp(left->spi, right->spi);
}

static int print_loads(struct cli *cli, struct loads *loads, int ms)
{
	static const char *const titles[] = {
		"PEER", "CHILD", ">BYTES/S", ">PACKETS/S", ">IN", ">OUT", NULL
	};
	struct table table;

	qsort(loads->load, loads->n, sizeof(*loads->load), busier);
	table_start(&table, titles);
	for (size_t i = 0; i < loads->n && i < TOP_ROWS; i++) {
		const struct load *load = &loads->load[i];
		struct word rate = format_size(load->rate * 1000 / ms);
		struct word in = format_size(load->in);
		struct word out = format_size(load->out);

		table_row(&table);
		table_cell(&table, CLI_PLAIN, "%s", load->peer.text);
		table_cell(&table, CLI_PLAIN, "%s", load->name.text);
		table_cell(&table, CLI_PLAIN, "%s", rate.text);
		table_cell(&table, CLI_PLAIN, "%" PRIu64,
			   load->packet_rate * 1000 / ms);
		table_cell(&table, CLI_PLAIN, "%s", in.text);
		table_cell(&table, CLI_PLAIN, "%s", out.text);
	}
	return table_print(&table, cli);
}

static int look(struct cli *cli, struct loads *loads, int ms)
{
	struct loads now = { 0 };
	struct node *sas;
	int err = cli_sas(cli, NULL, &sas);

	if (err)
		return err;
	for (const struct node *sa = sas->first; sa; sa = sa->next) {
		const struct node *children = node_find(sa, "child-sas");
		const struct node *child = children ? children->first : NULL;

		for (; child; child = child->next)
			add_load(&now, loads, sa, child);
	}
	if (cli->json)
		err = cli_print_json(cli, "ike-sa", sas);
	else
		err = print_loads(cli, &now, ms);
	node_free(sas);
	free(loads->load);
	*loads = now;
	fflush(cli->out);
	return err;
}

int cli_top(struct cli *cli, int argc, char **argv)
{
	unsigned int count = 0, n = 0;
	struct loads loads = { 0 };
	int ms = TOP_MS;
	int err = CLI_OK;

	if (cli->options[0])
		err = option_number(cli, "--count", cli->options[0], 1,
				    UINT32_MAX, &count);
	if (!err && cli->options[1] &&
	    (!option_duration(cli->options[1], &ms) || ms < 100))
		err = cli_fail(cli, CLI_USAGE, "--interval: expected a time of 100ms or more, not '%s'",
			       cli->options[1]);
	while (!err && (!count || n < count)) {
		/* A terminal is written over; a file gets one after the other.
		 */
		if (cli->color && !cli->json)
			fputs("\033[H\033[2J", cli->out);
		err = look(cli, &loads, ms);
		if (err || (count && ++n >= count) || cli_sleep_ms(ms))
			break;
	}
	free(loads.load);
	return err;
}
