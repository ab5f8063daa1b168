/**
 * Bill of materials of a compiled fabric: parts counted from the installed components, with power, cost and expected failures.
 *
 * Boundary: the fabric is the scale-out network, NICs included: switches, NICs, modules, engines, external sources, cables, circuit
 * switches and the host SerDes of every port (so that a module with its own signal processor and one without compare like with
 * like). Scale-up links inside servers belong to the accelerators. The power of external light is part of the engine's figure.
 */

import type { EvidenceKind, Figure } from '../base/figure.ts';
import { weakestKind } from '../base/figure.ts';
import type { Issue } from '../base/issue.ts';
import { basisOf } from '../optics/reliability/evidence.ts';
import type { RateBasis } from '../optics/reliability/mechanism.ts';
import type { CompiledCluster, CompiledFabric } from './compiled.ts';
import type { ComponentKind } from './components.ts';
import { componentKinds } from './components.ts';
import type { ClusterDesign, TerminalDesign } from './design.ts';
import { linkTiers } from './fabric.ts';
import type { FindPartFigures, PartFigures } from './part-figures.ts';
import { installedScale } from './part-figures.ts';

/** All installed pieces of one part in one role. */
export interface BillRow {
  /** `module`, `engine`, `cable`, `laserSource`, `switch`, `nic`, `ocs` or `serdes`. */
  readonly role: string;
  readonly part: string;
  readonly count: number;
  readonly costUsd: Figure;
  readonly powerW: Figure;
  readonly failuresPerDay: Figure;
  readonly failureBasis: FailureBasis;
}

/**
 * Whether a rate was seen in the field, predicted by the maker, or estimated by nobody but us; field and prediction differ by
 * about ten and are never added unsaid.
 */
export type FailureBasis = RateBasis | 'mixed' | 'estimate';

export interface NamedPower {
  readonly name: string;
  readonly powerW: number;
  readonly kind: EvidenceKind;
}

export interface Bill {
  readonly rows: readonly BillRow[];
  /** Fabric power by sub-part; sums to `fabricPowerW`. */
  readonly powerParts: readonly NamedPower[];
  readonly fabricPowerW: Figure;
  readonly clusterPowerW: Figure;
  /** 0 to 1. */
  readonly fabricPowerShare: number;
  readonly fabricCostUsd: Figure;
  readonly clusterCostUsd: Figure;
  readonly fabricCostShare: number;
  /** Of the fabric; accelerators are not counted. */
  readonly failuresPerDay: Figure;
  /** Face-plate modules, a twin-port module counting once; engines and copper plugs are none. */
  readonly transceivers: number;
  readonly transceiversPerGpu: number;
  readonly engines: number;
  readonly lasers: number;
  readonly lasersPerGpu: number;
  readonly switches: number;
  readonly ocsPortsUsed: number;
  readonly cables: number;
  readonly cableMetres: number;
  readonly racks: number;
  /** Fabric power by place: link ends (optics and SerDes) by tier, then devices by kind; sums to `fabricPowerW`. */
  readonly powerPlaces: readonly NamedPower[];
  /** Power of each rack, accelerators included. */
  readonly rackPowerW: Float64Array;
}

interface Tally {
  role: string;
  part: string;
  count: number;
  costUsd: number;
  powerW: number;
  failuresPerH: number;
  costKind: EvidenceKind;
  powerKind: EvidenceKind;
  failureKind: EvidenceKind;
  failureBasis: RateBasis | 'mixed';
}

/** Rows and named powers while they are summed up. */
interface Books {
  readonly design: ClusterDesign;
  readonly fabric: CompiledFabric;
  readonly find: FindPartFigures;
  readonly tallies: Map<string, Tally>;
  readonly power: Map<string, { powerW: number; kind: EvidenceKind }>;
  readonly places: Map<string, { powerW: number; kind: EvidenceKind }>;
  readonly rackPowerW: Float64Array;
  readonly rackOf: Int32Array;
  readonly missing: Set<string>;
}

const kindRow = (name: ComponentKind): number => componentKinds.indexOf(name);
const switchKinds: ReadonlySet<ComponentKind> = new Set<ComponentKind>(['leaf', 'spine', 'core', 'gateway']);

/** Rack of every component, -1 above racks: parents are installed before what they hold, so one pass suffices. */
function racksOfComponents(fabric: CompiledFabric): Int32Array {
  const rackOf = new Int32Array(fabric.componentCount).fill(-1);
  const rackKind = kindRow('rack');
  for (let row = 0; row < rackOf.length; row++) {
    if (fabric.componentKind[row] === rackKind) rackOf[row] = fabric.components.ordinal[row] ?? -1;
    else if ((fabric.componentParent[row] ?? -1) >= 0) rackOf[row] = rackOf[fabric.componentParent[row] ?? 0] ?? -1;
  }
  return rackOf;
}

