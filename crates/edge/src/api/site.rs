//! What the visitor page shows before anybody has said a word.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;

use crate::{app::App, settings::Site};

#[derive(Serialize)]
pub(super) struct SiteReply {
    tenant: String,
    #[serde(flatten)]
    site: Site,
    languages: [&'static str; 2],
    media: MediaReply,
    /// Agents see what is being written: the page says so.
    #[serde(rename = "typingPreview")]
    typing_preview: bool,
}

/// What may be uploaded, so that pages can say it before anything is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MediaReply {
    enabled: bool,
    file_bytes_max: u64,
    image_bytes_max: u64,
    types: Vec<String>,
}

/// The service's name, the welcome card and its guided questions.
#[utoipa::path(
    get, path = "/api/v1/site", tag = "pages",
    responses((status = 200, description = "What visitors see first", body = ref("#/components/schemas/Site")))
)]
pub(super) async fn site(State(app): State<Arc<App>>) -> Json<SiteReply> {
    let media = &app.settings.media;
    Json(SiteReply {
        tenant: app.settings.tenant.clone(),
        site: app.settings.site.clone(),
        languages: ["zh", "en"],
        media: MediaReply {
            enabled: media.enabled,
            file_bytes_max: media.file_bytes_max,
            image_bytes_max: media.image_bytes_max,
            types: media.types.clone(),
        },
        typing_preview: app.settings.typing_preview,
    })
}
