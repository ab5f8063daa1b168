/**
 * The acknowledged head: how far the log was acknowledged, kept beside the database with its own fsync, so that a log that lost
 * its newest entries cannot pass for a whole one.
 *
 * Two slots lie in different disk blocks and are written in turn, so a write torn by a power cut leaves the one before.
 */

import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { sha256 } from './entry.ts';

/** A place in the chain: the newest entry, how many marks came by then, and the hash after them. */
export interface ChainPlace {
  readonly n: number;
  readonly marks: number;
  readonly hash: string;
}

export interface HeadRecord extends ChainPlace {
  /** Counts the writes; the greater of two slots is the newer. */
  readonly sequence: number;
  /** hash(0) of the log it belongs to. */
  readonly log: string;
}

/** Bytes from one slot to the next: a page of the usual file systems. */
const slotBytes = 4096;

export interface ReadHead {
  readonly record: HeadRecord | null;
  /** Slots that hold something unreadable. One is what a power cut leaves; it costs nothing, since the other one is good. */
  readonly damagedSlots: number;
}

function slotText(record: HeadRecord): string {
  const { sequence, n, marks, hash, log } = record;
  const text = JSON.stringify({ sequence, n, marks, hash, log });
  return `${sha256(text)} ${text}\n`.padEnd(slotBytes);
}

function parseSlot(slot: Buffer): HeadRecord | null {
  const line = slot.toString('latin1').split('\n', 1)[0] ?? '';
  const text = line.slice(65);
  // The checksum covers the whole text, so what it admits is what was written.
  return line.slice(0, 64) === sha256(text) && line[64] === ' ' ? (JSON.parse(text) as HeadRecord) : null;
}

/** Reads both slots. A file that is not there throws the system's error. */
export function readHead(path: string): ReadHead {
  const bytes = readFileSync(path);
  const slots = [bytes.subarray(0, slotBytes), bytes.subarray(slotBytes, 2 * slotBytes)];
  const records = slots.map(parseSlot);
  const record = records.reduce((newest, one) => (one !== null && (newest === null || one.sequence > newest.sequence) ? one : newest), null);
  // The second slot of a log that was just created is blank.
  const damagedSlots = slots.filter((slot, at) => records[at] === null && slot.toString('latin1').trim() !== '').length;
  return { record, damagedSlots };
}

export interface HeadFile {
  /** Overwrites the older slot and waits until it is on the disk. Throws the system's error. */
  write(place: ChainPlace): void;
  close(): void;
}

/** Creates the file at its full size, so that later writes need no new disk space. */
export function createHead(path: string, record: HeadRecord): void {
  const file = openSync(path, 'wx');
  writeSync(file, slotText(record) + ' '.repeat(slotBytes), 0);
  fdatasyncSync(file);
  closeSync(file);
}

export function openHead(path: string, newest: HeadRecord): HeadFile {
  const file = openSync(path, 'r+');
  let { sequence } = newest;
  return {
    write({ n, marks, hash }) {
      sequence += 1;
      writeSync(file, slotText({ sequence, n, marks, hash, log: newest.log }), (sequence % 2) * slotBytes);
      fdatasyncSync(file);
    },
    close: () => closeSync(file),
  };
}
