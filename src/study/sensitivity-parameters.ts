/** What a sensitivity study can turn: every figure of every part that a choice reads, and the network, machines and site around it. */

import type { EvidenceKind } from '../base/figure.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import { figureOf } from '../optics/catalogue/catalogue.ts';
import type { Param, Part } from '../optics/part.ts';
import type { World } from './sensitivity-outcome.ts';

export interface SensitivityParameter {
  /** `part.figure` of the catalogue, or one of the network's and machines' own names, e.g. `network.rate`. */
  readonly name: string;
  readonly about: string;
  readonly unit: string;
  readonly value: number;
  readonly kind: EvidenceKind;
  readonly source: string;
  /** A change of everyday size: 10 % of a figure on a ratio scale, else 1 dB, 5 C, 1 nm. */
  readonly probe: number;
  /** The same in words. */
  readonly probeText: string;
  /** Values between which thresholds are looked for. */
  readonly low: number;
  readonly high: number;
  /** The world in which the parameter has this value and all else is as it was. */
  readonly apply: (world: World, value: number) => World;
}

/** Figures that count things: they cannot be turned a little. */
const counts = new Set(['lanes', 'lanes_per_laser', 'lines', 'channels', 'ports', 'junctions', 'unretimed_ends', 'active_channels', 'spare_channels']);

