/** Reads workloads that come over the network: the text of a Workload file, or the name of an example that ships with the program. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { parseWorkload } from '../../adapters/spec/read-spec.ts';
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
  let config: unknown = null;
  try {
    config = (parse(text, { maxAliasCount: 0 }) as { readonly model?: { readonly config?: unknown } } | null)?.model?.config ?? null;
  } catch {
    // What is wrong with the text is told, with its place, by the reader below; it opens no file of a text that does not parse.
    config = null;
  }
  if (config !== null && !(typeof config === 'string' && ownConfig.test(config) && !config.includes('..'))) return rejected(foreignConfig(String(config)));
  return parseWorkload(text, `${examplesFolder}workload.yaml`);
}
