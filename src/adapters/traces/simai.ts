/**
 * Reads SimAI and ASTRA-sim workload text: a header with the parallel degrees, then twelve fields per layer.
 *
 * Meaning as in aliyun/SimAI astra-sim/workload/Workload.cc: the forward pass takes each layer's compute and waits for its
 * collective; the backward pass walks back with the input gradient (waits) and the weight gradient (does not wait). One rank
 * is described and stands for all; ranks are numbered tensor first, then data (expert groups next to one another), then pipeline.
 */

import type { Parsed } from '../../base/issue.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import type { CollectiveOp } from '../../traffic/collectives/operation.ts';
import type { RankGroup } from '../../traffic/network-view.ts';
import { createLossCollector } from '../../traffic/trace/loss-report.ts';
import { createTraceBuilder } from '../../traffic/trace/trace-builder.ts';
import type { ConvertedTrace, TraceFile, TraceReadOptions } from './trace-file.ts';
import { TraceIssues, traceNodesMax, traceRanksMax } from './trace-file.ts';

/** Training loops of Workload.cc that are read here. */
const simaiPolicies = ['HYBRID_TRANSFORMER_FWD_IN_BCKWD', 'HYBRID_TRANSFORMER', 'DATA', 'MODEL', 'MICRO'] as const;

const operations: Readonly<Record<string, CollectiveOp>> = { ALLREDUCE: 'allReduce', ALLGATHER: 'allGather', REDUCESCATTER: 'reduceScatter', ALLTOALL: 'allToAll' };
const groupSuffixes = ['_DP_EP', '_EP', ''] as const;
type GroupSuffix = (typeof groupSuffixes)[number];

interface Degrees {
  readonly ranks: number;
  readonly tensor: number;
  readonly expert: number;
  readonly pipeline: number;
  readonly chunks: number;
  readonly microbatches: number;
  readonly pipelineBytes: number;
}

interface Transfer { readonly op: CollectiveOp; readonly suffix: GroupSuffix; readonly bytes: number }
interface Pass { readonly computeNs: number; readonly transfer: Transfer | null }
interface Layer { readonly name: string; readonly line: number; readonly forward: Pass; readonly input: Pass; readonly weight: Pass }

const headerLine = 1;
const fieldsPerLayer = 12;

const wholeNumber = (word: string | undefined): number => (word !== undefined && /^\d{1,15}$/.test(word) ? Number(word) : NaN);

function readDegrees(words: readonly string[], options: TraceReadOptions, issues: TraceIssues): Degrees {
  const value = (names: readonly string[], absent: number): number => {
    const at = words.findIndex((word) => names.includes(word.replace(/:$/, '')));
    if (at < 0) return absent;
    const number = wholeNumber(words[at + 1]);
    if (!Number.isNaN(number)) return number;
    issues.add('not-whole', headerLine, { message: `${words[at] ?? ''} has no number`, remedy: 'Write a whole number after it', value: words[at + 1] });
    return absent;
  };
  const tensor = value(['model_parallel_NPU_group'], 1);
  const degrees: Degrees = {
    tensor, expert: value(['ep'], 1), pipeline: value(['pp'], 1), chunks: value(['vpp'], 1), microbatches: value(['ga'], 1),
    ranks: options.ranks ?? value(['all_gpus'], options.ranksIfUnknown ?? tensor), pipelineBytes: value(['pp_comm'], 0),
  };
  const { ranks, expert, pipeline, chunks, microbatches } = degrees;
  const data = ranks / tensor / pipeline;
  if ([ranks, tensor, expert, pipeline, chunks, microbatches].some((degree) => degree < 1) || ranks > traceRanksMax) {
    issues.add('out-of-range', headerLine, {
      message: 'The degrees of this workload cannot be', remedy: `Write degrees from 1 and all_gpus up to ${traceRanksMax}`,
      value: `tensor ${tensor}, expert ${expert}, pipeline ${pipeline}, chunks ${chunks}, microbatches ${microbatches}, ranks ${ranks}`,
    });
  } else if (!Number.isInteger(data) || !Number.isInteger(data / expert)) {
    issues.add('degrees-do-not-multiply-out', headerLine, {
      message: 'The parallel degrees do not divide the ranks', remedy: 'all_gpus must be a multiple of model_parallel_NPU_group x pp, and what is left a multiple of ep',
      value: `all_gpus ${ranks}, tensor ${tensor}, pipeline ${pipeline}, expert ${expert}`,
    });
  }
  if (2 * chunks * microbatches > traceNodesMax) issues.add('too-many-nodes', headerLine, {
    message: 'The pipeline of this workload has more messages than a trace may have nodes', remedy: 'Lower ga or vpp', value: 2 * chunks * microbatches,
  });
  return degrees;
}

