/** The twin does what the gNMI specification and the documents of its extensions demand of a target, as an independent client sees it. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { anyLevels, fullPath, levelsTaken, parsePath } from '../../../src/adapters/gnmi/path.ts';
import { isStatus } from '../../../src/adapters/gnmi/status.ts';
import { compileClusterFile } from '../../../src/app/cluster-input.ts';
import { startTwin, tlsFolder } from '../../../src/app/twin-server.ts';
import { peerArguments, python, pythonTest } from './python-peer.ts';

const run = promisify(execFile);
const component = 'site0/row0/rack0/node0/nic0/module0';
const host = 'site0/row0/rack0/node0/nic0';

async function asked(folder: string, stubs: string): Promise<Readonly<Record<string, unknown>>> {
  const cluster = compileClusterFile(fileURLToPath(new URL('../../../examples/fabrics/ocs-rails.yaml', import.meta.url)));
  if (!cluster.ok) throw new Error('the example does not compile');
  const twin = await startTwin({ cluster: cluster.value, dataFolder: folder, port: 0, seed: 1 });
  if (!twin.ok) throw new Error(twin.issues[0]?.message ?? '');
  try {
    const { stdout } = await run(python, peerArguments('specification.py', stubs, tlsFolder(folder), `127.0.0.1:${twin.value.port}`, component, host), { timeout: 60_000 });
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  } finally {
    await twin.value.stop();
  }
}

pythonTest('what the specification demands of a target is answered to an independent client', async (folder, stubs) => {
  const { 'shortest interval ms': shortestMs, 'heartbeats ms': beatsMs, ...seen } = await asked(folder, stubs);
  assert.deepEqual(seen, {
    'key leaf': [['/components/component/name', component]],
    // Wildcards over several levels (path conventions): the index of a channel, of its configuration and of its state.
    levels: ['/components/component/transceiver/physical-channels/channel/config/index', '/components/component/transceiver/physical-channels/channel/config/index'],
    'levels below': '/components/component',
    // Depth 1: only the leaves right below the node, which of a component is its key; Set and Capabilities answer it with an error.
    'depth 1': { 'openconfig-platform:name': component }, 'depth in Set and Capabilities': ['INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
    // Only what the models named define: the transceiver is another module's.
    use_models: [['openconfig-platform:config', 'openconfig-platform:name', 'openconfig-platform:state'], true],
    // State that repeats the configuration is no operational state.
    'applied configuration': ['openconfig-platform-transceiver:enabled', 'openconfig-platform-transceiver:fec-mode', 'openconfig-platform-transceiver:module-functional-type'],
    // A target is in the answer where it was in the question, and nowhere else; for * it is the device's own.
    targets: [true, true, true],
    'empty Set': 'OK', election: ['OK', 'PERMISSION_DENIED', 'OK'],
    'delete by wildcards': [false, 'OK', true], 'delete of everything': ['OK', true], 'delete of what is not there': ['OK', 'OK', 'OK'], 'delete of state': 'INVALID_ARGUMENT',
    'a configuration sent back': ['OK', 'OK'], 'a whole device sent back': ['OK', true],
    'writes that cannot be': {
      'unknown node': 'NOT_FOUND', 'unknown component': 'NOT_FOUND', state: 'INVALID_ARGUMENT', 'another key': 'INVALID_ARGUMENT', 'conflicting key': 'INVALID_ARGUMENT',
      'wrong type': 'INVALID_ARGUMENT', wildcard: 'INVALID_ARGUMENT', 'several levels': 'UNIMPLEMENTED',
    },
  });
  // An interval of 0 asks for the shortest one, which is the pace at which the twin reads its devices.
  assert.ok(typeof shortestMs === 'number' && shortestMs < 600, `${String(shortestMs)} ms`);
  // Values that do not change come once in each heartbeat of a second, though samples of 700 ms would make it 1.4 s.
  const beats = beatsMs as readonly number[];
  assert.ok(beats.length === 3 && beats.every((ms) => ms < 1300), `${beats.join(', ')} ms`);
});

const at = (text: string): readonly { readonly name: string; readonly key?: Readonly<Record<string, string>> }[] => parsePath(text) ?? [];

test('a wildcard over several levels takes up as few as it can, none included', () => {
  const leaf = at('/a/b[k=1]/c/b/d');
  const expected = {
    '/...': 0, '/.../b': 2, '/.../b/d': 5, '/a/.../d': 5, '/.../c/...': 3, '/a/b[k=2]/...': -1, '/.../e': -1, '/a/.../b[k=1]/c': 3, '/a/b/c/b/d/...': 5, '/a/b/c/b/d/.../x': -1,
  };
  for (const [query, levels] of Object.entries(expected)) assert.equal(levelsTaken(at(query), leaf), levels, query);
});

test('a path full of wildcards over several levels is refused, because each multiplies the work', () => {
  const elem = Array.from({ length: 60 }, () => ({ $typeName: 'gnmi.PathElem' as const, name: anyLevels, key: {} }));
  const refused = fullPath(undefined, { $typeName: 'gnmi.Path', element: [], origin: '', target: '', elem });
  assert.ok(isStatus(refused) && /at most 4 wildcards/.test(refused.message));
});
