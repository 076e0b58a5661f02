/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />

// Keeps the shell of the web client, so that it opens without a network. Data is not its business: it answers neither
// /api nor /sync nor anything else that is not a file of the build.
import { isClientPath } from './client-paths.ts';

const worker = self as unknown as ServiceWorkerGlobalScope;

// Filled in when the build is done: see scripts/finish-web-build.ts.
declare const SHELL_VERSION: string;
declare const SHELL_FILES: string[];

const CACHE = `shell-${SHELL_VERSION}`;
const FILES = SHELL_FILES;

/** How long a navigation may wait for the network before the kept page is shown. */
const NETWORK_MS = 3_000;

worker.addEventListener('install', (event) => {
  // Past the browser's own cache, so that an old page is not kept under a new name.
  const fresh = FILES.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
  // Pages that are open go on with the code they have loaded; what they still have to load and is gone makes the router
  // load the page anew.
  worker.skipWaiting();
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(removeOldCaches());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (request.mode === 'navigate') {
    if (isClientPath(pathname)) event.respondWith(newestPage(request));
  } else if (FILES.includes(pathname)) {
    event.respondWith(keptFile(request, pathname));
  }
});

async function removeOldCaches(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith('shell-') && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The page as the service has it now, so that an update shows at the next load; the kept one when it does not answer. */
async function newestPage(request: Request): Promise<Response> {
  try {
    const response = await fetch(request.url, { signal: AbortSignal.timeout(NETWORK_MS), redirect: 'manual' });
    if (response.status < 500) return response;
  } catch {
    // No network, or too slow a one.
  }
  return keptFile(request, '/index.html');
}

async function keptFile(request: Request, file: string): Promise<Response> {
  const kept = await caches.match(file, { cacheName: CACHE });
  return kept ?? fetch(request);
}
