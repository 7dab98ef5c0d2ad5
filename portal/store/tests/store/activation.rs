use crate::kit::on_both;

on_both! {
    a_home_is_activated_by_its_code;
    a_poll_that_comes_too_early_is_slowed_down;
    five_wrong_words_kill_a_code;
    a_home_of_another_account_is_refused;
    the_same_account_activates_a_home_again_and_keeps_it;
    a_removed_home_is_told_and_free_for_others;
    a_pseudonym_differs_from_home_to_home_and_stays;
}

mod run {
    use iroam_protocol::{activation::UserCode, events::AgentEvent};
    use iroam_store::{Approval, Authorized, Poll, Reason, SecretHash};

    use crate::kit::World;

    const CODE: &str = "BCDFGHJK";

    pub(super) async fn a_home_is_activated_by_its_code(world: &World) {
        let account = world.account("a@example.org").await.id;
        let (store, peer) = (&world.store, world.peer());
        let new = world.device(peer, CODE);
        let (id, code) = (new.id, new.device_code);
        assert_eq!(store.authorize_device(new).await.unwrap(), Authorized::Ok);
        let taken = world.device(world.peer(), CODE);
        assert_eq!(store.authorize_device(taken).await.unwrap(), Authorized::CodeTaken);
        assert_eq!(store.device_by_code(code).await.unwrap(), Some(peer));
        let request = store.device(&UserCode::parse("bcdf-ghjk").unwrap(), world.now()).await.unwrap().unwrap();
        assert_eq!((request.id, request.peer, request.tries_left), (id, peer, 5));
        assert_eq!(store.poll_device(code, world.now()).await.unwrap(), Poll::Pending { interval_s: 2 });

        let Approval::Approved(home) = store.approve_device(id, account, "Attic", world.now()).await.unwrap() else {
            panic!("not approved")
        };
        assert_eq!((home.peer, home.account, home.name.as_str()), (peer, account, "Attic"));
        assert_eq!(store.approve_device(id, account, "Attic", world.now()).await.unwrap(), Approval::Gone);
        let approved = Poll::Approved { account_email: "a@example.org".into(), peer, name: "Attic".into() };
        assert_eq!(store.poll_device(code, world.now()).await.unwrap(), approved);
        assert_eq!(store.poll_device(code, world.now()).await.unwrap(), approved, "a lost answer is fetched again");
        assert_eq!(store.homes(account).await.unwrap(), [home]);
        assert_eq!(store.poll_device(code, world.after(600_000)).await.unwrap(), Poll::Expired);
        assert_eq!(store.poll_device(SecretHash::of(b"?"), world.now()).await.unwrap(), Poll::Unknown);
    }

    pub(super) async fn a_poll_that_comes_too_early_is_slowed_down(world: &World) {
        let new = world.device(world.peer(), CODE);
        let (store, id, code) = (&world.store, new.id, new.device_code);
        store.authorize_device(new).await.unwrap();
        store.poll_device(code, world.now()).await.unwrap();
        assert_eq!(store.poll_device(code, world.after(500)).await.unwrap(), Poll::SlowDown { interval_s: 7 });
        assert_eq!(store.poll_device(code, world.after(7_000)).await.unwrap(), Poll::Pending { interval_s: 7 });
        assert!(store.deny_device(id).await.unwrap());
        assert_eq!(store.poll_device(code, world.now()).await.unwrap(), Poll::Denied);
        assert!(!store.deny_device(id).await.unwrap());
    }

    pub(super) async fn five_wrong_words_kill_a_code(world: &World) {
        let new = world.device(world.peer(), CODE);
        let (store, id, code) = (&world.store, new.id, new.device_code);
        store.authorize_device(new).await.unwrap();
        for left in [4, 3, 2, 1, 0, 0] {
            assert_eq!(store.device_wrong_words(id, world.now()).await.unwrap(), left);
        }
        assert_eq!(store.device(&UserCode::parse(CODE).unwrap(), world.now()).await.unwrap(), None);
        assert_eq!(store.poll_device(code, world.now()).await.unwrap(), Poll::Expired);
        let account = world.account("a@example.org").await.id;
        assert_eq!(store.approve_device(id, account, "x", world.now()).await.unwrap(), Approval::Gone);
    }

