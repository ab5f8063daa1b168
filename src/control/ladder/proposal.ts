/** What a rung of the ladder is asked, and what it answers: a way to live with less light, or why it has none. */

import type { Change, Grant, GrantPath } from '../../plan/plan.ts';
import type { JudgedGroup } from '../fact.ts';
import type { Belief } from '../health/belief.ts';
import type { Interleaving } from '../jobs/interleaving.ts';
import type { Lease, State } from '../state.ts';
import type { Affected } from './affected.ts';
import type { LightView } from './view.ts';

/** Bodies at a share of their power: what is then believed of them, what physics makes of it, and the light with those lanes off. */
export interface Cooled {
  readonly changed: ReadonlyMap<number, Belief>;
  readonly groups: readonly JudgedGroup[];
  readonly view: LightView;
}

export interface LadderQuestion {
  readonly state: State;
  readonly atNs: number;
  /** Component whose reading began it. */
  readonly component: number;
  readonly because: string;
  /** Time until the light is lost as foreseen; 0 when it is lost, `null` when nothing foresees a loss. */
  readonly leadNs: number | null;
  /** How long the cause is expected to last. */
  readonly expectedNs: number;
  readonly view: LightView;
  readonly affected: readonly Affected[];
  /** Light if bodies ran at this share of their power, or `null` where heat is not the cause. */
  readonly cooler: ((share: number) => Cooled) | null;
  /** Light after rings lock anew, with their tuning; `null` where no ring is off its line. */
  readonly retuned: { readonly view: LightView; readonly changes: readonly Change[]; readonly heaterW: number } | null;
}

export interface Proposal {
  readonly changes: readonly Change[];
  /** Grants after, by lease; `null` where a lease holds nothing for now. Leases that are not named keep what they have. */
  readonly grants: ReadonlyMap<string, Grant | null>;
  /** The leases of `grants` in their order, for whoever prices them; `null` for a name that no lease has. */
  readonly leases: readonly (Lease | null)[];
  /** Leases whose use is put off, not lost. */
  readonly deferred: ReadonlySet<string>;
  readonly pauseNs: ReadonlyMap<string, number>;
  /** Replicas after, by job. */
  readonly replicas: ReadonlyMap<string, number>;
  /** Ranks after, by job. */
  readonly ranks: ReadonlyMap<string, readonly number[]>;
  /** Turns that jobs take; `null` for plans without any. */
  readonly interleaving: Interleaving | null;
  /** What is believed once lanes are off; `null` for plans that do not count on that. */
  readonly cooled: Cooled | null;
  readonly extraW: number;
  readonly reasons: readonly string[];
}

/** A rung's no: it cannot serve, or it was not worked out and no plan of it costs less than `atLeastGpuS`. */
export interface RungRefusal {
  readonly ok: false;
  readonly reasons: readonly string[];
  readonly atLeastGpuS?: number;
}

export type RungAnswer = { readonly ok: true; readonly proposal: Proposal } | RungRefusal;

export const cannot = (...reasons: readonly string[]): RungRefusal => ({ ok: false, reasons });

const none = { deferred: new Set<string>(), pauseNs: new Map<string, number>(), replicas: new Map<string, number>(), ranks: new Map<string, readonly number[]>(), interleaving: null, cooled: null, extraW: 0 };

/** What else a proposal has: fields of its own, and changes before and after those of grants. */
type Further = Partial<Proposal> & { readonly first?: readonly Change[]; readonly last?: readonly Change[] };

/** A proposal from grants after: moves, drops and adds against what leases hold now, after `first` changes and before `last` ones. */
export function propose(state: State, grants: ReadonlyMap<string, Grant | null>, reasons: readonly string[], rest: Further = {}): RungAnswer {
  const drops: Change[] = [];
  const shrinking: Change[] = [];
  const others: Change[] = [];
  const leases: (Lease | null)[] = [];
  grants.forEach((grant, id) => {
    const lease = state.leases.get(id) ?? null;
    leases.push(lease);
    const before = lease === null ? null : lease.grant;
    if (before === null) {
      if (grant !== null) others.push({ kind: 'add', grant });
    } else if (grant === null) drops.push({ kind: 'drop', grant: before });
    else if (before !== grant) (grant.rateGbps < before.rateGbps ? shrinking : others).push({ kind: 'move', from: before, to: grant });
  });
  const { first = [], last = [], ...fields } = rest;
  // What yields goes first, so that no step of the plan asks more of a link than it carries.
  const changes = first.concat(drops, shrinking, others, last);
  return { ok: true, proposal: { ...none, ...fields, changes, grants, leases, reasons } };
}

/** A grant with other paths. */
export function withPaths(grant: Grant, paths: readonly GrantPath[]): Grant {
  return { ...grant, paths, rateGbps: paths.reduce((sum, { rateGbps }) => sum + rateGbps, 0) };
}
