// SPDX-License-Identifier: GPL-2.0-only
/* Objects and object-groups, in Cisco's words: networks, services, protocols
 * and ICMP types under a name. Groups hold groups; what is in them in the end
 * is listed here, which rules that makes is not known.
 *
 *	object-group network SITE1 { 192.168.100.0/24 192.168.200.0/24 }
 *
 *	object-group network SITE1
 *	 network-object 192.168.100.0 255.255.255.0
 *	 group-object SITE1-OLD
 */

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

/* In one group, groups in it counted out: more than any rule list takes. */
#define MEMBERS_MAX 65536

static struct conf_member *member_add(struct conf_parser *p,
				      struct conf_group *group,
				      const struct conf_at *at)
{
	struct conf_member *member = conf_pool_get(&p->store->pool,
						   sizeof(*member));

	if (!member)
		return NULL;
	member->at = *at;
	*group->last = member;
	group->last = &member->next;
	return member;
}

static int network_add(struct conf_parser *p, struct conf_group *group,
		       const struct conf_at *at, const struct ike_ts *ts)
{
	struct conf_member *member = member_add(p, group, at);

	if (!member)
		return -ENOMEM;
	member->network = *ts;
	return 0;
}

static int service_add(struct conf_parser *p, struct conf_group *group,
		       const struct conf_at *at,
		       const struct conf_service *service)
{
	struct conf_member *member = member_add(p, group, at);

	if (!member)
		return -ENOMEM;
	member->service = *service;
	return 0;
}

static int ref_parse(struct conf_parser *p, struct conf_group *group,
		     const struct conf_at *word)
{
	struct conf_member *member;
	struct conf_at at;
	int err = conf_take_text(p, &at, "the name of an object or group");

	if (err)
		return err;
	member = member_add(p, group, &at);
	if (!member)
		return -ENOMEM;
	member->is_ref = true;
	return 0;
}

static int host_parse(struct conf_parser *p, struct conf_group *group,
		      const struct conf_at *word)
{
	struct conf_at at;
	struct ike_ts ts;
	int err = conf_take_text(p, &at, "an address");

	if (!err)
		err = conf_address(p, &at, &ts);
	return err ? err : network_add(p, group, &at, &ts);
}

static int subnet_parse(struct conf_parser *p, struct conf_group *group,
			const struct conf_at *word)
{
	struct conf_at at = p->lex.at;
	struct ike_ts ts;
	int err = conf_network(p, &ts);

	return err ? err : network_add(p, group, &at, &ts);
}

static int range_parse(struct conf_parser *p, struct conf_group *group,
		       const struct conf_at *word)
{
	struct conf_at first_at, last_at;
	struct ike_ts ts, last;
	int err = conf_take_text(p, &first_at, "an address");

	if (!err)
		err = conf_address(p, &first_at, &ts);
	if (!err)
		err = conf_take_text(p, &last_at, "the last address");
	if (!err)
		err = conf_address(p, &last_at, &last);
	if (err)
		return err;
	if (ts.type != last.type ||
	    memcmp(ts.first, last.last, sizeof(ts.first)) > 0)
		return conf_error(p, &last_at, "the range ends before it starts");
	memcpy(ts.last, last.last, sizeof(ts.last));
	return network_add(p, group, &first_at, &ts);
}

/* network-object host A, object N, or a network. */
static int network_object_parse(struct conf_parser *p,
				struct conf_group *group,
				const struct conf_at *word)
{
	if (conf_take(p, "host"))
		return host_parse(p, group, word);
	if (conf_take(p, "object"))
		return ref_parse(p, group, word);
	return subnet_parse(p, group, word);
}

static int description_parse(struct conf_parser *p, struct conf_group *group,
			     const struct conf_at *word)
{
	conf_lex_skip_line(p);
	return 0;
}

static int fqdn_parse(struct conf_parser *p, struct conf_group *group,
		      const struct conf_at *word)
{
	conf_error(p, word, "names are not looked up");
	conf_hint(p, "write addresses: a policy must not depend on who answers for a name");
	return -EINVAL;
}

static int nat_parse(struct conf_parser *p, struct conf_group *group,
		     const struct conf_at *word)
{
	conf_error(p, word, "culvert does not translate addresses");
	conf_hint(p, "remove the line; nftables translates, and leaves what is protected alone");
	return -EINVAL;
}

/* Services. */

static int range_of_ports(struct conf_parser *p, struct conf_span *span)
{
	struct conf_at first, last;
	int err = conf_take_text(p, &first, "a port");

	if (!err)
		err = conf_port(p, &first, &span->first);
	if (!err)
		err = conf_take_text(p, &last, "the last port");
	if (!err)
		err = conf_port(p, &last, &span->last);
	if (!err && span->first > span->last)
		err = conf_error(p, &last, "the range ends before it starts");
	return err;
}

