//! What edges ask of the in-memory core.

use kefu_proto::v1::*;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::core::{Core, TENANT, refusal};

type Answer<T> = Result<Response<T>, Status>;

fn ok<T>(message: T) -> Answer<T> {
    Ok(Response::new(message))
}

#[tonic::async_trait]
impl chat_server::Chat for Core {
    type LinkStream = ReceiverStream<Result<LinkDown, Status>>;
    type SendsStream = ReceiverStream<Result<SendDown, Status>>;

    async fn sends(&self, request: Request<Streaming<SendUp>>) -> Answer<Self::SendsStream> {
        ok(super::sends::answer(self.clone(), request.into_inner()))
    }

    async fn create_visitor(
        &self,
        request: Request<CreateVisitorRequest>,
    ) -> Answer<SessionCreated> {
        assert_eq!(request.into_inner().tenant, "default");
        let token = format!("visitor-{}", self.state.lock().made);
        self.visitor(&token);
        let principal = self.state.lock().sessions.get(&token).cloned();
        ok(SessionCreated {
            token,
            expires_at_ms: i64::MAX / 2,
            principal,
        })
    }

    async fn identify(&self, request: Request<IdentifyRequest>) -> Answer<SessionCreated> {
        let IdentifyRequest { token, tenant, .. } = request.into_inner();
        if token != "signed" {
            return Err(refusal("identity_signature", 0));
        }
        let language = String::new();
        let name = "named".to_owned();
        self.create_visitor(Request::new(CreateVisitorRequest {
            tenant,
            language,
            name,
        }))
        .await
    }

    async fn login(&self, request: Request<LoginRequest>) -> Answer<SessionCreated> {
        if request.into_inner().password != "right" {
            return Err(refusal("unauthenticated", 0));
        }
        self.user("agent-cookie");
        let principal = self.state.lock().sessions.get("agent-cookie").cloned();
        ok(SessionCreated {
            token: "agent-cookie".into(),
            expires_at_ms: i64::MAX / 2,
            principal,
        })
    }

    async fn whoami(&self, request: Request<WhoamiRequest>) -> Answer<Principal> {
        ok(self.state.lock().who(&request.into_inner().session)?)
    }

    async fn logout(&self, request: Request<LogoutRequest>) -> Answer<Empty> {
        self.end_session(&request.into_inner().session);
        ok(Empty {})
    }

    async fn check_setup(&self, request: Request<CheckSetupRequest>) -> Answer<Empty> {
        match request.into_inner().setup_token.as_str() {
            "good" => ok(Empty {}),
            _ => Err(refusal("not_found", 0)),
        }
    }

    async fn complete_setup(
        &self,
        request: Request<CompleteSetupRequest>,
    ) -> Answer<SessionCreated> {
        let request = request.into_inner();
        let (login, password) = (request.login, "right".to_owned());
        self.login(Request::new(LoginRequest {
            tenant: String::new(),
            login,
            password,
        }))
        .await
    }

    async fn list_users(&self, request: Request<ListUsersRequest>) -> Answer<Users> {
        self.state.lock().who(&request.into_inner().session)?;
        Err(refusal("forbidden", 0))
    }

