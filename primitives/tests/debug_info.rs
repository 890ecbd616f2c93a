// SPDX-License-Identifier: Apache-2.0
//! Debug info: what is written is read back, each operation of line programs does what it should, and broken sections are
//! errors (blob format, section 8).

mod support;

use revive_vm_primitives::{
    debug_info::{
        positions, DebugInfoBuilder, DebugInfoErrorKind, ProgramRange, SourceMap, SourceRegion, Trail,
        FRAME_TEXT_BYTES_MAX,
    },
    varint, Blob, BlobBuilder, BuildError, CodeBuilder, DebugInfo, Frame, FrameKind, Instruction,
    InstructionSet, Opcode,
};
use support::Random;

fn frame<'a>(kind: FrameKind, function: &'a str, line: u32, column: u32) -> Frame<'a> {
    Frame { kind, namespace: "token", function, path: "src/token.rs", line, column }
}

#[test]
fn a_blob_with_debug_info_is_read_back() {
    let enter = frame(FrameKind::Enter, "transfer", 10, 0);
    let inlined = Frame { namespace: "", path: "", ..frame(FrameKind::Line, "add", 200, 5) };
    let regions = [
        SourceRegion { bytes: 2, frames: vec![enter] },
        SourceRegion { bytes: 1, frames: vec![Frame { kind: FrameKind::Call, line: 11, ..enter }, inlined] },
        SourceRegion { bytes: 4, frames: vec![enter] },
        SourceRegion { bytes: 1, frames: vec![] },
    ];
    let mut debug = DebugInfoBuilder::new();
    debug.program(20, &[SourceRegion { bytes: 3, frames: vec![inlined] }]).unwrap();
    debug.program(4, &regions).unwrap();
    let code =
        CodeBuilder::new(InstructionSet::ReviveV1).push(Instruction::new(Opcode::Trap)).finish().unwrap();
    let bytes = BlobBuilder::new(InstructionSet::ReviveV1).code(code).debug_info(debug.finish()).build();
    let blob = Blob::parse(&bytes).unwrap();
    let info = blob.debug_info();

    let ranges: Vec<_> = info.ranges().unwrap().map(|range| (range.begin, range.end)).collect();
    assert_eq!(ranges, [(4, 12), (20, 23)], "sorted");
    let mut pc = 4;
    for region in &regions {
        for _ in 0..region.bytes {
            let expected = Some(region.frames.clone()).filter(|frames| !frames.is_empty());
            assert_eq!(info.location(pc).unwrap(), expected, "{pc}");
            pc += 1;
        }
    }
    for pc in [0, 3, 12, 19, 23, u32::MAX] {
        assert_eq!(info.location(pc), Ok(None), "{pc}");
    }
    assert_eq!(info.location(22).unwrap(), Some(vec![inlined]));
    assert_eq!(enter.name().to_string(), "token::transfer");
    assert_eq!(inlined.name().to_string(), "add");
    assert_eq!(enter.to_string(), "src/token.rs:10");
    assert_eq!(Frame { column: 3, ..enter }.to_string(), "src/token.rs:10:3");
    assert_eq!(Frame { line: 0, column: 3, ..enter }.to_string(), "src/token.rs");
}

