-- Whether the caps allow each of these missions one more call of at most p_tokens tokens: null, or why not, as
-- {"cap", "limit", "spent", "reserved", "needs"}. What is spent and what is reserved together stay within every cap at
-- every instant: whoever would reserve first takes the user's row of spending, and looks afterwards, by a new snapshot.
-- To settle or to give a reservation back only lessens the sum (a provider that reports more than was reserved is taken at
-- its word, and the next reservation sees it).
--
-- p_budget: {"userCalls", "userTokens", "missionTokens"}, for a day (UTC); an absent one is no cap. Beside them stands the
-- person's own for a mission, `dailyTokens` of its record ("ownTokens"). The caller holds the missions' rows, and reserves
-- what is allowed in the same transaction. What a mission has reserved on the same day and nobody has settled, because
-- its runner died, is charged here. Lock order: mission, then spending, users in their order.
create or replace function weigh_calls(p_missions missions[], p_tokens bigint, p_budget jsonb, p_now timestamptz)
returns jsonb[]
language plpgsql
set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan as $$
declare
  v_today date := (p_now at time zone 'utc')::date;
begin
  insert into spending as s (user_id, day, calls, tokens)
  select m.user_id, v_today, count(*) filter (where m.reserved > 0 and m.spent_on = v_today),
         coalesce(sum(m.reserved) filter (where m.spent_on = v_today), 0)
  from unnest(p_missions) m group by m.user_id order by m.user_id
  on conflict (user_id) do update set
    calls = case when s.day < excluded.day then 0 else s.calls end + excluded.calls,
    tokens = case when s.day < excluded.day then 0 else s.tokens end + excluded.tokens,
    day = greatest(s.day, excluded.day);

  return (
    with asked as materialized (
      select (m).user_id, (m).mission_id, n, case when (m).spent_on = v_today then (m).spent_tokens + (m).reserved else 0 end as spent,
             (select least(1e15, greatest(0, (r.data ->> 'dailyTokens')::numeric))::bigint from records r
              where (r.user_id, r.app_id, r.table_name, r.record_id) = ((m).user_id, 'ai', 'aiMissions', (m).mission_id)
                and jsonb_typeof(r.data -> 'dailyTokens') = 'number') as own_tokens
      from (select p_missions[n] as m, n from generate_subscripts(p_missions, 1) n) given
    ), in_flight as materialized (
      select s.user_id, s.calls as spent_calls, s.tokens as spent_tokens, o.calls, o.tokens
      from spending s cross join lateral (
        select count(*) as calls, coalesce(sum(m.reserved), 0)::bigint as tokens from missions m
        where m.user_id = s.user_id and m.reserved > 0 and (m.claim_token is not null or m.spent_on = v_today)
          and not exists (select from asked a where a.user_id = m.user_id and a.mission_id = m.mission_id)
      ) o
      where s.user_id in (select a.user_id from asked a)
    ), judged as (
      select a.*,
             case
               when a.spent + p_tokens > a.own_tokens then 'ownTokens'
               when a.spent + p_tokens > (p_budget ->> 'missionTokens')::bigint then 'missionTokens'
             end as own_cap
      from asked a
    ), placed as (
      -- Those before it in the same look are reserved first.
      select j.*, row_number() over (partition by j.user_id, j.own_cap is null order by j.n) - 1 as before from judged j
    )
    select array_agg(
      case
        when p.own_cap = 'ownTokens' then jsonb_build_object(
          'cap', p.own_cap, 'limit', p.own_tokens, 'spent', p.spent, 'reserved', 0, 'needs', p_tokens)
        when p.own_cap = 'missionTokens' then jsonb_build_object(
          'cap', p.own_cap, 'limit', p_budget -> p.own_cap, 'spent', p.spent, 'reserved', 0, 'needs', p_tokens)
        when f.spent_calls + f.calls + p.before + 1 > (p_budget ->> 'userCalls')::bigint then jsonb_build_object(
          'cap', 'userCalls', 'limit', p_budget -> 'userCalls', 'spent', f.spent_calls, 'reserved', f.calls + p.before, 'needs', 1)
        when f.spent_tokens + f.tokens + (p.before + 1) * p_tokens > (p_budget ->> 'userTokens')::bigint then jsonb_build_object(
          'cap', 'userTokens', 'limit', p_budget -> 'userTokens', 'spent', f.spent_tokens,
          'reserved', f.tokens + p.before * p_tokens, 'needs', p_tokens)
      end order by p.n)
    from placed p join in_flight f on f.user_id = p.user_id);
end
$$;
