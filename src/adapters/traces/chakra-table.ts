/** The nodes of one Chakra file as columns, whether they came as protobuf or as JSON. */

import { growingBytes, growingFloats, growingInts } from '../../base/growing.ts';

/** NodeType of et_def.proto. */
export const chakraTypes = { invalid: 0, metadata: 1, memoryLoad: 2, memoryStore: 3, compute: 4, send: 5, receive: 6, collective: 7 } as const;

/** One row per node in file order; absent numbers are NaN. */
export interface ChakraTable {
  readonly file: string;
  readonly nodeCount: number;
  readonly id: Float64Array;
  readonly place: Float64Array;
  readonly type: Uint8Array;
  /** Index into `names`. */
  readonly name: Int32Array;
  readonly durationUs: Float64Array;
  /** 1 on the host, 0 on the accelerator, NaN where the trace does not say. */
  readonly isCpu: Float64Array;
  readonly thread: Float64Array;
  readonly commType: Float64Array;
  readonly commBytes: Float64Array;
  readonly source: Float64Array;
  readonly target: Float64Array;
  readonly tag: Float64Array;
  /** Index into `names` of the process group, -1 where none is named. */
  readonly group: Int32Array;
  /** Node n waits for ids dataId[dataOffset[n] .. dataOffset[n + 1]); likewise control dependencies. */
  readonly dataOffset: Int32Array;
  readonly dataId: Float64Array;
  readonly controlOffset: Int32Array;
  readonly controlId: Float64Array;
  readonly names: readonly string[];
  /** Ranks that the file itself states, NaN without. */
  readonly statedRanks: number;
  /** Collectives that select dimensions of a logical topology, not all of them. */
  readonly partialDimensions: number;
}

/** A node while its fields are read, in any order. */
export interface ChakraDraft {
  id: number;
  type: number;
  name: string;
  durationUs: number;
  isCpu: number;
  thread: number;
  commType: number;
  commBytes: number;
  source: number;
  target: number;
  tag: number;
  group: string | null;
  partialDimensions: boolean;
}

export interface ChakraTableWriter {
  readonly nodeCount: number;
  readonly dependencies: number;
  /** Empties the draft and returns it: fill it in, add dependencies, then `end`. */
  begin(): ChakraDraft;
  addData(id: number): void;
  addControl(id: number): void;
  end(place: number): void;
  finish(statedRanks: number): ChakraTable;
}

export function createChakraTable(file: string): ChakraTableWriter {
  const id = growingFloats();
  const place = growingFloats();
  const type = growingBytes();
  const name = growingInts();
  const durationUs = growingFloats();
  const numbers = { isCpu: growingFloats(), thread: growingFloats(), commType: growingFloats(), commBytes: growingFloats(), source: growingFloats(), target: growingFloats(), tag: growingFloats() };
  const group = growingInts();
  const dataOffset = growingInts();
  const dataId = growingFloats();
  const controlOffset = growingInts();
  const controlId = growingFloats();
  dataOffset.push(0);
  controlOffset.push(0);
  const names: string[] = [];
  const nameRows = new Map<string, number>();
  let partialDimensions = 0;
  const intern = (text: string): number => {
    let row = nameRows.get(text);
    if (row === undefined) {
      nameRows.set(text, row = names.length);
      names.push(text);
    }
    return row;
  };
  const draft: ChakraDraft = { id: 0, type: 0, name: '', durationUs: 0, isCpu: NaN, thread: NaN, commType: NaN, commBytes: NaN, source: NaN, target: NaN, tag: 0, group: null, partialDimensions: false };
  return {
    get nodeCount() { return id.length; },
    get dependencies() { return dataId.length + controlId.length; },
    begin: () => Object.assign(draft, { id: 0, type: 0, name: '', durationUs: 0, isCpu: NaN, thread: NaN, commType: NaN, commBytes: NaN, source: NaN, target: NaN, tag: 0, group: null, partialDimensions: false }),
    addData: (waitsFor) => dataId.push(waitsFor),
    addControl: (waitsFor) => controlId.push(waitsFor),
    end(at) {
      id.push(draft.id);
      place.push(at);
      type.push(draft.type);
      name.push(intern(draft.name));
      durationUs.push(draft.durationUs);
      numbers.isCpu.push(draft.isCpu);
      numbers.thread.push(draft.thread);
      numbers.commType.push(draft.commType);
      numbers.commBytes.push(draft.commBytes);
      numbers.source.push(draft.source);
      numbers.target.push(draft.target);
      numbers.tag.push(draft.tag);
      group.push(draft.group === null ? -1 : intern(draft.group));
      dataOffset.push(dataId.length);
      controlOffset.push(controlId.length);
      if (draft.partialDimensions) partialDimensions += 1;
    },
    finish: (statedRanks) => ({
      file, nodeCount: id.length, id: id.finish(), place: place.finish(), type: type.finish(), name: name.finish(), durationUs: durationUs.finish(),
      isCpu: numbers.isCpu.finish(), thread: numbers.thread.finish(), commType: numbers.commType.finish(), commBytes: numbers.commBytes.finish(),
      source: numbers.source.finish(), target: numbers.target.finish(), tag: numbers.tag.finish(), group: group.finish(),
      dataOffset: dataOffset.finish(), dataId: dataId.finish(), controlOffset: controlOffset.finish(), controlId: controlId.finish(),
      names, statedRanks, partialDimensions,
    }),
  };
}
