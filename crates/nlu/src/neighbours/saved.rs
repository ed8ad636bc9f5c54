//! A graph as bytes: what took half a minute to build is read in a moment.
//!
//! Layout, all in little-endian u32 but for the first two fields: 8 bytes magic, u64 fingerprint of the
//! vectors; rows, width of the search, entry, number of layers; for each layer the number of its rows,
//! the rows (upper layers only), then the links of each in the layer's stride.

use std::collections::HashMap;

use super::graph::{Graph, Layer};

const MAGIC: &[u8; 8] = b"KEFUNBR1";

pub(super) fn to_bytes(graph: &Graph, fingerprint: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(fingerprint.to_le_bytes());
    let mut put = |number: u32| bytes.extend(number.to_le_bytes());
    let rows = |layer: &Layer| (layer.links.len() / layer.stride) as u32;
    put(graph.layers.first().map_or(0, rows));
    put(graph.width as u32);
    put(graph.entry);
    put(graph.layers.len() as u32);
    for layer in &graph.layers {
        put(rows(layer));
        if let Some(places) = &layer.places {
            let mut ordered: Vec<(u32, u32)> = places.iter().map(|(&row, &at)| (at, row)).collect();
            ordered.sort_unstable();
            ordered.into_iter().for_each(|(_, row)| put(row));
        }
        layer.links.iter().for_each(|&link| put(link));
    }
    bytes
}

/// The graph, if the bytes are one over `rows` vectors of this fingerprint. Every number is checked:
/// a damaged file is no graph, and never one that leads out of the vectors.
pub(super) fn from_bytes(bytes: &[u8], fingerprint: u64, rows: usize) -> Option<Graph> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (print, rest) = rest.split_first_chunk::<8>()?;
    if u64::from_le_bytes(*print) != fingerprint {
        return None;
    }
    let (numbers, rest) = rest.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut numbers = numbers.iter().map(|number| u32::from_le_bytes(*number));
    let within = |row: &u32| (*row as usize) < rows;
    if numbers.next()? as usize != rows {
        return None;
    }
    let width = numbers.next()? as usize;
    let entry = numbers.next().filter(within)?;
    let count = numbers.next().filter(|&count| (1..=17).contains(&count))?;
    let mut layers = Vec::new();
    for at in 0..count {
        let mut layer = Layer::new(at == 0);
        let size = numbers.next()? as usize;
        if size > rows || (at == 0 && size != rows) {
            return None;
        }
        if let Some(places) = &mut layer.places {
            *places = HashMap::with_capacity(size);
            for place in 0..size {
                places.insert(numbers.next().filter(within)?, place as u32);
            }
        }
        layer.links = numbers.by_ref().take(size * layer.stride).collect();
        let sound = |links: &[u32]| {
            links.split_first().is_some_and(|(&count, links)| {
                (count as usize) <= links.len() && links.iter().all(within)
            })
        };
        if layer.links.len() != size * layer.stride || !layer.links.chunks(layer.stride).all(sound)
        {
            return None;
        }
        layers.push(layer);
    }
    let graph = Graph {
        layers,
        entry,
        width,
    };
    (numbers.next().is_none() && (1..=4096).contains(&width)).then_some(graph)
}
