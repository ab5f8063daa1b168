/**
 * Writes rows as a Parquet file, group by group, so that memory holds one group whatever the length of the run.
 *
 * A Parquet file is readable from the moment its footer is written: `close` must be called, at an interrupt too, and the file then
 * holds every row written up to that moment. A file whose process was killed has no footer; JSON Lines survive that.
 */

import type { SchemaElement } from 'hyparquet-writer';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';

/** What a column holds; every column may be empty in a row. */
export interface RowColumn {
  readonly name: string;
  readonly type: 'text' | 'number' | 'whole';
}

export type Row = Readonly<Record<string, string | number | null | undefined>>;

export interface RowFile {
  write(row: Row): void;
  /** Writes what is gathered and closes the file. */
  close(): void;
}

/** Rows of one group: some megabytes, enough for columns to pack well. */
export const groupRowsMax = 65_536;

const elementOf = ({ name, type }: RowColumn): SchemaElement =>
  type === 'text' ? { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' } : { name, type: type === 'whole' ? 'INT32' : 'DOUBLE', repetition_type: 'OPTIONAL' };

/** Opens (and empties) the file. Throws the system's error when it cannot be written. */
export function openParquetRows(path: string, columns: readonly RowColumn[]): RowFile {
  const schema: SchemaElement[] = [{ name: 'root', num_children: columns.length }, ...columns.map(elementOf)];
  const writer = new ParquetWriter({ writer: fileWriter(path), schema, createdBy: 'heliostat' });
  let gathered: (string | number | null)[][] = columns.map(() => []);
  let rows = 0;
  const flush = (): void => {
    if (rows === 0) return;
    // A file writer is synchronous, so nothing is left pending.
    void writer.write({ columnData: columns.map(({ name }, column) => ({ name, data: gathered[column] ?? [] })), rowGroupSize: rows });
    gathered = columns.map(() => []);
    rows = 0;
  };
  return {
    write(row) {
      columns.forEach(({ name }, column) => void gathered[column]?.push(row[name] ?? null));
      rows++;
      if (rows >= groupRowsMax) flush();
    },
    close() {
      flush();
      void writer.finish();
    },
  };
}
