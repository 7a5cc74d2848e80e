// SPDX-License-Identifier: GPL-2.0-only
/* Access lists, in the ASA's words: which packets a line means. What is done
 * with them depends on the crypto map that names the list, and is not known
 * here.
 *
 *	[access-list NAME] [line N] [extended] permit|deny|discard
 *	    PROTOCOL SOURCE [ports] DESTINATION [ports|ICMP type [code]] [log ...]
 */

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

static int where_refused(struct conf_parser *p, const struct conf_at *at)
{
	conf_error(p, at, "'%s' names no address", conf_quote(at).text);
	conf_hint(p, "write the address or network itself");
	return -EINVAL;
}

static int where_host(struct conf_parser *p, struct conf_where *where)
{
	int err = conf_take_text(p, &where->at, "an address");

	where->kind = CONF_NETWORK;
	return err ? err : conf_address(p, &where->at, &where->network);
}

static int where_parse(struct conf_parser *p, struct conf_where *where)
{
	*where = (struct conf_where){ .at = p->lex.at };
	if (conf_take(p, "any"))
		where->kind = CONF_ANY;
	else if (conf_take(p, "any4"))
		where->kind = CONF_ANY4;
	else if (conf_take(p, "any6"))
		where->kind = CONF_ANY6;
	else if (conf_take(p, "host"))
		return where_host(p, where);
	else if (conf_take(p, "interface") || conf_take(p, "user") ||
		 conf_take(p, "user-group") ||
		 conf_take(p, "object-group-user") ||
		 conf_take(p, "security-group"))
		return where_refused(p, &where->at);
	else if (conf_take(p, "object") || conf_take(p, "object-group")) {
		where->kind = CONF_WHERE_GROUP;
		return conf_take_text(p, &where->at, "the name of an object or group");
	} else {
		where->kind = CONF_NETWORK;
		return conf_network(p, &where->network);
	}
	return 0;
}

static int protocol_parse(struct conf_parser *p, struct conf_ace *ace)
{
	struct conf_at at;
	int err;

	if (conf_take(p, "object-group") || conf_take(p, "object")) {
		ace->protocol_group = true;
		return conf_take_text(p, &ace->group_at, "the name of an object or group");
	}
	err = conf_take_text(p, &at, "a protocol");
	return err ? err : conf_protocol(p, &at, &ace->protocol);
}

/* A code may follow the type. */
static int icmp_parse(struct conf_parser *p, struct conf_ace *ace)
{
	uint64_t code = 0;
	uint8_t type;
	int err = conf_icmp_type(p, &p->lex.at, ace->protocol, &type);

	if (err)
		return err;
	conf_lex_next(p);
	ace->source_port[0] = (struct conf_span){ type << 8, type << 8 | 255 };
	if (p->lex.kind == CONF_WORD &&
	    *conf_at_text(&p->lex.at).data >= '0' &&
	    *conf_at_text(&p->lex.at).data <= '9') {
		err = conf_number(p, &p->lex.at, 0, 255, &code);
		conf_lex_next(p);
		ace->source_port[0].first |= code;
		ace->source_port[0].last = ace->source_port[0].first;
	}
	ace->destination_port[0] = ace->source_port[0];
	ace->source_ports = 1;
	ace->destination_ports = 1;
	return err;
}

static bool takes_ports(const struct conf_ace *ace)
{
	return ace->protocol_group || conf_has_ports(ace->protocol);
}

static int destination_ports_parse(struct conf_parser *p, struct conf_ace *ace)
{
	if (conf_is_icmp(ace->protocol) && p->lex.kind == CONF_WORD &&
	    conf_is_icmp_type(&p->lex.at, ace->protocol))
		return icmp_parse(p, ace);
	if ((takes_ports(ace) || ace->protocol == IPPROTO_ICMP) &&
	    conf_take(p, "object-group")) {
		ace->port_group = true;
		return conf_take_text(p, &ace->port_group_at, "the name of a group");
	}
	if (!takes_ports(ace))
		return 0;
	return conf_ports_parse(p, ace->destination_port,
				&ace->destination_ports);
}

