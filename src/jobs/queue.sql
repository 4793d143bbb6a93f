-- The queue of jobs (docs/proving-on-many-machines.md). Its owner is the role of the keepers, who hand in runs and verify what
-- comes back; alone they write the tables. A worker's role may call take, beat and give, and nothing else. Who a worker is, is
-- its login (session_user), which the server has checked; its name is for people.
create schema ashlar;

create table ashlar.setting (
    format int not null,
    lease interval not null default '60 seconds',   -- without a heartbeat
    abandoned interval not null default '2 minutes', -- a run whose keeper was not heard of for so long gets no workers
    transaction interval not null default '60 seconds', -- of a worker: a keeper ends the session of a longer one
    leases int not null default 16                   -- of one login at a time
);
insert into ashlar.setting (format) values (2);

-- A run of a guest program: its name says which program, version, input and cut.
create table ashlar.run (
    name bytea primary key check (octet_length(name) = 32),
    build text not null,
    program bytea not null,
    input bytea not null,
    plan bytea not null,
    error text, -- why it gets no proof
    created timestamptz not null default now(),
    kept timestamptz not null default now(), -- its keeper was there
    keeper name, -- who that is: a session of the server
    keeper_process int,
    keeper_since timestamptz
);
alter table ashlar.run alter input set storage external;

-- A part of it: level 0; or a node of the tree that joins them, from the moment on that its children are there: it is a run of
-- the program `join`, whose input has their proofs.
create table ashlar.job (
    id bigint generated always as identity primary key,
    run bytea not null references ashlar.run on delete cascade,
    level int not null,
    place int not null, -- in its level, from 0
    plan bytea check ((level > 0) = (plan is not null)),
    input bytea check ((level > 0) = (input is not null)),
    cells bigint not null,
    memory_bytes bigint not null,
    state text not null default 'ready' check (state in ('ready', 'leased', 'given', 'done', 'failed')),
    attempt int not null default 0,
    login name, -- who has or had it
    worker text,
    taken timestamptz,
    lease_until timestamptz,
    renew_until timestamptz,
    -- What was given and nobody has verified yet: one for each job at most.
    result bytea,
    error text,
    seconds float8,
    unique (run, level, place)
);
alter table ashlar.job alter result set storage external, alter input set storage external;
create index on ashlar.job (state) where state in ('ready', 'leased', 'given');

-- What was verified.
create table ashlar.artefact (
    job bigint primary key references ashlar.job on delete cascade,
    bytes bytea not null,
    login name not null,
    worker text not null,
    seconds float8 not null,
    verified timestamptz not null default now()
);
alter table ashlar.artefact alter bytes set storage external;

-- Who failed a job, and until when it goes to others.
create table ashlar.failure (
    job bigint not null references ashlar.job on delete cascade,
    login name not null,
    failed int not null default 0, -- given back, or refused
    lost int not null default 0,   -- leases that ran out
    back int not null default 0,   -- handed back without a word
    again timestamptz not null,
    error text not null,
    primary key (job, login)
);

-- Who gave something of this run that did not verify.
create table ashlar.barred (
    run bytea not null references ashlar.run on delete cascade,
    login name not null,
    primary key (run, login)
);

create table ashlar.worker (
    login name not null,
    name text not null,
    build text not null,
    memory_bytes bigint not null,
    threads int not null,
    seen timestamptz not null,
    jobs bigint not null default 0, -- verified, and what they took
    cells bigint not null default 0,
    seconds float8 not null default 0,
    failed bigint not null default 0,
    lost bigint not null default 0,
    refused bigint not null default 0,
    primary key (login, name)
);

-- For whoever watches.
create view ashlar.workers as
    select login, name, build, memory_bytes, threads, seen, jobs, cells, seconds,
           cells / nullif(seconds, 0) as cells_a_second, failed, lost, refused,
           (select count(*) from ashlar.job j
            where j.state = 'leased' and j.login = w.login and j.worker = w.name) as at_work
    from ashlar.worker w;
create view ashlar.runs as
    select r.name, r.build, r.created, r.kept, r.error, count(*) as jobs, count(*) filter (where j.level > 0) as nodes,
           count(*) filter (where j.state = 'done') as done, count(*) filter (where j.state = 'leased') as at_work,
           count(*) filter (where j.state = 'given') as to_verify, sum(j.cells) as cells,
           coalesce(sum(j.cells) filter (where j.state = 'done'), 0) as cells_done
    from ashlar.run r join ashlar.job j on j.run = r.name group by r.name;

-- ---- for the owner, and inside --------------------------------------------------------------------

