# SPDX-License-Identifier: GPL-2.0-only
# Checks, told in TAP 13. Knows commands and their output; no kernel, no
# namespaces.

TESTS=0
FAILED=0
SKIPPED=no

plan() {
	echo "1..$TESTS"
}

diag() {
	sed 's/^/# /' <<<"$*"
}

pass() {
	TESTS=$((TESTS + 1))
	echo "ok $TESTS - $1"
}

# fail NAME [DIAGNOSTIC]
fail() {
	TESTS=$((TESTS + 1))
	FAILED=$((FAILED + 1))
	echo "not ok $TESTS - $1"
	[ -z "${2:-}" ] || diag "$2"
}

skip() {
	TESTS=$((TESTS + 1))
	echo "ok $TESTS - $1 # SKIP $2"
}

# Ends the whole test: the machine lacks what it needs.
skip_all() {
	SKIPPED=yes
	echo "1..0 # SKIP $1"
	exit 4
}

# check NAME COMMAND...: passes if the command succeeds.
check() {
	local name=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	if [ $status -eq 0 ]; then
		pass "$name"
	else
		fail "$name" "exit status $status of: $*
$output"
	fi
}

# check_refused NAME COMMAND...: passes if it exits 1 to 125: it ran, and said
# no. A command that is missing or crashes has not refused.
check_refused() {
	local name=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	if [ $status -ge 1 ] && [ $status -le 125 ]; then
		pass "$name"
	else
		fail "$name" "exit status $status, not 1 to 125, of: $*
$output"
	fi
}

# check_equal NAME EXPECTED SEEN
check_equal() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $2
seen:     $3"
	fi
}

# check_says NAME PATTERN COMMAND...: passes if what the command prints, whether
# or not it succeeds, has a line that matches the extended regular expression.
check_says() {
	local name=$1 pattern=$2 output
	shift 2
	output=$("$@" 2>&1) || true
	if grep -qE -- "$pattern" <<<"$output"; then
		pass "$name"
	else
		fail "$name" "no line matches: $pattern
in the output of: $*
$output"
	fi
}

echo "TAP version 13"
