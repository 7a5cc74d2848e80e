#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A test that cannot fail proves nothing. Each patch of this directory breaks the
# module in one way and names the test that must then fail, and the check:
#
#	test: netns.sh
#	expect: every object created is destroyed
#	needs: an option of the kernel, if only such a kernel can notice

cd "$(dirname "$0")/.." || exit
. lib/tap.sh

[ "${CULVERT_DISPOSABLE:-}" = 1 ] || skip_all "it would break this machine"

kernel_has() {
	[ -z "$1" ] || zcat /proc/config.gz 2>/dev/null | grep -qx "CONFIG_$1=y"
}

header() {
	sed -n "s/^$2: //p" "$1"
}

good=$CULVERT_BUILD
CULVERT_ARTIFACTS=$(mktemp -d)
export CULVERT_ARTIFACTS
for patch in mutants/*.patch; do
	mutant=$(basename "$patch" .patch)
	name="$(header "$patch" test) notices: $mutant"
	if ! kernel_has "$(header "$patch" needs)"; then
		skip "$name" "this kernel has no $(header "$patch" needs)"
		continue
	fi
	rmmod culvert
	export CULVERT_BUILD=$good/mutants/$mutant
	insmod "$CULVERT_BUILD/culvert.ko"
	output=
	for test in $(header "$patch" test); do
		output="$output
$(ROUNDS=10 "./$test" 2>&1)"
	done
	if grep '^not ok' <<<"$output" |
			grep -qF -- "$(header "$patch" expect)"; then
		pass "$name"
	else
		fail "$name" "no failed check: $(header "$patch" expect)
$output"
	fi
done
rmmod culvert
insmod "$good/culvert.ko"
rm -rf "$CULVERT_ARTIFACTS"

echo "1..$TESTS"
[ $FAILED -eq 0 ]
