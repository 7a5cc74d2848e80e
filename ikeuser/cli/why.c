// SPDX-License-Identifier: GPL-2.0-only
/* why: the flight recorder of a tunnel told as a story. First how things are,
 * then what happened with milliseconds, and if it failed, what differs and what
 * to change on which side.
 */

#include <inttypes.h>
#include <string.h>

#include "events.h"
#include "format.h"
#include "json.h"

/* A new story begins where nothing happened for so long, which is more than
 * lies between the last two tries of a request.
 */
#define PAUSE_MS 120000

/* What an event's kind is in a sentence. */
static const struct {
	const char *kind;
	const char *sentence;
} kinds[] = {
	{ "SENT", "sent" },
	{ "RECEIVED", "received" },
	{ "REPEATED", "no answer yet, sent again" },
	{ "DROPPED", "ignored" },
	{ "REFUSED", "refused" },
	{ "NOTIFIED", "the peer refuses" },
	{ "STATUS", "the peer says" },
	{ "IKE_STATE", "IKE SA" },
	{ "CHILD_STATE", "Child SA" },
	{ "STEP_REFUSED", "no such step" },
	{ "PROPOSAL_CHOSEN", "agreed on" },
	{ "PROPOSAL_DIFFERS", "proposals differ" },
	{ "SELECTORS_CHOSEN", "traffic" },
	{ "SELECTORS_DIFFER", "traffic selectors differ" },
	{ "IDENTITY", "identity" },
	{ "AUTHENTICATED", "the peer proved to be" },
	{ "NAT", "a NAT is" },
	{ "ADDRESS", "the peer is" },
	{ "COLLISION", "both ends at once" },
	{ "ACQUIRE", "traffic asks for" },
	{ "KERNEL", "the kernel" },
	{ "PFS", "PFS" },
	{ "FAILED", "failed" },
	{ "UNTOLD", "left out" },
};

/* What to do about a reason. %: the peer's name. */
static const struct {
	const char *reason;
	const char *advice;
} advices[] = {
	{ "NO_PROPOSAL", "here: 'proposals' or 'esp_proposals' of the peer; there: what it offers. One suite must stand in both." },
	{ "ANSWER_UNOFFERED", "there: the peer answers with a suite that was not offered; look for its fixed proposal and write it here." },
	{ "KE_GROUP", "both ends: one group in common; it was asked for another one, which costs a message and is no fault." },
	{ "KE_UNOFFERED", "here: add the group that the peer wants to 'proposals' (or 'esp_proposals'), or there: take one of ours." },
	{ "AUTH_WRONG", "both ends: the pre-shared key differs. Compare 'culvert show config' marks of a copy of each file; watch for a newline or blanks at the end, and for the local and remote secret in each other's place." },
	{ "AUTH_METHOD", "there: authenticate with a pre-shared key, which is what is configured here." },
	{ "AUTH_NO_KEY", "here: 'auth psk secret file ...' of the peer." },
	{ "IDENTITY_WRONG", "here: 'remote_id' of the peer; there: what it calls itself (ASA: crypto isakmp identity; strongSwan: local.id)." },
	{ "IDENTITY_UNKNOWN", "here: a peer with that 'remote_id'; there: the identity it sends." },
	{ "PEER_UNKNOWN", "here: a peer with that 'remote_addrs', and the address it comes to as 'local_addrs'." },
	{ "TS_UNACCEPTABLE", "both ends: the access lists are to mirror each other: what is source here is destination there." },
	{ "TS_WIDER", "there: the peer answers with more than was asked for; make its access list the mirror image." },
	{ "MODE_UNACCEPTABLE", "both ends: 'mode = tunnel' or 'mode = transport', the same." },
	{ "TRANSPORT_NAT", "both ends: 'mode = tunnel', since something translates addresses on the way." },
	{ "NO_ANSWER", "on the way: UDP 500 and 4500 to the peer and back, its address, whether its daemon runs; 'culvert doctor' looks at this end." },
	{ "NO_ROUTE", "here: a route to the peer, or 'remote_addrs' if it is %any and this end is to begin." },
	{ "HALF_OPEN_EXPIRED", "there: the peer began and did not go on; its own log says why, most often the secret or the identity." },
	{ "HALF_OPEN_FULL", "here: too many began and did not go on; an attack, or a peer that starts over and over." },
	{ "PEER_REFUSED", "there: the peer's own log says more; what it is called above is the notification it sent." },
	{ "PEER_DELETED", "there: the peer closed it: an operator, its idle timeout or its lifetime." },
	{ "PEER_RESTARTED", "nothing: the peer began anew, and so did this end." },
	{ "KERNEL_REFUSED", "here: what the kernel says above; 'culvert doctor' looks at the module." },
	{ "RULE_UNKNOWN", "here: the kernel has a rule that the configuration has not: 'culvert config apply'." },
	{ "SK_ICV", "on the way: a message was changed, or both ends do not have the same keys." },
	{ "IDLE", "nothing: idle_timeout closed it, traffic brings it up." },
	{ "OPERATOR", "nothing: it was asked for." },
	{ "LIFETIME", "nothing, if a new one came before; else rekeying failed, see above." },
};

