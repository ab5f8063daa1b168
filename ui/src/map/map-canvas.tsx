/** The canvas of the map with its hands: mouse, wheel, touch and keys; what they mean for camera, focus and selection. */

import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode, RefObject } from 'react';
import type { Camera, Point, Size } from './camera.ts';
import { fit, pan, zoomAt } from './camera.ts';
import type { ThemeName } from './inks.ts';
import type { Direction } from './pick.ts';
import { pickComponent, stepFrom, stepInto, stepOut } from './pick.ts';
import { trayOpenPx } from './paint-map.ts';
import type { Scene } from './scene.ts';
import { createSurface } from './surface.ts';
import type { Surface } from './surface.ts';

export interface MapCanvasProps {
  readonly scene: Scene;
  readonly theme: ThemeName;
  readonly lines: boolean;
  readonly selected: number;
  readonly named: readonly number[];
  readonly describe: (component: number) => string;
  readonly onSelect: (component: number) => void;
  readonly onHover: (component: number) => void;
  /** Flies to a component when its number changes. */
  readonly goTo: { readonly component: number; readonly turn: number };
}

const keyPanPx = 90;
const keyZoom = 1.35;
const buttonZoom = 1.6;
/** What the keyboard stands on is drawn at least this large. */
const seenPx = 14;
const arrows: Readonly<Record<string, Direction>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };
/** A tray that is gone to is drawn larger than it must be to open, by this factor. */
const openedBy = 1.3;
/** A press that moved less than this is a click. */
const clickPx = 4;

/** The size of an element, kept current. */
function useSize(): readonly [RefObject<HTMLDivElement | null>, Size] {
  const element = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const node = element.current;
    if (node === null) return;
    const watch = new ResizeObserver(() => setSize({ width: node.clientWidth, height: node.clientHeight }));
    watch.observe(node);
    return () => watch.disconnect();
  }, []);
  return [element, size];
}

interface Hands { readonly down: Map<number, Point>; moved: number; camera: Camera | null }

const placeOf = (event: { readonly clientX: number; readonly clientY: number }, canvas: HTMLCanvasElement): Point => {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};

/** Pans with one pointer, pinches with two. */
function moved(camera: Camera, size: Size, hands: Hands, id: number, to: Point, scene: Scene): Camera {
  const from = hands.down.get(id);
  if (from === undefined) return camera;
  const { bounds } = scene.ground.floor;
  const other = [...hands.down].find(([key]) => key !== id)?.[1];
  hands.down.set(id, to);
  hands.moved += Math.hypot(to.x - from.x, to.y - from.y);
  const panned = pan(camera, { x: (to.x - from.x) / hands.down.size, y: (to.y - from.y) / hands.down.size }, bounds);
  if (other === undefined) return panned;
  const factor = Math.hypot(to.x - other.x, to.y - other.y) / Math.max(1, Math.hypot(from.x - other.x, from.y - other.y));
  return zoomAt(panned, size, { at: { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 }, factor, bounds });
}

/** Where the map is looked at from, and the ways to move there. `null` shows all. */
interface Eye {
  readonly camera: Camera | null;
  readonly size: Size;
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly set: (change: (now: Camera) => Camera) => void;
  readonly showAll: () => void;
  readonly zoom: (factor: number, at?: Point) => void;
  readonly panBy: (by: Point) => void;
}

function useEye({ ground }: Scene): Eye {
  const [frame, size] = useSize();
  const [chosen, setChosen] = useState<Camera | null>(null);
  const { bounds } = ground.floor;
  const whole = size.width === 0 ? null : fit(bounds, size);
  useEffect(() => setChosen(null), [ground]);
  const set = (change: (now: Camera) => Camera): void => setChosen((before) => {
    const now = before ?? whole;
    return now === null ? before : change(now);
  });
  return {
    camera: chosen ?? whole, size, frame, set, showAll: () => setChosen(null),
    zoom: (factor, at = { x: size.width / 2, y: size.height / 2 }) => set((now) => zoomAt(now, size, { at, factor, bounds })),
    panBy: (by) => set((now) => pan(now, by, bounds)),
  };
}

