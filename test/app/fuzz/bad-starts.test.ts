/** Starts that must not go on: another cluster's log, damaged tokens. One clear line with a remedy, and what is there stays as it is. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ServerProcess, removeFolder, serve, startSmall, temporaryFolder, writeSmallCluster } from '../server/server-process.ts';

const dir = temporaryFolder();
after(() => removeFolder(dir));

async function refusedStart(cluster: string): Promise<string> {
  const ended = await serve(dir, ['--cluster', cluster]);
  if (ended instanceof ServerProcess) {
    await ended.stop();
    assert.fail('it must not start');
  }
  assert.notEqual(ended.code, 0);
  assert.equal(ended.stdout, '');
  assert.equal(ended.stderr.trim().split('\n').length, 1, ended.stderr);
  return ended.stderr;
}

test('a log is not folded onto another cluster, nor opened with damaged tokens, and afterwards serves as before', async () => {
  const first = await startSmall(dir, ['--empty']);
  const made = await first.ask('/api/v1/leases', { method: 'POST', body: { id: 'kept', tenant: 'x', trafficClass: 'background', fromRank: 0, toRank: 40, rateGbps: 1, durationS: 3600 } });
  assert.equal(made.status, 201);
  assert.equal((await first.stop()).code, 0);

  const cluster = writeSmallCluster(dir);
  const other = join(dir, 'other.yaml');
  writeFileSync(other, readFileSync(cluster, 'utf8').replace('spines: 2', 'spines: 4'));
  assert.match(await refusedStart(other), /\[foreign-log\]/);

  const tokens = join(dir, 'tokens.json');
  const sound = readFileSync(tokens, 'utf8');
  writeFileSync(tokens, '{"tokens": [');
  assert.match(await refusedStart(cluster), /heliostat token create.*\[bad-token-file\]/);
  writeFileSync(tokens, sound);

  const again = await startSmall(dir, ['--empty']);
  assert.equal((await again.ask('/api/v1/leases/kept')).status, 200);
  assert.equal((await again.stop()).code, 0);
});
