use crate::kit::on_both;

on_both! {
    a_confirmed_address_brings_its_minutes_once;
    the_mail_that_asks_for_confirmation_comes_by_itself_once_and_by_hand_three_times_an_hour;
    a_link_that_confirms_dies_after_a_week;
    every_address_may_ask_for_a_password_and_only_accounts_are_answered;
    a_request_is_the_same_work_with_and_without_an_account;
    a_request_is_answered_by_one_of_two_portals;
    a_new_password_ends_what_the_old_one_opened;
    of_two_who_use_a_link_at_once_one_sets_the_password;
}

mod run {
    use std::{
        sync::{Arc, Mutex},
        time::Instant,
    };

    use iroam_protocol::{
        activation::UserCode,
        events::{AgentEvent, Revoked},
        id::RowId,
    };
    use iroam_store::{
        Account, Asked, CONFIRM_LIFE_MS, Confirmation, Faults, NewLink, NewSignIn, Options, Outgoing, PasswordRequest,
        Purpose, RESET_LIFE_MS, Reason, Reset, SecretHash, SignInState, Store, outbox::MAIL_LIFE_MS,
    };

    use crate::kit::World;

    fn mail(world: &World, kind: &'static str, account: &Account) -> Outgoing {
        let id = world.id();
        Outgoing {
            id,
            account: Some(account.id),
            kind,
            about: None,
            to: account.email.clone(),
            message_id: format!("<{id}@music.example.org>"),
            subject: "A subject".into(),
            text: "A text".into(),
            html: "<p>A text</p>".into(),
            list_unsubscribe: None,
            until_ms: world.now() + MAIL_LIFE_MS,
            now_ms: world.now(),
        }
    }

    fn link(world: &World, kind: &'static str, account: &Account, secret: &str) -> NewLink {
        NewLink { token: token(secret), mail: mail(world, kind, account) }
    }

    fn token(secret: &str) -> SecretHash {
        SecretHash::of(secret.as_bytes())
    }

    /// The kinds of the mails that wait, oldest first.
    async fn waiting(world: &World) -> Vec<String> {
        let page = world.store.outbox_page(None, None, 100).await.unwrap();
        page.mails.into_iter().rev().map(|mail| mail.kind).collect()
    }

    async fn ask(world: &World, account: &Account, secret: &str, by_itself: bool) -> Asked {
        let link = link(world, "confirm", account, secret);
        world.store.ask_confirmation(account.id, &link, by_itself).await.unwrap()
    }

    pub(super) async fn a_confirmed_address_brings_its_minutes_once(world: &World) {
        let (store, ann) = (&world.store, world.account("ann@example.org").await);
        assert_eq!(ask(world, &ann, "one", false).await, Asked::Sent);
        assert_eq!(ask(world, &ann, "two", false).await, Asked::Sent);
        assert_eq!(waiting(world).await, ["confirm", "confirm"]);
        let found = store.mail_link(token("one"), Purpose::Confirm, world.now()).await.unwrap().unwrap();
        assert_eq!((found.id, found.email_confirmed), (ann.id, false), "looking confirms nothing");
        assert_eq!(store.mail_link(token("one"), Purpose::Reset, world.now()).await.unwrap(), None);
        let confirm = async |secret: &str| store.confirm_address(token(secret), world.now()).await.unwrap();
        assert_eq!(confirm("guessed").await, Confirmation::Gone);

        let another = world.another().await;
        let both = tokio::join!(confirm("one"), another.confirm_address(token("two"), world.now()));
        let confirmed = Confirmation::Confirmed(ann.id);
        assert_eq!((both.0, both.1.unwrap()), (confirmed, confirmed));
        assert_eq!(confirm("one").await, confirmed, "pressing twice is fine");
        assert!(store.account(ann.id).await.unwrap().unwrap().email_confirmed);
        let entries = store.entries(ann.id, None, 10).await.unwrap().items;
        let booked: Vec<_> = entries.iter().map(|entry| (entry.kind.as_str(), entry.amount_micros)).collect();
        assert_eq!(booked, [("confirmed", 500_000), ("starter", 100_000)]);
        assert_eq!(store.wallet(ann.id).await.unwrap().balance_ms, 60 * 60_000);
        assert_eq!(ask(world, &ann, "three", false).await, Asked::Confirmed);
        world.after(CONFIRM_LIFE_MS);
        assert_eq!(confirm("two").await, confirmed, "what is confirmed stays so");
    }

