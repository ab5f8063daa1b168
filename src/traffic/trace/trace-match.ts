/** Finds who meets whom in a trace: the ranks of each collective, the receive of each message, and whether it can all run. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { growingInts } from '../../base/growing.ts';
import type { TraceGraph } from './trace-graph.ts';
import { groupSize, nodePlace, nodeTitle, programOf, traceNodeKinds } from './trace-graph.ts';
import { findCycle, groupWaits } from './waits.ts';

export interface TraceMatches {
  /** One meeting is one execution of a collective by one group (by all groups of a family). */
  readonly meetingCount: number;
  /** Meeting of a collective node, -1 for others. */
  readonly nodeMeeting: Int32Array;
  /** First node of each meeting: its operation, size and group are those of the meeting. */
  readonly meetingNode: Int32Array;
  /** Send node that a receive node waits for, -1 for others. */
  readonly receiveSend: Int32Array;
}

/** Issues listed before matching stops: enough to mend a trace, few enough to read. */
export const matchIssuesMax = 20;

const kindRow = (kind: (typeof traceNodeKinds)[number]): number => traceNodeKinds.indexOf(kind);

interface Meetings { readonly nodeMeeting: Int32Array; readonly meetingNode: Int32Array; readonly memberCount: Int32Array }

function notInGroup(graph: TraceGraph, node: number, program: number, ranks: Int32Array): Issue {
  return {
    code: 'not-in-group', ...nodePlace(graph, node), message: `Rank ${program} runs "${nodeTitle(graph, node)}" in a group it is not in`,
    remedy: 'Give the ranks of the group as they were when the trace was recorded', value: ranks.slice(0, 8).join(', '),
  };
}

/** What keeps two ranks from running the same collective together, or `null`. */
function disagreement(graph: TraceGraph, first: number, node: number): Issue | null {
  if (graph.nodeOp[first] === graph.nodeOp[node] && graph.nodeBits[first] === graph.nodeBits[node]) return null;
  const what = (row: number): string => `rank ${programOf(graph, row)} runs "${nodeTitle(graph, row)}" of ${(graph.nodeBits[row] ?? 0) / 8} bytes`;
  return {
    code: 'ranks-disagree', ...nodePlace(graph, node), message: `The same execution differs in operation or size: ${what(first)}, ${what(node)}`,
    remedy: 'Give traces of the same run and step, cut at the same place on every rank', value: `${(graph.nodeBits[node] ?? 0) / 8} bytes`,
  };
}

/** The k-th collective of a group on one rank meets the k-th on every other rank of the group, as communicators do. */
function meet(graph: TraceGraph, issues: Issue[]): Meetings {
  const nodeMeeting = new Int32Array(graph.nodeCount).fill(-1);
  const meetingNode = growingInts();
  const memberCount = growingInts();
  const groupMeetings = graph.groups.map((): number[] => []);
  for (let program = 0; program < graph.programCount && issues.length < matchIssuesMax; program++) {
    const executed = new Map<number, number>();
    for (let node = graph.programNode[program] ?? 0; node < (graph.programNode[program + 1] ?? 0) && issues.length < matchIssuesMax; node++) {
      if (graph.nodeKind[node] !== kindRow('collective')) continue;
      const groupRow = graph.nodeGroup[node] ?? 0;
      const group = graph.groups[groupRow];
      const meetings = groupMeetings[groupRow];
      if (group === undefined || meetings === undefined) continue;
      const turn = executed.get(groupRow) ?? 0;
      executed.set(groupRow, turn + 1);
      if (turn === 0 && group.kind === 'ranks' && !graph.folded && !group.ranks.includes(program)) {
        issues.push(notInGroup(graph, node, program, group.ranks));
        continue;
      }
      let meeting = meetings[turn];
      if (meeting === undefined) {
        meeting = meetingNode.length;
        meetings.push(meeting);
        meetingNode.push(node);
        memberCount.push(0);
      }
      nodeMeeting[node] = meeting;
      memberCount.set(meeting, memberCount.at(meeting) + 1);
      const issue = disagreement(graph, meetingNode.at(meeting), node);
      if (issue !== null) issues.push(issue);
    }
  }
  return { nodeMeeting, meetingNode: meetingNode.finish(), memberCount: memberCount.finish() };
}

function checkAttendance(graph: TraceGraph, meetings: Meetings, issues: Issue[]): void {
  if (graph.folded) return;
  for (let meeting = 0; meeting < meetings.memberCount.length && issues.length < matchIssuesMax; meeting++) {
    const node = meetings.meetingNode[meeting] ?? 0;
    const group = graph.groups[graph.nodeGroup[node] ?? 0];
    const present = meetings.memberCount[meeting] ?? 0;
    if (group === undefined || present === groupSize(group)) continue;
    issues.push({
      code: 'missing-ranks', ...nodePlace(graph, node), value: `${present} of ${groupSize(group)} ranks`, message: `"${nodeTitle(graph, node)}" never has all its ranks`,
      remedy: 'Give the trace of every rank of the group, cut at the same place, or the trace of one rank alone, which then stands for all',
    });
  }
}

