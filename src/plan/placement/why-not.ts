/** Why a job does not stand elsewhere: every region with what it has, what it lacks, and one stable reason. */

import { rowsOf } from '../../base/csr.ts';
import { countText } from '../../base/number-text.ts';
import { planGpus } from '../../traffic/parallel-plan.ts';
import { freeState, gpuStates, statesWithout, withStates } from './cluster-view.ts';
import type { GpuState } from './cluster-view.ts';
import { freeLines, roomFor, standsInLines } from './sequences.ts';
import type { Room } from './sequences.ts';

export type RegionReasonCode =
  /** The best candidate stands here, wholly or in part. */
  | 'chosen'
  /** It would fit, and another place costs the cluster less. */
  | 'ranks-lower'
  /** It would fit only by breaking more free domains, or a larger region, than the best candidate does. */
  | 'would-fragment'
  /** Even empty and sound the region has fewer accelerators than the job needs. */
  | 'too-small'
  | 'held' | 'failed' | 'hot' | 'dark'
  /** Free accelerators are there in number, but not in whole tensor groups. */
  | 'broken-groups'
  /** Several causes together; the counts say which. */
  | 'not-enough-healthy';

export interface Region {
  /** `pod 3`, `block 1`, `line 2`. */
  readonly name: string;
  readonly gpus: number;
  readonly counts: Readonly<Record<GpuState, number>>;
  /** What tensor groups of the plan can use. */
  readonly usable: number;
  readonly heldBy: readonly { readonly job: string; readonly gpus: number }[];
  readonly code: RegionReasonCode;
  /** One sentence with figures. */
  readonly reason: string;
}

/** Regions told one by one. */
export const regionsMax = 64;

const causes = ['held', 'failed', 'hot', 'dark'] as const;
type Cause = (typeof causes)[number];
const causeWords: Readonly<Record<Cause, string>> = { held: 'held by other jobs', failed: 'failed or cut off', hot: 'too hot', dark: 'without light' };

interface Draft extends Omit<Region, 'code' | 'reason'> {
  readonly taken: number;
  /** What tensor groups could use if one cause were gone, and if the region were empty and sound. */
  readonly usableWithout: Readonly<Record<Cause, number>>;
  readonly usableAtMost: number;
}

/** Usable accelerators by domain, as they are and as they would be. */
interface Quotas { readonly without: Readonly<Record<Cause, Int32Array>>; readonly atMost: Int32Array }

function quotasOf({ view, plan }: Room): Quotas {
  const quotaIn = (state: Uint8Array): Int32Array => roomFor(withStates(view, state), plan).quota;
  const without = (cause: Cause): Int32Array => quotaIn(statesWithout(view, cause));
  return { without: { held: without('held'), failed: without('failed'), hot: without('hot'), dark: without('dark') }, atMost: quotaIn(new Uint8Array(view.state.length).fill(freeState)) };
}

const sumOf = (quota: Int32Array, domains: readonly number[]): number => domains.reduce((sum, domain) => sum + (quota[domain] ?? 0), 0);

function draftOf(room: Room, quotas: Quotas, region: { readonly name: string; readonly domains: readonly number[] }, isTaken: Uint8Array): Draft {
  const { index, state, holder, jobs } = room.view;
  const { name, domains } = region;
  const { held: noHeld, failed: noFailed, hot: noHot, dark: noDark } = quotas.without;
  const usableWithout = { held: sumOf(noHeld, domains), failed: sumOf(noFailed, domains), hot: sumOf(noHot, domains), dark: sumOf(noDark, domains) };
  const counts: Record<GpuState, number> = { free: 0, failed: 0, dark: 0, hot: 0, held: 0 };
  const held = new Map<number, number>();
  let [gpus, usable, taken] = [0, 0, 0];
  for (const domain of domains) {
    usable += room.quota[domain] ?? 0;
    for (const rank of rowsOf(index.domains, domain)) {
      gpus++;
      counts[gpuStates[state[rank] ?? 0] ?? 'free']++;
      const job = holder[rank] ?? -1;
      if (job >= 0) held.set(job, (held.get(job) ?? 0) + 1);
      taken += isTaken[rank] ?? 0;
    }
  }
  const heldBy = [...held].map(([row, count]) => ({ job: jobs[row]?.name ?? '', gpus: count })).sort((a, b) => b.gpus - a.gpus);
  return { name, gpus, counts, usable, taken, heldBy, usableWithout, usableAtMost: sumOf(quotas.atMost, domains) };
}

