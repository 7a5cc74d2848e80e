// SPDX-License-Identifier: GPL-2.0-only
/* explain: what would become of a packet. The kernel is asked, with its routes
 * and its rules in force; what is added here is why earlier rules are not the
 * ones, and what the daemon knows of the SA.
 */

#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "json.h"
#include "names.h"
#include "option.h"

/* Rules that come before the one that matches, and are told. */
#define PASSED_MAX 8

struct flow {
	const char *source;
	const char *destination;
	uint8_t protocol;
	bool has_ports;
	unsigned int source_port;	/* or the type and the code of ICMP */
	unsigned int destination_port;
};

static bool parse_protocol(const char *text, uint8_t *protocol)
{
	const struct protoent *entry = getprotobyname(text);
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end && number < 256) {
		*protocol = number;
		return true;
	}
	if (!strcmp(text, "ip"))
		*protocol = 0;
	else if (!strcmp(text, "icmp"))
		*protocol = IPPROTO_ICMP;
	else if (!strcmp(text, "tcp"))
		*protocol = IPPROTO_TCP;
	else if (!strcmp(text, "udp"))
		*protocol = IPPROTO_UDP;
	else if (!strcmp(text, "icmp6"))
		*protocol = IPPROTO_ICMPV6;
	else if (entry)
		*protocol = entry->p_proto;
	else
		return false;
	return true;
}

static int flow_address(struct cli *cli, const char *text)
{
	uint8_t octets[16];

	if (inet_pton(AF_INET, text, octets) == 1 ||
	    inet_pton(AF_INET6, text, octets) == 1)
		return CLI_OK;
	return cli_fail(cli, CLI_USAGE, "'%s' is no address: expected one such as 192.168.100.11",
			text);
}

/* SRC DST [PROTOCOL [PORT or SPORT DPORT, TYPE CODE]] */
static int flow_parse(struct cli *cli, int argc, char **argv,
		      struct flow *flow)
{
	int err = flow_address(cli, argv[0]);

	*flow = (struct flow){ argv[0], argv[1] };
	if (!err)
		err = flow_address(cli, argv[1]);
	if (!err && argc > 2 && !parse_protocol(argv[2], &flow->protocol))
		err = cli_fail(cli, CLI_USAGE, "'%s' is no protocol: expected icmp, tcp, udp or a number",
			       argv[2]);
	if (err || argc < 4)
		return err;
	flow->has_ports = true;
	if (argc == 4 && flow->protocol != IPPROTO_ICMP &&
	    flow->protocol != IPPROTO_ICMPV6)
		return option_number(cli, "destination port", argv[3], 0, 65535,
				     &flow->destination_port);
	err = option_number(cli, "source port or ICMP type", argv[3], 0, 65535,
			    &flow->source_port);
	if (!err && argc > 4)
		err = option_number(cli, "destination port or ICMP code",
				    argv[4], 0, 65535, &flow->destination_port);
	return err;
}

static int ask(struct cli *cli, const struct flow *flow, struct node **answer)
{
	struct node *request = node_new(NODE_SECTION, "");
	unsigned int length;
	int err = CLI_OK;

	*answer = NULL;
	node_set(request, "source", "%s", flow->source);
	node_set(request, "destination", "%s", flow->destination);
	if (flow->protocol)
		node_set(request, "protocol", "%u", flow->protocol);
	if (flow->has_ports) {
		node_set(request, "source-port", "%u", flow->source_port);
		node_set(request, "destination-port", "%u",
			 flow->destination_port);
	}
	if (cli->options[0]) {
		err = option_number(cli, "--length", cli->options[0], 20, 65535,
				    &length);
		if (!err)
			node_set(request, "length", "%u", length);
	}
	if (cli->options[1])
		node_set(request, "device", "%s", cli->options[1]);
	if (!err)
		err = cli_ask(cli, "culvert-explain", request, answer);
	node_free(request);
	return err ? err : cli_success(cli, "explain", *answer);
}

/* --- why a rule is not the one --- */

static bool address_in(const char *text, const struct ike_ts *ts)
{
	size_t len = ike_ts_address_len(ts);
	uint8_t octets[16];

	return inet_pton(len == 4 ? AF_INET : AF_INET6, text, octets) == 1 &&
	       memcmp(octets, ts->first, len) >= 0 &&
	       memcmp(octets, ts->last, len) <= 0;
}

