// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/culvert.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/culvert.h>

/* Common nested types */
const struct nla_policy culvert_selector_nl_policy[CULVERT_A_SELECTOR_ICMP_CODE_END + 1] = {
	[CULVERT_A_SELECTOR_FAMILY] = { .type = NLA_U8, },
	[CULVERT_A_SELECTOR_PROTOCOL] = { .type = NLA_U8, },
	[CULVERT_A_SELECTOR_LOCAL_START] = { .type = NLA_BINARY, },
	[CULVERT_A_SELECTOR_LOCAL_END] = { .type = NLA_BINARY, },
	[CULVERT_A_SELECTOR_REMOTE_START] = { .type = NLA_BINARY, },
	[CULVERT_A_SELECTOR_REMOTE_END] = { .type = NLA_BINARY, },
	[CULVERT_A_SELECTOR_LOCAL_PORT_START] = { .type = NLA_U16, },
	[CULVERT_A_SELECTOR_LOCAL_PORT_END] = { .type = NLA_U16, },
	[CULVERT_A_SELECTOR_REMOTE_PORT_START] = { .type = NLA_U16, },
	[CULVERT_A_SELECTOR_REMOTE_PORT_END] = { .type = NLA_U16, },
	[CULVERT_A_SELECTOR_ICMP_TYPE_START] = { .type = NLA_U8, },
	[CULVERT_A_SELECTOR_ICMP_TYPE_END] = { .type = NLA_U8, },
	[CULVERT_A_SELECTOR_ICMP_CODE_START] = { .type = NLA_U8, },
	[CULVERT_A_SELECTOR_ICMP_CODE_END] = { .type = NLA_U8, },
};

/* CULVERT_CMD_VERSION_GET - do */
const struct nla_policy culvert_version_get_nl_policy[CULVERT_A_VERSION_PAD + 1] = {
};

/* CULVERT_CMD_COUNTER_GET - do */
const struct nla_policy culvert_counter_get_nl_policy[CULVERT_A_COUNTER_ID + 1] = {
	[CULVERT_A_COUNTER_ID] = NLA_POLICY_MAX(NLA_U32, 52),
};

/* CULVERT_CMD_OBJECT_GET - do */
const struct nla_policy culvert_object_get_nl_policy[CULVERT_A_OBJECT_ID + 1] = {
	[CULVERT_A_OBJECT_ID] = NLA_POLICY_MAX(NLA_U32, 5),
};

/* CULVERT_CMD_SETTINGS_GET - do */
const struct nla_policy culvert_settings_get_nl_policy[CULVERT_A_SETTINGS_PAD + 1] = {
};

/* CULVERT_CMD_SETTINGS_SET - do */
const struct nla_policy culvert_settings_set_nl_policy[CULVERT_A_SETTINGS_SAS_MAX + 1] = {
	[CULVERT_A_SETTINGS_HOLD_PACKETS] = { .type = NLA_U32, },
	[CULVERT_A_SETTINGS_HOLD_OCTETS] = { .type = NLA_U32, },
	[CULVERT_A_SETTINGS_HOLD_TOTAL] = { .type = NLA_U32, },
	[CULVERT_A_SETTINGS_HOLD_AGE] = { .type = NLA_U32, },
	[CULVERT_A_SETTINGS_ACQUIRE_INTERVAL] = { .type = NLA_U32, },
	[CULVERT_A_SETTINGS_RULES_MAX] = { .type = NLA_U32, },
	[CULVERT_A_SETTINGS_SAS_MAX] = { .type = NLA_U32, },
};

/* CULVERT_CMD_POLICY_BEGIN - do */
const struct nla_policy culvert_policy_begin_nl_policy[CULVERT_A_RULE_PAD + 1] = {
};

