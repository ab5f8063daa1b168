/** Performs a play: its commands one after another, the transcript of each scene, and where it differs from the one in the text. */

import type { Issue } from '../../base/issue.ts';
import type { Entry, LogHeader } from '../../control/entry.ts';
import type { Violation } from '../../control/invariants.ts';
import { askCommands } from './ask-commands.ts';
import type { PlayHost } from './host.ts';
import type { CommandLine } from './script.ts';
import { readScript, writeScript } from './script.ts';
import { showCommands } from './show-commands.ts';
import { Stage } from './stage.ts';
import { Words, WrongWord } from './words.ts';
import { worldCommands } from './world-commands.ts';

/** Where the transcript first differs. */
export interface Difference {
  readonly line: number;
  /** `null` where the text has no such line. */
  readonly expected: string | null;
  /** `null` where the play says nothing more. */
  readonly found: string | null;
}

export interface Performed {
  /** The play with the transcript that follows from its commands. */
  readonly text: string;
  /** The first difference of each scene. */
  readonly differences: readonly Difference[];
  readonly violations: readonly Violation[];
  /** What is wrong with the text; the play stops there. */
  readonly issues: readonly Issue[];
  readonly commands: number;
  readonly header: LogHeader | null;
  readonly log: readonly Entry[];
}

const commands = { ...worldCommands, ...askCommands, ...showCommands };
const commandNames = ['at', ...Object.keys(commands)];

function perform(stage: Stage, words: Words): void {
  const name = words.choice('a command of a play', commandNames);
  if (name === 'at') {
    const atNs = words.amount('time', 'when');
    if (atNs < stage.world.nowNs) throw new WrongWord({ code: 'time-goes-back', message: `It is ${stage.world.nowNs / 1e9} s already`, remedy: 'Name a later time', value: `${atNs / 1e9} s` });
    stage.world.advance(stage.until(atNs));
    if (!words.isDone) perform(stage, words);
    return;
  }
  commands[name]?.(stage, words);
  words.end();
}

function performLine(stage: Stage, { text, line }: CommandLine, file: string): readonly Issue[] {
  try {
    perform(stage, new Words(text, stage.host));
    return [];
  } catch (wrong) {
    if (!(wrong instanceof WrongWord)) throw wrong;
    // Files that a command names tell their own places, and the command says where they were named.
    const named: Issue = { code: 'file-not-usable', file, line, message: 'The file that this command names cannot be used', remedy: 'Mend what is told of it, or name another', value: text };
    return [...(wrong.issues.some((issue) => issue.file !== undefined) ? [named] : []), ...wrong.issues.map((issue) => (issue.file === undefined ? { ...issue, file, line } : issue))];
  }
}

function firstDifference(expected: readonly string[] | null, found: readonly string[], line: number): readonly Difference[] {
  const before = expected ?? [];
  for (let at = 0; at < Math.max(before.length, found.length); at++) {
    if (before[at] !== found[at]) return [{ line: line + at, expected: before[at] ?? null, found: found[at] ?? null }];
  }
  return [];
}

/** A transcript ends with the first empty line, so none may stand in it. */
const withoutGaps = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.trim() !== '').map((line) => line.trimEnd());

export function performPlay(play: { readonly text: string; readonly file: string }, host: PlayHost, seed: number): Performed {
  const scenes = readScript(play.text);
  const stage = new Stage(host, seed);
  const transcripts: (readonly string[])[] = [];
  const differences: Difference[] = [];
  const issues: Issue[] = [];
  let performed = 0;
  for (const [at, scene] of scenes.entries()) {
    for (const command of scene.commands) {
      if (issues.length > 0) break;
      issues.push(...performLine(stage, command, play.file));
      performed += 1;
    }
    if (issues.length > 0) break;
    if (at === scenes.length - 1 && stage.isOpen) stage.checkAll();
    const found = withoutGaps(stage.takeLines());
    transcripts.push(found);
    if (scene.commands.length > 0) differences.push(...firstDifference(scene.transcript, found, scene.transcriptLine));
  }
  if (performed === 0 && issues.length === 0) issues.push({ code: 'empty-play', file: play.file, message: 'The play has no commands', remedy: 'Begin with `cluster FILE`' });
  return {
    text: issues.length > 0 ? play.text : writeScript(scenes, transcripts), differences, violations: stage.violations, issues, commands: performed,
    header: stage.isOpen ? stage.world.header : null, log: stage.isOpen ? stage.world.log : [],
  };
}
