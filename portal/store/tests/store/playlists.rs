use crate::kit::on_both;

on_both! {
    a_sidebar_keeps_lists_and_folders_in_their_order;
    the_same_id_makes_one_list_and_belongs_to_one_account;
    a_list_is_renamed_and_moved_once_for_each_operation;
    a_folder_goes_with_its_lists_and_comes_back_with_them;
    items_stand_where_they_are_put;
    a_removed_item_marks_its_place_and_comes_back_to_it;
    a_repeat_changes_nothing;
    operations_of_one_request_are_applied_all_or_none;
    many_at_the_same_place_find_room;
    two_who_edit_at_once_both_survive;
    whoever_follows_the_changes_has_what_is_read_whole;
    changes_that_are_too_old_or_not_of_this_list_are_gone;
    a_copy_is_a_list_of_its_own;
    every_change_moves_the_cursor_and_names_its_list;
    an_account_has_so_many_lists_and_no_more;
    all_lists_of_an_owner_hold_so_many_items_and_no_more;
    lists_that_grow_at_once_do_not_pass_the_bound_together;
    lists_stay_when_their_home_is_removed;
    what_was_removed_is_forgotten_after_a_month;
}

mod run {
    use std::collections::HashSet;

    use iroam_protocol::{
        id::RowId,
        playlists::{
            ACCOUNT_ITEMS_MAX, Applied, CHANGES_MAX, Change, DuplicatePlaylist, Edit, LISTS_MAX, ListKind, NewPlaylist,
            Operation, Place, PlaylistChange,
        },
    };
    use iroam_store::{ListRefusal, Store};

    use crate::kit::{World, follow, insert, item, item_id};

    const DAY_MS: i64 = 24 * 3_600_000;

    async fn names(world: &World, account: RowId) -> Vec<String> {
        world.store.playlists(account).await.unwrap().playlists.into_iter().map(|list| list.name).collect()
    }

    fn to(world: &World, parent: Option<RowId>, after: Option<RowId>) -> PlaylistChange {
        PlaylistChange { op: world.id(), name: None, place: Some(Place { parent, after }) }
    }

    pub(super) async fn a_sidebar_keeps_lists_and_folders_in_their_order(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let one = world.list(anna, "one").await;
        let folder = world.shelved(anna, "folder", ListKind::Folder, None).await;
        let inner = world.shelved(anna, "inner", ListKind::List, Some(folder.id)).await;
        let two = world.list(anna, "two").await;
        assert_eq!(names(world, anna).await, ["one", "folder", "inner", "two"]);
        assert_eq!((inner.parent, inner.seq, inner.count), (Some(folder.id), 1, 0));

        let moved = async |list: RowId, change: PlaylistChange| {
            store.change_playlist(anna, list, &change, world.now()).await.unwrap()
        };
        moved(two.id, to(world, None, None)).await.unwrap();
        moved(one.id, to(world, Some(folder.id), Some(inner.id))).await.unwrap();
        assert_eq!(names(world, anna).await, ["two", "folder", "inner", "one"]);
        let into_itself = moved(folder.id, to(world, Some(folder.id), None)).await;
        assert_eq!(into_itself, Err(ListRefusal::BadPlace));
        assert_eq!(moved(two.id, to(world, Some(one.id), None)).await, Err(ListRefusal::BadPlace), "no folder");
        assert_eq!(moved(two.id, to(world, None, Some(inner.id))).await, Err(ListRefusal::BadPlace), "no neighbour");
        assert_eq!(moved(world.id(), to(world, None, None)).await, Err(ListRefusal::Unknown));
        let edit = world.edit(anna, folder.id, insert(1, None)).await;
        assert_eq!(edit, Err(ListRefusal::NotAList));
    }

