/** From a Cluster document to a cluster design: presets filled in, defaults derived, numbers checked against each other. */

import type { Issue } from '../../base/issue.ts';
import type { Figure } from '../../base/figure.ts';
import { weakestKind } from '../../base/figure.ts';
import type { ClusterDesign, FeedDesign, NicDesign, OcsDesign, ScaleUpDesign, SwitchDesign } from '../../fabric/design.ts';
import type { FamilyKind } from '../../fabric/families/family-design.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import type { Accelerator } from '../../traffic/accelerators.ts';
import { typicalInlet } from '../../thermal/steady.ts';
import { findAccelerator } from '../../traffic/accelerators.ts';
import type { ClusterDocument } from './cluster-shape.ts';
import type { DerivationNotes } from './derivations.ts';
import { defaultNics, defaultSwitches, nicPresets, ocsPresets, switchPresets } from './equipment.ts';
import { familyFrom } from './family.ts';
import type { TierRates } from './media.ts';
import { checkMediaParts, mediaDesign } from './media.ts';
import { suggestion } from './suggestion.ts';
import type { Checked } from './shape-issues.ts';
import { issueAt } from './shape-issues.ts';
import { nodeAt } from './source-tree.ts';

export interface ClusterReading {
  readonly design: ClusterDesign;
  readonly accelerator: Accelerator;
  /** What only the mapping could find. */
  readonly issues: readonly Issue[];
}

const showFigure = (figure: Figure): string => `${Number(figure.value.toPrecision(6))} ${figure.unit} (${figure.kind})`;

/** A whole number at a path, or `otherwise`: cross-checks run even when the shape of other fields is wrong. */
function wholeAt(checked: Checked, key: string, otherwise: number): number | null {
  const node = nodeAt(checked.tree, [key]);
  if (node === null) return otherwise;
  return node.kind === 'scalar' && typeof node.value === 'number' && Number.isInteger(node.value) && node.value > 0 ? node.value : null;
}

/** What no field can see alone: GPUs that fill their nodes, part ids that exist. */
export function crossCheckCluster(checked: Checked, catalogue: Catalogue): readonly Issue[] {
  const issues: Issue[] = [];
  const gpus = nodeAt(checked.tree, ['gpus']) === null ? null : wholeAt(checked, 'gpus', 0);
  const perNode = wholeAt(checked, 'gpusPerNode', 8);
  if (gpus !== null && perNode !== null && gpus % perNode !== 0) {
    const lower = Math.floor(gpus / perNode) * perNode;
    issues.push(issueAt(checked, ['gpus'], {
      code: 'gpus-do-not-fill-nodes',
      message: `Nodes of ${perNode} GPUs do not add up to this number`,
      remedy: `Use ${lower > 0 ? `${lower} or ` : ''}${lower + perNode} GPUs, or change \`gpusPerNode\``,
    }));
  }
  for (const path of [['scaleUp', 'part'], ['ocs', 'part']]) {
    const node = nodeAt(checked.tree, path);
    if (node?.kind !== 'scalar' || typeof node.value !== 'string' || catalogue.find(node.value) !== undefined) continue;
    issues.push(issueAt(checked, path, {
      code: 'unknown-part',
      message: 'No part of the catalogue has this id',
      remedy: suggestion(node.value, catalogue.parts.map((part) => part.id), 'List the catalogue with `heliostat parts`'),
    }));
  }
  return [...issues, ...checkMediaParts(checked, ['media'], catalogue)];
}

function accelerator(document: ClusterDocument, notes: DerivationNotes): Accelerator {
  const written = typeof document.accelerator === 'string' ? { preset: document.accelerator } : document.accelerator;
  const preset = findAccelerator(written.preset);
  if (preset === null) throw new Error(`accelerator ${written.preset} passed the check but is not known`);
  const result: Accelerator = {
    ...preset,
    name: written.name ?? preset.name,
    peakTflops: { bf16: written.peakBf16 ?? preset.peakTflops.bf16, fp8: written.peakFp8 ?? preset.peakTflops.fp8, fp4: written.peakFp4 ?? preset.peakTflops.fp4 },
    hbmGb: written.memory === undefined ? preset.hbmGb : written.memory / 8e9,
    hbmGBps: written.memoryRate === undefined ? preset.hbmGBps : written.memoryRate / 8,
    powerW: written.power ?? preset.powerW,
  };
  const shown: readonly (readonly [string, unknown, string])[] = [
    ['name', written.name, result.name], ['peakBf16', written.peakBf16, `${result.peakTflops.bf16 ?? 0} TFLOP/s`],
    ['peakFp8', written.peakFp8, result.peakTflops.fp8 === null ? 'not supported' : `${result.peakTflops.fp8} TFLOP/s`],
    ['peakFp4', written.peakFp4, result.peakTflops.fp4 === null ? 'not supported' : `${result.peakTflops.fp4} TFLOP/s`],
    ['memory', written.memory, `${result.hbmGb} GB`], ['memoryRate', written.memoryRate, `${result.hbmGBps} GB/s`], ['power', written.power, `${result.powerW} W`],
  ];
  for (const [key, given, value] of shown) if (given === undefined) notes.preset(`accelerator.${key}`, value, preset.source);
  return result;
}

