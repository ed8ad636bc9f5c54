// What of the protocol the widget carries: the fields that it reads, and what reads and writes them.
import { resolve } from 'node:path';
import { cut } from './cuts.mjs';

const widget = import.meta.dirname;
const web = resolve(widget, '..');

// What visitors are never sent has no fields here: a reader skips what it does not know.
const AGENTS_MESSAGES = ['Agent', 'Trace', 'Candidate', 'WorkspaceSnapshot', 'LeftMessage'];
const AGENTS_FIELDS = new Set(
  `workspace agent note viewers mentionsRead tags wordAlert masked trace groupId summary categories bodyKind
   bodyBytes visitorName updatedAtMs preview handoffReason lastSender previewSeq priority missed principalId
   duplicate nextAfter serverTimeMs tenantId sessionId login noteCharsMax expiresAtMs
   left assist proposals trail typingText fallbacks attentionAfterS
   attentionFallbacks board slaAlert slaDueAtMs slaState`.split(/\s+/),
);
// Nor what the widget is sent, and does not read.
const UNREAD = {
  Accepted: 'conversationId clientId id createdAtMs',
  Conversation: 'agentId createdAtMs queuedAtMs language cursors epoch',
  Message: 'utcOffsetMinutes',
  MessagePage: 'lastSeq',
  Opened: 'afterSeq',
  Principal: 'kind id name role',
  Rating: 'conversationId endedSeq agentId agentName reasons comment createdAtMs',
  Uploaded: 'mediaId',
  Welcome: 'principal name conversationId role',
};
export const forVisitors = {
  name: 'for-visitors',
  enforce: 'pre',
  transform(source, id) {
    if (!/sdk\/src\/gen\/(message|frame|chat|closing|left)\.ts$/.test(id)) return null;
    const empty = (code, name) =>
      code.replace(new RegExp(`(= /\\* @__PURE__ \\*/ message<${name}>\\()[^;]*(\\);)`), '$1$2');
    const rows = /^ *\[\d+, '(\w+)'.*\],\n/gm;
    const unread = (code, [name, fields]) =>
      code.replace(new RegExp(`message<${name}>\\([^;]*;`), (whole) =>
        fields.split(' ').reduce((left, field) => {
          const [row] = left.match(new RegExp(`^ *\\[\\d+, '${field}'.*\\],\\n`, 'm')) ?? [];
          if (!row) throw new Error(`no field ${field} in ${name}`);
          return left.replace(row, '');
        }, whole),
      );
    // What TypeScript makes of an enumeration says each word three times.
    const short = source.replace(/export enum (\w+) \{([^}]*)\}/g, (_, name, members) => {
      const words = members.replace(/\/\*[^]*?\*\//g, '').replaceAll(' = ', ': ');
      return `export const ${name} = /* @__PURE__ */ numbered({${words}});`;
    });
    const imported = `import { numbered } from ${JSON.stringify(resolve(widget, 'instead/numbered.ts'))};\n`;
    // Fields have numbers in Protobuf only, which the widget does not speak.
    return Object.entries(UNREAD)
      .reduce(unread, AGENTS_MESSAGES.reduce(empty, imported + short))
      .replace(rows, (row, name) => (AGENTS_FIELDS.has(name) ? '' : row.replace(/\d+/, '0')));
  },
};

/** No message that a visitor sends or is sent holds bytes or fractions, and the server's numbers fit. */
const CODEC_CUTS = {
  'sdk/src/proto/json.ts': [
    ['value instanceof Uint8Array ? value.length === 0 : ', ''],
    [/if \((value instanceof Uint8Array|typeof value === 'number' &&).*/g, ''],
    [/case '(bytes|double)':[^]*?break;/g, ''],
    [/const \[least, most\].*\n.*/, ''],
    [/const RANGES[^]*?\n\};/, ''],
  ],
  'sdk/src/proto/schema.ts': [[/case 'bytes':\n.*/, '']],
};
export const codecParts = {
  name: 'codec-parts',
  enforce: 'pre',
  transform(source, id) {
    const cuts = CODEC_CUTS[id.slice(web.length + 1)];
    return cuts ? cuts.reduce((left, [what, by]) => cut(left, id, what, by), source) : null;
  },
};
