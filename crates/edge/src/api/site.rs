//! What the visitor page shows before anybody has said a word.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;

use crate::{app::App, settings::Site};

#[derive(Serialize)]
pub(super) struct SiteReply {
    #[serde(flatten)]
    site: Site,
    languages: [&'static str; 2],
}

/// The service's name, the welcome card and its guided questions.
#[utoipa::path(
    get, path = "/api/v1/site", tag = "pages",
    responses((status = 200, description = "What visitors see first", body = ref("#/components/schemas/Site")))
)]
pub(super) async fn site(State(app): State<Arc<App>>) -> Json<SiteReply> {
    Json(SiteReply {
        site: app.settings.site.clone(),
        languages: ["zh", "en"],
    })
}
