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

#define CULVERT_HOLD_BUCKETS	20

/**
 * enum culvert_action - What happens to the packets that a rule matches (RFC
 *   4301 4.4.1).
 * @CULVERT_ACTION_PROTECT: They leave and enter in ESP only.
 * @CULVERT_ACTION_BYPASS: They leave and enter as they are.
 * @CULVERT_ACTION_DISCARD: They neither leave nor enter.
 */
enum culvert_action {
	CULVERT_ACTION_PROTECT,
	CULVERT_ACTION_BYPASS,
	CULVERT_ACTION_DISCARD,
};

/**
 * enum culvert_mode - The mode of ESP (RFC 4303 3.1).
 * @CULVERT_MODE_TUNNEL: The whole packet is the payload; the outer header is a
 *   new one.
 * @CULVERT_MODE_TRANSPORT: The payload of the packet is the payload.
 */
enum culvert_mode {
	CULVERT_MODE_TUNNEL,
	CULVERT_MODE_TRANSPORT,
};

/**
 * enum culvert_df - The DF bit of an outer IPv4 header (RFC 4301 8.1).
 * @CULVERT_DF_COPY: As in the inner header. Set over IPv6.
 * @CULVERT_DF_SET: Set.
 * @CULVERT_DF_CLEAR: Clear. Inner packets are fragmented though their DF bit
 *   is set.
 */
enum culvert_df {
	CULVERT_DF_COPY,
	CULVERT_DF_SET,
	CULVERT_DF_CLEAR,
};

/**
 * enum culvert_rule_flag - Options of a protect rule.
 * @CULVERT_RULE_FLAG_MSS_CLAMP: The maximum segment size in TCP SYN segments,
 *   in both directions, is lowered to what fits through the SA.
 * @CULVERT_RULE_FLAG_NO_DSCP_COPY: The outer DSCP is 0 instead of the inner
 *   one.
 * @CULVERT_RULE_FLAG_DECAP_DSCP: The inner DSCP becomes the outer one when a
 *   packet comes in.
 */
enum culvert_rule_flag {
	CULVERT_RULE_FLAG_MSS_CLAMP = 1,
	CULVERT_RULE_FLAG_NO_DSCP_COPY = 2,
	CULVERT_RULE_FLAG_DECAP_DSCP = 4,
};

/**
 * enum culvert_direction - The direction of an SA.
 * @CULVERT_DIRECTION_IN: It opens ESP that arrives.
 * @CULVERT_DIRECTION_OUT: It seals packets that leave.
 */
enum culvert_direction {
	CULVERT_DIRECTION_IN,
	CULVERT_DIRECTION_OUT,
};

/**
 * enum culvert_suite - Encryption and integrity algorithms of an SA. There is
 *   none without integrity (RFC 4303 3.2.1). Keys in octets: encr-key,
 *   integ-key.
 * @CULVERT_SUITE_AES_GCM_16: RFC 4106, ICV of 16 octets. Key 16, 24 or 32,
 *   then salt 4.
 * @CULVERT_SUITE_AES_GCM_12: RFC 4106, ICV of 12 octets. Key 16, 24 or 32,
 *   then salt 4.
 * @CULVERT_SUITE_AES_GCM_8: RFC 4106, ICV of 8 octets. Key 16, 24 or 32, then
 *   salt 4.
 * @CULVERT_SUITE_CHACHA20_POLY1305: RFC 7634. Key 32, then salt 4.
 * @CULVERT_SUITE_NULL_AES_GMAC: RFC 4543, integrity only. Key 16, 24 or 32,
 *   then salt 4.
 * @CULVERT_SUITE_AES_CBC_HMAC_SHA1_96: RFC 3602 and 2404. Key 16, 24 or 32;
 *   20.
 * @CULVERT_SUITE_AES_CBC_HMAC_SHA2_256_128: RFC 3602 and 4868. Key 16, 24 or
 *   32; 32.
 * @CULVERT_SUITE_AES_CBC_HMAC_SHA2_384_192: RFC 3602 and 4868. Key 16, 24 or
 *   32; 48.
 * @CULVERT_SUITE_AES_CBC_HMAC_SHA2_512_256: RFC 3602 and 4868. Key 16, 24 or
 *   32; 64.
 * @CULVERT_SUITE_NULL_HMAC_SHA1_96: RFC 2410 and 2404, integrity only. No key;
 *   20.
 * @CULVERT_SUITE_NULL_HMAC_SHA2_256_128: RFC 2410 and 4868, integrity only. No
 *   key; 32.
 * @CULVERT_SUITE_NULL_HMAC_SHA2_384_192: RFC 2410 and 4868, integrity only. No
 *   key; 48.
 * @CULVERT_SUITE_NULL_HMAC_SHA2_512_256: RFC 2410 and 4868, integrity only. No
 *   key; 64.
 */