/* What an ASA writes about its log; ours has counters for each element. */
static int log_parse(struct conf_parser *p)
{
	struct conf_at at;
	uint64_t number;
	int err = 0;

	while (p->lex.kind == CONF_WORD && !conf_token_is(p, "inactive") &&
	       !conf_token_is(p, "time-range") && !err) {
		if (!conf_take(p, "interval")) {
			conf_lex_next(p);
			continue;
		}
		err = conf_take_text(p, &at, "seconds");
		if (!err)
			err = conf_number(p, &at, 1, 600, &number);
	}
	return err;
}

static int tail_parse(struct conf_parser *p)
{
	struct conf_at at = p->lex.at;
	int err = 0;

	if (conf_take(p, "log"))
		err = log_parse(p);
	at = p->lex.at;
	if (!err && conf_take(p, "inactive")) {
		conf_error(p, &at, "a line cannot be inactive");
		conf_hint(p, "put '#' in front of it, or remove it");
		return -EINVAL;
	}
	if (!err && conf_take(p, "time-range")) {
		conf_error(p, &at, "a policy does not change with the time of day");
		conf_hint(p, "remove time-range");
		return -EINVAL;
	}
	if (!err && !conf_at_end(p)) {
		conf_error(p, &at, "unexpected '%s'", conf_quote(&at).text);
		conf_hint(p, "expected ports, log or the end of the line");
		return -EINVAL;
	}
	return err;
}

static int action_parse(struct conf_parser *p, struct conf_ace *ace)
{
	static const struct conf_word actions[] = {
		{ "permit", CULVERT_ACTION_PROTECT },
		{ "deny", CULVERT_ACTION_BYPASS },
		{ "discard", CULVERT_ACTION_DISCARD },
		{ 0 },
	};
	struct conf_at at = p->lex.at;
	int action = 0, err;

	if (conf_take(p, "standard")) {
		conf_error(p, &at, "a standard list has no sources");
		conf_hint(p, "a crypto map needs an extended one");
		return -EINVAL;
	}
	conf_take(p, "extended");
	ace->at = p->lex.at;
	err = conf_take_text(p, &at, "permit, deny or discard");
	if (!err)
		err = conf_choice(p, &at, actions, &action);
	ace->action = action;
	return err;
}

static int ace_parse(struct conf_parser *p, struct conf_ace *ace)
{
	int err = action_parse(p, ace);

	if (!err)
		err = protocol_parse(p, ace);
	if (!err)
		err = where_parse(p, &ace->source);
	if (!err && takes_ports(ace))
		err = conf_ports_parse(p, ace->source_port, &ace->source_ports);
	if (!err)
		err = where_parse(p, &ace->destination);
	if (!err)
		err = destination_ports_parse(p, ace);
	if (!err)
		err = tail_parse(p);
	ace->at.len = p->lex.at.offset - ace->at.offset;
	return err;
}

/* What was written, for those who look at the rules; no comment behind it. */
static const char *ace_text(struct conf_parser *p, const struct conf_ace *ace)
{
	char *text = conf_at_copy(p, &ace->at);
	size_t len;

	if (!text)
		return NULL;
	len = strcspn(text, "#\r\n");
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	text[len] = '\0';
	return text;
}

static int line_parse(struct conf_parser *p, struct conf_acl *acl)
{
	struct conf_ace *ace;
	struct conf_at at;
	uint64_t number;
	int err = 0;

	if (conf_take(p, "line")) {
		err = conf_take_text(p, &at, "the number of the line");
		if (!err)
			err = conf_number(p, &at, 1, UINT32_MAX, &number);
	}
	acl->lines++;
	if (!err && conf_token_is(p, "remark")) {
		conf_lex_skip_line(p);
		return 0;
	}
	ace = conf_pool_get(&p->store->pool, sizeof(*ace));
	if (!ace)
		return -ENOMEM;
	ace->line = acl->lines;
	if (!err)
		err = ace_parse(p, ace);
	if (err)
		return err;
	ace->text = ace_text(p, ace);
	if (!ace->text)
		return -ENOMEM;
	*acl->last = ace;
	acl->last = &ace->next;
	return conf_take_end(p);
}

/* In a block, the name of the list may stand in front of each line. */
static int block_line_parse(struct conf_parser *p, void *arg)
{
	struct conf_acl *acl = arg;
	struct conf_at at;
	int err;

	if (conf_take(p, "access-list")) {
		err = conf_take_text(p, &at, "the name of the list");
		if (err)
			return err;
		if (!conf_at_is(&at, acl->name.text))
			return conf_error(p, &at, "a line of '%s' inside of '%s'",
					  conf_quote(&at).text, acl->name.text);
	}
	return line_parse(p, acl);
}

