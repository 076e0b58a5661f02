import { type Actor, MISSION_RUNNER, USER } from '../../src/core/log/actor.ts';
import { type FoldedRecord, foldChange } from '../../src/core/log/merge.ts';
import { formatCursor, parseCursor } from '../../src/core/sync/cursor.ts';
import { latestAllowed } from '../../src/core/sync/hybrid-clock.ts';
import { stampFields } from '../../src/core/sync/stamp-fields.ts';
import { type PushedChange, toFoldableChange, type WireChange, type WireFields } from '../../src/core/sync/wire.ts';
import { keyOf } from '../../src/web/replica/database.ts';

export type PushAnswer =
  /** `lost`: the event ids of decisions that were not made. */
  | { ok: true; lost: Set<string> }
  | { ok: false; code: 'cursor_ahead' }
  | { ok: false; code: 'time_in_future'; serverTime: string }
  | { ok: false; code: 'event_id_reused'; eventId: string };

export type PullAnswer = { ok: true; changes: WireChange[]; cursor: string; hasMore: boolean } | { ok: false };

/** What a control leaves out of the service. */
export interface ServiceBuild {
  knowsEventIds: boolean;
  /** Whether a proposal that is decided cannot be decided again. */
  comparesAndSets: boolean;
}

/** The service as its clients know it: one person's log in memory, by the rules of db/functions. */
export class ServiceModel {
  readonly log: WireChange[] = [];
  records = new Map<string, FoldedRecord>();
  now: number;
  readonly #build: ServiceBuild;
  /** Where transactions end. */
  #ends: number[] = [];
  #epoch = 0;
  /** The greatest stamp of the log. */
  #stamp = '';

  constructor(build: ServiceBuild, now: number) {
    this.#build = build;
    this.now = now;
  }

  /** The runner writes a proposal to create a task of its own, before all else. */
  propose(id: string): void {
    this.#write({ appId: 'ai', table: 'aiProposals', id, op: 'insert' }, { status: 'pending' }, MISSION_RUNNER);
    this.#ends = [this.log.length];
  }

  pull(since: string | undefined, limit: number): PullAnswer {
    const after = this.#positionOf(since);
    if (after === null) return { ok: false };
    const changes = this.log.slice(after, after + limit);
    const position = after + changes.length;
    return { ok: true, changes, cursor: this.#cursorAt(position), hasMore: position < this.log.length };
  }

  push(appId: string, clientId: string, since: string | undefined, changes: PushedChange[]): PushAnswer {
    if (this.#positionOf(since) === null) return { ok: false, code: 'cursor_ahead' };
    const serverTime = new Date(this.now).toISOString();
    const times = changes.flatMap(({ fields }) => Object.values(fields ?? {}).map(({ updatedAt }) => updatedAt));
    if (times.some((time) => time > latestAllowed(serverTime)))
      return { ok: false, code: 'time_in_future', serverTime };
    const reused = changes.find((change) => this.#isOther(change));
    if (reused) return { ok: false, code: 'event_id_reused', eventId: reused.eventId as string };
    const lost = new Set<string>();
    for (const change of changes) {
      if (this.#find(change)) continue;
      const { table, id, op, eventId = '' } = change;
      if (change.fields) this.#append({ appId, table, id, op, eventId, clientId, fields: change.fields, actor: USER });
      else if (!this.#decide(change, clientId)) lost.add(eventId);
    }
    if (this.log.length > (this.#ends.at(-1) ?? 0)) this.#ends.push(this.log.length);
    return { ok: true, lost };
  }

  /** As a log restored to an earlier moment: its last transactions are gone, and its cursors are others. */
  restore(lost: number): void {
    const end = this.#ends.at(-1 - lost) ?? (this.#ends[0] as number);
    this.#ends = this.#ends.filter((other) => other <= end);
    const kept = this.log.splice(0).slice(0, end);
    this.records = new Map();
    this.#epoch += 1;
    for (const change of kept) this.#append(change);
  }

  #find({ eventId }: PushedChange): WireChange | undefined {
    return this.#build.knowsEventIds ? this.log.find((logged) => logged.eventId === eventId) : undefined;
  }

  #isOther(change: PushedChange): boolean {
    const logged = this.#find(change);
    return (
      logged !== undefined &&
      change.fields !== undefined &&
      JSON.stringify(change.fields) !== JSON.stringify(logged.fields)
    );
  }

  #decide({ id, data, eventId = '' }: PushedChange, clientId: string): boolean {
    const proposal = this.records.get(keyOf({ appId: 'ai', table: 'aiProposals', id }));
    if (!proposal) return false;
    if (this.#build.comparesAndSets && proposal.data.status !== 'pending') return false;
    const status = data?.status ?? null;
    this.#write({ appId: 'ai', table: 'aiProposals', id, op: 'update', eventId, clientId }, { status }, USER);
    if (status === 'approved') {
      const actor: Actor = { kind: 'ai', missionId: 'm1', iterationId: 'm1-1', proposalId: id, rationale: 'because' };
      this.#write({ appId: 'todo', table: 'tasks', id, op: 'insert' }, { title: 'proposed' }, actor);
    }
    return true;
  }

  /** What the service writes is stamped by its clock, and after all that the log has. */
  #write(
    change: Pick<WireChange, 'appId' | 'table' | 'id' | 'op'> & { eventId?: string; clientId?: string },
    data: Record<string, string | null | number | boolean | object>,
    actor: Actor,
  ): void {
    const arrival = new Date(this.now).toISOString();
    const stamp = arrival > this.#stamp ? arrival : new Date(Date.parse(this.#stamp) + 1).toISOString();
    const fields: WireFields = stampFields(change.op, data as never, stamp);
    this.#append({ eventId: `s${this.#epoch}-${this.log.length}`, clientId: 'server', ...change, fields, actor });
  }

  #append(change: Omit<WireChange, 'position' | 'createdAt' | 'schemaVersion'>): void {
    const position = this.log.length + 1;
    const logged = { ...change, position, createdAt: '', schemaVersion: 1 };
    this.log.push(logged);
    const key = keyOf(change);
    this.records.set(key, foldChange(this.records.get(key), toFoldableChange(logged)));
    for (const { updatedAt } of Object.values(change.fields)) if (updatedAt > this.#stamp) this.#stamp = updatedAt;
  }

  #cursorAt(position: number): string {
    return formatCursor({ epoch: String(this.#epoch).padStart(10, '0'), position });
  }

  /** Null: the cursor is of another log. */
  #positionOf(since: string | undefined): number | null {
    if (since === undefined) return 0;
    const cursor = parseCursor(since);
    if (!cursor || this.#cursorAt(cursor.position) !== since || cursor.position > this.log.length) return null;
    return cursor.position;
  }
}
