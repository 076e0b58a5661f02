import type { z } from 'zod';
import type { Json, JsonObject } from '../json.ts';
import type { Op } from '../log/change.ts';
import type { Policy } from '../proposals/policy.ts';

/** A folded record of the person's that is not deleted. */
export interface RecordView {
  id: string;
  data: JsonObject;
}

/** Which records a tool must see before it can run: one by id, or a whole collection of its module. */
export interface Need {
  table: string;
  id?: string;
}

/** What a tool runs on. Tools are pure: clock, ids and records are handed in. */
export interface ToolContext {
  now: Date;
  /** The mission's IANA time zone: "today" is a day there. */
  timeZone: string;
  /** The id for the n-th record (from 0) that the tool creates: derived from the proposal, so nothing can land twice. */
  newId(n?: number): string;
  find(table: string, id: string): RecordView | undefined;
  list(table: string): RecordView[];
}

/** One change that a tool wants, within its own module (`appId`). */
export interface Effect {
  tableName: string;
  recordId: string;
  op: Op;
  data: JsonObject;
}

/**
 * Why a tool has no effect, for who must say it in another language than the message; `nothing_to_change`: for a reason
 * that only the message tells.
 */
export type ToolRefusal =
  | 'record_not_found'
  | 'task_is_completed'
  | 'no_open_task'
  | 'progress_stays'
  | 'note_too_long'
  | 'nothing_to_change';

export type ApplyResult = { ok: true; effects: Effect[] } | { ok: false; reason: ToolRefusal; message: string };

interface ToolBase<P> {
  /** Unique over all modules, snake_case: what the planner calls. */
  name: string;
  description: string;
  parameters: z.ZodType<P>;
  /** The policy that holds until the person sets another. */
  policy: Policy;
  needs(params: P): Need[];
}

/** A tool that answers the planner while it plans and changes nothing. */
export interface ReadTool<P = unknown> extends ToolBase<P> {
  kind: 'read';
  read(params: P, context: ToolContext): Json;
  /** For each table of which the answer lists records, under the table's name and with their ids: the fields that it shows of each. */
  shows: Record<string, readonly string[]>;
}

/** A tool that changes records: staged as a proposal unless the policy says `auto`. */
export interface WriteTool<P = unknown> extends ToolBase<P> {
  kind: 'write';
  /** One line for the card: what would happen, in plain words. */
  summarise(params: P): string;
  apply(params: P, context: ToolContext): ApplyResult;
}

export type Tool = ReadTool | WriteTool;

export interface Collection {
  /** The known fields of a record; a loose object, since unknown fields are kept. */
  schema: z.ZodObject;
  /** The name of a record in a list: also what the picker of mission inputs shows. */
  label(record: RecordView): string;
  /** The record as text for the planner's prompt (the input resolver). */
  describe(record: RecordView): string;
  /** The fields whose values `describe` can show; absent: whatever fields a record has. */
  shows?: readonly string[];
}

/** A module: its collections and its tools, in one file. One registry serves prompt, validation, execution and UI. */
export interface Module {
  appId: string;
  title: string;
  collections: Record<string, Collection>;
  tools: Tool[];
}

/** Keeps a tool's parameter type while it is written, and forgets it for the registry. */
export function readTool<P>(tool: Omit<ReadTool<P>, 'kind' | 'policy'>): Tool {
  return { ...tool, kind: 'read', policy: 'auto' } as Tool;
}

/** As `readTool`, for a tool that changes records; `propose` until the person says otherwise. */
export function writeTool<P>(tool: Omit<WriteTool<P>, 'kind' | 'policy'>): Tool {
  return { ...tool, kind: 'write', policy: 'propose' } as Tool;
}
