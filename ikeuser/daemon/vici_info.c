// SPDX-License-Identifier: GPL-2.0-only
/* What the daemon is and how much it did, in the words of strongSwan. What
 * culvert has none of (certificates, pools) is answered empty, so that clients
 * that ask for everything get through.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "sa.h"
#include "vici_server.h"

void vici_nothing(struct vici_client *client, struct ike_bytes request,
		  struct vici_writer *reply)
{
}

void vici_get_authorities(struct vici_client *client, struct ike_bytes request,
			  struct vici_writer *reply)
{
	vici_list(reply, "authorities");
	vici_end(reply);
}

/* Their identities, which are none: secrets belong to peers, and are not told. */
void vici_get_keys(struct vici_client *client, struct ike_bytes request,
		   struct vici_writer *reply)
{
	vici_list(reply, "keys");
	vici_end(reply);
}

void vici_version(struct vici_client *client, struct ike_bytes request,
		  struct vici_writer *reply)
{
	struct utsname name;

	vici_put(reply, "daemon", "culvertd");
	vici_put(reply, "version", "%s", CULVERT_VERSION);
	if (uname(&name))
		return;
	vici_put(reply, "sysname", "%s", name.sysname);
	vici_put(reply, "release", "%s", name.release);
	vici_put(reply, "machine", "%s", name.machine);
}

/* --- stats --- */

/* As strongSwan tells durations: the largest unit of which there are two. */
static void put_running(struct vici_writer *v, uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *unit;
	} units[] = {
		{ 86400, "days" }, { 3600, "hours" }, { 60, "minutes" },
		{ 1, "seconds" },
	};
	size_t i = 0;

	while (i < ARRAY_SIZE(units) - 1 && seconds <= units[i].seconds * 2)
		i++;
	vici_put(v, "running", "%" PRIu64 " %s", seconds / units[i].seconds,
		 units[i].unit);
}

static void put_uptime(struct vici_writer *v, const struct vici *vici)
{
	time_t started = vici->started_at;
	char since[64] = "";
	struct tm tm;

	vici_section(v, "uptime");
	put_running(v, (gateway_now() - vici->started) / 1000);
	/* Exporters read it in exactly this form. */
	if (localtime_r(&started, &tm))
		strftime(since, sizeof(since), "%b %d %H:%M:%S %Y", &tm);
	vici_put(v, "since", "%s", since);
	vici_end(v);
}

static void put_priorities(struct vici_writer *v)
{
	static const char *const names[] = { "critical", "high", "medium",
					     "low" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		vici_put(v, names[i], "0");
}

/* There is one thread, and it is answering. */
static void put_workers(struct vici_writer *v)
{
	vici_section(v, "workers");
	vici_put(v, "total", "1");
	vici_put(v, "idle", "0");
	vici_section(v, "active");
	put_priorities(v);
	vici_end(v);
	vici_end(v);
	vici_section(v, "queues");
	put_priorities(v);
	vici_end(v);
	vici_put(v, "scheduled", "0");
}

void vici_stats(struct vici_client *client, struct ike_bytes request,
		struct vici_writer *reply)
{
	const struct ike_engine *engine = gateway_engine(client->vici->gateway);
	const struct ike_sa *sa = NULL;
	unsigned int total = 0;

	while ((sa = ike_engine_next_sa(engine, sa)))
		total += vici_ike_is_shown(sa);
	put_uptime(reply, client->vici);
	put_workers(reply);
	vici_section(reply, "ikesas");
	vici_put(reply, "total", "%u", total);
	vici_put(reply, "half-open", "%zu", engine->half_open);
	vici_end(reply);
	vici_list(reply, "plugins");
	vici_item(reply, "vici");
	vici_end(reply);
}

/* --- algorithms --- */

static const char *group_name(unsigned int id)
{
	return id == IKE_DH_CURVE25519 ? "CURVE_25519" : ike_dh_name(id);
}

static bool has_encr(unsigned int id)
{
	const struct ike_encr *encr = ike_encr_find(id);

	return encr && !encr->icv_len;
}

static bool has_aead(unsigned int id)
{
	const struct ike_encr *encr = ike_encr_find(id);

	return encr && encr->icv_len;
}

static bool has_integ(unsigned int id)
{
	return id && ike_integ_find(id);
}

static bool has_prf(unsigned int id)
{
	return ike_prf_find(id);
}

static bool has_group(unsigned int id)
{
	return id && ike_group_find(id);
}

void vici_get_algorithms(struct vici_client *client, struct ike_bytes request,
			 struct vici_writer *reply)
{
	static const struct {
		const char *section;
		const char *prefix;
		bool (*has)(unsigned int id);
		const char *(*name)(unsigned int id);
	} types[] = {
		{ "encryption", "", has_encr, ike_encr_name },
		{ "integrity", "", has_integ, ike_integ_name },
		{ "aead", "", has_aead, ike_encr_name },
		{ "prf", "PRF_", has_prf, ike_prf_name },
		{ "dh", "", has_group, group_name },
	};
	char name[64];
	unsigned int id;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		vici_section(reply, "%s", types[i].section);
		/* IANA's numbers end below 64. */
		for (id = 0; id < 64; id++) {
			if (!types[i].has(id) || !types[i].name(id))
				continue;
			snprintf(name, sizeof(name), "%s%s", types[i].prefix,
				 types[i].name(id));
			vici_put(reply, name, "openssl");
		}
		vici_end(reply);
	}
}

