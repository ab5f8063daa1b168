/** The package types as data: pluggables, a co-packaged engine beside its switch ASIC, laser modules, a NIC and an accelerator. */

import type { EvidenceKind, Figure } from '../base/figure.ts';
import type { Cooling, HeatSource, PackageLink, PackageNode, PackageType } from './package-type.ts';

const estimated = 'engineering estimate';
const figure = (value: number, unit: string, source: string, kind: EvidenceKind = 'estimate'): Figure => ({ value, unit, kind, source });

const node = (name: string, capacityJPerK: number, source: string): PackageNode => ({ name, capacityJPerK: figure(capacityJPerK, 'J/K', source) });

const link = (from: string, to: string, resistanceKPerW: number, source: string): PackageLink => ({ from, to, resistanceKPerW: figure(resistanceKPerW, 'K/W', source) });

const convective = (from: string, to: Cooling, resistanceKPerW: number, source: string): PackageLink =>
  ({ ...link(from, to, resistanceKPerW, source), convection: to });

/** A power with its split into what idles and what follows traffic; `share` is the part of the module's power. */
interface SourceSpec {
  readonly name: string;
  readonly node: string;
  readonly totalW: Figure;
  readonly share: number;
  /** Share of this source's power that follows activity. */
  readonly dynamicShare: number;
  readonly neighbour?: boolean;
}

function sourceOf({ name, node: heated, totalW, share, dynamicShare, neighbour = false }: SourceSpec): HeatSource {
  const shareW = totalW.value * share;
  // The split by sub-part and by activity is an estimate even where the module's total is published.
  const part = (value: number): Figure => ({ value, unit: 'W', kind: 'estimate', source: `${totalW.source}; split by sub-part is an estimate` });
  return { name, node: heated, idleW: part(shareW * (1 - dynamicShare)), dynamicW: part(shareW * dynamicShare), neighbour };
}

const dieSource = 'silicon die volume x 1.63 J/cm3/K; thickness an estimate';
const laserChipC = 'eight InP chips of 0.3 x 0.25 x 0.1 mm x 2 J/cm3/K: junction constant of a millisecond';
const shellC = 'zinc shell of 60 g x 0.39 J/g/K';
const shellR = 'shell to riding heat sink and air add up to 1.5 K/W with 40 J/K: a time constant of 60 s, inside the 30 to 120 s of module cases';
const caseLimit: Figure = figure(70, 'C', 'vendor datasheets: case 0 to 70 °C', 'published');

interface PluggableSpec {
  readonly id: string;
  readonly name: string;
  readonly powerW: Figure;
  /** Shares of module power; they sum to 1. */
  readonly shares: { readonly dsp: number; readonly laser: number; readonly driver: number; readonly module: number };
  /** Heat sink to air at design flow, K/W. */
  readonly sinkToAirKPerW: number;
}

/** DSPs idle at most of their power because the line never stops; only the datapath follows traffic. */
const dspDynamicShare = 0.2;

function pluggable({ id, name, powerW, shares, sinkToAirKPerW }: PluggableSpec): PackageType {
  const hasDsp = shares.dsp > 0;
  const hasLaser = shares.laser > 0;
  const source = (sourceName: string, nodeName: string, share: number, dynamicShare: number): HeatSource[] =>
    (share > 0 ? [sourceOf({ name: sourceName, node: nodeName, totalW: powerW, share, dynamicShare })] : []);
  return {
    id, name, ports: ['air'],
    nodes: [
      ...(hasDsp ? [node('dsp', 0.05, dieSource)] : []),
      ...(hasLaser ? [node('laserJunction', 1.2e-4, laserChipC)] : []),
      ...(shares.driver > 0 ? [node('driver', 0.02, dieSource)] : []),
      node('case', 25, shellC),
      node('heatSink', 15, 'aluminium riding heat sink of 17 g x 0.9 J/g/K'),
    ],
    links: [
      ...(hasDsp ? [link('dsp', 'case', 1.5, 'die, package and gap filler of a 100 mm2 flip chip')] : []),
      ...(hasLaser ? [link('laserJunction', 'case', 6.25, 'eight lasers of 50 K/W in parallel, junction to shell')] : []),
      ...(shares.driver > 0 ? [link('driver', 'case', 3, 'driver and TIA dies through gap filler')] : []),
      link('case', 'heatSink', 0.3, shellR),
      convective('heatSink', 'air', sinkToAirKPerW, shellR),
    ],
    sources: [
      ...source('dsp', 'dsp', shares.dsp, dspDynamicShare),
      ...source('laser', 'laserJunction', shares.laser, 0),
      ...source('driver', 'driver', shares.driver, 0),
      ...source('module', 'case', shares.module, 0),
    ],
    caseNode: 'case', caseLimitC: caseLimit, laserNode: hasLaser ? 'laserJunction' : null, ringNode: null,
  };
}

const dspShares = { dsp: 0.5, laser: 0.2, driver: 0.2, module: 0.1 };
const linearShares = { dsp: 0, laser: 0.45, driver: 0.45, module: 0.1 };

