use crate::kit::on_both;

on_both! {
    minutes_are_charged_once_and_shown_in_the_statement;
    a_repeated_heartbeat_and_a_repeated_open_change_nothing;
    the_fourth_listening_is_refused_until_one_is_stopped;
    three_tabs_that_open_at_once_stay_three;
    nothing_is_opened_by_a_session_that_ends_meanwhile;
    without_minutes_nothing_opens_and_the_end_is_announced;
    silence_closes_and_a_pause_releases;
    the_eleventh_uncharged_open_is_charged;
    what_a_home_served_is_compared;
    another_accounts_listening_is_unknown;
    two_listenings_at_once_are_both_charged;
    minutes_that_come_due_together_stand_in_order;
    a_minute_that_turns_cheap_in_its_first_seconds_is_given_back;
    the_local_network_is_free;
}

mod run {
    use iroam_protocol::{
        path::Path,
        portal::{ServedAnswer, ServedMinute},
    };
    use iroam_store::{Beat, Beaten, Opened, Reason, Registered};

    use crate::kit::{World, relayed};

    pub(super) async fn minutes_are_charged_once_and_shown_in_the_statement(world: &World) {
        let anna = world.listener("a@example.org").await;
        let mut listening = anna.open("0123456789abcdef").await;
        assert_eq!((listening.ceil_ms, listening.charged_minutes, listening.balance_ms), (120_000, 0, 600_000));
        assert_eq!(anna.wallet().await.held_micros, 10_000);
        for seq in 1..=9 {
            listening = anna.play_20_s(&listening, seq).await;
        }
        assert_eq!((listening.played_ms, listening.charged_minutes, listening.ceil_ms), (180_000, 3, 300_000));
        let wallet = anna.wallet().await;
        assert_eq!((wallet.available_micros, wallet.held_micros), (60_000, 10_000));

        let page = world.store.entries(anna.account, None, 3).await.unwrap();
        let minutes: Vec<_> = page.items.iter().map(|entry| (entry.minute, entry.amount_micros, entry.path)).collect();
        let relay = Some(Path::Relay);
        assert_eq!(minutes, [(Some(2), -10_000, relay), (Some(1), -10_000, relay), (Some(0), -10_000, relay)]);
        assert_eq!(page.items[0].home.as_deref(), Some("Attic"));
        let rest = world.store.entries(anna.account, page.next.as_deref(), 3).await.unwrap();
        assert_eq!((rest.items.len(), rest.items[0].kind.as_str(), rest.next), (1, "starter", None));

        let closed = world.store.close_listening(listening.id, anna.account, Some(180_000), world.now()).await.unwrap();
        assert_eq!(closed.unwrap().closed, Some(Reason::Told));
        let wallet = anna.wallet().await;
        assert_eq!((wallet.available_micros, wallet.held_micros), (70_000, 0));
    }

    pub(super) async fn a_repeated_heartbeat_and_a_repeated_open_change_nothing(world: &World) {
        let anna = world.listener("a@example.org").await;
        let open = anna.open_with("0123456789abcdef");
        let Opened::Ok(first) = world.store.open_listening(open.clone()).await.unwrap() else { panic!("not opened") };
        let mut repeat = open.clone();
        repeat.id = world.id();
        assert_eq!(world.store.open_listening(repeat.clone()).await.unwrap(), Opened::Ok(first.clone()));
        repeat.player = world.peer();
        assert_eq!(world.store.open_listening(repeat).await.unwrap(), Opened::KeyReused);

        world.after(20_000);
        let Beaten::Ok(once) = anna.beat(first.id, relayed(5, 20_000)).await else { panic!("closed") };
        for seq in [5, 4, 1] {
            assert_eq!(anna.beat(first.id, relayed(seq, 999_000)).await, Beaten::Ok(once.clone()));
        }
        assert_eq!(anna.wallet().await.available_micros, 80_000);
    }

