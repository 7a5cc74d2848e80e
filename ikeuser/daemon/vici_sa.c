// SPDX-License-Identifier: GPL-2.0-only
/* IKE SAs and Child SAs in the words of strongSwan, and what is culvert's own
 * beside them. Reads the engine, changes nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <netlink/attr.h>
#include <string.h>

#include "contract-gen.h"
#include "sa.h"
#include "vici_server.h"

/* --- what a request means --- */

static int read_id(struct ike_bytes request, const char *name, uint64_t *id)
{
	int err = vici_get_number(request, name, 10, id);

	return err == -ENOENT ? 0 : err;
}

int vici_filter_read(struct vici_filter *filter, struct ike_bytes request)
{
	memset(filter, 0, sizeof(*filter));
	vici_get(request, "ike", NULL, filter->ike, sizeof(filter->ike));
	vici_get(request, "child", NULL, filter->child, sizeof(filter->child));
	if (read_id(request, "ike-id", &filter->ike_id) ||
	    read_id(request, "child-id", &filter->child_id))
		return -EINVAL;
	filter->none = !filter->ike[0] && !filter->child[0] &&
		       !filter->ike_id && !filter->child_id;
	return 0;
}

bool vici_filter_ike(const struct vici_filter *filter, const struct ike_sa *sa)
{
	return (!filter->ike[0] || !strcmp(filter->ike, vici_ike_name(sa))) &&
	       (!filter->ike_id || filter->ike_id == sa->number);
}

bool vici_filter_child(const struct vici_filter *filter,
		       const struct ike_child *child)
{
	return (!filter->child[0] ||
		!strcmp(filter->child, child->rule->conf->name)) &&
	       (!filter->child_id || filter->child_id == child->number);
}

/* --- parts --- */

bool vici_ike_is_shown(const struct ike_sa *sa)
{
	return sa->state != IKE_SA_LINGERING && sa->state != IKE_SA_GONE;
}

bool vici_child_is_shown(const struct ike_child *child)
{
	return child->state != IKE_CHILD_GONE;
}

const char *vici_ike_name(const struct ike_sa *sa)
{
	return sa->peer ? sa->peer->conf->name : "(unnamed)";
}

/* strongSwan's word for a state, since clients look for it. */
static const char *const ike_states[] = {
	[IKE_SA_NEW] = "CREATED",
	[IKE_SA_INIT_SENT] = "CONNECTING",
	[IKE_SA_INIT_ANSWERED] = "CONNECTING",
	[IKE_SA_AUTH_SENT] = "CONNECTING",
	[IKE_SA_ESTABLISHED] = "ESTABLISHED",
	[IKE_SA_REKEYING] = "REKEYING",
	[IKE_SA_REKEYED] = "REKEYED",
	[IKE_SA_REDUNDANT] = "REKEYED",
	[IKE_SA_CLOSING] = "DELETING",
	[IKE_SA_DELETING] = "DELETING",
	[IKE_SA_LINGERING] = "DELETING",
	[IKE_SA_GONE] = "DESTROYING",
};

static const char *const child_states[] = {
	[IKE_CHILD_WANTED] = "CREATED",
	[IKE_CHILD_ASKED] = "CREATED",
	[IKE_CHILD_HALF] = "INSTALLED",
	[IKE_CHILD_UNUSED] = "DELETING",
	[IKE_CHILD_UNUSED_DELETING] = "DELETING",
	[IKE_CHILD_UP] = "INSTALLED",
	[IKE_CHILD_REKEYING] = "REKEYING",
	[IKE_CHILD_REKEYED] = "REKEYED",
	[IKE_CHILD_REDUNDANT] = "REKEYED",
	[IKE_CHILD_CLOSING] = "DELETING",
	[IKE_CHILD_DELETING] = "DELETING",
	[IKE_CHILD_DRAINING] = "DELETED",
	[IKE_CHILD_GONE] = "DESTROYING",
};

static void put_end(struct vici_writer *v, const char *host, const char *port,
		    const struct ike_address *address)
{
	vici_put_address(v, host, address);
	vici_put(v, port, "%u", address->port);
}

/* Where strongSwan's names are not those of IANA. */
static const char *group_name(uint16_t group)
{
	return group == IKE_DH_CURVE25519 ? "CURVE_25519" : ike_dh_name(group);
}

static void put_algorithm(struct vici_writer *v, const char *key,
			  const char *prefix, const char *name, uint16_t id)
{
	if (name && id)
		vici_put(v, key, "%s%s", prefix, name);
}

