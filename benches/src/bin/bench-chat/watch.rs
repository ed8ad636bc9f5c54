//! What a run cost: processor time by role, and how often a device was told to keep something.

use std::{
    collections::BTreeMap,
    fs::read_to_string,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use serde_json::{Value, json};

/// Processes by what they are to the measured server.
pub type Roles = Vec<(String, Vec<i32>)>;

/// From its start to [`Watch::end`].
#[derive(Debug)]
pub struct Watch {
    roles: Roles,
    before: BTreeMap<String, (f64, f64)>,
    begun: Instant,
    syncs: Option<Syncs>,
}

impl Watch {
    /// Watches these processes, and the generator, which is this one.
    #[must_use]
    pub fn begin(mut roles: Roles, dir: &Path) -> Self {
        let servers: Vec<i32> = roles.iter().flat_map(|(_, ids)| ids.clone()).collect();
        roles.push((
            "generator".to_owned(),
            vec![std::process::id().cast_signed()],
        ));
        Self {
            before: roles
                .iter()
                .map(|(role, ids)| (role.clone(), spent(ids)))
                .collect(),
            roles,
            begun: Instant::now(),
            syncs: Syncs::begin(&servers, dir),
        }
    }

    /// Cores that each role kept busy (user and system time by the time that passed), and
    /// `fsync`s and `fdatasync`s of the servers, where the kernel's tracepoints can be counted; and
    /// the seconds that passed.
    #[must_use]
    pub fn end(self) -> (Value, Option<u64>, f64) {
        let passed = self.begun.elapsed().as_secs_f64();
        let cores: serde_json::Map<String, Value> = self
            .roles
            .iter()
            .map(|(role, ids)| {
                let ((user, system), (user0, system0)) = (spent(ids), self.before[role]);
                let hundredths = |seconds: f64| (seconds / passed * 100.0).round() / 100.0;
                let busy = json!({ "user": hundredths(user - user0), "system": hundredths(system - system0) });
                (role.clone(), busy)
            })
            .collect();
        (
            Value::Object(cores),
            self.syncs.and_then(Syncs::end),
            passed,
        )
    }
}

/// Seconds of user and of system time that these have used so far.
fn spent(ids: &[i32]) -> (f64, f64) {
    // Linux counts in hundredths (`sysconf(_SC_CLK_TCK)`) on every platform that Kefu runs on.
    const TICKS: f64 = 100.0;
    ids.iter()
        .filter_map(|id| ticks(*id))
        .fold((0.0, 0.0), |(user, system), (u, s)| {
            (user + u / TICKS, system + s / TICKS)
        })
}

fn ticks(id: i32) -> Option<(f64, f64)> {
    let stat = read_to_string(format!("/proc/{id}/stat")).ok()?;
    // After the name, which may hold anything: state is field 3, utime 14, stime 15.
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The processes of this name.
#[must_use]
pub fn named(name: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let has =
        |id: &i32| read_to_string(format!("/proc/{id}/comm")).is_ok_and(|comm| comm.trim() == name);
    ids.filter(has).collect()
}

/// `perf stat` beside the run.
#[derive(Debug)]
struct Syncs {
    perf: Child,
    file: PathBuf,
}

impl Syncs {
    fn begin(ids: &[i32], dir: &Path) -> Option<Self> {
        let file = dir.join("syncs.csv");
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let perf = Command::new("perf")
            .args(["stat", "-x", ",", "-e"])
            .arg("syscalls:sys_enter_fdatasync,syscalls:sys_enter_fsync")
            .args(["-p", &ids.join(","), "-o"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        Some(Self { perf, file })
    }

    fn end(mut self) -> Option<u64> {
        // It writes its counts when it is interrupted.
        let id = nix::unistd::Pid::from_raw(self.perf.id().cast_signed());
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT).ok()?;
        self.perf.wait().ok()?;
        let text = read_to_string(&self.file).ok()?;
        std::fs::remove_file(&self.file).ok()?;
        let counts = text.lines().filter(|line| line.contains("sys_enter_"));
        let counts: Vec<u64> = counts
            .filter_map(|line| line.split(',').next()?.parse().ok())
            .collect();
        (counts.len() == 2).then(|| counts.iter().sum())
    }
}

impl Drop for Syncs {
    fn drop(&mut self) {
        let _ = self.perf.kill();
        let _ = self.perf.wait();
    }
}
