// SPDX-License-Identifier: GPL-2.0-only
/* What changes tunnels: up, down, rekey, clear; and wait, until one is as
 * wanted.
 */

#include <errno.h>
#include <string.h>

#include "names.h"
#include "option.h"

#define UP_MS 30000
#define WAIT_MS 10000
#define WAIT_STEP_MS 100

/* PEER, PEER/CHILD or CHILD, found among the rules. */
struct target {
	struct node *rules;	/* owned */
	const char *peer;
	const char *child;	/* NULL: all of the peer's */
};

static int target_find(struct cli *cli, char *text, struct target *target)
{
	const struct node *rule;
	char *slash;
	int err = cli_rules(cli, &target->rules);

	target->peer = NULL;
	target->child = NULL;
	if (err)
		return err;
	rule = names_child(target->rules, text);
	if (rule) {
		target->peer = node_text(rule, "peer");
		target->child = text;
		return CLI_OK;
	}
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	rule = names_peer(target->rules, text);
	if (!rule)
		return names_absent(cli, "peer", "peer", text, target->rules);
	target->peer = node_text(rule, "peer");
	if (!slash)
		return CLI_OK;
	rule = names_child(target->rules, slash);
	if (!rule || !node_is(rule, "peer", target->peer))
		return names_absent(cli, "child", "child", slash,
				    target->rules);
	target->child = slash;
	return CLI_OK;
}

static void report(struct cli *cli, const char *verb, const char *what,
		   const char *sentence)
{
	struct node *list;
	struct node *node;

	if (!cli->json) {
		fprintf(cli->out, "%s: %s\n", what, sentence);
		return;
	}
	list = node_new(NODE_SECTION, "");
	node = node_add(list, NODE_SECTION, "");
	if (node && node_set(node, "target", "%s", what) &&
	    node_set(node, "success", "yes"))
		cli_print_json(cli, verb, list);
	node_free(list);
}

static int command(struct cli *cli, const char *name, const char *peer,
		   const char *child, struct node **answer)
{
	struct node *request = node_new(NODE_SECTION, "");
	int err;

	if (cli->timeout_ms < 0)
		cli->timeout_ms = UP_MS;
	if (peer)
		node_set(request, "ike", "%s", peer);
	if (child)
		node_set(request, "child", "%s", child);
	node_set(request, "timeout", "%d", cli->timeout_ms);
	err = cli_ask(cli, name, request, answer);
	node_free(request);
	return err;
}

static int initiate(struct cli *cli, const char *peer, const char *child)
{
	struct node *answer = NULL;
	int err = command(cli, "initiate", peer, child, &answer);

	if (!err)
		err = cli_success(cli, child, answer);
	if (!err)
		report(cli, "up", child, "up");
	else if (err != CLI_ABSENT)
		cli_fail(cli, err, "'culvert why %s' tells the story", child);
	node_free(answer);
	return err;
}

int cli_up(struct cli *cli, int argc, char **argv)
{
	struct target target;
	const struct node *rule;
	int err = target_find(cli, argv[0], &target);
	int ret = err;

	if (!err && target.child)
		ret = initiate(cli, target.peer, target.child);
	for (rule = target.rules ? target.rules->first : NULL;
	     rule && !err && !target.child; rule = rule->next) {
		if (!node_is(rule, "peer", target.peer))
			continue;
		err = initiate(cli, target.peer, node_text(rule, "child"));
		ret = err ? err : ret;
	}
	node_free(target.rules);
	return ret;
}

/* Of those that are there: none is no such object. */
static int act_on(struct cli *cli, char *text, const char *name,
		  const char *verb, const char *done)
{
	struct node *answer = NULL;
	struct target target;
	const char *what;
	int err = target_find(cli, text, &target);

	if (err) {
		node_free(target.rules);
		return err;
	}
	what = target.child ?: target.peer;
	err = command(cli, name, target.child ? NULL : target.peer,
		      target.child, &answer);
	if (!err && ((node_has(answer, "matches") &&
		      !node_number(answer, "matches")) ||
		     (node_has(answer, "terminated") &&
		      !node_number(answer, "terminated") &&
		      !node_is(answer, "success", "no"))))
		err = cli_fail(cli, CLI_ABSENT, "%s: not up", what);
	if (!err)
		err = cli_success(cli, what, answer);
	if (!err)
		report(cli, verb, what, done);
	node_free(answer);
	node_free(target.rules);
	return err;
}

int cli_down(struct cli *cli, int argc, char **argv)
{
	return act_on(cli, argv[0], "terminate", "down", "down");
}

int cli_rekey(struct cli *cli, int argc, char **argv)
{
	return act_on(cli, argv[0], "rekey", "rekey", "is being rekeyed");
}

/* --- wait --- */

static bool child_is_ready(const struct node *sa, const char *name)
{
	const struct node *children = node_find(sa, "child-sas");
	const struct node *child = children ? children->first : NULL;

	for (; child; child = child->next) {
		if (node_is(child, "state", "INSTALLED") &&
		    (!name || node_is(child, "name", name)))
			return true;
	}
	return false;
}