static int acl_get(struct conf_parser *p, const struct conf_at *at, bool block,
		   struct conf_acl **acl)
{
	struct ike_bytes text = conf_at_text(at);
	struct conf_name *name;

	name = conf_names_find(&p->store->acls, (const char *)text.data,
			       text.len);
	*acl = (struct conf_acl *)name;
	if (*acl && !block && !(*acl)->block)
		return 0;
	*acl = conf_pool_get(&p->store->pool, sizeof(**acl));
	if (!*acl)
		return -ENOMEM;
	(*acl)->last = &(*acl)->first;
	(*acl)->block = block;
	(*acl)->name.text = "";
	return conf_name_add(p, &p->store->acls, &(*acl)->name, at);
}

int conf_acl_parse(struct conf_parser *p)
{
	struct conf_acl *acl;
	struct conf_at at;
	bool block;
	int err = conf_take_text(p, &at, "the name of the list");

	if (err)
		return err;
	block = p->lex.kind == CONF_OPEN;
	err = acl_get(p, &at, block, &acl);
	if (err)
		return err;
	if (!block)
		return line_parse(p, acl);
	err = conf_block(p, block_line_parse, acl);
	return err ? err : conf_take_end(p);
}

/* What a line stands for. */

/* The sets that a line is the product of. */
struct expansion {
	struct conf_parser *p;
	const struct conf_ace *ace;
	struct conf_services services;
	struct ike_ts *source;
	size_t sources;
	struct ike_ts *destination;
	size_t destinations;
};

static int where_expand(struct expansion *x, const struct conf_where *where,
			struct ike_ts **ts, size_t *n)
{
	struct conf_group *group;

	if (where->kind == CONF_WHERE_GROUP) {
		group = conf_group_get(x->p, &where->at, CONF_GROUP_NETWORK);
		return group ? conf_group_networks(x->p, group, ts, n) :
			       -EINVAL;
	}
	*ts = calloc(2, sizeof(**ts));
	if (!*ts)
		return -ENOMEM;
	if (where->kind == CONF_NETWORK)
		(*ts)[(*n)++] = where->network;
	if (where->kind == CONF_ANY || where->kind == CONF_ANY4)
		(*ts)[(*n)++] = conf_all(IKE_TS_IPV4_ADDR_RANGE);
	if (where->kind == CONF_ANY || where->kind == CONF_ANY6)
		(*ts)[(*n)++] = conf_all(IKE_TS_IPV6_ADDR_RANGE);
	return 0;
}

/* Ports of the destination, as the line or its group has them. */
static int destination_spans(struct expansion *x, struct conf_services *spans)
{
	const struct conf_ace *ace = x->ace;
	struct conf_service all = { 0, CONF_SPAN_ALL, CONF_SPAN_ALL };
	struct conf_group *group;
	int err = 0;

	if (ace->port_group) {
		group = conf_group_get(x->p, &ace->port_group_at,
				       ace->protocol == IPPROTO_ICMP ?
				       CONF_GROUP_ICMP : CONF_GROUP_SERVICE);
		return group ? conf_group_services(x->p, group, spans) :
			       -EINVAL;
	}
	if (!ace->destination_ports)
		return conf_services_add(spans, &all);
	for (size_t i = 0; i < ace->destination_ports && !err; i++) {
		all.destination = ace->destination_port[i];
		err = conf_services_add(spans, &all);
	}
	return err;
}

static int too_many(struct expansion *x)
{
	return conf_error(x->p, &x->ace->at, "the line stands for too many services");
}

