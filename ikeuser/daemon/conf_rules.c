// SPDX-License-Identifier: GPL-2.0-only
/* From crypto maps to the kernel's ordered list of rules and the engine's peers
 * and children. The words of the configuration are not known here any more.
 *
 * A crypto map is gone through entry by entry: what a list permits goes to the
 * entry's peer, what it denies goes on to the next entry. The kernel's list has
 * no such jumps: a deny becomes those rules of the later entries that it meets,
 * cut down to it, and behind them a bypass.
 */

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

/* What a kernel takes unless it is told otherwise (rules-max). */
#define RULES_MAX 131072
/* The kernel's own (uapi/culvert.yaml). It is told them as well: what stood in the
 * configuration before and does not any more is to end.
 */
#define HOLD_PACKETS_DEFAULT 256
#define HOLD_OCTETS_DEFAULT (1 << 20)
#define HOLD_AGE_DEFAULT 30000
/* All pairs of so many are compared in a fraction of a second. */
#define COMPARED_MAX 2000
#define ID_INPUT_MAX 512

/* A rule, and where it comes from. */
struct draft {
	struct conf_rule rule;
	const struct conf_entry *entry;
	const struct conf_ace *ace;	/* NULL: of the bypass of IKE */
	bool cut;			/* of a later entry, cut down to a deny */
};

/* Growing; of one map while its entries are gone through, from the last to the
 * first, in reverse.
 */
struct drafts {
	struct draft *draft;		/* owned */
	size_t n;
};

static int draft_add(struct conf_parser *p, struct drafts *list,
		     const struct draft *draft)
{
	struct draft *grown = list->draft;

	if (list->n == RULES_MAX) {
		conf_error(p, draft->ace ? &draft->ace->at : NULL,
			   "more than %u rules", RULES_MAX);
		return -E2BIG;
	}
	if (!(list->n & (list->n - 1)))
		grown = reallocarray(grown, list->n ? list->n * 2 : 1,
				     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->draft = grown;
	grown[list->n++] = *draft;
	return 0;
}

static void drafts_reverse(struct drafts *list, size_t from)
{
	size_t to = list->n;

	while (from + 1 < to) {
		struct draft draft = list->draft[from];

		list->draft[from++] = list->draft[--to];
		list->draft[to] = draft;
	}
}

/* One line after the other becomes drafts. */
struct making {
	struct conf_elements elements;	/* first: conf_ace_expand() has it */
	struct conf_parser *p;
	const struct conf_map *map;
	const struct conf_entry *entry;
	struct drafts *drafts;
	size_t later;			/* drafts of later entries */
	unsigned int element;		/* of the access list */
};

static struct draft draft_of(const struct making *making,
			     const struct ike_ts *local,
			     const struct ike_ts *remote)
{
	const struct conf_entry *entry = making->entry;
	const struct conf_ace *ace = making->elements.ace;
	const struct conf_peer *peer = entry->peer;
	struct draft draft = {
		.entry = entry,
		.ace = ace,
		.rule = {
			.action = ace->action,
			.device = making->map->device,
			.local = *local,
			.remote = *remote,
			.map = making->map->name.text,
			.sequence = entry->sequence,
			.acl = entry->acl->name.text,
			.line = ace->line,
			.element = making->element,
			.source = ace->text,
		},
	};

	if (ace->action != CULVERT_ACTION_PROTECT)
		return draft;
	draft.rule.start = peer->start == CONF_START_NOW;
	draft.rule.mode = peer->mode;
	draft.rule.df = peer->df;
	draft.rule.mark = peer->mark;
	draft.rule.flags = peer->flags;
	return draft;
}

/* What later entries say about packets that this one denies, first to last. */
static int cut_down(struct making *making, const struct ike_ts *local,
		    const struct ike_ts *remote)
{
	int err = 0;

	for (size_t i = making->later; i-- && !err;) {
		struct draft draft = making->drafts->draft[i];

		if (!ike_ts_intersect(&draft.rule.local, local,
				      &draft.rule.local) ||
		    !ike_ts_intersect(&draft.rule.remote, remote,
				      &draft.rule.remote))
			continue;
		draft.cut = true;
		err = draft_add(making->p, making->drafts, &draft);
	}
	return err;
}

static int element_tell(struct conf_elements *to, const struct ike_ts *local,
			const struct ike_ts *remote)
{
	struct making *making = (struct making *)to;
	struct draft draft;
	int err = 0;

	making->element++;
	if (to->ace->action == CULVERT_ACTION_BYPASS)
		err = cut_down(making, local, remote);
	draft = draft_of(making, local, remote);
	return err ? err : draft_add(making->p, making->drafts, &draft);
}

/* An error costs its line, so that all are found; no memory, or no room for
 * more rules, ends it.
 */
static bool is_end(int err)
{
	return err && err != -EINVAL;
}

/* Appends the rules of an entry in reverse to those of the later ones. */
static int entry_expand(struct making *making)
{
	const struct conf_ace *ace = making->entry->acl->first;
	size_t from = making->drafts->n;
	int err = 0;

	making->later = from;
	making->element = 0;
	for (; ace && !is_end(err); ace = ace->next)
		err = conf_ace_expand(making->p, ace, &making->elements) ?: err;
	drafts_reverse(making->drafts, from);
	return err;
}

/* From the last entry to the first. */
static int entries_expand(struct making *making,
			  const struct conf_entry *entry)
{
	const struct conf_entry **entries;
	size_t n = 0;
	int err = 0;

	for (const struct conf_entry *e = entry; e; e = e->next)
		n++;
	entries = calloc(n + 1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++, entry = entry->next)
		entries[i] = entry;
	while (n-- && !is_end(err)) {
		making->entry = entries[n];
		err = entry_expand(making) ?: err;
	}
	free(entries);
	return err;
}

/* IKE itself is never protected (RFC 4301 4.4.1), whatever a list says: from
 * our ports to where the peer is, or, since a NAT may hide it, to anywhere if
 * we know our own address.
 */
static int bypass_ike(struct conf_parser *p, const struct conf_map *map,
		      const struct conf_peer *peer, struct drafts *drafts)
{
	static const uint16_t ports[] = { IKE_PORT, IKE_PORT_NATT };
	const struct ike_address *known = peer->ike.local.len ?
		&peer->ike.local : &peer->ike.remote;
	uint8_t type = known->len == 4 ? IKE_TS_IPV4_ADDR_RANGE :
					 IKE_TS_IPV6_ADDR_RANGE;
	struct draft draft = {
		.rule = {
			.action = CULVERT_ACTION_BYPASS,
			.device = map->device,
			.local = conf_all(type),
			.remote = conf_all(type),
		},
	};
	struct ike_ts *end = peer->ike.local.len ? &draft.rule.local :
						   &draft.rule.remote;
	int err = 0;

	memcpy(end->first, known->ip, known->len);
	memcpy(end->last, known->ip, known->len);
	draft.rule.local.protocol = IPPROTO_UDP;
	draft.rule.remote.protocol = IPPROTO_UDP;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]) && !err; i++) {
		draft.rule.local.port_first = ports[i];
		draft.rule.local.port_last = ports[i];
		err = draft_add(p, drafts, &draft);
	}
	return err;
}

