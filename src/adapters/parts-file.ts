/**
 * Reads users' parts and price lists: YAML that overrides or extends the catalogue, parameter by parameter.
 *
 *     kind: Parts
 *     parts:
 *       dr8-800g:                       # a known id: what is named here replaces the built-in figure
 *         params:
 *           cost_per_gbps: { value: 0.42, unit: $/Gb/s (2027), kind: measured, source: our contract }
 *           power_typ: 14.2             # a bare number keeps the unit and counts as an estimate
 *       house-optic:                    # a new id: starts from another part, or states its kind
 *         like: lpo-800g
 *         name: House optic
 *         params:
 *           power: { range: [5, 6], unit: W, kind: measured, source: our laboratory }
 */

import { z } from 'zod';
import type { Issue, Parsed } from '../base/issue.ts';
import { evidenceKinds } from '../base/figure.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import { createCatalogue } from '../optics/catalogue/catalogue.ts';
import { domains, implausible } from '../optics/catalogue/domains.ts';
import { nearestNames } from '../base/nearest-name.ts';
import type { Param, Part } from '../optics/part.ts';
import { fitUnit } from './figure-unit.ts';
import { inputSchema, textField } from './spec/fields.ts';
import { readFileText } from './spec/files.ts';
import type { Checked } from './spec/shape-issues.ts';
import { issueAt, shapeIssues, sortByPlace } from './spec/shape-issues.ts';
import type { DocumentPath } from './spec/source-tree.ts';
import { limitIssues, plainValue, readSourceTree } from './spec/source-tree.ts';

/** Parts one file may hold. */
const partsMax = 2000;
const idPattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

const number = z.number().meta({ description: 'A finite number in the unit of the figure.', examples: [14.2] });
const text = (about: string, example: string): z.ZodString => textField({ about, example });

const paramShape = z.union([
  number,
  z.strictObject({
    value: z.union([number, z.string(), z.boolean(), z.record(z.string(), number)]).optional().meta({ description: 'A number, a named choice, true or false, or named shares.', examples: [0.42] }),
    range: z.tuple([number, number]).optional().meta({ description: 'Low and high end of a figure known as a range.', examples: [[5, 6]] }),
    unit: text('Unit, as it is printed. May be left out where the catalogue has the figure.', '$/Gb/s (2027)').optional(),
    kind: z.enum(evidenceKinds as readonly ['measured', 'published', 'estimate']).default('estimate').meta({ description: 'How the figure came to be known.', examples: ['measured'] }),
    source: text('Where a reader can check the figure.', 'our contract').optional(),
    note: text('A remark.', 'including shipping').optional(),
  }),
]).meta({ description: 'A bare number, or a figure with unit, evidence and source.', examples: [14.2] });

const partShape = z.strictObject({
  like: text('Part to start from.', 'lpo-800g').optional(),
  kind: text('Kind of part, as `heliostat parts` lists them.', 'lpo').optional(),
  name: text('Name for people.', 'House optic').optional(),
  vendor: text('Maker.', 'House').optional(),
  year: z.int().min(1900).max(2200).optional().meta({ description: 'Year of the figures.', examples: [2027] }),
  params: z.record(z.string(), paramShape).default({}).meta({ description: 'Figures by name.', examples: [{ power_typ: 14.2 }] }),
});

const fileShape = z.strictObject({
  kind: z.literal('Parts').meta({ description: 'What the file holds.' }),
  parts: z.record(z.string(), partShape).meta({ description: 'Parts by id.', examples: [{ 'dr8-800g': { params: { power_typ: 14.2 } } }] }),
});

type WrittenPart = z.output<typeof partShape>;
type WrittenParam = z.output<typeof paramShape>;

interface Reading {
  readonly catalogue: Catalogue;
  readonly file: string;
  readonly checked: Checked;
  readonly issues: Issue[];
}

const bare = (value: number, known: Param, file: string): Param => ({ value, unit: known.unit, kind: 'estimate', source: file });

/** What a figure is read against: the base part's own, or else how other parts of its kind, then any parts, state it. */
interface Expected {
  readonly known: Param | undefined;
  readonly units: readonly string[];
}

