/** The wavelengths that go dark with named components, for commands that take `--failed`. */

import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { CompiledFabric } from '../fabric/compiled.ts';
import type { ComponentIx } from '../fabric/fabric.ts';
import { createFaultDomains } from '../fabric/fault-domain.ts';

/** Rows of wavelengths; each unknown name is an issue. */
export function darkWavelengths(fabric: CompiledFabric, names: readonly string[]): Parsed<readonly number[]> {
  const domains = createFaultDomains(fabric);
  const rows = new Set<number>();
  const issues: Issue[] = [];
  for (const name of names) {
    const component = fabric.findComponent(name);
    const remedy = 'Name one by its path, e.g. node17 or ocs0; `heliostat blast --help` tells more';
    if (component < 0) issues.push({ code: 'unknown-component', path: '--failed', message: 'The cluster has no such component', remedy, value: name });
    else for (const row of domains.blast(component as ComponentIx).wavelengthRows) rows.add(row);
  }
  return issues.length > 0 ? { ok: false, issues } : parsed([...rows]);
}
