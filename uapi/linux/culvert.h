/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/culvert.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_CULVERT_H
#define _UAPI_LINUX_CULVERT_H

#define CULVERT_FAMILY_NAME	"culvert"
#define CULVERT_FAMILY_VERSION	1

/**
 * enum culvert_capability - What the kernel that the module was built for
 *   offers to culvert.
 * @CULVERT_CAPABILITY_IPV6: The kernel speaks IPv6.
 * @CULVERT_CAPABILITY_CONNTRACK: The kernel tracks connections
 *   (CONFIG_NF_CONNTRACK).
 * @CULVERT_CAPABILITY_NAT: The kernel translates addresses (CONFIG_NF_NAT).
 * @CULVERT_CAPABILITY_NETFILTER_EGRESS: The kernel has the egress hook of a
 *   network device (CONFIG_NETFILTER_EGRESS).
 */
enum culvert_capability {
	CULVERT_CAPABILITY_IPV6 = 1,
	CULVERT_CAPABILITY_CONNTRACK = 2,
	CULVERT_CAPABILITY_NAT = 4,
	CULVERT_CAPABILITY_NETFILTER_EGRESS = 8,
};

/**
 * enum culvert_counter - What is counted in each network namespace, from the
 *   load of the module or the creation of the namespace on.
 * @CULVERT_COUNTER_NETLINK_REQUESTS: Requests that reached the module. The
 *   kernel refuses requests without the privilege or against the attribute
 *   policy before that; they are not counted.
 * @CULVERT_COUNTER_NETLINK_REFUSED: Requests that the module refused, part of
 *   netlink-requests.
 */
enum culvert_counter {
	CULVERT_COUNTER_NETLINK_REQUESTS,
	CULVERT_COUNTER_NETLINK_REFUSED,

	/* private: */
	__CULVERT_COUNTER_MAX,
	CULVERT_COUNTER_MAX = (__CULVERT_COUNTER_MAX - 1)
};

/**
 * enum culvert_object - Kinds of kernel objects whose creation and destruction
 *   are counted over all network namespaces, so that a leak shows.
 * @CULVERT_OBJECT_NET: The state of one network namespace.
 */
enum culvert_object {
	CULVERT_OBJECT_NET,

	/* private: */
	__CULVERT_OBJECT_MAX,
	CULVERT_OBJECT_MAX = (__CULVERT_OBJECT_MAX - 1)
};

enum {
	CULVERT_A_VERSION_MODULE_VERSION = 1,
	CULVERT_A_VERSION_CAPABILITIES,
	CULVERT_A_VERSION_PAD,

	__CULVERT_A_VERSION_MAX,
	CULVERT_A_VERSION_MAX = (__CULVERT_A_VERSION_MAX - 1)
};

enum {
	CULVERT_A_COUNTER_ID = 1,
	CULVERT_A_COUNTER_NAME,
	CULVERT_A_COUNTER_VALUE,
	CULVERT_A_COUNTER_PAD,

	__CULVERT_A_COUNTER_MAX,
	CULVERT_A_COUNTER_MAX = (__CULVERT_A_COUNTER_MAX - 1)
};

enum {
	CULVERT_A_OBJECT_ID = 1,
	CULVERT_A_OBJECT_NAME,
	CULVERT_A_OBJECT_CREATED,
	CULVERT_A_OBJECT_DESTROYED,
	CULVERT_A_OBJECT_PAD,

	__CULVERT_A_OBJECT_MAX,
	CULVERT_A_OBJECT_MAX = (__CULVERT_A_OBJECT_MAX - 1)
};

enum {
	CULVERT_CMD_VERSION_GET = 1,
	CULVERT_CMD_COUNTER_GET,
	CULVERT_CMD_OBJECT_GET,

	__CULVERT_CMD_MAX,
	CULVERT_CMD_MAX = (__CULVERT_CMD_MAX - 1)
};

#endif /* _UAPI_LINUX_CULVERT_H */
