import type { OperatorSigns } from '../../domain/neighbours/other-operator.ts';
import { liveOperator } from '../../domain/neighbours/other-operator.ts';
import type { Reader } from '../../runtime/controller.ts';
import * as sources from '../sources.ts';

/** What the caches say of another operator. */
export function signsOf(read: Reader): OperatorSigns {
  return {
    deployments: read.list(sources.OTHER_OPERATORS), webhookConfigurations: read.list(sources.WEBHOOK_NAMES), definitions: read.list(sources.CRDS),
  };
}

/** True while another operator works on the same objects. */
export function isOtherOperatorLive(read: Reader): boolean {
  return read.list(sources.OTHER_OPERATORS).length > 0 && liveOperator(signsOf(read)) !== undefined;
}
