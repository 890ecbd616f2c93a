// SPDX-License-Identifier: Apache-2.0
//
// Parsing: expressions with precedence by recursive descent, and a check of nesting and strings as of JSON by a table of states.

#include "guest.h"

typedef struct {
    const char *at;
    int errors;
} parser;

static int64_t expression(parser *p, int precedence);

static void skip_spaces(parser *p) {
    while (*p->at == ' ' || *p->at == '\t') {
        p->at++;
    }
}

static int64_t number(parser *p) {
    int base = 10;
    int64_t value = 0;
    if (p->at[0] == '0' && (p->at[1] == 'x' || p->at[1] == 'b')) {
        base = p->at[1] == 'x' ? 16 : 2;
        p->at += 2;
    }
    for (;; p->at++) {
        int digit;
        switch (*p->at) {
        case '0' ... '9':
            digit = *p->at - '0';
            break;
        case 'a' ... 'f':
            digit = *p->at - 'a' + 10;
            break;
        case '_':
            continue;
        default:
            digit = 99;
        }
        if (digit >= base) {
            return value;
        }
        value = (int64_t)((uint64_t)value * (uint64_t)base + (uint64_t)digit);
    }
}

static int64_t primary(parser *p) {
    skip_spaces(p);
    switch (*p->at) {
    case '(': {
        p->at++;
        int64_t value = expression(p, 0);
        skip_spaces(p);
        if (*p->at == ')') {
            p->at++;
        } else {
            p->errors++;
        }
        return value;
    }
    case '-':
        p->at++;
        return (int64_t)-(uint64_t)primary(p);
    case '~':
        p->at++;
        return ~primary(p);
    case '!':
        p->at++;
        return !primary(p);
    case '0' ... '9':
        return number(p);
    default:
        p->errors++;
        if (*p->at) {
            p->at++;
        }
        return 0;
    }
}

// Precedence of the operator that begins here, 0 if there is none, and how long it is.
static int operator_at(const char *at, int *length) {
    *length = 1;
    switch (*at) {
    case '*': case '/': case '%': return 6;
    case '+': case '-': return 5;
    case '<':
        if (at[1] == '<') { *length = 2; return 4; }
        return 3;
    case '>':
        if (at[1] == '>') { *length = 2; return 4; }
        return 3;
    case '&': return 2;
    case '^': return 2;
    case '|': return 1;
    default: return 0;
    }
}

static int64_t expression(parser *p, int precedence) {
    int64_t left = primary(p);
    for (;;) {
        int length;
        skip_spaces(p);
        int here = operator_at(p->at, &length);
        if (here <= precedence) {
            return left;
        }
        char name = *p->at;
        p->at += length;
        int64_t right = expression(p, here);
        switch (name | length << 8) {
        case '*' | 256: left = (int64_t)((uint64_t)left * (uint64_t)right); break;
        case '/' | 256:
            if (right == 0) p->errors++;
            left = right == 0 || right == -1 ? 0 : left / right;
            break;
        case '%' | 256: left = right == 0 || right == -1 ? 0 : left % right; break;
        case '+' | 256: left = (int64_t)((uint64_t)left + (uint64_t)right); break;
        case '-' | 256: left = (int64_t)((uint64_t)left - (uint64_t)right); break;
        case '<' | 256: left = left < right; break;
        case '>' | 256: left = left > right; break;
        case '<' | 512: left = (int64_t)((uint64_t)left << (right & 63)); break;
        case '>' | 512: left >>= right & 63; break;
        case '&' | 256: left &= right; break;
        case '^' | 256: left ^= right; break;
        case '|' | 256: left |= right; break;
        }
    }
}

enum { VALUE, STRING, ESCAPE, AFTER, STATES };
enum { OTHER, QUOTE, BACKSLASH, OPEN, CLOSE, COMMA, CLASSES };

static const uint8_t NEXT[STATES][CLASSES] = {
    [VALUE] = {[OTHER] = AFTER, [QUOTE] = STRING, [BACKSLASH] = VALUE, [OPEN] = VALUE, [CLOSE] = AFTER, [COMMA] = VALUE},
    [STRING] = {[OTHER] = STRING, [QUOTE] = AFTER, [BACKSLASH] = ESCAPE, [OPEN] = STRING, [CLOSE] = STRING, [COMMA] = STRING},
    [ESCAPE] = {STRING, STRING, STRING, STRING, STRING, STRING},
    [AFTER] = {[OTHER] = AFTER, [QUOTE] = STRING, [BACKSLASH] = AFTER, [OPEN] = VALUE, [CLOSE] = AFTER, [COMMA] = VALUE},
};

static uint8_t class_of(char c) {
    switch (c) {
    case '"': return QUOTE;
    case '\\': return BACKSLASH;
    case '[': case '{': return OPEN;
    case ']': case '}': return CLOSE;
    case ',': case ':': return COMMA;
    default: return OTHER;
    }
}

// Deepest nesting, and in what state the text ends.
NEVER_INLINED static uint64_t nesting(const char *text) {
    int state = VALUE, depth = 0, deepest = 0, counts[STATES] = {0};
    for (; *text; text++) {
        uint8_t class = class_of(*text);
        if (state != STRING && state != ESCAPE) {
            depth += (class == OPEN) - (class == CLOSE);
            deepest = depth > deepest ? depth : deepest;
        }
        state = NEXT[state][class];
        counts[state]++;
    }
    uint64_t sum = (uint64_t)deepest << 32 | (uint32_t)depth;
    for (int index = 0; index < STATES; index++) {
        sum = mixed(sum, (uint64_t)counts[index]);
    }
    return sum;
}

static const char *const EXPRESSIONS[] = {
    "1 + 2 * 3 - 4 / 2 % 5",
    "((((((0xff))))) << 33) | 0b1011_0110 ^ ~7",
    "-(-(-12345)) * 987_654_321 >> 3",
    "1 < 2 & 3 > 2 | !0 ^ !!5",
    "(1 + ) * 2 + ((3",
    "100 / (5 - 5) + 9223372036854775807 * 3 % 1000007",
};

static const char *const TEXTS[] = {
    "{\"a\": [1, 2, {\"b\": \"x\\\"[[[\"}], \"c\": {}}",
    "[[[[[[[[]]]]]]]], \"\\\\\"",
    "\"never ends [",
};

uint64_t run(uint32_t n) {
    uint64_t sum = 1;
    for (uint32_t round = 0; round < n; round++) {
        parser p = {EXPRESSIONS[round % (sizeof EXPRESSIONS / sizeof *EXPRESSIONS)], 0};
        sum = mixed(sum, (uint64_t)expression(&p, 0));
        sum = mixed(sum, (uint64_t)p.errors);
        sum = mixed(sum, nesting(TEXTS[round % (sizeof TEXTS / sizeof *TEXTS)]));
    }
    return sum;
}
