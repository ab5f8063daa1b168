/**
 * Beliefs of a state with some replaced, as if they were folded already, and what each body (an engine, module or laser source) then
 * does to light. They hold for the state as it stands when they are made.
 *
 * Judging asks for them hundreds of thousands of times, so what has not changed is told at one look, and a body's heat is looked up
 * once. Plain objects and functions, not classes and closures: the engine forgets the compiled code of a class or a closure at each
 * full garbage collection that finds none of them alive, and large incidents are rare.
 *
 * Bounds: components, wavelengths and links are rows of the plant's tables, -1 where there is none; the table of looks has a power of
 * two of slots, by which rows are masked.
 */

import { ringStateAt } from '../../thermal/light-response.ts';
import type { Plant } from '../plant.ts';
import type { State } from '../state.ts';
import type { Belief } from './belief.ts';
import { scratchOf } from './scratch.ts';

/** What a body does to light. */
export interface BodyLight {
  readonly component: number;
  /** Its case as believed, or as the design settles it; NaN where it has none. */
  readonly caseC: number;
  /** Light lost in it beyond the design's budget. */
  readonly lossDb: number;
  /** What its lasers are short of at its case; NaN until somebody asks. */
  warmDb: number;
  /** What its rings lose because their heaters cannot follow, and the tuning for which that was asked last; NaN until somebody does. */
  ringDb: number;
  ringTunedNm: number;
}

export interface Beliefs {
  readonly state: State;
  readonly changed: ReadonlyMap<number, Belief>;
  /** Tuning of wavelengths otherwise than the state has it. */
  readonly tuned: ReadonlyMap<number, number>;
  /** 1 in the slots of components that have changed, and of others beside them. */
  readonly mayHave: Uint8Array;
  readonly mask: number;
  /** Dead fault domains more or fewer: a table of all wavelengths or a map of those that change, `null` for none anywhere. */
  readonly darkTable: Int16Array | null;
  readonly darkMap: ReadonlyMap<number, number> | null;
  /** Bodies looked up so far, and where each stands among them. */
  readonly bodies: BodyLight[];
  readonly placeOf: Int32Array;
}

/** With more wavelengths than this a table of all of them is cheaper than a map of those that change. */
const mappedMax = 2048;

function darkChanges(state: State, changed: ReadonlyMap<number, Belief>): Pick<Beliefs, 'darkTable' | 'darkMap'> {
  const domains: { readonly rows: Int32Array; readonly by: number }[] = [];
  for (const [component, { isDead }] of changed) {
    if (isDead !== (state.components.isDead[component] === 1)) domains.push({ rows: state.plant.lightDomains.blast(component as never).wavelengthRows, by: isDead ? 1 : -1 });
  }
  const count = domains.reduce((sum, { rows }) => sum + rows.length, 0);
  if (count === 0) return { darkTable: null, darkMap: null };
  if (count > mappedMax) {
    const darkTable = new Int16Array(state.plant.cluster.fabric.wavelengthCount);
    for (const { rows, by } of domains) for (let at = 0; at < rows.length; at++) darkTable[rows[at]!]! += by;
    return { darkTable, darkMap: null };
  }
  const darkMap = new Map<number, number>();
  for (const { rows, by } of domains) for (const row of rows) darkMap.set(row, (darkMap.get(row) ?? 0) + by);
  return { darkTable: null, darkMap };
}

/** Slots of a table that says at one look of most components that they have not changed: a few for each that has, up to so many. */
const lookSlotsMin = 64;
const lookSlotsMax = 2 ** 15;

