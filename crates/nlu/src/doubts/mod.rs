//! What an admin should look at although the set works: keywords that take what belongs to
//! another intent, and phrasings that sit inside another intent.
//!
//! Everything here is a warning. It needs no fitted engine, so that `kefu intents check` is quick.

mod keywords;
mod nearer;
mod sketch;

use kefu_intents::{Catalogue, Places, Problem};

use crate::engine::BuildError;
use crate::port::{Embedder, VectorCache};
use crate::progress::Progress;

/// All doubts about `catalogue`, in no order. Phrasings are compared by sentence vectors and
/// n-grams, or by n-grams alone without an embedder.
///
/// # Errors
/// When a keyword is not usable or the embedder fails.
pub fn doubts(
    catalogue: &Catalogue,
    places: &Places,
    embedder: Option<&dyn Embedder>,
    cache: &dyn VectorCache,
    progress: Progress<'_>,
) -> Result<Vec<Problem>, BuildError> {
    let scene = Scene { catalogue, places };
    let mut problems = keywords::taken(&scene)?;
    problems.extend(keywords::shadowed(&scene));
    problems.extend(nearer::all(&scene, embedder, cache, progress)?);
    Ok(problems)
}

/// The set and where its parts stand.
struct Scene<'a> {
    catalogue: &'a Catalogue,
    places: &'a Places,
}

impl Scene<'_> {
    fn id(&self, intent: usize) -> &str {
        let found = self.catalogue.intents.get(intent);
        found.map_or("", |intent| intent.id.as_str())
    }

    /// " (file:line:column)" of another place, or nothing where that is not known.
    fn named(spot: Option<kefu_intents::Spot>) -> String {
        spot.map_or_else(String::new, |spot| format!(" ({spot})"))
    }
}

/// As much of a text as a message shows.
fn shorten(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short + "…"
    } else {
        short
    }
}
