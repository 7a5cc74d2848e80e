// SPDX-License-Identifier: GPL-2.0-only
/* What is authenticated, as octets, and back: IKE SAs with their keys, Message IDs,
 * the request that is out and the response that may be asked for again, their Child
 * SAs and timers. Whoever keeps those octets before anything is sent can kill the
 * engine at any moment, and another one goes on where it was.
 *
 * IKE SAs that refer to each other, in a rekey, are one family and one record, so
 * that no record tells half of what happened. One description serves both ways.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

#define JOURNAL_MAGIC 0x63756c7665727402ULL	/* "culvert", version 2 */
/* A rekey has two, a collision of two three; what they replaced before lingers. */
#define FAMILY_MAX 8
#define RECORD_MAX (1 << 24)
#define NAME_MAX_LEN 255

/*
 * Child SAs
 */

/* Where in a family one Child SA refers to another, by SPIs in. */
struct links {
	uint32_t old;
	uint32_t heir;
	uint32_t rival;
};

static uint32_t spi_of(const struct ike_child *child)
{
	return child ? child->spi_in : 0;
}

static void c_child(struct ike_codec *c, struct ike_child *child)
{
	struct ike_timers *timers = &child->sa->engine->timers;
	bool sends = child->rule->sender == child;

	ike_codec_digest(c, NULL, child->rule->conf);
	ike_codec_u32(c, &child->number);
	child->state = ike_codec_below(c, child->state, IKE_CHILD_GONE);
	ike_codec_flag(c, &child->ours);
	ike_codec_flag(c, &child->rekeys);
	ike_codec_flag(c, &child->pfs_proven);
	ike_codec_flag(c, &child->pfs_failed);
	ike_codec_flag(c, &child->want_rekey);
	ike_codec_flag(c, &child->want_close);
	ike_codec_flag(c, &child->transport);
	ike_codec_flag(c, &child->tfc);
	ike_codec_flag(c, &child->non_first_fragments);
	child->why = ike_codec_below(c, child->why, IKE_REASON_COUNT);
	ike_codec_u32(c, &child->spi_out);
	ike_codec_chosen(c, &child->chosen);
	ike_codec_selectors(c, &child->local);
	ike_codec_selectors(c, &child->remote);
	ike_codec_secret(c, &child->lowest);
	ike_codec_secret(c, &child->first_lowest);
	ike_codec_flag(c, &child->first_ours);
	ike_codec_flag(c, &child->spare);
	ike_codec_u16(c, &child->group);
	child->retries = ike_codec_below(c, child->retries, RETRIES_MAX + 2);
	ike_codec_timer(c, timers, &child->timer);
	ike_codec_secret(c, &child->keys.encr_i);
	ike_codec_secret(c, &child->keys.integ_i);
	ike_codec_secret(c, &child->keys.encr_r);
	ike_codec_secret(c, &child->keys.integ_r);
	ike_codec_flag(c, &sends);
	if (!c->w && sends)
		child->rule->sender = child;
}

static void c_links(struct ike_codec *c, struct links *links)
{
	ike_codec_u32(c, &links->old);
	ike_codec_u32(c, &links->heir);
	ike_codec_u32(c, &links->rival);
}

static void write_children(struct ike_codec *c, const struct ike_sa *sa)
{
	struct ike_child *child;
	struct links links;
	uint32_t n = 0;

	for (child = sa->children; child; child = child->next)
		n += child->state != IKE_CHILD_GONE;
	ike_codec_u32(c, &n);
	for (child = sa->children; child; child = child->next) {
		if (child->state == IKE_CHILD_GONE)
			continue;
		links.old = spi_of(child->old);
		links.heir = spi_of(child->heir);
		links.rival = spi_of(child->rival);
		ike_codec_u32(c, &child->spi_in);
		ike_codec_u64(c, (uint64_t *)&child->rule->conf->rule);
		c_child(c, child);
		c_links(c, &links);
	}
}