#[test]
fn random_programs_are_read_back() {
    let mut random = Random::new(3);
    let names = ["", "a", "function", "Größe", "core::fmt::Display::fmt"];
    for _ in 0..500 {
        let mut regions = Vec::new();
        for _ in 0..random.below(20) {
            let frames = (0..random.below(17)).map(|_| Frame {
                kind: random.pick(&[FrameKind::Enter, FrameKind::Call, FrameKind::Line]),
                namespace: random.pick(&names),
                function: random.pick(&names),
                path: random.pick(&names),
                line: random.pick(&[0, 1, 2, 100, 101, 300, 299, 70_000, 70_001, u32::MAX]),
                column: random.below(300) as u32,
            });
            let frames = frames.collect();
            regions.push(SourceRegion { bytes: 1 + random.below(3) as u32, frames });
        }
        let begin = random.below(1000) as u32;
        let mut debug = DebugInfoBuilder::new();
        debug.program(begin, &regions).unwrap();
        let sections = debug.finish();
        let info = DebugInfo::new(&sections.strings, &sections.line_programs, &sections.ranges);
        let mut program = info.line_program(info.ranges().unwrap().next().unwrap()).unwrap();
        let mut pc = begin;
        for region in &regions {
            let found = program.next_region().unwrap().unwrap();
            assert_eq!((found.begin, found.end), (pc, pc + region.bytes));
            let frames: Vec<_> = program.frames().iter().map(|raw| info.frame(raw).unwrap()).collect();
            assert_eq!(frames, region.frames);
            pc = found.end;
        }
        assert_eq!(program.next_region(), Ok(None));
        assert_eq!(program.next_region(), Ok(None), "nothing more");
    }
}

/// Begin, end and lines of the frames of a region.
type Lines = (u32, u32, Vec<u32>);

/// Runs one line program by hand: its regions, and the error, if any, with its offset.
fn run(program: &[u8]) -> (Vec<Lines>, Option<(usize, DebugInfoErrorKind)>) {
    let section = [&[1], program].concat();
    let ranges = [0; 12];
    let info = DebugInfo::new(&[0], &section, &ranges);
    let mut program = info.line_program(ProgramRange { begin: 100, end: 200, program: 1 }).unwrap();
    let mut regions = Vec::new();
    loop {
        match program.next_region() {
            Ok(Some(region)) => {
                let lines = program.frames().iter().map(|frame| frame.line).collect();
                regions.push((region.begin, region.end, lines));
            }
            Ok(None) => return (regions, None),
            Err(error) => {
                assert_eq!(program.next_region(), Ok(None), "after an error nothing comes");
                assert_eq!(error.section, "debug line programs");
                return (regions, Some((error.offset, error.kind)));
            }
        }
    }
}

#[test]
fn operations_do_what_the_format_says() {
    // Depth 1, line 5, one byte; line 6; line 6 + 10; line 16 - 3 with a count.
    let (regions, error) = run(&[10, 1, 8, 5, 14, 11, 14, 12, 10, 14, 13, 3, 15, 7, 0]);
    let expected = [(100, 101, vec![5]), (101, 102, vec![6]), (102, 103, vec![16]), (103, 110, vec![13])];
    assert_eq!((regions, error), (expected.into(), None));

    // The depth of a region is the one before increment and decrement; it does not go below 0.
    let (regions, _) = run(&[10, 1, 16, 17, 2, 18, 19, 3, 18, 18, 14, 0]);
    let depths: Vec<_> =
        regions.iter().map(|(begin, end, lines)| (begin - 100, end - 100, lines.len())).collect();
    assert_eq!(depths, [(0, 1, 1), (1, 3, 2), (3, 4, 3), (4, 7, 2), (7, 8, 1), (8, 9, 0), (9, 10, 0)]);

    // Line numbers wrap; frames above the sixteenth are ignored, and never shown.
    let (regions, _) = run(&[1, 15, 13, 1, 1, 16, 8, 9, 10, 0xf0, 255, 255, 255, 255, 16, 14, 0]);
    for (_, _, lines) in &regions {
        assert_eq!((lines.len(), lines[15], lines[0]), (16, u32::MAX, 0));
    }
    assert_eq!(regions.len(), 2, "the depth saturates");
}