/** Beliefs of the state with some replaced, and wavelengths tuned otherwise. */
export function beliefsWith(state: State, changed: ReadonlyMap<number, Belief>, tuned: ReadonlyMap<number, number> = new Map()): Beliefs {
  const slots = Math.min(lookSlotsMax, Math.max(lookSlotsMin, 2 ** Math.ceil(Math.log2(16 * changed.size + 1))));
  const mayHave = new Uint8Array(slots);
  for (const component of changed.keys()) mayHave[component & (slots - 1)] = 1;
  const { darkTable, darkMap } = darkChanges(state, changed);
  return { state, changed, tuned, mayHave, mask: slots - 1, darkTable, darkMap, bodies: [], placeOf: scratchOf(state.plant).bodyPlace };
}

/** The changed belief of a component, `undefined` for the many that have not changed. */
const changedOf = ({ changed, mayHave, mask }: Beliefs, component: number): Belief | undefined => (mayHave[component & mask] === 1 ? changed.get(component) : undefined);

/** Light lost in a component beyond the design's budget; 0 where there is none. */
export function lossDbOf(beliefs: Beliefs, component: number): number {
  const own = changedOf(beliefs, component);
  return own !== undefined ? own.lossDb : component < 0 ? 0 : beliefs.state.components.lossDb[component]!;
}

/** True while a dead fault domain, circuit switches not passed, holds a wavelength. */
export function isDark({ state: { wavelengths: { darkCauses } }, darkTable, darkMap }: Beliefs, wavelength: number): boolean {
  const causes = darkCauses[wavelength]!;
  if (darkTable !== null) return causes + darkTable[wavelength]! > 0;
  return darkMap === null ? causes > 0 : causes + (darkMap.get(wavelength) ?? 0) > 0;
}

/** Tuning of a wavelength's ring against its free-running place. */
export function tunedNmOf({ state, tuned }: Beliefs, wavelength: number): number {
  const own = tuned.size === 0 ? undefined : tuned.get(wavelength);
  return own ?? state.wavelengths.tunedNm[wavelength]!;
}

/** What a component does to light; one that is no body, or is not there, has neither case nor rings. */
export function bodyLight(beliefs: Beliefs, component: number): BodyLight {
  const { bodies, placeOf } = beliefs;
  const place = placeOf[component] ?? 0;
  if (place < bodies.length) {
    const known = bodies[place]!;
    if (known.component === component) return known;
  }
  const body = lookUp(beliefs, component);
  placeOf[component] = bodies.length;
  bodies.push(body);
  return body;
}

function lookUp(beliefs: Beliefs, component: number): BodyLight {
  const { components, plant: { settledCaseC } } = beliefs.state;
  const own = changedOf(beliefs, component);
  const believedC = own === undefined ? components.caseC[component] ?? NaN : own.caseC;
  const caseC = Number.isNaN(believedC) ? settledCaseC[component] ?? NaN : believedC;
  return { component, caseC, lossDb: lossDbOf(beliefs, component), warmDb: NaN, ringDb: NaN, ringTunedNm: NaN };
}

/** What the lasers of a body are short of at its case. */
export function warmDbOf({ state: { plant } }: Beliefs, body: BodyLight): number {
  if (Number.isNaN(body.warmDb)) body.warmDb = Number.isNaN(body.caseC) ? 0 : plant.bodyOf(body.component)?.laserLossDb(body.caseC) ?? 0;
  return body.warmDb;
}

/** What a held ring of the body that sends loses because its heater cannot follow. */
export function ringDbOf({ state: { plant } }: Beliefs, body: BodyLight, tunedNm: number): number {
  if (body.ringTunedNm !== tunedNm) {
    body.ringTunedNm = tunedNm;
    body.ringDb = ringLossDb(plant, body, tunedNm);
  }
  return body.ringDb;
}

function ringLossDb(plant: Plant, { component, caseC }: BodyLight, tunedNm: number): number {
  const ring = plant.bodyOf(component)?.ring ?? null;
  if (ring === null || Number.isNaN(caseC)) return 0;
  const tunedK = tunedNm / ring.lock.ringDriftNmPerK;
  return ringStateAt(ring.lock, { ringC: caseC + ring.dieOverCaseK - tunedK }).driftLossDb;
}
