//! Buttons come back as text; anything may stand in it.

/// A button that was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Press {
    /// Wants this intent.
    Intent {
        /// Its id, which a newer catalogue may not know.
        id: String,
        /// What the button showed.
        label: String,
    },
    /// Wants a human.
    Human,
    /// As if typed.
    Say(String),
    /// Chose the option at this place, counted from 0.
    Choice {
        /// The place.
        at: usize,
        /// What the button showed.
        label: String,
    },
    /// Never mind.
    Cancel,
    /// None of the options.
    None,
}

impl Press {
    /// A payload of no known form means what its label says.
    pub(crate) fn parse(payload: &str, label: &str) -> Self {
        let label = label.trim().to_owned();
        match payload.trim() {
            "human" => return Self::Human,
            "cancel" => return Self::Cancel,
            "none" => return Self::None,
            _ => {}
        }
        match payload.trim().split_once(':') {
            Some(("intent", id)) => Self::Intent {
                id: id.to_owned(),
                label,
            },
            Some(("text", text)) => Self::Say(text.to_owned()),
            Some(("choice", at)) => match at.parse() {
                Ok(at) => Self::Choice { at, label },
                Err(_) => Self::Say(label),
            },
            _ => Self::Say(label),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Press;

    #[test]
    fn every_form_is_known_and_anything_else_is_its_label() {
        let label = || "标签".to_owned();
        for (payload, press) in [
            ("human", Press::Human),
            ("cancel", Press::Cancel),
            ("none", Press::None),
            (
                "text:退货 寄到: 哪里",
                Press::Say("退货 寄到: 哪里".to_owned()),
            ),
            (
                "choice:1",
                Press::Choice {
                    at: 1,
                    label: label(),
                },
            ),
            ("choice:-1", Press::Say(label())),
            ("choice:99999999999999999999", Press::Say(label())),
            ("", Press::Say(label())),
            ("drop table", Press::Say(label())),
        ] {
            assert_eq!(Press::parse(payload, " 标签 "), press, "{payload}");
        }
        let intent = Press::parse("intent:a:b", "标签");
        assert_eq!(
            intent,
            Press::Intent {
                id: "a:b".to_owned(),
                label: label()
            }
        );
    }
}
