// SPDX-License-Identifier: GPL-2.0-only
/* The clear-text watcher: captures what leaves by one end of a link where only
 * protected traffic may pass, keeps the capture, and looks into every packet for
 * what must not be there:
 *
 *   - the marker that the test puts into its plain text, at any offset;
 *   - an inner address: in the IPv4 or ARP header of the packet, as an IPv6
 *     address at any offset, or as a pair of IPv4 addresses, source next to
 *     destination, at any offset (an IP header inside another packet). One
 *     IPv4 address alone at any offset says nothing: four octets appear in
 *     cipher text by chance, once in some hundred thousand large packets.
 *
 * Only what leaves: packets that a gateway has decrypted come back into its stack
 * by the device, and whoever captures there sees them arrive, in clear text.
 *
 * Before it is believed it must have seen a canary, a frame sent by the same
 * device; and a packet that the kernel dropped from the capture makes its
 * verdict void.
 *
 * Exit: 0 nothing found, 1 clear text seen, 2 the watch is not to be trusted.
 */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <net/ethernet.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_SEEN 1
#define EXIT_VOID 2

#define MAX_ADDRS 64
#define MAX_MARKER 64
#define MAX_TOLD 20			/* findings that are printed */
#define SNAPLEN 262144			/* GSO packets are longer than the MTU */
#define CAPTURE_BUFFER (32 << 20)
#define FILE_BUFFER (1 << 20)
/* Packets come in blocks, after this time at the latest. Immediate mode would
 * give each packet the room of the longest one: a burst of 500 is too many.
 */
#define TIMEOUT_MS 20

#define CANARY "culvert clear-text watcher canary"
#define ETHERTYPE_CANARY 0x88b5		/* IEEE 802 local experimental */

/* What a packet can give away. */
enum finding {
	NOTHING,
	MARKER,
	V4_SOURCE,
	V4_DESTINATION,
	ARP_SENDER,
	ARP_TARGET,
	V4_PAIR,
	V6_ADDRESS,
	N_FINDINGS,
};

static const char *const finding_names[N_FINDINGS] = {
	[MARKER] = "marked plain text",
	[V4_SOURCE] = "inner address as IPv4 source",
	[V4_DESTINATION] = "inner address as IPv4 destination",
	[ARP_SENDER] = "inner address as ARP sender",
	[ARP_TARGET] = "inner address as ARP target",
	[V4_PAIR] = "pair of inner IPv4 addresses",
	[V6_ADDRESS] = "inner IPv6 address",
};

struct watch {
	struct in_addr v4[MAX_ADDRS];
	struct in6_addr v6[MAX_ADDRS];
	size_t n_v4;
	size_t n_v6;
	bool first[256];			/* octets that addresses begin with */
	uint8_t marker[MAX_MARKER];
	size_t marker_len;
	pcap_dumper_t *dumper;
	unsigned long packets;
	unsigned long with_clear_text;
	unsigned long findings[N_FINDINGS];	/* packets of each kind */
	bool canary;
};

static pcap_t *capture;

static bool is_inner_v4(const struct watch *w, const uint8_t *at)
{
	for (size_t i = 0; i < w->n_v4; i++)
		if (!memcmp(&w->v4[i], at, sizeof(w->v4[i])))
			return true;
	return false;
}

static bool is_inner_v6(const struct watch *w, const uint8_t *at)
{
	for (size_t i = 0; i < w->n_v6; i++)
		if (!memcmp(&w->v6[i], at, sizeof(w->v6[i])))
			return true;
	return false;
}

/* What an outermost IPv4 or ARP header gives away. */
static enum finding look_at_header(const struct watch *w, uint16_t ethertype,
				   const uint8_t *at, size_t len)
{
	switch (ethertype) {
	case ETHERTYPE_IP:
		if (len < sizeof(struct iphdr))
			return NOTHING;
		if (is_inner_v4(w, at + offsetof(struct iphdr, saddr)))
			return V4_SOURCE;
		if (is_inner_v4(w, at + offsetof(struct iphdr, daddr)))
			return V4_DESTINATION;
		return NOTHING;
	case ETHERTYPE_ARP:
		if (len < sizeof(struct ether_arp))
			return NOTHING;
		if (is_inner_v4(w, at + offsetof(struct ether_arp, arp_spa)))
			return ARP_SENDER;
		if (is_inner_v4(w, at + offsetof(struct ether_arp, arp_tpa)))
			return ARP_TARGET;
		return NOTHING;
	default:
		return NOTHING;
	}
}