    pub(super) async fn the_mail_that_asks_for_confirmation_comes_by_itself_once_and_by_hand_three_times_an_hour(
        world: &World,
    ) {
        let ann = world.account("ann@example.org").await;
        assert!(!ann.confirmation_asked);
        let another = world.another().await;
        let (one, two) = (link(world, "confirm", &ann, "1"), link(world, "confirm", &ann, "2"));
        let both = tokio::join!(
            world.store.ask_confirmation(ann.id, &one, true),
            another.ask_confirmation(ann.id, &two, true)
        );
        let mut both = [both.0.unwrap(), both.1.unwrap()];
        both.sort_by_key(|asked| *asked != Asked::Sent);
        assert_eq!(both, [Asked::Sent, Asked::Enough], "two heartbeats at once send one mail");
        assert!(world.store.account(ann.id).await.unwrap().unwrap().confirmation_asked);
        world.after(24 * 3_600_000);
        assert_eq!(ask(world, &ann, "3", true).await, Asked::Enough);
        for secret in ["4", "5", "6"] {
            assert_eq!(ask(world, &ann, secret, false).await, Asked::Sent);
        }
        assert_eq!(ask(world, &ann, "7", false).await, Asked::Enough);
        assert_eq!(waiting(world).await.len(), 4);
        world.after(3_600_000);
        assert_eq!(ask(world, &ann, "8", false).await, Asked::Sent);
    }

    pub(super) async fn a_link_that_confirms_dies_after_a_week(world: &World) {
        let ann = world.account("ann@example.org").await;
        ask(world, &ann, "late", false).await;
        let late_ms = world.after(CONFIRM_LIFE_MS);
        assert_eq!(world.store.mail_link(token("late"), Purpose::Confirm, late_ms).await.unwrap(), None);
        assert_eq!(world.store.confirm_address(token("late"), late_ms).await.unwrap(), Confirmation::Gone);
        assert_eq!(world.store.wallet(ann.id).await.unwrap().balance_ms, 600_000);
    }

    /// Asks for a password and lets the housekeeping answer; whether a mail went out.
    async fn forget(world: &World, email: &str, account: Option<&Account>, secret: &str) -> bool {
        world.store.ask_password(email, world.now()).await.unwrap();
        let requests = world.store.password_requests(10).await.unwrap();
        let [request] = requests.as_slice() else { panic!("{requests:?}") };
        let new = account.map(|account| (account.id, link(world, "reset", account, secret)));
        let new = new.as_ref().map(|(account, link)| (*account, link));
        let sent = world.store.answer_password_request(request, new).await.unwrap();
        assert_eq!(world.store.password_requests(10).await.unwrap(), [], "nothing is kept of who asked");
        sent
    }

