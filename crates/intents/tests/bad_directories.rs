//! What can lie in a directory, and what is said of it. Nothing hangs, and one bad thing never
//! hides another.

use std::{fs, os::unix, path::Path, process::Command};

use jiff::civil::{Date, date};
use kefu_intents::{check_dir, limits};
use tempfile::TempDir;

const TODAY: Date = date(2026, 11, 21);
const GOOD: &str = "intents:\n- {id: a, title: 甲, phrasings: [甲甲]}\n";

/// A directory with one good file in it.
fn directory() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory can be made");
    write(dir.path(), "good.yaml", GOOD.as_bytes());
    dir
}

fn write(dir: &Path, name: &str, bytes: &[u8]) {
    fs::write(dir.join(name), bytes).expect("a file can be written");
}

/// Everything that is said, without the directory's own path.
fn said(dir: &TempDir) -> String {
    let here = format!("{}/", dir.path().display());
    check_dir(dir.path(), TODAY).to_string().replace(&here, "")
}

#[test]
fn a_link_that_leads_in_a_circle_is_named_and_not_followed() {
    let dir = directory();
    fs::create_dir(dir.path().join("sub")).expect("made");
    for name in ["one", "two", "three"] {
        unix::fs::symlink(dir.path(), dir.path().join("sub").join(name)).expect("linked");
    }
    let said = said(&dir);
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(
        said.contains("sub/two: error: this link leads back to a directory above it"),
        "{said}"
    );
}

#[test]
fn links_to_files_count_and_broken_ones_are_named() {
    let dir = directory();
    let elsewhere = tempfile::tempdir().expect("a directory can be made");
    write(
        elsewhere.path(),
        "real",
        GOOD.replace("id: a", "id: b")
            .replace("甲甲", "乙乙")
            .as_bytes(),
    );
    unix::fs::symlink(elsewhere.path().join("real"), dir.path().join("b.yaml")).expect("linked");
    assert_eq!(said(&dir), "");
    unix::fs::symlink("nowhere", dir.path().join("c.yaml")).expect("linked");
    unix::fs::symlink("d.yaml", dir.path().join("d.yaml")).expect("linked");
    let said = said(&dir);
    assert!(
        said.contains("c.yaml: error: the file cannot be read: No such file"),
        "{said}"
    );
    assert!(
        said.contains("d.yaml: error: the file cannot be read: "),
        "{said}"
    );
}

#[test]
fn pipes_sockets_and_devices_are_named_and_never_opened() {
    let dir = directory();
    let pipe = Command::new("mkfifo")
        .arg(dir.path().join("pipe.yaml"))
        .status();
    assert!(pipe.expect("mkfifo is there").success());
    let _socket = unix::net::UnixListener::bind(dir.path().join("socket.yml")).expect("bound");
    unix::fs::symlink("/dev/zero", dir.path().join("zero.yaml")).expect("linked");
    let said = said(&dir);
    for name in ["pipe.yaml", "socket.yml", "zero.yaml"] {
        assert!(
            said.contains(&format!(
                "{name}: error: this is a pipe, a socket or a device"
            )),
            "{said}"
        );
    }
}

#[test]
fn other_files_and_hidden_ones_are_nobody_s_business() {
    let dir = directory();
    write(dir.path(), "notes.txt", b"\xFF\xFE");
    write(dir.path(), ".good.yaml.swp", b"\0\0");
    write(dir.path(), "good.yaml~", b"intents: [");
    unix::fs::symlink("nowhere", dir.path().join("broken.txt")).expect("linked");
    fs::create_dir(dir.path().join("looks-like.yaml")).expect("made");
    assert_eq!(said(&dir), "");
}

#[test]
fn too_many_files_are_refused_by_the_limit() {
    let dir = directory();
    for at in 0..limits::FILES_MAX {
        write(dir.path(), &format!("{at}.yaml"), b"");
    }
    let report = check_dir(dir.path(), TODAY);
    assert_eq!(report.errors, 1);
    let refusal = format!("there are more than {} intent files", limits::FILES_MAX);
    assert!(report.to_string().contains(&refusal));
}

#[test]
fn directories_too_deep_in_each_other_are_refused_by_the_limit() {
    let dir = directory();
    let deep = format!("deep{}", "/d".repeat(limits::DIRECTORY_DEPTH_MAX));
    fs::create_dir_all(dir.path().join(deep)).expect("made");
    let said = said(&dir);
    assert!(
        said.contains(&format!("more than {} deep", limits::DIRECTORY_DEPTH_MAX)),
        "{said}"
    );
}

#[test]
fn bytes_that_are_no_utf8_and_files_that_are_too_long_are_refused_together() {
    let dir = directory();
    write(
        dir.path(),
        "gbk.yaml",
        b"intents:\n- id: \xcd\xcb\xbb\xf5\n",
    );
    write(dir.path(), "utf16.yaml", b"\xFF\xFEi\0n\0");
    let long = fs::File::create(dir.path().join("long.yaml")).expect("made");
    long.set_len(limits::FILE_BYTES_MAX + 1)
        .expect("it can be long");
    let said = said(&dir);
    for expected in [
        "gbk.yaml:2:7: error: the file is not UTF-8 here: save it as UTF-8 (not GBK)",
        "utf16.yaml:1:1: error: the file is not UTF-8 here: save it as UTF-8 (not UTF-16)",
        &format!(
            "long.yaml: error: the file has more than {} bytes: split it",
            limits::FILE_BYTES_MAX
        ),
    ] {
        assert!(said.contains(expected), "{expected} in:\n{said}");
    }
}

#[test]
fn a_path_that_is_no_directory_says_so() {
    let dir = directory();
    let file = check_dir(&dir.path().join("good.yaml"), TODAY).to_string();
    assert!(
        file.contains("good.yaml: error: the directory cannot be read: Not a directory"),
        "{file}"
    );
}
