// SPDX-License-Identifier: Apache-2.0
//! What files say of themselves: sections by name, and the ABI of a contract.

mod common;

use common::{asm::Asm, random::Random};
use revive_vm_linker::{abi_entries, abi_file, link, section, Options, ABI_SECTION};

/// A program of nothing, with such sections.
fn with_sections(sections: &[(&'static str, &[u8])], is_64: bool) -> Vec<u8> {
    let mut asm = Asm::new(is_64);
    let main = asm.label_here();
    asm.ret();
    asm.export("main", main);
    asm.notes = sections.iter().map(|(name, bytes)| (*name, bytes.to_vec())).collect();
    asm.finish()
}

fn with_abi(bytes: &[u8]) -> Vec<u8> {
    with_sections(&[(ABI_SECTION, bytes)], true)
}

const GET: &str = r#"{"type":"function","name":"get","inputs":[],"outputs":[{"name":"","type":"uint64"}],"stateMutability":"view"}"#;
const ADD: &str =
    r#"{"type":"function","name":"add","inputs":[],"outputs":[],"stateMutability":"nonpayable"}"#;
const ADDED: &str = r#"{"type":"event","name":"Added","inputs":[],"anonymous":false}"#;
const EMPTY: &str = r#"{"type":"error","name":"Empty","inputs":[]}"#;
const CONSTRUCTOR: &str = r#"{"type":"constructor","inputs":[],"stateMutability":"nonpayable"}"#;

#[test]
fn all_sections_of_a_name_are_read_in_their_order() {
    for is_64 in [false, true] {
        let elf = with_sections(&[(".a", b"one "), (".b", b"else"), (".a", b"two"), (".a", b"")], is_64);
        assert_eq!(section(&elf, ".a").unwrap(), b"one two");
        assert_eq!(section(&elf, ".b").unwrap(), b"else");
        assert_eq!(section(&elf, ".c").unwrap(), b"");
        // Whatever is in them, the program is the same.
        let blob = |elf: &[u8]| link(elf, &Options::default()).unwrap().blob;
        assert_eq!(blob(&elf), blob(&with_sections(&[], is_64)));
    }
}

#[test]
fn entries_have_one_order_however_they_lie_in_the_file() {
    let expected = [CONSTRUCTOR, ADD, GET, ADDED, EMPTY];
    let mut lines = [EMPTY, GET, ADDED, CONSTRUCTOR, ADD, EMPTY];
    for _ in 0..lines.len() {
        lines.rotate_left(1);
        assert_eq!(abi_entries(&with_abi(format!("{}\n", lines.join("\n")).as_bytes())).unwrap(), expected);
        // Each in a section of its own, with what aligns it.
        let texts: Vec<_> = lines.iter().map(|line| format!("{line}\r\n\0\0\0")).collect();
        let sections: Vec<_> = texts.iter().map(|text| (ABI_SECTION, text.as_bytes())).collect();
        assert_eq!(abi_entries(&with_sections(&sections, true)).unwrap(), expected);
    }
    let file = abi_file(&abi_entries(&with_abi(format!("{GET}\n{ADD}\n").as_bytes())).unwrap());
    assert_eq!(file, format!("[\n  {ADD},\n  {GET}\n]\n"));
    assert!(abi_entries(&with_sections(&[], true)).unwrap().is_empty());
    assert!(abi_entries(&with_abi(b"\n \n\0\0")).unwrap().is_empty());
}

#[test]
fn what_is_no_entry_is_refused_with_its_place() {
    for (bytes, offset, what) in [
        (&b"{}\n[]\n"[..], 3, "a line of the ABI is not one JSON object: `[]`"),
        (b"{}{}\n", 0, "not one JSON object: `{}{}`"),
        (b"{}\n{\"type\":\n\"event\"}", 3, "not one JSON object: `{\\\"type\\\":`"),
        (b"{}\n\xff", 3, "the ABI is no UTF-8 text"),
        (&[b'x'; 500], 0, "not one JSON object: `xxxx"),
    ] {
        let error = abi_entries(&with_abi(bytes)).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(error.to_string().len() < 300, "{error}");
        assert_eq!((error.section(), error.offset()), (Some(ABI_SECTION), Some(offset)));
    }
}

#[test]
fn damaged_files_are_errors() {
    assert!(abi_entries(b"").is_err() && section(b"\x7fELF", ".a").is_err());
    let good = with_abi(format!("{GET}\n{ADD}\n").as_bytes());
    for len in 0..good.len() {
        let _ = abi_entries(&good[..len]);
    }
    let mut random = Random::new(1);
    for _ in 0..5000 {
        let mut bad = good.clone();
        for _ in 0..3 {
            let at = random.below(bad.len() as u64) as usize;
            bad[at] = random.next() as u8;
        }
        if let Ok(entries) = abi_entries(&bad) {
            assert!(entries.iter().map(String::len).sum::<usize>() <= bad.len());
        }
    }
}
