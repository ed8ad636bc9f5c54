//! A graph of near rows in layers, each a thinned-out copy of the one below.
//!
//! Hierarchical navigable small worlds (Malkov and Yashunin 2018, algorithms 1 to 5), with links in flat
//! arrays: 136 bytes a row. A row's layer follows from its number, so that the same vectors give the
//! same graph.

use std::collections::{BinaryHeap, HashMap};

use crate::mix::mix;

use super::{
    codes::{Codes, Probe},
    heap::Near,
};

/// Links of a row in an upper layer, and in the lowest.
const LINKS: usize = 16;
const LINKS_BASE: usize = 32;
/// Candidates that a new row's links are chosen from.
const BUILD_WIDTH: usize = 128;
/// Rows between two questions whether to go on.
const ASK_EVERY: usize = 256;

/// Links of the rows of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layer {
    /// Where a row's links stand; `None` in the lowest layer, which has all rows in order.
    pub places: Option<HashMap<u32, u32>>,
    /// `stride` numbers a row: how many links, then the links.
    pub links: Vec<u32>,
    pub stride: usize,
}

impl Layer {
    pub fn new(base: bool) -> Self {
        Self {
            places: (!base).then(HashMap::new),
            links: Vec::new(),
            stride: 1 + if base { LINKS_BASE } else { LINKS },
        }
    }

    fn add(&mut self, row: u32) {
        let place = (self.links.len() / self.stride) as u32;
        if let Some(places) = &mut self.places {
            places.insert(row, place);
        }
        self.links.resize(self.links.len() + self.stride, 0);
    }

    fn start(&self, row: u32) -> usize {
        let place = match &self.places {
            Some(places) => places.get(&row).copied().unwrap_or_default(),
            None => row,
        };
        place as usize * self.stride
    }

    fn of(&self, row: u32) -> &[u32] {
        let start = self.start(row);
        let count = self.links.get(start).map_or(0, |&count| count as usize);
        self.links
            .get(start + 1..start + 1 + count)
            .unwrap_or_default()
    }

    fn set(&mut self, row: u32, links: impl Iterator<Item = u32>) {
        let start = self.start(row);
        let mut count = 0;
        for (slot, link) in self.links[start + 1..start + self.stride]
            .iter_mut()
            .zip(links)
        {
            *slot = link;
            count += 1;
        }
        self.links[start] = count;
    }

    fn links_max(&self) -> usize {
        self.stride - 1
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Graph {
    /// The lowest first.
    pub layers: Vec<Layer>,
    /// A row of the highest layer.
    pub entry: u32,
    pub width: usize,
}

/// What is looked for, and among what.
#[derive(Clone, Copy)]
struct Sought<'a> {
    codes: &'a Codes,
    probe: &'a Probe,
}

/// What a search needs again and again.
struct Scratch {
    /// The number of the search that saw a row last.
    seen: Vec<u32>,
    search: u32,
    fresh: Vec<u32>,
    similarities: Vec<f32>,
}

impl Scratch {
    fn new(rows: usize) -> Self {
        Self {
            seen: vec![0; rows],
            search: 0,
            fresh: Vec::new(),
            similarities: Vec::new(),
        }
    }

    fn visit(&mut self, row: u32) -> bool {
        let last = &mut self.seen[row as usize];
        let new = *last != self.search;
        *last = self.search;
        new
    }
}

impl Graph {
    /// Over all rows; `None` when told to stop.
    pub fn build(codes: &Codes, go_on: &dyn Fn() -> bool) -> Option<Self> {
        let mut graph = Self {
            layers: vec![Layer::new(true)],
            entry: 0,
            width: BUILD_WIDTH,
        };
        let base = &mut graph.layers[0];
        base.links.reserve_exact(codes.len() * base.stride);
        let mut scratch = Scratch::new(codes.len());
        for row in 0..codes.len() {
            if row % ASK_EVERY == 0 && !go_on() {
                return None;
            }
            graph.insert(codes, row as u32, &mut scratch);
        }
        Some(graph)
    }

    pub const fn width(&self) -> usize {
        self.width
    }

    pub fn set_width(&mut self, width: usize) {
        self.width = width;
    }

    pub fn bytes(&self) -> usize {
        let of = |layer: &Layer| {
            let places = layer.places.as_ref().map_or(0, HashMap::capacity);
            4 * layer.links.capacity() + 9 * places
        };
        self.layers.iter().map(of).sum()
    }

    fn insert(&mut self, codes: &Codes, row: u32, scratch: &mut Scratch) {
        let level = level(row);
        let top = self.layers.len() - 1;
        self.layers[0].add(row);
        for layer in 1..=level {
            if layer > top {
                self.layers.push(Layer::new(false));
            }
            self.layers[layer].add(row);
        }
        if row > 0 {
            let probe = &codes.probe_of(row as usize);
            let sought = Sought { codes, probe };
            let mut near = self.descend(sought, level.min(top), scratch);
            for layer in (0..=level.min(top)).rev() {
                let found = self.wide(sought, &near, BUILD_WIDTH, layer, scratch);
                self.link(codes, row, &found, layer);
                near = found;
            }
        }
        if level > top || row == 0 {
            self.entry = row;
        }
    }

