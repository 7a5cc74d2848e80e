// SPDX-License-Identifier: GPL-2.0-only
/* capture: what passes between this gateway and a peer, into a pcapng file; with
 * keys, also what is in it. The packets are those of the outer device (packets.c);
 * keys come from the daemon, which tells them to root for as long as is asked; what
 * is in the packets is found here, by opening ESP (esp_open.c). So no packet in
 * clear is taken from any device, and one that a firewall drops behind the tunnel is
 * seen too.
 *
 *	device -> packets.c -> queue -> pcapng.c: outer
 *	                         `-> esp_open.c -> pcapng.c: inner
 *	daemon -> client.c  -> keys --^  `-> wireshark.c
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "client.h"
#include "esp_open.h"
#include "json.h"
#include "names.h"
#include "option.h"
#include "packets.h"
#include "pcapng.h"
#include "wireshark.h"

/* With keys, unless another is given: what is forgotten ends by itself. */
#define KEYS_MS 60000
#define KEYS_MS_MAX 3600000
#define COUNT_MAX 100000000
/* A packet may come before its key is told. It waits for so long, and what comes
 * behind it with it, so that the file is in order.
 */
#define KEY_PATIENCE_MS 500
/* A second of small packets; more than that is written as it comes. */
#define QUEUE_MAX 100000

/* The verb's own options. */
enum {
	WITH_FILE,
	WITH_KEYS,
	WITH_COUNT,
	WITH_TIME,
	WITH_DEVICE,
};

struct waiting {
	struct waiting *next;
	uint64_t ns;
	int64_t since;			/* ms */
	bool out;
	size_t caplen;
	size_t len;
	uint8_t octets[];
};

struct capture {
	struct cli *cli;
	const char *path;
	char peer[VICI_NAME_MAX + 1];
	char device[64];
	uint8_t remote[16];
	uint8_t remote_len;		/* 0: any */
	bool with_keys;
	unsigned int limit;		/* packets; 0: none */
	int64_t end;			/* ms; -1: none */
	FILE *file;			/* owned, and all below */
	char *directory;		/* of keys */
	struct wireshark wireshark;
	struct packets *packets;
	struct esp_sa *sas;
	struct waiting *first;
	struct waiting **last;
	size_t queued;
	unsigned int taken;
	uint64_t outer;			/* written */
	uint64_t inner;
	uint64_t dummies;
	uint64_t sealed;		/* no key was told */
	uint64_t bad;
	uint64_t received;		/* of the kernel */
	uint64_t lost;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = 1;
}

/* Waiting ends, so no SA_RESTART. */
static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	stopped = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* --- what the file is of --- */

static const char *first_item(const struct node *section, const char *name)
{
	const struct node *list = node_find(section, name);
	const struct node *item = list ? list->first : NULL;

	return item && item->value ? item->value : "";
}

static int find_address(struct capture *capture)
{
	struct cli *cli = capture->cli;
	struct node *request = node_new(NODE_SECTION, "");
	struct node *conns = NULL;
	const char *text;
	int err;

	node_set(request, "ike", "%s", capture->peer);
	err = cli_collect(cli, "list-conns", "list-conn", request, &conns);
	node_free(request);
	if (err)
		return err;
	text = first_item(conns->first, "remote_addrs");
	if (inet_pton(AF_INET, text, capture->remote) == 1)
		capture->remote_len = 4;
	else if (inet_pton(AF_INET6, text, capture->remote) == 1)
		capture->remote_len = 16;
	node_free(conns);
	return CLI_OK;
}

/* The one to which its crypto map is bound. */
static int choose_device(struct capture *capture, const struct node *rules)
{
	struct cli *cli = capture->cli;

	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		const char *device = node_text(rule, "device");

		if (!node_is(rule, "peer", capture->peer) || !*device)
			continue;
		if (*capture->device && strcmp(device, capture->device))
			return cli_fail(cli, CLI_USAGE, "peer %s has rules at %s and at %s: say --interface DEVICE",
					capture->peer, capture->device, device);
		snprintf(capture->device, sizeof(capture->device), "%s",
			 device);
	}
	if (!*capture->device)
		return cli_fail(cli, CLI_USAGE, "the rules of peer %s are at every device: say --interface DEVICE",
				capture->peer);
	return CLI_OK;
}

