/** Turns one cable of the draft into two directed links: length, medium, ends, latency and wavelengths. */

import type { Issue } from '../base/issue.ts';
import type { LinkTables } from './compile.ts';
import type { ClusterDesign, MediumDesign } from './design.ts';
import type { GraphDraft, WiredGraph } from './draft.ts';
import type { LinkTier, NodeKind } from './fabric.ts';
import { linkTiers, nodeKinds } from './fabric.ts';
import { cableLengthM } from './floor-plan.ts';
import type { Installation } from './installation.ts';
import type { EvaluateMedium, MediumAnswer } from './medium.ts';
import { chooseMedium } from './medium.ts';
import type { InstalledEnd } from './terminals.ts';
import { laserOf } from './terminals.ts';

export interface Cabling {
  readonly design: ClusterDesign;
  readonly draft: GraphDraft;
  readonly graph: WiredGraph;
  readonly installation: Installation;
  readonly tables: LinkTables;
  readonly evaluate: EvaluateMedium;
}

const isPassive = (kind: NodeKind): boolean => kind === 'ocs' || kind === 'awgr';

/** Time inside the device that sends on this link: a switch forwards, a NIC sends or receives at the access tier, glass does nothing. */
function deviceLatencyNs(design: ClusterDesign, source: NodeKind, tier: LinkTier): number {
  if (isPassive(source)) return 0;
  const nic = tier === 'access' ? design.nic.latencyNs : 0;
  return nic + (tier === 'access' && source === 'gpu' ? 0 : design.switch.latencyNs);
}

function pushLink(cabling: Cabling, link: {
  readonly row: number; readonly lengthM: number; readonly latencyNs: number; readonly mediumIx: number; readonly end: InstalledEnd;
  readonly rateGbps: readonly number[]; readonly slot: readonly number[];
}): void {
  const { tables } = cabling;
  tables.lengthM.push(link.lengthM);
  tables.latencyNs.push(link.latencyNs);
  tables.medium.push(link.mediumIx);
  tables.port.push(link.end.port);
  tables.waveOffset.push(tables.waveLink.length);
  let sum = 0;
  link.rateGbps.forEach((rate, wavelength) => {
    tables.waveLink.push(link.row);
    tables.waveSlot.push(link.slot[wavelength] ?? -1);
    tables.waveRateGbps.push(rate);
    tables.waveLaser.push(laserOf(link.end, wavelength, link.rateGbps.length));
    sum += rate;
  });
  tables.rateGbps.push(sum);
}

function mediumIxOf(installation: Installation, medium: MediumDesign): number {
  const known = installation.media.indexOf(medium);
  return known >= 0 ? known : installation.media.push(medium) - 1;
}

/** A scale-up link: electrical lanes between an accelerator and its domain switch, rated by the design. */
function scaleUpLink(cabling: Cabling, cable: number): null {
  const { design, installation, draft, tables } = cabling;
  const { scaleUp } = design;
  const mediumIx = mediumIxOf(installation, installation.scaleUpMedium);
  const lane = scaleUp.rateGbpsPerGpu / scaleUp.lanesPerGpu;
  const rateGbps = new Array<number>(scaleUp.lanesPerGpu).fill(lane);
  const slot = new Array<number>(scaleUp.lanesPerGpu).fill(-1);
  [draft.cableNear.at(cable), draft.cableFar.at(cable)].forEach((node, direction) => {
    const end = installation.terminals.installPort(installation.nodeComponent[node] ?? 0, cable);
    pushLink(cabling, { row: 2 * cable + direction, lengthM: 0, latencyNs: scaleUp.latencyNs, mediumIx, end, rateGbps, slot });
  });
  tables.cable.push(-1);
  tables.use.push(-1);
  return null;
}

