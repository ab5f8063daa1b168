/** Starts the whole service: cluster, log, devices, routes; and stops it so that nothing that was acknowledged is lost. */

import { X509Certificate } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { makeFolder } from '../../adapters/make-folder.ts';
import { systemCode } from '../../adapters/regular-file.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { formatIssue, parsed, rejected } from '../../base/issue.ts';
import { isRefusal } from '../../base/refusal.ts';
import { indexCluster } from '../fit-cluster.ts';
import { openDeviceSide } from '../southbound/open-device-side.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { observeEntries } from '../metrics/observe-entries.ts';
import { startTracing } from '../tracing/start-tracing.ts';
import { adminTokenFile, ensureAdminToken } from './access.ts';
import { buildPlant } from './build-plant.ts';
import type { Desk } from './desk.ts';
import type { DeviceSide } from './device-side.ts';
import { exampleReadings, exampleRenewals } from './example-jobs.ts';
import { ForkTable } from './forks.ts';
import { History } from './history.ts';
import type { RehearsalTerms, Rehearsed } from './rehearsal.ts';
import { rehearsalMsMax, rehearse } from './rehearsal.ts';
import { removeServerRecord, writeServerRecord } from '../server-record.ts';
import { createHttpServer } from './http-server.ts';
import type { OidcTerms } from './identity.ts';
import { Identity, isLoopback } from './identity.ts';
import { LiveController } from './live-controller.ts';
import type { OpenedController } from './open-controller.ts';
import { openController } from './open-controller.ts';
import { Pressure } from './pressure.ts';
import type { RequestBook } from './request-book.ts';
import { openRequestBook } from './request-book.ts';
import { Streams } from './streams.ts';

export const portDefault = 7420;
const tickMs = 1000;
/** How often tenants of the examples look whether they must renew. */
const renewalMs = 60_000;

export interface ServeTerms {
  readonly clusterFile: string;
  /** `twin`, `inProcess`, or the path of a list of devices. */
  readonly devices: string;
  /** Opens another side of the devices than those that `devices` names; the load bench stands there itself. */
  readonly openDevices?: typeof openDeviceSide;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly dir: string;
  readonly isClosed: boolean;
  /** Leave to bind beyond this computer without TLS or tokens. */
  readonly isInsecure: boolean;
  readonly seed: number;
  readonly speed: number;
  readonly hasExamples: boolean;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly oidc: OidcTerms | null;
  readonly log: Logger;
  /** One line for the person who started it. */
  complain(text: string): void;
}

export interface RunningServer {
  readonly url: string;
  /** What was rehearsed before it was ready, `null` for nothing. */
  readonly rehearsed: Rehearsed | null;
  readonly notes: readonly Issue[];
  /** Takes no more requests, flushes the log and frees the port. */
  stop(): Promise<void>;
}

const isLoopbackHost = (host: string): boolean => host === 'localhost' || isLoopback(host);

/** Issues when the server would be open to strangers. */
function exposure({ host, isClosed, isInsecure, tls }: ServeTerms): readonly Issue[] {
  if (isLoopbackHost(host) || isInsecure || (isClosed && tls !== null)) return [];
  return [{
    code: 'open-to-strangers', path: '--host', value: host, message: 'Beyond this computer the server needs TLS and tokens for reading',
    remedy: 'Add --closed --tls-cert FILE --tls-key FILE, or --insecure if something in front of it does both',
  }];
}

interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What is wrong with a certificate, as a browser would find out. */
function certificateIssues({ cert, key }: TlsPair, certFile: string): readonly Issue[] {
  const remedy = 'Name a PEM certificate that is in force, and the key that belongs to it';
  try {
    createSecureContext({ cert, key });
    const { validFromDate, validToDate } = new X509Certificate(cert);
    const now = new Date();
    if (validFromDate <= now && now <= validToDate) return [];
    return [{ code: 'certificate-expired', file: certFile, path: '--tls-cert', message: `The certificate holds from ${validFromDate.toISOString()} to ${validToDate.toISOString()}`, remedy }];
  } catch (fault) {
    if (!(fault instanceof Error) || !('code' in fault)) throw fault;
    return [{ code: 'bad-certificate', file: certFile, path: '--tls-cert', message: `The certificate and key cannot be used (${systemCode(fault)})`, remedy }];
  }
}

