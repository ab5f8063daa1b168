/** Reads a Study spec with the cluster and workloads it names, and checks that they fit each other. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { TierMedia } from '../../fabric/design.ts';
import { tierRates } from './cluster.ts';
import { createDerivationNotes } from './derivations.ts';
import { readFileText, readReferenced } from './files.ts';
import type { MediaContext } from './media.ts';
import { checkMediaParts, tierMedia } from './media.ts';
import { suggestion } from './suggestion.ts';
import type { SpecContext, SpecSource } from './read-spec.ts';
import { checkShape, clusterOf, defaultSpecContext, kindOf, settle, sourceOf, workloadOf } from './read-spec.ts';
import { schemaFor } from './schemas.ts';
import type { Checked } from './shape-issues.ts';
import { issueAt } from './shape-issues.ts';
import type { DocumentPath } from './source-tree.ts';
import { nodeAt } from './source-tree.ts';
import type { ClusterSpec, PriceList, Spec, SpecKind, StudyChoice, StudySpec, StudyWorkload, WorkloadSpec } from './spec.ts';
import type { StudyDocument } from './study-shape.ts';
import { studyShape } from './study-shape.ts';
import { checkPrecision, planDerivations, planOn } from './workload.ts';

/** The document at a path of a study: the file it names, or the map that stands there. */
function partSource(checked: Checked, file: string, path: DocumentPath, kind: SpecKind): Parsed<SpecSource> | null {
  const node = nodeAt(checked.tree, path);
  if (node === null) return null;
  if (node.kind === 'map') return parsed({ file, tree: node, prefix: path, issues: [] });
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value === '') return null;
  const text = readReferenced(file, node.value, checked, path);
  if (!text.ok) return text;
  const source = sourceOf(text.value);
  if (!source.ok) return source;
  const found = kindOf(source.value);
  if (!found.ok || found.value === kind) return found.ok ? source : found;
  return { ok: false, issues: [issueAt(checked, path, {
    code: 'wrong-kind',
    message: `This file describes a ${found.value}, not a ${kind}`,
    remedy: `Name a file that begins with \`kind: ${kind}\``,
  })] };
}

interface Collected {
  readonly cluster: ClusterSpec | null;
  readonly workloads: readonly WorkloadSpec[];
  readonly issues: readonly Issue[];
}

/** Reads what the study names or holds. An inline document's own issues repeat those of the study's shape, and are told once. */
function collectParts(checked: Checked, file: string, context: SpecContext): Collected {
  const issues: Issue[] = [];
  const take = <T>(path: DocumentPath, kind: SpecKind, read: (source: SpecSource) => Parsed<T>): T | null => {
    const source = partSource(checked, file, path, kind);
    if (source === null) return null;
    const result = source.ok ? read(source.value) : source;
    if (result.ok) return result.value;
    issues.push(...result.issues);
    return null;
  };
  const cluster = take(['cluster'], 'Cluster', (source) => clusterOf(source, context));
  const list = nodeAt(checked.tree, ['workloads']);
  const workloads: WorkloadSpec[] = [];
  for (let index = 0; list?.kind === 'list' && index < list.items.length; index++) {
    const workload = take(['workloads', index], 'Workload', workloadOf);
    if (workload !== null) workloads.push(workload);
  }
  return { cluster, workloads, issues };
}

/** What no field can see alone: names used twice, prices and media of parts that do not exist. */
function crossCheckStudy(checked: Checked, context: SpecContext): readonly Issue[] {
  const issues: Issue[] = [];
  const known = context.catalogue.parts.map((part) => part.id);
  const choices = nodeAt(checked.tree, ['choices']);
  const seen = new Map<unknown, number>();
  for (let index = 0; choices?.kind === 'list' && index < choices.items.length; index++) {
    issues.push(...checkMediaParts(checked, ['choices', index, 'media'], context.catalogue));
    const name = nodeAt(checked.tree, ['choices', index, 'name']);
    if (name?.kind !== 'scalar' || typeof name.value !== 'string') continue;
    const first = seen.get(name.value);
    if (first === undefined) seen.set(name.value, name.place.line);
    else issues.push(issueAt(checked, ['choices', index, 'name'], { code: 'duplicate-name', message: `The choice of line ${first} has the same name`, remedy: 'Give each choice its own name' }));
  }
  const prices = nodeAt(checked.tree, ['prices', 'parts']);
  for (const id of prices?.kind === 'map' ? prices.entries.keys() : []) {
    if (context.catalogue.find(id) === undefined) issues.push(issueAt(checked, ['prices', 'parts', id], {
      code: 'unknown-part',
      message: `No part of the catalogue is called \`${id.slice(0, 80)}\``,
      remedy: suggestion(id, known, 'List the catalogue with `heliostat parts`'),
    }));
  }
  return issues;
}

