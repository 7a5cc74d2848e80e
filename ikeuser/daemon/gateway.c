// SPDX-License-Identifier: GPL-2.0-only
/* Everything that happens comes here as a callback of the loop, becomes an event
 * of the engine, and the engine's actions go to act.c:
 *
 *	socket, timer, kernel  -->  give()  -->  ike_input()  -->  act_perform()
 *	                               ^---- later: refused SAs ----------'
 *
 * What the kernel has is compared with what the engine knows when the module
 * comes, when events were lost and when memory ran out. SAs of a daemon that ran
 * before carry traffic until the engine has made new ones for their rules.
 */
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "act.h"
#include "conf.h"
#include "gateway.h"
#include "kern_event.h"
#include "kern_policy.h"
#include "kern_sa.h"
#include "log.h"

/* Configurations whose SAs are being closed: each takes some minutes at the most. */
#define FORMERS_MAX 16
/* ms until the kernel is compared again, after that failed or memory ran out. */
#define SYNC_RETRY 1000

struct sa_list {
	struct kern_sa *sa;		/* owned */
	size_t n;
	size_t size;
	bool cut;			/* there was no memory for all */
};

struct event_list {
	struct ike_event *event;	/* owned */
	size_t n;
	size_t size;
};

struct gateway {
	const char *path;
	struct event_base *base;
	struct kern *kern;
	struct conf *conf;		/* owned, and all below */
	struct conf *former[FORMERS_MAX];	/* the engine still looks at them */
	size_t formers;
	struct conf *kept;		/* one of them, to go back to; or NULL */
	struct ike_engine *engine;
	struct udp udp;
	struct act act;
	struct keys *keys;
	int timer;
	struct event *on_socket[UDP_SOCKETS];
	struct event *on_timer;
	struct event_list later;	/* to be given to the engine */
	struct sa_list strangers;	/* SAs that the engine did not make */
	struct journal *journal;	/* NULL: nothing is kept */
	bool resuming;			/* the kernel was not asked yet */
	uint64_t sync_at;		/* ms; UINT64_MAX: not needed */
	struct kern_error trouble;	/* of the last sync; empty: none */
	void (*told)(const struct ike_actions *actions, void *arg);
	void *told_arg;
};

uint64_t gateway_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static int fill_random(void *arg, void *data, size_t len)
{
	uint8_t *at = data;
	ssize_t n;

	for (; len; at += n, len -= n) {
		n = getrandom(at, len, 0);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			n = 0;
	}
	return 0;
}

/* One more element for an array that grows; NULL: no memory. */
static void *grow(void *array, size_t n, size_t *size, size_t element)
{
	size_t more = *size ? *size * 2 : 16;
	void *grown = n < *size ? array : realloc(array, more * element);

	if (grown && n == *size)
		*size = more;
	return grown;
}

/* --- events into the engine --- */

static void want_sync(struct gateway *gateway)
{
	gateway->sync_at = gateway_now() + SYNC_RETRY;
}

/* What comes up while the engine or the kernel is being asked waits until that is
 * done.
 */
static void give_later(const struct ike_event *event, void *arg)
{
	struct gateway *gateway = arg;
	struct event_list *list = &gateway->later;
	struct ike_event *grown;

	grown = grow(list->event, list->n, &list->size, sizeof(*grown));
	if (!grown) {
		want_sync(gateway);
		return;
	}
	list->event = grown;
	list->event[list->n++] = *event;
}

/* The peer has forgotten them with its INITIAL_CONTACT, or soon will. */
static void on_activated(uint64_t rule, void *arg)
{
	struct gateway *gateway = arg;
	struct sa_list *list = &gateway->strangers;
	struct kern_error error;
	const struct kern_sa *sa;
	size_t kept = 0;
	size_t i;
	int err;

	for (i = 0; i < list->n; i++) {
		sa = &list->sa[i];
		if (sa->rule != rule) {
			list->sa[kept++] = *sa;
			continue;
		}
		err = kern_sa_del(gateway->kern, sa->direction, sa->spi,
				  &sa->remote, &error);
		if (err && err != -ENOENT)
			log_warning("%s", error.sentence);
	}
	list->n = kept;
}