/** Moves so that a component is in view and large enough to be seen. */
function keepInView(eye: Eye, { ground: { floor } }: Scene, component: number): void {
  const box = floor.boxOf(component);
  if (box === null) return;
  eye.set((now) => {
    const scale = Math.max(now.scale, seenPx / Math.min(box.w, box.h));
    const [x, y] = [box.x + box.w / 2, box.y + box.h / 2];
    const off = Math.abs(x - now.x) * scale > eye.size.width * 0.42 || Math.abs(y - now.y) * scale > eye.size.height * 0.42;
    return off || scale !== now.scale ? { x, y, scale } : now;
  });
}

interface Cursor { readonly focused: number; readonly focusOn: (component: number) => void; readonly onSelect: (component: number) => void }

/** What a key does to the eye, the focus or the selection; null for keys that mean nothing here. */
function keyAction({ key, shiftKey }: KeyboardEvent, eye: Eye, { ground: { floor } }: Scene, { focused, focusOn, onSelect }: Cursor): (() => void) | null {
  const here = focused >= 0 ? focused : floor.map.racks.component[0] ?? -1;
  const direction = arrows[key];
  if (direction !== undefined) {
    const by = { left: { x: keyPanPx, y: 0 }, right: { x: -keyPanPx, y: 0 }, up: { x: 0, y: keyPanPx }, down: { x: 0, y: -keyPanPx } }[direction];
    return shiftKey ? () => eye.panBy(by) : () => focusOn(stepFrom(floor, here, direction));
  }
  const others: Readonly<Record<string, () => void>> = {
    '+': () => eye.zoom(keyZoom), '=': () => eye.zoom(keyZoom), '-': () => eye.zoom(1 / keyZoom), 0: eye.showAll, Home: eye.showAll,
    Enter: () => onSelect(here), ' ': () => onSelect(here), Escape: () => onSelect(-1),
    PageDown: () => focusOn(stepInto(floor, here)), i: () => focusOn(stepInto(floor, here)), PageUp: () => focusOn(stepOut(floor, here)), o: () => focusOn(stepOut(floor, here)),
  };
  return others[key] ?? null;
}

interface PointerHands {
  readonly onPointerDown: (event: PointerEvent<HTMLCanvasElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLCanvasElement>) => void;
  readonly onPointerUp: (event: PointerEvent<HTMLCanvasElement>) => void;
  readonly onPointerCancel: (event: PointerEvent<HTMLCanvasElement>) => void;
}

/** One pointer points, clicks and pans; two pinch. */
function usePointers(eye: Eye, scene: Scene, on: { readonly hover: (component: number) => void; readonly click: (component: number) => void }): PointerHands {
  const hands = useRef<Hands>({ down: new Map(), moved: 0, camera: null });
  const under = (event: PointerEvent<HTMLCanvasElement>): number =>
    (eye.camera === null ? -1 : pickComponent(scene.ground.floor, eye.camera, eye.size, placeOf(event, event.currentTarget)));
  return {
    onPointerDown(event) {
      event.currentTarget.setPointerCapture(event.pointerId);
      if (hands.current.down.size === 0) hands.current.moved = 0;
      hands.current.down.set(event.pointerId, placeOf(event, event.currentTarget));
    },
    onPointerMove(event) {
      if (hands.current.down.size === 0) return on.hover(under(event));
      const from = hands.current.camera ?? eye.camera;
      if (from === null) return;
      const to = moved(from, eye.size, hands.current, event.pointerId, placeOf(event, event.currentTarget), scene);
      hands.current.camera = to;
      eye.set(() => to);
    },
    onPointerUp(event) {
      const wasClick = hands.current.down.size === 1 && hands.current.moved < clickPx;
      hands.current.down.delete(event.pointerId);
      hands.current.camera = null;
      if (wasClick) on.click(under(event));
    },
    onPointerCancel(event) {
      hands.current.down.delete(event.pointerId);
      hands.current.camera = null;
    },
  };
}

/** The browser lets only a listener that is not passive keep the page from scrolling. */
function useWheel(canvas: RefObject<HTMLCanvasElement | null>, eye: Eye): void {
  const latest = useRef(eye);
  latest.current = eye;
  useEffect(() => {
    const node = canvas.current;
    if (node === null) return;
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      latest.current.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), placeOf(event, node));
    };
    node.addEventListener('wheel', wheel, { passive: false });
    return () => node.removeEventListener('wheel', wheel);
  }, []);
}

