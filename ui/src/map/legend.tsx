/** What the colours mean, always in view, with the pattern that says the same without colour. */

import type { ReactNode } from 'react';
import { Swatch } from '../shell/marks.tsx';
import type { Colouring } from './inks.ts';
import { colourings, stepsOf } from './inks.ts';

export const Legend = ({ colouring }: { readonly colouring: Colouring }): ReactNode => (
  <ul className="legend" aria-label={`Legend: ${colouring}`}>{stepsOf[colouring].map((step) => <li key={step.name}><Swatch step={step} />{step.name}</li>)}</ul>
);

export function ColouringChoice({ colouring, onChange }: { readonly colouring: Colouring; readonly onChange: (colouring: Colouring) => void }): ReactNode {
  return (
    <div className="segments" role="group" aria-label="Colour by">
      {colourings.map((name) => <button key={name} type="button" aria-pressed={name === colouring} onClick={() => onChange(name)}>{name}</button>)}
    </div>
  );
}
