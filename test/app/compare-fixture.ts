/** A hand-made comparison whose numbers are invented: they only exercise drawing and say nothing about optics. */

import type { EvidenceKind } from '../../src/base/figure.ts';
import { refuse } from '../../src/base/refusal.ts';
import { quantity } from '../../src/base/units.ts';
import type { LinkReport, StageReport } from '../../src/optics/link/link-report.ts';
import type { CompareResult, OpticsChoiceResult, WorkloadResult } from '../../src/study/compare-result.ts';

const kinds: readonly EvidenceKind[] = ['published', 'estimate', 'measured'];

function stage(name: string, lossDb: number, levelDbm: number | null, index: number): StageReport {
  return {
    name, lossDb: quantity(lossDb), levelDbm: levelDbm === null ? null : quantity(levelDbm), latencyNs: quantity(2),
    kind: kinds[index % 3] ?? 'estimate', note: `Invented stage number ${index + 1}.`,
  };
}

interface InventedLink {
  readonly partId: string;
  readonly lengthM: number;
  readonly stages: readonly (readonly [name: string, lossDb: number, levelDbm: number | null])[];
  readonly marginDb: number;
}

export function inventedLink(link: InventedLink): LinkReport {
  const closes = link.marginDb >= 0;
  return {
    partId: link.partId, lengthM: quantity(link.lengthM), connectors: 2, caseTemperatureC: quantity(45),
    stages: link.stages.map(([name, lossDb, levelDbm], index) => stage(name, lossDb, levelDbm, index)),
    wavelengths: [{ slot: 0, marginDb: quantity(link.marginDb), preFecBer: closes ? 3.1e-7 : 2e-3, usableRateGbps: quantity(closes ? 100 : 0), eye: null }],
    marginDb: quantity(link.marginDb), preFecBer: closes ? 3.1e-7 : 2e-3, frameLossRatio: closes ? 1e-14 : 0.4,
    usableRateGbps: quantity(closes ? 800 : 0), latencyNs: quantity(260),
    energy: [
      { name: 'laser', pjPerBit: quantity(2.5), kind: 'published' },
      { name: 'dsp', pjPerBit: quantity(9), kind: 'estimate' },
    ],
    pjPerBit: quantity(11.5), energyBoundary: 'both ends of the link, host SerDes excluded', powerPerEndW: quantity(9.2), circuit: null,
    refusal: closes ? null : refuse('link-does-not-close', 'never', 'The margin is negative; the fibre costs most.'), weakestKind: 'estimate',
  };
}

const fibreStages = [
  ['laser', 0, 4.5], ['modulator', 4.2, 0.3], ['connectors', 0.7, -0.4], ['fibre 120 m', 0.05, -0.45], ['receiver coupling', 1.1, -1.55],
  ['dispersion penalty', 0.4, -1.55], ['FEC', 0, null],
] as const;
const copperStages = [['host trace', 6.5, null], ['cable 2.5 m', 12.4, null], ['connectors', 1.2, null], ['equaliser', -3, null]] as const;

const opticalLink = (partId: string, marginDb: number): LinkReport => inventedLink({ partId, lengthM: 120, stages: fibreStages, marginDb });
const copperLink = (marginDb: number): LinkReport => inventedLink({ partId: 'dac-invented', lengthM: 2.5, stages: copperStages, marginDb });

function workload(name: string, scale: number, exposedS: number): WorkloadResult {
  const exposed = [
    { name: 'data-parallel gradients', trafficClass: 'allReduce', tier: 'fabric', seconds: exposedS * 0.5 },
    { name: 'expert exchange', trafficClass: 'allToAll', tier: 'access', seconds: exposedS * 0.35 },
    { name: 'weight gather', trafficClass: 'parameterSync', tier: 'scaleUp', seconds: exposedS * 0.15 },
  ];
  const stepS = scale * (6 + 0.7 + 0.4) + exposedS;
  return {
    workload: name, step: {
      stepS, computeS: scale * 6, bubbleS: scale * 0.7, exposed, otherS: scale * 0.4,
    }, mfu: (0.5 * 6 * scale) / stepS, tokensPerS: (4_000_000 * scale) / stepS,
    energyPerStepMj: 1.3 * stepS, energyPerTokenJ: (1.3e6 * stepS) / (4_000_000 * scale),
    tiers: [
      { tier: 'scaleUp', meanUtilisation: 0.31, peakUtilisation: 0.52 },
      { tier: 'access', meanUtilisation: 0.18 + exposedS / 40, peakUtilisation: 0.61 },
      { tier: 'fabric', meanUtilisation: 0.09 + exposedS / 40, peakUtilisation: 0.97 },
    ],
    sharing: [{
      name: 'data-parallel gradients', trafficClass: 'allReduce', tier: 'fabric', slowedBy: 2.9, exposedS: exposedS * 0.5,
      busiestLink: { name: 'spine3 to leaf15', tier: 'fabric', flows: 3 },
    }],
    flows: { flows: 12_288, solves: 430 },
  };
}

