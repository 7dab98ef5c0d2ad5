//! DKIM, checked by another implementation.

use std::{path::Path, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use iroam_mail::{
    Language, Signer,
    letter::{Invitation, Shared, share_invitation},
};
use iroam_tests::mail_server;

use crate::{Outbox, START_MS, courier_to, server};

const NAME: &str = "mail2027._domainkey.example.org";

/// A key as an operator makes it: the file's text, and the TXT record that belongs to it.
fn key(dir: &Path, generate: &[&str], algorithm: &str) -> (String, String) {
    let file = dir.join("dkim.pem");
    let made = Command::new("openssl").args(generate).arg("-out").arg(&file).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let public =
        Command::new("openssl").args(["pkey", "-pubout", "-outform", "DER", "-in"]).arg(&file).output().unwrap();
    let public = public.stdout;
    // RFC 8463 §4: the bare key, which are the last 32 bytes of its SubjectPublicKeyInfo.
    let public = if algorithm == "ed25519" { &public[public.len() - 32..] } else { &public };
    let record = format!("v=DKIM1; k={algorithm}; p={}", STANDARD.encode(public));
    (std::fs::read_to_string(file).unwrap(), record)
}

/// The bytes of a signed invitation, as the mail server took them.
async fn signed(pem: &str) -> Vec<u8> {
    let (server, outbox) = (server(), Outbox::new().await);
    let invitation = Invitation {
        sender: "Änne  Müller",
        title: &format!("A  title\twith spaces, and long: {}", "größer ".repeat(9)),
        kind: Shared::Playlist,
        note: "one  two \n\n\n.three \u{1F3B5}\n",
        link: "https://music.example.org/s/abc#a-secret",
        expires: "29 January 2027",
        opt_out: "https://music.example.org/opt-out/0123456789012345678901234567890123456789012",
    };
    outbox.put("bob@example.net", share_invitation(Language::English, &invitation).unwrap(), START_MS).await;
    let signer = Signer::new(pem, "mail2027", "example.org").unwrap();
    let round = outbox.deliver(&courier_to(server.port).signing(signer), START_MS).await;
    assert_eq!(round.sent, 1);
    server.taken().unwrap()[0].raw().unwrap()
}

async fn run_signature_holds(generate: &[&str], algorithm: &str) {
    let dir = tempfile::tempdir().unwrap();
    let (pem, record) = key(dir.path(), generate, algorithm);
    let mail = signed(&pem).await;
    let told = mail_server::verify(&mail, NAME, &record).unwrap();
    assert_eq!(told["fields"]["c"], "relaxed/relaxed");
    assert_eq!(told["fields"]["d"], "example.org");
    assert_eq!(told["fields"]["a"], format!("{algorithm}-sha256"));
    let covered = told["signed"].to_string();
    for name in ["from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"] {
        assert!(covered.contains(&format!("\"{name}\"")), "{name} in {covered}");
    }
    let text = String::from_utf8(mail.clone()).unwrap();
    for (from, to) in [("bob@example.net", "eve@example.net"), ("Date: Fri", "Date: Sat"), ("href=", "hrev=")] {
        assert!(text.contains(from), "{from}");
        let forged = text.replacen(from, to, 1);
        assert!(mail_server::verify(forged.as_bytes(), NAME, &record).is_err(), "{from} became {to}");
    }
    // What relays on the way do to white space is forgiven.
    let relayed = text.replacen("Date: Fri,", "Date:   Fri, ", 1);
    mail_server::verify(relayed.as_bytes(), NAME, &record).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsa_signature_holds_and_covers_what_is_read() {
    run_signature_holds(&["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"], "rsa").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_rsa_key_file_signs_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let (pem, record) = key(dir.path(), &["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"], "rsa");
    let older =
        Command::new("openssl").args(["rsa", "-traditional", "-in"]).arg(dir.path().join("dkim.pem")).output().unwrap();
    let older = String::from_utf8(older.stdout).unwrap();
    assert!(older.contains("BEGIN RSA PRIVATE KEY") && pem.contains("BEGIN PRIVATE KEY"), "{older}");
    mail_server::verify(&signed(&older).await, NAME, &record).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ed25519_signature_holds_and_covers_what_is_read() {
    run_signature_holds(&["genpkey", "-algorithm", "ed25519"], "ed25519").await;
}