static int find_peer(struct capture *capture, const char *name)
{
	struct cli *cli = capture->cli;
	const struct node *rule;
	struct node *rules;
	int err = cli_rules(cli, &rules);

	if (err)
		return err;
	rule = names_peer(rules, name);
	if (rule)
		snprintf(capture->peer, sizeof(capture->peer), "%s",
			 node_text(rule, "peer"));
	else
		err = names_absent(cli, "peer", "peer", name, rules);
	if (!err && cli->options[WITH_DEVICE])
		snprintf(capture->device, sizeof(capture->device), "%s",
			 cli->options[WITH_DEVICE]);
	else if (!err)
		err = choose_device(capture, rules);
	node_free(rules);
	return err ?: find_address(capture);
}

/* --- keys --- */

static bool read_address(const struct node *event, const char *name,
			 uint8_t *ip, uint8_t *len)
{
	const char *text = node_text(event, name);

	*len = strchr(text, ':') ? 16 : 4;
	return inet_pton(*len == 4 ? AF_INET : AF_INET6, text, ip) == 1;
}

static bool read_key(const struct node *event, const char *name,
		     struct ike_secret *key)
{
	const char *text = node_text(event, name);
	size_t len = strlen(text) / 2;

	return !ike_secret_new(key, len) &&
	       !ike_hex_parse(text, len, key->data);
}

static struct esp_sa *read_esp(const struct node *event)
{
	struct esp_sa *sa = calloc(1, sizeof(*sa));
	unsigned int integ = node_number(event, "integ");
	uint8_t len;

	if (!sa)
		return NULL;
	sa->spi = strtoul(node_text(event, "spi"), NULL, 16);
	sa->encr = ike_encr_find(node_number(event, "encr"));
	sa->integ = integ ? ike_integ_find(integ) : NULL;
	sa->esn = node_is(event, "esn", "yes");
	sa->transport = node_is(event, "transport", "yes");
	if (sa->encr && (sa->encr->icv_len || sa->integ) &&
	    read_address(event, "source", sa->source, &sa->len) &&
	    read_address(event, "destination", sa->destination, &len) &&
	    len == sa->len && read_key(event, "encr-key", &sa->encr_key) &&
	    read_key(event, "integ-key", &sa->integ_key))
		return sa;
	esp_sa_free(sa);
	return NULL;
}

static void take_esp(struct capture *capture, const struct node *event)
{
	struct esp_sa *sa = read_esp(event);
	char line[WIRESHARK_LINE_MAX];

	if (!sa)
		return;
	sa->next = capture->sas;
	capture->sas = sa;
	wireshark_esp(&capture->wireshark, sa, line);
	if (*line)
		pcapng_esp_secrets(capture->file, line);
	ike_crypto_wipe(line, sizeof(line));
}

static void take_ike(struct capture *capture, const struct node *event)
{
	const struct wireshark_ike sa = {
		.spi_i = node_text(event, "initiator-spi"),
		.spi_r = node_text(event, "responder-spi"),
		.encr = node_number(event, "encr"),
		.integ = node_number(event, "integ"),
		.ei = node_text(event, "sk-ei"),
		.er = node_text(event, "sk-er"),
		.ai = node_text(event, "sk-ai"),
		.ar = node_text(event, "sk-ar"),
	};

	wireshark_ike(&capture->wireshark, &sa);
}

static void take_keys(const char *name, struct node *event, void *arg)
{
	if (node_is(event, "kind", "esp"))
		take_esp(arg, event);
	else if (node_is(event, "kind", "ike"))
		take_ike(arg, event);
	node_free(event);
}

static int ask_keys(struct capture *capture)
{
	struct cli *cli = capture->cli;
	struct node *request = node_new(NODE_SECTION, "");
	struct node *answer = NULL;
	int64_t ms = capture->end - cli_now_ms();
	int err = CLI_OK;

	node_set(request, "peer", "%s", capture->peer);
	node_set(request, "seconds", "%" PRId64, (ms + 999) / 1000);
	if (client_register(cli->client, "culvert-key") ||
	    client_ask(cli->client, "culvert-keys", request, -1, &answer,
		       take_keys, capture))
		err = cli_fail(cli, CLI_FAILED, "%s",
			       client_sentence(cli->client));
	if (!err)
		err = cli_success(cli, "capture", answer);
	if (!err && node_number(answer, "unknown"))
		fprintf(cli->err, "culvert: %s SAs are from before the daemon's start, and their keys are not known: 'culvert rekey %s/CHILD' makes new ones\n",
			node_text(answer, "unknown"), capture->peer);
	node_free(request);
	node_free(answer);
	return err;
}

