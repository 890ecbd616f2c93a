// SPDX-License-Identifier: Apache-2.0
//! Memory routines in words of eight bytes: `memcpy`, `memmove`, `memset`, `memcmp`, `bcmp`.
//!
//! The compiler's own go byte by byte on this target, because it knows of no access to unaligned words; the machine has
//! them, at the price of aligned ones. So on the guest target words are accessed by inline assembly, which also keeps
//! the compiler from recognising a loop as the very routine that it implements. The routines are written once, over two
//! functions that access a word; on other machines those are Rust, for the tests.
//!
//! Ends that are no whole word are done by a word that overlaps what is done already. Where source and destination may
//! overlap too, that word is loaded before anything is stored.

use core::cmp::Ordering;

/// Bytes of a word.
const WORD: usize = 8;

/// Words that are loaded before they are stored, in the main loop.
const UNROLLED: usize = 4;

/// Loads the eight bytes that are `OFFSET` bytes behind an address. The offset is part of the instruction.
///
/// # Safety
///
/// The eight bytes are valid for reads, at any alignment.
#[inline(always)]
unsafe fn load<const OFFSET: usize>(from: *const u8) -> u64 {
    #[cfg(target_env = "polkavm")]
    {
        let word: u64;
        // SAFETY: the caller answers for the address; the machine takes any alignment.
        unsafe {
            core::arch::asm!(
                "ld {word}, {offset}({from})",
                word = out(reg) word,
                offset = const OFFSET,
                from = in(reg) from,
                options(readonly, nostack)
            );
        }
        word
    }
    #[cfg(not(target_env = "polkavm"))]
    // SAFETY: the caller answers for the address.
    unsafe {
        from.add(OFFSET).cast::<u64>().read_unaligned()
    }
}

/// Stores eight bytes `OFFSET` bytes behind an address. The offset is part of the instruction.
///
/// # Safety
///
/// The eight bytes are valid for writes, at any alignment.
#[inline(always)]
unsafe fn store<const OFFSET: usize>(to: *mut u8, word: u64) {
    #[cfg(target_env = "polkavm")]
    // SAFETY: the caller answers for the address; the machine takes any alignment.
    unsafe {
        core::arch::asm!(
            "sd {word}, {offset}({to})",
            word = in(reg) word,
            offset = const OFFSET,
            to = in(reg) to,
            options(nostack)
        );
    }
    #[cfg(not(target_env = "polkavm"))]
    // SAFETY: the caller answers for the address.
    unsafe {
        to.add(OFFSET).cast::<u64>().write_unaligned(word);
    }
}

/// Copies fewer than eight bytes, all loaded before the first is stored.
///
/// # Safety
///
/// As for [`copy_up`].
#[inline(always)]
unsafe fn copy_few(to: *mut u8, from: *const u8, bytes: usize) {
    // SAFETY: every access lies within the `bytes` bytes that the caller answers for.
    unsafe {
        if bytes >= 4 {
            let (low, high) = (from.cast::<[u8; 4]>().read(), from.add(bytes - 4).cast::<[u8; 4]>().read());
            to.cast::<[u8; 4]>().write(low);
            to.add(bytes - 4).cast::<[u8; 4]>().write(high);
        } else if bytes >= 2 {
            let (low, high) = (from.cast::<[u8; 2]>().read(), from.add(bytes - 2).cast::<[u8; 2]>().read());
            to.cast::<[u8; 2]>().write(low);
            to.add(bytes - 2).cast::<[u8; 2]>().write(high);
        } else if bytes == 1 {
            to.write(from.read());
        }
    }
}

