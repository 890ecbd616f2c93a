// SPDX-License-Identifier: Apache-2.0
//! Rounds: everything that is compared runs in turn, so that what the machine does besides hits all of it.

/// Calls `run(entry, round)` for every entry in each of `rounds` rounds, in another order each time.
///
/// `every` says for each entry in which rounds it takes part: in each one that is a multiple. Slow entries can so sit out most
/// rounds. The orders differ so that no entry always follows the same one and suffers from what that leaves in the caches; they are
/// the same for each run of the program. Stops at the first error.
pub fn in_turn<E>(
    rounds: usize,
    every: &[usize],
    mut run: impl FnMut(usize, usize) -> Result<(), E>,
) -> Result<(), E> {
    let mut order: Vec<usize> = (0..every.len()).collect();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..rounds {
        // Fisher and Yates' shuffle, with Marsaglia's xorshift.
        for last in (1..order.len()).rev() {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            order.swap(last, (seed >> 33) as usize % (last + 1));
        }
        for &entry in order.iter().filter(|entry| round % every[**entry].max(1) == 0) {
            run(entry, round)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(rounds: usize, every: &[usize]) -> Vec<(usize, usize)> {
        let mut calls = Vec::new();
        in_turn(rounds, every, |entry, round| {
            calls.push((round, entry));
            Ok::<(), ()>(())
        })
        .unwrap();
        calls
    }

    #[test]
    fn each_entry_runs_once_a_round_unless_it_sits_out() {
        let mut calls = collect(4, &[1, 2, 1]);
        calls.sort_unstable();
        let expected = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0), (3, 2)];
        assert_eq!(calls, expected);
    }

    #[test]
    fn each_entry_follows_each_other_one_at_some_time() {
        let calls = collect(100, &[1; 5]);
        let mut pairs: Vec<_> = calls.windows(2).map(|pair| (pair[0].1, pair[1].1)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        assert!((0..5).all(|a| (0..5).all(|b| a == b || pairs.contains(&(a, b)))));
    }

    #[test]
    fn an_error_ends_the_rounds() {
        let mut calls = 0;
        let result = in_turn(10, &[1], |_, round| {
            calls += 1;
            if round == 2 {
                Err("enough")
            } else {
                Ok(())
            }
        });
        assert_eq!((result, calls), (Err("enough"), 3));
    }
}
