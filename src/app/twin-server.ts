/** Starts and stops a twin: an emulated fabric behind gNMI with mutual TLS, and the service through which faults are injected. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectRouter } from '@connectrpc/connect';
import { makeFolder } from '../adapters/make-folder.ts';
import { ensureCertificates } from '../adapters/certificates.ts';
import { Twin } from '../adapters/gnmi/generated/twin_pb.js';
import type { GnmiServer } from '../adapters/gnmi/server.ts';
import { peerOf, startGnmiServer } from '../adapters/gnmi/server.ts';
import { asError, denied, invalid } from '../adapters/gnmi/status.ts';
import { createDice } from '../base/dice.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { formatIssue, parsed, rejected } from '../base/issue.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { ComponentIx } from '../fabric/fabric.ts';
import { createCatalogue } from '../optics/catalogue/catalogue.ts';
import { createDevices } from '../sim/devices/create-devices.ts';
import { findFaultKind } from '../sim/devices/device-fault.ts';
import type { TwinModel } from './twin-model.ts';
import { createTwinModel } from './twin-model.ts';

/** Port that IANA registered for gNMI. */
export const twinPortDefault = 9339;

/** Where a data folder keeps device certificates, and where a running twin writes its address. */
export const tlsFolder = (dataFolder: string): string => join(dataFolder, 'tls');
export const twinAddressFile = (dataFolder: string): string => join(dataFolder, 'twin.address');

export interface TwinOptions {
  readonly cluster: CompiledCluster;
  readonly dataFolder: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly seed: number;
}

export interface RunningTwin {
  readonly port: number;
  /** `grpcs://127.0.0.1:PORT` */
  readonly address: string;
  readonly model: TwinModel;
  stop(): Promise<void>;
}

function adminRoutes(router: ConnectRouter, model: TwinModel): void {
  const { fabric } = model;
  const nameOf = (component: number): string => fabric.cluster.fabric.componentName(component as ComponentIx);
  router.service(Twin, {
    inject(request, context) {
      if (peerOf(context) !== 'admin') throw asError(denied(`Faults are injected with the certificate of admin, not of ${peerOf(context)}.`));
      const done = model.inject({ device: request.device, fault: request.fault, ...(request.by === undefined ? {} : { by: request.by }) });
      if (!done.ok) throw asError(invalid(done.issues.map(formatIssue).join(' ')));
      return { reached: [...done.value.reached], summary: done.value.summary };
    },
    faults: () => ({ fault: fabric.faults.map(({ component, name, by }) => ({ device: nameOf(component), fault: name, by, unit: findFaultKind(name)?.unit ?? '' })) }),
  });
}

function portIssue(fault: NodeJS.ErrnoException, port: number): Issue {
  const value = String(port);
  if (fault.code === 'EADDRINUSE') return { code: 'port-in-use', message: `Port ${port} of 127.0.0.1 is taken`, value, remedy: 'Stop what listens there, or choose another with --port; 0 picks a free one.' };
  return { code: 'port-unavailable', message: `Port ${port} of 127.0.0.1 cannot be had: ${fault.message}`, remedy: 'Choose another with --port; 0 picks a free one.', value: String(port) };
}

/**
 * Starts a twin. Issue codes: those of `ensureCertificates`, `port-in-use`, `port-unavailable`, `folder-unwritable`, and
 * `no-devices` for a cluster without anything to emulate.
 */
export async function startTwin({ cluster, dataFolder, port, seed }: TwinOptions): Promise<Parsed<RunningTwin>> {
  const fabric = createDevices(cluster, createCatalogue());
  if (fabric.hosts.length === 0) return rejected({ code: 'no-devices', message: 'The cluster has no transceivers and no circuit switches to emulate', remedy: 'Give it links between nodes.' });
  const identity = await ensureCertificates(tlsFolder(dataFolder));
  if (!identity.ok) return identity;
  const model = createTwinModel(fabric, createDice(seed));
  let server: GnmiServer;
  try {
    server = await startGnmiServer({ identity: identity.value, port, model, writers: ['admin', 'controller'], routes: (router) => adminRoutes(router, model) });
    makeFolder(dataFolder);
    writeFileSync(twinAddressFile(dataFolder), `127.0.0.1:${server.port}\n`);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === undefined) throw fault;
    return rejected(portIssue(fault as NodeJS.ErrnoException, port));
  }
  model.start();
  return parsed({
    port: server.port, address: `grpcs://127.0.0.1:${server.port}`, model,
    async stop() {
      model.stop();
      rmSync(twinAddressFile(dataFolder), { force: true });
      await server.stop();
    },
  });
}