/** Issue codes: `unreadable-file`, `bad-certificate`, `certificate-expired`. */
function readTls(tls: ServeTerms['tls']): Parsed<TlsPair | null> {
  if (tls === null) return parsed(null);
  const read = (file: string, path: string): Buffer | Issue => {
    try {
      return readFileSync(file);
    } catch (fault) {
      return { code: 'unreadable-file', file, path, message: `The file cannot be read (${systemCode(fault)})`, remedy: 'Name a PEM file that may be read' };
    }
  };
  const cert = read(tls.certFile, '--tls-cert');
  const key = read(tls.keyFile, '--tls-key');
  if ('code' in cert || 'code' in key) return rejected(...[cert, key].filter((one): one is Issue => 'code' in one));
  const issues = certificateIssues({ cert, key }, tls.certFile);
  return issues.length > 0 ? rejected(...issues) : parsed({ cert, key });
}

function prepareFolder(dir: string): readonly Issue[] {
  try {
    makeFolder(dir, { mode: 0o700 });
    accessSync(dir, constants.R_OK | constants.W_OK);
    return [];
  } catch (fault) {
    return [{ code: 'cannot-write', file: dir, message: `The data folder cannot be written (${systemCode(fault)})`, remedy: 'Name a folder that may be written with --data' }];
  }
}

type Built = Pick<Desk, 'plant' | 'accelerator' | 'catalogue' | 'placementIndex'>;

function build(clusterFile: string): Parsed<Built> {
  const built = buildPlant(clusterFile);
  if (!built.ok) return built;
  const { spec, plant, catalogue } = built.value;
  const index = indexCluster(spec);
  if (!index.ok) return index;
  return parsed({ plant, accelerator: spec.accelerator, catalogue, placementIndex: index.value });
}

interface Assembled {
  readonly desk: Desk;
  stop(): Promise<void>;
}

function assemble(terms: ServeTerms, built: Built, opened: OpenedController, devices: DeviceSide, requests: RequestBook): Assembled {
  const { plant } = built;
  const { store, state, index, clock } = opened;
  const live = new LiveController({
    state, store, index, clock, devices,
    onFault: (fault) => terms.log.error({ fault: fault instanceof Error ? fault.stack : String(fault) }, 'the controller failed on a reading'),
    onTrouble: (trouble) => terms.complain(trouble === null ? 'Readings are taken again.' : `No readings are taken: ${trouble.reasons.join(' ')}`),
  });
  const history = new History(live);
  const metrics = createMetrics({ ofProcess: true });
  const tracing = startTracing({ environment: process.env, log: terms.log });
  live.listen((entries, took) => {
    observeEntries(metrics, plant, entries, took);
    tracing.observe(entries, took);
  });
  const renewing = setInterval(() => live.offer(exampleRenewals(live.state, clock.nowNs())), renewalMs / clock.speed);
  const forks = new ForkTable({
    clusterFile: terms.clusterFile, dir: terms.dir, fingerprint: plant.fingerprint, headN: () => store.headN, faults: () => devices.emulation?.faults ?? [],
    onFault: (fault) => terms.log.error({ fault }, 'a what-if failed'),
  });
  const desk: Desk = {
    ...built, dir: terms.dir, live, requests, history, metrics, frame: { id: plant.name, epoch: store.header.epoch, mode: 'live' }, isStopping: false,
    identity: new Identity({ dir: terms.dir, isClosed: terms.isClosed, oidc: terms.oidc }), forks, streams: new Streams(live), pressure: new Pressure(live),
  };
  return {
    desk,
    async stop() {
      clearInterval(renewing);
      desk.pressure.stop();
      forks.stop();
      await live.stop();
      await tracing.stop();
      requests.close();
    },
  };
}

/** What was rehearsed, told in the log. A fault of the program on the stage costs the rehearsal and not the start. */
async function rehearseAndTell({ log }: ServeTerms, terms: RehearsalTerms): Promise<Rehearsed | null> {
  try {
    const rehearsed = await rehearse(terms);
    log.info({ rehearsed }, rehearsed === null ? 'nothing was rehearsed' : 'answers to incidents were rehearsed on a copy of the state');
    return rehearsed;
  } catch (fault) {
    log.error({ fault: fault instanceof Error ? fault.stack : String(fault) }, 'the rehearsal failed');
    return null;
  }
}

