// SPDX-License-Identifier: GPL-2.0-only
/* Peers: who they are, how they prove it, what is agreed on with them. Which
 * traffic goes to them is said elsewhere. The keys are strongSwan's.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "conf_parse.h"

/* What is proposed where nothing is said: what costs least and is not weak
 * comes first. Child SAs have groups of their own (PFS).
 */
#define DEFAULT_IKE \
	"aes256gcm16-aes128gcm16-chacha20poly1305-prfsha384-prfsha256-" \
	"x25519-ecp256-ecp384-modp3072"
#define DEFAULT_ESP \
	"aes256gcm16-aes128gcm16-chacha20poly1305-x25519-ecp256-ecp384-modp3072"

#define DEFAULT_IKE_LIFETIME 86400
#define DEFAULT_ESP_LIFETIME 28800
#define DEFAULT_DPD 30
#define DEFAULT_IDLE 1800

#define SECONDS_MAX (365 * 86400)	/* no key is used for years */

struct key {
	const char *word;
	int (*parse)(struct conf_parser *p, struct conf_peer *peer,
		     const struct key *key);
	size_t offset;			/* of what it sets, in the peer */
	int number;			/* means what parse says */
	const struct conf_word *words;
};

static void *target(struct conf_peer *peer, const struct key *key)
{
	return (char *)peer + key->offset;
}

static void address_set(struct ike_address *address, const struct ike_ts *ts)
{
	address->len = ike_ts_address_len(ts);
	memcpy(address->ip, ts->first, address->len);
	address->port = IKE_PORT;
}

/* number: whether it is ours. */
static int address_key(struct conf_parser *p, struct conf_peer *peer,
		       const struct key *key)
{
	struct ike_address *address = target(peer, key);
	struct conf_at at;
	struct ike_ts ts;
	int err = conf_take_text(p, &at, "an address");

	if (!err && !conf_at_is(&at, "%any")) {
		err = conf_address(p, &at, &ts);
		if (!err)
			address_set(address, &ts);
		if (!err && key->number)
			conf_address_check(p, &at, address);
	}
	if (!err && !conf_at_end(p)) {
		err = conf_error(p, &p->lex.at, "one address, no more");
		conf_hint(p, "another peer has another address");
	}
	return err;
}

static int id_key(struct conf_parser *p, struct conf_peer *peer,
		  const struct key *key)
{
	struct conf_at at;
	char *text;
	int err = conf_take_text(p, &at, "an identity");

	if (err)
		return err;
	text = conf_at_copy(p, &at);
	if (!text)
		return -ENOMEM;
	err = ike_id_parse(target(peer, key), text);
	if (err == -EINVAL) {
		conf_error(p, &at, "'%s' is not an identity",
			   conf_quote(&at).text);
		conf_hint(p, "expected an address, a host name, user@domain, a DN in quotes or keyid:TEXT");
	}
	return err;
}

static int secret_parse(struct conf_parser *p, const struct conf_at *word,
			struct ike_secret *secret)
{
	if (secret->data)
		return conf_error(p, word, "this secret is given already");
	return conf_secret(p, secret);
}

/* No word is repeated in a note: it may be a secret in the wrong place. */
static int auth_key(struct conf_parser *p, struct conf_peer *peer,
		    const struct key *key)
{
	int err = 0;

	if (!conf_take(p, "psk"))
		return conf_expected(p, "psk");
	while (!conf_at_end(p) && !err) {
		struct conf_at at = p->lex.at;

		if (conf_take(p, "local_secret")) {
			err = secret_parse(p, &at, &peer->local_psk);
		} else if (conf_take(p, "remote_secret")) {
			err = secret_parse(p, &at, &peer->remote_psk);
		} else if (conf_take(p, "secret")) {
			err = secret_parse(p, &at, &peer->local_psk);
			if (!err && peer->remote_psk.data)
				err = conf_error(p, &at, "this secret is given already");
			if (!err)
				err = ike_secret_set(&peer->remote_psk,
						     peer->local_psk.data,
						     peer->local_psk.len);
		} else {
			err = conf_expected(p, "secret, local_secret or remote_secret");
		}
	}
	return err;
}

static int proposals_key(struct conf_parser *p, struct conf_peer *peer,
			 const struct key *key)
{
	return conf_proposals(p, key->number, target(peer, key));
}