/// Copies upwards. Right for memory that does not overlap, and where `to` is below `from`.
///
/// # Safety
///
/// `from` is valid for reads and `to` for writes of `bytes` bytes.
#[inline(always)]
unsafe fn copy_up(to: *mut u8, from: *const u8, bytes: usize) {
    // SAFETY: `at` never exceeds `bytes` by the conditions of the loops, and the last word begins at `bytes - WORD`.
    unsafe {
        if bytes < WORD {
            return copy_few(to, from, bytes);
        }
        let last = load::<0>(from.add(bytes - WORD));
        let mut at = 0;
        while bytes - at >= UNROLLED * WORD {
            let (to, from) = (to.add(at), from.add(at));
            let words =
                (load::<0>(from), load::<WORD>(from), load::<{ 2 * WORD }>(from), load::<{ 3 * WORD }>(from));
            store::<0>(to, words.0);
            store::<WORD>(to, words.1);
            store::<{ 2 * WORD }>(to, words.2);
            store::<{ 3 * WORD }>(to, words.3);
            at += UNROLLED * WORD;
        }
        while bytes - at >= WORD {
            store::<0>(to.add(at), load::<0>(from.add(at)));
            at += WORD;
        }
        store::<0>(to.add(bytes - WORD), last);
    }
}

/// Copies downwards. Right for memory that does not overlap, and where `to` is above `from`.
///
/// # Safety
///
/// As for [`copy_up`].
#[inline(always)]
unsafe fn copy_down(to: *mut u8, from: *const u8, bytes: usize) {
    // SAFETY: `left` never exceeds `bytes`, and what is accessed begins at least one word below it.
    unsafe {
        if bytes < WORD {
            return copy_few(to, from, bytes);
        }
        let first = load::<0>(from);
        let mut left = bytes;
        while left >= UNROLLED * WORD {
            left -= UNROLLED * WORD;
            let (to, from) = (to.add(left), from.add(left));
            let words =
                (load::<0>(from), load::<WORD>(from), load::<{ 2 * WORD }>(from), load::<{ 3 * WORD }>(from));
            store::<{ 3 * WORD }>(to, words.3);
            store::<{ 2 * WORD }>(to, words.2);
            store::<WORD>(to, words.1);
            store::<0>(to, words.0);
        }
        while left >= WORD {
            left -= WORD;
            store::<0>(to.add(left), load::<0>(from.add(left)));
        }
        store::<0>(to, first);
    }
}

/// As `memmove`: copies memory that may overlap.
///
/// # Safety
///
/// `from` is valid for reads and `to` for writes of `bytes` bytes.
#[inline(always)]
unsafe fn copy_overlapping(to: *mut u8, from: *const u8, bytes: usize) {
    // Only where `to` lies within the source, above its start, would copying upwards overwrite what is to be read.
    // SAFETY: by the caller.
    if (to as usize).wrapping_sub(from as usize) < bytes {
        unsafe { copy_down(to, from, bytes) }
    } else {
        unsafe { copy_up(to, from, bytes) }
    }
}

/// As `memset`.
///
/// # Safety
///
/// `to` is valid for writes of `bytes` bytes.
#[inline(always)]
unsafe fn set(to: *mut u8, value: u8, bytes: usize) {
    let word = u64::from(value).wrapping_mul(0x0101_0101_0101_0101);
    // SAFETY: as in `copy_up`.
    unsafe {
        if bytes < WORD {
            // Through memory of its own, which the fill does not alias.
            let source = word.to_le_bytes();
            return copy_few(to, source.as_ptr(), bytes);
        }
        let mut at = 0;
        while bytes - at >= UNROLLED * WORD {
            let to = to.add(at);
            store::<0>(to, word);
            store::<WORD>(to, word);
            store::<{ 2 * WORD }>(to, word);
            store::<{ 3 * WORD }>(to, word);
            at += UNROLLED * WORD;
        }
        while bytes - at >= WORD {
            store::<0>(to.add(at), word);
            at += WORD;
        }
        store::<0>(to.add(bytes - WORD), word);
    }
}

/// As `memcmp`: compares bytes as unsigned numbers, the first that differ decide.
///
/// # Safety
///
/// `a` and `b` are valid for reads of `bytes` bytes.
#[inline(always)]
unsafe fn compare(a: *const u8, b: *const u8, bytes: usize) -> Ordering {
    // The byte at the lowest address, the lowest of the word, counts most.
    let ordered = |a: u64, b: u64| a.swap_bytes().cmp(&b.swap_bytes());
    // SAFETY: as in `copy_up`.
    unsafe {
        let mut at = 0;
        if bytes >= WORD {
            while bytes - at >= WORD {
                let (word_a, word_b) = (load::<0>(a.add(at)), load::<0>(b.add(at)));
                if word_a != word_b {
                    return ordered(word_a, word_b);
                }
                at += WORD;
            }
            // What is left, with bytes in front that are known to be equal.
            return ordered(load::<0>(a.add(bytes - WORD)), load::<0>(b.add(bytes - WORD)));
        }
        while at < bytes {
            let (byte_a, byte_b) = (a.add(at).read(), b.add(at).read());
            if byte_a != byte_b {
                return byte_a.cmp(&byte_b);
            }
            at += 1;
        }
    }
    Ordering::Equal
}

