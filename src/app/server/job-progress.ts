/** What jobs on emulated accelerators report: whole steps done at the pace that the light allows. */

import type { Reading } from '../../control/reading.ts';
import type { State } from '../../control/state.ts';
import type { TrueLight } from '../../study/closed-loop/truth.ts';

interface Progress {
  steps: number;
  atNs: number;
}

export class JobProgress {
  /** The controller's state; it is only read. */
  readonly #state: State;
  readonly #progress = new Map<string, Progress>();

  constructor(state: State) {
    this.#state = state;
  }

  /** Lets jobs work until now at the pace of the light as it is. */
  reports(light: TrueLight, atNs: number): readonly Reading[] {
    const readings: Reading[] = [];
    for (const [id, job] of this.#state.jobs) {
      const known = this.#progress.get(id) ?? { steps: job.steps, atNs };
      const stepNs = light.stepNs(job);
      const steps = job.held !== null || !Number.isFinite(stepNs) ? known.steps : Math.min(job.request.steps, known.steps + (atNs - known.atNs) / stepNs);
      this.#progress.set(id, { steps, atNs });
      const whole = Math.floor(steps);
      if (whole > job.steps && Number.isFinite(stepNs)) readings.push({ kind: 'jobReported', id, steps: whole, stepNs });
    }
    for (const id of this.#progress.keys()) if (!this.#state.jobs.has(id)) this.#progress.delete(id);
    return readings;
  }
}
