/** Entries of the log in words: what happened, to whom, and how serious it is. Telemetry and its bookkeeping are no events. */

import type { Entry } from '../../../control/entry.ts';
import type { DeviceAction, Fact } from '../../../control/fact.ts';
import type { Plant } from '../../../control/plant.ts';
import type { Reading } from '../../../control/reading.ts';
import { quantityName, valueText } from '../../../control/explain/name-parts.ts';
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
const seconds = (ns: number): string => `${Math.round(ns / 1e8) / 10} s`;
const gbps = (value: number | null): string => (value === null ? '' : `${Math.round(value * 100) / 100} Gb/s`);

function actionText(plant: Plant, action: DeviceAction): string {
  switch (action.kind) {
    case 'crossConnect': return `remove ${action.remove.length} and make ${action.create.length} cross-connects`;
    case 'setRates': return `set the rates of ${action.wavelengths.length} wavelengths`;
    case 'tune': return `tune ${action.wavelengths.length} wavelengths`;
    case 'enable': return `${action.on ? 'enable' : 'disable'} ${componentName(plant, action.component)}`;
  }
}

function healthWords(plant: Plant, fact: Extract<Fact, { kind: 'healthSet' }>): Words {
  const serious = fact.to === 'failed' ? 'alarm' : fact.to === 'degraded' || fact.to === 'suspect' ? 'warning' : 'notice';
  return { level: serious, stream: 'alarm', component: fact.component, text: `${componentName(plant, fact.component)} is ${fact.to} (was ${fact.from}). ${fact.reason}` };
}

function jobWords(fact: Fact): Words | null {
  switch (fact.kind) {
    case 'jobAdmitted': return { level: 'notice', stream: 'job', job: fact.job.id, text: `Job ${fact.job.id} of ${fact.job.tenant} is admitted on ${fact.job.ranks.length} accelerators.` };
    case 'jobRefused': return { level: 'warning', stream: 'job', job: fact.id, text: `Job ${fact.id} is refused: ${fact.refusal.reasons.join(' ')}` };
    case 'jobProgressed': return info('job', `Job ${fact.id} has done ${fact.steps} steps; the last took ${seconds(fact.stepNs)}.`, { job: fact.id });
    case 'jobHeld': return fact.refusal === null
      ? { level: 'notice', stream: 'job', job: fact.id, text: `Job ${fact.id} goes on.` }
      : { level: 'alarm', stream: 'job', job: fact.id, text: `Job ${fact.id} stands. ${fact.refusal.reasons.join(' ')}` };
    case 'jobShifted': return { level: 'notice', stream: 'job', job: fact.id, text: `A phase of job ${fact.id} is put off by ${seconds(fact.byNs)}.` };
    case 'interleaved': return { level: 'notice', stream: 'job', text: `Jobs ${fact.interleaving.jobs.map(({ job }) => job).join(', ')} take turns with light that does not carry all of them at once.` };
    case 'interleavingEnded': return { level: 'notice', stream: 'job', text: `Turns that jobs took with their light end. ${fact.reason}` };
    case 'jobResized': return { level: 'warning', stream: 'job', job: fact.id, text: `Job ${fact.id} goes on with ${fact.replicas} replicas.` };
    case 'jobMoved': return { level: 'warning', stream: 'job', job: fact.id, text: `Job ${fact.id} moves to other accelerators${fact.restarts ? ' and starts again from its checkpoint' : ''}.` };
    case 'jobEnded': return { level: 'notice', stream: 'job', job: fact.id, text: `Job ${fact.id} has ended.` };
    default: return null;
  }
}

function leaseWords(fact: Fact): Words | null {
  switch (fact.kind) {
    case 'leaseAccepted': {
      const { id, trafficClass, rateGbps, fromRank, toRank, job } = fact.request;
      return info('lease', `Lease ${id} (${trafficClass}) of ${gbps(rateGbps)} from rank ${fromRank} to rank ${toRank} is accepted.`, { job });
    }
    case 'leaseRefused': return { level: 'notice', stream: 'lease', job: fact.request.job, text: `Lease ${fact.request.id} is refused: ${fact.refusal.reasons.join(' ')}` };
    case 'leaseRenewed': return info('lease', `Lease ${fact.id} is renewed.`);
    case 'leaseEnded': return { level: fact.why === 'preempted' ? 'warning' : 'info', stream: 'lease', text: `Lease ${fact.id} has ended: ${fact.why}.` };
    default: return null;
  }
}

