//! The bounds of intent files. Passing one is an error that names it.

/// Bytes of one file.
pub const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// Bytes of all files of a directory together.
pub const TOTAL_BYTES_MAX: u64 = 200 * 1024 * 1024;
/// Files of a directory.
pub const FILES_MAX: usize = 10_000;
/// Files and directories of any kind that are looked at.
pub const ENTRIES_MAX: usize = 100_000;
/// How deep directories may lie in each other.
pub const DIRECTORY_DEPTH_MAX: usize = 16;
/// Lists and maps inside each other; the format itself needs nine.
pub const NESTING_MAX: usize = 16;
/// Keys, list items and texts of one file.
pub const NODES_MAX: usize = 1_000_000;
/// Keys of one map.
pub const MAP_KEYS_MAX: usize = 1_000;
/// Intents of a directory, enabled or not.
pub const INTENTS_MAX: usize = 10_000;
/// Similar phrasings of one intent.
pub const PHRASINGS_MAX: usize = 10_000;
/// Characters of one phrasing, title, prompt or keyword.
pub const PHRASING_CHARS_MAX: usize = 1_000;
/// Characters of an intent's id.
pub const ID_CHARS_MAX: usize = 200;
/// Characters of the key of a group.
pub const GROUP_CHARS_MAX: usize = 64;
/// Characters of an answer's text.
pub const ANSWER_CHARS_MAX: usize = 4_000;
/// Wordings of an answer in one language.
pub const ANSWERS_MAX: usize = 20;
/// Keyword rules of one intent.
pub const RULES_MAX: usize = 50;
/// Keywords of one list of a rule.
pub const KEYWORDS_MAX: usize = 200;
/// Buttons under one answer.
pub const BUTTONS_MAX: usize = 8;
/// Characters on a button.
pub const BUTTON_CHARS_MAX: usize = 40;
/// Characters of a link.
pub const URL_CHARS_MAX: usize = 2_000;
/// Slots of one intent.
pub const SLOTS_MAX: usize = 10;
/// Characters of a slot's name.
pub const SLOT_NAME_CHARS_MAX: usize = 32;
/// Bytes of a compiled regular expression.
pub const REGEX_BYTES_MAX: usize = 1024 * 1024;
/// Problems that a report keeps of each severity.
pub const PROBLEMS_MAX: usize = 1_000;
/// Bytes of one line of an import.
pub const LINE_BYTES_MAX: u64 = 64 * 1024;
/// Lines of one import.
pub const LINES_MAX: usize = 1_000_000;
/// Entries of the knowledge base.
pub const KNOWLEDGE_ENTRIES_MAX: usize = 200_000;
/// Questions of the knowledge base, similar ones included.
pub const KNOWLEDGE_TEXTS_MAX: usize = 300_000;
/// Similar questions of one knowledge entry.
pub const KNOWLEDGE_SIMILAR_MAX: usize = 100;
/// Bytes of all knowledge tables together, and of one file that is imported.
pub const KNOWLEDGE_BYTES_MAX: u64 = 200 * 1024 * 1024;
/// Tables of the knowledge base.
pub const KNOWLEDGE_FILES_MAX: usize = 1_000;
/// Results of an action that an answer may show.
pub const RETURNS_MAX: usize = 50;
/// Milliseconds that an action may be given.
pub const ACTION_TIMEOUT_MS_MAX: u32 = 60_000;
