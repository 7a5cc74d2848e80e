// SPDX-License-Identifier: GPL-2.0-only
/* Which of the configured peers an IKE SA is of, when the other end begins: by its
 * addresses and what it offers, as long as nothing else is known (IKE_SA_INIT), and
 * by both identities (IKE_AUTH). It proves none of it.
 */
#include <errno.h>

#include "sa.h"

static bool fits(const struct ike_peer_conf *conf,
		 const struct ike_address *local,
		 const struct ike_address *remote)
{
	return (!conf->local.len || ike_address_same_ip(&conf->local, local)) &&
	       (!conf->remote.len ||
		ike_address_same_ip(&conf->remote, remote));
}

/*
 * IKE_SA_INIT
 */

/* Peers whose addresses fit, one of each kind of proposals: who has a given remote
 * address before who may be anywhere.
 */
#define KINDS_MAX 16

struct kinds {
	struct ike_peer *peer[KINDS_MAX];
	size_t n;
};

static void add_kind(struct kinds *kinds, struct ike_peer *peer)
{
	size_t i;

	for (i = 0; i < kinds->n; i++)
		if (kinds->peer[i]->alike == peer->alike)
			return;
	if (kinds->n < KINDS_MAX)
		kinds->peer[kinds->n++] = peer;
}

static void find_kinds(struct ike_engine *engine,
		       const struct ike_event *event, struct kinds *kinds)
{
	size_t i, anywhere;

	for (anywhere = 0; anywhere < 2; anywhere++) {
		for (i = 0; i < engine->policy.conf->peers; i++) {
			struct ike_peer *peer = &engine->policy.peer[i];

			if (anywhere == (peer->conf->remote.len == 0) &&
			    fits(peer->conf, &event->datagram.local,
				 &event->datagram.remote))
				add_kind(kinds, peer);
		}
	}
}

static int choose(const struct ike_peer *peer,
		  const struct ike_proposals *offer, struct ike_chosen *chosen,
		  struct ike_difference *difference)
{
	struct ike_negotiation negotiation = {
		.protocol = IKE_PROTOCOL_IKE,
		.prefer = peer->conf->prefer,
	};

	return ike_proposals_choose(offer, &peer->conf->proposals, &negotiation,
				    chosen, difference);
}

/* Whether this peer, too, could have chosen that. */
static bool accepts(const struct ike_peer *peer,
		    const struct ike_chosen *chosen)
{
	struct ike_difference difference = { 0 };
	struct ike_proposals made = { 0 };
	struct ike_chosen same = { 0 };
	bool does;

	does = !ike_chosen_answer(chosen, 0, &made) &&
	       !choose(peer, &made, &same, &difference);
	ike_proposals_clear(&made);
	return does;
}

static size_t count_accepting(const struct kinds *kinds,
			      const struct ike_chosen *chosen)
{
	size_t i, n = 0;

	for (i = 0; i < kinds->n; i++)
		n += accepts(kinds->peer[i], chosen);
	return n;
}

int ike_peers_choose(struct ike_engine *engine, const struct ike_event *event,
		     const struct ike_proposals *offer, struct ike_peer **peer,
		     struct ike_chosen *chosen,
		     struct ike_difference *difference)
{
	struct ike_difference other = { 0 };
	struct kinds kinds = { .n = 0 };
	struct ike_chosen its;
	size_t most = 0, i, n;

	find_kinds(engine, event, &kinds);
	*peer = kinds.n ? kinds.peer[0] : NULL;
	for (i = 0; i < kinds.n; i++) {
		its = (struct ike_chosen){ 0 };
		if (choose(kinds.peer[i], offer, &its, i ? &other : difference))
			continue;
		n = count_accepting(&kinds, &its);
		if (n <= most)
			continue;
		most = n;
		*peer = kinds.peer[i];
		*chosen = its;
	}
	return most ? 0 : -ENOENT;
}

/*
 * IKE_AUTH
 */

static bool is_peer(const struct ike_sa *sa, const struct ike_peer *peer,
		    const struct ike_id *idi, const struct ike_id *idr)
{
	const struct ike_peer_conf *conf = peer->conf;

	return fits(conf, &sa->local, &sa->remote) &&
	       ike_id_matches(&conf->remote_id, idi) &&
	       (!idr || ike_id_equal(&conf->local_id, idr)) &&
	       accepts(peer, &sa->chosen);
}

/* How exactly it is meant: by its address first, then by its identity. */
static unsigned int exactness(const struct ike_peer_conf *conf,
			      const struct ike_id *idi)
{
	return 2 * !!conf->remote.len + ike_id_equal(&conf->remote_id, idi);
}

struct ike_peer *ike_peers_identify(const struct ike_sa *sa,
				    const struct ike_id *idi,
				    const struct ike_id *idr)
{
	const struct ike_policy *policy = &sa->engine->policy;
	struct ike_peer *best = NULL;
	size_t i;

	for (i = 0; i < policy->conf->peers; i++) {
		struct ike_peer *peer = &policy->peer[i];

		if (is_peer(sa, peer, idi, idr) &&
		    (!best || exactness(peer->conf, idi) >
				      exactness(best->conf, idi)))
			best = peer;
	}
	return best;
}