enum culvert_suite {
	CULVERT_SUITE_AES_GCM_16,
	CULVERT_SUITE_AES_GCM_12,
	CULVERT_SUITE_AES_GCM_8,
	CULVERT_SUITE_CHACHA20_POLY1305,
	CULVERT_SUITE_NULL_AES_GMAC,
	CULVERT_SUITE_AES_CBC_HMAC_SHA1_96,
	CULVERT_SUITE_AES_CBC_HMAC_SHA2_256_128,
	CULVERT_SUITE_AES_CBC_HMAC_SHA2_384_192,
	CULVERT_SUITE_AES_CBC_HMAC_SHA2_512_256,
	CULVERT_SUITE_NULL_HMAC_SHA1_96,
	CULVERT_SUITE_NULL_HMAC_SHA2_256_128,
	CULVERT_SUITE_NULL_HMAC_SHA2_384_192,
	CULVERT_SUITE_NULL_HMAC_SHA2_512_256,

	/* private: */
	__CULVERT_SUITE_MAX,
	CULVERT_SUITE_MAX = (__CULVERT_SUITE_MAX - 1)
};

/**
 * enum culvert_sa_flag - Options of an SA.
 * @CULVERT_SA_FLAG_ESN: Extended sequence numbers of 64 bits (RFC 4303 2.2.1).
 * @CULVERT_SA_FLAG_ACTIVATE: The rule sends through this outbound SA from now
 *   on; the one that it sent through before stays, unused, until it is
 *   deleted. In an answer, the rule sends through it.
 * @CULVERT_SA_FLAG_NON_FIRST_FRAGMENTS: The peer lets fragments other than the
 *   first through SAs whose selectors name ports (RFC 4301 7.2).
 */
enum culvert_sa_flag {
	CULVERT_SA_FLAG_ESN = 1,
	CULVERT_SA_FLAG_ACTIVATE = 2,
	CULVERT_SA_FLAG_NON_FIRST_FRAGMENTS = 4,
};

/**
 * enum culvert_reason - Why an SA is reported.
 * @CULVERT_REASON_SOFT_SECONDS: It is old enough to be replaced.
 * @CULVERT_REASON_SOFT_OCTETS: It carried enough octets to be replaced.
 * @CULVERT_REASON_SOFT_PACKETS: It carried enough packets to be replaced.
 * @CULVERT_REASON_HARD_SECONDS: It is too old; the kernel took it out of use.
 * @CULVERT_REASON_HARD_OCTETS: It carried all octets it may; the kernel took
 *   it out of use.
 * @CULVERT_REASON_HARD_PACKETS: It carried all packets it may; the kernel took
 *   it out of use.
 * @CULVERT_REASON_IDLE: It carried nothing for its idle time. Reported once
 *   until it does.
 * @CULVERT_REASON_SEQUENCE_NEAR: Fewer than 2^20 sequence numbers, or a
 *   sixteenth, are left to send.
 * @CULVERT_REASON_SEQUENCE_END: The sequence numbers are used up, or the
 *   ceiling is reached.
 * @CULVERT_REASON_PATH_MTU: A smaller path MTU to the peer was learnt.
 */
enum culvert_reason {
	CULVERT_REASON_SOFT_SECONDS,
	CULVERT_REASON_SOFT_OCTETS,
	CULVERT_REASON_SOFT_PACKETS,
	CULVERT_REASON_HARD_SECONDS,
	CULVERT_REASON_HARD_OCTETS,
	CULVERT_REASON_HARD_PACKETS,
	CULVERT_REASON_IDLE,
	CULVERT_REASON_SEQUENCE_NEAR,
	CULVERT_REASON_SEQUENCE_END,
	CULVERT_REASON_PATH_MTU,
};

