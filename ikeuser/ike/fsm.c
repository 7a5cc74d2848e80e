// SPDX-License-Identifier: GPL-2.0-only
/* THE state tables of the core: IKE SAs, Child SAs, what each message may do in
 * each state, and what the kernel has of a Child SA. Every change of a state is a
 * row here; what is no row is refused. The rows of collisions follow RFC 7296
 * 2.8.1, 2.8.2 and 2.25.
 */
#include <stdio.h>
#include <string.h>

#include "fsm.h"
#include "proto.h"
#include "sa.h"

#define SA(from, on, to, story) \
	{ IKE_SA_##from, IKE_STEP_##on, IKE_SA_##to, story }

static const struct ike_fsm_row sa_rows[] = {
	/* Setting up */
	SA(NEW, INIT_ASK, INIT_SENT, "we start"),
	SA(INIT_SENT, INIT_ASK, INIT_SENT, "we start again as we were told"),
	SA(NEW, INIT_ANSWER, INIT_ANSWERED, "the peer starts"),
	SA(INIT_SENT, AUTH_ASK, AUTH_SENT, "keys are made, we prove ourselves"),
	SA(AUTH_SENT, AUTHENTICATED, ESTABLISHED, "established by us"),
	SA(INIT_ANSWERED, AUTHENTICATED, ESTABLISHED, "established by the peer"),
	SA(NEW, DERIVED, ESTABLISHED, "established in place of another"),
	/* Replacing it (2.8, 2.18) */
	SA(ESTABLISHED, REKEY_ASK, REKEYING, "we rekey"),
	SA(REKEYING, REKEY_FAILED, ESTABLISHED, "the rekey failed"),
	SA(REKEYING, REKEY_WON, CLOSING, "we replaced it"),
	SA(ESTABLISHED, PEER_REKEY, REKEYED, "the peer replaced it"),
	SA(REKEYED, HEIR_LOST, ESTABLISHED, "what replaced it is gone"),
	/* Both at once (2.8.2) */
	SA(REKEYING, PEER_REKEY, REKEYING, "both ends replace it"),
	SA(REKEYING, REKEY_LOST, REKEYED, "the peer's replacement stays"),
	SA(ESTABLISHED, OUTDONE, REDUNDANT, "our replacement stays, not this"),
	/* Closing it (1.4.1); the peer's Delete always wins (2.25.2) */
	SA(ESTABLISHED, CLOSE, CLOSING, "it is to be closed"),
	SA(REKEYED, CLOSE, CLOSING, "it is to be closed"),
	SA(REDUNDANT, CLOSE, CLOSING, "it is to be closed"),
	SA(CLOSING, DELETE_ASK, DELETING, "we close it"),
	SA(DELETING, DELETED, GONE, "closed"),
	SA(ESTABLISHED, PEER_DELETE, LINGERING, "closed by the peer"),
	SA(REKEYING, PEER_DELETE, LINGERING, "closed by the peer, our rekey with it"),
	SA(REKEYED, PEER_DELETE, LINGERING, "closed by the peer that replaced it"),
	SA(REDUNDANT, PEER_DELETE, LINGERING, "closed by the peer that made it"),
	SA(CLOSING, PEER_DELETE, LINGERING, "closed by the peer before us"),
	SA(DELETING, PEER_DELETE, LINGERING, "closed by both ends"),
	SA(LINGERING, LINGERED, GONE, "forgotten"),
	/* 2.21.2: the responder believes that all is well */
	SA(AUTH_SENT, DISTRUST, CLOSING, "the peer is not who it is to be"),
	/* Without a word to the peer, or after too many */
	SA(NEW, ABANDON, GONE, "given up"),
	SA(INIT_SENT, ABANDON, GONE, "given up"),
	SA(INIT_ANSWERED, ABANDON, GONE, "given up"),
	SA(AUTH_SENT, ABANDON, GONE, "given up"),
	SA(ESTABLISHED, ABANDON, GONE, "given up"),
	SA(REKEYING, ABANDON, GONE, "given up"),
	SA(REKEYED, ABANDON, GONE, "given up"),
	SA(REDUNDANT, ABANDON, GONE, "given up"),
	SA(CLOSING, ABANDON, GONE, "given up"),
	SA(DELETING, ABANDON, GONE, "given up"),
	SA(LINGERING, ABANDON, GONE, "given up"),
};

#define CHILD(from, on, to, story) \
	{ IKE_CHILD_##from, IKE_CHILD_STEP_##on, IKE_CHILD_##to, story }

static const struct ike_fsm_row child_rows[] = {
	/* Ours */
	CHILD(WANTED, ASK, ASKED, "we ask for it"),
	CHILD(ASKED, RETRY, WANTED, "to be asked for again"),
	CHILD(ASKED, REFUSED, GONE, "there will be none"),
	CHILD(WANTED, REFUSED, GONE, "there will be none"),
	CHILD(ASKED, AGREED, UP, "up, made by us"),
	CHILD(ASKED, UNFIT, UNUSED, "the peer made what we cannot use"),
	CHILD(UNUSED, DELETE_ASK, UNUSED_DELETING, "we close it unused"),
	CHILD(UNUSED, PEER_DELETE, GONE, "closed by the peer"),
	CHILD(UNUSED_DELETING, PEER_DELETE, UNUSED_DELETING, "both close it"),
	CHILD(UNUSED_DELETING, DELETED, GONE, "closed"),
	/* The peer's: in before the reply leaves; out when it can decrypt */
	CHILD(WANTED, ANSWER, HALF, "the peer asks for it"),
	CHILD(HALF, PROVEN, UP, "up, made by the peer"),
	/* Replacing it (2.8) */
	CHILD(UP, REKEY_ASK, REKEYING, "we rekey"),
	CHILD(REKEYING, REKEY_FAILED, UP, "the rekey failed"),
	CHILD(REKEYING, REPLACED, CLOSING, "we replaced it"),
	CHILD(UP, PEER_REKEY, REKEYED, "the peer replaced it"),
	CHILD(REKEYED, HEIR_LOST, UP, "what replaced it is gone"),
	/* Both at once (2.8.1) */
	CHILD(REKEYING, PEER_REKEY, REKEYING, "both ends replace it"),
	CHILD(REKEYING, YIELD, REKEYED, "the peer's replacement stays"),
	CHILD(ASKED, LOST, CLOSING, "the peer's replacement stays, not this"),
	CHILD(HALF, LOST, REDUNDANT, "our replacement stays, not this"),
	/* Closing it (1.4.1) */
	CHILD(WANTED, CLOSE, GONE, "wanted no more"),
	CHILD(HALF, CLOSE, CLOSING, "it is to be closed"),
	CHILD(UP, CLOSE, CLOSING, "it is to be closed"),
	CHILD(REKEYED, CLOSE, CLOSING, "it is to be closed"),
	CHILD(REDUNDANT, CLOSE, CLOSING, "it is to be closed"),
	CHILD(CLOSING, DELETE_ASK, DELETING, "we close it"),
	CHILD(DELETING, DELETED, DRAINING, "closed"),
	CHILD(HALF, PEER_DELETE, DRAINING, "closed by the peer"),
	CHILD(UP, PEER_DELETE, DRAINING, "closed by the peer"),
	CHILD(REKEYING, PEER_DELETE, DRAINING, "closed by the peer"),
	CHILD(REKEYED, PEER_DELETE, DRAINING, "closed as it was replaced"),
	CHILD(REDUNDANT, PEER_DELETE, DRAINING, "closed by who made it"),
	CHILD(CLOSING, PEER_DELETE, DRAINING, "closed by the peer before us"),
	/* 2.25.1: both Deletes cross, ours is answered too */
	CHILD(DELETING, PEER_DELETE, DELETING, "both ends close it"),
	CHILD(DRAINING, DRAINED, GONE, "nothing is on its way any more"),
	/* With its IKE SA, or refused by the kernel */
	CHILD(WANTED, ABANDON, GONE, "given up"),
	CHILD(ASKED, ABANDON, GONE, "given up"),
	CHILD(UNUSED, ABANDON, GONE, "given up"),
	CHILD(UNUSED_DELETING, ABANDON, GONE, "given up"),
	CHILD(HALF, ABANDON, GONE, "given up"),
	CHILD(UP, ABANDON, GONE, "given up"),
	CHILD(REKEYING, ABANDON, GONE, "given up"),
	CHILD(REKEYED, ABANDON, GONE, "given up"),
	CHILD(REDUNDANT, ABANDON, GONE, "given up"),
	CHILD(CLOSING, ABANDON, GONE, "given up"),
	CHILD(DELETING, ABANDON, GONE, "given up"),
	CHILD(DRAINING, ABANDON, GONE, "given up"),
};

/* A step makes the kernel's view that of the new state, in this order: add in, add
 * out, activate, delete out, delete in. REKEYED keeps sending until its heir is
 * activated. CLOSING sends no more: its heir does, or packets wait for another.
 */
static const struct ike_kernel_view views[] = {
	[IKE_CHILD_WANTED] = { false, IKE_OUT_NONE },
	[IKE_CHILD_ASKED] = { false, IKE_OUT_NONE },
	[IKE_CHILD_HALF] = { true, IKE_OUT_ADDED },
	[IKE_CHILD_UNUSED] = { false, IKE_OUT_NONE },
	[IKE_CHILD_UNUSED_DELETING] = { false, IKE_OUT_NONE },
	[IKE_CHILD_UP] = { true, IKE_OUT_ACTIVE },
	[IKE_CHILD_REKEYING] = { true, IKE_OUT_ACTIVE },
	[IKE_CHILD_REKEYED] = { true, IKE_OUT_ACTIVE },
	[IKE_CHILD_REDUNDANT] = { true, IKE_OUT_NONE },
	[IKE_CHILD_CLOSING] = { true, IKE_OUT_NONE },
	[IKE_CHILD_DELETING] = { true, IKE_OUT_NONE },
	[IKE_CHILD_DRAINING] = { true, IKE_OUT_NONE },
	[IKE_CHILD_GONE] = { false, IKE_OUT_NONE },
};

#define IN(state) (1U << IKE_SA_##state)
/* Authenticated, and not forgotten. */
#define ALIVE (IN(ESTABLISHED) | IN(REKEYING) | IN(REKEYED) | IN(REDUNDANT) | \
	       IN(CLOSING) | IN(DELETING))

/* A message that is no row is dropped before the peer is authenticated, and
 * refused with INVALID_SYNTAX after it (2.21.3).
 */
static const struct ike_message_row message_rows[] = {
	{ IN(INIT_SENT), IKE_EXCHANGE_IKE_SA_INIT, true, ike_init_response,
	  "Initiator: keys, COOKIE or INVALID_KE_PAYLOAD" },
	{ IN(INIT_ANSWERED), IKE_EXCHANGE_IKE_AUTH, false, ike_auth_request,
	  "Responder: who is it, and its first Child SA" },
	{ IN(AUTH_SENT), IKE_EXCHANGE_IKE_AUTH, true, ike_auth_response,
	  "Initiator: who is it, and our first Child SA" },
	{ ALIVE, IKE_EXCHANGE_CREATE_CHILD_SA, false, ike_create_request,
	  "the peer makes or replaces an SA" },
	{ ALIVE, IKE_EXCHANGE_CREATE_CHILD_SA, true, ike_create_response,
	  "what became of the SA we asked for" },
	{ ALIVE, IKE_EXCHANGE_INFORMATIONAL, false, ike_info_request,
	  "Delete, notifications, or a sign of life" },
	{ ALIVE, IKE_EXCHANGE_INFORMATIONAL, true, ike_info_response,
	  "our Delete is done, or the peer is alive" },
};

static const struct ike_fsm_row *find_row(const struct ike_fsm_row *rows,
					  size_t n, uint8_t from, uint8_t on)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rows[i].from == from && rows[i].on == on)
			return &rows[i];
	return NULL;
}

