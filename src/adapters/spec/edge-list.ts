/** Reads the edge lists that custom fabrics name: one cable (or bundle) per line, `a,b,tier,count,length`, by commas or blanks. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { CustomLink, CustomNode } from '../../fabric/families/family-design.ts';
import type { NodeKind } from '../../fabric/fabric.ts';
import { nodeKinds } from '../../fabric/fabric.ts';
import { parseQuantity } from '../quantity.ts';
import { countMax } from './circuit-fabric-shape.ts';
import type { ClusterDocument } from './cluster-shape.ts';
import type { FabricDocument } from './fabric-shape.ts';
import { readReferenced } from './files.ts';
import type { Checked } from './shape-issues.ts';
import { issueAt } from './shape-issues.ts';
import type { DocumentPath } from './source-tree.ts';
import { shorten } from './source-tree.ts';
import { suggestion } from './suggestion.ts';

type CustomDocument = Extract<FabricDocument, { readonly kind: 'custom' }>;

const tiers: readonly CustomLink['tier'][] = ['access', 'fabric', 'core', 'dci'];
const columns = ['a', 'b', 'tier', 'count', 'length'] as const;

/** `leaf12` is a leaf: the letters up to the first other character name the kind. */
function kindOf(name: string): NodeKind | null {
  const letters = /^[a-z]+/i.exec(name)?.[0].toLowerCase();
  return nodeKinds.find((kind) => kind.toLowerCase() === letters) ?? null;
}

interface Line {
  readonly file: string;
  readonly line: number;
  readonly fields: readonly string[];
}

interface Graph {
  readonly nodes: Map<string, CustomNode>;
  readonly links: CustomLink[];
  readonly issues: Issue[];
}

function readLine({ file, line, fields }: Line, { nodes, links, issues }: Graph): void {
  const problem = (column: number, rest: Pick<Issue, 'code' | 'message' | 'remedy'>): void =>
    void issues.push({ ...rest, file, line, column: column + 1, path: columns[column] ?? 'line', value: shorten(fields[column] ?? fields.join(',')) });
  const [a = '', b = '', tierText = '', countText = '', lengthText = ''] = fields;
  if (fields.length > columns.length || a === '' || b === '') {
    return problem(columns.length, { code: 'not-an-edge', message: 'A line names two ends, then tier, count and length if need be', remedy: 'Write a line such as gpu0,leaf0,access,1,3m' });
  }
  const kinds = [a, b].map(kindOf);
  kinds.forEach((kind, end) => {
    const word = /^[a-z]*/i.exec(fields[end] ?? '')?.[0] ?? '';
    const remedy = suggestion(word, nodeKinds, `Begin it with one of: ${nodeKinds.join(', ')}`);
    if (kind === null) problem(end, { code: 'unknown-kind', message: 'This name does not begin with a kind of node', remedy });
  });
  if (a === b) problem(1, { code: 'link-to-itself', message: 'This link joins a node with itself', remedy: 'Join two nodes' });
  const gpus = kinds.filter((kind) => kind === 'gpu').length;
  const tier = tierText === '' ? (gpus === 1 ? 'access' : 'fabric') : tiers.find((name) => name === tierText);
  if (tier === undefined) problem(2, { code: 'unknown-choice', message: 'This is not a tier', remedy: `Choose one of: ${tiers.join(', ')}` });
  const count = countText === '' ? 1 : Number(countText);
  if (!Number.isInteger(count) || count < 1 || count > countMax) problem(3, { code: 'out-of-range', message: `The number of cables must be a whole number from 1 to ${countMax}`, remedy: 'Write a number such as 2' });
  const length = lengthText === '' ? null : parseQuantity(lengthText, 'length');
  if (length !== null && !(length.ok && length.value > 0 && Number.isFinite(length.value))) problem(4, { code: 'not-a-length', message: 'This is not a length above 0', remedy: 'Write a length such as 35m' });
  if (tier === undefined) return;
  [a, b].forEach((name, end) => { if (!nodes.has(name)) nodes.set(name, { name, kind: kinds[end] ?? 'leaf', zone: -1 }); });
  links.push({ a, b, tier, count, lengthM: length?.ok === true ? length.value : null });
}

