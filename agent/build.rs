//! The player's build is embedded: a new one makes a new binary.

fn main() {
    println!("cargo:rerun-if-changed=../player-web/dist");
    println!("cargo:rerun-if-changed=build.rs");
}
