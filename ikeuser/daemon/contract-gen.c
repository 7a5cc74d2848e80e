/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit: written by uapi/names.py from uapi/culvert.yaml. */

#include <linux/culvert.h>

#include "contract-gen.h"

static const struct contract_set version_set;
static const struct contract_set counter_set;
static const struct contract_set object_set;
static const struct contract_set settings_set;
static const struct contract_set selector_set;
static const struct contract_set rule_set;
static const struct contract_set sa_set;
static const struct contract_set sa_stats_set;
static const struct contract_set drop_set;
static const struct contract_set flow_set;
static const struct contract_set event_set;

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

static const struct contract_attr settings_attrs[] = {
	[CULVERT_A_SETTINGS_HOLD_PACKETS] = { "hold-packets" },
	[CULVERT_A_SETTINGS_HOLD_OCTETS] = { "hold-octets" },
	[CULVERT_A_SETTINGS_HOLD_TOTAL] = { "hold-total" },
	[CULVERT_A_SETTINGS_HOLD_AGE] = { "hold-age" },
	[CULVERT_A_SETTINGS_ACQUIRE_INTERVAL] = { "acquire-interval" },
	[CULVERT_A_SETTINGS_RULES_MAX] = { "rules-max" },
	[CULVERT_A_SETTINGS_SAS_MAX] = { "sas-max" },
	[CULVERT_A_SETTINGS_GENERATION] = { "generation" },
	[CULVERT_A_SETTINGS_RULES] = { "rules" },
	[CULVERT_A_SETTINGS_SAS] = { "sas" },
	[CULVERT_A_SETTINGS_HELD_PACKETS] = { "held-packets" },
	[CULVERT_A_SETTINGS_HELD_OCTETS] = { "held-octets" },
	[CULVERT_A_SETTINGS_HOLD_TIME] = { "hold-time" },
	[CULVERT_A_SETTINGS_PAD] = { "pad" },
};

static const struct contract_set settings_set = {
	settings_attrs, sizeof(settings_attrs) / sizeof(settings_attrs[0]),
};

static const struct contract_attr selector_attrs[] = {
	[CULVERT_A_SELECTOR_FAMILY] = { "family" },
	[CULVERT_A_SELECTOR_PROTOCOL] = { "protocol" },
	[CULVERT_A_SELECTOR_LOCAL_START] = { "local-start" },
	[CULVERT_A_SELECTOR_LOCAL_END] = { "local-end" },
	[CULVERT_A_SELECTOR_REMOTE_START] = { "remote-start" },
	[CULVERT_A_SELECTOR_REMOTE_END] = { "remote-end" },
	[CULVERT_A_SELECTOR_LOCAL_PORT_START] = { "local-port-start" },
	[CULVERT_A_SELECTOR_LOCAL_PORT_END] = { "local-port-end" },
	[CULVERT_A_SELECTOR_REMOTE_PORT_START] = { "remote-port-start" },
	[CULVERT_A_SELECTOR_REMOTE_PORT_END] = { "remote-port-end" },
	[CULVERT_A_SELECTOR_ICMP_TYPE_START] = { "icmp-type-start" },
	[CULVERT_A_SELECTOR_ICMP_TYPE_END] = { "icmp-type-end" },
	[CULVERT_A_SELECTOR_ICMP_CODE_START] = { "icmp-code-start" },
	[CULVERT_A_SELECTOR_ICMP_CODE_END] = { "icmp-code-end" },
};

static const struct contract_set selector_set = {
	selector_attrs, sizeof(selector_attrs) / sizeof(selector_attrs[0]),
};

