import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';
import { openRawStream, pushTasks } from '../support/sync-server.ts';

test('the whole service streams what is pushed to it, and its stop ends the streams rather than waiting for them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pg-missions-stop-'));
  try {
    const read = readConfig({ DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'silent' });
    if (!read.ok) throw new Error(read.problems.join());
    const service = await startService(read.config, pino({ level: 'silent' }));
    const streams = await Promise.all(Array.from({ length: 5 }, () => openRawStream(service.url, 'local')));
    await pushTasks(service.url, 'local', ['a']);
    for (const stream of streams) await stream.until((s) => s.changes().length === 1);
    const mission = await fetch(`${service.url}/api/missions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ title: 'T', objective: 'O', conceptMarkdown: '- [ ] x' }),
    });
    expect(mission.status).toBe(201);
    const ai = await openRawStream(service.url, 'local', '', {}, 'ai');
    await ai.until((s) => s.changes().some(({ table }) => table === 'aiProposals'));
    await service.stop();
    // Not cut off: a cut would break a stream in the middle.
    expect(await Promise.all([...streams, ai].map(({ ended }) => ended))).toEqual(Array(6).fill('end'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
