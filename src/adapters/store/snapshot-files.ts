/** Snapshots: opaque bytes of the caller in files of their own, each bound into the chain by a mark that carries its SHA-256. */

import { createHash, hash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Issue } from '../../base/issue.ts';
import type { ChainEnd } from './entry.ts';
import { faultText, isDiskFault } from './faults.ts';
import { syncFolder } from './layout.ts';
import type { SnapshotMark } from './mark.ts';
import type { WalkPlaces } from './walk.ts';

/** The newest ones are kept: should the newest be damaged, recovery begins at the one before. */
export const snapshotsKept = 2;

const snapshotName = (n: number): string => `snapshot-${n}`;
const snapshotPath = (folder: string, n: number): string => join(folder, snapshotName(n));

/** Bytes hashed and written between two looks at other work. */
const chunkBytes = 1 << 20;

export interface SnapshotFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes the file whole or not at all, and waits for the disk. Throws the system's error and leaves no part behind. */
export async function writeSnapshot(folder: string, n: number, content: Uint8Array): Promise<SnapshotFile> {
  const path = snapshotPath(folder, n);
  const beside = `${path}.new`;
  const digest = createHash('sha256');
  try {
    const file = await open(beside, 'w');
    try {
      for (let at = 0; at < content.length; at += chunkBytes) {
        const chunk = content.subarray(at, at + chunkBytes);
        digest.update(chunk);
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    syncFolder(folder);
  } catch (fault) {
    rmSync(beside, { force: true });
    throw fault;
  }
  return { bytes: content.length, sha256: digest.digest('hex') };
}

/** The bytes of a snapshot, or why they are not what was saved. */
export function readSnapshot(folder: string, mark: SnapshotMark): Uint8Array | string {
  try {
    const bytes = readFileSync(snapshotPath(folder, mark.n));
    return bytes.length === mark.bytes && hash('sha256', bytes, 'hex') === mark.sha256 ? bytes : 'its bytes are not what was saved';
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    return faultText(fault);
  }
}

/** Removes files of snapshots other than these: older ones, and what a crash left before the mark was durable. */
export function removeOtherSnapshots(folder: string, kept: readonly SnapshotMark[]): void {
  const names = new Set(kept.map(({ n }) => snapshotName(n)));
  for (const name of readdirSync(folder)) if (!names.has(name)) rmSync(join(folder, name));
}

export interface CheckedSnapshots {
  readonly good: readonly SnapshotMark[];
  readonly issues: readonly Issue[];
  readonly notes: readonly Issue[];
}

/** Reads the newest snapshots that the chain names. A damaged one is a note while recovery can begin elsewhere, else an issue. */
export function checkSnapshots({ dir, paths }: WalkPlaces, base: ChainEnd, marks: readonly SnapshotMark[]): CheckedSnapshots {
  const good: SnapshotMark[] = [];
  const damaged: Issue[] = [];
  for (const mark of marks.slice(-snapshotsKept)) {
    const read = readSnapshot(paths.snapshots, mark);
    if (typeof read !== 'string') good.push(mark);
    else {
      const file = snapshotPath(paths.snapshots, mark.n);
      damaged.push({ code: 'snapshot-damaged', file, message: `The snapshot after entry ${mark.n} is damaged (${read})`, remedy: 'Recovery begins at an older one; the next snapshot replaces it' });
    }
  }
  // Entries from the base on can be folded only on top of a snapshot that is not older than the base.
  const isRecoverable = base.n === 0 || good.some(({ n }) => n >= base.n);
  if (isRecoverable) return { good, issues: [], notes: damaged };
  const lost: Issue = {
    code: 'snapshots-lost', file: paths.snapshots, path: `entry ${base.n}`, message: `Entries up to ${base.n} left the database and no whole snapshot stands for them`,
    remedy: `Restore a backup with "heliostat store restore BACKUP ${dir} --force"`,
  };
  return { good, issues: [lost, ...damaged], notes: [] };
}
