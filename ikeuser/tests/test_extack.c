// SPDX-License-Identifier: GPL-2.0-only
/* Refusals of the kernel become sentences, and no answer, however broken, is
 * read past its end: each copy stands in a heap block of its exact size, where
 * the address sanitizer watches both ends.
 */

#include <errno.h>
#include <linux/culvert.h>
#include <linux/genetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "extack.h"

#define MESSAGE_MAX 4096

/* A message under construction. */
struct message {
	union {
		struct nlmsghdr hdr;
		uint8_t octets[MESSAGE_MAX];
	};
};

static void put(struct message *msg, const void *octets, size_t len)
{
	size_t padded = NLMSG_ALIGN(len);

	assert_true(msg->hdr.nlmsg_len + padded <= MESSAGE_MAX);
	memcpy(msg->octets + msg->hdr.nlmsg_len, octets, len);
	memset(msg->octets + msg->hdr.nlmsg_len + len, 0, padded - len);
	msg->hdr.nlmsg_len += padded;
}

static void put_attr(struct message *msg, uint16_t type, const void *octets,
		     size_t len)
{
	struct nlattr nla = {
		.nla_len = NLA_HDRLEN + len,
		.nla_type = type,
	};

	put(msg, &nla, sizeof(nla));
	put(msg, octets, len);
}

static void put_u32(struct message *msg, uint16_t type, uint32_t number)
{
	put_attr(msg, type, &number, sizeof(number));
}

static void put_u64(struct message *msg, uint16_t type, uint64_t number)
{
	put_attr(msg, type, &number, sizeof(number));
}

static void put_string(struct message *msg, uint16_t type, const char *text)
{
	put_attr(msg, type, text, strlen(text) + 1);
}

/* A nest is collected behind the room of a header, which does not count. */
static void begin_nest(struct message *nest)
{
	memset(nest, 0, sizeof(*nest));
	nest->hdr.nlmsg_len = NLMSG_HDRLEN;
}

static void put_nest(struct message *msg, uint16_t type,
		     const struct message *nest)
{
	put_attr(msg, type | NLA_F_NESTED, nest->octets + NLMSG_HDRLEN,
		 nest->hdr.nlmsg_len - NLMSG_HDRLEN);
}

/* counter-get with one id; the attribute begins 20 octets into the request. */
#define ID_OFFSET (NLMSG_HDRLEN + GENL_HDRLEN)

static void begin_request(struct message *msg, uint8_t command)
{
	const struct genlmsghdr ghdr = {
		.cmd = command,
		.version = CULVERT_FAMILY_VERSION,
	};

	memset(msg, 0, sizeof(*msg));
	msg->hdr.nlmsg_len = NLMSG_HDRLEN;
	msg->hdr.nlmsg_type = 0x20;
	put(msg, &ghdr, sizeof(ghdr));
}

static void counter_request(struct message *msg)
{
	begin_request(msg, CULVERT_CMD_COUNTER_GET);
	put_u32(msg, CULVERT_A_COUNTER_ID, 7);
}

static void begin_error(struct message *msg, int error,
			const struct message *request)
{
	const int32_t number = error;

	memset(msg, 0, sizeof(*msg));
	msg->hdr.nlmsg_len = NLMSG_HDRLEN;
	msg->hdr.nlmsg_type = NLMSG_ERROR;
	msg->hdr.nlmsg_flags = NLM_F_ACK_TLVS;
	put(msg, &number, sizeof(number));
	put(msg, request->octets, request->hdr.nlmsg_len);
}

static void begin_done(struct message *msg, int error)
{
	const int32_t number = error;

	memset(msg, 0, sizeof(*msg));
	msg->hdr.nlmsg_len = NLMSG_HDRLEN;
	msg->hdr.nlmsg_type = NLMSG_DONE;
	msg->hdr.nlmsg_flags = NLM_F_MULTI | NLM_F_ACK_TLVS;
	put(msg, &number, sizeof(number));
}

/* extack_read() of len octets that stand alone on the heap. */
static int read_cut(const struct message *answer, size_t len,
		    const struct message *request, char *sentence)
{
	struct nlmsghdr *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, answer->octets, len);
	ret = extack_read(copy, len, &request->hdr, sentence);
	free(copy);
	return ret;
}

static int read_all(const struct message *answer,
		    const struct message *request, char *sentence)
{
	return read_cut(answer, answer->hdr.nlmsg_len, request, sentence);
}

static void test_ack_is_no_error(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX] = "untouched";
	struct message request, answer;

	counter_request(&request);
	begin_error(&answer, 0, &request);
	assert_int_equal(read_all(&answer, &request, sentence), 0);
	assert_string_equal(sentence, "untouched");
}

static void test_bare_error_is_told(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;

	counter_request(&request);
	begin_error(&answer, -EPERM, &request);
	answer.hdr.nlmsg_flags = 0;
	assert_int_equal(read_all(&answer, &request, sentence), -EPERM);
	assert_string_equal(sentence,
			    "counter-get: Operation not permitted");
}

