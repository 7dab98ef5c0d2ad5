use iroam_protocol::{
    id::{ItemId, PeerId, RowId},
    shares::{Kind, SharedItem},
};
use iroam_store::{
    Beat, Beaten, Content, Created, Listening, Mail, NewShareLink, NewShares, OpenShared, OpenedShared, Outgoing,
    Recipient, SecretHash, ShareLink, Store,
};

use crate::kit::{Listener, World, on_both, relayed};

on_both! {
    a_link_opens_for_its_secret_and_every_other_answers_alike;
    a_play_counts_with_its_first_charged_minute_and_once_for_a_tab;
    a_click_and_a_scanner_count_nothing;
    the_last_play_is_given_once_however_many_open_at_once;
    no_more_than_at_once_listen_however_many_open_at_once;
    the_cap_holds_for_all_visitors_together;
    visitors_take_no_place_of_the_sender_and_are_paid_by_the_sender;
    a_sender_at_zero_is_told_of_without_amounts;
    a_repeated_open_gives_the_same_listening_and_visitors_keys_are_their_own;
    a_repeated_request_makes_nothing_new;
    an_unconfirmed_sender_and_a_foreign_home_make_no_link;
    fifty_invitations_a_day_and_no_more_however_many_ask_at_once;
    a_hundred_links_live_at_once;
    who_opted_out_gets_no_invitation;
    taking_back_tells_the_home_and_closes_what_runs;
    an_expired_link_plays_out_and_ends;
    a_removed_home_ends_its_links;
    who_waits_is_told_once;
    three_wait_and_ten_in_all;
    reports_reach_the_operator;
    a_minute_that_a_visitor_denied_is_charged_and_counted;
    pruning_forgets_ended_links_and_no_money;
}

pub(crate) const SECRET: &[u8] = b"the secret of the link";
pub(crate) const PUBLIC_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// A share of one song with these links.
pub(crate) fn new_share(sender: &Listener<'_>, links: Vec<NewShareLink>) -> NewShares {
    let item = |n| ItemId::from_bytes([n; 16]);
    NewShares {
        id: sender.world.id(),
        account: sender.account,
        home: sender.home,
        kind: Kind::Track,
        title: "Song".into(),
        subtitle: Some("Band".into()),
        cover: Some(item(2)),
        items: vec![SharedItem {
            track: item(1),
            title: "Song".into(),
            artist: "Band".into(),
            album: "Record".into(),
            duration_ms: 180_000,
            cover: Some(item(2)),
            kind: iroam_protocol::home::Kind::Audio,
        }],
        note: "For you".into(),
        links,
        expires_ms: sender.world.now() + 14 * 24 * 3_600_000,
        plays_max: 2,
        at_once: 2,
        cap_minutes: 60,
        input: SecretHash::of(b"request"),
        now_ms: sender.world.now(),
    }
}

/// A link to pass on by hand.
pub(crate) fn link(public_id: &str) -> NewShareLink {
    NewShareLink { public_id: public_id.into(), secret: SecretHash::of(SECRET), recipient: None }
}

fn mail_to(n: u8) -> NewShareLink {
    let address = format!("friend{n}@example.org");
    let mail = Outgoing {
        id: RowId::from_bytes([n; 16]),
        account: None,
        kind: "share-invitation",
        about: None,
        to: address.clone(),
        message_id: format!("<{n}@music.example.org>"),
        subject: "Music for you".into(),
        text: "https://music.example.org/s/x#secret".into(),
        html: "<p>https://music.example.org/s/x#secret</p>".into(),
        list_unsubscribe: Some("https://music.example.org/opt-out/token".into()),
        until_ms: i64::MAX,
        now_ms: 0,
    };
    let recipient = Recipient { listed: SecretHash::of(address.as_bytes()), address, mail };
    NewShareLink { recipient: Some(recipient), ..link(&format!("link-{n}")) }
}

