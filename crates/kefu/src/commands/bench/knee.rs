//! Where times begin to rise steeply, as far as the rates that were tried come near it.

use serde::Serialize;

use super::steps::Step;

/// Messages per second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Knee {
    /// The highest rate that was borne; 0: none was.
    pub borne: f64,
    /// The lowest one above it that was tried and not borne; 0: none was tried.
    pub not_borne: f64,
    /// A lower rate than the highest borne was not borne in its turn.
    pub uneven: bool,
}

impl Knee {
    pub fn of(steps: &[Step]) -> Self {
        let rates = |borne: bool| {
            let searched = steps.iter().filter(|step| !step.steady);
            let those = searched.filter(move |step| step.borne == borne);
            those.map(|step| step.rate)
        };
        let best = rates(true).fold(0.0, f64::max);
        let above = rates(false).filter(|rate| *rate > best);
        let above = above.fold(f64::INFINITY, f64::min);
        Self {
            borne: best,
            not_borne: if above.is_finite() { above } else { 0.0 },
            uneven: rates(false).any(|rate| rate < best),
        }
    }

    /// In a sentence or two.
    pub fn words(&self) -> String {
        let Self {
            borne,
            not_borne,
            uneven,
        } = *self;
        let mut words = match (borne > 0.0, not_borne > 0.0) {
            (true, true) => format!(
                "borne up to {borne:.1}/s, not at {not_borne:.1}/s: the knee lies between. Plan for {:.1}/s",
                borne / 2.0
            ),
            (true, false) => {
                format!("all rates were borne, up to {borne:.1}/s: the knee lies above them")
            }
            (false, true) => {
                format!("no rate was borne, down to {not_borne:.1}/s: the knee lies below them")
            }
            (false, false) => "nothing was tried".to_owned(),
        };
        if uneven {
            words.push_str(
                ". A lower rate was not borne in its turn: the machine had other work, or --duration is short",
            );
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::{Knee, Step};

    fn of(tried: &[(f64, bool)]) -> Knee {
        let step = |(rate, borne): &(f64, bool)| Step {
            rate: *rate,
            borne: *borne,
            ..Step::default()
        };
        Knee::of(&tried.iter().map(step).collect::<Vec<_>>())
    }

    #[test]
    fn the_knee_lies_between_what_is_borne_and_what_is_not() {
        let knee = of(&[(50.0, true), (200.0, false), (100.0, true), (141.0, false)]);
        assert_eq!((knee.borne, knee.not_borne), (100.0, 141.0));
        assert!(!knee.uneven && knee.words().contains("Plan for 50.0/s"));
        let all = of(&[(50.0, true), (100.0, true)]);
        assert_eq!((all.borne, all.not_borne), (100.0, 0.0));
        let none = of(&[(50.0, false), (25.0, false)]);
        assert_eq!((none.borne, none.not_borne), (0.0, 25.0));
        let uneven = of(&[(50.0, false), (100.0, true)]);
        assert_eq!((uneven.borne, uneven.not_borne), (100.0, 0.0));
        assert!(uneven.uneven && uneven.words().contains("lower rate"));
        assert_eq!(of(&[]), Knee::default());
    }
}