static void test_capped_error_is_read(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer, header;

	counter_request(&request);
	/* Only the header is echoed; its length is still the request's. */
	memset(&header, 0, sizeof(header));
	header.hdr = request.hdr;
	begin_error(&answer, -EINVAL, &header);
	answer.hdr.nlmsg_len = NLMSG_HDRLEN + sizeof(int32_t) + NLMSG_HDRLEN;
	answer.hdr.nlmsg_flags |= NLM_F_CAPPED;
	put_string(&answer, NLMSGERR_ATTR_MSG, "too late");
	assert_int_equal(read_all(&answer, &request, sentence), -EINVAL);
	assert_string_equal(sentence,
			    "counter-get: too late (Invalid argument)");
}

static void test_bad_attribute_is_named(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;

	counter_request(&request);
	begin_error(&answer, -EINVAL, &request);
	put_string(&answer, NLMSGERR_ATTR_MSG, "attribute is given twice");
	put_u32(&answer, NLMSGERR_ATTR_OFFS, ID_OFFSET);
	read_all(&answer, &request, sentence);
	assert_string_equal(sentence,
			    "counter-get: attribute is given twice, attribute 'id' (Invalid argument)");
}

static void test_range_is_told(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer, policy;

	counter_request(&request);
	begin_error(&answer, -ERANGE, &request);
	put_string(&answer, NLMSGERR_ATTR_MSG, "integer out of range");
	put_u32(&answer, NLMSGERR_ATTR_OFFS, ID_OFFSET);
	begin_nest(&policy);
	put_u32(&policy, NL_POLICY_TYPE_ATTR_TYPE, NL_ATTR_TYPE_U32);
	put_u64(&policy, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 0);
	put_u64(&policy, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 1);
	put_nest(&answer, NLMSGERR_ATTR_POLICY, &policy);
	read_all(&answer, &request, sentence);
	assert_string_equal(sentence,
			    "counter-get: integer out of range, attribute 'id', allowed is 0 to 1 (Numerical result out of range)");
}

static void test_missing_attribute_is_named(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;

	begin_request(&request, CULVERT_CMD_OBJECT_GET);
	begin_error(&answer, -EINVAL, &request);
	put_string(&answer, NLMSGERR_ATTR_MSG,
		   "needs the id of a kind of object");
	put_u32(&answer, NLMSGERR_ATTR_MISS_TYPE, CULVERT_A_OBJECT_ID);
	read_all(&answer, &request, sentence);
	assert_string_equal(sentence,
			    "object-get: needs the id of a kind of object, attribute 'id' is missing (Invalid argument)");
}

static void test_unknown_attribute_has_its_number(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;

	begin_request(&request, CULVERT_CMD_COUNTER_GET);
	put_u32(&request, 77, 0);
	begin_error(&answer, -EINVAL, &request);
	put_string(&answer, NLMSGERR_ATTR_MSG, "Unknown attribute type");
	put_u32(&answer, NLMSGERR_ATTR_OFFS, ID_OFFSET);
	read_all(&answer, &request, sentence);
	assert_string_equal(sentence,
			    "counter-get: Unknown attribute type, attribute 'number 77' (Invalid argument)");
}

/* The second attribute inside a nest that no set describes. */
static void test_nested_attribute_has_a_path(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer, nest;

	begin_nest(&nest);
	put_u32(&nest, 1, 0);
	put_u32(&nest, 2, 0);
	begin_request(&request, CULVERT_CMD_COUNTER_GET);
	put_nest(&request, 9, &nest);
	begin_error(&answer, -EINVAL, &request);
	put_u32(&answer, NLMSGERR_ATTR_OFFS, ID_OFFSET + NLA_HDRLEN + 8);
	read_all(&answer, &request, sentence);
	assert_string_equal(sentence,
			    "counter-get: Invalid argument, attribute 'number 9.number 2'");
}

static void test_failed_dump_is_read(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;

	counter_request(&request);
	begin_done(&answer, -EINVAL);
	put_string(&answer, NLMSGERR_ATTR_MSG, "this dump takes no attribute");
	put_u32(&answer, NLMSGERR_ATTR_OFFS, ID_OFFSET);
	assert_int_equal(read_all(&answer, &request, sentence), -EINVAL);
	assert_string_equal(sentence,
			    "counter-get: this dump takes no attribute, attribute 'id' (Invalid argument)");
}

static void test_good_dump_is_no_error(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;

	counter_request(&request);
	begin_done(&answer, 0);
	assert_int_equal(read_all(&answer, &request, sentence), 0);
}

static void test_unknown_operation_is_told(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;

	begin_request(&request, 255);
	begin_error(&answer, -EOPNOTSUPP, &request);
	read_all(&answer, &request, sentence);
	assert_string_equal(sentence,
			    "unknown operation: Operation not supported");
}

