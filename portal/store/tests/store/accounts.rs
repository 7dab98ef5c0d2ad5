use crate::kit::on_both;

on_both! {
    an_address_belongs_to_one_account_in_any_case;
    a_session_ends_by_idleness_and_by_age;
    signing_in_again_renews_the_session_and_leaves_its_listening_alone;
    signing_out_tells_the_homes_and_closes_the_listenings;
    a_link_works_once;
    guessing_makes_wait;
    two_portals_migrate_the_same_database_at_once;
    pruning_forgets_what_is_over_and_nothing_else;
}

mod run {
    use iroam_protocol::events::{AgentEvent, Revoked};
    use iroam_store::{
        LINK_LIFE_MS, Link, NewAccount, Options, Reason, Registered, SESSION_IDLE_MS, SESSION_LIFE_MS, SecretHash,
        SignUp, Store,
    };

    use crate::kit::World;

    pub(super) async fn an_address_belongs_to_one_account_in_any_case(world: &World) {
        let anna = world.account("Anna@Example.org").await;
        let found = world.store.account_by_email(" anna@example.ORG").await.unwrap().unwrap();
        assert_eq!(found.account, anna);
        assert_eq!(found.account.email, "Anna@Example.org");
        let again = NewAccount {
            id: world.id(),
            email: "ANNA@example.org".into(),
            password_hash: "x".into(),
            time_zone: None,
            language: None,
            now_ms: world.now(),
        };
        assert_eq!(world.store.create_account(again).await.unwrap(), SignUp::EmailTaken);
        let wallet = world.store.wallet(anna.id).await.unwrap();
        assert_eq!((wallet.available_micros, wallet.balance_ms), (100_000, 600_000));
        assert_eq!(world.store.account_by_email("nobody@example.org").await.unwrap(), None);
    }

    pub(super) async fn a_session_ends_by_idleness_and_by_age(world: &World) {
        let account = world.account("a@example.org").await.id;
        let secret = SecretHash::of(b"cookie");
        world.session(account, "cookie").await;
        let signed_in = world.store.session(secret, world.now()).await.unwrap().unwrap();
        assert_eq!(signed_in.account.id, account);
        assert_eq!(world.store.session(SecretHash::of(b"other"), world.now()).await.unwrap(), None);
        for _ in 0..SESSION_LIFE_MS / SESSION_IDLE_MS {
            let now_ms = world.after(SESSION_IDLE_MS - 1);
            assert!(world.store.session(secret, now_ms).await.unwrap().is_some(), "use keeps it alive");
        }
        world.after(SESSION_IDLE_MS - 1);
        assert_eq!(world.store.session(secret, world.now()).await.unwrap(), None, "it is too old");
        world.session(account, "second").await;
        let idle_ms = world.after(SESSION_IDLE_MS);
        assert_eq!(world.store.session(SecretHash::of(b"second"), idle_ms).await.unwrap(), None);
        assert_eq!(world.store.sessions(account, idle_ms).await.unwrap(), []);
    }

    pub(super) async fn signing_in_again_renews_the_session_and_leaves_its_listening_alone(world: &World) {
        let anna = world.listener("a@example.org").await;
        let listening = anna.open("0123456789abcdef").await;
        let (old, new) = (SecretHash::of(b"old"), SecretHash::of(b"new"));
        let session = world.session(anna.account, "old").await.id;
        let later_ms = world.after(SESSION_IDLE_MS - 1);
        assert!(world.store.renew_session(session, old, new, later_ms).await.unwrap());
        assert!(
            !world.store.renew_session(session, old, new, later_ms).await.unwrap(),
            "a secret is worth one renewal"
        );
        assert_eq!(world.store.session(old, later_ms).await.unwrap(), None);
        let renewed = world.store.session(new, later_ms).await.unwrap().unwrap().session;
        assert_eq!((renewed.id, renewed.signed_in_ms), (session, later_ms));
        assert_eq!(renewed.expires_ms, later_ms + SESSION_LIFE_MS);
        assert_eq!(world.store.listening(listening.id).await.unwrap().unwrap().closed, None);
    }

