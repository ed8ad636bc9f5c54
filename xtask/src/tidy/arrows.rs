//! Dependencies point inward. The table is the architecture; a new arrow is a decision.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{Dependency, DependencyKind, Metadata, Package, PackageId};

use super::Finding;

/// Package, and which of our own packages its code may use (build and test code aside).
const ALLOWED: &[(&str, &[&str])] = &[
    ("kefu-types", &[]),
    ("kefu-proto", &[]),
    ("kefu-text", &[]),
    ("kefu-words", &["kefu-text"]),
    ("kefu-hours", &[]),
    ("kefu-dialog", &["kefu-types"]),
    ("kefu-intents", &["kefu-types", "kefu-text"]),
    (
        "kefu-knowledge",
        &["kefu-types", "kefu-text", "kefu-intents"],
    ),
    ("kefu-nlu", &["kefu-types", "kefu-text", "kefu-intents"]),
    ("kefu-encoder", &["kefu-types", "kefu-nlu"]),
    ("kefu-config", &["kefu-types"]),
    (
        "kefu-chat",
        &[
            "kefu-types",
            "kefu-proto",
            "kefu-text",
            "kefu-words",
            "kefu-hours",
            "kefu-dialog",
        ],
    ),
    (
        "kefu-store",
        &[
            "kefu-types",
            "kefu-proto",
            "kefu-text",
            "kefu-dialog",
            "kefu-chat",
        ],
    ),
    (
        "kefu-rpc",
        &["kefu-types", "kefu-proto", "kefu-dialog", "kefu-chat"],
    ),
    (
        "kefu-bot",
        &[
            "kefu-types",
            "kefu-text",
            "kefu-proto",
            "kefu-dialog",
            "kefu-intents",
            "kefu-nlu",
        ],
    ),
    ("kefu-media", &[]),
    ("kefu-blobs", &["kefu-types", "kefu-media"]),
    ("kefu-edge", &["kefu-types", "kefu-proto", "kefu-media"]),
    ("kefu-sdk", &["kefu-types", "kefu-proto"]),
    (
        "kefu-sim",
        &[
            "kefu-types",
            "kefu-proto",
            "kefu-text",
            "kefu-dialog",
            "kefu-chat",
        ],
    ),
];

/// These see what they compose or measure.
const FREE: &[&str] = &["kefu", "kefu-tests", "kefu-benches", "xtask"];

/// Package, and what must not stand anywhere below it.
const NEVER: &[(&str, &[&str])] = &[
    ("kefu-types", PURE),
    ("kefu-text", PURE),
    ("kefu-words", PURE),
    ("kefu-hours", PURE),
    ("kefu-dialog", PURE),
    ("kefu-intents", PURE),
    ("kefu-nlu", PURE),
    ("kefu-media", PURE),
    (
        "kefu-chat",
        &[
            "candle-core",
            "tokenizers",
            "kefu-nlu",
            "kefu-intents",
            "sqlx",
            "axum",
            "tonic",
            "image",
        ],
    ),
    (
        "kefu-store",
        &["candle-core", "kefu-nlu", "axum", "tonic", "image"],
    ),
    // The simulator has bugs on purpose: nothing that is shipped may reach it.
    ("kefu", &["kefu-sim"]),
    ("kefu-sim", &["sqlx", "axum", "tonic"]),
    // A client is put into other people's programs.
    (
        "kefu-sdk",
        &["candle-core", "kefu-nlu", "sqlx", "axum", "tonic"],
    ),
    (
        "kefu-edge",
        &["candle-core", "kefu-nlu", "sqlx", "kefu-dialog"],
    ),
];
const PURE: &[&str] = &[
    "tokio",
    "tonic",
    "axum",
    "hyper",
    "sqlx",
    "candle-core",
    "mio",
];

pub(super) fn check(metadata: &Metadata) -> anyhow::Result<Vec<Finding>> {
    let ours: BTreeMap<&str, &Package> = metadata
        .workspace_packages()
        .into_iter()
        .map(|p| (p.name.as_str(), p))
        .collect();
    let mut findings = Vec::new();
    for (name, package) in &ours {
        // Features unify over everything that is built together (docs/adr/0017).
        if package.features.contains_key("planted") {
            findings.push(format!(
                "{name} has bugs behind a feature, which could leak into what is shipped"
            ));
        }
        if FREE.contains(name) {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| known == name) else {
            findings.push(format!("{name} has no row in xtask/src/tidy/arrows.rs"));
            continue;
        };
        for dependency in package
            .dependencies
            .iter()
            .filter(|d| d.kind == DependencyKind::Normal)
        {
            let to = dependency.name.as_str();
            if ours.contains_key(to) && !allowed.contains(&to) {
                findings.push(format!("{name} uses {to}: the arrow points the wrong way"));
            }
        }
    }
    let below = Below::new(metadata);
    for (name, never) in NEVER {
        let Some(package) = ours.get(name) else {
            continue;
        };
        let reached = below.of(&package.id);
        for banned in never.iter().filter(|banned| reached.contains(**banned)) {
            findings.push(format!(
                "{name} reaches {banned}, which must never stand below it"
            ));
        }
        let grpc =
            |d: &&Dependency| d.name == "kefu-proto" && d.features.iter().any(|f| f == "grpc");
        if never.contains(&"tonic") && package.dependencies.iter().any(|d| grpc(&d)) {
            findings.push(format!(
                "{name} turns on kefu-proto's services, which bring sockets"
            ));
        }
    }
    Ok(findings)
}

/// The resolved graph of normal dependencies, without what our own packages have only by a
/// feature: Cargo resolves features for the workspace as a whole, so the graph shows them to all.
struct Below<'a> {
    names: BTreeMap<&'a PackageId, &'a str>,
    edges: BTreeMap<&'a PackageId, Vec<&'a PackageId>>,
}

impl<'a> Below<'a> {
    fn new(metadata: &'a Metadata) -> Self {
        let names: BTreeMap<&PackageId, &str> = metadata
            .packages
            .iter()
            .map(|p| (&p.id, p.name.as_str()))
            .collect();
        let optional: BTreeSet<(&PackageId, String)> = metadata
            .workspace_packages()
            .into_iter()
            .flat_map(|p| {
                p.dependencies
                    .iter()
                    .filter(|d| d.optional)
                    .map(|d| (&p.id, d.name.clone()))
            })
            .collect();
        let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let follow = |from: &PackageId, dep: &cargo_metadata::NodeDep| {
            let normal = dep
                .dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal);
            let by_feature = optional
                .iter()
                .any(|(id, name)| *id == from && names.get(&dep.pkg) == Some(&name.as_str()));
            normal && !by_feature
        };
        let edges = nodes
            .map(|n| {
                (
                    &n.id,
                    n.deps
                        .iter()
                        .filter(|d| follow(&n.id, d))
                        .map(|d| &d.pkg)
                        .collect(),
                )
            })
            .collect();
        Self { names, edges }
    }

    fn of(&self, id: &'a PackageId) -> BTreeSet<&'a str> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![id]);
        let mut names = BTreeSet::new();
        while let Some(next) = open.pop() {
            for to in self.edges.get(next).into_iter().flatten().copied() {
                if seen.insert(to) {
                    names.extend(self.names.get(to).copied());
                    open.push(to);
                }
            }
        }
        names
    }
}