function addPower(powers: Books['power'], name: string, powerW: number, kind: EvidenceKind): void {
  const known = powers.get(name);
  if (known === undefined) powers.set(name, { powerW, kind });
  else powers.set(name, { powerW: known.powerW + powerW, kind: weakestKind([known.kind, kind]) });
}

interface Entry {
  readonly role: string;
  readonly part: string;
  /** Tier of the link end, or kind of the device, under which the power is also summed. */
  readonly place: string;
  readonly component: number;
  readonly costUsd: Figure;
  readonly powerW: Figure;
  readonly mtbfH: Figure;
  readonly failureBasis?: RateBasis | 'mixed' | undefined;
  /** Multiplies cost, power and failure rate: capacity over the rated capacity. */
  readonly costScale: number;
  readonly powerScale: number;
  readonly failureScale: number;
}

function enter(books: Books, entry: Entry): void {
  const key = `${entry.role} ${entry.part}`;
  let tally = books.tallies.get(key);
  if (tally === undefined) {
    tally = {
      role: entry.role, part: entry.part, count: 0, costUsd: 0, powerW: 0, failuresPerH: 0, costKind: entry.costUsd.kind, powerKind: entry.powerW.kind, failureKind: entry.mtbfH.kind,
      failureBasis: entry.failureBasis ?? basisOf(entry.mtbfH),
    };
    books.tallies.set(key, tally);
  }
  const powerW = entry.powerW.value * entry.powerScale;
  tally.count++;
  tally.costUsd += entry.costUsd.value * entry.costScale;
  tally.powerW += powerW;
  if (entry.mtbfH.value > 0) tally.failuresPerH += entry.failureScale / entry.mtbfH.value;
  addPower(books.places, entry.place, powerW, entry.powerW.kind);
  const rack = books.rackOf[entry.component] ?? -1;
  if (rack >= 0) books.rackPowerW[rack] = (books.rackPowerW[rack] ?? 0) + powerW;
}

function figuresOf(books: Books, part: string): PartFigures | null {
  const figures = books.find(part);
  if (figures === null) books.missing.add(part);
  return figures;
}

/** Modules and engines. Their size is that of the port group they were opened for: a NIC's module may be smaller than a switch's. */
function enterTerminals(books: Books): void {
  const { fabric } = books;
  const moduleKind = kindRow('module');
  const engineKind = kindRow('engine');
  const seen = new Uint8Array(fabric.componentCount);
  for (let link = 0; link < fabric.linkCount; link++) {
    const use = fabric.uses[fabric.cableUse[link >> 1] ?? -1];
    if (use === undefined) continue;
    const place = linkTiers[fabric.linkTier[link] ?? 0] ?? 'fabric';
    const body = fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0;
    const kind = fabric.componentKind[body] ?? 0;
    if ((kind !== moduleKind && kind !== engineKind) || seen[body] === 1) continue;
    const terminal = link % 2 === 0 ? use.medium.near : use.medium.far;
    const capacityGbps = terminal.linksPerModule * use.medium.nominalRateGbps;
    seen[body] = 1;
    const figures = figuresOf(books, terminal.part);
    if (figures === null) continue;
    const scale = installedScale(terminal.packaging, { capacityGbps, ratedGbps: figures.ratedGbps });
    const role = terminal.packaging === 'engine' ? 'engine' : terminal.packaging === 'cableEnd' ? 'plug' : 'module';
    // A copper cable is one part with two plugs: each plug carries half of its price and of its failures.
    const half = terminal.packaging === 'cableEnd' ? 0.5 : 1;
    const lightShare = terminal.externalSource === null ? 0 : figures.laserFailureShare;
    enter(books, {
      role, part: terminal.part, place, component: body, costUsd: figures.costUsd, powerW: figures.powerW, mtbfH: figures.mtbfH, failureBasis: figures.failureBasis,
      costScale: half * scale, powerScale: scale, failureScale: half * (1 - lightShare) * scale * (figures.ratedGbps / figures.mtbfGbps),
    });
    for (const { name, share } of figures.powerShares) addPower(books.power, name, share * figures.powerW.value * scale, figures.powerW.kind);
    if (terminal.externalSource !== null) enterLight(books, { terminal, figures, capacityGbps, body, place });
  }
}

/**
 * Failures of an engine's external light. A co-packaged part's MTBF is stated per port with its lasers, so the lasers' share of it
 * is booked to the sources; their power and price are inside the engine's figures.
 */
