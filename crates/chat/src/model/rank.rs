//! A place in the queue as a value, so that every node and every restart sorts alike.

/// Smaller is served earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank {
    /// Priority lane; 0 before 1.
    pub lane: u8,
    /// Whether it has never been served: whoever lost an agent goes before all of the lane.
    pub fresh: bool,
    /// First come, first served; an id of the core's generator, so never from a clock alone.
    pub ticket: u64,
}
