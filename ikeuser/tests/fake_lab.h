/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference lab after both pings, as the daemon tells it (docs/vici.md):
 * four packets of YELLOW, then BLUE's first.
 */
#ifndef CULVERT_TEST_FAKE_LAB_H
#define CULVERT_TEST_FAKE_LAB_H

#define LAB_SUITE \
	"encr-alg = AES_CBC encr-keysize = 256 integ-alg = HMAC_SHA1_96 "

#define LAB_STATS \
	"encaps = 4 encrypts = 4 digests = 4 decaps = 4 decrypts = 4 " \
	"verifies = 4 pre-frag-successes = 0 send-errors = 0 recv-errors = 0 "

#define LAB_WAY \
	"age-ms = 25000 used-ms = 3000 packets = 4 octets = 512 " \
	"replay-window = 64 path-mtu = 1500 path-mtu-age = 0 " \
	"media-mtu = 1500 inner-mtu = 1438 overhead-before = 44 " \
	"overhead-after = 14 block = 16 iv-length = 16 icv-length = 12 " \
	"soft-seconds = 25920 hard-seconds = 28800 hard-octets = 4718592000 " \
	LAB_STATS

#define LAB_YELLOW \
	"s2svpn_to_site2-2-1 { name = s2svpn_to_site2-2 uniqueid = 86 " \
	"state = INSTALLED mode = TUNNEL protocol = ESP " LAB_SUITE \
	"spi-in = ed866a3c spi-out = b89f38c9 bytes-in = 512 " \
	"packets-in = 4 bytes-out = 512 packets-out = 4 install-time = 25 " \
	"life-time = 28775 local-ts [ 192.168.100.0/24 ] " \
	"remote-ts [ 172.16.10.0/24 ] map = outside_map sequence = 1 " \
	"device = outside acl = s2svpn_to_site2 line = 1 element = 2 " \
	"acl-source = \"permit ip object-group SITE1 object-group SITE2 " \
	"log default\" df = copy pfs-group = 14 " \
	"in { sequence = 4 " LAB_WAY "replay-bitmap [ 00000000 0000000f ] } " \
	"out { sequence = 4 " LAB_WAY "} } "

#define LAB_BLUE \
	"s2svpn_to_site2-1-2 { name = s2svpn_to_site2-1 uniqueid = 87 " \
	"state = INSTALLED mode = TUNNEL protocol = ESP " LAB_SUITE \
	"spi-in = c8fce690 spi-out = f34ce0e2 install-time = 5 " \
	"local-ts [ 192.168.200.0/24 ] remote-ts [ 172.16.10.0/24 ] " \
	"map = outside_map sequence = 1 device = outside " \
	"acl = s2svpn_to_site2 line = 1 element = 1 " \
	"acl-source = \"permit ip object-group SITE1 object-group SITE2 " \
	"log default\" df = copy pfs-group = 14 " \
	"in { sequence = 0 " LAB_WAY "replay-bitmap [ 00000000 00000000 ] } " \
	"out { sequence = 1 " LAB_WAY "drops { out-too-big = 2 } } } "

#define LAB_IKE \
	"site2 { uniqueid = 85 session = 85 version = 2 state = ESTABLISHED " \
	"local-host = 10.255.1.2 local-port = 500 local-id = 10.255.1.2 " \
	"remote-host = 10.255.2.2 remote-port = 500 remote-id = 10.255.2.2 " \
	"initiator = yes initiator-spi = 8b1c2f3d4e5f6a70 " \
	"responder-spi = 19a7d2c4b3e6f581 encr-alg = AES_CBC " \
	"encr-keysize = 256 integ-alg = HMAC_SHA2_256_128 " \
	"prf-alg = PRF_HMAC_SHA2_256 dh-group = MODP_2048 " \
	"local-auth = psk remote-auth = psk lifetime = 86400 " \
	"dpd-delay = 10 established = 13 next-request = 3 next-response = 0 " \
	"child-sas { "

#define LAB_SAS LAB_IKE LAB_BLUE LAB_YELLOW "} } "
#define LAB_SAS_ONE LAB_IKE LAB_YELLOW "} } "

#define LAB_PEER \
	"peer = site2 remote-addrs = 10.255.2.2 pfs-group = 14 " \
	"esp-proposals = aes256-sha1-modp2048 lifetime = 28800 " \
	"lifetime-bytes = 4718592000 "

#define LAB_LINE \
	"device = outside map = outside_map sequence = 1 " \
	"acl = s2svpn_to_site2 line = 1 " \
	"acl-source = \"permit ip object-group SITE1 object-group SITE2 " \
	"log default\" "

#define LAB_RULES \
	"a { id = 1111111100000001 action = bypass device = outside " \
	"local = \"10.255.1.2/32[udp/500]\" remote = 0.0.0.0/0 packets = 9 " \
	"flows = 1 } " \
	"b { id = 22222222fab888fb action = protect " LAB_LINE "element = 1 " \
	"local = 192.168.200.0/24 remote = 172.16.10.0/24 " LAB_PEER \
	"child = s2svpn_to_site2-1 packets = 10 flows = 1 used-ms = 3000 " \
	"status = up out-spi = f34ce0e2 } " \
	"c { id = 33333333b7b04209 action = protect " LAB_LINE "element = 2 " \
	"local = 192.168.100.0/24 remote = 172.16.10.0/24 " LAB_PEER \
	"child = s2svpn_to_site2-2 packets = 8 flows = 2 used-ms = 52000 " \
	"status = failed reason = NO_PROPOSAL since-ms = 61000 " \
	"sentence = \"the proposals have nothing in common\" " \
	"text = \"DH: theirs modp2048, ours x25519\" } "

#endif
