// SPDX-License-Identifier: Apache-2.0
//! Sessions: where motions end, forwards and backwards, over lines, calls, inlined functions and contracts; and where breakpoints stop them.

mod common;

use common::program;
use revive_vm_debugger::{
    expression::{Kind, Value, View},
    Answer, DebugError, Direction, End, Frame, Host, HostCall, Motion, Program, Recording, Session, Stop,
    Target, Unit,
};
use revive_vm_primitives::Reg;
use std::sync::Arc;

const INTO: Motion = Motion::Into(Unit::Line);
const OVER: Motion = Motion::Over(Unit::Line);
const STEP: Motion = Motion::Into(Unit::Instruction);
use Direction::{Back, Forward};

/// A run of `run`.
fn frame(title: &str, program: &Arc<Program>, host: Host) -> Frame {
    common::frame(title, program, "run", &[], host)
}

fn alone(program: &Arc<Program>) -> Recording {
    common::alone(program, "run", &[], 1000)
}

/// A host call of `function` with nothing in the registers, that gives 7 and writes to memory.
fn host_call(function: &str, gas: i64, frames: Vec<usize>, writes: Vec<(u32, Vec<u8>)>) -> HostCall {
    HostCall {
        function: function.into(),
        text: format!("{function}()"),
        pc: None,
        args: [0; 6],
        gas,
        frames,
        answer: Answer::Resumed { result: Some(7), writes, gas: gas - 100 },
    }
}

/// A host call that ends its frame.
fn last_host_call(function: &str, gas: i64, is_good: bool) -> HostCall {
    let end = End { text: format!("{function} was its end"), is_good };
    HostCall { answer: Answer::Ended(end), ..host_call(function, gas, Vec::new(), Vec::new()) }
}

/// `run` calls `helper`, and `small` was inlined into it, in two places of one line.
fn lines() -> Arc<Program> {
    program(
        "main",
        "/project/main.rs",
        "%stack_size = 4096
         %jump_table = @back
         pub @run:
         s0 = ra // run 10
         a0 = 1 // run 10
         a0 = a0 + 1 // run 11
         ra = 2, jump @helper // run 12
         @back:
         a1 = 5 // run 13 > small 30
         a1 = a1 + 1 // run 13 > small 31
         a2 = a1 // run 13
         a1 = 6 // run 14 > small 30
         jump [s0] // run 15
         @helper:
         a0 = a0 + a0 // helper 20
         u64 [sp - 8] = a0 // helper 21
         ret // helper 22",
    )
}

/// Function and line.
fn place(session: &Session) -> (String, u32) {
    let stack = session.stack();
    (stack[0].function.clone(), stack[0].line)
}

fn go(session: &mut Session, motion: Motion, direction: Direction) -> (String, u32) {
    assert_eq!(session.go(motion, direction), Ok(Stop::Step));
    place(session)
}

fn at(function: &str, line: u32) -> (String, u32) {
    (function.into(), line)
}

#[test]
fn over_passes_what_is_called_and_what_was_inlined() {
    let mut session = Session::new(alone(&lines())).unwrap();
    assert_eq!(place(&session), at("run", 10));
    for line in 11..=15 {
        assert_eq!(go(&mut session, OVER, Forward), at("run", line));
    }
    assert_eq!(session.go(OVER, Forward), Ok(Stop::Over));
    assert_eq!(session.register(0, Reg::A0), Some(4));
    assert!(session.end().unwrap().is_good);
    for line in (10..=15).rev() {
        assert_eq!(go_back(&mut session, OVER), at("run", line));
    }
    assert_eq!((session.time(), session.go(OVER, Back)), (0, Ok(Stop::Start)));
}

/// The beginning is one stop more.
fn go_back(session: &mut Session, motion: Motion) -> (String, u32) {
    let stop = session.go(motion, Back).unwrap();
    assert_eq!(stop, if session.time() == 0 { Stop::Start } else { Stop::Step });
    place(session)
}

