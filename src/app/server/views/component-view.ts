/** One component with what hangs on it; wavelengths of one link; cross-connects of one switch; the cluster in figures. */

import { rowsOf } from '../../../base/csr.ts';
import { kindOf } from '../../../fabric/components.ts';
import type { ComponentIx } from '../../../fabric/fabric.ts';
import { shortNodeName } from '../../../fabric/refused-cables.ts';
import { portTable } from '../../../control/circuit-ports.ts';
import { healthNames } from '../../../control/fact.ts';
import { linkGbps, wavelengthGbps } from '../../../control/light.ts';
import type { Plant } from '../../../control/plant.ts';
import type { State } from '../../../control/state.ts';
import type { Circuits, Cluster, Component, ComponentRow, Wavelengths } from '../../contract/cluster.ts';
import type { LogIndex } from '../log-index.ts';

export const componentName = ({ cluster: { fabric } }: Plant, row: number): string => fabric.componentName(row as ComponentIx);

/** `leaf3 to spine2`. */
export const linkName = ({ cluster: { fabric } }: Plant, link: number): string =>
  `${shortNodeName(fabric, fabric.linkSource[link] ?? 0)} to ${shortNodeName(fabric, fabric.linkTarget[link] ?? 0)}`;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export interface ClusterFrame {
  readonly id: string;
  readonly epoch: string;
  readonly mode: Cluster['mode'];
}

/** Usable rate of all links over the design's. */
export function lightShare(state: State): number {
  const { fabric } = state.plant.cluster;
  let usable = 0;
  let design = 0;
  for (let link = 0; link < fabric.linkCount; link++) {
    usable += linkGbps(state, link);
    design += fabric.linkRateGbps[link] ?? 0;
  }
  return design > 0 ? usable / design : 1;
}

/** `oldestN` is the history's. */
export function clusterView(state: State, { id, epoch, mode }: ClusterFrame, { oldestN }: Pick<Cluster, 'oldestN'>): Cluster {
  const { plant } = state;
  const { fabric } = plant.cluster;
  const counts = new Array<number>(healthNames.length).fill(0);
  for (const health of state.components.health) counts[health] = (counts[health] ?? 0) + 1;
  const devices = { up: 0, stale: 0, silent: 0, lying: 0 };
  for (const { link } of state.devices.values()) devices[link] += 1;
  return {
    id, name: plant.name, fingerprint: plant.fingerprint, epoch, nowNs: state.nowNs, version: state.n, mode,
    gpus: fabric.gpuNode.length, nodes: fabric.nodeCount, links: fabric.linkCount, wavelengths: fabric.wavelengthCount, components: fabric.componentCount,
    jobs: state.jobs.size, leases: state.leases.size, openPlans: state.openPlans.size, oldestN,
    health: Object.fromEntries(healthNames.map((name, row) => [name, counts[row] ?? 0])) as Cluster['health'], lightShare: lightShare(state), devices,
  };
}

/** Leases whose light crosses any of some links. */
function leasesOn(state: State, links: Iterable<number>): readonly string[] {
  const found = new Set<string>();
  for (const link of links) for (const id of state.leasesOfLink.get(link) ?? []) found.add(id);
  return [...found].sort();
}

/** Leases told by name. */
const leasesToldMax = 500;

export function componentView(state: State, index: LogIndex, row: number): Component {
  const { plant } = state;
  const { fabric } = plant.cluster;
  const blast = plant.domains.blast(row as ComponentIx);
  const leases = leasesOn(state, [...blast.lostLinkRows, ...blast.deratedLinkRows]);
  const jobs = new Set(leases.flatMap((id) => state.leases.get(id)?.request.job ?? []));
  const maintenance = state.maintenance.get(row);
  return {
    ...componentRow(state, index, row),
    children: [...rowsOf(fabric.components.children, row)].map((child) => componentName(plant, child)),
    since: state.components.sinceNs[row] ?? 0,
    caseC: finite(state.components.caseC[row] ?? NaN), settledCaseC: finite(plant.settledCaseC[row] ?? NaN),
    lossDb: state.components.lossDb[row] ?? 0, isDead: state.components.isDead[row] === 1, flaps: state.components.flaps[row] ?? 0,
    measured: [...state.measured].flatMap(([quantity, rows]) => {
      const measured = rows.get(row);
      return measured === undefined ? [] : [{ quantity, value: measured.value, perHour: measured.perHour, atNs: measured.atNs }];
    }),
    blast: { wavelengths: blast.wavelengths, linksLost: blast.linksLost, linksDerated: blast.linksDerated, gpusCut: blast.gpusCut, gpusSlowed: blast.gpusSlowed },
    leases: leases.slice(0, leasesToldMax), jobs: [...jobs].sort(),
    maintenance: maintenance === undefined ? null : { stage: maintenance.stage, by: maintenance.by, sinceNs: maintenance.sinceNs },
  };
}

/** What a list tells of a component. */
export function componentRow({ plant, components }: State, index: LogIndex, row: number): ComponentRow {
  const { fabric } = plant.cluster;
  const part = fabric.components.parts[fabric.components.part[row] ?? 0] ?? '';
  const parent = fabric.componentParent[row] ?? -1;
  return {
    row, name: componentName(plant, row), kind: kindOf(fabric.components, row), part: part === '' ? null : part, parent: parent < 0 ? null : componentName(plant, parent),
    health: healthNames[components.health[row] ?? 0] ?? 'sound', reason: index.data.reasons.get(row) ?? null, version: index.data.components.get(row) ?? 0,
  };
}

export function wavelengthView(state: State, row: number): Wavelengths['rows'][number] {
  const { plant: { cluster: { fabric } }, wavelengths } = state;
  const holder = state.leaseRows[wavelengths.holder[row] ?? -1] ?? null;
  return {
    row, slot: fabric.wavelengthSlot[row] ?? -1, designGbps: fabric.wavelengthRateGbps[row] ?? 0, physicsGbps: wavelengths.physicsGbps[row] ?? 0, toldGbps: wavelengths.rateGbps[row] ?? 0,
    holder, trafficClass: holder === null ? null : state.leases.get(holder)?.request.trafficClass ?? null, tunedNm: wavelengths.tunedNm[row] ?? 0, isDark: wavelengthGbps(state, row) <= 0,
  };
}

export function wavelengthsView(state: State, link: number): Wavelengths {
  const { plant } = state;
  const { fabric } = plant.cluster;
  const rows: Wavelengths['rows'] = [];
  for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) rows.push(wavelengthView(state, row));
  return { link, name: linkName(plant, link), marginDb: finite(state.links.marginDb[link] ?? NaN), rows, sharedGbps: state.links.sharedGbps[link] ?? 0 };
}

const pairs = (ports: ReadonlyMap<number, number>): { a: number; b: number }[] => [...ports].map(([a, b]) => ({ a, b })).sort((one, other) => one.a - other.a);

export function circuitsView(state: State, index: LogIndex, ocs: number): Circuits {
  const observed = state.observedCircuits.get(ocs);
  const intended = pairs(state.circuits.get(ocs) ?? new Map());
  const ports = portTable(state.plant).switches.get(ocs)?.entering.length ?? 0;
  return { ocs: componentName(state.plant, ocs), component: ocs, ports, intended, observed: observed === undefined ? null : pairs(observed), version: index.data.circuits.get(ocs) ?? 0 };
}
