//! A world: a real database of either kind, with an account, a session and a home where a test wants them.

use std::sync::{
    OnceLock,
    atomic::{AtomicI64, AtomicU8, Ordering},
};

use iroam_protocol::{
    activation::UserCode,
    home,
    id::{ItemId, PeerId, RowId},
    path::Path,
    playlists::{
        Change, Contents, Edit, Item, ListKind, NewPlaylist, Operation, OperationsApplied, Playlist, Snapshot,
    },
    portal,
};
use iroam_store::{
    Account, Approval, Beat, Beaten, Credit, ListOutcome, Listening, NewAccount, NewDevice, NewSession, Open, Opened,
    Options, SecretHash, Session, SignUp, Store, Target, row_id,
    testing::{Cluster, Schema},
};

/// Makes a test of each scenario on each database.
macro_rules! on_both {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                $crate::kit::run($crate::kit::Kind::Sqlite, super::run::$name);
            }

            #[test]
            fn on_postgres() {
                $crate::kit::run($crate::kit::Kind::Postgres, super::run::$name);
            }
        }
    )*};
}
pub(crate) use on_both;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Runs a scenario in a fresh world, and audits the books when it is done.
pub(crate) fn run(kind: Kind, scenario: impl AsyncFnOnce(&World)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(world) = World::new(kind).await else { return };
        scenario(&world).await;
        world.audit().await;
        world.end().await;
    });
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) target: Target,
    schema: Option<Schema>,
    _dir: tempfile::TempDir,
    now_ms: AtomicI64,
    ids: AtomicU8,
}

