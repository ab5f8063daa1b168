/** The results of one workload, choice by choice. */

import type { CompareResult, OpticsChoiceResult, WorkloadResult } from '../../study/compare-result.ts';

export interface Cell {
  readonly choice: OpticsChoiceResult;
  readonly result: WorkloadResult;
}

/** In the order of the choices; a choice that cannot run the workload has no cell. */
export const cellsOf = (result: CompareResult, workload: string): readonly Cell[] =>
  result.choices.flatMap((choice) => choice.workloads.filter((cell) => cell.workload === workload).map((cell) => ({ choice, result: cell })));
