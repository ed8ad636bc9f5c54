//! The bot's [`Intents`] service: looks at the session, then hands the request on.

use std::sync::{Arc, OnceLock};

use kefu_proto::v1::{
    self,
    intents_server::{Intents, IntentsServer},
};
use kefu_types::Lang;
use prost::Message as _;
use tonic::{Code, Request, Response, Status, transport::Channel};

use super::{
    Reloader,
    authority::{Authority, Needs},
    changes, edits,
    evaluation::{FOLDS_MAX, FOLDS_MIN},
    fetch::collect,
    load,
    reloader::{Answer, By, Refusal, Request as Job},
    snapshot::Snapshot,
};
use crate::reading::TURN_CHARS_MAX;

/// Encoded bytes that a message may have beside the texts in it.
const OVERHEAD_BYTES: usize = 4 << 20;

/// The service. It answers before the intents are loaded, too: that they are not.
pub struct IntentsService {
    reloader: Arc<OnceLock<Reloader>>,
    authority: Authority,
    /// One draft at a time: a check costs as much as a reload.
    checking: tokio::sync::Semaphore,
}

impl IntentsService {
    /// The service over what `reloader` will hold, for the tenant of this name. `edits_bytes_max`
    /// bounds the texts of one publication.
    #[must_use]
    pub fn server(
        reloader: Arc<OnceLock<Reloader>>,
        core: Channel,
        tenant: String,
        edits_bytes_max: usize,
    ) -> IntentsServer<Self> {
        let most = edits_bytes_max.saturating_add(OVERHEAD_BYTES);
        let service = Self {
            reloader,
            authority: Authority::new(core, tenant),
            checking: tokio::sync::Semaphore::new(1),
        };
        IntentsServer::new(service)
            .max_decoding_message_size(most)
            .max_encoding_message_size(most)
    }

    fn it(&self) -> Result<&Reloader, Status> {
        let why = "the intents and the model are being loaded";
        let loading = || refusal(Code::Unavailable, "unavailable", why, 1_000);
        self.reloader.get().ok_or_else(loading)
    }

    async fn admin(&self, session: &str) -> Result<(By, &Reloader), Status> {
        let who = self
            .authority
            .admit(session.to_owned(), Needs::Admin)
            .await?;
        let by = By {
            id: who.id,
            name: who.name,
        };
        Ok((by, self.it()?))
    }

    async fn overseer(&self, session: &str) -> Result<&Reloader, Status> {
        let admitted = self.authority.admit(session.to_owned(), Needs::Overseer);
        admitted.await.and_then(|_| self.it())
    }

    /// All files of a version, from the history.
    async fn files_of(&self, session: &str, number: u64) -> Result<Snapshot, Status> {
        let mut history = self.authority.history();
        let wanted = v1::GetVersionRequest {
            session: session.to_owned(),
            number,
        };
        let version = history.get(wanted).await?.into_inner();
        let mut set = Snapshot::default();
        for file in version.files {
            let wanted = v1::DownloadRequest {
                session: session.to_owned(),
                number,
                path: file.path.clone(),
            };
            let pieces = history.download(wanted).await?.into_inner();
            let contents = collect(pieces, &file.sha256).await?;
            set.files.insert(file.path, contents);
        }
        Ok(set)
    }
}

/// A status with a problem in its details, as the core makes them.
pub(super) fn refusal(code: Code, word: &str, message: &str, retry_after_ms: u32) -> Status {
    let problem = v1::Problem {
        code: word.to_owned(),
        message: message.to_owned(),
        retry_after_ms,
    };
    Status::with_details(code, message, problem.encode_to_vec().into())
}

fn invalid(message: &str) -> Status {
    refusal(Code::InvalidArgument, "invalid", message, 0)
}