/** A ring and its heater: 25 mW move it by one FSR of 13 nm, and 0.065 nm/K make that 200 K, hence 8000 K/W. */
const ringR = 'heater of 25 mW per FSR of 13 nm at 0.065 nm/K (checks T02, T03, T05): 200 K / 25 mW';
const ringC = '8000 K/W and a time constant of 30 us, inside the 10 to 100 us of rings';
const ringHeaterW = figure(0.003, 'W', 'micro-ring heater, 1 to 5 mW typical');
const engineW = figure(7, 'W', 'NVIDIA GTC 2025: optical engine about 7 W per 1.6 Tb/s, laser about 2 W', 'published');
const asicShareW = figure(22, 'W', 'a 28.8 Tb/s switch ASIC of about 400 W shared by 18 engines of 1.6 Tb/s');
const coolantLimit = figure(55, 'C', 'co-packaged case range 10 to 55 C, coolant-limited: modelling default by kind');

/** Engine, ASIC share and cold plate under one lid; resistances are those of the whole package times its 18 engines. */
const engineNodes: readonly PackageNode[] = [
  node('ring', 3.75e-9, ringC),
  node('pic', 0.1, dieSource),
  node('eic', 0.05, dieSource),
  node('asic', 0.2, `one eighteenth of a switch die; ${dieSource}`),
  node('lid', 5, 'one eighteenth of a 230 g copper lid x 0.385 J/g/K'),
  node('coldPlate', 17, 'one eighteenth of an 800 g copper cold plate x 0.385 J/g/K'),
];

const engineLinks: readonly PackageLink[] = [
  link('ring', 'pic', 8000, ringR),
  link('eic', 'pic', 0.6, 'electronic die bonded on the photonic die'),
  link('eic', 'lid', 1.2, 'thin die and gap filler to the lid'),
  link('pic', 'lid', 4, 'photonic die through the mould to the lid'),
  link('asic', 'pic', 20, 'lateral path in the substrate between the switch die and the engine'),
  link('asic', 'lid', 0.54, 'switch die to lid 0.03 K/W x 18 shares'),
  link('lid', 'coldPlate', 0.18, 'lid to cold plate 0.01 K/W x 18 shares'),
  convective('coldPlate', 'coolant', 0.18, 'cold plate to coolant 0.01 K/W x 18 shares'),
];

const engineSources: readonly HeatSource[] = [
  sourceOf({ name: 'heater', node: 'ring', totalW: ringHeaterW, share: 1, dynamicShare: 0 }),
  sourceOf({ name: 'driver', node: 'eic', totalW: engineW, share: 0.85, dynamicShare: 0.1 }),
  sourceOf({ name: 'module', node: 'pic', totalW: engineW, share: 0.15, dynamicShare: 0 }),
  sourceOf({ name: 'switchAsic', node: 'asic', totalW: asicShareW, share: 1, dynamicShare: 0.45, neighbour: true }),
];

const combPumpW = figure(0.27, 'W', 'quantum-dot comb, 270 mW electrical', 'published');
const elsW = figure(9, 'W', 'ELSFP module of eight lasers, 6 to 12 W');
const nicW = figure(25, 'W', 'one 400 to 800 Gb/s NIC card without its transceiver');
const acceleratorW = figure(1000, 'W', 'liquid-cooled accelerator of the 1 kW class');

