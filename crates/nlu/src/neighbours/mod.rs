//! The nearest of many vectors.
//!
//! Every vector is kept in 16 bits a number, in two planes: a scan reads the upper 8 bits alone, which
//! is what fits through the memory in time, and the best of it are compared again in all 16. Up to some
//! size that scan is all there is, and it cannot miss. Above, a graph (HNSW, Malkov and Yashunin 2018)
//! is built over the same codes, beside what serves; it is used only if on a sample of the real vectors
//! it finds what the scan finds.

mod codes;
mod graph;
mod heap;
mod saved;

use std::sync::OnceLock;

use self::{codes::Codes, graph::Graph};

/// Of the ten nearest, the graph must find this share, on the sample.
pub const RECALL_MIN: f64 = 0.99;
/// Vectors whose ten nearest are looked up to measure the recall.
const SAMPLE: usize = 100;
const RECALL_AT: usize = 10;
/// Widths of the graph's search that are tried, narrow ones first. Half the first finds the sample's
/// nearest, and a fiftieth less than all of what visitors ask: their texts lie further out.
const WIDTHS: [usize; 4] = [128, 256, 512, 1024];
/// Rows that the coarse pass hands to the fine one, for each that is wanted, and at least.
const FINE_PER_WANTED: usize = 4;
const FINE_MIN: usize = 48;

/// A set of vectors of length one, searched by their cosine.
#[derive(Debug)]
pub struct Neighbours {
    codes: Codes,
    /// Filled at most once, by whoever built the graph beside.
    graph: OnceLock<Graph>,
    exact_max: usize,
}

impl Neighbours {
    /// None yet; every vector will have `dimension` numbers. More than `exact_max` vectors are worth a
    /// graph.
    #[must_use]
    pub fn new(dimension: usize, exact_max: usize) -> Self {
        Self {
            codes: Codes::new(dimension),
            graph: OnceLock::new(),
            exact_max,
        }
    }

    /// Length of every vector.
    #[must_use]
    pub const fn dimension(&self) -> usize {
        self.codes.dimension()
    }

    /// Makes room for `rows` more vectors, and not for more than that.
    pub fn reserve(&mut self, rows: usize) {
        self.codes.reserve(rows);
    }

    /// The cosine of `query` and a row.
    #[must_use]
    pub fn similarity(&self, row: u32, query: &[f32]) -> f32 {
        self.codes.similarity(row, query)
    }

    /// Adds a vector, whose row is the number of those before.
    pub fn push(&mut self, vector: &[f32]) {
        self.graph = OnceLock::new();
        self.codes.push(vector);
    }

    /// How many vectors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of vectors and graph.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.codes.bytes() + self.graph.get().map_or(0, Graph::bytes)
    }

    /// The `count` nearest rows with their cosines, best first; equal ones by row.
    #[must_use]
    pub fn nearest(&self, query: &[f32], count: usize) -> Vec<(u32, f32)> {
        match self.graph.get() {
            Some(graph) => self.by_graph(graph, query, count, graph.width()),
            None => self.exact(query, count),
        }
    }

    /// As [`Self::nearest`] by the scan alone.
    #[must_use]
    pub fn exact(&self, query: &[f32], count: usize) -> Vec<(u32, f32)> {
        let fine = fine(count);
        let coarse = self.codes.coarse(&self.codes.probe(query), fine);
        self.codes.refine(query, coarse, count)
    }

    fn by_graph(
        &self,
        graph: &Graph,
        query: &[f32],
        count: usize,
        width: usize,
    ) -> Vec<(u32, f32)> {
        let width = width.max(fine(count));
        let coarse = graph.search(&self.codes, &self.codes.probe(query), width);
        self.codes.refine(query, coarse, count)
    }

    /// Whether there are enough vectors for a graph, and it is not there yet.
    #[must_use]
    pub fn wants_graph(&self) -> bool {
        self.len() > self.exact_max && self.graph.get().is_none()
    }

    /// Whether searches go by the graph.
    #[must_use]
    pub fn has_graph(&self) -> bool {
        self.graph.get().is_some()
    }

    /// Builds the graph on the calling thread, which takes seconds; searches meanwhile scan.
    /// `go_on` is asked now and then, and ends the work by `false`. Gives the recall that was
    /// measured: below [`RECALL_MIN`] the graph is thrown away, and the scan goes on.
    pub fn build_graph(&self, go_on: &dyn Fn() -> bool) -> Option<f64> {
        let mut graph = Graph::build(&self.codes, go_on)?;
        let recall = self.tune(&mut graph);
        if recall >= RECALL_MIN {
            // Another builder may have been faster; its graph is as good.
            let _ = self.graph.set(graph);
        }
        Some(recall)
    }

    /// Finds the narrowest search that recalls enough; gives the recall of the last one tried.
    fn tune(&self, graph: &mut Graph) -> f64 {
        let step = self.len().div_ceil(SAMPLE).max(1);
        let sample: Vec<(Vec<f32>, f32)> = (0..self.len())
            .step_by(step)
            .map(|row| {
                let vector = self.between(row, (row + self.len() / 2) % self.len());
                let found = self.exact(&vector, RECALL_AT);
                let least = found.last().map_or(-1.0, |last| last.1);
                (vector, least)
            })
            .collect();
        let wanted = sample.len() * RECALL_AT.min(self.len());
        let mut recall = 0.0;
        for width in WIDTHS {
            graph.set_width(width);
            let hits: usize = sample
                .iter()
                .map(|(vector, least)| {
                    let found = self.by_graph(graph, vector, RECALL_AT, width);
                    // One as near as the tenth is as good as the tenth.
                    found.iter().filter(|found| found.1 >= *least).count()
                })
                .sum();
            recall = hits as f64 / wanted.max(1) as f64;
            if recall >= RECALL_MIN {
                break;
            }
        }
        recall
    }

    /// A vector half way from `row` to `other`: what is asked never stands in the index itself, and is
    /// harder to find from than what does.
    fn between(&self, row: usize, other: usize) -> Vec<f32> {
        let (near, far) = (self.codes.vector(row), self.codes.vector(other));
        near.iter().zip(far).map(|(n, f)| n + f).collect()
    }

    /// A name for the vectors: a graph built over them fits no others.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.codes.fingerprint()
    }

    /// The graph as bytes to keep, if there is one.
    #[must_use]
    pub fn graph_bytes(&self) -> Option<Vec<u8>> {
        let graph = self.graph.get()?;
        Some(saved::to_bytes(graph, self.fingerprint()))
    }

    /// Takes a graph that was kept; `false` where it is not one of these vectors.
    pub fn take_graph(&self, bytes: &[u8]) -> bool {
        match saved::from_bytes(bytes, self.fingerprint(), self.len()) {
            Some(graph) => self.graph.set(graph).is_ok(),
            None => false,
        }
    }
}

fn fine(count: usize) -> usize {
    (FINE_PER_WANTED * count).max(FINE_MIN)
}
