// Sends with Segment's own library what the test expects, then closes; prints the errors, if any.
import { Analytics } from "@segment/analytics-node";

const [host, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ host, path: "/v1/batch", writeKey, maxRetries: 0 });
const errors = [];
analytics.on("error", (error) => errors.push(error));

analytics.identify({ userId: "node-1", traits: { firstName: "Ann", email: "ann@example.com", plan: "gold" } });
analytics.track({ anonymousId: "anon-1", event: "Viewed", properties: { sku: "a" } });
analytics.alias({ userId: "node-1", previousId: "anon-1" });
for (let number = 0; number < 40; number += 1) {
  analytics.track({ userId: "node-1", event: "Charged", properties: { Amount: number + 0.5 } });
}
analytics.page({ userId: "node-1", name: "Home", properties: { url: "https://shop.example.com/" } });
analytics.group({ userId: "node-1", groupId: "g1", traits: { name: "Club" } });
await analytics.closeAndFlush();
process.stdout.write(JSON.stringify(errors.map(String)));
