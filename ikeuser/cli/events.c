// SPDX-License-Identifier: GPL-2.0-only
/* Events: a line each, with the time of day at which they happened. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "events.h"
#include "json.h"
#include "option.h"

int events_ask(struct cli *cli, const char *name, struct node **answer)
{
	struct node *request = node_new(NODE_SECTION, "");
	struct node *rules = NULL;
	bool is_peer = false;
	int err = CLI_OK;

	*answer = NULL;
	if (name) {
		err = cli_rules(cli, &rules);
		for (const struct node *rule = rules ? rules->first : NULL;
		     rule && !is_peer; rule = rule->next)
			is_peer = node_is(rule, "peer", name);
		node_set(request, is_peer ? "peer" : "rule", "%s", name);
	}
	if (!err)
		err = cli_ask(cli, "culvert-why", request, answer);
	if (!err)
		err = cli_success(cli, name ?: "events", *answer);
	if (err == CLI_ABSENT)
		cli_fail(cli, err, "'culvert show policy' lists peers, lines and children");
	if (err) {
		node_free(*answer);
		*answer = NULL;
	}
	node_free(request);
	node_free(rules);
	return err;
}

/* The daemon's clock is that of this machine since it started; what the time of
 * day was then is found by how long ago it was.
 */
static void print_time(struct cli *cli, uint64_t at_ms, uint64_t now_ms)
{
	uint64_t ago = now_ms > at_ms ? now_ms - at_ms : 0;
	struct timespec now;
	struct tm day;
	int64_t ms;
	time_t seconds;

	clock_gettime(CLOCK_REALTIME, &now);
	ms = now.tv_sec * 1000LL + now.tv_nsec / 1000000 - (int64_t)ago;
	seconds = ms / 1000;
	localtime_r(&seconds, &day);
	fprintf(cli->out, "%02d:%02d:%02d.%03d", day.tm_hour, day.tm_min,
		day.tm_sec, (int)(ms % 1000));
}

static enum cli_color color_of(const struct node *event)
{
	if (node_is(event, "level", "W"))
		return CLI_YELLOW;
	return node_is(event, "level", "D") ? CLI_DIM : CLI_PLAIN;
}

void events_print(struct cli *cli, const struct node *event, uint64_t now_ms)
{
	enum cli_color color = color_of(event);
	const char *text = node_text(event, "text");

	print_time(cli, node_number(event, "at-ms"), now_ms);
	fprintf(cli->out, " %s%s", cli_color(cli, color),
		node_has(event, "peer") ? node_text(event, "peer") : "-");
	if (node_has(event, "ike-id"))
		fprintf(cli->out, " #%s", node_text(event, "ike-id"));
	if (node_has(event, "child-id"))
		fprintf(cli->out, "/%s", node_text(event, "child-id"));
	fprintf(cli->out, " %s", node_text(event, "kind"));
	if (node_has(event, "reason"))
		fprintf(cli->out, " %s: %s", node_text(event, "reason"),
			node_text(event, "sentence"));
	fprintf(cli->out, "%s%s%s\n", *text ? ": " : "", text,
		color ? cli_plain(cli) : "");
}

int cli_show_events(struct cli *cli, int argc, char **argv)
{
	const struct node *events, *event;
	struct node *answer;
	int err = events_ask(cli, argc ? argv[0] : NULL, &answer);

	if (err)
		return err;
	events = node_find(answer, "events");
	for (event = events ? events->first : NULL; event;
	     event = event->next) {
		if (cli->json)
			json_print(cli->out, "event", NULL, event);
		else
			events_print(cli, event, node_number(answer, "now-ms"));
	}
	if (!cli->json && (!events || !events->first))
		fputs("no events yet\n", cli->out);
	node_free(answer);
	return CLI_OK;
}

/* --- as they happen --- */

static bool is_wanted(const struct node *event, const char *peer)
{
	return !peer || node_is(event, "peer", peer);
}

static void print_one(struct cli *cli, const struct node *event)
{
	if (cli->json)
		json_print(cli->out, "event", NULL, event);
	else
		events_print(cli, event, node_number(event, "now-ms"));
	if (!cli->json && node_number(event, "lost"))
		fprintf(cli->out, "(%s events before this one were lost: this client was slow)\n",
			node_text(event, "lost"));
	fflush(cli->out);
}

int cli_monitor(struct cli *cli, int argc, char **argv)
{
	const char *peer = argc ? argv[0] : NULL;
	char name[VICI_NAME_MAX + 1];
	unsigned int count = 0, n = 0;
	struct node *probe, *event;
	int err = CLI_OK;

	if (cli->options[0])
		err = option_number(cli, "--count", cli->options[0], 1,
				    UINT32_MAX, &count);
	if (err)
		return err;
	/* Connects, and the daemon is of a version that has events. */
	err = cli_ask(cli, "version", NULL, &probe);
	node_free(probe);
	if (err)
		return err;
	if (client_register(cli->client, "culvert-event"))
		return cli_fail(cli, CLI_FAILED, "%s",
				client_sentence(cli->client));
	while (!count || n < count) {
		err = client_event(cli->client, cli->timeout_ms, name, &event);
		if (err == -EINTR)
			return CLI_OK;
		if (err)
			return cli_fail(cli, err == -ETIME ? CLI_TIMEOUT :
					CLI_FAILED, "%s", err == -ETIME ?
					"no event came in time" :
					client_sentence(cli->client));
		if (is_wanted(event, peer)) {
			print_one(cli, event);
			n++;
		}
		node_free(event);
	}
	return CLI_OK;
}
