/** Where the map is looked at from: world metres to canvas pixels, and the moves that mouse, keys and fingers make. */

import type { Box } from './floor.ts';

/** `scale` is pixels per metre; (x, y) is the world point at the middle of the view. */
export interface Camera { readonly x: number; readonly y: number; readonly scale: number }
export interface Size { readonly width: number; readonly height: number }
export interface Point { readonly x: number; readonly y: number }

/** Nobody needs a laser larger than a hand. */
const scaleMax = 60_000;
const fitShare = 0.96;

export const toWorld = (camera: Camera, size: Size, screen: Point): Point =>
  ({ x: (screen.x - size.width / 2) / camera.scale + camera.x, y: (screen.y - size.height / 2) / camera.scale + camera.y });

/** The camera that shows all of a box. */
export function fit(box: Box, size: Size): Camera {
  const scale = Math.min(size.width / box.w, size.height / box.h) * fitShare;
  return { x: box.x + box.w / 2, y: box.y + box.h / 2, scale: Math.min(scaleMax, Math.max(1e-3, scale)) };
}

/** Moves the world by so many pixels, but never so far that none of the floor is left in view. */
export function pan(camera: Camera, by: Point, bounds: Box): Camera {
  const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
  return {
    ...camera, x: clamp(camera.x - by.x / camera.scale, bounds.x, bounds.x + bounds.w), y: clamp(camera.y - by.y / camera.scale, bounds.y, bounds.y + bounds.h),
  };
}

/** Zooms by a factor about a point of the canvas, which stays where it is. */
export function zoomAt(camera: Camera, size: Size, options: { readonly at: Point; readonly factor: number; readonly bounds: Box }): Camera {
  const least = fit(options.bounds, size).scale * 0.7;
  const scale = Math.min(scaleMax, Math.max(least, camera.scale * options.factor));
  const before = toWorld(camera, size, options.at);
  const after = toWorld({ ...camera, scale }, size, options.at);
  return pan({ x: camera.x + before.x - after.x, y: camera.y + before.y - after.y, scale }, { x: 0, y: 0 }, options.bounds);
}
