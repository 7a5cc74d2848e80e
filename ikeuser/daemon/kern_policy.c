// SPDX-License-Identifier: GPL-2.0-only
/* Requests about rules and settings: from the configuration's words to the
 * contract's. kern.c carries them. It keeps nothing.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "kern_policy.h"
#include "kern_sa.h"
#include "kern_selector.h"

#define A(name) CULVERT_A_RULE_##name

static int put_address(struct nl_msg *msg, int type,
		       const struct ike_address *address)
{
	return address->len ? nla_put(msg, type, address->len, address->ip) : 0;
}

static int put_protect(struct nl_msg *msg, const struct conf_rule *rule)
{
	const struct ike_peer_conf *peer = rule->peer;

	return nla_put_u32(msg, A(MODE), rule->mode) ||
	       nla_put_u64(msg, A(SUITES),
			   kern_suites(&rule->child->proposals)) ||
	       nla_put_u32(msg, A(DF), rule->df) ||
	       nla_put_u32(msg, A(MARK), rule->mark) ||
	       nla_put_u32(msg, A(FLAGS), rule->flags) ||
	       put_address(msg, A(LOCAL), &peer->local) ||
	       put_address(msg, A(PEER), &peer->remote) ? -ENOMEM : 0;
}

static int put_rule(struct nl_msg *msg, const struct conf_rule *rule)
{
	int err;

	if (nla_put_u64(msg, A(ID), rule->id) ||
	    nla_put_u32(msg, A(ACTION), rule->action) ||
	    (rule->device && nla_put_string(msg, A(DEVICE), rule->device)))
		return -ENOMEM;
	err = kern_selector_put(msg, A(SELECTOR), &rule->local, &rule->remote);
	if (!err && rule->action == CULVERT_ACTION_PROTECT)
		err = put_protect(msg, rule);
	return err;
}

static int add_rule(struct kern *kern, const struct conf_rule *rule,
		    struct kern_error *error)
{
	struct nl_msg *msg = kern_request(kern, CULVERT_CMD_POLICY_ADD, 0);
	int err = msg ? put_rule(msg, rule) : -ENOMEM;

	if (!err)
		return kern_ask(kern, msg, NULL, NULL, error);
	if (msg)
		nlmsg_free(msg);
	return kern_fail(error, err, "a rule for the kernel: %s",
			 err == -ENOMEM ? strerror(-err) :
					  "the kernel has no such selector");
}

static int ask(struct kern *kern, uint8_t command, struct kern_error *error)
{
	return kern_ask(kern, kern_request(kern, command, 0), NULL, NULL,
			error);
}

int kern_policy_set(struct kern *kern, const struct conf_rule *rule,
		    size_t rules, struct kern_error *error)
{
	int err = ask(kern, CULVERT_CMD_POLICY_BEGIN, error);
	struct kern_error ignored;
	size_t i;

	if (err)
		return err;
	for (i = 0; i < rules && !err; i++)
		err = add_rule(kern, &rule[i], error);
	if (!err)
		err = ask(kern, CULVERT_CMD_POLICY_COMMIT, error);
	if (err)
		ask(kern, CULVERT_CMD_POLICY_ABORT, &ignored);
	return err;
}

int kern_settings_set(struct kern *kern, const struct conf_settings *settings,
		      struct kern_error *error)
{
	const struct {
		int type;
		uint32_t value;
	} values[] = {
		{ CULVERT_A_SETTINGS_HOLD_PACKETS, settings->hold_packets },
		{ CULVERT_A_SETTINGS_HOLD_OCTETS, settings->hold_octets },
		{ CULVERT_A_SETTINGS_HOLD_AGE, settings->hold_age },
	};
	struct nl_msg *msg = kern_request(kern, CULVERT_CMD_SETTINGS_SET, 0);
	size_t i;

	for (i = 0; msg && i < sizeof(values) / sizeof(values[0]); i++) {
		if (nla_put_u32(msg, values[i].type, values[i].value)) {
			nlmsg_free(msg);
			msg = NULL;
		}
	}
	return kern_ask(kern, msg, NULL, NULL, error);
}
