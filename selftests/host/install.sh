#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What `make install` leaves behind is whole: each hint of the command names a
# unit that is there and starts what is there.

cd "$(dirname "$0")/../.." || exit
. selftests/lib/tap.sh

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

check "make install" make -s --no-print-directory install DESTDIR="$tree" \
	PREFIX=/opt/culvert
for file in sbin/culvertd sbin/culvert lib/systemd/system/culvertd.service \
	lib/sysusers.d/culvert.conf share/man/man8/culvert.8 \
	share/man/man8/culvertd.8 share/man/man5/culvert.conf.5 \
	share/bash-completion/completions/culvert; do
	check "$file is installed" test -s "$tree/opt/culvert/$file"
done
check_equal "secrets are for root alone" "700 700" \
	"$(stat -c %a "$tree/etc/culvert" "$tree/etc/culvert/secrets.d" |
		xargs)"

unit=$tree/opt/culvert/lib/systemd/system/culvertd.service
check_equal "the unit starts what was installed" /opt/culvert/sbin/culvertd \
	"$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")"
check_equal "nothing in it is left to be replaced" "" "$(grep '^[^#].*@' "$unit")"
if command -v systemd-analyze >/dev/null; then
	mkdir "$tree/units"
	# It looks for the program, which is not where it will be.
	sed "s|=/opt|=$tree/opt|" "$unit" >"$tree/units/culvertd.service"
	check_equal "systemd has nothing to say about it" "" \
		"$(systemd-analyze verify --man=no "$tree/units/culvertd.service" 2>&1 |
			grep culvertd.service)"
else
	skip "systemd has nothing to say about it" "there is no systemd-analyze"
fi

# --- completion ---

# What the command would say, and how bash asks for it.
complete() {
	bash -c '
		culvert() { local IFS=" "; printf "%s\n" "$#:$*" site2 "s2svpn_to_site2-1"; }
		. "$1"
		shift
		COMP_WORDS=(culvert "$@")
		COMP_CWORD=$#
		_culvert
		printf "%s\n" "${COMPREPLY[@]}"' - \
		"$tree/opt/culvert/share/bash-completion/completions/culvert" "$@"
}
check_equal "completion asks the command for the words so far" \
	"3:__complete up s
site2
s2svpn_to_site2-1" "$(complete up s)"
check_equal "an empty word is one" "3:__complete up " \
	"$(complete up '' | head -n 1)"

echo "1..$TESTS"
[ $FAILED -eq 0 ]