#[test]
fn into_enters_calls_and_inlined_functions() {
    let mut session = Session::new(alone(&lines())).unwrap();
    let all = [
        at("run", 11),
        at("run", 12),
        at("helper", 20),
        at("helper", 21),
        at("helper", 22),
        at("run", 13),
        at("small", 30),
        at("small", 31),
        at("run", 13),
        at("run", 14),
        at("small", 30),
        at("run", 15),
    ];
    for expected in &all {
        let was = session.time();
        assert_eq!(go(&mut session, INTO, Forward), *expected);
        // Entering what was inlined executes nothing.
        assert_eq!(session.time() == was, expected.1 == 30, "{expected:?}");
    }
    assert_eq!(session.go(INTO, Forward), Ok(Stop::Over));
    assert_eq!(go_back(&mut session, INTO), at("run", 15));
    assert_eq!(go_back(&mut session, INTO), at("small", 30));
}

/// Whoever was interrupted begins again where it stood, with what was shown there.
#[test]
fn a_place_is_a_time_and_what_is_shown_of_inlined_functions() {
    let mut session = Session::new(alone(&lines())).unwrap();
    session.seek(4).unwrap();
    while go(&mut session, OVER, Forward) != at("run", 13) {}
    let place = session.place();
    session.interrupter().interrupt();
    assert_eq!(session.go(OVER, Forward), Ok(Stop::Interrupted));
    assert_eq!(session.return_to(place), Ok(Stop::Step));
    assert_eq!(go(&mut session, OVER, Forward), at("run", 14));
    assert_eq!(session.return_to(place), Ok(Stop::Step));
    assert_eq!((self::place(&session), session.place()), (at("run", 13), place));
}

#[test]
fn out_goes_to_the_caller() {
    let mut session = Session::new(alone(&lines())).unwrap();
    session.set_breakpoint(Target::Function("helper".into()));
    assert!(matches!(session.go(Motion::Continue, Forward), Ok(Stop::Breakpoints(_))));
    let stack: Vec<_> = session.stack().iter().map(|frame| (frame.function.clone(), frame.line)).collect();
    assert_eq!(stack, [at("helper", 20), at("run", 12)]);
    assert_eq!(go(&mut session, Motion::Out, Back), at("run", 12));
    assert!(matches!(session.go(Motion::Continue, Forward), Ok(Stop::Breakpoints(_))));
    assert_eq!(go(&mut session, Motion::Out, Forward), at("run", 13));
    assert_eq!(go(&mut session, INTO, Forward), at("small", 30));
    assert_eq!(go(&mut session, INTO, Forward), at("small", 31));
    assert_eq!(go(&mut session, Motion::Out, Forward), at("run", 13));
}

#[test]
fn going_back_undoes_every_step() {
    let mut session = Session::new(alone(&lines())).unwrap();
    let state = |session: &Session| {
        let registers: Vec<_> = Reg::ALL.iter().map(|reg| session.register(0, *reg)).collect();
        (session.time(), session.pc(), session.gas(0), registers, session.memory(0, 0xffff_0000 - 0x1000, 64))
    };
    let mut states = vec![state(&session)];
    while session.go(STEP, Forward).unwrap() != Stop::Over {
        states.push(state(&session));
    }
    assert_eq!(states.len(), 13, "twelve instructions are executed");
    for expected in states.iter().rev().skip(1) {
        session.go(STEP, Back).unwrap();
        assert_eq!(state(&session), *expected);
    }
    for expected in &states {
        session.seek(expected.0).unwrap();
        assert_eq!(state(&session), *expected);
    }
}

#[test]
fn breakpoints_are_at_lines_functions_and_offsets() {
    let mut session = Session::new(alone(&lines())).unwrap();
    let line = |path: &str, line| Target::Line { path: path.into(), line };
    // The first line with code behind it.
    let moved = session.set_breakpoint(line("main.rs", 16)).clone();
    assert_eq!((moved.line, moved.offsets), (Some(20), 1));
    for (path, offsets) in
        [("/project/main.rs", 1), ("/elsewhere/project/main.rs", 1), ("other.rs", 0), ("/x/lib.rs", 0)]
    {
        assert_eq!(session.set_breakpoint(line(path, 11)).offsets, offsets, "{path}");
    }
    assert_eq!(session.set_breakpoint(line("main.rs", 32)).offsets, 0);
    // Once for each call that was inlined.
    let small = session.set_breakpoint(Target::Function("small".into())).clone();
    assert_eq!(small.offsets, 2);
    assert_eq!(session.set_breakpoint(Target::Function("smaller".into())).offsets, 0);
    assert_eq!(session.set_breakpoint(Target::Offset { program: Some("other".into()), pc: 0 }).offsets, 0);

    let mut met = Vec::new();
    while let Stop::Breakpoints(ids) = session.go(Motion::Continue, Forward).unwrap() {
        met.push((ids, place(&session)));
    }
    let expected = [
        (vec![2, 3], at("run", 11)),
        (vec![1], at("helper", 20)),
        (vec![small.id], at("small", 30)),
        (vec![small.id], at("small", 30)),
    ];
    assert_eq!(met, expected);
    let mut back = Vec::new();
    while let Stop::Breakpoints(ids) = session.go(Motion::Continue, Back).unwrap() {
        back.push((ids, place(&session)));
    }
    back.reverse();
    assert_eq!(back, expected);
    assert!(session.remove_breakpoint(small.id) && !session.remove_breakpoint(small.id));
    assert_eq!(session.breakpoints().len(), 8);
    // Motions stop at breakpoints too.
    session.seek(0).unwrap();
    assert_eq!(session.go(Motion::Out, Forward), Ok(Stop::Breakpoints(vec![2, 3])));
}