    async fn create_user(&self, request: Request<CreateUserRequest>) -> Answer<Agent> {
        let CreateUserRequest {
            session,
            login,
            name,
            role,
            capacity,
            ..
        } = request.into_inner();
        self.state.lock().who(&session)?;
        ok(Agent {
            id: 9,
            login,
            name,
            role,
            capacity,
            ..Agent::default()
        })
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> Answer<Agent> {
        let request = request.into_inner();
        self.state.lock().who(&request.session)?;
        let (name, disabled) = (
            request.name.unwrap_or_default(),
            request.disabled.unwrap_or(false),
        );
        ok(Agent {
            id: request.user_id,
            name,
            disabled,
            ..Agent::default()
        })
    }

    async fn send(&self, request: Request<SendRequest>) -> Answer<Accepted> {
        let SendRequest {
            session, message, ..
        } = request.into_inner();
        let SendMessage {
            conversation_id,
            client_id,
            body,
            ..
        } = message.unwrap_or_default();
        let takes = {
            let mut state = self.state.lock();
            state.sends_begun += 1;
            state.send_takes
        };
        tokio::time::sleep(takes).await;
        let mut state = self.state.lock();
        let talk = state.allowed(&session, conversation_id)?.clone();
        let text = match body.as_ref().and_then(|body| body.kind.as_ref()) {
            Some(body::Kind::Text(text)) if !text.text.is_empty() && !text.text.contains('\0') => {
                &text.text
            }
            _ => return Err(refusal("invalid", 0)),
        };
        if text.chars().count() > 4_000 {
            return Err(refusal("too_large", 0));
        }
        state.sends.push(text.clone());
        let accepted = |message: &Message, duplicate| Accepted {
            conversation_id,
            client_id: message.client_id.clone(),
            id: message.id,
            seq: message.seq,
            created_at_ms: message.created_at_ms,
            duplicate,
        };
        if let Some(first) = talk.messages.iter().find(|one| one.client_id == client_id) {
            let same = first.body == body;
            return if same {
                ok(accepted(first, true))
            } else {
                Err(refusal("conflict", 0))
            };
        }
        let sender = Sender::Visitor.into();
        state.append(
            conversation_id,
            Message {
                client_id,
                sender,
                body,
                ..Message::default()
            },
        );
        let stored = state.talks[&conversation_id]
            .messages
            .last()
            .expect("just stored");
        ok(accepted(stored, false))
    }

    async fn get_conversation(
        &self,
        request: Request<GetConversationRequest>,
    ) -> Answer<Conversation> {
        let request = request.into_inner();
        let state = self.state.lock();
        let talk = state.allowed(&request.session, request.conversation_id)?;
        ok(Conversation {
            epoch: state.epoch,
            ..talk.head.clone()
        })
    }

    async fn list_conversations(
        &self,
        request: Request<ListConversationsRequest>,
    ) -> Answer<Conversations> {
        let request = request.into_inner();
        let state = self.state.lock();
        state.who(&request.session)?;
        let older =
            |talk: &&super::Talk| request.before_id == 0 || talk.head.id < request.before_id;
        let mut conversations: Vec<_> = state
            .talks
            .values()
            .filter(older)
            .map(|talk| talk.head.clone())
            .collect();
        conversations.sort_by_key(|head| std::cmp::Reverse(head.id));
        conversations.truncate(request.limit as usize);
        ok(Conversations { conversations })
    }

    async fn list_messages(&self, request: Request<ListMessagesRequest>) -> Answer<MessagePage> {
        let request = request.into_inner();
        let state = self.state.lock();
        let talk = state.allowed(&request.session, request.conversation_id)?;
        let after = talk
            .messages
            .iter()
            .filter(|message| message.seq > request.after_seq);
        let messages = after.take(request.limit as usize).cloned().collect();
        ok(MessagePage {
            messages,
            last_seq: talk.head.last_seq,
            epoch: state.epoch,
        })
    }

    async fn mark(&self, request: Request<MarkRequest>) -> Answer<Cursor> {
        let request = request.into_inner();
        self.state.lock().mark(request).map(Response::new)
    }

    async fn missed(&self, request: Request<MissedRequest>) -> Answer<MissedPage> {
        let request = request.into_inner();
        let state = self.state.lock();
        state.who(&request.session)?;
        ok(MissedPage {
            conversations: Vec::new(),
            next_after: request.ask.unwrap_or_default().after + 1,
            epoch: state.epoch,
        })
    }

    async fn search(&self, request: Request<SearchRequest>) -> Answer<SearchPage> {
        ok(self.asked(request.into_inner())?)
    }

    async fn act(&self, request: Request<ActRequest>) -> Answer<Conversation> {
        let request = request.into_inner();
        let mut state = self.state.lock();
        state.allowed(&request.session, request.conversation_id)?;
        let talk = state
            .talks
            .get_mut(&request.conversation_id)
            .expect("it is allowed");
        if request.expected_version != 0 && request.expected_version != talk.head.version {
            return Err(refusal("conflict", 0));
        }
        talk.head.version += 1;
        talk.head.phase = Phase::Queued.into();
        let head = talk.head.clone();
        state.changed(request.conversation_id);
        ok(head)
    }

    async fn set_status(&self, request: Request<SetStatusRequest>) -> Answer<Agent> {
        let request = request.into_inner();
        let who = self.state.lock().who(&request.session)?;
        let agent = Agent {
            id: who.id,
            status: request.status,
            ..Agent::default()
        };
        let changed = AgentChanged {
            tenant_id: TENANT,
            agent: Some(agent.clone()),
        };
        self.state.lock().tell_all(link_down::Body::Agent(changed));
        ok(agent)
    }

    async fn list_agents(&self, request: Request<ListAgentsRequest>) -> Answer<Users> {
        let who = self.state.lock().who(&request.into_inner().session)?;
        ok(Users {
            users: vec![Agent {
                id: who.id,
                online: true,
                ..Agent::default()
            }],
        })
    }

    async fn list_groups(&self, request: Request<ListGroupsRequest>) -> Answer<Groups> {
        self.state.lock().who(&request.into_inner().session)?;
        ok(Groups::default())
    }

    async fn create_group(&self, request: Request<CreateGroupRequest>) -> Answer<Group> {
        let request = request.into_inner();
        self.state.lock().who(&request.session)?;
        ok(request.group.unwrap_or_default())
    }

    async fn update_group(&self, request: Request<UpdateGroupRequest>) -> Answer<Group> {
        let request = request.into_inner();
        self.state.lock().who(&request.session)?;
        ok(request.group.unwrap_or_default())
    }

    async fn write_note(&self, _: Request<WriteNoteRequest>) -> Answer<NoteWritten> {
        Err(refusal("forbidden", 0))
    }
    async fn list_notes(&self, _: Request<ListNotesRequest>) -> Answer<NotePage> {
        ok(NotePage::default())
    }
    async fn list_mentions(&self, _: Request<ListMentionsRequest>) -> Answer<Mentions> {
        ok(Mentions::default())
    }
    async fn read_mentions(&self, _: Request<ReadMentionsRequest>) -> Answer<Empty> {
        ok(Empty {})
    }
    async fn get_tags(&self, _: Request<GetTagsRequest>) -> Answer<Tags> {
        ok(Tags::default())
    }
    async fn change_tags(&self, _: Request<ChangeTagsRequest>) -> Answer<Tags> {
        ok(Tags::default())
    }
    async fn list_tags(&self, _: Request<ListTagsRequest>) -> Answer<TagNames> {
        ok(TagNames::default())
    }
    async fn rename_visitor(&self, _: Request<RenameVisitorRequest>) -> Answer<Conversation> {
        ok(Conversation::default())
    }
    async fn list_canned(&self, _: Request<ListCannedRequest>) -> Answer<CannedReplies> {
        ok(CannedReplies::default())
    }
    async fn save_canned(&self, request: Request<SaveCannedRequest>) -> Answer<CannedReply> {
        ok(request.into_inner().reply.unwrap_or_default())
    }
    async fn delete_canned(&self, _: Request<DeleteCannedRequest>) -> Answer<Empty> {
        ok(Empty {})
    }

    async fn reserve_media(&self, request: Request<ReserveMediaRequest>) -> Answer<MediaRecord> {
        ok(self.state.lock().reserve(request.into_inner())?)
    }

    async fn seal_media(&self, request: Request<SealMediaRequest>) -> Answer<MediaRecord> {
        let SealMediaRequest { session, media_id } = request.into_inner();
        ok(self.state.lock().seal(&session, media_id)?)
    }

    async fn open_media(&self, request: Request<OpenMediaRequest>) -> Answer<MediaRecord> {
        let OpenMediaRequest { session, media_id } = request.into_inner();
        ok(self.state.lock().open(&session, media_id)?)
    }

    async fn expired_media(&self, _: Request<ExpiredMediaRequest>) -> Answer<MediaRecords> {
        ok(self.state.lock().expired())
    }

    async fn forget_media(&self, request: Request<MediaRecords>) -> Answer<Empty> {
        let records = request.into_inner().records;
        let mut state = self.state.lock();
        records
            .iter()
            .for_each(|record| drop(state.media.remove(&record.id)));
        ok(Empty {})
    }

    async fn link(&self, request: Request<Streaming<LinkUp>>) -> Answer<Self::LinkStream> {
        ok(super::links::accept(self, request.into_inner()))
    }
}