/**
 * enum culvert_verdict - What would happen to a packet of a flow.
 * @CULVERT_VERDICT_NO_RULE: No rule matches; it passes as it is.
 * @CULVERT_VERDICT_BYPASS: A bypass rule lets it pass as it is.
 * @CULVERT_VERDICT_DISCARD: A discard rule drops it.
 * @CULVERT_VERDICT_PROTECT: It is sent in ESP. In, it is accepted from ESP
 *   only.
 * @CULVERT_VERDICT_HOLD: It waits for an SA; an acquire goes out.
 * @CULVERT_VERDICT_FRAGMENT: It is sent in ESP, in fragments that were made
 *   before or behind it.
 * @CULVERT_VERDICT_TOO_BIG: It is dropped and its sender told the MTU.
 * @CULVERT_VERDICT_SELECTORS: The rule matches, the selectors of its SA do
 *   not; it is dropped.
 * @CULVERT_VERDICT_PORTS_UNKNOWN: A fragment other than the first; the rule
 *   names ports; dropped.
 */
enum culvert_verdict {
	CULVERT_VERDICT_NO_RULE,
	CULVERT_VERDICT_BYPASS,
	CULVERT_VERDICT_DISCARD,
	CULVERT_VERDICT_PROTECT,
	CULVERT_VERDICT_HOLD,
	CULVERT_VERDICT_FRAGMENT,
	CULVERT_VERDICT_TOO_BIG,
	CULVERT_VERDICT_SELECTORS,
	CULVERT_VERDICT_PORTS_UNKNOWN,
};

