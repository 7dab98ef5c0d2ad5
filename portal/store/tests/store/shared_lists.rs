use crate::kit::on_both;

on_both! {
    an_invitation_makes_an_editor_once;
    owner_and_editor_edit_one_list_and_both_are_told;
    an_editor_changes_items_and_nothing_else;
    who_leaves_or_is_taken_off_loses_the_list_and_may_come_again;
    an_invitation_that_is_replaced_withdrawn_expired_or_of_a_removed_list_is_gone;
    invitations_are_bounded;
    members_are_called_as_they_chose_and_a_new_name_is_shown;
}

mod run {
    use iroam_protocol::{
        id::RowId,
        playlists::{Edit, ListKind, MEMBERS_MAX, Place, Playlist, PlaylistChange, Role},
    };
    use iroam_store::{AccountChange, ListOutcome, ListRefusal, MailState, NewInvite, Outgoing, SecretHash};

    use crate::kit::{World, insert, item_id};

    fn invite(world: &World, owner: RowId, list: RowId, email: &str, secret: &str) -> NewInvite {
        let id = world.id();
        let mail = Outgoing {
            id: world.id(),
            account: Some(owner),
            kind: "playlist-invitation",
            about: None,
            to: email.into(),
            message_id: format!("<{id}@music.example.org>"),
            subject: "A playlist".into(),
            text: secret.into(),
            html: secret.into(),
            list_unsubscribe: None,
            until_ms: i64::MAX,
            now_ms: world.now(),
        };
        NewInvite {
            mail: Some(mail),
            id,
            token: SecretHash::of(secret.as_bytes()),
            account: owner,
            playlist: list,
            email: email.into(),
            now_ms: world.now(),
        }
    }

    async fn accept(world: &World, account: RowId, secret: &str) -> ListOutcome<Playlist> {
        let token = SecretHash::of(secret.as_bytes());
        world.store.accept_invitation(token, account, world.now()).await.unwrap()
    }

    /// A list of Anna's that Bert edits too.
    async fn shared(world: &World) -> (RowId, RowId, RowId) {
        let (anna, bert) = (world.account("anna@example.org").await.id, world.account("bert@example.org").await.id);
        let list = world.list(anna, "ours").await.id;
        world.store.invite(&invite(world, anna, list, "bert@example.org", "s")).await.unwrap().unwrap();
        accept(world, bert, "s").await.unwrap();
        (anna, bert, list)
    }

    pub(super) async fn an_invitation_makes_an_editor_once(world: &World) {
        let (anna, bert) = (world.account("anna@example.org").await.id, world.account("bert@example.org").await.id);
        let carl = world.account("carl@example.org").await.id;
        let list = world.list(anna, "ours").await.id;
        let store = &world.store;
        store.invite(&invite(world, anna, list, " Bert@example.org ", "s")).await.unwrap().unwrap();
        let waiting = store.invitations(anna, list, world.now()).await.unwrap().unwrap();
        assert_eq!(waiting.iter().map(|one| one.email.as_str()).collect::<Vec<_>>(), ["Bert@example.org"]);
        let token = SecretHash::of(b"s");
        let seen = store.invitation(token, bert, world.now()).await.unwrap().unwrap();
        assert_eq!((seen.playlist, seen.name.as_str(), seen.owner.as_str(), seen.count), (list, "ours", "anna", 0));
        assert_eq!(accept(world, bert, "?").await, Err(ListRefusal::InvitationGone));
        assert_eq!(accept(world, anna, "s").await.unwrap().role, Role::Owner, "one's own invitation is not used up");

        let accepted = accept(world, bert, "s").await.unwrap();
        assert_eq!(accepted.role, Role::Editor);
        let names: Vec<_> = accepted.members.iter().map(|member| (member.name.as_str(), member.role)).collect();
        assert_eq!(names, [("anna", Role::Owner), ("bert", Role::Editor)]);
        assert_eq!(accept(world, bert, "s").await, Ok(accepted));
        assert_eq!(accept(world, carl, "s").await, Err(ListRefusal::InvitationGone));
        assert_eq!(store.invitation(token, carl, world.now()).await.unwrap(), None);
        assert_eq!(store.invitations(anna, list, world.now()).await.unwrap().unwrap(), []);
        assert_eq!(store.invitations(bert, list, world.now()).await.unwrap(), Err(ListRefusal::NotOwner));
        assert_eq!(store.invitations(carl, list, world.now()).await.unwrap(), Err(ListRefusal::Unknown));
    }