/* lt 0 and gt 65535 are no port at all. */
static int compare_ports(struct conf_parser *p, const struct conf_at *op,
			 const struct conf_at *at, uint16_t port,
			 struct conf_span span[2], size_t *n)
{
	bool below = conf_at_is(op, "lt") || conf_at_is(op, "neq");
	bool above = conf_at_is(op, "gt") || conf_at_is(op, "neq");

	if (conf_at_is(op, "eq"))
		span[(*n)++] = (struct conf_span){ port, port };
	if (below && port)
		span[(*n)++] = (struct conf_span){ 0, port - 1 };
	if (above && port < UINT16_MAX)
		span[(*n)++] = (struct conf_span){ port + 1, UINT16_MAX };
	return *n ? 0 : conf_error(p, at, "no port is left");
}

int conf_ports_parse(struct conf_parser *p, struct conf_span span[2],
		     size_t *n)
{
	static const char *const operators[] = { "eq", "gt", "lt", "neq" };
	struct conf_at op = p->lex.at, at;
	uint16_t port;
	int err;

	*n = 0;
	if (conf_take(p, "range")) {
		*n = 1;
		return range_of_ports(p, span);
	}
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (!conf_take(p, operators[i]))
			continue;
		err = conf_take_text(p, &at, "a port");
		if (!err)
			err = conf_port(p, &at, &port);
		return err ? err : compare_ports(p, &op, &at, port, span, n);
	}
	return 0;
}

static int port_object_parse(struct conf_parser *p, struct conf_group *group,
			     const struct conf_at *word)
{
	struct conf_span span[2];
	size_t n;
	int err = conf_ports_parse(p, span, &n);

	if (!err && !n)
		err = conf_expected(p, "eq or range, and ports");
	for (size_t i = 0; i < n && !err; i++) {
		struct conf_service service = { 0, CONF_SPAN_ALL, span[i] };

		err = service_add(p, group, word, &service);
	}
	return err;
}

static int type_parse(struct conf_parser *p, uint8_t protocol,
		      struct conf_span *span)
{
	struct conf_at at;
	uint8_t type;
	int err = conf_take_text(p, &at, "a type of ICMP");

	if (!err)
		err = conf_icmp_type(p, &at, protocol, &type);
	if (!err)
		*span = (struct conf_span){ type << 8, type << 8 | 0xff };
	return err;
}

static int icmp_object_parse(struct conf_parser *p, struct conf_group *group,
			     const struct conf_at *word)
{
	struct conf_service service = { .protocol = IPPROTO_ICMP };
	int err = type_parse(p, IPPROTO_ICMP, &service.source);

	service.destination = service.source;
	return err ? err : service_add(p, group, word, &service);
}

static int protocol_object_parse(struct conf_parser *p,
				 struct conf_group *group,
				 const struct conf_at *word)
{
	struct conf_service service = { 0, CONF_SPAN_ALL, CONF_SPAN_ALL };
	struct conf_at at;
	int err = conf_take_text(p, &at, "a protocol");

	if (!err)
		err = conf_protocol(p, &at, &service.protocol);
	return err ? err : service_add(p, group, &at, &service);
}

/* source OP and destination OP, in this order, each or none. */
static int service_ports_parse(struct conf_parser *p, struct conf_group *group,
			       const struct conf_at *at, uint8_t protocol)
{
	struct conf_span from[2] = { CONF_SPAN_ALL }, to[2] = { CONF_SPAN_ALL };
	size_t froms = 0, tos = 0;
	int err = 0;

	if (conf_take(p, "source"))
		err = conf_ports_parse(p, from, &froms);
	if (!err && conf_take(p, "destination"))
		err = conf_ports_parse(p, to, &tos);
	else if (!err)
		err = conf_ports_parse(p, to, &tos);
	for (size_t i = 0; !err && i < (froms ? froms : 1); i++) {
		for (size_t j = 0; !err && j < (tos ? tos : 1); j++) {
			struct conf_service service = { protocol, from[i],
							to[j] };

			err = service_add(p, group, at, &service);
		}
	}
	return err;
}

