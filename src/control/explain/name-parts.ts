/** Names and amounts as people read them: components without the one site, times, temperatures, rates, long lists cut with their count. */

import { numberText } from '../../base/number-text.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { Plant } from '../plant.ts';
import type { Quantity } from '../reading.ts';

/** Names that are written out in one sentence; the rest are counted. */
export const namesMax = 3;

/** A name without the site, row and rack where it stands: switches, servers and loops are numbered throughout the cluster. */
const whereabouts = /^(?:site\d+\/)?(?:row\d+\/)?(?:rack\d+\/)?(?=.)/;

/** A device speaks under a component's name or one derived from it. */
export const deviceName = (device: string): string => device.replace(whereabouts, '');

export const partName = ({ cluster: { fabric } }: Plant, component: number): string =>
  (component < 0 || component >= fabric.componentCount ? `component ${component}` : deviceName(fabric.componentName(component as ComponentIx)));

/** `leaf0/port1 to spine2/port0`. */
export function linkName(plant: Plant, link: number): string {
  const { fabric } = plant.cluster;
  const twin = fabric.linkReverse[link] ?? -1;
  return `${partName(plant, fabric.linkPort[link] ?? -1)} to ${partName(plant, fabric.linkPort[twin] ?? -1)}`;
}

/** `a, b, c and 5 more`, of `count` where the list is cut itself. */
export function listText(names: readonly string[], count = names.length): string {
  const shown = names.slice(0, namesMax).join(', ');
  return count > namesMax ? `${shown} and ${numberText(count - namesMax, 6)} more` : shown;
}

export { spanText } from '../../base/number-text.ts';

export const gbpsText = (gbps: number): string => `${numberText(Math.round(gbps * 1e3) / 1e3, 5)} Gb/s`;

const measure: Readonly<Record<Quantity, { readonly name: string; text(value: number): string }>> = {
  caseC: { name: 'case', text: (value) => `${value.toFixed(1)} °C` },
  supplyC: { name: 'supply', text: (value) => `${value.toFixed(1)} °C` },
  biasRatio: { name: 'bias', text: (value) => `${value.toFixed(3)} of its start` },
  rxLossDb: { name: 'received loss', text: (value) => `${value.toFixed(2)} dB` },
  txLossDb: { name: 'sent loss', text: (value) => `${value.toFixed(2)} dB` },
  preFecBer: { name: 'pre-FEC BER', text: (value) => value.toExponential(1) },
  outputShare: { name: 'output', text: (value) => `${(value * 100).toFixed(0)} %` },
};

/** A quantity that nobody measures comes in from outside too. */
export const quantityName = (quantity: Quantity): string => (Object.hasOwn(measure, quantity) ? measure[quantity].name : quantity);
export const valueText = (quantity: Quantity, value: number): string => (Object.hasOwn(measure, quantity) ? measure[quantity].text(value) : String(value));

/** `56.1 C`, or `55.2 C to 56.1 C` for several. */
export function rangeText(quantity: Quantity, values: readonly number[]): string {
  const least = values.reduce((low, value) => Math.min(low, value), Infinity);
  const most = values.reduce((high, value) => Math.max(high, value), -Infinity);
  const [low, high] = [valueText(quantity, least), valueText(quantity, most)];
  return low === high ? low : `${low} to ${high}`;
}
