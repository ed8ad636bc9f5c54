//! A company's FAQ workbook, imported by the command and answered by the service, in both languages.

use std::{fs, path::Path, process::Command};

use kefu_knowledge::tiny;
use kefu_proto::v1::{Message, Sender, body::Kind, button::Action};
use kefu_tests::{Options, Service, Visitor, text_of, workspace_root};

fn workbook() -> Vec<u8> {
    let rows: &[&[&str]] = &[
        &["编号", "标准问", "相似问", "答案", "链接", "语言"],
        &[
            "purifier-filter",
            "空气净化器的滤芯多久更换一次",
            "净化器滤芯寿命\n滤芯用多久要换",
            "滤芯建议每六个月更换一次。",
            "https://shop.example/filter",
            "中文",
        ],
        &[
            "gift-card",
            "Can I pay with a gift card from a physical store?",
            "gift card in the online shop",
            "Gift cards from our stores are valid online, too.",
            "",
            "en",
        ],
        &[
            "parking",
            "线下门店可以停车吗",
            "门店有停车场吗",
            "每家门店都有两小时免费停车。",
            "",
            "",
        ],
    ];
    tiny::workbook(rows, &[]).expect("a workbook")
}

/// The shipped intents, and beside them what the command made of the workbook.
fn intents(dir: &Path) {
    let shipped = fs::read_dir(workspace_root().join("intents")).expect("the shipped intents");
    for entry in shipped.flatten() {
        if entry.path().extension().is_some_and(|ext| ext == "yaml") {
            fs::copy(entry.path(), dir.join(entry.file_name())).expect("copied");
        }
    }
}

fn import(file: &Path, out: &Path) -> (bool, String) {
    let output = Command::new(kefu_tests::binary())
        .args(["intents", "import"])
        .arg(file)
        .arg("--out")
        .arg(out)
        .env(
            "KEFU_BOT__CACHE_DIR",
            workspace_root().join("target/test-vectors"),
        )
        .current_dir(workspace_root())
        .output()
        .expect("the command runs");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn links(message: &Message) -> Vec<String> {
    let Some(Kind::Text(text)) = message.body.as_ref().and_then(|body| body.kind.as_ref()) else {
        return vec![];
    };
    let actions = text
        .buttons
        .iter()
        .filter_map(|button| button.action.clone());
    let link = |action| match action {
        Action::Url(link) => Some(link),
        _ => None,
    };
    actions.filter_map(link).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_faq_workbook_is_imported_and_answered_in_chinese_and_english() {
    let home = tempfile::tempdir().expect("a directory");
    let (file, dir) = (
        home.path().join("常见问题.xlsx"),
        home.path().join("intents"),
    );
    fs::create_dir(&dir).expect("made");
    intents(&dir);
    fs::write(&file, workbook()).expect("written");
    let (imported, said) = import(&file, &dir);
    assert!(imported, "{said}");
    assert!(said.contains("3 entries with 7 questions"), "{said}");

    let service =
        Service::start(Options::default().env("KEFU_BOT__INTENTS_DIR", dir.display())).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("净化器的滤芯用多久要换啊").await;
    let answer = visitor.hears_from(Sender::Bot).await;
    assert_eq!(text_of(&answer), "滤芯建议每六个月更换一次。");
    assert_eq!(links(&answer), ["https://shop.example/filter"]);

    visitor
        .says("can i use a gift card from a physical store to pay")
        .await;
    let answer = visitor.hears_from(Sender::Bot).await;
    assert_eq!(
        text_of(&answer),
        "Gift cards from our stores are valid online, too."
    );

    visitor.says("我要退货").await;
    let answer = visitor.hears_from(Sender::Bot).await;
    assert!(
        text_of(&answer).contains('退'),
        "intents answer as before: {}",
        text_of(&answer)
    );
}

#[test]
fn a_wrong_table_is_refused_with_its_rows_and_writes_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let (file, dir) = (home.path().join("faq.csv"), home.path().join("intents"));
    fs::write(&file, "问题,答案\n怎么退货,\n,没有问题\n").expect("written");
    let (imported, said) = import(&file, &dir);
    assert!(!imported);
    assert!(said.contains("row 2") && said.contains("row 3"), "{said}");
    assert!(!dir.exists());
}