    pub(super) async fn the_fourth_listening_is_refused_until_one_is_stopped(world: &World) {
        let anna = world.listener("a@example.org").await;
        let first = anna.open("key-of-listening-1").await;
        anna.open("key-of-listening-2").await;
        anna.open("key-of-listening-3").await;
        let fourth = anna.open_with("key-of-listening-4");
        let Opened::TooMany(running) = world.store.open_listening(fourth.clone()).await.unwrap() else {
            panic!("a fourth was opened")
        };
        assert_eq!(running.len(), 3);
        assert_eq!((running[0].home.as_str(), running[0].device.as_str()), ("Attic", "Firefox on Windows"));
        world.store.close_listening(first.id, anna.account, None, world.now()).await.unwrap();
        assert!(matches!(world.store.open_listening(fourth).await.unwrap(), Opened::Ok(_)));
    }

    pub(super) async fn nothing_is_opened_by_a_session_that_ends_meanwhile(world: &World) {
        let another = world.another().await;
        for round in 0..8 {
            let anna = world.listener(&format!("a{round}@example.org")).await;
            let open = anna.open_with("0123456789abcdef");
            let (id, player) = (open.id, world.peer());
            let register =
                async || world.store.register_player(player, anna.session, anna.account, anna.home, world.now()).await;
            let (opened, registered, ended) = tokio::join!(
                world.store.open_listening(open.clone()),
                register(),
                another.end_session(anna.session, world.now())
            );
            let left = world.store.listening(id).await.unwrap();
            let known = ended.unwrap().players.iter().any(|(peer, _)| *peer == player);
            match opened.unwrap() {
                Opened::Ok(_) => assert_eq!(left.unwrap().closed, Some(Reason::SignedOut)),
                refused => assert_eq!((refused, left), (Opened::SignedOut, None)),
            }
            assert_eq!(registered.unwrap(), if known { Registered::Ok } else { Registered::SignedOut });
            assert_eq!(
                world.store.open_listening(anna.open_with("another-key-of-mine")).await.unwrap(),
                Opened::SignedOut
            );
            assert_eq!(register().await.unwrap(), Registered::SignedOut);
            assert_eq!(anna.wallet().await.held_micros, 0);
        }
    }

    pub(super) async fn three_tabs_that_open_at_once_stay_three(world: &World) {
        let anna = world.listener("a@example.org").await;
        let another = world.another().await;
        let opens: Vec<_> = (0..5).map(|n| anna.open_with(&format!("key-of-listening-{n}"))).collect();
        let stores = [&world.store, &another];
        let tries = opens.into_iter().enumerate().map(|(n, open)| stores[n % 2].open_listening(open));
        let opened = futures::future::join_all(tries).await;
        let ok = opened.iter().filter(|opened| matches!(opened, Ok(Opened::Ok(_)))).count();
        assert_eq!(ok, 3, "{opened:?}");
    }

    pub(super) async fn without_minutes_nothing_opens_and_the_end_is_announced(world: &World) {
        let anna = world.listener("a@example.org").await;
        let mut listening = anna.open("0123456789abcdef").await;
        for seq in 1..=28 {
            listening = anna.play_20_s(&listening, seq).await;
        }
        assert_eq!((listening.charged_minutes, listening.is_final), (10, true), "{listening:?}");
        assert_eq!(listening.play_out_ms, Some(600_000 + 40_000));
        assert_eq!(world.store.open_listening(anna.open_with("another-key-of-mine")).await.unwrap(), Opened::NoMinutes);
        let mut seq = 28;
        while listening.closed.is_none() {
            seq += 1;
            listening = anna.play_20_s(&listening, seq).await;
        }
        assert_eq!((listening.closed, listening.charged_minutes), (Some(Reason::NoMinutes), 20));
        assert_eq!(anna.wallet().await.available_micros, 0);
        let kinds = world.store.entries(anna.account, None, 100).await.unwrap().items;
        assert_eq!(kinds.iter().filter(|entry| entry.kind == "courtesy").count(), 10);
    }

