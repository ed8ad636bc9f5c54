//! `tokenizer.json`, as much of it as says whether our unigram can do it.

use std::{borrow::Cow, path::Path};

use serde::Deserialize;

use super::{charsmap::Charsmap, pieces::Pieces};
use crate::LoadError;

/// The file's parts.
#[derive(Debug, Deserialize)]
pub(super) struct Document<'a> {
    #[serde(default)]
    added_tokens: Vec<Added>,
    #[serde(borrow)]
    normalizer: Option<Normalizer<'a>>,
    pre_tokenizer: Option<PreTokenizer>,
    post_processor: Option<PostProcessor>,
    pub model: Model,
}

#[derive(Debug, Deserialize)]
struct Added {
    special: bool,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
enum Normalizer<'a> {
    Sequence {
        #[serde(borrow)]
        normalizers: Vec<Normalizer<'a>>,
    },
    Precompiled {
        #[serde(borrow)]
        precompiled_charsmap: Cow<'a, str>,
    },
    Replace {
        pattern: Pattern,
        content: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
enum Pattern {
    String(String),
    Regex(String),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
enum PreTokenizer {
    Sequence {
        pretokenizers: Vec<PreTokenizer>,
    },
    WhitespaceSplit,
    Metaspace {
        replacement: String,
        #[serde(default)]
        prepend_scheme: Option<String>,
        #[serde(default)]
        add_prefix_space: Option<bool>,
        #[serde(default)]
        split: Option<bool>,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
enum PostProcessor {
    TemplateProcessing {
        single: Vec<Slot>,
        special_tokens: std::collections::HashMap<String, Special>,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
enum Slot {
    SpecialToken { id: String },
    Sequence { id: String },
}

#[derive(Debug, Deserialize)]
struct Special {
    ids: Vec<u32>,
}

/// The model part; `vocab` is empty for other kinds.
#[derive(Debug, Deserialize)]
pub(super) struct Model {
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default)]
    pub unk_id: Option<u32>,
    #[serde(default)]
    pub byte_fallback: bool,
    #[serde(default)]
    pub vocab: Pieces,
}

/// One thing done to the text before pieces are looked for.
#[derive(Debug)]
pub(super) enum Step {
    /// Characters by table.
    Map(Charsmap),
    /// A fixed string by another.
    Replace(String, String),
    /// Two spaces or more become one.
    CollapseSpaces,
    /// Every run of white space becomes one space, none at the ends.
    SplitWhitespace,
}

impl<'a> Document<'a> {
    /// Parses the whole file.
    ///
    /// # Errors
    /// With the place where the JSON is broken.
    pub fn parse(text: &'a [u8]) -> Result<Self, String> {
        serde_json::from_slice(text).map_err(|error| error.to_string())
    }

    /// What is done to a text, if all of it is known here.
    pub fn steps(&self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        if let Some(normalizer) = &self.normalizer {
            normalizer.steps(&mut steps)?;
        }
        self.pre_tokenizer.as_ref()?.steps(&mut steps)?;
        // A token that is added without being special is searched in texts, which we do not.
        self.added_tokens
            .iter()
            .all(|added| added.special)
            .then_some(steps)
    }

    /// Ids before and after the text.
    pub fn specials(&self) -> Option<(Vec<u32>, Vec<u32>)> {
        let Some(PostProcessor::TemplateProcessing {
            single,
            special_tokens,
        }) = &self.post_processor
        else {
            return None;
        };
        let text = single
            .iter()
            .position(|slot| matches!(slot, Slot::Sequence { id } if id == "A"))?;
        let ids = |slots: &[Slot]| {
            let mut ids = Vec::new();
            for slot in slots {
                let Slot::SpecialToken { id } = slot else {
                    return None;
                };
                ids.extend(&special_tokens.get(id)?.ids);
            }
            Some(ids)
        };
        Some((ids(&single[..text])?, ids(&single[text + 1..])?))
    }
}

impl Normalizer<'_> {
    fn steps(&self, steps: &mut Vec<Step>) -> Option<()> {
        match self {
            Self::Sequence { normalizers } => {
                return normalizers.iter().try_for_each(|inner| inner.steps(steps));
            }
            Self::Precompiled {
                precompiled_charsmap,
            } => steps.push(Step::Map(Charsmap::decode(precompiled_charsmap)?)),
            Self::Replace {
                pattern: Pattern::String(from),
                content,
            } if !from.is_empty() => {
                steps.push(Step::Replace(from.clone(), content.clone()));
            }
            Self::Replace {
                pattern: Pattern::Regex(regex),
                content,
            } if regex == " {2,}" && content == " " => {
                steps.push(Step::CollapseSpaces);
            }
            Self::Replace { .. } | Self::Other => return None,
        }
        Some(())
    }
}

impl PreTokenizer {
    fn steps(&self, steps: &mut Vec<Step>) -> Option<()> {
        match self {
            Self::Sequence { pretokenizers } => pretokenizers
                .iter()
                .try_for_each(|inner| inner.steps(steps)),
            Self::WhitespaceSplit => {
                steps.push(Step::SplitWhitespace);
                Some(())
            }
            Self::Metaspace {
                replacement,
                prepend_scheme,
                add_prefix_space,
                split,
            } => {
                let prepends = prepend_scheme
                    .as_deref()
                    .map_or(*add_prefix_space != Some(false), |scheme| {
                        scheme == "always"
                    });
                (replacement == "▁" && prepends && *split != Some(false)).then_some(())
            }
            Self::Other => None,
        }
    }
}

/// Whether neighbouring unknown characters are one token: as the library does, unless
/// `tokenizer_config.json` says `"fuse_unk": false`.
pub(super) fn fuse_unknown(path: &Path) -> Result<bool, LoadError> {
    #[derive(Deserialize)]
    struct Side {
        #[serde(default = "yes")]
        fuse_unk: bool,
    }
    const fn yes() -> bool {
        true
    }
    match std::fs::read(path) {
        Ok(text) => match serde_json::from_slice::<Side>(&text) {
            Ok(side) => Ok(side.fuse_unk),
            Err(error) => Err(LoadError::damaged(path, error)),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(LoadError::io(path, error)),
    }
}