/** The component that holds a link end: a NIC of its own for an accelerator's access link, else the device itself. */
function holderOf(installation: Installation, node: number, kind: NodeKind, tier: LinkTier): number {
  const device = installation.nodeComponent[node] ?? 0;
  if (kind !== 'gpu' || tier !== 'access') return device;
  return installation.components.add('nic', installation.components.parent.at(device), installation.nextNic++);
}

/** The rates of a link's wavelengths: what physics gives, but never more than an even share of the port's rate. */
function portLimited(medium: MediumDesign, answer: MediumAnswer): readonly number[] {
  const rates = answer.rateGbps.slice(0, medium.wavelengthsPerLink);
  const share = medium.nominalRateGbps / Math.max(1, rates.length);
  return rates.map((rate) => Math.min(rate, share));
}

function useRow(installation: Installation, use: Installation['uses'][number]): number {
  const { uses } = installation;
  const known = uses.findIndex((other) => other.medium === use.medium && other.lengthM === use.lengthM && other.throughPart === use.throughPart && other.passedOver.length === use.passedOver.length);
  return known >= 0 ? known : uses.push(use) - 1;
}

/** Adds the two links of cable `cable`. Returns an issue when its tier has no medium. */
export function cableLink(cabling: Cabling, cable: number): Issue | null {
  const { design, draft, graph, installation, tables, evaluate } = cabling;
  const tier = linkTiers[draft.cableTier.at(cable)] ?? 'fabric';
  if (tier === 'scaleUp') return scaleUpLink(cabling, cable);
  const ends = [draft.cableNear.at(cable), draft.cableFar.at(cable)] as const;
  const kinds = ends.map((node) => nodeKinds[graph.nodeKind[node] ?? 0] ?? 'gpu') as [NodeKind, NodeKind];
  const racks = ends.map((node) => installation.placement.unitRack[draft.nodeUnit.at(node)] ?? 0) as [number, number];
  const stated = draft.cableLengthM.at(cable);
  const lengthM = stated >= 0 ? stated : cableLengthM(installation.placement, design.floor, { fromRack: racks[0], toRack: racks[1] });
  const passive = kinds.some(isPassive);
  // Light passes a circuit switch and goes on over a second fibre of about the same length before it is received.
  const chosen = chooseMedium(evaluate, design.media[tier], {
    lengthM: passive ? 2 * lengthM : lengthM, caseTemperatureC: design.caseTemperatureC, throughPart: passive ? (design.ocs?.part ?? null) : null,
  });
  if (chosen === null) {
    return { code: 'no-medium', path: `media.${tier}`, message: `The fabric has ${tier} links and no medium is stated for them`, remedy: `Name at least one part for the ${tier} tier` };
  }
  const { medium, answer } = chosen;
  const mediumIx = mediumIxOf(installation, medium);
  const rateGbps = portLimited(medium, answer);
  const lightLatencyNs = passive ? answer.latencyNs / 2 : answer.latencyNs;
  ends.forEach((node, direction) => {
    const kind = kinds[direction] ?? 'gpu';
    const holder = holderOf(installation, node, kind, tier);
    const terminal = direction === 0 ? medium.near : medium.far;
    const end = isPassive(kind) ? installation.terminals.installPort(holder, cable) : installation.terminals.install(holder, terminal);
    pushLink(cabling, { row: 2 * cable + direction, lengthM, latencyNs: lightLatencyNs + deviceLatencyNs(design, kind, tier), mediumIx, end, rateGbps, slot: answer.slot });
  });
  const parent = racks[0] === racks[1] ? (installation.rackComponent[racks[0]] ?? 0) : (installation.siteComponent[installation.placement.rackSite[racks[0]] ?? 0] ?? 0);
  tables.cable.push(installation.components.add('cable', parent, cable, medium.cablePart));
  tables.use.push(useRow(installation, { mediumIx, medium, lengthM, throughPart: passive ? (design.ocs?.part ?? null) : null, answer, passedOver: chosen.passedOver }));
  return null;
}
