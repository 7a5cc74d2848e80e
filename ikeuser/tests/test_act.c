// SPDX-License-Identifier: GPL-2.0-only
/* Actions as they are performed. The kernel and the sockets are this file's: they
 * write down what they are asked, and refuse what they are told to.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "act.h"
#include "kern_sa.h"

#define RULE 0x1122334455667788ULL

/* One letter for each request, in their order. */
static char journal[32];
static char refuse;			/* this one */
static int refuse_with;

static int note(char letter, struct kern_error *error)
{
	size_t len = strlen(journal);

	assert_true(len + 1 < sizeof(journal));
	journal[len] = letter;
	if (letter != refuse)
		return 0;
	if (error)
		strcpy(error->sentence, "the kernel's sentence");
	return refuse_with;
}

int kern_sa_add(struct kern *kern, const struct ike_sa_spec *sa,
		struct kern_error *error)
{
	return note(sa->direction == IKE_IN ? 'i' : 'o', error);
}

int kern_sa_activate(struct kern *kern, const struct ike_sa_spec *sa,
		     struct kern_error *error)
{
	return note('a', error);
}

int kern_sa_move(struct kern *kern, const struct ike_sa_spec *sa,
		 const struct ike_address *was_remote, struct kern_error *error)
{
	assert_int_equal(was_remote->port, 7);
	return note('m', error);
}

int kern_sa_del(struct kern *kern, enum ike_direction direction, uint32_t spi,
		const struct ike_address *remote, struct kern_error *error)
{
	return note('d', error);
}

int kern_rule_fail(struct kern *kern, uint64_t rule, struct kern_error *error)
{
	assert_true(rule == RULE);
	return note('f', error);
}

int udp_send(const struct udp *udp, const struct ike_address *local,
	     const struct ike_address *remote, struct ike_bytes data)
{
	return note('s', NULL);
}

static struct ike_event refused;
static unsigned int refusals;
static unsigned int activations;

static void on_refused(const struct ike_event *event, void *arg)
{
	refused = *event;
	refusals++;
}

static void on_activated(uint64_t rule, void *arg)
{
	assert_true(rule == RULE);
	activations++;
}

static struct act act = {
	.refused = on_refused,
	.activated = on_activated,
};

static int setup(void **state)
{
	memset(journal, 0, sizeof(journal));
	refuse = 0;
	refusals = 0;
	activations = 0;
	unsetenv("JOURNAL_STREAM");
	return 0;
}

static struct ike_action sa_action(enum ike_action_kind kind,
				   enum ike_direction direction)
{
	struct ike_action action = { .kind = kind };

	action.sa.direction = direction;
	action.sa.spi = 0xc1c2c3c4;
	action.sa.rule = RULE;
	action.was_remote.port = 7;
	return action;
}

/* Performs them with standard error in a file, and gives what the log said. */
static const char *perform(struct ike_action *action, size_t n)
{
	struct ike_actions actions = { .action = action, .n = n };
	static char text[4096];
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t len;

	assert_non_null(file);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	act_perform(&act, &actions);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	return text;
}

/* A rekey loses no packet because of it. */
static void test_actions_are_done_in_their_order(void **state)
{
	uint8_t octet = 0;
	struct ike_action action[] = {
		sa_action(IKE_ACT_SA_ADD, IKE_IN),
		{ .kind = IKE_ACT_SEND, .send.data = &octet, .send.len = 1 },
		sa_action(IKE_ACT_SA_ADD, IKE_OUT),
		sa_action(IKE_ACT_SA_ACTIVATE, IKE_OUT),
		sa_action(IKE_ACT_SA_MOVE, IKE_OUT),
		sa_action(IKE_ACT_SA_DEL, IKE_OUT),
		{ .kind = IKE_ACT_RULE_FAIL, .rule_fail.rule = RULE },
	};

	assert_string_equal(perform(action, 7), "");
	assert_string_equal(journal, "isoamdf");
	assert_int_equal(refusals, 0);
	assert_int_equal(activations, 1);
}

static void test_refused_sa_goes_back_to_the_engine(void **state)
{
	struct ike_action action[] = {
		sa_action(IKE_ACT_SA_ADD, IKE_IN),
		sa_action(IKE_ACT_SA_ADD, IKE_OUT),
	};
	const char *said;

	refuse = 'i';
	refuse_with = -EEXIST;
	said = perform(action, 2);
	assert_non_null(strstr(said, "SA in c1c2c3c4"));
	assert_non_null(strstr(said, "the kernel's sentence"));
	assert_int_equal(refusals, 1);
	assert_int_equal(refused.kind, IKE_EV_REFUSED);
	assert_int_equal(refused.refused.direction, IKE_IN);
	assert_int_equal(refused.refused.spi, 0xc1c2c3c4);
	assert_true(refused.refused.rule == RULE);
	assert_int_equal(refused.refused.error, -EEXIST);
	/* What follows is performed. */
	assert_string_equal(journal, "io");
}

static void test_refused_activation_activates_nothing(void **state)
{
	struct ike_action action[] = {
		sa_action(IKE_ACT_SA_ACTIVATE, IKE_OUT),
	};

	refuse = 'a';
	refuse_with = -ENOENT;
	perform(action, 1);
	assert_int_equal(activations, 0);
	assert_int_equal(refusals, 1);
	assert_int_equal(refused.refused.direction, IKE_OUT);
}