static struct ike_child *read_child(struct ike_codec *c, struct ike_sa *sa)
{
	struct ike_engine *engine = sa->engine;
	struct ike_child *child;
	struct ike_rule *rule;
	uint64_t id = 0;
	uint32_t spi = 0;

	ike_codec_u32(c, &spi);
	ike_codec_u64(c, &id);
	rule = ike_engine_rule(engine, id);
	if (!rule || rule->peer != sa->peer || spi < IKE_CHILD_SPI_MIN ||
	    ike_map_find(&engine->child_by_spi, spi))
		return NULL;
	child = ike_child_restore(sa, rule, spi);
	if (child)
		c_child(c, child);
	return child;
}

/* False: it is not there. */
static bool follow(struct ike_sa *sa, uint32_t spi, struct ike_child **child)
{
	*child = spi ? ike_sa_child_in(sa, spi) : NULL;
	return !spi || *child;
}

/* Each that was read came before those read earlier. */
static void turn_around(struct ike_sa *sa)
{
	struct ike_child *list = NULL, *child;

	while ((child = sa->children)) {
		sa->children = child->next;
		child->next = list;
		list = child;
	}
	sa->children = list;
}

static void read_children(struct ike_codec *c, struct ike_sa *sa)
{
	uint32_t n = ike_codec_below(c, 0, CHILDREN_MAX + 1), i;
	struct links *links = calloc(n + 1, sizeof(*links));
	struct ike_child *child;

	c->bad |= !links;
	for (i = 0; i < n && !c->bad && !c->r.bad; i++) {
		c->bad |= !read_child(c, sa);
		c_links(c, &links[i]);
	}
	turn_around(sa);
	for (child = sa->children, i = 0; child && !c->bad;
	     child = child->next, i++) {
		c->bad |= !follow(sa, links[i].old, &child->old) ||
			  !follow(sa, links[i].heir, &child->heir) ||
			  !follow(sa, links[i].rival, &child->rival);
	}
	free(links);
}

/*
 * IKE SAs
 */

#define IN(state) (1U << IKE_SA_##state)
#define KEPT (IN(ESTABLISHED) | IN(REKEYING) | IN(REKEYED) | IN(REDUNDANT) | \
	      IN(CLOSING) | IN(DELETING))

static bool is_kept(const struct ike_sa *sa)
{
	return KEPT & 1U << sa->state ||
	       (sa->state == IKE_SA_NEW && sa->old);
}

static void c_sa(struct ike_codec *c, struct ike_sa *sa)
{
	static const enum ike_timer_kind timers[] = {
		IKE_TIMER_REKEY, IKE_TIMER_HARD, IKE_TIMER_HALF_OPEN,
	};
	size_t i;

	ike_codec_u32(c, &sa->number);
	ike_codec_u32(c, &sa->session);
	sa->state = ike_codec_below(c, sa->state, IKE_SA_GONE);
	ike_codec_u64(c, &sa->spi_i);
	ike_codec_u64(c, &sa->spi_r);
	if (sa->state != IKE_SA_NEW) {
		ike_codec_address(c, &sa->local);
		ike_codec_address(c, &sa->remote);
		ike_codec_id(c, &sa->remote_id);
		ike_codec_chosen(c, &sa->chosen);
		ike_codec_keys(c, &sa->keys);
	}
	ike_codec_flag(c, &sa->natt);
	ike_codec_flag(c, &sa->nat_here);
	ike_codec_flag(c, &sa->nat_there);
	ike_codec_flag(c, &sa->fragments);
	ike_codec_flag(c, &sa->childless);
	ike_codec_flag(c, &sa->initial_contact);
	ike_codec_flag(c, &sa->want_rekey);
	ike_codec_flag(c, &sa->want_close);
	sa->why = ike_codec_below(c, sa->why, IKE_REASON_COUNT);
	ike_codec_u16(c, &sa->group);
	sa->retries = ike_codec_below(c, sa->retries, RETRIES_MAX + 2);
	ike_codec_u64(c, &sa->established_at);
	ike_codec_secret(c, &sa->lowest);
	ike_codec_window(c, &sa->window);
	for (i = 0; i < ARRAY_SIZE(timers); i++)
		ike_codec_timer(c, &sa->engine->timers, &sa->timer[timers[i]]);
}

