//! Generates the wire types from `proto/`: prost for Protobuf, pbjson for Protobuf's JSON
//! mapping, tonic for the services. `protox` compiles in Rust, so no `protoc` is needed.

use std::{env, error::Error, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    let names = [
        "message",
        "note",
        "alert",
        "canned",
        "profile",
        "frame",
        "link",
        "chat",
        "bot",
        "ops",
        "catalogue",
        "group",
        "closing",
        "left",
        "proposal",
        "assist",
        "trail",
        "board",
        "identity",
    ];
    let files: Vec<PathBuf> = names
        .iter()
        .map(|name| root.join(format!("kefu/v1/{name}.proto")))
        .collect();
    println!("cargo:rerun-if-changed={}", root.display());

    let descriptors = protox::compile(&files, [&root])?;
    // Comments and all: the OpenAPI document of `kefu-edge` is made from these.
    let out = PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin");
    std::fs::write(out, descriptors.encode_to_vec())?;
    let with_grpc = env::var_os("CARGO_FEATURE_GRPC").is_some();
    tonic_prost_build::configure()
        .build_client(with_grpc)
        .build_server(with_grpc)
        .compile_fds(descriptors.clone())?;
    pbjson_build::Builder::new()
        .register_descriptors(&descriptors.encode_to_vec())?
        .ignore_unknown_fields()
        .build(&[".kefu.v1"])?;
    Ok(())
}
