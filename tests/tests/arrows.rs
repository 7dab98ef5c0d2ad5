//! The arrows between the crates stand as ARCHITECTURE.md draws them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{Metadata, MetadataCommand};

/// "May use", in the order of ARCHITECTURE.md. The crate of the tests may use everything.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("iroam-protocol", &[]),
    ("iroam-library", &["iroam-media", "iroam-protocol"]),
    ("iroam-media", &["iroam-protocol"]),
    ("iroam-webrtc", &[]),
    ("iroam-net", &["iroam-protocol", "iroam-webrtc"]),
    ("iroam-agent", &["iroam-library", "iroam-media", "iroam-net", "iroam-protocol"]),
    ("iroam-ledger", &["iroam-protocol"]),
    ("iroam-mail", &[]),
    ("iroam-relay", &["iroam-protocol"]),
    ("iroam-store", &["iroam-ledger", "iroam-protocol"]),
    ("iroam-portal", &["iroam-ledger", "iroam-mail", "iroam-relay", "iroam-store", "iroam-protocol"]),
];

/// What a crate exists to do without: no path of dependencies may lead there.
const FORBIDDEN: [(&str, &[&str]); 9] = [
    ("iroam-protocol", &["tokio", "libp2p", "hyper", "axum", "rusqlite"]),
    ("iroam-ledger", &["tokio", "libp2p", "hyper", "axum", "rusqlite", "tokio-postgres"]),
    ("iroam-library", &["libp2p", "hyper", "axum", "reqwest"]),
    ("iroam-media", &["libp2p", "hyper", "axum", "reqwest", "rusqlite", "tokio"]),
    ("iroam-webrtc", &["symphonia", "lofty", "rusqlite", "axum"]),
    ("iroam-net", &["symphonia", "lofty", "rusqlite", "axum"]),
    ("iroam-mail", &["axum", "hyper", "libp2p", "rusqlite", "tokio-postgres"]),
    ("iroam-relay", &["axum", "rusqlite", "tokio-postgres", "symphonia", "lofty"]),
    ("iroam-store", &["axum", "libp2p"]),
];

/// Who needs whom, by name; normal and build dependencies, not those of tests.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_arrow_between_our_crates_is_turned() {
    let graph = read();
    assert_eq!(turned(&graph), Vec::<String>::new());
    let ours: Vec<_> = graph.keys().filter(|name| name.starts_with("iroam-") && *name != "iroam-tests").collect();
    let listed: BTreeSet<_> = ALLOWED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert!(ours.iter().all(|name| listed.contains(*name)), "a crate is missing in ALLOWED: {ours:?}");
}

#[test]
fn no_crate_reaches_what_it_exists_to_do_without() {
    assert_eq!(reached(&read()), Vec::<String>::new());
}

#[test]
fn a_turned_arrow_would_be_found() {
    for (from, to) in [
        ("iroam-agent", "iroam-portal"),
        ("iroam-portal", "iroam-agent"),
        ("iroam-protocol", "iroam-ledger"),
        ("iroam-net", "iroam-library"),
        ("iroam-relay", "iroam-store"),
    ] {
        let mut graph = read();
        graph.entry(from.into()).or_default().insert(to.into());
        assert_eq!(turned(&graph), [format!("{from} uses {to}")]);
    }
}

#[test]
fn a_forbidden_dependency_would_be_found_however_deep_it_lies() {
    let mut graph = read();
    graph.entry("iroam-ledger".into()).or_default().insert("innocent".into());
    graph.insert("innocent".into(), BTreeSet::from(["tokio".into()]));
    assert_eq!(reached(&graph), ["iroam-ledger reaches tokio"]);
}

fn turned(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (name, allowed) in ALLOWED {
        let used = graph.get(name).into_iter().flatten().filter(|used| used.starts_with("iroam-"));
        found.extend(used.filter(|used| !allowed.contains(&used.as_str())).map(|used| format!("{name} uses {used}")));
    }
    found
}

fn reached(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (name, forbidden) in FORBIDDEN {
        let all = closure(graph, name);
        found.extend(
            forbidden.iter().filter(|other| all.contains(**other)).map(|other| format!("{name} reaches {other}")),
        );
    }
    found
}

/// Everything that `name` needs, directly and through others.
fn closure(graph: &Graph, name: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        for used in graph.get(&next).into_iter().flatten() {
            if seen.insert(used.clone()) {
                open.push(used.clone());
            }
        }
    }
    seen
}

fn read() -> Graph {
    let manifest = iroam_tests::place::workspace().join("Cargo.toml");
    let mut command = MetadataCommand::new();
    // What other systems need is not on this machine; the lock file is not to change by a test.
    let options = ["--locked", "--offline", "--filter-platform", &host()];
    command.manifest_path(manifest).other_options(options.map(str::to_owned).to_vec());
    graph_of(&command.exec().unwrap())
}

/// The system that the tests run on, as the compiler names it.
fn host() -> String {
    let told = iroam_tests::process::run("rustc".as_ref(), ["-vV"], "").unwrap().stdout;
    told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// From the manifests of our crates, and the resolved graph of all others.
fn graph_of(metadata: &Metadata) -> Graph {
    let names: BTreeMap<_, _> =
        metadata.packages.iter().map(|package| (&package.id, package.name.to_string())).collect();
    let resolve = metadata.resolve.as_ref().unwrap();
    let kept = |dep: &&cargo_metadata::NodeDep| {
        dep.dep_kinds.iter().any(|kind| kind.kind == cargo_metadata::DependencyKind::Normal)
    };
    resolve
        .nodes
        .iter()
        .map(|node| {
            (names[&node.id].clone(), node.deps.iter().filter(kept).map(|dep| names[&dep.pkg].clone()).collect())
        })
        .collect()
}
