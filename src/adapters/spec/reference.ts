/** The reference of every field as Markdown, made from the same schema that checks the files. */

import type { JsonSchema } from './fields.ts';
import { flowText } from './flow-text.ts';
import { schemaFor } from './schemas.ts';
import { schemaKinds } from './spec.ts';

interface Row {
  readonly path: string;
  readonly takes: string;
  readonly fallback: string;
  readonly about: string;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Choices up to this many are listed in full. */
const choicesMax = 14;

/** What may be written, in a few words. */
function takes(schema: JsonSchema): string {
  const example: unknown = schema.examples?.[0];
  const shown = example === undefined ? '' : `, e.g. \`${flowText(example)}\``;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.length > choicesMax ? `one of ${schema.enum.length} names${shown}` : schema.enum.map((name) => `\`${String(name)}\``).join(', ');
  if (schema.pattern !== undefined) return `quantity${shown}`;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map(takes))].join('; or ');
  if (schema.type === 'integer') return `whole number, ${schema.minimum ?? 'any'} to ${schema.maximum ?? 'any'}${shown}`;
  if (schema.type === 'number') return `number, ${schema.exclusiveMinimum === undefined ? `${schema.minimum ?? 'any'} to` : `above ${schema.exclusiveMinimum}, up to`} ${schema.maximum ?? 'any'}${shown}`;
  if (schema.type === 'boolean') return '`true` or `false`';
  if (schema.type === 'array') return 'list';
  if (schema.type === 'object') return 'map';
  return `text${shown}`;
}

function fallback(schema: JsonSchema, required: boolean): string {
  if (required) return 'required';
  if (schema.default === undefined) return '';
  const text = flowText(schema.default);
  return text === '{}' ? 'as below' : `\`${text === '' ? "''" : text}\``;
}

/** Rows below a schema. A document inside a document is referred to by its own section; a figure is one row. */
function rowsBelow(schema: JsonSchema, path: string, isWhole: (schema: JsonSchema) => boolean): readonly Row[] {
  if (schema.pattern !== undefined || isFigure(schema)) return [];
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) {
    const kinds = alternatives.filter((option) => option.properties?.['kind']?.const !== undefined && !isWhole(option));
    // A fabric inside a fabric takes the fields that the outer one lists already.
    if (kinds.length > 1 && path.includes('(')) return [];
    return alternatives.flatMap((option) => {
      const kind = option.properties?.['kind']?.const;
      return isWhole(option) ? [] : rowsBelow(option, kinds.length > 1 ? `${path}(${String(kind)})` : path, isWhole);
    });
  }
  if (schema.items !== undefined) return rowsBelow(schema.items, `${path}[]`, isWhole);
  if (typeof schema.additionalProperties === 'object') {
    const { description = '' } = schema.additionalProperties;
    const at = `${path}.*`;
    return [{ path: at, takes: takes(schema.additionalProperties), fallback: '', about: description }, ...rowsBelow(schema.additionalProperties, at, isWhole)];
  }
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const row: Row = { path: at, takes: isFigure(property) ? figureTakes(property) : takes(property), fallback: fallback(property, schema.required?.includes(key) === true), about: property.description ?? '' };
    return [row, ...rowsBelow(property, at, isWhole)];
  });
}

/** A quantity that may carry evidence and source. */
const isFigure = (schema: JsonSchema): boolean =>
  schema.anyOf?.length === 2 && schema.anyOf[0]?.pattern !== undefined && schema.anyOf[1]?.properties?.['source'] !== undefined;

const figureTakes = (schema: JsonSchema): string => `figure, e.g. \`${flowText(schema.examples?.[0])}\``;

/** The fields of each kind of spec, one table per kind. */
export function specReferenceMarkdown(): string {
  const titles = new Set(schemaKinds.map((kind) => schemaFor(kind).title));
  const isWhole = (schema: JsonSchema): boolean => schema.title !== undefined && titles.has(schema.title);
  const sections = schemaKinds.map((kind) => {
    const schema = schemaFor(kind);
    const rows = rowsBelow(schema, '', isWhole);
    const lines = rows.map((row) => `| \`${row.path}\` | ${cell(row.takes)} | ${cell(row.fallback)} | ${cell(row.about)} |`);
    return `## ${kind}\n\n${schema.description ?? ''}\n\n| Field | Takes | Default | Meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  return sections.join('\n');
}
