/** Benches of the fabric room: compiling whole clusters, routing, and fault-domain queries at the sizes they are promised for. */

import assert from 'node:assert/strict';
import type { Figure } from '../src/base/figure.ts';
import { makeBill } from '../src/fabric/bill.ts';
import type { CompiledCluster } from '../src/fabric/compiled.ts';
import type { ClusterDesign, MediumDesign, TerminalDesign } from '../src/fabric/design.ts';
import type { ComponentIx, NodeIx } from '../src/fabric/fabric.ts';
import { createFaultDomains } from '../src/fabric/fault-domain.ts';
import { compileWithPhysics, createFindPartFigures } from '../src/fabric/physics.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import type { Bench } from './measure.ts';

const figure = (value: number, unit: string): Figure => ({ value, unit, kind: 'estimate', source: 'chosen for this bench' });
const terminal = (part: string, linksPerModule: number, lasersPerModule: number): TerminalDesign => ({ part, packaging: 'pluggable', linksPerModule, lasersPerModule, externalSource: null });
const access: MediumDesign = {
  name: 'access', near: terminal('dr4-400g', 1, 4), far: terminal('dr8-800g', 2, 8), cablePart: 'smf-g652', connectors: 2, wavelengthsPerLink: 4, nominalRateGbps: 400,
};
const between: MediumDesign = { ...access, name: 'fabric', near: terminal('dr8-800g', 2, 8) };

/** Nodes of 8 on rail planes: 128 nodes per pod, leaves of 128 down and 128 up, spines of one port per pod and rail. */
function railPlanes(gpus: number): ClusterDesign {
  return {
    name: `rail-${gpus}`, gpus, gpusPerNode: 8,
    accelerator: { name: 'accelerator', powerW: figure(1200, 'W'), costUsd: figure(32_000, '$'), mtbfH: figure(80_000, 'h') },
    scaleUp: { size: 8, rateGbpsPerGpu: 3600, lanesPerGpu: 18, latencyNs: 250, part: 'nvlink5-copper-nvl72', pjPerBit: figure(5, 'pJ/bit'), switchMtbfH: figure(2e6, 'h') },
    rateGbpsPerGpu: 400,
    family: { kind: 'rail-optimised', nodesPerPod: 128, spines: 128, uplinksPerLeaf: 128, spinePlanes: 'perRail', crossRail: 'scaleUp' },
    switch: { name: '102.4T', radix: 256, portRateGbps: 400, powerW: figure(1500, 'W'), costUsd: figure(90_000, '$'), latencyNs: 700, mtbfH: figure(300_000, 'h') },
    ocs: null, nic: { name: 'nic', powerW: figure(25, 'W'), costUsd: figure(1_600, '$'), latencyNs: 600, mtbfH: figure(3e6, 'h') },
    media: { access: [access], fabric: [between], core: [between], dci: [] },
    floor: { rows: 400, racksPerRow: 40, rackPitchM: 0.6, rowPitchM: 2.4, nodesPerRack: 4, switchesPerRack: 8, leafPlacement: 'middleOfPod', spinePlacement: 'middle', trayRiseM: 2, slackM: 2, inRackM: 2 },
    feeds: { power: { per: 'rack', mtbfH: figure(500_000, 'h') }, coolant: { per: 'row', mtbfH: figure(300_000, 'h') } },
    caseTemperatureC: 45,
  };
}

const catalogue = createCatalogue();

export function compileRailPlanes(gpus: number): CompiledCluster {
  const compiled = compileWithPhysics(railPlanes(gpus), catalogue);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  return compiled.value;
}

/** Per GPU: one scale-up, one access and one uplink cable, two directions each; 18 lanes and 2 x 4 wavelengths each way. */
function checkCounts(cluster: CompiledCluster, gpus: number): void {
  assert.equal(cluster.fabric.linkCount, 6 * gpus);
  assert.equal(cluster.fabric.wavelengthCount, 2 * gpus * (18 + 4 + 4));
  assert.deepEqual([cluster.findings, cluster.refused], [[], []]);
}

const compileBench = (gpus: number, goalMs: number | null): Bench => ({
  name: `compile ${gpus.toLocaleString('en')} GPUs, rail planes, link physics included`, goalMs,
  prepare() {
    checkCounts(compileRailPlanes(gpus), gpus);
    return () => compileRailPlanes(gpus).fabric.wavelengthCount;
  },
});

const blastGpus = 65_536;
const percentile = 0.99;

/** Every component is queried once to find the one at the 99th percentile, which is then timed. */
const blastBench: Bench = {
  name: `blast query at the 99th percentile of all components, ${blastGpus.toLocaleString('en')} GPUs`, goalMs: 50,
  prepare() {
    const { fabric } = compileRailPlanes(blastGpus);
    const domains = createFaultDomains(fabric);
    // A leaf serves rail 0 of the 128 nodes of pod 0 and nobody else.
    const leaf = domains.blast(fabric.findComponent('leaf0') as ComponentIx);
    assert.deepEqual([leaf.gpusCut, leaf.gpusSlowed], [128, 0]);
    const tookMs = Float64Array.from({ length: fabric.componentCount }, (_, component) => {
      const startedMs = performance.now();
      domains.measure(component as ComponentIx);
      return performance.now() - startedMs;
    });
    const order = [...tookMs.keys()].sort((a, b) => (tookMs[a] ?? 0) - (tookMs[b] ?? 0));
    const chosen = (order[Math.floor(percentile * order.length)] ?? 0) as ComponentIx;
    return () => domains.blast(chosen).wavelengths;
  },
};

const routesPerRun = 1_000_000;

const routeBench: Bench = {
  name: `route ${routesPerRun.toLocaleString('en')} flows, 131,072 GPUs`, goalMs: null,
  prepare() {
    const { fabric } = compileRailPlanes(131_072);
    const into = new Int32Array(fabric.routing.hopsMax);
    const gpus = fabric.gpuNode.length;
    return () => {
      let hops = 0;
      for (let flow = 0; flow < routesPerRun; flow++) {
        hops += fabric.routing.route(fabric.gpuNode[(flow * 7919) % gpus] as NodeIx, fabric.gpuNode[(flow * 104_729 + 13) % gpus] as NodeIx, flow, into);
      }
      return hops;
    };
  },
};

const billBench: Bench = {
  name: 'bill of materials, 16,384 GPUs', goalMs: null,
  prepare() {
    const cluster = compileRailPlanes(16_384);
    const find = createFindPartFigures({ catalogue, view: 'worst-case', caseTemperatureC: 45 });
    // Per GPU one module at the NIC and three halves of twin-port modules.
    assert.equal(makeBill(cluster, find).bill.transceiversPerGpu, 2.5);
    return () => makeBill(cluster, find).bill.fabricPowerW.value;
  },
};

export const fabricBenches: readonly Bench[] = [compileBench(1024, null), compileBench(16_384, null), billBench, blastBench, compileBench(131_072, 15_000), routeBench];