/**
 * enum culvert_counter - What is counted in each network namespace, from the
 *   load of the module or the creation of the namespace on.
 * @CULVERT_COUNTER_NETLINK_REQUESTS: Requests that reached the module. The
 *   kernel refuses requests without the privilege or against the attribute
 *   policy before that; they are not counted.
 * @CULVERT_COUNTER_NETLINK_REFUSED: Requests that the module refused, part of
 *   netlink-requests.
 * @CULVERT_COUNTER_HOLD_HELD: Packets that began to wait for an SA.
 * @CULVERT_COUNTER_HOLD_RELEASED: Packets that waited and were then sent
 *   through an SA.
 * @CULVERT_COUNTER_ACQUIRES: Acquire events sent, repetitions included.
 * @CULVERT_COUNTER_OUT_DISCARD: Packets out that a discard rule covers;
 *   dropped.
 * @CULVERT_COUNTER_OUT_HOLD_FULL: Waiting packets dropped: the queue of their
 *   rule was full.
 * @CULVERT_COUNTER_OUT_HOLD_TOTAL: Waiting packets dropped: the queues of the
 *   namespace were full together.
 * @CULVERT_COUNTER_OUT_HOLD_EXPIRED: Waiting packets dropped: they waited for
 *   hold-age.
 * @CULVERT_COUNTER_OUT_HOLD_FAILED: Waiting packets dropped: user space said
 *   that there will be no SA.
 * @CULVERT_COUNTER_OUT_HOLD_PURGED: Waiting packets dropped: their rule,
 *   device or namespace went away.
 * @CULVERT_COUNTER_OUT_CONNTRACK: Packets out dropped: a protect rule covers
 *   them, and connection tracking refused to confirm their connection.
 * @CULVERT_COUNTER_OUT_NO_MEMORY: Packets out dropped: no memory.
 * @CULVERT_COUNTER_OUT_MALFORMED: Packets out dropped: a protect rule may
 *   cover them, their headers could not be read.
 * @CULVERT_COUNTER_OUT_FRAGMENT: Fragments out other than the first dropped:
 *   their rule names ports and the SA is not for fragments (RFC 4301 7).
 * @CULVERT_COUNTER_OUT_NAT_STALE: Packets out dropped: their flow was
 *   translated before a protect rule covered it. Its conntrack entry is
 *   removed with the packet.
 * @CULVERT_COUNTER_OUT_SELECTORS: Packets out dropped: the rule covers them,
 *   the selectors of its SA do not.
 * @CULVERT_COUNTER_OUT_TOO_BIG: Packets out dropped: too big for the SA, and
 *   not to be fragmented. Their senders are told.
 * @CULVERT_COUNTER_OUT_FRAGMENT_FAILED: Packets out dropped: fragmentation
 *   before encryption failed.
 * @CULVERT_COUNTER_OUT_SEGMENT_FAILED: Packets out dropped: segmentation of a
 *   large packet failed.
 * @CULVERT_COUNTER_OUT_SEQUENCE: Packets out dropped: the SA has no sequence
 *   number left (RFC 4303 3.3.3).
 * @CULVERT_COUNTER_OUT_EXPIRED: Packets out dropped: a hard lifetime of the SA
 *   has ended.
 * @CULVERT_COUNTER_OUT_NO_ROUTE: Packets out dropped: no route to the peer.
 * @CULVERT_COUNTER_OUT_CRYPTO: Packets out dropped: the cipher failed.
 * @CULVERT_COUNTER_OUT_CRYPTO_BUSY: Packets out dropped: the queue of an
 *   asynchronous cipher was full.
 * @CULVERT_COUNTER_OUT_EGRESS: Packets out dropped on the device itself: a
 *   rule covers them and they came around the hooks of IP.
 * @CULVERT_COUNTER_IN_SPI_UNKNOWN: ESP packets with an SPI that no SA here
 *   has; left to the kernel.
 * @CULVERT_COUNTER_IN_SHORT: ESP packets dropped: too short for the headers
 *   and trailers of their SA.
 * @CULVERT_COUNTER_IN_LENGTH: ESP packets dropped: the ciphertext is no
 *   multiple of the block size.
 * @CULVERT_COUNTER_IN_ENCAPSULATION: ESP packets dropped: in UDP for an SA
 *   without, or the reverse.
 * @CULVERT_COUNTER_IN_UDP_CHECKSUM: ESP packets in UDP dropped: wrong UDP
 *   checksum.
 * @CULVERT_COUNTER_IN_REPLAY: ESP packets dropped: this sequence number was
 *   received before.
 * @CULVERT_COUNTER_IN_REPLAY_OLD: ESP packets dropped: the sequence number
 *   lies before the window.
 * @CULVERT_COUNTER_IN_ICV: ESP packets dropped: the ICV is wrong.
 * @CULVERT_COUNTER_IN_PADDING: ESP packets dropped: the pad length exceeds the
 *   payload or the padding is not 1, 2, 3...
 * @CULVERT_COUNTER_IN_NEXT_HEADER: ESP packets dropped: the next header does
 *   not fit the mode of the SA.
 * @CULVERT_COUNTER_IN_INNER_HEADER: ESP packets dropped: the inner IP header
 *   is malformed.
 * @CULVERT_COUNTER_IN_SELECTORS: ESP packets dropped: the inner packet lies
 *   outside the selectors of the SA, or an earlier rule covers it (RFC 4301
 *   5.2).
 * @CULVERT_COUNTER_IN_FRAGMENT: ESP packets dropped: the inner packet is a
 *   fragment other than the first, and the selectors name ports.
 * @CULVERT_COUNTER_IN_ICMP_ERROR: ESP packets dropped: the inner ICMP error
 *   quotes a packet outside the selectors (RFC 4301 6.2).
 * @CULVERT_COUNTER_IN_ECN: ESP packets dropped: congestion marked outside, no
 *   ECN inside (RFC 6040 4.2).
 * @CULVERT_COUNTER_IN_DUMMY: Dummy packets received, with next header 59 (RFC
 *   4303 2.6).
 * @CULVERT_COUNTER_IN_EXPIRED: ESP packets dropped: a hard lifetime of the SA
 *   has ended.
 * @CULVERT_COUNTER_IN_CRYPTO: ESP packets dropped: the cipher failed for
 *   another reason than the ICV.
 * @CULVERT_COUNTER_IN_CRYPTO_BUSY: ESP packets dropped: the queue of an
 *   asynchronous cipher was full.
 * @CULVERT_COUNTER_IN_SA_GONE: ESP packets dropped: their SA was deleted while
 *   the cipher worked.
 * @CULVERT_COUNTER_IN_NO_MEMORY: ESP packets dropped: no memory.
 * @CULVERT_COUNTER_IN_BACKLOG: Packets that came out of ESP and were dropped:
 *   more of them wait for the stack than net.core.netdev_max_backlog, or the
 *   device that they came by is down.
 * @CULVERT_COUNTER_IN_MALFORMED: Packets in dropped: a protect rule may cover
 *   them, their headers could not be read.
 * @CULVERT_COUNTER_IN_PATH_MTU: ICMP errors dropped: of a packet in UDP that
 *   no SA sent lately, or with a path MTU that cannot be or is known (RFC 4301
 *   8.2.1). The kernel would believe them.
 * @CULVERT_COUNTER_IN_DEFRAG: Fragments of IPv6 packets that may be ESP,
 *   dropped: they cannot be joined.
 * @CULVERT_COUNTER_IN_CLEAR: Packets dropped that came in clear text and that
 *   a protect rule covers.
 * @CULVERT_COUNTER_IN_DISCARD: Packets in that a discard rule covers; dropped.
 */
