/** `heliostat fit CLUSTER WORKLOAD`: where a job fits, at what step time, risk and energy, and why not elsewhere. */

import { writeWholeFile } from '../../adapters/whole-file.ts';
import { placeJob } from '../../plan/placement/place-job.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { renderFitHtml } from '../fit-html.ts';
import { printFit } from '../fit-page.ts';
import type { FitOptions } from '../fit-question.ts';
import { readFit } from '../fit-question.ts';
import { fitResult } from '../fit-result.ts';
import { packageVersion } from '../package-version.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat fit examples/cluster-1024.yaml examples/workload-mixtral.yaml --gpus 512
  heliostat fit examples/cluster-1024.yaml examples/workload-mixtral.yaml --gpus 256 --failed leaf0 node70 --replicas-min 8
  heliostat fit examples/cluster-liquid-1024.yaml examples/workload-mixtral.yaml --gpus 512 --hot coolantloop0 --json
  heliostat fit CLUSTER.yaml WORKLOAD.yaml --busy jobs.json --prefer spread --html fit.html

--busy FILE says who runs where: {"jobs": [{"name": "a", "ranks": "0-63, 128", "endsInH": 5}]}. --failed and --hot take components
by their path, as \`heliostat blast\` does; what depends on them is not given to the job. Nothing is changed or reserved.

stop %: runs of --length that a failure leaves with fewer than --replicas-min replicas; hit %: runs in which any failure takes an
accelerator of the job; lost %: time lost to restarts, to standing still and to missing replicas until the repair. GPU-s/step is
what the best is chosen by: step time x accelerators out of use (held and stranded) / (1 - time lost); ties: fewer pods, lower rank.

Exit code 0: done. 1: it does not fit, with counter-offers. 2: bad input, all issues listed.`;

function runFit(terminal: Terminal, files: { readonly cluster: string; readonly workload: string }, options: FitOptions): ExitCode {
  const json = options.json === true;
  const read = readFit(files, options);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const answer = placeJob(read.value.view, read.value.request);
  const result = fitResult(read.value, answer);
  if (options.html !== undefined) {
    const origin = { generatedAt: new Date().toISOString(), command: `heliostat fit ${files.cluster} ${files.workload} --html ${options.html}`, version: packageVersion };
    const written = writeWholeFile(options.html, renderFitHtml(result, origin));
    if (!written.ok) return reportIssues(terminal, written.issues, { json });
  }
  if (json) terminal.printJson(result);
  else printFit(result, terminal);
  return answer.kind === 'placement' ? 0 : 1;
}

export const fitCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('fit')
      .description('where a job fits on a cluster: step time, risk, energy, light, and why not elsewhere')
      .argument('<cluster>', 'Cluster spec')
      .argument('<workload>', 'Workload spec')
      .option('--gpus <count>', 'accelerators of the job, where the workload leaves its data parallelism open; all of the cluster otherwise')
      .option('--busy <file>', 'JSON file of running jobs and the ranks they hold')
      .option('--failed <components...>', 'components that are down')
      .option('--hot <components...>', 'components too hot to be given work, e.g. a coolant loop')
      .option('--length <time>', 'how long the job runs', '30d')
      .option('--restart <time>', 'from a failure until the job computes again, lost work included', '10min')
      .option('--replicas-min <count>', 'data-parallel replicas with which it can go on until a repair; all of them by default')
      .option('--prefer <what>', 'score, locality (shortest step) or spread (rarest stop)', 'score')
      .option('--top <count>', 'candidates to tell', '5')
      .option('--html <file>', 'write the answer as one HTML file')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string, workload: string, options: FitOptions) => finish(runFit(terminal, { cluster, workload }, options)));
  },
};
