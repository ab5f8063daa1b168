/** The operator's guide with its runbook as the documents have it, built into the application so that it can be read when nothing else can be reached. */

import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { linkTo } from '../shell/route.ts';

const documents = import.meta.glob('../../../docs/operator.md', { query: '?raw', eager: true, import: 'default' });
const runbook = Object.values(documents)[0] ?? '';

type Block = { readonly kind: 'heading'; readonly level: number; readonly text: string } | { readonly kind: 'list'; readonly isNumbered: boolean;
  readonly items: readonly string[] } | { readonly kind: 'table'; readonly rows: readonly (readonly string[])[] } | { readonly kind: 'code';
  readonly text: string } | { readonly kind: 'text'; readonly text: string };

/** As Markdown sites make anchors of headings. */
const anchorOf = (heading: string): string => heading.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s+/g, '-');

function blocksOf(text: string): readonly Block[] {
  const chunks = text.split(/(```[^\n]*\n[\s\S]*?```)|\n{2,}/).filter((chunk) => chunk !== undefined && chunk.trim() !== '');
  return chunks.map((chunk): Block => {
    const heading = /^(#{1,4})\s+(.*)$/.exec(chunk.trim());
    if (heading !== null) return { kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' };
    if (chunk.startsWith('```')) return { kind: 'code', text: chunk.replace(/^```[^\n]*\n|```$/g, '') };
    if (chunk.trim().startsWith('|')) return { kind: 'table', rows: chunk.trim().split('\n').filter((line) => !/^[|\s:-]+$/.test(line)).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())) };
    const lines = chunk.trim().split(/\n(?=\s*(?:[-*]|\d+\.)\s)/);
    if (lines.every((line) => /^\s*(?:[-*]|\d+\.)\s/.test(line))) return { kind: 'list', isNumbered: /^\s*\d/.test(chunk), items: lines.map((line) => line.replace(/^\s*(?:[-*]|\d+\.)\s+/, '')) };
    return { kind: 'text', text: chunk.trim() };
  });
}

/** Code, emphasis and links within a line. */
function Inline({ text }: { readonly text: string }): ReactNode {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*|\[[^\]]+\]\([^)]*\))/).map((part, at) => {
    if (part.startsWith('`')) return <code key={at} className="mono">{part.slice(1, -1)}</code>;
    if (part.startsWith('**')) return <strong key={at}>{part.slice(2, -2)}</strong>;
    if (part.startsWith('*') && part.length > 1) return <em key={at}>{part.slice(1, -1)}</em>;
    const link = /^\[([^\]]+)\]\((#?)([^)]*)\)$/.exec(part);
    // Within the runbook a link leads on; to other documents, which this page does not carry, it keeps its words.
    if (link !== null) return link[2] === '#' ? <a key={at} href={linkTo('runbook', link[3] ?? '')}>{link[1]}</a> : link[1];
    return part;
  });
}

function Shown({ block }: { readonly block: Block }): ReactNode {
  if (block.kind === 'heading') {
    const id = anchorOf(block.text);
    return block.level <= 2 ? <h2 id={id} tabIndex={-1}>{block.text}</h2> : <h3 id={id} tabIndex={-1}>{block.text}</h3>;
  }
  if (block.kind === 'code') return <pre className="mono" tabIndex={0}>{block.text}</pre>;
  if (block.kind === 'list') {
    const items = block.items.map((item) => <li key={item}><Inline text={item} /></li>);
    return block.isNumbered ? <ol>{items}</ol> : <ul>{items}</ul>;
  }
  if (block.kind === 'table') {
    const [head = [], ...rows] = block.rows;
    return (
      <table className="small">
        <thead><tr>{head.map((cell) => <th key={cell} scope="col">{cell}</th>)}</tr></thead>
        <tbody>{rows.map((row) => <tr key={row.join()}>{row.map((cell, at) => <td key={at}><Inline text={cell} /></td>)}</tr>)}</tbody>
      </table>
    );
  }
  return <p><Inline text={block.text} /></p>;
}

const blocks = blocksOf(runbook);

/** What the runbook says under a heading, without the heading; `null` where it has no such section. */
function sectionOf(anchor: string): readonly Block[] | null {
  const at = blocks.findIndex((block) => block.kind === 'heading' && anchorOf(block.text) === anchor);
  if (at < 0) return null;
  const end = blocks.findIndex(({ kind }, row) => row > at && kind === 'heading');
  return blocks.slice(at + 1, end < 0 ? undefined : end);
}

/** One section of the runbook where it is needed: beside the alarm that it is about. */
export function RunbookSection({ anchor }: { readonly anchor: string }): ReactNode {
  const section = sectionOf(anchor);
  if (section === null) return <p className="dim">The runbook has no section {anchor}.</p>;
  return <div className="prose runbook-section">{section.map((block, at) => <Shown key={at} block={block} />)}</div>;
}

/** Sections of the runbook proper, after the guide: what the list at the side leads to. */
const contents = blocks.flatMap((block) => (block.kind === 'heading' && block.level >= 2 ? [{ level: block.level, text: block.text, anchor: anchorOf(block.text) }] : []));

export function RunbookView({ words }: { readonly words: readonly string[] }): ReactNode {
  const wanted = words[0] ?? '';
  const title = contents.find(({ anchor }) => anchor === wanted)?.text ?? null;
  useEffect(() => {
    if (wanted === '') return;
    const heading = document.getElementById(wanted);
    heading?.scrollIntoView({ block: 'start' });
    heading?.focus();
  }, [wanted]);
  return (
    <div className="sheet">
      <header><h1>Runbook</h1><p className="lead">What each alarm means and what to do about it{title === null ? '' : `; here: ${title}`}. Built into this page, so it is here when nothing else is.</p></header>
      {runbook === '' ? <p className="panel dim">This build carries no runbook; it is docs/operator.md of the project.</p> : (
        <div className="split runbook">
          <article className="panel prose">{blocks.filter(({ kind }, at) => !(at === 0 && kind === 'heading')).map((block, at) => <Shown key={at} block={block} />)}</article>
          <nav className="panel runbook-contents" aria-label="Sections of the runbook">
            <ul className="plain-list small">{contents.map(({ level, text, anchor }) => <li key={anchor} className={level > 2 ? 'deeper' : 'strong'}>
              <a href={linkTo('runbook', anchor)} aria-current={anchor === wanted ? 'location' : undefined}>{text}</a></li>)}</ul>
          </nav>
        </div>
      )}
    </div>
  );
}