interface InventedChoice {
  readonly name: string;
  readonly description: string;
  readonly powerKw: number;
  readonly costUsd: number;
  readonly costKind: EvidenceKind;
  readonly failuresPerDay: number;
  readonly exposedS: number;
  readonly closing: number;
  readonly optics: LinkReport;
}

const cableTotal = 4096;
const publishedPrice = { value: 600, unit: '$', kind: 'published', source: 'invented price list' } as const;
const estimatedPrice = { value: 1600, unit: '$', kind: 'estimate', source: 'invented guess' } as const;

function choice(invented: InventedChoice): OpticsChoiceResult {
  const { powerKw, costUsd, failuresPerDay } = invented;
  const missing = cableTotal - invented.closing;
  return {
    name: invented.name, description: invented.description, isRanked: true, fabricPowerKw: powerKw, fabricPowerShare: powerKw / (1400 + powerKw), clusterPowerKw: 1400 + powerKw,
    powerParts: [
      { name: 'switch ASICs', kw: powerKw * 0.4 }, {
        name: 'optical modules', kw: powerKw * 0.38,
      }, { name: 'external lasers', kw: powerKw * 0.07 }, { name: 'NICs', kw: powerKw * 0.15 },
    ],
    cost: {
      fabricUsd: { value: costUsd, unit: '$', kind: invented.costKind, source: 'invented for a drawing test' }, perGpuUsd: costUsd / 1024,
      parts: [{ name: 'switches', usd: costUsd * 0.45, kind: 'estimate' }, { name: 'optics and cables', usd: costUsd * 0.55, kind: invented.costKind }],
    },
    transceiversPerGpu: 3.75, lasersPerGpu: 15 * (powerKw / 100),
    failuresPerDay: { value: failuresPerDay, unit: '1/day', kind: 'estimate', source: 'invented for a drawing test' },
    failureParts: [
      { name: 'optical modules', perDay: failuresPerDay * 0.7, kind: 'estimate', basis: 'field' },
      { name: 'switches', perDay: failuresPerDay * 0.2, kind: 'published', basis: 'predicted' },
      { name: 'cables', perDay: failuresPerDay * 0.1, kind: 'measured', basis: 'field' },
    ],
    worstPart: { name: 'rail-switch-03', kind: 'switch', gpusCut: 0, gpusSlowed: 128, linksLost: 128 },
    worstLightPart: { name: 'rail-switch-03/engine2', kind: 'engine', gpusCut: 0, gpusSlowed: 16, linksLost: 32 },
    ownership: {
      years: 4, usdPerKwh: { value: 0.08, unit: '$/kWh', kind: 'estimate', source: 'invented' }, pue: 1.25, fabricElectricityUsd: powerKw * 3504, fabricTotalUsd: costUsd + powerKw * 3504,
      clusterElectricityUsd: (1400 + powerKw) * 3504, facilityPowerKw: 1.25 * (1400 + powerKw), facilityMwhPerYear: 10.95 * (1400 + powerKw),
    },
    lostGpuHours: {
      cutPerYear: 400 * failuresPerDay, slowedPerYear: 900 * failuresPerDay, kind: 'estimate',
      parts: [{ name: 'module dr8-invented', cutPerYear: 400 * failuresPerDay, slowedPerYear: 900 * failuresPerDay, repairH: { value: 0.5, unit: 'h', kind: 'estimate', source: 'invented' } }],
    },
    latency: { nextNodeNs: 2400, farthestNs: 4400 + powerKw },
    cables: { total: cableTotal, lit: cableTotal, triedAndRefused: missing, carriedByFallback: missing, withoutLight: 0 },
    evidence: [{
      conclusion: 'cost', kind: 'estimate', heaviest: { name: 'switch invented', figure: publishedPrice, share: 0.6 }, weakest: { name: 'nic invented', figure: estimatedPrice, share: 0.4 },
    }],
    refused: missing === 0 ? [] : [{
      medium: 'passive copper', partId: 'dac-invented', tier: 'fabric', count: missing, lengthM: 7.5, longestM: 9,
      byLength: [
        { lengthM: 7.5, count: missing - 256, reasons: ['The cable loses 31.0 dB at 26.6 GHz, 12.6 dB more than the receiver accepts.'] },
        { lengthM: 9, count: 256, reasons: ['The cable loses 37.2 dB at 26.6 GHz, 18.8 dB more than the receiver accepts.'] },
      ], examples: ['leaf03-spine01', 'leaf03-spine02', 'leaf04-spine01'],
      reasons: [
        'The cable loses 31.0 dB at 26.6 GHz, 12.6 dB more than the receiver accepts.', 'The cable is the stage that costs most.',
      ], remedy: 'Use optics beyond 3 m', replacedBy: 'dr8-invented',
    }],
    budgets: [
      {
        medium: invented.optics.stages.some((item) => item.levelDbm !== null) ? `fibre to ${invented.optics.partId}` : 'long passive copper', tier: 'fabric',
        nearPart: 'dr4-invented', farPart: invented.optics.partId, linkCount: 2048, linkRateGbps: 400, report: invented.optics,
      },
      {
        medium: 'passive copper', nearPart: 'dac-invented', farPart: 'dac-invented', tier: 'access', linkCount: 2048, linkRateGbps: 800, report: copperLink(2.1),
      },
    ],
    workloads: [workload('llama-405b', 1, invented.exposedS), workload('mixtral-8x22b', 0.3, invented.exposedS * 0.8)],
    refusedWorkloads: [], weakestKind: 'estimate',
  };
}

