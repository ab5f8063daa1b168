/** Backup of a running store and restore over a damaged one: both prove the copy first and take effect in one step. */

import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { makeFolder } from '../make-folder.ts';
import { copyLog } from './copy-log.ts';
import { cannotWrite, DiskFault } from './faults.ts';
import { findExistingLog, findLog } from './find-log.ts';
import type { StorePaths } from './layout.ts';
import { generationName, generationsIn, pathsOf, pointerPath, readPointer, syncFolder, writePointer } from './layout.ts';
import type { WalkedLog } from './walk.ts';
import { walkLog } from './walk.ts';
import { lockWriter } from './writer-lock.ts';

export interface CopyReport {
  readonly cluster: string;
  readonly fingerprint: string;
  readonly baseN: number;
  /** Newest entry of the copy. */
  readonly headN: number;
  /** Newest snapshot of the copy, 0 for none. */
  readonly snapshotN: number;
}

function reportOf({ header, base, end, snapshots }: WalkedLog): CopyReport {
  return { cluster: header?.cluster ?? '', fingerprint: header?.fingerprint ?? '', baseN: base?.n ?? 0, headN: end?.n ?? 0, snapshotN: snapshots.at(-1)?.n ?? 0 };
}

/**
 * Copies a store, in use or not, to a folder that is not there yet. The copy is a store itself, complete to some moment after the
 * call, and is checked from end to end before it gets its name. Checking takes the calling thread a few seconds per million entries:
 * a server calls `backupInThread`.
 */
export async function backupStore(dir: string, target: string): Promise<Parsed<CopyReport>> {
  const found = findExistingLog(dir);
  if (!found.ok) return found;
  if (existsSync(target) && readdirSync(target).length > 0) {
    return rejected({ code: 'target-exists', file: target, message: 'The target folder is there already and not empty', remedy: 'Name a new folder for each backup' });
  }
  const partial = join(dirname(resolve(target)), `.${basename(target)}.partial`);
  try {
    rmSync(partial, { recursive: true, force: true });
    makeFolder(partial);
    const generation = generationName(1);
    const walked = await copyLog(found.value, pathsOf(partial, generation), dir);
    if (walked.issues.length > 0) return rejected(...walked.issues.map((issue) => ({ ...issue, file: found.value.folder })));
    writePointer(partial, generation);
    rmSync(target, { recursive: true, force: true });
    renameSync(partial, target);
    syncFolder(dirname(resolve(target)));
    return parsed(reportOf(walked));
  } catch (fault) {
    return rejected(cannotWrite(target, fault));
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

export interface RestoreOptions {
  /** Replaces a store that is there; without it a restore refuses to. */
  readonly force: boolean;
}

export interface RestoreReport extends CopyReport {
  /** Folder of the log that was current before, kept until the next restore; `null` where there was none. */
  readonly replaced: string | null;
}

/** Copies into a new generation and moves the pointer to it. Throws the system's error. */
async function replaceWith(source: StorePaths, dir: string): Promise<Parsed<RestoreReport>> {
  const generations = generationsIn(dir);
  const generation = generationName((generations.at(-1) ?? 0) + 1);
  const paths = pathsOf(dir, generation);
  const before = existsSync(pointerPath(dir)) ? readPointer(dir) : null;
  const walked = await copyLog(source, paths, dir);
  if (walked.issues.length > 0) {
    rmSync(paths.folder, { recursive: true, force: true });
    throw new DiskFault('the copy differs from the backup');
  }
  writePointer(dir, generation);
  const replacedName = before ?? (generations.length > 0 ? generationName(generations.at(-1) ?? 0) : null);
  for (const number of generations) if (generationName(number) !== replacedName) rmSync(join(dir, generationName(number)), { recursive: true, force: true });
  return parsed({ ...reportOf(walked), replaced: replacedName === null ? null : join(dir, replacedName) });
}

/** Puts a backup in the place of a store. The backup is checked first; the store is the old one or the new one at every moment. */
export async function restoreStore(from: string, dir: string, { force }: RestoreOptions): Promise<Parsed<RestoreReport>> {
  const source = findExistingLog(from);
  if (!source.ok) return source;
  const { issues } = walkLog({ dir: from, paths: source.value });
  if (issues.length > 0) return rejected(...issues.map((issue) => ({ ...issue, remedy: 'Name another backup' })));
  const lock = lockWriter(dir);
  if (!lock.ok) return lock;
  try {
    const present = findLog(dir);
    if (!force && (!present.ok || present.value !== null)) {
      return rejected({ code: 'store-exists', file: dir, message: 'There is a store in this folder already', remedy: 'Restore with --force to replace it, or name another folder' });
    }
    return await replaceWith(source.value, dir);
  } catch (fault) {
    return rejected(cannotWrite(dir, fault));
  } finally {
    lock.value.release();
  }
}
