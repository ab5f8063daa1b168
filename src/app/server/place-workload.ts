/** Where a workload fits in the live state: what runs, what has failed and what is left of the light are taken from the controller. */

import { checkPrecision, planOn } from '../../adapters/spec/workload.ts';
import { countText } from '../../base/number-text.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { unheardLinks } from '../../control/devices/unheard.ts';
import { healthNames } from '../../control/fact.ts';
import type { State } from '../../control/state.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { ClusterView, RunningJob } from '../../plan/placement/cluster-view.ts';
import { createClusterView } from '../../plan/placement/cluster-view.ts';
import type { Candidate } from '../../plan/placement/place-job.ts';
import { placeJob } from '../../plan/placement/place-job.ts';
import type { PlacementIndex } from '../../plan/placement/placement-index.ts';
import type { z } from 'zod';
import type { Placements, placementRequestSchema } from '../contract/work.ts';
import type { Desk } from './desk.ts';
import { readWorkloadText } from './workload-text.ts';

/** As `heliostat fit` assumes where nothing is said. */
const lengthH = 30 * 24;
const restartH = 1 / 6;

/** The cluster as the controller sees it now. */
function liveView(index: PlacementIndex, state: State): ClusterView {
  const failed: ComponentIx[] = [];
  const out = new Set(['failed', 'draining', 'drained', 'repairing', 'verifying'].map((name) => (healthNames as readonly string[]).indexOf(name)));
  state.components.health.forEach((health, row) => {
    if (out.has(health) || state.components.isDead[row] === 1) failed.push(row as ComponentIx);
  });
  const jobs = [...state.jobs.values()].map(({ request, ranks, steps, stepNs }): RunningJob => ({ name: request.id, ranks, endsInH: stepNs > 0 ? ((request.steps - steps) * stepNs) / 3600e9 : null }));
  return createClusterView(index, { failed, hot: [], jobs, unheardLinks: unheardLinks(state) });
}

function candidateView({ ranks, step, risk, powerKw, score, pods, spreadOver, strandedGpus, unheardLinks: unheard }: Candidate): Placements['candidates'][number] {
  const exposedS = step.prediction.exposed.reduce((sum, { seconds }) => sum + seconds, 0);
  return {
    ranks: [...ranks], stepS: step.prediction.stepS, failureProbability: risk.stopProbability, powerKw, score,
    reasons: [
      `It stands in ${pods.length} ${pods.length === 1 ? 'pod' : 'pods'}${spreadOver === null ? '' : `, spread over each ${spreadOver}`}.`,
      `Of its step of ${step.prediction.stepS.toPrecision(4)} s, ${exposedS.toPrecision(3)} s wait for light.`, `It strands ${strandedGpus} accelerators.`,
      ...(unheard === 0 ? [] : [`Nothing is heard of ${countText(unheard, 'link')} of its accelerators: what may go wrong there shows late.`]),
    ],
  };
}

/** Issue codes: those of a Workload file and of its plan. */
export function placeWorkload({ placementIndex, live, accelerator, plant }: Desk, ask: z.output<typeof placementRequestSchema>): Parsed<Placements> {
  const workload = readWorkloadText(ask.workload);
  if (!workload.ok) return workload;
  const { tensor, pipeline, context, data } = workload.value.plan;
  const gpus = ask.gpus ?? (data === null ? plant.cluster.fabric.gpuNode.length : tensor * pipeline * context * data);
  const plan = planOn(workload.value, gpus);
  const issues = [...(plan.ok ? [] : plan.issues), ...checkPrecision(workload.value, accelerator)];
  if (!plan.ok || issues.length > 0) return { ok: false, issues };
  const answer = placeJob(liveView(placementIndex, live.state), {
    job: { model: workload.value.model, plan: plan.value, accelerator }, lengthH, restartH, replicasMin: plan.value.data, prefer: ask.spread ? 'spread' : 'score', candidatesMax: ask.candidatesMax,
  });
  const elsewhere = (answer.elsewhere?.regions ?? []).map(({ name, code, reason }) => ({ where: name, code, reason }));
  if (answer.kind === 'placement') return parsed({ candidates: answer.candidates.map(candidateView), elsewhere, refusal: null });
  return parsed({ candidates: [], elsewhere, refusal: { code: answer.code, remedy: answer.remedy, reasons: [...answer.reasons] } });
}
