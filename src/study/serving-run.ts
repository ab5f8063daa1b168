/**
 * Disaggregated serving on a network: prompts queue at prefill replicas, their keys and values travel to decode replicas as
 * flows that contend at both ends and wherever routes meet, and decode replicas batch what has arrived (DistServe, OSDI'24).
 */

import type { Dice } from '../base/dice.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { FlowProgram } from '../sim/flow-program.ts';
import { runFlows } from '../sim/run-flows.ts';
import type { Calibration } from '../traffic/calibration.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { ServingJob } from '../traffic/inference.ts';
import { cacheBytesPerToken, sequencesThatFit } from '../traffic/inference.ts';
import type { RankFlows } from '../traffic/phase-flows.ts';
import { runBatching } from '../traffic/serving/continuous-batching.ts';
import type { LatencyDistribution } from '../traffic/serving/latency-distribution.ts';
import { createSample } from '../traffic/serving/latency-distribution.ts';
import { batchingServer, overloaded } from '../traffic/serving/served-load.ts';
import type { TransferNetwork } from './transfer-network.ts';

/** So many copies of the model, each over `tensor` accelerators; a copy with experts takes `expert` accelerators if those are more. */
export interface Replicas {
  readonly replicas: number;
  readonly tensor: number;
  readonly expert: number;
}

export interface DisaggregatedService extends Omit<ServingJob, 'tensor' | 'expert' | 'concurrency'> {
  readonly prefill: Replicas;
  readonly decode: Replicas;
  readonly requestsPerS: number;
  readonly lengths: 'fixed' | 'geometric';
}

export interface DisaggregatedOutcome {
  /** From arrival to the first token, which the prefill makes, ms. */
  readonly ttftMs: LatencyDistribution;
  /** From the end of prefill until the cache is at its decode replica, ms. */
  readonly transferMs: LatencyDistribution;
  /** The same on an idle network. */
  readonly aloneMs: number;
  /** Between tokens at the decode replicas, ms; the wait for a place in the batch counts as a gap of `admissionMs`. */
  readonly itlMs: LatencyDistribution;
  /** From the cache's arrival until its sequence is in a batch, ms. */
  readonly admissionMs: LatencyDistribution;
  readonly cacheGb: number;
  readonly tokensPerS: number;
  readonly accelerators: number;
}

const warmUpShare = 0.1;

const replicaGpus = (one: Replicas): number => Math.max(one.tensor, one.expert);

/** Replicas in turn, FIFO at each, as many waiting prompts together as one pass takes. Returns when each request's prefill ends. */
function prefillEnds(arrivalNs: Float64Array, replicas: number, pass: { readonly promptsMax: number; readonly prefillNs: (prompts: number) => number }): Float64Array {
  const endNs = new Float64Array(arrivalNs.length);
  for (let replica = 0; replica < replicas; replica++) {
    let freeNs = 0;
    for (let next = replica; next < arrivalNs.length;) {
      const startNs = Math.max(freeNs, arrivalNs[next] ?? 0);
      let prompts = 0;
      while (prompts < pass.promptsMax && next + prompts * replicas < arrivalNs.length && (arrivalNs[next + prompts * replicas] ?? 0) <= startNs) prompts++;
      freeNs = startNs + pass.prefillNs(prompts);
      for (let prompt = 0; prompt < prompts; prompt++) endNs[next + prompt * replicas] = freeNs;
      next += prompts * replicas;
    }
  }
  return endNs;
}

interface Transfers extends RankFlows {
  /** Flows of request r are rows [r x perRequest, (r + 1) x perRequest). */
  readonly perRequest: number;
}

/**
 * Cache shards from prefill to decode ranks. Heads are split over each tensor group, so shard k of the finer split goes from
 * the rank that holds it to the rank that wants it; latents are whole on every rank, so every decode rank gets a copy.
 */
function cacheTransfers(service: DisaggregatedService, requests: number, firstDecodeRank: number): Transfers {
  const { prefill, decode, model } = service;
  const cacheBits = service.inputTokens * cacheBytesPerToken(model, service.precision) * 8;
  const latent = model.attention.kind === 'mla';
  const perRequest = latent ? decode.tensor : Math.max(prefill.tensor, decode.tensor);
  const flowCount = requests * perRequest;
  const sourceRank = new Int32Array(flowCount);
  const targetRank = new Int32Array(flowCount);
  for (let request = 0; request < requests; request++) {
    const source = (request % prefill.replicas) * replicaGpus(prefill);
    const target = firstDecodeRank + (request % decode.replicas) * replicaGpus(decode);
    for (let shard = 0; shard < perRequest; shard++) {
      sourceRank[request * perRequest + shard] = source + (latent ? shard % prefill.tensor : Math.floor((shard * prefill.tensor) / perRequest));
      targetRank[request * perRequest + shard] = target + Math.floor((shard * decode.tensor) / perRequest);
    }
  }
  return { flowCount, sourceRank, targetRank, flowBits: new Float64Array(flowCount).fill(latent ? cacheBits : cacheBits / perRequest), perRequest };
}

