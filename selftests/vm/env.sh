# SPDX-License-Identifier: GPL-2.0-only
# Where things are and how the host-side scripts speak. Sourced, not run.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# What is slow to get or to build, shared by all checkouts.
CACHE=${CULVERT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culvert}

# What is built from this checkout, and what its tests leave behind.
BUILD=$TOP/build
RESULTS=$BUILD/results

# The pinned virtme-ng, taken when the distribution has none.
VIRTME_NG=virtme-ng==1.42
VIRTME_NG_HASH=sha256:99589f1f5d74249038fe3c52aad9d3c33cb82a2d9617997511d4489fc709a707

# strongSwan's own package that speaks vici, which no distribution carries.
VICI=vici==6.0.3
VICI_HASH=sha256:734f52b57e329fbd58f3bffd1305d6546be174aeb35bc4a2ef45c257e95ad924

# A virtme-ng of the distribution comes first.
PATH=$PATH:/usr/sbin:/sbin:$CACHE/venv/bin

say() {
	printf 'culvert: %s\n' "$*" >&2
}

die() {
	say "$@"
	exit 1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "need root for: $*. Run it as root, then try again."
	fi
}

# One installation or build at a time in the cache: with_lock NAME COMMAND...
with_lock() {
	local name=$1
	shift
	mkdir -p "$CACHE"
	(
		flock -n 9 || {
			say "waiting for another run that holds $CACHE/$name.lock"
			flock 9
		}
		"$@"
	) 9>"$CACHE/$name.lock"
}
