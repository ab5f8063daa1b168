/**
 * What emulated devices say to the controller: telemetry by host and quantity, and alarms at their edges and when asked.
 *
 * Values are those that the devices' own sensors show, so a device that lies is believed until somebody else hears what it hides: a
 * lane that receives nothing from a sender that says it is well accuses that sender's laser, or the whole way when the port is
 * dark. Only news is told, and everything once per heartbeat. Supplies of coolant are read by a device of the loop's own, because
 * no module knows its supply.
 */

import type { ComponentIx } from '../../fabric/fabric.ts';
import { kindOf } from '../../fabric/components.ts';
import type { AlarmReading, Quantity, Reading, TelemetryReading } from '../../control/reading.ts';
import { coolantLoops, coolantSupplyC, supplyDeviceOf } from '../../sim/devices/coolant-supply.ts';
import type { EmulatedFabric, EmulatedHost, EmulatedModule } from '../../sim/devices/emulated-fabric.ts';
import { moduleBer } from '../../sim/devices/readout.ts';
import { LaneWatch } from './lane-watch.ts';
import type { OwnFault } from './own-faults.ts';
import { OwnFaults } from './own-faults.ts';
import { sendingLane } from './sending-lane.ts';

/** What a sensor must have moved by to be worth a message (design choice: a few steps of its noise). */
const reportStep = { caseC: 0.2, rxLossDb: 0.1, biasRatio: 0.01, supplyC: 0.1 } as const satisfies Partial<Record<Quantity, number>>;
type Sensed = keyof typeof reportStep;

/** Error ratios are told from this on, where a lane counts a thousand errors in a second and more, and when they have moved by this factor (design choice). */
const berTold = { least: 1e-8, factor: 1.5 } as const;
/** Errors of one lane that hears nothing, less some room: what all lanes of a module then show together measures no light. */
const deafBer = 0.4;
/** Losses of one module's ports further apart than this tell its ports apart (design choice: the spread of a switch's paths). */
const standsOutDb = 0.25;

/** Loss within this of the plan is the sensor's. */
const lossNoiseDb = 0.1;

/** A module's place in what its host says. */
interface Sensor {
  readonly module: EmulatedModule;
  /** The component that makes each lane's light, and its place among the host's lasers. */
  readonly lasers: Int32Array;
  readonly laserAt: Int32Array;
  /** Lanes that speak for their laser's bias: one for each laser. */
  readonly biasLanes: readonly number[];
  /** The port of each lane; lanes of one port stand together. */
  readonly ports: Int32Array;
}

interface Voice {
  readonly host: EmulatedHost;
  readonly sensors: readonly Sensor[];
  readonly lasers: readonly number[];
  readonly isDark: Uint8Array;
  /** The module, engine or laser source that holds each laser. */
  readonly bodyOf: readonly number[];
  /** The port that each laser inside a module lights; -1 for lasers of a source, which light many. */
  readonly portOf: readonly number[];
  /** Each of them once. */
  readonly bodies: readonly number[];
  readonly ports: readonly number[];
}

const none: ReadonlySet<number> = new Set();

/** Whether what a receiving lane shows cannot be held against the lane that sends to it (-1 for none): a switch or an order lies between the two. */
export type LaneDoubt = (lanes: { readonly receiving: number; readonly sending: number }) => boolean;

class Collected {
  readonly components: number[] = [];
  readonly values: number[] = [];
}

export class Senses {
  readonly #devices: EmulatedFabric;
  readonly #sequence = new Map<string, number>();
  readonly #told: Readonly<Record<Sensed, Float64Array>>;
  /** Error ratio last told of each port, NaN where it never was, and ports whose heartbeat is due. */
  readonly #berTold: Float64Array;
  readonly #berDue: Uint8Array;
  /** Receivers' accusations that stand, by the device that makes them. */
  readonly #accused = new Map<string, ReadonlySet<number>>();
  /** Devices whose standing accusations are to be told again. */
  readonly #accusationsDue = new Set<string>();
  readonly #ownFaults: OwnFaults;
  /** Bias at the start of life by laser, 0 where there is none, and how warm the laser then was. */
  readonly #startMa: Float64Array;
  readonly #startC: Float64Array;
  /** Errors of each module as it was designed. */
  readonly #startBer: Float64Array;
  /** Ports that never had light: free ports of circuit switches. */
  readonly #neverLit = new Set<number>();
  readonly #voices: readonly Voice[];
  readonly #loops: readonly number[];
  readonly #supplyC: (loop: number) => number;
  readonly #isInDoubt: LaneDoubt;
  readonly #lanes: LaneWatch;

