// SPDX-License-Identifier: Apache-2.0
//! What the host keeps for one externalities: the modules a runtime holds and the instances that are alive.
//!
//! It is an extension of the externalities, registered by the first host function that needs it. A runtime call runs in
//! externalities of its own, which own the extensions registered during the call and drop them when it ends, however it
//! ends: result, error, or panic of the runtime. So nothing survives a call, whatever the runtime forgot to drop.
//! Rolled back storage layers need no care: ids are never used twice, and what an instance did inside a rolled back
//! layer is the runtime's business.

use super::{engine, table::import_table, LOG_TARGET};
use crate::{
    error::{EnterError, InstantiateError, LoadError, RunError},
    guest::{bare_blob, Guest, Links},
    limits,
    wire::{self, pack_error, pack_ok},
    HOST_TROUBLE,
};
use revive_vm_executor::{self as executor, GasModel};
use sp_externalities::{decl_extension, Externalities, ExternalitiesExt};
use std::sync::{
    atomic::{AtomicUsize, Ordering},
    Arc,
};

static LIVE_MODULES: AtomicUsize = AtomicUsize::new(0);
static LIVE_INSTANCES: AtomicUsize = AtomicUsize::new(0);

/// Instances alive in this process, over all externalities. 0 whenever no runtime call is being executed; for tests and
/// metrics.
pub fn live_instances() -> usize {
    LIVE_INSTANCES.load(Ordering::SeqCst)
}

/// Modules that runtimes hold or instances use in this process, over all externalities. 0 whenever no runtime call is
/// being executed; for tests and metrics. Compiled modules that are merely kept for later do not count.
pub fn live_modules() -> usize {
    LIVE_MODULES.load(Ordering::SeqCst)
}