static void test_refused_move_goes_back_to_the_engine(void **state)
{
	struct ike_action action[] = { sa_action(IKE_ACT_SA_MOVE, IKE_OUT) };

	refuse = 'm';
	refuse_with = -EINVAL;
	perform(action, 1);
	assert_int_equal(refusals, 1);
}

/* One that expired is gone already. */
static bool has_keys(enum ike_direction direction)
{
	const struct ike_address nowhere = { 0 };

	return keys_find(act.keys, direction, 0xc1c2c3c4, &nowhere);
}

/* As long as the kernel has it, and of no SA that it refused. */
static void test_keys_are_kept_as_long_as_their_sa(void **state)
{
	struct ike_action add[] = {
		sa_action(IKE_ACT_SA_ADD, IKE_IN),
		sa_action(IKE_ACT_SA_ADD, IKE_OUT),
	};
	struct ike_action del = sa_action(IKE_ACT_SA_DEL, IKE_IN);

	act.keys = keys_new();
	refuse = 'o';
	refuse_with = -EEXIST;
	perform(add, 2);
	assert_true(has_keys(IKE_IN));
	assert_false(has_keys(IKE_OUT));
	/* Also of one that the kernel has deleted itself. */
	refuse = 'd';
	refuse_with = -ENOENT;
	perform(&del, 1);
	assert_false(has_keys(IKE_IN));
	keys_free(act.keys);
	act.keys = NULL;
}

static void test_deleting_what_is_gone_is_no_error(void **state)
{
	struct ike_action action[] = { sa_action(IKE_ACT_SA_DEL, IKE_OUT) };

	refuse = 'd';
	refuse_with = -ENOENT;
	assert_string_equal(perform(action, 1), "");
	refuse_with = -EPERM;
	assert_string_equal(perform(action, 1),
			    "culvertd: the kernel's sentence\n");
	assert_int_equal(refusals, 0);
}

static void test_failing_a_rule_that_is_gone_is_no_error(void **state)
{
	struct ike_action action[] = {
		{ .kind = IKE_ACT_RULE_FAIL, .rule_fail.rule = RULE },
	};

	refuse = 'f';
	refuse_with = -ENOENT;
	assert_string_equal(perform(action, 1), "");
	refuse_with = -EPERM;
	assert_string_equal(perform(action, 1),
			    "culvertd: the kernel's sentence\n");
}

static void test_datagram_that_cannot_leave_is_told(void **state)
{
	uint8_t octets[3] = { 0 };
	struct ike_action action[] = {
		{ .kind = IKE_ACT_SEND, .send.data = octets, .send.len = 3 },
	};

	action[0].send.remote = (struct ike_address){
		4, { 192, 0, 2, 2 }, 4500
	};
	refuse = 's';
	refuse_with = -ENETUNREACH;
	assert_string_equal(perform(action, 1),
			    "culvertd: cannot send 3 octets to 192.0.2.2:4500: Network is unreachable\n");
}

/* The engine found no memory for its octets. */
static void test_datagram_without_octets_is_not_sent(void **state)
{
	struct ike_action action[] = { { .kind = IKE_ACT_SEND } };

	perform(action, 1);
	assert_string_equal(journal, "");
}

static void test_stories_become_lines_by_their_level(void **state)
{
	struct ike_action action[] = {
		{ .kind = IKE_ACT_STORY, .story = {
			.kind = IKE_STORY_SENT, .peer = "site2", .ike = 3,
			.text = "IKE_AUTH request 1" } },
		{ .kind = IKE_ACT_STORY, .story = {
			.kind = IKE_STORY_FAILED,
			.reason = IKE_REASON_NO_ANSWER, .peer = "site2" } },
		/* For debugging: kept by the engine, not said. */
		{ .kind = IKE_ACT_STORY, .story = {
			.kind = IKE_STORY_DROPPED, .peer = "site2" } },
	};

	assert_string_equal(perform(action, 3),
			    "culvertd: site2 #3 SENT: IKE_AUTH request 1\n"
			    "culvertd: site2 FAILED NO_ANSWER: the peer does not answer\n");
	setenv("JOURNAL_STREAM", "1:2", 1);
	assert_string_equal(perform(action, 3),
			    "<6>site2 #3 SENT: IKE_AUTH request 1\n"
			    "<4>site2 FAILED NO_ANSWER: the peer does not answer\n");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_actions_are_done_in_their_order),
		TEST(test_refused_sa_goes_back_to_the_engine),
		TEST(test_refused_activation_activates_nothing),
		TEST(test_refused_move_goes_back_to_the_engine),
		TEST(test_keys_are_kept_as_long_as_their_sa),
		TEST(test_deleting_what_is_gone_is_no_error),
		TEST(test_failing_a_rule_that_is_gone_is_no_error),
		TEST(test_datagram_that_cannot_leave_is_told),
		TEST(test_datagram_without_octets_is_not_sent),
		TEST(test_stories_become_lines_by_their_level),
	};

	return cmocka_run_group_tests_name("act", tests, NULL, NULL);
}
