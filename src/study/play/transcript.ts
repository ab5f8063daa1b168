/** What happened, line by line: each reading that led to something, with the facts that followed. */

import { numberText } from '../../base/number-text.ts';
import type { Entry, FactEntry } from '../../control/entry.ts';
import { candidateLines, foldChain, isLastResort, impactText, priceText } from '../../control/explain/explain-text.ts';
import { explainDecision } from '../../control/explain/explain-decision.ts';
import { changesText, factText } from '../../control/explain/fact-text.ts';
import { readingText } from '../../control/explain/reading-text.ts';
import { spanText } from '../../control/explain/name-parts.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { Fact } from '../../control/fact.ts';
import type { Plant } from '../../control/plant.ts';

/** What only says that a device was heard as usual, and what is made of values that harm nobody. */
const quiet: ReadonlySet<Fact['kind']> = new Set<Fact['kind']>(['measured', 'believed', 'judged', 'jobProgressed']);

function isRoutine(fact: Fact): boolean {
  if (fact.kind === 'deviceHeard') return fact.link === 'up' && fact.missed === 0 && fact.strikes === 0;
  return quiet.has(fact.kind) || (fact.kind === 'commandEnded' && fact.outcome === 'done');
}

/** `4.002 s` on a clock of seconds; days and hours in front when they have passed. */
export function clockText(ns: number): string {
  const days = Math.floor(ns / 86400e9);
  const hours = Math.floor((ns - days * 86400e9) / 3600e9);
  const seconds = (ns - days * 86400e9 - hours * 3600e9) / 1e9;
  const front = days > 0 ? `${days} d ${hours} h ` : hours > 0 ? `${hours} h ` : '';
  return `${front}${numberText(Math.round(seconds * 1e3) / 1e3, 7)} s`;
}

function decisionLines(plant: Plant, entry: FactEntry): readonly string[] {
  const explained = explainDecision(plant, [entry], entry.n);
  if (isRefusal(explained) || !('rung' in explained) || entry.body.kind !== 'decided') return [];
  const lead = explained.leadNs === null || explained.leadNs === 0 ? '' : ` Lead time ${spanText(explained.leadNs)}.`;
  const taken = isLastResort(explained.candidates, explained.rung) ? 'NO RUNG SERVES, light goes by priority,' : explained.rung.toUpperCase();
  return [
    `  decision ${entry.n}: ${taken} at ${priceText(explained.price)}`, `    because ${explained.because}${lead}`, `    touches ${impactText(explained.impact)}`,
    ...candidateLines(explained.candidates, explained.rung).map((line) => `    ${line}`), `    does ${changesText(plant, entry.body.decision.plan.changes)}`,
  ];
}

function factLine(plant: Plant, { n, body }: FactEntry): string {
  const head = namedApart.has(body.kind) ? '' : `${body.kind === 'planned' ? `plan ${n}` : body.kind}: `;
  return `  ${head}${factText(plant, body, n)}`;
}

/** Facts whose sentence begins with what they are. */
const namedApart: ReadonlySet<Fact['kind']> = new Set<Fact['kind']>([
  'commandIssued', 'commandEnded', 'confirmed', 'rolledBack', 'jobAdmitted', 'jobRefused', 'jobHeld', 'jobShifted', 'jobResized', 'jobMoved', 'jobEnded', 'interleaved', 'interleavingEnded',
  'leaseAccepted', 'leaseRefused', 'leaseRenewed', 'leaseEnded', 'setAside', 'policySet',
]);

/** Lines of one reading and its facts; none where nothing came of it. */
export function transcriptLines(plant: Plant, entries: readonly Entry[]): readonly string[] {
  const facts = entries.filter((entry): entry is FactEntry => entry.kind === 'fact');
  if (facts.every(({ body }) => isRoutine(body))) return [];
  const [first] = entries;
  const head = first?.kind === 'reading' ? [`${clockText(first.atNs)}: ${readingText(plant, first.body)}`] : first === undefined ? [] : [`${clockText(first.atNs)}: the log is completed`];
  const shown = facts.filter(({ body }) => !((body.kind === 'deviceHeard' || body.kind === 'commandEnded') && isRoutine(body)));
  const lines: { kind: string; text: string }[] = [];
  for (const fact of shown) {
    if (fact.body.kind === 'decided') decisionLines(plant, fact).forEach((text, at) => lines.push({ kind: `decision ${at}`, text }));
    else lines.push({ kind: fact.body.kind, text: factLine(plant, fact) });
  }
  return [...head, ...foldChain(lines)];
}
