// SPDX-License-Identifier: GPL-2.0-only
/* ESP framing (RFC 4303 2). Knows octets and ciphers, neither policy nor IP.
 *
 *	  transport header
 *	  | SPI 4 | Seq 4 | IV | payload | TFC 0.. | 1 2 3.. | n | NH | ICV |
 *	                       '------ ciphertext (block multiple) ---'
 *	  '- associated data --'
 *
 * With extended sequence numbers the high half is authenticated but not sent
 * (2.2.1). The crypto API wants it in its place; for the time of the cipher the
 * SPI moves four octets to the front and makes room, and what stood there is
 * kept in the request:
 *
 *	| SPI 4 | SeqHi 4 | Seq 4 | IV | payload ...
 */

#include <linux/scatterlist.h>
#include <linux/unaligned.h>

#include "cb.h"
#include "esp.h"
#include "stats.h"

/* What a cipher needs while it works, one allocation. */
struct request {
	size_t octets;			/* of the allocation */
	struct sk_buff *skb;
	culvert_esp_done_t done;
	__be32 displaced;		/* in front of the ESP header */
	u8 iv[16];
	struct scatterlist *sg;
	struct aead_request aead;	/* last: the cipher's own follows */
};

/* The last request that was done with on this CPU, for the next packet; BH
 * disabled.
 */
static DEFINE_PER_CPU(struct request *, spare);

static struct request *take_spare(size_t octets)
{
	struct request *request = this_cpu_read(spare);

	if (!request || request->octets < octets)
		return NULL;
	this_cpu_write(spare, NULL);
	return request;
}

static struct request *new_request(struct crypto_aead *cipher, int n_sg)
{
	size_t size = ALIGN(sizeof(struct request) + crypto_aead_reqsize(cipher),
			    __alignof__(struct scatterlist));
	size_t octets = size + n_sg * sizeof(struct scatterlist);
	struct request *request = take_spare(octets);

	if (!request) {
		request = kmalloc(octets, GFP_ATOMIC);
		if (!request)
			return NULL;
		request->octets = octets;
	}
	request->sg = (void *)request + size;
	sg_init_table(request->sg, n_sg);
	aead_request_set_tfm(&request->aead, cipher);
	culvert_object_created(CULVERT_OBJECT_REQUEST);
	return request;
}

/* Of two the larger one is kept: it will do for more. */
static void free_request(struct request *request)
{
	struct request *other = this_cpu_read(spare);

	if (!other || other->octets < request->octets) {
		this_cpu_write(spare, request);
		request = other;
	}
	kfree(request);
	culvert_object_destroyed(CULVERT_OBJECT_REQUEST);
}

void culvert_esp_module_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree(per_cpu(spare, cpu));
}

static u32 esn_octets(const struct culvert_sa *sa)
{
	return sa->esn ? 4 : 0;
}

static u8 *header_of(const struct sk_buff *skb)
{
	return skb->data + culvert_cipher_cb(skb)->esp;
}

static void make_room_for_esn(const struct culvert_cipher_cb *cb,
			      struct request *request, u8 *header)
{
	if (!cb->sa->esn)
		return;
	memcpy(&request->displaced, header - 4, 4);
	memcpy(header - 4, header, 4);
	put_unaligned_be32(cb->seq >> 32, header);
}

static void restore_header(const struct culvert_cipher_cb *cb,
			   const struct request *request, u8 *header)
{
	if (!cb->sa->esn)
		return;
	memcpy(header, header - 4, 4);
	memcpy(header - 4, &request->displaced, 4);
}

static int finish(struct sk_buff *skb, int err)
{
	struct culvert_cipher_cb *cb = culvert_cipher_cb(skb);
	struct request *request = cb->request;

	restore_header(cb, request, header_of(skb));
	free_request(request);
	return err;
}

static void completed(crypto_completion_arg *arg, int err)
{
	struct request *request = crypto_completion_data(arg);
	struct sk_buff *skb = request->skb;
	culvert_esp_done_t done = request->done;

	done(skb, finish(skb, err));
}

/* The cipher has taken the request, or is through with it. */
static int submitted(struct sk_buff *skb, int err)
{
	return err == -EINPROGRESS ? err : finish(skb, err);
}

static void prepare(struct request *request, struct sk_buff *skb,
		    culvert_esp_done_t done)
{
	request->skb = skb;
	request->done = done;
	culvert_cipher_cb(skb)->request = request;
	aead_request_set_callback(&request->aead, 0, completed, request);
	make_room_for_esn(culvert_cipher_cb(skb), request, header_of(skb));
}

/* RFC 4303 2.4: 1, 2, 3, ... */
static void put_trailer(struct sk_buff *skb, u32 tfc, u32 pad, u8 next_header)
{
	u8 *to = skb_put(skb, tfc + pad + CULVERT_ESP_TRAILER);
	u32 i;

	memset(to, 0, tfc);
	to += tfc;
	for (i = 1; i <= pad; i++)
		*to++ = i;
	*to++ = pad;
	*to = next_header;
}

/* The IV of a packet is its sequence number, which never repeats under a key;
 * where it must not be foreseen either, it is the ciphertext of that and a
 * secret.
 */
