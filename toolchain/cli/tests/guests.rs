// SPDX-License-Identifier: Apache-2.0
//! Guest programs made with the SDK, in Rust and in C, on every engine: what they compute, and what the host sees of calls in
//! both directions.
//!
//! `cargo xtask contracts` builds them into `contracts/build`. Where they are missing, these tests say so and check
//! nothing.

use std::{env, fs, path::Path};

use revive_vm_executor::{Engine, EngineChoice, EngineConfig, Exit, Instance, Module, ModuleConfig, Reg};
use revive_vm_primitives::{
    debug_info::{SourceMap, Trail},
    Blob,
};

fn blob(name: &str) -> Option<Vec<u8>> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests");
    let path = Path::new(&manifest).join(format!("../../contracts/build/{name}.polkavm"));
    match fs::read(&path) {
        Ok(blob) => Some(blob),
        Err(error) => {
            eprintln!("SKIPPED: no {}: {error}; build it with `cargo xtask contracts`", path.display());
            None
        }
    }
}

/// A program on one engine.
struct Guest<'a> {
    blob: Blob<'a>,
    instance: Instance,
}

impl<'a> Guest<'a> {
    /// On each engine that there is.
    fn on_each_engine(bytes: &'a [u8]) -> [Self; 2] {
        [EngineChoice::Interpreter, EngineChoice::Recompiler].map(|engine| {
            let engine = Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap();
            let module = Module::new(&engine, bytes, &ModuleConfig::default()).unwrap();
            Self { blob: Blob::parse(bytes).unwrap(), instance: Instance::new(&module).unwrap() }
        })
    }

    fn start(&mut self, export: &str, args: &[u64]) -> Exit {
        let offset = self.blob.export(export.as_bytes()).unwrap_or_else(|| panic!("no export {export}"));
        self.instance.reset_memory();
        self.instance.set_gas(1_000_000_000);
        self.instance.prepare_call(offset, args);
        self.instance.run().unwrap()
    }

    /// Goes on after a host call of this name, answered by what is put into `a0` and `a1`. The registers before.
    fn answer(&mut self, exit: Exit, name: &str, answer: [u64; 2]) -> ([u64; 9], Exit) {
        let Exit::HostCall(number) = exit else { panic!("{exit:?}") };
        assert_eq!(self.blob.imports().get(number).flatten(), Some(name.as_bytes()));
        let seen = Reg::ARGS.map(|reg| self.instance.reg(reg));
        self.instance.set_reg(Reg::A0, answer[0]);
        self.instance.set_reg(Reg::A1, answer[1]);
        // What an import may overwrite; a guest that counts on it is wrong.
        for reg in [Reg::A2, Reg::A3, Reg::A4, Reg::A5, Reg::T0, Reg::T1, Reg::T2] {
            self.instance.set_reg(reg, 0xdead_beef_dead_beef);
        }
        (seen, self.instance.run().unwrap())
    }

    fn results(&self) -> [u64; 2] {
        [Reg::A0, Reg::A1].map(|reg| self.instance.reg(reg))
    }

    fn call(&mut self, export: &str, args: &[u64]) -> [u64; 2] {
        assert_eq!(self.start(export, args), Exit::Finished, "{export}");
        self.results()
    }
}

/// What `call_nine` passes, in the order of the argument registers: 32-bit numbers extended by their own rule in Rust,
/// while C's rule extends all of them by their sign.
const NINE: [u64; 9] = [1, 2, 3, 4, 5, 6, 0xffff_ffff, -8_i64 as u64, 9];

#[test]
fn memory_routines_are_those_of_naive_loops_in_the_guest() {
    let Some(bytes) = blob("test/sdk-test") else { return };
    for mut guest in Guest::on_each_engine(&bytes) {
        for seed in [1, 0x1234_5678_9abc_def1] {
            assert_eq!(guest.call("memory", &[seed, 3000])[0], 0, "seed {seed}: calls that differ");
        }
    }
}