static void put_suite(struct vici_writer *v, const struct ike_chosen *chosen)
{
	const struct ike_transform *encr;
	uint16_t id;

	encr = ike_chosen_find(chosen, IKE_TRANSFORM_ENCR);
	if (encr)
		put_algorithm(v, "encr-alg", "", ike_encr_name(encr->id),
			      encr->id);
	if (encr && encr->bits)
		vici_put(v, "encr-keysize", "%u", encr->bits);
	id = ike_chosen_id(chosen, IKE_TRANSFORM_INTEG);
	put_algorithm(v, "integ-alg", "", ike_integ_name(id), id);
	id = ike_chosen_id(chosen, IKE_TRANSFORM_PRF);
	put_algorithm(v, "prf-alg", "PRF_", ike_prf_name(id), id);
	id = ike_chosen_id(chosen, IKE_TRANSFORM_DH);
	put_algorithm(v, "dh-group", "", group_name(id), id);
}

void vici_put_ts(struct vici_writer *v, const char *name,
		 const struct ike_ts_list *list)
{
	struct ike_text t;
	char text[256];
	size_t i;

	vici_list(v, name);
	for (i = 0; i < list->n; i++) {
		ike_text_init(&t, text, sizeof(text));
		ike_ts_print(&list->ts[i], &t);
		vici_item(v, "%s", text);
	}
	vici_end(v);
}

static uint64_t seconds_until(uint64_t at, uint64_t now)
{
	return at > now ? (at - now) / 1000 : 0;
}

/* --- an IKE SA --- */

static void put_ike_ids(struct vici_writer *v, const struct ike_sa *sa)
{
	put_end(v, "local-host", "local-port", &sa->local);
	if (sa->peer)
		vici_put_id(v, "local-id", &sa->peer->conf->local_id);
	put_end(v, "remote-host", "remote-port", &sa->remote);
	if (sa->remote_id.type)
		vici_put_id(v, "remote-id", &sa->remote_id);
	/* swanctl 5.9.8 prints what it does not find. */
	else
		vici_put(v, "remote-id", "%%any");
	if (!sa->peer)
		vici_put(v, "local-id", "%%any");
}

static void put_flag(struct vici_writer *v, const char *name, bool flag)
{
	if (flag)
		vici_put_flag(v, name, true);
}

static void put_ike_times(struct vici_writer *v, const struct ike_sa *sa,
			  uint64_t now)
{
	const struct ike_timer *rekey = &sa->timer[IKE_TIMER_REKEY];
	const struct ike_timer *hard = &sa->timer[IKE_TIMER_HARD];

	if (sa->established_at)
		vici_put(v, "established", "%" PRIu64,
			 (now - sa->established_at) / 1000);
	if (rekey->armed)
		vici_put(v, "rekey-time", "%" PRIu64,
			 seconds_until(rekey->at, now));
	if (hard->armed)
		vici_put(v, "life-time", "%" PRIu64,
			 seconds_until(hard->at, now));
}

static void put_ike_more(struct vici_writer *v, const struct ike_sa *sa)
{
	const struct ike_window *window = &sa->window;

	vici_put(v, "session", "%" PRIu32, sa->session);
	vici_put(v, "ike-state", "%s", ike_sa_state_name(sa->state));
	if (sa->peer) {
		vici_put(v, "lifetime", "%" PRIu32,
			 sa->peer->conf->hard_seconds);
		vici_put(v, "dpd-delay", "%" PRIu32,
			 sa->peer->conf->liveness_seconds);
	}
	vici_put(v, "local-auth", "psk");
	vici_put(v, "remote-auth", "psk");
	vici_put(v, "next-request", "%" PRIu32, window->next);
	vici_put(v, "next-response", "%" PRIu32, window->expected);
	vici_put_flag(v, "fragmentation", sa->fragments);
	if (window->asking && window->tries)
		vici_put(v, "retransmitting", "%u", window->tries - 1);
}

void vici_put_ike(struct vici_writer *v, const struct ike_sa *sa, uint64_t now)
{
	vici_put(v, "uniqueid", "%" PRIu32, sa->number);
	vici_put(v, "version", "2");
	vici_put(v, "state", "%s", ike_states[sa->state]);
	put_ike_ids(v, sa);
	put_flag(v, "initiator", sa->initiator);
	vici_put(v, "initiator-spi", "%016" PRIx64, sa->spi_i);
	vici_put(v, "responder-spi", "%016" PRIx64, sa->spi_r);
	put_flag(v, "nat-local", sa->nat_here);
	put_flag(v, "nat-remote", sa->nat_there);
	put_flag(v, "nat-any", sa->nat_here || sa->nat_there);
	put_suite(v, &sa->chosen);
	put_ike_times(v, sa, now);
	put_ike_more(v, sa);
}

