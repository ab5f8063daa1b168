/** Reads vTrain's table of measured multi-node iteration times (VIA-Research/vTrain, MICRO 2024) into run rows. */

import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { RunRow } from '../traffic/run-row.ts';

const columns = [
  '# GPUs', 'global batch', 'micro batch', 'hidden size', 'attention heads', '# layers', 'sequence length',
  'tensor parallelism', 'data parallelism', 'pipeline parallelism', 'iteration time (ms)',
] as const;
type Column = (typeof columns)[number];

/** True when the first line of a file is vTrain's heading. */
export const isVtrainTable = (text: string): boolean => columns.every((column) => (text.split('\n', 1)[0] ?? '').includes(column));

/** vTrain's cluster: eight A100-80GB and 800 Gb/s per node, 1F1B with full recomputation, Megatron's vocabulary. */
function toRow(cell: (column: Column) => number, id: string): RunRow {
  return {
    id, source: 'vTrain (Bang et al., MICRO 2024) ground-truth table',
    model: {
      layers: cell('# layers'), hidden: cell('hidden size'), heads: cell('attention heads'), kvHeads: null, headDim: null, ffn: 4 * cell('hidden size'),
      vocab: 51200, seq: cell('sequence length'), paramsB: null, gated: false, parallelBlock: false, slidingWindow: false, moe: null,
    },
    system: { accelerator: 'A100-80GB SXM', peakTflops: 312, hbmGb: 80, peakNote: null, scaleUpSize: 8, scaleUpGBps: 300, scaleOutGbpsPerGpu: 100, gpus: cell('# GPUs') },
    parallel: {
      tensor: cell('tensor parallelism'), pipeline: cell('pipeline parallelism'), data: cell('data parallelism'), context: 1, expert: null, shard: null, interleave: 1,
      microbatch: cell('micro batch'), globalBatch: cell('global batch'), recompute: ['full'], zero: 0, sequenceParallel: null, tensorOverlap: false, schedule: null,
      batch: null, inputTokens: null, outputTokens: null, role: null,
    },
    serving: null,
    measured: { stepS: cell('iteration time (ms)') / 1e3, stepUpperBoundS: null, tokensPerS: null, tflopsPerGpu: null, mfu: null, ttftMs: null, itlMs: null, tokensPerSPerNode: null },
    flopConvention: 'model',
  };
}

/** Issue code: `not-a-number`. Every bad cell is reported with its line. */
export function parseVtrainTable(text: string, file: string): Parsed<readonly RunRow[]> {
  const lines = text.split('\n').map((line) => line.trim());
  const names = (lines[0] ?? '').split(',').map((name) => name.trim());
  const issues: Issue[] = [];
  const rows: RunRow[] = [];
  for (const [at, line] of lines.entries()) {
    if (at === 0 || line === '') continue;
    const cells = line.split(',').map(Number);
    const cell = (column: Column): number => cells[names.indexOf(column)] ?? NaN;
    const bad = columns.filter((column) => !(cell(column) > 0));
    for (const column of bad) {
      const value = line.split(',')[names.indexOf(column)];
      issues.push({ code: 'not-a-number', file, line: at + 1, path: column, message: 'This cell is not a positive number', remedy: 'Write a positive number', ...(value === undefined ? {} : { value }) });
    }
    const degrees = `t${cell('tensor parallelism')}d${cell('data parallelism')}p${cell('pipeline parallelism')}m${cell('micro batch')}`;
    if (bad.length === 0) rows.push(toRow(cell, `vtrain-h${cell('hidden size')}-${cell('# GPUs')}-${degrees}-line${at + 1}`));
  }
  return issues.length > 0 ? { ok: false, issues } : parsed(rows);
}
