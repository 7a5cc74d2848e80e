/* SPDX-License-Identifier: GPL-2.0-only */
/* The culvert command: what all of its verbs have in common. A verb asks the
 * daemon over its control socket (client.h), gets trees (node.h), and prints
 * them as a table, as the ASA's text or as JSON. It knows what docs/vici.md
 * says, and nothing of the daemon's own structures.
 *
 *	argv -> run.c -> verb.c -> verb's function -> client.c -> node.c tree
 *	                                 |-> table.c, asa_*.c, json.c
 */
#ifndef CULVERT_CLI_H
#define CULVERT_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "node.h"

#define CLI_SOCKET "/run/culvert/vici.sock"

/* What scripts look at. */
enum cli_exit {
	CLI_OK,
	CLI_FAILED,
	CLI_USAGE,
	CLI_ABSENT,		/* no such object */
	CLI_TIMEOUT,
};

struct client;

struct cli {
	FILE *out;
	FILE *err;
	const char *socket;
	struct client *client;	/* once it was needed; owned */
	bool json;
	bool asa;
	bool color;
	int timeout_ms;		/* of --timeout; -1: not given */
	const char *options[8];	/* values of a verb's own options, by number */
};

/* A line on stderr: what is wrong, and what to do. Returns exit. */
int cli_fail(struct cli *cli, enum cli_exit exit, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

enum cli_color {
	CLI_PLAIN,
	CLI_BOLD,
	CLI_GREEN,
	CLI_YELLOW,
	CLI_RED,
	CLI_DIM,
};

/* What begins the colour, and what ends it: nothing when there is none. */
const char *cli_color(const struct cli *cli, enum cli_color color);
const char *cli_plain(const struct cli *cli);

/* ms, of the clock of events. */
int64_t cli_now_ms(void);
int cli_sleep_ms(int ms);

/*
 * Questions that several verbs ask. They say themselves what went wrong, and
 * return how the command is to end; CLI_OK: *result is owned by the caller.
 */
int cli_ask(struct cli *cli, const char *command, const struct node *request,
	    struct node **answer);
/* All events of a stream, as sections in the order in which they came. */
int cli_collect(struct cli *cli, const char *command, const char *event,
		const struct node *request, struct node **events);
/* The IKE SAs: sections with the peers' names. */
int cli_sas(struct cli *cli, const char *peer, struct node **sas);
int cli_rules(struct cli *cli, struct node **rules);
/* Whether the daemon's answer is a yes; else says its errmsg. */
int cli_success(struct cli *cli, const char *what, const struct node *answer);
/* Every section of a stream as a line of JSON. */
int cli_print_json(struct cli *cli, const char *type, const struct node *list);

/* argv begins behind the command's own name. */
int cli_run(struct cli *cli, int argc, char **argv);

/* The verbs themselves; argv has their arguments only. */
int cli_show_ike(struct cli *cli, int argc, char **argv);
int cli_show_ipsec(struct cli *cli, int argc, char **argv);
int cli_show_policy(struct cli *cli, int argc, char **argv);
int cli_show_config(struct cli *cli, int argc, char **argv);
int cli_show_counters(struct cli *cli, int argc, char **argv);
int cli_show_events(struct cli *cli, int argc, char **argv);
int cli_asa_isakmp_sa(struct cli *cli, int argc, char **argv);
int cli_asa_ikev2_sa(struct cli *cli, int argc, char **argv);
int cli_asa_ikev2_sa_detail(struct cli *cli, int argc, char **argv);
int cli_asa_ipsec_sa(struct cli *cli, int argc, char **argv);
int cli_asa_access_list(struct cli *cli, int argc, char **argv);
int cli_asa_run_crypto_map(struct cli *cli, int argc, char **argv);
int cli_up(struct cli *cli, int argc, char **argv);
int cli_down(struct cli *cli, int argc, char **argv);
int cli_rekey(struct cli *cli, int argc, char **argv);
int cli_wait(struct cli *cli, int argc, char **argv);
int cli_clear_counters(struct cli *cli, int argc, char **argv);
int cli_clear_sa(struct cli *cli, int argc, char **argv);
int cli_clear_ipsec_sa(struct cli *cli, int argc, char **argv);
int cli_monitor(struct cli *cli, int argc, char **argv);
int cli_top(struct cli *cli, int argc, char **argv);
int cli_config_check(struct cli *cli, int argc, char **argv);
int cli_config_diff(struct cli *cli, int argc, char **argv);
int cli_config_apply(struct cli *cli, int argc, char **argv);
int cli_config_confirm(struct cli *cli, int argc, char **argv);
int cli_config_rollback(struct cli *cli, int argc, char **argv);
int cli_config_import(struct cli *cli, int argc, char **argv);
int cli_why(struct cli *cli, int argc, char **argv);
int cli_explain(struct cli *cli, int argc, char **argv);
int cli_packet_tracer(struct cli *cli, int argc, char **argv);
int cli_doctor(struct cli *cli, int argc, char **argv);
int cli_metrics(struct cli *cli, int argc, char **argv);
int cli_capture(struct cli *cli, int argc, char **argv);
int cli_version(struct cli *cli, int argc, char **argv);
int cli_help(struct cli *cli, int argc, char **argv);
int cli_complete(struct cli *cli, int argc, char **argv);

#endif
