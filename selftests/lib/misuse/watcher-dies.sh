#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A watch that ended before the test did.
# expect: the watch on gw1-gw2 can be trusted
. "$(dirname "$0")/../lib.sh"
topology "gw1 192.0.2.1/24,2001:db8::1/64 == 192.0.2.2/24,2001:db8::2/64 gw2"
kill -KILL "${DAEMON_PIDS[watch-gw1-gw2]}"
done_testing
