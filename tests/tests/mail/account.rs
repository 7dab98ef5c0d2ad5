//! The mails about one's own account, from the form to the mailbox and back.

use std::time::Duration;

use iroam_tests::{
    mail_server::{MailServer, Taken},
    person::{PASSWORD, Person},
    wait,
    world::World,
};
use reqwest::{Method, StatusCode};

use crate::server;

/// How long a mail may take through a busy machine.
const SOON: Duration = Duration::from_secs(30);
const NEW_PASSWORD: &str = "another horse entirely";

fn mail(server: &MailServer, subject: &str) -> Taken {
    let taken = || server.taken().ok()?.into_iter().find(|mail| mail.subject == subject);
    wait::until(subject, SOON, taken).unwrap()
}

/// The path of the link in a mail.
fn path_in(world: &World, mail: &Taken) -> String {
    let link = mail.text.split_whitespace().find_map(|word| word.strip_prefix(&world.portal.url));
    link.unwrap_or_else(|| panic!("no link in {}", mail.text)).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_comes_by_mail_to_accounts_alone_and_its_link_stays_secret() {
    let server = server();
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let world = World::with_flags(&["--smtp-url", &url, "--mail-from", "iRoam <music@example.org>"]).unwrap();
    let ada = world.person("ada@example.org").await.unwrap();
    let stranger = Person::stranger(&world.portal.url, None, "").unwrap();
    let post = async |person: &Person, path: &str, fields: &[(&str, &str)]| {
        person.request(Method::POST, path).form(fields).send().await.unwrap().status()
    };
    for email in ["nobody@example.org", "ada@example.org"] {
        assert_eq!(post(&stranger, "/forgot", &[("email", email)]).await, StatusCode::OK);
    }
    let reset = mail(&server, "Choose a new password");
    assert_eq!(
        (reset.to.as_slice(), reset.defects.as_slice()),
        (["ada@example.org".to_owned()].as_slice(), [].as_slice())
    );
    let path = path_in(&world, &reset);
    for _ in 0..3 {
        // Scanners of mail open every link.
        assert!(ada.request(Method::GET, &path).send().await.unwrap().status().is_success());
    }
    assert_eq!(post(&ada, &path, &[("password", NEW_PASSWORD)]).await, StatusCode::SEE_OTHER);
    assert_eq!(mail(&server, "Your password was changed").to, ["ada@example.org"]);
    let sign_in = async |password: &str| {
        post(&stranger, "/sign-in", &[("email", "ada@example.org"), ("password", password)]).await
    };
    assert_eq!(sign_in(PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(NEW_PASSWORD).await, StatusCode::SEE_OTHER);

    assert_eq!(post(&ada, "/account/confirm", &[]).await, StatusCode::SEE_OTHER);
    let confirm = path_in(&world, &mail(&server, "Confirm your e-mail address"));
    assert_eq!(post(&stranger, &confirm, &[]).await, StatusCode::OK);
    assert_eq!(ada.wallet().await.unwrap().balance_ms, 60 * 60_000);
    assert!(server.taken().unwrap().iter().all(|mail| mail.to == ["ada@example.org"]), "strangers get no mail");
    let log = world.portal.log();
    for private in ["ada@example.org", "nobody@example.org", &path, &confirm, NEW_PASSWORD] {
        assert!(!log.contains(private), "{private} in {log}");
    }
}
