// graphile-worker: what peers.mjs needs of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { EventEmitter } from 'node:events';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';

const silent = new Logger(() => () => {});

function openPool(settings, max) {
  const pool = new pg.Pool({ host: settings.socket, database: 'postgres', user: 'postgres', max });
  const fail = (error) => {
    throw error;
  };
  pool.on('error', fail);
  pool.on('connect', (client) => client.on('error', fail));
  return pool;
}

// add_jobs of its SQL interface, which its own speed test uses: the rows of the new jobs don't come back.
const ADD_JOBS = `select from graphile_worker.add_jobs(array(
  select json_populate_record(null::graphile_worker.job_spec, spec) from json_array_elements($1::json) spec))`;

export async function openProducer(settings) {
  const pool = openPool(settings, Math.min(settings.in_flight, 64));
  const utils = await makeWorkerUtils({ pgPool: pool, logger: silent });
  await utils.migrate();
  return {
    addOne: () => utils.addJob('noop', {}),
    addMany(count) {
      const specs = Array.from({ length: count }, () => ({ identifier: 'noop', payload: {} }));
      return pool.query({ name: 'add', text: ADD_JOBS, values: [JSON.stringify(specs)] });
    },
    async close() {
      await utils.release();
      await pool.end();
    },
  };
}

export async function openWorker(settings) {
  const pool = openPool(settings, 25);
  const events = new EventEmitter();
  let left = 0;
  let wake = () => {};
  events.on('job:complete', () => --left === 0 && wake());
  const preset = {
    worker: {
      concurrentJobs: 24,
      maxPoolSize: 25,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
      pollInterval: 100,
      logger: silent,
      events,
    },
  };
  const runner = await run({ preset, pgPool: pool, taskList: { noop() {} }, noHandleSignals: true });
  const remaining = 'select count(*)::int as count from (select from graphile_worker._private_jobs limit 1) one';
  return {
    async run(jobs) {
      const all = new Promise((resolve) => (wake = resolve));
      left += jobs;
      if (left > 0) await all;
      // The event comes before the batch of ends is written, which takes the jobs out of the table.
      while ((await pool.query(remaining)).rows[0].count) await sleep(2);
    },
    async close() {
      await runner.stop();
      await pool.end();
    },
  };
}
