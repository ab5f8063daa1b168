/**
 * Reads YAML text into a plain tree in which every value remembers its place, within named limits.
 *
 * The tree is the only form of a spec that later steps see: it holds maps, lists and scalars, never aliases, tags or
 * prototypes, so a hostile file can neither expand without bound nor reach an object's inherited members.
 * JSON is read by the same code, being a subset of YAML 1.2.
 */

import { Composer, LineCounter, Parser, isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { CST, Document, ParsedNode } from 'yaml';
import type { Issue } from '../../base/issue.ts';

/** Where a value stands. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface MapEntry {
  readonly keyPlace: Place;
  readonly node: SourceNode;
}

export interface MapNode {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface ListNode {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly SourceNode[];
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: string | number | boolean | null;
  /** The value as it stands in the file. */
  readonly written: string;
}

export type SourceNode = MapNode | ListNode | ScalarNode;

/** A path inside a document: map keys and list positions. */
export type DocumentPath = readonly (string | number)[];

/** The tree, as far as it could be read, and everything wrong with it. `tree` is null when nothing can be read on. */
export interface SourceReading {
  readonly tree: SourceNode | null;
  readonly issues: readonly Issue[];
}

/** Specs are written by hand; the largest useful one is a few tens of kilobytes. */
export const specCharactersMax = 262_144;
export const specDepthMax = 40;
/** How many `*alias` references a file may hold. */
export const specAliasesMax = 200;
/** Values after every alias has been expanded. */
export const specValuesMax = 50_000;
/** Issues beyond this many are counted, not listed. */
export const specIssuesMax = 200;

/** Names that reach an object's inherited members in many programs that may read the same file later. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

const writtenCharactersMax = 80;

/** A value as it is shown in an issue: one line, cut to a readable length. */
export function shorten(text: string): string {
  const line = text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length > writtenCharactersMax ? `${line.slice(0, writtenCharactersMax)}…` : line;
}

/** Path inside the document in words, e.g. `fabric.rails[2].part`. */
export function formatPath(path: DocumentPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** What stands in the file at a node: the scalar as written, or what kind of collection it is. */
export function describeNode(node: SourceNode): string {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return `a list of ${node.items.length}`;
  if (node.value === null) return 'nothing';
  // A number in quotes is text; the quotes are what the reader must see.
  const quoted = typeof node.value === 'string' && node.value.trim() !== '' && Number.isFinite(Number(node.value));
  return quoted ? `"${shorten(node.written)}"` : shorten(node.written);
}

/** The node at a path, or null where the document has none. */
export function nodeAt(root: SourceNode, path: DocumentPath): SourceNode | null {
  let node: SourceNode = root;
  for (const step of path) {
    const next: SourceNode | undefined =
      typeof step === 'number' ? (node.kind === 'list' ? node.items[step] : undefined) : node.kind === 'map' ? node.entries.get(step)?.node : undefined;
    if (next === undefined) return null;
    node = next;
  }
  return node;
}

/** The node at a path, or the deepest node above it that exists, so that an issue always has a place. */
export function nearestNode(root: SourceNode, path: DocumentPath): SourceNode {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== null) return node;
  }
  return root;
}

/** The tree as plain values for a shape check: maps become objects without a prototype. */
export function plainValue(node: SourceNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainValue);
  const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, entry] of node.entries) plain[key] = plainValue(entry.node);
  return plain;
}

/** Deepest nesting of collections, walked without recursion because the text is not trusted yet. */
function nestingDepth(tokens: readonly CST.Token[]): { readonly depth: number; readonly offset: number } {
  let deepest = { depth: 0, offset: 0 };
  const waiting: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { token, depth } = at;
    if (depth > deepest.depth) deepest = { depth, offset: 'offset' in token ? token.offset : 0 };
    if (token.type === 'document' && token.value !== undefined) waiting.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const item of token.items) {
      if (item.key) waiting.push({ token: item.key, depth: depth + 1 });
      if (item.value) waiting.push({ token: item.value, depth: depth + 1 });
    }
  }
  return deepest;
}

