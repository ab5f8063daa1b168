/** Serves the browser application with the map of a large compiled cluster and nothing else: the drawing is measured, not the server. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureUi } from '../../scripts/build-ui.ts';
import { compileClusterFile } from '../../src/app/cluster-input.ts';
import { clusterView } from '../../src/app/server/views/component-view.ts';
import { mapStateView, mapView } from '../../src/app/server/views/map-view.ts';
import { createClusterPlant } from '../../src/control/cluster-plant.ts';
import { createState } from '../../src/control/create-state.ts';
import type { Plant } from '../../src/control/plant.ts';
import { takeReading } from '../../src/control/run.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';

export interface MapServer {
  readonly url: string;
  /** Both directions together are one. */
  readonly cables: number;
  close(): Promise<void>;
}

const example = fileURLToPath(new URL('../../examples/cluster-liquid-1024.yaml', import.meta.url));

/** The liquid-cooled example at another size; from 8,192 accelerators on each rail has spines of its own. */
function plantOf(gpus: number): Plant {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-map-'));
  try {
    const perRail = gpus >= 8192;
    const spines = perRail ? `spines: ${gpus / 1024}\n  spinePlanes: perRail` : `spines: ${(gpus / 1024) * 8}`;
    const text = readFileSync(example, 'utf8').replace('gpus: 1024', `gpus: ${gpus}`).replace('spines: 8', spines).replace('rows: 4', 'rows: 60').replace('racksPerRow: 12',
      `racksPerRow: ${Math.ceil(Math.sqrt(gpus / 16))}`);
    const file = join(folder, 'cluster.yaml');
    writeFileSync(file, text);
    const compiled = compileClusterFile(file);
    if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
    return createClusterPlant(compiled.value, createCatalogue());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** It takes writes as far as the page asks. */
const ready = JSON.stringify({ status: 'ready' });
const nothing = JSON.stringify({ items: [], next: null });

/** Warms one loop by 6 K, so that sound and unsound links are drawn. */
function bodiesOf(plant: Plant): Readonly<Record<string, string>> {
  const state = createState(plant);
  const loop = plant.cluster.fabric.findComponent('site0/coolantloop1');
  for (const [sequence, supplyC] of [35, 41].entries()) {
    takeReading(state, sequence * 1e9, { kind: 'telemetry', device: 'coolantloop1/cdu', sequence, deviceNs: sequence * 1e9, quantity: 'supplyC', components: [loop], values: [supplyC] });
  }
  return {
    cluster: JSON.stringify(clusterView(state, { id: plant.name, epoch: '2026-01-01T00:00:00.000Z', mode: 'live' }, { oldestN: 0 })),
    map: JSON.stringify(mapView(plant)), 'map/state': JSON.stringify(mapStateView(state)), alarms: nothing, decisions: nothing, jobs: nothing,
  };
}

/** Nothing inline and nothing from elsewhere: stricter than the product's own server asks for. */
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'";
const types: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

export async function startMapServer(gpus: number): Promise<MapServer> {
  const folder = await ensureUi();
  const plant = plantOf(gpus);
  const bodies = bodiesOf(plant);
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const body = bodies[path.replace('/api/v1/', '')];
    if (path === '/readyz') response.writeHead(200, { 'content-type': 'application/json' }).end(ready);
    else if (path === '/api/v1/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: hello\ndata: {"version":2,"nowNs":1000000000,"gap":false}\n\n');
    } else if (body !== undefined) response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    else if (/^\/(?:assets\/[\w.-]+)?$/.test(path)) {
      const file = path === '/' ? '/index.html' : path;
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain', 'content-security-policy': policy }).end(readFileSync(`${folder}${file}`));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cables: plant.cluster.fabric.linkCount / 2,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}
