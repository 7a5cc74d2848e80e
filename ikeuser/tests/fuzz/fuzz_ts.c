// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes a TS payload: read, narrowed to a policy, and the answer compared with
 * both. With the first octet set to 1 the rest is a selector as text.
 */

#include <stdlib.h>
#include <string.h>

#include "ts.h"

static struct ike_ts_list policy;

static void must(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const texts[] = {
		"10.0.0.0/8", "192.168.0.0-192.168.3.7[tcp/80-443]",
		"2001:db8::/32", "0.0.0.0/0[udp/opaque]",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ike_ts ts;

		must(!ike_ts_parse(&ts, texts[i]));
		must(!ike_ts_list_add(&policy, &ts));
	}
	return 0;
}

/* What is printed is read again as the same. */
static void print_again(const struct ike_ts *ts)
{
	struct ike_text t;
	struct ike_ts again;
	char line[200];

	ike_text_init(&t, line, sizeof(line));
	ike_ts_print(ts, &t);
	must(!t.cut);
	if (!ike_ts_parse(&again, line))
		must(ike_ts_equal(ts, &again));
}

static void write_again(const struct ike_ts_list *list)
{
	struct ike_ts_list again;
	struct ike_fault fault;
	struct ike_writer w;

	ike_writer_init(&w, 16384);
	ike_ts_list_emit(list, &w);
	must(!w.error);
	must(!ike_ts_list_parse(&again, ike_writer_written(&w), &fault));
	must(again.n == list->n);
	ike_ts_list_clear(&again);
	ike_writer_clear(&w);
}

static void narrow(const struct ike_ts_list *offer)
{
	struct ike_ts_list answer;

	if (ike_ts_narrow(offer, &policy, &answer))
		return;
	for (size_t i = 0; i < answer.n; i++) {
		const struct ike_ts_list one = { &answer.ts[i], 1 };

		must(ike_ts_list_covers(&policy, &one));
		must(ike_ts_list_covers(offer, &one));
	}
	write_again(&answer);
	ike_ts_list_clear(&answer);
}

static void text_parse(const uint8_t *data, size_t size)
{
	char text[300];
	struct ike_ts ts;

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!ike_ts_parse(&ts, text))
		print_again(&ts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_ts_list list;
	struct ike_fault fault = { 0 };

	if (size && data[0] == 1) {
		text_parse(data + 1, size - 1);
		return 0;
	}
	if (!size || ike_ts_list_parse(&list, (struct ike_bytes){ data + 1,
								  size - 1 },
				       &fault))
		return 0;
	for (size_t i = 0; i < list.n; i++)
		print_again(&list.ts[i]);
	if (list.n)
		write_again(&list);
	narrow(&list);
	ike_ts_list_clear(&list);
	return 0;
}
