// SPDX-License-Identifier: Apache-2.0
//! Tests of the Solidity ABI: round trips through encoding and decoding, and what users see when something is wrong.

use super::{
    values::{ERROR_STRING, PANIC},
    *,
};
use serde_json::json;

const ERC20: &str = r#"[
  {"type":"constructor","inputs":[{"name":"name_","type":"string"},{"name":"supply","type":"uint256"}]},
  {"type":"function","name":"transfer","stateMutability":"nonpayable","inputs":[{"name":"to","type":"address"},{"name":"value","type":"uint256"}],"outputs":[{"name":"","type":"bool"}]},
  {"type":"function","name":"balanceOf","stateMutability":"view","inputs":[{"name":"account","type":"address"}],"outputs":[{"name":"","type":"uint256"}]},
  {"type":"function","name":"f","stateMutability":"view","inputs":[{"name":"a","type":"uint8"}],"outputs":[]},
  {"type":"function","name":"f","stateMutability":"view","inputs":[{"name":"a","type":"int8"}],"outputs":[]},
  {"type":"event","name":"Transfer","anonymous":false,"inputs":[{"name":"from","type":"address","indexed":true},{"name":"to","type":"address","indexed":true},{"name":"value","type":"uint256","indexed":false}]},
  {"type":"error","name":"ERC20InsufficientBalance","inputs":[{"name":"sender","type":"address"},{"name":"balance","type":"uint256"},{"name":"needed","type":"uint256"}]}
]"#;

fn erc20() -> Abi {
    Abi::parse(ERC20, "erc20.abi.json".into()).unwrap()
}

fn nobody(_: &str) -> Option<Result<[u8; 20]>> {
    None
}

fn strings(args: &[&str]) -> Vec<String> {
    args.iter().map(ToString::to_string).collect()
}

fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

#[test]
fn a_call_is_selector_and_words() {
    let args = strings(&["0x0000000000000000000000000000000000000102", "1000"]);
    let call = Call::encode(Some(&erc20()), "transfer", &args, &nobody).unwrap();
    let expected = [&[0xa9, 0x05, 0x9c, 0xbb][..], &word(0x102), &word(1000)].concat();
    assert_eq!(call.input, expected);
    let output = call.decode_output(&word(1)).unwrap().unwrap();
    assert_eq!(output.iter().map(to_json).collect::<Vec<_>>(), vec![json!(true)]);
    assert_eq!(call.output_labels(), ["bool"]);
}

#[test]
fn a_signature_needs_no_abi_file() {
    let args = strings(&["0x0000000000000000000000000000000000000102"]);
    let call = Call::encode(None, "balanceOf(address)(uint256)", &args, &nobody).unwrap();
    assert_eq!(call.input[..4], [0x70, 0xa0, 0x82, 0x31]);
    let output = call.decode_output(&word(77)).unwrap().unwrap();
    assert_eq!(show(&output[0]), "77");

    let error = Call::encode(None, "balanceOf", &args, &nobody).err().unwrap();
    assert!(error.advice().unwrap().contains("--abi"), "{error}");
}

#[test]
fn accounts_stand_for_addresses() {
    let lookup = |text: &str| (text == "//Bob").then_some(Ok([9; 20]));
    let call = Call::encode(Some(&erc20()), "balanceOf", &strings(&["//Bob"]), &lookup).unwrap();
    assert_eq!(call.input[16..], [9; 20]);
}

#[test]
fn nested_values_survive_a_round_trip() {
    let signature = "g((uint8,string)[],int256,bytes4,bytes)((uint8,string)[],int256,bytes4,bytes)";
    let args = strings(&["[(1,one),(2,two)]", "-5", "0x01020304", "0x00ff"]);
    let call = Call::encode(None, signature, &args, &nobody).unwrap();
    let values = call.decode_output(&call.input[4..]).unwrap().unwrap();
    let shown: Vec<_> = values.iter().map(to_json).collect();
    assert_eq!(
        shown,
        vec![json!([["1", "one"], ["2", "two"]]), json!("-5"), json!("0x01020304"), json!("0x00ff")]
    );
}

