// SPDX-License-Identifier: GPL-2.0-only
/* Keys, for a client that captures and wants to read: told to root alone, about one
 * peer, for a time that it has to say, and never without a line in the log. One
 * client at a time has them told. They come as events: first those of the SAs that
 * are there, then those of each new one, before its first packet could be missed.
 */
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "keys.h"
#include "log.h"
#include "sa.h"
#include "vici_server.h"

/* Who wants to look longer asks again, and has another line in the log. */
#define KEYS_SECONDS_MAX 3600
/* Octets of an event; more than four keys of an IKE SA and all besides take. */
#define KEYS_EVENT_MAX 2048
#define KEY_HEX_MAX 256

/* An SA whose keys were told. */
struct told {
	bool esp;
	uint64_t id;			/* its SPI, of ESP with the direction */
};

struct vici_grant {
	struct vici_client *client;	/* borrowed: it ends with it */
	struct event *timer;		/* owned */
	char peer[VICI_NAME_MAX + 1];
	struct ucred who;
	struct told *told;		/* owned */
	size_t n;
	size_t size;
	size_t unknown;			/* SAs whose keys nobody here knows */
};

/* --- what was told already --- */

/* Whether that is so; if not, it is from now on. */
static bool told_before(struct vici_grant *grant, bool esp, uint64_t id)
{
	struct told *told;
	size_t i;

	for (i = 0; i < grant->n; i++)
		if (grant->told[i].esp == esp && grant->told[i].id == id)
			return true;
	if (grant->n == grant->size) {
		told = reallocarray(grant->told, grant->size * 2 + 16,
				    sizeof(*told));
		/* Told twice is no harm. */
		if (!told)
			return false;
		grant->told = told;
		grant->size = grant->size * 2 + 16;
	}
	grant->told[grant->n++] = (struct told){ esp, id };
	return false;
}

/* --- an event for each SA --- */

/* With room for all that will be in it: what it grew out of would not be wiped. */
static void begin(struct vici_writer *v, const char *kind)
{
	size_t at;

	vici_begin_event(v, VICI_EVENT_CULVERT_KEY);
	at = v->w.len;
	if (ike_writer_room(&v->w, KEYS_EVENT_MAX))
		v->w.len = at;
	vici_put(v, "kind", "%s", kind);
}

static void put_key(struct vici_writer *v, const char *name,
		    const struct ike_secret *key)
{
	char text[KEY_HEX_MAX + 1];
	struct ike_text t;

	if (!key->len)
		return;
	ike_text_init(&t, text, sizeof(text));
	ike_text_hex(&t, ike_secret_bytes(key));
	vici_put_bytes(v, name, (struct ike_bytes){ (uint8_t *)text, t.len });
	ike_crypto_wipe(text, sizeof(text));
}

static void tell_ike(struct vici_grant *grant, const struct ike_sa *sa)
{
	struct vici_writer v;

	begin(&v, "ike");
	vici_put(&v, "initiator-spi", "%016" PRIx64, sa->spi_i);
	vici_put(&v, "responder-spi", "%016" PRIx64, sa->spi_r);
	vici_put(&v, "encr", "%u", sa->suite.encr->id);
	vici_put(&v, "integ", "%u", sa->suite.integ ? sa->suite.integ->id : 0);
	put_key(&v, "sk-ei", &sa->keys.ei);
	put_key(&v, "sk-er", &sa->keys.er);
	put_key(&v, "sk-ai", &sa->keys.ai);
	put_key(&v, "sk-ar", &sa->keys.ar);
	vici_send_secret(grant->client, &v);
}

static void tell_esp(struct vici_grant *grant, const struct ike_sa_spec *sa)
{
	bool in = sa->direction == IKE_IN;
	struct vici_writer v;

	begin(&v, "esp");
	vici_put_address(&v, "source", in ? &sa->remote : &sa->local);
	vici_put_address(&v, "destination", in ? &sa->local : &sa->remote);
	vici_put(&v, "spi", "%08x", sa->spi);
	vici_put(&v, "encr", "%u", sa->encr);
	vici_put(&v, "integ", "%u", sa->integ);
	vici_put_flag(&v, "esn", sa->esn);
	vici_put_flag(&v, "transport", sa->transport);
	put_key(&v, "encr-key", &sa->encr_key);
	put_key(&v, "integ-key", &sa->integ_key);
	vici_send_secret(grant->client, &v);
}

/* One that is being made has no keys yet. */
static void see_esp(struct vici_grant *grant, const struct ike_child *child,
		    enum ike_direction direction)
{
	const struct keys *keys = gateway_keys(grant->client->vici->gateway);
	uint32_t spi = direction == IKE_IN ? child->spi_in : child->spi_out;
	const struct ike_sa_spec *sa;

	sa = keys ? keys_find(keys, direction, spi, &child->sa->remote) : NULL;
	if (!sa)
		grant->unknown += child->state == IKE_CHILD_UP ||
				  child->state == IKE_CHILD_REKEYING;
	else if (!told_before(grant, true, (uint64_t)direction << 32 | spi))
		tell_esp(grant, sa);
}

/* Whose an SA is, is not known before its peer has proved who it is: of one that
 * does not come so far, the address must do.
 */
