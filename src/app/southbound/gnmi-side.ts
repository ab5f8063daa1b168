/**
 * The device side in which devices are spoken to over gNMI: readings are streamed into an image of the fabric, what is news in it is
 * told to the controller, and commands go out under confirmed commits.
 *
 * A device that is heard for the first time, or again, counts its messages anew and says everything. After a break in a stream one
 * number is left out, so that the controller sees the gap. Alarms that accuse another device wait until what both ends said has
 * arrived, and darkness that may be older than the light of its sender until the receiver is heard again.
 */

import type { DeviceReading } from '../../adapters/device-reading.ts';
import type { GnmiClient } from '../../adapters/gnmi/client.ts';
import type { StreamEvent, StreamRequest, TelemetryStream } from '../../adapters/gnmi/client-stream.ts';
import type { Issue } from '../../base/issue.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { Reading } from '../../control/reading.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { usualTimes } from '../../study/closed-loop/world.ts';
import type { DeviceCommand, DeviceSide, FaultSwitch } from '../server/device-side.ts';
import type { ServerClock } from '../server/server-clock.ts';
import { CommandDesk } from './command-desk.ts';
import type { Route } from './command-desk.ts';
import { DeviceBook } from './device-book.ts';
import type { DeviceStanding } from './device-book.ts';
import { connectStatesPath } from './device-change.ts';
import { FabricImage, nothingTaken } from './fabric-image.ts';

/** An address with the devices that answer there. */
export interface Attachment {
  readonly client: GnmiClient;
  /** Names of the devices; `null` for every device of the cluster that is named nowhere else. */
  readonly devices: readonly string[] | null;
  /** True where devices are told apart by `prefix.target`; an address of one device needs no target. */
  readonly hasTargets: boolean;
}

export interface GnmiTerms {
  readonly cluster: CompiledCluster;
  readonly catalogue: Catalogue;
  readonly clock: ServerClock;
  readonly attachments: readonly Attachment[];
  readonly emulation: FaultSwitch | null;
  /** Pace of samples; by the number of values when absent. */
  readonly sampleMs?: number;
  readonly rollbackMs: number;
  /** What jobs report, where somebody knows it. */
  readonly jobReports?: (atNs: number, image: FabricImage) => readonly Reading[];
  /** Ends what was started for the attachments. */
  readonly release?: () => Promise<void>;
  /** What is wrong with devices, addresses or the cluster file, once each. */
  note(issue: Issue): void;
}

/** Readings that come together are told together. */
const gatherMs = 5;
/** What both ends of a link say arrives within this (design choice: twice what a device takes from one notification to the next). */
const bothEndsMs = 250;
/** Values per second that the devices are asked for, all together (design choice: half of what one process folds to health with time to spare). */
const valuesPerSecond = 50_000;
const sampleLeastMs = 1000;
/** A device that says nothing for so many samples, and this long, is silent. */
const silentSamples = 3;
const silentLeastMs = 3000;
const heartbeatMs = 1000;
const jobReportMs = 5000;
/** Lines about devices in one run; a stranger with ever new names cannot fill the log. */
const notesMax = 10_000;

/** Pace at which the devices of a fabric can be sampled: of each lane six values, of each module two. */
const paceMs = ({ devices: { lanes, modules } }: FabricImage): number => Math.max(sampleLeastMs, Math.ceil((6 * lanes.count + 2 * modules.length) / valuesPerSecond) * 1000);

export class GnmiSide implements DeviceSide {
  readonly emulation: FaultSwitch | null;
  readonly image: FabricImage;
  readonly #terms: GnmiTerms;
  readonly #clock: ServerClock;
  readonly #book: DeviceBook;
  readonly #desk: CommandDesk;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #attachmentOf = new Map<string, Attachment>();
  readonly #canTune = new Set<Attachment>();
  readonly #noted = new Set<string>();
  readonly #streams: TelemetryStream[] = [];
  #tell: (readings: readonly Reading[]) => void = () => undefined;
  #taken = nothingTaken();
  #isGathering = false;
  /** Streams whose first values are still coming. */
  #opening = 0;
  #areAccusationsDue = false;

