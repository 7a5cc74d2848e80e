// SPDX-License-Identifier: GPL-2.0-only
/* Keys on the control socket: who gets them, of which SAs, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway.h"
#include "rig.h"

/* Who connected, as the kernel tells. */
static uid_t user;

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int ret = __real_getsockopt(fd, level, name, value, len);

	if (!ret && level == SOL_SOCKET && name == SO_PEERCRED)
		((struct ucred *)value)->uid = user;
	return ret;
}

static struct rig_answer answer;

static const char *said(const char *path)
{
	return rig_value(answer.reply, answer.reply_len, path) ?: "";
}

static const char *told(struct rig_client *client, const char *path)
{
	return rig_value(client->packet.message.data,
			 client->packet.message.len, path) ?: "";
}

static struct rig_client *listener(void)
{
	struct rig_client *client = rig_connect();

	rig_listen(client, "culvert-key");
	return client;
}

static void ask(struct rig_client *client, const char *peer,
		const char *seconds)
{
	rig_ask(client, &answer, "culvert-keys", "peer", peer, "seconds",
		seconds, NULL);
}

static void bring_up(const char *child)
{
	struct rig_client *client = rig_connect();

	rig_ask(client, &answer, "initiate", "child", child, NULL);
	assert_string_equal(said("success"), "yes");
	rig_disconnect(client);
}

static bool is_hex(const char *text, size_t octets)
{
	return strlen(text) == 2 * octets &&
	       strspn(text, "0123456789abcdef") == 2 * octets;
}

static void test_root_is_told_the_keys_of_what_is_up(void **state)
{
	struct rig_client *client = listener();

	bring_up("acl-1");
	ask(client, "site2", "10");
	assert_string_equal(said("success"), "yes");
	assert_string_equal(said("unknown"), "0");
	/* An IKE SA, and a Child SA in and out. */
	assert_int_equal(answer.events, 3);
	assert_string_equal(answer.name, "culvert-key");
	rig_disconnect(client);
}

static void test_keys_of_each_new_sa_are_told_once(void **state)
{
	struct rig_client *client = listener();
	unsigned int esp = 0;

	ask(client, "site2", "10");
	assert_int_equal(answer.events, 0);
	bring_up("acl-1");
	/* The IKE SA's, before the first sealed message is answered. */
	assert_true(rig_read(client));
	assert_string_equal(told(client, "kind"), "ike");
	assert_true(is_hex(told(client, "initiator-spi"), 8));
	assert_true(is_hex(told(client, "sk-ei"), 32));
	assert_true(is_hex(told(client, "sk-er"), 32));
	assert_true(is_hex(told(client, "sk-ai"), 32));
	assert_true(is_hex(told(client, "sk-ar"), 32));
	assert_string_equal(told(client, "encr"), "12");
	assert_string_equal(told(client, "integ"), "12");
	while (esp < 2) {
		assert_true(rig_read(client));
		assert_string_equal(told(client, "kind"), "esp");
		assert_true(is_hex(told(client, "spi"), 4));
		assert_true(is_hex(told(client, "encr-key"), 32));
		assert_true(is_hex(told(client, "integ-key"), 32));
		assert_string_equal(told(client, "esn"), "no");
		esp++;
	}
	bring_up("acl-2");
	assert_true(rig_read(client));
	assert_string_equal(told(client, "kind"), "esp");
	assert_true(rig_read(client));
	assert_string_equal(told(client, "kind"), "esp");
	rig_disconnect(client);
}

static void test_who_is_not_root_is_refused(void **state)
{
	struct rig_client *client = listener();

	bring_up("acl-1");
	user = 1000;
	ask(client, "site2", "10");
	assert_string_equal(said("success"), "no");
	assert_non_null(strstr(said("errmsg"), "root alone, not to user 1000"));
	assert_int_equal(answer.events, 0);
	/* Nor later, though it hears the event. */
	bring_up("acl-2");
	user = 0;
	ask(client, "site2", "10");
	assert_int_equal(answer.events, 5);
	rig_disconnect(client);
}

static void test_what_is_asked_wrongly_is_refused(void **state)
{
	static const struct {
		const char *peer;
		const char *seconds;
		const char *words;
	} cases[] = {
		{ "site2", "0", "from 1 to 3600" },
		{ "site2", "3601", "from 1 to 3600" },
		{ "site2", "soon", "from 1 to 3600" },
		{ "site3", "10", "no peer 'site3'" },
	};
	struct rig_client *client = listener();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(client, cases[i].peer, cases[i].seconds);
		assert_string_equal(said("success"), "no");
		assert_non_null(strstr(said("errmsg"), cases[i].words));
	}
	rig_disconnect(client);
	client = rig_connect();
	ask(client, "site2", "10");
	assert_non_null(strstr(said("errmsg"), "does not hear"));
	rig_disconnect(client);
}

static void test_one_at_a_time_until_it_leaves(void **state)
{
	struct rig_client *first = listener(), *second = listener();

	ask(first, "site2", "10");
	assert_string_equal(said("success"), "yes");
	ask(second, "site2", "10");
	assert_non_null(strstr(said("errmsg"), "one capture with keys at a time"));
	rig_disconnect(first);
	rig_turn();
	rig_turn();
	ask(second, "site2", "10");
	assert_string_equal(said("success"), "yes");
	rig_disconnect(second);
}

static bool is_over(void *arg)
{
	ask(arg, "site2", "10");
	return !strcmp(said("success"), "yes");
}

/* Then another may ask, and what comes up is told no more. */
static void test_the_time_is_limited(void **state)
{
	struct rig_client *first = listener(), *second = listener();

	ask(first, "site2", "1");
	assert_string_equal(said("success"), "yes");
	assert_true(rig_until(is_over, second));
	bring_up("acl-1");
	assert_true(rig_read(second));
	assert_string_equal(told(second, "kind"), "ike");
	/* The first has nothing but what is answered now. */
	rig_ask(first, &answer, "version", NULL);
	assert_int_equal(answer.events, 0);
	rig_disconnect(first);
	rig_disconnect(second);
}

/* What failed is what is to be looked at. */
static void test_keys_of_an_ike_sa_that_fails_are_told(void **state)
{
	struct rig_client *client = listener();
	struct rig_client *other = rig_connect();
	char text[1024];
	const char *at = strstr(rig_conf, "correct horse");

	snprintf(text, sizeof(text), "%.*swrong   horse%s",
		 (int)(at - rig_conf), rig_conf, at + strlen("correct horse"));
	rig_write_conf(text);
	assert_int_equal(gateway_reload(rig.gateway), 0);
	ask(client, "site2", "10");
	rig_ask(other, &answer, "initiate", "child", "acl-1", NULL);
	assert_string_equal(said("success"), "no");
	assert_true(rig_read(client));
	assert_string_equal(told(client, "kind"), "ike");
	rig_disconnect(client);
	rig_disconnect(other);
}

static int setup(void **state)
{
	user = 0;
	return rig_setup(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_root_is_told_the_keys_of_what_is_up),
		TEST(test_keys_of_each_new_sa_are_told_once),
		TEST(test_who_is_not_root_is_refused),
		TEST(test_what_is_asked_wrongly_is_refused),
		TEST(test_one_at_a_time_until_it_leaves),
		TEST(test_the_time_is_limited),
		TEST(test_keys_of_an_ike_sa_that_fails_are_told),
	};

	return cmocka_run_group_tests_name("vici_keys", tests, rig_isolate,
					   NULL);
}
