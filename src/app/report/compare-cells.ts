/** The results of one workload, choice by choice. */

import type { CompareResult, OpticsChoiceResult, WorkloadResult } from '../../study/compare-result.ts';

export interface Cell {
  readonly choice: OpticsChoiceResult;
  readonly result: WorkloadResult;
}

/** In the order of the choices; a choice that cannot run the workload has no cell. */
export const cellsOf = (result: CompareResult, workload: string): readonly Cell[] =>
  result.choices.flatMap((choice) => choice.workloads.filter((cell) => cell.workload === workload).map((cell) => ({ choice, result: cell })));

/** Shares of a whole closer than this are drawn as one. */
const sameShareBelow = 1e-3;

export const isSameShare = (a: number, b: number): boolean => Math.abs(a - b) <= sameShareBelow;

/** Names the choices that share a row. */
export const agreeingWords = (result: CompareResult, count: number): string => (count === result.choices.length ? 'every choice' : `every choice that runs it (${count})`);