static int service_object_parse(struct conf_parser *p,
				struct conf_group *group,
				const struct conf_at *word)
{
	struct conf_service service = { 0, CONF_SPAN_ALL, CONF_SPAN_ALL };
	struct conf_at at;
	bool both;
	int err;

	if (conf_take(p, "object"))
		return ref_parse(p, group, word);
	err = conf_take_text(p, &at, "a protocol");
	both = !err && conf_at_is(&at, "tcp-udp");
	if (!err && !both)
		err = conf_protocol(p, &at, &service.protocol);
	if (err)
		return err;
	if (both || conf_has_ports(service.protocol)) {
		struct conf_lexer ports = p->lex;

		err = service_ports_parse(p, group, &at, both ? IPPROTO_TCP :
					  service.protocol);
		if (!both || err)
			return err;
		p->lex = ports;
		return service_ports_parse(p, group, &at, IPPROTO_UDP);
	}
	if (conf_is_icmp(service.protocol) && !conf_at_end(p)) {
		err = type_parse(p, service.protocol, &service.source);
		service.destination = service.source;
	}
	return err ? err : service_add(p, group, &at, &service);
}

/* What stands in which kind of object or group. */

#define IN(kind) (1 << CONF_GROUP_##kind)

static const struct member_word {
	const char *word;
	unsigned int kinds;
	int (*parse)(struct conf_parser *p, struct conf_group *group,
		     const struct conf_at *word);
} member_words[] = {
	{ "network-object", IN(NETWORK), network_object_parse },
	{ "host", IN(NETWORK), host_parse },
	{ "subnet", IN(NETWORK), subnet_parse },
	{ "range", IN(NETWORK), range_parse },
	{ "fqdn", IN(NETWORK), fqdn_parse },
	{ "nat", IN(NETWORK), nat_parse },
	{ "object", IN(NETWORK) | IN(SERVICE), ref_parse },
	{ "group-object", IN(NETWORK) | IN(SERVICE) | IN(PROTOCOL) | IN(ICMP),
	  ref_parse },
	{ "service-object", IN(SERVICE), service_object_parse },
	{ "service", IN(SERVICE), service_object_parse },
	{ "port-object", IN(SERVICE), port_object_parse },
	{ "protocol-object", IN(PROTOCOL), protocol_object_parse },
	{ "icmp-object", IN(ICMP), icmp_object_parse },
	{ "description", IN(NETWORK) | IN(SERVICE) | IN(PROTOCOL) | IN(ICMP),
	  description_parse },
};

#define MEMBER_WORDS (sizeof(member_words) / sizeof(member_words[0]))

static const struct member_word *member_word_find(const struct conf_parser *p,
						  const struct conf_group *g)
{
	for (size_t i = 0; i < MEMBER_WORDS; i++) {
		if (member_words[i].kinds & 1 << g->kind &&
		    conf_token_is(p, member_words[i].word))
			return &member_words[i];
	}
	return NULL;
}

static int member_unknown(struct conf_parser *p, struct conf_group *group)
{
	struct conf_guess guess;
	int err = conf_error(p, &p->lex.at, "unknown word '%s' in '%s'",
			     conf_quote(&p->lex.at).text, group->name.text);

	conf_guess_start(&guess, &p->lex.at);
	for (size_t i = 0; i < MEMBER_WORDS; i++) {
		if (member_words[i].kinds & 1 << group->kind)
			conf_guess_try(&guess, member_words[i].word);
	}
	conf_guess_hint(p, &guess);
	return err;
}

/* A letter in front of a dot or a slash is no address. */
static bool is_like_a_word(const struct conf_parser *p)
{
	struct ike_bytes text = conf_at_text(&p->lex.at);

	return p->lex.kind == CONF_WORD && !memchr(text.data, '.', text.len) &&
	       !memchr(text.data, ':', text.len) &&
	       (*text.data < '0' || *text.data > '9');
}

static int member_parse(struct conf_parser *p, void *arg)
{
	struct conf_group *group = arg;
	const struct member_word *word = member_word_find(p, group);
	struct conf_at at = p->lex.at;

	if (word) {
		conf_lex_next(p);
		return word->parse(p, group, &at);
	}
	if (group->kind != CONF_GROUP_NETWORK || is_like_a_word(p))
		return member_unknown(p, group);
	return subnet_parse(p, group, &at);
}

/* In a block, or in the lines behind, as an ASA prints it: there, "object"
 * begins the next one.
 */
static int body_parse(struct conf_parser *p, struct conf_group *group)
{
	int err;

	if (p->lex.kind == CONF_OPEN) {
		err = conf_block(p, member_parse, group);
		return err ? err : conf_take_end(p);
	}
	err = conf_take_end(p);
	while (!err) {
		if (conf_take_kind(p, CONF_END))
			continue;
		if (conf_token_is(p, "object") || !member_word_find(p, group))
			break;
		err = member_parse(p, group);
		if (!err)
			err = conf_take_end(p);
		if (err != -EINVAL)
			continue;
		conf_lex_skip_statement(p);
		err = 0;
	}
	return err;
}

