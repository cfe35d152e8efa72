import * as fc from 'fast-check';
import { chooseSeed } from './chance.ts';

/* Loaded before every test file: the property tests play the same values in every run, so that a green tree stays green. `TEST_SEED=random` looks for new ones. */
fc.configureGlobal({ seed: chooseSeed('TEST_SEED') });
