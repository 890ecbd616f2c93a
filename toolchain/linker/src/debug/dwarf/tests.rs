// SPDX-License-Identifier: Apache-2.0
//! What is read from DWARF, and how much of it.

use super::{paths::HOMES, *};

#[test]
fn inner_ranges_cut_outer_ones() {
    let ranges =
        vec![(1, 0, 100, 1, 7), (1, 20, 40, 2, 8), (1, 25, 30, 3, 9), (1, 60, 100, 2, 10), (2, 0, 4, 1, 11)];
    let expected = vec![
        (1, 0, 20, 7),
        (1, 20, 25, 8),
        (1, 25, 30, 9),
        (1, 30, 40, 8),
        (1, 40, 60, 7),
        (1, 60, 100, 10),
        (2, 0, 4, 11),
    ];
    assert_eq!(spans(ranges), expected);
}

#[test]
fn paths_are_joined_and_homes_hidden() {
    assert_eq!(join("/a/", "b.rs"), "/a/b.rs");
    assert_eq!(join("/a", "/b.rs"), "/b.rs");
    assert_eq!(join("", "b.rs"), "b.rs");
    assert_eq!(without_home(&format!("{HOMES}me/a.rs")), "~/a.rs");
    assert_eq!(without_home("/usr/a.rs"), "/usr/a.rs");
}

/// Abbreviations: 1 a unit, 2 a namespace, 3 a function, 4 a function with a list of ranges; all but the unit have a name.
const ABBREVIATIONS: [u8; 29] =
    [1, 0x11, 1, 0, 0, 2, 0x39, 1, 3, 8, 0, 0, 3, 0x2e, 0, 3, 8, 0, 0, 4, 0x2e, 0, 3, 8, 0x55, 0x17, 0, 0, 0];

/// Reads one unit of version 4 with these entries, and a list of ranges.
fn read_unit(entries: &[u8], ranges: &[[u64; 2]]) -> (Source, Vec<String>) {
    let mut unit = vec![4, 0, 0, 0, 0, 0, 8, 1];
    unit.extend(entries);
    unit.push(0);
    let info = [&(unit.len() as u32).to_le_bytes()[..], &unit].concat();
    let ranges = ranges.iter().chain([&[0, 0]]).flatten().flat_map(|at| at.to_le_bytes()).collect();
    let sections =
        [(".debug_abbrev", ABBREVIATIONS.to_vec()), (".debug_info", info), (".debug_ranges", ranges)];
    let piece = sections.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    let mut warnings = Vec::new();
    let sections = Sections { pieces: vec![piece], code: vec![(0x1000, 0x1_0000, 1)] };
    (read_pieces(&sections, &mut warnings).unwrap(), warnings)
}

#[test]
fn functions_have_the_names_of_all_namespaces_around() {
    let entries = [&b"\x02a\0\x02b\0\x03f\0\0\x03g\0\0"[..], b"\x03h\0\x04i\0\0\0\0\0"].concat();
    let (source, warnings) = read_unit(&entries, &[[0x1000, 0x1010], [0x1020, 0x1030]]);
    let names: Vec<_> =
        source.functions.iter().map(|function| (&*function.namespace, &*function.name)).collect();
    assert_eq!(names, [("a::b", "f"), ("a", "g"), ("", "h"), ("", "i")]);
    assert_eq!(source.spans, [(1, 0, 0x10, 3), (1, 0x20, 0x30, 3)]);
    assert_eq!(warnings, [""; 0]);
}

/// With names of everything around, what is deeply nested would take the square of its size.
#[test]
fn deep_namespaces_are_cut() {
    const DEPTH: usize = 5_000;
    let (source, _) =
        read_unit(&[b"\x02n\0".repeat(DEPTH), b"\x03f\0".to_vec(), vec![0; DEPTH]].concat(), &[]);
    let [function] = &source.functions[..] else { panic!("one function") };
    assert!(function.namespace.starts_with("n::n::n") && function.namespace.len() <= TEXT_BYTES_MAX);
    let name = [&b"\x03"[..], &[b'x'; 100_000], b"\0\x03f\0"].concat();
    assert_eq!(read_unit(&name, &[]).0.functions.len(), 1, "nobody reads such a name");
}

/// Functions that share a long list would take the product of both.
#[test]
fn no_more_ranges_are_looked_at_than_there_are_bytes() {
    let ranges: Vec<_> = (0..500).map(|at| [0x1000 + 2 * at, 0x1001 + 2 * at]).collect();
    let (source, warnings) = read_unit(&b"\x04f\0\0\0\0\0".repeat(500), &ranges);
    assert_eq!(source.functions.len(), 500);
    assert!(matches!(&warnings[..], [warning] if warning.contains("left out")), "{warnings:?}");
}