    pub(super) async fn silence_closes_and_a_pause_releases(world: &World) {
        let anna = world.listener("a@example.org").await;
        let listening = anna.open("0123456789abcdef").await;
        let listening = anna.play_20_s(&listening, 1).await;
        let paused = Beat { playing: false, ..relayed(2, 20_000) };
        anna.beat(listening.id, paused).await;
        world.after(59_999);
        assert_eq!(world.store.expire(world.now(), 0).await.unwrap(), []);
        assert_eq!(anna.wallet().await.held_micros, 10_000);
        assert_eq!(world.store.expire(world.after(1), 0).await.unwrap(), []);
        assert_eq!(anna.wallet().await.held_micros, 0);
        let restarted_ms = world.after(300_000);
        assert_eq!(
            world.store.expire(world.after(89_999), restarted_ms).await.unwrap(),
            [],
            "the portal has restarted"
        );
        let closed = world.store.expire(world.after(1), restarted_ms).await.unwrap();
        assert_eq!(closed.len(), 1);
        assert_eq!(closed[0].closed, Some(Reason::Silence));
        assert_eq!(closed[0].charged_minutes, 1);
        assert!(matches!(anna.beat(listening.id, relayed(3, 80_000)).await, Beaten::Closed(_)));
        assert_eq!(anna.wallet().await.available_micros, 90_000);
    }

    pub(super) async fn the_eleventh_uncharged_open_is_charged(world: &World) {
        let anna = world.listener("a@example.org").await;
        for n in 0..11 {
            let listening = anna.open(&format!("key-of-listening-{n}")).await;
            assert_eq!(listening.charged_minutes, u64::from(n == 10), "open {n}");
            world.store.close_listening(listening.id, anna.account, Some(2_000), world.after(2_000)).await.unwrap();
        }
        assert_eq!(anna.wallet().await.available_micros, 90_000);
    }

    pub(super) async fn what_a_home_served_is_compared(world: &World) {
        let anna = world.listener("a@example.org").await;
        let listening = anna.open("0123456789abcdef").await;
        let id = listening.id;
        let minute =
            |minute, served_ms| ServedMinute { listening: id, minute, served_ms, bytes: 1_000, path: Path::Relay };
        let unknown = world.id();
        let foreign = ServedMinute { listening: unknown, ..minute(0, 1) };
        let rows = [minute(0, 60_000), minute(1, 40_000), minute(0, 10_000), foreign];
        for _ in 0..2 {
            let answer = world.store.served(anna.home, &rows, world.now()).await.unwrap();
            assert_eq!(answer, ServedAnswer { accepted: 3, unknown: vec![unknown] });
        }
        let answer = world.store.served(world.peer(), &rows[..1], world.now()).await.unwrap();
        assert_eq!(answer, ServedAnswer { accepted: 0, unknown: vec![id] }, "it is not this home's");
        assert_eq!(world.store.flags(10).await.unwrap(), [], "an open listening is ahead of itself");
        let closed = world.store.close_listening(id, anna.account, Some(0), world.now()).await.unwrap().unwrap();
        assert_eq!(closed.charged_minutes, 1, "much was served though nothing was played");
        let flags = world.store.flags(10).await.unwrap();
        assert_eq!((flags.len(), flags[0].served_ms, flags[0].played_ms), (1, 100_000, 0));

        let late = anna.open("another-key-of-mine").await;
        world.store.close_listening(late.id, anna.account, Some(0), world.now()).await.unwrap();
        let row = ServedMinute { listening: late.id, ..minute(0, 31_000) };
        for _ in 0..2 {
            world.store.served(anna.home, std::slice::from_ref(&row), world.now()).await.unwrap();
        }
        assert_eq!(world.store.listening(late.id).await.unwrap().unwrap().charged_minutes, 1);
        assert_eq!(anna.wallet().await.available_micros, 80_000);
    }

