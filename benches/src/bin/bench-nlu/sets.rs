//! The public sets, read by path, and how they are split.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context as _, Result};
use kefu_benches::mix;
use kefu_intents::{Catalogue, Intent, Localized, Phrasing};
use kefu_types::Lang;

/// `intent<TAB>text` lines.
pub type Lines = Vec<(String, String)>;

/// One way to split a set.
#[derive(Clone)]
pub struct Split {
    pub set: &'static str,
    pub regime: String,
    pub seed: u64,
    pub train: Lines,
    pub test: Lines,
    /// Texts of no intent.
    pub outside: Vec<String>,
}

impl Split {
    pub fn name(&self) -> String {
        format!("{} / {} / {}", self.set, self.regime, self.seed)
    }

    /// Trained on `count` phrasings of each intent.
    pub fn with_few(&self, count: usize, seed: u64) -> Self {
        Self {
            train: few_per_intent(&self.train, count, seed),
            regime: format!("{count} each"),
            seed,
            ..self.clone()
        }
    }

    /// A quarter of the intents hidden; their texts are the out-of-scope ones.
    pub fn with_hidden(&self, seed: u64) -> Self {
        let hidden = quarter(&self.train, seed);
        let is_hidden = |line: &&(String, String)| hidden.contains(&line.0);
        let known = |lines: &Lines| lines.iter().filter(|l| !is_hidden(l)).cloned().collect();
        Self {
            set: self.set,
            regime: "hidden".to_owned(),
            seed,
            train: known(&self.train),
            test: known(&self.test),
            outside: (self.test.iter().filter(is_hidden))
                .map(|line| line.1.clone())
                .collect(),
        }
    }

    /// With twenty intents of another set.
    pub fn with_strangers(&self, other: &Self) -> Self {
        let mut intents: Vec<&str> = other.train.iter().map(|line| line.0.as_str()).collect();
        intents.sort_unstable();
        intents.dedup();
        intents.truncate(20);
        let strange = other
            .train
            .iter()
            .filter(|l| intents.contains(&l.0.as_str()));
        let named = strange.map(|(intent, text)| (format!("{intent} (20)"), text.clone()));
        let mut split = self.clone();
        split.train.extend(few_per_intent(&named.collect(), 10, 0));
        split
    }
}

/// The sets that are there, whole; several splits of those without a part for testing.
pub fn sets(data: &Path) -> Result<Vec<Vec<Split>>> {
    let whole = |set, seed, train, test, outside| Split {
        set,
        regime: "all".to_owned(),
        seed,
        train,
        test,
        outside,
    };
    let mut sets = Vec::new();
    if let Some((train, test)) = pair(data, "massive_zh")? {
        sets.push(vec![whole("massive_zh", 0, train, test, Vec::new())]);
    }
    if let Some(all) = lines(&data.join("telemarketing_cn/train.tsv"))? {
        let fold = |fold: u64| {
            let numbered = (0u64..).zip(all.clone());
            let (test, train): (Vec<_>, Vec<_>) =
                numbered.partition(|(at, _)| mix(*at, 1) % 5 == fold);
            let plain =
                |lines: Vec<(u64, (String, String))>| lines.into_iter().map(|l| l.1).collect();
            whole(
                "telemarketing_cn",
                fold,
                plain(train),
                plain(test),
                Vec::new(),
            )
        };
        sets.push((0..5).map(fold).collect());
    }
    if let Some((train, test)) = pair(data, "clinc150")? {
        let outside = lines(&data.join("clinc150/oos_val.tsv"))?.unwrap_or_default();
        let outside = outside.into_iter().map(|line| line.1).collect();
        sets.push(vec![whole("clinc150", 0, train, test, outside)]);
    }
    Ok(sets)
}

fn pair(data: &Path, name: &str) -> Result<Option<(Lines, Lines)>> {
    let of = |part: &str| lines(&data.join(name).join(part));
    Ok(of("train.tsv")?.zip(of("val.tsv")?))
}

/// `None`, with a word about it, where the file is not there.
fn lines(path: &Path) -> Result<Option<Lines>> {
    if !path.is_file() {
        eprintln!("without {}: not there", path.display());
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let split = |line: &str| {
        let (intent, text) = line.split_once('\t').context("expected intent<TAB>text")?;
        Ok((intent.to_owned(), text.to_owned()))
    };
    text.lines().map(split).collect::<Result<Lines>>().map(Some)
}

fn few_per_intent(lines: &Lines, count: usize, seed: u64) -> Lines {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|&at| mix(at as u64, seed + 2));
    let mut taken = BTreeMap::<&str, usize>::new();
    let wanted = |at: &usize| {
        let taken = taken.entry(lines[*at].0.as_str()).or_default();
        *taken += 1;
        *taken <= count
    };
    let chosen = order.into_iter().filter(wanted);
    chosen.map(|at| lines[at].clone()).collect()
}

/// A quarter of the intents.
fn quarter(lines: &Lines, seed: u64) -> BTreeSet<String> {
    let mut intents: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
    intents.sort_unstable();
    intents.dedup();
    let numbered = (0u64..).zip(intents);
    numbered
        .filter(|(at, _)| mix(*at, seed + 99).is_multiple_of(4))
        .map(|(_, i)| i.to_owned())
        .collect()
}

/// A catalogue of these lines; ids are the labels, as `kefu intents import` makes them.
pub fn catalogue(lines: &Lines) -> Catalogue {
    let mut texts = BTreeMap::<&str, Vec<Phrasing>>::new();
    for (intent, text) in lines {
        let lang = Lang::detect(text).unwrap_or_default();
        let text = text.clone();
        texts
            .entry(intent)
            .or_default()
            .push(Phrasing { text, lang });
    }
    let intent = |(id, phrasings): (&str, Vec<Phrasing>)| Intent {
        id: id.to_owned(),
        title: Localized(BTreeMap::from([(Lang::Zh, id.to_owned())])),
        phrasings,
        ..Intent::default()
    };
    Catalogue {
        version: "000000000000".to_owned(),
        intents: texts.into_iter().map(intent).collect(),
        ..Catalogue::default()
    }
}
