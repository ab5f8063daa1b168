/** Long fuzz runs against a real server: `npm run fuzz -- --requests 200000 --seed 1`. Ends with 1 when a promise is broken, and prints how. */

import { parseArgs } from 'node:util';
import { audience, createCallers, startIssuer } from '../test/app/fuzz/callers.ts';
import { filesBeside, fuzz, unlawfulWrites, writesOf } from '../test/app/fuzz/fuzz-run.ts';
import { removeFolder, startSmall, temporaryFolder } from '../test/app/server/server-process.ts';

const usage = `Usage: npm run fuzz -- [options]
  --requests N   requests in all (default 200000); half of them by strangers alone
  --seed S       seed of what is sent (default 1)
  --open         let the server answer reads without a token`;

const { values } = parseArgs({ options: {
  requests: { type: 'string', default: '200000' }, seed: { type: 'string', default: '1' }, open: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
} });
const requests = Number(values.requests);
const seed = Number(values.seed);
if (values.help || !Number.isSafeInteger(requests) || requests < 1 || !Number.isSafeInteger(seed)) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const dir = temporaryFolder();
const issuer = await startIssuer();
const server = await startSmall(dir, [...(values.open ? [] : ['--closed']), '--log-level', 'debug', '--oidc-issuer', issuer.url, '--oidc-audience', audience, '--oidc-jwks', issuer.jwksUrl]);
const callers = await createCallers(dir, issuer);
const before = filesBeside(dir);
let broken: readonly string[] = [];
const startedMs = performance.now();
const secondsSince = (): string => ((performance.now() - startedMs) / 1000).toFixed(0);

async function part(name: string, knownShare: number): Promise<void> {
  const terms = { seed: seed * 2 + (knownShare > 0 ? 1 : 0), requests: Math.ceil(requests / 2), callers, knownShare };
  const report = await fuzz(server, terms, (done) => console.log(`${name}: ${done} requests after ${secondsSince()} s`));
  broken = [...broken, ...report.broken];
  const statuses = [...report.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status || 'hung up'} x ${count}`);
  console.log(`${name}: ${report.requests} requests; slowest ${report.slowestMs.toFixed(0)} ms: ${report.slowest}\n  ${statuses.join(', ')}`);
}

await part('strangers', 0);
if (filesBeside(dir) !== before) broken = [...broken, 'strangers changed the tokens'];
const headN = async (): Promise<number> => Number((await server.ask('/api/v1/cluster')).body['version']);
const strangersUpTo = await headN();
await part('everybody', 0.7);
const ended = await server.stop();
if (ended.code !== 0) broken = [...broken, `the server ended with ${ended.code}: ${ended.stderr.slice(-2000)}`];
const writes = writesOf(dir);
broken = [...broken, ...unlawfulWrites(writes).map((write) => `unlawful write: ${JSON.stringify(write)}`), ...(writes.length === 0 ? ['nobody wrote anything'] : [])];
await issuer.close();
console.log(`seed ${seed}: ${requests} requests in ${secondsSince()} s;
${writes.length} writes in the log, entry ${strangersUpTo} when only strangers had asked; ${broken.length} promises broken`);
for (const line of broken) console.log(`BROKEN ${line}`);
if (broken.length > 0) console.log(`The data folder is kept: ${dir}\n${ended.stderr.slice(-3000)}`);
else removeFolder(dir);
process.exitCode = broken.length > 0 ? 1 : 0;
