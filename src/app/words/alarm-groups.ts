/** Alarms by what caused them, for the browser and the command line: those that began with one decision's reading together, the others by what they say. */

import type { AlarmView, DecisionRow } from '../contract/work.ts';

export interface AlarmGroup {
  readonly key: string;
  /** The decision that answers the same reading; `null` where none does. */
  readonly decision: DecisionRow | null;
  /** In the order of the server: worst first. */
  readonly alarms: readonly AlarmView[];
  readonly jobs: readonly string[];
  readonly sinceNs: number;
}

/** The worst first; a device whose values come late is a nuisance, not a loss. */
const concern = ['failed', 'lying', 'silent', 'stale', 'degraded', 'suspect', 'draining', 'drained', 'repairing', 'verifying', 'late'];
const rankOf = ({ health }: AlarmView): number => (concern.includes(health) ? concern.indexOf(health) : concern.length);
const concernOf = ({ alarms }: { readonly alarms: readonly AlarmView[] }): number => alarms.reduce((least, alarm) => Math.min(least, rankOf(alarm)), concern.length);

/** What costs jobs their progress comes before everything that costs nothing, whole accelerator-seconds. */
const costOf = ({ decision }: { readonly decision: DecisionRow | null }): number => Math.round(decision?.lostGpuS ?? 0);

/** What an alarm says, without its figures. */
const saying = ({ health, reason }: AlarmView): string => `${health} ${reason.replace(/[-\d.,]+/g, '#')}`;

/**
 * Groups: what costs jobs most first, then the most concerning, and of those the one that began last. Facts of one reading carry one time, so a decision and the alarms of its cause began at the
 * same nanosecond; alarms that no decision answers are one group if they say the same but for figures.
 */
export function groupAlarms(alarms: readonly AlarmView[], decisions: readonly DecisionRow[]): readonly AlarmGroup[] {
  const answers = new Map(decisions.map((row) => [row.atNs, row]));
  const groups = new Map<string, { decision: DecisionRow | null; alarms: AlarmView[]; jobs: Set<string>; sinceNs: number }>();
  for (const alarm of alarms) {
    const decision = answers.get(alarm.sinceNs) ?? null;
    const key = decision === null ? saying(alarm) : `decision ${decision.n}`;
    const group = groups.get(key) ?? { decision, alarms: [], jobs: new Set<string>(decision?.jobs ?? []), sinceNs: alarm.sinceNs };
    group.alarms.push(alarm);
    for (const job of alarm.jobs) group.jobs.add(job);
    group.sinceNs = Math.min(group.sinceNs, alarm.sinceNs);
    groups.set(key, group);
  }
  return [...groups].map(([key, group]) => ({ ...group, key, jobs: [...group.jobs].sort() })).sort((a, b) => costOf(b) - costOf(a) || concernOf(a) - concernOf(b) || b.sinceNs - a.sinceNs);
}
