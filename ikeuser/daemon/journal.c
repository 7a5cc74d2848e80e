// SPDX-License-Identifier: GPL-2.0-only
/* A file for each family of IKE SAs, written beside its place and moved into it. A
 * head says of which boot and network namespace it is, and by a hash whether it
 * is whole:
 *
 *	"culvert journal\n"  boot (16)  namespace (8)  SHA-1 of the record  record
 *
 * The hash finds what was damaged. It proves nothing: who can write here is root.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"
#include "journal.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define NETWORK "/proc/self/ns/net"
#define BOOT_LEN 16
#define RECORD_MAX (1 << 24)
/* As many as IKE SAs that anybody has had in one daemon, and no more. */
#define RECORDS_MAX 65536
#define NAME_LEN 8

static const char magic[16] = "culvert journal\n";

struct head {
	char magic[sizeof(magic)];
	uint8_t boot[BOOT_LEN];
	uint64_t network;
	uint8_t hash[SHA1_LEN];
} __attribute__((packed));

struct journal {
	int dir;
	struct head head;		/* but for the hash, of all */
};

static int fail(char *sentence, int err, const char *path, const char *why)
{
	snprintf(sentence, JOURNAL_SENTENCE_MAX, "%s: %s", path, why);
	return err;
}

static int read_boot(uint8_t *boot)
{
	char text[64], hex[2 * BOOT_LEN];
	int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t len;
	ssize_t i;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text));
	close(fd);
	for (i = 0; i < len && n < sizeof(hex); i++)
		if (text[i] != '-')
			hex[n++] = text[i];
	if (n < sizeof(hex))
		return -EINVAL;
	for (n = 0; n < BOOT_LEN; n++)
		if (ike_hex_parse(&hex[2 * n], 1, &boot[n]))
			return -EINVAL;
	return 0;
}

static int make_head(struct head *head)
{
	struct stat st;

	memcpy(head->magic, magic, sizeof(magic));
	if (stat(NETWORK, &st))
		return -errno;
	head->network = st.st_ino;
	return read_boot(head->boot);
}

static void make_parents(const char *path)
{
	char part[4096];
	char *at = part;

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return;
	while ((at = strchr(at + 1, '/'))) {
		*at = 0;
		mkdir(part, 0755);
		*at = '/';
	}
}

static int check_dir(int dir, const char *path, char *sentence)
{
	struct stat st;

	if (fstat(dir, &st))
		return fail(sentence, -errno, path, strerror(errno));
	if (st.st_uid != geteuid())
		return fail(sentence, -EPERM, path,
			    "it belongs to another user, who could read keys");
	if (st.st_mode & 077)
		return fail(sentence, -EPERM, path,
			    "others can look into it: make its mode 0700");
	if (flock(dir, LOCK_EX | LOCK_NB))
		return fail(sentence, -EBUSY, path,
			    "another daemon keeps its journal there: give each its own directory");
	return 0;
}

int journal_open(struct journal **result, const char *path, char *sentence)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int err;

	if (!journal)
		return fail(sentence, -ENOMEM, path, strerror(ENOMEM));
	make_parents(path);
	mkdir(path, 0700);
	journal->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			    O_CLOEXEC);
	if (journal->dir < 0)
		err = fail(sentence, -errno, path, strerror(errno));
	else
		err = check_dir(journal->dir, path, sentence);
	if (!err && make_head(&journal->head))
		err = fail(sentence, -EINVAL, path,
			   "which boot this is cannot be told");
	if (err)
		journal_close(journal);
	else
		*result = journal;
	return err;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	if (journal->dir >= 0)
		close(journal->dir);
	free(journal);
}

