// SPDX-License-Identifier: GPL-2.0-only
/* Files of a configuration: read as a whole, if they are files and nobody else
 * could have written, or where it matters read, them. Content is not known here.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_parse.h"

/* 10^6 lines, and no more memory than a machine has. */
#define FILE_MAX (128u << 20)
#define SECRET_FILE_MAX 4096

static int read_whole(int fd, char *text, size_t len, size_t *got)
{
	*got = 0;
	while (*got < len) {
		ssize_t n = read(fd, text + *got, len - *got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		*got += n;
	}
	return 0;
}

/* Not blocking, or a FIFO would wait for who writes to it. */
static int open_file(struct conf_parser *p, const char *path,
		     const struct conf_at *at, size_t max, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int err = 0;

	if (fd < 0 || fstat(fd, st))
		err = conf_error(p, at, "'%s': %s", path, strerror(errno));
	else if (!S_ISREG(st->st_mode))
		err = conf_error(p, at, "'%s' is not a regular file", path);
	else if ((uint64_t)st->st_size > max)
		err = conf_error(p, at, "'%s' has more than %zu octets", path,
				 max);
	else if (st->st_uid && st->st_uid != p->options->owner)
		err = conf_error(p, at, "'%s' belongs to user %u, who is neither root nor the user of the daemon",
				 path, st->st_uid);
	else if (st->st_mode & 022)
		err = conf_error(p, at, "'%s' (mode %04o) can be written by others than its owner",
				 path, st->st_mode & 07777);
	if (err && fd >= 0) {
		close(fd);
		fd = -1;
	}
	return err ? err : fd;
}

char *conf_path(struct conf_parser *p, const struct conf_at *at)
{
	struct ike_bytes text = conf_at_text(at);
	const char *slash = strrchr(at->source->name, '/');
	int dir = slash ? slash + 1 - at->source->name : 0;

	if (text.len && *text.data == '/')
		dir = 0;
	return conf_pool_print(&p->store->pool, "%.*s%.*s", dir,
			       at->source->name, (int)text.len,
			       (const char *)text.data);
}

static struct conf_source *source_new(struct conf_parser *p, const char *name,
				      size_t len)
{
	struct conf_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->name = strdup(name);
	source->text = malloc(len + 1);
	if (!source->name || !source->text) {
		free(source->name);
		free(source->text);
		free(source);
		return NULL;
	}
	source->next = p->sources;
	p->sources = source;
	return source;
}

void conf_sources_free(struct conf_source *sources)
{
	struct conf_source *next;

	for (; sources; sources = next) {
		next = sources->next;
		ike_crypto_wipe(sources->text, sources->len);
		free(sources->text);
		free(sources->name);
		free(sources);
	}
}

int conf_source_of_text(struct conf_parser *p, const char *name,
			struct ike_bytes text, struct conf_source **source)
{
	*source = source_new(p, name, text.len);
	if (!*source)
		return -ENOMEM;
	(*source)->len = text.len;
	if (text.len)
		memcpy((*source)->text, text.data, text.len);
	return 0;
}

int conf_source_open(struct conf_parser *p, const char *path,
		     const struct conf_at *at, struct conf_source **source)
{
	struct stat st;
	int fd = open_file(p, path, at, FILE_MAX, &st);
	int err;

	if (fd < 0)
		return fd;
	*source = source_new(p, path, st.st_size);
	if (!*source) {
		close(fd);
		return -ENOMEM;
	}
	(*source)->dev = st.st_dev;
	(*source)->ino = st.st_ino;
	(*source)->is_private = !(st.st_mode & 077);
	err = read_whole(fd, (*source)->text, st.st_size, &(*source)->len);
	close(fd);
	if (err)
		return conf_error(p, at, "'%s': %s", path, strerror(-err));
	return 0;
}

int conf_secret_file(struct conf_parser *p, const char *path,
		     const struct conf_at *at, struct ike_secret *text)
{
	struct stat st;
	int fd = open_file(p, path, at, SECRET_FILE_MAX, &st);
	size_t len;
	int err;

	if (fd < 0)
		return fd;
	if (st.st_mode & 077) {
		err = conf_error(p, at, "the secret in '%s' (mode %04o) can be read by others than its owner",
				 path, st.st_mode & 07777);
		conf_hint(p, "chmod 600 '%s', and think of a new secret", path);
		goto out;
	}
	err = ike_secret_new(text, st.st_size + 1);
	if (err)
		goto out;
	err = read_whole(fd, (char *)text->data, st.st_size, &len);
	if (err)
		err = conf_error(p, at, "'%s': %s", path, strerror(-err));
	/* What an editor puts at the end is no part of it. */
	while (!err && len && (text->data[len - 1] == '\n' ||
			       text->data[len - 1] == '\r'))
		len--;
	text->len = len;
	if (!err && !len)
		err = conf_error(p, at, "'%s' is empty", path);
out:
	close(fd);
	return err;
}