    pub(super) async fn another_accounts_listening_is_unknown(world: &World) {
        let anna = world.listener("a@example.org").await;
        let bert = world.listener("b@example.org").await;
        let listening = anna.open("0123456789abcdef").await;
        assert_eq!(bert.beat(listening.id, relayed(1, 20_000)).await, Beaten::Unknown);
        assert_eq!(world.store.close_listening(listening.id, bert.account, None, world.now()).await.unwrap(), None);
        let mut foreign = bert.open_with("0123456789abcdef");
        foreign.home = anna.home;
        assert_eq!(world.store.open_listening(foreign).await.unwrap(), Opened::NotYours);
    }

    pub(super) async fn two_listenings_at_once_are_both_charged(world: &World) {
        let anna = world.listener("a@example.org").await;
        let (one, two) = (anna.open("key-of-listening-1").await, anna.open("key-of-listening-2").await);
        let another = world.another().await;
        for round in 1..=3_u64 {
            let now_ms = world.after(60_000);
            let beat = relayed(round, round * 60_000);
            let (a, b) = tokio::join!(
                world.store.heartbeat(one.id, anna.account, beat, now_ms),
                another.heartbeat(two.id, anna.account, beat, now_ms),
            );
            assert!(matches!((a.unwrap(), b.unwrap()), (Beaten::Ok(_), Beaten::Ok(_))));
        }
        let wallet = anna.wallet().await;
        assert_eq!((wallet.available_micros, wallet.held_micros), (100_000 - 60_000 - 20_000, 20_000));
    }

    pub(super) async fn minutes_that_come_due_together_stand_in_order(world: &World) {
        let anna = world.listener("a@example.org").await;
        let listening = anna.open("0123456789abcdef").await;
        world.after(80_000);
        let Beaten::Ok(after) = anna.beat(listening.id, relayed(1, 200_000)).await else { panic!("closed") };
        assert_eq!((after.played_ms, after.charged_minutes), (200_000, 4), "double and triple speed are charged");
        let items = world.store.entries(anna.account, None, 4).await.unwrap().items;
        assert_eq!(items.iter().filter_map(|entry| entry.minute).collect::<Vec<_>>(), [3, 2, 1, 0]);
    }

    pub(super) async fn a_minute_that_turns_cheap_in_its_first_seconds_is_given_back(world: &World) {
        let anna = world.listener("a@example.org").await;
        let listening = anna.open("0123456789abcdef").await;
        world.after(3_500);
        anna.beat(listening.id, relayed(1, 3_500)).await;
        assert_eq!(anna.wallet().await.available_micros, 80_000);
        world.after(1_000);
        let lan = Beat { path: Some(Path::Lan), ..relayed(2, 4_500) };
        anna.beat(listening.id, lan).await;
        let wallet = anna.wallet().await;
        assert_eq!((wallet.available_micros, wallet.held_micros), (90_000, 10_000));
        let items = world.store.entries(anna.account, None, 2).await.unwrap().items;
        assert_eq!(
            (items[0].kind.as_str(), items[0].amount_micros, items[0].path),
            ("reversal", 10_000, Some(Path::Lan))
        );
    }

    pub(super) async fn the_local_network_is_free(world: &World) {
        let anna = world.listener("a@example.org").await;
        let mut open = anna.open_with("0123456789abcdef");
        open.path = Some(Path::Lan);
        let Opened::Ok(listening) = world.store.open_listening(open).await.unwrap() else { panic!("not opened") };
        assert_eq!((listening.price_micros, anna.wallet().await.held_micros), (0, 0));
        for seq in 1..=9 {
            world.after(20_000);
            anna.beat(listening.id, Beat { path: Some(Path::Lan), ..relayed(seq, seq * 20_000) }).await;
        }
        let now = world.store.listening(listening.id).await.unwrap().unwrap();
        assert_eq!((now.charged_minutes, anna.wallet().await.available_micros), (3, 100_000));
    }
}
