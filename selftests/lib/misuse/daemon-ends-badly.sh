#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A daemon that fails when it is stopped.
# expect: moody ends well
# expect: exit status 9
. "$(dirname "$0")/../lib.sh"
start moody bash -c 'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done'
wait_log moody up
stop moody
done_testing