/* Those that are there. false: the daemon ended the connection. */
static bool more_keys(struct capture *capture)
{
	char name[VICI_NAME_MAX + 1];
	struct node *event;
	int err;

	while (!(err = client_event(capture->cli->client, 0, name, &event)))
		take_keys(name, event, capture);
	return err == -ETIME;
}

/* --- packets --- */

static struct esp_sa *find_sa(const struct capture *capture,
			      struct ike_bytes packet,
			      const struct esp_place *place)
{
	struct esp_sa *sa = capture->sas;

	while (sa && !esp_is_of(sa, packet, place))
		sa = sa->next;
	return sa;
}

static void open_inner(struct capture *capture, const struct waiting *packet,
		       struct esp_sa *sa, const struct esp_place *place)
{
	const struct ike_bytes octets = { packet->octets, packet->caplen };
	static uint8_t clear[ESP_PACKET_MAX];
	struct ike_bytes inner = { clear, 0 };

	switch (esp_open(sa, octets, place, clear, &inner.len)) {
	case ESP_OPENED:
		pcapng_packet(capture->file, PCAPNG_INNER, packet->ns,
			      packet->out ? PCAPNG_OUT : PCAPNG_IN, inner,
			      inner.len);
		capture->inner++;
		break;
	case ESP_DUMMY:
		capture->dummies++;
		break;
	case ESP_BAD_ICV:
	case ESP_SHORT:
		capture->bad++;
		break;
	}
}

static void write_packet(struct capture *capture, const struct waiting *packet)
{
	const struct ike_bytes octets = { packet->octets, packet->caplen };
	struct esp_place place;
	struct esp_sa *sa;

	pcapng_packet(capture->file, PCAPNG_OUTER, packet->ns,
		      packet->out ? PCAPNG_OUT : PCAPNG_IN, octets,
		      packet->len);
	capture->outer++;
	if (!capture->with_keys || !esp_find(octets, &place))
		return;
	sa = find_sa(capture, octets, &place);
	if (sa)
		open_inner(capture, packet, sa, &place);
	else
		capture->sealed++;
}

/* What waits for nothing, or has waited enough. */
static void write_waiting(struct capture *capture, bool all)
{
	struct waiting *packet;
	struct esp_place place;

	while ((packet = capture->first)) {
		const struct ike_bytes octets = { packet->octets,
						  packet->caplen };

		if (!all && capture->with_keys &&
		    capture->queued < QUEUE_MAX &&
		    cli_now_ms() < packet->since + KEY_PATIENCE_MS &&
		    esp_find(octets, &place) &&
		    !find_sa(capture, octets, &place))
			return;
		write_packet(capture, packet);
		capture->first = packet->next;
		if (!capture->first)
			capture->last = &capture->first;
		capture->queued--;
		free(packet);
	}
}

static bool is_full(const struct capture *capture)
{
	return capture->limit && capture->taken >= capture->limit;
}

static int queue(struct capture *capture, const struct packets_one *one)
{
	struct waiting *packet = malloc(sizeof(*packet) + one->octets.len);

	if (!packet)
		return -ENOMEM;
	*packet = (struct waiting){
		.ns = one->ns,
		.since = cli_now_ms(),
		.out = one->out,
		.caplen = one->octets.len,
		.len = one->len,
	};
	memcpy(packet->octets, one->octets.data, one->octets.len);
	*capture->last = packet;
	capture->last = &packet->next;
	capture->queued++;
	capture->taken++;
	return 0;
}

