/** The terminal as a command sees it: results on stdout, everything else on stderr, colour and progress only for people. */

import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** A progress line on stderr that is drawn only on a TTY and always leaves a clean line behind. */
export interface Progress {
  /** Shows `done` of the total and what is being worked on. */
  update(done: number, label: string): void;
  finish(): void;
}

export interface Terminal {
  /** Result text on stdout. */
  print(text: string): void;
  /** One JSON document on stdout. */
  printJson(value: unknown): void;
  /** Diagnostics on stderr. */
  complain(text: string): void;
  startProgress(title: string, total: number): Progress;
  readonly colours: Colours;
  /** Width of the result, in characters; 100 when it is not a terminal. */
  readonly columns: number;
}

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const barWidth = 24;
const redrawIntervalMs = 80;

function createProgress(stream: Stream, title: string, total: number): Progress {
  if (stream.isTTY !== true) return { update() {}, finish() {} };
  const startedMs = performance.now();
  let drawnMs = -Infinity;
  return {
    update(done, label) {
      const nowMs = performance.now();
      if (nowMs - drawnMs < redrawIntervalMs && done < total) return;
      drawnMs = nowMs;
      const share = total > 0 ? Math.min(1, done / total) : 1;
      const filled = Math.round(share * barWidth);
      const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
      const line = `${title} ${bar} ${Math.round(share * 100)}% ${((nowMs - startedMs) / 1000).toFixed(1)} s ${label}`;
      stream.write(`\r\u001b[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
    },
    finish() {
      stream.write('\r\u001b[2K');
    },
  };
}

/** Binds a terminal to the process's streams. */
export function createTerminal(stdout: Stream, stderr: Stream): Terminal {
  return {
    print: (text) => void stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    complain: (text) => void stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    startProgress: (title, total) => createProgress(stderr, title, total),
    colours: picocolors.createColors(stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === ''),
    columns: stdout.columns ?? 100,
  };
}