async fn mails(world: &World) -> Vec<Mail> {
    let mut mails = Vec::new();
    let mut cursor = None;
    loop {
        let page = world.store.outbox_page(None, cursor, 100).await.unwrap();
        mails.extend(page.mails);
        cursor = page.next;
        if cursor.is_none() {
            return mails;
        }
    }
}

pub(crate) async fn confirmed<'a>(world: &'a World, email: &str) -> Listener<'a> {
    let sender = world.listener(email).await;
    assert!(world.store.vouch_for_address(sender.account, world.now()).await.unwrap());
    sender
}

pub(crate) async fn made(sender: &Listener<'_>, new: NewShares) -> Vec<ShareLink> {
    match sender.world.store.create_shares(new).await.unwrap() {
        Created::Ok(links) => links,
        other => panic!("{other:?}"),
    }
}

/// One link to pass on, and its share.
pub(crate) async fn shared(sender: &Listener<'_>, change: impl FnOnce(&mut NewShares)) -> RowId {
    let mut new = new_share(sender, vec![link(PUBLIC_ID)]);
    change(&mut new);
    made(sender, new).await[0].id
}

pub(crate) fn open_of(world: &World, player: PeerId, key: &str) -> OpenShared {
    OpenShared {
        id: world.id(),
        public_id: PUBLIC_ID.into(),
        secret: SecretHash::of(SECRET),
        player,
        idempotency_key: key.into(),
        device: "Safari on iPhone".into(),
        now_ms: world.now(),
    }
}

pub(crate) async fn opened(world: &World, player: PeerId, key: &str) -> Listening {
    match world.store.open_shared_listening(open_of(world, player, key)).await.unwrap() {
        OpenedShared::Ok(listening) => listening,
        other => panic!("{other:?}"),
    }
}

async fn play_20_s(world: &World, before: &Listening, seq: u64) -> Listening {
    world.after(20_000);
    beat(&world.store, before, relayed(seq, before.played_ms + 20_000), world.now()).await
}

async fn beat(store: &Store, listening: &Listening, beat: Beat, now_ms: i64) -> Listening {
    match store.heartbeat(listening.id, listening.account, beat, now_ms).await.unwrap() {
        Beaten::Ok(listening) | Beaten::Closed(listening) => listening,
        Beaten::Unknown => panic!("the listening is unknown"),
    }
}

async fn close(world: &World, listening: &Listening) {
    let closed = world.store.close_listening(listening.id, listening.account, None, world.now()).await;
    assert!(closed.unwrap().unwrap().closed.is_some());
}

async fn look(world: &World, player: PeerId) -> Option<Content> {
    world.store.open_share(PUBLIC_ID, SecretHash::of(SECRET), player, world.now()).await.unwrap()
}

async fn listed(sender: &Listener<'_>) -> Vec<iroam_protocol::shares::Share> {
    sender.world.store.shares(sender.account, None, 100, sender.world.now()).await.unwrap().items
}

mod run {
    use futures::future::join_all;
    use iroam_protocol::{
        events::{AgentEvent, Revoked},
        portal::ServedMinute,
        shares::{Obstacle, REPLAY_MS, State},
    };
    use iroam_store::{MailState, Opened, Reason, Report, Wait, outbox::address_hash};

    use super::*;

