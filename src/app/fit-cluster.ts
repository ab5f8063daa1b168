/** Reads and compiles a cluster for placement, with the rates and failures of its parts. */

import { placeDesignIssues } from '../adapters/spec/design-places.ts';
import { readCluster } from '../adapters/spec/read-spec.ts';
import type { ClusterSpec } from '../adapters/spec/spec.ts';
import type { Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import { compileFabric } from '../fabric/compile.ts';
import { createCatalogue } from '../optics/catalogue/catalogue.ts';
import type { ClusterCondition, ClusterView } from '../plan/placement/cluster-view.ts';
import { createClusterView } from '../plan/placement/cluster-view.ts';
import type { PlacementIndex } from '../plan/placement/placement-index.ts';
import { createPlacementIndex } from '../plan/placement/placement-index.ts';
import { studyPhysics } from './study-physics.ts';

/** The index of a cluster spec that was read; issues keep their place in the file. */
export function indexCluster(spec: ClusterSpec): Parsed<PlacementIndex> {
  const deps = studyPhysics({ catalogue: createCatalogue(), caseTemperatureC: spec.design.caseTemperatureC, prices: null });
  const compiled = compileFabric(spec.design, { evaluateMedium: deps.evaluateMedium });
  const index = compiled.ok ? createPlacementIndex(compiled.value, { findPartFigures: deps.findPartFigures }) : compiled;
  return index.ok ? parsed(index.value) : { ok: false, issues: placeDesignIssues(spec, index.issues) };
}

export function readPlacementCluster(file: string): Parsed<PlacementIndex> {
  const read = readCluster(file);
  return read.ok ? indexCluster(read.value) : read;
}

/** A cluster in which everything works and nobody runs, unless the condition says otherwise. */
export const viewOf = (index: PlacementIndex, condition: Partial<ClusterCondition> = {}): ClusterView => createClusterView(index, { failed: [], hot: [], jobs: [], ...condition });