/* --- counters --- */

/* strongSwan's name for those of all is empty. */
static void put_counts(struct vici_writer *v, const char *name,
		       const struct ike_counts *counts)
{
	size_t i;

	vici_section(v, "%s", name);
	for (i = 0; i < IKE_COUNT_COUNT; i++)
		vici_put(v, ike_count_name(i), "%" PRIu64, counts->n[i]);
	vici_end(v);
}

/* Calls it for each peer, or the one that is named; NULL: for all together. */
static bool each_counts(struct vici *vici, struct ike_bytes request,
			void (*tell)(struct vici *vici, const char *peer,
				     void *arg),
			void *arg)
{
	const struct ike_engine_conf *conf;
	char name[VICI_NAME_MAX + 1];
	bool found = false;
	size_t i;

	conf = &gateway_conf(vici->gateway)->engine;
	vici_get(request, "name", NULL, name, sizeof(name));
	if (!name[0]) {
		tell(vici, NULL, arg);
		found = true;
	}
	for (i = 0; i < conf->peers; i++) {
		if (name[0] ? strcmp(name, conf->peer[i].name) :
			      !vici_get_flag(request, "all", false))
			continue;
		tell(vici, conf->peer[i].name, arg);
		found = true;
	}
	return found;
}

static void tell_counts(struct vici *vici, const char *peer, void *arg)
{
	const struct ike_counts *counts;

	counts = ike_engine_counts(gateway_engine(vici->gateway), peer);
	if (counts)
		put_counts(arg, peer ? peer : "", counts);
}

void vici_get_counters(struct vici_client *client, struct ike_bytes request,
		       struct vici_writer *reply)
{
	bool found;

	vici_section(reply, "counters");
	found = each_counts(client->vici, request, tell_counts, reply);
	vici_end(reply);
	if (found)
		vici_put_flag(reply, "success", true);
	else
		vici_refuse_as(reply, VICI_ABSENT, "there is no such peer");
}

static void reset_counts(struct vici *vici, const char *peer, void *arg)
{
	gateway_reset_counts(vici->gateway, peer);
}

void vici_reset_counters(struct vici_client *client, struct ike_bytes request,
			 struct vici_writer *reply)
{
	if (vici_get_flag(request, "culvert", false))
		vici_culvert_reset(client->vici);
	if (each_counts(client->vici, request, reset_counts, NULL))
		vici_put_flag(reply, "success", true);
	else
		vici_refuse_as(reply, VICI_ABSENT, "there is no such peer");
}
