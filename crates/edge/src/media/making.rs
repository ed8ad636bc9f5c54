//! Pictures are decoded on threads that may compute, so many at once, with so many waiting.

use std::sync::Arc;

use kefu_media::{Kind, Picture, PictureLimits, Refused, remake};
use kefu_proto::v1::Problem;
use tokio::sync::Semaphore;

use crate::{problem::passing, settings::MediaSettings};

/// The bounded pool.
pub(crate) struct Making {
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
    limits: PictureLimits,
}

impl Making {
    pub(crate) fn new(settings: &MediaSettings) -> Self {
        let at_once = settings.decodes_at_once_max.clamp(1, 1_024);
        let waiting = settings.decodes_waiting_max.min(1_024);
        Self {
            places: Arc::new(Semaphore::new(at_once + waiting)),
            running: Arc::new(Semaphore::new(at_once)),
            limits: PictureLimits {
                pixels_max: settings.image_pixels_max,
                side_max: settings.image_side_max,
                thumb_side_max: settings.thumb_side_max,
            },
        }
    }

    /// Makes the picture anew. A caller that leaves does not free its place before the work is done.
    pub(super) async fn picture(
        &self,
        kind: &'static Kind,
        bytes: Vec<u8>,
    ) -> Result<Result<Picture, Refused>, Problem> {
        let busy = || passing("overloaded", "too many pictures at once; try again", 2_000);
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| busy())?;
        let turn = self.running.clone().acquire_owned().await;
        let turn = turn.map_err(|_| busy())?;
        let limits = self.limits;
        let made = tokio::task::spawn_blocking(move || {
            let made = remake(kind, &bytes, &limits);
            drop((place, turn));
            made
        });
        Ok(made.await.unwrap_or_else(|ended| {
            // A decoder that panics has met bytes that its authors did not think of.
            tracing::error!(%ended, "a picture could not be decoded");
            Err(Refused::Damaged)
        }))
    }
}
