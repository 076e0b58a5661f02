import { describe, expect, test } from 'vitest';
import { withUser } from '../../src/database/database.ts';
import { listMissions } from '../../src/missions/read-missions.ts';
import { createBreaker, FAILURES } from '../../src/runner/breaker.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { iterationsOf, missionRow, planOf, writeMission } from '../support/missions.ts';
import { until } from '../support/until.ts';
import { runnerWorld } from './runner-world.ts';

describe('the breaker', () => {
  const made = () => {
    const clock = fakeClock();
    return { clock, breaker: createBreaker(clock, () => 1) };
  };
  const fail = ({ breaker }: ReturnType<typeof made>, times: number) => {
    for (let n = 0; n < times; n++) breaker.failed();
  };

  test('lets everything through until so many calls have failed in a row', () => {
    const world = made();
    fail(world, FAILURES - 1);
    world.breaker.answered();
    fail(world, FAILURES - 1);
    expect(world.breaker.room()).toBe(Number.POSITIVE_INFINITY);
    expect(world.breaker.downSince()).toBeNull();
  });

  test('then nothing for a while, then one at a time; an answer opens it to all', () => {
    const world = made();
    const { breaker, clock } = world;
    const since = clock.now();
    fail(world, FAILURES);
    expect(breaker.downSince()).toEqual(since);
    expect(breaker.room()).toBe(0);
    clock.advance(4_999);
    expect(breaker.room()).toBe(0);
    clock.advance(1);
    expect(breaker.room()).toBe(1);
    breaker.began(1);
    expect(breaker.room()).toBe(0);
    breaker.answered();
    expect(breaker.room()).toBe(Number.POSITIVE_INFINITY);
    expect(breaker.downSince()).toBeNull();
  });

  test('doubles the while with each failed test, up to five minutes, and waits as long as the server asks', () => {
    const world = made();
    const { breaker, clock } = world;
    fail(world, FAILURES);
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      const wait = (breaker.probeAt()?.getTime() ?? 0) - clock.now().getTime();
      waits.push(wait / 1_000);
      clock.advance(wait);
      breaker.began(1);
      breaker.failed(n === 8 ? 3_600_000 : 0);
      breaker.ended();
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    expect((breaker.probeAt()?.getTime() ?? 0) - clock.now().getTime()).toBe(3_600_000);
  });

  test('learns nothing new from calls that were in flight when it closed the way, unless they are answered', () => {
    const world = made();
    const { breaker, clock } = world;
    breaker.began(8);
    fail(world, FAILURES);
    clock.advance(1_000);
    const probeAt = new Date(clock.now().getTime() + 4_000);
    for (let n = 0; n < 7; n++) {
      breaker.failed();
      breaker.ended();
    }
    breaker.ended();
    expect(breaker.probeAt()).toEqual(probeAt);
  });
});

