/** What is wrong with a request for a job before anybody looks for light. */

import { spanText } from '../../base/number-text.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { JobDemand, JobRequest } from '../job.ts';
import type { State } from '../state.ts';

const isCount = (value: number, min: number): boolean => Number.isInteger(value) && value >= min;
const isDuration = (ns: number): boolean => Number.isFinite(ns) && ns >= 0;

function rankProblem(state: State, { id, ranks, replicas, replicasMin }: JobRequest): Refusal | null {
  const count = state.plant.cluster.fabric.gpuNode.length;
  const stranger = ranks.find((rank) => !isCount(rank, 0) || rank >= count);
  if (stranger !== undefined) return refuse('unknown-rank', 'never', `${id} names rank ${stranger}; the cluster has ranks 0 to ${count - 1}.`);
  const own = new Set(ranks);
  if (ranks.length === 0 || own.size < ranks.length) return refuse('impossible-ranks', 'never', `${id} names no ranks or one of them twice.`);
  if (!isCount(replicas, 1) || !isCount(replicasMin, 1) || replicasMin > replicas || ranks.length % replicas !== 0) {
    return refuse('impossible-replicas', 'never',
      `${id} asks for ${replicas} replicas, at least ${replicasMin}, of ${ranks.length} ranks; replicas have equal shares of the ranks.`);
  }
  for (const [other, job] of state.jobs) {
    const taken = job.ranks.find((rank) => own.has(rank));
    if (taken !== undefined) return refuse('rank-in-use', 'wait', `Rank ${taken} that ${id} asks for runs job ${other}.`);
  }
  return null;
}

function demandProblem({ id, ranks }: JobRequest, demand: JobDemand, own: ReadonlySet<number>): Refusal | null {
  const { fromRank, toRank, rateGbps, trafficClass } = demand;
  if (!(trafficClassNames as readonly string[]).includes(trafficClass)) return refuse('unknown-class', 'never', `${id} names the class ${trafficClass}; there are ${trafficClassNames.join(', ')}.`);
  const isOwn = own.has(fromRank) && own.has(toRank) && fromRank !== toRank;
  if (!isOwn) return refuse('foreign-demand', 'never', `${id} asks for light from rank ${fromRank} to rank ${toRank}; a demand joins two of its ${ranks.length} ranks.`);
  return Number.isFinite(rateGbps) && rateGbps > 0 ? null : refuse('impossible-amount', 'never', `${id} asks for ${rateGbps} Gb/s from rank ${fromRank} to rank ${toRank}.`);
}

/** The first thing that is wrong, or `null`. */
export function jobProblem(state: State, job: JobRequest): Refusal | null {
  const { id, demands, profile, steps, checkpointNs, restartNs, checkpointEverySteps } = job;
  if (id === '') return refuse('nameless-job', 'never', 'A job needs a name.');
  if (state.jobs.has(id)) return refuse('duplicate-job', 'never', `A job ${id} runs already.`);
  if (!isCount(steps, 1) || !isCount(checkpointEverySteps, 1) || !isDuration(checkpointNs) || !isDuration(restartNs)) {
    return refuse('impossible-length', 'never', `${id} asks for ${steps} steps with a checkpoint of ${spanText(checkpointNs)} every ${checkpointEverySteps} and restarts of ${spanText(restartNs)}.`);
  }
  if (profile.phases.length !== profile.durations.length) return refuse('impossible-profile', 'never', `${id} states ${profile.durations.length} durations of ${profile.phases.length} phases.`);
  const wrong = rankProblem(state, job);
  if (wrong !== null) return wrong;
  const own = new Set(job.ranks);
  for (const demand of demands) {
    const problem = demandProblem(job, demand, own);
    if (problem !== null) return problem;
  }
  return null;
}
