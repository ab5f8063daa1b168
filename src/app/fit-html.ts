/** The answer of `heliostat fit` as one HTML file: step time against risk, every candidate, and why not elsewhere. */

import { labelledScatter } from './charts/labelled-scatter.ts';
import { layoutText, placeText } from './fit-page.ts';
import type { CandidateResult, FitResult } from './fit-result.ts';
import { fixedText, numberText } from './number-text.ts';
import type { Origin, Section } from './report/document.ts';
import { document } from './report/document.ts';
import type { Markup } from './report/html.ts';
import { chartFigure, dataTable, paragraph, tag, wideChartPx, words } from './report/html.ts';

const percent = (share: number): string => numberText(100 * share);

const candidateTable = (candidates: readonly CandidateResult[]): Markup => dataTable(
  'Candidates, best first',
  [
    { title: 'Where' }, { title: 'Layout' }, { title: 'Step', unit: 's', isNumeric: true }, { title: 'Stops', unit: '% of runs', isNumeric: true }, { title: 'Hit', unit: '% of runs', isNumeric: true },
    { title: 'Time lost', unit: '%', isNumeric: true }, { title: 'Power', unit: 'kW', isNumeric: true }, { title: 'Energy', unit: 'MJ per step', isNumeric: true }, { title: 'Links', isNumeric: true },
    { title: 'Wavelengths', isNumeric: true }, { title: 'Stranded', unit: 'GPUs', isNumeric: true }, { title: 'Cost', unit: 'GPU-seconds per step', isNumeric: true },
  ],
  candidates.map((one) => [
    placeText(one), layoutText(one), numberText(one.stepS, 4), percent(one.risk.stopProbability), percent(one.risk.cutProbability), percent(one.risk.lostShare), numberText(one.powerKw),
    numberText(one.energyPerStepMj), fixedText(one.light.links, 0), fixedText(one.light.wavelengths, 0), fixedText(one.strandedGpus, 0), fixedText(one.score, 0),
  ].map(words)),
);

function candidateSection({ candidates }: FitResult): Section {
  return {
    id: 'candidates', title: 'Where it fits', about: 'Step time in closed form on the very accelerators, against the share of runs that a failure stops. Both are better lower.',
    body: chartFigure({
      chart: labelledScatter({
        title: 'Step time against risk', xTitle: 'step time (s)', yTitle: 'runs that a failure stops (%)', widthPx: wideChartPx, betterText: 'faster and safer',
        points: candidates.map((one, at) => ({ label: `${at + 1} ${layoutText(one)}`, x: one.stepS, y: 100 * one.risk.stopProbability, series: one.spreadOver === null ? 0 : 1 })),
      }),
      table: candidateTable(candidates),
    }),
  };
}

export function renderFitHtml(result: FitResult, origin: Origin): string {
  const regions = dataTable(
    'Regions of the cluster', [{ title: 'Region' }, { title: 'Usable', unit: 'GPUs', isNumeric: true }, { title: 'In all', unit: 'GPUs', isNumeric: true }, { title: 'Code' }, { title: 'Reason' }],
    result.elsewhere.map(({ name, usable, gpus, code, reason }) => [name, fixedText(usable, 0), fixedText(gpus, 0), code, reason].map(words)),
  );
  const refusal = result.refusal === undefined ? [] : [{
    id: 'refusal', title: 'It does not fit', body: tag('div', { class: 'card' }, ...result.refusal.reasons.map((reason) => paragraph(reason))),
  } satisfies Section];
  const sections: readonly Section[] = [
    ...refusal, ...(result.candidates.length === 0 ? [] : [candidateSection(result)]), { id: 'elsewhere', title: 'Why not elsewhere', body: tag('div', { class: 'card' }, regions) },
  ];
  return document(`${result.workload} on ${result.cluster}`, sections, {
    ...origin, eyebrow: 'Heliostat fit', lead: `${fixedText(result.gpus.job, 0)} of ${fixedText(result.gpus.cluster, 0)} accelerators, ${result.plan}.`, data: { id: 'heliostat-result', value: result },
  });
}
