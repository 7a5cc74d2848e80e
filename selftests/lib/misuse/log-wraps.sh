#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A log so long that its begin, and what may have stood there, is gone.
# expect: the kernel's log is clean
# expect: it wrapped
. "$(dirname "$0")/../lib.sh"
dmesg --clear
done_testing