enum culvert_counter {
	CULVERT_COUNTER_NETLINK_REQUESTS,
	CULVERT_COUNTER_NETLINK_REFUSED,
	CULVERT_COUNTER_HOLD_HELD,
	CULVERT_COUNTER_HOLD_RELEASED,
	CULVERT_COUNTER_ACQUIRES,
	CULVERT_COUNTER_OUT_DISCARD,
	CULVERT_COUNTER_OUT_HOLD_FULL,
	CULVERT_COUNTER_OUT_HOLD_TOTAL,
	CULVERT_COUNTER_OUT_HOLD_EXPIRED,
	CULVERT_COUNTER_OUT_HOLD_FAILED,
	CULVERT_COUNTER_OUT_HOLD_PURGED,
	CULVERT_COUNTER_OUT_CONNTRACK,
	CULVERT_COUNTER_OUT_NO_MEMORY,
	CULVERT_COUNTER_OUT_MALFORMED,
	CULVERT_COUNTER_OUT_FRAGMENT,
	CULVERT_COUNTER_OUT_NAT_STALE,
	CULVERT_COUNTER_OUT_SELECTORS,
	CULVERT_COUNTER_OUT_TOO_BIG,
	CULVERT_COUNTER_OUT_FRAGMENT_FAILED,
	CULVERT_COUNTER_OUT_SEGMENT_FAILED,
	CULVERT_COUNTER_OUT_SEQUENCE,
	CULVERT_COUNTER_OUT_EXPIRED,
	CULVERT_COUNTER_OUT_NO_ROUTE,
	CULVERT_COUNTER_OUT_CRYPTO,
	CULVERT_COUNTER_OUT_CRYPTO_BUSY,
	CULVERT_COUNTER_OUT_EGRESS,
	CULVERT_COUNTER_IN_SPI_UNKNOWN,
	CULVERT_COUNTER_IN_SHORT,
	CULVERT_COUNTER_IN_LENGTH,
	CULVERT_COUNTER_IN_ENCAPSULATION,
	CULVERT_COUNTER_IN_UDP_CHECKSUM,
	CULVERT_COUNTER_IN_REPLAY,
	CULVERT_COUNTER_IN_REPLAY_OLD,
	CULVERT_COUNTER_IN_ICV,
	CULVERT_COUNTER_IN_PADDING,
	CULVERT_COUNTER_IN_NEXT_HEADER,
	CULVERT_COUNTER_IN_INNER_HEADER,
	CULVERT_COUNTER_IN_SELECTORS,
	CULVERT_COUNTER_IN_FRAGMENT,
	CULVERT_COUNTER_IN_ICMP_ERROR,
	CULVERT_COUNTER_IN_ECN,
	CULVERT_COUNTER_IN_DUMMY,
	CULVERT_COUNTER_IN_EXPIRED,
	CULVERT_COUNTER_IN_CRYPTO,
	CULVERT_COUNTER_IN_CRYPTO_BUSY,
	CULVERT_COUNTER_IN_SA_GONE,
	CULVERT_COUNTER_IN_NO_MEMORY,
	CULVERT_COUNTER_IN_BACKLOG,
	CULVERT_COUNTER_IN_MALFORMED,
	CULVERT_COUNTER_IN_PATH_MTU,
	CULVERT_COUNTER_IN_DEFRAG,
	CULVERT_COUNTER_IN_CLEAR,
	CULVERT_COUNTER_IN_DISCARD,