static const struct conf_word kinds[] = {
	{ "network", CONF_GROUP_NETWORK },
	{ "service", CONF_GROUP_SERVICE },
	{ "protocol", CONF_GROUP_PROTOCOL },
	{ "icmp-type", CONF_GROUP_ICMP },
	{ 0 },
};

static int group_new(struct conf_parser *p, struct conf_group **group)
{
	struct conf_at kind_at, at;
	int kind, err;

	*group = conf_pool_get(&p->store->pool, sizeof(**group));
	if (!*group)
		return -ENOMEM;
	(*group)->last = &(*group)->first;
	err = conf_take_text(p, &kind_at, "network, service, protocol or icmp-type");
	if (!err)
		err = conf_choice(p, &kind_at, kinds, &kind);
	if (!err)
		err = conf_take_text(p, &at, "a name");
	if (err)
		return err;
	(*group)->kind = kind;
	(*group)->name.text = "";
	err = conf_name_add(p, &p->store->groups, &(*group)->name, &at);
	/* Its lines are read though it is one too many. */
	return err == -EINVAL ? 0 : err;
}

int conf_object_parse(struct conf_parser *p)
{
	struct conf_group *object;
	int err = group_new(p, &object);

	return err ? err : body_parse(p, object);
}

int conf_object_group_parse(struct conf_parser *p)
{
	struct conf_group *group;
	struct conf_at at;
	int err = group_new(p, &group);

	if (err)
		return err;
	if (group->kind == CONF_GROUP_SERVICE && p->lex.kind == CONF_WORD) {
		at = p->lex.at;
		conf_lex_next(p);
		if (!conf_at_is(&at, "tcp-udp"))
			err = conf_protocol(p, &at, &group->protocol);
	}
	return err ? err : body_parse(p, group);
}

/* What is in them, in the end. */

struct conf_group *conf_group_get(struct conf_parser *p,
				  const struct conf_at *at,
				  enum conf_group_kind kind)
{
	struct conf_name *name = conf_name_get(p, &p->store->groups, at);
	struct conf_group *group = (struct conf_group *)name;

	if (!name)
		return NULL;
	if (group->kind != kind) {
		conf_error(p, at, "'%s' is of another kind: %s, line %u",
			   name->text, kinds[group->kind].word, name->at.line);
		return NULL;
	}
	if (group->visited) {
		conf_error(p, at, "'%s' contains itself", name->text);
		return NULL;
	}
	return group;
}

static int ts_add(struct conf_parser *p, const struct conf_member *member,
		  struct ike_ts **ts, size_t *n)
{
	struct ike_ts *grown = *ts;

	if (*n == MEMBERS_MAX)
		return conf_error(p, &member->at, "more than %u networks in a group",
				  MEMBERS_MAX);
	/* Doubled whenever it is full. */
	if (!(*n & (*n - 1)))
		grown = reallocarray(*ts, *n ? *n * 2 : 1, sizeof(**ts));
	if (!grown)
		return -ENOMEM;
	*ts = grown;
	grown[(*n)++] = member->network;
	return 0;
}

int conf_group_networks(struct conf_parser *p, struct conf_group *group,
			struct ike_ts **ts, size_t *n)
{
	struct conf_member *member = group->first;
	int err = 0;

	group->visited = true;
	for (; member && !err; member = member->next) {
		struct conf_group *inner = NULL;

		if (member->is_ref) {
			inner = conf_group_get(p, &member->at, group->kind);
			err = inner ? conf_group_networks(p, inner, ts, n) :
				      -EINVAL;
		} else {
			err = ts_add(p, member, ts, n);
		}
	}
	group->visited = false;
	return err;
}

int conf_services_add(struct conf_services *list,
		      const struct conf_service *service)
{
	struct conf_service *grown = list->service;

	if (list->n == MEMBERS_MAX)
		return -E2BIG;
	if (!(list->n & (list->n - 1)))
		grown = reallocarray(list->service, list->n ? list->n * 2 : 1,
				     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->service = grown;
	grown[list->n++] = *service;
	return 0;
}

int conf_group_services(struct conf_parser *p, struct conf_group *group,
			struct conf_services *list)
{
	struct conf_member *member = group->first;
	int err = 0;

	group->visited = true;
	for (; member && !err; member = member->next) {
		struct conf_group *inner = NULL;

		if (member->is_ref) {
			inner = conf_group_get(p, &member->at, group->kind);
			err = inner ? conf_group_services(p, inner, list) :
				      -EINVAL;
			continue;
		}
		err = conf_services_add(list, &member->service);
		if (err == -E2BIG)
			err = conf_error(p, &member->at, "more than %u services in a group",
					 MEMBERS_MAX);
	}
	group->visited = false;
	return err;
}
