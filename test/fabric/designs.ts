/** Designs that the fabric tests share: plain figures chosen so that expected counts follow by hand. */

import type { Figure } from '../../src/base/figure.ts';
import { refuse } from '../../src/base/refusal.ts';
import type { ClusterDesign, MediumDesign, TerminalDesign } from '../../src/fabric/design.ts';
import type { RailOptimisedDesign } from '../../src/fabric/families/family-design.ts';
import type { EvaluateMedium } from '../../src/fabric/medium.ts';

export const figure = (value: number, unit: string): Figure => ({ value, unit, kind: 'estimate', source: 'chosen for this test' });

export const terminal = (part: string, linksPerModule: number, lasersPerModule: number): TerminalDesign =>
  ({ part, packaging: 'pluggable', linksPerModule, lasersPerModule, externalSource: null });

/** 400G over four fibre lanes: a single-port module at the NIC, a twin-port module at the switch. */
export const opticalAccess: MediumDesign = {
  name: 'dr4 to dr8', near: terminal('dr4-400g', 1, 4), far: terminal('dr8-800g', 2, 8), cablePart: 'smf-g652', connectors: 2, wavelengthsPerLink: 4, nominalRateGbps: 400,
};
export const opticalFabric: MediumDesign = { ...opticalAccess, name: 'dr8', near: terminal('dr8-800g', 2, 8) };

const cableEnd: TerminalDesign = { part: 'dac-800g-passive', packaging: 'cableEnd', linksPerModule: 2, lasersPerModule: 0, externalSource: null };
export const copper: MediumDesign = { name: 'dac', near: { ...cableEnd, linksPerModule: 1 }, far: cableEnd, cablePart: 'dac-800g-passive', connectors: 0, wavelengthsPerLink: 4, nominalRateGbps: 400 };

/** A stand-in for physics with hand-made reaches: copper closes to 2 m, optics to 500 m, 100 Gb/s per lane, 5 ns/m and 100 ns for FEC. */
export const reachRule: EvaluateMedium = ({ medium, lengthM }) => {
  const isCopper = medium.near.part.startsWith('dac');
  const reachM = isCopper ? 2 : 500;
  const lanes = medium.wavelengthsPerLink;
  const refusal = lengthM > reachM ? refuse('link-does-not-close', 'never', `${lengthM} m is beyond ${reachM} m`) : null;
  return {
    rateGbps: new Array<number>(lanes).fill(refusal === null ? 100 : 0), slot: Array.from({ length: lanes }, (_, lane) => (isCopper ? -1 : lane)),
    latencyNs: 100 + 5 * lengthM, refusal, report: null,
  };
};

export const railFamily: RailOptimisedDesign = { kind: 'rail-optimised', nodesPerPod: 32, spines: 16, uplinksPerLeaf: 32, spinePlanes: 'shared', crossRail: 'scaleUp' };

/** 1,024 GPUs in 128 nodes, 4 pods of 32 nodes, 32 leaves and 16 spines of 64 ports. */
export const railDesign: ClusterDesign = {
  name: 'rail-1024', gpus: 1024, gpusPerNode: 8,
  accelerator: { name: 'h100', powerW: figure(1000, 'W'), costUsd: figure(40_000, '$'), mtbfH: figure(50_000, 'h') },
  scaleUp: { size: 8, rateGbpsPerGpu: 3600, lanesPerGpu: 18, latencyNs: 250, part: 'nvlink5-copper-nvl72', pjPerBit: figure(5, 'pJ/bit'), switchMtbfH: figure(1e6, 'h') },
  rateGbpsPerGpu: 400,
  family: railFamily,
  switch: { name: 'sw64', radix: 64, portRateGbps: 400, powerW: figure(1000, 'W'), costUsd: figure(30_000, '$'), latencyNs: 300, mtbfH: figure(300_000, 'h') },
  ocs: null,
  nic: { name: 'nic400', powerW: figure(25, 'W'), costUsd: figure(1_500, '$'), latencyNs: 600, mtbfH: figure(1e6, 'h') },
  media: { access: [opticalAccess], fabric: [opticalFabric], core: [opticalFabric], dci: [] },
  floor: { rows: 8, racksPerRow: 10, rackPitchM: 0.6, rowPitchM: 3, nodesPerRack: 4, switchesPerRack: 8, leafPlacement: 'middleOfPod', spinePlacement: 'middle', trayRiseM: 2, slackM: 1, inRackM: 2 },
  feeds: { power: { per: 'rack', mtbfH: figure(1e6, 'h') }, coolant: { per: 'row', mtbfH: figure(200_000, 'h') } },
  caseTemperatureC: 45,
};

/** A 136-port circuit switch of 108 W. */
export const ocs: NonNullable<ClusterDesign['ocs']> = { name: 'ocs136', part: 'google-palomar', radix: 136, powerW: figure(108, 'W'), costUsd: figure(50_000, '$'), mtbfH: figure(200_000, 'h') };

/** A design of single-GPU nodes without a scale-up domain, so that only the family shapes the fabric. */
export function bareDesign(gpus: number, family: ClusterDesign['family'], options: { readonly radix?: number } = {}): ClusterDesign {
  return {
    ...railDesign, name: `${family.kind}-${gpus}`, gpus, gpusPerNode: 1, family,
    scaleUp: { ...railDesign.scaleUp, size: 1 },
    switch: { ...railDesign.switch, radix: options.radix ?? 64 },
    media: { access: [opticalAccess], fabric: [opticalFabric], core: [opticalFabric], dci: [{ ...opticalFabric, name: 'dci' }] },
    floor: { ...railDesign.floor, rows: 10_000, racksPerRow: 20, nodesPerRack: 16 },
  };
}
