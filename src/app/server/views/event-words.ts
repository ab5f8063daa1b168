/** Entries of the log in words: what happened, to whom, and how serious it is. Telemetry and its bookkeeping are no events. */

import { gpuTimeText } from '../../../base/number-text.ts';
import type { Entry } from '../../../control/entry.ts';
import type { Fact } from '../../../control/fact.ts';
import type { Plant } from '../../../control/plant.ts';
import type { Reading } from '../../../control/reading.ts';
import { factText } from '../../../control/explain/fact-text.ts';
import { spanText } from '../../../control/explain/name-parts.ts';
import { readingText, requestText } from '../../../control/explain/reading-text.ts';
import type { StreamKind } from '../../contract/operate.ts';
import type { EventView } from '../../contract/work.ts';
import { componentName } from './component-view.ts';

export interface Words {
  readonly level: EventView['level'];
  readonly stream: StreamKind;
  readonly text: string;
  readonly component?: number;
  readonly job?: string | null;
}

export interface WordedEvent extends EventView {
  readonly stream: StreamKind;
}

const info = (stream: StreamKind, text: string, more: Pick<Words, 'component' | 'job'> = {}): Words => ({ level: 'info', stream, text, ...more });

/** A clause of `control/explain`, which owns the words, as a sentence of its own; names keep their first letter. */
function sentence(clause: string): string {
  const text = /^(?:job|lease|command|plan)\b/.test(clause) ? `${clause.charAt(0).toUpperCase()}${clause.slice(1)}` : clause;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function healthWords(plant: Plant, fact: Extract<Fact, { kind: 'healthSet' }>): Words {
  const serious = fact.to === 'failed' ? 'alarm' : fact.to === 'degraded' || fact.to === 'suspect' ? 'warning' : 'notice';
  return { level: serious, stream: 'alarm', component: fact.component, text: `${componentName(plant, fact.component)} is ${fact.from === fact.to ? `still ${fact.to}` : `${fact.to} (was ${fact.from})`}. ${fact.reason}` };
}

function jobWords(plant: Plant, fact: Fact, n: number): Words | null {
  const text = (): string => sentence(factText(plant, fact, n));
  switch (fact.kind) {
    case 'jobAdmitted': return { level: 'notice', stream: 'job', job: fact.job.id, text: `Job ${fact.job.id} of ${fact.job.tenant} is admitted on ${fact.job.ranks.length} accelerators.` };
    case 'jobRefused': return { level: 'warning', stream: 'job', job: fact.id, text: text() };
    case 'jobProgressed': return info('job', `Job ${fact.id} has done ${fact.steps} steps; the last took ${spanText(fact.stepNs)}.`, { job: fact.id });
    case 'jobHeld': return { level: fact.refusal === null ? 'notice' : 'alarm', stream: 'job', job: fact.id, text: text() };
    case 'jobShifted': return { level: 'notice', stream: 'job', job: fact.id, text: text() };
    case 'interleaved': return { level: 'notice', stream: 'job', text: `Jobs ${fact.interleaving.jobs.map(({ job }) => job).join(', ')} take turns with light that does not carry all of them at once.` };
    case 'interleavingEnded': return { level: 'notice', stream: 'job', text: `Turns that jobs took with their light end. ${fact.reason}` };
    case 'jobResized': return { level: 'warning', stream: 'job', job: fact.id, text: text() };
    case 'jobMoved': return { level: 'warning', stream: 'job', job: fact.id, text: text() };
    case 'jobEnded': return { level: 'notice', stream: 'job', job: fact.id, text: text() };
    default: return null;
  }
}

function leaseWords(plant: Plant, fact: Fact, n: number): Words | null {
  switch (fact.kind) {
    case 'leaseAccepted': return info('lease', sentence(`lease ${requestText(fact.request)} is accepted`), { job: fact.request.job });
    case 'leaseRefused': return { level: 'notice', stream: 'lease', job: fact.request.job, text: sentence(factText(plant, fact, n)) };
    case 'leaseRenewed': return info('lease', `Lease ${fact.id} is renewed.`);
    case 'leaseEnded': return { level: fact.why === 'preempted' ? 'warning' : 'info', stream: 'lease', text: sentence(factText(plant, fact, n)) };
    default: return null;
  }
}

function planWords(plant: Plant, fact: Fact, n: number): Words | null {
  switch (fact.kind) {
    case 'decided': {
      const { rung, because, impact, price } = fact.decision;
      const component = impact.component >= 0 ? { component: impact.component } : {};
      const cost = `${gpuTimeText(price.lostGpuS)} are lost`;
      const touched = impact.jobs.length === 1 ? 'One job is' : `${impact.jobs.length} jobs are`;
      return { level: rung === 'hold' ? 'notice' : 'warning', stream: 'decision', job: impact.jobs[0] ?? null, text: `Decided to ${rung}: ${because} ${touched} touched and ${cost}.`, ...component };
    }
    case 'planned': return info('decision', `${fact.reason} ${fact.plan.changes.length === 1 ? 'One change' : `${fact.plan.changes.length} changes`}.`);
    case 'confirmed': return { level: 'notice', stream: 'decision', text: `All devices have confirmed decision ${fact.of}.` };
    case 'rolledBack': return { level: 'warning', stream: 'decision', text: `Decision ${fact.of} is taken back: ${fact.reason}` };
    case 'commandIssued': return info('decision', sentence(factText(plant, fact, n)));
    case 'commandEnded': return { level: fact.outcome === 'done' ? 'info' : 'warning', stream: 'decision', text: sentence(factText(plant, fact, n)) };
    default: return null;
  }
}

/** Reasons for which messages are set aside all the time and nobody needs to know. */
const quietRefusals: ReadonlySet<string> = new Set(['repeated-message', 'stale-message', 'device-lies']);

/** `n` is the fact's number. */
export function factWords(plant: Plant, fact: Fact, n: number): Words | null {
  const worded = jobWords(plant, fact, n) ?? leaseWords(plant, fact, n) ?? planWords(plant, fact, n);
  if (worded !== null) return worded;
  switch (fact.kind) {
    case 'policySet': return { level: 'notice', stream: 'other', text: `The policy ${fact.policy.name} is in force.` };
    case 'healthSet': return healthWords(plant, fact);
    case 'flapped': return { level: 'warning', stream: 'alarm', component: fact.component, text: `${componentName(plant, fact.component)} went up or down ${fact.count} times within the policy's window.` };
    case 'maintenanceSet': return { level: 'notice', stream: 'alarm', component: fact.component, text: `${componentName(plant, fact.component)}: ${fact.stage}, by ${fact.by}. ${fact.detail}`.trim() };
    case 'deviceHeard': {
      if (fact.link === 'up') return null;
      if (fact.link === 'stale') return { level: 'warning', stream: 'alarm', text: `${fact.device} has not been heard for longer than the policy allows; its margins are what they were then.` };
      return { level: 'warning', stream: 'alarm', text: fact.link === 'silent' ? `${fact.device} does not answer.` : `${fact.device} said ${fact.strikes} impossible things in a row and is not believed.` };
    }
    case 'setAside': return quietRefusals.has(fact.refusal.code) ? null : { level: 'notice', stream: 'other', text: `Set aside: ${fact.refusal.reasons.join(' ')} [${fact.refusal.code}]` };
    default: return null;
  }
}

/** Readings in words; `null` for those whose facts say it all. */
function readingWords(plant: Plant, reading: Reading): Words | null {
  switch (reading.kind) {
    case 'alarm': return {
      level: 'notice', stream: 'alarm', component: reading.component,
      text: sentence(readingText(plant, reading)),
    };
    case 'deviceSeen': return reading.link === 'up' ? { level: 'notice', stream: 'alarm', text: `${reading.device} answers again.` } : null;
    case 'maintenanceAsked': return { level: 'notice', stream: 'other', component: reading.component, text: sentence(readingText(plant, reading)) };
    default: return null;
  }
}

/** A longer sentence of an entry for the chain of a decision: readings and bookkeeping too. */
export function entryText(plant: Plant, entry: Entry): string {
  const words = entry.kind === 'fact' ? factWords(plant, entry.body, entry.n) : readingWords(plant, entry.body);
  if (words !== null) return words.text;
  return sentence(entry.kind === 'fact' ? factText(plant, entry.body, entry.n) : readingText(plant, entry.body));
}

/** The event that an entry is, or `null`. */
export function eventOf(plant: Plant, entry: Entry): WordedEvent | null {
  const words = entry.kind === 'fact' ? factWords(plant, entry.body, entry.n) : readingWords(plant, entry.body);
  if (words === null) return null;
  const { level, stream, text, component, job } = words;
  return { n: entry.n, atNs: entry.atNs, kind: entry.body.kind, level, stream, text, component: component === undefined ? null : componentName(plant, component), job: job ?? null };
}
