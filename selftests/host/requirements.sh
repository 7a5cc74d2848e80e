#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each test that docs/ike-requirements.md names is there, and is run; and each
# family of bad input that concerns the gateway has a test in its name.

cd "$(dirname "$0")/../.." || exit
. selftests/lib/tap.sh

TABLE=docs/ike-requirements.md

# The names in the last column.
named() {
	awk -F' \\| ' '/^\| [0-9]/ { print $NF }' $TABLE |
		grep -o '`[A-Za-z0-9_]*`' | tr -d '`' | sort -u
}

# The names in the list that a test program runs, not only of functions.
run() {
	sed -n '/CMUnitTest tests\[\]/,/^}/p' ikeuser/tests/test_ike_*.c |
		grep -o '\<test_[A-Za-z0-9_]*' | sed 's/^test_//' | sort -u
}

check_equal "every test that $TABLE names is run" "" \
	"$(comm -23 <(named) <(run))"
check "the table names tests" test "$(named | wc -l)" -gt 100

# Families of bad input: those that a test is named after, and runs.
families() {
	sed -n '/CMUnitTest tests\[\]/,/^}/p' ikeuser/tests/test_*.c |
		grep -o '\<test_[Cc][0-9][0-9]_' | sed 's/_c/_C/' | sort -u
}
check_equal "each family of bad input to the gateway has a test" \
	"$(printf 'test_C%02d_\n' {1..11})" "$(families)"

echo "1..$TESTS"
[ $FAILED -eq 0 ]
