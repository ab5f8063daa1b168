/** Metrics: what the log counts, what the state shows, names that promtool accepts, and series that stay few. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { collectServer, collectState } from '../../../src/app/metrics/collect-state.ts';
import type { Metrics } from '../../../src/app/metrics/metrics.ts';
import { createMetrics, worstMax } from '../../../src/app/metrics/metrics.ts';
import { observeEntries } from '../../../src/app/metrics/observe-entries.ts';
import type { Reading } from '../../../src/control/reading.ts';
import { ringPlant, treePlant } from '../../control/plants.ts';
import { ask, job, play, second } from '../../control/play.ts';
import type { Play } from '../../control/play.ts';
import { packageTest } from '../../packages.ts';

const figures = { waitingReadings: 3, droppedReadings: 5, headN: 2, logBytes: 4096, diskFreeBytes: 1e9, diskSizeBytes: 1e10, isRefusing: false, streamClients: 2, cutStreamClients: 0, shed: new Map([['stream', 4]]) };

/** Takes readings and observes their entries as the server does. */
function observed(on: Play, metrics: Metrics, readings: readonly (readonly [atNs: number, reading: Reading])[]): void {
  for (const [atNs, reading] of readings) {
    const from = on.log.length;
    on.take(atNs, reading);
    observeEntries(metrics, on.state.plant, on.log.slice(from), { decideS: 0.002, commitS: 0.003 });
  }
}

async function exposition(on: Play, metrics: Metrics): Promise<string> {
  await collectState(metrics, on.state);
  collectServer(metrics, on.state, figures);
  return metrics.registry.metrics();
}

/** Value of a series, labels in the order of the text. */
function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? assert.fail(`no series ${series} among\n${text.split('\n').filter((one) => one.startsWith(series.slice(0, 20))).join('\n')}`) : Number(line.slice(series.length + 1));
}

/*
 * The tree has 8 ranks on 2 leaves and 4 spines, each cable 400 Gb/s both ways: 16 access and 16 fabric links, 6.4 Tb/s or 0.8 TB/s each. A lease
 * of 100 Gb/s from rank 0 to rank 4 crosses an access link up, one fabric link up, one down, and an access link down: it is granted
 * twice in each tier, 200 Gb/s or 25 GB/s, and 1 - 0.2 / 6.4 = 0.96875 of the light is spare.
 */
test('light is summed by tier and class, each link that a lease crosses once', async () => {
  const on = play(treePlant());
  const metrics = createMetrics({ ofProcess: false });
  observed(on, metrics, [[second, ask('a', 'allToAll', 100, [0, 4])]]);
  const text = await exposition(on, metrics);
  assert.equal(valueOf(text, 'heliostat_design_bytes_per_second{tier="access"}'), 8e11);
  assert.equal(valueOf(text, 'heliostat_usable_bytes_per_second{tier="fabric"}'), 8e11);
  assert.equal(valueOf(text, 'heliostat_granted_bytes_per_second{tier="fabric",class="allToAll"}'), 2.5e10);
  assert.equal(valueOf(text, 'heliostat_granted_bytes_per_second{tier="access",class="allReduce"}'), 0);
  assert.equal(valueOf(text, 'heliostat_spare_light_ratio{tier="access"}'), 0.96875);
  assert.equal(valueOf(text, 'heliostat_leases{class="allToAll",state="full"}'), 1);
  assert.equal(valueOf(text, 'heliostat_class_asked_bytes_per_second{class="allToAll"}'), 1.25e10);
  assert.equal(valueOf(text, 'heliostat_links{tier="access",light="full"}'), 16);
});

/*
 * A port sends over one link and receives over its twin, so both go dark when no light comes. The job's one lease from rank 0 holds
 * nothing then: the job stands, and both of its accelerators are lost.
 */
