/** `heliostat twin`: serves an emulated fabric as gNMI targets, and injects faults into a running one. */

import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { Command as Commander } from 'commander';
import { ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { readIdentity } from '../../adapters/certificates.ts';
import { Twin } from '../../adapters/gnmi/generated/twin_pb.js';
import { parseQuantity } from '../../adapters/quantity.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { faultKinds, findFaultKind } from '../../sim/devices/device-fault.ts';
import { compileClusterFile } from '../cluster-input.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { countText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';
import { startTwin, tlsFolder, twinAddressFile, twinPortDefault } from '../twin-server.ts';

const dataDefault = 'heliostat-data';

const serveExamples = `
Examples:
  heliostat twin examples/cluster-liquid-1024.yaml
  heliostat twin examples/fabrics/ocs-rails.yaml --port 0 --data /tmp/twin
  heliostat twin inject coolantloop0 warm --by 6K
  heliostat twin inject leaf3/module12 dirty --by 3dB

When ready it prints one line, ready grpcs://127.0.0.1:PORT, and serves until Ctrl-C. Every switch, adapter and circuit switch is
a gNMI target; name it in prefix.target, leave the target out for the fabric as one device, or write * for each by itself.
The first start makes certificates in DIR/tls: clients admin (may inject and change), controller (may change), viewer (may read).

Paths: /components/component[name=...] by OpenConfig; origin sonic-db for circuit switches. Updating a cross-connect refuses busy
ports, replacing one takes them, replacing the table OCS_CROSS_CONNECT first removes all.`;

const injectExamples = `
Examples:
  heliostat twin inject coolantloop0 warm --by 6K
  heliostat twin inject leaf0/lasersource3 laser-dead
  heliostat twin inject ocs0/4A stuck
  heliostat twin inject leaf3 slow --by 800ms
  heliostat twin inject leaf3 clear

Faults:
${faultKinds.map((kind) => `  ${kind.name.padEnd(12)}${kind.does}${kind.unit === null ? '' : ` (${kind.unit}${kind.usual === null ? '' : `, usually ${kind.usual} ${kind.unit}`})`}`).join('\n')}
  clear       takes away every fault of the component and of what it holds`;

interface ServeOptions {
  readonly port: number;
  readonly data: string;
  readonly seed: number;
  readonly attached?: true;
  readonly json?: true;
}

interface InjectOptions {
  readonly by?: string;
  readonly port?: number;
  readonly data: string;
  readonly json?: true;
}

function wholeUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > most) throw new InvalidArgumentError(`Write a whole number from 0 to ${most}.`);
    return value;
  };
}

const portMax = 65_535;

const circuitText = (count: number): string => `${count} circuit ${count === 1 ? 'switch' : 'switches'}`;

/** Resolves at the first interrupt or termination, and where it is attached at the end of standard input, which closes with the process that holds it. */
const interrupted = ({ isAttached }: { readonly isAttached: boolean }): Promise<void> => new Promise((resolve) => {
  // The keyboard interrupts the whole group; an attached twin is stopped by the process that holds it.
  process.on('SIGINT', () => { if (!isAttached) resolve(); });
  process.once('SIGTERM', () => resolve());
  if (!isAttached) return;
  process.stdin.once('close', () => resolve());
  process.stdin.resume();
  // A twin that cannot start ends, whether or not somebody still holds its input.
  if ('unref' in process.stdin) process.stdin.unref();
});

async function serve(file: string, options: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const json = options.json === true;
  const cluster = compileClusterFile(file);
  if (!cluster.ok) return reportIssues(terminal, cluster.issues, { json });
  const ended = interrupted({ isAttached: options.attached === true });
  const twin = await startTwin({ cluster: cluster.value, dataFolder: options.data, port: options.port, seed: options.seed });
  if (!twin.ok) return reportIssues(terminal, twin.issues, { json });
  const { fabric } = twin.value.model;
  if (json) {
    terminal.printJson({
      schema: 'heliostat/twin/1', address: twin.value.address, cluster: cluster.value.design.name, certificates: tlsFolder(options.data),
      targets: fabric.hosts.length, modules: fabric.modules.length, circuitSwitches: fabric.switches.length, lanes: fabric.lanes.count,
    });
  } else {
    const counts = [countText(fabric.hosts.length, 'target'), countText(fabric.modules.length, 'module'), circuitText(fabric.switches.length)].join(', ');
    terminal.complain(`${cluster.value.design.name}: ${counts}; certificates in ${tlsFolder(options.data)}`);
    terminal.print(`ready ${twin.value.address}`);
  }
  await ended;
  await twin.value.stop();
  return 0;
}

