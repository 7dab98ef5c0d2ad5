//! A certificate authority of the tests' own.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::pki_types::CertificateDer;

use crate::clock;

/// Name of the authority's file, for `--ca`.
pub(crate) const CA_FILE: &str = "ca.pem";

/// An authority and the one certificate that it signed: for `localhost` and 127.0.0.1.
pub struct Authority {
    ca_pem: String,
    ca_der: CertificateDer<'static>,
    cert_pem: String,
    key_pem: String,
}

/// Files of a certificate and its key.
#[derive(Debug, Clone)]
pub struct Files {
    /// The chain.
    pub cert: PathBuf,
    /// The key.
    pub key: PathBuf,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// A fresh one, whose certificate is valid for thousands of years.
    ///
    /// # Errors
    /// When a key cannot be made.
    pub fn new() -> Result<Self> {
        Self::with(|_| {})
    }

    /// A fresh one, whose certificate is valid for an hour to both sides of now.
    ///
    /// # Errors
    /// When a key cannot be made.
    pub fn for_an_hour() -> Result<Self> {
        const HOUR: Duration = Duration::from_secs(3_600);
        let now = Duration::from_secs(clock::unix_s().unsigned_abs());
        Self::with(|leaf| {
            let epoch = date_time_ymd(1970, 1, 1);
            (leaf.not_before, leaf.not_after) = (epoch + (now - HOUR), epoch + (now + HOUR));
        })
    }

    fn with(change: impl FnOnce(&mut CertificateParams)) -> Result<Self> {
        let mut authority = CertificateParams::new(Vec::<String>::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let mut leaf = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()])?;
        change(&mut leaf);
        let leaf = leaf.signed_by(&key, &issuer)?;
        Ok(Self {
            ca_pem: issuer.pem(),
            ca_der: issuer.der().clone(),
            cert_pem: leaf.pem(),
            key_pem: key.serialize_pem(),
        })
    }

    /// The authority, for whoever is to trust it.
    pub fn root(&self) -> CertificateDer<'static> {
        self.ca_der.clone()
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<Files> {
        let files = Files { cert: dir.join("cert.pem"), key: dir.join("key.pem") };
        fs::write(dir.join(CA_FILE), &self.ca_pem)?;
        fs::write(&files.cert, &self.cert_pem)?;
        fs::write(&files.key, &self.key_pem)?;
        Ok(files)
    }
}
