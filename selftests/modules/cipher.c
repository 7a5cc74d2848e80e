// SPDX-License-Identifier: GPL-2.0-only
/* Seals and opens on load, with a cipher of the kernel alone, no packet and no
 * SA around it, and says in the log how long a pair of both took, in nanoseconds:
 * what no IPsec over this cipher can be cheaper than. For the benchmark.
 */

#include <crypto/aead.h>
#include <crypto/authenc.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#define ICV 16
#define ESP_HEADER 8
#define ENCR_KEY_MAX 36

static char *cipher = "";
module_param(cipher, charp, 0);
MODULE_PARM_DESC(cipher, "a template of the crypto API");
static int encr = 36;
module_param(encr, int, 0);
MODULE_PARM_DESC(encr, "octets of the encryption key, salt included");
static int integ;
module_param(integ, int, 0);
MODULE_PARM_DESC(integ, "octets of the integrity key");
static int iv = 8;
module_param(iv, int, 0);
MODULE_PARM_DESC(iv, "octets of the IV in a packet");
static int octets = 1388;
module_param(octets, int, 0);
MODULE_PARM_DESC(octets, "what is encrypted");
static int rounds = 500;
module_param(rounds, int, 0);

/* The crypto API takes both keys of authenc() as one. */
static int set_key(struct crypto_aead *aead)
{
	u8 key[RTA_SPACE(sizeof(struct crypto_authenc_key_param)) + 64 +
	       ENCR_KEY_MAX] = {};
	struct rtattr *rta = (void *)key;
	struct crypto_authenc_key_param *param = RTA_DATA(rta);

	if (!integ)
		return crypto_aead_setkey(aead, key, encr);
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	param->enckeylen = cpu_to_be32(encr);
	return crypto_aead_setkey(aead, key, RTA_SPACE(sizeof(*param)) +
				  integ + encr);
}

static int seal_and_open(struct aead_request *request, u8 *buffer)
{
	/* Of authenc() the IV is encrypted as a first block. */
	int assoc = integ ? ESP_HEADER : ESP_HEADER + iv;
	int crypt = integ ? iv + octets : octets;
	u8 iv_of[16] = {};
	DECLARE_CRYPTO_WAIT(wait);
	struct scatterlist sg;
	int err;

	aead_request_set_callback(request, CRYPTO_TFM_REQ_MAY_BACKLOG,
				  crypto_req_done, &wait);
	sg_init_one(&sg, buffer, assoc + crypt + ICV);
	aead_request_set_ad(request, assoc);
	aead_request_set_crypt(request, &sg, &sg, crypt, iv_of);
	err = crypto_wait_req(crypto_aead_encrypt(request), &wait);
	if (err)
		return err;
	memset(iv_of, 0, sizeof(iv_of));
	aead_request_set_crypt(request, &sg, &sg, crypt + ICV, iv_of);
	return crypto_wait_req(crypto_aead_decrypt(request), &wait);
}

static int measure(struct aead_request *request, u8 *buffer)
{
	u64 begin;
	int err = 0;
	int i;

	begin = ktime_get_ns();
	for (i = 0; i < rounds && !err; i++)
		err = seal_and_open(request, buffer);
	begin = ktime_get_ns() - begin;
	if (!err)
		pr_info("culvert_cipher: %s %d: %llu ns\n", cipher, octets,
			div_u64(begin, rounds));
	return err;
}

static int __init cipher_init(void)
{
	struct aead_request *request;
	struct crypto_aead *aead;
	int err = -EINVAL;
	u8 *buffer;

	if (encr < 0 || encr > ENCR_KEY_MAX || integ < 0 || integ > 64 ||
	    iv < 0 || iv > 16 || octets < 1 || octets > 4096 || rounds < 1)
		return err;
	/* The same one as IPsec gets, which may answer later. */
	aead = crypto_alloc_aead(cipher, 0, 0);
	if (IS_ERR(aead))
		return PTR_ERR(aead);
	buffer = kzalloc(ESP_HEADER + 16 + octets + ICV, GFP_KERNEL);
	request = aead_request_alloc(aead, GFP_KERNEL);
	err = -ENOMEM;
	if (buffer && request) {
		err = set_key(aead) ?: crypto_aead_setauthsize(aead, ICV);
		if (!err)
			err = measure(request, buffer);
	}
	aead_request_free(request);
	kfree(buffer);
	crypto_free_aead(aead);
	/* Nothing is left to do: it does not stay. */
	return err ?: -EAGAIN;
}
module_init(cipher_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What a cipher costs without IPsec around it");
