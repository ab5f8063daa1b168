/** The canvas of the map with its hands: mouse, wheel, touch and keys; what they mean for camera, focus and selection. */

import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';
import type { Camera, Point, Size } from './camera.ts';
import { fit, pan, zoomAt } from './camera.ts';
import type { ThemeName } from './inks.ts';
import type { Direction } from './pick.ts';
import { pickComponent, stepFrom, stepInto, stepOut } from './pick.ts';
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
const arrows: Readonly<Record<string, Direction>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };
/** A press that moved less than this is a click. */
const clickPx = 4;

/** The size of an element, kept current. */
function useSize(): readonly [React.RefObject<HTMLDivElement | null>, Size] {
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

export function MapCanvas(props: MapCanvasProps): ReactNode {
  const { scene, theme, lines, selected, named, describe, onSelect, onHover, goTo } = props;
  const [element, size] = useSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<Surface | null>(null);
  const hands = useRef<Hands>({ down: new Map(), moved: 0, camera: null });
  const [camera, setCamera] = useState<Camera | null>(null);
  const [hovered, setHovered] = useState(-1);
  const [focused, setFocused] = useState(-1);
  const [hasFocus, setHasFocus] = useState(false);
  const { floor } = scene.ground;
  const whole = size.width === 0 ? null : fit(floor.bounds, size);
  const eye = camera ?? whole;

  useEffect(() => {
    if (canvas.current === null) return;
    const made = createSurface(canvas.current);
    surface.current = made;
    return () => made.close();
  }, []);
  useEffect(() => {
    if (eye === null) return;
    surface.current?.show({ scene, camera: eye, size, theme, lines }, { hovered, selected, focused: hasFocus ? focused : -1, named });
  });
  useEffect(() => setCamera(null), [scene.ground]);
  useEffect(() => {
    const box = goTo.component < 0 || size.width === 0 ? null : floor.boxOf(goTo.component);
    if (box === null) return;
    const grown = { x: box.x - box.w * 0.6, y: box.y - box.h * 0.6, w: box.w * 2.2, h: box.h * 2.2 };
    setCamera(fit(grown, size));
    setFocused(goTo.component);
  }, [goTo.component, goTo.turn]);
  useEffect(() => {
    const node = canvas.current;
    if (node === null) return;
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016));
      setCamera((now) => (now ?? whole) === null ? now : zoomAt((now ?? whole) as Camera, size, { at: placeOf(event, node), factor, bounds: floor.bounds }));
    };
    node.addEventListener('wheel', wheel, { passive: false });
    return () => node.removeEventListener('wheel', wheel);
  }, [size, floor]);

  const hover = (component: number): void => {
    if (component === hovered) return;
    setHovered(component);
    onHover(component);
  };
  const focusOn = (component: number): void => {
    setFocused(component);
    if (eye === null) return;
    const box = floor.boxOf(component);
    if (box === null) return;
    // Keep what is focused in view and large enough to be seen.
    const wanted = Math.min(box.w, box.h) * eye.scale < 14 ? (14 / Math.min(box.w, box.h)) : eye.scale;
    const off = Math.abs(box.x + box.w / 2 - eye.x) * wanted > size.width * 0.42 || Math.abs(box.y + box.h / 2 - eye.y) * wanted > size.height * 0.42;
    if (off || wanted !== eye.scale) setCamera({ x: box.x + box.w / 2, y: box.y + box.h / 2, scale: wanted });
  };
  const keys = (event: KeyboardEvent): void => {
    if (eye === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = arrows[event.key];
    const here = focused >= 0 ? focused : floor.map.racks.component[0] ?? -1;
    const middle = { x: size.width / 2, y: size.height / 2 };
    if (direction !== undefined && event.shiftKey) {
      const by = { left: { x: keyPanPx, y: 0 }, right: { x: -keyPanPx, y: 0 }, up: { x: 0, y: keyPanPx }, down: { x: 0, y: -keyPanPx } }[direction];
      setCamera(pan(eye, by, floor.bounds));
    } else if (direction !== undefined) focusOn(stepFrom(floor, here, direction));
    else if (event.key === '+' || event.key === '=') setCamera(zoomAt(eye, size, { at: middle, factor: keyZoom, bounds: floor.bounds }));
    else if (event.key === '-') setCamera(zoomAt(eye, size, { at: middle, factor: 1 / keyZoom, bounds: floor.bounds }));
    else if (event.key === '0' || event.key === 'Home') setCamera(null);
    else if (event.key === 'Enter' || event.key === ' ') onSelect(here);
    else if (event.key === 'PageDown' || event.key === 'i') focusOn(stepInto(floor, here));
    else if (event.key === 'PageUp' || event.key === 'o') focusOn(stepOut(floor, here));
    else if (event.key === 'Escape') onSelect(-1);
    else return;
    event.preventDefault();
  };
  const move = (event: PointerEvent<HTMLCanvasElement>): void => {
    const to = placeOf(event, event.currentTarget);
    if (eye === null) return;
    if (hands.current.down.size === 0) hover(pickComponent(floor, eye, size, to));
    else {
      const from = hands.current.camera ?? eye;
      hands.current.camera = moved(from, size, hands.current, event.pointerId, to, scene);
      setCamera(hands.current.camera);
    }
  };
  const up = (event: PointerEvent<HTMLCanvasElement>): void => {
    const wasClick = hands.current.down.size === 1 && hands.current.moved < clickPx;
    hands.current.down.delete(event.pointerId);
    hands.current.camera = null;
    if (!wasClick || eye === null) return;
    const component = pickComponent(floor, eye, size, placeOf(event, event.currentTarget));
    if (component >= 0) setFocused(component);
    onSelect(component);
  };
  return (
    <div className="map-frame" ref={element}>
      <canvas
        ref={canvas} className="map-canvas" tabIndex={0} role="application" aria-label="Map of the cluster" aria-roledescription="map" aria-describedby="map-keys map-focus"
        onKeyDown={keys} onFocus={() => { setHasFocus(true); if (focused < 0) setFocused(selected >= 0 ? selected : floor.map.racks.component[0] ?? -1); }} onBlur={() => setHasFocus(false)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          if (hands.current.down.size === 0) hands.current.moved = 0;
          hands.current.down.set(event.pointerId, placeOf(event, event.currentTarget));
        }}
        onPointerMove={move} onPointerUp={up} onPointerCancel={(event) => { hands.current.down.delete(event.pointerId); hands.current.camera = null; }} onPointerLeave={() => hover(-1)}
        onDoubleClick={(event) => { if (eye !== null) setCamera(zoomAt(eye, size, { at: placeOf(event, event.currentTarget), factor: 2.2, bounds: floor.bounds })); }}
      />
      <p id="map-keys" className="unseen">Arrow keys walk, Page Down goes inside, Page Up goes out, Enter opens, plus and minus zoom, Shift and arrows pan, 0 shows all.</p>
      <p id="map-focus" className="unseen" aria-live="polite">{hasFocus && focused >= 0 ? describe(focused) : ''}</p>
      <div className="map-zoom" role="group" aria-label="Zoom">
        <button type="button" aria-label="Zoom in" onClick={() => { if (eye !== null) setCamera(zoomAt(eye, size, { at: { x: size.width / 2, y: size.height / 2 }, factor: 1.6, bounds: floor.bounds })); }}>+</button>
        <button type="button" aria-label="Zoom out" onClick={() => { if (eye !== null) setCamera(zoomAt(eye, size, { at: { x: size.width / 2, y: size.height / 2 }, factor: 1 / 1.6, bounds: floor.bounds })); }}>−</button>
        <button type="button" aria-label="Show all" onClick={() => setCamera(null)}>⤢</button>
      </div>
    </div>
  );
}
