/** A formula as a citizen: a name, typed inputs with units and domains, and one function that the models call as well. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { nearestNames } from '../../base/nearest-name.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';

/** The values an input may take, and how to say so. */
export interface Domain {
  readonly says: string;
  readonly holds: (value: number) => boolean;
}

export interface FormulaInput {
  readonly unit: string;
  /** The value in force when the caller gives none; without it the input is required. */
  readonly default?: number;
  readonly domain: Domain;
}

/** A value with its unit, and what a reader must know about it. */
export interface Evaluated {
  readonly value: number;
  readonly unit: string;
  /** A full sentence, e.g. that a ratio at or above 1 means an error floor. */
  readonly remark?: string;
}

export interface Formula {
  /** Kebab-case, unique, e.g. `pam4-ber`. */
  readonly name: string;
  readonly computes: string;
  readonly expression: string;
  readonly inputs: Readonly<Record<string, FormulaInput>>;
  readonly resultUnit: string;
  readonly source: string;
  /**
   * Issue codes: `unknown-input`, `missing-input`, `not-finite`, `out-of-domain`, `inconsistent-inputs`, `no-finite-result`;
   * each issue's path is the key it is about. A refusal means that the inputs are sound but physics has no answer.
   */
  evaluate(inputs: Readonly<Record<string, number>>): Parsed<Evaluated> | Refusal;
}

export interface FormulaDefinition<Key extends string> {
  readonly name: string;
  readonly computes: string;
  readonly expression: string;
  readonly inputs: Readonly<Record<Key, FormulaInput>>;
  readonly resultUnit: string;
  readonly source: string;
  readonly compute: (values: Readonly<Record<Key, number>>) => number | Refusal;
  /** Conditions that join several inputs. */
  readonly check?: (values: Readonly<Record<Key, number>>) => readonly Issue[];
  readonly remark?: (value: number, values: Readonly<Record<Key, number>>) => string | undefined;
  /** Keys that belong to a sibling formula, with the sentence that says so; the usual slip is a number in another normalisation. */
  readonly strangers?: Readonly<Record<string, string>>;
}

export const anyNumber: Domain = { says: 'a finite number', holds: () => true };
export const positive: Domain = { says: 'above 0', holds: (value) => value > 0 };
export const nonNegative: Domain = { says: 'at least 0', holds: (value) => value >= 0 };
export const fraction: Domain = { says: 'from 0 to 1', holds: (value) => value >= 0 && value <= 1 };
export const openFraction: Domain = { says: 'between 0 and 1, both excluded', holds: (value) => value > 0 && value < 1 };
export const efficiency: Domain = { says: 'above 0 and at most 1', holds: (value) => value > 0 && value <= 1 };
/** Half of all bits wrong is what a receiver without light gets, so no bit error ratio lies above it. */
export const bitErrorRatio: Domain = { says: 'above 0 and at most 0.5', holds: (value) => value > 0 && value <= 0.5 };
/** Four-level and 16QAM Gray-coded error ratios stay below 3/8 for any open eye. */
export const openEyeBer: Domain = { says: 'above 0 and below 0.375, where the eye closes', holds: (value) => value > 0 && value < 0.375 };
export const celsius: Domain = { says: 'above absolute zero, -273.15 °C', holds: (value) => value > -273.15 };
/** A ratio to the signal, such as a reflectance, is negative in decibels. */
export const belowSignal: Domain = { says: 'below 0 dB, because it is relative to the signal', holds: (value) => value < 0 };

export const countFrom = (least: number): Domain => ({ says: `a whole number from ${least}`, holds: (value) => Number.isSafeInteger(value) && value >= least });
export const countWithin = (least: number, most: number): Domain => ({
  says: `a whole number from ${least} to ${most}`,
  holds: (value) => Number.isSafeInteger(value) && value >= least && value <= most,
});

/** An input without default. */
export const input = (unit: string, domain: Domain = anyNumber): FormulaInput => ({ unit, domain });

/** An input that the caller may leave out. */
export const optionalInput = (unit: string, domain: Domain, value: number): FormulaInput => ({ unit, domain, default: value });

/** An issue about one key of a formula, for conditions that join several. */
export const keyIssue = (key: string, message: string, remedy: string, value: number): Issue => ({ code: 'inconsistent-inputs', path: key, message, remedy, value: String(value) });

const spelt = (key: string, { unit }: FormulaInput): string => (unit === '' ? `${key}=NUMBER` : `${key}=NUMBER in ${unit}`);

type Rules = Readonly<Record<string, FormulaInput>>;

function unknownInput(key: string, inputs: Rules, strangers: Readonly<Record<string, string>>): Issue {
  const keys = Object.keys(inputs);
  const near = nearestNames(key, keys);
  const stranger = Object.hasOwn(strangers, key) ? strangers[key] : undefined;
  const remedy = stranger ?? (near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `It takes ${keys.join(', ')}`);
  return { code: 'unknown-input', path: key, message: `"${key}" is not an input of this formula`, remedy };
}

function checkInputs(inputs: Rules, given: Readonly<Record<string, number>>, strangers: Readonly<Record<string, string>>): { readonly issues: Issue[]; readonly values: Record<string, number> } {
  const issues = Object.keys(given).filter((key) => !Object.hasOwn(inputs, key)).map((key) => unknownInput(key, inputs, strangers));
  const values: Record<string, number> = {};
  for (const [key, rule] of Object.entries(inputs)) {
    const value = Object.hasOwn(given, key) ? given[key] : rule.default;
    if (value === undefined) {
      issues.push({ code: 'missing-input', path: key, message: `The input "${key}" is missing`, remedy: `Give ${spelt(key, rule)}` });
    } else if (!Number.isFinite(value)) {
      issues.push({ code: 'not-finite', path: key, message: `The input "${key}" is not a finite number`, remedy: `Give ${spelt(key, rule)}`, value: String(value) });
    } else if (!rule.domain.holds(value)) {
      issues.push({ code: 'out-of-domain', path: key, message: `The input "${key}" must be ${rule.domain.says}`, remedy: `Give ${spelt(key, rule)} inside that range`, value: String(value) });
    } else values[key] = value;
  }
  return { issues, values };
}

/** Makes a citizen of a function: inputs are checked once here, so that the function itself need not. */
export function defineFormula<const Key extends string>(definition: FormulaDefinition<Key>): Formula {
  const { name, computes, expression, inputs, resultUnit, source, compute, check, remark, strangers = {} } = definition;
  return {
    name, computes, expression, inputs, resultUnit, source,
    evaluate(given) {
      const { issues, values: checked } = checkInputs(inputs, given, strangers);
      if (issues.length > 0) return rejected(...issues);
      // checkInputs leaves either an issue or a value for every key of the definition.
      const values = checked as Record<Key, number>;
      const joint = check?.(values) ?? [];
      if (joint.length > 0) return rejected(...joint);
      const value = compute(values);
      if (isRefusal(value)) return value;
      if (!Number.isFinite(value)) {
        const keys = Object.keys(inputs);
        return rejected({
          code: 'no-finite-result', path: keys.join(', '), message: 'These inputs together give no finite number',
          remedy: 'Bring them nearer to values that a device can have', value: keys.map((key) => `${key}=${checked[key]}`).join(' '),
        });
      }
      const note = remark?.(value, values);
      return parsed(note === undefined ? { value, unit: resultUnit } : { value, unit: resultUnit, remark: note });
    },
  };
}
