// SPDX-License-Identifier: GPL-2.0-only
/* Peers as strongSwan's connections, the kernel's rules as its policies. Reads the
 * configuration in force.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "sa.h"
#include "vici_server.h"

/* %any where none is given. */
static const char *print_ip(const struct ike_address *address, char *text)
{
	if (!address->len ||
	    !inet_ntop(address->len == 4 ? AF_INET : AF_INET6, address->ip,
		       text, INET6_ADDRSTRLEN))
		return "%any";
	return text;
}

void vici_put_address(struct vici_writer *v, const char *name,
		      const struct ike_address *address)
{
	char text[INET6_ADDRSTRLEN];

	vici_put(v, name, "%s", print_ip(address, text));
}

void vici_put_id(struct vici_writer *v, const char *name,
		 const struct ike_id *id)
{
	char text[ID_PRINT_MAX];
	struct ike_text t;

	ike_text_init(&t, text, sizeof(text));
	ike_id_print(id, &t);
	vici_put(v, name, "%s", text);
}

static void put_addresses(struct vici_writer *v, const char *name,
			  const struct ike_address *address)
{
	char text[INET6_ADDRSTRLEN];

	vici_list(v, name);
	vici_item(v, "%s", print_ip(address, text));
	vici_end(v);
}

static void put_auth(struct vici_writer *v, const char *name,
		     const struct ike_id *id)
{
	vici_section(v, "%s", name);
	vici_put(v, "class", "pre-shared key");
	vici_put_id(v, "id", id);
	vici_end(v);
}

static void put_child(struct vici_writer *v, const struct ike_child_conf *child)
{
	vici_section(v, "%s", child->name);
	vici_put(v, "mode", child->transport ? "TRANSPORT" : "TUNNEL");
	vici_put(v, "label", "%s", "");
	vici_put(v, "rekey_time", "%" PRIu32, child->rekey_seconds);
	vici_put(v, "rekey_bytes", "%" PRIu64, child->rekey_octets);
	vici_put(v, "rekey_packets", "0");
	vici_put(v, "dpd_action", "clear");
	vici_put(v, "close_action", "none");
	vici_put_ts(v, "local-ts", &child->local);
	vici_put_ts(v, "remote-ts", &child->remote);
	vici_put(v, "rule", "%016" PRIx64, child->rule);
	vici_end(v);
}

static void put_children(struct vici_writer *v,
			 const struct ike_peer_conf *peer)
{
	size_t i;

	vici_section(v, "children");
	for (i = 0; i < peer->children; i++)
		put_child(v, &peer->child[i]);
	vici_end(v);
}

static void tell_peer(struct vici_client *client,
		      const struct ike_peer_conf *peer)
{
	struct vici_writer v;

	vici_begin_event(&v, VICI_EVENT_LIST_CONN);
	vici_section(&v, "%s", peer->name);
	put_addresses(&v, "local_addrs", &peer->local);
	put_addresses(&v, "remote_addrs", &peer->remote);
	vici_put(&v, "version", "IKEv2");
	vici_put(&v, "reauth_time", "0");
	vici_put(&v, "rekey_time", "%" PRIu32, peer->rekey_seconds);
	vici_put(&v, "unique", "UNIQUE_REPLACE");
	vici_put(&v, "dpd_delay", "%" PRIu32, peer->liveness_seconds);
	put_auth(&v, "local-1", &peer->local_id);
	put_auth(&v, "remote-1", &peer->remote_id);
	put_children(&v, peer);
	vici_end(&v);
	vici_send(client, &v);
}

void vici_list_conns(struct vici_client *client, struct ike_bytes request,
		     struct vici_writer *reply)
{
	const struct ike_engine_conf *conf;
	char name[VICI_NAME_MAX + 1];
	size_t i;

	vici_get(request, "ike", NULL, name, sizeof(name));
	conf = &gateway_conf(client->vici->gateway)->engine;
	if (!vici_hears(client, VICI_EVENT_LIST_CONN))
		return;
	for (i = 0; i < conf->peers && !client->failed; i++)
		if (!name[0] || !strcmp(name, conf->peer[i].name))
			tell_peer(client, &conf->peer[i]);
}

void vici_get_conns(struct vici_client *client, struct ike_bytes request,
		    struct vici_writer *reply)
{
	const struct ike_engine_conf *conf;
	size_t i;

	conf = &gateway_conf(client->vici->gateway)->engine;
	vici_list(reply, "conns");
	for (i = 0; i < conf->peers; i++)
		vici_item(reply, "%s", conf->peer[i].name);
	vici_end(reply);
}

/* --- list-policies --- */

/* What strongSwan calls them: a protect rule waits for traffic as a trap does. */
static const struct {
	const char *wanted;
	const char *mode;
} policies[] = {
	[CULVERT_ACTION_PROTECT] = { "trap", "TUNNEL" },
	[CULVERT_ACTION_BYPASS] = { "pass", "PASS" },
	[CULVERT_ACTION_DISCARD] = { "drop", "DROP" },
};

static bool is_wanted(struct ike_bytes request, const struct conf_rule *rule)
{
	char child[VICI_NAME_MAX + 1], ike[VICI_NAME_MAX + 1];
	bool all = !vici_get_flag(request, "trap", false) &&
		   !vici_get_flag(request, "pass", false) &&
		   !vici_get_flag(request, "drop", false);

	vici_get(request, "child", NULL, child, sizeof(child));
	vici_get(request, "ike", NULL, ike, sizeof(ike));
	if (ike[0] && (!rule->peer || strcmp(ike, rule->peer->name)))
		return false;
	if (child[0] && (!rule->child || strcmp(child, rule->child->name)))
		return false;
	return all || vici_get_flag(request, policies[rule->action].wanted,
				    false);
}

static void put_selector(struct vici_writer *v, const char *name,
			 const struct ike_ts *ts)
{
	const struct ike_ts_list list = { .ts = (struct ike_ts *)ts, .n = 1 };

	vici_put_ts(v, name, &list);
}

static void tell_rule(struct vici_client *client, const struct conf_rule *rule,
		      size_t number)
{
	const char *mode = policies[rule->action].mode;
	struct vici_writer v;

	if (rule->child && rule->child->transport)
		mode = "TRANSPORT";
	vici_begin_event(&v, VICI_EVENT_LIST_POLICY);
	if (rule->child)
		vici_section(&v, "%s/%s", rule->peer->name, rule->child->name);
	else
		vici_section(&v, "rule-%zu", number);
	if (rule->child)
		vici_put(&v, "child", "%s", rule->child->name);
	if (rule->peer)
		vici_put(&v, "ike", "%s", rule->peer->name);
	vici_put(&v, "mode", "%s", mode);
	vici_put(&v, "reqid", "%zu", number);
	vici_put(&v, "rule", "%016" PRIx64, rule->id);
	put_selector(&v, "local-ts", &rule->local);
	put_selector(&v, "remote-ts", &rule->remote);
	vici_end(&v);
	vici_send(client, &v);
}

void vici_list_policies(struct vici_client *client, struct ike_bytes request,
			struct vici_writer *reply)
{
	const struct conf *conf = gateway_conf(client->vici->gateway);
	size_t i;

	if (!vici_hears(client, VICI_EVENT_LIST_POLICY))
		return;
	for (i = 0; i < conf->rules && !client->failed; i++)
		if (is_wanted(request, &conf->rule[i]))
			tell_rule(client, &conf->rule[i], i + 1);
}
