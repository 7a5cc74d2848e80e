// SPDX-License-Identifier: GPL-2.0-only
/* Message IDs, what is sent again and when. No clock and no socket: the caller
 * sends, and asks how long to wait.
 */
#include <errno.h>
#include <string.h>

#include "window.h"

/* A repeat is the same octets. That digest is no secret and no authentication:
 * an authentic datagram had it.
 */
static bool same_digest(const struct ike_window *window,
			struct ike_bytes datagram)
{
	uint8_t digest[SHA1_LEN];

	return !ike_crypto_sha1(&datagram, 1, digest) &&
	       !memcmp(digest, window->digest, sizeof(digest));
}

enum ike_window_request ike_window_request(const struct ike_window *window,
					   uint32_t id,
					   struct ike_bytes datagram)
{
	if (id == window->expected)
		return IKE_WINDOW_NEW;
	if (!window->answered || id != window->expected - 1)
		return IKE_WINDOW_STALE;
	return same_digest(window, datagram) ? IKE_WINDOW_REPEAT :
					       IKE_WINDOW_SAME_ID;
}

bool ike_window_response(const struct ike_window *window, uint32_t id)
{
	return window->asking && id == window->next - 1;
}

int ike_window_ask(struct ike_window *window, struct ike_packets *packets,
		   uint64_t now)
{
	if (window->asking)
		return -EBUSY;
	if (window->next == UINT32_MAX)
		return -EOVERFLOW;
	ike_packets_clear(&window->request);
	window->request = *packets;
	memset(packets, 0, sizeof(*packets));
	window->next++;
	window->asking = true;
	window->tries = 1;
	window->asked_at = now;
	return 0;
}

void ike_window_asked_done(struct ike_window *window)
{
	window->asking = false;
	window->tries = 0;
	ike_packets_clear(&window->request);
}

uint64_t ike_window_wait(const struct ike_window *window)
{
	uint64_t wait = WINDOW_FIRST_MS;
	unsigned int i;

	for (i = 1; i < window->tries; i++)
		wait += wait / 2;
	return wait;
}

bool ike_window_retry(struct ike_window *window)
{
	if (window->tries >= WINDOW_TRIES)
		return false;
	window->tries++;
	return true;
}

void ike_window_accept(struct ike_window *window, struct ike_bytes datagram)
{
	window->expected++;
	window->answered = false;
	ike_packets_clear(&window->response);
	/* Without a digest no repeat is known again, and none is answered. */
	if (ike_crypto_sha1(&datagram, 1, window->digest))
		memset(window->digest, 0, sizeof(window->digest));
}

void ike_window_answer(struct ike_window *window, struct ike_packets *packets)
{
	ike_packets_clear(&window->response);
	window->response = *packets;
	memset(packets, 0, sizeof(*packets));
	window->answered = true;
}

void ike_window_clear(struct ike_window *window)
{
	ike_packets_clear(&window->request);
	ike_packets_clear(&window->response);
	memset(window, 0, sizeof(*window));
}
