// SPDX-License-Identifier: GPL-2.0-only
/* doctor: what on this machine is in the way of tunnels. Looks, changes
 * nothing; what it cannot see without being root it says it cannot see.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "cli.h"
#include "client.h"
#include "config.h"
#include "format.h"
#include "json.h"

struct finding {
	enum { GOOD, DOUBTFUL, BAD } how;
	struct word text;
	const char *remedy;	/* NULL: none is needed */
};

static struct word read_file(const char *path)
{
	struct word word = { "" };
	FILE *file = fopen(path, "re");

	if (!file)
		return word;
	if (!fgets(word.text, sizeof(word.text), file))
		*word.text = '\0';
	fclose(file);
	word.text[strcspn(word.text, "\n")] = '\0';
	return word;
}

static struct finding look_module(struct cli *cli)
{
	struct word version = read_file("/sys/module/culvert/version");

	if (!*version.text && access("/sys/module/culvert", F_OK))
		return (struct finding){ BAD, format_printf("the kernel module is not loaded"),
					 "modprobe culvert; if the kernel refuses its signature, see 'Secure Boot' in culvert(8)" };
	if (strcmp(version.text, CULVERT_VERSION))
		return (struct finding){ DOUBTFUL, format_printf("the module is %.40s, this command " CULVERT_VERSION, version.text),
					 "rmmod culvert; modprobe culvert, so that both are of one version" };
	return (struct finding){ GOOD, format_printf("the module is loaded, %.40s", version.text) };
}

static struct finding look_daemon(struct cli *cli)
{
	char sentence[CLIENT_SENTENCE_MAX];
	struct node *answer = NULL;
	struct finding finding = { GOOD };

	if (!cli->client && client_open(&cli->client, cli->socket, sentence))
		return (struct finding){ BAD, format_printf("%.150s", sentence),
					 "systemctl start culvertd" };
	if (cli_ask(cli, "version", NULL, &answer))
		return (struct finding){ BAD, format_printf("the daemon does not answer"),
					 "journalctl -u culvertd tells more" };
	finding.text = format_printf("the daemon answers, %.40s",
				     node_text(answer, "version"));
	if (strcmp(node_text(answer, "version"), CULVERT_VERSION)) {
		finding.how = DOUBTFUL;
		finding.remedy = "systemctl restart culvertd, so that both are of one version";
	}
	node_free(answer);
	return finding;
}

/* Others that want the same ports and the same packets. */
static struct finding look_rivals(struct cli *cli)
{
	static const char *const rivals[] = { "charon", "charon-systemd",
					      "pluto", "iked", "racoon" };
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct finding finding = { GOOD, format_printf("no other IKE daemon runs") };

	while (proc && (entry = readdir(proc))) {
		struct word path = format_printf("/proc/%.20s/comm",
						 entry->d_name);
		struct word comm;

		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		comm = read_file(path.text);
		for (size_t i = 0; i < ARRAY_SIZE(rivals); i++) {
			if (strcmp(rivals[i], comm.text))
				continue;
			finding = (struct finding){ DOUBTFUL, format_printf("%.40s runs too, process %.20s", comm.text, entry->d_name),
				"stop it, or let it have other ports: both want UDP 500 and 4500" };
		}
	}
	if (proc)
		closedir(proc);
	return finding;
}

/* Whether a UDP socket of this namespace is bound to the port. */
static bool port_is_bound(const char *path, unsigned int port)
{
	FILE *file = fopen(path, "re");
	char line[256];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		const char *colon = strchr(line, ':');

		colon = colon ? strchr(colon + 1, ':') : NULL;
		found = colon && strtoul(colon + 1, NULL, 16) == port;
	}
	if (file)
		fclose(file);
	return found;
}

static struct finding look_ports(struct cli *cli)
{
	bool bound = (port_is_bound("/proc/net/udp", 500) ||
		      port_is_bound("/proc/net/udp6", 500)) &&
		     (port_is_bound("/proc/net/udp", 4500) ||
		      port_is_bound("/proc/net/udp6", 4500));