	/* private: */
	__CULVERT_COUNTER_MAX,
	CULVERT_COUNTER_MAX = (__CULVERT_COUNTER_MAX - 1)
};

/**
 * enum culvert_object - Kinds of kernel objects whose creation and destruction
 *   are counted over all network namespaces, so that a leak shows.
 * @CULVERT_OBJECT_NET: The state of one network namespace.
 * @CULVERT_OBJECT_RULE_LIST: A list of rules with its classifier.
 * @CULVERT_OBJECT_RULE: A rule.
 * @CULVERT_OBJECT_SA: A security association, in one direction.
 * @CULVERT_OBJECT_HELD: A packet that waits for an SA.
 * @CULVERT_OBJECT_REQUEST: A packet that a cipher works on.
 */
enum culvert_object {
	CULVERT_OBJECT_NET,
	CULVERT_OBJECT_RULE_LIST,
	CULVERT_OBJECT_RULE,
	CULVERT_OBJECT_SA,
	CULVERT_OBJECT_HELD,
	CULVERT_OBJECT_REQUEST,

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
	CULVERT_A_SETTINGS_HOLD_PACKETS = 1,
	CULVERT_A_SETTINGS_HOLD_OCTETS,
	CULVERT_A_SETTINGS_HOLD_TOTAL,
	CULVERT_A_SETTINGS_HOLD_AGE,
	CULVERT_A_SETTINGS_ACQUIRE_INTERVAL,
	CULVERT_A_SETTINGS_RULES_MAX,
	CULVERT_A_SETTINGS_SAS_MAX,
	CULVERT_A_SETTINGS_GENERATION,
	CULVERT_A_SETTINGS_RULES,
	CULVERT_A_SETTINGS_SAS,
	CULVERT_A_SETTINGS_HELD_PACKETS,
	CULVERT_A_SETTINGS_HELD_OCTETS,
	CULVERT_A_SETTINGS_HOLD_TIME,
	CULVERT_A_SETTINGS_PAD,

	__CULVERT_A_SETTINGS_MAX,
	CULVERT_A_SETTINGS_MAX = (__CULVERT_A_SETTINGS_MAX - 1)
};

enum {
	CULVERT_A_SELECTOR_FAMILY = 1,
	CULVERT_A_SELECTOR_PROTOCOL,
	CULVERT_A_SELECTOR_LOCAL_START,
	CULVERT_A_SELECTOR_LOCAL_END,
	CULVERT_A_SELECTOR_REMOTE_START,
	CULVERT_A_SELECTOR_REMOTE_END,
	CULVERT_A_SELECTOR_LOCAL_PORT_START,
	CULVERT_A_SELECTOR_LOCAL_PORT_END,
	CULVERT_A_SELECTOR_REMOTE_PORT_START,
	CULVERT_A_SELECTOR_REMOTE_PORT_END,
	CULVERT_A_SELECTOR_ICMP_TYPE_START,
	CULVERT_A_SELECTOR_ICMP_TYPE_END,
	CULVERT_A_SELECTOR_ICMP_CODE_START,
	CULVERT_A_SELECTOR_ICMP_CODE_END,

	__CULVERT_A_SELECTOR_MAX,
	CULVERT_A_SELECTOR_MAX = (__CULVERT_A_SELECTOR_MAX - 1)
};

enum {
	CULVERT_A_RULE_ID = 1,
	CULVERT_A_RULE_ACTION,
	CULVERT_A_RULE_DEVICE,
	CULVERT_A_RULE_SELECTOR,
	CULVERT_A_RULE_MODE,
	CULVERT_A_RULE_SUITES,
	CULVERT_A_RULE_LOCAL,
	CULVERT_A_RULE_PEER,
	CULVERT_A_RULE_DF,
	CULVERT_A_RULE_MARK,
	CULVERT_A_RULE_FLAGS,
	CULVERT_A_RULE_POSITION,
	CULVERT_A_RULE_GENERATION,
	CULVERT_A_RULE_PACKETS,
	CULVERT_A_RULE_FLOWS,
	CULVERT_A_RULE_USED,
	CULVERT_A_RULE_OUT_SPI,
	CULVERT_A_RULE_HELD_PACKETS,
	CULVERT_A_RULE_HELD_OCTETS,
	CULVERT_A_RULE_ACQUIRES,
	CULVERT_A_RULE_PAD,

