//! What both XMPP servers have in common: accounts in pairs, and an archive that can be counted.

use serde_json::{Value, json};

use super::few_at_once;
use crate::{lines::XmppLine, load::Conversation};

pub(super) async fn connect(
    address: &str,
    count: usize,
) -> anyhow::Result<Vec<Conversation<XmppLine>>> {
    let address = address.to_owned();
    few_at_once(count, |pair| {
        let address = address.clone();
        async move {
            let (sender, reader) = (format!("s{pair}"), format!("r{pair}"));
            let reads = XmppLine::connect(&address, &reader, &sender, true).await?;
            let writes = XmppLine::connect(&address, &sender, &reader, false).await?;
            Ok(Conversation::new(writes, Some(reads)))
        }
    })
    .await
}

/// Every message is archived twice, once for its sender and once for its reader: both archives
/// of all pairs are asked for their counts.
pub(super) async fn audit(conversations: Vec<Conversation<XmppLine>>) -> anyhow::Result<Value> {
    let (mut acknowledged, mut of_senders, mut of_readers) = (0, 0, 0);
    for mut conversation in conversations {
        acknowledged += conversation.ledger.acknowledged.len() as u64;
        of_senders += conversation.sender.archived().await?;
        if let Some(reader) = &mut conversation.reader {
            of_readers += reader.archived().await?;
        }
    }
    Ok(json!({
        "acknowledged": acknowledged,
        "stored": of_readers.min(of_senders),
        "archived_for_senders": of_senders,
        "archived_for_readers": of_readers,
    }))
}
