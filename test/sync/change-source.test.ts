// Where a page of the log is read, and what is done about a replica that fails or belongs to another log.
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { type ChangeSource, createChangeSource } from '../../src/sync/change-source.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';

interface Log {
  epoch: string;
  head: number;
}

const EPOCH = '0123456789';
const OTHER = 'abcdefabcd';

let clock: FakeClock;
let primary: Log;
let replica: Log | Error;
let isStandby: boolean;
let asked: string[];
let source: ChangeSource;

/** A reader of an empty log that ends where it is said to. */
function reader(name: string, log: () => Log | Error, inRecovery: () => boolean): Pick<Database, 'run' | 'runTexts'> {
  const answer = (as: string) => {
    asked.push(as);
    const held = log();
    if (held instanceof Error) throw held;
    return held;
  };
  return {
    run: async <Row>() => [answer(`${name} for its epoch`)] as Row[],
    async runTexts(_session, _statement, onRow) {
      const { head, epoch } = answer(name);
      const serverEpoch = inRecovery() ? epoch : null;
      onRow([
        '0',
        ...[null, null, null, null, null],
        JSON.stringify({ head, epoch, serverEpoch, inRecovery: inRecovery() }),
      ]);
    },
  };
}

beforeEach(() => {
  clock = fakeClock();
  asked = [];
  primary = { epoch: EPOCH, head: 5 };
  replica = { epoch: EPOCH, head: 4 };
  isStandby = true;
  source = createChangeSource({
    db: reader(
      'primary',
      () => primary,
      () => false,
    ),
    replica: reader(
      'replica',
      () => replica,
      () => isStandby,
    ),
    clock,
    log: pino({ level: 'silent' }),
  });
});

const read = (position?: number, epoch = EPOCH) =>
  source.read('a', {
    since: position === undefined ? { kind: 'start' } : { kind: 'cursor', epoch, position },
    limit: 10,
  });
const askedSince = () => asked.splice(0);

test('reads from the replica, whose positions count as they are', async () => {
  expect(await read()).toMatchObject({ ok: true, syncedUntil: `${EPOCH}.4` });
  expect(askedSince()).toEqual(['replica', 'primary for its epoch']);
  expect(await read(3)).toMatchObject({ syncedUntil: `${EPOCH}.4` });
  expect(askedSince()).toEqual(['replica']);
});

test('what the replica has not replayed is not there yet', async () => {
  expect(await read(5)).toMatchObject({
    ok: true,
    echoOf: [],
    syncedUntil: `${EPOCH}.5`,
    hasMore: false,
    serverEpoch: EPOCH,
  });
  expect(askedSince()).toContain('replica');
});

test('a replica of another log, or one that does not know the new timeline yet, has no say', async () => {
  replica = { epoch: OTHER, head: 9 };
  expect(await read()).toMatchObject({ ok: true, syncedUntil: `${EPOCH}.5` });
  expect(await read(5)).toMatchObject({ ok: true, syncedUntil: `${EPOCH}.5` });
  expect(await read(9, OTHER)).toEqual({ ok: false, reason: 'cursor_ahead' });
});

test('what is no standby any more is left alone for a second, as one that fails', async () => {
  isStandby = false;
  expect(await read()).toMatchObject({ syncedUntil: `${EPOCH}.5` });
  expect(askedSince()).toEqual(['replica', 'primary']);
  await read();
  expect(askedSince()).toEqual(['primary']);
});

test('learns within seconds that the primary is another one', async () => {
  await read();
  primary = { epoch: OTHER, head: 2 };
  clock.advance(5_000);
  expect(await read()).toMatchObject({ syncedUntil: `${OTHER}.2` });
});

test('a replica that fails is left alone for a second', async () => {
  replica = new Error('away');
  expect(await read()).toMatchObject({ ok: true, syncedUntil: `${EPOCH}.5` });
  expect(askedSince()).toEqual(['replica', 'primary']);
  await read();
  expect(askedSince()).toEqual(['primary']);
  replica = { epoch: EPOCH, head: 5 };
  clock.advance(1_000);
  await read();
  expect(askedSince()).toEqual(['replica', 'primary for its epoch']);
});

test('a primary that fails is said, once the replica cannot help either', async () => {
  replica = new Error('away');
  source = createChangeSource({
    db: reader(
      'primary',
      () => new Error('the primary is away'),
      () => false,
    ),
    replica: reader(
      'replica',
      () => replica,
      () => true,
    ),
    clock,
    log: pino({ level: 'silent' }),
  });
  await expect(read()).rejects.toThrow('the primary is away');
});
