/** Independent gRPC peers in Python: tests that need them skip, saying so, where Debian's grpcio is missing, unless every package is required. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { requireVariable } from '../../packages.ts';

/** Debian's own interpreter: another python in PATH does not see Debian's packages. */
export const python = '/usr/bin/python3';

/** What Python is started with for a peer; -B leaves nothing compiled among the sources. */
export const peerArguments = (name: string, ...more: readonly string[]): string[] => ['-B', fileURLToPath(new URL(`./peers/${name}`, import.meta.url)), ...more];

const protoFolder = fileURLToPath(new URL('../../../src/adapters/gnmi/proto/', import.meta.url));

const hasGrpc = (): boolean => spawnSync(python, ['-c', 'import grpc, grpc_tools']).status === 0;

/** A folder for one test, gone afterwards. */
export async function withFolder(run: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-gnmi-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A test with a Python peer; `run` gets a folder of its own and, inside it, the stubs made from our definitions. */
export function pythonTest(name: string, run: (folder: string, stubs: string) => Promise<void>): void {
  const remedy = 'python3-grpcio or python3-grpc-tools is missing; scripts/install-test-packages.sh installs them';
  if (!hasGrpc()) {
    if (process.env[requireVariable] === '1') test(name, () => { throw new Error(remedy); });
    else test(name, { skip: remedy }, () => {});
    return;
  }
  test(name, () => withFolder(async (folder) => {
    const stubs = mkdtempSync(join(folder, 'stubs-'));
    execFileSync(python, ['-m', 'grpc_tools.protoc', `-I${protoFolder}`, `--python_out=${stubs}`, `--grpc_python_out=${stubs}`, 'gnmi.proto', 'gnmi_ext.proto']);
    await run(folder, stubs);
  }));
}