/* What the engine looks at no more is wiped. */
static void weed_formers(struct gateway *gateway)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < gateway->formers; i++) {
		if (gateway->former[i] == gateway->kept ||
		    ike_engine_uses(gateway->engine,
				    &gateway->former[i]->engine))
			gateway->former[kept++] = gateway->former[i];
		else
			conf_free(gateway->former[i]);
	}
	gateway->formers = kept;
}

static int give_one(struct gateway *gateway, struct ike_event *event)
{
	struct ike_actions actions = { 0 };
	int err;

	event->now = gateway_now();
	err = ike_input(gateway->engine, event, &actions);
	act_perform(&gateway->act, &actions);
	if (gateway->told)
		gateway->told(&actions, gateway->told_arg);
	ike_actions_clear(&actions);
	weed_formers(gateway);
	if (err == -ENOMEM) {
		log_error("no memory: the kernel's SAs will be compared");
		want_sync(gateway);
	}
	return err;
}

static void give_waiting(struct gateway *gateway)
{
	struct event_list *list = &gateway->later;
	struct ike_event event;
	size_t i;

	/* More may come up meanwhile. */
	for (i = 0; i < list->n; i++) {
		event = list->event[i];
		give_one(gateway, &event);
	}
	list->n = 0;
}

static int give(struct gateway *gateway, struct ike_event *event)
{
	int err = give_one(gateway, event);

	give_waiting(gateway);
	return err;
}

