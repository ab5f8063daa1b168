/** What reading a spec gives: designs of the pure rooms, and where each value came from. */

import type { ClusterDesign, TierMedia } from '../../fabric/design.ts';
import type { Accelerator } from '../../traffic/accelerators.ts';
import type { ModelSpec } from '../../traffic/model.ts';
import type { ParallelPlan } from '../../traffic/parallel-plan.ts';
import type { Derivation } from './derivations.ts';
import type { JsonSchema } from './fields.ts';
import type { DocumentPath, SourceNode } from './source-tree.ts';

export const specKinds = ['Cluster', 'Workload', 'Study'] as const;
export type SpecKind = (typeof specKinds)[number];

/** Every kind of file with a schema: specs, and what accompanies a cluster in operation. */
export const schemaKinds = [...specKinds, 'Timeline', 'Policy'] as const;
export type SchemaKind = (typeof schemaKinds)[number];

/** The document behind a spec, for `explain-spec` and for issues found later. */
export interface SpecOrigin {
  readonly file: string;
  readonly tree: SourceNode;
  /** Where the document stands inside another one; empty for a file of its own. */
  readonly prefix: DocumentPath;
  readonly schema: JsonSchema;
  readonly derivations: readonly Derivation[];
}

export interface ClusterSpec {
  readonly kind: 'Cluster';
  readonly name: string;
  readonly description: string;
  readonly design: ClusterDesign;
  /** Compute figures of the accelerator; `design.accelerator` holds its power, price and failures. */
  readonly accelerator: Accelerator;
  /** Power of the site over power of its computers and network. */
  readonly pue: number;
  readonly origin: SpecOrigin;
}

/** A plan whose data-parallel degree may still follow from the cluster. */
export type OpenPlan = Omit<ParallelPlan, 'data' | 'shard'> & { readonly data: number | null; readonly shard: number | null };

export interface WorkloadSpec {
  readonly kind: 'Workload';
  readonly name: string;
  readonly description: string;
  readonly model: ModelSpec;
  readonly plan: OpenPlan;
  readonly origin: SpecOrigin;
}

export interface StudyChoice {
  readonly name: string;
  readonly description: string;
  /** The cluster's design with the media, and where stated the case temperature, of this choice. */
  readonly design: ClusterDesign;
  readonly media: TierMedia;
}

export interface PriceList {
  readonly year: number;
  readonly source: string;
  /** Catalogue part id to the price of one piece, $. */
  readonly usdByPart: ReadonlyMap<string, number>;
}

export interface StudyWorkload {
  readonly workload: WorkloadSpec;
  /** The plan on the study's cluster, checked. */
  readonly plan: ParallelPlan;
  /** What of the plan followed from the cluster. */
  readonly derivations: readonly Derivation[];
}

export interface StudySpec {
  readonly kind: 'Study';
  readonly name: string;
  readonly description: string;
  readonly type: 'compare';
  readonly cluster: ClusterSpec;
  readonly workloads: readonly StudyWorkload[];
  readonly choices: readonly StudyChoice[];
  readonly prices: PriceList | null;
  readonly origin: SpecOrigin;
}

export type Spec = ClusterSpec | WorkloadSpec | StudySpec;