#[test]
fn broken_programs_are_errors_with_their_place() {
    use DebugInfoErrorKind::{TooManyOperations, Truncated, UnknownOperation, Varint};
    assert_eq!(run(&[14, 20]).1, Some((2, UnknownOperation(20))));
    assert_eq!(run(&[255]).1, Some((1, UnknownOperation(255))));
    assert_eq!(run(&[14, 14]).1, Some((3, Truncated { needed: 1, available: 0 })));
    assert_eq!(run(&[8]).1, Some((1, Truncated { needed: 1, available: 0 })));
    assert_eq!(run(&[8, 0x80]).1, Some((1, Truncated { needed: 2, available: 1 })));
    assert_eq!(run(&[8, 0xf9]).1, Some((1, Varint(0xf9))));

    let silent = |count| [vec![11; count], vec![14, 0]].concat();
    assert_eq!(run(&silent(511)).1, None);
    assert_eq!(run(&silent(512)).1, Some((513, TooManyOperations(512))));
    // The count starts anew behind every region.
    assert_eq!(run(&[vec![11; 511], vec![14], vec![11; 511], vec![14, 0]].concat()).1, None);
}

/// The location of `pc` in sections of these payloads.
fn location<'a>(
    strings: &'a [u8],
    lines: &'a [u8],
    ranges: &'a [u8],
    pc: u32,
) -> Result<Option<Vec<Frame<'a>>>, DebugInfoErrorKind> {
    DebugInfo::new(strings, lines, ranges).location(pc).map_err(|error| error.kind)
}

#[test]
fn broken_sections_are_errors() {
    let record = |begin: u32, end: u32, program: u32| [begin, end, program].map(u32::to_le_bytes).concat();
    let good = [1, 10, 1, 6, 1, 14, 0];
    let strings = [0, 2, b'f', b'n'];
    let first = record(0, 9, 1);
    let found = location(&strings, &good, &first, 0).unwrap().unwrap();
    assert_eq!((found.len(), found[0].function), (1, "fn"));
    assert_eq!(location(&strings, &good, &record(0, 9, 1), 1), Ok(None), "in the range, but in no region");
    assert_eq!(location(&strings, &[], &record(0, 9, 1), 0), Ok(None));
    assert_eq!(location(&strings, &good, &[], 0), Ok(None));
    assert_eq!(location(&strings, &[2, 0], &record(0, 9, 1), 0), Err(DebugInfoErrorKind::Version(2)));
    assert_eq!(location(&strings, &good, &[0; 13], 0), Err(DebugInfoErrorKind::RangesLength(13)));
    for program in [0, 7, u32::MAX] {
        let expected = Err(DebugInfoErrorKind::ProgramOffset { program, len: 7 });
        assert_eq!(location(&strings, &good, &record(0, 9, program), 0), expected);
    }
    let cut = DebugInfoErrorKind::Truncated { needed: 2, available: 1 };
    assert_eq!(location(&strings[..3], &good, &record(0, 9, 1), 0), Err(cut));
    let not_text = DebugInfoErrorKind::NotUtf8 { len: 2 };
    assert_eq!(location(&[0, 2, 0xff, 0xff], &good, &record(0, 9, 1), 0), Err(not_text));
    let nowhere = DebugInfoErrorKind::Truncated { needed: 1, available: 0 };
    assert_eq!(location(&[0], &good, &record(0, 9, 1), 0), Err(nowhere));

    // Among ranges that overlap the first wins; unsorted ones do no harm.
    let lines = [1, 10, 1, 8, 5, 14, 0, 10, 1, 8, 6, 14, 0];
    let ranges = [record(3, 5, 7), record(3, 5, 1)].concat();
    assert_eq!(location(&[0], &lines, &ranges, 3).unwrap().unwrap()[0].line, 6);
    let adjacent = [record(3, 5, 1), record(5, 8, 7)].concat();
    let line = |pc| location(&[0], &lines, &adjacent, pc).unwrap().map(|frames| frames[0].line);
    assert_eq!(
        [2, 3, 5, 8].map(line),
        [None, Some(5), Some(6), None],
        "the end of one is the begin of the next"
    );
    let unsorted = [record(9, 12, 1), record(3, 5, 7)].concat();
    for pc in 0..15 {
        assert!(location(&[0], &lines, &unsorted, pc).is_ok());
    }
    let error = DebugInfo::new(&strings, &good, &[0; 13]).location(0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "debug line program ranges, offset 12: the length of 13 bytes is not a multiple of 12"
    );
}