function readTransfer(kind: string, bytesWord: string, line: number, issues: TraceIssues): Transfer | null {
  const bytes = wholeNumber(bytesWord);
  if (Number.isNaN(bytes)) issues.add('not-whole', line, { message: 'This collective has no size', remedy: 'Write bytes as a whole number', value: bytesWord });
  if (kind === 'NONE') return null;
  const suffix = groupSuffixes.find((ending) => kind.endsWith(ending)) ?? '';
  const op = operations[suffix === '' ? kind : kind.slice(0, -suffix.length)];
  if (op !== undefined) return { op, suffix, bytes };
  issues.add('unknown-collective', line, { message: 'There is no collective of this name', remedy: `Write NONE or one of ${Object.keys(operations).join(', ')}, for other groups with _EP or _DP_EP behind`, value: kind });
  return null;
}

function readLayer(words: readonly string[], line: number, issues: TraceIssues): Layer | null {
  if (words.length !== fieldsPerLayer) {
    issues.add('wrong-field-count', line, {
      message: `A layer has ${fieldsPerLayer} fields`,
      remedy: 'Write name, dependency, then compute time, collective and bytes of the forward pass, the input gradient and the weight gradient, then the update time',
      value: `${words.length} fields`,
    });
    return null;
  }
  const pass = (at: number): Pass => {
    const computeNs = wholeNumber(words[at]);
    if (Number.isNaN(computeNs)) issues.add('not-whole', line, { message: 'This compute time is not a number', remedy: 'Write nanoseconds as a whole number', value: words[at] });
    return { computeNs, transfer: readTransfer(words[at + 1] ?? '', words[at + 2] ?? '', line, issues) };
  };
  return { name: words[0] ?? '', line, forward: pass(2), input: pass(5), weight: pass(8) };
}

type Direction = 'forward' | 'input' | 'weight';

function groupOf(suffix: GroupSuffix, direction: Direction, policy: string, degrees: Degrees): RankGroup {
  const { ranks, tensor, expert, pipeline } = degrees;
  const data = ranks / tensor / pipeline;
  if (suffix === '_EP') return { size: expert, stride: tensor };
  if (suffix === '_DP_EP') return { size: data / expert, stride: tensor * expert };
  if (!policy.startsWith('HYBRID')) return { size: ranks, stride: 1 };
  return direction === 'weight' ? { size: data, stride: tensor } : { size: tensor, stride: 1 };
}

function classOf(transfer: Transfer, direction: Direction): TrafficClassName {
  if (transfer.op === 'allToAll') return 'allToAll';
  // Behind the weight gradient a gather brings the new parameters; elsewhere it is tensor parallelism.
  return direction === 'weight' && transfer.op === 'allGather' ? 'parameterSync' : 'allReduce';
}

