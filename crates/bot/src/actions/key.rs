//! The key that makes an action idempotent.

use kefu_dialog::Action;

/// Conversation, last settled turn, and what is asked for. A turn that is repeated by another bot,
/// or overtaken by one more word of the visitor, has settled nothing in between, so its action has
/// the same key; with a corrected value it is another action. FNV-1a of 64 bits (Fowler, Noll, Vo)
/// is enough within one turn, and the same on every machine and version.
pub(crate) fn key(conversation_id: u64, action: &Action) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut eat = |text: &str| {
        // The byte at the end keeps "ab", "c" apart from "a", "bc".
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    eat(&action.name);
    for (name, value) in &action.arguments {
        eat(name);
        eat(value);
    }
    format!("{conversation_id}-{}-{hash:016x}", action.settled)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Action, key};

    fn action(settled: u64, pairs: &[(&str, &str)]) -> Action {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Action {
            name: "order.cancel".to_owned(),
            arguments: pairs.iter().map(owned).collect::<BTreeMap<_, _>>(),
            settled,
        }
    }

    #[test]
    fn a_key_is_one_things_only_and_never_changes() {
        let one = key(7, &action(3, &[("order_number", "JD1")]));
        assert_eq!(one, key(7, &action(3, &[("order_number", "JD1")])));
        assert_eq!(one, "7-3-cd2d4896665525e5");
        for other in [
            key(8, &action(3, &[("order_number", "JD1")])),
            key(7, &action(4, &[("order_number", "JD1")])),
            key(7, &action(3, &[("order_number", "JD2")])),
            key(7, &action(3, &[("order_numbe", "rJD1")])),
            key(7, &action(3, &[])),
        ] {
            assert_ne!(one, other);
        }
    }
}
