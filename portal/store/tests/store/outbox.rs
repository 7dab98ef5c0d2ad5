use crate::kit::on_both;

on_both! {
    a_mail_is_claimed_by_one_of_two_workers_and_said_once;
    a_mail_whose_worker_died_is_claimed_again_after_its_lease;
    a_mail_that_was_not_taken_waits_and_dies_in_the_end;
    a_report_after_another_claim_is_void;
    a_mail_that_is_worth_nothing_any_more_is_not_sent;
    what_is_withdrawn_is_not_sent;
    the_outbox_is_read_in_pages;
    the_same_id_is_one_mail;
    a_month_later_ended_mails_are_forgotten;
    an_operators_link_works_once_and_opens_an_hour;
}

mod run {
    use iroam_store::{
        MailState, NotSent, OPERATOR_LINK_LIFE_MS, OPERATOR_SESSION_LIFE_MS, Outgoing, SecretHash,
        outbox::{CLAIM_MS, MAIL_LIFE_MS, address_hash},
    };

    use crate::kit::World;

    const DAY_MS: i64 = 24 * 3_600_000;

    fn reset(world: &World, to: &str) -> Outgoing {
        let id = world.id();
        Outgoing {
            id,
            account: None,
            kind: "reset",
            about: None,
            to: to.into(),
            message_id: format!("<{id}@music.example.org>"),
            subject: "A new password".into(),
            text: "https://music.example.org/reset/secret".into(),
            html: "<p>https://music.example.org/reset/secret</p>".into(),
            list_unsubscribe: None,
            until_ms: world.now() + MAIL_LIFE_MS,
            now_ms: world.now(),
        }
    }

    fn invitation(world: &World, to: &str, about: &str) -> Outgoing {
        let list_unsubscribe = Some("https://music.example.org/opt-out/secret".into());
        Outgoing { kind: "share-invitation", about: Some(about.into()), list_unsubscribe, ..reset(world, to) }
    }

    pub(super) async fn a_mail_is_claimed_by_one_of_two_workers_and_said_once(world: &World) {
        let account = world.account("a@example.org").await.id;
        let mails: Vec<_> =
            (0..6).map(|_| Outgoing { account: Some(account), ..reset(world, "Anna@Example.org") }).collect();
        for mail in &mails {
            world.store.enqueue_mail(mail).await.unwrap();
        }
        let (now_ms, another) = (world.now(), world.another().await);
        let (a, b) = tokio::join!(world.store.claim_mails(now_ms, 3), another.claim_mails(now_ms, 3));
        let mut claimed: Vec<_> = a.unwrap().into_iter().chain(b.unwrap()).map(|mail| mail.id).collect();
        claimed.sort_unstable();
        assert_eq!(claimed, mails.iter().map(|mail| mail.id).collect::<Vec<_>>());
        assert_eq!(world.store.claim_mails(now_ms, 10).await.unwrap(), []);

        let first = &mails[0];
        let found = world.store.mail(first.id).await.unwrap().unwrap();
        assert_eq!((found.state, found.tries, found.account), (MailState::Pending, 1, Some(account)));
        assert_eq!((&found.to, &found.text, &found.html), (&first.to, &first.text, &first.html));
        world.store.mail_sent(first.id, now_ms + 7).await.unwrap();
        let sent = world.store.mail(first.id).await.unwrap().unwrap();
        assert_eq!((sent.state, sent.ended_ms), (MailState::Sent, Some(now_ms + 7)));
        let said = [&sent.subject, &sent.text, &sent.html];
        assert_eq!(said, ["", "", ""], "the links in a mail are secrets");
        assert!(!world.store.retry_mail(first.id, now_ms).await.unwrap(), "a sent mail has nothing left to send");
    }

    pub(super) async fn a_mail_whose_worker_died_is_claimed_again_after_its_lease(world: &World) {
        let mail = reset(world, "a@example.org");
        world.store.enqueue_mail(&mail).await.unwrap();
        let first = world.store.claim_mails(world.now(), 10).await.unwrap();
        assert_eq!(world.store.claim_mails(world.after(CLAIM_MS - 1), 10).await.unwrap(), []);
        let again = world.store.claim_mails(world.after(1), 10).await.unwrap();
        assert_eq!((again[0].id, again[0].tries), (mail.id, 2));
        assert_eq!(again[0].message_id, first[0].message_id, "a repeat is known by its Message-ID");
        world.store.mail_sent(mail.id, world.now()).await.unwrap();
        assert_eq!(world.store.claim_mails(world.after(CLAIM_MS), 10).await.unwrap(), []);
    }