/** Reads an amount in the unit of its fault; a difference of temperatures is in K. */
function readAmount(fault: string, by: string | undefined): Parsed<number | undefined> {
  const unit = findFaultKind(fault)?.unit ?? null;
  if (by === undefined) return parsed(undefined);
  if (unit === null) return rejected({ code: 'needless-amount', message: `The fault ${fault} knows no amount`, remedy: 'Leave --by out.', value: by });
  if (unit === 'dB') return parseQuantity(by, 'ratio');
  if (unit === 'K') {
    const match = /^\s*(\d+(?:\.\d+)?)\s*K\s*$/.exec(by);
    return match === null ? rejected({ code: 'not-a-quantity', message: 'This is not a difference of temperatures', remedy: 'Write it in kelvin, e.g. --by 6K.', value: by }) : parsed(Number(match[1]));
  }
  const time = parseQuantity(by, 'time');
  return time.ok ? parsed(time.value / 1e6) : time;
}

function readPort({ port, data }: InjectOptions): number {
  if (port !== undefined) return port;
  try {
    return Number(/:(\d+)\s*$/.exec(readFileSync(twinAddressFile(data), 'utf8'))?.[1] ?? twinPortDefault);
  } catch {
    // No twin has written its address there; the usual port is the best guess.
    return twinPortDefault;
  }
}

const callTimeoutMs = 10_000;

async function inject(device: string, fault: string, options: InjectOptions, terminal: Terminal): Promise<ExitCode> {
  const json = options.json === true;
  const by = readAmount(fault, options.by);
  if (!by.ok) return reportIssues(terminal, by.issues, { json });
  const identity = readIdentity(tlsFolder(options.data), 'admin');
  if (!identity.ok) return reportIssues(terminal, identity.issues, { json });
  const baseUrl = `https://127.0.0.1:${readPort(options)}`;
  const { ca, cert, key } = identity.value;
  const client = createClient(Twin, createGrpcTransport({ baseUrl, nodeOptions: { ca, cert, key }, idleConnectionTimeoutMs: 1 }));
  try {
    const done = await client.inject({ device, fault, ...(by.value === undefined ? {} : { by: by.value }) }, { timeoutMs: callTimeoutMs });
    if (json) terminal.printJson({ schema: 'heliostat/twin-inject/1', device, fault, by: by.value ?? null, unit: findFaultKind(fault)?.unit ?? null, reached: done.reached, summary: done.summary });
    else terminal.print(done.summary);
    return 0;
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    const isOurs = error.code === invalidArgument;
    const issue = isOurs
      ? { code: 'not-injected', message: error.rawMessage, remedy: 'heliostat twin inject --help lists the faults.' }
      : { code: 'twin-unreachable', message: `No twin answers at ${baseUrl}: ${error.rawMessage}`, remedy: 'Start one with `heliostat twin CLUSTER`, or name its data folder with --data.' };
    reportIssues(terminal, [issue], { json });
    return isOurs ? 2 : 1;
  }
}

/** gRPC's INVALID_ARGUMENT, as the twin answers to what cannot be injected. */
const invalidArgument = 3;

export const twinCommand: CommandModule = {
  register(program, terminal, finish) {
    const twin: Commander = program
      .command('twin')
      .summary('serve an emulated fabric as gNMI targets')
      .description('Serves the transceivers, laser sources and circuit switches of a cluster over gNMI with mutual TLS on 127.0.0.1, as the physics has them.')
      .argument('<cluster>', 'Cluster spec (YAML)')
      .option('--port <n>', 'port to listen on; 0 picks a free one', wholeUpTo(portMax), twinPortDefault)
      .option('--data <dir>', 'folder of the certificates', dataDefault)
      .option('--seed <n>', 'seed of the sensors\' noise', wholeUpTo(2 ** 31 - 1), 1)
      .option('--attached', 'end with standard input too, for a process that holds it')
      .option('--json', 'print the address as one JSON document')
      .addHelpText('after', serveExamples)
      .action(async (file: string, options: ServeOptions) => finish(await serve(file, options, terminal)));
    twin
      .command('inject')
      .summary('inject a fault into a running twin')
      .description('Injects a fault into the twin that runs with the same data folder.')
      .argument('<device>', 'component, e.g. leaf3/module12')
      .argument('<fault>', 'what happens to it')
      .option('--by <amount>', 'how much, with its unit, e.g. 6K')
      .option('--port <n>', 'port of the twin, where its data folder does not say', wholeUpTo(portMax))
      .option('--data <dir>', 'folder of the certificates', dataDefault)
      .option('--json', 'print one JSON document')
      .addHelpText('after', injectExamples)
      .action(async (device: string, fault: string, options: InjectOptions) => finish(await inject(device, fault, options, terminal)));
  },
};