	__CULVERT_A_RULE_MAX,
	CULVERT_A_RULE_MAX = (__CULVERT_A_RULE_MAX - 1)
};

enum {
	CULVERT_A_SA_DIRECTION = 1,
	CULVERT_A_SA_SPI,
	CULVERT_A_SA_RULE_ID,
	CULVERT_A_SA_MODE,
	CULVERT_A_SA_LOCAL,
	CULVERT_A_SA_REMOTE,
	CULVERT_A_SA_LOCAL_PORT,
	CULVERT_A_SA_REMOTE_PORT,
	CULVERT_A_SA_SUITE,
	CULVERT_A_SA_ENCR_KEY,
	CULVERT_A_SA_INTEG_KEY,
	CULVERT_A_SA_FLAGS,
	CULVERT_A_SA_REPLAY_WINDOW,
	CULVERT_A_SA_SELECTOR,
	CULVERT_A_SA_DF,
	CULVERT_A_SA_TFC_LENGTH,
	CULVERT_A_SA_SEQUENCE,
	CULVERT_A_SA_SEQUENCE_CEILING,
	CULVERT_A_SA_SOFT_SECONDS,
	CULVERT_A_SA_HARD_SECONDS,
	CULVERT_A_SA_SOFT_OCTETS,
	CULVERT_A_SA_HARD_OCTETS,
	CULVERT_A_SA_SOFT_PACKETS,
	CULVERT_A_SA_HARD_PACKETS,
	CULVERT_A_SA_IDLE_SECONDS,
	CULVERT_A_SA_AGE,
	CULVERT_A_SA_USED,
	CULVERT_A_SA_PACKETS,
	CULVERT_A_SA_OCTETS,
	CULVERT_A_SA_STATS,
	CULVERT_A_SA_REPLAY_BITMAP,
	CULVERT_A_SA_PATH_MTU,
	CULVERT_A_SA_PATH_MTU_AGE,
	CULVERT_A_SA_MEDIA_MTU,
	CULVERT_A_SA_INNER_MTU,
	CULVERT_A_SA_OVERHEAD_BEFORE,
	CULVERT_A_SA_OVERHEAD_AFTER,
	CULVERT_A_SA_BLOCK,
	CULVERT_A_SA_IV_LENGTH,
	CULVERT_A_SA_ICV_LENGTH,
	CULVERT_A_SA_DRIVER,
	CULVERT_A_SA_DUMMIES,
	CULVERT_A_SA_DUMMY_LENGTH,
	CULVERT_A_SA_NEW_LOCAL,
	CULVERT_A_SA_NEW_REMOTE,
	CULVERT_A_SA_NEW_LOCAL_PORT,
	CULVERT_A_SA_NEW_REMOTE_PORT,
	CULVERT_A_SA_PAD,

	__CULVERT_A_SA_MAX,
	CULVERT_A_SA_MAX = (__CULVERT_A_SA_MAX - 1)
};

enum {
	CULVERT_A_SA_STATS_ENCAPS = 1,
	CULVERT_A_SA_STATS_ENCRYPTS,
	CULVERT_A_SA_STATS_DIGESTS,
	CULVERT_A_SA_STATS_DECAPS,
	CULVERT_A_SA_STATS_DECRYPTS,
	CULVERT_A_SA_STATS_VERIFIES,
	CULVERT_A_SA_STATS_PRE_FRAG_SUCCESSES,
	CULVERT_A_SA_STATS_PRE_FRAG_FAILURES,
	CULVERT_A_SA_STATS_FRAGMENTS_CREATED,
	CULVERT_A_SA_STATS_PMTUS_SENT,
	CULVERT_A_SA_STATS_PMTUS_RCVD,
	CULVERT_A_SA_STATS_FRAGMENTS_IN,
	CULVERT_A_SA_STATS_TFC_SENT,
	CULVERT_A_SA_STATS_TFC_RCVD,
	CULVERT_A_SA_STATS_ICMP_ERRORS_VALID,
	CULVERT_A_SA_STATS_ICMP_ERRORS_INVALID,
	CULVERT_A_SA_STATS_MSS_CLAMPED,
	CULVERT_A_SA_STATS_SEND_ERRORS,
	CULVERT_A_SA_STATS_RECV_ERRORS,
	CULVERT_A_SA_STATS_DROP,
	CULVERT_A_SA_STATS_PAD,

