/** Drives a simulation for the command line: rows to files, progress on the terminal, and an end at Ctrl-C with every file complete. */

import type { RowColumn, RowFile } from '../adapters/parquet-rows.ts';
import { openRowFile } from '../adapters/row-file.ts';
import type { TimelineSpec } from '../adapters/spec/timeline.ts';
import { createCatalogue } from '../optics/catalogue/catalogue.ts';
import type { RowSinks } from '../study/run-recorder.ts';
import type { SimulateOptions, SimulateOutcome, SimulateQuestion } from '../study/simulate.ts';
import { simulateSlices } from '../study/simulate.ts';
import { listenForInterrupt } from './interrupt.ts';
import { studyPhysics } from './study-physics.ts';
import type { Terminal } from './terminal.ts';

const text = (...names: readonly string[]): readonly RowColumn[] => names.map((name) => ({ name, type: 'text' }));
const number = (...names: readonly string[]): readonly RowColumn[] => names.map((name) => ({ name, type: 'number' }));
const whole = (...names: readonly string[]): readonly RowColumn[] => names.map((name) => ({ name, type: 'whole' }));

const flowColumns = [...text('phase', 'class'), ...whole('flow', 'source_rank', 'target_rank'), ...number('bytes', 'release_s', 'completion_s')];
const seriesColumns = [
  ...text('kind', 'phase', 'class'), ...number('from_s', 'to_s'), ...whole('link'), ...text('source', 'target', 'tier'), ...number('bytes', 'rate_gbps', 'capacity_gbps'), ...whole('active_flows'),
];

export interface RunRequest {
  readonly question: SimulateQuestion;
  readonly timeline: TimelineSpec | null;
  readonly detours: boolean;
  readonly flowsFile: string | null;
  readonly seriesFile: string | null;
  readonly sampleNs: number;
}

interface Files {
  readonly flows: RowFile | null;
  readonly series: RowFile | null;
}

function sinksOf({ flows, series }: Files, sampleNs: number): RowSinks | null {
  if (flows === null && series === null) return null;
  return { flow: flows === null ? null : (row) => flows.write({ ...row }), series: series === null ? null : (row) => series.write({ ...row }), sampleNs };
}

function optionsOf({ question, timeline, detours, sampleNs }: RunRequest, files: Files, shouldStop: () => boolean): SimulateOptions {
  const rows = sinksOf(files, sampleNs);
  const { caseTemperatureC } = question.design;
  const catalogue = createCatalogue();
  return {
    detours, shouldStop, ...(rows === null ? {} : { rows }),
    ...(timeline === null ? {} : {
      light: {
        timeline: timeline.timeline, steps: timeline.steps,
        evaluateWithLoss: (extraLossDb: number) => studyPhysics({ catalogue, caseTemperatureC, prices: null, extraLossDb }).evaluateMedium,
      },
    }),
  };
}

/** Work between two looks at the outside world. */
const breathMs = 50;

/** Throws the system's error when a file cannot be written. */
export async function runSimulation(terminal: Terminal, request: RunRequest): Promise<SimulateOutcome> {
  const interrupt = listenForInterrupt();
  const files: { flows: RowFile | null; series: RowFile | null } = { flows: null, series: null };
  try {
    files.flows = request.flowsFile === null ? null : openRowFile(request.flowsFile, flowColumns);
    files.series = request.seriesFile === null ? null : openRowFile(request.seriesFile, seriesColumns);
    const { question } = request;
    const deps = studyPhysics({ catalogue: createCatalogue(), caseTemperatureC: question.design.caseTemperatureC, prices: null });
    const slices = simulateSlices(question, deps, optionsOf(request, files, interrupt.stopped));
    const progress = terminal.startProgress('simulate', 1);
    let breathedMs = performance.now();
    try {
      for (;;) {
        const slice = slices.next();
        if (slice.done === true) return slice.value;
        const { phase, phasesDone, phases, simulatedNs } = slice.value;
        progress.update(phasesDone / phases, `wall, ${(simulatedNs / 1e6).toFixed(3)} ms simulated, ${phase}`);
        if (performance.now() - breathedMs < breathMs) continue;
        await new Promise<void>((resume) => void setImmediate(resume));
        breathedMs = performance.now();
      }
    } finally {
      progress.finish();
    }
  } finally {
    interrupt.release();
    files.flows?.close();
    files.series?.close();
  }
}
