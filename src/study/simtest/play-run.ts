/**
 * One cluster at play: the production controller over a network that loses, repeats, delays and reorders, with devices that fall
 * over and a log that is cut at any byte that was not acknowledged. Every promise is checked after every reading.
 */

import type { Dice } from '../../base/dice.ts';
import { createDice } from '../../base/dice.ts';
import { createState, forkState } from '../../control/create-state.ts';
import type { Entry, FactEntry } from '../../control/entry.ts';
import type { Fact } from '../../control/fact.ts';
import type { Violation } from '../../control/invariants.ts';
import { checkCapacity, checkFloors, checkJobs, checkOrder, checkWaiting } from '../../control/invariants.ts';
import type { Plant } from '../../control/plant.ts';
import type { Reading } from '../../control/reading.ts';
import { foldOnto, logHeader, recover, takeReading } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import type { Policy } from '../../plan/policy.ts';
import type { Agent, Message } from './agents.ts';
import { Devices } from './agents.ts';
import { checkMaintained, checkRoom, checkStanding } from './check-light.ts';
import { stateDifference } from './state-difference.ts';
import { ToldLight } from './told-light.ts';
import type { PlantWays, Told } from './truth.ts';
import { nothingTold } from './truth.ts';
import type { Broken } from './witness.ts';
import { testedDetail } from './tested.ts';
import type { Verdict } from './witness.ts';
import { Ear, Witness } from './witness.ts';

export const playEpoch = '2026-01-01T00:00:00Z';

interface Pending {
  readonly atNs: number;
  readonly sequence: number;
  readonly run: () => void;
}

/** A broken promise ends the run where it is. */
export class PlayBroken extends Error {
  readonly broken: Broken;
  constructor(broken: Broken) {
    super(broken.message);
    this.broken = broken;
  }
}

/** Facts after which light, leases and jobs stand as they stood. */
const harmless: ReadonlySet<Fact['kind']> = new Set<Fact['kind']>([
  'deviceHeard', 'setAside', 'measured', 'commandIssued', 'commandEnded', 'confirmed', 'leaseRefused', 'jobRefused', 'jobProgressed', 'flapped', 'healthSet', 'circuitsObserved',
]);

const own = (violations: readonly Violation[]): readonly Broken[] => violations.map(({ invariant, message }) => ({ rule: String(invariant) as Broken['rule'], message }));

/** What one lease lets go in a tick another may take in the next: waiting counts once it outlasts a tick that moves no light, the second or a later one, or this many ticks. */
const [ticksMin, ticksMax] = [2, 8];

/** One reading in this many is followed by a comparison of the whole state with the folded log. */
const compareEvery = 32;
/** Leases that a return looks at in one reading: with more waiting, some wait for their turn. */
const turnsMax = 64;
const restartNs = 5e9;
const askAgainNs = 60e9;

/** What becomes of a reading once its entries are safe; answers what was to become of a message. */
type OnSafe = (entries: readonly Entry[]) => Verdict | null;

/** A reading with what was decided on it, on its way into the log. */
interface Unsafe {
  readonly reading: Reading;
  readonly entries: readonly Entry[];
  readonly lines: readonly string[];
  readonly onSafe: OnSafe;
}

const factsIn = (entries: readonly Entry[]): readonly FactEntry[] => entries.flatMap((entry): readonly FactEntry[] => (entry.kind === 'fact' ? [entry] : []));

export interface PlaySetting {
  readonly plant: Plant;
  readonly ways: PlantWays;
  readonly policy: Policy;
}

export class PlayRun {
  readonly plant: Plant;
  readonly devices: Devices;
  state: State;
  nowNs = 0;
  /** The controller's clock against the true one. */
  clockOffNs = 0;
  /** How messages fare until further notice; a calm network is perfect. */
  isCalm = false;
  /** Messages and answers that were lost, repeated or held up. */
  mishaps = 0;
  /** Running hash of every line of the log. */
  hash = 0x811c9dc5;
  /** Where the log is to be cut, and how many readings are on their way into it by then. */
  crash: { readonly share: number; readonly readings: number } | null = null;
  dice: Dice = createDice(0);
  readonly log: Entry[] = [];
  readonly told: Told;
  readonly #toldLight: ToldLight;
  readonly #witness: Witness;
  readonly #ear = new Ear();
  readonly #queue: Pending[] = [];
  readonly #askedAll = new Set<Agent>();
  readonly #shadow: State;
  #tail: readonly Unsafe[] = [];
  #sequence = 0;
  #readings = 0;

