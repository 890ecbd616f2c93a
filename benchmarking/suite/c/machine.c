// SPDX-License-Identifier: Apache-2.0
//
// State machines: an interpreter with a dense `switch`, the same one with computed jumps, and a sparse `switch` over words.

#include "guest.h"

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, OVER, DROP, JUMP_IF, JUMP, LOAD, STORE, LESS, XOR, CALL, RETURN, HALT, OPERATIONS };

// Sum of k * k ^ k for k below 30, with the square in a subroutine.
static const uint8_t PROGRAM[] = {
    PUSH, 0, STORE, 0, PUSH, 0, STORE, 1,                                                   // 0
    LOAD, 1, PUSH, 30, LESS, JUMP_IF, 17, HALT, HALT,                                       // 8
    LOAD, 1, CALL, 36, LOAD, 1, XOR, LOAD, 0, ADD, STORE, 0, LOAD, 1, PUSH, 1, ADD, JUMP, 40, // 17
    DUP, MUL, RETURN, HALT,                                                                 // 36
    STORE, 1, JUMP, 8,                                                                      // 40
};

NEVER_INLINED static uint64_t by_switch(const uint8_t *program, uint32_t *steps) {
    uint64_t stack[16] = {0}, slots[4] = {0};
    uint32_t calls[8], depth = 0, top = 0, at = 0;
    for (;;) {
        ++*steps;
        switch (program[at++]) {
        case PUSH: stack[top++] = program[at++]; break;
        case ADD: top--; stack[top - 1] += stack[top]; break;
        case SUB: top--; stack[top - 1] -= stack[top]; break;
        case MUL: top--; stack[top - 1] *= stack[top]; break;
        case DUP: stack[top] = stack[top - 1]; top++; break;
        case SWAP: { uint64_t t = stack[top - 1]; stack[top - 1] = stack[top - 2]; stack[top - 2] = t; break; }
        case OVER: stack[top] = stack[top - 2]; top++; break;
        case DROP: top--; break;
        case JUMP_IF: at = stack[--top] ? program[at] : at + 1; break;
        case JUMP: at = program[at]; break;
        case LOAD: stack[top++] = slots[program[at++] & 3]; break;
        case STORE: slots[program[at++] & 3] = stack[--top]; break;
        case LESS: top--; stack[top - 1] = stack[top - 1] < stack[top]; break;
        case XOR: top--; stack[top - 1] ^= stack[top]; break;
        case CALL: calls[depth++ & 7] = at + 1; at = program[at]; break;
        case RETURN: at = calls[--depth & 7]; break;
        case HALT: return slots[0];
        default: return UINT64_MAX;
        }
    }
}

NEVER_INLINED static uint64_t by_jumps(const uint8_t *program, uint32_t *steps) {
    static const void *const LABELS[OPERATIONS] = {&&push, &&add, &&sub, &&mul, &&dup, &&swap, &&over, &&drop, &&jump_if,
                                                   &&jump, &&load, &&store, &&less, &&xor, &&call, &&ret, &&halt};
    uint64_t stack[16] = {0}, slots[4] = {0};
    uint32_t calls[8], depth = 0, top = 0, at = 0;
#define NEXT ++*steps; goto *LABELS[program[at++]]
    NEXT;
push: stack[top++] = program[at++]; NEXT;
add: top--; stack[top - 1] += stack[top]; NEXT;
sub: top--; stack[top - 1] -= stack[top]; NEXT;
mul: top--; stack[top - 1] *= stack[top]; NEXT;
dup: stack[top] = stack[top - 1]; top++; NEXT;
swap: { uint64_t t = stack[top - 1]; stack[top - 1] = stack[top - 2]; stack[top - 2] = t; } NEXT;
over: stack[top] = stack[top - 2]; top++; NEXT;
drop: top--; NEXT;
jump_if: at = stack[--top] ? program[at] : at + 1; NEXT;
jump: at = program[at]; NEXT;
load: stack[top++] = slots[program[at++] & 3]; NEXT;
store: slots[program[at++] & 3] = stack[--top]; NEXT;
less: top--; stack[top - 1] = stack[top - 1] < stack[top]; NEXT;
xor: top--; stack[top - 1] ^= stack[top]; NEXT;
call: calls[depth++ & 7] = at + 1; at = program[at]; NEXT;
ret: at = calls[--depth & 7]; NEXT;
halt: return slots[0];
#undef NEXT
}

NEVER_INLINED static uint32_t sparse(uint32_t word) {
    switch (word) {
    case 0: return 11;
    case 1: return 7;
    case 17: return 0xffffffff;
    case 1000: return 3;
    case 65536: return 12;
    case 0x7fffffff: return 5;
    case 0x80000000: return 6;
    case 0xfffffffe: return 2;
    case 40 ... 60: return word * 3;
    default: return word >> 1;
    }
}

// A dense table of cases that return constants, which compilers turn into a table of numbers, and one with calls.
NEVER_INLINED static const char *name_of(unsigned operation) {
    switch (operation) {
    case PUSH: return "push";
    case ADD: return "add";
    case SUB: return "sub";
    case MUL: return "mul";
    case DUP: return "dup";
    case SWAP: return "swap";
    case OVER: return "over";
    case DROP: return "drop";
    case JUMP_IF: return "jump if";
    case JUMP: return "jump";
    default: return "?";
    }
}

uint64_t run(uint32_t n) {
    static const uint32_t WORDS[] = {0, 1, 2, 17, 39, 40, 60, 61, 1000, 65536, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    uint64_t sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        uint32_t steps[2] = {0, 0};
        sum = mixed(sum, by_switch(PROGRAM, &steps[0]));
        sum = mixed(sum, by_jumps(PROGRAM, &steps[1]));
        sum = mixed(sum, (uint64_t)steps[0] << 32 | steps[1]);
        for (size_t index = 0; index < sizeof WORDS / sizeof *WORDS; index++) {
            sum = mixed(sum, sparse(WORDS[index] + round % 2));
        }
        for (const char *name = name_of(round % 12); *name; name++) {
            sum = mixed(sum, (uint64_t)*name);
        }
    }
    return sum;
}
