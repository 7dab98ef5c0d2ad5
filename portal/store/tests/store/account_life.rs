use crate::kit::on_both;

on_both! {
    settings_change_one_by_one_and_stay;
    a_session_shows_since_when_it_is_and_who_vouched;
    a_second_device_is_let_in_once;
    a_device_that_was_refused_or_came_too_late_stays_out;
    a_code_in_use_is_not_given_out_twice;
}

mod run {
    use iroam_protocol::activation::UserCode;
    use iroam_store::{
        AccountChange, Authorized, NewSession, NewSignIn, SIGN_IN_LIFE_MS, SecretHash, SignInState, Store,
    };

    use crate::kit::World;

    pub(super) async fn settings_change_one_by_one_and_stay(world: &World) {
        let store = &world.store;
        let new = world.account("ann@example.org").await;
        assert_eq!((new.display_name.clone(), new.language.as_str(), new.time_zone.as_str()), (None, "en", "UTC"));
        assert!(new.takes_invitations && store.takes_invitations("ANN@example.org").await.unwrap());
        let change = async |change| store.change_account(new.id, change).await.unwrap().unwrap();

        let named = change(AccountChange { display_name: Some("Ann".into()), ..AccountChange::default() }).await;
        assert_eq!(named.display_name.as_deref(), Some("Ann"));
        let moved = change(AccountChange { time_zone: Some("Europe/Berlin".into()), ..AccountChange::default() }).await;
        assert_eq!((moved.display_name.as_deref(), moved.time_zone.as_str()), (Some("Ann"), "Europe/Berlin"));
        let closed = change(AccountChange { takes_invitations: Some(false), ..AccountChange::default() }).await;
        assert!(!closed.takes_invitations);
        assert!(!store.takes_invitations(" Ann@Example.org ").await.unwrap());
        assert!(store.takes_invitations("stranger@example.org").await.unwrap(), "a stranger may be asked");
        let cleared = change(AccountChange { display_name: Some(String::new()), ..AccountChange::default() }).await;
        assert_eq!(cleared.display_name, None);
        assert_eq!(change(AccountChange::default()).await, cleared, "an empty change changes nothing");
        assert_eq!(store.account(new.id).await.unwrap().unwrap(), cleared);
        world.session(new.id, "cookie").await;
        let signed_in = store.session(SecretHash::of(b"cookie"), world.now()).await.unwrap().unwrap();
        assert_eq!(signed_in.account, cleared, "a session sees the same account");
        assert_eq!(store.change_account(world.id(), AccountChange::default()).await.unwrap(), None);
    }

    pub(super) async fn a_session_shows_since_when_it_is_and_who_vouched(world: &World) {
        let (store, account) = (&world.store, world.account("ann@example.org").await.id);
        let began_ms = world.now();
        let typed = world.session(account, "typed").await;
        assert_eq!((typed.first_seen_ms, typed.signed_in_ms), (began_ms, began_ms));
        let again_ms = world.after(3_600_000);
        let (old, new) = (SecretHash::of(b"typed"), SecretHash::of(b"typed again"));
        assert!(store.renew_session(typed.id, old, new, again_ms).await.unwrap());
        let vouched = NewSession {
            id: world.id(),
            account,
            secret: SecretHash::of(b"vouched"),
            device: "Safari on iPad".into(),
            address: "192.0.2.8".into(),
            by_password: false,
            now_ms: world.after(1),
        };
        let vouched = store.create_session(vouched).await.unwrap();
        assert_eq!((vouched.first_seen_ms, vouched.signed_in_ms), (again_ms + 1, 0));
        let listed = store.sessions(account, world.now()).await.unwrap();
        let shown: Vec<_> = listed.iter().map(|each| (each.id, each.first_seen_ms, each.signed_in_ms)).collect();
        assert_eq!(shown, [(vouched.id, again_ms + 1, 0), (typed.id, began_ms, again_ms)]);
    }

