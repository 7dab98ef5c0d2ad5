//! The listener of the site: plain or TLS, ended softly and then hard.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use axum_server::{
    Handle,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio_util::sync::CancellationToken;

use crate::config::{ConfigError, TlsFiles};

/// How long running requests may finish after the portal was told to end: the longest ordinary request takes seconds.
const SOFT_END: Duration = Duration::from_secs(5);
/// How long a client may take to send its request's head; a slow one holds a connection no longer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);

/// Reads certificate and key.
///
/// # Errors
/// [`ConfigError::Unreadable`] or [`ConfigError::NoIdentity`].
pub(crate) fn tls_config(files: &TlsFiles) -> Result<RustlsConfig, ConfigError> {
    let cert_pem = read("--tls-cert", &files.cert)?;
    let key_pem = read("--tls-key", &files.key)?;
    let no_identity =
        |reason: String| ConfigError::NoIdentity { cert: files.cert.clone(), key: files.key.clone(), reason };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&cert_pem).collect();
    let chain = chain.map_err(|error| no_identity(format!("the certificate: {error}")))?;
    if chain.is_empty() {
        return Err(no_identity("the certificate file holds no certificate".into()));
    }
    let key = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|error| no_identity(format!("the key: {error}")))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| no_identity(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// Serves until `cancel`, then lets running requests finish for a while and cuts the rest.
///
/// # Errors
/// I/O errors of the listener.
pub(crate) async fn run(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    router: Router,
    cancel: CancellationToken,
) -> std::io::Result<()> {
    let handle = Handle::new();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let ended = end_when(cancel, handle.clone());
    // Without it every small message of the relay waits for the acknowledgement of the one before, up to 40 ms.
    let no_delay = NoDelayAcceptor::new();
    let mut server = axum_server::from_tcp(listener)?.handle(handle).acceptor(no_delay);
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    match tls {
        Some(tls) => {
            let server = server.map(|no_delay| RustlsAcceptor::new(tls).acceptor(no_delay));
            tokio::select! { result = server.serve(service) => result, never = ended => never }
        }
        None => tokio::select! { result = server.serve(service) => result, never = ended => never },
    }
}

async fn end_when(cancel: CancellationToken, handle: Handle<SocketAddr>) -> std::io::Result<()> {
    cancel.cancelled().await;
    handle.graceful_shutdown(Some(SOFT_END));
    std::future::pending().await
}

fn read(flag: &'static str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|reason| ConfigError::Unreadable { flag, path: path.into(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_cannot_be_used_says_which_flag_and_why() {
        let dir = tempfile::tempdir().unwrap();
        let files = TlsFiles { cert: dir.path().join("cert.pem"), key: dir.path().join("key.pem") };
        let error = tls_config(&files).unwrap_err().to_string();
        assert!(error.contains("--tls-cert") && error.contains("cert.pem"), "{error}");
        std::fs::write(&files.cert, "rubbish").unwrap();
        let error = tls_config(&files).unwrap_err().to_string();
        assert!(error.contains("--tls-key"), "{error}");
        std::fs::write(&files.key, "rubbish").unwrap();
        let error = tls_config(&files).unwrap_err().to_string();
        assert!(error.contains("no certificate") && error.contains("PEM"), "{error}");
    }
}