    pub(super) async fn every_address_may_ask_for_a_password_and_only_accounts_are_answered(world: &World) {
        let ann = world.account("Ann@example.org").await;
        for email in ["nobody@example.org", " ANN@Example.org"] {
            world.store.ask_password(email, world.now()).await.unwrap();
            world.store.ask_password(email, world.after(1)).await.unwrap();
        }
        let requests = world.store.password_requests(10).await.unwrap();
        let emails: Vec<_> = requests.iter().map(|request| request.email.as_str()).collect();
        assert_eq!(emails, ["nobody@example.org", "ann@example.org"], "asking twice is asking once");
        for request in &requests {
            assert!(!world.store.answer_password_request(request, None).await.unwrap());
        }
        assert!(!forget(world, "nobody@example.org", None, "0").await);
        assert_eq!(waiting(world).await, Vec::<String>::new());
        for secret in ["1", "2", "3"] {
            assert!(forget(world, "ann@example.org", Some(&ann), secret).await);
        }
        assert!(!forget(world, "ann@example.org", Some(&ann), "4").await, "a mailbox is not flooded");
        assert_eq!(waiting(world).await, ["reset", "reset", "reset"]);
        let found = world.store.mail_link(token("1"), Purpose::Reset, world.now()).await.unwrap();
        assert_eq!(found.map(|account| account.id), Some(ann.id));
        let late_ms = world.after(RESET_LIFE_MS);
        assert_eq!(world.store.mail_link(token("1"), Purpose::Reset, late_ms).await.unwrap(), None);
        assert!(forget(world, "ann@example.org", Some(&ann), "5").await);
    }

    /// Keeps the points that units pass.
    #[derive(Debug, Default)]
    struct Passed(Mutex<Vec<(&'static str, &'static str)>>);

    impl Faults for Passed {
        fn reached(&self, unit: &'static str, point: &'static str) {
            self.0.lock().unwrap().push((unit, point));
        }
    }

    /// Requests of each kind that are timed: for the figures in the output only.
    const TIMED: usize = 50;

    pub(super) async fn a_request_is_the_same_work_with_and_without_an_account(world: &World) {
        world.account("anna@example.org").await;
        let passed = Arc::new(Passed::default());
        let options = Options { faults: Some(passed.clone()), ..Options::default() };
        let store = Store::open(&world.target, options).await.unwrap();
        let mut work = Vec::new();
        // The first request of an address, and one that repeats it.
        for email in ["anna@example.org", "nobody@example.org", "anna@example.org", "nobody@example.org"] {
            store.ask_password(email, world.now()).await.unwrap();
            work.push(std::mem::take(&mut *passed.0.lock().unwrap()));
        }
        let unit: Vec<_> =
            ["begin", "password-request", "commit", "committed"].map(|point| ("ask-password", point)).into();
        assert_eq!(work, [(); 4].map(|()| unit.clone()), "one row is written, and the account is not looked for");

        let mut took = [Vec::new(), Vec::new()];
        for n in 0..TIMED {
            // Each is asked first as often as the other.
            for which in [n % 2, (n + 1) % 2] {
                let (times, email) = (&mut took[which], ["anna@example.org", "nobody@example.org"][which]);
                let begun = instant();
                store.ask_password(email, world.now()).await.unwrap();
                times.push(begun.elapsed());
            }
        }
        let [with, without] = took.map(|mut times| {
            times.sort();
            times[times.len() / 2]
        });
        println!("a request took {with:?} with an account and {without:?} without, in the middle of {TIMED}");
    }

    #[expect(clippy::disallowed_methods, reason = "it is real time that is measured")]
    fn instant() -> Instant {
        Instant::now()
    }

    pub(super) async fn a_request_is_answered_by_one_of_two_portals(world: &World) {
        let ann = world.account("ann@example.org").await;
        world.store.ask_password("ann@example.org", world.now()).await.unwrap();
        let request = PasswordRequest { email: "ann@example.org".into(), asked_ms: world.now() };
        let another = world.another().await;
        let (one, two) = (link(world, "reset", &ann, "1"), link(world, "reset", &ann, "2"));
        let both = tokio::join!(
            world.store.answer_password_request(&request, Some((ann.id, &one))),
            another.answer_password_request(&request, Some((ann.id, &two)))
        );
        let mut both = [both.0.unwrap(), both.1.unwrap()];
        both.sort_unstable();
        assert_eq!(both, [false, true]);
        assert_eq!(waiting(world).await, ["reset"]);
    }

    async fn reset(world: &World, account: &Account, secret: &str, hash: &str, except: Option<RowId>) -> Reset {
        let mail = mail(world, "password-changed", account);
        world.store.reset_password(token(secret), hash, except, &mail).await.unwrap()
    }