	if (bound)
		return (struct finding){ GOOD, format_printf("UDP 500 and 4500 are bound") };
	return (struct finding){ BAD, format_printf("UDP 500 and 4500 are not both bound"),
				 "the daemon binds them: systemctl restart culvertd, and look at its log" };
}

static struct finding look_forwarding(struct cli *cli)
{
	struct word four = read_file("/proc/sys/net/ipv4/ip_forward");

	if (!strcmp(four.text, "1"))
		return (struct finding){ GOOD, format_printf("IPv4 is forwarded") };
	return (struct finding){ BAD, format_printf("IPv4 is not forwarded: hosts behind this one get no answer"),
				 "sysctl -w net.ipv4.ip_forward=1, and in /etc/sysctl.d" };
}

/* Strict rp_filter is right here: what was decrypted comes in where its route
 * says. It is told because it explains packets that vanish when routes are not
 * symmetric.
 */
static struct finding look_rp_filter(struct cli *cli)
{
	struct word all = read_file("/proc/sys/net/ipv4/conf/all/rp_filter");

	return (struct finding){ GOOD, format_printf("rp_filter is %.4s: packets of a wrong interface are %s", all.text, *all.text == '0' ? "accepted unless the interface says otherwise" : "dropped") };
}

static struct finding look_xfrm(struct cli *cli)
{
	FILE *file = popen("ip xfrm policy 2>/dev/null", "re");
	size_t n = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		n += !strncmp(line, "src ", 4);
	if (!file || pclose(file))
		return (struct finding){ DOUBTFUL, format_printf("policies of XFRM cannot be seen"),
					 "run it as root" };
	if (!n)
		return (struct finding){ GOOD, format_printf("no policies of XFRM") };
	return (struct finding){ DOUBTFUL, format_printf("%zu policies of XFRM: the kernel's own IPsec looks at packets first", n),
				 "ip xfrm policy shows them; stop what made them" };
}

static struct finding look_lockdown(struct cli *cli)
{
	struct word lockdown = read_file("/sys/kernel/security/lockdown");

	if (!*lockdown.text || strstr(lockdown.text, "[none]"))
		return (struct finding){ GOOD, format_printf("the kernel takes unsigned modules (no lockdown)") };
	return (struct finding){ DOUBTFUL, format_printf("the kernel is locked down: it takes signed modules only"),
				 "mokutil --import /var/lib/dkms/mok.pub, then reboot" };
}

/* IKE has no clock of its own; certificates and logs have. */
static struct finding look_clock(struct cli *cli)
{
	struct timex timex = { 0 };

	if (adjtimex(&timex) != TIME_ERROR)
		return (struct finding){ GOOD, format_printf("the clock is synchronized") };
	return (struct finding){ DOUBTFUL, format_printf("the clock is not synchronized: times in logs may be wrong"),
				 "systemctl enable --now systemd-timesyncd" };
}

/* The first of what is wrong stands for all. */
static struct finding of_notes(const char *path, const struct conf_notes *notes)
{
	struct finding finding = { notes->errors ? BAD : DOUBTFUL };

	finding.text = format_printf("%.40s: %zu errors, %zu warnings: %.80s",
				     path, notes->errors, notes->warnings,
				     notes->n ? notes->note[0].sentence : "");
	finding.remedy = "culvert config check tells all of it";
	return finding;
}

static struct finding look_configuration(struct cli *cli)
{
	struct conf_notes notes = { 0 };
	struct config_file file;
	struct finding finding;
	bool differs = false;
	struct conf *conf;
	int err;

	config_locate(cli, NULL, &file);
	err = config_read(&file, &conf, &notes);
	if (!err && file.answer)
		config_differs(cli, conf, &differs);
	if (err || notes.warnings)
		finding = of_notes(file.path, &notes);
	else if (differs)
		finding = (struct finding){ DOUBTFUL, format_printf("%.80s is not what is in force", file.path),
			"culvert config diff shows what differs; culvert config apply reads it" };
	else
		finding = (struct finding){ GOOD, format_printf("%.80s is in order", file.path) };
	conf_free(conf);
	conf_notes_clear(&notes);
	config_forget(&file);
	return finding;
}