/* One protocol with all its combinations of ports. */
static int protocol_expand(struct expansion *x, uint8_t protocol,
			   const struct conf_services *spans)
{
	const struct conf_ace *ace = x->ace;
	size_t sources = ace->source_ports ? ace->source_ports : 1;
	int err = 0;

	if ((ace->source_ports || ace->destination_ports || ace->port_group) &&
	    !conf_has_ports(protocol) && !conf_is_icmp(protocol))
		return conf_error(x->p, &ace->at, "protocol %u has no ports",
				  protocol);
	for (size_t i = 0; i < sources && !err; i++) {
		for (size_t j = 0; j < spans->n && !err; j++) {
			struct conf_service service = {
				.protocol = protocol,
				.source = CONF_SPAN_ALL,
				.destination = spans->service[j].destination,
			};

			if (conf_is_icmp(protocol))
				service.source = service.destination;
			else if (ace->source_ports)
				service.source = ace->source_port[i];
			err = conf_services_add(&x->services, &service);
		}
	}
	return err == -E2BIG ? too_many(x) : err;
}

/* A group in the place of the protocol has protocols, or whole services. */
static int protocol_group_expand(struct expansion *x,
				 const struct conf_services *spans)
{
	struct conf_services protocols = { 0 };
	struct ike_bytes name = conf_at_text(&x->ace->group_at);
	const struct conf_group *named;
	struct conf_group *group;
	enum conf_group_kind kind = CONF_GROUP_SERVICE;
	int err;

	named = (void *)conf_names_find(&x->p->store->groups,
					(const char *)name.data, name.len);
	if (named && named->kind == CONF_GROUP_PROTOCOL)
		kind = CONF_GROUP_PROTOCOL;
	group = conf_group_get(x->p, &x->ace->group_at, kind);
	if (!group)
		return -EINVAL;
	if (kind == CONF_GROUP_SERVICE)
		return conf_group_services(x->p, group, &x->services);
	err = conf_group_services(x->p, group, &protocols);
	for (size_t i = 0; i < protocols.n && !err; i++)
		err = protocol_expand(x, protocols.service[i].protocol, spans);
	free(protocols.service);
	return err;
}

static int services_expand(struct expansion *x)
{
	struct conf_services spans = { 0 };
	int err = destination_spans(x, &spans);

	if (!err && x->ace->protocol_group)
		err = protocol_group_expand(x, &spans);
	else if (!err)
		err = protocol_expand(x, x->ace->protocol, &spans);
	free(spans.service);
	return err;
}

static struct ike_ts ts_of(const struct ike_ts *network, uint8_t protocol,
			   struct conf_span span)
{
	struct ike_ts ts = *network;

	ts.protocol = protocol;
	ts.port_first = span.first;
	ts.port_last = span.last;
	return ts;
}

static bool goes_together(const struct ike_ts *source,
			  const struct ike_ts *destination, uint8_t protocol)
{
	if (source->type != destination->type)
		return false;
	if (protocol == IPPROTO_ICMP)
		return source->type == IKE_TS_IPV4_ADDR_RANGE;
	if (protocol == IPPROTO_ICMPV6)
		return source->type == IKE_TS_IPV6_ADDR_RANGE;
	return true;
}

/* For one service. n counts what was told. */
static int networks_tell(const struct expansion *x, struct conf_elements *to,
			 const struct conf_service *service, size_t *n)
{
	int err = 0;

	for (size_t i = 0; i < x->sources && !err; i++) {
		for (size_t j = 0; j < x->destinations && !err; j++) {
			struct ike_ts local, remote;

			if (!goes_together(&x->source[i], &x->destination[j],
					   service->protocol))
				continue;
			local = ts_of(&x->source[i], service->protocol,
				      service->source);
			remote = ts_of(&x->destination[j], service->protocol,
				       service->destination);
			++*n;
			err = to->tell(to, &local, &remote);
		}
	}
	return err;
}

int conf_ace_expand(struct conf_parser *p, const struct conf_ace *ace,
		    struct conf_elements *to)
{
	struct expansion x = { .p = p, .ace = ace };
	size_t n = 0;
	int err = services_expand(&x);

	if (!err)
		err = where_expand(&x, &ace->source, &x.source, &x.sources);
	if (!err)
		err = where_expand(&x, &ace->destination, &x.destination,
				   &x.destinations);
	to->ace = ace;
	for (size_t i = 0; i < x.services.n && !err; i++)
		err = networks_tell(&x, to, &x.services.service[i], &n);
	if (!err && !n) {
		err = conf_error(p, &ace->at, "no packet has such a source, destination and protocol");
		conf_hint(p, "IPv4 and IPv6 do not go together");
	}
	free(x.services.service);
	free(x.source);
	free(x.destination);
	return err;
}
