/** HTML reports: well formed, self-contained, safe against text from outside, and complete. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { renderCompareHtml } from '../../src/app/report/compare-html.ts';
import { document, embeddedJson } from '../../src/app/report/document.ts';
import { renderLinkHtml } from '../../src/app/report/link-html.ts';
import { paragraph } from '../../src/app/report/html.ts';
import { comparison, hostileComparison, partlyRefused } from './compare-fixture.ts';
import { imbalance, readElements } from './markup.ts';

const origin = { generatedAt: '2026-01-02T03:04:05Z', command: 'heliostat compare study.yaml', version: '0.0.0-test' };
const reports = comparison.choices.flatMap((choice) => choice.budgets.map((budget) => budget.report));
const sweeps = [{
  name: 'dr8-invented', overLoss: [{ lossDb: 0, preFecBer: 1e-9 }, { lossDb: 1, preFecBer: 1e-7 }],
  overTemperature: [{ caseTemperatureC: 20, preFecBer: 1e-9 }, { caseTemperatureC: 70, preFecBer: 1e-6 }],
}];
const pages = {
  comparison: renderCompareHtml(comparison, origin),
  hostile: renderCompareHtml(hostileComparison(), { ...origin, command: 'heliostat compare "<script>x</script>"' }),
  partlyRefused: renderCompareHtml(partlyRefused, origin),
  links: renderLinkHtml(reports, { ...origin, sweeps, berLimit: { name: 'KP4 2.4e-4', preFecBer: 2.4e-4 } }),
  oneLink: renderLinkHtml(reports.slice(0, 1), origin),
  empty: renderCompareHtml({ ...comparison, choices: [], findings: [], assumptions: [] }, origin),
};

for (const [name, page] of Object.entries(pages)) {
  test(`the ${name} page closes every element in order`, () => assert.equal(imbalance(page), null));

  test(`the ${name} page has unique ids, and every reference inside it leads somewhere`, () => {
    const elements = readElements(page);
    const ids = elements.flatMap((item) => (item.attributes['id'] === undefined ? [] : [item.attributes['id']]));
    assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), []);
    for (const item of elements) {
      const targets = [
        item.attributes['href']?.replace(/^#/, ''), item.attributes['aria-labelledby'], item.attributes['for'],
        /^url\(#(.*)\)$/.exec(item.attributes['fill'] ?? '')?.[1],
      ];
      for (const target of targets) if (target !== undefined) assert.ok(ids.includes(target), `#${target} exists`);
    }
  });

  test(`the ${name} page loads nothing and runs nothing`, () => {
    const elements = readElements(page);
    assert.ok(elements.every((item) => item.name !== 'script' || item.attributes['type'] === 'application/json'));
    for (const item of elements) {
      assert.ok(!['img', 'link', 'iframe', 'object', 'embed', 'base', 'form'].includes(item.name), item.name);
      for (const attribute of Object.keys(item.attributes)) assert.ok(
        !attribute.startsWith('on') && !['src', 'style', 'srcset', 'action'].includes(attribute), attribute,
      );
    }
    assert.doesNotMatch(page.replaceAll('http://www.w3.org/2000/svg', ''), /https?:|@import|url\((?!#)/);
  });

  test(`the ${name} page draws no coordinate that is not a number`, () => {
    for (const chart of page.match(/<svg[^]*?<\/svg>/g) ?? []) assert.doesNotMatch(chart.replace(/<(text|title)[^>]*>[^<]*/g, ''), /NaN|Infinity|undefined/);
  });
}

test('the policy allows only the one style sheet, by its hash', () => {
  const style = /<style>([^]*?)<\/style>/.exec(pages.comparison)?.[1] ?? '';
  const policy = readElements(pages.comparison).find((item) => item.attributes['http-equiv'] === 'Content-Security-Policy')?.attributes['content'];
  assert.equal(policy, `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`);
});

test('text from outside stays text', () => {
  const elements = readElements(pages.hostile);
  assert.ok(!elements.some((item) => item.name === 'img'));
  assert.equal(elements.filter((item) => item.name === 'script').length, 1);
  assert.ok(elements.some((item) => item.text.includes('<img src=x onerror=alert(1)>')), 'the hostile name can still be read');
  assert.doesNotMatch(pages.hostile, /[\u0000-\u0008\u000b-\u001f]/);
});

test('the result inside the page is the result', () => {
  for (const [page, result] of [[pages.comparison, comparison], [pages.hostile, hostileComparison()]] as const) {
    const json = /<script type="application\/json" id="heliostat-result">([^]*?)<\/script>/.exec(page)?.[1] ?? '';
    assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(result)));
  }
});

test('embedded JSON cannot end its element or start a comment', () => {
  const json = embeddedJson({ text: '</script><!-- & \u2028' });
  assert.doesNotMatch(json, /[<>&\u2028]/);
  assert.deepEqual(JSON.parse(json), { text: '</script><!-- & \u2028' });
});

