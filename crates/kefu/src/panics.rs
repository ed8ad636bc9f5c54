//! What a panic leaves in the log: where, never what. The message of a panic can quote what
//! somebody wrote, as string slicing does.

/// Replaces the default hook, which prints the message.
pub fn log_only_the_place() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(%place, "a panic; its message is withheld because it may quote a message");
    }));
}
