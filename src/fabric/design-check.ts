/** Checks a design's numbers before anything is drawn: counts, rates and lengths in range, each issue with its place (as a Cluster spec names it) and remedy. */

import type { Issue } from '../base/issue.ts';
import type { ClusterDesign } from './design.ts';

/** Largest cluster that is compiled: beyond it the tables outgrow the memory that one process should ask for. */
export const gpusMax = 524_288;

interface Range {
  readonly path: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  readonly what: string;
}

function outOfRange(range: Range): readonly Issue[] {
  const { path, value, min, max, whole, what } = range;
  if (Number.isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value))) return [];
  const limits = max === Infinity ? `at least ${min}` : `from ${min} to ${max}`;
  return [{ code: 'out-of-range', path, value: String(value), message: `${what} must be ${whole ? 'a whole number ' : ''}${limits}`, remedy: `Choose a value ${limits}` }];
}

/** Every number of the design that no fabric could have. Families check what depends on their own parameters. */
export function checkDesign(design: ClusterDesign): readonly Issue[] {
  const whole = (path: string, value: number, what: string, max = Infinity): readonly Issue[] => outOfRange({ path, value, min: 1, max, whole: true, what });
  const real = (path: string, value: number, what: string): readonly Issue[] => outOfRange({ path, value, min: 0, max: Infinity, whole: false, what });
  const issues = [
    ...whole('gpus', design.gpus, 'The number of GPUs', gpusMax),
    ...whole('gpusPerNode', design.gpusPerNode, 'The number of GPUs per node', gpusMax),
    ...whole('scaleUp.size', design.scaleUp.size, 'The size of the scale-up domain', gpusMax),
    ...whole('scaleUp.lanes', design.scaleUp.lanesPerGpu, 'The number of scale-up lanes', 1024),
    ...real('scaleUp.rate', design.scaleUp.rateGbpsPerGpu, 'The scale-up rate in Gb/s'),
    ...real('rate', design.rateGbpsPerGpu, 'The rate per GPU in Gb/s'),
    ...whole('switch.radix', design.switch.radix, 'The switch radix'),
    ...real('switch.portRate', design.switch.portRateGbps, 'The port rate in Gb/s'),
    ...whole('floor.rows', design.floor.rows, 'The number of rows'),
    ...whole('floor.racksPerRow', design.floor.racksPerRow, 'The number of racks per row'),
    ...whole('floor.nodesPerRack', design.floor.nodesPerRack, 'The number of nodes per rack'),
    ...whole('floor.switchesPerRack', design.floor.switchesPerRack, 'The number of switches per rack'),
    ...real('floor.rackPitch', design.floor.rackPitchM, 'The rack pitch in m'),
    ...real('floor.rowPitch', design.floor.rowPitchM, 'The row pitch in m'),
    ...real('floor.trayRise', design.floor.trayRiseM, 'The rise to the tray in m'),
    ...real('floor.slack', design.floor.slackM, 'The cable slack in m'),
    ...real('floor.inRack', design.floor.inRackM, 'The in-rack cable length in m'),
  ];
  const { size } = design.scaleUp;
  if (issues.length === 0 && size > 1 && size % design.gpusPerNode !== 0 && design.gpusPerNode % size !== 0) {
    issues.push({
      code: 'uneven-scale-up', path: 'scaleUp.size', value: String(size),
      message: `A scale-up domain of ${size} GPUs neither fills nor divides nodes of ${design.gpusPerNode}`,
      remedy: 'Make the domain size a multiple or a divisor of the GPUs per node',
    });
  }
  for (const [tier, media] of Object.entries(design.media) as [string, ClusterDesign['media']['access']][]) {
    media.forEach((medium, index) => {
      const path = `media.${tier}[${index}]`;
      issues.push(...whole(`${path}.lanes`, medium.wavelengthsPerLink, 'The number of wavelengths per link', 4096), ...real(`${path}.rate`, medium.nominalRateGbps, 'The rate of a link in Gb/s'));
      issues.push(...whole(`${path}.near.linksPerModule`, medium.near.linksPerModule, 'The links per module'), ...whole(`${path}.far.linksPerModule`, medium.far.linksPerModule, 'The links per module'));
    });
  }
  return issues;
}
