/** Completion for shells from commander's own tree of commands: names of commands and options, values of options that are a closed list. */

import type { Command as Commander } from 'commander';
import { trafficClassNames } from '../../traffic/classes.ts';
import { streamKinds } from '../contract/operate.ts';
import { roles } from '../contract/words.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** Values of options that are a closed list, by the option's long flag. */
const closedLists: Readonly<Record<string, readonly string[]>> = { '--class': trafficClassNames, '--role': roles, '--level': ['info', 'notice', 'warning', 'alarm'], '--kinds': streamKinds };
/** The same of arguments, by their name. */
const closedArguments: Readonly<Record<string, readonly string[]>> = { shell: shells };
/** Arguments that name something of the server's, so that files are no help. */
const serverArguments: ReadonlySet<string> = new Set(['component', 'id', 'fork']);

export interface CompletedOption {
  /** `-f` and `--follow`. */
  readonly flags: readonly string[];
  readonly takesValue: boolean;
  /** What the value may be; empty where it is open. */
  readonly values: readonly string[];
  readonly text: string;
}

export interface CompletedCommand {
  /** Words after the program's name; empty for the program. */
  readonly words: readonly string[];
  readonly text: string;
  readonly commands: readonly string[];
  readonly options: readonly CompletedOption[];
  /** True where files are wanted behind the words. */
  readonly takesFiles: boolean;
  /** What is wanted behind the words where that is a closed list. */
  readonly values: readonly string[];
}

const textOf = (command: Commander): string => command.summary() || command.description();

/** Every command of the tree, the program first. */
export function completionTree(program: Commander, words: readonly string[] = []): readonly CompletedCommand[] {
  const options = program.options.filter(({ hidden }) => !hidden).map((option): CompletedOption => ({
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null), takesValue: option.required || option.optional, values: closedLists[option.long ?? ''] ?? [],
    text: option.description,
  }));
  const help: CompletedOption = { flags: ['-h', '--help'], takesValue: false, values: [], text: 'display help for command' };
  const argument = program.registeredArguments[0]?.name();
  const own: CompletedCommand = {
    words, text: textOf(program), commands: program.commands.map((command) => command.name()), options: [...options, help],
    takesFiles: argument !== undefined && !serverArguments.has(argument) && closedArguments[argument] === undefined, values: closedArguments[argument ?? ''] ?? [],
  };
  return [own, ...program.commands.flatMap((command) => completionTree(command, [...words, command.name()]))];
}

/** Text between single quotes of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll('\'', '\'\\\'\'')}'`;
const keyOf = ({ words }: CompletedCommand): string => words.join(' ');
const flagsOf = (command: CompletedCommand): string => command.options.flatMap(({ flags }) => flags).join(' ');
const valuedOf = (command: CompletedCommand): string => command.options.filter(({ takesValue }) => takesValue).flatMap(({ flags }) => flags).join(' ');

/** The closed lists of a command's options, as `--class=a b c` words that a script takes apart. */
const listsOf = ({ options }: CompletedCommand): readonly (readonly [flag: string, values: string])[] =>
  options.flatMap(({ flags, values }) => (values.length === 0 ? [] : flags.map((flag) => [flag, values.join(' ')] as const)));

/** Walks the words to the deepest command, then offers values of the option before, its commands, its options, its argument's values, or files. */
function bashScript(name: string, tree: readonly CompletedCommand[]): string {
  const table = (variable: string, value: (command: CompletedCommand) => string): string => [
    `local -A ${variable}=(`, ...tree.map((command) => `    [${quoted(`/${keyOf(command)}`)}]=${quoted(value(command))}`), '  )',
  ].join('\n');
  return `# bash completion for ${name}: source <(${name} completion bash)
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' word i
  ${table('commands', ({ commands }) => commands.join(' '))}
  ${table('flags', flagsOf)}
  ${table('valued', valuedOf)}
  ${table('words', ({ values }) => values.join(' '))}
  ${table('files', ({ takesFiles }) => (takesFiles ? 'yes' : ''))}
  local -A lists=(
${tree.flatMap((command) => listsOf(command).map(([flag, values]) => `    [${quoted(`/${keyOf(command)} ${flag}`)}]=${quoted(values)}`)).join('\n')}
  )
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ " \${commands["/$at"]} " == *" $word "* ]]; then at="\${at:+$at }$word"; fi
  done
  COMPREPLY=()
  if [[ -n \${lists["/$at $prev"]} ]]; then
    mapfile -t COMPREPLY < <(compgen -W "\${lists["/$at $prev"]}" -- "$cur")
  elif [[ $prev == -* && " \${valued["/$at"]} " == *" $prev "* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "\${flags["/$at"]}" -- "$cur")
  elif [[ -n \${commands["/$at"]} ]]; then
    mapfile -t COMPREPLY < <(compgen -W "\${commands["/$at"]}" -- "$cur")
  elif [[ -n \${words["/$at"]} ]]; then
    mapfile -t COMPREPLY < <(compgen -W "\${words["/$at"]}" -- "$cur")
  elif [[ -n \${files["/$at"]} ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -o filenames -F _${name} ${name}
`;
}

