/**
 * Kefu's client, free of any framework and of any other package.
 *
 * Invariant: a listener of a `Thread` or `Room` sees each message once, in order, without a gap, and
 * a message pushed to an `Outbox` is stored at most once, whatever the network, the tabs and reloads
 * do. It never touches the document. What it keeps in the browser's storage begins with "kefu.".
 */
export { Backoff } from './base/backoff.js';
export { Emitter } from './base/emitter.js';
export { newClientId } from './base/ids.js';
export { DEFAULT_LIMITS, type Limits } from './base/limits.js';
export { ProblemError, problemCode } from './base/problem.js';
export { systemRuntime, type Runtime } from './base/runtime.js';
export { postbackBody, recallBody, textBody } from './chat/bodies.js';
export { ChatClient, type ClientOptions } from './chat/client.js';
export { answersMore, isCurrent } from './chat/heads.js';
export { leaveMessage, type LeftForm } from './chat/left.js';
export { larger, Marker, type Reach } from './chat/marker.js';
export { Outbox } from './chat/outbox.js';
export type { Outgoing } from './chat/outgoing.js';
export { Places, type Viewer } from './chat/places.js';
export { isRecalled, isSaid, withRecalls } from './chat/recalls.js';
export { PAGE, Room, type SendFileOptions } from './chat/room.js';
export { Thread } from './chat/thread.js';
export { TypingSignal } from './chat/typing.js';
export {
  Diagnostics,
  SDK_VERSION,
  type DiagnosticEvent,
  type DiagnosticsOptions,
  type Dump,
  type EventName,
} from './diagnostics/diagnostics.js';
export type { Summary } from './diagnostics/samples.js';
export { ActRequest_Action as Action } from './gen/chat.js';
export type { Missed, Typing, Welcome, WorkspaceSnapshot } from './gen/frame.js';
export {
  AgentStatus,
  Notice_Kind as NoticeKind,
  Phase,
  Priority,
  Role,
  Sender,
  type Agent,
  type Body,
  type Button,
  type Conversation,
  type Cursor,
  type File as FileBody,
  type Image as ImageBody,
  type Message,
} from './gen/message.js';
export { LeftState, type LeftMessage } from './gen/left.js';
export type { CodecName } from './net/codec.js';
export { Connection, type ConnectionState } from './net/connection.js';
export { EventStreamTransport } from './net/event-stream.js';
export { LongPollTransport } from './net/long-poll.js';
export { Rest, type Site, type SiteQuestion, type UserFields } from './net/rest.js';
export type { UploadOptions } from './net/upload.js';
export type { Link, LinkEnd, LinkEvents, LinkTarget, Transport } from './net/transport.js';
export { WebSocketTransport } from './net/websocket.js';
export { Drafts } from './tabs/drafts.js';
export { browserStore, memoryStore, type Store } from './tabs/store.js';
export { browserTabs, soloTabs, type News, type Tabs } from './tabs/tabs.js';
export type { AssistTaken } from './gen/proposal.js';
export { deviceId } from './visitor/device.js';
export { reportPages, seePage, type SeenPage } from './visitor/page.js';
export { subjectOf, type Identity } from './visitor/identity.js';
export { VisitorSession } from './visitor/session.js';
export { Visitor, type VisitorOptions } from './visitor/visitor.js';
