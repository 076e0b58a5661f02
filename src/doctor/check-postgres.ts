import type { Config } from '../config.ts';
import { type Check, error, ok } from './check.ts';
import { checkCatalog } from './check-catalog.ts';
import { checkListener } from './check-listener.ts';
import { connect } from './connect.ts';
import { describeFailure } from './describe-failure.ts';

/** Postgres: answers, is of a version that is tested, keeps its users apart, and carries notifications. */
export async function checkPostgres({ DATABASE_URL, DATABASE_DIRECT_URL }: Config): Promise<Check[]> {
  const client = await connect(DATABASE_URL!).catch((failure: unknown) => describeFailure(failure));
  if (typeof client === 'string') {
    return [
      error(
        'database',
        client,
        'start Postgres, or set DATABASE_URL to where it is, with a user and password that it takes',
      ),
    ];
  }
  try {
    const query = async <Row>(text: string) => (await client.query(text)).rows as Row[];
    const [about] = await query<{ user: string; database: string }>(
      'select current_user as user, current_database() as database',
    );
    return [
      ok('database', `connected to "${about!.database}" as "${about!.user}"`),
      ...(await checkCatalog(query, 'postgres')),
      await checkListener(DATABASE_DIRECT_URL ?? DATABASE_URL!, query),
    ];
  } finally {
    await client.end();
  }
}
