import { releaseFacts, releaseObstacles } from '../olm/release-check.ts';

/* Prints, as JSON, what is missing in the source before it may be published. */
process.stdout.write(JSON.stringify(releaseObstacles(releaseFacts())));
