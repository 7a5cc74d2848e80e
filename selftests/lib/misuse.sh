# SPDX-License-Identifier: GPL-2.0-only
# Tests of the test library: each file of misuse/ does one thing wrong, and says
# what the library must answer: "# expect: WORDS", a check that fails with these
# words in its name or diagnostics. Sourced, with tap.sh before it.

# misuse FILE: passes if the library catches it: exit status 1, no more checks
# failed than should, every expectation met.
misuse() {
	local file=$1 name output status=0 words complaint='' failed
	name="the library catches: $(basename "$file" .sh)"
	export MISUSE_CLEANUP
	MISUSE_CLEANUP=$(mktemp)

	output=$("$file" 2>&1) || status=$?
	xargs -r kill <"$MISUSE_CLEANUP"
	rm -f "$MISUSE_CLEANUP"

	[ $status -eq 1 ] || complaint="exit status $status, not 1"
	failed=$(sed -n 's/^# failed: //p' "$file")
	[ "$(grep -c '^not ok ' <<<"$output")" -eq "${failed:=1}" ] ||
		complaint="$complaint; not exactly $failed checks failed"
	while read -r words; do
		sed -n '/^not ok /,/^\(ok \|1\.\.\)/p' <<<"$output" |
			grep -qF -- "$words" ||
			complaint="$complaint; not said: $words"
	done < <(sed -n 's/^# expect: //p' "$file")

	if [ -z "$complaint" ]; then
		pass "$name"
	else
		fail "$name" "$complaint
$output"
	fi
}