export const comparison: CompareResult = {
  schema: 'heliostat/compare/1',
  study: 'Optics choice (invented numbers)',
  cluster: {
    name: 'hall-1', gpus: 1024, accelerator: 'H100 SXM', rateGbpsPerGpu: 400, fabric: 'rail-optimised, two tiers',
    cableLengthsM: { min: 1.5, median: 18, max: 62 },
  },
  choices: [
    choice({
      name: 'DSP pluggables', description: '800G modules with a DSP at both ends', powerKw: 118, costUsd: 6.4e6, costKind: 'published',
      failuresPerDay: 0.21, exposedS: 1.3, closing: 4096, optics: opticalLink('dr8-invented', 3.4),
    }),
    choice({
      name: 'LPO', description: 'linear pluggables without a DSP', powerKw: 84, costUsd: 5.5e6, costKind: 'estimate', failuresPerDay: 0.15,
      exposedS: 1.27, closing: 4096, optics: opticalLink('lpo-invented', 0.6),
    }),
    choice({
      name: 'Co-packaged, external lasers', description: 'optical engines beside the switch die', powerKw: 61, costUsd: 5.9e6, costKind: 'estimate',
      failuresPerDay: 0.09, exposedS: 1.22, closing: 4096, optics: opticalLink('cpo-invented', 2.2),
    }),
    choice({
      name: 'Comb WDM, integrated', description: 'one comb laser for sixteen carriers', powerKw: 55, costUsd: 7.2e6, costKind: 'estimate',
      failuresPerDay: 0.31, exposedS: 1.2, closing: 4096, optics: opticalLink('comb-invented', 1.3),
    }),
    choice({
      name: 'Copper where it reaches', description: 'passive cable up to its reach, optics beyond', powerKw: 97, costUsd: 4.1e6,
      costKind: 'published', failuresPerDay: 0.12, exposedS: 2.6, closing: 3328, optics: copperLink(-12.6),
    }),
  ],
  findings: [
    'Invented: co-packaged optics halve fabric power (61 kW against 118 kW) and shorten the 405B step by 1 % (8.3 s against 8.4 s).',
    'Invented: copper costs least (4.1 M$) but 768 links do not close, and the step grows by 15 %.',
    'Invented: one failed rail switch slows 128 GPUs in every choice.',
  ],
  assumptions: [
    'Invented: every GPU draws 700 W.', 'Invented: prices are list prices of 2025.',
    'Invented: cable lengths come from a floor plan with eight racks in a row.',
  ],
};

/** The same comparison in which the last choice cannot run the second workload. */
export const partlyRefused: CompareResult = {
  ...comparison,
  choices: comparison.choices.map((entry, index) =>
    index < comparison.choices.length - 1 ? entry : {
      ...entry, isRanked: false, workloads: entry.workloads.slice(0, 1),
      refusedWorkloads: [{ workload: 'mixtral-8x22b', reasons: ['Invented: ranks 0 and 512 have no route with light.'] }],
    }),
};

/** The same comparison with every text made hostile to HTML, SVG, scripts and terminals. */
export function hostileComparison(): CompareResult {
  const hostile = `<img src=x onerror=alert(1)> & "q" 'a' </script><script>alert(2)</script> \u001b[31mred\u0007`;
  const rewrite = (value: unknown): unknown => {
    if (typeof value === 'string') return `${value} ${hostile}`;
    if (Array.isArray(value)) return value.map(rewrite);
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [
      key, ['schema', 'kind', 'weakestKind', 'conclusion'].includes(key) ? inner : rewrite(inner),
    ]));
    return value;
  };
  return rewrite(comparison) as CompareResult;
}