/** When each request's cache is complete at its decode replica. */
function transferEnds(transfers: Transfers, startNs: Float64Array, network: TransferNetwork): Float64Array | Refusal {
  const paths = network.paths(transfers);
  if (isRefusal(paths)) return paths;
  const { flowCount, flowBits, perRequest } = transfers;
  const program: FlowProgram = {
    linkCount: network.linkRateGbps.length, linkRateGbps: network.linkRateGbps, linkLatencyNs: network.linkLatencyNs,
    flowCount, flowBits, flowStartNs: Float64Array.from({ length: flowCount }, (_, flow) => startNs[Math.floor(flow / perRequest)] ?? 0),
    flowWeight: null, flowCapGbps: null, flowPriority: null, pathOffset: paths.pathOffset, pathLink: paths.pathLink, afterOffset: null, afterFlow: null,
    eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
  };
  const outcome = runFlows(program);
  if (isRefusal(outcome)) return outcome;
  const endNs = new Float64Array(startNs.length);
  for (let flow = 0; flow < flowCount; flow++) {
    const request = Math.floor(flow / perRequest);
    endNs[request] = Math.max(endNs[request] ?? 0, outcome.completionNs[flow] ?? 0);
  }
  return endNs;
}

/** Refusals for too few accelerators, a model too large for its replica, and loads that prefill, decode or the decode ports cannot bear. */
function refuseService(
  service: DisaggregatedService, network: TransferNetwork, firstDecodeRank: number, jobs: { readonly prefill: ServingJob; readonly decode: ServingJob },
): Refusal | null {
  const needed = firstDecodeRank + service.decode.replicas * replicaGpus(service.decode);
  if (needed > network.accelerators) return refuse('too-few-accelerators', 'never', `The replicas need ${needed} accelerators and the network has ${network.accelerators}.`);
  for (const [what, job] of [['prefill', jobs.prefill], ['decode', jobs.decode]] as const) {
    if (sequencesThatFit(job) < 1) {
      return refuse(
        'out-of-memory', 'never',
        `The weights of ${job.model.name} leave no room for a sequence on a ${what} replica of ${job.tensor} accelerators.`,
        'This service never fits here. Another may: one with a higher tensor or expert degree.',
      );
    }
  }
  const prefill = batchingServer(jobs.prefill, 1);
  const decodeMax = Math.floor(sequencesThatFit(jobs.decode));
  const decode = batchingServer(jobs.decode, decodeMax);
  const askedPerS = service.requestsPerS;
  const prefillPerS = (service.prefill.replicas * prefill.promptsMax * 1e9) / prefill.prefillNs(prefill.promptsMax);
  if (askedPerS >= prefillPerS) return overloaded('Prefill', { askedPerS, bearablePerS: prefillPerS });
  const decodePerS = (service.decode.replicas * decodeMax * 1e9) / decode.decodeNs(decodeMax) / service.outputTokens;
  return askedPerS >= decodePerS ? overloaded('Decode', { askedPerS, bearablePerS: decodePerS }) : null;
}

/** Serves so many Poisson requests; the first tenth warms the queues up. Decode replicas start at the next whole domain after prefill. */
export function runDisaggregated(
  service: DisaggregatedService, network: TransferNetwork, options: { readonly requests: number; readonly dice: Dice }, calibration: Calibration = defaultCalibration,
): DisaggregatedOutcome | Refusal {
  const { requests, dice } = options;
  const domain = service.network.scaleUp.size;
  const firstDecodeRank = Math.ceil((service.prefill.replicas * replicaGpus(service.prefill)) / domain) * domain;
  const jobs = {
    prefill: { ...service, tensor: service.prefill.tensor, expert: service.prefill.expert, concurrency: 1 },
    decode: { ...service, tensor: service.decode.tensor, expert: service.decode.expert, concurrency: 1 },
  };
  const refused = refuseService(service, network, firstDecodeRank, jobs);
  if (refused !== null) return refused;
  const arrivalDice = dice.fork('arrivals');
  const arrivalNs = new Float64Array(requests);
  for (let request = 0, nowNs = 0; request < requests; request++) arrivalNs[request] = nowNs += (arrivalDice.exponential() * 1e9) / service.requestsPerS;
  const prefilledNs = prefillEnds(arrivalNs, service.prefill.replicas, batchingServer(jobs.prefill, 1, calibration));
  const readyNs = transferEnds(cacheTransfers(service, requests, firstDecodeRank), prefilledNs, network);
  if (isRefusal(readyNs)) return readyNs;
  const alone = transferEnds(cacheTransfers(service, 1, firstDecodeRank), new Float64Array(1), network);
  if (isRefusal(alone)) return alone;
  const decoder = { ...batchingServer(jobs.decode, Math.floor(sequencesThatFit(jobs.decode)), calibration), prefillNs: () => 0 };
  const [ttft, transfer, admission, gaps] = [createSample(), createSample(), createSample(), createSample()];
  for (let request = Math.ceil(requests * warmUpShare); request < requests; request++) {
    ttft.add((prefilledNs[request] ?? 0) - (arrivalNs[request] ?? 0) + calibration.inference.requestNs);
    transfer.add((readyNs[request] ?? 0) - (prefilledNs[request] ?? 0));
  }
  let tokensPerS = 0;
  for (let replica = 0; replica < service.decode.replicas; replica++) {
    const atNs = readyNs.filter((_, request) => request % service.decode.replicas === replica).sort();
    const run = runBatching(decoder, { arrivals: { kind: 'given', atNs }, outputTokens: service.outputTokens, lengths: service.lengths, requests: atNs.length }, dice.fork(`decode ${replica}`));
    for (const ns of run.firstNs) admission.add(ns);
    run.eachGap((ns, count) => gaps.add(ns, count));
    tokensPerS += run.tokensPerS;
  }
  return {
    ttftMs: ttft.describe(1e-6), transferMs: transfer.describe(1e-6), aloneMs: (alone[0] ?? 0) / 1e6, itlMs: gaps.describe(1e-6), admissionMs: admission.describe(1e-6),
    cacheGb: (service.inputTokens * cacheBytesPerToken(service.model, service.precision)) / 1e9, tokensPerS,
    accelerators: firstDecodeRank + service.decode.replicas * replicaGpus(service.decode),
  };
}