static bool keys_fit(const struct ike_sa *sa)
{
	const struct ike_keys *keys = &sa->keys;
	size_t p = sa->suite.prf->len, e = sa->suite.encr_key_len;
	size_t a = sa->suite.integ ? sa->suite.integ->key_len : 0;

	return keys->d.len == p && keys->pi.len == p && keys->pr.len == p &&
	       keys->ei.len == e && keys->er.len == e && keys->ai.len == a &&
	       keys->ar.len == a;
}

static void revive(struct ike_codec *c, struct ike_sa *sa)
{
	const struct ike_chosen *chosen = &sa->chosen;

	if (sa->state == IKE_SA_NEW || c->bad)
		return;
	if (ike_suite_set(&sa->suite,
			  ike_chosen_id(chosen, IKE_TRANSFORM_ENCR),
			  ike_chosen_bits(chosen, IKE_TRANSFORM_ENCR),
			  ike_chosen_id(chosen, IKE_TRANSFORM_INTEG),
			  ike_chosen_id(chosen, IKE_TRANSFORM_PRF),
			  ike_chosen_id(chosen, IKE_TRANSFORM_DH)) ||
	    !sa->spi_i || !sa->spi_r || !sa->suite.prf || !keys_fit(sa) ||
	    ike_sa_keys_ready(sa))
		c->bad = true;
}

/* The request that is out: what it makes, and our half of its Key Exchange. */
static void c_create(struct ike_codec *c, struct ike_create *create)
{
	ike_codec_secret(c, &create->nonce);
	ike_codec_dh(c, &create->dh);
	ike_codec_selectors(c, &create->local);
	ike_codec_selectors(c, &create->remote);
	ike_codec_u32(c, &create->deleted);
	c->bad |= !create->nonce.len;
}

static void write_create(struct ike_codec *c, const struct ike_sa *sa)
{
	struct ike_create *create = sa->create;
	bool is = create, child = is && create->child;

	ike_codec_flag(c, &is);
	if (!is)
		return;
	ike_codec_flag(c, &child);
	if (child)
		ike_codec_u32(c, &create->child->spi_in);
	else
		ike_codec_u64(c, create->sa ? &create->sa->spi_i : &(uint64_t){ 0 });
	c_create(c, create);
}

/* The offer is that of the configuration, which is the same. */
static void offer_again(struct ike_codec *c, struct ike_sa *sa,
			struct ike_create *create)
{
	const struct ike_proposals *from;

	from = create->child ? &create->child->rule->conf->proposals :
			       &sa->peer->conf->proposals;
	if (ike_proposals_copy(&create->offer, from)) {
		c->bad = true;
		return;
	}
	if (create->child)
		ike_proposals_set_spi(&create->offer, create->child->spi_in,
				      IKE_CHILD_SPI_LEN);
	else
		ike_proposals_set_spi(&create->offer, create->sa->spi_i,
				      IKE_SPI_LEN);
}

static struct ike_sa *find_sa(const struct ike_sa *family, uint64_t spi)
{
	struct ike_sa *sa;

	sa = spi ? ike_map_find(&family->engine->sa_by_spi, spi) : NULL;
	return sa && sa->family == family->family ? sa : NULL;
}