/** What every step of the reading shares: where it is, what it found, and how much it may still use. */
interface Reading {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document.Parsed<ParsedNode>;
  readonly issues: Issue[];
  valuesLeft: number;
  aliasesLeft: number;
}

function placeAt(reading: Pick<Reading, 'file' | 'lines'>, offset: number): Place {
  const { line, col } = reading.lines.linePos(offset);
  return { file: reading.file, line: Math.max(1, line), column: Math.max(1, col) };
}

const offsetOf = (node: unknown): number => (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? 0;

function readMap(reading: Reading, node: ParsedNode, path: DocumentPath): MapNode {
  const entries = new Map<string, MapEntry>();
  const place = placeAt(reading, offsetOf(node));
  for (const pair of isMap(node) ? node.items : []) {
    if (!isPair(pair)) continue;
    const key: unknown = pair.key;
    const keyPlace = placeAt(reading, offsetOf(key));
    const name = isScalar(key) && key.value !== null ? String(key.value) : null;
    const problem = (code: string, message: string, remedy: string): void => {
      reading.issues.push({ code, message, remedy, ...keyPlace, path: formatPath(path), value: name === null ? 'a key that is not text' : shorten(name) });
    };
    if (name === null) problem('key-not-text', 'A key must be a plain word', 'Write the key as text, e.g. `gpus: 1024`');
    else if (forbiddenKeys.has(name)) problem('forbidden-key', 'This key is not allowed in any map', 'Remove it or choose another name');
    else if (entries.has(name)) {
      const first = entries.get(name)?.keyPlace;
      problem('duplicate-key', `This key was already given in line ${first?.line ?? 0}`, 'Keep one of the two');
    } else entries.set(name, { keyPlace, node: readNode(reading, pair.value as ParsedNode | null, [...path, name], keyPlace) });
  }
  return { kind: 'map', place, entries };
}

function readAlias(reading: Reading, node: ParsedNode, path: DocumentPath): SourceNode {
  const place = placeAt(reading, offsetOf(node));
  const nothing: SourceNode = { kind: 'scalar', place, value: null, written: '' };
  const name = isAlias(node) ? node.source : '';
  const problem = (code: string, message: string, remedy: string): SourceNode => {
    reading.issues.push({ code, message, remedy, ...place, path: formatPath(path), value: `*${shorten(name)}` });
    return nothing;
  };
  reading.aliasesLeft--;
  if (reading.aliasesLeft === -1) return problem('too-many-aliases', `The file uses more than ${specAliasesMax} aliases once they are expanded`, 'Write the values out, or split the file');
  if (reading.aliasesLeft < 0) return nothing;
  const target = isAlias(node) ? node.resolve(reading.document) : undefined;
  if (target === undefined) return problem('unknown-alias', 'No anchor of this name stands before the alias', `Mark the value to repeat with \`&${shorten(name)}\``);
  if (path.length > specDepthMax) return problem('too-deep', `Values are nested more than ${specDepthMax} deep`, 'An anchor that holds its own alias never ends: write the value out');
  return readNode(reading, target as ParsedNode, path, place);
}

function readNode(reading: Reading, node: ParsedNode | null, path: DocumentPath, fallback: Place): SourceNode {
  reading.valuesLeft--;
  if (reading.valuesLeft === -1) {
    reading.issues.push({
      code: 'too-many-values',
      message: `The file holds more than ${specValuesMax} values once its aliases are expanded`,
      remedy: 'Split it, or write fewer values',
      ...fallback,
      path: formatPath(path),
    });
  }
  if (reading.valuesLeft < 0 || node === null) return { kind: 'scalar', place: fallback, value: null, written: '' };
  if (isAlias(node)) return readAlias(reading, node, path);
  const place = placeAt(reading, offsetOf(node));
  if (isMap(node)) return readMap(reading, node, path);
  if (isSeq(node)) return { kind: 'list', place, items: node.items.map((item, index) => readNode(reading, item as ParsedNode | null, [...path, index], place)) };
  const value: unknown = isScalar(node) ? node.value : null;
  const written = isScalar(node) && typeof node.source === 'string' ? node.source : String(value);
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null ? value : String(value);
  return { kind: 'scalar', place, value: plain, written };
}

const oneDocument = 'Keep one document per file: remove the `---` line and what follows';

/** Syntax problems in words of the file's author; the parser's own message says what it met. */
function syntaxIssues(reading: Reading): void {
  for (const problem of [...reading.document.errors, ...reading.document.warnings]) {
    const place = placeAt(reading, problem.pos[0]);
    const several = problem.code === 'MULTIPLE_DOCS';
    reading.issues.push({
      code: several ? 'several-documents' : 'yaml-syntax',
      message: several ? 'The file holds more than one document' : `This is not valid YAML: ${shorten(problem.message)}`,
      remedy: several ? oneDocument : problem.code === 'TAB_AS_INDENT' ? 'Indent with spaces' : 'Check indentation, brackets and quotes near this place',
      ...place,
    });
  }
}

/** Reads text into a tree. Never throws; every issue has file, line and column. */
export function readSourceTree(text: string, file: string): SourceReading {
  const start: Place = { file, line: 1, column: 1 };
  if (text.length > specCharactersMax) {
    return { tree: null, issues: [{
      code: 'file-too-large',
      message: `A spec file may hold at most ${specCharactersMax} characters`,
      remedy: 'Split it, or check that this is a spec file',
      value: `${text.length} characters`,
      ...start,
    }] };
  }
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const nesting = nestingDepth(tokens);
  if (nesting.depth > specDepthMax) {
    return { tree: null, issues: [{
      code: 'too-deep',
      message: `Values are nested more than ${specDepthMax} deep`,
      remedy: 'Flatten the file; no field of a spec is this deep',
      value: `${nesting.depth} levels`,
      ...placeAt({ file, lines }, nesting.offset),
    }] };
  }
  // Keys are compared here, in a map: the parser's own check takes time in the square of the number of keys.
  const composer = new Composer({ uniqueKeys: false, merge: false, version: '1.2', schema: 'core', logLevel: 'silent' });
  const documents = [...composer.compose(tokens, true, text.length)] as Document.Parsed<ParsedNode>[];
  const document = documents[0];
  if (document === undefined) return { tree: null, issues: [emptyFile(start)] };
  const reading: Reading = { file, lines, document, issues: [], valuesLeft: specValuesMax, aliasesLeft: specAliasesMax };
  syntaxIssues(reading);
  const second = documents[1];
  if (second !== undefined) reading.issues.push({
    code: 'several-documents',
    message: 'The file holds more than one document',
    remedy: oneDocument,
    ...placeAt(reading, second.range[0]),
  });
  if (document.errors.length > 0) return { tree: null, issues: limitIssues(reading.issues) };
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) return { tree: null, issues: [emptyFile(start)] };
  const tree = readNode(reading, document.contents, [], start);
  return { tree, issues: limitIssues(reading.issues) };
}

function emptyFile(start: Place): Issue {
  return { code: 'empty-file', message: 'The file holds no values', remedy: 'Begin with `kind: Cluster`, `kind: Workload` or `kind: Study` and `version: 1`', ...start };
}

/** Keeps a listing readable: the first issues in full, the rest as a count. */
export function limitIssues(issues: readonly Issue[]): readonly Issue[] {
  const last = issues[specIssuesMax];
  if (last === undefined) return issues;
  const rest: Issue = { ...last, code: 'more-issues', message: `${issues.length - specIssuesMax} more problems follow`, remedy: 'Mend those above and read the file again' };
  return [...issues.slice(0, specIssuesMax), rest];
}
