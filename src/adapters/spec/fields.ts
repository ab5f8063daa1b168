/** The kinds of field a spec is made of: one schema source for types, checks, defaults, JSON Schema and documentation. */

import { z } from 'zod';
import type { DimensionName } from '../quantity.ts';
import { dimensionOf, parseQuantity } from '../quantity.ts';

/** A problem found inside a field, carried through zod to the issue list as it is. */
export interface FieldProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** What every field states about itself. */
export interface FieldNote {
  /** One or two sentences for a reader who sees the field for the first time. */
  readonly about: string;
  /** A value as an author would write it. */
  readonly example: string | number;
}

export interface QuantityNote extends FieldNote {
  /** Smallest allowed value in the inner unit. */
  readonly min?: number;
  /** The value must be greater than this, in the inner unit. */
  readonly above?: number;
  readonly max?: number;
}

const escaped = (text: string): string => text.replaceAll(/[$/.*+?^(){}|[\]\\]/g, (character) => (character === '/' ? '/' : `\\${character}`));

/** A pattern an editor can check: a number and one of the dimension's units. */
export function quantityPattern(dimension: DimensionName): string {
  const { units, allowsBare } = dimensionOf(dimension);
  return `^\\s*[+-]?(\\d[\\d_]*\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*(${Object.keys(units).map(escaped).join('|')})${allowsBare === true ? '?' : ''}\\s*$`;
}

function boundsProblem(value: number, dimension: DimensionName, note: QuantityNote): FieldProblem | null {
  const { name, base, allowsBare } = dimensionOf(dimension);
  const shown = (bound: number): string => (allowsBare === true ? String(bound) : `${bound}${base}`);
  const remedy = `Write a value such as ${note.example}`;
  if (note.above !== undefined && !(value > note.above)) {
    return { code: value < 0 ? 'negative-value' : 'too-small', message: `This ${name} must be greater than ${shown(note.above)}`, remedy };
  }
  if (note.min !== undefined && value < note.min) {
    return { code: value < 0 && note.min === 0 ? 'negative-value' : 'too-small', message: `This ${name} must be at least ${shown(note.min)}`, remedy };
  }
  if (note.max !== undefined && value > note.max) return { code: 'too-large', message: `This ${name} must be at most ${shown(note.max)}`, remedy };
  return null;
}

/** JSON Schema of what may be written: text with a unit, a bare 0 where 0 is 0 in every unit, any number for a fraction. */
function writtenForm(dimension: DimensionName): Readonly<Record<string, unknown>> {
  const { allowsBare, offsets } = dimensionOf(dimension);
  const pattern = quantityPattern(dimension);
  if (allowsBare === true) return { type: ['string', 'number'], pattern };
  return offsets === undefined ? { type: ['string', 'integer'], pattern, minimum: 0, maximum: 0 } : { type: 'string', pattern };
}

/** A number with its unit; the parsed value is in the inner unit (ns, bit, Gb/s, m, C, dB, W, $, or a fraction). */
export function quantityField(dimension: DimensionName, note: QuantityNote): z.ZodType<number> {
  return z
    .any()
    .transform((written: unknown, context): number => {
      const problem = (found: FieldProblem): number => {
        context.addIssue({ code: 'custom', message: found.message, params: { problem: found } });
        return z.NEVER;
      };
      if (typeof written !== 'string' && typeof written !== 'number') {
        return problem({ code: 'wrong-type', message: `This must be a ${dimensionOf(dimension).name}`, remedy: `Write a value such as ${note.example}` });
      }
      const reading = parseQuantity(written, dimension);
      if (!reading.ok) {
        const first = reading.issues[0];
        const units = Object.keys(dimensionOf(dimension).units).join(', ');
        return problem({ code: first?.code ?? 'not-a-quantity', message: first?.message ?? 'This is not a quantity', remedy: `Write a value such as ${note.example} (units: ${units})` });
      }
      const bounds = boundsProblem(reading.value, dimension, note);
      return bounds === null ? reading.value : problem(bounds);
    })
    .meta({ ...writtenForm(dimension), description: note.about, examples: [note.example] });
}

/** A whole number between two bounds, both included. */
export function wholeField(note: FieldNote & { readonly min: number; readonly max: number }): z.ZodInt {
  return z.int().min(note.min).max(note.max).meta({ description: note.about, examples: [note.example] });
}

/** A number of at least `min`, or of more than `above`. */
export function numberField(note: FieldNote & ({ readonly min: number } | { readonly above: number }) & { readonly max: number }): z.ZodNumber {
  const bounded = 'above' in note ? z.number().gt(note.above) : z.number().min(note.min);
  return bounded.max(note.max).meta({ description: note.about, examples: [note.example] });
}

export const textCharactersMax = 2000;
export const nameCharactersMax = 120;

/** A short name, on one line. */
export function nameField(note: FieldNote): z.ZodString {
  return z.string().min(1).max(nameCharactersMax).meta({ description: note.about, examples: [note.example] });
}

/** Free text for people. */
export function textField(note: FieldNote): z.ZodString {
  return z.string().max(textCharactersMax).meta({ description: note.about, examples: [note.example] });
}

export function choiceField<const T extends readonly [string, ...string[]]>(choices: T, note: { readonly about: string }): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(choices).meta({ description: note.about, examples: [choices[0]] });
}

export function yesNoField(note: { readonly about: string }): z.ZodBoolean {
  return z.boolean().meta({ description: note.about });
}

/** JSON Schema of a shape as an author writes it: draft 2020-12, defaults and examples in written form. */
export function inputSchema(shape: z.ZodType): JsonSchema {
  return z.toJSONSchema(shape, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    // Fields that parse text lose their examples on the way to JSON Schema; an editor shows them, so they are put back.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema as unknown as z.ZodType)?.['examples'];
      if (Array.isArray(examples) && jsonSchema.examples === undefined) jsonSchema.examples = examples;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as JsonSchema;
}

/** The parts of a JSON Schema that Heliostat's own shapes use. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}
