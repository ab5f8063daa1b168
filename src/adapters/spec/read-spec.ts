/** Reads Cluster, Workload and Study specs: text in, designs out, every problem reported at once with its place. */

import type { z } from 'zod';
import type { Issue, Parsed } from '../../base/issue.ts';
import { formatIssue, parsed, rejected } from '../../base/issue.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import { clusterShape } from './cluster-shape.ts';
import { clusterFrom, crossCheckCluster } from './cluster.ts';
import { createDerivationNotes } from './derivations.ts';
import { withEdgeLists } from './edge-list.ts';
import type { FileText } from './files.ts';
import { readFileText } from './files.ts';
import { suggestion } from './suggestion.ts';
import { schemaFor } from './schemas.ts';
import type { Checked } from './shape-issues.ts';
import { issueAt, shapeIssues, sortByPlace } from './shape-issues.ts';
import type { DocumentPath, SourceNode } from './source-tree.ts';
import { limitIssues, nodeAt, plainValue, readSourceTree } from './source-tree.ts';
import type { ClusterSpec, SchemaKind, SpecKind, WorkloadSpec } from './spec.ts';
import { schemaKinds, specKinds } from './spec.ts';
import { workloadShape } from './workload-shape.ts';
import { workloadFrom } from './workload.ts';

/** A document that stands in a file, or inside another document of that file. */
export interface SpecSource {
  readonly file: string;
  readonly tree: SourceNode;
  /** Where the document stands inside another one; empty for a file of its own. */
  readonly prefix: DocumentPath;
  /** Problems of the text itself, reported with those of its content. */
  readonly issues: readonly Issue[];
}

/** What every reader of a spec needs to know of the world. */
export interface SpecContext {
  readonly catalogue: Catalogue;
}

export const defaultSpecContext = (): SpecContext => ({ catalogue: createCatalogue() });

interface Shaped<T> {
  readonly value: T | null;
  readonly issues: readonly Issue[];
}

/** Checks a tree against a shape; the value is null when the shape does not hold. */
export function checkShape<S extends z.ZodType>(checked: Checked, shape: S): Shaped<z.output<S>> {
  const result = shape.safeParse(plainValue(checked.tree));
  return result.success ? { value: result.data, issues: [] } : { value: null, issues: shapeIssues(checked, result.error) };
}

/** All issues in reading order, equal ones once, or the value. */
export function settle<T>(value: T | null, issues: readonly Issue[]): Parsed<T> {
  if (issues.length > 0) {
    const told = new Map(issues.map((issue) => [formatIssue(issue), issue]));
    return { ok: false, issues: limitIssues(sortByPlace([...told.values()])) };
  }
  if (value === null) throw new Error('a spec without a value must have an issue');
  return parsed(value);
}

const schemaOf = (source: SpecSource, kind: SpecKind): Checked => ({ tree: source.tree, schema: schemaFor(kind), prefix: source.prefix });

export function clusterOf(source: SpecSource, context: SpecContext): Parsed<ClusterSpec> {
  const checked = schemaOf(source, 'Cluster');
  const shaped = checkShape(checked, clusterShape);
  const issues = [...source.issues, ...shaped.issues, ...(source.tree.kind === 'map' ? crossCheckCluster(checked, context.catalogue) : [])];
  const document = shaped.value;
  if (issues.length > 0 || document === null) return settle<ClusterSpec>(null, issues);
  const whole = withEdgeLists(document, source.file, checked);
  if (!whole.ok) return whole;
  const notes = createDerivationNotes();
  const { design, accelerator, issues: unfit } = clusterFrom(whole.value, checked, context.catalogue, notes);
  if (unfit.length > 0) return settle<ClusterSpec>(null, unfit);
  const origin = { file: source.file, tree: source.tree, prefix: source.prefix, schema: checked.schema, derivations: notes.list };
  return parsed({ kind: 'Cluster', name: document.name, description: document.description ?? '', design, accelerator, pue: document.pue, origin });
}