/* What stands at any offset of the frame. */
static enum finding look_anywhere(const struct watch *w, const uint8_t *frame,
				  size_t len)
{
	if (w->marker_len && memmem(frame, len, w->marker, w->marker_len))
		return MARKER;

	for (size_t i = 0; i + 2 * sizeof(struct in_addr) <= len; i++) {
		if (!w->first[frame[i]])
			continue;
		if (i + sizeof(struct in6_addr) <= len &&
		    is_inner_v6(w, frame + i))
			return V6_ADDRESS;
		if (is_inner_v4(w, frame + i) &&
		    is_inner_v4(w, frame + i + sizeof(struct in_addr)))
			return V4_PAIR;
	}
	return NOTHING;
}

static enum finding look(struct watch *w, const uint8_t *frame, size_t len)
{
	const size_t vlan_len = 4;
	size_t at = sizeof(struct ether_header);
	enum finding found;
	uint16_t ethertype;

	if (len < at)
		return NOTHING;
	ethertype = frame[12] << 8 | frame[13];
	while (ethertype == ETHERTYPE_VLAN && len >= at + vlan_len) {
		ethertype = frame[at + 2] << 8 | frame[at + 3];
		at += vlan_len;
	}

	if (ethertype == ETHERTYPE_CANARY &&
	    memmem(frame, len, CANARY, strlen(CANARY))) {
		if (!w->canary)
			puts("canary");
		w->canary = true;
		return NOTHING;
	}

	found = look_at_header(w, ethertype, frame + at, len - at);
	return found ?: look_anywhere(w, frame, len);
}

static void packet(u_char *arg, const struct pcap_pkthdr *hdr,
		   const u_char *frame)
{
	struct watch *w = (struct watch *)arg;
	enum finding found = look(w, frame, hdr->caplen);

	w->packets++;
	pcap_dump((u_char *)w->dumper, hdr, frame);
	if (!found)
		return;
	w->findings[found]++;
	if (w->with_clear_text++ < MAX_TOLD)
		printf("packet %lu, %u octets: %s\n", w->packets, hdr->len,
		       finding_names[found]);
}

static void on_term(int signal)
{
	pcap_breakloop(capture);
}

static pcap_t *open_capture(const char *device)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(device, why);

	if (!p)
		errx(EXIT_VOID, "%s: %s", device, why);
	if (pcap_set_snaplen(p, SNAPLEN) || pcap_set_promisc(p, 1) ||
	    pcap_set_timeout(p, TIMEOUT_MS) ||
	    pcap_set_buffer_size(p, CAPTURE_BUFFER) || pcap_activate(p) < 0)
		errx(EXIT_VOID, "%s: cannot capture: %s", device,
		     pcap_geterr(p));
	if (pcap_setdirection(p, PCAP_D_OUT))
		errx(EXIT_VOID, "%s: %s", device, pcap_geterr(p));
	if (pcap_datalink(p) != DLT_EN10MB)
		errx(EXIT_VOID, "%s: is no Ethernet device", device);
	return p;
}

static void sum_up(const struct watch *w, unsigned int not_captured)
{
	for (enum finding f = NOTHING + 1; f < N_FINDINGS; f++)
		if (w->findings[f])
			printf("%lu packets: %s\n", w->findings[f],
			       finding_names[f]);
	printf("%lu packets, %lu with clear text, %u not captured%s\n",
	       w->packets, w->with_clear_text, not_captured,
	       w->canary ? "" : ", canary never seen");
}