static void arm(struct gateway *gateway)
{
	uint64_t at = ike_engine_deadline(gateway->engine);
	struct itimerspec when = { 0 };

	if (gateway->sync_at < at)
		at = gateway->sync_at;
	/* 0 would switch it off. */
	if (at != UINT64_MAX) {
		when.it_value.tv_sec = at / 1000;
		when.it_value.tv_nsec = at % 1000 * 1000000 + 1;
	}
	timerfd_settime(gateway->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void on_datagram(struct ike_event *event, void *arg)
{
	give(arg, event);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *gateway = arg;
	size_t i = 0;
	int err;

	while (gateway->udp.fd[i] != fd)
		i++;
	err = udp_read(&gateway->udp, i, on_datagram, gateway);
	if (err)
		log_error("receiving: %s", strerror(-err));
	arm(gateway);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct ike_event event = { .kind = IKE_EV_TIME };
	struct gateway *gateway = arg;
	uint64_t expirations;

	/* It may have been armed anew since it was due. */
	if (read(fd, &expirations, sizeof(expirations)) < 0)
		return;
	if (gateway_now() >= gateway->sync_at)
		gateway_sync(gateway);
	give(gateway, &event);
	arm(gateway);
}

/* --- the kernel's SAs against the engine's --- */

static void list_sa(const struct kern_sa *sa, void *arg)
{
	struct sa_list *list = arg;
	struct kern_sa *grown;

	grown = grow(list->sa, list->n, &list->size, sizeof(*grown));
	if (!grown) {
		list->cut = true;
		return;
	}
	list->sa = grown;
	list->sa[list->n++] = *sa;
}

static int dump_sas(struct gateway *gateway, struct sa_list *list,
		    struct kern_error *error)
{
	int err = kern_each_sa(gateway->kern, list_sa, list, error);

	if (!err && list->cut)
		err = kern_fail(error, -ENOMEM, "no memory for all SAs");
	return err;
}

static bool is_same(const struct kern_sa *a, enum ike_direction direction,
		    uint32_t spi, uint64_t rule)
{
	return a->direction == direction && a->spi == spi && a->rule == rule;
}

/* An SA of the engine is looked for among the kernel's. */
struct search {
	struct sa_list *there;		/* those found are taken out */
	struct sa_list due;		/* what the engine is to hear of */
	struct sa_list missing;
};

static bool is_due(const struct kern_sa *sa)
{
	return (sa->soft_seconds && sa->age / 1000 >= sa->soft_seconds) ||
	       (sa->soft_octets && sa->octets >= sa->soft_octets);
}

static void search_one(enum ike_direction direction, uint32_t spi,
		       uint64_t rule, void *arg)
{
	const struct kern_sa gone = {
		.direction = direction,
		.spi = spi,
		.rule = rule,
	};
	struct search *search = arg;
	struct sa_list *there = search->there;
	size_t i;

	for (i = 0; i < there->n; i++) {
		if (!is_same(&there->sa[i], direction, spi, rule))
			continue;
		if (is_due(&there->sa[i]))
			list_sa(&there->sa[i], &search->due);
		there->sa[i] = there->sa[--there->n];
		return;
	}
	list_sa(&gone, &search->missing);
}

static void give_sas(struct gateway *gateway, const struct sa_list *list,
		     enum ike_sa_event what)
{
	struct ike_event event = { .kind = IKE_EV_SA };
	size_t i;

	for (i = 0; i < list->n; i++) {
		event.sa.direction = list->sa[i].direction;
		event.sa.spi = list->sa[i].spi;
		event.sa.rule = list->sa[i].rule;
		event.sa.what = what;
		give(gateway, &event);
	}
}

/* SAs that no IKE SA of ours can rekey or delete: their rules get new ones. */
static void replace(struct gateway *gateway, const struct sa_list *strangers)
{
	struct ike_event event = { .kind = IKE_EV_ACQUIRE };
	size_t i;

	for (i = 0; i < strangers->n; i++) {
		event.acquire.rule = strangers->sa[i].rule;
		give(gateway, &event);
	}
	if (strangers->n)
		log_info("%zu SAs of before are in the kernel: they will be replaced",
			 strangers->n);
}

/* The engine has told the kernel what it lacked: SAs of before that are not the
 * engine's and that others serve for go, as they are activated once more.
 */
static void resumed(struct gateway *gateway)
{
	struct ike_event event = { .kind = IKE_EV_RESUME };

	if (!gateway->resuming)
		return;
	gateway->resuming = false;
	give(gateway, &event);
}

static int compare_sas(struct gateway *gateway, struct kern_error *error)
{
	struct search search = { 0 };
	struct sa_list *there = &gateway->strangers;
	int err;

	there->n = 0;
	there->cut = false;
	err = dump_sas(gateway, there, error);
	if (err) {
		/* An SA that was not seen must not be taken for missing. */
		there->n = 0;
		return err;
	}
	search.there = there;
	ike_engine_each_kernel_sa(gateway->engine, search_one, &search);
	if (search.due.cut || search.missing.cut)
		err = kern_fail(error, -ENOMEM, "no memory for all SAs");
	give_sas(gateway, &search.missing, IKE_SA_HARD);
	if (!err)
		resumed(gateway);
	give_sas(gateway, &search.due, IKE_SA_SOFT);
	replace(gateway, there);
	free(search.missing.sa);
	free(search.due.sa);
	return err;
}

static void see_rule(const struct kern_rule_state *rule, void *arg)
{
	struct ike_event event = { .kind = IKE_EV_ACQUIRE };

	event.acquire.rule = rule->rule;
	if (rule->acquires)
		give_later(&event, arg);
}

/* Rules that have a Child SA without being asked; one that has it keeps it. */
static void start(struct gateway *gateway)
{
	struct ike_event event = { .kind = IKE_EV_INITIATE };
	const struct conf *conf = gateway->conf;
	size_t i;

	for (i = 0; i < conf->rules; i++) {
		if (!conf->rule[i].start)
			continue;
		event.initiate.rule = conf->rule[i].id;
		give(gateway, &event);
	}
}

/* All but the rules. Settings that are refused stay as they were, and cost nothing
 * else: packets that ask for an SA are to be heard.
 */
static int sync_state(struct gateway *gateway, struct kern_error *error)
{
	const struct conf *conf = gateway->conf;
	struct kern_error refused;
	int settings;
	int err;

	settings = kern_settings_set(gateway->kern, &conf->settings, &refused);
	/* What happens from here on is heard; the dumps tell the rest. */
	err = kern_listen(gateway->kern, error);
	if (!err)
		err = compare_sas(gateway, error);
	if (!err)
		err = kern_each_rule(gateway->kern, see_rule, gateway, error);
	give_waiting(gateway);
	if (err || !settings)
		return err;
	*error = refused;
	return settings;
}

static void synced(struct gateway *gateway, int err,
		   const struct kern_error *error)
{
	gateway->trouble.sentence[0] = '\0';
	if (err) {
		gateway->trouble = *error;
		log_error("%s", error->sentence);
	}
	if (err == -ENOMEM || err == -EAGAIN)
		want_sync(gateway);
	start(gateway);
	arm(gateway);
}

int gateway_sync(struct gateway *gateway)
{
	const struct conf *conf = gateway->conf;
	struct kern_error error;
	int err;

	gateway->sync_at = UINT64_MAX;
	err = kern_policy_set(gateway->kern, conf->rule, conf->rules, &error);
	if (!err)
		err = sync_state(gateway, &error);
	synced(gateway, err, &error);
	return err;
}

/* --- the kernel's events --- */

struct quiet_search {
	uint64_t rule;
	bool busy;
};

static void see_quiet(const struct kern_sa *sa, void *arg)
{
	struct quiet_search *search = arg;

	if (sa->rule == search->rule && sa->idle_seconds &&
	    sa->quiet / 1000 < sa->idle_seconds)
		search->busy = true;
}

/* The kernel tells of one direction; a stream that goes one way is not idle. */
static bool rule_is_quiet(struct gateway *gateway, uint64_t rule)
{
	struct quiet_search search = { .rule = rule };
	struct kern_error error;

	if (kern_each_sa(gateway->kern, see_quiet, &search, &error)) {
		log_error("%s", error.sentence);
		return false;
	}
	return !search.busy;
}

/* An SA of before whose lifetime ends is replaced once more, should the first
 * attempt have failed.
 */
static void stranger_ends(struct gateway *gateway, uint64_t rule)
{
	struct ike_event event = { .kind = IKE_EV_ACQUIRE };

	event.acquire.rule = rule;
	give(gateway, &event);
}

void gateway_kernel(struct gateway *gateway, uint8_t command,
		    const struct nlattr *attrs, int len)
{
	struct ike_event event;
	uint64_t rule;
	int err = kern_event_read(command, attrs, len, &event);

	if (err == -EBADMSG)
		log_error("an event of the kernel module lacks an attribute");
	if (err)
		return;
	if (event.kind == IKE_EV_SA) {
		rule = event.sa.rule;
		if (event.sa.what == IKE_SA_IDLE &&
		    !rule_is_quiet(gateway, rule))
			return;
		if (give(gateway, &event) == -ENOENT &&
		    event.sa.what == IKE_SA_SOFT)
			stranger_ends(gateway, rule);
	} else {
		give(gateway, &event);
	}
	arm(gateway);
}

/* --- configuration --- */

/* A note has several lines, and so has the log then. */
static void print_note(const struct conf_note *note)
{
	char text[CONF_NOTE_PRINT_MAX];
	char *rest = text;
	struct ike_text t;
	char *line;

	ike_text_init(&t, text, sizeof(text));
	conf_note_print(note, &t);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			log_write(note->severity == CONF_ERROR ?
				  LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "%s",
				  line);
}

int gateway_read(const char *path, struct conf **conf, struct conf_notes *notes)
{
	const struct conf_options options = {
		.credentials = getenv("CREDENTIALS_DIRECTORY"),
		.owner = geteuid(),
		.on_machine = true,
	};

	return conf_read(conf, path, &options, notes);
}

static int read_conf(const char *path, struct conf **conf)
{
	struct conf_notes notes = { 0 };
	size_t i;
	int err;

	err = gateway_read(path, conf, &notes);
	for (i = 0; i < notes.n; i++)
		print_note(&notes.note[i]);
	if (err == -EINVAL)
		log_error("%s: %zu errors", path, notes.errors);
	else if (err)
		log_error("%s: %s", path, strerror(-err));
	conf_notes_clear(&notes);
	return err;
}

static int find_route(void *arg, const struct ike_address *remote,
		      struct ike_address *local)
{
	return udp_route(remote, local);
}

static int new_engine(const struct conf *conf, struct ike_engine **engine)
{
	const struct ike_random random = { fill_random, NULL };
	const struct ike_routes routes = { find_route, NULL };

	*engine = ike_engine_new(&conf->engine, random);
	if (!*engine) {
		log_error("no memory for the engine");
		return -ENOMEM;
	}
	ike_engine_set_routes(*engine, routes);
	return 0;
}

/* The engine has it, or knows nothing of it. */
static int configure(struct gateway *gateway, struct conf *conf)
{
	struct ike_event event = { .kind = IKE_EV_CONFIGURE };

	event.configure.conf = &conf->engine;
	gateway->former[gateway->formers++] = gateway->conf;
	gateway->conf = conf;
	if (give(gateway, &event) != -ENOMEM ||
	    ike_engine_uses(gateway->engine, &conf->engine))
		return 0;
	gateway->conf = gateway->former[--gateway->formers];
	log_error("no memory for the configuration");
	return -ENOMEM;
}

/* The kernel's rules first: it takes all of them or none. Without a module there
 * are none to be taken, and it gets them when it comes.
 */
static int apply(struct gateway *gateway, struct conf *conf)
{
	struct kern_error error;
	int sync;
	int err;

	sync = kern_policy_set(gateway->kern, conf->rule, conf->rules, &error);
	if (sync && sync != -ENOENT) {
		log_error("%s", error.sentence);
		return sync;
	}
	err = configure(gateway, conf);
	if (err) {
		want_sync(gateway);
		arm(gateway);
		return err;
	}
	log_info("%s: %zu peers, %zu rules", gateway->path, conf->engine.peers,
		 conf->rules);
	if (!sync)
		sync = sync_state(gateway, &error);
	synced(gateway, sync, &error);
	return 0;
}

int gateway_apply(struct gateway *gateway, struct conf *conf)
{
	weed_formers(gateway);
	if (gateway->formers == FORMERS_MAX) {
		log_error("SAs of %u configurations before this are being closed: try again in some minutes",
			  FORMERS_MAX);
		return -EBUSY;
	}
	return apply(gateway, conf);
}

int gateway_reload(struct gateway *gateway)
{
	struct conf *conf = NULL;
	int err;

	/* A third one would be lost when the first comes back. */
	if (gateway->kept) {
		log_error("%s: not read: what is in force waits to be confirmed or taken back",
			  gateway->path);
		return -EBUSY;
	}
	err = read_conf(gateway->path, &conf);
	if (!err)
		err = gateway_apply(gateway, conf);
	if (!err)
		return 0;
	conf_free(conf);
	log_error("the configuration of before stays");
	return err;
}

void gateway_keep(struct gateway *gateway)
{
	gateway->kept = gateway->conf;
}

void gateway_unkeep(struct gateway *gateway)
{
	gateway->kept = NULL;
	weed_formers(gateway);
}

/* It is one of the former ones, and then no more. */
int gateway_go_back(struct gateway *gateway)
{
	struct conf *kept = gateway->kept;
	size_t i;
	int err;

	if (!kept || kept == gateway->conf) {
		gateway_unkeep(gateway);
		return 0;
	}
	err = gateway_apply(gateway, kept);
	if (err)
		return err;
	for (i = 0; i < gateway->formers && gateway->former[i] != kept; i++)
		;
	if (i < gateway->formers)
		gateway->former[i] = gateway->former[--gateway->formers];
	gateway_unkeep(gateway);
	return 0;
}

/* --- looking in --- */

const char *gateway_trouble(const struct gateway *gateway)
{
	return gateway->trouble.sentence[0] ? gateway->trouble.sentence : NULL;
}

const struct ike_engine *gateway_engine(const struct gateway *gateway)
{
	return gateway->engine;
}

const struct conf *gateway_conf(const struct gateway *gateway)
{
	return gateway->conf;
}

struct kern *gateway_kern(const struct gateway *gateway)
{
	return gateway->kern;
}

const struct keys *gateway_keys(const struct gateway *gateway)
{
	return gateway->keys;
}

const char *gateway_path(const struct gateway *gateway)
{
	return gateway->path;
}

int gateway_give(struct gateway *gateway, struct ike_event *event)
{
	int err = give(gateway, event);

	arm(gateway);
	return err;
}

void gateway_reset_counts(struct gateway *gateway, const char *peer)
{
	ike_engine_reset_counts(gateway->engine, peer);
}

void gateway_listen(struct gateway *gateway,
		    void (*told)(const struct ike_actions *actions, void *arg),
		    void *arg)
{
	gateway->told = told;
	gateway->told_arg = arg;
}

/* --- before and after a restart --- */

static int resume(struct ike_bytes record, void *arg)
{
	struct ike_event event = { .kind = IKE_EV_RESUME };

	event.resume = record;
	return give(arg, &event);
}

static void tell_unused(const char *sentence, void *arg)
{
	log_warning("%s", sentence);
}

int gateway_journal(struct gateway *gateway, const char *path)
{
	char sentence[JOURNAL_SENTENCE_MAX];
	int err = journal_open(&gateway->journal, path, sentence);

	if (err) {
		log_warning("IKE SAs will not outlive this daemon: %s",
			    sentence);
		return err;
	}
	gateway->act.journal = gateway->journal;
	ike_engine_set_journal(gateway->engine);
	gateway->resuming = true;
	journal_each(gateway->journal, resume, tell_unused, gateway);
	arm(gateway);
	return 0;
}

/* --- opening and closing --- */

static struct event *join(struct gateway *gateway, int fd,
			  event_callback_fn callback)
{
	struct event *event = event_new(gateway->base, fd,
					EV_READ | EV_PERSIST, callback,
					gateway);

	if (event && event_add(event, NULL)) {
		event_free(event);
		return NULL;
	}
	return event;
}

static int join_loop(struct gateway *gateway)
{
	size_t i;

	gateway->timer = timerfd_create(CLOCK_BOOTTIME,
					TFD_NONBLOCK | TFD_CLOEXEC);
	if (gateway->timer < 0) {
		log_error("a timer: %s", strerror(errno));
		return -errno;
	}
	gateway->on_timer = join(gateway, gateway->timer, on_timer);
	if (!gateway->on_timer)
		goto err_memory;
	for (i = 0; i < UDP_SOCKETS; i++) {
		if (gateway->udp.fd[i] < 0)
			continue;
		gateway->on_socket[i] = join(gateway, gateway->udp.fd[i],
					     on_socket);
		if (!gateway->on_socket[i])
			goto err_memory;
	}
	return 0;

err_memory:
	log_error("no memory for the events");
	return -ENOMEM;
}

static int bind_ports(struct gateway *gateway)
{
	char sentence[UDP_SENTENCE_MAX];
	int err = udp_open(&gateway->udp, sentence);

	if (err)
		log_error("%s", sentence);
	return err;
}

void gateway_close(struct gateway *gateway)
{
	size_t i;

	for (i = 0; i < UDP_SOCKETS; i++)
		if (gateway->on_socket[i])
			event_free(gateway->on_socket[i]);
	if (gateway->on_timer)
		event_free(gateway->on_timer);
	if (gateway->timer >= 0)
		close(gateway->timer);
	if (gateway->udp.batch)
		udp_close(&gateway->udp);
	journal_close(gateway->journal);
	keys_free(gateway->keys);
	ike_engine_free(gateway->engine);
	for (i = 0; i < gateway->formers; i++)
		conf_free(gateway->former[i]);
	conf_free(gateway->conf);
	free(gateway->strangers.sa);
	free(gateway->later.event);
	free(gateway);
}

int gateway_open(struct gateway **result, const char *path,
		 struct event_base *base, struct kern *kern)
{
	struct gateway *gateway = calloc(1, sizeof(*gateway));
	int err;

	if (!gateway) {
		log_error("no memory for the gateway");
		return -ENOMEM;
	}
	gateway->path = path;
	gateway->base = base;
	gateway->kern = kern;
	gateway->timer = -1;
	gateway->sync_at = UINT64_MAX;
	gateway->act = (struct act){
		.kern = kern,
		.udp = &gateway->udp,
		.refused = give_later,
		.activated = on_activated,
		.arg = gateway,
	};
	gateway->keys = keys_new();
	gateway->act.keys = gateway->keys;
	if (!gateway->keys)
		log_error("no memory for keys: a capture will open no packet");
	err = read_conf(path, &gateway->conf);
	if (!err)
		err = new_engine(gateway->conf, &gateway->engine);
	if (!err)
		err = bind_ports(gateway);
	if (!err)
		err = join_loop(gateway);
	if (err) {
		gateway_close(gateway);
		return err;
	}
	*result = gateway;
	return 0;
}
