import type { Config } from '../config.ts';
import { type Check, error } from './check.ts';
import { checkKeys } from './check-keys.ts';
import { checkModel } from './check-model.ts';
import { checkNode } from './check-node.ts';
import { checkPostgres } from './check-postgres.ts';
import { checkReplica } from './check-replica.ts';
import { checkService } from './check-service.ts';
import { checkStore } from './check-store.ts';
import { describeFailure } from './describe-failure.ts';

/** What hangs for longer has failed. */
const PATIENCE_MS = 10_000;

/**
 * Looks at all that a service with this configuration needs, changes nothing, and says of each thing how it stands and
 * how to mend it. The configuration itself has been read by now, so it is in order.
 */
export async function examine(config: Config, signal: AbortSignal): Promise<Check[]> {
  const parts: [string, () => Promise<Check[]>][] = [
    ['Node', async () => [checkNode(process.versions.node)]],
    ['database', () => (config.DATABASE_URL === undefined ? checkStore(config) : checkPostgres(config))],
    ['replica', () => checkReplica(config)],
    ['keys', () => checkKeys(config)],
    ['model', () => checkModel(config)],
    ['service', () => checkService(config)],
  ];
  const checks = await Promise.all(
    parts.map(([name, part]) =>
      inTime(part(), signal).catch((failure) => [
        error(name, `could not be looked at: ${describeFailure(failure)}`, 'see to that, and ask the doctor again'),
      ]),
    ),
  );
  return checks.flat();
}

function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
    signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
