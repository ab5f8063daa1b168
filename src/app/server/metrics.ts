/** What the server itself adds to the metrics: queues, the log on its disk, streams and what was shed. */

import { readdirSync, statSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../adapters/regular-file.ts';
import { collectServer, collectState } from '../metrics/collect-state.ts';
import type { Desk } from './desk.ts';

/** Bytes of the files in a folder and in the folders beneath it; one that vanishes meanwhile counts nothing. */
function bytesIn(dir: string): number {
  let bytes = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

function diskOf(dir: string): { readonly logBytes: number; readonly diskFreeBytes: number; readonly diskSizeBytes: number } {
  try {
    const { bavail, blocks, bsize } = statfsSync(dir);
    return { logBytes: bytesIn(dir), diskFreeBytes: bavail * bsize, diskSizeBytes: blocks * bsize };
  } catch (fault) {
    // A disk that cannot be looked at is full as far as anybody who watches is concerned; anything else is a bug.
    if (systemCode(fault) === 'unknown') throw fault;
    return { logBytes: 0, diskFreeBytes: 0, diskSizeBytes: 0 };
  }
}

/** The text format of Prometheus. */
export async function renderMetrics({ live, streams, pressure, metrics, dir }: Desk): Promise<{ readonly contentType: string; readonly text: string }> {
  await collectState(metrics, live.state);
  collectServer(metrics, live.state, {
    waitingReadings: live.waitingReadings, droppedReadings: live.droppedReadings, headN: live.store.headN, ...diskOf(dir), isRefusing: live.trouble !== null,
    streamClients: streams.count, cutStreamClients: streams.cutClients, shed: pressure.shed,
  });
  return { contentType: metrics.registry.contentType, text: await metrics.registry.metrics() };
}
