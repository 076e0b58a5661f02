import type pg from 'pg';
import type { Budget } from '../../src/core/planning/budget.ts';

export interface BooksWatch {
  /** How often the books were looked at, and what was more than a cap allows. */
  seen(): Promise<{ looks: number; over: unknown[] }>;
}

/**
 * Has the database itself look at a person's books whenever they change: at the end of each transaction that changed
 * them, when it sees its own changes and all that are committed. Who reserves has the person's row of spending locked by
 * then, so that nobody can come between the look and the commit: no state of the books is left out.
 */
export async function watchBooks(superuser: pg.Pool, budget: Budget): Promise<BooksWatch> {
  await superuser.query(`
    create schema watch;
    create sequence watch.looks;
    create table watch.over (who text, calls bigint, tokens bigint);
    create function watch.look() returns trigger language plpgsql security definer
      set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
    begin
      perform nextval('watch.looks');
      insert into watch.over
      select 'user ' || s.user_id, s.calls + r.calls, s.tokens + r.tokens
      from spending s cross join lateral (
        select count(*) filter (where m.reserved > 0) as calls, coalesce(sum(m.reserved), 0) as tokens
        from missions m where m.user_id = s.user_id
      ) r
      where s.user_id = new.user_id
        and (s.calls + r.calls > ${budget.userCalls} or s.tokens + r.tokens > ${budget.userTokens})
      union all
      select 'mission ' || m.user_id || '/' || m.mission_id, 0, m.spent_tokens + m.reserved from missions m
      where m.user_id = new.user_id and m.spent_tokens + m.reserved > ${budget.missionTokens};
      return null;
    end $$;
    create constraint trigger watched after update on missions deferrable initially deferred for each row
      when ((old.reserved, old.spent_tokens) is distinct from (new.reserved, new.spent_tokens)) execute function watch.look();
    create constraint trigger watched after update on spending deferrable initially deferred for each row
      when ((old.calls, old.tokens) is distinct from (new.calls, new.tokens)) execute function watch.look();`);
  return {
    async seen() {
      const { rows } = await superuser.query(`select last_value::int as looks from watch.looks`);
      return { looks: rows[0].looks, over: (await superuser.query('select * from watch.over limit 5')).rows };
    },
  };
}
