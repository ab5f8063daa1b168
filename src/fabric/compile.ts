/** Compiles a cluster design to one fabric in typed arrays: wiring, floor plan, media, wavelengths and components. */

import { groupRows } from '../base/csr.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import { growingFloats, growingInts } from '../base/growing.ts';
import { checkConservation } from './conservation.ts';
import { checkDesign } from './design-check.ts';
import type { CompiledCluster, CompiledFabric } from './compiled.ts';
import type { ComponentTable } from './components.ts';
import { finishComponents } from './components.ts';
import type { ClusterDesign, MediumDesign } from './design.ts';
import type { GraphDraft, WiredGraph, Wiring } from './draft.ts';
import type { ComponentIx, Medium } from './fabric.ts';
import { nodeKinds } from './fabric.ts';
import { wireFamily } from './families/wire.ts';
import { placeUnits } from './floor-plan.ts';
import type { Installation } from './installation.ts';
import { installUnits } from './installation.ts';
import { cableLink } from './cabling.ts';
import type { EvaluateMedium } from './medium.ts';
import { memoised } from './medium.ts';
import { refusedCables } from './refused-cables.ts';

export interface CompileDeps {
  readonly evaluateMedium: EvaluateMedium;
}

/** Link tables while they grow, cable by cable. */
export interface LinkTables {
  readonly lengthM: ReturnType<typeof growingFloats>;
  readonly latencyNs: ReturnType<typeof growingFloats>;
  readonly rateGbps: ReturnType<typeof growingFloats>;
  readonly medium: ReturnType<typeof growingInts>;
  readonly port: ReturnType<typeof growingInts>;
  readonly cable: ReturnType<typeof growingInts>;
  readonly use: ReturnType<typeof growingInts>;
  readonly waveOffset: ReturnType<typeof growingInts>;
  readonly waveLink: ReturnType<typeof growingInts>;
  readonly waveSlot: ReturnType<typeof growingInts>;
  readonly waveRateGbps: ReturnType<typeof growingFloats>;
  readonly waveLaser: ReturnType<typeof growingInts>;
}

const createLinkTables = (): LinkTables => ({
  lengthM: growingFloats(), latencyNs: growingFloats(), rateGbps: growingFloats(), medium: growingInts(), port: growingInts(), cable: growingInts(), use: growingInts(),
  waveOffset: growingInts(), waveLink: growingInts(), waveSlot: growingInts(), waveRateGbps: growingFloats(), waveLaser: growingInts(),
});

function wiredGraph(draft: GraphDraft): WiredGraph {
  const cables = draft.cableTier.length;
  const linkSource = new Int32Array(2 * cables);
  const linkTarget = new Int32Array(2 * cables);
  for (let cable = 0; cable < cables; cable++) {
    linkSource[2 * cable] = linkTarget[2 * cable + 1] = draft.cableNear.at(cable);
    linkTarget[2 * cable] = linkSource[2 * cable + 1] = draft.cableFar.at(cable);
  }
  const nodeCount = draft.nodeKind.length;
  const out = groupRows(linkSource, nodeCount);
  return { nodeCount, nodeKind: draft.nodeKind.finish(), gpuNode: draft.gpuNode.finish(), linkSource, linkTarget, outOffset: out.offset, outLink: out.row };
}

/** Every switch has at most its radix of links; each port carries one. */
function checkRadix(design: ClusterDesign, graph: WiredGraph): readonly Issue[] {
  const switchKinds = ['leaf', 'spine', 'core', 'gateway'];
  for (let node = 0; node < graph.nodeCount; node++) {
    const kind = nodeKinds[graph.nodeKind[node] ?? 0] ?? 'gpu';
    const ports = (graph.outOffset[node + 1] ?? 0) - (graph.outOffset[node] ?? 0);
    const radix = kind === 'ocs' || kind === 'awgr' ? (design.ocs?.radix ?? 0) : switchKinds.includes(kind) ? design.switch.radix : Infinity;
    if (ports <= radix) continue;
    return [{
      code: 'radix-too-small', path: kind === 'ocs' || kind === 'awgr' ? 'ocs.radix' : 'switch.radix', value: String(radix),
      message: `A ${kind} of this ${design.family.kind} fabric needs ${ports} ports and has ${radix}`,
      remedy: `Use a switch with at least ${ports} ports or a smaller fabric`,
    }];
  }
  return [];
}

