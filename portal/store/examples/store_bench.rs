//! How many heartbeats and playlist operations a second the store takes, on SQLite and PostgreSQL:
//! `cargo run -p iroam-store --release --example store_bench -- [SECONDS]`.
//!
//! Each writer has an account, a listening and a list of its own. It sends the next as soon as it has the answer, for
//! SECONDS (3) each. The clock that the store sees goes on by 20 s with each heartbeat, so that every third one charges a
//! minute. Each line is one JSON object. SQLite makes every unit durable; the PostgreSQL is the private one of the tests,
//! which does not.
#![expect(clippy::print_stdout, reason = "a command line tool")]

use std::{
    env,
    error::Error,
    time::{Duration, Instant},
};

use iroam_protocol::{
    activation::UserCode,
    home::Kind,
    id::{ItemId, PeerId, RowId},
    path::Path,
    playlists::{Edit, Item, ListKind, NewPlaylist, Operation, Snapshot},
};
use iroam_store::{
    Approval, Beat, Beaten, Credit, NewAccount, NewDevice, NewSession, Open, Opened, Options, SecretHash, SignUp,
    Store, Target, row_id, testing::Cluster,
};

type Done<T> = Result<T, Box<dyn Error + Send + Sync>>;

const START_MS: i64 = 1_800_000_000_000;
const WRITERS: [u8; 3] = [1, 4, 16];

fn main() -> Done<()> {
    let seconds = env::args().nth(1).map_or(Ok(3), |text| text.parse())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(bench(Duration::from_secs(seconds)))
}

async fn bench(time: Duration) -> Done<()> {
    for writers in WRITERS {
        let dir = tempfile::tempdir()?;
        measure("SQLite", &Target::Sqlite(dir.path().join("portal.sqlite")), writers, time).await?;
    }
    let cluster = Cluster::acquire()?;
    for writers in WRITERS {
        let schema = cluster.schema().await?;
        measure("PostgreSQL", &Target::Postgres(schema.url.clone()), writers, time).await?;
        schema.drop_now().await?;
    }
    Ok(())
}

async fn measure(database: &str, target: &Target, writers: u8, time: Duration) -> Done<()> {
    let store = Store::open(target, Options::default()).await?;
    let mut all = Vec::new();
    for n in 1..=writers {
        all.push(Writer::new(store.clone(), n).await?);
    }
    let (rate, slow_ms) = at_once(&all, time, async |writer, n| writer.beat(n).await).await?;
    tell("heartbeats", database, writers, rate, slow_ms);
    let (rate, slow_ms) = at_once(&all, time, async |writer, n| writer.insert(n).await).await?;
    tell("playlist operations", database, writers, rate, slow_ms);
    let broken = store.audit().await?.broken;
    if broken.is_empty() { Ok(()) } else { Err(broken.join("; ").into()) }
}

fn tell(what: &str, database: &str, writers: u8, rate: f64, slow_ms: f64) {
    println!(
        "{{\"what\":\"{what}\",\"database\":\"{database}\",\"writers\":{writers},\"per_second\":{rate:.0},\"p95_ms\":{slow_ms:.2}}}"
    );
}

/// Lets all writers work for a while; how many calls were answered a second, and the time below which 95 of 100 were.
async fn at_once<F>(writers: &[Writer], time: Duration, call: F) -> Done<(f64, f64)>
where
    F: AsyncFn(&Writer, u64) -> Done<()>,
{
    let started = now();
    let call = &call;
    let work = writers.iter().map(|writer| async move {
        let mut took = Vec::new();
        while started.elapsed() < time {
            let begun = now();
            call(writer, u64::try_from(took.len())?).await?;
            took.push(begun.elapsed());
        }
        Done::Ok(took)
    });
    let mut took: Vec<Duration> = futures::future::try_join_all(work).await?.into_iter().flatten().collect();
    let elapsed = started.elapsed();
    took.sort();
    let slow = took.get(took.len() * 95 / 100).copied().unwrap_or_default();
    let count = u32::try_from(took.len())?;
    Ok((f64::from(count) / elapsed.as_secs_f64(), slow.as_secs_f64() * 1_000.0))
}

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn now() -> Instant {
    Instant::now()
}

/// Somebody who listens, and edits a list.
struct Writer {
    store: Store,
    account: RowId,
    listening: RowId,
    list: RowId,
    n: u8,
}