impl World {
    /// `None` when there is no PostgreSQL; the reason is printed.
    pub(crate) async fn new(kind: Kind) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let schema = match (kind, cluster()) {
            (Kind::Sqlite, _) => None,
            (Kind::Postgres, Ok(cluster)) => Some(cluster.schema().await.unwrap()),
            (Kind::Postgres, Err(why)) => {
                println!("skipped: {why}");
                return None;
            }
        };
        let target = match &schema {
            Some(schema) => Target::Postgres(schema.url.clone()),
            None => Target::Sqlite(dir.path().join("portal.sqlite")),
        };
        let store = Store::open(&target, Options::default()).await.unwrap();
        let now_ms = AtomicI64::new(1_800_000_000_000);
        Some(Self { store, target, schema, _dir: dir, now_ms, ids: AtomicU8::new(1) })
    }

    /// A second portal over the same database.
    pub(crate) async fn another(&self) -> Store {
        Store::open(&self.target, Options::default()).await.unwrap()
    }

    pub(crate) fn now(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    pub(crate) fn after(&self, ms: i64) -> i64 {
        self.now_ms.fetch_add(ms, Ordering::SeqCst) + ms
    }

    fn fresh(&self) -> u8 {
        self.ids.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn id(&self) -> RowId {
        row_id(self.now(), [self.fresh(); 10])
    }

    pub(crate) fn peer(&self) -> PeerId {
        PeerId::from_public_key([self.fresh(); 32])
    }

    pub(crate) async fn account(&self, email: &str) -> Account {
        let new = NewAccount {
            id: self.id(),
            email: email.into(),
            password_hash: "$argon2id$…".into(),
            time_zone: None,
            language: None,
            now_ms: self.now(),
        };
        match self.store.create_account(new).await.unwrap() {
            SignUp::Created(account) => account,
            SignUp::EmailTaken => panic!("{email} is taken"),
        }
    }

    pub(crate) async fn session(&self, account: RowId, secret: &str) -> Session {
        let new = NewSession {
            id: self.id(),
            account,
            secret: SecretHash::of(secret.as_bytes()),
            device: "Firefox on Windows".into(),
            address: "192.0.2.7".into(),
            by_password: true,
            now_ms: self.now(),
        };
        self.store.create_session(new).await.unwrap()
    }

    pub(crate) fn device(&self, peer: PeerId, code: &str) -> NewDevice {
        NewDevice {
            id: self.id(),
            device_code: SecretHash::of(code.as_bytes()),
            user_code: UserCode::parse(code).unwrap(),
            peer,
            name: "attic".into(),
            os: "Debian 12".into(),
            version: "0.1.0".into(),
            address: "198.51.100.4".into(),
            now_ms: self.now(),
        }
    }

    pub(crate) async fn home(&self, account: RowId) -> PeerId {
        let peer = self.peer();
        let letters = b"BCDFGHJKLMNPQRSTVWXZ";
        let letter = char::from(letters[usize::from(peer.public_key()[0]) % letters.len()]);
        let second = char::from(letters[usize::from(peer.public_key()[0]) / letters.len()]);
        let code = format!("{letter}{second}DFGHJK");
        let new = self.device(peer, &code);
        let id = new.id;
        self.store.authorize_device(new).await.unwrap();
        let approved = self.store.approve_device(id, account, "Attic", self.now()).await.unwrap();
        assert!(matches!(approved, Approval::Approved(_)));
        peer
    }

    /// An account with its starter minutes, a session and a home.
    pub(crate) async fn listener(&self, email: &str) -> Listener<'_> {
        let account = self.account(email).await.id;
        let session = self.session(account, email).await.id;
        let home = self.home(account).await;
        Listener { world: self, account, session, home }
    }

    /// A list of that name, last at the top.
    pub(crate) async fn list(&self, account: RowId, name: &str) -> Playlist {
        self.shelved(account, name, ListKind::List, None).await
    }

    pub(crate) async fn shelved(&self, account: RowId, name: &str, kind: ListKind, parent: Option<RowId>) -> Playlist {
        let new = NewPlaylist { id: self.id(), name: name.into(), kind, parent };
        self.store.create_playlist(account, &new, self.now()).await.unwrap().unwrap()
    }

    /// So many empty lists at once.
    pub(crate) async fn fill_shelf(&self, account: RowId, count: usize) {
        let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})");
        let id = "'00000000-0000-7000-8000-' || CAST(100000000000 + i AS TEXT)";
        let lists = format!(
            "INSERT INTO playlists (id, owner, name, kind, seq, items, duration_ms, created_ms, updated_ms) \
             {numbers} SELECT {id}, '{account}', 'x', 'list', 1, 0, 0, 0, 0 FROM n;"
        );
        let members = format!(
            "INSERT INTO playlist_members (playlist, account, role, place, changed, joined_ms) \
             {numbers} SELECT {id}, '{account}', 'owner', i * 1000, 0, 0 FROM n;"
        );
        self.sql(&(lists + &members)).await;
    }

    /// Lets a list count so many items: for bounds that would take long to reach.
    pub(crate) async fn claim_items(&self, list: RowId, count: u64) {
        self.sql(&format!("UPDATE playlists SET items = {count} WHERE id = '{list}'")).await;
    }

    async fn sql(&self, text: &str) {
        match &self.target {
            Target::Sqlite(path) => rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap(),
            Target::Postgres(url) => {
                let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
                let work = async move { client.batch_execute(text).await };
                let (worked, ended) = tokio::join!(work, connection);
                worked.and(ended).unwrap();
            }
        }
    }

    /// One operation with an id of its own.
    pub(crate) async fn edit(&self, account: RowId, list: RowId, edit: Edit) -> ListOutcome<OperationsApplied> {
        let operation = Operation { op: self.id(), edit };
        self.store.edit_playlist(account, list, &[operation], self.now()).await.unwrap()
    }

    /// The titles of a list, in order.
    pub(crate) async fn titles(&self, account: RowId, list: RowId) -> Vec<String> {
        self.contents(account, list).await.items.unwrap().into_iter().map(|item| item.about.title).collect()
    }

    pub(crate) async fn contents(&self, account: RowId, list: RowId) -> Contents {
        self.store.playlist_contents(account, list, None).await.unwrap().unwrap()
    }

    pub(crate) async fn audit(&self) {
        let audit = self.store.audit().await.unwrap();
        assert_eq!(audit.broken, Vec::<String>::new(), "{:?}", audit.sums);
    }

    async fn end(self) {
        drop(self.store);
        if let Some(schema) = self.schema {
            schema.drop_now().await.unwrap();
        }
    }
}

