import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ServiceProcessCalls } from './service-process.ts';
import { startWorker } from './worker.ts';

export interface BenchService {
  url: string;
  /** The header that says who it is. */
  authorization(userId: string): Promise<string>;
  /** Bytes of what lives in its process. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

/** One API process of the service, with users by tokens, in a process of its own. */
export function startBenchService(databaseUrl: string): Promise<BenchService> {
  return startService({ ROLE: 'api', DATABASE_URL: databaseUrl });
}

/** The service on the embedded database, which lives in its process and has one process only. */
export function startEmbeddedService(directory: string): Promise<BenchService> {
  return startService({ DATA_DIR: directory });
}

async function startService(where: Record<string, string>): Promise<BenchService> {
  const secret = randomBytes(32).toString('hex');
  const worker = startWorker<ServiceProcessCalls>(new URL('./service-process.ts', import.meta.url), []);
  try {
    const url = await worker.call('start', {
      ...where,
      PORT: '0',
      AUTH_JWT_SECRET: secret,
      RATE_LIMIT_PER_MINUTE: '0',
    });
    return {
      url,
      async authorization(userId) {
        const token = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject(userId).setExpirationTime('1 day');
        return `Bearer ${await token.sign(new TextEncoder().encode(secret))}`;
      },
      memory: () => worker.call('memory'),
      stop: () => worker.stop(),
    };
  } catch (error) {
    await worker.stop();
    throw error;
  }
}
