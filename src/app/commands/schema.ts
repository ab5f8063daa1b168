/** `heliostat schema`: the JSON Schema of a kind of spec file, for editors and other programs. */

import { schemaFor } from '../../adapters/spec/schemas.ts';
import { schemaKinds } from '../../adapters/spec/spec.ts';
import { suggestion } from '../../adapters/spec/suggestion.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { Terminal } from '../terminal.ts';

const kindNames = schemaKinds.map((kind) => kind.toLowerCase());

const examples = `
Examples:
  heliostat schema cluster > cluster.schema.json
  heliostat schema study --json
  heliostat schema policy > policy.schema.json

An editor with the YAML language server checks and completes a file that begins with
  # yaml-language-server: $schema=cluster.schema.json
The schema follows draft 2020-12; descriptions, defaults and examples come from the same source as the reader's own checks.`;

function printSchema(terminal: Terminal, name: string, json: boolean): ExitCode {
  const kind = schemaKinds.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (kind === undefined) {
    return reportIssues(terminal, [{ code: 'unknown-kind', message: 'There is no such kind of spec', remedy: suggestion(name, kindNames, `Choose one of: ${kindNames.join(', ')}`), value: name }], { json });
  }
  terminal.printJson(schemaFor(kind));
  return 0;
}

export const schemaCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('schema')
      .description('print the JSON Schema of a kind of spec file')
      .argument('<kind>', kindNames.join(', '))
      .option('--json', 'print one JSON document (the schema always is one)')
      .addHelpText('after', examples)
      .action((name: string, options: { readonly json?: true }) => finish(printSchema(terminal, name, options.json === true)));
  },
};
