/** Reads workloads that come over the network: the text of a Workload file, or the name of an example that ships with the program. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseWorkload, sourceOf, workloadOf } from '../../adapters/spec/read-spec.ts';
import { nodeAt } from '../../adapters/spec/source-tree.ts';
import type { WorkloadSpec } from '../../adapters/spec/spec.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { rejected } from '../../base/issue.ts';

export const examplesFolder = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** Model configurations that may be named from outside: those beside the examples. Any other path would read this computer's files. */
const ownConfig = /^hf\/[\w.-]+\.json$/;

const foreignConfig = (value: string): Issue => ({
  code: 'foreign-config', path: 'model.config', value: value.slice(0, 200), message: 'A workload that is sent may name no file of this computer',
    remedy: 'Name hf/MODEL.json of the examples, a preset, or write the architecture itself',
});

/** Issue codes: those of a Workload file, `unknown-example` and `foreign-config`. */
export function readWorkloadText(text: string): Parsed<WorkloadSpec> {
  if (/^[\w.-]{1,80}$/.test(text)) {
    const file = `${examplesFolder}workload-${text}.yaml`;
    if (text.includes('..') || !existsSync(file)) return rejected({ code: 'unknown-example', path: 'workload', value: text, message: 'No example has this name',
      remedy: 'Send mixtral, deepseek-v3, llama-405b, or the text of a Workload file' });
    return parseWorkload(readFileSync(file, 'utf8'), file);
  }
  // The very tree that is read below is looked at: a second parser that sees another file name in the same text would let it through.
  const source = sourceOf({ text, file: `${examplesFolder}workload.yaml` }, 'Workload');
  if (!source.ok) return source;
  const config = nodeAt(source.value.tree, ['model', 'config']);
  const named = config === null ? null : config.kind === 'scalar' && typeof config.value === 'string' ? config.value : '';
  if (named !== null && (!ownConfig.test(named) || named.includes('..'))) return rejected(foreignConfig(named));
  return workloadOf(source.value);
}
