/** From what is read to what is believed of a component's light: its case as it will settle, light lost on the way, darkness. */

import { convectionFactor } from '../../thermal/package-type.ts';
import { typicalInlet } from '../../thermal/steady.ts';
import type { Fact } from '../fact.ts';
import type { AlarmReading, TelemetryReading } from '../reading.ts';
import type { State } from '../state.ts';

/** Three beliefs of one component. `caseC` NaN: as the design settles it. */
export interface Belief {
  readonly caseC: number;
  readonly lossDb: number;
  readonly isDead: boolean;
}

/** Temperatures and losses that move less than this are no news. */
export const newsK = 0.2;
export const newsDb = 0.05;

export const believedNow = ({ components }: State, component: number): Belief => ({
  caseC: components.caseC[component] ?? NaN, lossDb: components.lossDb[component] ?? 0, isDead: components.isDead[component] === 1,
});

/** The case that a component is believed to settle at, NaN where it has none. */
export function settlingCaseC(state: State, component: number): number {
  const believed = state.components.caseC[component] ?? NaN;
  return Number.isNaN(believed) ? state.plant.settledCaseC[component] ?? NaN : believed;
}

const isNews = (before: Belief, after: Belief): boolean =>
  before.isDead !== after.isDead || Math.abs(before.lossDb - after.lossDb) >= newsDb || (Number.isNaN(before.caseC) !== Number.isNaN(after.caseC)) || Math.abs(before.caseC - after.caseC) >= newsK;

/** Bodies inside a component's fault domain that a medium cools. */
function bodiesCooledBy(state: State, component: number, sink: 'air' | 'coolant'): readonly number[] {
  const ofLoop = sink === 'coolant' ? state.plant.bodiesOfLoop.get(component) : undefined;
  if (ofLoop !== undefined) return [...ofLoop];
  const { componentRows } = state.plant.domains.blast(component as never);
  return [...componentRows].filter((row) => state.plant.bodyOf(row)?.sink === sink);
}

/** The light that a body is told to send, and that of its design. */
export function lightOfBody(state: State, body: number): { readonly toldGbps: number; readonly designGbps: number } {
  const { fabric } = state.plant.cluster;
  let toldGbps = 0;
  let designGbps = 0;
  for (const link of state.plant.linksOfBody(body)) {
    for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
      toldGbps += state.wavelengths.rateGbps[row] ?? 0;
      designGbps += fabric.wavelengthRateGbps[row] ?? 0;
    }
  }
  return { toldGbps, designGbps };
}

/** Share of a body's design light that it is told to send. */
export function litShare(state: State, body: number): number {
  const { toldGbps, designGbps } = lightOfBody(state, body);
  return designGbps > 0 ? toldGbps / designGbps : 1;
}

/** The least share of air that is measured at anything a body stands in; `null` where nobody measures it. */
function airShare(state: State, body: number): number | null {
  const measured = state.measured.get('outputShare');
  if (measured === undefined) return null;
  const { componentParent } = state.plant.cluster.fabric;
  let share: number | null = null;
  for (let at = body; at >= 0; at = componentParent[at] ?? -1) {
    const value = measured.get(at)?.value;
    if (value !== undefined) share = Math.min(share ?? Infinity, value);
  }
  return share;
}

/** How much more than usual a case stands over its air, by the fans around it as they were last measured. */
export const airFactor = (state: State, body: number): number => convectionFactor('air', Math.min(1, airShare(state, body) ?? 1));

/** Where a body's case is going, from what cools it and the lanes it has lit; -Infinity where neither supply nor air is measured. */
export function settlingC(state: State, component: number): number {
  const body = state.plant.bodyOf(component);
  if (body === null) return -Infinity;
  const riseK = (body.caseC - body.sinkC) * litShare(state, component);
  if (body.sink === 'air') {
    const share = airShare(state, component);
    // At full flow the design's figure is a typical one, and what the sensor reads is better.
    return share === null || share >= 1 ? -Infinity : body.sinkC + riseK * convectionFactor('air', share);
  }
  const supplyC = state.measured.get('supplyC')?.get(state.plant.loopOf[component] ?? -1)?.value;
  return supplyC === undefined ? -Infinity : body.sinkC + supplyC - typicalInlet.coolantC.value + riseK;
}

