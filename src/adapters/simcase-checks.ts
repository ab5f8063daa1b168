/**
 * Checks what single fields cannot show: that paths join and that the order of flows has no cycle.
 *
 * Bounds: columns have one entry per flow; link ids are checked here before they are used as rows.
 */

import type { FlowColumns } from './simcase.ts';
import type { CaseReader } from './simcase-fields.ts';

interface Graph {
  readonly linkFrom: Int32Array;
  readonly linkTo: Int32Array;
}

/** Every path names links that lead, end to end, from the flow's source to its destination, each once. */
export function checkPaths(reader: CaseReader, columns: FlowColumns & Graph, place: string): void {
  const { pathOffset, pathLink, linkFrom, linkTo, flowFrom, flowTo } = columns;
  const linkCount = linkFrom.length;
  const seenBy = new Int32Array(linkCount).fill(-1);
  for (let flow = 0; flow < flowFrom.length && !reader.full; flow++) {
    const path = `${place}flows[${flow}].path`;
    const first = pathOffset[flow]!;
    const end = pathOffset[flow + 1]!;
    let at = flowFrom[flow]!;
    if (at < 0 || flowTo[flow]! < 0) continue;
    let sound = true;
    for (let hop = first; hop < end && sound; hop++) {
      const link = pathLink[hop]!;
      const spot = `${path}[${hop - first}]`;
      sound = false;
      if (link < 0 || link >= linkCount) reader.add('unknown-link', spot, 'No link has this id', `Write link ids from 0 to ${linkCount - 1}`, link < 0 ? undefined : link);
      else if (linkFrom[link] !== at) reader.add('path-does-not-join', spot, `Link ${link} does not start where the path has come to`, 'List the links in order from src to dst', link);
      else if (seenBy[link] === flow) reader.add('path-repeats-link', spot, `The path crosses link ${link} twice`, 'A flow crosses a link once', link);
      else {
        sound = true;
        seenBy[link] = flow;
        at = linkTo[link]!;
      }
    }
    if (!sound || at === flowTo[flow]) continue;
    if (first === end) reader.add('disconnected', path, 'This flow has no path from src to dst', 'List the links from src to dst');
    else reader.add('path-does-not-join', path, 'The path does not end at dst', 'List the links in order from src to dst', pathLink[end - 1]!);
  }
}

/** Every `after` names another flow, and no flow waits, directly or not, for itself. */
export function checkOrder(reader: CaseReader, columns: FlowColumns, place: string): void {
  const { afterOffset, afterFlow, flowFrom } = columns;
  const flowCount = flowFrom.length;
  let sound = true;
  for (let flow = 0; flow < flowCount && !reader.full; flow++) {
    for (let at = afterOffset[flow]!; at < afterOffset[flow + 1]!; at++) {
      const spot = `${place}flows[${flow}].after[${at - afterOffset[flow]!}]`;
      if (afterFlow[at]! < 0) reader.add('unknown-flow', spot, 'No flow has this id', `Write flow ids from 0 to ${flowCount - 1}`);
      else if (afterFlow[at] === flow) reader.add('cyclic-dependency', spot, `Flow ${flow} waits for itself`, 'Remove this entry');
      else continue;
      sound = false;
    }
  }
  if (sound && afterFlow.length > 0) reportCycle(reader, columns, place);
}

/** Depth-first search with an explicit stack; the first cycle found is written out. */
function reportCycle(reader: CaseReader, columns: FlowColumns, place: string): void {
  const { afterOffset, afterFlow, flowFrom } = columns;
  const mark = new Uint8Array(flowFrom.length);
  const cursor = afterOffset.slice();
  const stack: number[] = [];
  for (let root = 0; root < flowFrom.length; root++) {
    if (mark[root] !== 0) continue;
    stack.push(root);
    mark[root] = 1;
    while (stack.length > 0) {
      const flow = stack[stack.length - 1]!;
      if (cursor[flow]! >= afterOffset[flow + 1]!) {
        mark[flow] = 2;
        stack.pop();
        continue;
      }
      const earlier = afterFlow[cursor[flow]!++]!;
      if (mark[earlier] === 0) {
        mark[earlier] = 1;
        stack.push(earlier);
      } else if (mark[earlier] === 1) {
        const cycle = stack.slice(stack.indexOf(earlier));
        const shown = cycle.length > 8 ? [...cycle.slice(0, 7), '...'] : cycle;
        reader.add('cyclic-dependency', `${place}flows[${flow}].after`, `These ${cycle.length} flows wait for each other: ${[...shown, earlier].join(' -> ')}`, 'Remove one of these entries', earlier);
        return;
      }
    }
  }
}
