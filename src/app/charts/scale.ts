/** Maps values to pixels: linear and logarithmic scales with ticks at round numbers. */

export interface Scale {
  /** Pixel of a value; finite for every finite value (and, on a log scale, every positive one). */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
  readonly low: number;
  readonly high: number;
}

export interface Span {
  readonly low: number;
  readonly high: number;
}

/** The pixels at which a scale starts and ends; `endPx` may lie before `startPx`, as on a vertical axis. */
export interface PixelSpan {
  readonly startPx: number;
  readonly endPx: number;
}

const roundSteps = [1, 2, 2.5, 5, 10];

/** The smallest of 1, 2, 2.5 or 5 times a power of ten that covers `length` in at most `count` steps. */
export function roundStep(length: number, count: number): number {
  const raw = length / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = roundSteps.find((step) => step * power >= raw * (1 - 1e-12)) ?? 10;
  return factor * power;
}

/** Widens the span to whole steps and marks each; a span without length gets one unit around it. */
export function linearScale(span: Span, pixels: PixelSpan, tickCount = 5): Scale {
  const isFlat = !(span.high > span.low);
  const low0 = isFlat ? Math.min(span.low, 0) : span.low;
  const high0 = isFlat ? Math.max(span.high, low0 + 1) : span.high;
  const step = roundStep(high0 - low0, tickCount);
  const first = Math.floor(low0 / step + 1e-9);
  const last = Math.ceil(high0 / step - 1e-9);
  const ticks: number[] = [];
  for (let index = first; index <= last; index++) ticks.push(Number((index * step).toPrecision(12)));
  const low = first * step;
  const high = last * step;
  return { at: (value) => pixels.startPx + ((value - low) / (high - low)) * (pixels.endPx - pixels.startPx), ticks, low, high };
}

/** Widens the span to whole decades; ticks stand at decades, thinned to at most `tickCount`. Needs `span.low > 0`. */
export function logScale(span: Span, pixels: PixelSpan, tickCount = 8): Scale {
  const first = Math.floor(Math.log10(span.low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(span.high) - 1e-9));
  const stride = Math.max(1, Math.ceil((last - first) / tickCount));
  const ticks: number[] = [];
  for (let exponent = first; exponent <= last; exponent += stride) ticks.push(Number(`1e${exponent}`));
  const at = (value: number): number => pixels.startPx + ((Math.log10(value) - first) / (last - first)) * (pixels.endPx - pixels.startPx);
  return { at, ticks, low: 10 ** first, high: 10 ** last };
}

/** The span of the finite values, or null when there is none. */
export function spanOf(values: Iterable<number>): Span | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? { low, high } : null;
}
