//! The bounds of word lists. Passing one is an error that names it.

/// Bytes of one file.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Entries of one list.
pub const ENTRIES_MAX: usize = 20_000;
/// Characters of one entry.
pub const ENTRY_CHARS_MAX: usize = 100;
/// Lists and maps inside each other; the format itself needs two.
pub const NESTING_MAX: usize = 8;
/// Problems that a report keeps.
pub const PROBLEMS_MAX: usize = 1_000;
/// How often a text is looked at again after something in it was masked: words may lie in each
/// other like 坏坏话话. What still matches then was made to, and is masked whole.
pub const PASSES_MAX: usize = 8;
/// Places at which one look at a text says that entries of `alert` are.
pub const PLACES_MAX: usize = 64;
