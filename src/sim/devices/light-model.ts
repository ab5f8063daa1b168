/** What the link model says of a medium at the case temperature of its ends, kept once per quarter of a kelvin. */

import { quantity } from '../../base/units.ts';
import type { EvaluateMedium, MediumUse } from '../../fabric/medium.ts';
import type { LinkReport } from '../../optics/link/link-report.ts';
import { averagePowerFromOma } from '../../optics/formulas/signal.ts';

export interface LightAnswer {
  /** Tells answers apart: equal keys are the same light. */
  readonly key: number;
  readonly report: LinkReport | null;
  /** Mean power at which each wavelength leaves the transmitter; empty for what is no light. */
  readonly txPowerDbm: readonly number[];
}

export interface LightModel {
  /** `use` is a row of the fabric's media in use. */
  at(use: number, caseC: number): LightAnswer;
}

const stepK = 0.25;

/** Stages that the light meets between the two modules; the one before them is where it leaves the transmitter. */
const pathStages: ReadonlySet<string> = new Set(['circulator in', 'connectors', 'fibre', 'free space', 'AWGR', 'circuit switch', 'extra loss']);

function txPowers(report: LinkReport): readonly number[] {
  const eyes = report.wavelengths.map(({ eye }) => eye);
  const weakestDbm = Math.min(...eyes.map((eye) => eye?.powerDbm ?? Infinity));
  const path = report.stages.findIndex(({ name }) => pathStages.has(name));
  const launchDbm = report.stages.slice(0, path < 0 ? 1 : path).findLast(({ levelDbm }) => levelDbm !== null)?.levelDbm ?? null;
  if (launchDbm === null || !Number.isFinite(weakestDbm)) return [];
  // Stages state the weakest wavelength; the path treats all alike, so their differences behind it are those before it.
  return eyes.map((eye) => (eye === null ? weakestDbm : averagePowerFromOma({ oma: launchDbm, extinction: quantity(eye.extinctionDb) }) + (eye.powerDbm - weakestDbm)));
}

export function createLightModel(uses: readonly MediumUse[], evaluate: EvaluateMedium): LightModel {
  const known = new Map<number, LightAnswer>();
  /** Enough for temperatures from -100 to 900 C. */
  const stepsPerUse = 4000;
  const offsetSteps = 400;
  return {
    at(use, caseC) {
      const step = Math.round(caseC / stepK);
      const key = use * stepsPerUse + step + offsetSteps;
      let answer = known.get(key);
      if (answer === undefined) {
        const row = uses[use];
        const report = row === undefined ? null : evaluate({ medium: row.medium, lengthM: row.lengthM, throughPart: row.throughPart, caseTemperatureC: step * stepK }).report;
        answer = { key, report, txPowerDbm: report === null ? [] : txPowers(report) };
        known.set(key, answer);
      }
      return answer;
    },
  };
}
