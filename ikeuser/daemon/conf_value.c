// SPDX-License-Identifier: GPL-2.0-only
/* Values: numbers with units, words of a few, addresses, proposals. Which key
 * takes which is not known here.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

#define ADDRESS_TEXT_MAX 100	/* two IPv6 addresses and a dash */

/* Digits only: no sign, no other base. -ERANGE: more than 64 bits. */
static int digits_parse(struct ike_bytes text, uint64_t *number)
{
	*number = 0;
	if (!text.len)
		return -EINVAL;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -EINVAL;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, text.data[i] - '0', number))
			return -ERANGE;
	}
	return 0;
}

int conf_number(struct conf_parser *p, const struct conf_at *at, uint64_t min,
		uint64_t max, uint64_t *number)
{
	int err = digits_parse(conf_at_text(at), number);

	if (err == -EINVAL)
		return conf_error(p, at, "'%s' is not a number",
				  conf_quote(at).text);
	if (err || *number < min || *number > max)
		return conf_error(p, at, "'%s' is not between %" PRIu64
				  " and %" PRIu64, conf_quote(at).text, min,
				  max);
	return 0;
}

struct unit {
	char letter;
	uint64_t factor;
};

/* A number and perhaps one letter of units, which end with a 0. */
static int units_parse(struct conf_parser *p, const struct conf_at *at,
		       const struct unit *units, const char *expected,
		       uint64_t *number)
{
	struct ike_bytes text = conf_at_text(at);
	uint64_t factor = 1;
	int err;

	for (; units->letter && text.len; units++) {
		if (text.data[text.len - 1] != units->letter)
			continue;
		factor = units->factor;
		text.len--;
		break;
	}
	err = digits_parse(text, number);
	if (!err && __builtin_mul_overflow(*number, factor, number))
		err = -ERANGE;
	if (err == -ERANGE)
		return conf_error(p, at, "'%s' is too much",
				  conf_quote(at).text);
	if (!err)
		return 0;
	err = conf_error(p, at, "'%s' is not %s", conf_quote(at).text,
			 expected);
	return err;
}

int conf_duration(struct conf_parser *p, const struct conf_at *at,
		  uint64_t max, uint64_t *seconds)
{
	static const struct unit units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 0 },
	};
	int err = units_parse(p, at, units, "a time such as 90s, 30m, 24h or 7d",
			      seconds);

	if (!err && *seconds > max)
		err = conf_error(p, at, "'%s' is more than %" PRIu64 " seconds",
				 conf_quote(at).text, max);
	return err;
}

int conf_octets(struct conf_parser *p, const struct conf_at *at,
		uint64_t *octets)
{
	static const struct unit units[] = {
		{ 'K', 1ULL << 10 }, { 'M', 1ULL << 20 }, { 'G', 1ULL << 30 },
		{ 'T', 1ULL << 40 }, { 0 },
	};

	return units_parse(p, at, units,
			   "a number of octets such as 4500000000, 4500M or 4G",
			   octets);
}

int conf_choice(struct conf_parser *p, const struct conf_at *at,
		const struct conf_word *words, int *value)
{
	char list[200];
	struct conf_guess guess;
	struct ike_text t;

	ike_text_init(&t, list, sizeof(list));
	conf_guess_start(&guess, at);
	for (; words->word; words++) {
		if (conf_at_is(at, words->word)) {
			*value = words->value;
			return 0;
		}
		conf_guess_try(&guess, words->word);
		ike_text_add(&t, "%s%s", t.len ? ", " : "", words->word);
	}
	conf_error(p, at, "'%s' is none of: %s", conf_quote(at).text, list);
	conf_guess_hint(p, &guess);
	return -EINVAL;
}

int conf_flag(struct conf_parser *p, const struct conf_at *at, bool *flag)
{
	static const struct conf_word words[] = {
		{ "yes", 1 }, { "no", 0 }, { 0 },
	};
	int value = 0;
	int err = conf_choice(p, at, words, &value);

	*flag = value;
	return err;
}

/* Addresses. */

