// SPDX-License-Identifier: GPL-2.0-only
/* The configuration: shown, checked, applied, and taken back when nobody confirms
 * that the machine can still be reached. The gateway changes it; this file asks,
 * and keeps the time.
 */
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf_print.h"
#include "log.h"
#include "vici_server.h"

/* An hour is more than it takes to see whether a tunnel works. */
#define CONFIRM_MAX 3600
/* s until it is tried again, when the one before could not be put in force. */
#define GO_BACK_RETRY 5

/* --- what is in force --- */

/* Lines in one event: a message has a bound, a configuration has none. */
#define LINES_MAX 1000

struct lines {
	struct vici_client *client;
	struct vici_writer v;
	unsigned int n;
};

static void begin_lines(struct lines *lines)
{
	lines->n = 0;
	vici_begin_event(&lines->v, VICI_EVENT_CULVERT_CONFIG);
	vici_list(&lines->v, "lines");
}

static void end_lines(struct lines *lines)
{
	vici_end(&lines->v);
	vici_send(lines->client, &lines->v);
}

static void add_line(const char *line, void *arg)
{
	struct lines *lines = arg;

	if (lines->n == LINES_MAX ||
	    lines->v.w.len + strlen(line) > VICI_PACKET_MAX / 2) {
		end_lines(lines);
		begin_lines(lines);
	}
	vici_item(&lines->v, "%s", line);
	lines->n++;
}

/* It is in force, but the kernel does not have all of it. */
static void put_trouble(const struct vici *vici, struct vici_writer *reply)
{
	const char *trouble = gateway_trouble(vici->gateway);

	if (trouble)
		vici_put(reply, "warning", "not in the kernel: %s", trouble);
}

/* For clients, which are in other directories. */
static void put_path(struct vici_writer *v, const char *path)
{
	char *whole = *path == '/' ? NULL : realpath(path, NULL);

	vici_put(v, "path", "%s", whole ? whole : path);
	free(whole);
}

void vici_culvert_config(struct vici_client *client, struct ike_bytes request,
			 struct vici_writer *reply)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	const struct vici *vici = client->vici;
	struct lines lines = { .client = client };
	uint64_t now = gateway_now();
	int err = 0;

	if (vici_hears(client, VICI_EVENT_CULVERT_CONFIG)) {
		begin_lines(&lines);
		err = conf_print(gateway_conf(vici->gateway), add_line, &lines);
		end_lines(&lines);
	}
	put_path(reply, gateway_path(vici->gateway));
	if (credentials)
		vici_put(reply, "credentials", "%s", credentials);
	vici_put(reply, "loaded-ms", "%" PRIu64, now - vici->loaded_at);
	put_trouble(vici, reply);
	if (vici->confirm)
		vici_put(reply, "confirm-ms", "%" PRIu64,
			 vici->confirm_at > now ? vici->confirm_at - now : 0);
	if (err)
		vici_refuse(reply, "the configuration cannot be printed: %s",
			    strerror(-err));
}

/* --- reading the file --- */

static void put_note(struct vici_writer *v, const struct conf_note *note)
{
	char text[CONF_NOTE_PRINT_MAX];
	char *rest = text;
	struct ike_text t;
	char *line;

	ike_text_init(&t, text, sizeof(text));
	conf_note_print(note, &t);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			vici_item(v, "%s", line);
}

/* Answers with what is wrong with it. */
static int read_file(const struct vici *vici, struct conf **conf,
		     struct vici_writer *reply)
{
	struct conf_notes notes = { 0 };
	size_t i;
	int err;

	*conf = NULL;
	err = gateway_read(gateway_path(vici->gateway), conf, &notes);
	vici_put(reply, "errors", "%zu", notes.errors);
	vici_put(reply, "warnings", "%zu", notes.warnings);
	vici_list(reply, "notes");
	for (i = 0; i < notes.n; i++)
		put_note(reply, &notes.note[i]);
	vici_end(reply);
	if (err)
		vici_refuse(reply, "%s: %s", gateway_path(vici->gateway),
			    err == -EINVAL ? "there are errors in it" :
					     strerror(-err));
	conf_notes_clear(&notes);
	return err;
}

