/**
 * The definition of max-min fairness as linear programs, the oracle of fair parts: of all divisions within the links' room and
 * everybody's ask and cap, the one whose levels (dominant share / weight), from the lowest up, are each as high as they can be.
 *
 * The programs know nothing of rising or of links that fill up (Radunovic and Le Boudec, "A unified framework for max-min and min-max
 * fairness", IEEE/ACM Transactions on Networking 15, 2007, section III: max-min programming). The highest lowest level is found; whose
 * level cannot be higher while all others have at least that much, keeps it; and so on with those who are left.
 */

import assert from 'node:assert/strict';
import type { Contender, LinkRoom } from '../../../src/plan/admission/fair-share.ts';
import { highs } from '../wavelengths/solver.ts';

export interface FairCase {
  readonly contenders: readonly Contender[];
  readonly room: LinkRoom;
}

/** A whole ask's dominant share; Infinity where it needs a link without light, 0 for no ask. */
export const wholeShare = ({ askGbps }: Contender, { capacityGbps }: LinkRoom): number => askGbps.reduce((most, gbps, link) => (gbps > 0 ? Math.max(most, gbps / (capacityGbps[link] ?? 0)) : most), 0);

const exact = (value: number): string => value.toFixed(12);

/** The optimum over parts and, where it is asked for, the common level `t`; levels are at least what each is owed. */
function programOf({ contenders, room }: FairCase, goal: string, atLeast: readonly { readonly at: number; readonly level: number | 't' }[]): number {
  const rows: string[] = [];
  room.freeGbps.forEach((gbps, link) => {
    const load = contenders.flatMap(({ askGbps }, at) => ((askGbps[link] ?? 0) > 0 ? [`${exact(askGbps[link] ?? 0)} x${at}`] : [])).join(' + ');
    if (load !== '') rows.push(`${load} <= ${exact(Math.max(0, gbps))}`);
  });
  for (const { at, level } of atLeast) {
    const one = contenders[at];
    if (one === undefined) continue;
    const [pace, held] = [wholeShare(one, room) / one.weight, one.heldShare / one.weight];
    rows.push(level === 't' ? `${exact(pace)} x${at} - t >= ${exact(-held)}` : `${exact(pace)} x${at} >= ${exact(level - held)}`);
  }
  contenders.forEach(({ askGbps, capGbps }, at) => askGbps.forEach((gbps, link) => {
    if (gbps > 0 && capGbps !== undefined && capGbps[link] !== Infinity) rows.push(`${exact(gbps)} x${at} <= ${exact(Math.max(0, capGbps[link] ?? 0))}`);
  }));
  const bounds = contenders.map((_, at) => ` 0 <= x${at} <= 1`);
  const precise = { primal_feasibility_tolerance: 1e-9, dual_feasibility_tolerance: 1e-9 };
  const answer = highs.solve(`Maximize\n obj: ${goal}\nSubject To\n${rows.map((row, at) => ` c${at}: ${row}`).join('\n')}\nBounds\n${bounds.join('\n')}\n t free\nEnd\n`, precise);
  assert.equal(answer.Status, 'Optimal');
  return answer.ObjectiveValue;
}

/** Levels of those who ask for something that there is, by max-min programming. */
export function fairestLevels(one: FairCase): ReadonlyMap<number, number> {
  const { contenders, room } = one;
  const settled = new Map<number, number>();
  let open = [...contenders.keys()].filter((at) => { const whole = wholeShare(contenders[at] as Contender, room); return whole > 0 && whole < Infinity; });
  const slack = 1e-8;
  const asking = { room, contenders: contenders.map((contender) => (wholeShare(contender, room) < Infinity ? contender : { ...contender, askGbps: new Float64Array(contender.askGbps.length) })) };
  while (open.length > 0) {
    const owed = [...settled].map(([at, level]) => ({ at, level: level - slack }));
    const lowest = programOf(asking, 't', [...owed, ...open.map((at) => ({ at, level: 't' as const }))]);
    const kept = open.map((at) => ({ at, level: lowest - slack }));
    const stuck = open.filter((at) => {
      const { weight, heldShare } = contenders[at] as Contender;
      const whole = wholeShare(contenders[at] as Contender, room);
      return heldShare / weight + programOf(asking, `${exact(whole / weight)} x${at}`, [...owed, ...kept]) <= lowest + 1e-5;
    });
    assert.ok(stuck.length > 0);
    for (const at of stuck) settled.set(at, Math.max(lowest, (contenders[at] as Contender).heldShare / (contenders[at] as Contender).weight));
    open = open.filter((at) => !stuck.includes(at));
  }
  return settled;
}