/* Until none is there, but not for ever: keys and time are looked at too. */
static int read_packets(struct capture *capture)
{
	struct packets_one one;
	int ret = 0;

	for (int i = 0; i < 1000 && !is_full(capture); i++) {
		ret = packets_read(capture->packets, &one);
		if (ret < 0)
			return ret;
		if (ret > 0)
			ret = queue(capture, &one);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* ms to wait: for the first packet that waits, until the end, or for ever. */
static int patience(const struct capture *capture)
{
	int64_t now = cli_now_ms();
	int64_t at = capture->end;

	if (capture->first)
		at = capture->first->since + KEY_PATIENCE_MS;
	if (at < 0)
		return -1;
	return at > now ? at - now : 0;
}

static bool is_over(const struct capture *capture)
{
	return stopped || is_full(capture) || ferror(capture->file) ||
	       (capture->end >= 0 && cli_now_ms() >= capture->end);
}

/* The last packets may still wait for their keys. */
static void end_waiting(struct capture *capture)
{
	struct pollfd fd = { client_fd(capture->cli->client), POLLIN };

	while (capture->first && poll(&fd, 1, patience(capture)) > 0 &&
	       more_keys(capture))
		write_waiting(capture, false);
}

static int run(struct capture *capture)
{
	struct client *client = capture->cli->client;
	struct pollfd fds[] = {
		{ capture->packets->fd, POLLIN },
		{ capture->with_keys ? client_fd(client) : -1, POLLIN },
	};
	const char *why = NULL;
	int err = 0;

	while (!err && !why && !is_over(capture)) {
		poll(fds, ARRAY_SIZE(fds), patience(capture));
		if (capture->with_keys && !more_keys(capture))
			why = client_sentence(client);
		err = read_packets(capture);
		write_waiting(capture, false);
	}
	if (capture->with_keys && !why)
		end_waiting(capture);
	write_waiting(capture, true);
	packets_counts(capture->packets, &capture->received, &capture->lost);
	if (err)
		why = strerror(-err);
	return why ? cli_fail(capture->cli, CLI_FAILED, "the capture ends: %s",
			      why) : CLI_OK;
}

/* --- files --- */

/* Not through a link, and for its owner alone: it may hold clear text. */
static FILE *create(const char *path)
{
	FILE *file;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
		      O_CLOEXEC, 0600);

	if (fd < 0)
		return NULL;
	file = fchmod(fd, 0600) ? NULL : fdopen(fd, "w");
	if (!file)
		close(fd);
	return file;
}

static int open_files(struct capture *capture)
{
	struct cli *cli = capture->cli;
	char description[128];
	int err;

	capture->file = create(capture->path);
	if (!capture->file)
		return cli_fail(cli, CLI_FAILED, "%s: %s", capture->path,
				strerror(errno));
	pcapng_begin(capture->file, "culvert " CULVERT_VERSION);
	snprintf(description, sizeof(description), "IKE and ESP of peer %.80s",
		 capture->peer);
	pcapng_interface(capture->file, capture->device, description);
	if (!capture->with_keys)
		return CLI_OK;
	pcapng_interface(capture->file, "culvert-inner",
			 "what was in the ESP packets, decrypted");
	if (asprintf(&capture->directory, "%s.keys", capture->path) < 0) {
		capture->directory = NULL;
		return cli_fail(cli, CLI_FAILED, "no memory");
	}
	err = wireshark_open(&capture->wireshark, capture->directory);
	if (err == -EEXIST)
		return cli_fail(cli, CLI_FAILED, "%s: is there, and is no directory of yours: move it away",
				capture->directory);
	if (err)
		return cli_fail(cli, CLI_FAILED, "%s: %s", capture->directory,
				strerror(-err));
	return CLI_OK;
}

static int close_files(struct capture *capture)
{
	struct timespec now;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	pcapng_statistics(capture->file, PCAPNG_OUTER,
			  now.tv_sec * 1000000000ULL + now.tv_nsec,
			  capture->received, capture->lost);
	if (ferror(capture->file) | fclose(capture->file))
		err = -EIO;
	capture->file = NULL;
	return err;
}

/* --- what is told --- */

static void tell_begin(const struct capture *capture)
{
	FILE *err = capture->cli->err;

	if (capture->with_keys)
		fprintf(err, "warning: %s and %s will hold what was secret: keys of live SAs of peer %s, and clear text. The daemon's log says so too.\n",
			capture->path, capture->directory, capture->peer);
	fprintf(err, "capturing %s (udp 500/4500, esp)%s for peer %s\n",
		capture->device, capture->with_keys ?
		" and what is in it" : "", capture->peer);
	fflush(err);
}

static void tell_json(const struct capture *capture)
{
	struct node *node = node_new(NODE_SECTION, "");

	node_set(node, "file", "%s", capture->path);
	node_set(node, "device", "%s", capture->device);
	node_set(node, "packets", "%" PRIu64, capture->outer);
	node_set(node, "lost", "%" PRIu64, capture->lost);
	if (capture->with_keys) {
		node_set(node, "keys", "%s", capture->directory);
		node_set(node, "inner-packets", "%" PRIu64, capture->inner);
		node_set(node, "without-key", "%" PRIu64, capture->sealed);
		node_set(node, "not-authentic", "%" PRIu64, capture->bad);
		node_set(node, "ike-sas", "%zu", capture->wireshark.ike_lines);
		node_set(node, "sas", "%zu", capture->wireshark.esp_lines);
	}
	json_print(capture->cli->out, "capture", NULL, node);
	node_free(node);
}

static void tell_end(const struct capture *capture)
{
	FILE *out = capture->cli->out;

	if (capture->cli->json) {
		tell_json(capture);
		return;
	}
	fprintf(out, "wrote %s: %" PRIu64 " packets of %s", capture->path,
		capture->outer, capture->device);
	if (capture->with_keys)
		fprintf(out, ", %" PRIu64 " of culvert-inner", capture->inner);
	fputc('\n', out);
	if (capture->lost)
		fprintf(out, "the kernel could not hold %" PRIu64 " more\n",
			capture->lost);
	if (!capture->with_keys)
		return;
	if (capture->sealed)
		fprintf(out, "%" PRIu64 " ESP packets are of SAs whose keys are not known\n",
			capture->sealed);
	if (capture->bad)
		fprintf(out, "%" PRIu64 " ESP packets are not authentic, or not whole\n",
			capture->bad);
	fprintf(out, "wrote %s/: keys of %zu ESP SAs and %zu IKE SAs\n",
		capture->directory, capture->wireshark.esp_lines,
		capture->wireshark.ike_lines);
	fprintf(out, "open:  WIRESHARK_CONFIG_DIR=%s wireshark %s\n",
		capture->directory, capture->path);
}

/* --- the verb --- */

static int read_options(struct capture *capture)
{
	struct cli *cli = capture->cli;
	int ms = capture->with_keys ? KEYS_MS : -1;
	int err = CLI_OK;

	if (!capture->path)
		return cli_fail(cli, CLI_USAGE, "capture: -w FILE says where to");
	if (cli->options[WITH_COUNT])
		err = option_number(cli, "-c", cli->options[WITH_COUNT], 1,
				    COUNT_MAX, &capture->limit);
	if (err)
		return err;
	if (cli->options[WITH_TIME] &&
	    (!option_duration(cli->options[WITH_TIME], &ms) || !ms))
		return cli_fail(cli, CLI_USAGE, "--for: expected a time such as 10s, not '%s'",
				cli->options[WITH_TIME]);
	if (capture->with_keys && ms > KEYS_MS_MAX)
		return cli_fail(cli, CLI_USAGE, "--for: keys are told for an hour at the most");
	if (ms >= 0)
		capture->end = cli_now_ms() + ms;
	return CLI_OK;
}

static int open_packets(struct capture *capture)
{
	char sentence[PACKETS_SENTENCE_MAX];

	capture->packets = calloc(1, sizeof(*capture->packets));
	if (!capture->packets)
		return cli_fail(capture->cli, CLI_FAILED, "no memory");
	if (packets_open(capture->packets, capture->device, capture->remote,
			 capture->remote_len, sentence))
		return cli_fail(capture->cli, CLI_FAILED, "%s", sentence);
	return CLI_OK;
}

/* A capture that began tells what it has, also where it was cut short. */
static int take(struct capture *capture)
{
	int err, closed;

	if (capture->with_keys)
		err = ask_keys(capture);
	else
		err = CLI_OK;
	if (!err) {
		tell_begin(capture);
		catch_signals();
		err = run(capture);
	}
	closed = close_files(capture);
	if (closed)
		return cli_fail(capture->cli, CLI_FAILED, "%s: %s",
				capture->path, strerror(-closed));
	if (!err)
		tell_end(capture);
	return err;
}

static void clear(struct capture *capture)
{
	struct waiting *packet;
	struct esp_sa *sa;

	if (capture->packets)
		packets_close(capture->packets);
	free(capture->packets);
	if (capture->file)
		fclose(capture->file);
	wireshark_close(&capture->wireshark);
	while ((sa = capture->sas)) {
		capture->sas = sa->next;
		esp_sa_free(sa);
	}
	while ((packet = capture->first)) {
		capture->first = packet->next;
		free(packet);
	}
	free(capture->directory);
}

int cli_capture(struct cli *cli, int argc, char **argv)
{
	struct capture capture = {
		.cli = cli,
		.path = cli->options[WITH_FILE],
		.with_keys = cli->options[WITH_KEYS],
		.end = -1,
	};
	int err;

	capture.last = &capture.first;
	err = read_options(&capture);
	if (!err)
		err = find_peer(&capture, argv[0]);
	if (!err)
		err = open_packets(&capture);
	if (!err)
		err = open_files(&capture);
	if (!err)
		err = take(&capture);
	clear(&capture);
	return err;
}
