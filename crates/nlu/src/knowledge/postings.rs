//! Which texts have a term: an inverted index over pairs of characters and words.

use kefu_text::{char_ngrams, words};
use rayon::prelude::*;

/// Entries of the index that one search reads at most, those of the rarest terms first: what every
/// second text has tells nothing, and would take the longest.
const READ_MAX: usize = 100_000;

/// The distinct terms of a normalised text, as hashes in ascending order.
pub(super) fn terms(normal: &str) -> Vec<u64> {
    let pairs = char_ngrams(normal, 2..=2).map(|pair| hash(1, pair));
    let mut terms: Vec<u64> = pairs
        .chain(words(normal).map(|word| hash(2, word)))
        .collect();
    if terms.is_empty() {
        terms.extend(char_ngrams(normal, 1..=1).map(|one| hash(3, one)));
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// FNV-1a over a kind and a piece of text; a clash would only blur one weight.
fn hash(kind: u8, text: &str) -> u64 {
    std::iter::once(kind)
        .chain(text.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

#[derive(Debug, Default)]
pub(super) struct Postings {
    /// Ascending; the rows of term i are `rows[starts[i]..starts[i + 1]]`.
    terms: Vec<u64>,
    starts: Vec<u32>,
    rows: Vec<u32>,
    /// The length of each row's vector of weights.
    norms: Vec<f32>,
}

impl Postings {
    /// Over the texts, numbered as they come. Uses the current rayon pool.
    pub fn build(texts: &[&str]) -> Self {
        let of = |(row, text): (usize, &&str)| {
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            let normal = kefu_text::normalize(text);
            terms(&normal)
                .into_iter()
                .map(move |term| (term, row))
                .collect::<Vec<_>>()
        };
        let mut pairs: Vec<(u64, u32)> = texts.par_iter().enumerate().flat_map_iter(of).collect();
        pairs.par_sort_unstable();
        let mut index = Self {
            norms: vec![0.0; texts.len()],
            rows: Vec::with_capacity(pairs.len()),
            ..Self::default()
        };
        for run in pairs.chunk_by(|a, b| a.0 == b.0) {
            index.terms.push(run[0].0);
            index.starts.push(index.rows.len() as u32);
            let weight = index.idf(run.len()).powi(2);
            for &(_, row) in run {
                index.rows.push(row);
                index.norms[row as usize] += weight;
            }
        }
        index.starts.push(index.rows.len() as u32);
        index.norms.iter_mut().for_each(|norm| *norm = norm.sqrt());
        index
    }

    pub fn bytes(&self) -> usize {
        8 * self.terms.capacity()
            + 4 * (self.starts.capacity() + self.rows.capacity() + self.norms.capacity())
    }

    fn idf(&self, count: usize) -> f32 {
        ((1.0 + self.norms.len() as f32) / (1.0 + count as f32)).ln() + 1.0
    }

    fn rows_of(&self, term: u64) -> &[u32] {
        let Ok(at) = self.terms.binary_search(&term) else {
            return &[];
        };
        &self.rows[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// A text to look up.
    pub fn query(&self, normal: &str) -> Query {
        let terms: Vec<(u64, f32)> = terms(normal)
            .into_iter()
            .map(|term| (term, self.idf(self.rows_of(term).len())))
            .collect();
        let norm = terms.iter().map(|(_, idf)| idf * idf).sum::<f32>().sqrt();
        Query { terms, norm }
    }

    /// Rows that share rare terms with the text, up to `count`, the likest first.
    pub fn nearest(&self, query: &Query, count: usize) -> Vec<u32> {
        let mut lists: Vec<(&[u32], f32)> = query
            .terms
            .iter()
            .map(|&(term, idf)| (self.rows_of(term), idf * idf))
            .filter(|(rows, _)| !rows.is_empty())
            .collect();
        lists.sort_by_key(|(rows, _)| rows.len());
        let mut sums = vec![0f32; self.norms.len()];
        let (mut touched, mut read) = (Vec::new(), 0);
        for (rows, weight) in lists {
            read += rows.len();
            if read > READ_MAX && !touched.is_empty() {
                break;
            }
            for &row in rows {
                let sum = &mut sums[row as usize];
                if *sum == 0.0 {
                    touched.push(row);
                }
                *sum += weight;
            }
        }
        let score = |row: u32| sums[row as usize] / self.norms[row as usize].max(1e-6);
        let by_score = |a: &u32, b: &u32| score(*b).total_cmp(&score(*a)).then(a.cmp(b));
        if touched.len() > count {
            touched.select_nth_unstable_by(count - 1, by_score);
            touched.truncate(count);
        }
        touched.sort_unstable_by(by_score);
        touched
    }

    /// How alike the text and row `row`, whose text is `normal`, are: the cosine of their weighted terms,
    /// 0 to 1.
    pub fn likeness(&self, query: &Query, row: u32, normal: &str) -> f32 {
        let of_row = terms(normal);
        let shared: f32 = query
            .terms
            .iter()
            .filter(|(term, _)| of_row.binary_search(term).is_ok())
            .map(|(_, idf)| idf * idf)
            .sum();
        let norm = self.norms.get(row as usize).copied().unwrap_or_default();
        (shared / (norm * query.norm).max(1e-6)).min(1.0)
    }
}

/// Terms of a text with their weights.
#[derive(Debug)]
pub(super) struct Query {
    terms: Vec<(u64, f32)>,
    norm: f32,
}

#[cfg(test)]
mod tests {
    use super::Postings;

    #[test]
    fn rare_letters_find_their_text_among_many_alike() {
        let texts: Vec<String> = (0..500)
            .map(|n| format!("型号 KX{n:03} 的保修期是多久"))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let index = Postings::build(&texts);
        let normal = kefu_text::normalize("kx217保修多久");
        let query = index.query(&normal);
        assert_eq!(index.nearest(&query, 5)[0], 217);
        let itself = kefu_text::normalize(texts[3]);
        let query = index.query(&itself);
        assert!(index.likeness(&query, 3, &itself) > 0.999);
        let other = kefu_text::normalize(texts[4]);
        assert!(index.likeness(&query, 4, &other) < 0.95);
    }

    #[test]
    fn what_shares_nothing_is_not_found() {
        let index = Postings::build(&["退货", "发票"]);
        assert!(index.nearest(&index.query("hello"), 5).is_empty());
        assert!(index.nearest(&index.query(""), 5).is_empty());
        let none = Postings::build(&[]);
        assert!(none.nearest(&none.query("退货"), 5).is_empty());
    }
}