/** The cause that alone keeps the job out, or none. */
const loneCause = ({ usable, usableWithout }: Draft, wanted: number): Cause | undefined => causes.find((cause) => usableWithout[cause] > usable && usableWithout[cause] >= wanted);

function explain(draft: Draft, wanted: number, leastLeft: number): Pick<Region, 'code' | 'reason'> {
  const { name, gpus, counts, usable, usableAtMost, taken, heldBy } = draft;
  const have = countText(usable, 'usable accelerator');
  if (taken > 0) return { code: 'chosen', reason: `${taken} of ${name}'s accelerators are part of the best candidate.` };
  if (usable >= wanted) {
    const left = usable - wanted;
    if (left > leastLeft) return { code: 'would-fragment', reason: `The job fits, but would leave ${left} of ${name} behind, against ${leastLeft} in the best candidate's region.` };
    return { code: 'ranks-lower', reason: `The job fits, and the best candidate costs the cluster less or comes first.` };
  }
  const why = causes.filter((cause) => counts[cause] > 0).map((cause) => `${counts[cause]} ${causeWords[cause]}`).join(', ');
  if (gpus < wanted) {
    const all = `${name} has ${countText(gpus, 'accelerator')} in all, ${usable} of them usable${why === '' ? '' : ` (${why})`}`;
    return { code: 'too-small', reason: `${all}, and the job needs ${wanted}; it can only be one of several.` };
  }
  if (usableAtMost < wanted) return { code: 'too-small', reason: `${name} has ${countText(gpus, 'accelerator')}, of which whole tensor groups can use ${usableAtMost} at most, and the job needs ${wanted}.` };
  const cause = loneCause(draft, wanted);
  const who = heldBy.length === 0 ? '' : ` Held by ${heldBy.slice(0, 3).map(({ job, gpus: count }) => `${job} (${count})`).join(', ')}${heldBy.length > 3 ? ` and ${heldBy.length - 3} more` : ''}.`;
  if (why === '' || (counts.free >= wanted && cause === undefined)) return { code: 'broken-groups', reason: `${counts.free} accelerators are free, and whole tensor groups can use ${usable} of the ${wanted} needed.` };
  return { code: cause ?? 'not-enough-healthy', reason: `${have} of the ${wanted} needed: ${why}.${who}` };
}

export interface Elsewhere {
  readonly regions: readonly Region[];
  /** Beyond `regionsMax`, not told one by one. */
  readonly untold: number;
}

/** Lines of a direct network; else pods, or blocks of pods where the job is larger than any pod. */
function regionsOf(room: Room, wanted: number): readonly (readonly [name: string, domains: readonly number[]])[] {
  const { index } = room.view;
  if (standsInLines(index)) return [...freeLines(room).map((line, row) => [`line ${row}`, line] as const), ['the rest of the network', restOf(room)] as const];
  const pods = Array.from({ length: index.podCount }, (_, pod) => [...rowsOf(index.podDomains, pod)]);
  const isLarger = pods.every((domains) => domains.length * index.domainSize < wanted);
  if (!isLarger || index.blockCount === 1) return pods.map((domains, pod) => [`pod ${pod}`, domains] as const);
  const blocks: number[][] = Array.from({ length: index.blockCount }, () => []);
  pods.forEach((domains, pod) => blocks[index.blockOf[pod] ?? 0]?.push(...domains));
  return blocks.map((domains, block) => [`block ${block}`, domains] as const);
}

/** Every region of the cluster against the best candidate (`null` when there is none), in row order. */
export function whyNot(room: Room, best: Int32Array | null): Elsewhere {
  const isTaken = new Uint8Array(room.view.state.length);
  for (const rank of best ?? []) isTaken[rank] = 1;
  const wanted = planGpus(room.plan);
  const regions = regionsOf(room, wanted);
  const quotas = quotasOf(room);
  const drafts = regions.slice(0, regionsMax).map(([name, domains]) => draftOf(room, quotas, { name, domains }, isTaken)).filter((draft) => draft.gpus > 0);
  const leastLeft = Math.min(...drafts.filter((draft) => draft.taken > 0).map((draft) => draft.usable - draft.taken), Infinity);
  return {
    regions: drafts.map((draft) => {
      const { taken: _taken, usableWithout: _without, usableAtMost: _atMost, ...region } = draft;
      return { ...region, ...explain(draft, wanted, leastLeft) };
    }),
    untold: Math.max(0, regions.length - regionsMax),
  };
}

/** Domains of a direct network that are in no line, because they are not wholly free. */
const restOf = (room: Room): readonly number[] => [...room.quota.keys()].filter((domain) => room.quota[domain] !== room.view.index.domainSize);