  constructor(terms: GnmiTerms) {
    this.#terms = terms;
    this.#clock = terms.clock;
    this.emulation = terms.emulation;
    this.image = new FabricImage(terms.cluster, terms.catalogue);
    this.#book = new DeviceBook(this.image.names);
    for (const attachment of terms.attachments) for (const name of attachment.devices ?? []) this.#attachmentOf.set(name, attachment);
    for (const attachment of terms.attachments) {
      if (attachment.devices === null) for (const name of this.image.names) if (!this.#attachmentOf.has(name)) this.#attachmentOf.set(name, attachment);
    }
    this.#desk = new CommandDesk({ image: this.image, routeOf: (device) => this.#routeOf(device), tell: (reading) => this.#tell([reading]), rollbackMs: terms.rollbackMs });
  }

  /** How every device stands, silent and lying ones with the reason. */
  get standings(): readonly DeviceStanding[] {
    return this.#book.standings;
  }

  /** Values that devices have sent so far. */
  get valuesIn(): number {
    return this.#streams.reduce((sum, stream) => sum + stream.updates(), 0);
  }

  #routeOf(device: string): Route | null {
    const attachment = this.#attachmentOf.get(device);
    return attachment === undefined ? null : { client: attachment.client, target: attachment.hasTargets ? device : '', canTune: this.#canTune.has(attachment) };
  }

  #namesAt(attachment: Attachment): readonly string[] {
    return this.image.names.filter((name) => this.#attachmentOf.get(name) === attachment);
  }

  #note(issue: Issue): void {
    const key = `${issue.code}|${issue.path ?? ''}`;
    if (this.#noted.has(key) || this.#noted.size >= notesMax) return;
    this.#noted.add(key);
    this.#terms.note(issue);
  }

  #every(ms: number, work: () => void): void {
    this.#timers.add(setInterval(work, ms));
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }

  start(tell: (readings: readonly Reading[]) => void): void {
    this.#tell = tell;
    for (const attachment of this.#terms.attachments) this.#attach(attachment);
    this.#every(usualTimes.heartbeatNs / 1e6, () => this.askAll());
    const { jobReports } = this.#terms;
    if (jobReports !== undefined) this.#every(jobReportMs / this.#clock.speed, () => this.#tell(jobReports(this.#clock.nowNs(), this.image)));
  }

  /** What devices said last is told again, and so is whom they accuse: their streams keep the image as they are. */
  askAll(): void {
    this.image.senses.forget();
    for (const device of this.#book.heard) this.#taken.devices.add(device);
    this.#gather();
    this.#accuseLater();
  }

  #attach(attachment: Attachment): void {
    const names = this.#namesAt(attachment);
    const { client } = attachment;
    const target = attachment.hasTargets ? '*' : '';
    const sampleMs = this.#terms.sampleMs ?? paceMs(this.image);
    const silentAfterMs = Math.max(silentLeastMs, silentSamples * sampleMs);
    const open = (request: Omit<StreamRequest, 'target'>, speaksFor: (device: string) => boolean): void => {
      let isOpening = true;
      const opened = (): void => {
        if (isOpening) this.#opening--;
        isOpening = false;
      };
      this.#opening++;
      // A device that never says that its first values are complete holds nobody else up.
      this.#after(silentAfterMs, opened);
      const onEvent = (event: StreamEvent): void => {
        if (event.kind === 'synced' || event.kind === 'gap' || event.kind === 'refused') opened();
        this.#event(attachment, event, speaksFor);
      };
      this.#streams.push(client.subscribe({ ...request, target }, { onReadings: (batch) => this.#take(attachment, batch), onEvent }));
    };
    const switches = new Set(names.filter((name) => this.image.hosts.get(name)?.circuitSwitch != null));
    const supplies = names.flatMap((name) => this.image.supplies.get(name) ?? []);
    open({ paths: ['/components'], mode: 'targetDefined', sampleMs, silentAfterMs }, (name) => !switches.has(name) && !this.image.supplies.has(name));
    if (switches.size > 0) open({ paths: [connectStatesPath], origin: 'sonic-db', mode: 'onChange', heartbeatMs, silentAfterMs }, (name) => switches.has(name));
    if (supplies.length > 0) {
      const paths = supplies.map((name) => `/components/component[name=${name}]/state/temperature/instant`);
      open({ paths, mode: 'onChange', heartbeatMs, silentAfterMs }, (name) => this.image.supplies.has(name));
    }
    this.#after(2 * silentAfterMs, () => this.#lookForAbsent(names));
    void client.capabilities().then((answer) => {
      if (!isRefusal(answer) && answer.models.some(({ name }) => name === 'openconfig-terminal-device')) this.#canTune.add(attachment);
    });
  }

  /** A device is heard at its own address only. */
  #take(attachment: Attachment, batch: readonly DeviceReading[]): void {
    const last = batch.at(-1);
    const device = last?.device ?? '';
    const isForeign = this.image.hasDevice(device) && this.#attachmentOf.get(device) !== attachment;
    if (isForeign) {
      const remedy = 'Correct the list of devices, or find out who answers there; until then it is left out';
      this.#note({ code: 'foreign-device', path: device, value: attachment.client.device, message: 'Another address than that of the device speaks in its name', remedy });
      return;
    }
    this.image.take(batch, this.#taken);
    if (last !== undefined) this.#book.dated(last.device, last.atNs);
    this.#gather();
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#after(gatherMs, () => this.#tellNews());
  }

  /** A device's own clock, on the log's epoch. */
  #deviceNs(device: string): number {
    return this.#clock.nowNs() - this.#book.ageNs(device);
  }

