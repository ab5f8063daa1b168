/** Reads and compiles a cluster for the commands that run something on its links; issues keep their place in the file. */

import { placeDesignIssues } from '../adapters/spec/design-places.ts';
import { readCluster } from '../adapters/spec/read-spec.ts';
import type { Parsed } from '../base/issue.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import { compileWithPhysics } from '../fabric/physics.ts';
import { createCatalogue } from '../optics/catalogue/catalogue.ts';

export function compileClusterFile(file: string): Parsed<CompiledCluster> {
  const read = readCluster(file);
  if (!read.ok) return read;
  const compiled = compileWithPhysics(read.value.design, createCatalogue());
  return compiled.ok ? compiled : { ok: false, issues: placeDesignIssues(read.value, compiled.issues) };
}
