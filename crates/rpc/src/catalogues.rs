//! The history of intents, for bots and edges.

use std::{pin::Pin, sync::Arc};

use futures::Stream;
use kefu_chat::{ContentHash, Core};
use kefu_proto::v1::{self, catalogues_server};
use kefu_types::TenantId;
use tonic::{Request, Response, Status, Streaming};

use crate::status::status_of;

/// The history's service.
pub(crate) struct Catalogues {
    pub(crate) core: Arc<Core>,
}

type Pieces = Pin<Box<dyn Stream<Item = Result<v1::ContentPiece, Status>> + Send>>;

fn reply<T>(done: Result<T, kefu_chat::CoreError>) -> Result<Response<T>, Status> {
    done.map(Response::new).map_err(|error| status_of(&error))
}

impl Catalogues {
    /// Contents as they are stored, one piece after the other.
    fn pieces(&self, tenant: TenantId, content: ContentHash, bytes: u64) -> Pieces {
        let core = self.core.clone();
        Box::pin(futures::stream::try_unfold(0, move |piece| {
            let core = core.clone();
            async move {
                let data = core.catalogue_piece(tenant, content, piece).await;
                let data = data.map_err(|error| status_of(&error))?;
                Ok(data.map(|data| {
                    let sha256 = content.to_string();
                    let sent = v1::ContentPiece {
                        sha256,
                        bytes,
                        data,
                        ..v1::ContentPiece::default()
                    };
                    (sent, piece + 1)
                }))
            }
        }))
    }
}

#[tonic::async_trait]
impl catalogues_server::Catalogues for Catalogues {
    type DownloadStream = Pieces;
    type FetchStream = Pieces;

    async fn newest(
        &self,
        request: Request<v1::NewestRequest>,
    ) -> Result<Response<v1::NewestReply>, Status> {
        reply(self.core.newest_catalogue(request.into_inner()).await)
    }

    async fn record(
        &self,
        request: Request<v1::RecordRequest>,
    ) -> Result<Response<v1::RecordReply>, Status> {
        reply(self.core.record_catalogue(request.into_inner()).await)
    }

    async fn upload(
        &self,
        request: Request<Streaming<v1::ContentPiece>>,
    ) -> Result<Response<v1::UploadReply>, Status> {
        let mut pieces = request.into_inner();
        let Some(first) = pieces.message().await? else {
            return Err(Status::invalid_argument("an upload has a first piece"));
        };
        let refused = |error: kefu_chat::CoreError| status_of(&error);
        let core = &self.core;
        let mut upload = core.upload_catalogue(&first).await.map_err(refused)?;
        let mut next = Some(first);
        while let Some(piece) = next {
            core.upload_piece(&mut upload, &piece.data)
                .await
                .map_err(refused)?;
            next = pieces.message().await?;
        }
        reply(core.upload_end(upload).await.map(|()| v1::UploadReply {}))
    }

    async fn list(
        &self,
        request: Request<v1::ListVersionsRequest>,
    ) -> Result<Response<v1::CatalogueVersions>, Status> {
        reply(self.core.list_catalogues(request.into_inner()).await)
    }

    async fn get(
        &self,
        request: Request<v1::GetVersionRequest>,
    ) -> Result<Response<v1::CatalogueVersion>, Status> {
        reply(self.core.get_catalogue(request.into_inner()).await)
    }

    async fn download(
        &self,
        request: Request<v1::DownloadRequest>,
    ) -> Result<Response<Pieces>, Status> {
        let file = self.core.catalogue_file(request.into_inner()).await;
        let (tenant, content, bytes) = file.map_err(|error| status_of(&error))?;
        Ok(Response::new(self.pieces(tenant, content, bytes)))
    }

    async fn fetch(&self, request: Request<v1::FetchRequest>) -> Result<Response<Pieces>, Status> {
        let wanted = self.core.catalogue_contents(request.into_inner()).await;
        let (tenant, content) = wanted.map_err(|error| status_of(&error))?;
        Ok(Response::new(self.pieces(tenant, content, 0)))
    }
}