/* Rules that can never match, and rules of two peers that want the same. */

/* What another entry denies is still to be looked at by this one. */
static bool draft_covers(const struct draft *outer, const struct draft *inner)
{
	if (outer->rule.action == CULVERT_ACTION_BYPASS &&
	    outer->entry != inner->entry)
		return false;
	return ike_ts_covers(&outer->rule.local, &inner->rule.local) &&
	       ike_ts_covers(&outer->rule.remote, &inner->rule.remote);
}

static bool draft_rivals(const struct draft *a, const struct draft *b)
{
	struct ike_ts both;

	return a->rule.action == CULVERT_ACTION_PROTECT &&
	       b->rule.action == CULVERT_ACTION_PROTECT &&
	       a->entry->peer != b->entry->peer &&
	       ike_ts_intersect(&a->rule.local, &b->rule.local, &both) &&
	       ike_ts_intersect(&a->rule.remote, &b->rule.remote, &both);
}

/* What is said of one line in one entry. */
struct verdict {
	const struct draft *cover;
	const struct draft *rival;
	size_t covered;
	size_t elements;
};

static void verdict_of(struct verdict *verdict, const struct drafts *list,
		       size_t from, size_t i)
{
	const struct draft *draft = &list->draft[i];
	const struct draft *cover = NULL;

	for (size_t j = from; j < i && !cover; j++) {
		const struct draft *other = &list->draft[j];

		if (!other->ace || other->cut)
			continue;
		if (draft_covers(other, draft))
			cover = other;
		else if (!verdict->rival && draft_rivals(other, draft))
			verdict->rival = other;
	}
	verdict->elements++;
	verdict->covered += cover != NULL;
	if (cover && !verdict->cover)
		verdict->cover = cover;
}