    pub(super) async fn owner_and_editor_edit_one_list_and_both_are_told(world: &World) {
        let (anna, bert, list) = shared(world).await;
        let cursor = async |account| world.store.playlists_changed(account, None).await.unwrap().unwrap().cursor;
        let (of_anna, of_bert) = (cursor(anna).await, cursor(bert).await);
        world.edit(anna, list, insert(1, None)).await.unwrap();
        world.edit(bert, list, insert(2, Some(1))).await.unwrap();
        assert_eq!(world.titles(anna, list).await, ["1", "2"]);
        let items = world.contents(bert, list).await.items.unwrap();
        assert_eq!((items[0].added_by, items[1].added_by), (None, Some(bert)));
        for (account, before) in [(anna, of_anna), (bert, of_bert)] {
            let changed = world.store.playlists_changed(account, Some(before)).await.unwrap().unwrap();
            assert_eq!((changed.cursor, changed.changed), (before + 2, vec![list]));
        }
        let mut sharers = world.store.playlist_sharers(list).await.unwrap();
        sharers.sort();
        assert_eq!(sharers, [anna, bert]);
    }

    pub(super) async fn an_editor_changes_items_and_nothing_else(world: &World) {
        let (anna, bert, list) = shared(world).await;
        let store = &world.store;
        let rename = PlaylistChange { op: world.id(), name: Some("mine".into()), place: None };
        assert_eq!(store.change_playlist(bert, list, &rename, world.now()).await.unwrap(), Err(ListRefusal::NotOwner));
        assert_eq!(store.remove_playlist(bert, list, world.now()).await.unwrap(), Err(ListRefusal::NotOwner));
        let more = invite(world, bert, list, "carl@example.org", "t");
        assert_eq!(store.invite(&more).await.unwrap(), Err(ListRefusal::NotOwner));
        assert_eq!(store.remove_member(bert, list, anna).await.unwrap(), Err(ListRefusal::NotOwner));

        let folder = world.shelved(bert, "folder", ListKind::Folder, None).await.id;
        let place = Some(Place { parent: Some(folder), after: None });
        let tidy = PlaylistChange { op: world.id(), name: None, place };
        let mine = store.change_playlist(bert, list, &tidy, world.now()).await.unwrap().unwrap();
        assert_eq!(mine.parent, Some(folder));
        assert_eq!(store.playlist(anna, list).await.unwrap().unwrap().parent, None, "each keeps it where they like");
        assert_eq!(store.remove_playlist(bert, folder, world.now()).await.unwrap(), Ok(vec![folder]));
        let back = store.playlist(bert, list).await.unwrap().unwrap();
        assert_eq!(back.parent, None, "somebody else's list does not go with the folder");
    }

    pub(super) async fn who_leaves_or_is_taken_off_loses_the_list_and_may_come_again(world: &World) {
        let (anna, bert, list) = shared(world).await;
        let store = &world.store;
        world.edit(bert, list, insert(1, None)).await.unwrap();
        let before = store.playlists(bert).await.unwrap().cursor;
        store.remove_member(bert, list, bert).await.unwrap().unwrap();
        assert_eq!(world.edit(bert, list, Edit::Remove { item: item_id(1) }).await, Err(ListRefusal::Unknown));
        assert_eq!(store.playlist(bert, list).await.unwrap(), None);
        let told = store.playlists_changed(bert, Some(before)).await.unwrap().unwrap();
        assert_eq!(told.changed, [list], "the one who left is told in every browser");
        assert_eq!(store.playlist(anna, list).await.unwrap().unwrap().members, []);
        assert_eq!(world.titles(anna, list).await, ["1"], "what was put in stays");
        assert_eq!(accept(world, bert, "s").await, Err(ListRefusal::InvitationGone), "a used invitation is used");

        store.invite(&invite(world, anna, list, "bert@example.org", "again")).await.unwrap().unwrap();
        assert_eq!(accept(world, bert, "again").await.unwrap().role, Role::Editor);
        for _ in 0..2 {
            store.remove_member(anna, list, bert).await.unwrap().unwrap();
        }
        assert_eq!(store.playlist(bert, list).await.unwrap(), None);
        assert_eq!(store.remove_member(anna, list, anna).await.unwrap(), Err(ListRefusal::NotOwner));
    }

