/** Routes against an independent program: the node sequences of the reference cases, flow by flow. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { NodeIx } from '../../src/fabric/fabric.ts';
import { nodeKinds } from '../../src/fabric/fabric.ts';
import type { FamilyDesign } from '../../src/fabric/families/family-design.ts';
import { sharedTest } from '../shared.ts';
import { bareDesign, reachRule } from './designs.ts';
import { routeOf } from './routes.ts';

interface Case {
  readonly links: readonly { readonly src: string; readonly dst: string }[];
  readonly flows: readonly { readonly src: string; readonly dst: string; readonly path: readonly number[] }[];
}

interface Reference {
  readonly file: string;
  readonly gpus: number;
  readonly family: FamilyDesign;
  /** The reference's name of switch `index` of a kind. */
  nameOf(kind: string, index: number): string;
  /** True where the reference puts a router of its own beside each host. */
  readonly hasInjection: boolean;
}

const references: readonly Reference[] = [
  {
    file: 'cases/fattree-k8-perm-dmodk.json.gz', gpus: 128, family: { kind: 'fat-tree', tiers: 3, k: 8, routing: 'dModK' }, hasInjection: false,
    nameOf: (kind, index) => (kind === 'leaf' ? `e${Math.floor(index / 4)}.${index % 4}` : kind === 'spine' ? `a${Math.floor(index / 4)}.${index % 4}` : `c${index}`),
  },
  {
    file: 'cases/fattree-k16-perm-dmodk.json.gz', gpus: 1024, family: { kind: 'fat-tree', tiers: 3, k: 16, routing: 'dModK' }, hasInjection: false,
    nameOf: (kind, index) => (kind === 'leaf' ? `e${Math.floor(index / 8)}.${index % 8}` : kind === 'spine' ? `a${Math.floor(index / 8)}.${index % 8}` : `c${index}`),
  },
  {
    file: 'cases/dragonfly-p2a4h2-perm.json.gz', gpus: 72, hasInjection: false,
    family: { kind: 'dragonfly', groups: 9, switchesPerGroup: 4, gpusPerSwitch: 2, globalLinksPerSwitch: 2, routing: 'minimal' },
    nameOf: (_, index) => `r${Math.floor(index / 4)}.${index % 4}`,
  },
  {
    file: 'cases/dragonfly-p4a8h4-shift.json.gz', gpus: 1056, hasInjection: false,
    family: { kind: 'dragonfly', groups: 33, switchesPerGroup: 8, gpusPerSwitch: 4, globalLinksPerSwitch: 4, routing: 'minimal' },
    nameOf: (_, index) => `r${Math.floor(index / 8)}.${index % 8}`,
  },
  { file: 'cases/torus-8x8x8-perm-dor.json.gz', gpus: 512, hasInjection: true, family: { kind: 'torus', sizes: [8, 8, 8], twists: [] }, nameOf: () => '' },
];

for (const reference of references) {
  sharedTest(`${reference.file}: every flow takes the reference's path`, reference.file, (path) => {
    const file = JSON.parse(gunzipSync(readFileSync(path)).toString()) as Case;
    const compiled = compileFabric(bareDesign(reference.gpus, reference.family), { evaluateMedium: reachRule });
    if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
    const { fabric } = compiled.value;
    const nameOfNode = (node: number): string => {
      const kind = nodeKinds[fabric.nodeKind[node] ?? 0] ?? '';
      const ordinal = fabric.components.ordinal[fabric.nodeComponent[node] ?? 0] ?? 0;
      return kind === 'gpu' ? `h${ordinal}` : reference.nameOf(kind, ordinal);
    };
    for (const flow of file.flows) {
      const from = fabric.gpuNode[Number(flow.src.slice(1))] as NodeIx;
      const to = fabric.gpuNode[Number(flow.dst.slice(1))] as NodeIx;
      const ours = routeOf(fabric, from, to, 0).map((link) => nameOfNode(fabric.linkTarget[link] ?? 0));
      const links = reference.hasInjection ? flow.path.slice(1, -1) : flow.path;
      assert.deepEqual(ours, links.map((link) => file.links[link]?.dst.replace(/^t/, 'h')));
    }
  });
}
