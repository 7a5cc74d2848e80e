#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A daemon that ends before it is stopped.
# expect: short-lived lives until it is stopped
# expect: exit status 3
# expect: its last words
. "$(dirname "$0")/../lib.sh"
start short-lived sh -c 'echo its last words; exit 3'
busywait sh -c "! kill -0 ${DAEMON_PIDS[short-lived]}"
done_testing