interface Finished {
  readonly design: ClusterDesign;
  readonly wiring: Wiring;
  readonly graph: WiredGraph;
  readonly tables: LinkTables;
  readonly installation: Installation;
  readonly components: ComponentTable;
}

/** A circuit joins the light that enters over one cable with what leaves over the other, both ways. */
function circuitTable(draft: GraphDraft): Int32Array {
  const out = new Int32Array(2 * draft.cableTier.length).fill(-1);
  for (let at = 0; at < draft.circuitCable.length; at += 2) {
    const one = draft.circuitCable.at(at);
    const other = draft.circuitCable.at(at + 1);
    out[2 * one] = 2 * other + 1;
    out[2 * other] = 2 * one + 1;
  }
  return out;
}

function mediumRow(medium: MediumDesign): Medium {
  return { name: medium.name, nearPart: medium.near.part, farPart: medium.far.part, cablePart: medium.cablePart, wavelengthsPerLink: medium.wavelengthsPerLink, nominalRateGbps: medium.nominalRateGbps };
}

function assemble(parts: Finished): CompiledFabric {
  const { design, wiring, graph, tables, installation, components } = parts;
  const { draft } = wiring;
  const links = graph.linkSource.length;
  tables.waveOffset.push(tables.waveLink.length);
  return {
    name: design.name,
    nodeCount: graph.nodeCount, nodeKind: graph.nodeKind, nodeComponent: installation.nodeComponent, gpuNode: graph.gpuNode,
    gpusPerScaleUpDomain: Math.max(1, design.scaleUp.size),
    linkCount: links, linkSource: graph.linkSource, linkTarget: graph.linkTarget,
    linkReverse: Int32Array.from({ length: links }, (_, link) => link ^ 1),
    linkTier: Uint8Array.from({ length: links }, (_, link) => draft.cableTier.at(link >> 1)),
    linkMedium: Uint16Array.from(tables.medium.finish()),
    linkLengthM: tables.lengthM.finish(), linkLatencyNs: tables.latencyNs.finish(), linkRateGbps: tables.rateGbps.finish(),
    outOffset: graph.outOffset, outLink: graph.outLink,
    media: installation.media.map(mediumRow),
    wavelengthCount: tables.waveLink.length, wavelengthLink: tables.waveLink.finish(), wavelengthSlot: Int16Array.from(tables.waveSlot.finish()),
    wavelengthRateGbps: tables.waveRateGbps.finish(), linkWavelength: tables.waveOffset.finish(),
    componentCount: components.count, componentKind: components.kind, componentParent: components.parent,
    componentName: (component) => components.nameOf(component),
    findComponent: (name) => components.find(name) as ComponentIx | -1,
    routing: wiring.createRouting(graph),
    components, linkPort: tables.port.finish(), linkCable: tables.cable.finish(), wavelengthLaser: tables.waveLaser.finish(),
    cableUse: tables.use.finish(), circuitOut: circuitTable(draft), nodeUnit: draft.nodeUnit.finish(), uses: installation.uses, placement: installation.placement,
  };
}

/**
 * Compiles a design. Issues name the parameter at fault: counts out of range (`gpus`, ...), a radix that cannot build the asked
 * fabric, a floor that is too small, a tier without media. Links that do not close are kept at rate zero and listed in `refused`.
 */
export function compileFabric(design: ClusterDesign, deps: CompileDeps): Parsed<CompiledCluster> {
  const early = checkDesign(design);
  if (early.length > 0) return { ok: false, issues: early };
  const wired = wireFamily(design);
  if (!wired.ok) return wired;
  const wiring = wired.value;
  const graph = wiredGraph(wiring.draft);
  const { placement, issues } = placeUnits(wiring.draft, design.floor);
  const late = [...checkRadix(design, graph), ...issues];
  if (late.length > 0) return { ok: false, issues: late };
  const tables = createLinkTables();
  const installation = installUnits({ design, draft: wiring.draft, graph, placement });
  const evaluate = memoised(deps.evaluateMedium);
  for (let cable = 0; cable < wiring.draft.cableTier.length; cable++) {
    const problem = cableLink({ design, draft: wiring.draft, graph, installation, tables, evaluate }, cable);
    if (problem !== null) return { ok: false, issues: [problem] };
  }
  const components = finishComponents(installation.components);
  const fabric = assemble({ design, wiring, graph, tables, installation, components });
  return parsed({ design, summary: wiring.summary, fabric, refused: refusedCables(fabric), findings: checkConservation(design, fabric) });
}
