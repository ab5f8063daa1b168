/** The faults of a running twin, injected and read through its own service with the certificate of admin. */

import { Code, ConnectError, createClient } from '@connectrpc/connect';
import type { Client } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { Identity } from '../../adapters/certificates.ts';
import { Twin } from '../../adapters/gnmi/generated/twin_pb.js';
import type { Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { CompiledFabric } from '../../fabric/compiled.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { DeviceFault, FaultName } from '../../sim/devices/device-fault.ts';
import { findFaultKind } from '../../sim/devices/device-fault.ts';
import type { InjectedFault } from '../../sim/devices/inject-fault.ts';
import type { FaultSwitch, FaultWish } from '../server/device-side.ts';
import type { ServerClock } from '../server/server-clock.ts';

const timeoutMs = 10_000;
/** Faults are also injected from elsewhere, so what there is is asked for this often. */
const askMs = 1000;

export interface TwinFaultsTerms {
  /** `grpcs://host:port` */
  readonly address: string;
  readonly identity: Identity;
  readonly fabric: CompiledFabric;
  readonly clock: ServerClock;
  /** Faults of an earlier run, which the twin does not know. */
  readonly kept: readonly DeviceFault[];
  /** Is told when the faults have changed. */
  onFaults(faults: readonly DeviceFault[]): void;
}

export class TwinFaults implements FaultSwitch {
  readonly #rpc: Client<typeof Twin>;
  readonly #sessions: Http2SessionManager;
  readonly #terms: TwinFaultsTerms;
  readonly #timer: NodeJS.Timeout;
  #faults: readonly DeviceFault[];
  #isHeld = true;

  constructor(terms: TwinFaultsTerms) {
    this.#terms = terms;
    this.#faults = terms.kept;
    const baseUrl = terms.address.replace(/^grpcs:/, 'https:');
    const { ca, cert, key } = terms.identity;
    this.#sessions = new Http2SessionManager(baseUrl, {}, { ca, cert, key });
    this.#rpc = createClient(Twin, createGrpcTransport({ baseUrl, sessionManager: this.#sessions, acceptCompression: [] }));
    this.#timer = setInterval(() => void this.#ask(), askMs);
    this.#timer.unref();
  }

  get faults(): readonly DeviceFault[] {
    return this.#faults;
  }

  /** A twin that does not answer keeps the faults that it last told. */
  async #ask(): Promise<void> {
    const answer = await this.#rpc.faults({}, { timeoutMs }).catch(() => null);
    if (answer === null || this.#isHeld) return;
    const { fabric, clock, onFaults } = this.#terms;
    const before = this.#faults;
    this.#faults = answer.fault.flatMap(({ device, fault, by = 0 }): readonly DeviceFault[] => {
      const component = fabric.findComponent(device);
      const kind = findFaultKind(fault);
      if (component < 0 || kind === null) return [];
      const name = kind.name as FaultName;
      const known = this.#faults.find((one) => one.component === component && one.name === name && one.by === by);
      return [known ?? { component, name, by, sinceNs: clock.nowNs() }];
    });
    const isSame = before.length === this.#faults.length && this.#faults.every((fault) => before.includes(fault));
    if (!isSame) onFaults(this.#faults);
  }

  /** The twin is gone: what it had is kept until it stands again. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Gives a twin that has just started the faults that it had before. */
  async restore(): Promise<void> {
    for (const { component, name, by } of this.#faults) {
      const unit = findFaultKind(name)?.unit ?? null;
      // A fault of a cluster that has changed since does not come back.
      await this.#rpc.inject({ device: this.#terms.fabric.componentName(component as ComponentIx), fault: name, ...(unit === null ? {} : { by }) }, { timeoutMs }).catch(() => null);
    }
    this.#isHeld = false;
    await this.#ask();
  }

  /** Issue codes: those of the twin in its own words, which end with the code in brackets, and `twin-unreachable`. */
  async inject({ device, fault, by }: FaultWish): Promise<Parsed<InjectedFault>> {
    try {
      const { reached, summary } = await this.#rpc.inject({ device, fault, ...(by === undefined ? {} : { by }) }, { timeoutMs });
      await this.#ask();
      return parsed({ reached, summary });
    } catch (thrown) {
      const { code, rawMessage } = ConnectError.from(thrown);
      const [, words = rawMessage, told = 'not-injected'] = /^(.*) \[([a-z-]+)\]$/s.exec(rawMessage) ?? [];
      return rejected(code === Code.InvalidArgument
        ? { code: told, message: words, value: `${device} ${fault}`, remedy: 'Name a component or a port, a fault that it can have, and the amount in its unit' }
        : { code: 'twin-unreachable', message: `The twin does not answer: ${rawMessage}`, remedy: 'Start the server again; its twin starts with it' });
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#sessions.abort();
  }
}
