//! The history of intents. The simulator does not exercise it; the port has it.

use kefu_chat::{
    ContentHash, RecordVersion,
    store::{Change, Outcome, StoreError},
};
use kefu_proto::v1;
use kefu_types::TenantId;

use super::tables::Tables;

pub(super) fn change(tables: &mut Tables, change: &Change) -> Result<Outcome, StoreError> {
    Ok(match change {
        Change::PutPiece {
            tenant,
            content,
            piece,
            data,
            at_ms,
        } => {
            let row = (data.to_vec(), *at_ms);
            tables.pieces.insert((*tenant, *content, *piece), row);
            Outcome::Applied
        }
        Change::SealContent {
            tenant,
            content,
            bytes,
            at_ms,
        } => {
            let stored: usize = pieces(tables, *tenant, *content)
                .map(|data| data.len())
                .sum();
            if stored as u64 != *bytes {
                return Ok(Outcome::Missing);
            }
            let row = (*bytes, *at_ms);
            tables.contents.insert((*tenant, *content), row);
            Outcome::Applied
        }
        Change::RecordVersion(record) => self::record(tables, record)?,
        _ => Outcome::Missing,
    })
}

fn pieces(
    tables: &Tables,
    tenant: TenantId,
    content: ContentHash,
) -> impl Iterator<Item = &Vec<u8>> {
    let range = (tenant, content, 0)..=(tenant, content, u32::MAX);
    tables.pieces.range(range).map(|(_, (data, _))| data)
}

fn record(tables: &mut Tables, record: &RecordVersion) -> Result<Outcome, StoreError> {
    let tenant = record.tenant;
    let newest = tables
        .versions
        .range((tenant, 0)..=(tenant, u64::MAX))
        .next_back();
    let number = match record.number_after(newest.map(|(_, version)| version)) {
        Ok(number) => number,
        Err(outcome) => return Ok(outcome),
    };
    let mut missing = Vec::new();
    for file in &record.version.files {
        let hash = ContentHash::parse(&file.sha256)
            .ok_or_else(|| StoreError::Rejected("a file without its hash".to_owned()))?;
        if !tables.contents.contains_key(&(tenant, hash)) {
            missing.push(hash);
        }
    }
    if !missing.is_empty() {
        missing.sort_unstable();
        missing.dedup();
        return Ok(Outcome::MissingContents(missing));
    }
    let mut version = record.version.clone();
    version.number = number;
    version
        .files
        .sort_by(|one, other| one.path.cmp(&other.path));
    tables.versions.insert((tenant, number), version);
    trim(tables, record, number);
    Ok(Outcome::Recorded {
        version: Box::new(record.info(number)),
        new: true,
    })
}

fn trim(tables: &mut Tables, record: &RecordVersion, newest: u64) {
    let tenant = record.tenant;
    let oldest = (newest + 1).saturating_sub(u64::from(record.keep.max(1)));
    tables
        .versions
        .retain(|(whose, number), _| *whose != tenant || *number >= oldest);
    let of_tenant = tables.versions.range((tenant, 0)..=(tenant, u64::MAX));
    let named: Vec<String> = of_tenant
        .flat_map(|(_, version)| version.files.iter().map(|file| file.sha256.clone()))
        .collect();
    let young = |at_ms: i64| at_ms >= record.orphans_before_ms;
    tables.contents.retain(|(whose, content), (_, at_ms)| {
        *whose != tenant || young(*at_ms) || named.contains(&content.to_string())
    });
    let contents = &tables.contents;
    tables.pieces.retain(|(whose, content, _), (_, at_ms)| {
        *whose != tenant || young(*at_ms) || contents.contains_key(&(tenant, *content))
    });
}

/// Newest first, without files.
pub(super) fn versions(
    tables: &Tables,
    tenant: TenantId,
    before: u64,
    limit: usize,
) -> Vec<v1::CatalogueVersion> {
    let below = tables.versions.range((tenant, 0)..(tenant, before));
    let bare = |version: &v1::CatalogueVersion| v1::CatalogueVersion {
        files: Vec::new(),
        ..version.clone()
    };
    let newest_first = below.rev().map(|(_, version)| bare(version));
    newest_first.take(limit).collect()
}

pub(super) fn piece(
    tables: &Tables,
    tenant: TenantId,
    content: ContentHash,
    piece: u32,
) -> Option<Vec<u8>> {
    tables.contents.get(&(tenant, content))?;
    let (data, _) = tables.pieces.get(&(tenant, content, piece))?;
    Some(data.clone())
}
