/**
 * Continuous batching, request by request with seeded dice: what an inference server's queue does to latency.
 *
 * The server works in iterations (Orca, OSDI'22). Waiting prompts go first, as many together as fit one prefill pass and the
 * batch, and give their first token when it ends; otherwise every running sequence advances by one token. A running sequence
 * therefore waits while others prefill, which is the long tail between its tokens. Requests arrive as a Poisson process, or a
 * closed loop keeps their number constant: each that ends is followed by a new one at once.
 */

import type { Dice } from '../../base/dice.ts';
import type { LatencyDistribution, LatencySample } from './latency-distribution.ts';
import { createSample } from './latency-distribution.ts';

export interface BatchingServer {
  /** One pass over so many prompts together; 0 for a decode service whose prompts come with their cache. */
  readonly prefillNs: (prompts: number) => number;
  /** One token for each of so many sequences. */
  readonly decodeNs: (sequences: number) => number;
  readonly sequencesMax: number;
  readonly promptsMax: number;
}

export type RequestArrivals =
  /** A client sends its next request so long after its last answer. */
  | { readonly kind: 'closed'; readonly concurrency: number; readonly pauseNs: number }
  | { readonly kind: 'poisson'; readonly perS: number }
  /** Times in ns, ascending. */
  | { readonly kind: 'given'; readonly atNs: Float64Array };

export interface RequestLoad {
  readonly arrivals: RequestArrivals;
  /** Tokens a request answers with, the first included; geometric lengths have this mean. */
  readonly outputTokens: number;
  readonly lengths: 'fixed' | 'geometric';
  /** Requests measured, after a tenth more that only warm the queue up. */
  readonly requests: number;
}

export interface BatchingOutcome {
  /** From arrival to first token, ms. */
  readonly ttftMs: LatencyDistribution;
  /** Between tokens of one request, ms, every gap counted. */
  readonly itlMs: LatencyDistribution;
  /** From arrival to last token, ms. */
  readonly requestMs: LatencyDistribution;
  /** The requests behind `requestMs`, in ns and in the order they ended. */
  readonly requestsNs: Float64Array;
  /** The waits behind `ttftMs`, in ns. */
  readonly firstNs: Float64Array;
  /** The gaps behind `itlMs`, in ns, equal neighbours together. */
  eachGap(visit: (ns: number, count: number) => void): void;
  /** Output tokens per second over the measured span. */
  readonly tokensPerS: number;
  /** Mean sequences of a decode step. */
  readonly meanBatch: number;
}

interface Running { readonly request: number; readonly arrivalNs: number; left: number; lastNs: number }

const warmUpShare = 0.1;

/** The queue in front of the server and the batch inside it. */
class BatchRun {
  nowNs = 0;
  readonly server: BatchingServer;
  readonly load: RequestLoad;
  private readonly dice: Dice;
  private readonly total: number;
  private readonly warm: number;
  /** Requests of a closed loop on their way, in the order they will arrive. */
  private readonly coming: { readonly atNs: number; readonly tokens: number }[] = [];
  private comingHead = 0;
  private readonly waiting: { readonly request: number; readonly arrivalNs: number; readonly tokens: number }[] = [];
  private waitingHead = 0;
  private running: Running[] = [];
  private arrived = 0;
  private nextArrivalNs = 0;
  ended = 0;
  private readonly ttft: LatencySample = createSample();
  private readonly gaps: LatencySample = createSample();
  private readonly whole: LatencySample = createSample();
  private measuredFromNs = 0;
  private measuredTokens = 0;
  private decodeSteps = 0;
  private decodedTokens = 0;

  constructor(server: BatchingServer, load: RequestLoad, dice: Dice) {
    this.server = server;
    this.load = load;
    this.dice = dice;
    this.warm = load.arrivals.kind === 'given' ? 0 : Math.ceil(load.requests * warmUpShare);
    this.total = load.arrivals.kind === 'given' ? load.arrivals.atNs.length : load.requests + this.warm;
    if (load.arrivals.kind === 'closed') {
      // The loop starts in mid-flight: answers of the first round are cut at random, else all requests would move in step for ever.
      for (let client = 0; client < load.arrivals.concurrency; client++) this.coming.push({ atNs: 0, tokens: 1 + this.dice.below(this.drawTokens()) });
    }
    this.nextArrivalNs = this.drawArrival(0);
  }

  get done(): boolean {
    return this.ended >= this.total;
  }

  private drawTokens(): number {
    const { outputTokens, lengths } = this.load;
    if (lengths === 'fixed' || outputTokens <= 1) return Math.max(1, Math.round(outputTokens));
    // Geometric on 1, 2, ... with the mean asked for, by inversion.
    return 1 + Math.floor(-this.dice.exponential() / Math.log1p(-1 / outputTokens));
  }

