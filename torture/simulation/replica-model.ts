import { USER } from '../../src/core/log/actor.ts';
import type { Op } from '../../src/core/log/change.ts';
import { type AttributedRecord, mergeAttributed } from '../../src/core/sync/attributed-record.ts';
import {
  correct,
  type HybridClock,
  latestAllowed,
  NEW_CLOCK,
  observe,
  tick,
} from '../../src/core/sync/hybrid-clock.ts';
import { nextBatch } from '../../src/core/sync/next-batch.ts';
import { type PendingWrite, type ShownRecord, showRecord } from '../../src/core/sync/pending-write.ts';
import { stampFields } from '../../src/core/sync/stamp-fields.ts';
import { type ForeseenWrite, keyOf, type OutboxRow, type RecordRef } from '../../src/web/replica/database.ts';
import { divideAtLatest } from '../../src/web/replica/divide-at-latest.ts';
import { addChanges, isWhole, type LogStretch, newStretch } from '../../src/web/replica/log-stretch.ts';
import { overtakenRows } from '../../src/web/replica/overtaken-rows.ts';
import { stampedAt } from '../../src/web/replica/restamp.ts';
import { toStampedRow } from '../../src/web/replica/stamped-row.ts';
import type { PullAnswer, PushAnswer } from './service-model.ts';

export type LogPage = Extract<PullAnswer, { ok: true }>;

/** What a control leaves out of a replica. */
export interface ReplicaBuild {
  nextBatch: typeof nextBatch;
  observe: typeof observe;
  merge: typeof mergeAttributed;
  isWhole: typeof isWhole;
  overtakenRows: typeof overtakenRows;
  toStampedRow: typeof toStampedRow;
}
export const REPLICA: ReplicaBuild = {
  nextBatch,
  observe,
  merge: mergeAttributed,
  isWhole,
  overtakenRows,
  toStampedRow,
};

/** A row of the outbox, with what it was made upon. */
export type ModelRow = OutboxRow & {
  /** The greatest time that the log was seen to have for its record when it was made. */
  upon: string;
  /** The event id of the decision that it was made upon the foreseen effects of. */
  uponDecision: string | null;
};

const LIMITS = { changes: 3, characters: 100_000 };

/**
 * A replica without its storage: the pure parts of src/web/replica and src/core/sync, put together as store-stretch.ts,
 * acknowledge-push.ts, handle-refusal.ts and take-back.ts do in their transactions.
 */
export class ReplicaModel {
  readonly clientId: string;
  skewMs = 0;
  clock: HybridClock = NEW_CLOCK;
  cursor: string | undefined;
  confirmed = new Map<string, AttributedRecord>();
  outbox: ModelRow[] = [];
  readonly build: ReplicaBuild;
  #made = 0;
  #stretch: LogStretch | null = null;

  constructor(clientId: string, build: ReplicaBuild) {
    this.clientId = clientId;
    this.build = build;
  }

