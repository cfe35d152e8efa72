import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import * as reasons from '../../../src/api/condition-reasons.ts';

const TABLES: Readonly<Record<string, Readonly<Record<string, reasons.ReasonNote>>>> = {
  controlPlane: reasons.CONTROL_PLANE_REASONS, memberRoll: reasons.MEMBER_ROLL_REASONS,
  memberStatus: reasons.MEMBER_STATUS_REASONS, member: reasons.MEMBER_REASONS,
};

test('every reason is CamelCase, or empty where empty means well, and has a meaning', () => {
  for (const [table, notes] of Object.entries(TABLES)) {
    for (const [reason, { meaning }] of Object.entries(notes)) {
      assert.match(reason, /^([A-Z][A-Za-z]*)?$/, `${table}.${reason}`);
      assert.ok(meaning.endsWith('.') || meaning.endsWith('(new)'), `${table}.${reason}: ${meaning}`);
    }
  }
});

test('every reason that tells of an obstacle has a way out', () => {
  for (const [table, notes] of Object.entries(TABLES)) {
    for (const [reason, { remedy }] of Object.entries(notes)) {
      if (/Err|Error|Missing|Invalid|NotExists|Other|Different|Unsupported|NotReady/.test(reason)) assert.notEqual(remedy, '', `${table}.${reason}`);
    }
  }
});

test('the words users and scripts of the old operator know are there', () => {
  for (const word of ['PausingInstall', 'InstallSuccessful', 'UpdateSuccessful', 'ComponentsReady', 'ComponentsNotReady', 'ErrMultipleSMCPs', 'DependencyMissingError']) {
    assert.ok(word in reasons.CONTROL_PLANE_REASONS, word);
  }
  for (const word of ['Configured', 'ErrSMCPMissing', 'ErrInvalidName', 'ReconcileError']) assert.ok(word in reasons.MEMBER_ROLL_REASONS, word);
  for (const word of ['ErrorControlPlaneMissing', 'ErrorConfiguringNamespace']) assert.ok(word in reasons.MEMBER_REASONS, word);
});

/** Everything that tests expect: assertions, and golden files. */
const EXPECTATIONS = globSync(join(import.meta.dirname, '..', '..', '{unit,golden,envtest}', '**', '*.{test.ts,golden.yaml,golden.log}'))
  .filter((file) => file !== import.meta.filename && !['health-scripts.test.ts', 'page.test.ts'].includes(basename(file))).map((file) => readFileSync(file, 'utf8'));

test('every reason is reached by a test', () => {
  const silent = Object.entries(TABLES).flatMap(([table, notes]) => Object.keys(notes).filter((reason) => reason !== '' && !EXPECTATIONS.some((text) => new RegExp(`\\b${reason}\\b`).test(text))).map((reason) => `${table}.${reason}`));
  assert.deepEqual(silent, []);
});
