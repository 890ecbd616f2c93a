// SPDX-License-Identifier: Apache-2.0
//! Starts the built node for a test, talks to its RPC, and stops it.

pub(crate) mod transactions;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{json, Value};

/// Long enough for a busy machine to compile the runtime; who needs it all has failed anyway.
const PATIENCE: Duration = Duration::from_secs(600);

/// A running node, which ends with this value.
pub(crate) struct Node {
    child: Child,
    rpc: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Node {
    /// Starts a node with `args`, RPC and metrics on ports that the kernel picks, and waits until it answers.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .args(["--rpc-port", "0", "--prometheus-port", "0", "--no-telemetry"])
            .args(args)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the node's binary starts");

        let log = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();
        let sink = log.clone();
        // The pipe must be drained until the node ends, or the node would block on it.
        thread::spawn(move || {
            while let Some(Ok(line)) = lines.next() {
                let mut log = sink.lock().expect("no test panics with the log");
                log.push_str(&line);
                log.push('\n');
            }
        });

        let mut node = Self { child, rpc: SocketAddr::from(([127, 0, 0, 1], 0)), log };
        node.rpc = node.wait_for("the RPC server's address", |node| {
            let log = node.log();
            let (_, addresses) = log.split_once("Running JSON-RPC server: addr=")?;
            addresses.split([',', '\n']).next()?.trim().parse().ok()
        });
        node
    }

    /// Where the node's RPC listens.
    pub(crate) fn rpc_address(&self) -> SocketAddr {
        self.rpc
    }

    /// The process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the node has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("no test panics with the log").clone()
    }

    /// The node's metrics, as it gives them to Prometheus.
    pub(crate) fn metrics(&mut self) -> String {
        let address = self.wait_for("the metrics' address", |node| {
            let log = node.log();
            let (_, address) = log.split_once("Prometheus exporter started at ")?;
            address.split_whitespace().next()?.parse().ok()
        });
        http(address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    }

    /// Calls a method and returns its result.
    pub(crate) fn call(&self, method: &str, params: Value) -> Value {
        call(self.rpc, method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Asks `probe` until it has an answer.
    pub(crate) fn wait_for<T>(&mut self, what: &str, probe: impl Fn(&Self) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(answer) = probe(self) {
                return answer;
            }
            let ended = self.child.try_wait().expect("the node can be asked for its status");
            assert!(ended.is_none(), "the node ended ({ended:?}) before {what}:\n{}", self.log());
            assert!(start.elapsed() < PATIENCE, "no {what} in {PATIENCE:?}:\n{}", self.log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The number of the last finalized block.
    pub(crate) fn finalized(&self) -> u64 {
        let hash = self.call("chain_getFinalizedHead", json!([]));
        let header = self.call("chain_getHeader", json!([hash]));
        number(&header["number"])
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Calls a method of the node at `rpc` and returns its result. Errors: what the node says.
pub(crate) fn call(rpc: SocketAddr, method: &str, params: Value) -> Result<Value, Value> {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let body = http(
        rpc,
        &format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{request}",
            request.len(),
        ),
    );
    let mut body: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error} in {body}"));
    match body.get_mut("error") {
        Some(error) => Err(error.take()),
        None => Ok(body["result"].take()),
    }
}

/// Sends a request and returns the reply's body.
fn http(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the node accepts connections");
    stream.write_all(request.as_bytes()).expect("the node reads the request");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("the node answers in UTF-8");
    let (_, body) = reply.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no body in {reply}"));
    body.to_owned()
}

/// The binary under test.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_revive-vm-node"))
}

/// A number as the RPC writes it in hexadecimal.
pub(crate) fn number(value: &Value) -> u64 {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is not a string"));
    u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_else(|error| panic!("{error} in {text}"))
}
