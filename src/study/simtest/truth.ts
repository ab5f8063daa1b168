/**
 * What is really so in a simulated cluster: which parts give light, how warm they stand, what is lost on the way.
 *
 * A condition is a set of causes; the light of a link follows from them by the plant's physics and from nothing that the controller
 * believes. Two of them are kept: one as it is, and one as the controller has been told. Where they agree it must act. Heat settles at once.
 */

import type { CircuitTable } from '../../control/circuit-ports.ts';
import { linksOf } from '../../control/circuit-ports.ts';
import type { Plant } from '../../control/plant.ts';
import { nodeKinds } from '../../fabric/fabric.ts';
import { ringStateAt } from '../../thermal/light-response.ts';
import { convectionFactor } from '../../thermal/package-type.ts';

/** Causes by component row. */
export interface Condition {
  readonly isDead: Uint8Array;
  /** Warmth of a body by its own fault, and of the supply that reaches it over the usual one, K. */
  readonly ownK: Float64Array;
  readonly supplyK: Float64Array;
  /** Flow of air, as a share, that reaches a body. */
  readonly flow: Float64Array;
  readonly lossDb: Float64Array;
  /** Laser bias over that of start of life. */
  readonly wear: Float64Array;
}

export function soundCondition({ cluster: { fabric: { componentCount } } }: Plant): Condition {
  const rows = (): Float64Array => new Float64Array(componentCount);
  return { isDead: new Uint8Array(componentCount), ownK: rows(), supplyK: rows(), flow: rows().fill(1), lossDb: rows(), wear: rows().fill(1) };
}

/** Components of which something untrue was said last, or nothing since it changed. */
export interface Lies {
  readonly ofDeath: Uint8Array;
  readonly ofCase: Uint8Array;
  readonly ofLoss: Uint8Array;
}

/** What has been told of the cluster. */
export interface Told {
  readonly condition: Condition;
  readonly lies: Lies;
}

export function nothingTold(plant: Plant): Told {
  const rows = (): Uint8Array => new Uint8Array(plant.cluster.fabric.componentCount);
  return { condition: soundCondition(plant), lies: { ofDeath: rows(), ofCase: rows(), ofLoss: rows() } };
}

/** What light is told to do, by wavelength row: devices keep one such table, the controller's intent is another. */
export interface Orders {
  readonly rateGbps: Float64Array;
  readonly tunedNm: Float32Array;
}

const passive: ReadonlySet<number> = new Set([nodeKinds.indexOf('ocs'), nodeKinds.indexOf('awgr')]);

/** Whether somebody sends a wavelength, and is not only passed by its light: nobody else takes orders. */
export const isSent = ({ cluster: { fabric } }: Plant, wavelength: number): boolean => !passive.has(fabric.nodeKind[fabric.linkSource[fabric.wavelengthLink[wavelength] ?? 0] ?? 0] ?? -1);

/** Nothing shows light that is lost beyond this. */
const darkDb = 100;

/** Share of a body's design light that it is ordered to send: its power follows. */
export function litShareOf({ cluster: { fabric }, linksOfBody }: Plant, orders: Orders, body: number): number {
  let ordered = 0;
  let design = 0;
  for (const link of linksOfBody(body)) {
    for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
      ordered += orders.rateGbps[row] ?? 0;
      design += fabric.wavelengthRateGbps[row] ?? 0;
    }
  }
  return design > 0 ? ordered / design : 1;
}

/** Case of a body in a condition, C; NaN for what has none. A case stands over its sink by its power and by how the air moves. */
export function caseIn(plant: Plant, condition: Condition, orders: Orders, component: number): number {
  const body = plant.bodyOf(component);
  if (body === null) return NaN;
  const sinkK = condition.supplyK[component] ?? 0;
  const factor = body.sink === 'air' ? convectionFactor('air', condition.flow[component] ?? 1) : 1;
  return body.sinkC + sinkK + (body.caseC - body.sinkC) * litShareOf(plant, orders, component) * factor + (condition.ownK[component] ?? 0);
}

/** What play looks up again and again, over circuits as they stand. */
export interface Ways {
  /** By directed link: bodies at both ends of its light, and every component whose loss is on its way. */
  readonly bodies: readonly (readonly [number, number])[];
  readonly parts: readonly (readonly number[])[];
  /** By wavelength: components whose death darkens it. */
  readonly causes: readonly (readonly number[])[];
  /** By directed link: components whose heat or loss matters to its light, sources of its lasers among them, and those whose death does. */
  readonly concerns: readonly Int32Array[];
  readonly darkeners: readonly Int32Array[];
}

/** The ways of a plant over any circuits: those of circuits that were seen before are known. */
export interface PlantWays {
  over(circuits: CircuitTable): Ways;
}

/** Components that darken each wavelength by themselves, whatever it is joined with. */
function ownCauses({ cluster: { fabric }, lightDomains }: Plant): readonly (readonly number[])[] {
  const causes: number[][] = Array.from({ length: fabric.wavelengthCount }, () => []);
  for (let component = 0; component < fabric.componentCount; component++) {
    for (const wavelength of lightDomains.blast(component as never).wavelengthRows) causes[wavelength]?.push(component);
  }
  return causes;
}

/** Links of a light's way, first to last, found by asking every switch where it sends what. */
function waysThrough({ cluster: { fabric } }: Plant, joined: ReadonlyMap<number, number>): readonly (readonly number[])[] {
  const before = new Map([...joined].map(([entering, leaving]) => [leaving, entering]));
  return Array.from({ length: fabric.linkCount }, (_, link) => {
    const first = before.get(link) ?? link;
    const last = joined.get(link) ?? link;
    return [...new Set([first, link, last])];
  });
}