static void verdict_tell(struct conf_parser *p, const struct conf_ace *ace,
			 const struct verdict *verdict)
{
	const struct draft *cover = verdict->cover;
	const struct draft *rival = verdict->rival;

	if (cover && cover->ace == ace)
		conf_warn(p, &ace->at, "a network or service stands in this line twice");
	else if (cover && verdict->covered == verdict->elements)
		conf_warn(p, &ace->at, "this line never matches: line %u of '%s' comes before and covers it",
			  cover->rule.line, cover->rule.acl);
	else if (cover)
		conf_warn(p, &ace->at, "%zu of %zu elements of this line never match: line %u of '%s' comes before and covers them",
			  verdict->covered, verdict->elements,
			  cover->rule.line, cover->rule.acl);
	else if (rival)
		conf_warn(p, &ace->at, "overlaps with line %u of '%s', which comes before and goes to peer '%s'",
			  rival->rule.line, rival->rule.acl,
			  rival->entry->peer->name.text);
}

/* Drafts of a line stand together, but for what was cut down between them; that
 * comes again where it was written.
 */
static void drafts_compare(struct conf_parser *p, const struct drafts *list,
			   size_t from)
{
	size_t i = from;

	if (list->n - from > COMPARED_MAX)
		return;
	while (i < list->n) {
		const struct draft *first = &list->draft[i];
		struct verdict verdict = { 0 };

		if (!first->ace || first->cut) {
			i++;
			continue;
		}
		for (; i < list->n && (list->draft[i].cut ||
				       (list->draft[i].ace == first->ace &&
					list->draft[i].entry == first->entry));
		     i++) {
			if (!list->draft[i].cut)
				verdict_of(&verdict, list, from, i);
		}
		verdict_tell(p, first->ace, &verdict);
	}
}

/* Appends the rules of a map to all. */
static int map_expand(struct conf_parser *p, const struct conf_map *map,
		      struct drafts *all)
{
	struct drafts reversed = { 0 };
	struct making making = {
		.elements.tell = element_tell,
		.p = p,
		.map = map,
		.drafts = &reversed,
	};
	size_t from = all->n;
	int err = 0;

	for (const struct conf_entry *e = map->entry; e && !err; e = e->next)
		err = bypass_ike(p, map, e->peer, all);
	if (!err)
		err = entries_expand(&making, map->entry);
	while (reversed.n && !err)
		err = draft_add(p, all, &reversed.draft[--reversed.n]);
	free(reversed.draft);
	if (!err)
		drafts_compare(p, all, from);
	return err;
}

/* Identity: the same rule in the next configuration has the same id, and keeps
 * its SAs and counters; two rules of the same id are one.
 */

static int id_input(const struct draft *draft, struct ike_writer *w)
{
	const struct conf_rule *rule = &draft->rule;
	struct ike_ts_list ends = { .n = 1 };

	ends.ts = (struct ike_ts *)&rule->local;
	ike_ts_list_emit(&ends, w);
	ends.ts = (struct ike_ts *)&rule->remote;
	ike_ts_list_emit(&ends, w);
	ike_writer_u8(w, rule->action);
	ike_writer_bytes(w, rule->device, strlen(rule->device) + 1);
	if (rule->action == CULVERT_ACTION_PROTECT) {
		const struct ike_peer_conf *ike = &draft->entry->peer->ike;

		ike_writer_u8(w, rule->mode);
		ike_writer_bytes(w, ike->remote.ip, ike->remote.len);
		ike_writer_bytes(w, ike->name, strlen(ike->name));
	}
	return w->error;
}

/* 64 bits of a hash: of 131072 rules, two are the same once in 10^9 lists. The key
 * is a label and no secret: the same rule has to get the same id after a restart
 * and a reload, or its SAs and counters in the kernel would go. Only who writes
 * the configuration chooses what is hashed, and gains nothing from ids that are
 * the same or crowd a table.
 */
