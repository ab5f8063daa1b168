/** Reads `key=value` words of the command line into the inputs of a formula, in the unit that each input states. */

import type { DimensionName } from '../adapters/quantity.ts';
import { dimensions, parseQuantity } from '../adapters/quantity.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import type { Formula } from '../optics/formulas/formula.ts';

const numberThenUnit = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)$/;

const prefixed = /^([pnumkMGT]?)(Hz|A|V|W|m|s)$/;
const prefixFactors: Readonly<Record<string, number>> = { p: 1e-12, n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** How many of `to` one `from` is, for two units that differ in their SI prefix alone. */
function prefixRatio(from: string, to: string): number | undefined {
  const [, fromPrefix = '', fromUnit] = prefixed.exec(from) ?? [];
  const [, toPrefix = '', toUnit] = prefixed.exec(to) ?? [];
  if (fromUnit === undefined || fromUnit !== toUnit) return undefined;
  return (prefixFactors[fromPrefix] ?? Number.NaN) / (prefixFactors[toPrefix] ?? Number.NaN);
}

/** A value in another unit of the same dimension; inputs in K are differences, so no Celsius value fits them. */
function converted(text: string, unit: string): number | undefined {
  const [, number, suffix = ''] = numberThenUnit.exec(text.trim()) ?? [];
  const ratio = prefixRatio(suffix, unit);
  if (ratio !== undefined) return Number(number) * ratio;
  if (unit === 'K') return undefined;
  for (const name of Object.keys(dimensions) as DimensionName[]) {
    const units: Readonly<Record<string, number>> = dimensions[name].units;
    const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (factor === undefined) continue;
    const quantity = parseQuantity(text, name);
    return quantity.ok ? quantity.value / factor : undefined;
  }
  return undefined;
}

/** One value as written: a bare number is in the stated unit, and a unit may follow where it is the stated one or converts to it. */
function parseValue(key: string, text: string, unit: string): Parsed<number> {
  const stated = unit === '' ? 'without a unit' : `in ${unit}`;
  const match = numberThenUnit.exec(text.trim());
  if (match === null) return rejected({ code: 'not-a-number', path: key, message: `The input "${key}" is not a number`, remedy: `Give a plain number ${stated}`, value: text });
  const value = Number(match[1]);
  const suffix = match[2] ?? '';
  if (suffix === '' || suffix === unit) return parsed(value);
  const inner = converted(text, unit);
  if (inner !== undefined) return parsed(inner);
  return rejected({ code: 'wrong-unit', path: key, message: `"${suffix}" is not a unit of the input "${key}"`, remedy: `Give a number ${stated}`, value: text });
}

/** Every `key=value` word, all problems at once, the formula's own conditions included. */
export function parseFormulaInputs(formula: Formula, words: readonly string[]): Parsed<Readonly<Record<string, number>>> {
  const issues: Issue[] = [];
  const values: Record<string, number> = {};
  // The formula itself says what is wrong with a key that it does not know.
  const unknown: Record<string, number> = {};
  const keys = Object.keys(formula.inputs);
  for (const word of words) {
    const at = word.indexOf('=');
    if (at <= 0) {
      issues.push({ code: 'not-an-assignment', path: word, message: `"${word}" is not of the form key=value`, remedy: `Write for example ${keys[0] ?? 'x'}=1`, value: word });
      continue;
    }
    const key = word.slice(0, at).trim();
    const text = word.slice(at + 1);
    const rule = Object.hasOwn(formula.inputs, key) ? formula.inputs[key] : undefined;
    if (rule === undefined) {
      unknown[key] = Number(text);
      continue;
    }
    if (Object.hasOwn(values, key)) {
      issues.push({ code: 'repeated-input', path: key, message: `The input "${key}" is given twice`, remedy: 'Give it once', value: text });
      continue;
    }
    const value = parseValue(key, text, rule.unit);
    if (value.ok) values[key] = value.value;
    else issues.push(...value.issues);
  }
  // What else is wrong is said in the same breath; a key with a broken value is not missing.
  const broken = new Set(issues.map((issue) => issue.path));
  const outcome = formula.evaluate({ ...values, ...unknown });
  if ('ok' in outcome && !outcome.ok) issues.push(...outcome.issues.filter((issue) => !broken.has(issue.path)));
  return issues.length === 0 ? parsed(values) : rejected(...issues);
}
