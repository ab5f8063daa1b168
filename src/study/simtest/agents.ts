/**
 * Devices of a simulated cluster as the controller meets them: they tell what is so, obey orders, repeat answers, fall over.
 *
 * Each switch, server and circuit switch answers for what it contains; what stands above them (rows, shelves, loops) is told by the
 * facility. A message carries what the controller knows once it has counted.
 */

import type { DeviceAction } from '../../control/fact.ts';
import type { Plant } from '../../control/plant.ts';
import type { AlarmReading, Quantity, Reading } from '../../control/reading.ts';
import type { ComponentKind } from '../../fabric/components.ts';
import { rowsOf } from '../../base/csr.ts';
import { kindOf } from '../../fabric/components.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { designedCircuits } from '../../control/circuit-ports.ts';
import { typicalInlet } from '../../thermal/steady.ts';
import type { Condition, Orders, Told } from './truth.ts';
import { caseIn, litShareOf, soundCondition } from './truth.ts';

export interface Agent {
  readonly name: string;
  readonly components: readonly number[];
  /** Row of the circuit switch that it is, -1 for others. */
  readonly ocs: number;
  sequence: number;
  clockOffNs: number;
  isSilent: boolean;
  crashesNext: boolean;
  /** Orders sent to it so far, and the last of them that it took. */
  sendings: number;
  taken: number;
}

/** What one message says: its reading, and what the controller has been told once it counts. `truth` is false for lies. */
export interface Message {
  readonly agent: Agent;
  readonly reading: Reading;
  readonly isImpossible: boolean;
  tell(told: Told): void;
}

type Says = Pick<Message, 'isImpossible' | 'tell'>;
export type Answer = Extract<Reading, { kind: 'commandAnswered' }>;

const hostKinds: ReadonlySet<ComponentKind> = new Set<ComponentKind>(['node', 'leaf', 'spine', 'core', 'ocs', 'awgr', 'memory', 'gateway']);

function hostOf({ cluster: { fabric } }: Plant, component: number): number {
  for (let at = component; at >= 0; at = fabric.componentParent[at] ?? -1) if (hostKinds.has(kindOf(fabric.components, at))) return at;
  return -1;
}

/** Alarm by which a part says that it gives nothing. */
export function alarmOf(kind: ComponentKind): AlarmReading['alarm'] {
  return kind === 'laser' ? 'laserFault' : kind === 'port' ? 'lossOfLight' : kind === 'powerShelf' ? 'powerLost' : 'partFault';
}

/** Cables lie between hosts; the facility tells of them. */
export class Devices {
  readonly plant: Plant;
  readonly agents: readonly Agent[];
  readonly truth: Condition;
  /** What devices have done of what they were told. */
  readonly orders: Orders;
  readonly circuits: Map<number, Map<number, number>>;
  readonly stuck = new Set<string>();
  /** Components of which anything but good was ever said: retold every time. */
  readonly #spoken = new Set<number>();
  /** Ports that ever claimed errors. */
  readonly #erred = new Set<number>();
  /** Lasers whose bias was told: it is told again when the laser is as new. */
  readonly #worn = new Set<number>();
  readonly #agentOf: readonly Agent[];
  readonly #answers = new Map<number, Answer>();
  /** Supplies of loops over the usual ones, and fans by their shares, that were ever told of. */
  readonly supplies = new Map<number, number>();
  readonly flows = new Map<number, number>();

