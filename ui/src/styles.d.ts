/** What the bundler does with imports that are no code: style sheets beside the script, documents as text. */

declare module '*.css';

interface ImportMeta {
  readonly glob: (pattern: string, options: { readonly query: '?raw'; readonly eager: true; readonly import: 'default' }) => Readonly<Record<string, string>>;
}