static bool is_ready(const struct node *sas, const struct target *target)
{
	const struct node *sa = sas->first;

	for (; sa; sa = sa->next) {
		if (!strcmp(sa->name, target->peer) &&
		    !node_is(sa, "state", "CONNECTING") &&
		    child_is_ready(sa, target->child))
			return true;
	}
	return false;
}

static bool is_down(const struct node *sas, const struct target *target)
{
	const struct node *sa = sas->first;

	for (; sa; sa = sa->next) {
		if (!strcmp(sa->name, target->peer) &&
		    (!target->child || child_is_ready(sa, target->child)))
			return false;
	}
	return true;
}

static int wait_until(struct cli *cli, const struct target *target,
		      bool (*test)(const struct node *sas,
				   const struct target *target),
		      const char *state)
{
	int limit = cli->timeout_ms < 0 ? WAIT_MS : cli->timeout_ms;
	int64_t end = cli_now_ms() + limit;
	const char *what = target->child ?: target->peer;
	struct node *sas;
	bool done;
	int err;

	for (;;) {
		err = cli_sas(cli, target->peer, &sas);
		if (err)
			return err;
		done = test(sas, target);
		node_free(sas);
		if (done) {
			report(cli, "wait", what, state);
			return CLI_OK;
		}
		if (cli_now_ms() >= end)
			return cli_fail(cli, CLI_TIMEOUT, "%s is not %s after %d ms: 'culvert why %s' tells why",
					what, state, limit, what);
		if (cli_sleep_ms(WAIT_STEP_MS))
			return CLI_FAILED;
	}
}

int cli_wait(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *state;
		bool (*test)(const struct node *sas,
			     const struct target *target);
	} states[] = { { "ready", is_ready }, { "down", is_down } };
	const char *wanted = cli->options[0] ?: "ready";
	struct target target;
	size_t i = 0;
	int err;

	while (i < ARRAY_SIZE(states) && strcmp(states[i].state, wanted))
		i++;
	if (i == ARRAY_SIZE(states))
		return cli_fail(cli, CLI_USAGE, "--state: expected ready or down, not '%s'",
				wanted);
	err = target_find(cli, argv[0], &target);
	if (!err)
		err = wait_until(cli, &target, states[i].test, wanted);
	node_free(target.rules);
	return err;
}

/* --- clear --- */

int cli_clear_counters(struct cli *cli, int argc, char **argv)
{
	struct node *request = node_new(NODE_SECTION, "");
	struct node *answer;
	int err;

	node_set(request, "culvert", "yes");
	err = cli_ask(cli, "reset-counters", request, &answer);
	if (!err)
		err = cli_success(cli, "clear counters", answer);
	if (!err)
		report(cli, "clear", "counters", "count from 0");
	node_free(answer);
	node_free(request);
	return err;
}

/* Closes one after the other, by number. key: "ike-id" or "child-id". */
static int close_number(struct cli *cli, const char *key, const char *number,
			const char *what)
{
	struct node *request = node_new(NODE_SECTION, "");
	struct node *answer;
	int err;

	node_set(request, key, "%s", number);
	node_set(request, "timeout", "%d",
		 cli->timeout_ms < 0 ? UP_MS : cli->timeout_ms);
	err = cli_ask(cli, "terminate", request, &answer);
	if (!err)
		err = cli_success(cli, what, answer);
	if (!err)
		report(cli, "clear", what, "closed");
	node_free(answer);
	node_free(request);
	/* One that went by itself meanwhile is gone as well. */
	return err == CLI_ABSENT ? CLI_OK : err;
}

static bool is_of(const struct node *sa, const char *peer)
{
	return !peer || !strcmp(sa->name, peer) ||
	       node_is(sa, "remote-host", peer);
}

static int close_children(struct cli *cli, const struct node *sa)
{
	const struct node *children = node_find(sa, "child-sas");
	const struct node *child = children ? children->first : NULL;
	int err = CLI_OK;

	for (; child && !err; child = child->next)
		err = close_number(cli, "child-id",
				   node_text(child, "uniqueid"),
				   node_text(child, "name"));
	return err;
}

static int clear(struct cli *cli, const char *peer, bool children)
{
	const struct node *sa;
	struct node *sas;
	size_t n = 0;
	int err;

	if (cli->timeout_ms < 0)
		cli->timeout_ms = UP_MS;
	err = cli_sas(cli, NULL, &sas);
	if (err)
		return err;
	for (sa = sas->first; sa && !err; sa = sa->next) {
		if (!is_of(sa, peer))
			continue;
		n++;
		err = children ? close_children(cli, sa) :
				 close_number(cli, "ike-id",
					      node_text(sa, "uniqueid"),
					      sa->name);
	}
	node_free(sas);
	if (!err && !n && peer)
		err = cli_fail(cli, CLI_ABSENT, "there is no SA with '%s': 'culvert show ike' lists them",
			       peer);
	return err;
}

int cli_clear_sa(struct cli *cli, int argc, char **argv)
{
	return clear(cli, argc ? argv[0] : NULL, false);
}

int cli_clear_ipsec_sa(struct cli *cli, int argc, char **argv)
{
	if (argc && !strcmp(argv[0], "peer"))
		argc--, argv++;
	return clear(cli, argc ? argv[0] : NULL, true);
}