    pub(super) async fn a_link_opens_for_its_secret_and_every_other_answers_alike(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let share = shared(&anna, |_| ()).await;
        let tab = world.peer();
        let content = look(world, tab).await.unwrap();
        assert_eq!((content.share, content.home, content.title.as_str()), (share, anna.home, "Song"));
        assert_eq!((content.items.len(), content.note.as_str(), content.plays_left), (1, "For you", 2));
        assert_eq!((content.obstacle, content.sender_email.as_str()), (None, "a@example.org"));
        assert_eq!(world.store.share_items(share).await.unwrap().unwrap(), [content.items[0].track]);

        let try_open = async |public_id: &str, secret: &[u8]| {
            let (secret, now_ms) = (SecretHash::of(secret), world.now());
            let open = OpenShared { public_id: public_id.into(), secret, ..open_of(world, tab, "0123456789abcdef") };
            let refused = world.store.open_shared_listening(open).await.unwrap();
            (world.store.open_share(public_id, secret, tab, now_ms).await.unwrap(), refused)
        };
        let gone = (None, OpenedShared::Gone);
        assert_eq!(try_open("BAAAAAAAAAAAAAAAAAAAAA", SECRET).await, gone, "unknown");
        assert_eq!(try_open(PUBLIC_ID, b"guessed").await, gone, "guessed");
        assert_eq!(try_open("", b"").await, gone, "empty");
        assert_eq!(try_open(&share.to_string(), SECRET).await, gone, "the id is no public id");

        world.store.revoke_share(Some(anna.account), share, world.now()).await.unwrap().unwrap();
        assert_eq!(try_open(PUBLIC_ID, SECRET).await, gone, "taken back");
        assert_eq!(world.store.preview_share(PUBLIC_ID, world.now()).await.unwrap(), None);
        assert_eq!(listed(&anna).await[0].state, State::Revoked);
    }

    pub(super) async fn a_play_counts_with_its_first_charged_minute_and_once_for_a_tab(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |new| new.plays_max = 1).await;
        let (tab, other) = (world.peer(), world.peer());
        let first = opened(world, tab, "key-of-listening-1").await;
        assert_eq!(listed(&anna).await[0].plays, 0);
        let first = play_20_s(world, &first, 1).await;
        let mine = &listed(&anna).await[0];
        assert_eq!((mine.plays, mine.listening, mine.spent_minutes, mine.state), (1, 1, 1, State::UsedUp));
        assert_eq!(mine.last_play_ms, Some(world.now()));
        close(world, &first).await;

