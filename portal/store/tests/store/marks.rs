use crate::kit::on_both;

on_both! {
    favourites_and_stars_are_kept_and_followed;
    a_late_repeat_marks_nothing_again;
    two_who_mark_at_once_both_count;
    marks_are_read_in_pages;
    marks_taken_back_are_forgotten_after_a_month_and_old_cursors_with_them;
}

mod run {
    use iroam_protocol::{
        id::{ItemId, RowId},
        playlists::{MARKS_PAGE, Mark, NewMark},
    };
    use iroam_store::{ListOutcome, ListRefusal, Store};

    use crate::kit::{World, item_id, snapshot};

    fn love(op: RowId) -> NewMark {
        NewMark { op, favourite: Some(true), stars: None, item: Some(snapshot("Für Elise")) }
    }

    fn cold(op: RowId) -> NewMark {
        NewMark { op, favourite: Some(false), stars: None, item: None }
    }

    fn stars(op: RowId, stars: u8) -> NewMark {
        NewMark { op, favourite: None, stars: Some(stars), item: None }
    }

    fn track(n: u16) -> ItemId {
        ItemId::from_bytes(*item_id(n).as_bytes())
    }

    async fn set(world: &World, account: RowId, n: u16, new: &NewMark) -> ListOutcome<Mark> {
        let home = iroam_protocol::id::PeerId::from_public_key([1; 32]);
        world.store.mark(account, (home, track(n)), new, world.now()).await.unwrap()
    }

    async fn since(world: &World, account: RowId, cursor: u64) -> Vec<Mark> {
        world.store.marks(account, cursor).await.unwrap().unwrap().marks
    }

    pub(super) async fn favourites_and_stars_are_kept_and_followed(world: &World) {
        let (anna, bert) = (world.account("a@example.org").await.id, world.account("b@example.org").await.id);
        assert_eq!(world.store.shelf_cursors(anna).await.unwrap().marks, 0);
        let loved = set(world, anna, 1, &love(world.id())).await.unwrap();
        assert_eq!((loved.favourite, loved.stars, loved.item), (true, 0, Some(snapshot("Für Elise"))));
        let at_ms = world.now();
        world.after(1_000);
        let starred = set(world, anna, 1, &stars(world.id(), 5)).await.unwrap();
        assert_eq!((starred.favourite_ms, starred.stars, starred.at_ms), (Some(at_ms), 5, world.now()));
        set(world, anna, 2, &stars(world.id(), 3)).await.unwrap();
        assert_eq!(
            set(world, anna, 3, &NewMark { item: None, ..love(world.id()) }).await,
            Err(ListRefusal::NoSnapshot)
        );
        let all = since(world, anna, 0).await;
        assert_eq!(all.iter().map(|mark| (mark.track, mark.stars)).collect::<Vec<_>>(), [(track(1), 5), (track(2), 3)]);
        assert_eq!(all[0], starred);
        let cursor = world.store.shelf_cursors(anna).await.unwrap().marks;
        assert_eq!(cursor, 3);
        assert_eq!(since(world, anna, cursor).await, []);
        set(world, anna, 1, &cold(world.id())).await.unwrap();
        let later = since(world, anna, cursor).await;
        assert_eq!((later.len(), later[0].favourite, later[0].stars, &later[0].item), (1, false, 5, &None));
        assert_eq!(since(world, bert, 0).await, []);
        assert_eq!(world.store.marks(bert, 1).await.unwrap(), Err(ListRefusal::ChangesGone), "a cursor of the future");
    }

    pub(super) async fn a_late_repeat_marks_nothing_again(world: &World) {
        let anna = world.account("a@example.org").await.id;
        let (loved, taken_back) = (love(world.id()), cold(world.id()));
        for new in [&loved, &taken_back, &loved] {
            set(world, anna, 1, new).await.unwrap();
        }
        assert!(!since(world, anna, 0).await[0].favourite);
        assert_eq!(world.store.shelf_cursors(anna).await.unwrap().marks, 2);
    }

    pub(super) async fn two_who_mark_at_once_both_count(world: &World) {
        let anna = world.account("a@example.org").await.id;
        let other = world.another().await;
        let home = world.peer();
        let browser = async |store: &Store, numbers: std::ops::Range<u16>| {
            for n in numbers {
                let new = stars(item_id(n), 4);
                loop {
                    match store.mark(anna, (home, track(n)), &new, world.now()).await {
                        Ok(outcome) => break drop(outcome.unwrap()),
                        Err(iroam_store::Error::Contended) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        };
        tokio::join!(browser(&world.store, 0..30), browser(&other, 100..130));
        assert_eq!(since(world, anna, 0).await.len(), 60);
        assert_eq!(world.store.shelf_cursors(anna).await.unwrap().marks, 60);
    }

    pub(super) async fn marks_are_read_in_pages(world: &World) {
        let anna = world.account("a@example.org").await.id;
        let count = u16::try_from(MARKS_PAGE).unwrap() + 5;
        for n in 0..count {
            set(world, anna, n, &stars(item_id(n), 1)).await.unwrap();
        }
        let first = world.store.marks(anna, 0).await.unwrap().unwrap();
        assert_eq!((first.marks.len(), first.more, first.cursor), (1_000, true, 1_000));
        let second = world.store.marks(anna, first.cursor).await.unwrap().unwrap();
        assert_eq!((second.marks.len(), second.more, second.cursor), (5, false, u64::from(count)));
    }

    pub(super) async fn marks_taken_back_are_forgotten_after_a_month_and_old_cursors_with_them(world: &World) {
        let anna = world.account("a@example.org").await.id;
        set(world, anna, 1, &love(world.id())).await.unwrap();
        set(world, anna, 1, &cold(world.id())).await.unwrap();
        set(world, anna, 2, &stars(world.id(), 2)).await.unwrap();
        assert_eq!(since(world, anna, 1).await.len(), 2);
        world.after(31 * 24 * 3_600_000);
        world.store.prune(world.now()).await.unwrap();
        assert_eq!(world.store.marks(anna, 1).await.unwrap(), Err(ListRefusal::ChangesGone));
        assert_eq!(since(world, anna, 2).await.len(), 1);
        assert_eq!(since(world, anna, 0).await.len(), 1);
    }
}