#[test]
fn writes_to_memory_are_met_by_programs_and_host_calls() {
    let program = program(
        "main",
        "/project/main.rs",
        "%rw_data_size = 64
         %import = 'fill'
         pub @run:
         u32 [0x20004] = 9 // run 1
         ecalli 'fill' // run 2
         u8 [0x20010] = 1 // run 3
         ret // run 4",
    );
    let writes = vec![(0x20000, vec![1, 2, 3, 4, 5, 6, 7, 8])];
    let host = Host::Recorded(vec![host_call("fill", 996, Vec::new(), writes)]);
    let mut session =
        Session::new(Recording { frames: vec![frame("fills", &program, host)], roots: vec![0] }).unwrap();
    session.set_breakpoint(Target::Memory { frame: 0, address: 0x20006, bytes: 4 });
    assert_eq!(session.go(Motion::Continue, Forward), Ok(Stop::Breakpoints(vec![1])));
    assert_eq!((place(&session), session.memory(0, 0x20004, 4)), (at("run", 2), vec![9, 0, 0, 0]));
    assert_eq!(session.go(Motion::Continue, Forward), Ok(Stop::Breakpoints(vec![1])));
    assert_eq!((place(&session), session.memory(0, 0x20004, 4)), (at("run", 3), vec![5, 6, 7, 8]));
    assert_eq!((session.gas(0), session.register(0, Reg::A0)), (Some(896), Some(7)));
    assert_eq!(session.go(Motion::Continue, Forward), Ok(Stop::Over));
    assert_eq!(session.memory(0, 0x20ff0, 64).len(), 16, "as many as there are");
}

/// What could not be paid for, or was not allowed, has written nothing.
#[test]
fn writes_that_did_not_happen_are_not_met() {
    let text = "%rw_data_size = 4096
         pub @run:
         a0 = 0x20010 // run 1
         a2 = 8 // run 2
         jump @store // run 3
         @store:
         u64 [0x20010] = 9 // run 4
         ret // run 5
         pub @fills:
         a0 = 0x20010 // fills 6
         a1 = 7 // fills 7
         a2 = 8 // fills 8
         [a0..a0 + a2] = u8 a1 // fills 9
         ret // fills 10";
    let program = program("main", "/project/main.rs", text);
    let met = |export: &str, gas: i64, address: u32| {
        let mut session = Session::new(common::alone(&program, export, &[], gas)).unwrap();
        session.set_breakpoint(Target::Memory { frame: 0, address, bytes: 1 });
        let stop = session.go(Motion::Continue, Forward).unwrap();
        (matches!(stop, Stop::Breakpoints(_)), session.memory(0, address, 1)[0])
    };
    assert_eq!(met("run", 5, 0x20010), (true, 9));
    assert_eq!(met("run", 4, 0x20010), (false, 0));
    // So much gas is enough for a part of it.
    assert_eq!(met("fills", 100, 0x20017), (true, 7));
    assert_eq!(met("fills", 5 + 3, 0x20010), (true, 7));
    assert_eq!(met("fills", 5 + 3, 0x20017), (false, 0));
}

