// SPDX-License-Identifier: GPL-2.0-only
/* Child SAs as an ASA tells them: show crypto ipsec sa. What each field means
 * there it means here; what culvert does not do (compression) is 0, and is so.
 */

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "asa.h"
#include "bitmap.h"

/* (192.168.100.0/255.255.255.0/0/0); ports that are a range: 6/0 - 65535 is any
 */
static void print_ident(struct cli *cli, const char *which,
			const struct node *list)
{
	struct word first, mask;
	struct ike_ts ts;

	if (!asa_selector(list, 0, &ts))
		return;
	first = format_address(&ts, false);
	mask = format_mask(&ts);
	if (!*mask.text)
		mask = format_address(&ts, true);
	fprintf(cli->out, "      %s ident (addr/mask/prot/port): (%s%s%s/%u/",
		which, first.text, *mask.text == '/' ? "" : "/", mask.text,
		ts.protocol);
	if (!ts.port_first && ts.port_last == UINT16_MAX)
		fputs("0)\n", cli->out);
	else if (ts.port_first == ts.port_last)
		fprintf(cli->out, "%u)\n", ts.port_first);
	else
		fprintf(cli->out, "%u - %u)\n", ts.port_first, ts.port_last);
}

static void print_head(struct cli *cli, const struct node *sa,
		       const struct node *child)
{
	const struct node *local = node_find(child, "local-ts");
	const struct node *remote = node_find(child, "remote-ts");
	struct ace ace = asa_ace("permit",
				 local && local->first ?
				 local->first->value ?: "" : "",
				 remote && remote->first ?
				 remote->first->value ?: "" : "",
				 node_text(child, "acl-source"));

	fprintf(cli->out, "    Crypto map tag: %s, seq num: %s, local addr: %s\n\n",
		node_text(child, "map"), node_text(child, "sequence"),
		node_text(sa, "local-host"));
	fprintf(cli->out, "      access-list %s extended %s\n",
		node_text(child, "acl"), ace.text);
	print_ident(cli, "local", local);
	print_ident(cli, "remote", remote);
	fprintf(cli->out, "      current_peer: %s\n\n\n",
		node_text(sa, "remote-host"));
}

/* A row of counters, each "NAME: VALUE"; without a key it is 0 and stays so. */
struct counter {
	const char *name;
	const char *key;
	bool in;		/* of the SA in; else out */
	bool last;		/* of its line */
};

static const struct counter counters[] = {
	{ "#pkts encaps", "encaps" },
	{ "#pkts encrypt", "encrypts" },
	{ "#pkts digest", "digests", false, true },
	{ "#pkts decaps", "decaps", true },
	{ "#pkts decrypt", "decrypts", true },
	{ "#pkts verify", "verifies", true, true },
	{ "#pkts compressed", NULL },
	{ "#pkts decompressed", NULL, false, true },
	{ "#pkts not compressed", "encaps" },
	{ "#pkts comp failed", NULL },
	{ "#pkts decomp failed", NULL, false, true },
	{ "#pre-frag successes", "pre-frag-successes" },
	{ "#pre-frag failures", "pre-frag-failures" },
	{ "#fragments created", "fragments-created", false, true },
	{ "#PMTUs sent", "pmtus-sent" },
	{ "#PMTUs rcvd", "pmtus-rcvd" },
	{ "#decapsulated frgs needing reassembly", "fragments-in", true, true },
	{ "#TFC rcvd", "tfc-rcvd", true },
	{ "#TFC sent", "tfc-sent", false, true },
	{ "#Valid ICMP Errors rcvd", "icmp-errors-valid", true },
	{ "#Invalid ICMP Errors rcvd", "icmp-errors-invalid", true, true },
	{ "#send errors", "send-errors" },
	{ "#recv errors", "recv-errors", true, true },
};

static void print_counters(struct cli *cli, const struct node *in,
			   const struct node *out)
{
	bool first = true;

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		const struct counter *row = &counters[i];
		uint64_t value = row->key ?
			node_number(row->in ? in : out, row->key) : 0;

		fprintf(cli->out, "%s%s: %" PRIu64 "%s",
			first ? "      " : ", ", row->name, value,
			row->last ? "\n" : "");
		first = row->last;
	}
	fputc('\n', cli->out);
}

/* (44): what is before the payload. 74: with the most that may come behind it,
 * a whole block of padding counted.
 */
static void print_sizes(struct cli *cli, const struct node *child,
			const struct node *out)
{
	uint64_t before = node_number(out, "overhead-before");
	uint64_t worst = before + node_number(out, "overhead-after") +
			 node_number(out, "block");
	const char *df = node_text(child, "df");

	fprintf(cli->out, "      path mtu %s, ipsec overhead %" PRIu64 "(%" PRIu64 "), media mtu %s\n",
		node_text(out, "path-mtu"), worst, before,
		node_text(out, "media-mtu"));
	fprintf(cli->out, "      PMTU time remaining (sec): %" PRIu64 ", DF policy: %s-df\n",
		node_number(out, "path-mtu-age") / 1000, *df ? df : "copy");
	/* An error that quotes a packet outside of the selectors is dropped,
	 * which an ASA does when it is told to.
	 */
	fputs("      ICMP error validation: enabled, TFC packets: disabled\n",
	      cli->out);
}

static void print_spis(struct cli *cli,
		       const struct node *child)
{
	unsigned long in = strtoul(node_text(child, "spi-in"), NULL, 16);
	unsigned long out = strtoul(node_text(child, "spi-out"), NULL, 16);

	fprintf(cli->out, "      current outbound spi: %08lX\n", out);
	fprintf(cli->out, "      current inbound spi : %08lX\n\n", in);
}

