/** Ranges propagate: the spread is what uniform draws give, the seed decides everything, and the largest lever ranks first. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/base/refusal.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import type { LinkRequest } from '../../src/optics/link/request.ts';
import type { LinkDistribution } from '../../src/optics/link/sample-link.ts';
import { distributionOf, rankCorrelation, sampleLink } from '../../src/optics/link/sample-link.ts';

const catalogue = createCatalogue();

function sampled(id: string, more: Partial<LinkRequest>, samples = 1500, seed = 7): LinkDistribution {
  const part = catalogue.find(id);
  assert.ok(part);
  const answer = sampleLink({ part, catalogue, lengthM: 100, connectors: 4, caseTemperatureC: 40, ...more }, { samples, seed });
  assert.ok(!isRefusal(answer));
  return answer;
}

test('the margin of a DR8 link spreads as its three uniform ranges do', () => {
  // Headroom 0 to 2 dB at each end: variance 4/12 each. Four connectors drawn together from 0.25 to 0.5 dB: 4^2 x 0.0625/12 = 0.0833.
  // Sum 0.75, standard deviation 0.866 dB. Squared correlations follow the variances: 44 %, 44 %, 11 %.
  const { marginDb, fractionClosing, drivers } = sampled('dr8-800g', { view: 'typical' });
  assert.ok(Math.abs(marginDb.standardDeviation - Math.sqrt(0.75)) < 0.04, `${marginDb.standardDeviation}`);
  assert.equal(fractionClosing, 1);
  assert.deepEqual(drivers.slice(0, 3).map(({ parameter }) => parameter).sort(), ['dr8-800g.rx_headroom', 'dr8-800g.tx_headroom', 'mpo-connector.il']);
  assert.ok(Math.abs((drivers.find(({ parameter }) => parameter === 'mpo-connector.il')?.marginShare ?? 0) - 1 / 9) < 0.04);
});

test('the light of a comb line decides whether a comb link closes, and the yield is the share of draws that do', () => {
  const { drivers, fractionClosing } = sampled('wdm-comb-els-800g', {});
  // 0 to 10 dBm per line has a variance of 100/12 = 8.3 dB^2; everything else together has less than 2.
  assert.equal(drivers[0]?.parameter, 'xscape-chromx.power_per_line');
  assert.ok((drivers[0]?.marginCorrelation ?? 0) > 0.85);
  assert.ok(fractionClosing > 0.4 && fractionClosing < 0.8);
});

test('the same seed draws the same links, another seed draws others', () => {
  assert.deepEqual(sampled('lpo-800g', {}, 50, 3), sampled('lpo-800g', {}, 50, 3));
  assert.notDeepEqual(sampled('lpo-800g', { view: 'typical' }, 50, 3).marginDb, sampled('lpo-800g', { view: 'typical' }, 50, 4).marginDb);
});

test('percentiles are nearest ranks and the deviation is that of a sample', () => {
  // 1..20: mean 10.5, sum of squares about it 665, 665/19 = 35.
  const { mean, standardDeviation, p5, p50, p95, min, max } = distributionOf(Float64Array.from({ length: 20 }, (_, at) => 20 - at));
  assert.deepEqual([mean, p5, p50, p95, min, max], [10.5, 1, 10, 19, 1, 20]);
  assert.ok(Math.abs(standardDeviation - Math.sqrt(35)) < 1e-12);
});

test('rank correlation sees order, not shape, and shares ranks among equals', () => {
  assert.equal(rankCorrelation(Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 8, 27, 64)), 1);
  assert.equal(rankCorrelation(Float64Array.of(1, 2, 3), Float64Array.of(5, 4, 1)), -1);
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5/sqrt(4.5 x 5) = 0.9487.
  assert.ok(Math.abs(rankCorrelation(Float64Array.of(0, 7, 7, 9), Float64Array.of(1, 2, 3, 4)) - 4.5 / Math.sqrt(22.5)) < 1e-12);
  assert.equal(rankCorrelation(Float64Array.of(1, 2), Float64Array.of(3, 3)), 0);
});