/* What the kernel did not take, or what leaves in clear, is in a rule's status. */
static struct finding of_rules(const struct node *rules)
{
	struct finding finding = { GOOD };
	const struct node *bad = NULL;
	size_t n = 0, failed = 0;

	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		n += node_has(rule, "status");
		if (!node_is(rule, "status", "failed"))
			continue;
		bad = bad ?: rule;
		failed++;
	}
	if (!bad) {
		finding.text = format_printf("none of %zu protect rules has failed",
					     n);
		return finding;
	}
	finding.how = BAD;
	finding.text = format_printf("%zu of %zu protect rules failed: %.40s: %.80s",
				     failed, n, node_text(bad, "child"),
				     node_has(bad, "text") ?
				     node_text(bad, "text") :
				     node_text(bad, "sentence"));
	finding.remedy = "culvert show policy tells all, culvert why NAME what to change";
	return finding;
}

static struct finding ask_rules(struct cli *cli,
				struct finding (*of)(const struct node *rules))
{
	struct finding finding = { DOUBTFUL, format_printf("the daemon does not tell its rules") };
	struct node *rules;

	finding.remedy = "culvertd has to run";
	if (!cli->client || cli_rules(cli, &rules))
		return finding;
	finding = of(rules);
	node_free(rules);
	return finding;
}

static struct finding look_tunnels(struct cli *cli)
{
	return ask_rules(cli, of_rules);
}

/* Packets that matched, of no connection, where none is tracked at all. */
static struct finding of_tracking(const struct node *rules)
{
	struct word tracked = read_file("/proc/sys/net/netfilter/nf_conntrack_count");
	uint64_t packets = 0, flows = 0;

	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		packets += node_number(rule, "packets");
		flows += node_number(rule, "flows");
	}
	if (!packets || flows || strtoul(tracked.text, NULL, 10))
		return (struct finding){ GOOD, format_printf("nothing says that connections are not tracked") };
	return (struct finding){ DOUBTFUL, format_printf("connections are not tracked: the hits of rules stay at 0"),
				 "a rule of nftables with 'ct state' in it has them tracked" };
}

static struct finding look_tracking(struct cli *cli)
{
	return ask_rules(cli, of_tracking);
}

static const struct {
	const char *name;
	struct finding (*look)(struct cli *cli);
} looks[] = {
	{ "module", look_module },
	{ "daemon", look_daemon },
	{ "configuration", look_configuration },
	{ "tunnels", look_tunnels },
	{ "tracking", look_tracking },
	{ "rivals", look_rivals },
	{ "ports", look_ports },
	{ "forwarding", look_forwarding },
	{ "rp_filter", look_rp_filter },
	{ "xfrm", look_xfrm },
	{ "lockdown", look_lockdown },
	{ "clock", look_clock },
};

static const char *const words[] = { "ok", "look", "BAD" };

static void print_finding(struct cli *cli, const char *name,
			  const struct finding *finding)
{
	static const enum cli_color colors[] = { CLI_GREEN, CLI_YELLOW,
						 CLI_RED };

	fprintf(cli->out, "%s%-4s%s  %-13s %s\n",
		cli_color(cli, colors[finding->how]), words[finding->how],
		cli_plain(cli), name, finding->text.text);
	if (finding->remedy)
		fprintf(cli->out, "                     %s\n", finding->remedy);
}

static void print_json(struct cli *cli, const char *name,
		       const struct finding *finding)
{
	struct node *node = node_new(NODE_SECTION, "");

	node_set(node, "finding", "%s", words[finding->how]);
	node_set(node, "text", "%s", finding->text.text);
	if (finding->remedy)
		node_set(node, "remedy", "%s", finding->remedy);
	if (node)
		json_print(cli->out, "doctor", name, node);
	node_free(node);
}

int cli_doctor(struct cli *cli, int argc, char **argv)
{
	size_t bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		struct finding finding = looks[i].look(cli);

		bad += finding.how == BAD;
		if (cli->json)
			print_json(cli, looks[i].name, &finding);
		else
			print_finding(cli, looks[i].name, &finding);
	}
	return bad ? CLI_FAILED : CLI_OK;
}
