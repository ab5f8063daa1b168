/** The fixed tables of the map, and the columns of its state. */

import { componentKinds } from '../../../fabric/components.ts';
import type { CompiledFabric } from '../../../fabric/compiled.ts';
import { linkTiers, nodeKinds } from '../../../fabric/fabric.ts';
import { healthNames } from '../../../control/fact.ts';
import { linkGbps } from '../../../control/light.ts';
import type { Plant } from '../../../control/plant.ts';
import type { State } from '../../../control/state.ts';
import { trafficClassNames } from '../../../traffic/classes.ts';
import type { ClusterMap, MapState } from '../../contract/cluster.ts';

/** Three decimals: finer than any pixel. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
const roundedOrNull = (value: number): number | null => (Number.isFinite(value) ? rounded(value) : null);

function rackColumns(fabric: CompiledFabric): ClusterMap['racks'] {
  const { placement } = fabric;
  const component = new Array<number>(placement.rackCount).fill(-1);
  const rackKind = componentKinds.indexOf('rack');
  // Racks are numbered through the cluster, so a rack's ordinal is its row.
  fabric.componentKind.forEach((kind, row) => {
    if (kind === rackKind) component[fabric.components.ordinal[row] ?? 0] = row;
  });
  return { component, row: [...placement.rackRow], xM: [...placement.rackX].map(rounded), yM: [...placement.rackY].map(rounded) };
}

/** Units of a rack stand from the bottom in the order of their numbers. */
function nodeColumns(fabric: CompiledFabric): ClusterMap['nodes'] {
  const { placement, nodeUnit } = fabric;
  const inRack = new Map<number, number[]>();
  placement.unitRack.forEach((rack, unit) => {
    const units = inRack.get(rack) ?? [];
    units.push(unit);
    inRack.set(rack, units);
  });
  const slotOf = new Int32Array(placement.unitRack.length);
  for (const units of inRack.values()) units.forEach((unit, slot) => void (slotOf[unit] = slot));
  const unitOf = (node: number): number => nodeUnit[node] ?? -1;
  return {
    component: [...fabric.nodeComponent], kind: [...fabric.nodeKind],
    rack: Array.from({ length: fabric.nodeCount }, (_, node) => placement.unitRack[unitOf(node)] ?? -1),
    slot: Array.from({ length: fabric.nodeCount }, (_, node) => slotOf[unitOf(node)] ?? 0),
  };
}

/** Every table of the map; `links` has one row for each directed link of even number. */
export function mapView({ name, fingerprint, cluster: { fabric } }: Plant): ClusterMap {
  const even = Array.from({ length: fabric.linkCount >> 1 }, (_, row) => row * 2);
  return {
    cluster: name, fingerprint, kinds: [...componentKinds], tiers: [...linkTiers], nodeKinds: [...nodeKinds], classes: [...trafficClassNames],
    components: { kind: [...fabric.componentKind], parent: [...fabric.componentParent], ordinal: [...fabric.components.ordinal] },
    racks: rackColumns(fabric), nodes: nodeColumns(fabric),
    links: {
      from: even.map((link) => fabric.linkSource[link] ?? 0), to: even.map((link) => fabric.linkTarget[link] ?? 0), tier: even.map((link) => fabric.linkTier[link] ?? 0),
      designGbps: even.map((link) => rounded(fabric.linkRateGbps[link] ?? 0)), lengthM: even.map((link) => rounded(fabric.linkLengthM[link] ?? 0)),
      nearBody: even.map((link) => fabric.componentParent[fabric.linkPort[link] ?? -1] ?? -1), farBody: even.map((link) => fabric.componentParent[fabric.linkPort[link + 1] ?? -1] ?? -1),
      wavelengths: even.map((link) => (fabric.linkWavelength[link + 1] ?? 0) - (fabric.linkWavelength[link] ?? 0)),
    },
  };
}

