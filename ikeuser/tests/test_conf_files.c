// SPDX-License-Identifier: GPL-2.0-only
/* Files: which are read, which are not, and who may own a secret. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "conf_text.h"

/* Each test works in a directory of its own. */
static char dir[64];

static int setup(void **state)
{
	strcpy(dir, "/tmp/test-conf-XXXXXX");
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return chdir("/") || system(command);
}

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(name, mode), 0);
}

static struct conf_options options(void)
{
	return (struct conf_options){
		.owner = getuid(),
		.credentials = dir,
	};
}

static void file_good(const char *name)
{
	const struct conf_options opts = options();
	struct conf_notes notes = { 0 };
	struct conf *conf;
	int err = conf_read(&conf, name, &opts, &notes);

	if (err)
		fail_msg("%s: %d, %s", name, err,
			 notes.n ? notes.note[0].sentence : "no note");
	conf_notes_clear(&notes);
	conf_free(conf);
}

static void file_bad_for(const struct conf_options *opts, const char *name,
			 const char *file, unsigned int line,
			 const char *sentence)
{
	struct conf_notes notes = { 0 };
	struct conf *conf;

	assert_int_equal(conf_read(&conf, name, opts, &notes), -EINVAL);
	assert_null(conf);
	assert_true(notes.n > 0);
	if (!strstr(notes.note[0].sentence, sentence))
		fail_msg("%s, not %s", notes.note[0].sentence, sentence);
	assert_string_equal(notes.note[0].file, file);
	assert_int_equal(notes.note[0].line, line);
	conf_notes_clear(&notes);
}

static void file_bad(const char *name, const char *file, unsigned int line,
		     const char *sentence)
{
	const struct conf_options opts = options();

	file_bad_for(&opts, name, file, line, sentence);
}

static void test_C01_what_is_no_file(void **state)
{
	assert_int_equal(mkfifo("fifo", 0600), 0);
	file_bad("missing", "missing", 0, "No such file");
	file_bad(".", ".", 0, "not a regular file");
	file_bad("fifo", "fifo", 0, "not a regular file");
	file_bad("/dev/zero", "/dev/zero", 0, "not a regular file");
	put("big", "", 0600);
	assert_int_equal(truncate("big", (128 << 20) + 1), 0);
	file_bad("big", "big", 0, "more than 134217728 octets");
}

static void test_a_file_that_others_can_write_is_not_read(void **state)
{
	put("c", "", 0644);
	file_good("c");
	put("c", "", 0664);
	file_bad("c", "c", 0, "can be written by others");
	put("c", "", 0646);
	file_bad("c", "c", 0, "can be written by others");
}

static void test_a_file_of_somebody_else_is_not_read(void **state)
{
	struct conf_options opts = options();

	if (getuid())
		skip();
	put("c", "", 0600);
	assert_int_equal(chown("c", 1234, 0), 0);
	file_bad_for(&opts, "c", "c", 0, "belongs to user 1234");
	opts.owner = 1234;
	assert_int_equal(chown("c", 0, 0), 0);
	put("d", "include \"c\"\n", 0600);
	file_good("d");
}

static void test_includes_are_read_in_the_order_of_their_names(void **state)
{
	assert_int_equal(mkdir("conf.d", 0700), 0);
	put("c", "include \"conf.d/*.conf\"\ninclude none*; " PEER MAP, 0600);
	put("conf.d/2.conf", "access-list a permit ip host 10.0.0.2 any4", 0600);
	put("conf.d/1.conf", "access-list a permit ip host 10.0.0.1 any4", 0600);
	put("conf.d/3.other", "x", 0600);
	{
		const struct conf_options opts = options();
		struct conf_notes notes = { 0 };
		struct conf *conf;

		assert_int_equal(conf_read(&conf, "c", &opts, &notes), 0);
		conf_rules_are(conf, "protect 10.0.0.1 0.0.0.0/0\n"
				     "protect 10.0.0.2 0.0.0.0/0\n");
		conf_notes_clear(&notes);
		conf_free(conf);
	}
}

static void test_an_error_in_an_include_names_its_file(void **state)
{
	assert_int_equal(mkdir("sub", 0700), 0);
	put("c", "include sub/a\n", 0600);
	put("sub/a", "include b\n", 0600);
	put("sub/b", "\nx\n", 0600);
	file_bad("c", "sub/b", 2, "unknown statement 'x'");
}

static void test_C01_includes_that_are_refused(void **state)
{
	put("c", "include ../c\n", 0600);
	file_bad("c", "c", 1, "no '..'");
	put("c", "include missing\n", 0600);
	file_bad("c", "c", 1, "there is no file 'missing'");
	put("c", "include /dev/zero\n", 0600);
	file_bad("c", "c", 1, "not a regular file");
	put("c", "include \"\"\n", 0600);
	file_bad("c", "c", 1, "no '..'");
	put("c", "include a b\n", 0600);
	file_bad("c", "c", 1, "expected the end of the statement");
}

static void test_C01_includes_that_never_end(void **state)
{
	char name[20], text[40];
	int i;

	put("c", "include c\n", 0600);
	file_bad("c", "c", 1, "'c' includes itself");
	put("a", "include b\n", 0600);
	put("b", "include *\n", 0600);
	file_bad("a", "b", 1, "'a' includes itself");
	assert_int_equal(link("a", "other-name"), 0);
	put("b", "include other-name\n", 0600);
	file_bad("a", "b", 1, "'other-name' includes itself");
	for (i = 0; i < 18; i++) {
		sprintf(name, "n%d", i);
		sprintf(text, "include n%d\n", i + 1);
		put(name, text, 0600);
	}
	file_bad("n0", "n16", 1, "more than 16 files");
}

