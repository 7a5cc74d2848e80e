// SPDX-License-Identifier: GPL-2.0-only
/* What has happened, for those who listen: each story of the engine as a line, and
 * SAs that came, went, were replaced or moved. The latter are found by comparing
 * the engine with what was told before, so that no state can change unseen; it is
 * done only while somebody listens and only when the engine told of a change.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "sa.h"
#include "vici_server.h"

/* --- stories --- */

void vici_put_story(struct vici_writer *v, const struct ike_story *story)
{
	vici_put(v, "at-ms", "%" PRIu64, story->at);
	vici_put(v, "number", "%" PRIu64, story->number);
	vici_put(v, "kind", "%s", ike_story_kind_name(story->kind));
	vici_put(v, "level", "%c", ike_story_level(story->kind));
	if (story->reason != IKE_REASON_NONE) {
		vici_put(v, "reason", "%s", ike_reason_code(story->reason));
		vici_put(v, "sentence", "%s",
			 ike_reason_sentence(story->reason));
	}
	if (story->ike)
		vici_put(v, "ike-id", "%" PRIu32, story->ike);
	if (story->child)
		vici_put(v, "child-id", "%" PRIu32, story->child);
	if (story->rule)
		vici_put(v, "rule", "%016" PRIx64, story->rule);
	if (story->peer)
		vici_put(v, "peer", "%s", story->peer);
	if (story->text)
		vici_put(v, "text", "%s", story->text);
}

/* strongSwan's levels: 1 for what an operator reads, 2 for the rest. */
static void put_line(struct vici_writer *v, const struct ike_story *story)
{
	char line[STORY_TEXT_MAX * 2];
	struct ike_text t;

	ike_text_init(&t, line, sizeof(line));
	ike_story_print(story, &t);
	log_sanitize(line);
	vici_put(v, "group", story->child ? "CHD" : "IKE");
	vici_put(v, "level", "%d",
		 ike_story_level(story->kind) == 'D' ? 2 : 1);
	vici_put(v, "thread", "1");
	if (story->peer)
		vici_put(v, "ikesa-name", "%s", story->peer);
	if (story->ike)
		vici_put(v, "ikesa-uniqueid", "%" PRIu32, story->ike);
	vici_put(v, "msg", "%s", line);
}

/* Lines of what a client waits for go to it alone. */
static void tell_waiting(struct vici *vici, const struct ike_story *story)
{
	struct vici_client *client;
	struct vici_writer v;

	if (!story->peer || ike_story_level(story->kind) == 'D')
		return;
	for (client = vici->clients; client; client = client->next) {
		if (!client->wait || client->failed ||
		    !vici_hears(client, VICI_EVENT_CONTROL_LOG) ||
		    (client->wait != VICI_WAIT_GONE &&
		     strcmp(client->peer, story->peer)))
			continue;
		vici_begin_event(&v, VICI_EVENT_CONTROL_LOG);
		put_line(&v, story);
		vici_send(client, &v);
	}
}

static void tell_story(struct vici *vici, const struct ike_story *story)
{
	struct vici_writer v;

	tell_waiting(vici, story);
	if (vici_anybody_hears(vici, VICI_EVENT_LOG) &&
	    ike_story_level(story->kind) != 'D') {
		vici_begin_event(&v, VICI_EVENT_LOG);
		put_line(&v, story);
		vici_tell(vici, VICI_EVENT_LOG, &v);
	}
	if (vici_anybody_hears(vici, VICI_EVENT_CULVERT_EVENT)) {
		vici_begin_event(&v, VICI_EVENT_CULVERT_EVENT);
		vici_put(&v, "now-ms", "%" PRIu64, gateway_now());
		vici_put_story(&v, story);
		vici_tell(vici, VICI_EVENT_CULVERT_EVENT, &v);
	}
}

/* strongSwan's alerts, and the story that is one. */
static const struct {
	enum ike_reason reason;
	const char *alert;
} alerts[] = {
	{ IKE_REASON_AUTH_WRONG, "peer-auth-failed" },
	{ IKE_REASON_IDENTITY_WRONG, "peer-auth-failed" },
	{ IKE_REASON_NO_PROPOSAL, "proposal-mismatch-ike" },
	{ IKE_REASON_TS_UNACCEPTABLE, "ts-mismatch" },
	{ IKE_REASON_NO_ANSWER, "retransmit-send-timeout" },
	{ IKE_REASON_HALF_OPEN_EXPIRED, "half-open-timeout" },
	{ IKE_REASON_KERNEL_REFUSED, "install-child-sa-failed" },
};

