/**
 * The plant under control: the installed cluster and the physics of its light, fixed for the life of a log.
 *
 * Rows of every table (components, links, wavelengths) mean the same in each reading and fact of a log because the plant's
 * fingerprint stands in the log's header; a log of another plant is refused.
 */

import { groupRows, rowsOf } from '../base/csr.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { ComponentKind } from '../fabric/components.ts';
import { componentKinds } from '../fabric/components.ts';
import type { ComponentIx } from '../fabric/fabric.ts';
import type { FaultDomains, Reach } from '../fabric/fault-domain.ts';
import { createFaultDomains } from '../fabric/fault-domain.ts';
import type { EvaluateMedium } from '../fabric/medium.ts';
import { memoised } from '../fabric/medium.ts';
import type { PathSearch } from '../plan/paths/find-path.ts';
import { createPathSearch } from '../plan/paths/find-path.ts';
import type { RingLock } from '../thermal/light-response.ts';
import type { Cooling } from '../thermal/package-type.ts';

/** What the physics says of a link's light in one condition. */
export interface LightCondition {
  /** Loss the weakest wavelength could still take before its FEC limit, dB; negative below it. */
  readonly marginDb: number;
  /** Before correction, of the weakest wavelength. */
  readonly preFecBer: number;
  /** Usable rate of each wavelength of the link, in their order; zero where it does not close. */
  readonly rateGbps: readonly number[];
}

/** A ring that its heater holds on a line. */
export interface HeldRing {
  readonly lock: RingLock;
  /** From one place where it meets a line to the next: the spacing of the lines, or its free spectral range where there is one line. */
  readonly lockStepNm: number;
  /** Photonic die over case at full activity. */
  readonly dieOverCaseK: number;
}

/** How a part's case follows what cools it: a case stands `caseC - sinkC` over its sink at full power and flow. */
export interface BodyHeat {
  readonly caseC: number;
  readonly sink: Cooling;
  readonly sinkC: number;
  readonly ring: HeldRing | null;
  /** Light its lasers are short of at a case temperature, dB; Infinity beyond rollover. */
  laserLossDb(caseC: number): number;
}

/** By directed link; shared by all searches of a plant, so that none of them has to clear it. */
export interface FreeLight {
  readonly gbps: Float64Array;
  readonly turn: Int32Array;
  last: number;
}

/** What of fault domains a re-plan asks: which rows go with a component. Answers are remembered, and nobody may write into them. */
export interface LightDomains {
  blast(component: ComponentIx): Reach;
}

export interface Plant {
  readonly name: string;
  /** Equal for equal tables: a hash of every row that a log may name. */
  readonly fingerprint: string;
  readonly cluster: CompiledCluster;
  readonly domains: FaultDomains;
  /** The same as far as circuit switches: what light beyond one depends on follows from the circuits of the day (`circuit-ports.ts`). */
  readonly lightDomains: LightDomains;
  /** From the order to a circuit switch until traffic flows over the new circuit; 0 where no part says so. */
  readonly circuitReadyNs: number;
  /** Heat of each engine, module and laser source by component; `null` for components without a case of their own. */
  bodyOf(component: number): BodyHeat | null;
  /** Case of each of them as the design settles it, NaN for the others. */
  readonly settledCaseC: Float32Array;
  /** Scratch of path searches over the circuits as designed. */
  readonly paths: PathSearch;
  /** Margins that directed links have by design, dB: filled as they are asked for, NaN until then. */
  readonly designMarginDb: Float32Array;
  /** What searches have found free on directed links: a value counts only for the search whose number stands beside it. */
  readonly freeLight: FreeLight;
  /** Node and cable of the components that are one. */
  readonly nodeOfComponent: ReadonlyMap<number, number>;
  readonly cableOfComponent: ReadonlyMap<number, number>;
  /** Rank of each accelerator's node, -1 for other nodes. */
  readonly rankOfNode: Int32Array;
  /** Directed links that leave the ports of a body, ascending. */
  linksOfBody(body: number): Int32Array;
  /** Bodies that each coolant loop cools, ascending, by component. */
  readonly bodiesOfLoop: ReadonlyMap<number, Int32Array>;
  /** The coolant loop that cools each body, as a component; -1 for bodies that air cools and for other components. */
  readonly loopOf: Int32Array;
  /** The directed link that leaves each port component, -1 for other components. */
  readonly linkOfPort: Int32Array;
  /** Light of a directed link when the hotter of its ends stands at `caseC` (null: as it settles) and `lossDb` is lost on the way beyond the design's budget. Copper answers with its design. */
  lightAt(link: number, condition: { readonly caseC: number | null; readonly lossDb: number }): LightCondition;
}