/// Counts itself in a gauge for as long as it lives.
#[derive(Debug)]
struct Counted(&'static AtomicUsize);

impl Counted {
    fn new(gauge: &'static AtomicUsize) -> Self {
        gauge.fetch_add(1, Ordering::SeqCst);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A module linked against an import table.
pub(super) struct LinkedModule {
    pub(super) executable: executor::Module,
    links: Links,
    code_hash: [u8; 32],
    gas_model: GasModel,
    _counted: Counted,
}

/// A module that the runtime holds.
struct HeldModule {
    id: u32,
    /// How many handles of it the runtime holds; never 0.
    handles: u32,
    linked: Arc<LinkedModule>,
}

/// An instance of the process's engine.
pub(super) struct Engine(pub(super) executor::Instance);

/// An instance that is alive.
pub(super) struct LiveInstance {
    module: Arc<LinkedModule>,
    pub(super) guest: Guest<Engine>,
    _counted: Counted,
}

impl LiveInstance {
    pub(super) fn start(&mut self, export: &[u8], gas: i64) -> Result<Vec<u8>, RunError> {
        self.guest.start(self.module.executable.export_offset(export), gas)
    }

    pub(super) fn resume(
        &mut self,
        gas: i64,
        result: Option<u64>,
        writes: &[u8],
    ) -> Result<Vec<u8>, RunError> {
        self.guest.resume(gas, result, writes)
    }
}

/// The state of one externalities.
#[derive(Default)]
pub(crate) struct State {
    /// The last id given out. Modules and instances share the counter, so an id of one kind is never one of the other.
    last_id: u32,
    modules: Vec<HeldModule>,
    /// In the order in which they were made. Calls nest, so the instance in use is nearly always the last.
    instances: Vec<(u32, LiveInstance)>,
}

decl_extension! {
    /// Carries [`State`] in the externalities.
    pub(crate) struct ReviveVmExt(State);
}

impl State {
    fn next_id(&mut self) -> Option<u32> {
        self.last_id = self.last_id.checked_add(1)?;
        Some(self.last_id)
    }

    fn load(
        &mut self,
        code_hash: &[u8; 32],
        blob: Option<&[u8]>,
        imports: &[u8],
        gas_model: u32,
    ) -> Result<u32, LoadError> {
        let table = import_table(imports).ok_or(LoadError::InvalidImportTable)?;
        let gas_model = GasModel::from_id(gas_model).ok_or(LoadError::UnsupportedGasModel)?;
        let blob = blob.ok_or(LoadError::CodeNotFound)?;

        let held = self.modules.iter_mut().find(|held| {
            let linked = &held.linked;
            linked.code_hash == *code_hash && linked.gas_model == gas_model && linked.links.table == table
        });
        if let Some(held) = held {
            // Its hash was verified against these very bytes, unless the state item has changed since.
            if held.linked.executable.blob_bytes() != blob {
                return Err(LoadError::HashMismatch);
            }
            held.handles = held.handles.checked_add(1).ok_or(LoadError::TooManyModules)?;
            return Ok(held.id);
        }

        let executable = engine::module(code_hash, blob, gas_model)?;
        let imports = executable
            .imports()
            .zip(0..)
            .map(|(symbol, index)| {
                symbol.and_then(|symbol| table.index_of(symbol)).ok_or(LoadError::UnknownImport { index })
            })
            .collect::<Result<Arc<[u32]>, _>>()?;
        if self.modules.len() >= limits::MODULES_MAX {
            return Err(LoadError::TooManyModules);
        }
        let id = self.next_id().ok_or(LoadError::TooManyModules)?;
        let linked = Arc::new(LinkedModule {
            executable,
            links: Links { table, imports },
            code_hash: *code_hash,
            gas_model,
            _counted: Counted::new(&LIVE_MODULES),
        });
        self.modules.push(HeldModule { id, handles: 1, linked });
        Ok(id)
    }

    fn drop_module(&mut self, id: u32) {
        if let Some(index) = self.modules.iter().rposition(|held| held.id == id) {
            let handles = &mut self.modules[index].handles;
            *handles = handles.saturating_sub(1);
            if *handles == 0 {
                self.modules.swap_remove(index);
            }
        }
    }

    fn instantiate(&mut self, module: u32) -> Result<u32, InstantiateError> {
        let module = self
            .modules
            .iter()
            .rfind(|held| held.id == module)
            .map(|held| held.linked.clone())
            .ok_or(InstantiateError::NoSuchModule)?;
        if self.instances.len() >= limits::INSTANCES_MAX {
            return Err(InstantiateError::TooManyInstances);
        }
        let id = self.next_id().ok_or(InstantiateError::TooManyInstances)?;
        let guest = match executor::Instance::new(&module.executable) {
            Ok(guest) => guest,
            // Host trouble is never a result that the runtime could see.
            Err(trouble) => panic!("{HOST_TROUBLE}: {trouble}"),
        };
        let guest = Guest::new(Engine(guest), module.links.clone());
        let instance = LiveInstance { module, guest, _counted: Counted::new(&LIVE_INSTANCES) };
        self.instances.push((id, instance));
        Ok(id)
    }

    /// Loads, instantiates and starts. Returns the record of the first exit.
    #[allow(clippy::too_many_arguments, reason = "one crossing carries all that an entry takes")]
    fn enter(
        &mut self,
        code_hash: &[u8; 32],
        blob: Option<&[u8]>,
        imports: &[u8],
        gas_model: u32,
        export: &[u8],
        gas: i64,
        frame: &[u8],
    ) -> Result<Vec<u8>, EnterError> {
        let module = self.load(code_hash, blob, imports, gas_model)?;
        let instance = self.instantiate(module);
        // The instance, if there is one, keeps the module.
        self.drop_module(module);
        let id = instance?;
        let live = self.instance(id).ok_or(RunError::NoSuchInstance)?;
        let entered = live.guest.set_frame(frame).and_then(|()| live.start(export, gas));
        match entered {
            Ok(mut record) => {
                wire::set_instance(&mut record, id);
                self.close_ended(id, &mut record);
                Ok(record)
            }
            Err(error) => {
                self.drop_instance(id);
                Err(error.into())
            }
        }
    }

    /// Ends an instance that will never run again, and says so in the record of its exit.
    fn close_ended(&mut self, id: u32, record: &mut [u8]) {
        if self.instance(id).is_some_and(|live| live.guest.has_ended()) {
            self.drop_instance(id);
            wire::set_closed(record);
        }
    }

    fn drop_instance(&mut self, id: u32) {
        if let Some(index) = self.instances.iter().rposition(|(live, _)| *live == id) {
            self.instances.remove(index);
        }
    }

    fn instance(&mut self, id: u32) -> Option<&mut LiveInstance> {
        self.instances.iter_mut().rfind(|(live, _)| *live == id).map(|(_, instance)| instance)
    }
}

/// The state of these externalities, made now if there was none.
fn state<'a>(ext: &'a mut &mut dyn Externalities) -> &'a mut State {
    if ext.extension::<ReviveVmExt>().is_none() {
        if let Err(error) = ext.register_extension(ReviveVmExt(State::default())) {
            panic!("{HOST_TROUBLE}: the externalities take no extension: {error:?}");
        }
    }
    match ext.extension::<ReviveVmExt>() {
        Some(extension) => &mut extension.0,
        None => panic!("{HOST_TROUBLE}: the externalities lost an extension"),
    }
}

/// The live instance with that id.
pub(super) fn instance<'a>(ext: &'a mut &mut dyn Externalities, id: u32) -> Option<&'a mut LiveInstance> {
    ext.extension::<ReviveVmExt>()?.0.instance(id)
}

