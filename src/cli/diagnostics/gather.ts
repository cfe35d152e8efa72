import { EVENT, POD, SECRET } from '../../api/kinds.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { crdNameOf, type ResourceType } from '../../k8s/resource.ts';
import { mapLimited } from '../../runtime/limiter.ts';
import type { Rest } from '../../runtime/rest.ts';
import { OPERATOR_VERSION } from '../build-version.ts';
import { UsageError } from '../usage-error.ts';
import { eventLines, isWarning } from './events.ts';
import { GatherFolder } from './folder.ts';
import { podDumps, podLogs } from './logs.ts';
import { presentable } from './presentable.ts';
import { ClusterReader, NEVER, type Gap } from '../cluster-reader.ts';
import { Redactor } from './redact.ts';
import { scopeOf, type Scope } from './scope.ts';
import { summaryText } from './summary.ts';
import { CLUSTER_KINDS, isWantedGroup, isWantedInCluster, isWantedInMember, isWantedKind, namespaceInBrief } from './wanted.ts';

/** What to gather, and into which folder. */
export interface GatherOptions {
  readonly rest: Rest;
  /** A folder that is empty or not there yet. */
  readonly dir: string;
  /** Control-plane namespace of the one mesh to report on; left out: all meshes. */
  readonly namespace?: string;
  readonly operatorNamespace: string;
  readonly serverVersion: string;
  /** Takes a line whenever something begins. */
  readonly onProgress?: (line: string) => void;
}

/** What was gathered. */
export interface Gathered {
  readonly files: number;
  readonly meshes: readonly string[];
  readonly members: number;
  /** What could not be read. */
  readonly gaps: readonly Gap[];
}

/** The part that a namespace plays decides what of it is taken. */
type Part = 'operator' | 'mesh' | 'member';

/** Kinds read at the same time. */
const AT_ONCE = 8;

/** Containers of members that are the mesh's. */
const PROXY_CONTAINERS = ['istio-proxy', 'istio-init', 'istio-validation', 'enable-core-dump'];

function folderOf(type: ResourceType): string {
  return type.group === '' ? type.plural : crdNameOf(type);
}

/** One run. It holds what its steps share. */
class Gathering {
  readonly #options: GatherOptions;
  readonly #reader: ClusterReader;
  readonly #folder: GatherFolder;
  readonly #redactor = new Redactor();
  readonly #pods: KubeObject[] = [];
  readonly #warnings: KubeObject[] = [];

  constructor(options: GatherOptions, folder: GatherFolder) {
    this.#options = options;
    this.#reader = new ClusterReader(options.rest, NEVER);
    this.#folder = folder;
  }

  async run(): Promise<Gathered> {
    this.#say('looking for meshes');
    const scope = await scopeOf(this.#reader, this.#options.namespace);
    const kinds = (await this.#reader.kinds(isWantedGroup)).filter(isWantedKind);
    const parts = this.#partsOf(scope);
    for (const namespace of parts.keys()) await this.#learnSecrets(namespace);
    await this.#gatherCluster(scope, new Set(parts.keys()));
    for (const [namespace, part] of parts) await this.#gatherNamespace(namespace, part, kinds);
    return this.#close(scope);
  }

  #say(line: string): void {
    this.#options.onProgress?.(line);
  }

  #partsOf({ meshes }: Scope): ReadonlyMap<string, Part> {
    const members = meshes.flatMap((mesh) => mesh.members.map((name): [string, Part] => [name, 'member']));
    return new Map<string, Part>([...members, [this.#options.operatorNamespace, 'operator'], ...meshes.map(({ namespace }): [string, Part] => [namespace, 'mesh'])]);
  }

  /** Of all namespaces before anything is written: a value may turn up in another one. */
  async #learnSecrets(namespace: string): Promise<void> {
    for (const secret of await this.#reader.list(SECRET, { namespace })) this.#redactor.learn(secret);
  }

  async #gatherCluster({ namespaces }: Scope, ours: ReadonlySet<string>): Promise<void> {
    this.#say('cluster: webhooks, CRDs, roles, namespaces');
    for (const type of CLUSTER_KINDS) {
      for (const object of (await this.#reader.list(type)).filter(isWantedInCluster)) await this.#write(['cluster', folderOf(type)], object);
    }
    for (const namespace of namespaces) {
      await this.#write(['cluster', 'namespaces'], ours.has(namespace.metadata.name) ? namespace : namespaceInBrief(namespace));
    }
  }

  async #write(parts: readonly string[], object: KubeObject): Promise<void> {
    await this.#folder.yaml([...parts, object.metadata.name], presentable(object, this.#redactor));
  }

  async #gatherNamespace(namespace: string, part: Part, kinds: readonly ResourceType[]): Promise<void> {
    this.#say(`namespace ${namespace} (${part === 'mesh' ? 'control plane' : part})`);
    const at = ['namespaces', namespace];
    await mapLimited(kinds, AT_ONCE, async (type) => {
      const objects = await this.#reader.list(type, { namespace });
      for (const object of part === 'member' ? objects.filter(isWantedInMember) : objects) await this.#write([...at, folderOf(type)], object);
      if (type.plural === POD.plural) await this.#gatherPods(at, objects, part);
    });
    await this.#gatherEvents(at, await this.#reader.list(EVENT, { namespace }));
  }

  async #gatherPods(at: readonly string[], pods: readonly KubeObject[], part: Part): Promise<void> {
    this.#pods.push(...pods);
    const isWanted = part === 'member' ? (container: string) => PROXY_CONTAINERS.includes(container) : undefined;
    for (const { pod, container, isPrevious, text } of await podLogs(this.#reader, pods, isWanted)) {
      await this.#folder.text([...at, 'logs', pod, `${container}${isPrevious ? '.previous' : ''}.log`], this.#redactor.text(text));
    }
    for (const { pod, file, text } of await podDumps(this.#reader, pods)) await this.#folder.text([...at, 'dumps', pod, file], this.#redactor.text(text));
  }

  async #gatherEvents(at: readonly string[], events: readonly KubeObject[]): Promise<void> {
    this.#warnings.push(...events.filter(isWarning));
    if (events.length > 0) await this.#folder.text([...at, 'events.txt'], this.#redactor.text(`${eventLines(events).join('\n')}\n`));
  }

  async #close({ meshes }: Scope): Promise<Gathered> {
    const { gaps } = this.#reader;
    const [first] = gaps;
    if (this.#folder.files === 0 && first !== undefined) throw new UsageError(`nothing could be read: ${first.why}`);
    const summary = summaryText({
      takenAt: new Date(), tmeshVersion: OPERATOR_VERSION, serverVersion: this.#options.serverVersion, meshes, pods: this.#pods, warnings: eventLines(this.#warnings), gaps,
      files: this.#folder.files + 1,
    });
    await this.#folder.text(['summary.md'], this.#redactor.text(summary));
    return { files: this.#folder.files, meshes: meshes.map(({ namespace }) => namespace), members: meshes.reduce((sum, { members }) => sum + members.length, 0), gaps };
  }
}

/**
 * Writes what a person needs who was not there: objects, events, logs and dumps of meshes, their members and the operator, one folder with
 * a summary. Values of Secrets stay out, and what looks like one. What cannot be read becomes a gap, not an error.
 * @throws UsageError when the folder cannot be used or nothing at all could be read; an error when it cannot be written to
 */
export async function gatherDiagnostics(options: GatherOptions): Promise<Gathered> {
  const folder = new GatherFolder(options.dir);
  await folder.open();
  return new Gathering(options, folder).run();
}
