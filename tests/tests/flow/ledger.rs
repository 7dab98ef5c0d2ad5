//! `iroam-portal admin audit-ledger` passes on a live portal and fails on books that somebody touched.

use std::path::Path;

use iroam_tests::world::World;
use rusqlite::Connection;

use crate::Scene;

/// A copy of the live database in a data folder of its own.
fn copy(world: &World, name: &str) -> std::path::PathBuf {
    let folder = world.folder(name);
    std::fs::create_dir(&folder).unwrap();
    let live = Connection::open(world.portal.database()).unwrap();
    live.execute("VACUUM INTO ?1", [folder.join("portal.sqlite").to_str().unwrap()]).unwrap();
    folder
}

fn touch(folder: &Path, sql: &str) -> usize {
    let books = Connection::open(folder.join("portal.sqlite")).unwrap();
    books.pragma_update(None, "foreign_keys", false).unwrap();
    books.pragma_update(None, "ignore_check_constraints", true).unwrap();
    books.execute(sql, []).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_passes_on_a_live_portal_and_fails_on_every_kind_of_broken_copy() {
    let scene = Scene::plain().await;
    let lease = scene.player.listen(scene.id).await.unwrap();
    scene.player.person.heartbeat(&lease.id, 1, 4_000, None).await.unwrap();
    let portal = &scene.world.portal;
    portal.audit().unwrap();

    let whole = copy(&scene.world, "whole");
    assert_eq!(portal.admin_on(&whole, "audit-ledger", &[]).unwrap().code, Some(0), "an untouched copy passes");
    let breakages = [
        (
            "an amount",
            "UPDATE ledger_postings SET amount = amount + 1 WHERE rowid = (SELECT max(rowid) FROM ledger_postings)",
        ),
        ("a lost posting", "DELETE FROM ledger_postings WHERE rowid = (SELECT max(rowid) FROM ledger_postings)"),
        ("a lost transfer", "DELETE FROM ledger_transfers WHERE kind = 'charge'"),
        ("a wallet", "UPDATE wallets SET balance = balance + 1000000"),
        ("an owner's change", "UPDATE ledger_transfers SET owner_change = owner_change + 1 WHERE kind = 'charge'"),
    ];
    for (name, sql) in breakages {
        let folder = copy(&scene.world, name);
        assert!(touch(&folder, sql) > 0, "{name}: nothing was touched");
        let report = portal.admin_on(&folder, "audit-ledger", &[]).unwrap();
        assert_ne!(report.code, Some(0), "{name} was not found:\n{}", report.stdout);
        assert!(report.stdout.contains("BROKEN: "), "{name}:\n{}{}", report.stdout, report.stderr);
    }
    scene.player.person.close(&lease.id, 4_000).await.unwrap();
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_adds_minutes_beside_a_running_portal_once_for_each_key() {
    let world = World::plain().unwrap();
    let ada = world.person("ada@example.org").await.unwrap();
    let before = ada.wallet().await.unwrap().available_micros;
    for _ in 0..2 {
        let done = world
            .portal
            .admin("credit", &["--email", "ada@example.org", "--micros", "50000", "--key", "gift-1"])
            .unwrap();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
    }
    assert_eq!(ada.wallet().await.unwrap().available_micros, before + 50_000);
    let unknown = world.portal.admin("credit", &["--email", "nobody@example.org", "--minutes", "1"]).unwrap();
    assert_ne!(unknown.code, Some(0));
    assert!(unknown.stderr.contains("create-account"), "it says what to do: {}", unknown.stderr);
    world.portal.audit().unwrap();
}