/** The unit alone, without the words some sources add: `ns per direction (DSP)` is ns, `$/Gb/s (2025)` is $/Gb/s. */
export const bareUnit = (unit: string): string => (unit.split(/[ ,(]/, 1)[0] ?? '').trim();

interface Scale { readonly probe: number; readonly probeText: string; readonly low: number; readonly high: number }

/** Figures on an interval scale, whose zero means nothing: everyday change and how far thresholds are looked for. */
const intervals: Readonly<Record<string, { readonly probe: number; readonly reach: number }>> = {
  dB: { probe: 1, reach: 10 }, dBm: { probe: 1, reach: 10 }, 'dB/Hz': { probe: 1, reach: 10 }, C: { probe: 5, reach: 40 },
};
/** Wavelengths near the O and C bands are moved by nanometres, not by shares of themselves. */
const lightNm = { fromNm: 200, probe: 1, reach: 20 };
/** On a ratio scale thresholds are looked for between half and twice the value. */
const ratioReach = 2;
const ratioProbe = 0.1;

export function scaleOf(value: number, unit: string): Scale {
  const interval = unit === 'nm' && Math.abs(value) > lightNm.fromNm ? lightNm : intervals[unit];
  if (interval === undefined && value !== 0) {
    const ends = [value / ratioReach, value * ratioReach].sort((a, b) => a - b);
    return { probe: ratioProbe * Math.abs(value), probeText: '+10 %', low: ends[0] ?? value, high: ends[1] ?? value };
  }
  const { probe, reach } = interval ?? { probe: 1, reach: 1 };
  // A loss cannot fall below none.
  const isLoss = unit === 'dB' && value >= 0;
  return { probe, probeText: `+${probe} ${unit}`, low: isLoss ? Math.max(0, value - reach) : value - reach, high: value + reach };
}

function overridden(catalogue: Catalogue, part: Part): Catalogue {
  return { parts: catalogue.parts.map((one) => (one.id === part.id ? part : one)), find: (id) => (id === part.id ? part : catalogue.find(id)), suggest: catalogue.suggest };
}

/** A range keeps its width where it moves on an interval scale, and its proportions on a ratio scale. */
function movedParam(param: Param, from: number, to: number): Param {
  if (typeof param.value === 'number') return { ...param, value: to };
  const [low, high] = param.value as readonly [number, number];
  const isInterval = from === 0 || intervals[bareUnit(param.unit)] !== undefined || (bareUnit(param.unit) === 'nm' && Math.abs(from) > lightNm.fromNm);
  return { ...param, value: isInterval ? [low + to - from, high + to - from] : [(low * to) / from, (high * to) / from] };
}

function partParameter(part: Part, name: string): SensitivityParameter | null {
  const figure = figureOf(part, name);
  const param = part.params[name];
  if (figure === null || param === undefined || counts.has(name)) return null;
  const unit = bareUnit(figure.unit);
  return {
    name: `${part.id}.${name}`, about: `${part.name}: ${name.replaceAll('_', ' ')}`, unit, value: figure.value, kind: figure.kind, source: figure.source,
    ...scaleOf(figure.value, unit),
    apply: (world, value) => ({ ...world, catalogue: overridden(world.catalogue, { ...part, params: { ...part.params, [name]: movedParam(param, figure.value, value) } }) }),
  };
}

/** A catalogue that notes which figures are read through it: what nobody reads cannot matter. */
export function recordedCatalogue(catalogue: Catalogue): { readonly catalogue: Catalogue; readonly read: ReadonlySet<string> } {
  const read = new Set<string>();
  const watched = new Map<string, Part>();
  const watch = (part: Part): Part => {
    const known = watched.get(part.id);
    if (known !== undefined) return known;
    const params: Record<string, Param> = {};
    for (const [name, param] of Object.entries(part.params)) {
      Object.defineProperty(params, name, { enumerable: true, get: () => {
        read.add(`${part.id}.${name}`);
        return param;
      } });
    }
    const copy = { ...part, params };
    watched.set(part.id, copy);
    return copy;
  };
  const find = (id: string): Part | undefined => {
    const part = catalogue.find(id);
    return part === undefined ? undefined : watch(part);
  };
  return { catalogue: { parts: catalogue.parts.map(watch), find, suggest: catalogue.suggest }, read };
}

/** Parameters behind `part.figure` names, in the order given; `null` for one that is no number or counts things. */
export function partParameters(catalogue: Catalogue, names: Iterable<string>): readonly { readonly name: string; readonly parameter: SensitivityParameter | null }[] {
  return [...names].map((name) => {
    const dot = name.indexOf('.');
    const part = catalogue.find(name.slice(0, dot));
    return { name, parameter: part === undefined ? null : partParameter(part, name.slice(dot + 1)) };
  });
}

interface Own extends Omit<SensitivityParameter, 'probe' | 'probeText' | 'low' | 'high'> { readonly low?: number }

const own = ({ low, ...rest }: Own): SensitivityParameter => {
  const scale = scaleOf(rest.value, rest.unit);
  return { ...scale, ...rest, low: low ?? scale.low };
};

const stated = { kind: 'published', source: 'as the study states it' } as const;

type Device = 'switch' | 'nic' | 'accelerator' | 'scaleUp';

/** The world with one field of one device changed. */
const turned = <D extends Device>(world: World, device: D, change: Partial<World['design'][D]>): World =>
  ({ ...world, design: { ...world.design, [device]: { ...world.design[device], ...change } } });

/** What the scale-out network gives as it stands. */
export interface NetworkFigures { readonly rateGbps: number; readonly latencyNs: number }

/** Rate, latency, loss and temperature of the scale-out network. */
function networkParameters({ design: { nic }, caseTemperatureC }: World, { rateGbps, latencyNs }: NetworkFigures): readonly SensitivityParameter[] {
  return [
    own({
      ...stated, name: 'network.rate', unit: 'Gb/s', value: rateGbps,
      about: 'scale-out rate of one accelerator; every link, module and port scales with it, switches and adapters keep their price and power',
      apply: (world, value) => ({ ...world, rateScale: value / rateGbps }),
    }),
    own({
      ...stated, name: 'network.latency', unit: 'ns', value: latencyNs, low: Math.max(latencyNs - 2 * nic.latencyNs, latencyNs / ratioReach),
      about: 'one way between accelerators of neighbouring nodes; half of a change in each of the two adapters',
      apply: (world, value) => turned(world, 'nic', { latencyNs: nic.latencyNs + (value - latencyNs) / 2 }),
    }),
    own({ ...stated, name: 'network.extraLoss', unit: 'dB', value: 0, about: 'further loss in every path: dirt, bends, ageing', apply: (world, value) => ({ ...world, extraLossDb: value }) }),
    // Where each part settles at a temperature of its own, there is no single one to turn.
    ...(caseTemperatureC === null ? [] : [own({
      ...stated, name: 'network.caseTemperature', unit: 'C', value: caseTemperatureC, about: 'case temperature of every module and engine',
      apply: (world, value) => ({ ...world, caseTemperatureC: value }),
    })]),
  ];
}

/** Rate and latency of the fast domain, and time inside a switch. */
function deviceParameters({ design }: World): readonly SensitivityParameter[] {
  return [
    own({
      ...stated, name: 'scaleUp.rate', unit: 'Gb/s', value: design.scaleUp.rateGbpsPerGpu, about: 'rate of one accelerator into its fast domain, one direction',
      apply: (world, value) => turned(world, 'scaleUp', { rateGbpsPerGpu: value }),
    }),
    own({
      ...stated, name: 'scaleUp.latency', unit: 'ns', value: design.scaleUp.latencyNs, about: 'one hop, accelerator to fast-domain switch',
      apply: (world, value) => turned(world, 'scaleUp', { latencyNs: value }),
    }),
    own({
      ...stated, name: 'switch.latency', unit: 'ns', value: design.switch.latencyNs, about: 'port to port of one switch',
      apply: (world, value) => turned(world, 'switch', { latencyNs: value }),
    }),
  ];
}

/** Power and price of the machines, and the site's overhead. */
function machineParameters({ design, pue }: World): readonly SensitivityParameter[] {
  const power = (device: 'switch' | 'nic' | 'accelerator', about: string): SensitivityParameter => {
    const figure = design[device].powerW;
    return own({
      name: `${device}.power`, about, unit: 'W', value: figure.value, kind: figure.kind, source: figure.source,
      apply: (world, value) => turned(world, device, { powerW: { ...figure, value } }),
    });
  };
  const cost = (device: 'switch' | 'nic', about: string): SensitivityParameter => {
    const figure = design[device].costUsd;
    return own({
      name: `${device}.cost`, about, unit: '$', value: figure.value, kind: figure.kind, source: figure.source,
      apply: (world, value) => turned(world, device, { costUsd: { ...figure, value } }),
    });
  };
  return [
    power('switch', 'one switch without optics'), cost('switch', 'one switch'), power('nic', 'one adapter without optics'), cost('nic', 'one adapter'),
    power('accelerator', 'one accelerator with its share of the server'),
    own({
      ...stated, name: 'site.pue', unit: '', value: pue, low: 1, about: 'power of the site over power of its computers and network',
      apply: (world, value) => ({ ...world, pue: value }),
    }),
  ];
}

/** What can be turned around the parts. */
export const siteParameters = (world: World, network: NetworkFigures): readonly SensitivityParameter[] =>
  [...networkParameters(world, network), ...deviceParameters(world), ...machineParameters(world)];