static uint64_t left(uint64_t most, uint64_t used)
{
	return most > used ? most - used : 0;
}

static void print_timing(struct cli *cli, const struct node *way)
{
	uint64_t octets = node_number(way, "hard-octets");
	uint64_t seconds = left(node_number(way, "hard-seconds"),
				node_number(way, "age-ms") / 1000);
	uint64_t kilobytes = left(octets, node_number(way, "octets")) / 1024;

	fputs("         sa timing: remaining key lifetime ", cli->out);
	if (octets)
		fprintf(cli->out, "(kB/sec): (%" PRIu64 "/%" PRIu64 ")\n",
			kilobytes, seconds);
	else
		fprintf(cli->out, "(sec): %" PRIu64 "\n", seconds);
}

static void print_settings(struct cli *cli, const struct node *child)
{
	fprintf(cli->out, "         in use settings ={L2L, %s,%s ",
		node_is(child, "mode", "TRANSPORT") ? "Transport" : "Tunnel",
		node_is(child, "encap", "yes") ? " NAT-T-Encaps," : "");
	if (node_has(child, "pfs-group"))
		fprintf(cli->out, "PFS Group %s, ",
			node_text(child, "pfs-group"));
	fprintf(cli->out, "IKEv2, %s}\n",
		node_is(child, "state", "REKEYED") ? "Rekeyed, " : "");
}

static void print_way(struct cli *cli, const struct node *sa,
		      const struct node *child, const struct node *way, bool in)
{
	unsigned long spi = strtoul(node_text(child, in ? "spi-in" : "spi-out"),
				    NULL, 16);
	struct word transform = asa_transform(child);
	uint64_t bits = in ? replay_bits(way) : 1;

	fprintf(cli->out, "    %s esp sas:\n", in ? "inbound" : "outbound");
	fprintf(cli->out, "      spi: 0x%08lX (%lu)\n", spi, spi);
	fprintf(cli->out, "         SA State: %s\n", way ? "active" : "down");
	fprintf(cli->out, "         transform: %s no compression\n",
		transform.text);
	print_settings(cli, child);
	fprintf(cli->out, "         slot: 0, conn_id: %s, crypto-map: %s\n",
		node_has(sa, "session") ? node_text(sa, "session") :
					  node_text(sa, "uniqueid"),
		node_text(child, "map"));
	if (!way)
		return;
	print_timing(cli, way);
	fprintf(cli->out, "         IV size: %s bytes\n",
		node_text(way, "iv-length"));
	fputs("         replay detection support: Y\n", cli->out);
	fputs("         Anti replay bitmap:\n", cli->out);
	fprintf(cli->out, "          0x%08" PRIX32 " 0x%08" PRIX32 "\n",
		(uint32_t)(bits >> 32), (uint32_t)bits);
}

static void print_child(struct cli *cli, const struct node *sa,
			const struct node *child)
{
	const struct node *in = node_find(child, "in");
	const struct node *out = node_find(child, "out");

	print_head(cli, sa, child);
	print_counters(cli, in, out);
	fprintf(cli->out, "      local crypto endpt.: %s/%s, remote crypto endpt.: %s/%s\n",
		node_text(sa, "local-host"), node_text(sa, "local-port"),
		node_text(sa, "remote-host"), node_text(sa, "remote-port"));
	print_sizes(cli, child, out);
	print_spis(cli, child);
	print_way(cli, sa, child, in, true);
	print_way(cli, sa, child, out, false);
	fputc('\n', cli->out);
}

static bool is_wanted(const struct node *sa, const char *peer)
{
	return !peer || !strcmp(sa->name, peer) ||
	       node_is(sa, "remote-host", peer);
}

/* Interfaces in the order of their first child. */
static size_t print_device(struct cli *cli, const struct node *sas,
			   const char *device, const char *peer)
{
	size_t n = 0;

	for (const struct node *sa = sas->first; sa; sa = sa->next) {
		const struct node *children = node_find(sa, "child-sas");
		const struct node *child = children ? children->first : NULL;

		for (; child && is_wanted(sa, peer); child = child->next) {
			if (!node_is(child, "device", device))
				continue;
			if (!n++)
				fprintf(cli->out, "interface: %s\n", device);
			print_child(cli, sa, child);
		}
	}
	return n;
}

#define DEVICES_MAX 64

static size_t print_all(struct cli *cli, const struct node *sas,
			const char *peer)
{
	const char *seen[DEVICES_MAX];
	size_t n = 0, shown = 0;

	for (const struct node *sa = sas->first; sa; sa = sa->next) {
		const struct node *children = node_find(sa, "child-sas");
		const struct node *child = children ? children->first : NULL;

		for (; child; child = child->next) {
			const char *device = node_text(child, "device");
			size_t i = 0;

			while (i < n && strcmp(seen[i], device))
				i++;
			if (i < n || n == DEVICES_MAX)
				continue;
			seen[n++] = device;
			shown += print_device(cli, sas, device, peer);
		}
	}
	return shown;
}

int cli_asa_ipsec_sa(struct cli *cli, int argc, char **argv)
{
	const char *peer = NULL;
	struct node *sas;
	int err;

	if (argc && (argc != 2 || strcmp(argv[0], "peer")))
		return cli_fail(cli, CLI_USAGE, "usage: culvert show crypto ipsec sa [peer ADDRESS]");
	if (argc)
		peer = argv[1];
	if (cli->json)
		return cli_show_ipsec(cli, peer ? 1 : 0, argv + 1);
	err = cli_sas(cli, NULL, &sas);
	if (err)
		return err;
	if (!print_all(cli, sas, peer))
		fputs("\nThere are no ipsec sas\n", cli->out);
	node_free(sas);
	return CLI_OK;
}
