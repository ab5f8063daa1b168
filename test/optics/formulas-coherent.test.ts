/** The GN model against the fibre and transmission results that GNPy publishes with its tests (commit d65865b). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dbToRatio } from '../../src/base/levels.ts';
import type { Db, Dbm } from '../../src/base/units.ts';
import { quantity } from '../../src/base/units.ts';
import type { FibreChannel } from '../../src/optics/formulas/coherent.ts';
import { amplifiedSpanSnr, effectiveAreaAtUm2, gnInterferenceW, gnpyExampleSpan, nonlinearityPerWKm } from '../../src/optics/formulas/coherent.ts';
import { frequencyGhz } from '../../src/optics/formulas/spectrum.ts';

const span = { lengthKm: 80, lossDbPerKm: 0.2, dispersionPsPerNmKm: 16.7 };
const spanLossDb = 16;
const connectorDb = 0.5;

const gammaAt = (frequencyThz: number): number =>
  nonlinearityPerWKm({ n2M2PerW: 2.6e-20, effectiveAreaUm2: effectiveAreaAtUm2({ referenceAreaUm2: 83, frequencyThz }), wavelengthNm: frequencyGhz(frequencyThz * 1e3) });

/** Interference at the span's end, behind the output connector; `channels` carry the power behind the input connector. */
function interferenceAtEndW(channels: readonly FibreChannel[], channel: number): number {
  const atInputW = gnInterferenceW({ channels, channel, span, gammaPerWKm: gammaAt(channels[channel]?.frequencyThz ?? 0) });
  return atInputW / dbToRatio(quantity<Db>(spanLossDb + connectorDb));
}

test('the nonlinear coefficient follows the frequency as in GNPy', () => {
  const published = [[191.35, 1.2361], [193.75, 1.2753], [196.1, 1.314]] as const;
  for (const [frequencyThz, gamma] of published) assert.ok(Math.abs(gammaAt(frequencyThz) / gamma - 1) < 1e-4, `${frequencyThz} THz: ${gammaAt(frequencyThz)}`);
});

test('a fixed grid of 96 channels gives GNPy\'s interference at the edges and in the centre', () => {
  const launchW = 1e-3 / dbToRatio(quantity<Db>(connectorDb));
  const channels = Array.from({ length: 96 }, (_, row) => ({ frequencyThz: 191.35 + row * 0.05, symbolRateGbd: 32, powerW: launchW }));
  const published = [[1, 1.05703e-8], [49, 1.68326e-8], [96, 1.19458e-8]] as const;
  for (const [number, expectedW] of published) {
    const got = interferenceAtEndW(channels, number - 1);
    assert.ok(Math.abs(got / expectedW - 1) < 1e-4, `channel ${number}: ${got}`);
  }
});

test('a flexible grid with unequal rates and powers gives GNPy\'s interference', () => {
  const offsetsGhz = [0, 50, 150, 225, 275];
  const ratesGbd = [32, 42, 64, 42, 32];
  const powersMw = [1, 0.9, 1.3, 0.8, 1.2];
  const publishedW = [5.1831e-9, 4.2862e-9, 6.251e-9, 4.0823e-9, 7.8578e-9];
  const channels = offsetsGhz.map((offsetGhz, row) => ({
    frequencyThz: 191 + offsetGhz / 1e3, symbolRateGbd: ratesGbd[row] ?? 0, powerW: ((powersMw[row] ?? 0) * 1e-3) / dbToRatio(quantity<Db>(connectorDb)),
  }));
  for (const [row, expectedW] of publishedW.entries()) {
    const got = interferenceAtEndW(channels, row);
    assert.ok(Math.abs(got / expectedW - 1) < 2e-3, `channel ${row + 1}: ${got} against ${expectedW}`);
  }
});

test('one amplified span gives the OSNR and the GSNR of GNPy\'s transmission example', () => {
  const { osnr, gsnr } = amplifiedSpanSnr({ ...gnpyExampleSpan, launch: quantity<Dbm>(0), channelCount: 76, spacingGhz: 50, transmitterOsnr: quantity<Db>(40) });
  assert.ok(Math.abs(osnr - 33.29) < 0.02, `OSNR ${osnr}`);
  assert.ok(Math.abs(gsnr - 31.17) < 0.02, `GSNR ${gsnr}`);
});

test('the running sums over distance agree with the plain double sum over channels', () => {
  const system = { ...gnpyExampleSpan, launch: quantity<Dbm>(2), channelCount: 9, spacingGhz: 75, transmitterOsnr: quantity<Db>(300), noiseFigure: quantity<Db>(-300) };
  const launchW = 1e-3 * 10 ** 0.15;
  const channels = Array.from({ length: 9 }, (_, row) => ({ frequencyThz: 191.35 + row * 0.075, symbolRateGbd: 32, powerW: launchW }));
  const ratios = channels.map((channel, row) => launchW / gnInterferenceW({ channels, channel: row, span, gammaPerWKm: gammaAt(channel.frequencyThz) }));
  const mean = ratios.reduce((sum, ratio) => sum + 10 * Math.log10(ratio), 0) / 9 + 10 * Math.log10(32 / 12.5);
  assert.ok(Math.abs(amplifiedSpanSnr(system).gsnr - mean) < 1e-9);
});