pub(crate) struct Listener<'a> {
    pub(crate) world: &'a World,
    pub(crate) account: RowId,
    pub(crate) session: RowId,
    pub(crate) home: PeerId,
}

impl Listener<'_> {
    pub(crate) fn open_with(&self, key: &str) -> Open {
        Open {
            id: self.world.id(),
            account: self.account,
            session: self.session,
            home: self.home,
            player: self.world.peer(),
            idempotency_key: key.into(),
            device: "Firefox on Windows".into(),
            path: None,
            now_ms: self.world.now(),
        }
    }

    pub(crate) async fn open(&self, key: &str) -> Listening {
        match self.world.store.open_listening(self.open_with(key)).await.unwrap() {
            Opened::Ok(listening) => listening,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn beat(&self, id: RowId, beat: Beat) -> Beaten {
        self.world.store.heartbeat(id, self.account, beat, self.world.now()).await.unwrap()
    }

    /// Twenty seconds of playing through the relay.
    pub(crate) async fn play_20_s(&self, before: &Listening, seq: u64) -> Listening {
        self.world.after(20_000);
        match self.beat(before.id, relayed(seq, before.played_ms + 20_000)).await {
            Beaten::Ok(listening) | Beaten::Closed(listening) => listening,
            Beaten::Unknown => panic!("the listening is unknown"),
        }
    }

    pub(crate) async fn wallet(&self) -> portal::Wallet {
        self.world.store.wallet(self.account).await.unwrap()
    }

    pub(crate) async fn credit(&self, micros: i64, key: &str) -> portal::Wallet {
        self.world.store.credit(self.credit_of(micros, key)).await.unwrap()
    }

    pub(crate) fn credit_of(&self, micros: i64, key: &str) -> Credit {
        Credit { account: self.account, micros, key: key.into(), now_ms: self.world.now() }
    }
}

pub(crate) fn snapshot(title: &str) -> Snapshot {
    Snapshot {
        title: title.into(),
        artist: Some("Anna".into()),
        album: None,
        album_id: None,
        duration_ms: 180_000,
        cover_id: Some(ItemId::from_bytes([9; 16])),
        kind: home::Kind::Audio,
    }
}

/// An item whose id and title both come from a number.
pub(crate) fn item(n: u16) -> Box<Item> {
    let (home, track) = (PeerId::from_public_key([1; 32]), ItemId::from_bytes([7; 16]));
    let about = snapshot(&n.to_string());
    Box::new(Item { id: item_id(n), home, track, about, added_ms: 0, added_by: None })
}

pub(crate) fn item_id(n: u16) -> RowId {
    let [high, low] = n.to_be_bytes();
    row_id(1_800_000_000_000, [high, low, 0, 0, 0, 0, 0, 0, 0, 0])
}

pub(crate) fn insert(n: u16, after: Option<u16>) -> Edit {
    Edit::Insert { item: item(n), after: after.map(item_id) }
}

/// What somebody has who read `items` and then follows the changes.
pub(crate) fn follow(mut items: Vec<Item>, changes: &[Change]) -> Vec<Item> {
    let put = |items: &mut Vec<Item>, item: Item, after: Option<RowId>| {
        let slot = after.map_or(0, |after| items.iter().position(|known| known.id == after).unwrap() + 1);
        items.insert(slot, item);
    };
    for change in changes {
        match change {
            Change::Put { item, after } => put(&mut items, (**item).clone(), *after),
            Change::Moved { item, after } => {
                let at = items.iter().position(|known| known.id == *item).unwrap();
                let item = items.remove(at);
                put(&mut items, item, *after);
            }
            Change::Removed { item } => items.retain(|known| known.id != *item),
            Change::Nothing => {}
        }
    }
    items
}

pub(crate) fn relayed(seq: u64, played_ms: u64) -> Beat {
    Beat { seq, played_ms, buffered_ms: 0, playing: true, path: Some(Path::Relay) }
}

fn cluster() -> &'static Result<Cluster, String> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::acquire)
}
