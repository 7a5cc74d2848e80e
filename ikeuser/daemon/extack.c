// SPDX-License-Identifier: GPL-2.0-only
/* Extended acknowledgements. Knows bytes, not sockets. */

#include <errno.h>
#include <linux/genetlink.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "contract-gen.h"
#include "extack.h"
#include "log.h"

#define REQUEST_BODY (NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct genlmsghdr)))
#define PATH_MAX_LENGTH 128

/* What stands between two points of a message. */
struct span {
	const uint8_t *at;
	size_t left;
};

/* An attribute that was found whole. */
struct attr {
	uint16_t type;			/* without its flags */
	bool nested;
	struct span payload;
};

struct extack {
	char words[EXTACK_SENTENCE_MAX / 2];
	char bad_attr[PATH_MAX_LENGTH];
	char missing_attr[PATH_MAX_LENGTH];
	bool has_range;
	uint64_t min;
	uint64_t max;
};

static bool next_attr(struct span *span, struct attr *attr)
{
	struct nlattr nla;
	size_t whole;

	if (span->left < sizeof(nla))
		return false;
	memcpy(&nla, span->at, sizeof(nla));
	if (nla.nla_len < sizeof(nla) || nla.nla_len > span->left)
		return false;

	attr->type = nla.nla_type & NLA_TYPE_MASK;
	attr->nested = nla.nla_type & NLA_F_NESTED;
	attr->payload.at = span->at + NLA_HDRLEN;
	attr->payload.left = nla.nla_len - NLA_HDRLEN;

	whole = NLA_ALIGN(nla.nla_len);
	if (whole > span->left)
		whole = span->left;
	span->at += whole;
	span->left -= whole;
	return true;
}

/* An unsigned number of 4 or 8 octets, as the kernel writes them here. */
static bool get_number(const struct attr *attr, uint64_t *number)
{
	uint32_t word;

	if (attr->payload.left == sizeof(*number)) {
		memcpy(number, attr->payload.at, sizeof(*number));
		return true;
	}
	if (attr->payload.left != sizeof(word))
		return false;
	memcpy(&word, attr->payload.at, sizeof(word));
	*number = word;
	return true;
}

static void get_words(const struct attr *attr, char *words, size_t size)
{
	size_t len = strnlen((const char *)attr->payload.at,
			     attr->payload.left);

	if (len >= size)
		len = size - 1;
	memcpy(words, attr->payload.at, len);
	words[len] = '\0';
}

static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

static void append_name(char *path, const struct contract_set *set,
			uint64_t type)
{
	const char *dot = *path ? "." : "";

	if (set && type < set->n_attrs && set->attrs[type].name)
		append(path, PATH_MAX_LENGTH, "%s%s", dot,
		       set->attrs[type].name);
	else
		append(path, PATH_MAX_LENGTH, "%snumber %llu", dot,
		       (unsigned long long)type);
}

static const struct contract_set *nested_set(const struct contract_set *set,
					     uint16_t type)
{
	return set && type < set->n_attrs ? set->attrs[type].nested : NULL;
}

static struct span request_attrs(const struct nlmsghdr *request)
{
	struct span span = { .at = (const uint8_t *)request + REQUEST_BODY };

	if (request->nlmsg_len > REQUEST_BODY)
		span.left = request->nlmsg_len - REQUEST_BODY;
	return span;
}

static const struct contract_op *request_op(const struct nlmsghdr *request)
{
	static const struct contract_op unknown = { .name = NULL };
	struct genlmsghdr ghdr;

	if (request->nlmsg_len < NLMSG_HDRLEN + sizeof(ghdr))
		return &unknown;
	memcpy(&ghdr, (const uint8_t *)request + NLMSG_HDRLEN, sizeof(ghdr));
	return ghdr.cmd < contract_n_ops ? &contract_ops[ghdr.cmd] : &unknown;
}

/* Writes the names from the request's outermost attribute to the one that
 * begins offset octets into it. Returns the set of what is inside that one.
 */
static const struct contract_set *path_to(const struct nlmsghdr *request,
					  uint64_t offset, char *path)
{
	const struct contract_set *set = request_op(request)->set;
	struct span span = request_attrs(request);
	const uint8_t *wanted;
	struct attr attr;

	if (offset < REQUEST_BODY || offset >= request->nlmsg_len)
		return NULL;
	wanted = (const uint8_t *)request + offset;
	for (;;) {
		const uint8_t *start = span.at;

		if (wanted < start || !next_attr(&span, &attr))
			return NULL;
		if (wanted >= span.at)
			continue;

		append_name(path, set, attr.type);
		set = nested_set(set, attr.type);
		if (wanted == start || !attr.nested)
			return set;
		span = attr.payload;
	}
}

