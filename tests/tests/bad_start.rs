//! A service that cannot start says why and what to do, and wipes nothing.

use std::{fs, path::Path};

use kefu_tests::{Ended, Options, Service, Visitor, workspace_root};

const UNUSABLE: Option<i32> = Some(78);

async fn refused(options: Options) -> Ended {
    match Service::try_start(options).await {
        Ok(_) => panic!("it must not start"),
        Err(ended) => ended,
    }
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[tokio::test]
async fn a_port_that_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let mut options = Options::default().without_model();
    options.args = vec!["--listen".into(), address.clone()];
    let ended = refused(options).await;
    assert_eq!(ended.code, UNUSABLE, "{}", ended.log);
    assert!(ended.log.contains(&address), "{}", ended.log);
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("file");
    fs::write(&file, "in the way").expect("written");
    let ended = refused(
        Options::default()
            .without_model()
            .data_dir(&file.join("data")),
    )
    .await;
    assert_eq!(ended.code, UNUSABLE, "{}", ended.log);
    assert!(ended.log.contains("cannot be written"), "{}", ended.log);
}

#[tokio::test]
async fn an_unknown_configuration_key() {
    let ended = refused(Options::default().env("KEFU_CHAT__NO_SUCH_KEY", 1)).await;
    assert_eq!(ended.code, UNUSABLE, "{}", ended.log);
    assert!(ended.log.contains("no_such_key"), "{}", ended.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupted_database_is_refused_and_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = || Options::default().without_model().data_dir(dir.path());
    let mut service = Service::start(options()).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("你好").await;
    service.terminate().await;
    let database = fs::read_dir(dir.path())
        .expect("a directory")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            path.extension()
                .is_some_and(|kind| kind == "db" || kind == "sqlite")
        })
        .expect("a database");
    let mut bytes = fs::read(&database).expect("read");
    let middle = bytes.len().min(4096);
    bytes[100..middle].fill(0xAB);
    fs::write(&database, &bytes).expect("written");

    let ended = refused(options()).await;
    assert_eq!(ended.code, UNUSABLE, "{}", ended.log);
    let name = database
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name");
    assert!(ended.log.contains(name), "{}", ended.log);
    assert_eq!(
        fs::read(&database).expect("read"),
        bytes,
        "nothing is wiped"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_model_names_the_command_that_mends_it() {
    let missing = Options::default().env("KEFU_BOT__MODEL_DIR", "no/such/model");
    let ended = refused(missing.clone()).await;
    assert_eq!(ended.code, UNUSABLE, "{}", ended.log);
    assert!(
        ended.log.contains("make model") || ended.log.contains("cargo xtask model"),
        "{}",
        ended.log
    );
    // With the operator's leave, keywords alone serve.
    let service = Service::start(missing.env("KEFU_BOT__MODEL_REQUIRED", false)).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("转人工").await;
    visitor.until_phase(kefu_proto::v1::Phase::Queued).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_model_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let model = workspace_root().join("models/multilingual-e5-small");
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(model.join(name), dir.path().join(name)).expect("make model comes first");
    }
    let weights = fs::read(model.join("model.safetensors")).expect("make model comes first");
    fs::write(
        dir.path().join("model.safetensors"),
        &weights[..weights.len() / 2],
    )
    .expect("written");
    let ended = refused(Options::default().env("KEFU_BOT__MODEL_DIR", dir.path().display())).await;
    assert_eq!(ended.code, UNUSABLE, "{}", ended.log);
    assert!(ended.log.contains("model.safetensors"), "{}", ended.log);
    assert!(
        ended.log.contains("make model") || ended.log.contains("cargo xtask model"),
        "{}",
        ended.log
    );
}

#[tokio::test]
async fn broken_intents_name_file_and_line() {
    let dir = tempfile::tempdir().expect("a directory");
    copy_dir(&workspace_root().join("intents"), dir.path());
    let broken = "intents:\n  - id: broken\n    title: x\n    phrasing: [typo in the key]\n";
    fs::write(dir.path().join("zz_broken.yaml"), broken).expect("written");
    let options = Options::default()
        .without_model()
        .env("KEFU_BOT__INTENTS_DIR", dir.path().display());
    let ended = refused(options).await;
    assert_eq!(ended.code, UNUSABLE, "{}", ended.log);
    assert!(ended.log.contains("zz_broken.yaml:4"), "{}", ended.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_data_directory_is_served_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = || Options::default().without_model().data_dir(dir.path());
    let _first = Service::start(options()).await;
    let ended = refused(options()).await;
    assert_eq!(ended.code, UNUSABLE, "{}", ended.log);
    assert!(ended.log.contains("another kefu"), "{}", ended.log);
}
