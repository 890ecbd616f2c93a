// SPDX-License-Identifier: Apache-2.0
//! What the host keeps for one externalities: the modules entered last and the instances that are alive.
//!
//! It is an extension of the externalities, registered by the first host function that needs it. A runtime call runs in
//! externalities of its own, which own the extensions registered during the call and drop them when it ends, however it
//! ends: result, error, or panic of the runtime. So nothing survives a call, whatever the runtime forgot to drop.
//! Rolled back storage layers need no care: ids are never used twice, and what an instance did inside a rolled back
//! layer is the runtime's business.

use super::{engine, off_chain, table::import_table, Counted, LOG_TARGET};
use crate::{
    error::{EnterError, LoadError, RunError},
    guest::{bare_blob, Guest, Links},
    limits, wire, HOST_TROUBLE,
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

/// Modules that instances use or runtime calls keep in this process, over all externalities. 0 whenever no runtime call
/// is being executed; for tests and metrics. Compiled modules that are merely cached do not count.
pub fn live_modules() -> usize {
    LIVE_MODULES.load(Ordering::SeqCst)
}

/// A module linked against an import table.
pub(super) struct LinkedModule {
    pub(super) executable: executor::Module,
    links: Links,
    code_hash: [u8; 32],
    gas_model: GasModel,
    _counted: Counted,
}

/// An instance of the process's engine.
pub(super) struct Engine(pub(super) executor::Instance);

/// An instance that is alive.
pub(super) struct LiveInstance {
    id: u32,
    pub(super) guest: Guest<Engine>,
    _module: Arc<LinkedModule>,
    _counted: Counted,
    /// Given back behind the guest's worker.
    _room: Option<Counted>,
}

/// The state of one externalities.
#[derive(Default)]
pub(crate) struct State {
    /// The last id given out.
    last_id: u32,
    /// The [`MODULES_KEPT`](limits::MODULES_KEPT) modules that were entered last, in that order.
    kept: Vec<Arc<LinkedModule>>,
    /// In the order in which they were made. Calls nest, so the instance in use is nearly always the last.
    instances: Vec<LiveInstance>,
}

decl_extension! {
    /// Carries [`State`] in the externalities.
    pub(crate) struct ReviveVmExt(State);
}

impl State {
    /// The module of that code, kept from before or made now, which is kept from now on.
    fn load(
        &mut self,
        code_hash: &[u8; 32],
        blob: Option<&[u8]>,
        imports: &[u8],
        gas_model: u32,
    ) -> Result<Arc<LinkedModule>, LoadError> {
        let table = import_table(imports).ok_or(LoadError::InvalidImportTable)?;
        let gas_model = GasModel::from_id(gas_model).ok_or(LoadError::UnsupportedGasModel)?;
        let blob = blob.ok_or(LoadError::CodeNotFound)?;

        let index = self.kept.iter().rposition(|kept| {
            kept.code_hash == *code_hash && kept.gas_model == gas_model && kept.links.table == table
        });
        let module = match index {
            Some(index) => {
                // Its hash was verified against these very bytes, unless the state item has changed since.
                if self.kept[index].executable.blob_bytes() != blob {
                    return Err(LoadError::HashMismatch);
                }
                self.kept.remove(index)
            }
            None => {
                let executable = engine::module(code_hash, blob, gas_model)?;
                let links = Links::new(table, executable.imports())?;
                if self.kept.len() >= limits::MODULES_KEPT {
                    self.kept.remove(0);
                }
                Arc::new(LinkedModule {
                    executable,
                    links,
                    code_hash: *code_hash,
                    gas_model,
                    _counted: Counted::new(&LIVE_MODULES),
                })
            }
        };
        self.kept.push(module.clone());
        Ok(module)
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
        if self.instances.len() >= limits::INSTANCES_MAX {
            return Err(EnterError::TooManyInstances);
        }
        let id = self.last_id.checked_add(1).ok_or(EnterError::TooManyInstances)?;
        let room = off_chain::room().unwrap_or_else(|max| {
            panic!(
                "{HOST_TROUBLE}: dry runs and the like have {max} contracts on their way, as many as they may have; \
                 the other worker processes are for blocks"
            )
        });
        let instance = match executor::Instance::new(&module.executable) {
            Ok(instance) => Engine(instance),
            // Host trouble is never a result that the runtime could see.
            Err(trouble) => panic!("{HOST_TROUBLE}: {trouble}"),
        };
        let export = module.executable.export_offset(export);
        let (guest, mut record) = Guest::enter(instance, module.links.clone(), frame, export, gas)?;
        self.last_id = id;
        wire::set_instance(&mut record, id);
        if guest.has_ended() {
            wire::set_closed(&mut record);
        } else {
            let _counted = Counted::new(&LIVE_INSTANCES);
            self.instances.push(LiveInstance { id, guest, _module: module, _counted, _room: room });
        }
        Ok(record)
    }

    /// Goes on after a host call. An instance that will never run again is gone, and the record says so.
    fn resume(&mut self, id: u32, gas: i64, result: Option<u64>, writes: &[u8]) -> Result<Vec<u8>, RunError> {
        let index = self.index(id).ok_or(RunError::NoSuchInstance)?;
        let guest = &mut self.instances[index].guest;
        let mut record = guest.resume(gas, result, writes)?;
        if guest.has_ended() {
            self.instances.remove(index);
            wire::set_closed(&mut record);
        }
        Ok(record)
    }

    fn close(&mut self, id: u32) {
        if let Some(index) = self.index(id) {
            self.instances.remove(index);
        }
    }

    fn index(&self, id: u32) -> Option<usize> {
        self.instances.iter().rposition(|live| live.id == id)
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
    let state = &mut ext.extension::<ReviveVmExt>()?.0;
    let index = state.index(id)?;
    state.instances.get_mut(index)
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

pub(crate) fn resume(
    mut ext: &mut dyn Externalities,
    id: u32,
    gas: i64,
    result: Option<u64>,
    writes: &[u8],
) -> Vec<u8> {
    ext.extension::<ReviveVmExt>()
        .ok_or(RunError::NoSuchInstance)
        .and_then(|extension| extension.0.resume(id, gas, result, writes))
        .unwrap_or_else(wire::encode_run_error)
}

pub(crate) fn close(mut ext: &mut dyn Externalities, instance: u32) {
    if let Some(extension) = ext.extension::<ReviveVmExt>() {
        extension.0.close(instance);
    }
}