static const struct contract_attr rule_attrs[] = {
	[CULVERT_A_RULE_ID] = { "id" },
	[CULVERT_A_RULE_ACTION] = { "action" },
	[CULVERT_A_RULE_DEVICE] = { "device" },
	[CULVERT_A_RULE_SELECTOR] = { "selector", &selector_set },
	[CULVERT_A_RULE_MODE] = { "mode" },
	[CULVERT_A_RULE_SUITES] = { "suites" },
	[CULVERT_A_RULE_LOCAL] = { "local" },
	[CULVERT_A_RULE_PEER] = { "peer" },
	[CULVERT_A_RULE_DF] = { "df" },
	[CULVERT_A_RULE_MARK] = { "mark" },
	[CULVERT_A_RULE_FLAGS] = { "flags" },
	[CULVERT_A_RULE_POSITION] = { "position" },
	[CULVERT_A_RULE_GENERATION] = { "generation" },
	[CULVERT_A_RULE_PACKETS] = { "packets" },
	[CULVERT_A_RULE_FLOWS] = { "flows" },
	[CULVERT_A_RULE_USED] = { "used" },
	[CULVERT_A_RULE_OUT_SPI] = { "out-spi" },
	[CULVERT_A_RULE_HELD_PACKETS] = { "held-packets" },
	[CULVERT_A_RULE_HELD_OCTETS] = { "held-octets" },
	[CULVERT_A_RULE_ACQUIRES] = { "acquires" },
	[CULVERT_A_RULE_PAD] = { "pad" },
};

static const struct contract_set rule_set = {
	rule_attrs, sizeof(rule_attrs) / sizeof(rule_attrs[0]),
};

static const struct contract_attr sa_attrs[] = {
	[CULVERT_A_SA_DIRECTION] = { "direction" },
	[CULVERT_A_SA_SPI] = { "spi" },
	[CULVERT_A_SA_RULE_ID] = { "rule-id" },
	[CULVERT_A_SA_MODE] = { "mode" },
	[CULVERT_A_SA_LOCAL] = { "local" },
	[CULVERT_A_SA_REMOTE] = { "remote" },
	[CULVERT_A_SA_LOCAL_PORT] = { "local-port" },
	[CULVERT_A_SA_REMOTE_PORT] = { "remote-port" },
	[CULVERT_A_SA_SUITE] = { "suite" },
	[CULVERT_A_SA_ENCR_KEY] = { "encr-key" },
	[CULVERT_A_SA_INTEG_KEY] = { "integ-key" },
	[CULVERT_A_SA_FLAGS] = { "flags" },
	[CULVERT_A_SA_REPLAY_WINDOW] = { "replay-window" },
	[CULVERT_A_SA_SELECTOR] = { "selector", &selector_set },
	[CULVERT_A_SA_DF] = { "df" },
	[CULVERT_A_SA_TFC_LENGTH] = { "tfc-length" },
	[CULVERT_A_SA_SEQUENCE] = { "sequence" },
	[CULVERT_A_SA_SEQUENCE_CEILING] = { "sequence-ceiling" },
	[CULVERT_A_SA_SOFT_SECONDS] = { "soft-seconds" },
	[CULVERT_A_SA_HARD_SECONDS] = { "hard-seconds" },
	[CULVERT_A_SA_SOFT_OCTETS] = { "soft-octets" },
	[CULVERT_A_SA_HARD_OCTETS] = { "hard-octets" },
	[CULVERT_A_SA_SOFT_PACKETS] = { "soft-packets" },
	[CULVERT_A_SA_HARD_PACKETS] = { "hard-packets" },
	[CULVERT_A_SA_IDLE_SECONDS] = { "idle-seconds" },
	[CULVERT_A_SA_AGE] = { "age" },
	[CULVERT_A_SA_USED] = { "used" },
	[CULVERT_A_SA_PACKETS] = { "packets" },
	[CULVERT_A_SA_OCTETS] = { "octets" },
	[CULVERT_A_SA_STATS] = { "stats", &sa_stats_set },
	[CULVERT_A_SA_REPLAY_BITMAP] = { "replay-bitmap" },
	[CULVERT_A_SA_PATH_MTU] = { "path-mtu" },
	[CULVERT_A_SA_PATH_MTU_AGE] = { "path-mtu-age" },
	[CULVERT_A_SA_MEDIA_MTU] = { "media-mtu" },
	[CULVERT_A_SA_INNER_MTU] = { "inner-mtu" },
	[CULVERT_A_SA_OVERHEAD_BEFORE] = { "overhead-before" },
	[CULVERT_A_SA_OVERHEAD_AFTER] = { "overhead-after" },
	[CULVERT_A_SA_BLOCK] = { "block" },
	[CULVERT_A_SA_IV_LENGTH] = { "iv-length" },
	[CULVERT_A_SA_ICV_LENGTH] = { "icv-length" },
	[CULVERT_A_SA_DRIVER] = { "driver" },
	[CULVERT_A_SA_DUMMIES] = { "dummies" },
	[CULVERT_A_SA_DUMMY_LENGTH] = { "dummy-length" },
	[CULVERT_A_SA_NEW_LOCAL] = { "new-local" },
	[CULVERT_A_SA_NEW_REMOTE] = { "new-remote" },
	[CULVERT_A_SA_NEW_LOCAL_PORT] = { "new-local-port" },
	[CULVERT_A_SA_NEW_REMOTE_PORT] = { "new-remote-port" },
	[CULVERT_A_SA_PAD] = { "pad" },
};

