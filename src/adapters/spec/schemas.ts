/** The JSON Schema of each kind of spec, made once from its shape. */

import type { z } from 'zod';
import { clusterShape } from './cluster-shape.ts';
import type { JsonSchema } from './fields.ts';
import { inputSchema } from './fields.ts';
import { policyShape } from './policy-shape.ts';
import type { SchemaKind } from './spec.ts';
import { studyShape } from './study-shape.ts';
import { timelineShape } from './timeline-shape.ts';
import { workloadShape } from './workload-shape.ts';

const shapes: Readonly<Record<SchemaKind, z.ZodType>> = { Cluster: clusterShape, Workload: workloadShape, Study: studyShape, Timeline: timelineShape, Policy: policyShape };
const made = new Map<SchemaKind, JsonSchema>();

/** JSON Schema (draft 2020-12) of a kind of file as an author writes it, for editors and for `explain-spec`. */
export function schemaFor(kind: SchemaKind): JsonSchema {
  let schema = made.get(kind);
  if (schema === undefined) made.set(kind, (schema = inputSchema(shapes[kind])));
  return schema;
}
