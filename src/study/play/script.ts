/**
 * The text of a play: comments, commands, a line of dashes, and the transcript that follows from the commands up to an empty line.
 *
 * The form is that of CockroachDB's datadriven tests, which etcd's raft uses for its plays: the runner writes the transcript anew,
 * and the difference is reviewed.
 */

export interface CommandLine {
  readonly text: string;
  /** Counts from 1. */
  readonly line: number;
}

/** Commands that share one transcript. */
export interface Scene {
  /** Comments, empty lines and commands as written. */
  readonly written: readonly string[];
  readonly commands: readonly CommandLine[];
  /** `null` where the play has none yet. */
  readonly transcript: readonly string[] | null;
  /** Line of the first line of the transcript. */
  readonly transcriptLine: number;
}

const dashes = '----';

export function readScript(text: string): readonly Scene[] {
  const lines = text.replace(/\r\n/g, '\n').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const scenes: Scene[] = [];
  let written: string[] = [];
  let commands: CommandLine[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.trim() !== dashes) {
      written.push(line);
      const words = line.replace(/(^|\s)#.*$/, '').trim();
      if (words !== '') commands.push({ text: words, line: at + 1 });
      continue;
    }
    const transcript: string[] = [];
    const transcriptLine = at + 2;
    while (at + 1 < lines.length && lines[at + 1] !== '') transcript.push(lines[++at] ?? '');
    scenes.push({ written, commands, transcript, transcriptLine });
    [written, commands] = [[], []];
  }
  if (written.some((line) => line !== '')) scenes.push({ written, commands, transcript: null, transcriptLine: lines.length + 1 });
  return scenes;
}

/** The text with these transcripts, one per scene. */
export function writeScript(scenes: readonly Scene[], transcripts: readonly (readonly string[])[]): string {
  const lines = scenes.flatMap(({ written, commands }, at) => {
    const own = [...written];
    while (own.at(-1) === '') own.pop();
    return commands.length === 0 ? own : [...own, dashes, ...(transcripts[at] ?? [])];
  });
  return `${lines.join('\n')}\n`;
}