void vici_culvert_config_check(struct vici_client *client,
			       struct ike_bytes request,
			       struct vici_writer *reply)
{
	struct conf *conf;

	if (!read_file(client->vici, &conf, reply))
		vici_put_flag(reply, "success", true);
	conf_free(conf);
}

/* --- applying it --- */

static void stop_waiting(struct vici *vici)
{
	event_free(vici->confirm);
	vici->confirm = NULL;
}

#define TAKEN_BACK "%s may still say what was taken back, which is read at the next start: mend it"

static int go_back(struct vici *vici)
{
	int err = gateway_go_back(vici->gateway);

	if (err) {
		log_error("control: the configuration of before cannot be put in force again: %s",
			  strerror(-err));
		return err;
	}
	vici->loaded_at = gateway_now();
	log_warning(TAKEN_BACK, gateway_path(vici->gateway));
	return 0;
}

/* Nobody said that the machine can be reached: it is tried until it succeeds. */
static void on_unconfirmed(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = { .tv_sec = GO_BACK_RETRY };
	struct vici *vici = arg;

	log_warning("control: nobody confirmed the configuration: the one before comes back");
	if (!go_back(vici)) {
		stop_waiting(vici);
		return;
	}
	vici->confirm_at = gateway_now() + GO_BACK_RETRY * 1000;
	event_add(vici->confirm, &again);
}

static int wait_for_confirm(struct vici *vici, uint64_t seconds)
{
	const struct timeval when = { .tv_sec = seconds };

	vici->confirm = evtimer_new(vici->base, on_unconfirmed, vici);
	if (!vici->confirm)
		return -ENOMEM;
	if (event_add(vici->confirm, &when)) {
		stop_waiting(vici);
		return -ENOMEM;
	}
	vici->confirm_at = gateway_now() + seconds * 1000;
	gateway_keep(vici->gateway);
	return 0;
}

/* The time runs before it is applied: what cannot be taken back is not begun. */
static int apply(struct vici *vici, struct conf *conf, uint64_t seconds)
{
	int err = seconds ? wait_for_confirm(vici, seconds) : 0;

	if (err)
		return err;
	err = gateway_apply(vici->gateway, conf);
	if (!err) {
		vici->loaded_at = gateway_now();
	} else if (seconds) {
		stop_waiting(vici);
		gateway_unkeep(vici->gateway);
	}
	return err;
}

void vici_culvert_config_apply(struct vici_client *client,
			       struct ike_bytes request,
			       struct vici_writer *reply)
{
	struct vici *vici = client->vici;
	uint64_t seconds = 0;
	struct conf *conf;
	int err;

	err = vici_get_number(request, "confirm", 10, &seconds);
	if (err == -EINVAL || (!err && (!seconds || seconds > CONFIRM_MAX))) {
		vici_refuse(reply, "confirm: a number of seconds from 1 to %d is expected",
			    CONFIRM_MAX);
		return;
	}
	if (vici->confirm) {
		vici_refuse(reply, "the configuration in force is not confirmed yet: confirm it or take it back first");
		return;
	}
	if (read_file(vici, &conf, reply))
		return;
	err = apply(vici, conf, seconds);
	if (!err) {
		put_trouble(vici, reply);
		vici_put_flag(reply, "success", true);
		return;
	}
	conf_free(conf);
	vici_refuse(reply, "the configuration of before stays: %s; the daemon's log says more",
		    strerror(-err));
}

void vici_culvert_config_confirm(struct vici_client *client,
				 struct ike_bytes request,
				 struct vici_writer *reply)
{
	struct vici *vici = client->vici;

	if (!vici->confirm) {
		vici_refuse(reply, "no configuration waits to be confirmed");
		return;
	}
	if (!vici_get_flag(request, "rollback", false)) {
		gateway_unkeep(vici->gateway);
	} else if (go_back(vici)) {
		vici_refuse(reply, "it cannot be taken back now, and will be tried again when its time is over: the daemon's log says more");
		return;
	} else {
		vici_put(reply, "warning", TAKEN_BACK,
			 gateway_path(vici->gateway));
	}
	stop_waiting(vici);
	vici_put_flag(reply, "success", true);
}
