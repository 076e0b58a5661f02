/** The service as it should be: so simple that it can be seen to be right. */
export interface ExpectedService {
  /** By position, from 1. */
  log: ExpectedChange[];
  /** Tasks that clients wrote: of each the write that wins. */
  titles: Map<string, { title: string; stamp: string; client: string; position: number }>;
  wanted: number;
  planned: number;
  proposals: { id: string; status: 'pending' | 'approved' | 'rejected' | 'superseded'; isUndone: boolean }[];
  /** Up to where each client has read. */
  read: [number, number];
}

export interface ExpectedChange {
  client: string;
  /** Whether a client gets its own back: what came of a decision that it pushed. */
  isDecision: boolean;
  /** What a client pushed, to be pushed again. */
  pushed: Pushed | null;
}

export interface Pushed {
  client: string;
  eventId: string;
  task: string;
  title: string;
  stamp: string;
}

export function newExpectedService(): ExpectedService {
  return { log: [], titles: new Map(), wanted: 0, planned: 0, proposals: [], read: [0, 0] };
}

export function expectChanges(expected: ExpectedService, count: number, client = 'server', isDecision = false): void {
  for (let n = 0; n < count; n++) expected.log.push({ client, isDecision, pushed: null });
}

export function expectPushed(expected: ExpectedService, pushed: Pushed): void {
  const { client, task, title, stamp } = pushed;
  expected.log.push({ client, isDecision: false, pushed });
  const position = expected.log.length;
  const held = expected.titles.get(task);
  const wins = !held || stamp > held.stamp || (stamp === held.stamp && client >= held.client);
  if (wins) expected.titles.set(task, { title, stamp, client, position });
}
