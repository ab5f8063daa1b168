/** Follows the server's event stream: reads server-sent events, and after a break goes on behind the last one that was seen. */

import { z } from 'zod';
import { streamEventSchema, streamHelloSchema, streamResetSchema } from '../contract/operate.ts';
import type { StreamEvent } from '../contract/operate.ts';
import type { ApiClient, ClientProblem } from './api-client.ts';

export interface ServerSentEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

/** A message longer than this is cut off with the connection: the server never sends one. */
export const messageCharsMax = 32 * 2 ** 20;

/** Parses text of a stream, piece by piece, into its messages (WHATWG HTML, section 9.2, event streams). */
export class EventParser {
  #rest = '';
  #event = '';
  #id: string | null = null;
  #data: string[] = [];

  #line(line: string): ServerSentEvent | null {
    if (line === '') {
      const done = this.#data.length === 0 ? null : { event: this.#event === '' ? 'message' : this.#event, id: this.#id, data: this.#data.join('\n') };
      this.#event = '';
      this.#id = null;
      this.#data = [];
      return done;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'data') this.#data.push(value);
    return null;
  }

  /** Messages that end in this piece. Throws RangeError beyond `messageCharsMax`. */
  push(text: string): readonly ServerSentEvent[] {
    this.#rest += text;
    if (this.#rest.length > messageCharsMax) throw new RangeError('a message of the stream does not end');
    const found: ServerSentEvent[] = [];
    // A carriage return at the very end may be half of a line's end.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const done = this.#line(line);
      if (done !== null) found.push(done);
    }
    return found;
  }
}

export interface FollowTerms {
  readonly kinds: readonly string[];
  /** Last entry that was seen; `null` begins with what is new. */
  readonly afterN: number | null;
  readonly signal: AbortSignal;
  onEvent(event: StreamEvent): void;
  /** The stream cannot go on behind what was seen, and why. */
  onReset(detail: string): void;
  /** The connection is gone and will be tried again after `waitMs`. */
  onBreak(problem: ClientProblem, waitMs: number): void;
}

const firstWaitMs = 500;
const longestWaitMs = 15_000;
/** The server says something at least every 15 s; three silences are a dead connection. */
const silenceMs = 45_000;

async function readStream(response: Response, terms: FollowTerms, seen: { n: number | null }): Promise<void> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  const parser = new EventParser();
  for await (const piece of response.body) {
    for (const { event, data } of parser.push(decoder.decode(piece, { stream: true }))) {
      if (event === 'state' || event === 'end') continue;
      const body: unknown = JSON.parse(data);
      if (event === 'hello') {
        const hello = streamHelloSchema.safeParse(body);
        if (hello.success) seen.n = hello.data.behindN;
        continue;
      }
      if (event === 'reset') {
        const reset = streamResetSchema.safeParse(body);
        if (reset.success) terms.onReset(reset.data.detail);
        continue;
      }
      const known = streamEventSchema.extend({ stream: z.string() }).safeParse(body);
      if (!known.success) continue;
      seen.n = known.data.n;
      terms.onEvent(known.data as StreamEvent);
    }
  }
}

/** Follows until the signal ends it, or until the server refuses for good; answers why, or `null` when it was ended. */
export async function followEvents(client: ApiClient, terms: FollowTerms): Promise<ClientProblem | null> {
  const seen = { n: terms.afterN };
  let waitMs = firstWaitMs;
  let isFirst = true;
  while (!terms.signal.aborted) {
    let problem: ClientProblem;
    const silence = new AbortController();
    const watchdog = setTimeout(() => silence.abort(new Error('nothing was heard for 45 s')), silenceMs);
    try {
      const query = `kinds=${encodeURIComponent(terms.kinds.join(','))}`;
      const headers = client.headers({ accept: 'text/event-stream', ...(seen.n === null ? {} : { 'last-event-id': String(seen.n) }) });
      const response = await fetch(`${client.terms.server}/api/v1/stream?${query}`, { headers, signal: AbortSignal.any([terms.signal, silence.signal]), redirect: 'error' });
      if (response.ok) {
        isFirst = false;
        waitMs = firstWaitMs;
        await readStream(watched(response, () => watchdog.refresh()), terms, seen);
        problem = { status: 0, code: 'stream-ended', detail: 'The server ended the stream', remedy: 'wait', reasons: [] };
      } else {
        problem = await client.problemOf(response);
        if (response.status < 500 && response.status !== 429) return problem;
      }
    } catch (fault) {
      if (terms.signal.aborted) return null;
      problem = client.unreachable(fault);
    } finally {
      clearTimeout(watchdog);
    }
    if (isFirst && problem.status === 0) return problem;
    terms.onBreak(problem, waitMs);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      terms.signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
    });
    waitMs = Math.min(longestWaitMs, waitMs * 2);
  }
  return null;
}

/** The response with its pieces told as they come. */
function watched(response: Response, onPiece: () => void): Response {
  const telling = new TransformStream<Uint8Array, Uint8Array>({ transform(piece, controller) { onPiece(); controller.enqueue(piece); } });
  return new Response(response.body?.pipeThrough(telling) ?? null);
}
