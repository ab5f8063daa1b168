/**
 * In which order a pipeline's stages work: every forward, backward and weight-gradient slot of a step, found by simulating
 * greedy stages.
 *
 * A chain is the way of a microbatch through the model: stages x chunks positions, position k on stage k mod stages, and in
 * DualPipe a second chain that runs the other way. A free stage takes what can start first; of what can start now, a backward
 * pass before a forward pass before a weight gradient. How many forwards may wait for their backward is limited, and the limit
 * makes the schedule: 1F1B holds p - s (Narayanan et al., SOSP'19), interleaved 2(p - s - 1) + (v - 1)p + 1 chunks (Narayanan
 * et al., SC'21, section 2.2), zero bubble 1F1B's, with weight gradients in the gaps (Qi et al. 2023, section 3), DualPipe
 * 1F1B's in each direction (arXiv 2412.19437, section 3.2.1).
 *
 * Bounds: every index below is made from stages, chunks, chains and microbatches, of which the arrays hold the full product.
 * Cost: O(slots x stages).
 */

import type { PipelineSchedule } from '../parallel-plan.ts';

export interface PipelineShape {
  readonly stages: number;
  /** Model chunks per stage; above 1 only for 1F1B. */
  readonly chunks: number;
  readonly microbatches: number;
  readonly schedule: PipelineSchedule;
}

export const slotKinds = ['forward', 'backward', 'weights'] as const;

/** One microbatch through all chunks of one stage. */
export interface SlotTimes {
  readonly forwardNs: number;
  /** The backward pass without what is in `weightsNs`. */
  readonly backwardNs: number;
  /** Weight gradients, where the schedule moves them (`splitsBackward`); otherwise 0. */
  readonly weightsNs: number;
}

/** Slots in an order in which each comes after all it waits for; parallel arrays, -1 where there is none. */
export interface PipelineOrder {
  readonly shape: PipelineShape;
  readonly slotCount: number;
  readonly stage: Int32Array;
  /** Index into `slotKinds`. */
  readonly kind: Uint8Array;
  readonly chunk: Int32Array;
  readonly microbatch: Int32Array;
  /** 1 for DualPipe's second chain. */
  readonly chain: Uint8Array;
  /** The slot before on the same stage, and the slot of another stage (or the own forward pass) whose result it needs. */
  readonly afterOnStage: Int32Array;
  readonly afterData: Int32Array;
}

/** Slots of one step; longer schedules are refused by `slotsOf`'s callers. */
export const slotsMax = 1_000_000;

/** Schedules in which weight gradients are slots of their own. */
export const splitsBackward = (schedule: PipelineSchedule): boolean => schedule !== '1f1b';

export const slotsOf = ({ stages, chunks, microbatches, schedule }: PipelineShape): number => stages * chunks * microbatches * (splitsBackward(schedule) ? 3 : 2);

const forwardKind = 0;
const backwardKind = 1;
const weightsKind = 2;

/** Forwards of one chain that may wait for their backward pass at position 0 of `stage`'s chunks. */
function inFlightMax(shape: PipelineShape, place: number): number {
  const { stages, chunks } = shape;
  return chunks === 1 ? stages - place : 2 * (stages - place - 1) + (chunks - 1) * stages + 1;
}

/** Chunk and microbatch of the n-th forward slot of a stage: groups of as many microbatches as stages, chunk after chunk. */
function nthForward(shape: PipelineShape, n: number): { readonly chunk: number; readonly microbatch: number } {
  const { stages, chunks } = shape;
  if (chunks === 1) return { chunk: 0, microbatch: n };
  const group = Math.floor(n / (stages * chunks));
  const within = n % (stages * chunks);
  return { chunk: Math.floor(within / stages), microbatch: group * stages + (within % stages) };
}

/** Activations that a stage may keep where weight gradients wait, over those of the published orders: greedy stages need half more to reach their bubbles. */
const keptShare = 1.5;

/** The chains while they are worked off. Rows of `ready` and `slotOf` are (chain x length + position) x padded + microbatch. */
interface Chains {
  readonly shape: PipelineShape;
  readonly chainCount: number;
  readonly length: number;
  /** Microbatches rounded up to whole interleaving groups; those added take no time. */
  readonly padded: number;
  readonly durationNs: readonly number[];
  /** Starts closer than this are the same. */
  readonly alikeNs: number;
  /** Earliest start and slot of forward and backward. */
  readonly ready: readonly [Float64Array, Float64Array];
  readonly slotOf: readonly [Int32Array, Int32Array];
  /** Slots done by kind; row stage x chainCount + chain. */
  readonly done: readonly [Int32Array, Int32Array, Int32Array];
  readonly freeNs: Float64Array;
  readonly lastSlot: Int32Array;
}

