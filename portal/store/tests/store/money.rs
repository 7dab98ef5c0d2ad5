use crate::kit::on_both;

on_both! {
    credit_is_posted_once_per_key;
    a_hundred_credits_at_once_all_arrive;
    the_audit_finds_what_is_wrong;
}

mod run {
    use iroam_store::{Error, Target};

    use crate::kit::World;

    pub(super) async fn credit_is_posted_once_per_key(world: &World) {
        let anna = world.listener("a@example.org").await;
        world.after(1);
        assert_eq!(anna.credit(50_000, "gift").await.available_micros, 150_000);
        assert_eq!(anna.credit(50_000, "gift").await.available_micros, 150_000);
        let other = world.store.credit(anna.credit_of(60_000, "gift")).await;
        assert_eq!(other, Err(Error::KeyReused));
        for micros in [0, -5, i64::MIN] {
            assert_eq!(world.store.credit(anna.credit_of(micros, "odd")).await, Err(Error::KeyReused));
        }
        let entries = world.store.entries(anna.account, None, 10).await.unwrap().items;
        assert_eq!((entries[0].kind.as_str(), entries[0].amount_micros), ("credit", 50_000));
    }

    pub(super) async fn a_hundred_credits_at_once_all_arrive(world: &World) {
        let anna = world.listener("a@example.org").await;
        let another = world.another().await;
        let stores = [&world.store, &another];
        let credits = (0..100).map(|n| stores[n % 2].credit(anna.credit_of(1, &format!("drop-{}", n / 2))));
        for credit in futures::future::join_all(credits).await {
            credit.unwrap();
        }
        assert_eq!(anna.wallet().await.available_micros, 100_050);
    }

    pub(super) async fn the_audit_finds_what_is_wrong(world: &World) {
        let anna = world.listener("a@example.org").await;
        let listening = anna.open("0123456789abcdef").await;
        anna.play_20_s(&listening, 1).await;
        let sums = world.store.audit().await.unwrap().sums;
        let sum = |name: &str| sums.iter().find(|(found, _)| found == name).map(|(_, sum)| *sum);
        assert_eq!(sum("sum of all books"), Some(0));
        assert_eq!((sum("promo"), sum("held-promo")), (Some(80_000), Some(10_000)));
        assert_eq!((sum("starter"), sum("revenue-promo")), (Some(-100_000), Some(10_000)));
        assert_eq!(sum("minutes settled"), Some(1));

        for (wrong, says) in [
            ("UPDATE wallets SET balance = balance + 1 WHERE book LIKE 'promo/%'", "every wallet equals its entries"),
            ("UPDATE ledger_postings SET amount = amount + 1 WHERE book = 'starter'", "every transfer sums to zero"),
            ("UPDATE listenings SET played_ms = 63001", "every played minute is settled"),
            ("UPDATE listenings SET hold_promo = 0", "promotional money held equals the open holds"),
            ("UPDATE accounts SET running = 2", "accounts count their open listenings"),
            ("UPDATE listenings SET charged_minutes = 2", "every settled minute has its transfer"),
        ] {
            let undo = tamper(&world.target, wrong).await;
            let broken = world.store.audit().await.unwrap().broken;
            assert!(broken.iter().any(|line| line.contains(says)), "{wrong}: {broken:?}");
            undo.await;
        }
    }

    /// Runs a statement behind the store's back; the future takes its change back.
    async fn tamper(target: &Target, sql: &'static str) -> impl Future<Output = ()> {
        let undo = match sql {
            sql if sql.contains("balance") => "UPDATE wallets SET balance = balance - 1 WHERE book LIKE 'promo/%'",
            sql if sql.contains("amount") => "UPDATE ledger_postings SET amount = amount - 1 WHERE book = 'starter'",
            sql if sql.contains("played_ms") => "UPDATE listenings SET played_ms = 20000",
            sql if sql.contains("hold_promo") => "UPDATE listenings SET hold_promo = 10000",
            sql if sql.contains("running") => "UPDATE accounts SET running = 1",
            _ => "UPDATE listenings SET charged_minutes = 1",
        };
        execute(target.clone(), sql).await;
        execute(target.clone(), undo)
    }

    async fn execute(target: Target, sql: &'static str) {
        match target {
            Target::Sqlite(path) => {
                rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
            }
            Target::Postgres(url) => {
                let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
                let work = async move { client.batch_execute(sql).await };
                let (worked, ended) = tokio::join!(work, connection);
                worked.and(ended).unwrap();
            }
        }
    }
}