/// Files of one publication, within their limits.
fn bounded(it: &Reloader, files: &[v1::FileEdit]) -> Result<(), Status> {
    let bytes: usize = files
        .iter()
        .map(|file| file.path.len() + file.text.as_ref().map_or(0, String::len))
        .sum();
    let settings = &it.settings;
    if files.len() > settings.edits_max || bytes > settings.edits_bytes_max {
        let why = format!(
            "one publication may have {} files and {} bytes",
            settings.edits_max, settings.edits_bytes_max
        );
        return Err(refusal(Code::InvalidArgument, "too_large", &why, 0));
    }
    Ok(())
}

/// A set that is refused is an answer like any other; the rest are failures.
fn reply(answer: Answer) -> Result<Response<v1::PublishReply>, Status> {
    match answer {
        Ok(done) => Ok(Response::new(v1::PublishReply {
            version: Some(done.version),
            changed: done.changed,
            problems: done.problems.list,
            problems_omitted: done.problems.omitted,
        })),
        Err(Refusal::Problems(problems)) => Ok(Response::new(v1::PublishReply {
            version: None,
            changed: false,
            problems: problems.list,
            problems_omitted: problems.omitted,
        })),
        Err(Refusal::Conflict(why)) => Err(refusal(Code::Aborted, "conflict", &why, 0)),
        Err(Refusal::Later(why)) => Err(refusal(Code::Unavailable, "unavailable", &why, 1_000)),
    }
}

#[tonic::async_trait]
impl Intents for IntentsService {
    async fn status(
        &self,
        request: Request<v1::StatusRequest>,
    ) -> Result<Response<v1::IntentsStatus>, Status> {
        let it = self.overseer(&request.get_ref().session).await?;
        Ok(Response::new(it.board.status()))
    }

