/** Finds the current log of a folder, makes the first one where there is none, and tells whose log it is. */

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { LogHeader } from './entry.ts';
import { faultText, isDiskFault } from './faults.ts';
import { readHead } from './head-file.ts';
import type { StorePaths } from './layout.ts';
import { generationName, generationsIn, pathsOf, pointerPath, readPointer, writePointer } from './layout.ts';
import { createLog, formatVersion } from './log-database.ts';
import { restoreRemedy } from './walk.ts';

/** Whose log is wanted. */
export interface LogOwner {
  readonly cluster: string;
  /** Identifies the plant, e.g. a hash of its compiled fabric; a log of another plant is refused. */
  readonly fingerprint: string;
}

/** Paths of the current generation, `null` where there is no store, or why it cannot be told. */
export function findLog(dir: string): Parsed<StorePaths | null> {
  try {
    if (!existsSync(dir)) return parsed(null);
    if (existsSync(pointerPath(dir))) {
      const generation = readPointer(dir);
      if (generation !== null && existsSync(join(dir, generation))) return parsed(pathsOf(dir, generation));
      return rejected({ code: 'store-pointer-damaged', file: pointerPath(dir), message: 'The file that names the current log is damaged', remedy: restoreRemedy(dir) });
    }
    // The pointer is written last when a store is made: a generation without acknowledged entries is what a crash before that leaves.
    const orphan = generationsIn(dir).map((number) => pathsOf(dir, generationName(number))).find(({ head }) => existsSync(head) && readHead(head).record?.n !== 0);
    if (orphan === undefined) return parsed(null);
    return rejected({ code: 'store-pointer-lost', file: pointerPath(dir), message: `The file that names the current log is not there, but ${orphan.folder} is`, remedy: restoreRemedy(dir) });
  } catch (fault) {
    if (!isDiskFault(fault)) throw fault;
    return rejected({ code: 'cannot-read', file: dir, message: `The store cannot be read (${faultText(fault)})`, remedy: 'Check the folder and the disk' });
  }
}

/** As `findLog`, with issue `no-store` where there is none. */
export function findExistingLog(dir: string): Parsed<StorePaths> {
  const found = findLog(dir);
  if (!found.ok) return found;
  return found.value === null ? rejected({ code: 'no-store', file: dir, message: 'There is no store in this folder', remedy: 'Check the name' }) : parsed(found.value);
}

/** Makes the first generation of a folder. Throws the system's error. */
export function createFirst(dir: string, header: Omit<LogHeader, 'version'>): StorePaths {
  const generation = generationName(1);
  const paths = pathsOf(dir, generation);
  rmSync(paths.folder, { recursive: true, force: true });
  mkdirSync(paths.folder);
  createLog(paths, { version: formatVersion, ...header });
  writePointer(dir, generation);
  return paths;
}

/** Issues when a log is somebody else's. */
export function ownershipIssues(file: string, header: LogHeader, { cluster, fingerprint }: LogOwner): readonly Issue[] {
  const foreign = (path: string, message: string, value: string): readonly Issue[] => [{ code: 'foreign-log', file, path, message, remedy: 'Name the log of this cluster, or an empty folder', value }];
  if (header.cluster !== cluster) return foreign('header.cluster', `The log belongs to cluster "${header.cluster}", not to "${cluster}"`, header.cluster);
  return header.fingerprint === fingerprint ? [] : foreign('header.fingerprint', `The log belongs to another plant than the one of "${cluster}" now`, header.fingerprint);
}
