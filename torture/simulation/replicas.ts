import { compareRecords } from '../../src/core/log/compare-records.ts';
import { type FoldedRecord, foldChange, writeWins } from '../../src/core/log/merge.ts';
import { toFoldableChange, type WireChange } from '../../src/core/sync/wire.ts';
import { keyOf } from '../../src/web/replica/database.ts';
import { drawReplicas, PROPOSALS, type ReplicaEvent, type ReplicasSetup } from './draw-replicas.ts';
import { type Draws, drawsOf } from './draws.ts';
import { type LogPage, type ModelRow, REPLICA, type ReplicaBuild, ReplicaModel } from './replica-model.ts';
import { type ServiceBuild, ServiceModel } from './service-model.ts';
import { type Counted, type Law, simulate } from './simulate.ts';

/** What is simulated; a control brings one that is broken. */
export interface ReplicasBuild {
  service: ServiceBuild;
  replica: ReplicaBuild;
}
export const REPLICAS: ReplicasBuild = { service: { knowsEventIds: true, comparesAndSets: true }, replica: REPLICA };

/**
 * Two to five devices of a person, with clocks that are wrong, write, decide and edit what they foresee, while requests and
 * answers get lost or come late and the log is at times restored. Each sees what it wrote, and never an older value than
 * before; and when the faults end all devices, the service and a fold of the log are equal, and nothing is there twice.
 */
export function simulateReplicas(seed: number, count: number, build = REPLICAS): Promise<Counted> {
  return simulate(replicaLaw(build), seed, count);
}

/** To the end of the log at once. */
const WHOLE = { limit: 1_000, pages: 1 };

function replicaLaw(build: ReplicasBuild): Law<ReplicasSetup, ReplicaEvent> {
  return {
    name: 'replicas',
    draw: drawReplicas,
    judge({ setup, events }, count) {
      const world = newWorld(build, setup.skews);
      for (const event of events) {
        const broken = world.happen(event, count);
        if (broken !== null) return broken;
      }
      return world.settle() ?? world.whyUnequal(drawsOf(setup.order));
    },
  };
}

function newWorld(build: ReplicasBuild, skews: readonly number[]) {
  const service = new ServiceModel(build.service, Date.UTC(2025, 2, 1));
  for (const id of PROPOSALS) service.propose(id);
  const replicas = skews.map((skewMs, n) => Object.assign(new ReplicaModel(`c${n}`, build.replica), { skewMs }));
  const late: (() => void)[] = [];
  const made = new Map<string, ModelRow>();
  let isRestored = false;

  function happen(event: ReplicaEvent, count: (what: string) => void): string | null {
    count(event.kind === 'push' && event.fate !== 'arrives' ? event.fate : event.kind);
    service.now += 1;
    if (event.kind === 'pass') service.now += event.ms;
    else if (event.kind === 'late request') late.splice(event.nth, 1)[0]?.();
    else if (event.kind === 'restore') {
      isRestored = true;
      service.restore(event.lost);
    } else {
      const replica = replicas[event.device] as ReplicaModel;
      if (event.kind === 'jump') replica.skewMs = event.skewMs;
      else if (event.kind === 'reopen') replica.reopen();
      else if (event.kind === 'write') return write(replica, event);
      else if (event.kind === 'decide') replica.decide(event.proposal, event.status, service.now);
      else if (event.kind === 'push') push(replica, event.fate);
      else return pull(replica, event);
    }
    return null;
  }

  function write(replica: ReplicaModel, { task, op }: Extract<ReplicaEvent, { kind: 'write' }>): string | null {
    const ref = { appId: 'todo', table: 'tasks', id: task };
    // A person edits what is shown.
    if (op !== 'insert' && !replica.shown(keyOf(ref))) return null;
    const title = `${replica.clientId} ${made.size}`;
    const row = replica.write(ref, op, title, service.now);
    made.set(row.eventId, row);
    const shown = replica.shown(keyOf(ref));
    const isShown =
      op === 'delete'
        ? shown?.deletedAt !== null
        : shown?.data.title === title && (op === 'update' || shown.deletedAt === null);
    return isShown ? null : `${replica.clientId} does not see its own ${op} of ${task}`;
  }

  function push(replica: ReplicaModel, fate: Extract<ReplicaEvent, { kind: 'push' }>['fate']): boolean {
    // A session begins with catching up.
    if (replica.cursor === undefined) pull(replica, WHOLE);
    const batch = replica.takeBatch();
    const [first] = batch;
    if (!first) return false;
    const { clientId, cursor } = replica;
    const changes = batch.map(({ change }) => structuredClone(change));
    const arrive = () => service.push(first.appId, clientId, cursor, changes);
    if (fate === 'comes late') late.push(arrive);
    else if (fate !== 'request lost') {
      const answer = arrive();
      if (fate === 'arrives') return replica.pushed(batch, answer, service.now);
    }
    return false;
  }

  /** Page by page, as a catch-up and a stream do: cut at any change, and at times the connection ends amid them. */
  function pull(replica: ReplicaModel, { limit, pages }: { limit: number; pages: number }): string | null {
    let since = replica.cursor;
    for (let nth = 0; nth < pages; nth++) {
      const page = service.pull(since, limit);
      if (!page.ok) {
        replica.replace(wholeLog(limit), service.now);
        return null;
      }
      const held = new Map(replica.confirmed);
      const broken = replica.follow(page, service.now) ? whyOlder(replica, held) : null;
      if (broken !== null) return broken;
      if (!page.hasMore) return null;
      since = page.cursor;
    }
    replica.hangUp();
    return null;
  }

  function wholeLog(limit: number): LogPage[] {
    const pages: LogPage[] = [];
    for (let since: string | undefined; ; since = pages.at(-1)?.cursor) {
      const page = service.pull(since, limit) as LogPage;
      pages.push(page);
      if (!page.hasMore) return pages;
    }
  }

  /** The faults have ended: each device exchanges what it has with the service until nothing is left. */
  function settle(): string | null {
    while (late.length > 0) late.shift()?.();
    for (let round = 0; round < 3 * (made.size + 4); round++) {
      for (const replica of replicas) {
        service.now += 10;
        const broken = pull(replica, WHOLE);
        if (broken !== null) return broken;
        push(replica, 'arrives');
      }
    }
    for (const replica of replicas) pull(replica, WHOLE);
    const stuck = replicas.find(({ outbox }) => outbox.length > 0);
    return stuck ? `${stuck.clientId} keeps ${JSON.stringify(stuck.outbox)}` : null;
  }

  function whyUnequal(draws: Draws): string | null {
    const rebuilt = new Map<string, FoldedRecord>();
    for (const change of draws.shuffle(service.log)) {
      rebuilt.set(keyOf(change), foldChange(rebuilt.get(keyOf(change)), toFoldableChange(change)));
    }
    const broken =
      differ('the service', service.records, rebuilt) ??
      whyTwice(service.log) ??
      whyUnfair(service.log, made, isRestored);
    if (broken !== null) return broken;
    for (const replica of replicas) {
      const shown = [...replica.confirmed.keys()].map((key): [string, FoldedRecord] => [
        key,
        replica.shown(key) as FoldedRecord,
      ]);
      const other =
        differ(replica.clientId, replica.confirmed, rebuilt) ??
        differ(`what ${replica.clientId} shows`, new Map(shown), rebuilt);
      if (other !== null) return other;
    }
    return null;
  }

  return { happen, settle, whyUnequal };
}