export interface PlantOptions {
  /** How media are judged when a further loss is in every path. */
  evaluateWithLoss(extraLossDb: number): EvaluateMedium;
  /** Heat of an installed part of the catalogue by itself; `null` for parts that are no package. */
  bodyOfPart(partId: string): BodyHeat | null;
  /** Where cases settle in this cluster, by component; NaN where that is not known and the part's own figure stands. */
  readonly settledCaseC: Float32Array;
  readonly circuitReadyNs?: number;
}

/** FNV-1a over the bytes of typed arrays: told apart is enough, nobody signs with it. */
function foldRows(hash: number, rows: Int32Array | Uint8Array | Uint16Array | Int16Array | Float64Array): number {
  const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
  let folded = hash;
  for (let at = 0; at < bytes.length; at++) folded = Math.imul(folded ^ (bytes[at] ?? 0), 0x01000193);
  return folded >>> 0;
}

function fingerprintOf({ fabric }: CompiledCluster): string {
  let hash = 0x811c9dc5;
  for (const rows of [fabric.nodeKind, fabric.linkSource, fabric.linkTarget, fabric.linkMedium, fabric.linkWavelength, fabric.wavelengthSlot, fabric.componentKind, fabric.componentParent]) hash = foldRows(hash, rows);
  return `${fabric.nodeCount}n-${fabric.linkCount}l-${fabric.wavelengthCount}w-${fabric.componentCount}c-${hash.toString(16).padStart(8, '0')}`;
}

/** Losses and temperatures closer than this share one evaluation: finer than any sensor of a module tells them. */
const lossStepDb = 0.05;
const caseStepK = 0.1;

const lossSteps = 2 ** 11;
const warmthSteps = 2 ** 15;
/** Stands for "as it settles": below absolute zero. */
const settledWarmth = -warmthSteps / 2;

const bodies: ReadonlySet<ComponentKind> = new Set<ComponentKind>(['engine', 'module', 'laserSource']);

/** Finds the heat of components: that of the part, with its sink as much warmer as the cluster warms it there. */
function bodyFinder({ fabric }: CompiledCluster, { bodyOfPart, settledCaseC }: PlantOptions): Plant['bodyOf'] {
  const byPart = fabric.components.parts.map((part) => (part === '' ? null : bodyOfPart(part)));
  // Whole rows of a hall settle alike, so a few values stand for all bodies of a part.
  const known = byPart.map(() => new Map<number, BodyHeat>());
  return (component) => {
    const name = componentKinds[fabric.componentKind[component] ?? 0];
    const part = fabric.components.part[component] ?? 0;
    const body = name === undefined || !bodies.has(name) ? null : byPart[part] ?? null;
    const caseC = settledCaseC[component] ?? NaN;
    if (body === null || Number.isNaN(caseC)) return body;
    const remembered = known[part]?.get(caseC);
    if (remembered !== undefined) return remembered;
    const settled = { ...body, caseC, sinkC: body.sinkC + caseC - body.caseC };
    known[part]?.set(caseC, settled);
    return settled;
  };
}

function portLinks({ fabric }: CompiledCluster): Int32Array {
  const links = new Int32Array(fabric.componentCount).fill(-1);
  fabric.linkPort.forEach((port, link) => void (links[port] = link));
  return links;
}

/** Where each component stands in a table of components; those that are not there have no entry. */
function placesIn(components: Int32Array): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  components.forEach((component, place) => {
    if (component >= 0) places.set(component, place);
  });
  return places;
}

function ranksOfNodes({ fabric }: CompiledCluster): Int32Array {
  const ranks = new Int32Array(fabric.nodeCount).fill(-1);
  fabric.gpuNode.forEach((node, rank) => void (ranks[node] = rank));
  return ranks;
}

/** Bodies that each coolant loop cools, ascending. */
function bodiesOfLoops({ fabric }: CompiledCluster, domains: FaultDomains, bodyOf: Plant['bodyOf']): ReadonlyMap<number, Int32Array> {
  const bodiesOf = new Map<number, Int32Array>();
  const loopKind = componentKinds.indexOf('coolantLoop');
  fabric.componentKind.forEach((kind, loop) => {
    if (kind === loopKind) bodiesOf.set(loop, Int32Array.from(domains.blast(loop as ComponentIx).componentRows).filter((row) => bodyOf(row)?.sink === 'coolant'));
  });
  return bodiesOf;
}

function loopsOf({ fabric }: CompiledCluster, bodiesOfLoop: Plant['bodiesOfLoop']): Int32Array {
  const loopOf = new Int32Array(fabric.componentCount).fill(-1);
  for (const [loop, rows] of bodiesOfLoop) for (const row of rows) loopOf[row] = loop;
  return loopOf;
}

