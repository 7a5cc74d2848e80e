// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/culvert.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/culvert.h>

/* CULVERT_CMD_VERSION_GET - do */
const struct nla_policy culvert_version_get_nl_policy[CULVERT_A_VERSION_PAD + 1] = {
};

/* CULVERT_CMD_COUNTER_GET - do */
const struct nla_policy culvert_counter_get_nl_policy[CULVERT_A_COUNTER_ID + 1] = {
	[CULVERT_A_COUNTER_ID] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* CULVERT_CMD_OBJECT_GET - do */
const struct nla_policy culvert_object_get_nl_policy[CULVERT_A_OBJECT_ID + 1] = {
	[CULVERT_A_OBJECT_ID] = NLA_POLICY_MAX(NLA_U32, 0),
};

/* Ops table for culvert */
const struct genl_ops culvert_nl_ops[3] = {
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
};