#[test]
fn rust_passes_what_the_macros_say() {
    let Some(bytes) = blob("test/sdk-test") else { return };
    for mut guest in Guest::on_each_engine(&bytes) {
        assert_eq!(guest.call("mix", &[1, 2, 3, 4, 5, 6, 7, 8, 9])[0], 123_456_789);
        let exit = guest.start("call_nine", &[]);
        let (seen, exit) = guest.answer(exit, "nine", [41, 0]);
        assert_eq!((seen, exit, guest.results()[0]), (NINE, Exit::Finished, 42));
        // Two results, of 32 bits with anything above them, under another name.
        let exit = guest.start("call_pair", &[77]);
        let (seen, exit) = guest.answer(exit, "split_in_two", [5 | 1 << 40, 6 | 1 << 50]);
        assert_eq!((seen[0], exit, guest.results()[0]), (77, Exit::Finished, 5006));
        // The upper half of what comes in does not count, that of what goes out follows the type.
        let narrow = guest.call("narrow", &[u64::MAX - 1, 1 << 32]);
        assert_eq!(narrow, [0xffff_ffff, u64::MAX]);
        assert_eq!(guest.call("narrow", &[1 << 32, 5]), [7, 7]);
    }
}

#[test]
fn rust_has_the_heap_and_the_stack_it_asked_for() {
    let Some(bytes) = blob("test/sdk-test") else { return };
    let parsed = Blob::parse(&bytes).unwrap();
    assert_eq!(parsed.stack_size(), 128 * 1024);
    let imports: Vec<_> = parsed.imports().iter().flatten().collect();
    assert_eq!(imports, [&b"nine"[..], b"split_in_two"], "what is not called is not imported");
    for mut guest in Guest::on_each_engine(&bytes) {
        assert_eq!(guest.call("heap", &[1000])[0], 999 * 1000 / 2 + 63);
        assert_eq!(guest.start("heap", &[100_000]), Exit::Trap, "more than there is");
        assert_eq!(guest.call("deep", &[100])[0], 5050);
        assert_eq!(guest.start("deep", &[1000]), Exit::Trap, "deeper than the stack");
    }
}

#[test]
fn c_passes_what_the_header_says() {
    let Some(bytes) = blob("test/c-example") else { return };
    assert_eq!(Blob::parse(&bytes).unwrap().stack_size(), 65_536);
    for mut guest in Guest::on_each_engine(&bytes) {
        assert_eq!(guest.call("mix", &[1, 2, 3, 4, 5, 6, 7, 8, 9])[0], 123_456_789);
        assert_eq!(guest.call("primes", &[10_000])[0], 1229);
        assert_eq!(guest.start("primes", &[10_001]), Exit::Trap);
        assert_eq!(guest.start("fail", &[]), Exit::Trap);
        let exit = guest.start("later", &[5]);
        let (_, exit) = guest.answer(exit, "now", [37, 0]);
        assert_eq!((exit, guest.results()[0]), (Exit::Finished, 42));
        let exit = guest.start("call_nine", &[]);
        let (seen, exit) = guest.answer(exit, "nine", [41, 0]);
        assert_eq!(seen.map(|value| value as u32), NINE.map(|value| value as u32));
        assert_eq!((exit, guest.results()[0]), (Exit::Finished, 42));
    }
}

/// Of a contract as compiler and linker make it.
#[test]
fn debug_info_of_a_contract_names_its_functions() {
    let Some(bytes) = blob("debug/counter") else { return };
    let blob = Blob::parse(&bytes).unwrap();
    let mut map = SourceMap::new(blob.debug_info());
    let mut trails = Vec::new();
    let mut inlined = 0;
    for decoded in blob.code().instructions() {
        let positions = map.try_positions(decoded.offset).unwrap();
        inlined += usize::from(positions.len() > 1);
        trails.push(Trail(&positions).to_string());
    }
    let unknown = trails.iter().filter(|trail| *trail == "?").count();
    assert!(unknown * 10 < trails.len(), "{unknown} of {} instructions come from nowhere", trails.len());
    assert!(inlined > 0, "nothing was inlined");
    // Not `deploy`: all that it does is what another function does too.
    let positions = map.positions(blob.export(b"call").unwrap());
    // Linkers differ in what they make of mangled names; the function comes last.
    let name = positions[0].name().to_string();
    assert!(name.ends_with("call"), "{}", Trail(&positions));
    for function in ["increment", "no_function"] {
        assert!(trails.iter().any(|trail| trail.contains(function)), "no instruction comes from {function}");
    }
}
