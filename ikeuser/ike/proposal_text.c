// SPDX-License-Identifier: GPL-2.0-only
/* Proposals as words: strongSwan's proposal strings, read from a configuration
 * and printed. The table of words is also what culvert negotiates at all.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "proposal.h"

/* Protocols a word may stand for, as bits. */
#define FOR_IKE (1 << IKE_PROTOCOL_IKE)
#define FOR_ESP (1 << IKE_PROTOCOL_ESP)
#define FOR_BOTH (FOR_IKE | FOR_ESP)

struct word {
	const char *word;
	uint8_t type;
	uint16_t id;
	uint16_t bits;
	uint8_t protocols;
	const char *weak;	/* why an operator is warned; NULL: is not */
};

#define WEAK_SHA1 "SHA-1 is to be replaced (RFC 8247, RFC 8221)"
#define WEAK_ICV "a shorter ICV is easier to forge"
#define WEAK_NULL "what it protects is not encrypted"

#define ENCR(word, id, bits, protocols, weak) \
	{ word, IKE_TRANSFORM_ENCR, IKE_ENCR_##id, bits, protocols, weak }
#define INTEG(word, id, weak) \
	{ word, IKE_TRANSFORM_INTEG, IKE_INTEG_##id, 0, FOR_BOTH, weak }
#define PRF(word, id, weak) \
	{ word, IKE_TRANSFORM_PRF, IKE_PRF_##id, 0, FOR_BOTH, weak }
#define DH(word, id, weak) \
	{ word, IKE_TRANSFORM_DH, IKE_DH_##id, 0, FOR_BOTH, weak }
#define ESN(word, id) \
	{ word, IKE_TRANSFORM_ESN, IKE_ESN_##id, 0, FOR_ESP, NULL }

/* The first word of several for the same is the one that is printed. */
static const struct word words[] = {
	ENCR("aes128", AES_CBC, 128, FOR_BOTH, NULL),
	ENCR("aes", AES_CBC, 128, FOR_BOTH, NULL),
	ENCR("aes192", AES_CBC, 192, FOR_BOTH, NULL),
	ENCR("aes256", AES_CBC, 256, FOR_BOTH, NULL),
	ENCR("aes128gcm16", AES_GCM_16, 128, FOR_BOTH, NULL),
	ENCR("aes128gcm128", AES_GCM_16, 128, FOR_BOTH, NULL),
	ENCR("aes128gcm", AES_GCM_16, 128, FOR_BOTH, NULL),
	ENCR("aes192gcm16", AES_GCM_16, 192, FOR_BOTH, NULL),
	ENCR("aes192gcm128", AES_GCM_16, 192, FOR_BOTH, NULL),
	ENCR("aes192gcm", AES_GCM_16, 192, FOR_BOTH, NULL),
	ENCR("aes256gcm16", AES_GCM_16, 256, FOR_BOTH, NULL),
	ENCR("aes256gcm128", AES_GCM_16, 256, FOR_BOTH, NULL),
	ENCR("aes256gcm", AES_GCM_16, 256, FOR_BOTH, NULL),
	ENCR("aes128gcm12", AES_GCM_12, 128, FOR_BOTH, WEAK_ICV),
	ENCR("aes128gcm96", AES_GCM_12, 128, FOR_BOTH, WEAK_ICV),
	ENCR("aes192gcm12", AES_GCM_12, 192, FOR_BOTH, WEAK_ICV),
	ENCR("aes192gcm96", AES_GCM_12, 192, FOR_BOTH, WEAK_ICV),
	ENCR("aes256gcm12", AES_GCM_12, 256, FOR_BOTH, WEAK_ICV),
	ENCR("aes256gcm96", AES_GCM_12, 256, FOR_BOTH, WEAK_ICV),
	ENCR("aes128gcm8", AES_GCM_8, 128, FOR_BOTH, WEAK_ICV),
	ENCR("aes128gcm64", AES_GCM_8, 128, FOR_BOTH, WEAK_ICV),
	ENCR("aes192gcm8", AES_GCM_8, 192, FOR_BOTH, WEAK_ICV),
	ENCR("aes192gcm64", AES_GCM_8, 192, FOR_BOTH, WEAK_ICV),
	ENCR("aes256gcm8", AES_GCM_8, 256, FOR_BOTH, WEAK_ICV),
	ENCR("aes256gcm64", AES_GCM_8, 256, FOR_BOTH, WEAK_ICV),
	ENCR("chacha20poly1305", CHACHA20_POLY1305, 0, FOR_BOTH, NULL),
	ENCR("aes128gmac", NULL_AUTH_AES_GMAC, 128, FOR_ESP, WEAK_NULL),
	ENCR("aes192gmac", NULL_AUTH_AES_GMAC, 192, FOR_ESP, WEAK_NULL),
	ENCR("aes256gmac", NULL_AUTH_AES_GMAC, 256, FOR_ESP, WEAK_NULL),
	ENCR("null", NULL, 0, FOR_ESP, WEAK_NULL),
	INTEG("sha256", HMAC_SHA2_256_128, NULL),
	INTEG("sha2_256", HMAC_SHA2_256_128, NULL),
	INTEG("sha384", HMAC_SHA2_384_192, NULL),
	INTEG("sha2_384", HMAC_SHA2_384_192, NULL),
	INTEG("sha512", HMAC_SHA2_512_256, NULL),
	INTEG("sha2_512", HMAC_SHA2_512_256, NULL),
	INTEG("sha1", HMAC_SHA1_96, WEAK_SHA1),
	INTEG("sha", HMAC_SHA1_96, WEAK_SHA1),
	PRF("prfsha256", HMAC_SHA2_256, NULL),
	PRF("prfsha384", HMAC_SHA2_384, NULL),
	PRF("prfsha512", HMAC_SHA2_512, NULL),
	PRF("prfsha1", HMAC_SHA1, WEAK_SHA1),
	DH("modp2048", MODP_2048, NULL),
	DH("modp3072", MODP_3072, NULL),
	DH("modp4096", MODP_4096, NULL),
	DH("modp8192", MODP_8192, NULL),
	DH("ecp256", ECP_256, NULL),
	DH("ecp384", ECP_384, NULL),
	DH("ecp521", ECP_521, NULL),
	DH("x25519", CURVE25519, NULL),
	DH("curve25519", CURVE25519, NULL),
	DH("modp1536", MODP_1536, "1536 bits are too few (RFC 8247)"),
	DH("none", NONE, NULL),
	DH("modpnone", NONE, NULL),
	ESN("noesn", NONE),
	ESN("esn", ESN),
};

#define WORDS (sizeof(words) / sizeof(words[0]))

/* What is proposed when nothing is configured: first with an AEAD, then
 * without, and nothing weak. x25519 comes first, since it costs least and most
 * peers take it.
 */
#define DEFAULT_GROUPS \
	"-x25519-ecp256-ecp384-ecp521-modp3072-modp4096-modp8192-modp2048"
#define DEFAULT_AEADS "aes256gcm16-aes192gcm16-aes128gcm16-chacha20poly1305"
#define DEFAULT_OTHERS "aes256-aes192-aes128-sha256-sha384-sha512"
#define DEFAULT_PRFS "-prfsha256-prfsha384-prfsha512"
#define DEFAULT_IKE \
	DEFAULT_AEADS DEFAULT_PRFS DEFAULT_GROUPS "," \
	DEFAULT_OTHERS DEFAULT_PRFS DEFAULT_GROUPS
#define DEFAULT_ESP DEFAULT_AEADS "," DEFAULT_OTHERS

/* A piece of the text that is parsed. */
struct piece {
	const char *text;
	size_t len;
};

/* Cuts the next piece off text, up to the separator or the end, without the
 * blanks around it; NULL at text->text: that was the last one.
 */
static struct piece piece_next(struct piece *text, char separator)
{
	const char *end = memchr(text->text, separator, text->len);
	struct piece piece = *text;

	if (end) {
		piece.len = end - text->text;
		text->text += piece.len + 1;
		text->len -= piece.len + 1;
	} else {
		text->text = NULL;
	}
	while (piece.len && piece.text[0] == ' ') {
		piece.text++;
		piece.len--;
	}
	while (piece.len && piece.text[piece.len - 1] == ' ')
		piece.len--;
	return piece;
}

static bool piece_is(const struct piece *piece, const char *text)
{
	return strlen(text) == piece->len &&
	       !memcmp(text, piece->text, piece->len);
}

const char *ike_proposal_word(size_t i, uint8_t protocol)
{
	if (i >= WORDS)
		return NULL;
	return words[i].protocols & 1 << protocol ? words[i].word : "";
}

/* What a proposal is made of while it is read. */
struct recipe {
	struct ike_proposal *proposal;
	struct ike_text *weak;
	struct ike_text *error;
};

static bool proposal_has(const struct ike_proposal *proposal, uint8_t type)
{
	for (size_t i = 0; i < proposal->n; i++) {
		if (proposal->transform[i].type == type)
			return true;
	}
	return false;
}

/* Each transform once. */
static int transform_add(struct ike_proposal *proposal, uint8_t type,
			 uint16_t id, uint16_t bits)
{
	struct ike_transform *grown;

	for (size_t i = 0; i < proposal->n; i++) {
		const struct ike_transform *transform =
			&proposal->transform[i];

		if (transform->type == type && transform->id == id &&
		    transform->bits == bits)
			return 0;
	}
	grown = reallocarray(proposal->transform, proposal->n + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	proposal->transform = grown;
	grown[proposal->n++] = (struct ike_transform){
		.type = type,
		.id = id,
		.bits = bits,
	};
	return 0;
}

static int refuse(const struct recipe *recipe, const char *why)
{
	ike_text_add(recipe->error, "%s", why);
	return -EINVAL;
}

static int word_parse(const struct recipe *recipe, const struct piece *piece)
{
	uint8_t protocol = recipe->proposal->protocol;

	for (size_t i = 0; i < WORDS; i++) {
		const struct word *word = &words[i];

		if (!piece_is(piece, word->word))
			continue;
		if (!(word->protocols & 1 << protocol)) {
			ike_text_add(recipe->error, "\"%s\" is not for %s",
				     word->word, ike_protocol_name(protocol));
			return -EINVAL;
		}
		if (word->weak)
			ike_text_add(recipe->weak, "%s%s: %s",
				     recipe->weak->len ? ", " : "", word->word,
				     word->weak);
		return transform_add(recipe->proposal, word->type, word->id,
				     word->bits);
	}
	ike_text_add(recipe->error, "\"");
	ike_text_escape(recipe->error,
			(struct ike_bytes){ (const uint8_t *)piece->text,
					    piece->len });
	ike_text_add(recipe->error, "\" is no algorithm that is known");
	return -EINVAL;
}

/* The PRF that goes with an integrity algorithm, when none is named. */
static const struct {
	uint16_t integ;
	uint16_t prf;
} integ_prfs[] = {
	{ IKE_INTEG_HMAC_SHA1_96, IKE_PRF_HMAC_SHA1 },
	{ IKE_INTEG_HMAC_SHA2_256_128, IKE_PRF_HMAC_SHA2_256 },
	{ IKE_INTEG_HMAC_SHA2_384_192, IKE_PRF_HMAC_SHA2_384 },
	{ IKE_INTEG_HMAC_SHA2_512_256, IKE_PRF_HMAC_SHA2_512 },
};

static int prfs_derive(struct ike_proposal *proposal)
{
	size_t n = proposal->n;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		size_t row = 0;

		if (proposal->transform[i].type != IKE_TRANSFORM_INTEG)
			continue;
		while (integ_prfs[row].integ != proposal->transform[i].id)
			row++;
		err = transform_add(proposal, IKE_TRANSFORM_PRF,
				    integ_prfs[row].prf, 0);
	}
	return err;
}

/* Number of the ciphers, and of those that are AEADs. */
static size_t ciphers_count(const struct ike_proposal *proposal,
			    size_t *aeads)
{
	size_t n = 0;

	*aeads = 0;
	for (size_t i = 0; i < proposal->n; i++) {
		const struct ike_transform *transform =
			&proposal->transform[i];

		if (transform->type != IKE_TRANSFORM_ENCR)
			continue;
		n++;
		if (ike_encr_find(transform->id)->icv_len)
			++*aeads;
	}
	return n;
}

static void transforms_drop(struct ike_proposal *proposal, uint8_t type)
{
	struct ike_proposals one = { .proposal = proposal, .n = 1 };

	ike_proposals_drop(&one, type);
}

/* RFC 7296 3.3: an AEAD has no integrity algorithm, and stands in a proposal of
 * its own; every other cipher has one (RFC 4303 3.2.1, RFC 7296 5).
 */
static int ciphers_check(const struct recipe *recipe)
{
	struct ike_proposal *proposal = recipe->proposal;
	size_t ciphers, aeads;

	ciphers = ciphers_count(proposal, &aeads);
	if (!ciphers)
		return refuse(recipe, "no encryption algorithm");
	if (aeads && aeads < ciphers)
		return refuse(recipe, "algorithms with and without their own "
				      "integrity in one proposal");
	if (aeads)
		transforms_drop(proposal, IKE_TRANSFORM_INTEG);
	else if (!proposal_has(proposal, IKE_TRANSFORM_INTEG))
		return refuse(recipe, "no integrity algorithm");
	return 0;
}

static int ike_finish(const struct recipe *recipe)
{
	struct ike_proposal *proposal = recipe->proposal;
	const struct ike_proposals one = { .proposal = proposal, .n = 1 };
	int err = 0;

	if (!proposal_has(proposal, IKE_TRANSFORM_PRF))
		err = prfs_derive(proposal);
	if (!err)
		err = ciphers_check(recipe);
	if (err)
		return err;
	if (!proposal_has(proposal, IKE_TRANSFORM_PRF))
		return refuse(recipe, "no pseudorandom function");
	if (!proposal_has(proposal, IKE_TRANSFORM_DH))
		return refuse(recipe, "no Diffie-Hellman group");
	if (ike_proposals_have_group(&one, IKE_DH_NONE))
		return refuse(recipe, "IKE needs a Diffie-Hellman group");
	return 0;
}

/* A PRF in it is one too many, but harmless: one string may serve for both. */
static int esp_finish(const struct recipe *recipe)
{
	struct ike_proposal *proposal = recipe->proposal;
	int err = ciphers_check(recipe);

	if (err)
		return err;
	transforms_drop(proposal, IKE_TRANSFORM_PRF);
	if (proposal_has(proposal, IKE_TRANSFORM_ESN))
		return 0;
	return transform_add(proposal, IKE_TRANSFORM_ESN, IKE_ESN_NONE, 0);
}

static int proposal_parse(const struct recipe *recipe, struct piece text)
{
	int err = 0;

	while (text.text && !err) {
		struct piece piece = piece_next(&text, '-');

		err = word_parse(recipe, &piece);
	}
	if (err)
		return err;
	if (recipe->proposal->protocol == IKE_PROTOCOL_IKE)
		return ike_finish(recipe);
	return esp_finish(recipe);
}

static int list_parse(struct ike_proposals *list, uint8_t protocol,
		      struct piece text, struct recipe *recipe)
{
	const char *standard = protocol == IKE_PROTOCOL_IKE ? DEFAULT_IKE :
							      DEFAULT_ESP;
	int err = 0;

	while (text.text && !err) {
		struct piece piece = piece_next(&text, ',');
		struct ike_proposal *grown;

		if (piece_is(&piece, "default")) {
			piece = (struct piece){ standard, strlen(standard) };
			err = list_parse(list, protocol, piece, recipe);
			continue;
		}
		if (list->n == PROPOSALS_MAX)
			return refuse(recipe, "too many proposals");
		grown = reallocarray(list->proposal, list->n + 1,
				     sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->proposal = grown;
		recipe->proposal = &grown[list->n++];
		*recipe->proposal = (struct ike_proposal){
			.number = list->n,
			.protocol = protocol,
		};
		err = proposal_parse(recipe, piece);
	}
	return err;
}

int ike_proposals_parse_text(struct ike_proposals *list, uint8_t protocol,
			     const char *text, struct ike_text *weak,
			     struct ike_text *error)
{
	struct recipe recipe = { .weak = weak, .error = error };
	int err;

	*list = (struct ike_proposals){ 0 };
	err = list_parse(list, protocol, (struct piece){ text, strlen(text) },
			 &recipe);
	if (err)
		ike_proposals_clear(list);
	return err;
}

/* Out again. */

void ike_transform_print(const struct ike_transform *transform,
			 struct ike_text *t)
{
	for (size_t i = 0; i < WORDS && !transform->unknown; i++) {
		const struct word *word = &words[i];

		if (word->type == transform->type &&
		    word->id == transform->id &&
		    word->bits == transform->bits) {
			ike_text_add(t, "%s", word->word);
			return;
		}
	}
	ike_text_name(t, ike_transform_type_name(transform->type),
		      transform->type);
	ike_text_add(t, "_");
	ike_text_name(t, ike_transform_name(transform->type, transform->id),
		      transform->id);
	if (transform->bits)
		ike_text_add(t, "_%u", transform->bits);
}

/* Sequence numbers of 32 bits go without saying. */
static bool goes_without_saying(const struct ike_transform *transform,
				const struct ike_proposal *proposal)
{
	if (transform->type != IKE_TRANSFORM_ESN || transform->id)
		return false;
	for (size_t i = 0; i < proposal->n; i++) {
		if (proposal->transform[i].type == IKE_TRANSFORM_ESN &&
		    proposal->transform[i].id)
			return false;
	}
	return true;
}

/* As operators write them; what is none of these comes last. */
static const uint8_t print_order[] = {
	IKE_TRANSFORM_ENCR, IKE_TRANSFORM_INTEG, IKE_TRANSFORM_PRF,
	IKE_TRANSFORM_DH,   IKE_TRANSFORM_ESN,
};

static bool type_is_in_order(uint8_t type, size_t place)
{
	if (place < sizeof(print_order))
		return type == print_order[place];
	return !memchr(print_order, type, sizeof(print_order));
}

void ike_proposal_print(const struct ike_proposal *proposal,
			struct ike_text *t)
{
	const char *before = "";

	for (size_t i = 0; i <= sizeof(print_order); i++) {
		for (size_t j = 0; j < proposal->n && !t->cut; j++) {
			const struct ike_transform *transform =
				&proposal->transform[j];

			if (!type_is_in_order(transform->type, i) ||
			    goes_without_saying(transform, proposal))
				continue;
			ike_text_add(t, "%s", before);
			ike_transform_print(transform, t);
			before = "-";
		}
	}
}

void ike_proposals_print(const struct ike_proposals *list, struct ike_text *t)
{
	for (size_t i = 0; i < list->n && !t->cut; i++) {
		ike_text_add(t, "%s", i ? ", " : "");
		ike_proposal_print(&list->proposal[i], t);
	}
}

void ike_chosen_print(const struct ike_chosen *chosen, struct ike_text *t)
{
	struct ike_transform copy[IKE_TRANSFORM_ESN];
	const struct ike_proposal proposal = {
		.transform = copy,
		.n = chosen->n,
	};

	memcpy(copy, chosen->transform, sizeof(copy));
	ike_proposal_print(&proposal, t);
}

static void transforms_print(const struct ike_proposal *proposal,
			     uint8_t type, struct ike_text *t)
{
	const char *before = "";

	for (size_t i = 0; i < proposal->n && !t->cut; i++) {
		if (proposal->transform[i].type != type)
			continue;
		ike_text_add(t, "%s", before);
		ike_transform_print(&proposal->transform[i], t);
		before = "-";
	}
	if (!*before)
		ike_text_add(t, "nothing");
}

void ike_difference_print(const struct ike_difference *difference,
			  struct ike_text *t)
{
	const char *before = "";

	for (uint8_t type = IKE_TRANSFORM_ENCR; type <= IKE_TRANSFORM_ESN;
	     type++) {
		if (!(difference->types & 1 << type))
			continue;
		ike_text_add(t, "%s%s: theirs ", before,
			     ike_transform_type_name(type));
		transforms_print(difference->theirs, type, t);
		ike_text_add(t, ", ours ");
		transforms_print(difference->ours, type, t);
		before = "; ";
	}
	if (!difference->theirs)
		ike_text_add(t, "no proposal that could be compared");
}
