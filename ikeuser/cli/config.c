// SPDX-License-Identifier: GPL-2.0-only
/* config check, diff, apply: files are read here by the daemon's own parser, so
 * that check needs no daemon; which file, and what is in force, is asked of the
 * daemon.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "conf_print.h"
#include "config.h"
#include "format.h"
#include "json.h"
#include "option.h"

void config_locate(struct cli *cli, const char *path, struct config_file *file)
{
	char sentence[CLIENT_SENTENCE_MAX];

	file->answer = NULL;
	if (cli->client || !client_open(&cli->client, cli->socket, sentence))
		client_ask(cli->client, "culvert-config", NULL, -1,
			   &file->answer, NULL, NULL);
	file->path = path;
	if (!path)
		file->path = node_has(file->answer, "path") ?
			node_text(file->answer, "path") : CONF_FILE;
	file->credentials = node_has(file->answer, "credentials") ?
		node_text(file->answer, "credentials") :
		getenv("CREDENTIALS_DIRECTORY");
}

void config_forget(struct config_file *file)
{
	node_free(file->answer);
}

int config_read(const struct config_file *file, struct conf **conf,
		struct conf_notes *notes)
{
	const struct conf_options options = {
		.credentials = file->credentials,
		.owner = geteuid(),
		.on_machine = true,
	};

	return conf_read(conf, file->path, &options, notes);
}

static void print_note_json(struct cli *cli, const struct conf_note *note)
{
	struct node *node = node_new(NODE_SECTION, "");

	node_set(node, "severity", "%s",
		 note->severity == CONF_ERROR ? "error" : "warning");
	node_set(node, "file", "%s", note->file ?: "");
	node_set(node, "line", "%u", note->line);
	node_set(node, "column", "%u", note->column);
	node_set(node, "sentence", "%s", note->sentence);
	if (note->hint)
		node_set(node, "hint", "%s", note->hint);
	if (node)
		json_print(cli->out, "note", NULL, node);
	node_free(node);
}

static void print_notes(struct cli *cli, const struct conf_notes *notes)
{
	char text[CONF_NOTE_PRINT_MAX];
	struct ike_text t;

	for (size_t i = 0; i < notes->n; i++) {
		if (cli->json) {
			print_note_json(cli, &notes->note[i]);
			continue;
		}
		ike_text_init(&t, text, sizeof(text));
		conf_note_print(&notes->note[i], &t);
		fputs(text, cli->err);
	}
	if (notes->errors + notes->warnings > notes->n && !cli->json)
		fprintf(cli->err, "... and %zu more\n",
			notes->errors + notes->warnings - notes->n);
}

/* NULL: told; *ret is how the command ends. */
static struct conf *read_file(struct cli *cli, const struct config_file *file,
			      struct conf_notes *notes, int *ret)
{
	struct conf *conf;
	int err = config_read(file, &conf, notes);

	print_notes(cli, notes);
	*ret = CLI_OK;
	if (err == -EINVAL)
		*ret = CLI_FAILED;
	else if (err)
		*ret = cli_fail(cli, CLI_FAILED, "%s: %s", file->path,
				strerror(-err));
	return err ? NULL : conf;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

int cli_config_check(struct cli *cli, int argc, char **argv)
{
	struct conf_notes notes = { 0 };
	struct config_file file;
	struct conf *conf;
	int ret;

	config_locate(cli, argc ? argv[0] : NULL, &file);
	conf = read_file(cli, &file, &notes, &ret);
	if (cli->json) {
		struct node *node = node_new(NODE_SECTION, "");

		node_set(node, "file", "%s", file.path);
		node_set(node, "success", "%s", conf ? "yes" : "no");
		node_set(node, "errors", "%zu", notes.errors);
		node_set(node, "warnings", "%zu", notes.warnings);
		if (node)
			json_print(cli->out, "check", NULL, node);
		node_free(node);
	} else if (conf) {
		fprintf(cli->out, "%s: good, %zu warning%s, %zu peer%s, %zu rule%s\n",
			file.path, notes.warnings, plural(notes.warnings),
			conf->engine.peers, plural(conf->engine.peers),
			conf->rules, plural(conf->rules));
	} else {
		fprintf(cli->err, "%zu error%s, %zu warning%s; running configuration left untouched\n",
			notes.errors, plural(notes.errors), notes.warnings,
			plural(notes.warnings));
	}
	conf_free(conf);
	conf_notes_clear(&notes);
	config_forget(&file);
	return ret;
}

/* --- diff --- */

/* More lines than this that differ are not compared one by one. */
#define COMPARED_MAX 4000

struct lines {
	char **line;		/* owned, and each */
	size_t n;
	int error;
};

static void add_line(const char *text, void *arg)
{
	struct lines *lines = arg;
	char **grown = lines->line;

	if (!(lines->n & (lines->n - 1)))
		grown = reallocarray(lines->line, lines->n ? lines->n * 2 : 1,
				     sizeof(*grown));
	if (!grown) {
		lines->error = -ENOMEM;
		return;
	}
	lines->line = grown;
	grown[lines->n] = strdup(text);
	if (grown[lines->n])
		lines->n++;
	else
		lines->error = -ENOMEM;
}

static void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->line[i]);
	free(lines->line);
}