    async fn ask(world: &World, store: &Store, secret: &str, code: &str) -> Authorized {
        let new = NewSignIn {
            id: world.id(),
            secret: SecretHash::of(secret.as_bytes()),
            user_code: UserCode::parse(code).unwrap(),
            device: "Firefox on Linux".into(),
            address: "198.51.100.4".into(),
            now_ms: world.now(),
        };
        store.ask_sign_in(new).await.unwrap()
    }

    async fn state(world: &World, secret: &str) -> SignInState {
        world.store.sign_in_state(SecretHash::of(secret.as_bytes()), world.now()).await.unwrap()
    }

    pub(super) async fn a_second_device_is_let_in_once(world: &World) {
        let (store, account) = (&world.store, world.account("ann@example.org").await.id);
        let code = UserCode::parse("BCDFGHJK").unwrap();
        let secret = SecretHash::of(b"secret");
        assert_eq!(ask(world, store, "secret", code.as_str()).await, Authorized::Ok);
        let request = store.sign_in_request(&code, world.now()).await.unwrap().unwrap();
        assert_eq!((request.device.as_str(), request.address.as_str()), ("Firefox on Linux", "198.51.100.4"));
        assert_eq!(state(world, "secret").await, SignInState::Pending(request.clone()));
        assert_eq!(state(world, "another").await, SignInState::Gone);
        assert_eq!(store.take_sign_in(secret, world.now()).await.unwrap(), None, "nobody has said yes");

        assert!(store.approve_sign_in(request.id, account, world.now()).await.unwrap());
        assert!(!store.approve_sign_in(request.id, account, world.now()).await.unwrap(), "one yes is enough");
        assert!(!store.deny_sign_in(request.id).await.unwrap(), "a yes stands");
        assert_eq!(store.sign_in_request(&code, world.now()).await.unwrap(), None, "the code is used");
        assert_eq!(state(world, "secret").await, SignInState::Approved);
        let another = world.another().await;
        let both = tokio::join!(store.take_sign_in(secret, world.now()), another.take_sign_in(secret, world.now()));
        let mut both = [both.0.unwrap(), both.1.unwrap()];
        both.sort();
        assert_eq!(both, [None, Some(account)]);
        assert_eq!(state(world, "secret").await, SignInState::Gone);
    }

    pub(super) async fn a_device_that_was_refused_or_came_too_late_stays_out(world: &World) {
        let (store, account) = (&world.store, world.account("ann@example.org").await.id);
        for (secret, code) in [("refused", "BBBBBBBB"), ("late", "CCCCCCCC"), ("slow", "DDDDDDDD")] {
            assert_eq!(ask(world, store, secret, code).await, Authorized::Ok);
        }
        let request = async |code: &str| {
            store.sign_in_request(&UserCode::parse(code).unwrap(), world.now()).await.unwrap().unwrap()
        };
        let (refused, late, slow) = (request("BBBBBBBB").await, request("CCCCCCCC").await, request("DDDDDDDD").await);
        assert!(store.deny_sign_in(refused.id).await.unwrap());
        assert_eq!(state(world, "refused").await, SignInState::Denied);
        assert!(!store.approve_sign_in(refused.id, account, world.now()).await.unwrap(), "a no stands");
        assert!(store.approve_sign_in(slow.id, account, world.now()).await.unwrap());

        world.after(SIGN_IN_LIFE_MS);
        assert!(!store.approve_sign_in(late.id, account, world.now()).await.unwrap());
        assert_eq!(state(world, "late").await, SignInState::Gone);
        let slow = store.take_sign_in(SecretHash::of(b"slow"), world.now()).await.unwrap();
        assert_eq!(slow, None, "a yes is worth nothing after the end of the code");
        world.after(30 * 24 * 3_600_000);
        store.prune(world.now()).await.unwrap();
        assert_eq!(ask(world, store, "late", "CCCCCCCC").await, Authorized::Ok, "what is forgotten is free again");
    }

    pub(super) async fn a_code_in_use_is_not_given_out_twice(world: &World) {
        let store = &world.store;
        assert_eq!(ask(world, store, "one", "BCDFGHJK").await, Authorized::Ok);
        assert_eq!(ask(world, store, "two", "BCDFGHJK").await, Authorized::CodeTaken);
        assert_eq!(state(world, "two").await, SignInState::Gone);
    }
}