static void read_policy(struct span span, struct extack *extack)
{
	bool has_min = false;
	bool has_max = false;
	struct attr attr;

	while (next_attr(&span, &attr)) {
		if (attr.type == NL_POLICY_TYPE_ATTR_MIN_VALUE_U)
			has_min = get_number(&attr, &extack->min);
		else if (attr.type == NL_POLICY_TYPE_ATTR_MAX_VALUE_U)
			has_max = get_number(&attr, &extack->max);
	}
	extack->has_range = has_min && has_max;
}

static void read_tlvs(struct span tlvs, const struct nlmsghdr *request,
		      struct extack *extack)
{
	const struct contract_set *nest = request_op(request)->set;
	bool misses = false;
	uint64_t missing;
	struct attr attr;
	uint64_t offset;

	while (next_attr(&tlvs, &attr)) {
		switch (attr.type) {
		case NLMSGERR_ATTR_MSG:
			get_words(&attr, extack->words, sizeof(extack->words));
			break;
		case NLMSGERR_ATTR_OFFS:
			if (get_number(&attr, &offset))
				path_to(request, offset, extack->bad_attr);
			break;
		case NLMSGERR_ATTR_MISS_NEST:
			if (get_number(&attr, &offset))
				nest = path_to(request, offset,
					       extack->missing_attr);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			misses = get_number(&attr, &missing);
			break;
		case NLMSGERR_ATTR_POLICY:
			read_policy(attr.payload, extack);
			break;
		}
	}
	if (misses)
		append_name(extack->missing_attr, nest, missing);
}

static void tell(const struct extack *extack, const char *op, int error,
		 char *sentence)
{
	const size_t size = EXTACK_SENTENCE_MAX;

	*sentence = '\0';
	append(sentence, size, "%s: %s", op ?: "unknown operation",
	       *extack->words ? extack->words : strerror(error));
	if (*extack->bad_attr)
		append(sentence, size, ", attribute '%s'", extack->bad_attr);
	if (*extack->missing_attr)
		append(sentence, size, ", attribute '%s' is missing",
		       extack->missing_attr);
	if (extack->has_range)
		append(sentence, size, ", allowed is %llu to %llu",
		       (unsigned long long)extack->min,
		       (unsigned long long)extack->max);
	if (*extack->words)
		append(sentence, size, " (%s)", strerror(error));
	log_sanitize(sentence);
}

/* The TLVs stand behind the echo of the request: all of it, or its header
 * alone if the kernel capped it.
 */
static bool skip_echo(const struct nlmsghdr *answer, struct span *span)
{
	struct nlmsghdr echo;
	size_t len;

	if (span->left < sizeof(echo))
		return false;
	memcpy(&echo, span->at, sizeof(echo));
	len = answer->nlmsg_flags & NLM_F_CAPPED ? sizeof(echo)
						 : echo.nlmsg_len;
	len = NLMSG_ALIGN(len);
	if (len < sizeof(echo) || len > span->left)
		return false;
	span->at += len;
	span->left -= len;
	return true;
}

int extack_read(const struct nlmsghdr *answer, size_t len,
		const struct nlmsghdr *request, char *sentence)
{
	const char *op = request_op(request)->name;
	struct extack extack = {};
	struct span span;
	int32_t error;

	if (len < NLMSG_HDRLEN + sizeof(error) || answer->nlmsg_len > len ||
	    answer->nlmsg_len < NLMSG_HDRLEN + sizeof(error))
		goto unreadable;

	span.at = (const uint8_t *)answer + NLMSG_HDRLEN;
	span.left = answer->nlmsg_len - NLMSG_HDRLEN;
	memcpy(&error, span.at, sizeof(error));
	span.at += sizeof(error);
	span.left -= sizeof(error);
	if (error == 0)
		return 0;
	if (error > 0 || error < -4095)
		goto unreadable;

	if (answer->nlmsg_type == NLMSG_ERROR && !skip_echo(answer, &span))
		goto unreadable;
	if (answer->nlmsg_flags & NLM_F_ACK_TLVS)
		read_tlvs(span, request, &extack);
	tell(&extack, op, -error, sentence);
	return error;

unreadable:
	snprintf(sentence, EXTACK_SENTENCE_MAX,
		 "%s: the kernel's answer of %zu octets makes no sense",
		 op ?: "unknown operation", len);
	return -EBADMSG;
}
