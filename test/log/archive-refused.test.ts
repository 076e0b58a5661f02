import { readFile, writeFile } from 'node:fs/promises';
import { crc32, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Change } from '../../src/core/log/change.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { write } from '../support/missions.ts';
import { archiveDirectory, archiveOf, everythingOf, exportTo, importFrom, writeZip } from './archive-world.ts';

const inDirectory = archiveDirectory();
const AT = '2020-01-01T00:00:00.000Z';

onBothEngines((engine) => {
  const refused = async (path: string, message: RegExp) => {
    const user = newUser();
    await write(engine().db, user, task('t', 'Mine'));
    const before = await everythingOf(engine().db, user);
    expect(await importFrom(engine().db, user, path)).toEqual({
      ok: false,
      reason: 'archive_refused',
      message: expect.stringMatching(message),
    });
    expect(await everythingOf(engine().db, user)).toEqual(before);
  };
  const name = (what: string) => inDirectory(`${engine().db.kind}-${what.replace(/\W+/g, '-')}.zip`);

  test('cut anywhere, an archive is refused', async () => {
    const path = name('whole');
    const bytes = await exported(path);
    for (let part = 0; part < 24; part++) {
      const cut = name(`cut ${part}`);
      await writeFile(cut, bytes.subarray(0, Math.floor((bytes.length * part) / 24)));
      await refused(cut, /is not a zip file, or not a whole one|is damaged/);
    }
    const short = name('one byte short');
    await writeFile(short, bytes.subarray(0, -1));
    await refused(short, /not a whole one/);
  });

  test('with any byte flipped, an archive is refused or it was a byte that tells nothing', async () => {
    const path = name('flipped');
    const bytes = await exported(path);
    let refusals = 0;
    for (let at = 0; at < bytes.length; at += 7) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 0x55;
      await writeFile(path, flipped);
      const user = newUser();
      const outcome = await importFrom(engine().db, user, path);
      const { log } = await everythingOf(engine().db, user);
      if (outcome.ok) expect(log).toHaveLength(40);
      else expect({ reason: outcome.reason, log }).toEqual({ reason: 'archive_refused', log: [] });
      refusals += Number(!outcome.ok);
    }
    // Times, attributes and what a reader skips are few of its bytes.
    expect(refusals).toBeGreaterThan((bytes.length / 7) * 0.6);
  });

  test.each<[string, [string, string | Buffer][], RegExp]>([
    ['another hash', archiveOf(line(1), { sha256: 'a'.repeat(64) }), /its SHA-256 is not the one in the manifest/],
    ['another count', archiveOf(line(1) + line(2), { changes: 3 }), /has 2 changes, the manifest says 3/],
    ['another end', archiveOf(line(1), { lastPosition: 2 }), /has 1 changes/],
    ['another format', archiveOf(line(1), { formatVersion: 2 }), /^manifest.json: formatVersion: /],
    ['another product', archiveOf(line(1), { product: 'x' }), /^manifest.json: product: /],
    ['no user', archiveOf(line(1), { userId: undefined }), /^manifest.json: userId: is required/],
    ['no hash', archiveOf(line(1), { sha256: 'x' }), /^manifest.json: sha256: must be 64/],
    [
      'a manifest that is no JSON',
      [
        ['changes.jsonl', ''],
        ['manifest.json', '{'],
      ],
      /^manifest.json is not JSON/,
    ],
    [
      'a manifest without end',
      [
        ['changes.jsonl', ''],
        ['manifest.json', ' '.repeat(70_000)],
      ],
      /is too long/,
    ],
    ['no manifest', archiveOf(line(1)).slice(0, 1), /^holds no manifest.json/],
    ['no changes', archiveOf(line(1)).slice(1), /^holds no changes.jsonl/],
    ['another entry', [...archiveOf(line(1)), ['readme.txt', 'hi']], /^holds "readme.txt", which is no part/],
    ['an entry twice', [...archiveOf(line(1)), ['manifest.json', '{}']], /^holds manifest.json twice/],
    ['a line that is cut', archiveOf(line(1) + line(2).slice(0, 40)), /^line 2: is cut off/],
    ['a line that is empty', archiveOf(`${line(1)}\n`), /^line 2: it is not valid JSON/],
    ['a line of another kind', archiveOf(`${line(1)}[]\n`), /^line 2: /],
    ['a field that is wrong', archiveOf(line(1) + line(2, { op: 'erase' })), /^line 2: op: /],
    ['a gap', archiveOf(line(1) + line(3)), /^line 2: position: is 3/],
    ['a beginning later on', archiveOf(line(2)), /^line 1: position: is 2/],
    ['a position twice', archiveOf(line(1) + line(1)), /^line 2: position: is 1/],
    [
      'bytes that are no UTF-8',
      [['changes.jsonl', Buffer.from([0x7b, 0xff, 0x0a])], archiveOf('')[1]!],
      /^line 1 .*is not UTF-8/,
    ],
    ['a newer build', archiveOf(line(1, { schemaVersion: 9 })), /schemaVersion: is 9, made by a newer build/],
    [
      'time ahead',
      archiveOf(line(1, { fieldTimestamps: { title: '2999-01-01T00:00:00.000Z', deletedAt: AT } })),
      /lies in the future/,
    ],
  ])('%s: refused before the first change, with what is wrong', async (what, entries, message) => {
    await writeZip(name(what), entries);
    await refused(name(what), message);
  });

  test.each<[string, Buffer | string, RegExp]>([
    ['an empty file', '', /is not a zip file/],
    ['a text', 'hello'.repeat(100), /is not a zip file/],
    ['a way out', rawZip([['../manifest.json', '{}']]), /is damaged .*(relative|invalid)/],
    ['an absolute way', rawZip([['/etc/passwd', '{}']]), /is damaged/],
    ['a lock', rawZip(archiveOf(line(1)), { flags: 1 }), /is encrypted/],
    ['another method', rawZip(archiveOf(line(1)), { method: 12 }), /a method that is not known here/],
    [
      'a lie about a size',
      rawZip(archiveOf(line(1)), { sizeOff: 5 }),
      /changes.jsonl is damaged|manifest.json cannot be read/,
    ],
  ])('%s: refused', async (what, content, message) => {
    await writeFile(name(what), content);
    await refused(name(what), message);
  });

  test('a bomb is refused for what it says of itself, or at its first line', async () => {
    const zeros = deflateRawSync(Buffer.alloc(80 * 1024 * 1024));
    const [, manifest] = archiveOf('');
    const line = rawZip([['changes.jsonl', zeros, 80 * 1024 * 1024], manifest!]);
    await writeFile(name('bomb'), line);
    await refused(name('bomb'), /^line 1: is longer than 64 MiB/);
    const boast = rawZip([['changes.jsonl', zeros, 2 * 1024 * 1024 * 1024], manifest!]);
    await writeFile(name('bomb'), boast);
    await refused(name('bomb'), /unpacks to more than 500 times its size/);
  });

  async function exported(path: string): Promise<Buffer> {
    const user = newUser();
    await write(engine().db, user, ...Array.from({ length: 40 }, (_, n) => task(`t${n}`, `Call ${n}`)));
    await exportTo(engine().db, user, path);
    return readFile(path);
  }
});