function startChains(shape: PipelineShape, times: SlotTimes): Chains {
  const { stages, chunks, microbatches, schedule } = shape;
  const chainCount = schedule === 'dualPipe' && stages > 1 ? 2 : 1;
  const padded = chunks > 1 ? Math.ceil(microbatches / stages) * stages : microbatches;
  const cells = chainCount * stages * chunks * padded;
  const ready = [new Float64Array(cells).fill(Infinity), new Float64Array(cells).fill(Infinity)] as const;
  for (let chain = 0; chain < chainCount; chain++) ready[0].fill(0, chain * stages * chunks * padded, (chain * stages * chunks + 1) * padded);
  return {
    shape, chainCount, length: stages * chunks, padded, ready,
    durationNs: [times.forwardNs / chunks, times.backwardNs / chunks, times.weightsNs / chunks],
    alikeNs: 1e-9 * (times.forwardNs + times.backwardNs + times.weightsNs),
    slotOf: [new Int32Array(cells).fill(-1), new Int32Array(cells).fill(-1)],
    done: [new Int32Array(stages * chainCount), new Int32Array(stages * chainCount), new Int32Array(stages * chainCount)],
    freeNs: new Float64Array(stages), lastSlot: new Int32Array(stages).fill(-1),
  };
}

/** Slots of one kind that a stage does for a chain. DualPipe halves the microbatches between its chains. */
const perStage = (chains: Chains, chain: number): number =>
  chains.shape.chunks * (chains.chainCount === 1 ? chains.padded : chain === 0 ? Math.ceil(chains.padded / 2) : Math.floor(chains.padded / 2));

const placeOf = (chains: Chains, stage: number, chain: number): number => (chain === 0 ? stage : chains.shape.stages - 1 - stage);

/** Position and microbatch of the next slot of a kind. */
function nextSlot(chains: Chains, stage: number, kind: number, chain: number): { readonly position: number; readonly microbatch: number } {
  const { chunks, stages } = chains.shape;
  const { chunk, microbatch } = nthForward(chains.shape, chains.done[kind]![stage * chains.chainCount + chain]!);
  return { position: (kind === forwardKind ? chunk : chunks - 1 - chunk) * stages + placeOf(chains, stage, chain), microbatch };
}

function mayForward(chains: Chains, stage: number, chain: number): boolean {
  const { done, shape } = chains;
  const row = stage * chains.chainCount + chain;
  if (done[0][row]! >= perStage(chains, chain)) return false;
  if (splitsBackward(shape.schedule)) {
    // Activations are kept until the weight gradient is done: p microbatches in 1F1B, p + 1 for DualPipe's two chains.
    let kept = 0;
    for (let each = 0; each < chains.chainCount; each++) kept += done[0][stage * chains.chainCount + each]! - done[2][stage * chains.chainCount + each]!;
    if (kept >= keptShare * (shape.stages + chains.chainCount - 1)) return false;
  }
  return done[0][row]! - done[1][row]! < inFlightMax(shape, placeOf(chains, stage, chain));
}

interface Choice { readonly start: number; readonly kind: number; readonly chain: number }
const nothing: Choice = { start: Infinity, kind: -1, chain: 0 };

const choiceOf = (chains: Chains, stage: number, kind: number, chain: number): Choice => {
  const { position, microbatch } = nextSlot(chains, stage, kind, chain);
  const ready = chains.ready[kind]![(chain * chains.length + position) * chains.padded + microbatch]!;
  return { start: Math.max(chains.freeNs[stage]!, ready), kind, chain };
};

