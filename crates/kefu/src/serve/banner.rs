//! What the operator sees when everything is up. Standard output, never the log: the one-time
//! link is a secret.

use std::{io::Write as _, net::SocketAddr};

use super::probe::reachable;

/// Says where to go.
pub fn print(address: SocketAddr, setup_token: Option<&str>) {
    // Nobody may be listening on standard output; that is fine.
    let _ = std::io::stdout().write_all(text(address, setup_token).as_bytes());
}

fn text(address: SocketAddr, setup_token: Option<&str>) -> String {
    let base = format!("http://{}", reachable(address));
    let mut text = format!(
        "\nKefu is ready.\n\n  Visitor page     访客页面    {base}/\n  Agent workspace  坐席工作台  {base}/agent\n"
    );
    if let Some(token) = setup_token {
        text.push_str(&format!(
            "\n  Create the first admin with this link; it works once, for 24 hours.\n  用下面的一次性链接创建第一个管理员，24 小时内有效：\n  {base}/setup?token={token}\n"
        ));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn the_link_is_shown_only_while_it_is_needed() {
        let address = "0.0.0.0:8811".parse().expect("an address");
        assert!(text(address, Some("abc")).contains("http://127.0.0.1:8811/setup?token=abc"));
        assert!(!text(address, None).contains("setup"));
    }
}
