// SPDX-License-Identifier: GPL-2.0-only
/* Questions to the daemon that several verbs ask, and how all of them fail. */

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "client.h"
#include "json.h"

int cli_fail(struct cli *cli, enum cli_exit exit, const char *format, ...)
{
	va_list args;

	/* What was printed comes before what went wrong. */
	fflush(cli->out);
	fputs("culvert: ", cli->err);
	va_start(args, format);
	vfprintf(cli->err, format, args);
	va_end(args);
	fputc('\n', cli->err);
	return exit;
}

static const char *const colors[] = {
	[CLI_PLAIN] = "",
	[CLI_BOLD] = "\033[1m",
	[CLI_GREEN] = "\033[32m",
	[CLI_YELLOW] = "\033[33m",
	[CLI_RED] = "\033[31m",
	[CLI_DIM] = "\033[2m",
};

const char *cli_color(const struct cli *cli, enum cli_color color)
{
	return cli->color ? colors[color] : "";
}

const char *cli_plain(const struct cli *cli)
{
	return cli->color ? "\033[0m" : "";
}

int64_t cli_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* 0, or -EINTR: a signal came. */
int cli_sleep_ms(int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	return nanosleep(&time, NULL) ? -errno : 0;
}

static int connect_once(struct cli *cli)
{
	char sentence[CLIENT_SENTENCE_MAX];

	if (cli->client || !client_open(&cli->client, cli->socket, sentence))
		return CLI_OK;
	return cli_fail(cli, CLI_FAILED, "%s", sentence);
}

static int ask(struct cli *cli, const char *command, const struct node *request,
	       struct node **answer,
	       void (*tell)(const char *event, struct node *node, void *arg),
	       void *arg)
{
	int err = connect_once(cli);

	*answer = NULL;
	if (err)
		return err;
	err = client_ask(cli->client, command, request,
			 cli->timeout_ms > 0 ? cli->timeout_ms + 5000 : -1,
			 answer, tell, arg);
	if (!err)
		return CLI_OK;
	return cli_fail(cli, err == -ETIME ? CLI_TIMEOUT : CLI_FAILED, "%s",
			client_sentence(cli->client));
}

int cli_ask(struct cli *cli, const char *command, const struct node *request,
	    struct node **answer)
{
	return ask(cli, command, request, answer, NULL, NULL);
}

/* What an event is about has a section of its own in strongSwan's; in
 * culvert's, the event is the section.
 */
static void collect(const char *event, struct node *node, void *arg)
{
	struct node *list = arg;
	struct node *only = node->first;

	if (only && !only->next && only->kind == NODE_SECTION) {
		node->first = NULL;
		node_append(list, only);
		node_free(node);
		return;
	}
	node_append(list, node);
}

int cli_collect(struct cli *cli, const char *command, const char *event,
		const struct node *request, struct node **events)
{
	struct node *answer = NULL;
	int err = connect_once(cli);

	*events = node_new(NODE_SECTION, "");
	if (!*events)
		return cli_fail(cli, CLI_FAILED, "no memory");
	if (!err && client_register(cli->client, event))
		err = cli_fail(cli, CLI_FAILED, "%s",
			       client_sentence(cli->client));
	if (!err)
		err = ask(cli, command, request, &answer, collect, *events);
	if (!err && node_is(answer, "success", "no"))
		err = cli_success(cli, command, answer);
	node_free(answer);
	if (err) {
		node_free(*events);
		*events = NULL;
	}
	return err;
}

int cli_sas(struct cli *cli, const char *peer, struct node **sas)
{
	struct node *request = node_new(NODE_SECTION, "");
	int err;

	if (peer)
		node_set(request, "ike", "%s", peer);
	err = cli_collect(cli, "list-sas", "list-sa", request, sas);
	node_free(request);
	return err;
}

int cli_rules(struct cli *cli, struct node **rules)
{
	return cli_collect(cli, "culvert-policy", "culvert-rule", NULL, rules);
}

/* What the daemon tells apart; the rest are failures. */
static enum cli_exit exit_of(const struct node *answer)
{
	if (node_is(answer, "refusal", "absent"))
		return CLI_ABSENT;
	return node_is(answer, "refusal", "late") ? CLI_TIMEOUT : CLI_FAILED;
}

int cli_success(struct cli *cli, const char *what, const struct node *answer)
{
	const char *sentence = node_text(answer, "errmsg");

	if (!node_is(answer, "success", "no"))
		return CLI_OK;
	return cli_fail(cli, exit_of(answer), "%s: %s", what,
			*sentence ? sentence : "the daemon refuses, and does not say why");
}

int cli_print_json(struct cli *cli, const char *type, const struct node *list)
{
	for (const struct node *node = list->first; node; node = node->next)
		json_print(cli->out, type, *node->name ? node->name : NULL,
			   node);
	return CLI_OK;
}
