//! Intents and knowledge entries, weighed against each other.

use crate::calibrate::{Bands, Weighed};

/// No side is ever so sure that the other has no say.
const CERTAIN: f64 = 1.0 - 1e-6;

/// One list of both. An entry's number comes after all `intents`' numbers.
///
/// Each side says how likely it is that the text means something of its own rather than nothing:
/// odds of *mine : nothing*. A text means an intent, an entry or nothing, so the three stand as
/// odds *a : b : 1*, and each side's share is divided among its candidates as that side divided it.
/// The bands are those of the side that the likeliest candidate is of.
pub(crate) fn compete(
    intents: (Weighed, Option<Bands>),
    entries: (Weighed, Option<Bands>),
    count: u32,
) -> (Weighed, Option<Bands>) {
    let odds = |weighed: &Weighed| {
        let p = weighed.in_scope.clamp(0.0, CERTAIN);
        p / (1.0 - p)
    };
    let (a, b) = (odds(&intents.0), odds(&entries.0));
    let all = a + b + 1.0;
    let mut candidates: Vec<(u32, f64)> = shares(&intents.0, a / all)
        .chain(shares(&entries.0, b / all).map(|(entry, p)| (count.saturating_add(entry), p)))
        .collect();
    candidates.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
    let bands = match candidates.first() {
        Some((number, _)) if *number >= count => entries.1,
        _ => intents.1,
    };
    let weighed = Weighed {
        candidates,
        in_scope: (a + b) / all,
    };
    (weighed, bands)
}

fn shares(weighed: &Weighed, share: f64) -> impl Iterator<Item = (u32, f64)> {
    let scale = share / weighed.in_scope.max(1e-12);
    weighed
        .candidates
        .iter()
        .map(move |&(number, p)| (number, p * scale))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::compete;
    use crate::calibrate::{Bands, Weighed};

    fn weighed(in_scope: f64, shares: &[f64]) -> Weighed {
        Weighed {
            candidates: (0u32..).zip(shares.iter().map(|s| s * in_scope)).collect(),
            in_scope,
        }
    }

    const fn bands(answer: f64) -> Option<Bands> {
        Some(Bands {
            answer,
            confirm: 0.0,
            in_scope: 0.0,
        })
    }

    #[test]
    fn the_surer_side_leads_and_its_own_bands_count() {
        let intents = (weighed(0.6, &[0.9, 0.1]), bands(0.1));
        let entries = (weighed(0.99, &[0.8, 0.2]), bands(0.2));
        let (both, bands) = compete(intents, entries, 100);
        assert_eq!(both.candidates[0].0, 100);
        assert!(both.candidates[0].1 > 0.75, "{both:?}");
        assert_eq!(bands.map(|bands| bands.answer), Some(0.2));
    }

    #[test]
    fn two_sides_that_are_equally_sure_stand_close() {
        let side = || (weighed(0.98, &[1.0]), bands(0.5));
        let (both, _) = compete(side(), side(), 7);
        assert!((both.candidates[0].1 - both.candidates[1].1).abs() < 1e-9);
        assert!(both.candidates[0].1 < 0.5);
    }

    #[test]
    fn a_side_with_nothing_to_say_changes_nothing() {
        let intents = weighed(0.9, &[0.7, 0.3]);
        let (both, _) = compete((intents.clone(), bands(0.1)), (weighed(0.0, &[]), None), 9);
        assert!((both.in_scope - 0.9).abs() < 1e-9);
        for (now, before) in both.candidates.iter().zip(&intents.candidates) {
            assert!(now.0 == before.0 && (now.1 - before.1).abs() < 1e-9);
        }
    }

    proptest! {
        #[test]
        fn probabilities_stay_probabilities(a in 0.0..=1.0f64, b in 0.0..=1.0f64, s in 0.0..=1.0f64) {
            let (both, _) = compete(
                (weighed(a, &[s, 1.0 - s]), None),
                (weighed(b, &[1.0 - s, s]), None),
                2,
            );
            let sum: f64 = both.candidates.iter().map(|c| c.1).sum();
            prop_assert!((sum - both.in_scope).abs() < 1e-6);
            prop_assert!((0.0..=1.0).contains(&both.in_scope));
            prop_assert!(both.candidates.is_sorted_by(|x, y| x.1 >= y.1));
        }
    }
}
