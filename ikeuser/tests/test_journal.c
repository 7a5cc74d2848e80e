// SPDX-License-Identifier: GPL-2.0-only
/* Files of the journal: what is kept comes back, once and whole; what somebody else
 * could have written, was damaged or is of another boot does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "journal.h"

#define HEAD_LEN 60		/* of each file, before the record */

static char dir[64], path[96];
static struct journal *journal;
static char sentence[JOURNAL_SENTENCE_MAX];

static int setup(void **state)
{
	strcpy(dir, "/tmp/test_journal.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/run/journal", dir);
	return journal_open(&journal, path, sentence);
}

static int teardown(void **state)
{
	char command[128];

	journal_close(journal);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static struct {
	unsigned int n;
	unsigned int told;
	char last[64];
	char sentence[JOURNAL_SENTENCE_MAX];
	int err;
} seen;

static int resume(struct ike_bytes record, void *arg)
{
	seen.n++;
	assert_true(record.len < sizeof(seen.last));
	memcpy(seen.last, record.data, record.len);
	seen.last[record.len] = 0;
	return seen.err;
}

static void tell(const char *text, void *arg)
{
	seen.told++;
	snprintf(seen.sentence, sizeof(seen.sentence), "%s", text);
}

/* How many come back, to another daemon. */
static unsigned int come_back(void)
{
	memset(&seen, 0, sizeof(seen));
	journal_close(journal);
	journal = NULL;
	assert_int_equal(journal_open(&journal, path, sentence), 0);
	journal_each(journal, resume, tell, NULL);
	return seen.n;
}

static void keep(uint32_t family, const char *text)
{
	struct ike_bytes record = { (const uint8_t *)text, strlen(text) };

	assert_int_equal(journal_keep(journal, family, record), 0);
}

static const char *file(uint32_t family)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s/%08x", path, family);
	return name;
}

static void test_the_last_that_was_kept_comes_back(void **state)
{
	keep(1, "one");
	keep(1, "another one");
	assert_int_equal(come_back(), 1);
	assert_string_equal(seen.last, "another one");
	assert_int_equal(come_back(), 1);
	keep(2, "two");
	assert_int_equal(come_back(), 2);
	assert_int_equal(journal_forget(journal, 2), 0);
	assert_int_equal(journal_forget(journal, 2), 0);
	assert_int_equal(come_back(), 1);
	assert_int_equal(seen.told, 0);
}

