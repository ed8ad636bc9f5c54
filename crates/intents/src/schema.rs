//! The published JSON Schema of intent files, for editors. The types here only have the shape of
//! the format; tests hold them to the keys that the reader asks for.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::Value;

/// The schema as indented JSON with a line end: the content of `intents/schema/intents.schema.json`.
#[must_use]
pub fn schema_json() -> String {
    let schema = SchemaSettings::draft07()
        .into_generator()
        .into_root_schema_for::<IntentFile>();
    let mut value = schema.to_value();
    drop_null(&mut value);
    format!("{value:#}\n")
}

/// "May be absent" is all that an optional field means here: a key with nothing is an error.
fn drop_null(value: &mut Value) {
    if let Value::Object(map) = value {
        if let Some(Value::Array(types)) = map.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [one] = types.as_slice() {
                let one = one.clone();
                map.insert("type".to_owned(), one);
            }
        }
        let null = |value: &Value| value.get("type").is_some_and(|kind| kind == "null");
        if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
            choices.retain(|choice| !null(choice));
        }
    }
    match value {
        Value::Object(map) => map.values_mut().for_each(drop_null),
        Value::Array(items) => items.iter_mut().for_each(drop_null),
        _ => {}
    }
}

/// Text; what looks like a number or a truth value is taken as written.
struct Text;

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Text; numbers are taken as written.", "type": ["string", "number", "boolean"] })
    }
}

#[allow(dead_code, reason = "only the shape is used")]
mod shape {
    use super::{BTreeMap, JsonSchema, Text};

