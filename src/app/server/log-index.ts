/** What the server remembers of the log beside the state: versions of resources, why components are unwell, decisions and requests. */

import type { Decision } from '../../control/decision.ts';
import type { Entry, FactEntry, ReadingEntry } from '../../control/entry.ts';
import type { Fact } from '../../control/fact.ts';
import type { Change } from '../../plan/plan.ts';

/** Who asked for a reading, logged with it: the audit of a write and the memory of its idempotency key are as durable as the write. */
export interface Origin {
  readonly by: string;
  readonly role: string;
  readonly method: string;
  readonly path: string;
  /** Idempotency key and a digest of what was asked; `null` where no key was given. */
  readonly key: string | null;
  readonly digest: string;
  /** Version of what it changes, before. */
  readonly before: number | null;
}

/** A decision in short; its plan is in the log. */
export interface DecisionNote {
  readonly n: number;
  readonly atNs: number;
  readonly rung: Decision['rung'];
  readonly because: string;
  readonly jobs: readonly string[];
  readonly lostGpuS: number;
  status: 'open' | 'confirmed' | 'rolledBack';
  /** Entries that belong to it: commands, their ends, its confirmation. */
  readonly related: number[];
}

export interface RequestNote {
  readonly n: number;
  readonly digest: string;
}

export const decisionNotesMax = 10_000;
export const requestNotesMax = 200_000;
/** Entries of one decision that are told one by one. */
const relatedMax = 1000;

/** Plain data, kept in snapshots. */
export interface IndexData {
  readonly jobs: Map<string, number>;
  readonly leases: Map<string, number>;
  readonly components: Map<number, number>;
  readonly circuits: Map<number, number>;
  policy: number;
  readonly reasons: Map<number, string>;
  readonly deviceReasons: Map<string, string>;
  readonly decisions: Map<number, DecisionNote>;
  /** Decision of each open command. */
  readonly commands: Map<number, number>;
  readonly requests: Map<string, RequestNote>;
}

const emptyData = (): IndexData => ({
  jobs: new Map(), leases: new Map(), components: new Map(), circuits: new Map(), policy: 0, reasons: new Map(), deviceReasons: new Map(), decisions: new Map(), commands: new Map(), requests: new Map(),
});

/** A copy that shares nothing that `LogIndex` changes. */
export const forkIndex = (data: IndexData): IndexData => ({
  jobs: new Map(data.jobs), leases: new Map(data.leases), components: new Map(data.components), circuits: new Map(data.circuits), policy: data.policy, reasons: new Map(data.reasons),
  deviceReasons: new Map(data.deviceReasons), decisions: new Map([...data.decisions].map(([n, note]) => [n, { ...note, related: [...note.related] }])), commands: new Map(data.commands),
  requests: new Map(data.requests),
});

function dropOldest<K, V>(map: Map<K, V>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

/** The origin of a logged reading, where it was asked over HTTP. */
export const originOf = (entry: ReadingEntry): Origin | null => (entry.body as { readonly origin?: Origin }).origin ?? null;

function deviceReason({ link, strikes }: Extract<Fact, { kind: 'deviceHeard' }>): string {
  if (link === 'silent') return 'It does not answer.';
  return link === 'stale' ? 'Nothing was heard of it for longer than the policy allows.' : `It said ${strikes} impossible things in a row.`;
}

export class LogIndex {
  readonly data: IndexData;

  constructor(data: IndexData = emptyData()) {
    this.data = data;
  }

  note(entry: Entry): void {
    if (entry.kind === 'fact') this.#fact(entry);
    else {
      const origin = originOf(entry);
      if (origin === null || origin.key === null) return;
      this.data.requests.set(`${origin.by} ${origin.key}`, { n: entry.n, digest: origin.digest });
      dropOldest(this.data.requests, requestNotesMax);
    }
  }

  #changes(changes: readonly Change[], n: number): void {
    const { leases, circuits } = this.data;
    for (const change of changes) {
      if (change.kind === 'add' || change.kind === 'drop') leases.set(change.grant.id, n);
      else if (change.kind === 'move') leases.set(change.to.id, n);
      else if (change.kind === 'connect' || change.kind === 'disconnect') circuits.set(change.circuit.ocs, n);
    }
  }

  #relate(of: number, n: number): DecisionNote | undefined {
    const note = this.data.decisions.get(of);
    if (note !== undefined && note.related.length < relatedMax) note.related.push(n);
    return note;
  }

  #decided(n: number, atNs: number, decision: Decision): void {
    const { rung, because, impact, price, plan } = decision;
    // A plan that tells no device anything is in force at once; one that does is confirmed by its devices.
    const status = plan.changes.every(({ kind }) => kind === 'add' || kind === 'move' || kind === 'drop') ? 'confirmed' : 'open';
    this.data.decisions.set(n, { n, atNs, rung, because, jobs: impact.jobs, lostGpuS: price.lostGpuS, status, related: [] });
    dropOldest(this.data.decisions, decisionNotesMax);
    this.#changes(plan.changes, n);
    for (const job of impact.jobs) this.data.jobs.set(job, n);
    if (impact.component >= 0) this.data.components.set(impact.component, n);
  }

  #fact({ n, atNs, body }: FactEntry): void {
    const { jobs, leases, components, circuits, reasons, deviceReasons, decisions, commands } = this.data;
    switch (body.kind) {
      case 'policySet': this.data.policy = n; break;
      case 'believed': for (const row of body.components) components.set(row, n); break;
      case 'healthSet':
        components.set(body.component, n);
        if (body.to === 'sound') reasons.delete(body.component);
        else reasons.set(body.component, body.reason);
        break;
      case 'maintenanceSet': components.set(body.component, n); break;
      case 'deviceHeard':
        if (body.link === 'up') deviceReasons.delete(body.device);
        else deviceReasons.set(body.device, deviceReason(body));
        break;
      case 'decided': this.#decided(n, atNs, body.decision); break;
      case 'planned': this.#changes(body.plan.changes, n); break;
      case 'commandIssued':
        if (decisions.has(body.of)) commands.set(body.resends ?? n, body.of);
        this.#relate(body.of, n);
        break;
      case 'commandEnded':
        this.#relate(commands.get(body.command) ?? -1, n);
        commands.delete(body.command);
        break;
      case 'confirmed': case 'rolledBack': {
        const note = this.#relate(body.of, n);
        if (note !== undefined) note.status = body.kind;
        if (body.kind === 'rolledBack') this.#changes(body.changes, n);
        break;
      }
      case 'circuitsObserved': circuits.set(body.ocs, n); break;
      case 'leaseAccepted': leases.set(body.request.id, n); break;
      case 'leaseRenewed': leases.set(body.id, n); break;
      case 'leaseEnded': leases.delete(body.id); break;
      case 'jobAdmitted': jobs.set(body.job.id, n); break;
      case 'jobEnded': jobs.delete(body.id); break;
      case 'jobProgressed': case 'jobHeld': case 'jobShifted': case 'jobResized': case 'jobMoved': jobs.set(body.id, n); break;
      case 'interleaved': for (const { job } of body.interleaving.jobs) jobs.set(job, n); break;
      case 'interleavingEnded': break;
      case 'measured': case 'setAside': case 'judged': case 'flapped': case 'leaseRefused': case 'jobRefused': break;
    }
  }
}