function waysOver(plant: Plant, own: readonly (readonly number[])[], circuits: CircuitTable): Ways {
  const { fabric } = plant.cluster;
  const joined = new Map<number, number>();
  for (const [ocs, made] of circuits) for (const [aPort, bPort] of made) {
    const links = linksOf(plant, { ocs, aPort, bPort });
    if (links !== null) joined.set(links.entering, links.leaving);
  }
  const passed = waysThrough(plant, joined);
  const bodies: (readonly [number, number])[] = [];
  const parts: (readonly number[])[] = [];
  const causes: (readonly number[])[] = [];
  const concerns: Int32Array[] = [];
  const darkeners: Int32Array[] = [];
  const bodyOf = (link: number): number => fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0;
  for (let link = 0; link < fabric.linkCount; link++) {
    const way = passed[link] ?? [link];
    const last = way.at(-1) ?? link;
    const back = fabric.linkReverse[last] ?? last;
    bodies.push([bodyOf(link), bodyOf(back)]);
    const through = new Set([bodyOf(link), bodyOf(back), fabric.linkPort[link] ?? 0, fabric.linkPort[back] ?? 0, fabric.linkCable[link >> 1] ?? -1]);
    through.delete(-1);
    parts.push([...through]);
    const first = fabric.linkWavelength[link] ?? 0;
    const sources = new Set<number>();
    for (let row = first; row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
      const laser = fabric.wavelengthLaser[row] ?? -1;
      if (laser >= 0) sources.add(laser).add(fabric.componentParent[laser] ?? laser);
      causes[row] = [...new Set(way.flatMap((each) => own[(fabric.linkWavelength[each] ?? 0) + row - first] ?? []))];
    }
    concerns.push(Int32Array.from(new Set([...through, ...sources])));
    darkeners.push(Int32Array.from(new Set(causes.slice(first, fabric.linkWavelength[link + 1]).flat())));
  }
  return { bodies, parts, causes, concerns, darkeners };
}

/** Port pairs of every switch, one after another. */
function pairsOf(circuits: CircuitTable, into: number[]): void {
  into.length = 0;
  for (const [ocs, made] of circuits) {
    into.push(-1, ocs);
    for (const [aPort, bPort] of made) into.push(aPort, bPort);
  }
}

export function waysOf(plant: Plant): PlantWays {
  const own = ownCauses(plant);
  const known = new Map<string, Ways>();
  let last: { readonly pairs: readonly number[]; readonly ways: Ways } | null = null;
  const pairs: number[] = [];
  return {
    over(circuits) {
      pairsOf(circuits, pairs);
      // Mostly they stand as they stood when they were looked up last.
      if (last !== null && last.pairs.length === pairs.length && last.pairs.every((port, at) => port === pairs[at])) return last.ways;
      const key = [...circuits].map(([ocs, made]) => `${ocs}:${[...made].sort(([a], [b]) => a - b).join(' ')}`).join(';');
      let ways = known.get(key);
      if (ways === undefined) known.set(key, (ways = waysOver(plant, own, circuits)));
      last = { pairs: [...pairs], ways };
      return ways;
    },
  };
}

/** Sensors and news thresholds of the controller are coarser than truth: light counts as gone only if it would be with this much less heat and loss. */
const easeK = 0.5;
const easeDb = 0.35;

/** Gb/s of each wavelength of a directed link in a condition; orders tune rings and cool bodies but do not lower the rate here. */
export function lightIn(plant: Plant, ways: Ways, { condition, orders }: { readonly condition: Condition; readonly orders: Orders }, link: number): readonly number[] {
  const { fabric } = plant.cluster;
  const [near, far] = ways.bodies[link] ?? [0, 0];
  const nearC = caseIn(plant, condition, orders, near) - easeK;
  const farC = near === far ? nearC : caseIn(plant, condition, orders, far) - easeK;
  const caseC = Number.isNaN(nearC) ? farC : Number.isNaN(farC) ? nearC : Math.max(nearC, farC);
  const wayDb = (ways.parts[link] ?? []).reduce((sum, part) => sum + (condition.lossDb[part] ?? 0), 0);
  const ring = plant.bodyOf(near)?.ring ?? null;
  const gbps: number[] = [];
  const first = fabric.linkWavelength[link] ?? 0;
  for (let row = first; row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
    if ((ways.causes[row] ?? []).some((part) => condition.isDead[part] === 1)) {
      gbps.push(0);
      continue;
    }
    const laser = fabric.wavelengthLaser[row] ?? -1;
    const source = laser < 0 ? -1 : fabric.componentParent[laser] ?? -1;
    const sourceC = source < 0 ? NaN : caseIn(plant, condition, orders, source);
    const laserDb = laser < 0 ? 0 : (condition.lossDb[laser] ?? 0) + (condition.lossDb[source] ?? 0) + (Number.isNaN(sourceC) ? 0 : plant.bodyOf(source)?.laserLossDb(sourceC) ?? 0);
    const ringDb = ring === null ? 0 : ringStateAt(ring.lock, { ringC: nearC + ring.dieOverCaseK - (orders.tunedNm[row] ?? 0) / ring.lock.ringDriftNmPerK }).driftLossDb;
    gbps.push(plant.lightAt(link, { caseC: Number.isNaN(caseC) ? null : caseC, lossDb: Math.min(darkDb, Math.max(0, wayDb + laserDb + ringDb - easeDb)) }).rateGbps[row - first] ?? 0);
  }
  return gbps;
}