static const struct contract_set sa_set = {
	sa_attrs, sizeof(sa_attrs) / sizeof(sa_attrs[0]),
};

static const struct contract_attr sa_stats_attrs[] = {
	[CULVERT_A_SA_STATS_ENCAPS] = { "encaps" },
	[CULVERT_A_SA_STATS_ENCRYPTS] = { "encrypts" },
	[CULVERT_A_SA_STATS_DIGESTS] = { "digests" },
	[CULVERT_A_SA_STATS_DECAPS] = { "decaps" },
	[CULVERT_A_SA_STATS_DECRYPTS] = { "decrypts" },
	[CULVERT_A_SA_STATS_VERIFIES] = { "verifies" },
	[CULVERT_A_SA_STATS_PRE_FRAG_SUCCESSES] = { "pre-frag-successes" },
	[CULVERT_A_SA_STATS_PRE_FRAG_FAILURES] = { "pre-frag-failures" },
	[CULVERT_A_SA_STATS_FRAGMENTS_CREATED] = { "fragments-created" },
	[CULVERT_A_SA_STATS_PMTUS_SENT] = { "pmtus-sent" },
	[CULVERT_A_SA_STATS_PMTUS_RCVD] = { "pmtus-rcvd" },
	[CULVERT_A_SA_STATS_FRAGMENTS_IN] = { "fragments-in" },
	[CULVERT_A_SA_STATS_TFC_SENT] = { "tfc-sent" },
	[CULVERT_A_SA_STATS_TFC_RCVD] = { "tfc-rcvd" },
	[CULVERT_A_SA_STATS_ICMP_ERRORS_VALID] = { "icmp-errors-valid" },
	[CULVERT_A_SA_STATS_ICMP_ERRORS_INVALID] = { "icmp-errors-invalid" },
	[CULVERT_A_SA_STATS_MSS_CLAMPED] = { "mss-clamped" },
	[CULVERT_A_SA_STATS_SEND_ERRORS] = { "send-errors" },
	[CULVERT_A_SA_STATS_RECV_ERRORS] = { "recv-errors" },
	[CULVERT_A_SA_STATS_DROP] = { "drop", &drop_set },
	[CULVERT_A_SA_STATS_PAD] = { "pad" },
};

static const struct contract_set sa_stats_set = {
	sa_stats_attrs, sizeof(sa_stats_attrs) / sizeof(sa_stats_attrs[0]),
};

