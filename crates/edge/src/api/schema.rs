//! JSON Schemas of the wire types, made from the compiled Protobuf definitions, comments and
//! all: what is documented is what pbjson reads and writes.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};
use serde_json::{Map, Value, json};

/// What the edge fills in itself: not for clients to send.
const FILLED_IN: &[(&str, &str)] = &[
    ("CreateVisitorRequest", "tenant"),
    ("IdentifyRequest", "tenant"),
    ("LoginRequest", "tenant"),
    ("LogoutRequest", "session"),
    ("SetStatusRequest", "session"),
    ("CreateUserRequest", "session"),
    ("UpdateUserRequest", "session"),
    ("UpdateUserRequest", "user_id"),
    ("ActRequest", "session"),
    ("ActRequest", "conversation_id"),
    ("Mark", "conversation_id"),
    ("ChangeTagsRequest", "session"),
    ("ChangeTagsRequest", "conversation_id"),
    ("RenameVisitorRequest", "session"),
    ("RenameVisitorRequest", "conversation_id"),
    ("WriteNoteRequest", "session"),
    ("WriteNoteRequest", "conversation_id"),
    ("ReadMentionsRequest", "session"),
    ("ReadMentionsRequest", "conversation_id"),
    ("LeaveMessageRequest", "session"),
    ("MoveLeftRequest", "session"),
    ("MoveLeftRequest", "id"),
    ("AnswerLeftRequest", "session"),
    ("AnswerLeftRequest", "id"),
    ("CheckFilesRequest", "session"),
    ("PublishRequest", "session"),
    ("RollbackRequest", "session"),
    ("ExplainRequest", "session"),
    ("EvaluateRequest", "session"),
    ("SeeWordAlertsRequest", "session"),
];

/// The messages that requests and responses name; what they are made of comes along.
const NAMED: &[&str] = &[
    "Accepted",
    "ActRequest",
    "Agent",
    "AnswerLeftRequest",
    "AssistCounts",
    "Board",
    "CannedReplies",
    "CannedReply",
    "CatalogueVersion",
    "CatalogueVersions",
    "ChangeTagsRequest",
    "CheckFilesRequest",
    "CheckReply",
    "Choices",
    "Conversation",
    "Conversations",
    "CreateUserRequest",
    "CreateVisitorRequest",
    "Cursor",
    "Endings",
    "EvaluateRequest",
    "EvaluationStatus",
    "ExplainRequest",
    "FilesReply",
    "Group",
    "Groups",
    "HistoryPage",
    "IdentifyRequest",
    "IntentsStatus",
    "LeaveMessageRequest",
    "LeftMessage",
    "LeftMessages",
    "LoginRequest",
    "LogoutRequest",
    "Mark",
    "Mentions",
    "MessagePage",
    "MissedPage",
    "MoveLeftRequest",
    "Note",
    "NotePage",
    "PageSeen",
    "Principal",
    "PublishReply",
    "PublishRequest",
    "ReadMentionsRequest",
    "RenameVisitorRequest",
    "Rating",
    "RollbackRequest",
    "SearchPage",
    "SeePageReply",
    "SeeWordAlertsRequest",
    "SendMessage",
    "SessionCreated",
    "SetStatusRequest",
    "TagNames",
    "Tags",
    "Trail",
    "Summary",
    "UpdateUserRequest",
    "Uploaded",
    "Users",
    "WordAlerts",
    "WordSeen",
    "WriteNoteRequest",
];

/// Every schema that the document's paths lead to, by name.
pub(super) fn schemas() -> Value {
    // The bytes come from our own build; were they broken, the snapshot test would fail.
    let set = FileDescriptorSet::decode(kefu_proto::DESCRIPTORS).unwrap_or_default();
    let mut types = BTreeMap::new();
    set.file.iter().for_each(|file| collect(file, &mut types));
    let mut wanted: Vec<String> = NAMED.iter().map(|name| (*name).to_owned()).collect();
    let mut made = BTreeSet::new();
    let mut schemas = written_by_hand();
    while let Some(name) = wanted.pop() {
        if let Some(found) = types.get(&name)
            && made.insert(name.clone())
        {
            let schema = match found {
                Type_::Message(message, comments) => {
                    message_schema(&name, message, comments, &mut wanted)
                }
                Type_::Enum(names) => enum_schema(names),
            };
            schemas.insert(name, schema);
        }
    }
    Value::Object(schemas)
}

