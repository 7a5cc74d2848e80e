// SPDX-License-Identifier: GPL-2.0-only
/* Wireshark's names of algorithms, and its tables, one line an SA. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto.h"
#include "wireshark.h"

static const char preferences[] =
	"# What culvert capture wrote; the keys are in esp_sa and\n"
	"# ikev2_decryption_table.\n"
	"esp.enable_encryption_decode: TRUE\n"
	"esp.enable_authentication_check: TRUE\n";

struct name {
	unsigned int id;
	const char *name;
};

/* It has GMAC under no name: NULL would have its IV for the payload's begin. */
static const struct name esp_encrs[] = {
	{ IKE_ENCR_NULL, "NULL" },
	{ IKE_ENCR_AES_CBC, "AES-CBC [RFC3602]" },
	{ IKE_ENCR_AES_GCM_8, "AES-GCM with 8 octet ICV [RFC4106]" },
	{ IKE_ENCR_AES_GCM_12, "AES-GCM with 12 octet ICV [RFC4106]" },
	{ IKE_ENCR_AES_GCM_16, "AES-GCM with 16 octet ICV [RFC4106]" },
	/* Not in version 4.0. */
	{ IKE_ENCR_CHACHA20_POLY1305, "ChaCha20 with Poly1305 [RFC7634]" },
};

static const struct name esp_integs[] = {
	{ IKE_INTEG_NONE, "NULL" },
	{ IKE_INTEG_HMAC_SHA1_96, "HMAC-SHA-1-96 [RFC2404]" },
	{ IKE_INTEG_HMAC_SHA2_256_128, "HMAC-SHA-256-128 [RFC4868]" },
	{ IKE_INTEG_HMAC_SHA2_384_192, "HMAC-SHA-384-192 [RFC4868]" },
	{ IKE_INTEG_HMAC_SHA2_512_256, "HMAC-SHA-512-256 [RFC4868]" },
};

static const struct name ike_integs[] = {
	{ IKE_INTEG_NONE, "NONE [RFC4306]" },
	{ IKE_INTEG_HMAC_SHA1_96, "HMAC_SHA1_96 [RFC2404]" },
	{ IKE_INTEG_HMAC_SHA2_256_128, "HMAC_SHA2_256_128 [RFC4868]" },
	{ IKE_INTEG_HMAC_SHA2_384_192, "HMAC_SHA2_384_192 [RFC4868]" },
	{ IKE_INTEG_HMAC_SHA2_512_256, "HMAC_SHA2_512_256 [RFC4868]" },
};

/* Each of these is of three lengths of the key. */
static const struct name ike_encrs[] = {
	{ IKE_ENCR_AES_CBC, "AES-CBC-%u [RFC3602]" },
	{ IKE_ENCR_AES_GCM_8, "AES-GCM-%u with 8 octet ICV [RFC5282]" },
	{ IKE_ENCR_AES_GCM_12, "AES-GCM-%u with 12 octet ICV [RFC5282]" },
	{ IKE_ENCR_AES_GCM_16, "AES-GCM-%u with 16 octet ICV [RFC5282]" },
};

static const char *find(const struct name *names, size_t n, unsigned int id)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i].id == id)
			return names[i].name;
	}
	return NULL;
}

/* A file of the directory, for its owner alone, whatever was there. */
static FILE *create(int directory, const char *name)
{
	FILE *file;
	int fd;

	if (unlinkat(directory, name, 0) && errno != ENOENT)
		return NULL;
	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return NULL;
	file = fdopen(fd, "w");
	if (!file)
		close(fd);
	return file;
}

/* Nobody else may put a file into it, or a link in its place. */
static int open_directory(const char *path)
{
	struct stat stat;
	int fd;

	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? -EEXIST : -errno;
	if (fstat(fd, &stat) || stat.st_uid != geteuid()) {
		close(fd);
		return -EEXIST;
	}
	if (fchmod(fd, 0700)) {
		close(fd);
		return -errno;
	}
	return fd;
}

