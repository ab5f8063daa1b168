/** One step of maintenance of a component, as `drain` and `repair` ask for it. */

import { doneSchema } from '../contract/operate.ts';
import { maintenanceSchema } from '../contract/work.ts';
import { pageOf } from '../contract/words.ts';
import { clusterSchema } from '../contract/cluster.ts';
import type { ExitCode } from '../command.ts';
import { showDone } from './ask-options.ts';
import type { Session } from './server-options.ts';
import { reportProblem } from './server-options.ts';
import { durationText, paintedTable } from './server-text.ts';

export type MaintenanceAction = 'drain' | 'repair' | 'verify' | 'return' | 'cancel';

export interface MaintenanceStep {
  readonly component: string;
  readonly action: MaintenanceAction;
  readonly note?: string;
  readonly isDry: boolean;
}

export async function askMaintenance(session: Session, { component, action, note = '', isDry }: MaintenanceStep): Promise<ExitCode> {
  const body = { component, action, note };
  return showDone(session, `heliostat/maintenance-${action}/1`, await session.client.write({ method: 'POST', path: '/api/v1/maintenance', answer: doneSchema, body, isDry }));
}

export async function tellResult(session: Session, { component, passed, detail, isDry }: { readonly component: string; readonly passed: boolean; readonly detail: string; readonly isDry: boolean }): Promise<ExitCode> {
  return showDone(session, 'heliostat/maintenance-result/1', await session.client.write({ method: 'POST', path: '/api/v1/maintenance/verified', answer: doneSchema, body: { component, passed, detail }, isDry }));
}

export async function listMaintenance(session: Session): Promise<ExitCode> {
  const { client, terminal, json } = session;
  const [cluster, rows] = await Promise.all([client.get('/api/v1/cluster', clusterSchema), client.get('/api/v1/maintenance', pageOf(maintenanceSchema))]);
  if (!cluster.ok) return reportProblem(terminal, cluster.problem, { json });
  if (!rows.ok) return reportProblem(terminal, rows.problem, { json });
  const { items } = rows.value;
  if (json) terminal.printJson({ schema: 'heliostat/maintenance-list/1', maintenance: items });
  else if (items.length === 0) terminal.print('Nothing is in maintenance.');
  else {
    const table = items.map(({ component, stage, by, sinceNs }) => [component, stage, by, durationText(Math.max(0, cluster.value.nowNs - sinceNs) / 1e9)]);
    terminal.print(paintedTable(['component', 'stage', 'by', 'for'], 3, table, terminal.colours));
  }
  return 0;
}
