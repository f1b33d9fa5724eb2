// pg-boss: what peers.mjs needs of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';

const QUEUE = 'noop';

async function open({ socket }, max) {
  const boss = new PgBoss({
    host: socket,
    database: 'postgres',
    user: 'postgres',
    max,
    supervise: false,
    schedule: false,
  });
  boss.on('error', (error) => {
    throw error;
  });
  await boss.start();
  return boss;
}

export async function openProducer(settings) {
  const boss = await open(settings, Math.min(settings.in_flight, 64));
  await boss.createQueue(QUEUE, { partition: true });
  return {
    addOne: () => boss.send(QUEUE),
    addMany: (count) => boss.insert(QUEUE, Array.from({ length: count }, () => ({}))),
    close: () => boss.stop({ graceful: false }),
  };
}

export async function openWorker(settings) {
  const fetchers = 2;
  const boss = await open(settings, fetchers);
  return {
    // work() would sleep half a second whenever a batch isn't full, so this is its loop without the sleep.
    async run(jobs) {
      let left = jobs;
      const loop = async () => {
        while (left > 0) {
          const batch = await boss.fetch(QUEUE, { batchSize: 500 });
          if (batch.length) {
            await boss.complete(QUEUE, batch.map((job) => job.id));
            left -= batch.length;
          } else {
            await sleep(1);
          }
        }
      };
      await Promise.all(Array.from({ length: fetchers }, loop));
    },
    close: () => boss.stop({ graceful: false }),
  };
}
