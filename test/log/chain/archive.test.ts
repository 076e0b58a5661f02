// An archive whose sums are right and whose content is not: the links tell, and name the line.
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { USER } from '../../../src/core/log/actor.ts';
import type { Manifest } from '../../../src/core/log/archive.ts';
import { openArchive } from '../../../src/log/archive/open-archive.ts';
import { newUser, onBothEngines } from '../../support/engines.ts';
import { write } from '../../support/missions.ts';
import { archiveDirectory, archiveOf, exportTo, importFrom, writeZip } from '../archive-world.ts';

const inDirectory = archiveDirectory();

onBothEngines((engine) => {
  /** Nine changes, of statements of three, with what a parser would write down otherwise. */
  async function exported() {
    const user = newUser();
    for (let n = 0; n < 9; n += 3) {
      const changes = [n, n + 1, n + 2].map((m) => ({ data: { title: `,"data":"${m}`, notes: 'é\u2028', n: 1.5 }, m }));
      await write(
        engine().db,
        user,
        ...changes.map(({ data, m }) => ({
          ...{ appId: 'todo', tableName: 'tasks', recordId: `,"actor":${m}`, op: 'insert' as const, actor: USER },
          data,
        })),
      );
    }
    const path = inDirectory(`${user}.zip`);
    await exportTo(engine().db, user, path);
    const archive = await openArchive(path);
    const lines = (await text(await archive.openChanges())).trimEnd().split('\n');
    archive.close();
    return { path, lines, manifest: archive.manifest };
  }

  const forged: [string, (lines: string[]) => string[], (manifest: Manifest) => object, RegExp | null][] = [
    ['as it was', (lines) => lines, () => ({}), null],
    [
      'one character',
      (lines) => edit(lines, 5, '1.5', '1.6'),
      () => ({}),
      /^line 4: this change, or one up to line 6, is/,
    ],
    ['a number of the same value', (lines) => edit(lines, 1, '1.5', '1.50'), () => ({}), /^line 1: /],
    ['a link', (lines) => edit(lines, 4, /"link":"../, '"link":"00'), () => ({}), /^line 1: /],
    ['no link', (lines) => edit(lines, 4, /,"link":"\w+"/, ''), () => ({}), /^line 1: /],
    ['the end', (lines) => lines.slice(0, 8), () => ({}), /^line 7: /],
    ['the end, at a link', (lines) => lines.slice(0, 6), () => ({}), /^line 4: /],
    ['whose it is', (lines) => lines, () => ({ userId: 'eve' }), /^line 1: /],
    ['the last link', (lines) => lines, () => ({ link: '0'.repeat(64) }), /^line 7: /],
    [
      'spaces',
      (lines) => edit(lines, 2, '{"position"', '{ "position"'),
      () => ({}),
      /^line 2: is not written as an export/,
    ],
    ['a second actor', (lines) => edit(lines, 2, /}$/, ',"actor":{"kind":"user"}}'), () => ({}), /^line 1: /],
    [
      'of before there were links',
      (lines) => lines.map((line) => line.replace(/,"link":"\w*"/, '')),
      () => ({ link: undefined }),
      null,
    ],
  ];

  test.each(forged)('%s', async (_, edited, over, message) => {
    const { path, lines, manifest } = await exported();
    const { changes, firstPosition, lastPosition, sha256, ...rest } = manifest;
    const content = `${edited(lines).join('\n')}\n`;
    await writeZip(path, archiveOf(content, { ...rest, ...over(manifest) }));
    const outcome = await importFrom(engine().db, newUser(), path);
    if (message === null) expect(outcome).toMatchObject({ ok: true, added: 9 });
    else expect(outcome).toEqual({ ok: false, reason: 'archive_refused', message: expect.stringMatching(message) });
  });
});

function edit(lines: string[], line: number, from: string | RegExp, to: string): string[] {
  const edited = lines.with(line - 1, (lines[line - 1] as string).replace(from, to));
  expect(edited).not.toEqual(lines);
  return edited;
}