/** In zsh's lists a colon parts a word from what it means. */
const described = (word: string, text: string): string => quoted(`${word.replaceAll(':', '\\:')}:${text.replaceAll('\n', ' ')}`);

function zshScript(name: string, tree: readonly CompletedCommand[]): string {
  const cases = tree.map((command) => {
    const commands = command.commands.map((word) => described(word, tree.find(({ words }) => words.join(' ') === [...command.words, word].join(' '))?.text ?? ''));
    const options = command.options.flatMap(({ flags, text }) => flags.map((flag) => described(flag, text)));
    const lists = listsOf(command).map(([flag, values]) => `${quoted(flag)} ${quoted(values)}`);
    return `    ${quoted(keyOf(command))})
      commands=(${commands.join(' ')})
      options=(${options.join(' ')})
      valued=(${valuedOf(command)})
      arguments=(${command.values.join(' ')})
      wants=${command.takesFiles ? 'files' : 'nothing'}
      lists=(${lists.join(' ')}) ;;`;
  });
  return `#compdef ${name}
# zsh completion for ${name}: source <(${name} completion zsh)
_${name}_at() {
  case $1 in
${cases.join('\n')}
  esac
}
_${name}() {
  local -a commands options valued arguments
  local -A lists
  local at='' word i wants=nothing
  _${name}_at ''
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if (( \${commands[(I)$word:*]} )); then at="\${at:+$at }$word"; _${name}_at "$at"; fi
  done
  if [[ -n \${lists[\${words[CURRENT-1]}]} ]]; then arguments=(\${=lists[\${words[CURRENT-1]}]}); _describe value arguments
  elif (( \${valued[(Ie)\${words[CURRENT-1]}]} )); then _files
  elif [[ \${words[CURRENT]} == -* ]]; then _describe -o option options
  elif (( \${#commands} )); then _describe command commands
  elif (( \${#arguments} )); then _describe value arguments
  elif [[ $wants == files ]]; then _files
  fi
}
if [[ \${funcstack[1]} == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll('\'', '\\\'').replaceAll('\n', ' ')}'`;

function fishScript(name: string, tree: readonly CompletedCommand[]): string {
  const nested = tree.filter(({ commands, words }) => commands.length > 0 && words.length > 0).map(({ words, commands }) => commands.map((word) => [...words, word].join(' '))).flat();
  const known = [...(tree[0]?.commands ?? []), ...nested];
  const lines = tree.flatMap((command) => {
    const where = `-n ${fishQuoted(`test (_${name}_at) = "${keyOf(command)}"`)}`;
    const commands = command.commands.map((word) => `complete -c ${name} -f ${where} -a ${word} -d ${fishQuoted(tree.find(({ words }) => words.join(' ') === [...command.words, word].join(' '))?.text ?? '')}`);
    const words = [...(command.values.length === 0 ? [] : [`complete -c ${name} -f ${where} -a ${fishQuoted(command.values.join(' '))}`]),
      ...(command.takesFiles || command.commands.length > 0 ? [] : [`complete -c ${name} -f ${where}`])];
    const options = command.options.map(({ flags, takesValue, values, text }) => {
      const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
      return `complete -c ${name} ${where} ${names}${takesValue ? ' -r' : ''}${values.length === 0 ? '' : ` -f -a ${fishQuoted(values.join(' '))}`} -d ${fishQuoted(text)}`;
    });
    return [...commands, ...words, ...options];
  });
  return `# fish completion for ${name}: ${name} completion fish | source
function _${name}_at
  set -l at ''
  for word in (commandline -opc)[2..]
    set -l next (string trim -- "$at $word")
    if contains -- "$next" ${known.map(fishQuoted).join(' ')}
      set at $next
    end
  end
  echo $at
end
${lines.join('\n')}
`;
}

/** The script that a shell sources. */
export function completionScript(shell: Shell, name: string, program: Commander): string {
  const tree = completionTree(program);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](name, tree);
}
