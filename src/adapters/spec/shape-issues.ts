/** Turns what a shape check found into issues that name place, value and remedy. */

import type { z } from 'zod';
import type { Issue } from '../../base/issue.ts';
import type { FieldProblem, JsonSchema } from './fields.ts';
import { nameCharactersMax } from './fields.ts';
import { flowText } from './flow-text.ts';
import { nearestName, suggestion } from './suggestion.ts';
import { constantsOf, schemaAt } from './schema-walk.ts';
import type { DocumentPath, Place, SourceNode } from './source-tree.ts';
import { describeNode, formatPath, nearestNode, nodeAt, shorten } from './source-tree.ts';

type ZodIssue = z.core.$ZodIssue;

/** A document under check: its tree, and the schema it should follow. */
export interface Checked {
  readonly tree: SourceNode;
  readonly schema: JsonSchema;
  /** Stands before every path, for a document inside another one. */
  readonly prefix: DocumentPath;
}

/** An issue about the value at a path; the place is that of the value, or of what should hold it. */
export function issueAt(checked: Pick<Checked, 'tree' | 'prefix'>, path: DocumentPath, problem: FieldProblem): Issue {
  const node = nearestNode(checked.tree, path);
  const here = nodeAt(checked.tree, path);
  return { ...problem, ...node.place, path: formatPath([...checked.prefix, ...path]), ...(here === null ? {} : { value: describeNode(here) }) };
}

const words: Readonly<Record<string, string>> = {
  string: 'text', number: 'a number', int: 'a whole number', integer: 'a whole number', boolean: 'true or false', object: 'a map', array: 'a list', record: 'a map', map: 'a map', null: 'nothing',
};

const exampleOf = (schema: JsonSchema | null): string | null => {
  const first: unknown = schema?.examples?.[0] ?? schema?.const ?? schema?.enum?.[0];
  return first === undefined ? null : flowText(first);
};

/** What a value must be, in words; the schema knows whole numbers, the shape check only numbers. */
function expectedWords(expected: string, schema: JsonSchema | null, node: SourceNode): string {
  const name = schema?.type === 'integer' ? 'int' : expected;
  const finite = node.kind === 'scalar' && typeof node.value === 'number' && !Number.isFinite(node.value);
  return (finite ? { int: 'a finite whole number', number: 'a finite number' }[name] : undefined) ?? words[name] ?? name;
}

function writeSuch(schema: JsonSchema | null, otherwise: string): string {
  const example = exampleOf(schema);
  return example === null ? otherwise : `Write a value such as ${example}`;
}

function missingIssue(checked: Checked, path: DocumentPath): Issue {
  const schema = governing(checked, path) ?? schemaAt(checked.schema, checked.tree, path);
  const key = String(path.at(-1) ?? '');
  const example = exampleOf(schema);
  const about = schema?.description === undefined ? '' : ` (${schema.description.split('. ')[0]?.replace(/\.$/, '') ?? ''})`;
  return issueAt(checked, path, {
    code: 'missing-value',
    message: `\`${key}\` is missing`,
    remedy: `Add \`${key}:${example === null ? '' : ` ${example}`}\`${about}`,
  });
}

function unknownKeys(checked: Checked, path: DocumentPath, keys: readonly string[]): readonly Issue[] {
  const node = nodeAt(checked.tree, path);
  const properties = Object.keys(schemaAt(checked.schema, checked.tree, path)?.properties ?? {});
  const present = node?.kind === 'map' ? node.entries : null;
  const unused = properties.filter((name) => present?.has(name) !== true);
  return keys.map((key) => {
    const entry = present?.get(key);
    const place: Place = entry?.keyPlace ?? nearestNode(checked.tree, path).place;
    const where = path.length === 0 && checked.prefix.length === 0 ? 'here' : `in \`${formatPath([...checked.prefix, ...path])}\``;
    return {
      code: 'unknown-key',
      message: `Nothing called \`${shorten(key)}\` belongs ${where}`,
      remedy: nearestName(key, unused) === null ? `Remove it, or choose one of: ${unused.join(', ')}` : suggestion(key, unused, ''),
      ...place,
      path: formatPath([...checked.prefix, ...path, key]),
      value: entry === undefined ? shorten(key) : describeNode(entry.node),
    };
  });
}