/// Reads units of version 4, each with these entries behind the number of an abbreviation, and tables of abbreviations and lines.
fn read_units(entries: &[u8], count: usize, abbreviations: Vec<u8>, lines: Vec<u8>) -> (Source, Vec<String>) {
    let unit = [&[4, 0, 0, 0, 0, 0, 8][..], entries].concat();
    let info = [&(unit.len() as u32).to_le_bytes()[..], &unit].concat().repeat(count);
    let sections = [(".debug_abbrev", abbreviations), (".debug_info", info), (".debug_line", lines)];
    let piece = sections.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    let mut warnings = Vec::new();
    let sections = Sections { pieces: vec![piece], code: vec![(0x1000, 0x1_0000, 1)] };
    (read_pieces(&sections, &mut warnings).unwrap(), warnings)
}

/// A table of lines of version 4 with one file and so many rows, two bytes of code each.
fn line_table(rows: usize) -> Vec<u8> {
    let mut header = vec![1, 1, 1, 0, 1, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0];
    header.extend(b"f.c\0\0\0\0\0");
    let mut program = [&[0, 9, 2][..], &0x1000_u64.to_le_bytes()].concat();
    // Copies a row and goes on by two bytes and no line.
    program.extend([1, 2, 2].repeat(rows));
    program.extend([0, 1, 1]);
    let table = [&[4, 0][..], &(header.len() as u32).to_le_bytes(), &header, &program].concat();
    [&(table.len() as u32).to_le_bytes()[..], &table].concat()
}

/// Units of types have the table of lines of the unit they were taken from: it is read once. If units do so by the thousand, the
/// rest of them is left out.
#[test]
fn tables_that_units_share_are_not_read_for_each() {
    const ROWS: usize = 500;
    // A unit with a table of lines at 0, and nothing within.
    let abbreviations = vec![1, 0x11, 0, 0x10, 0x17, 0, 0, 0];
    let entries = [1, 0, 0, 0, 0];
    let (source, warnings) = read_units(&entries, 10, abbreviations.clone(), line_table(ROWS));
    assert_eq!((source.lines.len(), &warnings[..]), (ROWS, &[][..]));
    let (source, warnings) = read_units(&entries, 20_000, abbreviations, line_table(50 * ROWS));
    assert_eq!(source.lines.len(), 50 * ROWS);
    assert!(matches!(&warnings[..], [warning] if warning.contains("over and over")), "{warnings:?}");
}

/// Attributes that take no bytes would take the product of their number and of that of the functions, and abbreviations that of
/// theirs and of the number of units.
#[test]
fn entries_with_many_empty_attributes_are_left_out() {
    const MANY: usize = 5_000;
    // A unit, and a function with attributes of which all are `true`.
    let mut abbreviations = vec![1, 0x11, 1, 0, 0, 2, 0x2e, 0];
    abbreviations.extend([0x34, 0x19].repeat(MANY));
    abbreviations.extend([0, 0, 0]);
    let entries = [&[1][..], &[2; MANY], &[0]].concat();
    let (_, warnings) = read_units(&entries, 1, abbreviations.clone(), Vec::new());
    assert!(matches!(&warnings[..], [warning] if warning.contains("over and over")), "{warnings:?}");
    let (_, warnings) = read_units(&[1, 0], 20 * MANY, abbreviations, Vec::new());
    assert_eq!(warnings, [""; 0]);
}

/// Ranges that are none would not be counted otherwise.
#[test]
fn ranges_that_stand_for_nothing_count() {
    // Each sets the address that the following ones are relative to.
    let ranges: Vec<_> = (0..500).map(|at| [u64::MAX, at]).collect();
    let (_, warnings) = read_unit(&b"\x04f\0\0\0\0\0".repeat(500), &ranges);
    assert!(matches!(&warnings[..], [warning] if warning.contains("left out")), "{warnings:?}");
}

/// Calls that are inlined into one another over and over, with an instruction in each: the sum of what is around them all would
/// be the square of their number.
#[test]
fn of_many_scopes_the_innermost_and_the_outermost_are_named() {
    const DEPTH: usize = 200_000;
    let scope =
        |index: usize| Scope { function: index, call: None, parent: index.checked_sub(1), outermost: 0 };
    let source = Source {
        scopes: (0..DEPTH).map(scope).collect(),
        spans: (0..DEPTH).map(|index| (1, index as u32, index as u32 + 1, index)).collect(),
        ..Source::default()
    };
    let named = |offset: usize| -> Vec<usize> {
        source.scopes_at(1, offset as u32).iter().map(|scope| scope.function).collect()
    };
    let all = |from: usize| (0..=from).rev().collect::<Vec<_>>();
    for offset in [0, 1, FRAMES_MAX - 1, FRAMES_MAX] {
        assert_eq!(named(offset), all(offset));
    }
    let named_of_last = named(DEPTH - 1);
    assert_eq!(named_of_last[..FRAMES_MAX], all(DEPTH - 1)[..FRAMES_MAX]);
    assert_eq!(named_of_last[FRAMES_MAX..], [0]);
    let sum: usize = (0..DEPTH).map(|offset| named(offset).len()).sum();
    assert!(sum <= DEPTH * (FRAMES_MAX + 1), "{sum}");
}