static int terminated(const struct conf_at *at, char *text, size_t size)
{
	struct ike_bytes bytes = conf_at_text(at);

	if (bytes.len >= size || memchr(bytes.data, '\0', bytes.len))
		return -EINVAL;
	memcpy(text, bytes.data, bytes.len);
	text[bytes.len] = '\0';
	return 0;
}

static int not_an_address(struct conf_parser *p, const struct conf_at *at)
{
	struct ike_bytes text = conf_at_text(at);

	conf_error(p, at, "'%s' is not an address or network",
		   conf_quote(at).text);
	if (text.len && *text.data > 'f')
		conf_hint(p, "names are not looked up: write the address");
	else
		conf_hint(p, "expected one such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::1");
	return -EINVAL;
}

int conf_address(struct conf_parser *p, const struct conf_at *at,
		 struct ike_ts *ts)
{
	char text[ADDRESS_TEXT_MAX];

	if (terminated(at, text, sizeof(text)) ||
	    strpbrk(text, "/-[") || ike_ts_parse(ts, text))
		return not_an_address(p, at);
	return 0;
}

/* What is left of an address when bits behind the prefix are cleared. */
static void prefix_hint(struct conf_parser *p, const struct ike_ts *ts,
			unsigned int prefix)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t address[16] = { 0 };

	for (unsigned int i = 0; i < prefix; i++)
		address[i / 8] |= ts->first[i / 8] & (0x80 >> i % 8);
	inet_ntop(ts->type == IKE_TS_IPV4_ADDR_RANGE ? AF_INET : AF_INET6,
		  address, text, sizeof(text));
	conf_hint(p, "did you mean %s/%u?", text, prefix);
}

/* Bits are set behind the prefix; the address alone was fine. */
static bool host_bits_note(struct conf_parser *p, const struct conf_at *at,
			   char *text)
{
	char *slash = strchr(text, '/');
	struct ike_ts ts;
	uint64_t prefix;

	if (!slash)
		return false;
	*slash++ = '\0';
	if (ike_ts_parse(&ts, text) ||
	    digits_parse((struct ike_bytes){ (uint8_t *)slash, strlen(slash) },
			 &prefix))
		return false;
	if (prefix > 8 * ike_ts_address_len(&ts)) {
		conf_error(p, at, "a prefix has no more than %zu bits",
			   8 * ike_ts_address_len(&ts));
		return true;
	}
	conf_error(p, at, "'%s' has bits set behind its prefix",
		   conf_quote(at).text);
	prefix_hint(p, &ts, prefix);
	return true;
}

/* ASA: the mask of an address follows it. 255.255.255.0, not the wildcard
 * 0.0.0.255 of IOS.
 */
static int mask_parse(struct conf_parser *p, const struct conf_at *at,
		      struct ike_ts *ts)
{
	struct conf_at mask_at = p->lex.at;
	struct ike_ts mask;
	uint32_t bits, address;
	unsigned int prefix;
	int err;

	conf_lex_next(p);
	err = conf_address(p, &mask_at, &mask);
	if (err)
		return err;
	memcpy(&bits, mask.first, sizeof(bits));
	memcpy(&address, ts->first, sizeof(address));
	bits = ntohl(bits);
	address = ntohl(address);
	prefix = __builtin_popcount(bits);
	if (bits && ~bits & (~bits + 1)) {
		conf_error(p, &mask_at, "'%s' is not a mask",
			   conf_quote(&mask_at).text);
		if (!(bits & (bits + 1)))
			conf_hint(p, "a wildcard of IOS? an ASA writes the mask, such as 255.255.255.0");
		return -EINVAL;
	}
	if (address & ~bits) {
		conf_error(p, at, "'%s' has bits set behind its mask",
			   conf_quote(at).text);
		prefix_hint(p, ts, prefix);
		return -EINVAL;
	}
	address = htonl(address | ~bits);
	memcpy(ts->last, &address, sizeof(address));
	return 0;
}

static bool looks_like_mask(const struct conf_parser *p)
{
	struct ike_bytes text = conf_at_text(&p->lex.at);

	return p->lex.kind == CONF_WORD && memchr(text.data, '.', text.len) &&
	       !memchr(text.data, '/', text.len) &&
	       text.data[0] >= '0' && text.data[0] <= '9';
}