  /** `supplyC` reads a coolant loop; NaN for one that has not been read. `isInDoubt` tells darkness that may be older than the sender's light. */
  constructor(devices: EmulatedFabric, supplyC: (loop: number) => number = (loop) => coolantSupplyC(devices, loop), isInDoubt: LaneDoubt = () => false) {
    this.#devices = devices;
    this.#isInDoubt = isInDoubt;
    this.#supplyC = supplyC;
    this.#lanes = new LaneWatch(devices);
    const { componentCount } = devices.cluster.fabric;
    const untold = (): Float64Array => new Float64Array(componentCount).fill(NaN);
    this.#told = { caseC: untold(), rxLossDb: untold(), biasRatio: untold(), supplyC: untold() };
    this.#berTold = untold();
    this.#berDue = new Uint8Array(componentCount);
    this.#startMa = new Float64Array(componentCount);
    this.#startC = new Float64Array(componentCount);
    this.#startBer = new Float64Array(componentCount);
    this.#ownFaults = new OwnFaults(componentCount, (component) => [...this.#accused.values()].some((accused) => accused.has(component)));
    this.#loops = coolantLoops(devices);
    this.#voices = devices.hosts.map((host) => this.#voice(host));
    const { preFecBer } = devices.lanes.answer;
    for (const { sensors } of this.#voices) for (const { module, lasers, ports } of sensors) module.lanes.forEach((lane, at) => {
      this.#startBer[module.component] = (this.#startBer[module.component] ?? 0) + (preFecBer[module.firstLane + at] ?? 0) / module.lanes.length;
      this.#startMa[lasers[at] ?? 0] = lane.biasMa;
      this.#startC[lasers[at] ?? 0] = lane.laserC;
      if (module.isOptical && lane.rxLos) this.#neverLit.add(ports[at] ?? -1);
    });
  }

  #voice(host: EmulatedHost): Voice {
    const lasers: number[] = [];
    const placeOf = new Map<number, number>();
    const { lanes, cluster: { fabric } } = this.#devices;
    const sensors = host.modules.map((module): Sensor => {
      const own = Int32Array.from(module.lanes, (_, at) => this.#laserOf(module, at));
      const biasLanes: number[] = [];
      const laserAt = own.map((laser, at) => {
        const known = placeOf.get(laser);
        if (known !== undefined) return known;
        biasLanes.push(at);
        placeOf.set(laser, lasers.length);
        return lasers.push(laser) - 1;
      });
      const ports = Int32Array.from(module.lanes, (_, at) => (module.kind === 'laserSource' ? -1 : fabric.linkPort[lanes.txLink[module.firstLane + at] ?? 0] ?? -1));
      return { module, lasers: own, laserAt, biasLanes, ports };
    });
    const bodyOf = lasers.map((laser) => (kindOf(fabric.components, laser) === 'laser' ? fabric.componentParent[laser] ?? laser : laser));
    const portOf = lasers.map(() => -1);
    for (const { module, laserAt, ports } of sensors) if (module.kind !== 'laserSource') laserAt.forEach((place, at) => {
      if (bodyOf[place] === module.component && lasers[place] !== module.component) portOf[place] = ports[at] ?? -1;
    });
    return { host, sensors, lasers, isDark: new Uint8Array(lasers.length), bodyOf, portOf, bodies: [...new Set(bodyOf)], ports: [...new Set(portOf)].filter((port) => port >= 0) };
  }

  /** The component that makes a lane's light: its laser, or the module where no laser is installed by itself. */
  #laserOf(module: EmulatedModule, at: number): number {
    if (module.kind === 'laserSource') return module.lasers[at] ?? module.component;
    const { lanes, cluster: { fabric } } = this.#devices;
    const lane = module.firstLane + at;
    const laser = fabric.wavelengthLaser[(fabric.linkWavelength[lanes.txLink[lane] ?? 0] ?? 0) + (lanes.position[lane] ?? 0)] ?? -1;
    return laser < 0 ? module.component : laser;
  }

  /** The number of a device's next message. */
  next(device: string): number {
    const sequence = (this.#sequence.get(device) ?? 0) + 1;
    this.#sequence.set(device, sequence);
    return sequence;
  }

  /** Messages were lost: whatever stands is told again, and so are faults that have gone. */
  missed(device: string | null = null): void {
    this.forget(device);
    for (const { host } of this.#voices) if (device === null || host.name === device) this.#ownFaults.ask(host.name, 'all');
  }

  /** Everything that stands counts as news again: for a heartbeat, or for whoever asks. */
  forget(device: string | null = null): void {
    const { caseC, rxLossDb, biasRatio, supplyC } = this.#told;
    if (device === null) {
      for (const told of [caseC, rxLossDb, biasRatio, supplyC]) told.fill(NaN);
      this.#berDue.fill(1);
    }
    for (const loop of this.#loops) if (device === this.#supplyDevice(loop)) supplyC[loop] = NaN;
    for (const { host, sensors, lasers } of this.#voices) {
      if (device === null || host.name === device) {
        this.#lanes.forget(host);
        this.#accusationsDue.add(host.name);
        this.#ownFaults.ask(host.name, 'standing');
      }
      if (host.name !== device) continue;
      for (const { module, ports } of sensors) {
        caseC[module.component] = NaN;
        for (const port of ports) if (port >= 0) {
          rxLossDb[port] = NaN;
          this.#berDue[port] = 1;
        }
      }
      for (const laser of lasers) biasRatio[laser] = NaN;
    }
  }

  /** A sensor that nobody has read yet (NaN) has no news. */
  #note(news: Collected, quantity: Sensed, component: number, value: number): void {
    const told = this.#told[quantity];
    if (Number.isNaN(value) || Math.abs(value - (told[component] ?? NaN)) < reportStep[quantity]) return;
    told[component] = value;
    news.components.push(component);
    news.values.push(value);
  }

  /**
   * Errors of a module's ports, once they are worth counting; those that were told are told again when they have gone. A module counts
   * errors behind all its lanes together: what it counts beyond its start belongs to the ports that measure the most loss, and a port
   * that has its light is not accused of what its neighbour does. Where no port stands out all of them are.
   */
  #noteErrors(news: Collected, { module, ports }: Sensor): void {
    const ber = moduleBer(module);
    const laneCount = module.lanes.length;
    if (Number.isNaN(ber) || ber * laneCount >= deafBer) return;
    const soundBer = Math.min(ber, this.#startBer[module.component] ?? 0);
    const lossDb = ber < berTold.least ? null : this.#laneLosses(module, ports);
    const suspectDb = lossDb === null ? 0 : lossDb.reduce((worst, loss) => Math.max(worst, loss), -Infinity) - standsOutDb;
    const suspects = lossDb === null ? laneCount : lossDb.reduce((count, loss) => (loss >= suspectDb ? count + 1 : count), 0);
    for (let at = 0; at < laneCount; at++) {
      const port = ports[at] ?? -1;
      // Of a port that hears nothing no errors can be told.
      if (port < 0 || ports[at + 1] === port || lossDb?.[at] === -Infinity) continue;
      const own = lossDb === null || (lossDb[at] ?? 0) >= suspectDb ? soundBer + ((ber - soundBer) * laneCount) / suspects : soundBer;
      const told = this.#berTold[port] ?? NaN;
      if (own < berTold.least && Number.isNaN(told)) continue;
      const isMoved = Number.isNaN(told) || Math.abs(Math.log(Math.max(own, berTold.least) / Math.max(told, berTold.least))) > Math.log(berTold.factor);
      if (!isMoved && this.#berDue[port] === 0) continue;
      this.#berDue[port] = 0;
      this.#berTold[port] = own;
      news.components.push(port);
      news.values.push(own);
    }
  }

  #message(device: string, atNs: number, quantity: Sensed | 'preFecBer', { components, values }: Collected): readonly TelemetryReading[] {
    return components.length === 0 ? [] : [{ kind: 'telemetry', device, sequence: this.next(device), deviceNs: atNs, quantity, components, values }];
  }

  /** Bias over what the laser took at the start of its life, at the warmth that it has now: heat alone is no wear. NaN where it is dark. */
  #biasRatio({ driver, lanes }: EmulatedModule, at: number, laser: number): number {
    const { biasMa, laserC } = lanes[at] ?? { biasMa: 0, laserC: 0 };
    const startMa = this.#startMa[laser] ?? 0;
    if (startMa <= 0 || biasMa <= 0) return NaN;
    const [newMa, startedMa] = [driver?.driveAt(laserC).biasMa ?? 0, driver?.driveAt(this.#startC[laser] ?? 0).biasMa ?? 0];
    return newMa > 0 && startedMa > 0 ? (biasMa / startMa) * (startedMa / newMa) : biasMa / startMa;
  }

  #hostTelemetry({ host, sensors }: Voice, atNs: number): readonly TelemetryReading[] {
    const [cases, losses, bias, errors] = [new Collected(), new Collected(), new Collected(), new Collected()];
    for (const sensor of sensors) {
      const { module, lasers, biasLanes } = sensor;
      if (module.heat !== null) this.#note(cases, 'caseC', module.component, module.temperatureC);
      for (const at of biasLanes) {
        const laser = lasers[at] ?? 0;
        this.#note(bias, 'biasRatio', laser, this.#biasRatio(module, at, laser));
      }
      if (module.kind === 'laserSource' || !module.isOptical) continue;
      this.#portLosses(sensor, losses);
      this.#noteErrors(errors, sensor);
    }
    return [
      ...this.#message(host.name, atNs, 'caseC', cases), ...this.#message(host.name, atNs, 'rxLossDb', losses), ...this.#message(host.name, atNs, 'biasRatio', bias),
      ...this.#message(host.name, atNs, 'preFecBer', errors),
    ];
  }

  /** By lane, the loss of the worst lit lane of its port; -Infinity where none is lit. */
  #laneLosses(module: EmulatedModule, ports: Sensor['ports']): Float64Array {
    const { plannedRxDbm } = this.#devices.lanes;
    const lossDb = new Float64Array(module.lanes.length).fill(-Infinity);
    let first = 0;
    let worstDb = -Infinity;
    for (let at = 0; at < lossDb.length; at++) {
      const shown = module.lanes[at];
      if (shown !== undefined && !shown.rxLos && !Number.isNaN(shown.rxPowerDbm)) {
        const lane = (plannedRxDbm[module.firstLane + at] ?? 0) - shown.rxPowerDbm;
        worstDb = Math.max(worstDb, lane > lossNoiseDb ? lane : 0);
      }
      if (ports[at + 1] === ports[at]) continue;
      lossDb.fill(worstDb, first, at + 1);
      first = at + 1;
      worstDb = -Infinity;
    }
    return lossDb;
  }

  /** The worst lit lane of each port. */
  #portLosses({ module, ports }: Sensor, losses: Collected): void {
    const lossDb = this.#laneLosses(module, ports);
    for (let at = 0; at < lossDb.length; at++) {
      const worstDb = lossDb[at] ?? -Infinity;
      if (ports[at + 1] !== ports[at] && worstDb >= 0) this.#note(losses, 'rxLossDb', ports[at] ?? -1, worstDb);
    }
  }

  #alarm(device: string, alarm: AlarmReading['alarm'], component: number, raised: boolean): AlarmReading {
    return { kind: 'alarm', device, sequence: this.next(device), component, alarm, raised };
  }

  /** A lane that cannot send accuses its laser; a body or a port all of whose lasers are out accuses itself. */
  #hostAlarms({ host, sensors, lasers, isDark, bodyOf, portOf, bodies, ports }: Voice): readonly AlarmReading[] {
    isDark.fill(0);
    for (const { module, laserAt } of sensors) for (let at = 0; at < module.lanes.length; at++) if (module.lanes[at]?.txFailure === true) isDark[laserAt[at] ?? 0] = 1;
    const alive = new Set<number>();
    lasers.forEach((_, at) => { if (isDark[at] === 0) alive.add(bodyOf[at] ?? -1).add(portOf[at] ?? -1); });
    const isOut = (component: number): boolean => component >= 0 && !alive.has(component);
    const { componentParent } = this.#devices.cluster.fabric;
    const told: AlarmReading[] = [];
    const say = (name: OwnFault['name'], component: number, isNow: boolean): void => {
      if (this.#ownFaults.isNews({ device: host.name, name, component, isNow })) told.push(this.#alarm(host.name, name, component, isNow));
    };
    for (const body of bodies) say('partFault', body, isOut(body));
    for (const port of ports) say('partFault', port, isOut(port) && !isOut(componentParent[port] ?? -1));
    lasers.forEach((laser, at) => {
      if (laser !== bodyOf[at]) say('laserFault', laser, isDark[at] === 1 && !isOut(bodyOf[at] ?? -1) && !isOut(portOf[at] ?? -1));
    });
    this.#ownFaults.answered(host.name);
    return told;
  }

  /** What a port hears nothing of though its sender says it is well: the sender's laser for some lanes, the port itself when all are dark. */
  #unheard({ host, sensors }: Voice): readonly AlarmReading[] {
    const accused = new Set<number>();
    for (const { module, ports } of sensors) {
      if (module.kind === 'laserSource' || !module.isOptical) continue;
      for (let first = 0; first < ports.length;) {
        const port = ports[first] ?? -1;
        let end = first;
        const lasers: number[] = [];
        let dark = 0;
        for (; end < ports.length && ports[end] === port; end++) if (module.lanes[end]?.rxLos === true) {
          dark += 1;
          const laser = this.#innocentSender(module.firstLane + end);
          if (laser !== null) lasers.push(laser);
        }
        if (lasers.length > 0 && !this.#neverLit.has(port)) {
          if (dark === end - first) accused.add(port);
          else for (const laser of lasers) accused.add(laser < 0 ? port : laser);
        }
        first = end;
      }
    }
    const before = this.#accused.get(host.name) ?? none;
    const isDue = this.#accusationsDue.delete(host.name);
    if (before.size === 0 && accused.size === 0) return [];
    this.#accused.set(host.name, accused);
    return [...new Set([...before, ...accused])].sort((one, other) => one - other)
      .flatMap((component) => (before.has(component) === accused.has(component) && !(isDue && accused.has(component)) ? [] : [this.#alarm(host.name, 'lossOfLight', component, accused.has(component))]));
  }

  /** The laser behind a dark lane whose sender shows nothing wrong (-1 where it has none by itself); `null` where the sender owns up or is told to be dark. */
  #innocentSender(lane: number): number | null {
    const sending = sendingLane(this.#devices, lane);
    if (this.#isInDoubt({ receiving: lane, sending })) return null;
    if (sending < 0) return -1;
    const { lanes, modules } = this.#devices;
    const module = modules[lanes.module[sending] ?? -1];
    if (module === undefined) return null;
    const at = sending - module.firstLane;
    if (!module.enabled || module.txEnabled[at] === 0 || module.lanes[at]?.txFailure === true) return null;
    const laser = this.#laserOf(module, at);
    return laser === module.component ? -1 : laser;
  }

  /** Supply of every coolant loop: the design's, and what faults add. */
  #loopTelemetry(atNs: number): readonly TelemetryReading[] {
    return this.#loops.flatMap((loop) => {
      const news = new Collected();
      this.#note(news, 'supplyC', loop, this.#supplyC(loop));
      return this.#message(this.#supplyDevice(loop), atNs, 'supplyC', news);
    });
  }

  #supplyDevice(loop: number): string {
    return supplyDeviceOf(this.#devices.cluster.fabric.componentName(loop as ComponentIx));
  }

  #heard(atNs: number): readonly Voice[] {
    return this.#voices.filter(({ host }) => !host.dead && host.upAtNs <= atNs);
  }

  /** What a host says of itself. */
  #hostNews(voice: Voice, atNs: number): readonly Reading[] {
    return [...this.#hostTelemetry(voice, atNs), ...this.#hostAlarms(voice), ...this.#lanes.news(voice.host, (device) => this.next(device))];
  }

  /** Everything that is news at this moment, loops first, then hosts in their order. Silent devices say nothing. */
  read(atNs: number): readonly Reading[] {
    return [...this.#loopTelemetry(atNs), ...this.#heard(atNs).flatMap((voice) => [...this.#hostNews(voice, atNs), ...this.#unheard(voice)])];
  }

  /** News of the loops and of the hosts named, but for accusations of others. */
  readOf(hosts: ReadonlySet<string>, atNs: number): readonly Reading[] {
    return [...this.#loopTelemetry(atNs), ...this.#heard(atNs).flatMap((voice) => (hosts.has(voice.host.name) ? this.#hostNews(voice, atNs) : []))];
  }

  /** What ports hear nothing of though their senders say they are well; to be asked when what both ends said has arrived. */
  accusations(atNs: number): readonly Reading[] {
    return this.#heard(atNs).flatMap((voice) => this.#unheard(voice));
  }
}
