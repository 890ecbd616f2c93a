// SPDX-License-Identifier: Apache-2.0
//! What there is to see at a stop, by scope: registers, the contract, the instruction that was executed last, the last host call.

use revive_vm_executor::trace::{Access, AccessKind, Data};
use revive_vm_primitives::Reg;
use serde_json::{json, Value};

use super::{
    frames::{Focus, Stack},
    protocol::Variable,
    references::{self, MemoryReference},
};
use crate::{
    expression::{self, shown_bytes},
    Answer, Session,
};

/// Scopes that a reference can name.
const SCOPES: u64 = 8;

/// A scope of an open frame.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Registers = 1,
    Contract,
    LastInstruction,
    HostCall,
}

impl Scope {
    /// The number by which clients ask for it.
    fn reference(self, contract: usize) -> u64 {
        contract as u64 * SCOPES + self as u64
    }

    /// The scope and its open frame.
    pub(super) fn parse(reference: u64) -> Option<(Self, usize)> {
        let scopes = [Self::Registers, Self::Contract, Self::LastInstruction, Self::HostCall];
        let scope = scopes.into_iter().find(|scope| *scope as u64 == reference % SCOPES)?;
        Some((scope, usize::try_from(reference / SCOPES).ok()?))
    }
}

/// The answer to `scopes`.
pub(super) fn scopes(session: &Session, focus: &Focus) -> Value {
    let contract = focus.contract;
    let scope = |name: &str, scope: Scope| json!({ "name": name, "variablesReference": scope.reference(contract), "expensive": false });
    // What callers had in their registers is not known.
    let registers = if focus.is_innermost { "Registers" } else { "Registers (of the innermost function)" };
    let mut scopes = vec![scope(registers, Scope::Registers), scope("Contract", Scope::Contract)];
    scopes[0]["presentationHint"] = "registers".into();
    if contract == 0 && session.last_step().is_some() {
        scopes.push(scope("Last instruction", Scope::LastInstruction));
    }
    if session.last_host_call(contract).is_some() {
        scopes.push(scope("Host call", Scope::HostCall));
    }
    json!({ "scopes": scopes })
}

/// What a scope of an open frame has.
pub(super) fn of_scope(
    session: &Session,
    stack: &Stack,
    scope: Scope,
    contract: usize,
) -> Option<Vec<Variable>> {
    match scope {
        Scope::Registers => registers(session, contract),
        Scope::Contract => about_contract(session, stack, contract),
        Scope::LastInstruction if contract == 0 => last_instruction(session),
        Scope::LastInstruction => None,
        Scope::HostCall => host_call(session, contract),
    }
}

/// A number as people read it.
fn shown(value: u64) -> String {
    expression::Value::Number(value).to_string()
}

fn variable(name: impl Into<String>, value: impl Into<String>) -> Variable {
    Variable { name: name.into(), value: value.into(), ..Variable::default() }
}

fn pointer(session: &Session, contract: usize, name: impl Into<String>, value: u64) -> Variable {
    Variable {
        kind: Some("u64"),
        memory_reference: references::of_pointer(session, contract, value),
        ..variable(name, shown(value))
    }
}

fn registers(session: &Session, contract: usize) -> Option<Vec<Variable>> {
    Reg::ALL
        .into_iter()
        .map(|reg| {
            let value = session.register(contract, reg)?;
            let evaluate_name = Some(reg.name().to_owned());
            Some(Variable { evaluate_name, ..pointer(session, contract, reg.name(), value) })
        })
        .collect()
}

fn about_contract(session: &Session, stack: &Stack, contract: usize) -> Option<Vec<Variable>> {
    let frame = session.recording().frames.get(session.frame(contract)?)?;
    let named =
        |name: &str, value: String| Variable { evaluate_name: Some(name.into()), ..variable(name, value) };
    let pc = stack.pc(contract)?;
    let mut variables = vec![
        variable("title", frame.title.clone()),
        variable("program", session.program(contract)?),
        variable("export", frame.export.clone()),
        named("gas", session.gas(contract)?.to_string()),
        named("pc", pc.to_string()),
        variable("instruction", session.instruction(contract, pc)?),
        named("time", session.time().to_string()),
    ];
    if let Some(end) = session.end().filter(|_| contract == 0) {
        variables.push(variable("end", end.text.clone()));
    }
    if let Some(call) = session.next_host_call().filter(|call| contract == 0 && call.pc == Some(pc)) {
        variables.push(variable("next host call", call.function.clone()));
    }
    Some(variables)
}

fn data(data: Option<Data>) -> String {
    match data {
        None => "not accessible".into(),
        Some(data) => {
            data.number().map_or_else(|| shown_bytes(data.as_bytes()), |number| format!("{number:#x}"))
        }
    }
}

/// How the memory that an instruction accessed is written.
fn operand(access: &Access) -> String {
    match access.bytes {
        1 | 2 | 4 | 8 if access.kind != AccessKind::Fill => {
            format!("u{} [{:#x}]", access.bytes * 8, access.address)
        }
        bytes => format!("{bytes} bytes [{:#x}]", access.address),
    }
}

fn last_instruction(session: &Session) -> Option<Vec<Variable>> {
    let step = session.last_step()?;
    let mut variables = vec![
        variable("instruction", session.instruction(0, step.pc)?),
        variable("pc", step.pc.to_string()),
        variable("gas", step.gas.to_string()),
    ];
    variables.extend(step.changed().map(|(reg, before, after)| Variable {
        evaluate_name: Some(reg.name().into()),
        ..variable(reg.name(), format!("{before:#x} → {after:#x}"))
    }));
    if let Some(access) = &step.access {
        let value = match access.kind {
            AccessKind::Load => data(access.before),
            AccessKind::Store | AccessKind::Fill => {
                format!("{} → {}", data(access.before), data(access.after))
            }
        };
        variables.push(Variable {
            evaluate_name: Some(operand(access)),
            memory_reference: session
                .frame(0)
                .map(|frame| MemoryReference { frame, address: access.address }.text()),
            ..variable(operand(access), value)
        });
    }
    Some(variables)
}

fn host_call(session: &Session, contract: usize) -> Option<Vec<Variable>> {
    let call = session.last_host_call(contract)?;
    let mut variables = vec![variable("function", call.function.clone())];
    if !call.text.is_empty() {
        variables.push(variable("text", call.text.clone()));
    }
    if contract > 0 {
        // What came of it is known all the same.
        variables.push(variable("state", "under way, in a contract that it has entered"));
    }
    variables.extend(call.pc.map(|pc| variable("pc", pc.to_string())));
    variables.extend(
        Reg::ARGS.iter().zip(call.args).map(|(reg, value)| pointer(session, contract, reg.name(), value)),
    );
    variables.push(variable("gas before", call.gas.to_string()));
    match &call.answer {
        Answer::Ended(end) => variables.push(variable("end", end.text.clone())),
        Answer::Resumed { result, writes, gas } => {
            variables.push(variable("gas behind", gas.to_string()));
            variables.extend(result.map(|result| variable("result", shown(result))));
            variables.extend(writes.iter().map(|(address, bytes)| Variable {
                memory_reference: references::of_pointer(session, contract, u64::from(*address)),
                evaluate_name: Some(format!("{} bytes [{address:#x}]", bytes.len())),
                ..variable(format!("written to {address:#x}"), shown_bytes(bytes))
            }));
        }
    }
    Some(variables)
}