    pub(super) async fn a_mail_that_was_not_taken_waits_and_dies_in_the_end(world: &World) {
        let (store, mail) = (&world.store, reset(world, "a@example.org"));
        store.enqueue_mail(&mail).await.unwrap();
        let claimed = store.claim_mails(world.now(), 1).await.unwrap().remove(0);
        let retry = NotSent::Retry { at_ms: world.now() + 60_000 };
        store.mail_failed(&claimed, retry, "451 later\r\nplease", world.now()).await.unwrap();
        let waiting = store.mail(mail.id).await.unwrap().unwrap();
        assert_eq!((waiting.state, waiting.last_error.as_deref()), (MailState::Pending, Some("451 laterplease")));
        assert_eq!(store.claim_mails(world.after(59_999), 1).await.unwrap(), []);
        let claimed = store.claim_mails(world.after(1), 1).await.unwrap().remove(0);
        let retry = NotSent::Retry { at_ms: mail.until_ms };
        store.mail_failed(&claimed, retry, &"x".repeat(9_999), world.now()).await.unwrap();
        let dead = store.mail(mail.id).await.unwrap().unwrap();
        assert_eq!((dead.state, dead.ended_ms), (MailState::Dead, Some(world.now())));
        assert_eq!(dead.last_error.unwrap().len(), 500);
        assert_eq!(dead.text, mail.text, "the operator may have it tried again");

        assert!(store.retry_mail(mail.id, world.now()).await.unwrap());
        let claimed = store.claim_mails(world.now(), 1).await.unwrap().remove(0);
        assert_eq!((claimed.tries, claimed.until_ms), (1, world.now() + MAIL_LIFE_MS));
        store.mail_failed(&claimed, NotSent::Dead, "550 no such user", world.now()).await.unwrap();
        assert_eq!(store.mail(mail.id).await.unwrap().unwrap().state, MailState::Dead);
        assert_eq!(store.claim_mails(world.after(DAY_MS), 1).await.unwrap(), []);
    }

    pub(super) async fn a_report_after_another_claim_is_void(world: &World) {
        let (store, mail) = (&world.store, reset(world, "a@example.org"));
        store.enqueue_mail(&mail).await.unwrap();
        let slow = store.claim_mails(world.now(), 1).await.unwrap().remove(0);
        let second = store.claim_mails(world.after(CLAIM_MS), 1).await.unwrap().remove(0);
        for what in [NotSent::Dead, NotSent::Retry { at_ms: 0 }] {
            store.mail_failed(&slow, what, "550", world.now()).await.unwrap();
            assert_eq!(store.mail(mail.id).await.unwrap().unwrap(), second);
        }
        store.mail_sent(mail.id, world.now()).await.unwrap();
        store.mail_failed(&second, NotSent::Dead, "550", world.now()).await.unwrap();
        assert_eq!(store.mail(mail.id).await.unwrap().unwrap().state, MailState::Sent);
    }

    pub(super) async fn a_mail_that_is_worth_nothing_any_more_is_not_sent(world: &World) {
        let short = Outgoing { until_ms: world.now() + 3_600_000, ..reset(world, "a@example.org") };
        let long = reset(world, "b@example.org");
        for mail in [&short, &long] {
            world.store.enqueue_mail(mail).await.unwrap();
        }
        let claimed = world.store.claim_mails(world.after(3_600_000), 10).await.unwrap();
        assert_eq!(claimed.iter().map(|mail| mail.id).collect::<Vec<_>>(), [long.id]);
        let dead = world.store.mail(short.id).await.unwrap().unwrap();
        assert_eq!((dead.state, dead.tries), (MailState::Dead, 0));
        assert!(dead.last_error.unwrap().contains("in time"));
    }

    pub(super) async fn what_is_withdrawn_is_not_sent(world: &World) {
        let store = &world.store;
        let mails = [
            invitation(world, "bob@example.org", "share/1"),
            invitation(world, "BOB@example.org ", "share/2"),
            invitation(world, "carl@example.org", "share/2"),
            reset(world, "bob@example.org"),
        ];
        for mail in &mails {
            store.enqueue_mail(mail).await.unwrap();
        }
        store.cancel_mails_about("share/1", world.now()).await.unwrap();
        let state = async |at: usize| store.mail(mails[at].id).await.unwrap().unwrap().state;
        assert_eq!((state(0).await, state(1).await), (MailState::Cancelled, MailState::Pending));
        store.cancel_mails_to(address_hash("bob@example.org"), world.now()).await.unwrap();
        assert_eq!((state(1).await, state(2).await), (MailState::Cancelled, MailState::Pending));
        assert_eq!(state(3).await, MailState::Pending, "what one asked for oneself is sent");
        let gone = store.mail(mails[0].id).await.unwrap().unwrap();
        assert_eq!((gone.text.as_str(), gone.list_unsubscribe), ("", None));
        assert_eq!(store.claim_mails(world.now(), 10).await.unwrap().len(), 2);
        assert!(!store.retry_mail(mails[0].id, world.now()).await.unwrap());
    }