/** The graph of an edge list. Accelerators take ranks in the order in which the list first names them. */
function parseEdgeList(text: string, file: string): Parsed<{ readonly nodes: readonly CustomNode[]; readonly links: readonly CustomLink[] }> {
  const graph: Graph = { nodes: new Map(), links: [], issues: [] };
  text.split(/\r?\n/).forEach((written, index) => {
    const content = (written.split('#')[0] ?? '').trim();
    if (content === '') return;
    const fields = content.split(content.includes(',') ? /\s*,\s*/ : /\s+/);
    if (fields[0] === 'a' && fields[1] === 'b') return;
    readLine({ file, line: index + 1, fields }, graph);
  });
  if (graph.links.length === 0 && graph.issues.length === 0) graph.issues.push({ code: 'no-links', message: 'This edge list has no line', remedy: 'Write a line such as gpu0,leaf0', file, line: 1, column: 1 });
  return graph.issues.length > 0 ? { ok: false, issues: graph.issues } : parsed({ nodes: [...graph.nodes.values()], links: graph.links });
}

interface Place {
  readonly file: string;
  readonly checked: Checked;
  readonly path: DocumentPath;
}

function readCustom(fabric: CustomDocument, { file, checked, path }: Place): Parsed<CustomDocument> {
  const stated = fabric.nodes !== undefined && fabric.links !== undefined;
  if (fabric.edgeList === undefined) {
    if (stated) return parsed(fabric);
    return { ok: false, issues: [issueAt(checked, path, { code: 'missing-value', message: 'A custom fabric needs its graph', remedy: 'Write `nodes` and `links`, or name an `edgeList`' })] };
  }
  if (fabric.nodes !== undefined || fabric.links !== undefined) {
    return { ok: false, issues: [issueAt(checked, [...path, 'edgeList'], { code: 'two-graphs', message: 'This fabric states its graph twice', remedy: 'Keep either `edgeList`, or `nodes` and `links`' })] };
  }
  const text = readReferenced(file, fabric.edgeList, checked, [...path, 'edgeList']);
  if (!text.ok) return text;
  const graph = parseEdgeList(text.value.text, text.value.file);
  if (!graph.ok) return graph;
  const links = graph.value.links.map(({ lengthM, ...link }) => ({ ...link, ...(lengthM === null ? {} : { length: lengthM }) }));
  return parsed({ kind: 'custom', nodes: [...graph.value.nodes], links });
}

function readFabric<T extends FabricDocument>(fabric: T, place: Place): Parsed<FabricDocument> {
  const inside = (key: string): Place => ({ ...place, path: [...place.path, key] });
  if (fabric.kind === 'custom') return readCustom(fabric, place);
  if (fabric.kind === 'planes' && fabric.plane.kind === 'custom') {
    const plane = readCustom(fabric.plane, inside('plane'));
    return plane.ok ? parsed({ ...fabric, plane: plane.value }) : plane;
  }
  if (fabric.kind === 'sites' && fabric.site.kind === 'custom') {
    const site = readCustom(fabric.site, inside('site'));
    return site.ok ? parsed({ ...fabric, site: site.value }) : site;
  }
  return parsed(fabric);
}

/** The document with every edge list that its fabric names read in. Issues of a list have its file and line. */
export function withEdgeLists(document: ClusterDocument, file: string, checked: Checked): Parsed<ClusterDocument> {
  const fabric = readFabric(document.fabric, { file, checked, path: ['fabric'] });
  return fabric.ok ? parsed({ ...document, fabric: fabric.value }) : fabric;
}
