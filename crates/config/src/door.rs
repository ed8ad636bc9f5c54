//! Who may read `/metrics`, as it was written.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

const TOKEN: &str = "token:";

/// Shows itself without its token, however it is printed or written.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct MetricsDoor(String);

impl MetricsDoor {
    /// As it was written, token and all.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl From<&str> for MetricsDoor {
    fn from(written: &str) -> Self {
        Self(written.to_owned())
    }
}

impl fmt::Display for MetricsDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.starts_with(TOKEN) {
            write!(f, "{TOKEN}***")
        } else {
            f.write_str(&self.0)
        }
    }
}

impl fmt::Debug for MetricsDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl Serialize for MetricsDoor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::MetricsDoor;

    #[test]
    fn a_token_is_masked_however_it_is_shown() {
        let written = "token:0123456789abcdef";
        let door = MetricsDoor::from(written);
        assert_eq!(door.secret(), written);
        assert_eq!(door.to_string(), "token:***");
        assert_eq!(format!("{door:?}"), "\"token:***\"");
        assert_eq!(serde_json::to_value(&door).expect("a string"), "token:***");
        assert_eq!(MetricsDoor::from("loopback").to_string(), "loopback");
    }
}
