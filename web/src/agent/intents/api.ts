import { fromJson, type Json } from '@kefu/sdk/codec';
import {
  CatalogueVersionSchema,
  CatalogueVersionsSchema,
  CheckReplySchema,
  EvaluationStatusSchema,
  FilesReplySchema,
  IntentsProblemSchema,
  IntentsStatusSchema,
  PublishReplySchema,
  type CatalogueFile,
  type EvaluationStatus,
  type IntentsProblem,
} from '@kefu/sdk/proto/catalogue';
import { ProblemError, type Rest } from '@kefu/sdk';
import type { Explanation } from './explanation';
import type { Report } from './report';

/** A file as it shall be; no text means that it goes. */
export interface FileEdit {
  path: string;
  text?: string;
}

/** How one file differs between two versions. */
export interface FileDiff {
  path: string;
  /** "added", "changed" or "removed". */
  status: string;
  /** Unified; absent when the file is too large. */
  diff?: string;
}

/** Building a set of thousands of phrasings, or waiting behind another build. */
const BUILD_MS = 120_000;

/** The server's doors for what the bot knows. Every method rejects with a `ProblemError`. */
export class IntentsApi {
  constructor(readonly rest: Rest) {}

  status() {
    return this.rest.read(IntentsStatusSchema, 'GET', '/intents/status');
  }

  versions(before: bigint, limit: number) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before > 0n) query.set('before', String(before));
    return this.rest.read(CatalogueVersionsSchema, 'GET', `/intents/versions?${query}`);
  }

  version(number: bigint) {
    return this.rest.read(CatalogueVersionSchema, 'GET', `/intents/versions/${number}`);
  }

  /** The text of one file of a version. */
  async file(number: bigint, path: string): Promise<string> {
    const query = new URLSearchParams({ path });
    const answer = await this.rest.call('GET', `/intents/versions/${number}/file?${query}`);
    return (answer as { text?: string }).text ?? '';
  }

  /** Against `from`; 0 is nothing at all. */
  async diff(number: bigint, from: bigint): Promise<FileDiff[]> {
    const path = `/intents/versions/${number}/diff?from=${from}`;
    const answer = (await this.rest.call('GET', path)) as { files?: FileDiff[] };
    return answer.files ?? [];
  }

  /** What is in the directory now, good or bad. */
  async files(path = ''): Promise<CatalogueFile[]> {
    const query = path ? `?path=${encodeURIComponent(path)}` : '';
    const reply = await this.rest.read(FilesReplySchema, 'GET', `/intents/files${query}`);
    return reply.files;
  }

  check(files: FileEdit[]) {
    return this.rest.read(CheckReplySchema, 'POST', '/intents/check', json({ files }), BUILD_MS);
  }

  publish(files: FileEdit[], note: string, expectedVersion: bigint) {
    const body = json({ files, note, expectedVersion: String(expectedVersion) });
    return this.rest.read(PublishReplySchema, 'POST', '/intents/publish', body, BUILD_MS);
  }

  rollback(number: bigint, note: string) {
    const body = { number: String(number), note };
    return this.rest.read(PublishReplySchema, 'POST', '/intents/rollback', body, BUILD_MS);
  }

  reload() {
    return this.rest.read(PublishReplySchema, 'POST', '/intents/reload', {}, BUILD_MS);
  }

  explain(text: string, language: string): Promise<Explanation> {
    const body = { text, ...(language ? { language } : {}) };
    return this.rest.call('POST', '/intents/explain', body) as Promise<Explanation>;
  }

  async evaluate(folds: number): Promise<Evaluation> {
    return evaluationOf(await this.rest.call('POST', '/intents/evaluation', { folds }));
  }

  /** Ends the one that runs. */
  async cancelEvaluation(): Promise<Evaluation> {
    return evaluationOf(await this.rest.call('DELETE', '/intents/evaluation'));
  }

  async evaluation(): Promise<Evaluation> {
    return evaluationOf(await this.rest.call('GET', '/intents/evaluation'));
  }
}

export interface Evaluation {
  status: EvaluationStatus;
  report: Report | undefined;
}

function evaluationOf(answer: unknown): Evaluation {
  const { report, ...status } = answer as { report?: Report };
  return {
    status: fromJson(EvaluationStatusSchema, status),
    report,
  };
}

/** The problems that a refusal names, none when it is another kind of failure. */
export function problemsOf(error: unknown): IntentsProblem[] {
  const listed = error instanceof ProblemError ? error.more.problems : undefined;
  if (!Array.isArray(listed)) return [];
  const read = (each: Json) => fromJson(IntentsProblemSchema, each);
  return listed.map(read);
}

/** Drops what is not there, which JSON has no word for. */
function json(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