static int write_all(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;
	ssize_t n;

	for (; len; at += n, len -= n) {
		n = write(fd, at, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			n = 0;
	}
	return 0;
}

static int write_file(struct journal *journal, const char *name,
		      struct ike_bytes record)
{
	struct head head = journal->head;
	int fd, err;

	err = ike_crypto_sha1(&record, 1, head.hash);
	if (err)
		return err;
	fd = openat(journal->dir, name, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, &head, sizeof(head));
	if (!err)
		err = write_all(fd, record.data, record.len);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

int journal_forget(struct journal *journal, uint32_t family)
{
	char name[NAME_LEN + 1];

	snprintf(name, sizeof(name), "%08" PRIx32, family);
	if (unlinkat(journal->dir, name, 0) && errno != ENOENT)
		return -errno;
	return 0;
}

int journal_keep(struct journal *journal, uint32_t family,
		 struct ike_bytes record)
{
	char name[NAME_LEN + 1], new[NAME_LEN + 5];
	int err;

	snprintf(name, sizeof(name), "%08" PRIx32, family);
	snprintf(new, sizeof(new), "%s.new", name);
	err = write_file(journal, new, record);
	if (!err && renameat(journal->dir, new, journal->dir, name))
		err = -errno;
	if (!err)
		return 0;
	unlinkat(journal->dir, new, 0);
	journal_forget(journal, family);
	return err;
}

/* -EINVAL, and why not. */
static int check_file(const struct stat *st, const char **why)
{
	if (!S_ISREG(st->st_mode))
		*why = "it is no file";
	else if (st->st_uid != geteuid())
		*why = "it belongs to another user";
	else if (st->st_mode & 077)
		*why = "others could write or read it";
	else if (st->st_size < (off_t)sizeof(struct head))
		*why = "it ends before its head does";
	else if (st->st_size > RECORD_MAX)
		*why = "it is larger than any record";
	else
		return 0;
	return -EINVAL;
}

static int check_head(const struct journal *journal, const struct head *head,
		      struct ike_bytes record, const char **why)
{
	uint8_t hash[SHA1_LEN];

	if (memcmp(head->magic, magic, sizeof(magic)))
		*why = "it is no journal of this version";
	else if (memcmp(head->boot, journal->head.boot, BOOT_LEN))
		*why = "it is of another boot";
	else if (head->network != journal->head.network)
		*why = "it is of another network namespace";
	else if (ike_crypto_sha1(&record, 1, hash) ||
		 memcmp(hash, head->hash, sizeof(hash)))
		*why = "it is damaged";
	else
		return 0;
	return -EINVAL;
}

static int read_all(int fd, uint8_t *data, size_t len)
{
	ssize_t n;

	for (; len; data += n, len -= n) {
		n = read(fd, data, len);
		if (n == 0 || (n < 0 && errno != EINTR))
			return -EIO;
		if (n < 0)
			n = 0;
	}
	return 0;
}

/* Who is told what, while the journal is read. */
struct reading {
	struct journal *journal;
	int (*resume)(struct ike_bytes record, void *arg);
	void *arg;
	const char *why;
};

static int read_file(struct reading *reading, int fd)
{
	struct ike_bytes record;
	struct stat st;
	uint8_t *data;
	int err;

	reading->why = "it cannot be read";
	if (fstat(fd, &st))
		return -EINVAL;
	err = check_file(&st, &reading->why);
	if (err)
		return err;
	data = malloc(st.st_size);
	if (!data)
		return -ENOMEM;
	record.data = data + sizeof(struct head);
	record.len = st.st_size - sizeof(struct head);
	err = read_all(fd, data, st.st_size);
	if (!err)
		err = check_head(reading->journal, (struct head *)data, record,
				 &reading->why);
	if (!err) {
		reading->why = NULL;
		err = reading->resume(record, reading->arg);
	}
	ike_crypto_wipe(data, st.st_size);
	free(data);
	return err;
}

static int read_name(struct reading *reading, const char *name)
{
	int fd, err;

	/* One that was being written when its writer died. */
	reading->why = NULL;
	if (strspn(name, "0123456789abcdef") != NAME_LEN || name[NAME_LEN])
		return -EINVAL;
	reading->why = "it cannot be opened";
	fd = openat(reading->journal->dir, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = read_file(reading, fd);
	close(fd);
	return err;
}

/* All names first: reading them makes new ones. */
static char (*list_names(struct journal *journal, size_t *n))[NAME_MAX + 1]
{
	char (*names)[NAME_MAX + 1] = NULL, (*more)[NAME_MAX + 1];
	const struct dirent *entry;
	DIR *dir = fdopendir(dup(journal->dir));

	*n = 0;
	if (!dir)
		return NULL;
	rewinddir(dir);
	while (*n < RECORDS_MAX && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!(*n & (*n - 1))) {
			more = realloc(names, (*n ? 2 * *n : 1) *
					      sizeof(*names));
			if (!more)
				break;
			names = more;
		}
		snprintf(names[(*n)++], NAME_MAX + 1, "%s", entry->d_name);
	}
	closedir(dir);
	return names;
}

void journal_each(struct journal *journal,
		  int (*resume)(struct ike_bytes record, void *arg),
		  void (*tell)(const char *sentence, void *arg), void *arg)
{
	struct reading reading = { journal, resume, arg, NULL };
	char sentence[JOURNAL_SENTENCE_MAX];
	char (*names)[NAME_MAX + 1];
	size_t n, i;

	names = list_names(journal, &n);
	for (i = 0; i < n; i++) {
		if (!read_name(&reading, names[i]))
			continue;
		unlinkat(journal->dir, names[i], 0);
		if (!reading.why)
			continue;
		snprintf(sentence, sizeof(sentence),
			 "what was kept as %.64s is not gone on with: %s",
			 names[i], reading.why);
		tell(sentence, arg);
	}
	free(names);
}
