//! Which column holds what, by the names that people give them.

use kefu_text::normalize;

use crate::{ImportError, table::Row};

/// Positions in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns {
    pub id: Option<usize>,
    pub question: usize,
    /// All of them: some tables have one column for each similar question.
    pub similar: Vec<usize>,
    pub answer: usize,
    pub links: Vec<usize>,
    pub category: Option<usize>,
    pub language: Option<usize>,
}

const ID: &[&str] = &["id", "编号", "序号", "问题编号"];
const QUESTION: &[&str] = &[
    "问题",
    "标准问",
    "标准问题",
    "标准问法",
    "问",
    "题目",
    "question",
    "questions",
    "standard question",
    "title",
    "q",
];
const SIMILAR: &[&str] = &[
    "相似问",
    "相似问题",
    "相似问法",
    "扩展问",
    "扩展问法",
    "类似问题",
    "其他问法",
    "similar",
    "similar question",
    "similar questions",
    "alternative",
    "alternatives",
    "variants",
];
const ANSWER: &[&str] = &[
    "答案",
    "回答",
    "标准答案",
    "回复",
    "答",
    "内容",
    "answer",
    "answers",
    "reply",
    "a",
];
const LINK: &[&str] = &["链接", "网址", "详情链接", "link", "links", "url", "urls"];
const CATEGORY: &[&str] = &[
    "分类",
    "类别",
    "类目",
    "所属分类",
    "category",
    "categories",
    "topic",
];
const LANGUAGE: &[&str] = &["语言", "语种", "lang", "language", "locale"];

impl Columns {
    /// Reads the header.
    ///
    /// # Errors
    /// When there is no column of questions or answers, or two of a kind that there can be but one.
    pub fn find(header: &Row) -> Result<Self, ImportError> {
        // "相似问1", "similar 2": numbered columns are one kind.
        let names: Vec<String> = header
            .cells
            .iter()
            .map(|cell| {
                let name = normalize(cell);
                name.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ')
                    .to_owned()
            })
            .collect();
        let all = |known: &[&str]| -> Vec<usize> {
            let of = |at: &usize| {
                names
                    .get(*at)
                    .is_some_and(|name| known.contains(&name.as_str()))
            };
            (0..names.len()).filter(of).collect()
        };
        let one = |what: &str, known: &[&str]| match all(known)[..] {
            [] => Ok(None),
            [at] => Ok(Some(at)),
            _ => Err(ImportError::Table(format!(
                "row {}: more than one column of {what}: {}",
                header.number,
                known.join(", ")
            ))),
        };
        let needed = |what: &str, known: &[&str]| {
            one(what, known)?.ok_or_else(|| {
                ImportError::Table(format!(
                    "row {}: no column of {what} in the header `{}`: call it one of {}",
                    header.number,
                    header.cells.join(" | "),
                    known.join(", ")
                ))
            })
        };
        Ok(Self {
            question: needed("questions (问题)", QUESTION)?,
            answer: needed("answers (答案)", ANSWER)?,
            similar: all(SIMILAR),
            links: all(LINK),
            id: one("ids (编号)", ID)?,
            category: one("categories (分类)", CATEGORY)?,
            language: one("languages (语言)", LANGUAGE)?,
        })
    }
}