function boundIssue(checked: Checked, path: DocumentPath, found: ZodIssue & { readonly code: 'too_small' | 'too_big' }): Issue {
  const small = found.code === 'too_small';
  const bound = small ? found.minimum : found.maximum;
  const one = bound === 1;
  const unit = found.origin === 'string' ? (one ? ' character' : ' characters') : found.origin === 'array' ? (one ? ' entry' : ' entries') : '';
  const verb = found.origin === 'string' || found.origin === 'array' ? 'have' : 'be';
  const least = small && !found.inclusive ? 'more than' : 'at least';
  const more = found.origin === 'number' || found.origin === 'int' ? writeSuch(schemaAt(checked.schema, checked.tree, path), 'Mend the value') : small ? 'Add what is missing' : 'Shorten it';
  return issueAt(checked, path, {
    code: small ? 'too-small' : 'too-large',
    message: `This must ${verb} ${small ? least : 'at most'} ${String(bound)}${unit}`,
    remedy: more,
  });
}

/** Among the alternatives of a union, the problems of the one the author meant: the alternative of the value's own type. */
function unionIssues(checked: Checked, path: DocumentPath, found: ZodIssue & { readonly code: 'invalid_union' }): readonly Issue[] {
  const branches = found.errors ?? [];
  const node = nodeAt(checked.tree, path);
  const meant = branches.filter((branch) => !branch.some((issue) => isOtherType(issue, node)));
  const nearest = meant.toSorted((left, right) => strangeKeys(left) - strangeKeys(right) || left.length - right.length || Number(isAlmost(right)) - Number(isAlmost(left)))[0];
  if (nearest !== undefined) {
    const issues = nearest.flatMap((issue) => shapeIssue(checked, [...path, ...(issue.path as (string | number)[])], issue));
    const takesMap = branches.some((branch) => branch.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0 && issue.expected === 'object'));
    const first = issues[0];
    const oneWord = nearest[0]?.code === 'invalid_value' && nearest[0].values.length === 1;
    return takesMap && oneWord && first !== undefined ? [{ ...first, message: `${first.message} or a map`, remedy: `${first.remedy}, or a map of fields` }] : issues;
  }
  const key = String(path.at(-1) ?? '');
  const holder = governing(checked, path.slice(0, -1));
  const constants = holder === null ? [] : constantsOf(holder, key);
  if (constants.length > 0) {
    if (node === null) return [missingIssue(checked, path)];
    return [issueAt(checked, path, { code: 'unknown-choice', message: `This is not a known \`${key}\``, remedy: suggestion(describeNode(node), constants, `Choose one of: ${constants.join(', ')}`) })];
  }
  const expected = [...new Set(branches.flatMap((branch) => branch.flatMap((issue) => (issue.code === 'invalid_type' && issue.path.length === 0 ? [words[issue.expected] ?? issue.expected] : []))))];
  return [issueAt(checked, path, {
    code: 'wrong-type',
    message: `This must be ${expected.join(' or ')}`,
    remedy: writeSuch(schemaAt(checked.schema, checked.tree, path), `Write ${expected.join(' or ')}`),
  })];
}

/** Keys that an alternative does not know: the author means the alternative with the fewest. */
const strangeKeys = (branch: readonly ZodIssue[]): number =>
  branch.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys.length : 0), 0);

/** A value that was read as what it should be and only lies beyond its bounds, or lacks its unit, means this alternative. */
const isAlmost = (branch: readonly ZodIssue[]): boolean =>
  branch.every((issue) => issue.code === 'custom' && issue.path.length === 0 && (issue.params?.['problem'] as FieldProblem | undefined)?.code !== 'not-a-quantity');

/** True when an alternative failed because it takes another type of value, so that the author cannot have meant it. */
function isOtherType(issue: ZodIssue, node: SourceNode | null): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_type') return true;
  if (issue.code === 'custom') return (issue.params?.['problem'] as FieldProblem | undefined)?.code === 'wrong-type';
  return issue.code === 'invalid_value' && node?.kind !== 'scalar';
}