pub(crate) fn load(
    mut ext: &mut dyn Externalities,
    code_hash: &[u8; 32],
    storage_key: &[u8],
    imports: &[u8],
    gas_model: u32,
) -> u64 {
    // First and always, so that the item is in the proof whatever else happens here.
    let item = ext.storage(storage_key);
    match state(&mut ext).load(code_hash, item.as_deref().map(bare_blob), imports, gas_model) {
        Ok(id) => pack_ok(id),
        Err(error) => {
            log::debug!(target: LOG_TARGET, "module {} was not loaded: {error}", engine::Hex(code_hash));
            let (code, detail) = error.code();
            pack_error(code, detail)
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "one crossing carries all that an entry takes")]
pub(crate) fn enter(
    mut ext: &mut dyn Externalities,
    code_hash: &[u8; 32],
    storage_key: &[u8],
    imports: &[u8],
    gas_model: u32,
    export: &[u8],
    gas: i64,
    frame: &[u8],
) -> Vec<u8> {
    // First and always, so that the item is in the proof whatever else happens here.
    let item = ext.storage(storage_key);
    let blob = item.as_deref().map(bare_blob);
    state(&mut ext).enter(code_hash, blob, imports, gas_model, export, gas, frame).unwrap_or_else(|error| {
        log::debug!(target: LOG_TARGET, "module {} was not entered: {error}", engine::Hex(code_hash));
        wire::encode_enter_error(error)
    })
}

/// Goes on after a host call. An instance that `enter` made ends with its last exit.
pub(crate) fn resume_entered(
    mut ext: &mut dyn Externalities,
    id: u32,
    gas: i64,
    result: Option<u64>,
    writes: &[u8],
) -> Vec<u8> {
    let Some(extension) = ext.extension::<ReviveVmExt>() else {
        return wire::encode_run_error(RunError::NoSuchInstance);
    };
    let state = &mut extension.0;
    let resumed = state
        .instance(id)
        .ok_or(RunError::NoSuchInstance)
        .and_then(|instance| instance.resume(gas, result, writes));
    match resumed {
        Ok(mut record) => {
            state.close_ended(id, &mut record);
            record
        }
        Err(error) => wire::encode_run_error(error),
    }
}

pub(crate) fn drop_module(mut ext: &mut dyn Externalities, module: u32) {
    if let Some(extension) = ext.extension::<ReviveVmExt>() {
        extension.0.drop_module(module);
    }
}

pub(crate) fn instantiate(mut ext: &mut dyn Externalities, module: u32) -> u64 {
    let Some(extension) = ext.extension::<ReviveVmExt>() else {
        return pack_error(InstantiateError::NoSuchModule.code(), 0);
    };
    match extension.0.instantiate(module) {
        Ok(id) => pack_ok(id),
        Err(error) => pack_error(error.code(), 0),
    }
}

pub(crate) fn drop_instance(mut ext: &mut dyn Externalities, instance: u32) {
    if let Some(extension) = ext.extension::<ReviveVmExt>() {
        extension.0.drop_instance(instance);
    }
}
