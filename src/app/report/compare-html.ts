/** A comparison as one HTML file that opens from disk: findings first, every chart with its table, assumptions last. */

import { evidenceKinds } from '../../base/figure.ts';
import type { CompareResult, ConclusionEvidence, EvidenceFigure, MediumBudget, OpticsChoiceResult, RefusedLinks } from '../../study/compare-result.ts';
import { lengthSpan } from '../compare-table.ts';
import { plainName } from '../name-text.ts';
import { countText, fixedText, numberText, percentText } from '../number-text.ts';
import { glanceTable } from './compare-glance.ts';
import { failureSection } from './compare-failures.ts';
import { costSection, ownershipSection, powerSection } from './compare-hardware.ts';
import { costEnergySection, utilisationSection } from './compare-performance.ts';
import { stepTimeSection } from './compare-step-time.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { chartGroup, dataTable, evidenceBadge, groupedChartPx, paragraph, tag, words } from './html.ts';
import { linkFigure } from './link-figure.ts';

const list = (items: readonly string[], name: 'ol' | 'ul', className: string): Markup => tag(
  name, { class: className }, ...items.map((item) => tag('li', {}, words(item))),
);

interface SharedBudget {
  readonly budget: MediumBudget;
  readonly tiers: string[];
  readonly choices: string[];
}

/** One budget per medium: the longest of all its tiers and choices, which it names. Ties go to the one stated first. */
function sharedBudgets(result: CompareResult): readonly SharedBudget[] {
  const shared = new Map<string, SharedBudget>();
  for (const choice of result.choices) {
    for (const budget of choice.budgets) {
      const known = shared.get(budget.medium);
      const longest = known === undefined || budget.report.lengthM > known.budget.report.lengthM ? budget : known.budget;
      const tiers = [...new Set([...(known?.tiers ?? []), plainName(budget.tier)])];
      const choices = [...new Set([...(known?.choices ?? []), choice.name])];
      shared.set(budget.medium, { budget: longest, tiers, choices });
    }
  }
  return [...shared.values()];
}

function budgetSection(result: CompareResult): Section {
  const nameChoices = (choices: readonly string[]): string => (choices.length === result.choices.length && choices.length > 1 ? 'every choice' : choices.join(', '));
  const budgets = sharedBudgets(result);
  const figures = budgets.map(({ budget, tiers, choices }, index) => {
    const ends = budget.nearPart === budget.farPart ? '' : ` The end with less margin is drawn: ${budget.report.partId}.`;
    return linkFigure(budget.report, {
      id: `budget-${index}`, heading: `${budget.medium}, ${numberText(budget.report.lengthM)} m`, widthPx: groupedChartPx(2),
      caption: `Longest cable of the medium; ${tiers.join(' and ')} tier of ${nameChoices(choices)}.${ends}`, linkRateGbps: budget.linkRateGbps,
    });
  });
  return {
    id: 'budgets', title: 'Link budgets', nav: 'Budgets', about: 'The longest link of every medium, stage by stage. What is left above the receiver’s limit is the margin.',
    body: figures.length === 0 ? paragraph('No choice has a link.', 'calm') : chartGroup(figures, 2),
  };
}

function refusedCard(choice: string, refused: RefusedLinks): Markup {
  return tag('div', { class: 'card refused' },
    tag(
      'h3', {}, words(`${choice}: ${countText(refused.count, 'cable')} of ${refused.medium}`),
    ), paragraph(`${refused.partId}, ${plainName(refused.tier)}, ${lengthSpan(refused)}`, 'sub'), list(refused.reasons, 'ul', 'plain'),
    tag('dl', { class: 'facts' },
      tag('div', {}, tag('dt', {}, 'Carried instead by'), tag('dd', {}, words(refused.replacedBy ?? 'nothing'))),
      refused.replacedBy === null ? tag('div', {}, tag('dt', {}, 'Remedy'), tag('dd', {}, words(refused.remedy))) : '',
      refused.examples.length === 0 ? '' : tag('div', {}, tag('dt', {}, 'For example'), tag('dd', {}, words(refused.examples.join(', '))))),
    refused.byLength.length < 2 ? '' : tag('details', {}, tag('summary', {}, 'Reasons by length'), dataTable(`Refused links of ${refused.partId} by length`,
      [{ title: 'Length' }, { title: 'Cables', unit: 'cables', isNumeric: true }, { title: 'Why' }],
      refused.byLength.map((entry) => [words(`${numberText(entry.lengthM)} m`), words(fixedText(entry.count, 0)), words(entry.reasons.join(' '))]))));
}

function refusedWorkloadCard(choice: string, refused: { readonly workload: string; readonly reasons: readonly string[] }): Markup {
  return tag('div', { class: 'card refused' }, tag('h3', {}, words(`${choice}: ${refused.workload} cannot run`)), list(refused.reasons, 'ul', 'plain'));
}

/** Cables, each a link in both directions, by how they fared with each choice. */
function cableTable(result: CompareResult): Markup {
  const columns = [
    { title: 'Choice' }, { title: 'Cables', unit: 'cables', isNumeric: true }, { title: 'Tried and refused', unit: 'cables', isNumeric: true },
    { title: 'Carried by fallback', unit: 'cables', isNumeric: true }, { title: 'Left without light', unit: 'cables', isNumeric: true },
  ];
  return dataTable('Cables by how they fared', columns, result.choices.map(({ name, cables }) =>
    [words(name), ...[cables.total, cables.triedAndRefused, cables.carriedByFallback, cables.withoutLight].map((count) => words(fixedText(count, 0)))]));
}

