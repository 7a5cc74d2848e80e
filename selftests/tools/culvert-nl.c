// SPDX-License-Identifier: GPL-2.0-only
/* Asks the kernel module from test scripts, through the daemon's own client:
 *
 *   culvert-nl counters               NAME VALUE, a line each
 *   culvert-nl objects                NAME CREATED DESTROYED, a line each
 *   culvert-nl send COMMAND FLAGS [TYPE=HEX]...
 *                                     any request; prints the error's sentence
 *
 * Exit: 0 answered, 1 refused, 2 used wrongly.
 */

#include <err.h>
#include <inttypes.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kern.h"

#define EXIT_USAGE 2
#define MAX_OCTETS 1024

static void print_counter(const struct kern_counter *counter, void *arg)
{
	printf("%s %" PRIu64 "\n", counter->name, counter->value);
}

static void print_object(const struct kern_object *object, void *arg)
{
	printf("%s %" PRIu64 " %" PRIu64 "\n", object->name, object->created,
	       object->destroyed);
}

static void add_attr(struct nl_msg *msg, const char *text)
{
	unsigned char octets[MAX_OCTETS];
	size_t len = 0;
	unsigned int octet;
	char *hex;
	int type = strtol(text, &hex, 0);
	int used;

	if (*hex++ != '=')
		errx(EXIT_USAGE, "expected TYPE=HEX, not '%s'", text);
	for (; *hex; hex += used) {
		if (len == MAX_OCTETS ||
		    sscanf(hex, "%2x%n", &octet, &used) != 1 || used != 2)
			errx(EXIT_USAGE, "expected up to %d octets in hex, at '%s'",
			     MAX_OCTETS, hex);
		octets[len++] = octet;
	}
	if (nla_put(msg, type, len, octets))
		errx(EXIT_USAGE, "too many attributes");
}

static int send_request(struct kern *kern, char **words,
			struct kern_error *error)
{
	struct nl_msg *msg;

	if (!words[0] || !words[1])
		errx(EXIT_USAGE, "send needs COMMAND and FLAGS");
	msg = kern_request(kern, strtoul(words[0], NULL, 0),
			   strtoul(words[1], NULL, 0));
	for (words += 2; msg && *words; words++)
		add_attr(msg, *words);
	return kern_ask(kern, msg, NULL, NULL, error);
}

int main(int argc, char **argv)
{
	struct kern_error error;
	struct kern *kern;
	int ret;

	if (argc < 2)
		errx(EXIT_USAGE, "expected counters, objects or send");
	if (kern_open(&kern, &error) || kern_attach(kern, &error))
		errx(EXIT_FAILURE, "%s", error.sentence);

	if (!strcmp(argv[1], "counters"))
		ret = kern_each_counter(kern, print_counter, NULL, &error);
	else if (!strcmp(argv[1], "objects"))
		ret = kern_each_object(kern, print_object, NULL, &error);
	else if (!strcmp(argv[1], "send"))
		ret = send_request(kern, argv + 2, &error);
	else
		errx(EXIT_USAGE, "'%s' is not counters, objects or send",
		     argv[1]);
	kern_close(kern);
	if (ret)
		errx(EXIT_FAILURE, "%s", error.sentence);
	return EXIT_SUCCESS;
}
