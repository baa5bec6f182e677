// Tells a story by RudderStack's Node library, as its users write it; prints what went wrong.
import Analytics from "@rudderstack/rudder-sdk-node";

const { host, key, story, gzip, retries } = JSON.parse(process.argv[2]);
const errors = [];
const analytics = new Analytics(key, {
  dataPlaneUrl: host, gzip, retryCount: retries, logLevel: "none", errorHandler: (error) => errors.push(String(error)),
});

for (const [call, { timestamp, ...said }] of story) {
  analytics[call](timestamp ? { ...said, originalTimestamp: new Date(timestamp) } : said);
}
while (analytics.queue.length) await analytics.flush();
await analytics.flush(); // waits for the last one under way
process.stdout.write(JSON.stringify(errors));