/** What a stage does next, as far as it can be known now. */
function chooseSlot(chains: Chains, stage: number): Choice {
  const { done, shape, chainCount, alikeNs } = chains;
  if (shape.schedule === '1f1b') {
    // A stage of 1F1B never chooses: forwards up to its limit, then one backward and one forward in turn.
    if (mayForward(chains, stage, 0)) return choiceOf(chains, stage, forwardKind, 0);
    return done[1][stage]! < perStage(chains, 0) ? choiceOf(chains, stage, backwardKind, 0) : nothing;
  }
  let best = nothing;
  const offer = (choice: Choice): void => { if (choice.start < best.start - alikeNs || best.kind < 0) best = choice; };
  for (let chain = 0; chain < chainCount; chain++) if (done[1][stage * chainCount + chain]! < perStage(chains, chain)) offer(choiceOf(chains, stage, backwardKind, chain));
  for (let chain = 0; chain < chainCount; chain++) if (mayForward(chains, stage, chain)) offer(choiceOf(chains, stage, forwardKind, chain));
  for (let chain = 0; chain < chainCount; chain++) {
    const row = stage * chainCount + chain;
    if (done[2][row]! < done[1][row]!) offer({ start: chains.freeNs[stage]!, kind: weightsKind, chain });
  }
  return best;
}

/** Rows of the order being found; columns as in `PipelineOrder`. */
type SlotRow = readonly [stage: number, kind: number, chunk: number, microbatch: number, chain: number, afterOnStage: number, afterData: number];

/** Does a slot: writes its row, frees the stage, readies what follows. Returns the other stage whose choice may have changed, or its own. */
function doSlot(chains: Chains, stage: number, { start, kind, chain }: Choice, rows: SlotRow[]): number {
  const { length, padded, shape, slotOf, ready, durationNs } = chains;
  const { position, microbatch } = nextSlot(chains, stage, kind, chain);
  const at = (chain * length + position) * padded + microbatch;
  const isReal = microbatch < shape.microbatches;
  const end = start + (isReal ? durationNs[kind]! : 0);
  if (isReal) {
    const data = kind === weightsKind ? slotOf[1][at]!
      : kind === forwardKind ? (position === 0 ? -1 : slotOf[0][at - padded]!) : position === length - 1 ? slotOf[0][at]! : slotOf[1][at + padded]!;
    if (kind !== weightsKind) slotOf[kind]![at] = rows.length;
    const chunk = Math.floor(position / shape.stages);
    rows.push([stage, kind, chunk, chains.chainCount === 1 ? microbatch : 2 * microbatch + chain, chain, chains.lastSlot[stage]!, data]);
    chains.lastSlot[stage] = rows.length - 1;
  }
  chains.done[kind]![stage * chains.chainCount + chain]!++;
  chains.freeNs[stage] = end;
  const step = kind === forwardKind ? 1 : -1;
  if (kind === weightsKind || (kind === backwardKind && position === 0)) return stage;
  if (kind === forwardKind && position === length - 1) {
    ready[1][at] = end;
    return stage;
  }
  ready[kind]![at + step * padded] = end;
  return (stage + (chain === 0 ? step : -step) + shape.stages) % shape.stages;
}

/** Finds the order. Interleaving works in groups of `stages` microbatches; those missing from the last group are left out. */
export function orderPipeline(shape: PipelineShape, times: SlotTimes): PipelineOrder {
  const { stages } = shape;
  const chains = startChains(shape, times);
  const kinds = splitsBackward(shape.schedule) ? 3 : 2;
  let total = 0;
  for (let chain = 0; chain < chains.chainCount; chain++) total += stages * perStage(chains, chain) * kinds;
  const rows: SlotRow[] = [];
  const choices = Array.from({ length: stages }, (_, stage) => chooseSlot(chains, stage));
  for (let count = 0; count < total; count++) {
    let stage = 0;
    for (let other = 1; other < stages; other++) if (choices[other]!.start < choices[stage]!.start) stage = other;
    const choice = choices[stage]!;
    if (choice.start === Infinity) throw new Error(`The ${shape.schedule} order of ${stages} stages stalls after ${count} of ${total} slots.`);
    const touched = doSlot(chains, stage, choice, rows);
    choices[stage] = chooseSlot(chains, stage);
    if (touched !== stage) choices[touched] = chooseSlot(chains, touched);
  }
  const column = (index: number): number[] => rows.map((row) => row[index]!);
  return {
    shape, slotCount: rows.length, stage: Int32Array.from(column(0)), kind: Uint8Array.from(column(1)), chunk: Int32Array.from(column(2)),
    microbatch: Int32Array.from(column(3)), chain: Uint8Array.from(column(4)), afterOnStage: Int32Array.from(column(5)), afterData: Int32Array.from(column(6)),
  };
}
