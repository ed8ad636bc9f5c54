//! Who may read `/metrics`, as it was written.

use crate::masked::masked;

const TOKEN: &str = "token:";

masked! {
    /// Shows itself without its token, however it is printed or written.
    MetricsDoor, without_token
}

fn without_token(written: &str) -> String {
    if written.starts_with(TOKEN) {
        format!("{TOKEN}***")
    } else {
        written.to_owned()
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