static const struct contract_attr drop_attrs[] = {
	[CULVERT_A_DROP_REASON] = { "reason" },
	[CULVERT_A_DROP_PACKETS] = { "packets" },
	[CULVERT_A_DROP_PAD] = { "pad" },
};

static const struct contract_set drop_set = {
	drop_attrs, sizeof(drop_attrs) / sizeof(drop_attrs[0]),
};

static const struct contract_attr flow_attrs[] = {
	[CULVERT_A_FLOW_DIRECTION] = { "direction" },
	[CULVERT_A_FLOW_DEVICE] = { "device" },
	[CULVERT_A_FLOW_SOURCE] = { "source" },
	[CULVERT_A_FLOW_DESTINATION] = { "destination" },
	[CULVERT_A_FLOW_PROTOCOL] = { "protocol" },
	[CULVERT_A_FLOW_SOURCE_PORT] = { "source-port" },
	[CULVERT_A_FLOW_DESTINATION_PORT] = { "destination-port" },
	[CULVERT_A_FLOW_LENGTH] = { "length" },
	[CULVERT_A_FLOW_NO_FRAGMENT] = { "no-fragment" },
	[CULVERT_A_FLOW_LATER_FRAGMENT] = { "later-fragment" },
	[CULVERT_A_FLOW_VERDICT] = { "verdict" },
	[CULVERT_A_FLOW_RULE_ID] = { "rule-id" },
	[CULVERT_A_FLOW_POSITION] = { "position" },
	[CULVERT_A_FLOW_SPI] = { "spi" },
	[CULVERT_A_FLOW_WIRE_LENGTH] = { "wire-length" },
	[CULVERT_A_FLOW_INNER_MTU] = { "inner-mtu" },
	[CULVERT_A_FLOW_PAD] = { "pad" },
};

static const struct contract_set flow_set = {
	flow_attrs, sizeof(flow_attrs) / sizeof(flow_attrs[0]),
};

static const struct contract_attr event_attrs[] = {
	[CULVERT_A_EVENT_RULE_ID] = { "rule-id" },
	[CULVERT_A_EVENT_DIRECTION] = { "direction" },
	[CULVERT_A_EVENT_SPI] = { "spi" },
	[CULVERT_A_EVENT_REMOTE] = { "remote" },
	[CULVERT_A_EVENT_REASON] = { "reason" },
	[CULVERT_A_EVENT_DROP] = { "drop" },
	[CULVERT_A_EVENT_HEADER] = { "header" },
	[CULVERT_A_EVENT_COUNT] = { "count" },
	[CULVERT_A_EVENT_MAPPED] = { "mapped" },
	[CULVERT_A_EVENT_MAPPED_PORT] = { "mapped-port" },
	[CULVERT_A_EVENT_PATH_MTU] = { "path-mtu" },
	[CULVERT_A_EVENT_PAD] = { "pad" },
};

static const struct contract_set event_set = {
	event_attrs, sizeof(event_attrs) / sizeof(event_attrs[0]),
};

const struct contract_op contract_ops[] = {
	[CULVERT_CMD_VERSION_GET] = { "version-get", &version_set },
	[CULVERT_CMD_COUNTER_GET] = { "counter-get", &counter_set },
	[CULVERT_CMD_OBJECT_GET] = { "object-get", &object_set },
	[CULVERT_CMD_SETTINGS_GET] = { "settings-get", &settings_set },
	[CULVERT_CMD_SETTINGS_SET] = { "settings-set", &settings_set },
	[CULVERT_CMD_POLICY_BEGIN] = { "policy-begin", &rule_set },
	[CULVERT_CMD_POLICY_ADD] = { "policy-add", &rule_set },
	[CULVERT_CMD_POLICY_COMMIT] = { "policy-commit", &rule_set },
	[CULVERT_CMD_POLICY_ABORT] = { "policy-abort", &rule_set },
	[CULVERT_CMD_RULE_GET] = { "rule-get", &rule_set },
	[CULVERT_CMD_RULE_FAIL] = { "rule-fail", &rule_set },
	[CULVERT_CMD_SA_ADD] = { "sa-add", &sa_set },
	[CULVERT_CMD_SA_SET] = { "sa-set", &sa_set },
	[CULVERT_CMD_SA_DEL] = { "sa-del", &sa_set },
	[CULVERT_CMD_SA_GET] = { "sa-get", &sa_set },
	[CULVERT_CMD_SA_DUMMY] = { "sa-dummy", &sa_set },
	[CULVERT_CMD_EXPLAIN] = { "explain", &flow_set },
	[CULVERT_CMD_ACQUIRE] = { "acquire", &event_set },
	[CULVERT_CMD_SA_EVENT] = { "sa-event", &event_set },
	[CULVERT_CMD_MAPPING_CHANGE] = { "mapping-change", &event_set },
	[CULVERT_CMD_DROP_REPORT] = { "drop-report", &event_set },
};

