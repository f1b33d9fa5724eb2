#!/usr/bin/env node
// peers.mjs croner|cron-parser: the two JavaScript libraries, as README.md says.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Cron } from 'croner';
import { CronExpressionParser } from 'cron-parser';

// Each gives an object with restart(after), the next fire being later than `after`, and next(): milliseconds since 1970, or
// null when there is none or the search was given up.
const makers = {
  croner(expression, zone) {
    const job = new Cron(expression, { timezone: zone, paused: true });
    let last = null;
    return {
      restart(after) { last = new Date(after); },
      next() {
        last = last && job.nextRun(last);
        return last && last.getTime();
      },
    };
  },
  'cron-parser'(expression, zone) {
    const found = CronExpressionParser.parse(expression, { tz: zone });
    return {
      restart(after) { found.reset(new Date(after)); },
      next() {
        try {
          return found.next().getTime();
        } catch (error) {
          if (!/loop limit/.test(error.message)) throw error;
          this.gaveUp = true;
          return null;
        }
      },
    };
  },
};

const cpuMicroseconds = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

function walk(fires, { after, to }, seconds) {
  const until = performance.now() + seconds * 1000;
  const begin = cpuMicroseconds();
  let count = 0;
  fires.restart(after);
  do {
    for (let i = 0; i < 32; ++i, ++count) {
      const time = fires.next();
      if (time === null || time >= to) fires.restart(after);
    }
  } while (performance.now() < until);
  return { ns: ((cpuMicroseconds() - begin) * 1000) / count, count };
}

const operations = {
  version: () => ({ version: JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version }),
  measure(query) {
    const fires = make(query.expression, query.zone);
    walk(fires, query, query.seconds);
    const rounds = Array.from({ length: query.rounds }, () => walk(fires, query, query.seconds));
    return rounds.reduce((best, round) => (round.ns < best.ns ? round : best));
  },
  next(query) {
    const fires = make(query.expression, query.zone);
    fires.restart(query.after);
    const times = [];
    for (let time; times.length < query.n && (time = fires.next()) !== null; ) times.push(time);
    return { times, gave_up: fires.gaveUp ?? false };
  },
  offsets({ zone, at }) {
    const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    return { offsets: at.map((when) => format.format(when).split('GMT')[1]) };
  },
};

const name = process.argv[2];
const make = makers[name];
process.chdir(import.meta.dirname ?? new URL('.', import.meta.url).pathname);
for await (const line of createInterface({ input: process.stdin })) {
  const query = JSON.parse(line);
  let answer;
  try {
    answer = operations[query.op](query);
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
