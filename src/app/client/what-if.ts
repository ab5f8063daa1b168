/** What-if forks from the command line: perturbs a copy of the live state, compares, adopts or throws away. */

import { z } from 'zod';
import { adoptedSchema, forkDoneSchema } from '../contract/operate.ts';
import type { ForkReading } from '../contract/operate.ts';
import type { Comparison } from '../contract/work.ts';
import { comparisonSchema, forkSchema } from '../contract/work.ts';
import { countText, fixedText, percentText } from '../number-text.ts';
import type { Colours } from '../terminal.ts';
import { cleanText } from '../text-table.ts';
import type { Asked } from './api-client.ts';
import type { Session } from './server-options.ts';
import { cleanTable, decisionTable, durationText } from './server-text.ts';

export interface FaultAsk {
  readonly component: string;
  readonly fault: string;
  readonly by?: number;
}

/** What to do to a fork, in this order: readings first, faults after. */
export interface Perturbation {
  readonly readings: readonly ForkReading[];
  readonly faults: readonly FaultAsk[];
  /** Time that passes after each fault, s. */
  readonly forS: number;
}

const pathOf = (id: string, tail = ''): string => `/api/v1/forks/${encodeURIComponent(id)}${tail}`;
const deletedSchema = z.object({ deleted: z.string() });

export const createFork = ({ client }: Session): Promise<Asked<z.infer<typeof forkSchema>>> => client.write({ method: 'POST', path: '/api/v1/forks', answer: forkSchema });

/** Facts and decisions that the perturbation has led to in the fork. */
export async function perturb({ client }: Session, id: string, { readings, faults, forS }: Perturbation): Promise<Asked<z.infer<typeof forkDoneSchema>>> {
  let done: Asked<z.infer<typeof forkDoneSchema>> | null = null;
  const decisions: number[] = [];
  const asks = [
    ...(readings.length === 0 ? [] : [{ path: pathOf(id, '/readings'), body: { readings } as unknown }]),
    ...faults.map((fault) => ({ path: pathOf(id, '/faults'), body: { ...fault, forS } as unknown })),
  ];
  for (const { path, body } of asks) {
    done = await client.write({ method: 'POST', path, answer: forkDoneSchema, body });
    if (!done.ok) return done;
    decisions.push(...done.value.decisions);
  }
  return done === null ? { ok: true, value: { version: 0, nowNs: 0, facts: 0, decisions: [] }, version: null } : { ...done, value: { ...done.value, decisions } };
}

export const compare = ({ client }: Session, id: string): Promise<Asked<Comparison>> => client.get(pathOf(id, '/comparison'), comparisonSchema);
export const discard = ({ client }: Session, id: string): Promise<Asked<z.infer<typeof deletedSchema>>> => client.write({ method: 'DELETE', path: pathOf(id), answer: deletedSchema });

const stepText = (stepS: number | null): string => (stepS === null ? 'stands' : durationText(stepS));

function changeText(live: number | null, fork: number | null): string {
  if (live === null || fork === null) return live === fork ? 'as before' : fork === null ? 'stands' : 'goes on';
  const change = fork / live - 1;
  return Math.abs(change) < 5e-5 ? 'as before' : `${change > 0 ? '+' : ''}${percentText(change, 2)}`;
}

export function comparisonText({ fork, jobs, lightShare, leasesMoved, leasesDropped, lostGpuSPerS, decisions, adoptable }: Comparison, epoch: string, colours: Colours): string {
  const rows = jobs.map(({ id, stepS, forkStepS }) => [id, stepText(stepS), stepText(forkStepS), changeText(stepS, forkStepS)]);
  return [
    `${colours.bold(`Fork ${cleanText(fork)}`)} beside the live state`,
    `  light usable ${percentText(lightShare.fork, 2)} instead of ${percentText(lightShare.live, 2)}`,
    `  losing ${fixedText(lostGpuSPerS.fork, 1)} GPU instead of ${fixedText(lostGpuSPerS.live, 1)} GPU; ${countText(leasesMoved, 'lease')} moved, ${fixedText(leasesDropped, 0)} without light`,
    ...(rows.length === 0 ? [] : ['', cleanTable(['job', 'step live', 'step in the fork', 'change'], 1, rows, colours)]),
    ...(decisions.length === 0 ? ['', 'Nothing had to be decided.'] : ['', colours.bold('Decisions in the fork'), decisionTable(decisions, epoch, colours)]),
    '', adoptable.length === 0 ? 'There is nothing to adopt: faults only perturb the fork.' : `To adopt: ${adoptable.map(cleanText).join('; ')}`,
  ].join('\n');
}

export type Adopted = z.infer<typeof adoptedSchema>;

export const adopt = ({ client }: Session, id: string): Promise<Asked<Adopted>> => client.write({ method: 'POST', path: pathOf(id, '/adopt'), answer: adoptedSchema });

export const adoptedText = ({ sent, refusals }: Adopted): string => [
  sent.length === 0 ? 'Nothing was sent to the live controller.' : `Sent to the live controller: ${sent.map(cleanText).join('; ')}`,
  ...refusals.map(({ code, reasons }) => `Refused: ${reasons.map(cleanText).join(' ')} [${code}]`),
].join('\n');
