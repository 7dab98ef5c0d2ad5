//! Making links.

use iroam_protocol::{
    id::{ItemId, PeerId, RowId},
    shares::{INVITATIONS_A_DAY, Kind, LIVE_MAX, SharedItem},
};

use crate::{
    Error, Outgoing, SecretHash, Store,
    db::{Decision, Row, Step, values},
    ids, outbox,
};

/// What is shared, and the links to make.
#[derive(Debug, Clone)]
pub struct NewShares {
    /// Id of the content, chosen by the client: a repeat makes nothing new.
    pub id: RowId,
    /// The sender.
    pub account: RowId,
    /// The home that has the items.
    pub home: PeerId,
    /// What it is.
    pub kind: Kind,
    /// Title of the whole.
    pub title: String,
    /// A second line.
    pub subtitle: Option<String>,
    /// Cover of the whole.
    pub cover: Option<ItemId>,
    /// The items in their order.
    pub items: Vec<SharedItem>,
    /// Plain text.
    pub note: String,
    /// The links, each for one recipient or for none.
    pub links: Vec<NewLink>,
    /// When their time is over.
    pub expires_ms: i64,
    /// Plays of each.
    pub plays_max: u32,
    /// Visitors of each at once.
    pub at_once: u32,
    /// What each may cost, in minutes at the dearest price of today.
    pub cap_minutes: u32,
    /// Hash of all that was asked: the same id with another is an error.
    pub input: SecretHash,
    /// Portal time.
    pub now_ms: i64,
}

/// A link to make.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// The part of the link that names it.
    pub public_id: String,
    /// Hash of the part of the link that opens it.
    pub secret: SecretHash,
    /// Whom it is mailed to; `None` for a link to pass on by hand.
    pub recipient: Option<Recipient>,
}

/// Somebody whom a link is mailed to.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The address.
    pub address: String,
    /// The keyed hash by which its owner may have opted out.
    pub listed: SecretHash,
    /// The invitation, sent unless they have.
    pub mail: Outgoing,
}

/// A link that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Id of the share.
    pub id: RowId,
    /// The part of the link that names it.
    pub public_id: String,
    /// The address it is for.
    pub recipient: Option<String>,
    /// Whether a mail with it was put on its way.
    pub mailed: bool,
}

/// How a request for links ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The links, in the order in which they were asked for.
    Ok(Vec<Link>),
    /// The account has no such home.
    NotYours,
    /// The account's address is not confirmed.
    Unconfirmed,
    /// So many more invitations may be sent today; nothing was made.
    TooManyToday {
        /// How many are left.
        left: u64,
    },
    /// So many more links may live; nothing was made.
    TooManyLive {
        /// How many are left.
        left: u64,
    },
    /// The id stands for something else.
    KeyReused,
}

/// The span of the daily quota.
const DAY_MS: i64 = 24 * 3_600_000;

const FOUND: &str = "SELECT account, input_hash FROM share_contents WHERE id = $1";
const LINKS: &str = "SELECT id, public_id, recipient, mailed FROM shares WHERE content = $1 ORDER BY place";
const SENDER: &str = "SELECT a.email_confirmed_ms, s.version, \
    (SELECT COUNT(*) FROM shares i WHERE i.account = a.id AND i.created_ms > $2 AND i.mailed = 1), \
    (SELECT COUNT(*) FROM shares v WHERE v.account = a.id AND v.revoked_ms IS NULL AND v.expires_ms > $3 \
     AND v.plays < v.plays_max), \
    (SELECT COUNT(*) FROM homes h WHERE h.peer = $4 AND h.account = a.id) \
    FROM accounts a LEFT JOIN share_senders s ON s.account = a.id WHERE a.id = $1";
const FIRST: &str = "INSERT INTO share_senders (account, version) VALUES ($1, 1)";
const NEXT: &str = "UPDATE share_senders SET version = version + 1 WHERE account = $1 AND version = $2";
const INSERT_CONTENT: &str = "INSERT INTO share_contents (id, account, home, kind, title, subtitle, cover, items, \
    item_count, note, input_hash, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const INSERT: &str = "INSERT INTO shares (id, content, place, account, home, public_id, secret_hash, recipient, mailed, \
    created_ms, expires_ms, plays_max, plays, reserved, at_once, running, cap_micros, spent_micros, held_micros, \
    waiting, waited, reports) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, $13, 0, $14, 0, 0, 0, 0, 0)";

/// What the sender has used so far.
struct Sender {
    confirmed: bool,
    version: Option<i64>,
    today: u64,
    live: u64,
    has_home: bool,
}

impl Store {
    /// Makes the links, all or none.
    ///
    /// # Errors
    /// [`Error`]; it may be repeated.
    pub async fn create_shares(&self, new: NewShares) -> Result<Created, Error> {
        let new = &new;
        self.db
            .decide("share", async || {
                if let Some(found) = self.found_shares(new).await? {
                    return Ok(Decision::nothing(found));
                }
                let asked = values![new.account, new.now_ms.saturating_sub(DAY_MS), new.now_ms, new.home];
                let Some(row) = self.db.read(SENDER, asked).await?.into_iter().next() else {
                    return Ok(Decision::nothing(Created::NotYours));
                };
                let sender = sender(row)?;
                let links = self.links_of(new).await?;
                match refusal(&sender, &links) {
                    Some(refused) => Ok(Decision::nothing(refused)),
                    None => Ok(Decision::run(self.creation_of_shares(new, &sender, &links)?, Created::Ok(links))),
                }
            })
            .await
    }

