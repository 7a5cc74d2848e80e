// SPDX-License-Identifier: GPL-2.0-only
/* Crypto maps: which access list goes to which peer, on which interface, in
 * which order. What rules that makes is not known here.
 *
 *	crypto map outside_map interface eth1 {
 *	    10 match address s2svpn_to_site2  set peer site2  hold-packets 64
 *	}
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

#define PFS_DEFAULT IKE_DH_MODP_2048	/* the ASA's, of set pfs alone */
#define HOLD_PACKETS_MAX 16384		/* the kernel's, of a rule */
#define SEQUENCE_MAX 65535		/* the ASA's */

static int once(struct conf_parser *p, const struct conf_at *word,
		struct conf_at *at, const char *expected)
{
	if (at->source)
		return conf_error(p, word, "this is given already, line %u",
				  at->line);
	return conf_take_text(p, at, expected);
}

static int match_parse(struct conf_parser *p, struct conf_entry *entry,
		       const struct conf_at *word)
{
	if (!conf_take(p, "address"))
		return conf_expected(p, "address");
	return once(p, word, &entry->match, "the name of an access list");
}

static int peer_parse(struct conf_parser *p, struct conf_entry *entry,
		      const struct conf_at *word)
{
	return once(p, word, &entry->peer_at, "the name or address of a peer");
}

/* set pfs, set pfs group14, set pfs none */
static int pfs_parse(struct conf_parser *p, struct conf_entry *entry,
		     const struct conf_at *word)
{
	struct conf_at at = p->lex.at;
	uint64_t number;
	int err;

	entry->has_pfs = true;
	entry->pfs = PFS_DEFAULT;
	if (conf_take(p, "none")) {
		entry->pfs = IKE_DH_NONE;
		return 0;
	}
	if (p->lex.kind != CONF_WORD || at.len < 6 ||
	    memcmp(conf_at_text(&at).data, "group", 5))
		return 0;
	conf_lex_next(p);
	at.offset += 5;
	at.len -= 5;
	err = conf_number(p, &at, 1, UINT16_MAX, &number);
	if (!err && !ike_group_find(number))
		err = conf_error(p, &at, "there is no group %u here",
				 (unsigned int)number);
	if (!err && number == IKE_DH_MODP_1536)
		conf_warn(p, &at, "weak: 1536 bits are too few (RFC 8247)");
	entry->pfs = err ? 0 : number;
	return err;
}

static int kilobytes_parse(struct conf_parser *p, struct conf_entry *entry,
			   const struct conf_at *at)
{
	uint64_t number = 0;
	int err;

	if (conf_at_is(at, "unlimited")) {
		entry->unlimited = true;
		return 0;
	}
	err = conf_number(p, at, 10, 1ULL << 40, &number);
	entry->octets = number << 10;
	return err;
}

/* set security-association lifetime seconds 28800 kilobytes 4608000 */
static int lifetime_parse(struct conf_parser *p, struct conf_entry *entry,
			  const struct conf_at *word)
{
	struct conf_at unit, at;
	uint64_t number = 0;
	int err = 0;

	if (!conf_take(p, "lifetime"))
		return conf_expected(p, "lifetime");
	do {
		unit = p->lex.at;
		if (!conf_take(p, "seconds") && !conf_take(p, "kilobytes"))
			return conf_expected(p, "seconds or kilobytes");
		err = conf_take_text(p, &at, "a number");
		if (!err && conf_at_is(&unit, "kilobytes")) {
			err = kilobytes_parse(p, entry, &at);
		} else if (!err) {
			err = conf_number(p, &at, 120, INT32_MAX, &number);
			entry->seconds = number;
		}
	} while (!err && (conf_token_is(p, "seconds") ||
			  conf_token_is(p, "kilobytes")));
	return err;
}

static int reverse_route_parse(struct conf_parser *p, struct conf_entry *entry,
			       const struct conf_at *word)
{
	conf_warn(p, word, "no route is set: packets that a rule covers are caught where they leave");
	return 0;
}

static int suite_refused(struct conf_parser *p, struct conf_entry *entry,
			 const struct conf_at *word)
{
	conf_error(p, word, "suites belong to the peer");
	conf_hint(p, "write there: esp_proposals = aes256-sha1-modp2048");
	return -EINVAL;
}

static const struct option {
	const char *word;
	int (*parse)(struct conf_parser *p, struct conf_entry *entry,
		     const struct conf_at *word);
} set_options[] = {
	{ "peer", peer_parse },
	{ "pfs", pfs_parse },
	{ "security-association", lifetime_parse },
	{ "reverse-route", reverse_route_parse },
	{ "ikev1", suite_refused },
	{ "ikev2", suite_refused },
	{ "transform-set", suite_refused },
	{ 0 },
};