function expectedOf(name: string, { catalogue, base, kind }: { readonly catalogue: Catalogue; readonly base: Part | undefined; readonly kind: string }): Expected {
  const own = ({ params }: Part): Param | undefined => (Object.hasOwn(params, name) ? params[name] : undefined);
  const known = base === undefined ? undefined : own(base);
  if (known !== undefined) return { known, units: [known.unit] };
  const unitsOf = (parts: readonly Part[]): string[] => [...new Set(parts.map((part) => own(part)?.unit).filter((unit) => unit !== undefined))];
  const ofKind = unitsOf(catalogue.parts.filter((part) => part.kind === kind));
  return { known, units: ofKind.length > 0 ? ofKind : unitsOf(catalogue.parts) };
}

/** Nothing reads a figure of another name, so it would be ignored without a word; `null` for names that some part or model has. */
function unknownParameter(name: string, { catalogue }: Reading): string | null {
  if (Object.hasOwn(domains, name) || catalogue.parts.some(({ params }) => Object.hasOwn(params, name))) return null;
  const near = nearestNames(name, [...new Set([...Object.keys(domains), ...catalogue.parts.flatMap(({ params }) => Object.keys(params))])]);
  return near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'List a part\'s figures with `heliostat part dr8-800g`';
}

/** The written numbers in the unit that the models read. */
function inUnit(written: Exclude<WrittenParam, number>, { units }: Expected): Exclude<WrittenParam, number> | null {
  const { value, range, unit } = written;
  if (unit === undefined || units.length === 0 || (range === undefined && typeof value !== 'number')) return written;
  const fit = fitUnit(unit, units);
  if (fit === null) return null;
  const convert = (number: number): number => (fit.factor === 1 && fit.offset === 0 ? number : number * fit.factor + fit.offset);
  return { ...written, unit: fit.unit, ...(typeof value === 'number' ? { value: convert(value) } : {}), ...(range === undefined ? {} : { range: [convert(range[0]), convert(range[1])] as [number, number] }) };
}

function paramFrom(raw: WrittenParam, expected: Expected, path: DocumentPath, reading: Reading): Param | null {
  const { checked, file, issues } = reading;
  const { known } = expected;
  const complain = (code: string, message: string, remedy: string): null => {
    issues.push(issueAt(checked, path, { code, message, remedy }));
    return null;
  };
  const plausible = (param: Param): Param | null => {
    const reason = implausible(String(path.at(-1)), param);
    return reason === null ? param : complain('out-of-range', `No part can have this figure: ${reason}`, 'Check the value and its unit');
  };
  const meant = unknownParameter(String(path.at(-1)), reading);
  if (meant !== null) return complain('unknown-parameter', 'No part and no model has a figure of this name', meant);
  const written = typeof raw === 'number' ? raw : inUnit(raw, expected);
  if (written === null) {
    const wanted = expected.units.map((unit) => (unit === '' ? 'a pure number' : `"${unit}"`)).join(' or ');
    return complain('wrong-unit', `This figure is in "${typeof raw === 'number' ? '' : raw.unit ?? ''}", and the catalogue has it in ${wanted}`, `Write the value in ${wanted}, or leave the unit out for the catalogue's`);
  }
  if (typeof written === 'number') {
    if (known === undefined) return complain('missing-unit', 'A figure the catalogue does not have needs a unit', 'Write { value: 1, unit: W, kind: measured, source: our laboratory }');
    return plausible(bare(written, known, file));
  }
  const { value, range } = written;
  if ((value === undefined) === (range === undefined)) return complain('value-or-range', 'A figure has either a value or a range', 'Write `value: 5` or `range: [4, 6]`');
  const unit = written.unit ?? known?.unit;
  if (unit === undefined && (range !== undefined || typeof value === 'number')) return complain('missing-unit', 'A figure the catalogue does not have needs a unit', 'Add `unit: W`, or `unit: ""` for a pure number');
  if (range !== undefined && range[0] > range[1]) return complain('empty-range', 'The low end of this range is above its high end', `Write [${range[1]}, ${range[0]}]`);
  const birth = { unit: unit ?? '', kind: written.kind, source: written.source ?? file, ...(written.note === undefined ? {} : { note: written.note }) };
  return plausible(range === undefined ? { value: value ?? '', ...birth } : { value: range, isRange: true, ...birth });
}