  constructor({ plant, ways, policy }: PlaySetting) {
    this.plant = plant;
    this.devices = new Devices(plant);
    this.told = nothingTold(plant);
    this.state = createState(plant);
    this.#shadow = createState(plant);
    this.#toldLight = new ToldLight(plant, ways);
    this.#witness = new Witness(this.state.policy);
    this.take({ kind: 'policySet', policy });
  }

  #at(afterNs: number, run: () => void): void {
    const pending = { atNs: this.nowNs + afterNs, sequence: this.#sequence++, run };
    let place = this.#queue.length;
    while (place > 0 && (this.#queue[place - 1]?.atNs ?? 0) > pending.atNs) place--;
    this.#queue.splice(place, 0, pending);
  }

  /** Delays at which something sent arrives: none where it is lost, two where it comes twice. */
  #fate(quickNs = 1e6 + this.dice.below(20) * 1e6): readonly number[] {
    const luck = this.isCalm ? 1 : this.dice.uniform();
    if (luck >= 0.14) return [quickNs];
    this.mishaps += 1;
    if (luck < 0.04) return [];
    return luck < 0.08 ? [quickNs, this.dice.below(30) * 1e9] : [this.dice.below(90) * 1e9];
  }

  /** What is sent together travels on one stream: in order, but for what is lost, repeated or held up. */
  send(messages: readonly Message[]): void {
    const quickNs = 1e6 + this.dice.below(20) * 1e6;
    for (const message of messages) {
      if (message.agent.isSilent) continue;
      for (const afterNs of this.#fate(quickNs)) this.#at(afterNs, () => this.hear(message));
    }
  }

  /** A device that is asked for all of its values is not asked again for a while. */
  #askAll(agent: Agent): void {
    if (this.#askedAll.has(agent)) return;
    this.#askedAll.add(agent);
    this.#at(5e8, () => this.send(this.devices.retell(agent, this.nowNs)));
    this.#at(askAgainNs, () => void this.#askedAll.delete(agent));
  }

  /** A device is reached again, and tells everything. */
  seen(agent: Agent, link: 'up' | 'silent'): void {
    agent.isSilent = link === 'silent';
    this.take({ kind: 'deviceSeen', device: agent.name, link }, () => {
      this.#ear.seen(agent.name, link);
      if (link === 'up') this.send(this.devices.retell(agent, this.nowNs));
      return null;
    });
  }

  #command(n: number, { device, action }: Extract<Fact, { kind: 'commandIssued' }>): void {
    const agent = this.devices.agentNamed(device);
    if (agent === null) throw new PlayBroken({ rule: 'bug', message: `command ${n} is for ${device}, which does not exist` });
    const sending = ++agent.sendings;
    for (const afterNs of this.#fate()) this.#at(afterNs, () => {
      // Orders to one device are one session: what arrives after a later one is the late packet of a request that was given up.
      if (agent.isSilent || sending < agent.taken) return;
      agent.taken = sending;
      const isBusy = !this.isCalm && this.dice.uniform() < 0.03;
      if (!isBusy && action.kind !== 'crossConnect') this.unsettle(agent);
      const answer = isBusy ? { kind: 'commandAnswered', command: n, outcome: 'busy', detail: 'busy' } as const : this.devices.obey(agent, n, action);
      if (answer === null) this.#restart(agent);
      else for (const backNs of this.#fate()) this.#at(backNs, () => void this.take(answer));
      if (action.kind !== 'crossConnect') this.send(this.devices.cases(agent, this.nowNs, agent.components));
    });
  }

  /** Lanes that are lit or not change how warm a body stands: it must say so anew. */
  unsettle(agent: Agent): void {
    for (const body of agent.components) if (this.plant.bodyOf(body) !== null) this.told.lies.ofCase[body] = 1;
  }

  /** Half a change is made, and nobody is told until the device is back. */
  #restart(agent: Agent): void {
    agent.isSilent = true;
    this.#at(restartNs, () => this.seen(agent, 'up'));
  }

  /** Time passes with everything that is due in it. */
  advance(toNs: number): void {
    for (let next = this.#queue[0]; next !== undefined && next.atNs <= toNs; next = this.#queue[0]) {
      this.#queue.shift();
      this.nowNs = next.atNs;
      next.run();
    }
    this.nowNs = toNs;
  }

