// SPDX-License-Identifier: GPL-2.0-only
/* A 32-bit client, without a library, because most machines have none of 32
 * bits: sends what it reads to generic netlink, and writes the first answer.
 */

#define SYS_EXIT 1
#define SYS_READ 3
#define SYS_WRITE 4
#define SYS_SOCKET 359
#define SYS_SENDTO 369
#define SYS_RECVFROM 371
#define AF_NETLINK 16
#define SOCK_RAW 3
#define NETLINK_GENERIC 16

static char octets[65536];

static int call(int number, int a, int b, int c, int d, int e)
{
	int ret;

	/* The sixth argument, the length of an address, is 0. */
	asm volatile("push %%ebp; xor %%ebp, %%ebp; int $0x80; pop %%ebp"
		     : "=a" (ret)
		     : "a" (number), "b" (a), "c" (b), "d" (c), "S" (d), "D" (e)
		     : "memory");
	return ret;
}

static void check(int ret)
{
	if (ret < 0)
		call(SYS_EXIT, -ret, 0, 0, 0, 0);
}

__attribute__((force_align_arg_pointer)) void _start(void)
{
	int len = 0;
	int sock;
	int n;

	do {
		n = call(SYS_READ, 0, (int)octets + len, sizeof(octets) - len,
			 0, 0);
		check(n);
		len += n;
	} while (n);
	sock = call(SYS_SOCKET, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, 0, 0);
	check(sock);
	check(call(SYS_SENDTO, sock, (int)octets, len, 0, 0));
	len = call(SYS_RECVFROM, sock, (int)octets, sizeof(octets), 0, 0);
	check(len);
	check(call(SYS_WRITE, 1, (int)octets, len, 0, 0));
	call(SYS_EXIT, 0, 0, 0, 0, 0);
}