/** Flies to a component when asked to. */
function useGoTo(eye: Eye, scene: Scene, { component, turn }: MapCanvasProps['goTo'], then: (component: number) => void): void {
  const ready = eye.size.width > 0;
  useEffect(() => {
    const box = component < 0 || !ready ? null : scene.ground.floor.boxOf(component);
    if (box === null) return;
    const near = fit({ x: box.x - box.w * 0.6, y: box.y - box.h * 0.6, w: box.w * 2.2, h: box.h * 2.2 }, eye.size);
    // What is as wide as the floor is best seen with all of it.
    const all = fit(scene.ground.floor.bounds, eye.size);
    // A tray is opened, as far as its width has room.
    const { floor } = scene.ground;
    const opening = floor.trayComponent[floor.trayOf[component] ?? -1] === component ? Math.min((trayOpenPx * openedBy) / box.h, (eye.size.width * 0.96) / box.w) : 0;
    eye.set(() => (near.scale < all.scale ? all : { ...near, scale: Math.max(near.scale, opening) }));
    then(component);
  }, [component, turn, ready]);
}

const ZoomButtons = ({ eye }: { readonly eye: Eye }): ReactNode => (
  <div className="map-zoom" role="group" aria-label="Zoom">
    <button type="button" aria-label="Zoom in" onClick={() => eye.zoom(buttonZoom)}>+</button>
    <button type="button" aria-label="Zoom out" onClick={() => eye.zoom(1 / buttonZoom)}>−</button>
    <button type="button" aria-label="Show all" onClick={eye.showAll}>⤢</button>
  </div>
);

export function MapCanvas({ scene, theme, lines, selected, named, describe, onSelect, onHover, goTo }: MapCanvasProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<Surface | null>(null);
  const eye = useEye(scene);
  const [hovered, setHovered] = useState(-1);
  const [focused, setFocused] = useState(-1);
  const [hasFocus, setHasFocus] = useState(false);
  const ids = { keys: useId(), told: useId() };
  useEffect(() => {
    if (canvas.current === null) return;
    const made = createSurface(canvas.current);
    surface.current = made;
    return () => made.close();
  }, []);
  useEffect(() => {
    if (eye.camera !== null) surface.current?.show({ scene, camera: eye.camera, size: eye.size, theme, lines }, { hovered, selected, focused: hasFocus ? focused : -1, named });
  });
  useWheel(canvas, eye);
  useGoTo(eye, scene, goTo, setFocused);
  const hover = (component: number): void => {
    if (component === hovered) return;
    setHovered(component);
    onHover(component);
  };
  const focusOn = (component: number): void => {
    setFocused(component);
    keepInView(eye, scene, component);
  };
  const click = (component: number): void => {
    if (component >= 0) setFocused(component);
    onSelect(component);
  };
  const pointers = usePointers(eye, scene, { hover, click });
  const key = (event: KeyboardEvent): void => {
    const action = event.ctrlKey || event.metaKey || event.altKey ? null : keyAction(event, eye, scene, { focused, focusOn, onSelect });
    if (action === null) return;
    event.preventDefault();
    action();
  };
  const enter = (): void => {
    setHasFocus(true);
    if (focused < 0) setFocused(selected >= 0 ? selected : scene.ground.floor.map.racks.component[0] ?? -1);
  };
  return (
    <div className="map-frame" ref={eye.frame}>
      <canvas
        ref={canvas} className="map-canvas" tabIndex={0} role="application" aria-label="Map of the cluster" aria-roledescription="map" aria-describedby={`${ids.keys} ${ids.told}`}
        {...pointers} onPointerLeave={() => hover(-1)} onKeyDown={key} onFocus={enter} onBlur={() => setHasFocus(false)}
        onDoubleClick={(event) => eye.zoom(2.2, placeOf(event, event.currentTarget))}
      />
      <p id={ids.keys} className="unseen">Arrow keys walk, Page Down goes inside, Page Up goes out, Enter opens, plus and minus zoom, Shift and arrows pan, 0 shows all.</p>
      <p id={ids.told} className="unseen map-focus" aria-live="polite">{hasFocus && focused >= 0 ? describe(focused) : ''}</p>
      <ZoomButtons eye={eye} />
    </div>
  );
}
