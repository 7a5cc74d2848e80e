/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory that Wireshark takes as its own, WIRESHARK_CONFIG_DIR=DIRECTORY, in
 * which stand the keys of a capture: esp_sa, ikev2_decryption_table, and preferences
 * that have it decrypt. Knows Wireshark's names, and no packet.
 */
#ifndef CULVERT_WIRESHARK_H
#define CULVERT_WIRESHARK_H

#include <stdio.h>

#include "esp_open.h"

#define WIRESHARK_LINE_MAX 1024

struct wireshark {
	FILE *esp;		/* both owned */
	FILE *ike;
	size_t esp_lines;
	size_t ike_lines;
};

/* As text, which is what the table has. */
struct wireshark_ike {
	const char *spi_i;
	const char *spi_r;
	unsigned int encr;
	unsigned int integ;
	const char *ei;
	const char *er;
	const char *ai;
	const char *ar;
};

/* Makes the directory, for its owner alone; what a capture left there is replaced.
 * -errno: -EEXIST: it is there, and is not such a directory.
 */
int wireshark_open(struct wireshark *w, const char *directory);
/* Adds a line, at once. line has WIRESHARK_LINE_MAX octets: an esp_sa line of
 * newer versions, with ten columns; empty, if Wireshark knows no such algorithm.
 */
void wireshark_esp(struct wireshark *w, const struct esp_sa *sa, char *line);
void wireshark_ike(struct wireshark *w, const struct wireshark_ike *sa);
/* -errno: something could not be written. */
int wireshark_close(struct wireshark *w);

#endif