function scaleUp(document: ClusterDocument, board: Accelerator, notes: DerivationNotes): ScaleUpDesign {
  const { size, rate, lanes, latency, part, energy, switchMtbf } = document.scaleUp;
  const ownSize = size ?? Math.min(board.scaleUp.size, document.gpus);
  const ownRate = rate ?? board.scaleUp.GBps * 8;
  if (size === undefined) notes.derived('scaleUp.size', ownSize, `domain of ${board.name} (${board.scaleUp.size}), at most all ${document.gpus} GPUs`);
  if (rate === undefined) notes.preset('scaleUp.rate', `${ownRate} Gb/s`, board.source);
  return { size: ownSize, rateGbpsPerGpu: ownRate, lanesPerGpu: lanes, latencyNs: latency, part, pjPerBit: energy, switchMtbfH: hours(switchMtbf) };
}

/** A spec's times are read in ns; the fabric states lifetimes in hours. */
const hours = (figure: Figure): Figure => ({ ...figure, value: figure.value / 3600e9, unit: 'h' });

type SwitchDocument = Exclude<NonNullable<ClusterDocument['switch']>, string>;
type NicDocument = Exclude<NonNullable<ClusterDocument['nic']>, string>;
type OcsDocument = Exclude<NonNullable<ClusterDocument['ocs']>, string>;

function noteEquipment(notes: DerivationNotes, path: string, shown: readonly (readonly [string, unknown, string | Figure])[]): void {
  for (const [key, given, value] of shown) {
    if (given !== undefined) continue;
    if (typeof value === 'string') notes.preset(`${path}.${key}`, value, 'known equipment');
    else notes.preset(`${path}.${key}`, showFigure(value), value.source);
  }
}

function presetOf<T>(presets: Readonly<Record<string, T>>, name: string): T {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined) throw new Error(`equipment ${name} passed the check but is not known`);
  return preset;
}

/** The known equipment for a rate, noted as such. */
function presetFor(choices: typeof defaultSwitches, path: string, rateGbps: number, notes: DerivationNotes): string {
  const preset = choices.find(({ upToGbps }) => rateGbps <= upToGbps)?.preset ?? '';
  notes.derived(path, preset, `the default for ${rateGbps} Gb/s for each accelerator`);
  return preset;
}

function switchDesign(document: NonNullable<ClusterDocument['switch']>, notes: DerivationNotes): SwitchDesign {
  const written: SwitchDocument = typeof document === 'string' ? { preset: document } : document;
  const preset = presetOf(switchPresets, written.preset);
  const design: SwitchDesign = {
    name: written.name ?? preset.name, radix: written.radix ?? preset.radix, portRateGbps: written.portRate ?? preset.portRateGbps,
    powerW: written.power ?? preset.powerW, costUsd: written.cost ?? preset.costUsd, latencyNs: written.latency ?? preset.latencyNs,
    mtbfH: written.mtbf === undefined ? preset.mtbfH : hours(written.mtbf),
  };
  noteEquipment(notes, 'switch', [
    ['name', written.name, design.name], ['radix', written.radix, String(design.radix)], ['portRate', written.portRate, `${design.portRateGbps} Gb/s`],
    ['power', written.power, design.powerW], ['cost', written.cost, design.costUsd], ['latency', written.latency, `${design.latencyNs} ns`], ['mtbf', written.mtbf, design.mtbfH],
  ]);
  return design;
}

function nicDesign(document: NonNullable<ClusterDocument['nic']>, notes: DerivationNotes): NicDesign {
  const written: NicDocument = typeof document === 'string' ? { preset: document } : document;
  const preset = presetOf(nicPresets, written.preset);
  const design: NicDesign = {
    name: written.name ?? preset.name, powerW: written.power ?? preset.powerW, costUsd: written.cost ?? preset.costUsd,
    latencyNs: written.latency ?? preset.latencyNs, mtbfH: written.mtbf === undefined ? preset.mtbfH : hours(written.mtbf),
  };
  noteEquipment(notes, 'nic', [
    ['name', written.name, design.name], ['power', written.power, design.powerW], ['cost', written.cost, design.costUsd],
    ['latency', written.latency, `${design.latencyNs} ns`], ['mtbf', written.mtbf, design.mtbfH],
  ]);
  return design;
}

function ocsDesign(document: ClusterDocument['ocs'], notes: DerivationNotes): OcsDesign | null {
  if (document === undefined) return null;
  const written: OcsDocument = typeof document === 'string' ? { preset: document } : document;
  const preset = presetOf(ocsPresets, written.preset);
  const design: OcsDesign = {
    name: written.name ?? preset.name, part: written.part ?? preset.part, radix: written.radix ?? preset.radix,
    powerW: written.power ?? preset.powerW, costUsd: written.cost ?? preset.costUsd, mtbfH: written.mtbf === undefined ? preset.mtbfH : hours(written.mtbf),
  };
  noteEquipment(notes, 'ocs', [
    ['name', written.name, design.name], ['part', written.part, design.part], ['radix', written.radix, String(design.radix)],
    ['power', written.power, design.powerW], ['cost', written.cost, design.costUsd], ['mtbf', written.mtbf, design.mtbfH],
  ]);
  return design;
}