static int duration_key(struct conf_parser *p, struct conf_peer *peer,
			const struct key *key)
{
	struct conf_at at;
	uint64_t seconds = 0;
	int err = conf_take_text(p, &at, "a time such as 24h");

	if (!err)
		err = conf_duration(p, &at, SECONDS_MAX, &seconds);
	*(uint32_t *)target(peer, key) = seconds;
	return err;
}

static int octets_key(struct conf_parser *p, struct conf_peer *peer,
		      const struct key *key)
{
	struct conf_at at;
	int err = conf_take_text(p, &at, "a number of octets");

	return err ? err : conf_octets(p, &at, target(peer, key));
}

/* number: what "yes" sets the flag to. */
static int flag_key(struct conf_parser *p, struct conf_peer *peer,
		    const struct key *key)
{
	struct conf_at at;
	bool flag = false;
	int err = conf_take_text(p, &at, "yes or no");

	if (!err)
		err = conf_flag(p, &at, &flag);
	*(bool *)target(peer, key) = flag == key->number;
	return err;
}

/* An enum, or a number that is as wide. */
static int choice_key(struct conf_parser *p, struct conf_peer *peer,
		      const struct key *key)
{
	struct conf_at at;
	int value = 0;
	int err = conf_take_text(p, &at, key->words->word);

	if (!err)
		err = conf_choice(p, &at, key->words, &value);
	*(unsigned int *)target(peer, key) = value;
	return err;
}

/* Sets some bits; number: all that it may set. */
static int bits_key(struct conf_parser *p, struct conf_peer *peer,
		    const struct key *key)
{
	uint32_t *bits = target(peer, key);
	struct conf_at at;
	int value = 0;
	int err = conf_take_text(p, &at, key->words->word);

	if (!err)
		err = conf_choice(p, &at, key->words, &value);
	*bits = (*bits & ~key->number) | value;
	return err;
}

static int number_key(struct conf_parser *p, struct conf_peer *peer,
		      const struct key *key)
{
	struct conf_at at;
	uint64_t number = 0;
	int err = conf_take_text(p, &at, "a number");

	if (!err)
		err = conf_number(p, &at, 0, UINT32_MAX, &number);
	*(uint32_t *)target(peer, key) = number;
	return err;
}

static const struct conf_word modes[] = {
	{ "tunnel", CULVERT_MODE_TUNNEL },
	{ "transport", CULVERT_MODE_TRANSPORT },
	{ 0 },
};
static const struct conf_word starts[] = {
	{ "trap", CONF_START_TRAP }, { "start", CONF_START_NOW }, { 0 },
};
static const struct conf_word dfs[] = {
	{ "yes", CULVERT_DF_COPY },
	{ "no", CULVERT_DF_CLEAR },
	{ "set", CULVERT_DF_SET },
	{ 0 },
};
static const struct conf_word dscps[] = {
	{ "out", 0 },
	{ "in", CULVERT_RULE_FLAG_NO_DSCP_COPY | CULVERT_RULE_FLAG_DECAP_DSCP },
	{ "yes", CULVERT_RULE_FLAG_DECAP_DSCP },
	{ "no", CULVERT_RULE_FLAG_NO_DSCP_COPY },
	{ 0 },
};
static const struct conf_word clamps[] = {
	{ "yes", CULVERT_RULE_FLAG_MSS_CLAMP }, { "no", 0 }, { 0 },
};
static const struct conf_word prefers[] = {
	{ "yes", IKE_PREFER_OURS }, { "no", IKE_PREFER_THEIRS }, { 0 },
};

#define OF(member) offsetof(struct conf_peer, member)

