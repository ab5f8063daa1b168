/** Reads values that name their unit (`400Gbps`, `35m`, `27C`, `3.5dB`, `64MiB`) into Heliostat's inner units. */

import type { Issue } from '../base/issue.ts';
import type { Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';

/** Unit spellings and their factor to the inner unit; `base` is what a bare number means. */
interface Dimension {
  readonly name: string;
  readonly base: string;
  readonly units: Readonly<Record<string, number>>;
  /** Offset added after scaling, for kelvin to Celsius. */
  readonly offsets?: Readonly<Record<string, number>>;
  /** True where a number without unit has one meaning only, as for a fraction. */
  readonly allowsBare?: boolean;
}

const bit = { bit: 1, kbit: 1e3, Mbit: 1e6, Gbit: 1e9, Tbit: 1e12 };
const byte = { B: 8, kB: 8e3, MB: 8e6, GB: 8e9, TB: 8e12, PB: 8e15, KiB: 8 * 1024, MiB: 8 * 1024 ** 2, GiB: 8 * 1024 ** 3, TiB: 8 * 1024 ** 4 };

/** Every dimension a spec value or a command-line option may have. */
export const dimensions = {
  rate: {
    name: 'rate', base: 'Gbps',
    units: { bps: 1e-9, kbps: 1e-6, Mbps: 1e-3, Gbps: 1, Tbps: 1e3, 'Gb/s': 1, 'Tb/s': 1e3, GBps: 8, TBps: 8e3, 'GB/s': 8, 'TB/s': 8e3, 'MB/s': 8e-3 },
  },
  length: { name: 'length', base: 'm', units: { mm: 1e-3, cm: 1e-2, m: 1, km: 1e3 } },
  time: { name: 'time', base: 'ns', units: { ps: 1e-3, ns: 1, us: 1e3, 'µs': 1e3, ms: 1e6, s: 1e9, min: 60e9, h: 3600e9, d: 86400e9 } },
  data: { name: 'data', base: 'bit', units: { ...bit, ...byte } },
  temperature: { name: 'temperature', base: 'C', units: { C: 1, '°C': 1, K: 1 }, offsets: { K: -273.15 } },
  ratio: { name: 'ratio', base: 'dB', units: { dB: 1 } },
  level: { name: 'level', base: 'dBm', units: { dBm: 1 } },
  power: { name: 'power', base: 'W', units: { uW: 1e-6, mW: 1e-3, W: 1, kW: 1e3, MW: 1e6 } },
  energyPerBit: { name: 'energy per bit', base: 'pJ/bit', units: { 'fJ/bit': 1e-3, 'pJ/bit': 1, 'nJ/bit': 1e3 } },
  money: { name: 'price', base: '$', units: { $: 1, USD: 1, 'k$': 1e3, 'M$': 1e6 } },
  fraction: { name: 'fraction', base: '%', units: { '%': 0.01 }, allowsBare: true },
  flops: { name: 'compute rate', base: 'TFLOP/s', units: { 'GFLOP/s': 1e-3, 'TFLOP/s': 1, 'PFLOP/s': 1e3, TFLOPs: 1, PFLOPs: 1e3, TFLOPS: 1, PFLOPS: 1e3 } },
} as const satisfies Record<string, Dimension>;

export type DimensionName = keyof typeof dimensions;

const written = /^\s*([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s].*?)?\s*$/;

/** The dimension's entry with its optional parts, for code that lists units (documentation, JSON Schema). */
export const dimensionOf = (name: DimensionName): Dimension => dimensions[name];

/** The unit a reader meant when only its capitals are wrong; `mW` and `MW` differ in nothing else, so an exact match wins. */
function sameButCapitals(unit: string, dimension: Dimension): string | undefined {
  return Object.keys(dimension.units).find((known) => known.toLowerCase() === unit.toLowerCase());
}

/** Issue codes: `not-a-quantity`, `unknown-unit`, `missing-unit`, `not-finite`. A bare 0 needs no unit, nor does a fraction. */
export function parseQuantity(text: string | number, dimensionName: DimensionName): Parsed<number> {
  const dimension: Dimension = dimensions[dimensionName];
  const example = `write ${/^[aeiou]/.test(dimension.name) ? 'an' : 'a'} ${dimension.name} such as 1${dimension.base}`;
  const remedy = `${example[0]?.toUpperCase()}${example.slice(1)} (units: ${Object.keys(dimension.units).join(', ')})`;
  const fail = (code: string, message: string): { readonly ok: false; readonly issues: readonly Issue[] } => rejected({ code, message, remedy, value: String(text) });
  const match = written.exec(String(text));
  if (match === null) return fail('not-a-quantity', `This is not a ${dimension.name}`);
  const value = Number((match[1] ?? '').replaceAll('_', ''));
  const unit = match[2];
  if (!Number.isFinite(value)) return fail('not-finite', `This ${dimension.name} is not a finite number`);
  if (unit === undefined) {
    if (dimension.allowsBare === true) return parsed(value);
    return value === 0 && dimension.offsets === undefined ? parsed(0) : fail('missing-unit', `This ${dimension.name} names no unit`);
  }
  const factor = Object.hasOwn(dimension.units, unit) ? dimension.units[unit] : undefined;
  if (factor === undefined) {
    const meant = sameButCapitals(unit, dimension);
    return fail('unknown-unit', `"${unit}" is not a unit of ${dimension.name}${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`);
  }
  const inner = value * factor + (dimension.offsets?.[unit] ?? 0);
  return Number.isFinite(inner) ? parsed(inner) : fail('not-finite', `This ${dimension.name} is not a finite number`);
}