/** A body's own word on its case: what cools it says nothing about warmth of its own. -Infinity where it has not spoken. */
const measuredC = (state: State, component: number): number => state.measured.get('caseC')?.get(component)?.value ?? -Infinity;

/** A supply that warms by some kelvin warms everything it cools by as much, once settled: the network is linear, and settled cases hold at the typical supply. */
function beliefsFromSupply(state: State, component: number, valueC: number): readonly (readonly [number, Belief])[] {
  return bodiesCooledBy(state, component, 'coolant').flatMap((row) => {
    const body = state.plant.bodyOf(row);
    if (body === null) return [];
    const riseK = (body.caseC - body.sinkC) * litShare(state, row);
    return [[row, { ...believedNow(state, row), caseC: Math.max(measuredC(state, row), body.sinkC + valueC - typicalInlet.coolantC.value + riseK) }] as const];
  });
}

/** Less flow of air: the rise over the air grows as the convective resistance does. */
function beliefsFromFlow(state: State, component: number, share: number): readonly (readonly [number, Belief])[] {
  const factor = convectionFactor('air', share);
  return bodiesCooledBy(state, component, 'air').flatMap((row) => {
    const body = state.plant.bodyOf(row);
    if (body === null) return [];
    const riseK = (body.caseC - body.sinkC) * litShare(state, row);
    return [[row, { ...believedNow(state, row), caseC: Math.max(measuredC(state, row), body.sinkC + riseK * factor) }] as const];
  });
}

/** A laser whose bias stands this much above its start of life is at its end (30 % rise of drive at constant power: GR-468 end-of-life criterion of common practice is 20 to 50 %). */
export const endOfLifeBiasRatio = 1.3;

function isRepeated(state: State, quantity: 'supplyC', component: number, value: number): boolean {
  const before = state.measured.get(quantity)?.get(component)?.value;
  return before !== undefined && Math.abs(value - before) < newsK;
}

function beliefsOfValue(state: State, reading: TelemetryReading, component: number, value: number): readonly (readonly [number, Belief])[] {
  const before = believedNow(state, component);
  switch (reading.quantity) {
    case 'caseC': return [[component, { ...before, caseC: Math.max(value, settlingC(state, component)) }]];
    // The same again says nothing about bodies that are on their way already.
    case 'supplyC': return isRepeated(state, reading.quantity, component, value) ? [] : beliefsFromSupply(state, component, value);
    case 'outputShare': return value <= 0 && state.plant.bodyOf(component) === null ? [[component, { ...before, isDead: true }]] : beliefsFromFlow(state, component, value);
    case 'rxLossDb': return [[component, { ...before, lossDb: lossByPower(state, component, value) }]];
    case 'txLossDb': return [[component, { ...before, lossDb: Math.max(0, value) }]];
    // Errors are counted at ports: of anything else they say nothing.
    case 'preFecBer': return (state.plant.linkOfPort[component] ?? -1) < 0 ? [] : [[component, { ...before, lossDb: lossByErrors(state, component, value) }]];
    case 'biasRatio': return [];
  }
}

const measuredNow = (state: State, quantity: 'preFecBer' | 'rxLossDb', component: number): number | null => state.measured.get(quantity)?.get(component)?.value ?? null;

/** Power and errors of sound optics agree to within this (design choice: the spread of a switch's paths and the steps in which loss is evaluated). */
const errorsApartDb = 0.25;

interface PortSays {
  readonly rxLossDb: number | null;
  readonly ber: number | null;
  /** Errors may make the loss no more than this. */
  readonly byErrorsMostDb: number;
}

/** Loss of a port by the light that it measures, or by its errors where they tell of more: reflections and noise cost no power. */
function lossOfPort(state: State, port: number, { rxLossDb, ber, byErrorsMostDb }: PortSays): number {
  const byPower = Math.max(0, rxLossDb ?? 0);
  const byErrors = ber === null ? 0 : Math.min(byErrorsMostDb, lossAtBer(state, port, ber));
  return rxLossDb === null || byErrors > byPower + errorsApartDb ? Math.max(byPower, byErrors) : byPower;
}