static const struct key keys[] = {
	{ "local_addrs", address_key, OF(ike.local), true },
	{ "remote_addrs", address_key, OF(ike.remote) },
	{ "local_id", id_key, OF(ike.local_id) },
	{ "remote_id", id_key, OF(ike.remote_id) },
	{ "auth", auth_key },
	{ "proposals", proposals_key, OF(ike.proposals), IKE_PROTOCOL_IKE },
	{ "esp_proposals", proposals_key, OF(child.proposals),
	  IKE_PROTOCOL_ESP },
	{ "ike_lifetime", duration_key, OF(ike.hard_seconds) },
	{ "rekey_time", duration_key, OF(ike.rekey_seconds) },
	{ "dpd_delay", duration_key, OF(ike.liveness_seconds) },
	{ "esp_lifetime", duration_key, OF(child.hard_seconds) },
	{ "esp_rekey_time", duration_key, OF(child.rekey_seconds) },
	{ "esp_life_bytes", octets_key, OF(child.hard_octets) },
	{ "esp_rekey_bytes", octets_key, OF(child.rekey_octets) },
	{ "idle_timeout", duration_key, OF(child.idle_seconds) },
	{ "start_action", choice_key, OF(start), 0, starts },
	{ "mode", choice_key, OF(mode), 0, modes },
	{ "copy_df", choice_key, OF(df), 0, dfs },
	{ "copy_dscp", bits_key, OF(flags),
	  CULVERT_RULE_FLAG_NO_DSCP_COPY | CULVERT_RULE_FLAG_DECAP_DSCP,
	  dscps },
	{ "mss_clamp", bits_key, OF(flags), CULVERT_RULE_FLAG_MSS_CLAMP,
	  clamps },
	{ "set_mark_in", number_key, OF(mark) },
	{ "fragmentation", flag_key, OF(ike.no_fragments), false },
	{ "initial_contact", flag_key, OF(ike.no_initial_contact), false },
	{ "prefer_configured_proposals", choice_key, OF(ike.prefer), 0,
	  prefers },
	{ "prove_pfs", flag_key, OF(ike.prove_pfs), true },
	{ "non_first_fragments", flag_key, OF(child.non_first_fragments),
	  true },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

const char *conf_peer_word(size_t i)
{
	return i < KEYS ? keys[i].word : NULL;
}

static int key_unknown(struct conf_parser *p, const struct conf_peer *peer)
{
	struct conf_guess guess;
	int err = conf_error(p, &p->lex.at, "unknown key '%s' in peer '%s'",
			     conf_quote(&p->lex.at).text, peer->name.text);

	conf_guess_start(&guess, &p->lex.at);
	for (size_t i = 0; i < KEYS; i++)
		conf_guess_try(&guess, keys[i].word);
	conf_guess_hint(p, &guess);
	return err;
}

static bool peer_has(const struct conf_peer *peer, const char *word)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (!strcmp(keys[i].word, word))
			return peer->seen >> i & 1;
	}
	return false;
}

static int key_parse(struct conf_parser *p, void *arg)
{
	struct conf_peer *peer = arg;
	struct conf_at at = p->lex.at;
	size_t i = 0;
	int err;

	if (p->lex.kind != CONF_WORD)
		return conf_expected(p, "a key");
	while (i < KEYS && !conf_token_is(p, keys[i].word))
		i++;
	if (i == KEYS)
		return key_unknown(p, peer);
	conf_lex_next(p);
	if (peer->seen >> i & 1)
		return conf_error(p, &at, "'%s' stands twice in peer '%s'",
				  keys[i].word, peer->name.text);
	peer->seen |= 1ULL << i;
	conf_take_kind(p, CONF_EQUALS);
	err = keys[i].parse(p, peer, &keys[i]);
	return err ? err : conf_take_end(p);
}

/* Defaults, and what does not go together. */

static int id_of_address(struct ike_id *id, const struct ike_address *address)
{
	const struct ike_id named = {
		.type = address->len == 4 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV6_ADDR,
		.data = { address->ip, address->len },
	};

	return ike_id_copy(id, &named);
}

static int ids_finish(struct conf_parser *p, struct conf_peer *peer)
{
	struct ike_peer_conf *ike = &peer->ike;
	const struct conf_at *at = &peer->name.at;
	int err = 0;

	if (peer_has(peer, "local_id") && !ike->local_id.type)
		return conf_error(p, at, "local_id of peer '%s' is one identity, not any",
				  peer->name.text);
	if (!ike->local_id.type && !ike->local.len)
		err = conf_error(p, at, "peer '%s' needs local_id or local_addrs",
				 peer->name.text);
	else if (!ike->local_id.type)
		err = id_of_address(&ike->local_id, &ike->local);
	if (err == -ENOMEM || peer_has(peer, "remote_id"))
		return err;
	if (!ike->remote.len)
		return conf_error(p, at, "peer '%s' needs remote_id or remote_addrs",
				  peer->name.text);
	return id_of_address(&ike->remote_id, &ike->remote) ?: err;
}

static int addresses_check(struct conf_parser *p, struct conf_peer *peer)
{
	const struct ike_address *local = &peer->ike.local;
	const struct ike_address *remote = &peer->ike.remote;

	if (!local->len && !remote->len)
		return conf_error(p, &peer->name.at, "peer '%s' needs local_addrs, or a remote_addrs that is not %%any",
				  peer->name.text);
	if (local->len && remote->len && local->len != remote->len)
		return conf_error(p, &peer->name.at, "the addresses of peer '%s' are of two families",
				  peer->name.text);
	return 0;
}

