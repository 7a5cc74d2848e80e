#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A command that is not there has not refused.
# expect: a missing command refuses
. "$(dirname "$0")/../lib.sh"
check_refused "a missing command refuses" /nonexistent
done_testing
