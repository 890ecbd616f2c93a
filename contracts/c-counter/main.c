// SPDX-License-Identifier: Apache-2.0
//
// The counter of `contracts/counter` in C: the same functions, storage and events by the same host functions, so the same tests.

#include "../sdk/c/polkavm_memory.h"
#include "../sdk/c/revive_host.h"

POLKAVM_EXPORT(void, deploy, void);
POLKAVM_EXPORT(void, call, void);

// Selectors: the first four bytes of the Keccak-256 of the signatures, as a big-endian number.
enum {
    INCREMENT = 0xdd9a82bc,
    GET = 0x6d4ce63c,
    FAIL = 0xa9cc4718,
    BURN = 0x44df8e70,
    TRAP = 0x8372d15a,
    RECURSE = 0xea0f66b1,
    READ_OUT_OF_BOUNDS = 0x2832a944,
    BAD_POINTER = 0x9e499d8a,
};

typedef struct {
    uint8_t bytes[32];
} Word;

// Keccak-256 of `Incremented(address,uint64)`.
static const Word INCREMENTED = {{0xa9, 0x1a, 0xd5, 0xac, 0xc5, 0x09, 0xff, 0x56, 0x2e, 0x00, 0x2f, 0x25, 0x69, 0x47, 0x9e, 0x7f,
                                   0x62, 0x00, 0xe5, 0x55, 0x09, 0x61, 0x40, 0x00, 0x16, 0x33, 0xb1, 0x56, 0x4f, 0xb5, 0x11, 0xef}};

static const Word COUNTER_KEY;

// The lowest page of the address space is never mapped, nor are the 15 above it. The compiler is not to know.
static size_t unmapped_address(void) {
    size_t address = 0x10;
    __asm__("" : "+r"(address));
    return address;
}

static Word word_from(uint64_t value) {
    Word word = {{0}};
    for (int index = 0; index < 8; index++) {
        word.bytes[31 - index] = (uint8_t)(value >> (8 * index));
    }
    return word;
}

static _Noreturn void end(uint32_t flags, const void *data, uint32_t bytes) {
    seal_return(flags, (size_t)data, bytes);
    // The host does not come back from this call.
    POLKAVM_TRAP();
}

static _Noreturn void finish_with(uint64_t value) {
    Word word = word_from(value);
    end(0, &word, sizeof word);
}

// Reverts with `Error(string)`: selector, where the string is, its length, its bytes; at most 32 of them.
static _Noreturn void fail_with(const char *message) {
    static uint8_t reason[4 + 3 * 32] = {0x08, 0xc3, 0x79, 0xa0, [4 + 31] = 32};
    uint8_t length = 0;
    while (message[length] != 0 && length < 32) {
        reason[4 + 2 * 32 + length] = (uint8_t)message[length];
        length++;
    }
    reason[4 + 32 + 31] = length;
    end(REVIVE_REVERT, reason, sizeof reason);
}

static uint64_t counter(void) {
    uint64_t value = 0;
    uint32_t bytes = sizeof value;
    get_storage(0, (size_t)&COUNTER_KEY, REVIVE_SENTINEL, (size_t)&value, (size_t)&bytes);
    return value;
}

static uint64_t increment(uint64_t by) {
    uint64_t value;
    if (__builtin_add_overflow(counter(), by, &value)) {
        fail_with("the counter would overflow");
    }
    set_storage(0, (size_t)&COUNTER_KEY, REVIVE_SENTINEL, (size_t)&value, sizeof value);
    Word topics[2] = {INCREMENTED, {{0}}};
    caller((size_t)(topics[1].bytes + 12));
    Word data = word_from(value);
    deposit_event((size_t)topics, 2, (size_t)&data, sizeof data);
    return value;
}

// The first argument, which must be a number of 64 bits.
static uint64_t argument(void) {
    // Little-endian, as the host reads words.
    uint64_t limbs[4];
    if (call_data_size() < 36) {
        fail_with("an argument is missing");
    }
    call_data_load((size_t)limbs, 4);
    if ((limbs[1] | limbs[2] | limbs[3]) != 0) {
        fail_with("the argument is no uint64");
    }
    return limbs[0];
}

// Every level needs stack, and none can become a loop.
static __attribute__((noinline)) uint64_t recurse(uint64_t depth) {
    volatile uint64_t buffer[16];
    buffer[0] = depth;
    return depth == 0 ? 0 : recurse(depth - 1) + buffer[0];
}

static void refuse_value(void) {
    uint64_t value[4];
    value_transferred((size_t)value);
    if ((value[0] | value[1] | value[2] | value[3]) != 0) {
        fail_with("takes no value");
    }
}

void deploy(void) {
    refuse_value();
}

void call(void) {
    refuse_value();
    if (call_data_size() < 4) {
        fail_with("no function selector");
    }
    uint8_t selector[4];
    call_data_copy((size_t)selector, sizeof selector, 0);
    switch ((uint32_t)selector[0] << 24 | selector[1] << 16 | selector[2] << 8 | selector[3]) {
    case INCREMENT:
        finish_with(increment(argument()));
    case GET:
        finish_with(counter());
    case FAIL:
        fail_with("failed as asked");
    case BURN:
        increment(1);
        for (;;) {
            __asm__ volatile("");
        }
    case TRAP:
        increment(1);
        POLKAVM_TRAP();
    case RECURSE:
        increment(1);
        finish_with(recurse(UINT64_MAX));
    case READ_OUT_OF_BOUNDS:
        increment(1);
        finish_with(*(volatile uint64_t *)unmapped_address());
    case BAD_POINTER:
        increment(1);
        finish_with(set_storage(0, (size_t)&COUNTER_KEY, REVIVE_SENTINEL, unmapped_address(), 8));
    default:
        fail_with("no such function");
    }
}