static int id_make(struct draft *draft)
{
	static const char label[] = "culvert rule";
	const struct ike_bytes key = { (const uint8_t *)label,
				       sizeof(label) - 1 };
	uint8_t hash[PRF_LEN_MAX];
	struct ike_bytes input;
	struct ike_reader r;
	struct ike_writer w;
	int err;

	ike_writer_init(&w, ID_INPUT_MAX);
	err = id_input(draft, &w);
	input = ike_writer_written(&w);
	if (!err)
		err = ike_prf(ike_prf_find(IKE_PRF_HMAC_SHA2_256), key, &input,
			      1, hash);
	ike_writer_clear(&w);
	if (err)
		return err;
	ike_reader_init(&r, hash, sizeof(uint64_t));
	draft->rule.id = ike_reader_u64(&r);
	if (!draft->rule.id)
		draft->rule.id = 1;	/* 0 is none to the kernel */
	return 0;
}

/* Room for twice as many rules; NULL where there is none. */
struct seen {
	const struct draft **draft;	/* owned */
	size_t mask;
};

/* NULL: it is the first of that id. */
static const struct draft *seen_before(struct seen *seen,
				       const struct draft *draft)
{
	size_t i = draft->rule.id & seen->mask;

	while (seen->draft[i] && seen->draft[i]->rule.id != draft->rule.id)
		i = (i + 1) & seen->mask;
	if (!seen->draft[i]) {
		seen->draft[i] = draft;
		return NULL;
	}
	return seen->draft[i];
}

/* 0: it is that one. -EINVAL, told: it is another. */
static int same_rule(struct conf_parser *p, const struct draft *draft,
		     const struct draft *before)
{
	struct ike_writer a, b;
	bool same;
	int err;

	ike_writer_init(&a, ID_INPUT_MAX);
	ike_writer_init(&b, ID_INPUT_MAX);
	err = id_input(draft, &a);
	if (!err)
		err = id_input(before, &b);
	same = ike_bytes_equal(ike_writer_written(&a), ike_writer_written(&b));
	ike_writer_clear(&a);
	ike_writer_clear(&b);
	if (err || same)
		return err;
	conf_error(p, draft->ace ? &draft->ace->at : NULL,
		   "a rule of this line has the number %016llx, and by chance"
		   " another one before it has the same: change one of them a"
		   " little, such as its addresses or the name of its peer",
		   (unsigned long long)draft->rule.id);
	return -EINVAL;
}

/* A rule that stands in the list already can never match. */
static int drafts_identify(struct conf_parser *p, struct drafts *list)
{
	struct seen seen = { .mask = 1 };
	const struct draft *before;
	size_t n = 0;
	int err = 0;

	while (seen.mask < 2 * list->n)
		seen.mask = seen.mask * 2 + 1;
	seen.draft = calloc(seen.mask + 1, sizeof(*seen.draft));
	if (!seen.draft)
		return -ENOMEM;
	for (size_t i = 0; i < list->n && !err; i++) {
		list->draft[n] = list->draft[i];
		err = id_make(&list->draft[n]);
		before = err ? NULL : seen_before(&seen, &list->draft[n]);
		if (before)
			err = same_rule(p, &list->draft[n], before);
		else
			n++;
	}
	list->n = n;
	free(seen.draft);
	return err;
}

/* The engine's part. */

static void peers_fill(struct conf_store *store, struct drafts *list)
{
	struct ike_child_conf *child = store->child;
	struct ike_peer_conf *ike = store->peer;
	struct conf_name *name;

	for (size_t i = 0; i < list->n; i++) {
		if (list->draft[i].rule.action == CULVERT_ACTION_PROTECT)
			list->draft[i].entry->peer->children++;
	}
	for (name = store->peers.first; name; name = name->next, ike++) {
		struct conf_peer *peer = (struct conf_peer *)name;

		*ike = peer->ike;
		ike->child = child;
		peer->made = ike;
		child += peer->children;
	}
}

static int child_fill(struct conf_store *store, const struct draft *draft,
		      struct conf_rule *rule, unsigned int number)
{
	const struct conf_entry *entry = draft->entry;
	struct ike_peer_conf *ike = entry->peer->made;
	struct ike_child_conf *child =
		(struct ike_child_conf *)&ike->child[ike->children++];

	*child = entry->peer->child;
	child->name = conf_pool_print(&store->pool, "%s-%u", rule->acl, number);
	child->rule = rule->id;
	child->proposals = entry->esp;
	child->local = (struct ike_ts_list){ .ts = &rule->local, .n = 1 };
	child->remote = (struct ike_ts_list){ .ts = &rule->remote, .n = 1 };
	if (entry->seconds) {
		child->hard_seconds = entry->seconds;
		child->rekey_seconds = entry->seconds - entry->seconds / 10;
	}
	if (entry->octets || entry->unlimited) {
		child->hard_octets = entry->octets;
		child->rekey_octets = entry->octets - entry->octets / 10;
	}
	rule->peer = ike;
	rule->child = child;
	return child->name ? 0 : -ENOMEM;
}

