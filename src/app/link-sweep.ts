/** How the error ratio of one link moves with loss and with temperature, for the report's curves. */

import { isRefusal } from '../base/refusal.ts';
import { figureOf } from '../optics/catalogue/catalogue.ts';
import { evaluateLink } from '../optics/link/evaluate-link.ts';
import type { LinkRequest } from '../optics/link/request.ts';
import type { LinkSweep } from './report/link-html.ts';

const lossStepDb = 0.25;
const lossMaxDb = 8;
const temperatureStepC = 5;
/** How far the temperature sweep goes beyond the part's range. */
const beyondRangeC = 30;

/** Above this error ratio the eye is shut and curves say nothing more. */
const shutEyeBer = 0.3;

/** Sweeps around the asked conditions: further loss from 0 dB up, and case temperature across and beyond the part's range. */
export function sweepLink(name: string, request: LinkRequest): LinkSweep {
  const berAt = (change: Partial<LinkRequest>): number | null => {
    const report = evaluateLink({ ...request, ...change });
    return isRefusal(report) ? null : report.preFecBer;
  };
  const asked = request.extraLossDb ?? 0;
  const overLoss: { lossDb: number; preFecBer: number }[] = [];
  for (let lossDb = 0; lossDb <= lossMaxDb; lossDb += lossStepDb) {
    const preFecBer = berAt({ extraLossDb: asked + lossDb });
    if (preFecBer === null || preFecBer > shutEyeBer) break;
    overLoss.push({ lossDb, preFecBer });
  }
  const range = figureOf(request.part, 'temp_case') ?? { low: 0, high: 70 };
  const overTemperature: { caseTemperatureC: number; preFecBer: number }[] = [];
  for (let caseTemperatureC = range.low; caseTemperatureC <= range.high + beyondRangeC; caseTemperatureC += temperatureStepC) {
    const preFecBer = berAt({ caseTemperatureC });
    if (preFecBer !== null) overTemperature.push({ caseTemperatureC, preFecBer });
  }
  return { name, overLoss, overTemperature };
}