test('a fault counts its decision by rung and cause, its dark links and the held job', async () => {
  const plant = treePlant();
  const on = play(plant);
  const metrics = createMetrics({ ofProcess: false });
  const port = plant.linkOfPort.findIndex((link) => link >= 0 && plant.cluster.fabric.linkSource[link] === plant.cluster.fabric.gpuNode[0]);
  assert.ok(port >= 0);
  observed(on, metrics, [
    [second, { kind: 'jobAsked', job: job('train', [0, 1, 2, 3, 4, 5, 6, 7], [{ trafficClass: 'allReduce', fromRank: 0, toRank: 4, rateGbps: 100 }], { replicasMin: 8 }) }],
    [2 * second, { kind: 'alarm', device: 'leaf0', sequence: 1, component: port, alarm: 'lossOfLight', raised: true }],
  ]);
  const text = await exposition(on, metrics);
  const decided = [...text.matchAll(/^heliostat_decisions_total\{rung="[a-zA-Z]+",cause="lossOfLight"\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
  assert.equal(decided, 1);
  assert.equal(valueOf(text, 'heliostat_links{tier="access",light="none"}'), 2);
  assert.equal(valueOf(text, 'heliostat_jobs{state="held"}'), 1);
  assert.equal(valueOf(text, 'heliostat_lost_gpus'), 8);
  assert.equal(valueOf(text, 'heliostat_readings_total{kind="alarm"}'), 1);
  assert.equal(valueOf(text, 'heliostat_decision_latency_seconds_count'), 2);
  assert.equal(valueOf(text, 'heliostat_decision_latency_seconds_sum'), 0.004);
});

/* Half of what the lease asked for: gradients take 8 ms instead of 4, so the step of 14 ms becomes 18 ms; 2 x (1 - 14 / 18) = 0.444 GPUs are lost. */
test('a job that holds half its light shows the slowdown of its step', async () => {
  const on = play(treePlant());
  const metrics = createMetrics({ ofProcess: false });
  observed(on, metrics, [[second, { kind: 'jobAsked', job: job('train', [0, 4], [{ trafficClass: 'allReduce', fromRank: 0, toRank: 4, rateGbps: 100 }]) }]]);
  assert.equal(valueOf(await exposition(on, metrics), 'heliostat_job_slowdown_max_ratio'), 1);
  for (const lease of on.state.leases.values()) if (lease.grant !== null) lease.grant = { ...lease.grant, rateGbps: 50 };
  const text = await exposition(on, metrics);
  assert.ok(Math.abs(valueOf(text, 'heliostat_job_slowdown_ratio{job_id="train"}') - 18 / 14) < 1e-9);
  assert.ok(Math.abs(valueOf(text, 'heliostat_lost_gpus') - 2 * (1 - 14 / 18)) < 1e-9);
});

test('ports of circuit switches are counted by state, beside figures of the process', async () => {
  const metrics = createMetrics({ ofProcess: true });
  const text = await exposition(play(ringPlant()), metrics);
  assert.match(text, /^heliostat_ocs_ports\{state="connected"\} 8$/m);
  assert.match(text, /^process_cpu_seconds_total /m);
});

packageTest('promtool finds nothing to object to in the metrics', 'promtool', async (promtool) => {
  const on = play(ringPlant());
  const metrics = createMetrics({ ofProcess: true });
  observed(on, metrics, [[second, ask('a', 'allToAll', 100, [0, 1])], [2 * second, { kind: 'tick' }]]);
  const run = spawnSync(promtool, ['check', 'metrics'], { input: await exposition(on, metrics), encoding: 'utf8' });
  assert.deepEqual([run.status, run.stdout, run.stderr], [0, '', '']);
});

test('no gauge names more components than its limit', async () => {
  const on = play(treePlant());
  const metrics = createMetrics({ ofProcess: false });
  for (let link = 0; link < on.state.links.marginDb.length; link++) on.state.links.marginDb[link] = link;
  const text = await exposition(on, metrics);
  assert.ok(text.split('\n').filter((line) => line.startsWith('heliostat_worst_link_margin_db{')).length <= worstMax);
  // Link 0 has the least margin, and it is an access link.
  assert.equal(valueOf(text, 'heliostat_link_margin_min_db{tier="access"}'), 0);
});
