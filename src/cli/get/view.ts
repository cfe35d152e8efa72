import type { ObjectReader } from '../cluster-reader.ts';
import type { Column } from './table.ts';

/** One thing that `tmesh get` shows. Rows are plain JSON: what `-o json` prints, and scripts rely on. */
export interface View<Row> {
  readonly columns: readonly Column<Row>[];
  /** Rows in a stable order. In: a reader, and a namespace; undefined: all. */
  readonly read: (reader: ObjectReader, namespace: string | undefined) => Promise<readonly Row[]>;
}
