#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A complaint in the kernel's log.
# expect: the kernel's log is clean
# expect: unregister_netdevice: waiting
. "$(dirname "$0")/../lib.sh"
echo "unregister_netdevice: waiting for to-gw2 to become free" >/dev/kmsg
done_testing