/// The routines under the names by which the compiler calls them.
#[cfg(target_env = "polkavm")]
mod symbols {
    use super::*;

    // SAFETY, of all of them: the compiler calls them with what C demands of their arguments, which is what the
    // functions above do. `contracts/sdk-test` would notice.

    #[no_mangle]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8 {
        unsafe { copy_up(to, from, bytes) };
        to
    }

    #[no_mangle]
    unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8 {
        unsafe { copy_overlapping(to, from, bytes) };
        to
    }

    #[no_mangle]
    unsafe extern "C" fn memset(to: *mut u8, value: i32, bytes: usize) -> *mut u8 {
        unsafe { set(to, value as u8, bytes) };
        to
    }

    #[no_mangle]
    unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, bytes: usize) -> i32 {
        unsafe { compare(a, b, bytes) as i32 }
    }

    #[no_mangle]
    unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, bytes: usize) -> i32 {
        unsafe { compare(a, b, bytes) as i32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than the unrolled loop and its tails need.
    const LENGTHS: core::ops::Range<usize> = 0..83;

    fn pattern() -> Vec<u8> {
        (0..256_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    }

    #[test]
    fn copies_are_those_of_the_naive_twin_at_every_overlap() {
        for bytes in LENGTHS {
            for distance in 0..=2 * LENGTHS.end {
                let (from, to) = (LENGTHS.end, distance);
                let mut expected = pattern();
                // From a copy that nothing overwrites.
                let source = expected.clone();
                expected[to..to + bytes].copy_from_slice(&source[from..from + bytes]);
                let mut found = pattern();
                let base = found.as_mut_ptr();
                // SAFETY: both stretches end before three times the longest length, 249 of 256 bytes.
                unsafe { copy_overlapping(base.add(to), base.add(from), bytes) };
                assert_eq!(found, expected, "{bytes} bytes from {from} to {to}");
                if to + bytes <= from || from + bytes <= to {
                    let mut found = pattern();
                    let base = found.as_mut_ptr();
                    // SAFETY: as above.
                    unsafe { copy_up(base.add(to), base.add(from), bytes) };
                    assert_eq!(found, expected, "{bytes} bytes from {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn fills_are_those_of_the_naive_twin() {
        for bytes in LENGTHS {
            for at in 0..17 {
                let mut expected = pattern();
                for byte in &mut expected[at..at + bytes] {
                    *byte = 0xa7;
                }
                let mut found = pattern();
                // SAFETY: at most 16 and 82 of 256 bytes.
                unsafe { set(found.as_mut_ptr().add(at), 0xa7, bytes) };
                assert_eq!(found, expected, "{bytes} bytes at {at}");
            }
        }
    }

    #[test]
    fn comparisons_are_those_of_the_naive_twin() {
        let a = pattern();
        for bytes in LENGTHS {
            for start in [0, 1, 5] {
                let check = |b: &[u8], what: &str| {
                    let expected = a[start..start + bytes].iter().cmp(&b[start..start + bytes]);
                    // SAFETY: at most 5 and 82 of 256 bytes.
                    let found = unsafe { compare(a.as_ptr().add(start), b.as_ptr().add(start), bytes) };
                    assert_eq!(found, expected, "{bytes} bytes at {start}, {what}");
                };
                check(&a, "equal");
                for different in start..start + bytes + 1 {
                    for change in [1, 0x80, 0xff] {
                        let mut b = a.clone();
                        b[different] ^= change;
                        check(&b, "one byte differs");
                        // What differs behind it does not count.
                        b[different + 1] ^= 0xff;
                        check(&b, "two bytes differ");
                    }
                }
            }
        }
    }
}