int wireshark_open(struct wireshark *w, const char *directory)
{
	int fd = open_directory(directory);
	FILE *file;
	int err = 0;

	*w = (struct wireshark){ 0 };
	if (fd < 0)
		return fd;
	file = create(fd, "preferences");
	w->esp = create(fd, "esp_sa");
	w->ike = create(fd, "ikev2_decryption_table");
	if (!file || !w->esp || !w->ike)
		err = -errno;
	if (file && (fputs(preferences, file) < 0 || fclose(file)))
		err = -EIO;
	close(fd);
	if (err)
		wireshark_close(w);
	return err;
}

static void hex(char *text, struct ike_bytes octets)
{
	for (size_t i = 0; i < octets.len; i++)
		sprintf(text + 2 * i, "%02x", octets.data[i]);
}

void wireshark_esp(struct wireshark *w, const struct esp_sa *sa, char *line)
{
	int family = sa->len == 4 ? AF_INET : AF_INET6;
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	char encr_key[2 * 64 + 1] = "", integ_key[2 * 64 + 1] = "";
	unsigned int integ_id = sa->integ ? sa->integ->id : IKE_INTEG_NONE;
	const char *encr = find(esp_encrs, ARRAY_SIZE(esp_encrs), sa->encr->id);
	const char *integ = find(esp_integs, ARRAY_SIZE(esp_integs), integ_id);
	int len;

	line[0] = '\0';
	inet_ntop(family, sa->source, source, sizeof(source));
	inet_ntop(family, sa->destination, destination, sizeof(destination));
	if (!encr || !integ || sa->encr_key.len > 64 || sa->integ_key.len > 64) {
		fprintf(w->esp, "# %s to %s, 0x%08x: Wireshark has no such algorithm\n",
			source, destination, sa->spi);
		fflush(w->esp);
		return;
	}
	hex(encr_key, ike_secret_bytes(&sa->encr_key));
	hex(integ_key, ike_secret_bytes(&sa->integ_key));
	len = snprintf(line, WIRESHARK_LINE_MAX,
		       "\"%s\",\"%s\",\"%s\",\"0x%08x\",\"%s\",\"%s%s\",\"%s\",\"%s%s\"",
		       sa->len == 4 ? "IPv4" : "IPv6", source, destination,
		       sa->spi, encr, encr_key[0] ? "0x" : "", encr_key, integ,
		       integ_key[0] ? "0x" : "", integ_key);
	/* Version 4.0 warns of the columns that it does not know. */
	fprintf(w->esp, "%s%s\n", line, sa->esn ? ",\"64-bit\",\"0x0\"" : "");
	fflush(w->esp);
	snprintf(line + len, WIRESHARK_LINE_MAX - len, ",\"%s\",\"0x0\"\n",
		 sa->esn ? "64-bit" : "32-bit");
	w->esp_lines++;
	ike_crypto_wipe(encr_key, sizeof(encr_key));
	ike_crypto_wipe(integ_key, sizeof(integ_key));
}

void wireshark_ike(struct wireshark *w, const struct wireshark_ike *sa)
{
	const struct ike_encr *encr = ike_encr_find(sa->encr);
	const char *format = find(ike_encrs, ARRAY_SIZE(ike_encrs), sa->encr);
	const char *integ = find(ike_integs, ARRAY_SIZE(ike_integs), sa->integ);
	unsigned int bits = encr ? strlen(sa->ei) * 4 - encr->salt_len * 8 : 0;
	char name[64];

	if (!format || !integ) {
		fprintf(w->ike, "# %s, %s: Wireshark has no such algorithm\n",
			sa->spi_i, sa->spi_r);
	} else {
		snprintf(name, sizeof(name), format, bits);
		fprintf(w->ike, "%s,%s,%s,%s,\"%s\",%s,%s,\"%s\"\n", sa->spi_i,
			sa->spi_r, sa->ei, sa->er, name, sa->ai, sa->ar, integ);
		w->ike_lines++;
	}
	fflush(w->ike);
}

int wireshark_close(struct wireshark *w)
{
	int err = 0;

	if (w->esp && (ferror(w->esp) | fclose(w->esp)))
		err = -EIO;
	if (w->ike && (ferror(w->ike) | fclose(w->ike)))
		err = -EIO;
	*w = (struct wireshark){ 0 };
	return err;
}
