// SPDX-License-Identifier: GPL-2.0-only
/* The only place where something is done: datagrams to the sockets, SAs to the
 * kernel, stories to the log. It decides nothing; what the kernel refuses goes
 * back to the engine.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "act.h"
#include "kern_sa.h"
#include "log.h"

/* "192.0.2.1:500" or "[2001:db8::1]:4500" */
#define ADDRESS_PRINT_MAX 64
#define STORY_PRINT_MAX 700

static void perform_keep(const struct act *act, const struct ike_action *action)
{
	struct ike_bytes record = { action->keep.data, action->keep.len };
	int err;

	if (!act->journal)
		return;
	if (record.data)
		err = journal_keep(act->journal, action->keep.family, record);
	else
		err = journal_forget(act->journal, action->keep.family);
	if (err)
		log_error("an IKE SA cannot be kept for a restart: %s",
			  strerror(-err));
}

/* Its Message ID is tried again; one line says why nothing arrived. */
static void perform_send(const struct act *act, const struct ike_action *action)
{
	struct ike_bytes data = { action->send.data, action->send.len };
	char text[ADDRESS_PRINT_MAX];
	struct ike_text t;
	int err;

	/* NULL: there was no memory for it. */
	if (!data.data)
		return;
	err = udp_send(act->udp, &action->send.local, &action->send.remote,
		       data);
	if (!err)
		return;
	ike_text_init(&t, text, sizeof(text));
	ike_address_print(&action->send.remote, &t);
	log_warning("cannot send %zu octets to %s: %s", data.len, text,
		    strerror(-err));
}

static void refuse(const struct act *act, const struct ike_sa_spec *sa, int err,
		   const struct kern_error *error)
{
	struct ike_event event = { .kind = IKE_EV_REFUSED };

	log_error("SA %s %08x, rule %" PRIx64 ": %s",
		  sa->direction == IKE_IN ? "in" : "out", sa->spi, sa->rule,
		  error->sentence);
	event.refused.direction = sa->direction;
	event.refused.spi = sa->spi;
	event.refused.rule = sa->rule;
	event.refused.error = err;
	act->refused(&event, act->arg);
}

static void perform_add(const struct act *act, const struct ike_action *action)
{
	struct kern_error error;
	int err = kern_sa_add(act->kern, &action->sa, &error);

	if (err)
		refuse(act, &action->sa, err, &error);
	else if (act->keys && keys_add(act->keys, &action->sa))
		log_error("SA %08x: no memory for its keys: a capture will not open its packets",
			  action->sa.spi);
}

static void perform_activate(const struct act *act,
			     const struct ike_action *action)
{
	struct kern_error error;
	int err = kern_sa_activate(act->kern, &action->sa, &error);

	if (err)
		refuse(act, &action->sa, err, &error);
	else
		act->activated(action->sa.rule, act->arg);
}

static void perform_move(const struct act *act, const struct ike_action *action)
{
	struct kern_error error;
	int err = kern_sa_move(act->kern, &action->sa, &action->was_remote,
			       &error);

	if (err)
		refuse(act, &action->sa, err, &error);
	else if (act->keys)
		keys_move(act->keys, &action->sa, &action->was_remote);
}

/* One that expired, or was refused, is gone already. */
static void perform_del(const struct act *act, const struct ike_action *action)
{
	const struct ike_sa_spec *sa = &action->sa;
	struct kern_error error;
	int err = kern_sa_del(act->kern, sa->direction, sa->spi, &sa->remote,
			      &error);

	if (act->keys)
		keys_remove(act->keys, sa->direction, sa->spi, &sa->remote);
	if (err && err != -ENOENT)
		log_error("%s", error.sentence);
}

/* A rule that is no longer there holds nothing. */
static void perform_rule_fail(const struct act *act,
			      const struct ike_action *action)
{
	struct kern_error error;
	int err = kern_rule_fail(act->kern, action->rule_fail.rule, &error);

	if (err && err != -ENOENT)
		log_error("%s", error.sentence);
}

/* What is for debugging stays in the flight recorder. */
static void perform_story(const struct act *act,
			  const struct ike_action *action)
{
	char level = ike_story_level(action->story.kind);
	char text[STORY_PRINT_MAX];
	struct ike_text t;

	if (level == 'D')
		return;
	ike_text_init(&t, text, sizeof(text));
	ike_story_print(&action->story, &t);
	log_write(level == 'W' ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s",
		  text);
}

static void (*const performers[])(const struct act *act,
				  const struct ike_action *action) = {
	[IKE_ACT_KEEP] = perform_keep,
	[IKE_ACT_SEND] = perform_send,
	[IKE_ACT_SA_ADD] = perform_add,
	[IKE_ACT_SA_ACTIVATE] = perform_activate,
	[IKE_ACT_SA_MOVE] = perform_move,
	[IKE_ACT_SA_DEL] = perform_del,
	[IKE_ACT_RULE_FAIL] = perform_rule_fail,
	[IKE_ACT_STORY] = perform_story,
};

void act_perform(const struct act *act, const struct ike_actions *actions)
{
	size_t i;

	for (i = 0; i < actions->n; i++)
		performers[actions->action[i].kind](act, &actions->action[i]);
}
