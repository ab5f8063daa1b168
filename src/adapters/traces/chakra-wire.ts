/**
 * Reads Chakra execution traces in protobuf (`.et`): a length-delimited GlobalMetadata, then length-delimited nodes.
 *
 * Field numbers are those of et_def.proto, package ChakraProtoMsg (mlcommons/chakra 21585d8, schema/protobuf). proto3 leaves
 * out zeros, so an absent id is 0 and an absent collective type is all-reduce only where the attribute itself is there.
 */

import type { Parsed } from '../../base/issue.ts';
import type { ChakraDraft, ChakraTable, ChakraTableWriter } from './chakra-table.ts';
import { createChakraTable } from './chakra-table.ts';
import type { TraceFile } from './trace-file.ts';
import { TraceIssues, traceDependenciesMax, traceNodesMax } from './trace-file.ts';
import { WireReader, wireFaultTexts } from './wire.ts';

const nodeFields = { id: 1, name: 2, type: 3, controlDeps: 4, dataDeps: 5, durationUs: 7, attribute: 10 } as const;

const text = new TextDecoder();

/** The numeric value of an attribute, whatever its declared type; NaN for lists and texts. */
function numberOf(attribute: WireReader, view: DataView): number {
  switch (attribute.field) {
    case 3: return attribute.wireType === 1 ? view.getFloat64(attribute.from, true) : NaN;
    case 5: return attribute.wireType === 5 ? view.getFloat32(attribute.from, true) : NaN;
    case 7: case 9: return attribute.wireType === 0 ? attribute.signed : NaN;
    case 11: case 13: case 27: return attribute.wireType === 0 ? attribute.unsigned : NaN;
    case 15: case 17: return attribute.wireType === 0 ? attribute.zigzag : NaN;
    case 19: return attribute.wireType === 5 ? view.getUint32(attribute.from, true) : NaN;
    case 23: return attribute.wireType === 5 ? view.getInt32(attribute.from, true) : NaN;
    case 21: return attribute.wireType === 1 ? Number(view.getBigUint64(attribute.from, true)) : NaN;
    case 25: return attribute.wireType === 1 ? Number(view.getBigInt64(attribute.from, true)) : NaN;
    default: return NaN;
  }
}

/** Lays an attribute's value under the name it has; names that say nothing about work or traffic are passed over. */
function setAttribute(draft: ChakraDraft, name: string, value: number): void {
  switch (name) {
    case 'is_cpu_op': draft.isCpu = value; break;
    case 'tid': draft.thread = value; break;
    case 'comm_type': draft.commType = value; break;
    case 'comm_size': draft.commBytes = value; break;
    case 'comm_src': draft.source = value; break;
    case 'comm_dst': draft.target = value; break;
    case 'comm_tag': draft.tag = value; break;
  }
}

const groupNames = new Set(['pg_name', 'comm_group', 'process_group']);
const boolListField = 28;
const stringField = 29;

class ChakraScanner {
  readonly reader: WireReader;
  /** Reads inside one attribute or packed list. */
  readonly inner: WireReader;
  readonly view: DataView;
  readonly table: ChakraTableWriter;

  constructor(file: TraceFile) {
    this.reader = new WireReader(file.bytes);
    this.inner = new WireReader(file.bytes);
    this.view = new DataView(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
    this.table = createChakraTable(file.name);
  }

  private enter(from: number, to: number): WireReader {
    this.inner.pos = from;
    this.inner.end = to;
    return this.inner;
  }

  private readText(from: number, to: number): string {
    return text.decode(this.reader.bytes.subarray(from, to));
  }

  private readAttribute(draft: ChakraDraft, from: number, to: number): void {
    const { inner } = this;
    let name = '';
    this.enter(from, to);
    while (inner.next()) if (inner.field === 1 && inner.wireType === 2) name = this.readText(inner.from, inner.to);
    if (inner.fault !== null) return;
    this.enter(from, to);
    // An oneof set to its zero is still written, so a value that is absent was never set.
    while (inner.next()) {
      if (inner.field <= 2) continue;
      if (inner.field === stringField && inner.wireType === 2 && groupNames.has(name)) draft.group = this.readText(inner.from, inner.to);
      else if (inner.field === boolListField && inner.wireType === 2 && name === 'involved_dim') draft.partialDimensions = this.reader.bytes.subarray(inner.from, inner.to).includes(0);
      else setAttribute(draft, name, numberOf(inner, this.view));
    }
  }

  private readDependencies(add: (id: number) => void): void {
    const { reader, inner } = this;
    if (reader.wireType === 0) add(reader.unsigned);
    if (reader.wireType !== 2) return;
    this.enter(reader.from, reader.to);
    while (inner.pos < inner.end && inner.varint()) add(inner.unsigned);
  }

  /** One node message; the reader stands at its first field. False at a fault. */
  readNode(place: number): boolean {
    const { reader, inner, table } = this;
    const draft = table.begin();
    while (reader.next()) {
      if (reader.field === nodeFields.id && reader.wireType === 0) draft.id = reader.unsigned;
      else if (reader.field === nodeFields.name && reader.wireType === 2) draft.name = this.readText(reader.from, reader.to);
      else if (reader.field === nodeFields.type && reader.wireType === 0) draft.type = Math.min(255, reader.unsigned);
      else if (reader.field === nodeFields.durationUs && reader.wireType === 0) draft.durationUs = reader.unsigned;
      else if (reader.field === nodeFields.controlDeps) this.readDependencies(table.addControl);
      else if (reader.field === nodeFields.dataDeps) this.readDependencies(table.addData);
      else if (reader.field === nodeFields.attribute && reader.wireType === 2) this.readAttribute(draft, reader.from, reader.to);
      if (inner.fault !== null) return reader.fail(inner.fault, inner.faultAt);
    }
    if (reader.fault !== null) return false;
    table.end(place);
    return true;
  }
}

/** Every node of a file, or the byte at which it stops being one. A file of metadata alone is a rank without work. */
export function scanChakra(file: TraceFile): Parsed<ChakraTable> {
  const issues = new TraceIssues(file.name, { kind: 'byte' });
  const scanner = new ChakraScanner(file);
  const { reader, table } = scanner;
  const { length } = file.bytes;
  const remedy = 'Give the whole file as the tracer wrote it';
  if (length === 0) issues.add('empty-trace', 0, { message: 'This file is empty', remedy });
  for (let place = 0, message = 0; reader.pos < length && issues.issues.length === 0; message++) {
    place = reader.pos;
    reader.end = length;
    if (!reader.varint()) break;
    const size = reader.unsigned;
    if (size > length - reader.pos) {
      issues.add('truncated', place, { message: `A message of ${size} bytes starts here and the file has ${length - reader.pos} left`, remedy, value: size });
      break;
    }
    const end = reader.pos + size;
    reader.end = end;
    // The first message is the file's own metadata. It is walked so that a file of another format is found out here.
    if (message === 0) while (reader.next());
    else scanner.readNode(place);
    if (reader.fault !== null) break;
    reader.pos = end;
    if (table.nodeCount > traceNodesMax) issues.add('too-many-nodes', place, { message: `This file has more than ${traceNodesMax} nodes`, remedy: 'Cut the trace to fewer steps' });
    if (table.dependencies > traceDependenciesMax) issues.add('too-many-dependencies', place, { message: `This file has more than ${traceDependenciesMax} dependencies`, remedy: 'Cut the trace to fewer steps' });
  }
  if (reader.fault !== null) issues.add(reader.fault, reader.faultAt, { message: wireFaultTexts[reader.fault], remedy });
  return issues.finish(table.finish(NaN));
}