static void read_create(struct ike_codec *c, struct ike_sa *sa)
{
	struct ike_create *create;
	bool is = false, child = false;
	uint32_t spi_in = 0;
	uint64_t spi = 0;

	ike_codec_flag(c, &is);
	if (!is || c->bad)
		return;
	ike_codec_flag(c, &child);
	create = calloc(1, sizeof(*create));
	if (!create) {
		c->bad = true;
		return;
	}
	sa->create = create;
	if (child) {
		ike_codec_u32(c, &spi_in);
		create->child = ike_sa_child_in(sa, spi_in);
	} else {
		ike_codec_u64(c, &spi);
		create->sa = find_sa(sa, spi);
	}
	c_create(c, create);
	if (!sa->window.asking ||
	    (child ? !create->child ||
			     create->child->state != IKE_CHILD_ASKED :
		     !create->sa || create->sa == sa ||
			     create->sa->state != IKE_SA_NEW ||
			     sa->state != IKE_SA_REKEYING))
		c->bad = true;
	else if (!c->bad)
		offer_again(c, sa, create);
}

/* States that wait for an answer have a request that is out. */
static bool is_whole(const struct ike_sa *sa)
{
	const struct ike_child *child;
	bool asked = sa->create && sa->create->child;

	if (sa->state == IKE_SA_REKEYING && !(sa->create && sa->create->sa))
		return false;
	if (sa->state == IKE_SA_DELETING && !sa->window.asking)
		return false;
	if (sa->state == IKE_SA_NEW && (!sa->old || sa->n_children))
		return false;
	for (child = sa->children; child; child = child->next) {
		if (child->state == IKE_CHILD_ASKED &&
		    !(asked && sa->create->child == child))
			return false;
		if (child->state == IKE_CHILD_REKEYING &&
		    !(asked && sa->create->child->old == child))
			return false;
		if (ike_child_view(child->state).in &&
		    (!child->local.n || !child->remote.n ||
		     child->spi_out < IKE_CHILD_SPI_MIN))
			return false;
	}
	return true;
}

/*
 * Records
 */

static struct ike_sa *next_of(const struct ike_sa *sa, uint32_t family)
{
	struct ike_sa *next;

	for (next = sa->next; next; next = next->next)
		if (next->family == family && is_kept(next))
			return next;
	return NULL;
}

static struct ike_sa *first_of(const struct ike_engine *engine, uint32_t family)
{
	struct ike_sa *sa = engine->sas;

	if (!sa || (sa->family == family && is_kept(sa)))
		return sa;
	return next_of(sa, family);
}

static size_t packets_size(const struct ike_packets *packets)
{
	size_t i, size = 4;

	for (i = 0; i < packets->n; i++)
		size += 4 + packets->packet[i].len;
	return size;
}

#define SA_SIZE 4096		/* above what one takes without what follows */
#define TS_SIZE 40

/* Not less than what the record takes: it never grows, and leaves nothing. */
static size_t record_size(const struct ike_sa *first, uint32_t family)
{
	const struct ike_child *child;
	const struct ike_sa *sa;
	size_t size = SA_SIZE;

	for (sa = first; sa; sa = next_of(sa, family)) {
		size += SA_SIZE + sa->remote_id.data.len +
			packets_size(&sa->window.request) +
			packets_size(&sa->window.response);
		if (sa->create)
			size += SA_SIZE + TS_SIZE * (sa->create->local.n +
						     sa->create->remote.n);
		for (child = sa->children; child; child = child->next)
			size += SA_SIZE / 4 + TS_SIZE * (child->local.n +
							 child->remote.n);
	}
	return size;
}

static void write_sas(struct ike_codec *c, struct ike_sa *first, uint32_t family)
{
	uint64_t old, heir;
	struct ike_sa *sa;
	uint32_t n = 0;

	for (sa = first; sa; sa = next_of(sa, family))
		n++;
	ike_codec_u32(c, &n);
	for (sa = first; sa; sa = next_of(sa, family)) {
		uint64_t spi = ike_sa_own_spi(sa);

		ike_codec_u64(c, &spi);
		ike_codec_flag(c, &sa->initiator);
		c_sa(c, sa);
		write_children(c, sa);
	}
	for (sa = first; sa; sa = next_of(sa, family)) {
		old = sa->old ? ike_sa_own_spi(sa->old) : 0;
		heir = sa->heir ? ike_sa_own_spi(sa->heir) : 0;
		ike_codec_u64(c, &old);
		ike_codec_u64(c, &heir);
		write_create(c, sa);
	}
}