static void put_iv(const struct culvert_sa *sa, u64 seq, u8 *iv,
		   struct request *request)
{
	if (!sa->suite->iv)
		return;
	put_unaligned_be64(seq, iv);
	if (sa->suite->iv_is_ciphertext) {
		put_unaligned_be64(sa->iv_secret, iv + 8);
		memset(request->iv, 0, sizeof(request->iv));
	} else {
		memcpy(request->iv, iv, 8);
	}
}

int culvert_esp_seal(struct sk_buff *skb, u8 next_header, u32 tfc,
		     culvert_esp_done_t done)
{
	struct culvert_cipher_cb *cb = culvert_cipher_cb(skb);
	const struct culvert_sa *sa = cb->sa;
	const struct culvert_aead *suite = sa->suite;
	u8 *header = skb_transport_header(skb);
	u32 before = culvert_esp_before(sa);
	u32 payload = skb_tail_pointer(skb) - header - before;
	u32 padded = culvert_esp_padded(sa, payload + tfc);
	u32 assoc = CULVERT_ESP_HEADER + esn_octets(sa);
	u32 crypt = padded;
	struct request *request;

	request = new_request(sa->cipher, 1);
	if (!request)
		return -ENOBUFS;

	put_trailer(skb, tfc, padded - payload - tfc - CULVERT_ESP_TRAILER,
		    next_header);
	skb_put(skb, suite->icv);
	put_unaligned_be32(ntohl(sa->spi), header);
	put_unaligned_be32(cb->seq, header + 4);
	put_iv(sa, cb->seq, header + CULVERT_ESP_HEADER, request);

	cb->esp = header - skb->data;
	prepare(request, skb, done);
	header -= esn_octets(sa);
	if (suite->iv_is_ciphertext)
		crypt += suite->iv;
	else
		assoc += suite->iv;
	sg_set_buf(request->sg, header, skb_tail_pointer(skb) - header);
	aead_request_set_ad(&request->aead, assoc);
	aead_request_set_crypt(&request->aead, request->sg, request->sg, crypt,
			       request->iv);
	return submitted(skb, crypto_aead_encrypt(&request->aead));
}

/* Deciphering happens in place, so the memory must be nobody else's: not that
 * of a clone, of a page that was spliced, or of another reader's packet.
 * Returns the fragments that a scatterlist needs.
 */
static int make_private(struct sk_buff *skb)
{
	struct sk_buff *trailer;

	if (!skb_cloned(skb) && !skb_is_nonlinear(skb))
		return 1;
	return skb_cow_data(skb, 0, &trailer);
}

/* sg is all octets from begin on. */
static int fill(struct scatterlist *sg, struct sk_buff *skb, int begin)
{
	int n;

	if (!skb_is_nonlinear(skb)) {
		sg_set_buf(sg, skb->data + begin, skb->len - begin);
		return 0;
	}
	n = skb_to_sgvec(skb, sg, begin, skb->len - begin);
	return n < 0 ? n : 0;
}

int culvert_esp_open(struct sk_buff *skb, culvert_esp_done_t done)
{
	struct culvert_cipher_cb *cb = culvert_cipher_cb(skb);
	const struct culvert_sa *sa = cb->sa;
	const struct culvert_aead *suite = sa->suite;
	u32 assoc = culvert_esp_before(sa) + esn_octets(sa);
	struct request *request;
	int begin;
	int n_sg;

	n_sg = make_private(skb);
	if (n_sg < 0)
		return -ENOBUFS;
	request = new_request(sa->cipher, n_sg);
	if (!request)
		return -ENOBUFS;

	memcpy(request->iv, header_of(skb) + CULVERT_ESP_HEADER, suite->iv);
	prepare(request, skb, done);
	begin = cb->esp - esn_octets(sa);
	if (fill(request->sg, skb, begin))
		return finish(skb, -ENOBUFS);

	aead_request_set_ad(&request->aead, assoc);
	aead_request_set_crypt(&request->aead, request->sg, request->sg,
			       skb->len - cb->esp - culvert_esp_before(sa),
			       request->iv);
	return submitted(skb, crypto_aead_decrypt(&request->aead));
}

static bool is_padding(const struct sk_buff *skb, int at, u32 pad)
{
	u8 buffer[255];
	const u8 *octets = skb_header_pointer(skb, at, pad, buffer);
	u32 i;

	for (i = 0; octets && i < pad; i++)
		if (octets[i] != i + 1)
			return false;
	return octets;
}

int culvert_esp_trim(const struct culvert_sa *sa, struct sk_buff *skb,
		     u8 *next_header)
{
	int end = skb->len - sa->suite->icv - CULVERT_ESP_TRAILER;
	int payload = end - culvert_esp_before(sa);
	u8 trailer[CULVERT_ESP_TRAILER];

	if (skb_copy_bits(skb, end, trailer, sizeof(trailer)) ||
	    trailer[0] > payload ||
	    (trailer[0] && !is_padding(skb, end - trailer[0], trailer[0])))
		return -EINVAL;
	*next_header = trailer[1];
	return pskb_trim(skb, end - trailer[0]);
}
