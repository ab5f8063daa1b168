/** Small pictures that repeat in all views: the swatch of a step with its pattern, a health, a class. */

import type { ReactNode } from 'react';
import type { Health } from '../../../src/control/fact.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';
import type { Pattern, Step } from '../map/inks.ts';
import { classSteps, classTitles, healthStep, healthSteps } from '../map/inks.ts';
import { useTheme } from '../theme/theme.ts';

const patternMarks: Readonly<Record<Pattern, ReactNode>> = {
  none: null, dot: <circle cx="7" cy="7" r="3" />, cross: <path d="M3.5 3.5l7 7M10.5 3.5l-7 7" fill="none" strokeWidth="1.8" />,
  half: <path d="M0 7 7 0M0 12 7 5M3 14l4-4" fill="none" strokeWidth="1.4" />, stripes: <path d="M0 5 5 0M0 10 10 0M0 15 15 0M5 15 15 5M10 15l5-5" fill="none" strokeWidth="1.4" />,
};

export function Swatch({ step }: { readonly step: Step | undefined }): ReactNode {
  const theme = useTheme();
  const mark = theme === 'dark' ? '#0b1016' : '#ffffff';
  return <svg className="swatch" viewBox="0 0 14 14" aria-hidden="true"><rect width="14" height="14" rx="3" fill={step?.[theme] ?? '#888'} opacity={step?.quiet === true ? 0.8 : 1} />
    <g stroke={mark} fill={mark}>{patternMarks[step?.pattern ?? 'none']}</g></svg>;
}

export const HealthMark = ({ health }: { readonly health: Health }): ReactNode => <span className="state"><Swatch step={healthSteps[healthStep[health]]} />{health}</span>;

const classNames = Object.keys(classTitles) as TrafficClassName[];
export const classStep = (name: TrafficClassName): Step | undefined => classSteps[classNames.indexOf(name) + 1];
export const ClassMark = ({ name }: { readonly name: TrafficClassName }): ReactNode => <span className="state"><Swatch step={classStep(name)} />{classTitles[name]}</span>;

/** A share of a whole as a bar; hatched where something is missing. */
export function Meter({ share, label }: { readonly share: number; readonly label: string }): ReactNode {
  const width = Math.min(1, Math.max(0, share)) * 100;
  return <div className={`meter ${share < 0.995 ? 'short' : ''}`} role="img" aria-label={label}><span style={{ width: `${width}%` }} /></div>;
}

/** How far something has come; with the share in words, because a long job's bar stays empty for days. */
export function Progress({ done, of }: { readonly done: number; readonly of: number }): ReactNode {
  const share = of > 0 ? Math.min(1, done / of) : 0;
  return <div className="meter progress" role="img" aria-label={`${(share * 100).toPrecision(2)} % done`}><span style={{ width: `${share > 0 ? Math.max(0.6, share * 100) : 0}%` }} /></div>;
}

/** Names in a row; with `to` each leads to what it names. */
export function Chips({ items, most = 12, to }: { readonly items: readonly string[]; readonly most?: number; readonly to?: (item: string) => string }): ReactNode {
  return (
    <ul className="chips">
      {items.slice(0, most).map((item) => <li key={item} className="chip">{to === undefined ? item : <a href={to(item)}>{item}</a>}</li>)}
      {items.length > most && <li className="chip dim">and {items.length - most} more</li>}
    </ul>
  );
}
