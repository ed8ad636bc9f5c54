//! Addresses and connections between roles: `unix:/path/to.sock` or `http://host:port`.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use hyper_util::rt::TokioIo;
use tokio::net::{UnixListener, UnixStream};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::{Channel, Endpoint, Uri};

/// Where a role listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket: roles on one machine.
    Unix(PathBuf),
    /// `http://host:port`: roles on several.
    Http(String),
}

/// The text is no address.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an address: expected unix:/path/to.sock or http://host:port")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        match text.strip_prefix("unix:") {
            Some(path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            None if text.starts_with("http://") => Ok(Self::Http(text.to_owned())),
            _ => Err(AddressError(text.to_owned())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Http(uri) => f.write_str(uri),
        }
    }
}

/// A channel that connects on first use and again after every loss, so that roles may start
/// in any order. Keep-alive notices a dead peer within two intervals.
///
/// # Errors
/// When an `http` address is no valid URI.
pub fn channel(address: &Address) -> Result<Channel, tonic::transport::Error> {
    let tune = |endpoint: Endpoint| {
        endpoint
            .connect_timeout(Duration::from_secs(2))
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(5))
            .keep_alive_while_idle(true)
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20)
    };
    match address {
        Address::Http(uri) => Ok(tune(Endpoint::from_shared(uri.clone())?).connect_lazy()),
        Address::Unix(path) => {
            let path = path.clone();
            let connect = tower::service_fn(move |_: Uri| {
                let path = path.clone();
                async move { UnixStream::connect(path).await.map(TokioIo::new) }
            });
            // The authority is never resolved; HTTP/2 wants one.
            Ok(tune(Endpoint::from_static("http://role.local"))
                .connect_with_connector_lazy(connect))
        }
    }
}

/// How long a process that was just told to end, or killed, may hold its socket.
const HANDOVER: Duration = Duration::from_secs(5);

/// Listens on a Unix socket that only this user may open. A socket left by a killed process
/// is removed first; one that goes on answering is an error.
///
/// # Errors
/// When another process listens there, or the directory cannot be written.
pub async fn listen_unix(path: &Path) -> io::Result<UnixListenerStream> {
    use std::os::unix::fs::PermissionsExt as _;

    let silence = async {
        while UnixStream::connect(path).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(HANDOVER, silence).await.is_err() {
        let text = format!("{}: another process listens here already", path.display());
        return Err(io::Error::new(io::ErrorKind::AddrInUse, text));
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(UnixListenerStream::new(listener))
}
