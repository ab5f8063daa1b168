/** The look of every report: type, spacing, two themes, and paper. */

import { chartStyle, darkTheme, fontStack, lightTheme } from '../charts/chart-style.ts';
import { wideChartPx } from './html.ts';

const themes = [
  `:root{color-scheme:light;${lightTheme}}`,
  `@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;${darkTheme}}}`,
  `@media screen{:root:has(#theme-light:checked){color-scheme:light;${lightTheme}}}`,
  `@media screen{:root:has(#theme-dark:checked){color-scheme:dark;${darkTheme}}}`,
];

const base = `
  *,*::before,*::after { box-sizing: border-box }
  html { scroll-behavior: smooth; scroll-padding-top: 24px; -webkit-text-size-adjust: 100% }
  @media (prefers-reduced-motion:reduce) {
    html { scroll-behavior: auto }
  }
  body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.6 ${fontStack}; font-variant-numeric: tabular-nums; text-rendering: optimizeLegibility }
  p,ol,ul,dl,figure,h1,h2,h3 { margin: 0; padding: 0 }
  a { color: var(--accent) }
  code { font: 13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace; overflow-wrap: anywhere }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px }
  .hidden,.skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
  .skip:focus { position: absolute; top: 8px; left: 8px; background: var(--surface); padding: 8px 14px; z-index: 2 }
`;

const frame = `
  .shell { max-width: 1280px; margin: 0 auto; padding: 56px 40px 96px }
  header.top { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 24px 40px; align-items: flex-start; padding-bottom: 36px }
  header.top > div { flex: 1 1 560px; min-width: 0 }
  .eyebrow { color: var(--accent); font-size: 13px; font-weight: 650; letter-spacing: .06em; text-transform: uppercase }
  h1 { font-size: 38px; line-height: 1.15; letter-spacing: -.022em; font-weight: 680; margin: 8px 0 12px; overflow-wrap: anywhere; text-wrap: balance }
  .lead { color: var(--soft); font-size: 17px; max-width: 72ch }
  fieldset.theme { border: 1px solid var(--line); border-radius: 999px; padding: 3px; margin: 0; display: flex; background: var(--surface) }
  fieldset.theme label { display: block; padding: 3px 13px; border-radius: 999px; font-size: 13px; color: var(--muted); cursor: pointer }
  fieldset.theme input:checked+label { background: var(--faint); color: var(--ink); font-weight: 600 }
  fieldset.theme input:focus-visible+label { outline: 2px solid var(--accent); outline-offset: 2px }
  nav { border-block: 1px solid var(--line); padding: 12px 0; margin-bottom: 8px }
  nav ol { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px }
  nav a { color: var(--soft); text-decoration: none; font-size: 14px }
  nav a:hover { color: var(--accent); text-decoration: underline }
  main>section { padding-top: 64px }
  h2 { font-size: 26px; line-height: 1.25; letter-spacing: -.015em; font-weight: 660; margin-bottom: 8px }
  h3 { font-size: 17px; line-height: 1.35; font-weight: 640; overflow-wrap: anywhere }
  .about { color: var(--soft); max-width: 78ch; margin-bottom: 24px }
  @media (min-width:1600px) {
    .shell { max-width: none; display: grid; grid-template-columns: 190px 1200px; gap: 0 72px; justify-content: center }
    header.top,footer { grid-column: 2 }
    nav { grid-column: 1; grid-row: 2; border: 0; padding: 76px 0 0; margin: 0 }
    nav ol { position: sticky; top: 40px; flex-direction: column; gap: 10px }
    main { grid-column: 2; grid-row: 2; min-width: 0 }
  }
  @media (max-width:640px) {
    .shell { padding: 28px 18px 64px }
    h1 { font-size: 29px }
  }
`;

