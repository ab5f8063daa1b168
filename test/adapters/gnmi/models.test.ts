/** What the twin serves has the names and types of the published models: OpenConfig's modules, and the tables of the SONiC OCS design document. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readIdentity } from '../../../src/adapters/certificates.ts';
import type { GnmiClient, GotValue, PathQuestion } from '../../../src/adapters/gnmi/client.ts';
import { connectGnmi } from '../../../src/adapters/gnmi/client.ts';
import { compileClusterFile } from '../../../src/app/cluster-input.ts';
import type { RunningTwin } from '../../../src/app/twin-server.ts';
import { startTwin, tlsFolder } from '../../../src/app/twin-server.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { packageTest } from '../../packages.ts';

const folder = mkdtempSync(join(tmpdir(), 'heliostat-models-'));

interface Served {
  readonly twin: RunningTwin;
  readonly client: GnmiClient;
}

async function serve(example: string): Promise<Served> {
  const cluster = compileClusterFile(fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url)));
  if (!cluster.ok) throw new Error('the example does not compile');
  const twin = await startTwin({ cluster: cluster.value, dataFolder: folder, port: 0, seed: 1 });
  if (!twin.ok) throw new Error(twin.issues[0]?.message ?? '');
  const identity = readIdentity(tlsFolder(folder), 'admin');
  if (!identity.ok) throw new Error(identity.issues[0]?.message ?? '');
  return { twin: twin.value, client: connectGnmi({ device: 'twin', address: twin.value.address, identity: identity.value }) };
}

/** Switches with co-packaged engines and external laser sources, and pluggable modules behind circuit switches. */
let engines: Served;
let rails: Served;

before(async () => {
  engines = await serve('worth/cluster-engines-32.yaml');
  rails = await serve('fabrics/ocs-rails.yaml');
});

after(async () => {
  for (const { client, twin } of [engines, rails]) {
    client.close();
    await twin.stop();
  }
  rmSync(folder, { recursive: true, force: true });
});

async function get({ client }: Served, question: PathQuestion): Promise<readonly GotValue[]> {
  const got = await client.get(question);
  if (isRefusal(got)) throw new Error(got.reasons.join(' '));
  return got;
}

/**
 * Types of the leaves as published: openconfig-platform, openconfig-platform-transceiver 0.18.1 (media-snr: 1.0.0), openconfig-alarms
 * 0.4.0, read on 2026-11-22. A number is the fraction digits of a decimal64; a name before a colon is the module of an identity.
 */
const published: Readonly<Record<string, string | number>> = {
  name: 'string', 'transceiver/physical-channels/channel/index': 'uint16', 'transceiver/thresholds/threshold/severity': 'openconfig-alarm-types', 'alarms/alarm/id': 'string',
  'config/name': 'string', 'state/name': 'string', 'state/type': 'openconfig-platform-types', 'state/oper-status': 'openconfig-platform-types', 'state/part-no': 'string', 'state/mfg-name': 'string',
  'state/temperature/instant': 1, 'state/temperature/alarm-status': 'boolean', 'state/temperature/alarm-severity': 'openconfig-alarm-types', 'state/temperature/alarm-threshold': 'uint32',
  'transceiver/config/enabled': 'boolean', 'transceiver/config/fec-mode': 'openconfig-platform-types', 'transceiver/config/module-functional-type': 'openconfig-transport-types',
  'transceiver/state/enabled': 'boolean', 'transceiver/state/fec-mode': 'openconfig-platform-types', 'transceiver/state/module-functional-type': 'openconfig-transport-types',
  'transceiver/state/present': 'enumeration', 'transceiver/state/form-factor': 'openconfig-transport-types', 'transceiver/state/vendor': 'string', 'transceiver/state/vendor-part': 'string',
  'transceiver/state/fault-condition': 'boolean', 'transceiver/state/pre-fec-ber/instant': 18,
  'transceiver/physical-channels/channel/config/index': 'uint16', 'transceiver/physical-channels/channel/config/tx-laser': 'boolean',
  'transceiver/physical-channels/channel/state/index': 'uint16', 'transceiver/physical-channels/channel/state/tx-laser': 'boolean', 'transceiver/physical-channels/channel/state/tx-failure': 'boolean',
  'transceiver/physical-channels/channel/state/rx-los': 'boolean', 'transceiver/physical-channels/channel/state/laser-temperature/instant': 1, 'transceiver/physical-channels/channel/state/media-snr/instant': 2,
  'transceiver/physical-channels/channel/state/output-power/instant': 2, 'transceiver/physical-channels/channel/state/input-power/instant': 2, 'transceiver/physical-channels/channel/state/laser-bias-current/instant': 2,
  'transceiver/thresholds/threshold/state/severity': 'openconfig-alarm-types', 'transceiver/thresholds/threshold/state/module-temperature-upper': 1, 'transceiver/thresholds/threshold/state/module-temperature-lower': 1,
  'transceiver/thresholds/threshold/state/output-power-upper': 2, 'transceiver/thresholds/threshold/state/output-power-lower': 2, 'transceiver/thresholds/threshold/state/input-power-upper': 2,
  'transceiver/thresholds/threshold/state/input-power-lower': 2, 'transceiver/thresholds/threshold/state/laser-bias-current-upper': 2,
  'alarms/alarm/state/id': 'string', 'alarms/alarm/state/resource': 'string', 'alarms/alarm/state/text': 'string', 'alarms/alarm/state/time-created': 'uint64',
  'alarms/alarm/state/severity': 'openconfig-alarm-types', 'alarms/alarm/state/type-id': 'openconfig-alarm-types',
};

