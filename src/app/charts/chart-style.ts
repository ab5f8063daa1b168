/** The style every chart needs, as CSS over custom properties, and the two themes that set them. */

import { darkColours, darkTextOnFill, lightColours, lightTextOnBlue } from './palette.ts';

/** Custom properties of one theme, ready to stand inside a rule. */
function themeProperties(theme: { readonly colours: readonly string[]; readonly names: Readonly<Record<string, string>> }): string {
  const series = theme.colours.map((colour, index) => `--c${index}:${colour}`);
  const names = Object.entries(theme.names).map(([name, value]) => `--${name}:${value}`);
  return [...series, ...names].join(';');
}

export const lightTheme = themeProperties({
  colours: lightColours,
  names: {
    page: '#fbfaf7', surface: '#ffffff', ink: '#1b2027', soft: '#4a535f', muted: '#5f6975', line: '#dfe1e2', faint: '#edeeec',
    'on-blue': lightTextOnBlue,
    'on-fill': darkTextOnFill, accent: '#005f95', warn: '#a33f00', 'warn-wash': '#fdf1e8', good: '#00694d',
  },
});

export const darkTheme = themeProperties({
  colours: darkColours,
  names: {
    page: '#101318', surface: '#171b21', ink: '#eceef1', soft: '#c0c7d0', muted: '#98a2ae', line: '#323943', faint: '#232930', 'on-blue': darkTextOnFill,
    'on-fill': darkTextOnFill, accent: '#7cc7f2', warn: '#f29a6b', 'warn-wash': '#2b2019', good: '#4fd0a6',
  },
});

export const fontStack = 'Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif';

const seriesRules = Array.from({ length: 8 }, (_, index) => `.chart .f${index}{fill:var(--c${index})}.chart .s${index}{stroke:var(--c${index})}`).join('');

export const chartStyle = `
  .chart { font-family: ${fontStack}; font-size: 13px; font-variant-numeric: tabular-nums; display: block; max-width: 100%; height: auto }
  .chart text { fill: var(--ink) }
  .chart .soft { fill: var(--soft) }
  .chart .muted { fill: var(--muted); font-size: 12px }
  .chart .strong { font-weight: 650 }
  .chart .small { font-size: 12px }
  .chart .on { fill: var(--on-fill); font-size: 12px }
  .chart .on0 { fill: var(--on-blue); font-size: 12px }
  .chart .warn { fill: var(--warn) }
  .chart .grid { stroke: var(--faint); stroke-width: 1 }
  .chart .axis { stroke: var(--line); stroke-width: 1 }
  .chart .rule { stroke: var(--ink); stroke-width: 1.5 }
  .chart .dash { stroke: var(--muted); stroke-width: 1.25; stroke-dasharray: 4 3 }
  .chart .leader { stroke: var(--muted); stroke-width: 1 }
  .chart .curve { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round }
  .chart .hatch { fill: var(--surface); fill-opacity: .55 }
  .chart .total,.chart .note,.chart .point-label,.chart .curve-label { paint-order: stroke; stroke: var(--surface); stroke-width: 4px; stroke-linejoin: round }
  .chart .hatched { pointer-events: none }
  .chart .seam { fill: var(--surface) }
  .chart .dot { stroke: var(--surface); stroke-width: 1.5 }
  .chart .track { fill: var(--faint) }
  .chart .peak { stroke: var(--ink); stroke-width: 2.5 }
  .chart .bracket { fill: none; stroke: var(--good); stroke-width: 2 }
  .chart .bracket.bad { stroke: var(--warn) }
  .chart .good { fill: var(--good) }
  .chart .warnrule { stroke: var(--warn); stroke-width: 1.5 }
  ${seriesRules}
`;

/** A chart that stands alone as an SVG file, in one theme, with its background. */
export function standaloneSvg(chart: string, theme: 'light' | 'dark'): string {
  const properties = theme === 'light' ? lightTheme : darkTheme;
  const style = `<style>svg{${properties};background:var(--surface)}${chartStyle}</style>`;
  return `${chart.replace(/^<svg[^>]*>/, (opening) => `${opening}${style}`)}\n`;
}
