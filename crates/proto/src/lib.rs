//! The wire: everything that crosses a process or a socket, generated from `proto/`.
//!
//! Without features this crate is plain data with Protobuf ([`prost::Message`]) and JSON
//! (serde, [Protobuf's JSON mapping](https://protobuf.dev/programming-guides/json/): 64-bit
//! integers are strings) codecs. The feature `grpc` adds the services,
//! `snappy` the form in which frames travel compressed.
//!
//! It must not hold behaviour: what a message means is decided in `kefu-chat` and `kefu-edge`.

/// The definitions themselves, a Protobuf `FileDescriptorSet` with comments.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The version of what crosses between edge and core. It goes up with every change that a process of
/// an earlier release would misread; fields that may be skipped do not count.
pub const LINK_PROTOCOL: u32 = 1;

/// Version 1 of the protocol.
#[allow(missing_docs, clippy::all, rustdoc::all)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/kefu.v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/kefu.v1.serde.rs"));
}

#[cfg(feature = "snappy")]
pub mod snappy;
#[cfg(feature = "grpc")]
pub mod transport;
