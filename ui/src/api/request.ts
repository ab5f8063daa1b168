/** Requests to the server that served this page: reads and writes as JSON, with the tab's token and an idempotency key on every write. */

import { problemOf } from './problem.ts';
import { readToken } from './token.ts';

const api = 'api/v1';

const url = (path: string): string => new URL(`${api}/${path}`, document.baseURI).href;

function headers(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const token = readToken();
  return { accept: 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...extra };
}

export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(url(path), { headers: headers(), ...(signal === undefined ? {} : { signal }) });
  if (!answer.ok) throw await problemOf(answer);
  return await answer.json() as T;
}

export interface Write {
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** Version that the change is made on: the ETag of what it changes. */
  readonly version?: number;
}

const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export async function write<T>(path: string, { method = 'POST', body, version }: Write = {}): Promise<T> {
  const answer = await fetch(url(path), {
    method, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: headers({ 'idempotency-key': newKey(), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(version === undefined ? {} : { 'if-match': `"${version}"` }) }),
  });
  if (!answer.ok) throw await problemOf(answer);
  const text = await answer.text();
  return (text === '' ? null : JSON.parse(text)) as T;
}

export const streamUrl = (path: string): string => url(path);
