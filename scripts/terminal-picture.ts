/** Draws the text a command printed, colours included, as an SVG picture of a terminal. */

import { element, escapeText } from '../src/app/charts/svg.ts';
import { cellWidth } from '../src/app/text-table.ts';

export interface PictureOptions {
  /** Stands in the window's title bar, for example the command. */
  readonly title: string;
  /** Columns of the window; a longer line widens it. */
  readonly columns: number;
  /** First and last line to draw, counted from 1; the whole text without it. */
  readonly lines?: { readonly first: number; readonly last: number };
}

/** A stretch of one line in one style. */
export interface Run {
  readonly text: string;
  /** Terminal column of its first character, from 0. */
  readonly column: number;
  readonly isBold: boolean;
  readonly isDim: boolean;
  /** 0 to 7 for the eight terminal colours, null for the default. */
  readonly colour: number | null;
}

type Style = Pick<Run, 'isBold' | 'isDim' | 'colour'>;

const plain: Style = { isBold: false, isDim: false, colour: null };
const escapePattern = /\u001b\[([0-9;?]*)([A-Za-z])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b./g;

/** The style after one "select graphic rendition" code (ECMA-48, 8.3.117); codes that draw nothing here are ignored. */
function styleAfter(style: Style, code: number): Style {
  if (code === 0) return plain;
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code === 39) return { ...style, colour: null };
  if (code >= 30 && code <= 37) return { ...style, colour: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, colour: code - 90 };
  return style;
}

/** Lines of styled runs. A carriage return starts its line over, as progress lines do; other terminal commands draw nothing. */
export function readTerminal(text: string): readonly (readonly Run[])[] {
  let style = plain;
  return text.replaceAll('\r\n', '\n').replace(/\n+$/, '').split('\n').map((raw) => {
    const line = raw.slice(raw.lastIndexOf('\r') + 1);
    const runs: Run[] = [];
    let column = 0;
    let from = 0;
    const push = (part: string): void => {
      if (part !== '') runs.push({ text: part, column, ...style });
      column += cellWidth(part);
    };
    for (const match of line.matchAll(escapePattern)) {
      push(line.slice(from, match.index));
      from = match.index + match[0].length;
      if (match[2] === 'm') for (const code of (match[1] ?? '').split(';')) style = styleAfter(style, Number(code));
    }
    push(line.slice(from));
    return runs;
  });
}

const fontPx = 13;
/** Advance of a monospaced character; every run is stretched to it, so columns align in any font. */
const cellPx = 7.8;
const linePx = 18;
const marginPx = 20;
const barPx = 38;

/** Foreground of the eight terminal colours on the dark window, Okabe and Ito's where they have the hue. */
const colours = ['#5c6773', '#e8743a', '#23b78b', '#e8a72a', '#3f9fdc', '#d58bb5', '#7cc7f2', '#eceef1'];
const style = [
  `text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:${fontPx}px;fill:#d5dae1;white-space:pre}`,
  '.b{font-weight:700;fill:#f7f8fa}.d{fill:#8d97a4}.t{fill:#98a2ae}.window{fill:#14181f;stroke:#323943}.bar{fill:#1d222a}.dot{fill:#4a535f}',
  ...colours.map((colour, index) => `.c${index}{fill:${colour}}`),
].join('');

function runMarkup(run: Run, y: number): string {
  const lead = run.text.length - run.text.trimStart().length;
  const text = run.text.trim();
  if (text === '') return '';
  const classes = [run.isBold ? 'b' : '', run.isDim ? 'd' : '', run.colour === null ? '' : `c${run.colour}`].filter((name) => name !== '').join(' ');
  return element(
    'text',
    { x: marginPx + (run.column + lead) * cellPx, y, class: classes === '' ? undefined : classes, textLength: cellWidth(text) * cellPx, lengthAdjust: 'spacingAndGlyphs' },
    escapeText(text),
  );
}

/** One self-contained SVG document. */
export function terminalPicture(text: string, options: PictureOptions): string {
  const all = readTerminal(text);
  const lines = options.lines === undefined ? all : all.slice(options.lines.first - 1, options.lines.last);
  const columns = Math.max(options.columns, ...lines.flatMap((line) => line.map((run) => run.column + cellWidth(run.text.trimEnd()))));
  const width = Math.ceil(columns * cellPx + 2 * marginPx);
  const height = barPx + lines.length * linePx + 2 * marginPx - 6;
  const dots = [0, 1, 2].map((index) => element('circle', { class: 'dot', cx: marginPx + 4 + index * 18, cy: barPx / 2, r: 5.5 }));
  const title = element('text', { class: 't', x: width / 2, y: barPx / 2 + 4.5, 'text-anchor': 'middle' }, escapeText(options.title));
  const rows = lines.flatMap((line, index) => line.map((run) => runMarkup(run, barPx + marginPx + index * linePx + 8)));
  return `${element(
    'svg', { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `Terminal: ${options.title}` },
    `<style>${style}</style>`, element('rect', { class: 'window', x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 10 }),
    element('path', { class: 'bar', d: `M1 ${barPx}V11a10 10 0 0 1 10-10H${width - 11}a10 10 0 0 1 10 10V${barPx}Z` }), ...dots, title, ...rows,
  )}\n`;
}
