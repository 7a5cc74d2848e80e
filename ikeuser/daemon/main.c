// SPDX-License-Identifier: GPL-2.0-only
/* culvertd: the daemon of culvert, an on-demand IPsec gateway. This file reads
 * the options and runs the loop. The daemon finds the kernel module, waits for
 * it where it is not there, and finds it again when it was replaced. With a
 * configuration it is a gateway (gateway.h); without one it only watches.
 */

#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract-gen.h"
#include "fsm.h"
#include "gateway.h"
#include "journal.h"
#include "kern.h"
#include "log.h"
#include "sandbox.h"
#include "vici.h"
#include "vici_msg.h"

#define CAPABILITIES_MAX 256		/* octets of their names in a row */

struct daemon {
	struct event_base *base;
	struct kern *kern;
	const char *conf;		/* NULL: there is none, and no gateway */
	const char *socket;		/* the control socket's path */
	const char *journal;		/* the directory of what outlives us */
	struct gateway *gateway;
	struct vici *vici;
};

static void list_capabilities(uint64_t bits, char *text, size_t size)
{
	const struct contract_flag *flag;
	size_t used = 0;

	snprintf(text, size, "none");
	for (flag = contract_capabilities; flag->name; flag++)
		if (bits & flag->bit && used < size)
			used += snprintf(text + used, size - used, "%s%s",
					 used ? ", " : "", flag->name);
}

/* Finds the module and says so. */
static int attach(struct daemon *daemon)
{
	char capabilities[CAPABILITIES_MAX];
	struct kern_version version;
	struct kern_error error;
	int err;

	err = kern_attach(daemon->kern, &error) ?:
	      kern_get_version(daemon->kern, &version, &error);
	if (err) {
		log_error("%s", error.sentence);
		return err;
	}
	list_capabilities(version.capabilities, capabilities,
			  sizeof(capabilities));
	log_info("kernel module culvert %s, capabilities: %s", version.module,
		 capabilities);
	if (daemon->gateway)
		gateway_sync(daemon->gateway);
	return 0;
}

static void module_changed(bool present, void *arg)
{
	if (present)
		attach(arg);
	else
		log_warning("the kernel module culvert is gone: waiting for it");
}

static void events_lost(void *arg)
{
	log_warning("events of the kernel were lost: what it has is read again");
	attach(arg);
}

static void module_event(uint8_t command, const struct nlattr *attrs, int len,
			 void *arg)
{
	struct daemon *daemon = arg;

	gateway_kernel(daemon->gateway, command, attrs, len);
}

static void on_kernel(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *daemon = arg;
	const struct kern_listener listener = {
		.changed = module_changed,
		.lost = events_lost,
		.event = daemon->gateway ? module_event : NULL,
		.arg = arg,
	};
	struct kern_error error;

	if (kern_watch_read(daemon->kern, &listener, &error))
		log_error("%s", error.sentence);
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct daemon *daemon = arg;

	log_info("%s: ending", strsignal(signal));
	event_base_loopbreak(daemon->base);
}

static void on_hangup(evutil_socket_t signal, short what, void *arg)
{
	struct daemon *daemon = arg;

	gateway_reload(daemon->gateway);
}

/* Privileges go when the ports are bound, before the first datagram is read. */
static int open_gateway(struct daemon *daemon)
{
	char sentence[SANDBOX_SENTENCE_MAX];
	int err;

	if (sandbox_hide(sentence))
		log_warning("%s", sentence);
	err = gateway_open(&daemon->gateway, daemon->conf, daemon->base,
			   daemon->kern);
	/* Without it, a restart begins anew. */
	if (!err)
		gateway_journal(daemon->gateway, daemon->journal);
	if (!err)
		err = vici_open(&daemon->vici, daemon->socket, daemon->base,
				daemon->gateway);
	if (err)
		return err;
	err = sandbox_enter(sentence);
	if (err)
		log_error("%s", sentence);
	return err;
}

#define EVENTS_MAX 4

/* Joins the loop; NULL in events where there is none. */
static int join_loop(struct daemon *daemon, struct event **events)
{
	int n = 0;
	int i;

	events[n++] = evsignal_new(daemon->base, SIGTERM, on_signal, daemon);
	events[n++] = evsignal_new(daemon->base, SIGINT, on_signal, daemon);
	events[n++] = event_new(daemon->base, kern_watch_fd(daemon->kern),
				EV_READ | EV_PERSIST, on_kernel, daemon);
	if (daemon->gateway)
		events[n++] = evsignal_new(daemon->base, SIGHUP, on_hangup,
					   daemon);
	for (i = 0; i < n; i++) {
		if (!events[i] || event_add(events[i], NULL)) {
			log_error("no memory for the events");
			return -ENOMEM;
		}
	}
	return 0;
}

