/** Opens the log of a cluster, folds it from its newest snapshot, and completes what a crash cut short. */

import type { Entry as StoredEntry } from '../../adapters/store/entry.ts';
import type { Store } from '../../adapters/store/store.ts';
import { openStore } from '../../adapters/store/store.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { isRefusal } from '../../base/refusal.ts';
import { createState } from '../../control/create-state.ts';
import type { Entry } from '../../control/entry.ts';
import { warmUp } from '../../control/health/warm-up.ts';
import type { Plant } from '../../control/plant.ts';
import { foldOnto, recoverOnto } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import { bodyIssue } from '../log-body.ts';
import type { IndexData } from './log-index.ts';
import { LogIndex } from './log-index.ts';
import type { ServerClock } from './server-clock.ts';
import { startClock } from './server-clock.ts';
import { decodeSnapshot } from './state-snapshot.ts';

export interface OpenedController {
  readonly store: Store;
  readonly state: State;
  readonly index: LogIndex;
  readonly clock: ServerClock;
  /** True for a log that was just begun. */
  readonly isNew: boolean;
  /** True where the log was not closed: the controller was missed while it was gone. */
  readonly hasCrashed: boolean;
  /** What was found and does not keep the server from starting. */
  readonly notes: readonly Issue[];
}

const wallNs = (): number => Date.now() * 1e6;
/** A clock that stands this far behind the log is worth a word. */
const clockBackNs = 1e9;

interface Recovered {
  readonly state: State;
  readonly index: LogIndex;
  /** Entry after which the newest snapshot was made, 0 for none. */
  readonly snapshotN: number;
}

/** Folds entries as they come, and completes the last reading among them: only what belongs to one reading is held at a time. */
function foldEntries(state: State, index: LogIndex, entries: Iterable<Entry>): ReturnType<typeof recoverOnto> {
  let group: Entry[] = [];
  try {
    for (const entry of entries) {
      if (entry.kind === 'reading' && group.length > 0) {
        const issue = foldOnto(state, group);
        if (issue !== null) return { issue, missing: [] };
        for (const folded of group) index.note(folded);
        group = [];
      }
      group.push(entry);
    }
    const { missing, issue } = recoverOnto(state, group);
    for (const entry of [...group, ...missing]) index.note(entry);
    return { missing, issue };
  } catch (fault) {
    // Checking the shape of every body would cost as much as folding them: only what cannot be folded is looked at.
    const malformed = group.map((entry) => bodyIssue(entry as unknown as StoredEntry)).find((issue) => issue !== null);
    if (malformed === undefined) throw fault;
    return { issue: malformed, missing: [] };
  }
}

/** Folds a log from its newest snapshot. Issue codes: those of the fold, and `log-without-start` when neither a snapshot nor the first entries are left. */
export async function recoverState(store: Store, plant: Plant): Promise<Parsed<Recovered>> {
  const saved = store.newestSnapshot();
  const snapshot = saved === null ? null : decodeSnapshot<IndexData>(plant, saved.bytes);
  if (snapshot === null && store.baseN > 0) {
    return rejected({
      code: 'log-without-start', path: `entry ${store.baseN}`, message: `The entries up to ${store.baseN} are archived, and no snapshot that this version reads covers them`,
      remedy: 'Start the version that wrote the snapshot, or restore a backup with "heliostat store restore BACKUP DIR --force"',
    });
  }
  const state = snapshot?.state ?? createState(plant);
  const index = new LogIndex(snapshot?.beside);
  const { missing, issue } = foldEntries(state, index, store.entries(Math.max(state.n, store.baseN) + 1) as Iterable<StoredEntry> as unknown as Iterable<Entry>);
  if (issue !== null) return rejected(issue);
  if (missing.length > 0) {
    const appended = await store.append(missing.map(({ kind, atNs, cause, body }) => ({ kind, atNs, cause, body })), { firstN: missing[0]?.n ?? 0 });
    if (isRefusal(appended)) return rejected({ code: appended.code, message: appended.reasons.join(' '), remedy: 'Give the log a disk that can be written' });
  }
  return parsed({ state, index, snapshotN: snapshot === null ? 0 : saved?.n ?? 0 });
}

/** Issue codes: those of `openStore` and of the fold. The store is closed again when there are any. */
export async function openController(plant: Plant, dir: string, { speed }: { readonly speed: number }): Promise<Parsed<OpenedController>> {
  let clock = wallNs;
  const opened = openStore(dir, { cluster: plant.name, fingerprint: plant.fingerprint, epoch: new Date().toISOString(), clock: () => clock() });
  if (!opened.ok) return opened;
  const store = opened.value;
  const recovered = await recoverState(store, plant);
  if (!recovered.ok) {
    await store.close();
    // What the operator has to hand to the restore command.
    return { ok: false, issues: recovered.issues.map((issue) => ({ file: dir, ...issue, remedy: issue.remedy.replace('BACKUP DIR', `BACKUP ${dir}`) })) };
  }
  const { state, index, snapshotN } = recovered.value;
  warmUp(state);
  const epochNs = Date.parse(store.header.epoch) * 1e6;
  const notes = [...store.findings];
  const backNs = epochNs + state.nowNs - wallNs();
  if (speed === 1 && backNs > clockBackNs) {
    notes.push({
      code: 'clock-went-back', message: `The computer's clock stands ${(backNs / 1e9).toFixed(0)} s before the newest entry of the log; time goes on from that entry`,
      remedy: 'Set the clock; nothing is lost',
    });
  }
  clock = startClock({ speed, wallNs: wallNs(), notBeforeNs: epochNs + state.nowNs });
  return parsed({ store, state, index, isNew: store.headN === 0, hasCrashed: store.headN > snapshotN, notes, clock: { speed, nowNs: () => clock() - epochNs } });
}