test('every OpenConfig leaf that is served is one of the published models, with its type', () => {
  for (const { twin } of [engines, rails]) {
    let compared = 0;
    for (const entity of twin.model.entities) {
      if (entity.origin !== 'openconfig') continue;
      for (const leaf of entity.leaves()) {
        const path = leaf.elems.map(({ name }) => name).join('/');
        const value = leaf.read();
        const type = leaf.type.kind === 'decimal64' ? leaf.type.digits : leaf.type.kind === 'identityref' && value !== null ? String(value).slice(0, String(value).indexOf(':')) : leaf.type.kind;
        if (value !== null || leaf.type.kind !== 'identityref') assert.equal(type, published[path], path);
        // Vendor fields have 1 to 16 characters.
        if (/vendor/.test(path) && value !== null) assert.match(String(value), /^.{1,16}$/);
        compared++;
      }
    }
    assert.ok(compared > 1000);
  }
});

test('alarms stand while a value is beyond the limit that the module tells, with the time of their beginning', async () => {
  const source = engines.twin.model.fabric.modules.find(({ kind }) => kind === 'laserSource');
  const host = engines.twin.model.fabric.hosts.find(({ component }) => component === source?.host)?.name ?? '';
  const name = source?.name ?? '';
  const alarm = (part: string): PathQuestion => ({ target: host, paths: [`/system/alarms/alarm[id=${name}:tx-power-low]/state/${part}`] });
  assert.equal(isRefusal(await engines.client.get(alarm('severity'))), true);
  const beforeNs = BigInt(Date.now()) * 1_000_000n;
  engines.twin.model.inject({ device: name, fault: 'laser-dead' });
  const [severity] = await get(engines, alarm('severity'));
  assert.equal(severity?.value, 'openconfig-alarm-types:CRITICAL');
  const [created] = await get(engines, alarm('time-created'));
  assert.match(String(created?.value), /^\d{19}$/);
  assert.ok(BigInt(String(created?.value)) - beforeNs > -1_000_000_000n && BigInt(String(created?.value)) - beforeNs < 60_000_000_000n);
  // A dark laser shows -40.00 dBm, the floor of the sensor.
  assert.match(String((await get(engines, alarm('text')))[0]?.value), /^Transmitted power -40\.00 dBm is below -?\d+\.\d\d dBm\.$/);
  assert.deepEqual((await get(engines, alarm('resource')))[0]?.value, name);
  engines.twin.model.inject({ device: name, fault: 'clear' });
  assert.equal(isRefusal(await engines.client.get(alarm('severity'))), true);
});

