/** A log with the plant it belongs to, for the commands that look back: read, checked against the cluster, folded as far as it goes. */

import { placeDesignIssues } from '../adapters/spec/design-places.ts';
import { readCluster } from '../adapters/spec/read-spec.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import { createClusterPlant } from '../control/cluster-plant.ts';
import type { Entry, LogHeader } from '../control/entry.ts';
import type { Plant } from '../control/plant.ts';
import { compileWithPhysics } from '../fabric/physics.ts';
import { createCatalogue } from '../optics/catalogue/catalogue.ts';
import { readControllerLog } from './log-file.ts';

export interface LogOnPlant {
  readonly plant: Plant;
  readonly header: LogHeader;
  readonly entries: readonly Entry[];
  /** What is wrong behind the last entry: a cut or damaged end. */
  readonly issues: readonly Issue[];
}

/** The plant of a Cluster file. */
function readPlant(file: string): Parsed<Plant> {
  const read = readCluster(file);
  if (!read.ok) return read;
  const catalogue = createCatalogue();
  const compiled = compileWithPhysics(read.value.design, catalogue);
  return compiled.ok ? parsed(createClusterPlant(compiled.value, catalogue)) : { ok: false, issues: placeDesignIssues(read.value, compiled.issues) };
}

/** Issues: those of the two files, and `log-of-another-plant`. */
export function readLogOnPlant(files: { readonly log: string; readonly cluster: string }): Parsed<LogOnPlant> {
  const log = readControllerLog(files.log);
  const plant = readPlant(files.cluster);
  if (!log.ok || !plant.ok) return { ok: false, issues: [...(log.ok ? [] : log.issues), ...(plant.ok ? [] : plant.issues)] };
  const { header, entries, issues } = log.value;
  if (header.fingerprint !== plant.value.fingerprint) {
    const issue: Issue = {
      code: 'log-of-another-plant', file: files.log, line: 1, path: 'fingerprint', value: header.fingerprint,
      message: `The log is of ${header.cluster}, and ${files.cluster} describes ${plant.value.name} with the fingerprint ${plant.value.fingerprint}`, remedy: 'Name the Cluster file with which the log was begun',
    };
    return { ok: false, issues: [issue] };
  }
  return parsed({ plant: plant.value, header, entries, issues });
}
