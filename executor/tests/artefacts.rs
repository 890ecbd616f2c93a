// SPDX-License-Identifier: Apache-2.0
//! Translations kept on disk: a hit and a miss give the same results and the same gas (I5), nothing in the folder can change
//! that, and a folder that others could write to is refused.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::{
    fs,
    os::unix::fs::{symlink, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use revive_vm_executor::{
    ArtefactCacheConfig, Engine, EngineChoice, EngineConfig, EngineStatistics, Exit, GasModel, Instance,
    Module, ModuleConfig, Reg,
};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction as I, InstructionSet, Opcode};

/// A folder for a test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("revive-vm-artefacts-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn engine(&self) -> Option<Engine> {
        engine(ArtefactCacheConfig::new(&self.0))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The recompiler with a cache; `None` where no worker starts.
fn engine(cache: ArtefactCacheConfig) -> Option<Engine> {
    let config = EngineConfig {
        engine: EngineChoice::Recompiler,
        artefact_cache: Some(cache),
        ..EngineConfig::default()
    };
    match Engine::new(config) {
        Ok(engine) => Some(engine),
        Err(error) => {
            assert!(error.to_string().contains("no worker process starts here"), "{error}");
            println!("skipped: {error}");
            None
        }
    }
}

/// Hits, misses, rejected; and how often something was translated.
fn counts(engine: &Engine) -> [u64; 4] {
    let EngineStatistics { artefact_hits, artefact_misses, artefacts_rejected, compiled, .. } =
        engine.statistics();
    [artefact_hits, artefact_misses, artefacts_rejected, compiled]
}

/// Loops `a0` times over a host call, a store and a division; the division by a loaded value, which may be anything, is at a
/// place of its own for each `seed`.
fn blob(seed: i32) -> Vec<u8> {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    code.push(I::reg_reg(Opcode::MoveReg, Reg::S0, Reg::A0)).push(I::new(Opcode::Fallthrough));
    let head = code.label_here();
    code.push(I::reg_reg_imm(Opcode::AddImm32, Reg::A0, Reg::A0, seed));
    code.push(I::imm(Opcode::Ecalli, 1));
    code.push(I::reg_imm(Opcode::StoreU64, Reg::A0, 0x2_0000));
    code.push(I::reg_imm(Opcode::LoadU32, Reg::A1, 0x2_0002));
    code.push(I::reg_reg_reg(Opcode::DivSigned64, Reg::A0, Reg::A0, Reg::A1));
    code.push(I::reg_reg_imm(Opcode::AddImm64, Reg::S0, Reg::S0, -1));
    code.push_to(I::reg_imm_offset(Opcode::BranchNotEqImm, Reg::S0, 0, 0), head);
    // A fault at the end: nothing is mapped there.
    code.push(I::reg_imm(Opcode::LoadU64, Reg::A2, 0x7000_0000));
    code.push(I::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    BlobBuilder::new(InstructionSet::Latest64)
        .rw_data(4096, &[])
        .stack_size(4096)
        .import(b"x")
        .import(b"y")
        .export(b"run", 0)
        .code(code.finish().unwrap())
        .build()
}

/// Everything that can be seen of runs with every amount of gas, each continued to its end.
fn trace(engine: &Engine, blob: &[u8], config: &ModuleConfig) -> Vec<String> {
    let module = Module::new(engine, blob, config).unwrap();
    let mut seen = Vec::new();
    for gas in (0..40).chain([1000]) {
        let mut instance = Instance::new(&module).unwrap();
        instance.set_gas(gas);
        instance.prepare_call(0, &[3]);
        for round in 0..60 {
            let exit = instance.run().unwrap();
            let registers = Reg::ALL.map(|reg| instance.reg(reg));
            seen.push(format!("{gas} {exit:?} {registers:x?} {} {:?}", instance.gas(), instance.pc()));
            match exit {
                Exit::HostCall(_) => instance.set_reg(Reg::A0, round),
                Exit::Step => {}
                Exit::OutOfGas if round < 20 => instance.set_gas(7),
                Exit::Segfault(fault) => {
                    instance.map_pages(fault.page_address, fault.page_size, true).unwrap();
                }
                _ => break,
            }
        }
    }
    seen
}

fn configs() -> Vec<ModuleConfig> {
    let config = ModuleConfig::default();
    vec![
        config.clone(),
        ModuleConfig { gas: Some(GasModel::PipelineL2), ..config.clone() },
        ModuleConfig { step_tracing: true, ..config.clone() },
        ModuleConfig { dynamic_paging: true, ..config },
    ]
}

#[test]
fn a_hit_and_a_miss_are_the_same() {
    let folder = Folder::new();
    let Some(first) = folder.engine() else { return };
    let blob = blob(5);
    let missed: Vec<_> = configs().iter().map(|config| trace(&first, &blob, config)).collect();
    let [hits, misses, rejected, compiled] = counts(&first);
    // Tracing and paging take the plain translation, each its own.
    assert_eq!((hits, misses, rejected, compiled), (0, 4, 0, 4));
    assert_eq!(folder.files().len(), 4);

    let second = folder.engine().unwrap();
    let hit: Vec<_> = configs().iter().map(|config| trace(&second, &blob, config)).collect();
    assert_eq!(hit, missed);
    assert_eq!(counts(&second), [4, 0, 0, 0]);

    let without = EngineConfig { engine: EngineChoice::Recompiler, ..EngineConfig::default() };
    let without = Engine::new(without).unwrap();
    let made: Vec<_> = configs().iter().map(|config| trace(&without, &blob, config)).collect();
    assert_eq!(made, missed);
    assert_eq!(counts(&without), [0, 0, 0, 4]);
}

/// A block of nothing but host calls that runs off the end has an exit for each, and for its charge if that is too large for an
/// instruction: more exits than bytes.
#[test]
fn a_translation_with_more_exits_than_bytes_is_kept_too() {
    for (instructions, step_tracing) in [126, 127, 128].into_iter().flat_map(|n| [(n, false), (n, true)]) {
        let folder = Folder::new();
        let mut code = CodeBuilder::new(InstructionSet::Latest64);
        for _ in 0..instructions {
            code.push(I::imm(Opcode::Ecalli, 0));
        }
        let blob = BlobBuilder::new(InstructionSet::Latest64).code(code.finish().unwrap()).build();
        let config = ModuleConfig { step_tracing, ..ModuleConfig::default() };
        for expected in [[0, 1, 0, 1], [1, 0, 0, 0]] {
            let Some(engine) = folder.engine() else { return };
            Module::new(&engine, &blob, &config).unwrap();
            assert_eq!(counts(&engine), expected, "{instructions} host calls, tracing: {step_tracing}");
        }
    }
}

#[test]
fn a_start_within_a_block_takes_a_kept_translation_too() {
    let folder = Folder::new();
    let Some(_) = folder.engine() else { return };
    let blob = blob(9);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let engine = folder.engine().unwrap();
        let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
        let inside = module.code().next_start(1).and_then(|at| module.code().next_start(at + 1)).unwrap();
        let mut instance = Instance::new(&module).unwrap();
        instance.set_gas(100);
        instance.prepare_call(0, &[3]);
        instance.set_next(inside);
        let exit = instance.run();
        seen.push((
            format!("{exit:?}"),
            Reg::ALL.map(|reg| instance.reg(reg)),
            instance.gas(),
            instance.pc(),
        ));
    }
    assert_eq!(seen[0], seen[1]);
}

