/** Copies a whole log as of one moment, beside a running writer, and proves the copy before anybody relies on it. */

import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backup } from 'node:sqlite';
import { makeFolder } from '../make-folder.ts';
import { readHead, createHead } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import { syncFile, syncFolder } from './layout.ts';
import { openForReading } from './log-database.ts';
import type { WalkedLog } from './walk.ts';
import { walkLog } from './walk.ts';

/** All pages in one step: a backup in several would begin anew whenever the writer commits between them. */
const allPages = 2 ** 31 - 1;

/** While files are copied, a running writer may replace snapshots that the copied database names; then the copy is made again. */
const attemptsMax = 3;

function copyFolder(from: string, to: string): void {
  mkdirSync(to);
  if (!existsSync(from)) return;
  for (const name of readdirSync(from).filter((entry) => !entry.endsWith('.new'))) {
    try {
      copyFileSync(join(from, name), join(to, name));
    } catch (fault) {
      // Retired by the writer since the folder was listed; whether it is missed is for the check to say.
      if (!existsSync(join(from, name))) continue;
      throw fault;
    }
    syncFile(join(to, name));
  }
  syncFolder(to);
}

async function copyOnce(from: StorePaths, to: StorePaths): Promise<void> {
  rmSync(to.folder, { recursive: true, force: true });
  makeFolder(to.folder);
  // The head before the database: whatever was acknowledged by now must be in the copy.
  const { record } = readHead(from.head);
  const reading = openForReading(from.database);
  try {
    await backup(reading.database, to.database, { rate: allPages });
  } finally {
    reading.close();
  }
  syncFile(to.database);
  copyFolder(from.snapshots, to.snapshots);
  copyFolder(from.archive, to.archive);
  if (record !== null) createHead(to.head, record);
  syncFolder(to.folder);
}

/** Copies and checks. The answer's issues say why the copy is not good. Throws the system's error. */
export async function copyLog(from: StorePaths, to: StorePaths, dir: string): Promise<WalkedLog> {
  for (let attempt = 1; ; attempt++) {
    await copyOnce(from, to);
    const walked = walkLog({ dir, paths: to });
    const isStale = walked.issues.length === 0 && walked.notes.some(({ code }) => code === 'snapshot-damaged');
    if ((walked.issues.length === 0 && !isStale) || attempt === attemptsMax) return walked;
  }
}