    pub(super) async fn the_outbox_is_read_in_pages(world: &World) {
        let store = &world.store;
        let mails: Vec<_> = (0..5).map(|_| reset(world, "a@example.org")).collect();
        for mail in &mails {
            store.enqueue_mail(mail).await.unwrap();
        }
        store.mail_sent(mails[1].id, world.now()).await.unwrap();
        let ids = async |state, cursor, limit| {
            let page = store.outbox_page(state, cursor, limit).await.unwrap();
            (page.mails.into_iter().map(|mail| mail.id).collect::<Vec<_>>(), page.next)
        };
        let (first, next) = ids(None, None, 3).await;
        assert_eq!(first, [mails[4].id, mails[3].id, mails[2].id]);
        assert_eq!(ids(None, next, 3).await, (vec![mails[1].id, mails[0].id], None));
        assert_eq!(ids(Some(MailState::Sent), None, 9).await, (vec![mails[1].id], None));
        assert_eq!(ids(Some(MailState::Pending), Some(mails[2].id), 9).await, (vec![mails[0].id], None));
        assert_eq!(ids(Some(MailState::Dead), None, 9).await, (vec![], None));
        let counts = store.counts().await.unwrap();
        assert_eq!((counts.mails_pending, counts.mails_dead), (4, 0));
    }

    pub(super) async fn the_same_id_is_one_mail(world: &World) {
        let mail = reset(world, "a@example.org");
        let another = world.another().await;
        let (a, b) = tokio::join!(world.store.enqueue_mail(&mail), another.enqueue_mail(&mail));
        assert_eq!((a, b), (Ok(()), Ok(())));
        assert_eq!(world.store.claim_mails(world.now(), 9).await.unwrap().len(), 1);
    }

    pub(super) async fn a_month_later_ended_mails_are_forgotten(world: &World) {
        let store = &world.store;
        let (sent, waiting) = (reset(world, "a@example.org"), reset(world, "b@example.org"));
        for mail in [&sent, &waiting] {
            store.enqueue_mail(mail).await.unwrap();
        }
        store.mail_sent(sent.id, world.now()).await.unwrap();
        store.prune(world.after(30 * DAY_MS - 1)).await.unwrap();
        assert!(store.mail(sent.id).await.unwrap().is_some());
        store.prune(world.after(1)).await.unwrap();
        assert_eq!(store.mail(sent.id).await.unwrap(), None);
        assert!(store.mail(waiting.id).await.unwrap().is_some(), "nobody sent it, so it is still there to be read");
        store.prune(world.after(3 * DAY_MS)).await.unwrap();
        assert_eq!(store.mail(waiting.id).await.unwrap(), None, "without a mail server nothing grows for ever");
    }

    pub(super) async fn an_operators_link_works_once_and_opens_an_hour(world: &World) {
        let (store, another) = (&world.store, world.another().await);
        let [link, late, one, two] = [b"link", b"late", b"one!", b"two!"].map(|text| SecretHash::of(text));
        store.create_operator_link(link, world.now()).await.unwrap();
        let now_ms = world.now();
        let (a, b) =
            tokio::join!(store.use_operator_link(link, one, now_ms), another.use_operator_link(link, two, now_ms));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!(a != b, "of two that try at once one gets in");
        let secret = if a { one } else { two };
        assert!(!store.use_operator_link(link, late, now_ms).await.unwrap());
        assert!(store.is_operator(secret, now_ms + OPERATOR_SESSION_LIFE_MS - 1).await.unwrap());
        assert!(!store.is_operator(secret, now_ms + OPERATOR_SESSION_LIFE_MS).await.unwrap());
        assert!(!store.is_operator(if a { two } else { one }, now_ms).await.unwrap());
        store.end_operator_session(secret).await.unwrap();
        assert!(!store.is_operator(secret, now_ms).await.unwrap());
        store.create_operator_link(late, now_ms).await.unwrap();
        assert!(!store.use_operator_link(late, two, now_ms + OPERATOR_LINK_LIFE_MS).await.unwrap());
    }
}