static void write_record(struct ike_codec *c, struct ike_sa *first)
{
	const char *name = first->peer->conf->name;
	uint8_t len = strnlen(name, NAME_MAX_LEN);
	uint64_t magic = JOURNAL_MAGIC;

	ike_codec_u64(c, &magic);
	ike_codec_u64(c, &first->engine->now);
	ike_codec_u32(c, &first->family);
	ike_codec_u8(c, &len);
	ike_codec_octets(c, (char *)name, len);
	ike_codec_digest(c, first->peer->conf, NULL);
	write_sas(c, first, first->family);
}

static void read_sa(struct ike_codec *c, struct ike_engine *engine,
		    struct ike_peer *peer, uint32_t family)
{
	bool initiator = false;
	struct ike_sa *sa;
	uint64_t spi = 0;

	ike_codec_u64(c, &spi);
	ike_codec_flag(c, &initiator);
	if (c->bad || !spi || ike_map_find(&engine->sa_by_spi, spi)) {
		c->bad = true;
		return;
	}
	sa = ike_sa_restore(engine, peer, initiator, spi);
	if (!sa) {
		c->bad = true;
		return;
	}
	sa->family = family;
	c_sa(c, sa);
	if (ike_sa_own_spi(sa) != spi ||
	    !(sa->state == IKE_SA_NEW || KEPT & 1U << sa->state))
		c->bad = true;
	revive(c, sa);
	read_children(c, sa);
}

static void read_links(struct ike_codec *c, struct ike_sa *sa)
{
	uint64_t old = 0, heir = 0;

	ike_codec_u64(c, &old);
	ike_codec_u64(c, &heir);
	sa->old = find_sa(sa, old);
	sa->heir = find_sa(sa, heir);
	c->bad |= (old && !sa->old) || (heir && !sa->heir) || sa->old == sa ||
		  sa->heir == sa;
	read_create(c, sa);
	c->bad |= !is_whole(sa);
}

/* They were written from the newest to the oldest, and each comes first here. */
static void read_sas(struct ike_codec *c, struct ike_engine *engine,
		     struct ike_peer *peer, uint32_t family)
{
	struct ike_sa *read[FAMILY_MAX];
	uint32_t n = ike_codec_below(c, 0, FAMILY_MAX + 1), i;

	c->bad |= !n;
	for (i = 0; i < n && !c->bad && !c->r.bad; i++) {
		read_sa(c, engine, peer, family);
		read[i] = engine->sas;
	}
	for (i = 0; i < n && !c->bad && !c->r.bad; i++)
		read_links(c, read[i]);
}

/* All or none: what was made of a record that is wrong is unmade. */
static void unmake(struct ike_engine *engine, const struct ike_sa *last)
{
	struct ike_child *child;
	struct ike_sa *sa;

	while ((sa = engine->sas) != last) {
		for (child = sa->children; child; child = child->next)
			if (child->rule->sender == child)
				child->rule->sender = NULL;
		ike_sa_free(sa);
	}
}

/* What it did before it knew of its peer it does again: it asks once more what it
 * asked, or whether the peer is alive.
 */