  shown(key: string): ShownRecord | null {
    return showRecord(this.confirmed.get(key) ?? null, this.#pending(key));
  }

  write(ref: RecordRef, op: Op, title: string, nowMs: number): ModelRow {
    const key = keyOf(ref);
    const shown = this.shown(key);
    const fields = stampFields(op, op === 'delete' ? {} : { title }, this.#tick(nowMs));
    const eventId = `${this.clientId}-${++this.#made}`;
    const { appId, ...named } = ref;
    const change = { eventId, ...named, op, fields };
    this.#add({ appId, kind: 'change', touches: [key], eventId, change, foreseen: null }, shown);
    return this.outbox.at(-1) as ModelRow;
  }

  decide(id: string, status: 'approved' | 'rejected', nowMs: number): boolean {
    const proposal = { appId: 'ai', table: 'aiProposals', id };
    const shown = this.shown(keyOf(proposal));
    if (shown?.data.status !== 'pending') return false;
    const stamp = this.#tick(nowMs);
    const writes: ForeseenWrite[] = [{ ...proposal, fields: stampFields('update', { status }, stamp) }];
    if (status === 'approved') {
      writes.push({ appId: 'todo', table: 'tasks', id, fields: stampFields('insert', { title: 'proposed' }, stamp) });
    }
    const eventId = `${this.clientId}-${++this.#made}`;
    const change = { eventId, table: 'aiProposals', id, op: 'update' as const, data: { status } };
    const actor = { kind: 'ai' as const, missionId: 'm1', iterationId: 'm1-1', proposalId: id, rationale: 'because' };
    this.#add(
      { appId: 'ai', kind: 'decision', touches: writes.map(keyOf), eventId, change, foreseen: { actor, writes } },
      shown,
    );
    return true;
  }

  takeBatch(): ModelRow[] {
    const batch = this.build.nextBatch(this.outbox, LIMITS);
    for (const row of batch) row.state = 'sending';
    return batch;
  }

  /** What comes of a push; true: another one may fare better. */
  pushed(batch: readonly ModelRow[], answer: PushAnswer, nowMs: number): boolean {
    if (answer.ok) {
      for (const row of this.outbox) if (batch.some(({ seq }) => seq === row.seq)) row.state = 'acknowledged';
      for (const row of batch) if (answer.lost.has(row.eventId)) this.#takeBack(row);
      return true;
    }
    if (answer.code === 'time_in_future') return this.#stampAnew(answer.serverTime, nowMs);
    // It is to come back with the log, or the log was set back.
    return false;
  }

  /** Takes a page of what follows; with those before it is stored as soon as they are whole. */
  follow({ changes, cursor, hasMore }: LogPage, nowMs: number): boolean {
    this.#stretch ??= newStretch(this.cursor);
    addChanges(this.#stretch, changes, cursor, this.clientId);
    if (!this.build.isWhole(this.#stretch, hasMore)) return false;
    this.#merge(this.#stretch, nowMs);
    this.#stretch = null;
    return true;
  }

  /** As run-sync.ts begins: the device's clock may have been set right since. */
  reopen(): void {
    this.clock = { ...this.clock, aheadMs: 0 };
  }

  /** The connection ends, and what was not whole is forgotten. */
  hangUp(): void {
    this.#stretch = null;
  }

  #merge(stretch: LogStretch, nowMs: number): void {
    for (const [key, record] of stretch.records) {
      const held = this.confirmed.get(key);
      if (held) stretch.records.set(key, this.build.merge(held, record));
    }
    this.#store(stretch, nowMs);
  }

  /** Begins anew with the whole of a log that was set back. */
  replace(pages: readonly LogPage[], nowMs: number): void {
    const whole = newStretch(undefined);
    for (const { changes, cursor } of pages) addChanges(whole, changes, cursor, this.clientId);
    this.confirmed = new Map();
    for (const row of this.outbox) row.state = 'waiting';
    this.#store(whole, nowMs);
  }

  #store({ records, latestStamp, own, cursor }: LogStretch, nowMs: number): void {
    this.clock = this.build.observe(this.clock, [latestStamp]);
    const settled = this.outbox.filter(({ eventId }) => own.has(eventId));
    this.outbox = this.outbox.filter((row) => !settled.includes(row));
    this.#restamp(this.build.overtakenRows(settled, own, this.outbox), nowMs);
    for (const [key, record] of records) this.confirmed.set(key, record);
    this.cursor = cursor;
  }

  #stampAnew(serverTime: string, nowMs: number): boolean {
    const { early, kept } = divideAtLatest(this.outbox, latestAllowed(serverTime), this.build.toStampedRow);
    this.clock = correct(this.clock, { serverTime, nowMs: nowMs + this.skewMs, kept });
    this.#restamp(early, nowMs);
    return early.length > 0;
  }

  #restamp(rows: ModelRow[], nowMs: number): void {
    if (rows.length === 0) return;
    const stamp = this.#tick(nowMs);
    this.outbox = this.outbox.map((row) => (rows.includes(row) ? stampedAt(row, stamp) : row));
  }

  /** Orphans go with it: what was made upon a record that only this would have made. */
  #takeBack(decision: ModelRow): void {
    this.outbox = this.outbox.filter(({ seq }) => seq !== decision.seq);
    const [, effect] = decision.touches;
    if (effect === undefined || this.confirmed.has(effect)) return;
    if (this.outbox.some((row) => row.touches.includes(effect) && (row.foreseen || row.change.op === 'insert'))) return;
    this.outbox = this.outbox.filter(
      (row) => !row.touches.includes(effect) || row.kind !== 'change' || row.state === 'acknowledged',
    );
  }

  #add(row: Omit<ModelRow, 'seq' | 'state' | 'characters' | 'upon' | 'uponDecision'>, shown: ShownRecord | null): void {
    const held = Object.values(this.confirmed.get(row.touches[0] as string)?.fieldMeta ?? {});
    const upon =
      held
        .map(({ updatedAt }) => updatedAt)
        .sort()
        .at(-1) ?? '';
    const uponDecision =
      this.outbox.find(({ foreseen, change }) => foreseen && change.id === shown?.unconfirmedBy)?.eventId ?? null;
    this.outbox.push({ ...row, seq: this.#made, state: 'waiting', characters: 100, upon, uponDecision });
  }

  #tick(nowMs: number): string {
    const { clock, stamp } = tick(this.clock, nowMs + this.skewMs);
    this.clock = clock;
    return stamp;
  }

  #pending(key: string): PendingWrite[] {
    return this.outbox.flatMap(({ seq, appId, change, foreseen }): PendingWrite[] => {
      const { clientId } = this;
      if (!foreseen) {
        const ref = { ...change, appId };
        return keyOf(ref) === key
          ? [{ seq, clientId, fields: change.fields ?? {}, actor: USER, proposalId: null }]
          : [];
      }
      const actorOf = (index: number) => (index === 0 ? USER : foreseen.actor);
      return foreseen.writes.flatMap((write, index) =>
        keyOf(write) === key
          ? [{ seq, clientId, fields: write.fields, actor: actorOf(index), proposalId: change.id }]
          : [],
      );
    });
  }
}
