// SPDX-License-Identifier: Apache-2.0
//! Names of guest functions for `perf`: a jitdump file that says what the machine code in worker processes is.
//!
//! `perf record -k 1` notes addresses in a worker, where `perf` sees nothing but a file without a name. With
//! [`EngineConfig::jitdump`](crate::EngineConfig::jitdump) the engine writes `jit-PID.dump`, PID being that of this process:
//! for each program that a worker loads, one record per function with its address in that worker, its name and its
//! code. `perf inject --jit` finds the file because this process maps it, and joins it with the samples. (The simpler
//! `/tmp/perf-PID.map` does not work: `perf` reads it for anonymous memory only, and workers can execute nothing but
//! sealed files.)
//!
//! Names come from the blob's debug info, without that from exports; code that has neither is named by block.
//!
//! ```text
//! file:   magic "DTiJ", version 1, header bytes 40, machine 62, 0, pid: 32 bits each; time, flags 0: 64 bits each
//! record: kind 0, record bytes: 32 bits each; time: 64 bits; worker's pid, the same again: 32 bits each;
//!         address, address, code bytes, number of the record: 64 bits each; name, a zero, code
//! ```

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use revive_vm_primitives::{debug_info::Frame, machine::CODE_ADDRESS, Blob};
use revive_vm_recompiler::CodeMap;
use revive_vm_sandbox::profiling;
use rustix::fs::OFlags;

use crate::trace::SourceMap;

const MAGIC: u32 = 0x4a69_5444;
const VERSION: u32 = 1;
const HEADER_BYTES: u32 = 40;
/// `EM_X86_64`
const MACHINE: u32 = 62;
/// Kind of a record: code was loaded.
const LOADED: u32 = 0;
/// Bytes of such a record besides name and code.
const RECORD_BYTES: usize = 56;

/// Bytes of a name, of a namespace and of a function each. All blocks of a blob may have one that is nearly as long as the blob.
const NAME_BYTES_MAX: usize = 512;

/// A file that is being written.
pub(crate) struct Jitdump {
    path: PathBuf,
    open: Mutex<Open>,
}

struct Open {
    file: File,
    /// Lets `perf` see the file.
    _marker: profiling::Marker,
    records: u64,
}

/// A stretch of machine code with a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Symbol {
    /// Offset in the machine code.
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) name: String,
}

/// The files that engines write. In the child of a fork these are its parent's.
static WRITTEN: Mutex<Vec<Weak<Jitdump>>> = Mutex::new(Vec::new());

impl Jitdump {
    /// The file of this process in `folder`: the one that another engine writes, or a new one in place of one that is there.
    pub(crate) fn open(folder: &Path) -> io::Result<Arc<Self>> {
        let pid = std::process::id();
        // However the folder is called.
        let path = folder.canonicalize()?.join(format!("jit-{pid}.dump"));
        let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        written.retain(|jitdump| jitdump.strong_count() > 0);
        if let Some(known) = written.iter().filter_map(Weak::upgrade).find(|known| known.path == path) {
            return Ok(known);
        }
        let jitdump = Arc::new(Self::create(path, pid)?);
        written.push(Arc::downgrade(&jitdump));
        Ok(jitdump)
    }

    fn create(path: PathBuf, pid: u32) -> io::Result<Self> {
        // Read as well, because mapping it asks for that.
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(true);
        // Its name is known beforehand: in a folder where others may write, it could be a link to a file that only we may.
        options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
        let mut file = options.open(&path)?;
        let mut header = Vec::new();
        for word in [MAGIC, VERSION, HEADER_BYTES, MACHINE, 0, pid] {
            header.extend(word.to_le_bytes());
        }
        header.extend(profiling::clock_ns().to_le_bytes());
        header.extend(0u64.to_le_bytes());
        file.write_all(&header)?;
        let _marker = profiling::Marker::new(&file).map_err(io::Error::other)?;
        Ok(Self { path, open: Mutex::new(Open { file, _marker, records: 0 }) })
    }

    /// Says that a worker has just loaded this code.
    pub(crate) fn loaded(&self, worker: u32, symbols: &[Symbol], code: &[u8]) {
        // A poisoned lock: somebody panicked between two writes, and the file has its end in the middle of a record.
        let Ok(mut open) = self.open.lock() else { return };
        let mut records = Vec::new();
        for Symbol { start, end, name } in symbols {
            let bytes = code.get(*start as usize..*end as usize).unwrap_or_default();
            let address = CODE_ADDRESS + u64::from(*start);
            let name = name.replace('\0', "?");
            let len = RECORD_BYTES + name.len() + 1 + bytes.len();
            records.extend(LOADED.to_le_bytes());
            // Generated code has less than 2 GiB.
            records.extend((len as u32).to_le_bytes());
            records.extend(profiling::clock_ns().to_le_bytes());
            records.extend(worker.to_le_bytes());
            records.extend(worker.to_le_bytes());
            for word in [address, address, bytes.len() as u64, open.records] {
                records.extend(word.to_le_bytes());
            }
            records.extend(name.as_bytes());
            records.push(0);
            records.extend(bytes);
            open.records += 1;
        }
        if let Err(error) = open.file.write_all(&records) {
            log::warn!(target: crate::engine::LOG_TARGET, "{} is incomplete: {error}", self.path.display());
        }
    }
}

/// What there is in the machine code of a translated program, so many bytes, in order and without gaps. Traps that fill the last
/// page count as part of the last one.
pub(crate) fn symbols(blob: &Blob<'_>, map: &CodeMap, code_bytes: usize) -> Vec<Symbol> {
    let mut sources = SourceMap::new(blob.debug_info());
    let mut symbols: Vec<Symbol> = vec![Symbol { start: 0, end: 0, name: "[enter and leave]".into() }];
    let mut add = |start: u32, name: String| {
        let last = symbols.len() - 1;
        if symbols[last].name != name {
            symbols[last].end = start;
            symbols.push(Symbol { start, end: start, name });
        }
    };
    let mut exports: BTreeMap<u32, &[u8]> = BTreeMap::new();
    for export in blob.exports() {
        exports.entry(export.offset).or_insert(export.name);
    }
    for (guest, native) in map.blocks() {
        let function = sources.frames(guest).first().map(name);
        let function = function.filter(|name| !name.is_empty()).or_else(|| {
            let name = exports.get(&guest)?;
            Some(String::from_utf8_lossy(name.get(..NAME_BYTES_MAX).unwrap_or(name)).into_owned())
        });
        add(native, function.unwrap_or_else(|| format!("[block {guest}]")));
    }
    let end = u32::try_from(code_bytes).unwrap_or(u32::MAX);
    if let Some(last) = symbols.last_mut() {
        last.end = end;
    }
    symbols.retain(|symbol| symbol.start < symbol.end);
    symbols
}

/// The name of a function, not all of it if it is long.
fn name(frame: &Frame<'_>) -> String {
    let [namespace, function] = [frame.namespace, frame.function]
        .map(|part| part.get(..part.floor_char_boundary(NAME_BYTES_MAX)).unwrap_or_default());
    Frame { namespace, function, ..*frame }.name().to_string()
}
