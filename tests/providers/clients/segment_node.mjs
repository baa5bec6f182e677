// Tells a story by Segment's Node library, as its users write it; prints what went wrong.
import { Analytics } from "@segment/analytics-node";

const { host, key, story, path, retries } = JSON.parse(process.argv[2]);
const analytics = new Analytics({ writeKey: key, host, path, maxRetries: retries });
const errors = [];
analytics.on("error", (error) => errors.push(String(error.reason ?? error)));

for (const [call, said] of story) {
  analytics[call](said.timestamp ? { ...said, timestamp: new Date(said.timestamp) } : said);
}
await analytics.closeAndFlush();
process.stdout.write(JSON.stringify(errors));
