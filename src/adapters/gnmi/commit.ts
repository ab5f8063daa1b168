/** Confirmed commits: a change that is put back unless it is confirmed in time; one open at a time for each target. */

import type { Duration } from '@bufbuild/protobuf/wkt';
import type { Commit, Extension, MasterArbitration } from './generated/gnmi_ext_pb.js';
import type { GnmiModel } from './model.ts';
import type { GnmiStatus } from './status.ts';
import { denied, failedPrecondition, invalid } from './status.ts';

interface OpenCommit {
  readonly id: string;
  readonly before: unknown;
  timer: ReturnType<typeof setTimeout>;
}

/** Default of the public commit-confirmed document. */
const rollbackDefaultMs = 600_000;

/** Longest wait for a confirmation: what a timer can count. */
const rollbackMaxMs = 2 ** 31 - 1;

export interface CommitDesk {
  /** Status that keeps a Set from being applied, or `null`. Pure actions (confirm, cancel, set duration) are settled here. */
  before(target: string, commit: Commit | null): GnmiStatus | null;
  /** True where the request only settles an open commit and changes nothing itself. */
  settles(commit: Commit | null): boolean;
  /** Opens a commit whose former configuration is `before`. */
  open(target: string, commit: Commit, before: unknown): void;
  /** Lower election ids than the highest seen may not write. */
  arbitrate(arbitration: MasterArbitration | null): GnmiStatus | null;
  close(): void;
}

const millisecondsOf = (duration: Duration | undefined): number => (duration === undefined ? rollbackDefaultMs : Number(duration.seconds) * 1000 + duration.nanos / 1e6);

const isTime = (ms: number): boolean => ms > 0 && ms <= rollbackMaxMs;

export function commitOf(extensions: readonly Extension[]): Commit | null {
  const found = extensions.find(({ ext }) => ext.case === 'commit')?.ext;
  return found?.case === 'commit' ? found.value : null;
}

export function arbitrationOf(extensions: readonly Extension[]): MasterArbitration | null {
  const found = extensions.find(({ ext }) => ext.case === 'masterArbitration')?.ext;
  return found?.case === 'masterArbitration' ? found.value : null;
}

export function createCommitDesk(model: GnmiModel): CommitDesk {
  const openCommits = new Map<string, OpenCommit>();
  const masters = new Map<string, bigint>();

  /** The whole fabric as one target ('') overlaps every device. */
  const isBusy = (target: string): boolean => openCommits.has(target) || openCommits.has('') || (target === '' && openCommits.size > 0);

  function rollback(target: string): void {
    const commit = openCommits.get(target);
    if (commit === undefined) return;
    openCommits.delete(target);
    model.restore(target, commit.before);
  }

  const startTimer = (target: string, ms: number): ReturnType<typeof setTimeout> => setTimeout(() => rollback(target), ms).unref();

  function settle(target: string, commit: Commit): GnmiStatus | null {
    const open = openCommits.get(target);
    if (open === undefined) return failedPrecondition('No commit waits for confirmation here.');
    if (open.id !== commit.id) return invalid(`The open commit has another id than ${commit.id}.`);
    if (commit.action.case === 'setRollbackDuration') {
      const duration = commit.action.value.rollbackDuration;
      const ms = duration === undefined ? 0 : millisecondsOf(duration);
      if (!isTime(ms)) return invalid(`A rollback duration is above 0 s and at most ${Math.floor(rollbackMaxMs / 1000)} s.`);
      clearTimeout(open.timer);
      open.timer = startTimer(target, ms);
      return null;
    }
    clearTimeout(open.timer);
    if (commit.action.case === 'cancel') rollback(target);
    else openCommits.delete(target);
    return null;
  }

  return {
    settles: (commit) => commit !== null && commit.action.case !== 'commit' && commit.action.case !== undefined,
    before(target, commit) {
      if (commit === null) return isBusy(target) ? failedPrecondition('A commit waits for confirmation; confirm or cancel it first.') : null;
      if (commit.id === '') return invalid('A commit needs an id.');
      if (commit.action.case === undefined) return invalid('A commit says what to do: commit, confirm, cancel or set_rollback_duration.');
      if (commit.action.case !== 'commit') return settle(target, commit);
      if (isBusy(target)) return failedPrecondition('A commit waits for confirmation; confirm or cancel it first.');
      return isTime(millisecondsOf(commit.action.value.rollbackDuration)) ? null : invalid(`A rollback duration is above 0 s and at most ${Math.floor(rollbackMaxMs / 1000)} s.`);
    },
    open(target, commit, before) {
      const ms = commit.action.case === 'commit' ? millisecondsOf(commit.action.value.rollbackDuration) : rollbackDefaultMs;
      openCommits.set(target, { id: commit.id, before, timer: startTimer(target, ms) });
    },
    arbitrate(arbitration) {
      if (arbitration === null) return null;
      const role = arbitration.role?.id ?? '';
      const election = arbitration.electionId;
      if (election === undefined) return invalid('Master arbitration needs an election id.');
      const id = (election.high << 64n) | election.low;
      const highest = masters.get(role) ?? 0n;
      if (id < highest) return denied(`Another client of this role is master with election id ${highest}, which is higher than ${id}.`);
      masters.set(role, id);
      return null;
    },
    close() {
      for (const { timer } of openCommits.values()) clearTimeout(timer);
      openCommits.clear();
    },
  };
}