function enterLight(books: Books, light: {
  readonly terminal: TerminalDesign; readonly figures: PartFigures; readonly capacityGbps: number; readonly body: number; readonly place: string;
}): void {
  const { terminal, figures, capacityGbps, body, place } = light;
  const none: Figure = { ...figures.powerW, value: 0 };
  enter(books, {
    role: 'laserSource', part: terminal.externalSource?.part ?? '', place, component: body, costUsd: { ...none, unit: '$' }, powerW: none, mtbfH: figures.mtbfH, failureBasis: figures.failureBasis,
    costScale: 1, powerScale: 1, failureScale: figures.laserFailureShare * (capacityGbps / figures.mtbfGbps),
  });
}

/** Host SerDes of each link end: energy per bit times rate, in both directions; Gb/s x pJ/bit = mW. */
function enterSerdes(books: Books): void {
  const { fabric } = books;
  const passive = new Set([kindRow('ocs'), kindRow('awgr')]);
  for (let link = 0; link < fabric.linkCount; link++) {
    const use = fabric.uses[fabric.cableUse[link >> 1] ?? -1];
    const port = fabric.linkPort[link] ?? 0;
    if (use === undefined || passive.has(fabric.componentKind[fabric.componentParent[port] ?? 0] ?? 0)) continue;
    const figures = figuresOf(books, link % 2 === 0 ? use.medium.near.part : use.medium.far.part);
    if (figures === null) continue;
    const powerW: Figure = { ...figures.hostSerdesPjPerBit, unit: 'W', value: (figures.hostSerdesPjPerBit.value * use.medium.nominalRateGbps) / 1000 };
    const free: Figure = { ...powerW, unit: '$', value: 0 };
    const place = linkTiers[fabric.linkTier[link] ?? 0] ?? 'fabric';
    enter(books, { role: 'serdes', part: 'host SerDes', place, component: port, costUsd: free, powerW, mtbfH: free, costScale: 1, powerScale: 1, failureScale: 0 });
    addPower(books.power, 'hostSerdes', powerW.value, powerW.kind);
  }
}

/** Switches, NICs, circuit switches, and the accelerators that share their racks. */
function enterDevices(books: Books): void {
  const { fabric, design } = books;
  for (let row = 0; row < fabric.componentCount; row++) {
    const kind = componentKinds[fabric.componentKind[row] ?? 0] ?? 'site';
    const device = switchKinds.has(kind) ? design.switch : kind === 'nic' ? design.nic : kind === 'ocs' || kind === 'awgr' ? design.ocs : null;
    if (device !== null) {
      const role = switchKinds.has(kind) ? 'switch' : kind;
      const { costUsd, powerW, mtbfH } = device;
      enter(books, { role, part: device.name, place: kind, component: row, costUsd, powerW, mtbfH, costScale: 1, powerScale: 1, failureScale: 1 });
      addPower(books.power, role, powerW.value, powerW.kind);
    } else if (kind === 'gpu') {
      const rack = books.rackOf[row] ?? -1;
      if (rack >= 0) books.rackPowerW[rack] = (books.rackPowerW[rack] ?? 0) + design.accelerator.powerW.value;
    }
  }
}

const summed = (unit: string, parts: readonly Figure[]): Figure => ({
  value: parts.reduce((sum, part) => sum + part.value, 0), unit, kind: weakestKind(parts.filter((part) => part.value !== 0).map((part) => part.kind)), source: 'sum of the bill of materials',
});

const basisWords: Readonly<Record<FailureBasis, string>> = {
  field: 'rate seen in the field', predicted: 'rate predicted', estimate: 'rate estimated', mixed: 'rate partly seen in the field, partly predicted',
};

/** Failures of all rows, saying how much of the sum was seen in the field and how much is prediction. */
function failuresOf(rows: readonly BillRow[]): Figure {
  const total = summed('1/d', rows.map((row) => row.failuresPerDay));
  const shares = (['field', 'predicted', 'estimate', 'mixed'] as const).flatMap((basis) => {
    const perDay = rows.reduce((sum, row) => (row.failureBasis === basis ? sum + row.failuresPerDay.value : sum), 0);
    return perDay === 0 ? [] : [{ basis, percent: (100 * perDay) / total.value }];
  });
  const only = shares.length === 1 ? shares[0] : undefined;
  const words = only === undefined ? shares.map(({ basis, percent }) => `${percent.toFixed(0)} % ${basisWords[basis]}`).join(', ') : `all ${basisWords[only.basis]}`;
  return shares.length === 0 ? total : { ...total, source: `${total.source}; ${words}` };
}

