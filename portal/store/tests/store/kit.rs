//! A world: a real database of either kind, with an account, a session and a home where a test wants them.

use std::sync::{
    OnceLock,
    atomic::{AtomicI64, AtomicU8, Ordering},
};

use iroam_protocol::{
    activation::UserCode,
    id::{PeerId, RowId},
    path::Path,
    portal,
};
use iroam_store::{
    Account, Approval, Beat, Beaten, Credit, Listening, NewAccount, NewDevice, NewSession, Open, Opened, Options,
    SecretHash, Session, SignUp, Store, Target, row_id,
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

pub(crate) fn relayed(seq: u64, played_ms: u64) -> Beat {
    Beat { seq, played_ms, buffered_ms: 0, playing: true, path: Some(Path::Relay) }
}

fn cluster() -> &'static Result<Cluster, String> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::acquire)
}