/* Lengths of the longest common subsequence of what is left of both. */
static uint16_t *common_lengths(char **a, size_t n, char **b, size_t m)
{
	uint16_t *table = calloc((n + 1) * (m + 1), sizeof(*table));

	for (size_t i = n; table && i--;) {
		for (size_t j = m; j--;) {
			uint16_t *at = &table[i * (m + 1) + j];

			if (!strcmp(a[i], b[j]))
				*at = at[m + 2] + 1;
			else
				*at = at[1] > at[m + 1] ? at[1] : at[m + 1];
		}
	}
	return table;
}

static void print_change(struct cli *cli, char sign, const char *block,
			 const char *line)
{
	struct node *node = cli->json ? node_new(NODE_SECTION, "") : NULL;

	if (node && node_set(node, "sign", "%c", sign) &&
	    node_set(node, "block", "%s", block) &&
	    node_set(node, "text", "%s", line))
		json_print(cli->out, "change", NULL, node);
	node_free(node);
	if (cli->json)
		return;
	fprintf(cli->out, "%s%c %s%s\n",
		cli_color(cli, sign == '+' ? CLI_GREEN : CLI_RED), sign, line,
		cli_plain(cli));
}

/* The line that begins the block of a line, so that a change says of what. */
static const char *block_of(char **lines, size_t i)
{
	while (i && *lines[i] == ' ')
		i--;
	return lines[i];
}

static int print_changes(struct cli *cli, char **a, size_t n, char **b,
			 size_t m)
{
	uint16_t *table = common_lengths(a, n, b, m);
	const char *told = "";
	size_t i = 0, j = 0;

	if (!table)
		return cli_fail(cli, CLI_FAILED, "no memory to compare");
	while (i < n || j < m) {
		bool add;
		const char *block;

		if (i < n && j < m && !strcmp(a[i], b[j])) {
			i++;
			j++;
			continue;
		}
		add = i == n || (j < m && table[i * (m + 1) + j + 1] >
				 table[(i + 1) * (m + 1) + j]);
		block = add ? block_of(b, j) : block_of(a, i);
		if (!cli->json && strcmp(block, told) &&
		    *(add ? b[j] : a[i]) == ' ')
			fprintf(cli->out, "  %s\n", block);
		told = block;
		if (add)
			print_change(cli, '+', block, b[j++]);
		else
			print_change(cli, '-', block, a[i++]);
	}
	free(table);
	return CLI_OK;
}

/* The block in which two lists begin to differ belongs to what is compared. */
static size_t common_begin(const struct lines *a, const struct lines *b)
{
	size_t n = 0;

	while (n < a->n && n < b->n && !strcmp(a->line[n], b->line[n]))
		n++;
	while (n && ((n < a->n && *a->line[n] == ' ') ||
		     (n < b->n && *b->line[n] == ' ')))
		n--;
	return n;
}

static size_t common_end(const struct lines *a, const struct lines *b,
			 size_t begin)
{
	size_t n = 0;

	while (a->n - n > begin && b->n - n > begin &&
	       !strcmp(a->line[a->n - 1 - n], b->line[b->n - 1 - n]))
		n++;
	return n;
}

static int compare(struct cli *cli, const struct lines *now,
		   const struct lines *file)
{
	size_t begin = common_begin(now, file);
	size_t end = common_end(now, file, begin);
	size_t n = now->n - begin - end, m = file->n - begin - end;

	if (now->error || file->error)
		return cli_fail(cli, CLI_FAILED, "no memory to compare");
	if (!n && !m) {
		if (cli->json)
			return CLI_OK;
		fputs("no difference: what is in force is what the file says\n",
		      cli->out);
		return CLI_OK;
	}
	if (n > COMPARED_MAX || m > COMPARED_MAX)
		return cli_fail(cli, CLI_FAILED, "%zu lines become %zu others: too many to compare one by one",
				n, m);
	return print_changes(cli, now->line + begin, n, file->line + begin, m);
}