/* A tenth before the end, when nothing is said. */
static int lifetime_finish(struct conf_parser *p, struct conf_peer *peer,
			   const char *key, uint32_t hard, uint32_t *rekey)
{
	if (!peer_has(peer, key)) {
		*rekey = hard - hard / 10;
		return 0;
	}
	if (!hard || *rekey < hard)
		return 0;
	return conf_error(p, &peer->name.at, "peer '%s': %s is not before the lifetime ends, %" PRIu32 "s",
			  peer->name.text, key, hard);
}

static int lifetimes_finish(struct conf_parser *p, struct conf_peer *peer)
{
	struct ike_child_conf *child = &peer->child;
	int err;

	err = lifetime_finish(p, peer, "rekey_time", peer->ike.hard_seconds,
			      &peer->ike.rekey_seconds) |
	      lifetime_finish(p, peer, "esp_rekey_time", child->hard_seconds,
			      &child->rekey_seconds);
	if (!peer_has(peer, "esp_rekey_bytes"))
		child->rekey_octets = child->hard_octets -
				      child->hard_octets / 10;
	else if (child->hard_octets && child->rekey_octets >= child->hard_octets)
		err = conf_error(p, &peer->name.at, "peer '%s': esp_rekey_bytes is not below esp_life_bytes",
				 peer->name.text);
	return err ? -EINVAL : 0;
}

static int proposals_finish(struct conf_peer *peer)
{
	char weak_text[8], error_text[8];
	struct ike_text weak, error;
	int err = 0;

	ike_text_init(&weak, weak_text, sizeof(weak_text));
	ike_text_init(&error, error_text, sizeof(error_text));
	if (!peer->ike.proposals.n)
		err = ike_proposals_parse_text(&peer->ike.proposals,
					       IKE_PROTOCOL_IKE, DEFAULT_IKE,
					       &weak, &error);
	if (!err && !peer->child.proposals.n)
		err = ike_proposals_parse_text(&peer->child.proposals,
					       IKE_PROTOCOL_ESP, DEFAULT_ESP,
					       &weak, &error);
	return err;
}

static int secrets_finish(struct conf_parser *p, struct conf_peer *peer)
{
	if (!peer->local_psk.data || !peer->remote_psk.data) {
		conf_error(p, &peer->name.at, "peer '%s' needs secrets for both directions",
			   peer->name.text);
		conf_hint(p, "auth psk secret file \"/path\"");
		return -EINVAL;
	}
	peer->ike.local_psk = ike_secret_bytes(&peer->local_psk);
	peer->ike.remote_psk = ike_secret_bytes(&peer->remote_psk);
	return 0;
}

static int peer_finish(struct conf_parser *p, struct conf_peer *peer)
{
	int err = 0, one;

	peer->ike.name = peer->name.text;
	peer->child.transport = peer->mode == CULVERT_MODE_TRANSPORT;
	one = proposals_finish(peer);
	if (one)
		return one;
	one = ids_finish(p, peer);
	if (one == -ENOMEM)
		return one;
	err |= one | addresses_check(p, peer) | lifetimes_finish(p, peer);
	err |= secrets_finish(p, peer);
	return err ? -EINVAL : 0;
}

int conf_peer_parse(struct conf_parser *p)
{
	struct conf_peer *peer = conf_pool_get(&p->store->pool, sizeof(*peer));
	size_t errors = p->notes->errors;
	struct conf_at at;
	int err = conf_take_text(p, &at, "the name of the peer");

	if (!peer)
		return -ENOMEM;
	peer->ike.hard_seconds = DEFAULT_IKE_LIFETIME;
	peer->ike.liveness_seconds = DEFAULT_DPD;
	peer->child.hard_seconds = DEFAULT_ESP_LIFETIME;
	peer->child.idle_seconds = DEFAULT_IDLE;
	if (!err)
		err = conf_name_add(p, &p->store->peers, &peer->name, &at);
	if (!err)
		err = conf_block(p, key_parse, peer);
	if (!err && p->notes->errors == errors)
		err = peer_finish(p, peer);
	return err ? err : conf_take_end(p);
}

void conf_peer_clear(struct conf_peer *peer)
{
	ike_secret_clear(&peer->local_psk);
	ike_secret_clear(&peer->remote_psk);
	ike_id_clear(&peer->ike.local_id);
	ike_id_clear(&peer->ike.remote_id);
	ike_proposals_clear(&peer->ike.proposals);
	ike_proposals_clear(&peer->child.proposals);
}
