// SPDX-License-Identifier: GPL-2.0-only
/* From a packet to its command, and who hears which event. Knows every name, and
 * nothing of what stands behind it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "vici_server.h"

static const struct {
	const char *name;
	vici_command *run;
} commands[] = {
	{ "version", vici_version },
	{ "stats", vici_stats },
	{ "list-sas", vici_list_sas },
	{ "list-conns", vici_list_conns },
	{ "list-policies", vici_list_policies },
	{ "list-certs", vici_nothing },
	{ "list-authorities", vici_nothing },
	{ "get-conns", vici_get_conns },
	{ "get-pools", vici_nothing },
	{ "get-authorities", vici_get_authorities },
	{ "get-keys", vici_get_keys },
	{ "get-shared", vici_get_keys },
	{ "get-algorithms", vici_get_algorithms },
	{ "get-counters", vici_get_counters },
	{ "reset-counters", vici_reset_counters },
	{ "initiate", vici_initiate },
	{ "terminate", vici_terminate },
	{ "rekey", vici_rekey },
	{ "install", vici_install },
	{ "uninstall", vici_install },
	{ "redirect", vici_install },
	{ "reload-settings", vici_reload_settings },
	{ "load-conn", vici_load },
	{ "unload-conn", vici_load },
	{ "load-shared", vici_load },
	{ "unload-shared", vici_load },
	{ "load-key", vici_load },
	{ "unload-key", vici_load },
	{ "load-token", vici_load },
	{ "load-cert", vici_load },
	{ "flush-certs", vici_load },
	{ "clear-creds", vici_load },
	{ "load-authority", vici_load },
	{ "unload-authority", vici_load },
	{ "load-pool", vici_load },
	{ "unload-pool", vici_load },
	{ "culvert-policy", vici_culvert_policy },
	{ "culvert-why", vici_culvert_why },
	{ "culvert-counters", vici_culvert_counters },
	{ "culvert-explain", vici_culvert_explain },
	{ "culvert-keys", vici_culvert_keys },
	{ "culvert-config", vici_culvert_config },
	{ "culvert-config-check", vici_culvert_config_check },
	{ "culvert-config-apply", vici_culvert_config_apply },
	{ "culvert-config-confirm", vici_culvert_config_confirm },
};

static const char *const events[] = {
#define ROW(event, name) [VICI_EVENT_##event] = name,
	VICI_EVENTS(ROW)
#undef ROW
};

void vici_begin_event(struct vici_writer *v, enum vici_event event)
{
	vici_begin(v, VICI_EVENT, events[event]);
}

static void refuse(struct vici_writer *reply, const char *format, va_list args)
{
	char sentence[512];

	vsnprintf(sentence, sizeof(sentence), format, args);
	vici_put_flag(reply, "success", false);
	vici_put(reply, "errmsg", "%s", sentence);
}

void vici_refuse(struct vici_writer *reply, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse(reply, format, args);
	va_end(args);
}

void vici_refuse_as(struct vici_writer *reply, const char *refusal,
		    const char *format, ...)
{
	va_list args;

	vici_put(reply, "refusal", "%s", refusal);
	va_start(args, format);
	refuse(reply, format, args);
	va_end(args);
}

static void answer(struct vici_client *client, enum vici_type type)
{
	struct vici_writer v;

	vici_begin(&v, type, NULL);
	vici_send(client, &v);
}

static int run_command(struct vici_client *client,
		       const struct vici_packet *packet)
{
	struct vici_writer reply;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, packet->name))
			break;
	if (i == ARRAY_SIZE(commands)) {
		answer(client, VICI_CMD_UNKNOWN);
		return 0;
	}
	client->answered = false;
	vici_begin(&reply, VICI_CMD_RESPONSE, NULL);
	commands[i].run(client, packet->message, &reply);
	if (client->wait || client->answered)
		vici_clear(&reply);
	else
		vici_send(client, &reply);
	return 0;
}

static int find_event(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (!strcmp(events[i], name))
			return i;
	return -ENOENT;
}

static int register_event(struct vici_client *client,
			  const struct vici_packet *packet)
{
	int event = find_event(packet->name);

	if (event < 0) {
		answer(client, VICI_EVENT_UNKNOWN);
		return 0;
	}
	client->hears |= 1u << event;
	answer(client, VICI_EVENT_CONFIRM);
	vici_event_heard(client->vici);
	return 0;
}

/* An event that it did not hear is not unknown, but it did not register it. */
static int unregister_event(struct vici_client *client,
			    const struct vici_packet *packet)
{
	int event = find_event(packet->name);

	if (event < 0 || !vici_hears(client, event)) {
		answer(client, VICI_EVENT_UNKNOWN);
		return 0;
	}
	client->hears &= ~(1u << event);
	answer(client, VICI_EVENT_CONFIRM);
	vici_event_heard(client->vici);
	return 0;
}

int vici_packet(struct vici_client *client, const struct vici_packet *packet)
{
	static int (*const handlers[VICI_TYPE_COUNT])(struct vici_client *,
						      const struct vici_packet *) = {
		[VICI_CMD_REQUEST] = run_command,
		[VICI_EVENT_REGISTER] = register_event,
		[VICI_EVENT_UNREGISTER] = unregister_event,
	};

	if (handlers[packet->type])
		return handlers[packet->type](client, packet);
	log_warning("control: a client sent a packet of type %d, which is the daemon's: closed",
		    packet->type);
	return -EPROTO;
}
