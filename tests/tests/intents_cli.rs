//! The commands on intent files as an operator or a build server runs them: what they say and how
//! they end. Without a model, so that each takes a moment.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use kefu_tests::binary;

const SET: &str = "# kept
intents:
  - id: refund
    title: 退款
    phrasings: # said by people
      - 什么时候退款
      - 退款多久到账
      - 怎么申请退款
      - 退款进度查询
    answers: 三天。
  - id: invoice
    title: 发票
    phrasings: [怎么开发票, 发票抬头怎么改, 电子发票在哪, 能补发票吗]
    answers: 在订单里。
";

struct Scene {
    dir: tempfile::TempDir,
}

impl Scene {
    fn new(set: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join("set")).expect("made");
        fs::write(dir.path().join("set/a.yaml"), set).expect("written");
        Self { dir }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.dir.path().join(name), text).expect("written");
        self.path(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).expect("it was written")
    }

    /// `kefu intents …`, in the scene's directory.
    fn run(&self, args: &[&str]) -> Output {
        let data = self.path("data");
        Command::new(binary())
            .arg("intents")
            .args(args)
            .env("KEFU_DATA_DIR", data)
            .env("KEFU_BOT__MODEL_DIR", self.path("no-model"))
            .env("KEFU_BOT__MODEL_REQUIRED", "false")
            .current_dir(Path::new(self.dir.path()))
            .output()
            .expect("it runs")
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn check_names_everything_in_one_form_and_ends_by_it() {
    let scene = Scene::new(SET);
    let clean = scene.run(&["check", "set", "--strict"]);
    assert_eq!(clean.status.code(), Some(0), "{}", said(&clean));
    scene.write(
        "set/b.yaml",
        "intents:\n- {id: x, title: 丙, phrasings: [什么时候退款], answers: [好]}\n",
    );
    let doubted = scene.run(&["check", "set"]);
    assert_eq!(doubted.status.code(), Some(0), "{}", said(&doubted));
    assert!(
        said(&doubted).contains("set/b.yaml:2:33: warning: "),
        "{}",
        said(&doubted)
    );
    assert_eq!(
        scene.run(&["check", "set", "--strict"]).status.code(),
        Some(1)
    );
    scene.write("set/b.yaml", "intents:\n- {id: x}\n");
    let broken = scene.run(&["check", "set", "--json"]);
    assert_eq!(broken.status.code(), Some(1), "{}", said(&broken));
    let json: serde_json::Value = serde_json::from_slice(&broken.stdout).expect("JSON");
    assert_eq!(json["problems"][0]["file"], "set/b.yaml");
    assert_eq!(json["problems"][0]["severity"], "error");
    let of = |key: &str| json[key].as_u64().expect("a number");
    let listed = json["problems"].as_array().expect("a list").len() as u64;
    assert!(
        of("errors") >= 2,
        "no title, nothing that leads to it: {json}"
    );
    assert_eq!(of("errors") + of("warnings"), listed);
}

#[test]
fn a_test_ends_by_its_gates_and_can_be_compared() {
    let scene = Scene::new(SET);
    let cases = scene.write(
        "cases.tsv",
        "refund\t退款多久到账啊\ninvoice\t想开个发票\noos\t唐朝有多少皇帝\n",
    );
    let outputs = ["--json", "old.json", "--html", "page.html"];
    let passed = scene.run(
        &[
            &["test", "set", "--cases", &cases, "--min-accuracy", "1"],
            &outputs[..],
        ]
        .concat(),
    );
    assert_eq!(passed.status.code(), Some(0), "{}", said(&passed));
    let report: serde_json::Value = serde_json::from_str(&scene.read("old.json")).expect("JSON");
    assert_eq!(report["n"], 3);
    assert_eq!(report["outcomes"].as_array().map(Vec::len), Some(3));
    let page = scene.read("page.html");
    assert!(page.contains("退款多久到账啊") && page.contains("default-src 'none'"));
    // A set that has lost an intent is worse, and the gates say so.
    let half: String = SET
        .split("  - id: invoice")
        .next()
        .unwrap_or_default()
        .to_owned();
    scene.write("set/a.yaml", &half);
    let failed = scene.run(&[
        "test",
        "set",
        "--cases",
        &cases,
        "--compare",
        "old.json",
        "--min-accuracy",
        "0.9",
        "--max-regressions",
        "0",
    ]);
    assert_eq!(failed.status.code(), Some(1), "{}", said(&failed));
    assert!(
        said(&failed).contains("gate missed: accuracy: 0.5"),
        "{}",
        said(&failed)
    );
}

#[test]
fn a_test_over_its_own_phrasings_is_the_same_each_time() {
    let scene = Scene::new(SET);
    let run = || {
        let output = scene.run(&["test", "set", "--cross-validate", "4", "--json", "-"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let mut json: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("JSON only");
        json["latency_ms"] = serde_json::Value::Null;
        json
    };
    let first = run();
    assert_eq!(first["n"], 8);
    assert_eq!(first["source"]["folds"], 4);
    assert_eq!(first, run());
}

#[test]
fn what_cannot_be_measured_or_asked_has_codes_of_its_own() {
    let scene = Scene::new(SET);
    let code = |args: &[&str]| scene.run(args).status.code();
    let bad = scene.write("bad.tsv", "no tab here\n");
    assert_eq!(code(&["test", "set", "--cases", &bad]), Some(78));
    assert_eq!(code(&["test", "set", "--cases", "absent.tsv"]), Some(78));
    assert_eq!(
        code(&["test", "set", "--cases", &bad, "--compare", "absent.json"]),
        Some(78)
    );
    assert_eq!(code(&["test", "set"]), Some(2));
    assert_eq!(
        code(&["test", "set", "--cases", &bad, "--min-accuracy", "97"]),
        Some(2)
    );
    assert_eq!(
        code(&["test", "set", "--cases", &bad, "--cross-validate", "5"]),
        Some(2)
    );
}

#[test]
fn an_explanation_is_readable_and_also_there_as_data() {
    let scene = Scene::new(SET);
    let text = scene.run(&["explain", "退款多久到账", "--dir", "set"]);
    assert_eq!(text.status.code(), Some(0), "{}", said(&text));
    assert!(
        said(&text).contains("because") && said(&text).contains("refund"),
        "{}",
        said(&text)
    );
    let data = scene.run(&["explain", "退款多久到账", "--dir", "set", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&data.stdout).expect("JSON");
    assert_eq!(json["candidates"][0]["intent"], "refund");
    assert!(json["thresholds"]["answer"].is_number());
}

#[test]
fn a_phrasing_is_added_and_an_intent_switched_off_without_touching_anything_else() {
    let scene = Scene::new(SET);
    let added = scene.run(&["add-phrasing", "refund", "钱啥时候退", "--dir", "set"]);
    assert_eq!(added.status.code(), Some(0), "{}", said(&added));
    let with = SET.replace("- 退款进度查询\n", "- 退款进度查询\n      - 钱啥时候退\n");
    assert_eq!(scene.read("set/a.yaml"), with);
    let set = scene.run(&["set", "invoice", "enabled=false", "--dir", "set"]);
    assert_eq!(set.status.code(), Some(0), "{}", said(&set));
    let off = with.replace("- id: invoice\n", "- id: invoice\n    enabled: false\n");
    assert_eq!(scene.read("set/a.yaml"), off);
    let unknown = scene.run(&["set", "nobody", "enabled=false", "--dir", "set"]);
    assert_eq!(unknown.status.code(), Some(1), "{}", said(&unknown));
    assert!(
        said(&unknown).contains("there is no intent `nobody`"),
        "{}",
        said(&unknown)
    );
}