function planWords(plant: Plant, fact: Fact): Words | null {
  switch (fact.kind) {
    case 'decided': {
      const { rung, because, impact, price } = fact.decision;
      const component = impact.component >= 0 ? { component: impact.component } : {};
      const cost = `${Math.round(price.lostGpuS * 10) / 10} accelerator-seconds are lost`;
      const touched = impact.jobs.length === 1 ? 'One job is' : `${impact.jobs.length} jobs are`;
      return { level: rung === 'hold' ? 'notice' : 'warning', stream: 'decision', job: impact.jobs[0] ?? null, text: `Decided to ${rung}: ${because} ${touched} touched and ${cost}.`, ...component };
    }
    case 'planned': return info('decision', `${fact.reason} ${fact.plan.changes.length === 1 ? 'One change' : `${fact.plan.changes.length} changes`}.`);
    case 'confirmed': return { level: 'notice', stream: 'decision', text: `All devices have confirmed decision ${fact.of}.` };
    case 'rolledBack': return { level: 'warning', stream: 'decision', text: `Decision ${fact.of} is taken back: ${fact.reason}` };
    case 'commandIssued': return info('decision', `${fact.device} is told to ${actionText(plant, fact.action)}${fact.attempt > 1 ? ` (attempt ${fact.attempt})` : ''}.`);
    case 'commandEnded': return { level: fact.outcome === 'done' ? 'info' : 'warning', stream: 'decision', text: `Command ${fact.command}: ${fact.outcome}. ${fact.detail}`.trim() };
    default: return null;
  }
}

/** Reasons for which messages are set aside all the time and nobody needs to know. */
const quietRefusals: ReadonlySet<string> = new Set(['repeated-message', 'stale-message', 'device-lies']);

export function factWords(plant: Plant, fact: Fact): Words | null {
  const worded = jobWords(fact) ?? leaseWords(fact) ?? planWords(plant, fact);
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
export function readingWords(plant: Plant, reading: Reading): Words | null {
  switch (reading.kind) {
    case 'alarm': return {
      level: 'notice', stream: 'alarm', component: reading.component,
      text: `${reading.device} ${reading.raised ? 'raises' : 'clears'} ${reading.alarm} of ${componentName(plant, reading.component)}.`,
    };
    case 'deviceSeen': return reading.link === 'up' ? { level: 'notice', stream: 'alarm', text: `${reading.device} answers again.` } : null;
    case 'maintenanceAsked': return { level: 'notice', stream: 'other', component: reading.component, text: `${reading.by} asks to ${reading.action} ${componentName(plant, reading.component)}.` };
    default: return null;
  }
}

/** Values of a message that are told one by one. */
const toldMax = 3;

/** A longer sentence of an entry for the chain of a decision: readings and bookkeeping too. */
export function entryText(plant: Plant, entry: Entry): string {
  const words = entry.kind === 'fact' ? factWords(plant, entry.body) : readingWords(plant, entry.body);
  if (words !== null) return words.text;
  const { body } = entry;
  switch (body.kind) {
    case 'telemetry': {
      const values = body.values.slice(0, toldMax).map((value) => valueText(body.quantity, value));
      return `${body.device} reports ${quantityName(body.quantity)} ${values.join(', ')} of ${body.components.slice(0, toldMax).map((row) => componentName(plant, row)).join(', ')}.`;
    }
    case 'tick': return 'Time has passed.';
    case 'commandAnswered': return `A device answers command ${body.command}: ${body.outcome}. ${body.detail}`.trim();
    case 'believed': return `${body.components.length} components are believed to stand otherwise.`;
    case 'judged': return `The light of ${body.groups.reduce((sum, { ranges }) => sum + ranges.reduce((count, value, at) => count + (at % 2 === 1 ? value : 0), 0), 0)} links is judged anew.`;
    case 'measured': return `The ${quantityName(body.quantity)} of ${body.components.length === 1 ? 'one component' : `${body.components.length} components`} is noted.`;
    default: return body.kind;
  }
}

/** The event that an entry is, or `null`. */
export function eventOf(plant: Plant, entry: Entry): WordedEvent | null {
  const words = entry.kind === 'fact' ? factWords(plant, entry.body) : readingWords(plant, entry.body);
  if (words === null) return null;
  const { level, stream, text, component, job } = words;
  return { n: entry.n, atNs: entry.atNs, kind: entry.body.kind, level, stream, text, component: component === undefined ? null : componentName(plant, component), job: job ?? null };
}
