// Writes src/gen from proto/: a TypeScript type and a schema (see src/proto/schema.ts) for each
// message. `buf` reads the definitions; what is left to do is small enough to be done here, and gives
// a fraction of the bytes of a general generator and its runtime.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { emitFile, namesOf } from './emit.mjs';

const here = import.meta.dirname;
const web = resolve(here, '../..');
const out = resolve(here, '../src/gen');

/** The files that clients need; of `chat.proto`, which is for edges, only what HTTP answers with. */
const WANTED = {
  'kefu/v1/message.proto': undefined,
  'kefu/v1/note.proto': undefined,
  'kefu/v1/canned.proto': ['CannedReply', 'CannedReplies'],
  'kefu/v1/profile.proto': ['Tags', 'TagNames'],
  'kefu/v1/proposal.proto': undefined,
  'kefu/v1/assist.proto': ['AssistCount', 'AssistCounts'],
  'kefu/v1/trail.proto': ['PageSeen', 'Trail'],
  'kefu/v1/alert.proto': ['WordAlert', 'WordHit', 'WordSpan', 'WordSeen', 'WordAlerts'],
  'kefu/v1/board.proto': [
    'HistoryEvent',
    'HistoryPage',
    'Board',
    'BoardGroup',
    'BoardAgent',
    'BoardDay',
    'BoardHour',
    'SlaAlert',
  ],
  'kefu/v1/frame.proto': undefined,
  'kefu/v1/catalogue.proto': undefined,
  'kefu/v1/group.proto': undefined,
  'kefu/v1/closing.proto': ['Rating', 'Summary', 'Ending', 'Endings', 'Choice', 'Choices'],
  'kefu/v1/left.proto': ['LeftMessage', 'LeftMessages', 'MoveLeftRequest'],
  'kefu/v1/chat.proto': [
    'SessionCreated',
    'Principal',
    'Users',
    'Conversations',
    'MessagePage',
    'TextSpan',
    'SearchHit',
    'SearchPage',
    'ActRequest',
    'Uploaded',
  ],
};

const buf = resolve(web, 'node_modules/.bin/buf');
const proto = resolve(web, '../proto');
const image = execFileSync(buf, ['build', proto, '-o', '-#format=json'], {
  maxBuffer: 64 << 20,
  stdio: ['ignore', 'pipe', 'inherit'],
});

mkdirSync(out, { recursive: true });
const files = JSON.parse(image).file;
const names = namesOf(files);
for (const file of files) {
  if (!(file.name in WANTED)) continue;
  const name = file.name.replace('kefu/v1/', '').replace('.proto', '.ts');
  writeFileSync(resolve(out, name), emitFile(file, WANTED[file.name], names));
}
