// Records the answers of PostgreSQL and node-postgres to the statements of statements.sql:
//
//   PGHOST=… PGPORT=… PGUSER=… PGDATABASE=… node record.js statements.sql > answers.jsonl
//
// The user owns the database: each `---` empties its schema `public`. A statement without an answer after 400 ms is recorded
// as "blocked", and its answer after the statement that released it. `wait N` waits N ms more. The mock may refuse the
// statements after `--- beyond`.
'use strict';
const { readFileSync } = require('fs');
const { Client } = require(process.env.PG_MODULE || 'pg');

let sessions = new Map();
const connect = async () => { const client = new Client(); await client.connect(); return client; };
const session = async (name) => {
  if (!sessions.has(name)) {
    const client = await connect();
    const it = { client, notices: [], waits: null };
    client.on('notice', (notice) => it.notices.push(`${notice.severity}: ${notice.message}`));
    client.on('error', () => {});
    sessions.set(name, it);
  }
  return sessions.get(name);
};
const shown = (result) => ({
  command: result.command, rowCount: result.rowCount,
  columns: result.fields.map((field) => [field.name, field.dataTypeID]), rows: result.rows,
});
const answer = (it, text, values) => it.client.query({ text, values, rowMode: 'array' }).then(
  (result) => (Array.isArray(result) ? result : [result]).map(shown),
  (error) => ({ code: error.code, message: error.message, ...(error.position && { position: Number(error.position) }) }),
).then((given) => {
  const notices = it.notices.splice(0);
  return { answer: given, ...(notices.length && { notices }) };
});
const late = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds, 'late'));
const write = (record) => console.log(JSON.stringify(record));

// Writes the answers to the statements that waited, in the order of the statements.
const released = async () => {
  for (const [name, it] of sessions) {
    if (it.waits === null) continue;
    const given = await Promise.race([it.waits, late(400)]);
    if (given === 'late') continue;
    it.waits = null;
    write({ released: name, ...given });
  }
};

const reset = async () => {
  for (const it of sessions.values()) await it.client.end();
  sessions = new Map();
  const client = await connect();
  await client.query('drop schema public cascade; create schema public');
  await client.end();
};

(async () => {
  await reset();
  for (const line of readFileSync(process.argv[2], 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line === '---' || line === '--- beyond') { await reset(); write({ [line.slice(4) || 'reset']: true }); continue; }
    if (line.startsWith('wait ')) { const wait = Number(line.slice(5)); await late(wait); write({ wait }); await released(); continue; }
    const [, end, name, rest] = /^(end )?(\d):? ?(.*)$/.exec(line);
    const it = await session(name);
    if (end) {
      await it.client.end();
      sessions.delete(name);
      write({ end: name });
    } else {
      const [sql, parameters] = rest.split('\t');
      const values = parameters && JSON.parse(parameters);
      const text = sql.replaceAll('⏎', '\n');
      const asked = { session: name, sql: text, ...(values && { parameters: values }) };
      const pending = answer(it, text, values);
      const given = await Promise.race([pending, late(400)]);
      if (given === 'late') { it.waits = pending; write({ ...asked, answer: 'blocked' }); continue; }
      write({ ...asked, ...given });
    }
    await released();
  }
  for (const it of sessions.values()) await it.client.end();
})();
