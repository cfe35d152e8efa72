import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { KubeObject } from '../k8s/object.ts';

/** Who sent a request, as the API server authenticated them. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** The part of an AdmissionRequest that we use. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE';
  /** Namespace of the request; the object's own may be empty on CREATE. */
  readonly namespace: string;
  /** Name of the object; '' when the server is to generate one. */
  readonly name: string;
  readonly object: KubeObject;
  /** Present on UPDATE. */
  readonly oldObject?: KubeObject;
  readonly user: UserInfo;
}

/** What we say to a request. `code` is an HTTP status; `message` names field, value and remedy. */
export type AdmissionAnswer =
  | { readonly allowed: true; readonly warnings: readonly string[] }
  | { readonly allowed: false; readonly code: number; readonly message: string; readonly warnings: readonly string[] };

/** The part of a ConversionRequest that we use. */
export interface ConversionRequest {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: readonly KubeObject[];
}

/** The object goes in. */
export function allow(warnings: readonly string[] = []): AdmissionAnswer {
  return { allowed: true, warnings };
}

/** The object stays out. */
export function deny(code: number, message: string, warnings: readonly string[] = []): AdmissionAnswer {
  return { allowed: false, code, message, warnings };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

function isKubeObject(value: unknown): value is KubeObject {
  return isJsonObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string' && isJsonObject(value['metadata']);
}

function parseUser(value: unknown): UserInfo {
  const user = isJsonObject(value) ? value : {};
  const extra = isJsonObject(user['extra']) ? user['extra'] : {};
  const uid = textOf(user['uid']);
  return {
    username: textOf(user['username']),
    ...(uid === '' ? {} : { uid }),
    groups: textsOf(user['groups']),
    extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, textsOf(values)])),
  };
}

/** The `request` of a review, after its envelope was checked. */
function requestIn(body: unknown, apiVersion: string, kind: string): Result<JsonObject, string> {
  if (!isJsonObject(body)) return err(`the body is not a JSON object; send a ${kind} of ${apiVersion}`);
  if (body['apiVersion'] !== apiVersion || body['kind'] !== kind) {
    return err(`the body is a "${textOf(body['kind'])}" of "${textOf(body['apiVersion'])}"; send a ${kind} of ${apiVersion}`);
  }
  const request = body['request'];
  if (!isJsonObject(request) || textOf(request['uid']) === '') return err(`the ${kind} has no request with a uid`);
  return ok(request);
}

/** Reads an AdmissionReview of admission.k8s.io/v1. The error is one sentence for the sender. */
export function parseAdmissionReview(body: unknown): Result<AdmissionRequest, string> {
  const parsed = requestIn(body, 'admission.k8s.io/v1', 'AdmissionReview');
  if (!parsed.ok) return parsed;
  const { uid, operation, namespace, name, object, oldObject, userInfo } = parsed.value;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return err(`request.operation is "${textOf(operation)}"; only CREATE and UPDATE are answered here`);
  if (!isKubeObject(object)) return err('request.object is not a Kubernetes object');
  return ok({
    uid: textOf(uid),
    operation,
    namespace: textOf(namespace),
    name: textOf(name) === '' ? textOf(object.metadata.name) : textOf(name),
    object,
    ...(isKubeObject(oldObject) ? { oldObject } : {}),
    user: parseUser(userInfo),
  });
}

/** The AdmissionReview to send back. Empty fields are left out, as the API server does. */
export function admissionReviewOf(uid: string, answer: AdmissionAnswer): JsonObject {
  const warnings = answer.warnings.length === 0 ? {} : { warnings: answer.warnings };
  const status = answer.allowed ? {} : { status: { code: answer.code, message: answer.message } };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: answer.allowed, ...status, ...warnings } };
}

/** Reads a ConversionReview of apiextensions.k8s.io/v1. The error is one sentence for the sender. */
export function parseConversionReview(body: unknown): Result<ConversionRequest, string> {
  const parsed = requestIn(body, 'apiextensions.k8s.io/v1', 'ConversionReview');
  if (!parsed.ok) return parsed;
  const { uid, desiredAPIVersion, objects } = parsed.value;
  if (!Array.isArray(objects) || !objects.every(isKubeObject)) return err('request.objects is not a list of Kubernetes objects');
  return ok({ uid: textOf(uid), desiredAPIVersion: textOf(desiredAPIVersion), objects });
}

/** The ConversionReview to send back: all objects converted, or a sentence why not. */
export function conversionReviewOf(uid: string, result: Result<readonly KubeObject[], string>): Readonly<Record<string, unknown>> {
  const response = result.ok
    ? { uid, result: { status: 'Success' }, convertedObjects: result.value }
    : { uid, result: { status: 'Failure', message: result.error }, convertedObjects: [] };
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', response };
}
