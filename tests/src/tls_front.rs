//! TLS in front of a service, as an operator's proxy has it.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use crate::workspace_root;

/// A file of `tests/tls/`: "authority", and what it signed for this machine ("here"), for another host
/// ("elsewhere") and for a time that has passed ("expired"); and a "stranger", which signed nothing.
#[must_use]
pub fn certificate(name: &str) -> PathBuf {
    workspace_root().join(format!("tests/tls/{name}.pem"))
}

/// Listens on this machine and passes on to a service.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl TlsFront {
    /// Shows this certificate.
    ///
    /// # Panics
    /// When there is no free port, or no such certificate.
    pub async fn before_service(base: &str, name: &str) -> Self {
        let shown = CertificateDer::from_pem_file(certificate(name)).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(certificate("server.key")).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions that the provider has")
            .with_no_client_auth()
            .with_single_cert(vec![shown], key)
            .expect("a key of that certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let target = base.trim_start_matches("http://").to_owned();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut ways = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, target) = (acceptor.clone(), target.clone());
                ways.spawn(async move {
                    // Clients that do not believe it hang up here.
                    let Ok(mut client) = acceptor.accept(client).await else {
                        return;
                    };
                    if let Ok(mut server) = TcpStream::connect(target).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
                while ways.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            _tasks: tasks,
        }
    }

    /// The way through it, by a scheme and a name of this machine.
    #[must_use]
    pub fn base(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}", self.address.port())
    }
}
