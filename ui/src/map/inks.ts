/**
 * What colours mean on the map: for each way of colouring, its steps with an ink per theme, a pattern that says the same without
 * colour, and words. Okabe and Ito, "Color Universal Design" (2008), adjusted per theme for contrast; ordered scales rise in lightness.
 */

import type { Health } from '../../../src/control/fact.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';

export const colourings = ['health', 'heat', 'class', 'load'] as const;
export type Colouring = (typeof colourings)[number];
export type ThemeName = 'dark' | 'light';

/** A second, colour-free distinction that canvas, legend and tables share. */
export type Pattern = 'none' | 'dot' | 'half' | 'cross' | 'stripes';

export interface Step {
  readonly name: string;
  readonly dark: string;
  readonly light: string;
  readonly pattern: Pattern;
  /** Drawn thin and behind, so that what matters stands out. */
  readonly quiet: boolean;
}

const step = (name: string, dark: string, light: string, pattern: Pattern = 'none', quiet = false): Step => ({ name, dark, light, pattern, quiet });

/** Rising order of concern: of several, the map shows the last. */
export const healthSteps: readonly Step[] = [
  step('sound', '#2c6e63', '#5fae9c', 'none', true),
  step('in maintenance', '#b78ad0', '#a25fc4', 'stripes'),
  step('suspect, near limit', '#e3cf4a', '#d9bf1c', 'dot'),
  step('degraded, derated', '#e8912c', '#df7d0f', 'half'),
  step('failed, dark', '#f0603a', '#cf3a14', 'cross'),
];
export const healthStep: Readonly<Record<Health, number>> = { sound: 0, suspect: 2, degraded: 3, failed: 4, draining: 1, drained: 1, repairing: 1, verifying: 1 };

/** Upper ends of the heat steps, °C. */
export const heatEndsC: readonly number[] = [35, 45, 50, 55, 60, 65, 70];
const heatSteps: readonly Step[] = [
  step('not measured', '#27313d', '#d5dbe2', 'none', true),
  step('to 35 °C', '#293c72', '#d9c8f1'), step('35–45', '#584c98', '#c3a5da'), step('45–50', '#94539b', '#b37bb9'), step('50–55', '#bd568a', '#a75292'),
  step('55–60', '#de6470', '#93306f'), step('60–65', '#f4874f', '#751c52', 'dot'), step('65–70', '#fbb445', '#571038', 'half'), step('above 70 °C', '#fde87a', '#38061f', 'cross'),
];

export const classTitles: Readonly<Record<TrafficClassName, string>> = {
  allReduce: 'all-reduce', allToAll: 'all-to-all', inferenceFanout: 'inference', parameterSync: 'parameter sync', checkpoint: 'checkpoint', background: 'background',
};
/** Index 0 is no class; class c of the table is step c + 1. */
export const classSteps: readonly Step[] = [
  step('no lease', '#27313d', '#d5dbe2', 'none', true),
  step(classTitles.allReduce, '#4aa3e0', '#0072b2', 'half'), step(classTitles.allToAll, '#eba52a', '#d98a00', 'stripes'), step(classTitles.inferenceFanout, '#27b98c', '#009e73', 'dot'),
  step(classTitles.parameterSync, '#d98cb8', '#c0619b'), step(classTitles.checkpoint, '#efe15a', '#b8a800', 'cross'), step(classTitles.background, '#5f6b7a', '#4f5965'),
];

/** Upper ends of the load steps, share of the usable rate. */
export const loadEnds: readonly number[] = [0.001, 0.25, 0.5, 0.75, 0.9];
const loadSteps: readonly Step[] = [
  step('idle', '#27313d', '#d5dbe2', 'none', true),
  step('to 25 %', '#2b5673', '#b6d3e6'), step('25–50 %', '#2f7ba6', '#84b6d6'), step('50–75 %', '#45a2d6', '#4691bf'), step('75–90 %', '#7cc7f2', '#1a689b', 'dot'), step('above 90 %', '#c9ecff', '#083f66', 'half'),
  step('no light', '#f0603a', '#cf3a14', 'cross'),
];

export const stepsOf: Readonly<Record<Colouring, readonly Step[]>> = { health: healthSteps, heat: heatSteps, class: classSteps, load: loadSteps };
export const inkOf = (step: Step | undefined, theme: ThemeName): string => step?.[theme] ?? '#888888';

/** Inks of the drawing itself. */
export interface Paper {
  readonly ground: string; readonly grid: string; readonly rack: string; readonly rackEdge: string; readonly tray: string; readonly cell: string; readonly trunk: string;
  readonly text: string; readonly dim: string; readonly mark: string; readonly pipe: string;
}
export const papers: Readonly<Record<ThemeName, Paper>> = {
  dark: { ground: '#0b1016', grid: '#111923', rack: '#141c26', rackEdge: '#2a3645', tray: '#1c2631', cell: '#0f161e', trunk: '#1b2531', text: '#dfe8f1', dim: '#8496a8', mark: '#0b1016', pipe: '#1d3a4a' },
  light: { ground: '#f4f6f8', grid: '#e9edf1', rack: '#ffffff', rackEdge: '#b9c4cf', tray: '#eef2f5', cell: '#ffffff', trunk: '#dde4ea', text: '#17212c', dim: '#566575', mark: '#ffffff', pipe: '#c9dde8' },
};

/** Relative luminance of an `#rrggbb` ink (WCAG 2.2). */
function luminance(ink: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(ink.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Text that can be read on a step: black or white, whichever differs more; on quiet steps the paper's own. */
export function textOn(step: Step | undefined, theme: ThemeName): string {
  if (step === undefined || step.quiet) return papers[theme].text;
  return luminance(step[theme]) > 0.179 ? '#0b1016' : '#ffffff';
}
