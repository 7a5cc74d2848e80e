/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of IKEv2 as IANA lists them, a row {number, name, RFC} each: the
 * constants and the names in log lines both come from these rows. What culvert
 * can do of all this, the tables of the other files say.
 */
#ifndef IKE_PROTO_H
#define IKE_PROTO_H

#define IKE_PORT 500
#define IKE_PORT_NATT 4500
#define IKE_VERSION_MAJOR 2
#define IKE_HEADER_LEN 28
#define IKE_PAYLOAD_HEADER_LEN 4
#define IKE_SPI_LEN 8			/* of an IKE SA */
#define IKE_CHILD_SPI_LEN 4		/* of ESP and AH */
#define IKE_CHILD_SPI_MIN 256		/* RFC 4303 2.1: reserved below */
#define IKE_NONCE_MIN 16		/* RFC 7296 3.9 */
#define IKE_NONCE_MAX 256
#define IKE_COOKIE_MAX 64		/* RFC 7296 2.6 */
#define IKE_NAT_DETECTION_LEN 20	/* a SHA-1 digest, RFC 7296 2.23 */
/* What a UDP datagram over IPv4 can carry. */
#define IKE_MESSAGE_MAX (65535 - 20 - 8)

/* Flags of the IKE header (RFC 7296 3.1). */
#define IKE_FLAG_INITIATOR 0x08
#define IKE_FLAG_VERSION 0x10
#define IKE_FLAG_RESPONSE 0x20
/* Of the generic payload header (RFC 7296 3.2). */
#define IKE_FLAG_CRITICAL 0x80

#define IKE_PAYLOAD_NONE 0
/* RFC 7296 3.3.5: the one transform attribute, in its short form. */
#define IKE_ATTRIBUTE_KEY_LENGTH 14
#define IKE_ATTRIBUTE_SHORT 0x8000
/* Notify types from here on are status types (RFC 7296 3.10.1). */
#define IKE_NOTIFY_STATUS_FIRST 16384

/* Exchange types (RFC 7296 3.1). 0 to 33 were IKEv1's. */
#define IKE_EXCHANGES(X) \
	X(34, IKE_SA_INIT, 7296) \
	X(35, IKE_AUTH, 7296) \
	X(36, CREATE_CHILD_SA, 7296) \
	X(37, INFORMATIONAL, 7296) \
	X(38, IKE_SESSION_RESUME, 5723) \
	X(39, GSA_AUTH, 9838) \
	X(40, GSA_REGISTRATION, 9838) \
	X(41, GSA_REKEY, 9838) \
	X(43, IKE_INTERMEDIATE, 9242) \
	X(44, IKE_FOLLOWUP_KE, 9370)
#define IKE_ROW_EXCHANGE(number, name, rfc) IKE_EXCHANGE_##name = number,
enum ike_exchange {
	IKE_EXCHANGES(IKE_ROW_EXCHANGE)
};

/* Payload types (RFC 7296 3.2). 1 to 32 were IKEv1's; 0 is no next payload. */
#define IKE_PAYLOADS(X) \
	X(33, SA, 7296) \
	X(34, KE, 7296) \
	X(35, IDi, 7296) \
	X(36, IDr, 7296) \
	X(37, CERT, 7296) \
	X(38, CERTREQ, 7296) \
	X(39, AUTH, 7296) \
	X(40, NONCE, 7296) \
	X(41, N, 7296) \
	X(42, D, 7296) \
	X(43, V, 7296) \
	X(44, TSi, 7296) \
	X(45, TSr, 7296) \
	X(46, SK, 7296) \
	X(47, CP, 7296) \
	X(48, EAP, 7296) \
	X(49, GSPM, 6467) \
	X(50, IDg, 9838) \
	X(51, GSA, 9838) \
	X(52, KD, 9838) \
	X(53, SKF, 7383) \
	X(54, PS, 8019)
#define IKE_ROW_PAYLOAD(number, name, rfc) IKE_PAYLOAD_##name = number,
enum ike_payload_type {
	IKE_PAYLOADS(IKE_ROW_PAYLOAD)
};

/* Security protocols (RFC 7296 3.3.1). */
#define IKE_PROTOCOLS(X) \
	X(1, IKE, 7296) \
	X(2, AH, 7296) \
	X(3, ESP, 7296)
