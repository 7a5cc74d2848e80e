// SPDX-License-Identifier: GPL-2.0-only
/* A fuzz target without a fuzzer: its corpus and some thousand mutations of it,
 * the same in each run. What libFuzzer found stays found where there is no clang.
 * FUZZ is the target's name (families C01 to C05, C10).
 */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "seeded.h"

#define MUTATIONS 3000
#define INPUT_MAX 4096
#define INPUTS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Not every target has something to prepare. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

struct input {
	uint8_t data[INPUT_MAX];
	size_t len;
};

static struct {
	struct input *input;
	size_t n;
} corpus;

static int load(void **state)
{
	DIR *dir = opendir(FUZZ_CORPUS "/" FUZZ);
	struct dirent *entry;
	char path[512];
	FILE *file;

	corpus.input = calloc(INPUTS_MAX, sizeof(*corpus.input));
	assert_non_null(corpus.input);
	assert_non_null(dir);
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(NULL, NULL);
	while ((entry = readdir(dir)) && corpus.n < INPUTS_MAX) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), FUZZ_CORPUS "/" FUZZ "/%s",
			 entry->d_name);
		file = fopen(path, "r");
		assert_non_null(file);
		corpus.input[corpus.n].len =
			fread(corpus.input[corpus.n].data, 1, INPUT_MAX, file);
		corpus.n++;
		fclose(file);
	}
	closedir(dir);
	return 0;
}

static int unload(void **state)
{
	free(corpus.input);
	return 0;
}

/* In memory of its own, so that what is read past its end is seen. */
static void run(const struct input *input)
{
	uint8_t *copy = malloc(input->len ? input->len : 1);

	assert_non_null(copy);
	memcpy(copy, input->data, input->len);
	LLVMFuzzerTestOneInput(copy, input->len);
	free(copy);
}

static size_t below(struct seeded *seeded, size_t n)
{
	return n ? seeded_u64(seeded) % n : 0;
}

static void change(struct input *input, struct seeded *seeded)
{
	input->data[below(seeded, input->len)] = seeded_u64(seeded);
}

static void flip(struct input *input, struct seeded *seeded)
{
	input->data[below(seeded, input->len)] ^= 1 << below(seeded, 8);
}

static void cut(struct input *input, struct seeded *seeded)
{
	input->len = below(seeded, input->len + 1);
}

static void leave_out(struct input *input, struct seeded *seeded)
{
	size_t at = below(seeded, input->len);
	size_t n = below(seeded, input->len - at + 1);

	memmove(input->data + at, input->data + at + n, input->len - at - n);
	input->len -= n;
}

/* A part of any input goes into this one. */
static void splice(struct input *input, struct seeded *seeded)
{
	const struct input *from = &corpus.input[below(seeded, corpus.n)];
	size_t start = below(seeded, from->len);
	size_t n = below(seeded, from->len - start + 1);
	size_t at = below(seeded, input->len + 1);

	if (n > INPUT_MAX - input->len)
		n = INPUT_MAX - input->len;
	memmove(input->data + at + n, input->data + at, input->len - at);
	memcpy(input->data + at, from->data + start, n);
	input->len += n;
}

static void (*const mutations[])(struct input *input, struct seeded *seeded) = {
	change, flip, cut, leave_out, splice,
};

static void test_the_corpus_is_read_or_refused(void **state)
{
	static const struct input empty;

	assert_true(corpus.n > 0);
	run(&empty);
	for (size_t i = 0; i < corpus.n; i++)
		run(&corpus.input[i]);
}

static void test_mutations_of_it_are_read_or_refused(void **state)
{
	struct seeded seeded = { .state = 2 };
	static struct input input;
	size_t times;

	for (size_t i = 0; i < MUTATIONS; i++) {
		input = corpus.input[below(&seeded, corpus.n)];
		for (times = 1 + below(&seeded, 4); times; times--)
			mutations[below(&seeded, sizeof(mutations) /
					sizeof(mutations[0]))](&input, &seeded);
		run(&input);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_corpus_is_read_or_refused),
		cmocka_unit_test(test_mutations_of_it_are_read_or_refused),
	};

	return cmocka_run_group_tests_name("fuzz " FUZZ, tests, load, unload);
}