/** The k-th send from one rank to another with a tag meets the k-th receive there, as MPI and NCCL order messages. */
function pairMessages(graph: TraceGraph, issues: Issue[]): Int32Array {
  const receiveSend = new Int32Array(graph.nodeCount).fill(-1);
  const sent = new Map<string, { readonly nodes: number[]; taken: number }>();
  const key = (from: number, to: number, node: number): string => `${from} ${to} ${graph.nodeTag[node] ?? 0}`;
  for (let program = 0; program < graph.programCount; program++) {
    for (let node = graph.programNode[program] ?? 0; node < (graph.programNode[program + 1] ?? 0); node++) {
      if (graph.nodeKind[node] !== kindRow('send')) continue;
      const channel = key(program, graph.nodePeer[node] ?? -1, node);
      const queue = sent.get(channel);
      if (queue === undefined) sent.set(channel, { nodes: [node], taken: 0 });
      else queue.nodes.push(node);
    }
  }
  const alone = (node: number, what: string): void => {
    if (issues.length < matchIssuesMax) issues.push({
      code: 'unmatched-message', ...nodePlace(graph, node), message: `"${nodeTitle(graph, node)}" on rank ${programOf(graph, node)} ${what}`,
      remedy: 'Give the traces of both ranks, with equal tags and counts of messages', value: `peer ${graph.nodePeer[node] ?? -1}, tag ${graph.nodeTag[node] ?? 0}`,
    });
  };
  for (let program = 0; program < graph.programCount; program++) {
    for (let node = graph.programNode[program] ?? 0; node < (graph.programNode[program + 1] ?? 0); node++) {
      if (graph.nodeKind[node] !== kindRow('receive')) continue;
      const queue = sent.get(key(graph.nodePeer[node] ?? -1, program, node));
      const send = queue?.nodes[queue.taken];
      if (queue === undefined || send === undefined) {
        alone(node, 'waits for a message that is never sent');
        continue;
      }
      queue.taken += 1;
      receiveSend[node] = send;
      if (graph.nodeBits[send] !== graph.nodeBits[node] && issues.length < matchIssuesMax) {
        issues.push({
          code: 'ranks-disagree', ...nodePlace(graph, node),
          message: `The message is ${(graph.nodeBits[send] ?? 0) / 8} bytes where rank ${programOf(graph, send)} sends it and another size where rank ${program} receives it`,
          remedy: 'Give both the same size', value: `${(graph.nodeBits[node] ?? 0) / 8} bytes`,
        });
      }
    }
  }
  for (const queue of sent.values()) for (const node of queue.nodes.slice(queue.taken)) alone(node, 'sends a message that is never received');
  return receiveSend;
}

/** Ranks that wait for one another in a ring: all nodes of a meeting are one item, and a receive waits for its send. */
function findDeadlock(graph: TraceGraph, matches: TraceMatches): readonly number[] | null {
  const item = (node: number): number => {
    const meeting = matches.nodeMeeting[node] ?? -1;
    return meeting < 0 ? node : (matches.meetingNode[meeting] ?? node);
  };
  const waiting = growingInts();
  const earlier = growingInts();
  for (let node = 0; node < graph.nodeCount; node++) {
    for (let at = graph.afterOffset[node] ?? 0; at < (graph.afterOffset[node + 1] ?? 0); at++) {
      waiting.push(item(node));
      earlier.push(item(graph.afterNode[at] ?? 0));
    }
    const send = matches.receiveSend[node] ?? -1;
    if (send < 0) continue;
    waiting.push(node);
    earlier.push(send);
  }
  return findCycle(groupWaits(graph.nodeCount, waiting.finish(), earlier.finish()));
}

/** Everything that keeps a trace from running is an issue: missing ranks, ranks that disagree, lone messages, cycles. */
export function matchTrace(graph: TraceGraph): Parsed<TraceMatches> {
  const issues: Issue[] = [];
  const meetings = meet(graph, issues);
  checkAttendance(graph, meetings, issues);
  const receiveSend = pairMessages(graph, issues);
  const matches: TraceMatches = { meetingCount: meetings.meetingNode.length, nodeMeeting: meetings.nodeMeeting, meetingNode: meetings.meetingNode, receiveSend };
  if (issues.length > 0) return { ok: false, issues };
  const cycle = findDeadlock(graph, matches);
  const [first] = cycle ?? [];
  if (cycle === null || first === undefined) return parsed(matches);
  const named = cycle.map((node) => `"${nodeTitle(graph, node)}" on rank ${programOf(graph, node)} (${Object.values(nodePlace(graph, node)).join(', ')})`);
  return {
    ok: false,
    issues: [{
      code: 'dependency-cycle', ...nodePlace(graph, first), message: `Nodes wait for one another in a cycle: ${named.join(' waits for ')} waits for the first`,
      remedy: 'Remove one of these dependencies', value: `${cycle.length} nodes`,
    }],
  };
}
