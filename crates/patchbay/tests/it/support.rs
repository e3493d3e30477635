//! The real binary on a data directory of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

/// What a command did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// What it printed, after it ended well.
    pub(crate) fn text(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The JSON it printed, however it ended.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// What it said when it failed with this code.
    pub(crate) fn failure(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.stderr
    }
}

/// A data directory with an owner, a project and an API key.
pub(crate) struct Installation {
    directory: TempDir,
    pub(crate) project: String,
    pub(crate) key: String,
}

impl Installation {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut made = Self {
            directory,
            project: String::new(),
            key: String::new(),
        };
        let owner = made
            .run(&[
                "owner",
                "create",
                "--email",
                "ana@acme.test",
                "--name",
                "Ana",
                "--json",
            ])
            .json();
        made.project = owner["project"]["id"].as_str().expect("an id").into();
        made.key = made.api_key("write");
        made
    }

    pub(crate) fn api_key(&self, scope: &str) -> String {
        let key = self.run(&[
            "key",
            "create",
            "--project",
            &self.project,
            "--scope",
            scope,
            "--name",
            scope,
            "--json",
        ]);
        key.json()["key"].as_str().expect("a key").to_owned()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.data().join("patchbay.key")
    }

    /// The binary on this directory.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command
            .env("PATCHBAY_DATA", self.data())
            .env("PATCHBAY_KEY", &self.key)
            .env("PATCHBAY_OWNER_PASSWORD", PASSWORD);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        outcome(&mut self.command(args))
    }

    /// Starts the server on a port of its own.
    pub(crate) fn serve(&self, args: &[&str], env: &[(&str, &str)]) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(args).envs(env.iter().copied());
        Server::start(command)
    }
}

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let ready = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("open ")?.1.to_owned()));
        let Some(url) = ready else {
            panic!("the server ended before it was ready: {:?}", child.wait());
        };
        // Read on, so that it never waits for somebody to read.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    /// As a power cut ends it.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// The binary, with nothing of this machine's environment that it would read.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PATCHBAY_") {
            command.env_remove(name);
        }
    }
    command.args(args);
    command
}

pub(crate) fn outcome(command: &mut Command) -> Outcome {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().expect("a UTF-8 path").to_owned()
}

/// Puts other bytes of the same length in place of the first occurrence in a file.
pub(crate) fn forge(path: &Path, old: &str, new: &str) {
    assert_eq!(old.len(), new.len());
    let mut bytes = fs::read(path).expect("the file is read");
    let at = bytes
        .windows(old.len())
        .position(|window| window == old.as_bytes())
        .expect("it is there");
    bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
    fs::write(path, bytes).expect("the file is written");
}
