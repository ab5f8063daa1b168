/** A spectrum: laser lines as stems above, ring resonances as notches below, on one frequency axis. */

import { bottomAxis, leftAxis } from './axis.ts';
import { linearScale, spanOf } from './scale.ts';
import { element, emptyChart, hover, svgFrame, textAt } from './svg.ts';

export interface LaserLine {
  readonly name: string;
  readonly frequencyGhz: number;
  readonly levelDbm: number;
}

export interface RingResonance {
  readonly name: string;
  readonly frequencyGhz: number;
  readonly fwhmGhz: number;
  /** Extinction at resonance, positive. */
  readonly depthDb: number;
}

export interface SpectrumSpec {
  readonly title: string;
  /** Frequency to which the axis is relative; 0 keeps absolute frequencies. */
  readonly referenceGhz: number;
  readonly lines: readonly LaserLine[];
  readonly rings: readonly RingResonance[];
  readonly widthPx?: number;
}

const upperPx = 190;
const lowerPx = 120;
const headPx = 34;
const gapPx = 46;
/** Samples of a notch on each side of its centre, and how many half widths they reach. */
const notchSamples = 24;
const notchReach = 6;

/** Power transmission past a ring: a Lorentzian notch (Bogaerts et al., "Silicon microring resonators", Laser Photonics Rev. 6, 47, 2012, near one resonance). */
export function notchDb(ring: RingResonance, offsetGhz: number): number {
  const atResonance = 10 ** (-ring.depthDb / 10);
  const detuning = (2 * offsetGhz) / ring.fwhmGhz;
  return 10 * Math.log10(1 - (1 - atResonance) / (1 + detuning * detuning));
}

const isLine = (line: LaserLine): boolean => Number.isFinite(line.frequencyGhz) && Number.isFinite(line.levelDbm);
const isRing = (ring: RingResonance): boolean => [ring.frequencyGhz, ring.fwhmGhz, ring.depthDb].every(Number.isFinite) && ring.fwhmGhz > 0 && ring.depthDb > 0;

/** Lines and rings without finite figures are left out and named below the axis. */
export function spectrum(spec: SpectrumSpec): string {
  const widthPx = spec.widthPx ?? 1120;
  const lines = spec.lines.filter(isLine);
  const rings = spec.rings.filter(isRing);
  const offset = (ghz: number): number => ghz - spec.referenceGhz;
  const extent = spanOf([
    ...lines.map((line) => offset(line.frequencyGhz)),
    ...rings.flatMap((ring) => [-1, 1].map((side) => offset(ring.frequencyGhz) + side * ring.fwhmGhz * 2)),
  ]);
  if (extent === null) return emptyChart({ widthPx, heightPx: 80, label: spec.title }, 'There is nothing to draw.');
  const plot = { leftPx: 58, rightPx: widthPx - 16, topPx: headPx, bottomPx: headPx + upperPx };
  const below = { leftPx: 58, rightPx: widthPx - 16, topPx: plot.bottomPx + gapPx, bottomPx: plot.bottomPx + gapPx + lowerPx };
  const x = linearScale(extent, { startPx: plot.leftPx, endPx: plot.rightPx }, 10);
  const levels = spanOf(lines.map((line) => line.levelDbm)) ?? { low: -1, high: 0 };
  const y = linearScale({ low: Math.min(levels.low - 5, -5), high: levels.high + 1 }, { startPx: plot.bottomPx, endPx: plot.topPx }, 4);
  const depth = linearScale({ low: -Math.max(1, ...rings.map((ring) => ring.depthDb)), high: 0 }, { startPx: below.bottomPx, endPx: below.topPx }, 3);
  const stems = lines.map((line) => {
    const at = x.at(offset(line.frequencyGhz));
    const stem = element(
      'line', { class: 'curve s1 stem', x1: at, x2: at, y1: y.at(line.levelDbm), y2: plot.bottomPx },
      hover(`${line.name}: ${offset(line.frequencyGhz).toFixed(2)} GHz, ${line.levelDbm.toFixed(2)} dBm`),
    );
    return stem + textAt({ x: at, y: y.at(line.levelDbm) - 6, class: 'small', anchor: 'middle' }, line.name);
  });
  const notches = rings.map((ring) => {
    const points: string[] = [];
    for (let index = -notchSamples; index <= notchSamples; index++) {
      // Samples crowd around the centre, where the notch bends.
      const detuningGhz = Math.sign(index) * (index / notchSamples) ** 2 * notchReach * ring.fwhmGhz;
      const frequency = offset(ring.frequencyGhz) + detuningGhz;
      if (frequency >= x.low && frequency <= x.high) points.push(`${x.at(frequency).toFixed(2)} ${depth.at(notchDb(ring, detuningGhz)).toFixed(2)}`);
    }
    const curve = element(
      'path', { class: 'curve s0 notch', d: `M${points.join('L')}` },
      hover(`${ring.name}: ${offset(ring.frequencyGhz).toFixed(2)} GHz, ${ring.fwhmGhz} GHz wide, ${ring.depthDb} dB deep`),
    );
    return curve + textAt({ x: x.at(offset(ring.frequencyGhz)), y: below.topPx - 6, class: 'small', anchor: 'middle' }, ring.name);
  });
  const leftOut = [...spec.lines.filter((line) => !isLine(line)), ...spec.rings.filter((ring) => !isRing(ring))].map((mark) => mark.name);
  const heightPx = below.bottomPx + 44;
  const note = leftOut.length === 0 ? '' : textAt({ x: 0, y: heightPx - 9, class: 'warn small' }, `no value: ${leftOut.join(', ')}`);
  const unit = spec.referenceGhz === 0 ? 'frequency (GHz)' : `frequency relative to ${spec.referenceGhz} GHz (GHz)`;
  return svgFrame(
    { widthPx, heightPx, label: spec.title },
    leftAxis({ ...plot, topPx: plot.topPx - 6 }, y, { title: 'laser lines, level (dBm)' }),
    leftAxis({ ...below, topPx: below.topPx - 8 }, depth, { title: 'ring transmission (dB)' }),
    bottomAxis(below, x, { title: unit }),
    ...stems, ...notches, note,
  );
}