  #dated(readings: readonly Reading[]): readonly Reading[] {
    return readings.map((reading) => (reading.kind === 'telemetry' ? { ...reading, deviceNs: this.#deviceNs(reading.device) } : reading));
  }

  #tellNews(): void {
    this.#isGathering = false;
    const { devices, isLightChanged, unknown, stuck } = this.#taken;
    this.#taken = nothingTaken();
    for (const { device, component } of unknown) this.#noteUnknown(device, component);
    for (const { device, component, lane } of stuck) {
      const remedy = 'Clear the flag of the module or replace it; until then its received power is believed';
      this.#note({ code: 'stuck-flag', path: component, value: `lane ${lane} of ${device}`, message: 'A receiver says that it misses light which its own power shows', remedy });
    }
    const news: Reading[] = [];
    for (const device of devices) {
      if (this.#book.isNews(device)) news.push(...this.#greet(device));
      else if (this.#book.endGap(device)) this.#resume(device);
    }
    news.push(...this.#dated(this.image.senses.readOf(devices, 0)), ...this.image.circuits.news((device) => this.image.senses.next(device)));
    if (isLightChanged) this.#accuseLater();
    if (news.length > 0) this.#tell(news);
  }

  #accuseLater(): void {
    if (this.#areAccusationsDue) return;
    this.#areAccusationsDue = true;
    this.#after(bothEndsMs, () => {
      this.#areAccusationsDue = false;
      if (this.#opening > 0) {
        this.#accuseLater();
        return;
      }
      const accusations = this.image.senses.accusations(0);
      if (accusations.length > 0) this.#tell(accusations);
      // Receivers that may not have looked since light came are heard again first.
      if (this.image.doubt.takeMet()) this.#accuseLater();
    });
  }

  /** The number that is left out marks what nobody saw; everything is told again. */
  #resume(device: string): void {
    this.image.senses.next(device);
    this.image.senses.forget(device);
    this.image.noteHeardAgain(device);
  }

  /** A device is heard, or heard again: everything that it says is news. */
  #greet(device: string): readonly Reading[] {
    this.#book.setHeard(device);
    const host = this.image.hosts.get(device);
    if (host !== undefined) host.dead = false;
    this.image.senses.forget(device);
    this.image.noteHeardAgain(device);
    return [{ kind: 'deviceSeen', device, link: 'up' }];
  }

  #lose(device: string, because: string): void {
    if (!this.#book.setSilent(device, because)) return;
    const host = this.image.hosts.get(device);
    if (host !== undefined) host.dead = true;
    this.#tell([{ kind: 'deviceSeen', device, link: 'silent' }]);
  }