    fn link(&mut self, codes: &Codes, row: u32, found: &[Near], layer: usize) {
        let chosen = choose(codes, found, LINKS);
        self.layers[layer].set(row, chosen.iter().map(|near| near.row));
        for near in chosen {
            let links = self.layers[layer].of(near.row);
            if links.len() < self.layers[layer].links_max() {
                let more: Vec<u32> = links.iter().copied().chain([row]).collect();
                self.layers[layer].set(near.row, more.into_iter());
                continue;
            }
            let mut all: Vec<Near> = links
                .iter()
                .map(|&link| Near {
                    similarity: codes.between(near.row, link),
                    row: link,
                })
                .collect();
            all.push(Near {
                similarity: near.similarity,
                row,
            });
            all.sort_unstable_by(|a, b| b.cmp(a));
            let kept = choose(codes, &all, self.layers[layer].links_max());
            self.layers[layer].set(near.row, kept.iter().map(|near| near.row));
        }
    }

    /// The `width` nearest rows that are found, best first, by upper codes.
    pub fn search(&self, codes: &Codes, probe: &Probe, width: usize) -> Vec<Near> {
        let mut scratch = Scratch::new(codes.len());
        let sought = Sought { codes, probe };
        let near = self.descend(sought, 0, &mut scratch);
        self.wide(sought, &near, width, 0, &mut scratch)
    }

    /// From the top to the layer above `to`, always to the nearest.
    fn descend(&self, sought: Sought<'_>, to: usize, scratch: &mut Scratch) -> Vec<Near> {
        let mut similarity = Vec::new();
        sought
            .codes
            .some(sought.probe, &[self.entry], &mut similarity);
        let mut near = vec![Near {
            similarity: similarity[0],
            row: self.entry,
        }];
        for layer in (to + 1..self.layers.len()).rev() {
            near = self.wide(sought, &near, 1, layer, scratch);
        }
        near
    }

    /// The `width` nearest rows of a layer that are reached from `from`, best first.
    fn wide(
        &self,
        sought: Sought<'_>,
        from: &[Near],
        width: usize,
        layer: usize,
        scratch: &mut Scratch,
    ) -> Vec<Near> {
        scratch.search += 1;
        let mut open: BinaryHeap<Near> = BinaryHeap::new();
        let mut best: BinaryHeap<std::cmp::Reverse<Near>> = BinaryHeap::new();
        for &near in from {
            scratch.visit(near.row);
            open.push(near);
            best.push(std::cmp::Reverse(near));
        }
        while let Some(next) = open.pop() {
            let worst = best.peek().map(|worst| worst.0);
            if best.len() >= width && worst.is_some_and(|worst| next < worst) {
                break;
            }
            let mut fresh = std::mem::take(&mut scratch.fresh);
            fresh.clear();
            let links = self.layers[layer].of(next.row);
            fresh.extend(links.iter().filter(|&&link| scratch.visit(link)));
            sought
                .codes
                .some(sought.probe, &fresh, &mut scratch.similarities);
            for (&row, &similarity) in fresh.iter().zip(&scratch.similarities) {
                let near = Near { similarity, row };
                let full = best.len() >= width;
                if full && best.peek().is_some_and(|worst| near < worst.0) {
                    continue;
                }
                open.push(near);
                best.push(std::cmp::Reverse(near));
                if full {
                    best.pop();
                }
            }
            scratch.fresh = fresh;
        }
        let mut found: Vec<Near> = best.into_iter().map(|near| near.0).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.truncate(width.max(1));
        found
    }
}

/// Links in different directions (algorithm 4): one that is nearer to a chosen one than to the row
/// itself leads nowhere new. What is left over fills up, the nearest first.
fn choose(codes: &Codes, found: &[Near], most: usize) -> Vec<Near> {
    let mut chosen: Vec<Near> = Vec::with_capacity(most);
    let mut left = Vec::new();
    for &near in found {
        if chosen.len() >= most {
            break;
        }
        let new = chosen
            .iter()
            .all(|other| codes.between(near.row, other.row) < near.similarity);
        if new {
            chosen.push(near);
        } else {
            left.push(near);
        }
    }
    let room = most - chosen.len();
    chosen.extend(left.into_iter().take(room));
    chosen
}

/// The highest layer of a row: one in sixteen goes one up, and so on.
fn level(row: u32) -> usize {
    // Four bits a layer; sixteen layers are more than there will ever be.
    (mix(u64::from(row)).trailing_zeros() / 4) as usize
}