/** Rows that are kept of fault domains asked for lately, 16 MiB of them: a reading asks for the same ones several times. */
const reachRowsMax = 2 ** 22;

function rememberReach(domains: FaultDomains): LightDomains {
  const known = new Map<number, Reach>();
  let rows = 0;
  return {
    blast(component) {
      let reach = known.get(component);
      if (reach !== undefined) return reach;
      reach = domains.reach(component);
      rows += reach.componentRows.length + reach.wavelengthRows.length + reach.lostLinkRows.length + reach.deratedLinkRows.length;
      if (rows > reachRowsMax) {
        known.clear();
        rows = 0;
      }
      known.set(component, reach);
      return reach;
    },
  };
}

/** Joins a compiled cluster to its physics. Evaluations are remembered by medium, length, temperature and loss. */
export function createPlant(cluster: CompiledCluster, options: PlantOptions): Plant {
  const { fabric } = cluster;
  const evaluators = new Map<number, EvaluateMedium>();
  const evaluatorAt = (loss: number): EvaluateMedium => {
    let evaluate = evaluators.get(loss);
    if (evaluate === undefined) evaluators.set(loss, (evaluate = memoised(options.evaluateWithLoss(loss * lossStepDb))));
    return evaluate;
  };
  const known = new Map<number, LightCondition>();
  const judge = (link: number, { loss, caseC }: { readonly loss: number; readonly caseC: number | null }): LightCondition => {
    const use = fabric.uses[fabric.cableUse[link >> 1] ?? -1];
    const first = fabric.linkWavelength[link] ?? 0;
    const line = Array.from(fabric.wavelengthRateGbps.subarray(first, fabric.linkWavelength[link + 1] ?? first));
    if (use === undefined) return { marginDb: Infinity, preFecBer: 0, rateGbps: line };
    const answer = evaluatorAt(loss)({ medium: use.medium, lengthM: use.throughPart === null ? use.lengthM : 2 * use.lengthM, throughPart: use.throughPart, caseTemperatureC: caseC });
    const closes = answer.refusal === null;
    return {
      marginDb: answer.report?.marginDb ?? (closes ? Infinity : -Infinity),
      preFecBer: answer.report?.wavelengths.reduce((worst, { preFecBer }) => Math.max(worst, preFecBer), 0) ?? 0,
      rateGbps: line.map((rate, row) => (closes ? Math.min(rate > 0 ? rate : Infinity, answer.rateGbps[row] ?? 0) : 0)),
    };
  };
  const bodyOf = bodyFinder(cluster, options);
  const domains = createFaultDomains(fabric);
  const lightDomains = rememberReach(fabric.circuitOut.some((out) => out >= 0) ? createFaultDomains({ ...fabric, circuitOut: new Int32Array(fabric.linkCount).fill(-1) }) : domains);
  const bodiesOfLoop = bodiesOfLoops(cluster, domains, bodyOf);
  const byBody = groupRows(fabric.linkPort.map((port) => fabric.componentParent[port] ?? -1), fabric.componentCount);
  return {
    name: fabric.name, fingerprint: fingerprintOf(cluster), cluster, domains, lightDomains, circuitReadyNs: options.circuitReadyNs ?? 0, bodyOf,
    paths: createPathSearch(fabric), freeLight: { gbps: new Float64Array(fabric.linkCount), turn: new Int32Array(fabric.linkCount), last: 0 },
    designMarginDb: new Float32Array(fabric.linkCount).fill(NaN),
    nodeOfComponent: placesIn(fabric.nodeComponent), cableOfComponent: placesIn(fabric.linkCable), rankOfNode: ranksOfNodes(cluster), linksOfBody: (body) => rowsOf(byBody, body),
    linkOfPort: portLinks(cluster), bodiesOfLoop, loopOf: loopsOf(cluster, bodiesOfLoop), settledCaseC: Float32Array.from(fabric.componentKind, (_, row) => bodyOf(row)?.caseC ?? NaN),
    lightAt(link, { caseC, lossDb }) {
      const use = fabric.cableUse[link >> 1] ?? -1;
      const loss = Math.round(lossDb / lossStepDb);
      const warmth = caseC === null ? settledWarmth : Math.round(caseC / caseStepK);
      // Cases stand between -273 and 1,000 C, so a warmth fits into 2^15 steps, and a loss below 100 dB into 2^11.
      const key = (use * lossSteps + loss) * warmthSteps + warmth + warmthSteps / 2;
      let light = known.get(key);
      if (light === undefined) known.set(key, (light = judge(link, { loss, caseC: caseC === null ? null : warmth * caseStepK })));
      return light;
    },
  };
}