static const char *why_not(const struct node *rule, const struct flow *flow,
			   const char *device)
{
	struct ike_ts local, remote;

	if (*device && !node_is(rule, "device", device))
		return "is of another interface";
	if (ike_ts_parse(&local, node_text(rule, "local")) ||
	    ike_ts_parse(&remote, node_text(rule, "remote")))
		return "cannot be compared here";
	if (!address_in(flow->source, &local))
		return "the source is not in it";
	if (!address_in(flow->destination, &remote))
		return "the destination is not in it";
	if (local.protocol && local.protocol != flow->protocol)
		return "is of another protocol";
	return "is of other ports or types";
}

static struct word rule_name(const struct node *rule)
{
	if (!node_has(rule, "map"))
		return format_printf("IKE itself");
	return format_printf("%.40s %.6s / %.60s line %.6s.%.6s",
			     node_text(rule, "map"),
			     node_text(rule, "sequence"),
			     node_text(rule, "acl"), node_text(rule, "line"),
			     node_text(rule, "element"));
}

static void print_passed(struct cli *cli, const struct node *rules,
			 const struct node *match, const struct flow *flow,
			 const char *device)
{
	size_t n = 0;

	for (const struct node *rule = rules->first; rule && rule != match;
	     rule = rule->next) {
		struct word name = rule_name(rule);

		if (!node_has(rule, "map"))
			continue;
		if (n++ < PASSED_MAX)
			fprintf(cli->out, "             %snot %s: %s%s\n",
				cli_color(cli, CLI_DIM), name.text,
				why_not(rule, flow, device), cli_plain(cli));
	}
	if (n > PASSED_MAX)
		fprintf(cli->out, "             and %zu more before it\n",
			n - PASSED_MAX);
}

/* --- the steps --- */

static void step(struct cli *cli, unsigned int *n, const char *name,
		 const char *text, const char *result)
{
	fprintf(cli->out, "%u %-10s %-60s %s\n", ++*n, name, text, result);
}

static const struct node *find_rule(const struct node *rules,
				    const struct node *answer)
{
	const struct node *rule = rules->first;

	if (!node_has(answer, "rule"))
		return NULL;
	while (rule && !node_is(rule, "id", node_text(answer, "rule")))
		rule = rule->next;
	return rule;
}

static void print_route(struct cli *cli, const struct node *route,
			const struct flow *flow, unsigned int *n)
{
	struct word text = format_printf("%.50s%s%.50s dev %.16s",
					 flow->destination,
					 node_has(route, "gateway") ? " via " :
								      "",
					 node_text(route, "gateway"),
					 node_text(route, "device"));

	if (node_has(route, "error"))
		step(cli, n, "route", node_text(route, "error"), "NONE");
	else
		step(cli, n, "route", text.text, "ok");
}

/* The Child SA that it would leave by, which knows its SA in; NULL: none does. */
static const struct node *find_child(const struct node *sas,
				     const struct node *answer)
{
	const struct node *sa = sas ? sas->first : NULL;

	for (; sa; sa = sa->next) {
		const struct node *children = node_find(sa, "child-sas");
		const struct node *child = children ? children->first : NULL;

		for (; child; child = child->next) {
			if (node_is(child, "spi-out", node_text(answer, "spi")) &&
			    (!node_has(child, "rule") ||
			     node_is(child, "rule", node_text(answer, "rule"))))
				return child;
		}
	}
	return NULL;
}

static void print_spi(struct cli *cli, const struct node *answer,
		      const struct node *child, unsigned int *n)
{
	struct word left = format_duration(node_number(child, "life-time"));
	struct word text;

	text = format_printf("out %s", node_text(answer, "spi"));
	if (child)
		text = format_printf("out %.8s, sequence number %" PRIu64 ", %.20s left",
				     node_text(answer, "spi"),
				     node_number(node_find(child, "out"),
						 "sequence") + 1,
				     node_has(child, "life-time") ? left.text :
				     "no time");
	step(cli, n, "SA", text.text, "ok");
}

static void print_sa(struct cli *cli, const struct node *answer,
		     const struct node *rule, const struct node *child,
		     unsigned int *n)
{
	struct word text;

	if (node_has(answer, "spi")) {
		print_spi(cli, answer, child, n);
	} else {
		text = format_printf("none: packets wait while culvertd asks %.60s for one",
				     node_text(rule, "peer"));
		step(cli, n, "SA", text.text, "HOLD");
	}
	if (!node_has(answer, "wire-length"))
		return;
	text = format_printf("%s octets on the wire, inner packets up to %s",
			     node_text(answer, "wire-length"),
			     node_text(answer, "inner-mtu"));
	step(cli, n, "size", text.text, "ok");
}

