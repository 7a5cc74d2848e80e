// SPDX-License-Identifier: GPL-2.0-only
/* What a configuration names, and whether this machine has it: interfaces and
 * our addresses. What is missing may come later; until it does, nothing is caught
 * there, which is told and is no error.
 */

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#include "conf_parse.h"

bool conf_has_device(const struct ifaddrs *machine, const char *name)
{
	while (machine && strcmp(machine->ifa_name, name))
		machine = machine->ifa_next;
	return machine != NULL;
}

static bool is_address(const struct sockaddr *name,
		       const struct ike_address *address)
{
	if (name->sa_family == AF_INET)
		return address->len == 4 &&
		       !memcmp(&((const struct sockaddr_in *)name)->sin_addr,
			       address->ip, 4);
	return name->sa_family == AF_INET6 && address->len == 16 &&
	       !memcmp(&((const struct sockaddr_in6 *)name)->sin6_addr,
		       address->ip, 16);
}

bool conf_has_address(const struct ifaddrs *machine,
		      const struct ike_address *address)
{
	for (; machine; machine = machine->ifa_next) {
		if (machine->ifa_addr &&
		    is_address(machine->ifa_addr, address))
			return true;
	}
	return false;
}

void conf_device_check(struct conf_parser *p, const struct conf_at *at,
		       const char *name)
{
	const struct ifaddrs *one = p->machine;
	struct conf_guess guess;

	if (!one || conf_has_device(one, name))
		return;
	conf_guess_start(&guess, at);
	for (; one; one = one->ifa_next)
		conf_guess_try(&guess, one->ifa_name);
	conf_warn(p, at, "there is no interface '%s' here: until there is, what the map protects leaves in clear",
		  name);
	conf_guess_hint(p, &guess);
}

void conf_address_check(struct conf_parser *p, const struct conf_at *at,
			const struct ike_address *address)
{
	if (p->machine && !conf_has_address(p->machine, address))
		conf_warn(p, at, "no interface here has the address %s",
			  conf_quote(at).text);
}
