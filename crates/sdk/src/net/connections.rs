//! What connects to a server, with TLS or without, and asks it.

use std::{error::Error, net::IpAddr, path::Path, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use rustls::RootCertStore;
use tokio::{net::TcpStream, time::timeout};
use tower::ServiceExt as _;

use super::trust;
use crate::{Limits, Problem};

/// A connection, with TLS or without.
pub(super) type Line = TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>;

/// Connections to one server, from one address of this machine. Clients may share them
/// ([`crate::Options::connections`]): requests take a connection that another one has left, and the
/// authorities are read once.
#[derive(Debug, Clone)]
pub struct Connections {
    server: String,
    connector: HttpsConnector<HttpConnector>,
    requests: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    answer_bytes_max: usize,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Connections {
    /// To `server`: `http://host:port`, or `https://` for TLS (`ws://` and `wss://` mean the same).
    /// `source` is the local address that they come from; none: whatever the system takes. Over TLS a
    /// server is believed whose certificate comes from an authority in the file `authorities` (PEM);
    /// none: from one that this machine believes.
    ///
    /// # Errors
    /// `invalid` when the address is none or the file cannot be used, `tls` when this machine believes
    /// no authority.
    pub fn new(
        server: &str,
        source: Option<IpAddr>,
        authorities: Option<&Path>,
        limits: &Limits,
    ) -> Result<Self, Problem> {
        let server = normalised(server)?;
        let believed = match authorities {
            _ if server.starts_with("http://") => RootCertStore::empty(),
            Some(file) => trust::of_a_file(file)?,
            None => trust::of_the_machine()?,
        };
        let mut tcp = HttpConnector::new();
        // The connector around it knows both schemes.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_local_address(source);
        tcp.set_connect_timeout(Some(Duration::from_millis(limits.connect_ms)));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trust::handshakes(believed)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let requests = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector.clone());
        Ok(Self {
            server,
            connector,
            requests,
            // Several frames may come at once, and JSON is longer.
            answer_bytes_max: limits.frame_bytes_max.saturating_mul(2),
        })
    }

    /// `http://host:port` or `https://host:port`.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The address of the WebSocket.
    pub(super) fn socket_url(&self) -> String {
        format!("{}/ws", self.server.replacen("http", "ws", 1))
    }

    /// A connection for a WebSocket.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) async fn dial(&self) -> Result<Line, Problem> {
        let uri = self.server.parse::<Uri>();
        let uri = uri.map_err(|error| unusable(&error))?;
        let dialled = self.connector.clone().oneshot(uri).await;
        dialled.map(TokioIo::new).map_err(|error| lost(&*error))
    }

    /// A request for `path`, which has a query or not, to be completed.
    pub(crate) fn request(&self, method: Method, path: &str) -> request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server))
    }

    /// Sends a request; returns once the head of the answer is there.
    ///
    /// # Errors
    /// `offline` when there is no answer, `tls` when the server is not believed, `invalid` when it is
    /// no request.
    pub(super) async fn open(
        &self,
        request: request::Builder,
        body: Vec<u8>,
    ) -> Result<Response<Incoming>, Problem> {
        let request = request.body(Full::<Bytes>::from(body));
        let request = request.map_err(|error| unusable(&error))?;
        let answered = self.requests.request(request).await;
        answered.map_err(|error| lost(&error))
    }

    /// Sends a request, and waits so long for all of the answer.
    ///
    /// # Errors
    /// `offline` when it is not there in time, `tls` when the server is not believed, `invalid` when it
    /// is no request.
    pub(crate) async fn ask(
        &self,
        request: request::Builder,
        body: Vec<u8>,
        patience: Duration,
    ) -> Result<Answer, Problem> {
        let asked = timeout(patience, async {
            let (head, body) = self.open(request, body).await?.into_parts();
            let body = Limited::new(body, self.answer_bytes_max).collect().await;
            Ok::<_, Problem>(Answer {
                status: head.status,
                headers: head.headers,
                bytes: body.map_err(|error| lost(&*error))?.to_bytes(),
            })
        });
        match asked.await {
            Ok(answer) => answer,
            Err(_) => Err(Problem::new("offline", "no answer in time")),
        }
    }
}

/// `http://host:port` or `https://host:port`, whichever way it was written.
fn normalised(server: &str) -> Result<String, Problem> {
    let bad = || {
        let text = format!("{server:?}: expected http://host:port or https://host:port");
        Problem::new("invalid", text)
    };
    let (scheme, host) = server.split_once("://").ok_or_else(bad)?;
    let scheme = match scheme {
        "http" | "ws" => "http",
        "https" | "wss" => "https",
        _ => return Err(bad()),
    };
    let host = host.trim_end_matches('/');
    if host.is_empty() || host.contains(['/', '?', '#', '@']) {
        return Err(bad());
    }
    Ok(format!("{scheme}://{host}"))
}

fn unusable(error: &dyn std::fmt::Display) -> Problem {
    Problem::new("invalid", error.to_string())
}

/// Why there is no answer. The address, which may have secrets in it, is no part of it.
fn lost(error: &(dyn Error + 'static)) -> Problem {
    if let Some(objection) = trust::objection(error) {
        return Problem::new("tls", objection);
    }
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    Problem::new("offline", text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Connections, normalised};
    use crate::Limits;

    #[test]
    fn a_server_has_a_scheme_and_a_host_and_nothing_else() {
        for (written, server) in [
            ("http://127.0.0.1:8811", "http://127.0.0.1:8811"),
            ("https://shop.example/", "https://shop.example"),
            ("ws://[::1]:80", "http://[::1]:80"),
            ("wss://shop.example:8443", "https://shop.example:8443"),
        ] {
            assert_eq!(normalised(written).as_deref(), Ok(server));
        }
        for bad in [
            "",
            "shop.example",
            "http://",
            "ftp://shop.example",
            "https://shop.example/kefu",
            "https://somebody@shop.example",
        ] {
            let problem = normalised(bad).expect_err("it is none");
            assert!(problem.code == "invalid" && problem.message.contains("expected http://"));
        }
    }

    #[test]
    fn authorities_are_read_for_tls_only() {
        let nowhere = Some(Path::new("no/such/file"));
        let to = |server| Connections::new(server, None, nowhere, &Limits::default());
        let plain = to("http://127.0.0.1:1").expect("no file is needed");
        assert_eq!(plain.socket_url(), "ws://127.0.0.1:1/ws");
        let problem = to("https://127.0.0.1:1").expect_err("a file is needed");
        assert_eq!(problem.code, "invalid");
    }
}
