//! The edge as its clients meet it: a real server on a real port, the core's end of the wire
//! played by a small in-memory one behind a Unix socket.

mod bad_input;
mod board;
mod chaos;
mod delivering;
mod epochs;
mod http;
mod identity;
mod left;
mod limits;
mod marks;
mod media;
mod media_refused;
mod openapi;
mod pages;
mod search;
mod snappy;
mod sockets;
mod streams;
mod support;
mod widget;
mod words;
mod workspace;