    pub(super) async fn an_invitation_that_is_replaced_withdrawn_expired_or_of_a_removed_list_is_gone(world: &World) {
        let (anna, bert) = (world.account("anna@example.org").await.id, world.account("bert@example.org").await.id);
        let list = world.list(anna, "ours").await.id;
        let store = &world.store;
        let sent = async |secret: &str| {
            let new = invite(world, anna, list, "bert@example.org", secret);
            store.invite(&new).await.unwrap().unwrap();
            new.id
        };
        sent("first").await;
        let pending = async || store.outbox_page(Some(MailState::Pending), None, 10).await.unwrap().mails.len();
        assert_eq!(pending().await, 1, "the mail is there with its invitation");
        let second = sent("second").await;
        assert_eq!(accept(world, bert, "first").await, Err(ListRefusal::InvitationGone));
        assert_eq!(store.invitations(anna, list, world.now()).await.unwrap().unwrap().len(), 1);
        for _ in 0..2 {
            store.withdraw_invitation(anna, list, second, world.now()).await.unwrap().unwrap();
            assert_eq!(pending().await, 1, "the withdrawn one is not sent any more");
        }
        assert_eq!(accept(world, bert, "second").await, Err(ListRefusal::InvitationGone));
        sent("third").await;
        world.after(14 * 24 * 3_600_000);
        assert_eq!(accept(world, bert, "third").await, Err(ListRefusal::InvitationGone));
        sent("fourth").await;
        store.remove_playlist(anna, list, world.now()).await.unwrap().unwrap();
        assert_eq!(accept(world, bert, "fourth").await, Err(ListRefusal::InvitationGone));
    }

    pub(super) async fn members_are_called_as_they_chose_and_a_new_name_is_shown(world: &World) {
        let (anna, bert, list) = shared(world).await;
        let store = &world.store;
        let call = async |account: RowId, name: &str| {
            let change = AccountChange { display_name: Some(name.into()), ..AccountChange::default() };
            store.change_account(account, change).await.unwrap().unwrap();
        };
        let cursor = async |account| store.playlists(account).await.unwrap().cursor;
        let names = async |account| {
            let seen = store.playlist(account, list).await.unwrap().unwrap();
            seen.members.into_iter().map(|member| member.name).collect::<Vec<_>>()
        };
        assert_eq!(names(bert).await, ["anna", "bert"], "without a name it is the part before the @");
        let before = (cursor(anna).await, cursor(bert).await);
        call(anna, "Anna & Söhne").await;
        assert_eq!(names(bert).await, ["Anna & Söhne", "bert"]);
        assert_eq!((cursor(anna).await, cursor(bert).await), (before.0, before.1 + 1), "whoever shares a list is told");
        let change = AccountChange { time_zone: Some("Asia/Tokyo".into()), ..AccountChange::default() };
        store.change_account(anna, change).await.unwrap();
        call(anna, "Anna & Söhne").await;
        assert_eq!(cursor(bert).await, before.1 + 1, "the same name again is no news");
        assert_eq!((store.fellows(anna).await.unwrap(), store.fellows(bert).await.unwrap()), (vec![bert], vec![anna]));

        store.invite(&invite(world, anna, list, "carl@example.org", "t")).await.unwrap().unwrap();
        let carl = world.account("carl@example.org").await.id;
        let invited = store.invitation(SecretHash::of(b"t"), carl, world.now()).await.unwrap().unwrap();
        assert_eq!(invited.owner, "Anna & Söhne");
        call(anna, "").await;
        assert_eq!(names(bert).await, ["anna", "bert"]);

        store.remove_member(anna, list, bert).await.unwrap().unwrap();
        let left = cursor(bert).await;
        call(anna, "Anna").await;
        assert_eq!(cursor(bert).await, left, "who shares nothing any more learns of nothing");
        assert_eq!(store.fellows(anna).await.unwrap(), []);
    }

    pub(super) async fn invitations_are_bounded(world: &World) {
        let anna = world.account("anna@example.org").await.id;
        let store = &world.store;
        let list = world.list(anna, "ours").await.id;
        let sent = async |list: RowId, n: usize| {
            let (email, secret) = (format!("p{n}@example.org"), format!("{list} {n}"));
            store.invite(&invite(world, anna, list, &email, &secret)).await.unwrap().map(drop)
        };
        for n in 1..MEMBERS_MAX {
            sent(list, n).await.unwrap();
        }
        assert_eq!(sent(list, MEMBERS_MAX).await, Err(ListRefusal::TooManyMembers));
        let mut count = MEMBERS_MAX - 1;
        let refusal = loop {
            let other = world.list(anna, "another").await.id;
            let outcome = async {
                for n in 1..MEMBERS_MAX {
                    sent(other, n).await?;
                    count += 1;
                }
                Ok(())
            };
            if let Err(refusal) = outcome.await {
                break refusal;
            }
        };
        assert_eq!((refusal, count), (ListRefusal::TooManyInvitations, 50));
        world.after(24 * 3_600_000);
        let other = world.list(anna, "the next day").await.id;
        assert_eq!(sent(other, 1).await, Ok(()));
    }
}
