/** Checks everything a store holds: the database from end to end, the acknowledged head, snapshots, and the archive. */

import { join } from 'node:path';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { segmentsIn } from './archive.ts';
import type { ChainEnd, LogHeader } from './entry.ts';
import { segmentsBefore } from './export-log.ts';
import { findExistingLog } from './find-log.ts';
import { checkLog } from './read-log.ts';
import type { WalkedLog } from './walk.ts';
import { walkLog } from './walk.ts';

export interface StoreCheck {
  readonly header: LogHeader;
  /** Number before the first entry in the database. */
  readonly baseN: number;
  /** Newest good entry. */
  readonly headN: number;
  /** Newest acknowledged entry; `null` where that is lost. */
  readonly acknowledgedN: number | null;
  /** Chain hash at the end of the good part: note it elsewhere to prove later that nothing before it was exchanged. */
  readonly headHash: string;
  readonly snapshots: readonly number[];
  /** Archived entries that lead up to the database without a gap. */
  readonly archivedEntries: number;
  /** Damage. Empty for a whole store. */
  readonly issues: readonly Issue[];
  /** Findings that cost nothing. */
  readonly notes: readonly Issue[];
}

interface ArchiveCheck {
  readonly archivedEntries: number;
  readonly issues: readonly Issue[];
  readonly notes: readonly Issue[];
}

/** Walks the archived segments; each must be whole and end where the next, and at last the database, begins. */
function checkArchive(folder: string, base: ChainEnd, owner: LogHeader): ArchiveCheck {
  const leading = segmentsBefore(folder, base.n);
  const issues: Issue[] = [];
  let archivedEntries = 0;
  // From the newest back, so that the hash each one must lead to is known.
  let wantedHash = base.hash;
  for (const { name, firstN, lastN } of leading.toReversed()) {
    const file = join(folder, name);
    const read = checkLog(file, { owner }, () => undefined);
    const leadsOn = read.end?.hash === wantedHash;
    if (read.issues.length === 0 && !leadsOn) issues.push({ code: 'damaged-log', file, path: `entry ${lastN}`, message: 'The segment does not lead to the entries behind it', remedy: 'Fetch it from a backup' });
    issues.push(...read.issues.map((issue) => ({ ...issue, remedy: 'Fetch the segment from a backup; the database does not need it' })));
    if (read.issues.length === 0 && leadsOn) archivedEntries += lastN - firstN + 1;
    if (read.base === null) break;
    wantedHash = read.base.hash;
  }
  const strays = segmentsIn(folder).filter(({ name, lastN }) => lastN <= base.n && leading.every((segment) => segment.name !== name));
  const message = 'Archived entries are missing behind this segment';
  const notes = strays.map(({ name }): Issue => ({ code: 'archive-gap', file: join(folder, name), message, remedy: 'Fetch them from a backup, or delete the segment' }));
  return { archivedEntries, issues, notes };
}

/** Checks a store in use or not, and writes nothing. Issues only where there is no log to check. */
export function verifyStore(dir: string): Parsed<StoreCheck> {
  const found = findExistingLog(dir);
  if (!found.ok) return found;
  const paths = found.value;
  const walked: WalkedLog = walkLog({ dir, paths });
  const { header, base, end, acknowledged } = walked;
  if (header === null || base === null || end === null) return rejected(...walked.issues);
  const archive = base.n === 0 ? { archivedEntries: 0, issues: [], notes: [] } : checkArchive(paths.archive, base, header);
  return parsed({
    header, baseN: base.n, headN: end.n, headHash: end.hash, acknowledgedN: acknowledged?.n ?? null,
    snapshots: walked.snapshots.map(({ n }) => n), archivedEntries: archive.archivedEntries,
    issues: [...walked.issues, ...archive.issues], notes: [...walked.notes, ...archive.notes],
  });
}
