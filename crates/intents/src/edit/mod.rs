//! Changes to one intent in the text of its file. Only the bytes of what is changed are touched:
//! comments, order, quotes and layout of everything else stay.
//!
//! Every change is read back before it is given out: when the new text would not mean exactly the
//! old one with the change, it is refused ([`EditError::NotSo`]).

mod change;
mod file;
mod scalar;
mod tree;

use kefu_types::Lang;

use crate::{
    catalogue::{Intent, Phrasing},
    problem::{Report, Sink},
    read,
};

pub use file::edit_dir;

/// One change of one intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One phrasing more, at the end of those in its language; the language of its letters where
    /// none is given.
    AddPhrasing {
        /// As people type it.
        text: String,
        /// Where to put it.
        lang: Option<Lang>,
    },
    /// A phrasing less.
    RemovePhrasing {
        /// As written in the file.
        text: String,
    },
    /// A phrasing in another's place.
    ReplacePhrasing {
        /// As written in the file.
        old: String,
        /// As people type it.
        new: String,
    },
    /// On or off.
    SetEnabled(bool),
    /// Another text for an answer that is there; a card keeps its title, picture and buttons.
    SetAnswer {
        /// In which language.
        lang: Lang,
        /// Which wording, from 0.
        at: usize,
        /// What it says.
        text: String,
    },
}

/// Why a change was not made; the file is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file has errors already.
    #[error("the file must be right before it can be changed:\n{0}")]
    Broken(Report),
    /// No intent has this id.
    #[error("there is no intent `{0}`")]
    NoIntent(String),
    /// The intent has no such phrasing.
    #[error("`{id}` has no phrasing `{text}`")]
    NoPhrasing {
        /// The intent.
        id: String,
        /// What was looked for.
        text: String,
    },
    /// The phrasing is there already.
    #[error("`{id}` has the phrasing `{text}` already")]
    Known {
        /// The intent.
        id: String,
        /// What was to be added.
        text: String,
    },
    /// A list must not become empty.
    #[error("`{text}` is the only phrasing in its list: add another before, or disable `{id}`")]
    LastPhrasing {
        /// The intent.
        id: String,
        /// What was to be removed.
        text: String,
    },
    /// The intent has no such answer.
    #[error("`{id}` has no answer {at} in `{lang}`", lang = lang.code())]
    NoAnswer {
        /// The intent.
        id: String,
        /// The language.
        lang: Lang,
        /// The wording.
        at: usize,
    },
    /// The place is written in a way that cannot be changed without changing more.
    #[error(
        "`{id}` is written in a way that this cannot change safely: edit the file by hand ({why})"
    )]
    NotSo {
        /// The intent.
        id: String,
        /// What would have become of it.
        why: String,
    },
    /// Reading or writing failed.
    #[error("{0}")]
    Io(String),
}

/// `source`, the text of one file, with `change` made to the intent `id`.
///
/// # Errors
/// When the file is broken, the intent or its part is not there, or the result would not be right.
pub fn edit(source: &str, id: &str, change: &Change) -> Result<String, EditError> {
    let before = read_back(source)?;
    let at = before
        .iter()
        .position(|(intent, _)| intent.id == id)
        .ok_or_else(|| EditError::NoIntent(id.to_owned()))?;
    let not_so = |why: &str| EditError::NotSo {
        id: id.to_owned(),
        why: why.to_owned(),
    };
    let mut wanted = before.clone();
    let (intent, enabled) = &mut wanted[at];
    intend(intent, enabled, change)?;
    // Lists of one language are read before those of another, whatever comes first in the file.
    intent.phrasings.sort_by_key(|phrasing| phrasing.lang);
    if wanted == before {
        return Ok(source.to_owned());
    }
    // The reader takes no notice of the mark that some editors put in front.
    let mark = if source.starts_with('\u{FEFF}') {
        '\u{FEFF}'.len_utf8()
    } else {
        0
    };
    let (mark, body) = source.split_at(mark);
    let patch = change::patch(body, id, change).ok_or_else(|| not_so("no place was found"))?;
    let text = format!("{mark}{}", patch.apply(body));
    let after = read_back(&text).map_err(|error| not_so(&error.to_string()))?;
    if after == wanted {
        Ok(text)
    } else {
        Err(not_so("it would be read differently"))
    }
}

fn read_back(source: &str) -> Result<Vec<(Intent, bool)>, EditError> {
    let mut sink = Sink::default();
    let file = sink.file("this file".into());
    let drafts = read::file(source, file, &mut sink);
    let report = sink.into_report();
    if report.is_ok() {
        let read = |draft: read::Draft| {
            let mut intent = draft.intent;
            intent.phrasings.sort_by_key(|phrasing| phrasing.lang);
            (intent, draft.enabled)
        };
        Ok(drafts.into_iter().map(read).collect())
    } else {
        Err(EditError::Broken(report))
    }
}

/// What the change means, without any file.
fn intend(intent: &mut Intent, enabled: &mut bool, change: &Change) -> Result<(), EditError> {
    let id = intent.id.clone();
    let place = |text: &String, list: &[Phrasing]| list.iter().position(|p| p.text == *text);
    match change {
        Change::AddPhrasing { text, lang } => {
            let lang = lang.or_else(|| Lang::detect(text)).unwrap_or_default();
            if place(text, &intent.phrasings).is_some() {
                return Err(EditError::Known {
                    id,
                    text: text.clone(),
                });
            }
            let phrasing = Phrasing {
                text: text.clone(),
                lang,
            };
            intent.phrasings.push(phrasing);
        }
        Change::RemovePhrasing { text } => match place(text, &intent.phrasings) {
            Some(_) if alone(intent, text) => {
                let text = text.clone();
                return Err(EditError::LastPhrasing { id, text });
            }
            Some(at) => drop(intent.phrasings.remove(at)),
            None => {
                let text = text.clone();
                return Err(EditError::NoPhrasing { id, text });
            }
        },
        Change::ReplacePhrasing { old, new } => match place(old, &intent.phrasings) {
            Some(at) => intent.phrasings[at].text.clone_from(new),
            None => {
                let text = old.clone();
                return Err(EditError::NoPhrasing { id, text });
            }
        },
        Change::SetEnabled(on) => *enabled = *on,
        Change::SetAnswer { lang, at, text } => {
            let answers = intent.answers.0.get_mut(lang);
            match answers.and_then(|answers| answers.get_mut(*at)) {
                Some(answer) => answer.text.clone_from(text),
                None => {
                    let (lang, at) = (*lang, *at);
                    return Err(EditError::NoAnswer { id, lang, at });
                }
            }
        }
    }
    Ok(())
}

/// Whether `text` is the only phrasing in its language, so that its list would become empty.
fn alone(intent: &Intent, text: &str) -> bool {
    let of = |p: &&Phrasing| p.text == text;
    let lang = intent.phrasings.iter().find(of).map(|p| p.lang);
    intent
        .phrasings
        .iter()
        .filter(|p| Some(p.lang) == lang)
        .count()
        == 1
}