#[test]
fn output_of_the_wrong_shape_is_reported() {
    let args = strings(&["0x0000000000000000000000000000000000000102"]);
    let call = Call::encode(Some(&erc20()), "balanceOf", &args, &nobody).unwrap();
    let error = call.decode_output(&[1, 2, 3]).unwrap().unwrap_err();
    assert!(error.contains("3 bytes"), "{error}");

    // Values that the types do not have are not cut to size.
    let wide = [0x11; 32];
    let call = Call::encode(None, "f()(uint8,address)", &[], &nobody).unwrap();
    let error = call.decode_output(&[word(500), word(1)].concat()).unwrap().unwrap_err();
    assert!(error.ends_with("01f4 is no uint8"), "{error}");
    let error = call.decode_output(&[word(5), wide].concat()).unwrap().unwrap_err();
    assert!(error.ends_with("1111 is no address"), "{error}");
    let topic = alloy_primitives::keccak256("Transfer(address,address,uint256)").0;
    assert!(erc20().event(&[topic, word(1), wide], &word(500)).is_none());
    let data = [&[0xa9, 0x05, 0x9c, 0xbb][..], &wide, &word(1000)].concat();
    assert!(erc20().call(&data).is_none());
}

#[test]
fn wrong_arguments_say_what_is_expected() {
    let abi = erc20();
    let encode =
        |name: &str, args: &[&str]| Call::encode(Some(&abi), name, &strings(args), &nobody).err().unwrap();

    let error = encode("transfer", &["0x0000000000000000000000000000000000000102"]);
    assert_eq!(error.to_string(), "transfer(address,uint256) takes 2 arguments, found 1");
    let error = encode("transfer", &["Bob", "1"]);
    assert!(error.to_string().contains("argument 1") && error.to_string().contains("`Bob`"), "{error}");
    let error = encode("transfer", &["0x0000000000000000000000000000000000000102", "-1"]);
    assert!(error.to_string().contains("argument 2"), "{error}");
    let error = encode("mint", &[]);
    assert!(error.advice().unwrap().contains("balanceOf"), "{error}");
    let error = encode("f", &["1"]);
    assert!(error.advice().unwrap().contains("f(int8)"), "{error}");
}

#[test]
fn an_overload_is_selected_by_its_signature() {
    let call = Call::encode(Some(&erc20()), "f(int8)", &strings(&["-1"]), &nobody).unwrap();
    assert_eq!(call.input[4..], [0xff; 32]);
}

#[test]
fn constructor_arguments_have_no_selector() {
    let input = erc20().encode_constructor(&strings(&["My token", "21"]), &nobody).unwrap();
    let mut text = [0; 32];
    text[..8].copy_from_slice(b"My token");
    assert_eq!(input, [word(0x40), word(21), word(8), text].concat());

    let plain = Abi::parse("[]", "empty.json".into()).unwrap();
    assert_eq!(plain.encode_constructor(&[], &nobody).unwrap(), Vec::<u8>::new());
    assert!(plain.encode_constructor(&strings(&["1"]), &nobody).is_err());
}

#[test]
fn events_are_decoded_by_name() {
    let abi = erc20();
    let topic = alloy_primitives::keccak256("Transfer(address,address,uint256)").0;
    let event = abi.event(&[topic, word(1), word(2)], &word(500)).unwrap();
    assert_eq!(event.name, "Transfer");
    let names: Vec<_> = event.args.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["from", "to", "value"]);
    assert_eq!(show(&event.args[2].1), "500");
    assert_eq!(show(&event.args[1].1), "0x0000000000000000000000000000000000000002");

    assert!(abi.event(&[word(3)], &[]).is_none());
    assert!(abi.event(&[topic, word(1), word(2)], &[1]).is_none());
    assert!(abi.event(&[], &word(500)).is_none());
}

