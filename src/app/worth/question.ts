/** What `heliostat worth` is asked: the experiment, its clusters and workload, and the seed, each read and checked. */

import { fileURLToPath } from 'node:url';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { createClusterPlant } from '../../control/cluster-plant.ts';
import type { Plant } from '../../control/plant.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { TrainingJob } from '../../study/training-run.ts';
import { readJob } from '../job-input.ts';

const experiments = ['light', 'failures', 'faults', 'phases', 'heat', 'foresight'] as const;
export type Experiment = (typeof experiments)[number];

export interface WorthOptions {
  readonly seed: string;
  readonly seeds: string;
  readonly cluster?: string;
  readonly workload?: string;
  readonly html?: string;
  readonly json?: true;
}

/** A cluster with its plant, and the job that trains on it. */
export interface Ground {
  readonly catalogue: Catalogue;
  readonly cluster: CompiledCluster;
  readonly plant: Plant;
  readonly job: TrainingJob;
  readonly names: { readonly cluster: string; readonly workload: string };
}

export interface WorthQuestion {
  readonly experiment: Experiment;
  readonly seed: number;
  readonly seeds: number;
  readonly grounds: readonly Ground[];
}

const packaged = (name: string): string => fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));

/** What each experiment runs on unless it is told otherwise. */
const usualFiles: Readonly<Record<Experiment, readonly { readonly cluster: string; readonly workload: string }[]>> = {
  light: [{ cluster: 'worth/cluster-two-planes.yaml', workload: 'worth/workload-experts.yaml' }],
  failures: [{ cluster: 'worth/cluster-16384.yaml', workload: 'worth/workload-llama-16384.yaml' }],
  faults: [
    { cluster: 'worth/cluster-engines-32.yaml', workload: 'worth/workload-dense-8b.yaml' },
    { cluster: 'worth/cluster-circuits-16.yaml', workload: 'worth/workload-dense-8b.yaml' },
  ],
  phases: [{ cluster: 'cluster-1024.yaml', workload: 'workload-mixtral.yaml' }],
  heat: [{ cluster: 'cluster-liquid-1024.yaml', workload: 'workload-llama-405b.yaml' }],
  foresight: [{ cluster: 'worth/cluster-engines-32.yaml', workload: 'worth/workload-dense-8b.yaml' }],
};

const seedMax = 2 ** 32 - 1;
const seedsMax = 100;

function readCount(text: string, path: string, range: { readonly least: number; readonly most: number }): Parsed<number> {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.least && value <= range.most) return parsed(value);
  return { ok: false, issues: [{ code: 'out-of-range', message: 'This is not a whole number in range', remedy: `Write a number from ${range.least} to ${range.most}`, path, value: text }] };
}

function readGround(files: { readonly cluster: string; readonly workload: string }, catalogue: Catalogue): Parsed<Ground> {
  const read = readJob(files.cluster, files.workload);
  if (!read.ok) return read;
  const { cluster, workload, plan } = read.value;
  const compiled = compileWithPhysics(cluster.design, catalogue);
  if (!compiled.ok) return { ok: false, issues: placeDesignIssues(cluster, compiled.issues) };
  return parsed({
    catalogue, cluster: compiled.value, plant: createClusterPlant(compiled.value, catalogue), job: { model: workload.model, plan, accelerator: cluster.accelerator },
    names: { cluster: cluster.name, workload: workload.name },
  });
}

/** Everything asked for, or every issue. */
export function readWorth(name: string, options: WorthOptions): Parsed<WorthQuestion> {
  const experiment = experiments.find((one) => one === name);
  const seed = readCount(options.seed, '--seed', { least: 0, most: seedMax });
  const seeds = readCount(options.seeds, '--seeds', { least: 1, most: seedsMax });
  const issues: Issue[] = [...(seed.ok ? [] : seed.issues), ...(seeds.ok ? [] : seeds.issues)];
  if (experiment === undefined) issues.push({ code: 'unknown-choice', message: 'There is no such experiment', remedy: `Choose one of: ${experiments.join(', ')}`, path: 'EXPERIMENT', value: name });
  if (experiment === undefined || !seed.ok || !seeds.ok) return { ok: false, issues };
  const catalogue = createCatalogue();
  const isOwn = options.cluster !== undefined || options.workload !== undefined;
  const files = usualFiles[experiment].slice(0, isOwn ? 1 : undefined);
  const grounds = files.map(({ cluster, workload }) => readGround({ cluster: options.cluster ?? packaged(cluster), workload: options.workload ?? packaged(workload) }, catalogue));
  const wrong = grounds.flatMap((ground) => (ground.ok ? [] : ground.issues));
  return wrong.length > 0 ? { ok: false, issues: wrong } : parsed({ experiment, seed: seed.value, seeds: seeds.value, grounds: grounds.flatMap((ground) => (ground.ok ? [ground.value] : [])) });
}
