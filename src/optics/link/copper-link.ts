/**
 * Copper links: the insertion loss at the Nyquist frequency against what the equaliser at the ends can undo.
 *
 * Margin here is electrical (20 log10 of amplitude). At the budget's limit the equalised eye is the one the FEC just
 * mends, so with margin the eye Q grows as 10^(margin/20); what sharper equalisation does to noise is left out, which
 * makes the error ratio of a short cable pessimistic.
 */

import { weakestKind } from '../../base/figure.ts';
import { quantity } from '../../base/units.ts';
import type { Part } from '../part.ts';
import type { StageReport, WavelengthReport } from './link-report.ts';
import { errorRatio, requiredEyeQ } from './eye.ts';
import type { Setting } from './setting.ts';
import type { SignalPlan } from './signal-plan.ts';

export interface CopperResult {
  readonly stages: readonly StageReport[];
  readonly wavelengths: readonly WavelengthReport[];
}

const dbPerDecadeOfAmplitude = 20;

export function copperLink(part: Part, plan: SignalPlan, setting: Setting): CopperResult {
  const { read, request } = setting;
  const cable = read.need(part, 'cable_loss');
  const plug = read.need(part, 'plug_loss');
  const budget = read.need(part, 'loss_budget');
  const latency = read.need(part, 'latency');
  const active = read.find(part, 'power_end');
  const perMetre = part.params['latency']?.unit.startsWith('ns/m') === true;
  const cableDb = cable.value * request.lengthM + (request.extraLossDb ?? 0);
  const marginDb = budget.value - cableDb - 2 * plug.value;
  const required = requiredEyeQ(plan);
  const preFecBer = errorRatio(plan.signalling, required * 10 ** (marginDb / dbPerDecadeOfAmplitude));
  const twinaxNs = 4.8 * request.lengthM;
  const stage = (name: string, lossDb: number, latencyNs: number, kind: StageReport['kind'], note: string): StageReport => ({ name, lossDb: quantity(lossDb), levelDbm: null, latencyNs: quantity(latencyNs), kind, note });
  const retimers = perMetre ? [] : [stage('retimers', 0, 2 * latency.value, latency.kind, `${latency.value} ns at each end, ${active?.value ?? 0} W per end`)];
  return {
    stages: [
      stage('plugs', 2 * plug.value, 0, plug.kind, `${plug.value} dB at each end`),
      stage('cable', cableDb, perMetre ? latency.value * request.lengthM : twinaxNs, weakestKind([cable.kind, budget.kind]), `${request.lengthM} m at ${cable.value} dB/m; the ends undo ${budget.value} dB in all`),
      ...retimers,
    ],
    wavelengths: Array.from({ length: plan.lanes }, () => ({
      slot: null, marginDb: quantity(marginDb), preFecBer, usableRateGbps: quantity(preFecBer <= plan.limitBer ? plan.laneRateGbps : 0), eye: null,
    })),
  };
}
