/**
 * Two canvases above each other: the map, painted with a margin around the view and only moved while panning, and the marks of pointer
 * and selection. A pan therefore costs one copy of pixels; the map itself is painted again when the view leaves the margin or rests.
 */

import type { Camera, Size } from './camera.ts';
import type { Paint } from './brush.ts';
import type { View } from './paint-map.ts';
import { lensOf, paintMap } from './paint-map.ts';
import { paintMarks } from './paint-marks.ts';
import type { Marks } from './paint-marks.ts';

/** Margin painted on each side, as a share of the view. */
const marginShare = 0.25;
/** The view rests when the camera has not moved for this long. */
const restMs = 90;
/** A picture that was painted at another scale may stand in while zooming, but not further off than this. */
const stretchMax = 2;

export interface Surface {
  /** Asks for a frame with this view; what does not differ from the last is not painted again. */
  show(view: View, marks: Marks): void;
  close(): void;
}

const contextOf = (canvas: HTMLCanvasElement): Paint => {
  const paint = canvas.getContext('2d', { alpha: true });
  if (paint === null) throw new Error('this browser draws no canvas');
  return paint;
};

function resize(canvas: HTMLCanvasElement, size: Size, ratio: number): void {
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
}

interface Painted { readonly view: View; readonly size: Size }

const sameButCamera = (a: View, b: View): boolean => a.scene === b.scene && a.theme === b.theme && a.lines === b.lines && a.size.width === b.size.width && a.size.height === b.size.height;
const sameCamera = (a: Camera, b: Camera): boolean => a.x === b.x && a.y === b.y && a.scale === b.scale;

export function createSurface(front: HTMLCanvasElement): Surface {
  const back = document.createElement('canvas');
  let painted: Painted | null = null;
  let wanted: { readonly view: View; readonly marks: Marks } | null = null;
  let frame = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;

  /** Paints the map into the back canvas, margin and all. */
  const paintBack = (view: View, ratio: number): void => {
    const size = { width: Math.ceil(view.size.width * (1 + 2 * marginShare)), height: Math.ceil(view.size.height * (1 + 2 * marginShare)) };
    resize(back, size, ratio);
    const paint = contextOf(back);
    paint.setTransform(ratio, 0, 0, ratio, 0, 0);
    performance.mark('map-paint-begin');
    paintMap(paint, { ...view, size });
    performance.measure('map-paint', 'map-paint-begin');
    painted = { view, size };
  };

  /** Whether the painted picture still covers the view. */
  const covers = ({ view: { camera, size } }: { readonly view: View }): boolean => {
    if (painted === null) return false;
    const factor = camera.scale / painted.view.camera.scale;
    if (factor > stretchMax || factor < 1 / stretchMax) return false;
    const half = (extent: number, scale: number): number => extent / 2 / scale;
    return Math.abs(camera.x - painted.view.camera.x) + half(size.width, camera.scale) <= half(painted.size.width, painted.view.camera.scale) + 1e-9
      && Math.abs(camera.y - painted.view.camera.y) + half(size.height, camera.scale) <= half(painted.size.height, painted.view.camera.scale) + 1e-9;
  };

  const draw = (): void => {
    frame = 0;
    if (wanted === null) return;
    const { view, marks } = wanted;
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    resize(front, view.size, ratio);
    const fresh = painted !== null && sameButCamera(painted.view, view);
    if (!fresh || !covers(wanted)) paintBack(view, ratio);
    const from = painted as Painted | null;
    if (from === null) return;
    const paint = contextOf(front);
    paint.setTransform(ratio, 0, 0, ratio, 0, 0);
    const factor = view.camera.scale / from.view.camera.scale;
    const [w, h] = [from.size.width * factor, from.size.height * factor];
    const x = view.size.width / 2 - w / 2 + (from.view.camera.x - view.camera.x) * view.camera.scale;
    const y = view.size.height / 2 - h / 2 + (from.view.camera.y - view.camera.y) * view.camera.scale;
    paint.imageSmoothingEnabled = factor !== 1;
    paint.drawImage(back, factor === 1 ? Math.round(x * ratio) / ratio : x, factor === 1 ? Math.round(y * ratio) / ratio : y, w, h);
    paintMarks(paint, view, lensOf(view), marks);
    front.dataset['version'] = String(view.scene.state.version);
    clearTimeout(rest);
    if (!sameCamera(from.view.camera, view.camera)) {
      rest = setTimeout(() => {
        painted = null;
        frame ||= requestAnimationFrame(draw);
      }, restMs);
    }
  };

  return {
    show(view, marks) {
      wanted = { view, marks };
      frame ||= requestAnimationFrame(draw);
    },
    close() {
      cancelAnimationFrame(frame);
      clearTimeout(rest);
      frame = 0;
    },
  };
}