    /// A device that the account has let in and that has not come in yet.
    async fn approved_device(world: &World, account: RowId) {
        let new = NewSignIn {
            id: world.id(),
            secret: token("device"),
            user_code: UserCode::parse("BCDFGHJK").unwrap(),
            device: "A browser".into(),
            address: "192.0.2.9".into(),
            now_ms: world.now(),
        };
        let id = new.id;
        world.store.ask_sign_in(new).await.unwrap();
        assert!(world.store.approve_sign_in(id, account, world.now()).await.unwrap());
    }

    pub(super) async fn a_new_password_ends_what_the_old_one_opened(world: &World) {
        let store = &world.store;
        let thief = world.listener("ann@example.org").await;
        let ann = store.account(thief.account).await.unwrap().unwrap();
        let (tab, now_ms) = (world.peer(), world.now());
        store.register_player(tab, thief.session, ann.id, thief.home, now_ms).await.unwrap();
        let listening = thief.open("0123456789abcdef").await;
        approved_device(world, ann.id).await;
        let own = world.session(ann.id, "own").await.id;
        for _ in 0..6 {
            store.sign_in_failed(SecretHash::of(b"ann@example.org"), now_ms).await.unwrap();
        }
        forget(world, "ann@example.org", Some(&ann), "spare").await;
        forget(world, "ann@example.org", Some(&ann), "link").await;
        assert_eq!(reset(world, &ann, "guessed", "$new", None).await, Reset::Gone);

        let Reset::Done(ended) = reset(world, &ann, "link", "$new", Some(own)).await else { panic!("the link works") };
        assert_eq!(ended.players, [(tab, vec![thief.home])]);
        let known = store.account_by_email("ann@example.org").await.unwrap().unwrap();
        assert_eq!(known.password_hash, "$new");
        let left: Vec<_> = store.sessions(ann.id, now_ms).await.unwrap().iter().map(|session| session.id).collect();
        assert_eq!(left, [own]);
        let closed = store.listening(listening.id).await.unwrap().unwrap().closed;
        assert_eq!(closed, Some(Reason::SignedOut));
        let events = store.agent_events(thief.home, 0, 10).await.unwrap();
        let told = |(_, event): &(i64, AgentEvent)| matches!(event, AgentEvent::Revoke { what, .. } if *what == Revoked::Player(tab));
        assert!(events.iter().any(told), "{events:?}");
        assert_eq!(store.sign_in_state(token("device"), now_ms).await.unwrap(), SignInState::Denied);
        assert_eq!(store.sign_in_wait(SecretHash::of(b"ann@example.org"), now_ms).await.unwrap(), None);
        assert_eq!(waiting(world).await, ["reset", "reset", "password-changed"]);
        for used in ["link", "spare"] {
            assert_eq!(reset(world, &ann, used, "$again", None).await, Reset::Gone, "{used}");
        }
        let known = store.account_by_email("ann@example.org").await.unwrap().unwrap();
        assert_eq!(known.password_hash, "$new");
    }

    pub(super) async fn of_two_who_use_a_link_at_once_one_sets_the_password(world: &World) {
        let ann = world.account("ann@example.org").await;
        forget(world, "ann@example.org", Some(&ann), "link").await;
        let another = world.another().await;
        let (one, two) = (mail(world, "password-changed", &ann), mail(world, "password-changed", &ann));
        let both = tokio::join!(
            world.store.reset_password(token("link"), "$one", None, &one),
            another.reset_password(token("link"), "$two", None, &two)
        );
        let done = [both.0.unwrap(), both.1.unwrap()].map(|reset| reset != Reset::Gone);
        assert!(done == [true, false] || done == [false, true], "{done:?}");
        let known = world.store.account_by_email("ann@example.org").await.unwrap().unwrap();
        assert_eq!(known.password_hash, if done[0] { "$one" } else { "$two" });
        assert_eq!(waiting(world).await, ["reset", "password-changed"]);
    }
}