/* What the peer refuses with says as much as a reason of ours. */
static const struct {
	const char *notify;
	const char *reason;
} refusals[] = {
	{ "NO_PROPOSAL_CHOSEN", "NO_PROPOSAL" },
	{ "INVALID_KE_PAYLOAD", "KE_GROUP" },
	{ "AUTHENTICATION_FAILED", "AUTH_WRONG" },
	{ "TS_UNACCEPTABLE", "TS_UNACCEPTABLE" },
};

/* The code under which an event's advice stands. */
static const char *meaning_of(const struct node *event)
{
	const char *text = node_text(event, "text");

	for (size_t i = 0; node_is(event, "kind", "NOTIFIED") &&
	     i < ARRAY_SIZE(refusals); i++) {
		if (strstr(text, refusals[i].notify))
			return refusals[i].reason;
	}
	return node_text(event, "reason");
}

static const char *sentence_of(const char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].sentence;
	}
	return kind;
}

static const char *advice_of(const char *reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++) {
		if (!strcmp(advices[i].reason, reason))
			return advices[i].advice;
	}
	return NULL;
}

/* How much an event tells about why it failed: a difference the most, a message
 * that was repeated the least.
 */
static int weight(const struct node *event)
{
	static const char *const heavy[] = {
		"PROPOSAL_DIFFERS", "SELECTORS_DIFFER", "IDENTITY",
	};
	const char *reason = node_text(event, "reason");

	if (!*reason)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(heavy); i++) {
		if (node_is(event, "kind", heavy[i]))
			return 5;
	}
	if (strcmp(meaning_of(event), reason))
		return 4;
	if (!advice_of(reason))
		return 1;
	return node_is(event, "kind", "REPEATED") ||
	       !strcmp(reason, "PEER_REFUSED") ? 2 : 3;
}

static bool is_state(const struct node *event, const char *kind,
		     const char *text)
{
	return node_is(event, "kind", kind) &&
	       strstr(node_text(event, "text"), text);
}

/* Of one attempt, the first of the heaviest: what follows it is its
 * consequence. Of several attempts, the last. A child that is up ends all that
 * was before.
 */
static const struct node *find_cause(const struct node *event)
{
	const struct node *cause = NULL;
	bool again = false;

	for (; event; event = event->next) {
		if (is_state(event, "IKE_STATE", "NEW -> ") ||
		    is_state(event, "CHILD_STATE", "WANTED -> "))
			again = true;
		if (is_state(event, "CHILD_STATE", "-> UP")) {
			cause = NULL;
		} else if (weight(event) &&
			   (!cause || weight(event) > weight(cause) ||
			    (again && weight(event) == weight(cause)))) {
			cause = event;
			again = false;
		}
	}
	return cause;
}

/* From the first event of the last story on: nothing happened for a while
 * before.
 */
static const struct node *pause_end(const struct node *events)
{
	const struct node *begin = events->first;
	const struct node *before = begin;
	const struct node *event = begin;

	for (; event; before = event, event = event->next) {
		if (node_number(event, "at-ms") >
		    node_number(before, "at-ms") + PAUSE_MS)
			begin = event;
	}
	return begin;
}

