/** A comparison as one HTML file that opens from disk: findings first, every chart with its table, assumptions last. */

import { evidenceKinds } from '../../base/figure.ts';
import type { LinkReport } from '../../optics/link/link-report.ts';
import type { CompareResult, RefusedLinks } from '../../study/compare-result.ts';
import { lengthSpan, remedyWords } from '../compare-table.ts';
import { plainName } from '../name-text.ts';
import { countText, fixedText, numberText } from '../number-text.ts';
import { glanceTable } from './compare-glance.ts';
import { costSection, failureSection, powerSection } from './compare-hardware.ts';
import { costEnergySection, utilisationSection } from './compare-performance.ts';
import { stepTimeSection } from './compare-step-time.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { dataTable, evidenceBadge, pairChartPx, paragraph, tag, words } from './html.ts';
import { linkFigure } from './link-figure.ts';

const list = (items: readonly string[], name: 'ol' | 'ul', className: string): Markup => tag(
  name, { class: className }, ...items.map((item) => tag('li', {}, words(item))),
);

interface SharedBudget {
  readonly medium: string;
  readonly tier: string;
  readonly linkCount: number;
  readonly report: LinkReport;
  readonly choices: string[];
}

/** Budgets that several choices share are drawn once and name them all. */
function sharedBudgets(result: CompareResult): readonly SharedBudget[] {
  const shared = new Map<string, SharedBudget>();
  for (const choice of result.choices) {
    for (const budget of choice.budgets) {
      const key = JSON.stringify([budget.medium, budget.tier, budget.linkCount, budget.report]);
      const known = shared.get(key);
      if (known === undefined) shared.set(key, { ...budget, choices: [choice.name] });
      else known.choices.push(choice.name);
    }
  }
  return [...shared.values()];
}

function budgetSection(result: CompareResult): Section {
  const nameChoices = (choices: readonly string[]): string => (choices.length === result.choices.length ? 'Every choice' : choices.join(', '));
  const budgets = sharedBudgets(result);
  const figures = budgets.map((budget, index) =>
    linkFigure(budget.report, {
      id: `budget-${index}`, heading: `${budget.report.partId}, ${numberText(budget.report.lengthM)} m`, widthPx: pairChartPx(index, budgets.length),
      caption: `${budget.medium}, ${plainName(budget.tier)}: the longest of ${countText(budget.linkCount, 'link')}. ${nameChoices(budget.choices)}.`,
    }));
  return {
    id: 'budgets', title: 'Link budgets', about: 'The longest link of every medium, stage by stage. What is left above the receiver’s limit is the margin.',
    body: figures.length === 0 ? paragraph('No choice has a link.', 'calm') : tag('div', { class: 'pair' }, ...figures),
  };
}

function refusedCard(choice: string, refused: RefusedLinks): Markup {
  return tag('div', { class: 'card refused' },
    tag(
      'h3', {}, words(`${choice}: ${countText(refused.count, 'link')} of ${refused.medium}`),
    ), paragraph(`${refused.partId}, ${plainName(refused.tier)}, ${lengthSpan(refused)}`, 'sub'), list(refused.reasons, 'ul', 'plain'),
    tag('dl', { class: 'facts' },
      tag('div', {}, tag('dt', {}, 'Remedy'), tag('dd', {}, words(remedyWords(refused.remedy)))),
      tag('div', {}, tag('dt', {}, 'Carried instead by'), tag('dd', {}, words(refused.replacedBy ?? 'nothing'))),
      refused.examples.length === 0 ? '' : tag('div', {}, tag('dt', {}, 'For example'), tag('dd', {}, words(refused.examples.join(', '))))),
    refused.byLength.length < 2 ? '' : tag('details', {}, tag('summary', {}, 'Reasons by length'), dataTable(`Refused links of ${refused.partId} by length`,
      [{ title: 'Length' }, { title: 'Cables', unit: 'links', isNumeric: true }, { title: 'Why' }],
      refused.byLength.map((entry) => [words(`${numberText(entry.lengthM)} m`), words(fixedText(entry.count, 0)), words(entry.reasons.join(' '))]))));
}