onBothEngines((engine) => {
  const world = runnerWorld(engine);

  test('while the server is down missions wait without losing attempts, one asks at a time, and all go on after', async () => {
    const { model, clock, user } = world;
    model.setDefault({ status: 503 });
    const ids = Array.from({ length: 8 }, (_, n) => `m${n}`);
    for (const id of ids) await writeMission(engine().db, user, id);
    const made = world.runner({ concurrency: 3 });
    await made.sweep();
    // Three at a time until five have failed.
    const tried = model.requests.length;
    expect(tried).toBeLessThanOrEqual(FAILURES + 2);
    expect(made.modelDownSince()).toEqual(clock.now());

    // Looking costs nothing while it is closed.
    await made.sweep();
    expect(model.requests).toHaveLength(tried);
    for (let probes = 1; probes <= 30; probes++) {
      clock.advance(5 * 60_000);
      await made.sweep();
      expect(model.requests).toHaveLength(tried + probes);
    }
    const rows = await Promise.all(ids.map((id) => missionRow(engine().db, user, id)));
    // Only what failed before it was known that the server was down has cost an attempt.
    expect(Math.max(...rows.map(({ attempts }) => attempts))).toBeLessThanOrEqual(1);
    expect(await iterationsOf(engine().db, user)).toEqual([]);

    model.setDefault(planOf('A'));
    clock.advance(5 * 60_000);
    await made.sweep();
    expect(made.modelDownSince()).toBeNull();
    expect(await iterationsOf(engine().db, user)).toHaveLength(ids.length);
  });

  test('tells each person whose call had no answer, and when it is tried again, from what is recorded', async () => {
    const { model, clock, user } = world;
    const { db } = engine();
    const views = () =>
      withUser(db, user, async (tx) => (await listMissions(tx, { limit: 100, now: clock.now() })).missions);
    model.setDefault({ status: 503 });
    await writeMission(db, user, 'm0');
    const made = world.runner();
    await made.sweep();
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    const fault = { reason: 'model_unavailable', message: expect.stringContaining('(503)'), at };
    expect(await views()).toMatchObject([{ planning: 'retrying', modelFault: { ...fault, retryAt: at } }]);

    for (let n = 1; n < FAILURES; n++) await writeMission(db, user, `m${n}`);
    await made.sweep();
    expect(made.modelDownSince()).not.toBeNull();
    await writeMission(db, user, 'new');
    await writeMission(db, newUser(), 'none');
    expect(await views()).toMatchObject(Array(FAILURES + 1).fill({ modelFault: fault }));
    expect((await views())[0]).toMatchObject({ id: 'new', planning: 'queued', modelFault: { retryAt: null } });

    model.setDefault(planOf('A'));
    for (let n = 0; n < 4; n++) {
      clock.advance(11 * 60_000);
      await made.sweep();
    }
    expect((await views()).map(({ modelFault }) => modelFault)).toEqual(Array(FAILURES + 1).fill(null));
  });

  test('goes on by its own timer, and sends the database nothing meanwhile', async () => {
    const { model, clock, user } = world;
    model.setDefault({ status: 503 });
    const ids = Array.from({ length: FAILURES }, (_, n) => `m${n}`);
    for (const id of ids) await writeMission(engine().db, user, id);
    let statements = 0;
    const { db } = engine();
    const counted: typeof db = {
      ...db,
      run(...args) {
        statements += 1;
        return db.run(...args);
      },
    };
    const made = world.runner({ db: counted, sweepMs: 3_600_000 });
    await made.start();
    // All have been handed back, and what that has set going is over.
    await until(async () => {
      const rows = await Promise.all(ids.map((id) => missionRow(db, user, id)));
      const seen = statements;
      await missionRow(db, user, 'm0');
      return made.modelDownSince() && rows.every(({ claimed }) => !claimed) && seen === statements;
    });
    const before = statements;
    clock.advance(2_000);
    expect(statements).toBe(before);
    model.setDefault(planOf('A'));
    clock.advance(3_000);
    await until(async () => (await iterationsOf(db, user)).length >= 1);
    expect(made.modelDownSince()).toBeNull();
  });

  test('does not keep a server busy that refuses: a refusal is an answer', async () => {
    const { model, user } = world;
    model.setDefault({ status: 401 });
    for (let n = 0; n < 2 * FAILURES; n++) await writeMission(engine().db, user, `m${n}`);
    const made = world.runner();
    await made.sweep();
    expect(made.modelDownSince()).toBeNull();
    expect(await iterationsOf(engine().db, user)).toHaveLength(2 * FAILURES);
  });

  test('a mission that the server fails at alone ends as a failed iteration, and the others are planned', async () => {
    const { model, clock, user } = world;
    model.setDefault(({ body }) => (JSON.stringify(body).includes('poison') ? { status: 500 } : planOf('A')));
    await writeMission(engine().db, user, 'bad', { title: 'poison' });
    for (let n = 0; n < 5; n++) await writeMission(engine().db, user, `m${n}`);
    const made = world.runner();
    for (let n = 0; n < 8; n++) {
      await made.sweep();
      clock.advance(11 * 60_000);
    }
    const iterations = await iterationsOf(engine().db, user);
    expect(iterations).toHaveLength(6);
    expect(iterations.find(({ id }) => id === 'bad-1')?.data).toMatchObject({ error: { reason: 'model_unavailable' } });
  });
});
