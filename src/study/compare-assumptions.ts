/** Says what every number of a comparison stands on. */

import { numberText } from '../base/number-text.ts';
import { calibrationEvidence } from '../traffic/calibration.ts';
import { describePlan } from '../traffic/parallel-plan.ts';
import type { CompareQuestion } from './compare.ts';
import { defaultRunning } from './ownership.ts';

export function assumptionsOf(question: CompareQuestion): readonly string[] {
  const { years, usdPerKwh } = question.running ?? defaultRunning;
  return [
    'Choices are compared with each other only where every cable carries light and every workload runs; the others keep their figures and are left out of the findings.',
    'Power is IT power: the fabric is switches, NICs, modules, engines, lasers and the host SerDes of every port; links inside a server belong to the accelerators.',
    `Energy per step is cluster IT power at full load times step time. Facility power and electricity are ${numberText(question.pue)} times IT power (PUE).`,
    `Electricity runs at full load for ${numberText(years)} years at ${numberText(usdPerKwh.value)} $/kWh (${usdPerKwh.kind}: ${usdPerKwh.source}). Staff, building and capital are not counted.`,
    `Step times are no better than their constants (${calibrationEvidence.kind}: ${calibrationEvidence.source}).`,
    'Each collective streams alone over the real routes of the compiled fabric on the flow engine; latency of its steps and overlap with compute follow the closed-form step model.',
    'Margins are worst-case standard budgets where a standard exists, design points of the catalogue elsewhere; each budget says which.',
    'Failures are hard failures of fabric parts at their stated MTBF; flaps, accelerators and software are not counted.',
    'Lost accelerator hours are failures times accelerators in the fault domain times hands-on repair time; a job that stops with its first lost accelerator loses more.',
    ...question.workloads.map(({ name, plan }) => `${name} runs as ${describePlan(plan)}.`),
  ];
}