static void wake(struct ike_sa *sa)
{
	const struct ike_peer_conf *conf = sa->peer->conf;
	struct ike_child *child;

	sa->heard_at = sa->engine->now;
	if (sa->number > sa->engine->numbers)
		sa->engine->numbers = sa->number;
	for (child = sa->children; child; child = child->next)
		if (child->number > sa->engine->numbers)
			sa->engine->numbers = child->number;
	if (sa->state == IKE_SA_NEW)
		return;
	sa->window.tries = sa->window.asking;
	if (sa->window.asking)
		ike_sa_arm(sa, IKE_TIMER_RETRANSMIT, 0);
	else
		sa->want_liveness = true;
	if (conf->liveness_seconds)
		ike_sa_arm(sa, IKE_TIMER_LIVENESS,
			   conf->liveness_seconds * 1000ULL);
	if (sa->nat_here)
		ike_sa_arm(sa, IKE_TIMER_KEEPALIVE, 0);
	ike_tell(sa->engine, sa, NULL, IKE_STORY_IKE_STATE, IKE_REASON_RESUMED,
		 "%s, %zu Child SAs", ike_sa_state_name(sa->state),
		 sa->n_children);
}

static int refuse(struct ike_engine *engine, enum ike_reason reason,
		  const char *name, int err)
{
	ike_tell(engine, NULL, NULL, IKE_STORY_FAILED, reason, "%s", name);
	return err;
}

static int read_record(struct ike_engine *engine, struct ike_bytes record)
{
	struct ike_sa *last = engine->sas, *sa;
	struct ike_codec c = { 0 };
	char name[NAME_MAX_LEN + 1] = "";
	uint8_t digest[IKE_CONF_DIGEST_LEN];
	struct ike_peer *peer;
	uint64_t magic = 0, at = 0;
	uint32_t family = 0;
	uint8_t len = 0;

	ike_reader_init(&c.r, record.data, record.len);
	ike_codec_u64(&c, &magic);
	ike_codec_u64(&c, &at);
	ike_codec_u32(&c, &family);
	ike_codec_u8(&c, &len);
	ike_codec_octets(&c, name, len);
	if (c.r.bad || magic != JOURNAL_MAGIC || at > engine->now || !family ||
	    memchr(name, 0, len))
		return refuse(engine, IKE_REASON_JOURNAL_DAMAGED, "its head",
			      -EBADMSG);
	peer = ike_engine_peer(engine, name);
	if (!peer || ike_conf_digest(peer->conf, NULL, digest) ||
	    memcmp(ike_reader_bytes(&c.r, IKE_CONF_DIGEST_LEN).data ?: digest, digest,
		   IKE_CONF_DIGEST_LEN))
		return refuse(engine, IKE_REASON_JOURNAL_STALE,
			      peer ? name : "a peer that is not configured",
			      -ESTALE);
	read_sas(&c, engine, peer, family);
	if (c.bad || !ike_reader_done(&c.r)) {
		unmake(engine, last);
		return refuse(engine, IKE_REASON_JOURNAL_DAMAGED, name,
			      -EBADMSG);
	}
	for (sa = engine->sas; sa != last; sa = sa->next) {
		wake(sa);
		ike_sa_touch(sa);
	}
	return 0;
}

/* The kernel has been asked: what it lacked was given to it again. Whether it sends
 * through the right one it does not tell.
 */
static void resumed(struct ike_engine *engine)
{
	struct ike_child *child;
	struct ike_sa *sa;
	size_t i;

	engine->resuming = false;
	for (i = 0; i < engine->policy.rules; i++) {
		child = engine->policy.rule[i].sender;
		if (child &&
		    ike_child_view(child->state).out == IKE_OUT_ACTIVE)
			ike_kernel_activate(child);
	}
	for (sa = engine->sas; sa; sa = sa->next) {
		for (child = sa->children; child; child = child->next)
			if (child->state != IKE_CHILD_ASKED)
				ike_child_keys_clear(&child->keys);
		ike_sa_dirty(sa);
		ike_sa_touch(sa);
	}
}

int ike_resume(struct ike_engine *engine, const struct ike_event *event)
{
	if (!event->resume.data) {
		resumed(engine);
		return 0;
	}
	engine->resuming = true;
	return read_record(engine, event->resume);
}

/*
 * Writing
 */

