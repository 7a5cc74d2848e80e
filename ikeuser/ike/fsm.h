/* SPDX-License-Identifier: GPL-2.0-only */
/* States of IKE SAs and of Child SAs, and the steps between them. The rows are in
 * fsm.c, and nothing else changes a state.
 */
#ifndef IKE_FSM_H
#define IKE_FSM_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/* {state, what it is} */
#define IKE_SA_STATES(X) \
	X(NEW, "nothing was sent yet") \
	X(INIT_SENT, "we asked, IKE_SA_INIT is out") \
	X(INIT_ANSWERED, "half open: we answered IKE_SA_INIT") \
	X(AUTH_SENT, "we asked, IKE_AUTH is out") \
	X(ESTABLISHED, "authenticated") \
	X(REKEYING, "our request to replace it is out") \
	X(REKEYED, "the peer replaced it and is to delete it") \
	X(REDUNDANT, "a rekey that lost: the peer is to delete it") \
	X(CLOSING, "to be deleted as soon as the window is free") \
	X(DELETING, "our Delete is out") \
	X(LINGERING, "closed by the peer, which may repeat its Delete") \
	X(GONE, "to be forgotten")

#define IKE_SA_STEPS(X) \
	X(INIT_ASK) X(INIT_ANSWER) X(AUTH_ASK) X(AUTHENTICATED) X(DISTRUST) \
	X(DERIVED) X(REKEY_ASK) X(REKEY_FAILED) X(REKEY_WON) X(REKEY_LOST) \
	X(PEER_REKEY) X(HEIR_LOST) X(OUTDONE) X(CLOSE) X(DELETE_ASK) \
	X(DELETED) X(PEER_DELETE) X(LINGERED) X(ABANDON)

#define IKE_CHILD_STATES(X) \
	X(WANTED, "to be asked for as soon as the window is free") \
	X(ASKED, "our request for it is out") \
	X(HALF, "we answered; the peer may not be able to decrypt yet") \
	X(UNUSED, "the answer cannot be used: to be deleted") \
	X(UNUSED_DELETING, "our Delete of what cannot be used is out") \
	X(UP, "traffic flows") \
	X(REKEYING, "our request to replace it is out") \
	X(REKEYED, "the peer replaced it and is to delete it") \
	X(REDUNDANT, "a rekey that lost: the peer is to delete it") \
	X(CLOSING, "to be deleted as soon as the window is free") \
	X(DELETING, "our Delete is out") \
	X(DRAINING, "closed, what is on its way still comes in") \
	X(GONE, "to be forgotten")

#define IKE_CHILD_STEPS(X) \
	X(ASK) X(RETRY) X(REFUSED) X(AGREED) X(UNFIT) X(ANSWER) X(PROVEN) \
	X(LOST) X(REKEY_ASK) X(REKEY_FAILED) X(REPLACED) X(YIELD) X(PEER_REKEY) \
	X(HEIR_LOST) X(CLOSE) X(DELETE_ASK) X(DELETED) X(PEER_DELETE) \
	X(DRAINED) X(ABANDON)

enum ike_sa_state {
#define IKE_ROW_STATE(name, what) IKE_SA_##name,
	IKE_SA_STATES(IKE_ROW_STATE)
#undef IKE_ROW_STATE
	IKE_SA_STATE_COUNT
};

enum ike_sa_step {
#define IKE_ROW_STEP(name) IKE_STEP_##name,
	IKE_SA_STEPS(IKE_ROW_STEP)
#undef IKE_ROW_STEP
	IKE_SA_STEP_COUNT
};

enum ike_child_state {
#define IKE_ROW_STATE(name, what) IKE_CHILD_##name,
	IKE_CHILD_STATES(IKE_ROW_STATE)
#undef IKE_ROW_STATE
	IKE_CHILD_STATE_COUNT
};

enum ike_child_step {
#define IKE_ROW_STEP(name) IKE_CHILD_STEP_##name,
	IKE_CHILD_STEPS(IKE_ROW_STEP)
#undef IKE_ROW_STEP
	IKE_CHILD_STEP_COUNT
};

/* What the kernel has of a Child SA in one state. */
enum ike_kernel_out {
	IKE_OUT_NONE,
	IKE_OUT_ADDED,		/* the rule does not send through it yet */
	IKE_OUT_ACTIVE,
};

struct ike_kernel_view {
	bool in;
	enum ike_kernel_out out;
};

struct ike_kernel_view ike_child_view(enum ike_child_state state);

struct ike_fsm_row {
	uint8_t from;
	uint8_t on;
	uint8_t to;
	const char *story;
};

/* NULL: the step has no row in that state. */
const struct ike_fsm_row *ike_fsm_sa_row(enum ike_sa_state from,
					 enum ike_sa_step on);
const struct ike_fsm_row *ike_fsm_child_row(enum ike_child_state from,
					    enum ike_child_step on);

const char *ike_sa_state_name(enum ike_sa_state state);
const char *ike_sa_step_name(enum ike_sa_step step);
const char *ike_child_state_name(enum ike_child_state state);
const char *ike_child_step_name(enum ike_child_step step);

/* What a message may do in a state: bit 1 << state for each where its handler
 * runs.
 */
struct ike_sa;
struct ike_input;

struct ike_message_row {
	uint32_t states;
	uint8_t exchange;
	bool response;
	int (*handle)(struct ike_sa *sa, struct ike_input *in);
	const char *story;
};

const struct ike_message_row *ike_fsm_message_row(enum ike_sa_state state,
						  uint8_t exchange,
						  bool response);

/* All tables, to be read, and as graphs for dot(1). */
void ike_fsm_print(struct ike_writer *w, bool dot);

#endif