static int run(struct watch *w, const char *device, const char *file)
{
	struct sigaction action = { .sa_handler = on_term };
	struct pcap_stat stat;
	char why[PCAP_ERRBUF_SIZE];
	FILE *kept;

	capture = open_capture(device);
	kept = fopen(file, "wb");
	if (!kept)
		err(EXIT_VOID, "%s", file);
	/* Each write may be a walk to another machine. */
	setvbuf(kept, NULL, _IOFBF, FILE_BUFFER);
	w->dumper = pcap_dump_fopen(capture, kept);
	if (!w->dumper)
		errx(EXIT_VOID, "%s: %s", file, pcap_geterr(capture));
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	setlinebuf(stdout);
	puts("ready");
	if (pcap_loop(capture, -1, packet, (u_char *)w) == PCAP_ERROR)
		errx(EXIT_VOID, "%s: %s", device, pcap_geterr(capture));

	/* What is captured but not yet read counts too, the block that is being
	 * filled when the wait begins included.
	 */
	if (pcap_setnonblock(capture, 1, why) == PCAP_ERROR)
		errx(EXIT_VOID, "%s: %s", device, why);
	usleep(5 * TIMEOUT_MS * 1000);
	while (pcap_dispatch(capture, -1, packet, (u_char *)w) > 0)
		;
	pcap_dump_close(w->dumper);

	if (pcap_stats(capture, &stat))
		errx(EXIT_VOID, "%s: %s", device, pcap_geterr(capture));
	sum_up(w, stat.ps_drop);
	if (w->with_clear_text)
		return EXIT_SEEN;
	return stat.ps_drop || !w->canary ? EXIT_VOID : EXIT_SUCCESS;
}

static int send_canary(const char *device)
{
	struct {
		struct ether_header eth;
		char text[ETH_ZLEN];
	} frame = {
		.eth.ether_dhost = "\xff\xff\xff\xff\xff\xff",
		.eth.ether_type = htons(ETHERTYPE_CANARY),
		.text = CANARY,
	};
	pcap_t *p = open_capture(device);

	if (pcap_inject(p, &frame, sizeof(frame)) != sizeof(frame))
		errx(EXIT_VOID, "%s: %s", device, pcap_geterr(p));
	pcap_close(p);
	return EXIT_SUCCESS;
}

static void add_address(struct watch *w, const char *text)
{
	if (w->n_v4 == MAX_ADDRS || w->n_v6 == MAX_ADDRS)
		errx(EXIT_VOID, "more than %d inner addresses", MAX_ADDRS);
	if (inet_pton(AF_INET, text, &w->v4[w->n_v4]) == 1)
		w->first[*(uint8_t *)&w->v4[w->n_v4++]] = true;
	else if (inet_pton(AF_INET6, text, &w->v6[w->n_v6]) == 1)
		w->first[*(uint8_t *)&w->v6[w->n_v6++]] = true;
	else
		errx(EXIT_VOID, "'%s' is neither an IPv4 nor an IPv6 address",
		     text);
}

static void set_marker(struct watch *w, const char *hex)
{
	unsigned int octet;
	int used;

	for (; *hex; hex += used) {
		if (w->marker_len == MAX_MARKER ||
		    sscanf(hex, "%2x%n", &octet, &used) != 1 || used != 2)
			errx(EXIT_VOID, "marker: expected up to %d octets in hex, at '%s'",
			     MAX_MARKER, hex);
		w->marker[w->marker_len++] = octet;
	}
}

static void usage(void)
{
	fputs("usage: cleartext-watch -i DEVICE -w FILE [-m MARKER-IN-HEX] [-a INNER-ADDRESS]...\n"
	      "       cleartext-watch -c -i DEVICE    send the canary\n",
	      stderr);
	exit(EXIT_VOID);
}

int main(int argc, char **argv)
{
	const char *device = NULL;
	const char *file = NULL;
	static struct watch w;
	bool canary = false;
	int option;

	while ((option = getopt(argc, argv, "i:w:m:a:c")) != -1) {
		switch (option) {
		case 'i':
			device = optarg;
			break;
		case 'w':
			file = optarg;
			break;
		case 'm':
			set_marker(&w, optarg);
			break;
		case 'a':
			add_address(&w, optarg);
			break;
		case 'c':
			canary = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !device || (!canary && !file))
		usage();
	return canary ? send_canary(device) : run(&w, device, file);
}
