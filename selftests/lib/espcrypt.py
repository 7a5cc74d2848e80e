#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""ESP packets (RFC 4303) made and opened by hand, from the SPI to the ICV:
right ones, and ones that no gateway would send. Knows no outer headers, no
sockets, no windows. Suites and their keys are those of uapi/culvert.yaml.

     0                   1                   2                   3
    +---------------------------------------------------------------+
    | SPI                                                           |
    | sequence number, the low 32 bits                              |
    | IV: 0, 8 or 16 octets                                         |
    | payload ...                                                   |
    |             padding: 1, 2, 3 ... | pad length  | next header  |
    | ICV                                                           |
    +---------------------------------------------------------------+

--self-test compares it with the known answers in selftests/vectors."""

import hmac
import os
import struct
import sys
from collections import namedtuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

SALT = 4  # octets, behind the key of an AEAD

# encrypt: how; digest: that of the HMAC, if there is one; the rest: octets.
Suite = namedtuple("Suite", "encrypt digest iv icv align")

SUITES = {
    "aes-gcm-16": Suite("gcm", None, 8, 16, 4),
    "aes-gcm-12": Suite("gcm", None, 8, 12, 4),
    "aes-gcm-8": Suite("gcm", None, 8, 8, 4),
    "chacha20-poly1305": Suite("chacha", None, 8, 16, 4),
    "null-aes-gmac": Suite("gmac", None, 8, 16, 4),
    "aes-cbc-hmac-sha1-96": Suite("cbc", "sha1", 16, 12, 16),
    "aes-cbc-hmac-sha2-256-128": Suite("cbc", "sha256", 16, 16, 16),
    "aes-cbc-hmac-sha2-384-192": Suite("cbc", "sha384", 16, 24, 16),
    "aes-cbc-hmac-sha2-512-256": Suite("cbc", "sha512", 16, 32, 16),
    "null-hmac-sha1-96": Suite("null", "sha1", 0, 12, 4),
    "null-hmac-sha2-256-128": Suite("null", "sha256", 0, 16, 4),
    "null-hmac-sha2-384-192": Suite("null", "sha384", 0, 24, 4),
    "null-hmac-sha2-512-256": Suite("null", "sha512", 0, 32, 4),
}

# What open_() gives: padding without the two octets behind it.
Opened = namedtuple("Opened", "spi seq iv payload padding next_header")


class BadPacket(Exception):
    """What a receiver must drop, and why."""


def padding(length):
    """RFC 4303 2.4: 1, 2, 3..."""
    return bytes(n & 0xff for n in range(1, length + 1))


def seal(suite, encr_key, integ_key, spi, seq, esn, payload, next_header,
         iv=None, pad=None, pad_len=None, ciphertext=None, icv=None):
    """The ESP packet. seq has all 64 bits, of which the packet carries 32.

    Where a rule is to be broken: pad is the padding, pad_len what the packet
    says of its length, ciphertext a function that changes what was encrypted
    before the ICV is computed (of suites with an HMAC), icv one that changes
    the ICV."""
    how = SUITES[suite]
    if iv is None:
        iv = (struct.pack(">Q", seq) if how.iv == 8 else os.urandom(how.iv))
    if pad is None:
        pad = padding(-(len(payload) + 2) % how.align)
    if pad_len is None:
        pad_len = len(pad)
    plain = payload + pad + bytes([pad_len, next_header])
    head = struct.pack(">II", spi, seq & 0xffffffff)
    high = struct.pack(">I", seq >> 32) if esn else b""

    if how.digest:
        body = _cbc(encr_key, iv, plain, True) if encr_key else plain
        if ciphertext:
            body = ciphertext(body)
        tag = _hmac(how, integ_key, head + iv + body + high)
    else:
        if ciphertext:
            raise ValueError("an AEAD cannot seal a changed ciphertext")
        body, tag = _aead_seal(how, encr_key, iv, head[:4] + high + head[4:],
                               plain)
    return head + iv + body + (icv(tag) if icv else tag)


def open_(suite, encr_key, integ_key, esp, esn=False, seq_high=0):
    """Takes an ESP packet apart; raises BadPacket. seq_high goes into the ICV
    with ESN only."""
    how = SUITES[suite]
    if len(esp) < 8 + how.iv + 2 + how.icv:
        raise BadPacket("too short")
    head, iv = esp[:8], esp[8:8 + how.iv]
    body, tag = esp[8 + how.iv:-how.icv], esp[-how.icv:]
    high = struct.pack(">I", seq_high) if esn else b""

    if how.digest:
        if _hmac(how, integ_key, head + iv + body + high) != tag:
            raise BadPacket("ICV")
        if len(body) % how.align:
            raise BadPacket("alignment")
        plain = _cbc(encr_key, iv, body, False) if encr_key else body
    else:
        plain = _aead_open(how, encr_key, iv, head[:4] + high + head[4:],
                           body, tag)
    spi, low = struct.unpack(">II", head)
    payload, pad, next_header = _trailer(plain)
    seq = (seq_high << 32 | low) if esn else low
    return Opened(spi, seq, iv, payload, pad, next_header)


def _trailer(plain):
    pad_len, next_header = plain[-2:]
    if pad_len + 2 > len(plain):
        raise BadPacket("pad length")
    end = len(plain) - 2 - pad_len
    if plain[end:-2] != padding(pad_len):
        raise BadPacket("padding")
    return plain[:end], plain[end:-2], next_header


def _cbc(key, iv, octets, encrypt):
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    run = cipher.encryptor() if encrypt else cipher.decryptor()
    return run.update(octets) + run.finalize()


def _hmac(how, key, octets):
    return hmac.digest(key, octets, how.digest)[:how.icv]


def _split(how, keymat, iv, aad, octets):
    """Key, nonce, what is authenticated only, what is encrypted too."""
    key, nonce = keymat[:-SALT], keymat[-SALT:] + iv
    if how.encrypt == "gmac":  # RFC 4543 3.3
        return key, nonce, aad + iv + octets, b""
    return key, nonce, aad, octets


def _aead_seal(how, keymat, iv, aad, plain):
    key, nonce, aad, hidden = _split(how, keymat, iv, aad, plain)
    if how.encrypt == "chacha":
        sealed = ChaCha20Poly1305(key).encrypt(nonce, hidden, aad)
        return sealed[:-16], sealed[-16:]
    run = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
    run.authenticate_additional_data(aad)
    body = run.update(hidden) + run.finalize()
    # GMAC: nothing was hidden.
    return body or plain, run.tag[:how.icv]


def _aead_open(how, keymat, iv, aad, body, tag):
    key, nonce, aad, hidden = _split(how, keymat, iv, aad, body)
    try:
        if how.encrypt == "chacha":
            return ChaCha20Poly1305(key).decrypt(nonce, hidden + tag, aad)
        mode = modes.GCM(nonce, tag, min_tag_length=how.icv)
        run = Cipher(algorithms.AES(key), mode).decryptor()
        run.authenticate_additional_data(aad)
        return run.update(hidden) + run.finalize() or body
    except InvalidTag:
        raise BadPacket("ICV") from None


# The self-test: known answers, then each suite against itself.

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def records(name):
    """Those of a file of vectors: (name, {field: octets or text})."""
    found = []
    with open(os.path.join(TOP, "selftests/vectors", name),
              encoding="ascii") as lines:
        for line in lines:
            line = line.strip()
            if line.startswith("["):
                found.append((line[1:-1], {}))
            elif line and not line.startswith("#"):
                field, value = line.split(" = ")
                found[-1][1][field] = (value if field == "Seq"
                                       else bytes.fromhex(value))
    return found


def must_be_bad(why, *args, **kwargs):
    try:
        open_(*args, **kwargs)
    except BadPacket as bad:
        assert str(bad) == why, f"{bad}, not {why}"
    else:
        raise AssertionError(f"opened, though {why} was wrong")


def check_aead_packet(suite, keymat, iv, aad, plain, sealed):
    """seal() makes that packet, and open_() takes it."""
    esn = len(aad) == 12
    spi, seq = int.from_bytes(aad[:4], "big"), int.from_bytes(aad[4:], "big")
    payload, pad, next_header = _trailer(plain)
    want = aad[:4] + aad[-4:] + iv + sealed
    assert seal(suite, keymat, b"", spi, seq, esn, payload, next_header,
                iv=iv, pad=pad) == want
    opened = open_(suite, keymat, b"", want, esn, seq >> 32)
    assert opened == (spi, seq, iv, payload, pad, next_header)


def check_rfc3602(_, field):
    suite, mac = "aes-cbc-hmac-sha2-256-128", bytes(range(32))
    payload, pad, next_header = _trailer(field["PreEncryption"])
    esp = seal(suite, field["Key"], mac, int.from_bytes(field["SPI"], "big"),
               int(field["Seq"]), False, payload, next_header,
               iv=field["IV"], pad=pad)
    assert esp[:-16] == field["ESPPacket"][20:]
    assert open_(suite, field["Key"], mac, esp).payload == payload


def check_rfc4106(_, field):
    sealed = field["CiphertextAndICV"]
    for icv in 16, 12, 8:
        check_aead_packet(f"aes-gcm-{icv}", field["KEYMAT"], field["IV"],
                          field["AAD"], field["Plaintext"],
                          sealed[:len(sealed) - 16 + icv])


def check_rfc4543(_, field):
    check_aead_packet("null-aes-gmac", field["KEYMAT"], field["IV"],
                      field["AAD_SPI_Seq"], field["Payload"],
                      field["Payload"] + field["ICV"])


def check_rfc4868(name, field):
    bits = "256-128" if "256-128" in name else "512-256"
    assert _hmac(SUITES[f"null-hmac-sha2-{bits}"], field["Key"],
                 field["Data"]) == field["ICV"]


def check_rfc7634(name, field):
    if name.startswith("ESP"):
        check_aead_packet("chacha20-poly1305", field["KEYMAT"], field["IV"],
                          field["AAD"], field["Plaintext"],
                          field["Ciphertext"] + field["ICV"])
        return
    sealed = _aead_seal(SUITES["chacha20-poly1305"], field["KEYMAT"],
                        field["IV"], field["AAD"], field["Plaintext"])
    assert sealed == (field["Ciphertext"], field["ICV"])


# file, what checks a record, how many records
VECTORS = (
    ("rfc3602_aes_cbc_esp.txt", check_rfc3602, 4),
    ("rfc4106_aes_gcm_esp.txt", check_rfc4106, 4),
    ("rfc4543_gmac_esp.txt", check_rfc4543, 1),
    ("rfc4868_hmac_sha2_esp.txt", check_rfc4868, 7),
    ("rfc7634_chacha20poly1305.txt", check_rfc7634, 2),
)


def keys_of(suite):
    """Each pair of keys that the suite may have, lengths alone."""
    how = SUITES[suite]
    encr = {"gcm": (20, 28, 36), "gmac": (20, 28, 36), "chacha": (36,),
            "cbc": (16, 24, 32), "null": (0,)}[how.encrypt]
    integ = hmac.new(b"", b"", how.digest).digest_size if how.digest else 0
    return [(os.urandom(n), os.urandom(integ)) for n in encr]


def check_round_trip(suite, keys, esn, length):
    seq = 0x123456789 if esn else 0x89abcdef
    high = seq >> 32
    payload = os.urandom(length)
    esp = seal(suite, *keys, 0xc0ffee00, seq, esn, payload, 41)
    assert (len(esp) - 8 - SUITES[suite].iv - SUITES[suite].icv) \
        % SUITES[suite].align == 0
    opened = open_(suite, *keys, esp, esn, high)
    assert opened[:2] == (0xc0ffee00, seq)
    assert opened.payload == payload and opened.next_header == 41
    for at in range(len(esp)):
        bad = bytearray(esp)
        bad[at] ^= 0x80
        must_be_bad("ICV", suite, *keys, bytes(bad), esn, high)
    if esn:
        must_be_bad("ICV", suite, *keys, esp, esn, high + 1)
        must_be_bad("ICV", suite, *keys, esp, False)


def check_overrides(suite, keys):
    def broken(**how):
        return seal(suite, *keys, 256, 1, False, bytes(30), 4, **how)

    def bad_icv(tag):
        return tag[:-1] + bytes([tag[-1] ^ 1])

    must_be_bad("ICV", suite, *keys, broken(icv=bad_icv))
    must_be_bad("pad length", suite, *keys, broken(pad_len=255))
    must_be_bad("padding", suite, *keys, broken(pad=bytes(16)))
    if SUITES[suite].digest:
        must_be_bad("alignment", suite, *keys,
                    broken(ciphertext=lambda body: body[:-1]))


def check_names():
    import yaml  # of the self-test alone
    with open(os.path.join(TOP, "uapi/culvert.yaml"),
              encoding="utf-8") as text:
        contract = yaml.safe_load(text)
    names = [entry["name"] for enum in contract["definitions"]
             if enum["name"] == "suite" for entry in enum["entries"]]
    assert names == list(SUITES), names


def self_test():
    check_names()
    for name, check, count in VECTORS:
        found = records(name)
        assert len(found) == count, f"{name} has {len(found)} records"
        for record in found:
            check(*record)
        print(f"{name}: {count} records are right")
    for suite in SUITES:
        for keys in keys_of(suite):
            for esn in False, True:
                for length in 0, 1, 20, 61:
                    check_round_trip(suite, keys, esn, length)
            check_overrides(suite, keys)
        print(f"{suite}: opens what it seals, and nothing else")


if __name__ == "__main__":
    if sys.argv[1:] != ["--self-test"]:
        sys.exit("usage: espcrypt.py --self-test")
    self_test()
