/**
 * What emulated devices say to the controller: telemetry by host and quantity, and alarms at their edges.
 *
 * Values are those that the devices' own sensors show, so a device that lies is believed. Supplies of coolant are read by a device of
 * the loop's own, because no module knows its supply.
 */

import type { ComponentIx } from '../../fabric/fabric.ts';
import { kindOf } from '../../fabric/components.ts';
import type { AlarmReading, Quantity, Reading, TelemetryReading } from '../../control/reading.ts';
import type { EmulatedFabric, EmulatedHost, EmulatedModule } from '../../sim/devices/emulated-fabric.ts';
import { typicalInlet } from '../../thermal/steady.ts';

/** What a sensor must have moved by to be worth a message (design choice: a few steps of its noise). */
const reportStep: Readonly<Record<'caseC' | 'rxLossDb' | 'biasRatio' | 'supplyC', number>> = { caseC: 0.2, rxLossDb: 0.1, biasRatio: 0.01, supplyC: 0.1 };

/** Loss within this of the plan is the sensor's. */
const lossNoiseDb = 0.1;

export class Senses {
  readonly #devices: EmulatedFabric;
  readonly #sequence = new Map<string, number>();
  readonly #told = new Map<string, number>();
  readonly #raised = new Map<string, AlarmReading>();
  readonly #biasMa = new Map<number, number>();
  readonly #loops: readonly number[];

  constructor(devices: EmulatedFabric) {
    this.#devices = devices;
    const { components } = devices.cluster.fabric;
    this.#loops = Array.from({ length: devices.cluster.fabric.componentCount }, (_, row) => row).filter((row) => kindOf(components, row) === 'coolantLoop');
    for (const module of devices.modules) module.lanes.forEach((lane, at) => void this.#biasMa.set(this.#laserOf(module, at), lane.biasMa));
  }

  /** The component that makes a lane's light: its laser, or the module where no laser is installed by itself. */
  #laserOf(module: EmulatedModule, at: number): number {
    if (module.kind === 'laserSource') return module.lasers[at] ?? module.component;
    const { lanes, cluster: { fabric } } = this.#devices;
    const lane = module.firstLane + at;
    const laser = fabric.wavelengthLaser[(fabric.linkWavelength[lanes.txLink[lane] ?? 0] ?? 0) + (lanes.position[lane] ?? 0)] ?? -1;
    return laser < 0 ? module.component : laser;
  }

  next(device: string): number {
    const sequence = (this.#sequence.get(device) ?? 0) + 1;
    this.#sequence.set(device, sequence);
    return sequence;
  }

  /** One message of changed values, or nothing. */
  #message(device: string, atNs: number, quantity: Quantity, rows: ReadonlyMap<number, number>): readonly TelemetryReading[] {
    const step = reportStep[quantity as keyof typeof reportStep];
    const news = [...rows].filter(([component, value]) => Math.abs(value - (this.#told.get(`${quantity}|${component}`) ?? NaN)) < step === false);
    if (news.length === 0) return [];
    for (const [component, value] of news) this.#told.set(`${quantity}|${component}`, value);
    return [{ kind: 'telemetry', device, sequence: this.next(device), deviceNs: atNs, quantity, components: news.map(([row]) => row), values: news.map(([, value]) => value) }];
  }

  #hostTelemetry(host: EmulatedHost, atNs: number): readonly TelemetryReading[] {
    const cases = new Map<number, number>();
    const losses = new Map<number, number>();
    const bias = new Map<number, number>();
    const { lanes, cluster: { fabric } } = this.#devices;
    for (const module of host.modules) {
      if (module.heat !== null) cases.set(module.component, module.temperatureC);
      module.lanes.forEach((shown, at) => {
        const start = this.#biasMa.get(this.#laserOf(module, at)) ?? 0;
        if (start > 0 && shown.biasMa > 0) bias.set(this.#laserOf(module, at), shown.biasMa / start);
        if (module.kind === 'laserSource' || !module.isOptical || shown.rxLos) return;
        const lane = module.firstLane + at;
        const port = fabric.linkPort[lanes.txLink[lane] ?? 0] ?? -1;
        const lossDb = (lanes.plannedRxDbm[lane] ?? 0) - shown.rxPowerDbm;
        losses.set(port, Math.max(losses.get(port) ?? 0, lossDb > lossNoiseDb ? lossDb : 0));
      });
    }
    return [...this.#message(host.name, atNs, 'caseC', cases), ...this.#message(host.name, atNs, 'rxLossDb', losses), ...this.#message(host.name, atNs, 'biasRatio', bias)];
  }

  #edge(device: string, alarm: AlarmReading['alarm'], component: number, isNow: boolean): readonly AlarmReading[] {
    const key = `${device}|${alarm}|${component}`;
    if (this.#raised.has(key) === isNow) return [];
    const reading: AlarmReading = { kind: 'alarm', device, sequence: this.next(device), component, alarm, raised: isNow };
    if (isNow) this.#raised.set(key, reading);
    else this.#raised.delete(key);
    return [reading];
  }

  /** A lane that cannot send accuses its laser; one that hears nothing accuses its port only when its own sender is well. */
  #hostAlarms(host: EmulatedHost): readonly AlarmReading[] {
    const dark = new Map<number, boolean>();
    for (const module of host.modules) module.lanes.forEach((shown, at) => {
      const laser = this.#laserOf(module, at);
      dark.set(laser, (dark.get(laser) ?? false) || shown.txFailure);
    });
    return [...dark].flatMap(([laser, isDark]) => this.#edge(host.name, 'laserFault', laser, isDark));
  }

  /** Supply of every coolant loop: the design's, and what faults add. */
  #loopTelemetry(atNs: number): readonly TelemetryReading[] {
    return this.#loops.flatMap((loop) => {
      const warmerK = this.#devices.faults.reduce((sum, fault) => sum + (fault.component === loop && fault.name === 'warm' ? fault.by : 0), 0);
      return this.#message(`${this.#devices.cluster.fabric.componentName(loop as ComponentIx)}/cdu`, atNs, 'supplyC', new Map([[loop, typicalInlet.coolantC.value + warmerK]]));
    });
  }

  /** Everything that is news at this moment, loops first, then hosts in their order. Silent devices say nothing. */
  read(atNs: number): readonly Reading[] {
    const heard = this.#devices.hosts.filter((host) => !host.dead && host.upAtNs <= atNs);
    return [...this.#loopTelemetry(atNs), ...heard.flatMap((host) => [...this.#hostTelemetry(host, atNs), ...this.#hostAlarms(host)])];
  }
}