function rowOf(tally: Tally, sourceCount: number): BillRow {
  const source = 'bill of materials: installed pieces times the figures of the part';
  // A prediction that no publication stands behind is an estimate.
  const failureBasis: FailureBasis = tally.failureBasis === 'predicted' && tally.failureKind === 'estimate' ? 'estimate' : tally.failureBasis;
  return {
    role: tally.role, part: tally.part, count: tally.role === 'laserSource' ? sourceCount : tally.count,
    costUsd: { value: tally.costUsd, unit: '$', kind: tally.costKind, source },
    powerW: { value: tally.powerW, unit: 'W', kind: tally.powerKind, source },
    failuresPerDay: { value: 24 * tally.failuresPerH, unit: '1/d', kind: tally.failureKind, source: `${source}; ${basisWords[failureBasis]}` },
    failureBasis,
  };
}

function countComponents(fabric: CompiledFabric): ReadonlyMap<ComponentKind, number> {
  const counts = new Map<ComponentKind, number>();
  for (const kind of fabric.componentKind) {
    const name = componentKinds[kind] ?? 'site';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function cableMetres(fabric: CompiledFabric): { readonly cables: number; readonly metres: number } {
  let cables = 0;
  let metres = 0;
  const scaleUp = linkTiers.indexOf('scaleUp');
  for (let link = 0; link < fabric.linkCount; link += 2) {
    if (fabric.linkTier[link] === scaleUp) continue;
    cables++;
    metres += fabric.linkLengthM[link] ?? 0;
  }
  return { cables, metres };
}

/** Makes the bill. Issue `part-without-figures` for every installed part whose power, cost or failure rate is unknown. */
export function makeBill(cluster: CompiledCluster, find: FindPartFigures): { readonly bill: Bill; readonly issues: readonly Issue[] } {
  const { design, fabric } = cluster;
  const books: Books = {
    design, fabric, find, tallies: new Map(), power: new Map(), places: new Map(), rackPowerW: new Float64Array(fabric.placement.rackCount),
    rackOf: racksOfComponents(fabric), missing: new Set(),
  };
  enterDevices(books);
  enterTerminals(books);
  enterSerdes(books);
  const counts = countComponents(fabric);
  const count = (kind: ComponentKind): number => counts.get(kind) ?? 0;
  const rows = [...books.tallies.values()].map((tally) => rowOf(tally, count('laserSource')));
  const gpus = fabric.gpuNode.length;
  const fabricPowerW = summed('W', rows.map((row) => row.powerW));
  const fabricCostUsd = summed('$', rows.map((row) => row.costUsd));
  const clusterPowerW = summed('W', [fabricPowerW, { ...design.accelerator.powerW, value: gpus * design.accelerator.powerW.value }]);
  const clusterCostUsd = summed('$', [fabricCostUsd, { ...design.accelerator.costUsd, value: gpus * design.accelerator.costUsd.value }]);
  const transceivers = rows.filter((row) => row.role === 'module').reduce((sum, row) => sum + row.count, 0);
  const { cables, metres } = cableMetres(fabric);
  const named = (powers: Books['power']): readonly NamedPower[] => [...powers].map(([name, { powerW, kind }]) => ({ name, powerW, kind }));
  const bill: Bill = {
    rows, powerParts: named(books.power), powerPlaces: named(books.places),
    fabricPowerW, clusterPowerW, fabricPowerShare: fabricPowerW.value / clusterPowerW.value,
    fabricCostUsd, clusterCostUsd, fabricCostShare: fabricCostUsd.value / clusterCostUsd.value,
    failuresPerDay: failuresOf(rows),
    transceivers, transceiversPerGpu: transceivers / gpus, engines: count('engine'), lasers: count('laser'), lasersPerGpu: count('laser') / gpus,
    switches: count('leaf') + count('spine') + count('core') + count('gateway'), ocsPortsUsed: ocsPorts(fabric),
    cables, cableMetres: metres, racks: fabric.placement.rackCount, rackPowerW: books.rackPowerW,
  };
  const issues = [...books.missing].map((part) => ({
    code: 'part-without-figures', path: `parts.${part}`, value: part,
    message: 'The catalogue has no power, price or failure rate for this part, so the bill leaves it out', remedy: 'Add the missing figures to the part',
  }));
  return { bill, issues };
}

/** Duplex ports of circuit switches with a cable in them. */
function ocsPorts(fabric: CompiledFabric): number {
  const passive = new Set([kindRow('ocs'), kindRow('awgr')]);
  let ports = 0;
  for (let link = 0; link < fabric.linkCount; link++) {
    if (passive.has(fabric.componentKind[fabric.nodeComponent[fabric.linkSource[link] ?? 0] ?? 0] ?? 0)) ports++;
  }
  return ports;
}