  hear(message: Message): void {
    const { reading } = message;
    if (reading.kind !== 'telemetry' && reading.kind !== 'alarm' && reading.kind !== 'circuitsObserved' && reading.kind !== 'lanesObserved') return;
    const isFarOff = reading.kind === 'telemetry' && Math.abs(reading.deviceNs - this.#controllerNs()) > 300e9;
    this.take(reading, (entries) => {
      const verdict = this.#ear.message({ device: reading.device, sequence: reading.sequence, isImpossible: message.isImpossible, isFarOff });
      if (verdict === 'counts') message.tell(this.told);
      const missed = entries.some((entry) => entry.kind === 'fact' && entry.body.kind === 'deviceHeard' && entry.body.missed > 0);
      // Whoever feeds the controller asks a device for all of its values when messages are missing.
      if (missed) this.#askAll(message.agent);
      return verdict;
    });
  }

  #controllerNs(): number {
    return Math.max(this.state.nowNs, this.nowNs + this.clockOffNs);
  }

  /**
   * One reading, decided and logged. Nothing of it is acknowledged, told or checked before its lines are safe; `onSafe` is called then,
   * and never where a crash kept the reading from the log.
   */
  take(reading: Reading, onSafe: OnSafe = () => null): void {
    const lines = takeReading(this.state, this.nowNs + this.clockOffNs, reading).map((entry) => JSON.stringify(entry));
    this.#tail = [...this.#tail, { reading, lines, entries: lines.map((line) => JSON.parse(line) as Entry), onSafe }];
    const { crash } = this;
    if (crash !== null && this.#tail.length < crash.readings) return;
    this.crash = null;
    if (crash !== null) this.#tail = this.#recover(crash.share);
    this.#acknowledge(crash !== null);
  }

  /** What was decided and waits for its lines to be safe is, and everybody hears of it. */
  settle(): void {
    this.crash = null;
    this.#acknowledge(false);
  }

  #acknowledge(isRecovered: boolean): void {
    const safe = this.#tail;
    this.#tail = [];
    if (safe.length === 0) return;
    const found: Broken[] = [];
    for (const { lines, entries, onSafe } of safe) {
      for (const line of lines) this.#fold(line);
      this.log.push(...entries);
      const verdict = onSafe(entries);
      for (const entry of entries) if (entry.kind === 'fact' && entry.body.kind === 'maintenanceSet') this.#serviced(entry.body);
      found.push(...this.#checkEntries(entries, verdict));
    }
    found.push(...this.#checkState(safe, isRecovered));
    const [first] = found;
    if (first !== undefined) throw new PlayBroken(first);
    // A controller that fell over may have sent its commands or not: those that it did not are sent again when they are overdue.
    const isSent = !isRecovered || this.dice.uniform() < 0.5;
    for (const { entries } of safe) for (const entry of entries) if (isSent && entry.kind === 'fact' && entry.body.kind === 'commandIssued') this.#command(entry.body.resends ?? entry.n, entry.body);
  }

  /** What passed its test works; what returns is asked for all of its values, and until it has told them nothing is known of it. */
  #serviced({ component, stage, detail }: Extract<Fact, { kind: 'maintenanceSet' }>): void {
    if (stage !== 'returned' && stage !== 'cancelled') return;
    const rows = this.devices.within(component);
    if (detail === testedDetail) this.devices.mend(rows);
    const { condition, lies } = this.told;
    for (const row of rows) {
      condition.isDead[row] = 0;
      for (const table of [lies.ofDeath, lies.ofCase, lies.ofLoss]) table[row] = 1;
    }
    for (const agent of new Set(rows.map((row) => this.devices.agentOf(row)))) this.#at(1e8, () => this.send(this.devices.retell(agent, this.nowNs)));
  }

  #fold(line: string): void {
    let hash = this.hash;
    for (let at = 0; at < line.length; at++) hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
    this.hash = hash >>> 0;
  }