/* The first event of the last IKE SA that was begun in front of end. */
static const struct node *attempt_begin(const struct node *begin,
					const struct node *end)
{
	const struct node *found = NULL;
	const struct node *event = begin;

	for (; event && event != end; event = event->next) {
		const struct node *first = begin;

		if (!is_state(event, "IKE_STATE", "NEW -> "))
			continue;
		while (!node_is(first, "ike-id",
				node_text(event, "ike-id")))
			first = first->next;
		found = first;
	}
	return found;
}

/* The last attempt, or if it is not decided yet, the one before too. */
static const struct node *story_begin(const struct node *events)
{
	const struct node *begin = pause_end(events);
	const struct node *last = attempt_begin(begin, NULL);
	const struct node *event = last;

	if (!last)
		return begin;
	while (event && !is_state(event, "CHILD_STATE", "-> UP"))
		event = event->next;
	if (!event && !find_cause(last))
		return attempt_begin(begin, last) ?: last;
	return last;
}

static void tell_event(struct cli *cli, const struct node *event,
		       uint64_t begin, const struct node *cause)
{
	const char *text = node_text(event, "text");
	enum cli_color color = event == cause ? CLI_RED :
			       node_is(event, "level", "D") ? CLI_DIM :
			       CLI_PLAIN;

	fprintf(cli->out, "%s%s %8" PRIu64 " ms  %s", cli_color(cli, color),
		event == cause ? "!" : " ",
		node_number(event, "at-ms") - begin,
		sentence_of(node_text(event, "kind")));
	if (*text)
		fprintf(cli->out, " %s", text);
	if (node_has(event, "reason"))
		fprintf(cli->out, "  [%s: %s]", node_text(event, "reason"),
			node_text(event, "sentence"));
	fprintf(cli->out, "%s\n", color ? cli_plain(cli) : "");
}

/* "DH: theirs modp2048, ours x25519; ENCR: ...": the first difference is
 * marked, the others stand below it.
 */
static void tell_differences(struct cli *cli, const char *text)
{
	const char *mark = "first difference";
	const char *at = strstr(text, ": theirs ");

	/* In front of the type may stand whose it is. */
	while (at && at > text && at[-1] != ' ' && at[-1] != ';')
		at--;
	while (at && *at) {
		const char *end = at + strcspn(at, ";");
		const char *theirs = strstr(at, ": theirs ");
		const char *ours = strstr(at, ", ours ");

		if (!theirs || !ours || theirs > end || ours > end)
			return;
		fprintf(cli->out, "  %-18s %-8.*s offered    %.*s\n", mark,
			(int)(theirs - at), at, (int)(ours - theirs - 9),
			theirs + 9);
		fprintf(cli->out, "  %-18s %-8s configured %.*s\n", "", "",
			(int)(end - ours - 7), ours + 7);
		mark = "and";
		at = *end ? end + 1 + strspn(end + 1, " ") : end;
	}
}

static void tell_list(struct cli *cli, const char *title,
		      const struct node *list)
{
	const struct node *item = list ? list->first : NULL;

	for (; item; item = item->next) {
		fprintf(cli->out, "  %-18s %s\n", title, item->value ?: "");
		title = "";
	}
}

static void tell_configured(struct cli *cli, const struct node *answer,
			    const struct node *cause)
{
	static const char *const keys[] = {
		"local-addrs", "remote-addrs", "local-id", "remote-id",
		"proposals", "esp-proposals",
	};
	const struct node *configured = node_find(answer, "configured");

	if (!configured)
		return;
	fputs("configured here:\n", cli->out);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (node_has(configured, keys[i]))
			fprintf(cli->out, "  %-18s %s\n", keys[i],
				node_text(configured, keys[i]));
	}
	if (!node_is(cause, "kind", "SELECTORS_DIFFER") &&
	    !node_is(cause, "reason", "TS_UNACCEPTABLE"))
		return;
	tell_list(cli, "local-ts", node_find(configured, "local-ts"));
	tell_list(cli, "remote-ts", node_find(configured, "remote-ts"));
}

