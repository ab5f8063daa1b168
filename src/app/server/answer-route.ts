/**
 * Answers one request to a route: idempotency, versions, dry runs, the controller or the handler, the audit.
 *
 * A key is remembered with a digest of what was asked. The same key with the same request gives the same answer; with another
 * request it is refused. Writes of the controller keep their key in the log, all others in the request book.
 */

import { createHash } from 'node:crypto';
import { isRefusal } from '../../base/refusal.ts';
import { forkState } from '../../control/create-state.ts';
import type { Entry } from '../../control/entry.ts';
import { takeReading } from '../../control/run.ts';
import type { Desk } from './desk.ts';
import type { Origin } from './log-index.ts';
import { notTaken } from './live-controller.ts';
import { isProblem, problem, refused } from './problem.ts';
import type { ProblemReply } from './problem.ts';
import type { AuditNote } from './request-book.ts';
import type { AnyRoute, Answer, Ask, DoRoute, Reply, TellRoute } from './route.ts';

export const idempotencyKeyCharsMax = 200;

/** What of a request is not in its parts. */
export interface Envelope {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly idempotencyKey: string | undefined;
  readonly ifMatch: string | undefined;
}

type AnyAsk = Ask<unknown, unknown, unknown>;
type AnyAnswer = Answer<unknown>;
type AnyWrite = TellRoute<unknown, unknown, unknown, unknown> | DoRoute<unknown, unknown, unknown, unknown>;

const digestOf = ({ method, url }: Envelope, body: unknown): string => createHash('sha256').update(`${method} ${url} ${JSON.stringify(body ?? null)}`).digest('base64url');

const keyProblem = (key: string | undefined): ProblemReply | null => (key === undefined || (/^[\x21-\x7e]+$/.test(key) && key.length <= idempotencyKeyCharsMax) ? null
  : problem(400, { code: 'bad-idempotency-key', detail: `An Idempotency-Key has 1 to ${idempotencyKeyCharsMax} printable characters without spaces.`, remedy: 'Send a UUID' }));

const keyTaken = (): ProblemReply => problem(422,
  { code: 'idempotency-key-reused', detail: 'This Idempotency-Key was used for another request.', remedy: 'Use a new key for each request, and the same one only to repeat it' });
const inProgress = (): ProblemReply => problem(409, { code: 'request-in-progress', detail: 'A request with this Idempotency-Key is being answered.', remedy: 'Come back after Retry-After', retryAfterS: 1 });

/** The numbers in an If-Match header, which may list several; `*` matches whatever is there. */
function parseIfMatch(header: string): readonly number[] | '*' | null {
  if (header.trim() === '*') return '*';
  const tags = header.split(',').map((tag) => /^\s*(?:W\/)?"(\d{1,15})"\s*$/.exec(tag)?.[1]);
  return tags.every((tag) => tag !== undefined) ? tags.map(Number) : null;
}

/** A problem unless the version that the asker names is the one that is there. */
function versionProblem(route: AnyWrite, ask: AnyAsk, desk: Desk, ifMatch: string | undefined): { readonly version: number | null } | ProblemReply {
  const version = route.version?.(ask, desk) ?? null;
  if (version === null) return { version };
  if (ifMatch === undefined) {
    if (route.kind === 'do' || route.isUpdate !== true) return { version };
    return problem(428, { code: 'version-missing', detail: 'A change must name the version that it changes.', remedy: `Send If-Match with the ETag of what you read, now "${version}"` });
  }
  const named = parseIfMatch(ifMatch);
  if (named === null) return problem(400, { code: 'bad-if-match', detail: 'If-Match holds no version.', remedy: 'Send the ETag as it was read, such as "17"' });
  if (named === '*' || named.includes(version)) return { version };
  return problem(412, { code: 'version-changed', detail: `It has version ${version} now, not ${named.join(' or ')}.`, remedy: 'Read it again and decide anew' });
}

/** Gives an answer the version of what was changed, as the next change must name it; what is gone has none. */
function versioned(route: TellRoute<unknown, unknown, unknown, unknown>, ask: AnyAsk, desk: Desk, answer: AnyAnswer): AnyAnswer {
  if (isProblem(answer) || route.version === undefined) return answer;
  const { version: _, ...rest } = answer;
  const version = route.version(ask, desk);
  return version === null ? rest : { ...rest, version };
}

/** Entries of the reading `n` as they were logged. */
function readingEntries({ live }: Desk, n: number): readonly Entry[] {
  const entries: Entry[] = [];
  for (const entry of live.entries(n)) {
    if (entries.length > 0 && entry.kind === 'reading') break;
    entries.push(entry);
  }
  return entries;
}