function refusedSection(result: CompareResult): Section {
  const cards = [
    ...result.choices.flatMap((choice) => choice.refusedWorkloads.map((refused) => refusedWorkloadCard(choice.name, refused))),
    ...result.choices.flatMap((choice) => choice.refused.map((refused) => refusedCard(choice.name, refused))),
  ];
  return {
    id: 'refused', title: 'Cables that do not close', nav: 'Refused',
    about: 'A cable, a link in both directions, takes the first medium of its list whose budget closes. What was tried and refused is carried by a later medium or left without light, and never counted as working.',
    body: cards.length === 0
      ? paragraph('Every cable of every choice closes with its first medium.', 'calm')
      : tag('div', { class: 'stack' }, tag('div', { class: 'card' }, cableTable(result)), ...cards),
  };
}

const kindMeaning = {
  measured: 'taken from a measurement of the thing itself',
  published: 'printed by a vendor, a standard or a paper',
  estimate: 'derived or judged; the least certain',
} as const;

/** `NIC 400G network adapter: 1,600 $ each, 43 % of the sum`, with its grade and source. */
function evidenceFigure({ name, figure, share }: EvidenceFigure): Markup {
  const each = figure.unit === 'h' ? `${numberText(figure.value)} h between failures each` : `${numberText(figure.value)} ${figure.unit} each`;
  return words(`${plainName(name)}: ${each}, ${percentText(share)} of the sum `) + evidenceBadge(figure.kind) + tag('span', { class: 'sub' }, words(figure.source));
}

/** The heaviest figure behind a conclusion, and the weakest where that is another one. */
function evidenceCell(choice: OpticsChoiceResult, conclusion: ConclusionEvidence['conclusion']): Markup {
  const one = choice.evidence.find((entry) => entry.conclusion === conclusion);
  if (one === undefined) return words('–');
  const isSame = one.weakest.name === one.heaviest.name;
  return evidenceFigure(one.heaviest) + (isSame ? '' : tag('span', { class: 'sub' }, 'with the weakest evidence:') + evidenceFigure(one.weakest));
}

function evidenceSection(result: CompareResult): Section {
  const legend = tag('ul', { class: 'grades' }, ...evidenceKinds.map((kind) => tag('li', {}, evidenceBadge(kind), words(`: ${kindMeaning[kind]}`))));
  const table = dataTable('Evidence behind each choice',
    [{ title: 'Choice' }, { title: 'Power: the heaviest figure' }, { title: 'Cost: the heaviest figure' }, { title: 'Failures: the heaviest figure' }],
    result.choices.map((choice) => [words(choice.name), ...(['power', 'cost', 'failures'] as const).map((conclusion) => evidenceCell(choice, conclusion))]));
  const parts = new Map<string, Markup>();
  for (const { nearPart, farPart, report } of result.choices.flatMap((choice) => choice.budgets)) {
    for (const part of [nearPart, farPart]) {
      if (part === report.partId) parts.set(part, evidenceBadge(report.weakestKind));
      else if (!parts.has(part)) parts.set(part, words('its other end has less margin and stands for the link'));
    }
  }
  const links = dataTable('Evidence behind link budgets', [{ title: 'Choice' }, { title: 'Parts at the ends of its links, with the weakest stage of each budget' }],
    result.choices.map((choice) => [
      words(choice.name),
      [...new Set(choice.budgets.flatMap((budget) => [budget.nearPart, budget.farPart]))].map((part) => `${words(part)} ${parts.get(part) ?? ''}`).join('<br>'),
    ]));
  return {
    id: 'evidence', title: 'Evidence', about: 'A conclusion is only as good as the weakest number behind it, and most sensitive to the heaviest. ' +
      'Where the heaviest figure is not among those with the weakest evidence, the heaviest of those follows.',
    body: tag('div', { class: 'stack' }, legend, tag('div', { class: 'card' }, table), tag('div', { class: 'card' }, links)),
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

const glanceAbout = 'Bars show each number’s share of the largest in its column. The best of a column, ties included, is bold; choices that cannot carry the jobs win nothing.';

/** The whole document as text. */
export function renderCompareHtml(result: CompareResult, origin: Origin): string {
  const findings = result.findings.length === 0 ? paragraph('This comparison has no findings.', 'calm') : list(result.findings, 'ol', 'findings');
  const assumptions = result.assumptions.length === 0 ? paragraph('None were stated.', 'calm') : list(result.assumptions, 'ul', 'plain');
  const charts = result.choices.length === 0 ? [] : [
    { id: 'glance', title: 'At a glance', nav: 'Glance', body: glanceTable(result), about: glanceAbout },
    stepTimeSection(result), costEnergySection(result), powerSection(result), costSection(result), ownershipSection(result), failureSection(result), utilisationSection(result),
    budgetSection(result),
  ];
  const sections: readonly Section[] = [
    { id: 'findings', title: 'Findings', body: findings }, ...charts, refusedSection(result), evidenceSection(result),
    { id: 'assumptions', title: 'Assumptions', about: 'What this answer takes for granted.', body: assumptions },
  ];
  return document(result.study, sections, { ...origin, eyebrow: 'Heliostat comparison', lead: lead(result), data: { id: 'heliostat-result', value: result } });
}