/// What is wrong with a file, and what makes it so.
type Spoiled<'a> = (&'a str, &'a dyn Fn(&Path));

#[test]
fn an_unusable_file_is_ignored_and_written_anew() {
    let folder = Folder::new();
    let Some(engine) = folder.engine() else { return };
    let (blob, config) = (blob(1), ModuleConfig::default());
    let right = trace(&engine, &blob, &config);
    let [file] = &folder.files()[..] else { panic!("{:?}", folder.files()) };
    let bytes = fs::read(file).unwrap();
    let other = Folder::new();
    trace(&other.engine().unwrap(), &self::blob(2), &config);
    let foreign = fs::read(&other.files()[0]).unwrap();

    let spoil: [Spoiled<'_>; 9] = [
        ("a bit", &|path| {
            let mut bytes = bytes.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
        ("short", &|path| fs::write(path, &bytes[..bytes.len() - 1]).unwrap()),
        ("long", &|path| fs::write(path, [&bytes[..], &[0]].concat()).unwrap()),
        ("empty", &|path| fs::write(path, []).unwrap()),
        ("of another program", &|path| fs::write(path, &foreign).unwrap()),
        ("something else", &|path| fs::write(path, b"hello").unwrap()),
        ("writable by others", &|path| fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap()),
        ("a link", &|path| {
            let elsewhere = other.0.join("elsewhere");
            fs::write(&elsewhere, &bytes).unwrap();
            fs::remove_file(path).unwrap();
            symlink(&elsewhere, path).unwrap();
        }),
        ("a pipe", &|path| {
            fs::remove_file(path).unwrap();
            let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
            assert!(made.success());
        }),
    ];
    for (what, spoil) in spoil {
        spoil(file);
        let engine = folder.engine().unwrap();
        assert_eq!(trace(&engine, &blob, &config), right, "{what}");
        assert_eq!(counts(&engine), [0, 0, 1, 1], "{what}");
        assert!(fs::symlink_metadata(file).unwrap().is_file(), "{what}");
        assert_eq!(fs::read(file).unwrap(), bytes, "{what}");
        let again = folder.engine().unwrap();
        assert_eq!(trace(&again, &blob, &config), right, "{what}");
        assert_eq!(counts(&again), [1, 0, 0, 0], "{what}");
    }
    assert_eq!(folder.files().len(), 1, "nothing unfinished is left");
}

#[test]
fn a_folder_of_others_is_refused() {
    let folder = Folder::new();
    let refused = |path: &Path| {
        // Also where the interpreter would do: who wants this has something wrong.
        for choice in [EngineChoice::Auto, EngineChoice::Recompiler] {
            let config = EngineConfig {
                engine: choice,
                artefact_cache: Some(ArtefactCacheConfig::new(path)),
                ..EngineConfig::default()
            };
            let error = Engine::new(config).map(drop).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
            if choice == EngineChoice::Recompiler {
                return error;
            }
        }
        unreachable!()
    };
    fs::create_dir(&folder.0).unwrap();
    for mode in [0o777, 0o720, 0o702] {
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(mode)).unwrap();
        assert!(refused(&folder.0).contains(&format!("(mode {mode:o}): take that right away")));
    }
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
    let file = folder.0.join("file");
    fs::write(&file, []).unwrap();
    assert!(refused(&file).contains("it is no folder, or a symbolic link to one"));
    assert!(refused(&file.join("inner")).contains("it is not there and cannot be made"));
    let link = folder.0.join("link");
    symlink(std::env::temp_dir(), &link).unwrap();
    assert!(refused(&link).contains("it is no folder, or a symbolic link to one"));
    if fs::metadata("/proc/1").is_ok_and(|_| rustix::process::geteuid().is_root()) {
        rustix::fs::chown(&folder.0, Some(rustix::fs::Uid::from_raw(65_534)), None).unwrap();
        assert!(refused(&folder.0).contains("it belongs to user 65534, and this process to user 0"));
    }
    // The interpreter keeps nothing.
    let config = EngineConfig {
        engine: EngineChoice::Interpreter,
        artefact_cache: Some(ArtefactCacheConfig::new(&link)),
        ..EngineConfig::default()
    };
    assert!(Engine::new(config).is_ok());
}

#[test]
fn a_new_folder_is_for_its_owner_only() {
    let folder = Folder::new();
    let inner = folder.0.join("a/b");
    let Some(engine) = engine(ArtefactCacheConfig::new(&inner)) else { return };
    trace(&engine, &blob(3), &ModuleConfig::default());
    assert_eq!(fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in fs::read_dir(&inner).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn what_cannot_be_kept_is_counted_and_changes_nothing() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let (Some(engine), Some(other)) = (folder.engine(), elsewhere.engine()) else { return };
    let (blob, config) = (blob(3), ModuleConfig::default());
    assert_eq!(engine.statistics().artefacts_not_kept, 0);
    fs::remove_dir_all(&folder.0).unwrap();
    assert_eq!(trace(&engine, &blob, &config), trace(&other, &blob, &config));
    assert_eq!((counts(&engine), engine.statistics().artefacts_not_kept), ([0, 1, 0, 1], 1));
    assert_eq!(other.statistics().artefacts_not_kept, 0);
}

#[test]
fn files_are_bounded_and_the_oldest_go_first() {
    let folder = Folder::new();
    let Some(first) = folder.engine() else { return };
    let config = ModuleConfig::default();
    Module::new(&first, &blob(0), &config).unwrap();
    let size = fs::metadata(&folder.files()[0]).unwrap().len();
    // Somebody else's file is left alone, and what was never finished is not.
    fs::write(folder.0.join("notes.txt"), vec![0; 100_000]).unwrap();
    let unfinished = folder.0.join(format!("{}-1-1.new", "0".repeat(32)));
    fs::write(&unfinished, b"half").unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(100_000);
    fs::File::open(&unfinished).unwrap().set_modified(old).unwrap();

    let bytes_max = 8 * size + size / 2;
    let bounded = || engine(ArtefactCacheConfig { folder: folder.0.clone(), bytes_max }).unwrap();
    let engine = bounded();
    for seed in 0..40 {
        Module::new(&engine, &blob(seed), &config).unwrap();
        // Used all the time, so it stays.
        Module::new(&engine, &blob(0), &config).unwrap();
        let kept =
            folder.files().iter().filter(|path| path.extension().is_some_and(|end| end == "kept")).count();
        assert!(kept <= 8, "{kept} files");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(!unfinished.exists());
    assert!(folder.0.join("notes.txt").exists());
    let later = bounded();
    for seed in [39, 0] {
        Module::new(&later, &blob(seed), &config).unwrap();
    }
    assert_eq!(counts(&later), [2, 0, 0, 0], "the latest and the one used last");
    Module::new(&later, &blob(1), &config).unwrap();
    assert_eq!(counts(&later), [2, 1, 0, 1], "an old one is gone");

    // Nothing fits.
    let small = engine_with(&folder.0, size - 1);
    Module::new(&small, &blob(1), &config).unwrap();
    assert_eq!(counts(&small)[1], 1);
    assert_eq!(folder.files().len(), 1, "only the notes are left");
}

fn engine_with(folder: &Path, bytes_max: u64) -> Engine {
    engine(ArtefactCacheConfig { folder: folder.into(), bytes_max }).unwrap()
}