/** Of the log a device never goes back to an older write. */
function whyOlder({ clientId, confirmed }: ReplicaModel, before: ReadonlyMap<string, FoldedRecord>): string | null {
  for (const [key, { fieldMeta }] of before) {
    for (const [field, write] of Object.entries(fieldMeta)) {
      const now = confirmed.get(key)?.fieldMeta[field];
      if (!now || writeWins(write, now))
        return `${clientId} saw ${key} ${field} of ${write.updatedAt}, and now of ${now?.updatedAt}`;
    }
  }
  return null;
}

function whyTwice(log: readonly WireChange[]): string | null {
  const twice = log.find(({ eventId }, index) => log.findIndex((other) => other.eventId === eventId) !== index);
  if (twice) return `${twice.eventId} is in the log twice`;
  const decisions = log.filter(({ table, op }) => table === 'aiProposals' && op === 'update');
  const again = decisions.find(({ id }, index) => decisions.findIndex((other) => other.id === id) !== index);
  if (again) return `${again.id} is decided twice`;
  const effects = log.filter(({ actor }) => actor.kind === 'ai').map(({ id }) => id);
  const approved = decisions.filter(({ fields }) => fields.status?.value === 'approved').map(({ id }) => id);
  return effects.join() === approved.join() ? null : `${approved} are approved, and ${effects} have effects`;
}

/** What a device wrote is in the log, in the order of its making and after all that it was made upon. */
function whyUnfair(
  log: readonly WireChange[],
  made: ReadonlyMap<string, ModelRow>,
  isRestored: boolean,
): string | null {
  const last = new Map<string, { seq: number; stamp: string }>();
  for (const { eventId, clientId, fields, ...ref } of log) {
    const row = made.get(eventId);
    if (!row) continue;
    const stamp = Object.values(fields)[0]?.updatedAt ?? '';
    if (stamp <= row.upon) return `${eventId} of ${stamp} was made upon ${row.upon}, and loses`;
    const key = `${clientId} ${keyOf(ref)}`;
    const before = last.get(key);
    if (!isRestored && before && (before.seq > row.seq || before.stamp > stamp)) {
      return `${eventId} of ${stamp} is after a change of its device of ${before.stamp}`;
    }
    last.set(key, { seq: row.seq, stamp });
    if (row.uponDecision === null || !log.some((other) => other.eventId === row.uponDecision)) continue;
    const effect = log.find(({ actor, id }) => actor.kind === 'ai' && id === ref.id);
    if (stamp <= (effect?.fields.title?.updatedAt ?? '')) return `${eventId} loses to the effect that it was made upon`;
  }
  return null;
}

function differ(
  who: string,
  held: ReadonlyMap<string, FoldedRecord>,
  expected: ReadonlyMap<string, FoldedRecord>,
): string | null {
  if (held.size !== expected.size) return `${who} has ${held.size} records, and the log ${expected.size}`;
  for (const [key, record] of expected) {
    const other = held.get(key);
    const [difference] = other ? compareRecords(other, record) : [{ field: 'all' }];
    if (difference) return `${who} has ${key} otherwise than the log: ${JSON.stringify(difference)}`;
  }
  return null;
}
