/** What the server itself adds to the metrics: queues, the log on its disk, streams and what was shed. */

import { readdirSync, statSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { systemCode } from '../../adapters/regular-file.ts';
import { collectServer, collectState } from '../metrics/collect-state.ts';
import type { Desk } from './desk.ts';

/** What of the disk is told again without looking: an archive may have thousands of files. */
const diskFreshMs = 10_000;
/** Files looked at before other work gets its turn. */
const filesPerTurn = 200;

/** Bytes of the files in a folder and in the folders beneath it; one that vanishes meanwhile counts nothing. */
async function bytesIn(dir: string): Promise<number> {
  let bytes = 0;
  for (const [at, entry] of readdirSync(dir, { withFileTypes: true, recursive: true }).entries()) {
    if (at % filesPerTurn === filesPerTurn - 1) await setImmediate();
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

interface DiskFigures {
  readonly logBytes: number;
  readonly diskFreeBytes: number;
  readonly diskSizeBytes: number;
}

async function lookAtDisk(dir: string): Promise<DiskFigures> {
  try {
    const { bavail, blocks, bsize } = statfsSync(dir);
    return { logBytes: await bytesIn(dir), diskFreeBytes: bavail * bsize, diskSizeBytes: blocks * bsize };
  } catch (fault) {
    // A disk that cannot be looked at is full as far as anybody who watches is concerned; anything else is a bug.
    if (systemCode(fault) === 'unknown') throw fault;
    return { logBytes: 0, diskFreeBytes: 0, diskSizeBytes: 0 };
  }
}

/** The last look at each server's disk. */
const looked = new WeakMap<Desk, { readonly atMs: number; readonly figures: Promise<DiskFigures> }>();

function diskOf(desk: Desk): Promise<DiskFigures> {
  const nowMs = performance.now();
  const last = looked.get(desk);
  if (last !== undefined && nowMs - last.atMs < diskFreshMs) return last.figures;
  const figures = lookAtDisk(desk.dir);
  looked.set(desk, { atMs: nowMs, figures });
  return figures;
}

/** The text format of Prometheus. */
export async function renderMetrics(desk: Desk): Promise<{ readonly contentType: string; readonly text: string }> {
  const { live, streams, pressure, metrics } = desk;
  await collectState(metrics, live.state);
  const disk = await diskOf(desk);
  collectServer(metrics, live.state, {
    waitingReadings: live.waitingReadings, droppedReadings: live.droppedReadings, headN: live.store.headN, ...disk, isRefusing: live.trouble !== null,
    streamClients: streams.count, cutStreamClients: streams.cutClients, shed: pressure.shed,
  });
  return { contentType: metrics.registry.contentType, text: await metrics.registry.metrics() };
}
