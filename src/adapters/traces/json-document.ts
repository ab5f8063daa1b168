/** Parses JSON trace documents and reads their fields under any of the spellings that producers use. */

import type { Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { TraceFile } from './trace-file.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A document larger than this does not fit into one string. */
export const jsonBytesMax = 400 * 1024 ** 2;

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

export const looksLikeJson = (bytes: Uint8Array): boolean => {
  for (const byte of bytes.subarray(0, 64)) {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0xef || byte === 0xbb || byte === 0xbf) continue;
    return byte === 0x7b || byte === 0x5b;
  }
  return false;
};

export function parseDocument(file: TraceFile): Parsed<unknown> {
  if (file.bytes.length > jsonBytesMax) return rejected({
    code: 'file-too-large', file: file.name, message: `A JSON trace may have ${Math.floor(jsonBytesMax / 1024 ** 2)} MiB`, remedy: 'Cut the trace to fewer steps',
    value: `${file.bytes.length} bytes`,
  });
  const text = new TextDecoder().decode(file.bytes);
  try {
    return parsed(JSON.parse(text) as unknown);
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault);
    const at = /position (\d+)/.exec(message)?.[1];
    const where = at === undefined ? (/end of JSON|unterminated/i.test(message) ? text.length : null) : Number(at);
    const place = where === null ? {} : { line: text.slice(0, where).split('\n').length, column: where - text.lastIndexOf('\n', Math.max(0, where - 1)) };
    return rejected({ code: 'not-json', file: file.name, ...place, message: `This is not JSON: ${message.split('\n')[0]?.slice(0, 120) ?? ''}`, remedy: 'Give the whole file as the tracer wrote it' });
  }
}

/** The first of several spellings that is there. */
export function fieldOf(fields: Fields, spellings: readonly string[]): unknown {
  for (const spelling of spellings) if (Object.hasOwn(fields, spelling)) return fields[spelling];
  return undefined;
}

/** A number, or a text that is one (64-bit integers are texts in the JSON mapping of protobuf); NaN otherwise. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' && /^\s*-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$/.test(value) ? Number(value) : NaN;
}
