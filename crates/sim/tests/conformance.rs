//! The fake store is held to what every store is held to.

#[tokio::test]
async fn the_simulated_disk_conforms_to_the_port() {
    kefu_chat::store::conformance::run(|| async { kefu_sim::disk::faultless() }).await;
}