/// A walk from the start of the program for each place would take minutes, and hours where programs are longer.
#[test]
fn places_of_a_long_program_are_found_in_any_order() {
    let count = 30_000_u32;
    // Depth 1; then one byte of code on each line.
    let lines = [vec![1, 10, 1], [11, 14].repeat(count as usize), vec![0]].concat();
    let ranges = [7, 7 + count + 2, 1].map(u32::to_le_bytes).concat();
    let mut map = SourceMap::new(DebugInfo::new(&[0], &lines, &ranges));
    let mut check = |at: u32| {
        let found: Vec<u32> = map.frames(7 + at).iter().map(|frame| frame.line).collect();
        let expected: &[u32] = if at < count { &[at + 1] } else { &[] };
        assert_eq!(found, expected, "{at}");
    };
    (0..count + 5).for_each(&mut check);
    (0..count + 5).rev().for_each(&mut check);
    (0..count).map(|at| at * 7919 % count).for_each(&mut check);
}

/// Thousands of ranges of one long line program would have it walked, and kept on its way, thousands of times.
#[test]
fn line_programs_are_not_walked_for_ever() {
    let count = 5000_u32;
    // Regions of nothing, and one of a byte.
    let lines = [vec![1], [15, 0].repeat(5000), vec![10, 1, 14, 0]].concat();
    let range = |at: u32| [at, at + 1, 1].map(u32::to_le_bytes).concat();
    let shared: Vec<u8> = (0..count).flat_map(range).collect();
    let mut map = SourceMap::new(DebugInfo::new(&[0], &lines, &shared));
    let known = (0..count).take_while(|at| map.try_positions(*at).is_ok()).count();
    assert!((2..10).contains(&known), "{known} walks");
    let error = map.try_positions(count - 1).unwrap_err();
    assert_eq!(error.kind, DebugInfoErrorKind::Repeated(4 * lines.len()));
    assert!(
        error.to_string().contains("shared by so many ranges that they have more than 40020 bytes"),
        "{error}"
    );

    // One range may be asked for as often as anybody likes.
    let one = [0, 70_000, 1].map(u32::to_le_bytes).concat();
    let mut map = SourceMap::new(DebugInfo::new(&[0], &lines, &one));
    assert!((0..140_000).all(|at| map.try_positions(at % 70_000).is_ok()));
}

/// The longest texts are cut, so that all frames of a program can have one without anybody reading it whole.
#[test]
fn long_texts_are_cut_between_characters() {
    let lines = [1, 10, 1, 6, 0, 15, 0x7f, 0];
    let range = [0, 127, 1].map(u32::to_le_bytes).concat();
    let text_of = |text: &str| {
        let mut strings = Vec::new();
        varint::write(text.len() as u32, &mut strings);
        strings.extend(text.as_bytes());
        let info = DebugInfo::new(&strings, &lines, &range);
        assert_eq!(info.string(0), Ok(text), "by itself it is whole");
        info.location(0).unwrap().unwrap()[0].function.to_owned()
    };
    let text = "\u{e4}".repeat(FRAME_TEXT_BYTES_MAX);
    assert_eq!(text_of(&text), text[..FRAME_TEXT_BYTES_MAX]);
    let odd = format!("a{text}");
    assert_eq!(text_of(&odd), odd[..FRAME_TEXT_BYTES_MAX - 1]);
    assert_eq!(text_of(&text[..FRAME_TEXT_BYTES_MAX]), text[..FRAME_TEXT_BYTES_MAX]);
    // What is cut off is not looked at, what is not cut off has to be text.
    let mut strings = Vec::new();
    varint::write(4 + FRAME_TEXT_BYTES_MAX as u32, &mut strings);
    strings.extend([b'a'; FRAME_TEXT_BYTES_MAX]);
    strings.extend([0xff; 4]);
    assert!(location(&strings, &lines, &range, 0).is_ok());
    let last = strings.len() - 6;
    strings[last] = 0xff;
    let not_text = DebugInfoErrorKind::NotUtf8 { len: 4 + FRAME_TEXT_BYTES_MAX };
    assert_eq!(location(&strings, &lines, &range, 0), Err(not_text));
}