static void tell_alert(struct vici *vici, const struct ike_story *story)
{
	struct vici_writer v;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(alerts); i++)
		if (alerts[i].reason == story->reason)
			break;
	if (i == ARRAY_SIZE(alerts) || ike_story_level(story->kind) != 'W' ||
	    !vici_anybody_hears(vici, VICI_EVENT_ALERT))
		return;
	vici_begin_event(&v, VICI_EVENT_ALERT);
	vici_put(&v, "alert", "%s", alerts[i].alert);
	vici_put_story(&v, story);
	vici_tell(vici, VICI_EVENT_ALERT, &v);
}

/* --- SAs that were told to be up --- */

static const enum vici_event watched[] = {
	VICI_EVENT_IKE_UPDOWN, VICI_EVENT_IKE_REKEY, VICI_EVENT_IKE_UPDATE,
	VICI_EVENT_CHILD_UPDOWN, VICI_EVENT_CHILD_REKEY,
};

static void seen_clear(struct vici_seen *seen)
{
	free(seen->keys);
	memset(seen, 0, sizeof(*seen));
}

void vici_event_forget(struct vici *vici)
{
	size_t i;

	for (i = 0; i < vici->n_seen; i++)
		seen_clear(&vici->seen[i]);
	free(vici->seen);
	vici->seen = NULL;
	vici->n_seen = 0;
	vici->size_seen = 0;
}

static struct vici_seen *find_seen(struct vici *vici, uint32_t ike,
				   uint32_t child)
{
	size_t i;

	/* The numbers are one sequence: a Child SA keeps its own while its IKE SA
	 * is replaced.
	 */
	for (i = 0; i < vici->n_seen; i++)
		if (vici->seen[i].child == child &&
		    (child || vici->seen[i].ike == ike))
			return &vici->seen[i];
	return NULL;
}

/* The elements of a section, as they stand in a message. */
static void keep_keys(struct vici_seen *seen, struct vici_writer *v)
{
	static const size_t head = VICI_HEAD + 1;
	struct ike_bytes segment;

	free(seen->keys);
	seen->keys = NULL;
	seen->len = 0;
	if (!vici_finish(v, &segment) && segment.len > head)
		seen->keys = malloc(segment.len - head);
	if (seen->keys) {
		seen->len = segment.len - head;
		memcpy(seen->keys, segment.data + head, seen->len);
	}
	vici_clear(v);
}

static void keep_ike(struct vici_seen *seen, const struct ike_sa *sa)
{
	struct vici_writer v;

	seen->local = sa->local;
	seen->remote = sa->remote;
	snprintf(seen->name, sizeof(seen->name), "%s", vici_ike_name(sa));
	vici_begin(&v, VICI_CMD_RESPONSE, NULL);
	vici_put_ike(&v, sa, gateway_now());
	keep_keys(seen, &v);
}

static void keep_child(struct vici_seen *seen, const struct vici *vici,
		       const struct ike_child *child)
{
	struct vici_writer v;

	snprintf(seen->name, sizeof(seen->name), "%s",
		 vici_ike_name(child->sa));
	snprintf(seen->child_name, sizeof(seen->child_name), "%s",
		 child->rule->conf->name);
	vici_begin(&v, VICI_CMD_RESPONSE, NULL);
	vici_put_child(&v, vici, child, NULL);
	keep_keys(seen, &v);
}

static struct vici_seen *add_seen(struct vici *vici, uint32_t ike,
				  uint32_t child)
{
	size_t size = vici->size_seen ? vici->size_seen * 2 : 16;
	struct vici_seen *grown;

	if (vici->n_seen == vici->size_seen) {
		grown = realloc(vici->seen, size * sizeof(*grown));
		if (!grown)
			return NULL;
		vici->seen = grown;
		vici->size_seen = size;
	}
	grown = &vici->seen[vici->n_seen++];
	memset(grown, 0, sizeof(*grown));
	grown->ike = ike;
	grown->child = child;
	return grown;
}

/* --- what became of them --- */

/* Elements that were looked through when they were written. */
static void put_kept(struct vici_writer *v, const struct vici_seen *seen)
{
	ike_writer_bytes(&v->w, seen->keys, seen->len);
}

/* Its section, with what it has carried: nothing when it is new; what it had when
 * it is gone, nobody knows any more.
 */
static void put_child(struct vici_writer *v, const char *name,
		      const struct vici_seen *seen, bool new)
{
	static const char *const carried[] = {
		"bytes-in", "packets-in", "bytes-out", "packets-out",
		"install-time",
	};
	size_t i;

	vici_section(v, "%s", name);
	put_kept(v, seen);
	for (i = 0; new && i < ARRAY_SIZE(carried); i++)
		vici_put(v, carried[i], "0");
	vici_end(v);
}

