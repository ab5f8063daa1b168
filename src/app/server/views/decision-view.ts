/** A decision with its chain: from the reading over its causes to the plan, the commands and the last confirmation. */

import type { Entry, FactEntry } from '../../../control/entry.ts';
import type { Decision, Price } from '../../../control/decision.ts';
import { isWorkedOut, notWorkedOut } from '../../../control/decision.ts';
import type { Plant } from '../../../control/plant.ts';
import type { DecisionRow, DecisionView } from '../../contract/work.ts';
import type { DecisionNote } from '../log-index.ts';
import { componentName, linkName } from './component-view.ts';
import { entryText } from './event-words.ts';

const priceView = ({ lostGpuS, expectedNs, extraW, effects }: Price): DecisionView['price'] => ({ lostGpuS, expectedNs, extraW, effects: effects.map((effect) => ({ ...effect })) });

export const decisionRow = ({ n, atNs, rung, because, status, lostGpuS, jobs }: DecisionNote): DecisionRow => ({ n, atNs, rung, because, status, lostGpuS, jobs: [...jobs] });

/** Names told one by one; counts stand in the lengths of the rows. */
const namesMax = 2000;

function impactView(plant: Plant, { impact }: Decision): DecisionView['impact'] {
  const named = (rows: readonly number[]): string[] => rows.slice(0, namesMax).map((row) => componentName(plant, row));
  return {
    component: impact.component < 0 ? null : componentName(plant, impact.component), components: named(impact.components), lasers: named(impact.lasers),
    wavelengths: [...impact.wavelengths], links: impact.links.slice(0, namesMax).map((link) => linkName(plant, link)), linkRows: [...impact.links],
    leases: [...impact.leases], classes: [...impact.classes], jobs: [...impact.jobs],
  };
}

/** Causes from the reading down to an entry, first to last. */
function causesOf(entry: Entry, read: (n: number) => Entry | null): readonly Entry[] {
  const chain: Entry[] = [];
  for (let at: Entry | null = entry; at !== null;) {
    chain.unshift(at);
    at = at.kind === 'fact' ? read(at.cause) : null;
  }
  return chain;
}

const chainRow = (plant: Plant, entry: Entry): DecisionView['chain'][number] => ({ n: entry.n, cause: entry.kind === 'fact' ? entry.cause : null, kind: entry.body.kind, text: entryText(plant, entry), atNs: entry.atNs });

/** Bookkeeping between the reading and the decision that belongs to the chain: what was believed and judged. */
const between: ReadonlySet<string> = new Set(['measured', 'believed', 'judged', 'healthSet']);

export interface DecisionSource {
  readonly plant: Plant;
  readonly note: DecisionNote;
  readonly entry: FactEntry;
  read(n: number): Entry | null;
}

export function decisionView({ plant, note, entry, read }: DecisionSource): DecisionView {
  if (entry.body.kind !== 'decided') throw new Error(`entry ${entry.n} is no decision`);
  const { decision } = entry.body;
  const causes = causesOf(entry, read);
  const first = causes[0]?.n ?? entry.n;
  const context: Entry[] = [];
  for (let n = first + 1; n < entry.n && context.length < 50; n++) {
    const one = read(n);
    if (one !== null && between.has(one.body.kind) && !causes.includes(one)) context.push(one);
  }
  const related = note.related.flatMap((n) => read(n) ?? []);
  const answers = related.flatMap((one) => (one.kind === 'fact' && one.body.kind === 'commandEnded' ? read(one.cause) ?? [] : []));
  const chain = [...new Map([...causes, ...context, ...related, ...answers].map((one) => [one.n, one])).values()].sort((a, b) => a.n - b.n);
  return {
    ...decisionRow(note), leadNs: decision.leadNs, impact: impactView(plant, decision),
    candidates: decision.candidates.map((one) => ({
      rung: one.rung, price: one.price === null ? null : priceView(one.price), isWorkedOut: isWorkedOut(one), atLeastGpuS: one.atLeastGpuS ?? null,
      changes: one.changes, reasons: one.reasons.map((reason) => reason.replace(notWorkedOut, '')),
    })),
    price: priceView(decision.price), changes: decision.plan.changes.length, reasons: [...decision.plan.reasons], chain: chain.map((one) => chainRow(plant, one)),
  };
}
