//! What an operator may write, and what they are told when it is wrong.

use std::{fs, path::PathBuf};

use kefu_config::{Config, ConfigError, Overrides, load};

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("kefu.toml");
    fs::write(&path, text).expect("the file is written");
    (dir, path)
}

fn refused(text: &str) -> String {
    let (_dir, path) = file(text);
    load(Some(&path), &Overrides::default())
        .expect_err("it must be refused")
        .to_string()
}

#[test]
fn flags_beat_the_file_and_the_file_beats_defaults() {
    let (_dir, path) = file("listen = \"127.0.0.1:1\"\ndata_dir = \"there\"\n");
    let flags = Overrides {
        listen: Some("127.0.0.1:2".into()),
        ..Overrides::default()
    };
    let config = load(Some(&path), &flags).expect("it is valid");
    assert_eq!(config.listen, "127.0.0.1:2");
    assert_eq!(config.data_dir, PathBuf::from("there"));
    assert_eq!(config.chat, Config::default().chat);
}

#[test]
fn an_unknown_key_is_named_with_its_file() {
    let message = refused("[chat]\ntext_chars_maximum = 5\n");
    assert!(message.contains("text_chars_maximum"), "{message}");
    assert!(message.contains("kefu.toml"), "{message}");
}

#[test]
fn a_value_of_another_type_names_the_key() {
    let message = refused("[edge]\nsockets_max = \"many\"\n");
    assert!(message.contains("edge.sockets_max"), "{message}");
}

#[test]
fn broken_syntax_says_where() {
    let message = refused("listen = \n");
    assert!(message.contains("line 1"), "{message}");
}

#[test]
fn values_that_cannot_work_are_refused() {
    assert!(refused("node = 1024\n").contains("0 to 1023"));
    assert!(refused("[nlu]\ntarget_precision = 1.5\n").contains("target_precision"));
    for (key, value) in [
        ("confirm_hit_rate", "0.2"),
        ("close_ratio", "0.0"),
        ("out_of_scope_share", "0.95"),
        ("refusal_rate", "nan"),
    ] {
        let message = refused(&format!("[nlu]\n{key} = {value}\n"));
        assert!(message.contains(&format!("nlu.{key}")), "{message}");
    }
}

#[test]
fn a_bound_of_nothing_is_refused_by_name() {
    assert!(refused("[chat.limits]\npage_max = 0\n").contains("chat.limits.page_max"));
    assert!(refused("[edge]\nsockets_max = 0\n").contains("edge.sockets_max"));
}

#[test]
fn bounds_that_contradict_each_other_are_refused() {
    let message = refused("[edge]\nsends_per_second = 80\n");
    assert!(message.contains("frames_per_second"), "{message}");
    let message = refused("[edge]\nallowed_origins = [\"shop.example\"]\n");
    assert!(message.contains("https://shop.example"), "{message}");
    let message = refused("[edge]\nwidget_origins = [\"https://shop.example/help\"]\n");
    assert!(message.contains("edge.widget_origins"), "{message}");
}

#[test]
fn the_store_is_sqlite_or_postgres_and_no_message_repeats_its_password() {
    let (_dir, path) = file("[store]\nurl = \"postgres://kefu:geheim@db/kefu\"\n");
    let config = load(Some(&path), &Overrides::default()).expect("it is valid");
    assert!(config.store.url.is_postgres());
    assert_eq!(config.store.url.secret(), "postgres://kefu:geheim@db/kefu");
    let shown = format!("{config:?}") + &toml::to_string(&config).expect("a table");
    assert!(shown.contains("postgres://kefu:***@db/kefu") && !shown.contains("geheim"));
    let flags = Overrides {
        store: Some("sqlite".into()),
        ..Overrides::default()
    };
    let config = load(Some(&path), &flags).expect("it is valid");
    assert!(config.store.url.is_sqlite(), "a flag beats the file");
    for wrong in [
        "[store]\nurl = \"mysql://kefu:geheim@db/kefu\"\n",
        "store = \"postgres://kefu:geheim@db/kefu\"\n",
        "[store]\nurl = \"sqlite\"\nretry_ms = \"postgres://kefu:geheim@db/kefu\"\n",
    ] {
        let message = refused(wrong);
        assert!(message.contains("store"), "{message}");
        assert!(!message.contains("geheim"), "{message}");
    }
    assert!(refused("[store]\nstatement_timeout_ms = 0\n").contains("store.statement_timeout_ms"));
}

#[test]
fn calendars_have_keys_of_their_own() {
    let (_dir, path) =
        file("[[hours.calendars]]\nkey = \"night\"\nweek = { mon = [\"22:00-06:00\"] }\n");
    let config = load(Some(&path), &Overrides::default()).expect("it is valid");
    assert_eq!(config.hours.calendars[0].week.mon, ["22:00-06:00"]);
    assert!(!config.hours.enabled, "the others' hours stay as they are");
    let calendar = |key: &str| format!("[[hours.calendars]]\nkey = \"{key}\"\n");
    assert!(refused(&calendar("Night shift")).contains("hours.calendars"));
    assert!(refused(&calendar("night").repeat(2)).contains("twice"));
    assert!(refused("[left]\nwaiting_max = 0\n").contains("left.waiting_max"));
}

#[test]
fn a_file_that_is_named_must_exist() {
    let missing = load(Some("no/such/file.toml".as_ref()), &Overrides::default());
    assert!(matches!(missing, Err(ConfigError::Missing(_))));
}

#[test]
fn the_shipped_file_says_exactly_the_defaults() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/kefu.toml");
    let mut config = load(Some(path.as_ref()), &Overrides::default()).expect("it is valid");
    config.site.questions.clear();
    assert_eq!(config, Config::default());
}

#[test]
fn the_schema_in_the_tree_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/kefu.schema.json");
    let fresh = format!("{:#}\n", Config::schema());
    if std::env::var_os("KEFU_BLESS").is_some() {
        fs::write(path, &fresh).expect("the schema is written");
    }
    let stored = fs::read_to_string(path).unwrap_or_default();
    assert!(
        stored == fresh,
        "run the tests of kefu-config with KEFU_BLESS=1 and commit the result"
    );
}
