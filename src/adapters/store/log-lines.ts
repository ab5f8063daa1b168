/**
 * The plain form of a log: JSON Lines that any tool can read and that keep the hash chain.
 *
 * First line: `{"log":"heliostat","version","cluster","fingerprint","epoch","createdNs","base":{n, marks, hash, atNs, factsVersion},"hash"}`.
 * Then one line per entry, `{"n","kind","atNs","cause"?,"body","hash"}`, and per mark, `{"mark","id","after",...,"hash"}`, in the order of the
 * chain. Last line: `{"end":{n, marks},"hash"}`, without which the file is known to be cut short. A link's `hash` is its chain hash;
 * its text is the line without it. The first line's is the SHA-256 of its text, the last line's the chain hash at the end.
 */

import type { ChainEnd, LogHeader } from './entry.ts';
import { sha256 } from './entry.ts';

export const logWord = 'heliostat';

/** Characters of `,"hash":"<64 digits>"}`. */
const tailChars = 75;

export const lineOf = (text: string, hash: string): string => `${text.slice(0, -1)},"hash":"${hash}"}`;

/** The text and hash that a line was made of, or `null`. */
export function splitLine(line: string): { readonly text: string; readonly hash: string } | null {
  const hash = /,"hash":"([0-9a-f]{64})"\}$/.exec(line.slice(-tailChars))?.[1];
  return hash === undefined ? null : { text: `${line.slice(0, -tailChars)}}`, hash };
}

export function headerLine({ version, cluster, fingerprint, epoch, createdNs }: LogHeader, { n, marks, hash, atNs, factsVersion }: ChainEnd): string {
  const text = JSON.stringify({ log: logWord, version, cluster, fingerprint, epoch, createdNs, base: { n, marks, hash, atNs, factsVersion } });
  return lineOf(text, sha256(text));
}

export const endLine = ({ n, marks, hash }: ChainEnd): string => lineOf(JSON.stringify({ end: { n, marks } }), hash);
