/** Hostile spec files: whatever comes in, the reader ends quickly with issues that have a place, and never throws. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Parsed } from '../../src/base/issue.ts';
import { parseHfConfig } from '../../src/adapters/hf-config.ts';
import { createDerivationNotes } from '../../src/adapters/spec/derivations.ts';
import { readSourceTree, specCharactersMax, specDepthMax } from '../../src/adapters/spec/source-tree.ts';
import { parseSpec } from '../../src/adapters/spec/study.ts';

const codesOf = <T>(result: Parsed<T>): readonly string[] => (result.ok ? ['ok'] : result.issues.map((issue) => issue.code));

/** Holds for every input: a value, or at least one issue, each with file, line, column, message and remedy. */
function holds(text: string, file = 'f.yaml'): boolean {
  const result = parseSpec(text, file);
  if (result.ok) return true;
  return result.issues.length > 0 && result.issues.every((issue) =>
    issue.file !== undefined && Number.isInteger(issue.line) && (issue.line ?? 0) > 0 && Number.isInteger(issue.column) && (issue.column ?? 0) > 0
    && issue.message.length > 0 && issue.remedy.length > 0 && (issue.value ?? '').length <= 100);
}

test('a bomb of aliases stops at the named limits', () => {
  // Nine levels of nine: 9^9 = 387 million values if they were all expanded.
  const levels = Array.from({ length: 9 }, (_, level) => `a${level}: &a${level} [${Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*a${level - 1}`)).join(', ')}]`);
  const startedMs = performance.now();
  assert.ok(codesOf(parseSpec(`kind: Cluster\n${levels.join('\n')}`, 'f.yaml')).includes('too-many-aliases'));
  assert.ok(performance.now() - startedMs < 5000);
});

test('an anchor that holds its own alias is an issue', () => {
  assert.ok(codesOf(parseSpec('kind: Cluster\nfloor: &x {rows: *x}\n', 'f.yaml')).includes('too-deep'));
  assert.ok(codesOf(parseSpec('kind: Cluster\nfloor: *nowhere\n', 'f.yaml')).includes('unknown-alias'));
});

test('aliases in moderation are allowed and report the place of the value they stand for', () => {
  const result = parseSpec('kind: Cluster\nversion: 1\nname: x\naccelerator: h100\ngpus: 16\nfabric: {kind: rail-optimised}\nfloor: {trayRise: &rise -2m, slack: *rise}\n', 'f.yaml');
  assert.ok(!result.ok);
  assert.deepEqual(result.issues.map((issue) => [issue.path, issue.line, issue.column, issue.value]), [['floor.trayRise', 7, 25, '-2m'], ['floor.slack', 7, 25, '-2m']]);
});

test('values nested deeper than the limit are refused before they are composed', () => {
  for (const text of ['['.repeat(50_000), '{a: '.repeat(50_000), '- '.repeat(100_000), Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), '? '.repeat(1000)]) {
    const startedMs = performance.now();
    assert.deepEqual(codesOf(parseSpec(text, 'f.yaml')), ['too-deep'], text.slice(0, 20));
    assert.ok(performance.now() - startedMs < 5000, text.slice(0, 20));
  }
  const allowed = `${'['.repeat(specDepthMax - 1)}${']'.repeat(specDepthMax - 1)}`;
  assert.deepEqual(readSourceTree(allowed, 'f.yaml').issues, []);
});

test('a file beyond the size limit is refused with its size', () => {
  assert.deepEqual(codesOf(parseSpec(`kind: Cluster\n#${'x'.repeat(specCharactersMax)}`, 'f.yaml')), ['file-too-large']);
});

test('twenty thousand keys are read in little time and listed up to a limit', () => {
  const text = `kind: Cluster\n${Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n')}`;
  const startedMs = performance.now();
  const result = parseSpec(text, 'f.yaml');
  assert.ok(performance.now() - startedMs < 10_000);
  assert.ok(!result.ok && result.issues.length <= 201 && result.issues.at(-1)?.code === 'more-issues');
});

const words = ['kind', 'Cluster', 'Workload', 'Study', 'version', '1', 'name', 'gpus', '8', '1e400', '.nan', '.inf', '-0', 'accelerator', 'h100', 'fabric', 'media',
  'access', 'near', 'floor', '35m', '400Gbps',
  '-1', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'workloads', 'choices', 'cluster', 'model', 'config', 'parallel', 'prices', 'parts', 'null',
  '~', 'true', '&a', '*a', '!!int', '!x', '|', '>', '"', "'", '[', ']', '{', '}', ': ', '- ', '\n', '\n  ', '\n    ', ', ', '#',
  '\t', '\u0000', '\ufeff', '\u2028', '<<: ', '? ', '%YAML 1.1\n', '---', '...'];

test('no heap of tokens makes the reader throw', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (tokens) => holds(tokens.join(''))), { seed: 1024, numRuns: 1500 });
});

test('no text at all makes the reader throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => holds(text)), { seed: 7, numRuns: 500 });
});

test('no value of any type in place of any field makes the reader throw', () => {
  // Each field of each example in turn is replaced by arbitrary JSON, which is YAML too.
  const path = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  const fields = ['cluster-1024.yaml', 'workload-mixtral.yaml', 'optics-choice.yaml'].flatMap((name) => {
    const text = readFileSync(path(name), 'utf8');
    return text.split('\n').filter((line) => /^\s*(- )?[a-zA-Z]+:( \S|$)/.test(line)).map((line) => ({ name, text, line }));
  });
  assert.ok(fields.length > 60);
  fc.assert(
    fc.property(fc.constantFrom(...fields), fc.json({ maxDepth: 3 }), ({ name, text, line }, json) =>
      holds(text.replace(line, () => `${line.slice(0, line.indexOf(':'))}: ${json}`), path(name))),
    { seed: 405, numRuns: 600 },
  );
});

test('no JSON makes the configuration reader throw', () => {
  const keys = ['model_type', 'architectures', 'hidden_size', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'intermediate_size', 'vocab_size',
    'head_dim', 'n_routed_experts', 'moe_intermediate_size', 'first_k_dense_replace', 'moe_layer_freq', 'text_config', 'q_lora_rank'];
  const value = fc.oneof(fc.integer(), fc.double(), fc.constant(null), fc.boolean(), fc.constantFrom('llama', 'mixtral', 'deepseek_v3', 'gpt2', 'qwen3_moe', '__proto__'), fc.json({ maxDepth: 1 }));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value), (config) => {
      const result = parseHfConfig(JSON.stringify(config), 'config.json', { sequence: 4096, notes: createDerivationNotes() });
      return result.ok || result.issues.every((issue) => (issue.line ?? 0) > 0 && (issue.column ?? 0) > 0 && issue.remedy.length > 0);
    }),
    { seed: 61, numRuns: 1500 },
  );
});
