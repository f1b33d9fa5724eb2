// BullMQ: what peers.mjs needs of it.
import { Queue, Worker } from 'bullmq';

const QUEUE = 'noop';
const options = { removeOnComplete: true, removeOnFail: true };

const connectionOf = ({ socket }) => ({ path: socket, maxRetriesPerRequest: null });

export async function openProducer(settings) {
  const queue = new Queue(QUEUE, { connection: connectionOf(settings), defaultJobOptions: options });
  await queue.waitUntilReady();
  return {
    addOne: () => queue.add('noop', {}),
    addMany: (count) => queue.addBulk(Array.from({ length: count }, () => ({ name: 'noop', data: {} }))),
    close: () => queue.close(),
  };
}

export async function openWorker(settings) {
  let left = 0;
  let wake = () => {};
  const worker = new Worker(QUEUE, async () => {}, {
    connection: connectionOf(settings),
    concurrency: settings.concurrency,
    skipStalledCheck: true,
  });
  worker.on('completed', () => --left === 0 && wake()); // after Redis has answered that it is recorded
  worker.on('error', (error) => {
    throw error;
  });
  await worker.waitUntilReady();
  return {
    async run(jobs) {
      const all = new Promise((resolve) => (wake = resolve));
      left += jobs;
      if (left > 0) await all;
    },
    close: () => worker.close(),
  };
}
