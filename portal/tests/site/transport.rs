//! TLS, and what goes over the private listener.

use iroam_portal::{Config, Transport, config::TlsFiles, lifecycle};
use reqwest::{Certificate, Client, StatusCode, header};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::kit::{PASSWORD, client};

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_cookie_is_bound_to_the_host_and_browsers_stay_on_tls() {
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let files = TlsFiles { cert: dir.path().join("cert.pem"), key: dir.path().join("key.pem") };
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let url = "https://localhost:0".parse().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let config = Config::new(dir.path().join("data"), listen, url, Transport::Tls(files));
    let cancel = CancellationToken::new();
    let serving = lifecycle::start(config, cancel.clone()).await.unwrap();
    let url = serving.url.origin().to_owned();
    assert!(url.starts_with("https://localhost:"));
    let ended = tokio::spawn(serving.ended());

    client();
    let trusted = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = Client::builder().tls_certs_only([trusted]).no_proxy().build().unwrap();
    let body = json!({ "email": "ann@example.org", "password": PASSWORD });
    let response = client.post(format!("{url}/api/v1/accounts")).json(&body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-iroam=") && cookie.contains("; Secure"), "{cookie}");
    assert_eq!(response.headers()[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000");
    cancel.cancel();
    ended.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_shown_on_the_private_listener_only() {
    let dir = tempfile::tempdir().unwrap();
    let url = "http://localhost:0".parse().unwrap();
    let mut config = Config::new(dir.path(), "127.0.0.1:0".parse().unwrap(), url, Transport::Plain);
    config.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
    let cancel = CancellationToken::new();
    let serving = lifecycle::start(config, cancel.clone()).await.unwrap();
    let (url, private) = (serving.url.origin().to_owned(), serving.metrics_address.unwrap());
    let ended = tokio::spawn(serving.ended());
    let client = client();
    client.get(format!("{url}/healthz")).send().await.unwrap();
    assert_eq!(client.get(format!("{url}/metrics")).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    let text = client.get(format!("http://{private}/metrics")).send().await.unwrap().text().await.unwrap();
    for figure in ["iroam_http_requests_total", "iroam_relay_relayed_bytes", "iroam_homes_online", "iroam_accounts"] {
        assert!(text.contains(figure), "{figure} in {text}");
    }
    cancel.cancel();
    ended.await.unwrap().unwrap();
}
