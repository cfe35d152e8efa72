/*
 * Every block of commands in README and docs, and what runs it. The tutorial is run whole; docs/cli.md is generated. A test compares this list with the pages, so a new block
 * has to be entered here; those of `shell` are run, one after the other, by test/envtest/docs/tutorial.test.ts beside the tutorial's mesh.
 */

/** How a block is proved. */
export type Proof =
  /** Typed into a shell beside the tutorial's mesh, with the names of that mesh in the place of those on the page. */
  | { readonly by: 'shell' }
  /** The same commands, or what they do, in a test or a tool that tests run; `marks` stands in it. */
  | { readonly by: string; readonly marks: string }
  /** Nothing here can run it. */
  | { readonly by: 'nothing'; readonly because: string };

/** A block, by its page and how its first command begins. */
export interface CommandBlock {
  readonly page: string;
  readonly begins: string;
  readonly proof: Proof;
}

const SHELL: Proof = { by: 'shell' };
const block = (page: string, begins: string, proof: Proof): CommandBlock => ({ page, begins, proof });
const NO_ENGINE = 'it takes a container engine and a registry';

export const COMMAND_BLOCKS: readonly CommandBlock[] = [
  block('README.md', 'npm run demo', { by: 'tools/test.ts', marks: 'tools/demo/main.ts' }),
  block('README.md', 'kubectl patch --local', { by: 'tools/demo/control-plane-steps.ts', marks: 'kubectl patch --local' }),
  block('README.md', 'npm run -s tmesh -- run', SHELL),
  block('README.md', 'kubectl apply --server-side -f crds/', { by: 'tools/e2e/operator-steps.ts', marks: "join(root, 'deploy', 'operator.yaml')" }),
  block('docs/e2e.md', 'npm run e2e -- --only', { by: '.ci/run', marks: 'npm run e2e --silent' }),
  block('docs/faq.md', 'tmesh get meshes', SHELL),
  block('docs/faq.md', 'tmesh why', SHELL),
  block('docs/faq.md', 'kubectl label pods', SHELL),
  block('docs/faq.md', 'tmesh get routes', SHELL),
  block('docs/faq.md', 'tmesh diff', SHELL),
  block('docs/faq.md', 'tmesh doctor', SHELL),
  block('docs/faq.md', 'tmesh doctor --fix', SHELL),
  block('docs/faq.md', 'tmesh must-gather', SHELL),
  block('docs/install.md', 'kubectl apply --server-side -f crds/', { by: 'docs/tutorial.md', marks: 'tmesh run --webhook-url' }),
  block('docs/install.md', 'kubectl apply --server-side -f deploy/install.yaml', { by: 'test/envtest/olm/tools.test.ts', marks: "'deploy', 'install.yaml'" }),
  block('docs/install.md', 'helm install', { by: 'test/envtest/olm/tools.test.ts', marks: "Helm's engine makes of the chart what the YAML file says" }),
  block('docs/install.md', 'podman build', { by: 'nothing', because: `${NO_ENGINE}; OLM itself installs the same bundle and catalog in test/envtest/olm/install.test.ts` }),
  block('docs/install.md', 'kubectl delete subscription', { by: 'test/envtest/olm/leaving.ts', marks: 'ubscription' }),
  block('docs/migrate.md', 'tmesh migrate plan', SHELL),
  block('docs/migrate.md', 'tmesh migrate apply', { by: 'test/envtest/operator/migrate.test.ts', marks: 'finish deletes what nothing uses, and ends the way back' }),
  block('docs/migrate.md', 'tmesh export sail', SHELL),
  block('docs/monitoring.md', 'kubectl apply', { by: 'test/envtest/monitoring/alerts.test.ts', marks: 'prometheus-rule.yaml' }),
  block('docs/monitoring.md', 'tmesh report', SHELL),
  block('docs/release.md', 'npm run release', { by: 'test/envtest/olm/release-clone.ts', marks: 'What a run of `npm run release` came to' }),
  block('docs/report.md', 'tmesh report', SHELL),
  block('docs/why.md', 'tmesh why pay', SHELL),
];

/** Pages that are run whole, or made from the program itself. */
export const WHOLE_PAGES: ReadonlySet<string> = new Set(['docs/tutorial.md', 'docs/cli.md']);

/** Names of the pages' examples, and what they are beside the tutorial's mesh. Relative files are written where the shell stands. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^npm run -s tmesh -- /, 'tmesh '], [/\bmy-project\b|\bpay\b/g, 'microsvc-sample'], [/\bsmcp\.yaml\b/g, '$SAMPLES/04-istio-installation-mtls.yaml'], [/\bsmmr\.yaml\b/g, '$SAMPLES/02-smmr-default.yaml'],
  [/tmesh-must-gather-20270101-120000|must-gather\.local\.123\//g, 'report'],
];

/** Commands of a page that another process or another cluster is for. */
const ELSEWHERE = /^(?:tmesh run|npm run cluster) /;

/** A page's command as it is typed beside the tutorial's mesh; undefined for one that is run elsewhere. */
export function typedHere(command: string): string | undefined {
  const line = NAMES.reduce((text, [name, instead]) => text.replace(name, instead), command.replace(/\s+#.*$/, ''));
  return ELSEWHERE.test(line) ? undefined : line;
}
