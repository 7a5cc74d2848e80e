// SPDX-License-Identifier: GPL-2.0-only
/* Prints what the engine and the kernel get of a configuration, in the words of
 * its grammar where it has some. Which file said it is not known here.
 */
#include <inttypes.h>
#include <string.h>

#include "conf_print.h"

struct printing {
	void (*tell)(const char *line, void *arg);
	void *arg;
	int err;
	char text[CONF_LINE_MAX];
	struct ike_text t;
};

static struct ike_text *begin(struct printing *print)
{
	ike_text_init(&print->t, print->text, sizeof(print->text));
	return &print->t;
}

static void end(struct printing *print)
{
	print->tell(print->text, print->arg);
}

static void address(struct printing *print, const char *key,
		    const struct ike_address *address)
{
	struct ike_text *t = begin(print);
	struct ike_ts ts = {
		.type = address->len == 4 ? IKE_TS_IPV4_ADDR_RANGE :
					    IKE_TS_IPV6_ADDR_RANGE,
		.port_last = UINT16_MAX,
	};

	ike_text_add(t, "    %s = ", key);
	if (address->len) {
		memcpy(ts.first, address->ip, address->len);
		memcpy(ts.last, address->ip, address->len);
		ike_ts_print(&ts, t);
	} else {
		ike_text_add(t, "%%any");
	}
	end(print);
}

static void identity(struct printing *print, const char *key,
		     const struct ike_id *id)
{
	struct ike_text *t = begin(print);

	ike_text_add(t, "    %s = \"", key);
	ike_id_print(id, t);
	ike_text_add(t, "\"");
	end(print);
}

static void secret(struct printing *print, const char *key,
		   struct ike_bytes secret)
{
	struct ike_text *t = begin(print);
	int err;

	ike_text_add(t, "    auth psk %s <", key);
	err = conf_secret_print(secret, t);
	ike_text_add(t, ">");
	end(print);
	if (err)
		print->err = err;
}

static void proposals(struct printing *print, const char *key,
		      const struct ike_proposals *list)
{
	struct ike_text *t = begin(print);

	ike_text_add(t, "    %s = ", key);
	ike_proposals_print(list, t);
	end(print);
}

static void number(struct printing *print, const char *key, uint64_t value,
		   const char *unit)
{
	ike_text_add(begin(print), "    %s = %" PRIu64 "%s", key, value, unit);
	end(print);
}

static void flag(struct printing *print, const char *key, bool yes)
{
	ike_text_add(begin(print), "    %s = %s", key, yes ? "yes" : "no");
	end(print);
}

static void peer(struct printing *print, const struct ike_peer_conf *peer)
{
	ike_text_add(begin(print), "peer %s {", peer->name);
	end(print);
	address(print, "local_addrs", &peer->local);
	address(print, "remote_addrs", &peer->remote);
	identity(print, "local_id", &peer->local_id);
	identity(print, "remote_id", &peer->remote_id);
	secret(print, "local_secret", peer->local_psk);
	secret(print, "remote_secret", peer->remote_psk);
	proposals(print, "proposals", &peer->proposals);
	number(print, "ike_lifetime", peer->hard_seconds, "s");
	number(print, "rekey_time", peer->rekey_seconds, "s");
	number(print, "dpd_delay", peer->liveness_seconds, "s");
	flag(print, "fragmentation", !peer->no_fragments);
	flag(print, "initial_contact", !peer->no_initial_contact);
	flag(print, "prefer_configured_proposals",
	     peer->prefer == IKE_PREFER_OURS);
	flag(print, "prove_pfs", peer->prove_pfs);
	ike_text_add(begin(print), "}");
	end(print);
}

static const char *const actions[] = {
	[CULVERT_ACTION_PROTECT] = "protect",
	[CULVERT_ACTION_BYPASS] = "bypass",
	[CULVERT_ACTION_DISCARD] = "discard",
};

static const char *const dfs[] = {
	[CULVERT_DF_COPY] = "yes",
	[CULVERT_DF_CLEAR] = "no",
	[CULVERT_DF_SET] = "set",
};

static const char *dscp(uint32_t flags)
{
	bool out = !(flags & CULVERT_RULE_FLAG_NO_DSCP_COPY);
	bool in = flags & CULVERT_RULE_FLAG_DECAP_DSCP;

	if (out)
		return in ? "yes" : "out";
	return in ? "in" : "no";
}

static void child(struct printing *print, const struct conf_rule *rule)
{
	const struct ike_child_conf *child = rule->child;

	ike_text_add(begin(print), "    peer = %s", rule->peer->name);
	end(print);
	ike_text_add(begin(print), "    child = %s", child->name);
	end(print);
	proposals(print, "esp_proposals", &child->proposals);
	number(print, "esp_lifetime", child->hard_seconds, "s");
	number(print, "esp_rekey_time", child->rekey_seconds, "s");
	number(print, "esp_life_bytes", child->hard_octets, "");
	number(print, "esp_rekey_bytes", child->rekey_octets, "");
	number(print, "idle_timeout", child->idle_seconds, "s");
	ike_text_add(begin(print), "    start_action = %s",
		     rule->start ? "start" : "trap");
	end(print);
	ike_text_add(begin(print), "    mode = %s",
		     rule->mode == CULVERT_MODE_TRANSPORT ? "transport" :
							    "tunnel");
	end(print);
	ike_text_add(begin(print), "    copy_df = %s", dfs[rule->df]);
	end(print);
	ike_text_add(begin(print), "    copy_dscp = %s", dscp(rule->flags));
	end(print);
	flag(print, "mss_clamp", rule->flags & CULVERT_RULE_FLAG_MSS_CLAMP);
	flag(print, "non_first_fragments", child->non_first_fragments);
	number(print, "set_mark_in", rule->mark, "");
}

static void rule(struct printing *print, const struct conf_rule *rule)
{
	struct ike_text *t = begin(print);

	ike_text_add(t, "rule %s ", actions[rule->action]);
	ike_ts_print(&rule->local, t);
	ike_text_add(t, " ");
	ike_ts_print(&rule->remote, t);
	ike_text_add(t, " interface %s", rule->device);
	if (rule->map)
		ike_text_add(t, " # crypto map %s %u, %s line %u", rule->map,
			     rule->sequence, rule->acl, rule->line);
	else
		ike_text_add(t, " # IKE itself");
	if (rule->child)
		ike_text_add(t, " {");
	end(print);
	if (!rule->child)
		return;
	child(print, rule);
	ike_text_add(begin(print), "}");
	end(print);
}

static void settings(struct printing *print, const struct conf *conf)
{
	const struct conf_settings *set = &conf->settings;

	number(print, "hold-packets", set->hold_packets, "");
	number(print, "hold-octets", set->hold_octets, "");
	number(print, "hold-age", set->hold_age / 1000, "s");
	if (conf->engine.cookie_threshold)
		number(print, "cookie_threshold", conf->engine.cookie_threshold,
		       "");
}

int conf_print(const struct conf *conf,
	       void (*tell)(const char *line, void *arg), void *arg)
{
	struct printing print = { .tell = tell, .arg = arg };
	size_t i;

	settings(&print, conf);
	for (i = 0; i < conf->engine.peers; i++)
		peer(&print, &conf->engine.peer[i]);
	for (i = 0; i < conf->rules; i++)
		rule(&print, &conf->rule[i]);
	return print.err;
}