/** The schema at a path before an alternative is chosen, so that all alternatives can be listed. */
function governing(checked: Checked, path: DocumentPath): JsonSchema | null {
  if (path.length === 0) return checked.schema;
  const parent = schemaAt(checked.schema, checked.tree, path.slice(0, -1));
  const step = path.at(-1);
  if (parent === null || step === undefined) return null;
  const inner = typeof step === 'number' ? parent.items : parent.properties?.[step];
  return inner ?? null;
}

/** Every issue that one finding of the shape check stands for. */
function shapeIssue(checked: Checked, path: DocumentPath, found: ZodIssue): readonly Issue[] {
  const node = nodeAt(checked.tree, path);
  if (found.code === 'unrecognized_keys') return unknownKeys(checked, path, found.keys);
  if (node === null) return [missingIssue(checked, path)];
  const chosen = schemaAt(checked.schema, checked.tree, path);
  const schema = exampleOf(chosen) === null ? (governing(checked, path) ?? chosen) : chosen;
  if (node.kind === 'scalar' && node.value === null) {
    return [issueAt(checked, path, { code: 'empty-value', message: 'This key has no value', remedy: writeSuch(schema, 'Give it a value or remove the key') })];
  }
  if (found.code === 'custom') {
    const problem = found.params?.['problem'] as FieldProblem | undefined;
    return [issueAt(checked, path, problem ?? { code: 'invalid-value', message: found.message, remedy: writeSuch(schema, 'Mend the value') })];
  }
  if (found.code === 'invalid_union') return unionIssues(checked, path, found);
  if (found.code === 'too_small' || found.code === 'too_big') return [boundIssue(checked, path, found)];
  if (found.code === 'invalid_value') {
    const choices = found.values.map(String);
    const one = choices.length === 1 ? `This must be \`${choices[0] ?? ''}\`` : 'This is not one of the choices';
    return [issueAt(checked, path, {
      code: 'unknown-choice',
      message: one,
      remedy: choices.length === 1 ? `Write ${choices[0] ?? ''}` : suggestion(describeNode(node), choices, `Choose one of: ${choices.join(', ')}`),
    })];
  }
  if (found.code === 'invalid_key') {
    const long = found.issues[0]?.code === 'too_big';
    const message = long ? `A name must have at most ${nameCharactersMax} characters` : 'A name must have at least 1 character';
    return [issueAt(checked, path, { code: long ? 'too-large' : 'too-small', message, remedy: long ? 'Shorten the name' : 'Name it, or remove it' })];
  }
  if (found.code === 'invalid_type') {
    const expected = expectedWords(found.expected, schema, node);
    return [issueAt(checked, path, { code: 'wrong-type', message: `This must be ${expected}`, remedy: writeSuch(schema, `Write ${expected}`) })];
  }
  return [issueAt(checked, path, { code: 'invalid-value', message: found.message, remedy: writeSuch(schema, 'Mend the value') })];
}

/** Whether another finding states a narrower bound of the same value: a number beyond both limits breaks one rule, not two. */
const hasNarrower = (found: ZodIssue, all: readonly ZodIssue[]): boolean =>
  all.some((other) => other.path.join('\n') === found.path.join('\n')
    && ((found.code === 'too_big' && other.code === 'too_big' && other.maximum < found.maximum) || (found.code === 'too_small' && other.code === 'too_small' && other.minimum > found.minimum)));

/** All issues of a failed shape check, in the order of their places in the file. */
export function shapeIssues(checked: Checked, error: z.ZodError): readonly Issue[] {
  const narrowest = error.issues.filter((found) => !hasNarrower(found, error.issues));
  const issues = narrowest.flatMap((found) => shapeIssue(checked, found.path as (string | number)[], found));
  return sortByPlace(issues);
}

/** Issues by file, line and column; equal places keep the order in which they were found. */
export function sortByPlace(issues: readonly Issue[]): readonly Issue[] {
  return issues.toSorted((left, right) => (left.file ?? '').localeCompare(right.file ?? '') || (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0));
}

