// SPDX-License-Identifier: GPL-2.0-only
/* config import: the file, the peers of those who have peers, and what is left
 * for a person to do.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "import.h"
#include "json.h"
#include "proposal.h"

#define LINES_MAX 200000
#define SECRETS_DIRECTORY "secrets.d"

struct word import_word(const char *line, size_t n)
{
	const char *at = import_behind(line, n);

	return format_printf("%.*s", (int)strcspn(at, " \t\r"), at);
}

const char *import_behind(const char *line, size_t n)
{
	line += strspn(line, " \t");
	while (n--) {
		line += strcspn(line, " \t\r");
		line += strspn(line, " \t\r");
	}
	return line;
}

bool import_is(const char *line, const char *words)
{
	size_t n = strlen(words);

	return !strncmp(line, words, n) &&
	       (!line[n] || strchr(" \t\r", line[n]));
}

bool import_proposal_good(const char *text, bool esp)
{
	struct ike_proposals list = { 0 };
	char weak_text[100], error_text[100];
	struct ike_text weak, error;
	int err;

	ike_text_init(&weak, weak_text, sizeof(weak_text));
	ike_text_init(&error, error_text, sizeof(error_text));
	err = ike_proposals_parse_text(&list, esp ? IKE_PROTOCOL_ESP :
						    IKE_PROTOCOL_IKE,
				       text, &weak, &error);
	ike_proposals_clear(&list);
	return !err;
}

/* --- peers --- */

static void key(struct import *import, const char *name,
		const struct word *value)
{
	if (*value->text)
		fprintf(import->out, "    %s = %s\n", name, value->text);
}

/* A selector such as 10.0.0.0/8[tcp/443]: what stands where in a line. */
static void print_end(struct import *import, const char *text)
{
	fprintf(import->out, " %.*s", (int)strcspn(text, "["), text);
}

static void print_port(struct import *import, const char *text)
{
	const char *bracket = strchr(text, '[');
	const char *port = bracket ? strchr(bracket, '/') : NULL;
	int n = port ? (int)strcspn(port + 1, "]") : 0;

	if (!n)
		return;
	if (memchr(port + 1, '-', n))
		fprintf(import->out, " range %.*s %.*s",
			(int)strcspn(port + 1, "-"), port + 1,
			n - (int)strcspn(port + 1, "-") - 1,
			port + 2 + strcspn(port + 1, "-"));
	else
		fprintf(import->out, " eq %.*s", n, port + 1);
}

static struct word protocol_of(const char *local, const char *remote)
{
	const char *bracket = strchr(local, '[');

	if (!bracket)
		bracket = strchr(remote, '[');
	if (!bracket || bracket[1] == '/')
		return format_printf("ip");
	return format_printf("%.*s", (int)strcspn(bracket + 1, "/]"),
			     bracket + 1);
}

static void print_lines(struct import *import, const struct import_peer *peer)
{
	fprintf(import->out, "access-list to_%s {\n", peer->name.text);
	for (size_t i = 0; i < peer->selectors; i++) {
		const char *local = peer->selector[i][0].text;
		const char *remote = peer->selector[i][1].text;
		struct word protocol = protocol_of(local, remote);

		fprintf(import->out, "    permit %s", protocol.text);
		print_end(import, local);
		print_port(import, local);
		print_end(import, remote);
		print_port(import, remote);
		fputc('\n', import->out);
	}
	fputs("}\n\n", import->out);
}

void import_peer_print(struct import *import, const struct import_peer *peer)
{
	print_lines(import, peer);
	fprintf(import->out, "peer %s {\n", peer->name.text);
	key(import, "local_addrs", &peer->local);
	key(import, "remote_addrs", &peer->remote);
	if (*peer->local_id.text)
		fprintf(import->out, "    local_id = \"%s\"\n",
			peer->local_id.text);
	if (*peer->remote_id.text)
		fprintf(import->out, "    remote_id = \"%s\"\n",
			peer->remote_id.text);
	fprintf(import->out, "    auth psk secret file \"" SECRETS_DIRECTORY "/%s.psk\"\n",
		peer->name.text);
	import->secrets++;
	key(import, "proposals", &peer->ike);
	key(import, "esp_proposals", &peer->esp);
	key(import, "ike_lifetime", &peer->ike_lifetime);
	key(import, "rekey_time", &peer->rekey_time);
	key(import, "dpd_delay", &peer->dpd);
	key(import, "esp_lifetime", &peer->esp_lifetime);
	key(import, "esp_rekey_time", &peer->esp_rekey_time);
	key(import, "idle_timeout", &peer->idle);
	if (peer->start)
		fputs("    start_action = start\n", import->out);
	if (peer->transport)
		fputs("    mode = transport\n", import->out);
	fputs("}\n\n", import->out);
}