/* CULVERT_CMD_POLICY_ADD - do */
const struct nla_policy culvert_policy_add_nl_policy[CULVERT_A_RULE_FLAGS + 1] = {
	[CULVERT_A_RULE_ID] = { .type = NLA_U64, },
	[CULVERT_A_RULE_ACTION] = NLA_POLICY_MAX(NLA_U32, 2),
	[CULVERT_A_RULE_DEVICE] = { .type = NLA_NUL_STRING, .len = 15, },
	[CULVERT_A_RULE_SELECTOR] = NLA_POLICY_NESTED(culvert_selector_nl_policy),
	[CULVERT_A_RULE_MODE] = NLA_POLICY_MAX(NLA_U32, 1),
	[CULVERT_A_RULE_SUITES] = { .type = NLA_U64, },
	[CULVERT_A_RULE_LOCAL] = { .type = NLA_BINARY, },
	[CULVERT_A_RULE_PEER] = { .type = NLA_BINARY, },
	[CULVERT_A_RULE_DF] = NLA_POLICY_MAX(NLA_U32, 2),
	[CULVERT_A_RULE_MARK] = { .type = NLA_U32, },
	[CULVERT_A_RULE_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

/* CULVERT_CMD_POLICY_COMMIT - do */
const struct nla_policy culvert_policy_commit_nl_policy[CULVERT_A_RULE_GENERATION + 1] = {
	[CULVERT_A_RULE_GENERATION] = { .type = NLA_U32, },
};

/* CULVERT_CMD_POLICY_ABORT - do */
const struct nla_policy culvert_policy_abort_nl_policy[CULVERT_A_RULE_PAD + 1] = {
};

/* CULVERT_CMD_RULE_GET - do */
const struct nla_policy culvert_rule_get_nl_policy[CULVERT_A_RULE_ID + 1] = {
	[CULVERT_A_RULE_ID] = { .type = NLA_U64, },
};

/* CULVERT_CMD_RULE_FAIL - do */
const struct nla_policy culvert_rule_fail_nl_policy[CULVERT_A_RULE_ID + 1] = {
	[CULVERT_A_RULE_ID] = { .type = NLA_U64, },
};

/* CULVERT_CMD_SA_ADD - do */
const struct nla_policy culvert_sa_add_nl_policy[CULVERT_A_SA_IDLE_SECONDS + 1] = {
	[CULVERT_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CULVERT_A_SA_SPI] = { .type = NLA_U32, },
	[CULVERT_A_SA_RULE_ID] = { .type = NLA_U64, },
	[CULVERT_A_SA_MODE] = NLA_POLICY_MAX(NLA_U32, 1),
	[CULVERT_A_SA_LOCAL] = { .type = NLA_BINARY, },
	[CULVERT_A_SA_REMOTE] = { .type = NLA_BINARY, },
	[CULVERT_A_SA_LOCAL_PORT] = { .type = NLA_U16, },
	[CULVERT_A_SA_REMOTE_PORT] = { .type = NLA_U16, },
	[CULVERT_A_SA_SUITE] = NLA_POLICY_MAX(NLA_U32, 12),
	[CULVERT_A_SA_ENCR_KEY] = { .type = NLA_BINARY, },
	[CULVERT_A_SA_INTEG_KEY] = { .type = NLA_BINARY, },
	[CULVERT_A_SA_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[CULVERT_A_SA_REPLAY_WINDOW] = { .type = NLA_U32, },
	[CULVERT_A_SA_SELECTOR] = NLA_POLICY_NESTED(culvert_selector_nl_policy),
	[CULVERT_A_SA_DF] = NLA_POLICY_MAX(NLA_U32, 2),
	[CULVERT_A_SA_TFC_LENGTH] = { .type = NLA_U32, },
	[CULVERT_A_SA_SEQUENCE] = { .type = NLA_U64, },
	[CULVERT_A_SA_SEQUENCE_CEILING] = { .type = NLA_U64, },
	[CULVERT_A_SA_SOFT_SECONDS] = { .type = NLA_U64, },
	[CULVERT_A_SA_HARD_SECONDS] = { .type = NLA_U64, },
	[CULVERT_A_SA_SOFT_OCTETS] = { .type = NLA_U64, },
	[CULVERT_A_SA_HARD_OCTETS] = { .type = NLA_U64, },
	[CULVERT_A_SA_SOFT_PACKETS] = { .type = NLA_U64, },
	[CULVERT_A_SA_HARD_PACKETS] = { .type = NLA_U64, },
	[CULVERT_A_SA_IDLE_SECONDS] = { .type = NLA_U64, },
};

/* CULVERT_CMD_SA_SET - do */
const struct nla_policy culvert_sa_set_nl_policy[CULVERT_A_SA_NEW_REMOTE_PORT + 1] = {
	[CULVERT_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CULVERT_A_SA_SPI] = { .type = NLA_U32, },
	[CULVERT_A_SA_REMOTE] = { .type = NLA_BINARY, },
	[CULVERT_A_SA_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[CULVERT_A_SA_NEW_LOCAL] = { .type = NLA_BINARY, },
	[CULVERT_A_SA_NEW_REMOTE] = { .type = NLA_BINARY, },
	[CULVERT_A_SA_NEW_LOCAL_PORT] = { .type = NLA_U16, },
	[CULVERT_A_SA_NEW_REMOTE_PORT] = { .type = NLA_U16, },
	[CULVERT_A_SA_SEQUENCE] = { .type = NLA_U64, },
	[CULVERT_A_SA_SEQUENCE_CEILING] = { .type = NLA_U64, },
	[CULVERT_A_SA_SOFT_SECONDS] = { .type = NLA_U64, },
	[CULVERT_A_SA_HARD_SECONDS] = { .type = NLA_U64, },
	[CULVERT_A_SA_SOFT_OCTETS] = { .type = NLA_U64, },
	[CULVERT_A_SA_HARD_OCTETS] = { .type = NLA_U64, },
	[CULVERT_A_SA_SOFT_PACKETS] = { .type = NLA_U64, },
	[CULVERT_A_SA_HARD_PACKETS] = { .type = NLA_U64, },
	[CULVERT_A_SA_IDLE_SECONDS] = { .type = NLA_U64, },
	[CULVERT_A_SA_TFC_LENGTH] = { .type = NLA_U32, },
};

/* CULVERT_CMD_SA_DEL - do */
const struct nla_policy culvert_sa_del_nl_policy[CULVERT_A_SA_REMOTE + 1] = {
	[CULVERT_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CULVERT_A_SA_SPI] = { .type = NLA_U32, },
	[CULVERT_A_SA_REMOTE] = { .type = NLA_BINARY, },
};

/* CULVERT_CMD_SA_GET - do */
const struct nla_policy culvert_sa_get_nl_policy[CULVERT_A_SA_REMOTE + 1] = {
	[CULVERT_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CULVERT_A_SA_SPI] = { .type = NLA_U32, },
	[CULVERT_A_SA_REMOTE] = { .type = NLA_BINARY, },
};

/* CULVERT_CMD_SA_DUMMY - do */
const struct nla_policy culvert_sa_dummy_nl_policy[CULVERT_A_SA_DUMMY_LENGTH + 1] = {
	[CULVERT_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CULVERT_A_SA_SPI] = { .type = NLA_U32, },
	[CULVERT_A_SA_REMOTE] = { .type = NLA_BINARY, },
	[CULVERT_A_SA_DUMMIES] = { .type = NLA_U32, },
	[CULVERT_A_SA_DUMMY_LENGTH] = { .type = NLA_U32, },
};

/* CULVERT_CMD_EXPLAIN - do */
const struct nla_policy culvert_explain_nl_policy[CULVERT_A_FLOW_LATER_FRAGMENT + 1] = {
	[CULVERT_A_FLOW_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CULVERT_A_FLOW_DEVICE] = { .type = NLA_NUL_STRING, .len = 15, },
	[CULVERT_A_FLOW_SOURCE] = { .type = NLA_BINARY, },
	[CULVERT_A_FLOW_DESTINATION] = { .type = NLA_BINARY, },
	[CULVERT_A_FLOW_PROTOCOL] = { .type = NLA_U8, },
	[CULVERT_A_FLOW_SOURCE_PORT] = { .type = NLA_U16, },
	[CULVERT_A_FLOW_DESTINATION_PORT] = { .type = NLA_U16, },
	[CULVERT_A_FLOW_LENGTH] = { .type = NLA_U32, },
	[CULVERT_A_FLOW_NO_FRAGMENT] = { .type = NLA_FLAG, },
	[CULVERT_A_FLOW_LATER_FRAGMENT] = { .type = NLA_FLAG, },
};

/* Ops table for culvert */
const struct genl_ops culvert_nl_ops[17] = {
	{
		.cmd		= CULVERT_CMD_VERSION_GET,
		.doit		= culvert_nl_version_get_doit,
		.policy		= culvert_version_get_nl_policy,
		.maxattr	= CULVERT_A_VERSION_PAD,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_COUNTER_GET,
		.doit		= culvert_nl_counter_get_doit,
		.dumpit		= culvert_nl_counter_get_dumpit,
		.policy		= culvert_counter_get_nl_policy,
		.maxattr	= CULVERT_A_COUNTER_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_OBJECT_GET,
		.doit		= culvert_nl_object_get_doit,
		.dumpit		= culvert_nl_object_get_dumpit,
		.policy		= culvert_object_get_nl_policy,
		.maxattr	= CULVERT_A_OBJECT_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_SETTINGS_GET,
		.doit		= culvert_nl_settings_get_doit,
		.policy		= culvert_settings_get_nl_policy,
		.maxattr	= CULVERT_A_SETTINGS_PAD,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_SETTINGS_SET,
		.doit		= culvert_nl_settings_set_doit,
		.policy		= culvert_settings_set_nl_policy,
		.maxattr	= CULVERT_A_SETTINGS_SAS_MAX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_POLICY_BEGIN,
		.doit		= culvert_nl_policy_begin_doit,
		.policy		= culvert_policy_begin_nl_policy,
		.maxattr	= CULVERT_A_RULE_PAD,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_POLICY_ADD,
		.doit		= culvert_nl_policy_add_doit,
		.policy		= culvert_policy_add_nl_policy,
		.maxattr	= CULVERT_A_RULE_FLAGS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_POLICY_COMMIT,
		.doit		= culvert_nl_policy_commit_doit,
		.policy		= culvert_policy_commit_nl_policy,
		.maxattr	= CULVERT_A_RULE_GENERATION,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_POLICY_ABORT,
		.doit		= culvert_nl_policy_abort_doit,
		.policy		= culvert_policy_abort_nl_policy,
		.maxattr	= CULVERT_A_RULE_PAD,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_RULE_GET,
		.doit		= culvert_nl_rule_get_doit,
		.dumpit		= culvert_nl_rule_get_dumpit,
		.policy		= culvert_rule_get_nl_policy,
		.maxattr	= CULVERT_A_RULE_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_RULE_FAIL,
		.doit		= culvert_nl_rule_fail_doit,
		.policy		= culvert_rule_fail_nl_policy,
		.maxattr	= CULVERT_A_RULE_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_SA_ADD,
		.doit		= culvert_nl_sa_add_doit,
		.policy		= culvert_sa_add_nl_policy,
		.maxattr	= CULVERT_A_SA_IDLE_SECONDS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_SA_SET,
		.doit		= culvert_nl_sa_set_doit,
		.policy		= culvert_sa_set_nl_policy,
		.maxattr	= CULVERT_A_SA_NEW_REMOTE_PORT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_SA_DEL,
		.doit		= culvert_nl_sa_del_doit,
		.policy		= culvert_sa_del_nl_policy,
		.maxattr	= CULVERT_A_SA_REMOTE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_SA_GET,
		.doit		= culvert_nl_sa_get_doit,
		.dumpit		= culvert_nl_sa_get_dumpit,
		.policy		= culvert_sa_get_nl_policy,
		.maxattr	= CULVERT_A_SA_REMOTE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_SA_DUMMY,
		.doit		= culvert_nl_sa_dummy_doit,
		.policy		= culvert_sa_dummy_nl_policy,
		.maxattr	= CULVERT_A_SA_DUMMY_LENGTH,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CULVERT_CMD_EXPLAIN,
		.doit		= culvert_nl_explain_doit,
		.policy		= culvert_explain_nl_policy,
		.maxattr	= CULVERT_A_FLOW_LATER_FRAGMENT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};
