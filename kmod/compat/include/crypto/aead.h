/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_COMPAT_CRYPTO_AEAD_H
#define CULVERT_COMPAT_CRYPTO_AEAD_H

#include <linux/version.h>
#include_next <crypto/aead.h>

/* Linux 6.3 hands a callback its data instead of the request. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
typedef struct crypto_async_request crypto_completion_arg;

static inline void *crypto_completion_data(crypto_completion_arg *arg)
{
	return arg->data;
}
#else
typedef void crypto_completion_arg;

static inline void *crypto_completion_data(crypto_completion_arg *arg)
{
	return arg;
}
#endif

#endif
