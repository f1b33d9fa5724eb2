// peers.mjs graphile-worker|pg-boss|bullmq: the queues on Node, as README.md says.
//
// Adds in one process and runs in another, as a web server and its worker do: one thread of Node for both would be the
// limit. The first is asked through its standard input, and tells the other to run so many jobs.
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const name = process.argv[2];
const queues = { 'graphile-worker': './graphile.mjs', 'pg-boss': './pgboss.mjs', bullmq: './bullmq.mjs' };

/// Calls add(i) for 0 to count - 1, with so many calls under way at once.
async function manyAtOnce(count, inFlight, add) {
  let next = 0;
  const one = async () => {
    while (next < count) await add(next++);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, one));
}

async function runWorker(settings) {
  const { openWorker } = await import(queues[name]);
  const worker = await openWorker(settings);
  process.on('message', async ({ jobs }) => {
    if (jobs === 0) {
      await worker.close();
      process.disconnect();
      return;
    }
    await worker.run(jobs);
    process.send({ done: jobs });
  });
  process.send({ ready: true });
}

async function answer(query, { producer, worker, settings }) {
  if (query.op === 'version') {
    return { version: JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version };
  }
  const { jobs } = query;
  const begin = performance.now();
  worker.send({ jobs });
  const { batch, in_flight: inFlight } = settings;
  if (batch === 1) {
    await manyAtOnce(jobs, inFlight, () => producer.addOne());
  } else {
    await manyAtOnce(Math.ceil(jobs / batch), inFlight, (i) => producer.addMany(Math.min(batch, jobs - i * batch)));
  }
  const added = performance.now();
  await worker.next();
  return { seconds: (performance.now() - begin) / 1000, adding: (added - begin) / 1000 };
}

async function runProducer(settings) {
  const { openProducer } = await import(queues[name]);
  const producer = await openProducer(settings);
  const child = fork(process.argv[1], [name, 'work', JSON.stringify(settings)], { stdio: ['ignore', 2, 2, 'ipc'] });
  const said = [];
  const waiting = [];
  child.on('message', (message) => (waiting.length ? waiting.shift()(message) : said.push(message)));
  child.on('exit', (code) => {
    if (code) process.exit(1); // what it had to say is on the standard error
  });
  const worker = {
    send: (message) => child.send(message),
    next: () => (said.length ? Promise.resolve(said.shift()) : new Promise((resolve) => waiting.push(resolve))),
  };
  await worker.next();
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line), { producer, worker, settings })) + '\n');
  }
  worker.send({ jobs: 0 });
  await producer.close();
}

process.chdir(import.meta.dirname);
if (process.argv[3] === 'work') await runWorker(JSON.parse(process.argv[4]));
else await runProducer(JSON.parse(process.argv[3]));