static int options_parse(struct conf_parser *p, struct conf_entry *entry,
			 const struct option *options)
{
	struct conf_at at = p->lex.at;
	struct conf_guess guess;

	if (p->lex.kind != CONF_WORD)
		return conf_expected(p, "a word of the entry");
	conf_guess_start(&guess, &at);
	for (; options->word; options++) {
		if (conf_take(p, options->word))
			return options->parse(p, entry, &at);
		conf_guess_try(&guess, options->word);
	}
	conf_error(p, &at, "unknown word '%s' in entry %u",
		   conf_quote(&at).text, entry->sequence);
	conf_guess_hint(p, &guess);
	return -EINVAL;
}

static int set_parse(struct conf_parser *p, struct conf_entry *entry,
		     const struct conf_at *word)
{
	return options_parse(p, entry, set_options);
}

static int hold_parse(struct conf_parser *p, struct conf_entry *entry,
		      const struct conf_at *word)
{
	uint64_t number = 0;
	int err = once(p, word, &entry->hold_at, "a number of packets");

	if (!err)
		err = conf_number(p, &entry->hold_at, 1, HOLD_PACKETS_MAX,
				  &number);
	entry->hold_packets = number;
	return err;
}

static const struct option entry_options[] = {
	{ "match", match_parse },
	{ "set", set_parse },
	{ "hold-packets", hold_parse },
	{ 0 },
};

const char *conf_map_word(size_t i)
{
	if (i < ARRAY_SIZE(set_options) - 1)
		return set_options[i].word;
	i -= ARRAY_SIZE(set_options) - 1;
	return i < ARRAY_SIZE(entry_options) ? entry_options[i].word : NULL;
}

static int option_parse(struct conf_parser *p, void *arg)
{
	return options_parse(p, arg, entry_options);
}

