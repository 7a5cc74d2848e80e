# SPDX-License-Identifier: GPL-2.0-only
#
# culvert: what a person types. `make` alone says what there is.

SHELL := /bin/bash
VERSION := $(shell sed -n 's/^CULVERT_VERSION := //p' Kbuild)

# Of the test machines: all that make check uses, and the one of make vm.
KERNELS ?= 6.1 6.12 debug
KERNEL ?= 6.12

# Of the module: the kernel to build for, and where to.
KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
OUT ?= $(CURDIR)/build/kernel/$(KVER)

.PHONY: help module dkms user check bench demo vm soak debug-kernel ynl ynl-check setup \
	clean install test-module
help:
	@echo 'culvert $(VERSION), an on-demand IPsec gateway'
	@echo
	@echo '  make check         build everything and pass every test, in virtual machines'
	@echo '  make demo          see it work in a virtual machine'
	@echo '                     (PEER=strongswan: with strongSwan at the other site)'
	@echo
	@echo '  make module        culvert.ko for this kernel (KVER=... for another one)'
	@echo '  make dkms          culvert.ko for this kernel and each one to come, through DKMS'
	@echo '  make user          culvertd and culvert'
	@echo '  make install       them, their manual, completion and systemd unit'
	@echo '                     (PREFIX=/usr/local, DESTDIR=...)'
	@echo '  make vm            a shell in a virtual machine with the module loaded'
	@echo '                     (KERNEL=6.1|6.12|debug; TEST=name.sh runs that test instead)'
	@echo '  make bench         measure it beside XFRM, WireGuard and strongSwan'
	@echo '                     (PART=packet: one part; BASE=REVISION: compare with it)'
	@echo '  make soak          what takes long (DURATION=1h, KERNELS="...")'
	@echo '  make ynl           regenerate what comes from uapi/culvert.yaml'
	@echo '  make debug-kernel  build the kernel with KASAN, lockdep and kmemleak'
	@echo '  make setup         only install what is missing'
	@echo '  make clean'

# The kernel's build system writes beside the sources it reads, so it reads a
# tree of links: one for each kernel.
define build-module
	@mkdir -p $(2)
	@find -L $(2) -type l -delete
	@cp -rsf $(1) $(2)/
	@$(MAKE) --no-print-directory -C $(KDIR) M=$(2) modules
endef

module:
	@[ -e $(KDIR)/Makefile ] || { \
		echo 'culvert: no headers of kernel $(KVER) in $(KDIR):' \
			'on Debian, apt-get install linux-headers-$(KVER)' >&2; \
		exit 1; }
	$(call build-module,$(CURDIR)/Kbuild $(CURDIR)/kmod $(CURDIR)/uapi,$(OUT))
	@echo '$(OUT)/culvert.ko'

test-module:
	$(call build-module,$(CURDIR)/selftests/modules/Kbuild \
		$(wildcard $(CURDIR)/selftests/modules/*.c),$(OUT)/test-module)

# The source where DKMS looks for it, then whatever DKMS is told to do.
DKMS_SOURCES ?= /usr/src
DKMS ?= dkms install
dkms:
	@rm -rf $(DKMS_SOURCES)/culvert-$(VERSION)
	@mkdir -p $(DKMS_SOURCES)/culvert-$(VERSION)
	@cp -r Kbuild kmod uapi dist/dkms.conf $(DKMS_SOURCES)/culvert-$(VERSION)/
	@$(DKMS) culvert/$(VERSION)

user:
	@$(MAKE) --no-print-directory -C ikeuser
	@echo 'build/user/culvertd build/user/culvert'

# Under DESTDIR, for packagers. The module is a matter of `make dkms`.
PREFIX ?= /usr/local
SBIN := $(PREFIX)/sbin
install: user
	@install -d $(DESTDIR)$(SBIN) $(DESTDIR)$(PREFIX)/lib/systemd/system
	@install build/user/culvertd build/user/culvert $(DESTDIR)$(SBIN)
	@sed 's|@SBIN@|$(SBIN)|' dist/culvertd.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/culvertd.service
	@install -D -m 644 dist/culvert.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/culvert.conf
	@install -D -m 644 dist/completion/culvert.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/culvert
	@install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 \
		docs/man/culvert.8 docs/man/culvertd.8
	@install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man5 \
		docs/man/culvert.conf.5
	@install -d -m 700 $(DESTDIR)/etc/culvert $(DESTDIR)/etc/culvert/secrets.d

setup:
	@selftests/vm/install.sh

check: setup
	@selftests/check.sh $(KERNELS)

bench: setup
	@BASE=$(BASE) selftests/bench/bench.sh $(PART)

demo: setup
	@selftests/demo.sh $(KERNEL) $(PEER)

vm: setup
	@selftests/vm/vm.sh $(KERNEL) $(TEST)

soak: setup
	@selftests/soak.sh $(or $(DURATION),1h) $(KERNELS)

debug-kernel: setup
	@selftests/vm/kernel.sh debug

ynl: setup
	@uapi/ynl.sh

ynl-check: setup
	@uapi/ynl.sh --check

clean:
	rm -rf build
