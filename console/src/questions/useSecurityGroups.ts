import type { SecurityGroup } from "@aws-sdk/client-ec2";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

/** The security groups of all VPCs. EC2's client is large, so it is fetched when a page first asks it something. */
export function useSecurityGroups(): Answered<SecurityGroup[]> {
  return useQuestion({
    key: ["DescribeSecurityGroups"],
    ask: async ({ settings }, options) => {
      const { EC2Client, paginateDescribeSecurityGroups } = await import("@aws-sdk/client-ec2");
      const client = new EC2Client(settings);
      return everyPage(paginateDescribeSecurityGroups({ client }, {}, options), (page) => page.SecurityGroups);
    },
  });
}