#[test]
fn reasons_of_reverts_are_readable() {
    let abi = erc20();
    let selector = alloy_primitives::keccak256("ERC20InsufficientBalance(address,uint256,uint256)");
    let data = [&selector[..4], &word(7), &word(10), &word(20)].concat();
    assert_eq!(
        revert_reason(Some(&abi), &data).unwrap(),
        "ERC20InsufficientBalance(sender=0x0000000000000000000000000000000000000007, balance=10, needed=20)"
    );
    assert_eq!(revert_reason(None, &data), None);

    let mut text = [0; 32];
    text[..7].copy_from_slice(b"too low");
    let data = [&ERROR_STRING[..], &word(0x20), &word(7), &text].concat();
    assert_eq!(revert_reason(Some(&abi), &data).unwrap(), "too low");

    let data = [&PANIC[..], &word(0x11)].concat();
    assert_eq!(revert_reason(None, &data).unwrap(), "Panic(0x11): arithmetic overflow or underflow");
    assert_eq!(revert_reason(None, &[]), None);
    assert_eq!(revert_reason(Some(&abi), &ERROR_STRING), None);
}

#[test]
fn artefacts_with_an_abi_field_are_understood() {
    let artefact = format!("{{\"contractName\":\"T\",\"abi\":{ERC20}}}");
    assert!(Abi::parse(&artefact, "t.json".into()).unwrap().items.function("transfer").is_some());
    let metadata = format!("{{\"output\":{{\"abi\":{ERC20}}}}}");
    assert!(Abi::parse(&metadata, "t.json".into()).unwrap().items.function("transfer").is_some());
    for wrong in ["{}", "3", "{\"abi\":3}", "[{\"type\":\"nonsense\"}]", "not json"] {
        let error = Abi::parse(wrong, "t.json".into()).err().unwrap();
        assert!(error.to_string().contains("t.json"), "{error}");
    }
}

/// A few kilobytes that stand for half a gigabyte: as what a function returned, in a call, a construction, an event and an error.
#[test]
fn what_stands_for_far_more_than_it_is_is_not_decoded() {
    let (count, len) = (4000u64, 128 * 1024u64);
    let mut data = [word(32), word(count)].concat();
    (0..count).for_each(|_| data.extend(word(32 * count)));
    data.extend(word(len));
    data.resize(data.len() + len as usize, 7);

    let call = Call::encode(None, "f()(bytes[])", &[], &nobody).unwrap();
    let error = call.decode_output(&data).unwrap().unwrap_err();
    assert!(error.contains("259168 bytes do not decode as f()(bytes[]): they stand for far more"), "{error}");

    let abi = r#"[
      {"type":"constructor","inputs":[{"name":"a","type":"bytes[]"}]},
      {"type":"function","name":"f","stateMutability":"view","inputs":[{"name":"a","type":"bytes[]"}],"outputs":[{"name":"b","type":"bytes[]"}]},
      {"type":"event","name":"E","anonymous":false,"inputs":[{"name":"a","type":"bytes[]","indexed":false}]},
      {"type":"error","name":"X","inputs":[{"name":"a","type":"bytes[]"}]}
    ]"#;
    let abi = Abi::parse(abi, "hostile.abi.json".into()).unwrap();
    let selected =
        |signature: &str, data: &[u8]| [&crate::output::keccak_256(signature.as_bytes())[..4], data].concat();
    let good = [word(32), word(1), word(32), word(0)].concat();
    let topics = [crate::output::keccak_256(b"E(bytes[])")];
    let input = selected("f(bytes[])", &good);
    for (data, is_decoded) in [(&good, true), (&data, false)] {
        assert_eq!(abi.call(&selected("f(bytes[])", data)).is_some(), is_decoded);
        assert_eq!(abi.construction(data).is_some(), is_decoded);
        assert_eq!(abi.returned(&input, data).is_some(), is_decoded);
        assert_eq!(abi.event(&topics, data).is_some(), is_decoded);
        assert_eq!(revert_reason(Some(&abi), &selected("X(bytes[])", data)).is_some(), is_decoded);
    }
}