    pub(super) async fn signing_out_tells_the_homes_and_closes_the_listenings(world: &World) {
        let anna = world.listener("a@example.org").await;
        let tab = world.peer();
        let (store, now_ms) = (&world.store, world.now());
        let register = async |session| store.register_player(tab, session, anna.account, anna.home, now_ms).await;
        assert_eq!(register(anna.session).await.unwrap(), Registered::Ok);
        assert_eq!(register(anna.session).await.unwrap(), Registered::Ok);
        let other = world.session(anna.account, "other").await.id;
        assert_eq!(register(other).await.unwrap(), Registered::OtherSession);
        let listening = anna.open("0123456789abcdef").await;

        let ended = store.end_session(anna.session, now_ms).await.unwrap();
        assert_eq!(ended.players, [(tab, vec![anna.home])]);
        assert_eq!(ended.homes, [anna.home]);
        assert_eq!(store.end_session(anna.session, now_ms).await.unwrap(), ended);
        let closed = store.listening(listening.id).await.unwrap().unwrap();
        assert_eq!(closed.closed, Some(Reason::SignedOut));
        let events = store.agent_events(anna.home, 0, 10).await.unwrap();
        let revoked = events.iter().filter_map(|(_, event)| match event {
            AgentEvent::Revoke { what, .. } => Some(what.clone()),
            _ => None,
        });
        let revoked: Vec<_> = revoked.collect();
        assert_eq!(revoked, [Revoked::Player(tab), Revoked::Listening(listening.id)]);
        assert_eq!(events.last().unwrap().0, store.latest_agent_event(anna.home).await.unwrap());
        assert_eq!(store.agent_events(anna.home, events[0].0, 10).await.unwrap(), events[1..]);
        assert_eq!(store.agent_revocations(anna.home, now_ms / 1_000).await.unwrap().len(), 2);
        assert_eq!(store.agent_revocations(anna.home, now_ms / 1_000 + 3_600).await.unwrap(), []);
    }

    pub(super) async fn a_link_works_once(world: &World) {
        let account = world.account("a@example.org").await.id;
        let (store, token) = (&world.store, SecretHash::of(b"token"));
        store.create_link(token, account, world.now()).await.unwrap();
        let another = world.another().await;
        let (a, b) = tokio::join!(store.use_link(token, world.now()), another.use_link(token, world.now()));
        let mut both = [a.unwrap(), b.unwrap()];
        both.sort_by_key(|link| matches!(link, Link::Used(_)));
        assert_eq!(both, [Link::Account(account), Link::Used(account)]);
        let late = SecretHash::of(b"late");
        store.create_link(late, account, world.now()).await.unwrap();
        assert_eq!(store.use_link(late, world.after(LINK_LIFE_MS)).await.unwrap(), Link::Expired);
        assert_eq!(store.use_link(SecretHash::of(b"?"), world.now()).await.unwrap(), Link::Unknown);
    }

    pub(super) async fn guessing_makes_wait(world: &World) {
        let (store, email) = (&world.store, SecretHash::of(b"a@example.org"));
        for _ in 0..5 {
            assert_eq!(store.sign_in_wait(email, world.now()).await.unwrap(), None);
            store.sign_in_failed(email, world.now()).await.unwrap();
        }
        assert_eq!(store.sign_in_wait(email, world.now()).await.unwrap(), Some(5));
        assert_eq!(store.sign_in_wait(SecretHash::of(b"b"), world.now()).await.unwrap(), None);
        store.sign_in_succeeded(email).await.unwrap();
        assert_eq!(store.sign_in_wait(email, world.now()).await.unwrap(), None);
    }

    pub(super) async fn two_portals_migrate_the_same_database_at_once(world: &World) {
        let open = || Store::open(&world.target, Options::default());
        let (a, b, c) = tokio::join!(open(), open(), open());
        for store in [a.unwrap(), b.unwrap(), c.unwrap()] {
            store.ping().await.unwrap();
        }
    }

    pub(super) async fn pruning_forgets_what_is_over_and_nothing_else(world: &World) {
        let anna = world.listener("a@example.org").await;
        world.store.create_link(SecretHash::of(b"x"), anna.account, world.now()).await.unwrap();
        world.store.end_session(anna.session, world.now()).await.unwrap();
        world.store.prune(world.after(30 * 24 * 3_600_000)).await.unwrap();
        assert_eq!(world.store.use_link(SecretHash::of(b"x"), world.now()).await.unwrap(), Link::Unknown);
        let counts = world.store.counts().await.unwrap();
        assert_eq!((counts.accounts, counts.homes, counts.listenings_open), (1, 1, 0));
    }
}
