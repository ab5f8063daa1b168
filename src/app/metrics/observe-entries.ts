/** Counts the entries of one reading: what was read, decided, commanded and confirmed, and how long each took. */

import type { Entry } from '../../control/entry.ts';
import type { Fact } from '../../control/fact.ts';
import type { Reading } from '../../control/reading.ts';
import type { Plant } from '../../control/plant.ts';
import { kindOf } from '../../fabric/components.ts';
import type { Change } from '../../plan/plan.ts';
import type { Metrics } from './metrics.ts';

/** How long one reading took on the server's steady clock. */
export interface EntryLatencies {
  /** From heard to decided. */
  readonly decideS: number;
  /** From decided to on the disk. */
  readonly commitS: number;
}

/** Plans and commands that are remembered; beyond it the oldest are forgotten and their end is not timed. */
const openMax = 100_000;

/** What was read, in one word of a closed list: the quantity, the alarm, or the kind of reading. */
export function causeOf(reading: Reading): string {
  switch (reading.kind) {
    case 'telemetry': return reading.quantity;
    case 'alarm': return reading.alarm;
    default: return reading.kind;
  }
}

function remember<T>(map: Map<number, T>, n: number, value: T): void {
  if (!map.has(n)) map.set(n, value);
  if (map.size <= openMax) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/** New grants and circuits for them replan nothing; whatever touches light in use does. */
const touchesLight = ({ kind }: Change): boolean => kind === 'move' || kind === 'drop' || kind === 'setRate' || kind === 'tune';

type Issued = Extract<Fact, { kind: 'commandIssued' }>;

function issued({ counters, planSinceNs, commandSinceNs }: Metrics, n: number, atNs: number, { of, action, resends }: Issued): void {
  counters.commands.inc({ action: action.kind });
  remember(planSinceNs, of, atNs);
  if (resends === null) remember(commandSinceNs, n, { atNs, action: action.kind });
}

function ended({ counters, latencies, commandSinceNs }: Metrics, atNs: number, { command, outcome }: Extract<Fact, { kind: 'commandEnded' }>): void {
  counters.commandsEnded.inc({ outcome });
  const since = commandSinceNs.get(command);
  if (since === undefined) return;
  commandSinceNs.delete(command);
  const tookS = (atNs - since.atNs) / 1e9;
  latencies.answer.observe({ action: since.action }, tookS);
  if (since.action === 'crossConnect' && outcome === 'done') latencies.ocsSwitch.observe(tookS);
}

function closed({ latencies, planSinceNs }: Metrics, atNs: number, { kind, of }: Extract<Fact, { kind: 'confirmed' | 'rolledBack' }>): void {
  const since = planSinceNs.get(of);
  planSinceNs.delete(of);
  if (since !== undefined && kind === 'confirmed') latencies.confirm.observe((atNs - since) / 1e9);
}

interface Seen {
  readonly plant: Plant;
  readonly cause: string;
  readonly n: number;
  readonly atNs: number;
}

function observeFact(metrics: Metrics, { plant, cause, n, atNs }: Seen, fact: Fact): void {
  const { counters } = metrics;
  counters.facts.inc({ kind: fact.kind });
  switch (fact.kind) {
    case 'decided':
      counters.decisions.inc({ rung: fact.decision.rung, cause });
      if (fact.decision.plan.changes.some(touchesLight)) counters.replans.inc({ cause });
      break;
    case 'planned': if (fact.plan.changes.some(touchesLight)) counters.replans.inc({ cause }); break;
    case 'commandIssued': issued(metrics, n, atNs, fact); break;
    case 'commandEnded': ended(metrics, atNs, fact); break;
    case 'rolledBack': counters.rollbacks.inc(); closed(metrics, atNs, fact); break;
    case 'confirmed': closed(metrics, atNs, fact); break;
    case 'setAside': counters.setAside.inc({ code: fact.refusal.code }); break;
    case 'deviceHeard': counters.missed.inc(fact.missed); break;
    case 'flapped': counters.flaps.inc({ kind: kindOf(plant.cluster.fabric.components, fact.component) }); break;
    case 'leaseRefused': counters.leasesRefused.inc({ class: fact.request.trafficClass, code: fact.refusal.code }); break;
    case 'leaseEnded': counters.leasesEnded.inc({ why: fact.why }); break;
    case 'jobMoved': if (fact.restarts) counters.restarts.inc(); break;
    default: break;
  }
}

/** Counts entries that are on the disk, all of one reading, first the reading itself. */
export function observeEntries(metrics: Metrics, plant: Plant, entries: readonly Entry[], took: EntryLatencies | null): void {
  let cause = 'unknown';
  let commands = 0;
  for (const entry of entries) {
    if (entry.kind === 'reading') {
      cause = causeOf(entry.body);
      metrics.counters.readings.inc({ kind: entry.body.kind });
    } else {
      observeFact(metrics, { plant, cause, n: entry.n, atNs: entry.atNs }, entry.body);
      if (entry.body.kind === 'commandIssued') commands += 1;
    }
  }
  if (took === null) return;
  metrics.latencies.decide.observe(took.decideS);
  metrics.latencies.commit.observe(took.commitS);
  if (commands > 0) metrics.latencies.command.observe(took.decideS + took.commitS);
}