  private drawArrival(afterNs: number): number {
    const { arrivals } = this.load;
    if (arrivals.kind === 'given') return this.arrived < arrivals.atNs.length ? arrivals.atNs[this.arrived] ?? Infinity : Infinity;
    if (arrivals.kind === 'closed') return this.coming[this.comingHead]?.atNs ?? Infinity;
    return afterNs + (this.dice.exponential() * 1e9) / arrivals.perS;
  }

  private arrive(arrivalNs: number, tokens: number): void {
    this.waiting.push({ request: this.arrived++, arrivalNs, tokens });
  }

  /** Admits what has arrived; an idle server sleeps until the next arrival. */
  private gather(): void {
    if (this.running.length === 0 && this.waitingHead >= this.waiting.length) this.nowNs = Math.max(this.nowNs, this.nextArrivalNs);
    while (this.nextArrivalNs <= this.nowNs) {
      const atNs = this.nextArrivalNs;
      this.arrive(atNs, this.load.arrivals.kind === 'closed' ? this.coming[this.comingHead++]?.tokens ?? 1 : this.drawTokens());
      this.nextArrivalNs = this.drawArrival(atNs);
    }
  }

  private finish(request: number, arrivalNs: number): void {
    if (request >= this.warm) this.whole.add(this.nowNs - arrivalNs);
    this.ended++;
    if (this.ended === this.warm) {
      this.measuredFromNs = this.nowNs;
      this.measuredTokens = 0;
    }
    const { arrivals } = this.load;
    if (arrivals.kind !== 'closed') return;
    this.coming.push({ atNs: this.nowNs + arrivals.pauseNs, tokens: this.drawTokens() });
    this.nextArrivalNs = this.drawArrival(this.nowNs);
  }

  private prefill(prompts: number): void {
    this.nowNs += this.server.prefillNs(prompts);
    for (let prompt = 0; prompt < prompts; prompt++) {
      const one = this.waiting[this.waitingHead++];
      if (one === undefined) return;
      if (one.request >= this.warm) this.ttft.add(this.nowNs - one.arrivalNs);
      this.measuredTokens++;
      if (one.tokens > 1) this.running.push({ request: one.request, arrivalNs: one.arrivalNs, left: one.tokens - 1, lastNs: this.nowNs });
      else this.finish(one.request, one.arrivalNs);
    }
  }

  private decode(): void {
    const sequences = this.running.length;
    this.nowNs += this.server.decodeNs(sequences);
    this.decodeSteps++;
    this.decodedTokens += sequences;
    this.measuredTokens += sequences;
    const goOn: Running[] = [];
    // Neighbours in the batch mostly share the moment of their last token, so equal gaps are added as one weighted row.
    let gapNs = NaN;
    let equal = 0;
    for (const one of this.running) {
      const gap = this.nowNs - one.lastNs;
      if (one.request >= this.warm) {
        if (gap === gapNs) equal++;
        else {
          if (equal > 0) this.gaps.add(gapNs, equal);
          gapNs = gap;
          equal = 1;
        }
      }
      one.lastNs = this.nowNs;
      one.left--;
      if (one.left > 0) goOn.push(one);
      else this.finish(one.request, one.arrivalNs);
    }
    if (equal > 0) this.gaps.add(gapNs, equal);
    this.running = goOn;
  }

  /** One iteration of the server. */
  step(): void {
    this.gather();
    const prompts = Math.min(this.waiting.length - this.waitingHead, this.server.promptsMax, this.server.sequencesMax - this.running.length);
    if (prompts > 0) this.prefill(prompts);
    else this.decode();
  }

  outcome(): BatchingOutcome {
    return {
      ttftMs: this.ttft.describe(1e-6), itlMs: this.gaps.describe(1e-6), requestMs: this.whole.describe(1e-6), requestsNs: this.whole.values(),
      firstNs: this.ttft.values(), eachGap: (visit) => this.gaps.each(visit),
      tokensPerS: (this.measuredTokens * 1e9) / (this.nowNs - this.measuredFromNs), meanBatch: this.decodedTokens / Math.max(1, this.decodeSteps),
    };
  }
}

/** Serves the load from an empty queue. The load must be bearable: at or above capacity the queue, and so the answer, grows with `requests`. */
export function runBatching(server: BatchingServer, load: RequestLoad, dice: Dice): BatchingOutcome {
  const run = new BatchRun(server, load, dice);
  while (!run.done) run.step();
  return run.outcome();
}