/** What is granted on each directed link, and the highest class on it. */
function grantsByLink(state: State): { readonly gbps: Float64Array; readonly topClass: Int16Array } {
  const { linkCount } = state.plant.cluster.fabric;
  const gbps = new Float64Array(linkCount);
  const topClass = new Int16Array(linkCount).fill(-1);
  for (const { grant } of state.leases.values()) {
    if (grant === null) continue;
    const row = trafficClassNames.indexOf(grant.trafficClass);
    for (const { links, wavelengths, rateGbps } of grant.paths) {
      for (let hop = 0; hop < links.length; hop++) {
        const link = links[hop] ?? 0;
        const held = wavelengths[hop] ?? [];
        let taken = held.length === 0 ? rateGbps : 0;
        for (const wavelength of held) taken += state.wavelengths.physicsGbps[wavelength] ?? 0;
        gbps[link] = (gbps[link] ?? 0) + taken;
        const top = topClass[link] ?? -1;
        if (top < 0 || row < top) topClass[link] = row;
      }
    }
  }
  return { gbps, topClass };
}

/** Whether a directed link carries nothing though physics lets some of its light through: every such wavelength is told to be dark. */
function isOffByPlan(state: State, link: number): boolean {
  const { linkWavelength } = state.plant.cluster.fabric;
  if (linkGbps(state, link) > 0) return false;
  return state.wavelengths.physicsGbps.subarray(linkWavelength[link] ?? 0, linkWavelength[link + 1] ?? 0).some((rate) => rate > 0);
}

/** Off by plan in one direction at least, and dark for no other reason in the other. */
const isPairOffByPlan = (state: State, link: number): boolean => {
  const pair = [link, link + 1];
  return pair.some((one) => isOffByPlan(state, one)) && pair.every((one) => linkGbps(state, one) > 0 || isOffByPlan(state, one));
};

const higher = (a: number, b: number): number => (a < 0 ? b : b < 0 ? a : Math.min(a, b));

/** The worse of both directions where a link is weak, the fuller one where it is used. */
export function mapStateView(state: State): MapState {
  const { plant: { cluster: { fabric } }, components } = state;
  const { gbps, topClass } = grantsByLink(state);
  const links = { usableGbps: [] as number[], grantedGbps: [] as number[], marginDb: [] as (number | null)[], topClass: [] as number[], offByPlan: [] as number[] };
  for (let link = 0; link + 1 < fabric.linkCount; link += 2) {
    links.usableGbps.push(rounded(Math.min(linkGbps(state, link), linkGbps(state, link + 1))));
    links.grantedGbps.push(rounded(Math.max(gbps[link] ?? 0, gbps[link + 1] ?? 0)));
    const [one, other] = [state.links.marginDb[link] ?? NaN, state.links.marginDb[link + 1] ?? NaN];
    links.marginDb.push(roundedOrNull(Number.isNaN(one) ? other : Number.isNaN(other) ? one : Math.min(one, other)));
    links.topClass.push(higher(topClass[link] ?? -1, topClass[link + 1] ?? -1));
    links.offByPlan.push(isPairOffByPlan(state, link) ? 1 : 0);
  }
  const told: MapState['components'] = [];
  const supplies = state.measured.get('supplyC');
  for (let row = 0; row < fabric.componentCount; row++) {
    const health = components.health[row] ?? 0;
    const caseC = components.caseC[row] ?? NaN;
    const lossDb = components.lossDb[row] ?? 0;
    const isDead = components.isDead[row] === 1;
    const supply = supplies?.get(row);
    if (health === 0 && Number.isNaN(caseC) && lossDb === 0 && !isDead && supply === undefined) continue;
    const part = { row, health: healthNames[health] ?? 'sound', caseC: roundedOrNull(caseC), lossDb: rounded(lossDb), isDead };
    told.push(supply === undefined ? part : { ...part, supplyC: rounded(supply.value) });
  }
  return { version: state.n, nowNs: state.nowNs, links, components: told };
}
