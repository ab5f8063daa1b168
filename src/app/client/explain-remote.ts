/** Explains a decision of a running server: whom it touched, what each rung would have cost, and the chain from reading to confirmation. */

import { gpuTimeText } from '../../base/number-text.ts';
import { clusterSchema } from '../contract/cluster.ts';
import type { DecisionView } from '../contract/work.ts';
import { decisionRowSchema, decisionSchema } from '../contract/work.ts';
import { pageOf } from '../contract/words.ts';
import type { ExitCode } from '../command.ts';
import { countText, fixedText, numberText, percentText } from '../number-text.ts';
import type { Colours, Terminal } from '../terminal.ts';
import { cleanText } from '../text-table.ts';
import type { Asked } from './api-client.ts';
import type { ServerOptions, Session } from './server-options.ts';
import { reportProblem, show, withClient } from './server-options.ts';
import { cleanTable, decisionTable, durationText, instantText, paintWords } from './server-text.ts';

/** Names told one by one. */
const namesMax = 6;

const listed = (names: readonly string[]): string => `${names.slice(0, namesMax).map(cleanText).join(', ')}${names.length > namesMax ? ` and ${fixedText(names.length - namesMax, 0)} more` : ''}`;

function impactLines({ component, components, lasers, wavelengths, links, leases, classes, jobs }: DecisionView['impact']): readonly string[] {
  const rows: readonly (readonly [noun: string, names: readonly string[]])[] = [['component', components], ['laser', lasers], ['link', links], ['lease', leases], ['job', jobs]];
  return [
    ...(component === null ? [] : [`  it began at ${cleanText(component)}`]),
    ...rows.flatMap(([noun, names]) => (names.length === 0 ? [] : [`  ${countText(names.length, noun)}: ${listed(names)}`])),
    ...(wavelengths.length === 0 ? [] : [`  ${countText(wavelengths.length, 'wavelength')}; classes ${classes.join(', ') || 'none'}`]),
  ];
}

function candidateTable({ candidates, rung }: DecisionView, colours: Colours): string {
  const priceOf = ({ price, isWorkedOut, atLeastGpuS }: DecisionView['candidates'][number]): string => {
    if (price !== null) return gpuTimeText(price.lostGpuS);
    return isWorkedOut ? 'cannot serve' : atLeastGpuS === null ? 'not worked out' : `at least ${gpuTimeText(atLeastGpuS)}`;
  };
  const rows = candidates.map((one) => [one.rung === rung ? '>' : '', one.rung, priceOf(one), fixedText(one.changes, 0), one.reasons.join(' ')]);
  return cleanTable(['', 'rung', 'price', 'changes', 'why'], 5, rows, colours, { drops: [3], wraps: 4 });
}

function decisionText(decision: DecisionView, epoch: string, colours: Colours): string {
  const { n, rung, atNs, status, because, leadNs, price, changes, reasons, chain } = decision;
  const effects = price.effects.map(({ job, stepBeforeNs, stepAfterNs, pauseNs }) => {
    const after = stepAfterNs === null ? 'stands' : `steps in ${durationText(stepAfterNs / 1e9)} (${percentText(stepAfterNs / stepBeforeNs - 1, 2)} longer)`;
    return `  ${cleanText(job)} ${after}${pauseNs > 0 ? `, paused once for ${durationText(pauseNs / 1e9)}` : ''}`;
  });
  return [
    `${colours.bold(`Decision ${n}: ${rung}`)}, ${paintWords(status, colours)}, at ${instantText(epoch, atNs)}`,
    `  ${cleanText(because)}${leadNs === null || leadNs === 0 ? '' : ` The limit is ${durationText(leadNs / 1e9)} away.`}`,
    '', colours.bold('Whom it touches'), ...impactLines(decision.impact),
    '', colours.bold('What was weighed'), candidateTable(decision, colours),
    '', colours.bold('What it costs'),
    `  ${gpuTimeText(price.lostGpuS)} over ${durationText(price.expectedNs / 1e9)}${price.extraW > 0 ? `, ${numberText(price.extraW)} W more` : ''}; ${countText(changes, 'change')}`, ...effects,
    ...reasons.map((reason) => `  ${cleanText(reason)}`),
    '', colours.bold('Chain'), ...chain.map((row) => `${colours.dim(`${String(row.n).padStart(9)}${row.cause === null ? '' : ` <- ${row.cause}`}`)}  ${cleanText(row.text)}`),
  ].join('\n');
}

async function newestDecision({ client }: Session): Promise<Asked<number | null>> {
  const page = await client.get('/api/v1/decisions', pageOf(decisionRowSchema), { limit: 1 });
  return page.ok ? { ...page, value: page.value.items[0]?.n ?? null } : page;
}

async function explainOne(session: Session, which: number | 'last'): Promise<ExitCode> {
  const newest: Asked<number | null> = which === 'last' ? await newestDecision(session) : { ok: true, value: which, version: null };
  if (!newest.ok) return reportProblem(session.terminal, newest.problem, session);
  const { value: n } = newest;
  if (n === null) return reportProblem(session.terminal, { status: 0, code: 'no-decision', detail: 'Nothing had to be decided yet', remedy: 'wait', reasons: [] }, session);
  const [cluster, decision] = await Promise.all([session.client.get('/api/v1/cluster', clusterSchema), session.client.get(`/api/v1/decisions/${n}`, decisionSchema)]);
  if (!cluster.ok) return reportProblem(session.terminal, cluster.problem, session);
  return show(session, decision, { schema: 'heliostat/explain-decision/1', text: (view) => decisionText(view, cluster.value.epoch, session.terminal.colours) });
}

/** Decisions that are listed. */
const listMax = 20;

async function listDecisions(session: Session): Promise<ExitCode> {
  const [cluster, page] = await Promise.all([
    session.client.get('/api/v1/cluster', clusterSchema), session.client.get('/api/v1/decisions', pageOf(decisionRowSchema).transform(({ items }) => ({ decisions: items })), { limit: listMax }),
  ]);
  if (!cluster.ok) return reportProblem(session.terminal, cluster.problem, session);
  return show(session, page, {
    schema: 'heliostat/explain-decisions/1',
    text: ({ decisions }) => (decisions.length === 0 ? 'Nothing had to be decided yet.' : decisionTable(decisions, cluster.value.epoch, session.terminal.colours)),
  });
}

/** Explains decision `n` of a server or its newest, or lists its newest decisions where `n` is `null`. */
export const explainRemote = (terminal: Terminal, options: ServerOptions, n: number | 'last' | null): Promise<ExitCode> =>
  withClient(options, terminal, (session) => (n === null ? listDecisions(session) : explainOne(session, n)));