static void test_words_without_end_are_bounded(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;
	char words[2000];

	memset(words, 'w', sizeof(words));
	counter_request(&request);
	begin_error(&answer, -EINVAL, &request);
	put_attr(&answer, NLMSGERR_ATTR_MSG, words, sizeof(words));
	read_all(&answer, &request, sentence);
	assert_in_range(strlen(sentence), 200, EXTACK_SENTENCE_MAX - 1);
}

static void test_words_cannot_forge_lines(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;

	counter_request(&request);
	begin_error(&answer, -EINVAL, &request);
	put_string(&answer, NLMSGERR_ATTR_MSG, "a\nb\033c");
	read_all(&answer, &request, sentence);
	assert_string_equal(sentence,
			    "counter-get: a?b?c (Invalid argument)");
}

static void test_offsets_outside_name_nothing(void **state)
{
	static const uint32_t offsets[] = {
		0, NLMSG_HDRLEN, ID_OFFSET - 1, ID_OFFSET + 8, 1000,
		0x7fffffff, 0xffffffff,
	};
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;
	size_t i;

	counter_request(&request);
	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		begin_error(&answer, -EINVAL, &request);
		put_u32(&answer, NLMSGERR_ATTR_OFFS, offsets[i]);
		read_all(&answer, &request, sentence);
		assert_string_equal(sentence, "counter-get: Invalid argument");
	}
}

static void test_nonsense_is_refused(void **state)
{
	static const int32_t errors[] = { 1, 4096, -4096, INT32_MIN };
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;
	size_t i;

	counter_request(&request);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		begin_error(&answer, errors[i], &request);
		assert_int_equal(read_all(&answer, &request, sentence),
				 -EBADMSG);
	}

	/* The echo says that it is longer than the answer. */
	begin_error(&answer, -EINVAL, &request);
	((struct nlmsghdr *)(answer.octets + NLMSG_HDRLEN +
			     sizeof(int32_t)))->nlmsg_len = 0xffffffff;
	assert_int_equal(read_all(&answer, &request, sentence), -EBADMSG);
}

/* A full answer for the two tests that break it. */
static void full_answer(struct message *request, struct message *answer)
{
	struct message policy;

	counter_request(request);
	begin_error(answer, -ERANGE, request);
	put_string(answer, NLMSGERR_ATTR_MSG, "integer out of range");
	put_u32(answer, NLMSGERR_ATTR_OFFS, ID_OFFSET);
	put_u32(answer, NLMSGERR_ATTR_MISS_NEST, ID_OFFSET);
	put_u32(answer, NLMSGERR_ATTR_MISS_TYPE, 2);
	begin_nest(&policy);
	put_u64(&policy, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 0);
	put_u64(&policy, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 1);
	put_nest(answer, NLMSGERR_ATTR_POLICY, &policy);
}

/* Cut at each octet, with the length in the header true and untrue. */
static void test_cut_answers_are_survived(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;
	size_t whole, len;

	full_answer(&request, &answer);
	whole = answer.hdr.nlmsg_len;
	for (len = 0; len < whole; len++) {
		answer.hdr.nlmsg_len = whole;
		assert_int_equal(read_cut(&answer, len, &request, sentence),
				 -EBADMSG);
		answer.hdr.nlmsg_len = len;
		assert_true(read_cut(&answer, len, &request, sentence) < 0);
	}
}

/* Each octet with each value. */
static void test_changed_answers_are_survived(void **state)
{
	char sentence[EXTACK_SENTENCE_MAX];
	struct message request, answer;
	unsigned int value;
	size_t at, len;
	uint8_t was;

	full_answer(&request, &answer);
	len = answer.hdr.nlmsg_len;
	for (at = 0; at < len; at++) {
		was = answer.octets[at];
		for (value = 0; value < 256; value++) {
			answer.octets[at] = value;
			memset(sentence, 'x', sizeof(sentence));
			if (read_cut(&answer, len, &request, sentence))
				assert_in_range(strnlen(sentence,
							sizeof(sentence)),
						1, sizeof(sentence) - 1);
		}
		answer.octets[at] = was;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ack_is_no_error),
		cmocka_unit_test(test_bare_error_is_told),
		cmocka_unit_test(test_capped_error_is_read),
		cmocka_unit_test(test_bad_attribute_is_named),
		cmocka_unit_test(test_range_is_told),
		cmocka_unit_test(test_missing_attribute_is_named),
		cmocka_unit_test(test_unknown_attribute_has_its_number),
		cmocka_unit_test(test_nested_attribute_has_a_path),
		cmocka_unit_test(test_failed_dump_is_read),
		cmocka_unit_test(test_good_dump_is_no_error),
		cmocka_unit_test(test_unknown_operation_is_told),
		cmocka_unit_test(test_words_without_end_are_bounded),
		cmocka_unit_test(test_words_cannot_forge_lines),
		cmocka_unit_test(test_offsets_outside_name_nothing),
		cmocka_unit_test(test_nonsense_is_refused),
		cmocka_unit_test(test_cut_answers_are_survived),
		cmocka_unit_test(test_changed_answers_are_survived),
	};

	return cmocka_run_group_tests_name("extack", tests, NULL, NULL);
}