/// A contract that calls another one twice, of which the second call fails.
fn contracts() -> Recording {
    let outer = program(
        "outer",
        "/project/outer.rs",
        "%import = 'call'
         pub @run:
         a1 = 0 // outer 1
         ecalli 'call' // outer 2
         a0 = 0 // outer 3
         ecalli 'call' // outer 4
         ret // outer 5",
    );
    let inner = program(
        "inner",
        "/project/inner.rs",
        "%import = 'return'
         pub @run:
         a1 = 0 // inner 1
         ecalli 'return' // inner 2
         trap // inner 3",
    );
    let ends = |is_good| Host::Recorded(vec![last_host_call("return", 997, is_good)]);
    let calls =
        vec![host_call("call", 995, vec![1], Vec::new()), host_call("call", 895, vec![2], Vec::new())];
    Recording {
        frames: vec![
            frame("outer", &outer, Host::Recorded(calls)),
            frame("first", &inner, ends(true)),
            frame("second", &inner, ends(false)),
        ],
        roots: vec![0],
    }
}

#[test]
fn contracts_are_entered_passed_and_left_like_calls() {
    let mut session = Session::new(contracts()).unwrap();
    assert_eq!(go(&mut session, INTO, Forward), at("outer", 2));
    assert_eq!(session.next_host_call().unwrap().function, "call");
    assert_eq!(go(&mut session, INTO, Forward), at("inner", 1));
    let stack: Vec<_> =
        session.stack().iter().map(|frame| (frame.contract, frame.title.clone(), frame.line)).collect();
    assert_eq!(stack, [(0, "first".into(), 1), (1, "outer".into(), 2)]);
    assert_eq!((session.gas(0), session.gas(1)), (Some(1000), Some(995)));
    assert_eq!(go(&mut session, Motion::Out, Forward), at("outer", 3));
    assert_eq!((session.register(0, Reg::A0), session.gas(0)), (Some(7), Some(895)));
    assert_eq!(go(&mut session, OVER, Forward), at("outer", 4));
    assert_eq!(go(&mut session, OVER, Forward), at("outer", 5));
    for line in [4, 3, 2] {
        assert_eq!(go(&mut session, OVER, Back), at("outer", line));
    }

    let failures = session.set_breakpoint(Target::Failures).id;
    assert_eq!(session.go(Motion::Continue, Forward), Ok(Stop::Breakpoints(vec![failures])));
    assert_eq!((session.frame(0), session.end().unwrap().text.as_str()), (Some(2), "return was its end"));
    assert_eq!(place(&session), at("inner", 2));
    session.remove_breakpoint(failures);
    session.set_breakpoint(Target::Frames);
    session.seek(0).unwrap();
    let mut entered = Vec::new();
    while let Stop::Breakpoints(_) = session.go(Motion::Continue, Forward).unwrap() {
        entered.push(session.frame(0).unwrap());
    }
    assert_eq!(entered, [1, 2]);
    assert_eq!(session.failures().iter().map(|(frame, _)| *frame).collect::<Vec<_>>(), [2]);
}

#[test]
fn host_calls_are_stopped_at() {
    let mut session = Session::new(contracts()).unwrap();
    assert_eq!(session.set_breakpoint(Target::HostCall(None)).offsets, 3);
    assert_eq!(session.set_breakpoint(Target::HostCall(Some("return".into()))).offsets, 1);
    let mut met = Vec::new();
    while let Stop::Breakpoints(ids) = session.go(Motion::Continue, Forward).unwrap() {
        met.push((ids, place(&session).0));
    }
    let (call, end) = ((vec![1], "outer".to_string()), (vec![1, 2], "inner".to_string()));
    assert_eq!(met, [call.clone(), end.clone(), call, end]);
}

