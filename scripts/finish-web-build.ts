import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, type Plugin, type ResolvedConfig } from 'vite';

/** What of the build is text, and so gets smaller. */
const COMPRESSIBLE = /\.(html|js|css|svg|webmanifest)$/;

/**
 * After a build: makes the service worker, which names every file that was built, and lays a .br and a .gz beside each file
 * that gets smaller by it, so that no request has to wait for compression.
 */
export function finishWebBuild(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'finish-web-build',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    async closeBundle() {
      const folder = resolve(config.root, config.build.outDir);
      await buildServiceWorker(config, folder);
      for (const file of listFiles(folder).filter((name) => COMPRESSIBLE.test(name))) compress(join(folder, file));
    },
  };
}

/** One file without imports, under a name that stays: the browser asks for a new version by it. */
async function buildServiceWorker({ root, logLevel }: ResolvedConfig, folder: string): Promise<void> {
  const files = listFiles(folder);
  const version = createHash('sha256');
  for (const file of files) version.update(file).update(readFileSync(join(folder, file)));
  await build({
    configFile: false,
    root,
    logLevel: logLevel === 'silent' ? 'silent' : 'warn',
    publicDir: false,
    define: {
      SHELL_VERSION: JSON.stringify(version.digest('hex').slice(0, 16)),
      SHELL_FILES: JSON.stringify(files.map((file) => `/${file}`)),
    },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2023',
      rolldownOptions: {
        input: join(root, 'service-worker.ts'),
        output: { format: 'iife', entryFileNames: 'service-worker.js' },
      },
    },
  });
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((name) => name.replaceAll(sep, '/'))
    .sort();
}

function compress(file: string): void {
  const bytes = readFileSync(file);
  const encoded = {
    br: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
    gz: gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }),
  };
  for (const [extension, smaller] of Object.entries(encoded)) {
    if (smaller.length < bytes.length) writeFileSync(`${file}.${extension}`, smaller);
  }
}
