/** Compiles a cluster's file to what the server runs on; the server and the thread of its what-ifs do it alike. */

import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import { readCluster } from '../../adapters/spec/read-spec.ts';
import type { ClusterSpec } from '../../adapters/spec/spec.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { createClusterPlant } from '../../control/cluster-plant.ts';
import type { Plant } from '../../control/plant.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';

export interface BuiltPlant {
  readonly spec: ClusterSpec;
  readonly plant: Plant;
  readonly catalogue: Catalogue;
}

/** Issue codes: those of a Cluster file and of its design. */
export function buildPlant(clusterFile: string): Parsed<BuiltPlant> {
  const spec = readCluster(clusterFile);
  if (!spec.ok) return spec;
  const catalogue = createCatalogue();
  const compiled = compileWithPhysics(spec.value.design, catalogue);
  if (!compiled.ok) return { ok: false, issues: placeDesignIssues(spec.value, compiled.issues) };
  return parsed({ spec: spec.value, plant: createClusterPlant(compiled.value, catalogue), catalogue });
}