  constructor(plant: Plant) {
    const { fabric } = plant.cluster;
    this.plant = plant;
    this.truth = soundCondition(plant);
    this.orders = { rateGbps: fabric.wavelengthRateGbps.slice(), tunedNm: new Float32Array(fabric.wavelengthCount) };
    this.circuits = designedCircuits(plant);
    const rows = new Map<number, number[]>();
    for (let component = 0; component < fabric.componentCount; component++) {
      const host = hostOf(plant, component);
      const own = rows.get(host);
      if (own === undefined) rows.set(host, [component]);
      else own.push(component);
    }
    this.agents = [...rows].sort(([a], [b]) => a - b).map(([host, components]): Agent => ({
      name: host < 0 ? 'facility' : fabric.componentName(host as ComponentIx), components, ocs: this.circuits.has(host) ? host : -1, sequence: 0, clockOffNs: 0, isSilent: false, crashesNext: false, sendings: 0, taken: 0,
    }));
    const agentOf: Agent[] = [];
    for (const agent of this.agents) for (const component of agent.components) agentOf[component] = agent;
    this.#agentOf = agentOf;
  }

  agentOf(component: number): Agent {
    const agent = this.#agentOf[component];
    if (agent === undefined) throw new Error(`nobody answers for component ${component}`);
    return agent;
  }

  agentNamed(device: string): Agent | null {
    const component = this.plant.cluster.fabric.findComponent(device);
    return component < 0 ? null : this.agentOf(component);
  }

