//! What each kind of TLS needs, made once: whom to trust (the system's authorities and the operator's) and
//! which name the certificate must carry.

use std::path::Path;
use std::sync::Arc;

use lettre::transport::smtp::client::{Certificate, TlsParameters};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::TlsConnector;

use super::Server;
use crate::config::checked::Tls;

/// How a connection is protected, ready to use.
pub(super) enum Trust {
    /// Not at all.
    None,
    /// From the first byte; by ourselves, as `lettre` leaves Nagle's delay on there.
    Implicit(TlsConnector, ServerName<'static>),
    /// After STARTTLS; by `lettre`.
    StartTls(TlsParameters),
}

impl Trust {
    /// # Errors
    /// The CA file cannot be used, or the host is no name a certificate can carry; for people.
    pub(super) fn of(server: &Server) -> Result<Self, String> {
        match server.tls {
            Tls::Plain => Ok(Self::None),
            Tls::Implicit => implicit(server),
            Tls::StartTls => starttls(server).map(Self::StartTls),
        }
    }
}

fn read_ca(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| bad_ca(path, &error))
}

fn bad_ca(path: &Path, why: &dyn std::fmt::Display) -> String {
    format!("ca_file {}: {why}", path.display())
}

fn implicit(server: &Server) -> Result<Trust, String> {
    let connector = connector(server.ca_file.as_deref())?;
    Ok(Trust::Implicit(connector, name_of(&server.host)?))
}

/// The name a server's certificate must carry.
///
/// # Errors
/// No certificate can carry it; for people.
pub(in crate::net) fn name_of(host: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(host.to_owned()).map_err(|_| format!("{host} is not a host name a certificate can carry"))
}

/// TLS that trusts the system's authorities, and the one in `ca_file`.
///
/// # Errors
/// The file cannot be used; for people.
pub(in crate::net) fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let pem = read_ca(path)?;
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| bad_ca(path, &format!("not a certificate: {error:?}")))?;
            roots.add(certificate).map_err(|error| bad_ca(path, &error))?;
        }
        if roots.len() == before {
            return Err(bad_ca(path, &"there is no certificate in it"));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn starttls(server: &Server) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(path) = &server.ca_file {
        let certificate = Certificate::from_pem(&read_ca(path)?).map_err(|error| bad_ca(path, &error))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|error| error.to_string())
}
