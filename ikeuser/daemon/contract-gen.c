/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit: written by uapi/names.py from uapi/culvert.yaml. */

#include <linux/culvert.h>

#include "contract-gen.h"

static const struct contract_set version_set;
static const struct contract_set counter_set;
static const struct contract_set object_set;

static const struct contract_attr version_attrs[] = {
	[CULVERT_A_VERSION_MODULE_VERSION] = { "module-version" },
	[CULVERT_A_VERSION_CAPABILITIES] = { "capabilities" },
	[CULVERT_A_VERSION_PAD] = { "pad" },
};

static const struct contract_set version_set = {
	version_attrs, sizeof(version_attrs) / sizeof(version_attrs[0]),
};

static const struct contract_attr counter_attrs[] = {
	[CULVERT_A_COUNTER_ID] = { "id" },
	[CULVERT_A_COUNTER_NAME] = { "name" },
	[CULVERT_A_COUNTER_VALUE] = { "value" },
	[CULVERT_A_COUNTER_PAD] = { "pad" },
};

static const struct contract_set counter_set = {
	counter_attrs, sizeof(counter_attrs) / sizeof(counter_attrs[0]),
};

static const struct contract_attr object_attrs[] = {
	[CULVERT_A_OBJECT_ID] = { "id" },
	[CULVERT_A_OBJECT_NAME] = { "name" },
	[CULVERT_A_OBJECT_CREATED] = { "created" },
	[CULVERT_A_OBJECT_DESTROYED] = { "destroyed" },
	[CULVERT_A_OBJECT_PAD] = { "pad" },
};

static const struct contract_set object_set = {
	object_attrs, sizeof(object_attrs) / sizeof(object_attrs[0]),
};

const struct contract_op contract_ops[] = {
	[CULVERT_CMD_VERSION_GET] = { "version-get", &version_set },
	[CULVERT_CMD_COUNTER_GET] = { "counter-get", &counter_set },
	[CULVERT_CMD_OBJECT_GET] = { "object-get", &object_set },
};

const size_t contract_n_ops = sizeof(contract_ops) / sizeof(contract_ops[0]);

const struct contract_flag contract_capabilities[] = {
	{ CULVERT_CAPABILITY_IPV6, "ipv6" },
	{ CULVERT_CAPABILITY_CONNTRACK, "conntrack" },
	{ CULVERT_CAPABILITY_NAT, "nat" },
	{ CULVERT_CAPABILITY_NETFILTER_EGRESS, "netfilter-egress" },
	{ 0, NULL },
};