void import_map_print(struct import *import, const struct word *names,
		      size_t n)
{
	if (!n)
		return;
	fprintf(import->out, "crypto map imported interface %s {\n",
		import->device ?: "eth0");
	for (size_t i = 0; i < n; i++)
		fprintf(import->out, "    %zu match address to_%s  set peer %s\n",
			(i + 1) * 10, names[i].text, names[i].text);
	fputs("}\n", import->out);
}

/* --- the verb --- */

static int text_read(struct import_text *text, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	while (!err && (len = getline(&line, &size, in)) >= 0) {
		char **grown = text->line;

		/* A NUL would hide what is behind it. */
		if (text->n == LINES_MAX || memchr(line, '\0', len)) {
			err = -EINVAL;
			break;
		}
		line[strcspn(line, "\r\n")] = '\0';
		if (!(text->n & (text->n - 1)))
			grown = reallocarray(text->line,
					     text->n ? text->n * 2 : 1,
					     sizeof(*grown));
		if (!grown) {
			err = -ENOMEM;
			break;
		}
		text->line = grown;
		grown[text->n] = strdup(line);
		if (!grown[text->n])
			err = -ENOMEM;
		else
			text->n++;
	}
	free(line);
	return err;
}

static void text_free(struct import_text *text)
{
	for (size_t i = 0; i < text->n; i++)
		free(text->line[i]);
	free(text->line);
}

static const struct {
	const char *name;
	int (*run)(struct import *import);
} forms[] = {
	{ "asa", import_asa },
	{ "swanctl", import_swanctl },
	{ "ipsec.conf", import_ipsec_conf },
};

/* What the file could not say. */
static void print_rest(struct cli *cli, const struct import *import)
{
	if (import->secrets)
		fprintf(cli->err, "culvert: %zu secrets are to be written into " SECRETS_DIRECTORY "/ beside it, mode 0600, one a file\n",
			import->secrets);
	if (!import->device)
		fputs("culvert: the outside interface is to be named as Linux does: see 'interface' in the crypto map, or give --interface\n",
		      cli->err);
	if (import->unknown)
		fprintf(cli->err, "culvert: %zu lines were not translated: they stand in it behind '# not translated:'\n",
			import->unknown);
	fputs("culvert: then: culvert config check FILE\n", cli->err);
}

/* What it printed, as a list of lines. */
static void print_lines_json(struct cli *cli, char *text)
{
	struct node *node = node_new(NODE_SECTION, "");
	struct node *list = node_add(node, NODE_LIST, "lines");
	char *line;

	while (list && (line = strsep(&text, "\n")))
		if (text)
			node_set(list, "", "%s", line);
	if (list)
		json_print(cli->out, "import", NULL, node);
	node_free(node);
}

static int import_file(struct cli *cli, int argc, char **argv)
{
	const char *from = cli->options[0] ?: "";
	struct import_text text = { 0 };
	struct import import = { cli->out, &text, cli->options[1] };
	size_t i = 0;
	FILE *in;
	int err;

	while (i < ARRAY_SIZE(forms) && strcmp(forms[i].name, from))
		i++;
	if (i == ARRAY_SIZE(forms))
		return cli_fail(cli, CLI_USAGE, "--from: expected asa, swanctl or ipsec.conf%s%s%s",
				*from ? ", not '" : "", from, *from ? "'" : "");
	in = strcmp(argv[0], "-") ? fopen(argv[0], "re") : stdin;
	if (!in)
		return cli_fail(cli, CLI_FAILED, "%s: %s", argv[0],
				strerror(errno));
	err = text_read(&text, in);
	if (in != stdin)
		fclose(in);
	if (!err) {
		fprintf(cli->out, "# From %s (%s). To be read before it is used.\n\n",
			argv[0], from);
		err = forms[i].run(&import);
	}
	text_free(&text);
	if (err)
		return cli_fail(cli, CLI_FAILED, "%s: %s", argv[0],
				err == -EINVAL ? "no text, or more than 200000 lines" :
				strerror(-err));
	print_rest(cli, &import);
	return CLI_OK;
}

int cli_config_import(struct cli *cli, int argc, char **argv)
{
	FILE *out = cli->out;
	char *text = NULL;
	size_t len;
	int err;

	if (!cli->json)
		return import_file(cli, argc, argv);
	cli->out = open_memstream(&text, &len);
	err = cli->out ? import_file(cli, argc, argv) : CLI_FAILED;
	if (cli->out)
		fclose(cli->out);
	cli->out = out;
	if (!err)
		print_lines_json(cli, text);
	free(text);
	return err;
}