/* strongSwan has none in ike-updown; swanctl prints nothing without one. */
static void put_no_children(struct vici_writer *v)
{
	vici_section(v, "child-sas");
	vici_end(v);
}

static void tell_ike(struct vici *vici, const struct vici_seen *seen, bool up)
{
	struct vici_writer v;

	vici_begin_event(&v, VICI_EVENT_IKE_UPDOWN);
	if (up)
		vici_put_flag(&v, "up", true);
	vici_section(&v, "%s", seen->name);
	put_kept(&v, seen);
	put_no_children(&v);
	vici_end(&v);
	vici_tell(vici, VICI_EVENT_IKE_UPDOWN, &v);
}

static void tell_child(struct vici *vici, const struct vici_seen *seen,
		       const struct vici_seen *ike, bool up)
{
	/* A number more than a name has; longer ones are refused where written. */
	char name[VICI_NAME_MAX + 16];
	struct vici_writer v;

	vici_begin_event(&v, VICI_EVENT_CHILD_UPDOWN);
	if (up)
		vici_put_flag(&v, "up", true);
	vici_section(&v, "%s", seen->name);
	if (ike)
		put_kept(&v, ike);
	vici_section(&v, "child-sas");
	snprintf(name, sizeof(name), "%s-%" PRIu32, seen->child_name,
		 seen->child);
	put_child(&v, name, seen, up);
	vici_end(&v);
	vici_end(&v);
	vici_tell(vici, VICI_EVENT_CHILD_UPDOWN, &v);
}

static void put_named(struct vici_writer *v, const char *name,
		      const struct vici_seen *seen)
{
	vici_section(v, "%s", name);
	put_kept(v, seen);
	vici_end(v);
}

static void tell_ike_rekey(struct vici *vici, const struct vici_seen *old,
			   const struct vici_seen *new)
{
	struct vici_writer v;

	vici_begin_event(&v, VICI_EVENT_IKE_REKEY);
	vici_section(&v, "%s", new->name);
	put_named(&v, "old", old);
	put_named(&v, "new", new);
	vici_end(&v);
	vici_tell(vici, VICI_EVENT_IKE_REKEY, &v);
}

static void tell_child_rekey(struct vici *vici, const struct vici_seen *old,
			     const struct vici_seen *new,
			     const struct vici_seen *ike)
{
	struct vici_writer v;

	vici_begin_event(&v, VICI_EVENT_CHILD_REKEY);
	vici_section(&v, "%s", new->name);
	if (ike)
		put_kept(&v, ike);
	vici_section(&v, "child-sas");
	vici_section(&v, "%s", new->child_name);
	put_child(&v, "old", old, false);
	put_child(&v, "new", new, true);
	vici_end(&v);
	vici_end(&v);
	vici_end(&v);
	vici_tell(vici, VICI_EVENT_CHILD_REKEY, &v);
}

static void tell_update(struct vici *vici, const struct vici_seen *seen,
			const struct ike_sa *sa)
{
	struct vici_writer v;

	vici_begin_event(&v, VICI_EVENT_IKE_UPDATE);
	vici_put_address(&v, "local-host", &sa->local);
	vici_put(&v, "local-port", "%u", sa->local.port);
	vici_put_address(&v, "remote-host", &sa->remote);
	vici_put(&v, "remote-port", "%u", sa->remote.port);
	vici_section(&v, "%s", seen->name);
	put_kept(&v, seen);
	put_no_children(&v);
	vici_end(&v);
	vici_tell(vici, VICI_EVENT_IKE_UPDATE, &v);
}

/* --- comparing --- */

static bool ike_is_up(const struct ike_sa *sa)
{
	return sa->state == IKE_SA_ESTABLISHED || sa->state == IKE_SA_REKEYING;
}

static bool child_is_up(const struct ike_child *child)
{
	return child->state == IKE_CHILD_UP ||
	       child->state == IKE_CHILD_REKEYING;
}

/* One of the same session, or rule, that is not up any more: it was replaced. */
static size_t find_old(struct vici *vici, uint32_t ike, uint32_t child,
		       const char *name, const char *child_name)
{
	size_t i;

	for (i = 0; i < vici->n_seen; i++) {
		const struct vici_seen *seen = &vici->seen[i];

		if (seen->mark != vici->mark - 1 || !seen->child != !child ||
		    strcmp(seen->name, name))
			continue;
		if (child ? !strcmp(seen->child_name, child_name) :
			    seen->ike != ike)
			return i;
	}
	return vici->n_seen;
}

static void drop_seen(struct vici *vici, size_t i)
{
	seen_clear(&vici->seen[i]);
	vici->seen[i] = vici->seen[--vici->n_seen];
}

