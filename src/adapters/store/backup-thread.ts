/** Makes a backup in a thread of its own, so that the checks of a large log do not hold up a server. */

import { extname } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Parsed } from '../../base/issue.ts';
import type { CopyReport } from './backup.ts';
import { backupStore } from './backup.ts';

interface Order {
  readonly heliostatBackup: { readonly dir: string; readonly target: string };
}

const orderOf = (data: unknown): Order['heliostatBackup'] | null => (typeof data === 'object' && data !== null && 'heliostatBackup' in data ? (data as Order).heliostatBackup : null);

/** As `backupStore`, elsewhere. */
export function backupInThread(dir: string, target: string): Promise<Parsed<CopyReport>> {
  return new Promise((resolve, reject) => {
    // The same file is TypeScript in the checkout and JavaScript in the package.
    const order: Order = { heliostatBackup: { dir, target } };
    const thread = new Worker(new URL(`./backup-thread${extname(import.meta.url)}`, import.meta.url), { workerData: order });
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

const order = isMainThread ? null : orderOf(workerData);
if (order !== null) parentPort?.postMessage(await backupStore(order.dir, order.target));