static int ask_lines(struct cli *cli, struct lines *lines)
{
	struct node *events;
	int err = cli_collect(cli, "culvert-config", "culvert-config", NULL,
			      &events);

	if (err)
		return err;
	for (const struct node *event = events->first; event;
	     event = event->next) {
		const struct node *list = node_find(event, "lines");
		const struct node *line = list ? list->first : NULL;

		for (; line; line = line->next)
			add_line(line->value ?: "", lines);
	}
	node_free(events);
	return CLI_OK;
}

/* What is in force, and what a file says. */
static int both_lines(struct cli *cli, const struct conf *conf,
		      struct lines *now, struct lines *then)
{
	if (conf_print(conf, add_line, then))
		return cli_fail(cli, CLI_FAILED, "libcrypto makes no mark of a secret");
	return ask_lines(cli, now);
}

int config_differs(struct cli *cli, const struct conf *conf, bool *differs)
{
	struct lines now = { 0 }, then = { 0 };
	int err = both_lines(cli, conf, &now, &then);

	if (!err && (now.error || then.error))
		err = cli_fail(cli, CLI_FAILED, "no memory to compare");
	*differs = !err && (now.n != then.n ||
			    common_begin(&now, &then) != now.n);
	lines_free(&now);
	lines_free(&then);
	return err;
}

int cli_config_diff(struct cli *cli, int argc, char **argv)
{
	struct lines now = { 0 }, then = { 0 };
	struct conf_notes notes = { 0 };
	struct config_file file;
	struct conf *conf;
	int ret;

	config_locate(cli, argc ? argv[0] : NULL, &file);
	conf = read_file(cli, &file, &notes, &ret);
	conf_notes_clear(&notes);
	config_forget(&file);
	if (conf)
		ret = both_lines(cli, conf, &now, &then);
	if (conf && !ret)
		ret = compare(cli, &now, &then);
	conf_free(conf);
	lines_free(&now);
	lines_free(&then);
	return ret;
}

/* --- apply --- */

static void print_note_lines(struct cli *cli, const struct node *answer)
{
	const struct node *notes = node_find(answer, "notes");
	const struct node *line = notes ? notes->first : NULL;

	for (; line; line = line->next)
		fprintf(cli->err, "%s\n", line->value ?: "");
}

static int command(struct cli *cli, const char *name, const char *key,
		   const char *value, const char *done)
{
	struct node *request = node_new(NODE_SECTION, "");
	struct node *answer;
	int err;

	if (key)
		node_set(request, key, "%s", value);
	err = cli_ask(cli, name, request, &answer);
	node_free(request);
	if (err)
		return err;
	if (cli->json)
		json_print(cli->out, "config", name, answer);
	else
		print_note_lines(cli, answer);
	if (node_has(answer, "warning"))
		fprintf(cli->err, "culvert: warning: %s\n",
			node_text(answer, "warning"));
	err = cli_success(cli, "config", answer);
	if (!err && !cli->json)
		fprintf(cli->out, "%s\n", done);
	node_free(answer);
	return err;
}

int cli_config_apply(struct cli *cli, int argc, char **argv)
{
	struct word seconds, done;
	int ms;

	if (!cli->options[0])
		return command(cli, "culvert-config-apply", NULL, NULL,
			       "applied");
	if (!option_duration(cli->options[0], &ms) || ms < 1000)
		return cli_fail(cli, CLI_USAGE, "--confirm: expected a time such as 60s, not '%s'",
				cli->options[0]);
	seconds = format_printf("%d", ms / 1000);
	done = format_printf("applied for %s s: 'culvert config confirm' keeps it, else the one before comes back",
			     seconds.text);
	return command(cli, "culvert-config-apply", "confirm", seconds.text,
		       done.text);
}

int cli_config_confirm(struct cli *cli, int argc, char **argv)
{
	return command(cli, "culvert-config-confirm", NULL, NULL, "confirmed");
}

int cli_config_rollback(struct cli *cli, int argc, char **argv)
{
	return command(cli, "culvert-config-confirm", "rollback", "yes",
		       "the configuration of before is in force");
}