    /// A file of intents: what the bot understands and what it answers.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    pub(super) struct IntentFile {
        /// The intents of this file.
        intents: Vec<Intent>,
    }

    /// One thing that a visitor may want.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct Intent {
        /// Unique among all files; any text without tab or line break, at most 200 characters.
        id: Text,
        /// The standard question (标准问), shown when the bot asks "do you mean …".
        title: Localized,
        /// Similar phrasings (相似问), as people really type them. A plain list is sorted by its letters.
        phrasings: Option<PerLanguage>,
        /// Keyword rules; each decides on its own, before the model is asked.
        keywords: Option<Vec<KeywordRule>>,
        /// What is answered; a repeated question gets the next wording.
        answers: Option<Answers>,
        /// What is asked before the answer, in this order.
        slots: Option<Vec<Slot>>,
        /// `true`, or the question: the values are shown, and used only after a yes.
        confirm: Option<Confirm>,
        /// What is done with the values before the answer.
        action: Option<Action>,
        /// After the answer a human takes over.
        handoff: Option<Handoff>,
        /// What the intent means to the dialog itself.
        role: Option<Role>,
        /// `false` leaves the intent out.
        enabled: Option<bool>,
        /// The first day, like 2026-11-01, in the tenant's time zone.
        valid_from: Option<Day>,
        /// The last day, like 2026-11-12, in the tenant's time zone.
        valid_to: Option<Day>,
        /// Ids of intents that this one may resemble: `kefu intents check` does not doubt phrasings
        /// that are nearer to them.
        overlaps: Option<Texts>,
    }

    /// A day like 2026-11-01.
    #[derive(JsonSchema)]
    struct Day(#[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))] String);

    /// One text, Chinese or English by its letters, or one for each language.
    #[derive(JsonSchema)]
    #[schemars(untagged)]
    enum Localized {
        Plain(Text),
        Each(EachText),
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct EachText {
        /// Chinese.
        zh: Option<Text>,
        /// English.
        en: Option<Text>,
    }

    /// One text or several.
    #[derive(JsonSchema)]
    #[schemars(untagged)]
    enum Texts {
        One(Text),
        Many(Vec<Text>),
    }

    /// Texts, by their letters or for each language.
    #[derive(JsonSchema)]
    #[schemars(untagged)]
    enum PerLanguage {
        Plain(Texts),
        Each(EachTexts),
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct EachTexts {
        /// Chinese.
        zh: Option<Texts>,
        /// English.
        en: Option<Texts>,
    }

    /// Decides when one of `any`, all of `all` and none of `none` match. Width, case, signs and
    /// traditional characters do not matter.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct KeywordRule {
        /// At least one of these.
        any: Option<Texts>,
        /// All of these.
        all: Option<Texts>,
        /// None of these (否定关键词).
        none: Option<Texts>,
        /// How the keywords are compared; `contains` when absent.
        #[schemars(rename = "match")]
        kind: Option<Match>,
        /// The highest rule that matches wins; 0 when absent.
        #[schemars(range(min = -100, max = 100))]
        priority: Option<i8>,
    }

    #[derive(JsonSchema)]
    #[schemars(rename_all = "snake_case")]
    enum Match {
        Contains,
        Exact,
        Regex,
    }

    /// Wordings, by their letters or for each language.
    #[derive(JsonSchema)]
    #[schemars(untagged)]
    enum Answers {
        Plain(Wordings),
        Each(EachAnswers),
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct EachAnswers {
        /// Chinese.
        zh: Option<Wordings>,
        /// English.
        en: Option<Wordings>,
    }

    #[derive(JsonSchema)]
    #[schemars(untagged)]
    enum Wordings {
        One(Text),
        Many(Vec<Answer>),
    }

    #[derive(JsonSchema)]
    #[schemars(untagged)]
    enum Answer {
        Plain(Text),
        Rich(RichAnswer),
        Card(CardAnswer),
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct RichAnswer {
        /// What the bot says; `{order_number}` is replaced by the slot's value.
        text: Text,
        /// Under the text, at most eight.
        #[schemars(length(max = 8))]
        buttons: Option<Vec<Button>>,
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct CardAnswer {
        /// A title, a text, a picture and buttons.
        card: Card,
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct Card {
        /// The headline.
        title: Text,
        /// Under the headline.
        text: Option<Text>,
        /// https://, http://, or a path on this server.
        image: Option<String>,
        /// At most eight.
        #[schemars(length(max = 8))]
        buttons: Option<Vec<Button>>,
    }

    /// A button: a label and exactly one of `intent`, `url`, `say` and `human`.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct Button {
        /// At most 40 characters.
        label: Text,
        /// Answers this intent.
        intent: Option<Text>,
        /// Opens https://, http://, tel: or mailto:.
        url: Option<String>,
        /// Says this as if the visitor had typed it.
        say: Option<Text>,
        /// `true` asks for a human.
        human: Option<bool>,
    }

    /// Something that the bot asks for.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct Slot {
        /// Its name in `{placeholders}`.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,31}$"))]
        name: String,
        /// How its value is recognised.
        #[schemars(rename = "type")]
        kind: SlotType,
        /// Of the type `enum`: values and their synonyms.
        values: Option<Values>,
        /// Of the type `regex`: the regular expression.
        pattern: Option<String>,
        /// The question.
        prompt: Localized,
        /// The question after a reply without a value; the prompt when absent.
        retry: Option<Localized>,
        /// What people call it, when they check or correct it; by its type when absent.
        label: Option<Localized>,
        /// `true`: it is asked for, and the visitor may go on without it.
        optional: Option<bool>,
        /// The lowest plausible value: yuan, a number, days from today (-90), or characters.
        min: Option<f64>,
        /// The highest plausible value.
        max: Option<f64>,
        /// Of the type `date`: `true` refuses days after today.
        past: Option<bool>,
        /// Of the type `date`: `true` refuses days before today.
        future: Option<bool>,
        /// What is said to a value out of these bounds.
        invalid: Option<Localized>,
    }

    #[derive(JsonSchema)]
    #[schemars(untagged)]
    enum Confirm {
        Switch(bool),
        Question(Localized),
    }

    /// A call to the business; its results stand in the answer as `{order.status}`.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct Action {
        /// The connector's name for it, like order.status.
        call: String,
        /// What stands before the dot in placeholders; the first part of `call` when absent.
        #[schemars(rename = "as")]
        name: Option<String>,
        /// The results that the answer may show.
        returns: Option<Vec<String>>,
        /// How long it may take; as configured when absent.
        #[schemars(range(min = 1, max = 60000))]
        timeout_ms: Option<u32>,
        /// What is said when it fails.
        errors: Option<Errors>,
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct Errors {
        /// There is nothing under these values; the first of them is asked for again.
        not_found: Option<Localized>,
        /// The business says no.
        refused: Option<Localized>,
        /// No answer in time; nobody knows whether it was done.
        timeout: Option<Localized>,
        /// Nobody to ask.
        unavailable: Option<Localized>,
    }

    #[derive(JsonSchema)]
    #[schemars(untagged)]
    enum Values {
        Plain(Texts),
        Synonyms(BTreeMap<String, Option<Texts>>),
    }

    #[derive(JsonSchema)]
    enum SlotType {
        #[schemars(rename = "order_number")]
        OrderNumber,
        #[schemars(rename = "phone")]
        Phone,
        #[schemars(rename = "date")]
        Date,
        #[schemars(rename = "amount")]
        Amount,
        #[schemars(rename = "number")]
        Number,
        #[schemars(rename = "email")]
        Email,
        #[schemars(rename = "address")]
        Address,
        #[schemars(rename = "enum")]
        Enumeration,
        #[schemars(rename = "regex")]
        Pattern,
        #[schemars(rename = "text")]
        Text,
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct Handoff {
        /// Why, for the agent.
        reason: Text,
        /// The key of the group that is to serve it; the default group otherwise.
        group: Option<Text>,
    }

    #[derive(JsonSchema)]
    #[schemars(rename_all = "snake_case")]
    enum Role {
        /// A human, please.
        Human,
        /// Never mind.
        Cancel,
        /// Yes.
        Affirm,
        /// No.
        Deny,
        /// Greeting, thanks, goodbye.
        SmallTalk,
    }
}

use shape::IntentFile;
