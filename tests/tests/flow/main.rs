//! The product from outside: real processes over real sockets, told as stories.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

mod account;
mod bad_input;
mod command_line;
mod full_disk;
mod grants;
mod ledger;
mod library;
mod lists;
mod shares;
mod story;
mod trouble;
mod wrong_clock;

use std::{fs, path::PathBuf};

use iroam_protocol::{home::Track, id::PeerId};
use iroam_tests::{
    corpus::Corpus,
    person::{Person, Refused},
    player::Player,
    process::Env,
    world::{Agent, World},
};

/// A portal, somebody with a home full of tones, and a tab of theirs in another browser.
struct Scene {
    player: Player,
    home: Agent,
    id: PeerId,
    owner: Person,
    music: PathBuf,
    // Last, so that it ends last.
    world: World,
}

impl Scene {
    async fn plain() -> Self {
        Self::of(World::plain().unwrap()).await
    }

    async fn of(world: World) -> Self {
        Self::with_home_in(Env::new(), world).await
    }

    /// With something in the environment of the home.
    async fn with_home_in(env: Env, world: World) -> Self {
        let owner = world.person("ada@example.org").await.unwrap();
        let music = Corpus::Tones.folder().unwrap();
        let home = world.home_in(env, "agent", &music, &owner).await.unwrap();
        let id = home.id().unwrap();
        let player = Player::new(&world, &owner.elsewhere().await.unwrap()).unwrap();
        Self { player, home, id, owner, music, world }
    }

    /// The track of that title.
    async fn track(&self, title: &str) -> Track {
        let access = self.player.browse(self.id).await.unwrap();
        let tracks = self.player.tracks(self.id, &access.grant).await.unwrap();
        tracks.into_iter().find(|track| track.title == title).unwrap()
    }

    /// The bytes of a tone's file.
    fn file(&self, title: &str) -> Vec<u8> {
        let tone = iroam_tests::corpus::tone::TONES.iter().find(|tone| tone.title == title).unwrap();
        fs::read(self.music.join(tone.file)).unwrap()
    }

    /// Ends the player, proves the books, and reads the logs for what must never stand there.
    async fn end(self) {
        let Self { player, mut home, world, .. } = self;
        player.end().await.unwrap();
        world.portal.audit().unwrap();
        let (portal, agent) = (world.portal.log(), home.process().output().text());
        for (who, log) in [("portal", portal), ("agent", agent)] {
            // Titles, the password, and the beginning of every token.
            for secret in ["Tone ", "Known Frequencies", iroam_tests::person::PASSWORD, "eyJ"] {
                assert!(!log.contains(secret), "the log of the {who} holds {secret:?}:\n{log}");
            }
        }
        drop(home);
        drop(world);
    }
}

/// The name of the problem with which the portal refused.
fn refusal<T>(answer: anyhow::Result<T>) -> String {
    let error = answer.err().expect("the portal refuses");
    let refused = error.downcast_ref::<Refused>().unwrap_or_else(|| panic!("no refusal: {error:#}"));
    refused.problem.kind.clone()
}