static void test_only_root_reads_it(void **state)
{
	struct stat st;

	keep(1, "one");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(file(1), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_what_the_engine_refuses_is_removed(void **state)
{
	keep(1, "one");
	memset(&seen, 0, sizeof(seen));
	seen.err = -EBADMSG;
	journal_each(journal, resume, tell, NULL);
	assert_int_equal(seen.n, 1);
	assert_int_equal(come_back(), 0);
	/* The engine has told why. */
	assert_int_equal(seen.told, 0);
}

static void write_at(const char *name, off_t at, int flip)
{
	int fd = open(name, O_RDWR);
	uint8_t octet;

	assert_int_equal(pread(fd, &octet, 1, at), 1);
	octet ^= flip;
	assert_int_equal(pwrite(fd, &octet, 1, at), 1);
	close(fd);
}

static void test_each_octet_counts(void **state)
{
	struct stat st;
	off_t at;

	keep(1, "one");
	assert_int_equal(stat(file(1), &st), 0);
	assert_int_equal(st.st_size, HEAD_LEN + 3);
	for (at = 0; at < st.st_size; at++) {
		keep(1, "one");
		write_at(file(1), at, 1 << at % 8);
		assert_int_equal(come_back(), 0);
		assert_int_equal(seen.told, 1);
		assert_int_not_equal(access(file(1), F_OK), 0);
	}
}

static void test_file_that_ends_early_is_none(void **state)
{
	off_t len;

	for (len = 0; len < HEAD_LEN + 3; len++) {
		keep(1, "one");
		assert_int_equal(truncate(file(1), len), 0);
		assert_int_equal(come_back(), 0);
		assert_int_equal(seen.told, 1);
	}
}

/* Words say which boot, and that it is not this one. */
static void test_another_boot_is_told(void **state)
{
	keep(1, "one");
	write_at(file(1), 20, 1);
	assert_int_equal(come_back(), 0);
	assert_non_null(strstr(seen.sentence, "another boot"));
	keep(1, "one");
	write_at(file(1), 33, 1);
	assert_int_equal(come_back(), 0);
	assert_non_null(strstr(seen.sentence, "another network namespace"));
}

static void test_what_others_can_write_is_not_read(void **state)
{
	keep(1, "one");
	assert_int_equal(chmod(file(1), 0640), 0);
	assert_int_equal(come_back(), 0);
	assert_non_null(strstr(seen.sentence, "others could"));
	if (geteuid())
		return;
	keep(1, "one");
	assert_int_equal(chown(file(1), 12345, 0), 0);
	assert_int_equal(come_back(), 0);
	assert_non_null(strstr(seen.sentence, "another user"));
}

static void test_what_is_no_file_is_not_read(void **state)
{
	char other[128];

	keep(1, "one");
	snprintf(other, sizeof(other), "%s/moved", dir);
	assert_int_equal(rename(file(1), other), 0);
	assert_int_equal(symlink(other, file(1)), 0);
	assert_int_equal(come_back(), 0);
	assert_int_equal(access(other, F_OK), 0);
	/* It waits for nobody. */
	assert_int_equal(mkfifo(file(1), 0600), 0);
	assert_int_equal(come_back(), 0);
	assert_non_null(strstr(seen.sentence, "no file"));
}

/* One that was being written when its writer died, and what is none of ours. */
static void test_leftovers_go(void **state)
{
	char name[160];

	keep(1, "one");
	snprintf(name, sizeof(name), "%s.new", file(1));
	assert_int_equal(link(file(1), name), 0);
	assert_int_equal(come_back(), 1);
	assert_int_not_equal(access(name, F_OK), 0);
	/* It would be in the way. */
	keep(1, "two");
	assert_int_equal(come_back(), 1);
	assert_string_equal(seen.last, "two");
}

static void test_one_daemon_has_it(void **state)
{
	struct journal *second;

	assert_int_equal(journal_open(&second, path, sentence), -EBUSY);
	assert_non_null(strstr(sentence, "another daemon"));
}

static void test_directory_of_others_is_refused(void **state)
{
	struct journal *second;

	journal_close(journal);
	journal = NULL;
	assert_int_equal(chmod(path, 0750), 0);
	assert_int_equal(journal_open(&second, path, sentence), -EPERM);
	assert_non_null(strstr(sentence, "0700"));
	assert_int_equal(chmod(path, 0700), 0);
	if (geteuid())
		return;
	assert_int_equal(chown(path, 12345, 0), 0);
	assert_int_equal(journal_open(&second, path, sentence), -EPERM);
}

/* Rather nothing than what is no longer true. */
static void test_what_cannot_be_kept_is_not_there(void **state)
{
	struct ike_bytes record = { (const uint8_t *)"two", 3 };
	char name[160];

	keep(1, "one");
	snprintf(name, sizeof(name), "%s.new", file(1));
	assert_int_equal(mkdir(name, 0700), 0);
	assert_true(journal_keep(journal, 1, record) < 0);
	assert_int_equal(come_back(), 0);
	assert_int_equal(rmdir(name), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* What was kept before is whole or not there, never in part. */
static void test_C11_a_full_disk_keeps_nothing_in_part(void **state)
{
	static uint8_t large[65536];
	struct ike_bytes record = { large, sizeof(large) };
	struct rlimit was, little;

	keep(1, "one");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	little = was;
	little.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	assert_true(journal_keep(journal, 1, record) < 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(come_back(), 0);
	keep(1, "two");
	assert_int_equal(come_back(), 1);
	assert_string_equal(seen.last, "two");
}

static void test_C11_a_directory_that_cannot_be_made_is_told(void **state)
{
	struct journal *none;

	assert_true(journal_open(&none, "/proc/sys/culvert/journal",
				 sentence) < 0);
	assert_non_null(strstr(sentence, "/proc/sys/culvert"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_last_that_was_kept_comes_back),
		TEST(test_only_root_reads_it),
		TEST(test_what_the_engine_refuses_is_removed),
		TEST(test_each_octet_counts),
		TEST(test_file_that_ends_early_is_none),
		TEST(test_another_boot_is_told),
		TEST(test_what_others_can_write_is_not_read),
		TEST(test_what_is_no_file_is_not_read),
		TEST(test_leftovers_go),
		TEST(test_one_daemon_has_it),
		TEST(test_directory_of_others_is_refused),
		TEST(test_what_cannot_be_kept_is_not_there),
		TEST(test_C11_a_full_disk_keeps_nothing_in_part),
		TEST(test_C11_a_directory_that_cannot_be_made_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