#define IKE_ROW_PROTOCOL(number, name, rfc) IKE_PROTOCOL_##name = number,
enum ike_protocol {
	IKE_PROTOCOLS(IKE_ROW_PROTOCOL)
};

/* Transform types (RFC 7296 3.3.2). */
#define IKE_TRANSFORM_TYPES(X) \
	X(1, ENCR, 7296) \
	X(2, PRF, 7296) \
	X(3, INTEG, 7296) \
	X(4, DH, 7296) \
	X(5, ESN, 7296) \
	X(6, ADDKE1, 9370) \
	X(7, ADDKE2, 9370) \
	X(8, ADDKE3, 9370) \
	X(9, ADDKE4, 9370) \
	X(10, ADDKE5, 9370) \
	X(11, ADDKE6, 9370) \
	X(12, ADDKE7, 9370)
#define IKE_ROW_TRANSFORM(number, name, rfc) IKE_TRANSFORM_##name = number,
enum ike_transform_type {
	IKE_TRANSFORM_TYPES(IKE_ROW_TRANSFORM)
};

/* Transform IDs of type ENCR. */
#define IKE_ENCRS(X) \
	X(1, DES_IV64, 1827) \
	X(2, DES, 2405) \
	X(3, 3DES, 2451) \
	X(4, RC5, 2451) \
	X(5, IDEA, 2451) \
	X(6, CAST, 2451) \
	X(7, BLOWFISH, 2451) \
	X(8, 3IDEA, 2451) \
	X(9, DES_IV32, 7296) \
	X(11, NULL, 2410) \
	X(12, AES_CBC, 3602) \
	X(13, AES_CTR, 3686) \
	X(14, AES_CCM_8, 4309) \
	X(15, AES_CCM_12, 4309) \
	X(16, AES_CCM_16, 4309) \
	X(18, AES_GCM_8, 4106) \
	X(19, AES_GCM_12, 4106) \
	X(20, AES_GCM_16, 4106) \
	X(21, NULL_AUTH_AES_GMAC, 4543) \
	X(23, CAMELLIA_CBC, 5529) \
	X(24, CAMELLIA_CTR, 5529) \
	X(25, CAMELLIA_CCM_8, 5529) \
	X(26, CAMELLIA_CCM_12, 5529) \
	X(27, CAMELLIA_CCM_16, 5529) \
	X(28, CHACHA20_POLY1305, 7634) \
	X(29, AES_CCM_8_IIV, 8750) \
	X(30, AES_GCM_16_IIV, 8750) \
	X(31, CHACHA20_POLY1305_IIV, 8750)
#define IKE_ROW_ENCR(number, name, rfc) IKE_ENCR_##name = number,
enum ike_encr_id {
	IKE_ENCRS(IKE_ROW_ENCR)
};

/* Transform IDs of type PRF. */
#define IKE_PRFS(X) \
	X(1, HMAC_MD5, 2104) \
	X(2, HMAC_SHA1, 2104) \
	X(3, HMAC_TIGER, 2104) \
	X(4, AES128_XCBC, 4434) \
	X(5, HMAC_SHA2_256, 4868) \
	X(6, HMAC_SHA2_384, 4868) \
	X(7, HMAC_SHA2_512, 4868) \
	X(8, AES128_CMAC, 4615)
#define IKE_ROW_PRF(number, name, rfc) IKE_PRF_##name = number,
enum ike_prf_id {
	IKE_PRFS(IKE_ROW_PRF)
};

/* Transform IDs of type INTEG. */
#define IKE_INTEGS(X) \
	X(0, NONE, 7296) \
	X(1, HMAC_MD5_96, 2403) \
	X(2, HMAC_SHA1_96, 2404) \
	X(3, DES_MAC, 7296) \
	X(4, KPDK_MD5, 1826) \
	X(5, AES_XCBC_96, 3566) \
	X(6, HMAC_MD5_128, 4595) \
	X(7, HMAC_SHA1_160, 4595) \
	X(8, AES_CMAC_96, 4494) \
	X(9, AES_128_GMAC, 4543) \
	X(10, AES_192_GMAC, 4543) \
	X(11, AES_256_GMAC, 4543) \
	X(12, HMAC_SHA2_256_128, 4868) \
	X(13, HMAC_SHA2_384_192, 4868) \
	X(14, HMAC_SHA2_512_256, 4868)