/* Takes its place in the list; tells whether it came or replaced another. */
static void new_ike(struct vici *vici, const struct ike_sa *sa, bool tell)
{
	struct vici_seen *seen = add_seen(vici, sa->number, 0);
	size_t old;

	if (!seen)
		return;
	keep_ike(seen, sa);
	seen->mark = vici->mark;
	old = sa->session == sa->number ? vici->n_seen :
	      find_old(vici, sa->number, 0, seen->name, NULL);
	if (!tell) {
		return;
	} else if (old < vici->n_seen) {
		tell_ike_rekey(vici, &vici->seen[old], seen);
		drop_seen(vici, old);
	} else {
		tell_ike(vici, seen, true);
	}
}

static void new_child(struct vici *vici, const struct ike_child *child,
		      bool tell)
{
	struct vici_seen *seen = add_seen(vici, child->sa->number,
					  child->number);
	const struct vici_seen *ike;
	size_t old;

	if (!seen)
		return;
	keep_child(seen, vici, child);
	seen->mark = vici->mark;
	if (!tell)
		return;
	ike = find_seen(vici, child->sa->number, 0);
	old = find_old(vici, 0, child->number, seen->name, seen->child_name);
	if (old < vici->n_seen) {
		tell_child_rekey(vici, &vici->seen[old], seen, ike);
		drop_seen(vici, old);
	} else {
		tell_child(vici, seen, ike, true);
	}
}

/* First what still is up is marked, then what is new is told. */
static void mark_old(struct vici *vici)
{
	const struct ike_engine *engine = gateway_engine(vici->gateway);
	const struct ike_child *child;
	const struct ike_sa *sa = NULL;
	struct vici_seen *seen;

	while ((sa = ike_engine_next_sa(engine, sa))) {
		seen = ike_is_up(sa) ? find_seen(vici, sa->number, 0) : NULL;
		if (seen)
			seen->mark = vici->mark;
		if (seen && (!ike_address_equal(&seen->remote, &sa->remote) ||
			     !ike_address_equal(&seen->local, &sa->local))) {
			tell_update(vici, seen, sa);
			keep_ike(seen, sa);
		}
		for (child = sa->children; child; child = child->next) {
			seen = child_is_up(child) ?
			       find_seen(vici, 0, child->number) : NULL;
			if (seen)
				seen->mark = vici->mark;
		}
	}
}

static void find_new(struct vici *vici, bool tell)
{
	const struct ike_engine *engine = gateway_engine(vici->gateway);
	const struct ike_child *child;
	const struct ike_sa *sa = NULL;

	while ((sa = ike_engine_next_sa(engine, sa)))
		if (ike_is_up(sa) && !find_seen(vici, sa->number, 0))
			new_ike(vici, sa, tell);
	while ((sa = ike_engine_next_sa(engine, sa)))
		for (child = sa->children; child; child = child->next)
			if (child_is_up(child) &&
			    !find_seen(vici, 0, child->number))
				new_child(vici, child, tell);
}

/* Child SAs go before their IKE SA does. */
static void find_gone(struct vici *vici)
{
	struct vici_seen *seen;
	int ikes;
	size_t i;

	for (ikes = 0; ikes < 2; ikes++) {
		for (i = vici->n_seen; i-- > 0;) {
			seen = &vici->seen[i];
			if (seen->mark == vici->mark || ikes != !seen->child)
				continue;
			if (ikes)
				tell_ike(vici, seen, false);
			else
				tell_child(vici, seen,
					   find_seen(vici, seen->ike, 0),
					   false);
			drop_seen(vici, i);
		}
	}
}

static void compare(struct vici *vici, bool tell)
{
	vici->mark++;
	mark_old(vici);
	find_new(vici, tell);
	find_gone(vici);
}

void vici_event_heard(struct vici *vici)
{
	bool watching = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(watched); i++)
		watching |= vici_anybody_hears(vici, watched[i]);
	if (watching == vici->watching)
		return;
	vici->watching = watching;
	if (watching)
		compare(vici, false);
	else
		vici_event_forget(vici);
}

static bool changes(const struct ike_story *story)
{
	return story->kind == IKE_STORY_IKE_STATE ||
	       story->kind == IKE_STORY_CHILD_STATE ||
	       story->kind == IKE_STORY_ADDRESS;
}

void vici_event_told(struct vici *vici, const struct ike_actions *actions)
{
	const struct ike_story *story;
	bool changed = false;
	size_t i;

	if (!vici->clients)
		return;
	for (i = 0; i < actions->n; i++) {
		if (actions->action[i].kind != IKE_ACT_STORY)
			continue;
		story = &actions->action[i].story;
		tell_story(vici, story);
		tell_alert(vici, story);
		changed |= changes(story);
	}
	if (changed && vici->watching)
		compare(vici, true);
}
