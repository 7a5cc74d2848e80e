/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_TEST_LINUX_SOCKET_H
#define CULVERT_TEST_LINUX_SOCKET_H

#include <sys/socket.h>

#endif