test('a limit is found by its severity with and without the module of the identity', async () => {
  const name = 'site0/row0/rack0/node0/nic0/module0';
  const thresholds = `/components/component[name=${name}]/transceiver/thresholds`;
  const upper = async (severity: string): Promise<unknown> => (await get(rails, { paths: [`${thresholds}/threshold[severity=${severity}]/state/module-temperature-upper`] }))[0]?.value;
  assert.equal(await upper('CRITICAL'), await upper('openconfig-alarm-types:CRITICAL'));
  assert.notEqual(await upper('WARNING'), await upper('CRITICAL'));
});

test('a circuit switch has the tables and fields of the SONiC OCS design', async () => {
  const target = rails.twin.model.fabric.switches[0]?.name ?? '';
  const at = async (path: string): Promise<unknown> => (await get(rails, { origin: 'sonic-db', target, paths: [path] }))[0]?.value;
  assert.deepEqual(await at('/CONFIG_DB/localhost/DEVICE_METADATA/localhost'), { switch_type: 'ocs' });
  assert.deepEqual(await at('/CONFIG_DB/localhost/OCS_PORT/1A'), { state: 'normal' });
  const connects = await at('/CONFIG_DB/localhost/OCS_CROSS_CONNECT') as Record<string, unknown>;
  const [name = ''] = Object.keys(connects);
  const [a = '', b = ''] = name.split('-');
  assert.deepEqual(connects[name], { a_side: a, b_side: b });
  // Both strands of a duplex connector: 2 on the A side, 1 on the B side (the document's example of port status).
  assert.deepEqual(await at(`/STATE_DB/localhost/OCS_PORT/${a}`), { connector_type: 'LC UPC', connector_pin: '2', target_simplex_port_id: b, status: 'tuned' });
  assert.deepEqual(await at(`/STATE_DB/localhost/OCS_PORT/${b}`), { connector_type: 'LC UPC', connector_pin: '1', target_simplex_port_id: a, status: 'tuned' });
  assert.deepEqual(await at(`/STATE_DB/localhost/OCS_CROSS_CONNECT/${name}`), { a_side: a, b_side: b, a_side_status: 'tuned', b_side_status: 'tuned' });
  assert.deepEqual(await at(`/STATE_DB/localhost/OCS_CROSS_CONNECT_PHYSICAL_PATH/${name}`), { 'physical_path@': `A-${a.slice(0, -1)},B-${b.slice(0, -1)}` });
  // Keys read cross-connect, THz with three digits, C with two; losses have two digits.
  const loss = await at('/STATE_DB/localhost/OCS_FACTORY_INSERTION_LOSS/1A-2B|228.850|25.00') as Record<string, string>;
  assert.match(loss['loss_dB'] ?? '', /^\d\.\d\d$/);
  assert.equal(loss['accuracy_dB'], '0.10');
});

/** Folder with the published YANG modules, in folders as they are published; they are not ours to ship, and nobody who has not asked misses them. */
const yangFolder = process.env['HELIOSTAT_YANG'] ?? '';

if (yangFolder !== '') packageTest('yanglint accepts the whole tree of every kind of device', 'yanglint', async () => {
  const inside = readdirSync(yangFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = ['.', ...inside.map((entry) => join(entry.parentPath, entry.name).slice(yangFolder.length + 1))];
  const modules = ['types', 'platform-types', 'transport-types', 'alarm-types', 'platform', 'platform-transceiver', 'alarms', 'system'].map((name) => `openconfig-${name}.yang`);
  const places = modules.map((module) => folders.map((at) => join(yangFolder, at)).find((at) => readdirSync(at).includes(module)) ?? yangFolder);
  const search = folders.flatMap((at) => ['-p', join(yangFolder, at)]);
  for (const served of [engines, rails]) {
    for (const target of ['', ...served.twin.model.fabric.hosts.slice(0, 3).map(({ name }) => name)]) {
      const [tree] = await get(served, { paths: ['/'], target });
      const file = join(folder, 'tree.json');
      writeFileSync(file, JSON.stringify(tree?.value));
      for (const type of ['data', 'get']) {
        execFileSync('yanglint', [...search, '-f', 'json', '-t', type, ...modules.map((module, at) => join(places[at] ?? '', module)), file], { stdio: ['ignore', 'ignore', 'pipe'] });
      }
    }
  }
});
