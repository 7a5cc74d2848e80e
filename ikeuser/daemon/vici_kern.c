// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's figures for the control socket: one dump of its SAs or rules, kept
 * as it came until the answer is written, and the keys that its attributes
 * become. Knows the contract, not what a client asked for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/culvert.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract-gen.h"
#include "vici_server.h"

/* Octets of a dump that are kept: 50,000 SAs. */
#define VICI_KERN_MAX (32 * 1024 * 1024)

/* --- a dump --- */

struct dump {
	struct vici_kern *kern;
	bool (*key)(const struct nlattr *attrs, int len, uint64_t *key);
};

static void *grown(void *array, size_t need, size_t *size, size_t element)
{
	size_t more = *size ? *size : 64;
	void *result;

	if (need <= *size)
		return array;
	while (more < need)
		more *= 2;
	result = realloc(array, more * element);
	if (result)
		*size = more;
	return result;
}

static int keep(struct vici_kern *kern, uint64_t key,
		const struct nlattr *attrs, int len)
{
	struct vici_kern_entry *entry;
	uint8_t *octets;

	if (kern->len + len > VICI_KERN_MAX) {
		kern->cut = true;
		return 0;
	}
	octets = grown(kern->octets, kern->len + NLA_ALIGN(len), &kern->size,
		       1);
	if (!octets)
		return -ENOMEM;
	kern->octets = octets;
	entry = grown(kern->entry, kern->n + 1, &kern->n_size, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	kern->entry = entry;
	memcpy(octets + kern->len, attrs, len);
	entry[kern->n++] = (struct vici_kern_entry){ key, kern->len, len };
	kern->len += NLA_ALIGN(len);
	return 0;
}

static int on_answer(const struct nlattr *attrs, int len, void *arg)
{
	const struct dump *dump = arg;
	uint64_t key;

	if (!dump->key(attrs, len, &key))
		return -EBADMSG;
	return keep(dump->kern, key, attrs, len);
}

static int compare(const void *a, const void *b)
{
	const struct vici_kern_entry *left = a;
	const struct vici_kern_entry *right = b;

	return left->key < right->key ? -1 : left->key > right->key;
}

static int ask(struct vici_kern *kern, struct kern *from, uint8_t command,
	       bool (*key)(const struct nlattr *attrs, int len, uint64_t *key))
{
	struct dump dump = { kern, key };
	struct kern_error error;
	int err;

	memset(kern, 0, sizeof(*kern));
	err = kern_ask(from, kern_request(from, command, NLM_F_DUMP), on_answer,
		       &dump, &error);
	if (err) {
		vici_kern_clear(kern);
		kern->error = error;
		return err;
	}
	if (kern->n)
		qsort(kern->entry, kern->n, sizeof(*kern->entry), compare);
	return 0;
}

void vici_kern_clear(struct vici_kern *kern)
{
	free(kern->octets);
	free(kern->entry);
	memset(kern, 0, sizeof(*kern));
}

static uint64_t sa_key_of(enum ike_direction direction, uint32_t spi)
{
	return (uint64_t)(direction == IKE_IN) << 32 | spi;
}

static bool sa_key(const struct nlattr *attrs, int len, uint64_t *key)
{
	uint32_t direction;
	uint32_t spi;

	if (!kern_get_u32(attrs, len, CULVERT_A_SA_DIRECTION, &direction) ||
	    !kern_get_u32(attrs, len, CULVERT_A_SA_SPI, &spi))
		return false;
	*key = sa_key_of(direction == CULVERT_DIRECTION_IN ? IKE_IN : IKE_OUT,
			 ntohl(spi));
	return true;
}

static bool rule_key(const struct nlattr *attrs, int len, uint64_t *key)
{
	return kern_get_u64(attrs, len, CULVERT_A_RULE_ID, key);
}

int vici_kern_sas(struct vici_kern *kern, struct kern *from)
{
	return ask(kern, from, CULVERT_CMD_SA_GET, sa_key);
}

int vici_kern_rules(struct vici_kern *kern, struct kern *from)
{
	return ask(kern, from, CULVERT_CMD_RULE_GET, rule_key);
}

/* The first with that key. */
static size_t find(const struct vici_kern *kern, uint64_t key)
{
	size_t first = 0, last = kern->n;
	size_t middle;

	while (first < last) {
		middle = first + (last - first) / 2;
		if (kern->entry[middle].key < key)
			first = middle + 1;
		else
			last = middle;
	}
	return first;
}

static const struct nlattr *attrs_at(const struct vici_kern *kern, size_t i,
				     int *len)
{
	*len = kern->entry[i].len;
	return (const struct nlattr *)(kern->octets + kern->entry[i].at);
}

/* Peers may have chosen one SPI for SAs out: the rule tells them apart. */
const struct nlattr *vici_kern_sa(const struct vici_kern *kern,
				  enum ike_direction direction, uint32_t spi,
				  uint64_t rule, int *len)
{
	uint64_t key = sa_key_of(direction, spi);
	const struct nlattr *attrs;
	uint64_t id;
	size_t i;

	for (i = find(kern, key); i < kern->n && kern->entry[i].key == key;
	     i++) {
		attrs = attrs_at(kern, i, len);
		if (kern_get_u64(attrs, *len, CULVERT_A_SA_RULE_ID, &id) &&
		    id == rule)
			return attrs;
	}
	return NULL;
}

const struct nlattr *vici_kern_rule(const struct vici_kern *kern, uint64_t rule,
				    int *len)
{
	size_t i = find(kern, rule);

	return i < kern->n && kern->entry[i].key == rule ?
	       attrs_at(kern, i, len) : NULL;
}

/* --- attributes as keys --- */

enum form {
	FORM_U32,
	FORM_U64,
	FORM_SPI,
	FORM_STRING,
};

struct key {
	const char *name;
	int type;
	enum form form;
};

static void put_key(struct vici_writer *v, const struct nlattr *attrs, int len,
		    const struct key *key)
{
	const struct nlattr *attr;
	uint32_t u32;
	uint64_t u64;

	if (key->form == FORM_U64) {
		if (kern_get_u64(attrs, len, key->type, &u64))
			vici_put(v, key->name, "%" PRIu64, u64);
	} else if (key->form == FORM_STRING) {
		attr = nla_find(attrs, len, key->type);
		if (attr)
			vici_put(v, key->name, "%.*s", nla_len(attr),
				 (const char *)nla_data(attr));
	} else if (kern_get_u32(attrs, len, key->type, &u32)) {
		if (key->form == FORM_SPI)
			vici_put(v, key->name, "%08x", ntohl(u32));
		else
			vici_put(v, key->name, "%" PRIu32, u32);
	}
}

static void put_keys(struct vici_writer *v, const struct nlattr *attrs, int len,
		     const struct key *keys, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		put_key(v, attrs, len, &keys[i]);
}

#define SA(name) CULVERT_A_SA_##name
#define STATS(name) CULVERT_A_SA_STATS_##name
#define RULE(name) CULVERT_A_RULE_##name
#define SETTINGS(name) CULVERT_A_SETTINGS_##name

static const struct key sa_keys[] = {
	{ "age-ms", SA(AGE), FORM_U64 },
	{ "used-ms", SA(USED), FORM_U64 },
	{ "packets", SA(PACKETS), FORM_U64 },
	{ "octets", SA(OCTETS), FORM_U64 },
	{ "sequence", SA(SEQUENCE), FORM_U64 },
	{ "replay-window", SA(REPLAY_WINDOW), FORM_U32 },
	{ "path-mtu", SA(PATH_MTU), FORM_U32 },
	{ "path-mtu-age", SA(PATH_MTU_AGE), FORM_U32 },
	{ "media-mtu", SA(MEDIA_MTU), FORM_U32 },
	{ "inner-mtu", SA(INNER_MTU), FORM_U32 },
	{ "overhead-before", SA(OVERHEAD_BEFORE), FORM_U32 },
	{ "overhead-after", SA(OVERHEAD_AFTER), FORM_U32 },
	{ "block", SA(BLOCK), FORM_U32 },
	{ "iv-length", SA(IV_LENGTH), FORM_U32 },
	{ "icv-length", SA(ICV_LENGTH), FORM_U32 },
	{ "soft-seconds", SA(SOFT_SECONDS), FORM_U64 },
	{ "hard-seconds", SA(HARD_SECONDS), FORM_U64 },
	{ "soft-octets", SA(SOFT_OCTETS), FORM_U64 },
	{ "hard-octets", SA(HARD_OCTETS), FORM_U64 },
	{ "idle-seconds", SA(IDLE_SECONDS), FORM_U64 },
	{ "driver", SA(DRIVER), FORM_STRING },
};

static const struct key stats_keys[] = {
	{ "encaps", STATS(ENCAPS), FORM_U64 },
	{ "encrypts", STATS(ENCRYPTS), FORM_U64 },
	{ "digests", STATS(DIGESTS), FORM_U64 },
	{ "decaps", STATS(DECAPS), FORM_U64 },
	{ "decrypts", STATS(DECRYPTS), FORM_U64 },
	{ "verifies", STATS(VERIFIES), FORM_U64 },
	{ "pre-frag-successes", STATS(PRE_FRAG_SUCCESSES), FORM_U64 },
	{ "pre-frag-failures", STATS(PRE_FRAG_FAILURES), FORM_U64 },
	{ "fragments-created", STATS(FRAGMENTS_CREATED), FORM_U64 },
	{ "pmtus-sent", STATS(PMTUS_SENT), FORM_U64 },
	{ "pmtus-rcvd", STATS(PMTUS_RCVD), FORM_U64 },
	{ "fragments-in", STATS(FRAGMENTS_IN), FORM_U64 },
	{ "tfc-sent", STATS(TFC_SENT), FORM_U64 },
	{ "tfc-rcvd", STATS(TFC_RCVD), FORM_U64 },
	{ "icmp-errors-valid", STATS(ICMP_ERRORS_VALID), FORM_U64 },
	{ "icmp-errors-invalid", STATS(ICMP_ERRORS_INVALID), FORM_U64 },
	{ "mss-clamped", STATS(MSS_CLAMPED), FORM_U64 },
	{ "send-errors", STATS(SEND_ERRORS), FORM_U64 },
	{ "recv-errors", STATS(RECV_ERRORS), FORM_U64 },
};

/* What a rule counts, which a client may let begin at 0. */
static const struct {
	const char *name;
	int type;
} rule_counts[] = {
	{ "packets", RULE(PACKETS) },
	{ "flows", RULE(FLOWS) },
};

static const struct key rule_keys[] = {
	{ "used-ms", RULE(USED), FORM_U64 },
	{ "out-spi", RULE(OUT_SPI), FORM_SPI },
	{ "held-packets", RULE(HELD_PACKETS), FORM_U32 },
	{ "held-octets", RULE(HELD_OCTETS), FORM_U32 },
	{ "acquires", RULE(ACQUIRES), FORM_U32 },
};

static const struct key settings_keys[] = {
	{ "held-packets", SETTINGS(HELD_PACKETS), FORM_U32 },
	{ "held-octets", SETTINGS(HELD_OCTETS), FORM_U32 },
	{ "rules", SETTINGS(RULES), FORM_U32 },
	{ "sas", SETTINGS(SAS), FORM_U32 },
	{ "rules-max", SETTINGS(RULES_MAX), FORM_U32 },
	{ "sas-max", SETTINGS(SAS_MAX), FORM_U32 },
	{ "generation", SETTINGS(GENERATION), FORM_U32 },
};

/* One nest for each reason. A module that is newer has reasons without a word
 * here.
 */
static void put_drops(struct vici_writer *v, const struct nlattr *stats)
{
	const struct nlattr *drop;
	uint64_t packets;
	uint32_t reason;
	int left;

	vici_section(v, "drops");
	nla_for_each_nested(drop, stats, left) {
		if (nla_type(drop) != STATS(DROP) ||
		    !kern_get_u32(nla_data(drop), nla_len(drop),
				  CULVERT_A_DROP_REASON, &reason) ||
		    !kern_get_u64(nla_data(drop), nla_len(drop),
				  CULVERT_A_DROP_PACKETS, &packets))
			continue;
		if (reason < contract_counter.n_words)
			vici_put(v, contract_counter.words[reason],
				 "%" PRIu64, packets);
	}
	vici_end(v);
}

static void put_bitmap(struct vici_writer *v, const struct nlattr *bitmap)
{
	uint32_t word;
	int at;

	vici_list(v, "replay-bitmap");
	for (at = 0; at + (int)sizeof(word) <= nla_len(bitmap);
	     at += sizeof(word)) {
		memcpy(&word, (const uint8_t *)nla_data(bitmap) + at,
		       sizeof(word));
		vici_item(v, "%08" PRIx32, word);
	}
	vici_end(v);
}

void vici_kern_put_sa(struct vici_writer *v, const struct nlattr *attrs,
		      int len)
{
	const struct nlattr *stats = nla_find(attrs, len, SA(STATS));
	const struct nlattr *bitmap = nla_find(attrs, len, SA(REPLAY_BITMAP));

	put_keys(v, attrs, len, sa_keys, ARRAY_SIZE(sa_keys));
	if (stats) {
		put_keys(v, nla_data(stats), nla_len(stats), stats_keys,
			 ARRAY_SIZE(stats_keys));
		put_drops(v, stats);
	}
	if (bitmap)
		put_bitmap(v, bitmap);
}

/* 0 of what was not counted then. */
static uint64_t count_at(const struct vici_kern *zero, uint64_t rule, int type)
{
	uint64_t count;
	int len;
	const struct nlattr *attrs = vici_kern_rule(zero, rule, &len);

	return attrs && kern_get_u64(attrs, len, type, &count) ? count : 0;
}

bool vici_kern_began_again(const struct vici_kern *rules,
			   const struct vici_kern *zero)
{
	const struct nlattr *attrs;
	uint64_t packets;
	size_t i;
	int len;

	for (i = 0; zero->n && i < rules->n; i++) {
		attrs = attrs_at(rules, i, &len);
		if (kern_get_u64(attrs, len, RULE(PACKETS), &packets) &&
		    packets < count_at(zero, rules->entry[i].key,
				       RULE(PACKETS)))
			return true;
	}
	return false;
}

void vici_kern_put_rule(struct vici_writer *v, const struct nlattr *attrs,
			int len, const struct vici_kern *zero)
{
	uint64_t rule = 0, count;
	size_t i;

	rule_key(attrs, len, &rule);
	for (i = 0; i < ARRAY_SIZE(rule_counts); i++)
		if (kern_get_u64(attrs, len, rule_counts[i].type, &count))
			vici_put(v, rule_counts[i].name, "%" PRIu64,
				 count - count_at(zero, rule,
						  rule_counts[i].type));
	put_keys(v, attrs, len, rule_keys, ARRAY_SIZE(rule_keys));
}

static int on_settings(const struct nlattr *attrs, int len, void *arg)
{
	put_keys(arg, attrs, len, settings_keys, ARRAY_SIZE(settings_keys));
	return 0;
}

int vici_kern_put_settings(struct vici_writer *v, struct kern *from,
			   struct kern_error *error)
{
	return kern_ask(from, kern_request(from, CULVERT_CMD_SETTINGS_GET, 0),
			on_settings, v, error);
}
