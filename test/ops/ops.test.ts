/** What is shipped for Prometheus and Grafana: rules that fire when they should, panels that a real Prometheus answers, and metrics that exist. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { collectServer, collectState } from '../../src/app/metrics/collect-state.ts';
import { createMetrics } from '../../src/app/metrics/metrics.ts';
import { observeEntries } from '../../src/app/metrics/observe-entries.ts';
import { ringPlant } from '../control/plants.ts';
import { ask, play, second } from '../control/play.ts';
import { packageTest } from '../packages.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ops = join(root, 'ops');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

const rules = (parse(readFileSync(join(ops, 'prometheus/alerts.yaml'), 'utf8')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap((group) => group.rules);

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const { panels } = JSON.parse(readFileSync(join(ops, 'grafana/heliostat.json'), 'utf8')) as { readonly panels: readonly Panel[] };
/** What Grafana puts for its variables. */
const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr: expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(?:job|instance)\b/g, '.*') })));

/** Metrics of a small server at work, as it would serve them. */
async function exposition(): Promise<string> {
  const metrics = createMetrics({ ofProcess: false });
  const on = play(ringPlant());
  on.take(second, ask('a', 'allToAll', 100, [0, 1]));
  observeEntries(metrics, on.state.plant, on.log, { decideS: 0.001, commitS: 0.002 });
  await collectState(metrics, on.state);
  collectServer(metrics, on.state, {
    waitingReadings: 0, droppedReadings: 0, headN: on.state.n, logBytes: 1, diskFreeBytes: 1, diskSizeBytes: 2, isRefusing: false, streamClients: 0, cutStreamClients: 0, shed: new Map(),
  });
  return metrics.registry.metrics();
}

test('alerts and panels speak of metrics that the server has', async () => {
  const known = new Set([...(await exposition()).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? ''));
  const named = [...rules.map(({ expr }) => expr), ...queries.map(({ expr }) => expr)].flatMap((expr) => expr.match(/heliostat_\w+/g) ?? []);
  assert.ok(named.length > 40);
  assert.deepEqual([...new Set(named)].filter((name) => !known.has(name) && !known.has(name.replace(/_(?:bucket|sum|count)$/, ''))), []);
});

test('every alert has a severity, a sentence and a place in the runbook that is there', () => {
  const page = readFileSync(join(root, 'docs/operator.md'), 'utf8');
  const anchors = new Set([...page.matchAll(/^#+ (.+)$/gm)].map((match) => (match[1] ?? '').toLowerCase().replaceAll(' ', '-').replace(/[^\w-]/g, '')));
  for (const { alert, labels, annotations } of rules) {
    assert.ok(['warning', 'critical'].includes(labels.severity), alert);
    assert.ok(annotations.summary.length > 20, alert);
    const [file, anchor = ''] = annotations.runbook_url.split('#');
    assert.equal(file, 'docs/operator.md', alert);
    assert.ok(anchors.has(anchor), `${alert}: the runbook has no ${anchor}`);
  }
});

test('panels of the dashboard have ids of their own and do not cover each other', () => {
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`));
  assert.equal(new Set(cells).size, cells.length);
  assert.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
});

packageTest('promtool: every alert fires when it should and is quiet before', 'promtool', (promtool) => {
  const checked = spawnSync(promtool, ['check', 'rules', 'prometheus/alerts.yaml'], { cwd: ops, encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  const config = spawnSync(promtool, ['check', 'config', 'prometheus/prometheus.yaml'], { cwd: ops, encoding: 'utf8' });
  assert.equal(config.status, 0, config.stdout + config.stderr);
  const tested = spawnSync(promtool, ['test', 'rules', 'prometheus/alerts.test.yaml'], { cwd: ops, encoding: 'utf8' });
  assert.equal(tested.status, 0, tested.stdout + tested.stderr);
  const cases = readFileSync(join(ops, 'prometheus/alerts.test.yaml'), 'utf8');
  assert.deepEqual(rules.map(({ alert }) => alert).filter((alert) => !cases.includes(`alertname: ${alert}`)), [], 'alerts without a test');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly unknown[] };
}

async function query(base: string, expr: string): Promise<QueryAnswer> {
  const answer = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(expr)}`);
  return (await answer.json()) as QueryAnswer;
}

async function until(isDone: () => Promise<boolean>, forMs: number): Promise<boolean> {
  for (const endMs = Date.now() + forMs; Date.now() < endMs; await sleep(200)) if (await isDone().catch(() => false)) return true;
  return false;
}

packageTest('a Prometheus scrapes the metrics and answers every panel of the dashboard', 'prometheus', async (prometheus) => {
  const text = await exposition();
  const target = createServer((_, response) => void response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-prometheus-'));
  const port = await freePort();
  writeFileSync(join(folder, 'prometheus.yaml'), JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' }, rule_files: [join(ops, 'prometheus/alerts.yaml')],
    scrape_configs: [{ job_name: 'heliostat', static_configs: [{ targets: [`127.0.0.1:${(target.address() as AddressInfo).port}`] }] }],
  }));
  const server = spawn(prometheus, [`--config.file=${join(folder, 'prometheus.yaml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], { stdio: 'ignore' });
  try {
    const base = `http://127.0.0.1:${port}`;
    assert.ok(await until(async () => ((await query(base, 'rate(heliostat_readings_total[1m])')).data?.result.length ?? 0) > 0, 30_000), 'nothing was scraped');
    for (const { title, expr } of queries) {
      const answer = await query(base, expr);
      assert.equal(answer.status, 'success', `${title}: ${answer.error ?? ''}`);
    }
    const light = await query(base, queries.find(({ title }) => title === 'Light usable')?.expr ?? '');
    assert.equal((light.data?.result[0] as { readonly value: readonly [number, string] }).value[1], '1');
  } finally {
    server.kill('SIGKILL');
    target.close();
    await sleep(100);
    rmSync(folder, { recursive: true, force: true });
  }
});
