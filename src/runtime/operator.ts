import dotI from '@dot-i/k8s-operator';
import type { Logger } from './logger.ts';

/*
 * The start and stop shell: a subclass of `Operator` of @dot-i/k8s-operator, whose `init` starts our own machinery (docs/adr).
 * Its watches, queue and finalizers are not used: it handles events one by one, loses deletions between two watches, and ends the process on a
 * watch error (spec/wishes.md 5.1). This file is the only one that imports the package; its class is on `.default` of the default import.
 */

/** What the shell starts and stops; a Runner is one. */
export interface Startable {
  start(): void;
  stop(): Promise<void>;
}

/** An operator in the sense of @dot-i/k8s-operator. Its constructor reads the default kubeconfig and throws for one that is broken: see `meshOperator`. */
export class MeshOperator extends dotI.default {
  readonly #machinery: Startable;
  #stopped: Promise<void> | undefined;

  constructor(machinery: Startable, logger: Logger) {
    super({
      debug: (message) => logger.debug({}, message),
      info: (message) => logger.info({}, message),
      warn: (message) => logger.warn({}, message),
      error: (message) => logger.error({}, message),
    });
    this.#machinery = machinery;
  }

  /** Called by `start` of the base class. */
  protected override init(): Promise<void> {
    this.#machinery.start();
    return Promise.resolve();
  }

  /** Begins to stop; `stopped` tells when it is done. */
  override stop(): void {
    void this.stopped();
  }

  /** Stops, and resolves when everything is still. */
  stopped(): Promise<void> {
    this.#stopped ??= this.#machinery.stop().then(() => super.stop());
    return this.#stopped;
  }
}

/** What the base class finds a kubeconfig by (client-node, KubeConfig.loadFromDefault). */
const KUBECONFIG_HINTS = ['KUBECONFIG', 'HOME'] as const;

/**
 * Makes the shell without letting the base class read a kubeconfig: it makes no request, and the user's default file may be broken or another
 * one than `--kubeconfig` names. The environment is without hints for that moment, and as before afterwards.
 */
export function meshOperator(machinery: Startable, logger: Logger): MeshOperator {
  const before = KUBECONFIG_HINTS.map((name) => [name, process.env[name]] as const);
  for (const name of KUBECONFIG_HINTS) delete process.env[name];
  try {
    return new MeshOperator(machinery, logger);
  } finally {
    for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
  }
}