void ike_sa_dirty(struct ike_sa *sa)
{
	if (sa->engine->journal && is_kept(sa))
		sa->recorded = true;
	if (!sa->recorded)
		return;
	sa->dirty = true;
	if (!sa->listed)
		ike_sa_touch(sa);
}

/* Keys that are on their way to the kernel stand in the record until they are
 * there. Whether there are any.
 */
static bool lend_keys(struct ike_engine *engine, struct ike_child *child)
{
	struct ike_actions *actions = engine->actions;
	struct ike_child_keys *keys = &child->keys;
	const struct ike_sa_spec *spec;
	bool i;
	size_t n;

	/* What was agreed on and lost at once still has its own. */
	if (keys->encr_i.len)
		return false;
	for (n = 0; n < actions->n; n++) {
		if (actions->action[n].kind != IKE_ACT_SA_ADD)
			continue;
		spec = &actions->action[n].sa;
		if (spec->rule != child->rule->conf->rule ||
		    spec->spi != (spec->direction == IKE_IN ? child->spi_in :
							      child->spi_out))
			continue;
		i = (spec->direction == IKE_OUT) == child->ours;
		*(i ? &keys->encr_i : &keys->encr_r) = spec->encr_key;
		*(i ? &keys->integ_i : &keys->integ_r) = spec->integ_key;
		child->lent = true;
	}
	return child->lent;
}

static bool lend(struct ike_engine *engine, struct ike_sa *first, bool take)
{
	struct ike_child *child;
	struct ike_sa *sa;
	bool found = false;

	if (engine->resuming)
		return false;
	for (sa = first; sa; sa = next_of(sa, first->family)) {
		for (child = sa->children; child; child = child->next) {
			if (!take)
				found |= lend_keys(engine, child);
			else if (child->lent)
				memset(&child->keys, 0, sizeof(child->keys));
			child->lent &= !take;
		}
	}
	return found;
}

static void record(struct ike_engine *engine, uint32_t family,
		   struct ike_sa *first)
{
	struct ike_action *act = ike_act(engine, IKE_ACT_KEEP);
	struct ike_codec c = { 0 };
	struct ike_writer w;

	if (!act)
		return;
	act->keep.family = family;
	if (!first)
		return;
	ike_writer_init(&w, RECORD_MAX);
	if (!ike_writer_room(&w, record_size(first, family))) {
		ike_act_drop(engine, -ENOMEM);
		return;
	}
	w.limit = w.len;
	w.len = 0;
	c.w = &w;
	write_record(&c, first);
	act->keep.data = w.data;
	act->keep.len = w.len;
	if (!w.error && !c.bad)
		return;
	/* Rather none than one that is not true. */
	ike_crypto_wipe(w.data, w.len);
	ike_writer_clear(&w);
	act->keep.data = NULL;
	act->keep.len = 0;
	engine->error = -ENOMEM;
}

/* What is kept comes before all that it is kept for. */
static void put_first(struct ike_actions *actions, size_t before)
{
	struct ike_action last;

	if (actions->n == before || before == 0)
		return;
	last = actions->action[actions->n - 1];
	memmove(&actions->action[1], &actions->action[0],
		(actions->n - 1) * sizeof(last));
	actions->action[0] = last;
}

static void record_family(struct ike_engine *engine, uint32_t family)
{
	struct ike_sa *first = first_of(engine, family), *sa;
	size_t n = engine->actions->n;
	bool again = first && lend(engine, first, false);

	for (sa = engine->sas; sa; sa = sa->next)
		if (sa->family == family)
			sa->dirty = false;
	record(engine, family, first);
	put_first(engine->actions, n);
	if (!again)
		return;
	lend(engine, first, true);
	record(engine, family, first);
}

void ike_journal_write(struct ike_engine *engine)
{
	struct ike_sa *sa;

	for (sa = engine->touched; sa; sa = sa->next_touched)
		if (sa->dirty)
			record_family(engine, sa->family);
}
