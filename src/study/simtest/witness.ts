/**
 * Keeps its own account of the controller's log, entry by entry, and says where an entry breaks a promise.
 *
 * It folds nothing with the controller's code: leases, commands, plans on switches and health are counted again from the words of
 * the facts alone.
 */

import type { Entry, FactEntry } from '../../control/entry.ts';
import type { DeviceAction, Fact } from '../../control/fact.ts';
import type { Reading } from '../../control/reading.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { Policy } from '../../plan/policy.ts';

/** `rule` is the number of the invariant, or the name of a promise beside them. */
export interface Broken {
  readonly rule: '1' | '2' | '3' | '4' | '5' | '6' | '7' | 'cause' | 'hearing' | 'refusal' | 'return' | 'maintenance' | 'calm' | 'bug';
  readonly message: string;
}

interface Sent {
  readonly of: number;
  readonly stage: number;
  readonly device: string;
  readonly action: DeviceAction;
}

interface Held {
  endNs: number;
  readonly job: string | null;
}

export class Witness {
  readonly leases = new Map<string, Held>();
  readonly #commands = new Map<number, Sent>();
  /** Plans that have broken a circuit already. */
  readonly #broke = new Set<number>();
  /** When each component's health last worsened, and those that returned from maintenance in the present reading. */
  readonly #worseNs = new Map<number, number>();
  readonly #serviced = new Set<number>();
  #broken: Broken[] = [];
  #policy: Policy;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  #say(rule: Broken['rule'], message: string): void {
    this.#broken.push({ rule, message });
  }

  /** All entries of one reading. */
  hear(entries: readonly Entry[]): readonly Broken[] {
    this.#broken = [];
    this.#serviced.clear();
    const [first] = entries;
    if (first?.kind !== 'reading') return [{ rule: 'cause', message: 'a reading\'s entries do not begin with it' }];
    entries.forEach((entry, at) => {
      if (entry.n !== first.n + at) this.#say('cause', `entry ${entry.n} does not count up by one`);
      if (entry.kind === 'reading') {
        if (at > 0) this.#say('cause', `reading ${entry.n} stands among the facts of reading ${first.n}`);
        return;
      }
      const causes = entries[entry.cause - first.n];
      if (entry.cause >= entry.n || causes === undefined) this.#say('cause', `fact ${entry.n} names ${entry.cause} as its cause, which is not of its reading`);
      this.#fact(entry, first.body);
    });
    return this.#broken;
  }

  #refusal(refusal: Refusal, of: string): void {
    const { code, remedy, reasons } = refusal;
    const isWhole = code !== '' && ['wait', 'preempt', 'never'].includes(remedy) && reasons.length > 0 && reasons.every((reason) => reason.length > 0);
    if (!isWhole) this.#say('refusal', `${of} is refused without code, remedy or reason: ${JSON.stringify(refusal)}`);
  }

  #fact(entry: FactEntry, reading: Reading): void {
    const { body, n, atNs } = entry;
    switch (body.kind) {
      case 'policySet': this.#policy = body.policy; break;
      case 'setAside': this.#refusal(body.refusal, `reading of fact ${n}`); break;
      case 'jobRefused': this.#refusal(body.refusal, body.id); break;
      case 'leaseRefused': this.#refusal(body.refusal, body.request.id); break;
      case 'jobHeld': if (body.refusal !== null) this.#refusal(body.refusal, body.id); break;
      case 'leaseAccepted': case 'leaseRenewed': case 'leaseEnded': this.#lease(body, reading, atNs); break;
      case 'commandIssued': this.#issued(n, body); break;
      case 'commandEnded': this.#commands.delete(body.command); break;
      case 'confirmed': case 'rolledBack':
        // Where the rest of the plan stands, its other commands do.
        if (body.kind === 'rolledBack' && body.restStands === true) break;
        for (const [command, { of }] of this.#commands) if (of === body.of) this.#commands.delete(command);
        this.#broke.delete(body.of);
        break;
      case 'maintenanceSet': if (body.stage === 'returned' || body.stage === 'cancelled') this.#serviced.add(body.component); break;
      case 'healthSet': this.#health(body, atNs); break;
      case 'decided': {
        const chosen = body.decision.candidates.filter(({ rung }) => rung === body.decision.rung);
        if (chosen.length !== 1) this.#say('cause', `decision ${n} has ${chosen.length} candidates on its own rung`);
        break;
      }
      default: break;
    }
  }

  #lease(fact: Extract<Fact, { kind: 'leaseAccepted' | 'leaseRenewed' | 'leaseEnded' }>, reading: Reading, atNs: number): void {
    if (fact.kind === 'leaseAccepted') {
      if (this.leases.has(fact.request.id)) this.#say('4', `lease ${fact.request.id} is accepted twice`);
      if (!(fact.endNs > atNs)) this.#say('4', `lease ${fact.request.id} is accepted with an end that has passed`);
      this.leases.set(fact.request.id, { endNs: fact.endNs, job: fact.request.job });
      return;
    }
    const held = this.leases.get(fact.id);
    if (held === undefined) this.#say('4', `lease ${fact.id} is changed and stands nowhere`);
    if (held === undefined) return;
    if (fact.kind === 'leaseRenewed') {
      if (fact.endNs < held.endNs) this.#say('4', `lease ${fact.id} is renewed to an earlier end`);
      held.endNs = fact.endNs;
      return;
    }
    const due: Readonly<Record<typeof fact.why, boolean>> = {
      expired: held.endNs <= atNs, released: reading.kind === 'leaseReleased' && reading.id === fact.id, jobEnded: reading.kind === 'jobEnded' && reading.id === held.job, preempted: true,
    };
    const isDue = due[fact.why];
    if (!isDue) this.#say('4', `lease ${fact.id} ends as ${fact.why} at ${atNs} ns; it stood until ${held.endNs} ns and nobody released it`);
    this.leases.delete(fact.id);
  }

  /** One plan at a time on a switch; a stage only when the one before is done; a resend is the same command again. */
  #issued(n: number, { of, stage, device, action, attempt, resends }: Extract<Fact, { kind: 'commandIssued' }>): void {
    if (attempt > this.#policy.commands.retriesMax + 1) this.#say('7', `command ${resends ?? n} is sent ${attempt} times`);
    if (resends !== null) {
      const sent = this.#commands.get(resends);
      const isSame = sent !== undefined && sent.device === device && JSON.stringify(sent.action) === JSON.stringify(action);
      if (!isSame) this.#say('7', `fact ${n} resends command ${resends}, which is not open or says something else`);
      return;
    }
    if (attempt !== 1) this.#say('7', `command ${n} is new and counts ${attempt} sendings: a device would do it twice`);
    for (const [other, sent] of this.#commands) {
      if (sent.of === of && sent.stage < stage) this.#say('7', `command ${n} of stage ${stage} goes out while command ${other} of stage ${sent.stage} is open`);
      const isSameSwitch = action.kind === 'crossConnect' && sent.action.kind === 'crossConnect' && sent.action.ocs === action.ocs;
      if (sent.of !== of && isSameSwitch && action.kind === 'crossConnect') this.#say('7', `plans ${sent.of} and ${of} work on circuit switch ${action.ocs} at once`);
    }
    if (action.kind === 'crossConnect') {
      const [freedA, freedB] = [new Set(action.remove.map(({ aPort }) => aPort)), new Set(action.remove.map(({ bPort }) => bPort))];
      const late = action.create.find(({ aPort, bPort }) => !freedA.has(aPort) && !freedB.has(bPort));
      if (late !== undefined && this.#broke.has(of)) this.#say('7', `plan ${of} broke circuits before it made ${late.aPort} to ${late.bPort}, whose ports were free`);
      if (action.remove.length > 0) this.#broke.add(of);
    }
    this.#commands.set(n, { of, stage, device, action });
  }

  /** What returns by itself has been well for the hold-down time. */
  #health({ component, to }: Extract<Fact, { kind: 'healthSet' }>, atNs: number): void {
    if (to !== 'sound') {
      this.#worseNs.set(component, atNs);
      return;
    }
    const wellNs = atNs - (this.#worseNs.get(component) ?? -Infinity);
    const isEarly = this.#serviced.size === 0 && wellNs < this.#policy.health.holdDownNs;
    if (isEarly) this.#say('return', `component ${component} returns ${wellNs} ns after it failed; the hold-down is ${this.#policy.health.holdDownNs} ns`);
  }

  /** Leases of nobody's job whose time is over. */
  overdue(atNs: number): readonly Broken[] {
    return [...this.leases].flatMap(([id, { endNs, job }]): readonly Broken[] => (job === null && endNs <= atNs ? [{ rule: '4', message: `lease ${id} ended at ${endNs} ns and stands still at ${atNs} ns` }] : []));
  }

  /** Every acknowledged lease stands, and no other. */
  compare(standing: ReadonlyMap<string, unknown>): readonly Broken[] {
    const lost = [...this.leases.keys()].filter((id) => !standing.has(id));
    const extra = [...standing.keys()].filter((id) => !this.leases.has(id));
    return lost.length + extra.length === 0 ? [] : [{ rule: '4', message: `acknowledged leases are lost: ${lost.join(', ') || 'none'}; others stand: ${extra.join(', ') || 'none'}` }];
  }
}

/** What a message is good for: it counts, it changes nothing, or it is held against its device. */
export type Verdict = 'counts' | 'aside' | 'struck';

/** Twin of the controller's ear: which messages of a device may count. */
export class Ear {
  readonly #heard = new Map<string, { last: number; strikes: number }>();

  /** What must become of a message, and counts it. */
  message({ device, sequence, isImpossible, isFarOff }: { readonly device: string; readonly sequence: number; readonly isImpossible: boolean; readonly isFarOff: boolean }): Verdict {
    const known = this.#heard.get(device) ?? { last: -1, strikes: 0 };
    if (known.strikes >= 3 || (known.last >= 0 && sequence <= known.last) || (isFarOff && !isImpossible)) return 'aside';
    this.#heard.set(device, known);
    if (Number.isInteger(sequence) && sequence >= 0) known.last = sequence;
    known.strikes = isImpossible ? known.strikes + 1 : 0;
    return isImpossible ? 'struck' : 'counts';
  }

  /** A device that was away counts anew. */
  seen(device: string, link: 'up' | 'silent'): void {
    if (link === 'up') this.#heard.set(device, { last: -1, strikes: 0 });
  }
}