function task(recordId: string, title: string): Change {
  return { appId: 'todo', tableName: 'tasks', recordId, op: 'insert', data: { title }, actor: { kind: 'user' } };
}

function line(position: number, over: object = {}): string {
  const change = {
    ...{ position, id: `e${position}`, appId: 'todo', tableName: 'tasks', recordId: `t${position}`, op: 'insert' },
    ...{ data: { title: 'T' }, fieldTimestamps: { title: AT, deletedAt: AT }, clientId: 'c', schemaVersion: 1 },
    ...{ actor: { kind: 'user' }, createdAt: '2020-01-01T00:00:00.000000Z' },
  };
  return `${JSON.stringify({ ...change, ...over })}\n`;
}

/** A zip byte by byte, for what no honest writer would write. An entry with a size of its own is deflated already. */
function rawZip(
  entries: [name: string, content: string | Buffer, size?: number][],
  { flags = 0, method = 8, sizeOff = 0 } = {},
): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content, size] of entries) {
    const packed = size === undefined ? deflateRawSync(content) : (content as Buffer);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(size === undefined ? crc32(content) : 0, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE((size ?? Buffer.byteLength(content)) + sizeOff, 18);
    common.writeUInt16LE(name.length, 22);
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, Buffer.from(name)]));
    files.push(file);
    offset += file.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, central, end]);
}
