/** Conservation checks on a compiled fabric: every port used once, every cable has two ends, rates within ports, names of the places that break it. */

import type { Issue } from '../base/issue.ts';
import type { CompiledFabric } from './compiled.ts';
import { componentKinds } from './components.ts';
import type { ClusterDesign } from './design.ts';
import type { ComponentIx } from './fabric.ts';

const nameOf = (fabric: CompiledFabric, component: number): string => fabric.componentName(component as ComponentIx);

/** A port sends on exactly one link. */
function checkPorts(fabric: CompiledFabric): readonly Issue[] {
  const used = new Uint8Array(fabric.componentCount);
  const issues: Issue[] = [];
  fabric.linkPort.forEach((port) => {
    const count = (used[port] ?? 0) + 1;
    used[port] = Math.min(2, count);
    if (count === 2) issues.push({ code: 'port-used-twice', path: nameOf(fabric, port), message: 'Two links leave this port', remedy: 'Give each link a port of its own' });
  });
  const portKind = componentKinds.indexOf('port');
  fabric.componentKind.forEach((kind, component) => {
    if (kind === portKind && used[component] === 0) issues.push({ code: 'port-without-link', path: nameOf(fabric, component), message: 'No link uses this port', remedy: 'Cable it or leave it out' });
  });
  return issues;
}

/** A cable carries one link each way between two different ports, and both have the same length. */
function checkCables(fabric: CompiledFabric): readonly Issue[] {
  const issues: Issue[] = [];
  for (let link = 0; link + 1 < fabric.linkCount; link += 2) {
    const twin = link + 1;
    const joined = fabric.linkSource[link] === fabric.linkTarget[twin] && fabric.linkTarget[link] === fabric.linkSource[twin];
    if (joined && fabric.linkReverse[link] === twin && fabric.linkLengthM[link] === fabric.linkLengthM[twin] && fabric.linkPort[link] !== fabric.linkPort[twin]) continue;
    const cable = fabric.linkCable[link >> 1] ?? -1;
    const path = cable < 0 ? `link ${link}` : nameOf(fabric, cable);
    issues.push({ code: 'fibre-without-two-ends', path, message: 'The two directions of this cable do not meet the same two ports', remedy: 'Give every fibre two ends' });
  }
  return issues;
}

/** No link outruns the port rate of its switch; no accelerator is cabled for more than its stated rate. */
function checkRates(design: ClusterDesign, fabric: CompiledFabric): readonly Issue[] {
  const fast = fabric.media.filter((medium) => medium.name !== 'scale-up' && medium.nominalRateGbps > design.switch.portRateGbps);
  return fast.map((medium) => ({
    code: 'link-outruns-port', path: `media ${medium.name}`, value: `${medium.nominalRateGbps} Gb/s`,
    message: `A link of ${medium.nominalRateGbps} Gb/s is plugged into ports of ${design.switch.portRateGbps} Gb/s of ${design.switch.name}`,
    remedy: 'Use a slower medium or a switch with faster ports',
  }));
}

/** A cross-connect joins two links of one switch, both ways, and no link leaves for two circuits. */
function checkCircuits(fabric: CompiledFabric): readonly Issue[] {
  const taken = new Uint8Array(fabric.linkCount);
  const issues: Issue[] = [];
  fabric.circuitOut.forEach((out, link) => {
    if (out < 0) return;
    const isJoined = fabric.linkTarget[link] === fabric.linkSource[out] && fabric.circuitOut[out ^ 1] === (link ^ 1);
    if (isJoined && taken[out] === 0) taken[out] = 1;
    else {
      const path = nameOf(fabric, fabric.linkPort[out] ?? 0);
      issues.push({ code: 'circuit-does-not-join', path, message: 'This port of a circuit switch is in two circuits or in half of one', remedy: 'Use each port of a circuit switch once' });
    }
  });
  return issues;
}

/** All violations; empty for a plan that can be built. Radix and reach are refused or reported while compiling. */
export function checkConservation(design: ClusterDesign, fabric: CompiledFabric): readonly Issue[] {
  return [...checkPorts(fabric), ...checkCables(fabric), ...checkCircuits(fabric), ...checkRates(design, fabric)];
}
