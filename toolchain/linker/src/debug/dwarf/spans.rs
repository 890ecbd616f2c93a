// SPDX-License-Identifier: Apache-2.0
//! Which scope is the innermost where.

use crate::elf::SectionIndex;

/// Turns ranges that contain each other into spans of the innermost one.
pub(super) fn spans(
    mut ranges: Vec<(SectionIndex, u32, u32, usize, usize)>,
) -> Vec<(SectionIndex, u32, u32, usize)> {
    ranges.sort_by_key(|&(section, from, to, level, _)| (section, from, level, std::cmp::Reverse(to)));
    let mut spans: Vec<(SectionIndex, u32, u32, usize)> = Vec::new();
    // The ranges around the current place, innermost last; and up to where spans were written.
    let mut open: Vec<(SectionIndex, u32, usize)> = Vec::new();
    let mut at = 0;
    let mut close =
        |open: &mut Vec<(SectionIndex, u32, usize)>, until: Option<(SectionIndex, u32)>, at: &mut u32| {
            while let Some(&(section, to, scope)) = open.last() {
                let is_over = until.is_none_or(|(next, from)| next != section || to <= from);
                let end = if is_over { to } else { until.map_or(to, |(_, from)| from) };
                if end > *at {
                    spans.push((section, *at, end, scope));
                    *at = end;
                }
                if !is_over {
                    break;
                }
                open.pop();
            }
        };
    for (section, from, to, _, scope) in ranges {
        close(&mut open, Some((section, from)), &mut at);
        if open.is_empty() || at < from {
            at = from;
        }
        open.push((section, to, scope));
    }
    close(&mut open, None, &mut at);
    spans
}
