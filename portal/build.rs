//! Builds the portal anew when the player was built anew. Without a built player the portal says so on its page.

use std::{fs, path::Path};

fn main() {
    let dist = Path::new("../player-web/dist");
    // A folder that is missing would count as changed at every build. When it cannot be made, that is all it costs.
    let _ = fs::create_dir_all(dist);
    println!("cargo::rerun-if-changed={}", dist.display());
}
