/** The last stage of a Containerfile: what the image is made of and how it starts. */
export interface FinalStage {
  readonly base: string;
  readonly copies: readonly { readonly stage: string; readonly source: string; readonly target: string }[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

function instructions(text: string): readonly Instruction[] {
  const lines = text.replaceAll(/\\\n/g, ' ').split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, word = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    return { word: word.toUpperCase(), rest };
  });
}

/** Image names of all stages that are not another stage, in order. */
export function baseImages(text: string): readonly string[] {
  return instructions(text).filter(({ word }) => word === 'FROM').map(({ rest }) => rest.split(/\s+/)[0] ?? '');
}

function copyOf(rest: string): FinalStage['copies'][number] {
  const [from = '', source = '', target = ''] = rest.split(/\s+/);
  if (!from.startsWith('--from=')) throw new Error(`the last stage copies from the build's folder: ${rest}`);
  return { stage: from.slice('--from='.length), source, target };
}

/** Reads the last stage. Throws for an instruction that it does not know: nothing gets into the image unseen. */
export function finalStage(text: string): FinalStage {
  const all = instructions(text);
  const [from, ...stage] = all.slice(all.findLastIndex(({ word }) => word === 'FROM'));
  const known = ['COPY', 'ENV', 'WORKDIR', 'USER', 'ENTRYPOINT', 'CMD'];
  const strange = stage.find(({ word }) => !known.includes(word));
  if (strange !== undefined) throw new Error(`the last stage has an instruction ${strange.word}`);
  const given = (word: string): readonly string[] => stage.filter((instruction) => instruction.word === word).map(({ rest }) => rest);
  const list = (word: string): readonly string[] => JSON.parse(given(word).at(-1) ?? '[]') as readonly string[];
  return {
    base: from?.rest ?? '',
    copies: given('COPY').map(copyOf),
    env: Object.fromEntries(given('ENV').map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string])),
    workingDir: given('WORKDIR').at(-1) ?? '', user: given('USER').at(-1) ?? '', entrypoint: list('ENTRYPOINT'), cmd: list('CMD'),
  };
}
