//! Which servers are believed over TLS, and why one was not.

use std::{error::Error, io, path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::Problem;

/// Handshakes that believe certificates of these authorities and no others.
///
/// # Errors
/// `tls`, which is not to be expected: the versions and the provider are constants.
pub(super) fn handshakes(authorities: RootCertStore) -> Result<ClientConfig, Problem> {
    // By hand, and not the one of the whole process: which that is, or whether there is any, is the
    // application's own business.
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::new("tls", error.to_string()))?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    Ok(config)
}

/// Those that this machine believes; `SSL_CERT_FILE` and `SSL_CERT_DIR` are heeded.
///
/// # Errors
/// `tls` when it believes none.
pub(super) fn of_the_machine() -> Result<RootCertStore, Problem> {
    let found = rustls_native_certs::load_native_certs();
    let mut authorities = RootCertStore::empty();
    authorities.add_parsable_certificates(found.certs);
    if authorities.is_empty() {
        let why = found.errors.first();
        let why = why.map_or_else(String::new, |error| format!(" ({error})"));
        let text = format!("this machine believes no authority{why}: name a file of them");
        return Err(Problem::new("tls", text));
    }
    Ok(authorities)
}

/// Those in a file of PEM.
///
/// # Errors
/// `invalid`, with the file's name, when it cannot be read or has no authority in it.
pub(super) fn of_a_file(file: &Path) -> Result<RootCertStore, Problem> {
    let bad = |why: &dyn std::fmt::Display| {
        let text = format!("authorities in {}: {why}", file.display());
        Problem::new("invalid", text)
    };
    let mut authorities = RootCertStore::empty();
    let found = CertificateDer::pem_file_iter(file).map_err(|error| bad(&error))?;
    for certificate in found {
        let certificate = certificate.map_err(|error| bad(&error))?;
        let added = authorities.add(certificate);
        added.map_err(|error| bad(&error))?;
    }
    if authorities.is_empty() {
        return Err(bad(&"no certificate in it"));
    }
    Ok(authorities)
}

/// What TLS had against the other side, when that is why something failed.
pub(super) fn objection(error: &(dyn Error + 'static)) -> Option<String> {
    let error = of_tls(error)?;
    let rustls::Error::InvalidCertificate(why) = error else {
        return Some(format!("TLS failed: {error}"));
    };
    let why = match why {
        CertificateError::UnknownIssuer => {
            "the server's certificate comes from an authority that is not believed here"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet, or this machine's clock is slow"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the server's certificate is for another host"
        }
        _ => "the server's certificate is not believed",
    };
    Some(format!("{why}: {error}"))
}

fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // What an IO error was made of is not its source; that one's source is.
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use std::{fs, io};

    use rustls::CertificateError;

    use super::{objection, of_a_file};

    #[test]
    fn an_objection_is_found_however_deep_it_is_and_said_in_words() {
        for (why, words) in [
            (CertificateError::UnknownIssuer, "not believed here"),
            (CertificateError::Expired, "has expired"),
            (CertificateError::NotValidYet, "not valid yet"),
            (CertificateError::NotValidForName, "for another host"),
            (CertificateError::BadSignature, "is not believed"),
        ] {
            let error = rustls::Error::InvalidCertificate(why);
            let inner = io::Error::new(io::ErrorKind::InvalidData, error);
            let outer = io::Error::other(inner);
            let said = objection(&outer).expect("one");
            assert!(said.contains(words), "{said}");
        }
        let other = io::Error::other(rustls::Error::HandshakeNotComplete);
        assert!(objection(&other).is_some_and(|said| said.starts_with("TLS failed")));
        let cut = io::Error::new(io::ErrorKind::ConnectionReset, "cut");
        assert_eq!(objection(&cut), None);
    }

    #[test]
    fn a_file_without_an_authority_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("authorities.pem");
        for (contents, words) in [
            (None, "authorities.pem"),
            (Some("nothing"), "no certificate in it"),
            (
                Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                "authorities.pem",
            ),
        ] {
            if let Some(contents) = contents {
                fs::write(&file, contents).expect("written");
            }
            let problem = of_a_file(&file).expect_err("it is refused");
            assert_eq!(problem.code, "invalid");
            assert!(problem.message.contains(words), "{problem}");
        }
    }
}
