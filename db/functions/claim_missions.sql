-- Claims up to p_limit queued missions for a runner and returns all that planning needs, in one round trip.
--
-- The life of a want: raised (raise_want, or here when next_run_at comes) -> queued -> claimed (token and lease) ->
-- recorded (record_plans) | handed back (release_claim) | lapsed (here: the lease ended, the claim goes to another).
-- Claimed rows are locked with skip locked, so runners never wait for each other; no head row is taken here, and nobody
-- who holds a mission row asks for a head row afterwards (lock order: log head, then mission).
--
-- p_budget: the caps on calls of a model and what one may take (see weigh_calls), reserved here so that it costs the wake
-- no round trip of its own. What a cap does not allow is held, and returned with nothing but the reason, so that the
-- runner knows that there was something, and looks on. Null: the planner calls no model.
--
-- A want whose claims lapsed twice is suspected to kill its runner: a process plans one such at a time, so that no two
-- are there when it dies, and whoever is innocent among them comes to its plan.
--
-- p_per_user bounds how many claims one user may hold at a time, over all runners. p_now is for tests; absent, it is the
-- database's clock, the one clock that all runners share.
--
-- What is read comes as json, not jsonb: it goes to the wire at once, and building jsonb only to print it took 0.15 ms
-- of a claim. The plans are generic for good: custom ones, which the estimates for one claim against ten favour for
-- ever, cost 0.4 to 0.6 ms of planning per claim, and every look-up here is by a key or in the order of an index anyway.
create or replace function claim_missions(
  p_runner text, p_limit int, p_lease interval, p_per_user int, p_now timestamptz default null,
  p_budget jsonb default null
) returns table (
  user_id text, mission_id text, want bigint, claim_token uuid, attempt int, waited_ms float8,
  "position" bigint, mission jsonb, iterations json, inputs json, policy jsonb, answers json, causes jsonb, held jsonb
)
language plpgsql security definer
set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan
rows 10 as $$
#variable_conflict use_column
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_today date := (v_now at time zone 'utc')::date;
  v_call bigint := coalesce((p_budget ->> 'call')::bigint, 0);
  v_setting text;
  v_picked missions[];
  v_claimed missions[];
  v_verdicts jsonb[];