    pub(super) async fn a_home_of_another_account_is_refused(world: &World) {
        let anna = world.listener("a@example.org").await;
        let bert = world.account("b@example.org").await.id;
        let new = world.device(anna.home, "ZXWVTSRQ");
        let id = new.id;
        world.store.authorize_device(new).await.unwrap();
        let approval = world.store.approve_device(id, bert, "Mine", world.now()).await.unwrap();
        assert_eq!(approval, Approval::TakenByOther);
        assert_eq!(world.store.homes(bert).await.unwrap(), []);
        assert!(!world.store.rename_home(bert, anna.home, "Mine", world.now()).await.unwrap());
        assert!(!world.store.remove_home(bert, anna.home, world.now()).await.unwrap());
    }

    pub(super) async fn the_same_account_activates_a_home_again_and_keeps_it(world: &World) {
        let anna = world.listener("a@example.org").await;
        let listening = anna.open("0123456789abcdef").await;
        assert!(
            world.store.home_seen(anna.home, Some(("Debian 13".into(), "0.2.0".into())), world.now()).await.unwrap()
        );
        world.after(1_000);
        let new = world.device(anna.home, "ZXWVTSRQ");
        let id = new.id;
        world.store.authorize_device(new).await.unwrap();
        let approval = world.store.approve_device(id, anna.account, "Cellar", world.now()).await.unwrap();
        let Approval::Approved(home) = approval else { panic!("not approved") };
        assert_eq!(home.activated_ms, world.now() - 1_000);
        assert_eq!(world.store.home(anna.home).await.unwrap(), Some(home));
        assert_eq!(world.store.running(anna.account).await.unwrap()[0].id, listening.id);
    }

    pub(super) async fn a_removed_home_is_told_and_free_for_others(world: &World) {
        let anna = world.listener("a@example.org").await;
        let (store, now_ms) = (&world.store, world.now());
        let listening = anna.open("0123456789abcdef").await;
        assert!(store.rename_home(anna.account, anna.home, "Cellar", now_ms).await.unwrap());
        assert!(store.remove_home(anna.account, anna.home, now_ms).await.unwrap());
        let events: Vec<_> = store.agent_events(anna.home, 0, 9).await.unwrap().into_iter().map(|(_, e)| e).collect();
        assert_eq!(events[..2], [AgentEvent::Renamed { name: "Cellar".into() }, AgentEvent::Deactivated]);
        let closed = store.listening(listening.id).await.unwrap().unwrap();
        assert_eq!(closed.closed, Some(Reason::HomeRemoved));
        assert_eq!(anna.wallet().await.held_micros, 0);

        let bert = world.account("b@example.org").await.id;
        let new = world.device(anna.home, "ZXWVTSRQ");
        let id = new.id;
        store.authorize_device(new).await.unwrap();
        let approval = store.approve_device(id, bert, "Mine", now_ms).await.unwrap();
        assert!(matches!(approval, Approval::Approved(_)));
        let events = store.agent_events(anna.home, 0, 9).await.unwrap();
        assert!(events.iter().all(|(_, event)| matches!(event, AgentEvent::Revoke { .. })), "{events:?}");
        store.push_agent_event(anna.home, &AgentEvent::Deactivated, now_ms).await.unwrap();
        assert_eq!(store.latest_agent_event(anna.home).await.unwrap(), 4, "cursors go on");
    }

    pub(super) async fn a_pseudonym_differs_from_home_to_home_and_stays(world: &World) {
        let account = world.account("a@example.org").await.id;
        let (one, two) = (world.peer(), world.peer());
        let first = world.store.pseudonym(account, one, [1; 16]).await.unwrap();
        assert_eq!(world.store.pseudonym(account, one, [2; 16]).await.unwrap(), first);
        assert_ne!(world.store.pseudonym(account, two, [3; 16]).await.unwrap(), first);
    }
}