#define SECRET_PEER(what) \
	"peer p { local_addrs 192.0.2.1; remote_addrs 192.0.2.2\n" \
	"auth psk secret " what "\n}\n"

static void test_C06_files_of_secrets(void **state)
{
	put("c", SECRET_PEER("file \"psk\""), 0644);
	put("psk", "sixteen octets!!\n", 0600);
	file_good("c");
	put("psk", "sixteen octets!!\r\n", 0400);
	file_good("c");
	put("psk", "sixteen octets!!", 0640);
	file_bad("c", "c", 2, "can be read by others");
	put("psk", "sixteen octets!!", 0604);
	file_bad("c", "c", 2, "can be read by others");
	put("psk", "\n", 0600);
	file_bad("c", "c", 2, "'psk' is empty");
	put("psk", "0x123", 0600);
	file_bad("c", "c", 2, "pairs of hexadecimal");
	assert_int_equal(truncate("psk", 5000), 0);
	file_bad("c", "c", 2, "more than 4096 octets");
	assert_int_equal(unlink("psk"), 0);
	file_bad("c", "c", 2, "No such file");
	assert_int_equal(mkfifo("psk", 0600), 0);
	file_bad("c", "c", 2, "not a regular file");
}

/* C07: what a symlink leads to is what counts */
static void test_C07_a_secret_behind_a_symlink(void **state)
{
	put("c", SECRET_PEER("file \"link\""), 0644);
	put("psk", "sixteen octets!!\n", 0600);
	assert_int_equal(symlink("psk", "link"), 0);
	file_good("c");
	assert_int_equal(chmod("psk", 0644), 0);
	file_bad("c", "c", 2, "can be read by others");
}

static void test_C07_links_that_lead_to_no_secret(void **state)
{
	put("c", SECRET_PEER("file \"link\""), 0644);
	assert_int_equal(symlink("missing", "link"), 0);
	file_bad("c", "c", 2, "No such file");
	assert_int_equal(unlink("link"), 0);
	assert_int_equal(symlink("link", "link"), 0);
	file_bad("c", "c", 2, "symbolic links");
	assert_int_equal(unlink("link"), 0);
	assert_int_equal(symlink("/dev/zero", "link"), 0);
	file_bad("c", "c", 2, "not a regular file");
	assert_int_equal(unlink("link"), 0);
	assert_int_equal(symlink(".", "link"), 0);
	file_bad("c", "c", 2, "not a regular file");
}

/* The owner of what it leads to counts, not who made the link. */
static void test_C07_a_secret_of_somebody_else(void **state)
{
	if (getuid())
		skip();
	put("c", SECRET_PEER("file \"link\""), 0644);
	put("psk", "sixteen octets!!\n", 0600);
	assert_int_equal(symlink("psk", "link"), 0);
	assert_int_equal(chown("psk", 1234, 0), 0);
	file_bad("c", "c", 2, "belongs to user 1234");
}

static void test_C07_a_secret_cut_at_each_octet(void **state)
{
	static const char secret[] = "0x00112233445566778899aabbccddeeff";
	char text[sizeof(secret)];
	size_t n;

	put("c", SECRET_PEER("file psk"), 0644);
	for (n = 0; n < sizeof(secret) - 1; n++) {
		snprintf(text, sizeof(text), "%.*s", (int)n, secret);
		put("psk", text, 0600);
		if (!n)
			file_bad("c", "c", 2, "is empty");
		else if (n >= 2 && (n == 2 || n % 2))
			file_bad("c", "c", 2, "pairs of hexadecimal");
		else
			file_good("c");
	}
}

static void test_a_file_of_a_secret_is_looked_for_beside_its_file(void **state)
{
	assert_int_equal(mkdir("sub", 0700), 0);
	put("c", "include sub/peer\n", 0600);
	put("sub/peer", SECRET_PEER("file psk"), 0600);
	put("sub/psk", "sixteen octets!!\n", 0600);
	file_good("c");
}

static void test_credentials(void **state)
{
	put("c", SECRET_PEER("credential site2"), 0644);
	put("site2", "sixteen octets!!\n", 0400);
	file_good("c");
	assert_int_equal(chmod("site2", 0444), 0);
	file_bad("c", "c", 2, "can be read by others");
}

static void test_a_secret_in_a_file_that_others_can_read(void **state)
{
	put("c", SECRET_PEER("\"sixteen octets!!\""), 0600);
	file_good("c");
	put("c", SECRET_PEER("\"sixteen octets!!\""), 0640);
	file_bad("c", "c", 2, "a secret in a file that others can read");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_C01_what_is_no_file),
		TEST(test_a_file_that_others_can_write_is_not_read),
		TEST(test_a_file_of_somebody_else_is_not_read),
		TEST(test_includes_are_read_in_the_order_of_their_names),
		TEST(test_an_error_in_an_include_names_its_file),
		TEST(test_C01_includes_that_are_refused),
		TEST(test_C01_includes_that_never_end),
		TEST(test_C06_files_of_secrets),
		TEST(test_C07_a_secret_behind_a_symlink),
		TEST(test_C07_links_that_lead_to_no_secret),
		TEST(test_C07_a_secret_of_somebody_else),
		TEST(test_C07_a_secret_cut_at_each_octet),
		TEST(test_a_file_of_a_secret_is_looked_for_beside_its_file),
		TEST(test_credentials),
		TEST(test_a_secret_in_a_file_that_others_can_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
