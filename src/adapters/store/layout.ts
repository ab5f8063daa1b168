/**
 * Where the files of a store lie: `DIR/current` names one of the folders `DIR/generation-N`, which holds a whole log. A restore
 * makes a new generation and moves the pointer with one rename, so a store is the old one or the new one at every moment.
 */

import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from './entry.ts';

export interface StorePaths {
  /** Folder of one generation. */
  readonly folder: string;
  readonly database: string;
  readonly head: string;
  /** Folder of snapshots. */
  readonly snapshots: string;
  /** Folder of archived entries. */
  readonly archive: string;
}

export function pathsOf(dir: string, generation: string): StorePaths {
  const folder = join(dir, generation);
  return { folder, database: join(folder, 'log.db'), head: join(folder, 'head'), snapshots: join(folder, 'snapshots'), archive: join(folder, 'archive') };
}

export const pointerPath = (dir: string): string => join(dir, 'current');

export const generationName = (number: number): string => `generation-${number}`;

/** Numbers of the generations that lie in the folder, ascending. */
export function generationsIn(dir: string): readonly number[] {
  return readdirSync(dir).flatMap((name) => {
    const number = /^generation-(\d{1,9})$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  }).toSorted((a, b) => a - b);
}

/** Name of the current generation, or `null` where the pointer is damaged. A pointer that is not there throws the system's error. */
export function readPointer(dir: string): string | null {
  const [name = '', check] = readFileSync(pointerPath(dir), 'latin1').trimEnd().split(' ');
  return check === sha256(name) ? name : null;
}

/** Makes names in a folder durable. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Makes the bytes of a file durable. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Moves the pointer, durably and in one step. */
export function writePointer(dir: string, generation: string): void {
  const beside = `${pointerPath(dir)}.new`;
  writeFileSync(beside, `${generation} ${sha256(generation)}\n`);
  syncFile(beside);
  renameSync(beside, pointerPath(dir));
  syncFolder(dir);
}