impl Writer {
    async fn new(store: Store, n: u8) -> Done<Self> {
        let id = |part: u8| row_id(START_MS, [n, part, 0, 0, 0, 0, 0, 0, 0, 0]);
        let (account, home) = (id(1), PeerId::from_public_key([n; 32]));
        let password_hash = String::from("$argon2id$");
        let email = format!("{n}@example.org");
        let new = NewAccount { id: account, email, password_hash, time_zone: None, language: None, now_ms: START_MS };
        let SignUp::Created(_) = store.create_account(new).await? else { return Err("the address is taken".into()) };
        let credit = Credit { account, micros: 1_000_000_000_000, key: format!("bench/{n}"), now_ms: START_MS };
        store.credit(credit).await?;
        let secret = SecretHash::of(&[n]);
        let (device, address) = (String::from("Firefox on Windows"), String::from("192.0.2.7"));
        let session = NewSession {
            by_password: true,
            id: id(2),
            account,
            secret,
            device: device.clone(),
            address,
            now_ms: START_MS,
        };
        store.create_session(session).await?;
        activate(&store, account, home, id(3), n).await?;
        let open = Open {
            id: id(4),
            account,
            session: id(2),
            home,
            player: PeerId::from_public_key([n | 0x80; 32]),
            idempotency_key: format!("the only one of {n}"),
            device,
            path: None,
            now_ms: START_MS,
        };
        let Opened::Ok(listening) = store.open_listening(open).await? else { return Err("it does not open".into()) };
        let list = NewPlaylist { id: id(5), name: "bench".into(), kind: ListKind::List, parent: None };
        store.create_playlist(account, &list, START_MS).await?.map_err(|refusal| format!("{refusal:?}"))?;
        Ok(Self { store, account, listening: listening.id, list: list.id, n })
    }

    async fn beat(&self, n: u64) -> Done<()> {
        let played_ms = (n + 1) * 20_000;
        let beat = Beat { seq: n + 1, played_ms, buffered_ms: 0, playing: true, path: Some(Path::Relay) };
        let now_ms = START_MS.saturating_add(i64::try_from(played_ms)?);
        match self.store.heartbeat(self.listening, self.account, beat, now_ms).await? {
            Beaten::Ok(_) => Ok(()),
            other => Err(format!("{other:?}").into()),
        }
    }

    /// Puts an item first; the list stays below its limit, since each thousandth operation begins another one.
    async fn insert(&self, n: u64) -> Done<()> {
        let count = n.to_be_bytes();
        let id = |part: u8| {
            let [.., a, b, c, d] = count;
            row_id(START_MS, [self.n, part, a, b, c, d, 0, 0, 0, 0])
        };
        let about = Snapshot {
            title: format!("Number {n}"),
            artist: Some("Somebody".into()),
            album: Some("Something".into()),
            album_id: Some(ItemId::from_bytes([1; 16])),
            duration_ms: 180_000,
            cover_id: Some(ItemId::from_bytes([2; 16])),
            kind: Kind::Audio,
        };
        let (home, track) = (PeerId::from_public_key([self.n; 32]), ItemId::from_bytes([self.n; 16]));
        let item = Item { id: id(10), home, track, about, added_ms: 0, added_by: None };
        let list = if n.is_multiple_of(1_000) && n > 0 { Some(id(12)) } else { None };
        if let Some(list) = list {
            let new = NewPlaylist { id: list, name: "more".into(), kind: ListKind::List, parent: None };
            self.store
                .create_playlist(self.account, &new, START_MS)
                .await?
                .map_err(|refusal| format!("{refusal:?}"))?;
        }
        let operation = Operation { op: id(11), edit: Edit::Insert { item: Box::new(item), after: None } };
        let list = self.list_of(n);
        self.store
            .edit_playlist(self.account, list, &[operation], START_MS)
            .await?
            .map_err(|refusal| format!("{refusal:?}"))?;
        Ok(())
    }

    fn list_of(&self, n: u64) -> RowId {
        if n < 1_000 {
            return self.list;
        }
        let [.., a, b, c, d] = (n / 1_000 * 1_000).to_be_bytes();
        row_id(START_MS, [self.n, 12, a, b, c, d, 0, 0, 0, 0])
    }
}

async fn activate(store: &Store, account: RowId, home: PeerId, id: RowId, n: u8) -> Done<()> {
    let letters = b"BCDFGHJKLMNPQRSTVWXZ";
    let letter = letters.get(usize::from(n) % letters.len()).copied().map_or('B', char::from);
    let user_code = UserCode::parse(&format!("{letter}CDFGHJK")).ok_or("no code")?;
    let device = NewDevice {
        id,
        device_code: SecretHash::of(&[n, 1]),
        user_code,
        peer: home,
        name: "attic".into(),
        os: "Debian 13".into(),
        version: "0.1.0".into(),
        address: "198.51.100.4".into(),
        now_ms: START_MS,
    };
    store.authorize_device(device).await?;
    match store.approve_device(id, account, "Attic", START_MS).await? {
        Approval::Approved(_) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
