/* SPDX-License-Identifier: GPL-2.0-only */
/* Message IDs of one IKE SA (RFC 7296 2.1 to 2.3): a window of 1 in each
 * direction, our request until it is answered, our last response until the next
 * request. Knows octets and times, not what they mean.
 *
 *	ours:	request n   --->  kept, sent again and again
 *		response n  <---  kept no more; n + 1 may follow
 *	theirs:	request m   <---  new
 *		response m  --->  kept, and sent again when m comes again
 */
#ifndef IKE_WINDOW_H
#define IKE_WINDOW_H

#include "crypto.h"
#include "frag.h"

/* RFC 7296 2.4: a dozen times over several minutes. With the first after half a
 * second and each wait half as long again, 14 tries end after 4 minutes. On a
 * wire that loses 30 % each way, one exchange in 12,000 fails.
 */
#define WINDOW_TRIES 14
#define WINDOW_FIRST_MS 500
/* RFC 7383 2.5.2: so many go unanswered before smaller fragments are tried;
 * they take 4 seconds.
 */
#define WINDOW_PROBE_TRIES 5

struct ike_window {
	/* Ours */
	uint32_t next;			/* of our next request */
	bool asking;			/* next - 1 is not answered yet */
	unsigned int tries;		/* how often it was sent */
	uint64_t asked_at;		/* ms, first time */
	struct ike_packets request;
	/* Theirs */
	uint32_t expected;		/* of their next request */
	bool answered;			/* response is that to expected - 1 */
	uint8_t digest[SHA1_LEN];	/* of the first packet of that request */
	struct ike_packets response;
};

/* What a request from the peer is. */
enum ike_window_request {
	IKE_WINDOW_NEW,
	IKE_WINDOW_REPEAT,	/* octet for octet: send the response again */
	IKE_WINDOW_SAME_ID,	/* the last Message ID, other octets */
	IKE_WINDOW_STALE,	/* before the window, or beyond it */
};

enum ike_window_request ike_window_request(const struct ike_window *window,
					   uint32_t id, struct ike_bytes datagram);
/* Whether a response is one to our request. */
bool ike_window_response(const struct ike_window *window, uint32_t id);

/* Takes the packets of our request, -EBUSY: one is not answered; -EOVERFLOW: the
 * Message IDs are used up (2.2).
 */
int ike_window_ask(struct ike_window *window, struct ike_packets *packets,
		   uint64_t now);
void ike_window_asked_done(struct ike_window *window);
/* How long to wait for the answer now, ms. */
uint64_t ike_window_wait(const struct ike_window *window);
/* Counts one more try; false: that was the last one. */
bool ike_window_retry(struct ike_window *window);
/* The request with the expected ID was authentic: no other has it. datagram: as
 * it came, of a fragmented one the first fragment.
 */
void ike_window_accept(struct ike_window *window, struct ike_bytes datagram);
/* Takes the packets of the response to what was accepted last. */
void ike_window_answer(struct ike_window *window, struct ike_packets *packets);
void ike_window_clear(struct ike_window *window);

#endif