/** Every package type by id. */
export const packageTypes: readonly PackageType[] = [
  pluggable({ id: 'osfp-dsp-800g', name: 'OSFP pluggable with DSP, 400G and 800G', powerW: figure(15, 'W', 'axiomupgrades.com: 800G DSP 14 to 16 W typical', 'published'), shares: dspShares, sinkToAirKPerW: 1.2 }),
  pluggable({ id: 'osfp-dsp-1600g', name: '1.6T OSFP pluggable with DSP', powerW: figure(27.5, 'W', 'flyfortech.com; Marvell/Cignal: 25 to 30 W', 'published'), shares: dspShares, sinkToAirKPerW: 0.7 }),
  pluggable({ id: 'osfp-lpo-800g', name: '800G linear pluggable without DSP', powerW: figure(7, 'W', 'gazettabyte.com and axiomupgrades.com: 5 to 9 W', 'published'), shares: linearShares, sinkToAirKPerW: 1.2 }),
  pluggable({
    id: 'osfp-aec-800g', name: '800G active electrical cable plug', powerW: figure(10, 'W', 'two-retimer cable, 8 to 12 W per end'),
    shares: { dsp: 0.9, laser: 0, driver: 0, module: 0.1 }, sinkToAirKPerW: 1.2,
  }),
  {
    id: 'cpo-engine-liquid', name: '1.6T co-packaged engine beside its switch ASIC, external laser, cold plate', ports: ['coolant'],
    nodes: engineNodes, links: engineLinks, sources: engineSources,
    caseNode: 'lid', caseLimitC: coolantLimit, laserNode: null, ringNode: 'pic',
  },
  {
    id: 'comb-engine-liquid', name: '1.6T co-packaged engine with an integrated comb laser, cold plate', ports: ['coolant'],
    nodes: [node('pumpLaser', 3e-5, 'one InP chip of 1 x 0.3 x 0.05 mm x 2 J/cm3/K'), ...engineNodes],
    links: [link('pumpLaser', 'pic', 40, 'gain chip bonded on the photonic die'), ...engineLinks],
    sources: [sourceOf({ name: 'laser', node: 'pumpLaser', totalW: combPumpW, share: 1, dynamicShare: 0 }), ...engineSources],
    caseNode: 'lid', caseLimitC: coolantLimit, laserNode: 'pumpLaser', ringNode: 'pic',
  },
  {
    id: 'els-module', name: 'External laser source (ELSFP), eight lasers', ports: ['air'],
    nodes: [node('laserJunction', 1.2e-3, 'eight long-cavity InP chips'), node('submount', 0.5, 'AlN submounts and carrier'), node('case', 20, shellC), node('heatSink', 12, 'aluminium heat sink')],
    links: [
      link('laserJunction', 'submount', 2.5, 'eight lasers of 20 K/W in parallel'),
      link('submount', 'case', 0.5, 'carrier to shell'),
      link('case', 'heatSink', 0.3, 'riding heat sink contact'),
      convective('heatSink', 'air', 1.5, 'front-panel heat sink in inlet air'),
    ],
    sources: [
      sourceOf({ name: 'laser', node: 'laserJunction', totalW: elsW, share: 0.8, dynamicShare: 0 }),
      sourceOf({ name: 'driver', node: 'case', totalW: elsW, share: 0.2, dynamicShare: 0 }),
    ],
    caseNode: 'case', caseLimitC: caseLimit, laserNode: 'laserJunction', ringNode: null,
  },
  {
    id: 'nic-module', name: 'Network interface card', ports: ['air'],
    nodes: [node('asic', 0.15, dieSource), node('board', 60, 'circuit board of 70 g x 0.9 J/g/K'), node('heatSink', 45, 'aluminium heat sink of 50 g x 0.9 J/g/K')],
    links: [
      link('asic', 'heatSink', 0.35, 'die, lid and thermal interface'),
      link('asic', 'board', 4, 'package balls to board'),
      convective('heatSink', 'air', 0.9, 'card heat sink at design flow'),
      convective('board', 'air', 3, 'both board faces at design flow'),
    ],
    sources: [sourceOf({ name: 'module', node: 'asic', totalW: nicW, share: 1, dynamicShare: 0.3 })],
    caseNode: 'heatSink', caseLimitC: figure(85, 'C', estimated), laserNode: null, ringNode: null,
  },
  {
    id: 'accelerator-liquid', name: 'Accelerator on a cold plate', ports: ['coolant'],
    nodes: [node('gpu', 3, dieSource), node('memory', 3, dieSource), node('lid', 90, 'copper lid of 230 g'), node('coldPlate', 300, 'copper cold plate of 800 g')],
    links: [
      link('gpu', 'lid', 0.015, 'two reticle dies and liquid metal'),
      link('memory', 'lid', 0.06, 'eight memory stacks'),
      link('lid', 'coldPlate', 0.008, 'thermal interface of 50 cm2'),
      convective('coldPlate', 'coolant', 0.01, 'micro-channel cold plate at design flow'),
    ],
    sources: [
      sourceOf({ name: 'gpu', node: 'gpu', totalW: acceleratorW, share: 0.85, dynamicShare: 0.85 }),
      sourceOf({ name: 'memory', node: 'memory', totalW: acceleratorW, share: 0.15, dynamicShare: 0.7 }),
    ],
    caseNode: 'lid', caseLimitC: figure(85, 'C', estimated), laserNode: null, ringNode: null,
  },
];

/** A package type by id, or null. */
export function findPackageType(id: string): PackageType | null {
  return packageTypes.find((type) => type.id === id) ?? null;
}

/** Above this power a DSP pluggable gets the taller heat sink of the 1.6T class. */
const tallSinkFromW = 18;

/** Capacity of the engine that the engine packages stand for. */
export const enginePackageGbps = 1600;

const linearKinds = ['lpo', 'microled', 'pluggable-startup'];
const engineKinds = ['cpo', 'npo', 'vcsel-array'];
const combKinds = ['optical-io', 'optical-io-spec', 'comb-laser'];
const dspKinds = ['pluggable-dsp', 'pluggable-mm', 'pluggable-tro', 'pluggable-lro', 'coherent'];

/** The package in which a catalogue part of a kind and power sits, or null for parts that make no heat at the port (passive copper, fibre). */
export function packageForPart(part: { readonly kind: string; readonly powerW: number }): PackageType | null {
  if (dspKinds.includes(part.kind)) return findPackageType(part.powerW >= tallSinkFromW ? 'osfp-dsp-1600g' : 'osfp-dsp-800g');
  if (linearKinds.includes(part.kind)) return findPackageType('osfp-lpo-800g');
  if (engineKinds.includes(part.kind)) return findPackageType('cpo-engine-liquid');
  if (combKinds.includes(part.kind)) return findPackageType('comb-engine-liquid');
  if (part.kind === 'laser-source') return findPackageType('els-module');
  return part.kind === 'copper' && part.powerW > 0 ? findPackageType('osfp-aec-800g') : null;
}