  /** Cuts the text of all that was not acknowledged at a byte, folds what is whole, and completes its last reading; what follows was never heard. */
  #recover(share: number): readonly Unsafe[] {
    const tail = this.#tail;
    const text = tail.flatMap(({ lines }) => lines.map((line) => `${line}\n`)).join('');
    let whole = text.slice(0, Math.floor(share * text.length)).split('\n').length - 1;
    // What the bytes say counts, not what was meant when they were written.
    const kept = tail.flatMap(({ lines }) => lines).slice(0, whole).map((line) => JSON.parse(line) as Entry);
    const { state, missing, issue } = recover(this.plant, logHeader(this.plant, playEpoch), [...this.log, ...kept]);
    if (issue !== null) throw new PlayBroken({ rule: '4', message: `the log cut after ${kept.length} entries of its unacknowledged end does not recover: ${issue.message}` });
    this.state = state;
    const readings: Unsafe[] = [];
    for (const one of tail) {
      if (whole <= 0) break;
      readings.push(one);
      whole -= one.entries.length;
    }
    const completed = [...kept, ...missing].map((entry) => JSON.stringify(entry)).join('\n');
    if (kept.length > 0 && completed !== readings.flatMap(({ lines }) => lines).join('\n')) {
      throw new PlayBroken({ rule: '5', message: `a log cut after ${kept.length} entries of its unacknowledged end is completed otherwise than it was decided` });
    }
    return readings;
  }

  /** What must hold of the entries of one reading by themselves. */
  #checkEntries(entries: readonly Entry[], verdict: Verdict | null): readonly Broken[] {
    const issue = foldOnto(this.#shadow, entries);
    if (issue !== null) return [{ rule: '4', message: `the log does not fold: ${issue.message}` }];
    const facts = factsIn(entries);
    return [...this.#witness.hear(entries), ...(verdict === null ? [] : this.#checkHearing(facts, verdict)), ...own(checkFloors(entries)), ...facts.flatMap((fact) => own(checkOrder(fact)))];
  }

  /** What must hold of the state after readings whose entries are safe. */
  #checkState(safe: readonly Unsafe[], isRecovered: boolean): readonly Broken[] {
    const { state } = this;
    const found: Broken[] = [];
    const facts = safe.flatMap(({ entries }) => factsIn(entries));
    if (facts.some(({ body }) => !harmless.has(body.kind))) {
      found.push(...own(checkCapacity(state)), ...own(checkJobs(state)), ...checkStanding(state), ...checkMaintained(state), ...this.#witness.compare(state.leases));
    }
    if (facts.length > 0) found.push(...this.#toldLight.check(state, this.told, this.devices));
    if (safe.at(-1)?.reading.kind === 'tick') {
      if (state.short.size > 0 && state.short.size <= turnsMax) found.push(...this.#waits());
      found.push(...this.#witness.overdue(state.nowNs));
    }
    this.#readings += safe.length;
    if (isRecovered || this.#readings % compareEvery === 0) found.push(...this.compareFold());
    return found;
  }

  /** Leases that wait for what they could have, and go on to if nothing but time passes. */
  #waits(): readonly Broken[] {
    const waiting = (state: State): readonly Broken[] => [...own(checkWaiting(state)), ...checkRoom(state)];
    let found = waiting(this.state);
    if (found.length === 0) return found;
    const later = forkState(this.state);
    for (let tick = 0; tick < ticksMax && found.length > 0; tick++) {
      const entries = takeReading(later, later.nowNs, { kind: 'tick' });
      found = waiting(later);
      if (tick + 1 >= ticksMin && !entries.some(({ body }) => body.kind === 'planned')) break;
    }
    return found;
  }

  /** What is late, repeated or impossible changes nothing but how the device is thought of; anything else is heard. */
  #checkHearing(facts: readonly FactEntry[], verdict: Verdict): readonly Broken[] {
    const kinds = facts.map(({ body }) => body.kind);
    const isHeard = kinds.includes('deviceHeard');
    const isQuiet = kinds.every((kind) => kind === 'setAside' || kind === 'deviceHeard');
    if (verdict === 'counts') return isHeard ? [] : [{ rule: 'hearing', message: `a sound message is set aside: ${JSON.stringify(facts[0]?.body)}` }];
    return isQuiet && (verdict === 'struck' || !isHeard) ? [] : [{ rule: 'hearing', message: `a message that is ${verdict === 'aside' ? 'late, repeated or of a liar' : 'impossible'} leads to ${kinds.join(', ')}` }];
  }

  /** Invariant 4: the live state against the fold of every line that was logged. */
  compareFold(): readonly Broken[] {
    const found = stateDifference(this.state, this.#shadow);
    return found === null ? [] : [{ rule: '4', message: `the live state is not what the log folds to: state${found}` }];
  }
}