        assert_eq!(look(world, other).await, None, "used up for anybody else");
        let refused = world.store.open_shared_listening(open_of(world, other, "key-of-listening-2")).await.unwrap();
        assert_eq!(refused, OpenedShared::Gone);
        assert_eq!(look(world, tab).await.unwrap().plays_left, 0);
        world.after(REPLAY_MS - 25_000);
        let again = opened(world, tab, "key-of-listening-3").await;
        let again = play_20_s(world, &again, 1).await;
        let mine = &listed(&anna).await[0];
        assert_eq!((mine.plays, mine.spent_minutes), (1, 2), "charged, and the same play");
        close(world, &again).await;
        world.after(5_000);
        assert_eq!(look(world, tab).await, None, "after six hours it is another play");
    }

    pub(super) async fn a_click_and_a_scanner_count_nothing(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |_| ()).await;
        for _ in 0..5 {
            assert!(look(world, world.peer()).await.is_some());
        }
        let click = opened(world, world.peer(), "key-of-listening-1").await;
        world.after(5_000);
        let click = beat(&world.store, &click, relayed(1, 3_000), world.now()).await;
        close(world, &click).await;
        let mine = &listed(&anna).await[0];
        assert_eq!((mine.plays, mine.listening, mine.spent_minutes, mine.last_play_ms), (0, 0, 0, None));
        assert_eq!(anna.wallet().await.available_micros, 100_000);
    }

    pub(super) async fn the_last_play_is_given_once_however_many_open_at_once(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |new| (new.plays_max, new.at_once) = (1, 10)).await;
        let another = world.another().await;
        let opens: Vec<_> = (0..5).map(|n| open_of(world, world.peer(), &format!("key-of-listening-{n}"))).collect();
        let stores = [&world.store, &another];
        let tries = opens.into_iter().enumerate().map(|(n, open)| stores[n % 2].open_shared_listening(open));
        let opened = join_all(tries).await;
        let ok = opened.iter().filter(|opened| matches!(opened, Ok(OpenedShared::Ok(_)))).count();
        assert_eq!(ok, 1, "{opened:?}");
        assert!(opened.iter().all(|opened| matches!(opened, Ok(OpenedShared::Ok(_) | OpenedShared::Busy))));
        assert_eq!(look(world, world.peer()).await.unwrap().obstacle, Some(Obstacle::Busy));
    }

    pub(super) async fn no_more_than_at_once_listen_however_many_open_at_once(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |new| (new.plays_max, new.at_once) = (100, 2)).await;
        let another = world.another().await;
        let opens: Vec<_> = (0..5).map(|n| open_of(world, world.peer(), &format!("key-of-listening-{n}"))).collect();
        let stores = [&world.store, &another];
        let tries = opens.into_iter().enumerate().map(|(n, open)| stores[n % 2].open_shared_listening(open));
        let mut opened = join_all(tries).await;
        opened.retain(|opened| matches!(opened, Ok(OpenedShared::Ok(_))));
        assert_eq!((opened.len(), listed(&anna).await[0].listening), (2, 2));
        let Some(Ok(OpenedShared::Ok(one))) = opened.pop() else { unreachable!("two were opened") };
        close(world, &one).await;
        super::opened(world, world.peer(), "another-key-of-mine").await;
    }

    pub(super) async fn the_cap_holds_for_all_visitors_together(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |new| (new.plays_max, new.cap_minutes) = (100, 3)).await;
        let mut one = opened(world, world.peer(), "key-of-listening-1").await;
        let mut two = opened(world, world.peer(), "key-of-listening-2").await;
        let (mut seq, another) = (0, world.another().await);
        while one.closed.is_none() || two.closed.is_none() {
            seq += 1;
            assert!(seq < 50, "they never end");
            world.after(20_000);
            let (a, b) = (relayed(seq, one.played_ms + 20_000), relayed(seq, two.played_ms + 20_000));
            let (a, b) = tokio::join!(beat(&world.store, &one, a, world.now()), beat(&another, &two, b, world.now()));
            (one, two) = (a, b);
        }
        assert_eq!((one.closed, two.closed), (Some(Reason::NoMinutes), Some(Reason::NoMinutes)));
        assert_eq!(one.charged_minutes + two.charged_minutes, 3);
        assert_eq!(anna.wallet().await.available_micros, 70_000);
        assert_eq!(look(world, world.peer()).await, None, "used up");
        assert_eq!(listed(&anna).await[0].state, State::UsedUp);
    }

    pub(super) async fn visitors_take_no_place_of_the_sender_and_are_paid_by_the_sender(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |_| ()).await;
        let visitor = opened(world, world.peer(), "key-of-listening-1").await;
        assert_eq!((visitor.account, visitor.home), (anna.account, anna.home));
        for n in 1..=3 {
            anna.open(&format!("key-of-listening-{n}")).await;
        }
        assert_eq!(world.store.running(anna.account).await.unwrap().len(), 3);
        let fourth = world.store.open_listening(anna.open_with("key-of-listening-4")).await.unwrap();
        assert!(matches!(fourth, Opened::TooMany(_)));
        play_20_s(world, &visitor, 1).await;
        let charges = world.store.entries(anna.account, None, 10).await.unwrap().items;
        assert_eq!((charges[0].kind.as_str(), charges[0].listening), ("charge", Some(visitor.id)));
    }

    pub(super) async fn a_sender_at_zero_is_told_of_without_amounts(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |new| new.plays_max = 100).await;
        let mut visitor = opened(world, world.peer(), "key-of-listening-1").await;
        let mut seq = 0;
        while visitor.closed.is_none() {
            seq += 1;
            visitor = play_20_s(world, &visitor, seq).await;
        }
        assert_eq!((visitor.closed, visitor.charged_minutes), (Some(Reason::NoMinutes), 10));
        let kinds = world.store.entries(anna.account, None, 100).await.unwrap().items;
        assert!(kinds.iter().all(|entry| entry.kind != "courtesy"), "the sender's play-out is the sender's");
        assert_eq!(look(world, world.peer()).await.unwrap().obstacle, Some(Obstacle::SenderOutOfMinutes));
        let open = open_of(world, world.peer(), "key-of-listening-2");
        assert_eq!(world.store.open_shared_listening(open.clone()).await.unwrap(), OpenedShared::NoMinutes);
        anna.credit(50_000, "top up").await;
        assert!(matches!(world.store.open_shared_listening(open).await.unwrap(), OpenedShared::Ok(_)));
    }

    pub(super) async fn a_repeated_open_gives_the_same_listening_and_visitors_keys_are_their_own(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |_| ()).await;
        let own = anna.open("0123456789abcdef").await;
        let open = open_of(world, world.peer(), "0123456789abcdef");
        let first = world.store.open_shared_listening(open.clone()).await.unwrap();
        let repeat = OpenShared { id: world.id(), ..open.clone() };
        assert_eq!(world.store.open_shared_listening(repeat).await.unwrap(), first);
        assert!(matches!(&first, OpenedShared::Ok(listening) if listening.id != own.id));
        let other = OpenShared { id: world.id(), player: world.peer(), ..open };
        assert_eq!(world.store.open_shared_listening(other).await.unwrap(), OpenedShared::KeyReused);
    }

    pub(super) async fn a_repeated_request_makes_nothing_new(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let new = new_share(&anna, vec![mail_to(1), mail_to(2)]);
        let first = made(&anna, new.clone()).await;
        assert_eq!(first.iter().map(|link| link.mailed).collect::<Vec<_>>(), [true, true]);
        world.after(60_000);
        assert_eq!(made(&anna, NewShares { now_ms: world.now(), ..new.clone() }).await, first);
        let other = NewShares { input: SecretHash::of(b"another request"), ..new.clone() };
        assert_eq!(world.store.create_shares(other).await.unwrap(), Created::KeyReused);
        let eve = confirmed(world, "e@example.org").await;
        let stolen = NewShares { account: eve.account, home: eve.home, ..new };
        assert_eq!(world.store.create_shares(stolen).await.unwrap(), Created::KeyReused);
        assert_eq!(listed(&anna).await.len(), 2);
        let page = world.store.shares(anna.account, None, 1, world.now()).await.unwrap();
        let rest = world.store.shares(anna.account, page.next.as_deref(), 1, world.now()).await.unwrap();
        assert_eq!((page.items.len(), rest.items.len(), rest.next), (1, 1, None));
        assert_eq!(listed(&eve).await, []);
        assert_eq!(mails(world).await.len(), 2, "each is mailed once");
    }

    pub(super) async fn an_unconfirmed_sender_and_a_foreign_home_make_no_link(world: &World) {
        let anna = world.listener("a@example.org").await;
        let new = new_share(&anna, vec![link(PUBLIC_ID)]);
        assert_eq!(world.store.create_shares(new.clone()).await.unwrap(), Created::Unconfirmed);
        world.store.vouch_for_address(anna.account, world.now()).await.unwrap();
        let eve = world.listener("e@example.org").await;
        let foreign = NewShares { home: eve.home, ..new.clone() };
        assert_eq!(world.store.create_shares(foreign).await.unwrap(), Created::NotYours);
        assert_eq!(made(&anna, new).await.len(), 1);
    }

    pub(super) async fn fifty_invitations_a_day_and_no_more_however_many_ask_at_once(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let another = world.another().await;
        let batch = |n: u8| new_share(&anna, (n * 20..n * 20 + 20).map(mail_to).collect());
        let batches: Vec<_> = (0..4).map(batch).collect();
        let stores = [&world.store, &another];
        let asked = batches.into_iter().enumerate().map(|(n, new)| stores[n % 2].create_shares(new));
        let answers = join_all(asked).await;
        let ok = answers.iter().filter(|answer| matches!(answer, Ok(Created::Ok(_)))).count();
        assert_eq!((ok, listed(&anna).await.len()), (2, 40), "{answers:?}");
        assert!(answers.contains(&Ok(Created::TooManyToday { left: 10 })));
        let by_hand = made(&anna, new_share(&anna, vec![link(PUBLIC_ID)])).await;
        assert!(!by_hand[0].mailed, "a link to pass on is no invitation");
        assert_eq!(mails(world).await.len(), 40);
        world.after(24 * 3_600_000);
        assert_eq!(made(&anna, new_share(&anna, (100..120).map(mail_to).collect())).await.len(), 20);
    }

    pub(super) async fn a_hundred_links_live_at_once(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let links = (0..100).map(|n| link(&format!("by-hand-{n}"))).collect();
        let hundred = made(&anna, new_share(&anna, links)).await;
        let one_more = new_share(&anna, vec![link(PUBLIC_ID)]);
        let refused = world.store.create_shares(one_more.clone()).await.unwrap();
        assert_eq!(refused, Created::TooManyLive { left: 0 });
        world.store.revoke_share(Some(anna.account), hundred[0].id, world.now()).await.unwrap().unwrap();
        assert_eq!(made(&anna, one_more).await.len(), 1);
    }

    pub(super) async fn who_opted_out_gets_no_invitation(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let bob = mail_to(1).recipient.unwrap();
        made(&anna, new_share(&anna, vec![NewShareLink { public_id: "before".into(), ..mail_to(1) }])).await;
        for _ in 0..2 {
            world.store.opt_out(bob.listed, address_hash(&bob.address), world.now()).await.unwrap();
        }
        assert_eq!(mails(world).await[0].state, MailState::Cancelled, "the one that waited is withdrawn");
        assert!(world.store.has_opted_out(bob.listed).await.unwrap());
        let links = made(&anna, new_share(&anna, vec![mail_to(1), mail_to(2)])).await;
        assert_eq!(links.iter().map(|link| link.mailed).collect::<Vec<_>>(), [false, true]);
        let waits: Vec<_> = mails(world).await.into_iter().filter(|mail| mail.state == MailState::Pending).collect();
        assert_eq!(waits.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["friend2@example.org"]);
    }

    pub(super) async fn taking_back_tells_the_home_and_closes_what_runs(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let mailed = made(&anna, new_share(&anna, vec![mail_to(1)])).await;
        world.store.revoke_share(Some(anna.account), mailed[0].id, world.now()).await.unwrap();
        assert_eq!(mails(world).await[0].state, MailState::Cancelled, "a mail that waits is withdrawn");
        let share = shared(&anna, |_| ()).await;
        let visitor = opened(world, world.peer(), "key-of-listening-1").await;
        let visitor = play_20_s(world, &visitor, 1).await;
        let eve = world.account("e@example.org").await.id;
        assert_eq!(world.store.revoke_share(Some(eve), share, world.now()).await.unwrap(), None, "only its sender may");
        for _ in 0..2 {
            let home = world.store.revoke_share(Some(anna.account), share, world.now()).await.unwrap();
            assert_eq!(home, Some(anna.home));
        }
        let closed = world.store.listening(visitor.id).await.unwrap().unwrap();
        assert_eq!((closed.closed, closed.charged_minutes), (Some(Reason::ShareEnded), 1));
        let events = world.store.agent_events(anna.home, 1, 10).await.unwrap();
        let revoked = events.into_iter().map(|(_, event)| match event {
            AgentEvent::Revoke { what, .. } => what,
            other => panic!("{other:?}"),
        });
        let revoked: Vec<_> = revoked.collect();
        // The event before tells of the first link.
        assert_eq!(revoked, [Revoked::Share(share), Revoked::Listening(visitor.id)]);
        let late = beat(&world.store, &visitor, relayed(2, 90_000), world.after(60_000)).await;
        assert_eq!(late.charged_minutes, 1, "nothing is charged after the end");
        let operator = world.store.revoke_share(None, share, world.now()).await.unwrap();
        assert_eq!(operator, Some(anna.home));
    }

    pub(super) async fn an_expired_link_plays_out_and_ends(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |new| new.expires_ms = new.now_ms + 60_000).await;
        let visitor = opened(world, world.peer(), "key-of-listening-1").await;
        let secret = SecretHash::of(SECRET);
        let state = async || {
            let visitor = world.store.visitor(PUBLIC_ID, secret, world.now()).await.unwrap().unwrap();
            (visitor.lives, visitor.is_over)
        };
        assert_eq!(state().await, (true, false));
        world.after(60_000);
        assert_eq!(look(world, world.peer()).await, None);
        assert_eq!((state().await, listed(&anna).await[0].state), ((false, false), State::Expired));
        world.after(600_000);
        assert_eq!(state().await, (false, true));
        world.store.end_visit(visitor.id, anna.account, world.now()).await.unwrap();
        let closed = world.store.listening(visitor.id).await.unwrap().unwrap();
        assert_eq!(closed.closed, Some(Reason::ShareEnded));
        let own = anna.open("0123456789abcdef").await;
        world.store.end_visit(own.id, anna.account, world.now()).await.unwrap();
        assert_eq!(world.store.listening(own.id).await.unwrap().unwrap().closed, None, "that one is no visit");
    }

    pub(super) async fn a_removed_home_ends_its_links(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |_| ()).await;
        let visitor = opened(world, world.peer(), "key-of-listening-1").await;
        assert!(world.store.remove_home(anna.account, anna.home, world.now()).await.unwrap());
        assert_eq!(look(world, world.peer()).await, None);
        let closed = world.store.listening(visitor.id).await.unwrap().unwrap();
        assert_eq!(closed.closed, Some(Reason::HomeRemoved));
        let refused = world.store.open_shared_listening(open_of(world, world.peer(), "key-of-listening-2")).await;
        assert_eq!(refused.unwrap(), OpenedShared::Gone);
    }

    pub(super) async fn who_waits_is_told_once(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let share = shared(&anna, |_| ()).await;
        for address in ["bob@example.org", "bob@example.org", "eve@example.org"] {
            assert_eq!(world.store.wait_for_home(share, address, Some("de"), world.now()).await.unwrap(), Wait::Ok);
        }
        assert_eq!(world.store.awaited_homes().await.unwrap(), [anna.home]);
        let due = world.store.waiting_for(anna.home, world.now()).await.unwrap();
        assert_eq!(
            due.iter().map(|due| due.address.as_str()).collect::<Vec<_>>(),
            ["bob@example.org", "eve@example.org"]
        );
        assert!(due.iter().all(|due| due.lives && due.public_id == PUBLIC_ID && due.title == "Song"));
        assert!(due.iter().all(|due| due.language.as_deref() == Some("de")));
        let (another, bob) = (world.another().await, mail_to(1).recipient.unwrap());
        let mail = Some(&bob.mail);
        let (a, b) = tokio::join!(world.store.home_is_back(&due[0], mail), another.home_is_back(&due[0], mail));
        assert!(a.unwrap() != b.unwrap(), "one of two nodes tells");
        assert!(world.store.home_is_back(&due[1], None).await.unwrap());
        assert_eq!(mails(world).await.len(), 1);
        assert_eq!(world.store.awaited_homes().await.unwrap(), []);
        assert_eq!(world.store.waiting_for(anna.home, world.now()).await.unwrap(), []);

        world.store.wait_for_home(share, "bob@example.org", None, world.now()).await.unwrap();
        world.store.revoke_share(Some(anna.account), share, world.now()).await.unwrap();
        assert_eq!(world.store.awaited_homes().await.unwrap(), [], "who waits for a link taken back is forgotten");
        assert_eq!(world.store.wait_for_home(share, "x@example.org", None, world.now()).await, Ok(Wait::Full));
    }

    pub(super) async fn three_wait_and_ten_in_all(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let share = shared(&anna, |new| new.expires_ms = new.now_ms + 1_000).await;
        let wait =
            async |n: u32| world.store.wait_for_home(share, &format!("{n}@example.org"), None, world.now()).await;
        let at_once = join_all((0..5).map(&wait)).await;
        assert_eq!(at_once.iter().filter(|wait| **wait == Ok(Wait::Ok)).count(), 3, "{at_once:?}");
        let mut told = 3;
        let first = async || world.store.waiting_for(anna.home, world.now()).await.unwrap().remove(0);
        while world.store.home_is_back(&first().await, None).await.unwrap()
            && wait(100 + told).await.unwrap() == Wait::Ok
        {
            told += 1;
        }
        assert_eq!(told, 10);
        world.after(1_000);
        let due = world.store.waiting_for(anna.home, world.now()).await.unwrap();
        assert!(due.iter().all(|due| !due.lives), "a link that has ended is told of to nobody");
    }

    pub(super) async fn reports_reach_the_operator(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let share = shared(&anna, |_| ()).await;
        let mut kept = 0;
        for n in 0..25 {
            let (id, now_ms) = (world.id(), world.after(1));
            let report = Report { id, share, reason: format!("spam {n}"), now_ms };
            kept += u32::from(world.store.report_share(report).await.unwrap());
        }
        assert_eq!(kept, 20, "what one link can make is bounded");
        let reports = world.store.reports(3).await.unwrap();
        let told: Vec<_> = reports.iter().map(|report| (report.reason.as_str(), report.revoked)).collect();
        assert_eq!(told, [("spam 19", Some(false)), ("spam 18", Some(false)), ("spam 17", Some(false))]);
        assert_eq!((reports[0].sender.as_str(), reports[0].public_id.as_str()), ("a@example.org", PUBLIC_ID));
        world.store.revoke_share(None, share, world.now()).await.unwrap();
        assert_eq!(world.store.reports(1).await.unwrap()[0].revoked, Some(true));
    }

    pub(super) async fn a_minute_that_a_visitor_denied_is_charged_and_counted(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        shared(&anna, |_| ()).await;
        let visitor = opened(world, world.peer(), "key-of-listening-1").await;
        close(world, &visitor).await;
        assert_eq!(listed(&anna).await[0].plays, 0);
        let served = ServedMinute {
            listening: visitor.id,
            minute: 0,
            served_ms: 60_000,
            bytes: 1_000_000,
            path: iroam_protocol::path::Path::Relay,
        };
        world.store.served(anna.home, &[served], world.after(1_000)).await.unwrap();
        let mine = &listed(&anna).await[0];
        assert_eq!((mine.plays, mine.spent_minutes), (1, 1));
        assert_eq!(anna.wallet().await.available_micros, 90_000);
    }

    pub(super) async fn pruning_forgets_ended_links_and_no_money(world: &World) {
        let anna = confirmed(world, "a@example.org").await;
        let share = shared(&anna, |_| ()).await;
        world.store.wait_for_home(share, "bob@example.org", None, world.now()).await.unwrap();
        let visitor = opened(world, world.peer(), "key-of-listening-1").await;
        let visitor = play_20_s(world, &visitor, 1).await;
        close(world, &visitor).await;
        world.after(43 * 24 * 3_600_000);
        world.store.prune(world.now()).await.unwrap();
        assert_eq!(listed(&anna).await.len(), 1, "kept for a month after its end");
        world.after(2 * 24 * 3_600_000);
        world.store.prune(world.now()).await.unwrap();
        assert_eq!(listed(&anna).await, []);
        assert_eq!(world.store.awaited_homes().await.unwrap(), []);
        assert_eq!(world.store.share_items(share).await.unwrap(), None);
        assert_eq!(world.store.listening(visitor.id).await.unwrap().unwrap().charged_minutes, 1);
        assert_eq!(anna.wallet().await.available_micros, 90_000);
    }
}