function partFrom(id: string, written: WrittenPart, reading: Reading): Part | null {
  const { catalogue, checked, issues } = reading;
  const path: DocumentPath = ['parts', id];
  const known = catalogue.find(id);
  const base = written.like === undefined ? known : catalogue.find(written.like);
  if (!idPattern.test(id)) issues.push(issueAt(checked, path, { code: 'bad-part-id', message: 'A part id is lower-case letters, digits and hyphens, at most 64 of them', remedy: 'Write an id such as house-optic-800g' }));
  if (written.like !== undefined && base === undefined) {
    const near = catalogue.suggest(written.like);
    issues.push(issueAt(checked, [...path, 'like'], { code: 'unknown-part', message: 'No part has this id', remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'List the catalogue with `heliostat parts`' }));
  }
  if (base === undefined && written.like === undefined && written.kind === undefined) {
    const near = catalogue.suggest(id);
    const meant = near.length > 0 ? `Did you mean ${near.join(', ')}? ` : '';
    issues.push(issueAt(checked, path, { code: 'unknown-part', message: 'The catalogue has no such part, and a new one states its kind', remedy: `${meant}Add \`kind: lpo\` or \`like: lpo-800g\`` }));
  }
  const params: Record<string, Param> = {};
  for (const [name, param] of Object.entries(written.params)) {
    const read = paramFrom(param, expectedOf(name, { catalogue, base, kind: written.kind ?? base?.kind ?? '' }), [...path, 'params', name], reading);
    if (read !== null) params[name] = read;
  }
  const vendor = written.vendor ?? base?.vendor;
  return {
    id, kind: written.kind ?? base?.kind ?? '', name: written.name ?? base?.name ?? id, year: written.year ?? base?.year ?? 0,
    ...(vendor === undefined ? {} : { vendor }), params: { ...base?.params, ...params },
  };
}

/** Parts of one file's text. Issues: those of the text and its shape, and `unknown-part`, `unknown-parameter`, `wrong-unit`, `missing-unit`, `value-or-range`, `empty-range`, `out-of-range`, `bad-part-id`. */
export function parseParts(source: string, file: string, catalogue: Catalogue): Parsed<readonly Part[]> {
  const { tree, issues: textIssues } = readSourceTree(source, file);
  if (tree === null) return { ok: false, issues: textIssues.map((issue) => (issue.code === 'empty-file' ? { ...issue, remedy: 'Begin with `kind: Parts` and `parts:`' } : issue)) };
  const checked: Checked = { tree, schema: inputSchema(fileShape), prefix: [] };
  const shaped = fileShape.safeParse(plainValue(tree));
  if (!shaped.success) return { ok: false, issues: limitIssues(sortByPlace([...textIssues, ...shapeIssues(checked, shaped.error)])) };
  const issues: Issue[] = [...textIssues];
  const written = Object.entries(shaped.data.parts);
  if (written.length > partsMax) issues.push(issueAt(checked, ['parts'], { code: 'too-many-parts', message: `This file has ${written.length} parts, and at most ${partsMax} are read`, remedy: 'Split it' }));
  const parts = written.slice(0, partsMax).map(([id, part]) => partFrom(id, part, { catalogue, file, checked, issues }));
  if (issues.length > 0) return { ok: false, issues: limitIssues(sortByPlace(issues)) };
  return { ok: true, value: parts.filter((part) => part !== null) };
}

/** The catalogue with the parts of these files laid over it, later files over earlier ones; all files' issues at once. */
export function readCatalogue(files: readonly string[]): Parsed<Catalogue> {
  const issues: Issue[] = [];
  const overrides: Part[] = [];
  for (const file of files) {
    const read = readFileText(file);
    const parts = read.ok ? parseParts(read.value.text, file, createCatalogue(overrides)) : read;
    if (parts.ok) overrides.push(...parts.value);
    else issues.push(...parts.issues);
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: createCatalogue(overrides) };
}