/* --- a Child SA --- */

const struct conf_rule *vici_rule(const struct vici *vici, uint64_t id)
{
	const struct conf *conf = gateway_conf(vici->gateway);
	size_t i;

	for (i = 0; i < conf->rules; i++)
		if (conf->rule[i].id == id)
			return &conf->rule[i];
	return NULL;
}

void vici_put_origin(struct vici_writer *v, const struct conf_rule *rule)
{
	if (rule->device)
		vici_put(v, "device", "%s", rule->device);
	if (!rule->map)
		return;
	vici_put(v, "map", "%s", rule->map);
	vici_put(v, "sequence", "%u", rule->sequence);
	vici_put(v, "acl", "%s", rule->acl);
	vici_put(v, "line", "%u", rule->line);
	vici_put(v, "element", "%u", rule->element);
	if (rule->source)
		vici_put(v, "acl-source", "%s", rule->source);
}

struct pair {
	const struct nlattr *in;	/* NULL: the kernel has none */
	const struct nlattr *out;
	int in_len;
	int out_len;
};

static struct pair find_pair(const struct vici_kern *kern,
			     const struct ike_child *child)
{
	uint64_t rule = child->rule->conf->rule;
	struct pair pair = { 0 };

	if (!kern)
		return pair;
	pair.in = vici_kern_sa(kern, IKE_IN, child->spi_in, rule,
			       &pair.in_len);
	pair.out = vici_kern_sa(kern, IKE_OUT, child->spi_out, rule,
				&pair.out_len);
	return pair;
}

static void put_traffic(struct vici_writer *v, const struct nlattr *attrs,
			int len, const char *octets, const char *packets,
			const char *used)
{
	uint64_t number;

	if (!attrs)
		return;
	if (kern_get_u64(attrs, len, CULVERT_A_SA_OCTETS, &number))
		vici_put(v, octets, "%" PRIu64, number);
	if (kern_get_u64(attrs, len, CULVERT_A_SA_PACKETS, &number))
		vici_put(v, packets, "%" PRIu64, number);
	if (kern_get_u64(attrs, len, CULVERT_A_SA_USED, &number))
		vici_put(v, used, "%" PRIu64, number / 1000);
}

static void put_left(struct vici_writer *v, const struct nlattr *attrs, int len,
		     int type, uint64_t age, const char *name)
{
	uint64_t seconds;

	if (kern_get_u64(attrs, len, type, &seconds) && seconds)
		vici_put(v, name, "%" PRIu64,
			 seconds > age ? seconds - age : 0);
}

static void put_child_times(struct vici_writer *v, const struct pair *pair)
{
	const struct nlattr *attrs = pair->in ? pair->in : pair->out;
	int len = pair->in ? pair->in_len : pair->out_len;
	uint64_t age;

	if (!attrs || !kern_get_u64(attrs, len, CULVERT_A_SA_AGE, &age))
		return;
	age /= 1000;
	put_left(v, attrs, len, CULVERT_A_SA_SOFT_SECONDS, age, "rekey-time");
	put_left(v, attrs, len, CULVERT_A_SA_HARD_SECONDS, age, "life-time");
	vici_put(v, "install-time", "%" PRIu64, age);
}

static void put_child_conf(struct vici_writer *v, const struct vici *vici,
			   const struct ike_child_conf *conf)
{
	const struct conf_rule *rule = vici_rule(vici, conf->rule);
	uint16_t group = ike_proposals_first_group(&conf->proposals);

	vici_put(v, "rule", "%016" PRIx64, conf->rule);
	if (rule) {
		vici_put_origin(v, rule);
		if (rule->df < contract_df.n_words)
			vici_put(v, "df", "%s", contract_df.words[rule->df]);
	}
	if (group)
		vici_put(v, "pfs-group", "%u", group);
	vici_put(v, "lifetime", "%" PRIu32, conf->hard_seconds);
	vici_put(v, "lifetime-bytes", "%" PRIu64, conf->hard_octets);
}

static void put_kernel_sa(struct vici_writer *v, const char *name,
			  const struct nlattr *attrs, int len)
{
	if (!attrs)
		return;
	vici_section(v, "%s", name);
	vici_kern_put_sa(v, attrs, len);
	vici_end(v);
}

