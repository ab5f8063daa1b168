/** What `status` and `top` show: figures of the cluster, classes, jobs, alarms and the latest decisions, asked for together. */

import { clusterSchema } from '../contract/cluster.ts';
import type { AlarmGroup } from '../words/alarm-groups.ts';
import { groupAlarms } from '../words/alarm-groups.ts';
import type { Cluster } from '../contract/cluster.ts';
import { leaseSummarySchema } from '../contract/operate.ts';
import type { AlarmView, DecisionRow, JobView } from '../contract/work.ts';
import { alarmSchema, decisionRowSchema, jobSchema } from '../contract/work.ts';
import { pageOf } from '../contract/words.ts';
import type { z } from 'zod';
import { fixedText, percentText } from '../number-text.ts';
import type { Colours } from '../terminal.ts';
import type { ApiClient, Asked } from './api-client.ts';
import { alarmTable, causeText, cleanTable, clusterLines, decisionTable, jobTable, rateText } from './server-text.ts';

export interface Overview {
  readonly cluster: Cluster;
  readonly classes: z.infer<typeof leaseSummarySchema>['classes'];
  readonly jobs: readonly JobView[];
  readonly alarms: readonly AlarmView[];
  /** Alarms by what caused them, the most concerning first. */
  readonly causes: readonly AlarmGroup[];
  readonly decisions: readonly DecisionRow[];
}

/** Decisions that an overview lists, and that alarms are looked up in. */
const decisionsMax = 10;
const decisionsAskedMax = 200;

export async function readOverview(client: ApiClient): Promise<Asked<Overview>> {
  const [cluster, classes, jobs, alarms, decisions] = await Promise.all([
    client.get('/api/v1/cluster', clusterSchema), client.get('/api/v1/leases-by-class', leaseSummarySchema), client.get('/api/v1/jobs', pageOf(jobSchema)),
    client.get('/api/v1/alarms', pageOf(alarmSchema)), client.get('/api/v1/decisions', pageOf(decisionRowSchema), { limit: decisionsAskedMax }),
  ]);
  if (!cluster.ok) return cluster;
  if (!classes.ok) return classes;
  if (!jobs.ok) return jobs;
  if (!alarms.ok) return alarms;
  if (!decisions.ok) return decisions;
  // Whoever loses most stands first; equal losses stand by name.
  const sorted = jobs.value.items.toSorted((a, b) => b.losingGpuS - a.losingGpuS || (a.id < b.id ? -1 : 1));
  return { ok: true, version: cluster.version, value: { cluster: cluster.value, classes: classes.value.classes, jobs: sorted, alarms: alarms.value.items, causes: groupAlarms(alarms.value.items, decisions.value.items),
    decisions: decisions.value.items.slice(0, decisionsMax) } };
}

function classTable(classes: Overview['classes'], colours: Colours): string {
  const rows = classes.map(({ trafficClass, leases, short, askedGbps, grantedGbps }) => [
    trafficClass, fixedText(leases, 0), fixedText(short, 0), rateText(askedGbps), rateText(grantedGbps), askedGbps > 0 ? percentText(grantedGbps / askedGbps) : 'all',
  ]);
  return cleanTable(['class', 'leases', 'short', 'asked', 'granted', 'share'], 1, rows, colours);
}

export interface OverviewLimits {
  /** Rows of each table; what is left out is counted. */
  readonly rows: number;
  readonly withDecisions: boolean;
  /** Every component that is not sound in a table, instead of what caused it. */
  readonly withComponents?: boolean;
}

export function overviewText({ cluster, classes, jobs, alarms, causes, decisions }: Overview, { rows, withDecisions, withComponents = false }: OverviewLimits, colours: Colours): string {
  const more = (total: number): string[] => (total > rows ? [colours.dim(`  and ${fixedText(total - rows, 0)} more`)] : []);
  const block = (title: string, table: string, total: number): string => ['', colours.bold(title), table, ...more(total)].join('\n');
  return [
    clusterLines(cluster, colours),
    ...(cluster.leases === 0 ? [] : [block('Light by class', classTable(classes, colours), 0)]),
    ...(jobs.length === 0 ? [] : [block('Jobs', jobTable(jobs.slice(0, rows), colours), jobs.length)]),
    ...(alarms.length === 0 ? [] : withComponents ? [block('Not sound', alarmTable(alarms.slice(0, rows), cluster.nowNs, colours), alarms.length)]
      : [block('Not sound, by cause', causes.slice(0, rows).map((cause) => causeText(cause, cluster.nowNs, colours)).join('\n'), causes.length)]),
    ...(withDecisions && decisions.length > 0 ? [block('Decisions', decisionTable(decisions.slice(0, rows), cluster.epoch, colours), 0)] : []),
  ].join('\n');
}