int conf_network(struct conf_parser *p, struct ike_ts *ts)
{
	char text[ADDRESS_TEXT_MAX];
	struct conf_at at;
	int err;

	err = conf_take_text(p, &at, "an address or network");
	if (err)
		return err;
	if (terminated(&at, text, sizeof(text)) || strchr(text, '['))
		return not_an_address(p, &at);
	if (ike_ts_parse(ts, text))
		return host_bits_note(p, &at, text) ? -EINVAL :
						      not_an_address(p, &at);
	if (ts->type == IKE_TS_IPV4_ADDR_RANGE && !strpbrk(text, "/-") &&
	    looks_like_mask(p))
		return mask_parse(p, &at, ts);
	return 0;
}

struct ike_ts conf_all(uint8_t type)
{
	struct ike_ts ts = { .type = type, .port_last = UINT16_MAX };

	memset(ts.last, 0xff, ike_ts_address_len(&ts));
	return ts;
}

/* Proposals. */

#define PROPOSAL_TEXT_MAX 1024

static void proposal_hint(struct conf_parser *p, const struct conf_at *word,
			  uint8_t protocol)
{
	struct conf_guess guess;
	const char *candidate;

	conf_guess_start(&guess, word);
	for (size_t i = 0; (candidate = ike_proposal_word(i, protocol)); i++)
		conf_guess_try(&guess, candidate);
	conf_guess_hint(p, &guess);
	if (!guess.best)
		conf_hint(p, "expected words such as aes256gcm16, aes256, sha256, prfsha256, x25519, modp2048");
}

/* The core says which word it was, in quotes: that is what is marked. */
static void proposal_error(struct conf_parser *p, const struct conf_at *at,
			   uint8_t protocol, const char *error)
{
	struct ike_bytes text = conf_at_text(at);
	const char *quote = *error == '"' ? strchr(error + 1, '"') : NULL;
	struct conf_at word = *at;
	const char *found;

	if (quote && quote > error + 1) {
		word.len = quote - error - 1;
		found = memmem(text.data, text.len, error + 1, word.len);
		if (found)
			word.offset = found - at->source->text;
		else
			word.len = at->len;
	}
	conf_error(p, &word, "%s", error);
	if (strstr(error, "no algorithm"))
		proposal_hint(p, &word, protocol);
}

static int proposal_add(struct conf_parser *p, const struct conf_at *at,
			uint8_t protocol, struct ike_proposals *list)
{
	char text[PROPOSAL_TEXT_MAX], weak_text[200], error_text[200];
	struct ike_proposals one = { 0 };
	struct ike_text weak, error;
	struct ike_proposal *grown;
	int err;

	ike_text_init(&weak, weak_text, sizeof(weak_text));
	ike_text_init(&error, error_text, sizeof(error_text));
	if (terminated(at, text, sizeof(text)))
		return conf_error(p, at, "the proposal is too long");
	err = ike_proposals_parse_text(&one, protocol, text, &weak, &error);
	if (err == -EINVAL)
		proposal_error(p, at, protocol, error_text);
	if (err)
		return err;
	if (weak.len)
		conf_warn(p, at, "weak: %s", weak_text);
	if (list->n + one.n > PROPOSALS_MAX) {
		ike_proposals_clear(&one);
		return conf_error(p, at, "more than %u proposals",
				  PROPOSALS_MAX);
	}
	grown = reallocarray(list->proposal, list->n + one.n, sizeof(*grown));
	if (!grown) {
		ike_proposals_clear(&one);
		return -ENOMEM;
	}
	list->proposal = grown;
	for (size_t i = 0; i < one.n; i++) {
		grown[list->n] = one.proposal[i];
		grown[list->n].number = list->n + 1;
		list->n++;
	}
	free(one.proposal);
	return 0;
}

int conf_proposals(struct conf_parser *p, uint8_t protocol,
		   struct ike_proposals *list)
{
	struct conf_at at;
	int err;

	do {
		err = conf_take_text(p, &at, "a proposal such as aes256gcm16-prfsha256-x25519");
		if (!err)
			err = proposal_add(p, &at, protocol, list);
		conf_take_kind(p, CONF_COMMA);
	} while (!err && !conf_at_end(p));
	return err;
}
