/** A serving job under load: the batching queue with the step times of the closed form, and a refusal where the load cannot be borne. */

import { createDice } from '../../base/dice.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Calibration } from '../calibration.ts';
import { defaultCalibration } from '../calibration.ts';
import type { ServingJob } from '../inference.ts';
import { decodeStepNs, predictServing, prefillNs, prefillTokensMax, sequencesThatFit } from '../inference.ts';
import type { BatchingOutcome, BatchingServer } from './continuous-batching.ts';
import { runBatching } from './continuous-batching.ts';
import type { LatencyDistribution } from './latency-distribution.ts';

export interface LoadOptions {
  /** Requests per second of a Poisson process; null for the closed loop of the job's concurrency. */
  readonly requestsPerS: number | null;
  readonly lengths: 'fixed' | 'geometric';
  readonly seed: number;
}

/** Requests simulated: fewer where answers are long, so that a run stays within so many tokens. */
const requestsMax = 2000;
const requestsMin = 100;
const simulatedTokensMax = 1_000_000;

export const simulatedRequests = (outputTokens: number): number => Math.max(requestsMin, Math.min(requestsMax, Math.floor(simulatedTokensMax / outputTokens)));

/** Remembers a function of a small whole number. */
function remember(time: (count: number) => number): (count: number) => number {
  const known: number[] = [];
  return (count) => (known[count] ??= time(count));
}

/** The iterations of one replica of the model. */
export function batchingServer(job: ServingJob, sequencesMax: number, calibration: Calibration = defaultCalibration): BatchingServer {
  return {
    prefillNs: remember((prompts) => prefillNs({ ...job, prompts }, calibration)),
    decodeNs: remember((sequences) => decodeStepNs({ ...job, concurrency: sequences }, calibration)),
    sequencesMax, promptsMax: Math.max(1, Math.floor(prefillTokensMax / job.inputTokens)),
  };
}

const shifted = (one: LatencyDistribution, by: number): LatencyDistribution => ({ ...one, mean: one.mean + by, p50: one.p50 + by, p90: one.p90 + by, p99: one.p99 + by, max: one.max + by });

export const overloaded = (what: string, figures: { readonly askedPerS: number; readonly bearablePerS: number }): Refusal => refuse(
  'service-overloaded', 'never',
  `${what} bears ${figures.bearablePerS.toPrecision(4)} requests per second and ${figures.askedPerS} are asked: its queue would grow for ever.`,
  'Lower the rate, shorten prompts or answers, or add accelerators or replicas.',
);

/** Latency distributions of one replica. Tokenising and the way to the client are in first-token and request times. */
export function serveLoad(job: ServingJob, options: LoadOptions, calibration: Calibration = defaultCalibration): BatchingOutcome | Refusal {
  const { requestsPerS } = options;
  const fitting = Math.floor(sequencesThatFit(job));
  const { requestNs } = calibration.inference;
  // A run that states its concurrency proves that it fits, whatever the estimate of memory says.
  const sequencesMax = requestsPerS === null ? job.concurrency : Math.max(1, fitting);
  if (requestsPerS !== null) {
    const bearablePerS = predictServing({ ...job, concurrency: sequencesMax }, calibration).tokensPerS / job.outputTokens;
    if (requestsPerS >= bearablePerS) return overloaded('The service', { askedPerS: requestsPerS, bearablePerS });
  }
  const outcome = runBatching(batchingServer(job, sequencesMax, calibration), {
    arrivals: requestsPerS === null ? { kind: 'closed', concurrency: job.concurrency, pauseNs: requestNs } : { kind: 'poisson', perS: requestsPerS },
    outputTokens: job.outputTokens, lengths: options.lengths, requests: simulatedRequests(job.outputTokens),
  }, createDice(options.seed));
  return { ...outcome, ttftMs: shifted(outcome.ttftMs, requestNs / 1e6), requestMs: shifted(outcome.requestMs, requestNs / 1e6), requestsNs: outcome.requestsNs.map((ns) => ns + requestNs) };
}