static int run(struct daemon *daemon)
{
	struct event *events[EVENTS_MAX] = { NULL };
	int ret = EXIT_FAILURE;
	int err;
	size_t n;

	daemon->base = event_base_new();
	if (!daemon->base) {
		log_error("no memory for the event loop");
		return EXIT_FAILURE;
	}
	if ((daemon->conf && open_gateway(daemon)) ||
	    join_loop(daemon, events))
		goto out;

	err = attach(daemon);
	if (err == -ENOENT)
		log_info("waiting for the kernel module");
	if ((!err || err == -ENOENT) && !event_base_dispatch(daemon->base))
		ret = EXIT_SUCCESS;
out:
	for (n = 0; n < EVENTS_MAX; n++)
		if (events[n])
			event_free(events[n]);
	if (daemon->vici)
		vici_close(daemon->vici);
	if (daemon->gateway)
		gateway_close(daemon->gateway);
	event_base_free(daemon->base);
	return ret;
}

static void print_counter(const struct kern_counter *counter, void *arg)
{
	printf("counter  %-28s %" PRIu64 "\n", counter->name, counter->value);
}

static void print_object(const struct kern_object *object, void *arg)
{
	printf("object   %-28s created %" PRIu64 ", destroyed %" PRIu64 "\n",
	       object->name, object->created, object->destroyed);
}

/* Says what the kernel module has to say, and whether that is well. */
static int check(struct daemon *daemon)
{
	char capabilities[CAPABILITIES_MAX];
	struct kern_version version;
	struct kern_error error;
	int err;

	err = kern_attach(daemon->kern, &error) ?:
	      kern_get_version(daemon->kern, &version, &error);
	if (err)
		goto err;
	list_capabilities(version.capabilities, capabilities,
			  sizeof(capabilities));
	printf("module   culvert %s\n", version.module);
	printf("kernel   %s\n", capabilities);

	err = kern_each_counter(daemon->kern, print_counter, NULL, &error);
	if (err)
		goto err;

	/* They span all namespaces; a daemon confined to one may not see them. */
	err = kern_each_object(daemon->kern, print_object, NULL, &error);
	if (err && err != -EPERM)
		goto err;
	return EXIT_SUCCESS;

err:
	log_error("%s", error.sentence);
	if (err == -EPERM)
		log_error("CAP_NET_ADMIN in this network namespace is needed");
	return EXIT_FAILURE;
}

/* Above what it prints, a few rows of 100 octets for each state. */
#define FSM_PRINT_MAX (1 << 16)

/* The states of IKE and Child SAs, and what leads from one to another. */
static int print_fsm(const char *form)
{
	struct ike_writer w;
	int ret;

	if (form && strcmp(form, "dot")) {
		fprintf(stderr, "culvertd: '%s' is no form: leave it out, or 'dot'\n",
			form);
		return EXIT_FAILURE;
	}
	ike_writer_init(&w, FSM_PRINT_MAX);
	ike_fsm_print(&w, form);
	ret = w.error ? EXIT_FAILURE : EXIT_SUCCESS;
	if (w.error)
		fprintf(stderr, "culvertd: %s\n", strerror(-w.error));
	else
		fwrite(w.data, 1, w.len, stdout);
	ike_writer_clear(&w);
	return ret;
}

static void usage(FILE *out)
{
	fputs("usage: culvertd -c FILE [-s PATH] [-j DIR]\n"
	      "                            run the gateway that FILE describes, in the foreground\n"
	      "                            until SIGTERM or SIGINT; SIGHUP reads FILE again.\n"
	      "                            PATH: its control socket, " VICI_SOCKET "\n"
	      "                            DIR: what IKE SAs outlive a restart by, " JOURNAL_DIR "\n"
	      "       culvertd             watch the kernel module, without a configuration\n"
	      "       culvertd --check     tell what the kernel module says, and end\n"
	      "       culvertd --print-fsm[=dot]\n"
	      "                            print the states of SAs, as text or for graphviz\n"
	      "       culvertd --version\n"
	      "       culvertd --help\n", out);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "journal", required_argument, NULL, 'j' },
		{ "check", no_argument, NULL, 'k' },
		{ "print-fsm", optional_argument, NULL, 'f' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	int (*work)(struct daemon *daemon) = run;
	struct daemon daemon = {
		.socket = VICI_SOCKET,
		.journal = JOURNAL_DIR,
	};
	struct kern_error error;
	int option;
	int ret;

	while ((option = getopt_long(argc, argv, "c:j:s:", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			daemon.conf = optarg;
			break;
		case 's':
			daemon.socket = optarg;
			break;
		case 'j':
			daemon.journal = optarg;
			break;
		case 'k':
			work = check;
			break;
		case 'f':
			return print_fsm(optarg);
		case 'v':
			puts("culvertd " CULVERT_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_FAILURE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "culvertd: '%s' is not expected\n",
			argv[optind]);
		usage(stderr);
		return EXIT_FAILURE;
	}

	if (kern_open(&daemon.kern, &error)) {
		log_error("%s", error.sentence);
		return EXIT_FAILURE;
	}
	ret = work(&daemon);
	kern_close(daemon.kern);
	return ret;
}