begin
  -- The claim commits without waiting for the disk, which took 0.6 ms of its 2.5, and 4 of its 6 on a busy one. If the
  -- server crashes within that moment, the want, which is durable, is queued again, and the token of the forgotten claim
  -- opens nothing: as with a lapsed lease, the model may be asked twice, and the plan is recorded once. Whatever the
  -- runner stores later under this claim waits for the disk, and the server's own log takes the claim there with it.
  v_setting := set_config('synchronous_commit', 'off', true);

  -- min() rather than exists(): it is one look at the end of the index, whatever the statistics say.
  if (select min(m.due_at) from missions m where m.due_at is not null) <= v_now then
    perform queue_due_missions(v_now);
  end if;
  if p_limit <= 0 then
    return;
  end if;

  -- Locked first and then claimed, in a statement each. Where one mission waits, as when a person has just written it, there
  -- is nobody to be fair to, and the statement that is takes longer to set up than all that it does.
  if (select count(*) from (select from missions m where m.queue_at is not null order by m.queue_at limit 2) waiting) < 2 then
    select array_agg(m) into v_picked from (
      select * from missions m
      where m.queue_at is not null
        and p_per_user > (select count(*) from missions b where b.user_id = m.user_id and b.claim_token is not null)
        and (m.lapses < 2 or not exists (
          select from missions s where s.claim_token is not null and s.runner = p_runner and s.lapses >= 2))
      order by m.queue_at limit 1
      for update of m skip locked
    ) m;
  else
    with recursive busy as materialized (
      select m.user_id, count(*) as claims from missions m where m.claim_token is not null group by m.user_id
    ), head as materialized (
      -- A window, so that a long queue is never read whole; virtual time keeps other users' wants near its front.
      select m.user_id, m.mission_id, m.queue_at, m.lapses from missions m where m.queue_at is not null order by m.queue_at limit 1000
    ), users as (
      -- Where nobody in the window may have another claim, those behind it are looked up user by user. To read on in the
      -- queue would take 50 ms where 100,000 missions of one user wait.
      select min(m.user_id) as user_id from missions m
      where m.queue_at is not null and (select count(*) from head) = 1000
        and not exists (select from head h left join busy b on b.user_id = h.user_id where coalesce(b.claims, 0) < p_per_user)
      union all
      select (select min(m.user_id) from missions m where m.queue_at is not null and m.user_id > u.user_id)
      from users u where u.user_id is not null
    ), behind as (
      select u.user_id from users u
      where u.user_id is not null and u.user_id not in (select b.user_id from busy b where b.claims >= p_per_user) limit 1000
    ), front as (
      select ahead.* from (
        select m.user_id, m.mission_id, m.queue_at, m.lapses from behind b cross join lateral (
          select q.user_id, q.mission_id, q.queue_at, q.lapses from missions q
          where q.user_id = b.user_id and q.queue_at is not null order by q.queue_at limit p_per_user
        ) m
        union all
        select h.user_id, h.mission_id, h.queue_at, h.lapses from head h
      ) ahead limit 1000
    ), ranked as (
      select f.user_id, f.mission_id, f.queue_at, f.lapses,
             coalesce(b.claims, 0) + row_number() over (partition by f.user_id order by f.queue_at) as nth
      from front f left join busy b on b.user_id = f.user_id
    ), free as (
      select r.*, count(*) filter (where r.lapses >= 2) over (order by r.queue_at, r.user_id, r.mission_id) as suspects
      from ranked r where r.nth <= p_per_user
    ), picked as (
      select m
      from free r join missions m on m.user_id = r.user_id and m.mission_id = r.mission_id
      where m.queue_at is not null
        and (r.lapses < 2 or r.suspects = 1 and not exists (
          select from missions s where s.claim_token is not null and s.runner = p_runner and s.lapses >= 2))
      order by r.queue_at limit p_limit
      for update of m skip locked
    )
    select array_agg(p.m) into v_picked from picked p;
  end if;
  if v_picked is null then
    return;
  end if;

  if p_budget is not null then
    v_verdicts := weigh_calls(v_picked, (p_budget ->> 'call')::bigint, p_budget, v_now);
    if array_remove(v_verdicts, null) <> '{}' then
      for v_place in 1 .. cardinality(v_picked) loop
        if v_verdicts[v_place] is null then
          v_claimed := v_claimed || v_picked[v_place];
          continue;
        end if;
        perform hold_mission(v_picked[v_place], v_verdicts[v_place], v_now);
        user_id := v_picked[v_place].user_id;
        mission_id := v_picked[v_place].mission_id;
        held := v_verdicts[v_place];
        return next;
      end loop;
      v_picked := v_claimed;
    end if;
  end if;

  with claimed as (
    update missions m set
      claim_token = gen_random_uuid(), runner = p_runner,
      attempts = case when m.begun = m.wanted then m.attempts + 1 else 1 end, begun = m.wanted,
      queue_at = null, due_at = v_now + p_lease,
      reserved = v_call, spent_on = case when v_call > 0 then v_today else m.spent_on end,
      spent_tokens = case when v_call = 0 then m.spent_tokens when m.spent_on = v_today then m.spent_tokens + m.reserved else 0 end
    from unnest(v_picked) p where m.user_id = p.user_id and m.mission_id = p.mission_id
    returning m as mission
  )
  select array_agg(c.mission order by (c.mission).wanted_at) into v_claimed from claimed c;

  -- A statement of its own, so with a snapshot taken after the rows were locked: read in the statement above, a mission
  -- edited between its snapshot and its lock would be planned from the older text under the newer want.
  -- Whatever is read is looked up by its whole key, in a subquery each: joined, the planner would at times fetch all
  -- records of the user to find a few.
  return query
  select m.user_id, m.mission_id, m.begun, m.claim_token, m.attempts,
         (extract(epoch from v_now - m.wanted_at) * 1000)::float8,
         (select h.position from user_heads h where h.user_id = m.user_id),
         r.data, read_iterations(m.user_id, m.mission_id, 3),
         (select coalesce(json_agg(json_build_object(
                   'appId', i.ref ->> 'appId', 'table', i.ref ->> 'table', 'id', i.ref ->> 'id', 'data',
                   (select ir.data from records ir
                    where ir.user_id = m.user_id and ir.app_id = i.ref ->> 'appId' and ir.table_name = i.ref ->> 'table'
                      and ir.record_id = i.ref ->> 'id' and ir.deleted_at is null)) order by i.n), '[]')
          from jsonb_array_elements(case when jsonb_typeof(r.data -> 'inputs') = 'array' then r.data -> 'inputs' else '[]' end)
                 with ordinality i(ref, n)),
         coalesce((select p.data from records p
                   where (p.user_id, p.app_id, p.table_name, p.record_id) = (m.user_id, 'ai', 'aiPolicy', 'policy')
                     and p.deleted_at is null), '{}'),
         coalesce((select json_agg(c.answer order by c.number) from model_calls c
                   where (c.user_id, c.mission_id, c.want) = (m.user_id, m.mission_id, m.begun) and c.answer is not null), '[]'),
         m.want_causes, null::jsonb
  from unnest(v_claimed) m
  join records r on (r.user_id, r.app_id, r.table_name, r.record_id) = (m.user_id, 'ai', 'aiMissions', m.mission_id);
end
$$;
