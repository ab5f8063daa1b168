/** Draws the family that a design asks for, servers first. */

import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { Wiring } from '../draft.ts';
import { createDraft } from '../draft.ts';
import { composeRouting } from '../routing/compose.ts';
import { drawServers } from '../servers.ts';
import { planOcsRails, planRegionalOcs } from './circuit-rails.ts';
import { planPlanes, planSites } from './compositions.ts';
import { planDirectBlocks } from './direct-blocks.ts';
import { planBypassRing, planPhotonicMesh, planScaleUpOnly } from './direct-domains.ts';
import { planDragonfly } from './dragonfly.ts';
import { planDragonflyPlus } from './dragonfly-plus.ts';
import type { FamilyDesign } from './family-design.ts';
import { planFatTree } from './fat-tree.ts';
import { planCustom, planExpander } from './graph-families.ts';
import { planHypercube, planHyperX } from './hyperx.ts';
import { planOcsCubes } from './ocs-cubes.ts';
import { planAwgr, planRotor } from './optical-switching.ts';
import type { FamilyPlan } from './plan.ts';
import { planRailOnly, planRailOptimised } from './rail-optimised.ts';
import { planTorus } from './torus.ts';
import { planLeafSpine, planPooledMemory } from './two-tier.ts';

/** Checks the parameters of a family; issues name the parameter, its value and what would fit. */
export function planFamily(design: ClusterDesign, family: FamilyDesign): Parsed<FamilyPlan> {
  switch (family.kind) {
    case 'rail-optimised': return planRailOptimised(design, family);
    case 'rail-only': return planRailOnly(design);
    case 'leaf-spine': return planLeafSpine(design, family);
    case 'fat-tree': return planFatTree(design, family);
    case 'dragonfly': return planDragonfly(design, family);
    case 'dragonfly-plus': return planDragonflyPlus(design, family);
    case 'hypercube': return planHypercube(design, family);
    case 'hyperx': return planHyperX(design, family);
    case 'torus': return planTorus(design, family);
    case 'expander': return planExpander(design, family);
    case 'custom': return planCustom(design, family);
    case 'ocs-cubes': return planOcsCubes(design, family);
    case 'direct-blocks': return planDirectBlocks(design, family);
    case 'scale-up': return planScaleUpOnly(design);
    case 'photonic-mesh': return planPhotonicMesh(design);
    case 'bypass-ring': return planBypassRing(design, family);
    case 'awgr': return planAwgr(design, family);
    case 'rotor': return planRotor(design, family);
    case 'ocs-rails': return planOcsRails(design);
    case 'regional-ocs': return planRegionalOcs(design, family, (base) => planFamily(design, base));
    case 'pooled-memory': return planPooledMemory(design, family);
    case 'planes': return planPlanes(design, family, planFamily);
    case 'sites': return planSites(design, family, planFamily);
  }
}

export function wireFamily(design: ClusterDesign): Parsed<Wiring> {
  const planned = planFamily(design, design.family);
  if (!planned.ok) return planned;
  const plan = planned.value;
  const draft = createDraft();
  const servers = drawServers(draft, design, (server) => plan.zoneOf(server), (server) => plan.siteOf?.(server) ?? 0);
  const network = plan.draw({ draft, design, servers, firstRank: 0, gpus: design.gpus, site: 0 });
  return parsed({ draft, summary: plan.summary, createRouting: (graph) => composeRouting(graph, servers, network) });
}
