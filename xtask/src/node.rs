// SPDX-License-Identifier: Apache-2.0
//! A dev node as a child process: started on a free port, waited for, and stopped when it is dropped.

use std::{
    fs::File,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{json, Value};

use crate::{
    run::{program, Progress, Result},
    workspace,
};

/// How long a node may take from its start to its first answer.
const START_DEADLINE: Duration = Duration::from_secs(120);

/// A running dev node.
pub(crate) struct Node {
    child: Option<Child>,
    port: u16,
    log: PathBuf,
}

impl Node {
    /// Starts a node with a block per transaction and a database that vanishes with it, and waits until it answers.
    ///
    /// A node that is to `stay` gets a process group of its own, so that it outlives the terminal's interrupt key.
    pub(crate) fn start(progress: &Progress, name: &str, stay: bool) -> Result<Self> {
        let (port, network_port) = (free_port()?, free_port()?);
        let log = workspace::target_dir().join(format!("{name}-node.log"));
        let file = File::create(&log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let errors = file.try_clone().map_err(|error| error.to_string())?;
        let binary = workspace::release_binary("revive-vm-node");
        let mut command = program(&binary);
        if stay {
            command.process_group(0);
        }
        let child = command
            .args([
                "--dev",
                "--no-prometheus",
                "--no-telemetry",
                "--no-mdns",
                "--rpc-port",
                &port.to_string(),
            ])
            .args(["--port", &network_port.to_string()])
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", binary.display()))?;
        let mut node = Self { child: Some(child), port, log };
        node.wait_until_it_answers()?;
        progress.say(format_args!("the node answers at {} (log: {})", node.url(), node.log.display()));
        Ok(node)
    }

    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// The hash and the number of the best block: proof that the node is alive.
    pub(crate) fn best_block(&self) -> Result<u64> {
        let header = self.rpc("chain_getHeader")?;
        let number = header["number"]
            .as_str()
            .and_then(|text| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok());
        number.ok_or_else(|| format!("the node gave no block number: {header}"))
    }

    /// Leaves the node running and gives its process number.
    pub(crate) fn keep(mut self) -> u32 {
        self.child.take().map_or(0, |child| child.id())
    }

    fn wait_until_it_answers(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                return Err(format!("the node ended with {status}; its log is {}", self.log.display()));
            }
            match self.rpc("system_health") {
                Ok(_) => return Ok(()),
                Err(error) if start.elapsed() > START_DEADLINE => {
                    return Err(format!(
                        "the node gave no answer within {} s ({error}); its log is {}",
                        START_DEADLINE.as_secs(),
                        self.log.display()
                    ))
                }
                Err(_) => thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    /// One JSON-RPC request without parameters, over plain HTTP: enough to ask for a sign of life.
    fn rpc(&self, method: &str) -> Result<Value> {
        let text = |error: std::io::Error| error.to_string();
        let timeout = Duration::from_secs(10);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect_timeout(&address, timeout).map_err(text)?;
        stream.set_read_timeout(Some(timeout)).map_err(text)?;
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": [] }).to_string();
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .map_err(text)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(text)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("the answer has no body")?;
        let mut answer: Value = serde_json::from_str(body).map_err(|error| format!("{error}: {body}"))?;
        match answer.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => Err(answer.to_string()),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself; then there is nothing to stop.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port of this machine that nobody listens on now.
fn free_port() -> Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port: {error}"))
}
