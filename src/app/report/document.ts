/** The frame all reports share: one self-contained HTML file that runs no script and asks the network for nothing. */

import { createHash } from 'node:crypto';
import { documentStyle } from './document-style.ts';
import type { Markup } from './html.ts';
import { paragraph, tag, words } from './html.ts';

export interface Section {
  /** Unique in the document; the navigation points to it. */
  readonly id: string;
  readonly title: string;
  /** Shorter name in the navigation. */
  readonly nav?: string;
  /** One or two sentences under the heading on how to read what follows. */
  readonly about?: string;
  readonly body: Markup;
}

/** Where a report came from, printed at its end. */
export interface Origin {
  /** ISO 8601. */
  readonly generatedAt: string;
  /** The command line that makes the same report again. */
  readonly command: string;
  readonly version: string;
}

export interface DocumentOptions extends Origin {
  /** What kind of report this is, above the title. */
  readonly eyebrow: string;
  readonly lead: string;
  /** Kept in the file, as JSON in a script element of this id that no browser runs. */
  readonly data?: { readonly id: string; readonly value: unknown };
}

/** Styles are named by their hash; nothing else may load, run, be framed or be sent. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(documentStyle).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** JSON that cannot end the element it stands in: every character that could open or close markup is escaped. */
export const embeddedJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const themeNames = ['auto', 'light', 'dark'] as const;

/** Radio buttons that style sheets read directly, so that switching the theme needs no script. */
function themeSwitch(): Markup {
  const choices = themeNames.map((name) =>
    tag('input', { type: 'radio', name: 'theme', id: `theme-${name}`, class: 'hidden', checked: name === 'auto' }) +
    tag('label', { for: `theme-${name}` }, words(`${name.charAt(0).toUpperCase()}${name.slice(1)}`)));
  return tag('fieldset', { class: 'theme' }, tag('legend', { class: 'hidden' }, 'Colour theme'), ...choices);
}

function sectionMarkup(section: Section): Markup {
  return tag('section', { id: section.id, 'aria-labelledby': `${section.id}-title` },
    tag('h2', { id: `${section.id}-title` }, words(section.title)), section.about === undefined ? '' : paragraph(section.about, 'about'), section.body);
}

/** A complete document; every text is escaped here or was by the section that made it. */
export function document(title: string, sections: readonly Section[], options: DocumentOptions): string {
  const head = tag('head', {},
    tag('meta', { charset: 'utf-8' }), tag('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    tag('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }), tag('meta', { name: 'color-scheme', content: 'light dark' }),
    tag('meta', { name: 'generator', content: `Heliostat ${options.version}` }), tag('title', {}, words(`${title} · Heliostat`)), `<style>${documentStyle}</style>`);
  const top = tag('header', { class: 'top' },
    tag('div', {}, paragraph(options.eyebrow, 'eyebrow'), tag('h1', {}, words(title)), paragraph(options.lead, 'lead')), themeSwitch());
  const nav = tag(
    'nav', { 'aria-label': 'Sections' },
    tag('ol', {}, ...sections.map((section) => tag('li', {}, tag('a', { href: `#${section.id}` }, words(section.nav ?? section.title))))),
  );
  const data = options.data === undefined ? '' : `<script type="application/json" id="${options.data.id}">${embeddedJson(options.data.value)}</script>`;
  const footer = tag('footer', {},
    tag(
      'p', {}, words(`Made by Heliostat ${options.version} on `), tag('time', { datetime: options.generatedAt }, words(options.generatedAt)),
      ' with ', tag('code', {}, words(options.command)),
    ),
    options.data === undefined ? '' : tag(
      'p', {}, 'The whole result is kept in this file as JSON, in the script element with the id ', tag('code', {}, words(options.data.id)),
      '. This file runs no script and loads nothing.',
    ));
  const body = tag('body', {},
    tag('a', { class: 'skip', href: '#content' }, 'Skip to the content'),
    tag('div', { class: 'shell' }, top, nav, tag('main', { id: 'content' }, ...sections.map(sectionMarkup)), footer), data);
  return `<!doctype html>\n${tag('html', { lang: 'en' }, head, body)}\n`;
}
