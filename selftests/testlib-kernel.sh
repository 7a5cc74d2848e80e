#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The test library notices what the kernel notices: a module that misbehaves on
# purpose, in each way that this kernel can see. Damages the kernel it runs in.

cd "$(dirname "$0")" || exit
. lib/tap.sh
. lib/misuse.sh

[ "${CULVERT_DISPOSABLE:-}" = 1 ] || skip_all "it would damage this machine"

kernel_has() {
	zcat /proc/config.gz 2>/dev/null |
		cat - "/boot/config-$(uname -r)" 2>/dev/null |
		grep -qx "CONFIG_$1=y"
}

CULVERT_ARTIFACTS=$(mktemp -d)
export CULVERT_ARTIFACTS
# The last two switch lockdep off, and with it the watch on sleeping under RCU.
for fault in warn sleep-in-rcu leak inversion use-after-free; do
	file=lib/misuse/kernel/$fault.sh
	needs=$(sed -n 's/^# needs: //p' "$file")
	if [ -z "$needs" ] || kernel_has "$needs"; then
		misuse "$file"
	else
		skip "the library catches: $fault" "this kernel has no $needs"
	fi
	rmmod culvert_misbehave 2>/dev/null || true
done
rm -rf "$CULVERT_ARTIFACTS"

echo "1..$TESTS"
[ $FAILED -eq 0 ]