/* The kernel's words for verdicts; others are told as they are. */
static const struct {
	const char *verdict;
	const char *sentence;
} verdicts[] = {
	{ "protect", "ENCRYPT" },
	{ "fragment", "ENCRYPT, in fragments," },
	{ "hold", "HOLD until there is an SA, then ENCRYPT" },
	{ "no-rule", "let it pass in CLEAR: no rule covers it" },
	{ "bypass", "let it pass in CLEAR: a line says deny" },
	{ "discard", "DROP: a line says discard" },
	{ "too-big", "DROP and tell the sender: too big for the way" },
	{ "selectors", "DROP: the SA was agreed on for less than the rule, which goes" },
	{ "ports-unknown", "DROP: a later fragment, and the rule names ports, which goes" },
};

static const char *verdict_sentence(const char *verdict)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (!strcmp(verdicts[i].verdict, verdict))
			return verdicts[i].sentence;
	}
	return verdict;
}

/* Of NAT the module's own part is known; what nftables does is not asked. */
static void print_nat(struct cli *cli, bool protect, unsigned int *n)
{
	if (protect)
		step(cli, n, "nat",
		     "exempt: the module accepts it before any source NAT",
		     "ok");
	else
		step(cli, n, "nat",
		     "not looked at: rules of nftables may translate it", "-");
}

static void print_return(struct cli *cli, const struct flow *flow,
			 const struct node *answer, const struct node *child,
			 bool protect)
{
	if (protect)
		fprintf(cli->out, "return: %s → %s must come through that tunnel%s%s; in clear it is dropped\n",
			flow->destination, flow->source,
			child ? ", on SPI " : "", node_text(child, "spi-in"));
	else if (node_has(answer, "return-verdict"))
		fprintf(cli->out, "return: %s → %s: %s\n", flow->destination,
			flow->source,
			verdict_sentence(node_text(answer, "return-verdict")));
}

static void print_steps(struct cli *cli, const struct flow *flow,
			const struct node *answer, const struct node *rules,
			const struct node *sas)
{
	const struct node *child = find_child(sas, answer);
	const struct node *route = node_find(answer, "route");
	const struct node *rule = find_rule(rules, answer);
	bool protect = node_is(rule, "action", "protect");
	struct word name = rule_name(rule ?: answer);
	struct word text;
	unsigned int n = 0;

	print_route(cli, route, flow, &n);
	print_nat(cli, protect, &n);
	if (rule)
		text = format_printf("%.90s → %.10s %.40s", name.text,
				     node_text(rule, "action"),
				     node_text(rule, "peer"));
	else
		text = format_printf("no rule covers it");
	step(cli, &n, "policy", text.text, rule ? "MATCH" : "none");
	print_passed(cli, rules, rule, flow, node_text(route, "device"));
	if (protect)
		print_sa(cli, answer, rule, child, &n);
	fprintf(cli->out, "%sverdict: %s%s%s%s\n", cli_color(cli, CLI_BOLD),
		verdict_sentence(node_text(answer, "verdict")),
		protect ? " to " : "",
		protect ? node_text(rule, "remote-addrs") : "", cli_plain(cli));
	print_return(cli, flow, answer, child, protect);
}

static int explain(struct cli *cli, const struct flow *flow)
{
	struct node *answer = NULL, *rules = NULL, *sas = NULL;
	int err = ask(cli, flow, &answer);

	if (!err && cli->json)
		json_print(cli->out, "explain", NULL, answer);
	else if (!err)
		err = cli_rules(cli, &rules);
	if (rules && node_has(answer, "spi"))
		err = cli_sas(cli, NULL, &sas);
	if (rules)
		print_steps(cli, flow, answer, rules, sas);
	node_free(answer);
	node_free(rules);
	node_free(sas);
	return err;
}

int cli_explain(struct cli *cli, int argc, char **argv)
{
	struct flow flow;
	int err = flow_parse(cli, argc, argv, &flow);

	return err ? err : explain(cli, &flow);
}

/* packet-tracer input DEVICE PROTOCOL SRC [SPORT] DST [DPORT], and of ICMP SRC
 * TYPE CODE DST, as on an ASA. The device is where the packet comes in: it does
 * not matter here.
 */
int cli_packet_tracer(struct cli *cli, int argc, char **argv)
{
	char *words[5] = { argv[2], NULL, argv[1] };

	if (argc == 4) {
		words[1] = argv[3];
		return cli_explain(cli, 3, words);
	}
	if (argc == 5)
		return cli_fail(cli, CLI_USAGE, "usage: culvert packet-tracer input DEVICE tcp SRC SPORT DST DPORT");
	if (!strcmp(argv[1], "icmp")) {
		words[1] = argv[5];
		words[3] = argv[3];
		words[4] = argv[4];
	} else {
		words[1] = argv[4];
		words[3] = argv[3];
		words[4] = argv[5];
	}
	return cli_explain(cli, 5, words);
}
