// SPDX-License-Identifier: Apache-2.0
//! The messages, as far as they are used here. Names are those of the protocol.

use serde::{de::DeserializeOwned, Deserialize, Serialize};
use serde_json::{Map, Value};

/// What can come from a client.
pub(super) enum Message {
    Request(Request),
    Other,
}

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) seq: i64,
    pub(super) command: String,
    #[serde(default)]
    arguments: Value,
}

impl Message {
    pub(super) fn parse(message: Value) -> Result<Self, serde_json::Error> {
        if message.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "request") {
            return Ok(Self::Other);
        }
        serde_json::from_value(message).map(Self::Request)
    }
}

impl Request {
    /// The arguments as they came.
    pub(super) fn map(&self) -> Result<Map<String, Value>, String> {
        match &self.arguments {
            Value::Null => Ok(Map::new()),
            // To the protocol they are anything.
            arguments => serde_json::from_value(arguments.clone()).map_err(|error| self.wrong(&error)),
        }
    }

    pub(super) fn arguments<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_value(Value::Object(self.map()?)).map_err(|error| self.wrong(&error))
    }

    fn wrong(&self, error: &serde_json::Error) -> String {
        format!("the arguments of `{}` are wrong: {error}", self.command.escape_debug())
    }
}

/// How the client counts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Initialize {
    #[serde(rename = "linesStartAt1")]
    pub(super) lines_start_at_1: bool,
    #[serde(rename = "columnsStartAt1")]
    pub(super) columns_start_at_1: bool,
    pub(super) path_format: String,
}

impl Default for Initialize {
    fn default() -> Self {
        Self { lines_start_at_1: true, columns_start_at_1: true, path_format: "path".into() }
    }
}

impl Initialize {
    /// A line or column that is counted from 1, 0 being unknown, as the client counts it.
    fn shown(number: u32, starts_at_1: bool) -> u32 {
        if starts_at_1 {
            number
        } else {
            number.saturating_sub(1)
        }
    }

    pub(super) fn line(&self, line: u32) -> u32 {
        Self::shown(line, self.lines_start_at_1)
    }

    pub(super) fn column(&self, column: u32) -> u32 {
        Self::shown(column, self.columns_start_at_1)
    }

    /// A line of the client's, counted from 1.
    pub(super) fn line_from_1(&self, line: u32) -> u32 {
        if self.lines_start_at_1 {
            line
        } else {
            line.saturating_add(1)
        }
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Source {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SetBreakpoints {
    pub(super) source: Source,
    #[serde(default)]
    pub(super) breakpoints: Vec<SourceBreakpoint>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SourceBreakpoint {
    pub(super) line: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct SetFunctionBreakpoints {
    pub(super) breakpoints: Vec<FunctionBreakpoint>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FunctionBreakpoint {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct SetInstructionBreakpoints {
    pub(super) breakpoints: Vec<InstructionBreakpoint>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InstructionBreakpoint {
    pub(super) instruction_reference: String,
    #[serde(default)]
    pub(super) offset: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SetExceptionBreakpoints {
    #[serde(default)]
    pub(super) filters: Vec<String>,
    #[serde(default)]
    pub(super) filter_options: Vec<FilterOptions>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FilterOptions {
    pub(super) filter_id: String,
    #[serde(default)]
    pub(super) condition: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DataBreakpointInfo {
    #[serde(default)]
    pub(super) variables_reference: Option<u64>,
    pub(super) name: String,
    #[serde(default)]
    pub(super) frame_id: Option<usize>,
    #[serde(default)]
    pub(super) bytes: Option<u32>,
    #[serde(default)]
    pub(super) as_address: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct SetDataBreakpoints {
    pub(super) breakpoints: Vec<DataBreakpoint>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DataBreakpoint {
    pub(super) data_id: String,
    #[serde(default)]
    pub(super) access_type: Option<String>,
}

/// A breakpoint, as a client is told of it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Breakpoint {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<u32>,
    pub(super) verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Step {
    pub(super) granularity: Option<String>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct StackTrace {
    pub(super) start_frame: usize,
    pub(super) levels: usize,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StackFrame {
    pub(super) id: usize,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<Source>,
    pub(super) line: u32,
    pub(super) column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instruction_pointer_reference: Option<String>,
    pub(super) module_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) presentation_hint: Option<&'static str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scopes {
    pub(super) frame_id: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Variables {
    pub(super) variables_reference: u64,
    #[serde(default)]
    pub(super) start: usize,
    #[serde(default)]
    pub(super) count: usize,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evaluate_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_reference: Option<String>,
    pub(super) variables_reference: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Evaluate {
    pub(super) expression: String,
    #[serde(default)]
    pub(super) frame_id: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadMemory {
    pub(super) memory_reference: String,
    #[serde(default)]
    pub(super) offset: i64,
    pub(super) count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Disassemble {
    pub(super) memory_reference: String,
    #[serde(default)]
    pub(super) offset: i64,
    #[serde(default)]
    pub(super) instruction_offset: i64,
    pub(super) instruction_count: u64,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DisassembledInstruction {
    pub(super) address: String,
    pub(super) instruction: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) symbol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) presentation_hint: Option<&'static str>,
}