const content = `
  ol.findings { list-style: none; counter-reset: finding; display: grid; grid-template-columns: repeat(auto-fill,minmax(min(100%,500px),1fr)); gap: 20px 48px; margin-top: 16px }
  ol.findings li { counter-increment: finding; font-size: 16.5px; line-height: 1.5; padding-left: 44px; position: relative }
  ol.findings li::before {
    content: counter(finding); position: absolute; left: 0; top: 1px; width: 28px; height: 28px; line-height: 28px; text-align: center;
    border-radius: 50%; background: var(--faint); color: var(--soft); font-size: 13px; font-weight: 650;
  }
  ul.grades { list-style: none; display: flex; flex-wrap: wrap; gap: 6px 36px; color: var(--soft); font-size: 14.5px }
  ul.plain { padding-left: 20px; max-width: 80ch }
  ul.plain li { margin: 7px 0 }
  .pair { display: grid; grid-template-columns: repeat(auto-fit,minmax(min(100%,500px),1fr)); gap: 24px }
  .pair > :last-child:nth-child(odd) { grid-column: 1 / -1 }
  .group { display: grid; grid-template-columns: repeat(auto-fill,minmax(min(100%,500px),1fr)); gap: 24px }
  .group.of1 { grid-template-columns: 1fr }
  .group.of3 { grid-template-columns: repeat(auto-fill,minmax(min(100%,340px),1fr)) }
  .group.of3 .canvas .chart { min-width: 300px }
  .stack { display: grid; gap: 24px }
  .stack>*,.pair>*,.group>* { min-width: 0 }
  figure,.card { background: var(--surface); border: 1px solid var(--line); border-radius: 14px; padding: 24px 26px 18px }
  figcaption { color: var(--muted); font-size: 14px; line-height: 1.5; margin-top: 2px }
  .canvas { overflow-x: auto; margin-top: 18px }
  .canvas .chart { min-width: 500px }
  .canvas .chart[width="${wideChartPx}"] { min-width: 860px }
  details { margin-top: 12px; border-top: 1px solid var(--faint) }
  summary { cursor: pointer; font-size: 13px; color: var(--muted); padding: 10px 0 4px }
  summary:hover { color: var(--accent) }
  .scroll { overflow-x: auto; position: relative }
  table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.4 }
  th,td { text-align: left; padding: 9px 14px 9px 0; border-bottom: 1px solid var(--faint); vertical-align: top }
  thead th { color: var(--muted); font-weight: 600; font-size: 13px; border-bottom-color: var(--line); vertical-align: bottom }
  tbody th { font-weight: 600 }
  tbody tr:last-child>* { border-bottom: 0 }
  .number { text-align: right; white-space: nowrap; padding-left: 10px }
  thead .number { white-space: normal; max-width: 180px; overflow-wrap: break-word }
  th:last-child,td:last-child { padding-right: 2px }
  .unit { display: block; font-weight: 400; font-size: 12px; white-space: nowrap }
  table.glance { font-size: 15px }
  table.glance td,table.glance tbody th { padding-top: 15px; padding-bottom: 13px }
  table.glance tbody th { min-width: 168px; max-width: 200px; overflow-wrap: anywhere }
  table.glance th,table.glance td { padding-right: 8px; padding-left: 6px }
  table.glance tbody th,table.glance thead th:first-child { padding-left: 0 }
  table.glance .number .sub,table.glance .number .badge { white-space: normal }
  .spark+.sub { margin-top: 5px }
  .sub { display: block; color: var(--muted); font-size: 12.5px; font-weight: 400; line-height: 1.4 }
  .sub.warn { color: var(--warn) }
  .best { font-weight: 700; color: var(--good) }
  .spark { display: block; width: 100%; height: 3px; margin-top: 7px }
  .spark .back { fill: var(--faint) }
  .spark .front { fill: var(--c7) }
  .best+.spark .front { fill: var(--good) }
  .badge { display: inline-block; font-size: 12px; font-weight: 500; color: var(--muted); white-space: nowrap }
  .badge.measured { color: var(--good) }
  .badge.published { color: var(--accent) }
  .badge.estimate { color: var(--warn) }
  .refused { background: var(--warn-wash); border-color: transparent; border-left: 4px solid var(--warn); border-radius: 8px }
  .refused h3 { color: var(--ink) }
  .refused ul { margin-top: 8px }
  dl.facts { display: flex; flex-wrap: wrap; gap: 10px 34px; margin-top: 14px }
  figure dl.facts { display: grid; grid-template-columns: repeat(auto-fill,minmax(104px,1fr)); gap: 10px 16px }
  dl.facts dt { color: var(--muted); font-size: 12.5px }
  dl.facts dd { margin: 0; font-weight: 620; font-size: 15px; overflow-wrap: anywhere }
  .between { color: var(--muted); font-size: 14px; margin: 14px 0 10px }
  .reasons { margin-top: 12px; color: var(--warn); font-size: 14.5px; line-height: 1.5 }
  dd.bad { color: var(--warn) }
  dd.ok { color: var(--good) }
  .calm { color: var(--soft) }
  footer { border-top: 1px solid var(--line); margin-top: 72px; padding-top: 20px; color: var(--muted); font-size: 13px; display: grid; gap: 4px }
`;

const paper = `
  @media print {
    @page { size: landscape; margin: 12mm }
    body { font-size: 11pt }
    .shell { display: block; padding: 0 }
    nav,.theme,.skip { display: none }
    main>section { padding-top: 26px }
    figure,.card,table,li { break-inside: avoid }
    h2,h3 { break-after: avoid }
    details::details-content { display: block; content-visibility: visible }
    summary { list-style: none }
    .pair,.group,.group.of3 { grid-template-columns: 1fr }
    .canvas .chart[width] { min-width: 0 }
    .canvas,.scroll { overflow: visible }
    table,table.glance { font-size: 12px }
    .sub,.unit,.badge { font-size: 10.5px }
    table.glance tbody th { min-width: 120px }
    thead th { font-size: 11px }
    th,td { padding-right: 8px }
    td { overflow-wrap: anywhere }
    .number { white-space: normal }
  }
`;

export const documentStyle = [...themes, base, chartStyle, frame, content, paper].join('\n');