  #event(attachment: Attachment, event: StreamEvent, speaksFor: (device: string) => boolean): void {
    switch (event.kind) {
      case 'synced': this.#mended(attachment, speaksFor); break;
      case 'gap': this.#broken(attachment, event, speaksFor); break;
      case 'refused':
        this.#note({ code: event.because.code, path: attachment.client.device, message: event.because.reasons.join(' '), remedy: 'Give the device a certificate and models that it takes, and start again' });
        break;
      case 'served':
        this.#note({
          code: 'served-otherwise', path: attachment.client.device, value: `${event.mode}, ${event.encoding}`, message: event.because.reasons.join(' '),
          remedy: 'Nothing need be done: it is read in the manner that it serves; samples show changes later than the device knows of them',
        });
        break;
      case 'removed':
        if (this.image.removed(event.device, event.paths)) {
          this.#taken.isLightChanged = true;
          this.#taken.devices.add(event.device);
        }
        this.#gather();
        break;
      case 'silent': if (speaksFor(event.device)) this.#lose(event.device, `nothing heard for ${(event.forMs / 1000).toFixed(1)} s`); break;
      case 'heard': if (speaksFor(event.device)) this.#taken.devices.add(event.device); break;
      default: this.#book.note(event);
    }
  }

  /** The stream stands and all values have come: tables are whole. */
  #mended(attachment: Attachment, speaksFor: (device: string) => boolean): void {
    this.#book.mend(attachment);
    for (const device of this.#namesAt(attachment).filter(speaksFor)) {
      this.image.wholeTable(device);
      if (this.#book.isHeard(device)) this.#taken.devices.add(device);
    }
    this.#after(bothEndsMs, () => this.#noteStrays(attachment, speaksFor));
    this.#gather();
  }

  #broken(attachment: Attachment, { because, retryMs }: Extract<StreamEvent, { kind: 'gap' }>, speaksFor: (device: string) => boolean): void {
    const lost = this.#namesAt(attachment).filter(speaksFor);
    for (const device of lost) {
      this.image.breakTable(device);
      this.#book.beginGap(device);
    }
    if (!this.#book.breakOff(attachment)) return;
    const remedy = `It is tried again, first in ${(retryMs / 1000).toFixed(1)} s; see that the device runs and that both certificates are in force and of the same authority`;
    this.#note({ code: because.code, path: attachment.client.device, message: because.reasons.join(' '), remedy });
    this.#after(silentLeastMs, () => {
      if (this.#book.isBroken(attachment)) for (const device of this.#namesAt(attachment)) this.#lose(device, because.reasons.join(' '));
    });
  }

  #noteUnknown(device: string, component: string): void {
    const remedy = 'Correct the cluster file or what is there; until then it is left out';
    if (!this.image.hasDevice(device)) this.#note({ code: 'unknown-device', path: device, message: 'A device answers that the cluster file does not have', remedy });
    else this.#note({ code: 'unknown-component', path: device, value: component, message: 'The device reports a component that the cluster file does not have there', remedy });
  }

  /** Components that the cluster file has and the device does not show. */
  #noteStrays(attachment: Attachment, speaksFor: (device: string) => boolean): void {
    for (const device of this.#namesAt(attachment)) {
      const missing = speaksFor(device) && this.#book.isHeard(device) ? this.image.unheard(device) : [];
      if (missing.length > 0) {
        const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
        const remedy = 'Plug them in or correct the cluster file; until then they count as designed';
        this.#note({ code: 'missing-component', path: device, value: `${missing[0] ?? ''}${more}`, message: 'The cluster file has components that the device does not show', remedy });
      }
    }
  }

  /** Devices of the cluster that never answered. */
  #lookForAbsent(names: readonly string[]): void {
    for (const device of names) if (!this.#book.isHeard(device)) this.#lose(device, 'never heard');
  }

  send(command: DeviceCommand): void {
    this.#desk.send(command);
  }

  async stop(): Promise<void> {
    this.#desk.stop();
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { client } of this.#terms.attachments) client.close();
    await this.#terms.release?.();
  }
}
