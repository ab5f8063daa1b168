/** The operator's guide with its runbook as the documents have it, built into the application so that it can be read when nothing else can be reached. */

import { useEffect } from 'react';
import type { ReactNode } from 'react';

const documents = import.meta.glob('../../../docs/operator.md', { query: '?raw', eager: true, import: 'default' });
const runbook = Object.values(documents)[0] ?? '';

type Block = { readonly kind: 'heading'; readonly level: number; readonly text: string } | { readonly kind: 'list'; readonly items: readonly string[] } | { readonly kind: 'code';
  readonly text: string } | { readonly kind: 'text'; readonly text: string };

/** As Markdown sites make anchors of headings. */
const anchorOf = (heading: string): string => heading.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s+/g, '-');

function blocksOf(text: string): readonly Block[] {
  const chunks = text.split(/(```[^\n]*\n[\s\S]*?```)|\n{2,}/).filter((chunk) => chunk !== undefined && chunk.trim() !== '');
  return chunks.map((chunk): Block => {
    const heading = /^(#{1,4})\s+(.*)$/.exec(chunk.trim());
    if (heading !== null) return { kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' };
    if (chunk.startsWith('```')) return { kind: 'code', text: chunk.replace(/^```[^\n]*\n|```$/g, '') };
    const lines = chunk.trim().split(/\n(?=\s*(?:[-*]|\d+\.)\s)/);
    if (lines.every((line) => /^\s*(?:[-*]|\d+\.)\s/.test(line))) return { kind: 'list', items: lines.map((line) => line.replace(/^\s*(?:[-*]|\d+\.)\s+/, '')) };
    return { kind: 'text', text: chunk.trim() };
  });
}

/** Code and emphasis within a line; links keep their words. */
function Inline({ text }: { readonly text: string }): ReactNode {
  const plain = text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1');
  return plain.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, at) => {
    if (part.startsWith('`')) return <code key={at} className="mono">{part.slice(1, -1)}</code>;
    return part.startsWith('**') ? <strong key={at}>{part.slice(2, -2)}</strong> : part;
  });
}

function Shown({ block }: { readonly block: Block }): ReactNode {
  if (block.kind === 'heading') {
    const id = anchorOf(block.text);
    return block.level <= 2 ? <h2 id={id} tabIndex={-1}>{block.text}</h2> : <h3 id={id} tabIndex={-1}>{block.text}</h3>;
  }
  if (block.kind === 'code') return <pre className="mono" tabIndex={0}>{block.text}</pre>;
  if (block.kind === 'list') return <ul>{block.items.map((item) => <li key={item}><Inline text={item} /></li>)}</ul>;
  return <p><Inline text={block.text} /></p>;
}

export function RunbookView({ words }: { readonly words: readonly string[] }): ReactNode {
  const wanted = words[0] ?? '';
  useEffect(() => {
    const heading = document.getElementById(wanted);
    heading?.scrollIntoView({ block: 'start' });
    heading?.focus();
  }, [wanted]);
  return (
    <div className="sheet">
      <header><h1>Runbook</h1><p className="lead">What to do about each alarm{wanted === '' ? '' : `, here ${wanted}`}.</p></header>
      <article className="panel prose">
        {runbook === '' ? <p className="dim">This build carries no runbook; it is docs/operator.md of the project.</p> : blocksOf(runbook).filter(({ kind },
          at) => !(at === 0 && kind === 'heading')).map((block, at) => <Shown key={at} block={block} />)}
      </article>
    </div>
  );
}