/** The remembered answer to a key, a problem, or `null` for a new one. */
function remembered(route: TellRoute<unknown, unknown, unknown, unknown>, ask: AnyAsk, desk: Desk, key: string, digest: string): AnyAnswer | null {
  const { live } = desk;
  const note = live.index.data.requests.get(`${ask.who.id} ${key}`);
  if (note === undefined) return null;
  if (note.digest !== digest) return keyTaken();
  if (note.n > live.store.headN) return live.trouble === null ? inProgress() : refused(notTaken(live.trouble));
  if (note.n <= live.store.baseN) {
    return problem(409, { code: 'answer-archived', detail: `This request was answered with log entry ${note.n}, which is archived.`, remedy: 'Read the resource to see how it stands' });
  }
  return versioned(route, ask, desk, route.reply({ entries: readingEntries(desk, note.n), state: live.state, index: live.index, dryRun: false }));
}

async function answerTell(route: TellRoute<unknown, unknown, unknown, unknown>, ask: AnyAsk, desk: Desk, envelope: Envelope): Promise<AnyAnswer> {
  const { live } = desk;
  // Lost light goes before new wishes. From here to the answer nothing may be awaited: keys and versions are those of the state that is decided on.
  if (live.isUrged) await live.afterUrgent();
  const { idempotencyKey: key } = envelope;
  const digest = key === undefined ? '' : digestOf(envelope, ask.body);
  const known = key === undefined ? null : remembered(route, ask, desk, key, digest);
  if (known !== null) return known;
  // A key that was used for a write of the other kind is used up for both. Where that memory cannot be read, leases go on: their own keys are in the log.
  const elsewhere = key === undefined ? null : desk.requests.find(`${ask.who.id} ${key}`);
  if (elsewhere !== null && !isRefusal(elsewhere)) return keyTaken();
  const matched = versionProblem(route, ask, desk, envelope.ifMatch);
  if (isProblem(matched)) return matched;
  const reading = route.reading(ask, desk);
  if (isProblem(reading)) return reading;
  if ((ask.query as { readonly dryRun?: string } | undefined)?.dryRun === 'true') {
    const state = forkState(live.state);
    const answer = route.reply({ entries: takeReading(state, live.clock.nowNs(), reading), state, index: live.index, dryRun: true });
    // What was only tried has no version that a change could name.
    if (isProblem(answer)) return answer;
    const { version: _, ...rest } = answer;
    return rest;
  }
  const origin: Origin = { by: ask.who.id, role: ask.who.role, method: envelope.method, path: envelope.url, key: key ?? null, digest, before: matched.version };
  const told = live.tell(reading, origin);
  if (isRefusal(told)) return refused(notTaken(told));
  // What is answered is what was decided here, not what others have made of it by the time the disk is done.
  const answer = versioned(route, ask, desk, route.reply({ entries: told.entries, state: live.state, index: live.index, dryRun: false }));
  const failed = await told.durable;
  return failed === null ? answer : refused(notTaken(failed));
}

/** Keys whose requests are being answered. */
const running = new Set<string>();

async function answerDo(route: DoRoute<unknown, unknown, unknown, unknown>, ask: AnyAsk, desk: Desk, envelope: Envelope): Promise<AnyAnswer> {
  const { requests } = desk;
  const key = envelope.idempotencyKey === undefined ? null : `${ask.who.id} ${envelope.idempotencyKey}`;
  const digest = digestOf(envelope, ask.body);
  const known = key === null ? null : requests.find(key);
  if (isRefusal(known)) return refused(known);
  if (known !== null) return known.digest === digest ? { status: known.status, body: JSON.parse(known.body) as unknown } : keyTaken();
  if (key !== null && desk.live.index.data.requests.has(key)) return keyTaken();
  if (key !== null && running.has(key)) return inProgress();
  const matched = versionProblem(route, ask, desk, envelope.ifMatch);
  if (isProblem(matched)) return matched;
  if (key !== null) running.add(key);
  const begun: AuditNote = { at: new Date().toISOString(), by: ask.who.id, role: ask.who.role, method: envelope.method, path: envelope.url, what: route.summary, before: null, after: ['begun'] };
  try {
    const row = requests.begin(begun);
    if (typeof row !== 'number') return refused(row);
    const answer = await route.run(ask, desk);
    if (isProblem(answer)) {
      requests.drop(row);
      return answer;
    }
    const note = { ...begun, ...(answer.audit ?? { after: [] }) };
    // A secret is shown once: repeating the key shows what was made, without it.
    const kept = answer.isSecret === true ? { ...(answer.body as object), token: '' } : answer.body;
    const failed = requests.keep(row, note, key === null ? null : { key, digest, status: answer.status ?? 200, body: JSON.stringify(kept) });
    return failed === null ? answer : refused(failed);
  } finally {
    if (key !== null) running.delete(key);
  }
}

/** The answer of any route but a raw one. */
export async function answerRoute(route: Exclude<AnyRoute, { kind: 'raw' }>, ask: AnyAsk, desk: Desk, envelope: Envelope): Promise<AnyAnswer> {
  if (route.kind === 'read') return route.run(ask, desk);
  const wrongKey = keyProblem(envelope.idempotencyKey);
  if (wrongKey !== null) return wrongKey;
  return route.kind === 'tell' ? answerTell(route, ask, desk, envelope) : answerDo(route, ask, desk, envelope);
}

export const etagOf = ({ version }: Reply<unknown>): string | null => (version === undefined ? null : `"${version}"`);
