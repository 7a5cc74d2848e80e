// SPDX-License-Identifier: GPL-2.0-only
/* IKE SAs as an ASA tells them: show crypto isakmp sa, show crypto ikev2 sa
 * [detail]. Tools read this with patterns: each field stands where it stands
 * there.
 */

#include <inttypes.h>
#include <string.h>

#include "asa.h"
#include "names.h"

static const char *status(const struct node *sa)
{
	static const struct {
		const char *state;
		const char *status;
	} states[] = {
		{ "ESTABLISHED", "READY" }, { "CONNECTING", "IN-NEG" },
		{ "REKEYING", "REKEY" }, { "REKEYED", "REKEY" },
		{ "DELETING", "DELETE" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (node_is(sa, "state", states[i].state))
			return states[i].status;
	}
	return "READY";
}

static size_t count(const struct node *list)
{
	const struct node *node = list ? list->first : NULL;
	size_t n = 0;

	for (; node; node = node->next)
		n++;
	return n;
}

/* IKE SAs of one session: while one replaces the other, both. */
static size_t count_session(const struct node *sas, const struct node *of)
{
	const char *session = node_text(of, "session");
	size_t n = 0;

	for (const struct node *sa = sas->first; sa; sa = sa->next)
		n += node_is(sa, "session", session);
	return *session ? n : 1;
}

static void print_session(struct cli *cli, const struct node *sas,
			  const struct node *sa)
{
	const struct node *children = node_find(sa, "child-sas");
	size_t n = count(children);

	fprintf(cli->out, "\nSession-id:%s, Status:%s, IKE count:%zu, CHILD count:%zu\n\n",
		node_has(sa, "session") ? node_text(sa, "session") :
					  node_text(sa, "uniqueid"),
		node_is(sa, "state", "CONNECTING") ? "UP-IDLE" :
		n ? "UP-ACTIVE" : "UP-IDLE", count_session(sas, sa), n);
	fputs("Tunnel-id Local                                               Remote                                                  Status         Role\n",
	      cli->out);
}

static struct word upper(const char *text)
{
	struct word word = format_printf("%s", text);

	for (char *c = word.text; *c; c++)
		*c -= *c >= 'a' && *c <= 'z' ? 'a' - 'A' : 0;
	return word;
}

static void print_sa(struct cli *cli, const struct node *sa)
{
	struct word local = format_printf("%s/%s", node_text(sa, "local-host"),
					  node_text(sa, "local-port"));
	struct word remote = format_printf("%s/%s",
					   node_text(sa, "remote-host"),
					   node_text(sa, "remote-port"));
	struct word encr = asa_encryption(node_text(sa, "encr-alg"));
	struct word hash = asa_hash(node_text(sa, "integ-alg"));
	struct word sign = upper(node_text(sa, "local-auth"));
	struct word verify = upper(node_text(sa, "remote-auth"));

	fprintf(cli->out, "%9u %-51s %-55s %8s    %s\n", asa_tunnel_id(sa),
		local.text, remote.text, status(sa),
		node_is(sa, "initiator", "yes") ? "INITIATOR" : "RESPONDER");
	if (!node_has(sa, "encr-alg"))
		return;
	fprintf(cli->out, "      Encr: %s, ", encr.text);
	if (node_has(sa, "encr-keysize"))
		fprintf(cli->out, "keysize: %s, ",
			node_text(sa, "encr-keysize"));
	fprintf(cli->out, "Hash: %s, DH Grp:%u, Auth sign: %s, Auth verify: %s\n",
		hash.text, format_group(node_text(sa, "dh-group")), sign.text,
		verify.text);
	fprintf(cli->out, "      Life/Active Time: %s/%" PRIu64 " sec\n",
		node_text(sa, "lifetime"), node_number(sa, "established"));
}

static void print_detail(struct cli *cli, const struct node *sa)
{
	bool initiator = node_is(sa, "initiator", "yes");
	struct word local = upper(node_text(sa, initiator ? "initiator-spi" :
							    "responder-spi"));
	struct word remote = upper(node_text(sa, initiator ? "responder-spi" :
							     "initiator-spi"));
	uint64_t dpd = node_number(sa, "dpd-delay");

	fprintf(cli->out, "      Session-id: %s\n      Status Description: Negotiation %s\n",
		node_text(sa, "session"),
		node_is(sa, "state", "CONNECTING") ? "under way" : "done");
	fprintf(cli->out, "      Local spi: %s       Remote spi: %s\n",
		local.text, remote.text);
	fprintf(cli->out, "      Local id: %s\n      Remote id: %s\n",
		node_text(sa, "local-id"), node_text(sa, "remote-id"));
	/* Windows are of one message here (RFC 7296 2.3). */
	fprintf(cli->out, "      Local req mess id: %s           Remote req mess id: %s\n",
		node_text(sa, "next-request"), node_text(sa, "next-response"));
	fprintf(cli->out, "      Local next mess id: %s          Remote next mess id: %s\n",
		node_text(sa, "next-request"), node_text(sa, "next-response"));
	fprintf(cli->out, "      Local req queued: %s            Remote req queued: %s\n      Local window: 1                 Remote window: 1\n",
		node_text(sa, "next-request"), node_text(sa, "next-response"));
	if (dpd)
		fprintf(cli->out, "      DPD configured for %" PRIu64 " seconds, retry 2\n",
			dpd);
	else
		fputs("      DPD not configured\n", cli->out);
	fprintf(cli->out, "      NAT-T is %sdetected %s%s%s\n",
		node_is(sa, "nat-any", "yes") ||
		node_is(sa, "nat-local", "yes") ||
		node_is(sa, "nat-remote", "yes") ? "" : "not ",
		node_is(sa, "nat-local", "yes") ? "inside" : "",
		node_is(sa, "nat-local", "yes") &&
		node_is(sa, "nat-remote", "yes") ? " and " : "",
		node_is(sa, "nat-remote", "yes") ? "outside" : "");
	fprintf(cli->out, "      IKEv2 Fragmentation %s\n",
		node_is(sa, "fragmentation", "yes") ? "enabled" : "disabled");
}

/* 192.168.100.0/0 - 192.168.100.255/65535 */
static void print_range(struct cli *cli, const struct ike_ts *ts)
{
	struct word first = format_address(ts, false);
	struct word last = format_address(ts, true);

	fprintf(cli->out, "%s/%u - %s/%u", first.text, ts->port_first,
		last.text, ts->port_last);
}

static void print_child(struct cli *cli, const struct node *child, bool detail)
{
	const struct node *local = node_find(child, "local-ts");
	const struct node *remote = node_find(child, "remote-ts");
	struct ike_ts from, to;
	struct word encr = asa_encryption(node_text(child, "encr-alg"));
	struct word hash = asa_hash(node_text(child, "integ-alg"));

	for (size_t i = 0; asa_selector(local, i, &from); i++) {
		fputs(i ? "          local selector  " :
			  "Child sa: local selector  ", cli->out);
		print_range(cli, &from);
		fputc('\n', cli->out);
	}
	for (size_t i = 0; asa_selector(remote, i, &to); i++) {
		fputs("          remote selector ", cli->out);
		print_range(cli, &to);
		fputc('\n', cli->out);
	}
	fprintf(cli->out, "          ESP spi in/out: 0x%s/0x%s\n",
		node_text(child, "spi-in"), node_text(child, "spi-out"));
	if (!detail)
		return;
	fprintf(cli->out, "          AH spi in/out: 0x0/0x0\n          CPI in/out: 0x0/0x0\n          Encr: %s, keysize: %s, esp_hmac: %s\n          ah_hmac: None, comp: IPCOMP_NONE, mode %s\n",
		encr.text, node_has(child, "encr-keysize") ?
		node_text(child, "encr-keysize") : "0", hash.text,
		node_is(child, "mode", "TRANSPORT") ? "transport" : "tunnel");
}

static void print_all(struct cli *cli, const struct node *sas, bool detail)
{
	for (const struct node *sa = sas->first; sa; sa = sa->next) {
		const struct node *children = node_find(sa, "child-sas");

		print_session(cli, sas, sa);
		print_sa(cli, sa);
		if (detail)
			print_detail(cli, sa);
		for (const struct node *child = children ? children->first :
		     NULL; child; child = child->next)
			print_child(cli, child, detail);
	}
}

static int show(struct cli *cli, const char *peer, bool ikev1, bool detail)
{
	struct node *sas;
	int err = cli_sas(cli, peer, &sas);

	if (err)
		return err;
	if (cli->json) {
		err = cli_print_json(cli, "ike-sa", sas);
		node_free(sas);
		return err;
	}
	if (ikev1)
		fputs("\nThere are no IKEv1 SAs\n", cli->out);
	fputs(sas->first ? "\nIKEv2 SAs:\n" : "\nThere are no IKEv2 SAs\n",
	      cli->out);
	print_all(cli, sas, detail);
	node_free(sas);
	return CLI_OK;
}

int cli_asa_isakmp_sa(struct cli *cli, int argc, char **argv)
{
	return show(cli, NULL, true, false);
}

int cli_asa_ikev2_sa(struct cli *cli, int argc, char **argv)
{
	return show(cli, argc ? argv[0] : NULL, false, false);
}

int cli_asa_ikev2_sa_detail(struct cli *cli, int argc, char **argv)
{
	return show(cli, NULL, false, true);
}
