import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { splitHosts } from './split-hosts.ts';

/** What does not answer for so long is taken for dead. */
const PATIENCE_MS = 3_000;
/** How long the others may still answer once one that takes writes has: a dead machine refuses nothing, it is silent. */
const OTHERS_MS = 500;
/** SQL state "cannot connect now": whoever asks is to try again. */
const CANNOT_CONNECT_NOW = '57P03';

interface Server {
  url: string;
  host: string;
  writable: boolean;
  cluster: string;
  /** Promotion begins a new one, so that the newest is the primary and an older one a former primary. */
  timeline: number;
  /** When it was started, to the microsecond: two names may lead to one server. */
  started: string;
}

/** Of each cluster the newest timeline that this process has seen, and looks under way. */
const newest = new Map<string, number>();
const looking = new Map<string, Promise<string>>();

/**
 * The URL of the one server among those of a URL with several hosts that takes writes, as libpq's
 * `target_session_attrs=read-write`; a URL with one host is its own answer. Of several that take writes only the newest
 * timeline counts, and none that is older than this process has seen: a former primary that came back alone is not
 * followed. (To keep it from coming back is the operator's; one that nobody told keeps whoever is connected to it.)
 */
export function findPrimary(connectionString: string): Promise<string> {
  const urls = splitHosts(connectionString);
  if (urls.length === 1) return Promise.resolve(connectionString);
  const look =
    looking.get(connectionString) ?? choosePrimary(urls).finally(() => void looking.delete(connectionString));
  looking.set(connectionString, look);
  return look;
}

async function choosePrimary(urls: string[]): Promise<string> {
  const servers: Server[] = [];
  const failures: unknown[] = [];
  const heard = new AbortController();
  const all = Promise.all(
    urls.map((url) =>
      ask(url).then(
        (server) => {
          servers.push(server);
          if (server.writable) heard.abort();
        },
        (failure: unknown) => failures.push(failure),
      ),
    ),
  );
  await Promise.race([all, aborted(heard.signal).then(() => delay(OTHERS_MS, undefined, { ref: false }))]);
  const chosen = newestOf(servers.filter(({ writable }) => writable));
  if (chosen) return chosen.url;
  const refused = failures.find(isRefusal);
  if (refused) throw refused;
  const standbys = servers.map(({ host }) => host);
  throw cannotConnect(
    `no server of ${urls.length} takes writes${standbys.length > 0 ? `; standing by: ${standbys.join(', ')}` : ''}`,
    new AggregateError(failures, failures.map(messageOf).join('; ')),
  );
}

function newestOf(writable: Server[]): Server | undefined {
  const [first, ...others] = [...writable].sort((a, b) => b.timeline - a.timeline);
  if (!first) return undefined;
  const rival = others.find(
    ({ started, cluster, timeline }) =>
      started !== first.started && (cluster !== first.cluster || timeline === first.timeline),
  );
  if (rival) throw cannotConnect(`${first.host} and ${rival.host} both take writes: stop the one that is not to`);
  const seen = newest.get(first.cluster) ?? 0;
  if (first.timeline < seen) {
    throw cannotConnect(`${first.host} is a former primary (timeline ${first.timeline}; ${seen} is there already)`);
  }
  newest.set(first.cluster, first.timeline);
  return first;
}

async function ask(url: string): Promise<Server> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'pg-missions',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(`
      select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable,
             (select system_identifier::text from pg_control_system()) as cluster,
             case when pg_is_in_recovery() then 0
                  else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end as timeline,
             pg_postmaster_start_time()::text as started`);
    return { url, host: `${client.host}:${client.port}`, ...rows[0] };
  } finally {
    // Not waited for: a silent server would not answer that either.
    client.end().catch(() => {});
  }
}

/** A wrong password, or a database that is not there: to try again would not help. */
function isRefusal(failure: unknown): boolean {
  return failure instanceof Error && 'code' in failure && /^(28...|3D000)$/.test(String(failure.code));
}

function cannotConnect(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code: CANNOT_CONNECT_NOW });
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message || String((failure as { code?: unknown }).code) : String(failure);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