    pub(super) async fn the_same_id_makes_one_list_and_belongs_to_one_account(world: &World) {
        let (anna, bert) = (world.account("a@example.org").await.id, world.account("b@example.org").await.id);
        let new = NewPlaylist { id: world.id(), name: "one".into(), kind: ListKind::List, parent: None };
        let create = async |account| world.store.create_playlist(account, &new, world.now()).await.unwrap();
        let made = create(anna).await.unwrap();
        assert_eq!(create(anna).await, Ok(made));
        assert_eq!(create(bert).await, Err(ListRefusal::IdTaken));
        assert_eq!(names(world, anna).await, ["one"]);
        assert_eq!(names(world, bert).await, [""; 0]);
        assert_eq!(world.store.playlist_contents(bert, new.id, None).await.unwrap(), Err(ListRefusal::Unknown));
        assert_eq!(world.edit(bert, new.id, insert(1, None)).await, Err(ListRefusal::Unknown));
        assert_eq!(world.store.remove_playlist(bert, new.id, world.now()).await.unwrap(), Err(ListRefusal::Unknown));
    }

    pub(super) async fn a_list_is_renamed_and_moved_once_for_each_operation(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let list = world.list(anna, "one").await;
        let rename = |name: &str| PlaylistChange { op: world.id(), name: Some(name.into()), place: None };
        let (first, second) = (rename("two"), rename("three"));
        for change in [&first, &second, &first] {
            store.change_playlist(anna, list.id, change, world.now()).await.unwrap().unwrap();
        }
        assert_eq!(names(world, anna).await, ["three"], "the late repeat of an operation undoes nothing");
    }

    pub(super) async fn a_folder_goes_with_its_lists_and_comes_back_with_them(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let folder = world.shelved(anna, "folder", ListKind::Folder, None).await.id;
        let inner = world.shelved(anna, "inner", ListKind::List, Some(folder)).await.id;
        let gone = world.shelved(anna, "gone before", ListKind::List, Some(folder)).await.id;
        world.edit(anna, inner, insert(1, None)).await.unwrap();
        assert_eq!(store.remove_playlist(anna, gone, world.now()).await.unwrap(), Ok(vec![gone]));
        let removed = store.remove_playlist(anna, folder, world.now()).await.unwrap().unwrap();
        assert_eq!(HashSet::from_iter(removed), HashSet::from([folder, inner]));
        assert_eq!(names(world, anna).await, [""; 0]);
        assert_eq!(world.edit(anna, inner, insert(2, None)).await, Err(ListRefusal::Unknown));
        assert_eq!(store.remove_playlist(anna, folder, world.now()).await.unwrap(), Err(ListRefusal::Unknown));

        for _ in 0..2 {
            store.restore_playlist(anna, folder, world.now()).await.unwrap().unwrap();
            assert_eq!(names(world, anna).await, ["folder", "inner"]);
        }
        assert_eq!(world.titles(anna, inner).await, ["1"]);
        store.remove_playlist(anna, folder, world.now()).await.unwrap().unwrap();
        store.restore_playlist(anna, gone, world.now()).await.unwrap().unwrap();
        assert_eq!(names(world, anna).await, ["gone before"], "without its folder it lies at the top");
        world.after(30 * DAY_MS);
        assert_eq!(store.restore_playlist(anna, folder, world.now()).await.unwrap(), Err(ListRefusal::Unknown));
    }

    pub(super) async fn items_stand_where_they_are_put(world: &World) {
        let anna = world.account("a@example.org").await.id;
        let list = world.list(anna, "one").await.id;
        for (n, after) in [(1, None), (2, Some(1)), (3, Some(1)), (4, None), (5, Some(99))] {
            world.edit(anna, list, insert(n, after)).await.unwrap();
        }
        assert_eq!(world.titles(anna, list).await, ["4", "1", "3", "2", "5"]);
        for (n, after) in [(5, None), (1, Some(2)), (2, Some(2)), (3, Some(98))] {
            world.edit(anna, list, Edit::Move { item: item_id(n), after: after.map(item_id) }).await.unwrap();
        }
        assert_eq!(world.titles(anna, list).await, ["5", "4", "2", "1", "3"]);
        let contents = world.contents(anna, list).await;
        assert_eq!((contents.playlist.count, contents.playlist.duration_ms), (5, 900_000));
        let first = &contents.items.unwrap()[0];
        assert_eq!((&first.about, first.added_ms, first.added_by), (&item(5).about, world.now(), None));
    }

