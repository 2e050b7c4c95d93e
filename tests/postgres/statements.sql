1: select 1 as one
1: select 1
1: select -1, +1, 1+1 as "Sum", 'a', 1.50, 1e3, 5/2, -5/2, 5%3, -5%3, 5/2.0, 1/3.0, 10/4.0
1: select true, false, null, not true, 1=1, 'a'='a', 1<>2, 1 is null, null is null
1: select 1::int, '1'::int, 1::bigint, 1::text, 'a'::text, '1.5'::numeric, 1.5::int, 2.5::int, 1.5::float8, 'x'::varchar(3), 'abcdef'::varchar(3), cast(1 as bigint)
1: select 1 || 'a', 'a' || 'b', 'a' || null, 1 || 2
1: select 1 || 2
1: select 'a' || 'b' || 1
1: select '1' + 2
1: select '1' + '2'
1: select 'x' + 1
1: select 1 = 'x'
1: select 1/0
1: select 1.0/0
1: select 1 + true
1: select true + true
1: select 'a' = 1::int
1: select nosuch()
1: select nosuch(1, 'a')
1: select length(1)
1: select a
1: select "A"
1: select foo.a
1: select * from nosuch
1: select *
1: selec 1
1: select 1 +
1: select 1 from
1: select (1
1: select 'a
1: select "a
1: select 1 1
1: select 1 as
1: select 1 as select
1: select 1;;
1: ;
1: select 1; select 2 as b
1: select 1; select 1/0
1: -- just a comment
1: /* c */ select 1 /* d /* nested */ e */
1: select 1 -- x
1: select $1
1: select $1	["a"]
1: select $1 as x, $2::int as y, $3::bool	["a", 5, true]
1: select $1 + 1 as z	[5]
1: select $1 + 1.5 as z	["5"]
1: select $1 + 1 as z	["5.5"]
1: select $1 is null	[null]
1: select 1 where $1 = 1	[1]
1: select $1, $2	["a"]
1: select 1; select $1	["a"]
1: select 1 in (1,2), 1 not in (1,2), 1 between 0 and 2, 'a' like 'a%', 'abc' not like '_b', 1 is not null, true is true, null is unknown, 1 is distinct from null
1: select 1 as "a b", 2 as b, 3 c, 4 as c
1: select 1 as one, 2 as one
1: select $$abc$$, $x$a$b$x$
1: select '2026-05-25 05:00:00+00'::timestamptz, '2026-05-25'::timestamptz::text, 'x'::timestamptz
1: select count(*), sum(1), 1 as x
1: select 1 order by 1
1: select 1 limit 0
1: select 1 limit 1 offset 0
1: select 1 where false
1: select 5 where 1
1: select 1 and true
1: select not 1
1: select '1' and true
1: select 't' and true
1: select 9223372036854775807 + 1
1: select 2147483647 + 1
1: select 2147483647::int4 * 2
1: select '99999999999'::int
1: select '1.5'::int
1: select ''::int
1: select ' 12 '::int
1: select 1.5::text, 1e20::float8::text, 0.00001::float8::text, 1.0::text, (1::float8)::text, true::text, true::int, 1::bool, 0::bool, 'yes'::bool, 'off'::bool
1: select 'maybe'::bool
1: select 'x'::float8
1: select 'x'::numeric
1: select 1::float8/0
1: select 1::float8 / 3, 1::float8 + 1.5, 1::float8 + 1, 1.5 = 1.50, 1 = 1.0, 2 > 1.5
1: select - 'a'
1: select -(-1), - -1, +5
1: select 1 <= 2, 1 >= 2, 1 < 2, 1 > 2, 1 != 2
1: select 1 < 2 < 3
1: select 1 = 1 = true
1: select not 1 = 2
1: select version
1: select pg_sleep(0.01)
1: select pg_sleep(0.01), 7 as seven
1: select pg_sleep($1)	[0.01]
1: select current_user, current_database(), current_schema, session_user, user, current_catalog, current_role
1: select pg_backend_pid() is null, now() is null, version() like 'PostgreSQL 15%', now() = current_timestamp
1: select 1 as one from nosuch where x
1: select 'a'⏎'b', E'a\tb\\', E'it\'s'
1: select 'a' || 'b' || null, 'a' || true, true || 'a', 1.50 || '', 'x' || 1::float8, (1 = 1)::text
1: select 1;⏎-- the end
1: select 1 /* unterminated
1: select $a$ unterminated
1: select 1a
1: select 1.
1: select .5, 1., 1.e2, 0.50e-1
1: select 1 !! 2
1: select 1 <=> 2
1: select "one", 2
1: select "" as a
1: select 1 as "A", 2 as B, 3 as "b c"
1: select
1: select 1 where true and null
1: select null and true, null and false, null or true, not null::bool, null = null, null <> 1
1: select 1 in (null, 1), 1 in (2, null), 1 not in (2, null), null in (1)
1: select 5 between 1 and 3, 5 not between 1 and 3, 'b' between 'a' and 'c'
1: select '1' in (1, 2), 1 in ('1', 'x')
1: select 'abc' like '%c', 'abc' like 'a_c', 'a%c' like 'a\%c', 'abc' like 'ab', 'ABC' ilike 'a%', 'abc' not ilike '%B%', '' like '%', 'aXbXc' like '%X_', 'x' like 'x\'
1: select 1 like 'a'
1: select null is distinct from null, 1 is distinct from 2, 1 is not distinct from 1, 'a' is distinct from null
1: select 1 is true
1: select true is not true, null is true, false is false, (1 = 1) is not false, null is not unknown
1: select 1 isnull, null notnull
1: select cast('12' as int) + 1, cast(null as text), int '5', text 'a', bool 't', '3'::smallint, 70000::smallint
1: select 40000::int2
1: select 5::int2 + 5::int2, 5::int2 / 2::int2, 5::int2 * 1::int8, 1::numeric + 1::int8, 1::float8 * 2::numeric
1: select 5000000000::int4
1: select 5000000000.7::int4
1: select 1e10::float8::int4
1: select 2.5::float8::int, 3.5::float8::int, -2.5::numeric::int, 1.5::float8::numeric
1: select true::bigint
1: select 1::bigint::bool
1: select 'true'::text::bool, 'x'::text::int
1: select 'x'::text::int
1: select now()::int
1: select true::numeric
1: select 'a'::nosuchtype
1: select 123.456::numeric(5,1), 123.456::numeric(4), 'abc'::varchar(2) || 'd'
1: select 123.456::numeric(2,1)
1: select abs(-5), abs(-5.5), abs(-5::int8), abs(-1.5::float8), abs('-3'), length('äbc'), length(''), lower('ÄB'), upper('äb'), coalesce(null, null, 2, 1/0), coalesce('a', null), nullif(1, 2), nullif('a', 'a'), nullif(1, 1.0)
1: select abs('x')
1: select coalesce(1, 'x')
1: select coalesce(1, true)
1: select coalesce()
1: select length(null), lower(null), pg_sleep(null)
1: select lower(1)
1: select nosuch(1, 'a', null, 1.5, true, 'x'::text, now())
1: select pg_sleep('abc')
1: select count(*), count(1), count(null), sum(2), sum(2.5), avg(3), min(4), max('x'), sum(null::int), avg(2.0), sum(1::int8), avg(1::float8), count(*) + 1, sum(1) * 2
1: select sum('a')
1: select sum('x'::text)
1: select sum(true)
1: select max(true)
1: select sum(sum(1))
1: select count()
1: select sum(*)
1: select 1 where count(*) = 1
1: select 1, 2 order by 3
1: select 1 as a, 2 order by a desc, 2 nulls first
1: select 1 order by 'x'
1: select 1 order by x
1: select 1 limit -1
1: select 1 offset -1
1: select 1 limit '2'
1: select 1 limit 'x'
1: select 1 limit null offset 1
1: select 1 limit all
1: select 1 limit true
1: select 1 limit 1.4
1: select *, 1
1: select t.*
1: select 1 + + 2, 1 - - 2, - - 3, +(+4), - 2147483648, -9223372036854775808, 2147483648
1: select 1+-1, 2*-3, 1--1
1: select 1 + (2
1: select (1 + 2))
1: select 1 + ) 2
1: select , 1
1: select 1, 
1: select 1 as from
1: select 1 from
1: select 1 as "unterminated
1: selectt
1: foo bar
1: 1
1: select 1 where
1: select 1 and 2
1: select not 5
1: select 'x' and true
1: select true = 'yes', false < true, 'b' > 'a', 'a' < 'B', 1 = 1.00, 2 > 1.5::float8
1: select true < 1
1: select 'a'::text = 1
1: select 'a'::text + 1
1: select now() = 1
1: select -true
1: select - 'a'::text
1: select 9223372036854775807::int8 * 2
1: select -9223372036854775808 / -1
1: select 5 % 0
1: select 5.5 % 2, -7 / 2, -7 % 3, 7 % -3, 7.5 / 2.5, 1 / 7.0, 100.0 / 3, 1e3 / 3, 0.1 + 0.2, 0.1 * 0.2, 1.10 - 0.10
1: select 5.5::float8 % 2
1: select '1e308'::float8 * 10
1: select 0.1::float8 + 0.2::float8, 1e15::float8::text, 123456789012345.0::float8::text, 1e-5::float8::text, 0.0001::float8::text, '-1.5e300'::float8::text
1: select sum(*), 1
1: select true, false as no
1: select '2026-05-25 05:00:00+00'::timestamptz, '2026-05-25'::timestamptz, '2026-05-25T05:00:00.123456Z'::timestamptz, '2026-05-25 07:00:00+02:00'::timestamptz
1: select '2026-05-25 05:00:00.120+00'::timestamptz::text, '2026-05-25'::timestamptz = '2026-05-25 00:00Z', '2026-02-30'::timestamptz
1: select $1::int + $2::int as sum	[1, 2]
1: select $1 || $2 as joined	["a", "b"]
1: select $1::text as a, $2 as b, $1::int as c	["5", null]
1: select $1	["a", "b"]
1: select $1 as a, $1 as b	["x"]
1: select $1 = 1 as a, $2 > 1.5 as b, $3 and true as c	[1, 2, true]
1: select 1 limit $1	[0]
1: select 1 limit $1	["x"]
1: select $1::int	["x"]
1: select $1::int	["99999999999"]
1: select coalesce($1, 'none') as a, coalesce($2, 5) as b	[null, 7]
1: select 1; select 2, 3;
1: select 1; selec 2
1: select 1; select nosuch; select 3
1: begin; select 1; commit
1: select 1; begin; select 2
1: select 3; rollback
---
# transactions
1: begin
1: begin
1: commit
1: commit
1: rollback
1: begin;
1: select 1/0
1: select 1
1: selec 1
1: begin
1: commit
1: select 1
1: start transaction
1: rollback
1: begin transaction isolation level read committed
1: end
1: begin work
1: abort
1: begin read write, isolation level read uncommitted
1: rollback work
1: begin foo
1: start
1: commit foo
1: begin; select 1/0
1: rollback
1: begin; select 1; select 1/0; select 2
1: select 1
1: rollback; select 5 as five
---
# parameters
1: show search_path
1: set search_path to foo
1: show search_path
1: set search_path = foo, "Bar", public
1: show search_path
1: reset search_path
1: show search_path
1: set statement_timeout = 1500
1: show statement_timeout
1: set statement_timeout = '2s'
1: show statement_timeout
1: set statement_timeout to '1min'
1: show statement_timeout
1: set statement_timeout = 'abc'
1: set statement_timeout = -1
1: set statement_timeout = '1 h'
1: show statement_timeout
1: set statement_timeout to default
1: show statement_timeout
1: set statement_timeout = '50ms'
1: select pg_sleep(0.2)
1: reset all
1: select 1
1: set application_name = 'my app'
1: show application_name
1: show Application_Name
1: set application_name to abc
1: select current_setting('application_name')
1: set my.var = 'hello'
1: show my.var
1: select current_setting('my.var'), current_setting('my.other', true), current_setting('my.var', false) as again
1: select current_setting('my.other')
1: show my.other
1: reset my.var
1: show my.var
1: set nosuch = 1
1: show nosuch
1: reset nosuch
1: set max_connections = 5
1: set server_version = '5'
1: show server_version
1: show standard_conforming_strings
1: set timezone = 'UTC'
1: show timezone
1: set time zone 'UTC'
1: show time zone
1: show transaction_isolation
1: begin
1: set my.var = 'inside'
1: set local my.local = 'local'
1: show my.var
1: show my.local
1: rollback
1: show my.var
1: show my.local
1: begin
1: set my.var = 'inside'
1: set local my.local = 'local'
1: commit
1: show my.var
1: show my.local
1: set local my.var = 'x'
1: show my.var
1: select set_config('my.var', 'from a function', false)
1: show my.var
1: begin
1: select set_config('my.var', 'local', true)
1: select 1/0
1: rollback
1: show my.var
1: set session my.var = 5
1: show my.var
1: set my.var to on
1: show my.var
1: set my.var = 1, 'two', three
1: show my.var
1: discard all
1: show my.var
1: begin
1: discard all
1: rollback
1: discard plans
1: discard foo
1: deallocate all
1: deallocate foo
1: set
1: set my.var
1: set my.var 5
1: show
1: reset
1: set idle_session_timeout = '10min'
1: show idle_session_timeout
1: select set_config('nosuch', 'x', false)
1: select current_setting('nosuch')
1: set client_encoding = 'UTF8'
1: show client_encoding
---
# tables
1: create table t (id serial primary key, name text not null, score int default 7, ok boolean, at timestamptz)
1: create table t (id int)
1: create table if not exists t (id int)
1: insert into t (name) values ('a')
1: insert into t (name, score, ok) values ('b', 2, true), ('c', default, false) returning id, name, score
1: insert into t values (default, 'd', 1, null, '2026-05-25 05:00:00+00') returning *
1: select * from t
1: select id, name as n, score * 2 from t where score > 1 order by score desc, id limit 2
1: select t.id, x.name from t as x
1: select x.id, x.name from t x where x.id = 1
1: select t.* from t where id < 3
1: select foo.* from t
1: select *, 1 as one from t where false
1: select count(*), sum(score), min(name), max(name), avg(score), max(id), count(ok), sum(score) + 1 as more from t
1: select count(*), sum(score), avg(score), min(at) from t where false
1: select name, count(*) from t
1: select count(*) from t where count(*) > 1
1: select count(*) from t order by 1
1: select nosuch from t
1: select t.nosuch from t
1: select 1 from t where nosuch = 1
1: select id from t where name = 1
1: select id from t where id = 'x'
1: select id from t where name
1: select id from t where ok
1: select id from t where not ok or ok is null order by id
1: select name from t order by name desc
1: select ok from t order by ok nulls first, id
1: select ok from t order by ok desc, id
1: select id as name, name as id from t order by name desc
1: select id from t order by score + id desc limit 1 offset 1
1: select id from t order by -id
1: insert into t (id, name) values (1, 'dup')
1: insert into t (name) values (null)
1: insert into t (name) values ('a', 'b')
1: insert into t (name, score) values ('a')
1: insert into t (name, name) values ('a', 'b')
1: insert into t (nosuch) values (1)
1: insert into t (name, score) values ('a', 1), ('b')
1: insert into t (name, score) values ('a', 'x')
1: insert into t (name, score) values ('a', true)
1: insert into t (name, score) values ('a', 1.6) returning score
1: insert into t (name, score) values ('a', 'x'::text)
1: insert into t (name, score) values (5, 9) returning name
1: insert into t (name, score) values ('a', score)
1: insert into t (name, score) values ('a', count(*))
1: insert into t (name) values ('z') returning nosuch
1: insert into t (name) values ('z') returning count(*)
1: insert into nosuch values (1)
1: insert into t values (100)
1: insert into t default values
1: update t set score = score + 1 where id = 2 returning *
1: update t set score = 0, ok = true
1: update t set nosuch = 1
1: update t set score = 1, score = 2
1: update t set score = 'x'
1: update t set score = true
1: update t set name = null
1: update t set score = default where id = 2
1: update t set id = 1 where id = 2
1: update t set score = 1/0
1: update t set score = 1 where nosuch
1: update t as x set score = 3 where x.id = 1 returning x.score
1: update nosuch set a = 1
1: select id, name, score from t
1: delete from t where id = 1 returning id, name
1: delete from t where id > 1000
1: delete from t where nosuch = 1
1: delete from nosuch
1: delete from t x where x.id = 2
1: select id from t
1: delete from t
1: select count(*) from t
1: insert into t (name) values ($1) returning id, name	["par"]
1: insert into t (name, score, ok, at) values ($1, $2, $3, $4) returning name, score, ok, at	["par", 5, false, "2026-05-25T05:00:00.000+00:00"]
1: select name from t where score = $1	[5]
1: select name from t where score = $1	["x"]
1: update t set score = $1 where name = $2	[6, "par"]
1: select score from t where name = $1 limit $2	["par", 1]
1: drop table t
1: drop table t
1: drop table if exists t
1: select * from t
1: create table a (x int, x text)
1: create table a (x nosuch)
1: create table a (x int primary key, y int primary key)
1: create table a (x int, primary key (y))
1: create table a (x int default 'a')
1: create table a (x int default true)
1: create table a (x int default null, y int unique, z varchar(3), n numeric(5,2), b bigint, primary key (x))
1: insert into a values (1, 1, 'abc', 1.005, 9007199254740993) returning *
1: insert into a values (2, 1)
1: insert into a values (2, null), (3, null)
1: insert into a values (2, 5)
1: insert into a values (4, 4, 'abcd')
1: insert into a values (4, 4, 'abc  ')
1: insert into a values (5, 5, 'x', 1000)
1: insert into a values (6, 6, 'x', 'y')
1: insert into a values (7, 7), (8, 7)
1: insert into a (y) values (9)
1: select x, y, z, n, b from a order by x
1: select sum(b), avg(b), sum(n), max(z), avg(n) from a
1: create table u (a int, b int, unique (a, b))
1: insert into u values (1, 1), (1, 2), (1, null), (1, null)
1: insert into u values (1, 2)
1: create table v ()
1: select * from v
1: insert into v default values
1: select count(*) from v
1: create table user (a int)
1: create table "user" (a int, "B c" text)
1: insert into "user" ("B c") values ('x') returning *
1: create table (a int)
1: create table w (a int,)
1: create table w
1: create table w (a int
1: drop table
1: insert t values (1)
1: insert into u
1: insert into u values
1: insert into u values (1
1: update u
1: update u set
1: delete u
1: select a from public.u
1: select a from nosuch.u
1: create table nosuch.u (a int)
1: drop table u, v, a
1: drop table if exists u, v
1: create table d (a int default 1 + 1, b text default 'x', c timestamptz default now())
1: insert into d (a) values (default) returning a, b, c is null
1: create table s (a bigserial, b smallserial)
1: insert into s default values returning *
1: insert into s values (default, 5), (10, default) returning *
---
# sessions side by side
1: create table t (id int primary key, n int)
1: insert into t values (1, 10), (2, 20)
1: begin
1: update t set n = 11 where id = 1
2: select * from t order by id
1: select * from t order by id
1: insert into t values (3, 30)
1: delete from t where id = 2
2: select * from t order by id
1: select * from t order by id
1: commit
2: select * from t order by id
1: begin
1: delete from t
1: create table u (a int)
1: insert into u values (1)
2: select * from u
1: drop table t
1: select * from t
1: rollback
1: select * from t order by id
1: select * from u
# waiting for a row
1: begin
1: update t set n = n + 1 where id = 1
2: update t set n = n + 1 where id = 1 returning n
1: commit
1: begin
1: delete from t where id = 1
2: update t set n = n + 1 where id = 1
1: commit
1: begin
1: insert into t values (9, 9)
2: insert into t values (9, 90)
1: rollback
1: begin
1: insert into t values (10, 9)
2: insert into t values (10, 90)
1: commit
1: begin
1: select 1/0 from t
2: delete from t where id = 10
1: rollback
# a failed transaction lets others go on at once
1: begin
1: update t set n = 0 where id = 9
2: update t set n = 1 where id = 9 returning n
1: select 1/0
1: rollback
# a circle
1: insert into t values (101, 1), (102, 1)
1: begin
2: begin
1: update t set n = 2 where id = 101
2: update t set n = 2 where id = 102
1: update t set n = 2 where id = 102
2: update t set n = 2 where id = 101
wait 1000
1: rollback
2: rollback
# the first one has looked already
1: begin
2: begin
1: update t set n = 2 where id = 101
2: update t set n = 2 where id = 102
1: update t set n = 2 where id = 102
wait 1200
2: update t set n = 2 where id = 101
wait 1000
2: rollback
1: rollback
1: select n from t order by id
# advisory locks
1: select pg_advisory_lock(1)
2: select pg_try_advisory_lock(1)
1: select pg_try_advisory_lock(1)
1: select pg_advisory_unlock(1)
2: select pg_try_advisory_lock(1)
2: select pg_advisory_lock(1)
1: select pg_advisory_unlock(1)
1: select pg_advisory_unlock(1)
1: select pg_advisory_lock(1)
2: select pg_advisory_unlock_all()
2: select pg_try_advisory_lock(1)
end 1
2: select pg_try_advisory_lock(1), pg_try_advisory_lock(1, 2), pg_try_advisory_lock(2, 1)
1: select pg_try_advisory_lock(1), pg_try_advisory_lock(1, 2), pg_try_advisory_lock(4294967298)
1: select pg_advisory_xact_lock(7)
2: select pg_try_advisory_lock(7)
1: begin
1: select pg_advisory_xact_lock(8)
2: select pg_try_advisory_xact_lock(8)
2: select pg_advisory_xact_lock(8)
1: commit
1: select pg_advisory_unlock(8)
2: discard all
1: select pg_try_advisory_lock(7)
1: select pg_advisory_lock('x')
1: select pg_advisory_lock()
1: select pg_advisory_lock($1)	[77]
2: set lock_timeout = '100ms'
2: select pg_advisory_lock(77)
# temporary tables
1: create temp table temporary_one (a int)
1: insert into temporary_one values (1), (2)
1: select * from temporary_one
2: select * from temporary_one
1: create temporary table t (a text)
1: insert into t values ('mine')
1: select * from t
1: select * from pg_temp.t
1: select count(*) from public.t
2: select count(*) from t
1: discard temp
1: select * from temporary_one
1: create temp table x (a int)
1: begin
1: insert into x values (5)
1: create temp table y (a int)
1: rollback
1: select * from x
1: select * from y
end 1
1: select * from x
# the path
1: set search_path to elsewhere
1: select * from t
1: select count(*) from public.t
1: create table q (a int)
1: create temp table q (a int)
1: select * from q
--- beyond
1: select ~1
1: select 1e308::float8 * 10
1: select public.u.a from u
1: select 0.1::float8 + 0.2::float8, 1e15::float8::text, 123456789012345.0::float8::text, 1e-5::float8::text, 0.0001::float8::text, 1.5e300::float8::text
1: create table t (id int primary key, n int)
1: insert into t values (1, 1)
1: select 2 ^ 3
1: select 1 | 2, 1 & 3, 1 # 2, 1 << 2
1: select count(*) from (select 1) t
1: select * from t a, t b
1: select * from t join t b on true
1: select * from t left join t b using (id)
1: select n from t group by n
1: select n from t having true
1: select 1 union select 2
1: select distinct n from t
1: select exists (select 1)
1: select (select 1)
1: select 1 in (select 1)
1: with x as (select 1) select * from x
1: values (1)
1: select case when true then 1 else 2 end
1: select array[1]
1: select '{}'::jsonb
1: select interval '1 day'
1: select now() - interval '1 day' < now()
1: select now() - now()
1: select current_date is null
1: select extract(year from now())
1: select * from generate_series(1, 2)
1: select round(1.5)
1: select concat('a', 1)
1: select greatest(1, 2)
1: select 'a' similar to 'a'
1: select 'a' ~ 'a'
1: select count(distinct n) from t
1: select count(*) filter (where true) from t
1: select row_number() over () from t
1: select * from t for update
1: select n from t fetch first 1 row only
1: select * from t tablesample system (100)
1: select t from t
1: select (1, 2)
1: select row(1, 2)
1: select 'a' collate "C"
1: select now() at time zone 'UTC' is null
1: insert into t select 5, 5
1: insert into t values (1, 2) on conflict do nothing
1: insert into t values (1, 2) on conflict (id) do update set n = 3
1: update t set n = 1 from t b
1: update t set (id, n) = (1, 2)
1: delete from t using t b
1: alter table t add column x int
1: create index on t (n)
1: create unique index i on t (n)
1: create view v as select 1
1: create table c (a int check (a > 0))
1: create table r (a int references t)
1: create table g (a int generated always as identity)
1: create table z as select 1
1: create table y (a json)
1: create table ya (a int[])
1: create schema s
1: truncate t
1: drop view if exists nosuch
1: explain select 1
1: analyze t
1: lock table t
1: listen x
1: notify x
1: savepoint a
1: begin isolation level serializable; rollback
1: begin read only; rollback
1: set transaction isolation level serializable
1: prepare p as select 1
1: execute p
1: declare c cursor for select 1
1: copy t to stdout
1: vacuum
1: grant all on t to app
1: set role app
1: set work_mem = '4MB'
1: show work_mem
1: set timezone = 'Europe/Berlin'
1: do $$ begin end $$
1: call x()
1: comment on table t is 'x'
1: select '2026-05-25 05:00 Europe/Berlin'::timestamptz is null
1: select 'NaN'::numeric
1: select '1969-01-01'::timestamptz is null
1: select 'infinity'::timestamptz is null
1: select '123456789012345678901234567890123456789012345'::numeric
1: select 12345678901234567890 * 12345678901234567890
1: select U&'\0061'
1: select b'101'
1: select e'\x41'
1: select random() is null
1: select md5('a')
1: select to_char(now(), 'YYYY') is null
1: select substring('abc' from 2)
1: select position('b' in 'abc')
1: select trim('  a ')
1: select string_agg(n::text, ',') from t
1: select pg_typeof(1)
1: select gen_random_uuid() is null
1: select ctid from t
1: show all
1: select length(*)
1: select pg_backend_pid(*)
