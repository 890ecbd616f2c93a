// SPDX-License-Identifier: Apache-2.0
//
// Hashing: SHA-512's rounds, SipHash-2-4, CRC-32 by a table that is made at run time, and FNV-1a over strings of all lengths.

#include "guest.h"

static uint64_t rotated(uint64_t value, unsigned bits) {
    return value >> bits | value << (64 - bits);
}

// SipHash-2-4 of up to 255 bytes.
NEVER_INLINED static uint64_t siphash(const uint8_t *bytes, size_t count, const uint64_t key[2]) {
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                     key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    for (size_t at = 0; at <= count; at += 8) {
        uint64_t word = 0;
        for (size_t byte = 0; byte < 8 && at + byte < count; byte++) {
            word |= (uint64_t)bytes[at + byte] << (8 * byte);
        }
        if (at + 8 > count) {
            word |= (uint64_t)count << 56;
        }
        v[3] ^= word;
        for (int round = 0; round < 2 + 4 * (at + 8 > count); round++) {
            if (round == 2) {
                v[0] ^= word;
                v[2] ^= 0xff;
            }
            v[0] += v[1], v[2] += v[3];
            v[1] = rotated(v[1], 51) ^ v[0], v[3] = rotated(v[3], 48) ^ v[2];
            v[0] = rotated(v[0], 32);
            v[2] += v[1], v[0] += v[3];
            v[1] = rotated(v[1], 47) ^ v[2], v[3] = rotated(v[3], 43) ^ v[0];
            v[2] = rotated(v[2], 32);
        }
        if (at + 8 <= count) {
            v[0] ^= word;
        }
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint32_t crc_table[256];

static void make_crc_table(void) {
    for (uint32_t index = 0; index < 256; index++) {
        uint32_t value = index;
        for (int bit = 0; bit < 8; bit++) {
            value = value & 1 ? value >> 1 ^ 0xedb88320 : value >> 1;
        }
        crc_table[index] = value;
    }
}

NEVER_INLINED static uint32_t crc(const uint8_t *bytes, size_t count) {
    uint32_t value = 0xffffffff;
    for (size_t index = 0; index < count; index++) {
        value = crc_table[(value ^ bytes[index]) & 0xff] ^ value >> 8;
    }
    return ~value;
}

// The compression of SHA-512 with round constants from a sequence: what is computed is of no use, how is that of the real one.
NEVER_INLINED static void compress(uint64_t state[8], const uint64_t block[16], uint64_t seed) {
    uint64_t w[80], s[8];
    for (int index = 0; index < 16; index++) {
        w[index] = block[index];
    }
    for (int index = 16; index < 80; index++) {
        uint64_t a = w[index - 15], b = w[index - 2];
        w[index] = w[index - 16] + w[index - 7] + (rotated(a, 1) ^ rotated(a, 8) ^ a >> 7) +
                   (rotated(b, 19) ^ rotated(b, 61) ^ b >> 6);
    }
    for (int index = 0; index < 8; index++) {
        s[index] = state[index];
    }
    for (int round = 0; round < 80; round++) {
        seed = mixed(seed, (uint64_t)round);
        uint64_t t1 = s[7] + (rotated(s[4], 14) ^ rotated(s[4], 18) ^ rotated(s[4], 41)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + seed + w[round];
        uint64_t t2 = (rotated(s[0], 28) ^ rotated(s[0], 34) ^ rotated(s[0], 39)) +
                      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        for (int index = 7; index > 0; index--) {
            s[index] = s[index - 1];
        }
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int index = 0; index < 8; index++) {
        state[index] += s[index];
    }
}

static const char *const WORDS[] = {"", "a", "foobar", "chongo was here!\n", "line 1\nline 2\nline 3"};

NEVER_INLINED static uint32_t fnv(const char *text) {
    uint32_t value = 2166136261u;
    for (; *text; text++) {
        value = (value ^ (uint8_t)*text) * 16777619u;
    }
    return value;
}

uint64_t run(uint32_t n) {
    uint8_t bytes[200];
    uint64_t random = 7, sum = 0;
    uint64_t state[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    make_crc_table();
    for (uint32_t round = 0; round < n; round++) {
        for (size_t index = 0; index < sizeof bytes; index++) {
            bytes[index] = (uint8_t)next_random(&random);
        }
        size_t count = next_random(&random) % sizeof bytes;
        uint64_t key[2] = {random, ~random}, block[16];
        sum = mixed(sum, siphash(bytes, count, key));
        sum = mixed(sum, crc(bytes + count / 2, count / 2));
        for (int index = 0; index < 16; index++) {
            block[index] = mixed(sum, bytes[index]);
        }
        compress(state, block, random);
        sum = mixed(sum, state[round % 8]);
        sum = mixed(sum, fnv(WORDS[round % (sizeof WORDS / sizeof *WORDS)]));
    }
    return sum;
}