    pub(super) async fn a_removed_item_marks_its_place_and_comes_back_to_it(world: &World) {
        let anna = world.account("a@example.org").await.id;
        let list = world.list(anna, "one").await.id;
        for n in 1..=3 {
            world.edit(anna, list, insert(n, (n > 1).then(|| n - 1))).await.unwrap();
        }
        world.edit(anna, list, Edit::Remove { item: item_id(2) }).await.unwrap();
        assert_eq!(world.titles(anna, list).await, ["1", "3"]);
        world.edit(anna, list, insert(4, Some(2))).await.unwrap();
        assert_eq!(world.titles(anna, list).await, ["1", "4", "3"], "after the removed one's place");
        world.edit(anna, list, Edit::Move { item: item_id(2), after: None }).await.unwrap();
        assert_eq!(world.titles(anna, list).await, ["1", "4", "3"], "what is gone does not move");
        world.edit(anna, list, Edit::Restore { item: item_id(2) }).await.unwrap();
        assert_eq!(world.titles(anna, list).await, ["1", "2", "4", "3"]);
        let contents = world.contents(anna, list).await;
        assert_eq!((contents.playlist.count, contents.playlist.duration_ms), (4, 720_000));
    }

    pub(super) async fn a_repeat_changes_nothing(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let list = world.list(anna, "one").await.id;
        let operations = [insert(1, None), insert(2, None), Edit::Remove { item: item_id(1) }];
        let operations = operations.map(|edit| Operation { op: world.id(), edit });
        let apply = async |operations: &[Operation]| {
            store.edit_playlist(anna, list, operations, world.now()).await.unwrap().unwrap()
        };
        let first = apply(&operations).await;
        assert_eq!(first.applied.iter().map(|numbered| numbered.seq).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(apply(&operations).await, first);
        assert_eq!(apply(&operations[1..2]).await.applied, first.applied[1..2]);
        world.edit(anna, list, Edit::Restore { item: item_id(1) }).await.unwrap();
        assert_eq!(apply(&operations[2..]).await.applied, first.applied[2..], "a late repeat removes nothing again");
        assert_eq!(world.titles(anna, list).await, ["2", "1"]);
        let twice = Operation { op: world.id(), edit: insert(3, None) };
        let applied = apply(&[twice.clone(), twice]).await.applied;
        assert_eq!(applied[0], applied[1]);
        assert_eq!(world.contents(anna, list).await.playlist.count, 3);
    }

    pub(super) async fn operations_of_one_request_are_applied_all_or_none(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let list = world.list(anna, "one").await.id;
        let album: Vec<Operation> = (1..=500u16)
            .map(|n| Operation { op: item_id(n + 1_000), edit: insert(n, (n > 1).then(|| n - 1)) })
            .collect();
        let applied = store.edit_playlist(anna, list, &album, world.now()).await.unwrap().unwrap();
        assert_eq!((applied.seq, applied.applied.len()), (501, 500));
        let titles = world.titles(anna, list).await;
        assert!(titles.iter().enumerate().all(|(at, title)| *title == (at + 1).to_string()), "{titles:?}");
    }

    pub(super) async fn many_at_the_same_place_find_room(world: &World) {
        let anna = world.account("a@example.org").await.id;
        let list = world.list(anna, "one").await.id;
        world.edit(anna, list, insert(0, None)).await.unwrap();
        world.edit(anna, list, insert(1, Some(0))).await.unwrap();
        for n in 2..=50 {
            world.edit(anna, list, insert(n, Some(0))).await.unwrap();
        }
        let expected: Vec<String> = [0].into_iter().chain((2..=50).rev()).chain([1]).map(|n| n.to_string()).collect();
        assert_eq!(world.titles(anna, list).await, expected);
        let reversed: Vec<Operation> =
            (51..=120).map(|n| Operation { op: item_id(n + 1_000), edit: insert(n, Some(0)) }).collect();
        world.store.edit_playlist(anna, list, &reversed, world.now()).await.unwrap().unwrap();
        let expected: Vec<String> = [0].into_iter().chain((2..=120).rev()).chain([1]).map(|n| n.to_string()).collect();
        assert_eq!(world.titles(anna, list).await, expected);
    }

    pub(super) async fn two_who_edit_at_once_both_survive(world: &World) {
        let anna = world.account("a@example.org").await.id;
        let list = world.list(anna, "one").await.id;
        let other = world.another().await;
        let editor = async |store: &Store, numbers: std::ops::Range<u16>| {
            for n in numbers {
                let operation = [Operation { op: item_id(n), edit: insert(n, None) }];
                loop {
                    match store.edit_playlist(anna, list, &operation, world.now()).await {
                        Ok(outcome) => break drop(outcome.unwrap()),
                        Err(iroam_store::Error::Contended) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        };
        tokio::join!(editor(&world.store, 0..40), editor(&other, 100..140));
        let contents = world.contents(anna, list).await;
        let items = contents.items.unwrap();
        let found: HashSet<RowId> = items.iter().map(|item| item.id).collect();
        assert_eq!((items.len(), found.len(), contents.seq), (80, 80, 81));
        let mine = |range: std::ops::Range<u16>| {
            let ids: HashSet<RowId> = range.map(item_id).collect();
            items.iter().filter(|item| ids.contains(&item.id)).map(|item| item.about.title.clone()).collect::<Vec<_>>()
        };
        let reversed = |range: std::ops::Range<u16>| range.rev().map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(mine(0..40), reversed(0..40), "each one's own order stands");
        assert_eq!(mine(100..140), reversed(100..140));
        let changes = world.store.playlist_contents(anna, list, Some(1)).await.unwrap().unwrap().changes.unwrap();
        assert_eq!(changes.iter().map(|applied| applied.seq).collect::<Vec<_>>(), (2..=81).collect::<Vec<_>>());
        let changes: Vec<Change> = changes.into_iter().map(|applied| applied.change).collect();
        assert_eq!(follow(Vec::new(), &changes), items);
    }

    /// Numbers that look random and are the same each time (Numerical Recipes' linear congruential generator).
    struct Dice(u32);

    impl Dice {
        fn roll(&mut self, below: u16) -> u16 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u16::try_from((self.0 >> 16) % u32::from(below)).unwrap()
        }
    }

    pub(super) async fn whoever_follows_the_changes_has_what_is_read_whole(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let list = world.list(anna, "one").await.id;
        let mut dice = Dice(7);
        let (mut seen, mut items) = (1, Vec::new());
        for round in 0..60u16 {
            let mut edit = || {
                let (n, after) = (dice.roll(25), dice.roll(30));
                let after = (after > 0).then(|| item_id(after));
                match dice.roll(8) {
                    0..=2 => Edit::Insert { item: item(n), after },
                    3..=5 => Edit::Move { item: item_id(n), after },
                    6 => Edit::Remove { item: item_id(n) },
                    _ => Edit::Restore { item: item_id(n) },
                }
            };
            // One alone, which knows its neighbours only, and several, which know all.
            let count = if round % 3 == 0 { 7 } else { 1 };
            let operations: Vec<Operation> =
                (0..count).map(|n| Operation { op: item_id(1_000 + round * 10 + n), edit: edit() }).collect();
            store.edit_playlist(anna, list, &operations, world.now()).await.unwrap().unwrap();
            let changed = store.playlist_contents(anna, list, Some(seen)).await.unwrap().unwrap();
            let changes: Vec<Change> = changed.changes.unwrap().into_iter().map(|applied| applied.change).collect();
            assert_eq!(changes.len(), operations.len());
            let whole = world.contents(anna, list).await;
            items = follow(items, &changes);
            assert_eq!(Some(&items), whole.items.as_ref(), "round {round}: {operations:?}");
            assert_eq!(usize::try_from(whole.playlist.count).unwrap(), items.len());
            seen = whole.seq;
        }
    }

    pub(super) async fn changes_that_are_too_old_or_not_of_this_list_are_gone(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let list = world.list(anna, "one").await.id;
        let since = async |since| store.playlist_contents(anna, list, Some(since)).await.unwrap();
        assert_eq!(since(1).await.unwrap().changes, Some(vec![]));
        assert_eq!(since(0).await, Err(ListRefusal::ChangesGone), "nobody has read that");
        assert_eq!(since(2).await, Err(ListRefusal::ChangesGone), "a number of the future");
        assert_eq!(since(u64::MAX).await, Err(ListRefusal::ChangesGone));
        world.edit(anna, list, insert(1, None)).await.unwrap();
        world.edit(anna, list, Edit::Remove { item: item_id(77) }).await.unwrap();
        let changes = since(1).await.unwrap().changes.unwrap();
        assert!(matches!(
            changes[..],
            [
                Applied { seq: 2, change: Change::Put { after: None, .. }, .. },
                Applied { seq: 3, change: Change::Nothing, .. }
            ]
        ));
        let many: Vec<Operation> = (0..CHANGES_MAX / 2)
            .map(|n| Operation {
                op: item_id(u16::try_from(2_000 + n).unwrap()),
                edit: Edit::Move { item: item_id(1), after: None },
            })
            .collect();
        store.edit_playlist(anna, list, &many, world.now()).await.unwrap().unwrap();
        assert!(since(3).await.is_ok());
        let again: Vec<Operation> = many
            .iter()
            .zip(5_000u16..)
            .map(|(operation, n)| Operation { op: item_id(n), ..operation.clone() })
            .collect();
        store.edit_playlist(anna, list, &again, world.now()).await.unwrap().unwrap();
        assert!(since(3).await.is_ok());
        assert_eq!(since(2).await, Err(ListRefusal::ChangesGone), "more than are answered");
        world.after(31 * DAY_MS);
        store.prune(world.now()).await.unwrap();
        assert_eq!(since(3).await, Err(ListRefusal::ChangesGone), "forgotten");
        let whole = world.contents(anna, list).await;
        assert!(since(whole.seq).await.is_ok());
        assert_eq!(whole.items.unwrap().len(), 1);
    }

    pub(super) async fn a_copy_is_a_list_of_its_own(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let list = world.list(anna, "one").await.id;
        world.list(anna, "last").await;
        for n in 1..=3 {
            world.edit(anna, list, insert(n, None)).await.unwrap();
        }
        world.edit(anna, list, Edit::Remove { item: item_id(2) }).await.unwrap();
        let new = DuplicatePlaylist { id: world.id(), name: "copy".into() };
        let copy = store.duplicate_playlist(anna, list, &new, world.now()).await.unwrap().unwrap();
        assert_eq!((copy.count, copy.duration_ms, copy.seq), (2, 360_000, 1));
        assert_eq!(store.duplicate_playlist(anna, list, &new, world.now()).await.unwrap(), Ok(copy));
        assert_eq!(names(world, anna).await, ["one", "copy", "last"]);
        world.edit(anna, new.id, Edit::Remove { item: item_id(1) }).await.unwrap();
        assert_eq!(world.titles(anna, new.id).await, ["3"]);
        assert_eq!(world.titles(anna, list).await, ["3", "1"]);
        let folder = world.shelved(anna, "folder", ListKind::Folder, None).await.id;
        let copied = DuplicatePlaylist { id: world.id(), name: "copy".into() };
        let copied = store.duplicate_playlist(anna, folder, &copied, world.now()).await.unwrap();
        assert_eq!(copied, Err(ListRefusal::NotAList));
    }

    pub(super) async fn every_change_moves_the_cursor_and_names_its_list(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let start = store.playlists_changed(anna, None).await.unwrap().unwrap();
        assert_eq!((start.cursor, start.changed.len()), (0, 0));
        let mut cursor = start.cursor;
        let mut named = async |what: &[RowId]| {
            let changed = store.playlists_changed(anna, Some(cursor)).await.unwrap().unwrap();
            assert_eq!(changed.changed, what);
            cursor = changed.cursor;
            assert_eq!(store.playlists_changed(anna, Some(cursor)).await.unwrap(), None);
            assert_eq!(store.playlists(anna).await.unwrap().cursor, cursor);
        };
        let one = world.list(anna, "one").await.id;
        named(&[one]).await;
        let two = world.list(anna, "two").await.id;
        world.edit(anna, one, insert(1, None)).await.unwrap();
        named(&[two, one]).await;
        store.change_playlist(anna, two, &to(world, None, None), world.now()).await.unwrap().unwrap();
        named(&[two]).await;
        store.remove_playlist(anna, one, world.now()).await.unwrap().unwrap();
        named(&[one]).await;
        store.restore_playlist(anna, one, world.now()).await.unwrap().unwrap();
        named(&[one]).await;
    }

    pub(super) async fn an_account_has_so_many_lists_and_no_more(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let create = async |n: usize| {
            let id = item_id(u16::try_from(n).unwrap());
            let new = NewPlaylist { id, name: n.to_string(), kind: ListKind::Folder, parent: None };
            store.create_playlist(anna, &new, world.now()).await.unwrap()
        };
        world.fill_shelf(anna, LISTS_MAX - 1).await;
        assert_eq!(store.playlists(anna).await.unwrap().playlists.len(), LISTS_MAX - 1);
        assert!(create(60_000).await.is_ok());
        assert_eq!(create(60_001).await, Err(ListRefusal::TooManyLists));
        let removed = store.remove_playlist(anna, item_id(60_000), world.now()).await.unwrap();
        assert!(removed.is_ok());
        assert!(create(60_001).await.is_ok());
        let back = store.restore_playlist(anna, item_id(60_000), world.now()).await.unwrap();
        assert_eq!(back, Err(ListRefusal::TooManyLists));
    }

    pub(super) async fn all_lists_of_an_owner_hold_so_many_items_and_no_more(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let (full, free) = (world.list(anna, "full").await.id, world.list(anna, "free").await.id);
        let put = async |n: u16| world.edit(anna, free, insert(n, None)).await.map(drop);
        world.claim_items(full, ACCOUNT_ITEMS_MAX - 2).await;
        put(1).await.unwrap();
        put(2).await.unwrap();
        assert_eq!(put(3).await, Err(ListRefusal::TooManyItemsInAll));
        let swap = [Edit::Remove { item: item_id(1) }, insert(4, None)];
        let swap = swap.map(|edit| Operation { op: world.id(), edit });
        assert!(store.edit_playlist(anna, free, &swap, world.now()).await.unwrap().is_ok(), "no more than before");
        let restored = world.edit(anna, free, Edit::Restore { item: item_id(1) }).await;
        assert_eq!(restored.map(drop), Err(ListRefusal::TooManyItemsInAll));
        let copy = DuplicatePlaylist { id: world.id(), name: "copy".into() };
        let copied = store.duplicate_playlist(anna, free, &copy, world.now()).await.unwrap();
        assert_eq!(copied.map(drop), Err(ListRefusal::TooManyItemsInAll));
        assert_eq!(world.titles(anna, free).await, ["4", "2"]);

        store.remove_playlist(anna, full, world.now()).await.unwrap().unwrap();
        put(3).await.unwrap();
        let back = store.restore_playlist(anna, full, world.now()).await.unwrap();
        assert_eq!(back.map(drop), Err(ListRefusal::TooManyItemsInAll), "what was removed comes back into room only");
        world.edit(anna, free, Edit::Remove { item: item_id(3) }).await.unwrap();
        assert!(store.restore_playlist(anna, full, world.now()).await.unwrap().is_ok());

        store.remove_playlist(anna, full, world.now()).await.unwrap().unwrap();
        world.claim_items(full, 2 * ACCOUNT_ITEMS_MAX).await;
        assert_eq!(put(5).await, Err(ListRefusal::TooManyItemsRemoved));
        world.after(30 * DAY_MS);
        store.prune(world.now()).await.unwrap();
        put(5).await.unwrap();
    }

    pub(super) async fn lists_that_grow_at_once_do_not_pass_the_bound_together(world: &World) {
        let anna = world.account("a@example.org").await.id;
        let full = world.list(anna, "full").await.id;
        let lists = [world.list(anna, "1").await.id, world.list(anna, "2").await.id, world.list(anna, "3").await.id];
        world.claim_items(full, ACCOUNT_ITEMS_MAX - 2).await;
        let (first, second) = (world.another().await, world.another().await);
        let operation = |n: u16| [Operation { op: world.id(), edit: insert(n, None) }];
        let operations = [operation(1), operation(2), operation(3)];
        let put = async |store: &Store, at: usize| {
            store.edit_playlist(anna, lists[at], &operations[at], world.now()).await.unwrap().map(drop)
        };
        let (a, b, c) = tokio::join!(put(&world.store, 0), put(&first, 1), put(&second, 2));
        let mut outcomes = [a, b, c];
        outcomes.sort_by_key(Result::is_err);
        assert_eq!(outcomes, [Ok(()), Ok(()), Err(ListRefusal::TooManyItemsInAll)]);
    }

    pub(super) async fn lists_stay_when_their_home_is_removed(world: &World) {
        let anna = world.listener("a@example.org").await;
        let list = world.list(anna.account, "one").await.id;
        let mut item = item(1);
        item.home = anna.home;
        world.edit(anna.account, list, Edit::Insert { item, after: None }).await.unwrap();
        assert!(world.store.remove_home(anna.account, anna.home, world.now()).await.unwrap());
        let items = world.contents(anna.account, list).await.items.unwrap();
        assert_eq!((items.len(), items[0].home), (1, anna.home));
    }

    pub(super) async fn what_was_removed_is_forgotten_after_a_month(world: &World) {
        let (store, anna) = (&world.store, world.account("a@example.org").await.id);
        let (stays, goes) = (world.list(anna, "stays").await.id, world.list(anna, "goes").await.id);
        for list in [stays, goes] {
            world.edit(anna, list, insert(1, None)).await.unwrap();
            world.edit(anna, list, insert(2, None)).await.unwrap();
            world.edit(anna, list, Edit::Remove { item: item_id(1) }).await.unwrap();
        }
        store.remove_playlist(anna, goes, world.now()).await.unwrap().unwrap();
        world.after(30 * DAY_MS - 1);
        store.prune(world.now()).await.unwrap();
        store.restore_playlist(anna, goes, world.now()).await.unwrap().unwrap();
        assert_eq!(world.titles(anna, goes).await, ["2"]);
        store.remove_playlist(anna, goes, world.now()).await.unwrap().unwrap();
        world.after(30 * DAY_MS);
        store.prune(world.now()).await.unwrap();
        assert_eq!(names(world, anna).await, ["stays"]);
        world.edit(anna, stays, Edit::Restore { item: item_id(1) }).await.unwrap();
        assert_eq!(world.titles(anna, stays).await, ["2"], "what is forgotten does not come back");
        let again = NewPlaylist { id: goes, name: "new".into(), kind: ListKind::List, parent: None };
        assert!(store.create_playlist(anna, &again, world.now()).await.unwrap().is_ok(), "nothing is left of it");
    }
}