#[test]
fn names_neither_steer_a_terminal_nor_hide() {
    let frames = [frame(FrameKind::Line, "a\x1b[2J\u{9b}m\u{202e}b\n\u{200b}\u{e4}", 1, 2)];
    let text = positions(&frames)[0].name().to_string();
    assert_eq!(text, "token::a\\u{1b}[2J\\u{9b}m\\u{202e}b\\n\\u{200b}\u{e4}");
}

#[test]
fn more_frames_than_programs_hold_are_refused() {
    let region = SourceRegion { bytes: 1, frames: vec![Frame::default(); 17] };
    let mut debug = DebugInfoBuilder::new();
    assert_eq!(debug.program(0, &[region]), Err(BuildError::TooManyFrames { found: 17 }));
    let region = SourceRegion { bytes: 2, frames: vec![] };
    assert_eq!(debug.program(u32::MAX, &[region]), Err(BuildError::DebugInfoTooLong));
}

#[test]
fn frames_become_functions_and_lines() {
    let frame = |kind, function, line| Frame { path: "counter.rs", ..frame(kind, function, line, 0) };
    let anonymous = |kind, line| Frame { namespace: "", function: "", ..frame(kind, "", line) };
    use FrameKind::{Call, Enter, Line};
    for (frames, trail, lines) in [
        (vec![], "?", &[][..]),
        (vec![frame(Enter, "call", 10)], "in token::call", &[10]),
        (vec![frame(Enter, "call", 10), frame(Line, "call", 12)], "counter.rs:12 in token::call", &[12]),
        (
            vec![
                frame(Enter, "call", 10),
                frame(Call, "transfer", 15),
                frame(Enter, "transfer", 40),
                frame(Line, "transfer", 42),
            ],
            "counter.rs:42 in token::transfer, inlined into token::call",
            &[15, 42],
        ),
        // The line may belong to the outer function, and a function may be inlined into itself.
        (
            vec![frame(Enter, "f", 1), frame(Call, "g", 2), frame(Enter, "g", 7), frame(Line, "f", 3)],
            "in token::g, inlined into token::f",
            &[3, 7],
        ),
        (
            vec![frame(Enter, "f", 1), frame(Call, "f", 2), frame(Enter, "f", 1), frame(Line, "f", 3)],
            "counter.rs:3 in token::f, inlined into token::f",
            &[2, 3],
        ),
        // Without names, and without functions.
        (vec![frame(Enter, "f", 1), anonymous(Line, 3)], "counter.rs:3 in token::f", &[3]),
        (vec![anonymous(Line, 3)], "counter.rs:3 in ?", &[3]),
        (vec![anonymous(Call, 3), frame(Enter, "g", 7)], "in token::g, inlined into ?", &[3, 7]),
        (
            vec![frame(Line, "f", 1), frame(Line, "g", 2)],
            "counter.rs:2 in token::g, inlined into token::f",
            &[1, 2],
        ),
        (vec![frame(Enter, "a\x1b[31m\n", 1)], "in token::a\\u{1b}[31m\\n", &[1]),
    ] {
        let found = positions(&frames);
        assert_eq!(Trail(&found).to_string(), trail, "{frames:?}");
        assert_eq!(found.iter().map(|position| position.line).collect::<Vec<_>>(), lines, "{frames:?}");
    }
}