const struct ike_fsm_row *ike_fsm_sa_row(enum ike_sa_state from,
					 enum ike_sa_step on)
{
	return find_row(sa_rows, ARRAY_SIZE(sa_rows), from, on);
}

const struct ike_fsm_row *ike_fsm_child_row(enum ike_child_state from,
					    enum ike_child_step on)
{
	return find_row(child_rows, ARRAY_SIZE(child_rows), from, on);
}

const struct ike_message_row *ike_fsm_message_row(enum ike_sa_state state,
						  uint8_t exchange,
						  bool response)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(message_rows); i++)
		if (message_rows[i].states & (1U << state) &&
		    message_rows[i].exchange == exchange &&
		    message_rows[i].response == response)
			return &message_rows[i];
	return NULL;
}

struct ike_kernel_view ike_child_view(enum ike_child_state state)
{
	return views[state];
}

#define ROW_STATE(name, what) #name,
#define ROW_STEP(name) #name,
static const char *const sa_states[] = { IKE_SA_STATES(ROW_STATE) };
static const char *const sa_steps[] = { IKE_SA_STEPS(ROW_STEP) };
static const char *const child_states[] = { IKE_CHILD_STATES(ROW_STATE) };
static const char *const child_steps[] = { IKE_CHILD_STEPS(ROW_STEP) };
#define ROW_WHAT(name, what) what,
static const char *const sa_whats[] = { IKE_SA_STATES(ROW_WHAT) };
static const char *const child_whats[] = { IKE_CHILD_STATES(ROW_WHAT) };