    async fn files(
        &self,
        request: Request<v1::FilesRequest>,
    ) -> Result<Response<v1::FilesReply>, Status> {
        let v1::FilesRequest { session, path } = request.into_inner();
        let it = self.overseer(&session).await?.clone();
        let read = move || {
            let mut now = Snapshot::read(&it.settings.dir, &Snapshot::default())?;
            if !path.is_empty() {
                now.files.retain(|each, _| *each == path);
            }
            Ok::<_, std::io::Error>(now.texts(it.settings.edits_bytes_max))
        };
        let failed = |why: &str| refusal(Code::Unavailable, "unavailable", why, 1_000);
        let files = tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| failed("reading failed inside"))?
            .map_err(|_| failed("the intents directory cannot be read"))?;
        Ok(Response::new(v1::FilesReply { files }))
    }

    async fn check(
        &self,
        request: Request<v1::CheckFilesRequest>,
    ) -> Result<Response<v1::CheckReply>, Status> {
        let v1::CheckFilesRequest { session, files } = request.into_inner();
        let (_, it) = self.admin(&session).await?;
        bounded(it, &files)?;
        let wrong = edits::refusals(&it.settings.dir, &files);
        if !wrong.is_empty() {
            return Ok(Response::new(v1::CheckReply {
                problems: wrong,
                ..v1::CheckReply::default()
            }));
        }
        let _turn = self.checking.acquire().await;
        let (it, today) = (it.clone(), it.today());
        let check = move || {
            let now = Snapshot::read(&it.settings.dir, &Snapshot::default())?;
            let set = edits::over(&now, &files);
            let most = it.settings.problems_max;
            let read = load::draft(&it.settings.work_dir, &set, today, most);
            let serving = it.bot.engine();
            let version = read
                .catalogue
                .map(|catalogue| changes::version(&catalogue, Some(serving.catalogue())));
            Ok::<_, std::io::Error>((version, read.problems))
        };
        let checked = tokio::task::spawn_blocking(check).await;
        let failed = |why: &str| refusal(Code::Unavailable, "unavailable", why, 1_000);
        let (version, problems) = checked
            .map_err(|_| failed("checking failed inside"))?
            .map_err(|_| failed("the intents directory cannot be read"))?;
        let ok = version.is_some();
        let version = version.unwrap_or_default();
        Ok(Response::new(v1::CheckReply {
            ok,
            problems: problems.list,
            problems_omitted: problems.omitted,
            intents: version.intents,
            phrasings: version.phrasings,
            added: version.added,
            changed: version.changed,
            removed: version.removed,
            changes_omitted: version.changes_omitted,
        }))
    }

    async fn publish(
        &self,
        request: Request<v1::PublishRequest>,
    ) -> Result<Response<v1::PublishReply>, Status> {
        let v1::PublishRequest {
            session,
            files,
            note,
            expected_version,
        } = request.into_inner();
        let (by, it) = self.admin(&session).await?;
        bounded(it, &files)?;
        if files.is_empty() {
            return Err(invalid("there is no file to publish"));
        }
        let job = Job::Publish {
            by,
            edits: files,
            note,
            expected: expected_version,
        };
        reply(it.ask(job).await)
    }

    async fn rollback(
        &self,
        request: Request<v1::RollbackRequest>,
    ) -> Result<Response<v1::PublishReply>, Status> {
        let request = request.into_inner();
        let (by, it) = self.admin(&request.session).await?;
        let set = self.files_of(&request.session, request.number).await?;
        let job = Job::Rollback {
            by,
            set,
            number: request.number,
            note: request.note,
            expected: request.expected_version,
        };
        reply(it.ask(job).await)
    }

    async fn reload(
        &self,
        request: Request<v1::ReloadRequest>,
    ) -> Result<Response<v1::PublishReply>, Status> {
        let (by, it) = self.admin(&request.get_ref().session).await?;
        reply(it.ask(Job::Reload { by }).await)
    }

    async fn explain(
        &self,
        request: Request<v1::ExplainRequest>,
    ) -> Result<Response<v1::ExplainReply>, Status> {
        let v1::ExplainRequest {
            session,
            text,
            language,
        } = request.into_inner();
        let it = self.overseer(&session).await?;
        if text.trim().is_empty() || text.chars().count() > TURN_CHARS_MAX {
            let why = format!("the text must have 1 to {TURN_CHARS_MAX} characters");
            return Err(invalid(&why));
        }
        let lang = match language.as_str() {
            "" => None,
            code => {
                Some(Lang::parse(code).ok_or_else(|| invalid("the language must be zh or en"))?)
            }
        };
        let engine = it.bot.engine();
        let explain = move || {
            engine
                .explain(&text, lang)
                .map_err(|error| error.to_string())
        };
        let explained = tokio::task::spawn_blocking(explain).await;
        let failed = |why: &str| refusal(Code::Unavailable, "unavailable", why, 1_000);
        let explained = explained
            .map_err(|_| failed("explaining failed inside"))?
            .map_err(|why| failed(&why))?;
        let json = serde_json::to_string(&explained);
        let json = json.map_err(|_| failed("the explanation cannot be written"))?;
        Ok(Response::new(v1::ExplainReply { json }))
    }

    async fn evaluate(
        &self,
        request: Request<v1::EvaluateRequest>,
    ) -> Result<Response<v1::EvaluationStatus>, Status> {
        let v1::EvaluateRequest { session, folds } = request.into_inner();
        let (_, it) = self.admin(&session).await?;
        if folds != 0 && !(FOLDS_MIN..=FOLDS_MAX).contains(&folds) {
            let why = format!("folds must be {FOLDS_MIN} to {FOLDS_MAX}");
            return Err(invalid(&why));
        }
        let started = it.evaluations.start(it, folds);
        started
            .map(Response::new)
            .map_err(|why| refusal(Code::Aborted, "conflict", &why, 0))
    }

    async fn evaluation(
        &self,
        request: Request<v1::EvaluationRequest>,
    ) -> Result<Response<v1::EvaluationStatus>, Status> {
        let it = self.overseer(&request.get_ref().session).await?;
        Ok(Response::new(it.evaluations.status()))
    }

    async fn cancel_evaluation(
        &self,
        request: Request<v1::EvaluationRequest>,
    ) -> Result<Response<v1::EvaluationStatus>, Status> {
        let (who, it) = self.admin(&request.get_ref().session).await?;
        Ok(Response::new(it.evaluations.end(&who.name)))
    }
}
