/** What a play needs from outside: files and amounts with units are read by whoever stages it. */

import type { Parsed } from '../../base/issue.ts';
import type { Plant } from '../../control/plant.ts';
import type { Policy } from '../../plan/policy.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import type { EmulatedFabric } from '../../sim/devices/emulated-fabric.ts';
import type { JobRequest } from '../../control/job.ts';
import type { JobTerms } from '../job-request.ts';

/** Dimensions of amounts in plays; a difference of temperatures is in K. */
export type PlayAmount = 'time' | 'rate' | 'ratio' | 'fraction' | 'temperature' | 'data' | 'kelvin';

/** A cluster with its physics and its emulated devices, made anew for each play. */
export interface PlayCluster {
  readonly cluster: CompiledCluster;
  readonly plant: Plant;
  readonly devices: EmulatedFabric;
}

export interface PlayHost {
  readAmount(text: string, dimension: PlayAmount): Parsed<number>;
  /** Files are named relative to the play. */
  readCluster(file: string): Parsed<PlayCluster>;
  readPolicy(file: string): Parsed<Policy>;
  /** `classes.checkpoint.floor=10%` and the like, over a policy. */
  adjustPolicy(base: Policy, settings: readonly string[]): Parsed<Policy>;
  /** A training job of a Workload file on the play's cluster. */
  readJob(file: string, cluster: CompiledCluster, terms: JobTerms): Parsed<JobRequest>;
}