static void tell_cause(struct cli *cli, const struct node *answer,
		       const struct node *cause)
{
	const char *advice = advice_of(meaning_of(cause));

	fprintf(cli->out, "\n%sreason: %s%s (%s)\n", cli_color(cli, CLI_BOLD),
		node_text(cause, "sentence"), cli_plain(cli),
		node_text(cause, "reason"));
	tell_differences(cli, node_text(cause, "text"));
	tell_configured(cli, answer, cause);
	if (advice)
		fprintf(cli->out, "to change: %s\n", advice);
}

static void tell_story(struct cli *cli, const struct node *answer,
		       const struct node *events)
{
	const struct node *event = story_begin(events);
	const struct node *cause = find_cause(event);
	uint64_t begin = node_number(event, "at-ms");
	uint64_t now = node_number(answer, "now-ms");
	struct word ago = format_ms(now > begin ? now - begin : 0);

	if (!event) {
		fprintf(cli->out, "%s: nothing has happened yet: no packet asked for it, and no peer\n",
			node_text(answer, "name"));
		return;
	}
	fprintf(cli->out, "%s, begun %s ago:\n", node_text(answer, "name"),
		ago.text);
	for (; event; event = event->next)
		tell_event(cli, event, begin, cause);
	if (cause)
		tell_cause(cli, answer, cause);
	else
		fputs("\nnothing is wrong\n", cli->out);
}

/* --- whose events --- */

/* Of the peer's: all but those of its other rules. */
static bool is_of_rule(const struct node *event, const char *rule)
{
	return !rule || !node_has(event, "rule") || node_is(event, "rule", rule);
}

/* Of nobody's: what was refused before it was known whose it is names the peer,
 * or where it came from.
 */
static bool is_about(const struct node *event, const struct node *answer)
{
	const char *text = node_text(event, "text");
	const char *peer = node_has(answer, "peer") ?
		node_text(answer, "peer") : node_text(answer, "name");
	struct word name = format_printf("%.100s: ", peer);
	struct word address = format_printf("%.100s:",
		node_text(node_find(answer, "configured"), "remote-addrs"));

	return (*peer && (!strcmp(text, peer) ||
			  !strncmp(text, name.text, strlen(name.text)))) ||
	       (address.text[1] && strstr(text, address.text));
}

/* In the order of their times, which both lists have. */
static void merge(struct node *into, struct node *event)
{
	struct node **place = &into->first;

	while (*place && node_number(*place, "at-ms") <=
			 node_number(event, "at-ms"))
		place = &(*place)->next;
	event->next = *place;
	*place = event;
	if (!event->next)
		into->last = event;
}

static void take(struct node *into, struct node *from, const char *rule,
		 const struct node *about)
{
	struct node *events = (struct node *)node_find(from, "events");
	struct node *event = events ? events->first : NULL;
	struct node *next;

	if (!events)
		return;
	events->first = events->last = NULL;
	for (; event; event = next) {
		next = event->next;
		if (about ? is_about(event, about) : is_of_rule(event, rule))
			merge(into, event);
		else
			node_free(event);
	}
}

/* A rule's own events say what became of its children; why, those of the IKE SA
 * do, which are its peer's.
 */
static int gather(struct cli *cli, struct node *answer, struct node *into)
{
	const struct node *own = node_find(answer, "events");
	struct word rule = format_printf("%.20s",
					 node_text(own ? own->first : NULL,
						   "rule"));
	struct node *peer = NULL, *nobody = NULL;
	int err = CLI_OK;

	if (node_is(answer, "what", "rule"))
		err = events_ask(cli, node_text(answer, "peer"), &peer);
	if (!err)
		err = events_ask(cli, NULL, &nobody);
	if (!err) {
		take(into, peer ?: answer, peer ? rule.text : NULL, NULL);
		take(into, nobody, NULL, answer);
	}
	node_free(peer);
	node_free(nobody);
	return err;
}

int cli_why(struct cli *cli, int argc, char **argv)
{
	struct node *events = node_new(NODE_SECTION, "");
	struct node *answer = NULL;
	int err = events_ask(cli, argv[0], &answer);

	if (!err && cli->json)
		json_print(cli->out, "why", NULL, answer);
	else if (!err)
		err = events ? gather(cli, answer, events) : CLI_FAILED;
	if (!err && !cli->json)
		tell_story(cli, answer, events);
	node_free(answer);
	node_free(events);
	return err;
}
