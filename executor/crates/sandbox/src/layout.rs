// SPDX-License-Identifier: Apache-2.0
//! Which stretches of guest memory are mapped, and what has to be done to get from one such layout to another.

use core::ops::Range;

/// A stretch of guest memory, in whole pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) writable: bool,
}

/// Mapped stretches in order, without overlaps, and without two that could be one. So equal layouts are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout(Vec<Extent>);

/// One thing to do in the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Unmap { start: u64, end: u64 },
    Protect(Extent),
    Map(Extent),
}

impl Layout {
    pub(crate) fn extents(&self) -> &[Extent] {
        &self.0
    }

    /// Makes a stretch mapped (writable or not) or unmapped.
    pub(crate) fn set(&mut self, start: u64, end: u64, to: Option<bool>) {
        if start >= end {
            return;
        }
        // All that overlaps or touches; what it has outside the stretch goes back in.
        let first = self.0.partition_point(|extent| extent.end < start);
        let last = self.0.partition_point(|extent| extent.start <= end);
        let mut pieces: Vec<Extent> = Vec::with_capacity(3);
        let mut push = |piece: Extent| {
            if piece.start >= piece.end {
                return;
            }
            match pieces.last_mut() {
                Some(before) if before.end == piece.start && before.writable == piece.writable => {
                    before.end = piece.end;
                }
                _ => pieces.push(piece),
            }
        };
        let touched = self.0.get(first..last).unwrap_or_default();
        for extent in touched {
            push(Extent { end: extent.end.min(start), ..*extent });
        }
        if let Some(writable) = to {
            push(Extent { start, end, writable });
        }
        for extent in touched {
            push(Extent { start: extent.start.max(end), ..*extent });
        }
        self.0.splice(first..last, pieces);
    }

    /// The extents that have some of a stretch.
    fn overlapping(&self, start: u64, end: u64) -> &[Extent] {
        let first = self.0.partition_point(|extent| extent.end <= start);
        let last = self.0.partition_point(|extent| extent.start < end);
        self.0.get(first..last).unwrap_or_default()
    }

    /// Whether all of a stretch is mapped.
    pub(crate) fn covers(&self, start: u64, end: u64) -> bool {
        let mut covers = true;
        self.gaps(start, end, |_, _| covers = false);
        covers
    }

    /// Replaces `out` by what leads from here to `to`; outside of `within` the two are the same. Unmapping comes first,
    /// because it makes room. Takes as long as there are extents in that stretch: a guest whose pages are scattered, and
    /// which has the host map one more again and again, must not make each of them dearer than the one before.
    pub(crate) fn changes(&self, to: &Self, within: &Range<u64>, out: &mut Vec<Change>) {
        out.clear();
        for extent in self.overlapping(within.start, within.end) {
            to.gaps(extent.start, extent.end, |start, end| out.push(Change::Unmap { start, end }));
        }
        let wanted = to.overlapping(within.start, within.end);
        for extent in wanted {
            for before in self.overlapping(extent.start, extent.end) {
                let (start, end) = (extent.start.max(before.start), extent.end.min(before.end));
                if extent.writable != before.writable {
                    out.push(Change::Protect(Extent { start, end, ..*extent }));
                }
            }
        }
        for extent in wanted {
            self.gaps(extent.start, extent.end, |start, end| {
                out.push(Change::Map(Extent { start, end, writable: extent.writable }));
            });
        }
    }

    /// Calls `found` for every part of a stretch that is not mapped.
    fn gaps(&self, start: u64, end: u64, mut found: impl FnMut(u64, u64)) {
        let mut position = start;
        for extent in self.overlapping(start, end) {
            if extent.start > position {
                found(position, extent.start);
            }
            position = extent.end;
        }
        if position < end {
            found(position, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: usize = 24;

    fn naive(layout: &Layout) -> [Option<bool>; PAGES] {
        core::array::from_fn(|page| {
            let page = page as u64;
            layout
                .0
                .iter()
                .find(|extent| (extent.start..extent.end).contains(&page))
                .map(|extent| extent.writable)
        })
    }

    /// A generator good enough to mix stretches.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 33) % limit
        }
    }

    fn arbitrary(numbers: &mut Numbers, layout: &mut Layout, model: &mut [Option<bool>; PAGES]) {
        let start = numbers.below(PAGES as u64);
        let end = start + numbers.below(PAGES as u64 - start + 1);
        let to = [None, Some(false), Some(true)][numbers.below(3) as usize];
        layout.set(start, end, to);
        for page in start..end {
            model[page as usize] = to;
        }
    }

    #[test]
    fn layouts_agree_with_one_entry_per_page() {
        let mut numbers = Numbers(1);
        let (mut layout, mut model) = (Layout::default(), [None; PAGES]);
        for _ in 0..20_000 {
            arbitrary(&mut numbers, &mut layout, &mut model);
            assert_eq!(naive(&layout), model);
            for pair in layout.0.windows(2) {
                assert!(
                    pair[0].end < pair[1].start
                        || pair[0].end == pair[1].start && pair[0].writable != pair[1].writable,
                    "{layout:?} is not in its only form"
                );
            }
            let (start, end) = (numbers.below(12), 12 + numbers.below(12));
            assert_eq!(
                layout.covers(start, end),
                model[start as usize..end as usize].iter().all(Option::is_some)
            );
        }
    }

    #[test]
    fn changes_lead_to_the_other_layout() {
        let mut numbers = Numbers(2);
        let (mut from, mut from_model) = (Layout::default(), [None; PAGES]);
        let (mut to, mut to_model) = (Layout::default(), [None; PAGES]);
        let mut changes = Vec::new();
        for _ in 0..20_000 {
            arbitrary(&mut numbers, &mut from, &mut from_model);
            arbitrary(&mut numbers, &mut to, &mut to_model);
            from.changes(&to, &(0..PAGES as u64), &mut changes);
            let mut pages = from_model;
            for change in &changes {
                let (start, end) = match *change {
                    Change::Unmap { start, end } => (start, end),
                    Change::Protect(extent) | Change::Map(extent) => (extent.start, extent.end),
                };
                for page in &mut pages[start as usize..end as usize] {
                    *page = match change {
                        Change::Unmap { .. } => {
                            assert!(page.is_some(), "{changes:?} unmaps what is not mapped");
                            None
                        }
                        Change::Protect(extent) => {
                            assert_eq!(*page, Some(!extent.writable), "{changes:?} changes no protection");
                            Some(extent.writable)
                        }
                        Change::Map(extent) => {
                            assert!(page.is_none(), "{changes:?} maps what is mapped");
                            Some(extent.writable)
                        }
                    };
                }
            }
            assert_eq!(pages, to_model);
        }
    }

    #[test]
    fn changes_of_a_stretch_are_all_there_are_if_the_rest_is_the_same() {
        let mut numbers = Numbers(3);
        let (mut from, mut model) = (Layout::default(), [None; PAGES]);
        let (mut all, mut some) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            let mut to = from.clone();
            let start = numbers.below(PAGES as u64);
            let within = start..start + 1 + numbers.below(PAGES as u64 - start);
            for page in within.clone() {
                let state = [None, Some(false), Some(true)][numbers.below(3) as usize];
                to.set(page, page + 1, state);
            }
            from.changes(&to, &(0..u64::MAX), &mut all);
            from.changes(&to, &within, &mut some);
            assert_eq!(all, some, "{from:?} to {to:?} in {within:?}");
            arbitrary(&mut numbers, &mut from, &mut model);
        }
    }
}
