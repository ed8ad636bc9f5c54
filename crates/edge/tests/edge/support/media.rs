//! Uploads, as the core keeps them.

use kefu_proto::v1::{Body, MediaRecord, MediaRecords, ReserveMediaRequest, body::Kind};
use tonic::Status;

use super::core::{State, TENANT, refusal};

#[derive(Clone)]
pub struct Upload {
    pub record: MediaRecord,
    pub client_id: String,
    pub source: Vec<u8>,
    pub bytes: u64,
    pub gone: bool,
}

impl State {
    pub fn reserve(&mut self, request: ReserveMediaRequest) -> Result<MediaRecord, Status> {
        self.allowed(&request.session, request.conversation_id)?;
        let same = |it: &&Upload| it.client_id == request.client_id;
        if let Some(first) = self.media.values().find(same) {
            return match first.source == request.source {
                true => Ok(first.record.clone()),
                false => Err(refusal("conflict", 0)),
            };
        }
        let used: u64 = self.media.values().map(|one| one.bytes).sum();
        if self.media_room > 0 && used + request.stored_bytes > self.media_room {
            return Err(refusal("too_large", 0));
        }
        let id = self.id();
        let kind = match request.body.and_then(|body| body.kind) {
            Some(Kind::Image(mut image)) => {
                image.media_id = id;
                Kind::Image(image)
            }
            Some(Kind::File(mut file)) => {
                file.media_id = id;
                Kind::File(file)
            }
            _ => return Err(refusal("invalid", 0)),
        };
        let record = MediaRecord {
            tenant_id: TENANT,
            id,
            conversation_id: request.conversation_id,
            body: Some(Body { kind: Some(kind) }),
            sealed: false,
        };
        let upload = Upload {
            record: record.clone(),
            client_id: request.client_id,
            source: request.source.to_vec(),
            bytes: request.stored_bytes,
            gone: false,
        };
        self.media.insert(id, upload);
        Ok(record)
    }

    pub fn seal(&mut self, session: &str, id: u64) -> Result<MediaRecord, Status> {
        self.open_any(session, id)?;
        if self.seals_refused > 0 {
            self.seals_refused -= 1;
            return Err(refusal("unavailable", 1_000));
        }
        let upload = self.media.get_mut(&id).expect("it is there");
        upload.record.sealed = true;
        Ok(upload.record.clone())
    }

    pub fn open(&self, session: &str, id: u64) -> Result<MediaRecord, Status> {
        let record = self.open_any(session, id)?;
        match record.sealed {
            true => Ok(record),
            false => Err(refusal("not_found", 0)),
        }
    }

    fn open_any(&self, session: &str, id: u64) -> Result<MediaRecord, Status> {
        let upload = self.media.get(&id).filter(|upload| !upload.gone);
        let upload = upload.ok_or_else(|| refusal("not_found", 0))?;
        self.allowed(session, upload.record.conversation_id)?;
        Ok(upload.record.clone())
    }

    pub fn expired(&self) -> MediaRecords {
        let gone = self.media.values().filter(|upload| upload.gone);
        MediaRecords {
            records: gone.map(|upload| upload.record.clone()).collect(),
        }
    }
}