/// Shapes that are not on the Protobuf wire.
fn written_by_hand() -> Map<String, Value> {
    let string = json!({ "type": "string" });
    let words = json!({ "$ref": "#/components/schemas/Words" });
    let object = |properties: Value, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required });
    let question = object(
        json!({ "zh": string, "en": string, "postback": string }),
        &["zh", "en", "postback"],
    );
    let media = object(
        json!({
            "enabled": { "type": "boolean" },
            "fileBytesMax": { "type": "integer" },
            "imageBytesMax": { "type": "integer" },
            "types": { "type": "array", "items": string },
        }),
        &["enabled", "fileBytesMax", "imageBytesMax", "types"],
    );
    let site = json!({
        "tenant": string,
        "name": words, "welcome": words,
        "questions": { "type": "array", "items": question },
        "languages": { "type": "array", "items": string },
        "media": media,
        "typingPreview": { "type": "boolean", "description": "Agents see what is being written: pages that send it say so." },
    });
    let setup = json!({ "token": string, "login": string, "name": string, "password": string });
    let details = json!({
        "type": string, "title": string, "status": { "type": "integer" },
        "code": {
            "type": "string",
            "enum": ["bad_frame", "too_large", "unauthenticated", "forbidden", "not_found", "conflict",
                     "closed", "overloaded", "unavailable", "rate_limited", "invalid",
                     "identity_off", "identity_too_large", "identity_malformed", "identity_algorithm",
                     "identity_signature", "identity_claims", "identity_audience", "identity_expired",
                     "identity_early", "identity_lifetime", "identity_replayed"],
        },
        "detail": string,
        "problems": {
            "type": "array", "items": { "$ref": "#/components/schemas/IntentsProblem" },
            "description": "What is wrong with a set of intents, by file and line.",
        },
        "problemsOmitted": { "type": "integer" },
        "retryAfterMs": { "type": "integer", "description": "When to try again; absent: do not." },
    });
    let file_diff = json!({
        "path": string,
        "status": { "type": "string", "enum": ["added", "changed", "removed"] },
        "diff": { "type": "string", "description": "Unified; absent when the file is too large." },
    });
    let file_diff = object(file_diff, &["path", "status"]);
    let diff = json!({ "number": string, "from": string, "files": { "type": "array", "items": file_diff } });
    let report = json!({ "type": "object", "description": "As `kefu intents test --json` writes it; docs/intents.md names its fields." });
    let evaluation = json!({ "allOf": [
        { "$ref": "#/components/schemas/EvaluationStatus" },
        { "type": "object", "properties": { "report": report } },
    ] });
    let explanation =
        json!({ "type": "object", "description": "As `kefu intents explain --json` prints it." });
    let all = [
        ("Explanation", explanation),
        ("Evaluation", evaluation),
        (
            "FileText",
            object(json!({ "path": string, "text": string }), &["path", "text"]),
        ),
        ("IntentsDiff", object(diff, &["number", "from", "files"])),
        (
            "Words",
            object(json!({ "zh": string, "en": string }), &["zh", "en"]),
        ),
        (
            "Site",
            object(
                site,
                &[
                    "tenant",
                    "name",
                    "welcome",
                    "questions",
                    "languages",
                    "media",
                ],
            ),
        ),
        (
            "Setup",
            object(setup, &["token", "login", "name", "password"]),
        ),
        (
            "ProblemDetails",
            object(details, &["type", "title", "status", "code", "detail"]),
        ),
    ];
    all.into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// A comment of the definitions, by its path in the file.
type Comments = BTreeMap<Vec<i32>, String>;

enum Type_ {
    Message(DescriptorProto, Comments),
    Enum(EnumDescriptorProto),
}

/// Names of nested types are joined with a dot, as in the definitions.
fn collect(file: &FileDescriptorProto, types: &mut BTreeMap<String, Type_>) {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let comments: Comments = locations
        .filter_map(|place| {
            Some((
                place.path.clone(),
                place.leading_comments.as_deref()?.trim().replace('\n', ""),
            ))
        })
        .collect();
    for (index, message) in (0..).zip(&file.message_type) {
        // 4 is FileDescriptorProto.message_type: descriptor.proto's field numbers make the path.
        let under = |path: &Vec<i32>| path.starts_with(&[4, index]);
        let own = comments.iter().filter(|(path, _)| under(path));
        let own = own
            .map(|(path, text)| (path[2..].to_vec(), text.clone()))
            .collect();
        for inner in &message.enum_type {
            types.insert(
                format!("{}.{}", message.name(), inner.name()),
                Type_::Enum(inner.clone()),
            );
        }
        types.insert(
            message.name().to_owned(),
            Type_::Message(message.clone(), own),
        );
    }
    for one in &file.enum_type {
        types.insert(one.name().to_owned(), Type_::Enum(one.clone()));
    }
}

fn enum_schema(names: &EnumDescriptorProto) -> Value {
    let names: Vec<&str> = names
        .value
        .iter()
        .map(prost_types::EnumValueDescriptorProto::name)
        .collect();
    json!({ "type": "string", "enum": names })
}

fn message_schema(
    name: &str,
    message: &DescriptorProto,
    comments: &Comments,
    wanted: &mut Vec<String>,
) -> Value {
    let mut properties = Map::new();
    for (index, field) in (0..).zip(&message.field) {
        if FILLED_IN.contains(&(name, field.name())) {
            continue;
        }
        let mut schema = field_schema(field, wanted);
        // 2 is DescriptorProto.field.
        if let Some(text) = comments.get(&vec![2, index]) {
            schema["description"] = text.as_str().into();
        }
        properties.insert(field.json_name().to_owned(), schema);
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if let Some(text) = comments.get(&Vec::new()) {
        schema["description"] = text.as_str().into();
    }
    schema
}

fn field_schema(field: &FieldDescriptorProto, wanted: &mut Vec<String>) -> Value {
    let one = match field.r#type() {
        Type::Message | Type::Enum => {
            let full = field.type_name();
            let name = full.strip_prefix(".kefu.v1.").unwrap_or(full).to_owned();
            let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
            wanted.push(name);
            reference
        }
        Type::Uint64 | Type::Fixed64 => {
            json!({ "type": "string", "format": "uint64", "pattern": "^[0-9]+$" })
        }
        Type::Int64 | Type::Sint64 | Type::Sfixed64 => {
            json!({ "type": "string", "format": "int64", "pattern": "^-?[0-9]+$" })
        }
        Type::Bool => json!({ "type": "boolean" }),
        Type::Double | Type::Float => json!({ "type": "number" }),
        Type::String => json!({ "type": "string" }),
        Type::Bytes => json!({ "type": "string", "format": "byte" }),
        _ => json!({ "type": "integer" }),
    };
    match field.label() {
        Label::Repeated => json!({ "type": "array", "items": one }),
        _ => one,
    }
}
