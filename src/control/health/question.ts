/** Puts the ladder's question together: the light as judged, what could cool or tune it, and who is affected. */

import type { Change } from '../../plan/plan.ts';
import type { JudgedGroup } from '../fact.ts';
import { affectedLeases } from '../ladder/affected.ts';
import type { Cooled, LadderQuestion } from '../ladder/proposal.ts';
import type { LightView } from '../ladder/view.ts';
import { viewDerated, viewWith } from '../ladder/view.ts';
import { expectedRepairNs } from '../ladder/weigh.ts';
import type { State } from '../state.ts';
import type { Belief } from './belief.ts';
import { believedNow, lightOfBody } from './belief.ts';
import type { Beliefs, BodyLight } from './beliefs.ts';
import { bodyLight, ringDbOf, tunedNmOf } from './beliefs.ts';
import { beliefsWith, bodyAt, judgeAllLinks, judgeLinks } from './judge.ts';

/** Less ring loss than this is nobody's loss, as in the thermal room. */
const ringLossFloorDb = 0.01;

export interface Cause {
  readonly component: number;
  readonly because: string;
  readonly leadNs: number | null;
}

/** Lanes of a body that go off so that no more than a share of its design light is lit: free ones first, then shared ones, then those held alone; higher rows first. */
function lanesToSwitchOff(state: State, body: number, sending: readonly number[], share: number): { readonly off: readonly number[]; readonly byShare: number } {
  const { wavelengthLink } = state.plant.cluster.fabric;
  const told = (row: number): number => state.wavelengths.rateGbps[row] ?? 0;
  const use = (row: number): number => ((state.wavelengths.holder[row] ?? -1) >= 0 ? 2 : (state.links.sharedGbps[wavelengthLink[row] ?? 0] ?? 0) > 0 ? 1 : 0);
  const { toldGbps, designGbps } = lightOfBody(state, body);
  const off: number[] = [];
  let offGbps = 0;
  // A lane that is off already cools nothing.
  for (const row of sending.filter((one) => told(one) > 0).sort((a, b) => use(a) - use(b) || b - a)) {
    if (toldGbps - offGbps <= share * designGbps * (1 + 1e-9)) break;
    off.push(row);
    offGbps += told(row);
  }
  return { off, byShare: designGbps > 0 ? offGbps / designGbps : 0 };
}

/** Case of a warm body with a share of its light less: the rise over its sink follows power. */
function coolerBelief(state: State, component: number, belief: Belief, byShare: number): Belief {
  const body = state.plant.bodyOf(component);
  if (body === null || Number.isNaN(belief.caseC)) return belief;
  // At less than full flow of air the rise is larger still; what is certain is counted.
  return { ...belief, caseC: belief.caseC - (body.caseC - body.sinkC) * byShare };
}

/** The light when warm bodies run at a share of their power, with the rest of their lanes off in both directions. */
function cooledLight(state: State, changed: ReadonlyMap<number, Belief>, links: readonly number[], share: number): Cooled {
  const { fabric } = state.plant.cluster;
  const sending = new Map<number, number[]>();
  for (const link of links) {
    const body = bodyAt(state, link);
    if (!changed.has(body)) continue;
    const rows = sending.get(body) ?? [];
    for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) rows.push(row);
    sending.set(body, rows);
  }
  const rates = new Map<number, number>();
  const cooled = new Map(changed);
  for (const [body, rows] of sending) {
    const { off, byShare } = lanesToSwitchOff(state, body, rows, share);
    const belief = changed.get(body);
    if (belief !== undefined) cooled.set(body, coolerBelief(state, body, belief, byShare));
    for (const row of off) {
      rates.set(row, 0);
      const link = fabric.wavelengthLink[row] ?? 0;
      const twin = fabric.linkReverse[link] ?? link;
      rates.set((fabric.linkWavelength[twin] ?? 0) + row - (fabric.linkWavelength[link] ?? 0), 0);
    }
  }
  const groups = judgeAllLinks(state, beliefsWith(state, cooled), links);
  return { changed: cooled, groups, view: viewDerated(state, { ...viewWith(state, groups), judged: links }, rates) };
}