/** The devices, and what was rehearsed while they were opened. Beyond that a controller that crashed, and is missed, does not rehearse. */
async function openWhileRehearsing(terms: ServeTerms, { plant, accelerator, catalogue }: Built, { state, clock, hasCrashed }: OpenedController): Promise<readonly [Parsed<DeviceSide>, Rehearsed | null]> {
  let devices: Parsed<DeviceSide> | null = null;
  const opening = (terms.openDevices ?? openDeviceSide)({ ...terms, plant, catalogue, clock, state, note: (issue) => terms.complain(formatIssue(issue)) }).then((opened) => (devices = opened));
  const isEnough = (tookMs: number): boolean => tookMs > rehearsalMsMax || (devices !== null && (hasCrashed || !devices.ok));
  return Promise.all([opening, rehearseAndTell(terms, { state, accelerator, isEnough })]);
}

/** Brings the example jobs onto a new log; the first start is ready when they are durable. */
async function seed({ live, plant, accelerator }: Desk): Promise<void> {
  for (const reading of exampleReadings(plant, accelerator, live.clock.nowNs())) {
    const told = live.tell(reading, null);
    if (!isRefusal(told)) await told.durable;
  }
}

function portIssue(fault: NodeJS.ErrnoException, { host, port }: ServeTerms): Issue {
  const value = `${host}:${port}`;
  const remedy = 'Stop what listens there, or choose another with --port; 0 picks a free one';
  if (fault.code === 'EADDRINUSE') return { code: 'port-in-use', path: '--port', value, message: 'Something listens there already', remedy };
  return { code: 'port-unavailable', path: '--port', value, message: `The address cannot be had (${fault.code ?? fault.message})`, remedy: 'Choose another with --host and --port' };
}

/** Issue codes: those of the cluster, the store, the access, and `open-to-strangers`, `port-in-use`, `port-unavailable`. */
export async function startServer(terms: ServeTerms): Promise<Parsed<RunningServer>> {
  const tls = readTls(terms.tls);
  const early = [...exposure(terms), ...(tls.ok ? [] : tls.issues)];
  if (early.length > 0 || !tls.ok) return { ok: false, issues: early };
  const built = build(terms.clusterFile);
  if (!built.ok) return built;
  const folder = prepareFolder(terms.dir);
  if (folder.length > 0) return { ok: false, issues: folder };
  const opened = await openController(built.value.plant, terms.dir, { speed: terms.speed });
  if (!opened.ok) return opened;
  const made = ensureAdminToken(terms.dir);
  const requests = openRequestBook(terms.dir);
  if (!made.ok || !requests.ok) {
    await opened.value.store.close();
    if (requests.ok) requests.value.close();
    return made.ok ? requests as Parsed<never> : made;
  }
  const { store } = opened.value;
  const [devices, rehearsed] = await openWhileRehearsing(terms, built.value, opened.value);
  if (!devices.ok) {
    requests.value.close();
    await store.close();
    return devices;
  }
  const { desk, stop } = assemble(terms, built.value, opened.value, devices.value, requests.value);
  const app = await createHttpServer(desk, { log: terms.log, tls: tls.value });
  try {
    await app.listen({ host: terms.host, port: terms.port });
  } catch (fault) {
    await stop();
    if ((fault as NodeJS.ErrnoException).code === undefined) throw fault;
    return rejected(portIssue(fault as NodeJS.ErrnoException, terms));
  }
  // A start that is refused says only why; the next one, on a log that is still empty, tells where the token is.
  if (made.value.path !== null || opened.value.isNew) terms.complain(`The administrator's token is in ${adminTokenFile(terms.dir)}`);
  if (opened.value.isNew && terms.hasExamples) await seed(desk);
  desk.live.start(tickMs / terms.speed);
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : terms.port;
  const host = terms.host.includes(':') ? `[${terms.host}]` : terms.host;
  const url = `${tls.value === null ? 'http' : 'https'}://${host}:${port}`;
  writeServerRecord(terms.dir, url);
  desk.pressure.begin();
  return parsed({
    url, rehearsed, notes: [...opened.value.notes, ...made.value.notes],
    async stop() {
      removeServerRecord(terms.dir);
      desk.isStopping = true;
      desk.streams.stop();
      await app.close();
      await stop();
    },
  });
}
