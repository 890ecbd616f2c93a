// SPDX-License-Identifier: Apache-2.0
//! How much work frames are.

use super::*;
use crate::ir::parse::parse;

/// Blocks in a row that stand the other way round in the file, each of which reads a word of the frame that the ones in front do
/// not: what the last one reads must not come to the first one step by step.
#[test]
fn rows_of_blocks_are_gone_over_a_few_times_in_any_order() {
    const COUNT: usize = 1_000;
    let number = |step: usize| if step == 0 { 0 } else { COUNT - step };
    let mut blocks: Vec<String> = (0..COUNT)
        .map(|step| {
            let first = if step == 0 { format!("sp = Add(W64) sp, -{}\n", 8 * COUNT) } else { String::new() };
            let (at, to) = (8 * step, number(step + 1));
            let end = if step + 1 == COUNT {
                format!("sp = Add(W64) sp, {}\njump [ra]", 8 * COUNT)
            } else {
                format!("jump @{to}")
            };
            format!("@{}:\n{first}a0 = U64 [sp + {at}]\n{end}\n", number(step))
        })
        .collect();
    blocks[1..].reverse();
    let program = parse(&format!("export f\n{}", blocks.concat()));
    let cfg = Cfg::new(&program);
    let frames = Frames::new(&program, &cfg, &Liveness::new(&program, &cfg));
    assert!(
        program.order.iter().all(|id| frames.before_end(&program, *id).is_some()),
        "the frame is private"
    );
    assert!(frames.steps <= 2 * COUNT, "{} steps", frames.steps);
}