test('a comparison shows its parts in the order a reader needs them', () => {
  const ids = readElements(pages.comparison).filter((item) => item.name === 'section').map((item) => item.attributes['id']);
  assert.deepEqual(ids, ['findings', 'glance', 'step-time', 'cost-energy', 'power', 'cost', 'ownership', 'failures', 'utilisation', 'budgets', 'refused', 'evidence', 'assumptions']);
});

test('every chart has a name for those who cannot see it and a table with its figures', () => {
  const figures = pages.comparison.match(/<figure[^]*?<\/figure>/g) ?? [];
  // Two workloads with step time and cost each; utilisation, power, cost, ownership, failures, blast radius and lost hours; six media.
  assert.equal(figures.length, 2 * 2 + 7 + 6);
  for (const figure of figures) assert.match(figure, /<svg[^>]* role="img" aria-label="[^"]+"[^]*<details><summary>[^<]+<\/summary>[^]*<table>/);
});

test('tables of figures name the unit of every numeric column', () => {
  for (const head of pages.comparison.match(/<th scope="col" class="number">[^]*?<\/th>/g) ?? []) assert.match(head, /<span class="unit">[^<]+<\/span>/);
});

test('time that is not compute is drawn again by purpose, with the tier that carries it', () => {
  for (const text of ['Everything but compute, by purpose, on its own scale', 'expert exchange, access', 'data-parallel gradients, fabric']) assert.ok(pages.comparison.includes(text), text);
});

test('a medium that all choices use is drawn once and says so', () => {
  assert.equal(pages.comparison.split('tier of every choice.').length - 1, 1);
});

test('refused cables show count, reasons, substitute and examples', () => {
  const refused = /<section id="refused"[^]*?<\/section>/.exec(pages.comparison)?.[0].replaceAll('\u00a0', ' ') ?? '';
  for (const text of [
    '768 cables of passive copper', '12.6 dB more than the receiver accepts', 'dr8-invented', 'leaf03-spine01',
  ]) assert.ok(refused.includes(text), text);
});

test('a workload that a choice cannot run keeps its row in the chart and its reasons among the refused', () => {
  assert.ok(readElements(pages.partlyRefused).some((item) => item.text === 'cannot run'));
  assert.ok(pages.partlyRefused.includes('Copper where it reaches: mixtral-8x22b cannot run') && pages.partlyRefused.includes('have no route with light'));
});

test('an empty comparison says what it lacks', () => {
  for (const text of ['This comparison has no findings.', 'Every cable of every choice closes with its first medium.', 'None were stated.']) assert.ok(pages.empty.includes(text), text);
});

test('a link page shows the waterfall, both error curves with the limit, and every wavelength', () => {
  for (const text of ['Error rate against loss', 'Error rate against temperature', 'KP4 2.4e-4', 'both ends of the link']) assert.ok(pages.links.includes(text), text);
  const wavelengths = /<section id="wavelengths"[^]*?<\/section>/.exec(pages.links)?.[0] ?? '';
  assert.equal(wavelengths.match(/<tr>/g)?.length, 1 + reports.length);
});

test('the frame works for any report', () => {
  const page = document('A & B', [{ id: 'one', title: 'First <part>', body: paragraph('text') }], { ...origin, eyebrow: 'Test', lead: 'Lead.' });
  assert.equal(imbalance(page), null);
  assert.ok(page.includes('<title>A &amp; B · Heliostat</title>') && page.includes('First &lt;part&gt;') && !page.includes('application/json'));
});

test('a link that is one of two of its module shows its own rate, and whose power is printed', () => {
  // The invented modules carry 800 Gb/s, their links 400 Gb/s each.
  const text = pages.comparison.replaceAll('\u00a0', ' ');
  assert.ok(text.includes('>400 Gb/s<') && text.includes('One of 2 links of 400 Gb/s in a part of 800 Gb/s.') && text.includes('>9.2 W for 800 Gb/s<'));
});

test('evidence names the heaviest figure, and the weakest where it is another', () => {
  const evidence = /<section id="evidence"[^]*?<\/section>/.exec(pages.comparison)?.[0].replaceAll('\u00a0', ' ') ?? '';
  for (const text of ['switch invented: 600 $ each, 60 % of the sum', 'with the weakest evidence:', 'NIC invented: 1,600 $ each, 40 % of the sum', 'dr4-invented']) assert.ok(evidence.includes(text), text);
});

test('choices that agree share one row, and a choice that cannot carry the jobs says so', () => {
  const choices = comparison.choices.map((choice) => ({ ...choice, workloads: comparison.choices[0]?.workloads ?? [] }));
  const page = renderCompareHtml({ ...comparison, choices }, origin);
  assert.ok(readElements(page).filter((item) => item.text === 'every choice').length >= 2);
  assert.ok(page.includes('A step takes the same time with every choice: llama-405b'));
  assert.ok(pages.partlyRefused.includes('cannot carry the jobs') && !page.includes('cannot carry the jobs</span>'));
});