/* As the kernel's order numbers it: the same when the Child SA is rekeyed. */
static size_t rule_number(const struct vici *vici, uint64_t id)
{
	const struct conf_rule *rule = vici_rule(vici, id);

	return rule ? rule - gateway_conf(vici->gateway)->rule + 1 : 0;
}

void vici_put_child(struct vici_writer *v, const struct vici *vici,
		    const struct ike_child *child, const struct vici_kern *kern)
{
	const struct ike_child_conf *conf = child->rule->conf;
	const struct pair pair = find_pair(kern, child);

	vici_put(v, "name", "%s", conf->name);
	vici_put(v, "uniqueid", "%" PRIu32, child->number);
	vici_put(v, "reqid", "%zu", rule_number(vici, conf->rule));
	vici_put(v, "state", "%s", child_states[child->state]);
	vici_put(v, "mode", child->transport ? "TRANSPORT" : "TUNNEL");
	vici_put(v, "protocol", "ESP");
	put_flag(v, "encap", child->sa->nat_here || child->sa->nat_there);
	if (child->spi_in)
		vici_put(v, "spi-in", "%08" PRIx32, child->spi_in);
	if (child->spi_out)
		vici_put(v, "spi-out", "%08" PRIx32, child->spi_out);
	put_suite(v, &child->chosen);
	if (ike_chosen_id(&child->chosen, IKE_TRANSFORM_ESN))
		vici_put(v, "esn", "1");
	put_traffic(v, pair.in, pair.in_len, "bytes-in", "packets-in",
		    "use-in");
	put_traffic(v, pair.out, pair.out_len, "bytes-out", "packets-out",
		    "use-out");
	put_child_times(v, &pair);
	vici_put_ts(v, "local-ts",
		    child->local.n ? &child->local : &conf->local);
	vici_put_ts(v, "remote-ts",
		    child->remote.n ? &child->remote : &conf->remote);
	vici_put(v, "child-state", "%s", ike_child_state_name(child->state));
	vici_put(v, "pfs", child->pfs_proven ? "proven" :
		 child->pfs_failed ? "failed" : "unproven");
	put_child_conf(v, vici, conf);
	put_kernel_sa(v, "in", pair.in, pair.in_len);
	put_kernel_sa(v, "out", pair.out, pair.out_len);
}

/* --- list-sas --- */

static bool has_shown_child(const struct ike_sa *sa,
			    const struct vici_filter *filter)
{
	const struct ike_child *child;

	for (child = sa->children; child; child = child->next)
		if (vici_child_is_shown(child) &&
		    vici_filter_child(filter, child))
			return true;
	return false;
}

static void tell_sa(struct vici_client *client, const struct ike_sa *sa,
		    const struct vici_filter *filter,
		    const struct vici_kern *kern)
{
	const struct ike_child *child;
	struct vici_writer v;

	vici_begin_event(&v, VICI_EVENT_LIST_SA);
	vici_section(&v, "%s", vici_ike_name(sa));
	vici_put_ike(&v, sa, gateway_now());
	vici_section(&v, "child-sas");
	for (child = sa->children; child; child = child->next) {
		if (!vici_child_is_shown(child) ||
		    !vici_filter_child(filter, child))
			continue;
		vici_section(&v, "%s-%" PRIu32, child->rule->conf->name,
			     child->number);
		vici_put_child(&v, client->vici, child, kern);
		vici_end(&v);
	}
	vici_end(&v);
	vici_end(&v);
	vici_send(client, &v);
}

/* The kernel may be away: what the engine knows is told without its figures. */
void vici_list_sas(struct vici_client *client, struct ike_bytes request,
		   struct vici_writer *reply)
{
	const struct ike_engine *engine = gateway_engine(client->vici->gateway);
	const struct ike_sa *sa = NULL;
	struct vici_filter filter;
	struct vici_kern kern;

	if (vici_filter_read(&filter, request)) {
		vici_refuse(reply, "ike-id and child-id are decimal numbers");
		return;
	}
	if (!vici_hears(client, VICI_EVENT_LIST_SA))
		return;
	vici_kern_sas(&kern, gateway_kern(client->vici->gateway));
	while ((sa = ike_engine_next_sa(engine, sa)) && !client->failed) {
		if (!vici_ike_is_shown(sa) || !vici_filter_ike(&filter, sa) ||
		    ((filter.child[0] || filter.child_id) &&
		     !has_shown_child(sa, &filter)))
			continue;
		tell_sa(client, sa, &filter, &kern);
	}
	vici_kern_clear(&kern);
}