/* Children of one list are numbered through, and so those of two entries with
 * one list go on counting.
 */
static int rules_fill(struct conf_store *store, const struct drafts *list)
{
	int err = 0;

	for (size_t i = 0; i < list->n && !err; i++) {
		const struct draft *draft = &list->draft[i];
		struct conf_rule *rule = &store->rule[i];

		*rule = draft->rule;
		if (rule->action == CULVERT_ACTION_PROTECT)
			err = child_fill(store, draft, rule,
					 ++draft->entry->acl->children);
	}
	return err;
}

static int conf_fill(struct conf_store *store, struct drafts *list)
{
	struct conf *conf = &store->conf;
	struct conf_name *name;

	for (name = store->peers.first; name; name = name->next)
		conf->engine.peers++;
	conf->rules = list->n;
	store->peer = conf_pool_get(&store->pool, conf->engine.peers *
				    sizeof(*store->peer));
	store->child = conf_pool_get(&store->pool, list->n *
				     sizeof(*store->child));
	store->rule = conf_pool_get(&store->pool, list->n *
				    sizeof(*store->rule));
	if (!store->peer || !store->child || !store->rule)
		return -ENOMEM;
	conf->engine.peer = store->peer;
	conf->rule = store->rule;
	peers_fill(store, list);
	return rules_fill(store, list);
}

/* The kernel has one limit for all rules. */
static void hold_fill(struct conf_parser *p)
{
	uint32_t *hold = &p->store->conf.settings.hold_packets;
	struct conf_name *name;

	for (name = p->store->maps.first; name; name = name->next) {
		struct conf_entry *entry = ((struct conf_map *)name)->entry;

		for (; entry; entry = entry->next) {
			if (*hold && entry->hold_packets &&
			    *hold != entry->hold_packets)
				conf_warn(p, &entry->hold_at, "the kernel has one limit for all rules: the highest counts");
			if (entry->hold_packets > *hold)
				*hold = entry->hold_packets;
		}
	}
}

static void settings_fill(struct conf_parser *p)
{
	struct conf_settings *settings = &p->store->conf.settings;

	hold_fill(p);
	if (!settings->hold_packets)
		settings->hold_packets = HOLD_PACKETS_DEFAULT;
	if (!settings->hold_octets)
		settings->hold_octets = HOLD_OCTETS_DEFAULT;
	if (!settings->hold_age)
		settings->hold_age = HOLD_AGE_DEFAULT;
}

/* Lists of no map are looked through for what is wrong in them. */
static int no_tell(struct conf_elements *to, const struct ike_ts *local,
		   const struct ike_ts *remote)
{
	return 0;
}

static int unused_check(struct conf_parser *p)
{
	struct conf_elements nobody = { .tell = no_tell };
	struct conf_name *name;

	for (name = p->store->acls.first; name; name = name->next) {
		const struct conf_ace *ace = ((struct conf_acl *)name)->first;

		for (; ace && !name->used; ace = ace->next) {
			if (is_end(conf_ace_expand(p, ace, &nobody)))
				return -ENOMEM;
		}
	}
	return 0;
}

static void unused_tell(struct conf_parser *p, const struct conf_names *names,
			const char *by)
{
	const struct conf_name *name;

	for (name = names->first; name; name = name->next) {
		if (!name->used)
			conf_warn(p, &name->at, "%s '%s' is in no %s",
				  names->what, name->text, by);
	}
}

int conf_rules_make(struct conf_parser *p)
{
	struct conf_store *store = p->store;
	struct drafts all = { 0 };
	struct conf_name *name;
	int err = unused_check(p);

	for (name = store->maps.first; name && !is_end(err); name = name->next)
		err = map_expand(p, (struct conf_map *)name, &all) ?: err;
	if (err != -ENOMEM && p->notes->errors)
		err = -EINVAL;
	if (!err)
		err = drafts_identify(p, &all);
	if (!err)
		err = conf_fill(store, &all);
	free(all.draft);
	if (err)
		return err;
	settings_fill(p);
	unused_tell(p, &store->groups, "access list");
	unused_tell(p, &store->acls, "crypto map");
	unused_tell(p, &store->peers, "crypto map");
	if (!store->conf.rules)
		conf_warn(p, NULL, "no crypto map has a line: nothing is protected");
	return 0;
}