const size_t contract_n_ops = sizeof(contract_ops) / sizeof(contract_ops[0]);

const struct contract_flag contract_capabilities[] = {
	{ CULVERT_CAPABILITY_IPV6, "ipv6" },
	{ CULVERT_CAPABILITY_CONNTRACK, "conntrack" },
	{ CULVERT_CAPABILITY_NAT, "nat" },
	{ CULVERT_CAPABILITY_NETFILTER_EGRESS, "netfilter-egress" },
	{ 0, NULL },
};

static const char *const action_words[] = {
	[CULVERT_ACTION_PROTECT] = "protect",
	[CULVERT_ACTION_BYPASS] = "bypass",
	[CULVERT_ACTION_DISCARD] = "discard",
};

const struct contract_enum contract_action = {
	action_words, sizeof(action_words) / sizeof(action_words[0]),
};

static const char *const df_words[] = {
	[CULVERT_DF_COPY] = "copy",
	[CULVERT_DF_SET] = "set",
	[CULVERT_DF_CLEAR] = "clear",
};

const struct contract_enum contract_df = {
	df_words, sizeof(df_words) / sizeof(df_words[0]),
};

static const char *const verdict_words[] = {
	[CULVERT_VERDICT_NO_RULE] = "no-rule",
	[CULVERT_VERDICT_BYPASS] = "bypass",
	[CULVERT_VERDICT_DISCARD] = "discard",
	[CULVERT_VERDICT_PROTECT] = "protect",
	[CULVERT_VERDICT_HOLD] = "hold",
	[CULVERT_VERDICT_FRAGMENT] = "fragment",
	[CULVERT_VERDICT_TOO_BIG] = "too-big",
	[CULVERT_VERDICT_SELECTORS] = "selectors",
	[CULVERT_VERDICT_PORTS_UNKNOWN] = "ports-unknown",
};

const struct contract_enum contract_verdict = {
	verdict_words, sizeof(verdict_words) / sizeof(verdict_words[0]),
};