#define IKE_ROW_INTEG(number, name, rfc) IKE_INTEG_##name = number,
enum ike_integ_id {
	IKE_INTEGS(IKE_ROW_INTEG)
};

/* Transform IDs of type DH. */
#define IKE_DHS(X) \
	X(0, NONE, 7296) \
	X(1, MODP_768, 7296) \
	X(2, MODP_1024, 7296) \
	X(5, MODP_1536, 3526) \
	X(14, MODP_2048, 3526) \
	X(15, MODP_3072, 3526) \
	X(16, MODP_4096, 3526) \
	X(17, MODP_6144, 3526) \
	X(18, MODP_8192, 3526) \
	X(19, ECP_256, 5903) \
	X(20, ECP_384, 5903) \
	X(21, ECP_521, 5903) \
	X(22, MODP_1024_160, 5114) \
	X(23, MODP_2048_224, 5114) \
	X(24, MODP_2048_256, 5114) \
	X(25, ECP_192, 5114) \
	X(26, ECP_224, 5114) \
	X(27, BRAINPOOL_224, 6954) \
	X(28, BRAINPOOL_256, 6954) \
	X(29, BRAINPOOL_384, 6954) \
	X(30, BRAINPOOL_512, 6954) \
	X(31, CURVE25519, 8031) \
	X(32, CURVE448, 8031) \
	X(33, GOST3410_256, 9385) \
	X(34, GOST3410_512, 9385)
#define IKE_ROW_DH(number, name, rfc) IKE_DH_##name = number,
enum ike_dh_id {
	IKE_DHS(IKE_ROW_DH)
};

/* Transform IDs of type ESN. */
#define IKE_ESNS(X) \
	X(0, NONE, 7296) \
	X(1, ESN, 7296)
#define IKE_ROW_ESN(number, name, rfc) IKE_ESN_##name = number,
enum ike_esn_id {
	IKE_ESNS(IKE_ROW_ESN)
};

/* Types of identification (RFC 7296 3.5). */
#define IKE_ID_TYPES(X) \
	X(1, IPV4_ADDR, 7296) \
	X(2, FQDN, 7296) \
	X(3, RFC822_ADDR, 7296) \
	X(5, IPV6_ADDR, 7296) \
	X(9, DER_ASN1_DN, 7296) \
	X(10, DER_ASN1_GN, 7296) \
	X(11, KEY_ID, 7296) \
	X(12, FC_NAME, 4595) \
	X(13, NULL, 7619)
#define IKE_ROW_ID(number, name, rfc) IKE_ID_##name = number,
enum ike_id_type {
	IKE_ID_TYPES(IKE_ROW_ID)
};

/* Certificate encodings (RFC 7296 3.6). */
#define IKE_CERT_ENCODINGS(X) \
	X(1, PKCS7_X509, 7296) \
	X(2, PGP, 7296) \
	X(3, DNS_SIGNED_KEY, 7296) \
	X(4, X509_SIGNATURE, 7296) \
	X(6, KERBEROS_TOKEN, 7296) \
	X(7, CRL, 7296) \
	X(8, ARL, 7296) \
	X(9, SPKI, 7296) \
	X(10, X509_ATTRIBUTE, 7296) \
	X(12, HASH_URL_X509, 7296) \
	X(13, HASH_URL_BUNDLE, 7296) \
	X(14, OCSP, 4806) \
	X(15, RAW_PUBLIC_KEY, 7670)
#define IKE_ROW_CERT(number, name, rfc) IKE_CERT_##name = number,
enum ike_cert_encoding {
	IKE_CERT_ENCODINGS(IKE_ROW_CERT)
};

/* Authentication methods (RFC 7296 3.8). */
#define IKE_AUTH_METHODS(X) \
	X(1, RSA_SIGNATURE, 7296) \
	X(2, SHARED_KEY_MIC, 7296) \
	X(3, DSS_SIGNATURE, 7296) \
	X(9, ECDSA_SHA256_P256, 4754) \
	X(10, ECDSA_SHA384_P384, 4754) \
	X(11, ECDSA_SHA512_P521, 4754) \
	X(12, SECURE_PASSWORD, 6467) \
	X(13, NULL, 7619) \
	X(14, DIGITAL_SIGNATURE, 7427)
