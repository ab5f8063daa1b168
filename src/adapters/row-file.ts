/** A file of rows in the format that its name asks for: `.parquet` gives Parquet, anything else JSON Lines. */

import { openJsonLines } from './json-lines.ts';
import type { Row, RowColumn, RowFile } from './parquet-rows.ts';
import { openParquetRows } from './parquet-rows.ts';

/** Opens (and empties) the file. Throws the system's error when it cannot be written. */
export function openRowFile(path: string, columns: readonly RowColumn[]): RowFile {
  if (path.endsWith('.parquet')) return openParquetRows(path, columns);
  const lines = openJsonLines(path);
  return {
    write(row: Row) {
      lines.write(Object.fromEntries(columns.flatMap(({ name }) => (row[name] === undefined || row[name] === null ? [] : [[name, row[name]]]))));
    },
    close: () => lines.close(),
  };
}