/** Writes the one program: forward pass, messages between stages, backward pass. */
function convert(layers: readonly Layer[], policy: string, degrees: Degrees, file: string): ConvertedTrace {
  const builder = createTraceBuilder();
  const loss = createLossCollector();
  builder.startProgram(file);
  let last = -1;
  const behind = (node: number): number => {
    if (last >= 0) builder.addAfter(node, last);
    return node;
  };
  const run = (layer: Layer, direction: Direction): void => {
    const { computeNs, transfer } = layer[direction];
    const name = `${layer.name} ${direction}`;
    if (computeNs > 0) {
      last = behind(builder.addCompute({ name, place: layer.line, durationNs: computeNs }));
      loss.understood('compute times', 'nanoseconds on the accelerator');
    }
    if (transfer === null) return;
    const group = builder.groupFamily(groupOf(transfer.suffix, direction, policy, degrees));
    const node = behind(builder.addCollective({ name, place: layer.line, op: transfer.op, bits: transfer.bytes * 8, group, trafficClass: classOf(transfer, direction) }));
    loss.assumed('traffic classes', 'all-to-all by operation, gathers behind the weight gradient as parameter sync, the rest as all-reduce');
    loss.understood(`${transfer.op} nodes`, direction === 'weight' ? 'collectives; nothing waits for those of the weight gradient' : 'collectives; the next layer waits');
    if (direction !== 'weight') last = node;
  };
  const { pipeline, chunks, microbatches, ranks, tensor, pipelineBytes } = degrees;
  const sendBetweenStages = (): void => {
    if (pipeline <= 1 || pipelineBytes === 0) return;
    const group = builder.groupFamily({ size: pipeline, stride: ranks / pipeline });
    for (let message = 0; message < chunks * microbatches; message++) last = behind(builder.addCollective({ name: 'pipeline message', place: headerLine, op: 'pointToPoint', bits: pipelineBytes * 8, group }));
    loss.assumed('messages between pipeline stages', 'ga x vpp per pass, one after another, nothing hides them; the file gives only their size', chunks * microbatches);
  };
  for (const layer of layers) run(layer, 'forward');
  sendBetweenStages();
  for (const layer of layers.toReversed()) {
    run(layer, 'input');
    run(layer, 'weight');
  }
  sendBetweenStages();
  loss.dropped('update times', 'SimAI reads the last field of a layer and does not use it', layers.length);
  if (ranks > 1) loss.assumed('ranks', `one rank is described and stands for all; numbered tensor (${tensor}) first, then data, then pipeline (${pipeline})`, ranks);
  if (pipeline > 1) loss.assumed('pipeline bubble', '(pp - 1) / (ga x vpp) of the chain, as SimAI counts it');
  return {
    graph: builder.finish({
      name: file, format: 'simai', rankCount: ranks, folded: true, places: { kind: 'line' },
      pipeline: pipeline > 1 && last >= 0 ? { stages: pipeline, microbatches, chunks, lastNode: last } : null,
    }),
    loss: loss.finish(),
  };
}

export const looksLikeSimai = (firstWord: string): boolean => (simaiPolicies as readonly string[]).includes(firstWord);

/** Issues carry lines: unknown collectives, missing layers or fields, degrees that do not multiply out. */
export function readSimai(file: TraceFile, options: TraceReadOptions): Parsed<ConvertedTrace> {
  const issues = new TraceIssues(file.name, { kind: 'line' });
  const lines = new TextDecoder().decode(file.bytes).split('\n').map((line) => line.trim().split(/\s+/).filter((word) => word !== ''));
  const [header = [], countLine = []] = lines;
  const policy = header[0] ?? '';
  const degrees = readDegrees(header, options, issues);
  const recomputed = wholeNumber(header[header.indexOf('checkpoints:') + 1]);
  if (header.includes('checkpoints:') && recomputed > 0) issues.add('not-supported', headerLine, {
    message: 'Forward passes repeated in the backward pass are not read', remedy: 'Write the repeated layers out, and checkpoints: 0', value: recomputed,
  });
  const count = wholeNumber(countLine[0]);
  if (!(count >= 1) || countLine.length !== 1 || count > traceNodesMax) issues.add('not-whole', 2, {
    message: 'The second line is the number of layers', remedy: `Write a whole number from 1 to ${traceNodesMax}`, value: countLine.join(' '),
  });
  const layers: Layer[] = [];
  for (let at = 2; at < lines.length && !issues.full; at++) {
    const words = lines[at] ?? [];
    if (words.length === 0) continue;
    const layer = readLayer(words, at + 1, issues);
    if (layer !== null) layers.push(layer);
  }
  if (issues.issues.length === 0 && layers.length !== count) issues.add('truncated', lines.length, {
    message: `The second line says ${count} layers and the file has ${layers.length}`, remedy: 'Give the whole file, or correct the count', value: layers.length,
  });
  return issues.issues.length > 0 ? { ok: false, issues: issues.issues } : { ok: true, value: convert(layers, policy, degrees, file.name) };
}
