// SPDX-License-Identifier: GPL-2.0-only
/* Names: looked up among the rules, which have all that are configured. */

#include <string.h>

#include "format.h"
#include "names.h"

const struct node *names_peer(const struct node *rules, const char *name)
{
	const struct node *rule = rules->first;

	while (rule && !node_is(rule, "peer", name))
		rule = rule->next;
	if (rule)
		return rule;
	for (rule = rules->first; rule; rule = rule->next) {
		if (node_is(rule, "remote-addrs", name))
			return rule;
	}
	return NULL;
}

const struct node *names_child(const struct node *rules, const char *name)
{
	const struct node *rule = rules->first;

	while (rule && !node_is(rule, "child", name))
		rule = rule->next;
	return rule;
}

static bool was_before(const struct node *rules, const struct node *rule,
		       const char *key)
{
	const struct node *before = rules->first;

	while (before != rule &&
	       !node_is(before, key, node_text(rule, key)))
		before = before->next;
	return before != rule;
}

void names_each(const struct node *rules, const char *key,
		void (*tell)(const char *name, void *arg), void *arg)
{
	const struct node *rule = rules->first;

	for (; rule; rule = rule->next) {
		if (*node_text(rule, key) && !was_before(rules, rule, key))
			tell(node_text(rule, key), arg);
	}
}

#define LISTED_MAX 10

struct listing {
	char text[400];
	size_t n;
};

static void list_name(const char *name, void *arg)
{
	struct listing *list = arg;
	size_t len = strlen(list->text);

	if (list->n++ < LISTED_MAX)
		snprintf(list->text + len, sizeof(list->text) - len, "%s%s",
			 len ? ", " : "", name);
	else if (list->n == LISTED_MAX + 1)
		snprintf(list->text + len, sizeof(list->text) - len, "...");
}

int names_absent(struct cli *cli, const char *what, const char *key,
		 const char *name, const struct node *rules)
{
	struct listing list = { 0 };

	names_each(rules, key, list_name, &list);
	if (!list.n)
		return cli_fail(cli, CLI_ABSENT, "there is no %s '%s': the configuration in force has none at all",
				what, name);
	return cli_fail(cli, CLI_ABSENT, "there is no %s '%s', there is: %s",
			what, name, list.text);
}

struct word names_selectors(const struct node *list)
{
	const struct node *item = list ? list->first : NULL;
	size_t more = 0;

	if (!item || !item->value)
		return format_printf("-");
	for (const struct node *i = item->next; i; i = i->next)
		more++;
	if (!more)
		return format_printf("%s", item->value);
	if (more == 1)
		return format_printf("%.70s %.70s", item->value,
				     item->next->value ?: "");
	return format_printf("%.70s and %zu more", item->value, more);
}