#define IKE_ROW_AUTH(number, name, rfc) IKE_AUTH_##name = number,
enum ike_auth_number {
	IKE_AUTH_METHODS(IKE_ROW_AUTH)
};

/* Hash algorithms (RFC 7427 7). */
#define IKE_HASHES(X) \
	X(1, SHA1, 7427) \
	X(2, SHA2_256, 7427) \
	X(3, SHA2_384, 7427) \
	X(4, SHA2_512, 7427) \
	X(5, IDENTITY, 8420)
#define IKE_ROW_HASH(number, name, rfc) IKE_HASH_##name = number,
enum ike_hash {
	IKE_HASHES(IKE_ROW_HASH)
};

/* Types of traffic selector (RFC 7296 3.13.1). */
#define IKE_TS_TYPES(X) \
	X(7, IPV4_ADDR_RANGE, 7296) \
	X(8, IPV6_ADDR_RANGE, 7296) \
	X(9, FC_ADDR_RANGE, 4595) \
	X(10, SECLABEL, 9478)
#define IKE_ROW_TS(number, name, rfc) IKE_TS_##name = number,
enum ike_ts_type {
	IKE_TS_TYPES(IKE_ROW_TS)
};

/* Notify message types (RFC 7296 3.10.1): errors, then status types. */
#define IKE_NOTIFIES(X) \
	X(1, UNSUPPORTED_CRITICAL_PAYLOAD, 7296) \
	X(4, INVALID_IKE_SPI, 7296) \
	X(5, INVALID_MAJOR_VERSION, 7296) \
	X(7, INVALID_SYNTAX, 7296) \
	X(9, INVALID_MESSAGE_ID, 7296) \
	X(11, INVALID_SPI, 7296) \
	X(14, NO_PROPOSAL_CHOSEN, 7296) \
	X(17, INVALID_KE_PAYLOAD, 7296) \
	X(24, AUTHENTICATION_FAILED, 7296) \
	X(34, SINGLE_PAIR_REQUIRED, 7296) \
	X(35, NO_ADDITIONAL_SAS, 7296) \
	X(36, INTERNAL_ADDRESS_FAILURE, 7296) \
	X(37, FAILED_CP_REQUIRED, 7296) \
	X(38, TS_UNACCEPTABLE, 7296) \
	X(39, INVALID_SELECTORS, 7296) \
	X(40, UNACCEPTABLE_ADDRESSES, 4555) \
	X(41, UNEXPECTED_NAT_DETECTED, 4555) \
	X(42, USE_ASSIGNED_HoA, 5026) \
	X(43, TEMPORARY_FAILURE, 7296) \
	X(44, CHILD_SA_NOT_FOUND, 7296) \
	X(45, INVALID_GROUP_ID, 9838) \
	X(46, AUTHORIZATION_FAILED, 9838) \
	X(47, STATE_NOT_FOUND, 9370) \
	X(48, TS_MAX_QUEUE, 9611) \
	X(16384, INITIAL_CONTACT, 7296) \
	X(16385, SET_WINDOW_SIZE, 7296) \
	X(16386, ADDITIONAL_TS_POSSIBLE, 7296) \
	X(16387, IPCOMP_SUPPORTED, 7296) \
	X(16388, NAT_DETECTION_SOURCE_IP, 7296) \
	X(16389, NAT_DETECTION_DESTINATION_IP, 7296) \
	X(16390, COOKIE, 7296) \
	X(16391, USE_TRANSPORT_MODE, 7296) \
	X(16392, HTTP_CERT_LOOKUP_SUPPORTED, 7296) \
	X(16393, REKEY_SA, 7296) \
	X(16394, ESP_TFC_PADDING_NOT_SUPPORTED, 7296) \
	X(16395, NON_FIRST_FRAGMENTS_ALSO, 7296) \
	X(16396, MOBIKE_SUPPORTED, 4555) \
	X(16397, ADDITIONAL_IP4_ADDRESS, 4555) \
	X(16398, ADDITIONAL_IP6_ADDRESS, 4555) \
	X(16399, NO_ADDITIONAL_ADDRESSES, 4555) \
	X(16400, UPDATE_SA_ADDRESSES, 4555) \
	X(16401, COOKIE2, 4555) \
	X(16402, NO_NATS_ALLOWED, 4555) \
	X(16403, AUTH_LIFETIME, 4478) \
	X(16404, MULTIPLE_AUTH_SUPPORTED, 4739) \
	X(16405, ANOTHER_AUTH_FOLLOWS, 4739) \
	X(16406, REDIRECT_SUPPORTED, 5685) \
	X(16407, REDIRECT, 5685) \
	X(16408, REDIRECTED_FROM, 5685) \
	X(16409, TICKET_LT_OPAQUE, 5723) \
	X(16410, TICKET_REQUEST, 5723) \
	X(16411, TICKET_ACK, 5723) \
	X(16412, TICKET_NACK, 5723) \
	X(16413, TICKET_OPAQUE, 5723) \
	X(16414, LINK_ID, 5739) \
	X(16415, USE_WESP_MODE, 5840) \
	X(16416, ROHC_SUPPORTED, 5857) \
	X(16417, EAP_ONLY_AUTHENTICATION, 5998) \
	X(16418, CHILDLESS_IKEV2_SUPPORTED, 6023) \
	X(16419, QUICK_CRASH_DETECTION, 6290) \
	X(16420, IKEV2_MESSAGE_ID_SYNC_SUPPORTED, 6311) \
	X(16421, IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED, 6311) \
	X(16422, IKEV2_MESSAGE_ID_SYNC, 6311) \
	X(16423, IPSEC_REPLAY_COUNTER_SYNC, 6311) \
	X(16424, SECURE_PASSWORD_METHODS, 6467) \
	X(16425, PSK_PERSIST, 6631) \
	X(16426, PSK_CONFIRM, 6631) \
	X(16427, ERX_SUPPORTED, 6867) \
	X(16430, IKEV2_FRAGMENTATION_SUPPORTED, 7383) \
	X(16431, SIGNATURE_HASH_ALGORITHMS, 7427) \
	X(16432, CLONE_IKE_SA_SUPPORTED, 7791) \
	X(16433, CLONE_IKE_SA, 7791) \
	X(16434, PUZZLE, 8019) \
	X(16435, USE_PPK, 8784) \
	X(16436, PPK_IDENTITY, 8784) \
	X(16437, NO_PPK_AUTH, 8784) \
	X(16438, INTERMEDIATE_EXCHANGE_SUPPORTED, 9242) \
	X(16439, IP4_ALLOWED, 8983) \
	X(16440, IP6_ALLOWED, 8983) \
	X(16441, ADDITIONAL_KEY_EXCHANGE, 9370) \
	X(16442, USE_AGGFRAG, 9347) \
	X(16443, SUPPORTED_AUTH_METHODS, 9593) \
	X(16444, SA_RESOURCE_INFO, 9611)
#define IKE_ROW_NOTIFY(number, name, rfc) IKE_NOTIFY_##name = number,
enum ike_notify_type {
	IKE_NOTIFIES(IKE_ROW_NOTIFY)
};

/* The name of a number, NULL for one that has none here. */
const char *ike_exchange_name(unsigned int number);
const char *ike_payload_name(unsigned int number);
const char *ike_protocol_name(unsigned int number);
const char *ike_transform_type_name(unsigned int number);
const char *ike_encr_name(unsigned int number);
const char *ike_prf_name(unsigned int number);
const char *ike_integ_name(unsigned int number);
const char *ike_dh_name(unsigned int number);
const char *ike_esn_name(unsigned int number);
const char *ike_id_type_name(unsigned int number);
const char *ike_cert_encoding_name(unsigned int number);
const char *ike_auth_method_name(unsigned int number);
const char *ike_hash_name(unsigned int number);
const char *ike_ts_type_name(unsigned int number);
const char *ike_notify_name(unsigned int number);
/* Of a transform, by its transform type. */
const char *ike_transform_name(unsigned int type, unsigned int id);

#endif