/** A view in which all of these links count as judged, changed or not. */
function viewAll(state: State, beliefs: Beliefs, links: readonly number[]): LightView {
  return { ...viewWith(state, judgeLinks(state, beliefs, links)), judged: links };
}

/** Where a ring stands: the shift it wants of its heater, which reaches from 0 to `reachNm`, and how far its places on a line are apart. */
interface RingStand {
  readonly wantedNm: number;
  readonly lockStepNm: number;
  readonly reachNm: number;
  readonly heaterMwPerNm: number;
}

/** A ring of a body, as it stands on its line. */
function ringOffLine({ plant }: State, { component, caseC }: BodyLight, tunedNm: number): RingStand | null {
  const ring = plant.bodyOf(component)?.ring ?? null;
  if (ring === null || Number.isNaN(caseC)) return null;
  const wantedNm = ring.lock.ringDriftNmPerK * (ring.lock.hotC - caseC - ring.dieOverCaseK) + tunedNm;
  return { wantedNm, lockStepNm: ring.lockStepNm, reachNm: ring.lock.heaterRangeNm, heaterMwPerNm: ring.lock.heaterMwPerNm };
}

/** Locks every ring that is off its line on the resonance that its heater reaches; `null` where none is off, or none reaches. */
function retunedView(state: State, changed: ReadonlyMap<number, Belief>, links: readonly number[]): LadderQuestion['retuned'] {
  const { fabric } = state.plant.cluster;
  const beliefs = beliefsWith(state, changed);
  const tuned = new Map<number, number>();
  const changes: Change[] = [];
  let heaterW = 0;
  for (const link of links) for (let row = fabric.linkWavelength[link] ?? 0, body = bodyLight(beliefs, bodyAt(state, link)); row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
    const tunedNm = tunedNmOf(beliefs, row);
    if (ringDbOf(beliefs, body, tunedNm) < ringLossFloorDb) continue;
    const ring = ringOffLine(state, body, tunedNm);
    if (ring === null) continue;
    const orders = ring.wantedNm < 0 ? Math.ceil(-ring.wantedNm / ring.lockStepNm) : -Math.ceil((ring.wantedNm - ring.reachNm) / ring.lockStepNm);
    const shiftNm = ring.wantedNm + orders * ring.lockStepNm;
    if (shiftNm < 0 || shiftNm > ring.reachNm) continue;
    const fromNm = state.wavelengths.tunedNm[row] ?? 0;
    const toNm = fromNm + orders * ring.lockStepNm;
    tuned.set(row, toNm);
    changes.push({ kind: 'tune', wavelength: row, fromNm, toNm });
    heaterW += (ring.heaterMwPerNm * shiftNm) / 1e3;
  }
  return changes.length === 0 ? null : { view: viewAll(state, beliefsWith(state, changed, tuned), links), changes, heaterW };
}

/** The question of a change of beliefs. Groups are what physics made of it; they need not be folded yet. */
export function ladderQuestion(state: State, atNs: number, cause: Cause, judgement: { readonly changed: ReadonlyMap<number, Belief>; readonly groups: readonly JudgedGroup[] }): LadderQuestion {
  const { changed, groups } = judgement;
  const view = viewWith(state, groups);
  const caseNow = (component: number): number => {
    const { caseC } = believedNow(state, component);
    return Number.isNaN(caseC) ? state.plant.settledCaseC[component] ?? Infinity : caseC;
  };
  const rows = [...changed];
  const isHeat = rows.some(([component, { caseC }]) => caseC > caseNow(component)) && rows.every(([, { isDead }]) => !isDead);
  return {
    state, atNs, ...cause, view, affected: affectedLeases(state, view), expectedNs: expectedRepairNs({ state, component: cause.component }),
    cooler: isHeat ? (share) => cooledLight(state, changed, view.judged, share) : null,
    retuned: isHeat ? retunedView(state, changed, view.judged) : null,
  };
}