/* Lines about one entry add up. */
static struct conf_entry *entry_get(struct conf_parser *p,
				    struct conf_map *map, unsigned int sequence,
				    const struct conf_at *at)
{
	struct conf_entry **place = &map->entry;
	struct conf_entry *entry;

	while (*place && (*place)->sequence < sequence)
		place = &(*place)->next;
	if (*place && (*place)->sequence == sequence)
		return *place;
	entry = conf_pool_get(&p->store->pool, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->sequence = sequence;
	entry->at = *at;
	entry->next = *place;
	*place = entry;
	return entry;
}

static int entry_parse(struct conf_parser *p, void *arg)
{
	struct conf_entry *entry;
	struct conf_at at;
	uint64_t sequence;
	int err = conf_take_text(p, &at, "the number of an entry");

	if (!err)
		err = conf_number(p, &at, 1, SEQUENCE_MAX, &sequence);
	if (err)
		return err;
	entry = entry_get(p, arg, sequence, &at);
	if (!entry)
		return -ENOMEM;
	if (p->lex.kind == CONF_OPEN) {
		err = conf_block(p, option_parse, entry);
		return err ? err : conf_take_end(p);
	}
	while (!err && !conf_at_end(p))
		err = option_parse(p, entry);
	return err ? err : conf_take_end(p);
}

static int map_get(struct conf_parser *p, const struct conf_at *at,
		   struct conf_map **map)
{
	struct ike_bytes text = conf_at_text(at);
	struct conf_name *name;

	name = conf_names_find(&p->store->maps, (const char *)text.data,
			       text.len);
	*map = (struct conf_map *)name;
	if (*map)
		return 0;
	*map = conf_pool_get(&p->store->pool, sizeof(**map));
	if (!*map)
		return -ENOMEM;
	return conf_name_add(p, &p->store->maps, &(*map)->name, at);
}

/* On one interface the order of rules is that of one map. */
static int interface_parse(struct conf_parser *p, struct conf_map *map)
{
	const struct conf_name *name = p->store->maps.first;
	int err;

	if (map->device)
		return conf_error(p, &p->lex.at, "crypto map '%s' has an interface already, line %u",
				  map->name.text, map->device_at.line);
	err = conf_take_text(p, &map->device_at, "the name of an interface");
	if (!err)
		err = conf_name_check(p, &map->device_at);
	if (err)
		return err;
	if (conf_at_text(&map->device_at).len >= IF_NAMESIZE)
		return conf_error(p, &map->device_at, "'%s' is not the name of an interface",
				  conf_quote(&map->device_at).text);
	map->device = conf_at_copy(p, &map->device_at);
	if (!map->device)
		return -ENOMEM;
	conf_device_check(p, &map->device_at, map->device);
	for (; name; name = name->next) {
		const struct conf_map *other = (const struct conf_map *)name;

		if (other != map && other->device &&
		    !strcmp(other->device, map->device))
			return conf_error(p, &map->device_at, "interface '%s' has crypto map '%s' already, line %u",
					  map->device, name->text,
					  other->device_at.line);
	}
	return 0;
}

int conf_map_parse(struct conf_parser *p)
{
	struct conf_map *map;
	struct conf_at at;
	int err;

	if (!conf_take(p, "map"))
		return conf_expected(p, "map");
	err = conf_take_text(p, &at, "the name of the map");
	if (!err)
		err = map_get(p, &at, &map);
	if (err)
		return err;
	if (p->lex.kind != CONF_OPEN && !conf_token_is(p, "interface"))
		return entry_parse(p, map);
	if (conf_take(p, "interface"))
		err = interface_parse(p, map);
	if (err == -ENOMEM)
		return err;
	if (p->lex.kind == CONF_OPEN)
		err = conf_block(p, entry_parse, map) ?: err;
	return err ? err : conf_take_end(p);
}

void conf_map_clear(struct conf_map *map)
{
	struct conf_entry *entry;

	for (entry = map->entry; entry; entry = entry->next)
		ike_proposals_clear(&entry->esp);
}

/* By its name, or as an ASA does, by its address. */
static struct conf_peer *peer_find(struct conf_parser *p,
				   const struct conf_at *at)
{
	struct ike_bytes text = conf_at_text(at);
	struct conf_name *name = p->store->peers.first;
	char address[INET6_ADDRSTRLEN];
	struct ike_ts ts;

	if (text.len < sizeof(address) &&
	    !conf_names_find(&p->store->peers, (const char *)text.data,
			     text.len)) {
		memcpy(address, text.data, text.len);
		address[text.len] = '\0';
		for (; name && !ike_ts_parse(&ts, address); name = name->next) {
			const struct ike_address *remote =
				&((struct conf_peer *)name)->ike.remote;

			if (remote->len != ike_ts_address_len(&ts) ||
			    memcmp(remote->ip, ts.first, remote->len))
				continue;
			name->used = true;
			return (struct conf_peer *)name;
		}
	}
	return (struct conf_peer *)conf_name_get(p, &p->store->peers, at);
}

/* The peer's proposals with the groups of the entry. */
static int pfs_apply(struct conf_entry *entry)
{
	int err = ike_proposals_copy(&entry->esp,
				     &entry->peer->child.proposals);

	if (err || !entry->has_pfs)
		return err;
	ike_proposals_drop(&entry->esp, IKE_TRANSFORM_DH);
	for (size_t i = 0; i < entry->esp.n && entry->pfs; i++) {
		struct ike_proposal *proposal = &entry->esp.proposal[i];
		struct ike_transform *grown;

		grown = reallocarray(proposal->transform, proposal->n + 1,
				     sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		proposal->transform = grown;
		grown[proposal->n++] = (struct ike_transform){
			.type = IKE_TRANSFORM_DH,
			.id = entry->pfs,
		};
	}
	return 0;
}

static int entry_resolve(struct conf_parser *p, struct conf_entry *entry)
{
	if (!entry->match.source)
		conf_error(p, &entry->at, "entry %u has no match address",
			   entry->sequence);
	else
		entry->acl = (struct conf_acl *)
			conf_name_get(p, &p->store->acls, &entry->match);
	if (!entry->peer_at.source)
		conf_error(p, &entry->at, "entry %u has no set peer",
			   entry->sequence);
	else
		entry->peer = peer_find(p, &entry->peer_at);
	if (!entry->acl || !entry->peer)
		return -EINVAL;
	return pfs_apply(entry);
}

int conf_maps_resolve(struct conf_parser *p)
{
	struct conf_name *name;

	for (name = p->store->maps.first; name; name = name->next) {
		struct conf_map *map = (struct conf_map *)name;
		struct conf_entry *entry;

		if (!map->device)
			conf_error(p, &name->at, "crypto map '%s' has no interface",
				   name->text);
		for (entry = map->entry; entry; entry = entry->next) {
			if (entry_resolve(p, entry) == -ENOMEM)
				return -ENOMEM;
		}
	}
	return p->notes->errors ? -EINVAL : 0;
}