export function workloadOf(source: SpecSource): Parsed<WorkloadSpec> {
  const checked = schemaOf(source, 'Workload');
  const shaped = checkShape(checked, workloadShape);
  const document = shaped.value;
  if (document === null) return settle<WorkloadSpec>(null, [...source.issues, ...shaped.issues]);
  const notes = createDerivationNotes();
  const mapped = workloadFrom(document, checked, source.file, notes);
  const issues = [...source.issues, ...(mapped.ok ? [] : mapped.issues)];
  if (issues.length > 0 || !mapped.ok) return settle<WorkloadSpec>(null, issues);
  const origin = { file: source.file, tree: source.tree, prefix: source.prefix, schema: checked.schema, derivations: notes.list };
  return parsed({ kind: 'Workload', name: document.name, description: document.description ?? '', ...mapped.value, origin });
}

/** The tree of a text, or its issues when there is none or when it is not of the wanted kind. */
export function sourceOf(text: FileText, wanted: SchemaKind | null = null): Parsed<SpecSource> {
  const { tree, issues } = readSourceTree(text.text, text.file);
  if (tree === null) return { ok: false, issues: wanted === null ? issues : issues.map((issue) => (issue.code === 'empty-file' ? { ...issue, remedy: `Begin with \`kind: ${wanted}\` and \`version: 1\`` } : issue)) };
  const source: SpecSource = { file: text.file, tree, prefix: [], issues };
  return wanted === null ? parsed(source) : checkKind(source, wanted);
}

/** An issue when a document says that it is of another known kind: then nothing else about it is worth saying. */
function checkKind(source: SpecSource, wanted: SchemaKind): Parsed<SpecSource> {
  const node = nodeAt(source.tree, ['kind']);
  const found = node?.kind === 'scalar' ? schemaKinds.find((kind) => kind === node.value) : undefined;
  if (found === undefined || found === wanted) return parsed(source);
  return rejected(issueAt(source, ['kind'], { code: 'wrong-kind', message: `This file describes a ${found}, not a ${wanted}`, remedy: `Name a file that begins with \`kind: ${wanted}\`` }));
}

/** What a document says it is; an issue where it says nothing that is known. */
export function kindOf(source: SpecSource): Parsed<SpecKind> {
  const node = nodeAt(source.tree, ['kind']);
  const checked = { tree: source.tree, prefix: source.prefix };
  const choices = specKinds.join(', ');
  if (node === null) return rejected(...source.issues, issueAt(checked, ['kind'], {
    code: 'missing-value',
    message: '`kind` is missing',
    remedy: `Begin the file with \`kind: Cluster\` (one of: ${choices})`,
  }));
  const kind = specKinds.find((name) => node.kind === 'scalar' && node.value === name);
  if (kind !== undefined) return parsed(kind);
  const written = node.kind === 'scalar' ? String(node.value) : '';
  return rejected(...source.issues, issueAt(checked, ['kind'], {
    code: 'unknown-kind',
    message: 'This is not a known kind of spec',
    remedy: suggestion(written, specKinds, `Choose one of: ${choices}`),
  }));
}

/** Parses the text of a Cluster spec; `file` names it in issues. */
export function parseCluster(text: string, file: string, context: SpecContext = defaultSpecContext()): Parsed<ClusterSpec> {
  const source = sourceOf({ text, file }, 'Cluster');
  return source.ok ? clusterOf(source.value, context) : source;
}

/** Parses the text of a Workload spec; a model configuration it names is read relative to `file`. */
export function parseWorkload(text: string, file: string): Parsed<WorkloadSpec> {
  const source = sourceOf({ text, file }, 'Workload');
  return source.ok ? workloadOf(source.value) : source;
}

/** Reads a Cluster file. */
export function readCluster(file: string, context: SpecContext = defaultSpecContext()): Parsed<ClusterSpec> {
  const text = readFileText(file);
  return text.ok ? parseCluster(text.value.text, file, context) : text;
}

/** Reads a Workload file. */
export function readWorkload(file: string): Parsed<WorkloadSpec> {
  const text = readFileText(file);
  return text.ok ? parseWorkload(text.value.text, file) : text;
}

