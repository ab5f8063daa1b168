/** Speed of the link model: a million wavelengths from lost light to usable rate, and whole links as a fabric asks for them. */

import { isRefusal } from '../src/base/refusal.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import { evaluateLink } from '../src/optics/link/evaluate-link.ts';
import type { LinkReport } from '../src/optics/link/link-report.ts';
import { createWavelengthAnswer, createWavelengthBatch, enterWavelength, evaluateWavelengths } from '../src/optics/link/wavelength-kernel.ts';

/** One measured routine; `prepare` is the set-up that is not timed, and what it returns gives a number that keeps the work alive. */
export interface LinkBench {
  readonly name: string;
  /** The goal of issue 3, or `null` where it sets none. */
  readonly goalMs: number | null;
  prepare(): () => number;
}

const wavelengths = 1_000_000;
const links = 200;
const catalogue = createCatalogue();

function reportOf(id: string, lengthM: number): LinkReport {
  const part = catalogue.find(id);
  if (part === undefined) throw new Error(`no part ${id}`);
  const report = evaluateLink({ part, catalogue, lengthM, connectors: 4, caseTemperatureC: 40 });
  if (isRefusal(report)) throw new Error(report.reasons.join(' '));
  return report;
}

function kernelBench(): () => number {
  const batch = createWavelengthBatch(wavelengths);
  const answer = createWavelengthAnswer(wavelengths);
  const reports = [reportOf('wdm-comb-800g', 50), reportOf('dr8-800g', 50)];
  const lossDb = new Float64Array(wavelengths);
  for (let row = 0; row < wavelengths; row++) {
    const report = reports[row % reports.length];
    const wavelength = report?.wavelengths[(row >> 1) % report.wavelengths.length];
    if (wavelength === undefined || !enterWavelength(batch, row, wavelength, 50)) throw new Error(`no eye for row ${row}`);
    // Seeded by the row: losses from 0 to 5 dB, so that both closing and failing rows occur.
    lossDb[row] = ((row * 7919) % 5000) / 1000;
  }
  const run = (): number => {
    evaluateWavelengths(batch, lossDb, answer);
    return answer.usableRateGbps[0] ?? 0;
  };
  run();
  // Row 0 lost nothing and must answer as the whole evaluation did.
  const expected = reports[0]?.wavelengths[0];
  if (expected === undefined || Math.abs((answer.marginDb[0] ?? 0) - expected.marginDb) > 1e-9) throw new Error('the kernel disagrees with the link model');
  return run;
}

function linkBench(): () => number {
  return () => {
    let closing = 0;
    for (let link = 0; link < links; link++) if (reportOf(link % 2 === 0 ? 'dr8-800g' : 'wdm-comb-800g', link / 4).refusal === null) closing += 1;
    if (closing !== links) throw new Error(`${closing} of ${links} links close`);
    return closing;
  };
}

export const linkBenches: readonly LinkBench[] = [
  { name: 'lost light to usable rate of 1,000,000 wavelengths', goalMs: 1000, prepare: kernelBench },
  { name: '200 whole links, distinct lengths', goalMs: null, prepare: linkBench },
];