  #say(agent: Agent, make: (sequence: number) => Reading, says: Says): Message {
    agent.sequence += 1;
    return { agent, reading: make(agent.sequence), ...says };
  }

  telemetry(agent: Agent, nowNs: number, quantity: Quantity, values: ReadonlyMap<number, number>, says: Says): Message {
    return this.#say(agent, (sequence) => ({ kind: 'telemetry', device: agent.name, sequence, deviceNs: nowNs + agent.clockOffNs, quantity, components: [...values.keys()], values: [...values.values()] }), says);
  }

  /** The part's own word on whether it gives light or current; `claims` is what it says where that is not so. */
  alarm(component: number, claims: boolean | null = null): Message {
    const isDead = this.truth.isDead[component] === 1;
    const raised = claims ?? isDead;
    this.#spoken.add(component);
    const agent = this.agentOf(component);
    const kind = kindOf(this.plant.cluster.fabric.components, component);
    return this.#say(agent, (sequence) => ({ kind: 'alarm', device: agent.name, sequence, component, alarm: alarmOf(kind), raised }), {
      isImpossible: false,
      tell({ condition, lies }) {
        condition.isDead[component] = raised ? 1 : 0;
        lies.ofDeath[component] = raised === isDead ? 0 : 1;
      },
    });
  }

  /** Cases of some of an agent's bodies as they are. */
  cases(agent: Agent, nowNs: number, bodies: readonly number[]): readonly Message[] {
    const { truth } = this;
    const known = bodies.filter((body) => this.plant.bodyOf(body) !== null);
    if (known.length === 0) return [];
    const litNow = (body: number): number => litShareOf(this.plant, this.orders, body);
    const causes = known.map((body) => ({ body, ownK: truth.ownK[body] ?? 0, supplyK: truth.supplyK[body] ?? 0, flow: truth.flow[body] ?? 1, lit: litNow(body) }));
    const values = new Map(known.map((body) => [body, caseIn(this.plant, truth, this.orders, body)]));
    return [this.telemetry(agent, nowNs, 'caseC', values, {
      isImpossible: false,
      tell({ condition, lies }) {
        for (const { body, ownK, supplyK, flow, lit } of causes) {
          condition.ownK[body] = ownK;
          condition.supplyK[body] = supplyK;
          condition.flow[body] = flow;
          // What was read before lanes were lit says too little; the next message tells.
          lies.ofCase[body] = lit < litNow(body) ? 1 : 0;
        }
      },
    })];
  }

  /** Rates and tuning of the lanes that an agent's bodies send on, as it has set them. */
  lanes(agent: Agent): readonly Message[] {
    const { linkWavelength } = this.plant.cluster.fabric;
    const wavelengths = agent.components.flatMap((body) => [...this.plant.linksOfBody(body)].flatMap((link) => {
      const first = linkWavelength[link] ?? 0;
      return Array.from({ length: (linkWavelength[link + 1] ?? first) - first }, (_, row) => first + row);
    }));
    if (wavelengths.length === 0 || agent.ocs >= 0) return [];
    const gbps = wavelengths.map((wavelength) => this.orders.rateGbps[wavelength] ?? 0);
    const tunedNm = wavelengths.map((wavelength) => this.orders.tunedNm[wavelength] ?? 0);
    return [this.#say(agent, (sequence) => ({ kind: 'lanesObserved', device: agent.name, sequence, wavelengths, gbps, tunedNm }), { isImpossible: false, tell: () => undefined })];
  }

  /** What is lost at a port or cable. */
  loss(component: number, nowNs: number): Message {
    const lossDb = this.truth.lossDb[component] ?? 0;
    this.#spoken.add(component);
    return this.telemetry(this.agentOf(component), nowNs, 'rxLossDb', new Map([[component, lossDb]]), {
      isImpossible: false,
      tell({ condition, lies }) {
        condition.lossDb[component] = lossDb;
        lies.ofLoss[component] = 0;
      },
    });
  }

  bias(laser: number, nowNs: number): Message {
    this.#worn.add(laser);
    return this.telemetry(this.agentOf(laser), nowNs, 'biasRatio', new Map([[laser, this.truth.wear[laser] ?? 1]]), { isImpossible: false, tell: () => undefined });
  }

  /** The supply of a loop over the usual one. */
  supply(loop: number, nowNs: number, byK: number): Message {
    this.supplies.set(loop, byK);
    const bodies = this.cooledBy(loop);
    return this.telemetry(this.agentOf(loop), nowNs, 'supplyC', new Map([[loop, typicalInlet.coolantC.value + byK]]), {
      isImpossible: false,
      tell({ condition }) {
        // With warmth of its own besides, a body must say itself how warm it is.
        for (const body of bodies) if (condition.ownK[body] === 0) condition.supplyK[body] = byK;
      },
    });
  }

  cooledBy(loop: number): readonly number[] {
    const rows: number[] = [];
    this.plant.loopOf.forEach((own, body) => { if (own === loop) rows.push(body); });
    return rows;
  }

  /** Bodies that the fans of a row or rack blow on. */
  blownBy(component: number): readonly number[] {
    return [...this.plant.domains.blast(component as ComponentIx).componentRows].filter((row) => this.plant.bodyOf(row)?.sink === 'air');
  }

  flow(component: number, nowNs: number, share: number): Message {
    this.flows.set(component, share);
    const bodies = this.blownBy(component);
    return this.telemetry(this.agentOf(component), nowNs, 'outputShare', new Map([[component, share]]), {
      isImpossible: false,
      tell({ condition }) {
        for (const body of bodies) if (condition.ownK[body] === 0) condition.flow[body] = share;
      },
    });
  }

  /** Everything that an agent knows: its circuits, its cases, and whatever was ever not as it should be. */
  retell(agent: Agent, nowNs: number): readonly Message[] {
    const spoken = agent.components.filter((component) => this.#spoken.has(component));
    const lossy = (component: number): boolean => { const kind = kindOf(this.plant.cluster.fabric.components, component); return kind === 'port' || kind === 'cable'; };
    return [
      ...(agent.ocs < 0 ? [] : [this.observed(agent)]),
      ...this.lanes(agent),
      ...spoken.map((component) => this.alarm(component)),
      ...[...this.supplies].filter(([loop]) => this.agentOf(loop) === agent).map(([loop, byK]) => this.supply(loop, nowNs, byK)),
      ...[...this.flows].filter(([component]) => this.agentOf(component) === agent).map(([component, share]) => this.flow(component, nowNs, share)),
      ...this.cases(agent, nowNs, agent.components),
      ...spoken.filter((component) => this.#erred.has(component)).map((component) => this.errors(component, nowNs)),
      ...spoken.filter(lossy).map((component) => this.loss(component, nowNs)),
      ...[...this.#worn].filter((laser) => this.agentOf(laser) === agent).map((laser) => this.bias(laser, nowNs)),
    ];
  }

  /** A component and all that it contains. */
  within(component: number): readonly number[] {
    const { children } = this.plant.cluster.fabric.components;
    const rows = [component];
    for (const row of rows) rows.push(...rowsOf(children, row));
    return rows;
  }

  /** Parts are exchanged or cleaned; what cools them is not. */
  mend(rows: readonly number[]): void {
    for (const row of rows) {
      this.truth.isDead[row] = 0;
      this.truth.ownK[row] = 0;
      this.truth.lossDb[row] = 0;
      this.truth.wear[row] = 1;
      this.#spoken.add(row);
    }
  }

  /** Loops and fans are as they should be. */
  mendCooling(): void {
    for (const loop of this.supplies.keys()) this.supplies.set(loop, 0);
    for (const component of this.flows.keys()) this.flows.set(component, 1);
  }

  /** What was said of a component is no longer so, or never was. */
  mention(component: number, quantity: Quantity): void {
    this.#spoken.add(component);
    if (quantity === 'preFecBer') this.#erred.add(component);
    if (quantity === 'biasRatio') this.#worn.add(component);
  }

  /** Errors of a port that its light explains: none beyond. */
  errors(port: number, nowNs: number): Message {
    return this.telemetry(this.agentOf(port), nowNs, 'preFecBer', new Map([[port, 0]]), { isImpossible: false, tell: () => undefined });
  }

  observed(agent: Agent): Message {
    const circuits = [...this.circuits.get(agent.ocs) ?? []].map(([aPort, bPort]) => ({ aPort, bPort }));
    return this.#say(agent, (sequence) => ({ kind: 'circuitsObserved', device: agent.name, sequence, ocs: agent.ocs, circuits }), { isImpossible: false, tell: () => undefined });
  }

  /** A command at its device: what it answers, or `null` when it falls over halfway. The same number again gets the same answer and is not done twice. */
  obey(agent: Agent, n: number, action: DeviceAction): Answer | null {
    const known = this.#answers.get(n);
    if (known !== undefined) return known;
    const crashes = agent.crashesNext;
    agent.crashesNext = false;
    const detail = this.#act(action, crashes);
    if (crashes) return null;
    const answer: Answer = { kind: 'commandAnswered', command: n, outcome: detail === '' ? 'done' : 'failed', detail };
    this.#answers.set(n, answer);
    return answer;
  }

  /** Half of it where `isHalf`; answers what went wrong. */
  #act(action: DeviceAction, isHalf: boolean): string {
    const part = (count: number): number => (isHalf ? count >> 1 : count);
    switch (action.kind) {
      case 'setRates':
        for (let at = 0; at < part(action.wavelengths.length); at++) this.orders.rateGbps[action.wavelengths[at] ?? -1] = action.gbps[at] ?? 0;
        return '';
      case 'tune':
        for (let at = 0; at < part(action.wavelengths.length); at++) this.orders.tunedNm[action.wavelengths[at] ?? -1] = action.nm[at] ?? 0;
        return '';
      case 'crossConnect': return this.#crossConnect(action, isHalf);
      case 'enable': return '';
    }
  }

  #crossConnect({ ocs, remove, create }: Extract<DeviceAction, { kind: 'crossConnect' }>, isHalf: boolean): string {
    const made = this.circuits.get(ocs) ?? new Map<number, number>();
    const stuck = [...remove, ...create].find(({ aPort }) => this.stuck.has(`${ocs} ${aPort}`));
    if (stuck !== undefined) return `port ${stuck.aPort} is stuck`;
    for (const { aPort, bPort } of remove) if (made.get(aPort) === bPort) made.delete(aPort);
    if (isHalf) return '';
    const busy = create.find(({ aPort, bPort }) => (made.get(aPort) ?? bPort) !== bPort || [...made].some(([a, b]) => b === bPort && a !== aPort));
    if (busy !== undefined) return `port ${busy.aPort} or ${busy.bPort} belongs to another circuit`;
    for (const { aPort, bPort } of create) made.set(aPort, bPort);
    return '';
  }
}