-- What a worker did. A worker may hold its own row for as long as its transaction lasts; these are figures, so nobody waits
-- for it long.
create function ashlar.add_to_worker(of_login name, of_name text, more_jobs int, more_cells bigint, more_seconds float8,
                                     more_failed int, more_lost int, more_refused int) returns void
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '500ms' as $$
begin
    update ashlar.worker set jobs = jobs + more_jobs, cells = cells + more_cells, seconds = seconds + more_seconds,
        failed = failed + more_failed, lost = lost + more_lost, refused = refused + more_refused
        where login = of_login and name = of_name;
exception when lock_not_available then
    null;
end $$;

-- What comes from a worker and is shown to people, on terminals too.
create function ashlar.printable(words text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select regexp_replace(words collate "C", '[^ -~]', '?', 'g')
$$;

-- An attempt that came to nothing. The job is ready again, but not at once for who had it; three logins that failed it, or ten
-- attempts of three, and its run has failed.
create function ashlar.count_failure(failed_job bigint, why text, was_lost bool) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    j ashlar.job;
    failing bigint;
    logins bigint;
    attempts bigint;
    pause interval;
begin
    select * into j from ashlar.job where id = failed_job;
    select lease / 4 into pause from ashlar.setting;
    insert into ashlar.failure as f (job, login, failed, lost, again, error)
        values (j.id, j.login, (not was_lost)::int, was_lost::int, now() + pause, why)
        on conflict (job, login) do update set failed = f.failed + excluded.failed, lost = f.lost + excluded.lost,
            error = excluded.error, again = now() + pause * (1 << least(f.failed + f.lost, 8));
    perform ashlar.add_to_worker(j.login, j.worker, 0, 0, 0, (not was_lost)::int, was_lost::int, 0);
    select count(*) filter (where failed > 0), count(*) filter (where failed + lost > 0), sum(failed + lost)
        into failing, logins, attempts from ashlar.failure where job = j.id;
    if failing >= 3 or (attempts >= 10 and logins >= 3) then
        update ashlar.job set state = 'failed', result = null, error = why where id = j.id;
        update ashlar.run set error = format('%s %s%s failed at %s logins: %s', case j.level when 0 then 'part' else 'node' end,
            j.place + 1, case j.level when 0 then '' else ' of level ' || j.level end, logins, why) where name = j.run;
    else
        update ashlar.job set state = 'ready', result = null, error = null where id = j.id;
    end if;
    perform pg_notify('ashlar_' || left(encode(j.run, 'hex'), 32), '');
end $$;

-- What was given is verified, or is not.
create function ashlar.accept(given_job bigint, given_attempt int) returns bool
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    j ashlar.job;
begin
    select * into j from ashlar.job where id = given_job and attempt = given_attempt and state = 'given' for update;
    if not found then
        return false;
    end if;
    insert into ashlar.artefact (job, bytes, login, worker, seconds)
        values (j.id, j.result, j.login, j.worker, j.seconds);
    update ashlar.job set state = 'done', result = null, error = null where id = j.id;
    perform ashlar.add_to_worker(j.login, j.worker, 1, j.cells, j.seconds, 0, 0, 0);
    return true;
end $$;

-- `is_false`: it was given as true.
create function ashlar.refuse(given_job bigint, given_attempt int, why text, is_false bool) returns bool
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    j ashlar.job;
begin
    select * into j from ashlar.job where id = given_job and attempt = given_attempt and state = 'given' for update;
    if not found then
        return false;
    end if;
    if is_false then
        insert into ashlar.barred (run, login) values (j.run, j.login) on conflict do nothing;
        perform ashlar.add_to_worker(j.login, j.worker, 0, 0, 0, 0, 0, 1);
    end if;
    perform ashlar.count_failure(j.id, why, false);
    return true;
end $$;

-- ---- for workers ----------------------------------------------------------------------------------

-- A job for a worker of this build and memory: nodes first, so that parts do not keep a tree waiting. With a part what is to be
-- known of its run, unless that is `known`: the run's name and the end of its plan, which is a hash of it. With a node its own
-- plan and input. No row: nothing to do.
create function ashlar.take(my_name text, my_build text, my_memory_bytes bigint, my_threads int, known bytea)
returns table (job bigint, attempt int, run bytea, level int, place int, lease_seconds float8,
               program bytea, plan bytea, input bytea)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    j ashlar.job;
    r ashlar.run;
    s ashlar.setting;
    lost bigint;
    is_new bool;
begin
    if octet_length(my_name) > 100 or octet_length(my_build) > 100 then
        raise exception 'too long';
    end if;
    my_name := ashlar.printable(my_name);
    select * into s from ashlar.setting;
    -- One take of a login after the other, so that its leases can be counted.
    perform from ashlar.worker w where w.login = session_user order by w.name for update;
    insert into ashlar.worker as w (login, name, build, memory_bytes, threads, seen)
        values (session_user, my_name, ashlar.printable(my_build), my_memory_bytes, my_threads, now())
        on conflict (login, name) do update set build = excluded.build, memory_bytes = excluded.memory_bytes,
            threads = excluded.threads, seen = excluded.seen;
    delete from ashlar.worker w where w.login = session_user and w.name in
        (select o.name from ashlar.worker o where o.login = session_user order by o.seen desc offset 100);

    for lost in select o.id from ashlar.job o where o.state = 'leased' and o.lease_until < now()
                order by o.id for update skip locked loop
        perform ashlar.count_failure(lost, 'its lease ran out', true);
    end loop;

    if (select count(*) from ashlar.job o where o.state = 'leased' and o.login = session_user) >= s.leases then
        return;
    end if;
    select o.* into j from ashlar.job o join ashlar.run p on p.name = o.run
        where o.state = 'ready' and o.memory_bytes <= my_memory_bytes and p.build = my_build and p.error is null
          and p.kept > now() - s.abandoned
          and not exists (select from ashlar.barred b where b.run = o.run and b.login = session_user)
          and not exists (select from ashlar.failure f
                          where f.job = o.id and f.login = session_user and f.again > now())
        order by o.level desc, p.created, o.place
        for update of o skip locked limit 1;
    if not found then
        return;
    end if;
    -- Ten times what a slow core takes, and ten minutes.
    update ashlar.job o set state = 'leased', attempt = o.attempt + 1, login = session_user, worker = my_name, taken = now(),
        lease_until = now() + s.lease, renew_until = now() + 10 * s.lease + interval '10 microseconds' * o.cells,
        result = null, error = null
        where o.id = j.id;
    select * into r from ashlar.run where name = j.run;
    is_new := known is distinct from r.name || substring(r.plan from greatest(octet_length(r.plan) - 31, 1));
    return query select j.id, j.attempt + 1, j.run, j.level, j.place, extract(epoch from s.lease)::float8, r.program,
        case when j.level > 0 then j.plan when is_new then r.plan end,
        case when j.level > 0 then j.input when is_new then r.input end;
end $$;

-- Still at it. False: the lease has gone, or lasts no longer.
create function ashlar.beat(my_job bigint, my_attempt int) returns bool
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update ashlar.job set lease_until = now() + (select lease from ashlar.setting)
        where id = my_job and attempt = my_attempt and login = session_user and state = 'leased' and renew_until > now();
    return found;
end $$;

-- The end of an attempt: what was made; or why it was not; or neither, then somebody else goes on. False: it was somebody
-- else's already. A part that a login hands back time after time goes to others first.
create function ashlar.give(my_job bigint, my_attempt int, my_result bytea, my_error text, my_seconds float8) returns bool
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    of_run bytea;
    pause interval;
begin
    if octet_length(my_result) > 5 << 20 then
        raise exception 'too large';
    end if;
    update ashlar.job set state = case when my_result is null and my_error is null then 'ready' else 'given' end,
        result = my_result, error = ashlar.printable(left(my_error, 300)), seconds = greatest(0, least(my_seconds, 1e6))
        where id = my_job and attempt = my_attempt and login = session_user and state = 'leased'
        returning run into of_run;
    if not found then
        return false;
    end if;
    if my_result is null and my_error is null then
        select lease / 4 into pause from ashlar.setting;
        insert into ashlar.failure as f (job, login, back, again, error)
            values (my_job, session_user, 1, now(), 'handed back')
            on conflict (job, login) do update set back = f.back + 1, again = case when f.back < 3 then f.again
                else greatest(f.again, now() + pause * (1 << least(f.back - 3, 8))) end;
    end if;
    perform pg_notify('ashlar_' || left(encode(of_run, 'hex'), 32), '');
    return true;
end $$;

-- ---- rights ---------------------------------------------------------------------------------------

do $$
begin
    if not exists (select from pg_roles where rolname = 'ashlar_worker') then
        create role ashlar_worker nologin;
    end if;
end $$;
revoke all on schema ashlar from public;
revoke all on all tables in schema ashlar from public;
revoke all on all functions in schema ashlar from public;
grant usage on schema ashlar to ashlar_worker;
grant execute on function ashlar.take, ashlar.beat, ashlar.give to ashlar_worker;