const feedDesign = (document: ClusterDocument['feeds']['power']): FeedDesign | null =>
  document === 'none' ? null : { per: document.per, spares: document.spares, mtbfH: hours(document.mtbf) };

export const tierRates = (design: Pick<ClusterDesign, 'rateGbpsPerGpu' | 'switch'>): TierRates => ({
  access: design.rateGbpsPerGpu, fabric: design.switch.portRateGbps, core: design.switch.portRateGbps, dci: design.switch.portRateGbps,
});

/** Fabrics without packet switches: no link of theirs meets a switch port. */
const portless: ReadonlySet<FamilyKind> = new Set<FamilyKind>(['torus', 'scale-up', 'photonic-mesh', 'bypass-ring', 'ocs-cubes', 'ocs-rails']);

/** A port carries one link, so a link faster than its port cannot be built. */
function slowPort(checked: Checked, rateGbps: number, portRateGbps: number): Issue {
  return issueAt(checked, nodeAt(checked.tree, ['switch']) === null ? ['rate'] : ['switch'], {
    code: 'port-too-slow', message: `A link of ${rateGbps} Gb/s for each accelerator does not fit a switch port of ${portRateGbps} Gb/s`,
    remedy: 'Choose a switch with faster ports, or a lower `rate`',
  });
}

const { airC, airPreheatK, coolantC } = typicalInlet;
/** How case temperatures come about that no file states. */
const settledByThermalModel = `settled by the thermal model from the power of each part at ${airC.value} °C rack inlet, ${airPreheatK.value} K of preheating and ${coolantC.value} °C coolant`;

/** Maps a document whose shape and cross-checks passed. */
export function clusterFrom(document: ClusterDocument, checked: Checked, catalogue: Catalogue, notes: DerivationNotes): ClusterReading {
  const board = accelerator(document, notes);
  const { hostPower, cost, mtbf } = document.server;
  const power: Figure = { value: board.powerW + hostPower.value, unit: 'W', kind: weakestKind(['published', hostPower.kind]), source: `${board.source}; ${hostPower.source}` };
  notes.derived('server.power', `${power.value} W`, `accelerator.power ${board.powerW} W and server.hostPower ${hostPower.value} W`);
  const rateGbpsPerGpu = document.rate ?? board.nicGbps;
  if (document.rate === undefined) notes.preset('rate', `${rateGbpsPerGpu} Gb/s`, board.source);
  const packetSwitch = switchDesign(document.switch ?? presetFor(defaultSwitches, 'switch', rateGbpsPerGpu, notes), notes);
  const nic = nicDesign(document.nic ?? presetFor(defaultNics, 'nic', rateGbpsPerGpu, notes), notes);
  const issues: Issue[] = [];
  if (!portless.has(document.fabric.kind) && rateGbpsPerGpu > packetSwitch.portRateGbps) issues.push(slowPort(checked, rateGbpsPerGpu, packetSwitch.portRateGbps));
  const rates = tierRates({ rateGbpsPerGpu, switch: packetSwitch });
  const { floor } = document;
  const design: ClusterDesign = {
    name: document.name,
    gpus: document.gpus,
    gpusPerNode: document.gpusPerNode,
    accelerator: { name: board.name, powerW: power, costUsd: cost, mtbfH: hours(mtbf) },
    scaleUp: scaleUp(document, board, notes),
    rateGbpsPerGpu,
    family: familyFrom(document.fabric, { gpus: document.gpus, gpusPerNode: document.gpusPerNode, radix: packetSwitch.radix }, notes),
    switch: packetSwitch,
    ocs: ocsDesign(document.ocs, notes),
    nic,
    media: mediaDesign({ catalogue, rates, notes, checked, base: ['media'], issues }, document.media),
    floor: {
      rows: floor.rows, racksPerRow: floor.racksPerRow, rackPitchM: floor.rackPitch, rowPitchM: floor.rowPitch, nodesPerRack: floor.nodesPerRack,
      switchesPerRack: floor.switchesPerRack, leafPlacement: floor.leafPlacement, spinePlacement: floor.spinePlacement,
      trayRiseM: floor.trayRise, slackM: floor.slack, inRackM: floor.inRack,
    },
    feeds: { power: feedDesign(document.feeds.power), coolant: feedDesign(document.feeds.coolant) },
    caseTemperatureC: document.caseTemperature ?? null,
  };
  if (document.caseTemperature === undefined) notes.derived('caseTemperature', 'each part\'s own', settledByThermalModel);
  notes.derived('nodes', document.gpus / document.gpusPerNode, `gpus ${document.gpus} / gpusPerNode ${document.gpusPerNode}`);
  return { design, accelerator: board, issues };
}
