/**
 * Coherent links between buildings: an unamplified loss budget, or one amplified span judged by OSNR with ASE and the
 * nonlinear interference of the GN model.
 */

import { weakestKind } from '../../base/figure.ts';
import { plainNumber } from '../../base/plain-number.ts';
import { refuse } from '../../base/refusal.ts';
import type { Db } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { amplifiedSpanSnr } from '../formulas/coherent.ts';
import { fibreDelayNs } from '../formulas/delay.ts';
import { qam16Ber, qam16RequiredSnr, snrToOsnr } from '../formulas/signal.ts';
import { frequencyGhz } from '../formulas/spectrum.ts';
import type { Part } from '../part.ts';
import type { StageReport, WavelengthReport } from './link-report.ts';
import type { Setting } from './setting.ts';
import { standardPart } from './setting.ts';

export interface CoherentResult {
  readonly stages: readonly StageReport[];
  readonly wavelengths: readonly WavelengthReport[];
}

/** Channels that fill the C band beside the one in question, and their spacing over the symbol rate. */
const cBandGhz = 4800;
const spacingPerBaud = 1.25;
/** Effective area of G.652 at 1550 nm, as GNPy uses it. */
const effectiveAreaUm2 = 83;

export function coherentLink(part: Part, setting: Setting): CoherentResult {
  const { read, request, obstacles } = setting;
  const fibreLoss = read.need(part, 'fibre_loss');
  const connector = read.need(standardPart(request.catalogue, 'mpo-connector'), 'il');
  const dispersion = read.need(part, 'fibre_dispersion');
  const tolerance = read.need(part, 'cd');
  const budget = read.need(part, 'loss_budget');
  const required = read.need(part, 'osnr');
  const limitBer = read.need(part, 'ber_prefec').value;
  const baud = read.need(part, 'baud').value;
  const rateGbps = read.need(part, 'lane_rate').value;
  const lengthKm = request.lengthM / 1000;
  const fibreDb = fibreLoss.value * lengthKm;
  const connectorDb = connector.value * request.connectors;
  const extraDb = request.extraLossDb ?? 0;
  const lossDb = fibreDb + connectorDb + extraDb;
  const accumulated = dispersion.value * lengthKm;
  if (accumulated > tolerance.value) {
    obstacles.push(refuse('dispersion-beyond-tolerance', 'never', `${accumulated.toFixed(0)} ps/nm over ${plainNumber(lengthKm)} km exceed the ${tolerance.value} ps/nm that the receiver compensates.`));
  }
  const mayAmplify = part.params['amplified']?.value !== false;
  const amplified = lossDb > budget.value && mayAmplify;
  const amplifiedSnr = amplified ? spanSnr(part, { lengthKm, inputDb: connectorDb / 2, outputDb: connectorDb - connectorDb / 2 + extraDb }, baud, setting) : null;
  const marginDb = amplifiedSnr === null ? budget.value - lossDb : amplifiedSnr - required.value;
  // The agreement's OSNR stands above theory by the implementation penalty; the line's SNR is taken less that penalty.
  const theory = snrToOsnr({ snr: qam16RequiredSnr(limitBer), symbolRateGbd: baud });
  const snr = quantity<Db>(qam16RequiredSnr(limitBer) + marginDb);
  const preFecBer = qam16Ber(snr);
  const index = read.need(standardPart(request.catalogue, request.fibrePart?.id ?? 'smf-g652'), 'group_index');
  const fibreNs = fibreDelayNs({ lengthM: request.lengthM, groupIndex: index.value });
  const moduleNs = read.need(part, 'latency').value * 1000;
  const launch = read.need(part, amplified ? 'amplified_launch' : 'tx');
  const stage = (name: string, loss: number, level: number | null, latencyNs: number, kind: StageReport['kind'], note: string): StageReport =>
    ({ name, lossDb: quantity(loss), levelDbm: level === null ? null : quantity(level), latencyNs: quantity(latencyNs), kind, note });
  const line = amplifiedSnr === null
    ? stage('receiver', 0, launch.value - lossDb, 0, budget.kind, `unamplified budget of ${budget.value} dB`)
    : stage('amplifier', 0, launch.value, 0, 'estimate', `GSNR ${amplifiedSnr.toFixed(2)} dB in 0.1 nm with ASE and GN interference; ${required.value} dB asked, theory ${theory.toFixed(2)} dB`);
  return {
    stages: [
      stage('transmitter', 0, launch.value, moduleNs, launch.kind, `${launch.value} dBm per channel; module and its FEC at both ends ${(moduleNs / 1000).toFixed(1)} us`),
      stage('connectors', connectorDb, launch.value - connectorDb, 0, connector.kind, `${request.connectors} connections of ${connector.value} dB`),
      stage('fibre', fibreDb, launch.value - connectorDb - fibreDb, fibreNs, weakestKind([fibreLoss.kind, index.kind]), `${plainNumber(lengthKm)} km at ${fibreLoss.value} dB/km, ${accumulated.toFixed(0)} ps/nm`),
      ...(extraDb === 0 ? [] : [stage('extra loss', extraDb, launch.value - lossDb, 0, 'estimate', `${plainNumber(extraDb)} dB as asked: dirt, bends or ageing`)]),
      line,
    ],
    wavelengths: [{ slot: 0, marginDb: quantity(marginDb), preFecBer, usableRateGbps: quantity(preFecBer <= limitBer ? rateGbps : 0), eye: null }],
  };
}

interface SpanEnds {
  readonly lengthKm: number;
  readonly inputDb: number;
  readonly outputDb: number;
}

/** GSNR in 0.1 nm behind one span and its amplifier, in a full C band of like channels. */
function spanSnr(part: Part, { lengthKm, inputDb, outputDb }: SpanEnds, baud: number, { read }: Setting): Db {
  const spacingGhz = baud * spacingPerBaud;
  const channelCount = Math.max(1, Math.floor(cBandGhz / spacingGhz));
  const centreThz = frequencyGhz(read.need(part, 'wavelength').value) / 1000;
  return amplifiedSpanSnr({
    channelCount, spacingGhz, firstFrequencyThz: centreThz - ((channelCount - 1) / 2) * (spacingGhz / 1000), symbolRateGbd: baud,
    launch: quantity(read.need(part, 'amplified_launch').value), inputConnector: quantity(inputDb), outputConnector: quantity(outputDb),
    span: { lengthKm, lossDbPerKm: read.need(part, 'fibre_loss').value, dispersionPsPerNmKm: read.need(part, 'fibre_dispersion').value },
    effectiveAreaUm2, noiseFigure: quantity(read.need(part, 'amplifier_nf').value), transmitterOsnr: quantity(read.need(part, 'tx_osnr').value),
  }).gsnr;
}