	__CULVERT_A_SA_STATS_MAX,
	CULVERT_A_SA_STATS_MAX = (__CULVERT_A_SA_STATS_MAX - 1)
};

enum {
	CULVERT_A_DROP_REASON = 1,
	CULVERT_A_DROP_PACKETS,
	CULVERT_A_DROP_PAD,

	__CULVERT_A_DROP_MAX,
	CULVERT_A_DROP_MAX = (__CULVERT_A_DROP_MAX - 1)
};

enum {
	CULVERT_A_FLOW_DIRECTION = 1,
	CULVERT_A_FLOW_DEVICE,
	CULVERT_A_FLOW_SOURCE,
	CULVERT_A_FLOW_DESTINATION,
	CULVERT_A_FLOW_PROTOCOL,
	CULVERT_A_FLOW_SOURCE_PORT,
	CULVERT_A_FLOW_DESTINATION_PORT,
	CULVERT_A_FLOW_LENGTH,
	CULVERT_A_FLOW_NO_FRAGMENT,
	CULVERT_A_FLOW_LATER_FRAGMENT,
	CULVERT_A_FLOW_VERDICT,
	CULVERT_A_FLOW_RULE_ID,
	CULVERT_A_FLOW_POSITION,
	CULVERT_A_FLOW_SPI,
	CULVERT_A_FLOW_WIRE_LENGTH,
	CULVERT_A_FLOW_INNER_MTU,
	CULVERT_A_FLOW_PAD,

	__CULVERT_A_FLOW_MAX,
	CULVERT_A_FLOW_MAX = (__CULVERT_A_FLOW_MAX - 1)
};

enum {
	CULVERT_A_EVENT_RULE_ID = 1,
	CULVERT_A_EVENT_DIRECTION,
	CULVERT_A_EVENT_SPI,
	CULVERT_A_EVENT_REMOTE,
	CULVERT_A_EVENT_REASON,
	CULVERT_A_EVENT_DROP,
	CULVERT_A_EVENT_HEADER,
	CULVERT_A_EVENT_COUNT,
	CULVERT_A_EVENT_MAPPED,
	CULVERT_A_EVENT_MAPPED_PORT,
	CULVERT_A_EVENT_PATH_MTU,
	CULVERT_A_EVENT_PAD,

	__CULVERT_A_EVENT_MAX,
	CULVERT_A_EVENT_MAX = (__CULVERT_A_EVENT_MAX - 1)
};

enum {
	CULVERT_CMD_VERSION_GET = 1,
	CULVERT_CMD_COUNTER_GET,
	CULVERT_CMD_OBJECT_GET,
	CULVERT_CMD_SETTINGS_GET,
	CULVERT_CMD_SETTINGS_SET,
	CULVERT_CMD_POLICY_BEGIN,
	CULVERT_CMD_POLICY_ADD,
	CULVERT_CMD_POLICY_COMMIT,
	CULVERT_CMD_POLICY_ABORT,
	CULVERT_CMD_RULE_GET,
	CULVERT_CMD_RULE_FAIL,
	CULVERT_CMD_SA_ADD,
	CULVERT_CMD_SA_SET,
	CULVERT_CMD_SA_DEL,
	CULVERT_CMD_SA_GET,
	CULVERT_CMD_SA_DUMMY,
	CULVERT_CMD_EXPLAIN,
	CULVERT_CMD_ACQUIRE,
	CULVERT_CMD_SA_EVENT,
	CULVERT_CMD_MAPPING_CHANGE,
	CULVERT_CMD_DROP_REPORT,

	__CULVERT_CMD_MAX,
	CULVERT_CMD_MAX = (__CULVERT_CMD_MAX - 1)
};

#define CULVERT_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_CULVERT_H */