const char *ike_sa_state_name(enum ike_sa_state state)
{
	return sa_states[state];
}

const char *ike_sa_step_name(enum ike_sa_step step)
{
	return sa_steps[step];
}

const char *ike_child_state_name(enum ike_child_state state)
{
	return child_states[state];
}

const char *ike_child_step_name(enum ike_child_step step)
{
	return child_steps[step];
}

/* One of the two tables, for printing. */
struct machine {
	const char *title;
	const struct ike_fsm_row *rows;
	size_t n;
	const char *const *states;
	const char *const *steps;
	const char *const *whats;
	size_t n_states;
};

static const struct machine machines[] = {
	{ "IKE SA", sa_rows, ARRAY_SIZE(sa_rows), sa_states, sa_steps,
	  sa_whats, IKE_SA_STATE_COUNT },
	{ "Child SA", child_rows, ARRAY_SIZE(child_rows), child_states,
	  child_steps, child_whats, IKE_CHILD_STATE_COUNT },
};

static void put(struct ike_writer *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct ike_writer *w, const char *format, ...)
{
	char line[200];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n > 0)
		ike_writer_bytes(w, line, strlen(line));
}

static void print_text(const struct machine *m, struct ike_writer *w)
{
	const struct ike_fsm_row *row;
	size_t i;

	put(w, "%s\n", m->title);
	for (i = 0; i < m->n_states; i++)
		put(w, "  %-14s %s\n", m->states[i], m->whats[i]);
	for (i = 0; i < m->n; i++) {
		row = &m->rows[i];
		put(w, "  %-14s %-14s -> %-14s %s\n", m->states[row->from],
		    m->steps[row->on], m->states[row->to], row->story);
	}
}

static void print_dot(const struct machine *m, struct ike_writer *w)
{
	const struct ike_fsm_row *row;
	size_t i;

	put(w, "digraph \"%s\" {\n", m->title);
	for (i = 0; i < m->n; i++) {
		row = &m->rows[i];
		put(w, "\t%s -> %s [label=\"%s\"];\n", m->states[row->from],
		    m->states[row->to], m->steps[row->on]);
	}
	put(w, "}\n");
}

static void print_messages(struct ike_writer *w)
{
	const struct ike_message_row *row;
	size_t i, s;

	put(w, "Messages\n");
	for (i = 0; i < ARRAY_SIZE(message_rows); i++) {
		row = &message_rows[i];
		put(w, "  %s %s: %s\n   ", ike_exchange_name(row->exchange),
		    row->response ? "response" : "request", row->story);
		for (s = 0; s < IKE_SA_STATE_COUNT; s++)
			if (row->states & (1U << s))
				put(w, " %s", sa_states[s]);
		put(w, "\n");
	}
}

void ike_fsm_print(struct ike_writer *w, bool dot)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(machines); i++) {
		if (dot)
			print_dot(&machines[i], w);
		else
			print_text(&machines[i], w);
	}
	if (!dot)
		print_messages(w);
}
