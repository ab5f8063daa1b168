/** The tidy rules as functions from a source file to the places that break them; the ratchet test counts the places. */

import type { SourceFile } from './source-tree.ts';
import { everyNode, strip } from './source-tree.ts';

export const fileLinesMax = 400;
export const functionLinesMax = 70;

/** One place that breaks a rule. */
export interface Mess {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

const bannedNames = /(?:^|\/)(?:utils?|helpers?|manager|service|types|misc|common)\.ts$/;
const unfinished = /\b(?:TODO|FIXME|XXX|HACK)\b/;

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** A kernel may assert that an index is in range when its header says why the bounds hold. */
const boundsStated = /^(?:#![^\n]*\n)?\/\*\*(?:(?!\*\/)[\s\S])*\bbounds?\b/i;

/** Non-null assertions: a `!` of the source that type stripping blanked out. */
function assertions(file: SourceFile, javascript: string): readonly Mess[] {
  if (boundsStated.test(file.text)) return [];
  const found: Mess[] = [];
  for (let at = file.text.indexOf('!'); at >= 0; at = file.text.indexOf('!', at + 1)) {
    if (javascript[at] === ' ' && /[\w)\]]/.test(file.text[at - 1] ?? '')) {
      found.push({ rule: 'non-null assertion', path: file.path, line: lineAt(file.text, at), what: 'state why it cannot be undefined, or handle it' });
    }
  }
  return found;
}

/** Everything untidy in one file. */
export function messesOf(file: SourceFile): readonly Mess[] {
  const { javascript, tree } = strip(file);
  const found: Mess[] = [...assertions(file, javascript)];
  const add = (rule: string, line: number, what: string): void => void found.push({ rule, path: file.path, line, what });
  const lines = file.text.split('\n');
  if (lines.length - 1 > fileLinesMax) add('long file', 1, `${lines.length - 1} lines, at most ${fileLinesMax}`);
  if (!/^(?:#![^\n]*\n)?\/\*\*/.test(file.text)) add('no purpose', 1, 'a file opens with its purpose in one sentence');
  if (bannedNames.test(file.path)) add('vague name', 1, 'name the file after what it is');
  everyNode(tree, (node) => {
    if (/^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
      const start = lineAt(file.text, node.start);
      const length = lineAt(file.text, node.end) - start + 1;
      if (length > functionLinesMax) add('long function', start, `${length} lines, at most ${functionLinesMax}`);
    }
    if (node.type === 'ExportDefaultDeclaration') add('default export', lineAt(file.text, node.start), 'export a name');
    if (node.type === 'CatchClause' && (node as unknown as { body: { body: unknown[] } }).body.body.length === 0) add('empty catch', lineAt(file.text, node.start), 'say what is done about it');
  });
  // The house tests quote what they forbid.
  const quotes = file.path.startsWith('test/house/');
  lines.forEach((line, index) => {
    if (line.length > 220) add('long line', index + 1, `${line.length} characters, at most 220`);
    if (quotes) return;
    if (unfinished.test(line)) add('unfinished', index + 1, line.trim());
    if (/:\s*any\b|\bas any\b|<any>/.test(line)) add('any', index + 1, line.trim());
    if (/@ts-(?:ignore|nocheck)/.test(line)) add('silenced compiler', index + 1, line.trim());
  });
  return found;
}