/// Another program than the one that was recorded is not gone on with.
#[test]
fn what_does_not_agree_is_an_error_until_one_goes_back() {
    let mut recording = contracts();
    if let Host::Recorded(calls) = &mut recording.frames[0].host {
        calls[1].gas += 1;
    }
    let mut session = Session::new(recording).unwrap();
    let error = session.go(Motion::Continue, Forward).unwrap_err();
    assert!(matches!(&error, DebugError::Differs { frame, .. } if frame == "outer"), "{error}");
    assert!(error.to_string().contains("host call 2 was of `call`"), "{error}");
    assert_eq!(session.go(STEP, Forward), Err(error.clone()));
    session.seek(0).unwrap();
    assert_eq!(go(&mut session, INTO, Forward), at("outer", 2));

    // It ends before it has made all host calls.
    let mut recording = contracts();
    if let Host::Recorded(calls) = &mut recording.frames[0].host {
        calls.push(calls[0].clone());
        calls[2].frames.clear();
    }
    let error =
        Session::new(recording).and_then(|mut session| session.go(Motion::Continue, Forward)).unwrap_err();
    assert!(error.to_string().contains("host call 3 was of `call`, here it comes to Finished"), "{error}");

    for (export, callee) in [("walk", 1), ("run", 9)] {
        let mut recording = contracts();
        recording.frames[1].export = export.into();
        if let Host::Recorded(calls) = &mut recording.frames[0].host {
            calls[0].frames = vec![callee];
        }
        let error = Session::new(recording).and_then(|mut session| session.go(Motion::Continue, Forward));
        assert!(matches!(error, Err(DebugError::Rejected { .. })), "{error:?}");
    }
    let nothing = Recording { frames: Vec::new(), roots: Vec::new() };
    assert!(matches!(Session::new(nothing), Err(DebugError::Rejected { .. })));
}

#[test]
fn a_session_that_runs_for_ever_can_be_stopped() {
    let endless = program("main", "/project/main.rs", "pub @run:\n jump @run // run 1");
    let mut recording = alone(&endless);
    recording.frames[0].gas = i64::MAX;
    let mut session = Session::new(recording).unwrap();
    let interrupter = session.interrupter();
    let thread = std::thread::spawn(move || interrupter.interrupt());
    assert_eq!(session.go(Motion::Continue, Forward), Ok(Stop::Interrupted));
    thread.join().unwrap();
    assert_eq!(go(&mut session, STEP, Forward), at("run", 1));
}

#[test]
fn expressions_are_registers_memory_and_sums() {
    let program = program(
        "main",
        "/project/main.rs",
        "%rw_data = f0 ff 03 04 05 06 07 88
         %rw_data_size = 8
         pub @run:
         a0 = 0x20000 // run 1
         a1 = -2 // run 2
         ret // run 3",
    );
    let mut session = Session::new(alone(&program)).unwrap();
    session.seek(2).unwrap();
    let view = View { session: &session, contract: 0, pc: Some(session.pc()) };
    for (text, value) in [
        ("a0", "0x20000 (131072)"),
        (" a0 + 8-4 ", "0x20004 (131076)"),
        ("a1", "0xfffffffffffffffe (-2)"),
        ("time + 1", "0x3 (3)"),
        ("gas", "0x3e5 (997)"),
        ("u8 [a0]", "0xf0 (240)"),
        ("i8 [a0]", "0xf0 (-16)"),
        ("u16[0x2_0000]", "0xfff0 (65520)"),
        ("i32 [a0 + 4]", "0x88070605 (-2012805627)"),
        ("u64 [a0]", "0x880706050403fff0 (9801809732607148016)"),
        ("u8 [a0 - a1 - a1]", "0x5 (5)"),
        ("3 bytes [a0]", "f0 ff 03"),
    ] {
        assert_eq!(view.evaluate(text).map(|value| value.to_string()).as_deref(), Ok(value), "{text}");
    }
    let bytes = Value::Memory { address: 0x20000, bytes: vec![0xf0, 0xff], kind: Kind::Bytes };
    assert_eq!(view.evaluate("2 bytes [a0]"), Ok(bytes));
    assert_eq!((view.address("a0 + 1"), view.address("u16 [a0]")), (Ok(0x20001), Ok(0xfff0)));
    for (text, why) in [
        ("a9", "`a9`: expected a register"),
        ("", "nothing is asked for"),
        ("a0 +", "something is missing"),
        ("u9 [a0]", "`u9` is no kind of memory"),
        ("u8 [a0", "does not end with `]`"),
        ("u8 [0]", "only 0 of 1 bytes at 0x0 can be read"),
        ("u64 [0x20ffc]", "only 4 of 8 bytes"),
        ("u8 [0x100000000]", "is no address: those have 32 bits"),
        ("0 bytes [a0]", "0 bytes are asked for"),
        ("99999999 bytes [a0]", "1 to 65536 can be shown"),
        ("é + 1", "`é`: expected"),
    ] {
        let error = view.evaluate(text).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
    assert_eq!(view.address("2 bytes [a0]"), Err("bytes are no address".into()));
}