/// Contracts in Rust and C have no compiler that writes the file.
#[test]
fn declarations_are_an_abi_too() {
    let lines = "// An exchange.\nconstructor(address first, address second);\n\n\
                 function swap(bool first, uint256 amount) returns (uint256 gets) // sells\n\
                 event Swapped(address indexed who, uint256 amount)\nerror TooLittle(uint256 amount)\nreceive() external payable\n";
    let abi = Abi::parse(lines, "exchange.abi".into()).unwrap();
    let call = Call::encode(Some(&abi), "swap", &strings(&["true", "5"]), &nobody).unwrap();
    assert_eq!(call.output_labels(), ["uint256 gets"]);
    assert!(abi.takes_plain_calls() && !erc20().takes_plain_calls());
    assert!(abi
        .encode_constructor(&strings(&["0x0000000000000000000000000000000000000102"]), &nobody)
        .is_err());
    let topic = alloy_primitives::keccak256("Swapped(address,uint256)").0;
    assert_eq!(abi.event(&[topic, word(1)], &word(500)).unwrap().name, "Swapped");
    let listed = Abi::parse(r#"["function get() returns (uint256)"]"#, "get.json".into()).unwrap();
    assert_eq!(listed.function_names(), "get");

    let error = Abi::parse("function get()\nfunction (", "get.abi".into()).err().unwrap().to_string();
    assert!(error.contains("line 2: `function (` is no declaration"), "{error}");
}

#[test]
fn items_are_completed_and_named_when_wrong() {
    let text = r#"[{"type":"function","name":"get"},{"type":"event","name":"Got","inputs":[{"name":"a","type":"uint8"}]}]"#;
    let abi = Abi::parse(text, "short.json".into()).unwrap();
    assert!(Call::encode(Some(&abi), "get", &[], &nobody).is_ok());
    let topic = alloy_primitives::keccak256("Got(uint8)").0;
    assert!(abi.event(&[topic], &word(5)).is_some());
    let error =
        Abi::parse(r#"[{"type":"error","name":"E"},{"type":"function"}]"#, "x.json".into()).err().unwrap();
    assert!(error.to_string().contains("item 2 of the list, function: missing field `name`"), "{error}");
}

#[test]
fn values_are_shown_as_they_are_written() {
    let signature = "g((uint8,string)[],(bool,address))((uint8,string)[],(bool,address))";
    let args =
        strings(&["[(1,\"a,b)c\"),(2,two words)]", "(true,0x0000000000000000000000000000000000000102)"]);
    let call = Call::encode(None, signature, &args, &nobody).unwrap();
    let values = call.decode_output(&call.input[4..]).unwrap().unwrap();
    let shown: Vec<_> = values.iter().map(show).collect();
    let expected = ["[(1,\"a,b)c\"),(2,\"two words\")]", "(true,0x0000000000000000000000000000000000000102)"];
    assert_eq!(shown, expected);
    let again = Call::encode(None, signature, &shown, &nobody).unwrap();
    assert_eq!(again.input, call.input);
}

/// Text is encoded to the character: alone as the shell gives it, in lists and tuples as it is shown.
#[test]
fn text_is_taken_as_it_is_or_as_it_is_shown() {
    let all = [
        "",
        " ",
        " blanks ",
        "\"",
        "'",
        "\"quoted\"",
        "'single'",
        "it's \"so\"",
        "back\\slash\\n",
        "a\nb\tc\r\0",
        "(a,[b]",
        "\u{e9}e\u{301}\u{200b}\u{1f389}",
        "\u{7f}\\u{7f}",
    ];
    let list: Vec<_> = all.iter().map(|text| DynSolValue::String((*text).into())).collect();
    let shown = show(&DynSolValue::Array(list.clone()));
    let call = Call::encode(None, "f(string[])(string[])", &[shown], &nobody).unwrap();
    assert_eq!(call.decode_output(&call.input[4..]).unwrap().unwrap(), [DynSolValue::Array(list)]);
    for text in all {
        let call = Call::encode(None, "f(string)(string)", &strings(&[text]), &nobody).unwrap();
        let expected = [DynSolValue::String(text.into())];
        assert_eq!(call.decode_output(&call.input[4..]).unwrap().unwrap(), expected, "{text:?}");
    }

    let encode = |text: &str| Call::encode(None, "f((string,uint8)[])", &strings(&[text]), &nobody);
    let same = |a: &str, b: &str| encode(a).unwrap().input == encode(b).unwrap().input;
    assert!(same("[(it's,1),(it's,2)]", r#"[("it's",1),('it\'s',2)]"#));
    assert!(same(r#"[( two words ,1)]"#, r#"[("two words",1)]"#));
    for (text, why) in [
        (r#"[("\q",1)]"#, "has an escape that is none ("),
        (r#"[("\u{+9}",1)]"#, "has an escape that is none"),
        (r#"[("\u{d800}",1)]"#, "has an escape that is none"),
        (r#"[("a" b,1)]"#, "has something behind its quotes"),
        ("[(,1)]", "`` is no string"),
    ] {
        let error = encode(text).err().unwrap();
        assert!(
            error.to_string().contains(why) && error.advice().unwrap().contains(r"\n"),
            "{text}: {error}"
        );
    }
}

/// What the library for contracts in Rust, and a compiler of Solidity, say of lists and structures. The hashes are those of the
/// library's own tests, where an EVM has them from.
#[test]
fn lists_and_structures_are_known_by_their_components() {
    let lines = include_str!("../../../contracts/sdk/src/contract/tests/composite.abi.txt");
    let list = format!("[{}]", lines.trim_end().replace('\n', ","));
    let abi = Abi::parse(&list, "composite.abi.json".into()).unwrap();
    let address = |digit: &str| format!("0x{}", digit.repeat(20));
    let order = format!("(({},5),[6,7],0x01020304)", address("04"));
    let note = format!("(8,\"a text that takes more than thirty-two\",[1,2,255],{order})");
    let notes = format!("[{note},(9,\"\",[],{order})]");
    let args = strings(&[&notes, "[\"\",\"one\"]"]);
    let call = Call::encode(Some(&abi), "notes", &args, &nobody).unwrap();
    let hash = |data: &[u8]| crate::output::hex(crate::output::keccak_256(data));
    assert_eq!(hash(&call.input), "0x70ded2a1d615b0ce3b729997db681d1a2ba44444113967bea2c0d30b28608190");
    let output = call.decode_output(&call.input[4..]).unwrap().unwrap();
    assert_eq!(output.iter().map(show).collect::<Vec<_>>(), args);

    let payments = format!("[({},10),({},0x{:064x})]", address("01"), address("02"), 7);
    let shown = format!("[({},10),({},7)]", address("01"), address("02"));
    let refused = Call::encode(Some(&abi), "refuse", &strings(&[&payments, &note]), &nobody).unwrap();
    let selector = |signature: &str| crate::output::keccak_256(signature.as_bytes());
    let unpaid = "Unpaid((address,uint256)[],(uint64,string,uint8[],((address,uint256),uint64[2],bytes4)))";
    let reason = [&selector(unpaid)[..4], &refused.input[4..]].concat();
    let expected = format!("Unpaid(payments={shown}, note={note})");
    assert_eq!(revert_reason(Some(&abi), &reason), Some(expected));

    let paid = "Paid(address,(address,uint256)[],uint64[],((address,uint256),uint64[2],bytes4))";
    let call = Call::encode(Some(&abi), "payments", &strings(&[&payments]), &nobody).unwrap();
    let event = abi.event(&[selector(paid), word(7), [8; 32], [9; 32]], &call.input[4..]).unwrap();
    let args: Vec<_> = event.args.iter().map(|(name, value)| (name.as_str(), show(value))).collect();
    let hash = |digits: &str| format!("0x{}", digits.repeat(32));
    let who = format!("0x{:040x}", 7);
    let expected = [("who", who), ("payments", shown), ("numbers", hash("08")), ("order", hash("09"))];
    assert_eq!((event.name.as_str(), &args[..]), ("Paid", &expected[..]));
}

#[test]
fn a_wrong_part_is_named() {
    let params = r#"[{"type":"function","name":"f","inputs":[{"name":"ps","type":"tuple[]","components":[
        {"name":"x","type":"int64"},{"name":"to","type":"address"},{"name":"","type":"bytes4"}]}]}]"#;
    let abi = Abi::parse(params, "f.json".into()).unwrap();
    let encode = |text: &str| Call::encode(Some(&abi), "f", &strings(&[text]), &nobody);
    let error = |text: &str| encode(text).err().unwrap();
    let someone = "0x0000000000000000000000000000000000000102";

    assert!(encode(&format!("[({}, {someone}, 0x01020304), (-1,{someone},0x01020304),]", i64::MAX)).is_ok());
    let wrong = error(&format!("[(1,{someone},0x01020304),(9223372036854775808,{someone},0x01020304)]"));
    assert!(wrong.to_string().contains("`9223372036854775808` is no int64 (ps[1].x)"), "{wrong}");
    assert!(wrong.advice().unwrap().contains("from -9223372036854775808 to 9223372036854775807"));
    let wrong = error(&format!("[(1,{someone},0x010203)]"));
    assert!(
        wrong.to_string().contains("`0x010203` is no bytes4: it has 3 bytes, not 4 (ps[0].2)"),
        "{wrong}"
    );
    let wrong = error(&format!("[(1,{someone})]"));
    assert!(wrong.to_string().contains("it has 2 parts, not 3 (ps[0])"), "{wrong}");
    let wrong = error("1,2");
    assert!(wrong.advice().unwrap().contains("'[(-1,0x…,0x…),(-1,0x…,0x…)]'"), "{:?}", wrong.advice());
    for open in ["[(1,2]", "[\"]", "[", "]", "[)]"] {
        assert!(encode(open).is_err(), "{open}");
    }
}

#[test]
fn addresses_with_letters_of_both_cases_have_a_checksum() {
    let encode = |text: &str| Call::encode(Some(&erc20()), "balanceOf", &strings(&[text]), &nobody);
    for right in [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED",
    ] {
        assert!(encode(right).is_ok(), "{right}");
    }
    let error = encode("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD").err().unwrap();
    assert!(error.to_string().contains("has a wrong checksum"), "{error}");
    assert!(error.advice().unwrap().contains("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
    let mut address = [0; 20];
    address[0] = 0xab;
    assert!(check_address("0xAb00000000000000000000000000000000000000", &address).is_err());
}

#[test]
fn a_signature_is_found_in_any_spelling() {
    let text = "function set(int256 x) returns (uint8)\nfunction set(uint256 x) returns (uint16)\nfunction pay() payable";
    let abi = Abi::parse(text, "set.abi".into()).unwrap();
    let call = Call::encode(Some(&abi), "set(int)", &strings(&["-5"]), &nobody).unwrap();
    assert_eq!(call.output_labels(), ["uint8"]);
    let call = Call::encode(Some(&abi), "set( int )(bool ok)", &strings(&["-5"]), &nobody).unwrap();
    assert_eq!(call.output_labels(), ["bool ok"]);
    let error = Call::encode(Some(&abi), "set", &strings(&["5"]), &nobody).err().unwrap();
    assert!(error.to_string().contains("1 argument does not tell which"), "{error}");
    let refuses = |abi: Option<&Abi>, function: &str, args: &[&str]| {
        Call::encode(abi, function, &strings(args), &nobody).unwrap().refuses_value()
    };
    assert_eq!(refuses(Some(&abi), "set(int256)", &["1"]).as_deref(), Some("set(int256)"));
    assert_eq!(refuses(Some(&abi), "pay", &[]), None);
    assert_eq!(refuses(None, "set(int256)", &["1"]), None);
}