function choicesOn(cluster: ClusterSpec, document: StudyDocument, shared: Omit<MediaContext, 'rates' | 'base'>): readonly StudyChoice[] {
  const { notes } = shared;
  const rates = tierRates(cluster.design);
  return document.choices.map((choice, index) => {
    const media: MediaContext = { ...shared, rates, base: ['choices', index, 'media'] };
    const own = cluster.design.media;
    const tiers: TierMedia = {
      access: choice.media.access === undefined ? own.access : tierMedia(media, 'access', choice.media.access),
      fabric: choice.media.fabric === undefined ? own.fabric : tierMedia(media, 'fabric', choice.media.fabric),
      core: choice.media.core === undefined ? own.core : tierMedia(media, 'core', choice.media.core),
      dci: choice.media.dci === undefined ? own.dci : tierMedia(media, 'dci', choice.media.dci),
    };
    const caseTemperatureC = choice.caseTemperature ?? cluster.design.caseTemperatureC;
    if (choice.caseTemperature === undefined) notes.derived(`choices[${index}].caseTemperature`, caseTemperatureC === null ? 'each part\'s own' : `${caseTemperatureC} °C`, 'caseTemperature of the cluster');
    return { name: choice.name, description: choice.description, media: tiers, design: { ...cluster.design, media: tiers, caseTemperatureC } };
  });
}

function plansOn(cluster: ClusterSpec, workloads: readonly WorkloadSpec[]): { readonly planned: readonly StudyWorkload[]; readonly issues: readonly Issue[] } {
  const planned: StudyWorkload[] = [];
  const issues: Issue[] = [];
  for (const workload of workloads) {
    const plan = planOn(workload, cluster.design.gpus);
    if (plan.ok) planned.push({ workload, plan: plan.value, derivations: planDerivations(workload, plan.value, cluster.design.gpus) });
    else issues.push(...plan.issues);
    issues.push(...checkPrecision(workload, cluster.accelerator));
  }
  return { planned, issues };
}

const priceList = (document: StudyDocument): PriceList | null =>
  document.prices === undefined ? null : { year: document.prices.year, source: document.prices.source, usdByPart: new Map(Object.entries(document.prices.parts)) };

function studyOf(source: SpecSource, context: SpecContext): Parsed<StudySpec> {
  const checked: Checked = { tree: source.tree, schema: schemaFor('Study'), prefix: source.prefix };
  const shaped = checkShape(checked, studyShape);
  const parts = collectParts(checked, source.file, context);
  const fit = parts.cluster === null ? { planned: [], issues: [] } : plansOn(parts.cluster, parts.workloads);
  const issues = [...source.issues, ...shaped.issues, ...crossCheckStudy(checked, context), ...parts.issues, ...fit.issues];
  const document = shaped.value;
  if (issues.length > 0 || document === null || parts.cluster === null) return settle<StudySpec>(null, issues);
  const notes = createDerivationNotes();
  const unfit: Issue[] = [];
  const choices = choicesOn(parts.cluster, document, { catalogue: context.catalogue, notes, checked, issues: unfit });
  if (unfit.length > 0) return settle<StudySpec>(null, unfit);
  return parsed({
    kind: 'Study', name: document.name, description: document.description ?? '', type: document.type,
    cluster: parts.cluster, workloads: fit.planned, choices, prices: priceList(document),
    origin: { file: source.file, tree: source.tree, prefix: source.prefix, schema: checked.schema, derivations: notes.list },
  });
}

/** Parses the text of a Study spec; the files it names are read relative to `file`. */
export function parseStudy(text: string, file: string, context: SpecContext = defaultSpecContext()): Parsed<StudySpec> {
  const source = sourceOf({ text, file }, 'Study');
  return source.ok ? studyOf(source.value, context) : source;
}

/** Reads a Study file. */
export function readStudy(file: string, context: SpecContext = defaultSpecContext()): Parsed<StudySpec> {
  const text = readFileText(file);
  return text.ok ? parseStudy(text.value.text, file, context) : text;
}

/** Parses the text of a spec of any kind. */
export function parseSpec(text: string, file: string, context: SpecContext = defaultSpecContext()): Parsed<Spec> {
  const source = sourceOf({ text, file });
  if (!source.ok) return source;
  const kind = kindOf(source.value);
  if (!kind.ok) return kind;
  if (kind.value === 'Cluster') return clusterOf(source.value, context);
  return kind.value === 'Workload' ? workloadOf(source.value) : studyOf(source.value, context);
}

/** Reads a spec file of any kind. */
export function readSpec(file: string, context: SpecContext = defaultSpecContext()): Parsed<Spec> {
  const text = readFileText(file);
  return text.ok ? parseSpec(text.value.text, file, context) : text;
}
