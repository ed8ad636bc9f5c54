//! Asks the edge whether everything is ready.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const PAUSE: Duration = Duration::from_millis(50);
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Returns when `/readyz` says 200.
///
/// # Errors
/// The last answer, when `limit` passes before.
pub async fn until_ready(address: SocketAddr, limit: Duration) -> Result<(), String> {
    let mut last = String::from("no answer");
    let asking = async {
        loop {
            match ask(address).await {
                Ok(answer) if answer.starts_with("HTTP/1.1 200") => return,
                Ok(answer) => last = answer.lines().last().unwrap_or_default().to_owned(),
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let outcome = tokio::time::timeout(limit, asking).await;
    outcome.map_err(|_| last)
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let work = async {
        let mut stream = TcpStream::connect(reachable(address)).await?;
        let request = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await?;
        let mut answer = String::new();
        stream
            .take(ANSWER_BYTES_MAX)
            .read_to_string(&mut answer)
            .await?;
        Ok(answer)
    };
    tokio::time::timeout(Duration::from_secs(2), work)
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

/// An address to connect to: 0.0.0.0 means every interface, so this machine's own will do.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => [127, 0, 0, 1].into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