/**
 * A word on light: the errors that are known came before it. They hold what is believed and worsen nothing, and when light has come
 * back they are of the time before: after a repair the loss clears first, and errors are averaged over a while.
 */
function lossByPower(state: State, port: number, rxLossDb: number): number {
  const last = measuredNow(state, 'rxLossDb', port);
  const isBack = last !== null && last - rxLossDb > errorsApartDb;
  return lossOfPort(state, port, { rxLossDb, ber: measuredNow(state, 'preFecBer', port), byErrorsMostDb: isBack ? 0 : believedNow(state, port).lossDb });
}

/** A word on errors: while they fall they are no news of a loss that nobody believed before. */
function lossByErrors(state: State, port: number, ber: number): number {
  const last = measuredNow(state, 'preFecBer', port);
  const isFalling = last !== null && ber < last;
  return lossOfPort(state, port, { rxLossDb: measuredNow(state, 'rxLossDb', port), ber, byErrorsMostDb: isFalling ? believedNow(state, port).lossDb : Infinity });
}

/** Loss searched up to this; beyond it no budget of the catalogue closes. */
const lossSearchMaxDb = 20;

/** The hotter of the cases at the ends of a link, `null` where they are as the design settles them. */
function hotterCaseC(state: State, link: number): number | null {
  const { linkPort, linkReverse, componentParent } = state.plant.cluster.fabric;
  const cases = [link, linkReverse[link] ?? link].map((end) => state.components.caseC[componentParent[linkPort[end] ?? 0] ?? 0] ?? NaN).filter((caseC) => !Number.isNaN(caseC));
  return cases.length === 0 ? null : Math.max(...cases);
}

/** The loss beyond design that gives a port this error ratio at its heat, by bisection: the link's physics is monotone in loss. */
function lossAtBer(state: State, port: number, ber: number): number {
  const link = state.plant.linkOfPort[port] ?? -1;
  if (link < 0) return 0;
  const caseC = hotterCaseC(state, link);
  const at = (lossDb: number): number => state.plant.lightAt(link, { caseC, lossDb }).preFecBer;
  if (ber <= at(0)) return 0;
  let low = 0;
  let high = lossSearchMaxDb;
  while (high - low > newsDb) {
    const middle = (low + high) / 2;
    if (at(middle) < ber) low = middle;
    else high = middle;
  }
  return high;
}

/** Beliefs that a telemetry message changes, in its order. */
export function beliefsFromTelemetry(state: State, reading: TelemetryReading): ReadonlyMap<number, Belief> {
  const changed = new Map<number, Belief>();
  reading.components.forEach((component, row) => {
    for (const [of, belief] of beliefsOfValue(state, reading, component, reading.values[row] ?? 0)) {
      const known = changed.get(of) ?? believedNow(state, of);
      if (isNews(known, belief)) changed.set(of, belief);
    }
  });
  return changed;
}

/** An alarm that stands for darkness; warmth alone is judged by its temperature. */
const isDark = (alarm: AlarmReading['alarm']): boolean => alarm !== 'overTemperature' && alarm !== 'flowLost';

export function beliefsFromAlarm(state: State, reading: AlarmReading): ReadonlyMap<number, Belief> {
  if (reading.alarm === 'flowLost') return new Map(reading.raised ? beliefsFromFlow(state, reading.component, 0) : beliefsFromFlow(state, reading.component, 1));
  if (!isDark(reading.alarm)) return new Map();
  // What people have taken out of service gives light again when they return it, not when it says that it could.
  if (!reading.raised && (state.maintenance.get(reading.component)?.stage ?? 'draining') !== 'draining') return new Map();
  const before = believedNow(state, reading.component);
  return before.isDead === reading.raised ? new Map() : new Map([[reading.component, { ...before, isDead: reading.raised }]]);
}

export function believedFact(beliefs: ReadonlyMap<number, Belief>): Fact {
  const rows = [...beliefs];
  return {
    kind: 'believed', components: rows.map(([row]) => row), caseC: rows.map(([, { caseC }]) => (Number.isNaN(caseC) ? null : caseC)),
    lossDb: rows.map(([, { lossDb }]) => lossDb), isDead: rows.map(([, belief]) => belief.isDead),
  };
}
