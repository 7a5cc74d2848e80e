/* SPDX-License-Identifier: GPL-2.0-only */
/* What the engine wants to be kept, as files that only root reads, in memory that
 * ends with the boot. It knows names and octets, not what they mean.
 */
#ifndef CULVERT_JOURNAL_H
#define CULVERT_JOURNAL_H

#include "buf.h"

#define JOURNAL_DIR "/run/culvert/journal"

struct journal;

#define JOURNAL_SENTENCE_MAX 256

/* Makes the directory where it is missing, with what leads to it. -errno, and a
 * sentence of up to JOURNAL_SENTENCE_MAX octets: it belongs to somebody else,
 * others may read it, or another daemon has it.
 */
int journal_open(struct journal **result, const char *path, char *sentence);
void journal_close(struct journal *journal);

/* In place of what was kept of that family, as a whole. -errno: there is none of
 * it any more, rather than one that is not true.
 */
int journal_keep(struct journal *journal, uint32_t family,
		 struct ike_bytes record);
/* What is not there is forgotten. */
int journal_forget(struct journal *journal, uint32_t family);

/* Everything that was kept since this boot in this network namespace. What resume
 * refuses, and what is damaged or of another boot, is removed; the latter is
 * told, in words.
 */
void journal_each(struct journal *journal,
		  int (*resume)(struct ike_bytes record, void *arg),
		  void (*tell)(const char *sentence, void *arg), void *arg);

#endif
