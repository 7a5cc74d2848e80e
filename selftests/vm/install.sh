#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs what building and testing culvert needs and this machine lacks:
# Debian packages through apt, virtme-ng and vici from PyPI into an environment
# of their own. Says what and why. Does nothing, and needs no network, where
# nothing is missing.

set -eu
. "$(dirname "$0")/env.sh"

# package | how to see that it is there | what for
needs() {
	cat <<-'END'
	gcc			cmd gcc				compiling
	libc6-dev		file /usr/include/stdio.h	compiling
	pkg-config		cmd pkg-config			finding libraries
	libnl-3-dev		lib libnl-3.0			the daemon's netlink
	libnl-genl-3-dev	lib libnl-genl-3.0		the daemon's netlink
	libevent-dev		lib libevent_core		the daemon's loop
	libcmocka-dev		lib cmocka			unit tests
	libssl-dev		lib libcrypto			unit tests: known answers
	libpcap-dev		lib libpcap			the clear-text watcher of the tests
	sparse			cmd sparse			checking the module's source
	dkms			cmd dkms			checking that DKMS builds the module
	kmod			cmd depmod			kernel modules
	pahole			cmd pahole			type information in modules for 6.12
	patch			cmd patch			making mutants of the module
	xz-utils		cmd xz				unpacking the kernel's source
	bzip2			cmd bzip2			unpacking the kernel's source
	bc			cmd bc				building the debug kernel
	bison			cmd bison			building the debug kernel
	flex			cmd flex			building the debug kernel
	libelf-dev		file /usr/include/gelf.h	building the debug kernel
	python3			cmd python3			the netlink contract, tests
	python3-venv		py ensurepip			an environment for virtme-ng
	python3-yaml		py yaml				the netlink contract
	python3-jsonschema	py jsonschema			the netlink contract
	python3-cryptography	py cryptography			tests: ESP packets made by hand
	file			cmd file			virtme-ng
	python3-argcomplete	py argcomplete			virtme-ng
	python3-requests	py requests			virtme-ng
	qemu-system-x86		cmd qemu-system-x86_64		the test machines
	busybox-static		static busybox			the test machines' start
	udev			cmd udevadm			devices of the test machines
	iproute2		cmd ip				tests: namespaces and links
	iputils-ping		cmd ping			tests: traffic
	nftables		cmd nft				tests: firewalls
	ethtool			cmd ethtool			tests: what a device joins
	wireguard-tools		cmd wg				tests: a neighbour of culvert
	strongswan-charon	file /usr/lib/ipsec/charon	tests: the other IKE daemon
	libstrongswan-standard-plugins	file /usr/lib/ipsec/plugins/libstrongswan-openssl.so	tests: its ciphers
	strongswan-swanctl	cmd swanctl			tests: its command
	tshark			cmd tshark			tests: a judge of what is on the wire
	procps			cmd sysctl			tests: kernel settings
	perl			cmd prove			tests: reading results
	shellcheck		cmd shellcheck			tests: checking the scripts
	END
}

# The distribution's python: its modules come as packages.
PYTHON=/usr/bin/python3

is_there() {
	case $1 in
	cmd)	command -v "$2" >/dev/null ;;
	file)	[ -e "$2" ] ;;
	lib)	pkg-config --exists "$2" 2>/dev/null ;;
	py)	"$PYTHON" -c "import $2" 2>/dev/null ;;
	static)	"$2" true 2>/dev/null && ! ldd "$(command -v "$2")" >/dev/null 2>&1 ;;
	*)	die "install.sh: unknown probe '$1'" ;;
	esac
}

missing_packages() {
	local package how what why
	while read -r package how what why; do
		is_there "$how" "$what" || echo "$package $why"
	done < <(needs)
}

apt_install() {
	# Old package lists name versions that are gone: ask again, once.
	local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q
		-o Dpkg::Use-Pty=0 --no-install-recommends)
	as_root "${install[@]}" "$@" || {
		as_root apt-get update -q
		as_root "${install[@]}" "$@"
	}
}

# The tests want the program, not a daemon that takes this machine's port 500.
keep_asleep() {
	local unit=strongswan-starter.service
	[ ! -e "/lib/systemd/system/$unit" ] || return 0
	say "$unit is masked: its daemon does not start here" \
		"(systemctl unmask $unit, if you want it)"
	as_root mkdir -p /etc/systemd/system
	as_root ln -sfn /dev/null "/etc/systemd/system/$unit"
}

install_packages() {
	local missing
	missing=$(missing_packages)
	[ -n "$missing" ] || return 0

	say "this machine lacks:"
	sed 's/^\([^ ]*\) \(.*\)/    \1 (\2)/' <<<"$missing" >&2
	if ! command -v apt-get >/dev/null; then
		die "there is no apt-get here: install the like of them with this" \
			"distribution's own tool, then try again."
	fi
	case $missing in *strongswan-*) keep_asleep ;; esac
	say "installing them with apt-get"
	# shellcheck disable=SC2046
	apt_install $(cut -d' ' -f1 <<<"$missing") >&2 ||
		die "apt-get could not install them: see its words above."

	missing=$(missing_packages)
	[ -z "$missing" ] ||
		die "still missing after their installation:" $missing
}

# from_pypi WHAT=VERSION HASH WHY OTHERWISE: into the cache's own environment.
from_pypi() {
	say "installing $1 ($3) from PyPI into $CACHE/venv"
	[ -x "$CACHE/venv/bin/pip" ] ||
		"$PYTHON" -m venv --system-site-packages "$CACHE/venv"
	"$CACHE/venv/bin/pip" install --quiet --no-deps --require-hashes -r \
		<(echo "$1 --hash=$2") >&2 ||
		die "pip could not install $1. $4"
}

install_virtme_ng() {
	! type -P vng >/dev/null ||
		return 0
	from_pypi "$VIRTME_NG" "$VIRTME_NG_HASH" "boots the test machines" \
		"Without PyPI: put a vng of your distribution (package virtme-ng) on PATH."
}

install_vici() {
	local python
	for python in "$PYTHON" "$CACHE/venv/bin/python3"; do
		! "$python" -c "import vici" 2>/dev/null || return 0
	done
	from_pypi "$VICI" "$VICI_HASH" "strongSwan's vici for Python: tests" \
		"Without PyPI: install strongSwan's src/libcharon/plugins/vici/python."
}

[ "$(uname -m)" = x86_64 ] ||
	die "the test machines are x86_64, this machine is $(uname -m)." \
		"'make module' and 'make user' work here, 'make check' does not."
with_lock install install_packages
with_lock install install_virtme_ng
with_lock install install_vici