static bool is_of_peer(const struct vici_grant *grant, const struct ike_sa *sa)
{
	const struct ike_engine_conf *conf;
	size_t i;

	if (sa->peer)
		return !strcmp(sa->peer->conf->name, grant->peer);
	conf = &gateway_conf(grant->client->vici->gateway)->engine;
	for (i = 0; i < conf->peers; i++)
		if (!strcmp(conf->peer[i].name, grant->peer))
			return !conf->peer[i].remote.len ||
			       ike_address_same_ip(&conf->peer[i].remote,
						   &sa->remote);
	return false;
}

static void tell_new(struct vici_grant *grant)
{
	const struct ike_engine *engine;
	const struct ike_child *child;
	const struct ike_sa *sa = NULL;

	grant->unknown = 0;
	engine = gateway_engine(grant->client->vici->gateway);
	while ((sa = ike_engine_next_sa(engine, sa))) {
		if (!is_of_peer(grant, sa))
			continue;
		if (sa->keys.ei.len &&
		    !told_before(grant, false,
				 sa->initiator ? sa->spi_i : sa->spi_r))
			tell_ike(grant, sa);
		for (child = sa->children; child; child = child->next) {
			see_esp(grant, child, IKE_IN);
			see_esp(grant, child, IKE_OUT);
		}
	}
}

void vici_keys_told(struct vici *vici)
{
	if (vici->grant && !vici->grant->client->failed)
		tell_new(vici->grant);
}

/* --- who gets them --- */

void vici_keys_end(struct vici *vici)
{
	struct vici_grant *grant = vici->grant;

	if (!grant)
		return;
	log_warning("control: keys of peer %s are no longer told to process %d",
		    grant->peer, grant->who.pid);
	vici->grant = NULL;
	event_free(grant->timer);
	free(grant->told);
	free(grant);
}

void vici_keys_left(struct vici_client *client)
{
	if (client->vici->grant && client->vici->grant->client == client)
		vici_keys_end(client->vici);
}

static void on_over(evutil_socket_t fd, short what, void *arg)
{
	vici_keys_end(arg);
}

static int make_grant(struct vici_client *client, const char *peer,
		      const struct ucred *who, uint64_t seconds)
{
	struct vici_grant *grant = calloc(1, sizeof(*grant));
	struct timeval when = { .tv_sec = seconds };

	if (!grant)
		return -ENOMEM;
	grant->timer = evtimer_new(client->vici->base, on_over, client->vici);
	if (!grant->timer || event_add(grant->timer, &when)) {
		if (grant->timer)
			event_free(grant->timer);
		free(grant);
		return -ENOMEM;
	}
	grant->client = client;
	grant->who = *who;
	strcpy(grant->peer, peer);
	client->vici->grant = grant;
	return 0;
}

static bool is_peer(const struct vici *vici, const char *name)
{
	const struct ike_engine_conf *conf;
	size_t i;

	conf = &gateway_conf(vici->gateway)->engine;
	for (i = 0; i < conf->peers; i++)
		if (!strcmp(conf->peer[i].name, name))
			return true;
	return false;
}

/* Who connected, as the kernel has it: the socket is open to a group, keys are
 * not.
 */
static bool is_root(struct vici_client *client, struct ucred *who)
{
	socklen_t len = sizeof(*who);

	return !getsockopt(vici_fd(client), SOL_SOCKET, SO_PEERCRED, who,
			   &len) && who->uid == 0;
}

void vici_culvert_keys(struct vici_client *client, struct ike_bytes request,
		       struct vici_writer *reply)
{
	struct vici *vici = client->vici;
	struct ucred who = { .uid = -1 };
	char peer[VICI_NAME_MAX + 1];
	uint64_t seconds;

	vici_get(request, "peer", NULL, peer, sizeof(peer));
	if (!is_root(client, &who)) {
		log_warning("control: process %d of user %u asks for keys of peer %s: refused, root alone may have them",
			    who.pid, who.uid, peer);
		vici_refuse(reply, "keys are told to root alone, not to user %u",
			    who.uid);
		return;
	}
	if (vici_get_number(request, "seconds", 10, &seconds) || !seconds ||
	    seconds > KEYS_SECONDS_MAX) {
		vici_refuse(reply, "seconds: a number from 1 to %u is wanted: for how long new keys are told",
			    KEYS_SECONDS_MAX);
		return;
	}
	if (!is_peer(vici, peer)) {
		vici_refuse(reply, "no peer '%s' is configured", peer);
		return;
	}
	if (!vici_hears(client, VICI_EVENT_CULVERT_KEY)) {
		vici_refuse(reply, "keys come as events culvert-key, which this client does not hear");
		return;
	}
	if (vici->grant) {
		vici_refuse(reply, "keys of peer %s are being told to process %d: one capture with keys at a time",
			    vici->grant->peer, vici->grant->who.pid);
		return;
	}
	if (make_grant(client, peer, &who, seconds)) {
		vici_refuse(reply, "no memory");
		return;
	}
	log_warning("control: keys of peer %s are told to process %d of root for %" PRIu64 " seconds: what it captures can be read",
		    peer, who.pid, seconds);
	tell_new(vici->grant);
	vici_put_flag(reply, "success", true);
	vici_put(reply, "unknown", "%zu", vici->grant->unknown);
}
