import { OPERATOR_NAME } from '../../api/names.ts';
import type { Watch } from '../../runtime/controller.ts';
import { CONTROL_PLANE_CRD, OWN_WEBHOOK_CONFIGURATION, WEBHOOK_CERTIFICATES } from '../sources.ts';

const ourKey = (): readonly string[] => [OPERATOR_NAME];

/** There is one key: our own registration. The Secret wakes it when the certificates rotate. */
export const WEBHOOK_CONFIG_WATCHES: readonly Watch[] = [
  { source: CONTROL_PLANE_CRD, toKeys: ourKey },
  { source: OWN_WEBHOOK_CONFIGURATION, toKeys: ourKey },
  { source: WEBHOOK_CERTIFICATES, toKeys: ourKey },
];
