import type { SentAnswer } from '../../support/read-answer.ts';

/** What is attacked: the service in this process or elsewhere. Nothing here knows which, nor which engine it stands on. */
export interface Target {
  /** Sends as this person; as nobody when it is null. */
  send(userId: string | null, request: SentRequest): Promise<SentAnswer>;
  /** The position of the last change in a person's log. */
  headOf(userId: string): Promise<number>;
  /** Has every wanted plan made. */
  sweep(): Promise<unknown>;
  /** What the service has logged as an unexpected failure since the last look. */
  failures(): string[];
}

export interface SentRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  /** Bytes are sent in pieces of so many, when they are many. Null: none. */
  body: string | Uint8Array<ArrayBuffer> | null;
}