    async fn found_shares(&self, new: &NewShares) -> Result<Option<Created>, Error> {
        let queries = vec![(FOUND, values![new.id]), (LINKS, values![new.id])];
        let mut results = self.db.reads(queries).await?.into_iter();
        let found = results.next().and_then(|rows| rows.into_iter().next());
        let Some(mut row) = found else { return Ok(None) };
        if (row.id()?, row.text()?) != (new.account, ids::hex(&new.input.0)) {
            return Ok(Some(Created::KeyReused));
        }
        let links = results.next().unwrap_or_default().into_iter().map(link).collect::<Result<_, _>>()?;
        Ok(Some(Created::Ok(links)))
    }

    /// The links as they will be; who refuses invitations gets no mail.
    async fn links_of(&self, new: &NewShares) -> Result<Vec<Link>, Error> {
        let mut links = Vec::with_capacity(new.links.len());
        for (place, asked) in new.links.iter().enumerate() {
            let mailed = match &asked.recipient {
                Some(recipient) => {
                    !self.has_opted_out(recipient.listed).await? && self.takes_invitations(&recipient.address).await?
                }
                None => false,
            };
            links.push(Link {
                id: ids::row_id_of_key(new.now_ms, place, &asked.public_id),
                public_id: asked.public_id.clone(),
                recipient: asked.recipient.as_ref().map(|recipient| recipient.address.clone()),
                mailed,
            });
        }
        Ok(links)
    }

    fn creation_of_shares(&self, new: &NewShares, sender: &Sender, links: &[Link]) -> Result<Vec<Step>, Error> {
        let turn = match sender.version {
            Some(version) => Step::one("sender", NEXT, values![new.account, version]),
            None => Step::one("sender", FIRST, values![new.account]),
        };
        let mut steps = vec![turn, content_step(new)?];
        let cap_micros = i64::from(new.cap_minutes).saturating_mul(self.pricing.tariff.relay);
        for (place, (link, asked)) in links.iter().zip(&new.links).enumerate() {
            let row = values![
                link.id,
                new.id,
                place as u64,
                new.account,
                new.home,
                &link.public_id,
                asked.secret,
                link.recipient.clone(),
                link.mailed,
                new.now_ms,
                new.expires_ms,
                new.plays_max,
                new.at_once,
                cap_micros,
            ];
            steps.push(Step::one("link", INSERT, row));
            if let Some(recipient) = asked.recipient.as_ref().filter(|_| link.mailed) {
                steps.push(outbox::enqueue_step(&Outgoing { about: Some(about(link.id)), ..recipient.mail.clone() }));
            }
        }
        Ok(steps)
    }
}

/// What the mails of a share are about, so that taking it back withdraws them.
pub(super) fn about(share: RowId) -> String {
    format!("share/{share}")
}

fn content_step(new: &NewShares) -> Result<Step, Error> {
    let items = serde_json::to_string(&new.items).map_err(|error| Error::Corrupt(error.to_string()))?;
    let row = values![
        new.id,
        new.account,
        new.home,
        kind_name(new.kind),
        &new.title,
        new.subtitle.clone(),
        new.cover.map(|cover| cover.to_string()),
        items,
        new.items.len() as u64,
        &new.note,
        new.input,
        new.now_ms,
    ];
    Ok(Step::one("content", INSERT_CONTENT, row))
}

fn refusal(sender: &Sender, links: &[Link]) -> Option<Created> {
    let mails = links.iter().filter(|link| link.mailed).count() as u64;
    let (today, live) = (INVITATIONS_A_DAY.saturating_sub(sender.today), LIVE_MAX.saturating_sub(sender.live));
    if !sender.has_home {
        Some(Created::NotYours)
    } else if !sender.confirmed {
        Some(Created::Unconfirmed)
    } else if mails > today {
        Some(Created::TooManyToday { left: today })
    } else if links.len() as u64 > live {
        Some(Created::TooManyLive { left: live })
    } else {
        None
    }
}

fn sender(mut row: Row) -> Result<Sender, Error> {
    Ok(Sender {
        confirmed: row.opt_int()?.is_some(),
        version: row.opt_int()?,
        today: row.count()?,
        live: row.count()?,
        has_home: row.count()? > 0,
    })
}

fn link(mut row: Row) -> Result<Link, Error> {
    Ok(Link { id: row.id()?, public_id: row.text()?, recipient: row.opt_text()?, mailed: row.int()? != 0 })
}

/// The stored name of a kind.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Track => "track",
        Kind::Album => "album",
        Kind::Playlist => "playlist",
    }
}

/// Reads a stored name.
pub(super) fn kind_of(name: &str) -> Result<Kind, Error> {
    let known = [Kind::Track, Kind::Album, Kind::Playlist].into_iter().find(|kind| kind_name(*kind) == name);
    known.ok_or_else(|| Error::Corrupt("a kind of share that does not exist".into()))
}
