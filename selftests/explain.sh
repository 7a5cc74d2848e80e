#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# explain: which rule, which SA, which verdict and size. It asks the functions
# that decide for packets, so this is the test of the classifier too: random
# lists of rules, flows at their borders, compared with a first-match search.
# A failure prints the seed; SEED=... ./explain.sh does the same again.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"

command -v python3 >/dev/null || skip_all "python3 is needed"

node gw
ip -n "$(ns gw)" -batch - <<-'END'
	link add outside type veth peer name other
	link set outside up
	link set other up
	addr add 192.0.2.1/24 dev outside
	addr add 2001:db8::1/64 dev outside nodad
END

tap_cases on gw python3 "$LIB/explain-cases.py" "$@"

done_testing