static const char *const counter_words[] = {
	[CULVERT_COUNTER_NETLINK_REQUESTS] = "netlink-requests",
	[CULVERT_COUNTER_NETLINK_REFUSED] = "netlink-refused",
	[CULVERT_COUNTER_HOLD_HELD] = "hold-held",
	[CULVERT_COUNTER_HOLD_RELEASED] = "hold-released",
	[CULVERT_COUNTER_ACQUIRES] = "acquires",
	[CULVERT_COUNTER_OUT_DISCARD] = "out-discard",
	[CULVERT_COUNTER_OUT_HOLD_FULL] = "out-hold-full",
	[CULVERT_COUNTER_OUT_HOLD_TOTAL] = "out-hold-total",
	[CULVERT_COUNTER_OUT_HOLD_EXPIRED] = "out-hold-expired",
	[CULVERT_COUNTER_OUT_HOLD_FAILED] = "out-hold-failed",
	[CULVERT_COUNTER_OUT_HOLD_PURGED] = "out-hold-purged",
	[CULVERT_COUNTER_OUT_CONNTRACK] = "out-conntrack",
	[CULVERT_COUNTER_OUT_NO_MEMORY] = "out-no-memory",
	[CULVERT_COUNTER_OUT_MALFORMED] = "out-malformed",
	[CULVERT_COUNTER_OUT_FRAGMENT] = "out-fragment",
	[CULVERT_COUNTER_OUT_NAT_STALE] = "out-nat-stale",
	[CULVERT_COUNTER_OUT_SELECTORS] = "out-selectors",
	[CULVERT_COUNTER_OUT_TOO_BIG] = "out-too-big",
	[CULVERT_COUNTER_OUT_FRAGMENT_FAILED] = "out-fragment-failed",
	[CULVERT_COUNTER_OUT_SEGMENT_FAILED] = "out-segment-failed",
	[CULVERT_COUNTER_OUT_SEQUENCE] = "out-sequence",
	[CULVERT_COUNTER_OUT_EXPIRED] = "out-expired",
	[CULVERT_COUNTER_OUT_NO_ROUTE] = "out-no-route",
	[CULVERT_COUNTER_OUT_CRYPTO] = "out-crypto",
	[CULVERT_COUNTER_OUT_CRYPTO_BUSY] = "out-crypto-busy",
	[CULVERT_COUNTER_OUT_EGRESS] = "out-egress",
	[CULVERT_COUNTER_IN_SPI_UNKNOWN] = "in-spi-unknown",
	[CULVERT_COUNTER_IN_SHORT] = "in-short",
	[CULVERT_COUNTER_IN_LENGTH] = "in-length",
	[CULVERT_COUNTER_IN_ENCAPSULATION] = "in-encapsulation",
	[CULVERT_COUNTER_IN_UDP_CHECKSUM] = "in-udp-checksum",
	[CULVERT_COUNTER_IN_REPLAY] = "in-replay",
	[CULVERT_COUNTER_IN_REPLAY_OLD] = "in-replay-old",
	[CULVERT_COUNTER_IN_ICV] = "in-icv",
	[CULVERT_COUNTER_IN_PADDING] = "in-padding",
	[CULVERT_COUNTER_IN_NEXT_HEADER] = "in-next-header",
	[CULVERT_COUNTER_IN_INNER_HEADER] = "in-inner-header",
	[CULVERT_COUNTER_IN_SELECTORS] = "in-selectors",
	[CULVERT_COUNTER_IN_FRAGMENT] = "in-fragment",
	[CULVERT_COUNTER_IN_ICMP_ERROR] = "in-icmp-error",
	[CULVERT_COUNTER_IN_ECN] = "in-ecn",
	[CULVERT_COUNTER_IN_DUMMY] = "in-dummy",
	[CULVERT_COUNTER_IN_EXPIRED] = "in-expired",
	[CULVERT_COUNTER_IN_CRYPTO] = "in-crypto",
	[CULVERT_COUNTER_IN_CRYPTO_BUSY] = "in-crypto-busy",
	[CULVERT_COUNTER_IN_SA_GONE] = "in-sa-gone",
	[CULVERT_COUNTER_IN_NO_MEMORY] = "in-no-memory",
	[CULVERT_COUNTER_IN_BACKLOG] = "in-backlog",
	[CULVERT_COUNTER_IN_MALFORMED] = "in-malformed",
	[CULVERT_COUNTER_IN_PATH_MTU] = "in-path-mtu",
	[CULVERT_COUNTER_IN_DEFRAG] = "in-defrag",
	[CULVERT_COUNTER_IN_CLEAR] = "in-clear",
	[CULVERT_COUNTER_IN_DISCARD] = "in-discard",
};

const struct contract_enum contract_counter = {
	counter_words, sizeof(counter_words) / sizeof(counter_words[0]),
};
