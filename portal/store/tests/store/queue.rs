use crate::kit::on_both;

on_both! {
    the_newest_state_of_any_player_is_what_the_account_has;
    a_state_without_entries_leaves_them_to_the_player_that_sent_them;
}

mod run {
    use iroam_protocol::{
        id::{ItemId, PeerId},
        queue::{Entry, NewQueue, QueueChanged, Repeat},
    };
    use iroam_store::Put;

    use crate::kit::World;

    fn entries(home: PeerId, count: u8) -> Vec<Entry> {
        (0..count).map(|n| Entry { home, track: ItemId::from_bytes([n; 16]) }).collect()
    }

    fn state(player: PeerId, seq: u64, items: Option<Vec<Entry>>) -> NewQueue {
        let repeat = Repeat::One;
        NewQueue { player, seq, items, index: 1, position_ms: 750_000, playing: true, shuffle: true, repeat }
    }

    pub(super) async fn the_newest_state_of_any_player_is_what_the_account_has(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let (desk, phone, home) = (world.peer(), world.peer(), world.peer());
        assert_eq!(store.queue(anna).await.unwrap(), None);
        assert_eq!(store.shelf_cursors(anna).await.unwrap().queue, None);
        let put = async |new: NewQueue| store.put_queue(anna, &new, "Firefox on Windows", world.now()).await.unwrap();
        assert_eq!(put(state(desk, 5, Some(entries(home, 3)))).await, Put::Stored);
        let stored = store.queue(anna).await.unwrap().unwrap();
        assert_eq!((stored.player, stored.seq, &stored.items), (desk, 5, &entries(home, 3)));
        assert_eq!((stored.index, stored.position_ms, stored.repeat), (1, 750_000, Repeat::One));
        assert!(stored.playing && stored.shuffle);
        assert_eq!((stored.updated_ms, stored.device.as_str()), (world.now(), "Firefox on Windows"));

        world.after(15_000);
        assert_eq!(put(state(desk, 5, Some(entries(home, 2)))).await, Put::Older(5), "a repeat");
        assert_eq!(put(state(desk, 4, Some(entries(home, 2)))).await, Put::Older(5), "overtaken on its way");
        assert_eq!(store.queue(anna).await.unwrap(), Some(stored));
        assert_eq!(put(state(phone, 1, Some(entries(home, 2)))).await, Put::Stored, "another player counts anew");
        let changed = QueueChanged { player: phone, seq: 1, updated_ms: world.now() };
        assert_eq!(store.shelf_cursors(anna).await.unwrap().queue, Some(changed));
        assert_eq!(put(state(desk, 6, Some(entries(home, 1)))).await, Put::NoSuchEntry);
        store.forget_queue(anna).await.unwrap();
        assert_eq!(store.queue(anna).await.unwrap(), None);
    }

    pub(super) async fn a_state_without_entries_leaves_them_to_the_player_that_sent_them(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let (desk, phone, home) = (world.peer(), world.peer(), world.peer());
        let put = async |new: NewQueue| store.put_queue(anna, &new, "Chrome", world.now()).await.unwrap();
        assert_eq!(put(state(desk, 1, None)).await, Put::SendAll);
        put(state(desk, 2, Some(entries(home, 3)))).await;
        let further = NewQueue { index: 2, position_ms: 1, ..state(desk, 3, None) };
        assert_eq!(put(further).await, Put::Stored);
        let stored = store.queue(anna).await.unwrap().unwrap();
        assert_eq!((stored.items, stored.index, stored.seq), (entries(home, 3), 2, 3));
        assert_eq!(put(NewQueue { index: 3, ..state(desk, 4, None) }).await, Put::NoSuchEntry);
        put(state(phone, 1, Some(entries(home, 2)))).await;
        assert_eq!(put(state(desk, 5, None)).await, Put::SendAll, "the phone's entries are not the desk's");
        assert_eq!(put(state(desk, 5, Some(entries(home, 3)))).await, Put::Stored);
    }
}