function refusedWorkloadCard(choice: string, refused: { readonly workload: string; readonly reasons: readonly string[] }): Markup {
  return tag('div', { class: 'card refused' }, tag('h3', {}, words(`${choice}: ${refused.workload} cannot run`)), list(refused.reasons, 'ul', 'plain'));
}

function refusedSection(result: CompareResult): Section {
  const cards = [
    ...result.choices.flatMap((choice) => choice.refusedWorkloads.map((refused) => refusedWorkloadCard(choice.name, refused))),
    ...result.choices.flatMap((choice) => choice.refused.map((refused) => refusedCard(choice.name, refused))),
  ];
  return {
    id: 'refused', title: 'Links that do not close', about: 'Links whose budget ends below the receiver’s limit are refused, never counted as working.',
    body: cards.length === 0 ? paragraph('Every link of every choice closes.', 'calm') : tag('div', { class: 'stack' }, ...cards),
  };
}

const kindMeaning = {
  measured: 'taken from a measurement of the thing itself',
  published: 'printed by a vendor, a standard or a paper',
  estimate: 'derived or judged; the least certain',
} as const;

function evidenceSection(result: CompareResult): Section {
  const legend = tag('ul', { class: 'grades' }, ...evidenceKinds.map((kind) => tag('li', {}, evidenceBadge(kind), words(`: ${kindMeaning[kind]}`))));
  const rows = result.choices.map((choice) => [
    words(choice.name), evidenceBadge(choice.weakestKind),
    evidenceBadge(choice.cost.fabricUsd.kind, choice.cost.fabricUsd.source) + tag('span', { class: 'sub' }, words(choice.cost.fabricUsd.source)),
    evidenceBadge(choice.failuresPerDay.kind, choice.failuresPerDay.source) + tag('span', { class: 'sub' }, words(choice.failuresPerDay.source)),
    words([...new Set(choice.budgets.map((budget) => `${budget.report.partId}: ${budget.report.weakestKind}`))].join(', ')),
  ]);
  const table = dataTable(
    'Evidence behind each choice',
    [{ title: 'Choice' }, { title: 'Weakest of all' }, { title: 'Cost' }, { title: 'Failures' }, { title: 'Link budgets' }], rows,
  );
  return {
    id: 'evidence', title: 'Evidence', about: 'A conclusion is only as good as the weakest number behind it.',
    body: tag('div', { class: 'stack' }, legend, tag('div', { class: 'card' }, table)),
  };
}

function lead(result: CompareResult): string {
  const { cluster } = result;
  const cables = cluster.cableLengthsM;
  return [
    `${cluster.name}: ${fixedText(cluster.gpus, 0)} × ${cluster.accelerator} at ${numberText(cluster.rateGbpsPerGpu)} Gb/s each, ${cluster.fabric}.`,
    `Cables of ${numberText(cables.min)} to ${numberText(cables.max)} m, median ${numberText(cables.median)} m.`,
    `${countText(result.choices.length, 'choice')} of optics compared.`,
  ].join(' ');
}

/** The whole document as text. */
export function renderCompareHtml(result: CompareResult, origin: Origin): string {
  const findings = result.findings.length === 0 ? paragraph('This comparison has no findings.', 'calm') : list(result.findings, 'ol', 'findings');
  const assumptions = result.assumptions.length === 0 ? paragraph('None were stated.', 'calm') : list(result.assumptions, 'ul', 'plain');
  const charts = result.choices.length === 0 ? [] : [
    { id: 'glance', title: 'At a glance', about: 'Bars show each number’s share of the largest in its column; the best of a column is bold.', body: glanceTable(result) },
    stepTimeSection(result), costEnergySection(result), powerSection(result), costSection(result), utilisationSection(result), failureSection(result),
    budgetSection(result),
  ];
  const sections: readonly Section[] = [
    { id: 'findings', title: 'Findings', body: findings }, ...charts, refusedSection(result), evidenceSection(result),
    { id: 'assumptions', title: 'Assumptions', about: 'What this answer takes for granted.', body: assumptions },
  ];
  return document(result.study, sections, { ...origin, eyebrow: 'Heliostat comparison', lead: lead(result), data: { id: 'heliostat-result', value: result } });
}
