import type { LoggedChange } from '../../src/core/log/change.ts';
import type { FoldedRecord } from '../../src/core/log/merge.ts';

/** All that the checker judges by: what is in the database, what the model's books say, and what clients were told. */
export interface Evidence {
  users: UserEvidence[];
  ledger: LedgerCall[];
  modelCalls: RecordedCall[];
  /** Where a runner may have lost what it was at. */
  losses: Loss[];
  /** Missions that got no plan in the midst of the run, although nothing hindered the runners for as long as it may take. */
  stuck: WaitingMission[];
  /** Processes that were asked to end. */
  stops: Stop[];
  /** How often another server took the place of the primary, and with it a new epoch began. */
  failovers: number;
  /** How many calls a runner may have under way. */
  concurrency: number;
}

export interface UserEvidence {
  user: string;
  /** In the order of positions. */
  log: LoggedChange[];
  /** The end of the log, by its head row. */
  head: number;
  /** The projection, by `addressKey`. */
  records: Map<string, FoldedRecord>;
  missions: MissionRow[];
  /** What `pg-missions verify` and a rebuild that writes nothing found. */
  findings: string[];
  pushed: PushedEvent[];
  /** Events whose acknowledgement is known to be void: their server died before its asynchronous standby had them. */
  abandoned: ReadonlySet<string>;
  /** What was answered instead, where the service could not serve and did not say so by 503 or 507. */
  faults: string[];
  followed: Followed[];
  decided: ToldDecision[];
}

export interface MissionRow {
  id: string;
  /** Active, and not deleted. */
  isPlannable: boolean;
  wanted: number;
  planned: number;
  claimedBy: string | null;
}

/** One that wants a plan. */
export interface WaitingMission extends Omit<MissionRow, 'isPlannable'> {
  user: string;
}

/** What the client was told of each try: `unknown` where no answer came, or one that leaves it open. */
export type Told = 'acknowledged' | 'refused' | 'unknown';

export interface PushedEvent {
  eventId: string;
  told: Told[];
}

export interface ToldDecision {
  proposalId: string;
  decision: 'approve' | 'reject';
  told: Told[];
}

/** What a follower was handed, in that order, over all its connections. */
export interface Followed {
  by: string;
  /** Since it last began from the start. */
  seen: { position: number; eventId: string }[];
  /** Why its cursor was refused, each time: it began from the start then. */
  refusals: string[];
}

export interface LedgerCall {
  /** From 1; the answer bears it. */
  number: number;
  /** The runner, by its name. */
  asker: string;
  /** `user/mission`. */
  mission: string;
  inputTokens: number;
  outputTokens: number;
}

/** A row of model_calls. */
export interface RecordedCall {
  user: string;
  mission: string;
  want: number;
  /** Of the model's books, read from the answer; null where no answer came. */
  call: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
}

export interface Loss {
  asker: string;
  /** `cut_off`: from its database; `lease_ended`: although it was at work; `failed_over`: what it recorded died with a primary. */
  kind: 'killed' | 'paused' | 'stopped' | 'cut_off' | 'lease_ended' | 'failed_over';
}

export interface Stop {
  process: string;
  /** Null where a signal ended it. */
  code: number | null;
  /** Claims that it held afterwards. */
  claimsLeft: number;
}
